#!/bin/sh
# A fold over the shards of some files as a Slurm array job, and the job that adds the states up behind it.
# usage: fold.sh RESULT 'FILE...' FAMILY VERB [OPTIONS]      prints the number of the last job; --wait at the front waits for it
#     WORK (environment): a folder that every node sees; SIZE: bytes a shard, about (64M); SBATCH_OPTIONS: more for sbatch
set -eu
wait=
if [ "$1" = --wait ]; then wait=--wait && shift; fi
result=$1 files=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
work=${WORK:?a folder that every node sees}
mkdir -p "$work"
rm -f "$work/failed" "$work/done"
for word; do printf '%s\n' "$word"; done >"$work/verb"
cp "$here/../parallel/shard.sh" "$work/shard.sh"
# shellcheck disable=SC2086 # the files, by blanks
kith shard --size "${SIZE:-64M}" $files -o "$work/shards.csv"
last=$(($(kith segment where -s id --header never "$work/shards.csv" | tail -n 1)))
# shellcheck disable=SC2086
array=$(sbatch --parsable --array="0-$last" --job-name=kith-shards --chdir="$work" --output="$work/shard-%a.log" --requeue ${SBATCH_OPTIONS:-} "$here/shard.sbatch" "$work")
# shellcheck disable=SC2086
sbatch --parsable $wait --dependency="afterok:${array%%;*}" --kill-on-invalid-dep=yes --job-name=kith-merge --chdir="$work" --output="$work/merge.log" ${SBATCH_OPTIONS:-} \
    "$here/merge.sbatch" "$work" "$result" || [ -n "$wait" ] || exit 4
[ -n "$wait" ] && [ ! -e "$work/done" ] || exit 0 # a job that was taken out of the queue has no status of its own
[ ! -e "$work/failed" ] || { cat "$work/failed" >&2; exit 3; }
exit 4
