#!/bin/sh
# Five systems of a museum, one portrait per person: read and checked, matched, told apart, the same tomorrow, and what comes next.
# usage: run.sh [OUT [PEOPLE]]    (default: ./portraits, 3000; kith in PATH)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-portraits}
mkdir -p "$out/raw"
cd "$out"
say() { printf '\n== %s\n' "$*"; }
cc -O2 -std=c17 "$here/five.c" -o five -lm
./five raw "${2:-3000}"

# One source's export, read by its schema, as rows of one shape: who, when, what, worth what. END is "" or the second night's ".2".
one() { # SOURCE FILE END EVENT DERIVE-OPTION...
    source=$1 file=raw/$2$3 end=$3 event=$4
    shift 4
    kith ingest read -q --region AT --schema "$here/$source.schema" --source "$source" --account "$source.account$end" --rejects "$source.rejects$end" "$file" -o "$source.csv$end"
    kith segment derive --replace -e "event = '$event'" -e "record_id = source + '$end:' + record_id" "$@" "$source.csv$end" |
        kith segment where -s '/^(record_id|source|ts|event|amount|product|given|family|email|phone|postcode|town|born|consent)$/' true -o "$source.rows"
}
night() { # END: all five, below each other
    one members members.csv "$1" joined
    one shop shop.tsv "$1" bought -e 'given = match(name, /^(.*) \S+$/, 1)' -e 'family = match(name, /(\S+)$/, 1)'
    one letter letter.csv "$1" subscribed -e 'family = match(name, /^(.*), /, 1)' -e 'given = match(name, /, (.*)$/, 1)'
    one visits visits.txt "$1" visited -e 'given = match(name, /^(.*) \S+$/, 1)'
    one gifts gifts.csv "$1" gave -e 'family = match(name, /^(\S+) /, 1)' -e 'given = match(name, / (.*)$/, 1)'
    kith ingest read -q members.rows shop.rows letter.rows visits.rows gifts.rows -o "rows.csv$1"
}

say "1. Five exports, five dialects: every record accounted for, and is it true?"
night ""
{ head -n 1 members.account; for s in members shop letter visits gifts; do tail -n 1 $s.account; done; } >account.csv
kith report view account.csv
kith report table -g file,column,code -a rows=count visits.rejects | kith report view # phones that said 0, 0: in the sea off Africa
kith ingest check -q --total amount=raw/gifts.total:gifts gifts.csv -o check.csv # the bank's rows and the treasurer's sum
kith report view check.csv

say "2. Who is who? Learnt from the records alone, then judged by the truth that only a made-up world has"
kith dedupe fit --id record_id --source source --drop ts,event,amount,product,consent rows.csv -o people.model
kith dedupe resolve --id record_id -m people.model rows.csv -o who.csv
kith segment derive -e 'id = match(source, /^\w+/) + if(night == 2, ".2:", ":") + record_id' raw/truth.csv | kith segment where -s 'record_id=id,who' true -o truth.csv
kith ingest join -q -k record_id who.csv truth.csv | kith dedupe eval --id record_id --truth who -o found.csv
kith report view found.csv

say "3. A surprising link: one person under two surnames. Why? And why are these two of the same name not one?"
# shellcheck disable=SC2046 # four ids
set -- $(kith segment where -s person_id,record_id,source,given,family,postcode,born 'source in ("members", "shop")' who.csv | awk -f "$here/pairs.awk")
kith dedupe explain --picture --id record_id -m people.model --left "$1" --right "$2" rows.csv
echo
kith dedupe explain --picture --id record_id -m people.model --left "$3" --right "$4" rows.csv

say "4. One portrait each: every value with the source it was taken from"
portraits() { kith dedupe portrait --sources members,letter,shop,visits,gifts --keep source --until "$1" "$2" -o "$3"; } # UNTIL ROWS OUT
portraits 2026-12-30 who.csv portraits.csv
kith report table -g sources -a 'people=count,amount=sum(amount)' portraits.csv -o sources.csv
kith report view sources.csv
kith segment where 'sources == 5' portraits.csv | kith ingest sort -k -amount,person_id --top 1 -o somebody.csv
kith report view --tall somebody.csv

say "5. The next night: new rows join the people of yesterday, who keep their ids"
night .2
kith dedupe resolve --id record_id -m people.model --known who.csv --log changes.csv rows.csv.2 -o who.2.csv
kith ingest join -q -k record_id --add person_id who.csv who.2.csv |
    kith segment derive -e 'kept = if(person_id == person_id_right, "kept", "changed")' | kith report table -g kept -a records=count -o kept.csv
kith report view kept.csv

say "6. What each is worth, what is to be expected, and what comes next"
portraits 2026-12-31 who.2.csv portraits.2.csv
kith segment where -s person_id,ts,event,amount 'not missing(amount)' who.2.csv -o paid.csv
kith score fit value -q --spend gammagamma --until 2026-12-31 paid.csv -o value.model
kith score fit next -q --window 60d who.2.csv -o next.model
kith segment fit rfm -q portraits.2.csv -o rfm.model
kith segment paths -q --channel event --conversion gave who.2.csv | kith segment where -s person_id,path true -o paths.csv
kith ingest join -q -k person_id portraits.2.csv paths.csv | kith segment apply -q -m rfm.model |
    kith score apply -q -m value.model -m next.model --horizon 13 -o scored.csv
kith report table -g next_action -a 'people=count,sure=mean(next_probability),days=p50(next_days),worth=mean(value_clv)' scored.csv -o next.csv
kith report view next.csv
kith segment where -s given,family,family_source,postcode,sources,rfm_m,value_alive,value_clv,next_action,next_probability 'next_action == "gave" and not missing(value_clv)' scored.csv |
    kith ingest sort -k -value_clv --top 5 -o thank.csv
kith report view thank.csv
kith report page --title 'From five systems to one portrait' --intro 'What five systems of a museum know of the same people. The museum, its friends and their gifts are made up.' \
    'What came in=account.csv' 'Found against the truth=found.csv' 'Next actions=next.csv' 'Whom to thank first=thank.csv' --provenance 'Commands=examples/portraits/run.sh' -o report.html
