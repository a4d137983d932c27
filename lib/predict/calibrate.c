/* Calibration: scores to probabilities, by Platt's line or by isotonic steps; and how well a single feature ranks. */
#include <kith/lead.h>
#include <kith/metrics.h>

#include <math.h>
#include <stdlib.h>

static int platt(const double *score, const double *y, const double *weight, size_t n, kith_calibration *c,
                 kith_error *err) {
    double ones = 0, zeros = 0;
    for (size_t i = 0; i < n; i++) {
        double w = weight ? weight[i] : 1;
        ones += w * y[i];
        zeros += w * (1 - y[i]);
    }
    double yes = (ones + 1) / (ones + 2), no = 1 / (zeros + 2), s = 1, b = 0, value = INFINITY, ds = 0, db = 0;
    for (int step = 0; step < 200; step++) { /* Newton; a step that makes it worse is halved */
        double loss = 0, g0 = 0, g1 = 0, h00 = 1e-12, h01 = 0, h11 = 1e-12;
        for (size_t i = 0; i < n; i++) {
            double w = weight ? weight[i] : 1, t = no + y[i] * (yes - no), eta = b + s * score[i], p = kith_logistic(eta);
            loss += w * kith_log_loss(eta, t);
            g0 += w * (p - t);
            g1 += w * (p - t) * score[i];
            h00 += w * p * (1 - p);
            h01 += w * p * (1 - p) * score[i];
            h11 += w * p * (1 - p) * score[i] * score[i];
        }
        if (!(loss <= value) && fabs(ds) + fabs(db) > 1e-12) {
            ds /= 2;
            db /= 2;
            s -= ds;
            b -= db;
            continue;
        }
        value = loss;
        double det = h00 * h11 - h01 * h01;
        if (!(det > 0)) return kith_fail(err, KITH_DATA, "all scores are alike: nothing to calibrate");
        db = -(h11 * g0 - h01 * g1) / det;
        ds = -(h00 * g1 - h01 * g0) / det;
        if (fabs(ds) + fabs(db) < 1e-12) break;
        b += db;
        s += ds;
    }
    if (!isfinite(s) || !isfinite(b)) return kith_fail(err, KITH_DATA, "the calibration did not converge");
    c->slope = s;
    c->intercept = b;
    return KITH_OK;
}

typedef struct pool {
    double low, high; /* scores */
    double sum, weight;
} pool;

static int isotonic(const double *score, const double *y, const double *weight, size_t n, kith_arena *arena,
                    kith_calibration *c, kith_error *err) {
    uint32_t *order = malloc((n + 1) * sizeof *order);
    pool *p = malloc((n + 1) * sizeof *p);
    int status = order && p ? kith_order_down(score, n, false, order, err) : kith_no_memory(err);
    size_t m = 0;
    for (size_t k = n; status == KITH_OK && k-- > 0;) { /* upwards */
        size_t i = order[k];
        double w = weight ? weight[i] : 1;
        if (!(w > 0)) continue;
        if (m && p[m - 1].low == score[i] && p[m - 1].high == score[i]) {
            p[m - 1].sum += w * y[i];
            p[m - 1].weight += w;
        } else {
            p[m++] = (pool){score[i], score[i], w * y[i], w};
        }
        bool last_of_ties = k == 0 || score[order[k - 1]] != score[i];
        while (last_of_ties && m > 1 && p[m - 2].sum * p[m - 1].weight >= p[m - 1].sum * p[m - 2].weight) {
            p[m - 2].sum += p[m - 1].sum;
            p[m - 2].weight += p[m - 1].weight;
            p[m - 2].high = p[m - 1].high;
            m--;
        }
    }
    if (status == KITH_OK) {
        c->x = kith_arena_alloc(arena, (2 * m + 1) * sizeof *c->x);
        c->y = kith_arena_alloc(arena, (2 * m + 1) * sizeof *c->y);
        if (!c->x || !c->y) status = kith_no_memory(err);
    }
    for (size_t k = 0; k < m && status == KITH_OK; k++) {
        c->x[c->n] = p[k].low;
        c->y[c->n++] = p[k].sum / p[k].weight;
        if (p[k].high > p[k].low) {
            c->x[c->n] = p[k].high;
            c->y[c->n++] = p[k].sum / p[k].weight;
        }
    }
    free(order);
    free(p);
    return status;
}

