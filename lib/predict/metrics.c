/* Metrics of a score for a yes/no outcome, as scikit-learn defines them.
 *
 * Everything that ranks works on the rows sorted once; a bootstrap replicate gives every row a Poisson(1) weight from
 * (seed, replicate) and walks the same order. AUC's interval is DeLong's (1988) by midranks (Sun & Xu 2014). */
#include "ranking.h"

#include <kith/lead.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- order -------------------------------------------------------------------------------------------------- */

typedef struct keyed {
    uint64_t key;
    uint32_t row;
} keyed;

/* Doubles as integers in the same order; NaN last of all when descending. */
static uint64_t sortable(double v) {
    union {
        double v;
        uint64_t u;
    } x = {v == 0 ? 0.0 : v};
    if (v != v) return 0;
    return x.u >> 63 ? ~x.u : x.u | UINT64_C(1) << 63;
}

int kith_order_down(const double *score, size_t n, bool latest, uint32_t *order, kith_error *err) {
    if (n > UINT32_MAX) return kith_fail(err, KITH_DATA, "more than 4,294,967,295 rows");
    keyed *a = malloc((2 * n + 1) * sizeof *a), *from = a, *to = a ? a + n : NULL;
    if (!a) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        size_t row = latest ? n - 1 - i : i;
        a[i] = (keyed){~sortable(score[row]), (uint32_t)row};
    }
    for (int digit = 0; digit < 6; digit++) { /* stable radix sort, 11 bits at a time; digits all alike are passed over */
        size_t count[2049] = {0};
        for (size_t i = 0; i < n; i++) count[(from[i].key >> (11 * digit) & 2047) + 1]++;
        bool alike = false;
        for (size_t k = 1; k < 2049; k++) alike = alike || count[k] == n;
        if (alike) continue;
        for (size_t k = 1; k < 2049; k++) count[k] += count[k - 1];
        for (size_t i = 0; i < n; i++) to[count[from[i].key >> (11 * digit) & 2047]++] = from[i];
        keyed *swap = from;
        from = to;
        to = swap;
    }
    for (size_t i = 0; i < n; i++) order[i] = from[i].row;
    free(a);
    return KITH_OK;
}

/* ---- bootstrap ---------------------------------------------------------------------------------------------- */

void poisson_weights(uint64_t seed, size_t replicate, size_t n, double *weight) {
    static const uint32_t up_to[] = {24109, 48218, 60272, 64291, 65295, 65496, 65530}; /* 65,536 · P(X ≤ k) */
    kith_random r;
    kith_random_start(&r, seed, "bootstrap", replicate);
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        if (i % 4 == 0) bits = kith_random_u64(&r);
        uint32_t u = (uint32_t)(bits & 65535);
        bits >>= 16;
        int k = 0;
        while (k < 7 && u >= up_to[k]) k++;
        weight[i] = k;
    }
}

typedef struct boot {
    uint64_t seed;
    size_t rows, n;
    double *result; /* replicates × n */
    int (*measure)(const void *ctx, const double *weight, double *out, kith_error *err);
    const void *ctx;
} boot;

