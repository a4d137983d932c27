# long: kith-spark on a standalone master with two workers on loopback that have nothing installed: the archive goes with the job. Folds, filters, fits and dedupe give
# what one machine gives; the same with a worker killed in the middle, and with every task run twice.
set -eu
python= # found by lib.sh
. "$KITH_SOURCE/tests/cli/spark/lib.sh"
archive=$(ls "$KITH_BUILD"/kith-*-linux-*.tar.gz 2>/dev/null | head -n 1)
[ -n "$archive" ] || { cmake --build "$KITH_BUILD" --target archive >archive.log 2>&1 && archive=$(ls "$KITH_BUILD"/kith-*-linux-*.tar.gz | head -n 1); }
rm -rf bin work slow && mkdir bin slow
tar xzf "$archive" -C bin # one machine is compared as the same build
PATH=$PWD/bin/bin:$PATH
"$KITH_BUILD/tests/bench-workload" . 10000 1000
people 1500 >people.csv
home=$("$python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
export SPARK_HOME="$home" PYSPARK_PYTHON="$python"
class="$home/bin/spark-class"
"$class" org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 17077 --webui-port 0 >master.log 2>&1 & master=$!
one= two=
trap 'kill $master $one $two 2>/dev/null || true' EXIT
await() { # FILE TEXT
    for _ in $(seq 400); do grep -q "$2" "$1" && return; sleep 1; done
    fail "$1 never said '$2'"
}
await master.log 'Starting Spark master'
worker() { exec env -i HOME="$HOME" JAVA_HOME="${JAVA_HOME:-}" PATH=/usr/local/bin:/usr/bin:/bin SPARK_HOME="$home" SPARK_LOCAL_IP=127.0.0.1 "$class" org.apache.spark.deploy.worker.Worker --cores 1 --memory 2g --host 127.0.0.1 --webui-port 0 --work-dir "$PWD/$1" spark://127.0.0.1:17077 >"$1.log" 2>&1; }
worker w1 & one=$!
worker w2 & two=$!
await w1.log 'Successfully registered'
await w2.log 'Successfully registered'
cluster() { driver --master spark://127.0.0.1:17077 --conf spark.executor.memory=1g --conf spark.cores.max=2 --shard-size "$size" "$@"; }
spark() { cluster --archives "$archive" "$@"; }

size=$(eighth events.csv)
kith segment rfm --id customer_id --ts ts --amount amount events.csv >rfm.csv
kith segment derive -e 'bought = if(rfm_monetary > 100, 1, 0)' rfm.csv >leads.csv
kith dedupe fit -q --id id --drop bought people.csv >dedupe-fit.one
: >lines
bytes='' # those that must be the same to the byte
same() { # NAME FILE ARGS...
    name=$1 file=$2
    shift 2
    kith "$@" -q "$file" >"$name.one"
    for word; do printf "'%s' " "$word"; done >>lines
    echo "$file -o $name.spark" >>lines
    bytes="$bytes $name"
}
same table events.csv report table -g region,channel -a 'n=count,money=sum(amount),sd=sd(amount),p90=p90(amount),who=distinct(customer_id),f=first(ts),l=last(ts)'
same profile events.csv ingest profile
same rfm events.csv segment rfm --id customer_id --ts ts --amount amount
same where events.csv segment where 'region == "R05" and amount > 20 or note =~ "refund"'
same paths events.csv segment paths --id customer_id --ts ts --channel channel --event channel --conversion shop
kith where 'amount > 0' events.csv >orders.csv
same value orders.csv score fit value --method bgnbd --spend gammagamma --id customer_id --ts ts --amount amount
if kith-segment --list | grep -q '^segment,sessions,keep,'; then
    same sessions events.csv segment sessions --id customer_id --ts ts --gap 30m
else
    echo "left out: segment sessions, whose states do not merge"
fi
cat >>lines <<'END'
segment fit kmeans --clusters 3 -s rfm_recency,rfm_frequency,rfm_monetary rfm.csv -o kmeans.spark
END
kith segment fit kmeans --clusters 3 -s rfm_recency,rfm_frequency,rfm_monetary --draws 0 rfm.csv >kmeans.one
lead=
if kith-score --list | grep -q '^score,fit lead,step,'; then
    lead=lead
    echo 'score fit lead --outcome bought --method logistic --drop customer_id,rfm_monetary,rfm_m leads.csv -o lead.spark' >>lines
    kith score fit lead -q --outcome bought --method logistic --drop customer_id,rfm_monetary,rfm_m leads.csv >lead.one
else
    echo "left out: score fit lead, which has no passes"
fi
spark --script lines
for name in $bytes; do cmp "$name.one" "$name.spark" || fail "$name: other bytes on Spark"; done

# fits: the same groups, the same ranks, parameters within 1e-9
near() { # PART NAME: rows of two models, one by one
    for m in one spark; do grep "^$1," "$2.$m" >"near.$m"; done
    [ -s near.one ] || fail "$2 has no rows of $1"
    paste -d '\t' near.one near.spark | awk -F '\t' '{ n = split($1, a, ","); m = split($2, b, ","); x = a[n] + 0; y = b[m] + 0; d = x - y; if (d < 0) d = -d; if (x < 0) x = -x
        if ($1 != $2 && (n != m || a[1] != b[1] || a[2] != b[2] || d > 1e-9 * (x > 1 ? x : 1))) { print "line " NR ": " $1 " | " $2; exit 1 } }' || fail "$2: not within 1e-9"
}
for m in one spark; do kith segment apply -m kmeans.$m rfm.csv | kith where -s customer_id,kmeans_segment >groups.$m; done
cmp groups.one groups.spark || fail "kmeans: other groups on Spark"
near centre kmeans
if [ -n "$lead" ]; then
    for m in one spark; do kith score apply -m lead.$m leads.csv | kith sort -k -lead_score,customer_id | kith where -s customer_id >ranks.$m; done
    cmp ranks.one ranks.spark || fail "lead: other ranks on Spark"
fi
size=$(eighth people.csv)
kith dedupe resolve -q -m dedupe-fit.one people.csv >dedupe-resolve.one
cat >lines <<'END'
dedupe fit --id id --drop bought people.csv -o dedupe-fit.spark
dedupe resolve -m dedupe-fit.one people.csv -o dedupe-resolve.spark
END
spark --script lines
for name in dedupe-fit dedupe-resolve; do cmp $name.one $name.spark || fail "$name: other bytes on Spark"; done

# every task twice: two drivers over one work folder at a time, and Spark's own speculation
size=$(eighth events.csv)
set -- report table -g region -a 'n=count,money=sum(amount)' events.csv
kith "$@" >twice.one
driver --conf spark.speculation=true --conf spark.speculation.quantile=0.1 --conf spark.speculation.multiplier=1.01 --conf spark.speculation.interval=10ms \
    --bin "$PWD/bin/bin" --work "$PWD/work" --shard-size "$size" "$@" -o twice.a & first=$!
driver --bin "$PWD/bin/bin" --work "$PWD/work" --shard-size "$size" "$@" -o twice.b
wait $first
cmp twice.one twice.a && cmp twice.one twice.b || fail "tasks that ran twice"

# a worker killed in the middle; the program is held up so that there is a middle
printf '#!/bin/sh\ncase "$*" in *--shard*) sleep 1 ;; esac\nexec "%s/bin/bin/kith" "$@"\n' "$PWD" >slow/kith
chmod +x slow/kith
for family in ingest dedupe segment score report; do ln -sf "$PWD/bin/bin/kith-$family" "slow/kith-$family"; done
killed() { # NAME ARGS...
    name=$1
    shift
    rm -rf work
    timeout 600 "$python" "$KITH_SOURCE/tools/spark/kith-spark" --master spark://127.0.0.1:17077 --conf spark.executor.memory=1g --conf spark.cores.max=2 --bin "$PWD/slow" --work "$PWD/work" \
        --shard-size "$size" "$@" -o "$name.killed" & job=$!
    for _ in $(seq 120); do find work -name '*.receipt' 2>/dev/null | grep -q . && break; sleep 1; done
    pkill -9 -P $one 2>/dev/null || true
    kill -9 $one 2>/dev/null || true
    wait $job || fail "$name: the job did not survive its worker"
    cmp "$name.one" "$name.killed" || fail "$name: other bytes after a worker was killed"
    worker w1 & one=$!
}
killed twice "$@"
size=$(eighth people.csv)
killed dedupe-resolve dedupe resolve -m dedupe-fit.one people.csv
