# score offer: limits are kept, the bound holds, consent and suppression, draws and their propensities, bad input.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

awk 'BEGIN { srand(4); print "person_id,score,region,account_id,consent"; for (i = 0; i < 20000; i++) printf "p%d,%.3f,r%d,%s,%s\n", i, rand(), rand() * rand() * 4,
    (i % 10 ? "" : "a" int(i / 40)), (i % 7 ? "yes" : "no") }' >people.csv
cat >offers.csv <<END
offer,channel,value,cost,capacity,when
voucher,mail,score * 10,2,500,
voucher,sms,score * 7,1,,
hello,sms,score * 5,.5,1000,region != "r0"
gift,mail,floor(score * 4) * 3,3,,
END
kith-score offer --offers offers.csv --budget 3000 -j 1 people.csv >one 2>said
kith-score offer -q --offers offers.csv --budget 3000 -j 3 <people.csv >two; cmp one two
KITH_BLOCK=5000 kith-score offer -q --offers offers.csv --budget 3000 -j 3 people.csv >two; cmp one two
head -1 one | grep -qx 'person_id,offer,channel,value,cost,propensity' || fail "header"
awk -F, 'NR > 1 { cost += $5; n[$2 $3]++; if (seen[$1]++ || $6 != 1) bad = 1 } END { exit !(cost <= 3000 && cost > 2998 && n["vouchermail"] <= 500 && n["hellosms"] <= 1000 && !bad) }' one || fail "limits"
awk '/no plan is worth more/ { sub(/.*\(/, ""); sub(/ %.*/, ""); exit !($0 <= .01 && $0 >= 0) }' said || fail "the bound: $(cat said)"
awk -F, 'NR == FNR { account[$1] = $4; no[$1] = $5 == "no"; next } FNR > 1 { if (no[$1]) bad = 1; if (account[$1] != "" && seen[account[$1]]++) bad = 1 } END { exit bad }' people.csv one || fail "consent, accounts"
# ties: every value alike, so the budget must be used up to the last contact
awk -F, -v OFS=, 'NR > 1 { $2 = .5 } 1' people.csv >tied.csv
kith-score offer -q --offers offers.csv --budget 3000 tied.csv | awk -F, 'NR > 1 { c += $5 } END { exit !(c > 2999) }' || fail "ties"
# limits of offers and channels, frequency, floors, suppression, history
kith-score offer -q --offers offers.csv --budget 3000 --limit channel:sms=200 --limit offer:voucher=250 people.csv | awk -F, '$3 == "sms" { s++ } $2 == "voucher" { v++ } END { exit !(s <= 200 && v <= 250) }' || fail "--limit"
kith-score offer -q --offers offers.csv --account '' --contacts 2 people.csv | awk -F, 'NR > 1 { if (++n[$1] > 2 || seen[$1 $2]++) bad = 1; two = two || n[$1] == 2 } END { exit !(two && !bad) }' || fail "--contacts"
kith-score offer -q --offers offers.csv --budget 1000 --floor region:.95 people.csv >floor
awk -F, 'NR == FNR { if (FNR > 1 && $5 != "no") { g[$1] = $3 }; next } FNR > 1 { n[g[$1]]++; t++ } END { for (r in n) print r, n[r], t }' people.csv floor >shares
awk -F, 'NR > 1 && $5 != "no" { n[$3]++; t++ } END { for (r in n) print r, n[r], t }' people.csv | sort >all; sort shares >got
[ "$(wc -l <got)" = "$(wc -l <all)" ] || fail "every group is served"
paste -d' ' got all | awk '{ if ($2 < int(.95 * $5 / $6 * $3 + 1e-9)) exit 1 }' || fail "--floor: $(cat got)"
cut -d, -f1 one | sed -n '1p;2,50p' >no.csv
kith-score offer -q --offers offers.csv --budget 3000 --suppress no.csv people.csv >without
awk -F, 'NR == FNR { h[$1] = FNR > 1; next } h[$1] { exit 1 }' no.csv without || fail "--suppress"
sed -e '1s/$/,ts/' -e '2,$s/$/,2026-09-01/' no.csv >history.csv
kith-score offer -q --offers offers.csv --budget 3000 --history history.csv --every 7d --until 2026-09-03 people.csv >late
awk -F, 'NR == FNR { h[$1] = FNR > 1; next } h[$1] { exit 1 }' history.csv late || fail "--every"
kith-score offer -q --offers offers.csv --budget 3000 --history history.csv --every 1d --until 2026-09-30 people.csv >late; cmp late one || fail "long ago"
sed '3s/2026-09-01/of late/' history.csv >bad.csv; status 3 kith-score offer --offers offers.csv --history bad.csv --every 7d people.csv; grep -q 'bad.csv:3: ts: not a time' err.txt || fail "when?"
status 3 kith-score offer --offers offers.csv --history no.csv --every 7d people.csv; grep -q 'no column ts' err.txt || fail "history without times"
for limit in sms=5 channel:sms channel:sms=-1 channel:sms=some; do status 2 kith-score offer --offers offers.csv --limit $limit people.csv; done
status 3 kith-score offer --offers offers.csv --limit channel:post=5 people.csv; grep -q 'no such channel' err.txt || fail "a channel that is not there"
for share in 0 1.5 x; do status 2 kith-score offer --offers offers.csv --floor region:$share people.csv; done
kith-score offer -q --offers offers.csv --budget 3000 --header never people.csv >bare; tail -n +2 one | cmp -s - bare || fail "no header"
# without a limit but the account's the best plan is known: of each account the two people to whom their best offer is worth most, one contact each
printf 'offer,channel,value,cost\na,mail,score * 10,0\nb,sms,score * 7,0\n' >free.csv
kith-score offer -q --offers free.csv --per-account 2 people.csv >two
awk -F, 'NR == FNR { if (FNR > 1 && $5 != "no") { a = $4 == "" ? $1 : $4; v = $2 * 10; if (v > best[a]) { next_[a] = best[a]; best[a] = v } else if (v > next_[a]) next_[a] = v; of[$1] = a }; next }
    FNR > 1 { if (seen[$1]++ || ++n[of[$1]] > 2) exit 1; sum += $4 } END { for (a in best) { want += best[a]; more += next_[a] } d = sum - want - more; exit !(more > 0 && d < 1e-6 && d > -1e-6) }' people.csv two || fail "--per-account"
