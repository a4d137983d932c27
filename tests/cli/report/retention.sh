# report retention: calendar periods, cells beyond the data, states, errors.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

printf 'person_id,ts,amount\nann,2026-01-04T23:30:00Z,0.1\nann,2026-01-05,.2\nbo,2025-12-31,7\n' >e.csv
printf 'cohort,period,persons,amount,share\n2025-12-29,0,2,7.1,1\n2025-12-29,1,1,0.2,0.5\n' >want
kith-report retention --period week e.csv >got; same got want "weeks begin on a Monday"
printf 'cohort,period,persons,amount,share\n2025-12-29,0,1,7,1\n2025-12-29,1,0,0,0\n2026-01-05,0,1,0.3,1\n' >want
kith-report retention --period week --tz Europe/Paris e.csv >got; same got want "weeks of a zone"
printf 'cohort,period,persons,amount,share\n2025-Q4,0,1,7,1\n2025-Q4,1,0,0,0\n2026-Q1,0,1,0.3,1\n' >want
kith-report retention --period quarter e.csv >got; same got want "quarters"
[ "$(kith-report retention --period year e.csv | wc -l)" = 4 ] || fail "years"
[ "$(kith-report retention --period day e.csv | wc -l)" = 9 ] || fail "days"
printf 'who,at\na,2026-01-01\n' | kith-report retention --id who --ts at >got; printf 'cohort,period,persons,amount,share\n2026-01,0,1,,1\n' >want; same got want "no amounts"
printf 'cohort,period,persons,amount,share\n' >want; printf 'person_id,ts\n' | kith-report retention >got; same got want "header only"
status 3 kith-report retention /dev/null
status 3 kith-report retention --amount money e.csv
status 2 kith-report retention --period decade e.csv
printf 'person_id,ts\n,2026-01-01\n' >bad.csv; status 3 kith-report retention bad.csv; grep -q 'bad.csv:2: person_id: missing' err.txt || fail "place"
printf 'person_id,ts\na,0001-01-01\nb,2026-01-01\n' >far.csv; status 3 kith-report retention --period day far.csv
awk 'BEGIN { srand(5); print "person_id,ts,amount"; for (i = 0; i < 30000; i++) printf "P%d,202%d-%02d-%02d,%.2f\n", rand() * 4000, rand() * 4, 1 + rand() * 12, 1 + rand() * 28, rand() * 90 }' >big.csv
kith-report retention big.csv >want
for j in 1 3; do KITH_BLOCK=5000 kith-report retention -j $j big.csv >got; same got want "threads $j"; done
head -1 big.csv >1.csv; sed -n 2,9000p big.csv >>1.csv; head -1 big.csv >2.csv; sed -n '9001,$p' big.csv >>2.csv
for i in 1 2; do kith-report retention --save-state $i.st $i.csv >/dev/null; done
kith merge 2.st 1.st -o both.st; kith finish both.st >got; same got want "shards"
kith-report retention --state 1.st 2.csv >got; same got want "nights"
# CDNOW's cohorts, where they are at hand
data=$KITH_SOURCE/../shared/data
[ -e "$data/value/CDNOW_sample.txt" ] || { echo "SKIP: no CDNOW sample beside the source"; exit 77; }
(echo id,ts,amount; awk '{ print $2 "," substr($3, 1, 4) "-" substr($3, 5, 2) "-" substr($3, 7, 2) "," $5 }' "$data/value/CDNOW_sample.txt") >cdnow.csv
kith-report retention --id id cdnow.csv >got
for what in customers:3 revenue:4; do
    awk -F, -v col="${what#*:}" 'NR == FNR { if (FNR > 1) got[$1, $2] = $col; next } FNR > 1 { for (i = 2; i <= NF; i++) { n++; if (($1, i - 2) in got ? got[$1, i - 2] + 0 != $i + 0 || $i == "" : $i != "") bad++ } }
        END { if (bad || n < 50) exit 1 }' got "$data/reference/cdnow_cohort_${what%:*}.csv" || fail "CDNOW ${what%:*}"
done
