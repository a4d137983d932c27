# ingest sort: order, ends, errors; the same bytes for threads, blocks, file and pipe, memory and runs.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

printf 'k,v\nb,2\na,10\nb,1\n,5\na,9\n' >t.csv
printf 'k,v\na,9\na,10\nb,1\nb,2\n,5\n' >want
kith-ingest sort -k k,v t.csv >got; same got want "two keys"
kith-ingest sort -k k,v <t.csv >got; same got want "from a pipe"
printf 'k,v\nb,2\nb,1\na,10\na,9\n,5\n' >want
printf 'k,v\na,2\nb,1\na,\nb,\na,1\n,3\n,\n' >gaps.csv
printf 'k,v\na,1\na,2\na,\nb,1\nb,\n,3\n,\n' >want2; kith-ingest sort -k k,v gaps.csv >got; same got want2 "missing last within each key"
printf 'v,k\n2,1\n,1\n1,1\n,2\n3,\n,\n' >gaps.csv; printf 'v,k\n1,1\n2,1\n3,\n,1\n,2\n,\n' >want2; kith-ingest sort -k v,k gaps.csv >got; same got want2 "missing first key, then the second"
kith-ingest sort -k -k t.csv >got; same got want "descending, stable, missing last"
printf 'k,v\na,10\n' >want
kith-ingest sort -k -v --top 1 t.csv >got; same got want "top"
printf 'k;v\nb;2\na;10\nb;1\n;5\na;9\n' >want
kith-ingest sort -k 1 -D ';' --top 9 t.csv | sort >got; sort want >want2; same got want2 "delimiter"
# none of them is none: the header alone, whatever the memory; a count below that is none
printf 'k,v\n' >want
for memory in 1k 1G; do kith-ingest sort -k k --top 0 --memory $memory t.csv >got; same got want "no rows of all, in $memory"; done
awk 'BEGIN { print "k,v"; for (i = 0; i < 40000; i++) print i * 7919 % 40000 ",some text" }' >many.csv
kith-ingest sort -k k --top 0 --memory 100k many.csv >got; same got want "no rows of many, with runs on disk"
printf 'k,v\na\n' >short.csv; status 3 kith-ingest sort -k k --top 0 short.csv # they are read all the same
status 2 kith-ingest sort -k k --top -1 t.csv; status 2 kith-ingest schema --rows -1 t.csv
# empty inputs and errors
status 3 kith-ingest sort -k k /dev/null
printf 'k,v\n' >head.csv; kith-ingest sort -k k head.csv >got; same got head.csv "header only"
status 3 kith-ingest sort -k kk t.csv; grep -q 'k' err.txt || fail "no column is suggested"
status 2 kith-ingest sort t.csv
status 3 kith-ingest sort -k k nofile.csv
printf 'k,v\na\n' >ragged.csv; status 3 kith-ingest sort -k k ragged.csv; grep -q ':2' err.txt || fail "no line is named"
if [ -w /dev/full ]; then set +e; kith-ingest sort -k k t.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
# the same bytes however it runs, quotes and newlines inside fields included
awk 'BEGIN { srand(7); print "id,ts,x,note"; for (i = 0; i < 60000; i++) printf "C%04d,2026-01-%02d,%.2f,%s\n", rand() * 3000, 1 + rand() * 28,
     rand() * 1000 - 500, i % 50 ? "plain text that makes the rows longer, no" i : "\"quoted, with\na line end and \"\"quotes\"\" " i "\"" }' |
     sed 's/longer, no/longer no/' >big.csv
kith-ingest sort -k id,-ts,x big.csv >want
for j in 1 3; do
    for block in 4096 65536 1000000; do
        KITH_BLOCK=$block kith-ingest sort -j $j -k id,-ts,x big.csv >got; same got want "threads $j, block $block"
    done
