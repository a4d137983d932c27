#!/bin/sh
# The bench: kith and whichever peers are installed, side by side on the same data. It measures; it does not judge.
# usage: tests/bench/run.sh [-n RUNS] [-r ROWS] [-d FOLDER] [ID...]
#   peers: python3 with duckdb and polars ($PEERS_PYTHON names another python), xan, mawk, GNU sort, grep
# Prints CSV: id,program,wall,cpu,peak_mb,ratio  (medians; ratio: kith's wall over this peer's; from the same interleaved runs)
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
runs=3 rows=10000000 folder=${TMPDIR:-/tmp}/kith-bench only=
while [ $# -gt 0 ]; do
    case $1 in
    -n) runs=$2; shift 2 ;;
    -r) rows=$2; shift 2 ;;
    -d) folder=$2; shift 2 ;;
    -*) sed -n '2,6s/^# //p' "$0"; exit 2 ;;
    *) only="$only $1"; shift ;;
    esac
done
bin=${KITH_BUILD:-$here/build/release}
[ -x "$bin/kith" ] || { cmake -S "$here" -B "$bin" -G Ninja >/dev/null && ninja -C "$bin" >/dev/null; }
PATH=$bin:$PATH
python=${PEERS_PYTHON:-python3}
mkdir -p "$folder"
data=$folder/$rows
if [ ! -e "$data/done" ]; then
    mkdir -p "$data"
    "$bin/tests/bench-workload" "$data" "$rows" "$((rows / 10))"
    touch "$data/done"
