/* kith report mix: what each channel's spending brought, and how to split the next budget.
 *
 *     kith report mix --outcome sales --channels 'tv,search,mail' --controls price,holiday --period week weekly.csv
 */
#include <kith/app.h>
#include <kith/mix_report.h>
#include <string.h>

typedef struct said {
    const char *outcome, *channels, *controls, *period, *fix, *prior, *bounds;
    int adstock, saturation;
    int64_t lags, season;
    double season_length, ridge, budget;
    bool trend, no_intercept;
} said;

static const kith_option options[] = {
    {0, "outcome", "COL", KITH_OPT_STRING, offsetof(said, outcome), "what was reached in each period (default outcome)", NULL, true, false},
    {0, "channels", "SEL", KITH_OPT_STRING, offsetof(said, channels), "what was spent on each channel", NULL, true, true},
    {0, "controls", "SEL", KITH_OPT_STRING, offsetof(said, controls), "what else moves the outcome: confounders, prices, holidays", NULL, true, false},
    {0, "period", "COL", KITH_OPT_STRING, offsetof(said, period), "the period's date: rows are put in its order (default: as they come)", NULL, true, false},
    {0, "adstock", "NAME", KITH_OPT_CHOICE, offsetof(said, adstock), "none, geometric or weibull (default geometric)", "none|geometric|weibull", false, false},
    {0, "lags", "N", KITH_OPT_INT, offsetof(said, lags), "periods that spending works for; 0: geometric without end, not normalised (default 8)", NULL, false, false},
    {0, "saturation", "NAME", KITH_OPT_CHOICE, offsetof(said, saturation), "none, logistic or hill (default logistic)", "none|logistic|hill", false, false},
    {0, "fix", "LIST", KITH_OPT_STRING, offsetof(said, fix), "shapes that are known, such as tv.alpha=.5,tv.lambda=3", NULL, false, false},
    {0, "prior", "LIST", KITH_OPT_STRING, offsetof(said, prior), "beliefs about returns, such as tv=1.2:.3 (mean:deviation), for instance from an experiment", NULL, false, false},
    {0, "ridge", "X", KITH_OPT_DOUBLE, offsetof(said, ridge), "draws all coefficients of channels to 0 (default 0)", NULL, false, false},
    {0, "trend", NULL, KITH_OPT_FLAG, offsetof(said, trend), "a straight line over the periods as a control", NULL, false, false},
    {0, "season", "K", KITH_OPT_INT, offsetof(said, season), "K pairs of sine and cosine over the year as controls (default 0)", NULL, false, false},
    {0, "season-length", "P", KITH_OPT_DOUBLE, offsetof(said, season_length), "periods in a year, where --period gives no dates (default 52.18)", NULL, false, false},
    {0, "no-intercept", NULL, KITH_OPT_FLAG, offsetof(said, no_intercept), "the controls hold a constant already", NULL, false, false},
    {0, "budget", "X", KITH_OPT_DOUBLE, offsetof(said, budget), "per period, to be split (default: what is spent now)", NULL, false, false},
    {0, "bounds", "LIST", KITH_OPT_STRING, offsetof(said, bounds), "a channel's share of its present mean, such as all=.5:1.5,tv=0:2 (default all=.5:1.5)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"One channel that returns 2 for each unit, with no carry-over and no saturation.", "sales,ads\n12,1\n14,2\n10,0\n16,3\n", "kith report mix --outcome sales --channels ads --adstock none --saturation none | head -3",
     "part,name,value\nfit,rows,4\nfit,columns,2\n"},
    {0},
};

static void defaults(void *said_, kith_common *common) {
    (void)common;
    *(said *)said_ = (said){.outcome = "outcome", .adstock = 1, .saturation = 1, .lags = 8, .season_length = 52.18, .bounds = ""};
}

typedef struct gather {
    uint32_t outcome, period;
    kith_selection channels, controls;
    const kith_zone *zone;
    kith_mix_table *table;
} gather;

