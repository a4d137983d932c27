# score eval, explain, update: measures, reasons that add up, posteriors that add, off-policy estimates, bad input.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
near() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { exit !(a - b <= t && b - a <= t) }' || fail "$4: $1, not $2"; }
value() { awk -F, -v m="$2" '$1 == m { print $2 }' "$1"; }

awk 'BEGIN { srand(9); print "person_id,age,job,outcome,treatment,uplift_score"; for (i = 0; i < 4000; i++) { a = 20 + int(rand() * 50); t = rand() < .5; y = rand() < .1 + a / 200 + t * (a < 40) * .2;
    printf "p%d,%d,j%d,%d,%d,%.3f\n", i, a, rand() * 3, y, t, (a < 40) * .2 + rand() / 50 } }' >people.csv
for method in logistic trees; do
    kith-score fit lead -q --method $method --trees 50 --drop treatment,uplift_score people.csv >m
    kith-score apply -m m people.csv >scored
    kith-score eval -q -j 1 scored >one; kith-score eval -q -j 3 <scored >two; cmp one two
    head -1 one | grep -qx 'measure,value,low,high' || fail header
    near "$(value one auc)" "$(awk -F, '$1 == "fit" && $2 == "auc" { print $3 }' m)" 1e-9 "auc of $method"
    awk -F, 'NR > 1 && $3 != "" && !($3 <= $2 && $2 <= $4) { exit 1 }' one || fail "intervals"
    # reasons add up to the score
    kith-score explain -q -m m --who p7 people.csv >why
    near "$(awk -F, 'NR > 1 && $2 !~ /score|prob/ { s += $4 } END { print s }' why)" "$(awk -F, '$2 == "(score)" { print $4 }' why)" 1e-5 "reasons of $method"
    near "$(awk -F, '$2 == "(probability)" { print $4 }' why)" "$(awk -F, '$1 == "p7" { print $7 }' scored)" 1e-9 "the probability of $method"
    [ "$(kith-score explain -q -m m --most 1 people.csv | grep -c others)" = 1 ] || fail "--most"
    kith-score explain -q -m m --most 0 people.csv | cut -d, -f2 | tr '\n' ' ' >names; grep -qx 'feature (average) (others) (score) (probability) ' names || fail "--most 0: $(cat names)"
