/* From periods to part,name,value: the design, the options about channels, the fit in words, curves and the budget. */
#include <kith/distributions.h>
#include <kith/mix_report.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool kith_mix_table_add(kith_mix_table *t, const double *values, size_t wide, int64_t us, bool dated) {
    if (t->rows == t->room) {
        size_t more = t->room ? t->room * 2 : 256;
        double *v = realloc(t->values, more * wide * sizeof *v);
        if (v) t->values = v;
        int64_t *u = realloc(t->us, more * sizeof *u);
        if (u) t->us = u;
        if (!v || !u) return false;
        t->room = more;
        t->wide = wide;
    }
    memcpy(t->values + t->rows * wide, values, wide * sizeof *values);
    t->us[t->rows++] = us;
    t->dated += dated;
    return true;
}

void kith_mix_table_free(kith_mix_table *t) {
    free(t->values);
    free(t->us);
    *t = (kith_mix_table){0};
}

typedef struct dated {
    int64_t us;
    size_t row;
} dated;

static int by_date(const void *a, const void *b) {
    const dated *x = a, *y = b;
    if (x->us != y->us) return x->us < y->us ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

typedef struct writer {
    kith_row_writer w;
    kith_arena *arena;
    bool failed;
} writer;

static void put(writer *w, const char *part, kith_str name, double value) {
    kith_put_string(&w->w, part);
    kith_put_text(&w->w, name);
    kith_put_double(&w->w, value);
    kith_row_end(&w->w);
}

static void say(writer *w, kith_str name, const char *words) {
    kith_put_string(&w->w, "note");
    kith_put_text(&w->w, name);
    kith_put_string(&w->w, words);
    kith_row_end(&w->w);
}

/* ---- options about channels ------------------------------------------------------------------------------------ */

static size_t channel_named(const kith_mix_plan *p, kith_str name) {
    for (size_t c = 0; c < p->channels; c++)
        if (kith_str_equal(p->channel_names[c], name)) return c;
    return SIZE_MAX;
}

static bool cut(kith_str text, char at, kith_str *left, kith_str *right) { /* at the last one */
    for (size_t i = text.n; i-- > 0;)
        if (text.p[i] == at) {
            *left = (kith_str){text.p, i};
            *right = (kith_str){text.p + i + 1, text.n - i - 1};
            return true;
        }
    return false;
}

static int fix_one(const kith_mix_plan *p, kith_mix *m, kith_str item, kith_error *err) {
    kith_str left, right, name, parameter;
    double v;
    size_t c;
    if (!cut(item, '=', &left, &right) || !kith_parse_double(right, &v) || !cut(left, '.', &name, &parameter) ||
        (c = channel_named(p, name)) == SIZE_MAX)
        return kith_fail(err, KITH_USAGE, "--fix takes CHANNEL.SHAPE=NUMBER, such as tv.alpha=.5");
    for (size_t i = 0; i < KITH_MIX_SHAPE; i++) {
        const char *known = kith_mix_parameter_names[p->adstock][p->saturation][i];
        if (!known || !kith_str_is(parameter, known)) continue;
        if (!(v >= 0) || (i == 0 && p->adstock == KITH_ADSTOCK_GEOMETRIC ? v >= 1 : v == 0)) return kith_fail(err, KITH_USAGE, "--fix: %s is out of its range", known);
        m->channel[c].shape[i] = v;
        m->channel[c].fixed[i] = true;
        return KITH_OK;
    }
    return kith_fail(err, KITH_USAGE, "--fix: this adstock and saturation have no such shape");
}

static bool two(kith_str text, double *a, double *b) {
    kith_str left, right;
    return cut(text, ':', &left, &right) && kith_parse_double(left, a) && kith_parse_double(right, b);
}

/* Calls for each item of a list. */
typedef int (*with_item)(const kith_mix_plan *p, kith_mix *m, kith_str item, double *low_high, kith_error *err);

static int fix_item(const kith_mix_plan *p, kith_mix *m, kith_str item, double *low_high, kith_error *err) {
    (void)low_high;
    return fix_one(p, m, item, err);
}

static int prior_item(const kith_mix_plan *p, kith_mix *m, kith_str item, double *low_high, kith_error *err) {
    kith_str name, value;
    size_t c;
    double mean, sd;
    (void)low_high;
    if (!cut(item, '=', &name, &value) || (c = channel_named(p, name)) == SIZE_MAX || !two(value, &mean, &sd) || !(sd > 0))
        return kith_fail(err, KITH_USAGE, "--prior takes CHANNEL=MEAN:DEVIATION of its return");
    m->channel[c].has_prior = true;
    m->channel[c].prior_mean = mean;
    m->channel[c].prior_sd = sd;
    return KITH_OK;
}

static int bounds_item(const kith_mix_plan *p, kith_mix *m, kith_str item, double *low_high, kith_error *err) {
    kith_str name, value;
    double low, high;
    (void)m;
    if (!cut(item, '=', &name, &value) || !two(value, &low, &high) || !(low >= 0 && high >= low))
        return kith_fail(err, KITH_USAGE, "--bounds takes CHANNEL=LOW:HIGH or all=LOW:HIGH");
    size_t only = kith_str_is(name, "all") ? SIZE_MAX : channel_named(p, name);
    if (only == SIZE_MAX && !kith_str_is(name, "all")) return kith_fail(err, KITH_USAGE, "--bounds names a channel that is not there");
    for (size_t c = 0; c < p->channels; c++)
        if (only == SIZE_MAX || c == only) {
            low_high[2 * c] = low;
            low_high[2 * c + 1] = high;
        }
    return KITH_OK;
}

static int each(const char *list, with_item f, const kith_mix_plan *p, kith_mix *m, double *low_high, kith_error *err) {
    while (list && *list) {
        size_t n = strcspn(list, ",");
        if (n) KITH_TRY(f(p, m, (kith_str){list, n}, low_high, err));
        list += n + (list[n] == ',');
    }
    return KITH_OK;
}

/* ---- the design ------------------------------------------------------------------------------------------------ */

static int design(kith_mix_table *t, const kith_mix_plan *p, kith_arena *arena, kith_mix *m, kith_str **control_names, kith_error *err) {
    size_t C = p->channels, K = p->controls + p->intercept + p->trend + 2 * p->season;
    double *y = kith_arena_alloc(arena, (t->rows * (1 + C + K) + 1) * sizeof *y), *spend = y + t->rows, *control = spend + t->rows * C;
    dated *order = kith_arena_alloc(arena, (t->rows + 1) * sizeof *order);
    kith_str *names = kith_arena_alloc(arena, (K + 1) * sizeof *names);
    bool dates = t->rows && t->dated == t->rows;
    if (!y || !order || !names) return kith_no_memory(err);
    for (size_t i = 0; i < t->rows; i++) order[i] = (dated){t->us[i], i};
    if (dates) qsort(order, t->rows, sizeof *order, by_date);
    for (size_t i = 0; i < t->rows; i++) {
        const double *v = t->values + order[i].row * t->wide;
        size_t k = 0;
        y[i] = v[0];
        memcpy(spend + i * C, v + 1, C * sizeof *v);
        if (p->intercept) names[k] = KITH_STR("(intercept)"), control[i * K + k++] = 1;
        if (p->trend) names[k] = KITH_STR("(trend)"), control[i * K + k++] = (double)i;
        for (size_t s = 1; s <= p->season; s++) {
            double angle = 2 * 3.14159265358979323846 * (double)s;
            if (dates) {
                int64_t year, days = order[i].us / KITH_US_PER_DAY - (order[i].us % KITH_US_PER_DAY < 0);
                int month, day;
                kith_civil_from_days(days, &year, &month, &day);
                angle *= (double)(days - kith_days_from_civil(year, 1, 1) + 1) / 365.25;
            } else
                angle *= (double)i / p->season_length;
            for (int side = 0; side < 2; side++) {
                const char *name = i ? NULL : kith_arena_format(arena, "(%s%zu)", side ? "cos" : "sin", s);
                if (!i && !name) return kith_no_memory(err);
                if (!i) names[k] = kith_str_of(name);
                control[i * K + k++] = side ? cos(angle) : sin(angle);
            }
        }
        for (size_t j = 0; j < p->controls; j++) names[k] = p->control_names[j], control[i * K + k++] = v[1 + C + j];
    }
    *control_names = names;
    m->rows = t->rows;
    m->channels = C;
    m->controls = K;
    m->outcome = y;
    m->spend = spend;
    m->control = control;
    return KITH_OK;
}

/* ---- the words ------------------------------------------------------------------------------------------------- */

static void notes(const kith_mix_plan *p, const kith_mix *m, const kith_mix_fit *f, writer *w) {
    if (!f->converged) say(w, (kith_str){0}, "the search has not converged: read the shapes with care");
    for (size_t c = 0; c < p->channels; c++) {
        char *words = NULL;
        if (f->inflation[c] > 10)
            words = f->twin[c] == SIZE_MAX ? kith_arena_format(w->arena, "cannot be told apart from the controls (variance inflation %.3g)", f->inflation[c])
                                           : kith_arena_format(w->arena, "cannot be told apart from the others, most of all from %.*s (variance inflation %.3g)",
                                                               KITH_STR_FMT(p->channel_names[f->twin[c]]), f->inflation[c]);
        if (words) say(w, p->channel_names[c], words);
        if (f->beta[c] < 0) say(w, p->channel_names[c], "a negative effect: a confounder is likely missing");
        if (isnan(f->returns_se[c])) say(w, p->channel_names[c], "the data do not determine its shapes: no interval");
        for (size_t i = 0; i < KITH_MIX_SHAPE; i++)
            if (f->at_bound[c * KITH_MIX_SHAPE + i]) {
                words = kith_arena_format(w->arena, "%s lies at the edge of its range", kith_mix_parameter_names[m->adstock][m->saturation][i]);
                if (words) say(w, p->channel_names[c], words);
                else w->failed = true;
            }
    }
}

static void fitted(const kith_mix_plan *p, const kith_mix *m, const kith_mix_fit *f, const kith_str *controls, writer *w) {
    put(w, "fit", KITH_STR("rows"), (double)m->rows);
    put(w, "fit", KITH_STR("columns"), (double)(m->channels + m->controls));
    put(w, "fit", KITH_STR("rss"), f->rss);
    put(w, "fit", KITH_STR("r2"), f->r2);
    put(w, "fit", KITH_STR("sigma"), f->sigma);
    put(w, "fit", KITH_STR("converged"), f->converged);
    for (size_t c = 0; c < p->channels; c++) {
        kith_str name = p->channel_names[c];
        double z = kith_normal_quantile(.975) * f->returns_se[c];
        for (size_t i = 0; i < KITH_MIX_SHAPE; i++) {
            const char *shape = kith_mix_parameter_names[m->adstock][m->saturation][i];
            if (shape) put(w, shape, name, m->channel[c].shape[i]);
        }
        put(w, "beta", name, f->beta[c]);
        put(w, "spend", name, f->spent[c]);
        put(w, "contribution", name, f->contribution[c]);
        put(w, "share", name, f->share[c]);
        put(w, "return", name, f->returns[c]);
        put(w, "return_low", name, f->returns[c] - z);
        put(w, "return_high", name, f->returns[c] + z);
        put(w, "marginal", name, f->marginal[c]);
        put(w, "inflation", name, f->inflation[c]);
    }
    for (size_t k = 0; k < m->controls; k++) put(w, "coefficient", controls[k], f->gamma[k]);
}

static void curves(const kith_mix_plan *p, const kith_mix *m, const kith_mix_fit *f, writer *w) {
    for (size_t c = 0; c < p->channels; c++)
        for (int k = 0; k <= 8; k++) {
            char number[32];
            double spend = f->spent[c] / (double)m->rows * k / 4;
            kith_format_double(spend, number);
            char *name = kith_arena_format(w->arena, "%.*s:%s", KITH_STR_FMT(p->channel_names[c]), number);
            if (name) put(w, "curve", kith_str_of(name), kith_mix_response(m, f, c, spend));
            else w->failed = true;
        }
}

static int budget(const kith_mix_plan *p, const kith_mix *m, const kith_mix_fit *f, double *low_high, writer *w, kith_error *err) {
    size_t C = p->channels;
    double *room = kith_arena_alloc(w->arena, 3 * C * sizeof *room), *low = room, *high = room + C, *spend = room + 2 * C, total = 0, now = 0, then = 0;
    if (!room) return kith_no_memory(err);
    for (size_t c = 0; c < C; c++) {
        double mean = f->spent[c] / (double)m->rows;
        low[c] = low_high[2 * c] * mean;
        high[c] = low_high[2 * c + 1] * mean;
        total += mean;
        now += kith_mix_response(m, f, c, mean);
    }
    KITH_TRY(kith_mix_allocate(m, f, p->budget > 0 ? p->budget : total, low, high, spend, err));
    for (size_t c = 0; c < C; c++) {
        put(w, "budget", p->channel_names[c], spend[c]);
        put(w, "budget_change", p->channel_names[c], spend[c] / (f->spent[c] / (double)m->rows) - 1);
        then += kith_mix_response(m, f, c, spend[c]);
    }
    put(w, "budget_total", KITH_STR("spend"), p->budget > 0 ? p->budget : total);
    put(w, "budget_total", KITH_STR("response"), then);
    put(w, "budget_total", KITH_STR("response_now"), now);
    return KITH_OK;
}

int kith_mix_table_report(kith_mix_table *t, const kith_mix_plan *p, kith_arena *arena, char delimiter, kith_buf *out, kith_error *err) {
    kith_mix m = {.adstock = p->adstock, .saturation = p->saturation, .lags = p->lags, .ridge = p->ridge, .seed = p->seed};
    kith_mix_fit f;
    kith_str *controls;
    writer w = {kith_row_begin(out, delimiter), arena, false};
    kith_put_string(&w.w, "part"), kith_put_string(&w.w, "name"), kith_put_string(&w.w, "value");
    kith_row_end(&w.w);
    m.channel = kith_arena_zalloc(arena, (p->channels + 1) * sizeof *m.channel);
    double *low_high = kith_arena_alloc(arena, (2 * p->channels + 1) * sizeof *low_high);
    if (!m.channel || !low_high) return kith_no_memory(err);
    for (size_t c = 0; c < p->channels; c++) {
        static const double geometric[KITH_MIX_SHAPE] = {.3, 1, 2, 1}, weibull[KITH_MIX_SHAPE] = {1, 2, 2, 1};
        memcpy(m.channel[c].shape, p->adstock == KITH_ADSTOCK_WEIBULL ? weibull : geometric, sizeof geometric);
        if (p->saturation == KITH_SATURATION_HILL) m.channel[c].shape[2] = .5;
        low_high[2 * c] = .5;
        low_high[2 * c + 1] = 1.5;
    }
    KITH_TRY(each(p->fix, fix_item, p, &m, low_high, err));
    KITH_TRY(each(p->prior, prior_item, p, &m, low_high, err));
    KITH_TRY(each(p->bounds, bounds_item, p, &m, low_high, err));
    if (!t->rows) return out->failed ? kith_no_memory(err) : KITH_OK; /* nothing but the header */
    KITH_TRY(design(t, p, arena, &m, &controls, err));
    KITH_TRY(kith_mix_solve(&m, arena, &f, err));
    fitted(p, &m, &f, controls, &w);
    notes(p, &m, &f, &w);
    curves(p, &m, &f, &w);
    KITH_TRY(budget(p, &m, &f, low_high, &w, err));
    return out->failed || w.failed ? kith_no_memory(err) : KITH_OK;
}
