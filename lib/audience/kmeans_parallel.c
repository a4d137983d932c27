/* k-means||: a start that few passes over the rows find (Bahmani, Moseley, Vattani, Kumar & Vassilvitskii 2012, "Scalable k-means++").
 *
 * From one row on, each of five rounds draws 2k rows with chances proportional to D², the squared distance to the candidates so far; the
 * candidates, weighted by the rows nearest to each, are then clustered by themselves. The paper draws each row by itself, with a chance that needs
 * the sum of D² from a pass of its own; here −ln(u)/D² races, u a function of the row's values, and the 2k least win (Efraimidis & Spirakis 2006):
 * no sum is needed, and what wins over all shards is what wins among the shards' winners. Rows of equal values are one in the race. */
#include "kmeans_parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t kmeans_round_most(size_t clusters) { return 2 * clusters; }

static double uniform(uint64_t h) { return ((double)(h >> 11) + .5) * 0x1p-53; }

uint64_t kmeans_race(uint64_t key, uint64_t seed, size_t round, double distance2) {
    if (!(distance2 > 0)) return UINT64_MAX;
    double e = -log(uniform(kith_hash_mix(kith_hash_mix(key, round), seed))) / distance2;
    uint64_t bits;
    memcpy(&bits, &e, sizeof bits); /* of numbers from 0 on these are in order */
    return bits;
}

static double distance2(const double *a, const double *b, size_t d) {
    double s = 0;
    for (size_t j = 0; j < d; j++) s += (a[j] - b[j]) * (a[j] - b[j]);
    return s;
}

/* ---- candidates to centres ---------------------------------------------------------------------------------- */

typedef struct start {
    const kith_points *p;
    const uint64_t *weights;
    size_t k;
    double *near, *centres, *sums; /* of a candidate; k × d; k × (d + 1) */
    size_t *label;
} start;

static bool plus_plus(start *s, uint64_t key) {
    size_t n = s->p->n, d = s->p->d;
    for (size_t i = 0; i < n; i++) s->near[i] = 1;
    for (size_t c = 0; c < s->k; c++) {
        double least = INFINITY;
        size_t pick = SIZE_MAX;
        for (size_t i = 0; i < n; i++) {
            double w = (double)s->weights[i] * s->near[i];
            if (!(w > 0)) continue;
            double e = -log(uniform(kith_hash_mix(kith_hash_mix(key, c), i))) / w;
            if (e < least) least = e, pick = i;
        }
        if (pick == SIZE_MAX) return false;
        memcpy(s->centres + c * d, s->p->x + pick * d, d * sizeof *s->centres);
        for (size_t i = 0; i < n; i++) {
            double v = distance2(s->p->x + i * d, s->centres + c * d, d);
            s->near[i] = c ? fmin(s->near[i], v) : v;
        }
    }
    return true;
}

static double lloyd(start *s) {
    size_t n = s->p->n, d = s->p->d, k = s->k;
    double inertia = INFINITY;
    for (int step = 0; step < 300; step++) {
        double now = 0;
        bool changed = false;
        memset(s->sums, 0, k * (d + 1) * sizeof *s->sums);
        for (size_t i = 0; i < n; i++) {
            size_t at = 0;
            double best = INFINITY, w = (double)s->weights[i];
            for (size_t c = 0; c < k; c++) {
                double v = distance2(s->p->x + i * d, s->centres + c * d, d);
                if (v < best) best = v, at = c;
            }
            changed |= !step || s->label[i] != at;
            s->label[i] = at;
            now += w * best;
            double *sum = s->sums + at * (d + 1);
            sum[d] += w;
            for (size_t j = 0; j < d; j++) sum[j] += w * s->p->x[i * d + j];
        }
        inertia = now;
        if (!changed) break;
        for (size_t c = 0; c < k; c++)
            for (size_t j = 0; j < d && s->sums[c * (d + 1) + d] > 0; j++) s->centres[c * d + j] = s->sums[c * (d + 1) + j] / s->sums[c * (d + 1) + d];
    }
    return inertia;
}

