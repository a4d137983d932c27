# ingest mask: each kind, the report, ends and errors; the same bytes for threads, blocks, file and pipe.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
check() { kith-ingest mask "$@" >got 2>err.txt || { cat err.txt >&2; fail "$*"; }; same got want "$*"; }

printf 'an example of a secret key\n' >key; chmod 600 key
printf 'email,born,lat,pay,zip,note\nann@x.org,1980-05-17,48.8566,41250,75011,"a, b"\nAnn@X.org ,2000-02-29T23:59:59Z,-0.05,-1500,é123,\n,,,,,z\n' >t.csv
# HMAC-SHA-256 by an independent implementation: hmac.new(key, b"mask\0ann@x.org", sha256)
printf 'email,born,lat,pay,zip,note\n2b9871caae1c941e97e26a20d0905fd2,1980-01-01,48.9,41000,75,"a, b"\n' >want
kith-ingest mask --pseudonym email --fold-case --key-file key --dates born=year --places lat=.1 --amounts pay=1000 --truncate zip=2 t.csv >got
head -2 got | sed 's/^[0-9a-f]\{32\}/P/' >got1; sed 's/^[0-9a-f]\{32\}/P/' want >want1; same got1 want1 "all kinds"
[ "$(sed -n 2p got | cut -d, -f1)" = "$(sed -n 3p got | cut -d, -f1)" ] || fail "folded case"
[ "$(sed -n 2p got | cut -c1-8)" = 2b9871ca ] || fail "HMAC-SHA-256"
[ "$(sed -n 3p got | cut -d, -f2-)" = '2000-01-01,-0.1,-2000,é1,' ] || fail "the second row: $(sed -n 3p got)"
[ "$(sed -n 4p got)" = ',,,,,z' ] || fail "missing values"
for period in quarter:1980-04-01 month:1980-05-01 week:1980-05-12 day:1980-05-17 hour:1980-05-17T00:00:00Z; do
    [ "$(kith-ingest mask --dates "born=${period%%:*}" t.csv | sed -n 2p | cut -d, -f2)" = "${period#*:}" ] || fail "$period"
done
[ "$(kith-ingest mask --truncate zip=-2 t.csv | sed -n 2p | cut -d, -f5)" = 11 ] || fail "the last characters"
kith-ingest mask --pseudonym email --key-file key --domain other t.csv | sed -n 2p | grep -q '^2b9871ca' && fail "domains"
printf 'born,zip\n1980-01-01,75011\n2000-01-01,é123\n,\n' >want; check --drop email,lat,pay,note --dates born=year t.csv
# the report
printf 'a,b,v\n1,x,1\n1,x,2\n1,y,3\n2,x,4\n2,x,5\n2,x,6\n' >g.csv
cp g.csv want; check --groups a,b --report r.csv g.csv
printf 'rows,groups,smallest,unique,k,rows_below_k\n6,3,1,1,5,6\n' >want; same r.csv want report
status 1 kith-ingest mask --groups a,b --least 2 g.csv; grep -q '1 rows are in groups of fewer than 2' err.txt || fail "--least"; same out.txt g.csv "rows of a negative answer"
status 0 kith-ingest mask --groups a --least 3 g.csv
# what would mask nothing, check nothing or mask in the other of two ways is refused
status 2 kith-ingest mask g.csv; grep -q 'nothing to mask' err.txt || fail "no mask"
status 2 kith-ingest mask --truncate a=1 --least 5 g.csv; grep -q 'go with --groups' err.txt || fail "--least without --groups"
status 2 kith-ingest mask --truncate a=1 --amounts a=2 g.csv; grep -q 'column a is to be masked in two ways' err.txt || fail "two masks"
status 0 kith-ingest mask --drop a g.csv
# empty inputs and errors
status 3 kith-ingest mask --truncate a=1 /dev/null
printf 'a,b\n' >want; check --truncate a=1 --groups b want
status 2 kith-ingest mask --pseudonym email t.csv
status 3 kith-ingest mask --pseudonym email --key-file nokey t.csv
status 3 kith-ingest mask --pseudonym emial --key-file key t.csv; grep -q email err.txt || fail "nearest name"
status 2 kith-ingest mask --dates born=era t.csv
status 2 kith-ingest mask --amounts pay=0 t.csv
status 3 kith-ingest mask --dates note=year t.csv; grep -q 't.csv:2: note: not a date' err.txt || fail "the place of a bad date"
printf 'a,b\n1\n' >ragged.csv; status 3 kith-ingest mask --truncate a=1 ragged.csv
if [ -w /dev/full ]; then set +e; kith-ingest mask --truncate zip=2 t.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
printf 'email,born,lat,pay,zip,note\nAnn@X.org ,2000-02-29T23:59:59Z,-0.05,-1500,é123,\n' >want; check --dates note=year --on-error skip t.csv
awk 'BEGIN { srand(2); print "id,ts,v"; for (i = 0; i < 40000; i++) printf "c%d,2026-%02d-%02d,%.3f\n", rand() * 3000, 1 + rand() * 12, 1 + rand() * 28, rand() * 1e4 }' >big.csv
set -- --pseudonym id --key-file key --dates ts=month --amounts v=25 --groups ts,v
kith-ingest mask "$@" --report want.r big.csv >want
for block in 4096 100000; do for j in 1 3; do KITH_BLOCK=$block check "$@" -j $j --report got.r big.csv; same got.r want.r "report"; done; done
kith-ingest mask -q "$@" <big.csv >got; same got want pipe
