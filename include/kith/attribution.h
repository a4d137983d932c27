/* kith/attribution.h: which channel earned the conversions: rules of thumb, Shapley, and exact Markov removal effects.
 *
 * A journey is a path of touches (channel numbers) that was walked `conversions` times with a conversion at its end, worth
 * `value` in all, and `nulls` times without. Every model hands out the totals of conversions and value: its column sums to
 * them. Nothing here is random but the bootstrap, which is a function of the seed and the path. */
#ifndef KITH_ATTRIBUTION_H
#define KITH_ATTRIBUTION_H

#include <kith/fold.h>

/* Distinct paths with their counts. Path i is touch[start[i]] … touch[start[i + 1] − 1], never empty; channel numbers are
 * below `channels`. Conversions, values and nulls are not negative, conversions + nulls > 0 somewhere. All arrays belong
 * to the caller. Results are summed in the order of the paths: give them in an order of the content (kith_journeys does),
 * and the same data give the same bytes. */
typedef struct kith_paths {
    size_t n, channels;
    const uint64_t *start;      /* n + 1 */
    const uint16_t *touch;      /* start[n] */
    const double *conversions;  /* n */
    const double *value;        /* n */
    const double *nulls;        /* n */
} kith_paths;

enum kith_attribution_model {
    KITH_ATTRIBUTION_FIRST,
    KITH_ATTRIBUTION_LAST,
    KITH_ATTRIBUTION_LAST_NON_DIRECT, /* the last touch that is not the direct channel; direct where there is no other */
    KITH_ATTRIBUTION_LINEAR,
    KITH_ATTRIBUTION_POSITION, /* 40 % first, 40 % last, 20 % over those between; halves for two touches */
    KITH_ATTRIBUTION_DECAY,    /* weight 2^(−touches to the last / half-life) */
    KITH_ATTRIBUTION_SHAPLEY,  /* equal split over a path's distinct channels: the Shapley value of Σ over paths of
                                  conversions · [all the path's channels are in the coalition] (Zhao et al. 2018) */
    KITH_ATTRIBUTION_MARKOV,   /* removal effects in an absorbing chain (Anderl et al. 2016), solved exactly */
    KITH_ATTRIBUTION_MARKOV_CHOSEN, /* the order with the best held-out likelihood, to be replaced by MARKOV */
};

typedef struct kith_attribution_spec {
    enum kith_attribution_model model;
    double half_life; /* of DECAY, in touches, > 0 */
    int order;        /* of MARKOV, ≥ 1 */
    int direct;       /* the direct channel's number, or −1: there is none */
} kith_attribution_spec;

/* Reads first, last, lastnondirect, linear, position, decay:H, shapley (or shapley_sum), markov1 … markov9, markov. `direct`
 * is set to −1. KITH_USAGE for another name, with the nearest one. */
int kith_attribution_parse(kith_str text, kith_attribution_spec *spec, kith_error *err);

/* One model's credit per channel; three arrays of paths->channels numbers of the caller's. `removal` is the share of the
 * conversions that would be lost without the channel (MARKOV only, NaN otherwise). Sources: Anderl, Becker, von Wangenheim
 * & Schumann 2016; Zhao, Mahboobi & Bagheri 2018. KITH_DATA where
 * the order times the number of channels is past 64 bits; KITH_SYSTEM without memory. */
int kith_attribution_credit(const kith_paths *paths, const kith_attribution_spec *spec, double *conversions, double *value,
                            double *removal, kith_error *err);

/* The order 1 … most with the greatest log-likelihood per journey on held-out journeys (five folds, to which each
 * journey falls by a draw that is a function of its path). Chains are smoothed by Witten & Bell's (1991)
 * interpolation with the next lower order. loglik (may be NULL) takes `most` numbers, loglik[k − 1] of order k; equal ones
 * go to the lower order. */
int kith_attribution_order(const kith_paths *paths, int most, int *order, double *loglik, kith_error *err);

/* Percentile intervals of the credits over `replicates` Poisson bootstraps of the journeys (a path's conversions and nulls
 * are redrawn around their counts, value in proportion). Arrays of channels numbers each; `level` such as .95. The same
 * for any number of threads. */
typedef struct kith_attribution_band {
    double *conversions_low, *conversions_high, *value_low, *value_high;
} kith_attribution_band;
int kith_attribution_bootstrap(const kith_paths *paths, const kith_attribution_spec *spec, size_t replicates, double level,
                               uint64_t seed, int threads, kith_attribution_band *band, kith_error *err);

/* ---- collecting journeys --------------------------------------------------------------------------------------- */

/* Distinct paths with exact sums: counts and values are kept in units of 10⁻⁹, so that the result does not depend on the
 * order of rows, shards or threads. Memory: about 60 bytes, and two a touch, for each distinct path, and
 * up to 5 MB for the texts of paths that repeat. */
typedef struct kith_journeys kith_journeys;

kith_journeys *kith_journeys_new(void); /* NULL when out of memory; free with kith_journeys_free */
void kith_journeys_free(kith_journeys *journeys); /* NULL is fine */

size_t kith_journeys_count(const kith_journeys *journeys); /* distinct paths, about: rows may wait to be compared */

/* What kith_journeys_add saw wrong. */
typedef enum kith_journey_fault {
    KITH_JOURNEY_FINE,
    KITH_JOURNEY_NO_CHANNEL,   /* the path is empty, or one of its touches is */
    KITH_JOURNEY_CHANNELS,     /* more than 65,535 channels */
    KITH_JOURNEY_CONVERSIONS,  /* negative, or the sum past 9 · 10⁹ */
    KITH_JOURNEY_VALUE,        /* negative, or past 10¹⁵ */
    KITH_JOURNEY_NULLS,        /* as conversions */
    KITH_JOURNEY_MEMORY,
} kith_journey_fault;

/* Adds one row; the path is cut at `separator` (not empty; the same one for every row), blanks around a touch do not count. On a fault nothing is added.
 * A row without conversions, value and nulls adds nothing. */
kith_journey_fault kith_journeys_add(kith_journeys *journeys, kith_str path, kith_str separator, double conversions,
                                     double value, double nulls);
/* The words for a fault. */
const char *kith_journey_words(kith_journey_fault fault);

int kith_journeys_merge(kith_journeys *into, const kith_journeys *from, kith_error *err);
/* Takes the journeys of `what` out of `from` again; KITH_DATA where they are not in it. */
int kith_journeys_subtract(kith_journeys *from, const kith_journeys *what, kith_error *err);

/* The paths that count something, in an order of their content, with their channels in byte order: `arena` owns all of it.
 * names has paths->channels entries (bytes shared with `journeys`). */
int kith_journeys_view(const kith_journeys *journeys, kith_arena *arena, kith_paths *paths, const kith_str **names,
                       kith_error *err);

/* The state as CSV records (channel,NAME and path,TOUCHES,CONVERSIONS,VALUE,NULLS), and back into a new one. What is read is not
 * trusted: KITH_DATA where it holds what cannot be. */
int kith_journeys_save(const kith_journeys *journeys, kith_buf *out, kith_error *err);
int kith_journeys_load(kith_journeys *journeys, kith_records *records, kith_error *err);

/* report.attribution: parameters path, conversions, value, nulls (column names; one after a ? need not be there: all 0), separator, direct,
 * models (separated by commas), wide, bootstrap (replicates), level, seed. */
extern const kith_fold kith_attribution_fold;

#endif
