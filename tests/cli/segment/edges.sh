# segment, at the edges: rules that all overlap, sums past 64 bits in states and on disk, arms that leave people out, clusters of too little, other delimiters.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
said() { grep -qF -- "$1" err.txt || { cat err.txt >&2; fail "no word of: $1"; }; }

# 60 rules, the k-th from row k on: each of the 1,770 pairs i < j shares the rows from j on, 101 - j of 100, for any number of threads
awk 'BEGIN { print "n"; for (i = 1; i <= 100; i++) print i }' >n.csv
awk 'BEGIN { print "segment,when"; for (k = 1; k <= 60; k++) printf "s%02d,n >= %d\n", k, k }' >rules.csv
for j in 1 3; do
    KITH_BLOCK=64 kith segment rules -j $j --all --rules rules.csv --overlaps overlaps n.csv >/dev/null
    awk -F, 'NR > 1 { i = substr($1, 2) + 0; k = substr($2, 2) + 0; if (i >= k || $3 != 101 - k || ($4 - $3 / (101 - i)) ^ 2 > 1e-24 || $5 != 1 || ($6 - $4) ^ 2 > 1e-24) exit 1; n++ }
        END { exit n != 1770 }' overlaps || fail "overlaps with $j threads"
done

# amounts beyond what is kept as an integer: the same sums in one run, merged states, and past memory
awk 'BEGIN { print "person_id,ts,channel,event,amount"; for (i = 0; i < 4000; i++) printf "p%d,2026-01-%02d,c%d,%s,%s\n", i % 500, 1 + i % 28, i % 3, i % 4 ? "visit" : "buy", i % 4 ? "" : (i % 8 ? "1e22" : "3") }' >big.csv
head -n 1 big.csv >head.csv; sed -n 2,2000p big.csv | cat head.csv - >a.csv; sed -n '2001,$p' big.csv | cat head.csv - >b.csv
for by in row ts day; do
    kith segment rfm --transaction $by --until 2026-02-01 big.csv >want
    for f in a b; do kith segment rfm --transaction $by --until 2026-02-01 --save-state $f.st $f.csv >/dev/null; done
    kith merge a.st b.st -o ab.st; kith finish ab.st >got; same got want "rfm of large amounts by $by, merged"
done
# every fourth of 4,000 events is a purchase, those of 125 people; of the eight of each four are worth 1e22, four 3
awk -F, 'NR > 1 && $4 != 0 { n++; if (($4 / 4e22 - 1) ^ 2 > 1e-28) exit 1 } END { exit n != 125 }' want || fail "sums of 1e22"
kith segment paths --conversion buy -j 1 big.csv >want
kith segment paths --conversion buy --memory 1M -j 1 big.csv >got; same got want "paths of large values"
awk 'NR > 1 { for (k = 0; k < 20; k++) { split($0, f, ","); print f[1] "-" k "," f[2] "," f[3] "," f[4] "," f[5] } }' big.csv | cat head.csv - >many.csv
kith segment paths --conversion buy --memory 1G -j 1 many.csv >want
kith segment paths --conversion buy --memory 1M -j 1 many.csv >got; same got want "paths of large values past memory"
grep -q ',4e+22,' want || fail "no large value: $(sed -n 2p want)"

# states of more touches than stand in one stretch of memory: merged, the paths of one run
awk 'BEGIN { print "person_id,ts,channel,event"; for (i = 0; i < 140000; i++) printf "p%d,2026-01-%02d,c%d,%s\n", i % 20000, 1 + int(i / 5000), i % 3, i % 7 ? "visit" : "buy" }' >long.csv
{ head -n 1 long.csv; sed -n 2,70001p long.csv; } >a.csv; { head -n 1 long.csv; sed -n '70002,$p' long.csv; } >b.csv
kith segment paths -q --conversion buy long.csv >want
for f in a b; do kith segment paths -q --conversion buy --save-state $f.st $f.csv >/dev/null; done
kith merge a.st b.st -o ab.st; kith finish ab.st >got; same got want "paths of many touches, merged"

# an arm for .7 of the people: the others have none; who is nobody has no arm
head -c 32 /dev/zero | od -An -tx1 | tr -d ' \n' >key
awk 'BEGIN { print "person_id"; for (i = 0; i < 4000; i++) print "p" i }' >people.csv
kith segment assign -q --key-file key --arms 'control=50%,treated=20%' people.csv >got
# 4,000 draws: control 2,000 ± 4 × 32, treated 800 ± 4 × 25, none 1,200 ± 4 × 29
awk -F, 'NR > 1 { n[$3]++ } END { exit !(n["control"] > 1872 && n["control"] < 2128 && n["treated"] > 700 && n["treated"] < 900 && n[""] > 1084 && n[""] < 1316) }' got || fail "shares below one"
printf 'person_id\np1\n""\np2\n' >gap.csv; status 3 kith segment assign --key-file key --arms a,b gap.csv; said 'gap.csv:3: person_id: nobody to assign'
for arms in 'a=x,b=1' 'a=-1,b=1' 'a=.5,b' '=1' 'a,a' 'a=.7,b=.7' ''; do status 2 kith segment assign --key-file key --arms "$arms" people.csv; done

