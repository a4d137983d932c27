# ingest check: verdicts, statuses, examples, failing rows; empty and faulty inputs.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 | cut -c1-200 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
check="kith-ingest check"

printf 'id,born,mail,kind,net,tax,gross\n1,2001-02-03,a@b.co,x,1,.1,1.1\n2,2002-02-03,,y,.1,.2,.3\n3,2003-02-03,c@d.co,x,2,2,4\n' >good.csv
printf 'column,type,from,required,unique,min,max,values,pattern,transform,role\nid,integer,,yes,yes,1,,,,,id\nborn,date,,,,1990-01-01,2010-12-31,,,,\nmail,email,,,yes,,,,.*@.*[.]co,,\nkind,text,,,,,,x|y,,,\n' >s.csv
status 0 $check --schema s.csv -k id,kind --sum gross=net+tax --total gross=5.4 --ordered id --ordered born --min-rows 3 --max-rows 3 --fresh born=30d --until 2003-03-01 good.csv
[ "$(grep -c ',ok$' out.txt)" = 19 ] || { cat out.txt; fail "verdicts"; }
grep -q '^fresh,born,3,0,0,,ok' out.txt || { grep fresh out.txt >&2; fail "fresh data have no example"; }
printf 'id,born\n1,\n' >never.csv; status 1 $check --fresh born=30d --until 2026-01-01 never.csv; grep -q '^fresh,born,0,0,0,,fail' out.txt || { cat out.txt >&2; fail "no date at all"; }
cat good.csv | status 0 $check --schema s.csv
printf 'id,born,mail,kind,net,tax,gross\n1,2001-02-03,a@b.co,x,1,1,2\n1,1980-02-03,a@b.co,z,1,1,3\n,2002-02-30,nope,x,,,\nx,2001-01-01,q@r.st,y,1,,1\n5,2001-01-01\n' >bad.csv
status 1 $check --schema s.csv --sum gross=net+tax --failing f.csv bad.csv
cat >want <<'EOF'
rule,column,rows,failures,share,example,verdict
records,,5,1,0.2,too_few_fields,fail
type,id,3,1,0.3333333333333333,x,fail
required,id,4,1,0.25,,fail
unique,id,3,1,0.3333333333333333,1,fail
min,id,2,0,0,,ok
type,born,4,1,0.25,2002-02-30,fail
min,born,3,1,0.3333333333333333,1980-02-03,fail
max,born,3,0,0,,ok
type,mail,4,1,0.25,nope,fail
unique,mail,4,1,0.25,a@b.co,fail
pattern,mail,3,1,0.3333333333333333,q@r.st,fail
values,kind,4,1,0.25,z,fail
sum,gross,4,1,0.25,3,fail
EOF
same out.txt want "failures"
[ "$(head -2 f.csv | tail -1)" = "3,unique,id,1,1980-02-03,a@b.co,z,1,1,3" ] || fail "failing rows"
printf 'id\n1\n3\n' >ids.csv
status 1 $check --ref id=ids.csv:id good.csv; grep -q '^ref,id,3,1,.*,2,fail' out.txt || fail "ref"
status 0 $check --ref id=good.csv:id ids.csv
status 1 $check --fresh born=30d --until 2026-01-01 good.csv; grep -q '^fresh,born,3,3,1,2003-02-03' out.txt || fail "fresh"
status 1 $check --ordered -id good.csv
status 1 $check --total gross=5 good.csv; grep -q ',5.4,fail' out.txt || fail "total"
status 0 $check --total gross=5 --tolerance .5 good.csv
status 0 $check --total gross=good.csv:gross good.csv
status 1 $check --min-rows 4 good.csv
# files behind one another have the same columns; a sum over what is no number fails; a reference with a broken record is none
printf 'a,b,c\n3,1,2\n' >one.csv; printf 'a,b,c\n5,2,3\n6,x,1\n' >two.csv; printf 'a,b,d\n5,2,3\n' >other.csv
status 1 $check --sum a=b+c one.csv two.csv; grep -q '^sum,a,3,1,0.3333333333333333,x,fail' out.txt || { cat out.txt >&2; fail "a sum with a text"; }
status 3 $check --sum a=b+c one.csv other.csv; grep -q 'other.csv: its columns are not those of one.csv' err.txt || fail "other columns"
printf 'id,x\n1,a\n3\n2,b\n' >refs.csv; status 3 $check --ref id=refs.csv:id good.csv; grep -q 'refs.csv:3: too few fields' err.txt || fail "a broken reference"
# empty, header only, not there, nearest names, statuses
status 3 $check --schema s.csv /dev/null
printf 'id,born,mail,kind\n' >head.csv; status 0 $check --schema s.csv head.csv
printf 'idd,born,mail,kind\n1,,,\n' >named.csv; status 1 $check --schema s.csv named.csv; grep -q '^column,id,0,1,1,,fail' out.txt || fail "a column that is not there"
status 3 $check -k idd good.csv; grep -q 'did you mean id' err.txt || fail "nearest"
status 3 $check nofile.csv
status 2 $check --sum gross good.csv
status 2 $check --fresh born=soon good.csv
if [ -w /dev/full ]; then set +e; $check good.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
