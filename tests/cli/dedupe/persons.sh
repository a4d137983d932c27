# dedupe fit, link, resolve, explain, eval: persons found without labels; the same for threads, blocks and orders of rows; ids that stay;
# specs, rules, labels; bad input.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }
said() { grep -q "$1" err.txt || { cat err.txt >&2; fail "no word of: $1"; }; }

# 700 persons, one to four records each, with slips, missing values, a shared e-mail and a house in common
awk 'function r(n) { s = (s * 16807) % 2147483647; return int(s / 8) % n }
    function slip(w, i) { i = 1 + r(length(w) - 1); return r(2) ? substr(w, 1, i - 1) substr(w, i + 1) : substr(w, 1, i - 1) substr(w, i + 1, 1) substr(w, i, 1) substr(w, i + 2) }
    function name(n, w, i) { w = ""; for (i = 0; i < n; i++) w = w substr("bacadafagahajakalamanaparasatavabedefegehejekelemeneperesetevebidifigihijikiliminipirisitivi", 1 + 2 * r(45), 2); return w }
    BEGIN { s = 7; split("robert bob william bill elizabeth liz james jim anna john mary peter susan sue david dave", nick, " ")
        print "id,who,given,family,born,mail,phone,street,town"
        for (p = 0; p < 700; p++) {
            f = r(3) ? nick[1 + r(16)] : name(3); l = name(3); b = sprintf("%d-%02d-%02d", 1940 + r(60), 1 + r(12), 1 + r(28))
            m = f "." l r(100) "@" name(2) ".org"; t = sprintf("%d%07d", 200 + r(700), r(10000) * 1000 + r(1000)); h = r(900) " " name(3) " road"; c = "city" r(30)
            for (k = 1 + r(4); k > 0; k--)
                printf "%d,%d,%s,%s,%s,%s,%s,%s,%s\n", ++id, p, r(10) ? (r(12) ? f : slip(f)) : "", r(9) ? l : slip(l), r(5) ? (r(15) ? b : "1970-01-01") : "",
                    r(4) ? (r(12) ? m : "noemail@example.org") : "", r(3) ? (r(15) ? t : slip(t)) : "", r(3) ? h : "", r(5) ? c : ""
        } }' >p.csv
kith-dedupe fit -q --id id --drop who p.csv >m
kith-dedupe resolve -q -m m p.csv >r
kith-dedupe eval --truth who --min-f1 .93 r >e || { cat e; fail "too many persons are wrong"; }
grep -q '^junk,mail,noemail@example.org$' m || fail "a placeholder e-mail is not junk"
[ "$(head -1 r)" = "$(head -1 p.csv),person_id,person_probability" ] || fail "the columns of resolve"
cut -d, -f1-9 r | cmp -s - p.csv || fail "resolve changes rows"
status 1 kith-dedupe eval --truth who --min-f1 .9999 r

# the same bytes however it runs, and the same model and persons for any order of rows
for run in '-j 1' '-j 3'; do
    for block in 4096 100000; do
        KITH_BLOCK=$block kith-dedupe fit -q $run --id id --drop who p.csv | cmp -s - m || fail "fit $run, blocks of $block"
        KITH_BLOCK=$block kith-dedupe resolve -q $run -m m - <p.csv | cmp -s - r || fail "resolve $run, blocks of $block"
    done
done
{ head -1 p.csv; tail -n +2 p.csv | sort -t, -k5,5 -k1,1r; } >s.csv
kith-dedupe fit -q --id id --drop who s.csv | cmp -s - m || fail "the model depends on the order of rows"
kith-dedupe resolve -q -m m s.csv | sort >a; sort r >b; same a b "the persons depend on the order of rows"
# a model is read back to the digit
kith-dedupe fit -q --id id --spec m p.csv >m2 || fail "a model is a spec"
grep '^key' m >a; grep '^key' m2 >b; same a b "keys of the spec"

