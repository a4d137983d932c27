/* Lead models as files, as scorers, and their cross-validation. */
#include "persist.h"

#include <kith/lead_model.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- files -------------------------------------------------------------------------------------------------- */

static void put_calibration(kith_model *m, const kith_calibration *c) {
    static const char *const names[] = {"none", "platt", "isotonic"};
    kith_model_put(m, "calibration", "method", names[c->method]);
    kith_model_put_double(m, "calibration", "slope", c->slope);
    kith_model_put_double(m, "calibration", "intercept", c->intercept);
    for (size_t i = 0; i < c->n; i++) {
        char text[32];
        kith_format_double(c->x[i], text);
        kith_model_put_double(m, "knot", text, c->y[i]);
    }
}

static int get_calibration(const kith_model *m, kith_calibration *c, kith_error *err) {
    *c = (kith_calibration){0};
    kith_str method = kith_model_get(m, "calibration", "method");
    KITH_TRY(kith_model_number(m, "calibration", "slope", &c->slope, err));
    KITH_TRY(kith_model_number(m, "calibration", "intercept", &c->intercept, err));
    if (kith_str_is(method, "platt")) c->method = KITH_CALIBRATION_PLATT;
    if (!kith_str_is(method, "isotonic")) return KITH_OK;
    c->method = KITH_CALIBRATION_ISOTONIC;
    size_t from, to;
    kith_model_part(m, "knot", &from, &to);
    c->x = kith_arena_alloc(m->arena, (to - from + 1) * sizeof *c->x);
    c->y = kith_arena_alloc(m->arena, (to - from + 1) * sizeof *c->y);
    if (!c->x || !c->y) return kith_no_memory(err);
    for (size_t i = from; i < to; i++, c->n++) {
        bool good = kith_parse_double(m->rows[i].name, &c->x[c->n]) && kith_parse_double(m->rows[i].value, &c->y[c->n]);
        if (!good || (c->n && c->x[c->n] <= c->x[c->n - 1]) || c->y[c->n] < 0 || c->y[c->n] > 1)
            return kith_fail(err, KITH_DATA, "%s: the model's part knot is damaged", m->file ? m->file : "model");
    }
    if (c->n == 0) return kith_fail(err, KITH_DATA, "%s: the model's part knot is missing", m->file ? m->file : "model");
    return KITH_OK;
}

int kith_lead_put(kith_model *m, const kith_lead *lead, const char *method, const char *outcome, const char *positive,
                  kith_error *err) {
    kith_model_put(m, "lead", "method", method);
    kith_model_put(m, "lead", "outcome", outcome);
    kith_model_put(m, "lead", "positive", positive);
    kith_model_put_double(m, "lead", "rate", lead->rate);
    put_calibration(m, &lead->calibration);
    persist_put_encoding(m, &lead->encoding);
    if (lead->on_trees) {
        persist_put_forest(m, "boosted", &lead->encoding, &lead->forest);
    } else {
        const kith_linear *l = &lead->linear;
        persist_put_linear(m, "weight", &lead->encoding, false, l);
        for (size_t a = 0; l->precision && a <= l->width; a++) /* the lower triangle, intercept last: what `update` adds to */
            for (size_t b = 0; b <= a; b++) {
                char name[64];
                size_t n = kith_format_int((int64_t)a, name);
                name[n++] = ' ';
                kith_format_int((int64_t)b, name + n);
                kith_model_put_double(m, "precision", name, l->precision[a * (l->width + 1) + b]);
            }
    }
    return m->failed ? kith_no_memory(err) : KITH_OK;
}

int kith_lead_get(const kith_model *m, kith_lead *lead, kith_error *err) {
    *lead = (kith_lead){0};
    KITH_TRY(kith_model_number(m, "lead", "rate", &lead->rate, err));
    KITH_TRY(get_calibration(m, &lead->calibration, err));
    KITH_TRY(persist_get_encoding(m, &lead->encoding, err));
    lead->on_trees = kith_str_is(kith_model_get(m, "lead", "method"), "trees");
    if (lead->on_trees) return persist_get_forest(m, "boosted", &lead->encoding, &lead->forest, err);
    KITH_TRY(persist_get_linear(m, "weight", lead->encoding.width, &lead->linear, err));
    size_t from, to, w = lead->linear.width + 1;
    kith_model_part(m, "precision", &from, &to);
    if (from == to) return KITH_OK;
    double *precision = kith_arena_alloc(m->arena, w * w * sizeof *precision);
    if (!precision) return kith_no_memory(err);
    bool good = to - from == w * (w + 1) / 2;
    for (size_t a = 0, i = from; a < w && good; a++)
        for (size_t b = 0; b <= a && good; b++, i++) {
            double v;
            good = kith_parse_double(m->rows[i].value, &v) && isfinite(v);
            precision[a * w + b] = precision[b * w + a] = v;
        }
    if (!good) return kith_fail(err, KITH_DATA, "%s: the model's part precision is damaged", m->file ? m->file : "model");
    lead->linear.precision = precision;
    return KITH_OK;
}

