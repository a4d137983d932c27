/* Experiments against the reference figures: cookie_cats (Tactile), group-sequential bounds, confidence sequences, CUPED on CDNOW. */
#include "unit.h"

#include "peer.h"
#include <kith/distributions.h>
#include <kith/experiment.h>
#include <math.h>

static void near(double a, double b, double relative) {
    if (!(fabs(a - b) <= relative * fabs(b))) {
        print_error("%.17g is not %.17g\n", a, b);
        fail();
    }
}

static const struct {
    kith_shares s;
    double diff, z, p, wald[2], newcombe[2], score[2], odds, fisher, better, loss, lift[3], msprt, wilson[2];
} shares[] = {
    {{20034, 44700, 20119, 45489}, -0.005905169787341458, -1.7840862247974725, 0.07440965529691913, {-0.012392439449445217, 0.0005820998747623016}, {-0.012391904992707325, 0.000582095069752226}, {-0.0123921801, 0.0005821682}, 0.976375742632873, 0.074707233724352, 0.03720602517538267, 0.005954127553240041, {-0.01317565585974659, -0.02755409900174445, 0.0012027872822512695}, 0.7582719291, {0.44358236514774474, 0.45280237833639625}},
    {{8502, 44700, 8279, 45489}, -0.008201298315205913, -3.164358912748191, 0.001554249975614329, {-0.013281552418885545, -0.0031210442115262808}, {-0.013281940871914845, -0.00312130268876128}, {-0.0132823263, -0.0031214158}, 0.9472872405696028, 0.001590961583984235, 0.0007773386645762291, 0.008201725960213707, {-0.043119034896460164, -0.06924457700961772, -0.01699349278330261}, 0.0365946106, {0.18658979684366292, 0.19386613051747012}},
};

static void shares_to_the_digits(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        kith_shares s = shares[i].s;
        kith_effect e = kith_shares_difference(s, .95);
        near(e.estimate, shares[i].diff, 1e-12);
        near(e.statistic, shares[i].z, 1e-12);
        near(e.p, shares[i].p, 1e-11);
        near(e.low, shares[i].wald[0], 1e-11);
        near(e.high, shares[i].wald[1], 1e-10);
        e = kith_shares_newcombe(s, .95);
        near(e.low, shares[i].newcombe[0], 1e-11);
        near(e.high, shares[i].newcombe[1], 1e-10);
        e = kith_shares_score(s, .95);
        assert_true(fabs(e.low - shares[i].score[0]) < 6e-11 && fabs(e.high - shares[i].score[1]) < 6e-11); /* ten decimals printed */
        e = kith_shares_fisher(s, .95);
        near(e.estimate, shares[i].odds, 1e-12);
        near(e.p, shares[i].fisher, 1e-9);
        e = kith_shares_lift(s, .95);
        near(e.estimate, shares[i].lift[0], 1e-12);
        near(e.low, shares[i].lift[1], 1e-11);
        near(e.high, shares[i].lift[2], 1e-10);
        kith_bayes b = kith_bayes_shares(s, .95);
        near(b.better, shares[i].better, 1e-9);
        near(b.loss, shares[i].loss, 1e-9);
        near(b.low, shares[i].wald[0], .01);
        double v = s.a / s.n * (1 - s.a / s.n) / s.n + s.b / s.m * (1 - s.b / s.m) / s.m;
        e = kith_msprt(s.b / s.m - s.a / s.n, v, .01, .95);
        assert_true(fabs(e.p - shares[i].msprt) < 6e-11);
        assert_true((e.p < .05) == (e.low > 0 || e.high < 0));
        double low, high;
        kith_wilson(s.a, s.n, .95, &low, &high);
        near(low, shares[i].wilson[0], 1e-12);
        near(high, shares[i].wilson[1], 1e-12);
    }
    double none_low = 0, none_high = 0;
    kith_wilson(0, 0, .95, &none_low, &none_high); /* nobody: nothing is known */
    assert_true(isnan(none_low) && isnan(none_high));
    kith_shares s = shares[0].s;
    near(kith_shares_chi2(s, KITH_CHI2_PEARSON).statistic, 3.182963657512031, 1e-11);
    near(kith_shares_chi2(s, KITH_CHI2_YATES).p, .07550476210309086, 1e-11);
    near(kith_shares_chi2(s, KITH_CHI2_G).p, .074409868351203, 1e-10);
    near(kith_shares_unpooled(s, .95).p, .07440786052349997, 1e-11);
    near(kith_shares_katz(s, .95).low, -.027449855941144796, 1e-10);
    near(kith_shares_katz(s, .95).high, .0013080478541465101, 1e-9);
    double counts[2] = {44700, 45489}, chi2, p;
    kith_sample_ratio(counts, NULL, 2, &chi2, &p);
    assert_true(fabs(chi2 - 6.9024049496) < 6e-11 && fabs(p - .0086079878) < 6e-11);
    double won[3] = {20, 30, 25}, of[3] = {1000, 1000, 1000}, best[3];
    kith_bayes_best(won, of, 3, best);
    assert_true(fabs(best[0] - .0470339623) < 6e-11 && fabs(best[1] - .7192820994) < 6e-11 && fabs(best[2] - .2336839383) < 6e-11);
}

