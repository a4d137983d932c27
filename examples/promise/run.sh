#!/bin/sh
# What the brand promised, what people say they got, the gap and where it is going.
# usage: run.sh [OUT]    (default: ./promise; kith in PATH)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-promise}
mkdir -p "$out"
cd "$out"
say() { printf '\n== %s\n' "$*"; }
awk -v truth=truth.csv -f "$here/posts.awk" >posts.csv

say "1. The promises, and a first look by words and rules alone: their error rates were measured elsewhere, and may be wrong here"
kith report gap -q --id post_id --period none --promises "$here/promises.csv" --reach reach posts.csv -o words.csv
kith report view -s promise,mentions,promised,lived,gap,low,high,tone words.csv

say "2. Somebody reads 400 posts, an evening's work: now the figures are about these people"
awk -F, 'NR == 1 || (NR * 7919) % 4001 < 400 { print $1 "," $3 }' truth.csv >labels.csv
kith report gap -q --id post_id --period none --promises "$here/promises.csv" --labels labels.csv --reach reach posts.csv -o gap.csv
kith report view -s promise,mentions,labels,promised,lived,gap,low,high,example gap.csv

say "3. The trend: month by month, and where a promise is broken beyond doubt (low > 0.25)"
kith report gap -q --id post_id --promises "$here/promises.csv" --labels labels.csv --reach reach posts.csv -o months.csv
kith segment where 'promise == "delivered tomorrow"' months.csv | kith ingest sort -k period -o delivery.csv
kith report plot --width 72 --kind line --x period --y gap --title 'delivered tomorrow: promised less lived' delivery.csv
kith report view -s period,mentions,lived,gap,low,high,tone delivery.csv
kith segment where -s promise,period,mentions,gap,low,high,reach 'low > .25' months.csv | kith ingest sort -k promise,period -o broken.csv
kith report view broken.csv

say "4. Where is it said? The delivery gap by channel"
kith report gap -q --id post_id --period none -g channel --promises "$here/promises.csv" --labels labels.csv posts.csv |
    kith segment where 'promise == "delivered tomorrow"' | kith ingest sort -k channel -o channels.csv
kith report view -s channel,mentions,lived,gap,low,high channels.csv

kith report page --title 'Promise and delivery' --intro 'What the brand promised, and what 4,000 posts say people got.' \
    'Promised and lived=gap.csv' 'Delivery by month=delivery.csv' 'Broken beyond doubt=broken.csv' 'Delivery by channel=channels.csv' --provenance 'Commands=examples/promise/run.sh' -o report.html
