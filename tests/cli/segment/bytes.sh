#!/bin/sh
# Every segment verb of tests/matrix/verbs.txt on some thousand rows of the same columns: the same bytes for one thread and four, one file or the
# same rows in ten, file or pipe, two block sizes; and for paths with all in memory or most of it on disk.
set -u
. "$KITH_SOURCE/tests/cli/lib.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 4
failures=0 runs=0 verbs=0
bad() { failures=$((failures + 1)); echo "$name: $args: $1: $(head -n 1 err | cut -c 1-160)"; }

mkdir rows && cp "$cases"/*.csv "$cases"/*.key rows && cd rows || exit 4
cases=$dir/rows # with some thousand rows in them
awk 'function pick(n) { return int(rand() * n) }
BEGIN {
    srand(6)
    print "person_id,ts,event,channel,campaign,product,amount,region,lat,lon" >"events.csv"
    for (i = 0; i < 4000; i++) {
        buys = rand() < .15
        printf "p%d%s,2026-%02d-%02dT%02d:%02d:%02dZ,%s,%s,%s,%s,%s,R%02d,%.3f,%.3f\n", pick(300), i % 9 ? "" : "-a-rather-long-name", 1 + pick(6), 1 + pick(28), pick(24), pick(60), pick(60),
            buys ? "buy" : pick(2) ? "cart" : "visit", pick(5) ? "c" pick(4) : "", pick(3) ? "spring" : "", i % 50 ? "tea" : "\"tea, \"\"green\"\"\nleaves\"",
            buys ? sprintf("%.2f", rand() * 90) : "", pick(9), 40 + rand() * 9, rand() * 9 >"events.csv"
    }
    print "person_id,ts,amount" >"purchases.csv"
    for (i = 0; i < 4000; i++) printf "p%03d,2026-%02d-%02d,%.2f\n", pick(600), 1 + pick(8), 1 + pick(28), rand() * 80 >"purchases.csv"
    print "person_id,value_x,value_tx,value_T,value_m" >"summaries.csv"
    for (i = 0; i < 3000; i++) { far = i % 2; printf "p%04d,%d,%.6f,%.6f,%.4f\n", i, far * 9 + pick(4), far * 20 + rand() * 9, 30 + far * 5 + rand() * 9, rand() * 50 >"summaries.csv" }
    print "record_id,source,first_name,last_name,born,email,city,truth" >"people.csv"
    for (i = 0; i < 3000; i++) printf "%d,web,Ann,Doe%d,19%02d-03-04,a%d@example.org,City%d,%d\n", i, pick(99), 50 + pick(50), i, pick(7), i >"people.csv"
    print "a,b" >"friends.csv"
    for (i = 0; i < 2500; i++) { g = pick(20); printf "n%d,n%d\n", g * 30 + pick(30), (pick(9) ? g : pick(20)) * 30 + pick(30) >"friends.csv" }
    print "person_id,age,sector,visits,region,treatment,outcome,score" >"leads.csv"
    for (i = 0; i < 2500; i++) { v = pick(20); printf "p%d,%s,%s,%d,R%02d,%d,%d,%.4f\n", i, i % 31 ? 20 + pick(60) : "", pick(2) ? "retail" : "farm", v, pick(5), pick(2), rand() < v / 40, rand() >"leads.csv" }
}' || exit 4

one() { # WAY INPUT [SETTING...]: against golden
    way=$1 input_of=$2
    shift 2
    runs=$((runs + 1))
    (eval "set -- env \"\$@\" kith $(printf '%s' "$args" | sed "s|{}|$input_of|g")"; exec "$@") >out 2>err
    [ $? = "$ok" ] || bad "$way: another status"
    cmp -s golden out || bad "$way"
}
bytes() {
    verbs=$((verbs + 1))
    (eval "set -- $(printf '%s' "$args" | sed "s|{}|$input|g")"; KITH_THREADS=1 exec kith "$@") >golden 2>err </dev/null
    ok=$?
    [ $ok = 0 ] || bad "status $ok"
    [ "$(wc -l <golden)" -gt 3 ] || bad "no result to speak of"
    # ten files of whole records: a quoted field runs over two lines
    awk -v all="$(awk 'NR > 1 { quotes += gsub(/"/, "&"); n += quotes % 2 == 0 } END { print n }' "$input")" 'NR == 1 { head = $0; next }
        { file = "ten" int(done * 10 / all) ".csv"; if (file != last) { print head >file; last = file }
          print >file; quotes += gsub(/"/, "&"); done += quotes % 2 == 0 }' "$input"
    ten=$(echo ten?.csv)
    [ "$ten" = 'ten0.csv ten1.csv ten2.csv ten3.csv ten4.csv ten5.csv ten6.csv ten7.csv ten8.csv ten9.csv' ] || bad "no ten files: $ten"
    one "four threads, small blocks" "$input" KITH_THREADS=4 KITH_BLOCK=5000 </dev/null
    one "four threads" "$input" KITH_THREADS=4 </dev/null
    one "one thread, small blocks, a pipe" - KITH_THREADS=1 KITH_BLOCK=5000 <"$input"
    mkfifo pipe; cat "$input" >pipe &
    one "four threads, a pipe" - KITH_THREADS=4 <pipe
    wait; rm -f pipe
    one "ten files, one thread" "$ten" KITH_THREADS=1 </dev/null
    one "ten files, four threads, small blocks" "$ten" KITH_THREADS=4 KITH_BLOCK=5000 </dev/null
    rm -f ten?.csv
}
each_verb 'segment ' bytes

# paths past --memory
name='segment paths'
awk 'NR == 1 { print; next } { rows[NR] = $0 } END { srand(2); for (k = 0; k < 24; k++) for (i = 2; i <= NR; i++) print "q" k rows[i] }' purchases.csv | sed '1s/.*/person_id,ts,amount,event,channel/; 2,$s/$/,buy,mail/' >many.csv
for per in person conversion; do
    args="segment paths --conversion buy --times --window 90d --per $per -v {}"
    kith segment paths --conversion buy --times --window 90d --per $per many.csv >golden; ok=0
    args="$args --memory 1M"
    for threads in 1 4; do
        one "past memory, $threads threads" many.csv KITH_THREADS=$threads KITH_BLOCK=50000 </dev/null
        [ $threads = 4 ] || grep -q '[1-9][0-9]* bytes went through a temporary file' err || bad "nothing went to disk"
    done
    one "past memory, a pipe" - <many.csv
    grep -q '[1-9][0-9]* bytes went through a temporary file' err || [ "$(nproc)" -gt 2 ] || bad "nothing went to disk"
    runs=$((runs + 1))
    if TMPDIR=$dir/missing kith segment paths --conversion buy --memory 1M -j 1 many.csv -o result 2>err; then bad "no folder for temporary files"; fi
    grep -q 'no temporary file' err || bad "does not say what is missing"
    [ ! -e result ] || bad "a result of a failed run"
done
echo "$verbs verbs, $runs runs, $failures failures"
[ $verbs -gt 10 ] && [ $failures = 0 ]
