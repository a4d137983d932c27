#!/bin/sh
# Personal data stay out of standard error: values that stand out are planted in every column, row and kind of fault of every verb of
# tests/matrix/verbs.txt, and no message holds any. With --show-values it may. usage: privacy.sh [PATTERN]
set -u
. "$KITH_SOURCE/tests/cli/lib.sh"
failures=0 runs=0 refused=0 pattern=${1:-}
export SOURCE_DATE_EPOCH=0 KITH_THREADS=1
canary='zqx|7193847|2031-07-1|7193 847'
run() { # WHAT: the verb on x.csv
    runs=$((runs + 1))
    "$program" "$@" >out 2>err </dev/null
    status=$?
    [ $status = 0 ] || [ $status = 1 ] || refused=$((refused + 1))
    [ $status -le 4 ] || { failures=$((failures + 1)); echo "$name: $what: status $status"; }
    if grep -qiE "$canary" err; then
        failures=$((failures + 1))
        echo "$name: $what: $(grep -iE "$canary" err | head -n 1 | cut -c 1-200)"
    fi
}
plant() { # COLUMN VALUE: the value in that column of the first row and of the last
    awk -v OFS=, -F, -v j="$1" -v v="$2" -v q='"' 'NR == FNR { n++; next } { if (!index($0, q) && (FNR == 2 || FNR == n)) $j = v; print }' in.csv in.csv >x.csv
}
plant_all() { # COLUMN VALUE OTHER: the two in turns
    awk -v OFS=, -F, -v j="$1" -v v="$2" -v w="$3" -v q='"' '!index($0, q) && FNR > 1 { $j = FNR % 2 ? v : w } { print }' in.csv >x.csv
}

keeps_quiet() {
    eval "set -- $(printf '%s' "${args#* }" | sed 's|{}|x.csv|g')"
    columns=$(head -n 1 in.csv | tr ',' '\n' | wc -l)
    j=1
    while [ $j -le "$columns" ]; do
        [ -z "${KITH_SANITIZE:-}" ] || { plant $j '"Zqx, ""Canary"""'; what="column $j"; run "$@" -v; j=$((j + 1)); continue; } # slow there
        for value in 'Zqx Canary' '12zqx' '7193847261.5' '-7193847e300' '2031-07-19T05:06:07Z' '2031-07-1x' '"Zqx, ""Canary"""' 'zqx.canary@example.com'; do
            what="column $j: $value"
            plant $j "$value"
            run "$@" -v
        done
        what="all of column $j"
        plant_all $j 'Zqx yes' 'Zqx no'
        run "$@" -v
        plant_all $j 7193847261 7193847262
        run "$@" -v
        j=$((j + 1))
    done
    if "$program" --list | grep -q ",${name#* },on-error,"; then
        for answer in skip reject; do
            what="--on-error $answer"
            plant $(((columns + 1) / 2)) 'zqx7193847'
            run "$@" -v --on-error $answer
        done
    fi
    # records that are none: too long, cut, quotes amiss, NUL, bytes that are no UTF-8, the wrong delimiter, another encoding
    what='a surplus field'; { cat in.csv; printf 'Zqx,7193847,zqx,zqx,zqx,zqx,zqx,zqx,zqx,zqx,zqx,zqx,zqx,zqx,zqx,zqx\n'; } >x.csv; run "$@"
    what='a short record'; { cat in.csv; printf 'zqx7193847\n'; } >x.csv; run "$@"
    what='a stray quote'; { cat in.csv; sed -n '2s/^/"zqx"7193847/p' in.csv; } >x.csv; run "$@"
    what='an open quote'; { cat in.csv; printf '"zqx7193847'; } >x.csv; run "$@"
    what='NUL'; { cat in.csv; sed -n '2s/^/zqx\x00/p' in.csv; } >x.csv; run "$@"
    what='no UTF-8'; { cat in.csv; sed -n '2s/^/zqx\xff/p' in.csv; } >x.csv; run "$@"
    what='CR only'; { cat in.csv; echo zqx7193847; } | tr '\n' '\r' >x.csv; run "$@" 2>/dev/null
    what='rows without a header'; tail -n +2 in.csv | sed 's/^/zqx7193847/' >x.csv
    # there the first row is taken for names, and names are shown: so it is in ingest read alone, which looks, that none may be
    [ "$name" != 'ingest read' ] || run "$@"
}
each_verb "$pattern" keeps_quiet

# Asked for, the value is shown; and where rows are set aside they are whole.
printf 'id,born\nx,zqx7193847\n' >x.csv
kith ingest mask --dates born=year x.csv >/dev/null 2>err
! grep -q zqx err || { failures=$((failures + 1)); echo "mask shows a value"; }
kith ingest mask --show-values --dates born=year x.csv >/dev/null 2>err
grep -q '(like zqx7193847)' err || { failures=$((failures + 1)); echo "--show-values: $(cat err)"; }
kith ingest mask --rejects r.csv --dates born=year x.csv >/dev/null 2>err
grep -q 'zqx7193847' r.csv || { failures=$((failures + 1)); echo "--rejects: $(cat r.csv)"; }

# No secret is taken from the command line: options that name one take a file, and a descriptor is one.
for family in ingest dedupe segment score report; do
    "$KITH_BUILD/kith-$family" --list | grep -E '^[a-z]+,[a-z ]+,[a-z-]*(secret|salt|password|token|key-)' | grep -v ',"FILE",' &&
        { failures=$((failures + 1)); echo "a secret on the command line"; }
done
printf 'a secret of this test\n' >secret.key
chmod 600 secret.key
printf 'id\nx\n' >x.csv
kith ingest mask --pseudonym id --key-file secret.key x.csv >file
kith ingest mask --pseudonym id --key-file /dev/fd/3 x.csv >descriptor 3<secret.key
{ [ -s file ] && cmp -s file descriptor; } || { failures=$((failures + 1)); echo "a key from a descriptor"; }
echo "$runs runs, $refused of them refused the data, $failures failures"
[ $runs -gt 0 ] && [ $refused -gt 0 ] && [ $failures = 0 ]
