/* Power and sizes against the reference tables (statsmodels, exact noncentral t), and against themselves. */
#include "unit.h"

#include "peer.h"
#include <kith/power.h>
#include <math.h>

static void near(double a, double b, double relative) {
    if (!(fabs(a - b) <= relative * fabs(b))) {
        print_error("%.17g is not %.17g\n", a, b);
        fail();
    }
}

static kith_power plan(kith_power_test test) { return (kith_power){.test = test, .ratio = 1, .alpha = .05, .variance = 1, .event_share = 1}; }

static void means(void **state) {
    (void)state;
    kith_power p = plan(KITH_POWER_MEANS);
    double n;
    static const double want[3][2] = {{.1, 1570.73304305}, {.2, 393.405693}, {.5, 63.7656105889}};
    for (int i = 0; i < 3; i++) {
        p.effect = want[i][0];
        assert_int_equal(kith_power_size(&p, .8, &n, NULL), KITH_OK);
        near(n, want[i][1], 1e-8);
        near(kith_power_at(&p, n), .8, 1e-10);
        double back;
        assert_int_equal(kith_power_effect(&p, .8, n, &back, NULL), KITH_OK);
        near(back, want[i][0], 1e-9);
    }
    peer_table t;
    if (!peer_read("reference/power_t.csv", ',', &t)) return;
    for (size_t i = 0; i < t.rows; i++) {
        p.effect = peer_number(&t, i, "d");
        p.ratio = peer_number(&t, i, "ratio");
        assert_int_equal(kith_power_size(&p, peer_number(&t, i, "power"), &n, NULL), KITH_OK);
        near(n, peer_number(&t, i, "n1_t"), 1e-7);
        kith_power z = p;
        z.test = KITH_POWER_RATIOS;
        assert_int_equal(kith_power_size(&z, peer_number(&t, i, "power"), &n, NULL), KITH_OK);
        near(n, peer_number(&t, i, "n1_z"), 1e-7);
    }
    peer_free(&t);
}

static void shares(void **state) {
    (void)state;
    kith_power p = plan(KITH_POWER_COHEN);
    p.baseline = .1;
    p.target = .11;
    double n;
    static const double want[3] = {14744.1048369, 14750.790469, 14748.0450208};
    for (int m = 0; m < 3; m++) {
        p.test = (kith_power_test)(KITH_POWER_COHEN + m);
        assert_int_equal(kith_power_size(&p, .8, &n, NULL), KITH_OK);
        near(n, want[m], 1e-11);
        double back;
        assert_int_equal(kith_power_effect(&p, .8, n, &back, NULL), KITH_OK);
        near(back, .11, 1e-9);
    }
    for (size_t i = 0; i < 4; i++) { /* a share of everybody or nobody has no odds */
        kith_error err;
        p.baseline = (const double[]){0, 1, 1.5, -.1}[i];
        assert_int_equal(kith_power_size(&p, .8, &n, &err), KITH_USAGE);
        assert_true(isnan(kith_power_at(&p, 100)));
    }
    p.baseline = .1;
    peer_table t;
    if (!peer_read("reference/power_prop.csv", ',', &t)) return;
    static const struct {
        const char *column;
        kith_power_test test;
        double power;
    } columns[] = {{"n_sm80", KITH_POWER_COHEN, .8}, {"n_sm90", KITH_POWER_COHEN, .9}, {"n_pooled80", KITH_POWER_POOLED, .8}, {"n_unpooled80", KITH_POWER_UNPOOLED, .8}};
    for (size_t i = 0; i < t.rows; i++)
        for (int k = 0; k < 4; k++) {
            p.test = columns[k].test;
            p.baseline = peer_number(&t, i, "p1");
            p.target = peer_number(&t, i, "p2");
            assert_int_equal(kith_power_size(&p, columns[k].power, &n, NULL), KITH_OK);
            near(n, peer_number(&t, i, columns[k].column), 2e-9); /* statsmodels stops its root there */
        }
    peer_free(&t);
}

static void others(void **state) {
    (void)state;
    kith_power p = plan(KITH_POWER_SURVIVAL);
    p.effect = log(.5); /* Schoenfeld: 4 (1.96 + .842)² / ln(2)² = 65.3 events */
    double n, plain;
    assert_int_equal(kith_power_size(&p, .8, &n, NULL), KITH_OK);
    near(2 * n, 65.34, 1e-3);
    p.event_share = .5;
    assert_int_equal(kith_power_size(&p, .8, &plain, NULL), KITH_OK);
    near(plain, 2 * n, 1e-9);
    p = plan(KITH_POWER_RATIOS);
    p.effect = .1;
    assert_int_equal(kith_power_size(&p, .8, &plain, NULL), KITH_OK);
    p.variance = .75;
    assert_int_equal(kith_power_size(&p, .8, &n, NULL), KITH_OK);
    near(n, .75 * plain, 1e-9);
    p.variance = 1;
    p.looks = 5;
    p.bound = KITH_BOUND_POCOCK;
    assert_int_equal(kith_power_size(&p, .8, &n, NULL), KITH_OK); /* Jennison & Turnbull 2000, table 2.2: 1.228 */
    near(n / plain, 1.228, 5e-4);
    near(kith_power_at(&p, n), .8, 1e-8);
    p.bound = KITH_BOUND_OBRIEN_FLEMING; /* table 2.4: 1.028 */
    assert_int_equal(kith_power_size(&p, .8, &n, NULL), KITH_OK);
    near(n / plain, 1.028, 5e-4);
    kith_error err;
    p.effect = 0;
    assert_int_equal(kith_power_size(&p, .8, &n, &err), KITH_USAGE);
    p.effect = .1;
    assert_int_equal(kith_power_size(&p, .04, &n, &err), KITH_USAGE);
    p.alpha = 0;
    assert_true(isnan(kith_power_at(&p, 10)));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(means), cmocka_unit_test(shares), cmocka_unit_test(others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
