# report, at the edges: chains of a great many channels and of endless journeys, rows that are bad, columns that say nothing, sizes that are too small.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
said() { grep -qF -- "$1" err.txt || { cat err.txt >&2; fail "no word of: $1"; }; }

# a state of many paths into one of none
awk 'BEGIN { print "path,conversions"; for (i = 0; i < 500; i++) print "c" i % 9 " > c" i % 7 " > c" i % 11 ",1" }' >p.csv; head -n 1 p.csv >none.csv
kith report attribution --models first,markov1 --save-state p.st p.csv >want; kith report attribution --models first,markov1 --save-state none.st none.csv >/dev/null
kith merge none.st p.st -o both.st; kith finish both.st >got; same got want "many paths into none"
# 65,535 channels are the most that have numbers; chains of order 3 over them have more states than 64 bits count
awk 'BEGIN { print "path,conversions"; for (i = 1; i <= 65535; i++) print "c" i ",1" }' >most.csv
kith report attribution --models last most.csv | awk -F, 'NR > 1 && $3 != 1 { exit 1 } END { exit NR != 65536 }' || fail "65,535 channels"
status 3 kith report attribution --models markov3 most.csv; said 'a Markov chain of order 3 over 65535 channels has too many states'
{ cat most.csv; echo "c65536,1"; } >more.csv; status 3 kith report attribution --models last more.csv; said 'more than 65,535 channels'
# A journey that goes to and fro 50,000 times before it converts, and 401 of one touch: all convert. Without any one channel a 402nd of all is lost,
# that of a and of b the same long journey: 403 channels with equal parts of 402 conversions.
awk 'BEGIN { print "path,conversions"; printf "a > b"; for (i = 1; i < 50000; i++) printf " > a > b"; print ",1"; for (i = 1; i <= 401; i++) print "c" i ",1" }' >long.csv
kith report attribution --models markov1 long.csv | awk -F, 'NR > 1 { n++; if (($3 / (402 / 403) - 1) ^ 2 > 1e-18) exit 1 } END { exit n != 403 }' || fail "an endless journey"

# rows that are bad are left out where that is wanted, and told
printf 'person_id,ts,event,amount\n1,2026-01-01,see,1\n,2026-01-01,see,1\n1,2026-02-01,buy,many\n2,soon,see,1\n2,2026-02-03,see,2\n' >e.csv
status 3 kith report retention e.csv; said 'e.csv:3: person_id: missing'
kith report retention --on-error reject --rejects r e.csv 2>/dev/null >got
[ "$(tail -n +2 r | cut -d, -f2,4,5 | tr '\n' ' ')" = '3,person_id,missing 4,amount,not_a_number 5,ts,not_a_time ' ] || fail "rejects of retention: $(cat r)"
printf 'cohort,period,persons,amount\n2026-01,0,1,1\n2026-02,0,1,2\n' >want; cut -d, -f1-4 got | awk -F, 'NR == 1 || $3 > 0' >got2; same got2 want "retention of the rest"
status 3 kith report funnel --steps see,buy e.csv; said 'e.csv:3: person_id: missing'
kith report funnel --steps see,buy --on-error skip e.csv 2>/dev/null >got; [ "$(cut -d, -f1,2 got | tr '\n' ' ')" = 'step,persons see,2 buy,1 ' ] || fail "funnel of the rest: $(cat got)"
printf 'score,outcome\n.9,1\nhigh,1\n.2,0\n.4,perhaps\n.1,0\n' >c.csv; grep -v 'high\|perhaps' c.csv >good.csv
status 3 kith report curve --kinds roc --score score c.csv; said 'c.csv:3: score: not a number'
kith report curve --kinds roc --score score --on-error skip c.csv >got 2>/dev/null; kith report curve --kinds roc --score score good.csv >want; same got want "a curve of the rest"
printf 'time,event\n3,1\n-1,1\n5,maybe\n7,0\n' >t.csv; printf 'time,event\n3,1\n7,0\n' >good.csv
kith report survival --on-error skip t.csv >got 2>/dev/null; kith report survival --save-state t.st good.csv >want; same got want "survival of the rest"
printf 'time,event\n4,1\n' >other.csv; status 3 kith forget --rows other.csv t.st -o no.st; said 'these rows are not all in the state'
printf 'time,event\n3,0\n' >other.csv; status 3 kith forget --rows other.csv t.st -o no.st; said 'these rows are not all in the state'

# a channel whose spending never changes explains nothing that the constant does not; two that go together are told apart from nothing
awk 'BEGIN { srand(6); print "day,sales,tv,web,price"; for (i = 0; i < 80; i++) { a = rand() * 100; printf "2026-%02d-%02d,%.3f,%.3f,%.3f,5\n", 1 + int(i / 28), 1 + i % 28, 300 + 2 * a + rand() * 30, a, 2 * a + rand() / 100 } }' >m.csv
kith report mix --outcome sales --channels price --period day --fix price.alpha=0 m.csv >got || fail "a constant channel"
awk -F, '$1 == "fit" && $2 == "r2" { exit !($3 ^ 2 < 1e-12) }' got || fail "a constant explains nothing: $(grep r2 got)"
fixed=tv.alpha=0,web.alpha=0,tv.lambda=.001,web.lambda=.001
kith report mix --outcome sales --channels tv,web --period day --fix "$fixed" m.csv >got
grep -q '^note,tv,"*cannot be told apart from the others, most of all from web' got || fail "twins: $(grep ^note got)"
kith segment derive -e 'like = tv * 3' m.csv >l.csv; kith report mix --outcome sales --channels tv --controls like --period day --fix tv.alpha=0,tv.lambda=.001 l.csv >got
grep -q '^note,tv,"*cannot be told apart from the controls' got || fail "a control like a channel: $(grep ^note got)"
for fix in nothing tv.alpha tv.alpha=x tv=.5 other.alpha=.5; do status 2 kith report mix --outcome sales --channels tv --fix $fix m.csv; said '--fix takes CHANNEL.SHAPE=NUMBER'; done
# days that are the same stay in the order of their rows
sed 's/-28,/-27,/' m.csv >same.csv; kith report mix --outcome sales --channels tv --period day same.csv >want; KITH_BLOCK=300 kith report mix -j 3 --outcome sales --channels tv --period day same.csv >got; same got want "equal days"
# power: shares that are none, and sizes that no effect is large enough for
for share in 0 1.5 -1; do status 2 kith report power --test survival --effect .5 --event-share $share; said 'the share of events lies between 0 and 1'; done
for test in means proportions; do status 2 kith report power --test $test --baseline .5 --size 1; said 'no effect is large enough for this size'; done
