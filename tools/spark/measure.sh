#!/bin/sh
# The figures of README.md: what kith-spark costs beyond kith, a pass by the number of shards, a merge, components.
# usage: measure.sh FILE [cpu] [shards] [merge] [components]     FILE: events (tests/bench-workload); kith in PATH; KITH_PYTHON: a python with pyspark
set -eu
file=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- cpu shards merge components
here=$(cd "$(dirname "$0")" && pwd)
python=${KITH_PYTHON:-${XDG_CACHE_HOME:-$HOME/.cache}/kith/spark/bin/python}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
uptime
seconds() { # COMMAND: its processor time and its most memory
    "$python" -c 'import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
u = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{u.ru_utime + u.ru_stime:.2f} s, {u.ru_maxrss / 1024:.0f} MB: " + " ".join(sys.argv[1:])[:110])
sys.exit(status)' "$@"
}
for what; do
    case $what in
    cpu) # 16 shards of one file, against one thread of kith
        size=$(($(wc -c <"$file") / 16 + 65536))
        seconds kith report table -g region -a 'n=count,money=sum(amount)' -j 1 "$file"
        seconds kith shard -j 1 --size $size "$file"
        "$python" "$here/kith-spark" --cpu --shard-size $size report table -g region -a 'n=count,money=sum(amount)' "$file" -o table.csv 2>&1
        ;;
    shards) # a pass over the same rows in more and more shards
        for n in 10 100 1000; do
            size=$(($(wc -c <"$file") / n))
            export KITH_BLOCK=$((size < 4194304 ? size : 4194304))
            start=$(date +%s.%N)
            "$python" "$here/kith-spark" --cpu --work "$work/$n" --shard-size $size report table -g region -a 'n=count,money=sum(amount)' "$file" -o table.csv 2>&1
            echo "$n: $(($(wc -l <"$work/$n/shards.csv") - 1)) shards, $(echo "$(date +%s.%N) - $start" | bc) s"
            unset KITH_BLOCK
        done
        ;;
    merge) # two states, of a hundred thousand and of a few groups
        head -n 2000000 "$file" >half.csv
        for g in region customer_id; do
            for i in 1 2; do kith report table -g $g -a 'n=count,money=sum(amount),who=distinct(email)' --save-state "$g.$i" --shard-name "$i" half.csv -o /dev/null; done
            ls -l "$g.1" | awk '{ printf "%.1f MB a state\n", $5 / 1e6 }'
            seconds kith merge "$g.1" "$g.2" -o both
        done
        ;;
    components)
        awk 'BEGIN { srand(1); print "left_id,right_id"; for (i = 0; i < 1e7; i++) { a = int(rand() * 12e6); print a "," a + 1 + int(rand() * 6) } }' >edges.csv
        ls -l edges.csv | awk '{ printf "%.0f MB of edges\n", $5 / 1e6 }'
        seconds kith dedupe resolve --edges -j 1 edges.csv -o labels.csv
        echo "$(($(wc -l <labels.csv) - 1)) records in components"
        ;;
    esac
done
uptime
