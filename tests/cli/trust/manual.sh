#!/bin/sh
# Every page of the manual is there, documented, clean for mandoc; its references lead somewhere; it shows every option of the table; `kith help`
# prints the same texts; the HTML copy is whole.
set -eu
man=$KITH_BUILD/man
failed=0
bad() { echo "$*"; failed=1; }
families="ingest dedupe segment score report"

# A page a verb, with every option of the table, its arguments and letters, every example, and prose; what --help shows is the same.
for family in $families kith; do
    if [ "$family" = kith ]; then program="kith-ingest" word=kith; else program=kith-$family word=; fi
    $program --list $word >list
    awk -F, 'NR > 1 && $3 == "" { print $2 }' list >verbs
    while IFS= read -r verb; do
        page=$man/kith-$(echo "$family $verb" | sed 's/^kith //' | tr ' ' '-').1
        [ -e "$page" ] || { bad "no page of $family $verb"; continue; }
        # shellcheck disable=SC2086
        $program $verb --help >help
        awk -F, -v v="$verb" -v name="${page##*/}" '
            FILENAME == "list" { if ($2 == v && $3 != "") { option[$3] = 1; if ($4 != "") letter[$4] = 1 } next }
            FILENAME == "help" { n = split($0, w, /[ ,]+/); for (i = 1; i <= n && i < 5; i++) helped[w[i]] = 1; next }
            /^\.It / { n = split($0, w, " "); for (i = 2; i < n; i++) if (w[i] == "Fl") shown[w[i + 1]] = 1 }
            END {
                for (o in option) { if (!(("-" o) in shown)) print name " does not show --" o; if (!(("--" o) in helped)) print "the help of " v " does not show --" o }
                for (l in letter) if (!(l in shown)) print name " does not show -" l
            }' list help "$page" >lacks
        [ ! -s lacks ] || { cat lacks; failed=1; }
        grep -q '^Undocumented' "$page" && bad "${page##*/}: no prose"
        grep -q '^\.Sh EXAMPLES' "$page" || bad "${page##*/}: no example"
        grep -q '^\.Sh ROWS' "$page" || bad "${page##*/}: no grain"
        grep -q "^exit status: $(sed -n '/^.Sh EXIT STATUS/{n;p;}' "$page" | sed 's/[.[\*^$]/\\&/g')\$" help || bad "${page##*/}: the help tells other statuses"
        if [ "$family" != kith ]; then
            grep -qF ".It Xr $(basename "$page" .1) 1" "$man/kith-$family.1" || bad "kith-$family does not list $verb"
        fi
    done <verbs
done
for page in kith.1 kith-ingest.1 kith-dedupe.1 kith-segment.1 kith-score.1 kith-report.1 kith-schema.5 kith-state.5 kith-model.5 kith-methods.7 kith-cookbook.7 kith-expressions.7; do
    [ -s "$man/$page" ] || bad "no page $page"
done

# The pages are those that these programs write; a synopsis shows without brackets what a call cannot do without: such a call names the first of it.
sh "$KITH_SOURCE/man/make.sh" "$KITH_BUILD" again
for page in "$man"/*.[1-8]; do cmp -s "$page" "again/${page##*/}" || bad "${page##*/} is not what the programs write"; done
printf 'a,b\n1,2\n' >in.csv
for family in $families; do
    "kith-$family" --list | awk -F, 'NR > 1 && $3 == "" { print $2 }' | while IFS= read -r verb; do
        first=$(awk '/^\.Sh SYNOPSIS/ { on = 1; next } on && /^\.Sh/ { exit } on && /^\.Fl / { print "-" $2; exit }' "again/kith-$family-$(echo "$verb" | tr ' ' '-').1")
        # shellcheck disable=SC2086
        if "kith-$family" $verb in.csv >out 2>said; then status=0; else status=$?; fi
        case $first in
        '') ! grep -q -e '--[a-z-]* [^ ]* is needed' said || echo "kith $family $verb: $(cat said), but the synopsis has it in brackets" ;;
        *) [ $status = 2 ] && grep -q -e " $first " said || echo "kith $family $verb: the synopsis wants $first; without it: status $status $(cat said)" ;;
        esac
    done