static void odd_shares(void **state) {
    (void)state;
    /* Agresti's tea: 3 of 4 against 1 of 4: p .4857, exact interval of the odds ratio by inverting each tail. */
    kith_effect e = kith_shares_fisher((kith_shares){1, 4, 3, 4}, .95);
    near(e.p, .4857142857142857, 1e-12);
    near(e.low, .21173559544657, 1e-10);
    double w = e.high, below = 1 + 16 * w + 36 * w * w + 16 * w * w * w; /* R's 621.93 is its root finder's tolerance */
    near(below / (below + w * w * w * w), .025, 1e-12);
    e = kith_shares_fisher((kith_shares){0, 10, 0, 12}, .95);
    assert_true(isnan(e.p));
    e = kith_shares_difference((kith_shares){0, 10, 0, 12}, .95);
    assert_true(isnan(e.p) && e.estimate == 0);
    e = kith_shares_score((kith_shares){0, 10, 0, 12}, .95);
    assert_true(e.low < 0 && e.high > 0 && isnan(e.p));
    e = kith_shares_score((kith_shares){0, 10, 10, 10}, .95);
    assert_true(e.estimate == 1 && e.high == 1 && e.low > .6);
    /* Newcombe 1998, table II: 56/70 against 48/80: method 10 gives .0524 to .3339. */
    e = kith_shares_newcombe((kith_shares){48, 80, 56, 70}, .95);
    assert_true(fabs(e.low - .0524) < 5e-5 && fabs(e.high - .3339) < 5e-5);
    e = kith_welch((kith_arm_mean){5, 1, 0}, (kith_arm_mean){5, 1, 0}, .95);
    assert_true(isnan(e.p));
}

static void means_to_the_digits(void **state) {
    (void)state;
    peer_table t;
    if (!peer_read("experiments/cookie_cats.csv", ',', &t)) {
        print_message("SKIP: no reference data\n");
        skip();
    }
    enum { MOST = 60000 };
    double *count[2] = {calloc(MOST, sizeof(double)), calloc(MOST, sizeof(double))}, n[2] = {0}, s[2] = {0}, q[2] = {0};
    for (size_t i = 0; i < t.rows; i++) {
        int arm = kith_str_is(peer_cell(&t, i, "version"), "gate_40");
        double v = peer_number(&t, i, "sum_gamerounds");
        count[arm][(size_t)v]++;
        n[arm]++;
        s[arm] += v;
        q[arm] += v * v;
    }
    kith_arm_mean m[2];
    for (int k = 0; k < 2; k++) m[k] = (kith_arm_mean){n[k], s[k] / n[k], (q[k] - s[k] * s[k] / n[k]) / (n[k] - 1)};
    kith_effect e = kith_welch(m[0], m[1], .95);
    near(e.statistic, -.8854374331270672, 1e-10);
    near(e.df, 58595.481422574, 1e-10);
    near(e.p, .3759243840932616, 1e-10);
    near(e.low, -3.7197051164946453, 1e-9);
    near(e.high, 1.4047282085881472, 1e-9);
    e = kith_mann_whitney(count[0], count[1], MOST);
    near(e.statistic, 1009027049.5, 1e-15);
    near(e.p, .05020880772044255, 1e-10);
    e = kith_kolmogorov_smirnov(count[0], count[1], MOST);
    near(e.statistic, .010270735856046653, 1e-12);
    near(e.p, .01707004050286604, 1e-8);
    count[0][49854] = 0; /* the one maximum, which is the control's */
    e = kith_mann_whitney(count[0], count[1], MOST);
    near(e.p, .05089155279145376, 1e-10);
    e = kith_kolmogorov_smirnov(count[0], count[1], MOST);
    near(e.statistic, .010258010418840668, 1e-12);
    near(e.p, .01727609923280408, 1e-8);
    free(count[0]);
    free(count[1]);
    peer_free(&t);
}

