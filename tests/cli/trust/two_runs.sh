#!/bin/sh
# Two runs that write one state: the first to end wins whole, the other says so and exits 4. kill -9 while a state is written: the old one or the
# new one, and nothing temporary once the next run has been, also where the file system has no files without a name.
set -eu
rm -f late ./*.st ./*.kith
printf 'g,a\nx,1\ny,2\n' >a.csv
printf 'g,a\nx,3\n' >b.csv
set -- report table -q -g g -a n=count
kith "$@" --save-state s.st a.csv >whole
mkfifo late
kith "$@" --state s.st --save-state s.st late >late.out 2>late.err & slow=$!
exec 3>late
kith "$@" --state s.st --save-state s.st b.csv >early.out
cp s.st early.st
printf 'g,a\ny,4\n' >&3
exec 3>&-
status=0
wait $slow || status=$?
[ $status = 4 ] && grep -q 's.st: another run has written it' late.err
cmp s.st early.st
[ "$(kith finish s.st | tr '\n' ' ')" = 'g,n x,2 y,1 ' ]
# the same where no state was there at first, and for merge over one of its operands
kith "$@" --save-state first.st late >late.out 2>late.err & slow=$!
exec 3>late
kith "$@" --save-state first.st b.csv >early.out
printf 'g,a\ny,4\n' >&3
exec 3>&-
status=0
wait $slow || status=$?
[ $status = 4 ] && [ "$(kith finish first.st | tr '\n' ' ')" = 'g,n x,1 ' ]
kith "$@" --save-state c.st a.csv >/dev/null
kith merge first.st c.st -o first.st
[ "$(kith finish first.st | tr '\n' ' ')" = 'g,n x,2 y,1 ' ]
for left in ./*.kith; do [ ! -e "$left" ]; done

# kill -9
awk 'BEGIN { print "g,a"; for (i = 0; i < 60000; i++) print "k" i "," i }' >big.csv
kith "$@" --save-state old.st a.csv >/dev/null
kith "$@" --state old.st --save-state new.st big.csv >/dev/null
ring() { # TIMES
    i=0
    while [ $i -lt "$1" ]; do
        cp old.st now.st
        env ${shim:+LD_PRELOAD=$shim KITH_FAULT=named} "$KITH_BUILD/kith-report" table -q -g g -a n=count --state now.st --save-state now.st big.csv >/dev/null 2>&1 & pid=$!
        sleep "0.0$((i % 7))$((i * 37 % 10))"
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        cmp -s now.st old.st || cmp -s now.st new.st || { echo "a state that is neither the old nor the new"; exit 1; }
        i=$((i + 1))
    done
    cp old.st now.st
    : >now.st.000003.kith # as a run leaves it that is killed between naming and renaming
    kith report table -q -g g -a n=count --state now.st --save-state now.st big.csv >/dev/null
    cmp now.st new.st
    for left in ./*.kith; do [ ! -e "$left" ] || { echo "left: $left"; exit 1; }; done
}
shim=
ring 20
[ -n "${KITH_SANITIZE:-}" ] || { shim=$KITH_BUILD/tests/libkith-faults.so; ring 20; }