done
status 3 kith-score explain -m m --who nobody people.csv
status 2 kith-score explain -m m --most -1 people.csv
kith-score eval -q --treatment treatment people.csv >got
for m in qini auuc uplift10 uplift30 ate; do grep -q "^$m," got || fail "$m"; done
awk -F, '$1 == "qini" && !($3 > 0) { exit 1 }' got || fail "an effect that is there"
# posteriors: two halves one after the other come near to all at once, and their rows add
head -2001 people.csv >first; (head -1 people.csv; tail -2000 people.csv) >second
kith-score fit lead -q --drop treatment,uplift_score,person_id first >m1
kith-score update -q -m m1 second >m2
kith-score fit lead -q --drop treatment,uplift_score,person_id people.csv >m3
[ "$(awk -F, '$1 == "fit" && $2 == "rows" { print $3 }' m2)" = 4000 ] || fail "rows add"
near "$(awk -F, '$2 == "(intercept)" { print $3 }' m2)" "$(awk -F, '$2 == "(intercept)" { print $3 }' m3)" .05 "the posterior's intercept"
kith-score apply -m m2 people.csv | kith-score eval -q >one; kith-score apply -m m3 people.csv | kith-score eval -q >two
near "$(value one auc)" "$(value two auc)" .005 "the updated model"
awk -F, 'NR == 1 || $4 == 0' people.csv | head -300 >noes; kith-score update -q -m m1 noes >m5 || fail 'a night without a yes'
awk -F, 'FNR == NR && $2 == "(intercept)" { a = $3 } FNR != NR && $2 == "(intercept)" { exit !($3 < a) }' m1 m5 || fail 'it lowers the intercept'
kith-score fit lead -q --method trees --trees 5 people.csv >m4; status 3 kith-score update -m m4 people.csv; grep -q posterior err.txt || fail "trees hold no posterior"
# offers: sums add over nights, factors move the plan
printf 'person_id,offer,channel,value,cost,propensity,outcome\na,v,mail,10,2,1,0\nb,v,mail,10,2,1,0\nc,h,sms,5,1,1,10\n' >night1
printf 'person_id,offer,channel,value,cost,propensity,outcome\nd,h,sms,5,1,1,5\n,,,,,,\n' >night2
kith-score update -q night1 >l1; kith-score update -q -m l1 night2 >l12
(cat night1; tail -n +2 night2) >both; kith-score update -q both >l; cmp l l12
awk 'BEGIN { print "person_id,offer,channel,value,outcome"; for (i = 0; i < 2000; i++) print i ",v,mail,10," (i % 20 ? 0 : 10) }' | kith-score update -q >l
near "$(awk -F, '$2 == "factor" { print $3 }' l)" .0594 .001 "the posterior mean"
awk -F, '$2 == "factor_low" { l = $3 } $2 == "factor_high" { h = $3 } END { exit !(l < .0594 && .0594 < h && h < .09) }' l || fail "its interval"
sed '3s/,10,/,ten,/' night1 >bad; status 3 kith-score update bad; grep -q 'bad:3: value: not a number' err.txt || fail "a value of a contact"
sed '3s/,0$/,none/' night1 >worse; status 3 kith-score update worse; grep -q 'worse:3: outcome: not a number' err.txt || fail "an outcome of a contact"
sed 3d night1 >want; kith-score update -q want >l3; for f in bad worse; do kith-score update -q --on-error skip $f | cmp -s - l3 || fail "a bad contact left out: $f"; done
awk -F, -v OFS=, 'NR == 7 { $2 = "old" } 1' second >bad; status 3 kith-score update -m m1 bad; grep -q 'column age: not all values are numbers' err.txt || fail "a text where the model has numbers: $(cat err.txt)"
printf 'part,name,value\nmodel,kind,kmeans\nmodel,version,1\n' >k.m; status 3 kith-score update -m k.m second; grep -q 'lead models' err.txt || fail "a model that learns nothing"
printf 'offer,channel,value,cost\nv,mail,10,1\nh,sms,5,1\n' >offers.csv
kith-score offer -q --offers offers.csv people.csv | grep -q ',v,mail,10,' || fail "before"
kith-score offer -q --offers offers.csv --learned l people.csv | grep -q ',h,sms,5,' || fail "after"
status 3 kith-score offer --offers offers.csv --learned m1 people.csv
# off-policy: logged with .8/.2, action 1 brings 2, action 0 brings 1; a policy of always 1 is worth 2
awk 'BEGIN { srand(3); print "action,propensity,outcome,new"; for (i = 0; i < 5000; i++) { a = rand() < .2; print a "," (a ? .2 : .8) "," 1 + a + (rand() - .5) "," a + 0 } }' >log.csv
kith-score eval -q --policy new log.csv >got
awk -F, '$1 == "snips" { exit !($3 < 2 && 2 < $4) }' got || fail "snips"; awk -F, '$1 == "ips" { exit !($3 < 2 && 2 < $4) }' got || fail "ips"
awk -F, '$1 == "logged" { exit !($3 < 1.2 && 1.2 < $4) }' got || fail "logged"
sed '2s/,0*\.[28],/,0,/' log.csv >bad.csv; status 3 kith-score eval --policy new bad.csv; grep -q propensity err.txt || fail "a propensity of 0"
# bad input
status 3 kith-score eval people.csv
status 3 kith-score eval --score age --outcome job people.csv
status 2 kith-score eval --at 2 scored
head -1 scored >none.csv; status 3 kith-score eval none.csv
status 3 kith-score eval /dev/null
awk -F, 'NR == 1 || $4 == 1' scored >one.csv; status 3 kith-score eval one.csv; grep -q 'one class' err.txt || fail "one class"
status 3 kith-score update -m offers.csv people.csv
if [ -w /dev/full ]; then set +e; kith-score eval -q scored >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
# --replace: a score that is there gets the new value where it stands; without it the run stops
kith-score apply -m m1 people.csv >scored
status 3 kith-score apply -m m2 scored
grep -q -- --replace err.txt || fail 'the way out is named'
kith-score apply -q --replace -m m2 scored >again
kith-score apply -q -m m2 people.csv >fresh
cmp again fresh || fail '--replace'
kith-segment where -q -s 'lead_score,person_id,lead_reason,age,job,outcome,treatment,uplift_score' scored >moved
kith-score apply -q --replace -m m2 -m two=m1 moved >again
[ "$(head -1 again)" = 'lead_score,person_id,lead_reason,age,job,outcome,treatment,uplift_score,two_score,two_reason' ] || fail "--replace's header"
kith-segment where -q -s 'person_id,age,job,outcome,treatment,uplift_score,lead_score,lead_reason' again >back; cmp back fresh || fail '--replace in place'
# other models are explained by leaving out: the parts and what they do together add up to the score that apply gives
adds_up() { # MODEL INPUT WHO COLUMN
    kith-score explain -m "$1" --who "$3" "$2" >why || fail "explain $1"
    near "$(awk -F, 'NR > 1 && $2 != "(score)" { s += $NF } END { printf "%.12f", s }' why)" "$(awk -F, '$2 == "(score)" { print $NF }' why)" 1e-6 "reasons of $1"
    near "$(kith-score apply -m "$1" "$2" | kith where -s "person_id,$4" | awk -F, -v who="$3" '$1 == who { print $2 }')" "$(awk -F, '$2 == "(score)" { print $NF }' why)" 1e-9 "score of $1"
}
kith-score fit uplift -q --learner t --drop uplift_score people.csv >uplift.m 2>/dev/null
kith where -q -s 'person_id,age,job,outcome,treatment' people.csv >plain.csv
adds_up uplift.m plain.csv p7 uplift_score
grep -q '^p7,age,' why || fail 'a column is named'
kith-score fit value -q --spend gammagamma --until 2026-08-31 "$KITH_SOURCE/tests/matrix/purchases.csv" >value.m
kith-score summary -q "$KITH_SOURCE/tests/matrix/purchases.csv" >s.csv
adds_up value.m s.csv "$(sed -n '2s/,.*//p' s.csv)" value_clv
[ "$(cut -d, -f2 why | tr '\n' ' ')" = 'feature value_T value_x value_tx value_m (score) ' ] || fail 'value in its order'
printf 'person_id,text,label\n1,love it so,positive\n2,love the zim,positive\n3,hate it,negative\n4,at noon,neutral\n5,hate the zam,negative\n' >t.csv
kith-score fit tone -q --outcome label t.csv >tone.m
adds_up tone.m t.csv 1 tone_score
[ "$(sed -n 3p why | cut -d, -f2,3)" = text,love ] || fail "the word that counts: $(sed -n 3p why)"
printf 'part,name,value\nmodel,kind,kmeans\nmodel,version,1\n' >k.m
status 3 kith-score explain -m k.m plain.csv
