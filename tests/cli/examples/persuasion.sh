#!/bin/sh
# Persuasion: the split is sound, the effect is there, the plan by uplift moves people where the plan by likelihood does not, and learning pays.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }
rm -rf out && sh "$KITH_SOURCE/examples/persuasion/run.sh" out >said 2>err || { cat err >&2; fail "status $?"; }
cd out
awk -F, '$3 == "srm" { srm = $8 > .01 } $3 == "msprt" || $3 == "sequence" { n += $5 > 0 } END { exit !(srm && n == 2) }' experiment.csv || fail "the experiment: $(cat experiment.csv)"
awk -F, 'NR > 1 { people += $2; effect[$1] = $3; anyway[$1] = $4 } END { exit !(people == 4000 && effect["persuadable"] > .1 && effect["do-not-disturb"] < 0 && anyway["sure"] > anyway["persuadable"]) }' groups.csv ||
    fail "the groups: $(cat groups.csv)"
for plan in monday.plan monday.likely tuesday.plan tuesday.better; do
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { cost += $at["cost"]; if (seen[$1]++) twice = 1; calls += $at["channel"] == "call" } END { exit cost > 1000 || calls > 300 || twice }' $plan.csv ||
        fail "$plan breaks a limit"
    day=${plan%.*}
    kith ingest join -q -k person_id $plan.csv "$day.csv" | kith segment where -q 'consent == "no"' | tail -n +2 | grep . && fail "$plan writes to who said no"
done
# contacts,cost,customers,anyway,moved,won,plan: the world's truth
awk -F, 'NR > 1 { moved[NR] = $5; won[NR] = $6; if ($3 != $4 + $5) bad = 1 } END { exit bad || NR != 5 || moved[2] > 20 || moved[3] < 80 || won[2] > 0 || won[3] < 2000 || won[5] < 1.5 * won[4] }' won.csv || fail "what was won: $(cat won.csv)"
awk -F, '$2 == "factor" { f[++n] = $3 } END { exit !(n == 2 && f[1] > .15 && f[1] < .4 && f[2] > .6) }' learned.model || fail "what was learned: $(cat learned.model)"
# the deal does not hang on the order of the rows
{ head -n 1 spring.csv; tail -n +2 spring.csv | sort -r; } | kith segment assign -q --key-file key --arms control=.5,word=.5 --experiment spring | sort >again
sort dealt.csv | cmp - again || fail "another order, other arms"
