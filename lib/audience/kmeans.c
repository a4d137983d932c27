/* k-means: k-means++ starts by an exponential race, Lloyd's iteration with Hamerly's bounds, sums in fixed point.
 *
 * A start picks its next centre with probability proportional to the squared distance D² to those it has: each point
 * draws E = −ln(u)/D² with u a function of (seed, start, pick, row), and the least E wins. That needs no running total,
 * so that it is the same in any order and over any shards.
 *
 * Bounds: a point keeps an upper bound of the distance to its centre and a lower bound of that to any other; while they
 * do not cross, nothing is computed for it. Centres are sums of the points in 64-bit fixed point at a scale chosen from
 * the largest value, so that a point that moves is subtracted and added exactly, in any order by any thread.
 *
 * On more than SAMPLE points the starts run on a sample: on 1 M × 10, k = 8 ten starts cost .1 s of CPU instead of
 * some 10. Dropped: Elkan's bounds (k lower bounds a point: 2 × the memory traffic at k = 8, .9 × the distances),
 * single-precision distances (labels differ on ties). */
#include "kmeans_parallel.h"

#include <kith/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 8, CHUNK = 4096, SAMPLE = 16384 };

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

void kith_points_scale(kith_points *p, bool z, double *mean, double *sd) {
    for (size_t j = 0; j < p->d; j++) {
        kith_running s = {0, 0}, q = {0, 0};
        for (size_t i = 0; i < p->n; i++) kith_running_add(&s, p->x[i * p->d + j]);
        mean[j] = p->n ? kith_running_value(&s) / (double)p->n : 0;
        for (size_t i = 0; i < p->n; i++) {
            double e = p->x[i * p->d + j] - mean[j];
            kith_running_add(&q, e * e);
        }
        sd[j] = p->n ? sqrt(kith_running_value(&q) / (double)p->n) : 1;
        if (!(sd[j] > 1e-14 * fabs(mean[j]))) sd[j] = 1;
    }
    for (size_t i = 0; z && i < p->n; i++) {
        for (size_t j = 0; j < p->d; j++) p->x[i * p->d + j] = (p->x[i * p->d + j] - mean[j]) / sd[j];
    }
}

/* ---- distances ------------------------------------------------------------------------------------------------------
 */

/* Centres in blocks of eight, transposed: block b holds d vectors. What lies beyond k is far away. */
static void pack(const double *centres, size_t k, size_t d, double *packed) {
    size_t blocks = (k + LANES - 1) / LANES;
    for (size_t b = 0; b < blocks; b++) {
        for (size_t j = 0; j < d; j++) {
            for (size_t c = 0; c < LANES; c++) {
                size_t at = b * LANES + c;
                packed[(b * d + j) * LANES + c] = at < k ? centres[at * d + j] : 1e150;
            }
        }
    }
}

/* The nearest centre (the first of equals), its squared distance, and that of the second nearest. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
static size_t
nearest(const double *x, size_t d, const double *packed, size_t k, double *first, double *second) {
    double best = INFINITY, next = INFINITY;
    size_t at = 0;
    for (size_t b = 0; b * LANES < k; b++) {
        lanes sum = {0};
        const double *c = packed + b * d * LANES;
        for (size_t j = 0; j < d; j++) {
            lanes centre;
            memcpy(&centre, c + j * LANES, sizeof centre);
            lanes e = centre - x[j];
            sum += e * e;
        }
        size_t here = k - b * LANES < LANES ? k - b * LANES : LANES;
        for (size_t i = 0; i < here; i++) {
            double v = sum[i];
            if (v < best) {
                next = best;
                best = v;
                at = b * LANES + i;
            } else if (v < next) {
                next = v;
            }
        }
    }
    *first = best;
    *second = next;
    return at;
}

static double distance2(const double *a, const double *b, size_t d) {
    double s = 0;
    for (size_t j = 0; j < d; j++) s += (a[j] - b[j]) * (a[j] - b[j]);
    return s;
}

/* ---- Lloyd's iteration
 * ------------------------------------------------------------------------------------------------ */

