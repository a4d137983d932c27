#!/bin/sh
# rfm, fit rfm, sessions, paths: figures, states, orders, faults; the same bytes however they run.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

awk 'BEGIN { srand(11); print "person_id,ts,channel,event,amount,note"
    for (i = 0; i < 30000; i++) {
        c = int(rand() * 5); e = rand() < .1 ? "buy" : "visit"
        printf "p%d,2026-%02d-%02dT%02d:%02d:%02dZ,%s,%s,%s,%s\n", int(rand() * 900), 1 + rand() * 9, 1 + rand() * 28, rand() * 24, rand() * 60, rand() * 60,
            c ? "c" c : "", e, e == "buy" ? sprintf("%.2f", rand() * 100) : "", i % 40 ? "n" i : "\"a \"\"quoted\"\"\nnote, " i "\"" } }' >e.csv
head -n 1 e.csv >head.csv
# ---- rfm
kith segment rfm e.csv >want
for how in KITH_THREADS=1 KITH_THREADS=3 KITH_BLOCK=900; do env $how kith segment rfm e.csv >got; same got want "rfm with $how"; done
kith segment rfm <e.csv >got; same got want "rfm from a pipe"
kith where -s 'amount' 'not missing(amount)' e.csv | awk 'NR > 1 { s += $1 } END { printf "%.2f\n", s }' >sum1
awk -F, 'NR > 1 { s += $4 } END { printf "%.2f\n", s }' want >sum2; same sum1 sum2 "money"
[ "$(awk -F, 'NR > 1 { s += $3 } END { print s }' want)" = 30000 ] || fail "frequency"
kith segment rfm --transaction day e.csv | awk -F, 'NR > 1 { s += $3 } END { print s }' >got
kith segment derive -e 'd = date(ts)' e.csv | kith where -s person_id,d | tail -n +2 | sort -u | wc -l | tr -d ' ' >want2; same got want2 "days"
for by in row ts day channel; do
    kith segment rfm --transaction $by --until 2026-08-15 e.csv >whole
    kith where 'person_id < "p5"' e.csv >one.csv; kith where 'not person_id < "p5"' e.csv >two.csv; kith where 'month(ts) > 6' one.csv >b.csv; kith where 'month(ts) <= 6' one.csv >a.csv
    kith segment rfm --transaction $by --until 2026-08-15 --save-state a.st a.csv >/dev/null
    kith segment rfm --transaction $by --until 2026-08-15 --state a.st --save-state ab.st b.csv >/dev/null
    kith segment rfm --transaction $by --until 2026-08-15 --save-state two.st two.csv >/dev/null
    kith merge two.st ab.st -o all.st; kith finish all.st >got; same got whole "rfm by $by through states"
done
printf 'person_id,ts,amount\na,2026-01-01,.1\na,2026-01-01,.2\nb,2026-01-01,1e-12\nb,2026-01-01,1e12\n' >small.csv
printf 'person_id,rfm_recency,rfm_frequency,rfm_monetary,rfm_r,rfm_f,rfm_m\na,0,2,0.3,1,1,1\nb,0,2,1000000000000,1,1,3\n' >want2
kith segment rfm small.csv >got; same got want2 "exact sums and ties"
# more people than are written at a time: each once, in order; one purchase each on a day of September and a second of every third person on the 30th
awk 'BEGIN { print "person_id,ts,amount"; for (i = 0; i < 150000; i++) printf "p%06d,2026-09-%02d,%d\n", i, 1 + i % 30, i % 97;
     for (i = 149997; i >= 0; i -= 3) printf "p%06d,2026-09-30,5\n", i }' >many.csv
awk 'BEGIN { for (i = 0; i < 150000; i++) printf "p%06d,%d,%d,%d\n", i, i % 3 ? 29 - i % 30 : 0, i % 3 ? 1 : 2, i % 97 + (i % 3 ? 0 : 5) }' >want2
kith segment rfm many.csv | sed 1d | cut -d, -f1-4 >got; same got want2 "150,000 people"
awk 'BEGIN { print "person_id,ts,amount"; for (i = 0; i < 3000; i++) printf "b%d,2026-01-01,%s\n", i % 3, i % 3 == 0 ? "9000000000.000000001" : i % 3 == 1 ? "-123456789012345678" : i % 2 ? "9223372036.854775807" : "-9223372036.854775807" }' >much.csv
printf 'b0,9000000000000.000001\nb1,-1.2345678901234568e+20\nb2,0\n' >want2
for how in KITH_THREADS=1 KITH_THREADS=3 KITH_BLOCK=900; do
    env $how kith segment rfm --save-state much.st much.csv | awk -F, 'NR > 1 { print $1 "," $4 }' >got; same got want2 "sums past 64 bits with $how"
    kith finish much.st | awk -F, 'NR > 1 { print $1 "," $4 }' >got; same got want2 "sums past 64 bits from a state"
