#!/bin/sh
# where, derive, rules: rows and refusals, selection and names, the same bytes however they run.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

printf 'person_id,region,amount,note\n1,R05,60,"a, b"\n2,R05,,"say ""hi"""\n3,R07,99,\n4,R05,x,plain\n' >t.csv
# a bad amount only matters where it is looked at
status 0 kith where 'region == "R07" and amount > 50' t.csv
printf 'person_id,region,amount,note\n3,R07,99,\n' >want; same out.txt want "and"
status 3 kith where 'region == "R05" and amount > 50' t.csv
grep -q 't.csv:5: amount: not a number (like a)' err.txt || fail "the place of a bad row"
head -n 2 out.txt | tail -n 1 | grep -qx '1,R05,60,"a, b"' || fail "rows before a bad row"
tail -c 200 out.txt | grep -q '^"!kith failed: ' || fail "the mark"
status 0 kith where -q --on-error skip 'amount > 0' t.csv; [ "$(wc -l <out.txt)" = 3 ] || fail skip
status 0 kith where -q --on-error reject --rejects r.csv 'amount > 0' t.csv
printf 'file,line,byte,column,code,value,raw\nt.csv,5,' >want; head -c "$(wc -c <want)" r.csv >got; same got want "rejects"
# what was computed is no column's: the row is named, not its value
status 3 kith where 'number(lower(note)) > 1' t.csv
grep -q 't.csv:2: a computed value is not a number (like a, a)' err.txt || fail "the place of a bad computed value"
status 0 kith where -q --on-error skip 'number(upper(region)) > 1 or note == "plain"' t.csv; [ "$(wc -l <out.txt)" = 1 ] || fail "skipped computed values"
# unknown passes neither way
[ "$(kith where --on-error skip -q 'amount > 50' t.csv | wc -l)" = 3 ] || fail "unknown"
[ "$(kith where --on-error skip -q 'not amount > 50' t.csv | wc -l)" = 1 ] || fail "not unknown"
[ "$(kith where 'missing(amount)' t.csv | wc -l)" = 2 ] || fail "missing"
# selection
status 0 kith where -s 'who=person_id,note' t.csv
printf 'who,note\n1,"a, b"\n2,"say ""hi"""\n3,\n4,plain\n' >want; same out.txt want "selection"
status 0 kith where -s note 'missing(note)' t.csv; printf 'note\n""\n' >want; same out.txt want "one missing field"
status 0 kith where -D ';' -s note,person_id 'person_id == 1' t.csv; printf 'note;person_id\n"a, b";1\n' >want; same out.txt want "delimiter"
status 0 kith where --drop note,region 'person_id < 2' t.csv; printf 'person_id,amount\n1,60\n' >want; same out.txt want "drop"
# faults
status 3 kith where 'amout > 1' t.csv; grep -q "did you mean 'amount'" err.txt || fail "nearest column"; grep -q '^  ^' err.txt || fail "caret"
status 2 kith where 'amount >' t.csv
status 2 kith where 'nope(amount)' t.csv
status 2 kith where 'amount > "x"  + 1' t.csv
status 3 kith where 'amount > 1' nofile.csv </dev/null
for day in 2026-13-01 2026-02-29 2026-09-31T10:00:00; do # no difference of numbers
    status 2 kith where "amount > $day" t.csv; grep -q 'the calendar has no such' err.txt || fail "$day"
done
status 2 kith where 'note like "a%"' t.csv; grep -q "'like' is written =~" err.txt || fail "like"
status 2 kith where '(note is null)' t.csv; grep -q 'missing(x)' err.txt || fail "is null"
printf 'like,is\n1,2\n' >words.csv; status 0 kith where 'like == 1 and is == 2' words.csv; same out.txt words.csv "columns of these names"
printf 'person_id,amount\n' >head.csv; status 0 kith where 'amount > 1' head.csv; same out.txt head.csv "header only"
status 3 kith where 'a > 1' </dev/null
# numbers by their digits, regexes, zones, places
printf 'id\n12345678901234567\n12345678901234568\n' >ids.csv
[ "$(kith where 'id == 12345678901234567' ids.csv | tail -n 1)" = 12345678901234567 ] || fail "long numbers"
printf 'ts,lat,lon\n2026-09-30T23:30:00Z,48.85,2.35\n2026-10-01,40,2\n' >ts.csv
[ "$(kith where 'ts <= 2026-09-30' ts.csv | wc -l)" = 2 ] || fail "a day"
[ "$(kith where --tz Europe/Paris 'ts <= 2026-09-30' ts.csv | wc -l)" = 1 ] || fail "a day in Paris"
printf 'name,lat,lon,radius,south,west,north,east\nParis,48.85,2.35,20 km,,,,\nSpain,,,,36,-9,43,3.3\n' >regions.csv
kith segment derive --regions regions.csv -e 'place = region(lat, lon)' ts.csv | cut -d , -f 4 >got
printf 'place\nParis\nSpain\n' >want; same got want "regions"
printf 'name,lat,lon,radius\nX,95,0,1\n' >bad.csv; status 3 kith segment derive --regions bad.csv -e 'p = region(lat, lon)' ts.csv
grep -q 'bad.csv:2' err.txt || fail "the place of a bad region"
# 0.01 degrees of latitude are 1.11 km: within 2, 1 mile (1.61 km) and 1200 m, not within 1, .6 miles (.97) and 1000 m
printf 'ts,lat,lon\n1,48.86,2.35\n' >north.csv
for within in 2 '2 km' '1 mi' 1200m '1 km' '0.6 mi' 1000m; do
    printf 'name,lat,lon,radius\nX,48.85,2.35,%s\n' "$within" >unit.csv
    kith segment derive --regions unit.csv -e 'p = region(lat, lon)' north.csv | cut -d , -f 4 | tail -n 1
