#!/bin/sh
# Communities against a published figure, reach and seeds against what can be counted by hand, and edges that are none.
set -eu
# Zachary's karate club (1977): its best modularity is .4198 in four groups (Brandes et al. 2008).
{ echo a,b,w
for t in 1:2,3,4,5,6,7,8,9,11,12,13,14,18,20,22,32 2:3,4,8,14,18,20,22,31 3:4,8,9,10,14,28,29,33 4:8,13,14 5:7,11 6:7,11,17 7:17 9:31,33,34 10:34 14:34 \
    15:33,34 16:33,34 19:33,34 20:34 21:33,34 23:33,34 24:26,28,30,33,34 25:26,28,32 26:32 27:30,34 28:34 29:32,34 30:33,34 31:33,34 32:33,34 33:34; do
    for b in $(echo "${t#*:}" | tr ',' ' '); do echo "${t%%:*},$b,1"; done
done; } >karate.csv
[ "$(wc -l <karate.csv)" = 79 ]
kith segment community --weight w karate.csv >groups.csv 2>said
grep -q '34 people, 78 ties, 4 communities, modularity 0.4198' said
awk -F, 'NR > 1 { s += $5 } END { exit !(s > .999999 && s < 1.000001) }' groups.csv
# communities are numbered from 1, the largest first
awk -F, 'NR > 1 { size[$2] = $3; n[$2]++ } END { for (c = 1; c <= 4; c++) if (!n[c] || n[c] != size[c] || (c > 1 && size[c] > size[c - 1])) exit 1; for (c in n) if (c < 1 || c > 4) exit 1 }' groups.csv
# the order of the rows does not matter
{ head -n 1 karate.csv; tail -n +2 karate.csv | sort -r | awk -F, '{ print $2 "," $1 "," $3 }'; } >other.csv
kith segment community --weight w -q other.csv | cmp - groups.csv
# reach: dan is two steps from ana; eve is out of reach; loops and strangers are said
printf 'a,b\nana,ben\nben,dan\nana,ana\nana,stranger\neve,fay\n' >friends.csv
printf 'person_id,status\nana,supporter\nben,\ndan,undecided\neve,undecided\nfay,\n' >people.csv
kith segment community --people people.csv --reach friends.csv >reach.csv 2>said
printf 'person_id,supporter,steps,strength\ndan,ana,2,0.25\neve,,,\n' | cmp - reach.csv
grep -q '1 ties of people to themselves' said
grep -q '1 ties to people who are not in' said
# seeds: the hub of a star first, then the end of the other chain; a third adds nobody
printf 'a,b\nh,1\nh,2\nh,3\nx,y\nx,1\n' | kith segment community -q --seeds 5 | head -n 3 >seeds.csv
printf 'rank,id,adds,reached\n1,h,4,4\n2,x,2,6\n' | cmp - seeds.csv
# ties without an end, and weights that are none, are left out where that is wanted
head -n 20 karate.csv >some.csv; { cat some.csv; printf ',5,1\n5,,1\n1,9,-2\n1,9,0\n1,9,heavy\n'; } >gaps.csv
if kith segment community -q --weight w gaps.csv >out 2>err; then exit 1; else [ $? = 3 ]; fi
grep -q 'gaps.csv:21: a: an end of a tie is missing' err
kith segment community -q --weight w some.csv >want
kith segment community -q --weight w --on-error reject --rejects rejects gaps.csv | cmp - want
[ "$(cut -d, -f2,4,5 rejects | tail -n +2 | tr '\n' ' ')" = "21,a,missing_id 22,b,missing_id 23,w,bad_weight 24,w,bad_weight 25,w,bad_weight " ]
# people who know nobody: each alone, and alike
printf 'a,b\nx,x\ny,y\n' | kith segment community -q >alone.csv
printf 'id,community,size,degree,influence\nx,1,1,0,0.5\ny,2,1,0,0.5\n' | cmp - alone.csv
# refused
if echo a | kith segment community >out 2>err; then exit 1; else [ $? = 3 ]; fi
if kith segment community --reach friends.csv >out 2>err; then exit 1; else [ $? = 2 ]; fi
printf 'a,b\n' | kith segment community -q >none.csv
[ "$(cat none.csv)" = id,community,size,degree,influence ]
