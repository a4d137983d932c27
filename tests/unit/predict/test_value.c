/* Value models: exact derivatives against differences, the published figures where the data lie beside the project,
 * extremes. */
#include "hyp2f1.h"
#include "unit.h"

#include <kith/stats.h>
#include <kith/value.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR(a, b, tol) assert_true(fabs((a) - (b)) <= (tol))
#define CLOSE(a, b, tol) assert_true(fabs((a) - (b)) <= (tol) * (1 + fabs((double)(b))))

static const kith_triple few[] = {{0, 0, 38.857, 10}, {0, 0, 27, 3},           {1, 1.714, 38.857, 4},
                                  {1, 38, 38.857, 1}, {2, 30.4286, 38.857, 2}, {5, 20, 30, 1},
                                  {29, 30, 31.25, 1}, {176, 38.5, 39, 1},      {40, 3, 39, 1}};
static const kith_triple whole[] = {{0, 0, 6, 30}, {1, 1, 6, 10}, {1, 5, 6, 4},   {3, 6, 6, 5},
                                    {6, 6, 6, 9},  {2, 9, 40, 2}, {31, 33, 40, 1}};
static const kith_triple spends[] = {{1, 22.3, 0, 3}, {2, 11.77, 0, 1}, {7, 80.5, 0, 1}, {29, 30, 0, 1}};

static void derivatives_agree(void **state) {
    (void)state;
    static const double at[KITH_VALUE_METHODS][4] = {
        {.24259, 4.4136, .79292, 2.42591},    {.52484, 6.18308, .89136, 1.614},
        {.55328, 10.57768, .60624, 11.66873}, {.38477, 12.072},
        {1.20352, .74972, .65672, 2.78344},   {6.24957, 3.74422, 15.44352}};
    for (int m = 0; m < KITH_VALUE_METHODS; m++) {
        const kith_triple *t = m == KITH_VALUE_BGBB ? whole : m == KITH_VALUE_GAMMA ? spends : few;
        size_t n = m == KITH_VALUE_BGBB    ? sizeof whole / sizeof *whole
                   : m == KITH_VALUE_GAMMA ? sizeof spends / sizeof *spends
                                           : sizeof few / sizeof *few;
        size_t k = kith_value_size((kith_value_method)m);
        double value, g[4], h[16];
        assert_int_equal(kith_value_loglik((kith_value_method)m, at[m], t, n, 1, &value, g, h, NULL), 0);
        for (size_t i = 0; i < k; i++) {
            double p[4], up, down, gu[4], gd[4], e = 1e-5;
            memcpy(p, at[m], sizeof p);
            p[i] = at[m][i] * exp(e);
            kith_value_loglik((kith_value_method)m, p, t, n, 1, &up, gu, NULL, NULL);
            p[i] = at[m][i] * exp(-e);
            kith_value_loglik((kith_value_method)m, p, t, n, 1, &down, gd, NULL, NULL);
            CLOSE(g[i], (up - down) / (2 * e), 1e-6);
            for (size_t j = 0; j < k; j++) CLOSE(h[i * k + j], (gu[j] - gd[j]) / (2 * e), 1e-6);
        }
    }
}

/* The papers' function itself: identities, and a value of 30 digits (mpmath) where GSL 2.7.1 gives inf with status 0. */
static void hypergeometric(void **state) {
    (void)state;
    CLOSE(log_add(-1000, -1000), -1000 + LN2, 1e-15);
    CLOSE(log_sub(0, -1e-20), log(1e-20), 1e-14);
    CLOSE(log_hyp2f1(1, 1, 2, .5), log(-log(.5) / .5), 1e-14); /* ₂F₁(1, 1; 2; z) = −ln(1 − z)/z */
    CLOSE(log_hyp2f1(1, 1, 2, 1 - 1e-6), log(-log(1e-6) / (1 - 1e-6)), 1e-10);
    CLOSE(log_hyp2f1(500, 2.5, 2.5, .999), -500 * log(.001), 1e-12); /* ₂F₁(a, b; b; z) = (1 − z)^−a, far past the range of doubles */
    CLOSE(log_hyp2f1(.55 + .6 + 176, .6 + 1, .55 + .6 + 177, .99), 6.841245620457673, 1e-12);
    assert_true(isnan(log_hyp2f1(1, 2, 3, 1)));
}

