#!/bin/sh
# What data hold does not steer a terminal: rows, tables, pictures and messages, on a terminal of script(1).
set -u
if ! command -v script >/dev/null; then
    echo "SKIP: script(1) is not installed"
    exit 77
fi
escape=$(printf '\033')
failures=0
bad() { failures=$((failures + 1)); echo "$1"; }
# Title, clear screen, answerback, colours, C1 forms of CSI and OSC, turned writing, bell, backspaces, DEL.
printf 'name,n\nA\033]0;owned\007B,1\nC\033[2J\033[31mD,2\nE\302\2332JF\302\2350;x\302\234G,3\nH\342\200\256I\342\201\246J,4\nK\010\010\177\005L,5\n\033Pq#0\033\\M,6\n' >in.csv
printf 'na\033]0;owned\007me,n\302\2332J\nx,1\n' >head.csv
printf 'name,n\nx,y\033]0;owned\007\302\2332Jz\n' >value.csv
on_terminal() { # NAME COMMAND: what the terminal got is in seen
    TERM=xterm script -qec "$2" /dev/null >seen </dev/null 2>&1
    sed "s/$escape\[[0-9;]*[mK]//g" seen | tr -d '\r' >rest # colours and the progress line's wiping are ours
    [ -s seen ] || bad "$1: nothing seen"
    ! LC_ALL=C grep -q '[[:cntrl:]]' rest || bad "$1: control characters: $(LC_ALL=C grep '[[:cntrl:]]' rest | head -n 1 | od -c | head -n 3)"
    ! LC_ALL=C grep -q "$(printf '\302[\200-\237]')" rest || bad "$1: C1 control characters"
    ! LC_ALL=C grep -q "$(printf '\342\200[\252-\256]\|\342\201[\246-\251]')" rest || bad "$1: turned writing"
    ! grep -q "$escape\[31m" seen || bad "$1: colours of the data"
}
shows() { grep -q "$1" rest || bad "not shown: $1"; }
on_terminal rows 'kith where "n > 0" in.csv'; shows 'A??0;owned?B\|A?]0;owned?B'
on_terminal folds "kith table -g name -a 'total=sum(n)' in.csv"; shows '^K'
on_terminal view 'kith view in.csv'; shows 'A *B'
on_terminal 'view, tall' 'kith view --tall in.csv'
on_terminal plot 'kith plot --kind bars --x name --y n in.csv'
on_terminal columns "kith where 'm > 0' head.csv"; shows 'kith-segment'
on_terminal header 'kith where "1 == 1" head.csv'
on_terminal values "kith ingest mask --amounts n=5 value.csv"; shows 'value.csv:2: n'
on_terminal 'values shown' "kith ingest mask --show-values --amounts n=5 value.csv"; shows 'like y?]0;owned'
on_terminal 'a device' 'kith where "n > 0" in.csv -o /dev/tty'
# a pipe and a file get the bytes
if ! kith where 'n > 0' in.csv >out || ! cmp -s out in.csv; then bad "a file's bytes were changed"; fi
head -c 5000 /dev/zero | tr '\0' 'x' >long
{ echo name,n; for i in 1 2 3 4 5 6 7 8; do printf 'é%s\033,%s\n' "$(cat long)" $i; done; } >wide.csv
on_terminal 'long rows' 'kith where "n > 0" wide.csv'
[ "$(tr -d '\n' <rest | wc -c)" = "$(tr -d '\n' <wide.csv | wc -c)" ] || bad "bytes are lost"
echo "$failures failures"
[ $failures = 0 ]
