#!/bin/sh
# Look-alikes: the trait that makes the audience is found, noise is said to be noise, and the forms of naming an audience agree.
set -eu
{ echo person_id,age,city,noise; awk 'BEGIN { x = 7; for (i = 1; i <= 3000; i++) { x = (x * 48271) % 2147483647; y = (x * 16807) % 2147483647; printf "p%d,%d,%s,%d\n", i, 20 + x % 50, y % 3 ? "Lyon" : "Nice", y % 1000 } }'; } >people.csv
# the audience: half of those over 60 in Nice
awk -F, 'NR == 1 { print "person_id"; next } $2 > 60 && $3 == "Nice" && $4 % 2 { print $1 }' people.csv >vips.csv
kith segment lookalike --audience vips.csv --report lift.csv people.csv >all.csv 2>said
[ "$(head -n 1 all.csv)" = person_id,age,city,noise,lookalike_score,lookalike_rank ]
[ "$(($(wc -l <all.csv) + $(wc -l <vips.csv)))" = 3002 ]
# of the first fifty, nearly all are over 55 and from Nice
head -n 51 all.csv | awk -F, 'NR > 1 && $2 > 55 && $3 == "Nice" { n++ } END { exit !(n >= 45) }'
awk -F, 'NR > 1 { if ($6 != NR - 1 || $5 > last && NR > 2) exit 1; last = $5 }' all.csv
head -n 1 lift.csv | grep -qx share,people,members,lift,low,high
awk -F, 'NR == 3 { exit !($4 > 5 && $5 < $4 && $4 < $6) }' lift.csv
# the same by a column; the same for any threads
awk -F, 'NR == FNR { v[$1] = 1; next } FNR == 1 { print $0 ",vip"; next } { print $0 "," ($1 in v) + 0 }' vips.csv people.csv >with.csv
kith segment lookalike -q --member vip --top 20 with.csv | cut -d, -f1 >a
kith segment lookalike -q --audience vips.csv --top 20 -j 3 people.csv | cut -d, -f1 >b
kith segment lookalike -q --audience vips.csv --top 0 people.csv >none; [ "$(cat none)" = "$(head -n 1 people.csv),lookalike_score,lookalike_rank" ] || fail "--top 0 is not none"
cmp a b
# noise is told as noise
awk -F, 'NR == 1 { print "person_id"; next } NR % 17 == 0 { print $1 }' people.csv >any.csv
kith segment lookalike --audience any.csv people.csv 2>said >/dev/null
auc=$(sed -n 's/.*AUC 0\.\([0-9]*\).*/\1/p' said)
[ "$auc" -gt 4000 ] && [ "$auc" -lt 6000 ]
# refused
if kith segment lookalike people.csv >out 2>err; then exit 1; else [ $? = 2 ]; fi
echo person_id >none.csv
if kith segment lookalike --audience none.csv people.csv >out 2>err; then exit 1; else [ $? = 3 ]; fi
grep -q '0 of 3000 people are in the audience' err
