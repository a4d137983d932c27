/* kith score fit next: the likely next action of each person, and when, from what everybody did.
 *
 *     kith score fit next --window 14d events.csv > next.model
 *     kith segment paths --channel event --conversion buy events.csv | kith score apply -m next.model > next.csv
 */
#include <kith/app.h>
#include <kith/next.h>

typedef struct said {
    const char *ts, *event;
    int64_t window, order;
} said;

static const kith_option options[] = {
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "when (default: ts)", NULL, true, false},
    {0, "event", "COL", KITH_OPT_STRING, offsetof(said, event), "the action (default: event)", NULL, true, false},
    {0, "window", "TIME", KITH_OPT_DURATION, offsetof(said, window), "how long an action is waited for (default: 30d)", NULL, false, false},
    {0, "order", "N", KITH_OPT_INT, offsetof(said, order), "how many actions back, 1 to 5 (default: the best of 1 to 4)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"After a visit comes a cart; the path so far stands in the column path.",
     "person_id,path\n7,visit\n8,visit > cart\n",
     "printf 'person_id,ts,event\\n1,2026-01-01,visit\\n1,2026-01-02,cart\\n1,2026-01-03,buy\\n2,2026-01-01,visit\\n2,2026-01-02,cart\\n2,2026-01-04,buy\\n3,2026-03-01,visit\\n' > e.csv; "
     "kith score fit next --order 1 e.csv > n.model; kith score apply -m n.model | cut -d, -f1-3,6; rm e.csv n.model",
     "person_id,path,next_action,next_days\n7,visit,cart,1\n8,visit > cart,buy,1.5\n"},
    {0},
};

static int run(kith_app *app) {
    const said *s = app->said;
    const kith_common *c = &app->common;
    kith_params p = {.arena = app->arena};
    if (s->order < 0 || s->order > 5) return kith_app_usage(app, "--order takes 1 to 5");
    kith_params_set(&p, "id", c->id);
    kith_params_set(&p, "ts", s->ts);
    kith_params_set(&p, "event", s->event);
    kith_params_set(&p, "tz", c->tz);
    if (c->has_until) {
        char text[32];
        kith_format_int(c->until_us, text);
        kith_params_set(&p, "until", text);
    }
    if (s->window) kith_params_set_double(&p, "window", (double)s->window / (double)KITH_US_PER_DAY);
    if (s->order) kith_params_set_double(&p, "order", (double)s->order);
    return kith_app_fold(app, &kith_next_fold, &p);
}

const kith_verb kith_verb_score_fit_next = {
    .name = "fit next",
    .brief = "the likely next action of each person, and when",
    .operands = "[FILE...]",
    .grain = "event → model",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_TIME | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
    .fold = &kith_next_fold,
};
