/* kith/experiment.h: did the treatment change the outcome? Effects with intervals, sequential methods, corrections.
 *
 * Everything starts from counts and moments per arm; an effect is always arm minus control (b − a). What is not defined is
 * NaN, for instance the p-value where neither arm varies. `level` is the intervals', such as .95. No allocation but where said. */
#ifndef KITH_EXPERIMENT_H
#define KITH_EXPERIMENT_H

#include <kith/fold.h>

typedef struct kith_effect {
    double estimate, low, high, statistic, p;
    double df; /* NaN where there is none */
} kith_effect;

/* Is the split what was planned? χ² of counts against shares (NULL: equal), n − 1 degrees of freedom (Fabijan et al. 2019).
 * NaN where the total or a share is 0. */
void kith_sample_ratio(const double *counts, const double *shares, size_t n, double *chi2, double *p);

/* ---- shares: a of n against b of m ------------------------------------------------------------------------------ */

typedef struct kith_shares {
    double a, n; /* control: successes, all */
    double b, m; /* arm */
} kith_shares;

/* Difference; statistic and p of the pooled z test, Wald interval (unpooled). */
kith_effect kith_shares_difference(kith_shares s, double level);
/* Difference with the hybrid score interval (Newcombe 1998, method 10); statistic and p as above. */
kith_effect kith_shares_newcombe(kith_shares s, double level);
/* Difference with the score interval of Miettinen & Nurminen 1985 (constrained likelihood, factor N/(N − 1)); the statistic
 * is the score z at difference 0 with that factor. */
kith_effect kith_shares_score(kith_shares s, double level);
/* Odds ratio (estimate and statistic); p is the sum over the tables no likelier than this one (relative slack 1e-7); the
 * interval is Cornfield's exact one by inverting each tail (Fisher 1962). Counts are whole numbers up to 10⁹. */
kith_effect kith_shares_fisher(kith_shares s, double level);
/* Relative lift b/a − 1, interval by the delta method. */
kith_effect kith_shares_lift(kith_shares s, double level);
/* The difference with the unpooled z; the relative lift with the log-normal interval of Katz et al. 1978. */
kith_effect kith_shares_unpooled(kith_shares s, double level);
kith_effect kith_shares_katz(kith_shares s, double level);
/* χ² of the two by two table with one degree of freedom: Pearson's, with Yates's correction, or the likelihood ratio G. */
typedef enum kith_chi2_kind { KITH_CHI2_PEARSON, KITH_CHI2_YATES, KITH_CHI2_G } kith_chi2_kind;
kith_effect kith_shares_chi2(kith_shares s, kith_chi2_kind kind);
/* Wilson's interval of one share (Wilson 1927). */
void kith_wilson(double successes, double n, double level, double *low, double *high);

/* ---- means and ratios ------------------------------------------------------------------------------------------- */

typedef struct kith_arm_mean {
    double n, mean, variance; /* divisor n − 1 */
} kith_arm_mean;

/* Welch's t test with Satterthwaite's degrees of freedom. */
kith_effect kith_welch(kith_arm_mean a, kith_arm_mean b, double level);
/* The same difference with a normal interval and z. */
kith_effect kith_mean_difference(kith_arm_mean a, kith_arm_mean b, double level);
/* Relative lift of means, delta method. */
kith_effect kith_mean_lift(kith_arm_mean a, kith_arm_mean b, double level);

typedef struct kith_arm_pair { /* two numbers per unit: y, and x (the covariate, or the ratio's denominator) */
    double n, mean_y, mean_x, var_y, var_x, cov; /* divisors n − 1 */
} kith_arm_pair;

/* CUPED (Deng et al. 2013): y − θ(x − mean x) with θ = cov/var over both arms taken as one sample; z with the unpooled standard
 * error. `theta`, `reduction` (the squared correlation, which is the share of the variance explained), may be NULL. Where x does not vary θ is 0. */
kith_effect kith_cuped(kith_arm_pair a, kith_arm_pair b, double level, double *theta, double *reduction);
/* Ratio of means Σy/Σx per arm: difference by the delta method (Deng, Knoblich & Lu 2018). */
kith_effect kith_ratio_difference(kith_arm_pair a, kith_arm_pair b, double level);

