#!/bin/sh
# The commands that the pages' prose shows behind "$ " print what stands below them, page by page, in one folder each.
set -u
failed=0 ran=0 pages=0
for page in "$KITH_SOURCE"/man/*.txt; do
    grep -q '^    \$ ' "$page" || continue
    pages=$((pages + 1))
    rm -rf work && mkdir work && cd work || exit 4
    # steps/N.cmd and steps/N.want of each command; a line behind "> " goes on with it; text after an empty line that is no command ends the block
    mkdir ../steps 2>/dev/null
    rm -f ../steps/*
    awk '
        /^    \$ / { n++; base = sprintf("../steps/%03d", n); print substr($0, 7) > (base ".cmd"); printf "" > (base ".want"); open = 1; next }
        open && /^    >/ { print substr($0, 7) > (base ".cmd"); next }
        open && /^    / { print substr($0, 5) > (base ".want"); next }
        { open = 0 }
    ' "$page"
    for step in ../steps/*.cmd; do
        ran=$((ran + 1))
        sh "$step" </dev/null >../got 2>../err
        sed 's/ *$//' ../got >../got.cut # a page has no blanks at the ends of lines
        cmp -s "${step%.cmd}.want" ../got.cut || { failed=$((failed + 1)); echo "${page##*/}:"; cat "$step"; diff "${step%.cmd}.want" ../got.cut; cat ../err; }
    done
    cd ..
done
for page in schema.5 state.5 model.5 expressions.7 cookbook.7; do
    grep -q '^    \$ \|^    kith ' "$KITH_SOURCE/man/kith-$page.txt" || { echo "kith-$page shows no command"; failed=1; }
done
[ "$(grep -c '^## ' "$KITH_SOURCE/man/kith-cookbook.7.txt")" -ge 20 ] || { echo "the cookbook has fewer than twenty recipes"; failed=1; }
rm -rf work steps
echo "$ran commands of $pages pages, $failed failures"
[ $failed = 0 ] && [ $ran -gt 50 ]
