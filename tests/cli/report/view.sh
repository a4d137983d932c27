# report view: widths, hostile data, selections, what is left out is said.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

printf 'name,amount,note\nAnn,1234.5678901,"a long note, with a comma"\n\033[31mBo\033[0m,2,\n' >t.csv
kith-report view --ascii t.csv >got
printf 'name   amount  note\n----  -------  -------------------------\nAnn   1234.57  a long note, with a comma\nBo       2\n' >want
cmp -s got want || { diff got want >&2; fail "aligned"; }
grep -q "$(printf '\033')" got && fail "an escape came through"
kith-report view --exact --ascii t.csv | grep -q 1234.5678901 || fail "exact"
kith-report view --ascii --width 30 t.csv >got; awk 'length($0) > 30 { exit 1 }' got || fail "wider than 30"
kith-report view --ascii --width 20 t.csv | grep -q 'more column' || fail "a column left out is not named"
COLUMNS=24 kith-report view --ascii t.csv >got; awk 'length($0) > 24 { exit 1 }' got || fail "COLUMNS"
awk 'BEGIN { print "n"; for (i = 1; i <= 500; i++) print i }' >n.csv
[ "$(kith-report view --ascii n.csv | tail -1)" = ".. 450 more rows" ] || fail "more rows"
[ "$(kith-report view --ascii --tail 2 --numbers n.csv | tail -1)" = "500  500" ] || fail "tail"
for b in 113 65536; do KITH_BLOCK=$b kith-report view --tail 3 n.csv >got; [ "$(tail -3 got | tr -d ' \n')" = 498499500 ] || fail "tail over blocks"; done
[ "$(kith-report view --ascii --rows 0 n.csv | wc -l)" = 502 ] || fail "all rows"
kith-report view -s amount,name --ascii t.csv | head -1 | grep -q '^ *amount  name' || fail "selection"
printf 'a,b\n' | kith-report view --ascii | grep -q '^a  b' || fail "header only"
status 3 kith-report view /dev/null
status 3 kith-report view -s nme t.csv; grep -q name err.txt || fail "no column suggested"
status 2 kith-report view --rows -1 t.csv
if [ -w /dev/full ]; then status 4 sh -c 'kith-report view t.csv >/dev/full'; fi
