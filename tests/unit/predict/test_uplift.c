/* Uplift learners on people whose effects are known: those with x > 0 are persuaded, the others are not. */
#include "unit.h"

#include <kith/metrics.h>
#include <kith/uplift.h>
#include <math.h>
#include <string.h>

enum { N = 12000 };
static double x[N], z[N], y[N], effect[N], without[N];
static int32_t place[N];
static uint8_t treated[N];
static kith_frame frame;
static kith_feature features[3];
static kith_arena *arena;
static kith_error err;

static void make(double gain, bool random) {
    static const char *const places[] = {"east", "north", "south", "west"};
    kith_random r;
    kith_random_start(&r, 7, "test", 0);
    for (int i = 0; i < N; i++) {
        x[i] = kith_random_normal(&r);
        z[i] = kith_random_normal(&r);
        place[i] = (int32_t)kith_random_below(&r, 4);
        treated[i] = kith_random_unit(&r) < (random ? .5 : kith_logistic(z[i]));
        double p = .2 + .1 * (z[i] > 0) + (treated[i] && x[i] > 0 ? gain : 0);
        y[i] = kith_random_unit(&r) < p;
    }
    features[0] = (kith_feature){.name = "x", .number = x};
    features[1] = (kith_feature){.name = "z", .number = z};
    features[2] = (kith_feature){.name = "place", .is_level = true, .level = place, .levels = places, .n_levels = 4};
    frame = (kith_frame){N, 3, features};
}

static double mean_effect(bool high) {
    double sum = 0, n = 0;
    for (int i = 0; i < N; i++)
        if ((x[i] > 0) == high) {
            sum += effect[i];
            n++;
        }
    return sum / n;
}

static void every_learner_finds_the_persuadable(void **state) {
    (void)state;
    make(.3, true);
    double best; /* of who knows the truth */
    for (int i = 0; i < N; i++) effect[i] = x[i] > 0;
    assert_int_equal(kith_qini(effect, y, treated, N, &best, &err), KITH_OK);
    for (int k = 0; k < 9; k++) {
        kith_uplift_options o = {.learner = (kith_learner)(k < 8 ? k / 2 : 4), .on_trees = k % 2, .seed = 1, .threads = 2};
        if (k == 8) o.trees.trees = 50;
        kith_uplift m, again;
        assert_int_equal(kith_uplift_fit(&frame, NULL, N, y, treated, &o, arena, &m, &err), KITH_OK);
        assert_int_equal(kith_uplift_predict(&m, &frame, NULL, N, effect, without, &err), KITH_OK);
        assert_true(mean_effect(true) > .2 && mean_effect(false) < .1);
        double qini, kept = effect[17];
        assert_int_equal(kith_qini(effect, y, treated, N, &qini, &err), KITH_OK);
        assert_true(qini > .8 * best);
        assert_true(fabs(m.effect - .15) < .03 && fabs(m.control - .25) < .02);
        o.threads = 1;
        assert_int_equal(kith_uplift_fit(&frame, NULL, N, y, treated, &o, arena, &again, &err), KITH_OK);
        assert_int_equal(kith_uplift_predict(&again, &frame, NULL, N, effect, NULL, &err), KITH_OK);
        assert_true(effect[17] == kept);
    }
}

/* 26 levels of some twenty people of each arm in a tree's half: every other one is persuaded; of the rest some buy in any case, some never. One cut
 * of the levels in the order of their effects finds the persuaded, and their leaf holds nobody else. */
static void levels_are_cut_by_their_effect(void **state) {
    (void)state;
    enum { LEVELS = 26, PEOPLE = LEVELS * 160 };
    static char text[LEVELS][2];
    static const char *names[LEVELS];
    for (int l = 0; l < LEVELS; l++) text[l][0] = (char)('a' + l), names[l] = text[l];
    for (int i = 0; i < PEOPLE; i++) {
        int l = i % LEVELS;
        place[i] = l;
        treated[i] = i / LEVELS % 2;
        y[i] = l % 2 ? treated[i] : l % 4 == 0;
    }
    kith_feature feature = {.name = "place", .is_level = true, .level = place, .levels = names, .n_levels = LEVELS};
    kith_frame levels = {PEOPLE, 1, &feature};
    for (int weighted = 0; weighted < 2; weighted++) { /* counted in 16 bits, or as they are */
        if (weighted)
            for (int i = 0; i < PEOPLE; i++) y[i] *= 2;
        kith_uplift_options o = {.learner = KITH_LEARNER_TREES, .seed = 1, .threads = 1, .trees = {.trees = 40, .min_leaf = 150}};
        kith_uplift m;
        assert_int_equal(kith_uplift_fit(&levels, NULL, PEOPLE, y, treated, &o, arena, &m, &err), KITH_OK);
        assert_int_equal(kith_uplift_predict(&m, &levels, NULL, PEOPLE, effect, NULL, &err), KITH_OK);
        double one = weighted ? 2 : 1;
        for (int l = 0; l < LEVELS; l++) assert_true(l % 2 ? fabs(effect[l] - one) < 1e-9 : fabs(effect[l]) < .1 * one);
    }
}

