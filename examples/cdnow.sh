#!/bin/sh
# The main job on real input: CDNOW's customers, from the raw text to what they will buy and whether they did.
#
#     examples/cdnow.sh DIR [OUT]
#
# DIR holds CDNOW_sample.txt (or CDNOW_master.txt): fixed blanks, no header: id, id in the sample, yyyymmdd, units, amount. It is
# found at brucehardie.com/datasets, or inside the Python package lifetimes. OUT (default: ./cdnow) gets every table, the
# model and report.html. Fader, Hardie & Lee 2005 print the parameters: r .243, alpha 4.414, a .793, b 2.426.
set -eu
dir=${1:?usage: cdnow.sh DIR [OUT]}
out=${2:-cdnow}
until=1997-09-30 # the end of the first 39 weeks; the holdout is the 39 weeks behind it
command -v kith >/dev/null || { echo "cdnow.sh: kith is not in PATH (build it, then PATH=build:\$PATH)" >&2; exit 2; }
who=2
raw=$dir/CDNOW_sample.txt
[ -r "$raw" ] || { raw=$dir/CDNOW_master.txt; who=1; }
[ -r "$raw" ] || { echo "cdnow.sh: $dir: no CDNOW_sample.txt and no CDNOW_master.txt" >&2; exit 2; }
mkdir -p "$out"

# 1. ingest: names and types for five nameless columns; every row accounted for. (The master's rows have four.)
units=$([ $who = 2 ] && echo 4 || echo 3) amount=$([ $who = 2 ] && echo 5 || echo 4) day=$([ $who = 2 ] && echo 3 || echo 2)
cat >"$out/cdnow.schema" <<SCHEMA
column,type,from,required
person_id,text,$who,yes
ts,date,$day,yes
units,integer,$units,
amount,number,$amount,yes
SCHEMA
kith ingest read -q --schema "$out/cdnow.schema" --rejects "$out/rejects.csv" --account "$out/account.csv" "$raw" >"$out/events.csv"
kith report view "$out/account.csv"

# 2. RFM at the end of the 39 weeks
kith segment rfm --until $until --transaction day "$out/events.csv" >"$out/rfm.csv"

# 3. the fit: BG/NBD for purchases, Gamma-Gamma for amounts; what lies behind --until is compared with the prediction
kith score fit value --method bgnbd --spend gammagamma --until $until "$out/events.csv" >"$out/value.model"
kith segment where 'part in ("fit", "param")' -s part,name,value "$out/value.model" | kith report view -

# 4. scores for every customer, beside their RFM
kith score summary --until $until "$out/events.csv" |
    kith score apply -m "$out/value.model" --horizon 39 --discount 0 |
    kith ingest join -k person_id - "$out/rfm.csv" >"$out/scores.csv"

# 5. predicted against actual: week by week, by purchases so far, in sum
{
    echo week,expected,actual
    awk -F, '$1 == "track" { split($2, a, ":"); if (a[2] == "expected") e[a[1]] = $3; else print a[1] "," e[a[1]] "," $3 }' "$out/value.model"
} >"$out/weeks.csv"
kith segment where "ts > $until" "$out/events.csv" |
    kith report table -g person_id -a 'bought=distinct(ts),spent=sum(amount)' >"$out/holdout.csv"
kith ingest join -k person_id --left "$out/scores.csv" "$out/holdout.csv" |
    kith segment derive -e 'repeats = if(value_x >= 7, "7 and more", text(value_x))' -e 'actual = coalesce(bought, 0)' \
        -e 'paid = coalesce(spent, 0)' >"$out/compared.csv"
kith report table -g repeats -a 'customers=count,predicted=mean(value_expected),actual=mean(actual),worth=mean(value_clv),paid=mean(paid)' \
    "$out/compared.csv" >"$out/by_repeats.csv"
{
    echo measure,value
    awk -F, '$1 == "holdout" { print $2 "," $3 }' "$out/value.model"
} >"$out/measures.csv"
kith report view "$out/measures.csv"
kith report view "$out/by_repeats.csv"
kith report plot --kind line --x week --y expected,actual "$out/weeks.csv"
kith ingest sort -k -value_clv --top 20 "$out/scores.csv" |
    kith segment where -s person_id,value_x,value_m,value_alive,value_expected,value_clv,rfm_r,rfm_f,rfm_m >"$out/best.csv"

# 6. the page
cat >"$out/page.spec" <<'SPEC'
file,heading,text,kind,x,y
weeks.csv,Cumulative repeat purchases,The model saw the first 39 weeks.,line,week,"expected,actual"
by_repeats.csv,The 39 weeks behind: by repeat purchases before,Means per customer.,bars,repeats,"predicted,actual"
measures.csv,How well it predicts,,,,
best.csv,The twenty customers worth most,,,,
SPEC
(cd "$out" && kith report page --title 'CDNOW: what customers will buy' --spec page.spec -o report.html \
    --provenance "value.model=kith score fit value --method bgnbd --spend gammagamma --until $until")
echo "the page: $out/report.html"
