/* kith/drift.h: histograms, and how far a column has moved between two samples. */
#ifndef KITH_DRIFT_H
#define KITH_DRIFT_H

#include <kith/base.h>
#include <kith/quantiles.h>

/* ---- histograms --------------------------------------------------------------------------------------------- */

/* Counts between fixed edges, for pictures: bin i holds [edge i, edge i+1), the last one its upper edge too; values
 * outside are counted apart. Edges are numbers of one, two or five times a power of ten. */
enum { KITH_HISTOGRAM_MOST = 64 };
typedef struct kith_histogram {
    double start, width;
    uint32_t bins; /* 1 … KITH_HISTOGRAM_MOST */
    uint64_t below, above, count[KITH_HISTOGRAM_MOST];
} kith_histogram;

kith_histogram kith_histogram_over(double low, double high, uint32_t about); /* round edges around [low, high] */
void kith_histogram_add(kith_histogram *h, double value, uint64_t count);
bool kith_histogram_merge(kith_histogram *into, const kith_histogram *other); /* false where the edges differ */
double kith_histogram_edge(const kith_histogram *h, uint32_t i);             /* 0 … bins */

/* ---- drift -------------------------------------------------------------------------------------------------- */

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

/* Asymptotic survival function of the Kolmogorov distribution. */
double kith_kolmogorov(double t);

#endif
