/* kith report funnel: how many people take the steps, in order.
 *
 *     kith funnel --id client_id --ts timestamp --event event --steps 'catalog,cart,payment_done' --window 7d shop.csv | kith plot
 */
#include <kith/app.h>
#include <kith/cohort.h>

#include <stdio.h>

typedef struct said {
    const char *ts, *event, *steps;
    int64_t window;
    bool strict;
} said;

static const kith_option options[] = {
    {0, "steps", "A,B,...", KITH_OPT_STRING, offsetof(said, steps), "the events that are the steps, in order", NULL, false, true},
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "when (default ts)", NULL, true, false},
    {0, "event", "COL", KITH_OPT_STRING, offsetof(said, event), "what happened (default event)", NULL, true, false},
    {0, "strict", NULL, KITH_OPT_FLAG, offsetof(said, strict), "the steps follow each other directly, without another event in between", NULL, false, false},
    {0, "window", "TIME", KITH_OPT_DURATION, offsetof(said, window), "from the first step to the last at most, such as 30m or 7d", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Other events may lie in between; the input needs no order.", "person_id,ts,event\nann,2026-01-01T10:00,visit\nann,2026-01-01T12:00,buy\nbo,2026-01-02T09:00,visit\nann,2026-01-01T11:00,cart\nbo,2026-01-01T09:00,buy\n",
     "kith report funnel --steps visit,buy", "step,persons,share,from_previous,median_seconds\nvisit,2,1,,0\nbuy,1,0.5,0.5,7200\n"},
    {"Within an hour, nobody buys.", "person_id,ts,event\nann,2026-01-01T10:00,visit\nann,2026-01-01T12:00,buy\n", "kith report funnel --steps visit,buy --window 1h",
     "step,persons,share,from_previous,median_seconds\nvisit,1,1,,0\nbuy,0,0,0,\n"},
    {NULL, NULL, NULL, NULL},
};

static int run(kith_app *app) {
    const said *s = app->said;
    const kith_common *c = &app->common;
    kith_params params = {.arena = app->arena};
    char window[32] = "", until[32] = "";
    if (s->window) snprintf(window, sizeof window, "%lld", (long long)s->window);
    if (c->has_until) snprintf(until, sizeof until, "%lld", (long long)c->until_us);
    kith_params_set(&params, "id", c->id ? c->id : "person_id");
    kith_params_set(&params, "ts", s->ts ? s->ts : "ts");
    kith_params_set(&params, "event", s->event ? s->event : "event");
    kith_params_set(&params, "steps", s->steps);
    kith_params_set(&params, "strict", s->strict ? "1" : "");
    kith_params_set(&params, "window", window);
    kith_params_set(&params, "tz", c->tz);
    kith_params_set(&params, "until", until);
    return params.failed ? kith_no_memory(&app->error) : kith_app_fold(app, &kith_funnel_fold, &params);
}

const kith_verb kith_verb_report_funnel = {
    .name = "funnel",
    .brief = "how many people take the steps, in order",
    .operands = "[FILE...]",
    .grain = "event → step",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_TIME | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
    .fold = &kith_funnel_fold,
};
