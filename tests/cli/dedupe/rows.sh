# dedupe rows: which row stays, ends, errors; the same bytes for threads, blocks, file and pipe, memory and parts.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
check() { kith-dedupe rows -q "$@" >got; same got want "$*"; }

printf 'k,ts,v\na,2026-01-02,1\nb,2026-01-01,2\na,2026-01-03,3\n,2026-01-01,4\nb,2025-01-01,5\n,2026-01-01,6\na,2026-01-03,7\n' >t.csv
printf 'k,ts,v\na,2026-01-02,1\nb,2026-01-01,2\n,2026-01-01,4\n,2026-01-01,6\n' >want; check -k k t.csv
printf 'k,ts,v\n,2026-01-01,4\nb,2025-01-01,5\n,2026-01-01,6\na,2026-01-03,7\n' >want; check -k k --keep last t.csv
printf 'k,ts,v\nb,2026-01-01,2\n,2026-01-01,4\n,2026-01-01,6\na,2026-01-03,7\n' >want; check -k k --keep newest t.csv
printf 'k,ts,v\nb,2026-01-01,2\n,2026-01-01,6\na,2026-01-03,7\n' >want; check -k k --keep newest --same-missing t.csv
printf 'k,ts,v\na,2026-01-02,1\nb,2026-01-01,2\n,2026-01-01,4\n' >want; check -k k --same-missing t.csv
printf 'a,b\n1,2\n"1,x",2\n' >want; printf 'a,b\n1,2\n"1",2\n"1,x",2\n"1,x","2"\n' >q.csv; check q.csv
printf 'a,b\nab,c\na,bc\n' >want; printf 'a,b\nab,c\na,bc\nab,c\n' >q.csv; check -k a,b q.csv; check q.csv
printf 'k;ts;v\nb;2026-01-01;2\n;2026-01-01;6\na;2026-01-03;7\n' >want; check -k k --keep newest --same-missing -D ';' t.csv
# empty inputs and errors
status 3 kith-dedupe rows -k k /dev/null
printf 'k,ts,v\n' >want; check -k k want; cp want head.csv; check head.csv; check --keep last -k v head.csv
status 3 kith-dedupe rows -k kk t.csv
status 3 kith-dedupe rows -k v --keep newest --ts vv t.csv
printf 'k,ts\na,2026-01-01\na,yesterday\n' >bad.csv
status 3 kith-dedupe rows -k k --keep newest bad.csv; grep -q 'bad.csv:3: ts: not a time' err.txt || fail "the place of a bad time"
printf 'k,ts\na,2026-01-01\n' >want; check -k k --keep newest --on-error skip bad.csv
printf 'k,v\na\n' >ragged.csv; status 3 kith-dedupe rows ragged.csv
if [ -w /dev/full ]; then set +e; kith-dedupe rows t.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
# against awk, however it runs
awk 'BEGIN { srand(3); print "id,ts,note"; for (i = 0; i < 200000; i++) printf "%s%d,2026-01-%02d,row %d\n", i % 3 ? "c" : "a rather long key, number ",
     rand() * 60000, 1 + rand() * 28, i }' | sed 's/key, number/key number/' >big.csv
awk -F, '!seen[$1]++' big.csv >first
awk -F, 'NR > 1 { last[$1] = NR; row[NR] = $0 } NR == 1 { print } END { for (i = 2; i <= NR; i++) { split(row[i], f, ","); if (last[f[1]] == i) print row[i] } }' big.csv >last
awk -F, 'NR > 1 { if (!($1 in t) || $2 >= t[$1]) { t[$1] = $2; at[$1] = NR }; row[NR] = $0; key[NR] = $1 } NR == 1 { print }
    END { for (i = 2; i <= NR; i++) if (at[key[i]] == i) print row[i] }' big.csv >newest
# few keys: most of what was kept has been outdone and is left behind
awk -F, 'NR == 1 { print } NR > 1 { last[$2] = NR; row[NR] = $0 } END { for (i = 2; i <= NR; i++) { split(row[i], f, ","); if (last[f[2]] == i) print row[i] } }' big.csv >want
check -k ts --keep last big.csv; check -k ts --keep last -j 3 --memory 1M big.csv; check -k ts --keep newest big.csv
{ cat big.csv; awk 'BEGIN { for (i = 0; i < 40; i++) { printf "%d,2026-02-01,", i % 3; for (k = 0; k < 20000; k++) printf "long row %d ", i; print "" } }'; } >long.csv
awk 'length > 1000 || NR == 1' long.csv >rows.csv; { head -n 1 big.csv; tail -n 3 rows.csv; } >want; check -k id --keep last rows.csv
for keep in first last newest; do
    cp $keep want
    check -k id --keep $keep big.csv
    check -k id --keep $keep --memory 1M big.csv
    for block in 4096 300000; do export KITH_BLOCK=$block; check -j 3 -k id --keep $keep big.csv; check -j 1 -k id --keep $keep --memory 100k big.csv; done
    unset KITH_BLOCK
    kith-dedupe rows -q -k id --keep $keep <big.csv >got; same got want "pipe"
done
cp big.csv want; check big.csv; check --memory 1M big.csv
