# report experiment: the reference figures, the same bytes however it runs, states, faults, what cannot be tested.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
awk 'BEGIN { srand(5); print "region,arm,bought,spend,before,visits"; for (i = 0; i < 9000; i++) { a = int(rand() * 3); b = rand() < .1 + .02 * a; x = rand() * 50;
     printf "R%d,%s,%d,%.2f,%.2f,%d\n", rand() * 4, (a ? "t" a : "control"), b, b * rand() * 80 + x / 2, x, 1 + rand() * 9 } }' >e.csv
run() { kith-report experiment -g region --arm arm --metric bought,spend,spend/visits --covariate before --looks 4 --look 2 --planned 9000 "$@"; }
run e.csv >want
[ "$(head -1 want)" = "region,metric,arm,method,estimate,low,high,statistic,p,note" ] || fail "header"
sed -n 2p want | grep -q '^R0,,,srm,' || fail "the split comes first"
{ cat e.csv; printf 'R1,,1,2,3,4\nR2,t1,perhaps,2,3,4\nR3,control,1,much,3,4\n'; } >bad_rows.csv
run --on-error reject --rejects r.csv bad_rows.csv 2>/dev/null >got; same got want "the rest of rows that are bad"
[ "$(tail -n +2 r.csv | cut -d, -f2,4,5 | tr '\n' ' ')" = '9002,arm,no_arm 9003,bought,not_a_number 9004,spend,not_a_number ' ] || fail "rejects: $(cat r.csv)"
for m in srm difference newcombe score welch fisher cuped msprt sequence group_sequential bayes best ratio holm bh shrunk mannwhitney; do
    grep -q ",$m," want || fail "no $m"
