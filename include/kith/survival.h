/* kith/survival.h: how long until it happens: Kaplan–Meier, log-rank, Cox.
 *
 * Times are not negative. At one time events come before censorings, so that who is censored at t was at risk at t. */
#ifndef KITH_SURVIVAL_H
#define KITH_SURVIVAL_H

#include <kith/fold.h>

/* One distinct time of a group. */
typedef struct kith_life {
    double time, events, censored;
    double at_risk, survival, low, high; /* filled by kith_kaplan_meier */
} kith_life;

/* Fills at_risk, survival and the log-log interval (Greenwood's variance; Kalbfleisch & Prentice) of n distinct times in
 * ascending order. Where survival is 1 both ends are 1, where it is 0 both are NaN. */
void kith_kaplan_meier(kith_life *life, size_t n, double level);
/* The first time at which survival falls to q or below (to within rounding); infinity if it never does. */
double kith_survival_quantile(const kith_life *life, size_t n, double q);

/* Log-rank test (Mantel 1966) of `groups` curves, each with its distinct times in ascending order. χ² with groups − 1 degrees of
 * freedom from the hypergeometric covariance. observed and expected (groups each) may be NULL. NaN where fewer than two groups are
 * ever at risk together. */
int kith_log_rank(const kith_life *const *life, const size_t *n, size_t groups, double *chi2, double *df, double *p, double *observed,
                  double *expected, kith_error *err);

typedef enum kith_ties { KITH_TIES_EFRON, KITH_TIES_BRESLOW } kith_ties;

typedef struct kith_cox {
    double loglik, loglik_null; /* partial log-likelihoods at the estimate and at 0 */
    int iterations;
    bool converged;
} kith_cox;

/* Cox's proportional hazards (1972) by Newton's method with halved steps; ties as Efron 1977 or Breslow 1974. x: rows ×
 * columns; beta and covariance (columns × columns) are filled. KITH_DATA where there is no event, or columns cannot be told apart. Not
 * converged: a covariate separates the events (its coefficient runs away). */
int kith_cox_fit(const double *time, const uint8_t *event, const double *x, size_t rows, size_t columns, kith_ties ties, double *beta,
                 double *covariance, kith_cox *fit, kith_error *err);

/* 1, 0, or −1 where the text is no truth value (1 0 true false yes no t f, in any case). */
int kith_truth(kith_str text);

/* report.survival: parameters time, event, by (or empty), level, report (curve, test or quantiles), quantiles. */
extern const kith_fold kith_survival_fold;

#endif
