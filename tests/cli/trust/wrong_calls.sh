#!/bin/sh
# Typical wrong calls: what was meant is named, the status is 2 or 3, and nothing is left behind.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
printf 'person_id,ts,product,amount\n1,2026-01-02,tea,5\n2,2026-01-03,pot,9\n' >shop.csv
wrong() { # STATUS PART-OF-THE-MESSAGE COMMAND...
    want=$1 part=$2
    shift 2
    status=0
    "$@" >out 2>err </dev/null || status=$?
    [ "$status" = "$want" ] || fail "$*: status $status, not $want: $(cat err)"
    grep -qF -- "$part" err || fail "$*: $(cat err)"
}
wrong 2 "did you mean 'table'?" kith tabel shop.csv
wrong 2 "did you mean 'table'?" kith report tabel shop.csv
wrong 2 "no family or verb 'xyzzyxyzzy'" kith xyzzyxyzzy shop.csv
wrong 2 "kith dedupe fit, kith segment fit rfm" kith fit shop.csv
wrong 2 "one of: value, lead" kith score fit
wrong 2 "did you mean --outcome?" kith score fit lead --outcom x shop.csv
wrong 3 "no column 'outcome'" kith fit lead shop.csv # two words that one family has
wrong 3 "did you mean 'product'?" kith table -g prodct shop.csv
wrong 3 "among the 4 there are (head -n 1 shows their names)" kith table -g quux shop.csv
wrong 3 "did you mean 'amount'?" kith where 'amout > 5' shop.csv
wrong 3 'a text stands in quotes: "tea"' kith where 'product == tea' shop.csv
wrong 2 "'=' is written '=='" kith where 'amount = 5' shop.csv
wrong 2 "quote it whole" kith where amount '>' 5 shop.csv
wrong 3 "no column 'outcome' among the 4 there are (head -n 1 shows their names); --outcome names another" kith score fit lead shop.csv
printf 'who,ts,amount\n1,2026-01-02,5\n' >who.csv
wrong 3 "kith dedupe resolve makes it; --id names another" kith rfm who.csv
rm who.csv
wrong 2 "(see kith why --help)" kith why
wrong 3 "kith segment paths makes it" kith attribution shop.csv
wrong 3 "no such file" kith view shop.cvs
wrong 3 "is a directory" kith view .
wrong 2 "takes one of" kith plot --kind pie shop.csv
wrong 2 "--steps A,B,... is needed" kith funnel shop.csv
wrong 2 "takes a date or a time" kith rfm --until yesterday shop.csv
wrong 2 "several families" kith help fit
kith help fit lead >help || fail "kith help fit lead"
grep -q '^kith score fit lead:' help || fail "kith help fit lead: $(head -n 1 help)"
# a front that stands alone finds the programs in PATH; without them it says so
cp "$(command -v kith)" front && [ "$(./front where 'amount > 6' shop.csv | wc -l)" = 2 ] || fail "a front of its own"
wrong 4 "cannot run kith-segment" env PATH=/nowhere "$PWD/front" where 'amount > 6' shop.csv
rm front
[ "$(ls)" = "err
help
out
shop.csv" ] || fail "something is left behind: $(ls)"
# on a terminal: the short help and status 2 where no file is named; wrapped help; colour unless it is not wanted
command -v script >/dev/null || exit 0
tty() { COLUMNS=$1 TERM=$2 NO_COLOR=$3 script -qec "$4" /dev/null </dev/null 2>&1 | tr -d '\r'; }
tty 80 xterm '' 'kith table --help' >got
sed "s/$(printf '\033')\[[0-9;]*m//g" got | awk '!/^  kith|^exit/ && length > 80 { print; bad = 1 } END { exit bad }' >long || fail "wider than the terminal: $(cat long)"
grep -q "$(printf '\033')\[1m" got || fail "no heading"
tty 40 dumb '' 'kith table --help' >got
awk 'length > 40 && !/^  kith|^  printf|^  cut|^exit|^usage|^rows/ { words = $0; gsub(/^ +/, "", words); if (words ~ / /) { print; bad = 1 } } END { exit bad }' got >long || fail "wider than 40: $(cat long)" # a single word may be longer
grep -q "$(printf '\033')" got && fail "colour on a dumb terminal"
tty 80 xterm '' 'kith view nosuch.csv' | grep -q "$(printf '\033')\[1;31mkith-report:" || fail "a failure is not red"
tty 80 xterm 1 'kith view nosuch.csv' | grep -q "$(printf '\033')" && fail "colour in spite of NO_COLOR"
exit 0
