# segment fit kmeans, fit mixture, apply: columns, missing values, choices, errors; the reference figures where the data
# lie beside the project.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
near() { awk -F, -v part="$2" -v name="$3" -v want="$4" -v tol="$5" '$1 == part && $2 == name { d = $3 - want; ok = d <= tol && -d <= tol; print $3 }
    END { exit !ok }' "$1" >got.txt || fail "$2,$3 is $(cat got.txt), not $4"; }

awk 'BEGIN { srand(3); print "person_id,name,a,b,c"; for (i = 0; i < 900; i++) { g = i % 3; printf "%d,n%d,%.3f,%.3f,%.3f\n", i, i,
    g * 8 + rand() + rand(), (g == 1) * 9 + rand() + rand(), rand() + rand() } }' >p.csv
kith segment fit kmeans --clusters 3 -s a,b p.csv >m.model
for g in 1 2 3; do near m.model size $g 300 0; near m.model stability $g 1 .02; done
kith segment fit kmeans --clusters 2:6 --draws 0 -s a,b p.csv >c.model; near c.model fit clusters 3 0
kith segment fit kmeans --clusters 1:6 --choose gap --draws 0 -s a,b p.csv >c.model; near c.model fit clusters 3 0
kith segment fit mixture --clusters 2:5 -s a,b p.csv >x.model; near x.model fit clusters 3 0
kith segment fit kmeans --clusters 3 --drop c -j 1 <p.csv >n.model; grep '^centre' m.model >want; grep '^centre' n.model >got; same got want "text and ids are left out; threads; pipe"
kith segment apply -m m.model -m x.model p.csv >g.csv
head -1 g.csv | grep -q 'c,kmeans_segment,kmeans_distance,mixture_segment,mixture_probability$' || fail "columns"
awk -F, 'NR > 1 { n[($1 % 3) "," $6]++; m[($1 % 3) "," $8]++ } END { for (k in n) a++; for (k in m) b++; exit !(a == 3 && b == 3) }' g.csv || fail "groups"
# missing values: left out of the fit, partly used in apply
{ cat p.csv; printf '900,x,,1,1\n'; } >q.csv
kith segment fit kmeans --clusters 3 -s a,b q.csv 2>err.txt >q.model; near q.model fit left_out 1 0; grep -q 'missing' err.txt || fail "silent about missing values"
for verb in kmeans mixture; do
    F="kith segment fit $verb --clusters 3 -s a,b -v"
    $F q.csv 2>plain >/dev/null
    $F --step new --save-state q.st q.csv 2>shard; $F --step new --state q.st 2>step >q0.model || [ $? = 1 ]; $F --step q0.model q.csv 2>later >q1.model || [ $? = 1 ]
    for said in plain step; do grep -q ': 1 rows with a missing value are left out' $said || fail "$verb: $said is silent about missing values: $(cat $said)"; done
    for said in plain shard later; do grep -q ' 1 dropped' $said || fail "$verb: $said does not count what it leaves out: $(cat $said)"; done
done
printf 'a,b\n8,\n,\n' | kith segment apply -m g=m.model -m x.model >got
sed -n 2p got | grep -q '^8,,[123],' || fail "a value is missing"; [ "$(sed -n 3p got)" = ',,,,,' ] || fail "all values are missing"
# errors
status 3 kith segment fit kmeans --clusters 3 -s a,zz p.csv
status 3 kith segment fit kmeans --clusters 3 -s a,name p.csv; grep -q 'not a number' err.txt || fail "text in a column named"
status 2 kith segment fit kmeans p.csv; status 2 kith segment fit kmeans --clusters 0 p.csv; status 2 kith segment fit kmeans --clusters 5:2 p.csv
status 3 kith segment fit kmeans --clusters 901 -s a,b p.csv; grep -q 'fewer people' err.txt || fail "fewer people than clusters"
printf 'a\n1\n1\n1\n' >same.csv; status 3 kith segment fit kmeans --clusters 2 same.csv; grep -q 'fewer different' err.txt || fail "equal rows"
printf 'a,b\n' >none.csv; status 3 kith segment fit kmeans --clusters 2 none.csv
awk 'BEGIN { srand(4); print "a,b"; for (i = 0; i < 400; i++) print rand() "," (i % 2 ? 5 : 20 + rand() * 9) }' >flat.csv
status 3 kith segment fit mixture --clusters 2 flat.csv; grep -q 'b: the likelihood is unbounded' err.txt || fail "unbounded likelihood"
kith segment fit mixture --clusters 2 --floor .001 flat.csv >/dev/null
sed 's/^covariance,1:a:a,.*/covariance,1:a:a,-1/' x.model >bad.model; status 3 kith segment apply -m bad.model p.csv
grep -v '^centre,1:a' m.model >bad.model; status 3 kith segment apply -m bad.model p.csv

