#!/bin/sh
# Static checks: clang-tidy by .clang-tidy over lib and tools, shellcheck over every script, pyflakes over kith-spark where it is installed.
# usage: tests/static.sh [BUILD-FOLDER]     (one that CMake configured; default: configures build/static with clang)
# Ends with 1 if a check found something, with 77 if neither tool is installed.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
jobs=$(nproc 2>/dev/null || echo 2)
bad=0 did=
if command -v shellcheck >/dev/null 2>&1; then
    did="$did shellcheck"
    # SC1007: "name= command" means it;  SC2015: a && b || fail;  SC2016: awk programs hold $;  SC2238: files with names of commands;  SC3045: dash has ulimit -v
    { find tests man completions examples -name '*.sh' -print0; printf '.ci/run\0'; } | xargs -0 shellcheck -x -s sh -S warning -e SC1007,SC2015,SC2016,SC2238,SC3045 || bad=1
fi
if command -v clang-tidy >/dev/null 2>&1 && command -v clang >/dev/null 2>&1; then
    did="$did clang-tidy"
    tree=${1:-build/static}
    [ -f "$tree/compile_commands.json" ] || cmake -S . -B "$tree" -G Ninja -DCMAKE_C_COMPILER=clang >/dev/null
    find lib tools -name '*.c' -print0 | xargs -0 -P "$jobs" -n 8 clang-tidy -p "$tree" --quiet --extra-arg=-Wno-unknown-warning-option 2>/dev/null || bad=1
fi
if python3 -c 'import pyflakes' 2>/dev/null; then
    did="$did pyflakes"
    python3 -m pyflakes tools/spark/kith-spark || bad=1
fi
[ -n "$did" ] || { echo "static.sh: neither shellcheck nor clang-tidy is installed (tests/setup.sh static)" >&2; exit 77; }
[ $bad = 0 ] || { echo "static.sh: findings above ($did )" >&2; exit 1; }
echo "static checks clean:$did"
