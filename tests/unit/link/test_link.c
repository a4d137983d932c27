/* The mixture model: EM recovers what the patterns were made of, its likelihood never falls; rules; one-to-one; persons
 * keep their ids; the measures agree with counts by hand. */
#include "unit.h"

#include <kith/link.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 5 };
static const double true_m[FIELDS][3] = {
    {.05, .15, .80}, {.10, .20, .70}, {.02, .08, .90}, {.30, .10, .60}, {.08, .02, .90}};
static const double true_u[FIELDS][3] = {
    {.95, .04, .01}, {.90, .08, .02}, {.985, .01, .005}, {.80, .15, .05}, {.50, .10, .40}};
static const int level_of[3] = {1, 6, 8};

/* A model whose u is given, and the expected count of each of the 3^5 patterns among `all` pairs with a share λ of
 * matches. */
static size_t simulate(kith_link_model *model, double lambda, double all, uint64_t *pattern, double *count) {
    memset(model, 0, sizeof *model);
    model->n_fields = FIELDS;
    model->prior = .3;
    for (int f = 0; f < FIELDS; f++) {
        model->field[f].kind = KITH_LINK_NAME;
        for (int k = 0; k < 3; k++) {
            model->field[f].u[level_of[k]] = true_u[f][k];
            model->field[f].m[level_of[k]] = k == 2 ? .6 : .2;
        }
    }
    size_t n = 0;
    for (int code = 0; code < 243; code++) {
        double m = lambda, u = 1 - lambda;
        uint64_t g = 0;
        for (int f = 0, c = code; f < FIELDS; f++, c /= 3) {
            m *= true_m[f][c % 3];
            u *= true_u[f][c % 3];
            g |= (uint64_t)level_of[c % 3] << 4 * f;
        }
        pattern[n] = g;
        count[n++] = all * (m + u);
    }
    return n;
}

static void recovers(void **state) {
    (void)state;
    static const double shares[] = {.001, .02, .3};
    for (int s = 0; s < 3; s++) {
        kith_link_model model;
        uint64_t pattern[243];
        double count[243], last = -HUGE_VAL;
        size_t n = simulate(&model, shares[s], 1e7, pattern, count);
        kith_link_patterns p = {n, pattern, count, NULL, 1e7};
        for (int k = 0; k < 3000; k++) {
            double ll = kith_link_em_step(&model, &p, 1e-9);
            assert_true(ll >= last - 1e-9 * fabs(ll)); /* monotone */
            last = ll;
        }
        assert_true(fabs(model.prior - shares[s]) < 1e-5 * shares[s] + 1e-9);
        for (int f = 0; f < FIELDS; f++)
            for (int k = 0; k < 3; k++) assert_true(fabs(model.field[f].m[level_of[k]] - true_m[f][k]) < 1e-4);
        double expected = log2(shares[s] / (1 - shares[s]));
        uint64_t g = 0;
        for (int f = 0; f < FIELDS; f++) {
            expected += log2(true_m[f][2] / true_u[f][2]);
            g |= (uint64_t)8 << 4 * f;
        }
        double bits[KITH_LINK_FIELDS + 1], sum = 0;
        assert_true(fabs(kith_link_weight(&model, g) - expected) < .01);
        double total = kith_link_waterfall(&model, g, bits);
        for (int k = 0; k <= FIELDS; k++) sum += bits[k];
        assert_true(fabs(total - expected) < .01 && fabs(sum - total) < 1e-9);
        assert_true(kith_link_weight(&model, 0) < 0); /* nothing compared: what was known before */
    }
}

/* Related classes, labels, missing values: the likelihood still never falls. */
static void monotone(void **state) {
    (void)state;
    kith_random r;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        kith_link_model model;
        uint64_t pattern[243];
        double count[243], last = -HUGE_VAL;
        int8_t known[243];
        size_t n = simulate(&model, .01, 1e5, pattern, count);
        kith_random_start(&r, seed, "test monotone", 0);
        model.prior = .05;
        for (int k = 0; k < KITH_LINK_RELATED; k++) model.related[k] = .02 * (k + 1);
        for (int f = 0; f < FIELDS; f++)
            for (int k = 0; k < KITH_LINK_RELATED; k++) {
                model.field[f].shared[k] = (int8_t)kith_random_below(&r, 2);
                for (int l = 0; l < 3; l++) model.field[f].h[k][level_of[l]] = l == 0 ? .5 : .25;
            }
        for (size_t i = 0; i < n; i++) {
            count[i] *= kith_random_unit(&r);
            known[i] = kith_random_below(&r, 20) ? -1 : (int8_t)kith_random_below(&r, 2);
            pattern[i] &= ~(kith_random_below(&r, 4) ? 0 : UINT64_C(15) << 4 * kith_random_below(&r, FIELDS));
        }
        kith_link_patterns p = {n, pattern, count, known, 2e5};
        for (int k = 0; k < 200; k++) {
            double ll = kith_link_em_step(&model, &p, 2);
            assert_true(isfinite(ll) && ll >= last - 1e-9 * fabs(ll));
            last = ll;
        }
    }
}

