/* kith/rfm.h: recency, frequency and monetary value of people, from events, with quantile scores. */
#ifndef KITH_RFM_H
#define KITH_RFM_H

#include <kith/scorer.h>

/* Events to one row a person: ID,rfm_recency,rfm_frequency,rfm_monetary,rfm_r,rfm_f,rfm_m, in byte order of the ids.
 * Parameters: id, ts, amount (columns; "" the usual ones), transaction (row, ts, day, or column:NAME), until (microseconds; "" the
 * latest event), tz, scores (how many). */
extern const kith_fold kith_rfm_fold;

/* ---- quantile scores ---------------------------------------------------------------------------------------- */

/* Thresholds of `scores` groups (2 … 100): a value x has the score 1 + floor(scores × b / n), b being how many of the n values are
 * smaller; equal values have equal scores, the lowest of those they could share. So the score of x is 1 + the number of thresholds ≤ x.
 * Sorts `values` in place; stores scores − 1 ascending thresholds (infinity for groups that ties left empty at the top). `spare` has
 * room for n. Not-a-number must not occur. */
void kith_rfm_thresholds(uint64_t *keys, uint64_t *spare, size_t n, int scores, double *thresholds);
/* A double as an integer of the same order, for the above; and the score by thresholds. */
uint64_t kith_rfm_key(double value);
int kith_rfm_score(const double *thresholds, int scores, double value);

/* ---- the model ---------------------------------------------------------------------------------------------- */

/* A model of kind rfm: thresholds for recency (negated), frequency and monetary value, learned from person rows. It scores rows that
 * have rfm_recency, rfm_frequency and rfm_monetary: PREFIX_r, PREFIX_f, PREFIX_m. */
typedef struct kith_rfm_fit {
    kith_arena *arena;
    int scores;
    size_t n, room;
    double *values[3]; /* recency, frequency, monetary */
} kith_rfm_fit;

int kith_rfm_fit_add(kith_rfm_fit *fit, const double value[3], kith_error *err);
int kith_rfm_fit_model(kith_rfm_fit *fit, kith_arena *arena, kith_model **model, kith_error *err);
void kith_rfm_fit_free(kith_rfm_fit *fit);

/* The model from rows, as a fold: of person rows that hold the three measures, or of events as kith_rfm_fold takes them (its parameters).
 * finish writes the model. And how many person rows a state has met that lack a measure. */
extern const kith_fold kith_rfm_fit_fold;
uint64_t kith_rfm_fit_incomplete(const void *state);

extern const kith_scorer_kind kith_rfm_scorer;

#endif
