# The quick start on a small campaign: it ends with a page, and finds what the truth says is there.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
sh "$KITH_SOURCE/examples/quickstart.sh" "$dir/out" 500 >"$dir/said" 2>"$dir/err" || { cat "$dir/err" >&2; fail "status $?"; }
[ -s "$dir/out/report.html" ] || fail "no page"
grep -q '<script' "$dir/out/report.html" && fail "a script on the page"
[ "$(grep -c '<h2>' "$dir/out/report.html")" -ge 8 ] || fail "sections are missing"
awk -F, '$1 == "pairwise" { exit !($4 > .9) }' "$dir/out/found.csv" || fail "people not found: $(cat "$dir/out/found.csv")"
awk -F, 'NR > 1 && $2 != $3 + $4 + $5 { exit 1 }' "$dir/out/account.csv" || fail "rows are lost"
awk -F, 'NR > 1 && $2 > before && NR > 2 { exit 1 } { before = $2 }' "$dir/out/funnel.csv" || fail "a funnel that widens"
grep -q 'the page:' "$dir/said" || fail "no summary"
