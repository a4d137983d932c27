/* kith/distributions.h: distribution functions, their upper tails and their quantiles.
 *
 * _cdf is P(X ≤ x), _sf is P(X > x), each computed from its own side so that small tails keep their digits. All return nan
 * for arguments outside (df ≤ 0, p outside [0, 1], …) and never a silent infinity, except where the quantile is one (p = 0 or
 * 1 of an unbounded law). Accuracy, against scipy: a relative 1e-10 or better unless said. Safe from any thread. The Kolmogorov distribution's tail is in kith/drift.h. */
#ifndef KITH_DISTRIBUTIONS_H
#define KITH_DISTRIBUTIONS_H

#include <stddef.h>

double kith_normal_pdf(double z);
double kith_normal_cdf(double z);
double kith_normal_sf(double z);
double kith_normal_quantile(double p);

double kith_t_cdf(double t, double df);
double kith_t_sf(double t, double df);
double kith_t_quantile(double p, double df);

double kith_chi2_sf(double x, double df);

double kith_beta_cdf(double x, double a, double b);
double kith_beta_sf(double x, double a, double b);
/* ln of the density; −infinity outside (0, 1). */
double kith_beta_log_pdf(double x, double a, double b);

/* P(T ≤ t) for Student's t with noncentrality `delta`: ∫ Φ(t s − δ) dF(s) with s = √(χ²/df), by Gauss–Legendre in panels over the
 * bulk of s, normalised by the same rule (so that the error of ln Γ at large df cancels). Absolute error below 1e-13. */
double kith_noncentral_t_cdf(double t, double df, double delta);

#endif
