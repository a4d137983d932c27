# ingest join: kinds, names, time and place, errors; the same bytes for threads, blocks, file and pipe, memory and parts.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
check() { kith-ingest join -q "$@" >got; same got want "$*"; }

printf 'id,v\n1,a\n2,b\n,c\n3,d\n2,"e,e"\n' >l.csv
printf 'id,v,w\n2,x,10\n1,y,20\n2,"z""",30\n,q,40\n' >r.csv
printf 'id,v,v_right,w\n1,a,y,20\n2,b,x,10\n2,b,"z""",30\n2,"e,e",x,10\n2,"e,e","z""",30\n' >want; check -k id l.csv r.csv; check -k id r.csv <l.csv
printf 'id,v,v_right,w\n1,a,y,20\n2,b,x,10\n2,b,"z""",30\n,c,,\n3,d,,\n2,"e,e",x,10\n2,"e,e","z""",30\n' >want; check -k id --left l.csv r.csv
printf 'id,v\n,c\n3,d\n' >want; check -k id --anti l.csv r.csv
printf 'id;v;v2;w\n1;a;y;20\n2;b;x;10\n2;b;"z""";30\n2;"e,e";x;10\n2;"e,e";"z""";30\n' >want; check -k id --suffix 2 -D ';' l.csv r.csv
printf 'id,v,key,w\n1,a,1,20\n2,b,2,10\n2,b,2,30\n2,"e,e",2,10\n2,"e,e",2,30\n' >want; sed 's/^id/key/' r.csv | tr , ';' >r2.csv
check -k id=key --add key,w l.csv r2.csv
kith-ingest join -k id l.csv r.csv 2>err.txt >/dev/null; grep -q '1 keys have several rows on both sides' err.txt || fail "many to many"
printf 'a,b,x\n1,2,l\n1,,l\n12,,l\n' >l2.csv; printf 'a,b,y\n1,2,r\n1,,r\n12,,r\n' >r3.csv
printf 'a,b,x,y\n1,2,l,r\n' >want; check -k a,b l2.csv r3.csv
# time
printf 'id,ts,n\na,2026-01-05,1\na,2026-01-10T12:00:00Z,2\nb,2026-01-01,3\na,2026-01-01,4\na,,5\n' >l3.csv
printf 'id,from,p\na,2026-01-10T12:00:00Z,12\na,2026-01-02,10\na,2026-01-02,11\nb,2026-01-02,9\n' >r4.csv
printf 'id,ts,n,from,p\na,2026-01-05,1,2026-01-02,11\na,2026-01-10T12:00:00Z,2,2026-01-10T12:00:00Z,12\n' >want; check -k id --as-of ts=from l3.csv r4.csv
printf 'id,ts,n,from,p\na,2026-01-05,1,,\na,2026-01-10T12:00:00Z,2,2026-01-10T12:00:00Z,12\nb,2026-01-01,3,,\na,2026-01-01,4,,\na,,5,,\n' >want
check -k id --as-of ts=from --within 2d --left l3.csv r4.csv
printf 'id,ts,n\nb,2026-01-01,3\na,2026-01-01,4\na,,5\n' >want; check -k id --as-of ts=from --anti l3.csv r4.csv
printf 'id,ts\na,soon\n' >bad.csv; status 3 kith-ingest join -k id --as-of ts=from bad.csv r4.csv; grep -q 'bad.csv:2: ts: not a time' err.txt || fail "a bad time's place"
# without a key: a row without a time has no match, in memory or on disk, however early the right rows are; nor has any where there is no right row
printf 'ts,n\n1969-06-01,0\n,1\n1970-01-01T00:00:01Z,2\n,3\n1971-01-01,4\n' >l6.csv
awk 'BEGIN { print "since,p"; print "1969-12-31,old"; print "1970-06-01,new"; print ",never"; for (i = 0; i < 3000; i++) print "2001-01-01,some text to fill the memory" }' >r6.csv
for memory in 1k 1G; do
    printf 'ts,n,since,p\n1969-06-01,0,,\n,1,,\n1970-01-01T00:00:01Z,2,1969-12-31,old\n,3,,\n1971-01-01,4,1970-06-01,new\n' >want
    check --as-of ts=since --left --memory $memory l6.csv r6.csv; check --as-of ts=since --left --memory $memory -j 1 r6.csv <l6.csv
    printf 'ts,n,since,p\n1970-01-01T00:00:01Z,2,1969-12-31,old\n1971-01-01,4,1970-06-01,new\n' >want; check --as-of ts=since --memory $memory l6.csv r6.csv
    printf 'ts,n\n1969-06-01,0\n,1\n,3\n' >want; check --as-of ts=since --anti --memory $memory l6.csv r6.csv
