/* Metrics against scikit-learn 1.9.1 and scikit-uplift 0.5.1 on the sample. */
#include "unit.h"

#include "sample.h"

#include <kith/metrics.h>
#include <string.h>

static sample s;
static kith_arena *arena;
static kith_error err;

static void near(double a, double b, double tolerance) {
    if (!(fabs(a - b) <= tolerance)) fail_msg("%.15g is not %.15g", a, b);
}

static kith_measure measure(const kith_measure *m, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(m[i].name, name) == 0) return m[i];
    fail_msg("no measure %s", name);
    return (kith_measure){0};
}

static void binary_measures(void **state) {
    (void)state;
    kith_encoding e;
    kith_design d;
    kith_linear fit;
    double p[PEOPLE];
    assert_int_equal(kith_encoding_fit(&s.frame, NULL, PEOPLE, arena, &e, &err), KITH_OK);
    assert_int_equal(kith_encode(&e, &s.frame, NULL, PEOPLE, arena, &d, &err), KITH_OK);
    assert_int_equal(kith_logistic_fit(&d, s.y, NULL, NULL, arena, &fit, &err), KITH_OK);
    kith_linear_predict(&fit, &d, p);
    for (int i = 0; i < PEOPLE; i++) p[i] = nearbyint(kith_logistic(p[i]) * 100) / 100;
    static const double at[] = {.1};
    kith_eval_options o = {.replicates = 200, .seed = 1, .threads = 2, .at = at, .n_at = 1};
    kith_measure *m;
    size_t n;
    assert_int_equal(kith_eval_binary(p, s.y, PEOPLE, &o, arena, &m, &n, &err), KITH_OK);
    near(measure(m, n, "auc").value, 0.6982450609499791, 1e-14);
    near(measure(m, n, "average_precision").value, 0.5934495708317897, 1e-14);
    near(measure(m, n, "logloss").value, 0.6086537200133717, 1e-14);
    near(measure(m, n, "brier").value, 0.21019775, 1e-14);
    double found = 0, ones = 0;
    for (int i = 0; i < PEOPLE; i++) {
        int before = 0; /* who stands before: those with higher scores, and of equals the earlier ones */
        for (int j = 0; j < PEOPLE; j++) before += p[j] > p[i] || (p[j] == p[i] && j < i);
        ones += s.y[i];
        if (before < PEOPLE / 10) found += s.y[i];
    }
    double lift = found / (PEOPLE / 10) / (ones / PEOPLE);
    near(measure(m, n, "lift10").value, lift, 1e-12);
    near(measure(m, n, "gain10").value, lift / 10, 1e-12);
    near(measure(m, n, "calibration_slope").value, 1, .1); /* fitted on the same rows, hardly penalised */
    for (size_t i = 0; i + 2 < n; i++) assert_true(m[i].low <= m[i].value && m[i].value <= m[i].high);
    double alike[PEOPLE]; /* who all have the same score lie on no line */
    for (int i = 0; i < PEOPLE; i++) alike[i] = .3;
    assert_int_equal(kith_eval_binary(alike, s.y, PEOPLE, &o, arena, &m, &n, &err), KITH_OK);
    assert_true(isnan(measure(m, n, "calibration_slope").value) && isnan(measure(m, n, "calibration_intercept").value));
    near(measure(m, n, "auc").value, .5, 0);
    double none[PEOPLE] = {0};
    assert_int_equal(kith_eval_binary(p, none, PEOPLE, &o, arena, &m, &n, &err), KITH_DATA);
}

static void uplift_measures(void **state) {
    (void)state;
    static const double at[] = {.3};
    kith_eval_options o = {.replicates = 100, .seed = 1, .threads = 2, .at = at, .n_at = 1};
    kith_measure *m;
    size_t n;
    assert_int_equal(kith_eval_uplift(s.uplift, s.y, s.treated, PEOPLE, &o, arena, &m, &n, &err), KITH_OK);
    near(measure(m, n, "qini").value, -0.05693277996955115, 1e-13);
    near(measure(m, n, "auuc").value, -0.06619350404971204, 1e-13);
    near(measure(m, n, "uplift30").value, -0.10025062656641603, 1e-13);
    near(measure(m, n, "ate").value, 0.02, 1e-13);
    double low = measure(m, n, "qini").low;
    o.threads = 1;
    assert_int_equal(kith_eval_uplift(s.uplift, s.y, s.treated, PEOPLE, &o, arena, &m, &n, &err), KITH_OK);
    assert_true(measure(m, n, "qini").low == low);
    uint8_t all[PEOPLE];
    memset(all, 1, sizeof all);
    assert_int_equal(kith_eval_uplift(s.uplift, s.y, all, PEOPLE, &o, arena, &m, &n, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "without controls"));
}

static void orders_are_stable(void **state) {
    (void)state;
    static const double v[] = {1, -2, 1, 0, -0.0, 3e300, -1e-300};
    static const uint32_t first[] = {5, 0, 2, 3, 4, 6, 1}, latest[] = {5, 2, 0, 4, 3, 6, 1};
    uint32_t order[7];
    assert_int_equal(kith_order_down(v, 7, false, order, &err), KITH_OK);
    assert_memory_equal(order, first, sizeof first);
    assert_int_equal(kith_order_down(v, 7, true, order, &err), KITH_OK);
    assert_memory_equal(order, latest, sizeof latest);
    assert_int_equal(kith_order_down(v, 0, false, order, &err), KITH_OK);
}

int main(void) {
    sample_make(&s);
    arena = kith_arena_new();
    if (!arena) return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(binary_measures), cmocka_unit_test(uplift_measures),
                                       cmocka_unit_test(orders_are_stable)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kith_arena_free(arena);
    return failed;
}
