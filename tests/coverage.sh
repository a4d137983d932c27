#!/bin/sh
# Which lines of libkith and the tools the tests run: a figure for each room, and every line that none does.
# usage: tests/coverage.sh [-k] [-j JOBS] [-r TEST-REGEX]     (default: all of the quick ring but Spark; -k: keep the tree of the last run)
# Prints room,lines,covered,share,unexplained. Uncovered lines go to build/coverage/uncovered.txt as FILE:LINE: TEXT; those of the kinds that
# tests/COVERAGE.md explains are told apart by its patterns, the others to build/coverage/unexplained.txt.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
jobs=$(nproc 2>/dev/null || echo 2) tests="" keep=no
while getopts kj:r: option; do
    case $option in
    k) keep=yes ;;
    j) jobs=$OPTARG ;;
    r) tests=$OPTARG ;;
    *) exit 2 ;;
    esac
done
tree=build/coverage
# From the start: the manual is written by a program that the build runs, which counts too.
[ $keep = yes ] || rm -rf "$tree"
mkdir -p "$tree"
cmake -S . -B "$tree" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="-O0 -w --coverage -fprofile-update=atomic -Dexecv=__builtin_execv -Dexecvp=__builtin_execvp -Dfork=__builtin_fork" \
    ${KITH_LAUNCHER:+-DCMAKE_C_COMPILER_LAUNCHER=$KITH_LAUNCHER} >/dev/null
ninja -C "$tree" -j "$jobs" | tail -n 1 >&2
# Left out: what looks at the release build's flags, symbols and files. Of the matrix, runs whose every allocation fails die in gcov's own code:
# it is listed as failed, and what it ran counts.
ctest --test-dir "$tree" -LE long -E 'spark|hardened|install|structure' ${tests:+-R "$tests"} -j "$jobs" >"$tree/tests.log" 2>&1 || sed -n '/The following tests FAILED/,$p' "$tree/tests.log" >&2
# A source may be compiled into several programs: a line counts as covered where any of them ran it.
find "$here/$tree" -name '*.gcda' | sort | xargs -n 50 gcov --stdout 2>/dev/null |
    awk -v root="$here/" '
        { at = index($0, ":") ; if (!at) next; count = substr($0, 1, at - 1); gsub(/ /, "", count); rest = substr($0, at + 1)
          at = index(rest, ":"); line = substr(rest, 1, at - 1) + 0; text = substr(rest, at + 1) }
        line == 0 { if (text ~ /^Source:/) { file = substr(text, 8); sub(/^.*\/\.\.\/+/, "", file); if (index(file, root) == 1) file = substr(file, length(root) + 1); sub(/^(\.\.\/)+/, "", file) } next }
        file !~ /^(lib|tools)\// || count == "-" { next }
        { key = file ":" line; texts[key] = text
          if (count ~ /^[#=]/) { if (!(key in ran)) ran[key] = 0 } else ran[key] = 1 }
        END { for (key in ran) print ran[key] "\t" key "\t" texts[key] }' | sort -t "$(printf '\t')" -k2,2 >"$tree/lines.txt"
awk -F'\t' '$1 == 0 { sub(/^[ \t]+/, "", $3); print $2 ": " $3 }' "$tree/lines.txt" | sort -t: -k1,1 -k2,2n >"$tree/uncovered.txt"
# What is given back on the way out of a failed allocation: uncovered stretches of nothing but that, around what tells of it.
awk -F'\t' '{ at = match($2, /:[0-9]+$/); print substr($2, 1, at - 1) "\t" substr($2, at + 1) "\t" $1 "\t" $3 }' "$tree/lines.txt" | sort -t "$(printf '\t')" -k1,1 -k2,2n |
    awk -F'\t' '
        function flush(i) { if (memory && !other) for (i = 1; i <= n; i++) print stretch[i]; n = memory = other = 0 }
        $1 != file || $3 == 1 { flush(); file = $1 }
        $3 == 0 { text = $4; gsub(/^[ \t]+|[ \t]+$/, "", text); stretch[++n] = $1 ":" $2 ": " text
                  if (text ~ /kith_no_memory\(|return KITH_SYSTEM;|status = KITH_SYSTEM;/) memory = 1
                  else if (text !~ /^([a-z_]*free_?\([^;]*\);?|[a-z_]*free_?\([^;]*\), [a-z_]*free_?\([^;]*\);|break;|\*[a-z_]+ = NULL;|[a-z>.-]+n--;|t->keys\.n = before;|\}.*)$/) other = 1 }
        END { flush() }' >"$tree/given_back.txt"
# The patterns of explained kinds: the indented lines of COVERAGE.md that begin with a slash.
sed -n 's/^    \/\(.*\)\/$/\1/p' tests/COVERAGE.md >"$tree/explained.patterns"
grep -Ev -f "$tree/explained.patterns" "$tree/uncovered.txt" | grep -Fxv -f "$tree/given_back.txt" >"$tree/unexplained.txt" || true
echo room,lines,covered,share,unexplained
awk -F'\t' -v list="$tree/unexplained.txt" '
    function room(key) { split(key, part, "/"); return part[1] "/" (part[2] ~ /\.c:/ ? "kith" : part[2]) }
    BEGIN { while ((getline line < list) > 0) left[room(line)]++ }
    { r = room($2); all[r]++; ran[r] += $1; lines++; covered += $1 }
    END { for (r in all) { printf "%s,%d,%d,%.3f,%d\n", r, all[r], ran[r], ran[r] / all[r], left[r] | "sort"; unknown += left[r] }
          close("sort"); printf "all,%d,%d,%.3f,%d\n", lines, covered, covered / lines, unknown }' "$tree/lines.txt"