# long names of columns, and names that hold what keys are written with: the same persons; names that a model could not tell apart
cut -d, -f10,11 r >persons
long=$(printf 'given_name_as_it_is_written_on_the_form_that_came_by_post_%040d' 0)
for names in "s/given/$long/" 's/given/Street \& No. 1/; s/family/Street \& No/' 's/given/e-mail: work/'; do
    sed "1$names" p.csv >q.csv
    kith-dedupe fit -q --id id --drop who q.csv >mq; kith-dedupe resolve -q -m mq q.csv | cut -d, -f10,11 | cmp -s - persons || fail "columns after $names"
done
sed '1s/phone/mail/' p.csv >q.csv
status 3 kith-dedupe fit --id id --drop who q.csv; said 'column 7: its name is that of column 6, too'
kith-dedupe fit -q --id id --drop 'who,mail[2]' q.csv | grep -q '^field,mail,email$' || fail "a repeated name that is left out"
status 2 kith-dedupe fit --id "$(printf '%0256d' 0)" p.csv; said 'more than 255 bytes'
status 2 kith-dedupe fit --id id --one-per-source --source "$(printf '%0256d' 0)" p.csv

# tonight's records: half the file is known
awk -F, 'NR == 1 || NR % 2' p.csv >old.csv; awk -F, 'NR == 1 || NR % 2 == 0' p.csv >new.csv
kith-dedupe resolve -q -m m old.csv >k
kith-dedupe resolve -q -m m --known k --log log new.csv >n
[ "$(wc -l <n)" = "$(wc -l <p.csv)" ] || fail "known records are missing"
awk -F, 'FNR == 1 { next } FILENAME == "k" { was[$1] = $10 } FILENAME == "n" && ($1 in was) && was[$1] != $10 { print was[$1] }' k n | sort -u >moved
awk -F, 'NR > 1 { print $2 }' log | sort -u >told
comm -23 moved told | grep -q . && fail "a person changed ids untold"
awk -F, 'FNR > 1 { print $1 "," $10 }' r | sort >a; awk -F, 'FNR > 1 { print $1 "," $10 }' n | sort >b # the partitions are one
join -t, a b | awk -F, '(($2 in x) && x[$2] != $3) || (($3 in y) && y[$3] != $2) { bad = 1 } { x[$2] = $3; y[$3] = $2 } END { exit bad }' || fail "incremental differs from batch"
kith-dedupe resolve -q -m m --known n --log log p.csv >again; sort n >a; sort again | cut -d, -f1-10 >b; cut -d, -f1-10 a >c; same c b "a second night changes ids"
[ "$(wc -l <log)" = 1 ] || fail "splits and merges on a quiet night"

# pairs and their waterfall agree
kith-dedupe link -q -m m p.csv >l
[ "$(head -1 l | cut -d, -f1-4)" = left_id,right_id,weight,probability ] || fail "the columns of link"
awk -F, 'NR > 1 && !($3 >= 0 && $4 >= .5 && $4 <= 1) { exit 1 }' l || fail "weights"
# shellcheck disable=SC2046
set -- $(sed -n 2p l | tr , ' ')
kith-dedupe explain -q -m m --left "$1" --right "$2" p.csv | tail -1 | awk -F, -v w="$3" '{ d = $6 - w; exit d < -.001 || d > .001 }' || fail "the waterfall does not end at the weight"
kith-dedupe explain -q -m m --left "$1" --right "$2" --picture p.csv | grep -q '^probability' || fail "the picture"

kith-dedupe link -q -m m --min -6 p.csv >l6
kith-dedupe eval --truth who --id id --links l6 p.csv >e
[ "$(head -1 e)" = threshold,pairs,precision,recall,f1 ] || fail "the columns of eval --links"
awk -F, 'NR > 1 && $5 > best { best = $5 } END { exit !(best > .85) }' e || fail "no threshold is good"
awk -F, 'NR == FNR { who[$1] = $2; next } FNR == 1 { print "left_id,right_id,match"; next } FNR % 4 == 0 { print $1 "," $2 "," (who[$1] == who[$2]) }' p.csv l6 >hand
kith-dedupe eval --links l6 --hand hand >e
awk -F, 'NR == FNR { who[$1] = $2; next } FNR > 1 && $3 >= 0 { n++; hit += who[$1] == who[$2] } END { print hit / n }' p.csv l6 >truly
awk -F, -v p="$(cat truly)" '$1 == "precision" && $3 <= p && p <= $4 { ok = 1 } END { exit !ok }' e || { cat e truly; fail "the interval of the precision"; }
status 2 kith-dedupe eval --hand hand
printf 'left_id,right_id,match\n1,1,1\n' >hand; status 3 kith-dedupe eval --links l6 --hand hand; said 'hand:2: a pair that is not among the links'

