# report survival: the reference figures, the same bytes however it runs, states, faults.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
awk 'BEGIN { srand(5); print "time,event,plan,x"; for (i = 0; i < 9000; i++) printf "%d,%d,p%d,%.3f\n", rand() * 400, rand() < .6, rand() * 4, rand() }' >t.csv
for how in "" "--test" "--quantiles .5,.25" ; do
    kith-report survival --by plan $how t.csv >want
    for j in 1 3; do for block in 4096 100000; do KITH_BLOCK=$block kith-report survival -j $j --by plan $how t.csv >got; same got want "threads $j, block $block"; done; done
    (head -1 t.csv; tail -n +2 t.csv | sort) | kith-report survival --by plan $how >got; same got want "another order, a pipe"
done
kith-report survival --by plan t.csv >want
(head -1 t.csv; sed -n 2,3000p t.csv) >a.csv; (head -1 t.csv; sed -n '3001,$p' t.csv) >b.csv
kith-report survival --by plan --save-state a.st a.csv >wanta; kith-report survival --by plan --save-state b.st b.csv >/dev/null
kith merge b.st a.st -o ab.st; kith finish ab.st >got; same got want "merged shards"
kith forget --rows b.csv ab.st -o less.st; kith finish less.st >got; same got wanta "forgotten"
status 3 kith merge a.st a.st
kith-report survival --cox x t.csv >want; KITH_BLOCK=4096 kith-report survival -j 3 --cox x t.csv >got; same got want "cox by threads and blocks"
# A quantile's interval goes from where the lower edge of the band first comes down to it, to where the upper does: at the very figure too.
printf 'time,event\n1,1\n2,1\n2,0\n3,1\n5,1\n5,1\n8,0\n9,1\n9,1\n12,0\n' >ten.csv
kith-report survival ten.csv >life
edge() { awk -F, -v t="$1" -v c="$2" '$2 == t { print $c }' life; }
for t in 1 2 3 5 9; do
    [ "$(kith-report survival --quantiles "$(edge $t 6)" ten.csv | sed -n 2p | cut -d, -f4)" = $t ] || fail "a quantile at the lower edge at $t"
    [ "$(kith-report survival --quantiles "$(edge $t 7)" ten.csv | sed -n 2p | cut -d, -f5)" = $t ] || fail "a quantile at the upper edge at $t"
    [ "$(kith-report survival --quantiles "$(edge $t 5)" ten.csv | sed -n 2p | cut -d, -f3)" = $t ] || fail "a quantile at the curve at $t"
done
status 3 kith-report survival /dev/null
printf 'time,event\n' | kith-report survival >got; [ "$(cat got)" = "group,time,at_risk,events,survival,low,high" ] || fail "header only"
printf 'time,event\n' >h.csv; status 3 kith-report survival --cox time h.csv; grep -q "no event" err.txt || fail "no event"
printf 'time,event\n3,1\n-1,1\n' >bad.csv; status 3 kith-report survival bad.csv; grep -q 'bad.csv:3: time' err.txt || fail "negative"
printf 'time,event\n3,maybe\n' >bad.csv; status 3 kith-report survival bad.csv; grep -q 'bad.csv:2: event' err.txt || fail "event"
awk -F, 'NR > 300 { exit } { print } NR == 50 { print "7,1,plan,odd" }' t.csv >bad.csv; head -n 300 t.csv >good.csv
status 3 kith-report survival --cox x bad.csv; grep -q 'bad.csv:51: ' err.txt || fail "a number of cox: $(cat err.txt)"
kith-report survival -q --on-error skip --cox x bad.csv >got; kith-report survival --cox x good.csv >want; same got want "a bad row left out of cox"
printf 'times,event\n3,1\n' >bad.csv; status 3 kith-report survival bad.csv; grep -q "times" err.txt || fail "nearest"
status 2 kith-report survival --test --quantiles .5 t.csv
if [ -w /dev/full ]; then set +e; kith-report survival t.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
data=$KITH_SOURCE/../shared/data
[ -d "$data" ] || { echo "SKIP: no reference data"; exit 77; }
kith-report survival --time T --event E --by group --quantiles .5 "$data/survival/lifelines_waltons.csv" >got
grep -q '^control,0.5,58,' got && grep -q '^miR-137,0.5,26,' got || fail "medians"
kith-report survival --time T --event E --by group --test "$data/survival/lifelines_waltons.csv" | grep -q '^logrank,122.249125573' || fail "log-rank"
# CDNOW: from the first customer-day to the second, censored on 1998-06-30
awk '{ d = substr($3, 1, 4) "-" substr($3, 5, 2) "-" substr($3, 7, 2); split(d, p, "-"); y = p[1]; m = p[2]; if (m < 3) { m += 12; y-- }
     n = 365 * y + int(y / 4) + int((153 * (m - 3) + 2) / 5) + p[3]; if (!($2 in first) || n < first[$2]) first[$2] = n; all[$2] = all[$2] " " n }
     END { end = 365 * 1998 + int(1998 / 4) + int((153 * 3 + 2) / 5) + 30; print "time,event"; for (i in all) { k = split(all[i], v, " "); best = end + 1;
     for (j = 1; j <= k; j++) if (v[j] > first[i] && v[j] < best) best = v[j]; print (best > end ? end - first[i] ",0" : best - first[i] ",1") } }' "$data/value/CDNOW_sample.txt" |
    kith-report survival >got
at() { awk -F, -v t="$1" '$2 <= t { s = $5 } NR > 1 && $2 > t { exit } END { printf "%.8f", s }' got; }
[ "$(at 30)" = 0.82605006 ] && [ "$(at 90)" = 0.70852779 ] && [ "$(at 365)" = 0.54433602 ] || fail "CDNOW: $(at 30) $(at 90) $(at 365)"
