/* Special functions in the forms that likelihoods need: logarithms, differences of ln Γ without cancellation, and the
 * hypergeometric function where all terms are positive.
 *
 * Tried and dropped: gsl_sf_hyperg_2F1 for ln ₂F₁ (returns inf with status 0 where one upper parameter is in the
 * hundreds and z near 1; no log form). GSL's lngamma, psi and psi_1 are kept out of the inner loops: libm's lgamma_r
 * and the asymptotic series below are three to ten times faster at the same accuracy. */
#include "door.h"
#include <kith/stats.h>

#include <gsl/gsl_integration.h>
#include <math.h>

#define HALF_PI 1.57079632679489661923
#define LN2 0.69314718055994530942

extern double lgamma_r(double, int *); /* in libm, outside POSIX.1-2008 */

double kith_lgamma(double x) {
    if (!(x > 0)) return x == 0 ? INFINITY : NAN;
    int sign;
    return lgamma_r(x, &sign);
}

/* Stirling's remainder: ln Γ(x) − (x − ½) ln x + x − ½ ln 2π, for x ≥ 10. */
static double stirling(double x) {
    double i = 1 / x, q = i * i;
    return i *
           (1.0 / 12 + q * (-1.0 / 360 +
                            q * (1.0 / 1260 + q * (-1.0 / 1680 + q * (1.0 / 1188 + q * (-691.0 / 360360 + q / 156))))));
}

double kith_lbeta(double a, double b) {
    if (!(a > 0 && b > 0)) return NAN;
    if (a > b) {
        double t = a;
        a = b;
        b = t;
    }
    if (b < 10) return kith_lgamma(a) + kith_lgamma(b) - kith_lgamma(a + b);
    /* ln Γ(b) − ln Γ(a + b) by Stirling, term by term */
    double fall = -(b - .5) * log1p(a / b) - a * log(a + b) + a + stirling(b) - stirling(a + b);
    return kith_lgamma(a) + fall;
}

double kith_lpoch(double x, double n) {
    if (n == 0) return 0;
    if (n <= 24 && n == floor(n)) {
        double product = 1, sum = 0;
        for (double k = 0; k < n; k++) {
            product *= x + k;
            if (product > 1e250 || product < 1e-250) {
                sum += log(product);
                product = 1;
            }
        }
        return sum + log(product);
    }
    if (x >= 10) return (x - .5) * log1p(n / x) + n * log(x + n) - n + stirling(x + n) - stirling(x);
    return kith_lgamma(x + n) - kith_lgamma(x);
}

double kith_digamma(double x) {
    if (!(x > 0)) return NAN;
    double r = 0;
    for (; x < 10; x++) r -= 1 / x;
    double i = 1 / x, q = i * i;
    return r + log(x) - .5 * i -
           q * (1.0 / 12 -
                q * (1.0 / 120 - q * (1.0 / 252 - q * (1.0 / 240 - q * (1.0 / 132 - q * (691.0 / 32760 - q / 12))))));
}

double kith_trigamma(double x) {
    if (!(x > 0)) return NAN;
    double r = 0;
    for (; x < 10; x++) r += 1 / (x * x);
    double i = 1 / x, q = i * i;
    return r + i + .5 * q +
           i * q *
               (1.0 / 6 -
                q * (1.0 / 30 - q * (1.0 / 42 - q * (1.0 / 30 - q * (5.0 / 66 - q * (691.0 / 2730 - q * 7.0 / 6))))));
}

double kith_log_add(double a, double b) {
    if (a < b) {
        double t = a;
        a = b;
        b = t;
    }
    if (b == -INFINITY) return a;
    return a + log1p(exp(b - a));
}

double kith_log_sub(double a, double b) {
    if (b == -INFINITY) return a;
    if (!(a >= b)) return NAN;
    double d = b - a; /* ln(1 − e^d) without cancellation on either side (Mächler 2012) */
    return a + (d > -LN2 ? log(-expm1(d)) : log1p(-exp(d)));
}

