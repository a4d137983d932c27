# dedupe portrait: accounts, ties of every rule, many sources, rows without a person, the order of rows; what is refused.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "FAILED: $*" >&2; exit 1; }
is() { [ "$2" = "$3" ] || fail "$1: $2, not $3"; }
wrong() { # STATUS MESSAGE COMMAND...
    want=$1 part=$2; shift 2; got=0
    "$@" >out 2>err || got=$?
    [ "$got" = "$want" ] || fail "$*: status $got, not $want: $(cat err)"
    grep -qF -- "$part" err || fail "$*: $(cat err)"
}
cat >events.csv <<'END'
person_id,source,email,city,account_id,ts,amount,channel
p1,crm,ann@x.org,York,acme,2026-01-05,10,mail
p1,shop,ann@y.org,Leeds,acme,2026-02-01,20,web
p1,shop,ann@y.org,,beta,2026-02-01T12:00:00Z,30,web
p2,crm,,Hull,acme,2026-01-20,,mail
p3,web,cy@z.org,Bath,,,5,
p4,shop,dee@w.org,,beta,2026-02-10,7.5,web
,shop,no@body.org,Rome,acme,2026-02-11,99,web
END
# acme is the account of p1 (two rows of three) and p2: 2 persons, 3 + 1 events, 10 + 20 + 30; beta is p4's alone; p3 has none.
# The last event of a person is that of p4, 2026-02-10: p1 is 9 days old, with one repeat day (50 of value, 27 days from the first, T 36 days).
kith dedupe portrait events.csv >got 2>said
grep -q '1 rows without a person left out' said || fail "$(cat said)"
is columns "$(head -n 1 got)" person_id,email,email_source,city,city_source,account_id,account_id_source,records,sources,first_seen,last_seen,events,amount,source_crm,source_shop,source_web,channel_mail,channel_web,account_persons,account_events,account_amount,rfm_recency,rfm_frequency,rfm_monetary,value_x,value_tx,value_T,value_m
cut -d, -f1-2,4,6,8-9,12-24 got | tail -n +2 >rows
cat >expected <<'END'
p1,ann@y.org,Leeds,acme,3,2,3,60,1,2,0,1,2,2,4,60,9,3,60
p2,,Hull,acme,1,1,1,0,1,0,0,1,0,2,4,60,,0,0
p3,cy@z.org,Bath,,1,1,0,0,0,0,1,0,0,,,,,0,0
p4,dee@w.org,,beta,1,1,1,7.5,0,1,0,0,1,1,1,7.5,0,1,7.5
END
diff expected rows || fail "the portraits"
awk -F, '$1 == "p1" { exit !($25 == 1 && ($26 - 27 / 7) ^ 2 < 1e-18 && ($27 - 36 / 7) ^ 2 < 1e-18 && $28 == 50) }' got || fail "the summary of p1"
is 'until, both days whole' "$(kith dedupe portrait -q --until 2026-01-20 events.csv | kith where -s person_id,records,account_persons:rfm_recency true | tail -n +2 | tr '\n' ' ')" 'p1,1,2,2,10,15 p2,1,2,2,10, p3,1,,,, '
wrong 2 'the account column cannot be one of the others' kith dedupe portrait --account source events.csv

# ties, each decided by the first of count, time, source, length and bytes that differs; and no order of rows plays a part
cat >ties.csv <<'END'
person_id,source,name,updated,record_id
a,crm,Ann,2026-01-01,1
a,web,Bob,2026-01-02,2
b,crm,Ann,,3
b,web,Bob,,4
c,crm,Ann,,5
c,crm,Annabel,,6
d,crm,Bob,,7
d,crm,Ann,,8
e,web,Ann,2026-01-01,9
e,crm,Ann,2026-01-01,10
END
is 'ties' "$(kith dedupe portrait --sources web ties.csv | cut -d, -f1-3 | tail -n +2 | tr '\n' ' ')" 'a,Bob,web b,Bob,web c,Annabel,crm d,Ann,crm e,Ann,web '
is 'ties by name' "$(kith dedupe portrait ties.csv | cut -d, -f1-3 | tail -n +2 | tr '\n' ' ')" 'a,Bob,web b,Ann,crm c,Annabel,crm d,Ann,crm e,Ann,crm '
{ head -n 1 ties.csv; tail -n +2 ties.csv | sort -r; } >turned.csv
for rule in frequent newest longest source; do
    for data in ties turned; do
        kith dedupe portrait --keep $rule $data.csv >$data.out
        kith where -s '!source' $data.csv | kith dedupe portrait --keep $rule >>$data.out # the record stands for the source
    done
    cmp -s ties.out turned.out || fail "the order of rows: $rule: $(diff ties.out turned.out)"
done

# more sources than have a column of their own are counted all the same
awk 'BEGIN { print "person_id,source,x"; for (i = 1; i <= 70; i++) printf "p,s%02d,1\np,s%02d,1\nq,s70,%d\n", i, i, i }' >many.csv
kith dedupe portrait many.csv >got
is 'columns of sources' "$(head -n 1 got | tr , '\n' | grep -c '^source_s')" 64
is 'the last of them' "$(head -n 1 got | tr , '\n' | grep '^source_s' | tail -n 1)" source_s64
is 'sources' "$(kith where -s person_id,records,sources,source_s64 true got | tail -n +2 | tr '\n' ' ')" 'p,140,70,2 q,70,1,0 '
{ head -n 1 many.csv; tail -n +2 many.csv | sort -r; } | kith dedupe portrait >turned
cmp -s got turned || fail "many sources: the order of rows"
wrong 2 'a rule is COLUMN=' kith dedupe portrait --rule name ties.csv
wrong 2 'a rule is COLUMN=' kith dedupe portrait --rule name=best ties.csv
wrong 2 'a rule for a column that is no attribute' kith dedupe portrait --rule source=newest ties.csv
wrong 3 'name: not a time (like Aaa)' kith dedupe portrait --ts name ties.csv
