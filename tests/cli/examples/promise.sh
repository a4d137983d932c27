#!/bin/sh
# Promise and delivery: with 400 labels the intervals hold the truth, the break is found in the months where it is, and the silent promise is listed.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
rm -rf out && sh "$KITH_SOURCE/examples/promise/run.sh" out >said 2>err || { cat err >&2; fail "status $?"; }
cd out
[ "$(wc -l <posts.csv)" -eq 4001 ] && [ "$(wc -l <labels.csv)" -eq 401 ] || fail "posts and labels"
# mentions are what grep counts
[ "$(kith segment where 'promise == "delivered tomorrow"' gap.csv | kith report table -a 'n=sum(mentions)' | tail -n 1)" = "$(tail -n +2 posts.csv | cut -d, -f5- | grep -ciE 'deliver|parcel|waited|courier')" ] || fail "mentions"
# the truth of each promise, and of deliveries by month
cat >topics.csv <<'CSV'
promise,topic
delivered tomorrow,delivery
truly organic,organic
people who answer,service
fair prices,price
CSV
kith ingest join -q -k post_id posts.csv truth.csv | kith segment derive -e 'period = substr(ts, 1, 7)' -e 'yes = if(label == "positive", 1, 0)' -o known.csv
kith report table -g topic -a 'true_rate=mean(yes)' known.csv >rates.csv
held() { kith segment where -s 'promised,low,high,true_rate' true - | awk -F, -v n="$1" -v least="$2" 'NR > 1 { gap = $1 - $4; rows++; held += gap >= $2 && gap <= $3 } END { exit !(rows == n && held >= least) }'; }
kith ingest join -q -k promise gap.csv topics.csv | kith ingest join -q -k topic - rates.csv | held 4 4 || fail "the truth is outside: $(cat gap.csv rates.csv)"
kith segment where 'topic == "delivery"' known.csv | kith report table -g period -a 'true_rate=mean(yes)' >monthly.csv
kith ingest join -q -k period delivery.csv monthly.csv | held 9 7 || fail "the months: $(cat delivery.csv monthly.csv)"
[ "$(awk -F, '$1 == "delivered tomorrow" { printf "%s ", $2 }' broken.csv)" = '2026-07 2026-08 2026-09 ' ] || fail "broken: $(cat broken.csv)"
grep -q '^truly organic' broken.csv && fail "a promise kept is called broken"
tail -n 1 gap.csv | grep -q '^a tree for every tin,,0,' || fail "the silent promise: $(tail -n 1 gap.csv)"
[ "$(grep -c '<h2>' report.html)" -ge 4 ] || fail "the page"
