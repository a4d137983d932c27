# report funnel: order, windows, strictness, states, errors.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
counts() { kith-report funnel "$@" | tail -n +2 | cut -d, -f2 | tr '\n' ' '; }

# ann: a x b c · bo: b a b · cy: a a(late) b in the window of the second a only · di: a b with the same time, in order of rows
cat >e.csv <<'CSV'
person_id,ts,event
ann,2026-01-01T13:00,c
ann,2026-01-01T10:00,a
bo,2026-01-01T10:00,b
ann,2026-01-01T11:00,x
bo,2026-01-01T11:00,a
ann,2026-01-01T12:00,b
bo,2026-01-01T12:00,b
cy,2026-01-01T01:00,a
cy,2026-01-02T00:00,a
cy,2026-01-02T00:30,b
di,2026-01-03,b
di,2026-01-03,a
CSV
[ "$(counts --steps a,b,c e.csv)" = "4 3 1 " ] || fail "ordered"
[ "$(counts --steps a,b --window 1h e.csv)" = "4 2 " ] || fail "window from any start"
[ "$(counts --steps a,b --strict e.csv)" = "4 2 " ] || fail "strict"
[ "$(counts --steps b,a,b e.csv)" = "4 2 1 " ] || fail "a step twice"
[ "$(counts --steps a,b --until 2026-01-01T11:30 e.csv)" = "3 0 " ] || fail "until"
[ "$(counts --steps a,nothing e.csv)" = "4 0 " ] || fail "a step that never happens"
printf 'person_id,ts,event\n' >h.csv; [ "$(counts --steps a,b h.csv)" = "0 0 " ] || fail "header only"
status 3 kith-report funnel --steps a,b /dev/null
status 2 kith-report funnel e.csv
status 2 kith-report funnel --steps a,,b e.csv
status 3 kith-report funnel --steps a --ts time e.csv
printf 'person_id,ts,event\nann,soon,a\n' >bad.csv; status 3 kith-report funnel --steps a bad.csv; grep -q 'bad.csv:2: ts: not a date or time' err.txt || fail "place"
[ "$(counts --steps a --on-error skip bad.csv 2>/dev/null)" = "0 " ] || fail "skip"
awk 'BEGIN { srand(5); print "person_id,ts,event"; split("a,b,c,d,\"e \"\"q\"\"\"", e, ","); for (i = 0; i < 30000; i++) printf "P%d,2026-01-%02dT%02d:%02d:00Z,%s\n", rand() * 4000,
     1 + rand() * 28, rand() * 24, rand() * 60, e[1 + int(rand() * 5)] }' >big.csv
for mode in '' --strict '--window 2d'; do
    kith-report funnel --steps 'a,b,a,e "q"' $mode big.csv >want
    for j in 1 3; do KITH_BLOCK=5000 kith-report funnel -j $j --steps 'a,b,a,e "q"' $mode big.csv >got; same got want "threads $j $mode"; done
    kith-report funnel --steps 'a,b,a,e "q"' $mode <big.csv >got; same got want "pipe $mode"
    head -1 big.csv >1.csv; sed -n 2,9000p big.csv >>1.csv; head -1 big.csv >2.csv; sed -n '9001,$p' big.csv >>2.csv
    kith-report funnel --steps 'a,b,a,e "q"' $mode 1.csv 2.csv >want
    for i in 1 2; do kith-report funnel --steps 'a,b,a,e "q"' $mode --save-state $i.st $i.csv >/dev/null; done
    kith merge 2.st 1.st | cat >both.st; kith finish both.st >got; same got want "shards $mode"
    kith-report funnel --steps 'a,b,a,e "q"' $mode --state 1.st 2.csv >got; same got want "nights $mode"
done
# --state alone asks what the state was asked; another question is refused
kith-report funnel --steps 'a,b' --save-state one.st 1.csv >/dev/null
kith-report funnel --state one.st 2.csv >got; kith-report funnel --steps 'a,b' 1.csv 2.csv >want; cmp got want || fail "carrying on"
if kith-report funnel --steps 'a' --state one.st 2.csv >got 2>&1; then fail "another question of a state"; fi
# the published journeys of a small shop, where they are at hand
shop=$KITH_SOURCE/../shared/data/journeys/retentioneering_simple_shop.csv
[ -e "$shop" ] || { echo "SKIP: no simple_shop beside the source"; exit 77; }
[ "$(counts --id client_id --ts timestamp --event event --steps catalog,cart,delivery_choice,payment_choice,payment_done "$shop")" = "3611 1924 1356 958 653 " ] || fail "simple_shop"
