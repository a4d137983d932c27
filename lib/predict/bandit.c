/* Learning from outcomes: offers' posteriors, and off-policy evaluation by propensities. */
#include <kith/learned.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PRIOR = 20; /* contacts that the prediction itself is worth */

static int order(kith_str offer, kith_str channel, const kith_learned_row *r) {
    int c = kith_str_compare(offer, r->offer);
    return c ? c : kith_str_compare(channel, r->channel);
}

static int find(kith_learned *l, kith_str offer, kith_str channel, kith_learned_row **row, kith_error *err) {
    size_t low = 0, high = l->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = order(offer, channel, &l->rows[mid]);
        if (c == 0) {
            *row = &l->rows[mid];
            return KITH_OK;
        }
        if (c > 0) low = mid + 1;
        else high = mid;
    }
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 64;
        kith_learned_row *rows = kith_arena_alloc(l->arena, room * sizeof *rows);
        if (!rows) return kith_no_memory(err);
        if (l->n) memcpy(rows, l->rows, l->n * sizeof *rows);
        l->rows = rows;
        l->room = room;
    }
    const char *o = kith_arena_copy(l->arena, offer.n ? offer.p : "", offer.n), *c = kith_arena_copy(l->arena, channel.n ? channel.p : "", channel.n);
    if (!o || !c) return kith_no_memory(err);
    memmove(l->rows + low + 1, l->rows + low, (l->n - low) * sizeof *l->rows);
    l->n++;
    l->rows[low] = (kith_learned_row){.offer = {o, offer.n}, .channel = {c, channel.n}};
    *row = &l->rows[low];
    return KITH_OK;
}

int kith_learned_add(kith_learned *l, kith_str offer, kith_str channel, double predicted, double outcome, kith_error *err) {
    kith_learned_row *row;
    KITH_TRY(find(l, offer, channel, &row, err));
    row->contacts += 1;
    row->predicted += predicted;
    row->outcomes += outcome;
    row->squares += outcome * outcome;
    return KITH_OK;
}

void kith_learned_factor(const kith_learned_row *r, double *mean, double *low, double *high) {
    double unit = r->contacts > 0 && r->predicted > 0 ? r->predicted / r->contacts : 1, prior = PRIOR * unit;
    double predicted = r->predicted > 0 ? r->predicted : 0, outcomes = r->outcomes > 0 ? r->outcomes : 0;
    *mean = (prior + outcomes) / (prior + predicted);
    /* in events: the outcomes' mean size of one, Σy²/Σy, makes a Gamma count of them */
    double size = outcomes > 0 && r->squares > 0 ? r->squares / outcomes : unit, shape = (prior + outcomes) / size;
    double z = 1.959963984540054, a = 1 / (9 * shape), s = sqrt(a);
    double l = 1 - a - z * s, h = 1 - a + z * s;
    *low = *mean * (l > 0 ? l * l * l : 0);
    *high = *mean * h * h * h;
}

int kith_learned_put(kith_model *m, const kith_learned *l, kith_error *err) {
    for (size_t i = 0; i < l->n; i++) {
        const kith_learned_row *r = &l->rows[i];
        double mean, low, high;
        kith_learned_factor(r, &mean, &low, &high);
        kith_model_put_str(m, "offer", KITH_STR("offer"), r->offer);
        kith_model_put_str(m, "offer", KITH_STR("channel"), r->channel);
        kith_model_put_double(m, "offer", "contacts", r->contacts);
        kith_model_put_double(m, "offer", "predicted", r->predicted);
        kith_model_put_double(m, "offer", "outcomes", r->outcomes);
        kith_model_put_double(m, "offer", "squares", r->squares);
        kith_model_put_double(m, "offer", "factor", mean);
        kith_model_put_double(m, "offer", "factor_low", low);
        kith_model_put_double(m, "offer", "factor_high", high);
    }
    return m->failed ? kith_no_memory(err) : KITH_OK;
}

