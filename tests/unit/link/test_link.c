/* The mixture model: EM recovers what the patterns were made of, its likelihood never falls; rules; one-to-one; persons
 * keep their ids; the measures agree with counts by hand. */
#include "unit.h"

#include <kith/link.h>

#include <math.h>
#include <stdio.h>
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
    /* a person of two records that come apart: the id goes with the least source, then the least record */
    kith_str both[2] = {s("P"), s("P")}, sources[2] = {s("b"), s("a")}, records[2] = {s("1"), s("2")};
    uint32_t alone[2] = {0, 1};
    kith_link_clusters two = {2, 2, alone, probability};
    for (int same = 0; same < 2; same++) {
        if (same) sources[0] = s("a");
        assert_int_equal(kith_link_name_persons(&two, sources, records, both, arena, &split, &err), KITH_OK);
        assert_true(kith_str_is(split.id[!same], "P") && !kith_str_is(split.id[same], "P"));
        assert_true(split.kept == 1 && split.born == 1);
    }
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

/* A labelled pair counts as what its label says, even where the model gives that no chance at all. */
static void labelled(void **state) {
    (void)state;
    kith_link_model model;
    uint64_t pattern[243];
    double count[243];
    int8_t known[2] = {1, 0};
    simulate(&model, .01, 1e5, pattern, count);
    model.prior = 1e-30; /* e^-69: below what is added up */
    for (int k = 0; k < KITH_LINK_RELATED; k++) model.related[k] = 0;
    for (int f = 0; f < FIELDS; f++) model.field[f].u[1] = .9, model.field[f].m[1] = .1;
    uint64_t different = 0x11111, equal[2] = {different, different};
    count[0] = 1, count[1] = 3;
    kith_link_patterns p = {2, equal, count, known, 100};
    double ll = kith_link_em_step(&model, &p, 1e-12);
    assert_true(isfinite(ll));
    assert_true(fabs(model.prior - 1. / 100) < 1e-12); /* one match among a hundred pairs */
    for (int f = 0; f < FIELDS; f++) assert_true(fabs(model.field[f].m[1] - 1) < 1e-9);
}

/* Rows of one or two columns, each a field of that kind. */
static void make(kith_link_store *store, kith_link_data *data, kith_link_model *model, kith_link_kind a, kith_link_kind b, uint32_t rows,
                 void (*write)(uint32_t row, char x[64], char y[64])) {
    kith_str names[] = {KITH_STR("x"), KITH_STR("y")};
    kith_header header = {.n = 2, .names = names, .delimiter = '|'};
    kith_error err;
    model->n_fields = 2;
    model->field[0] = (kith_link_field){.name = "x", .kind = a, .n_columns = 1, .column = {"x"}};
    model->field[1] = (kith_link_field){.name = "y", .kind = b, .n_columns = 1, .column = {"y"}};
    assert_int_equal(kith_link_store_init(store, &header, &err), KITH_OK);
    for (uint32_t r = 0; r < rows; r++) {
        char x[64] = "", y[64] = "";
        write(r, x, y);
        kith_str cells[] = {kith_str_of(x), kith_str_of(y)};
        assert_int_equal(kith_link_store_add_cells(store, cells, '|', &err), KITH_OK);
    }
    assert_int_equal(kith_link_data_build(data, store, model, false, 2, &err), KITH_OK);
}

static void threes(uint32_t row, char x[64], char y[64]) { /* three rows a code; 13,333 threes and one */
    snprintf(x, 64, "k%06u", row / 3);
    snprintf(y, 64, "%s %s", row % 3 == 2 ? "common" : "one", row % 3 == 1 ? "another" : "word");
}

static int count_visit(void *ctx, int worker, uint32_t i, uint32_t j, int key) {
    (void)worker;
    uint64_t *n = ctx;
    assert_true(i < j && j / 3 == i / 3 && key == 0);
    __atomic_add_fetch(n, 1, __ATOMIC_RELAXED);
    return KITH_OK;
}