/* The integral form of Pareto/NBD against the papers' hypergeometric form, both sides of alpha = beta. */
static void pareto_is_the_papers(void **state) {
    (void)state;
    static const double at[5][4] = {{1e-2, 100, .01, .1},
                                    {.3, .01, .2, 200},
                                    {.55328, 10.57768, .60624, 11.66873},
                                    {.7, 20, .4, 3},
                                    {1.3, 2, 2.5, 40}};
    for (int k = 0; k < 5; k++) {
        const double *p = at[k];
        for (size_t i = 0; i < sizeof few / sizeof *few; i++) {
            kith_triple t = few[i];
            t.weight = 1;
            double value, n = p[0] + t.x + p[2], high = fmax(p[1], p[3]), low = fmin(p[1], p[3]);
            assert_int_equal(kith_value_loglik(KITH_VALUE_PARETO, p, &t, 1, 1, &value, NULL, NULL, NULL), 0);
            double second = p[1] >= p[3] ? p[2] + 1 : p[0] + t.x;
            double f1 = log_hyp2f1(n, second, n + 1, (high - low) / (high + t.tx)), f2 = log_hyp2f1(n, second, n + 1, (high - low) / (high + t.T));
            double a0 = log_sub(f1 - n * log(high + t.tx), f2 - n * log(high + t.T));
            double expect =
                kith_lgamma(p[0] + t.x) - kith_lgamma(p[0]) + p[0] * log(p[1]) + p[2] * log(p[3]) +
                log_add(-(p[0] + t.x) * log(p[1] + t.T) - p[2] * log(p[3] + t.T), log(p[2]) - log(n) + a0);
            CLOSE(value, expect, 1e-12);
        }
    }
}

static double log_beta(double a, double b) { return lgamma(a) + lgamma(b) - lgamma(a + b); }

/* One customer's likelihood as each paper prints it: r alpha a b (or the four of BG/BB, p q gamma), x, t_x, T. */
static double printed(kith_value_method method, const double *p, double x, double tx, double T) {
    double r = p[0], alpha = p[1], a = p[2], b = p[3], sum = 0;
    double purchases = lgamma(r + x) - lgamma(r) + r * log(alpha), still = pow(alpha + T, -(r + x)), left = pow(alpha + tx, -(r + x));
    switch (method) {
    case KITH_VALUE_BGNBD: /* Fader, Hardie & Lee 2005, (6) */
        if (x > 0) sum = exp(log_beta(a + 1, b + x - 1) - log_beta(a, b)) * left;
        return purchases + log(exp(log_beta(a, b + x) - log_beta(a, b)) * still + sum);
    case KITH_VALUE_MBGNBD: /* Batislam, Denizel & Filiztekin 2007: one more chance to leave */
        return purchases + log(exp(log_beta(a, b + x + 1) - log_beta(a, b)) * still + exp(log_beta(a + 1, b + x) - log_beta(a, b)) * left);
    case KITH_VALUE_NBD: return purchases + log(still);
    case KITH_VALUE_BGBB: /* Fader, Hardie & Shang 2010, (5): alpha beta gamma delta */
        sum = exp(log_beta(r + x, alpha + T - x) - log_beta(r, alpha) + log_beta(a, b + T) - log_beta(a, b));
        for (double i = 0; i < T - tx; i++)
            sum += exp(log_beta(r + x, alpha + tx - x + i) - log_beta(r, alpha) + log_beta(a + 1, b + tx + i) - log_beta(a, b));
        return log(sum);
    case KITH_VALUE_GAMMA: /* Fader & Hardie 2013, (1a): x purchases of tx on average */
        sum = r * x;
        return lgamma(sum + alpha) - lgamma(sum) - lgamma(alpha) + alpha * log(a) + (sum - 1) * log(tx) + sum * log(x) - (sum + alpha) * log(a + x * tx);
    default: return NAN;
    }
}

