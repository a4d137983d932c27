#!/bin/sh
# Makes the completions of bash, zsh and fish from the option tables: verbs, options, choices, and the header's columns.
# usage: completions/make.sh BUILD-FOLDER OUTPUT-FOLDER
set -eu
build=$1 out=$2
mkdir -p "$out"
list=$out/list.tmp
: >"$list"
for family in ingest dedupe segment score report; do
    [ -x "$build/kith-$family" ] && "$build/kith-$family" --list | tail -n +2 >>"$list"
done

# One line a verb: FAMILY|VERB|OPTIONS|COLUMN-OPTIONS|CHOICES (name=a b c;...)
table=$out/table.tmp
awk -F, '
    function key() { return $1 "|" $2 }
    $3 == "" { order[++n] = key(); next }
    {
        opts[key()] = opts[key()] " --" $3 ($4 != "" ? " -" $4 : "")
        if ($6 == "1") cols[key()] = cols[key()] " --" $3 ($4 != "" ? " -" $4 : "")
        if ($7 != "") { c = $7; gsub(/\|/, " ", c); choices[key()] = choices[key()] " --" $3 "=" c ";" }
    }
    END { for (i = 1; i <= n; i++) print order[i] "|" opts[order[i]] "|" cols[order[i]] "|" choices[order[i]] }
' "$list" >"$table"

{
    cat <<'BASH'
# Completion of kith for bash.
_kith_columns() { # the header's names of the first file on the line
    local word head
    for word in "${COMP_WORDS[@]:2}"; do
        [ -f "$word" ] || continue
        IFS= read -r head <"$word" || true
        head=${head//$'\r'/}
        head=${head//[,;|$'\t']/ }
        printf '%s' "${head//\"/}"
        return
    done
}
_kith() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} family=${COMP_WORDS[1]:-} verb=${COMP_WORDS[2]:-} options= columns= choices= pair
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "ingest dedupe segment score report merge finish show forget shard help" -- "$current")
        return
    fi
    [ "$verb" = fit ] && [ -n "${COMP_WORDS[3]:-}" ] && [ "$COMP_CWORD" -gt 3 ] && [[ ${COMP_WORDS[3]} != -* ]] && verb="fit ${COMP_WORDS[3]}"
    case "$family" in
BASH
    for family in ingest dedupe segment score report; do
        words=$(awk -F'|' -v f="$family" '$1 == f { split($2, w, " "); if (!seen[w[1]]++) printf "%s ", w[1] }' "$table")
        kinds=$(awk -F'|' -v f="$family" '$1 == f && split($2, w, " ") > 1 { printf "%s ", w[2] }' "$table")
        printf '    %s)\n        if [ "$COMP_CWORD" = 2 ]; then mapfile -t COMPREPLY < <(compgen -W "%s" -- "$current"); return; fi\n' "$family" "$words"
        [ -n "$kinds" ] && printf '        if [ "$COMP_CWORD" = 3 ] && [ "$verb" = fit ]; then mapfile -t COMPREPLY < <(compgen -W "%s" -- "$current"); return; fi\n' "$kinds"
        printf '        case "$verb" in\n'
        awk -F'|' -v f="$family" '$1 == f { printf "        \"%s\") options=\"%s\" columns=\"%s \" choices=\"%s\" ;;\n", $2, $3, $4, $5 }' "$table"
        printf '        esac ;;\n'
    done
    cat <<'BASH'
    esac
    while IFS= read -r -d ';' pair; do
        pair=${pair# }
        if [ "${pair%%=*}" = "$previous" ]; then
            mapfile -t COMPREPLY < <(compgen -W "${pair#*=}" -- "$current")
            return
        fi
    done <<<"$choices"
    case "$columns" in
    *" $previous "*)
        mapfile -t COMPREPLY < <(compgen -W "$(_kith_columns)" -- "$current")
        return ;;
    esac
    if [[ $current == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "$options --help --version" -- "$current"); else mapfile -t COMPREPLY < <(compgen -f -- "$current"); fi
}
complete -o filenames -F _kith kith
BASH
} >"$out/kith.bash"