typedef struct lloyd {
    const kith_points *p;
    size_t k;
    double *centres, *packed, *moved, *apart; /* apart: half the distance to the nearest other centre */
    double *upper, *lower;
    uint32_t *labels;
    double *scale;          /* d: points times this are whole numbers */
    int64_t *sums, *counts; /* k × d, k */
    int64_t *worker_sums;   /* per worker: k × d + k + 1 (the last: how many changed) */
    double *partial;        /* per chunk: k of Σ squared distances */
    double most_moved, second_moved;
    size_t most_at;
    bool first;
    int threads;
} lloyd;

static int assign_chunk(void *ctx, int worker, size_t index, kith_error *err) {
    (void)err;
    lloyd *l = ctx;
    size_t d = l->p->d, k = l->k, from = index * CHUNK, to = from + CHUNK < l->p->n ? from + CHUNK : l->p->n;
    int64_t *sums = l->worker_sums + (size_t)worker * (k * d + k + 1), *counts = sums + k * d, changed = 0;
    for (size_t i = from; i < to; i++) {
        const double *x = l->p->x + i * d;
        size_t a = l->labels[i];
        if (!l->first) {
            double fall = a == l->most_at ? l->second_moved : l->most_moved;
            double u = l->upper[i] + l->moved[a], low = l->lower[i] - fall, bound = fmax(low, l->apart[a]);
            l->upper[i] = u;
            l->lower[i] = low;
            /* a hair's breadth against rounding: the skip is never wrong */
            if (u * (1 + 1e-12) < bound) continue;
            l->upper[i] = u = sqrt(distance2(x, l->centres + a * d, d));
            if (u * (1 + 1e-12) < bound) continue;
        }
        double first, second;
        size_t now = nearest(x, d, l->packed, k, &first, &second);
        l->upper[i] = sqrt(first);
        l->lower[i] = sqrt(second);
        if (now == a && !l->first) continue;
        changed++;
        for (size_t j = 0; j < d; j++) {
            int64_t q = llrint(x[j] * l->scale[j]);
            sums[now * d + j] += q;
            if (!l->first) sums[a * d + j] -= q;
        }
        counts[now]++;
        if (!l->first) counts[a]--;
        l->labels[i] = (uint32_t)now;
    }
    counts[k] += changed;
    return KITH_OK;
}

static int sum_chunk(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker, (void)err;
    lloyd *l = ctx;
    size_t d = l->p->d, from = index * CHUNK, to = from + CHUNK < l->p->n ? from + CHUNK : l->p->n;
    double *sum = l->partial + index * l->k;
    for (size_t c = 0; c < l->k; c++) sum[c] = 0;
    for (size_t i = from; i < to; i++)
        sum[l->labels[i]] += distance2(l->p->x + i * d, l->centres + l->labels[i] * d, d);
    return KITH_OK;
}

static void centre_of(const lloyd *l, size_t c, double *centre) {
    for (size_t j = 0; j < l->p->d; j++)
        centre[j] = (double)l->sums[c * l->p->d + j] / ((double)l->counts[c] * l->scale[j]);
}

/* A centre that lost all its points goes to the point farthest from its own (the first of equals). */
static void refill(lloyd *l, size_t c) {
    size_t d = l->p->d, far = 0;
    double most = -1;
    for (size_t i = 0; i < l->p->n; i++) {
        if (l->counts[l->labels[i]] < 2) continue;
        double v = distance2(l->p->x + i * d, l->centres + l->labels[i] * d, d);
        if (v > most) most = v, far = i;
    }
    size_t from = l->labels[far];
    for (size_t j = 0; j < d; j++) {
        int64_t q = llrint(l->p->x[far * d + j] * l->scale[j]);
        l->sums[from * d + j] -= q;
        l->sums[c * d + j] += q;
    }
    l->counts[from]--;
    l->counts[c]++;
    l->labels[far] = (uint32_t)c;
    l->lower[far] = 0;
    centre_of(l, c, l->centres + c * d);
}

