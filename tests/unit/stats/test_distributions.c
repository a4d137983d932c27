/* Distribution functions against scipy 1.x (Boost), and against each other. */
#include "unit.h"

#include <kith/distributions.h>
#include <math.h>

enum { T_SF, B_CDF, T_Q, NCT, C_SF, N_Q };
static const struct {
    int f;
    double x, a, b, want;
} cases[] = {
    {T_SF, 1.5, 3.0, 0.0, 0.11529193262241147},
    {T_SF, 0.376, 58595.4814225, 0.0, 0.35345912862536716},
    {T_SF, -2.2, 40.5, 0.0, 0.98321420338733612},
    {T_SF, 8.0, 100.0, 0.0, 1.1364324038640347e-12},
    {T_SF, 3.1, 1000000.0, 0.0, 0.00096763007566204057},
    {T_SF, 30.0, 2.5, 0.0, 0.00014553235457869768},
    {B_CDF, 0.2, 3.0, 9.0, 0.38259845120000013},
    {B_CDF, 0.443, 20035.0, 24667.0, 0.013624679723011776},
    {B_CDF, 0.445, 20035.0, 24667.0, 0.087454522414357125},
    {B_CDF, 0.01, 0.5, 30.0, 0.56066563109474898},
    {B_CDF, 0.999, 50.0, 0.3, 0.55240492183714507},
    {T_Q, 0.975, 10.0, 0.0, 2.2281388519862739},
    {T_Q, 0.975, 58595.48, 0.0, 1.9600044709291109},
    {T_Q, 0.9, 2.5, 0.0, 1.7302509288071766},
    {T_Q, 0.0001, 30.5, 0.0, -4.2245758783792606},
    {NCT, 2.0, 10.0, 1.5, 0.65915407244219093},
    {NCT, 1.99, 125.5, 2.8, 0.20965072703519683},
    {NCT, -1.96, 4000.0, 2.8, 9.7404725245015672e-7},
    {NCT, 1.96, 78488.0, 2.8, 0.2004553245394492},
    {NCT, 4.3, 2.0, 3.0, 0.61227454984145269},
    {NCT, 12.7, 1.0, 2.0, 0.87471619435581327},
    {C_SF, 6.9024049496, 1.0, 0.0, 0.0086079878108643176},
    {C_SF, 122.249, 1.0, 0.0, 2.0361120878543111e-28},
    {C_SF, 10.0, 5.0, 0.0, 0.075235246146512169},
    {C_SF, 300.0, 200.0, 0.0, 5.9245403354839159e-6},
    {C_SF, 0.5, 7.0, 0.0, 0.99944648139042491},
    {N_Q, 0.975, 0.0, 0.0, 1.959963984540054},
    {N_Q, 1e-12, 0.0, 0.0, -7.0344838253011313},
    {N_Q, 0.5001, 0.0, 0.0, 0.00025066283008800752},
};

static void agrees_with_scipy(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double x = cases[i].x, a = cases[i].a, b = cases[i].b, v = NAN;
        switch (cases[i].f) {
        case T_SF: v = kith_t_sf(x, a); break;
        case B_CDF: v = kith_beta_cdf(x, a, b); break;
        case T_Q: v = kith_t_quantile(x, a); break;
        case NCT: v = kith_noncentral_t_cdf(x, a, b); break;
        case C_SF: v = kith_chi2_sf(x, a); break;
        case N_Q: v = kith_normal_quantile(x); break;
        }
        if (!(fabs(v - cases[i].want) <= 2e-10 * fabs(cases[i].want))) {
            print_error("case %zu: %.17g is not %.17g\n", i, v, cases[i].want);
            fail();
        }
    }
}

static void outside_is_nan(void **state) {
    (void)state;
    assert_true(isnan(kith_t_sf(1, 0)) && isnan(kith_beta_cdf(.5, -1, 1)) && isnan(kith_normal_quantile(1.5)));
    assert_true(isnan(kith_chi2_sf(1, -2)) && isnan(kith_chi2_sf(NAN, 1)) && isinf(kith_normal_quantile(1)));
    assert_true(kith_beta_cdf(0, 2, 3) == 0 && kith_beta_sf(1, 2, 3) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_scipy), cmocka_unit_test(outside_is_nan)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
