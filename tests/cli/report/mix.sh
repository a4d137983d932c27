# report mix: the reference fits, the same bytes however it runs, faults.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
awk 'BEGIN { srand(4); print "day,sales,tv,web,price"; for (i = 0; i < 120; i++) { a = rand() * 100; b = rand() * 50; p = 5 + rand();
     printf "2026-%02d-%02d,%.3f,%.2f,%.2f,%.2f\n", 1 + int(i / 28), 1 + i % 28, 500 - 20 * p + 200 * (1 - exp(-a / 40)) + 3 * b + rand() * 5, a, b, p } }' >m.csv
run() { kith-report mix --outcome sales --channels tv,web --controls price --period day --lags 3 --trend --season 1 "$@"; }
run m.csv >want
[ "$(head -1 want)" = "part,name,value" ] || fail "header"
for p in fit,r2 alpha,tv lambda,web beta,tv return,web return_low,web marginal,tv coefficient,price coefficient,'(trend)' curve,tv:0 budget,web budget_total,response; do
    grep -q "^$p," want || fail "no $p"
done
for j in 1 3; do for block in 4096 100000; do KITH_BLOCK=$block run -j $j m.csv >got; same got want "threads $j, block $block"; done; done
(head -1 m.csv; tail -n +2 m.csv | sort -r) | run >got; same got want "another order, a pipe"
run --bounds all=.8:1.2,tv=0:3 --budget 60 --prior web=3:.1 --saturation hill --adstock weibull m.csv >got; grep -q '^shape,tv,' got && grep -q '^gamma,web,' got || fail "weibull, hill"
status 3 kith-report mix --outcome sales --channels tv /dev/null
head -1 m.csv >h.csv; run h.csv >got; [ "$(cat got)" = "part,name,value" ] || fail "header only"
printf 'sales,tv\n1,2\n2,-3\n' >bad.csv; status 3 kith-report mix --outcome sales --channels tv bad.csv; grep -q 'bad.csv:3: tv: negative spending' err.txt || fail "negative: $(cat err.txt)"
printf 'sales,tv\n1,2\n2,3\n' >bad.csv; status 3 kith-report mix --outcome sales --channels tv bad.csv; grep -q 'too few' err.txt || fail "few"
printf 'sales,tv\n1,2\nx,3\n' >bad.csv; status 3 kith-report mix --outcome sales --channels tv bad.csv; grep -q 'bad.csv:3: sales' err.txt || fail "text"
printf 'sales,tv,price\n1,2,3\n2,3,x\n' >bad.csv; status 3 kith-report mix --outcome sales --channels tv --controls price bad.csv; grep -q 'bad.csv:3: price: not a number' err.txt || fail "a control"
status 3 kith-report mix --outcome sale --channels tv m.csv
status 2 kith-report mix --outcome sales m.csv
status 2 run --fix tv.beta=1 m.csv
status 2 run --fix tv.alpha=1 m.csv
status 2 run --bounds all=2:1 m.csv
status 2 run --prior tw=1:1 m.csv
if [ -w /dev/full ]; then set +e; run m.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
data=$KITH_SOURCE/../shared/data/mix
[ -d "$data" ] || { echo "SKIP: no reference data"; exit 77; }
awk -F, 'BEGIN { pi = atan2(0, -1) } NR == 1 { print $0 ",s1,c1,s2,c2"; next } { a = 2 * pi * $7 / 365.5; printf "%s,%.17g,%.17g,%.17g,%.17g\n", $0, sin(a), cos(a), sin(2 * a), cos(2 * a) }' \
    "$data/pymc_mmm_example.csv" | tr -d '\r' >p.csv
get() { awk -F, -v p="$1" -v n="$2" '$1 == p && $2 == n { print $3 }' got; }
near() { awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { exit !((a - b) ^ 2 <= d * d) }' || fail "$1 is not $2"; }
pymc() { kith-report mix --outcome y --channels x1,x2 --controls t,event_1,event_2,s1,c1,s2,c2 "$@" p.csv >got; }
pymc --fix x1.alpha=.4,x2.alpha=.2,x1.lambda=4,x2.lambda=3
near "$(get beta x1)" 3012.588323 6e-7; near "$(get beta x2)" 2075.390143 6e-7; near "$(get fit rss)" 10143224.133 6e-4; near "$(get fit r2)" .9517967704 6e-11
pymc; awk -v a="$(get fit rss)" 'BEGIN { exit !(a <= 10125716.1345) }' || fail "free fit: $(get fit rss)"
awk -F, 'NR == 1 { print "DATE,revenue,tv,ooh,print,facebook,search,competitor,newsletter,event"; next } { print $1 "," $2 "," $3 "," $4 "," $5 "," $10 "," $8 "," $9 "," $12 "," ($11 != "\"na\"") }' "$data/robyn_dt_simulated_weekly.csv" | tr -d '\r' >r.csv
fix=$(for c in tv:.5 ooh:.3 print:.3 facebook:.2 search:.1; do n=${c%:*}; printf '%s.alpha=%s,%s.gamma=.5,%s.slope=1,' "$n" "${c#*:}" "$n" "$n"; done)
kith-report mix --outcome revenue --channels tv:search --controls competitor,newsletter,event --trend --season 2 --saturation hill --lags 0 --fix "$fix" r.csv >got
near "$(get fit r2)" .9089166640 6e-11
