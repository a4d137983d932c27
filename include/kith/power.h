/* kith/power.h: how many, how sure, how small: sample size, power and smallest effect of two-arm tests. Both sides count. */
#ifndef KITH_POWER_H
#define KITH_POWER_H

#include <kith/experiment.h>

typedef enum kith_power_test {
    KITH_POWER_MEANS,    /* t test with its exact noncentral t; effect = difference / standard deviation */
    KITH_POWER_COHEN,        /* shares by Cohen's h = 2 asin √p2 − 2 asin √p1 (Cohen 1988) */
    KITH_POWER_POOLED,   /* shares, z with the pooled variance (Fleiss 1981); the far tail is left out, as in its closed form */
    KITH_POWER_UNPOOLED, /* shares, z with each arm's variance; likewise */
    KITH_POWER_RATIOS,   /* z of a ratio of sums; effect = difference / standard deviation of the linearised value */
    KITH_POWER_SURVIVAL, /* log-rank (Schoenfeld 1981); effect = ln of the hazard ratio; counts persons through event_share */
} kith_power_test;

typedef struct kith_power {
    kith_power_test test;
    double effect;      /* as above; for shares unused: baseline and target say it */
    double baseline, target; /* shares */
    double event_share; /* survival: chance that a person's event is seen, over both arms */
    double ratio;       /* the arm's size ÷ the control's */
    double alpha;       /* two-sided */
    double variance;    /* what a covariate leaves of the variance, 1 − r² (CUPED); 1 without */
    size_t looks;       /* 0: one look; else group-sequential with `bound` */
    kith_bound bound;
} kith_power;

/* Power at n units in the control (n·ratio in the arm); NaN outside. */
double kith_power_at(const kith_power *p, double n);
/* The n (not rounded) for which power is reached; KITH_USAGE where nothing is to be found (no effect, power outside (alpha, 1)). */
int kith_power_size(const kith_power *p, double power, double *n, kith_error *err);
/* The smallest positive effect found with that power at n: of a copy of p, in `effect` (means, ratios, survival: ln HR > 0) or in
 * `target` above the baseline (shares). */
int kith_power_effect(const kith_power *p, double power, double n, double *effect, kith_error *err);

#endif
