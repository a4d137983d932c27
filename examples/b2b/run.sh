#!/bin/sh
# Gated content to leads, by sector and region, to the pipeline, to who stays. From the exports of the made-up tea shop.
# usage: run.sh [OUT [PEOPLE]]    (default: ./b2b, 2000; kith in PATH)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-b2b}
mkdir -p "$out/raw"
cd "$out"
say() { printf '\n== %s\n' "$*"; }
cc -O2 -std=c17 "$here/../campaign/generate.c" -o generate -lm
./generate raw "${2:-2000}"

say "1. The CRM's leads, one each: who is there twice is found and counted once"
kith ingest read -q --schema "$here/crm.schema" --source crm --account crm.account --rejects crm.rejects raw/crm.csv -o crm.csv
kith report view crm.account
kith dedupe fit -q --id record_id --drop source,customer,consent,account_id,sector,stage,deal crm.csv -o people.model
kith dedupe resolve -q --id record_id -m people.model crm.csv |
    kith segment where -q 'not missing(email) and email != "noemail@example.org" and not missing(stage)' | # what the till makes people type
    kith dedupe rows -q -k person_id | kith dedupe rows -q -k email -o leads.csv

say "2. Who asked for a paper behind the form: one row per lead, with what they read"
kith segment where -s email,sector,stage true leads.csv | awk -f "$here/papers.awk" >papers.csv
kith report table -g email -a 'papers=count,kinds=distinct(paper),pages=sum(pages),last_paper=max(ts)' papers.csv |
    kith ingest join -q -k email --left leads.csv - |
    kith segment derive --replace -e 'papers = coalesce(number(papers), 0)' -e 'pages = coalesce(number(pages), 0)' -e 'kinds = coalesce(number(kinds), 0)' \
        -e 'came_far = stage in ("offer", "won")' |
    kith segment rules -q --rules "$here/segments.csv" --sizes sizes.csv -o people.csv
kith report view sizes.csv
kith ingest join -q -k email papers.csv people.csv |
    kith report table -g sector,segment -a 'leads=distinct(email),requests=count,pages=mean(pages)' -o content.csv
kith report view content.csv

say "3. Who will come as far as an offer: learnt, tested on people it has not seen, and explained"
kith score fit lead -q --outcome came_far -s person_id,sector,country,papers,kinds,pages,came_far --cv mod:5 --cv-report lead.cv people.csv -o lead.model
kith score apply -q -m lead.model people.csv -o scored.csv
kith segment where 'stage in ("new", "contacted", "meeting")' scored.csv | kith ingest sort -k -lead_score --top 10 -o call_first.csv
kith report view -s sector,city,stage,papers,pages,lead_score,lead_reason call_first.csv

say "4. The pipeline by sector and by region: shares with intervals, against a target"
kith report pipeline --stages new,contacted,meeting,offer,won -g sector --value deal --target 'won=.1' people.csv -o pipeline.sector.csv
kith report pipeline --stages new,contacted,meeting,offer,won -g segment --value deal --target 'won=.1' people.csv -o pipeline.region.csv
kith segment where 'stage == "won"' pipeline.region.csv | kith report view -s segment,persons,accounts,conversion,low,high,value,target_reached

say "5. Who stays: cohorts of buyers month by month, and each sector's first buyers a quarter later"
kith ingest read -q --schema "$here/../campaign/shop.schema" --source shop raw/shop.tsv |
    kith ingest join -q -k email - leads.csv -o orders.csv
kith report retention --period month orders.csv -o cohorts.csv
kith report plot cohorts.csv
echo
for sector in homes hotels offices retail; do
    kith segment where "sector == \"$sector\"" orders.csv | kith report retention --period quarter |
        kith segment derive -e "sector = \"$sector\"" | kith segment where 'cohort == "2026-Q1" and period == 1'
done | awk 'NR == 1 || !/^cohort/' >stay.csv
kith report view -s sector,persons,share,amount stay.csv
