/* Attribution: small journeys by hand, both ways of solving against each other, and every column of the reference. */
#include "unit.h"

#include "peer.h"
#include <kith/attribution.h>
#include <math.h>

static void near(double a, double b, double relative) {
    if (!(fabs(a - b) <= relative * fmax(fabs(b), 1e-300))) {
        print_error("%.17g is not %.17g\n", a, b);
        fail();
    }
}

typedef struct made {
    kith_journeys *j;
    kith_arena *arena;
    kith_paths paths;
    const kith_str *names;
} made;

static void add(made *m, const char *path, double c, double v, double z) {
    assert_int_equal(kith_journeys_add(m->j, kith_str_of(path), KITH_STR(" > "), c, v, z), KITH_JOURNEY_FINE);
}
static made begin(void) { return (made){.j = kith_journeys_new(), .arena = kith_arena_new()}; }
static void view(made *m) { assert_int_equal(kith_journeys_view(m->j, m->arena, &m->paths, &m->names, NULL), KITH_OK); }
static void end(made *m) {
    kith_journeys_free(m->j);
    kith_arena_free(m->arena);
}
static kith_attribution_spec model(const char *text) {
    kith_attribution_spec spec;
    assert_int_equal(kith_attribution_parse(kith_str_of(text), &spec, NULL), KITH_OK);
    return spec;
}

static void rules_by_hand(void **state) {
    (void)state;
    made m = begin();
    add(&m, "a > b > direct", 1, 10, 0);
    add(&m, "b", 2, 4, 3);
    add(&m, "direct", 1, 0, 0);
    view(&m);
    double c[3], v[3], r[3];
    static const struct {
        const char *model;
        double c[3]; /* a b direct */
    } want[] = {{"first", {1, 2, 1}},
                {"last", {0, 2, 2}},
                {"lastnondirect", {0, 3, 1}},
                {"linear", {1. / 3, 2 + 1. / 3, 1 + 1. / 3}},
                {"position", {.4, 2.2, 1.4}},
                {"decay:1", {1. / 7, 2 + 2. / 7, 1 + 4. / 7}},
                {"shapley", {1. / 3, 2 + 1. / 3, 1 + 1. / 3}}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        kith_attribution_spec spec = model(want[i].model);
        spec.direct = 2;
        assert_int_equal(kith_attribution_credit(&m.paths, &spec, c, v, r, NULL), KITH_OK);
        for (int k = 0; k < 3; k++) near(c[k], want[i].c[k], 1e-14);
        near(v[0] + v[1] + v[2], 14, 1e-14);
    }
    /* Markov 1: without b only "direct" converts: 1 of 4; without a 3 of 4; without direct 2 of 4. */
    kith_attribution_spec spec = model("markov1");
    assert_int_equal(kith_attribution_credit(&m.paths, &spec, c, v, r, NULL), KITH_OK);
    /* The chain mixes: from b on, 1 of 6 goes to direct, 2 convert, 3 end. */
    near(r[1], 1 - 1. / 4, 1e-14);
    near(c[0] + c[1] + c[2], 4, 1e-14);
    end(&m);
}

/* Row by row with every path coming again, against one row a path with its totals: short and long names and paths, more paths
 * than are remembered by their text, and rows of a path before and after another took its place. */
static void repeated_paths_count_the_same(void **state) {
    (void)state;
    enum { PATHS = 60000, TIMES = 5 };
    made one = begin(), rows = begin();
    static const char tail[] = "abcdefghijklmnopqrstuvwxyz";
    for (int time = 0; time <= TIMES; time++)
        for (uint32_t i = 0; i < PATHS; i++) {
            uint32_t p = time % 2 ? PATHS - 1 - i : i, x = p * 2654435761u;
            char text[512];
            int n = 0;
            for (uint32_t t = 0; t <= p % 13; t++, x = x * 1664525u + 1013904223u)
                n += snprintf(text + n, sizeof text - (size_t)n, "%s%.*s%u", t ? " > " : "", (int)(x >> 28) + 1, tail, x >> 24 & 3);
            snprintf(text + n, sizeof text - (size_t)n, " > p%u", p);
            if (time == TIMES) add(&one, text, TIMES * (p % 3), TIMES * .25 * (p % 7), TIMES * 1);
            else add(&rows, text, p % 3, .25 * (p % 7), 1);
        }
    view(&one);
    view(&rows);
    assert_int_equal(one.paths.n, PATHS);
    assert_int_equal(rows.paths.n, PATHS);
    assert_int_equal(rows.paths.channels, one.paths.channels);
    for (size_t i = 0; i <= PATHS; i++) assert_int_equal(rows.paths.start[i], one.paths.start[i]);
    assert_memory_equal(rows.paths.touch, one.paths.touch, one.paths.start[PATHS] * sizeof *one.paths.touch);
    assert_memory_equal(rows.paths.conversions, one.paths.conversions, PATHS * sizeof *one.paths.conversions);
    assert_memory_equal(rows.paths.value, one.paths.value, PATHS * sizeof *one.paths.value);
    assert_memory_equal(rows.paths.nulls, one.paths.nulls, PATHS * sizeof *one.paths.nulls);
    end(&one);
    end(&rows);
}