/* Blocks that stand across the border of two tasks (32,768 entries, not a multiple of three) lose no pair and give none twice. */
static void borders(void **state) {
    (void)state;
    kith_link_store store;
    kith_link_data data;
    kith_error err;
    kith_link_pairs pairs;
    kith_link_model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    make(&store, &data, model, KITH_LINK_CODE, KITH_LINK_TEXT, 40000, threes);
    model->n_keys = 1;
    model->key[0] = (kith_link_key){.n = 1}; /* x.equal */
    for (int threads = 1; threads <= 3; threads++) {
        uint64_t n = 0;
        assert_int_equal(kith_link_run_pairs(&data, 1, threads, count_visit, &n, &pairs, &err), KITH_OK);
        assert_int_equal(n, 3 * 13333);
        assert_int_equal(pairs.candidates, n);
        assert_int_equal(pairs.oversized, 0);
    }
    for (int threads = 1; threads <= 3; threads += 2) { /* and are counted by what they are: two of three words are another's */
        kith_link_patterns p = {0};
        kith_link_fit_options o = {.threads = threads};
        double n = 0;
        model->fitting.share = 1;
        assert_int_equal(kith_link_fit_count(&data, model, &o, &p, &err), KITH_OK);
        for (size_t i = 0; i < p.n; i++) n += p.count[i];
        assert_true(n == 3 * 13333 && p.all == 40000. * 39999 / 2 && p.n >= 2 && p.n <= 4);
        kith_link_patterns_free(&p);
    }
    kith_link_data_free(&data);
    kith_link_store_free(&store);
    free(model);
}

static int pass_by(void *ctx, int worker, uint32_t i, uint32_t j, int key) {
    (void)ctx, (void)worker, (void)i, (void)j, (void)key;
    return KITH_OK;
}

static void hundreds(uint32_t row, char x[64], char y[64]) { /* 100 of one code, 101 of another; the words tell three of those apart */
    snprintf(x, 64, row < 100 ? "aaa111" : "bbb222");
    snprintf(y, 64, "%s", row < 198 ? "" : row < 200 ? "rare words" : "other");
}

/* A block of 100 is paired, one of 101 is not: its records are alone, but for those that another key brings together. */
static void alone(void **state) {
    (void)state;
    kith_link_store store;
    kith_link_data data;
    kith_error err;
    kith_link_pairs pairs;
    kith_link_model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    make(&store, &data, model, KITH_LINK_CODE, KITH_LINK_TEXT, 201, hundreds);
    model->n_keys = 2;
    model->key[0] = (kith_link_key){.n = 1}; /* x.equal */
    model->key[1] = (kith_link_key){.n = 1}; /* y.equal */
    model->key[1].part[0].field = 1;
    assert_int_equal(kith_link_run_pairs(&data, 1, 2, pass_by, NULL, &pairs, &err), KITH_OK);
    assert_int_equal(pairs.candidates, 100 * 99 / 2 + 1);
    assert_int_equal(pairs.oversized, 1);
    assert_int_equal(pairs.dropped_pairs, 101 * 100 / 2);
    assert_int_equal(pairs.alone, 99);
    kith_link_data_free(&data);
    kith_link_store_free(&store);
    free(model);
}

static int under(void *ctx, int worker, uint32_t i, uint32_t j, int key) {
    (void)worker;
    ((int *)ctx)[i * 8 + j] += 1 + key;
    return KITH_OK;
}

/* A pair stands under the first key that brings it together, once: rows 0, 1 and 2 have a code; of their words 0 and 1 share one, 2 none. */
static void first_key(void **state) {
    (void)state;
    int seen[64] = {0};
    kith_link_store store;
    kith_link_data data;
    kith_error err;
    kith_link_pairs pairs;
    kith_link_model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    make(&store, &data, model, KITH_LINK_CODE, KITH_LINK_TEXT, 3, threes); /* "one word", "one another", "common word" */
    model->n_keys = 2;
    model->key[0] = (kith_link_key){.n = 1};
    model->key[0].part[0].field = 1, model->key[0].part[0].atom = 1; /* y.words */
    model->key[1] = (kith_link_key){.n = 1};                         /* x.equal */
    assert_int_equal(kith_link_run_pairs(&data, 1, 1, under, seen, &pairs, &err), KITH_OK);
    assert_int_equal(seen[0 * 8 + 1], 1); /* one */
    assert_int_equal(seen[0 * 8 + 2], 1); /* word */
    assert_int_equal(seen[1 * 8 + 2], 2); /* no word: by the code */
    assert_int_equal(pairs.candidates, 3);
    kith_link_data_free(&data);
    kith_link_store_free(&store);
    free(model);
}

/* Each record has one partner: the heaviest pairs first, of equal ones that of the first rows; what is left stays in order. */
static void one_to_one(void **state) {
    (void)state;
    kith_link_data data = {.rows = 5};
    kith_error err;
    kith_link_edge e[] = {{0, 3, 10, 0, 0}, {0, 4, 12, 0, 0}, {1, 3, 9, 0, 0}, {1, 4, 11, 0, 0}, {2, 3, 9, 0, 0}};
    size_t n = 5;
    assert_int_equal(kith_link_one_to_one(&data, e, &n, &err), KITH_OK);
    assert_int_equal(n, 2);
    assert_true(e[0].i == 0 && e[0].j == 4 && e[1].i == 1 && e[1].j == 3);
    n = 0;
    assert_int_equal(kith_link_one_to_one(&data, e, &n, &err), KITH_OK);
    assert_int_equal(n, 0);
}

