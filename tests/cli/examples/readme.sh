#!/bin/sh
# The README's pipe prints what the README shows, and its table of verbs is the program's.
set -eu
cc -O2 -std=c17 "$KITH_SOURCE/examples/campaign/generate.c" -o generate -lm
mkdir -p raw
./generate raw 2000
cp "$KITH_SOURCE/examples/campaign/shop.schema" .
awk '/^```/ { n++; next } n == 1' "$KITH_SOURCE/README.md" >pipe.sh
awk '/^```/ { n++; next } n == 3' "$KITH_SOURCE/README.md" >expected
COLUMNS=100 sh pipe.sh >got
diff expected got
for family in ingest dedupe segment score report; do
    for verb in $("kith-$family" --list | awk -F, 'NR > 1 && $3 == "" { split($2, w, " "); print w[1] }' | sort -u); do
        grep -q "^| \`$family\` |.*\`$verb\`" "$KITH_SOURCE/README.md" || { echo "the README does not list $family $verb"; exit 1; }
    done
    for verb in $(grep "^| \`$family\` |" "$KITH_SOURCE/README.md" | cut -d'|' -f3 | grep -oE '`[a-z]+`' | tr -d '`'); do
        "kith-$family" --list | awk -F, -v v="$verb" 'NR > 1 && $3 == "" { split($2, w, " "); if (w[1] == v) found = 1 } END { exit !found }' || { echo "the README lists $family $verb, which is not there"; exit 1; }
    done
done

# its figures are those of the bench's last table, and on the public data, where they lie beside the project, those that the script prints today
awk -F'|' '{ gsub(/ /, "") }
    FNR == NR { if ($2 ~ /^[a-z-]+$/ && $3 ~ /^[.0-9]/) bench[$2] = $5; next }
    /^\|count\|/ { n = split($0, id, "|"); next }
    n && /^\|[.0-9]/ { for (i = 2; i < n; i++) if ($i == "" || $i != bench[id[i]]) { print "the README says " $i " of " id[i] ", the bench " bench[id[i]]; bad = 1 } seen = 1; n = 0 }
    END { if (!seen) print "the README has no table of speed"; exit bad || !seen }' "$KITH_SOURCE/tests/bench/README.md" "$KITH_SOURCE/README.md"
if [ -e "$KITH_SOURCE/../shared/data/value/CDNOW_sample.txt" ] && [ -z "${KITH_SANITIZE:-}" ]; then
    sh "$KITH_SOURCE/tests/accuracy.sh" >figures
    while IFS= read -r row; do
        grep -qxF -- "$row" "$KITH_SOURCE/README.md" || { echo "the README's table of accuracy says something else: $row"; exit 1; }
    done <figures
else
    echo "left out: the public data are not beside the project, or these are the sanitizers' programs"
fi
# its links lead somewhere
grep -oE '\]\([^)#]+\)' "$KITH_SOURCE/README.md" | tr -d '])(' | while read -r link; do
    [ -e "$KITH_SOURCE/$link" ] || { echo "the README links $link, which is not there"; exit 1; }
done
