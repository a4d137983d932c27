#!/bin/sh
# What -v says at the end of every filter of tests/matrix/verbs.txt: rows in are the input's, rows out those that were written, and the difference was
# rejected or dropped; with a row that cannot be used among them also. usage: counts.sh [PATTERN]
set -u
cases=$KITH_SOURCE/tests/matrix
failures=0 runs=0 pattern=${1:-}
export KITH_THREADS=1
bad() { failures=$((failures + 1)); echo "$name: $1: $(tail -n 1 err | cut -c 1-160)"; }
agree() { # WHAT OPTION...: the last line against the files in.csv and out, none of whose fields holds a line end
    what=$1
    shift
    eval "kith $(printf '%s' "$args" | sed 's|{}|in.csv|g; s| -q | |') -v \"\$@\"" >out 2>err </dev/null || bad "$what: status $?"
    runs=$((runs + 1))
    set -- "$(($(wc -l <in.csv) - 1))" "$(($(wc -l <out) - 1))"
    sed -n 's/.*: \([0-9]*\) rows in, \([0-9]*\) out, \([0-9]*\) rejected, \([0-9]*\) dropped,.*/\1 \2 \3 \4/p' err >said
    awk -v rows="$1" -v written="$2" '{ wrong = !($1 == rows && $2 == written && $1 == $2 + $3 + $4) } END { exit wrong || NR != 1 }' said || bad "$what: $1 rows in, $2 written"
}

# shellcheck disable=SC2162
while IFS='|' read -r name input args prepare; do
    case $name in
    'ingest read'|'ingest sort'|'ingest mask'|'dedupe rows'|'segment where'|'segment derive'|'segment rules'|'score apply'|'segment apply'|'segment assign'|'segment lookalike') ;;
    'dedupe resolve') case $args in *--edges*) continue ;; esac ;;
    *) continue ;;
    esac
    case "$name" in *"$pattern"*) ;; *) continue ;; esac
    rm -rf work && mkdir work && cd work || exit 4
    cp "$cases"/*.csv "$cases"/*.key . 2>/dev/null
    [ -z "$prepare" ] || sh -c "$prepare" 2>/dev/null || exit 4
    cp "$input" in.csv
    agree 'as it is'
    case $name in
    'ingest sort') agree 'the first three' --top 3 ; agree 'none' --top 0 ;;
    'dedupe rows') agree 'the last of each' --keep last ;;
    'segment lookalike') agree 'the first ten' --top 10 ;;
    'segment assign') args=$(printf '%s' "$args" | sed 's|--strata city||'); agree 'without strata' ;;
    esac
    echo 'x' >>in.csv # too few fields
    agree 'a row that cannot be used, left out' --on-error skip
    agree 'a row that cannot be used, kept elsewhere' --rejects rejects
    [ "$(wc -l <rejects)" = 2 ] || bad 'no reject'
    cd ..
done <"$cases/verbs.txt"
rm -rf work
echo "$runs runs, $failures failures"
[ $runs -gt 0 ] && [ $failures = 0 ]
