#!/bin/sh
# kith why: from a portrait's person and from a figure to the raw lines.
set -eu
printf 'some shop, exported\n\nid;name;paid\n1;Ana;"5,00"\n2;Ben;"6,50"\n3;Ana;"7,25"\n' >raw_shop.csv
kith ingest read -q --source shop raw_shop.csv -o shop.csv
cp raw_shop.csv shop.raw
awk -F, 'NR == 1 { print $0 ",person_id"; next } { print $0 "," ($2 == "Ana" ? "p1" : "p2") }' shop.csv >records.csv
printf 'person_id,spent\np1,12.25\np2,6.5\n' >portraits.csv
printf 'part,name,value\nmodel,kind,value\nmodel,version,1\nparam,r,0.5\nfit,rows,3\n' >m.model
kith why person_id=p1 portraits.csv records.csv shop.raw -m m.model >why.csv
[ "$(head -n 1 why.csv)" = step,file,line,because,row ]
grep -q '^0,portraits.csv,2,asked for,' why.csv
[ "$(grep -c '^0,records.csv,' why.csv)" = 2 ]
grep -q '^1,shop.raw,4,the record as it came,' why.csv
grep -q '^1,shop.raw,6,the record as it came,' why.csv
[ "$(grep -c shop.raw why.csv)" = 2 ]
grep -q 'm.model,,the model: fit rows,3' why.csv
mkdir -p year.2026 # a source is called by its file's name, in whichever folder the file lies
cp shop.raw year.2026
kith why person_id=p1 ./portraits.csv ./records.csv year.2026/shop.raw -m m.model | sed -e 's/,year.2026\//,/' -e 's/^\([0-9]*\),\.\//\1,/' | cmp - why.csv
# several conditions hold together; nothing found is a negative answer; a wrong call is usage
[ "$(kith why person_id=p1 spent=12.25 portraits.csv | wc -l)" = 2 ]
if kith why person_id=p9 portraits.csv >out 2>err; then exit 1; else [ $? = 1 ]; fi
if kith why portraits.csv >out 2>err; then exit 1; else [ $? = 2 ]; fi
if kith why --most 1 person_id=p1 records.csv >out 2>err; then exit 1; else [ $? = 3 ]; fi
# a cell of a table, a person's row of rfm, a channel's of an attribution, and an offer with its row in the list: each down to the events
printf 'person_id,ts,region,channel,event,amount\np1,2026-01-02,R1,mail,visit,\np1,2026-01-03,R1,web,buy,10\np2,2026-01-04,R2,web,buy,5\n' >events.csv
kith report table -q -g region,channel -a 'revenue=sum(amount)' events.csv >table.csv
kith why region=R1 channel=web table.csv events.csv >why.csv
grep -q '^0,table.csv,3,asked for,"R1,web,10"' why.csv && grep -q '^0,events.csv,3,asked for,' why.csv
kith segment rfm -q --id person_id --ts ts --amount amount --on-error skip events.csv >rfm.csv
kith why person_id=p2 rfm.csv events.csv >why.csv
grep -q '^0,rfm.csv,' why.csv && grep -q '^0,events.csv,4,' why.csv
kith segment paths -q --conversion buy --amount amount events.csv >paths.csv
kith report attribution -q --path path --conversions conversions --value value --nulls nulls --models linear paths.csv >attribution.csv
kith why channel=mail attribution.csv paths.csv events.csv >why.csv
grep -q '^0,attribution.csv,' why.csv && grep -q '^0,paths.csv,2,asked for,' why.csv && grep -q '^1,events.csv,3,the same person_id,' why.csv
[ "$(grep -c ',p2' why.csv)" = 0 ]
printf 'offer,channel,value,cost\nvoucher,mail,20,1\nhello,web,5,1\n' >offers.csv
printf 'person_id,offer,channel,value,cost,propensity\np1,voucher,mail,20,1,1\np2,hello,web,5,1,1\n' >contacts.csv
kith why person_id=p1 offer=voucher contacts.csv offers.csv events.csv >why.csv
grep -q '^0,contacts.csv,2,asked for,' why.csv && grep -q '^1,offers.csv,2,the offer,' why.csv && grep -q '^1,events.csv,2,' why.csv
[ "$(grep -c 'offers.csv' why.csv)" = 1 ]
