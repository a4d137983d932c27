# score summary, fit value, apply: histories, states and shards, models that round-trip, errors; the published figures
# where the data lie beside the project.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
near() { awk -F, -v part="$2" -v name="$3" -v want="$4" -v tol="$5" '$1 == part && $2 == name { d = $3 - want; ok = d <= tol && -d <= tol; print $3 }
    END { exit !ok }' "$1" >got.txt || fail "$2,$3 is $(cat got.txt), not $4"; }

# histories
printf 'person_id,ts,amount\nb,2026-01-10,5\na,2026-01-03T23:00:00Z,40\na,2026-01-03,2\na,2026-01-17,20\na,2026-01-10,10.10\na,2026-01-10,.20\na,2026-02-07,7\n' >e.csv
printf 'person_id,value_x,value_tx,value_T,value_m\na,2,2,4,15.15\nb,0,0,3,\n' >want
kith score summary --until 2026-01-31 e.csv >got; same got want "summary"
printf 'person_id,value_x,value_tx,value_T,value_m\na,2,14,28,15.15\nb,0,0,21,\n' >want
kith score summary --until 2026-01-31 --unit day <e.csv >got; same got want "by days, from a pipe"
kith score summary --until 2026-01-31 --transaction row e.csv | sed -n 2p | grep -q '^a,4,2,4,' || fail "rows as purchases"
kith score summary --tz Asia/Tokyo --until 2026-01-31 e.csv | sed -n 2p | grep -q '^a,3,2.' || fail "days in a zone"
# states: shards and nights give the same bytes, a night twice is refused, rows can be forgotten
kith score summary --until 2026-01-31 e.csv >want
sed -n '1p;2,4p' e.csv >one.csv; sed -n '1p;5,$p' e.csv >two.csv
kith score summary --until 2026-01-31 --save-state one.st one.csv >/dev/null
kith score summary --until 2026-01-31 --save-state two.st two.csv >/dev/null
kith merge two.st one.st -o all.st; kith finish all.st >got; same got want "merged shards"
kith score summary --until 2026-01-31 --state one.st --save-state next.st two.csv >got; same got want "carried on"
status 3 kith merge one.st one.st -o x.st
kith forget --rows two.csv all.st -o less.st; kith finish less.st >got; kith finish one.st >want; same got want "forgotten"
# models
cp "$KITH_SOURCE/tests/matrix/purchases.csv" p.csv
for method in bgnbd mbgnbd paretonbd nbd; do
    kith score fit value --method $method --spend gammagamma p.csv >m.model
    grep -q '^param,r,' m.model && grep -q '^param,gamma,' m.model && grep -q '^se,r,' m.model || fail "$method: parts"
    kith score summary p.csv >s.csv
    kith score fit value --method $method --spend gammagamma --x value_x --tx value_tx --T value_T --m value_m s.csv >again.model
    grep '^param' m.model >want; grep '^param' again.model >got; same got want "$method: events and summaries"
    kith score apply -m m.model s.csv >a.csv; head -1 a.csv | grep -q 'value_m,value_expected,value_alive,value_clv' || fail "columns"
    kith score apply -m m.model -j 1 <s.csv >b.csv; same a.csv b.csv "threads"
    kith score apply --line-buffered -m m.model s.csv >b.csv; same a.csv b.csv "line buffered"
done
kith score fit value --until 2026-06-30 p.csv | grep -q '^holdout,predicted,' || fail "no holdout"
(sed 1d p.csv | sort -r | sed '1i person_id,ts,amount') >back.csv
kith score fit value --spend gammagamma back.csv >got; kith score fit value --spend gammagamma p.csv >want; same got want "the order of events matters"
kith score apply -m x=m.model -m m.model --horizon 10 --discount 0 s.csv | head -1 | grep -q 'x_expected.*value_expected' || fail "two models"
printf 'value_x,value_tx,value_T,value_m\n,,,\n0,0,10,\n' | kith score apply -m m.model | sed -n 2p | grep -q '^,,,,,,,,$' || fail "missing history"
# errors
status 3 kith score apply -m m.model e.csv; grep -q 'kith score summary' err.txt || fail "the verb that makes value_x is not named"
status 2 kith score apply s.csv
for horizon in -1 1e6; do status 2 kith score apply -m m.model --horizon $horizon s.csv; grep -q -e '--horizon is 0 to a million units' err.txt || fail "horizon $horizon"; done
status 3 kith score apply -m m.model -m m.model s.csv; grep -q 'twice' err.txt || fail "same columns twice"
status 3 kith score apply -m s.csv s.csv
sed 's/^param,r,.*/param,r,-1/' m.model >bad.model; status 3 kith score apply -m bad.model s.csv
printf 'value_x,value_tx,value_T,value_m\n2,12,10,5\n' >bad.csv; status 3 kith score apply -m m.model bad.csv; grep -q ':2' err.txt || fail "no line named"
printf 'person_id,ts,amount\na,2026-01-03,-5\n' >bad.csv; status 3 kith score fit value bad.csv; grep -q 'negative' err.txt || fail "negative amount"
printf 'person_id,ts,amount\na,2026-01-03,5\nb,2026-01-03,5\n' >bad.csv; status 3 kith score fit value bad.csv; grep -q 'nobody\|no customer' err.txt || fail "no repeats"
printf 'person_id,ts,amount\n' >bad.csv; status 3 kith score fit value bad.csv
status 2 kith score fit value --method beta p.csv
status 2 kith score fit value --x a --ts b p.csv

# BG/BB from events: an opportunity is a week since the first purchase, however much is bought in it; counted here, and fitted as summaries
awk 'BEGIN { srand(8); print "person_id,ts,amount"; for (i = 0; i < 600; i++) { p = rand(); left = 8 * rand() / (rand() + .1)
    for (d = 0; d < 56; d++) if (d == 0 || (d / 7 < left && rand() < p / 5)) printf "p%d,2026-%02d-%02d,%d\n", i, 1 + int(d / 28), 1 + d % 28, 5 + rand() * 20 } }' >weeks.csv