static int lloyd_open(lloyd *l, const kith_points *p, size_t k, int threads, kith_error *err) {
    size_t n = p->n, d = p->d, blocks = (k + LANES - 1) / LANES, chunks = n / CHUNK + 1;
    *l = (lloyd){.p = p, .k = k, .threads = threads < 1 ? 1 : threads > 256 ? 256 : threads};
    size_t doubles = k * d + blocks * LANES * d + k + k + 2 * n + d + chunks * k;
    l->centres = malloc(doubles * sizeof *l->centres);
    l->labels = malloc((n + 1) * sizeof *l->labels);
    l->sums = malloc((k * d + k + (size_t)l->threads * (k * d + k + 1)) * sizeof *l->sums);
    if (!l->centres || !l->labels || !l->sums) return kith_no_memory(err);
    l->packed = l->centres + k * d;
    l->moved = l->packed + blocks * LANES * d;
    l->apart = l->moved + k;
    l->upper = l->apart + k;
    l->lower = l->upper + n;
    l->scale = l->lower + n;
    l->partial = l->scale + d;
    l->counts = l->sums + k * d;
    l->worker_sums = l->counts + k;
    for (size_t j = 0; j < d; j++) {
        double most = 0;
        for (size_t i = 0; i < n; i++) most = fmax(most, fabs(p->x[i * d + j]));
        int magnitude, count;
        (void)frexp(most > 0 ? most : 1, &magnitude);
        (void)frexp((double)n + 1, &count);
        int shift = 61 - magnitude - count;
        l->scale[j] = ldexp(1, shift < -900 ? -900 : shift > 900 ? 900 : shift);
    }
    return KITH_OK;
}

static void lloyd_close(lloyd *l) {
    free(l->centres);
    free(l->labels);
    free(l->sums);
}

/* From l->centres on. */
static int lloyd_run(lloyd *l, int most, double *inertia, int *iterations, bool *converged, kith_error *err) {
    size_t n = l->p->n, d = l->p->d, k = l->k, chunks = (n + CHUNK - 1) / CHUNK;
    memset(l->sums, 0, (k * d + k) * sizeof *l->sums);
    memset(l->labels, 0, n * sizeof *l->labels);
    l->first = true;
    *converged = false;
    *iterations = 0;
    double *old = malloc(k * d * sizeof *old);
    if (!old) return kith_no_memory(err);
    int status = KITH_OK;
    while (status == KITH_OK && !*converged && *iterations < most) {
        pack(l->centres, k, d, l->packed);
        for (size_t a = 0; a < k; a++) {
            double least = INFINITY;
            for (size_t b = 0; b < k; b++) {
                if (b != a) least = fmin(least, distance2(l->centres + a * d, l->centres + b * d, d));
            }
            l->apart[a] = .5 * sqrt(least) * (1 - 1e-12);
        }
        size_t each = k * d + k + 1;
        memset(l->worker_sums, 0, (size_t)l->threads * each * sizeof *l->worker_sums);
        status = kith_parallel(l->threads, chunks, assign_chunk, l, err);
        int64_t changed = 0;
        for (int w = 0; w < l->threads; w++) {
            for (size_t i = 0; i < k * d + k; i++) l->sums[i] += l->worker_sums[(size_t)w * each + i];
            changed += l->worker_sums[(size_t)w * each + k * d + k];
        }
        l->first = false;
        memcpy(old, l->centres, k * d * sizeof *old);
        bool refilled = false;
        for (size_t c = 0; c < k; c++) {
            if (l->counts[c] > 0) centre_of(l, c, l->centres + c * d);
        }
        for (size_t c = 0; c < k && status == KITH_OK; c++) {
            if (l->counts[c] == 0) refill(l, c), refilled = true;
        }
        l->most_moved = l->second_moved = 0;
        l->most_at = 0;
        for (size_t c = 0; c < k; c++) {
            l->moved[c] = sqrt(distance2(old + c * d, l->centres + c * d, d)) * (1 + 1e-12);
            if (l->moved[c] > l->most_moved) {
                l->second_moved = l->most_moved;
                l->most_moved = l->moved[c];
                l->most_at = c;
            } else if (l->moved[c] > l->second_moved) {
                l->second_moved = l->moved[c];
            }
        }
        if (refilled) { /* bounds of the moved point's cluster: begin again */
            for (size_t i = 0; i < n; i++) l->upper[i] = INFINITY, l->lower[i] = 0;
        }
        (*iterations)++;
        *converged = !refilled && (uint64_t)changed <= n / 10000;
    }
    if (status == KITH_OK) status = kith_parallel(l->threads, chunks, sum_chunk, l, err);
    kith_running s = {0, 0};
    for (size_t i = 0; status == KITH_OK && i < chunks * k; i++) kith_running_add(&s, l->partial[i]);
    *inertia = kith_running_value(&s);
    free(old);
    return status;
}

