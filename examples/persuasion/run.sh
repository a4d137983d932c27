#!/bin/sh
# Who is worth a conversation, and who had decided anyway: an experiment, what it teaches, two nights of offers under a budget.
# usage: run.sh [OUT]    (default: ./persuasion; kith in PATH)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-persuasion}
mkdir -p "$out"
cd "$out"
say() { printf '\n== %s\n' "$*"; }
crowd() { awk -v seed="$2" -v people="$3" -v first="$4" -v truth="$1.truth" -f "$here/crowd.awk" >"$1.csv"; } # NAME SEED PEOPLE FIRST
worth=40 # what one more customer is worth

say "1. A fair deal: half of the spring crowd hears from us, and nobody can foresee who"
crowd spring 1 12000 0
(umask 077 && echo 'a secret that nobody else knows' >key) # your own: head -c 32 /dev/urandom | base64 >key
kith segment assign -q --key-file key --arms control=.5,word=.5 --experiment spring \
    --balance age,visits,years,newsletter --balance-report balance.csv spring.csv -o dealt.csv
kith ingest join -q -k person_id dealt.csv spring.truth |
    kith segment derive -e 'outcome = if(treatment == 1, with, without)' |
    kith segment where -s '!with,!without' true -o spring.outcome.csv # one world only: the other is never seen

say "2. Did it work? First the split (srm), then an interval that holds however often one looks (msprt, sequence)"
kith report experiment --metric outcome --planned 12000 spring.outcome.csv -o experiment.csv
kith report view experiment.csv

say "3. Whom does it move? Not those who are likeliest to buy: they had decided"
kith score fit uplift -q --drop consent,arm --cv-report uplift.cv spring.outcome.csv -o uplift.model
kith segment where 'treatment == 0' spring.outcome.csv | kith score fit lead -q --drop consent,arm,treatment -o lead.model
crowd monday 2 4000 20000
kith score apply -q -m uplift.model -m lead.model monday.csv -o monday.scored.csv
kith report table -g uplift_group -a 'people=count,effect=mean(uplift_score),buys_anyway=mean(lead_score)' monday.scored.csv -o groups.csv
kith report view groups.csv

say "4. Monday's offers for 1000: to those likeliest to buy, and to those whom it moves"
cat >offers.csv <<CSV
offer,channel,value,cost,capacity,when
word,letter,uplift_score * $worth,1,,uplift_score > 0
word,call,uplift_score * $worth * 4,3,300,uplift_score > 0
CSV
sed "s/uplift_score \* [0-9]*/lead_score * $worth/; s/uplift_score > 0//" offers.csv >offers.likely.csv
kith score offer -q --offers offers.csv --budget 1000 monday.scored.csv -o monday.plan.csv
kith score offer -q --offers offers.likely.csv --budget 1000 monday.scored.csv -o monday.likely.csv

# What the contacts of a plan brought, with and without us: the truth that only a made-up world tells.
brought() { # PLAN TRUTH
    kith ingest join -q -k person_id "$1" "$2" | kith report table -a "contacts=count,cost=sum(cost),more_customers=sum(with)" - -o with.part
    kith ingest join -q -k person_id "$1" "$2" | kith report table -a 'customers_anyway=sum(without)' - -o without.part
    paste -d, with.part without.part | kith segment derive -e "moved = more_customers - customers_anyway" \
        -e "won = moved * $worth - cost" | kith segment where -s 'contacts,cost,customers=more_customers,anyway=customers_anyway,moved,won' true
}
{
    brought monday.likely.csv monday.truth | kith segment derive -e 'plan = "Monday: the likeliest buyers"'
    brought monday.plan.csv monday.truth | kith segment derive -e 'plan = "Monday: whom it moves"' | tail -n +2
} >won.csv

say "5. What Monday teaches: a call was thought to do four times what a letter does"
kith ingest join -q -k person_id monday.plan.csv monday.truth | kith ingest join -q -k person_id - monday.scored.csv |
    kith segment derive -e "outcome = (with - lead_score) * $worth" | # what came, less what would have come anyway
    kith score update -q -o learned.model
grep -E 'letter|call|factor|low|high' learned.model

say "6. Tuesday's offers, with and without what Monday taught"
crowd tuesday 3 4000 30000
kith score apply -q -m uplift.model -m lead.model tuesday.csv -o tuesday.scored.csv
kith score offer -q --offers offers.csv --budget 1000 tuesday.scored.csv -o tuesday.plan.csv
kith score offer -q --offers offers.csv --budget 1000 --learned learned.model tuesday.scored.csv -o tuesday.better.csv
{
    brought tuesday.plan.csv tuesday.truth | kith segment derive -e 'plan = "Tuesday: as on Monday"' | tail -n +2
    brought tuesday.better.csv tuesday.truth | kith segment derive -e 'plan = "Tuesday: having learned"' | tail -n +2
} >>won.csv
kith report view -s plan,contacts,cost,customers,anyway,moved,won won.csv
