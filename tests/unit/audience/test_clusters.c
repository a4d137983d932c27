/* Clusters: groups that are there are found, the same for any threads; pruned Lloyd equals plain Lloyd; unbounded
 * likelihoods are said; the reference figures where the data lie beside the project. */
#include "unit.h"

#include <kith/clusters.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR(a, b, tol) assert_true(fabs((a) - (b)) <= (tol))

static kith_points made(size_t n, size_t d, size_t groups) {
    kith_points p = {n, d, malloc(n * d * sizeof(double))};
    assert_non_null(p.x);
    for (size_t i = 0; i < n; i++) {
        kith_random r;
        kith_random_start(&r, 7, "test", i);
        size_t g = i % groups;
        for (size_t j = 0; j < d; j++) p.x[i * d + j] = (double)((g * 7 + j * 3) % 11) * 2 + kith_random_normal(&r);
    }
    return p;
}

static void finds_groups(void **state) {
    (void)state;
    kith_points p = made(3000, 4, 3);
    kith_kmeans_options o = {.clusters = 3, .seed = 1, .threads = 1};
    kith_kmeans a, b;
    uint32_t *la = malloc(p.n * sizeof *la), *lb = malloc(p.n * sizeof *lb);
    assert_int_equal(kith_kmeans_fit(&p, &o, &a, la, NULL), 0);
    assert_true(a.converged);
    for (int c = 0; c < 3; c++) assert_true(a.sizes[c] > 950 && a.sizes[c] < 1050);
    o.threads = 4;
    assert_int_equal(kith_kmeans_fit(&p, &o, &b, lb, NULL), 0);
    assert_memory_equal(a.centres, b.centres, 12 * sizeof(double));
    assert_memory_equal(la, lb, p.n * sizeof *la);
    assert_true(a.inertia == b.inertia);
    /* a fixed point of plain Lloyd: every label the nearest centre, every centre its points' mean */
    double sums[12] = {0}, inertia = 0;
    for (size_t i = 0; i < p.n; i++) {
        double best = INFINITY;
        uint32_t at = 9;
        for (uint32_t c = 0; c < 3; c++) {
            double v = 0;
            for (size_t j = 0; j < 4; j++)
                v += (p.x[i * 4 + j] - a.centres[c * 4 + j]) * (p.x[i * 4 + j] - a.centres[c * 4 + j]);
            if (v < best) best = v, at = c;
        }
        assert_int_equal(at, la[i]);
        inertia += best;
        for (size_t j = 0; j < 4; j++) sums[at * 4 + j] += p.x[i * 4 + j];
    }
    for (size_t i = 0; i < 12; i++) NEAR(sums[i] / (double)a.sizes[i / 4], a.centres[i], 1e-9);
    NEAR(inertia, a.inertia, 1e-7);
    double silhouette;
    assert_int_equal(kith_silhouette(&p, la, 3, 1000, 1, &silhouette, NULL), 0);
    assert_true(silhouette > .5);
    double bic3 = kith_kmeans_bic(&a, p.n), gap, error, firm[3], index;
    assert_int_equal(kith_gap(&p, &o, 5, 1000, &gap, &error, NULL), 0);
    assert_true(gap > .3 && error < .1);
    assert_int_equal(kith_stability(&p, &a, &o, 5, 1000, firm, &index, NULL), 0);
    assert_true(firm[0] > .9 && firm[1] > .9 && firm[2] > .9 && index > .9);
    kith_kmeans_free(&b);
    o.clusters = 2;
    assert_int_equal(kith_kmeans_fit(&p, &o, &b, NULL, NULL), 0);
    assert_true(kith_kmeans_bic(&b, p.n) > bic3);
    kith_kmeans_free(&a);
    kith_kmeans_free(&b);
    free(la);
    free(lb);
    free(p.x);
}

static void refuses_too_few(void **state) {
    (void)state;
    double x[8] = {1, 1, 1, 1, 2, 2, 2, 2};
    kith_points p = {4, 2, x};
    kith_kmeans_options o = {.clusters = 3, .seed = 1, .threads = 1};
    kith_kmeans fit;
    kith_error err;
    assert_int_equal(kith_kmeans_fit(&p, &o, &fit, NULL, &err), KITH_DATA);
    o.clusters = 5;
    assert_int_equal(kith_kmeans_fit(&p, &o, &fit, NULL, &err), KITH_DATA);
    o.clusters = 2;
    assert_int_equal(kith_kmeans_fit(&p, &o, &fit, NULL, &err), 0);
    NEAR(fit.inertia, 0, 1e-12);
    kith_kmeans_free(&fit);
    p.n = 0;
    assert_int_equal(kith_kmeans_fit(&p, &o, &fit, NULL, &err), KITH_DATA);
}