static void empty_and_faults(void **state) {
    (void)state;
    made m = begin();
    view(&m);
    assert_int_equal(m.paths.n, 0);
    double one;
    kith_attribution_spec spec = model("linear");
    assert_int_equal(kith_attribution_credit(&m.paths, &spec, &one, &one, &one, NULL), KITH_OK);
    spec = model("markov2");
    assert_int_equal(kith_attribution_credit(&m.paths, &spec, &one, &one, &one, NULL), KITH_OK);
    assert_int_equal(kith_journeys_add(m.j, KITH_STR(""), KITH_STR(" > "), 1, 1, 1), KITH_JOURNEY_NO_CHANNEL);
    assert_int_equal(kith_journeys_add(m.j, KITH_STR("a >  > b"), KITH_STR(" > "), 1, 1, 1), KITH_JOURNEY_NO_CHANNEL);
    assert_int_equal(kith_journeys_add(m.j, KITH_STR("a"), KITH_STR(" > "), -1, 1, 1), KITH_JOURNEY_CONVERSIONS);
    assert_int_equal(kith_journeys_add(m.j, KITH_STR("a"), KITH_STR(" > "), 1, NAN, 1), KITH_JOURNEY_VALUE);
    kith_error err;
    assert_int_equal(kith_attribution_parse(KITH_STR("markof1"), &spec, &err), KITH_USAGE);
    assert_non_null(strstr(err.text, "markov1"));
    end(&m);
}

/* Random journeys over many channels: enough states for the sweeps, checked against a fresh simulation-free count: the
 * removal effect by dense elimination on the same chain, written out here. */
static void sweeps_agree_with_elimination(void **state) {
    (void)state;
    made m = begin();
    kith_random r;
    kith_random_start(&r, 1, "test", 0);
    enum { N = 6000, C = 9 };
    for (int i = 0; i < N; i++) {
        char path[256] = "";
        int n = 1 + (int)kith_random_below(&r, 12);
        for (int k = 0, last = (int)kith_random_below(&r, C); k < n; k++, last = (int)(kith_random_below(&r, 2) ? kith_random_below(&r, C) : (uint64_t)last)) {
            size_t at = strlen(path);
            snprintf(path + at, sizeof path - at, "%sc%d", k ? " > " : "", last);
        }
        add(&m, path, (double)kith_random_below(&r, 3), (double)kith_random_below(&r, 100) / 7, 1);
    }
    view(&m);
    double c[C], v[C], effect[C];
    kith_attribution_spec spec = model("markov3"); /* 819 states: past the dense bound */
    assert_int_equal(kith_attribution_credit(&m.paths, &spec, c, v, effect, NULL), KITH_OK);
    enum { S = 1 + C + C * C + C * C * C };
    double *a = calloc((size_t)S * (S + 1), sizeof *a), *visits = calloc(S, sizeof *visits), *conv = calloc(S, sizeof *conv);
    for (int without = 0; without < C; without += 4) {
        memset(a, 0, (size_t)S * (S + 1) * sizeof *a);
        memset(visits, 0, S * sizeof *visits);
        memset(conv, 0, S * sizeof *conv);
        double total = 0, n = 0;
        for (size_t i = 0; i < m.paths.n; i++) {
            double w = m.paths.conversions[i] + m.paths.nulls[i];
            int s = 0, last[3] = {-1, -1, -1}, depth = 0;
            visits[0] += w;
            n += w;
            total += m.paths.conversions[i];
            for (uint64_t k = m.paths.start[i]; k < m.paths.start[i + 1]; k++) {
                last[0] = last[1], last[1] = last[2], last[2] = m.paths.touch[k];
                depth += depth < 3;
                int to = depth == 1 ? 1 + last[2] : depth == 2 ? 1 + C + last[1] * C + last[2] : 1 + C + C * C + (last[0] * C + last[1]) * C + last[2];
                if (last[2] != without) a[(size_t)s * (S + 1) + (size_t)to] -= w;
                visits[to] += w;
                s = to;
            }
            conv[s] += m.paths.conversions[i];
        }
        for (int s = 0; s < S; s++) {
            if (visits[s] == 0) {
                a[(size_t)s * (S + 1) + (size_t)s] = 1;
                continue;
            }
            for (int k = 0; k < S; k++) a[(size_t)s * (S + 1) + (size_t)k] /= visits[s];
            a[(size_t)s * (S + 1) + (size_t)s] += 1;
            a[(size_t)s * (S + 1) + S] = conv[s] / visits[s];
        }
        for (int k = S - 1; k > 0; k--) /* upward: states feed the start last */
            for (int i = 0; i < k; i++) {
                double f = a[(size_t)i * (S + 1) + (size_t)k] / a[(size_t)k * (S + 1) + (size_t)k];
                if (f == 0) continue;
                for (int q = 0; q <= S; q++)
                    if (q <= k || q == S) a[(size_t)i * (S + 1) + (size_t)q] -= f * a[(size_t)k * (S + 1) + (size_t)q];
            }
        near(effect[without], 1 - a[S] / a[0] / (total / n), 1e-11);
    }
    free(a);
    free(visits);
    free(conv);
    end(&m);
}