static int replicate(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker;
    boot *b = ctx;
    double *weight = malloc((b->rows + 1) * sizeof *weight);
    if (!weight) return kith_no_memory(err);
    poisson_weights(b->seed, index, b->rows, weight);
    int status = b->measure(b->ctx, weight, b->result + index * b->n, err);
    free(weight);
    return status;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int bootstrap(size_t rows, size_t n, const kith_eval_options *o,
              int (*measure)(const void *ctx, const double *weight, double *out, kith_error *err), const void *ctx,
              double *low, double *high, kith_error *err) {
    for (size_t k = 0; k < n; k++) low[k] = high[k] = NAN;
    if (o->replicates < 20) return KITH_OK;
    size_t replicates = (size_t)o->replicates;
    boot b = {.seed = o->seed, .rows = rows, .n = n, .measure = measure, .ctx = ctx};
    b.result = malloc(replicates * n * sizeof *b.result);
    double *column = malloc(replicates * sizeof *column);
    int status = b.result && column ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK) status = kith_parallel(o->threads > 0 ? o->threads : 1, replicates, replicate, &b, err);
    for (size_t k = 0; k < n && status == KITH_OK; k++) {
        size_t good = 0;
        for (size_t r = 0; r < replicates; r++)
            if (isfinite(b.result[r * n + k])) column[good++] = b.result[r * n + k];
        if (good < 20) continue;
        qsort(column, good, sizeof *column, ascending);
        for (int side = 0; side < 2; side++) { /* percentiles, type 7 */
            double at = (side ? .975 : .025) * (double)(good - 1);
            size_t i = (size_t)at;
            double v = column[i] + (i + 1 < good ? (at - (double)i) * (column[i + 1] - column[i]) : 0);
            *(side ? &high[k] : &low[k]) = v;
        }
    }
    free(b.result);
    free(column);
    return status;
}

/* ---- ranking ------------------------------------------------------------------------------------------------ */

static int auc_delong(const double *score, const double *y, size_t n, const uint32_t *order, double *auc, double *se,
                      kith_error *err) {
    double ones = 0, zeros = 0;
    for (size_t i = 0; i < n; i++) ones += y[i];
    zeros = (double)n - ones;
    *auc = *se = NAN;
    if (ones <= 0 || zeros <= 0) return KITH_OK;
    /* walking down: of a positive, the share of negatives below it; of a negative, the share of positives above it */
    double above_ones = 0, above_zeros = 0, sum = 0, v10 = 0, v01 = 0, m10 = 0, m01 = 0;
    for (size_t i = 0, j; i < n; i = j) {
        double here_ones = 0, here_zeros = 0;
        for (j = i; j < n && score[order[j]] == score[order[i]]; j++) {
            here_ones += y[order[j]];
            here_zeros += 1 - y[order[j]];
        }
        if (j == i) j = i + 1; /* NaN */
        double of_one = (zeros - above_zeros - .5 * here_zeros) / zeros, of_zero = (above_ones + .5 * here_ones) / ones;
        sum += here_ones * (zeros - above_zeros - .5 * here_zeros);
        m10 += here_ones * of_one;
        v10 += here_ones * of_one * of_one;
        m01 += here_zeros * of_zero;
        v01 += here_zeros * of_zero * of_zero;
        above_ones += here_ones;
        above_zeros += here_zeros;
    }
    (void)err;
    *auc = sum / (ones * zeros);
    double s10 = ones > 1 ? (v10 - m10 * m10 / ones) / (ones - 1) : NAN;
    double s01 = zeros > 1 ? (v01 - m01 * m01 / zeros) / (zeros - 1) : NAN;
    double variance = s10 / ones + s01 / zeros;
    *se = sqrt(variance > 0 ? variance : 0);
    return KITH_OK;
}

int kith_auc(const double *score, const double *y, size_t n, double *auc, kith_error *err) {
    uint32_t *order = malloc((n + 1) * sizeof *order);
    if (!order) return kith_no_memory(err);
    double se;
    int status = kith_order_down(score, n, false, order, err);
    if (status == KITH_OK) status = auc_delong(score, y, n, order, auc, &se, err);
    free(order);
    return status;
}

double kith_mean_log_loss(const double *p, const double *y, size_t n) {
    const double least = 2.220446049250313e-16;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double q = p[i] < least ? least : p[i] > 1 - least ? 1 - least : p[i];
        sum -= y[i] * log(q) + (1 - y[i]) * log1p(-q);
    }
    return n ? sum / (double)n : NAN;
}

double kith_mean_brier(const double *p, const double *y, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (p[i] - y[i]) * (p[i] - y[i]);
    return n ? sum / (double)n : NAN;
}

