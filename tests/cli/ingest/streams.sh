#!/bin/sh
# What lies between bytes and rows, for every verb alike: several files that do not go together, records of many fields over small blocks, slow and
# packed inputs, outputs that cannot be made, interrupts.
set -eu
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 | cut -c1-200 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
says() { grep -qF -- "$1" err.txt || { cat err.txt >&2; fail "nothing said of: $1"; }; }

# files that do not go together, and the mark in a small file that is read whole
printf 'a,b\n1,2\n' >one.csv; printf 'a,c\n3,4\n' >names.csv; printf 'a;b\n3;4\n' >marks.csv; printf 'a,b,c\n3,4,5\n' >wide.csv
status 3 kith where 'a > 0' one.csv names.csv; says "names.csv: column 2 is called 'c', in one.csv 'b'"
status 3 kith where 'a > 0' one.csv marks.csv; says 'marks.csv: its delimiter differs from that of one.csv'
status 3 kith where 'a > 0' one.csv wide.csv; says 'wide.csv: has 3 columns, one.csv has 2'
printf 'name,lat,lon,radius\nX,1,2,3\n"!kith failed: kith-x: it broke' >regions.csv
status 3 kith where --regions regions.csv 'region(1, 2) == "X"' one.csv; says 'regions.csv: ends in the mark of a failed stage'
# so many rejects and no more
printf 'a,b\n1,2\nx,3\ny,4\n5,6\n' >bad.csv
status 3 kith where --on-error reject --rejects r.csv --max-rejects 1 'a > 0' bad.csv; says 'bad.csv: more than 1 rows rejected (--max-rejects)'
status 0 kith where --on-error reject --rejects r.csv --max-rejects 2 'a > 0' bad.csv
printf 'a,b\n1,2\n5,6\n' >want; same out.txt want "rows with two rejects allowed"
# a shard of a file that is shorter now
awk 'BEGIN { print "a,b"; for (i = 0; i < 50000; i++) print i ",x" }' >long.csv
KITH_BLOCK=16384 kith shard -q --size 100000 long.csv -o shards.csv
[ "$(wc -l <shards.csv)" -ge 3 ] || fail "too few shards"
kith where --shard 1@shards.csv 'a >= 0' >got; [ "$(wc -l <got)" -gt 100 ] || fail "a shard's rows"
head -c 90000 long.csv >cut.csv; cp cut.csv long.csv
status 3 kith where --shard 1@shards.csv 'a >= 0'; says "does not hold the shard's bytes; was it changed after it was cut?"
# a record of more fields than a block has bytes
awk 'BEGIN { for (r = 0; r < 5; r++) { for (c = 1; c <= 40000; c++) printf("%s%s", (c > 1 ? "," : ""), (r ? (c % 1000 ? "" : r * c) : "c" c)); print "" } }' >fields.csv
awk -F, 'NR == 1 || $1000 > 1500 { print $2000 "," $40000 }' fields.csv >want
for block in 4096 100000; do
    for j in 1 3; do KITH_BLOCK=$block kith where -j $j -s c2000,c40000 'c1000 > 1500' fields.csv >got; same got want "40,000 fields, blocks of $block, $j threads"; done
    KITH_BLOCK=$block kith where -s c2000,c40000 'c1000 > 1500' <fields.csv >got; same got want "40,000 fields of a pipe, blocks of $block"
done
# a pipe that is silent for a while, after more than is looked at first, and one whose reader goes away meanwhile
awk 'BEGIN { print "id,text"; for (i = 0; i < 150000; i++) print i ",some text of a row" }' >slow.csv
{ head -n 120000 slow.csv; sleep .3; tail -n +120001 slow.csv; } | kith ingest read -q >got; same got slow.csv "a slow pipe"
[ "$({ cat slow.csv; sleep .4; } | kith ingest read -q 2>/dev/null | head -n 1)" = id,text ] || fail "a reader that goes away"
# gzip with zeros behind it (tapes and block devices pad so), and one that ends early behind the first megabytes
gzip -1 -c slow.csv >slow.gz; { cat slow.gz; head -c 1000 /dev/zero; } >padded.gz
kith ingest read -q padded.gz >got; same got slow.csv "gzip padded with zeros"
kith where 'id >= 0' padded.gz >got; same got slow.csv "gzip padded with zeros, regular"
awk 'BEGIN { srand(2); print "id,text"; for (i = 0; i < 400000; i++) print i "," rand() }' | gzip -1 >early.gz
head -c $(($(wc -c <early.gz) - 1000)) early.gz >cut.gz
status 3 kith ingest read -q cut.gz; says 'cut.gz: the gzip data end too early (truncated)'
# bytes that are in no encoding that is known: read, and said
{ printf 'id,text\n'; i=0; while [ $i -lt 20 ]; do printf '%d,\223\372\226\173\214\352\202\314\203\145\203\114\203\130\203\147\202\305\202\267\n' $i; i=$((i + 1)); done; } >sjis.csv
status 0 kith ingest read sjis.csv; says 'the encoding is not certain'; [ "$(wc -l <out.txt)" = 21 ] || fail "rows in an unknown encoding"
# halves of pairs, and places of a code page that stand for nothing, become U+FFFD
printf '\377\376a\000,\000b\000\n\000\000\330,\000x\000\n\000\000\334,\000\075\330\000\336\n\000' >pairs.csv
printf 'a,b\n\357\277\275,x\n\357\277\275,\360\237\230\200\n' >want; kith ingest read -q pairs.csv >got; same got want "UTF-16 with halves of pairs"
printf 'a,b\nx\201y,caf\351\n' >hole.csv; printf 'a,b\nx\357\277\275y,caf\303\251\n' >want
kith ingest read -q --encoding windows-1252 hole.csv >got; same got want "0x81 of Windows-1252"
# another delimiter out: what it would split is quoted, what is quoted stays
printf 'id;note\n2;"a ""b"", c"\n1;d, e\n3;f\n' >semi.csv; printf 'id,note\n1,"d, e"\n2,"a ""b"", c"\n3,f\n' >want
kith ingest sort -k id -D , semi.csv >got; same got want "sorted, with another delimiter"
# outputs that cannot be made
status 4 kith where 'a > 0' one.csv -o none/out.csv; says "none/out.csv: cannot write in its folder"
status 4 kith where 'a > 0' one.csv -o .; says 'is a directory'
