# Patterns from users and files on hostile data: every verb that takes one ends soon, with status 3 and the place, and never with "no match".
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
awk 'BEGIN { for (i = 0; i < 5000; i++) a = a "a"; for (i = 0; i < 60; i++) b = b "a"; print "id,s,n," b "!"; print "1,fine,1,2"; print "2," a "!,1,2"; print "3," b "!,1,2" }' >h.csv
# gives_up WORDS COMMAND...: status 3, within a minute even under sanitizers, WORDS on standard error
gives_up() {
    words=$1; shift
    for threads in 1 3; do
        set +e
        timeout 60 "$@" -j $threads h.csv >out.txt 2>err.txt
        got=$?
        set -e
        [ $got = 3 ] || { cat err.txt >&2; fail "status $got: $*"; }
        grep -q -- "$words" err.txt || { cat err.txt >&2; fail "no '$words': $*"; }
        grep -q 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' err.txt && fail "the value is told: $*"
        tail -c 400 out.txt | grep -q '^"!kith failed: ' || fail "no mark of failure: $*"
    done
}
for pattern in '(a+)+$' '^(a|aa)+$' '^(a|a?)+$' '((((((a?)+)+)+)+)+)+$' '^(?:a*)*b$|^(\w+\s?)+$' '^(([a-z])+.)+[A-Z]([a-z])+$'; do
    gives_up 'h.csv:3: s: too hard for the pattern' kith-segment where "s =~ \"$pattern\""
done
gives_up 'h.csv:3: s: too hard' kith-segment where 's !~ "^(a+)+$"'
gives_up 'h.csv:3: s: too hard' kith-segment where '(s =~ "(?i)^(A+)+$") or n == 7'
gives_up 'h.csv:3: s: too hard' kith-segment derive -e 'x = match(s, "^(a|a?)+$")'
gives_up 'h.csv:3: s: too hard' kith-segment derive -e 'x = replace(s, /^(a+)+$/, "")'
printf 'segment,when\nx,"s =~ ""^(a+)+$"""\n' >rules.csv
gives_up 'h.csv:3: s: too hard' kith-segment rules --rules rules.csv
printf 'offer,channel,value,cost,when\nv,m,1,1,"s =~ ""^(a+)+$"""\n' >offers.csv
gives_up 'h.csv:3: s: too hard' kith-score offer --offers offers.csv --id id --budget 5
gives_up 'too hard a pattern for the name of column 4' kith-segment where -s '/^(a+)+$/' true
gives_up 'too hard a pattern for the name of column 4' kith-ingest sort -k '/^(a|aa)+$/'
printf 'promise,pattern,promised\nx,^(a+)+$,.5\n' >promises.csv
gives_up 'h.csv:3: s: too hard for the pattern of a promise' kith-report gap --promises promises.csv --text s --period none

# --on-error skip and reject go on behind such a row
kith-segment where --on-error skip 's !~ "^(a|aa)+$"' -s id h.csv >got 2>err.txt; [ "$(cat got)" = "id
1" ] || fail "skip: $(cat got)"
grep -q '2 rows left out' err.txt || fail "skip is not said"
kith-report gap --promises promises.csv --text s --period none --on-error skip h.csv >got 2>err.txt; grep -q '2 rows left out' err.txt || fail "gap skips: $(cat err.txt)"
# a schema's pattern is a rule: what it gives up on is rejected, or counted as a failure, with the place
printf 'column,type,pattern\nid,,\ns,,(a|aa)+\n' >schema.csv
timeout 60 kith-ingest read --schema schema.csv --rejects rejects.csv h.csv >got 2>err.txt || fail "read"
[ "$(grep -c ',pattern_gave_up,' rejects.csv)" = 2 ] || fail "the reason: $(cut -d, -f1-5 rejects.csv)"
set +e; timeout 60 kith-ingest check --schema schema.csv h.csv >got 2>err.txt; status=$?; set -e
[ $status = 1 ] && grep -q '^pattern,s,3,3,' got || fail "check: $status, $(cat got)"
# patterns that are too large or nested too deep are refused as such
awk 'BEGIN { for (i = 0; i < 300; i++) p = p "("; p = p "a"; for (i = 0; i < 300; i++) p = p ")"; print "segment,when\nx,\"s =~ \"\"" p "\"\"\"" }' >deep.csv
set +e; kith-segment rules --rules deep.csv h.csv >got 2>err.txt; status=$?; set -e
[ $status = 2 ] && grep -q 'deep.csv:2: .*not a pattern' err.txt || fail "nested: $status, $(cat err.txt)"
set +e; kith-segment where 's =~ "(a{65535}){65535}"' h.csv >got 2>err.txt; status=$?; set -e
[ $status = 2 ] && grep -q 'not a pattern' err.txt || fail "too large: $status, $(cat err.txt)"
