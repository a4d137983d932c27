# score fit taste and apply: weights by hand, states, errors; EASE^R on small data against the formula.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

printf 'person_id,product\n1,a\n1,b\n2,a\n2,b\n2,b\n3,a\n3, c \n4,c\n' >c.csv
# by hand: XᵀX = [[3,2,1],[2,2,0],[1,0,2]], λ = 1, inverse of [[4,2,1],[2,3,0],[1,0,3]] (determinant 21)
kith score fit taste --lambda 1 --keep 0 c.csv >t.model
printf 'weights,1,2:0.5454545 3:0.3636364\nweights,2,1:0.6666667 3:-0.1666667\n' >want
# P = [[9,-6,-3],[-6,11,2],[-3,2,8]]/21: B_ij = −P_ij/P_jj
printf 'weights,1,2:0.6666667 3:0.3333333\nweights,2,1:0.5454545 3:-0.1818182\nweights,3,1:0.375 2:-0.25\n' >want
grep ^weights t.model >got; same got want "EASE by hand"
printf 'item,1,a\nitem,2,b\nitem,3,c\n' >want; grep ^item, t.model >got; same got want "items"
printf 'person_id\n1\n4\n9\n' >p.csv
kith score apply -m t.model --choices c.csv p.csv | cut -d, -f1-4 >got
printf 'person_id,taste_1,taste_2,taste_3\n1,c,,\n4,a,b,\n9,a,b,c\n' >want; same got want "scores"
# the same from shards, in any order; a night taken out again
sed -n '1p;2,4p' c.csv >one.csv; sed -n '1p;5,$p' c.csv >two.csv
kith score fit taste --lambda 1 --keep 0 --save-state one.st one.csv >/dev/null
kith score fit taste --lambda 1 --keep 0 --save-state two.st two.csv >/dev/null
kith merge two.st one.st -o all.st; kith finish all.st >got; same got t.model "shards"
kith forget --rows two.csv all.st -o less.st; kith finish less.st >got; kith finish one.st >want; same got want "forgotten"
kith score fit taste --method knn --keep 1 c.csv >k.model; grep -q '^weights,2,1:0.8164966$' k.model || fail "cosine"
# errors
status 2 kith score apply -m t.model p.csv; grep -q 'choices' err.txt || fail "--choices is not asked for"
status 3 kith score apply -m t.model --choices p.csv p.csv
status 3 kith score fit taste --item nope c.csv
status 3 kith score fit taste --buyers 10 c.csv
status 2 kith score fit taste --lambda 0 c.csv
printf 'person_id,product\n1,\n' >bad.csv; status 3 kith score fit taste bad.csv
sed 's/^weights,1,.*/weights,1,9:1/' t.model >bad.model; status 3 kith score apply -m bad.model --choices c.csv p.csv
status 2 kith score fit taste --lambda 1e13 c.csv
printf 'person_id,product\na,x\na,y\n,x\nb,\nb,x\nb,y\nc,x\nc,z\n' >odd.csv
kith score fit taste -q --buyers 1 --rejects odd.rejects odd.csv >odd.model
[ "$(cut -d, -f2,4,5 odd.rejects | tr '\n' ' ')" = 'line,column,code 4,person_id,missing 5,product,missing ' ] || fail "rejects: $(cat odd.rejects)"
sed '4d;5d' odd.csv >even.csv; kith score fit taste -q --buyers 1 even.csv >even.model; cmp even.model odd.model
awk 'BEGIN { print "person_id,product"; for (i = 0; i <= 20000; i++) printf "p%d,i%d\n", i / 100, i }' >many.csv
status 3 kith score fit taste --buyers 1 many.csv; grep -q '20001 items: more than 20000' err.txt || fail "too many items"
