#!/bin/sh
# Progress: a line on USR1, lines with --progress that are taken off again, none with -q; what was done is said after it and with -v.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
mkfifo pipe
slow() { # feeds the pipe: a row now, another when the file "more" is there
    { printf 'k,n\na,1\n'; tries=0; while [ ! -e more ] && [ $tries -lt 100 ]; do sleep .05; tries=$((tries + 1)); done; printf 'b,2\n'; } >pipe &
}
escape=$(printf '\033')
# USR1
rm -f more; slow
kith-report table -q -g k -a 'n=sum(n)' pipe >out 2>err & pid=$!
sleep .5; kill -USR1 $pid; sleep .2; : >more; wait $pid
grep -qE '^kith-report table: [0-9]+ rows.*[0-9] s$' err || fail "USR1: $(cat err)"
[ "$(wc -l <err)" = 1 ] || fail "one line: $(cat err)"
[ "$(tail -n 1 out)" = b,2 ] || fail "the result"
# --progress, and the closing line behind it
rm -f more; slow
kith-report table --progress -g k -a 'n=sum(n)' pipe >out 2>err & pid=$!
sleep 1.3; : >more; wait $pid
grep -qF "kith-report table: " err && grep -qF "${escape}[K" err || fail "--progress: $(cat -v err)"
tail -n 1 err | grep -qF 'kith-report: table: 2 rows in, 2 out, 0 rejected, 0 dropped, ' || fail "what was done: $(cat -v err)"
# -v says it, -q does not
printf 'k,n\na,1\na,2\n' >t.csv
kith-report table -v -g k -a 'n=sum(n)' t.csv 2>err >out; grep -q '^kith-report: table: 2 rows in, 1 out, 0 rejected, 0 dropped, [0-9.]* s$' err || fail "-v: $(cat err)"
kith-report table -q -g k -a 'n=sum(n)' t.csv 2>err >out; [ ! -s err ] || fail "-q: $(cat err)"
