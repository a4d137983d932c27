#!/bin/sh
# Every page of the manual is there, documented, and clean for mandoc; the completions parse.
set -eu
if ! command -v mandoc >/dev/null 2>&1; then
    echo "SKIP: mandoc is not installed"
    exit 77
fi
failed=0
for page in "$KITH_BUILD"/man/*.[1-8]; do
    mandoc -T lint -W warning "$page" >lint || true
    grep -v 'referenced manual not found' lint && { failed=1; echo "$page"; }
    if grep -q '^Undocumented' "$page"; then echo "$page: no prose"; failed=1; fi
done
if command -v bash >/dev/null 2>&1; then bash -n "$KITH_BUILD/completions/kith.bash" || failed=1; fi
exit $failed
