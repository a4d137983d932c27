#!/bin/sh
# Fuzzes every target under ASan and UBSan, clang's integer groups included, for so many CPU-minutes each, one after the other.
# usage: tests/fuzz/run.sh [-m CPU-MINUTES] [-c CORPUS-FOLDER] [TARGET...]
#        (default: 10, all targets; what is found on the way stays in the corpus folder, default build/fuzz-corpus)
# Prints a table target,cpu_seconds,runs,findings; ends with 1 if there was a finding, whose bytes are in build/fuzz-findings.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
cd "$here"
minutes=10 corpus=build/fuzz-corpus
while getopts m:c: option; do
    case $option in
    m) minutes=$OPTARG ;;
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
export ASAN_OPTIONS=quarantine_size_mb=16:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
log=build/fuzz-findings/log
found=0
echo target,cpu_seconds,runs,findings
for name; do
    mkdir -p "$corpus/$name"
    before=$(find build/fuzz-findings -name "$name-*" | wc -l)
    set +e
    # The limit of CPU time ends a run that found nothing: XCPU, 152 for the shell.
    # shellcheck disable=SC3045
    (ulimit -S -t $((minutes * 60)) && exec "$tree/tests/fuzz-$name" -timeout=25 -rss_limit_mb=2500 -print_final_stats=1 \
        -artifact_prefix="build/fuzz-findings/$name-" "$corpus/$name" "tests/fuzz/corpus/$name") >"$log" 2>&1
    status=$?
    set -e
    runs=$(sed -n 's/^#\([0-9]*\).*/\1/p' "$log" | tail -n 1)
    findings=$(($(find build/fuzz-findings -name "$name-*" | wc -l) - before))
    if [ $status != 152 ] || [ $findings -gt 0 ]; then
        found=1
        cp "$log" "build/fuzz-findings/$name.log"
        [ $findings -gt 0 ] || findings="status $status"
    fi
    echo "$name,$((minutes * 60)),${runs:-0},$findings"
done
exit $found
