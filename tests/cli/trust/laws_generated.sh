#!/bin/sh
# The laws of folds over generated rows, for every verb of tests/matrix/verbs.txt that saves a state: rows drawn from the verb's input with
# replacement (none, one, some), cut into random shards, empty ones and some of one row among them, merged in random order and in two steps:
# the bytes of one run. A state merged alone keeps its bytes. What can be forgotten finishes as if it had never been there.
# usage: laws_generated.sh [SEEDS]
set -u
. "$KITH_SOURCE/tests/cli/lib.sh"
failures=0 folds=0 forgot=0 runs=0 seeds=${1:-3}
bad() { failures=$((failures + 1)); echo "$name, seed $seed, $rows rows: $1: $(head -n 1 err)"; }
state() { # INPUT STATE
    kept=$2
    runs=$((runs + 1))
    (eval "set -- $(printf '%s' "$args" | sed "s|{}|$1|g")"; exec kith "$@" -q --save-state "$kept" -o "$kept.out") 2>err </dev/null
}
finished() { # NAME STATES...: the merged states' result, or that there is none
    to=$1
    shift
    runs=$((runs + 2))
    kith merge "$@" -o "$to.st" 2>err || { echo 'no merge' >"$to"; return; }
    kith finish "$to.st" -o "$to" 2>err || echo 'no result yet' >"$to"
}
drawn() { # of $input, by $seed
    rows=$((seed == 1 ? 1 : seed * 37 % 101 + 40))
    shards=$((seed % 4 + 2))
    # drawn rows into whole.csv and, in order, into s1.csv … ; an empty shard, and one of one row
    awk -v seed="$seed$folds" -v rows=$rows -v shards=$shards 'NR == 1 { head = $0; next } { row[++n] = $0 }
        END { srand(seed); print head >"whole.csv"; cuts[1] = 2
            for (s = 1; s <= shards; s++) { print head >("s" s ".csv") }
            for (s = 2; s < shards; s++) cuts[s] = 2 + int(rand() * rows)
            for (i = 1; i <= rows; i++) { r = row[1 + int(rand() * n)]; print r >"whole.csv"; s = 1
                for (k = 1; k < shards; k++) s += i >= cuts[k] && k != shards - 1
                print r >("s" s ".csv") } }' "$input"
    state whole.csv whole.st || { grep -q 'states go with' err || bad 'no state'; return; } # with another option only
    finished result whole.st
    list= back=
    for k in $(seq $shards); do
        state s$k.csv s$k.st || bad "shard $k has no state"
        list="$list s$k.st" back="s$k.st $back"
    done
    # shellcheck disable=SC2086
    set -- $list
    finished forth "$@"
    cmp -s result forth || bad 'shards in order are not the whole'
    # shellcheck disable=SC2086
    finished backwards $back
    cmp -s result backwards || bad 'shards backwards are not the whole'
    kith merge s2.st s1.st -o part.st 2>err || bad 'two shards'
    shift 2
    finished nested "$@" part.st
    cmp -s result nested || bad 'merging is not associative'
    kith merge whole.st -o same.st 2>err && cmp -s whole.st same.st || bad 'load and save change bytes'
    kith merge forth.st s1.st -o twice.st 2>err && [ "$(wc -l <s1.csv)" -gt 1 ] && bad 'a shard was counted twice'
    kith merge forth.st s1.st --again -o twice.st 2>err && cmp -s forth.st twice.st || bad '--again does not ignore it'
    # forgetting
    forgets=$(kith show whole.st | sed -n 's/^state,forgets,//p')
    if [ "$forgets" != no ] && [ $rows -gt 1 ]; then
        awk -F, -v people="$([ "$forgets" = people ] && echo 1 || echo 0)" -v seed=$seed 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "person_id") c = i
                print >"theirs.csv"; print >"others.csv"; next }
            { gone = people ? ($c in of ? of[$c] : of[$c] = NR % 3 == 0) : (NR * 7 + seed) % 5 < 2
              print >(gone ? "theirs.csv" : "others.csv") }' whole.csv
        if state others.csv others.st && kith forget --rows theirs.csv whole.st -o left.st 2>err; then
            finished wanted others.st
            finished left left.st
            cmp -s wanted left || bad 'what is left is not the result without them'
            forgot=$((forgot + 1))
        elif ! grep -q 'the latest moment of all' err; then
            bad 'nothing was forgotten'
        fi
    elif [ "$forgets" = no ]; then
        kith forget --rows s1.csv whole.st -o left.st 2>err && bad 'it forgets, though it says it cannot'
        grep -Eq 'cannot (take rows out|be taken out)' err || bad 'no reason given'
    fi
}
generated() {
    case $name in 'segment sessions') return ;; esac # it carries open visits from night to night; it is not merged
    family=${name%% *} verb=${name#* }
    "kith-$family" --list | grep -q "^$family,$verb,save-state," || return
    "kith-$family" --list | grep -q "^$family,$verb,step," && return # passes of a fit: cli-score-steps, cli-segment-clusters
    folds=$((folds + 1))
    for seed in $(seq "$seeds"); do
        mkdir seed && cp ./*.csv ./*.key seed && cd seed || exit 4
        drawn
        cd .. && rm -rf seed || exit 4
    done
}
each_verb '' generated
echo "$folds folds, $runs runs, $forgot states forgot, $failures failures"
[ $folds -gt 0 ] && [ $forgot -gt 0 ] && [ $failures = 0 ]
