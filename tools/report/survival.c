/* kith report survival: how long until it happens, with those to whom it has not happened yet.
 *
 *     kith report survival --time days --event left --by plan customers.csv | kith report plot --step
 */
#include <kith/app.h>
#include <kith/distributions.h>
#include <kith/survival.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct said {
    const char *time, *event, *by, *cox, *quantiles;
    double level;
    int ties;
    bool test;
} said;

static const kith_option options[] = {
    {0, "time", "COL", KITH_OPT_STRING, offsetof(said, time), "how long each was watched (default time)", NULL, true, false},
    {0, "event", "COL", KITH_OPT_STRING, offsetof(said, event), "1: it happened then; 0: not yet (default event)", NULL, true, false},
    {'g', "by", "COL", KITH_OPT_STRING, offsetof(said, by), "a curve for each value", NULL, true, false},
    {0, "test", NULL, KITH_OPT_FLAG, offsetof(said, test), "the log-rank test instead of the curves", NULL, false, false},
    {0, "quantiles", "LIST", KITH_OPT_STRING, offsetof(said, quantiles), "when survival falls to these, such as .5 for the median, instead of the curves", NULL, false, false},
    {0, "cox", "SEL", KITH_OPT_STRING, offsetof(said, cox), "Cox's regression on these columns instead of the curves", NULL, true, false},
    {0, "ties", "NAME", KITH_OPT_CHOICE, offsetof(said, ties), "how cox takes ties: efron or breslow (default efron)", "efron|breslow", false, false},
    {0, "level", "P", KITH_OPT_DOUBLE, offsetof(said, level), "of the intervals (default .95)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Four customers, one of them still there.", "time,event\n1,1\n2,1\n2,0\n4,1\n", "kith report survival",
     "group,time,at_risk,events,survival,low,high\n,1,4,1,0.75,0.1279469175951459,0.9605486422850784\n,2,3,1,0.5,0.05784708299514457,0.844861281190374\n,4,1,1,0,,\n"},
    {"The median of two plans.", "time,event,plan\n1,1,a\n2,1,a\n3,1,a\n2,1,b\n6,1,b\n9,0,b\n", "kith report survival --by plan --quantiles .5",
     "group,quantile,time,low,high\na,0.5,2,1,\nb,0.5,6,2,\n"},
    {0},
};

static void defaults(void *said_, kith_common *common) {
    (void)common;
    *(said *)said_ = (said){.time = "time", .event = "event", .by = "", .level = .95};
}

/* ---- Cox: rows into memory, then the fit ----------------------------------------------------------------------- */

typedef struct gather {
    uint32_t time, event;
    const kith_selection *x;
    kith_buf rows; /* time, event, x…: doubles */
} gather;

static int commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) { /* in the order of the rows */
    gather *g = ctx;
    (void)worker;
    for (uint32_t row = 0; row < b->rows; row++) {
        size_t start = g->rows.n;
        uint32_t bad = KITH_NO_COLUMN;
        double v;
        if (kith_cell_double(b, row, g->time, &v) != KITH_CELL_VALUE || v < 0) bad = g->time;
        else kith_buf_put(&g->rows, &v, sizeof v);
        v = kith_truth(kith_text(b, row, g->event));
        if (v < 0) bad = g->event;
        kith_buf_put(&g->rows, &v, sizeof v);
        for (uint32_t i = 0; i < g->x->n && bad == KITH_NO_COLUMN; i++) {
            if (kith_cell_double(b, row, g->x->columns[i], &v) != KITH_CELL_VALUE) bad = g->x->columns[i];
            kith_buf_put(&g->rows, &v, sizeof v);
        }
        if (g->rows.failed) return kith_no_memory(err);
        if (bad == KITH_NO_COLUMN) continue;
        g->rows.n = start;
        KITH_TRY(kith_bad_row(b, row, bad, "not_a_number", bad == g->event ? "neither 1 nor 0" : "not a number", out, err));
    }
    return KITH_OK;
}

