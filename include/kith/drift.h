/* kith/drift.h: how far a column has moved between two samples. */
#ifndef KITH_DRIFT_H
#define KITH_DRIFT_H

#include <kith/base.h>
#include <kith/quantiles.h>

/* Population stability index of two histograms of n cells, Σ (q − p) ln(q/p), each share smoothed to
 * (count + .5)/(total + n/2) so that an empty cell does not make it infinite. Below .1 stable, from .25 moved (the usual
 * rule: Siddiqi 2006; with few rows the index is biased upwards by about n·(1/rows + 1/rows)). nan where a total is 0. */
double kith_psi(const uint64_t *base, const uint64_t *now, size_t n);

/* The same of two numeric samples, over the base's tenths. */
int kith_psi_numbers(kith_quantiles *base, kith_quantiles *now, double *psi, kith_error *err);

/* Two-sample Kolmogorov–Smirnov: the largest distance of the distribution functions and its asymptotic p-value
 * (Smirnov 1948, with Stephens' 1970 correction (√m + .12 + .11/√m)·D for m = n1·n2/(n1+n2)). Exact places while both
 * samples are, bins of .1 % otherwise. nan where a sample is empty. */
int kith_ks_two(const kith_quantiles *a, const kith_quantiles *b, double *distance, double *p, kith_error *err);

/* Upper tail of the Kolmogorov distribution: P(K > t) (Kolmogorov 1933; two series), nan for nan. */
double kith_kolmogorov_sf(double t);

#endif
