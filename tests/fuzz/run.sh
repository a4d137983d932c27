#!/bin/sh
# Fuzzes every target under ASan and UBSan, clang's integer groups included, for so many CPU-minutes each.
# usage: tests/fuzz/run.sh [-m CPU-MINUTES] [-j LANES] [-c CORPUS-FOLDER] [TARGET...]
#        (default: 10, 1, all targets; what is found on the way stays in the corpus folder, default build/fuzz-corpus)
# Prints a table target,cpu_seconds,runs,findings; ends with 1 if there was a finding, whose bytes are in build/fuzz-findings.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
cd "$here"
minutes=10 lanes=1 corpus=build/fuzz-corpus
while getopts m:j:c: option; do
    case $option in
    m) minutes=$OPTARG ;;
    j) lanes=$OPTARG ;;
    c) corpus=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
command -v clang >/dev/null 2>&1 || { echo "run.sh: fuzzing needs clang and libclang-rt (tests/setup.sh fuzz)" >&2; exit 77; }
tree=build/fuzz
launcher=
command -v ccache >/dev/null 2>&1 && launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
cmake -S . -B "$tree" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DKITH_FUZZ=ON $launcher \
    -DKITH_SANITIZE=address,undefined,fuzzer-no-link,integer,implicit-conversion >/dev/null
if [ $# = 0 ]; then
    for source in tests/fuzz/fuzz_*.c; do
        name=${source##*/fuzz_}
        set -- "$@" "${name%.c}"
    done
fi
targets=
for name; do targets="$targets fuzz-$name"; done
# shellcheck disable=SC2086
ninja -C "$tree" $targets | tail -n 1 >&2
mkdir -p build/fuzz-findings
# States are synced to their disk when they are saved; the fuzzers' own had better be memory.
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || { TMPDIR=/dev/shm; export TMPDIR; }
export ASAN_OPTIONS=quarantine_size_mb=16:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
one() { # TARGET: its row; 1 with a finding
    name=$1 log=build/fuzz-findings/$1.log
    mkdir -p "$corpus/$name"
    before=$(find build/fuzz-findings -name "$name-*" | wc -l)
    status=0
    # The limit of CPU time ends a run that found nothing: XCPU, 152 for the shell. libFuzzer's own limit for one input is of wall time.
    # shellcheck disable=SC3045
    (ulimit -S -t $((minutes * 60)) && exec "$tree/tests/fuzz-$name" -timeout=60 -rss_limit_mb=2500 -print_final_stats=1 \
        -artifact_prefix="build/fuzz-findings/$name-" "$corpus/$name" "tests/fuzz/corpus/$name") >"$log" 2>&1 || status=$?
    runs=$(sed -n 's/^#\([0-9]*\).*/\1/p' "$log" | tail -n 1)
    findings=$(($(find build/fuzz-findings -name "$name-*" | wc -l) - before))
    seconds=$((minutes * 60))
    [ $status = 152 ] || { seconds="stopped with $status"; [ $findings -gt 0 ] || findings=1; }
    echo "$name,$seconds,${runs:-0},$findings"
    [ $findings = 0 ]
}
lane() { # NUMBER TARGET...: every so manieth target from there
    number=$1 at=0 bad=0
    shift
    for name; do
        [ $((at % lanes)) != "$number" ] || one "$name" || bad=1
        at=$((at + 1))
    done
    return $bad
}
echo target,cpu_seconds,runs,findings
pids="" found=0 number=0
while [ $number -lt "$lanes" ]; do
    lane $number "$@" &
    pids="$pids $!" number=$((number + 1))
done
for pid in $pids; do wait "$pid" || found=1; done
exit $found
