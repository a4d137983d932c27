/* kith score fit value: what customers will buy and are worth, from their purchases so far.
 *
 *     kith score fit value --method bgnbd --spend gammagamma --until 2026-06-30 events.csv > value.model
 */
#include <kith/app.h>
#include <kith/purchases.h>

typedef struct said {
    int method, spend, unit, transaction;
    const char *ts, *amount, *x, *tx, *T, *m, *weight;
} said;

static const kith_option options[] = {
    {0, "method", "NAME", KITH_OPT_CHOICE, offsetof(said, method), "the model of purchases (default: bgnbd)",
     "bgnbd|mbgnbd|paretonbd|nbd|bgbb", false, false},
    {0, "spend", "NAME", KITH_OPT_CHOICE, offsetof(said, spend), "the model of amounts (default: none)", "none|gammagamma", false, false},
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "when (default: ts)", NULL, true, false},
    {0, "amount", "COL", KITH_OPT_STRING, offsetof(said, amount), "worth what (default: amount, if it is there)", NULL, true, false},
    {0, "unit", "UNIT", KITH_OPT_CHOICE, offsetof(said, unit), "of time (default: week)", "week|day|year", false, false},
    {0, "transaction", "WHAT", KITH_OPT_CHOICE, offsetof(said, transaction), "one purchase is a person's day, or a row (default: day)",
     "day|row", false, false},
    {0, "x", "COL", KITH_OPT_STRING, offsetof(said, x), "from summaries: repeat purchases (value_x)", NULL, true, false},
    {0, "tx", "COL", KITH_OPT_STRING, offsetof(said, tx), "from summaries: when the last was (value_tx)", NULL, true, false},
    {0, "T", "COL", KITH_OPT_STRING, offsetof(said, T), "from summaries: how long watched (value_T)", NULL, true, false},
    {0, "m", "COL", KITH_OPT_STRING, offsetof(said, m), "from summaries: mean amount of the repeats (value_m)", NULL, true, false},
    {0, "weight", "COL", KITH_OPT_STRING, offsetof(said, weight), "from summaries: how many such persons", NULL, true, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"From summaries: NBD on five kinds of customers, with how many there are of each.",
     "x,T,n\n0,30,60\n1,30,20\n2,30,10\n4,30,6\n9,30,4\n",
     "kith score fit value --method nbd --x x --T T --weight n | grep -E '^fit,(method|rows|converged)'",
     "fit,method,nbd\nfit,rows,100\nfit,converged,1\n"},
    {0},
};

static int run(kith_app *app) {
    const said *s = app->said;
    static const char *const methods[] = {"bgnbd", "mbgnbd", "paretonbd", "nbd", "bgbb"};
    static const char *const units[] = {"week", "day", "year"}, *const transactions[] = {"day", "row"};
    kith_params p = {.arena = app->arena};
    bool summaries = s->x || s->tx || s->T || s->m || s->weight;
    if (summaries && (s->ts || s->amount))
        return kith_app_usage(app, "events (--ts, --amount) or summaries (--x --tx --T), not both");
    if (summaries) kith_value_params_summaries(&p, s->x, s->tx, s->T, s->m, s->weight, units[s->unit]);
    else kith_value_params_events(&p, app->common.id, s->ts, s->amount, units[s->unit], transactions[s->transaction]);
    kith_value_params_time(&p, app->common.tz, app->common.zone, app->common.has_until, app->common.until_us);
    kith_params_set(&p, "method", methods[s->method]);
    kith_params_set(&p, "spend", s->spend ? "gammagamma" : "");
    return kith_app_fold(app, &kith_value_fold, &p);
}

const kith_verb kith_verb_score_fit_value = {
    .name = "fit value",
    .brief = "what customers will buy and are worth, from their purchases so far",
    .operands = "[FILE...]",
    .grain = "event, or person (summaries) → model",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_TIME | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
    .fold = &kith_value_fold,
};