double kith_log_sum(const double *v, size_t n) {
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (v[i] > most) most = v[i];
    }
    if (!(most > -INFINITY && most < INFINITY)) return most;
    for (size_t i = 0; i < n; i++) sum += exp(v[i] - most);
    return most + log(sum);
}

/* ₂F₁ = ∫ t^(b−1) (1−t)^(c−b−1) (1−zt)^(−a) dt / B(b, c−b) over (0, 1), for 0 < b < c, by the trapezoid rule in v with
 * t/(1−t) = exp(π/2 sinh v) (tanh-sinh, Takahasi & Mori 1974), in logarithms. */
static double euler_integral(double a, double b, double c, double z) {
    double lbeta = kith_lbeta(b, c - b);
    double last = NAN;
    for (double h = .25; h > .25 / 64; h /= 2) {
        double most = -INFINITY, sum = 0;
        for (double v = -12; v <= 12; v += h) {
            double y = HALF_PI * sinh(v);
            double lt = y > 0 ? -log1p(exp(-y)) : y - log1p(exp(y));  /* ln t */
            double lu = y > 0 ? -y - log1p(exp(-y)) : -log1p(exp(y)); /* ln(1 − t) */
            double u = exp(lu);
            double term = b * lt + (c - b) * lu - a * log((1 - z) + z * u) + log(HALF_PI * cosh(v));
            if (term > most) {
                sum = sum * exp(most - term) + 1;
                most = term;
            } else {
                sum += exp(term - most);
            }
        }
        double now = most + log(sum) + log(h) - lbeta;
        if (fabs(now - last) <= 1e-14 * (1 + fabs(now))) return now;
        last = now;
    }
    return last;
}

/* The series, its sum rescaled before it overflows; false where `most` terms do not end it. */
static bool series(double a, double b, double c, double z, int most, double *value) {
    double t = 1, sum = 1, scale = 0;
    for (int k = 0; k < most; k++) {
        t *= (a + k) / (c + k) * ((b + k) / (k + 1.0)) * z;
        sum += t;
        if (sum > 1e280) {
            scale += log(sum);
            t /= sum;
            sum = 1;
        }
        double ratio =
            (a + k + 1) / (c + k + 1) * ((b + k + 1) / (k + 2.0)) * z; /* later ones lie between this and z */
        if (ratio < z) ratio = z;
        if (t == 0 || (ratio < 1 && t * ratio / (1 - ratio) < 1e-17 * sum)) {
            *value = scale + log(sum);
            return true;
        }
    }
    return false;
}

int kith_log_hyp2f1(double a, double b, double c, double z, double *value, kith_error *err) {
    if (!(a >= 0 && b >= 0 && c > 0 && z >= 0 && z < 1 && isfinite(a + b + c)))
        return kith_fail(err, KITH_DATA, "hypergeometric function: arguments outside a, b >= 0, c > 0, 0 <= z < 1");
    double low = a < b ? a : b, high = a < b ? b : a, v;
    if (!series(a, b, c, z, 2000, &v)) {
        if (low > 0 && low < c) {
            v = euler_integral(high, low, c, z);
        } else if (c - a > 0 && c - b > 0) { /* Euler's transformation */
            v = (c - a - b) * log1p(-z) + euler_integral(c - a, c - b, c, z);
        } else if (!series(a, b, c, z, 20000000, &v)) {
            v = NAN;
        }
    }
    if (!isfinite(v)) return kith_fail(err, KITH_DATA, "hypergeometric function: not finite");
    *value = v;
    return KITH_OK;
}

int kith_gauss_legendre(size_t n, double *nodes, double *weights, kith_error *err) {
    if (n < 1 || n > 64) return kith_fail(err, KITH_DEFECT, "Gauss-Legendre: 1 to 64 nodes");
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(n);
    if (!table) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) gsl_integration_glfixed_point(-1, 1, i, &nodes[i], &weights[i], table);
    gsl_integration_glfixed_table_free(table);
    return KITH_OK;
}
