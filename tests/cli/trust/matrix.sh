#!/bin/sh
# The fault matrix: every verb of tests/matrix/verbs.txt against the faults that inputs, outputs and machines have.
# Prints a table, a row a verb: "." as it should be, "X" not, "-" not tried here (said below it).
# usage: matrix.sh [--long] [PATTERN]     (--long: every allocation, more kills, wide and long records)
set -u
. "$KITH_SOURCE/tests/cli/lib.sh"
shim=$KITH_BUILD/tests/libkith-faults.so
here=$PWD
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=1:exitcode=99" UBSAN_OPTIONS="${UBSAN_OPTIONS:-}:exitcode=99"
export SOURCE_DATE_EPOCH=0
failures=0 verbs=0 runs=0 long=no full=
[ "${1:-}" = --long ] && { long=yes; shift; }
sanitized=${KITH_SANITIZE:-}

# ---- running ----

# run INPUT OUTPUT: the verb on that input; status in $status, messages in err.
run() {
    runs=$((runs + 1))
    (eval "set -- $(printf '%s' "$args" | sed "s|{}|$1|g")"; exec kith "$@") >"$2" 2>err
    status=$?
}
# faulty FAULT OUTPUT [ARGS...]: the verb on in.csv under the preload shim.
faulty() {
    runs=$((runs + 1)) fault=$1 to=$2
    shift 2
    (more="$*"; eval "set -- $(printf '%s' "$args" | sed 's|{}|in.csv|g') $more"; shift
     exec env LD_PRELOAD="$shim" KITH_FAULT="$fault" "$program" "$@") >"$to" 2>err </dev/null
    status=$?
}

# ---- judging ----

