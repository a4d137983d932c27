/* Gaussian mixtures by EM, from k-means, in logarithms. A pass is one sum over the points in fixed chunks:
 * responsibilities, weighted sums and weighted products about the old mean, merged in order.
 *
 * EM converges linearly: it stops where Aitken's estimate of what is still to be gained in the mean log-likelihood
 * falls below the tolerance, not where one step is small. A component that shrinks onto a line or a point makes the
 * likelihood unbounded; that is noticed by its least eigenvalue falling below 1e-9 of the data's variance and said,
 * with the column that shares one value most often. Dropped: a silent floor of 1e-6 (it hides the trouble and moves the
 * figures). */
#include "mixture.h"

#include <kith/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 2048 };
static const double log_2pi = 1.8378770664093454836;

int kith_mixture_prepare(kith_mixture *f, kith_error *err) {
    size_t d = f->d;
    for (size_t c = 0; c < f->k; c++) {
        double *l = f->factors + c * d * d;
        memcpy(l, f->covariances + c * d * d, d * d * sizeof *l);
        KITH_TRY(kith_cholesky(d, l, err));
        f->constants[c] = log(f->shares[c]) - .5 * ((double)d * log_2pi + kith_cholesky_log_det(d, l));
    }
    return KITH_OK;
}

double kith_mixture_logs(const kith_mixture *f, const double *x, double *logs, double *work) {
    size_t d = f->d;
    for (size_t c = 0; c < f->k; c++) {
        const double *l = f->factors + c * d * d, *m = f->means + c * d;
        double q = 0;
        for (size_t i = 0; i < d; i++) {
            double v = x[i] - m[i];
            if (!f->diagonal) {
                for (size_t j = 0; j < i; j++) v -= l[i * d + j] * work[j];
            }
            v /= l[i * d + i];
            work[i] = v;
            q += v * v;
        }
        logs[c] = f->constants[c] - .5 * q;
    }
    return kith_log_sum(logs, f->k);
}

typedef struct em {
    const kith_points *p;
    kith_mixture *f;
    double
        *chunks; /* per chunk: ln-likelihood, then per component: weight, d sums, d × d products (about the old mean) */
    size_t each;
    double *work; /* per worker: k + 2d */
} em;

static void add_weighted(const kith_mixture *f, const double *x, size_t c, double r, double *v, double *o) {
    size_t d = f->d;
    const double *m = f->means + c * d;
    o[0] += r;
    for (size_t j = 0; j < d; j++) {
        v[j] = x[j] - m[j];
        double rv = r * v[j];
        o[1 + j] += rv;
        double *row = o + 1 + d + j * d;
        if (f->diagonal)
            row[j] += rv * v[j];
        else
            for (size_t h = 0; h <= j; h++) row[h] += rv * v[h];
    }
}

void mixture_add(const kith_mixture *f, const double *x, double *sums, double *work) {
    size_t d = f->d, k = f->k, part = 1 + d + d * d;
    double *logs = work, *v = logs + k, *w = v + d, total = kith_mixture_logs(f, x, logs, w);
    sums[0] += total;
    for (size_t c = 0; c < k; c++) {
        double r = exp(logs[c] - total);
        if (r > 0) add_weighted(f, x, c, r, v, sums + 1 + c * part);
    }
}

void mixture_add_hard(const kith_mixture *f, const double *x, size_t c, double *sums) {
    size_t d = f->d;
    double *o = sums + 1 + c * (1 + d + d * d);
    const double *m = f->means + c * d;
    o[0] += 1;
    for (size_t j = 0; j < d; j++) {
        o[1 + j] += x[j] - m[j];
        for (size_t h = 0; h <= j; h++) o[1 + d + j * d + h] += (x[j] - m[j]) * (x[h] - m[h]);
    }
}

static int expect(void *ctx, int worker, size_t index, kith_error *err) {
    (void)err;
    em *e = ctx;
    size_t d = e->f->d, k = e->f->k, from = index * CHUNK, to = from + CHUNK < e->p->n ? from + CHUNK : e->p->n;
    double *out = e->chunks + index * e->each;
    memset(out, 0, e->each * sizeof *out);
    for (size_t i = from; i < to; i++) mixture_add(e->f, e->p->x + i * d, out, e->work + (size_t)worker * (k + 2 * d));
    return KITH_OK;
}

