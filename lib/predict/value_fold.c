/* The folds `score summary` and `score fit value`: events as person-days, or summaries as the multiset of their
 * triples, until finish turns them into histories, a fit and a model.
 *
 * Parameters, as text: from (events, summaries), id ts amount tz until (a day's number) unit transaction; x tx T m
 * weight; method spend. The model's parts: model, fit, param, se, covariance, spend (BG/BB only, whose gamma would
 * clash), column, holdout, track. */
#include <kith/purchases.h>

#include <kith/stats.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kith_value_params_events(kith_params *p, const char *id, const char *ts, const char *amount, const char *unit,
                              const char *transaction) {
    const char *const items[][2] = {{"from", "events"}, {"id", id},     {"ts", ts},
                                    {"amount", amount}, {"unit", unit}, {"transaction", transaction}};
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) kith_params_set(p, items[i][0], items[i][1]);
}

void kith_value_params_summaries(kith_params *p, const char *x, const char *tx, const char *T, const char *m,
                                 const char *weight, const char *unit) {
    const char *const items[][2] = {{"from", "summaries"}, {"x", x},      {"tx", tx}, {"T", T}, {"m", m},
                                    {"weight", weight},    {"unit", unit}};
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) kith_params_set(p, items[i][0], items[i][1]);
}

void kith_value_params_time(kith_params *p, const char *tz, const kith_zone *zone, bool has_until, int64_t until_us) {
    kith_params_set(p, "tz", tz);
    kith_params_set(p, "until", NULL);
    if (!has_until) return;
    char text[32];
    int64_t us = zone ? kith_zone_to_local(zone, until_us) : until_us;
    int64_t day = us >= 0 ? us / KITH_US_PER_DAY : -((-us + KITH_US_PER_DAY - 1) / KITH_US_PER_DAY);
    kith_format_int(day, text);
    kith_params_set(p, "until", text);
}

typedef struct bag { /* a multiset of triples, gathered when it has doubled */
    kith_triple *t;
    size_t n, room, gathered;
} bag;

static int bag_add(bag *b, const kith_triple *t, size_t n, kith_error *err) {
    if (b->n + n > b->room) {
        if (b->n > (1 << 18) && b->n > 2 * b->gathered) b->n = b->gathered = kith_triples_gather(b->t, b->n);
        if (b->n + n > b->room) {
            size_t room = b->room + b->room / 2 + n + 256;
            kith_triple *more = realloc(b->t, room * sizeof *more);
            if (!more) return kith_no_memory(err);
            b->t = more;
            b->room = room;
        }
    }
    memcpy(b->t + b->n, t, n * sizeof *t);
    b->n += n;
    return KITH_OK;
}

typedef struct state {
    kith_arena *arena;
    bool events, spend, rows;
    kith_value_method method;
    const char *id, *ts, *amount, *x, *tx, *T, *m, *weight, *unit;
    double days; /* of a unit */
    int64_t until;
    const kith_zone *zone;
    uint32_t c_id, c_ts, c_amount, c_x, c_tx, c_T, c_m, c_weight;
    kith_purchases *purchases;
    bag triples, spends;
} state;

static const char *get(kith_arena *arena, const kith_params *params, const char *name) {
    const char *text = kith_params_get(params, name);
    return text[0] ? kith_arena_copy(arena, text, strlen(text)) : NULL;
}

static void free_state(void *v) {
    state *s = v;
    if (!s) return;
    kith_purchases_free(s->purchases);
    free(s->triples.t);
    free(s->spends.t);
    kith_arena *arena = s->arena;
    kith_arena_free(arena);
}

