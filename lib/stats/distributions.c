/* Distribution functions: GSL's where they hold their digits, the incomplete beta and gamma functions where they do not.
 *
 * GSL's Student t turns to a Cornish–Fisher expansion past 30 degrees of freedom, good to some 1e-7 only; here it is the
 * incomplete beta function for all of them. Its quantiles of t are polished by Newton steps on our own functions. */
#include "door.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <kith/distributions.h>
#include <kith/stats.h>
#include <math.h>

static double clip(double p) { return p < 0 ? 0 : p > 1 ? 1 : p; }

double kith_normal_pdf(double z) { return exp(-z * z / 2) * 0.39894228040143267794; }
double kith_normal_cdf(double z) { return .5 * erfc(-z * 0.70710678118654752440); }
double kith_normal_sf(double z) { return .5 * erfc(z * 0.70710678118654752440); }

double kith_normal_quantile(double p) {
    if (!(p >= 0 && p <= 1)) return NAN;
    if (p == 0) return -INFINITY;
    if (p == 1) return INFINITY;
    double z = gsl_cdf_ugaussian_Pinv(p);
    for (int i = 0; i < 2; i++) { /* Newton on the nearer tail */
        double f = kith_normal_pdf(z);
        if (!(f > 0)) break;
        z -= (z < 0 ? kith_normal_cdf(z) - p : (1 - p) - kith_normal_sf(z)) / f;
    }
    return z;
}

/* I_x(a, b) by its continued fraction (Lentz), x below the mean; the factor in logarithms without cancellation. */
static double beta_below(double x, double a, double b) {
    if (x <= 0) return 0;
    double front = a * log(x) + b * log1p(-x) - kith_lbeta(a, b);
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    if (fabs(d) < 1e-300) d = 1e-300;
    d = 1 / d;
    double h = d;
    for (int m = 1; m < 200000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + even * d;
        c = 1 + even / c;
        if (fabs(d) < 1e-300) d = 1e-300;
        if (fabs(c) < 1e-300) c = 1e-300;
        d = 1 / d;
        h *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + odd * d;
        c = 1 + odd / c;
        if (fabs(d) < 1e-300) d = 1e-300;
        if (fabs(c) < 1e-300) c = 1e-300;
        d = 1 / d;
        double step = d * c;
        h *= step;
        if (fabs(step - 1) < 1e-16) break;
    }
    return clip(exp(front) * h / a);
}

/* Both tails at once from x and 1 − x, each given exactly. */
static double beta_tail(double x, double y, double a, double b) {
    return x <= (a + 1) / (a + b + 2) ? beta_below(x, a, b) : 1 - beta_below(y, b, a);
}

double kith_beta_cdf(double x, double a, double b) {
    if (!(a > 0 && b > 0) || isnan(x)) return NAN;
    return x <= 0 ? 0 : x >= 1 ? 1 : beta_tail(x, 1 - x, a, b);
}

double kith_beta_sf(double x, double a, double b) {
    if (!(a > 0 && b > 0) || isnan(x)) return NAN;
    return x <= 0 ? 1 : x >= 1 ? 0 : beta_tail(1 - x, x, b, a);
}

double kith_beta_log_pdf(double x, double a, double b) {
    if (!(x > 0 && x < 1)) return -INFINITY;
    return (a - 1) * log(x) + (b - 1) * log1p(-x) - kith_lbeta(a, b);
}

double kith_t_sf(double t, double df) {
    if (!(df > 0) || isnan(t)) return NAN;
    if (isinf(df)) return kith_normal_sf(t);
    double t2 = t * t, both = beta_tail(df / (df + t2), t2 / (df + t2), df / 2, .5); /* P(|T| > |t|) */
    return t >= 0 ? both / 2 : 1 - both / 2;
}

double kith_t_cdf(double t, double df) { return kith_t_sf(-t, df); }

double kith_t_quantile(double p, double df) {
    if (!(p >= 0 && p <= 1) || !(df > 0)) return NAN;
    if (p == 0) return -INFINITY;
    if (p == 1) return INFINITY;
    if (isinf(df)) return kith_normal_quantile(p);
    double t = gsl_cdf_tdist_Pinv(p, df);
    if (!isfinite(t)) return NAN;
    for (int i = 0; i < 4; i++) {
        double density = exp(-(df + 1) / 2 * log1p(t * t / df) - kith_lbeta(df / 2, .5)) / sqrt(df);
        double f = p < .5 ? kith_t_cdf(t, df) - p : (1 - p) - kith_t_sf(t, df);
        if (!(density > 0)) break;
        double step = f / density;
        t -= step;
        if (fabs(step) <= 1e-16 * fabs(t)) break;
    }
    return t;
}

double kith_chi2_sf(double x, double df) {
    if (!(df > 0) || isnan(x)) return NAN;
    if (x <= 0) return 1;
    if (df == 1) return erfc(sqrt(x / 2));
    return gsl_cdf_chisq_Q(x, df);
}

double kith_noncentral_t_cdf(double t, double df, double delta) {
    if (!(df > 0) || isnan(t) || isnan(delta)) return NAN;
    enum { NODES = 16, PANELS = 64 };
    double node[NODES], weight[NODES], spread = 1 / sqrt(2 * df), low, high, sum = 0, mass = 0;
    if (kith_gauss_legendre(NODES, node, weight, NULL) != 0) return NAN;
    low = 1 - 12 * spread;
    if (low < 0) low = 0;
    high = 1 + 14 * spread + (df < 30 ? 12 / sqrt(df) : 0);
    double peak = df > 1 ? sqrt((df - 1) / df) : 0, top = df > 1 ? (df - 1) * log(peak) - df * peak * peak / 2 : -df * 0.;
    for (int k = 0; k < PANELS; k++) {
        double half = (high - low) / PANELS / 2, mid = low + (2 * k + 1) * half;
        for (int i = 0; i < NODES; i++) {
            double s = mid + half * node[i];
            double w = weight[i] * exp((df - 1) * log(s) - df * s * s / 2 - top);
            mass += w;
            sum += w * kith_normal_cdf(t * s - delta);
        }
    }
    return clip(sum / mass);
}