done
status 0 kith segment rfm head.csv; [ "$(wc -l <out.txt)" = 1 ] || fail "header only"
printf 'person_id,ts,amount\n,2026-01-01,1\n' >bad.csv; status 3 kith segment rfm bad.csv; grep -q 'bad.csv:2: person_id' err.txt || fail "no person"
printf 'person_id,ts,amount\na,soon,1\n' >bad.csv; status 3 kith segment rfm bad.csv; status 0 kith segment rfm -q --on-error skip bad.csv
printf 'person_id,when,amount\na,2026-01-01,1\n' >bad.csv; status 3 kith segment rfm bad.csv
status 2 kith segment rfm --scores 1 e.csv
kith segment fit rfm want >m; kith where -s '!rfm_r,!rfm_f,!rfm_m' want | kith segment apply -m m >got; same got want "bands give the scores back"
kith segment fit rfm e.csv >m2; same m m2 "bands from events"
{ head -n 1 want; sed -n '2,20p' want; } >people1.csv; { head -n 1 want; sed '1,20d' want; echo gone,,1,1,1,1,1; } >people2.csv
for f in one two people1 people2; do kith segment fit rfm -q --save-state $f.st $f.csv >/dev/null; done
kith segment fit rfm --state one.st two.csv >got; same got m "bands of events over two nights"
kith merge two.st one.st -o all.st; kith finish all.st >got; same got m "bands of two shards of events"
kith segment fit rfm --state people1.st --state people2.st 2>err.txt >got; same got m "bands of two shards of people"
grep -q 'kith-segment: 1 rows without all three' err.txt || fail "silent about the incomplete rows of a state"
status 3 kith merge one.st people1.st -o all.st; grep -q 'one kind of rows' err.txt || fail "bands of events and of people in one"
kith segment fit rfm --transaction day e.csv >m2
for f in one two; do kith segment fit rfm -q --transaction day --save-state $f.st $f.csv >/dev/null; done
kith merge one.st two.st -o all.st; kith finish all.st >got; same got m2 "bands by days of two shards"
# ---- sessions
kith segment sessions e.csv >want
[ "$(wc -l <want)" = "$(wc -l <e.csv)" ] || fail "sessions keep the rows"
for how in KITH_THREADS=1 KITH_THREADS=3 KITH_BLOCK=900; do env $how kith segment sessions e.csv >got; same got want "sessions with $how"; done
kith segment sessions --memory 16M <e.csv >got; same got want "sessions from a pipe, in little memory"
kith where -s '!session_id,!session_n' want >sorted.csv
kith segment sessions -v sorted.csv 2>err.txt >got; same got want "sorted input"; grep -q 'in order' err.txt || fail "order is not seen"
for how in KITH_THREADS=1 KITH_BLOCK=900; do env $how kith segment sessions sorted.csv >got; same got want "sorted sessions with $how"; done
kith segment sessions --summary e.csv >s1; env KITH_BLOCK=900 kith segment sessions --summary sorted.csv >s2; same s1 s2 "summaries"
[ "$(awk -F, 'NR > 1 { n += $7 } END { print n }' s1)" = 30000 ] || fail "pages"
printf 'person_id,ts,campaign\na,2026-01-01T23:50:00Z,x\na,2026-01-02T00:05:00Z,\na,2026-01-02T00:10:00Z,y\nA,2026-01-02T00:40:01Z,y\nA,2026-01-02T01:10:01Z,y\nA,2026-01-02T01:40:02Z,y\n' >c.csv
kith segment sessions c.csv | cut -d , -f 1,5 | tr '\n' ' ' >got; printf 'person_id,session_n A,1 A,1 A,2 a,1 a,1 a,1 ' >want2; same got want2 "gap"
kith segment sessions --midnight c.csv | cut -d , -f 5 | tr '\n' ' ' >got; printf 'session_n 1 1 2 1 2 2 ' >want2; same got want2 "midnight"
kith segment sessions --midnight --tz Europe/Paris c.csv | cut -d , -f 5 | tr '\n' ' ' >got; printf 'session_n 1 1 2 1 1 1 ' >want2; same got want2 "midnight in Paris"
kith segment sessions --campaign campaign c.csv | cut -d , -f 5 | tr '\n' ' ' >got; printf 'session_n 1 1 2 1 1 2 ' >want2; same got want2 "campaign"
status 0 kith segment sessions head.csv; [ "$(wc -l <out.txt)" = 1 ] || fail "header only"
printf 'person_id,ts\n,2026-01-01\n' >bad.csv; status 3 kith segment sessions bad.csv; grep -q 'bad.csv:2' err.txt || fail "no person"
if [ -w /dev/full ]; then set +e; kith segment sessions e.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
# ---- paths
P="kith segment paths --conversion buy --window 30d"
$P e.csv >want; $P --per conversion e.csv >want2
for how in KITH_THREADS=1 KITH_THREADS=3 KITH_BLOCK=900; do env $how $P e.csv >got; same got want "paths with $how"; done
[ "$(kith report table -a 'n=sum(conversions)' want2 | tail -n 1)" = "$(kith where 'event == "buy"' -s person_id e.csv | tail -n +2 | wc -l | tr -d ' ')" ] || fail "conversions"
kith report table -a 'n=sum(value)' want | tail -n 1 >got; kith report table -a 'n=sum(amount)' e.csv | tail -n 1 >want3; same got want3 "value"
for per in person conversion; do
    for f in one two; do $P --per $per --save-state $f.st $f.csv >/dev/null; done
    kith merge two.st one.st -o x.st; kith merge one.st two.st -o y.st
    kith finish x.st >x; kith finish y.st >got; same got x "paths through states, in any order"
    cat one.csv >both.csv; tail -n +2 two.csv >>both.csv
    kith segment paths --conversion buy --window 30d --per $per both.csv >got; same got x "paths through states and in one run"
