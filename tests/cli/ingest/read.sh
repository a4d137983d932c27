# ingest read: dialects and faults, the account, rejects, schemas, several files, strict, the bars where the data are at hand.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 | cut -c1-200 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
read="kith-ingest read"

# what is regular passes untouched, quotes and all, from a file, a pipe, gzip and zstd
printf 'id,note\n1,"a, ""b"""\n2,"two\nlines"\n3,plain\n' >t.csv
$read t.csv >got; same got t.csv "regular"
$read <t.csv >got; same got t.csv "pipe"
gzip -c t.csv >t.gz; $read t.gz >got; same got t.csv "gzip"
zstd -q -c t.csv >t.zst && { $read t.zst >got; same got t.csv "zstd"; }
printf '\357\273\277id,note\r\n1,a\r\n' >b.csv; printf 'id,note\n1,a\n' >want; $read b.csv >got; same got want "bom, crlf"
# two tables in one file: the first is read, and the second is counted, said, and there for the asking
printf 'a,b\n1,2\n3,4\n\nx,y,z\n5,6,7\n8,9,10\n' >stacked.csv
$read stacked.csv >got 2>said; printf 'a,b\n1,2\n3,4\n' >want; same got want "the first of two tables"
grep -q '3 of other tables' said || fail "the other table is not said"
$read --skip 3 stacked.csv >got; printf 'x,y,z\n5,6,7\n8,9,10\n' >want; same got want "the second table"
# files put behind one another, whose header is quoted the second time: no row, where the scanner takes stretches of them too
awk 'BEGIN { print "id,name"; for (i = 1; i <= 40000; i++) { if (i == 20000) print "\"id\",\"name\""; print i ",n" i } }' >behind.csv
sed '/^"id"/d' behind.csv >want; $read behind.csv >got 2>said; same got want "a header that comes again in quotes"
grep -q '1 repeated header' said || fail "the repeated header is not told of"
awk -v q="'" -F, 'NR == 1 || /^"/ { gsub("\"", q); print $1 ";" $2; next } { print $1 ";" q $2 q }' behind.csv >other.csv; $read other.csv >got 2>said; tr ';' , <got >got2; same got2 want "a header that comes again in other quotes"
# whatever the quotes, the escapes and the delimiter were, what comes out is quoted where it must be, by the same rules
printf 'id,name,n\n1,"a, b",2\n2,"it\047s ""c""",3\n3,d,4\n' >want
for dialect in ",'" ";'" "|'" ',\' ';\' ';"'; do
    awk -v d="${dialect%?}" -v m="${dialect#?}" 'BEGIN { q = m == "\047" ? m : "\""; e = m == "\\" ? m : q; s = "a, b|it\047s \"c\"|d"; n = split(s, v, "|"); print "id" d "name" d "n"
        for (i = 1; i <= n; i++) { x = ""; for (k = 1; k <= length(v[i]); k++) { c = substr(v[i], k, 1); x = x (c == q ? e c : c) } print i d q x q d i + 1 } }' >dialect.csv
    $read dialect.csv >got; sed 's/"d"/d/' got >got2; same got2 want "the dialect $dialect"