# two files, one to one
awk -F, 'NR == 1 || (!seen[$2]++)' p.csv >x.csv; awk -F, 'NR == 1 { print; next } { last[$2] = $0; n[$2]++ } END { for (w in last) if (n[w] > 1) print last[w] }' p.csv | sort -t, -k1,1n >y.csv
kith-dedupe fit -q --id id --drop who --link-only x.csv y.csv >m3
kith-dedupe resolve -q -m m3 x.csv y.csv >r3; kith-dedupe eval --truth who --min-f1 .9 r3 >/dev/null || fail "two files"
awk -F, 'NR > 1 && ++n[$10] > 2 { exit 1 }' r3 || fail "more than one of a file"
kith-dedupe link -q -m m3 --min -3 x.csv y.csv >one; kith-dedupe link -q -m m3 --min -3 --many x.csv y.csv >many
# one partner each, and none that could have one more: the pairs that are left out of the many meet a partner of at least their weight
awk -F, 'FNR == 1 { next } FNR == NR { if (++left[$1] > 1 || ++right[$2] > 1) exit 1; a[$1] = b[$2] = $3; pair[$1, $2] = 1; next }
    !(($1, $2) in pair) { n++; if (!(($1 in a) && a[$1] >= $3) && !(($2 in b) && b[$2] >= $3)) exit 1 } END { exit n < 1 }' one many || fail "one to one"

# spec, rules and labels
printf 'part,name,value\nfield,given,name\nfield,family,name\nfield,born,date\nkey,1,family.sound & born.year\nkey,2,given.sound & family.sound\nrule,cannot,born\n' >spec
kith-dedupe fit -q --id id --spec spec p.csv >m4; [ "$(grep -c '^field' m4)" = 3 ] || fail "fields of a spec"
kith-dedupe resolve -q -m m4 p.csv | awk -F, 'NR > 1 && $5 { if (($10 in b) && b[$10] != $5) exit 1; b[$10] = $5 }' || fail "a rule is broken"
awk -F, 'NR > 1 && $2 == w { print last "," $1 ",1" } { w = $2; last = $1 }' p.csv | head -60 | sed '1i left_id,right_id,match' >labels
kith-dedupe fit -q --id id --drop who --labels labels p.csv >m5
kith-dedupe resolve -q -m m5 p.csv | kith-dedupe eval --truth who --min-f1 .93 >/dev/null || fail "labels spoil the fit"
status 3 kith-dedupe fit --id id --labels labels old.csv; said 'an id that no record has'
printf 'part,name,value\nfield,givn,name\n' >spec; status 3 kith-dedupe fit --spec spec p.csv; said 'givn'
name96=$(printf '%096d' 0) name256=$(printf '%0256d' 0)
for bad in 'field,a,nonsense' 'key,1,given.sound' 'm,given:99,1' 'rule,maybe,x' 'param,prior,7' 'nothing,a,b' "field,$name96,name" 'field,,name' "option,id,$name256" \
    "option,source,$name256" 'pass,number,4' 'pass,share,2' 'pass,nothing,1' 'model,version,2' 'model,kind,other' 'swap,given:1,family'; do
    printf 'part,name,value\n%s\n' "$bad" >spec; status 3 kith-dedupe fit --spec spec p.csv; said 'spec:2:'
done