void mixture_maximise(kith_mixture *f, const double *sums, double n, double floor_) {
    size_t d = f->d, part = 1 + d + d * d;
    for (size_t c = 0; c < f->k; c++) {
        const double *o = sums + 1 + c * part;
        double w = o[0], *m = f->means + c * d, *s = f->covariances + c * d * d;
        f->shares[c] = w / n;
        if (!(w > 0)) continue;
        for (size_t j = 0; j < d; j++) {
            for (size_t h = 0; h <= j; h++) {
                double v = f->diagonal && h != j ? 0 : o[1 + d + j * d + h] / w - (o[1 + j] / w) * (o[1 + h] / w);
                s[j * d + h] = s[h * d + j] = v;
            }
            s[j * d + j] += floor_;
        }
        for (size_t j = 0; j < d; j++) m[j] += o[1 + j] / w;
    }
}

bool mixture_settled(double mean, int iterations, double tolerance, double *last, double *gain) {
    double now = mean - *last, rate = now / *gain, left = rate > 0 && rate < 1 ? now * rate / (1 - rate) : now;
    if (iterations > 1 && fabs(now) < tolerance && fabs(left) < tolerance) return true;
    *gain = now;
    *last = mean;
    return false;
}

/* The column in which most points share one value, and how many do. */
static size_t most_shared(const kith_points *p, size_t *count) {
    size_t at = 0;
    *count = 0;
    double *v = malloc(p->n * sizeof *v);
    for (size_t j = 0; v && j < p->d; j++) {
        /* Boyer and Moore's vote would want a majority; a hash count of up to 64 Ki values is enough here */
        enum { SLOTS = 1 << 16 };
        typedef struct slot {
            double value;
            size_t n;
        } slot;
        slot *slots = calloc(SLOTS, sizeof *slots);
        for (size_t i = 0; slots && i < p->n; i++) {
            double x = p->x[i * p->d + j];
            size_t h = (size_t)kith_hash(&x, sizeof x, 1) & (SLOTS - 1), tries = 0;
            while (slots[h].n && slots[h].value != x && tries++ < 64) h = (h + 1) & (SLOTS - 1);
            if (slots[h].n && slots[h].value != x) continue;
            slots[h].value = x;
            if (++slots[h].n > *count) *count = slots[h].n, at = j;
        }
        free(slots);
    }
    free(v);
    return at;
}

bool mixture_shrunk(const kith_mixture *f, const double *variance, double *work, kith_error *err, int *status) {
    size_t d = f->d;
    for (size_t c = 0; c < f->k; c++) {
        const double *s = f->covariances + c * d * d;
        double *a = work, *values = work + d * d;
        for (size_t i = 0; i < d; i++) {
            for (size_t j = 0; j < d; j++) {
                a[i * d + j] = s[i * d + j] / sqrt(variance[i] * variance[j]);
                if (!isfinite(a[i * d + j])) return true;
            }
        }
        *status = kith_eigen_symmetric(d, a, values, NULL, err);
        if (*status != KITH_OK) return false;
        if (!(values[0] > 1e-9)) return true;
    }
    return false;
}

static int unbounded(const kith_points *p, size_t *column, kith_error *err) {
    size_t count, at = most_shared(p, &count);
    bool one = count > p->n / 50 && count > 10;
    if (column) *column = one ? at : p->d;
    if (one)
        return kith_fail(err, KITH_DATA,
                         "the likelihood is unbounded: a component shrinks onto %zu rows that share one value here; "
                         "leave this column out or give a floor",
                         count);
    return kith_fail(err, KITH_DATA,
                     "the likelihood is unbounded: a component shrinks onto a few rows or a line; ask for "
                     "fewer clusters, leave dependent columns out, or give a floor");
}

int mixture_alloc(kith_mixture *f, size_t k, size_t d, bool diagonal, kith_error *err) {
    *f = (kith_mixture){.k = k, .d = d, .diagonal = diagonal};
    f->shares = calloc(k + k * d + 2 * k * d * d + k, sizeof *f->shares);
    if (!f->shares) return kith_no_memory(err);
    f->means = f->shares + k;
    f->covariances = f->means + k * d;
    f->factors = f->covariances + k * d * d;
    f->constants = f->factors + k * d * d;
    f->parameters = k - 1 + k * d + k * (diagonal ? d : d * (d + 1) / 2);
    return KITH_OK;
}

void kith_mixture_free(kith_mixture *fit) {
    free(fit->shares);
    *fit = (kith_mixture){0};
}

void mixture_sort(kith_mixture *f, double *spare) {
    size_t d = f->d;
    for (size_t a = 0; a < f->k; a++) {
        size_t most = a;
        for (size_t b = a + 1; b < f->k; b++) {
            if (f->shares[b] > f->shares[most]) most = b;
        }
        if (most == a) continue;
        struct {
            double *p;
            size_t n;
        } parts[5] = {{f->shares, 1}, {f->means, d}, {f->covariances, d * d}, {f->factors, d * d}, {f->constants, 1}};
        for (int i = 0; i < 5; i++) {
            double *x = parts[i].p + a * parts[i].n, *y = parts[i].p + most * parts[i].n;
            memcpy(spare, x, parts[i].n * sizeof *x);
            memcpy(x, y, parts[i].n * sizeof *x);
            memcpy(y, spare, parts[i].n * sizeof *x);
        }
    }
}