int kmeans_weighted(const kith_points *p, const uint64_t *weights, size_t k, int starts, uint64_t seed, double *centres, kith_error *err) {
    size_t d = p->d;
    start s = {.p = p, .weights = weights, .k = k};
    s.near = malloc((p->n + k * d + k * (d + 1) + 1) * sizeof *s.near);
    s.label = malloc((p->n + 1) * sizeof *s.label);
    int status = s.near && s.label ? KITH_OK : kith_no_memory(err);
    double best = INFINITY;
    s.centres = s.near + p->n;
    s.sums = s.centres + k * d;
    for (int i = 0; i < starts && !status; i++) {
        if (!plus_plus(&s, kith_hash_mix(seed, (uint64_t)i + 1))) {
            status = kith_fail(err, KITH_DATA, "fewer different rows than the %zu clusters asked for", k);
            break;
        }
        double inertia = lloyd(&s);
        if (inertia < best) best = inertia, memcpy(centres, s.centres, k * d * sizeof *centres);
    }
    free(s.near);
    free(s.label);
    return status;
}

/* ---- rows in memory ----------------------------------------------------------------------------------------- */

typedef struct racer {
    uint64_t place;
    const double *x;
    size_t d;
} racer;

static int by_place(const void *a, const void *b) {
    const racer *p = a, *q = b;
    if (p->place != q->place) return p->place < q->place ? -1 : 1;
    for (size_t j = 0; j < p->d; j++)
        if (p->x[j] != q->x[j]) return p->x[j] < q->x[j] ? -1 : 1;
    return 0;
}

/* Sorts, and keeps the first of equals and the `most` first. */
static size_t prune(racer *r, size_t n, size_t most) {
    size_t kept = 0;
    qsort(r, n, sizeof *r, by_place);
    for (size_t i = 0; i < n && kept < most; i++)
        if (!kept || by_place(&r[kept - 1], &r[i]) != 0) r[kept++] = r[i];
    return kept;
}

int kmeans_oversampled(const kith_points *p, const uint64_t *keys, size_t k, int starts, uint64_t seed, double *centres, kith_error *err) {
    size_t n = p->n, d = p->d, most = kmeans_round_most(k), room = 1 + KMEANS_ROUNDS * most, m = 0, from = 0;
    double *near = malloc((n + 1) * sizeof *near), *x = malloc(room * d * sizeof *x);
    size_t *at = calloc(n + 1, sizeof *at);
    uint64_t *weights = calloc(room, sizeof *weights);
    racer *racers = malloc(4 * most * sizeof *racers);
    int status = near && x && at && weights && racers ? KITH_OK : kith_no_memory(err);
    for (size_t round = 0; round <= KMEANS_ROUNDS && !status; round++) {
        size_t r = 0, take = round ? most : 1;
        uint64_t limit = UINT64_MAX;
        for (size_t i = 0; i < n; i++) {
            uint64_t key = keys ? keys[i] : kith_kmeans_key(p->x + i * d, d), place = round ? kmeans_race(key, seed, round, near[i]) : key;
            if ((round && place == UINT64_MAX) || place > limit) continue;
            racers[r++] = (racer){place, p->x + i * d, d};
            if (r < 4 * most) continue;
            r = prune(racers, r, take);
            if (r == take) limit = racers[r - 1].place;
        }
        r = prune(racers, r, take);
        for (size_t i = 0; i < r; i++) memcpy(x + m++ * d, racers[i].x, d * sizeof *x);
        for (size_t i = 0; i < n; i++)
            for (size_t c = from; c < m; c++) {
                double v = distance2(p->x + i * d, x + c * d, d);
                if (c == 0 || v < near[i]) near[i] = v, at[i] = c;
            }
        from = m;
    }
    for (size_t i = 0; i < n && !status; i++) weights[at[i]]++;
    if (!status) status = kmeans_weighted(&(kith_points){m, d, x}, weights, k, starts, seed, centres, err);
    free(near);
    free(x);
    free(at);
    free(weights);
    free(racers);
    return status;
}