done >lost
[ ! -s lost ] || { cat lost; failed=1; }

# Every example of every table is among those that the tests run.
for family in $families; do
    shown=$(cat "$man/kith-$family"-*.1 | awk '/^\.Sh EXAMPLES/ { on = 1 } /^\.Sh SEE/ { on = 0 } on && /^\$ / { n++ } END { print n + 0 }')
    run=$("kith-$family" --examples | grep -c '^sh command')
    [ "$shown" -ge "$run" ] && [ "$run" -gt 0 ] || bad "$family: $shown examples shown, $run run"
done

# References lead to pages.
grep -ho '^\.\(Xr\|It Xr\|Pf ( Xr\) [a-z-]* [0-9]' "$man"/*.[1-8] | sed 's/.*Xr //' | sort -u | while read -r name section; do
    [ -e "$man/$name.$section" ] || echo "$name($section) is named and not there"
done >lost
[ ! -s lost ] || { cat lost; failed=1; }

# kith help: the same texts.
for topic in schema state model expressions methods cookbook; do
    kith help $topic >got || bad "kith help $topic"
    brief=$(sed -n 's/^\.Nd //p' "$man/kith-$topic".* | sed 's/\\-/-/g')
    tr "\n" " " <got | grep -qF "kith-$topic: $brief" || bad "kith help $topic says something else"
    [ "$(wc -l <got)" -gt 15 ] || bad "kith help $topic is short"
done
kith help segment where >got; grep -q 'Passes the rows for which the expression is true' got && grep -q '^usage: kith segment where' got || bad "kith help where"
kith help merge >got; grep -q '^usage: kith merge' got && grep -q 'Adds saved states' got || bad "kith help merge"
kith help report >got; grep -q 'Did it work\|did it work' got || bad "kith help report"
if [ -w /dev/full ]; then
    for words in 'help' '--help' 'help methods' 'help where' '--version'; do
        # shellcheck disable=SC2086
        if kith $words >/dev/full 2>said; then bad "kith $words does not see a full disk"; fi
        grep -q 'cannot write' said || bad "kith $words says nothing of a full disk"
    done
fi
COLUMNS=60 kith help methods | awk '{ gsub(/[\200-\277]/, "") } length > 60 && !/^    / { exit 1 }' || bad "kith help does not wrap"

if [ -x "$(command -v bash || true)" ]; then bash -n "$KITH_BUILD/completions/kith.bash" || failed=1; fi
if ! command -v mandoc >/dev/null 2>&1; then
    [ $failed = 0 ] || exit 1
    echo "SKIP: mandoc is not installed: neither lint nor HTML"
    exit 77
fi
for page in "$man"/*.[1-8]; do
    mandoc -T lint -W warning "$page" >lint 2>&1 || true
    grep -v 'referenced manual not found' lint && bad "${page##*/}"
done

# The HTML copy: a page each, an index that names them all, links that lead somewhere, nothing from elsewhere.
sh "$KITH_SOURCE/man/html.sh" "$man" html
for page in "$man"/*.[1-8]; do
    name=${page##*/}
    [ -s "html/$name.html" ] || bad "no html/$name.html"
    grep -qF "href=\"$name.html\"" html/index.html || bad "the index does not name $name"
done
grep -ho 'href="[^"]*"' html/*.html | sort -u | sed 's/^href="//; s/"$//' | while IFS= read -r link; do
    case $link in '#'*) continue ;; *:*) echo "a link that leads out: $link" ;; *) [ -e "html/${link%%#*}" ] || echo "a link that leads nowhere: $link" ;; esac
done >lost
[ ! -s lost ] || { cat lost; failed=1; }
if grep -lE '<script|https?://' html/*.html; then bad "pages load or link something from elsewhere"; fi

# kith names the libraries of all its programs.
for program in $families segment-community; do "kith-$program" --version; done | grep '^  ' | sort -u >all
kith --version | grep '^  ' | cmp -s - all || bad "kith --version leaves out a library: $(kith --version | comm -13 - all | tr '\n' ' ')"
exit $failed
