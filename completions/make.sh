#!/bin/sh
# Makes the completions of bash, zsh and fish from the option tables: families, verbs, options, choices, and the header's columns of the file on the line.
# usage: completions/make.sh BUILD-FOLDER OUTPUT-FOLDER
#
# What a header holds is asked of kith itself (kith-ingest --columns FILE), which knows delimiters, quotes and compression. The file is the first operand
# that exists; a word behind an option that takes a value is none.
# shellcheck disable=SC2016 # what looks like an expansion is for the shells that read the output
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1 out=$2
mkdir -p "$out"
list=$out/list.tmp table=$out/table.tmp
: >"$list"
for family in ingest dedupe segment score report; do
    [ -x "$build/kith-$family" ] && "$build/kith-$family" --list | tail -n +2 >>"$list"
done
"$build/kith-ingest" --list kith | tail -n +2 | sed 's/^,/kith,/' >>"$list"

# One line a verb: FAMILY|VERB|OPTIONS|WITH-VALUES|OF-COLUMNS|CHOICES (name=a b c;...)
awk -F, '
    function key() { return $1 "|" $2 }
    $3 == "" { order[++n] = key(); next }
    {
        names = "--" $3 ($4 != "" ? " -" $4 : "")
        opts[key()] = opts[key()] " " names
        if ($5 == "1") valued[key()] = valued[key()] " " names
        if ($6 == "1") cols[key()] = cols[key()] " " names
        if ($7 != "") { c = $7; gsub(/\|/, " ", c); m = split(names, w, " "); for (i = 1; i <= m; i++) choices[key()] = choices[key()] w[i] "=" c ";" }
    }
    END { for (i = 1; i <= n; i++) print order[i] "|" opts[order[i]] " --help --version|" valued[order[i]] " |" cols[order[i]] " |" choices[order[i]] }
' "$list" >"$table"

families="ingest dedupe segment score report"
own=$(awk -F'|' '$1 == "kith" { printf "%s ", $2 }' "$table")
topics="state model expressions methods cookbook"
verbs_of() { awk -F'|' -v f="$1" '$1 == f { split($2, w, " "); if (!seen[w[1]]++) printf "%s ", w[1] }' "$table"; }
kinds_of() { awk -F'|' -v f="$1" '$1 == f && split($2, w, " ") > 1 { printf "%s ", w[2] }' "$table"; }
# Verbs that may be named without their family: "verb family" a line.
alone=$(awk -F'|' '$1 != "kith" { split($2, w, " "); if (!((w[1], $1) in pair)) { pair[w[1], $1]; n[w[1]]++; f[w[1]] = $1; if (!seen[w[1]]++) order[++k] = w[1] } }
    END { for (i = 1; i <= k; i++) if (n[order[i]] == 1) print order[i] " " f[order[i]] }' "$table")
bare=$(printf '%s\n' "$alone" | cut -d' ' -f1 | tr '\n' ' ')

# The tables in the two shells that share their syntax; a function's name before each.
tables() {
    printf '%s_verbs() {\n    case $1 in\n' "$1"
    for family in $families; do printf '    %s) echo "%s" ;;\n' "$family" "$(verbs_of "$family")"; done
    printf '    esac\n}\n%s_kinds() {\n    case $1 in\n' "$1"
    for family in $families; do [ -z "$(kinds_of "$family")" ] || printf '    %s) echo "%s" ;;\n' "$family" "$(kinds_of "$family")"; done
    printf '    esac\n}\n%s_family() {\n    case $1 in\n' "$1"
    printf '%s\n' "$alone" | awk '{ v[$2] = v[$2] (v[$2] == "" ? "" : "|") $1 } END { for (f in v) printf "    %s) echo %s ;;\n", v[f], f }' | sort
    for verb in $own; do printf '    %s) echo kith ;;\n' "$verb"; done
    printf '    esac\n}\n%s_table() {\n    case "$1 $2" in\n' "$1"
    awk -F'|' '{ printf "    \"%s %s\") options=\"%s\" valued=\"%s\" columns=\"%s\" choices=\"%s\" ;;\n", $1, $2, $3, $4, $5, $6 }' "$table"
    printf '    esac\n}\n'
}
words="$families $bare$own help"
one() { { sed -e '/^@TABLES@$/,$d' "$here/kith.$1.in"; tables _kith; sed -e '1,/^@TABLES@$/d' "$here/kith.$1.in"; } | sed -e "s/@WORDS@/$words/" -e "s/@HELPED@/$families $bare$own$topics/"; }
one bash >"$out/kith.bash"
one zsh >"$out/_kith"
{
    sed -e "s/@WORDS@/$words/" -e "s/@HELPED@/$families $bare$own$topics/" "$here/kith.fish.in"
    for what in verbs kinds; do
        printf 'function __kith_%s\n    switch "$argv[1]"\n' $what
        for family in $families; do printf '        case %s\n            string split -n " " -- "%s"\n' "$family" "$("${what}_of" "$family")"; done
        printf '    end\nend\n'
    done
    printf 'function __kith_family\n    switch "$argv[1]"\n'
    for family in $families; do printf '        case %s\n            echo %s\n' "$(printf '%s\n' "$alone" | awk -v f="$family" '$2 == f { printf "%s ", $1 }')" "$family"; done
    printf '        case %s\n            echo kith\n    end\nend\n' "$own"
    # options with a value, those of columns, choices, then an option a line with what it says
    printf 'function __kith_table\n    switch "$argv[1]"\n'
    awk -F'|' -v list="$list" '
        function quoted(s) { gsub(/[\\\x27]/, "", s); return "\x27" s "\x27" }
        {
            printf "        case %s\n            printf %s %s %s %s", quoted($1 " " $2), "\x27%s\\n\x27", quoted($4), quoted($5), quoted($6)
            print ""
            verb = $1 "," $2 ","
            while ((getline line < list) > 0) {
                if (index(line, verb) != 1) continue
                split(line, f, ",")
                if (f[3] == "") continue
                h = line; sub(/"$/, "", h); sub(/^.*","/, "", h)
                printf "            printf %s %s %s\n", "\x27%s\\t%s\\n\x27", "--" f[3], quoted(h)
                if (f[4] != "") printf "            printf %s %s %s\n", "\x27%s\\t%s\\n\x27", "-" f[4], quoted(h)
            }
            close(list)
        }' "$table"
    printf '    end\nend\n'
} >"$out/kith.fish"
rm -f "$list" "$table"
