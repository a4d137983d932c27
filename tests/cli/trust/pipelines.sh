#!/bin/sh
# Every verb of tests/matrix/verbs.txt fails, or is ended by TERM, INT or HUP, at each stage of a pipe of three without pipefail: the last stage
# exits non-zero and no file is renamed. After KILL, which leaves no time for a mark, pipefail tells. usage: pipelines.sh [PATTERN]
if [ -z "${BASH_VERSION:-}" ] && command -v bash >/dev/null; then exec bash "$0" "$@"; fi # the only shell here that surely has pipefail
set -u
. "$KITH_SOURCE/tests/cli/lib.sh"
failures=0 runs=0 pattern=${1:-}
export KITH_THREADS=2 SOURCE_DATE_EPOCH=0
bad() { failures=$((failures + 1)); echo "$name: $1 (status $(cat st)): $(head -n 1 err | cut -c 1-200)"; }
told() { # WHAT: the last stage said no, and what was under the result's name still is
    runs=$((runs + 1))
    [ "$(cat st)" != 0 ] || bad "$1: the last stage took it for whole"
    [ "$(cat result)" = old ] || { bad "$1: a file was renamed"; echo old >result; }
    for left in ./*.kith; do [ ! -e "$left" ] || { bad "$1: left $left"; rm -f "$left"; }; done
}
pass() { "$KITH_BUILD/kith-ingest" sort -k 1 "$@"; }
with() { # INPUT ARGS...: the verb on the input, its number in pid, signals as the system has them and not as a shell gives them to its children
    eval "shift; set -- \"\$program\" $(printf '%s' "${args#* }" | sed "s|{}|$1|g") \"\$@\""
    env --default-signal=TERM,INT,HUP,PIPE sh -c 'echo $$ >pid; exec "$@"' sh "$@"
}
stages() { # STAGE INPUT: the pipe with the verb at that stage, reading INPUT
    case $1 in
    1) with "$2" | pass | pass -o result ;;
    2) cat "$2" | with - | pass -o result ;;
    3) cat "$2" | cat | with - -o result ;;
    esac 2>err
    echo $? >st
}
ended() { # SIGNAL STAGE: the verb waits for more of a FIFO when the signal comes
    rm -f pid st
    mkfifo in
    exec 3<>in
    cat in.csv >&3
    # shellcheck disable=SC3040
    ([ "$1" != KILL ] || set -o pipefail; stages "$2" in) 3>&- &
    while [ ! -s pid ]; do sleep .005; done
    sleep .02
    kill -"$1" "$(cat pid)"
    tries=0
    while kill -0 "$(cat pid)" 2>/dev/null && [ $tries -lt 2000 ]; do sleep .005; tries=$((tries + 1)); done
    exec 3>&-
    wait
    rm -f in
    if [ "$1" != KILL ]; then told "$1 at stage $2"; return; fi
    runs=$((runs + 1))
    [ "$(cat st)" != 0 ] || bad "KILL at stage $2, with pipefail: status 0"
    echo old >result # what came before KILL may look whole: only the status tells
}

piped() {
    gzip -c in.csv | head -c 40 >part.gz
    echo old >result
    turn=$((runs % 3 + 1))
    all='1 2 3'
    [ -z "${KITH_SANITIZE:-}" ] || all=$turn # slow there; the release ring tries them all
    for stage in $all; do
        stages $stage part.gz
        told "bad data at stage $stage"
        ended TERM $stage
    done
    # the others at one stage each, another for another verb
    ended INT $turn
    ended HUP $((turn % 3 + 1))
    if [ -n "${BASH_VERSION:-}" ]; then ended KILL $(((turn + 1) % 3 + 1)); fi
}
each_verb "$pattern" piped
[ -n "${BASH_VERSION:-}" ] || echo "KILL is left out: no shell with pipefail"
echo "$runs pipes, $failures failures"
[ $runs -gt 0 ] && [ $failures = 0 ]
