/* Special functions against values computed with 30 digits (mpmath), linear algebra and optimisers on problems with
 * known answers. */
#include "unit.h"

#include <kith/stats.h>
#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846
#define NEAR(a, b, tol) assert_true(fabs((a) - (b)) <= (tol) * (1 + fabs((double)(b))))

static void gamma_family(void **state) {
    (void)state;
    NEAR(kith_lgamma(.5), 0.57236494292470008707, 1e-15);
    NEAR(kith_lbeta(.3, 1e8), -4.430406227317634, 1e-13);
    NEAR(kith_lbeta(2, 3), log(1.0 / 12), 1e-14);
    assert_true(isnan(kith_lbeta(2, 0)) && isnan(kith_lbeta(0, 2)) && isnan(kith_lbeta(-1, 2)));
    NEAR(kith_digamma(.24259), -4.358543842397175, 1e-10);
    NEAR(kith_digamma(1), -0.57721566490153286061, 1e-14);
    NEAR(kith_trigamma(1), PI * PI / 6, 1e-14);
    NEAR(kith_trigamma(.5), PI * PI / 2, 1e-14);
    for (double x = .01; x < 1e6; x *= 3.7) {
        for (double n = 0; n < 3000; n = n * 3 + 1) {
            NEAR(kith_lpoch(x, n), kith_lgamma(x + n) - kith_lgamma(x), 1e-12 * (1 + fabs(kith_lgamma(x + n))));
        }
    }
    const double logs[] = {log(1), log(2), log(3), -INFINITY, log(4)}, far[] = {-1000, -1001};
    NEAR(kith_log_sum(logs, 5), log(10), 1e-15);
    NEAR(kith_log_sum(logs + 1, 2), log(5), 1e-15);
    NEAR(kith_log_sum(far, 2), -1000 + log1p(exp(-1)), 1e-15);
    assert_true(kith_log_sum(NULL, 0) == -INFINITY);
}

static void matrices(void **state) {
    (void)state;
    double a[9] = {4, 2, .6, 2, 5, 1, .6, 1, 3}, l[9], inverse[9], b[3] = {1, 2, 3}, x[3] = {1, 2, 3};
    for (int i = 0; i < 9; i++) l[i] = a[i];
    assert_int_equal(kith_cholesky(3, l, NULL), 0);
    kith_cholesky_solve(3, l, x);
    for (int i = 0; i < 3; i++) NEAR(a[3 * i] * x[0] + a[3 * i + 1] * x[1] + a[3 * i + 2] * x[2], b[i], 1e-14);
    for (int i = 0; i < 9; i++) inverse[i] = l[i];
    assert_int_equal(kith_cholesky_invert(3, inverse, NULL), 0);
    double other[9];
    for (int j = 0; j < 3; j++) { /* a column of the inverse solves for one of the unit matrix, by LU */
        double unit[3] = {j == 0, j == 1, j == 2};
        for (int i = 0; i < 9; i++) other[i] = a[i];
        assert_int_equal(kith_solve(3, other, unit, NULL), 0);
        for (int i = 0; i < 3; i++) NEAR(inverse[3 * i + j], unit[i], 1e-14);
    }
    double values[3], vectors[9], product = 1;
    for (int i = 0; i < 9; i++) other[i] = a[i];
    assert_int_equal(kith_eigen_symmetric(3, other, values, vectors, NULL), 0);
    for (int i = 0; i < 3; i++) product *= values[i];
    NEAR(log(product), kith_cholesky_log_det(3, l), 1e-13);
    double singular[4] = {1, 2, 2, 4}, c[2] = {1, 1};
    assert_int_equal(kith_cholesky(2, singular, NULL), KITH_DATA);
    double again[4] = {1, 2, 2, 4};
    assert_int_equal(kith_solve(2, again, c, NULL), KITH_DATA);
    double rows[8] = {1, 0, 1, 1, 1, 2, 1, 3}, y[4] = {1, 3, 4, 8}, beta[2], cov[4], rss;
    assert_int_equal(kith_least_squares(4, 2, rows, y, beta, cov, &rss, NULL), 0);
    NEAR(beta[0], .7, 1e-13);
    NEAR(beta[1], 2.2, 1e-13);
    NEAR(rss, 1.8, 1e-12);
    NEAR(cov[3], .2, 1e-13);
    NEAR(cov[0], .7, 1e-13);
}

/* Products of few terms that pass a double's range: (x)_n = x (x+1) … (x+n-1). */
static void pochhammer(void **state) {
    (void)state;
    NEAR(kith_lpoch(1e100, 5), 500 * log(10), 1e-15);
    NEAR(kith_lpoch(1e-300, 3), log(2) - 300 * log(10), 1e-15);
    NEAR(kith_lpoch(1e-200, 1), -200 * log(10), 1e-15);
    NEAR(kith_lpoch(2, 24), kith_lgamma(26), 1e-14);
}

static void refuses_least_squares(void **state) {
    (void)state;
    double x[4] = {1, 2, 3, 4}, y[2] = {1, 2}, b[3];
    kith_error err;
    assert_int_equal(kith_least_squares(1, 2, x, y, b, NULL, NULL, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "1 rows for 2 coefficients"));
    assert_int_equal(kith_least_squares(2, 0, x, y, b, NULL, NULL, &err), KITH_DATA);
    double same[4] = {1, 2, 2, 4};
    assert_int_equal(kith_least_squares(2, 2, same, y, b, NULL, NULL, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "depends on the others"));
}

