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
# several conditions hold together; nothing found is a negative answer; a wrong call is usage
[ "$(kith why person_id=p1 spent=12.25 portraits.csv | wc -l)" = 2 ]
if kith why person_id=p9 portraits.csv >out 2>err; then exit 1; else [ $? = 1 ]; fi
if kith why portraits.csv >out 2>err; then exit 1; else [ $? = 2 ]; fi
if kith why --most 1 person_id=p1 records.csv >out 2>err; then exit 1; else [ $? = 3 ]; fi