static void likelihoods_are_the_papers(void **state) {
    (void)state;
    static const struct {
        kith_value_method method;
        double p[2][4];
    } models[] = {{KITH_VALUE_BGNBD, {{.24259, 4.4136, .79292, 2.42591}, {1.7, .6, 2.2, .4}}},
                  {KITH_VALUE_MBGNBD, {{.52484, 6.18308, .89136, 1.614}, {1.7, .6, 2.2, .4}}},
                  {KITH_VALUE_NBD, {{.38477, 12.072, 1, 1}, {2.5, .3, 1, 1}}},
                  {KITH_VALUE_BGBB, {{1.20352, .74972, .65672, 2.78344}, {.4, 3, 2, .5}}},
                  {KITH_VALUE_GAMMA, {{6.24957, 3.74422, 15.44352, 1}, {.7, 1.5, 40, 1}}}};
    for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
        kith_value_method method = models[m].method;
        const kith_triple *t = method == KITH_VALUE_BGBB ? whole : method == KITH_VALUE_GAMMA ? spends : few;
        size_t n = t == whole ? sizeof whole / sizeof *whole : t == spends ? sizeof spends / sizeof *spends : sizeof few / sizeof *few;
        for (int k = 0; k < 2; k++)
            for (size_t i = 0; i < n; i++) {
                double value, expect = printed(method, models[m].p[k], t[i].x, t[i].tx, t[i].T);
                assert_int_equal(kith_value_loglik(method, models[m].p[k], &t[i], 1, 1, &value, NULL, NULL, NULL), 0);
                if (isfinite(expect)) CLOSE(value, t[i].weight * expect, 1e-10);
                if (method == KITH_VALUE_BGNBD && t[i].x > 0) { /* (7) of the same paper */
                    kith_value_fit f = {.method = method};
                    memcpy(f.p, models[m].p[k], sizeof f.p);
                    double odds = f.p[2] / (f.p[3] + t[i].x - 1) * pow((f.p[1] + t[i].T) / (f.p[1] + t[i].tx), f.p[0] + t[i].x);
                    CLOSE(kith_value_alive(&f, t[i].x, t[i].tx, t[i].T), 1 / (1 + odds), 1e-12);
                }
            }
    }
}

static void extremes_stay_finite(void **state) {
    (void)state;
    for (int m = 0; m < KITH_VALUE_BGBB; m++) {
        kith_value_fit f = {.method = (kith_value_method)m, .p = {.55, 10, .6, 11}};
        for (double x = 1; x <= 1e6; x *= 10) {
            for (double gap = 1e-3; gap < 1e4; gap *= 10) {
                double alive = kith_value_alive(&f, x, 100, 100 + gap),
                       e = kith_value_expected(&f, x, 100, 100 + gap, 52);
                assert_true(alive >= 0 && alive <= 1 && isfinite(e) && e >= 0);
                double v;
                kith_triple t = {x, 100, 100 + gap, 1};
                assert_int_equal(kith_value_loglik(f.method, f.p, &t, 1, 1, &v, NULL, NULL, NULL), 0);
                assert_true(isfinite(v));
            }
        }
    }
}

/* Expected purchases: the integral against the series, through a = 1 and C = 0 without a step; new customers by
 * differences of P. */
static void expectations_are_smooth(void **state) {
    (void)state;
    kith_value_fit f = {.method = KITH_VALUE_BGNBD, .p = {.24259, 4.4136, 1, 2.42591}};
    double at = kith_value_expected_alive(&f, 3, 39, 39);
    f.p[2] = 1 + 1e-9;
    CLOSE(kith_value_expected_alive(&f, 3, 39, 39), at, 1e-8);
    f.p[2] = .4, f.p[3] = .6;
    double zero = kith_value_expected_alive(&f, 0, 0, 10);
    f.p[3] = .6 + 1e-9;
    CLOSE(kith_value_expected_alive(&f, 0, 0, 10), zero, 1e-8);
    f.p[2] = .79292, f.p[3] = 2.42591;
    /* where the series hands over to the integral (z = .95) */
    double edge = .95 / .05 * (4.4136 + 20), below = kith_value_expected_alive(&f, 2, 20, edge * (1 - 1e-9)),
           above = kith_value_expected_alive(&f, 2, 20, edge * (1 + 1e-9));
    CLOSE(below, above, 1e-8);
    /* little time: λ̄ t; and discounting at rate 0 changes nothing, a large rate leaves the first moments */
    CLOSE(kith_value_expected_alive(&f, 2, 20, 1e-6) / 1e-6, (2 + .24259) / (20 + 4.4136), 1e-6);
    CLOSE(kith_value_discounted_alive(&f, 2, 20, 39, 0), kith_value_expected_alive(&f, 2, 20, 39), 1e-15);
    CLOSE(kith_value_discounted_alive(&f, 2, 20, 39, 50) * 50, (2 + .24259) / (20 + 4.4136), 1e-2);
    f.method = KITH_VALUE_PARETO;
    f.p[2] = 1, f.p[3] = 10;
    double one = kith_value_expected_alive(&f, 2, 20, 39);
    f.p[2] = 1 + 1e-10;
    CLOSE(kith_value_expected_alive(&f, 2, 20, 39), one, 1e-9);
}