static void crowds(uint32_t row, char x[64], char y[64]) { /* two crowds of a hundred, each of one code and one birthday */
    const char *const codes[] = {"abc123", "xyz789"}, *const days[] = {"1980-02-03", "1991-10-27"};
    int k = row < 100 ? 0 : 1;
    snprintf(x, 64, "%s", codes[k]);
    snprintf(y, 64, "%s", days[k]);
}

/* Components of more records than are weighed all with all are cut at rising weights: two crowds that one weak pair joins come
 * apart. */
static void large_components(void **state) {
    (void)state;
    enum { ROWS = 200 };
    kith_link_store store;
    kith_link_data data;
    kith_error err;
    kith_link_model *model = calloc(1, sizeof *model);
    kith_link_edge *e = calloc(ROWS, sizeof *e);
    assert_true(model && e);
    make(&store, &data, model, KITH_LINK_CODE, KITH_LINK_DATE, ROWS, crowds);
    model->prior = .3;
    for (int f = 0; f < 2; f++) /* 13 bits for each that agrees, −13 for each that does not */
        for (int l = 1; l < KITH_LINK_LEVELS; l++) model->field[f].m[l] = l < 8 ? 1e-4 : .1, model->field[f].u[l] = l < 8 ? .14 : 1e-5;
    size_t n = 0;
    for (uint32_t r = 0; r + 1 < ROWS; r++)
        e[n++] = (kith_link_edge){r, r + 1, r == 99 ? 1 : 25, 0, 0};
    for (int threads = 1; threads <= 2; threads++) {
        kith_link_clusters c;
        assert_int_equal(kith_link_cluster(&data, e, n, threads, &c, &err), KITH_OK);
        assert_int_equal(c.n, 2);
        for (uint32_t r = 0; r < ROWS; r++) assert_int_equal(c.cluster[r], r < 100 ? 0 : 100);
        assert_true(c.probability[0] > .999);
        kith_link_clusters_free(&c);
    }
    kith_link_data_free(&data);
    kith_link_store_free(&store);
    free(model), free(e);
}

/* Of fields of names and houses alone, that in which people of one house differ is their own: it tells a household from a person. With a
 * birthday there is something better, and none is singled out. */
static void personal_names(void **state) {
    (void)state;
    static const char *const given[] = {"Ann", "Bert", "Cora", "Dave", "Edna", "Finn", "Gwen", "Hugo", "Ida", "Jack"};
    for (int born = 0; born < 2; born++) {
        kith_str names[] = {KITH_STR("given"), KITH_STR("family"), KITH_STR("street"), KITH_STR("born")}, cells[4];
        kith_header header = {.n = 4, .names = names, .delimiter = '|'};
        kith_link_store store;
        kith_link_data data;
        kith_error err;
        kith_link_fit_options o = {.threads = 1, .seed = 1};
        kith_link_model *model = calloc(1, sizeof *model);
        assert_non_null(model);
        static const kith_link_kind kinds[] = {KITH_LINK_NAME, KITH_LINK_NAME, KITH_LINK_ADDRESS, KITH_LINK_DATE};
        model->n_fields = 3 + (uint32_t)born;
        for (uint32_t f = 0; f < model->n_fields; f++) {
            model->field[f] = (kith_link_field){.kind = kinds[f], .n_columns = 1, .day_first = true};
            memcpy(model->field[f].name, names[f].p, names[f].n);
            memcpy(model->field[f].column[0], names[f].p, names[f].n);
        }
        assert_int_equal(kith_link_store_init(&store, &header, &err), KITH_OK);
        for (unsigned r = 0; r < 240; r++) { /* 60 houses, three people each, one of them twice */
            char family[32], street[48], day[32];
            unsigned house = r / 4, person = r % 4 % 3;
            snprintf(family, sizeof family, "%c%c%c%cson", 'A' + (int)(house % 26), "aeiou"[house % 5], 'k' + (int)(house / 26), "aeiou"[house / 5 % 5]);
            snprintf(street, sizeof street, "%u %c%cm road", 10 + house, 'B' + (int)(house % 7), "aeiou"[house / 7 % 5]);
            snprintf(day, sizeof day, "%u-%02u-%02u", 1950 + (house * 7 + person * 11) % 50, 1 + (house + person * 5) % 12, 1 + (house * 3 + person) % 28);
            cells[0] = kith_str_of(given[(house + 3 * person) % 10]);
            cells[1] = kith_str_of(family), cells[2] = kith_str_of(street), cells[3] = kith_str_of(day);
            assert_int_equal(kith_link_store_add_cells(&store, cells, '|', &err), KITH_OK);
        }
        assert_int_equal(kith_link_data_build(&data, &store, model, true, 1, &err), KITH_OK);
        assert_int_equal(kith_link_fit(&data, model, &o, &err), KITH_OK);
        assert_int_equal(model->field[0].shared[1], born); /* given */
        assert_int_equal(model->field[1].shared[1], 1);    /* family */
        assert_int_equal(model->field[2].shared[1], 2);    /* the house itself */
        kith_link_data_free(&data);
        kith_link_store_free(&store);
        free(model);
    }
}