static void rules(void **state) {
    (void)state;
    kith_link_model model;
    uint64_t pattern[243];
    double count[243];
    simulate(&model, .01, 1e5, pattern, count);
    model.n_rules = 2;
    model.rule[0] = (kith_link_rule){true, 0};
    model.rule[1] = (kith_link_rule){false, 1};
    assert_int_equal(kith_link_ruled(&model, 8), 1);
    assert_int_equal(kith_link_ruled(&model, 8 | 1 << 4), -1);
    assert_int_equal(kith_link_ruled(&model, 1), 0);
    assert_true(kith_link_weight(&model, 8) > 500 && kith_link_weight(&model, 8 | 1 << 4) < -500);
}

static kith_str s(const char *t) { return kith_str_of(t); }

static void ids_stay(void **state) {
    (void)state;
    kith_arena *arena = kith_arena_new();
    kith_error err;
    kith_str source[6], record[6], none[6];
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    for (int i = 0; i < 6; i++) source[i] = s("crm"), record[i] = s(names[i]), none[i] = s("");
    uint32_t batch[6] = {0, 0, 0, 3, 3, 5};
    float probability[6] = {1, 1, 1, 1, 1, 1};
    kith_link_clusters c = {6, 3, batch, probability};
    kith_link_persons first, again, split, merge;
    assert_int_equal(kith_link_name_persons(&c, source, record, NULL, arena, &first, &err), KITH_OK);
    assert_int_equal(first.born, 3);
    assert_true(kith_str_equal(first.id[0], first.id[2]) && !kith_str_equal(first.id[0], first.id[3]));
    /* the same night again changes nothing */
    assert_int_equal(kith_link_name_persons(&c, source, record, first.id, arena, &again, &err), KITH_OK);
    for (int i = 0; i < 6; i++) assert_true(kith_str_equal(first.id[i], again.id[i]));
    assert_true(again.n_changes == 0 && again.born == 0 && again.kept == 3);
    /* the least record leaves: the others keep the id, it gets a new one that is not theirs */
    uint32_t apart[6] = {0, 1, 1, 3, 3, 5};
    c.cluster = apart;
    c.n = 4;
    assert_int_equal(kith_link_name_persons(&c, source, record, first.id, arena, &split, &err), KITH_OK);
    assert_true(kith_str_equal(split.id[1], first.id[1]) && !kith_str_equal(split.id[0], first.id[0]));
    assert_int_equal(split.n_changes, 1);
    assert_string_equal(split.change[0].what, "split");
    /* two persons become one: the larger one's id stays */
    uint32_t one[6] = {0, 0, 0, 0, 0, 5};
    c.cluster = one;
    c.n = 2;
    assert_int_equal(kith_link_name_persons(&c, source, record, first.id, arena, &merge, &err), KITH_OK);
    assert_true(kith_str_equal(merge.id[4], first.id[0]));
    assert_int_equal(merge.n_changes, 1);
    assert_string_equal(merge.change[0].what, "merge");
    assert_true(kith_str_equal(merge.change[0].person, first.id[3]) && merge.change[0].records == 2);
    /* a night without known persons */
    assert_int_equal(kith_link_name_persons(&c, source, record, none, arena, &merge, &err), KITH_OK);
    assert_true(merge.born == 2 && merge.kept == 0);
    kith_arena_free(arena);
}

static void measures(void **state) {
    (void)state;
    kith_error err;
    kith_link_scores g;
    const uint32_t found[] = {1, 1, 1, 2, 2, 3}, truth[] = {7, 7, 8, 8, 8, 9};
    assert_int_equal(kith_link_evaluate(found, truth, 6, &g, &err), KITH_OK);
    assert_true(fabs(g.pairwise[0] - 2. / 4) < 1e-15 && fabs(g.pairwise[1] - 2. / 4) < 1e-15 &&
                fabs(g.pairwise[2] - .5) < 1e-15);
    /* rows 0, 1: 2/3; 2: 1/3; 3, 4: 1; 5: 1 — and the other way round the same */
    assert_true(fabs(g.bcubed[0] - (2. / 3 * 2 + 1. / 3 + 3) / 6) < 1e-15 &&
                fabs(g.bcubed[1] - (1 * 2 + 1. / 3 + 2. / 3 * 2 + 1) / 6) < 1e-15);
    assert_int_equal(kith_link_evaluate(found, truth, 0, &g, &err), KITH_OK);
    assert_true(isnan(g.pairwise[0]) && isnan(g.bcubed[2]));
    assert_int_equal(kith_link_evaluate(found, found, 6, &g, &err), KITH_OK);
    assert_true(g.pairwise[2] == 1 && g.bcubed[2] == 1);
}