/* E over p ~ Beta(a, b) of (1 - (1 + p z)^-n) / p: Simpson's rule over the log odds of p, 12 widths about the peak. */
static double expected_of(double n, double a, double b, double z) {
    enum { STEPS = 4000 };
    double sum = 0, width = sqrt(1 / a + 1 / b), h = 24 * width / STEPS;
    for (int i = 0; i <= STEPS; i++) {
        double y = log(a / b) - 12 * width + i * h, p = 1 / (1 + exp(-y));
        double density = exp(a * log(p) - b * log1p(exp(y)) - lgamma(a) - lgamma(b) + lgamma(a + b));
        sum += -expm1(-n * log1p(p * z)) / p * density * (i == 0 || i == STEPS ? 1 : i & 1 ? 4 : 2);
    }
    return sum * h / 3;
}

/* Customers who hardly differ in their dropout: a and b run off together, and what is expected goes to a limit. */
static void large_parameters_of_dropout(void **state) {
    (void)state;
    static const double size[] = {20, 200, 2e3, 2e4, 2e6};
    static const double x[] = {0, 3, 30};
    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        for (size_t j = 0; j < sizeof x / sizeof *x; j++)
            for (double share = .2; share < 1; share += .3) {
                double a = share * size[i], b = (1 - share) * size[i];
                kith_value_fit f = {.method = KITH_VALUE_BGNBD, .p = {.24259, 4.4136, a, b}};
                CLOSE(kith_value_expected_alive(&f, x[j], 39, 30), expected_of(.24259 + x[j], a, b + x[j], 30 / (4.4136 + 39)), 1e-7);
                f.method = KITH_VALUE_MBGNBD;
                CLOSE(kith_value_expected_alive(&f, x[j], 39, 30), expected_of(.24259 + x[j], a, b + x[j] + 1, 30 / (4.4136 + 39)), 1e-7);
            }
}

/* BG/BB by the sums of the paper over the last opportunity at which the customer was alive, and the published figures. */
static void bgbb_predictions_are_the_papers(void **state) {
    (void)state;
    kith_value_fit f = {.method = KITH_VALUE_BGBB, .p = {1.20352, .74972, .65672, 2.78344}};
    const double *p = f.p, n = 6, base = kith_lbeta(p[0], p[1]) + kith_lbeta(p[2], p[3]);
    double likely = 0, to_come = 0, at_first = 0;
    for (int x = 0; x <= 6; x++)
        for (int tx = x; tx <= (x ? 6 : 0); tx++) {
            double alive = exp(kith_lbeta(p[0] + x, p[1] + n - x) + kith_lbeta(p[2], p[3] + n) - base), all = alive, later = 0, discounted = 0;
            for (int i = 0; i < n - tx; i++) all += exp(kith_lbeta(p[0] + x, p[1] + tx - x + i) + kith_lbeta(p[2] + 1, p[3] + tx + i) - base);
            for (int k = 1; k <= 10; k++) {
                double then = exp(kith_lbeta(p[0] + x + 1, p[1] + n - x) + kith_lbeta(p[2], p[3] + n + k) - base) / all;
                later += then;
                discounted += then * exp(-.1 * k);
            }
            CLOSE(kith_value_alive(&f, x, tx, n), alive / all, 1e-12);
            CLOSE(kith_value_expected(&f, x, tx, n, 10), later, 1e-12);
            CLOSE(kith_value_expected(&f, x, tx, n, 10.9), later, 1e-12); /* whole opportunities */
            CLOSE(alive / all * kith_value_discounted_alive(&f, x, n, 10, .1), discounted, 1e-12);
            double ways = x ? exp(kith_lgamma(tx) - kith_lgamma(x) - kith_lgamma(tx - x + 1)) : 1;
            likely += ways * all;
            to_come += ways * all * later;
            double gradient[4];
            kith_value_alive_gradient(&f, x, tx, n, gradient);
            for (int i = 0; i < 4; i++) {
                kith_value_fit up = f, down = f;
                up.p[i] *= exp(1e-5), down.p[i] *= exp(-1e-5);
                CLOSE(gradient[i], log(kith_value_alive(&up, x, tx, n) / kith_value_alive(&down, x, tx, n)) / 2e-5, 1e-8);
            }
        }
    for (int k = 1; k <= 10; k++) at_first += p[0] / (p[0] + p[1]) * exp(kith_lbeta(p[2], p[3] + n + k) - kith_lbeta(p[2], p[3]));
    NEAR(likely, 1, 1e-12);           /* over all histories */
    CLOSE(to_come, at_first, 1e-12);
    NEAR(kith_value_expected(&f, 0, 0, 6, 10), .130, 5e-4); /* published, from another optimiser's parameters */
    NEAR(kith_value_expected(&f, 4, 5, 6, 10), 3.63, 5e-3);
    assert_true(isnan(kith_value_alive(&f, NAN, 0, 6)) && isnan(kith_value_expected_alive(&f, 1, INFINITY, 6)) && kith_value_expected_alive(&f, 1, 6, 0) == 0);
    f.method = KITH_VALUE_GAMMA; /* spend says nothing about purchases to come */
    assert_true(isnan(kith_value_expected_alive(&f, 1, 6, 3)));
}