done
cat big.csv | kith-ingest sort -k id,-ts,x >got; same got want "pipe"
kith-ingest sort -k id,-ts,x want >got; same got want "sorted again"
[ "$(head -1 want)" = "id,ts,x,note" ] || fail "header"
awk 'BEGIN { print "n,pad"; for (i = 0; i < 400000; i++) printf "%d,%s\n", (i * 7919) % 400009, "padding that makes the rows long enough to spill" }' >wide.csv
kith-ingest sort -k n --memory 16M -v wide.csv >got 2>err.txt; grep -q 'temporary file' err.txt || fail "nothing was spilled"
kith-ingest sort -k n wide.csv >want; same got want "through runs"
shim=$KITH_BUILD/tests/libkith-faults.so
if [ -z "${KITH_SANITIZE:-}" ]; then # the temporary file: interrupted reads and writes, and a full disk (its first write is the run's)
    env LD_PRELOAD="$shim" KITH_FAULT=eintr kith-ingest sort -k n --memory 16M wide.csv >got; same got want "through interrupted runs"
    status 4 env LD_PRELOAD="$shim" KITH_FAULT=nospace kith-ingest sort -k n --memory 16M -o sorted.csv wide.csv
    grep -q 'temporary file (TMPDIR names its folder): No space left' err.txt || fail "no word of a full disk"
    [ ! -e sorted.csv ] || fail "a result of a full disk"
fi
TMPDIR=/nonexistent; export TMPDIR; status 4 kith-ingest sort -k n --memory 16M wide.csv
# the first rows are those of the whole order, whatever the values turn out to be at the end
awk 'BEGIN { srand(3); print "a,b,t,s"; for (i = 0; i < 12000; i++) printf "%s,%.2f,2026-%02d-%02dT%02d:00:00Z,%s\n", rand() < .1 ? "" : int(rand() * 900) - 300,
     rand() * 100, 1 + rand() * 12, 1 + rand() * 28, rand() * 24, rand() < .5 ? "\"x" int(rand() * 5000) "\"\"y, \"" : "w" int(rand() * 5000) }' >top.csv
{ cat top.csv; echo '12,soon,2026-01-01T00:00:00+02:00,'; } >late.csv             # b is text after all; the times are of two forms
{ cat top.csv; echo '1e2,3,next year,z'; echo '100,1,2026-01-01,z'; } >later.csv  # t is text after all
for f in top.csv late.csv later.csv; do
    for k in -a b -t s,a -b,t a,b,t; do
        kith-ingest sort -k $k $f >whole
        for n in 1 300 1500; do
            kith-ingest sort -k $k --top $n -o want $f
            KITH_BLOCK=9000 kith-ingest sort -j 3 -k $k --top $n $f >got; same got want "$f by $k: top $n with other blocks"
            KITH_BLOCK=500 kith-ingest sort -j 1 -k $k --top $n <$f >got; same got want "$f by $k: top $n from a pipe"
            cmp -s -n "$(wc -c <want)" want whole && [ "$(wc -c <want)" -gt 20 ] || fail "$f by $k: top $n is not the start of the whole"
        done
    done
done
# three keys of doubles that no 128 bits hold together, and two of which one is missing at times: against sort -g of the C locale, ties by the row's number
awk 'BEGIN { srand(4); split("1.5e300 -2.25e-300 3e150 -7e200 .1", v, " "); print "a,b,c,n"; for (i = 1; i <= 4000; i++) print v[1 + int(rand() * 5)] "," v[1 + int(rand() * 5)] "," v[1 + int(rand() * 5)] "," i }' >wide.csv
kith-ingest sort -k a,b,c wide.csv >got
{ head -n 1 wide.csv; tail -n +2 wide.csv | LC_ALL=C sort -s -t, -k1,1g -k2,2g -k3,3g; } >want; same got want "three keys of doubles"
awk -F, -v OFS=, 'NR > 1 && NR % 7 == 0 { $1 = "" } 1' wide.csv >holes.csv
kith-ingest sort -k a,b holes.csv >got; { head -n 1 holes.csv; { awk -F, '$1 != "" && NR > 1' holes.csv | LC_ALL=C sort -s -t, -k1,1g -k2,2g; awk -F, '$1 == ""' holes.csv | LC_ALL=C sort -s -t, -k2,2g; }; } >want
same got want "a missing key and a wide one"
