#!/bin/sh
# Makes the manual: a page a verb and a page a family from the option tables and the prose beside this script, and the general pages from theirs.
# The verbs of kith itself (merge, finish ...) are listed under the word kith.
# usage: man/make.sh BUILD-FOLDER OUTPUT-FOLDER
#
# Prose, in FAMILY.txt, FAMILY-VERB.txt and kith-NAME.SECTION.txt (whose first line, as that of a family's, is what NAME shows):
#     paragraphs parted by empty lines; lines that start with four blanks are shown as they are; "# TITLE" starts a section, "## Title" a
#     subsection; "- TERM: text" is an item of a list, up to the next item or empty line; kith-name(7) is a reference.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1 out=$2
families="ingest dedupe segment score report"
mkdir -p "$out"
rm -f "$out"/kith*.[1-8]

prose() {
    sed -E '/^    /!s/([.!?]\)?) +([A-Z(])/\1\n\2/g' | awk '
        function shown(s) { gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); if (s ~ /^[.\x27]/) s = "\\&" s; return s }
        function text(s,    before, found, mark, name) {
            while (match(s, /kith(-[a-z]+)*\([157]\)/)) {
                before = substr(s, 1, RSTART - 1); found = substr(s, RSTART, RLENGTH); s = substr(s, RSTART + RLENGTH)
                name = found; sub(/\(.*/, "", name); gsub(/.*\(|\)/, "", found)
                mark = match(s, /^[.,;:)]+/) ? substr(s, 1, RLENGTH) : ""
                s = substr(s, length(mark) + 1); sub(/^ +/, "", s); gsub(/./, " &", mark)
                sub(/ +$/, "", before)
                if (before ~ /\($/) { sub(/ *\($/, "", before); name = "Pf ( Xr " name } else name = "Xr " name
                if (before != "") print shown(before)
                print "." name " " found mark
            }
            if (s != "") print shown(s)
        }
        function close_literal() { if (literal) { print ".Ed"; literal = 0; gap = 1 } }
        function close_list() { if (list) { print ".El"; list = 0; gap = 1 } }
        function gapped() { if (gap && printed) print ".Pp"; gap = 0; printed = 1 }
        /^## / { close_literal(); close_list(); print ".Ss " shown(substr($0, 4)); gap = printed = 0; next }
        /^# / { close_literal(); close_list(); print ".Sh " toupper(substr($0, 3)); gap = printed = 0; next }
        /^    / {
            if (literal && blank) print ""
            blank = 0
            if (!literal) { close_list(); print ".Bd -literal -offset indent"; literal = 1 }
            print shown(substr($0, 5)); next
        }
        /^[ \t]*$/ { if (literal) blank = 1; else gap = 1; item = 0; next }
        /^- / {
            close_literal()
            if (!list) { print ".Bl -tag -width Ds"; list = 1 }
            s = substr($0, 3); at = index(s, ": "); term = at ? substr(s, 1, at - 1) : s; sub(/:$/, "", term)
            gsub(/"/, "\\(dq", term); gsub(/-/, "\\-", term)
            print ".It Sy \"" term "\""
            gap = 0; printed = 1; item = 1; blank = 0
            if (at) text(substr(s, at + 2))
            next
        }
        { close_literal(); blank = 0; if (!item) close_list(); gapped(); sub(/^ +/, ""); text($0) }
        END { close_literal(); close_list() }
    '
}

names=$out/names.tmp
for family in $families; do
    [ -x "$build/kith-$family" ] && "$build/kith-$family" --list | awk -F, 'NR > 1 && $3 == "" { print $1 " " $2 }'
done >"$names"
"$build/kith-ingest" --list kith | awk -F, 'NR > 1 && $3 == "" { print "kith " $2 }' >>"$names"

# The pages that a page should name: the front, its family, those that its prose names, and the forms of the files that it takes.
see() { # PAGE FAMILY PROSE MDOC
    {
        [ "$1" = kith ] || echo "kith 1"
        [ -z "$2" ] || [ "$1" = "kith-$2" ] || echo "kith-$2 1"
        grep -oE 'kith(-[a-z]+)*\([157]\)' "$3" | tr '()' '  ' || true
        awk -v page="$1" 'NR == FNR { said = said " " $0; next }
            { name = $1 == "kith" ? $0 : "kith-" $0; gsub(/[ _]/, "-", name); if (name != page && index(said, $0) && said ~ ("(^|[^a-z])" $0 "([^a-z]|$)")) print name " 1" }' "$3" "$names"
        if grep -qE '^\.It Fl (m Ar|-model)|→ model' "$4"; then echo "kith-model 5"; fi
        if grep -q '^\.It Fl -save-state' "$4"; then echo "kith-state 5"; fi
        if grep -q '^\.It Fl -schema' "$4"; then echo "kith-schema 5"; fi
        if grep -qE '(18|19|20)[0-9][0-9][^-0-9]' "$3" && [ -n "$2" ]; then echo "kith-methods 7"; fi
    } | awk -v page="$1" '$1 != page { print $1, $2 }' | sort -k2n -k1 -u | awk '{ lines[NR] = ".Xr " $1 " " $2 } END { for (i = 1; i <= NR; i++) print lines[i] (i < NR ? " ," : "") }'
}

fill() { # PAGE FAMILY PROSE MDOC: the page, on standard output
    prose <"$3" >"$out/prose.tmp"
    see "$@" >"$out/see.tmp"
    sed -e "/^@PROSE@\$/{r $out/prose.tmp" -e 'd}' -e "/^@SEE@\$/{r $out/see.tmp" -e 'd}' "$4"
}

while read -r family verb; do
    if [ "$family" = kith ]; then page=kith-$verb; else page=kith-$family-$(printf '%s' "$verb" | tr ' _' '--'); fi
    source=$here/${page#kith-}.txt
    [ -e "$source" ] || { echo "Undocumented." >"$out/none.tmp"; source=$out/none.tmp; }
    # shellcheck disable=SC2086
    if [ "$family" = kith ]; then "$build/kith-ingest" --man kith $verb; else "$build/kith-$family" --man $verb; fi >"$out/page.tmp"
    [ "$family" = kith ] && family=
    fill "$page" "$family" "$source" "$out/page.tmp" >"$out/$page.1"
done <"$names"

for family in $families; do
    [ -x "$build/kith-$family" ] || continue
    brief=$(head -n 1 "$here/$family.txt")
    sed 1,2d "$here/$family.txt" >"$out/body.tmp"
    "$build/kith-$family" --man | sed "s|@BRIEF@|$brief|" >"$out/page.tmp"
    fill "kith-$family" "$family" "$out/body.tmp" "$out/page.tmp" >"$out/kith-$family.1"
done

for source in "$here"/kith*.[1-8].txt; do
    page=${source##*/} page=${page%.txt}
    section=${page##*.} name=${page%.*}
    sed 1,2d "$source" >"$out/body.tmp"
    {
        printf '.Dd November 21, 2026\n.Dt %s %s\n.Os kith\n.Sh NAME\n.Nm %s\n.Nd %s\n' "$(printf '%s' "$name" | tr '[:lower:]' '[:upper:]')" "$section" "$name" "$(head -n 1 "$source")"
        case $(head -n 1 "$out/body.tmp") in "# "*) ;; *) echo ".Sh DESCRIPTION" ;; esac
        printf '@PROSE@\n.Sh SEE ALSO\n@SEE@\n'
    } >"$out/page.tmp"
    fill "$name" "" "$out/body.tmp" "$out/page.tmp" >"$out/$page"
done
rm -f "$out"/*.tmp