awk -F, 'NR == 1 { print "person_id,value_x,value_tx,value_T"; next }
    { split($2, at, "-"); d = (at[2] - 1) * 31 + at[3] - 1; if (!($1 in x)) { x[$1] = tx[$1] = 0; first[$1] = d } w = int((d - first[$1]) / 7); if (w > tx[$1]) { x[$1]++; tx[$1] = w } }
    END { for (p in x) print p "," x[p] "," tx[p] "," 8 }' weeks.csv >counted.csv
kith score fit value -q --method bgbb --until 2026-03-04 weeks.csv >events.model
kith score fit value -q --method bgbb --x value_x counted.csv >counted.model
for name in alpha beta gamma delta; do near events.model param $name "$(awk -F, -v n=$name '$1 == "param" && $2 == n { print $3 }' counted.model)" 1e-9; done
near events.model fit rows 600 0
# what is no purchase, no history or no number, row by row
printf 'person_id,ts,amount\na,2026-01-01,5\n,2026-01-02,5\nb,2026-01-03,12.34567890125\nb,9999999-01-01,1\nb,2026-01-05,-1\nb,2026-01-06,1e30\nb,2026-01-07,\nb,2026-01-20,.5\n' >odd.csv
kith score summary -q --rejects odd.rejects --until 2026-01-31 odd.csv >got
[ "$(cut -d, -f2,5 odd.rejects | tr '\n' ' ')" = 'line,code 3,missing 5,not_a_date 6,negative 7,too_large 8,missing ' ] || fail "rejects: $(cat odd.rejects)"
printf 'value_x,value_tx,value_T,value_m,n\n2,3,9,5,1\n1,,9,5,1\n0,,9,,4\n1,3,2,5,1\n1,2,9,much,1\n,2,9,5,1\n3,4,9,6,few\n4,8,9,7,2\n' >odd.csv
kith score fit value -q --rejects odd.rejects --spend gammagamma --x value_x --weight n odd.csv >got || true
[ "$(cut -d, -f2,5 odd.rejects | tr '\n' ' ')" = 'line,code 3,missing 5,bad_history 6,not_a_number 7,missing 8,not_a_number ' ] || fail "rejects: $(cat odd.rejects)"
printf 'value_x,value_tx,value_T,value_m\n2,3,9,0\n1,4,9,\n0,0,9,\n' >free.csv
status 3 kith score fit value --spend gammagamma --x value_x free.csv; grep -q 'no customer with a repeat purchase of a positive amount' err.txt || fail "no spend"