typedef struct rosen {
    bool g, h;
} rosen;
static int rosenbrock(void *ctx, const double *x, double *v, double *g, double *h, kith_error *err) {
    rosen *r = ctx;
    (void)err;
    double p = x[1] - x[0] * x[0], q = 1 - x[0];
    *v = 100 * p * p + q * q;
    if (g && r->g) {
        g[0] = -400 * x[0] * p - 2 * q;
        g[1] = 200 * p;
    }
    if (h && r->h) {
        h[0] = -400 * p + 800 * x[0] * x[0] + 2;
        h[1] = h[2] = -400 * x[0];
        h[3] = 200;
    }
    return KITH_OK;
}

static void minimises(void **state) {
    (void)state;
    for (int k = 0; k < 4; k++) {
        rosen r = {k > 0, k > 1};
        kith_minimum_options o = {.has_gradient = k > 0, .has_hessian = k > 1, .simplex_first = k == 3};
        kith_minimum m;
        double x[2] = {-1.2, 1}, hessian[4], covariance[4];
        assert_int_equal(kith_minimise(rosenbrock, &r, 2, x, &o, &m, hessian, covariance, NULL), 0);
        assert_true(m.converged);
        NEAR(x[0], 1, 1e-6);
        NEAR(x[1], 1, 1e-6);
        NEAR(hessian[0], 802, 1e-4);
        NEAR(covariance[0], .5, 1e-3);
    }
}

/* Σ e^(xᵢ) − aᵢ xᵢ, a = 3, .2: least at ln a. */
static int exponentials(void *ctx, const double *x, double *v, double *g, double *h, kith_error *err) {
    static const double a[2] = {3, .2};
    (void)ctx, (void)err;
    *v = 0;
    if (h) h[1] = h[2] = 0;
    for (int i = 0; i < 2; i++) {
        *v += exp(x[i]) - a[i] * x[i];
        if (g) g[i] = exp(x[i]) - a[i];
        if (h) h[3 * i] = exp(x[i]);
    }
    return KITH_OK;
}

/* Where the decrement ½ H d² fell below 10⁻¹³ (1 + |f|) further full steps take it below a ten-thousandth of that, wherever the way begins: the
 * distance d left follows from the bound. */
static void minima_are_polished(void **state) {
    (void)state;
    for (int k = 0; k < 40; k++) {
        kith_minimum_options o = {.has_gradient = true, .has_hessian = true};
        kith_minimum m;
        double x[2] = {-3 + .17 * k, 2 - .11 * k}, hessian[4], covariance[4];
        assert_int_equal(kith_minimise(exponentials, NULL, 2, x, &o, &m, hessian, covariance, NULL), 0);
        assert_true(m.converged && m.definite);
        double left = 2 * 1e-17 * (1 + fabs(m.value));
        assert_true(fabs(x[0] - log(3)) <= sqrt(left / 3) && fabs(x[1] - log(.2)) <= sqrt(left / .2));
        NEAR(covariance[0], 1. / 3, 2 * sqrt(left / 3));
        NEAR(covariance[3], 5, 2 * sqrt(left / .2));
    }
}

static int nothing(void *ctx, const double *x, double *v, double *g, double *h, kith_error *err) {
    (void)ctx, (void)x, (void)g, (void)h, (void)err;
    *v = NAN;
    return KITH_OK;
}

/* x², but higher at its very minimum. */
static int lifted(void *ctx, const double *x, double *v, double *g, double *h, kith_error *err) {
    const double *lift = ctx;
    (void)err;
    *v = *x * *x + (fabs(*x) < 1e-12 ? *lift : 0);
    if (g) g[0] = 2 * *x;
    if (h) h[0] = 2;
    return KITH_OK;
}

/* No value at the start; too few steps; and a minimum whose own value is higher than those beside it, so that the last step does not go down. */
static void minimises_no_further(void **state) {
    (void)state;
    kith_minimum m;
    kith_error err;
    double x[2] = {-1.2, 1};
    assert_int_equal(kith_minimise(nothing, NULL, 2, x, NULL, &m, NULL, NULL, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "no value at its start"));
    rosen r = {true, true};
    kith_minimum_options few = {.has_gradient = true, .has_hessian = true, .max_iterations = 1};
    assert_int_equal(kith_minimise(rosenbrock, &r, 2, x, &few, &m, NULL, NULL, &err), KITH_OK);
    assert_true(!m.converged && m.value > 0);
    double lift = 1, one = 1e-7;
    kith_minimum_options exact = {.has_gradient = true, .has_hessian = true};
    assert_int_equal(kith_minimise(lifted, &lift, 1, &one, &exact, &m, NULL, NULL, &err), KITH_OK);
    assert_true(m.converged && fabs(one) <= 1e-7 && m.value <= 1e-14);
}

static double two_less(double x, void *ctx) { return (void)ctx, x - 2; }
static double cosine(double x, void *ctx) { return (void)ctx, cos(x); }
static void finds_roots(void **state) {
    (void)state;
    double r;
    assert_int_equal(kith_root(cosine, NULL, 1, 2, &r, NULL), 0);
    NEAR(r, PI / 2, 1e-15);
    assert_int_equal(kith_root(cosine, NULL, 2, 3, &r, NULL), KITH_DATA);
    assert_int_equal(kith_root(two_less, NULL, 2, 3, &r, NULL), 0); /* at a bound */
    assert_true(r == 2);
    assert_int_equal(kith_root(two_less, NULL, 1, 2, &r, NULL), 0);
    assert_true(r == 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gamma_family), cmocka_unit_test(matrices), cmocka_unit_test(minimises),
                                       cmocka_unit_test(minima_are_polished),
                                       cmocka_unit_test(finds_roots), cmocka_unit_test(pochhammer), cmocka_unit_test(refuses_least_squares),
                                       cmocka_unit_test(minimises_no_further)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
