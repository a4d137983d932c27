#!/bin/sh
# The B2B story: rows are accounted for, a lead is there once, the segments cut them up, the pipeline and the cohorts add up.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
rm -rf out && sh "$KITH_SOURCE/examples/b2b/run.sh" out >said 2>err || { cat err >&2; fail "status $?"; }
cd out
[ "$(tail -n +2 crm.account)" = raw/crm.csv,2347,2342,4,1 ] || fail "the account: $(cat crm.account)"
leads=$(kith report table -a n=count leads.csv | tail -n 1)
[ "$leads" -gt 1600 ] && [ "$leads" -lt 1850 ] || fail "$leads leads"
[ "$(kith segment where -s email true leads.csv | sort | uniq -d)" = "" ] || fail "a lead twice"
# every lead has the first segment that holds: large hotels and offices, then the regions
awk -F, 'NR > 1 { n += $5; first += $6 } END { exit !(NR == 5) }' sizes.csv || fail "$(cat sizes.csv)"
for by in sector region; do
    # at each group's first stage all have been reached; who stands at a stage adds up to all; the intervals hold the shares
    kith segment where -s 'stage,persons,reached,conversion,low,high,target_reached' true pipeline.$by.csv |
        awk -F, -v leads="$leads" 'NR == 1 { next } $1 == "new" { all += $3 } { stand += $2; if ($4 < $5 || $4 > $6) bad = 1 }
            $1 == "won" { if ($7 != ($5 >= .1 ? "yes" : $6 < .1 ? "no" : "open")) bad = 1 } END { exit bad || NR != 21 || all != leads || stand != leads }' || fail "the pipeline by $by: $(cat pipeline.$by.csv)"
done
awk -F, '$2 == "auc" { n++; sum += $3 } END { exit !(n == 5 && sum / n > .7 && sum / n < .9) }' lead.cv || fail "the scores: $(grep auc lead.cv)"
kith segment where -s stage,lead_score true call_first.csv | awk -F, 'NR > 1 { if ($1 == "offer" || $1 == "won" || (NR > 2 && $2 > before)) bad = 1; before = $2 } END { exit bad || NR != 11 }' || fail "the calls: $(cat call_first.csv)"
# cohorts: each starts whole, never more than it was; all who bought are in one
kith segment where -s 'cohort,period,persons,share' true cohorts.csv | awk -F, 'NR > 1 { if ($2 == 0) { size[$1] = $3; if ($4 != 1) bad = 1 } if ($3 > size[$1]) bad = 1; rows++ } END { exit bad || rows != 45 }' || fail "the cohorts"
buyers=$(kith report table -a 'n=distinct(person_id)' orders.csv | tail -n 1)
[ "$(kith segment where 'period == 0' cohorts.csv | kith report table -a 'n=sum(persons)' | tail -n 1)" = "$buyers" ] || fail "a buyer is lost"
[ "$(wc -l <stay.csv)" -eq 5 ] || fail "$(cat stay.csv)"