# shards, a pass at a time, end where one machine does
sed -n '1p;2,300p' p.csv >s1.csv; sed -n '1p;301,310p' p.csv >s2.csv; sed -n '1p;311,$p' p.csv >s3.csv; m=new; i=0
while :; do
    for s in 3 1 2; do kith segment fit kmeans --clusters 3 -s a,b --step $m --save-state $s.st s$s.csv; done
    kith merge 2.st 3.st 1.st -o pass.st; set +e
    kith segment fit kmeans --clusters 3 -s a,b --step $m --state pass.st -o n$i.model; got=$?; set -e; m=n$i.model; i=$((i + 1))
    [ $got = 0 ] && break
    [ $got = 1 ] && [ $i -lt 50 ] || fail "a step's status is $got"
done
near $m fit inertia "$(awk -F, '$2 == "inertia" { print $3 }' m.model)" .000001; grep '^size' m.model >want; grep '^size' $m >got; same got want "shards"
status 3 kith segment fit kmeans --clusters 3 -s a,b --step n0.model --state 1.st -o x.model
kith segment fit kmeans --clusters 3 -s a,b --step new --save-state 1.st s1.csv; status 3 kith merge 1.st 1.st -o x.st
status 2 kith segment fit kmeans --clusters 3 --step new p.csv; status 2 kith segment fit kmeans --clusters 3 -s a --save-state x.st p.csv

# k-means|| over shards and over all rows: the same centres to 1e-9, whatever the shards and their order; and as good as the starts on a sample
awk 'BEGIN { srand(9); print "a,b,c"; for (i = 0; i < 40000; i++) { g = int(rand() * 6); printf "%.4f,%.3f,%d\n", g * 7 + rand() + rand(), (g % 3) * 5 + rand() * 2, (g % 2) * 40 + rand() * 9 } }' >many.csv
F="kith segment fit kmeans --clusters 6 --draws 0 -s a,b,c"
$F --init parallel many.csv >par.model; $F many.csv >sam.model
for j in 1 4; do $F --init parallel -j $j many.csv >got; same got par.model "k-means|| with $j threads"; done
awk -F, 'FNR == NR { if ($2 == "inertia") want = $3; next } $2 == "inertia" && $3 > want * 1.0001 { exit 1 }' sam.model par.model || fail "k-means|| is worse than starts on a sample"
agree() { # MODEL MODEL PARTS: their numbers to 1e-9
    awk -F, -v parts="$3" 'BEGIN { n = split(parts, p, " "); for (i = 1; i <= n; i++) in_[p[i]] = 1 } !($1 in in_) { next } NR == FNR { v[$1, $2] = $3; k++; next }
        { d = $3 - v[$1, $2]; if (!(($1, $2) in v) || d > 1e-9 * (1 + ($3 < 0 ? -$3 : $3)) || -d > 1e-9 * (1 + ($3 < 0 ? -$3 : $3))) { print $0, v[$1, $2] > "/dev/stderr"; bad = 1 } k-- } END { exit bad || k }' "$1" "$2"
}
steps() { # COMMAND: passes over s1, s2, s3 to the end; the model's name in $m
    m=new i=0
    while :; do
        for s in 2 3 1; do $1 --step $m --save-state $s.st s$s.csv; done
        kith merge 3.st 1.st 2.st -o pass.st; set +e
        $1 --step $m --state pass.st -o n$i.model; got=$?; set -e; m=n$i.model; i=$((i + 1))
        [ $got = 0 ] && return
        [ $got = 1 ] && [ $i -lt 400 ] || fail "a step's status is $got"
    done
}
sed -n '1p;2,9000p' many.csv >s1.csv; sed -n '1p;9001,9010p' many.csv >s2.csv; sed -n '1p;9011,$p' many.csv >s3.csv
steps "$F --init parallel"; agree par.model $m "centre size" || fail "k-means|| over shards"
[ "$(grep -c '^candidate' n5.model)" -ge 60 ] || fail "candidates"
steps "$F"; agree sam.model $m "centre size" || fail "k-means over shards"
# many columns: a row wider than what lies beside it
awk 'BEGIN { srand(4); for (j = 1; j <= 40; j++) printf "v%d%s", j, j < 40 ? "," : "\n"
     for (i = 0; i < 900; i++) for (j = 1; j <= 40; j++) printf "%.2f%s", (i % 3) * j + rand(), j < 40 ? "," : "\n" }' >wide.csv