done >got
printf 'X\nX\nX\nX\n\n\n\n' >want; same got want "units of a radius"
printf 'name,lat,lon,radius\nX,48.85,2.35,5 parsecs\n' >unit.csv
status 3 kith segment derive --regions unit.csv -e 'p = region(lat, lon)' north.csv
grep -q 'unit.csv:2: neither a circle' err.txt || fail "a unit that is none"
# derive
status 2 kith segment derive t.csv
status 2 kith segment derive -e 'amount' t.csv
status 3 kith segment derive -e 'note = 1' t.csv || true
kith segment derive -e 'n = len(note)' -e 'twice = n * 2' -e 'quoted = note + "!"' t.csv >got
printf 'person_id,region,amount,note,n,twice,quoted\n1,R05,60,"a, b",4,8,"a, b!"\n2,R05,,"say ""hi""",8,16,"say ""hi""!"\n3,R07,99,,,,\n4,R05,x,plain,5,10,plain!\n' >want
same got want "derive"
# rules: priority, all, sizes, overlaps
printf 'segment,priority,when,label\nany,,person_id > 0,All\nsouth,2,"region == ""R05""",South\nfirst,1,person_id == 1,First\n' >rules.csv
kith segment rules --rules rules.csv t.csv | cut -d , -f 1 >/dev/null
kith segment rules --rules rules.csv --all --sizes sizes.csv --overlaps overlaps.csv t.csv >got
grep -qx '1,R05,60,"a, b",first|south|any,First|South|All' got || fail "all rules"
printf 'segment,label,priority,rows,share,first,only\nfirst,First,1,1,0.25,1,0\nsouth,South,2,3,0.75,2,0\nany,All,,4,1,1,1\n' >want; same sizes.csv want "sizes"
printf 'segment,other,rows,share_of_segment,share_of_other,jaccard\nfirst,south,1,1,0.3333333333333333,0.3333333333333333\nfirst,any,1,1,0.25,0.25\nsouth,any,3,1,0.75,0.75\n' >want; same overlaps.csv want "overlaps"
printf 'segment,when\nx,nope > 1\n' >bad.csv; status 3 kith segment rules --rules bad.csv t.csv; grep -q 'bad.csv:2: when' err.txt || fail "the place of a bad rule"
# many rules behind doors give what where gives
awk 'BEGIN { srand(5); print "id,sector,region,x"; for (i = 0; i < 20000; i++) printf "%d,s%d,R%02d,%s\n", i, rand() * 6, rand() * 9, rand() < .1 ? "" : int(rand() * 100) }' >big.csv
awk 'BEGIN { print "segment,when"; for (s = 0; s < 6; s++) for (r = 0; r < 9; r++) printf "s%d-%d,\"sector == \"\"s%d\"\" and region == \"\"R%02d\"\" and x >= %d\"\n", s, r, s, r, s * 10 }' >micro.csv
kith segment rules --rules micro.csv --sizes sizes.csv big.csv >tagged.csv
for s in 0 3 5; do
    n=$(kith where "sector == 's$s' and region == 'R07' and x >= $((s * 10))" big.csv | tail -n +2 | wc -l)
    grep -q "^s$s-7,,,$n," sizes.csv || fail "micro-segment $s"