{
    printf '#compdef kith\n# Completion of kith for zsh.\n_kith_columns() {\n    local word head\n    for word in $words[3,-1]; do\n        [[ -f $word ]] || continue\n'
    printf '        IFS= read -r head <$word\n        compadd -- ${(s: :)${${head//[,;|$'"'\\\\t\\\\r'"']/ }//\\"/}}\n        return\n    done\n}\n'
    printf '_kith() {\n    local family=$words[2] verb=$words[3]\n    if (( CURRENT == 2 )); then compadd ingest dedupe segment score report merge finish show forget shard help; return; fi\n    case $family in\n'
    for family in ingest dedupe segment score report; do
        words=$(awk -F'|' -v f="$family" '$1 == f { split($2, w, " "); if (!seen[w[1]]++) printf "%s ", w[1] }' "$table")
        kinds=$(awk -F'|' -v f="$family" '$1 == f && split($2, w, " ") > 1 { printf "%s ", w[2] }' "$table")
        printf '    %s)\n        if (( CURRENT == 3 )); then compadd %s; return; fi\n' "$family" "$words"
        [ -n "$kinds" ] && printf '        if (( CURRENT == 4 )) && [[ $verb == fit ]]; then compadd %s; return; fi\n        [[ $verb == fit ]] && verb="fit $words[4]"\n' "$kinds"
        printf '        case $verb in\n'
        awk -F'|' -v f="$family" '$1 == f {
            printf "        (\"%s\")\n", $2
            if ($4 != "") { c = $4; sub(/^ /, "", c); gsub(/ /, "|", c); printf "            case $words[CURRENT-1] in (%s) _kith_columns; return;; esac\n", c }
            n = split($5, p, ";"); for (i = 1; i < n; i++) { split(p[i], kv, "="); sub(/^ /, "", kv[1]); printf "            [[ $words[CURRENT-1] == %s ]] && { compadd %s; return }\n", kv[1], kv[2] }
            printf "            [[ $words[CURRENT] == -* ]] && { compadd -- %s --help; return } ;;\n", $3 }' "$table"
        printf '        esac ;;\n'
    done
    printf '    esac\n    _files\n}\n_kith "$@"\n'
} >"$out/_kith"

{
    printf '# Completion of kith for fish.\n'
    cat <<'FISH'
function __kith_verb
    set -l words (commandline -opc)
    test (count $words) -ge 3; or return 1
    set -l verb $words[3]
    test $verb = fit; and test (count $words) -ge 4; and set verb "fit $words[4]"
    test "$words[2]/$verb" = "$argv[1]"
end
function __kith_columns
    for word in (commandline -opc)[3..-1]
        if test -f $word
            head -n 1 $word | string replace -ra '[",;|\t\r]+' \n
            return
        end
    end
end
complete -c kith -n 'test (count (commandline -opc)) -eq 1' -f -a 'ingest dedupe segment score report merge finish show forget shard help'
FISH
    awk -F'|' '{ split($2, w, " "); if (!seen[$1 w[1]]++) printf "complete -c kith -n '"'"'test (count (commandline -opc)) -eq 2; and test (commandline -opc)[2] = %s'"'"' -f -a %s\n", $1, w[1]
        if (w[2] != "") printf "complete -c kith -n '"'"'test (count (commandline -opc)) -eq 3; and test (commandline -opc)[2..3] = \"%s fit\"'"'"' -f -a %s\n", $1, w[2] }' "$table" | sed 's/test (commandline -opc)\[2..3\] = "\([a-z]*\) fit"/test "(commandline -opc)[2]" = \1; and test "(commandline -opc)[3]" = fit/'
    awk -F, '$3 != "" { h = $0; sub(/"$/, "", h); sub(/^.*","/, "", h); gsub(/["\\$]/, "", h); gsub(/'"'"'/, "", h); arg = $5 == "1" ? "x" : ""; c = $7; gsub(/\|/, " ", c)
        printf "complete -c kith -n '"'"'__kith_verb \"%s/%s\"'"'"' -l %s%s%s%s -d '"'"'%s'"'"'\n", $1, $2, $3, ($4 != "" ? " -s " $4 : ""), (arg != "" ? " -r" : ""), (c != "" ? " -f -a '"'"'" c "'"'"'" : ($6 == "1" ? " -f -a '"'"'(__kith_columns)'"'"'" : "")), h }' "$list"
} >"$out/kith.fish"
rm -f "$list" "$table"