static void mixtures(void **state) {
    (void)state;
    kith_points p = made(3000, 3, 3);
    kith_mixture_options o = {.clusters = 3, .seed = 1, .threads = 1};
    kith_mixture a, b;
    for (int diagonal = 0; diagonal < 2; diagonal++) {
        o.diagonal = diagonal != 0;
        o.threads = 1;
        assert_int_equal(kith_mixture_fit(&p, &o, &a, NULL, NULL), 0);
        assert_true(a.converged);
        NEAR(a.shares[0] + a.shares[1] + a.shares[2], 1, 1e-12);
        for (int i = 0; i < 9; i++) NEAR(a.covariances[9 * (i / 3) + 4 * (i % 3)], 1, .15);
        o.threads = 3;
        assert_int_equal(kith_mixture_fit(&p, &o, &b, NULL, NULL), 0);
        assert_memory_equal(a.shares, b.shares, (3 + 9 + 54 + 3) * sizeof(double));
        kith_mixture_free(&a);
        kith_mixture_free(&b);
    }
    /* half of the rows share one value of column 2 */
    for (size_t i = 0; i < p.n; i += 2) p.x[i * 3 + 1] = 5;
    size_t column;
    kith_error err = {0};
    assert_int_equal(kith_mixture_fit(&p, &o, &a, &column, &err), KITH_DATA);
    assert_int_equal(column, 1);
    assert_non_null(strstr(err.text, "unbounded"));
    o.floor = 1e-3;
    assert_int_equal(kith_mixture_fit(&p, &o, &a, &column, &err), 0);
    kith_mixture_free(&a);
    free(p.x);
}

static void describes(void **state) {
    (void)state;
    kith_str names[3] = {KITH_STR("recency"), KITH_STR("frequency"), KITH_STR("money")};
    double centre[3] = {-1, 4, 5}, mean[3] = {0, 0, 5}, sd[3] = {1, 2, 1};
    kith_buf b = {0};
    kith_cluster_words(centre, 3, names, mean, sd, &b);
    kith_buf_putc(&b, 0);
    assert_string_equal(b.p, "frequency very high (+2.0 sd), recency low (-1.0 sd)");
    kith_buf_free(&b);
}

static void online_retail(void **state) {
    (void)state;
    const char *source = getenv("KITH_SOURCE");
    char path[4096], line[256];
    snprintf(path, sizeof path, "%s/../shared/data/offers/online_retail_rfm.csv", source ? source : ".");
    FILE *f = fopen(path, "r");
    if (!f) {
        printf("SKIP: the data are not there\n");
        skip();
    }
    static double x[5000 * 3], two[5000 * 2];
    size_t n = 0;
    double r, q, m;
    assert_non_null(fgets(line, sizeof line, f));
    while (n < 5000 && fgets(line, sizeof line, f)) {
        if (sscanf(line, "%*[^,],%lf,%lf,%lf", &r, &q, &m) != 3) continue;
        x[3 * n] = log(r + 1), x[3 * n + 1] = log(q), x[3 * n + 2] = log(m);
        two[2 * n] = x[3 * n], two[2 * n + 1] = x[3 * n + 2];
        n++;
    }
    fclose(f);
    assert_int_equal(n, 4338);
    double mean[3], sd[3], firm[5], index;
    kith_points p = {n, 3, x}, g = {n, 2, two};
    kith_points_scale(&p, true, mean, sd);
    kith_points_scale(&g, true, mean, sd);
    static const double best[6] = {0, 0, 6378.92741, 4841.74431, 0, 3353.9061};
    kith_kmeans_options o = {.threads = 1};
    kith_kmeans fit;
    for (o.seed = 1; o.seed <= 8; o.seed++) {
        for (o.clusters = 2; o.clusters <= 5; o.clusters += o.clusters == 3 ? 2 : 1) {
            assert_int_equal(kith_kmeans_fit(&p, &o, &fit, NULL, NULL), 0);
            if (o.seed < 3)
                printf("k %zu inertia %.5f, %.0f %% of starts, %d steps\n", o.clusters, fit.inertia,
                       100 * fit.best_share, fit.iterations);
            if (o.clusters < 5)
                NEAR(fit.inertia, best[o.clusters], 6e-6);
            else
                assert_true(fit.inertia <= best[5]);
            if (o.clusters == 5 && o.seed == 1) {
                assert_int_equal(kith_stability(&p, &fit, &o, 10, 2000, firm, &index, NULL), 0);
                printf("stability %.2f %.2f %.2f %.2f %.2f, Rand %.2f\n", firm[0], firm[1], firm[2], firm[3], firm[4],
                       index);
            }
            kith_kmeans_free(&fit);
        }
    }
    kith_mixture_options mo = {.clusters = 3, .seed = 1, .threads = 1};
    kith_mixture mix;
    assert_int_equal(kith_mixture_fit(&g, &mo, &mix, NULL, NULL), 0);
    printf("full %.7f in %d\n", mix.loglik / (double)n, mix.iterations);
    NEAR(mix.loglik / (double)n, -2.586503, 6e-7);
    kith_mixture_free(&mix);
    mo.diagonal = true;
    assert_int_equal(kith_mixture_fit(&g, &mo, &mix, NULL, NULL), 0);
    printf("diagonal %.7f in %d\n", mix.loglik / (double)n, mix.iterations);
    NEAR(mix.loglik / (double)n, -2.594549, 6e-7);
    kith_mixture_free(&mix);
    size_t column;
    mo.diagonal = false;
    assert_int_equal(kith_mixture_fit(&p, &mo, &mix, &column, NULL), KITH_DATA);
    assert_int_equal(column, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_groups), cmocka_unit_test(refuses_too_few),
                                       cmocka_unit_test(mixtures), cmocka_unit_test(describes),
                                       cmocka_unit_test(online_retail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