static int init(const kith_params *params, void **out, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    state *s = arena ? kith_arena_zalloc(arena, sizeof *s) : NULL;
    *out = s;
    if (!s) {
        kith_arena_free(arena);
        return kith_no_memory(err);
    }
    s->arena = arena;
    s->events = strcmp(kith_params_get(params, "from"), "summaries") != 0;
    s->id = get(arena, params, "id"), s->ts = get(arena, params, "ts"), s->amount = get(arena, params, "amount");
    s->x = get(arena, params, "x"), s->tx = get(arena, params, "tx"), s->T = get(arena, params, "T");
    s->m = get(arena, params, "m"), s->weight = get(arena, params, "weight"), s->unit = get(arena, params, "unit");
    s->rows = strcmp(kith_params_get(params, "transaction"), "row") == 0;
    s->spend = strcmp(kith_params_get(params, "spend"), "gammagamma") == 0;
    s->days = s->unit && strcmp(s->unit, "day") == 0 ? 1 : s->unit && strcmp(s->unit, "year") == 0 ? 365.25 : 7;
    const char *until = kith_params_get(params, "until"), *method = kith_params_get(params, "method"),
               *tz = get(arena, params, "tz");
    int status = KITH_OK;
    if (method[0] && !kith_value_find(method, &s->method))
        status = kith_fail(err, KITH_USAGE, "no such method of value");
    s->until = INT64_MIN;
    if (until[0] && !kith_parse_int(kith_str_of(until), &s->until))
        status = kith_fail(err, KITH_DATA, "until is no day");
    if (status == KITH_OK && tz) status = kith_zone_find(arena, tz, &s->zone, err);
    if (status == KITH_OK) status = kith_purchases_new(&s->purchases, err);
    if (status != KITH_OK) {
        free_state(s);
        *out = NULL;
    }
    return status;
}

static int bind(void *v, const kith_header *header, kith_error *err) {
    state *s = v;
    s->c_id = s->c_ts = s->c_amount = s->c_m = s->c_weight = KITH_NO_COLUMN;
    if (s->events) {
        KITH_TRY(kith_column(header, s->id ? s->id : "person_id", &s->c_id, err));
        KITH_TRY(kith_column(header, s->ts ? s->ts : "ts", &s->c_ts, err));
        if (s->amount || s->spend)
            KITH_TRY(kith_column(header, s->amount ? s->amount : "amount", &s->c_amount, err));
        else
            s->c_amount = kith_column_find(header, "amount");
        return KITH_OK;
    }
    KITH_TRY(kith_column(header, s->x ? s->x : "value_x", &s->c_x, err));
    if (s->method != KITH_VALUE_NBD || s->tx) KITH_TRY(kith_column(header, s->tx ? s->tx : "value_tx", &s->c_tx, err));
    KITH_TRY(kith_column(header, s->T ? s->T : "value_T", &s->c_T, err));
    if (s->m || s->spend) KITH_TRY(kith_column(header, s->m ? s->m : "value_m", &s->c_m, err));
    if (s->weight) KITH_TRY(kith_column(header, s->weight, &s->c_weight, err));
    return KITH_OK;
}

/* A cell that must hold a number; *bad tells that the row is left out. */
static int number(const kith_batch *b, uint32_t row, uint32_t col, double *value, bool *bad, kith_out *out,
                  kith_error *err) {
    kith_cell_state cell = kith_cell_double(b, row, col, value);
    if (cell == KITH_CELL_VALUE) return KITH_OK;
    *bad = true;
    return kith_bad_row(b, row, col, cell == KITH_CELL_MISSING ? "missing" : "not_a_number",
                        cell == KITH_CELL_MISSING ? "missing" : "not a number", out, err);
}

static int step(void *v, const kith_batch *b, kith_out *out, kith_error *err) {
    state *s = v;
    if (s->events) return kith_purchases_step(s->purchases, b, s->c_id, s->c_ts, s->c_amount, s->zone, out, err);
    for (uint32_t row = 0; row < b->rows; row++) {
        kith_triple t = {.weight = 1};
        bool bad = false;
        KITH_TRY(number(b, row, s->c_x, &t.x, &bad, out, err));
        if (!bad && s->c_tx != KITH_NO_COLUMN && (s->method != KITH_VALUE_NBD || s->tx)) {
            if (kith_cell_double(b, row, s->c_tx, &t.tx) == KITH_CELL_MISSING && t.x == 0)
                t.tx = 0;
            else
                KITH_TRY(number(b, row, s->c_tx, &t.tx, &bad, out, err));
        }
        if (!bad) KITH_TRY(number(b, row, s->c_T, &t.T, &bad, out, err));
        if (!bad && s->c_weight != KITH_NO_COLUMN) KITH_TRY(number(b, row, s->c_weight, &t.weight, &bad, out, err));
        if (bad) continue;
        const char *fault = kith_triple_fault(s->method, &t);
        if (fault) {
            KITH_TRY(kith_bad_row(b, row, UINT32_MAX, "bad_history", fault, out, err));
            continue;
        }
        kith_triple spend = {t.x, 0, 0, t.weight};
        if (s->c_m != KITH_NO_COLUMN && t.x > 0) {
            kith_cell_state cell = kith_cell_double(b, row, s->c_m, &spend.tx);
            if (cell == KITH_CELL_BAD) {
                KITH_TRY(kith_bad_row(b, row, s->c_m, "not_a_number", "not a number", out, err));
                continue;
            }
            if (cell == KITH_CELL_VALUE && !kith_triple_fault(KITH_VALUE_GAMMA, &spend))
                KITH_TRY(bag_add(&s->spends, &spend, 1, err));
        }
        KITH_TRY(bag_add(&s->triples, &t, 1, err));
    }
    return KITH_OK;
}

