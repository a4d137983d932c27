# score fit lead: figures on bank-additional where it is at hand, the same bytes however it runs, bad input.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
near() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { exit !(a - b <= t && b - a <= t) }' || fail "$4: $1, not $2"; }

awk 'BEGIN { srand(5); print "id,age,job,spend,outcome"; for (i = 0; i < 3000; i++) { a = int(20 + rand() * 50); j = int(rand() * 4); s = rand() * 100;
    p = 1 / (1 + exp(-(-3 + .04 * a + (j == 2) + .01 * s))); printf "%d,%s,%s,%.2f,%s\n", i, (i % 50 ? a : ""), "job " j, s, (rand() < p ? "yes" : "no") } }' >people.csv
for method in logistic elastic trees; do
    kith-score fit lead -q --method $method --trees 30 --cv mod:5 --cv-report one.csv -j 1 people.csv >one.model
    kith-score fit lead -q --method $method --trees 30 --cv mod:5 --cv-report two.csv -j 3 <people.csv >two.model
    cmp one.model two.model; cmp one.csv two.csv
    KITH_BLOCK=1000 kith-score fit lead -q --method $method --trees 30 --cv mod:5 --cv-report two.csv -j 3 people.csv >two.model
    cmp one.model two.model; cmp one.csv two.csv
    [ "$(grep -c ',auc,' one.csv)" = 5 ] || fail "folds of $method"
done
kith-score fit lead people.csv 2>said >m; grep -q 'column id is left out' said || fail "identifiers"
kith-score fit lead -q --calibrate isotonic people.csv | grep -q '^knot,' || fail "isotonic"
kith-score fit lead -q --class-weight balanced people.csv | grep -q '^calibration,method,platt' || fail "class weights are calibrated"
kith-score fit lead -q --method elastic --path people.csv >m; [ "$(grep -c '^path,' m)" = 16 ] && grep -q '^lead,c,' m || fail "--path"
# leaks, separation, dates
awk -F, 'NR == 1 { print $0 ",after" } NR > 1 { print $0 "," ($5 == "yes") + rand() / 9 }' people.csv >leak.csv
kith-score fit lead leak.csv 2>said >m; grep -q 'column after alone ranks' said || fail "a leak"; grep -q 'separate the classes' said || fail "separation"
awk -F, 'NR == 1 { print $0 ",ts" } NR > 1 { printf "%s,2026-%02d-01\n", $0, 1 + NR % 12 }' people.csv >dated.csv
kith-score fit lead dated.csv 2>said >m; grep -q '^cv,folds,time:ts' m || fail "a split by time is the default"; grep -q '^column,ts' m && fail "the date is no feature"
sed '5s/,[^,]*$/,/' dated.csv >some.csv; kith-score fit lead -q some.csv >m || fail 'a row without a date'
(head -1 dated.csv; grep ',no,' dated.csv | head -200; grep ',yes,' dated.csv | sed 's/2026/2027/' | head -40) >later.csv; kith-score fit lead -q later.csv >m || fail 'a split with one class'
sed '1s/ts/born/' dated.csv >born.csv; kith-score fit lead -q born.csv >m; grep -q '^cv,' m && fail "a birthday dates no row"
sed '1s/ts/joined/' dated.csv >joined.csv; kith-score fit lead -q joined.csv >m; grep -q '^cv,folds,time:joined' m || fail "the only date"
awk -F, 'NR == 1 { print $0 ",joined,left" } NR > 1 { printf "%s,2026-%02d-01,2027-%02d-01\n", $0, 1 + NR % 12, 1 + NR % 7 }' people.csv >two.csv
kith-score fit lead -q two.csv >m; grep -q '^cv,' m && fail "which of two dates?"
# the score never falls with age; or, where that is all it may do, does not depend on it
for way in + -; do
    kith-score fit lead -q --method trees --trees 30 --monotone "spend:+,age:$way" people.csv >m
    awk 'BEGIN { print "id,age,job,spend"; for (s = 5; s < 100; s += 30) for (a = 20; a < 70; a++) print "1," a ",job 1," s }' | kith-score apply -m m |
        awk -F, -v way="$way" 'NR > 1 { if ($4 == s && (way == "+" ? $5 < p : $5 > p)) exit 1; if ($4 == s && $5 != p) moves++; s = $4; p = $5 } END { exit way == "+" && moves < 8 }' || fail "age:$way"
