# long: lengths around 2^31 and 2^32: records, fields, headers, files and pipes past them; 20,000 columns; each the right answer or a clear end.
# Records of 2 GB need 12 GB of memory; where there is less they are left out, and said to be.
set -u
failures=0
bad() { failures=$((failures + 1)); echo "$1: status $status: $(head -n 1 err 2>/dev/null | cut -c 1-200)"; }
expect() { # WHAT STATUS SAYS
    [ "$status" = "$2" ] || bad "$1"
    [ -z "${3:-}" ] || grep -q "$3" err || bad "$1: does not say: $3"
}
zeros() { head -c "$1" /dev/zero | tr '\0' "$2"; } # BYTES CHARACTER
G=1073741824

# ---- offsets and counts past 4 GiB, from a pipe and from a file with holes ----
# 5 GiB in rows of 65,536 bytes: 81,920 rows, the last one marked
long_rows() {
    echo id,text
    awk 'BEGIN { s = "xxxx"; while (length(s) < 65533) s = s s; s = substr(s, 1, 65533); for (i = 1; i < 81920; i++) print "1," s; print "2," s }'
}
long_rows | kith segment where 'id == 2' -s id >out 2>err
status=$?
expect 'rows behind 5 GiB of a pipe' 0
[ "$(tr '\n' ' ' <out)" = 'id 2 ' ] || bad 'rows behind 5 GiB of a pipe: another answer'
long_rows | kith report table -a 'n=count,s=sum(id)' >out 2>err
status=$?
expect 'a fold over 5 GiB' 0
[ "$(tail -n 1 out)" = 81920,81921 ] || bad "a fold over 5 GiB: $(tail -n 1 out)"
{ long_rows; echo 3; } | kith segment where 'id == 2' >/dev/null 2>err
status=$?
expect 'the place of a fault behind 5 GiB' 3 'standard input:81922: 1 field where'

# ---- a file with holes of 6 GB: NUL bytes, no line end ----
if truncate -s 6442450944 holes.csv 2>/dev/null; then
    for verb in 'segment where 1==1' 'report table -a n=count' 'ingest sort -k 1'; do
        # shellcheck disable=SC2086
        (ulimit -v $((12 * 1024 * 1024)); ulimit -t 20; exec kith $verb holes.csv) >/dev/null 2>err # seconds of the processor: refused at 2 GB, each byte looked at once
        status=$?
        case $status in 3) expect "a header of 6 GB ($verb)" 3 'no line end in the first 2 GB\|longer than 2 GB' ;; *) expect "a header of 6 GB ($verb)" 4 'out of memory' ;; esac
    done
    # records behind a hole of 5 GiB inside a quoted field: refused by length, not by a number that ran over
    { printf 'a,b\n1,"'; } >holes.csv
    truncate -s $((5 * G)) holes.csv
    printf '",2\n3,4\n' >>holes.csv
    (ulimit -v $((12 * 1024 * 1024)); exec kith segment where '1==1' holes.csv) >/dev/null 2>err
    status=$?
    case $status in 3) expect 'a record of 5 GiB' 3 'a record longer than 2 GB' ;; *) expect 'a record of 5 GiB' 4 'out of memory' ;; esac
    rm -f holes.csv
else
    echo "files with holes are left out: this file system has none so large"
fi

# ---- with little memory, a long record is a clear end ----
for verb in 'segment where 1==1' 'report table -a n=count' 'ingest sort -k a' 'dedupe rows' 'ingest read'; do
    # shellcheck disable=SC2086
    { echo a,b; printf '1,'; zeros $((3 * G / 2)) y; echo; } | (ulimit -v $((1024 * 1024)); exec kith $verb - ) >/dev/null 2>err
    status=$?
    expect "a record of 1.5 GiB in 1 GiB of memory ($verb)" 4 'memory'
done

# ---- records just below and above 2^31 ----
free=$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo 2>/dev/null)
if [ "${free:-0}" -ge 13 ]; then
    { echo a,b; printf '1,'; zeros $((2 * G - 1000000)) y; echo; echo 3,4; } | kith segment where 'a == 3' >out 2>err
    status=$?
    case $status in 0) [ "$(tail -n 1 out)" = 3,4 ] || bad 'a record just below 2^31: another answer' ;; *) expect 'a record just below 2^31' 3 'longer than 2 GB' ;; esac
    # a block of 512 KiB below what can be addressed: every byte of it goes through, and it is one row of a fold; a header as long is a name
    n=$((2 * G - 1048576))
    below() { echo a,b; printf '1,'; zeros $n y; echo; echo 3,4; }
    below | kith segment where 'a > 0' 2>err | wc -c >out
    [ "$(tr -d ' ' <out)" = $((n + 11)) ] || bad "a record of 2^31 - 2^20 bytes: $(cat out) bytes"
    below | kith report table -a 'n=count,s=sum(a)' >out 2>err
    status=$?
    expect 'a fold over a record of 2^31 - 2^20 bytes' 0
    [ "$(tail -n 1 out)" = 2,4 ] || bad "a fold over a record of 2^31 - 2^20 bytes: $(tail -n 1 out)"
    { zeros $n y; echo; echo 1; echo 2; } | kith report table -a n=count >out 2>err
    status=$?
    expect 'a header of 2^31 - 2^20 bytes' 0
    [ "$(tail -n 1 out)" = 2 ] || bad "a header of 2^31 - 2^20 bytes: $(tail -n 1 out)"
    { echo a,b; printf '1,'; zeros $((2 * G + 1000000)) y; echo; echo 3,4; } | kith segment where 'a == 3' >out 2>err
    status=$?
    expect 'a record just above 2^31' 3 'longer than 2 GB'
else
    echo "records of 2 GB are left out: ${free:-?} GB of memory are free, 13 are needed"
fi

# ---- a bomb: 2 GiB of rows in a few kilobytes ----
if command -v zstd >/dev/null; then
    { echo a,b; awk 'BEGIN { s = ""; for (i = 0; i < 16384; i++) s = s "1,2\n"; for (i = 0; i < 32768; i++) printf "%s", s }'; } | zstd -q -3 -c >bomb.zst
    kith report table -a n=count bomb.zst >out 2>err
    status=$?
    expect 'a bomb' 3 'unpacks to more than 250 times its size.*--max-size'
    kith report table -a n=count --max-size 4G bomb.zst >out 2>err
    status=$?
    expect 'a bomb that is wanted' 0
    [ "$(tail -n 1 out)" = 536870912 ] || bad "a bomb that is wanted: $(tail -n 1 out)"
    rm -f bomb.zst
fi

# ---- 20,000 columns by 200 rows: the right answer at both ends ----
awk -v OFS=, 'BEGIN { for (j = 0; j < 20000; j++) printf "%sc%d", j ? "," : "", j; print ""; for (i = 0; i < 200; i++) { for (j = 0; j < 20000; j++) printf "%s%d", j ? "," : "", (i + j) % 10; print "" } }' >wide.csv
kith segment where 'c19999 == 0' -s c0,c19999 wide.csv >out 2>err
status=$?
expect '20,000 columns' 0
[ "$(wc -l <out)" = 21 ] && [ "$(sed -n 2p out)" = 1,0 ] || bad '20,000 columns: another answer'
kith ingest sort -k -c19999 wide.csv | kith segment where -s c19999 '1==1' >out 2>err
status=$?
expect '20,000 columns sorted' 0
[ "$(sed -n 2p out)" = 9 ] || bad '20,000 columns sorted: another answer'
rm -f wide.csv
echo "$failures failures"
[ $failures = 0 ]
