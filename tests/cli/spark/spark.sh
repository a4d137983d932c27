#!/bin/sh
# kith-spark on this machine (local[2]): the same bytes as one machine for a filter, a fold, a fit and dedupe over eight shards; a verb that says no
# stops the job with its own message; status 4 and signals are tried again; a finished run is not done again. A cluster: cluster.sh (long).
set -eu
python= # found by lib.sh
. "$KITH_SOURCE/tests/cli/spark/lib.sh"
rm -rf work slow && mkdir slow
"$KITH_BUILD/tests/bench-workload" . 3000 300
people 500 >people.csv
size=$(eighth events.csv)
kith shard --size "$size" events.csv -o shards.csv
n=$(($(kith report table -a n=count shards.csv | tail -n 1)))
[ "$n" -ge 7 ] || fail "only $n shards"

# a program that fails once with 4 and once by a signal, on each of two shards, before it works
for family in ingest dedupe segment score report; do ln -sf "$KITH_BUILD/kith-$family" "slow/kith-$family"; done
cat >slow/kith <<'END'
#!/bin/sh
case "$*" in
*'--shard 1@'*) if mkdir "$KITH_TRIES/four" 2>/dev/null; then echo 'kith-report: no space left' >&2; exit 4; fi ;;
*'--shard 2@'*) if mkdir "$KITH_TRIES/signal" 2>/dev/null; then kill -9 $$; fi ;;
esac
exec "$KITH_BUILD/kith" "$@"
END
chmod +x slow/kith
rm -rf tries && mkdir tries
export KITH_TRIES="$PWD/tries"
set -- report table -g region,channel -a 'n=count,money=sum(amount),sd=sd(amount),p90=p90(amount),who=distinct(customer_id),f=first(ts),l=last(ts)' events.csv
driver --bin "$PWD/slow" --work "$PWD/work" --shard-size "$size" "$@" -o table.spark
kith "$@" | cmp - table.spark || fail "table: other bytes on Spark"
[ -d tries/four ] && [ -d tries/signal ] || fail "nothing was tried again"
before=$(cat work/*.receipt | cksum)
driver --bin "$PWD/slow" --work "$PWD/work" --shard-size "$size" "$@" -o again.spark
cmp table.spark again.spark || fail "the second run"
[ "$before" = "$(cat work/*.receipt | cksum)" ] || fail "a finished shard was done again"
grep -q '"rows_in": [1-9]' work/part-0.out.receipt || fail "a receipt counts its rows"

spark() { driver --bin "$KITH_BUILD" --shard-size "$size" "$@"; }
# a verb that says no: its own message and status, nothing under the result's name
if spark segment where 'region > 3' events.csv -o no.csv 2>said; then exit 1; else [ $? = 3 ] || fail "status $?"; fi
grep -q 'region: not a number' said || fail "the message of the verb"
[ ! -e no.csv ] || fail "a failed run left a result"

# several command lines with one start of Spark
kith dedupe fit -q --id id --drop bought people.csv >model.one
cat >lines <<'END'
segment where 'region == "R05" and amount > 20 or note =~ "refund"' events.csv -o where.spark
dedupe fit --id id --drop bought people.csv -o model.spark    # the passes
dedupe resolve -m model.one people.csv -o persons.spark
END
size=$(eighth people.csv)
driver --bin "$KITH_BUILD" --shard-size "$size" --script lines
kith segment where 'region == "R05" and amount > 20 or note =~ "refund"' events.csv | cmp - where.spark || fail "where: other bytes on Spark"
cmp model.one model.spark || fail "dedupe fit: another model on Spark"
kith dedupe resolve -q -m model.one people.csv | cmp - persons.spark || fail "dedupe resolve: other persons on Spark"
