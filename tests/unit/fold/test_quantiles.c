/* Quantiles: type 7 to the digit while exact, within .1 % after, functions of the multiset; drift against R. */
#include "unit.h"

#include <kith/drift.h>
#include <kith/quantiles.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static kith_arena *arena;

static void add(kith_quantiles *q, double v) { assert_true(kith_quantiles_add(q, v, arena)); }

static void text_of(kith_quantiles *q, kith_buf *out) {
    out->n = 0;
    kith_quantiles_save(q, out);
    kith_buf_putc(out, 0);
    assert_false(out->failed);
}

static void type_seven(void **state) {
    (void)state;
    kith_quantiles q = {0};
    assert_true(isnan(kith_quantiles_at(&q, .5)));
    static const double x[] = {15, 20, 35, 40, 50}; /* R: quantile(c(15,20,35,40,50), c(.05,.3,.4,.5,1)) */
    for (int i = 4; i >= 0; i--) add(&q, x[i]);
    assert_true(fabs(kith_quantiles_at(&q, .05) - 16) < 1e-12);
    assert_true(fabs(kith_quantiles_at(&q, .3) - 23) < 1e-12);
    assert_true(fabs(kith_quantiles_at(&q, .4) - 29) < 1e-12);
    assert_true(kith_quantiles_at(&q, .5) == 35 && kith_quantiles_at(&q, 0) == 15 && kith_quantiles_at(&q, 1) == 50);
}

