#!/bin/sh
# One task: the state of one shard. The verb's own words stand in WORK/verb, one a line.
# usage: shard.sh WORK ID
set -eu
work=$1 id=$2
cd "$work"
[ ! -e failed ] || exit 3 # another shard's data are bad: this one need not begin
set --
while IFS= read -r word; do set -- "$@" "$word"; done <verb
status=0
kith "$@" --shard "$id@shards.csv" --threads 1 --save-state "state.$id" -o /dev/null 2>"said.$id" || status=$?
case $status in 2 | 3) mv "said.$id" failed ;; esac # usage and data: no retry can help; 4 and signals: another try may
exit $status
