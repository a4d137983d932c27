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
ratios=$(awk -F'|' '/^\| [a-z]+ \| [.0-9]/ { gsub(/ /, ""); if ($2 != "start") { n = n "|" $2; r = r "|" $5 } } END { print n "|"; print r "|" }' "$KITH_SOURCE/tests/bench/README.md")
for row in $ratios; do
    tr -d ' ' <"$KITH_SOURCE/README.md" | grep -qxF -- "$row" || { echo "the README's table of speed is not the bench's: $row"; exit 1; }
done
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
