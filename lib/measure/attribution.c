/* Credit for conversions, model by model, from distinct paths with counts.
 *
 * The rules of thumb are one pass over the paths. Shapley: with the game v(S) = conversions of the paths whose channels all
 * lie in S, the Shapley value is each path's conversions split evenly over its distinct channels (Zhao, Mahboobi & Bagheri
 * 2018), so that nothing is enumerated. Markov: removal effects from chain.c, scaled to the totals; value has effects of its
 * own, from the same chain with the value as its reward.
 *
 * Invariant: every model's conversions (value) sum to the total conversions (value); where no removal loses any value, the
 * value follows the removal effects of the conversions. */
#include "chain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int kith_attribution_parse(kith_str text, kith_attribution_spec *spec, kith_error *err) {
    static const struct {
        const char *name;
        enum kith_attribution_model model;
    } names[] = {{"first", KITH_ATTRIBUTION_FIRST},       {"last", KITH_ATTRIBUTION_LAST},
                 {"lastnondirect", KITH_ATTRIBUTION_LAST_NON_DIRECT}, {"linear", KITH_ATTRIBUTION_LINEAR},
                 {"position", KITH_ATTRIBUTION_POSITION}, {"shapley", KITH_ATTRIBUTION_SHAPLEY},
                 {"shapley_sum", KITH_ATTRIBUTION_SHAPLEY}, {"markov", KITH_ATTRIBUTION_MARKOV_CHOSEN}};
    *spec = (kith_attribution_spec){.half_life = 1, .order = 1, .direct = -1};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (kith_str_is(text, names[i].name)) {
            spec->model = names[i].model;
            return KITH_OK;
        }
    if (kith_str_starts(text, "decay:")) {
        spec->model = KITH_ATTRIBUTION_DECAY;
        if (kith_parse_double((kith_str){text.p + 6, text.n - 6}, &spec->half_life) && spec->half_life > 0) return KITH_OK;
        return kith_fail(err, KITH_USAGE, "decay takes a half-life in touches, such as decay:7");
    }
    if (text.n == 7 && kith_str_starts(text, "markov") && text.p[6] >= '1' && text.p[6] <= '9') {
        spec->model = KITH_ATTRIBUTION_MARKOV;
        spec->order = text.p[6] - '0';
        return KITH_OK;
    }
    static const char *const all[] = {"first", "last", "lastnondirect", "linear", "position", "decay:7", "shapley", "shapley_sum",
                                      "markov1", "markov2", "markov3", "markov"};
    char word[64];
    size_t n = text.n < sizeof word - 1 ? text.n : sizeof word - 1;
    memcpy(word, text.p, n);
    word[n] = 0;
    const char *near = kith_nearest_name(word, all, sizeof all / sizeof *all);
    if (near) return kith_fail(err, KITH_USAGE, "no attribution model '%s'; did you mean '%s'?", word, near);
    return kith_fail(err, KITH_USAGE, "no attribution model '%s' (first last lastnondirect linear position decay:H shapley markov1 … markov9 markov)",
                     word);
}

static void give(double *conversions, double *value, uint16_t channel, double share, double c, double v) {
    conversions[channel] += share * c;
    value[channel] += share * v;
}

static void rule(const kith_paths *paths, const kith_attribution_spec *spec, double *conversions, double *value, uint64_t *seen) {
    double keep = spec->model == KITH_ATTRIBUTION_DECAY ? exp2(-1 / spec->half_life) : 1;
    for (size_t i = 0; i < paths->n; i++) {
        double c = paths->conversions[i], v = paths->value[i];
        if (c == 0 && v == 0) continue;
        const uint16_t *t = paths->touch + paths->start[i];
        size_t n = paths->start[i + 1] - paths->start[i];
        switch (spec->model) {
        case KITH_ATTRIBUTION_FIRST: give(conversions, value, t[0], 1, c, v); break;
        case KITH_ATTRIBUTION_LAST: give(conversions, value, t[n - 1], 1, c, v); break;
        case KITH_ATTRIBUTION_LAST_NON_DIRECT: {
            size_t j = n;
            while (j > 0 && t[j - 1] == spec->direct) j--;
            give(conversions, value, t[j ? j - 1 : n - 1], 1, c, v);
            break;
        }
        case KITH_ATTRIBUTION_LINEAR:
            for (size_t j = 0; j < n; j++) give(conversions, value, t[j], 1 / (double)n, c, v);
            break;
        case KITH_ATTRIBUTION_POSITION:
            for (size_t j = 0; j < n; j++) {
                double share = n == 1 ? 1 : n == 2 ? .5 : j == 0 || j == n - 1 ? .4 : .2 / (double)(n - 2);
                give(conversions, value, t[j], share, c, v);
            }
            break;
        case KITH_ATTRIBUTION_DECAY: {
            double sum = 0, w = 1;
            for (size_t j = 0; j < n; j++, w *= keep) sum += w;
            w = 1;
            for (size_t j = n; j-- > 0; w *= keep) give(conversions, value, t[j], w / sum, c, v);
            break;
        }
        case KITH_ATTRIBUTION_SHAPLEY: {
            size_t distinct = 0;
            for (size_t j = 0; j < n; j++)
                if (seen[t[j]] != i + 1) {
                    seen[t[j]] = i + 1;
                    distinct++;
                }
            for (size_t j = 0; j < n; j++)
                if (seen[t[j]] == i + 1) {
                    seen[t[j]] = 0;
                    give(conversions, value, t[j], 1 / (double)distinct, c, v);
                }
            break;
        }
        case KITH_ATTRIBUTION_MARKOV:
        case KITH_ATTRIBUTION_MARKOV_CHOSEN: break;
        }
    }
}

