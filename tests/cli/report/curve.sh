# report curve: shapes that must hold, the same bytes however it runs, states, faults.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
awk 'BEGIN { srand(5); print "s,outcome,t"; for (i = 0; i < 9000; i++) { p = rand(); t = rand() < .5; printf "%.3f,%d,%d\n", p, rand() < p * .6 + .2 * t * p, t } }' >t.csv
run() { kith-report curve --score s --treatment t "$@"; }
run t.csv >want
for k in roc pr gain lift calibration qini; do grep -q "^$k," want || fail "no $k"; done
awk -F, '$1 == "roc" || $1 == "gain" { if ($1 == c && ($2 < x || $3 < y)) exit 1; c = $1; x = $2; y = $3 } END { exit !(x == 1 && y == 1) }' want || fail "rising to 1,1"
awk -F, '$1 == "lift" && $2 == 1 && ($3 < .999999 || $3 > 1.000001) { exit 1 } $1 == "roc" { if (n++) a += ($2 - x) * ($3 + y) / 2; x = $2; y = $3 } NR > 1 && ($4 > $3 || $3 > $5) { exit 1 } END { exit !(a > .6 && a < .8) }' want || fail "lift 1 at the end, area, bands"
for j in 1 3; do for block in 4096 100000; do KITH_BLOCK=$block run -j $j t.csv >got; same got want "threads $j, block $block"; done; done
(head -1 t.csv; tail -n +2 t.csv | sort) | run >got; same got want "another order, a pipe"
(head -1 t.csv; sed -n 2,3000p t.csv) >a.csv; (head -1 t.csv; sed -n '3001,$p' t.csv) >b.csv
run --save-state a.st a.csv >wanta; run --save-state b.st b.csv >/dev/null
kith merge b.st a.st -o ab.st; kith finish ab.st >got; same got want "merged shards"
kith forget --rows b.csv ab.st -o less.st; kith finish less.st >got; same got wanta "forgotten"
status 3 kith merge a.st a.st
status 3 run /dev/null
printf 's,outcome,t\n' | run >got; [ "$(cat got)" = "curve,x,y,low,high" ] || fail "header only"
printf 's,outcome\n.3,1\n.2,1\n' | kith-report curve --score s >got; grep -q '^calibration' got && ! grep -q '^roc' got || fail "one class"
printf 's,outcome\n.3,2\n' >bad.csv; status 3 kith-report curve --score s bad.csv; grep -q 'bad.csv:2: outcome' err.txt || fail "outcome"
printf 's,outcome\nx,1\n' >bad.csv; status 3 kith-report curve --score s bad.csv; grep -q 'bad.csv:2: s' err.txt || fail "score"
status 3 kith-report curve --score ss t.csv
status 2 kith-report curve t.csv
status 2 kith-report curve --score s --kinds qini t.csv
status 2 kith-report curve --score s --kinds rock t.csv
if [ -w /dev/full ]; then set +e; run t.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
