/* kith report power: how many people an experiment needs, and for how many days.
 *
 *     kith report power --test proportions --baseline .10 --target .11 --traffic 4000
 */
#include <kith/app.h>
#include <kith/power.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct said {
    int test, method, bound;
    const char *effect, *target, *lift;
    double baseline, sd, power, alpha, ratio, size, correlation, event_share, traffic;
    int64_t comparisons, looks, arms;
} said;

static const kith_option options[] = {
    {0, "test", "NAME", KITH_OPT_CHOICE, offsetof(said, test), "means, proportions, ratios or survival (default means)", "means|proportions|ratios|survival", false, false},
    {0, "effect", "LIST", KITH_OPT_STRING, offsetof(said, effect), "means, ratios: differences, in standard deviations or (with --sd) as they are; survival: hazard ratios", NULL, false, false},
    {0, "sd", "X", KITH_OPT_DOUBLE, offsetof(said, sd), "standard deviation of the outcome (default 1)", NULL, false, false},
    {0, "baseline", "P", KITH_OPT_DOUBLE, offsetof(said, baseline), "proportions: the control's share; ratios: the control's ratio", NULL, false, false},
    {0, "target", "LIST", KITH_OPT_STRING, offsetof(said, target), "proportions: the arm's share", NULL, false, false},
    {0, "lift", "LIST", KITH_OPT_STRING, offsetof(said, lift), "instead of --target or --effect: relative to the baseline, such as .1", NULL, false, false},
    {0, "method", "NAME", KITH_OPT_CHOICE, offsetof(said, method), "proportions: all, h, pooled or unpooled (default all)", "all|h|pooled|unpooled", false, false},
    {0, "event-share", "P", KITH_OPT_DOUBLE, offsetof(said, event_share), "survival: the share of people whose event will be seen (default 1)", NULL, false, false},
    {0, "power", "P", KITH_OPT_DOUBLE, offsetof(said, power), "wanted (default .8)", NULL, false, false},
    {0, "alpha", "P", KITH_OPT_DOUBLE, offsetof(said, alpha), "two-sided (default .05)", NULL, false, false},
    {0, "ratio", "R", KITH_OPT_DOUBLE, offsetof(said, ratio), "the arm's size over the control's (default 1)", NULL, false, false},
    {0, "size", "N", KITH_OPT_DOUBLE, offsetof(said, size), "the control's size: gives the power of the effect or, without one, the smallest effect", NULL, false, false},
    {0, "correlation", "R", KITH_OPT_DOUBLE, offsetof(said, correlation), "of a covariate with the outcome (cuped): takes r squared of the variance away", NULL, false, false},
    {0, "comparisons", "M", KITH_OPT_INT, offsetof(said, comparisons), "arms times metrics: alpha is divided by it (default 1)", NULL, false, false},
    {0, "arms", "K", KITH_OPT_INT, offsetof(said, arms), "arms with the control, for total and days (default 2)", NULL, false, false},
    {0, "looks", "K", KITH_OPT_INT, offsetof(said, looks), "planned looks (default one, at the end)", NULL, false, false},
    {0, "bound", "NAME", KITH_OPT_CHOICE, offsetof(said, bound), "obf, pocock, spend-obf or spend-pocock (default obf)", "obf|pocock|spend-obf|spend-pocock", false, false},
    {0, "traffic", "N", KITH_OPT_DOUBLE, offsetof(said, traffic), "people a day, over all arms: gives days", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"People in each arm to see a tenth of a standard deviation.", NULL, "kith report power --test means --effect .1,.2",
     "test,effect,power,alpha,n,method,n_arm,total,days,bounds\nmeans,0.1,0.8,0.05,1570.733043014252,t,1571,3142,,\nmeans,0.2,0.8,0.05,393.40569501973783,t,394,788,,\n"},
    {0},
};

static void defaults(void *said_, kith_common *common) {
    (void)common;
    *(said *)said_ = (said){.sd = 1, .power = .8, .alpha = .05, .ratio = 1, .event_share = 1, .comparisons = 1, .arms = 2};
}

static const char *const tests[] = {"means", "proportions", "ratios", "survival"};
static const char *const methods[] = {"t", "h", "pooled", "unpooled", "z", "logrank"};

