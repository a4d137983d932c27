#!/bin/sh
# The manual as HTML: a page each, linked with each other, an index, one stylesheet, no script. Needs mandoc.
# usage: man/html.sh MAN-FOLDER OUTPUT-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
man=$1 out=$2
mkdir -p "$out"
rm -f "$out"/*.html
cp "$here/kith.css" "$out/"
foot='<nav class="all"><a href="index.html">all pages</a></nav>'
for page in "$man"/kith*.[1-8]; do
    name=${page##*/}
    case $name in *.1) toc= ;; *) toc=,toc ;; esac
    mandoc -Thtml -O "style=kith.css,man=%N.%S.html$toc" "$page" |
        sed -e 's|<html>|<html lang="en">|' -e "s|<body>|<body>$foot|" >"$out/$name.html"
done
brief() { sed -n 's/^\.Nd //p' "$1" | sed -e 's/\\e/\\/g; s/\\-/-/g; s/\\&//g; s/&/\&amp;/g; s/</\&lt;/g'; }
entry() { # PAGE: an item of the index
    name=${1##*/}
    printf '<dt><a href="%s.html">%s</a></dt><dd>%s</dd>\n' "$name" "${name%.*}($(printf '%s' "${name##*.}"))" "$(brief "$1")"
}
{
    cat <<'HTML'
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1.0"/><link rel="stylesheet" href="kith.css"/><title>kith: the manual</title></head>
<body>
<main class="manual-text">
<h1>kith: the manual</h1>
HTML
    echo '<h2>To begin with</h2><dl>'
    for name in kith.1 kith-cookbook.7 kith-expressions.7 kith-schema.5 kith-state.5 kith-model.5 kith-methods.7; do entry "$man/$name"; done
    echo '</dl>'
    for family in ingest dedupe segment score report; do
        printf '<h2><a href="kith-%s.1.html">%s</a></h2><p>%s.</p><dl>\n' "$family" "$family" "$(brief "$man/kith-$family.1")"
        sed -n "s/^\.It Xr \(kith-$family-[a-z-]*\) 1/\1/p" "$man/kith-$family.1" | while read -r name; do entry "$man/$name.1"; done
        echo '</dl>'
    done
    echo '<h2>States, shards, where a figure comes from</h2><dl>'
    for name in merge finish show forget shard why; do entry "$man/kith-$name.1"; done
    printf '</dl>\n</main>\n</body>\n</html>\n'
} >"$out/index.html"