/* Mann–Whitney from the distinct values in ascending order with their counts per arm: the statistic is U of the arm (pairs in
 * which it is greater, ties half), p with tie and continuity corrections; estimate = P(arm > control) + ½ P(tie). */
kith_effect kith_mann_whitney(const double *count_a, const double *count_b, size_t n);

/* Kolmogorov–Smirnov on the same arguments: the statistic is the greatest distance of the distribution functions; p from the law of
 * one sample of n·m/(n + m) (rounded), exact in the tail, the limit law where p is above some .1. */
kith_effect kith_kolmogorov_smirnov(const double *count_a, const double *count_b, size_t n);

/* ---- always valid ----------------------------------------------------------------------------------------------- */

/* Mixture SPRT (Johari et al. 2017) with mixing deviation tau > 0 for an estimated difference of variance v: statistic = the
 * likelihood ratio, p always valid, interval = the differences not rejected. */
kith_effect kith_msprt(double difference, double v, double tau, double level);

/* The τ of kith_msprt for which its interval is narrowest after n values of deviation 1 (ρ in Howard et al. 2021), exactly: by the minimum over ρ. nan
 * where n is not above 0 or alpha not between 0 and 1. */
double kith_sequence_rho(double n, double alpha);

/* ---- group-sequential bounds ------------------------------------------------------------------------------------ */

typedef enum kith_bound {
    KITH_BOUND_OBRIEN_FLEMING,
    KITH_BOUND_POCOCK,
    KITH_BOUND_SPEND_OBRIEN_FLEMING, /* Lan & DeMets 1983: 4(1 − Φ(z_{1−α/4}/√t)) */
    KITH_BOUND_SPEND_POCOCK,         /* α ln(1 + (e − 1)t) */
} kith_bound;

/* Two-sided bounds on |z| at `looks` looks with information `times` (NULL: equally spaced; rising to 1), overall level
 * alpha. By recursive integration (Armitage, McPherson & Rowe 1969) with Gauss–Legendre panels, good to 1e-9. `z` holds `looks`.
 * KITH_USAGE for looks outside 1 … 50, alpha outside (0, 1), times that do not rise. */
int kith_group_bounds(kith_bound kind, size_t looks, const double *times, double alpha, double *z, kith_error *err);
/* The chance that some look's |z| passes its bound when z has mean `drift`·√t; reached by look k, in `by` (may be NULL). */
double kith_group_power(size_t looks, const double *times, const double *z, double drift, double *by);

/* ---- Bayes: Beta(1, 1) and binomial ----------------------------------------------------------------------------- */

typedef struct kith_bayes {
    double better;    /* P(arm > control) */
    double low, high; /* equal-tailed credible interval of the difference */
    double estimate;  /* posterior mean of the difference */
    double loss;      /* expected loss of choosing the arm: E max(control − arm, 0) */
    int status;       /* KITH_SYSTEM: no memory, the figures are missing */
} kith_bayes;
kith_bayes kith_bayes_shares(kith_shares s, double level);
/* P(arm i is the best) for k arms. */
void kith_bayes_best(const double *successes, const double *n, size_t k, double *best);

/* ---- several at once -------------------------------------------------------------------------------------------- */

/* Adjusted p-values in place of p (NaN ones are left out of the count). Holm 1979 needs no assumption; Benjamini & Hochberg 1995
 * bounds the share of false discoveries. `scratch` holds n. */
void kith_holm(double *p, size_t n, uint32_t *scratch);
void kith_benjamini_hochberg(double *p, size_t n, uint32_t *scratch);

/* Segment effects drawn towards their common mean: random effects with the between-segment variance by Paule & Mandel
 * 1982 (iterated; 0 where the segments agree). estimate, se: n each; out: shrunk[n], and half[n], half-widths at `level` that count
 * the doubt about the mean too. Returns the between-segment variance. NaN effects stay NaN and count nowhere. */
double kith_shrink(const double *estimate, const double *se, size_t n, double level, double *shrunk, double *half);

/* report.experiment: parameters by (selection or empty), arm, metrics (columns, or ratios a/b, separated by line feeds), control,
 * covariate, tau, level, shares (ARM=SHARE, …), planned, looks, look, bound. */
extern const kith_fold kith_experiment_fold;

#endif
