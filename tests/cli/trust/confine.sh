#!/bin/sh
# Once it runs, a verb can read, write, reach and run nothing but what its command line named: every verb of tests/matrix/verbs.txt, with code
# that tries to get out (tests/shim/faults.c, escape). usage: confine.sh [PATTERN]
set -u
. "$KITH_SOURCE/tests/cli/lib.sh"
if [ -n "${KITH_SANITIZE:-}" ]; then
    echo "SKIP: sanitizers need rights at the end of a run; the release ring tries this"
    exit 77
fi
shim=$KITH_BUILD/tests/libkith-faults.so
failures=0 runs=0 pattern=${1:-}
export SOURCE_DATE_EPOCH=0
escape() { # ARGS...: status in $status
    runs=$((runs + 1))
    env LD_PRELOAD="$shim" KITH_FAULT=escape "$program" "$@" >out 2>err </dev/null
    status=$?
}
bad() { failures=$((failures + 1)); echo "$name: $1 (status $status): $(grep escape: err)"; }

rm -rf work tmp && mkdir work tmp
TMPDIR=$PWD/tmp
export TMPDIR
printf 'id\n1\n' >secret.csv
cp secret.csv work/in.csv
cd work || exit 4
program=$KITH_BUILD/kith-ingest name=probe
escape sort -k id in.csv
case $(grep escape: err) in
*'landlock -'*|*'seccomp 0'*) echo "SKIP: this kernel has no Landlock or no seccomp; verbs run there without"; exit 77 ;;
esac
KITH_CONFINE=no escape sort -k id in.csv # the attempts work where nothing forbids them
cd ..
printf 'id\n1\n' >secret.csv
rm -f planted renamed.csv
grep -q 'read list write make truncate rename.* internet socket.* run$' work/err || bad "the test's own attempts fail"

confined() {
    eval "set -- $(printf '%s' "$args" | sed 's|{}|in.csv|g')"
    shift
    KITH_CONFINE=no "$program" "$@" >good 2>/dev/null
    ok=$?
    escape "$@"
    { [ $status = $ok ] && cmp -s good out; } || bad "other bytes"
    grep -q 'escape:.*seccomp 2, worked:$' err || bad "got out"
    mkdir results
    escape "$@" -o results/result
    { [ $status = $ok ] && cmp -s good results/result; } || bad "other bytes in a file"
    grep -q 'escape:.*seccomp 2, worked:$' err || bad "got out, with -o"
}
each_verb "$pattern" confined

# Files that others name: a page's specification, a shard. Files in folders, behind NAME=, and pipes of the shell still open.
name=named program=$KITH_BUILD/kith-report
mkdir -p there tmp2
cp "$cases/events.csv" "$cases/leads.csv" there
printf 'file,heading\nthere/events.csv,Events\nthere/leads.csv,Leads\n' >page.spec
status=0
kith report page --spec page.spec -o page.html 2>err || bad "a page's specification"
kith report page 'People=there/leads.csv' -o page.html 2>err || bad "HEADING=FILE"
if ! kith shard there/events.csv -o shards.csv 2>err || ! kith report table -a n=count --shard 0@shards.csv >out 2>err; then bad "a shard"; fi
printf 'id,v\n1,2\n2,1\n' | kith ingest sort -k v /dev/stdin >out 2>err || bad "/dev/stdin"
mkfifo fifo
cat there/events.csv >fifo &
kith segment where 'amount > 10' fifo >out 2>err || bad "a FIFO"
wait
kith ingest check --schema /dev/null --ref person_id=there/leads.csv:person_id there/events.csv >out 2>err
case $? in 0|1|3) ! grep -q 'denied' err || bad "COL=FILE:COL" ;; *) bad "COL=FILE:COL" ;; esac
if ls tmp/* >/dev/null 2>&1; then bad "temporary files are left"; fi
rm -rf there fifo
echo "$runs runs, $failures failures"
[ $runs -gt 1 ] && [ $failures = 0 ]