/* ---- scoring ------------------------------------------------------------------------------------------------ */

typedef struct scoring { /* a worker's results for its batch */
    kith_frame frame;
    uint8_t *bad;
    double *p;
    int32_t **map;
    double *parts;
    kith_buf text;
} scoring;

static int load(kith_scorer *s, const kith_model *model, const kith_score_options *options, kith_error *err) {
    (void)options;
    static const char *adds[] = {"score", "reason"};
    kith_lead *lead = kith_arena_alloc(s->arena, sizeof *lead);
    if (!lead) return kith_no_memory(err);
    KITH_TRY(kith_lead_get(model, lead, err));
    s->self = lead;
    s->n_needs = lead->encoding.n;
    s->needs = kith_arena_alloc(s->arena, (s->n_needs + 1) * sizeof *s->needs);
    if (!s->needs) return kith_no_memory(err);
    for (size_t j = 0; j < s->n_needs; j++) s->needs[j] = lead->encoding.coded[j].name;
    s->n_adds = 2;
    s->adds = adds;
    return KITH_OK;
}

static int work(const kith_scorer *s, void **worker, kith_error *err) {
    (void)s;
    *worker = calloc(1, sizeof(scoring));
    return *worker ? KITH_OK : kith_no_memory(err);
}

static void unwork(const kith_scorer *s, void *worker) {
    (void)s;
    scoring *w = worker;
    if (w) kith_buf_free(&w->text);
    free(w);
}

static int batch(const kith_scorer *s, void *worker, const kith_batch *b, kith_error *err) {
    const kith_lead *lead = s->self;
    scoring *w = worker;
    KITH_TRY(persist_batch_frame(&lead->encoding, b, s->columns, b->arena, &w->frame, &w->bad, err));
    KITH_TRY(kith_level_map(&lead->encoding, &w->frame, b->arena, &w->map, err));
    w->p = kith_arena_alloc(b->arena, ((size_t)b->rows + 1) * sizeof *w->p);
    w->parts = kith_arena_alloc(b->arena, (lead->encoding.n + 1) * sizeof *w->parts);
    if (!w->p || !w->parts) return kith_no_memory(err);
    return kith_lead_predict(lead, &w->frame, NULL, b->rows, NULL, w->p, err);
}

static int put(const kith_scorer *s, void *worker, const kith_batch *b, uint32_t row, kith_row_writer *out_row, kith_out *out,
               kith_error *err) {
    const kith_lead *lead = s->self;
    scoring *w = worker;
    for (size_t j = 0; j < lead->encoding.n; j++) {
        if (!w->bad[(size_t)row * lead->encoding.n + j]) continue;
        return kith_bad_row(b, row, s->columns[j], lead->encoding.coded[j].is_time ? "not_a_date" : "not_a_number",
                            lead->encoding.coded[j].is_time ? "not a date" : "not a number", out, err);
    }
    kith_put_double(out_row, w->p[row]);
    kith_lead_reasons(lead, &w->frame, w->map, row, w->parts);
    w->text.n = 0;
    kith_reasons_text(&lead->encoding, &w->frame, row, w->parts, 3, &w->text);
    if (w->text.failed) return kith_no_memory(err);
    kith_put_text(out_row, (kith_str){w->text.n ? w->text.p : "", w->text.n});
    return KITH_OK;
}

const kith_scorer_kind kith_lead_scorer = {.kind = "lead", .version = 1, .prefix = "lead", .load = load, .work = work,
                                           .unwork = unwork, .batch = batch, .put = put};

/* ---- explaining --------------------------------------------------------------------------------------------- */

static int by_part(const void *a, const void *b) {
    double x = fabs(((const kith_reason *)a)->part), y = fabs(((const kith_reason *)b)->part);
    return x > y ? -1 : x < y;
}