static int run(em *e, const kith_mixture_options *o, const double *variance, int threads, double *work, size_t *column,
               kith_error *err) {
    kith_mixture *f = e->f;
    size_t chunks = (e->p->n + CHUNK - 1) / CHUNK;
    double n = (double)e->p->n, last = NAN, gain = NAN, tolerance = o->tolerance > 0 ? o->tolerance : 1e-9;
    int most = o->max_iterations > 0 ? o->max_iterations : 5000;
    for (f->iterations = 0; f->iterations < most; f->iterations++) {
        int status = KITH_OK;
        if (mixture_shrunk(f, variance, work, err, &status)) return unbounded(e->p, column, err);
        KITH_TRY(status);
        if (kith_mixture_prepare(f, NULL) != KITH_OK) return unbounded(e->p, column, err);
        KITH_TRY(kith_parallel(threads, chunks, expect, e, err));
        for (size_t i = 0; i < e->each; i++) {
            kith_running s = {0, 0};
            for (size_t c = 0; c < chunks; c++) kith_running_add(&s, e->chunks[c * e->each + i]);
            work[i] = kith_running_value(&s);
        }
        memcpy(e->chunks, work, e->each * sizeof *work);
        f->loglik = e->chunks[0];
        if (mixture_settled(f->loglik / n, f->iterations, tolerance, &last, &gain)) {
            f->converged = true;
            return KITH_OK; /* the parameters are those the likelihood was computed with */
        }
        if (f->iterations + 1 < most) mixture_maximise(f, e->chunks, n, o->floor);
    }
    return KITH_OK;
}

int kith_mixture_fit(const kith_points *p, const kith_mixture_options *o, kith_mixture *fit, size_t *column,
                     kith_error *err) {
    size_t k = o->clusters, d = p->d, n = p->n;
    kith_kmeans_options ko = {.clusters = k, .starts = o->starts, .seed = o->seed, .threads = o->threads, .keys = o->keys};
    kith_kmeans start = {0};
    if (column) *column = d;
    *fit = (kith_mixture){0};
    if (n <= k * (d + 1))
        return kith_fail(err, KITH_DATA, "too few people (%zu) for %zu cluster%s of %zu column%s", n, k, k == 1 ? "" : "s", d, d == 1 ? "" : "s");
    uint32_t *labels = malloc(n * sizeof *labels);
    if (!labels) return kith_no_memory(err);
    int threads = o->threads < 1 ? 1 : o->threads > 256 ? 256 : o->threads;
    size_t each = mixture_sums(k, d), chunks = (n + CHUNK - 1) / CHUNK;
    size_t spare = each > d * d + d ? each : d * d + d;
    em e = {.p = p, .f = fit, .each = each};
    double *variance = malloc((2 * d + spare) * sizeof *variance);
    e.chunks = malloc((chunks * each) * sizeof *e.chunks);
    e.work = malloc((size_t)threads * (k + 2 * d) * sizeof *e.work);
    int status = variance && e.chunks && e.work ? kith_kmeans_fit(p, &ko, &start, labels, err) : kith_no_memory(err);
    if (status == KITH_OK) status = mixture_alloc(fit, k, d, o->diagonal, err);
    if (status == KITH_OK) { /* the first M step takes k-means' clusters as certain */
        double *mean = variance + d;
        kith_points copy = *p;
        kith_points_scale(&copy, false, mean, variance);
        for (size_t j = 0; j < d; j++) variance[j] *= variance[j];
        memcpy(fit->means, start.centres, k * d * sizeof *fit->means);
        memset(e.chunks, 0, each * sizeof *e.chunks);
        for (size_t i = 0; i < n; i++) mixture_add_hard(fit, p->x + i * d, labels[i], e.chunks);
        mixture_maximise(fit, e.chunks, (double)n, o->floor);
        status = run(&e, o, variance, threads, variance + 2 * d, column, err);
    }
    if (status == KITH_OK) {
        mixture_sort(fit, variance + 2 * d);
        fit->bic = -2 * fit->loglik + (double)fit->parameters * log((double)n);
    }
    kith_kmeans_free(&start);
    free(labels);
    free(variance);
    free(e.chunks);
    free(e.work);
    if (status != KITH_OK) kith_mixture_free(fit);
    return status;
}