done
kith-ingest join -v --as-of ts=since --memory 1k l6.csv r6.csv 2>&1 >/dev/null | grep -q '; 0 bytes went' && fail "nothing went to disk"
head -n 1 r6.csv >none.csv
printf 'ts,n,since,p\n' >want; check --as-of ts=since l6.csv none.csv
awk 'NR == 1 { print $0 ",since,p"; next } { print $0 ",," }' l6.csv >want; check --as-of ts=since --left l6.csv none.csv
cp l6.csv want; check --as-of ts=since --anti l6.csv none.csv
# place: Paris to Versailles, across the date line, at the pole
printf 'who,lat,lon\np,48.8566,2.3522\nd,0,179.99\nn,89.99,0\nx,10,10\n' >l4.csv
printf 'shop,lat,lon\nv,48.8049,2.1204\ns,48.86,2.36\ne,0,-179.99\nm,89.99,180\n' >r5.csv
printf 'who,lat,lon,shop,join_distance\np,48.8566,2.3522,s,0.684509\nd,0,179.99,e,2.223902\nn,89.99,0,m,2.223902\n' >want; check --near 5km --add shop l4.csv r5.csv
printf 'who,lat,lon\nd,0,179.99\nn,89.99,0\nx,10,10\n' >want; check --near 1000m --anti l4.csv r5.csv
printf 'who,lat,lon\np,north,2\n' >bad.csv; status 3 kith-ingest join --near 1km bad.csv r5.csv
printf 'who,lat,lon\np,91,2\n' >bad.csv; status 3 kith-ingest join --near 1km bad.csv r5.csv
# empty inputs and errors
printf 'id,v\n' >head.csv; printf 'id,v,v_right,w\n' >want; check -k id head.csv r.csv; printf 'id,v,v_right\n' >want; check -k id l.csv head.csv
status 3 kith-ingest join -k id /dev/null r.csv
status 3 kith-ingest join -k idd l.csv r.csv
status 3 kith-ingest join -k v=ww l.csv r.csv; grep -q w err.txt || fail "nearest name"
status 2 kith-ingest join l.csv r.csv
status 2 kith-ingest join -k id --left --anti l.csv r.csv
status 2 kith-ingest join -k id - -
printf 'id,v\n1\n' >ragged.csv; status 3 kith-ingest join -k id l.csv ragged.csv
if [ -w /dev/full ]; then set +e; kith-ingest join -k id l.csv r.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
# against awk, however it runs
awk 'BEGIN { srand(5); print "id,row"; for (i = 0; i < 60000; i++) printf "%s%d,%d\n", i % 5 ? "k" : "a key of more than fifteen bytes ", rand() * 30000, i }' >left.csv
awk 'BEGIN { srand(6); print "id,note"; for (i = 0; i < 40000; i++) printf "%s%d,note %d with some text to fill it\n", i % 5 ? "k" : "a key of more than fifteen bytes ", rand() * 30000, i }' >right.csv
awk -F, 'NR == FNR { if (FNR > 1) m[$1] = m[$1] (m[$1] == "" ? "" : "\n") $2; next } FNR == 1 { print "id,row,note"; next }
     $1 in m { n = split(m[$1], a, "\n"); for (i = 1; i <= n; i++) print $0 "," a[i]; next }' right.csv left.csv >inner
awk -F, 'NR == FNR { if (FNR > 1) m[$1] = m[$1] (m[$1] == "" ? "" : "\n") $2; next } FNR == 1 { print "id,row,note"; next }
     $1 in m { n = split(m[$1], a, "\n"); for (i = 1; i <= n; i++) print $0 "," a[i]; next } { print $0 "," }' right.csv left.csv >left
awk -F, 'NR == FNR { m[$1] = 1; next } FNR == 1 || !($1 in m)' right.csv left.csv >anti; sed -i '1s/.*/id,row/' anti
for kind in inner left anti; do
    cp $kind want; option=--$kind; [ $kind = inner ] && option=--header=always
    check -k id $option left.csv right.csv
    check -k id $option --memory 100k left.csv right.csv
    for block in 4096 100000; do export KITH_BLOCK=$block; check -j 3 -k id $option left.csv right.csv; check -j 1 -k id $option --memory 1k left.csv right.csv; done
    unset KITH_BLOCK
    check -k id $option right.csv <left.csv
done
cp inner want; kith-ingest join -k id --memory 1k left.csv right.csv >/dev/null 2>err.txt; grep -q 'several rows on both sides' err.txt || fail "many to many, by parts"
# a left file much smaller than the right one: only what it asks for is held, and nothing changes
head -n 300 left.csv >few.csv; { cat few.csv; echo 'k1'; } >broken.csv
kith-ingest join -k id few.csv right.csv >want; [ "$(wc -l <want)" -gt 50 ] || fail "few rows join"
head -n 1 right.csv >many.csv; for _ in 1 2 3 4 5 6 7 8; do tail -n +2 right.csv; done >>many.csv
for kind in --header=always --left --anti; do
    kith-ingest join -k id $kind - many.csv <few.csv >want # a pipe is not read twice
    check -k id $kind few.csv many.csv
    KITH_BLOCK=900 check -j 3 -k id $kind few.csv many.csv
    check -k id $kind --memory 20k few.csv many.csv
    check -k id $kind few.csv - <many.csv
done
status 3 kith-ingest join -k id broken.csv many.csv; cp out.txt want; tail -n 1 err.txt >want.err
set +e; kith-ingest join -k id - many.csv <broken.csv >got 2>err.txt; [ $? = 3 ] || fail "a broken left side"; set -e
sed 's/standard input/broken.csv/' got >got2; same got2 want "the rows before the broken one"