static int markov(const kith_paths *paths, int order, double *conversions, double *value, double *removal, kith_error *err) {
    kith_chain chain;
    double total[2] = {0, 0}, sum[2] = {0, 0};
    for (size_t i = 0; i < paths->n; i++) {
        total[0] += paths->conversions[i];
        total[1] += paths->value[i];
    }
    if (!(total[0] > 0)) return KITH_OK; /* nothing to give, nothing to lose */
    int status = kith_chain_init(&chain, order, paths->channels, 1, err);
    if (status == KITH_OK) status = kith_chain_count(&chain, paths, err);
    if (status == KITH_OK) status = kith_chain_removal(&chain, conversions, value, err);
    kith_chain_free(&chain);
    if (status != KITH_OK) return status;
    memcpy(removal, conversions, paths->channels * sizeof *removal);
    for (size_t c = 0; c < paths->channels; c++) {
        sum[0] += conversions[c];
        sum[1] += value[c];
    }
    for (size_t c = 0; c < paths->channels; c++) {
        value[c] = total[1] == 0 ? 0 : sum[1] > 0 ? value[c] / sum[1] * total[1] : conversions[c] / sum[0] * total[1];
        conversions[c] = conversions[c] / sum[0] * total[0];
    }
    return KITH_OK;
}

int kith_attribution_credit(const kith_paths *paths, const kith_attribution_spec *spec, double *conversions, double *value,
                            double *removal, kith_error *err) {
    for (size_t c = 0; c < paths->channels; c++) {
        conversions[c] = value[c] = 0;
        removal[c] = NAN;
    }
    if (spec->model == KITH_ATTRIBUTION_MARKOV) return markov(paths, spec->order, conversions, value, removal, err);
    if (spec->model == KITH_ATTRIBUTION_MARKOV_CHOSEN) return kith_fail(err, KITH_DEFECT, "an order not yet chosen");
    uint64_t *seen = calloc(paths->channels + 1, sizeof *seen);
    if (!seen) return kith_no_memory(err);
    rule(paths, spec, conversions, value, seen);
    free(seen);
    return KITH_OK;
}

/* ---- the order ------------------------------------------------------------------------------------------------- */

enum { FOLDS = 5, ORDERS = 10 };

/* How many of n fall to a share p: one by one while few, by a rounded normal past 200. */
static double binomial(kith_random *r, double n, double p) {
    double k = 0;
    if (n > 200) {
        k = floor(n * p + sqrt(n * p * (1 - p)) * kith_random_normal(r) + .5);
        return k < 0 ? 0 : k > n ? n : k;
    }
    for (double i = 0; i < n; i++) k += kith_random_unit(r) < p;
    return k;
}

/* Deals w journeys of one path to the folds, each on its own as the path's hash decides; a fraction stays whole. (Dealing in turn
 * is wrong: the folds then agree better than chance lets them, and a chain that learns noise by heart is rewarded.) */
static void deal(double w, uint64_t hash, const char *purpose, double *to) {
    kith_random r;
    kith_random_start(&r, 1, purpose, hash);
    double left = floor(w), rest = w - left;
    for (int f = 0; f < FOLDS; f++) {
        to[f] = f == FOLDS - 1 ? left : left > 0 ? binomial(&r, left, 1. / (FOLDS - f)) : 0;
        left -= to[f];
    }
    if (rest > 0) to[kith_random_below(&r, FOLDS)] += rest;
}

typedef struct place { /* what has been counted at one state, by fold */
    double kinds[FOLDS]; /* of different continuations in the other folds */
} place;

static double other(const double *planes, int fold) {
    double sum = 0;
    for (int f = 0; f < FOLDS; f++) sum += f == fold ? 0 : planes[f];
    return sum;
}

static uint64_t path_hash(const kith_paths *paths, size_t i) {
    return kith_hash(paths->touch + paths->start[i], (paths->start[i + 1] - paths->start[i]) * sizeof *paths->touch, 5);
}

