/* How many clusters, how firm, and what sets each apart. All but BIC look at no more points than they are told to,
 * chosen by a hash of the row, since silhouettes and resampling cost the square of their number or many fits. */
#include <kith/clusters.h>

#include <kith/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* At most about `most` row numbers by hash, in order; KITH_OK with *n of them in *rows (to be freed). */
static int choose(size_t n, size_t most, uint64_t seed, size_t **rows, size_t *taken, kith_error *err) {
    *taken = 0;
    *rows = malloc((n + 1) * sizeof **rows);
    if (!*rows) return kith_no_memory(err);
    uint64_t limit = n <= most ? UINT64_MAX : (uint64_t)((double)most / (double)n * 0x1p64);
    for (size_t i = 0; i < n; i++) {
        if (kith_hash_mix(kith_hash_mix(seed, UINT64_C(0xc1057e5)), i) <= limit) (*rows)[(*taken)++] = i;
    }
    return KITH_OK;
}

static double distance(const double *a, const double *b, size_t d) {
    double s = 0;
    for (size_t j = 0; j < d; j++) s += (a[j] - b[j]) * (a[j] - b[j]);
    return sqrt(s);
}

int kith_silhouette(const kith_points *p, const uint32_t *labels, size_t k, size_t most, uint64_t seed, double *mean, kith_error *err) {
    size_t *rows, n;
    *mean = NAN;
    if (k < 2) return KITH_OK;
    KITH_TRY(choose(p->n, most, seed, &rows, &n, err));
    double *sum = malloc(2 * k * sizeof *sum), *count = sum + k;
    kith_running total = {0, 0};
    memset(count, 0, sum ? k * sizeof *count : 0);
    for (size_t i = 0; sum && i < n; i++) count[labels[rows[i]]]++;
    for (size_t i = 0; sum && i < n; i++) {
        memset(sum, 0, k * sizeof *sum);
        for (size_t j = 0; j < n; j++) {
            if (j != i) sum[labels[rows[j]]] += distance(p->x + rows[i] * p->d, p->x + rows[j] * p->d, p->d);
        }
        uint32_t own = labels[rows[i]];
        if (count[own] < 2) continue; /* a cluster of one counts 0 */
        double a = sum[own] / (count[own] - 1), b = INFINITY;
        for (size_t c = 0; c < k; c++) {
            if (c != own && count[c] > 0) b = fmin(b, sum[c] / count[c]);
        }
        if (isfinite(b) && fmax(a, b) > 0) kith_running_add(&total, (b - a) / fmax(a, b));
    }
    if (sum && n) *mean = kith_running_value(&total) / (double)n;
    bool failed = !sum;
    free(sum);
    free(rows);
    return failed ? kith_no_memory(err) : KITH_OK;
}

double kith_kmeans_bic(const kith_kmeans *f, size_t n) {
    double N = (double)n, d = (double)f->d, k = (double)f->k, variance = f->inertia / (d * (N - k > 0 ? N - k : 1));
    if (!(variance > 0)) return -INFINITY;
    double loglik = -.5 * N * d * log(2 * 3.14159265358979323846 * variance) - .5 * d * (N - k);
    for (size_t c = 0; c < f->k; c++) {
        double s = (double)f->sizes[c];
        if (s > 0) loglik += s * log(s / N);
    }
    return -2 * loglik + (k - 1 + k * d + 1) * log(N);
}

int kith_gap(const kith_points *p, const kith_kmeans_options *o, int sets, size_t most, double *gap, double *error,
             kith_error *err) {
    size_t d = p->d, *rows, n;
    KITH_TRY(choose(p->n, most, o->seed, &rows, &n, err));
    kith_points sample = {n, d, malloc((n * d + 2 * d) * sizeof(double))};
    double *low = sample.x + n * d, *high = low + d, own = 0, sum = 0, square = 0;
    kith_kmeans fit;
    int status = sample.x ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; status == KITH_OK && i < n; i++) memcpy(sample.x + i * d, p->x + rows[i] * d, d * sizeof *low);
    for (size_t j = 0; status == KITH_OK && j < d; j++) {
        low[j] = INFINITY, high[j] = -INFINITY;
        for (size_t i = 0; i < n; i++)
            low[j] = fmin(low[j], sample.x[i * d + j]), high[j] = fmax(high[j], sample.x[i * d + j]);
    }
    for (int s = -1; s < sets && status == KITH_OK; s++) {
        for (size_t i = 0; s >= 0 && i < n; i++) {
            kith_random r;
            kith_random_start(&r, o->seed, "clusters.gap", (uint64_t)s * 0x100000000 + i);
            for (size_t j = 0; j < d; j++) sample.x[i * d + j] = low[j] + kith_random_unit(&r) * (high[j] - low[j]);
        }
        status = kith_kmeans_fit(&sample, o, &fit, NULL, err);
        if (status != KITH_OK) break;
        double l = log(fit.inertia > 0 ? fit.inertia : 1e-300);
        kith_kmeans_free(&fit);
        if (s < 0) {
            own = l;
        } else {
            sum += l;
            square += l * l;
        }
    }
    if (status == KITH_OK) {
        double mean = sum / sets, variance = square / sets - mean * mean;
        *gap = mean - own;
        *error = sqrt(variance > 0 ? variance : 0) * sqrt(1 + 1.0 / sets);
    }
    free(sample.x);
    free(rows);
    return status;
}

