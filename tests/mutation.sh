#!/bin/sh
# How many seeded faults the tests catch: all of tests/mutants.txt are built into one copy of kith, each asleep until KITH_MUTANT names it
# (mutant schemata: Untch, Offutt and Harrold 1993), so that there is one build; then the tests run once for each, until one fails: those
# that the list names first, then the unit tests of the fault's room, then its family's commands. What none of them catches is tried as the quick ring
# also runs, under ASan and UBSan, by the same tests; with -a then by the other quick unit and command tests.
# A fault is caught by a test that fails with it and does not without it: each test is run asleep before it is first believed. One that runs
# out of time counts only if asleep it needs less than a quarter of that time; one that is skipped counts for nothing. So a fault costs at
# most what those tests take, and once the time limit. The copy stands away from ../shared: what needs its data is left out, and said.
# usage: tests/mutation.sh [-l LEAST-PERCENT] [-j JOBS] [-t SECONDS] [-a] [NUMBER...]     (default 90 percent, 120 seconds a test)
# Prints number,file,caught_by,how (ctest's word; sanitized),seconds and the share; ends with 1 below the least.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
least=90 jobs=$(nproc 2>/dev/null || echo 2) limit=120 all_tests=no
while getopts l:j:t:a option; do
    case $option in
    l) least=$OPTARG ;;
    j) jobs=$OPTARG ;;
    t) limit=$OPTARG ;;
    a) all_tests=yes ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
work=build/mutation
copy=$work/source
rm -rf "$copy"
mkdir -p "$copy"
cp -R CMakeLists.txt CMakePresets.json LICENSE README.md cmake completions examples include lib man tests tools "$copy"
# ctest's --timeout gives way to a test's own
sed "s/TIMEOUT [0-9][0-9]*/TIMEOUT $limit/" tests/CMakeLists.txt >"$copy/tests/CMakeLists.txt"

cat >"$copy/mutant.h" <<'H'
#ifndef KITH_MUTANT_H
#define KITH_MUTANT_H
extern int kith_mutant;
int kith_mutant __attribute__((weak));
extern char *getenv(const char *);
extern int atoi(const char *);
static void __attribute__((constructor)) kith_mutant_wake(void) {
    const char *said = getenv("KITH_MUTANT");
    kith_mutant = said ? atoi(said) : 0;
}
#endif
H
grep -v '^#' tests/mutants.txt >"$work/list"
# awk's index() looks for plain text; one line of the file must hold it, or the list is out of date.
awk -F'~' -v root="$copy/" '
    function stands(part, before, line,    at, from) { # whether it ends in this line
        gsub("⏎", "\n", part)
        for (from = 1; (at = index(substr(before line, from), part)); from += at)
            if (from + at - 1 + length(part) - 1 > length(before)) return 1
        return 0
    }
    NF != 5 { printf "mutation.sh: line %d of the list has %d fields of 5\n", NR, NF > "/dev/stderr"; bad = 1 }
    { file[NR] = $1; where[NR] = $2; right[NR] = $3; wrong[NR] = $4; n = NR }
    END {
        for (m = 1; m <= n; m++) {
            path = root file[m]; lines = 0; hits = 0
            while ((getline line < path) > 0) text[++lines] = line
            close(path)
            for (i = 1; i <= lines; i++) {
                if (!stands(where[m], text[i - 1] "\n", text[i] "\n")) continue
                # a line may hold several mutants: look for the expression in what is there now
                from = index(text[i], right[m])
                if (!from) continue
                hits++
                text[i] = substr(text[i], 1, from - 1) "(kith_mutant == " m " ? (" wrong[m] ") : (" right[m] "))" substr(text[i], from + length(right[m]))
            }
            if (hits != 1) { printf "mutation.sh: line %d of the list stands in %d lines of %s\n", m, hits, file[m] > "/dev/stderr"; bad = 1 }
            printf "" > path
            for (i = 1; i <= lines; i++) print text[i] > path
            close(path)
        }
        exit bad
    }' "$work/list"
ring() { # plain|sanitized: builds it when it is first needed; the tests are then its
    ring=$1
    tree=$work/$1
    case $built in *"$1"*) return ;; esac
    built="$built $1"
    sanitize=
    [ "$1" = plain ] || sanitize=address,undefined
    cmake -S "$copy" -B "$tree" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="-O1 -w -include $here/$copy/mutant.h" \
        -DKITH_SANITIZE=$sanitize ${KITH_LAUNCHER:+-DCMAKE_C_COMPILER_LAUNCHER=$KITH_LAUNCHER} >/dev/null
    ninja -C "$tree" -j "$jobs" | tail -n 1 >&2
    : >"$tree/asleep"
    : >"$tree/doubted" # tests that fail or dawdle asleep
}
built=''
ring plain