static int merge(void *into, void *from, kith_error *err) {
    state *a = into, *b = from;
    KITH_TRY(kith_purchases_merge(a->purchases, b->purchases, err));
    if (b->triples.n) KITH_TRY(bag_add(&a->triples, b->triples.t, b->triples.n, err));
    if (b->spends.n) KITH_TRY(bag_add(&a->spends, b->spends.t, b->spends.n, err));
    return KITH_OK;
}

static int bag_subtract(bag *from, const bag *what, kith_error *err) {
    for (size_t i = 0; i < what->n; i++) {
        kith_triple t = what->t[i];
        t.weight = -t.weight;
        KITH_TRY(bag_add(from, &t, 1, err));
    }
    from->n = from->gathered = kith_triples_gather(from->t, from->n);
    size_t k = 0;
    for (size_t i = 0; i < from->n; i++) {
        if (from->t[i].weight < 0) return kith_fail(err, KITH_DATA, "rows to take out that are not in the state");
        if (from->t[i].weight > 0) from->t[k++] = from->t[i];
    }
    from->n = from->gathered = k;
    return KITH_OK;
}

static int subtract(void *from, void *what, kith_error *err) {
    state *a = from, *b = what;
    KITH_TRY(kith_purchases_subtract(a->purchases, b->purchases, err));
    KITH_TRY(bag_subtract(&a->triples, &b->triples, err));
    return bag_subtract(&a->spends, &b->spends, err);
}

static void save_bag(bag *b, const char *mark, kith_row_writer *w) {
    b->n = b->gathered = kith_triples_gather(b->t, b->n);
    for (size_t i = 0; i < b->n; i++) {
        kith_put_string(w, mark);
        kith_put_double(w, b->t[i].x);
        kith_put_double(w, b->t[i].tx);
        kith_put_double(w, b->t[i].T);
        kith_put_double(w, b->t[i].weight);
        kith_row_end(w);
    }
}

