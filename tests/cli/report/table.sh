# report table: results, empty inputs, states over shards and nights, threads and blocks, errors.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

printf 'region,channel,amount,note\nS,web,10.5,"a, b"\nN,web,.1,"line\nend"\nS,shop,,x\nN,web,.2,\n' >t.csv
printf 'region,n,s\nN,2,0.3\nS,2,10.5\n' >want
kith-report table -g region -a 'n=count,s=sum(amount)' t.csv >got; same got want "groups"
kith-report table -g region -a n=count -a 's=sum(amount)' <t.csv >got; same got want "-a twice, from a pipe"
printf 'n\n4\n' >want; kith-report table -a n=count t.csv >got; same got want "quoted newlines are no rows"
kith-report table -a 'n=count(*),count(note)' t.csv >got; printf 'n,count_note\n4,3\n' >want; same got want "count(*), as in SQL, and what is not missing"
status 2 kith-report table -a 'sum(*)' t.csv; grep -q 'takes a column' err.txt || fail "sum(*)"
# empty first
status 3 kith-report table /dev/null
printf 'region,amount\n' >head.csv
printf 'n,s,m\n0,0,\n' >want; kith-report table -a 'n=count,s=sum(amount),m=mean(amount)' head.csv >got; same got want "header only"
printf 'region,count\n' >want; kith-report table -g region head.csv >got; same got want "header only, groups"
# errors
status 2 kith-report table -a 'summ(amount)' t.csv; grep -q 'did you mean "sum"' err.txt || fail "no aggregate suggested"
printf 'g,x\na,1\n"b\nb",2\na,3\n"c ""\n"" c",4\n' >lines.csv # a row may take several lines
kith-report table -v -g g -a n=count lines.csv 2>err.txt >got; grep -q ': 4 rows in, 3 out, 0 rejected' err.txt || fail "rows out: $(cat err.txt)"
status 3 kith-report table -a 'sum(amont)' t.csv; grep -q amount err.txt || fail "no column suggested"
status 3 kith-report table -g regon t.csv
printf 'x\n1\nsecret\n' >bad.csv; status 3 kith-report table -a 'sum(x)' bad.csv
grep -q 'bad.csv:3: x: not a number' err.txt || fail "no place named"; ! grep -q secret err.txt || fail "the value is shown"
kith-report table -a 'n=count,sum(x)' --on-error skip bad.csv >got 2>err.txt; printf 'n,sum_x\n1,1\n' >want; same got want "a bad row is in no aggregate"
kith-report table -a 'n=count,sum(x)' --on-error reject --rejects r.csv bad.csv >got; same got want "rejected"; grep -q '3,.*,x,not_a_number' r.csv || fail "rejects: $(cat r.csv)"
# a row is bad for all aggregates, wherever its bad number stands: the others' values stay in step. Sums by awk over the rows whose three are numbers
awk 'BEGIN { print "g,a,b,c"; for (i = 1; i <= 1000; i++) printf "g%d,%s,%s,%s\n", i % 3, i % 11 ? i : "x", i % 7 ? 2 * i : i % 2 ? "" : "no", i % 13 ? -i : "-" }' >three.csv
awk -F, 'NR > 1 && $2 != "x" && $3 != "no" && $4 != "-" { n[$1]++; a[$1] += $2; b[$1] += $3; nb[$1] += $3 != ""; c[$1] += $4 }
    END { print "g,n,a,b,k,c"; for (i = 0; i < 3; i++) { g = "g" i; print g "," n[g] "," a[g] "," b[g] "," nb[g] "," c[g] } }' three.csv >want
kith-report table -q --on-error skip -g g -a 'n=count,a=sum(a),b=sum(b),k=count(b),c=sum(c)' three.csv >got; same got want "bad numbers in several columns"
# rows are forgotten again: what is left is what the others give, groups without rows are none
printf 'g,x\na,1.5\nc,1e-30\n' >first.csv; printf 'g,x\nb,1.5\nc,7\n' >second.csv
for f in first second; do kith-report table -g g -a 'count,sum(x),sd(x)' --save-state $f.st -o $f.out $f.csv; done
kith merge first.st second.st -o both.st
kith forget --rows first.csv both.st -o left.st
kith finish left.st >got; same got second.out "forgotten rows"
status 3 kith forget --rows second.csv first.st -o none.st; grep -q 'not in the state' err.txt || fail "rows that are not there"
# the same bytes however it runs, over shards and nights
awk 'BEGIN { srand(3); print "id,g,h,x,ts"; for (i = 0; i < 40000; i++) printf "C%05d,g%d,%s,%s,2026-01-%02d\n", rand() * 9000, rand() * 30,
     rand() < .1 ? "\"a, quoted \"\"name\"\"\"" : "some channel " int(rand() * 4), rand() < .1 ? "" : sprintf("%.3f", (rand() - .5) * 10 ^ int(rand() * 12)), 1 + rand() * 28 }' >big.csv
agg='n=count,c=count(x),s=sum(x),m=mean(x),sd=sd(x),lo=min(x),hi=max(ts),q=p90(x),d=distinct(id),f=first(x),l=last(x),share(x),share,w=weighted(x,x),r=ratio(x,x)'
kith-report table -g g,h -a "$agg" --total big.csv >want
for j in 1 3; do
    for block in 4096 100000; do KITH_BLOCK=$block kith-report table -j $j -g g,h -a "$agg" --total <big.csv >got; same got want "pipe, threads $j, block $block"; kith-report table -j $j -g g,h -a "$agg" --total big.csv >got; same got want "threads $j, block $block"; done
done
head -1 big.csv >a.csv; sed -n 2,9000p big.csv >>a.csv; head -1 big.csv >b.csv; sed -n 9001,9002p big.csv >>b.csv; head -1 big.csv >c.csv; sed -n '9003,$p' big.csv >>c.csv; head -1 big.csv >d.csv
for f in a b c d; do kith-report table -g g,h -a "$agg" --total --save-state $f.st $f.csv >/dev/null; done
kith merge d.st c.st a.st b.st -o all.st
kith finish all.st >got; same got want "shards"
kith-report table -g g,h -a "$agg" --total --state a.st --save-state ab.st b.csv >/dev/null
kith-report table -g g,h -a "$agg" --total --state ab.st c.csv >got; same got want "nights"
status 3 kith merge a.st a.st
status 3 kith-report table -g g -a "$agg" --state a.st b.csv
kith-report table -g g -a 's=sum(x)' --wide g big.csv >got; [ "$(wc -l <got)" = 2 ] || fail "wide"
if [ -w /dev/full ]; then status 4 sh -c 'kith-report table t.csv >/dev/full'; fi
# the header by --header, also of a saved state's result, and a name with a line end in it; a state command takes no option that it would pass over
printf 'g,"x\ny"\na,1\nb,2\n' >lines.csv
kith-report table -g '{x
y}' --save-state lines.st --header never lines.csv >got; printf '1,1\n2,1\n' >want; same got want "no header, though a name holds a line end"
kith finish --header never lines.st >got; same got want "finish without a header"
printf 'a\na\n' >rows.csv
printf 'a,2\n' >want; kith-report table -n -g 1 --header as-is rows.csv >got; same got want "as-is of rows without a header"
status 2 kith merge --save-state x.st lines.st