done
# the same bytes
kith where 'x > 50 or sector =~ "[12]$"' big.csv >want
for how in "KITH_THREADS=1" "KITH_THREADS=3" "KITH_BLOCK=700"; do
    env $how kith where 'x > 50 or sector =~ "[12]$"' big.csv >got; same got want "where with $how"
    env $how kith segment rules --rules micro.csv big.csv >got; same got tagged.csv "rules with $how"
done
kith where 'x > 50 or sector =~ "[12]$"' <big.csv >got; same got want "where from a pipe"
# rows in are counted once, whoever refused them: three of five are 60 %
printf 'a,b\n1,1\nx,1\ny,1\n2\n3,1\n' >five.csv
status 0 kith where -v --on-error skip 'a > 0' five.csv; grep -q ': 5 rows in, 2 out, 0 rejected, 3 dropped' err.txt || fail "rows in: $(cat err.txt)"
# a header that comes in pieces: a mark of byte order in two, a line end inside quotes, a closing quote alone
printf '"a\nb",c\n1,2\n' >want
{ printf '\357'; sleep .1; printf '\273\277"a'; sleep .1; printf '\nb'; sleep .1; printf '"'; sleep .1; printf ',c\n1,'; sleep .1; printf '2\n'; } | kith where --line-buffered 'c == 2' >got
cmp -s got want || fail "a header in pieces: $(cat got)"
for answer in stop skip; do status 2 kith where --on-error $answer --max-rejects 1 'a > 0' five.csv; grep -q 'goes with --on-error reject' err.txt || fail "--max-rejects under $answer"; done
status 2 kith where --drop '*' five.csv; grep -q 'leaves no column' err.txt || fail "--drop of all"
status 2 kith where -s '!*' five.csv; grep -q 'leaves no column' err.txt || fail "-s of none"
kith where -v --on-error skip 'a > 0' five.csv >got 2>err.txt # what does not pass is accounted for
awk -F'[ ,]+' '/rows in/ { for (i = 1; i <= NF; i++) { if ($i == "in") n = $(i - 2); if ($i == "out") o = $(i - 1); if ($i == "rejected") r = $(i - 1); if ($i == "dropped") d = $(i - 1) } found = n == o + r + d && n > o } END { exit !found }' err.txt ||
    fail "rows in are not rows out, rejected and dropped: $(cat err.txt)"
: >none.csv; printf '1,2\n3,4\n' >some.csv # an empty file without header decides nothing, wherever it stands
kith where -n none.csv some.csv >got; kith where -n some.csv none.csv >want; cmp got want || fail "an empty file before others"
status 3 kith where -q --on-error reject --max-rejects 50% 'a > 0' five.csv; grep -q '3 of 5 rows rejected' err.txt || fail "rows of: $(cat err.txt)"
status 0 kith where --version; grep -q '^kith-segment [0-9]' out.txt || fail "the version, asked of a verb"
# a quote inside an unquoted name is an ordinary byte, as in a row; one at a name's start opens it
printf '\357\273\277"a\nb",size 5",c""d\n1,2,3\n' >quote.csv
for j in 1 2; do kith where -j $j -s 2,1 <quote.csv >got; tail -n 1 got >last; printf '2,1\n' >want; same last want "quotes in a header"; done
printf 'a"b;c\n1;2\n' >semi.csv; kith where 'c > 1' semi.csv >got; printf '"a""b";c\n1;2\n' >want; same got want "a semicolon behind a quote in a name"
# a later file without bytes does not decide the delimiter; a shard is the whole input
printf '1\t2\n' >tab.txt; : >none.txt; kith where -n -s 2 --header never tab.txt none.txt tab.txt >got; printf '2\n2\n' >want; same got want "an empty file between others"
printf 'a,b\n1,2\n' >one.csv; kith shard one.csv -o shards.csv; kith where --shard 0@shards.csv 'a > 0' >got; same got one.csv "a shard"
status 2 kith where --shard 0@shards.csv 'a > 0' t.csv
# two results under one name would replace each other; an empty KITH_THREADS is none
status 2 kith where --rejects two.csv -o two.csv 'a > 0' one.csv; [ ! -e two.csv ] || fail "a file of two results"
KITH_THREADS= kith where 'a > 0' one.csv >got; same got one.csv "KITH_THREADS empty"
# all columns of an input that has none
for how in "-s :" "--drop :"; do status 0 kith where -n $how none.txt; [ ! -s out.txt ] || fail "columns of nothing"; done
# A wrong call in the middle of a pipe is marked too: its reader refuses what it would take for an empty result.
for wrong in "where --bad" "where 'a >'"; do
    if eval "printf 'a\n1\n' | kith segment $wrong 2>/dev/null | kith ingest read >out 2>err"; then echo "$wrong: went unseen"; exit 1; fi
    grep -q 'stage before failed' err
done