static void whole_numbers_stay_whole(void **state) {
    (void)state;
    kith_quantiles q = {0};
    for (int i = 0; i < 100000; i++) add(&q, i % 101 - 50);
    assert_true(q.binned);
    assert_true(kith_quantiles_at(&q, .5) == 0 && kith_quantiles_at(&q, .25) == -25 && kith_quantiles_at(&q, .75) == 25);
    assert_true(kith_quantiles_at(&q, 0) == -50 && kith_quantiles_at(&q, 1) == 50);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void stays_within_its_error(void **state) {
    (void)state;
    enum { N = 50000 };
    static double all[N];
    kith_random r;
    kith_random_start(&r, 4, "quantiles", 0);
    for (int shape = 0; shape < 3; shape++) {
        kith_quantiles q = {0};
        for (int i = 0; i < N; i++) {
            double z = kith_random_normal(&r);
            all[i] = shape == 0 ? exp(3 * z) : shape == 1 ? z : -exp(20 * z);
            add(&q, all[i]);
        }
        qsort(all, N, sizeof *all, by_value);
        for (int p = 0; p <= 100; p++) {
            double at = p / 100.0 * (N - 1), k = floor(at), t = at - k;
            double exact = all[(int)k] + (t ? (all[(int)k + 1] - all[(int)k]) * t : 0);
            double got = kith_quantiles_at(&q, p / 100.0);
            assert_true(fabs(got - exact) <= KITH_QUANTILES_ERROR * (fabs(all[(int)k]) + (t ? fabs(all[(int)k + 1]) : 0)) + 1e-300);
        }
    }
}

static void keeps_the_laws(void **state) {
    (void)state;
    kith_random r;
    kith_random_start(&r, 5, "quantiles", 0);
    kith_buf x = {0}, y = {0};
    static const int sizes[] = {0, 1, 5, 2048, 4096, 4097, 9000};
    for (int round = 0; round < 60; round++) {
        kith_quantiles part[3] = {{0}}, all = {0}, left = {0}, right = {0};
        for (int p = 0; p < 3; p++)
            for (int i = sizes[kith_random_below(&r, 7)]; i > 0; i--) {
                double v = kith_random_below(&r, 2) ? kith_random_normal(&r) * 100 : (double)kith_random_below(&r, 10) - 5;
                uint64_t times = kith_random_below(&r, 4) ? 1 : kith_random_below(&r, 30);
                for (uint64_t k = 0; k < times; k++) add(&part[p], v);
                assert_true(kith_quantiles_add_times(&all, v, times, arena));
            }
        for (int p = 0; p < 3; p++) assert_true(kith_quantiles_merge(&left, &part[p], arena));
        for (int p = 2; p >= 0; p--) assert_true(kith_quantiles_merge(&right, &part[p], arena));
        text_of(&all, &x);
        text_of(&left, &y);
        assert_string_equal(x.p, y.p);
        text_of(&right, &y);
        assert_string_equal(x.p, y.p);
        kith_quantiles loaded, empty = {0};
        kith_error err;
        assert_int_equal(kith_quantiles_load(&loaded, (kith_str){x.p, x.n - 1}, arena, &err), KITH_OK);
        assert_true(kith_quantiles_merge(&loaded, &empty, arena));
        text_of(&loaded, &y);
        assert_string_equal(x.p, y.p);
        for (int p = 0; p <= 10 && all.n; p++) assert_true(kith_quantiles_at(&all, p / 10.) == kith_quantiles_at(&loaded, p / 10.));
        kith_arena_reset(arena);
    }
    kith_buf_free(&x);
    kith_buf_free(&y);
}

static void refuses_hostile_states(void **state) {
    (void)state;
    static const char *const bad[] = {"", "v", "v 1", "v 1 x", "v 1 nan", "v 2 1", "v 1 1 1", "v 5000 1", "b 1 1 1", "b 5000 1 1 5 5000",
                                      "b 5000 1 1", "q 0", "v 0 ", "b 5000 2 1 1 5000", "b 18446744073709551615 0 0 0 1"};
    kith_quantiles q;
    kith_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (kith_quantiles_load(&q, kith_str_of(bad[i]), arena, &err) != KITH_DATA) fail_msg("loaded: %s", bad[i]);
    assert_int_equal(kith_quantiles_load(&q, KITH_STR("v 0"), arena, &err), KITH_OK);
}

static void drift_agrees(void **state) {
    (void)state;
    /* R: ks.test(c(1,2,3,4,5), c(3,4,5,6,7)): D = .4 */
    kith_quantiles a = {0}, b = {0}, none = {0};
    for (int i = 1; i <= 5; i++) add(&a, i), add(&b, i + 2);
    double d, p, psi;
    kith_error err;
    assert_int_equal(kith_ks_two(&a, &b, &d, &p, &err), KITH_OK);
    assert_true(fabs(d - .4) < 1e-15 && p > .5 && p < 1);
    assert_int_equal(kith_ks_two(&a, &none, &d, &p, &err), KITH_OK);
    assert_true(isnan(d));
    /* tables of the Kolmogorov distribution: Q(1.2238) = .10, Q(1.3581) = .05, Q(1.6276) = .01; and scipy.stats.kstwobign.sf */
    static const double tails[][2] = {{1.2238478702, .10}, {1.3580986394, .05}, {1.6276236115, .01}};
    for (int i = 0; i < 3; i++) assert_true(fabs(kith_kolmogorov_sf(tails[i][0]) - tails[i][1]) < 1e-8);
    static const double scipy[][2] = {{.3, 0.99999069419866549}, {.5, 0.9639452436648751}, {.8, 0.54414241157419807}, {1.1, 0.1777181926064012},
                                      {1.3, 0.068092221844766362}, {2, 0.00067092525577969533}};
    for (int i = 0; i < 6; i++) assert_true(fabs(kith_kolmogorov_sf(scipy[i][0]) / scipy[i][1] - 1) < 2e-10);
    assert_true(isnan(kith_kolmogorov_sf(NAN)) && kith_kolmogorov_sf(-1) == 1);
    /* a sample against itself has not moved; shifted by one sd it has */
    kith_random r;
    kith_random_start(&r, 6, "drift", 0);
    kith_quantiles u = {0}, v = {0}, w = {0};
    for (int i = 0; i < 20000; i++) {
        double z = kith_random_normal(&r);
        add(&u, z);
        add(&v, kith_random_normal(&r));
        add(&w, z + 1);
    }
    assert_int_equal(kith_psi_numbers(&u, &v, &psi, &err), KITH_OK);
    assert_true(psi < .01);
    assert_int_equal(kith_psi_numbers(&u, &w, &psi, &err), KITH_OK);
    assert_true(fabs(psi - 1) < .15); /* for normals shifted by one sd the continuous index is 1; tenths see a little less */
    assert_int_equal(kith_ks_two(&u, &w, &d, &p, &err), KITH_OK);
    assert_true(fabs(d - .3829) < .02 && p < 1e-12); /* 2Φ(½) − 1 */
    static const uint64_t base[] = {50, 50}, now[] = {80, 20};
    double q0 = 80.5 / 101, q1 = 20.5 / 101;
    assert_true(fabs(kith_psi(base, now, 2) - ((q0 - .5) * log(q0 / .5) + (q1 - .5) * log(q1 / .5))) < 1e-15);
}

int main(void) {
    arena = kith_arena_new();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type_seven),     cmocka_unit_test(whole_numbers_stay_whole), cmocka_unit_test(stays_within_its_error),
        cmocka_unit_test(keeps_the_laws), cmocka_unit_test(refuses_hostile_states),   cmocka_unit_test(drift_agrees)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kith_arena_free(arena);
    return failed;
}
