# score fit tone: learns, applies, the same bytes however it runs, faults, and the reference where it is there.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
awk 'BEGIN { srand(2); split("the zim works|quick zam here|zum zum|all zims fine", p, "|"); split("gar again|no gor today|gurr it|the gars fail", n, "|"); split("table at noon|see the page|it is monday|a post", o, "|");
     print "text,label"; for (i = 0; i < 600; i++) { k = int(rand() * 3); t = k == 0 ? n[1 + int(rand() * 4)] : k == 1 ? o[1 + int(rand() * 4)] : p[1 + int(rand() * 4)];
     print t " " int(rand() * 50) "," (k == 0 ? "negative" : k == 1 ? "neutral" : "positive") } }' >t.csv
kith-score fit tone --outcome label --cv mod:3 --cv-report cv.csv t.csv 2>/dev/null >m.csv
awk -F, '$1 == "all" && $3 < .99 { exit 1 } END { exit NR != 9 }' cv.csv || fail "learns: $(tail -1 cv.csv)"
for j in 1 3; do KITH_BLOCK=4096 kith-score fit tone -j $j --outcome label t.csv >got; same got m.csv "threads $j"; done
printf 'text\nzim zum\ngurr\n\n"see, the ""page"""\n' >x.csv
kith-score apply -m m.csv x.csv >got; [ "$(cut -d, -f1,3 got | sed -n 2p)" = "zim zum,positive" ] && grep -q '^gurr,-0.*,negative$' got || fail "apply: $(cat got)"
kith-score apply -m mood=m.csv x.csv | head -1 | grep -q '^text,mood_score,mood_label$' || fail "names"
kith-score fit tone --brands 'great' </dev/null >l.csv; printf 'text\nGreat Britain\nlove it\n' | kith-score apply -m l.csv >got
grep -q '^Great Britain,0,neutral$' got && grep -q '^love it,0.*,positive$' got || fail "word list: $(cat got)"
sed 's/^gram,w:zim.*/gram,w:zim,1 x 2 3/' m.csv >bad.csv; status 3 kith-score apply -m bad.csv x.csv
status 3 kith-score fit tone --outcome label /dev/null
printf 'text,label\na,positive\n' >one.csv; status 3 kith-score fit tone --outcome label one.csv; grep -q "one class" err.txt || fail "one class"
printf 'text,label\na,positive\nb,what\n' >bad.csv; status 3 kith-score fit tone --outcome label bad.csv; grep -q 'bad.csv:3: label' err.txt || fail "label"
{ cat t.csv; printf ',positive\nnot known,\n'; } >gaps.csv; kith-score fit tone --outcome label --cv mod:3 gaps.csv 2>/dev/null >got; same got m.csv "rows without a text or a label"
{ cat t.csv; printf 'x,what\n'; } >bad.csv; status 3 kith-score fit tone --outcome label --cv mod:3 bad.csv; grep -q 'bad.csv:602: label' err.txt || fail "a label of folds"
for cv in '' '--cv mod:3'; do kith-score fit tone --on-error skip --outcome label $cv bad.csv 2>/dev/null >got; same got m.csv "a bad label left out $cv"; done
status 3 kith-score fit tone --outcome lable t.csv
status 2 kith-score fit tone --outcome label --cv mod:1 t.csv
if [ -w /dev/full ]; then set +e; kith-score fit tone --outcome label t.csv >/dev/full 2>err.txt; [ $? = 4 ] || fail "full disk"; set -e; fi
# states: any order and any shards give the model of one run; people can be taken out again
head -201 t.csv >a.csv; (head -1 t.csv; tail -n +202 t.csv) >b.csv; head -1 t.csv >none.csv
for f in a b none; do kith-score fit tone -q --outcome label --save-state $f.st $f.csv >/dev/null; done
kith merge b.st none.st a.st -o all.st; kith finish all.st -o got; same got m.csv 'merged'
kith-score fit tone -q --outcome label --save-state all.st t.csv >/dev/null; kith forget --rows a.csv all.st -o left.st
kith finish left.st >got; kith-score fit tone -q --outcome label b.csv >want; same got want 'forgotten'
status 2 kith-score fit tone --outcome label --cv mod:3 --save-state x.st t.csv
data=$KITH_SOURCE/../shared/data/text/sanders_full-corpus.csv
[ -f "$data" ] || { echo "SKIP: no reference data"; exit 77; }
kith segment where 'Sentiment != "irrelevant"' "$data" >s.csv
[ "$(kith report table -a n=count s.csv | tail -1)" = 3424 ] || fail "rows of the reference"
kith-score fit tone --text TweetText --outcome Sentiment --cv mod:5 --cv-report cv.csv s.csv >/dev/null 2>&1
awk -F, '$1 == "all" && $2 == "accuracy" && $3 < .79 { exit 1 } $1 == "all" && $2 == "macro_f1" && $3 < .69 { exit 1 }' cv.csv || fail "$(tail -2 cv.csv)"
kith-score fit tone --text TweetText --brands apple,google,microsoft,twitter,android,nexus,windows >l.csv
kith-score apply -m l.csv s.csv >got
kith segment derive -e 'right = if(tone_label == Sentiment, 1, 0)' got | kith report table -a 'a=mean(right)' | awk 'NR == 2 && $1 < .56 { exit 1 }' || fail "word list's accuracy"
