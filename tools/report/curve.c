/* kith report curve: how good a score is, as curves to plot: ROC, precision and recall, gain, lift, calibration, Qini.
 *
 *     kith report curve --score lead_score --outcome bought --kinds gain scored.csv | kith report plot
 */
#include <kith/app.h>
#include <kith/curve.h>
#include <string.h>

typedef struct said {
    const char *score, *outcome, *treatment, *kinds;
    double level;
    int64_t points;
} said;

static const kith_option options[] = {
    {0, "score", "COL", KITH_OPT_STRING, offsetof(said, score), "the score, or chance", NULL, true, true},
    {0, "outcome", "COL", KITH_OPT_STRING, offsetof(said, outcome), "1: it happened (default outcome)", NULL, true, false},
    {0, "treatment", "COL", KITH_OPT_STRING, offsetof(said, treatment), "1: was treated; for qini", NULL, true, false},
    {0, "kinds", "LIST", KITH_OPT_STRING, offsetof(said, kinds), "roc, pr, gain, lift, calibration, qini (default all that can be)", NULL, false, false},
    {0, "points", "N", KITH_OPT_INT, offsetof(said, points), "of each curve, about (default 100; calibration at most 10 bins)", NULL, false, false},
    {0, "level", "P", KITH_OPT_DOUBLE, offsetof(said, level), "of the bands (default .95)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"The share of buyers among the best half by score.", "score,outcome\n.9,1\n.7,1\n.4,0\n.2,0\n", "kith report curve --score score --kinds gain --points 2",
     "curve,x,y,low,high\ngain,0,0,0,0\ngain,0.5,1,0.3423802275066532,1\ngain,1,1,0.3423802275066532,1\n"},
    {0},
};

static void defaults(void *said_, kith_common *common) {
    (void)common;
    *(said *)said_ = (said){.outcome = "outcome", .treatment = "", .level = .95, .points = 100};
}

static int run(kith_app *app) {
    said *s = app->said;
    if (!(s->level > 0 && s->level < 1)) return kith_app_usage(app, "--level lies between 0 and 1");
    if (s->points < 1 || s->points > 100000) return kith_app_usage(app, "--points goes from 1 to 100000");
    kith_params params = {.arena = app->arena};
    kith_params_set(&params, "score", s->score);
    kith_params_set(&params, "outcome", s->outcome);
    kith_params_set(&params, "treatment", s->treatment);
    kith_params_set(&params, "kinds", s->kinds ? s->kinds : *s->treatment ? "roc,pr,gain,lift,calibration,qini" : "roc,pr,gain,lift,calibration");
    kith_params_set_double(&params, "points", (double)s->points);
    kith_params_set_double(&params, "level", s->level);
    return kith_app_fold(app, &kith_curve_fold, &params);
}

const kith_verb kith_verb_report_curve = {
    .name = "curve",
    .brief = "how good a score is, as curves with bands",
    .operands = "[FILE...]",
    .grain = "person → point",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_curve_fold,
};