/* Walks one path through all chains at once; counts it, or (loglik given) scores it. */
typedef struct walk {
    const kith_paths *paths;
    kith_chain *chain; /* orders 1 … most; index 0 unused */
    place *places[ORDERS];
    double *unigram;         /* channels + 2 × FOLDS: conversion and null last */
    double *loglik;
    int most;
} walk;

static int count_paths(walk *w, kith_error *err) {
    const kith_paths *p = w->paths;
    for (size_t i = 0; i < p->n; i++) {
        double c[FOLDS], v[FOLDS];
        uint64_t h = path_hash(p, i);
        deal(p->conversions[i], h, "conversions", c);
        deal(p->nulls[i], h, "nulls", v);
        for (int f = 0; f < FOLDS; f++) {
            w->unigram[p->channels * FOLDS + (size_t)f] += c[f];
            w->unigram[(p->channels + 1) * FOLDS + (size_t)f] += v[f];
        }
        for (uint64_t j = p->start[i]; j < p->start[i + 1]; j++)
            for (int f = 0; f < FOLDS; f++) w->unigram[(size_t)p->touch[j] * FOLDS + (size_t)f] += c[f] + v[f];
        for (int k = 1; k <= w->most; k++) {
            kith_chain *m = &w->chain[k];
            uint32_t s = 0;
            for (int f = 0; f < FOLDS; f++) m->visits[f] += c[f] + v[f];
            for (uint64_t j = p->start[i]; j < p->start[i + 1]; j++) {
                int64_t e = kith_chain_step(m, s, p->touch[j]);
                if (e < 0) return kith_no_memory(err);
                s = m->to[e];
                for (int f = 0; f < FOLDS; f++) {
                    m->weight[e * FOLDS + f] += c[f] + v[f];
                    m->visits[s * (size_t)FOLDS + (size_t)f] += c[f] + v[f];
                }
            }
            for (int f = 0; f < FOLDS; f++) {
                m->converted[s * (size_t)FOLDS + (size_t)f] += c[f];
                m->null[s * (size_t)FOLDS + (size_t)f] += v[f];
            }
        }
    }
    return KITH_OK;
}

static void score_paths(walk *w) {
    const kith_paths *p = w->paths;
    for (int f = 0; f < FOLDS; f++) {
        double total = 0, size = (double)p->channels + 2;
        for (size_t x = 0; x < p->channels + 2; x++) total += other(w->unigram + x * FOLDS, f);
        for (size_t i = 0; i < p->n; i++) {
            double c[FOLDS], v[FOLDS];
            uint64_t h = path_hash(p, i);
            deal(p->conversions[i], h, "conversions", c);
            deal(p->nulls[i], h, "nulls", v);
            if (c[f] + v[f] == 0) continue;
            uint32_t at[ORDERS] = {0};
            size_t n = p->start[i + 1] - p->start[i];
            for (size_t j = 0; j < n + 2; j++) { /* the touches, then a conversion, then a null */
                double times = j < n ? c[f] + v[f] : j == n ? c[f] : v[f];
                if (times == 0) continue;
                size_t x = j < n ? p->touch[p->start[i] + j] : p->channels + (j - n);
                double chance = (other(w->unigram + x * FOLDS, f) + 1) / (total + size);
                for (int k = 1; k <= w->most; k++) {
                    kith_chain *m = &w->chain[k];
                    size_t s = at[k];
                    int64_t e = j < n ? kith_chain_step(m, at[k], (uint16_t)x) : -1;
                    const double *seen = j < n ? m->weight + e * FOLDS : (j == n ? m->converted : m->null) + s * FOLDS;
                    double kinds = w->places[k][s].kinds[f], visits = other(m->visits + s * FOLDS, f);
                    if (visits > 0) chance = (other(seen, f) + kinds * chance) / (visits + kinds);
                    w->loglik[k - 1] += times * log(chance);
                    if (j < n) at[k] = m->to[e];
                }
            }
        }
    }
}

