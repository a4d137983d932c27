/* Marketing mix: a simulated market whose returns are known, channels that cannot be told apart, the budget by brute force. */
#include "unit.h"

#include <kith/mix.h>
#include <math.h>
#include <stdlib.h>

enum { ROWS = 208 };

typedef struct market {
    double y[ROWS], spend[ROWS * 2], control[ROWS * 2], returns[2];
    kith_mix_channel channel[2];
    kith_mix mix;
    kith_arena *arena;
    kith_mix_fit fit;
} market;

/* Demand drives both spending and outcome; alpha .5/.2, lambda 3/1.5. */
static market *made(double noise, double alike) {
    static const double alpha[2] = {.5, .2}, lambda[2] = {3, 1.5}, beta[2] = {400, 300};
    market *m = calloc(1, sizeof *m);
    kith_random r;
    kith_random_start(&r, 11, "market", 1);
    m->arena = kith_arena_new();
    double peak[2] = {0, 0}, spent[2] = {0, 0}, got[2] = {0, 0};
    for (int t = 0; t < ROWS; t++) {
        double demand = sin(t / 8.) + .3 * kith_random_normal(&r);
        m->control[2 * t] = 1;
        m->control[2 * t + 1] = demand;
        for (int c = 0; c < 2; c++) {
            double own = kith_random_unit(&r) * (kith_random_unit(&r) < .7) * 100 + 10 * fmax(demand, 0);
            m->spend[2 * t + c] = c && alike > 0 ? alike * m->spend[2 * t] + (1 - alike) * own : own;
            peak[c] = fmax(peak[c], m->spend[2 * t + c]);
            spent[c] += m->spend[2 * t + c];
        }
    }
    for (int t = 0; t < ROWS; t++) {
        m->y[t] = 1000 + 150 * m->control[2 * t + 1] + noise * kith_random_normal(&r);
        for (int c = 0; c < 2; c++) {
            double w = 0, z = 0;
            for (int l = 0; l < 8; l++) w += pow(alpha[c], l);
            for (int l = 0; l < 8 && l <= t; l++) z += pow(alpha[c], l) / w * m->spend[2 * (t - l) + c] / peak[c];
            double part = beta[c] * tanh(lambda[c] * z / 2);
            m->y[t] += part;
            got[c] += part;
        }
    }
    for (int c = 0; c < 2; c++) {
        m->returns[c] = got[c] / spent[c];
        m->channel[c] = (kith_mix_channel){.shape = {.3, 1, 2, 1}};
    }
    m->mix = (kith_mix){ROWS, 2, 2, m->y, m->spend, m->control, KITH_ADSTOCK_GEOMETRIC, KITH_SATURATION_LOGISTIC, 8, 0, 1, m->channel};
    return m;
}

static void end(market *m) {
    kith_arena_free(m->arena);
    free(m);
}

static void returns_come_back(void **state) {
    (void)state;
    market *m = made(10, 0);
    assert_int_equal(kith_mix_solve(&m->mix, m->arena, &m->fit, NULL), KITH_OK);
    assert_true(m->fit.converged);
    for (int c = 0; c < 2; c++) {
        assert_true(fabs(m->fit.returns[c] / m->returns[c] - 1) < .05);
        assert_true(fabs(m->fit.returns[c] - m->returns[c]) < 3.5 * m->fit.returns_se[c]);
        assert_true(m->fit.inflation[c] < 2);
    }
    double biased = m->fit.returns[0];
    m->mix.controls = 1; /* without the confounder: the intercept alone */
    double *ones = calloc(ROWS, sizeof *ones);
    for (int t = 0; t < ROWS; t++) ones[t] = 1;
    m->mix.control = ones;
    assert_int_equal(kith_mix_solve(&m->mix, m->arena, &m->fit, NULL), KITH_OK);
    assert_true(m->fit.rss > 2 * 10 * 10 * ROWS && biased != m->fit.returns[0]);
    free(ones);
    end(m);
}