static int save(const void *v, kith_buf *out, kith_error *err) {
    state *s = (state *)v; /* gathering changes the form, not the state */
    if (s->events) return kith_purchases_save(s->purchases, out, err);
    kith_row_writer w = kith_row_begin(out, ',');
    save_bag(&s->triples, "T", &w);
    save_bag(&s->spends, "M", &w);
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

static int load(void *v, kith_records *records, kith_error *err) {
    state *s = v;
    if (s->events) return kith_purchases_load(s->purchases, records, err);
    kith_str f[6];
    size_t n;
    while (kith_records_next(records, f, 6, &n)) {
        kith_triple t;
        bool spend = n == 5 && kith_str_is(f[0], "M"), good = spend || (n == 5 && kith_str_is(f[0], "T"));
        good = good && kith_parse_double(f[1], &t.x) && kith_parse_double(f[2], &t.tx) &&
               kith_parse_double(f[3], &t.T) && kith_parse_double(f[4], &t.weight) &&
               !kith_triple_fault(spend ? KITH_VALUE_GAMMA : s->method, &t);
        if (!good) return kith_fail(err, KITH_DATA, "not a saved record of histories");
        KITH_TRY(bag_add(spend ? &s->spends : &s->triples, &t, 1, err));
    }
    return KITH_OK;
}

/* ---- summary --------------------------------------------------------------------------------------------------------
 */

static kith_purchase_plan plan_of(const state *s, bool opportunities) {
    return (kith_purchase_plan){.until = s->until, .unit = s->days, .rows = s->rows, .opportunities = opportunities};
}

static int put_history(void *ctx, const kith_history *h, kith_error *err) {
    kith_row_writer *w = ctx;
    kith_put_text(w, h->id);
    kith_put_double(w, h->t.x);
    kith_put_double(w, h->t.tx);
    kith_put_double(w, h->t.T);
    kith_put_double(w, h->m);
    kith_row_end(w);
    return w->buf->failed ? kith_no_memory(err) : KITH_OK;
}

static int finish_summary(void *v, char delimiter, kith_buf *out, kith_error *err) {
    state *s = v;
    kith_row_writer w = kith_row_begin(out, delimiter);
    kith_put_name(&w, kith_str_of(s->id ? s->id : "person_id"));
    static const char *const names[] = {"value_x", "value_tx", "value_T", "value_m"};
    for (int i = 0; i < 4; i++) kith_put_string(&w, names[i]);
    kith_row_end(&w);
    kith_purchase_plan plan = plan_of(s, s->method == KITH_VALUE_BGBB);
    int64_t until;
    return kith_purchases_histories(s->purchases, &plan, &until, put_history, &w, err);
}

/* ---- the fit --------------------------------------------------------------------------------------------------------
 */

static int gather_history(void *ctx, const kith_history *h, kith_error *err) {
    state *s = ctx;
    kith_triple spend = {h->t.x, h->m, 0, 1};
    if (s->spend && h->t.x > 0 && !kith_triple_fault(KITH_VALUE_GAMMA, &spend))
        KITH_TRY(bag_add(&s->spends, &spend, 1, err));
    return bag_add(&s->triples, &h->t, 1, err);
}

static void put_fit(kith_model *m, const kith_value_fit *fit, const char *part) {
    size_t n = kith_value_size(fit->method);
    char name[64];
    for (size_t i = 0; i < n; i++) kith_model_put_double(m, part, kith_value_parameter(fit->method, i), fit->p[i]);
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s", kith_value_parameter(fit->method, i));
        kith_model_put_double(m, strcmp(part, "param") == 0 ? "se" : "spend_se", name, fit->se[i]);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            snprintf(name, sizeof name, "%s:%s", kith_value_parameter(fit->method, i),
                     kith_value_parameter(fit->method, j));
            kith_model_put_double(m, strcmp(part, "param") == 0 ? "covariance" : "spend_covariance", name,
                                  fit->covariance[i * n + j]);
        }
    }
}

typedef struct pairs { /* predicted against actual */
    double n;
    kith_running p, a, pp, aa, pa, absolute;
} pairs;

static void compare(pairs *c, double predicted, double actual) {
    c->n++;
    kith_running_add(&c->p, predicted);
    kith_running_add(&c->a, actual);
    kith_running_add(&c->pp, predicted * predicted);
    kith_running_add(&c->aa, actual * actual);
    kith_running_add(&c->pa, predicted * actual);
    kith_running_add(&c->absolute, fabs(predicted - actual));
}