int kith_attribution_order(const kith_paths *paths, int most, int *order, double *loglik, kith_error *err) {
    kith_chain chain[ORDERS] = {{0}};
    double sums[ORDERS] = {0}, journeys = 0;
    walk w = {.paths = paths, .chain = chain, .loglik = sums, .most = most};
    if (most < 1 || most >= ORDERS) return kith_fail(err, KITH_USAGE, "orders go from 1 to %d", ORDERS - 1);
    w.unigram = calloc((paths->channels + 2) * FOLDS, sizeof *w.unigram);
    int status = w.unigram ? KITH_OK : kith_no_memory(err);
    for (int k = 1; k <= most && status == KITH_OK; k++) status = kith_chain_init(&chain[k], k, paths->channels, FOLDS, err);
    if (status == KITH_OK) status = count_paths(&w, err);
    for (int k = 1; k <= most && status == KITH_OK; k++) {
        kith_chain *m = &chain[k];
        w.places[k] = calloc(m->states, sizeof(place));
        if (!w.places[k]) {
            status = kith_no_memory(err);
            break;
        }
        for (int f = 0; f < FOLDS; f++) {
            for (size_t e = 0; e < m->edges; e++) w.places[k][m->from[e]].kinds[f] += other(m->weight + e * FOLDS, f) > 0;
            for (size_t s = 0; s < m->states; s++)
                w.places[k][s].kinds[f] += (other(m->converted + s * FOLDS, f) > 0) + (other(m->null + s * FOLDS, f) > 0);
        }
    }
    if (status == KITH_OK) {
        score_paths(&w);
        for (size_t i = 0; i < paths->n; i++) journeys += paths->conversions[i] + paths->nulls[i];
        *order = 1;
        for (int k = 1; k <= most; k++) {
            if (sums[k - 1] > sums[*order - 1]) *order = k;
            if (loglik) loglik[k - 1] = journeys > 0 ? sums[k - 1] / journeys : 0;
        }
    }
    for (int k = 1; k < ORDERS; k++) {
        kith_chain_free(&chain[k]);
        free(w.places[k]);
    }
    free(w.unigram);
    return status;
}

/* ---- the bootstrap --------------------------------------------------------------------------------------------- */

/* Poisson by inversion for small means, by a rounded normal with the same mean and variance past 60 (the skewness there is
 * below 13 %, far within what a percentile over some hundred replicates can tell). */
static double poisson(kith_random *r, double mean) {
    if (mean <= 0) return 0;
    if (mean > 60) {
        double x = floor(mean + sqrt(mean) * kith_random_normal(r) + .5);
        return x > 0 ? x : 0;
    }
    double limit = exp(-mean), product = kith_random_unit(r);
    int n = 0;
    for (; product > limit; n++) product *= kith_random_unit(r);
    return n;
}

typedef struct boot {
    const kith_paths *paths;
    const kith_attribution_spec *spec;
    uint64_t seed;
    double *credit; /* replicates × 2 × channels */
} boot;

static int replicate(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker;
    const boot *b = ctx;
    const kith_paths *p = b->paths;
    double *drawn = malloc((3 * p->n + p->channels) * sizeof *drawn);
    if (!drawn) return kith_no_memory(err);
    kith_paths again = *p;
    double *c = drawn, *v = drawn + p->n, *z = drawn + 2 * p->n;
    again.conversions = c;
    again.value = v;
    again.nulls = z;
    double any = 0;
    for (size_t i = 0; i < p->n; i++) {
        kith_random r;
        kith_random_start(&r, b->seed, "attribution", kith_hash_mix(path_hash(p, i), index));
        c[i] = poisson(&r, p->conversions[i]);
        z[i] = poisson(&r, p->nulls[i]);
        v[i] = p->conversions[i] > 0 ? p->value[i] * c[i] / p->conversions[i] : p->value[i];
        any += c[i];
    }
    double *credit = b->credit + index * 2 * p->channels;
    int status = KITH_OK;
    if (any > 0)
        status = kith_attribution_credit(&again, b->spec, credit, credit + p->channels, drawn + 3 * p->n, err);
    free(drawn);
    return status;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double p) { /* type 7 */
    double h = p * (double)(n - 1);
    size_t i = (size_t)h;
    return i + 1 < n ? sorted[i] + (h - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

int kith_attribution_bootstrap(const kith_paths *paths, const kith_attribution_spec *spec, size_t replicates, double level,
                               uint64_t seed, int threads, kith_attribution_band *band, kith_error *err) {
    size_t channels = paths->channels;
    if (replicates < 2) return kith_fail(err, KITH_USAGE, "a bootstrap takes at least 2 replicates");
    boot b = {paths, spec, seed, calloc(replicates * 2 * channels + 1, sizeof(double))};
    double *column = malloc(replicates * sizeof *column);
    int status = b.credit && column ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK) status = kith_parallel(threads, replicates, replicate, &b, err);
    for (size_t i = 0; i < 2 * channels && status == KITH_OK; i++) {
        for (size_t r = 0; r < replicates; r++) column[r] = b.credit[r * 2 * channels + i];
        qsort(column, replicates, sizeof *column, by_size);
        double low = quantile(column, replicates, (1 - level) / 2), high = quantile(column, replicates, (1 + level) / 2);
        (i < channels ? band->conversions_low : band->value_low)[i % channels] = low;
        (i < channels ? band->conversions_high : band->value_high)[i % channels] = high;
    }
    free(b.credit);
    free(column);
    return status;
}
