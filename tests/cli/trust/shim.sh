#!/bin/sh
# Every verb of tests/matrix/verbs.txt under a failing system: short and interrupted reads and writes, EIO, ENOSPC, a close that fails, and
# allocations that fail one after the other. usage: shim.sh [PATTERN]
set -u
if [ -n "${KITH_SANITIZE:-}" ]; then
    echo "SKIP: the preload shim runs in the release ring (sanitizers replace malloc themselves)"
    exit 77
fi
cases=$KITH_SOURCE/tests/matrix
shim=$KITH_BUILD/tests/libkith-faults.so
failures=0 runs=0 pattern=${1:-}
export KITH_THREADS=2 SOURCE_DATE_EPOCH=0

verb() { # FAULT OUTPUT ARGS...: status in $status
    fault=$1 to=$2
    shift 2
    runs=$((runs + 1))
    env LD_PRELOAD="$shim" KITH_FAULT="$fault" "$program" "$@" >"$to" 2>err </dev/null
    status=$?
}
bad() { failures=$((failures + 1)); echo "$name under $fault: $1 (status $status): $(head -n 1 err)"; }
clean() { # after a failure: nothing under the result's name, nothing temporary
    [ ! -e result ] || bad "a result of a failed run"
    for left in ./*.kith; do [ ! -e "$left" ] || { bad "left $left"; rm -f "$left"; }; done
}

# shellcheck disable=SC2162
while IFS='|' read -r name input args prepare; do
    case $name in ''|'#'*) continue ;; esac
    case "$name" in *"$pattern"*) ;; *) continue ;; esac
    rm -rf work && mkdir work && cd work || exit 4
    cp "$cases"/*.csv "$cases"/*.key . 2>/dev/null
    cp "$input" in.csv
    [ -z "$prepare" ] || sh -c "$prepare" || exit 4
    program=$KITH_BUILD/kith-${name%% *}
    [ "$name" = 'segment community' ] && continue_with=apart || continue_with=
    [ -z "$continue_with" ] || { cd ..; continue; } # igraph ends the process when it starts without memory
    eval "set -- $(printf '%s' "$args" | sed 's|{}|in.csv|g')"
    shift
    verb none good "$@"
    ok=$status
    for fault in short eintr; do
        verb $fault out "$@"
        { [ "$status" = "$ok" ] && cmp -s good out; } || bad "other bytes"
    done
    for n in 1 2; do
        verb "read:$n" /dev/null "$@"
        case $status in 4) ;; "$ok") [ "$n" -gt 1 ] || bad "a failing read went unseen" ;; *) bad "expected 4" ;; esac
        verb "write:$n" out "$@" -o result
        case $status in 4) clean ;; "$ok") [ "$n" -gt 1 ] || bad "a failing write went unseen" ;; *) bad "expected 4" ;; esac
        rm -f result
    done
    verb nospace:1 out "$@" -o result
    [ "$status" = 4 ] && clean || bad "expected 4"
    verb close:1 out "$@" -o result
    [ "$status" = 4 ] && clean || bad "a failing close went unseen"
    rm -f result
    n=1
    while [ $n -lt 4000 ]; do # one allocation after the other, in growing steps
        verb "alloc:$n" out "$@" -o result
        case $status in
        4) clean ;;
        "$ok") cmp -s good result || bad "other bytes"; rm -f result; break ;;
        *) bad "expected 4"; rm -f result; [ $failures -gt 40 ] && break ;;
        esac
        n=$((n + 1 + n / 12))
    done
    cd ..
done <"$cases/verbs.txt"
rm -rf work
echo "$runs runs, $failures failures"
[ $runs -gt 0 ] && [ $failures = 0 ]