# too little for a mixture; columns that depend on each other, in one run and in passes; ranges that are none; silhouettes choose
awk 'BEGIN { srand(3); print "x,y,z"; for (i = 0; i < 600; i++) { c = i % 3; printf "%.4f,%.4f,%.4f\n", c * 10 + rand(), (c == 1) * 10 + rand(), rand() } }' >blobs.csv
head -n 5 blobs.csv >few.csv; status 3 kith segment fit mixture --clusters 2 -s x,y few.csv; said 'too few people (4) for 2 clusters of 2 columns'
kith segment derive -e 'w = 2 * x + 1' blobs.csv >line.csv; status 3 kith segment fit mixture --clusters 2 -s x,w line.csv; said 'leave dependent columns out'
model=new passes=0 got=1
while [ $got = 1 ] && [ $passes -lt 30 ]; do
    kith segment fit mixture -q -s x,w --clusters 2 --step $model --save-state pass.st line.csv -o none
    set +e; kith segment fit mixture -q -s x,w --clusters 2 --step $model --state pass.st -o next.model 2>err.txt; got=$?; set -e
    [ $got != 1 ] || mv next.model now.model; model=now.model passes=$((passes + 1))
done
[ $got = 3 ] || fail "a line in passes: status $got after $passes"; said 'leave dependent columns out'
for range in 0 3:2 x 2:200 2:; do status 2 kith segment fit kmeans --clusters $range -s x,y blobs.csv; done
for fit in kmeans mixture; do
    kith segment fit $fit --choose silhouette --clusters 2:5 -s x,y blobs.csv >m 2>/dev/null
    grep -q '^fit,clusters,3$' m || fail "three clouds by silhouette: $fit: $(grep '^fit,clusters\|^choice' m)"
done
for bad in 's/^fit,clusters,.*/fit,clusters,2.5/' 's/^fit,clusters,.*/fit,clusters,0/' 's/^share,1,.*/share,1,2/' 's/^share,1,.*/share,1,0/' '/^column/d'; do
    sed "$bad" m >bad.model; status 3 kith segment apply -m bad.model blobs.csv
done
sed '3s/^[^,]*/many/' blobs.csv >bad.csv; status 3 kith segment fit kmeans --step new --clusters 3 -s x,y --save-state no.st bad.csv; said 'bad.csv:3: x: not a number'

# a model between passes that lacks a part
kmeans="kith segment fit kmeans -q -s x,y --clusters 3"
for init in sample parallel; do
    $kmeans --step new --init $init --save-state first.st blobs.csv -o none; status 1 $kmeans --step new --init $init --state first.st -o now.$init
done
sed '0,/^scaled/{/^scaled/d}' now.sample >bad.model; status 3 $kmeans --step bad.model --save-state no.st blobs.csv; said '5 values of scaled where 6 belong'
sed '/^candidate/d' now.parallel >bad.model; status 3 $kmeans --step bad.model --init parallel --save-state no.st blobs.csv; said "the model's candidates are none"
# people who are all alike have one score, in the model as in the run
awk 'BEGIN { print "person_id,ts,amount"; for (i = 0; i < 10; i++) print "p" i ",2026-01-05,3" }' >alike.csv
kith segment rfm --until 2026-01-10 alike.csv >want; kith where -s person_id,rfm_recency,rfm_frequency,rfm_monetary true want >plain.csv
kith segment fit rfm plain.csv >m; kith segment apply -m m plain.csv >got; same got want "people who are alike"
# three people in three clusters: a resample seldom holds all three, and no cluster is a stable one
printf 'x\n0\n10\n20\n' >three.csv; kith segment fit kmeans --clusters 3 three.csv >m 2>/dev/null
awk -F, '$1 == "stability" { n++; if (!($3 < .6)) exit 1 } END { exit n != 3 }' m || fail "three people: $(grep stability m)"
# more points than a sample takes: the same model for any order of the rows and threads, and for rows that are there ten times
awk 'BEGIN { srand(9); print "x,y"; for (i = 0; i < 70000; i++) { c = i % 3; printf "%.3f,%.3f\n", c * 10 + rand(), (c == 1) * 10 + rand() } }' >cloud.csv
kith segment fit kmeans --clusters 3 -j 1 cloud.csv >want; kith segment fit kmeans --clusters 3 -j 3 cloud.csv >got; same got want "a sample, threads"
awk -F, '$1 == "centre" { n++; split($2, at, "."); d = $3 - int($3 / 10 + .5) * 10 - .5; if (d > .02 || d < -.02) exit 1 } END { exit n != 6 }' want || fail "centres of a sample: $(grep ^centre want)"
awk 'NR == 1 || NR < 4000 { for (k = 0; k < (NR == 1 ? 1 : 10); k++) print }' cloud.csv >again.csv
kith segment fit kmeans --clusters 3 again.csv >got; awk -F, '$1 == "fit" && $2 == "rows" { exit $3 != 39980 }' got || fail "rows that are there ten times"

