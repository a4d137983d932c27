#!/bin/sh
# The published and measured figures of public data, where they lie beside the project.
set -eu
data=$KITH_SOURCE/../shared/data
if [ ! -e "$data/offers/online_retail.csv.gz" ]; then
    echo "SKIP: no ../shared/data"
    exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
# Online Retail: positive quantities and prices of known customers; frequency in distinct moments
kith where 'Quantity > 0 and UnitPrice > 0 and not missing(CustomerID)' "$data/offers/online_retail.csv.gz" |
    kith segment derive -e 'amount = Quantity * UnitPrice' |
    kith segment rfm --id CustomerID --ts InvoiceDate --amount amount --transaction ts --until 2011-12-09 >rfm.csv
got=$(awk -F, 'NR > 1 { n++; r += $2; f += $3; m += $4 } END { printf "%d %.5f %.5f %.2f", n, f / n, r / n, m }' rfm.csv)
[ "$got" = "4338 4.25081 92.05947 8911407.90" ] || fail "Online Retail: $got"
# simple_shop: visits at a gap of more than 30 minutes
n=$(kith segment sessions --id client_id --ts timestamp --gap 30m --summary "$data/journeys/retentioneering_simple_shop.csv" | tail -n +2 | wc -l)
[ "$n" -eq 6454 ] || fail "simple_shop: $n visits"
# CDNOW-like and bank data: a filter agrees with awk
want=$(awk -F';' 'NR > 1 && $1 > 60 && $2 == "\"retired\""' "$data/leads/bank-additional-full.csv" | wc -l)
got=$(kith where 'age > 60 and job == "retired"' "$data/leads/bank-additional-full.csv" | tail -n +2 | wc -l)
[ "$want" -eq "$got" ] || fail "bank: $got rows, not $want"
