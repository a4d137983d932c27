#!/bin/sh
# The texts of the pages as a C table of lines, for `kith help`: name (FAMILY-VERB, or the page's without its section), line; NULL, NULL ends.
# usage: man/embed.sh FOLDER-OF-TEXTS OUTPUT.c
set -eu
{
    printf '/* Made by man/embed.sh: the texts of the manual. */\nextern const char *const kith_front_pages[][2];\nconst char *const kith_front_pages[][2] = {\n'
    for text in "$1"/*.txt; do
        name=${text##*/} name=${name%.txt} name=${name%.[1-8]}
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/??/?\\?/g' -e "s/^/    {\"$name\", \"/" -e 's/$/"},/' "$text"
    done
    printf '    {0, 0},\n};\n'
} >"$2"
