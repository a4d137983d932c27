#!/bin/sh
# The questions to an unknown file: what the tables say is what awk counts in the raw file, and the slip is answered.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
rm -rf out && sh "$KITH_SOURCE/examples/terminal/run.sh" out >said 2>err || { cat err >&2; fail "status $?"; }
[ -s err ] && fail "on standard error: $(cat err)"
cd out
[ "$(tail -n 1 account.csv)" = from_sales.dat,4769,4766,0,3 ] || fail "$(cat account.csv)"
# the same questions put to the raw file: product, orders, revenue in cents; month, revenue
awk -F '\t' 'NR > 3 && $1 != "Total" { n[$5]++; v[$5] += substr($7, 2) * 100 } END { for (p in n) printf "%s,%d,%.0f\n", p, n[p], v[p] }' raw/shop.tsv | sort >expected
kith segment where -s Product,orders,revenue true products.csv | awk -F, 'NR > 1 { printf "%s,%d,%.0f\n", $1, $2, $3 * 100 }' | sort | diff expected - || fail "products"
awk -F '\t' 'NR > 3 && $1 != "Total" { v["2026-" substr($2, 1, 2)] += substr($7, 2) * 100 } END { for (m in v) printf "%s,%.0f\n", m, v[m] }' raw/shop.tsv | sort >expected
awk -F, 'NR > 1 { printf "%s,%.0f\n", $1, $2 * 100 }' months.csv | sort | diff expected - || fail "months"
awk -F '\t' 'NR > 3 && $5 == "matcha" && $2 ~ /AM$/ && $3 != "" { n[tolower($3)]++ } END { for (p in n) if (n[p] >= 5) print p "," n[p] }' raw/shop.tsv | sort >expected
[ -s expected ] || fail "nobody in the morning"
tail -n +2 matcha.csv | cut -d, -f1,2 | sort | diff expected - || fail "matcha"
[ "$(awk -F, 'NR > 1 { n += $2 } END { print n }' address.csv)" = 4766 ] || fail "addresses"
grep -q "did you mean 'Product'" ../said && grep -q '(status 3)' ../said && [ ! -e none.csv ] || fail "the slip"
grep -q mdy sales.schema || fail "the order of days and months"