printf 'part,name,value\nfield,a,name\nfield,b,text\nfield,s,swap\nswap,s:1,a\nswap,s:2,b\n' >spec; status 3 kith-dedupe fit --spec spec p.csv; said 'spec:6: not a field of names'
grep -v '^param,prior' m >part.model; status 3 kith-dedupe resolve -m part.model p.csv; said 'no whole link model'
grep -v '^model,kind' m >part.model; status 3 kith-dedupe resolve -m part.model p.csv; said 'names no kind'
status 2 kith-dedupe fit --sample 5 p.csv; said 'go with --step'
status 2 kith-dedupe link -m m --components l p.csv; said 'go with --scatter'
status 2 kith-dedupe link -m m --blocks 2 --scatter 2 p.csv
for part in 2/2 1 x/2 1/ -1/2; do status 2 kith-dedupe link -m m --part "$part" p.csv; said 'P from 0 to N - 1'; done

# a rule decides whatever the weights say, and is the last step of the waterfall
{ grep -v '^rule' m; echo 'rule,must,town'; echo 'rule,cannot,born'; } >ruled.model
# shellcheck disable=SC2046
set -- $(awk -F, 'NR > 1 && $9 && $5 { if ($9 in town && $5 == born[$9]) next; if ($9 in town) { print town[$9], $1, "cannot -1000"; exit } town[$9] = $1; born[$9] = $5 }' p.csv)
kith-dedupe explain -q -m ruled.model --left "$1" --right "$2" p.csv | tail -n 1 | awk -F, '{ exit !($1 == "(rule)" && $4 == "cannot" && $6 == -1000) }' || fail "a rule that forbids"
# shellcheck disable=SC2046
set -- $(awk -F, 'NR > 1 && $9 { if ($9 in town && (!$5 || !born[$9])) { print town[$9], $1; exit } town[$9] = $1; born[$9] = $5 }' p.csv)
kith-dedupe explain -q -m ruled.model --left "$1" --right "$2" p.csv | tail -n 1 | awk -F, '{ exit !($1 == "(rule)" && $4 == "must" && $6 == 1000) }' || fail "a rule that joins"

# one record of a person in each source: of equal records of one source each is a person of its own
awk -F, -v OFS=, '{ print $0, NR == 1 ? "via" : substr("webshpcrm", 1 + 3 * (NR % 3), 3) }' p.csv >v.csv
kith-dedupe fit -q --id id --drop who --one-per-source --source via v.csv >mv
grep -q '^option,source,via$' mv || fail "the source in the model"
kith-dedupe resolve -q -m mv v.csv >rv
awk -F, 'NR > 1 && ++n[$10 $11] > 1 { exit 1 }' rv || fail "two records of one source are one person"
awk -F, 'NR > 1 && ++n[$11] == 2 { twice++ } END { exit !(twice > 100) }' rv || fail "nobody is found in two sources" # 1,805 records of 700 persons
awk -F, -v OFS=, '{ print $0, NR == 1 ? "via" : NR }' p.csv >v.csv
status 3 kith-dedupe resolve -m mv v.csv; said 'more than 1,024 different values'

# numbers and places are compared, too: where people live, and what they earn
awk -F, -v OFS=, 'function r(n) { s = (s * 16807) % 2147483647; return int(s / 8) % n }
    BEGIN { s = 5 } NR == 1 { print $1, $2, $3, $4, "lat", "lon", "salary"; next }
    $2 != w { w = $2; lat = 48 + r(40000) / 10000; lon = 2 + r(60000) / 10000; pay = 1000 + r(90000) }
    { print $1, $2, $3, $4, sprintf("%.5f", lat + r(100) / 1e5), sprintf("%.5f", lon + r(100) / 1e5), r(6) ? pay + r(5) : "" }' p.csv >places.csv
