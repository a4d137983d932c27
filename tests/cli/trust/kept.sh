#!/bin/sh
# What is kept of people: models without a single person's text, temporary files that nobody else can open, masked rows that do not join with a
# register, no path of the data opened.
set -u
. "$KITH_SOURCE/tests/cli/lib.sh"
failures=0
bad() { failures=$((failures + 1)); echo "$1"; }

# ---- models: a text that one person has is in none (kith-model(5) says which exceptions there are: levels of lead and uplift, actions of next) ----
models=0
canary() {
    case $name in 'dedupe fit'|'segment fit'*|'score fit value'|'score fit tone'|'score fit taste') ;; *) return ;; esac
    column=1
    for title in $(head -n 1 "$input" | tr ',' ' '); do
        case $name,$title in 'score fit taste,channel') column=$((column + 1)); continue ;; esac # an item that one person chose: below --buyers
        awk -v OFS=, -F, -v j=$column 'FNR == 3 { $j = "Zqxcanary" } { print }' "$input" >in.csv
        (eval "set -- $(printf '%s' "$args" | sed 's|{}|in.csv|g')"; exec kith "$@") >model 2>err && models=$((models + 1))
        ! grep -qi zqxcanary model err || bad "$name: $title: $(grep -hi zqxcanary model err | head -n 1)"
        column=$((column + 1))
    done
}
each_verb ' fit' canary
[ $models -gt 20 ] || bad "only $models models were made"
for i in 1 2 3 4 5 6; do printf 'p%d,mail\np%d,web\n' $i $i; done | sed '1i id,item' >choices.csv
printf 'p1,zqxrare\n' >>choices.csv
kith score fit taste --id id --item item --buyers 2 choices.csv >model 2>err
{ grep -q ',web' model && ! grep -q zqxrare model; } || bad "taste: an item below --buyers"