/* Names that addresses are made of have been counted: alike addresses of people of one name say nothing more. A name that the fit took for
 * idle counts where it is equal. dixon and dicksonx have a similarity of .813 (Winkler 1990). */
static void names_in_addresses(void **state) {
    (void)state;
    static const struct {
        kith_link_kind kind;
        const char *name[2], *mail[2];
        int level;
    } cases[] = {
        {KITH_LINK_NAME, {"dixon", "jones"}, {"dixon@a.org", "dicksonx@b.org"}, 3},
        {KITH_LINK_NAME, {"dixon", "dixon"}, {"dixon@a.org", "dicksonx@b.org"}, 0},
        {KITH_LINK_NAME, {"dixon", "dixom"}, {"dixon@a.org", "dicksonx@b.org"}, 0},
        {KITH_LINK_IGNORE, {"dixon", "jones"}, {"dixon@a.org", "dicksonx@b.org"}, 3},
        {KITH_LINK_IGNORE, {"dixon", "dixon"}, {"dixon@a.org", "dicksonx@b.org"}, 0},
        {KITH_LINK_NAME, {"robert", "robert"}, {"robert25@a.org", "robert_255@b.org"}, 5}, /* all letters: more than one name */
        {KITH_LINK_TEXT, {"robert hall", "robert hall"}, {"robert25@a.org", "robert_255@b.org"}, 0},
        {KITH_LINK_NAME, {"dixon", "dixon"}, {"dixon@a.org", "dixom@b.org"}, 6}, /* an edit is another matter */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kith_str names[] = {KITH_STR("x"), KITH_STR("y")};
        kith_header header = {.n = 2, .names = names, .delimiter = '|'};
        kith_link_store store;
        kith_link_data data;
        kith_error err;
        kith_link_model *model = calloc(1, sizeof *model);
        assert_non_null(model);
        model->n_fields = 2;
        model->field[0] = (kith_link_field){.name = "x", .kind = cases[i].kind, .in_email = true, .n_columns = 1, .column = {"x"}};
        model->field[1] = (kith_link_field){.name = "y", .kind = KITH_LINK_EMAIL, .n_columns = 1, .column = {"y"}};
        assert_int_equal(kith_link_store_init(&store, &header, &err), KITH_OK);
        for (int r = 0; r < 2; r++) {
            kith_str cells[] = {kith_str_of(cases[i].name[r]), kith_str_of(cases[i].mail[r])};
            assert_int_equal(kith_link_store_add_cells(&store, cells, '|', &err), KITH_OK);
        }
        assert_int_equal(kith_link_data_build(&data, &store, model, false, 1, &err), KITH_OK);
        kith_link_memo *memo = kith_link_memo_new(&data);
        assert_non_null(memo);
        int level = kith_link_level(kith_link_pattern(&data, memo, 0, 1), 1);
        if (level != cases[i].level) fail_msg("case %zu: level %d, not %d", i, level, cases[i].level);
        kith_link_memo_free(memo);
        kith_link_data_free(&data);
        kith_link_store_free(&store);
        free(model);
    }
}

/* The interval holds the truth about as often as it says, with a model that is far too sure of itself. */
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
                                       cmocka_unit_test(measures), cmocka_unit_test(levels),   cmocka_unit_test(powered),
                                       cmocka_unit_test(labelled), cmocka_unit_test(borders),  cmocka_unit_test(first_key),
                                       cmocka_unit_test(one_to_one), cmocka_unit_test(large_components), cmocka_unit_test(personal_names),
                                       cmocka_unit_test(names_in_addresses), cmocka_unit_test(alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
