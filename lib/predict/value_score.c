/* Value models on person rows: expected purchases over a horizon, P(alive), discounted lifetime value with its
 * interval.
 *
 * Everything but P(alive) and spend depends on (x, T) alone: each worker keeps what it computed in a direct-mapped
 * cache, so that a million rows cost some thousand hypergeometric sums. The interval is that of the estimate (delta
 * method on the logarithm, from the parameters' covariance), not of the single customer's luck. */
#include <kith/purchases.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1 << 14, X = 0, TX, T_, M_ };

typedef struct self {
    kith_value_fit fit, gamma;
    bool spend;
    double horizon, rate; /* rate per unit, continuous */
} self;

typedef struct known { /* what (x, T) decides */
    double x, T, expected, worth, gradient[KITH_VALUE_MOST];
    bool full;
} known;

static int read_fit(const kith_model *m, kith_value_method method, const char *part, const char *covariance,
                    kith_value_fit *fit, kith_error *err) {
    size_t n = kith_value_size(method);
    *fit = (kith_value_fit){.method = method, .bound = -1};
    for (size_t i = 0; i < n; i++) {
        KITH_TRY(kith_model_number(m, part, kith_value_parameter(method, i), &fit->p[i], err));
        if (!(fit->p[i] > 0 && fit->p[i] < 1e300))
            return kith_fail(err, KITH_DATA, "%s: %s,%s is not positive", m->file, part,
                             kith_value_parameter(method, i));
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            char name[64];
            double v;
            snprintf(name, sizeof name, "%s:%s", kith_value_parameter(method, i), kith_value_parameter(method, j));
            kith_str text = kith_model_get(m, covariance, name);
            if (!text.p || !kith_parse_double(text, &v)) v = NAN; /* no interval then */
            fit->covariance[i * n + j] = fit->covariance[j * n + i] = v;
        }
    }
    return KITH_OK;
}

static int load(kith_scorer *s, const kith_model *m, const kith_score_options *o, kith_error *err) {
    self *me = kith_arena_zalloc(s->arena, sizeof *me);
    s->needs = kith_arena_alloc(s->arena, 4 * sizeof *s->needs);
    s->adds = kith_arena_alloc(s->arena, 5 * sizeof *s->adds);
    if (!me || !s->needs || !s->adds) return kith_no_memory(err);
    s->self = me;
    kith_str method = kith_model_get(m, "fit", "method"), unit = kith_model_get(m, "fit", "unit");
    char text[32] = "";
    kith_value_method which;
    if (method.n < sizeof text) memcpy(text, method.p ? method.p : "", method.n);
    if (!kith_value_find(text, &which) || which == KITH_VALUE_GAMMA)
        return kith_fail(err, KITH_DATA, "%s: fit,method is no method of value", m->file);
    KITH_TRY(read_fit(m, which, "param", "covariance", &me->fit, err));
    me->spend = kith_model_get(m, "fit", "spend").n > 0;
    bool apart = which == KITH_VALUE_BGBB;
    if (me->spend)
        KITH_TRY(read_fit(m, KITH_VALUE_GAMMA, apart ? "spend" : "param", apart ? "spend_covariance" : "covariance",
                          &me->gamma, err));
    static const char *const columns[] = {"x", "tx", "T", "m"};
    s->n_needs = me->spend ? 4 : 3;
    for (size_t i = 0; i < s->n_needs; i++) {
        kith_str name = kith_model_get(m, "column", columns[i]);
        s->needs[i] = name.n ? kith_arena_copy(s->arena, name.p, name.n) : NULL;
        if (!s->needs[i]) return kith_fail(err, KITH_DATA, "%s: column,%s is missing", m->file, columns[i]);
    }
    static const char *const adds[] = {"expected", "alive", "clv", "low", "high"};
    s->n_adds = 5;
    for (size_t i = 0; i < 5; i++) s->adds[i] = adds[i];
    me->horizon = isnan(o->horizon) ? 39 : o->horizon;
    double discount = isnan(o->discount) ? .1 : o->discount;
    if (!(me->horizon >= 0 && me->horizon < 1e6))
        return kith_fail(err, KITH_USAGE, "--horizon is 0 to a million units");
    if (!(discount > -1 && discount < 1e3)) return kith_fail(err, KITH_USAGE, "--discount is a rate per year above -1");
    double days = kith_str_is(unit, "day") ? 1 : kith_str_is(unit, "year") ? 365.25 : 7;
    me->rate = log1p(discount) * days / 365.25;
    return KITH_OK;
}