static void cuped_on_cdnow(void **state) {
    (void)state;
    char name[1024];
    snprintf(name, sizeof name, "%s/../shared/data/value/CDNOW_sample.txt", getenv("KITH_SOURCE") ? getenv("KITH_SOURCE") : ".");
    FILE *f = fopen(name, "r");
    if (!f) {
        print_message("SKIP: no reference data\n");
        skip();
    }
    enum { PEOPLE = 2357 };
    double *spend[2] = {calloc(PEOPLE + 1, sizeof(double)), calloc(PEOPLE + 1, sizeof(double))}, amount;
    unsigned id, sample, day, units;
    while (fscanf(f, "%u %u %u %u %lf", &id, &sample, &day, &units, &amount) == 5) {
        assert_true(sample <= PEOPLE);
        spend[day > 19970930][sample] += amount;
    }
    fclose(f);
    kith_arm_pair a[2] = {{0}};
    for (int pass = 0; pass < 2; pass++)
        for (unsigned i = 1; i <= PEOPLE; i++) {
            kith_arm_pair *p = &a[i % 2];
            double x = spend[0][i], y = spend[1][i];
            if (pass == 0) p->n++, p->mean_x += x, p->mean_y += y;
            else {
                p->var_x += (x - p->mean_x) * (x - p->mean_x);
                p->var_y += (y - p->mean_y) * (y - p->mean_y);
                p->cov += (x - p->mean_x) * (y - p->mean_y);
            }
            if (i + 2 > PEOPLE) { /* the last of its arm */
                if (pass == 0) p->mean_x /= p->n, p->mean_y /= p->n;
                else p->var_x /= p->n - 1, p->var_y /= p->n - 1, p->cov /= p->n - 1;
            }
        }
    double theta, reduction;
    kith_effect plain = kith_mean_difference((kith_arm_mean){a[0].n, a[0].mean_y, a[0].var_y}, (kith_arm_mean){a[1].n, a[1].mean_y, a[1].var_y}, .95);
    kith_effect e = kith_cuped(a[0], a[1], .95, &theta, &reduction);
    double z = kith_normal_quantile(.975);
    near((plain.high - plain.low) / 2 / z, 3.5705828936, 2e-11);
    near((e.high - e.low) / 2 / z, 3.3798169910, 2e-11);
    near(theta, .1616795396, 3e-10);
    near(reduction, .1040163798, 5e-10);
    free(spend[0]);
    free(spend[1]);
}

static void bounds_to_the_digits(void **state) {
    (void)state;
    static const struct {
        kith_bound kind;
        size_t looks;
        double z[5];
    } want[] = {
        {KITH_BOUND_OBRIEN_FLEMING, 2, {2.7965096813281987, 1.9774309593210004}},
        {KITH_BOUND_POCOCK, 2, {2.1782720887545595, 2.1782720887545595}},
        {KITH_BOUND_SPEND_OBRIEN_FLEMING, 2, {2.9625880427284903, 1.968595640585173}},
        {KITH_BOUND_SPEND_POCOCK, 2, {2.1569992183446898, 2.20097695528234}},
        {KITH_BOUND_OBRIEN_FLEMING, 3, {3.471091442485271, 2.45443229709993, 2.0040355787006776}},
        {KITH_BOUND_POCOCK, 3, {2.2894780611043584, 2.2894780611043584, 2.2894780611043584}},
        {KITH_BOUND_SPEND_OBRIEN_FLEMING, 3, {3.7103028732625414, 2.511427481157138, 1.9930474777429104}},
        {KITH_BOUND_SPEND_POCOCK, 3, {2.2794282391485234, 2.294911132500538, 2.295938358965677}},
        {KITH_BOUND_OBRIEN_FLEMING, 4, {4.048590999661097, 2.8627861501111846, 2.3374551034930304, 2.0242954998305485}},
        {KITH_BOUND_POCOCK, 4, {2.361297891234565, 2.361297891234565, 2.361297891234565, 2.361297891234565}},
        {KITH_BOUND_SPEND_OBRIEN_FLEMING, 4, {4.332633646050261, 2.963131597547249, 2.359044285509081, 2.0140901441367163}},
        {KITH_BOUND_SPEND_POCOCK, 4, {2.3683277035298764, 2.367524294553711, 2.3581677351699324, 2.350029537717575}},
        {KITH_BOUND_OBRIEN_FLEMING, 5, {4.561742298717898, 3.225638913448935, 2.633723144138481, 2.280871149358949, 2.0400731751538745}},
        {KITH_BOUND_POCOCK, 5, {2.413176220363226, 2.413176220363226, 2.413176220363226, 2.413176220363226, 2.413176220363226}},
        {KITH_BOUND_SPEND_OBRIEN_FLEMING, 5, {4.876884948776835, 3.3570119214744225, 2.6802800646687444, 2.2898167680411903, 2.0310320437912246}},
        {KITH_BOUND_SPEND_POCOCK, 5, {2.437976688050038, 2.426813858252547, 2.4101938403888985, 2.3966454010890175, 2.385984572393266}},
    };
    double z[5];
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_int_equal(kith_group_bounds(want[i].kind, want[i].looks, NULL, .05, z, NULL), KITH_OK);
        for (size_t k = 0; k < want[i].looks; k++) near(z[k], want[i].z[k], 2e-8);
        near(kith_group_power(want[i].looks, NULL, z, 0, NULL), .05, 1e-9);
    }
    kith_error err;
    assert_int_equal(kith_group_bounds(KITH_BOUND_POCOCK, 0, NULL, .05, z, &err), KITH_USAGE);
    /* Jennison & Turnbull 2000, table 2.2 (K = 5, α .05, power .8): Pocock's inflation factor is 1.228. */
    assert_int_equal(kith_group_bounds(KITH_BOUND_POCOCK, 5, NULL, .05, z, NULL), KITH_OK);
    double drift = sqrt(1.228) * (1.959963985 + .841621234);
    near(kith_group_power(5, NULL, z, drift, NULL), .8, 1e-3);
}

