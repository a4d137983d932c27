#!/bin/sh
# Arms: stable, independent of order and threads, exact within strata, and honest about who is left out.
set -eu
echo 0123456789abcdef0123456789abcdef >k
chmod 600 k
{ echo 'person_id,city,age'; awk 'BEGIN { for (i = 1; i <= 1000; i++) printf "p%d,%s,%d\n", i, (i % 3 ? "Lyon" : "Nice"), 20 + i % 40 }'; } >people.csv
A="kith segment assign --id person_id --key-file k --arms control=.5,treated=.5 -q"
$A people.csv >all.csv
[ "$(head -n 1 all.csv)" = person_id,city,age,treatment,arm ]
# the same person, the same arm: other order, other company, other threads
{ head -n 1 people.csv; tail -n +2 people.csv | sort -r | head -n 500; } >some.csv
$A -j 3 some.csv | tail -n +2 | sort >some
tail -n +2 all.csv | sort >known
[ "$(comm -13 known some | wc -l)" = 0 ]
# shares: 1,000 people, half each; 4 standard deviations are 63
n=$(grep -c ',1,treated$' all.csv)
[ "$n" -gt 436 ] && [ "$n" -lt 564 ]
# another key or experiment deals anew
echo fedcba9876543210fedcba9876543210 >k2
kith segment assign --id person_id --key-file k2 --arms control=.5,treated=.5 -q people.csv >other.csv
same=$(paste -d, all.csv other.csv | awk -F, '$5 == $10' | wc -l)
[ "$same" -gt 430 ] && [ "$same" -lt 570 ]
$A --experiment spring people.csv >spring.csv
same=$(paste -d, all.csv spring.csv | awk -F, '$5 == $10' | wc -l)
[ "$same" -gt 430 ] && [ "$same" -lt 570 ]
# strata: exact to one person; Lyon has 667, Nice 333
$A --strata city --balance-report balance.csv people.csv >strata.csv
awk -F, 'NR > 1 { n[$2 $5]++ } END { d = n["Lyontreated"] - n["Lyoncontrol"]; e = n["Nicetreated"] - n["Nicecontrol"]; exit !(d * d <= 1 && e * e <= 1) }' strata.csv
head -n 1 balance.csv | grep -qx 'column,level,arm,n,share,mean,difference'
# known people keep their arms when others come
head -n 401 people.csv >first.csv
$A --strata city first.csv >night1.csv
$A --strata city --known night1.csv people.csv >night2.csv
tail -n +2 night1.csv | sort >n1; tail -n +2 night2.csv | sort >n2
[ "$(comm -23 n1 n2 | wc -l)" = 0 ]
# left out: excluded, held out, in another experiment; the held-out are the same under any experiment
printf 'person_id\np7\n' >no.csv
$A --exclude no.csv --holdout .1 --experiment a --layer a=.5,b=.5 people.csv >a.csv
$A --exclude no.csv --holdout .1 --experiment b --layer a=.5,b=.5 people.csv >b.csv
grep -q '^p7,Lyon,27,,excluded$' a.csv
grep ',holdout$' a.csv >ha; grep ',holdout$' b.csv >hb; cmp ha hb
[ "$(paste -d, a.csv b.csv | awk -F, '$4 != "" && $9 != ""' | tail -n +2 | wc -l)" = 0 ]
# several arms; the control is 0 whatever its place
kith segment assign --id person_id --key-file k --arms 'mail=.25,call=.25,control=.5' -q people.csv | awk -F, 'NR > 1 { print $5 "," $4 }' | sort -u | tr '\n' ' ' | grep -qx 'call,2 control,0 mail,1 '
# refused
if kith segment assign --id person_id --key-file k --arms 'a=.7,b=.7' people.csv >out 2>err; then exit 1; else [ $? = 2 ]; fi
if kith segment assign --id person_id --key-file nokey --arms a,b people.csv >out 2>err; then exit 1; else [ $? = 3 ]; fi
if kith segment assign --id persn_id --key-file k --arms a,b people.csv >out 2>err; then exit 1; else [ $? = 3 ]; fi
grep -q "did you mean 'person_id'" err