bad() { cell=X; failures=$((failures + 1)); echo "  $name: $column: $1 (status $status): $(head -n 1 err | cut -c 1-200)" >>problems; }
clear_end() { # no sanitizer's report, and a failure says in its last lines what failed
    ! grep -q 'AddressSanitizer\|runtime error\|LeakSanitizer' err || bad "a sanitizer's report"
    case $status in 0|1|141) ;; *) tail -n 4 err | grep -q '^kith-' || bad "no clear line" ;; esac
}
expect() { # STATUSES...
    case " $* " in *" $status "*) clear_end ;; *) bad "expected one of $*" ;; esac
}
same() { # a page names its inputs, so only a run on the same name gives its bytes
    [ "$name" = 'report page' ] && case $column in pipe|fifo|crlf|bom|no_eol|gzip|zstd) return ;; esac
    cmp -s good "${1:-out}" || bad "other bytes than the plain run"
}
nothing_left() {
    [ ! -e result ] || { bad "a result of a failed run"; rm -f result; }
    for left in ./*.kith; do [ ! -e "$left" ] || { bad "left $left"; rm -f "$left"; }; done
}
says() { grep -q "$1" err || bad "does not say: $1"; }
absent() { cell=-; grep -qxF "$1" "$here/absent" || echo "$1" >>"$here/absent"; }
tolerant() { # verbs that take any export
    case $name in 'ingest read'|'ingest schema'|'ingest check') return 0 ;; esac
    return 1
}

# ---- what the machine has ----

: >absent
if [ "$(id -u)" = 0 ] && mkdir -p full && mount -t tmpfs -o size=1m kith-full full 2>/dev/null; then
    full=$here/full
    trap 'umount "$full"' EXIT
    dd if=/dev/zero of=full/filler bs=4k 2>/dev/null
fi
nobody=
if [ "$(id -u)" = 0 ]; then
    nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
    $nobody test -x "$KITH_BUILD/kith" -a -r "$cases/verbs.txt" -a -x "$here" 2>/dev/null || nobody=none
fi

# ---- columns ----

# Every allocation that fails, in growing steps or (--long) each of the first 1,500 and a dense sample beyond; all that follow fail too, or it alone.
allocations() {
    n=1 step=0
    faulty count /dev/null
    all=$(sed -n 's/^allocations: //p' err)
    while [ $n -le "${all:-0}" ]; do
        for kind in alloc once; do
            [ $long = yes ] || [ $((step % 2)) = "$([ $kind = once ] && echo 1 || echo 0)" ] || continue
            faulty $kind:$n out -o result
            case $status in
            4) clear_end; nothing_left ;;
            "$ok") same result; rm -f result ;;
            *) bad "allocation $n ($kind): expected 4"; rm -f result ;;
            esac
        done
        [ "$failures" -le 200 ] || return
        step=$((step + 1))
        if [ $long = no ]; then n=$((n + 1 + n / 12))
        elif [ $n -lt 1500 ]; then n=$((n + 1))
        else n=$((n + 1 + $(od -An -N2 -tu2 /dev/urandom) % (1 + n / 50))); fi
    done
}

# kill -9 while a file is written: the old one or the new one; the next run leaves nothing temporary.
kills() {
    i=0 times=4
    [ $long = no ] || times=60
    while [ $i -lt $times ]; do
        echo old >result
        fault=$(echo none short named | cut -d ' ' -f $((i % 3 + 1)))
        set -- timeout -s KILL "0.0$((i * 7 % 20 / 10))$((i * 7 % 10 + 1))"
        [ -n "$sanitized" ] || set -- "$@" env LD_PRELOAD="$shim" KITH_FAULT="$fault"
        (eval "set -- \"\$@\" \"\$program\" $(printf '%s' "${args#* }" | sed 's|{}|in.csv|g')"; exec "$@" -o result) >out 2>err </dev/null
        status=$?
        runs=$((runs + 1)) i=$((i + 1))
        [ "$(cat result)" = old ] || same result
    done
    status=0
    run "in.csv -o result" out
    same result
    rm -f result
    nothing_left
}

# Address space: the same bytes or a clear end, at every size.
# shellcheck disable=SC2120
address_space() {
    for size in 16 24 32 48 64 96 144 216 324; do
        runs=$((runs + 1))
        (eval "set -- $(printf '%s' "$args" | sed 's|{}|in.csv|g')"
         shift
         # shellcheck disable=SC3045
         ulimit -v $((size * 1024)); KITH_THREADS=2; export KITH_THREADS
         exec "$program" "$@" -o result) >out 2>err </dev/null
        status=$?
        case $status in
        "$ok") same result; rm -f result ;;
        4) clear_end; nothing_left ;;
        127) grep -q 'error while loading shared libraries' err || bad "expected 4" ;; # too small for the libraries
        *) bad "$size MB: expected 4"; rm -f result ;;
        esac
    done
}

damaged() { # FILE: the middle byte changed
    half=$(($(wc -c <"$1") / 2))
    { head -c $half "$1"; tail -c +$((half + 1)) "$1" | head -c 1 | tr '\000-\377' '\001-\377\000'; tail -c +$((half + 2)) "$1"; } >damaged
}
packed() { # PROGRAM SAYS...
    command -v "$1" >/dev/null || { absent "$1 is not installed"; return; }
    "$1" -q -c <in.csv >packed
    run packed out; expect "$ok"; same
    head -c $(($(wc -c <packed) / 2)) packed >half.csv
    run half.csv out; expect 3; says "$2"
    run "half.csv -o result" out; expect 3; nothing_left
    damaged packed
    run damaged out; expect 3; says "$2"
    run "--max-size 20 packed" out; expect 3; says 'max-size'
}

on_full() {
    if [ -n "$full" ]; then
        run "in.csv -o $full/result" out; expect 4; says 'No space left'
        [ ! -e "$full/result" ] || bad "a result on a full disk"
        run in.csv "$full/out"; expect 4
        rm -f "$full/out"
    else
        absent "a full disk of 1 MB: this user may not mount; a limit on file sizes was tried instead"
        (trap '' XFSZ; ulimit -f 0; run "in.csv -o result" /dev/null 2>/dev/null; echo $status >st) ; status=$(cat st)
        cell=.; expect 4; nothing_left
    fi
}

wide() { # 20,000 more columns
    awk -v OFS=, 'NR == 1 { s = $0; for (i = 0; i < 20000; i++) s = s ",w" i; print s; next }
                  { s = $0; for (i = 0; i < 20000; i++) s = s "," (i + NR) % 10; print s }' in.csv >x.csv
    run x.csv out; expect 0 1 2 3
}
long_field() { # one of 64 MB, in the last column
    { sed '1s/$/,last/; 2,$s/$/,x/' in.csv; sed -n 2p in.csv | tr -d '\n'; printf ',"'; head -c 67108864 /dev/zero | tr '\0' y; printf '"\n'; } >x.csv
    run x.csv out; expect 0 1 2 3
    rm -f x.csv
}

try() { # COLUMN
    case $1 in
    pipe) cat in.csv | { run - out; echo $status >st; }; status=$(cat st); expect "$ok"; same ;;
    fifo) rm -f f; mkfifo f; cat in.csv >f & run f out; wait; expect "$ok"; same ;;
    crlf) sed 's/$/\r/' in.csv >x.csv; run x.csv out; expect "$ok"; same ;;
    bom) { printf '\357\273\277'; cat in.csv; } >x.csv; run x.csv out; expect "$ok"; same ;;
    no_eol) printf '%s' "$(cat in.csv)" >x.csv; run x.csv out; expect "$ok"; same ;;
    empty) : >x.csv; run x.csv out; case $name in 'ingest read') expect 0 ;; *) expect 3 ;; esac ;;
    header) printf '%s\n' "$first" >x.csv; run x.csv out; expect 0 1 3 ;;
    ragged) { sed '3s/$/,surplus,surplus/' in.csv; } >x.csv; run x.csv out; case $name in ingest\ read|ingest\ schema|ingest\ check|ingest\ profile) expect 0 1 3 ;; *) expect 3 ;; esac ;;
    quote) { cat in.csv; printf '"never closed\n'; } >x.csv; run x.csv out; case $name in 'ingest read'|'ingest schema') expect 0 3 ;; *) expect 3 ;; esac ;;
    nul) { cat in.csv; sed -n 2p in.csv | tr '0-9' '\000'; } >x.csv; run x.csv out; expect 0 1 3 ;;
    cr_only) tr '\n' '\r' <in.csv >x.csv; run x.csv out; case $name in 'ingest read'|'ingest schema') expect 0 3 ;; *) expect 3 ;; esac ;;
    utf16) { printf '\377\376'; awk '{ gsub(/[ -~]/, "&\001"); printf "%s\n\001", $0 }' in.csv | tr '\001' '\000'; } >x.csv
           run x.csv out; if tolerant; then expect 0 1; else expect 3; says 'UTF-16'; fi ;;
    utf8) LC_ALL=C sed '3s/[a-z]/\xff/' in.csv >x.csv; run x.csv out; expect 0 1 3 ;;
    dir) mkdir -p d; run d out; expect 3 ;;
    missing) run nosuch.csv out; expect 3 ;;
    unread)
        if [ "$nobody" = none ]; then absent "an unreadable file: no other user may look into this folder"; return; fi
        cp in.csv x.csv; chmod 000 x.csv
        (eval "set -- $(printf '%s' "$args" | sed "s|{}|x.csv|g")"; exec $nobody kith "$@") >out 2>err; status=$?
        chmod 600 x.csv; expect 4; says 'Permission denied\|cannot' ;;
    column) sed 's/[^,]*/q&q/g; s/qq/q/g' in.csv | sed '2,$s/q\([^,]*\)q/\1/g' >x.csv; run x.csv out
        case $name in 'ingest read'|'ingest schema'|'ingest profile'|'report view'|'report plot'|'report page'|'dedupe fit'|'segment fit'*|'dedupe rows'|'segment community') expect 0 1 2 3 ;; *) expect 2 3 ;; esac ;;
    mark) { cat in.csv; printf '"!kith failed: kith-x: y'; } >x.csv; run x.csv out; expect 3 ;;
    gzip) packed gzip 'gzip data' ;;
    zstd) packed zstd 'zstd data' ;;
    full) run in.csv /dev/full; expect 4; on_full ;;
    closed) (eval "set -- $(printf '%s' "$args" | sed "s|{}|in.csv|g")"; kith "$@" 2>err; echo $? >st) | head -c 1 >/dev/null; status=$(cat st); expect 0 1 141; ;;
    output) run "in.csv -o result" out; expect "$ok"; same result
        rm -f result; run "nosuch.csv -o result" out; nothing_left ;;
    kill) kills 2>/dev/null ;; # the shell says who was killed
    wide) wide ;;
    long) long_field ;;
    *) if [ -n "$sanitized" ]; then absent "what the preload shim and address-space limits do: sanitizers replace malloc and the limits themselves"; return; fi
        case $1 in
        short|eintr) faulty "$1" out; expect "$ok"; same ;;
        eio)
            for n in 1 2; do
                faulty read:$n /dev/null
                case $status in 4) clear_end ;; "$ok") [ $n -gt 1 ] || bad "a failing read went unseen" ;; *) bad "expected 4" ;; esac
                faulty write:$n out -o result
                case $status in 4) clear_end; nothing_left ;; "$ok") [ $n -gt 1 ] || bad "a failing write went unseen" ;; *) bad "expected 4" ;; esac
                rm -f result
            done
            faulty write:1 out; expect 4
            faulty nospace:1 out -o result; expect 4; nothing_left ;;
        close) faulty close:1 out -o result; expect 4; nothing_left
            faulty close:1 out; expect 4 ;;
        memory) address_space ;;
        alloc) [ "$name" != 'segment community' ] || { absent "failing allocations of segment community: igraph ends the process when it starts without memory"; return; }
            allocations ;;
        esac ;;
    esac
}

columns="pipe fifo crlf bom no_eol empty header ragged quote nul cr_only utf16 utf8 dir missing unread column mark gzip zstd full closed output kill
    short eintr eio close memory alloc"
[ $long = no ] || columns="$columns wide long"
columns=${KITH_COLUMNS:-$columns}
: >problems
{ printf '%-22s' verb; for c in $columns; do printf ' %s' "$c"; done; echo; } >table

matrix() {
    verbs=$((verbs + 1))
    : >problems
    chmod 644 ./*; chmod 755 .
    first=$(head -n 1 in.csv)
    line=$(printf '%-22s' "$name")
    column=plain
    run in.csv good
    expect 0 1
    ok=$status
    for column in $columns; do
        cell=.
        try "$column"
        line="$line $(printf "%-${#column}s" "$cell")"
    done
    echo "$line" >>"$here/table"
    cat problems >>"$here/problems"
}
each_verb "${1:-}" matrix

cat table absent problems
echo "$verbs verbs, $runs runs, $failures failures"
[ "$verbs" -gt 0 ] && [ "$failures" = 0 ]
