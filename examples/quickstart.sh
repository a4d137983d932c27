#!/bin/sh
# The main job on the example campaign: from its raw exports to a summary in the terminal and one page of HTML.
#
#     examples/quickstart.sh [OUT [PEOPLE]]
#
# Installs what is missing (tests/setup.sh), builds, makes the exports of a tea shop's campaign (examples/campaign), and takes them
# through ingest, dedupe, segment, score and report. OUT (default: ./quickstart) gets every table, the models and report.html.
set -eu
out=${1:-quickstart}
here=$(cd "$(dirname "$0")/.." && pwd)
build=${KITH_BUILD:-} # a folder with the programs; none: they are built
if [ -z "$build" ]; then
    build=$here/build/quickstart
    sh "$here/tests/setup.sh" build
    echo "== building"
    cmake -S "$here" -B "$build" -G Ninja >/dev/null
    ninja -C "$build" kith kith-ingest kith-dedupe kith-segment kith-score kith-report | tail -n 1
fi
PATH=$build:$PATH
mkdir -p "$out/raw"
cc -O2 -std=c17 "$here/examples/campaign/generate.c" -o "$out/generate" -lm
"$out/generate" "$out/raw" "${2:-2000}"
cd "$out"
until=2026-06-30 # the campaign starts on the day after

say() { printf '\n== %s\n' "$*"; }

say "ingest: four exports, four dialects, every row accounted for"
cat >crm.schema <<'CSV'
column,type,from,required
customer,text,Customer,yes
given,text,First name,
family,text,Last name,
email,email,E-mail,
phone,text,Phone,
postcode,text,Postcode,
city,text,City,
country,text,Country,
born,date,Born,
consent,boolean,Consent,
account_id,text,Account,
sector,text,Sector,
stage,text,Stage,
deal,money,Deal value,
CSV
cat >shop.schema <<'CSV'
column,type,from,required
order,text,Order,yes
ts,datetime,Placed,yes
email,email,Customer e-mail,
name,text,Name,
product,text,Product,
units,integer,Units,
amount,money,Paid,yes
CSV
cat >web.schema <<'CSV'
column,type,from,required
email,email,email,
ts,datetime,time,yes
event,text,event,yes
channel,text,channel,
campaign,text,campaign,
product,text,product,
amount,number,amount,
CSV
cat >social.schema <<'CSV'
column,type,from,required
handle,text,handle,yes
ts,datetime,posted,yes
text,text,text,
reach,integer,reach,
CSV
for name in crm shop web social; do
    raw=raw/$name.csv
    [ -e "$raw" ] || raw=raw/$name.tsv
    kith ingest read -q --schema $name.schema --source "$name" --account $name.account --rejects $name.rejects "$raw" -o $name.csv
done
{ head -n 1 crm.account; for name in crm shop web social; do tail -n +2 $name.account; done; } >account.csv
kith report view account.csv

say "dedupe: who is who in the CRM, learnt from the records alone"
kith dedupe fit -q --id record_id --drop source,customer,consent,account_id,sector,stage,deal crm.csv -o people.model
kith dedupe resolve -q --id record_id -m people.model crm.csv -o records.csv
kith segment where -s 'record_id=record,true_id' 'source == "crm.csv"' raw/truth.csv |
    kith ingest join -q -k record_id records.csv - |
    kith dedupe eval --truth true_id -o found.csv
kith report view found.csv

say "segment and score: what each buyer will do (orders up to $until)"
kith segment where -s email,person_id,account_id,sector,city 'not missing(email)' records.csv | kith dedupe rows -q -k email -o known.csv
kith ingest join -q -k email shop.csv known.csv -o orders.csv
kith segment rfm --until $until orders.csv -o rfm.csv
kith score fit value -q --spend gammagamma --until $until orders.csv -o value.model
kith score summary -q --until $until orders.csv | kith score apply -q -m value.model --horizon 13 |
    kith ingest join -q -k person_id - rfm.csv -o scores.csv
kith ingest sort -k -value_expected --top 10 scores.csv -o best.csv
kith report view -s person_id,value_x,value_alive,value_expected,value_clv,rfm_recency,rfm_monetary best.csv

say "report: did it work"
kith report table -g sector,product -a 'orders=count,buyers=distinct(person_id),revenue=sum(amount)' orders.csv -o revenue.csv
kith report pipeline --stages new,contacted,meeting,offer,won -g sector --value deal --target 'won=.1' records.csv -o pipeline.csv
kith segment where -q 'email != "bot@crawler.example" and not missing(email)' web.csv -o visits.csv
kith report funnel --id email --steps visit,view,cart,buy --window 7d visits.csv -o funnel.csv
kith report retention --period month orders.csv -o cohorts.csv
kith segment derive -e 'day = date(ts)' visits.csv | kith report table -g day -a 'visits=count' -o days.csv
kith report experiment --arm arm --control control --metric outcome,spend --covariate spend_before raw/arms.csv -o experiment.csv
kith report plot funnel.csv
echo
kith report plot --title 'effect of e-mail and call, with 95 % intervals' experiment.csv
kith report page --title 'Autumn campaign' --intro 'From the raw exports of a tea shop to what its campaign changed. The shop, its people and its figures are made up.' \
    'What came in=account.csv' 'Who is who: found against the truth=found.csv' 'Leads by sector and stage=pipeline.csv' 'Orders by sector and product=revenue.csv' 'The way to an order=funnel.csv' \
    'Who comes back=cohorts.csv' 'Visits by day=days.csv' 'What the campaign changed=experiment.csv' 'Buyers worth most=best.csv' \
    --provenance 'Commands=examples/quickstart.sh' -o report.html
echo
echo "the page: $out/report.html"
