# The example campaign: the same bytes twice, every file there, the encodings they say, another seed other people.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
cc -O1 -std=c17 -Wall -Wextra -Werror "$KITH_SOURCE/examples/campaign/generate.c" -o "$dir/generate" -lm
mkdir "$dir/a" "$dir/b" "$dir/c"
"$dir/generate" "$dir/a" 300 && "$dir/generate" "$dir/b" 300 && "$dir/generate" "$dir/c" 300 2
for f in crm.csv web.csv shop.tsv social.csv places.csv arms.csv friends.csv promises.csv offers.csv truth.csv truth_people.csv; do
    [ -s "$dir/a/$f" ] || fail "$f is not there"
    cmp -s "$dir/a/$f" "$dir/b/$f" || fail "$f differs from run to run"
done
cmp -s "$dir/a/crm.csv" "$dir/c/crm.csv" && fail "another seed gives the same people"
iconv -f cp1252 -t utf-8 "$dir/a/crm.csv" >"$dir/crm" && grep -q 'ü\|é' "$dir/crm" || fail "crm.csv is not Windows-1252"
iconv -f utf-16 -t utf-8 "$dir/a/social.csv" >/dev/null || fail "social.csv is not UTF-16"
iconv -f utf-8 -t utf-8 "$dir/a/web.csv" >/dev/null || fail "web.csv is not UTF-8"
[ "$(tail -n +2 "$dir/a/truth_people.csv" | wc -l)" = 300 ] || fail "people"
status=0; "$dir/generate" 2>/dev/null || status=$?; [ "$status" = 2 ] || fail "usage"
