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