static bool load_reference(made *m) {
    peer_table t;
    if (!peer_read("attribution/pathdata.csv", ';', &t)) return false;
    for (size_t i = 0; i < t.rows; i++)
        assert_int_equal(kith_journeys_add(m->j, peer_cell(&t, i, "path"), KITH_STR(" > "), peer_number(&t, i, "total_conversions"),
                                           peer_number(&t, i, "total_conversion_value"), peer_number(&t, i, "total_null")),
                         KITH_JOURNEY_FINE);
    peer_free(&t);
    view(m);
    return true;
}

static void reference_to_the_digits(void **state) {
    (void)state;
    made m = begin();
    peer_table t;
    if (!load_reference(&m) || !peer_read("reference/attribution_pathdata.csv", ',', &t)) {
        end(&m);
        print_message("SKIP: no reference data\n");
        skip();
    }
    static const struct {
        const char *model, *column, *removal;
    } want[] = {{"first", "first", NULL},       {"last", "last", NULL},       {"linear", "linear", NULL},
                {"position", "position_40_20_40", NULL}, {"decay:1", "decay_h1", NULL}, {"decay:7", "decay_h7", NULL},
                {"shapley", "shapley_sum", NULL}, {"markov1", "markov1", "removal1"}, {"markov2", "markov2", "removal2"},
                {"markov3", "markov3", "removal3"}};
    assert_int_equal(m.paths.channels, t.rows);
    double *c = malloc(3 * t.rows * sizeof *c), *v = c + t.rows, *r = v + t.rows;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        kith_attribution_spec spec = model(want[i].model);
        assert_int_equal(kith_attribution_credit(&m.paths, &spec, c, v, r, NULL), KITH_OK);
        double sum[2] = {0, 0};
        for (size_t k = 0; k < t.rows; k++) {
            char name[64];
            assert_true(kith_str_equal(m.names[k], t.cells[(k + 1) * t.cols]));
            snprintf(name, sizeof name, "%s_conv", want[i].column);
            near(c[k], peer_number(&t, k, name), 1e-10);
            snprintf(name, sizeof name, "%s_value", want[i].column);
            near(v[k], peer_number(&t, k, name), 1e-10);
            if (want[i].removal) {
                snprintf(name, sizeof name, "%s_conv", want[i].removal);
                near(r[k], peer_number(&t, k, name), 1e-10);
            }
            sum[0] += c[k];
            sum[1] += v[k];
        }
        near(sum[0], 19785, 1e-12);
        near(sum[1], 74802.97158721, 1e-12);
    }
    free(c);
    peer_free(&t);
    end(&m);
}

