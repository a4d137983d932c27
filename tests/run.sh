#!/bin/sh
# Builds kith and passes every test: the quick ring. Everything again under ASan and UBSan.
# usage: tests/run.sh [--long]     (--long: also TSan, clang with its integer checks, every reference set, the fuzzers, seeded
#        faults and coverage)
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
long=no
[ "${1:-}" = --long ] && long=yes
sh "$here/tests/setup.sh" build test
sh "$here/tests/setup.sh" spark || echo "run.sh: without Java and PySpark the distributed driver's tests are left out"
cd "$here"
jobs=$(nproc 2>/dev/null || echo 2)

ring() { # NAME CMAKE-OPTIONS... : configure, build, test
    name=$1; shift
    echo "== $name"
    cmake -S . -B "build/$name" -G Ninja "$@" >/dev/null
    ninja -C "build/$name" -j "$jobs" | tail -n 1
}
check() { # NAME CTEST-OPTIONS...
    name=$1; shift
    ctest --test-dir "build/$name" --output-on-failure -j "$jobs" "$@"
}

# A tool that is not installed is left out with a word; a finding ends the run.
sh tests/setup.sh static || echo "run.sh: without clang-tidy only what is installed checks the sources"
sh tests/static.sh || [ $? = 77 ]

export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
ring sanitized -DCMAKE_BUILD_TYPE=Debug -DKITH_SANITIZE=address,undefined
check sanitized --no-tests=error -LE long
if [ $long = yes ]; then
    ring threads -DCMAKE_BUILD_TYPE=Debug -DKITH_SANITIZE=thread
    check threads --no-tests=error -LE long
    if command -v clang >/dev/null 2>&1; then
        CC=clang ring clang -DCMAKE_BUILD_TYPE=Debug -DKITH_SANITIZE=address,undefined,integer,implicit-conversion
        check clang --no-tests=error
        sh tests/fuzz/run.sh -m 1
    fi
    sh tests/mutation.sh
    sh tests/coverage.sh
fi
ring release
if [ $long = yes ]; then check release --no-tests=error; else check release --no-tests=error -LE long; fi