done
status 2 kith-score fit lead --method trees --monotone age people.csv; status 2 kith-score fit lead --method trees --monotone age:up people.csv
for column in job nothing; do status 3 kith-score fit lead --method trees --monotone "$column:+" people.csv; grep -q "$column is no column of numbers" err.txt || fail "monotone in $column"; done
for option in --trees=0 --trees=100001 --leaves=1 --leaves=-2 --min-leaf=-1 --class-weight=0 --class-weight=some; do status 2 kith-score fit lead --method trees $option people.csv; done
# --calibrate isotonic: scores are the line between the knots at the uncalibrated log odds
kith-score fit lead -q --calibrate isotonic people.csv >iso.model
kith-score fit lead -q people.csv >raw.model
kith-score apply -q -m raw.model people.csv | awk -F, 'NR > 1 { printf "%.17g\n", log($6 / (1 - $6)) }' >odds
kith-score apply -q -m iso.model people.csv | awk -F, 'NR > 1 { print $6 }' >calibrated
grep '^knot,' iso.model | cut -d, -f2- >knots
paste -d, odds calibrated | awk -F, 'NR == FNR { x[++n] = $1; y[n] = $2; next }
    { for (k = 1; k < n && x[k + 1] <= $1; k++) {}
      want = $1 <= x[1] ? y[1] : $1 >= x[n] ? y[n] : y[k] + (y[k + 1] - y[k]) * ($1 - x[k]) / (x[k + 1] - x[k])
      if ((want - $2) ^ 2 > 1e-16) { print FNR, $1, want, $2; exit 1 } } END { if (FNR != 3000) exit 1 }' knots - || fail "isotonic scores"
for damage in '/^knot,/d' '/^knot,/s/$/1e9/' '/^knot,/s/,[^,]*$/,x/' '/^knot,/{h;p;x}'; do
    sed "$damage" iso.model >damaged.model
    status 3 kith-score apply -m damaged.model people.csv
    grep -q 'damaged.model: the model.s part knot' err.txt || fail "a damaged knot: $(cat err.txt)"
done
# --cv group:COL keeps groups together, also of more than 100,000 numbers; who is of no group is one alone
kith-score fit lead -q --cv group:job --cv-report r.csv people.csv >m
n=$(grep -c ',auc,' r.csv)
[ "$n" -ge 2 ] && [ "$n" -le 4 ] && grep -q '^cv,folds,group:job' m || fail "--cv group:job: $n folds of four jobs"
awk -F, -v OFS=, 'NR == 1 { print $0, "team" } NR > 1 { print $0, (NR % 2 ? "blue" : "") }' people.csv >teams.csv
kith-score fit lead -q --cv group:team --drop team --cv-report r.csv teams.csv >m
[ "$(grep -c ',auc,' r.csv)" = 5 ] || fail "people of no team are divided"
status 3 kith-score fit lead --cv group:nothing people.csv
status 2 kith-score fit lead --cv group: people.csv
awk 'BEGIN { srand(7); print "age,outcome,household,free"; for (i = 0; i < 210000; i++) printf "%d,%d,%s,n%d\n", a = 20 + rand() * 50, rand() * 100 < a, (i % 2 ? "" : i ".5"), i / 2 }' >many.csv
kith-score fit lead --cv group:household --drop household --cv-report r.csv many.csv >m 2>said
awk -F, '$2 == "rows" { n++; if ($3 < 41000 || $3 > 43000) exit 1 } END { exit n != 5 }' r.csv || fail "groups of numbers, and many of none: $(grep rows r.csv)"
grep -q 'column free is left out: free text' said || fail "free text"
status 3 kith-score fit lead --cv group:free many.csv; grep -q 'column free: more than 100000 different values' err.txt || fail "groups of free text"
status 3 kith-score fit lead --outcome household many.csv; grep -q 'no yes/no outcome' err.txt || fail "an outcome of many values"
# what was seen after the row's date was not known yet
awk -F, -v OFS=, 'NR == 1 { print $0, "seen" } NR > 1 { print $0, (NR % 4 ? "2025-05-01" : "2027-02-03") }' dated.csv >seen.csv
kith-score fit lead --cv time:ts seen.csv 2>said >m; grep -q 'column seen lies after ts in 25 % of the rows' said || fail "what lies later: $(cat said)"
# trees: who has a value and who has none are told apart where all values are alike; the model is read as it was written, and refused where it is damaged
awk 'BEGIN { srand(9); print "flag,job,age,outcome"; for (i = 0; i < 3000; i++) { f = rand() < .5; printf "%s,j%d,%d,%d\n", f ? 1 : "", rand() * 5, 20 + rand() * 50, rand() < (f ? .8 : .2) } }' >flags.csv
kith-score fit lead -q --method trees --trees 60 flags.csv >flags.model
grep -q '^[a-z]*_split,flag,.* known ' flags.model || fail "no split by who is known"
kith-score apply -q -m flags.model flags.csv | awk -F, 'NR > 1 { k = $1 == ""; n[k]++; y[k] += $4; p[k] += $5 }
    END { for (k = 0; k < 2; k++) if ((y[k] - p[k]) ^ 2 > (.03 * n[k]) ^ 2) { print k, y[k] / n[k], p[k] / n[k]; exit 1 } }' || fail "scores of who is known"