# visits: another delimiter than the input's, quoted anew; states of other columns
printf 'person_id,ts,note\na,2026-01-01T10:00:00Z,"x;y"\na,2026-01-01T12:00:00Z,"two, words"\nb,2026-01-01T10:00:00Z,plain\n' >v.csv
kith segment sessions v.csv >want; kith segment sessions -D ';' v.csv >other; kith where -d ';' -D , true other >got; same got want "another delimiter"
grep -q '"x;y"' other || fail "quoted anew: $(cat other)"
sed '1s/note/remark/' v.csv >w.csv; kith segment sessions --save-state v.st v.csv >/dev/null; kith segment sessions --save-state w.st w.csv >/dev/null
status 3 kith merge v.st w.st -o vw.st; said 'different headers'
# nights that came through pipes have no names: their rows stand in an order all the same, of as many rows each, and of more
night() { awk -v k="$1" -v n="$2" 'BEGIN { print "person_id,ts"; for (i = 0; i < n; i++) printf "p%d,2026-01-0%dT10:00:00Z\n", i, k }' | kith segment sessions -q --save-state "night$1.st" >/dev/null; }
night 1 3; night 2 3; night 3 5
kith merge night1.st night2.st night3.st -o forth.st; kith merge night3.st night2.st night1.st -o back.st
kith finish forth.st >got; kith finish back.st >want; same got want "nights without names"
[ "$(tail -n +2 got | wc -l)" = 11 ] || fail "a visit each: $(cat got)"
# a band's value that is none
kith segment rfm big.csv >rfm.csv; kith segment fit rfm rfm.csv >rfm.model 2>/dev/null || kith segment fit rfm big.csv >rfm.model
kith where -s '!rfm_r,!rfm_f,!rfm_m' true rfm.csv >plain.csv; kith segment apply -m rfm.model plain.csv >/dev/null || fail "bands"
sed '3s/^\([^,]*\),[^,]*/\1,long/' plain.csv >bad.csv; status 3 kith segment apply -m rfm.model bad.csv; said 'bad.csv:3: rfm_recency: not a number'
# what a state of people can forget: all rows of people that it holds, but not the latest moment of all; nothing changes nothing
printf 'id,ts,amount\na,2026-01-01,5\na,2026-01-09,7\nb,2026-01-03,4\nb,2026-02-01,2\nc,2026-01-20,9\n' >people.csv
mkdir -p nights; kith segment rfm -q --id id --save-state nights/people.st people.csv >/dev/null
grep -E '^(id|a,2026-01-09)' people.csv >some.csv; status 3 kith forget --rows some.csv nights/people.st -o no.st; said 'forgets whole people'
sed -n '1p; s/^c\(.*\),9$/c\1,8/p' people.csv >other.csv; status 3 kith forget --rows other.csv nights/people.st -o no.st; said 'not those that the state counted'
grep -E '^(id|b)' people.csv >last.csv; status 3 kith forget --rows last.csv nights/people.st -o no.st; said 'the latest moment of all'
[ ! -e no.st ] || fail "a state that was refused"
head -n 1 people.csv >nobody.csv; kith forget --rows nobody.csv nights/people.st -o "$dir/nights/same.st"; kith finish nights/same.st >got; kith finish nights/people.st >want; same got want "nobody forgotten"
grep -E '^(id|a)' people.csv >gone.csv; kith forget --rows gone.csv nights/people.st -o nights/people.st
grep -v '^a' people.csv >left.csv; kith segment rfm -q --id id left.csv >want; kith finish nights/people.st >got; same got want "a forgotten, in place"
kith segment rfm -q --id id --save-state nobody.st nobody.csv >/dev/null; kith forget --rows nobody.csv nobody.st -o still.st; kith finish still.st >got; kith finish nobody.st >want; same got want "nobody of nobody"
kith segment rfm -q --id id --state nights/people.st --save-state nights/people.st gone.csv >got; kith segment rfm -q --id id people.csv >want; same got want "a is back, into the same file of a folder"
# a model is shown as it is
kith show rfm.model >got; same got rfm.model "a model shown"
