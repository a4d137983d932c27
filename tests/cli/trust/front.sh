#!/bin/sh
# What no verb answers itself: no verb and no input, threads and rejects out of range, files that are no shards, a model shown, progress of a file.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
status() { want=$1; shift; set +e; "$@" >out 2>err; got=$?; set -e; [ "$got" = "$want" ] || { cat err >&2; fail "status $got, not $want: $*"; }; }
says() { grep -qF -- "$1" err || fail "no '$1': $(cat err)"; }
rm -rf ./*
printf 'k,n\na,1\nb,x\nc,3\nd,y\n' >t.csv
# verbs
status 2 kith-score; says 'kith score'; [ ! -s out ] || fail "help that nobody asked for goes to standard error"
status 2 kith-score gqwzxv; says "no verb 'gqwzxv' (see kith score --help)"
status 2 kith-score ofer; says "did you mean 'offer'?"
status 2 kith-score fit; says 'one of: '
# threads
for n in 65 0 -1 x; do
    status 2 env KITH_THREADS=$n kith table -a 'n=count()' t.csv; says 'KITH_THREADS takes 1 to 64'
done
status 0 env KITH_THREADS=64 kith table -a 'n=count()' t.csv
# rejects: two of four rows
for n in some -1 x% -5% 1.5.5; do status 2 kith table --max-rejects "$n" -a 's=sum(n)' t.csv; says 'takes a number or a percentage'; done
status 2 kith table --max-rejects 0 -a 's=sum(n)' t.csv; says 'at least 1'
for n in 2 50% 1e30 60.5%; do status 0 kith table -q --max-rejects $n -a 's=sum(n)' t.csv; [ "$(tail -n 1 out)" = 4 ] || fail "--max-rejects $n: $(cat out)"; done
status 3 kith table -q --max-rejects 1 -a 's=sum(n)' t.csv; says 'more than 1 rows rejected (--max-rejects)'
status 3 kith table -q --max-rejects 49% -a 's=sum(n)' t.csv; says '2 of 4 rows rejected, more than 49% (--max-rejects)'
status 2 kith table --rejects same.csv -o same.csv -a 's=sum(n)' t.csv; says 'is named for two results'
printf 'x\n1\n2\n3\n' >x.csv
for said in '--starts 0' '--starts 10001' '--draws -1' '--draws 10001'; do
    # shellcheck disable=SC2086
    status 2 kith segment fit kmeans --clusters 2 $said x.csv; says '--starts takes 1 to 10000, --draws 0 to 10000'
done
# shards
gzip -kf t.csv
status 3 kith shard t.csv.gz; says 'only plain files have places to cut at'
cut -d, -f1 t.csv >one.csv
status 0 kith shard --size 1 one.csv -o shards.csv
sed '2s/./7/' one.csv >moved.csv; sed 's/one\.csv/moved.csv/' shards.csv >moved_shards.csv
cmp -s one.csv moved.csv && fail "the copy was to differ"
n=$(sed -n 2p shards.csv | cut -d, -f1)
status 3 kith table --shard "$n@moved_shards.csv" -a 'n=count()'; says "have changed since it was cut"
status 3 kith table --shard 99@shards.csv -a 'n=count()'; says "shards.csv: has no shard '99'"
status 2 kith table --shard 99 -a 'n=count()'; says '--shard takes ID@FILE'
status 2 kith table --shard 1@shards.csv -a 'n=count()' t.csv; says 'name no file'
for column in offset length line record; do
    for wrong in x -1 ''; do
        awk -F, -v OFS=, -v name=$column -v to="$wrong" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i } NR == 2 { $at = to } 1' shards.csv >wrong.csv
        status 3 kith table --shard "$(sed -n 2p shards.csv | cut -d, -f1)@wrong.csv" -a 'n=count()'; says "wrong.csv:2: $column: not a number"
    done
done
# a standard input that is a terminal is nobody's data
if command -v script >/dev/null; then
    for verb in 'kith-segment where "n > 0"' 'kith-ingest sort -k n' 'kith-report table -a "n=count()"' 'kith-ingest read' 'kith-ingest schema'; do
        set +e; TERM=xterm script -qec "$verb" /dev/null >err </dev/null 2>&1; got=$?; set -e
        [ $got = 2 ] || fail "$verb on a terminal: $got, $(cat err)"
        says 'no file named, and standard input is a terminal'; says 'usage: '
    done
fi
# progress of a file whose size is known, held up by a reader that waits
awk 'BEGIN { print "k,n"; for (i = 0; i < 400000; i++) print "name " i "," i }' >long.csv
mkfifo pipe
kith-segment where -q 'n >= 0' long.csv >pipe 2>err & pid=$!
exec 3<pipe
IFS= read -r first <&3
kill -USR1 $pid
tries=0; while [ ! -s err ] && [ $tries -lt 200 ]; do sleep .05; tries=$((tries + 1)); done
{ printf '%s\n' "$first"; cat <&3; } >out; exec 3<&-; wait $pid
cmp -s out long.csv || fail "rows are lost"
grep -qE '^kith-segment where: [0-9]+ rows.*, [0-9]+ MB of 7 \([0-9]+ %\), [0-9]+ MB/s, [0-9]+ s left$' err || fail "USR1: $(cat err)"