kith-dedupe fit -q --id id --drop who places.csv >mp
[ "$(grep '^field' mp | tr '\n' ' ')" = 'field,given,name field,family,name field,lat+lon,geo field,salary,number ' ] || fail "fields of places: $(grep ^field mp)"
kith-dedupe resolve -q -m mp places.csv >rp; kith-dedupe eval --truth who --min-f1 .97 rp >/dev/null || fail "people of one place"
for j in 1 3; do kith-dedupe fit -q -j $j --id id --drop who places.csv | cmp -s - mp || fail "a model of places, $j threads"; done
# records without a truth, or without a person, are persons of their own: 1 and 2 are found and true, 3 and 4 are neither
printf 'who,person_id\na,x\na,x\n,x2\n,\n' >nobody.csv
kith-dedupe eval --truth who nobody.csv | awk -F, 'NR > 1 && !($2 == 1 && $3 == 1) { exit 1 }' || fail "records of nobody"
# records that are the same a hundred and one times stand in no block that is paired: said, by how many
awk -F, -v OFS=, '{ print } NR == 2 { for (i = 0; i < 100; i++) print 100000 + i, $2, $3, $4, $5, $6, $7, $8, $9 }' p.csv >crowd.csv
alone() { kith-dedupe "$1" -m m "$2" 2>&1 >/dev/null | awk '/stand in blocks of more than 100 alone/ { n = $2 } END { print n + 0 }'; }
for verb in resolve link; do [ $(($(alone $verb crowd.csv) - $(alone $verb p.csv))) = 101 ] || fail "records that no pair holds: $verb: $(alone $verb crowd.csv), $(alone $verb p.csv)"; done
# what everybody shares is no key
awk 'BEGIN { print "a,b"; for (i = 0; i < 2000; i++) print (i % 2 ? "yes" : "no") "," (i % 3 ? "left" : "right") }' >h.csv; status 3 kith-dedupe fit h.csv; said 'no column can serve as a key'

# nothing, one record, all equal, all different
status 3 kith-dedupe fit /dev/null
printf 'a,b\n' >h.csv; status 3 kith-dedupe fit h.csv; said 'no column can be compared'
printf 'a,b\nx,y\n' >h.csv; status 3 kith-dedupe fit h.csv
printf 'a,b\nx,y\nx,y\nx,y\n' >h.csv; status 3 kith-dedupe fit h.csv; said 'no column can be compared'
awk 'BEGIN { print "a,b"; for (i = 0; i < 300; i++) printf "%c%c%c%c,%d\n", 97 + i % 26, 97 + int(i / 26), 97 + i * 7 % 26, 97 + i * 11 % 26, 1000003 * i % 99999999 + 10000000 }' >d.csv
kith-dedupe fit -q d.csv >md; kith-dedupe resolve -q -m md d.csv | awk -F, 'NR > 1 && $3 in s { n++ } { s[$3] } END { exit n > 3 }' || fail "strangers joined"
head -1 p.csv >h.csv; kith-dedupe resolve -q -m m h.csv >o; [ "$(wc -l <o)" = 1 ] || fail "a header only"
sed -n 1,2p p.csv >h.csv; kith-dedupe resolve -q -m m h.csv >o; [ "$(wc -l <o)" = 2 ] || fail "one record"
status 2 kith-dedupe resolve p.csv
status 3 kith-dedupe resolve -m p.csv p.csv
status 3 kith-dedupe resolve -m m d.csv; said 'no column'
status 3 kith-dedupe explain -m m --left 1 --right nobody p.csv
grep -q 'the id of --right' err.txt || fail "which id no record has"
kith-dedupe explain -q -m m --left 1 --right 2 p.csv >want; COLUMNS=80 kith-dedupe explain -q -m m --left 1 --right 2 p.csv >got
cmp -s want got || fail "COLUMNS makes a picture of a table that no terminal sees"
status 3 kith-dedupe eval --truth nothing r
# damaged models are refused or used, never worse
i=0
while [ $i -lt 60 ]; do
    awk -v i=$i 'BEGIN { srand(i) } { if (rand() < .01) { n = int(rand() * length($0)); $0 = substr($0, 1, n) substr(",-9e:|x\"", 1 + int(rand() * 8), 1) substr($0, n + 2) } print }' m >broken
    set +e; kith-dedupe resolve -q -m broken old.csv >/dev/null 2>err.txt; got=$?; set -e
    case $got in 0 | 3) ;; *) cat err.txt; fail "a damaged model: status $got" ;; esac
    i=$((i + 1))
done
