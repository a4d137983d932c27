#!/bin/sh
# How many seeded faults the tests catch: all of tests/mutants.txt are built into one copy of kith, each asleep until KITH_MUTANT names it
# (mutant schemata: Untch, Offutt and Harrold 1993), so that there is one build; then the tests run once for each, until one fails: those
# that the list names first, then those of the fault's room, then its family's commands, then all quick unit and command tests.
# usage: tests/mutation.sh [-l LEAST-PERCENT] [-j JOBS] [-n] [NUMBER...]     (default 90; -n: only the room's and family's tests)
# Prints number,file,caught_by and the share; ends with 1 below the least.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
least=90 jobs=$(nproc 2>/dev/null || echo 2) near=no
while getopts l:j:n option; do
    case $option in
    l) least=$OPTARG ;;
    j) jobs=$OPTARG ;;
    n) near=yes ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
copy=build/mutation/source
tree=build/mutation/tree
rm -rf "$copy"
mkdir -p "$copy" "$tree"
cp -R CMakeLists.txt CMakePresets.json LICENSE README.md cmake completions examples include lib man tests tools "$copy"

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
grep -v '^#' tests/mutants.txt >build/mutation/list
# awk's index() looks for plain text; one line of the file must hold it, or the list is out of date.
awk -F'~' -v root="$copy/" '
    { file[NR] = $1; where[NR] = $2; right[NR] = $3; wrong[NR] = $4; n = NR }
    END {
        for (m = 1; m <= n; m++) {
            path = root file[m]; lines = 0; hits = 0
            while ((getline line < path) > 0) text[++lines] = line
            close(path)
            for (i = 1; i <= lines; i++) {
                at = index(text[i], where[m])
                if (!at) continue
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
    }' build/mutation/list
cmake -S "$copy" -B "$tree" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="-O1 -w -include $here/$copy/mutant.h" \
    ${KITH_LAUNCHER:+-DCMAKE_C_COMPILER_LAUNCHER=$KITH_LAUNCHER} >/dev/null
ninja -C "$tree" -j "$jobs" | tail -n 1

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
attempt() { # NUMBER REGEX: the test that failed, if one did
    KITH_MUTANT=$1 ctest --test-dir "$tree" -R "$2" -LE long -j "$jobs" --timeout 300 --stop-on-failure 2>/dev/null |
        sed -n '/Skipped/d; s/.*Test *#[0-9]*: \([^ ]*\) .*\*\*\*.*/\1/p' | head -n 1
}
[ $# -gt 0 ] || { n=$(wc -l <build/mutation/list); i=1; while [ "$i" -le "$n" ]; do set -- "$@" $i; i=$((i + 1)); done; }
asleep=$(attempt 0 '^unit-|^cli-segment-expressions')
[ -z "$asleep" ] || { echo "mutation.sh: $asleep fails with every fault asleep" >&2; exit 4; }
caught=0 all=0
echo number,file,caught_by
for number; do
    file=$(sed -n "${number}p" build/mutation/list | cut -d'~' -f1)
    room=${file#lib/}
    room=${room%%/*}
    by=$(attempt "$number" "^($(sed -n "${number}p" build/mutation/list | cut -d'~' -f5))$")
    [ -n "$by" ] || by=$(attempt "$number" "^unit-$room-")
    [ -n "$by" ] || by=$(attempt "$number" "^($(commands "$room"))")
    [ -n "$by" ] || [ $near = yes ] || by=$(attempt "$number" '^(unit|cli)-')
    all=$((all + 1))
    [ -z "$by" ] || caught=$((caught + 1))
    echo "$number,$file,$by"
done
echo "$caught of $all seeded faults caught: $((100 * caught / all)) %"
[ $((100 * caught)) -ge $((least * all)) ]