/* ---- everything about a binary score ------------------------------------------------------------------------ */

typedef struct binary {
    const double *score, *y;
    const uint32_t *order;
    size_t n;
    bool probability;
    const kith_eval_options *o;
} binary;

/* Average precision, ECE and, per k, lift and gain, of the weighted rows (weight NULL: all 1). */
static int ranked_measures(const void *ctx, const double *weight, double *out, kith_error *err) {
    (void)err;
    const binary *b = ctx;
    double ones = 0, total = 0;
    for (size_t i = 0; i < b->n; i++) {
        double w = weight ? weight[i] : 1;
        ones += w * b->y[i];
        total += w;
    }
    double found = 0, seen = 0, precision = 0;
    for (size_t k = 0; k < b->o->n_at; k++) out[2 + 2 * k] = out[3 + 2 * k] = NAN;
    for (size_t i = 0, j; i < b->n; i = j) {
        double here = 0, mass = 0;
        for (j = i; j < b->n && (j == i || b->score[b->order[j]] == b->score[b->order[i]]); j++) {
            size_t row = b->order[j];
            double w = weight ? weight[row] : 1;
            here += w * b->y[row];
            mass += w;
            for (size_t k = 0; k < b->o->n_at; k++) {
                double first = ceil(b->o->at[k] * total - 1e-9), before = seen + mass - w;
                if (isnan(out[2 + 2 * k]) && (before + w >= first)) {
                    double part = found + here - w * b->y[row] + (w > 0 ? (first - before) * b->y[row] : 0);
                    out[2 + 2 * k] = ones > 0 && first > 0 ? part / first / (ones / total) : NAN;
                    out[3 + 2 * k] = ones > 0 ? part / ones : NAN;
                }
            }
        }
        found += here;
        seen += mass;
        if (seen > 0 && ones > 0) precision += here / ones * (found / seen);
    }
    out[0] = ones > 0 ? precision : NAN;
    double p[10] = {0}, y[10] = {0}, ece = 0;
    for (size_t i = 0; i < b->n && b->probability; i++) {
        int bin = (int)(b->score[i] * 10);
        double w = weight ? weight[i] : 1;
        if (bin > 9) bin = 9;
        p[bin] += w * b->score[i];
        y[bin] += w * b->y[i];
    }
    for (int k = 0; k < 10; k++) ece += fabs(p[k] - y[k]);
    out[1] = total > 0 ? ece / total : NAN;
    return KITH_OK;
}

/* The logistic line of y on the log-odds of p: slope, intercept and their standard errors. */
static void calibration_line(const binary *b, double *slope, double *intercept, double *se_slope, double *se_intercept) {
    double s = 1, c = 0, h00 = 0, h01 = 0, h11 = 0;
    for (int step = 0; step < 50; step++) {
        double g0 = 0, g1 = 0;
        h00 = h01 = h11 = 0;
        for (size_t i = 0; i < b->n; i++) {
            double q = b->score[i] < 1e-15 ? 1e-15 : b->score[i] > 1 - 1e-15 ? 1 - 1e-15 : b->score[i];
            double x = log(q / (1 - q)), p = kith_logistic(c + s * x), v = p * (1 - p);
            g0 += b->y[i] - p;
            g1 += (b->y[i] - p) * x;
            h00 += v;
            h01 += v * x;
            h11 += v * x * x;
        }
        double det = h00 * h11 - h01 * h01;
        if (!(det > 1e-12 * h00 * h11)) {
            *slope = *intercept = *se_slope = *se_intercept = NAN;
            return;
        }
        double d0 = (h11 * g0 - h01 * g1) / det, d1 = (h00 * g1 - h01 * g0) / det;
        double most = fabs(d0) > fabs(d1) ? fabs(d0) : fabs(d1), shrink = most > 2 ? 2 / most : 1;
        c += shrink * d0;
        s += shrink * d1;
        if (most < 1e-10) break;
    }
    double det = h00 * h11 - h01 * h01;
    *slope = s;
    *intercept = c;
    *se_slope = sqrt(h00 / det);
    *se_intercept = sqrt(h11 / det);
}

