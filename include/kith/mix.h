/* kith/mix.h: what each channel's spending brought: adstock and saturation by variable projection.
 *
 *     outcome_t = controls_t · γ + Σ_c β_c · saturation(adstock(x_c / max x_c)_t) + noise
 *
 * Given the transforms the model is linear, so only the transforms' parameters are searched (Golub & Pereyra 1973); β and γ follow
 * by least squares. Forms: Jin et al. 2017; Hill as in Robyn. Rows are periods in order, all series row-major arrays. */
#ifndef KITH_MIX_H
#define KITH_MIX_H

#include <kith/base.h>

enum { KITH_MIX_CHANNELS_MOST = 40, KITH_MIX_SHAPE = 4 }; /* parameters of one channel's transforms */

typedef enum kith_adstock {
    KITH_ADSTOCK_NONE,
    KITH_ADSTOCK_GEOMETRIC, /* weights alpha^l over lags 0 … lags − 1, summing to 1; lags = 0: unnormalised, without end */
    KITH_ADSTOCK_WEIBULL,   /* density of a Weibull law (shape, scale in periods) at l + ½, summing to 1: may peak later */
} kith_adstock;

typedef enum kith_saturation {
    KITH_SATURATION_NONE,
    KITH_SATURATION_LOGISTIC, /* (1 − e^(−λz)) / (1 + e^(−λz)) */
    KITH_SATURATION_HILL,     /* z^slope / (z^slope + k^slope), k = min + gamma (max − min) of the adstocked series */
} kith_saturation;

/* Parameters of a channel by place: 0 alpha or shape, 1 scale, 2 lambda or gamma, 3 slope. */
extern const char *const kith_mix_parameter_names[3][3][KITH_MIX_SHAPE]; /* [adstock][saturation][place]; NULL: not used */

typedef struct kith_mix_channel {
    double shape[KITH_MIX_SHAPE]; /* start or, where fixed, the value */
    bool fixed[KITH_MIX_SHAPE];
    bool has_prior; /* a belief about the return (outcome per unit spent): mean and deviation, as ridge */
    double prior_mean, prior_sd;
} kith_mix_channel;

typedef struct kith_mix {
    size_t rows, channels, controls;
    const double *outcome; /* rows */
    const double *spend;   /* rows × channels, not negative */
    const double *control; /* rows × controls; an intercept is one of them if wanted */
    kith_adstock adstock;
    kith_saturation saturation;
    size_t lags;
    double ridge; /* × rows × β² of the standardised channel columns; 0: none */
    uint64_t seed;
    kith_mix_channel *channel; /* channels; shapes are replaced by the fitted ones */
} kith_mix;

typedef struct kith_mix_fit { /* all arrays in the arena given */
    double *beta, *gamma;                     /* channels, controls */
    double *contribution, *share;             /* of each channel: Σ_t, and over the outcome's sum */
    double *spent, *returns, *returns_se;     /* contribution ÷ spend, NaN where nothing was spent; se NaN where the data cannot tell */
    double *marginal;                         /* outcome for one more unit, all spending raised in proportion */
    double *inflation;                        /* variance inflation of the channel's column given all others */
    size_t *twin;                             /* the channel that explains it best (SIZE_MAX: none) */
    double *peak, *half;                      /* max x; Hill's k */
    double rss, r2, sigma;
    size_t free_shapes;
    bool converged;
    bool *at_bound;                           /* channels × KITH_MIX_SHAPE: the search ended at the edge of its range */
} kith_mix_fit;

/* Fits. KITH_DATA: too few rows, negative spending, columns of controls that depend on one another, a channel without spending. */
int kith_mix_solve(kith_mix *mix, kith_arena *arena, kith_mix_fit *fit, kith_error *err);

/* Steady response of channel c per period to `spend` in every period. */
double kith_mix_response(const kith_mix *mix, const kith_mix_fit *fit, size_t c, double spend);

/* The split of `budget` per period that brings most in the steady state, each channel between low and high (per period): by dynamic
 * programming on a grid, then by transfers in shrinking steps. KITH_USAGE where the bounds cannot hold the budget. */
int kith_mix_allocate(const kith_mix *mix, const kith_mix_fit *fit, double budget, const double *low, const double *high,
                      double *spend, kith_error *err);

#endif