done
for j in 1 3; do for block in 4096 100000; do KITH_BLOCK=$block run -j $j e.csv >got; same got want "threads $j, block $block"; done; done
(head -1 e.csv; tail -n +2 e.csv | sort) | run >got; same got want "another order, a pipe"
(head -1 e.csv; sed -n 2,3000p e.csv) >a.csv; (head -1 e.csv; sed -n '3001,$p' e.csv) >b.csv
run --save-state a.st a.csv >/dev/null; run --save-state b.st b.csv >/dev/null
kith merge b.st a.st -o ab.st; kith finish ab.st >got; same got want "merged shards"
run --state a.st b.csv >got; same got want "carried on"
status 3 kith merge a.st a.st
# the split against a plan: 30 : 70 where 1 : 3 was planned, χ² 4/3, p erfc(√(2/3)); an arm that has no rows at all: 60 : 30 : 0 of ½, ¼, ¼, χ² 30, p e^-15
split() { # SHARES CHI2 P: of the arms on standard input
    awk 'BEGIN { print "treatment,outcome" } { for (i = 0; i < $2; i++) print $1 "," i % 2 }' | kith-report experiment --shares "$1" |
        awk -F, -v c="$2" -v p="$3" '$3 == "srm" { ok = ($7 / c - 1) ^ 2 < 1e-24 && ($8 / p - 1) ^ 2 < 1e-18 } END { exit !ok }' || fail "a split of $1"
}
printf 'control 30\ntreated 70\n' | split control=1,treated=3 1.3333333333333333 .24821307898992362
printf 'control 60\na 30\n' | split control=.5,a=.25,b=.25 30 3.059023205018258e-07
printf 'treatment,outcome\n0,1\n1,0\n' | kith-report experiment --shares 0=1 >got; grep -q '^,,srm,,,,,,warning: an arm without a planned share' got || fail "an arm that was not planned"
printf 'g,treatment,outcome\na,0,1\na,1,0\nb,1,0\nb,2,1\n' | kith-report experiment -g g >got
grep -q '^b,,,difference,,,,,,the control is not in this segment' got || fail "a segment without a control"
# more different values than are kept: no ranks, the same in states; rows are then not taken out again
awk 'BEGIN { print "treatment,outcome"; for (i = 0; i < 70000; i++) print (i % 64 == 0) "," i / 7 }' >many.csv
(head -1 many.csv; sed -n 2,40000p many.csv) >a.csv; (head -1 many.csv; sed -n '40001,$p' many.csv) >b.csv
kith-report experiment many.csv >want
awk -F, '$3 == "welch" { ok = $4 != "" } $3 == "mannwhitney" && $8 != "" { exit 1 } END { exit !ok }' want || fail "ranks of values that were given up"
head -n 60001 many.csv | kith-report experiment | awk -F, '$3 == "mannwhitney" && $8 > 0 { ok = 1 } END { exit !ok }' || fail "ranks of 59,062 values"
kith-report experiment --save-state a.st a.csv >/dev/null; kith-report experiment --save-state b.st b.csv >/dev/null; kith-report experiment --save-state all.st many.csv >/dev/null
kith merge b.st a.st -o ab.st; kith finish ab.st >got; same got want "many values, merged"
kith merge all.st -o again.st; kith finish again.st >got; same got want "many values, saved"
status 3 kith forget --rows b.csv all.st -o less.st; grep -q 'more than 65536 different values' err.txt || fail "forgetting of many values"
# arms and segments that are forgotten whole are none: those behind them move up
printf 'g,treatment,outcome\na,0,1\na,1,0\nb,0,0\nb,1,1\nc,0,5\nc,1,7\nc,1,9\n' >seg.csv; grep -v '^b' seg.csv >rest.csv; grep '^[gb]' seg.csv >gone.csv
kith-report experiment -g g --save-state seg.st seg.csv >/dev/null; kith forget --rows gone.csv seg.st -o rest.st; kith finish rest.st >got
kith-report experiment -g g rest.csv >want; same got want "a segment that is forgotten"
status 3 kith forget --rows gone.csv rest.st -o no.st; grep -q 'not in the state' err.txt || fail "forgotten twice"
# faults
status 2 kith-report experiment --metric "$(awk 'BEGIN { for (i = 0; i < 65; i++) printf "m%d,", i }')" many.csv; grep -q 'at most 64 metrics' err.txt || fail "metrics past the most"
status 3 kith-report experiment /dev/null
printf 'treatment,outcome\n' | kith-report experiment >got; [ "$(cat got)" = "metric,arm,method,estimate,low,high,statistic,p,note" ] || fail "header only"
printf 'treatment,outcome\n0,1\n1,x\n' >bad.csv; status 3 kith-report experiment bad.csv; grep -q 'bad.csv:3: outcome' err.txt || fail "line"
printf 'treatment,outcom\n0,1\n' >bad.csv; status 3 kith-report experiment bad.csv; grep -q "outcom" err.txt || fail "nearest"
printf 'treatment,outcome\n0,7\n0,7\n1,7\n1,7\n' | kith-report experiment >got; grep -q '^outcome,1,welch,0,.*zero variance' got || fail "zero variance"
printf 'treatment,outcome\n0,1\n0,0\n1,\n' | kith-report experiment >got; grep -q 'no outcome in this arm' got || fail "no outcome"
status 2 kith-report experiment --look 3 e.csv
if [ -w /dev/full ]; then set +e; run e.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
data=$KITH_SOURCE/../shared/data/experiments/cookie_cats.csv
[ -f "$data" ] || { echo "SKIP: no reference data"; exit 77; }
kith-report experiment --arm version --metric retention_1,retention_7 --metric sum_gamerounds "$data" >got
check() { # METRIC METHOD COLUMN VALUE
    awk -F, -v metric="$1" -v method="$2" -v col="$3" -v want="$4" '$1 == metric && $3 == method && $2 != "gate_30" { d = $col - want; if (d * d > 4e-21) exit 1; ok = 1 } END { exit !ok }' got ||
        fail "$1 $2 $3"
}
grep -q ',,srm,,,,6.9024049496[0-9]*,0.0086079878[0-9]*,warning' got || fail "srm"
check retention_1 difference 4 -.0059051698; check retention_1 difference 7 -1.7840862248; check retention_1 difference 8 .0744096553
check retention_1 newcombe 5 -.0123919050; check retention_1 newcombe 6 .0005820951; check retention_1 fisher 8 .0747072337
check retention_1 bayes 4 .0372060252; check retention_1 msprt 8 .7582719291; check retention_7 msprt 8 .0365946106
check retention_7 fisher 8 .0015909616; check retention_7 score 5 -.0132823263; check sum_gamerounds welch 8 .3759243841