done
status 2 kith segment paths e.csv
status 0 kith segment paths --conversion buy head.csv; [ "$(cat out.txt)" = person_id,path,conversions,value,nulls ] || fail "header only"
printf 'person_id,ts,channel,event\na,2026-01-01,a > b,buy\n' >bad.csv; status 3 kith segment paths --conversion buy bad.csv
printf 'person_id,ts,channel,event\na,2026-01-02,z,visit\na,2026-01-02,y,visit\na,2026-01-01,x,buy\nb,2026-01-01,,buy\n' >small.csv
printf 'person_id,path,conversions,value,nulls\na,x,1,0,0\na,z > y,0,0,1\nb,,1,0,0\n' >want; kith segment paths --conversion buy --per conversion small.csv >got; same got want "ties keep the order of rows"
# files of one name, records of one number, one time: by channel, a mere touch before the conversion, then by amount; in any order of files and states
mkdir fx fy fz
printf 'person_id,ts,channel,event,amount\na,2026-01-01,sms,visit,\nb,2026-01-01,mail,buy,10\nc,2026-01-01,tv,buy,3\n' >fx/day.csv
printf 'person_id,ts,channel,event,amount\na,2026-01-01,mail,visit,\nb,2026-01-01,mail,visit,\nc,2026-01-01,tv,buy,2.5\n' >fy/day.csv
printf 'person_id,ts,channel,event,amount\na,2026-01-01,,buy,1\nb,2026-01-01,mail,buy,9\nc,2026-01-01,tv,buy,1e30\n' >fz/day.csv
printf 'person_id,path,conversions,value,nulls\na,,1,1,0\na,mail > sms,0,0,1\nb,mail > mail,1,9,0\nb,mail,1,10,0\nc,tv,1,2.5,0\nc,tv,1,3,0\nc,tv,1,1e+30,0\n' >want
ties() { # FOLDERS
    for j in 1 3; do kith segment paths --conversion buy --per conversion -j $j "$1/day.csv" "$2/day.csv" "$3/day.csv" >got; same got want "ties in the order $*, -j $j"; done
    for d; do kith segment paths --conversion buy --per conversion --save-state "$d.st" "$d/day.csv" >/dev/null; done
    kith merge "$1.st" "$2.st" "$3.st" -o tied.st; kith finish tied.st >got; same got want "ties through states in the order $*"
}
ties fx fy fz; ties fz fy fx; ties fy fz fx
# ---- sessions over nights: together what one run gives; late events are told
kith where 'ts < 2026-04-01' e.csv >n1.csv; kith where 'ts >= 2026-04-01 and ts < 2026-06-15T12:00:00Z' e.csv >n2.csv; kith where 'ts >= 2026-06-15T12:00:00Z' e.csv >n3.csv
S="kith segment sessions -q --gap 36h"
$S --save-state 1.st n1.csv >o1; $S --state 1.st --save-state 2.st n2.csv >o2; $S --state 2.st n3.csv >o3
{ tail -n +2 o1; tail -n +2 o2; tail -n +2 o3; } | LC_ALL=C sort >got; $S e.csv | tail -n +2 | LC_ALL=C sort >want; same got want "nights"
$S --state 2.st >o3; [ "$(wc -l <o3)" -gt 1 ] || fail "a state alone gives what it holds"
status 3 $S --state 2.st --save-state 3.st n2.csv; grep -q 'counted' err.txt || fail "a night twice"
kith segment sessions --state 2.st --gap 36h n1.csv 2>err.txt >/dev/null; grep -q 'late events' err.txt || fail "late events"
status 0 $S --state 2.st --on-error reject --rejects late.csv n1.csv; grep -q ',late,' late.csv || fail "late events are rejected"
kith where 'ts >= 2026-03-31' n1.csv >l.csv; kith where 'ts < 2026-03-31' n1.csv >n1b.csv
$S --lateness 1d --save-state 1.st n1b.csv >o1; $S --lateness 1d --state 1.st l.csv >o2
{ tail -n +2 o1; tail -n +2 o2; } | LC_ALL=C sort >got; $S n1.csv | tail -n +2 | LC_ALL=C sort >want; same got want "lateness"
sed 's/^p,/q,/' 2.st >broken.st; status 3 $S --state broken.st n3.csv
status 3 kith segment sessions --gap 1h --state 2.st n3.csv
# ---- sessions as a fold: shards of events in any order give one run's bytes; states of nights merge where no person is in two
S="kith segment sessions -q --gap 36h --keep all"
kith shard --size 300K e.csv -o shards.csv
kith segment sessions --gap 36h e.csv >want
n=0
for id in $(kith where -s id shards.csv | tail -n +2); do n=$((n + 1)); kith segment sessions -q --gap 36h --shard "$id@shards.csv" --save-state "s$n.st" >/dev/null; done
[ $n -gt 2 ] || fail "more shards than $n"
# shellcheck disable=SC2046,SC2010 # names of ours, without blanks
kith merge $(ls s*.st | sort -r) -o all.st; kith finish all.st >got; same got want "sessions through shards in any order"
kith merge s1.st s3.st -o x.st
# shellcheck disable=SC2046,SC2010
kith merge x.st s2.st $(ls s*.st | grep -v -x -e s1.st -e s2.st -e s3.st) -o x2.st; same x2.st all.st "states of shards merged in another order"
kith show all.st | grep -q '^param,keep,all' || fail "show"
$S --save-state one.st one.csv >/dev/null; $S --state one.st --save-state two.st two.csv >got; kith finish two.st >want2; same got want2 "a fold carried on"
head -n 1 e.csv >none.csv; $S --save-state none.st none.csv >got; [ "$(wc -l <got)" = 1 ] || fail "an empty shard"; kith finish none.st >want2; same got want2 "an empty state"
kith merge none.st all.st none.st -o x.st; same x.st all.st "the empty state changes nothing"
status 3 kith segment sessions --gap 36h --keep open --state one.st two.csv
S="kith segment sessions -q --gap 36h"
$S --save-state 1.st one.csv >o1; $S --save-state 2.st two.csv >o2; kith merge 2.st 1.st -o 12.st; kith finish 12.st >o3 # shards by person, one night
{ tail -n +2 o1; tail -n +2 o2; tail -n +2 o3; } | LC_ALL=C sort >got; $S e.csv | tail -n +2 | LC_ALL=C sort >want; same got want "nights of shards by person"
$S --save-state 3.st n3.csv >/dev/null; $S --save-state 4.st n1.csv >/dev/null; status 3 kith merge 3.st 4.st; grep -q 'keep all' err.txt || fail "a person in two nights' states"
tail -n +2 e.csv >bare.csv; for h in all open; do kith segment sessions -q -n --id 1 --ts 2 --keep $h --save-state 5.st bare.csv >o1; kith finish 5.st >o2; done
{ tail -n +2 o1; tail -n +2 o2; } | LC_ALL=C sort >got; kith segment sessions -n --id 1 --ts 2 bare.csv | tail -n +2 | LC_ALL=C sort >want; same got want "no headers"