static void put_fit(const said *s, const kith_selection *x, const double *beta, const double *covariance, const kith_cox *fit, kith_row_writer *w) {
    static const char *const heads[] = {"term", "coefficient", "se", "hazard_ratio", "low", "high", "z", "p"};
    double z = kith_normal_quantile((1 + s->level) / 2);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) kith_put_string(w, heads[i]);
    kith_row_end(w);
    for (uint32_t i = 0; i < x->n; i++) {
        double se = sqrt(covariance[i * x->n + i]), b = beta[i];
        kith_put_text(w, x->names[i]);
        double cells[] = {b, se, exp(b), exp(b - z * se), exp(b + z * se), b / se, 2 * kith_normal_sf(fabs(b / se))};
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) kith_put_double(w, cells[k]);
        kith_row_end(w);
    }
    const char *const names[] = {"(loglik)", "(loglik_null)"};
    const double values[] = {fit->loglik, fit->loglik_null};
    for (int i = 0; i < 2; i++) {
        kith_put_string(w, names[i]);
        kith_put_double(w, values[i]);
        for (int k = 0; k < 6; k++) kith_put_missing(w);
        kith_row_end(w);
    }
}

static int cox(kith_app *app) {
    said *s = app->said;
    kith_source *source;
    kith_selection x;
    kith_sink *sink;
    gather g = {.x = &x};
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(kith_app_column(app, source, s->time, NULL, &g.time));
    KITH_TRY(kith_app_column(app, source, s->event, NULL, &g.event));
    KITH_TRY(kith_select(kith_source_header(source), s->cox, false, app->arena, &x, &app->error));
    kith_scan scan = {.commit = commit, .ctx = &g};
    int status = kith_app_scan(app, source, &scan);
    size_t wide = x.n + 2, rows = g.rows.n / (wide * sizeof(double));
    const double *all = (const double *)(const void *)g.rows.p;
    double *room = kith_arena_alloc(app->arena, (rows * (x.n + 1) + x.n + x.n * x.n + 1) * sizeof *room);
    uint8_t *event = kith_arena_alloc(app->arena, rows + 1);
    if (status == KITH_OK && (!room || !event)) status = kith_no_memory(&app->error);
    if (status == KITH_OK) {
        double *values = room + rows, *beta = values + rows * x.n, *covariance = beta + x.n;
        for (size_t i = 0; i < rows; i++) {
            room[i] = all[i * wide];
            event[i] = all[i * wide + 1] > 0;
            memcpy(values + i * x.n, all + i * wide + 2, x.n * sizeof *values);
        }
        kith_cox fit;
        kith_buf out = {0};
        status = kith_cox_fit(room, event, values, rows, x.n, s->ties ? KITH_TIES_BRESLOW : KITH_TIES_EFRON, beta, covariance, &fit, &app->error);
        if (status == KITH_OK && !fit.converged) kith_app_warn(app, "not converged: a covariate separates the events");
        kith_row_writer w = kith_row_begin(&out, kith_app_delimiter(app, NULL));
        if (status == KITH_OK) put_fit(s, &x, beta, covariance, &fit, &w);
        if (status == KITH_OK) status = kith_app_sink(app, &sink);
        if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
        kith_buf_free(&out);
    }
    kith_buf_free(&g.rows);
    return status;
}

static int run(kith_app *app) {
    said *s = app->said;
    if (!(s->level > 0 && s->level < 1)) return kith_app_usage(app, "--level lies between 0 and 1");
    if (s->test + !!s->quantiles + !!s->cox > 1) return kith_app_usage(app, "--test, --quantiles and --cox: one at a time");
    if (s->cox && (app->common.save_state || app->common.state.n)) return kith_app_usage(app, "--cox has no state: it needs the rows");
    if (s->cox) return cox(app);
    kith_params params = {.arena = app->arena};
    kith_params_set(&params, "time", s->time);
    kith_params_set(&params, "event", s->event);
    kith_params_set(&params, "by", s->by);
    kith_params_set(&params, "report", s->test ? "test" : s->quantiles ? "quantiles" : "curve");
    kith_params_set(&params, "quantiles", s->quantiles);
    kith_params_set_double(&params, "level", s->level);
    return kith_app_fold(app, &kith_survival_fold, &params);
}

const kith_verb kith_verb_report_survival = {
    .name = "survival",
    .brief = "how long until it happens: Kaplan-Meier, log-rank, Cox",
    .operands = "[FILE...]",
    .grain = "person → time",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_survival_fold,
};
