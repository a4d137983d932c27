#!/bin/sh
# kith-spark against one machine: the same bytes for filters and folds over 8 shards on 2 workers, the same again when a worker is killed in the
# middle and when a task runs twice; a verb that fails stops the job with its own message.
set -eu
if [ -n "${KITH_SANITIZE:-}" ]; then
    echo "SKIP: the distributed tests run in the release ring"
    exit 77
fi
for python in "${KITH_PYTHON:-}" "${XDG_CACHE_HOME:-$HOME/.cache}/kith/spark/bin/python" python3; do
    [ -n "$python" ] && "$python" -c 'import pyspark' 2>/dev/null && break
    python=
done
if [ -z "$python" ] || ! command -v java >/dev/null 2>&1; then
    echo "SKIP: Java or PySpark is missing (tests/setup.sh spark installs them): the distributed driver was not tested"
    exit 77
fi
spark() { "$python" "$KITH_SOURCE/tools/spark/kith-spark" --bin "$KITH_BUILD" --shard-size "$size" "$@"; }
"$KITH_BUILD/tests/bench-workload" . 40000 2000
size=$(($(wc -c <events.csv) / 8))
export KITH_BLOCK=64K # so that a small file has eight places to cut at
kith shard --size "$size" events.csv -o shards.csv
n=$(($(kith report table -a n=count shards.csv | tail -n 1)))
[ "$n" -ge 7 ] || { echo "only $n shards"; exit 1; }

one() { # NAME ARGS...: on one machine and on Spark, the same bytes
    name=$1
    shift
    kith "$@" events.csv >"$name.one"
    spark "$@" events.csv -o "$name.spark"
    cmp "$name.one" "$name.spark" || { echo "$name: other bytes on Spark"; exit 1; }
}
one table report table -g region,channel -a 'n=count,money=sum(amount),sd=sd(amount),p90=p90(amount),who=distinct(customer_id),f=first(ts),l=last(ts)'
one where segment where 'region == "R05" and amount > 20 or note =~ "refund"'
one rfm segment rfm --id customer_id --ts ts --amount amount

# a verb that says no: its own message and status, nothing under the result's name
if spark segment where 'region > 3' events.csv -o no.csv 2>said; then exit 1; else [ $? = 3 ]; fi
grep -q 'region: not a number' said
[ ! -e no.csv ]
if spark segment where 'regoin > 3' events.csv -o no.csv 2>said; then exit 1; else [ $? = 3 ]; fi
grep -q "did you mean 'region'" said

# two workers of a standalone master on loopback, one killed in the middle; then the whole job again: receipts make it free
home=$("$python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
export SPARK_HOME="$home" SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON="$python"
class="$home/bin/spark-class"
"$class" org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 17077 --webui-port 0 >master.log 2>&1 & master=$!
trap 'kill $master $one $two 2>/dev/null || true' EXIT
one= two=
for i in 1 2 3 4 5 6 7 8 9 10; do grep -q 'Starting Spark master' master.log && break; sleep 1; done
"$class" org.apache.spark.deploy.worker.Worker --cores 1 --memory 2g --host 127.0.0.1 --webui-port 0 --work-dir "$PWD/w1" spark://127.0.0.1:17077 >one.log 2>&1 & one=$!
"$class" org.apache.spark.deploy.worker.Worker --cores 1 --memory 2g --host 127.0.0.1 --webui-port 0 --work-dir "$PWD/w2" spark://127.0.0.1:17077 >two.log 2>&1 & two=$!
for i in 1 2 3 4 5 6 7 8 9 10; do grep -q 'Successfully registered' two.log && break; sleep 1; done
mkdir -p slow # the program, held up, so that there is a middle
printf '#!/bin/sh\n[ "$1" = shard ] || [ "$1" = merge ] || sleep 1\nexec "%s/kith" "$@"\n' "$KITH_BUILD" >slow/kith
for family in ingest dedupe segment score report; do ln -sf "$KITH_BUILD/kith-$family" "slow/kith-$family"; done
chmod +x slow/kith
rm -rf work
timeout 240 "$python" "$KITH_SOURCE/tools/spark/kith-spark" --master spark://127.0.0.1:17077 --bin "$PWD/slow" --work "$PWD/work" --shard-size "$size" \
    report table -g region -a 'n=count,money=sum(amount)' events.csv -o killed.csv & job=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ls work/*.receipt >/dev/null 2>&1 && break; sleep 1; done
pkill -9 -P $one 2>/dev/null || true
kill -9 $one 2>/dev/null || true
wait $job
kith report table -g region -a 'n=count,money=sum(amount)' events.csv | cmp - killed.csv
before=$(cat work/*.receipt | cksum)
"$python" "$KITH_SOURCE/tools/spark/kith-spark" --bin "$PWD/slow" --work "$PWD/work" --shard-size "$size" report table -g region -a 'n=count,money=sum(amount)' events.csv -o again.csv
cmp killed.csv again.csv
[ "$before" = "$(cat work/*.receipt | cksum)" ]