/* ---- starts
 * ----------------------------------------------------------------------------------------------------------- */

/* k-means++ into `centres`; false where all points left lie on centres (fewer distinct points than k). `near` holds n.
 */
static bool plus_plus(const kith_points *p, size_t k, uint64_t seed, uint64_t start, double *near, double *centres) {
    size_t n = p->n, d = p->d;
    kith_random r;
    kith_random_start(&r, seed, "kmeans.first", start);
    size_t pick = (size_t)kith_random_below(&r, n);
    for (size_t i = 0; i < n; i++) near[i] = INFINITY;
    /* several candidates a pick, the one that leaves the least inertia (Arthur & Vassilvitskii's greedy variant) */
    enum { TRIALS = 3 };
    for (size_t c = 0;; c++) {
        memcpy(centres + c * d, p->x + pick * d, d * sizeof *centres);
        for (size_t i = 0; i < n; i++) near[i] = fmin(near[i], distance2(p->x + i * d, centres + c * d, d));
        if (c + 1 == k) return true;
        double least[TRIALS];
        size_t at[TRIALS];
        for (int t = 0; t < TRIALS; t++) least[t] = INFINITY, at[t] = SIZE_MAX;
        uint64_t key = kith_hash_mix(kith_hash_mix(start, c + 1), seed);
        for (size_t i = 0; i < n; i++) {
            if (!(near[i] > 0)) continue;
            uint64_t h = kith_hash_mix(key, i);
            for (int t = 0; t < TRIALS; t++) {
                h = h * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0x632be59bd9b4e019);
                uint64_t m = (h ^ (h >> 31)) * UINT64_C(0x94d049bb133111eb);
                double u = ((double)((m ^ (m >> 29)) >> 11) + .5) * 0x1p-53;
                /* the race −ln(u)/D²; u ≥ 1 − v is a cheap lower bound that saves most logarithms */
                if ((1 - u) > least[t] * near[i]) continue;
                double e = -log(u) / near[i];
                if (e < least[t]) least[t] = e, at[t] = i;
            }
        }
        double best = INFINITY;
        for (int t = 0; t < TRIALS; t++) {
            if (at[t] == SIZE_MAX) return false;
            double sum = 0;
            for (size_t i = 0; i < n; i++) {
                double v = distance2(p->x + i * d, p->x + at[t] * d, d);
                sum += v < near[i] ? v : near[i];
            }
            if (sum < best) best = sum, pick = at[t];
        }
    }
}

typedef struct race { /* starts run side by side, one thread each; what they find is stored by number */
    const kith_points *p;
    const kith_kmeans_options *o;
    double *centres, *inertia;
    int *iterations;
    bool *converged;
} race;

static int run_start(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker;
    race *r = ctx;
    size_t k = r->o->clusters, bytes = k * r->p->d * sizeof(double);
    double *near = malloc(r->p->n * sizeof *near);
    lloyd l;
    int status = lloyd_open(&l, r->p, k, 1, err);
    if (status == KITH_OK && !near) status = kith_no_memory(err);
    if (status == KITH_OK && !plus_plus(r->p, k, r->o->seed, index, near, l.centres))
        status = kith_fail(err, KITH_DATA, "fewer different rows than the %zu clusters asked for", k);
    if (status == KITH_OK)
        status = lloyd_run(&l, r->o->max_iterations > 0 ? r->o->max_iterations : 300, &r->inertia[index],
                           &r->iterations[index], &r->converged[index], err);
    if (status == KITH_OK) memcpy(r->centres + index * k * r->p->d, l.centres, bytes);
    lloyd_close(&l);
    free(near);
    return status;
}