static void refuses_what_cannot_be_fitted(void **state) {
    (void)state;
    kith_value_fit f;
    kith_error err = {0};
    assert_int_equal(kith_value_estimate(KITH_VALUE_BGNBD, NULL, 0, 1, &f, &err), KITH_DATA);
    kith_triple none[2] = {{0, 0, 10, 5}, {0, 0, 20, 5}};
    assert_int_equal(kith_value_estimate(KITH_VALUE_PARETO, none, 2, 1, &f, &err), KITH_DATA);
    assert_true(kith_triple_fault(KITH_VALUE_BGNBD, &(kith_triple){1, 3, 2, 1}) != NULL);
    assert_true(kith_triple_fault(KITH_VALUE_BGNBD, &(kith_triple){0, 0, 2, 1}) == NULL);
    /* everybody buys at the same steady rate and nobody leaves: no interior maximum, said instead of diverging */
    kith_triple steady[3] = {{10, 39, 39, 50}, {10, 38, 39, 50}, {11, 39, 39, 50}};
    assert_int_equal(kith_value_estimate(KITH_VALUE_BGNBD, steady, 3, 1, &f, &err), KITH_OK);
    assert_true(!f.converged && f.bound >= 0);
}

/* ---- the published figures ------------------------------------------------------------------------------------------
 */

static FILE *reference(const char *name) {
    const char *source = getenv("KITH_SOURCE");
    char path[4096];
    snprintf(path, sizeof path, "%s/../shared/data/value/%s", source ? source : ".", name);
    FILE *f = fopen(path, "r");
    if (!f) printf("SKIP: %s is not there\n", name);
    return f;
}