static int line(kith_app *app, kith_power *p, bool known, kith_row_writer *w) {
    const said *s = app->said;
    bool shares = p->test == KITH_POWER_COHEN || p->test == KITH_POWER_POOLED || p->test == KITH_POWER_UNPOOLED;
    double n = s->size, power = s->power, z[50];
    if (!s->size) KITH_TRY(kith_power_size(p, power, &n, &app->error));
    else if (known) power = kith_power_at(p, n);
    else KITH_TRY(kith_power_effect(p, power, n, shares ? &p->target : &p->effect, &app->error));
    if (isnan(power)) return kith_app_usage(app, "nothing to work out: a share outside 0 to 1, or no one");
    double effect = p->test == KITH_POWER_COHEN ? 2 * asin(sqrt(p->target)) - 2 * asin(sqrt(p->baseline)) : shares ? p->target - p->baseline : p->effect;
    if (p->test == KITH_POWER_SURVIVAL) effect = exp(effect);
    double control = ceil(n - 1e-9), arm = ceil(n * s->ratio - 1e-9), total = control + arm * (double)(s->arms - 1);
    kith_put_string(w, tests[s->test]);
    kith_put_double(w, effect);
    kith_put_double(w, power);
    kith_put_double(w, s->alpha);
    kith_put_double(w, n);
    kith_put_string(w, methods[p->test]);
    kith_put_double(w, arm);
    kith_put_double(w, total);
    kith_put_double(w, s->traffic > 0 ? ceil(total / s->traffic) : NAN);
    kith_buf bounds = {0};
    if (p->looks) KITH_TRY(kith_group_bounds(p->bound, p->looks, NULL, p->alpha, z, &app->error));
    for (size_t i = 0; i < p->looks; i++) kith_buf_printf(&bounds, "%s%.9g", i ? " " : "", z[i]);
    kith_put_text(w, (kith_str){bounds.p, bounds.n});
    w->buf->failed |= bounds.failed;
    kith_buf_free(&bounds);
    kith_row_end(w);
    return KITH_OK;
}

/* One effect (NaN: none said), for each method. */
static int lines(kith_app *app, double value, kith_row_writer *w) {
    const said *s = app->said;
    kith_power p = {.ratio = s->ratio, .alpha = s->alpha / (double)s->comparisons, .variance = 1 - s->correlation * s->correlation,
                    .event_share = s->event_share, .baseline = s->baseline, .looks = (size_t)s->looks, .bound = (kith_bound)s->bound};
    bool known = !isnan(value);
    if (s->test == 1) {
        p.target = s->lift ? s->baseline * (1 + value) : value;
        for (int m = 1; m <= 3; m++) {
            p.test = (kith_power_test)m;
            if (s->method == 0 || s->method == m) KITH_TRY(line(app, &p, known, w));
        }
        return KITH_OK;
    }
    p.test = s->test == 0 ? KITH_POWER_MEANS : s->test == 2 ? KITH_POWER_RATIOS : KITH_POWER_SURVIVAL;
    if (s->test == 3 && known && !(value > 0)) return kith_app_usage(app, "a hazard ratio is positive");
    p.effect = s->test == 3 ? log(value) : (s->lift ? value * s->baseline : value) / s->sd;
    return line(app, &p, known, w);
}

static int run(kith_app *app) {
    const said *s = app->said;
    const char *list = s->lift ? s->lift : s->test == 1 ? s->target : s->effect;
    if (s->comparisons < 1 || s->arms < 2 || s->looks < 0 || s->looks > 50) return kith_app_usage(app, "--comparisons from 1, --arms from 2, --looks from 1 to 50");
    if (!(s->sd > 0)) return kith_app_usage(app, "--sd is positive");
    if (s->test == 1 && !(s->baseline > 0 && s->baseline < 1)) return kith_app_usage(app, "--test proportions takes --baseline, a share between 0 and 1");
    if (s->lift && s->test == 3) return kith_app_usage(app, "--test survival takes --effect, a hazard ratio");
    if (!list && !s->size) return kith_app_usage(app, "no effect: --effect (means, ratios, survival), --target or --lift (proportions), or --size");
    kith_sink *sink;
    kith_buf out = {0};
    kith_row_writer w = kith_row_begin(&out, kith_app_delimiter(app, NULL));
    static const char *const heads[] = {"test", "effect", "power", "alpha", "n", "method", "n_arm", "total", "days", "bounds"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) kith_put_string(&w, heads[i]);
    kith_row_end(&w);
    int status = list ? KITH_OK : lines(app, NAN, &w);
    for (const char *p = list; p && *p && status == KITH_OK;) {
        size_t n = strcspn(p, ",");
        double value;
        if (!kith_parse_double(kith_str_trim((kith_str){p, n}), &value)) status = kith_app_usage(app, "an effect that is no number");
        else status = lines(app, value, &w);
        p += n + (p[n] == ',');
    }
    if (status == KITH_OK) status = kith_app_sink(app, &sink);
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    kith_buf_free(&out);
    return status;
}

const kith_verb kith_verb_report_power = {
    .name = "power",
    .brief = "how many people an experiment needs, and for how many days",
    .operands = "",
    .grain = "→ plan",
    .takes = KITH_TAKES_OUTPUT,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
};
