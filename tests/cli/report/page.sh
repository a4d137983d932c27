# report page: self-contained, escaped, reproducible, with provenance; a spec of sections.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export SOURCE_DATE_EPOCH=1790000000
fail() { echo "FAILED: $*" >&2; exit 1; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

printf 'region,revenue\nN,12\n"<script>alert(1)</script>",7\n"</svg><img src=x onerror=y>",3\n' >b.csv
printf 'step,persons,share,from_previous\ncart,200,1,\npaid,50,.25,.25\n' >who_came.csv
kith-report page --title '</title><script>x' --intro '<b>' 'What <i>=b.csv' who_came.csv --provenance 'Command=a > b' -o p.html
for bad in '<script' '<img' '<i>' '<b>' 'javascript:' 'http://[^w]' 'https://' '@import' 'url('; do
    grep -q -e "$bad" p.html && fail "the page holds $bad"
done
grep -q "default-src 'none'" p.html || fail "no content security policy"
grep -q '<h2>who came</h2>' p.html || fail "heading from the file"
grep -q 'b.csv: 3 rows' p.html && grep -q 'a &gt; b' p.html && grep -q '2026-09-21T' p.html || fail "provenance"
[ "$(grep -c '<svg' p.html)" = 4 ] || fail "two drawings a table"
kith-report page --title '</title><script>x' --intro '<b>' 'What <i>=b.csv' who_came.csv --provenance 'Command=a > b' -j 3 >q.html; cmp -s p.html q.html || fail "not reproducible"
printf 'file,heading,text,kind,x,y\nb.csv,Regions,Some words,dots,region,revenue\nwho_came.csv,,,table,,\n' >spec.csv
kith-report page --spec spec.csv >s.html; [ "$(grep -c '<svg' s.html)" = 2 ] || fail "spec"; grep -q 'Some words' s.html || fail "spec text"
kith-report page <b.csv | grep -q '<svg' || fail "standard input"
printf 'a,b\n' | kith-report page | grep -q '<table' || fail "header only"
awk 'BEGIN { print "n,m"; for (i = 0; i < 50; i++) print i "," i * i }' >n.csv; kith-report page --rows 10 n.csv | grep -q '40 more rows' || fail "rows left out in silence"
printf 'n,m\n1,1\n10,100\n100,10000\n' >tens.csv; printf 'file,kind,x,y,log\ntens.csv,line,n,m,xy\n' >log.csv
kith-report page --spec log.csv >got; printf 'file,kind,x,y,log\ntens.csv,line,n,m,\n' >flat.csv; kith-report page --spec flat.csv >flat
# a square: a straight line on both logarithms, a bend without
bend() { sed -n 's/.*<path[^>]* d="M\([^"]*\)".*/\1/p; s/.*<polyline[^>]*points="\([^"]*\)".*/\1/p' "$1" | head -n 1 | tr 'L, ' '   ' | awk 'NF == 6 { d = ($3 - $1) * ($6 - $2) - ($5 - $1) * ($4 - $2); print (d > 100 || d < -100) ? "bend" : "straight" }'; }
[ "$(bend got) $(bend flat)" = 'straight bend' ] || fail "logarithms: $(bend got) $(bend flat)"
status 3 kith-report page -o none.html /dev/null; [ ! -e none.html ] || fail "a page of a failed run"
status 3 kith-report page nosuch.csv
printf 'file,kind\nb.csv,pie\n' >bad.csv; status 3 kith-report page --spec bad.csv; grep -q 'bad.csv:2' err.txt || fail "spec's place"
if [ -w /dev/full ]; then status 4 sh -c 'kith-report page b.csv >/dev/full'; fi
# the policy knows the one style by its digest, and allows no other
grep -q unsafe p.html && fail "the policy allows any style"
grep -q ' style=' p.html && fail "a style that the policy forbids"
[ "$(grep -c '<style' p.html)" = 1 ] || fail "styles"
octal=$(sed -n 's/.*<style>\(.*\)<\/style>.*/\1/p' p.html | tr -d '\n' | sha256sum | cut -c1-64 | awk '{ for (i = 1; i < 64; i += 2) printf "\\%03o", (index("123456789abcdef", substr($0, i, 1)) * 16 + index("123456789abcdef", substr($0, i + 1, 1))) }')
digest=$(printf "$octal" | base64)
grep -qF "style-src 'sha256-$digest'" p.html || fail "not the style's digest: $digest"
# any number of tables; numbers under each other by their points; pictures say what they show
set --; for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do set -- "$@" b.csv; done
kith-report page "$@" >many.html; [ "$(grep -c '<h2>b</h2>' many.html)" = 20 ] || fail "twenty tables"
printf 'k,v\na,1.25\nb,-3\nc,10.5\n' | kith-report page >d.html
grep -q -- '-3<span>.00</span></td>' d.html && grep -q '10.5<span>0</span></td>' d.html && grep -q '1.25</td>' d.html || fail "decimals"
grep -q '<p class="what">v by k</p>' d.html || fail "what the picture shows"
# several measures of the same things are a table, not the first of them as bars; so is a model
printf 'f,in,out,lost\na,3,2,1\nb,4,4,0\n' | kith-report page | grep -q '<svg' && fail "bars of one measure of three"
printf 'part,name,value\nfit,rows,3\nfit,r2,.9\n' | kith-report page | grep -q '<svg' && fail "a picture of a model"
# a table behind a picture is not printed when it is long
awk 'BEGIN { print "n,m"; for (i = 0; i < 60; i++) print i "," i * i }' | kith-report page | grep -q '<details class="long">' || fail "a long table"