int kith_learned_get(const kith_model *m, kith_learned *l, kith_error *err) {
    enum { FIELDS = 9 };
    size_t from, to;
    if (!kith_str_is(kith_model_kind(m), "offers"))
        return kith_fail(err, KITH_DATA, "%s: not what kith score update learns about offers", m->file ? m->file : "model");
    kith_model_part(m, "offer", &from, &to);
    bool good = (to - from) % FIELDS == 0;
    for (size_t i = from; i < to && good; i += FIELDS) {
        kith_learned_row *row;
        double v[4];
        for (int k = 0; k < 4 && good; k++) good = kith_parse_double(m->rows[i + 2 + (size_t)k].value, &v[k]) && isfinite(v[k]);
        if (!good || v[0] < 0 || v[3] < 0) break;
        KITH_TRY(find(l, m->rows[i].value, m->rows[i + 1].value, &row, err));
        row->contacts += v[0];
        row->predicted += v[1];
        row->outcomes += v[2];
        row->squares += v[3];
    }
    return good ? KITH_OK : kith_fail(err, KITH_DATA, "%s: the part offer is damaged", m->file ? m->file : "model");
}

int kith_learned_factors(kith_arena *arena, const char *path, const char *const *offer, const char *const *channel, size_t n,
                         double *factor, kith_error *err) {
    kith_model *m;
    kith_learned l = {.arena = arena};
    KITH_TRY(kith_model_read(arena, path, &m, err));
    KITH_TRY(kith_learned_get(m, &l, err));
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < l.n; i++)
            if (kith_str_is(l.rows[i].offer, offer[k]) && kith_str_is(l.rows[i].channel, channel[k])) {
                double low, high;
                kith_learned_factor(&l.rows[i], &factor[k], &low, &high);
            }
    return KITH_OK;
}

/* ---- off-policy evaluation ---------------------------------------------------------------------------------- */

static kith_measure interval(const char *name, double value, double variance) {
    double half = 1.959963984540054 * sqrt(variance > 0 ? variance : 0);
    return (kith_measure){name, value, value - half, value + half};
}

int kith_eval_policy(const double *outcome, const double *propensity, const double *wanted, const double *predicted,
                     const double *predicted_new, size_t n, kith_arena *arena, kith_measure **out, size_t *n_out, kith_error *err) {
    kith_measure *list = kith_arena_zalloc(arena, 6 * sizeof *list);
    double weights = 0, squares = 0, sum = 0, logged = 0, dr = 0, nn = (double)n;
    if (!list) return kith_no_memory(err);
    if (n < 2) return kith_fail(err, KITH_DATA, "fewer than two logged choices");
    bool robust = predicted && predicted_new;
    for (size_t i = 0; i < n; i++) {
        if (!(propensity[i] > 0 && propensity[i] <= 1)) return kith_fail(err, KITH_DATA, "row %zu: a propensity must be above 0 and at most 1", i + 1);
        if (!(wanted[i] >= 0 && wanted[i] <= 1)) return kith_fail(err, KITH_DATA, "row %zu: the new policy's probability must be from 0 to 1", i + 1);
        double w = wanted[i] / propensity[i];
        weights += w;
        squares += w * w;
        sum += w * outcome[i];
        logged += outcome[i];
        if (robust) dr += predicted_new[i] + w * (outcome[i] - predicted[i]);
    }
    double ips = sum / nn, snips = weights > 0 ? sum / weights : NAN, mean = logged / nn, v_ips = 0, v_snips = 0, v_logged = 0, v_dr = 0;
    dr /= nn;
    for (size_t i = 0; i < n; i++) {
        double w = wanted[i] / propensity[i], a = w * outcome[i] - ips, b = w * (outcome[i] - snips), c = outcome[i] - mean;
        v_ips += a * a;
        v_snips += b * b;
        v_logged += c * c;
        if (robust) {
            double d = predicted_new[i] + w * (outcome[i] - predicted[i]) - dr;
            v_dr += d * d;
        }
    }
    size_t k = 0;
    list[k++] = interval("logged", mean, v_logged / (nn * (nn - 1)));
    list[k++] = interval("ips", ips, v_ips / (nn * (nn - 1)));
    list[k++] = interval("snips", snips, weights > 0 ? v_snips / (weights * weights) : NAN);
    if (robust) list[k++] = interval("dr", dr, v_dr / (nn * (nn - 1)));
    list[k++] = (kith_measure){"effective_n", squares > 0 ? weights * weights / squares : 0, NAN, NAN};
    list[k++] = (kith_measure){"rows", nn, NAN, NAN};
    *out = list;
    *n_out = k;
    return KITH_OK;
}