/* One row's numbers into `v`: outcome, channels, controls; false (and the row answered) where one is bad. */
static int read_row(const gather *g, const kith_batch *b, uint32_t row, double *v, bool *good, kith_out *out, kith_error *err) {
    *good = false;
    if (kith_cell_double(b, row, g->outcome, v) != KITH_CELL_VALUE) return kith_bad_row(b, row, g->outcome, "not_a_number", "not a number", out, err);
    for (uint32_t i = 0; i < g->channels.n; i++) {
        kith_cell_state state = kith_cell_double(b, row, g->channels.columns[i], ++v);
        if (state == KITH_CELL_MISSING) *v = 0;
        if (state == KITH_CELL_BAD) return kith_bad_row(b, row, g->channels.columns[i], "not_a_number", "not a number", out, err);
        if (*v < 0) return kith_bad_row(b, row, g->channels.columns[i], "negative", "negative spending", out, err);
    }
    for (uint32_t i = 0; i < g->controls.n; i++)
        if (kith_cell_double(b, row, g->controls.columns[i], ++v) != KITH_CELL_VALUE)
            return kith_bad_row(b, row, g->controls.columns[i], "not_a_number", "not a number", out, err);
    *good = true;
    return KITH_OK;
}

static int commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) { /* in the order of the rows */
    gather *g = ctx;
    (void)worker;
    size_t wide = 1 + g->channels.n + g->controls.n;
    double *v = kith_arena_alloc(b->arena, wide * sizeof *v);
    if (!v) return kith_no_memory(err);
    for (uint32_t row = 0; row < b->rows; row++) {
        bool good;
        int64_t us = 0;
        bool dated = g->period != KITH_NO_COLUMN && kith_cell_time(b, row, g->period, g->zone, &us) == KITH_CELL_VALUE;
        KITH_TRY(read_row(g, b, row, v, &good, out, err));
        if (good && !kith_mix_table_add(g->table, v, wide, us, dated)) return kith_no_memory(err);
    }
    return KITH_OK;
}

static int run(kith_app *app) {
    said *s = app->said;
    kith_source *source;
    kith_sink *sink;
    gather g = {.period = KITH_NO_COLUMN, .zone = app->common.zone};
    kith_mix_table table = {0};
    g.table = &table;
    if (s->lags < 0 || s->lags > 64 || (s->lags == 0 && s->adstock == 2)) return kith_app_usage(app, "--lags goes from 1 to 64 (0: geometric without end)");
    if (s->season < 0 || s->season > 20 || !(s->season_length > 1)) return kith_app_usage(app, "--season goes to 20 pairs, --season-length from above 1");
    if (s->ridge < 0 || s->budget < 0) return kith_app_usage(app, "--ridge and --budget are not negative");
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    KITH_TRY(kith_app_column(app, source, s->outcome, NULL, &g.outcome));
    KITH_TRY(kith_select(header, s->channels, true, app->arena, &g.channels, &app->error));
    if (s->controls) KITH_TRY(kith_select(header, s->controls, true, app->arena, &g.controls, &app->error));
    if (s->period) KITH_TRY(kith_app_column(app, source, s->period, NULL, &g.period));
    kith_scan scan = {.commit = commit, .ctx = &g};
    int status = kith_app_scan(app, source, &scan);
    kith_mix_plan plan = {.channels = g.channels.n, .channel_names = g.channels.names, .controls = g.controls.n, .control_names = g.controls.names,
                          .adstock = (kith_adstock)s->adstock, .saturation = (kith_saturation)s->saturation, .lags = (size_t)s->lags, .ridge = s->ridge,
                          .trend = s->trend, .intercept = !s->no_intercept, .season = (size_t)s->season, .season_length = s->season_length, .fix = s->fix,
                          .prior = s->prior, .bounds = s->bounds, .budget = s->budget, .seed = (uint64_t)app->common.seed};
    kith_buf out = {0};
    if (status == KITH_OK) status = kith_mix_table_report(&table, &plan, app->arena, kith_app_delimiter(app, NULL), &out, &app->error);
    if (status == KITH_OK) status = kith_app_sink(app, &sink);
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    kith_buf_free(&out);
    kith_mix_table_free(&table);
    return status;
}

const kith_verb kith_verb_report_mix = {
    .name = "mix",
    .brief = "what each channel's spending brought, and how to split the next budget",
    .operands = "[FILE...]",
    .grain = "period → channel",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ZONE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
};
