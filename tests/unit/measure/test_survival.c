/* Survival against lifelines 0.30 on ten made-up lives, and the reference figures where the data are. */
#include "unit.h"

#include "peer.h"
#include <kith/survival.h>
#include <math.h>

static void near(double a, double b, double relative) {
    if (!(fabs(a - b) <= relative * fabs(b))) {
        print_error("%.17g is not %.17g\n", a, b);
        fail();
    }
}

static const double times[10] = {1, 2, 2, 3, 5, 5, 8, 9, 9, 12};
static const uint8_t events[10] = {1, 1, 0, 1, 1, 1, 0, 1, 1, 0};
static const int groups[10] = {0, 0, 1, 1, 2, 2, 0, 1, 2, 1};

/* Distinct times of one group (−1: all). */
static size_t lives(kith_life *life, int group) {
    size_t n = 0;
    for (int i = 0; i < 10; i++) {
        if (group >= 0 && groups[i] != group) continue;
        if (!n || life[n - 1].time != times[i]) life[n++] = (kith_life){.time = times[i]};
        if (events[i]) life[n - 1].events++;
        else life[n - 1].censored++;
    }
    return n;
}

static void curve(void **state) {
    (void)state;
    static const double want[7][3] = {{.9, .473009, .985281}, {.8, .408691, .945873}, {.685714, .304585, .887148}, {.457143, .142982, .729779},
                                      {.457143, .142982, .729779}, {.152381, .00845, .476405}, {.152381, .00845, .476405}};
    kith_life life[10];
    size_t n = lives(life, -1);
    assert_int_equal(n, 7);
    kith_kaplan_meier(life, n, .95);
    for (size_t i = 0; i < n; i++) {
        assert_true(fabs(life[i].survival - want[i][0]) < 5.1e-7 && fabs(life[i].low - want[i][1]) < 5.1e-7 && fabs(life[i].high - want[i][2]) < 5.1e-7);
    }
    assert_true(kith_survival_quantile(life, n, .5) == 5 && isinf(kith_survival_quantile(life, n, .1)));
    kith_kaplan_meier(life, 0, .95);
}

static void log_rank(void **state) {
    (void)state;
    kith_life room[3][10];
    const kith_life *life[3] = {room[0], room[1], room[2]};
    size_t n[3];
    double chi2, df, p;
    for (int g = 0; g < 3; g++) n[g] = lives(room[g], g);
    assert_int_equal(kith_log_rank(life, n, 3, &chi2, &df, &p, NULL, NULL, NULL), KITH_OK);
    near(chi2, 1.9004815206983199, 1e-12);
    near(p, .38664792275858756, 1e-12);
    assert_int_equal(kith_log_rank(life, n, 1, &chi2, &df, &p, NULL, NULL, NULL), KITH_OK);
    assert_true(isnan(chi2));
    assert_int_equal(kith_log_rank(life, n, 0, &chi2, &df, &p, NULL, NULL, NULL), KITH_OK);
}

static void cox(void **state) {
    (void)state;
    static const double x[10] = {.5, 1, -1, 2, 0, .3, 1.5, -.7, .2, -2};
    double both[20], beta[2], v[4];
    for (int i = 0; i < 10; i++) both[2 * i] = x[i], both[2 * i + 1] = groups[i];
    kith_cox fit;
    assert_int_equal(kith_cox_fit(times, events, both, 10, 2, KITH_TIES_EFRON, beta, v, &fit, NULL), KITH_OK);
    assert_true(fit.converged);
    near(beta[0], .7045106719124498, 1e-7); /* lifelines stops at a step of 1e-7 */
    near(beta[1], .05109566262003414, 1e-6);
    near(fit.loglik, -9.993395389953525, 1e-12);
    near(sqrt(v[0]), .4340791514428933, 1e-6);
    near(sqrt(v[3]), .5245241761990688, 1e-6);
    for (int i = 0; i < 10; i++) both[2 * i + 1] = 2 * x[i] + 1;
    assert_int_equal(kith_cox_fit(times, events, both, 10, 2, KITH_TIES_EFRON, beta, v, &fit, NULL), KITH_DATA);
    const uint8_t none[10] = {0};
    assert_int_equal(kith_cox_fit(times, none, x, 10, 1, KITH_TIES_EFRON, beta, v, &fit, NULL), KITH_DATA);
    double separated[10]; /* exactly those who fail first are the highest: it runs away */
    for (int i = 0; i < 10; i++) separated[i] = -times[i];
    assert_int_equal(kith_cox_fit(times, events, separated, 10, 1, KITH_TIES_EFRON, beta, v, &fit, NULL), KITH_OK);
    assert_false(fit.converged);
}

static void rossi(void **state) {
    (void)state;
    peer_table t;
    if (!peer_read("survival/lifelines_rossi.csv", ',', &t)) {
        print_message("SKIP: no reference data\n");
        skip();
    }
    static const char *const names[7] = {"fin", "age", "race", "wexp", "mar", "paro", "prio"};
    enum { ROWS = 432 };
    static double time[ROWS], x[ROWS * 7];
    static uint8_t event[ROWS];
    double beta[7], v[49];
    assert_int_equal(t.rows, ROWS);
    for (size_t i = 0; i < t.rows; i++) {
        time[i] = peer_number(&t, i, "week");
        event[i] = peer_number(&t, i, "arrest") > 0;
        for (int j = 0; j < 7; j++) x[i * 7 + (size_t)j] = peer_number(&t, i, names[j]);
    }
    kith_cox fit;
    assert_int_equal(kith_cox_fit(time, event, x, t.rows, 7, KITH_TIES_EFRON, beta, v, &fit, NULL), KITH_OK);
    near(fit.loglik, -658.7476594461, 1e-13);
    assert_true(fabs(beta[0] + .379422) < 5e-7 && fabs(beta[6] - .091497) < 5e-7);
    assert_int_equal(kith_cox_fit(time, event, x, t.rows, 7, KITH_TIES_BRESLOW, beta, v, &fit, NULL), KITH_OK);
    assert_true(fabs(fit.loglik + 659.1206) < 5e-5);
    peer_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(curve), cmocka_unit_test(log_rank), cmocka_unit_test(cox), cmocka_unit_test(rossi)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
