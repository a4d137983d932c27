# ingest profile: figures, kinds, drift, states; ends and errors; the same bytes for threads, blocks, file and pipe, shards.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
field() { grep "^$2," "$1" | head -1 | cut -d, -f"$3"; }
is() { [ "$1" = "$2" ] || fail "$3: $1, not $2"; }

cat >t.csv <<'X'
id,amount,qty,when,flag,e_mail,Phone,plain,card,iban,first name,product name,street,zip
a,10.5,1,2026-01-01,yes,ann@x.org,+33 1 42 68 53 00,+49 170 1234567,4111 1111 1111 1111,GB82 WEST 1234 5698 7654 32,Ann,Shoe,12 Main St,01234
b,2.5,2,2026-01-04,no,bo@y.com,030 123456,+49 170 7654321,5500005555555559,DE89370400440532013000,Bo,Hat,Hauptstraße 5,04321
c,,3,2026-01-02T10:00:00Z,no,c@z.net,(212) 555-0100,+44 20 7946 0958,340000000000009,FR1420041010050500013M02606,Cleo,Hat,3 rue de Rivoli,09999
X
kith-ingest profile t.csv >got
is "$(head -1 got | cut -d, -f1-14)" "column,type,rows,missing,distinct,min,max,mean,sd,p25,p50,p75,top,kind" header
is "$(field got amount 2-12)" "number,3,1,2,2.5,10.5,6.5,5.656854249492381,4.5,6.5,8.5" amount
is "$(field got qty 2-12)" "integer,3,0,3,1,3,2,1,1.5,2,2.5" quantity
is "$(field got when 2)" datetime when; is "$(field got when 6,7)" "2026-01-01T00:00:00Z,2026-01-04T00:00:00Z" range
is "$(field got flag 2)" boolean flag; is "$(field got flag 13)" "no:2|yes:1" top; is "$(field got zip 2)" text zip
for pair in e_mail:email Phone:phone plain:phone card:card iban:iban "first name:name" "product name:" street:address id: amount: zip: when:; do
    is "$(field got "${pair%:*}" 14)" "${pair##*:}" "kind of ${pair%:*}"
done
# empty inputs and errors
status 3 kith-ingest profile /dev/null
printf 'a,b\n' >head.csv; kith-ingest profile head.csv >got; is "$(field got a 2-6)" "text,0,0,0," "header only"
printf 'a,b\n1\n' >ragged.csv; status 3 kith-ingest profile ragged.csv
status 2 kith-ingest profile --top -1 t.csv
status 2 kith-ingest profile --tpo 3 t.csv
printf 'x\n1\nnan\n1e999\n2\n' >odd.csv; kith-ingest profile odd.csv >got; is "$(field got x 2)" text "words among numbers"
if [ -w /dev/full ]; then set +e; kith-ingest profile t.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
# past 65,536 values, against awk; shards in any order, threads, blocks
awk 'BEGIN { srand(9); print "id,v,few,ts,w"; for (i = 0; i < 150000; i++) printf "user%d@example.org,%.2f,%s,2026-%02d-%02dT%02d:%02d:%02dZ,%.12g\n", i, rand() * 1e5, i % 7 ? "a" : "b",
     1 + rand() * 12, 1 + rand() * 28, rand() * 24, rand() * 60, rand() * 60, (rand() - .5) * 10 ^ (rand() * 40 - 20) }' >big.csv
kith-ingest profile --save-state all.st big.csv >want
is "$(field want id 14)" email "kind, sampled"; is "$(field want few 13)" "a:128571|b:21429" "few values"
awk -F, 'NR > 1 { s += $2; n++; if (n == 1 || $2 < lo) lo = $2; if ($2 > hi) hi = $2 } END { printf "%.6f %.2f %.2f\n", s / n, lo, hi }' big.csv >sums
is "$(field want v 6,7,8 | awk -F, '{ printf "%.6f %.2f %.2f\n", $3, $1, $2 }')" "$(cat sums)" "mean and range"
d=$(field want id 5); [ "$d" -gt 145000 ] && [ "$d" -lt 155000 ] || fail "distinct: $d"
kith-ingest sort -k v big.csv | kith-ingest profile >got; same got want "another order"
for block in 4096 1000000; do for j in 1 3; do KITH_BLOCK=$block kith-ingest profile -j $j big.csv >got; same got want "threads $j, block $block"; done; done
kith-ingest profile <big.csv >got; same got want pipe
head -1 big.csv >a.csv; sed -n '2,60001p' big.csv >>a.csv; head -1 big.csv >b.csv; sed -n '60002,60100p' big.csv >>b.csv; head -1 big.csv >c.csv; sed -n '60101,$p' big.csv >>c.csv
for s in a b c; do kith-ingest profile --save-state $s.st $s.csv >/dev/null; done
kith-ingest profile --state c.st --state a.st --state b.st --save-state abc.st >got; same got want "shards"
kith-ingest profile --state abc.st >got; same got want "a state of shards"
status 3 kith-ingest profile --state a.st --state abc.st
# no row yet: a state that carries on
head -1 big.csv >none.csv; kith-ingest profile --save-state none.st none.csv >/dev/null
kith-ingest profile --state none.st big.csv >got; kith-ingest profile big.csv >want; same got want "carried on from no row"
# drift
kith-ingest profile --against all.st big.csv >got; [ "$(grep -c ',0,0,1,stable$' got)" = 2 ] || fail "no drift"
kith-ingest profile --against big.csv a.csv >got; is "$(field got v 23)" stable "a part of it"
awk -F, -v OFS=, 'NR > 1 { $2 += 60000; if (NR % 2) $3 = "" } 1' big.csv | sed 's/^id,v/id,v/' >moved.csv
kith-ingest profile --against all.st moved.csv >got 2>err.txt; is "$(field got v 23)" moved "numbers moved"; is "$(field got few 23)" moved "half is missing"
cut -d, -f1-4 big.csv | sed '1s/few/fewer/' | kith-ingest profile --against all.st >got 2>err.txt; is "$(field got fewer 23)" new new; is "$(field got few 23)" gone gone
for i in 1 2 3 4 5 6 7 8; do # damaged states are refused
    awk -v i=$i 'BEGIN { srand(i) } { n = length($0); k = int(rand() * n) + 1; if (NR % 5 == i % 5) $0 = substr($0, 1, k - 1) "7" substr($0, k + 1); print }' a.st >bad.st
    cmp -s a.st bad.st || status 3 kith-ingest profile --state bad.st
done