/* The usual approximation to the narrowest ρ: √((2 ln 1/α + ln(1 + 2 ln 1/α))/n) (Howard et al. 2021). */
static double rho_approximate(double n, double alpha) {
    double a = -2 * log(alpha);
    return sqrt((a + log1p(a)) / n);
}

/* The half-width of a normal-mixture confidence sequence after n values of deviation 1 is that of msprt's interval, of variance 1/n and with ρ as τ. */
static double half_width(double n, double rho) { return kith_msprt(0, 1 / n, rho, .95).high; }

static void sequences_to_the_digits(void **state) {
    (void)state;
    near(rho_approximate(1000, .05), .0890850975289, 1e-11);
    near(kith_sequence_rho(1000, .05), .0906199098547, 1e-11);
    peer_table t;
    if (!peer_read("reference/cs_normal_mixture.csv", ',', &t)) {
        print_message("SKIP: no reference data\n");
        skip();
    }
    for (size_t i = 0; i < t.rows; i++) {
        double n = peer_number(&t, i, "n"), star = peer_number(&t, i, "nstar");
        near(half_width(n, rho_approximate(star, .05)), peer_number(&t, i, "hw"), 1e-11);
        near(half_width(n, kith_sequence_rho(star, .05)), peer_number(&t, i, "hw_exactrho"), 1e-11);
    }
    peer_free(&t);
}

static void corrections(void **state) {
    (void)state;
    double p[6] = {.01, .04, NAN, .03, .005, .04}, q[6]; /* R: p.adjust(c(.01, .04, .03, .005, .04)) */
    memcpy(q, p, sizeof p);
    uint32_t scratch[6];
    kith_holm(p, 6, scratch);
    kith_benjamini_hochberg(q, 6, scratch);
    static const double holm[6] = {.04, .09, 0, .09, .025, .09}, bh[6] = {.025, .04, 0, .04, .025, .04};
    for (int i = 0; i < 6; i++)
        if (i != 2) {
            near(p[i], holm[i], 1e-14);
            near(q[i], bh[i], 1e-14);
        }
    assert_true(isnan(p[2]) && isnan(q[2]));
    /* Eight schools (Rubin 1981): Paule-Mandel finds no spread. */
    static const double y[8] = {28, 8, -3, 7, -1, 1, 18, 12}, se[8] = {15, 10, 16, 11, 9, 11, 10, 18};
    double shrunk[8], half[8];
    assert_true(kith_shrink(y, se, 8, .95, shrunk, half) == 0);
    near(shrunk[0], 7.685617, 1e-6);
    double far[3] = {0, 10, 20}, one[3] = {1, 1, 1};
    near(kith_shrink(far, one, 3, .95, shrunk, half), 99, 1e-9);
    near(shrunk[0], .1, 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(shares_to_the_digits), cmocka_unit_test(odd_shares),
                                       cmocka_unit_test(means_to_the_digits),  cmocka_unit_test(cuped_on_cdnow),
                                       cmocka_unit_test(bounds_to_the_digits), cmocka_unit_test(sequences_to_the_digits),
                                       cmocka_unit_test(corrections)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
