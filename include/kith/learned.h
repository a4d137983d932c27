/* kith/learned.h: what outcomes teach: offers' posteriors that add, and what another policy would have been worth.
 *
 * Of each offer and channel are kept, over all contacts with an outcome: how many, the sum of the values that were predicted,
 * and of the outcomes that came. With a Gamma prior of mean 1 on (outcome ÷ prediction), as strong as PRIOR contacts of average
 * value, the posterior mean is (prior + outcomes) ÷ (prior + predictions): the factor by which tomorrow's values are
 * multiplied. Sums add: a night's outcomes are folded into the file of the nights before. */
#ifndef KITH_LEARNED_H
#define KITH_LEARNED_H

#include <kith/fold.h>
#include <kith/metrics.h>

typedef struct kith_learned_row {
    kith_str offer, channel;
    double contacts, predicted, outcomes, squares; /* squares of the outcomes */
} kith_learned_row;

typedef struct kith_learned {
    kith_arena *arena;
    kith_learned_row *rows; /* by offer, then channel, in byte order */
    size_t n, room;
} kith_learned;

/* Adds one outcome. The texts are copied. */
int kith_learned_add(kith_learned *learned, kith_str offer, kith_str channel, double predicted, double outcome, kith_error *err);
/* The posterior mean and a 95 % interval (Gamma, by Wilson and Hilferty) of a row's factor. */
void kith_learned_factor(const kith_learned_row *row, double *mean, double *low, double *high);

int kith_learned_put(kith_model *m, const kith_learned *learned, kith_error *err);
int kith_learned_get(const kith_model *m, kith_learned *learned, kith_error *err);
/* The factors of the offers of a list, 1 for one that is not known. */
int kith_learned_factors(kith_arena *arena, const char *path, const char *const *offer, const char *const *channel, size_t n,
                         double *factor, kith_error *err);

/* Off-policy evaluation: the mean outcome if `wanted` (the probability that the new policy takes the logged action)
 * had chosen, from outcomes logged under `propensity`. Inverse propensities (ips), self-normalised (snips, Swaminathan & Joachims 2015) and, with
 * predictions of the logged action and of the new policy's (NULL: none), doubly robust (dr, Dudík et al. 2014); effective_n; logged, the mean as it was. */
int kith_eval_policy(const double *outcome, const double *propensity, const double *wanted, const double *predicted,
                     const double *predicted_new, size_t n, kith_arena *arena, kith_measure **out, size_t *n_out, kith_error *err);

#endif