commands() { # the command tests nearest to a room
    case $1 in
    base) echo 'cli-segment-(expressions|events|reference)|cli-ingest-(mask|sort|read)|fuzz-text' ;;
    stream) echo 'cli-ingest-|fuzz-(reader|messy|dialect)' ;;
    table) echo 'cli-segment-(expressions|reference)|cli-ingest-(sort|join)|cli-dedupe-rows' ;;
    fold) echo 'cli-report-table|cli-ingest-profile|cli-trust-laws' ;;
    text) echo 'cli-ingest-|cli-report-gap' ;;
    stats) echo 'unit-(measure|predict)-' ;;
    draw) echo 'cli-report-(plot|page|view)' ;;
    link) echo 'cli-dedupe-' ;;
    audience) echo 'cli-segment-' ;;
    predict) echo 'cli-score-' ;;
    measure) echo 'cli-report-' ;;
    graph) echo 'cli-segment-community' ;;
    *) echo 'cli-trust-(why|manual)|cli-segment-expressions|cli-report-(table|view)' ;;
    esac
}
# What -a leaves out: tests that start a Spark, build, pack or install, or take minutes.
slow='cli-spark-|cli-examples-|cli-trust-(matrix|packaging|install|hardened|reproducible|determinism|two_runs|laws_generated|privacy|patterns|lengths)'
run() { # NUMBER REGEX: ctest's lines about tests, as NAME HOW SECONDS, once for each
    ( # a fault may fill the memory or the disk
        [ $ring = sanitized ] || ulimit -v 16777216 2>/dev/null || :
        ulimit -f 8388608 2>/dev/null || :
        [ $ring = plain ] || export KITH_ARENA_EACH=1 ASAN_OPTIONS=detect_leaks=0
        KITH_MUTANT=$1 ctest --test-dir "$tree" -R "$2" -E "^(${3:-none at all})" -LE long -j "$jobs" --stop-on-failure 2>/dev/null </dev/null || :
    ) | sed -n 's/^ *[0-9]*\/[0-9]* Test *#[0-9]*: \([^ ]*\) [ .]*\(.*\) \([0-9.]*\) sec.*/\1~\2~\3/p' |
        sed 's/Subprocess aborted/Aborted/; s/\*\*\*//; s/Passed */Passed/; s/  *~/~/; s/~ */~/g; s/Exception: *//; s/ /_/g; s/~/ /g'
}
believed() { # TEST HOW: does it pass (or skip its end) asleep, and quickly enough
    grep -q "^$1 " "$tree/asleep" || run 0 "^$1\$" >>"$tree/asleep"
    awk -v test="$1" -v how="$2" -v limit="$limit" '
        $1 == test { ok = ($2 == "Passed" || $2 == "Skipped") && (how != "Timeout" || $3 < limit / 4) }
        END { exit !ok }' "$tree/asleep"
}
attempt() { # NUMBER REGEX LEFT-OUT: sets by and how if a test catches the fault
    while :; do
        run "$1" "$2" "${3:-none at all}|($({ echo none; cat "$tree/doubted"; } | paste -s -d '|' -))\$" >"$work/awake"
        sed -n 's/ Skipped .*//p' "$work/awake" >>"$work/skipped"
        again=no
        while read -r test how _; do
            case $how in Passed | Skipped) continue ;; esac
            if believed "$test" "$how"; then
                by=$test
                return
            fi
            echo "$test" >>"$tree/doubted"
            again=yes
        done <"$work/awake"
        how=
        [ $again = yes ] || return 0
    done
}
[ $# -gt 0 ] || { n=$(wc -l <"$work/list"); i=1; while [ "$i" -le "$n" ]; do set -- "$@" $i; i=$((i + 1)); done; }
: >"$work/skipped"
caught=0 all=0
echo number,file,caught_by,how,seconds
for number; do
    file=$(sed -n "${number}p" "$work/list" | cut -d'~' -f1)
    named=$(sed -n "${number}p" "$work/list" | cut -d'~' -f5)
    room=${file#lib/}
    room=${room%%/*}
    by='' how='' began=$(date +%s)
    attempt "$number" "^($named)\$"
    [ -n "$by" ] || attempt "$number" "^unit-$room-" "$named\$"
    [ -n "$by" ] || attempt "$number" "^($(commands "$room"))" "($named)\$"
    if [ -z "$by" ]; then
        ring sanitized
        attempt "$number" "^($named)\$|^unit-$room-|^($(commands "$room"))"
        [ -z "$by" ] || how=sanitized
        ring plain
    fi
    [ -n "$by" ] || [ $all_tests = no ] || attempt "$number" '^(unit|cli)-' "($named)\$|unit-$room-|$(commands "$room")|$slow"
    all=$((all + 1))
    [ -z "$by" ] || caught=$((caught + 1))
    echo "$number,$file,$by,$how,$(($(date +%s) - began))"
done
doubted=$(sort -u "$work"/*/doubted | tr '\n' ' ')
[ -z "$doubted" ] || echo "left out, for asleep they fail or take too long: $doubted"
[ ! -s "$work/skipped" ] || echo "left out in part or whole, for want of data or tools: $(sort -u "$work/skipped" | tr '\n' ' ')"
echo "$caught of $all seeded faults caught: $((100 * caught / all)) %"
[ $((100 * caught)) -ge $((least * all)) ]