static void cdnow(void **state) {
    (void)state;
    FILE *f = reference("cdnow_sample_calibration_holdout.csv");
    if (!f) skip();
    enum { ROOM = 3000 };
    static double x[ROOM], tx[ROOM], T[ROOM], m[ROOM], y[ROOM];
    static kith_triple t[ROOM], g[ROOM];
    char line[256];
    size_t n = 0, ng = 0;
    assert_non_null(fgets(line, sizeof line, f));
    while (n < ROOM && fgets(line, sizeof line, f)) {
        if (sscanf(line, "%*[^,],%lf,%lf,%lf,%lf,%lf", &x[n], &tx[n], &T[n], &m[n], &y[n]) != 5) continue;
        tx[n] = round(tx[n] * 7) / 7, T[n] = round(T[n] * 7) / 7;
        t[n] = (kith_triple){x[n], tx[n], T[n], 1};
        if (x[n] > 0 && m[n] > 0) g[ng++] = (kith_triple){x[n], m[n], 0, 1};
        n++;
    }
    fclose(f);
    assert_int_equal(n, 2357);
    size_t k = kith_triples_gather(t, n);
    assert_int_equal(k, 1016);
    static const struct {
        double p[4], loglik, predicted, mae, rmse, r;
    } figures[4] = {{{.24259, 4.4136, .79292, 2.42591}, -9582.429, 1653.4, .7855, 1.6080, .6256},
                    {{.52484, 6.18308, .89136, 1.61400}, -9582.136, 1576.7, .7648, 1.6072, .6273},
                    {{.55328, 10.57768, .60624, 11.66873}, -9594.976, 1665.5, .7545, 1.6028, .6302},
                    {{.38477, 12.07202}, -9763.658, 2929.8, 1.0410, 1.8595, .5834}};
    kith_value_fit fit;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(kith_value_estimate((kith_value_method)i, t, k, 1, &fit, NULL), 0);
        assert_true(fit.converged && fit.bound < 0);
        printf("%s: r %.7f %.7f %.7f %.7f LL %.3f in %d steps\n", kith_value_name(fit.method), fit.p[0], fit.p[1],
               fit.p[2], fit.p[3], fit.loglik, fit.iterations);
        for (size_t c = 0; c < kith_value_size(fit.method); c++) NEAR(fit.p[c], figures[i].p[c], 6e-6);
        NEAR(fit.loglik, figures[i].loglik, 5.1e-4);
        double sum = 0, absolute = 0, square = 0, sy = 0, syy = 0, see = 0, sey = 0;
        for (size_t c = 0; c < n; c++) {
            double e = kith_value_expected(&fit, x[c], tx[c], T[c], 39);
            sum += e, absolute += fabs(e - y[c]), square += (e - y[c]) * (e - y[c]);
            sy += y[c], syy += y[c] * y[c], see += e * e, sey += e * y[c];
        }
        double N = (double)n, r = (sey - sum * sy / N) / sqrt((see - sum * sum / N) * (syy - sy * sy / N));
        printf("  holdout %.1f MAE %.4f RMSE %.4f r %.4f\n", sum, absolute / N, sqrt(square / N), r);
        NEAR(sum, figures[i].predicted, .051);
        NEAR(absolute / N, figures[i].mae, 5.1e-5);
        NEAR(sqrt(square / N), figures[i].rmse, 5.1e-5);
        NEAR(r, figures[i].r, 5.1e-5);
    }
    ng = kith_triples_gather(g, ng);
    assert_int_equal(kith_value_estimate(KITH_VALUE_GAMMA, g, ng, 1, &fit, NULL), 0);
    printf("gammagamma: %.5f %.5f %.5f LL %.3f of %g\n", fit.p[0], fit.p[1], fit.p[2], fit.loglik, fit.customers);
    NEAR(fit.p[0], 6.24957,
         5e-4); /* m has two to six decimals in this file; the exact ones are tested from the events */
    NEAR(fit.loglik, -4055.918, 2e-3);
}

static void donations(void **state) {
    (void)state;
    FILE *f = reference("donations.csv");
    if (!f) skip();
    kith_triple t[64];
    char line[256];
    size_t n = 0;
    assert_non_null(fgets(line, sizeof line, f));
    while (n < 64 && fgets(line, sizeof line, f))
        if (sscanf(line, "%lf,%lf,%lf,%lf", &t[n].x, &t[n].tx, &t[n].T, &t[n].weight) == 4) n++;
    fclose(f);
    n = kith_triples_gather(t, n);
    kith_value_fit fit;
    assert_int_equal(kith_value_estimate(KITH_VALUE_BGBB, t, n, 1, &fit, NULL), 0);
    printf("bgbb: %.5f %.5f %.5f %.5f LL %.3f\n", fit.p[0], fit.p[1], fit.p[2], fit.p[3], fit.loglik);
    static const double p[4] = {1.20352, .74972, .65672, 2.78344};
    for (int c = 0; c < 4; c++) NEAR(fit.p[c], p[c], 5.1e-6);
    NEAR(fit.loglik, -33225.581, 5.1e-4);
    assert_true(fit.customers == 11104);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(derivatives_agree),
                                       cmocka_unit_test(hypergeometric), cmocka_unit_test(pareto_is_the_papers),
                                       cmocka_unit_test(likelihoods_are_the_papers),
                                       cmocka_unit_test(extremes_stay_finite),
                                       cmocka_unit_test(expectations_are_smooth),
                                       cmocka_unit_test(large_parameters_of_dropout),
                                       cmocka_unit_test(bgbb_predictions_are_the_papers),
                                       cmocka_unit_test(refuses_what_cannot_be_fitted),
                                       cmocka_unit_test(cdnow),
                                       cmocka_unit_test(donations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