static double pairs(double n) { return n * (n - 1) / 2; }

int kith_stability(const kith_points *p, const kith_kmeans *fit, const kith_kmeans_options *o, int draws, size_t most,
                   double *stability, double *rand_index, kith_error *err) {
    size_t d = p->d, k = fit->k, *rows, n;
    KITH_TRY(choose(p->n, most, o->seed, &rows, &n, err));
    kith_points sample = {n, d, malloc((n * d + 1) * sizeof(double))};
    uint32_t *own = malloc((3 * n + 3) * sizeof *own), *labels = own + n, *mine = labels + n;
    double *cross = malloc((k * k + 2 * k) * sizeof *cross);
    int status = sample.x && own && cross && n >= k ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; status == KITH_OK && i < n; i++) {
        double best = INFINITY;
        own[i] = 0;
        for (size_t c = 0; c < k; c++) {
            double v = distance(p->x + rows[i] * d, fit->centres + c * d, d);
            if (v < best) best = v, own[i] = (uint32_t)c;
        }
    }
    memset(stability, 0, k * sizeof *stability);
    *rand_index = 0;
    for (int b = 0; status == KITH_OK && b < draws; b++) {
        for (size_t i = 0; i < n; i++) {
            kith_random r;
            kith_random_start(&r, o->seed, "clusters.bootstrap", (uint64_t)b * 0x100000000 + i);
            size_t at = (size_t)kith_random_below(&r, n);
            mine[i] = own[at];
            memcpy(sample.x + i * d, p->x + rows[at] * d, d * sizeof *sample.x);
        }
        kith_kmeans again;
        status = kith_kmeans_fit(&sample, o, &again, labels, err);
        if (status == KITH_DATA) { /* a resample with fewer different rows than clusters: nothing holds there */
            status = KITH_OK;
            continue;
        }
        if (status != KITH_OK) break;
        kith_kmeans_free(&again);
        double *rows_sum = cross + k * k, *columns_sum = rows_sum + k, both = 0, by_row = 0, by_column = 0;
        memset(cross, 0, (k * k + 2 * k) * sizeof *cross);
        for (size_t i = 0; i < n; i++) cross[mine[i] * k + labels[i]]++, rows_sum[mine[i]]++, columns_sum[labels[i]]++;
        for (size_t a = 0; a < k; a++) {
            double best = 0;
            for (size_t c = 0; c < k; c++) {
                double in = cross[a * k + c], joined = rows_sum[a] + columns_sum[c] - in;
                if (joined > 0) best = fmax(best, in / joined);
                both += pairs(in);
            }
            stability[a] += best / draws;
            by_row += pairs(rows_sum[a]);
            by_column += pairs(columns_sum[a]);
        }
        double expected = by_row * by_column / pairs((double)n), top = .5 * (by_row + by_column);
        *rand_index += (top > expected ? (both - expected) / (top - expected) : 1) / draws;
    }
    free(sample.x);
    free(own);
    free(cross);
    free(rows);
    return status;
}

void kith_cluster_words(const double *centre, size_t d, const kith_str *names, const double *mean, const double *sd,
                        kith_buf *out) {
    enum { MOST = 3 };
    double last = INFINITY;
    size_t said = 0, last_at = 0;
    for (; said < MOST; said++) {
        double best = -1;
        size_t at = d;
        for (size_t j = 0; j < d; j++) {
            double v = sd[j] > 0 ? fabs((centre[j] - mean[j]) / sd[j]) : 0;
            if ((v < last || (v == last && j > last_at)) && v > best) best = v, at = j;
        }
        if (at == d || best < .25) break;
        double v = (centre[at] - mean[at]) / sd[at];
        kith_buf_puts(out, said ? ", " : "");
        kith_buf_str(out, names[at]);
        kith_buf_printf(out, " %s%s (%+.1f sd)",
                        best >= 1.5 ? "very "
                        : best < .5 ? "rather "
                                    : "",
                        v > 0 ? "high" : "low", v);
        last = best;
        last_at = at;
    }
    if (!said) kith_buf_puts(out, "average");
}