/* Without adstock and saturation a ridge is linear: on centred columns (S + ridge × diag S) β = Sxy, the intercept free. */
static void ridge_is_the_closed_form(void **state) {
    (void)state;
    static const double ridges[] = {0, .1, 2, 1e4};
    for (size_t i = 0; i < sizeof ridges / sizeof *ridges; i++) {
        market *m = made(10, .5);
        double ones[ROWS], peak[2] = {0, 0}, mean[3] = {0, 0, 0}, s[3][3] = {{0}}, column[3][ROWS];
        for (int t = 0; t < ROWS; t++) {
            ones[t] = 1;
            for (int c = 0; c < 2; c++) peak[c] = fmax(peak[c], m->spend[2 * t + c]);
        }
        for (int t = 0; t < ROWS; t++)
            for (int c = 0; c < 3; c++) mean[c] += (column[c][t] = c < 2 ? m->spend[2 * t + c] / peak[c] : m->y[t]) / ROWS;
        for (int t = 0; t < ROWS; t++)
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 3; b++) s[a][b] += (column[a][t] - mean[a]) * (column[b][t] - mean[b]);
        double p = s[0][0] * (1 + ridges[i]), q = s[1][1] * (1 + ridges[i]), r = s[0][1], all = p * q - r * r;
        double beta[2] = {(q * s[0][2] - r * s[1][2]) / all, (p * s[1][2] - r * s[0][2]) / all};
        for (int c = 0; c < 2; c++) m->channel[c] = (kith_mix_channel){.shape = {0, 1, 1, 1}, .fixed = {true, true, true, true}};
        m->mix.controls = 1, m->mix.control = ones, m->mix.saturation = KITH_SATURATION_NONE, m->mix.ridge = ridges[i];
        assert_int_equal(kith_mix_solve(&m->mix, m->arena, &m->fit, NULL), KITH_OK);
        for (int c = 0; c < 2; c++) {
            assert_true(fabs(m->fit.beta[c] - beta[c]) <= 1e-9 * fabs(beta[c]));
            assert_true(fabs(m->fit.returns[c] - beta[c] / peak[c]) <= 1e-9 * fabs(beta[c] / peak[c]));
        }
        assert_true(fabs(m->fit.gamma[0] - (mean[2] - beta[0] * mean[0] - beta[1] * mean[1])) <= 1e-9 * mean[2]);
        end(m);
    }
}

static void twins_are_named(void **state) {
    (void)state;
    market *m = made(10, .97);
    for (int c = 0; c < 2; c++)
        m->channel[c] = (kith_mix_channel){.shape = {.4, 1, 2.5, 1}, .fixed = {true, true, true, true}};
    assert_int_equal(kith_mix_solve(&m->mix, m->arena, &m->fit, NULL), KITH_OK);
    assert_true(m->fit.inflation[1] > 10 && m->fit.twin[1] == 0);
    m->channel[0].has_prior = true;
    m->channel[0].prior_mean = m->returns[0];
    m->channel[0].prior_sd = .02 * m->returns[0];
    assert_int_equal(kith_mix_solve(&m->mix, m->arena, &m->fit, NULL), KITH_OK);
    assert_true(fabs(m->fit.returns[0] / m->returns[0] - 1) < .05);
    assert_true(m->fit.inflation[0] > 10);
    end(m);
}

static void budget_is_the_best(void **state) {
    (void)state;
    market *m = made(10, 0);
    assert_int_equal(kith_mix_solve(&m->mix, m->arena, &m->fit, NULL), KITH_OK);
    double low[2] = {5, 5}, high[2] = {80, 90}, spend[2], best = -INFINITY, at = 0;
    assert_int_equal(kith_mix_allocate(&m->mix, &m->fit, 100, low, high, spend, NULL), KITH_OK);
    for (double a = 10; a <= 80; a += .001) {
        double v = kith_mix_response(&m->mix, &m->fit, 0, a) + kith_mix_response(&m->mix, &m->fit, 1, 100 - a);
        if (v > best) best = v, at = a;
    }
    assert_true(fabs(spend[0] - at) < .01 && fabs(spend[0] + spend[1] - 100) < 1e-9);
    assert_int_equal(kith_mix_allocate(&m->mix, &m->fit, 1000, low, high, spend, NULL), KITH_USAGE);
    double tight[2] = {40, 60};
    assert_int_equal(kith_mix_allocate(&m->mix, &m->fit, 100, tight, tight, spend, NULL), KITH_OK);
    assert_true(spend[0] == 40 && spend[1] == 60);
    end(m);
}

static void faults(void **state) {
    (void)state;
    market *m = made(10, 0);
    kith_error err;
    m->spend[7] = -1;
    assert_int_equal(kith_mix_solve(&m->mix, m->arena, &m->fit, &err), KITH_DATA);
    m->spend[7] = 1;
    m->mix.rows = 7;
    assert_int_equal(kith_mix_solve(&m->mix, m->arena, &m->fit, &err), KITH_DATA);
    m->mix.rows = ROWS;
    for (int t = 0; t < ROWS; t++) m->spend[2 * t] = 0;
    assert_int_equal(kith_mix_solve(&m->mix, m->arena, &m->fit, &err), KITH_DATA);
    end(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(returns_come_back), cmocka_unit_test(ridge_is_the_closed_form), cmocka_unit_test(twins_are_named),
                                       cmocka_unit_test(budget_is_the_best), cmocka_unit_test(faults)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
