#!/bin/sh
# The nightly example, and kill -9 at any moment of a night: the state is the old one or the new one, never half.
set -eu
rm -rf out && sh "$KITH_SOURCE/examples/nightly/run.sh" out >said
grep -q 'the same bytes' said
cd out
night=$KITH_SOURCE/examples/nightly/night.sh
cp revenue.state old.state
awk 'NR == 1 || FNR > 1' 2026-09-0*.csv | sed '2,$s/^p/q/' >more.csv # another night, larger
cp old.state new.state
sh "$night" new.state report.csv more.csv
i=0
while [ $i -lt 25 ]; do
    cp old.state now.state
    sh "$night" now.state report.csv more.csv & pid=$!
    sleep "0.00$((i % 10))$((i * 37 % 10))"
    pkill -9 -P $pid 2>/dev/null || true
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    cmp -s now.state old.state || cmp -s now.state new.state || { echo "a state that is neither yesterday's nor today's"; exit 1; }
    i=$((i + 1))
done
# what a killed run left behind does not disturb the next
sh "$night" now.state report.csv more.csv
cmp now.state new.state
