#!/bin/sh
# The story of the five sources: rows are accounted for and add up, people are found and told apart, portraits name their sources,
# ids stay, and scores stand on them.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
rm -rf out && sh "$KITH_SOURCE/examples/portraits/run.sh" out >said 2>err || { cat err >&2; fail "status $?"; }
cd out
value() { kith segment where -s "$2" "$3" "$1" | tail -n 1; } # FILE COLUMN CONDITION
# 1. in = out + rejected + dropped; only check-ins at 0, 0 are rejected; the bank's sum is the treasurer's, and a wrong one is found
awk -F, 'NR > 1 { if ($2 != $3 + $4 + $5) bad = 1; if (($4 > 0) != ($1 == "raw/visits.txt")) bad = 1; n++ } END { exit bad || n != 5 }' account.csv || fail "$(cat account.csv)"
[ "$(grep -c '|0|0$' raw/visits.txt)" = "$(value account.csv rejected 'file == "raw/visits.txt"')" ] || fail "check-ins at 0, 0"
[ "$(value check.csv verdict 'rule == "total"')" = ok ] || fail "$(cat check.csv)"
printf 'gifts\n1\n' >wrong
status=0; kith ingest check -q --total amount=wrong:gifts gifts.csv >/dev/null || status=$?
[ "$status" = 1 ] || fail "a sum that is wrong: $status"
# the five orders of day, month and year: what an independent reader makes of the first rows
[ "$(awk -F'\t' 'NR == 4 { split($2, d, "[/ ]"); print d[3] "-" d[1] "-" d[2] }' raw/shop.tsv)" = "$(awk -F, 'NR == 2 { print substr($2, 1, 10) }' shop.csv)" ] || fail "a date of the shop"
[ "$(awk -F'|' 'NR == 2 { split($4, d, "[/ ]"); print d[3] "-" d[2] "-" d[1] }' raw/visits.txt)" = "$(kith segment where -s ts true visits.csv | awk 'NR == 2 { print substr($0, 1, 10) }')" ] || fail "a date of the visits"
# 2. found against the truth
awk -F, '$1 == "pairwise" { exit !($2 > .97 && $3 > .85) }' found.csv || fail "$(cat found.csv)"
# 3. the pairs asked about: one is joined, the other is not
awk '/^probability/ { p[++n] = $2 } END { exit !(n == 2 && p[1] > .99 && p[2] < .01) }' ../said || fail "explained: $(grep ^probability ../said)"
# 4. a portrait a person; each value's source is one in which the person has it; the sums are the rows'
persons=$(kith report table -a 'n=distinct(person_id)' who.csv | tail -n 1)
[ "$(kith report table -a n=count portraits.csv | tail -n 1)" = "$persons" ] || fail "portraits"
kith segment where -s 'person_id,source=email_source,email' 'not missing(email)' portraits.csv >claimed.csv
kith ingest join -q --anti -k person_id,source,email claimed.csv who.csv | tail -n +2 | head -n 1 | grep . && fail "an address that its source does not have"
[ "$(kith report table -a 'n=sum(amount)' portraits.csv | tail -n 1)" = "$(kith report table -a 'n=sum(amount)' who.csv | tail -n 1)" ] || fail "the sums of the portraits"
# 5. ids stay: all but the merged ones
changed=$(kith report table -a 'n=sum(records)' changes.csv | tail -n 1)
[ "$(value kept.csv records 'kept == "changed"')" = "$changed" ] && [ "$changed" -lt 50 ] || fail "ids: $(cat kept.csv)"
# 6. scores on the portraits; who is thanked is expected to give
[ "$(kith report table -a n=count scored.csv | tail -n 1)" = "$(kith report table -a n=count portraits.2.csv | tail -n 1)" ] || fail "scores"
kith segment where -s value_clv,next_action true thank.csv | awk -F, 'NR > 1 { if ($2 != "gave" || (NR > 2 && $1 > before)) bad = 1; before = $1 } END { exit bad || NR != 6 }' || fail "$(cat thank.csv)"
grep -q '<h2>Whom to thank first</h2>' report.html || fail "the page"
# what the README says of this run
awk -v n="$persons" 'BEGIN { exit !(n > 3350 && n < 3550) }' || fail "$persons persons, not some 3,450"
[ "$(kith ingest join -q -k record_id who.csv truth.csv | kith report table -a 'n=distinct(who)' | tail -n 1)" = 2972 ] || fail "people in truth"
for figure in 2972 "$(value account.csv rejected 'file == "raw/visits.txt"')" "$(kith report table -a n=count rows.csv | tail -n 1)"; do
    tr -d , <"$KITH_SOURCE/examples/portraits/README.md" | grep -qw "$figure" || fail "the README does not say $figure"
done