# draws: the same for threads, within limits; propensities add up: the mean of 1/propensity over those who drew is about the people over all choices
kith-score offer -q --offers offers.csv --budget 3000 --explore 1 --least .05 --none -j 1 people.csv >one
kith-score offer -q --offers offers.csv --budget 3000 --explore 1 --least .05 --none -j 3 people.csv >two; cmp one two
awk -F, 'NR > 1 { cost += $5; if ($6 <= 0 || $6 > 1) bad = 1 } END { exit !(cost <= 3000 && cost > 2500 && !bad) }' one || fail "draws"
# bad input
status 2 kith-score offer --budget 5 people.csv
status 2 kith-score offer --offers offers.csv --budget -5 people.csv
status 3 kith-score offer --offers nothing.csv people.csv
printf 'offer,channel,value,cost\nx,y,scroe * 2,1\n' >bad.csv; status 3 kith-score offer --offers bad.csv people.csv; grep -q 'bad.csv:2' err.txt || fail "an expression's place"
printf 'offer,channel,value,cost\nx,y,1,cheap\n' >bad.csv; status 3 kith-score offer --offers bad.csv people.csv; grep -q 'bad.csv:2: cost' err.txt || fail "a cost's place"
printf 'offer,value\n' >bad.csv; status 3 kith-score offer --offers bad.csv people.csv
for line in ',1' 'x,'; do printf 'offer,value\na,1\n%s\n' "$line" >bad.csv; status 3 kith-score offer --offers bad.csv people.csv; grep -q 'bad.csv:3: an offer needs a name and a value' err.txt || fail "an offer of $line"; done
for value in 'score > 1' 'lower(region)'; do printf 'offer,value\nx,%s\n' "$value" >bad.csv; status 3 kith-score offer --offers bad.csv people.csv; grep -q 'bad.csv:2: value: a .*, not a number' err.txt || fail "$value"; done
# a column alone is a number
for value in score 'score * 1'; do printf 'offer,value,cost\nx,%s,1\n' "$value" >alone.csv; kith-score offer -q --offers alone.csv --budget 500 people.csv >"got $value"; done
cmp 'got score' 'got score * 1'; [ "$(wc -l <'got score')" = 501 ] || fail "a column as value"
printf 'offer,value\nx,region\n' >bad.csv; status 3 kith-score offer --offers bad.csv people.csv
(cat people.csv; tail -1 people.csv) >twice.csv; status 3 kith-score offer --offers offers.csv twice.csv; grep -q 'twice.csv:20002' err.txt || fail "a repeated id's place"
head -1 people.csv >none.csv; kith-score offer -q --offers offers.csv none.csv >got; [ "$(wc -l <got)" = 1 ] || fail "no people"
status 3 kith-score offer --offers offers.csv /dev/null
status 3 kith-score offer --offers offers.csv --id nobody people.csv
if [ -w /dev/full ]; then set +e; kith-score offer -q --offers offers.csv people.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
