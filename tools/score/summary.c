/* kith score summary: events to one row per person for value models: purchases, recency, age, mean spend.
 *
 *     kith score summary --until 2026-09-30 events.csv | kith score apply -m value.model > scores.csv
 */
#include <kith/app.h>
#include <kith/purchases.h>

typedef struct said {
    const char *ts, *amount;
    int unit, transaction;
} said;

static const kith_option options[] = {
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "when (default: ts)", NULL, true, false},
    {0, "amount", "COL", KITH_OPT_STRING, offsetof(said, amount), "worth what (default: amount, if it is there)", NULL, true, false},
    {0, "unit", "UNIT", KITH_OPT_CHOICE, offsetof(said, unit), "of value_tx and value_T (default: week)", "week|day|year", false, false},
    {0, "transaction", "WHAT", KITH_OPT_CHOICE, offsetof(said, transaction), "one purchase is a person's day, or a row (default: day)",
     "day|row", false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Two repeat days in the four weeks to the end of January; their mean amount is 15.",
     "person_id,ts,amount\n7,2026-01-03,40\n7,2026-01-10,10\n7,2026-01-17,20\n9,2026-01-24,5\n",
     "kith score summary --until 2026-01-31",
     "person_id,value_x,value_tx,value_T,value_m\n7,2,2,4,15\n9,0,0,1,\n"},
    {0},
};

static int run(kith_app *app) {
    const said *s = app->said;
    static const char *const units[] = {"week", "day", "year"}, *const transactions[] = {"day", "row"};
    kith_params p = {.arena = app->arena};
    kith_value_params_events(&p, app->common.id, s->ts, s->amount, units[s->unit], transactions[s->transaction]);
    kith_value_params_time(&p, app->common.tz, app->common.zone, app->common.has_until, app->common.until_us);
    return kith_app_fold(app, &kith_summary_fold, &p);
}

const kith_verb kith_verb_score_summary = {
    .name = "summary",
    .brief = "events to one row per person for value models",
    .operands = "[FILE...]",
    .grain = "event → person",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_TIME | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
    .fold = &kith_summary_fold,
};
