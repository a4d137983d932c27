#!/bin/sh
# Completions in the shells themselves: bash's function over COMP_WORDS, fish's complete -C, zsh's completion system in a pseudo-terminal. The same lines
# give the same words in all three.
set -u
dir=$KITH_BUILD/completions
failed=0 shells=0
printf 'person_id,region,amount\np1,R01,5\n' >plain.csv
cp plain.csv 'with blank.csv'
printf 'id;"first name";"a;b";"say ""hi""";naïve\n1;2;3;4;5\n' >odd.csv
gzip -kf odd.csv
printf 'a b\tc\n1\t2\n' >tabs.txt
printf 'x:y\n1:2\n' >colon.txt
printf 'not,these\n' >model.csv

# The words of a line, parted by bars, the last one being completed; = what must come, or + what must be among it, parted by slashes.
cat >cases <<'CASES'
kith|in = ingest
kith|wh = where/why
kith|app =
kith|se = segment/sessions
kith|segment|ass = assign
kith|segment|fit| = kmeans/mixture/rfm
kith|score|fit|u = uplift
kith|help|coo = cookbook
kith|help|segment|ru = rules
kith|ingest|sort|--mem = --memory
kith|sort|--mem = --memory
kith|merge|--ag = --again
kith|score|fit|lead|--cv-r = --cv-report
kith|score|fit|lead|--method| = elastic/logistic/trees
kith|dedupe|rows|--keep|n = newest
kith|where|--header| = always/as-is/never
kith|where|--on-error|re = reject
kith|sort|plain.csv|-k| = amount/person_id/region
kith|sort|plain.csv|--key|re = region
kith|sort|plain.csv|-k|region,a = region,amount
kith|sort|plain.csv|-k|-am = -amount
kith|where|plain.csv|-s|!per = !person_id
kith|report|table|plain.csv|-g|r = region
kith|sort|odd.csv|-k| = a;b/first name/id/naïve/say "hi"
kith|sort|odd.csv.gz|-k|f = first name
kith|sort|odd.csv|-k|id,f = id,first name
kith|sort|tabs.txt|-k|a = a b
kith|sort|-d|:|colon.txt|-k| = x/y
kith|sort|"with blank.csv"|-k|p = person_id
kith|score|apply|-m|model.csv|plain.csv|--zzz =
kith|segment|apply|-m|model.csv|plain.csv|--repl = --replace
kith|dedupe|resolve|-m|model.csv|plain.csv|--id| = amount/person_id/region
kith|sort|nosuch.csv|-k| =
kith|ingest|sort|pla = plain.csv
kith|where|--exp + --expr
kith|report|plot|--ki = --kind
kith-ingest|sort|--ke = --key
kith-report|vi = view
CASES

check() { # SHELL: got holds the lines of case $words
    LC_ALL=C sort -u got | sed '/^$/d' | tr '\n' '/' | sed 's|/$||' >words
    given=$(cat words)
    case $mode in
    =) [ "$given" = "$expected" ] ;;
    +) case /$given/ in */$expected/*) ;; *) false ;; esac ;;
    esac || { echo "$1: $line: '$given', not '$expected'"; failed=$((failed + 1)); }
}
each() { # SHELL: calls give_SHELL for every case, words in $line
    shells=$((shells + 1)) cases=0
    while IFS= read -r case; do
        mode=$(printf '%s' "$case" | sed 's/.* \([=+]\)\( .*\)*$/\1/')
        line=${case%% ["=+"]*}
        expected=$(printf '%s' "$case" | sed "s/^.* [=+] *//")
        case $case in *" =") expected= ;; esac
        cases=$((cases + 1))
        "give_$1" >got 2>err </dev/null
        [ ! -s err ] || { echo "$1: $line: $(head -n 1 err)"; failed=$((failed + 1)); }
        check "$1"
    done <cases
    echo "$1: $cases lines"
}

give_bash() {
    bash -c 'source "$1"; IFS="|" read -r -a COMP_WORDS <<<"$2"; [[ $2 == *"|" ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _kith
        [ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$dir/kith.bash" "$line"
}
give_fish() {
    fish --no-config -c 'source $argv[1]; complete -C "$argv[2]"' "$dir/kith.fish" "$(printf '%s' "$line" | tr '|' ' ')" | cut -f1
}
# One zsh for all lines: each is typed, then Tab; what compadd was given that fits goes to a file.
cat >zsh.rc <<'ZRC'
PROMPT= RPROMPT=
export HOME=$PWD
fpath=($KITH_BUILD/completions $fpath)
autoload -Uz compinit
compinit -u -D
zstyle ':completion:*' completer _complete
LISTMAX=10000
compadd() {
    local -a hits
    local hit options=${argv[(i)--]}
    if [[ ${argv[1,options-1]} == *-[OAD]* ]]; then builtin compadd "$@"; return; fi
    builtin compadd -A hits "$@"
    for hit in $hits; do print -r -- "$IPREFIX${(Q)hit}"; done >>$PWD/zsh.got
    builtin compadd "$@"
}
done_() { print -r -- __end >>$PWD/zsh.got; }
zle -C record complete-word record_
record_() { _main_complete; done_; compstate[insert]=''; compstate[list]=''; }
bindkey '^I' record
bindkey '^U' kill-whole-line
print -r -- __ready >$PWD/zsh.got
ZRC
cat >zsh.drive <<'ZDR'
zmodload zsh/zpty
zmodload zsh/zselect
wait_for() { # TEXT: until the file of words ends in it
    local i text
    for ((i = 0; i < 400; i++)); do
        while zpty -rt z text 2>/dev/null; do :; done
        [[ -e zsh.got && "$(tail -n 1 zsh.got)" == $1 ]] && return 0
        zselect -t 5
    done
    print -u2 "zsh does not answer"
    return 1
}
zpty -b z env TERM=dumb zsh -f -i
zpty -w z "source $PWD/zsh.rc"
wait_for __ready || exit 1
while IFS= read -r line; do
    : >zsh.got
    zpty -w -n z "${line//|/ }"$'\t'
    wait_for __end || exit 1
    { print -r -- "LINE $line"; grep -v '^__end$' zsh.got; } >>zsh.all
    zpty -w -n z $'\x15'
done <zsh.lines
zpty -d z
ZDR
give_zsh() { awk -v line="LINE $line" '$0 == line { on = 1; next } /^LINE / { on = 0 } on' zsh.all; }

for shell in bash fish; do
    if command -v $shell >/dev/null 2>&1; then each $shell; else echo "left out: $shell is not installed"; fi
done
if command -v zsh >/dev/null 2>&1 && [ -c /dev/ptmx ] && [ -d /dev/pts ] && zsh -fc 'zmodload zsh/zpty && zpty z true' 2>/dev/null; then
    sed 's/ [=+]\( .*\)*$//' cases >zsh.lines
    rm -f zsh.all zsh.got
    zsh -f zsh.drive || failed=$((failed + 1))
    each zsh
else
    echo "left out: zsh or a pseudo-terminal is not there"
fi
[ $shells -gt 0 ] || { echo "SKIP: neither bash, fish nor zsh"; exit 77; }
[ $failed = 0 ]