done
# empty, header only, no header, the mark of failure
: >empty.csv; $read empty.csv >got; [ ! -s got ] || fail "something from nothing"
status 3 $read --strict empty.csv
printf 'a,b\n' >head.csv; $read head.csv >got; same got head.csv "header only"
printf '1,x\n2,y\n3,z\n' >bare.csv; printf '1,2\n1,x\n2,y\n3,z\n' >want; $read bare.csv >got; same got want "numbered columns"
$read --header as-is bare.csv >got; same got bare.csv "as is"
printf 'a,b\n1,2\n"!kith failed: kith-x: it broke' >broken.csv; status 3 $read broken.csv; grep -q '!kith failed' out.txt || fail "the mark is not passed on"
status 3 $read nofile.csv
if [ -w /dev/full ]; then set +e; $read t.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
printf "id,note\n1,'a, b'\n2,plain\n" >single.csv; printf 'id,note\n1,"a, b"\n2,plain\n' >want
$read --quote "'" single.csv >got; same got want "a quote that is said"
printf 'id,note\n1,"a\n2,b"\n' >raw.csv; printf 'id,note\n1,"""a"\n2,"b"""\n' >want; $read --quote none raw.csv >got; same got want "no quotes"
printf 'id,note\n1,"a \\"b\\", c"\n2,plain\n' >escaped.csv; printf 'id,note\n1,"a ""b"", c"\n2,plain\n' >want; $read --quote '"' --escape '\' escaped.csv >got; same got want "an escape that is said"
$read --escape doubled t.csv >got; same got t.csv "doubled quotes"
printf 'id,note\n1,\000a,b\000\n2,plain\n' >nul.csv; printf 'id,note\n1,"a,b"\n2,plain\n' >want; $read --quote '\0' nul.csv >got; same got want "NUL as a quote"
status 2 $read --quote ab t.csv; grep -q 'one character, or none' err.txt || fail "--quote"
status 2 $read --escape no t.csv; grep -q 'one character, or doubled' err.txt || fail "--escape"
for most in some -1 101% % nan 5%%; do status 2 $read --max-rejects "$most" t.csv; done
status 2 $read --encoding klingon t.csv
status 2 $read --region ZZ t.csv
# rejects with their places, and the account
printf 'id,name,amt\n1,a,2\n2,b\n"3","c\nd",4\n5,e,6,7\nTotal,,19\n' >r.csv
$read --rejects rej.csv --account acc.csv r.csv >got 2>err.txt
printf 'id,name,amt\n1,a,2\n"3","c\nd",4\n' >want; same got want "rows"
printf 'file,line,byte,column,code,value,raw\nr.csv,3,18,,too_few_fields,,"2,b"\nr.csv,6,34,,too_many_fields,,"5,e,6,7"\n' >want; same rej.csv want "rejects"
printf 'file,rows_in,rows_out,rejected,dropped\nr.csv,5,2,2,1\n' >want; same acc.csv want "account"
$read r.csv 2>err.txt >/dev/null; grep -q 'r.csv:3: too few fields: rejected' err.txt || fail "places on standard error"
status 3 $read --max-rejects 1 r.csv
status 3 $read --max-rejects 10% r.csv
status 0 $read --max-rejects 2 r.csv
status 3 $read --strict r.csv
# a schema: renaming, types, rules; what is decided per column
printf 'column,type,from,required,unique,min,max,values,pattern,transform,role\nid,integer,Nr,yes,yes,1,,,,,id\nborn,date,Geburtstag,,,1900-01-01,,,,,\namount,money,Betrag,,,,,,,,\nmail,email,E-Mail,,,,,,,,\nphone,phone,,,,,,,,,\nkind,text,,,,,,a|b,,lower,\n' >s.csv
printf 'Nr;Geburtstag;Betrag;E-Mail;phone;kind;rest\n1;3/4/1980;1.234,50;Ada@X.ORG;030 123456;A;x\n2;30/4/1980;7,5;;+1 202 555 0143;b;y\n2;1/1/1990;1;;;b;dup\n4;4/30/1980;1;;;b;order\n5;;;no;;b;mail\n;;;;;;none\n7;;;;;c;\n' >p.csv
$read --schema s.csv --region DE --rejects rej.csv p.csv >got 2>err.txt
printf 'id,born,amount,mail,phone,kind,rest\n1,1980-04-03,1234.50,ada@x.org,+4930123456,a,x\n2,1980-04-30,7.5,,+12025550143,b,y\n' >want; same got want "schema"
cut -d, -f4,5 rej.csv | tr '\n' ' ' >got; printf 'column,code id,duplicate born,not_a_date mail,not_an_email id,missing kind,not_allowed ' >want; same got want "reasons"
$read --schema s.csv --explain p.csv | grep -q 'habit born,dmy,"2 values only day first' && fail "one value was enough?" || true
$read --schema s.csv --explain p.csv | grep -q 'habit born' || fail "no habit is explained"
printf 'column,type\nid,integer\nborn,date\n' >d.csv
printf 'id,born\n1,3/4/2026\n' >amb.csv; $read --schema d.csv amb.csv 2>err.txt >/dev/null; grep -q 'day or month first' err.txt || fail "ambiguity is not said"
$read --schema d.csv --region US amb.csv -q | grep -q '1,2026-03-04' || fail "the region does not decide"
printf 'column,required\nidd,yes\n' >m.csv; status 3 $read --schema m.csv t.csv; grep -q 'did you mean id' err.txt || fail "no nearest column"
printf 'column,type\nid,integr\n' >m.csv; status 3 $read --schema m.csv t.csv; grep -q 'm.csv:2.*integer' err.txt || fail "no nearest type"
printf 'column,pattern\nid,^(a+)+$\n' >m.csv; awk 'BEGIN { printf "id,x\n"; for (i = 0; i < 3000; i++) printf "a"; print "!,1" }' >evil.csv; status 0 $read --schema m.csv evil.csv
printf 'id,name\n1,M\303\203\302\274ller\n2,Bo\n' >twice.csv; $read twice.csv 2>err.txt >got; same got twice.csv "left as it is"; grep -q 'encoded twice' err.txt || fail "not announced"
$read --repair double-utf8 twice.csv 2>err.txt >got; printf 'id,name\n1,Müller\n2,Bo\n' >want; same got want "double utf-8"; grep -q '1 values were' err.txt || fail "repair not announced"
{ printf 'id,born\n'; i=0; while [ $i -lt 30 ]; do echo "$i,3/4/2026"; i=$((i + 1)); done; echo 31,4/30/2026; } >late.csv
$read --two-pass --schema d.csv late.csv 2>/dev/null | sed -n 2p | grep -q '0,2026-03-04' || fail "two-pass"
# several files, aligned by name
printf 'id,name\n1,a\n' >one.csv; printf 'name;id;extra\nb;2;z\n' >two.csv
printf 'id,name,extra,source,record_id\n1,a,,one.csv,1\n2,b,z,two.csv,1\n' >want; $read one.csv two.csv >got; same got want "aligned"
$read one.csv - <two.csv --source first --source second | tail -1 >got; echo '2,b,z,second,1' >want; same got want "source names"
# columns that are called source or record_id: what an earlier reading gave is kept; anything else is in the way, and said to be
$read --source shop one.csv >a.csv; $read --source web two.csv >b.csv
printf 'id,name,source,record_id,extra\n1,a,shop,1,\n2,b,web,1,z\n' >want; $read a.csv b.csv >got; same got want "two outputs of read keep their source and record_id"
printf 'id,name,extra,source,record_id\n1,a,,x,1\n2,b,z,y,1\n' >want; $read --replace --source x --source y a.csv b.csv >got; same got want "--replace"
status 3 $read --source x --source y a.csv b.csv; grep -q "there is a column 'source' already: --replace .*; a schema" err.txt || fail "a source in the way: $(cat err.txt)"
printf 'id,source\n7,newsletter\n' >visit.csv # of a visit
status 3 $read visit.csv one.csv; grep -q "column 'source'" err.txt || fail "the source of a visit"
status 3 $read --source web visit.csv; status 0 $read visit.csv; same out.txt visit.csv "one file keeps its own source"
status 3 $read a.csv visit.csv one.csv
printf 'id,record_id\n7,12\n' >numbered.csv; status 3 $read one.csv numbered.csv; grep -q "column 'record_id'" err.txt || fail "a record_id in the way"
printf 'id,source,record_id,name\n7,visit.csv,1,\n1,one.csv,1,a\n' >want; $read --replace visit.csv one.csv | kith where -s id,source,record_id,name >got; same got want "--replace of one of two"
printf 'column,from\nid,\nvisit_source,source\n' >v.schema; printf 'id,visit_source,source,record_id\n7,newsletter,visit.csv,1\n' >want
$read --schema v.schema --source visit.csv visit.csv >got; same got want "a schema gives it another name"
# what --on-error says of rows that cannot be used; limits that are none are refused
status 3 $read --on-error stop r.csv; grep -q 'r.csv:3: too few fields$' err.txt || fail "stop: $(cat err.txt)"
grep -q max-rejects err.txt && fail "stop speaks of an option that was not said"
$read --on-error skip --account acc.csv r.csv >got 2>err.txt; printf 'id,name,amt\n1,a,2\n"3","c\nd",4\n' >want; same got want "skip"
grep -q '2 rows left out (--on-error skip)' err.txt && ! grep -q reject err.txt || fail "skip: $(cat err.txt)"
printf 'file,rows_in,rows_out,rejected,dropped\nr.csv,5,2,0,3\n' >want; same acc.csv want "skipped rows are dropped"
status 3 $read --max-rejects 1 r.csv; grep -q 'r.csv:6: more than 1 rows rejected (--max-rejects)' err.txt || fail "--max-rejects: $(cat err.txt)"
for none in 0 -1 .5 101% many; do status 2 $read --max-rejects $none r.csv; status 2 kith where --max-rejects $none one.csv; done
for how in stop skip; do status 2 $read --on-error $how --max-rejects 5 r.csv; done
# a large file: blocks and records alone give the same, in place or from a pipe; a broken row in the middle is mended or set aside
awk 'BEGIN { print "id,day,code,x,note"; for (i = 0; i < 40000; i++) printf "%d,%02d/01/2026,AB-%04d,%.2f,%s\n", i, 1 + i % 28, i % 10000, i / 7, i % 20 ? "some text" : "\"quoted, \"\"text\"\"\nover lines\"" }' >big.csv
$read big.csv >got; same got big.csv "large"
cat big.csv | $read >got; same got big.csv "large, piped"
awk '{ print } NR == 30000 { print "x" }' big.csv >bad.csv; $read bad.csv 2>/dev/null >got; same got big.csv "large with a fault"
$read -D ';' big.csv | $read >got; same got big.csv "there and back"
awk 'BEGIN { print "id;name;note"; for (i = 0; i < 20000; i++) printf "%d;\047it\047\047s; a %d\047;%s\n", i, i, i % 50 ? "plain \"q\" text" : "\047two\nlines\047" }' >single.csv
awk 'BEGIN { print "id,name,note"; for (i = 0; i < 20000; i++) printf "%d,it\047s; a %d,%s\n", i, i, i % 50 ? "\"plain \"\"q\"\" text\"" : "\"two\nlines\"" }' >want; $read single.csv >got; same got want "single quotes"
sed 's/$/\r/' one.csv >cr.csv; $read cr.csv >got; same got one.csv "crlf"
data="$KITH_SOURCE/../shared/data/ingest"
[ -d "$data" ] || { echo "SKIP: the polluted files are not here"; exit 0; }
for f in "$data"/csv-test-data/csv/bad-*.csv; do
    case $f in *bad-header*) status 3 $read --strict --schema "$KITH_SOURCE/tests/cli/ingest/foo-bar-baz.schema" "$f" ;; *) status 3 $read --strict "$f" ;; esac
