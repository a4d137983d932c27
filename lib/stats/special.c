/* Special functions in the forms that likelihoods need: logarithms, and differences of ln Γ without cancellation.
 *
 * Tried and dropped: ln ₂F₁ for the Pareto/NBD (lib/predict/value.c integrates instead); GSL's returns inf with status 0 where one upper
 * parameter is in the hundreds and z near 1 (tests/unit/predict/hyp2f1.h has one that does not). GSL's lngamma, psi and psi_1 are kept out of the inner loops: libm's lgamma_r
 * and the asymptotic series below are three to ten times faster at the same accuracy. */
#include "door.h"
#include <kith/stats.h>

#include <gsl/gsl_integration.h>
#include <math.h>

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

double kith_log_sum(const double *v, size_t n) {
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (v[i] > most) most = v[i];
    }
    if (!(most > -INFINITY && most < INFINITY)) return most;
    for (size_t i = 0; i < n; i++) sum += exp(v[i] - most);
    return most + log(sum);
}

int kith_gauss_legendre(size_t n, double *nodes, double *weights, kith_error *err) {
    if (n < 1 || n > 64) return kith_fail(err, KITH_DEFECT, "Gauss-Legendre: 1 to 64 nodes");
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(n);
    if (!table) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) gsl_integration_glfixed_point(-1, 1, i, &nodes[i], &weights[i], table);
    gsl_integration_glfixed_table_free(table);
    return KITH_OK;
}
