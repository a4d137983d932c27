# report power: the three questions, every test, what cannot be worked out.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
cell() { awk -F, -v r="$1" -v c="$2" 'NR == r + 1 { printf "%.6g", $c }' got; }
kith-report power --test means --effect .5 >got; [ "$(cell 1 5)" = 63.7656 ] || fail "means"
kith-report power --test means --effect 10 --sd 20 --ratio 3 --power .9 >got; [ "$(cell 1 5)" = 56.5241 ] || fail "means, ratio, sd"
kith-report power --test means --effect .5 --size 63.7656105889 >got; [ "$(cell 1 3)" = 0.8 ] || fail "power"
kith-report power --test means --size 63.7656105889 >got; [ "$(cell 1 2)" = 0.5 ] || fail "effect"
kith-report power --test proportions --baseline .1 --lift .1 --traffic 1000 >got
[ "$(cell 1 5) $(cell 2 5) $(cell 3 5)" = "14744.1 14750.8 14748" ] || fail "proportions"
[ "$(cell 1 9)" = 30 ] || fail "days"
kith-report power --test proportions --method h --baseline .1 --target .11,.12 --size 14744.1048369 >got; [ "$(cell 1 3)" = 0.8 ] && [ "$(wc -l <got)" = 3 ] || fail "list"
kith-report power --test survival --effect .5 --event-share .5 >got; [ "$(cell 1 7)" = 66 ] || fail "survival"
kith-report power --test ratios --baseline 2 --lift .05 --sd 1 --correlation .5 --comparisons 3 --arms 4 >got; [ "$(wc -l <got)" = 2 ] || fail "ratios"
kith-report power --test means --effect .5 --looks 5 --bound pocock >got; grep -q '2.41317622 2.41317622' got || fail "bounds"
status 2 kith-report power
status 2 kith-report power --test means --effect 0
status 2 kith-report power --test means --effect .1 --power 1
status 2 kith-report power --test means --effect x
status 2 kith-report power --test proportions --target .2
status 2 kith-report power --test proportions --baseline .1 --target 1.2
status 2 kith-report power --test survival --effect 0
status 2 kith-report power --test mean --effect .1
if [ -w /dev/full ]; then set +e; kith-report power --effect .1 >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
