# report gap: periods, segments, labels, a reference, the same bytes however it runs, faults.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
printf 'promise,pattern,promised\nfast delivery,deliver|parcel,.8\nfair prices,price|cheap,.6\nsilence,zzzz,.5\n' >p.csv
awk 'BEGIN { srand(8); split("love it|so bad|works fine|terrible service|great|meh|not good at all|thank you", say, "|"); split("delivery parcel price cheap shop", on, " ");
     print "record_id,ts,region,views,text"; for (i = 0; i < 3000; i++) printf "%d,2026-%02d-%02d,R%d,%d,\"the %s, %s @u%d\"\n", i, 1 + int(i / 1000), 1 + i % 28, rand() * 3, rand() * 90, on[1 + int(rand() * 5)], say[1 + int(rand() * 8)], i % 50 }' >t.csv
awk -F, 'NR == 1 { print "record_id,label"; next } NR % 15 == 2 { print $1 "," ($0 ~ /love|great|thank/ ? "positive" : $0 ~ /fine|meh/ ? "neutral" : "negative") }' t.csv >l.csv
run() { kith-report gap --promises p.csv -g region --reach views "$@"; }
run --labels l.csv --id record_id t.csv >want
[ "$(head -1 want)" = "region,promise,period,mentions,promised,lived,gap,low,high,lived_low,lived_high,tone,reach,labels,example,basis" ] || fail "header: $(head -1 want)"
[ "$(wc -l <want)" = 20 ] || fail "3 regions, 2 promises, 3 months, one silence: $(wc -l <want)"
grep -q '^,silence,,0,0.5,.*nobody speaks of it' want || fail "silence"
grep -q 'R0,fast delivery,2026-01,' want || fail "period"
grep -q '@u' want && fail "a handle is shown"
awk -F, 'NR > 1 && $7 != "" { if (g != "" && $7 > g) exit 1; g = $7; if ($8 > $7 || $7 > $9 || $14 < 1) exit 1 }' want || fail "order, interval, labels"
for j in 1 3; do for block in 4096 100000; do KITH_BLOCK=$block run -j $j --labels l.csv --id record_id t.csv >got; same got want "threads $j, block $block"; done; done
(head -1 t.csv; tail -n +2 t.csv | sort -r) | run --labels l.csv --id record_id >got; same got want "another order, a pipe"
run t.csv >none
awk -F, 'FNR > 1 && $7 != "" { w[ARGIND == 0 ? FILENAME : FILENAME] += $9 - $8 } END { exit !(w["want"] < .5 * w["none"]) }' want none || fail "labels do not halve the interval"
printf 'brand,text,label\na,the price is great,positive\nb,cheap and bad,negative\nc,parcel love it,positive\n' >r.csv
run --reference r.csv --period none t.csv >got; [ "$(wc -l <got)" = 8 ] || fail "no periods"
# a model's column of tones
awk -F, 'NR == 1 { print $0 ",tone_label"; next } { print $0 ",positive" }' t.csv >c.csv
kith-report gap --promises p.csv --period none c.csv >got; awk -F, '$1 == "fair prices" && ($5 < .55 || $5 > .65) { exit 1 }' got || fail "tone_label"
kith-report gap --promises p.csv --period none --lived negative c.csv >got; awk -F, '$1 == "fair prices" && $5 > .2 { exit 1 }' got || fail "negative"
# without labels or a reference the interval can miss: said even with -q, and by --explain
run -q t.csv 2>err >got; same got none "-q"; grep -q 'the true gap may lie outside the interval.*--labels' err || fail "no warning: $(cat err)"
run -q --labels l.csv --id record_id t.csv 2>err >got; [ -s err ] && fail "a warning in spite of labels: $(cat err)"
run -q --reference r.csv t.csv 2>err >got; [ -s err ] && fail "a warning in spite of a reference: $(cat err)"
printf 'record_id,label\nx1,positive\n' >others.csv; run -q --labels others.csv --id record_id t.csv 2>err >got; same got none "labels of others"; grep -q 'none of the labels is of a mention here' err || fail "labels of others: $(cat err)"
run --explain t.csv 2>/dev/null >got; grep -q '^rates of error,elsewhere,.*may lie outside' got || fail "--explain: $(cat got)"
run --explain --labels l.csv --id record_id t.csv >got; grep -q '^rates of error,labels,' got && grep -q "^labels,$(awk -F, 'NR > 1 { n += $14 } END { print n }' want)," got || fail "--explain: $(cat got)"
# a page says what its reader cannot see in the figures: that nobody looked at these texts
caveat() { kith report page -q "$1" | grep -c "$2" || true; }
kith report table -g basis -a n=count none | tr '\n' ' ' >got; grep -qx 'basis,n ,1 elsewhere,18 ' got || fail "basis: $(cat got)"
kith report table -g basis -a n=count want | tr '\n' ' ' >got; grep -qx 'basis,n ,1 labels,18 ' got || fail "basis with labels: $(cat got)"
[ "$(caveat none 'Nobody checked these texts by hand.*a true gap may lie outside of its interval')" = 1 ] || fail "the page of gaps without labels does not say so"
[ "$(caveat want 'Nobody checked')" = 0 ] || fail "the page of gaps with labels says there are none"
run --reference r.csv t.csv >referred; [ "$(caveat referred 'Nobody checked these texts by hand.*checked texts about other brands')" = 1 ] || fail "the page of gaps with a reference"
kith report page -q --rows 0 none | grep -q 'Nobody checked' || fail "no rows shown, and nothing said"
# a brand's name is no feeling: without it the mention is neutral
printf 'text\nthe great price\n' >great.csv
kith-report gap -q --promises p.csv great.csv 2>/dev/null | awk -F, '$1 == "fair prices" { exit !($11 > 0) }' || fail "great is a feeling"
kith-report gap -q --promises p.csv --brands acme,great great.csv 2>/dev/null | awk -F, '$1 == "fair prices" { exit !($11 == 0) }' || fail "great is a brand"
many=$(awk 'BEGIN { for (i = 1; i < 65; i++) printf "b%d,", i }'); kith-report gap -q --promises p.csv --brands "${many}" great.csv >got 2>/dev/null
status 2 kith-report gap --promises p.csv --brands "${many}great" great.csv; grep -q 'at most 64' err.txt || fail "brands past the most"
# a reference for a model's tones has them too; the labels' columns; rows that say nothing; rows that are bad
printf 'brand,text,label,tone_label\na,the price is great,positive,positive\nb,cheap and bad,negative,positive\nc,parcel love it,positive,positive\n' >rt.csv
printf 'text,tone_label\nthe price is great,positive\nfine price,positive\n' >called.csv
# of the three that are called positive there two are: so of those that are called so here
kith-report gap -q --promises p.csv --reference rt.csv called.csv | awk -F, '$1 == "fair prices" { exit !($5 > .57 && $5 < .77) }' || fail "a reference with tones"
status 3 kith-report gap --promises p.csv --reference r.csv c.csv; grep -q 'same column of tones' err.txt || fail "a reference without tones"
status 3 kith-report gap --promises p.csv --labels r.csv --id record_id t.csv; grep -q 'labels have the columns record_id and label' err.txt || fail "columns of labels"
status 3 kith-report gap --promises p.csv --labels l.csv t.csv; grep -q 'labels have the columns text and label' err.txt || fail "labels by text"
printf 'text,ts,views\nthe price is great,2026-01-02,5\n,2026-01-02,5\nthe price is bad,2026-01-02,many\nthe price is bad,then,5\n' >gaps.csv
status 3 kith-report gap --promises p.csv --reach views gaps.csv; grep -q 'gaps.csv:4: views: not a number' err.txt || fail "$(cat err.txt)"
kith-report gap -q --promises p.csv --reach views --on-error reject --rejects rejects gaps.csv >got 2>/dev/null
awk -F, '$1 == "fair prices" { exit !($3 == 1 && $11 > 0) }' got && [ "$(cut -d, -f2,5 rejects | tail -n +2 | tr '\n' ' ')" = "4,unusable 5,unusable " ] || fail "bad rows: $(cat rejects)"
# faults
status 3 kith-report gap --promises p.csv /dev/null
head -1 t.csv >h.csv; kith-report gap --promises p.csv h.csv >got; [ "$(wc -l <got)" = 4 ] || fail "header only: three silences"
printf 'promise,pattern,promised\nfast,,.8\n' >bad.csv; status 3 kith-report gap --promises bad.csv t.csv; grep -q 'bad.csv:2: pattern: a promise without a text' err.txt || fail "no pattern"
printf 'promise,pattern,promised\nfast,(,.8\n' >bad.csv; status 3 kith-report gap --promises bad.csv t.csv; grep -q 'bad.csv:2: pattern' err.txt || fail "bad pattern"
printf 'promise,pattern,promised\nfast,x,much\n' >bad.csv; status 3 kith-report gap --promises bad.csv t.csv
printf 'promise\nfast\n' >bad.csv; status 3 kith-report gap --promises bad.csv t.csv
printf 'record_id,label\n1,so so\n' >bad.csv; status 3 kith-report gap --promises p.csv --labels bad.csv --id record_id t.csv; grep -q 'bad.csv:2: label' err.txt || fail "label"
printf 'text,tone_label\nprice,odd\n' >bad.csv; status 3 kith-report gap --promises p.csv bad.csv; grep -q 'bad.csv:2: tone_label' err.txt || fail "tone"
printf 'txt\nprice\n' >bad.csv; status 3 kith-report gap --promises p.csv bad.csv; grep -q 'txt' err.txt || fail "nearest"
status 2 kith-report gap t.csv
if [ -w /dev/full ]; then set +e; run t.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
