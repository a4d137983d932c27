# long: GNU parallel over ssh to loopback, a server of our own on a high port: the result of one machine; bad data stop it with the verb's message.
set -eu
for program in parallel ssh ssh-keygen /usr/sbin/sshd; do
    command -v $program >/dev/null 2>&1 || { echo "SKIP: $program is missing (tests/setup.sh recipes installs it): the recipe was not tested"; exit 77; }
done
fail() { echo "FAILED: $*" >&2; exit 1; }
recipe=$KITH_SOURCE/examples/parallel
rm -rf ssh work && mkdir -p ssh
"$KITH_BUILD/tests/bench-workload" . 20000 1000
ssh-keygen -q -t ed25519 -N '' -f ssh/host && ssh-keygen -q -t ed25519 -N '' -f ssh/key
cp ssh/key.pub ssh/authorized
cat >ssh/config <<END
Port 17022
ListenAddress 127.0.0.1
HostKey $PWD/ssh/host
AuthorizedKeysFile $PWD/ssh/authorized
PidFile $PWD/ssh/pid
StrictModes no
UsePAM no
PasswordAuthentication no
MaxStartups 100
END
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
/usr/sbin/sshd -D -f "$PWD/ssh/config" -E "$PWD/ssh/log" & server=$!
trap 'kill $server 2>/dev/null || true' EXIT
export PARALLEL_SSH="ssh -p 17022 -i $PWD/ssh/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=$PWD/ssh/known -o LogLevel=ERROR"
for _ in $(seq 20); do $PARALLEL_SSH 127.0.0.1 true 2>/dev/null && break; sleep 1; done
$PARALLEL_SSH 127.0.0.1 true || fail "no ssh to loopback: $(cat ssh/log)"
echo '2/127.0.0.1' >logins
export KITH_BLOCK=64K SIZE=$(($(wc -c <events.csv) / 8))
set -- report table -g region,channel -a 'n=count,money=sum(amount),sd=sd(amount),first day=min(ts)'
WORK=$PWD/work timeout 300 sh "$recipe/fold.sh" logins table.csv "$PWD/events.csv" "$@"
kith "$@" events.csv | cmp - table.csv || fail "other bytes over ssh"
[ "$(ls work/state.* | wc -l)" -ge 7 ] || fail "too few shards"
grep -q 127.0.0.1 work/log || fail "nothing ran over ssh"
status=0
WORK=$PWD/work timeout 300 sh "$recipe/fold.sh" logins no.csv "$PWD/events.csv" report table -a 'n=sum(region)' 2>said || status=$?
[ $status = 3 ] || fail "status $status, not 3"
grep -q 'region: not a number' said || fail "the verb's message"
[ ! -e no.csv ] || fail "a failed run left a result"
