#!/bin/sh
# What kith gives on public data beside what was published or another program gives: a line of a table each. Data that are not there are left out, and said.
# usage: tests/accuracy.sh [FOLDER-OF-DATA]     (default: ../shared/data beside the source; files under their usual names)
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
data=${1:-$here/../shared/data}
data=$(cd "$data" && pwd) || exit 2
command -v kith >/dev/null 2>&1 || { echo "accuracy.sh: kith is not in PATH" >&2; exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/kith-accuracy.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
line() { printf '| %s | %s | %s |\n' "$@"; }
there() { if [ -e "$data/$1" ]; then return 0; fi; echo "accuracy.sh: left out: no $1" >&2; return 1; }
value() { awk -F, -v part="$2" -v name="$3" -v form="$4" '$1 == part && $2 == name { printf form, $3; exit }' "$1"; }

echo "| on | published, or another program | kith |"
echo "|---|---|---|"
if there value/CDNOW_sample.txt; then
    awk 'BEGIN { print "id,when,paid" } { print $2 "," substr($3, 1, 4) "-" substr($3, 5, 2) "-" substr($3, 7, 2) "," $5 }' "$data/value/CDNOW_sample.txt" >cdnow.csv
    for method in bgnbd paretonbd; do kith score fit value -q --method $method --spend gammagamma --id id --ts when --amount paid --until 1997-09-30 cdnow.csv >$method.model; done
    line "CDNOW, BG/NBD: r, alpha, a, b; log-likelihood (Fader, Hardie and Lee 2005)" ".243, 4.414, .793, 2.426; −9582.4" \
        "$(value bgnbd.model param r %.5f), $(value bgnbd.model param alpha %.5f), $(value bgnbd.model param a %.5f), $(value bgnbd.model param b %.5f); $(value bgnbd.model fit loglik %.3f)"
    line "CDNOW, Pareto/NBD: r, alpha, s, beta; log-likelihood (the same)" ".553, 10.578, .606, 11.669; −9595.0" \
        "$(value paretonbd.model param r %.5f), $(value paretonbd.model param alpha %.5f), $(value paretonbd.model param s %.5f), $(value paretonbd.model param beta %.5f); $(value paretonbd.model fit loglik %.3f)"
fi
if there experiments/cookie_cats.csv; then
    kith report experiment -q --arm version --metric retention_7 "$data/experiments/cookie_cats.csv" >cats.csv
    of() { awk -F, -v m="$1" -v c="$2" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["method"] == m && $at["arm"] != "gate_30" { printf "%.10f", $at[c]; exit }' cats.csv; }
    line "cookie_cats, 7 days: p of the split; Fisher's p; Newcombe's interval (worked out in Python)" ".0086079878; .0015909616; −.0132819409 to −.0031213027" \
        "$(of srm p); $(of fisher p); $(of newcombe low) to $(of newcombe high)"
fi
if there attribution/pathdata.csv; then
    kith report attribution -q --path path --conversions total_conversions --value total_conversion_value --nulls total_null --models markov1 "$data/attribution/pathdata.csv" >paths.csv
    line "10,000 paths, conversions of the channel delta, Markov (ChannelAttribution simulates: ten seeds)" "0 to 8.5" "$(awk -F, '$1 == "delta" { printf "%.4f, solved exactly", $3 }' paths.csv)"
fi
if there survival/lifelines_rossi.csv; then
    kith report survival -q --time week --event arrest --cox fin,age,race,wexp,mar,paro,prio "$data/survival/lifelines_rossi.csv" >cox.csv
    line "rossi, Cox with Efron's ties: log-likelihood (lifelines)" "−658.7476594461" "$(awk -F, '$1 == "(loglik)" { printf "%.10f", $2 }' cox.csv)"
fi
if there leads/bank-additional-full.csv; then
    for method in logistic trees; do kith score fit lead -q --outcome y --drop duration --method $method --cv mod:5 "$data/leads/bank-additional-full.csv" >$method.model; done
    line "bank-additional, five folds: AUC of the logistic model (scikit-learn) and of boosted trees (LightGBM)" ".7910; .8024 ± .0135" "$(value logistic.model cv auc %.4f); $(value trees.model cv auc %.4f)"
fi
if there uplift/hillstrom_womens.csv; then
    kith score fit uplift -q --outcome visit --treatment segment --treated 'Womens E-Mail' --drop row,conversion,spend --cv mod:5:row "$data/uplift/hillstrom_womens.csv" >uplift.model
    line "Hillstrom's e-mail test, Qini-AUC in five folds (T-learner; econml's forest)" ".0681 ± .0105; .0665 ± .0094" "$(value uplift.model cv qini %.4f)"
fi
if there identity/fake_1000.csv; then
    kith dedupe fit -q --id unique_id --drop cluster "$data/identity/fake_1000.csv" >people.model
    kith dedupe resolve -q -m people.model "$data/identity/fake_1000.csv" | kith dedupe eval -q --truth cluster >persons.csv
    line "fake_1000, F1 of pairs in one cluster (Splink 5: documented settings; tuned by hand)" ".787; .894 (.962 with the threshold and linkage that the truth prefers)" "$(awk -F, '$1 == "pairwise" { printf "%.3f", $4 }' persons.csv), without settings"
fi
