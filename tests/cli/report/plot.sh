# report plot: pictures keep to their width, data cannot drive the terminal or the SVG, and what cannot be drawn is said.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

printf 'region,channel,revenue\nN,web,12\nN,shop,4\n"<script>alert(1)</script>",web,7\n\033]0;x\007S,shop,-3\n' >b.csv
awk 'BEGIN { srand(2); print "day,visits"; for (i = 1; i <= 28; i++) printf "2026-02-%02d,%d\n", i, 50 + 30 * sin(i / 4) }' >l.csv
awk 'BEGIN { srand(2); print "amount"; for (i = 1; i <= 900; i++) print exp(3 + rand() + rand() - rand()) }' >h.csv
printf 'cohort,period,persons,amount\n2026-01,0,50,1\n2026-01,1,20,1\n2026-02,0,40,1\n' >c.csv
printf 'metric,arm,method,estimate,low,high\nvisit,b,difference,.04,.01,.07\nspend,b,difference,-.2,-.4,.1\n' >d.csv
for f in b l h c d; do
    for w in 40 80 200; do
        kith-report plot --ascii --width $w $f.csv >got
        awk -v w=$w 'length($0) > w { exit 1 }' got || fail "$f wider than $w"
        LC_ALL=C tr -d '\n -~' <got | grep -q . && fail "$f: not ASCII, or an escape"
    done
    kith-report plot --width 60 $f.csv -o $f.svg
    grep -q '<title' $f.svg && grep -q '<desc' $f.svg || fail "$f: no title or description"
    grep -q '<script' $f.svg && fail "$f: markup from data"
done
! grep -q '&lt;script' l.svg && grep -q '&lt;script' b.svg || fail "escaping"
for j in 1 3; do KITH_BLOCK=200 kith-report plot -j $j --svg h.csv >got; kith-report plot --svg <h.csv >want; cmp -s got want || fail "threads $j"; done
kith-report plot --kind line --x day --y visits --log y l.csv >/dev/null
status 3 kith-report plot --y vists --x day l.csv; grep -q visits err.txt || fail "no column suggested"
printf 'a,b\n' >head.csv; status 3 kith-report plot head.csv; grep -q 'no row to draw' err.txt || fail "header only"
printf 'a,b\nx,y\n' >words.csv; status 3 kith-report plot words.csv
printf 'a,b\nx,-1\n' >neg.csv; status 3 kith-report plot --log y neg.csv
status 3 kith-report plot /dev/null
status 2 kith-report plot --kind pie b.csv
status 2 kith-report plot --log z b.csv
printf 'a,b\nx,1\ny,\nz,3\n' | kith-report plot --ascii | grep -q '1 value without a usable number left out' || fail "left out in silence"
if [ -w /dev/full ]; then status 4 sh -c 'kith-report plot b.csv >/dev/full'; fi
# known tables, as they are grouped: an experiment's segments, a trend of gaps, curves of a score, more series than colours
{ echo region,metric,arm,method,estimate,low,high; for r in N S; do for m in difference cuped lift; do echo "$r,buys,mail,$m,.2,.1,.3"; done; done; } >e.csv
[ "$(kith-report plot --width 60 e.csv | grep -c '├')" = 2 ] || fail "a mark a segment"
{ echo promise,period,promised,gap,low,high; for i in 1 2 3; do echo "fast,2026-0$i,.9,.$i,0,.5"; done; } >g.csv
kith-report plot --width 60 g.csv | grep -q '└─*┬' || fail "a trend"
printf 'promise,period,promised,gap,low,high\nfast,2026-01,.9,.1,0,.5\nslow,2026-01,.9,.2,0,.5\n' | kith-report plot --width 60 | grep -q '├' || fail "one period is no trend"
{ echo curve,x,y,low,high; for k in roc lift; do for i in 0 1 2; do echo "$k,.$i,.$i,,"; done; done; } >c.csv
[ "$(kith-report plot --width 60 c.csv | grep -c '^roc$\|^lift$')" = 2 ] || fail "a panel a curve"
[ "$(kith-report plot --svg c.csv | grep -c '<g transform')" = 2 ] || fail "a panel a curve in SVG"
{ echo who,what,n; for s in a b c d e f g h; do echo "x,s$s,1"; echo "y,s$s,2"; done; } >m.csv
[ "$(kith-report plot --svg m.csv | grep -c '>sh</text>')" = 2 ] || fail "series named where they stand"
kith-report plot --svg m.csv | grep -q 's1"' && fail "a colour that means nothing"
true
# values stand under each other by their points; an interval is written out where there is room, drawn in any case
printf 'who,v,low,high\na,1.25,1,2\nb,10,9,11\n' >v.csv
kith-report plot --ascii --width 60 v.csv >got; grep -q ' 1\.25  *\[1, 2\]$' got && grep -q ' 10     *\[9, 11\]$' got || fail "points: $(cat got)"
kith-report plot --ascii --width 30 v.csv | awk 'length > 30 { exit 1 }' || fail "a narrow page"
# --explain: what was found, or said
kith-report plot --explain e.csv >got
grep -q "^kind,dots,a table known by its columns' names$" got && grep -q '^x,region,found$' got && grep -q '^by,arm,found$' got && grep -q '^intervals,yes,' got || fail "--explain: $(cat got)"
kith-report plot --explain --kind bars --x who --y low v.csv >got
grep -q '^kind,bars,--kind$' got && grep -q '^y,low,--y$' got || fail "--explain of what was said: $(cat got)"
