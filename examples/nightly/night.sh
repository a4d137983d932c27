#!/bin/sh
# One night: the day's events into the state, and the report from it.
# usage: night.sh STATE REPORT FILE
set -eu
state=$1 report=$2 file=$3
set -- -g channel,product -a 'orders=count,buyers=distinct(person_id),revenue=sum(amount),middle=p50(amount)' --again
[ ! -e "$state" ] || set -- "$@" --state "$state"
kith report table "$@" --save-state "$state" "$file" -o "$report"
