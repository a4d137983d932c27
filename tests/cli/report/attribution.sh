# report attribution: the reference data to eight digits, the same bytes however it runs, states, faults.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
all=first,last,lastnondirect,linear,position,decay:7,shapley,markov1,markov2,markov3,markov

awk 'BEGIN { srand(3); print "path,conversions,value,nulls"; for (i = 0; i < 4000; i++) { n = 1 + int(rand() * 5); p = "c" int(rand() * 6);
     while (--n) p = p " > c" int(rand() * 6); printf "%s,%d,%.2f,%d\n", p, rand() * 3, rand() * 50, rand() * 4 } }' >p.csv
kith-report attribution --models $all --bootstrap 20 p.csv >want
[ "$(head -1 want)" = "channel,model,conversions,value,removal,conversions_low,conversions_high,value_low,value_high" ] || fail "header"
# every model hands out the same totals
awk -F, 'NR > 1 { c[$2] += $3; v[$2] += $4 } END { for (m in c) { if (C == "") { C = c[m]; V = v[m] } if ((c[m] - C)^2 + (v[m] - V)^2 > 1e-12) exit 1 } }' want || fail "totals"
for j in 1 3; do for block in 4096 100000; do
    KITH_BLOCK=$block kith-report attribution -j $j --models $all --bootstrap 20 p.csv >got; same got want "threads $j, block $block"
done; done
(head -1 p.csv; tail -n +2 p.csv | sort -r) | kith-report attribution --models $all --bootstrap 20 >got; same got want "another order, a pipe"
# shards, nights, forgetting
(head -1 p.csv; sed -n 2,1500p p.csv) >a.csv; (head -1 p.csv; sed -n '1501,$p' p.csv) >b.csv; head -1 p.csv >none.csv
kith-report attribution --models $all --bootstrap 20 --save-state a.st a.csv >/dev/null
kith-report attribution --models $all --bootstrap 20 --save-state b.st b.csv >/dev/null
kith-report attribution --models $all --bootstrap 20 --save-state none.st none.csv >/dev/null
kith merge b.st none.st a.st -o ab.st; kith finish ab.st >got; same got want "merged shards"
kith-report attribution --models $all --bootstrap 20 --state a.st b.csv >got; same got want "carried on"
status 3 kith merge a.st a.st
kith forget --rows b.csv ab.st -o less.st; kith finish less.st >got; kith finish a.st >want2; same got want2 "forgotten"
status 3 kith-report attribution --models first --state a.st b.csv
# faults
status 3 kith-report attribution /dev/null
kith-report attribution none.csv >got; [ "$(cat got)" = "channel,model,conversions,value,removal" ] || fail "header only"
printf 'path,conversions\na > b,1\n,2\n' >bad.csv; status 3 kith-report attribution bad.csv; grep -q 'bad.csv:3: path: a path without a channel' err.txt || fail "$(cat err.txt)"
kith-report attribution --on-error skip --models last bad.csv 2>/dev/null >got; grep -q '^b,last,1,0,$' got || fail "skip"
printf 'path,conversions\na,-1\n' >bad.csv; status 3 kith-report attribution bad.csv; grep -q 'bad.csv:2: conversions' err.txt || fail "negative"
printf 'path,conversions\na,x\n' >bad.csv; status 3 kith-report attribution bad.csv
printf 'path,conversion\na,1\n' >bad.csv; status 3 kith-report attribution bad.csv; grep -q "conversion" err.txt || fail "nearest column"
status 2 kith-report attribution --models lats p.csv; grep -q "last" err.txt || fail "nearest model"
status 2 kith-report attribution --models decay:0 p.csv
if [ -w /dev/full ]; then set +e; kith-report attribution p.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
# the reference
data=$KITH_SOURCE/../shared/data
[ -f "$data/attribution/pathdata.csv" ] || { echo "SKIP: no reference data"; exit 77; }
kith-report attribution --path path --conversions total_conversions --value total_conversion_value --nulls total_null --wide \
    --models first,last,linear,position,decay:1,decay:7,shapley,markov1,markov2,markov3 "$data/attribution/pathdata.csv" >got
cut -d, -f1-15,18,19,22,23,26,27 "$data/reference/attribution_pathdata.csv" >ref # without the ratio game and the removals
paste -d, got ref | awk -F, 'NR > 1 { if (NF != 42 || $1 != $22) exit 1; for (i = 2; i <= 21; i++) { d = $i - $(i + 21); if (d * d > 1e-20 * $i * $i + 1e-24) exit 1 } }' ||
    fail "reference"
