#!/bin/sh
# --header never and -D, for every verb of tests/matrix/verbs.txt: without the header a table is its rows, every byte of them; a model or a schema keeps its
# own, for it is read by the names of its columns. With another delimiter it is the same table. usage: headers.sh [PATTERN]
set -u
cases=$KITH_SOURCE/tests/matrix
failures=0 tables=0 models=0 pattern=${1:-}
export SOURCE_DATE_EPOCH=0 KITH_THREADS=1
bad() { failures=$((failures + 1)); echo "$name: $1: $(head -n 1 err | cut -c 1-160)"; }

# shellcheck disable=SC2162
while IFS='|' read -r name input args prepare; do
    case $name in ''|'#'*|'report page'|'report view'|'report plot') continue ;; esac # these draw
    case "$name" in *"$pattern"*) ;; *) continue ;; esac
    rm -rf work && mkdir work && cd work || exit 4
    cp "$cases"/*.csv "$cases"/*.key . 2>/dev/null
    [ -z "$prepare" ] || sh -c "$prepare" 2>/dev/null || exit 4
    cp "$input" in.csv
    run() { # TO OPTION...
        to=$1
        shift
        eval "kith $(printf '%s' "$args" | sed 's|{}|in.csv|g') \"\$@\"" >"$to" 2>err
        [ $? -le 1 ] || bad "$*"
    }
    run good
    run never --header never
    run carets -D '^'
    kith segment where -d '^' -D , -s : carets >back 2>err
    kith segment where -D , -s : good >plain 2>err
    cmp -s plain back || bad "-D is not the same table"
    [ "$(wc -l <plain)" -le 1 ] || head -n 1 carets | grep -q '\^' || bad "-D does not write it"
    if [ "$(head -n 1 good)" = part,name,value ] || [ "$name" = 'ingest schema' ]; then
        models=$((models + 1))
        cmp -s good never || bad "a model without its header"
    else
        tables=$((tables + 1))
        tail -n +2 good >rows # no name of these headers holds a line end
        cmp -s rows never || bad "--header never is not the rows"
    fi
    cd ..
done <"$cases/verbs.txt"
rm -rf work
echo "$tables tables, $models models and schemas, $failures failures"
[ $((tables + models)) -gt 0 ] && [ $failures = 0 ]
