# examples/cdnow.sh on the public data, where they lie beside the project: the published parameters, the holdout, the page.
set -eu
data=$KITH_SOURCE/../shared/data/value
[ -r "$data/CDNOW_sample.txt" ] || { echo "SKIP: the public data are not there"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sh "$KITH_SOURCE/examples/cdnow.sh" "$data" "$dir/out" >"$dir/said"
cd "$dir/out"
awk -F, '$1 == "param" || $2 == "loglik" || $2 == "spend_loglik" { printf "%s %.4f\n", $2, $3 } $2 ~ /^(predicted|actual|cumulative_expected)$/ { printf "%s %.1f\n", $2, $3 }' value.model >got
cat >want <<'WANT'
loglik -9582.4292
spend_loglik -4055.9177
r 0.2426
alpha 4.4136
a 0.7929
b 2.4259
p 6.2496
q 3.7442
gamma 15.4435
predicted 1653.4
actual 1882.0
cumulative_expected 4160.6
WANT
cmp got want || { diff got want >&2; exit 1; }
[ "$(grep -c . scores.csv)" = 2358 ] && [ "$(grep -c . rfm.csv)" = 2358 ] && grep -q '6919,6919,0,0' account.csv
grep -q '<svg' report.html && grep -q 'actual' "$dir/said"
sh "$KITH_SOURCE/examples/cdnow.sh" /nonexistent "$dir/none" 2>"$dir/err" && exit 1
grep -q 'no CDNOW_sample' "$dir/err"