# ---- temporary files ----
if command -v strace >/dev/null && strace -o trace true 2>/dev/null && [ -z "${KITH_SANITIZE:-}" ]; then
    rm -rf tmp && mkdir tmp
    awk 'BEGIN { print "id,ts,v"; for (i = 0; i < 400000; i++) printf "zqx%d,2026-01-01T00:%02d:00Z,%d-padding-that-makes-rows-longer-so-that-they-spill\n", (i * 7919) % 400000, i % 60, i }' >big.csv
    kith report table -q -g id -a n=count --save-state one.st big.csv >/dev/null
    head -n 1 big.csv >other.csv; tail -n +2 big.csv | head -n 200000 >>other.csv
    kith segment sessions -q --id id --ts ts --gap 1h --save-state night.st other.csv >/dev/null 2>&1
    spilled=0
    watched() { # NAME ARGS...
        what=$1
        shift
        TMPDIR=$PWD/tmp strace -f -e trace=open,openat,mkdir,unlink,unlinkat -o trace "$KITH_BUILD/kith-$1" "$2" $3 >/dev/null 2>err || bad "$what: $(head -n 1 err)"
        made=$(grep -c 'O_TMPFILE' trace)
        spilled=$((spilled + made))
        grep "$PWD/tmp\|/dev/fd/" trace | grep 'O_TMPFILE\|O_CREAT' | grep -v '0600' | grep . && bad "$what: a temporary file others may read"
        grep "$PWD/tmp" trace | grep 'O_CREAT' | grep . && bad "$what: a temporary file with a name"
        ! ls tmp/* >/dev/null 2>&1 || bad "$what: left in TMPDIR: $(ls tmp)"
    }
    watched sort ingest sort '--memory 16M -k id big.csv'
    watched join ingest join '--memory 1M -k id big.csv other.csv'
    watched rows dedupe rows '--memory 1M -k id --keep last big.csv'
    watched sessions segment sessions '--memory 1M --id id --ts ts big.csv'
    watched night segment sessions '--id id --ts ts --gap 1h --state night.st big.csv'
    [ $spilled -ge 4 ] || bad "only $spilled temporary files were seen: nothing spilled"
    # a file system without nameless files: the name goes before anything is written
    TMPDIR=$PWD/tmp strace -f -E LD_PRELOAD="$KITH_BUILD/tests/libkith-faults.so" -E KITH_FAULT=named -e trace=openat,unlink,pwrite64 -o trace "$KITH_BUILD/kith-ingest" sort --memory 16M -k id big.csv >/dev/null 2>err
    grep -A1 'O_CREAT.*0600' trace | grep -q 'unlink(' || bad "a temporary file keeps its name"
else
    echo "temporary files are not watched: no strace here, or a sanitized build"
fi

# ---- re-identification ----
# A register with names, and masked rows of the same people. Who has the register and knows how pseudonyms are made, but not the key, tries every
# value in it; then joins on what was left readable.
awk 'BEGIN { print "phone,name,zip,born"; for (i = 0; i < 600; i++) printf "+44770090%04d,name%d,%d,19%02d-%02d-%02d\n", (i * 37) % 10000, i, 75001 + i % 20, 50 + i % 40, 1 + i % 12, 1 + i % 28 }' >register.csv
printf 'the key of this test, which is secret\n' >own.key
printf 'a guess at the key of this test......\n' >guess.key
chmod 600 own.key guess.key
kith ingest mask -q --pseudonym phone --key-file own.key --drop name --truncate zip=3 --dates born=year --groups zip,born --report report.csv register.csv >masked.csv
! grep -q 'name[0-9]\|+44' masked.csv || bad "mask: what was to go is there"
for purpose in 'guess.key --domain default' 'guess.key'; do
    # shellcheck disable=SC2086
    kith ingest mask -q --pseudonym phone --key-file $purpose register.csv 2>/dev/null >tried.csv || kith ingest mask -q --pseudonym phone --key-file guess.key register.csv >tried.csv
    [ "$(kith ingest join -q -k phone masked.csv tried.csv | wc -l)" = 1 ] || bad "mask: pseudonyms join without the key"
done
kith ingest mask -q --pseudonym phone --key-file own.key --domain elsewhere register.csv >tried.csv
[ "$(kith ingest join -q -k phone masked.csv tried.csv | wc -l)" = 1 ] || bad "mask: pseudonyms of two domains join"
[ "$(kith ingest join -q -k phone register.csv masked.csv | wc -l)" = 1 ] || bad "mask: values join with pseudonyms"
# SHA-256 and its like without a key, over the whole register
if command -v sha256sum >/dev/null; then
    tail -n +2 register.csv | cut -d, -f1 | while read -r phone; do printf '%s' "$phone" | sha256sum | cut -c 1-32; done | sort >hashes
    tail -n +2 masked.csv | cut -d, -f1 | sort >pseudonyms
    [ "$(comm -12 hashes pseudonyms | wc -l)" = 0 ] || bad "mask: pseudonyms are hashes without a key"
fi
# On the readable columns each masked row meets as many people of the register as the report says a group has at least, and none alone.
kith ingest mask -q --drop phone,name --truncate zip=3 --dates born=year register.csv | tail -n +2 | sort | uniq -c | awk '{ print $1 }' | sort -n | head -n 1 >least
smallest=$(kith where -q -s smallest report.csv | tail -n 1)
[ "$(cat least)" = "$smallest" ] && [ "$smallest" -gt 1 ] || bad "mask: the smallest group has $(cat least), the report says $smallest"
[ "$(kith where -q -s unique report.csv | tail -n 1)" = 0 ] || bad "mask: rows that are alone"
kith ingest mask -q --pseudonym phone --key-file own.key register.csv >again.csv # with the key they join, one to one: that is what it is for
[ "$(kith ingest join -q -k phone masked.csv again.csv | wc -l)" = 601 ] || bad "mask: pseudonyms of one key and domain join"

# ---- paths in data ----
# Files that data name exist, are FIFOs that would hang whoever opened them, and stay unopened.
rm -f trap.csv && mkfifo trap.csv
unopened() {
    case $name in 'segment community'|'report page') return ;; esac
    for place in ../trap.csv "$OLDPWD/trap.csv" file://../trap.csv '|cat ../trap.csv' '@../trap.csv'; do
        awk -v OFS=, -F, -v v="$place" '{ print; if (FNR == 2) { for (i = 1; i <= NF; i++) $i = v; print } }' "$input" >in.csv
        (eval "set -- $(printf '%s' "$args" | sed 's|{}|in.csv|g')"; exec timeout 20 kith "$@") >out 2>err
        [ $? -le 4 ] || bad "$name: hangs or breaks on $place"
        [ "$place" != ../trap.csv ] || [ -z "${KITH_SANITIZE:-}" ] || break # slow there
    done
}
each_verb '' unopened
rm -f trap.csv big.csv other.csv
echo "$models models, $failures failures"
[ $failures = 0 ]
