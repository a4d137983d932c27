#!/bin/sh
# The same bytes for any number of threads, block size, scanner, file or pipe, locale and time zone of the machine: every verb of
# tests/matrix/verbs.txt, each way against one golden. usage: determinism.sh [PATTERN]
set -u
. "$KITH_SOURCE/tests/cli/lib.sh"
failures=0 runs=0 pattern=${1:-}
export SOURCE_DATE_EPOCH=0
bad() { failures=$((failures + 1)); echo "$name: $1: $(head -n 1 err | cut -c 1-160)"; }

# Locales that write 1,5 for 1.5 and İ for the capital of i, made here where the machine has none.
rm -rf locales && mkdir locales
for locale in de_DE tr_TR; do localedef -i $locale -f UTF-8 locales/$locale.UTF-8 2>/dev/null || echo "no localedef for $locale: its name alone is set"; done
LOCPATH=$PWD/locales
export LOCPATH
locales='C de_DE.UTF-8 tr_TR.UTF-8'
[ -z "${KITH_SANITIZE:-}" ] || locales=tr_TR.UTF-8 # slow there; the release ring tries them all

same_bytes() {
    run() { # INPUT TO
        eval "set -- \"\$1\" \"\$2\" $(printf '%s' "${args#* }" | sed "s|{}|$1|g")"
        to=$2
        shift 2
        "$program" "$@" >"$to" 2>err
    }
    KITH_THREADS=1 run in.csv file.good </dev/null
    ok=$?
    KITH_THREADS=1 run - pipe.good <in.csv
    [ "$name" = 'report page' ] || cmp -s file.good pipe.good || bad "file and pipe differ" # a page names its inputs
    [ $ok -le 1 ] || bad "status $ok"
    turn=0
    for threads in 1 3; do
        for block in 37 113 4096 ''; do
            for way in file pipe; do
                for locale in $locales; do
                    zone=$(echo UTC Pacific/Apia America/St_Johns Asia/Kathmandu Antarctica/Troll | cut -d ' ' -f $((turn % 5 + 1)))
                    scanner=$(echo avx512 avx2 sse2 portable exact | cut -d ' ' -f $((turn % 5 + 1)))
                    turn=$((turn + 1)) runs=$((runs + 1))
                    export KITH_THREADS="$threads" KITH_BLOCK="$block" LC_ALL="$locale" LANGUAGE="$locale" TZ="$zone" KITH_SCANNER="$scanner"
                    [ -n "$block" ] || unset KITH_BLOCK
                    if [ $way = file ]; then run in.csv out </dev/null; else rm -f f; mkfifo f; cat in.csv >f & run - out <f; wait; fi
                    cmp -s $way.good out || bad "-j $threads, blocks of ${block:-the default}, $way, $locale, $zone, scanner $scanner"
                    unset KITH_THREADS KITH_BLOCK LC_ALL LANGUAGE TZ KITH_SCANNER
                done
            done
        done
    done
}
each_verb "$pattern" same_bytes
rm -rf locales
echo "$runs runs against one golden a verb, $failures failures"
[ $runs -gt 0 ] && [ $failures = 0 ]