for damage in '/_split,flag,/s/ known / knwn /' 's/\(_split,[a-z]*,[0-9]*\) [0-9]* /\1 999999 /' 's/_split,flag/_split,flog/' 's/\(_leaf,[^,]*\),.*/\1,1/' \
    '/^level,job,j1/{h;p;x}' '/_leaf,/d' 's/\(_tree,[^,]*nodes\),.*/\1,1e9/' '/^sd,/s/,[^,]*$/,-1/'; do
    sed "$damage" flags.model >damaged.model
    if cmp -s flags.model damaged.model; then fail "$damage damages nothing"; fi
    status 3 kith-score apply -m damaged.model flags.csv
    grep -q 'damaged.model: the model.s part .* is incomplete or damaged' err.txt || fail "$damage: $(cat err.txt)"
done
# bad input
status 3 kith-score fit lead --outcome nothing people.csv
status 3 kith-score fit lead --outcome age people.csv; grep -q 'positive' err.txt || fail "many values"
status 3 kith-score fit lead --positive maybe people.csv
status 2 kith-score fit lead --cv half people.csv
status 2 kith-score fit lead --c 0 people.csv
status 3 kith-score fit lead --cv mod:5:job people.csv
awk -F, -v OFS=, 'NR == 1 { $0 = $0 OFS "half"; print; next } { print $0, NR / 2 }' people.csv >halves.csv
status 3 kith-score fit lead --cv mod:5:half halves.csv; grep -q "column half: row 2: the folds' column holds no integer" err.txt || fail "folds of halves: $(cat err.txt)"
awk -F, 'NR == 1 || $5 == "yes"' people.csv >one.csv; status 3 kith-score fit lead one.csv; grep -q 'one class' err.txt || fail "one class"
head -1 people.csv >none.csv; status 3 kith-score fit lead none.csv
status 3 kith-score fit lead /dev/null
printf 'a,outcome\n1,0\n1,1\n1,0\n' >constant.csv; status 3 kith-score fit lead constant.csv; grep -q 'constant' err.txt || fail "constant"
printf 'a,outcome\n1,0\n1\n' >ragged.csv; status 3 kith-score fit lead ragged.csv
if [ -w /dev/full ]; then set +e; kith-score fit lead -q people.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi

data=$KITH_SOURCE/../shared/data/leads/bank-additional-full.csv
[ -e "$data" ] || { echo "SKIP: no bank-additional-full.csv"; exit 0; }
kith-score fit lead -q --outcome y --drop duration --cv mod:5 --cv-report r.csv "$data" >m
near "$(awk -F, '$1 == 0 && $2 == "objective" { print $3 }' r.csv)" 9115.92751 5e-6 "the exact optimum"
near "$(awk -F, '$1 == "cv" && $2 == "auc" { print $3 }' m)" .7910 5e-5 AUC
near "$(awk -F, '$1 == "cv" && $2 == "logloss" { print $3 }' m)" .2773 5e-5 "log loss"
near "$(awk -F, '$1 == "cv" && $2 == "brier" { print $3 }' m)" .0785 5e-5 Brier
near "$(awk -F, '$1 == "cv" && $2 == "lift10" { print $3 }' m)" 4.345 5e-4 lift
kith-score fit lead -q --outcome y --drop duration --method elastic --c .1 --cv mod:5 "$data" >m
near "$(awk -F, '$1 == "cv" && $2 == "auc" { print $3 }' m)" .7916 5e-5 "elastic AUC"
kith-score fit lead -q --outcome y --drop duration --method trees --cv mod:5 "$data" >m
awk -F, '$1 == "cv" && $2 == "auc" { exit !($3 > .8014) }' m || fail "trees: AUC"
awk -F, '$1 == "cv" && $2 == "logloss" { exit !($3 < .2723) }' m || fail "trees: log loss"
