/* kith/stats.h: the one door to GSL: special functions, dense linear algebra, optimisers with standard errors.
 *
 * GSL's bad defaults are put right here: its error handler (which aborts) is off, each status becomes a kith error, and
 * each value is tested with isfinite, since GSL returns infinities with status 0 in places. What can run away is
 * offered in log space only. Matrices are dense, row-major arrays of the caller's; nothing here keeps state between
 * calls and every function may be called from several threads. Distributions and their quantiles are in
 * kith/distributions.h. */
#ifndef KITH_STATS_H
#define KITH_STATS_H

#include <kith/base.h>

/* ---- special functions ---------------------------------------------------------------------------------------- */

/* ln Γ(x), x > 0; infinity at 0, nan below. Unlike lgamma() it writes no global sign. */
double kith_lgamma(double x);

/* ln B(a, b) for a, b > 0, without the cancellation of three ln Γ where one argument is far larger than the other. */
double kith_lbeta(double a, double b);

/* ln Γ(x + n) − ln Γ(x) for x > 0, n ≥ 0: a sum of logarithms where n is a small whole number. */
double kith_lpoch(double x, double n);

/* ψ(x) and ψ′(x) for x > 0 (Abramowitz & Stegun 6.3.18, 6.4.12 after recurrence to x ≥ 10), to some 1e-14. */
double kith_digamma(double x);
double kith_trigamma(double x);

/* ln Σ e^v over n values; −infinity for none. */
double kith_log_sum(const double *v, size_t n);

/* Gauss–Legendre nodes and weights on [−1, 1]; `n` from 1 to 64. The arrays hold n each. Owned by the caller. */
int kith_gauss_legendre(size_t n, double *nodes, double *weights, kith_error *err);

/* ---- exact-order sums ----------------------------------------------------------------------------------------- */

/* Neumaier's compensated sum: add in a fixed order, read with kith_running_value. Zero-initialise. */
typedef struct kith_running { /* not exact: for sums of computed terms (kith/sums.h sums data exactly) */
    double high, low;
} kith_running;

static inline void kith_running_add(kith_running *s, double v) {
    double t = s->high + v;
    double a = s->high < 0 ? -s->high : s->high, b = v < 0 ? -v : v;
    s->low += a >= b ? (s->high - t) + v : (v - t) + s->high;
    s->high = t;
}
static inline double kith_running_value(const kith_running *s) { return s->high + s->low; }

/* ---- linear algebra: n × n, row-major, in place ----------------------------------------------------------------- */

/* Cholesky factor L (a = L Lᵀ) into the lower triangle of `a`; the upper triangle is set to 0. KITH_DATA where `a` is
 * not positive definite (the message names no value); `a` is spoilt then. */
int kith_cholesky(size_t n, double *a, kith_error *err);

/* Solves a x = b given the factor L; x replaces b. */
void kith_cholesky_solve(size_t n, const double *l, double *b);

/* a⁻¹ (full, symmetric) in place of the factor L. KITH_SYSTEM when out of memory. */
int kith_cholesky_invert(size_t n, double *l, kith_error *err);

/* ln |a| from the factor L. */
double kith_cholesky_log_det(size_t n, const double *l);

/* Solves a x = b by LU with partial pivoting; `a` is spoilt, x replaces b. KITH_DATA where a is singular. */
int kith_solve(size_t n, double *a, double *b, kith_error *err);

/* Eigenvalues (ascending) and, where `vectors` is not NULL, orthonormal eigenvectors (column j belongs to value j; the
 * entry of largest absolute value, the first of equals, is positive) of symmetric `a`, which is spoilt. */
int kith_eigen_symmetric(size_t n, double *a, double *values, double *vectors, kith_error *err);

/* Least squares min |x b − y|² for x (rows × columns, rows ≥ columns) by Householder QR with column pivoting; x and y
 * are spoilt. `b` holds `columns`; `covariance` (columns × columns, may be NULL) gets (xᵀx)⁻¹; `rss` may be NULL. Where
 * columns depend on others KITH_DATA. */
int kith_least_squares(size_t rows, size_t columns, double *x, double *y, double *b, double *covariance, double *rss,
                       kith_error *err);

/* ---- optimisers ------------------------------------------------------------------------------------------------- */

/* A function to minimise. Writes its value, and where the pointers are not NULL the gradient (n) and the Hessian (n ×
 * n, both triangles). A value that is not finite tells "outside": the optimiser steps back. A status other than KITH_OK
 * ends the search with that status. */
typedef int (*kith_objective)(void *ctx, const double *x, double *value, double *gradient, double *hessian,
                              kith_error *err);

typedef struct kith_minimum_options {
    bool has_gradient;  /* the objective fills the gradient; otherwise central differences with Richardson's step */
    bool has_hessian;   /* … and the Hessian; otherwise differences of the gradient */
    bool simplex_first; /* begin with Nelder–Mead (rough or kinked starts) rather than BFGS */
    int max_iterations; /* of each stage; 0 means 500 */
    double max_step;    /* longest Newton step in any coordinate; 0 means 2 (right for log-parameters) */
    double tolerance;   /* on the Newton decrement relative to 1 + |value|; 0 means 1e-13, then polished */
} kith_minimum_options;

typedef struct kith_minimum {
    double value;
    bool converged; /* the Newton decrement fell below the tolerance where the Hessian is positive definite */
    bool definite;  /* the Hessian at the end is positive definite: the covariance is valid */
    int iterations, evaluations;
    double decrement; /* the last Newton decrement ½ gᵀH⁻¹g: how much the value could still fall, to second order */
} kith_minimum;

/* Minimises f from x (n values, replaced by the minimiser): GSL's multimin (vector BFGS2, or nmsimplex2) where there is
 * no exact Hessian, then Newton's method with Levenberg damping until the decrement is negligible. `hessian` and
 * `covariance` (n × n each, may be NULL) get the Hessian at the end and its inverse (nan where not definite): for a
 * negative log-likelihood the covariance of the estimates. KITH_DATA where the start is outside. */
int kith_minimise(kith_objective f, void *ctx, size_t n, double *x, const kith_minimum_options *options,
                  kith_minimum *result, double *hessian, double *covariance, kith_error *err);

/* Root of f in [low, high], where f changes sign: Brent's method to about 1e-15 of the larger end. KITH_DATA where the
 * signs agree. */
int kith_root(double (*f)(double x, void *ctx), void *ctx, double low, double high, double *root, kith_error *err);

#endif
