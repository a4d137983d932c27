# The fit in passes and resolve over shards and parts: the same model, pairs and persons as one run, to the byte; components of links.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export KITH_BLOCK=16K
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 >&2; fail "$3"; }; }
next() { set +e; "$@"; got=$?; set -e; [ $got = 1 ] || fail "status $got, not 1, of a step that has not converged"; }
status() { want=$1; shift; set +e; "$@" >out.txt 2>err.txt; got=$?; set -e; [ "$got" = "$want" ] || { cat err.txt >&2; fail "status $got, not $want: $*"; }; }

awk 'function r(n) { s = (s * 16807) % 2147483647; return int(s / 8) % n }
    function slip(w, i) { i = 1 + r(length(w) - 1); return substr(w, 1, i - 1) substr(w, i + 1) }
    function name(n, w, i) { w = ""; for (i = 0; i < n; i++) w = w substr("bacadafagahajakalamanaparasatavabedefegehejekelemeneperesetevebidifigihijikiliminipirisitivi", 1 + 2 * r(45), 2); return w }
    BEGIN { s = 11; split("robert bob william bill elizabeth liz james jim anna john mary peter", nick, " ")
        print "id,given,family,born,mail,street,town"
        for (p = 0; p < 900; p++) {
            f = r(3) ? nick[1 + r(12)] : name(3); l = name(3); b = sprintf("%d-%02d-%02d", 1940 + r(60), 1 + r(12), 1 + r(28))
            m = f "." l r(100) "@" name(2) ".org"; h = r(900) " " name(3) " road"; c = "city" r(20)
            for (k = 1 + r(4); k > 0; k--)
                printf "%d,%s,%s,%s,%s,\"%s\",%s\n", ++id, r(12) ? f : slip(f), r(9) ? l : slip(l), r(5) ? b : "", r(4) ? (r(9) ? m : "noemail@example.org") : "", r(3) ? h ", flat " r(3) : "", c
        } }' >p.csv
kith dedupe fit -q --id id p.csv >one.model
kith dedupe resolve -q -m one.model p.csv >one.csv
kith dedupe link -q -m one.model --min -3 p.csv >one.links

