/* Inside lib/predict: the bootstrap that metrics share. */
#ifndef KITH_PREDICT_RANKING_H
#define KITH_PREDICT_RANKING_H

#include <kith/metrics.h>

/* One replicate's weights: independent Poisson(1), a function of (seed, replicate, row's place). */
void poisson_weights(uint64_t seed, size_t replicate, size_t n, double *weight);

/* Percentile intervals of `n` measures over o->replicates; NaN where fewer than 20 replicates are finite. */
int bootstrap(size_t rows, size_t n, const kith_eval_options *o,
              int (*measure)(const void *ctx, const double *weight, double *out, kith_error *err), const void *ctx,
              double *low, double *high, kith_error *err);

#endif