/* The interval holds the truth about as often as it says, with a model that is far too sure of itself. */
/* The level of two values of one field of this kind. */
static int level_between(kith_link_kind kind, const char *a, const char *b) {
    kith_str names[] = {KITH_STR("x")}, first[] = {kith_str_of(a)}, second[] = {kith_str_of(b)};
    kith_header header = {.n = 1, .names = names, .delimiter = ','};
    kith_link_store store;
    kith_link_data data = {0};
    kith_error err;
    kith_link_model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    model->n_fields = 1;
    model->field[0] = (kith_link_field){.name = "x", .kind = kind, .n_columns = 1, .column = {"x"}};
    assert_int_equal(kith_link_store_init(&store, &header, &err), KITH_OK);
    assert_int_equal(kith_link_store_add_cells(&store, first, ',', &err), KITH_OK);
    assert_int_equal(kith_link_store_add_cells(&store, second, ',', &err), KITH_OK);
    assert_int_equal(kith_link_data_build(&data, &store, model, false, 1, &err), KITH_OK);
    kith_link_memo *memo = kith_link_memo_new(&data);
    assert_non_null(memo);
    int level = kith_link_level(kith_link_pattern(&data, memo, 0, 1), 0);
    kith_link_memo_free(memo);
    kith_link_data_free(&data);
    kith_link_store_free(&store);
    free(model);
    return level;
}

static void levels(void **state) {
    (void)state;
    static const struct {
        kith_link_kind kind;
        const char *a, *b;
        int level; /* negative: not this one */
    } cases[] = {
        {KITH_LINK_DATE, "2025-12-29", "2026-01-03", 6}, /* five days apart, six */
        {KITH_LINK_DATE, "2025-12-29", "2026-01-04", 5},
        {KITH_LINK_DATE, "1980-05-17", "1980-05-18", 7}, /* a digit */
        {KITH_LINK_DATE, "1980-05-07", "1980-07-05", 7}, /* day and month */
        {KITH_LINK_CODE, "ABC1234", "XYZ1234", 5},       /* more than half of it, from behind; just half */
        {KITH_LINK_CODE, "ABC123", "XYZ123", -5},
        {KITH_LINK_CODE, "AB1234", "AB1239", 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int got = level_between(cases[i].kind, cases[i].a, cases[i].b), want = cases[i].level;
        if (want < 0 ? got == -want : got != want) fail_msg("%s, %s: level %d", cases[i].a, cases[i].b, got);
    }
}

static void powered(void **state) {
    (void)state;
    enum { PAIRS = 2000, LABELS = 300, RUNS = 300 };
    static double p[PAIRS];
    static bool above[PAIRS];
    static int8_t label[PAIRS], truth[PAIRS];
    int held_precision = 0, held_recall = 0;
    for (int run = 0; run < RUNS; run++) {
        kith_random r;
        kith_random_start(&r, 1, "test powered", (uint64_t)run);
        double in = 0, hit = 0, matches = 0;
        for (int i = 0; i < PAIRS; i++) {
            double chance = kith_random_unit(&r);
            truth[i] = kith_random_unit(&r) < chance;
            p[i] = chance > .5 ? .98 : .1;
            above[i] = chance > .5;
            label[i] = kith_random_below(&r, PAIRS) < LABELS ? truth[i] : -1;
            in += above[i];
            hit += above[i] && truth[i];
            matches += truth[i];
        }
        double precision[3], recall[3];
        kith_link_powered(p, above, label, PAIRS, precision, recall);
        held_precision += precision[1] <= hit / in && hit / in <= precision[2];
        held_recall += recall[1] <= hit / matches && hit / matches <= recall[2];
    }
    assert_true(held_precision >= .93 * RUNS && held_recall >= .93 * RUNS); /* 95 %, less 1.6 standard errors */
    double precision[3], recall[3];
    memset(label, -1, sizeof label);
    kith_link_powered(p, above, label, PAIRS, precision, recall);
    assert_true(isnan(precision[0]) && isnan(recall[0]));
    kith_link_powered(p, above, label, 0, precision, recall);
    assert_true(isnan(precision[0]));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(recovers), cmocka_unit_test(monotone),
                                       cmocka_unit_test(rules),    cmocka_unit_test(ids_stay),
                                       cmocka_unit_test(measures), cmocka_unit_test(levels), cmocka_unit_test(powered)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