static kith_measure normal(const char *name, double value, double se) {
    return (kith_measure){name, value, value - 1.959963984540054 * se, value + 1.959963984540054 * se};
}

static double clipped(double v) { return v < 0 ? 0 : v > 1 ? 1 : v; }

int kith_eval_binary(const double *score, const double *y, size_t n, const kith_eval_options *o, kith_arena *arena,
                     kith_measure **out, size_t *n_out, kith_error *err) {
    binary b = {.score = score, .y = y, .n = n, .o = o, .probability = true};
    double ones = 0;
    for (size_t i = 0; i < n; i++) {
        ones += y[i];
        b.probability = b.probability && score[i] >= 0 && score[i] <= 1;
    }
    if (!(ones > 0) || !(ones < (double)n)) return kith_fail(err, KITH_DATA, "the outcome has one class only: nothing to rank");
    size_t m = 2 + 2 * o->n_at, k = 0;
    kith_measure *list = kith_arena_zalloc(arena, (10 + 2 * o->n_at) * sizeof *list);
    uint32_t *order = kith_arena_alloc(arena, n * sizeof *order);
    double *value = kith_arena_alloc(arena, 3 * m * sizeof *value), auc, se;
    if (!list || !order || !value) return kith_no_memory(err);
    b.order = order;
    KITH_TRY(kith_order_down(score, n, false, order, err));
    KITH_TRY(auc_delong(score, y, n, order, &auc, &se, err));
    KITH_TRY(ranked_measures(&b, NULL, value, err));
    KITH_TRY(bootstrap(n, m, o, ranked_measures, &b, value + m, value + 2 * m, err));
    list[k] = normal("auc", auc, se);
    list[k].low = clipped(list[k].low);
    list[k].high = clipped(list[k].high);
    k++;
    list[k++] = (kith_measure){"average_precision", value[0], value[m], value[2 * m]};
    if (b.probability) {
        double loss = kith_mean_log_loss(score, y, n), brier = kith_mean_brier(score, y, n), vl = 0, vb = 0;
        for (size_t i = 0; i < n; i++) {
            double l = kith_mean_log_loss(score + i, y + i, 1) - loss, q = kith_mean_brier(score + i, y + i, 1) - brier;
            vl += l * l;
            vb += q * q;
        }
        double nn = (double)n, slope, intercept, se_slope, se_intercept;
        list[k++] = normal("logloss", loss, sqrt(vl / (nn * (nn - 1))));
        list[k++] = normal("brier", brier, sqrt(vb / (nn * (nn - 1))));
        /* resampling adds noise to every bin, so replicates lie above the estimate: the low end is reflected */
        double low = 2 * value[1] - value[2 * m + 1];
        list[k++] = (kith_measure){"ece", value[1], low < 0 ? 0 : low, value[2 * m + 1]};
        calibration_line(&b, &slope, &intercept, &se_slope, &se_intercept);
        list[k++] = normal("calibration_slope", slope, se_slope);
        list[k++] = normal("calibration_intercept", intercept, se_intercept);
    }
    for (size_t a = 0; a < o->n_at; a++)
        for (size_t gain = 0; gain < 2; gain++) {
            size_t j = 2 + 2 * a + gain;
            const char *name = kith_arena_format(arena, gain ? "gain%.4g" : "lift%.4g", 100 * o->at[a]);
            if (!name) return kith_no_memory(err);
            list[k++] = (kith_measure){name, value[j], value[m + j], value[2 * m + j]};
        }
    list[k++] = (kith_measure){"rows", (double)n, NAN, NAN};
    list[k++] = (kith_measure){"positives", ones, NAN, NAN};
    *out = list;
    *n_out = k;
    return KITH_OK;
}