static int work(const kith_scorer *s, void **worker, kith_error *err) {
    (void)s;
    *worker = calloc(SLOTS, sizeof(known));
    return *worker ? KITH_OK : kith_no_memory(err);
}

static void unwork(const kith_scorer *s, void *worker) {
    (void)s;
    free(worker);
}

static const known *lookup(const self *me, known *cache, double x, double T) {
    double key[2] = {x, T};
    known *k = &cache[kith_hash(key, sizeof key, 0) & (SLOTS - 1)];
    if (k->full && k->x == x && k->T == T) return k;
    k->full = true, k->x = x, k->T = T;
    k->expected = kith_value_expected_alive(&me->fit, x, T, me->horizon);
    k->worth = kith_value_discounted_alive(&me->fit, x, T, me->horizon, me->rate);
    size_t n = kith_value_size(me->fit.method);
    for (size_t i = 0; i < n; i++) {
        kith_value_fit up = me->fit, down = me->fit;
        up.p[i] *= exp(1e-4), down.p[i] *= exp(-1e-4);
        k->gradient[i] = k->worth > 0 ? (kith_value_expected_alive(&up, x, T, me->horizon) -
                                         kith_value_expected_alive(&down, x, T, me->horizon)) /
                                            (2e-4 * k->expected)
                                      : 0;
    }
    return k;
}

static double quadratic(size_t n, const double *covariance, const double *g) {
    double v = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) v += g[i] * g[j] * covariance[i * n + j];
    }
    return v;
}

static int put(const kith_scorer *s, void *worker, const kith_batch *b, uint32_t row, kith_row_writer *w, kith_out *out,
               kith_error *err) {
    const self *me = s->self;
    double v[4] = {0, 0, 0, NAN};
    bool missing[4] = {false, false, false, true};
    for (size_t i = 0; i < s->n_needs; i++) {
        kith_cell_state state = kith_cell_double(b, row, s->columns[i], &v[i]);
        if (state == KITH_CELL_BAD)
            return kith_bad_row(b, row, s->columns[i], "not_a_number", "not a number", out, err);
        missing[i] = state == KITH_CELL_MISSING;
    }
    if (missing[TX] && !missing[X] && v[X] == 0) v[TX] = 0, missing[TX] = false;
    if (missing[X] || missing[TX] || missing[T_]) {
        for (int i = 0; i < 5; i++) kith_put_missing(w);
        return KITH_OK;
    }
    kith_triple t = {v[X], v[TX], v[T_], 1};
    const char *fault = kith_triple_fault(me->fit.method, &t);
    if (fault) return kith_bad_row(b, row, UINT32_MAX, "bad_history", fault, out, err);
    const known *k = lookup(me, worker, t.x, t.T);
    double alive = kith_value_alive(&me->fit, t.x, t.tx, t.T);
    kith_put_double(w, alive * k->expected);
    kith_put_double(w, alive);
    if (!me->spend) {
        for (int i = 0; i < 3; i++) kith_put_missing(w);
        return KITH_OK;
    }
    bool paid = t.x > 0 && !missing[M_] && v[M_] > 0;
    double x = paid ? t.x : 0, m = paid ? v[M_] : 0, worth = alive * k->worth * kith_value_spend(&me->gamma, x, m);
    double g[KITH_VALUE_MOST], gs[KITH_VALUE_MOST];
    size_t n = kith_value_size(me->fit.method);
    kith_value_alive_gradient(&me->fit, t.x, t.tx, t.T, g);
    for (size_t i = 0; i < n; i++) g[i] += k->gradient[i];
    kith_value_spend_gradient(&me->gamma, x, m, gs);
    double sd = sqrt(quadratic(n, me->fit.covariance, g) + quadratic(3, me->gamma.covariance, gs));
    kith_put_double(w, worth);
    kith_put_double(w, worth * exp(-1.959963984540054 * sd));
    kith_put_double(w, worth * exp(1.959963984540054 * sd));
    return KITH_OK;
}

const kith_scorer_kind kith_scorer_value = {
    .kind = "value",
    .version = 1,
    .prefix = "value",
    .load = load,
    .work = work,
    .unwork = unwork,
    .put = put,
};
