/* kith/metrics.h: how good scores are: ranking, probability, calibration, uplift; with intervals.
 *
 * Definitions are those of scikit-learn and scikit-uplift 0.5.1. Scores may be tied. Orders are descending; what is
 * taken "at k" among ties is said at each. Intervals are 95 %: DeLong for AUC, the standard error of the mean for
 * losses, Wald for the calibration line, and a seeded Poisson bootstrap (Hanley & MacGibbon 2006) for the others: each
 * replicate weighs the rows once sorted, so that no replicate sorts. */
#ifndef KITH_METRICS_H
#define KITH_METRICS_H

#include <kith/base.h>

typedef struct kith_measure {
    const char *name;
    double value, low, high; /* NaN: not defined */
} kith_measure;

typedef struct kith_eval_options {
    int replicates;    /* of the bootstrap; 0: no intervals from it */
    uint64_t seed;
    int threads;
    const double *at;  /* shares for lift or uplift at k */
    size_t n_at;
} kith_eval_options;

/* Area under the ROC curve, ties half; NaN for one class only. y in {0, 1}. KITH_SYSTEM when out of memory. */
int kith_auc(const double *score, const double *y, size_t n, double *auc, kith_error *err);
/* Means of the losses of probabilities p. Log loss clips p to [2⁻⁵², 1 − 2⁻⁵²], as scikit-learn does. */
double kith_mean_log_loss(const double *p, const double *y, size_t n);
double kith_mean_brier(const double *p, const double *y, size_t n);
/* All of a binary score: auc, average_precision, logloss, brier, ece (10 equal bins), calibration_slope,
 * calibration_intercept (of y on the log-odds), liftK (the outcome's rate among the first K % by score, whole rows rounded up, ties
 * earliest row first, over the rate of all) and gainK (the share of all positives found there) per k, rows, positives.
 * What needs probabilities is left out where a score lies outside [0, 1]. `out` is in the arena. KITH_DATA for one class. */
int kith_eval_binary(const double *score, const double *y, size_t n, const kith_eval_options *options, kith_arena *arena,
                     kith_measure **out, size_t *n_out, kith_error *err);

/* Qini-AUC: curve at distinct scores q = Yt − Yc·Nt/Nc, against the perfect curve (by y·t − y·(1−t)) and the diagonal. */
int kith_qini(const double *score, const double *y, const uint8_t *treated, size_t n, double *qini, kith_error *err);
/* Treated rate less control rate among the first int(k·n), ties latest row first. NaN where an arm is not there. */
int kith_uplift_at(const double *score, const double *y, const uint8_t *treated, size_t n, double k, double *uplift,
                   kith_error *err);

/* All of an uplift score: qini, auuc (outcomes in {0, 1} only), upliftK per k, ate, rows, treated. */
int kith_eval_uplift(const double *score, const double *y, const uint8_t *treated, size_t n,
                     const kith_eval_options *options, kith_arena *arena, kith_measure **out, size_t *n_out,
                     kith_error *err);

/* Descending order of scores into `order`; ties earliest row first, or latest with `latest`. */
int kith_order_down(const double *score, size_t n, bool latest, uint32_t *order, kith_error *err);

#endif
