#!/bin/sh
# A fold over the shards of some files on many machines, by GNU parallel over ssh; the result is that of one machine.
# usage: fold.sh LOGINS RESULT 'FILE...' FAMILY VERB [OPTIONS]
#     LOGINS: GNU parallel's --sshloginfile, a line such as 8/user@host for each machine (: is this one)
#     WORK (environment): a folder that every machine sees under this name; SIZE: bytes a shard, about (64M)
# On every machine: kith in PATH (the archive of static programs will do), the files and WORK under the same names.
set -eu
logins=$1 result=$2 files=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
work=${WORK:-$(mktemp -d)}
mkdir -p "$work"
rm -f "$work/failed"
for word; do printf '%s\n' "$word"; done >"$work/verb"
cp "$here/shard.sh" "$work/shard.sh"
# shellcheck disable=SC2086 # the files, by blanks
kith shard --size "${SIZE:-64M}" $files -o "$work/shards.csv"
ids=$(kith segment where -s id --header never "$work/shards.csv")
# shellcheck disable=SC2086
if ! parallel --will-cite --sshloginfile "$logins" --retries 3 --joblog "$work/log" "PATH='$PATH' sh '$work/shard.sh' '$work' {}" ::: $ids >&2; then
    [ ! -e "$work/failed" ] || { cat "$work/failed" >&2; exit 3; }
    exit 4
fi
set --
for id in $ids; do set -- "$@" "$work/state.$id"; done
kith merge "$@" -o "$work/state"
kith finish "$work/state" -o "$result"
