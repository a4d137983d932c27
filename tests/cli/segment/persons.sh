#!/bin/sh
# Expressions over all rows of a person (count_if and its like) in where, derive and rules: against awk, for any threads, blocks and inputs; faults.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

awk 'BEGIN { srand(5); print "person_id,ts,event,amount"
    for (i = 0; i < 20000; i++) {
        e = rand() < .3 ? "buy" : rand() < .5 ? "visit" : ""
        printf "%s,2026-%02d-%02d,%s,%s\n", rand() < .02 ? "" : rand() < .1 ? "a long name of person " int(rand() * 40) : "p" int(rand() * 700), 1 + rand() * 12, 1 + rand() * 28, e, rand() < .2 ? "" : sprintf("%.2f", rand() * 200 - 50) } }' >e.csv
# the slow evaluator: two readings, sums in cents
awk -F, 'FNR == 1 { if (NR > FNR) print $0 ",n,buys,money,bought,most,last,kinds"; next }
    function cents(x) { return int(x * 100 + (x < 0 ? -.5 : .5)) }
    NR == FNR { if ($1 == "") next
        n[$1] += $4 > 100; b[$1] += $3 == "buy"; if ($4 != "") { s[$1] += cents($4); if (!($1 in m) || $4 + 0 > m[$1] + 0) m[$1] = $4; if ($3 == "buy") sb[$1] += cents($4) }
        if ($2 > t[$1]) t[$1] = $2; if ($3 != "" && !(($1, $3) in seen)) { seen[$1, $3] = 1; k[$1]++ }; next }
    $1 == "" { print $0 ",,,,,,,"; next }
    { print $0 "," n[$1] + 0 "," b[$1] + 0 "," s[$1] / 100 "," sb[$1] / 100 "," ($1 in m ? m[$1] + 0 : "") "," t[$1] "," k[$1] + 0 }' CONVFMT=%.12g OFMT=%.12g e.csv e.csv >want
derive() {
    kith segment derive --id person_id -e 'n=count_if(amount>100)' -e "buys=count_if(event=='buy')" -e 'money=sum_of(amount)' \
        -e "bought=sum_of(amount,event=='buy')" -e 'most=max_of(amount)' -e 'last=date(latest(ts))' -e 'kinds=distinct_of(event)' "$@"
}
derive e.csv >got; same got want "values of persons"
for how in KITH_THREADS=1 KITH_THREADS=4 KITH_BLOCK=700; do (export "${how?}"; derive e.csv) >got; same got want "with $how"; done
cat e.csv | derive >got; same got want "from a pipe"
gzip -c e.csv >e.csv.gz; derive e.csv.gz >got; same got want "compressed"
head -n 9001 e.csv >1.csv; { head -n 1 e.csv; tail -n +9002 e.csv; } >2.csv; derive 1.csv 2.csv >got; same got want "two files"
kith segment derive --id person_id -e 'm = mean_of(amount)' e.csv | kith where -s '!m' >got; same got e.csv "rows untouched"
awk -F, 'NR == 1 || ($6 >= 9 && $7 > 500)' want | cut -d , -f 1-4 >want2
kith segment where --id person_id "count_if(event == 'buy') >= 9 and sum_of(amount) > 500" e.csv >got; same got want2 "where"; [ "$(wc -l <got)" -gt 100 ] || fail "too few rows to say"
cat e.csv | kith segment where --id person_id -e "count_if(event == 'buy') >= 9" -e 'sum_of(amount) > 500' >got; same got want2 "where by two conditions, from a pipe"
printf 'segment,when\nbuyers,count_if(event == "buy") >= 9\nlate,latest(ts) > 2026-12-20\n' >rules.csv
kith segment rules --id person_id --rules rules.csv --all e.csv | cut -d , -f 5 | tail -n +2 >got
tail -n +2 want | awk -F, '{ b = $6 >= 9 && $1 != ""; l = $10 > "2026-12-20"; print (b && l ? "buyers|late" : b ? "buyers" : l ? "late" : "") }' >want2
grep -q '|' got || sed -i 's/;/|/' got
same got want2 "rules"
# sums are exact, whatever the order of the rows
printf 'person_id,amount\na,.1\na,1e16\na,.2\na,-1e16\n' >s.csv; kith segment derive --id person_id -e 's=sum_of(amount)' s.csv | cut -d , -f 3 | tail -n +2 | sort -u >got; echo 0.3 >want; same got want "exact sums"
# none: 0 for counts and sums, missing for others
printf 'person_id,amount,ts\na,,\n' >s.csv; kith segment derive --id person_id -e 'n=count_if(amount>1)' -e 's=sum_of(amount)' -e 'm=mean_of(amount)' -e 't=latest(ts)' -e 'd=distinct_of(ts)' s.csv | tail -n 1 >got; echo 'a,,,0,0,,,0' >want; same got want "of nothing"
head -n 1 e.csv >none.csv; status 0 derive none.csv; [ "$(wc -l <out.txt)" = 1 ] || fail "header only"
# earlier expressions may stand inside
printf 'person_id,q,p\na,2,3\na,1,4\n' >s.csv; kith segment derive --id person_id -e 'v=q*p' -e 'share=v/sum_of(v)' s.csv | tail -n 1 >got; echo 'a,1,4,4,0.4' >want; same got want "names of earlier expressions"
# faults, before the first row
status 2 kith segment where 'sum_of(amount) > 1' e.csv; grep -q -- '--id' err.txt || fail "no --id"; grep -q '^  ^' err.txt || fail "no caret"
status 2 kith segment where --id person_id 'sum_of(amount, count_if(amount > 1) > 2) > 1' e.csv; grep -q 'again' err.txt || fail "nested"
status 2 kith segment where --id person_id 'sum_of(upper(event)) > 1' e.csv; status 2 kith segment where --id person_id 'max_of(event == "x") > 1' e.csv
status 2 kith segment where --id person_id 'count_iff(amount > 1) > 1' e.csv; grep -q "'count_if'" err.txt || fail "nearest name"
status 3 kith segment where --id person_id 'sum_of(amuont) > 1' e.csv; status 3 kith segment where --id nobody 'sum_of(amount) > 1' e.csv
status 3 kith segment where --id person_id 'sum_of(event) > 1' e.csv; grep -q 'e.csv:' err.txt || fail "no place"
printf 'person_id,amount\na,1\na,x\nb,2\n' >s.csv; status 0 kith segment where -q --on-error skip --id person_id 'sum_of(amount) >= 1' s.csv; [ "$(grep -c . out.txt)" = 3 ] || fail "skip"
status 0 kith segment where -q --on-error reject --rejects r.csv --id person_id 'sum_of(amount) >= 1' s.csv; [ "$(grep -c not_a_number r.csv)" = 1 ] || fail "one reject"
cat s.csv | kith segment where -q --on-error reject --rejects r2.csv --id person_id 'sum_of(amount) >= 1' >/dev/null; sed 's/^s.csv/standard input/' r.csv >want; same r2.csv want "rejects of a pipe"
mkfifo f; cat s.csv >f & status 3 kith segment where --id person_id 'sum_of(amount) > 1' f; wait; grep -q ' f:3: ' err.txt || fail "a pipe by its name"
status 4 kith segment where --memory 100K --id person_id 'sum_of(amount) > 1' e.csv; grep -q 'memory' err.txt || fail "memory"
kith shard e.csv -o shards.csv; status 2 kith segment where --id person_id --shard 0@shards.csv 'sum_of(amount) > 1'