/* The best of several starts on p; `centres` gets k × d. */
static int best_start(const kith_points *p, const kith_kmeans_options *o, double *centres, kith_kmeans *fit,
                      kith_error *err) {
    size_t starts = o->starts > 0 ? (size_t)o->starts : 10, each = o->clusters * p->d, best = 0;
    race r = {.p = p, .o = o};
    r.centres = malloc(starts * (each + 1) * sizeof *r.centres);
    r.iterations = malloc(starts * sizeof *r.iterations);
    r.converged = malloc(starts * sizeof *r.converged);
    r.inertia = r.centres + starts * each;
    int status = r.centres && r.iterations && r.converged ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK) status = kith_parallel(o->threads, starts, run_start, &r, err);
    if (status == KITH_OK) {
        size_t same = 0;
        for (size_t s = 1; s < starts; s++) {
            if (r.inertia[s] < r.inertia[best]) best = s;
        }
        for (size_t s = 0; s < starts; s++) same += r.inertia[s] <= r.inertia[best] * (1 + 1e-6);
        fit->best_share = (double)same / (double)starts;
        fit->iterations = r.iterations[best];
        fit->converged = r.converged[best];
        memcpy(centres, r.centres + best * each, each * sizeof *centres);
    }
    free(r.centres);
    free(r.iterations);
    free(r.converged);
    return status;
}

/* The rows that starts run on: all of them, or the `most` with the least hashes of their values; ordered by their
 * values. So a start is a function of the rows as a multiset, whatever their order and shards. */
typedef struct row {
    const double *x;
    size_t d;
    uint64_t key;
} row;

static int by_value(const void *a, const void *b) {
    const row *p = a, *q = b;
    for (size_t j = 0; j < p->d; j++) {
        if (p->x[j] != q->x[j]) return p->x[j] < q->x[j] ? -1 : 1;
    }
    return 0;
}

static int by_key(const void *a, const void *b) {
    const row *p = a, *q = b;
    if (p->key != q->key) return p->key < q->key ? -1 : 1;
    return by_value(a, b);
}

size_t kith_kmeans_sample(size_t clusters) { return SAMPLE > 512 * clusters ? SAMPLE : 512 * clusters; }

uint64_t kith_kmeans_key(const double *x, size_t d) { return kith_hash(x, d * sizeof *x, UINT64_C(0x5a3d1e)); }

static int take_sample(const kith_points *p, size_t most, const uint64_t *keys, kith_points *sample, kith_error *err) {
    size_t d = p->d, n = 0;
    row *rows = malloc((p->n + 1) * sizeof *rows);
    uint64_t limit = UINT64_MAX; /* a first cut by the share wanted, with room to spare, keeps the sort small */
    if (p->n > 4 * most) limit = (uint64_t)((double)most / (double)p->n * 1.3 * 0x1p64);
    *sample = (kith_points){.d = d};
    if (!rows) return kith_no_memory(err);
    for (int pass = 0; pass < 2; pass++, limit = UINT64_MAX) {
        n = 0;
        for (size_t i = 0; i < p->n; i++) {
            row r = {p->x + i * d, d, keys ? keys[i] : kith_kmeans_key(p->x + i * d, d)};
            if (r.key <= limit) rows[n++] = r;
        }
        if (n >= most || limit == UINT64_MAX) break;
    }
    if (n > 2 * most) {
        qsort(rows, n, sizeof *rows, by_key);
        n = most;
    } else if (p->n > 2 * most) {
        qsort(rows, n, sizeof *rows, by_key);
        if (n > most) n = most;
    }
    qsort(rows, n, sizeof *rows, by_value);
    sample->x = malloc((n * d + 1) * sizeof *sample->x);
    for (size_t i = 0; sample->x && i < n; i++) memcpy(sample->x + i * d, rows[i].x, d * sizeof *sample->x);
    sample->n = n;
    free(rows);
    return sample->x ? KITH_OK : kith_no_memory(err);
}