static void put_pairs(kith_model *m, const pairs *c, const char *prefix) {
    char name[64];
    double p = kith_running_value(&c->p), a = kith_running_value(&c->a), pp = kith_running_value(&c->pp);
    double aa = kith_running_value(&c->aa), pa = kith_running_value(&c->pa),
           absolute = kith_running_value(&c->absolute);
    double vp = pp - p * p / c->n, va = aa - a * a / c->n;
    const struct {
        const char *name;
        double value;
    } rows[] = {{"predicted", p},
                {"actual", a},
                {"mae", absolute / c->n},
                {"rmse", sqrt(fmax(0, pp - 2 * pa + aa) / c->n)},
                {"r", vp > 0 && va > 0 ? (pa - p * a / c->n) / sqrt(vp * va) : NAN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(name, sizeof name, "%s%s", prefix, rows[i].name);
        kith_model_put_double(m, "holdout", name, rows[i].value);
    }
}

typedef struct ahead {
    const kith_value_fit *fit, *gamma; /* gamma may be NULL */
    double t;
    pairs count, spend;
} ahead;

static int look_ahead(void *ctx, const kith_history *h, kith_error *err) {
    (void)err;
    ahead *a = ctx;
    double e = kith_value_expected(a->fit, h->t.x, h->t.tx, h->t.T, a->t);
    compare(&a->count, e, h->later);
    if (!a->gamma) return KITH_OK;
    bool known = h->t.x > 0 && h->m > 0;
    compare(&a->spend, e * kith_value_spend(a->gamma, known ? h->t.x : 0, known ? h->m : 0), h->later_amount);
    return KITH_OK;
}

/* Week by week from the first purchase of all: repeats expected of everybody who came before `until`, and what they
 * were. */
static int put_track(state *s, kith_model *m, const kith_value_fit *fit, int64_t until, kith_error *err) {
    int64_t first, last;
    if (!kith_purchases_span(s->purchases, &first, &last) || last - first > 36600) return KITH_OK;
    size_t days = (size_t)(last - first) + 1, weeks = days / 7, cohorts = (size_t)(until - first) + 1;
    double *repeats = calloc(3 * days + 2 * weeks + 2, sizeof *repeats), *firsts = repeats + days,
           *after = firsts + days, *each = after + days; /* after: expected of a new customer in so many days */
    double actual = 0, before = 0, old = 0;
    double error = 0, later = 0, expected = 0;
    if (!repeats) return kith_no_memory(err);
    kith_purchase_plan plan = plan_of(s, false);
    plan.until = until;
    int status = kith_purchases_days(s->purchases, &plan, first, days, repeats, firsts, err);
    for (size_t w = 1; status == KITH_OK && w <= weeks; w++) {
        for (size_t d = 7 * w - 7; d < 7 * w; d++) actual += repeats[d];
        expected = 0;
        for (size_t d = 0; d < cohorts && d < 7 * w; d++) {
            size_t age = 7 * w - 1 - d;
            if (firsts[d] > 0 && age > 0 && after[age] == 0)
                after[age] = kith_value_expected(fit, 0, 0, 0, (double)age / s->days);
            expected += firsts[d] * after[age];
        }
        each[2 * w - 2] = expected, each[2 * w - 1] = actual;
        if (first + 7 * (int64_t)w - 1 > until) error += fabs((expected - before) - (actual - old)), later++;
        before = expected, old = actual;
    }
    if (status == KITH_OK) {
        kith_model_put_double(m, "holdout", "cumulative_expected", expected);
        kith_model_put_double(m, "holdout", "cumulative_actual", actual);
        kith_model_put_double(m, "holdout", "weekly_mae", error / later);
    }
    for (size_t i = 0; status == KITH_OK && i < 2 * weeks; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu:%s", i / 2 + 1, i % 2 ? "actual" : "expected");
        kith_model_put_double(m, "track", name, each[i]);
    }
    free(repeats);
    return status;
}

static int put_holdout(state *s, kith_model *m, const kith_value_fit *fit, const kith_value_fit *gamma, int64_t until,
                       kith_error *err) {
    int64_t first, last;
    if (!s->events || !kith_purchases_span(s->purchases, &first, &last) || last <= until) return KITH_OK;
    ahead a = {.fit = fit, .gamma = gamma, .t = (double)(last - until) / s->days};
    kith_purchase_plan plan = plan_of(s, fit->method == KITH_VALUE_BGBB);
    if (plan.opportunities) return KITH_OK; /* purchases are not opportunities: nothing to compare */
    KITH_TRY(kith_purchases_histories(s->purchases, &plan, &until, look_ahead, &a, err));
    kith_model_put_double(m, "holdout", "horizon", a.t);
    put_pairs(m, &a.count, "");
    if (gamma) put_pairs(m, &a.spend, "spend_");
    return put_track(s, m, fit, until, err);
}

static void put_heading(const state *s, kith_model *m, const kith_value_fit *fit, const kith_value_fit *gamma,
                        int64_t until) {
    kith_model_put(m, "fit", "method", kith_value_name(fit->method));
    kith_model_put(m, "fit", "unit", s->unit ? s->unit : "week");
    kith_model_put_double(m, "fit", "loglik", fit->loglik);
    kith_model_put_double(m, "fit", "rows", fit->customers);
    kith_model_put_int(m, "fit", "triples", (int64_t)fit->triples);
    kith_model_put_int(m, "fit", "iterations", fit->iterations);
    kith_model_put_int(m, "fit", "converged", fit->converged && (!gamma || gamma->converged));
    if (fit->bound >= 0) kith_model_put(m, "fit", "runs_off", kith_value_parameter(fit->method, (size_t)fit->bound));
    if (until != INT64_MIN) {
        char date[32];
        kith_model_put_str(m, "fit", KITH_STR("until"), (kith_str){date, kith_format_date(until, date)});
    }
    if (gamma) {
        kith_model_put(m, "fit", "spend", "gammagamma");
        kith_model_put_double(m, "fit", "spend_loglik", gamma->loglik);
        kith_model_put_double(m, "fit", "spend_rows", gamma->customers);
        if (gamma->bound >= 0)
            kith_model_put(m, "fit", "spend_runs_off", kith_value_parameter(gamma->method, (size_t)gamma->bound));
    }
    put_fit(m, fit, "param");
    if (gamma) put_fit(m, gamma, fit->method == KITH_VALUE_BGBB ? "spend" : "param");
    kith_model_put(m, "column", "x", s->events || !s->x ? "value_x" : s->x);
    kith_model_put(m, "column", "tx", s->events || !s->tx ? "value_tx" : s->tx);
    kith_model_put(m, "column", "T", s->events || !s->T ? "value_T" : s->T);
    if (gamma) kith_model_put(m, "column", "m", s->events || !s->m ? "value_m" : s->m);
}

static int finish_value(void *v, char delimiter, kith_buf *out, kith_error *err) {
    state *s = v;
    int64_t until = INT64_MIN;
    int threads = kith_cpu_count();
    kith_value_fit fit, gamma;
    if (s->events) {
        kith_purchase_plan plan = plan_of(s, s->method == KITH_VALUE_BGBB);
        s->triples.n = s->spends.n = 0;
        KITH_TRY(kith_purchases_histories(s->purchases, &plan, &until, gather_history, s, err));
    }
    s->triples.n = s->triples.gathered = kith_triples_gather(s->triples.t, s->triples.n);
    s->spends.n = s->spends.gathered = kith_triples_gather(s->spends.t, s->spends.n);
    KITH_TRY(kith_value_estimate(s->method, s->triples.t, s->triples.n, threads, &fit, err));
    if (s->spend) {
        if (!s->spends.n)
            return kith_fail(err, KITH_DATA,
                             "no customer with a repeat purchase of a positive amount: spend cannot be fitted");
        KITH_TRY(kith_value_estimate(KITH_VALUE_GAMMA, s->spends.t, s->spends.n, threads, &gamma, err));
    }
    kith_arena *arena = kith_arena_new();
    kith_model *m = NULL;
    int status = arena ? kith_model_new(arena, "value", 1, &m, err) : kith_no_memory(err);
    if (status == KITH_OK) {
        put_heading(s, m, &fit, s->spend ? &gamma : NULL, until);
        status = put_holdout(s, m, &fit, s->spend ? &gamma : NULL, until, err);
    }
    if (status == KITH_OK) {
        kith_row_writer w = kith_row_begin(out, delimiter);
        kith_put_string(&w, "part"), kith_put_string(&w, "name"), kith_put_string(&w, "value");
        kith_row_end(&w);
        for (size_t i = 0; i < m->n; i++) {
            kith_put_text(&w, m->rows[i].part);
            kith_put_text(&w, m->rows[i].name);
            kith_put_text(&w, m->rows[i].value);
            kith_row_end(&w);
        }
        if (m->failed || out->failed) status = kith_no_memory(err);
    }
    kith_arena_free(arena);
    return status;
}

const kith_fold kith_summary_fold = {
    .name = "score.summary",
    .version = 1,
    .init = init,
    .bind = bind,
    .step = step,
    .merge = merge,
    .subtract = subtract,
    .finish = finish_summary,
    .save = save,
    .load = load,
    .free = free_state,
};

const kith_fold kith_value_fold = {
    .name = "score.fit value",
    .version = 1,
    .model = true,
    .init = init,
    .bind = bind,
    .step = step,
    .merge = merge,
    .subtract = subtract,
    .finish = finish_value,
    .save = save,
    .load = load,
    .free = free_state,
};
