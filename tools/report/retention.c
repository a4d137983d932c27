/* kith report retention: cohorts by their first period, who of them came again, and the money they brought.
 *
 *     kith retention --id person_id --ts ts --amount amount --period month shop.csv | kith plot
 */
#include <kith/app.h>
#include <kith/cohort.h>

#include <stdio.h>

typedef struct said {
    const char *ts, *amount;
    int period;
} said;

static const kith_option options[] = {
    {0, "period", "PERIOD", KITH_OPT_CHOICE, offsetof(said, period), "day, week (from Monday), month, quarter or year (default month)", "month|day|week|quarter|year", false, false},
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "when (default ts)", NULL, true, false},
    {0, "amount", "COL", KITH_OPT_STRING, offsetof(said, amount), "worth what (default amount, if there is such a column)", NULL, true, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Two people come in January; one of them buys again in March.", "person_id,ts,amount\nann,2026-01-03,10\nbo,2026-01-20,5\nann,2026-03-01,2.5\ncy,2026-02-02,1\n",
     "kith report retention --period month",
     "cohort,period,persons,amount,share\n2026-01,0,2,15,1\n2026-01,1,0,0,0\n2026-01,2,1,2.5,0.5\n2026-02,0,1,1,1\n2026-02,1,0,0,0\n"},
    {NULL, NULL, NULL, NULL},
};

static int run(kith_app *app) {
    const said *s = app->said;
    const kith_common *c = &app->common;
    static const char *const periods[] = {"month", "day", "week", "quarter", "year"};
    kith_params params = {.arena = app->arena};
    char until[32] = "";
    if (c->has_until) snprintf(until, sizeof until, "%lld", (long long)c->until_us);
    kith_params_set(&params, "id", c->id ? c->id : "person_id");
    kith_params_set(&params, "ts", s->ts ? s->ts : "ts");
    kith_params_set(&params, "amount", s->amount);
    kith_params_set(&params, "period", periods[s->period]);
    kith_params_set(&params, "tz", c->tz);
    kith_params_set(&params, "until", until);
    return params.failed ? kith_no_memory(&app->error) : kith_app_fold(app, &kith_retention_fold, &params);
}

const kith_verb kith_verb_report_retention = {
    .name = "retention",
    .brief = "cohorts by their first period: who came again, and the money they brought",
    .operands = "[FILE...]",
    .grain = "event → cohort and period",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_TIME | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
    .fold = &kith_retention_fold,
};
