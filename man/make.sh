#!/bin/sh
# Makes the manual: a page a verb from the option tables and the prose beside this script, and the general pages.
# usage: man/make.sh BUILD-FOLDER OUTPUT-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1 out=$2
mkdir -p "$out"

# Prose: paragraphs parted by empty lines; lines that start with four blanks are shown as they are; "# TITLE" starts a section.
prose() {
    sed -E '/^    /!s/([.!?]\)?) +([A-Z(])/\1\n\2/g' "$1" | awk '
        function text(s) { gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); if (s ~ /^[.\x27]/) s = "\\&" s; return s }
        function close_literal() { if (literal) { print ".Ed"; literal = 0; gap = 1 } }
        /^# / { close_literal(); print ".Sh " toupper(substr($0, 3)); gap = 0; printed = 0; next }
        /^    / { if (!literal) { print ".Bd -literal -offset indent"; literal = 1 } print text(substr($0, 5)); next }
        /^[ \t]*$/ { if (literal) { blank = 1 } else gap = 1; next }
        { close_literal(); if (gap && printed) print ".Pp"; gap = 0; printed = 1; print text($0) }
        END { close_literal() }
    '
}

for family in ingest dedupe segment score report; do
    program=$build/kith-$family
    [ -x "$program" ] || continue
    "$program" --list | awk -F, 'NR > 1 && $3 == "" { print $2 }' | while IFS= read -r verb; do
        file=$(printf '%s' "$verb" | tr ' ' '_')
        page=kith-$family-$(printf '%s' "$verb" | tr ' _' '--')
        source=$here/$family-$file.txt
        [ -e "$source" ] || source=$here/$family-$(printf '%s' "$file" | tr _ -).txt
        # shellcheck disable=SC2086
        "$program" --man $verb >"$out/page.tmp"
        if [ -e "$source" ]; then prose "$source" >"$out/prose.tmp"; else printf 'Undocumented.\n' >"$out/prose.tmp"; fi
        sed -e "/^@PROSE@\$/{r $out/prose.tmp" -e 'd}' "$out/page.tmp" >"$out/$page.1"
    done
done
for page in "$here"/*.[1-8]; do
    [ -e "$page" ] && cp "$page" "$out/"
done
rm -f "$out/page.tmp" "$out/prose.tmp"