int kith_calibration_fit(int method, const double *score, const double *y, const double *weight, size_t n,
                         kith_arena *arena, kith_calibration *c, kith_error *err) {
    *c = (kith_calibration){.slope = 1};
    if (n == 0) return kith_fail(err, KITH_DATA, "no rows to calibrate on");
    switch (method) {
    case KITH_CALIBRATION_PLATT: c->method = KITH_CALIBRATION_PLATT; return platt(score, y, weight, n, c, err);
    case KITH_CALIBRATION_ISOTONIC:
        c->method = KITH_CALIBRATION_ISOTONIC;
        return isotonic(score, y, weight, n, arena, c, err);
    default: c->method = KITH_CALIBRATION_NONE; return KITH_OK;
    }
}

double kith_calibrate(const kith_calibration *c, double score) {
    if (c->method != KITH_CALIBRATION_ISOTONIC) return kith_logistic(c->intercept + c->slope * score);
    if (c->n == 0 || isnan(score)) return NAN;
    if (score <= c->x[0]) return c->y[0];
    if (score >= c->x[c->n - 1]) return c->y[c->n - 1];
    size_t low = 0, high = c->n - 1;
    while (low + 1 < high) {
        size_t mid = (low + high) / 2;
        if (c->x[mid] <= score) low = mid;
        else high = mid;
    }
    double share = (score - c->x[low]) / (c->x[high] - c->x[low]);
    return c->y[low] + share * (c->y[high] - c->y[low]);
}

/* ---- leakage ------------------------------------------------------------------------------------------------ */

int kith_feature_auc(const kith_feature *f, const double *y, size_t rows, kith_arena *arena, double *auc,
                     kith_error *err) {
    double *score = kith_arena_alloc(arena, (rows + 1) * sizeof *score);
    size_t levels = (f->is_level ? f->n_levels : 0) + 1; /* the last: missing, or not */
    double *rate = kith_arena_zalloc(arena, 4 * levels * sizeof *rate);
    if (!score || !rate) return kith_no_memory(err);
    /* numbers: their own value, missing below all; levels: the rate in the other half of the rows (by parity of a hash) */
    double least = INFINITY;
    for (size_t i = 0; i < rows && !f->is_level; i++)
        if (f->number[i] < least) least = f->number[i];
    double all = 0;
    for (size_t i = 0; i < rows; i++) all += y[i];
    all /= rows ? (double)rows : 1;
    for (size_t i = 0; i < rows && f->is_level; i++) {
        size_t l = f->level[i] >= 0 ? (size_t)f->level[i] : levels - 1, half = kith_hash_mix(i, 17) & 1;
        rate[4 * l + 2 * half] += y[i];
        rate[4 * l + 2 * half + 1] += 1;
    }
    for (size_t i = 0; i < rows; i++) {
        if (!f->is_level) {
            score[i] = isnan(f->number[i]) ? least - 1 : f->number[i];
            continue;
        }
        size_t l = f->level[i] >= 0 ? (size_t)f->level[i] : levels - 1, other = 1 - (kith_hash_mix(i, 17) & 1);
        score[i] = (rate[4 * l + 2 * other] + all) / (rate[4 * l + 2 * other + 1] + 1);
    }
    KITH_TRY(kith_auc(score, y, rows, auc, err));
    if (*auc < .5 && !f->is_level) *auc = 1 - *auc;
    if (!f->is_level) {
        bool missing = false; /* that a value is there may say more than the value */
        for (size_t i = 0; i < rows; i++) {
            missing = missing || isnan(f->number[i]);
            score[i] = isnan(f->number[i]) ? 0 : 1;
        }
        double known = .5;
        if (missing) KITH_TRY(kith_auc(score, y, rows, &known, err));
        if (known < .5) known = 1 - known;
        if (known > *auc) *auc = known;
    }
    return KITH_OK;
}