sed -n '1p;2,500p' wide.csv >s1.csv; sed -n '1p' wide.csv >s2.csv; sed -n '1p;501,$p' wide.csv >s3.csv
W="kith segment fit kmeans --clusters 3 --draws 0 -s $(head -n 1 wide.csv)"
$W wide.csv >wide.model; steps "$W"; agree wide.model $m "centre size within" || fail "40 columns over shards"
[ "$(grep -c '^size,.,300$' $m)" = 3 ] || fail "three clusters of 300"

# a mixture over shards, pass by pass: the single machine's parameters to 1e-9, full and diagonal
head -n 1 many.csv >s1.csv; awk 'NR > 1 && NR % 16 == 0' many.csv >few; cp s1.csv few.csv; cat few >>few.csv
sed -n '1p;2,900p' few.csv >s1.csv; sed -n '1p;901,905p' few.csv >s2.csv; sed -n '1p;906,$p' few.csv >s3.csv
for form in full diagonal; do
    G="kith segment fit mixture --clusters 3 --covariance $form --floor .05 -s a,b"
    $G few.csv >mix.model; steps "$G"; agree mix.model $m "centre share covariance" || fail "a $form mixture over shards"
    grep '^fit' mix.model | grep -v 'converged' >want; near $m fit loglik "$(awk -F, '$2 == "loglik" { print $3 }' mix.model)" 1e-6
    [ "$(grep -c '^words' $m)" = 3 ] || fail "words of a mixture over shards"
    kith segment apply -m g=$m few.csv >got; kith segment apply -m g=mix.model few.csv | cut -d , -f 1-4 >want; cut -d , -f 1-4 got >got2; same got2 want "segments of a mixture over shards"
done
for j in 1 4; do kith segment fit mixture --clusters 3 --covariance diagonal --floor .05 -s a,b --step n3.model --save-state j$j.st -j $j few.csv; done; same j1.st j4.st "a pass with 1 and 4 threads"
head -n 1 few.csv >none.csv; kith segment fit mixture --clusters 3 --covariance diagonal --floor .05 -s a,b --step n3.model --save-state none.st none.csv
kith segment fit mixture --clusters 3 --covariance diagonal --floor .05 -s a,b --step n3.model --save-state j.st few.csv; kith merge none.st j.st -o x.st; same x.st j.st "an empty shard changes nothing"
grep -q '^fit,iterations,' n3.model; sed 's/^fit,iterations,.*/fit,iterations,1e300/' n3.model >far.model; status 3 kith segment fit mixture --clusters 3 --covariance diagonal --floor .05 -s a,b --step far.model --save-state x.st few.csv; grep -q 'number of steps' err.txt || fail "steps past counting"
status 3 kith segment fit mixture --clusters 3 -s a,b --step par.model --save-state x.st few.csv; grep -q 'not a model of a mixture' err.txt || fail "another model"

printf 'a\n1\n1\n1\n' >same.csv; status 3 kith segment fit kmeans --init parallel --clusters 2 same.csv; grep -q 'fewer different' err.txt || fail "equal rows"

data=$KITH_SOURCE/../shared/data/offers/online_retail_rfm.csv
[ -r "$data" ] || { echo "SKIP: the public data are not there"; exit 0; }
awk -F, 'NR == 1 { print "id,r,f,m" } NR > 1 { printf "%s,%.17g,%.17g,%.17g\n", $1, log($2 + 1), log($3), log($4) }' "$data" >rfm.csv
kith segment fit kmeans --clusters 2 -s r,f,m rfm.csv >k.model; near k.model fit inertia 6378.92741 .000006
kith segment fit kmeans --clusters 3 -s r,f,m rfm.csv >k.model; near k.model fit inertia 4841.74431 .000006
kith segment fit kmeans --clusters 5 -s r,f,m rfm.csv >k.model; near k.model fit inertia 3353.5 .41
kith segment fit mixture --clusters 3 -s r,m rfm.csv >k.model; near k.model fit mean_loglik -2.586503 .00000051
kith segment fit mixture --clusters 3 --covariance diagonal -s r,m rfm.csv >k.model; near k.model fit mean_loglik -2.594549 .00000051
status 3 kith segment fit mixture --clusters 3 -s r,f,m rfm.csv; grep -q '1495 rows' err.txt || fail "unbounded in f"
