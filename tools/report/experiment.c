/* kith report experiment: did the treatment change the outcome?
 *
 *     kith report experiment --arm treatment --metric outcome outcomes.csv | kith report view
 */
#include <kith/app.h>
#include <kith/experiment.h>
#include <string.h>

typedef struct said {
    const char *arm, *control, *covariate, *shares;
    kith_list metric;
    double tau, level;
    int64_t planned, looks, look;
    int bound;
} said;

static const kith_option options[] = {
    {0, "arm", "COL", KITH_OPT_STRING, offsetof(said, arm), "the arm of each row (default treatment)", NULL, true, false},
    {0, "metric", "COL", KITH_OPT_LIST, offsetof(said, metric), "the outcome; several by commas or repeated; A/B is a ratio of sums (default outcome)", NULL, true, false},
    {0, "control", "V", KITH_OPT_STRING, offsetof(said, control), "the control's name (default 0, else control, else the first)", NULL, false, false},
    {0, "covariate", "COL", KITH_OPT_STRING, offsetof(said, covariate), "known before the treatment: adds cuped", NULL, true, false},
    {0, "shares", "LIST", KITH_OPT_STRING, offsetof(said, shares), "the planned split, such as control=.9,treated=.1 (default equal)", NULL, false, false},
    {0, "tau", "X", KITH_OPT_DOUBLE, offsetof(said, tau), "mixing deviation of msprt (default .01; for means .02 standard deviations)", NULL, false, false},
    {0, "level", "P", KITH_OPT_DOUBLE, offsetof(said, level), "of the intervals (default .95)", NULL, false, false},
    {0, "planned", "N", KITH_OPT_INT, offsetof(said, planned), "rows planned in two arms: adds a confidence sequence", NULL, false, false},
    {0, "looks", "K", KITH_OPT_INT, offsetof(said, looks), "planned looks: adds group_sequential", NULL, false, false},
    {0, "look", "I", KITH_OPT_INT, offsetof(said, look), "which of them this is (default the last)", NULL, false, false},
    {0, "bound", "NAME", KITH_OPT_CHOICE, offsetof(said, bound), "obf, pocock, or spending like them: spend-obf, spend-pocock (default obf)", "obf|pocock|spend-obf|spend-pocock", false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"An arm without an outcome says so.", "treatment,outcome\n0,1\n0,0\n1,\n1,\n", "kith report experiment",
     "metric,arm,method,estimate,low,high,statistic,p,note\n,,srm,,,,0,1,\noutcome,0,rate,0.5,0.0945312057342308,0.9054687942657692,2,,statistic: rows\n"
     "outcome,1,rate,,,,0,,no outcome in this arm\noutcome,1,difference,,,,,,no outcome in this arm\n"},
    {0},
};

static void defaults(void *said_, kith_common *common) {
    (void)common;
    *(said *)said_ = (said){.arm = "treatment", .control = "", .covariate = "", .shares = "", .level = .95};
}

/* The metrics, each on a line. */
static int metrics_of(kith_app *app, const said *s, kith_params *params) {
    kith_buf all = {0};
    for (size_t i = 0; i < s->metric.n; i++)
        for (const char *p = s->metric.items[i]; *p;) {
            size_t n = strcspn(p, ",");
            if (all.n && n) kith_buf_putc(&all, '\n');
            kith_buf_put(&all, p, n);
            p += n + (p[n] == ',');
        }
    kith_buf_putc(&all, 0);
    const char *copy = all.failed ? NULL : kith_arena_copy(app->arena, all.p, all.n);
    kith_buf_free(&all);
    if (!copy) return kith_no_memory(&app->error);
    kith_params_set(params, "metrics", *copy ? copy : "outcome");
    return KITH_OK;
}

static int run(kith_app *app) {
    said *s = app->said;
    if (s->tau < 0) return kith_app_usage(app, "--tau is positive");
    if (!(s->level > 0 && s->level < 1)) return kith_app_usage(app, "--level lies between 0 and 1");
    if (s->looks < 0 || s->looks > 50) return kith_app_usage(app, "--looks goes from 1 to 50");
    if (s->look == 0) s->look = s->looks;
    if (s->look < 0 || s->look > s->looks) return kith_app_usage(app, "--look goes from 1 to the number of --looks");
    kith_params params = {.arena = app->arena};
    kith_params_set(&params, "by", app->common.by ? app->common.by : "");
    kith_params_set(&params, "arm", s->arm);
    KITH_TRY(metrics_of(app, s, &params));
    kith_params_set(&params, "control", s->control);
    kith_params_set(&params, "covariate", s->covariate);
    kith_params_set(&params, "shares", s->shares);
    kith_params_set_double(&params, "tau", s->tau);
    kith_params_set_double(&params, "level", s->level);
    kith_params_set_double(&params, "planned", (double)s->planned);
    kith_params_set_double(&params, "looks", (double)s->looks);
    kith_params_set_double(&params, "look", (double)s->look);
    kith_params_set_double(&params, "bound", s->bound);
    return kith_app_fold(app, &kith_experiment_fold, &params);
}

const kith_verb kith_verb_report_experiment = {
    .name = "experiment",
    .brief = "did the treatment change the outcome: effects with intervals, and a check of the split first",
    .operands = "[FILE...]",
    .grain = "person → effect",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_BY | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_experiment_fold,
};
