# score fit next and apply: probabilities by hand, open windows, states, errors.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

printf 'person_id,ts,event\n1,2026-01-01,a\n1,2026-01-02,b\n2,2026-01-01,a\n2,2026-01-03,b\n3,2026-01-01,a\n3,2026-01-20,a\n4,2026-03-01,a\n' >e.csv
kith score fit next --order 1 --until 2026-03-05 --window 10d e.csv >n.model
# outcomes: a→b twice (1 and 2 days), a→none twice (3's), b→none twice; 4's window is open
printf 'context,,0:4 2:2\ncontext,1,0:2 2:2\ncontext,2,0:2\n' >want; grep ^context n.model >got; same got want "counts"
printf 'days,1 2,1.5\n' >want; grep ^days n.model >got; same got want "days"
# Witten and Bell: P0(b) = (2 + 2/3)/(6 + 2) = 1/3; P1(b | a) = (2 + 2/3)/(4 + 2) = .4444
printf 'path\na\nb > a\nzz\n' | kith score apply -m n.model | awk -F, 'NR > 1 { printf "%s %.4f %s\n", $2, $3, $5 }' >got
printf 'b 0.4444 1.5\nb 0.4444 1.5\nb 0.3333 \n' >want; same got want "probabilities"
sed -n '1p;2,5p' e.csv >one.csv; sed -n '1p;6,$p' e.csv >two.csv
kith score fit next --order 1 --until 2026-03-05 --window 10d --save-state one.st one.csv >/dev/null
kith score fit next --order 1 --until 2026-03-05 --window 10d --save-state two.st two.csv >/dev/null
kith merge two.st one.st -o all.st; kith finish all.st >got; same got n.model "shards"
kith forget --rows two.csv all.st -o less.st; kith finish less.st >got; kith finish one.st >want; same got want "forgotten"
awk 'BEGIN { srand(2); print "person_id,ts,event"; for (i = 0; i < 300; i++) { s = int(rand() * 3); for (k = 0; k < 12; k++) {
    printf "%d,2026-01-%02d,s%d\n", i, k + 1, s; s = rand() < .8 ? (s + 1) % 3 : s } } }' >m.csv
kith score fit next --window 5d m.csv >m.model
awk -F, '$1 == "logloss" && $2 == 0 { a = $3 } $1 == "logloss" && $2 == 1 { b = $3 } END { exit !(b < .65 && a > 1) }' m.model || fail "log loss of a chain of one step"
status 3 kith score apply -m n.model e.csv
status 3 kith score fit next --event nope e.csv
status 2 kith score fit next --order 9 e.csv
status 3 kith score fit next --window 1000d e.csv; grep -q 'window' err.txt || fail "no window has passed"
sed 's/^context,1,.*/context,1,9:1/' n.model >bad.model; printf 'path\na\n' >p.csv; status 3 kith score apply -m bad.model p.csv
status 2 kith score fit next --window 200000d e.csv; grep -q 'up to 100,000 days' err.txt || fail "a window of centuries"
# rows without a person, an action or a time take no part, each with its place
printf 'person_id,ts,event\na,2026-01-01,x\na,2026-01-02,y\n,2026-01-03,x\na,2026-01-05,\nb,2026-01-05,x\nb,soon,y\nb,2026-01-09,y\nc,2026-09-01,x\n' >odd.csv
kith score fit next -q --rejects odd.rejects odd.csv >odd.model
[ "$(cut -d, -f2,4,5 odd.rejects | tr '\n' ' ')" = 'line,column,code 4,person_id,missing 5,event,missing 7,ts,not_a_date ' ] || fail "rejects: $(cat odd.rejects)"
sed '4d;5d;7d' odd.csv >even.csv; kith score fit next -q even.csv >even.model; cmp even.model odd.model
awk 'BEGIN { print "person_id,ts,event"; for (i = 0; i <= 10000; i++) printf "p%d,2026-01-01,e%d\n", i % 50, i }' >many.csv
status 3 kith score fit next many.csv; grep -q 'more than 10000 different actions' err.txt || fail "too many actions"