int kith_lead_explain(const kith_lead *lead, const kith_batch *b, const uint32_t *columns, uint32_t row, kith_arena *arena,
                      kith_reason **reasons, double *constant, double *raw, double *p, kith_error *err) {
    kith_frame frame;
    int32_t **map;
    size_t n = lead->encoding.n;
    KITH_TRY(persist_batch_frame(&lead->encoding, b, columns, arena, &frame, NULL, err));
    KITH_TRY(kith_level_map(&lead->encoding, &frame, arena, &map, err));
    double *parts = kith_arena_alloc(arena, (n + 1) * sizeof *parts);
    kith_reason *list = kith_arena_alloc(arena, (n + 1) * sizeof *list);
    if (!parts || !list) return kith_no_memory(err);
    *constant = kith_lead_reasons(lead, &frame, map, row, parts);
    *raw = *constant;
    for (size_t j = 0; j < n; j++) {
        kith_str value = kith_text(b, row, columns[j]);
        const char *copy = kith_arena_copy(arena, value.p, value.n);
        if (!copy) return kith_no_memory(err);
        list[j] = (kith_reason){lead->encoding.coded[j].name, copy, parts[j]};
        *raw += parts[j];
    }
    *p = kith_calibrate(&lead->calibration, *raw);
    qsort(list, n, sizeof *list, by_part);
    *reasons = list;
    return KITH_OK;
}

/* ---- cross-validation --------------------------------------------------------------------------------------- */

const char *const kith_lead_measures[KITH_LEAD_MEASURES] = {"auc", "average_precision", "logloss", "brier",
                                                            "ece", "lift10", "objective", "rows"};

typedef struct crossing {
    const kith_frame *frame;
    const bool *use;
    const double *y;
    const kith_folds *folds;
    const kith_lead_options *o;
    double *result;
} crossing;

static int cross(void *ctx, int worker, size_t fold, kith_error *err) {
    (void)worker;
    const crossing *c = ctx;
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    size_t n = c->frame->rows, a = 0, b = 0;
    size_t *train = kith_arena_alloc(own, (n + 1) * sizeof *train), *test = kith_arena_alloc(own, (n + 1) * sizeof *test);
    double *p = kith_arena_alloc(own, (n + 1) * sizeof *p), *y = kith_arena_alloc(own, (n + 1) * sizeof *y);
    double *r = c->result + fold * KITH_LEAD_MEASURES, ones = 0, trained = 0;
    int status = train && test && p && y ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; i < n && status == KITH_OK; i++) {
        if (c->use && !c->use[i]) continue;
        if (c->folds->of[i] != (int32_t)fold) {
            trained += c->y[i];
            train[a++] = i;
            continue;
        }
        y[b] = c->y[i];
        ones += c->y[i];
        test[b++] = i;
    }
    for (int k = 0; k < KITH_LEAD_MEASURES; k++) r[k] = NAN;
    if (status == KITH_OK && (b == 0 || !(trained > 0) || !(trained < (double)a))) { /* such a fold has nothing to say */
        kith_arena_free(own);
        r[7] = (double)b;
        return KITH_OK;
    }
    kith_lead lead;
    kith_measure *m;
    size_t measures;
    static const double at[] = {.1};
    kith_eval_options eval = {.at = at, .n_at = 1};
    if (status == KITH_OK) status = kith_lead_fit(c->frame, train, a, c->y, c->o, own, &lead, err);
    if (status == KITH_OK) status = kith_lead_predict(&lead, c->frame, test, b, NULL, p, err);
    if (status == KITH_OK && ones > 0 && ones < (double)b) {
        status = kith_eval_binary(p, y, b, &eval, own, &m, &measures, err);
        for (size_t i = 0; i < measures && status == KITH_OK; i++)
            for (int k = 0; k < 6; k++)
                if (strcmp(m[i].name, kith_lead_measures[k]) == 0) r[k] = m[i].value;
    }
    if (status == KITH_OK && !lead.on_trees) r[6] = lead.linear.objective;
    r[7] = (double)b;
    kith_arena_free(own);
    return status;
}

int kith_lead_crossval(const kith_frame *frame, const bool *use, const double *y, const kith_folds *folds,
                       const kith_lead_options *options, int threads, double *result, kith_error *err) {
    kith_lead_options o = *options;
    if (folds->n > 1) o.threads = 1; /* the folds are the parallel work */
    o.linear.posterior = false;
    crossing c = {frame, use, y, folds, &o, result};
    return kith_parallel(threads, folds->n, cross, &c, err);
}
