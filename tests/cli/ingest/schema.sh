# ingest schema: types and rules, and that read and check accept what it writes.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 | cut -c1-200 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

awk 'BEGIN { print "id,email,phone,last_name,born,seen,code,kind,price,share,zip,active,lat,note"
    for (i = 1; i <= 60; i++) printf "%d,p%d@x.org,+1 202 555 01%02d,Smith%s,%d/%d/1980,2026-01-%02d 10:00:00,AB-%04d,%s,$%d.50,%.2f,0%d,%s,48.%d,%s\n",
    i, i, i, i % 2 ? "son" : "", 1 + i % 12, 1 + i % 28, 1 + i % 28, i, i % 3 ? "a" : "b", i, i / 7 - 2, 2000 + i, i % 2 ? "yes" : "no", i, i % 5 ? "some words " i : "" }' >t.csv
kith-ingest schema --region US t.csv >s.csv
cat >want <<'EOF'
column,type,from,required,unique,min,max,values,pattern,transform,role
id,integer,,yes,yes,0,,,,,id
email,email,,yes,yes,,,,,,
phone,phone,,yes,yes,,,,,,
last_name,name,,yes,,,,,,,
born,date,,yes,,,,,,mdy,
seen,datetime,,yes,,,,,,,
code,text,,yes,yes,,,,[A-Z]{2}\-\d{4},,
kind,text,,yes,,,,a|b,,,
price,money,,yes,,0,,,,,
share,number,,yes,,,,,,,
zip,postcode,,yes,,,,,,,
active,boolean,,yes,,,,,,,
lat,place,,yes,,,,,,,lat
note,text,,,,,,,,,
EOF
same s.csv want "schema"
status 0 kith-ingest check --schema s.csv --region US t.csv
status 0 kith-ingest read --strict --schema s.csv --region US t.csv
[ "$(sed -n 2p out.txt)" = "1,p1@x.org,+12025550101,Smithson,1980-02-02,2026-01-02T10:00:00Z,AB-0001,a,1.50,-1.86,02001,1,48.1,some words 1" ] || { sed -n 2p out.txt; fail "normal forms"; }
cat t.csv | kith-ingest schema --region US >got; same got want "pipe"
status 3 kith-ingest schema /dev/null
# a telephone needs both the name and the values
awk 'BEGIN { print "id,ref,phone"; for (i = 11; i < 60; i++) printf "%d,030 1234%d%d,n%d\n", i, i, i, i }' >t2.csv
kith-ingest schema t2.csv | cut -d, -f1,2 | tr '\n' ' ' >got; [ "$(cat got)" = "column,type id,integer ref,text phone,text " ] || { cat got >&2; fail "telephones"; }
printf 'a,b\n' >head.csv; printf 'column,type,from,required,unique,min,max,values,pattern,transform,role\na,text,,,,,,,,,\nb,text,,,,,,,,,\n' >want; kith-ingest schema head.csv >got; same got want "header only"
status 3 kith-ingest schema nofile.csv
status 2 kith-ingest schema t.csv t.csv
if [ -w /dev/full ]; then set +e; kith-ingest schema t.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
# texts of more than 64 bytes have no shape, however alike they are; those of 64 have one
awk 'BEGIN { print "id,short,long"; for (i = 0; i < 60; i++) printf "%d,%s%024d,%s%025d\n", i, "abcdefghijklmnopqrstuvwxyzabcdefghijklmn", i, "abcdefghijklmnopqrstuvwxyzabcdefghijklmn", i }' >shapes.csv
kith-ingest schema shapes.csv >got; awk -F, '$1 == "short" || $1 == "long" { print $1 "," ($9 != "") }' got >shapes; printf 'short,1\nlong,0\n' >want; same shapes want "shapes of long texts"
