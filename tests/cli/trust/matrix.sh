#!/bin/sh
# The fault matrix: every verb of tests/matrix/verbs.txt against the faults that inputs, outputs and machines have.
# Prints a table, a row a verb: "." as it should be, "X" not. usage: matrix.sh [PATTERN]
set -u
cases=$KITH_SOURCE/tests/matrix
here=$PWD
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=1:exitcode=99" UBSAN_OPTIONS="${UBSAN_OPTIONS:-}:exitcode=99"
export SOURCE_DATE_EPOCH=0
failures=0
verbs=0

# run ARGS...: the verb with its command line; status in $status, output in out, messages in err.
run() { # INPUT OUTPUT
    # shellcheck disable=SC2086
    (eval "set -- $(printf '%s' "$args" | sed "s|{}|$1|g")"; exec kith "$@") >"$2" 2>err
    status=$?
}
bad() { cell=X; failures=$((failures + 1)); echo "  $name: $column: $1 (status $status): $(head -n 1 err)" >>problems; }
one_line() { [ "$(wc -l <err)" -le "${1:-3}" ] && ! grep -q 'AddressSanitizer\|runtime error\|LeakSanitizer' err; }
status_in() {
    for s; do [ "$status" = "$s" ] && return 0; done
    return 1
}
expect() { # STATUSES...
    cell=.
    status_in "$@" || { bad "expected one of $*"; return; }
    one_line 60 || bad "a sanitizer's report"
    case $status in 0|1|141) ;; *) tail -n 4 err | grep -q '^kith-' || bad "no clear line" ;; esac
    [ "$status" = 0 ] || [ "$status" = 1 ] || [ -s err ] || [ "$status" = 141 ] || bad "silent"
}
same() { # a page names its inputs, so only a run on the same name gives its bytes
    [ "$name" = 'report page' ] && case $column in pipe|crlf|bom|no_eol) return ;; esac
    cmp -s good out || bad "other bytes than the plain run"
}
row() { table="$table $cell"; }

columns="plain threads blocks pipe locale crlf bom no_eol empty header ragged quote nul cr_only dir missing column mark full closed output"
: >problems
printf '%-22s' verb >table
for c in $columns; do printf ' %s' "$c" >>table; done
echo >>table

# shellcheck disable=SC2162
while IFS='|' read -r name input args prepare; do
    case $name in ''|'#'*) continue ;; esac
    case "$name" in *"${1:-}"*) ;; *) continue ;; esac
    verbs=$((verbs + 1))
    rm -rf work && mkdir work && cd work || exit 4
    cp "$cases"/*.csv "$cases"/*.key . 2>/dev/null
    : >problems
    table=
    cp "$input" in.csv
    [ -z "$prepare" ] || sh -c "$prepare" || exit 4
    first=$(head -n 1 in.csv)
    for column in $columns; do
        cell=.
        case $column in
        plain) run in.csv good; expect 0 1; ok=$status ;;
        threads) KITH_THREADS=3; export KITH_THREADS; run in.csv out; expect "$ok"; same; KITH_THREADS=1; run in.csv out; expect "$ok"; same; unset KITH_THREADS ;;
        blocks) KITH_BLOCK=113; export KITH_BLOCK; run in.csv out; expect "$ok"; same; unset KITH_BLOCK ;;
        pipe) cat in.csv | { run - out; echo $status >st; }; status=$(cat st); expect "$ok"; same ;;
        locale) LC_ALL=tr_TR.UTF-8 TZ=Pacific/Apia; export LC_ALL TZ; run in.csv out; expect "$ok"; same; unset LC_ALL TZ ;;
        crlf) sed 's/$/\r/' in.csv >x.csv; run x.csv out; expect "$ok"; same ;;
        bom) { printf '\357\273\277'; cat in.csv; } >x.csv; run x.csv out; expect "$ok"; same ;;
        no_eol) printf '%s' "$(cat in.csv)" >x.csv; run x.csv out; expect "$ok"; same ;;
        empty) : >x.csv; run x.csv out; case $name in 'ingest read') expect 0 ;; *) expect 3 ;; esac ;;
        header) printf '%s\n' "$first" >x.csv; run x.csv out; expect 0 1 3 ;;
        ragged) { sed '3s/$/,surplus,surplus/' in.csv; } >x.csv; run x.csv out; case $name in ingest\ read|ingest\ schema|ingest\ check|ingest\ profile) expect 0 1 3 ;; *) expect 3 ;; esac ;;
        quote) { cat in.csv; printf '"never closed\n'; } >x.csv; run x.csv out; case $name in 'ingest read'|'ingest schema') expect 0 3 ;; *) expect 3 ;; esac ;;
        nul) { cat in.csv; sed -n 2p in.csv | tr '0-9' '\000'; } >x.csv; run x.csv out; expect 0 1 3 ;;
        cr_only) tr '\n' '\r' <in.csv >x.csv; run x.csv out; case $name in 'ingest read'|'ingest schema') expect 0 3 ;; *) expect 3 ;; esac ;;
        dir) mkdir -p d; run d out; expect 3 ;;
        missing) run nosuch.csv out; expect 3 ;;
        column) sed 's/[^,]*/q&q/g; s/qq/q/g' in.csv | sed '2,$s/q\([^,]*\)q/\1/g' >x.csv; run x.csv out
            case $name in 'ingest read'|'ingest schema'|'ingest profile'|'report view'|'report plot'|'report page'|'dedupe fit'|'segment fit'*|'dedupe rows'|'segment community') expect 0 1 2 3 ;; *) expect 2 3 ;; esac ;;
        mark) { cat in.csv; printf '"!kith failed: kith-x: y'; } >x.csv; run x.csv out; expect 3 ;;
        full) run in.csv /dev/full; expect 4 ;;
        closed) (eval "set -- $(printf '%s' "$args" | sed "s|{}|in.csv|g")"; kith "$@" 2>err; echo $? >st) | head -c 1 >/dev/null; status=$(cat st); expect 0 1 141; ;;
        output) run "in.csv -o result.out" out; expect "$ok"; cmp -s good result.out || bad "-o differs"
            rm -f result.out; run "nosuch.csv -o result.out" out; [ -e result.out ] && bad "a result of a failed run"
            ls ./*.kith >/dev/null 2>&1 && bad "a temporary file is left" ;;
        esac
        row
    done
    printf '%-22s%s\n' "$name" "$table" >>"$here/table"
    cat problems >>"$here/problems"
    cd "$here" || exit 4
done <"$cases/verbs.txt"

cat table
cat problems
rm -rf work
echo "$verbs verbs, $failures failures"
[ "$verbs" -gt 0 ] && [ "$failures" = 0 ]
