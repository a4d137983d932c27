# score fit uplift: every learner, the verdict on people without heterogeneity, figures on Hillstrom where it is at hand, bad input.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

people() { awk -v gain="$1" 'BEGIN { srand(7); print "person_id,age,city,treatment,outcome"; for (i = 0; i < 6000; i++) { a = int(20 + rand() * 50); t = rand() < .5;
    p = .2 + .002 * (a - 45) + (a < 40 ? gain * t : 0); printf "%d,%d,%s,%d,%d\n", i, a, "city " int(rand() * 4), t, rand() < p } }'; }
people .3 >yes.csv
people 0 >no.csv
for learner in s t x dr trees; do for base in logistic trees; do
    kith-score fit uplift -q --learner $learner --base $base --trees 60 -j 1 yes.csv >one.model
    kith-score fit uplift -q --learner $learner --base $base --trees 60 -j 3 <yes.csv >two.model
    cmp one.model two.model
    grep -q '^cv,heterogeneity,detected' one.model || fail "$learner on $base finds what is there"
    grep -q '^cv,qini_response,' one.model && grep -q '^cv,qini_random,' one.model && grep -q '^cv,qini_low,' one.model || fail "baselines of $learner"
    kith-score apply -m one.model yes.csv >scored.csv
    awk -F, 'NR > 1 { n[$2 < 40]++; s[$2 < 40] += $6 } END { exit !(s[1] / n[1] > .2 && s[0] / n[0] < .1) }' scored.csv || fail "effects of $learner on $base"
done; done
kith-score fit uplift -q yes.csv >m; grep -q '^candidate,s on trees,' m || fail "what was compared"
kith-score fit uplift --cv mod:4:person_id --cv-report r.csv no.csv >m 2>said; grep -q 'no detectable heterogeneity' said || fail "nothing is there"
grep -q '^cv,heterogeneity,none' m || fail "the model says so"; [ "$(grep -c ',qini,' r.csv)" = 4 ] || fail "folds"
# an arm of other names, a chosen treatment
sed -e '2,$s/,1,\([01]\)$/,mail,\1/' -e '2,$s/,0,\([01]\)$/,none,\1/' yes.csv >named.csv
kith-score fit uplift -q --learner t --treated mail named.csv >m
status 3 kith-score fit uplift --treated post named.csv
awk -F, -v OFS=, 'BEGIN { srand(2) } NR > 1 { $4 = (rand() < ($2 > 45 ? .8 : .2)) + 0 } 1' no.csv >chosen.csv
kith-score fit uplift --learner t chosen.csv 2>said >m; grep -q 'was no coin' said || fail "treatment was no coin"
kith-score fit uplift -q --propensity fit chosen.csv | grep -q '^uplift,learner,dr' || fail "propensities ask for dr"
awk -F, 'NR == 1 || (NR < 40 && NR != 9)' yes.csv >few.csv; kith-score fit uplift -q few.csv >m 2>said || fail "few people: $(cat said)"
# a known chance of treatment is taken as it is said
awk -F, 'NR == 1 { print $0 ",chance" } NR > 1 { print $0 "," .5 }' yes.csv >known.csv
kith-score fit uplift -q --propensity chance known.csv >m; grep -q '^uplift,learner,dr' m || fail "a known propensity asks for dr"
kith-score apply -m m known.csv | awk -F, 'NR > 1 { n[$2 < 40]++; s[$2 < 40] += $7 } END { exit !(s[1] / n[1] > .2 && s[0] / n[0] < .1) }' || fail "effects with a known propensity"
for option in --c=0 --trees=-1 --leaves=-1 --min-leaf=-1 --replicates=-1; do status 2 kith-score fit uplift --learner t $option yes.csv; done
# bad input
awk -F, 'NR == 1 || $4 == 1' yes.csv >all.csv; status 3 kith-score fit uplift all.csv; grep -q 'without controls' err.txt || fail "no controls"
awk -F, -v OFS=, 'NR > 1 { $4 = NR % 3 } 1' yes.csv >three.csv; status 3 kith-score fit uplift three.csv; grep -q 'treated and --control' err.txt || fail "three arms"
kith-score fit uplift -q --learner t --treated 2 --control 0 three.csv >m
awk -F, -v OFS=, 'NR > 1 { $5 = 0 } 1' yes.csv >zero.csv; status 3 kith-score fit uplift zero.csv
status 3 kith-score fit uplift --treatment nothing yes.csv
head -1 yes.csv >none.csv; status 3 kith-score fit uplift none.csv; grep -q 'no rows to learn from' err.txt || fail "no rows"
status 2 kith-score fit uplift --learner t --base trees --rate -1 yes.csv; status 2 kith-score fit uplift --treated 1 --control 1 yes.csv
status 3 kith-score fit uplift /dev/null
status 2 kith-score fit uplift --cv mod:1 yes.csv
printf 'age,city\n1,a\n' >other.csv; status 3 kith-score apply -m one.model none.csv yes.csv other.csv
printf 'city\na\n' >other.csv; status 3 kith-score apply -m one.model other.csv; grep -q age err.txt || fail "a file without the model's columns"

# rows that cannot be scored, with their place; a model whose treatment is gone
awk 'BEGIN { srand(5); print "person_id,age,since,treatment,outcome"
    for (i = 0; i < 1500; i++) { a = 20 + int(rand() * 50); t = rand() < .5; printf "p%d,%s,2020-01-%02d,%d,%d\n", i, a, 1 + rand() * 27, t, rand() < .1 + a / 200 + t * (a < 40) * .4 } }' >since.csv
kith-score fit uplift -q --learner s --base trees --trees 5 --min-leaf 30 since.csv >since.model 2>/dev/null
sed -n 1,6p since.csv | sed -e '3s/2020-01-../then/' -e '4s/,[0-9]*,/,old,/' >odd.csv
kith-score apply -q -m since.model --rejects odd.rejects odd.csv >got
[ "$(cut -d, -f2,4,5 odd.rejects | tr '\n' ' ')" = 'line,column,code 3,since,not_a_date 4,age,not_a_number ' ] || fail "rejects: $(cat odd.rejects)"
[ "$(cut -d, -f1 got | tr '\n' ' ')" = 'person_id p0 p3 p4 ' ] || fail "the others are scored: $(cat got)"
grep -v '(treatment)' since.model >none.model
status 3 kith-score apply -m none.model since.csv; grep -q 'none.model: the model.s treatment is missing' err.txt || fail "no treatment: $(cat err.txt)"
printf 'person_id,age,treatment,outcome\na,1,1,0\nb,1,0,1\nc,1,1,1\nd,1,0,0\n' >alike.csv
status 3 kith-score fit uplift alike.csv; grep -q 'every feature is constant' err.txt || fail "nothing tells people apart"

data=$KITH_SOURCE/../shared/data/uplift/hillstrom_womens.csv
[ -e "$data" ] || { echo "SKIP: no hillstrom_womens.csv"; exit 0; }
kith-score fit uplift -q --outcome visit --treatment segment --treated 'Womens E-Mail' --drop row,conversion,spend --cv mod:5:row "$data" >m
awk -F, '$1 == "cv" && $2 == "qini" { q = $3 } $2 == "heterogeneity" { h = $3 } $2 == "ate" { a = $3 } END { exit !(q > .0651 && h == "detected" && a > .0451 && a < .0453) }' m || fail "Hillstrom: $(grep ^cv m)"