static void order_is_found(void **state) {
    (void)state;
    made m = begin();
    kith_random r; /* the second-last touch decides: order 2 */
    kith_random_start(&r, 3, "test", 0);
    for (int i = 0; i < 4000; i++) {
        char path[128] = "";
        int last[2] = {(int)kith_random_below(&r, 2), (int)kith_random_below(&r, 2)};
        snprintf(path, sizeof path, "%c > %c", 'a' + last[0], 'a' + last[1]);
        while (kith_random_below(&r, 5)) {
            int next = kith_random_below(&r, 10) ? last[0] : 1 - last[0];
            size_t at = strlen(path);
            if (at > 120) break;
            snprintf(path + at, sizeof path - at, " > %c", 'a' + next);
            last[0] = last[1], last[1] = next;
        }
        add(&m, path, kith_random_below(&r, 4) == 0, 0, 1);
    }
    view(&m);
    int order;
    double loglik[4];
    assert_int_equal(kith_attribution_order(&m.paths, 4, &order, loglik, NULL), KITH_OK);
    assert_int_equal(order, 2);
    kith_attribution_spec spec = model("linear");
    double low[2], high[2], vl[2], vh[2], low2[2], high2[2];
    kith_attribution_band band = {low, high, vl, vh}, again = {low2, high2, vl, vh};
    assert_int_equal(kith_attribution_bootstrap(&m.paths, &spec, 200, .95, 1, 1, &band, NULL), KITH_OK);
    assert_int_equal(kith_attribution_bootstrap(&m.paths, &spec, 200, .95, 1, 3, &again, NULL), KITH_OK);
    double c[2], v[2], e[2];
    assert_int_equal(kith_attribution_credit(&m.paths, &spec, c, v, e, NULL), KITH_OK);
    for (int k = 0; k < 2; k++) {
        assert_true(low[k] < c[k] && c[k] < high[k] && low[k] == low2[k] && high[k] == high2[k]);
        assert_true(high[k] - low[k] < .3 * c[k]);
    }
    end(&m);
}

static void merging_is_exact(void **state) {
    (void)state;
    made a = begin(), b = begin(), all = begin();
    static const char *const paths[] = {"x > y", "y", "z > x", "x > y", "y > y > z"};
    for (int i = 0; i < 5; i++) {
        add(i % 2 ? &a : &b, paths[i], i, .1 * i, 1);
        add(&all, paths[4 - i], 4 - i, .1 * (4 - i), 1);
    }
    made none = begin();
    assert_int_equal(kith_journeys_merge(a.j, none.j, NULL), KITH_OK);
    assert_int_equal(kith_journeys_merge(none.j, a.j, NULL), KITH_OK);
    assert_int_equal(kith_journeys_merge(b.j, none.j, NULL), KITH_OK);
    view(&b);
    view(&all);
    assert_int_equal(b.paths.n, all.paths.n);
    assert_int_equal(b.paths.n, 4);
    assert_memory_equal(b.paths.conversions, all.paths.conversions, 3 * 4 * sizeof(double));
    assert_memory_equal(b.paths.touch, all.paths.touch, 8 * sizeof(uint16_t));
    assert_int_equal(kith_journeys_subtract(b.j, a.j, NULL), KITH_OK);
    assert_int_equal(kith_journeys_subtract(b.j, a.j, NULL), KITH_DATA);
    kith_buf saved = {0};
    assert_int_equal(kith_journeys_save(all.j, &saved, NULL), KITH_OK);
    made back = begin();
    kith_records records = {.p = saved.p, .end = saved.p + saved.n, .line = 1, .delimiter = ',', .arena = back.arena};
    assert_int_equal(kith_journeys_load(back.j, &records, NULL), KITH_OK);
    view(&back);
    assert_memory_equal(back.paths.conversions, all.paths.conversions, 3 * 4 * sizeof(double));
    kith_buf_free(&saved);
    end(&a);
    end(&b);
    end(&all);
    end(&none);
    end(&back);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_by_hand),           cmocka_unit_test(empty_and_faults), cmocka_unit_test(sweeps_agree_with_elimination),
        cmocka_unit_test(reference_to_the_digits), cmocka_unit_test(order_is_found),   cmocka_unit_test(merging_is_exact),
        cmocka_unit_test(repeated_paths_count_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
