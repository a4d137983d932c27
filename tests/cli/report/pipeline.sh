# report pipeline: stages, people, accounts, times, targets; states; errors.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

cat >h.csv <<'CSV'
person_id,account_id,ts,stage,deal
1,A,2026-01-01,new,
1,A,2026-01-11,won,100.10
2,A,2026-01-01,new,
2,A,2026-01-05,met,7
3,B,2026-01-02,new,1
4,B,2026-01-02,lost,9
CSV
cat >want <<'CSV'
stage,persons,accounts,conversion,value,reached,from_previous,median_days,contacts_per_account
new,1,1,0.75,1,3,,7,2
met,1,0,0.5,7,2,0.6666666666666666,,
won,1,1,0.25,100.1,1,0.5,,2
lost,1,0,,9,,,,
CSV
kith-report pipeline --stages new,met,won --value deal h.csv | cut -d, -f1-4,7-11 >got; same got want "a history of stages"
# Wilson's interval of 3 of 4, as R's prop.test(3, 4, correct = FALSE) gives it
kith-report pipeline --stages new,met,won h.csv | awk -F, '$1 == "new" { exit !($5 > .300641 && $5 < .300643 && $6 > .954412 && $6 < .954414) }' || fail "Wilson"
[ "$(kith-report pipeline --stages new,met,won --target 'met=.05,won=.9,new=.6' h.csv | cut -d, -f13 | tr '\n' ' ')" = "target_reached open yes no  " ] || fail "targets"
printf 'stage\nnew\nnew\nwon\n' | kith-report pipeline --stages new,won | cut -d, -f1-2 | tr '\n' ' ' >got; [ "$(cat got)" = "stage,persons new,2 won,1 " ] || fail "rows without ids"
printf 'person_id,stage\n' | kith-report pipeline --stages new,won | cut -d, -f1,2,4 | tr '\n' ' ' >got; [ "$(cat got)" = "stage,persons,conversion new,0, won,0, " ] || fail "header only: $(cat got)"
# without a list the stages stand by falling number of the people that were seen there (3, 1, 1, 1), then by name; listed ones first, the others by name
[ "$(kith-report pipeline h.csv | cut -d, -f1 | tr '\n' ' ')" = "stage new lost met won " ] || fail "stages by people"
[ "$(kith-report pipeline --stages won h.csv | cut -d, -f1 | tr '\n' ' ')" = "stage won lost met new " ] || fail "other stages"
# a stage that the list lacks has a row where somebody stands in it, and only there
printf 'region,person_id,stage\nN,1,new\nN,2,lost\nS,3,won\nS,4,void\n' |
    kith-report pipeline -g region --stages new,won | cut -d, -f1-3 | tr '\n' ' ' >got
[ "$(cat got)" = "region,stage,persons N,new,1 N,won,0 N,lost,1 S,new,0 S,won,1 S,void,1 " ] || fail "stages of one group: $(cat got)"
status 3 kith-report pipeline /dev/null
status 3 kith-report pipeline --stage stge h.csv; grep -q stage err.txt || fail "no column suggested"
status 2 kith-report pipeline --stages a,b,a h.csv
printf 'person_id,stage,deal\n1,new,much\n' >bad.csv; status 3 kith-report pipeline --value deal bad.csv; grep -q 'bad.csv:2: deal: not a number' err.txt || fail "place"
awk 'BEGIN { srand(5); print "region,person_id,account_id,ts,stage,deal"; split("new,met,\"an, offer\",won,lost", s, ","); n = split("new|met|\"an, offer\"|won|lost", s, "|");
     for (i = 0; i < 20000; i++) printf "R%d,P%d,A%d,2026-01-%02d,%s,%.2f\n", rand() * 5, rand() * 4000, rand() * 900, 1 + rand() * 28, s[1 + int(rand() * n)], rand() * 90 }' >big.csv
args='--stages new,met,won -g region --value deal --target won=.3'
kith-report pipeline $args big.csv >want
for j in 1 3; do KITH_BLOCK=5000 kith-report pipeline -j $j $args big.csv >got; same got want "threads $j"; done
head -1 big.csv >1.csv; sed -n 2,7000p big.csv >>1.csv; head -1 big.csv >2.csv; sed -n '7001,$p' big.csv >>2.csv
for i in 1 2; do kith-report pipeline $args --save-state $i.st $i.csv >/dev/null; done
kith merge 2.st 1.st -o both.st; kith finish both.st >got; same got want "shards"
kith-report pipeline $args --state 1.st 2.csv >got; same got want "nights"