done
status 3 $read "$data/faults/truncgz.csv.gz"
$read "$data/faults/utf16.csv" >got; printf 'id,name,amt\n1,élève,2\n2,c,3\n' >want; same got want "utf-16"
$read "$data/faults/ok.csv" >got; same got "$data/faults/ok.csv" "ok"
$read "$data/faults/wide.csv" >got; same got "$data/faults/wide.csv" "wide"
python3 "$KITH_SOURCE/../shared/acceptance/pollock_score.py" "$data/pollock" 'kith-ingest read --header as-is {}' >got
awk '{ exit !($4 >= .6 * $2 && $6 > 9.96 && $8 > 9.60) }' got || { cat got >&2; fail "polluted files"; }
# a schema that names more columns than there are: empty ones, said, the nearest with them; numbers that could be read two ways
printf 'column,type\nid,integer\nprice,number\nsize,number\ncolour,text\n' >more.csv
printf 'id,price,siz\n1,"1,234",2\n2,"2,345",3\n' >fewer.csv
status 0 $read --schema more.csv fewer.csv; printf 'id,price,size,colour,siz\n1,1234,,,2\n2,2345,,,3\n' >want; same out.txt want "columns that are not there"
grep -q 'no column "size": it stays empty (did you mean siz? name it in `from`)' err.txt || fail "a missing column is not said"
grep -q 'no column "colour": it stays empty$' err.txt || fail "a missing column without a neighbour"
grep -q 'price: 1.234 or 1,234: thousands or decimals? no value decides: read with a decimal point' err.txt || fail "ambiguous numbers"
status 3 $read --strict --schema more.csv fewer.csv; grep -q 'fewer.csv: no column "size" (--strict)' err.txt || fail "strict, a missing column"
printf 'column,type\nid,integer\n' >one.csv; status 3 $read --strict --schema one.csv fewer.csv
grep -q 'fewer.csv: a column that the schema does not name: price (--strict)' err.txt || fail "strict, a column too many"
$read --quote "$(printf '\001')" --explain t.csv | grep -q '^t.csv,quote,0x01,' || fail "a quote that cannot be printed"
