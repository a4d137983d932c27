/* Groups and influence of small networks whose figures follow by hand; nothing is written behind the arrays' ends. */
#include "unit.h"

#include <kith/communities.h>
#include <math.h>

enum { MOST = 6 };
static const double unwritten = -7;

static kith_network network(const char *const (*ties)[2], size_t n) {
    kith_network net = {0};
    kith_error err;
    for (size_t i = 0; i < n; i++) assert_int_equal(kith_network_tie(&net, kith_str_of(ties[i][0]), kith_str_of(ties[i][1]), 1, false, &err), KITH_OK);
    assert_int_equal(kith_network_finish(&net, true, &err), KITH_OK);
    return net;
}

/* Two triangles and a bridge. Modularity 2 · (3/7 − (7/14)²) = 5/14. PageRank: with x for the four that know two and y for the bridge's ends,
 * x = .15/6 + .85 (x/2 + y/3), y = .15/6 + .85 (x + y/3), 4 x + 2 y = 1, so x = 20/137 and y = 57/274. */
static void two_triangles(void **state) {
    (void)state;
    static const char *const ties[][2] = {{"a", "b"}, {"b", "c"}, {"c", "a"}, {"d", "e"}, {"e", "f"}, {"f", "d"}, {"c", "d"}};
    kith_network net = network(ties, sizeof ties / sizeof *ties);
    uint32_t community[MOST + 1], n;
    double influence[MOST + 1], modularity;
    kith_error err;
    community[MOST] = 77;
    influence[MOST] = unwritten;
    assert_int_equal(net.n, MOST);
    assert_int_equal(kith_communities(&net, 1, 1, community, influence, &n, &modularity, &err), KITH_OK);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < MOST; i++) {
        assert_int_equal(community[i], i < 3 ? 1 : 2);
        assert_true(fabs(influence[i] - (i == 2 || i == 3 ? 57. / 274 : 20. / 137)) < 1e-12);
    }
    assert_true(fabs(modularity - (5. / 14)) < 1e-12);
    assert_int_equal(community[MOST], 77);
    assert_true(influence[MOST] == unwritten);
    kith_network_free(&net);
}

/* Nobody; and people who know only themselves: everybody alone, all of equal influence. */
static void without_ties(void **state) {
    (void)state;
    uint32_t community[3], n = 9;
    double influence[3], modularity = 9;
    kith_error err;
    kith_network nobody = network(NULL, 0);
    assert_int_equal(kith_communities(&nobody, 1, 1, community, influence, &n, &modularity, &err), KITH_OK);
    assert_int_equal(n, 0);
    assert_true(modularity == 0);
    kith_network_free(&nobody);
    static const char *const loops[][2] = {{"a", "a"}, {"b", "b"}, {"c", "c"}};
    kith_network net = network(loops, 3);
    assert_int_equal(net.n, 3);
    assert_int_equal(kith_communities(&net, 1, 1, community, influence, &n, &modularity, &err), KITH_OK);
    assert_int_equal(n, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(community[i], i + 1);
        assert_true(fabs(influence[i] - (1. / 3)) < 1e-15);
    }
    kith_network_free(&net);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_triangles), cmocka_unit_test(without_ties)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