kith shard --size $(($(wc -c <p.csv) / 4)) p.csv -o shards.csv
ids=$(kith where -s id shards.csv | tail -n +2)
[ "$(echo "$ids" | wc -l)" -ge 4 ] || fail "too few shards"
parts='0 1 2'
pass() { # MODEL STATE: over the shards
    for i in $ids; do kith dedupe fit -q --id id --step "$1" --shard "$i@shards.csv" --save-state "$2.$i" -o none; [ ! -s none ] || fail "a shard wrote a model"; done
    kith merge "$2".* -o "$2"
}
scattered() { # MODEL: blocks, which are oversized, and the records part by part
    for i in $ids; do kith dedupe link -q -m "$1" --counts counts --blocks 3 --shard "$i@shards.csv" -o "b.$i"; done
    kith table -g block -a 'n=sum(records)' b.* | kith where 'n > 100' -s block >over
    for i in $ids; do kith dedupe link -q -m "$1" --counts counts --over over --scatter 3 --shard "$i@shards.csv" -o "s.$i" --index "s.$i.index"; done
    gather s
}
gather() { # PREFIX: PREFIX-part.P of the shards' parts
    for p in $parts; do
        head -n 1 "$1.0" >"$1-part.$p"
        for i in $ids; do
            # shellcheck disable=SC2046
            set -- "$1" $(awk -F, -v p="$p" '$1 == p { print $2 + 1, $3 }' "$1.$i.index")
            [ $# = 1 ] || tail -c "+$2" "$1.$i" | head -c "$3" >>"$1-part.$p"
        done
    done
}
pass new rows
next kith dedupe fit -q --id id --step new --state rows -o m1
pass m1 values
next kith dedupe fit -q --id id --step m1 --state values --save-counts counts -o m2
for p in $parts; do kith dedupe fit -q --step m2 --part "$p/3" --save-state "whole.$p" p.csv -o none; done # parts of the blocks, all the records
kith merge whole.2 whole.0 whole.1 -o whole
scattered m2
[ "$(wc -l <over)" -gt 3 ] || fail "no block is oversized"
for p in $parts; do kith dedupe fit -q --step m2 --part "$p/3" --counts counts --over over --save-state "patterns.$p" "s-part.$p" -o none; done # the same, each its own
kith merge patterns.* -o patterns
kith finish whole | grep ^pairs >a; kith finish patterns | grep ^pairs >b; same a b "the patterns of scattered records"
next kith dedupe fit -q --step m2 --state whole --rows values -o m3
next kith dedupe fit -q --step m2 --state patterns --rows values -o m3b; same m3 m3b "the step from scattered records"
scattered m3
for p in $parts; do kith dedupe fit -q --step m3 --part "$p/3" --counts counts --over over --save-state "more.$p" "s-part.$p" -o none; done
kith merge more.* -o more
kith dedupe fit -q --step m3 --state more -o model || fail "the last step says that it has not converged"
same model one.model "the model of the passes"

# the laws of the states: orders, an empty shard, the same twice
kith merge values.3 values.1 values.0 values.2 -o v2; kith finish v2 >a; kith finish values >b; same a b "the order of the merge"
head -n 1 p.csv >none.csv; kith dedupe fit -q --id id --step m1 --save-state none.st none.csv -o none
kith merge none.st values -o v3; kith finish v3 >a; same a b "an empty shard"
next kith dedupe fit -q --id id --step m1 --state v2 --save-counts counts2 -o m2b; same m2 m2b "the model of another order"; same counts counts2 "the counts of another order"
status 3 kith merge values values.0 -o no
status 3 kith merge rows.0 values.1 -o no
status 2 kith dedupe fit --step m2 --state patterns -o no
status 3 kith dedupe fit --step m2 --state patterns --rows rows -o no; grep -q 'holds no values' err.txt || fail "rows without values"
status 2 kith dedupe fit --step new --labels p.csv --save-state no p.csv
status 3 kith dedupe resolve -m m2 p.csv
sed 's/^pattern,[0-9-]*,/pattern,x,/' patterns.0 >bad; status 3 kith merge bad

# resolve: pairs by part, components, persons
scattered model
least=$(awk -F, '$2 == "threshold" { printf "%.17g", $3 - 3 }' model)
: >pairs
for p in $parts; do
    kith dedupe link -q -m model --counts counts --over over --part "$p/3" --id kith_row --min -3 "s-part.$p" | tail -n +2 >>pairs
    kith dedupe link -q -m model --counts counts --over over --part "$p/3" --id kith_row --min "$least" "s-part.$p" | kith dedupe resolve -q --edges --save-state "f.$p" -o none
done
cut -d, -f3- pairs | sort >a; tail -n +2 one.links | cut -d, -f3- | sort >b; same a b "the pairs of the parts"
kith merge f.0 f.1 f.2 -o forest; kith finish forest >labels
for i in $ids; do
    awk -F, -v s="$i" 'NR == 1 || int($1 / 4294967296) == s' labels >"l.$i"
    kith dedupe link -q -m model --counts counts --scatter 3 --components "l.$i" --shard "$i@shards.csv" -o "c.$i" --index "c.$i.index"
done
gather c
for p in $parts; do kith dedupe resolve -q -m model --counts counts --over over "c-part.$p" -o "found.$p"; done
: >joined
for i in $ids; do
    { head -n 1 found.0; tail -q -n +2 found.0 found.1 found.2 | awk -F, -v s="$i" 'int($1 / 4294967296) == s'; } >mine
    kith dedupe resolve -q -m model --persons mine --shard "$i@shards.csv" --header never >>joined
done
tail -n +2 one.csv | cmp -s - joined || fail "the persons"

# what a task is handed is checked: counts, oversized blocks, components, numbers of rows
refused() { refusal=$1; printf '%b' "$2" >bad; shift 2; status 3 "$@"; grep -qF -- "$refusal" err.txt || { cat err.txt >&2; fail "no word of: $refusal"; }; }
given='part,field,hash,count\nrows,,,10\n'
refused 'bad: its columns are not part,field,hash,count' 'part,field\nrows,\n' kith dedupe link -m model --counts bad p.csv
refused 'bad:3: count: not a number of records' "${given}once,given,,-1\n" kith dedupe link -m model --counts bad p.csv
refused 'bad:3: not a row of counts' "${given}value,given,123,4\n" kith dedupe link -m model --counts bad p.csv
refused 'bad:3: not a row of counts' "${given}values,given,0123456789abcdef,4\n" kith dedupe link -m model --counts bad p.csv
refused 'bad: counts no rows' 'part,field,hash,count\npresent,given,,4\n' kith dedupe link -m model --counts bad p.csv
refused 'bad: there is no column block' 'blocks\n0:1\n' kith dedupe link -m model --counts counts --over bad p.csv
for block in 7 a:1 0:-1 0:4294967296 40:1 ''; do refused 'bad:2: block: not KEY:HASH' "block,n\n$block,1\n" kith dedupe link -m model --counts counts --over bad p.csv; done
refused 'bad:2: id: not the number of a row of this shard' 'id,component\n999999,1\n' kith dedupe link -m model --counts counts --scatter 3 --components bad p.csv
refused 'there is no column component' 'id\n1\n' kith dedupe link -m model --counts counts --scatter 3 --components bad p.csv
refused 'kith_row: not the number of a row' "$(head -n 1 c-part.0)\n-1,,1,a,b,,,,\n" kith dedupe resolve -m model --counts counts bad
status 2 kith dedupe link -m model --over over p.csv
# without shards: the rows of the files, numbered from 0, in the same blocks
kith dedupe link -q -m model --counts counts --blocks 3 p.csv | tail -n +2 | sort >a
kith table -g block -a 'n=sum(records)' b.* | tail -n +2 | sort >b; same a b "the blocks of all rows at once"
kith dedupe link -q -m model --counts counts --over over --scatter 1 p.csv | awk -F, 'NR > 1 && ($1 != $3 - 1 || n[$1]++) { exit 1 } END { exit NR < 2000 }' || fail "rows by number"

# components of links, against an awk of its own
awk 'BEGIN { print "left_id,right_id"; for (i = 1; i < 3000; i++) print i * 31 % 4000 "," i * i % 4000 }' >links.csv
kith dedupe resolve --edges links.csv >labels
awk -F, 'function root(x) { while (up[x] != x) x = up[x]; return x }
    FNR == 1 { next } FNR == NR { for (k = 1; k <= 2; k++) if (!($k in up)) up[$k] = $k; a = root($1); b = root($2); if (a + 0 < b + 0) up[b] = a; else up[a] = b; next }
    { n++; if (root($1) != $2) exit 1 } END { m = 0; for (x in up) m++; if (n != m) exit 1 }' links.csv labels || fail "components"
for j in 1 3; do kith dedupe resolve --edges -j $j <links.csv >again; same labels again "components with $j threads"; done
printf 'left_id,right_id\n' >none.csv
[ "$(kith dedupe resolve --edges none.csv)" = id,component ] || fail "no links"
status 3 kith dedupe resolve --edges p.csv
grep -q left_id err.txt || fail "which column is missing"
printf 'left_id,right_id\na,b\n,c\nd,\n' >gaps.csv; status 3 kith dedupe resolve --edges gaps.csv; grep -q 'gaps.csv:3: left_id: no id' err.txt || fail "a link to nobody"
[ "$(kith dedupe resolve -q --on-error skip --edges gaps.csv | wc -l)" = 3 ] || fail "a missing id is no record"
for option in --log=l --over=counts --index=i --threshold=3; do status 2 kith dedupe resolve --edges $option links.csv; done

# a column that tells nothing about persons is left out after the first patterns: in passes as in one run
awk -F, 'NR == 1 { print $0 ",via"; next } { s = (s * 16807 + NR * 7919) % 2147483647; print $0 "," substr("webshpcrm", 1 + 3 * (int(s / 8) % 3), 3) }' p.csv >via.csv
kith dedupe fit -q --id id via.csv >one.model
grep -q '^field,via' one.model && fail "an idle field is in the model"
kith dedupe fit -q --id id --step new --save-state rows via.csv -o none
next kith dedupe fit -q --id id --step new --state rows -o m1
kith dedupe fit -q --id id --step m1 --save-state values via.csv -o none
next kith dedupe fit -q --id id --step m1 --state values -o m2
kith dedupe fit -q --step m2 --save-state patterns via.csv -o none
next kith dedupe fit -q --step m2 --state patterns --rows values -o m3
grep -q '^field,via,ignore$' m3 || fail "an idle field between passes"
kith dedupe fit -q --step m3 --save-state more via.csv -o none
kith dedupe fit -q --step m3 --state more -o model
same model one.model "the model of the passes without an idle field"
