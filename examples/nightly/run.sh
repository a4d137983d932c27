#!/bin/sh
# Thirty nights, one after the other, a night that runs twice, and the comparison with one run over everything.
# usage: run.sh [OUT]    (default: ./nightly)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-nightly}
mkdir -p "$out"
night=1
while [ $night -le 30 ]; do # some orders a night, the same on every machine
    awk -v night=$night 'BEGIN {
        split("mail web shop phone", channel, " "); split("tea pot cup tin", product, " ")
        x = 1000 + night * 7919
        print "person_id,ts,channel,product,amount"
        for (i = 0; i < 200 + night % 7 * 30; i++) {
            x = (x * 48271) % 2147483647; who = x % 400
            x = (x * 48271) % 2147483647; c = x % 4 + 1
            x = (x * 48271) % 2147483647; p = x % 4 + 1
            x = (x * 48271) % 2147483647; cents = 200 + x % 9800
            printf "p%03d,2026-09-%02dT%02d:%02d:00Z,%s,%s,%d.%02d\n", who, night, i % 24, i % 60, channel[c], product[p], cents / 100, cents % 100
        }
    }' >"$out/2026-09-$(printf %02d $night).csv"
    night=$((night + 1))
done
cd "$out"
rm -f revenue.state revenue.csv
for file in 2026-09-*.csv; do sh "$here/night.sh" revenue.state revenue.csv "$file"; done
sh "$here/night.sh" revenue.state revenue.csv 2026-09-17.csv # once more by mistake: nothing changes
kith report table -g channel,product -a 'orders=count,buyers=distinct(person_id),revenue=sum(amount),middle=p50(amount)' 2026-09-*.csv -o once.csv
cmp revenue.csv once.csv
kith report view revenue.csv
echo "thirty nights and one run over all of them: the same bytes"
