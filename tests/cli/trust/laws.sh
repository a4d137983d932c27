#!/bin/sh
# The laws of folds, for every verb of tests/matrix/verbs.txt that saves a state: two shards merged in either order give what one run over all rows gives;
# an empty shard on either side changes nothing; the same shard is not counted twice.
set -u
. "$KITH_SOURCE/tests/cli/lib.sh"
failures=0 folds=0
bad() { failures=$((failures + 1)); echo "$name: $1: $(head -n 1 err)"; }
state() { # INPUT STATE
    kept=$2
    (eval "set -- $(printf '%s' "$args" | sed "s|{}|$1|g")"; exec kith "$@" -q --save-state "$kept" -o "$kept.out") 2>err </dev/null
}
result() { # NAME STATES...
    to=$1
    shift
    kith merge "$@" -o "$to.st" 2>err && kith finish "$to.st" -o "$to" 2>>err && cmp -s whole.st.out "$to"
}
laws() {
    case $name,$args in 'segment sessions,'*'--keep all'*) ;; 'segment sessions,'*) return ;; esac # open visits are no fold over rows (cli-segment-events)
    case $args in 'dedupe resolve -m'*) return ;; esac # its --edges is the fold
    family=${name%% *} verb=${name#* }
    "kith-$family" --list | grep -q "^$family,$verb,save-state," || return
    "kith-$family" --list | grep -q "^$family,$verb,step," && return # passes of a fit have tests of their own
    rows=$(($(wc -l <"$input") - 1))
    head -n 1 "$input" | tee b.csv >none.csv
    head -n $((rows / 2 + 1)) "$input" >a.csv
    tail -n +$((rows / 2 + 2)) "$input" >>b.csv
    cp "$input" whole.csv
    if state whole.csv whole.st && state a.csv a.st && state b.csv b.st && state none.csv none.st; then
        folds=$((folds + 1))
        result ab a.st b.st || bad "a + b is not the whole"
        result ba b.st a.st || bad "b + a is not the whole"
        result nab none.st a.st b.st || bad "an empty state before"
        result abn a.st b.st none.st || bad "an empty state behind"
        result abc ab.st none.st || bad "a merged state merged again"
        if kith merge ab.st a.st -o twice.st 2>err; then bad "a shard was counted twice"; fi
    else
        bad "a state was not saved"
    fi
}
each_verb '' laws
echo "$folds folds, $failures failures"
[ $folds -gt 0 ] && [ $failures = 0 ]