typedef struct order {
    uint64_t size;
    size_t at;
} order;

static int by_size(const void *a, const void *b) {
    const order *p = a, *q = b;
    if (p->size != q->size) return p->size > q->size ? -1 : 1;
    return p->at < q->at ? -1 : 1;
}

int kith_kmeans_fit(const kith_points *p, const kith_kmeans_options *o, kith_kmeans *fit, uint32_t *labels,
                    kith_error *err) {
    size_t k = o->clusters, d = p->d, n = p->n;
    *fit = (kith_kmeans){.k = k, .d = d};
    if (k < 1 || k > 10000) return kith_fail(err, KITH_USAGE, "the number of clusters is 1 to 10,000");
    if (d == 0) return kith_fail(err, KITH_DATA, "no columns to cluster by");
    if (n < k) return kith_fail(err, KITH_DATA, "fewer people (%zu) than clusters (%zu)", n, k);
    for (size_t i = 0; i < n * d; i++) {
        if (!isfinite(p->x[i])) return kith_fail(err, KITH_DEFECT, "a point is not finite");
    }
    fit->centres = malloc(k * d * sizeof *fit->centres);
    fit->sizes = calloc(k, sizeof *fit->sizes);
    fit->within = calloc(k, sizeof *fit->within);
    order *by = malloc(k * sizeof *by);
    double *centres = malloc(k * d * sizeof *centres);
    lloyd l = {0};
    int status = fit->centres && fit->sizes && fit->within && by && centres ? KITH_OK : kith_no_memory(err);
    size_t sampled = kith_kmeans_sample(k);
    bool large = n > 2 * sampled;
    if (status == KITH_OK && o->oversampled) {
        large = true;
        fit->best_share = 1;
        status = kmeans_oversampled(p, o->keys, k, o->starts > 0 ? o->starts : 10, o->seed, centres, err);
    } else if (status == KITH_OK) {
        kith_points sample = {0};
        status = take_sample(p, sampled, o->keys, &sample, err);
        if (status == KITH_OK) status = best_start(&sample, o, centres, fit, err);
        free(sample.x);
    }
    if (status == KITH_OK) status = lloyd_open(&l, p, k, o->threads, err);
    if (status == KITH_OK) {
        int steps;
        memcpy(l.centres, centres, k * d * sizeof *centres);
        status =
            lloyd_run(&l, o->max_iterations > 0 ? o->max_iterations : 300, &fit->inertia, &steps, &fit->converged, err);
        if (large) fit->iterations = steps;
    }
    if (status == KITH_OK) { /* largest first */
        for (size_t c = 0; c < k; c++) by[c] = (order){(uint64_t)l.counts[c], c};
        qsort(by, k, sizeof *by, by_size);
        size_t chunks = (n + CHUNK - 1) / CHUNK;
        for (size_t c = 0; c < k; c++) {
            size_t at = by[c].at;
            memcpy(fit->centres + c * d, l.centres + at * d, d * sizeof *centres);
            fit->sizes[c] = by[c].size;
            kith_running s = {0, 0};
            for (size_t b = 0; b < chunks; b++) kith_running_add(&s, l.partial[b * k + at]);
            fit->within[c] = kith_running_value(&s);
        }
        if (labels) {
            uint32_t *rank = malloc(k * sizeof *rank);
            if (!rank) status = kith_no_memory(err);
            for (size_t c = 0; rank && c < k; c++) rank[by[c].at] = (uint32_t)c;
            for (size_t i = 0; rank && i < n; i++) labels[i] = rank[l.labels[i]];
            free(rank);
        }
    }
    lloyd_close(&l);
    free(by);
    free(centres);
    if (status != KITH_OK) kith_kmeans_free(fit);
    return status;
}

void kith_kmeans_free(kith_kmeans *fit) {
    free(fit->centres);
    free(fit->sizes);
    free(fit->within);
    *fit = (kith_kmeans){0};
}