static void propensities_undo_a_choice(void **state) {
    (void)state;
    make(.3, false); /* those with high z were treated, and buy more anyway */
    static double e[N];
    double auc;
    assert_int_equal(kith_propensity_fit(&frame, NULL, frame.rows, treated, e, &auc, &err), KITH_OK);
    assert_true(auc > .65);
    kith_uplift_options o = {.learner = KITH_LEARNER_DR, .propensity = e, .seed = 1, .threads = 1};
    kith_uplift m;
    assert_int_equal(kith_uplift_fit(&frame, NULL, N, y, treated, &o, arena, &m, &err), KITH_OK);
    assert_true(fabs(m.effect - .15) < .03);
    o.propensity = NULL;
    o.learner = KITH_LEARNER_S;
    assert_int_equal(kith_uplift_fit(&frame, NULL, N, y, treated, &o, arena, &m, &err), KITH_OK);
    assert_true(m.effect > .17); /* the naive difference is too high */
    e[5] = 1;
    o.propensity = e;
    assert_int_equal(kith_uplift_fit(&frame, NULL, N, y, treated, &o, arena, &m, &err), KITH_DATA);
}

static void bad_data_is_said(void **state) {
    (void)state;
    make(.3, true);
    kith_uplift_options o = {.learner = KITH_LEARNER_T, .seed = 1};
    kith_uplift m;
    memset(treated, 1, sizeof treated);
    assert_int_equal(kith_uplift_fit(&frame, NULL, N, y, treated, &o, arena, &m, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "without controls"));
    memset(treated, 0, sizeof treated);
    assert_int_equal(kith_uplift_fit(&frame, NULL, N, y, treated, &o, arena, &m, &err), KITH_DATA);
    make(.3, true);
    memset(y, 0, sizeof y);
    assert_int_equal(kith_uplift_fit(&frame, NULL, N, y, treated, &o, arena, &m, &err), KITH_DATA);
}

static void trees_of_amounts_are_those_of_yes_and_no(void **state) {
    /* yes and no are counted in packed words, anything else in sums: all weights 1, or outcomes of 0 and 4, must give the same trees */
    (void)state;
    enum { ROWS = 3000 };
    static double column[2][ROWS], bought[ROWS], four[ROWS], one[ROWS];
    static uint8_t arm[ROWS];
    kith_random r;
    kith_random_start(&r, 1, "forest", 0);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < 2; j++) column[j][i] = floor(20 * kith_random_unit(&r));
        arm[i] = kith_random_unit(&r) < .5;
        bought[i] = kith_random_unit(&r) < .3 + (arm[i] && column[0][i] > 12) * .4;
        four[i] = 4 * bought[i];
        one[i] = 1;
    }
    kith_feature f[] = {{.name = "a", .number = column[0]}, {.name = "b", .number = column[1]}};
    kith_frame all = {ROWS, 2, f};
    kith_encoding e;
    kith_forest packed, weighed, amounts;
    assert_int_equal(kith_encoding_fit(&all, NULL, ROWS, arena, &e, &err), KITH_OK);
    assert_int_equal(kith_uplift_forest(&all, &e, NULL, ROWS, bought, arm, NULL, 20, 0, 1, 1, arena, &packed, &err), KITH_OK);
    assert_int_equal(kith_uplift_forest(&all, &e, NULL, ROWS, bought, arm, one, 20, 0, 1, 2, arena, &weighed, &err), KITH_OK);
    assert_int_equal(kith_uplift_forest(&all, &e, NULL, ROWS, four, arm, NULL, 20, 0, 1, 2, arena, &amounts, &err), KITH_OK);
    assert_true(packed.n_nodes > 40);
    assert_true(packed.n_nodes == weighed.n_nodes && packed.n_nodes == amounts.n_nodes);
    for (size_t i = 0; i < packed.n_nodes; i++) {
        const kith_tree_node *a = &packed.nodes[i], *b = &weighed.nodes[i], *c = &amounts.nodes[i];
        assert_true(a->feature == b->feature && a->left == b->left && a->threshold == b->threshold && a->value == b->value);
        assert_true(a->feature == c->feature && a->left == c->left && a->threshold == c->threshold && fabs(4 * a->value - c->value) < 1e-12);
    }
}

static void groups_are_the_four(void **state) {
    (void)state;
    assert_string_equal(kith_uplift_group(.1, .1, .02, .2), "persuadable");
    assert_string_equal(kith_uplift_group(-.1, .5, .02, .2), "do-not-disturb");
    assert_string_equal(kith_uplift_group(.01, .5, .02, .2), "sure");
    assert_string_equal(kith_uplift_group(.01, .1, .02, .2), "lost");
}

int main(void) {
    arena = kith_arena_new();
    if (!arena) return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_learner_finds_the_persuadable),
                                       cmocka_unit_test(levels_are_cut_by_their_effect), cmocka_unit_test(propensities_undo_a_choice), cmocka_unit_test(bad_data_is_said),
                                       cmocka_unit_test(trees_of_amounts_are_those_of_yes_and_no), cmocka_unit_test(groups_are_the_four)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kith_arena_free(arena);
    return failed;
}
