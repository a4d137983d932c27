# long: a Slurm array job on a one-node Slurm on loopback that the test starts: the result of one machine; bad data stop it with the verb's message.
set -eu
for program in slurmctld slurmd sbatch scontrol; do
    command -v $program >/dev/null 2>&1 || [ -x /usr/sbin/$program ] || { echo "SKIP: $program is missing (tests/setup.sh recipes installs it): the recipe was not tested"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "SKIP: only root may start Slurm's daemons: the recipe was not tested"; exit 77; }
PATH=$PATH:/usr/sbin
fail() { echo "FAILED: $*" >&2; for f in ctld.log slurmd.log; do tail -n 5 slurm/$f >&2 || true; done; exit 1; }
recipe=$KITH_SOURCE/examples/slurm
rm -rf slurm work && mkdir -p slurm
"$KITH_BUILD/tests/bench-workload" . 20000 1000
host=$(hostname)
cat >slurm/slurm.conf <<END
ClusterName=kith
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/none
CredType=cred/none
SlurmctldPort=17817
SlurmdPort=17818
SlurmctldPidFile=$PWD/slurm/ctld.pid
SlurmdPidFile=$PWD/slurm/slurmd.pid
SlurmctldLogFile=$PWD/slurm/ctld.log
SlurmdLogFile=$PWD/slurm/slurmd.log
StateSaveLocation=$PWD/slurm/state
SlurmdSpoolDir=$PWD/slurm/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=100000
MpiDefault=none
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=10 State=UP
END
export SLURM_CONF="$PWD/slurm/slurm.conf"
mkdir -p slurm/state slurm/spool
control= node=
trap 'kill $node $control 2>/dev/null || true; wait 2>/dev/null || true' EXIT
slurmctld -D >slurm/ctld.out 2>&1 & control=$!
slurmd -D >slurm/slurmd.out 2>&1 & node=$!
up=
for _ in $(seq 60); do
    if scontrol show node "$host" 2>/dev/null | grep -q 'State=IDLE'; then up=yes && break; fi
    kill -0 $control 2>/dev/null && kill -0 $node 2>/dev/null || break
    sleep 1
done
if [ -z "$up" ]; then
    echo "SKIP: Slurm does not run here ($(tail -n 1 slurm/ctld.log 2>/dev/null; tail -n 1 slurm/slurmd.log 2>/dev/null)): the recipe was not tested"
    exit 77
fi
export KITH_BLOCK=64K SIZE=$(($(wc -c <events.csv) / 8)) WORK=$PWD/work
set -- report table -g region,channel -a 'n=count,money=sum(amount),sd=sd(amount)'
timeout 300 sh "$recipe/fold.sh" --wait "$PWD/table.csv" "$PWD/events.csv" "$@" || fail "the job: $(cat work/*.log)"
kith "$@" events.csv | cmp - table.csv || fail "other bytes from Slurm"
[ "$(ls work/state.* | wc -l)" -ge 7 ] || fail "too few shards"
status=0
timeout 300 sh "$recipe/fold.sh" --wait "$PWD/no.csv" "$PWD/events.csv" report table -a 'n=sum(region)' 2>said || status=$?
[ $status = 3 ] || fail "status $status, not 3"
grep -q 'region: not a number' said || fail "the verb's message"
[ ! -e no.csv ] || fail "a failed run left a result"