data=$KITH_SOURCE/../shared/data/value
[ -r "$data/CDNOW_sample.txt" ] || { echo "SKIP: the public data are not there"; exit 0; }
awk '{ print $2 "," substr($3, 1, 4) "-" substr($3, 5, 2) "-" substr($3, 7, 2) "," $5 }' "$data/CDNOW_sample.txt" | sed '1i id,when,paid' >cdnow.csv
check() { # method r alpha third fourth LL predicted mae rmse r week78 weekly
    kith score fit value --method "$1" --spend gammagamma --id id --ts when --amount paid --until 1997-09-30 cdnow.csv >"$1.model"
    near "$1.model" param r "$2" .000006; near "$1.model" param alpha "$3" .000006
    if [ "$1" = paretonbd ]; then near "$1.model" param s "$4" .000006; near "$1.model" param beta "$5" .000006; fi
    case $1 in *bgnbd) near "$1.model" param a "$4" .000006; near "$1.model" param b "$5" .000006 ;; esac
    near "$1.model" fit loglik "$6" .00051; near "$1.model" holdout predicted "$7" .051
    near "$1.model" holdout mae "$8" .000051; near "$1.model" holdout rmse "$9" .000051
}
check bgnbd .24259 4.413602 .79292 2.42591 -9582.429 1653.4 .7855 1.6080
check mbgnbd .52484 6.183085 .89136 1.61400 -9582.136 1576.7 .7648 1.6072
check paretonbd .55328 10.57768 .60624 11.66873 -9594.976 1665.5 .7545 1.6028
check nbd .38477 12.07202 0 0 -9763.658 2929.8 1.0410 1.8595
near bgnbd.model param p 6.24957 .000006; near bgnbd.model param q 3.74422 .000006; near bgnbd.model param gamma 15.44352 .000006
near bgnbd.model fit spend_loglik -4055.918 .00051; near bgnbd.model fit rows 2357 0; near bgnbd.model fit triples 1016 0
near bgnbd.model holdout spend_predicted 59931.6 .051; near paretonbd.model holdout spend_predicted 60449.3 .051
near bgnbd.model holdout cumulative_expected 4160.6 .051; near bgnbd.model holdout weekly_mae 9.816 .00051
near paretonbd.model holdout weekly_mae 9.385 .00051; near nbd.model holdout weekly_mae 27.572 .00051; near mbgnbd.model holdout weekly_mae 10.379 .00051
near bgnbd.model holdout r .6256 .000051; near bgnbd.model holdout spend_mae 30.41 .0051; near bgnbd.model track 78:actual 4339 0
kith score fit value --method bgbb --x frequency --tx recency --T periods --weight weights "$data/donations.csv" >bgbb.model
near bgbb.model param alpha 1.20352 .000006; near bgbb.model param beta .74972 .000006; near bgbb.model param gamma .65672 .000006
near bgbb.model param delta 2.78344 .000006; near bgbb.model fit loglik -33225.581 .00051; near bgbb.model fit rows 11104 0
kith score summary --id id --ts when --amount paid --until 1997-09-30 cdnow.csv >s.csv
kith score apply -m bgnbd.model --horizon 39 --discount 0 s.csv | awk -F, 'NR > 1 { e += $6; c += $8 } END { printf "%.1f %.1f\n", e, c }' >got
echo "1653.4 59931.6" >want; same got want "scores of CDNOW"