fi
E=$data/events.csv C=$data/customers.csv P=$data/events_plain.csv
has() { command -v "$1" >/dev/null 2>&1; }
module() { "$python" -c "import $1" >/dev/null 2>&1; }
# One line of TIME: wall, cpu, peak MB.
once() { # COMMAND -> $work/t
    "$python" - "$1" <<'PY'
import os, resource, subprocess, sys, time
t = time.time()
p = subprocess.Popen(["sh", "-c", "exec " + sys.argv[1] if not any(c in sys.argv[1] for c in "|;") else sys.argv[1]], stdout=subprocess.DEVNULL)
_, status, use = os.wait4(p.pid, 0)
kids = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{time.time()-t:.4f} {kids.ru_utime+kids.ru_stime:.3f} {use.ru_maxrss/1024:.0f} {os.waitstatus_to_exitcode(status)}")
PY
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
median() { sort -n "$1" | awk -v f="$2" '{v[NR]=$f} END{print v[int((NR+1)/2)]}'; }
duck() { printf '%s -c "import duckdb; c=duckdb.connect(); c.execute(\\"set threads=2\\"); c.execute(\\"\\"\\"copy (%s) to '"'/dev/null'"' (format csv)\\"\\"\\")"' "$python" "$1"; }
pole() { printf '%s -c "import polars as pl; e=pl.scan_csv('"'%s'"'); (%s).sink_csv('"'/dev/null'"')"' "$python" "$E" "$1"; }
# The same on one thread, and of another file.
duck1() { duck "$1" | sed 's/set threads=2/set threads=1/'; }
pole1() { printf 'POLARS_MAX_THREADS=1 %s' "$(pole "$1")"; }
pole_of() { E=$2 pole "$1"; }
need() { "$@" >&2 || exit 1; }
small=$data/small.csv
make_small() { [ -e "$small" ] || head -c 100000000 "$P" | sed '$d' >"$small"; }
groups='n=count,revenue=sum(amount),mean=mean(amount)'
duck_groups='count(*),sum(amount),avg(amount)'
pole_groups="pl.len(),pl.col('amount').sum().alias('s'),pl.col('amount').mean().alias('m')"
ids="count select where regex group distinct rfm profile join sort sessions rows start version"
ids="$ids million top last read check apply pipe-count pipe-where pipe-group plain-count plain-where plain-group plain-rfm one-where one-group one-rfm small-where small-group"
# By name only: ten (10 GB from a pipe; what is of interest is the memory).
peer_list() { # ID: lines PROGRAM<TAB>COMMAND, kith first
    from="from '$E'"
    case $1 in
    count) echo "kith	kith report table -a n=count $E"; has xan && echo "xan	xan count $E"; module polars && echo "polars	$(pole 'e.select(pl.len())')" ;;
    select) echo "kith	kith segment where -s customer_id,region,amount $E"; has xan && echo "xan	xan select customer_id,region,amount $E"
        module polars && echo "polars	$(pole "e.select('customer_id','region','amount')")" ;;
    where) echo "kith	kith segment where 'region == \"R05\" and amount > 50' $E"
        module polars && echo "polars	$(pole "e.filter((pl.col('region')=='R05')&(pl.col('amount')>50))")"
        module duckdb && echo "duckdb	$(duck "select * $from where region='R05' and amount>50")" ;;
    regex) echo "kith	kith segment where 'note =~ \"cart.*abandoned|refund\"' $E"; has xan && echo "xan	xan search -s note -r 'cart.*abandoned|refund' $E"
        module polars && echo "polars	$(pole "e.filter(pl.col('note').str.contains('cart.*abandoned|refund'))")"
        has grep && echo "grep	grep -E 'cart.*abandoned|refund' $E | cat" ;;
    group) echo "kith	kith report table -g region,channel -a 'n=count,revenue=sum(amount),mean=mean(amount)' $E"
        module polars && echo "polars	$(pole "e.group_by('region','channel').agg(pl.len(),pl.col('amount').sum().alias('s'),pl.col('amount').mean().alias('m'))")"
        module duckdb && echo "duckdb	$(duck "select region,channel,count(*),sum(amount),avg(amount) $from group by 1,2")"
        has xan && echo "xan	xan groupby region,channel 'count(), sum(amount), mean(amount)' $E" ;;
    distinct) echo "kith	kith report table -a 'n=distinct(customer_id)' $E"; module polars && echo "polars	$(pole "e.select(pl.col('customer_id').n_unique())")"
        module duckdb && echo "duckdb	$(duck "select count(distinct customer_id) $from")" ;;
    rfm) echo "kith	kith segment rfm --id customer_id --ts ts --amount amount $E"
        module duckdb && echo "duckdb	$(duck "select customer_id,max(ts),count(*),sum(amount) $from group by 1")"
        module polars && echo "polars	$(pole "e.group_by('customer_id').agg(pl.col('ts').max(),pl.len(),pl.col('amount').sum())")" ;;
    profile) echo "kith	kith ingest profile $E"; module duckdb && echo "duckdb	$(duck "select * from (summarize select * $from)")" ;;
    join) echo "kith	kith ingest join -k customer_id $E $C"; module polars && echo "polars	$(pole "e.join(pl.scan_csv('$C'),on='customer_id')")"
        module duckdb && echo "duckdb	$(duck "select * $from e join '$C' c using (customer_id)")" ;;
    sort) echo "kith	kith ingest sort -k customer_id,ts $E"; module duckdb && echo "duckdb	$(duck "select * $from order by customer_id,ts")"
        module polars && echo "polars	$(pole "e.sort('customer_id','ts')")" ;;
    sessions) echo "kith	kith segment sessions --id customer_id --ts ts --gap 30m $E"
        module duckdb && echo "duckdb	$(duck "select *, sum(case when ts-p<interval 30 minute then 0 else 1 end) over (partition by customer_id order by ts) from (select *, lag(ts) over (partition by customer_id order by ts) p $from)")" ;;
    rows) echo "kith	kith dedupe rows -k customer_id $E"; module duckdb && echo "duckdb	$(duck "select distinct on (customer_id) * $from")"
        has xan && echo "xan	xan dedup -s customer_id $E" ;;
    million) echo "kith	kith report table -g customer_id -a '$groups' $E"
        module polars && echo "polars	$(pole "e.group_by('customer_id').agg($pole_groups)")"
        module duckdb && echo "duckdb	$(duck "select customer_id,$duck_groups $from group by 1")" ;;
    top) echo "kith	kith ingest sort -k -amount --top 100 $E"; module duckdb && echo "duckdb	$(duck "select * $from order by amount desc limit 100")"
        module polars && echo "polars	$(pole "e.top_k(100,by='amount')")" ;;
    last) echo "kith	kith dedupe rows -k customer_id --keep last $E"
        module polars && echo "polars	$(pole "e.unique('customer_id',keep='last')")" ;;
    read | check) # 100 MB by a schema inferred from them
        make_small
        [ -e "$data/schema.csv" ] || kith ingest schema "$small" >"$data/schema.csv"
        if [ "$1" = read ]; then echo "kith	kith ingest read -q --schema $data/schema.csv $small"; else echo "kith	kith ingest check --schema $data/schema.csv $small"; fi ;;
    apply) # a logistic model of four columns, with reasons
        [ -e "$data/lead.model" ] || need sh -c "head -c 20000000 '$P' | sed '\$d' | kith segment derive -e 'won = if(amount > 60, 1, 0)' | \
            kith score fit lead -q --outcome won --cv mod:2 -s channel,region,sector,amount >'$data/lead.model'"
        echo "kith	kith score apply -m lead=$data/lead.model $E" ;;
    pipe-count) echo "kith	cat $E | kith report table -a n=count"; echo "cat	cat $E | cat" ;;
    pipe-where) echo "kith	cat $E | kith segment where 'region == \"R05\" and amount > 50'"; echo "cat	cat $E | cat" ;;
    pipe-group) echo "kith	cat $E | kith report table -g region,channel -a '$groups'"; echo "cat	cat $E | cat" ;;
    plain-count) echo "kith	kith report table -a n=count $P"; has xan && echo "xan	xan count $P"; module polars && echo "polars	$(pole_of 'e.select(pl.len())' "$P")" ;;
    plain-where) echo "kith	kith segment where 'region == \"R05\" and amount > 50' $P"
        module polars && echo "polars	$(pole_of "e.filter((pl.col('region')=='R05')&(pl.col('amount')>50))" "$P")"
        has mawk && echo "mawk	mawk -F, '\$4 == \"R05\" && \$6 > 50' $P" ;;
    plain-group) echo "kith	kith report table -g region,channel -a '$groups' $P"
        module polars && echo "polars	$(pole_of "e.group_by('region','channel').agg($pole_groups)" "$P")"
        module duckdb && echo "duckdb	$(duck "select region,channel,$duck_groups from '$P' group by 1,2")" ;;
    plain-rfm) echo "kith	kith segment rfm --id customer_id --ts ts --amount amount $P"
        module duckdb && echo "duckdb	$(duck "select customer_id,max(ts),count(*),sum(amount) from '$P' group by 1")" ;;
    one-where) echo "kith	kith segment where -j 1 'region == \"R05\" and amount > 50' $E"; has xan && echo "xan	xan search -s region -e R05 $E"
        module polars && echo "polars	$(pole1 "e.filter((pl.col('region')=='R05')&(pl.col('amount')>50))")" ;;
    one-group) echo "kith	kith report table -j 1 -g region,channel -a '$groups' $E"; module polars && echo "polars	$(pole1 "e.group_by('region','channel').agg($pole_groups)")"
        module duckdb && echo "duckdb	$(duck1 "select region,channel,$duck_groups $from group by 1,2")" ;;
    one-rfm) echo "kith	kith segment rfm -j 1 --id customer_id --ts ts --amount amount $E"
        module duckdb && echo "duckdb	$(duck1 "select customer_id,max(ts),count(*),sum(amount) $from group by 1")" ;;
    small-where | small-group) # 100 MB
        make_small
        if [ "$1" = small-where ]; then
            echo "kith	kith segment where 'region == \"R05\" and amount > 50' $small"
            module polars && echo "polars	$(pole_of "e.filter((pl.col('region')=='R05')&(pl.col('amount')>50))" "$small")"
        else
            echo "kith	kith report table -g region,channel -a '$groups' $small"
            module polars && echo "polars	$(pole_of "e.group_by('region','channel').agg($pole_groups)" "$small")"
            module duckdb && echo "duckdb	$(duck "select region,channel,$duck_groups from '$small' group by 1,2")"
        fi ;;
    ten) again="{ cat $E; for i in 1 2 3 4 5 6 7 8 9; do tail -n +2 $E; done; }"
        echo "kith-where	$again | kith segment where 'region == \"R05\" and amount > 50'"
        echo "kith-group	$again | kith report table -g region,channel -a '$groups'"
        echo "kith-derive	$again | kith segment derive -e 'twice = amount * 2'"
        echo "cat	$again | cat" ;;
    version) echo "kith	kith --version"; has mawk && echo "mawk	mawk -W version" ;;
    start) head -n 11 "$E" >"$work/ten.csv"; echo "kith	kith segment where 'amount > 50' $work/ten.csv"; has mawk && echo "mawk	mawk -F, '\$6 > 50' $work/ten.csv" ;;
    esac
}
echo "id,program,wall,cpu,peak_mb,ratio"
for id in ${only:-$ids}; do
    peer_list "$id" >"$work/list"
    rm -f "$work"/r.*
    i=0
    while [ $i -le "$runs" ]; do # the first round warms up
        while IFS='	' read -r program command; do
            # shellcheck disable=SC2086
            line=$(once "$command" 2>/dev/null) || line="nan nan nan 1"
            case $line in *\ 0 | *\ 1) ;; *) echo "run.sh: $id: $program failed: $line" >&2 ;; esac
            [ $i = 0 ] || echo "$line" >>"$work/r.$program"
        done <"$work/list"
        i=$((i + 1))
    done
    kith=$(median "$work/r.$(head -n 1 "$work/list" | cut -f 1)" 1)
    while IFS='	' read -r program _; do
        wall=$(median "$work/r.$program" 1)
        echo "$id,$program,$wall,$(median "$work/r.$program" 2),$(median "$work/r.$program" 3),$(awk -v a="$kith" -v b="$wall" 'BEGIN { if (b > 0) printf("%.3f", a / b) }')"
    done <"$work/list"
done
