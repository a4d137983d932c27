/* Encoding, logistic models, trees, calibration: against scikit-learn's figures and their own laws. */
#include "unit.h"

#include "sample.h"

#include <kith/frame.h>
#include <kith/metrics.h>
#include <string.h>

static sample s;
static kith_arena *arena;
static kith_error err;

static int start(void **state) {
    (void)state;
    sample_make(&s);
    arena = kith_arena_new();
    return arena ? 0 : -1;
}

static int stop(void **state) {
    (void)state;
    kith_arena_free(arena);
    return 0;
}

static void near(double a, double b, double tolerance) {
    if (!(fabs(a - b) <= tolerance)) fail_msg("%.15g is not %.15g", a, b);
}

static void encoded(kith_encoding *e, kith_design *d) {
    assert_int_equal(kith_encoding_fit(&s.frame, NULL, PEOPLE, arena, e, &err), KITH_OK);
    assert_int_equal(kith_encode(e, &s.frame, NULL, PEOPLE, arena, d, &err), KITH_OK);
}

static void l2_is_the_exact_optimum(void **state) {
    (void)state;
    kith_encoding e;
    kith_design d;
    kith_linear fit;
    encoded(&e, &d);
    assert_int_equal(d.width, 6);
    assert_int_equal(kith_logistic_fit(&d, s.y, NULL, NULL, arena, &fit, &err), KITH_OK);
    assert_true(fit.converged);
    static const double weight[] = {0.4708783293876543, 0.005262088485828732,
                                    -0.6719050181220203, -0.342709864775322, 0.8464968435813897, 0.16811762629178917};
    near(fit.objective, 244.17409469442896, 1e-9);
    near(fit.intercept, -0.5445886068808394, 1e-6);
    for (int j = 0; j < 6; j++) near(fit.weight[j], weight[j], 1e-6);
    char name[64];
    kith_encoded_name(&e, 4, name, sizeof name);
    assert_string_equal(name, "job=2");
}

static void elastic_net_is_the_exact_optimum(void **state) {
    (void)state;
    kith_encoding e;
    kith_design d;
    kith_linear fit;
    encoded(&e, &d);
    kith_linear_options o = {.c = .1, .l1_ratio = .5};
    assert_int_equal(kith_logistic_fit(&d, s.y, NULL, &o, arena, &fit, &err), KITH_OK);
    static const double weight[] = {0.3702025387671325, 0, -0.31173539596080124, -0.09381063895857825, 0.5678824686232712, 0};
    assert_true(fit.converged);
    near(fit.objective, 25.543960815906225, 1e-10);
    for (int j = 0; j < 6; j++) near(fit.weight[j], weight[j], 1e-6);
    assert_true(fit.weight[1] == 0 && fit.weight[5] == 0);
}

/* A penalised logistic model of one factor alone, by bisection: each level's weight is where C (yes - n p) = w, and the intercept where the
 * weights sum to 0, since it is not penalised. */
static double weight_of(double n, double yes, double b) {
    double low = -50, high = 50;
    for (int step = 0; step < 70; step++) {
        double w = (low + high) / 2;
        if (yes - n / (1 + exp(-w - b)) > w) low = w;
        else high = w;
    }
    return (low + high) / 2;
}

static void wide_designs_have_the_same_optimum(void **state) {
    /* 1,600 levels of four kinds, too many for the direct solution: people of a level and how many of them said yes */
    (void)state;
    enum { LEVELS = 1600, KINDS = 4 };
    static const int people[KINDS] = {5, 2, 4, 4}, yes[KINDS] = {3, 0, 1, 4};
    size_t rows = 0;
    for (int k = 0; k < KINDS; k++) rows += (size_t)people[k] * LEVELS / KINDS;
    int32_t *level = kith_arena_alloc(arena, rows * sizeof *level);
    double *y = kith_arena_alloc(arena, rows * sizeof *y), low = -20, high = 20;
    assert_true(level && y);
    size_t n = 0;
    for (int l = 0; l < LEVELS; l++)
        for (int i = 0; i < people[l % KINDS]; i++, n++) {
            level[n] = l;
            y[n] = i < yes[l % KINDS];
        }
    kith_design d = {.rows = rows, .width = LEVELS, .factors = 1, .level = level};
    kith_linear fit;
    assert_int_equal(kith_logistic_fit(&d, y, NULL, NULL, arena, &fit, &err), KITH_OK);
    assert_true(fit.converged);
    for (int step = 0; step < 60; step++) {
        double b = (low + high) / 2, sum = 0;
        for (int k = 0; k < KINDS; k++) sum += weight_of(people[k], yes[k], b);
        if (sum > 0) low = b;
        else high = b;
    }
    near(fit.intercept, low, 1e-8);
    for (int l = 0; l < LEVELS; l++) near(fit.weight[l], weight_of(people[l % KINDS], yes[l % KINDS], low), 1e-8);
    d.width = 8001;
    assert_int_equal(kith_logistic_fit(&d, y, NULL, NULL, arena, &fit, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "8001 encoded columns"));
}

static void without_a_single_best_fit_there_is_none(void **state) {
    /* a prior that says nothing, and a level that no one has: any weight is as good */
    (void)state;
    int32_t level[] = {0, 0, 1, 1};
    double y[] = {0, 1, 1, 1}, mean[4] = {0}, precision[16] = {0};
    kith_design d = {.rows = 4, .width = 3, .factors = 1, .level = level};
    kith_linear_options o = {.prior_mean = mean, .prior_precision = precision};
    kith_linear fit;
    assert_int_equal(kith_logistic_fit(&d, y, NULL, &o, arena, &fit, &err), KITH_DATA);
    assert_int_equal(kith_ridge_fit(&d, y, NULL, &o, arena, &fit, &err), KITH_DATA);
    d.rows = 0;
    assert_int_equal(kith_logistic_fit(&d, y, NULL, &o, arena, &fit, &err), KITH_DATA);
}

static void posteriors_add(void **state) {
    /* two halves one after the other, the second with the first's posterior as its prior, come near to all at once */
    (void)state;
    kith_encoding e;
    kith_design d, half;
    kith_linear all, first, second;
    encoded(&e, &d);
    assert_int_equal(kith_logistic_fit(&d, s.y, NULL, NULL, arena, &all, &err), KITH_OK);
    half = d;
    half.rows = PEOPLE / 2;
    kith_linear_options o = {.posterior = true};
    assert_int_equal(kith_logistic_fit(&half, s.y, NULL, &o, arena, &first, &err), KITH_OK);
    double mean[7];
    memcpy(mean, first.weight, 6 * sizeof *mean);
    mean[6] = first.intercept;
    o = (kith_linear_options){.prior_mean = mean, .prior_precision = first.precision};
    half.number += PEOPLE / 2 * half.numbers;
    half.level += PEOPLE / 2 * half.factors;
    assert_int_equal(kith_logistic_fit(&half, s.y + PEOPLE / 2, NULL, &o, arena, &second, &err), KITH_OK);
    for (int j = 0; j < 6; j++) near(second.weight[j], all.weight[j], .05);
    near(second.intercept, all.intercept, .05);
}

static void missing_and_unseen_values_have_their_place(void **state) {
    (void)state;
    sample t = s;
    int32_t job[PEOPLE];
    memcpy(job, s.job, sizeof job);
    t.features[0].number = t.age;
    t.features[1].level = job;
    t.features[2].number = t.spend;
    t.frame.features = t.features;
    t.age[3] = NAN;
    job[5] = -1;
    kith_encoding e;
    kith_design d;
    assert_int_equal(kith_encoding_fit(&t.frame, NULL, PEOPLE, arena, &e, &err), KITH_OK);
    assert_int_equal(e.width, 8);
    assert_int_equal(kith_encode(&e, &t.frame, NULL, PEOPLE, arena, &d, &err), KITH_OK);
    assert_true(d.number[3 * 2] == 0);
    assert_int_equal(d.level[3 * 2], e.coded[0].missing);
    assert_int_equal(d.level[5 * 2 + 1], e.coded[1].missing);
    static const char *const others[] = {"1", "7"}; /* a file with other levels: 7 is unseen */
    for (int i = 0; i < PEOPLE; i++) job[i] = i % 2;
    t.features[1].levels = others;
    t.features[1].n_levels = 2;
    assert_int_equal(kith_encode(&e, &t.frame, NULL, PEOPLE, arena, &d, &err), KITH_OK);
    assert_int_equal(d.level[0 * 2 + 1], (int)e.coded[1].first + 1);
    assert_int_equal(d.level[1 * 2 + 1], -1);
}

static void what_cannot_be_learned_is_refused(void **state) {
    (void)state;
    kith_encoding e;
    kith_design d;
    kith_linear fit;
    kith_forest forest;
    double none[PEOPLE] = {0};
    encoded(&e, &d);
    assert_int_equal(kith_logistic_fit(&d, none, NULL, NULL, arena, &fit, &err), KITH_DATA);
    kith_tree_options o = {.trees = 3};
    assert_int_equal(kith_trees_fit(&s.frame, &e, NULL, PEOPLE, none, NULL, &o, arena, &forest, &err), KITH_DATA);
    assert_int_equal(kith_encoding_fit(&s.frame, NULL, 0, arena, &e, &err), KITH_DATA);
    for (int i = 0; i < PEOPLE; i++) s.spend[i] = 1; /* a constant column takes no part */
    assert_int_equal(kith_encoding_fit(&s.frame, NULL, PEOPLE, arena, &e, &err), KITH_OK);
    assert_true(e.coded[2].left_out);
    assert_int_equal(e.width, 5);
    sample_make(&s);
    for (int i = 0; i < PEOPLE; i++) none[i] = s.age[i] > 45; /* perfect separation: still a finite optimum */
    encoded(&e, &d);
    assert_int_equal(kith_logistic_fit(&d, none, NULL, NULL, arena, &fit, &err), KITH_OK);
    assert_true(fit.converged);
}

/* Many people, so that several threads take part. */
static void trees_are_the_same_for_any_threads(void **state) {
    (void)state;
    enum { N = 300000 };
    double *number = kith_arena_alloc(arena, N * sizeof *number), *y = kith_arena_alloc(arena, N * sizeof *y);
    int32_t *level = kith_arena_alloc(arena, N * sizeof *level);
    assert_true(number && y && level);
    kith_random r;
    kith_random_start(&r, 1, "test", 0);
    for (int i = 0; i < N; i++) {
        number[i] = i % 97 == 0 ? NAN : kith_random_normal(&r);
        level[i] = (int32_t)kith_random_below(&r, 4);
        y[i] = kith_random_unit(&r) < kith_logistic((isnan(number[i]) ? 1 : number[i]) + (level[i] == 2));
    }
    kith_feature f[] = {{.name = "x", .number = number},
                        {.name = "job", .is_level = true, .level = level, .levels = s.features[1].levels, .n_levels = 4}};
    kith_frame frame = {N, 2, f};
    kith_encoding e;
    kith_forest one, three;
    assert_int_equal(kith_encoding_fit(&frame, NULL, N, arena, &e, &err), KITH_OK);
    kith_tree_options o = {.trees = 5, .lambda = -1, .threads = 1};
    assert_int_equal(kith_trees_fit(&frame, &e, NULL, N, y, NULL, &o, arena, &one, &err), KITH_OK);
    o.threads = 3;
    assert_int_equal(kith_trees_fit(&frame, &e, NULL, N, y, NULL, &o, arena, &three, &err), KITH_OK);
    assert_int_equal(one.n_nodes, three.n_nodes);
    for (size_t i = 0; i < one.n_nodes; i++) {
        assert_true(one.nodes[i].value == three.nodes[i].value && one.nodes[i].threshold == three.nodes[i].threshold);
        assert_int_equal(one.nodes[i].feature, three.nodes[i].feature);
    }
}

static void reasons_add_up_to_the_score(void **state) {
    (void)state;
    kith_encoding e;
    kith_design d;
    kith_forest forest;
    encoded(&e, &d);
    kith_tree_options o = {.trees = 40, .rate = .1, .lambda = -1};
    assert_int_equal(kith_trees_fit(&s.frame, &e, NULL, PEOPLE, s.y, NULL, &o, arena, &forest, &err), KITH_OK);
    int32_t **map;
    double score[PEOPLE], auc;
    assert_int_equal(kith_level_map(&e, &s.frame, arena, &map, &err), KITH_OK);
    kith_trees_predict(&forest, &s.frame, map, NULL, PEOPLE, score);
    for (size_t i = 0; i < PEOPLE; i += 37) {
        double parts[3] = {0}, sum = kith_trees_reasons(&forest, &s.frame, map, i, parts);
        near(sum + parts[0] + parts[1] + parts[2], score[i], 1e-12);
    }
    assert_int_equal(kith_auc(score, s.y, PEOPLE, &auc, &err), KITH_OK);
    assert_true(auc > .8);
}

static void monotone_constraints_hold(void **state) {
    (void)state;
    kith_encoding e;
    kith_design d;
    kith_forest forest;
    encoded(&e, &d);
    static const int8_t sign[] = {-1, 0, 0};
    kith_tree_options o = {.trees = 40, .rate = .1, .lambda = -1, .min_leaf = 5, .monotone = sign};
    assert_int_equal(kith_trees_fit(&s.frame, &e, NULL, PEOPLE, s.y, NULL, &o, arena, &forest, &err), KITH_OK);
    int32_t **map;
    double score[PEOPLE];
    assert_int_equal(kith_level_map(&e, &s.frame, arena, &map, &err), KITH_OK);
    for (int i = 0; i < PEOPLE; i++) {
        s.age[i] = 20 + i / 8;
        s.job[i] = 1;
        s.spend[i] = 30;
    }
    kith_trees_predict(&forest, &s.frame, map, NULL, PEOPLE, score);
    for (int i = 1; i < PEOPLE; i++) assert_true(score[i] <= score[i - 1] + 1e-12);
    sample_make(&s);
}

static void calibration_agrees_with_scikit_learn(void **state) {
    (void)state;
    kith_encoding e;
    kith_design d;
    kith_linear fit;
    double p[PEOPLE];
    encoded(&e, &d);
    assert_int_equal(kith_logistic_fit(&d, s.y, NULL, NULL, arena, &fit, &err), KITH_OK);
    kith_linear_predict(&fit, &d, p);
    for (int i = 0; i < PEOPLE; i++) p[i] = nearbyint(kith_logistic(p[i]) * 100) / 100;
    kith_calibration c;
    assert_int_equal(kith_calibration_fit(KITH_CALIBRATION_ISOTONIC, p, s.y, NULL, PEOPLE, arena, &c, &err), KITH_OK);
    static const double at[] = {.05, .2, .33, .5, .61, .9};
    static const double to[] = {0.0, 0.17857142857142858, 0.3728813559322034, 0.4864864864864865, 0.6280193236714976, 1.0};
    for (int i = 0; i < 6; i++) near(kith_calibrate(&c, at[i]), to[i], 1e-12);
    double logit[PEOPLE];
    for (int i = 0; i < PEOPLE; i++) logit[i] = 3 * log(p[i] / (1 - p[i])) + 1; /* Platt undoes a line */
    assert_int_equal(kith_calibration_fit(KITH_CALIBRATION_PLATT, logit, s.y, NULL, PEOPLE, arena, &c, &err), KITH_OK);
    near(c.slope, 1.0 / 3, .1);
}

static void uncalibrated_scores_are_log_odds(void **state) {
    (void)state;
    static const double score[] = {-1, 0, 2}, y[] = {0, 1, 1};
    kith_calibration c;
    assert_int_equal(kith_calibration_fit(KITH_CALIBRATION_NONE, score, y, NULL, 3, arena, &c, &err), KITH_OK);
    for (int i = 0; i < 3; i++) near(kith_calibrate(&c, score[i]), 1 / (1 + exp(-score[i])), 1e-15);
    assert_int_equal(kith_calibration_fit(KITH_CALIBRATION_ISOTONIC, score, y, NULL, 0, arena, &c, &err), KITH_DATA);
}

static void reasons_of_missing_values_add_up(void **state) {
    (void)state;
    int32_t job[PEOPLE];
    memcpy(job, s.job, sizeof job);
    kith_feature features[3];
    memcpy(features, s.features, sizeof features);
    features[1].level = job;
    job[5] = job[9] = -1;
    s.age[5] = NAN;
    kith_frame frame = {PEOPLE, 3, features};
    kith_lead lead = {.calibration = {.slope = 1}};
    kith_design d;
    double score[PEOPLE];
    int32_t **map;
    assert_int_equal(kith_encoding_fit(&frame, NULL, PEOPLE, arena, &lead.encoding, &err), KITH_OK);
    assert_int_equal(kith_encode(&lead.encoding, &frame, NULL, PEOPLE, arena, &d, &err), KITH_OK);
    assert_int_equal(kith_logistic_fit(&d, s.y, NULL, NULL, arena, &lead.linear, &err), KITH_OK);
    kith_linear_predict(&lead.linear, &d, score);
    assert_int_equal(kith_level_map(&lead.encoding, &frame, arena, &map, &err), KITH_OK);
    double sum[3] = {0};
    for (size_t i = 0; i < PEOPLE; i++) {
        double parts[3], constant = kith_lead_reasons(&lead, &frame, map, i, parts);
        near(constant + parts[0] + parts[1] + parts[2], score[i], 1e-12);
        for (int j = 0; j < 3; j++) sum[j] += parts[j];
    }
    for (int j = 0; j < 3; j++) near(sum[j], 0, 1e-9); /* parts are about the average of those learned from */
    sample_make(&s);
}

static void folds_divide_the_rows(void **state) {
    (void)state;
    kith_folds f;
    size_t *rows, n;
    assert_int_equal(kith_folds_mod(10, 5, arena, &f, &err), KITH_OK);
    assert_int_equal(kith_fold_rows(&f, 10, 2, true, arena, &rows, &n, &err), KITH_OK);
    assert_int_equal(n, 2);
    assert_int_equal(rows[1], 7);
    uint64_t key[6000];
    size_t in[5] = {0};
    for (size_t i = 0; i < 6000; i++) key[i] = i % 2000 * 7;
    assert_int_equal(kith_folds_group(key, 6000, 5, 1, arena, &f, &err), KITH_OK);
    for (size_t i = 0; i < 6000; i++) {
        assert_int_equal(f.of[i], f.of[i % 2000]); /* groups stay together */
        in[f.of[i]]++;
    }
    for (int k = 0; k < 5; k++) near((double)in[k] / 3, 400, 4 * sqrt(2000 * .2 * .8));
    f = (kith_folds){.n = 2, .of = (int32_t[]){0, 0, 0}};
    assert_int_equal(kith_fold_rows(&f, 3, 1, true, arena, &rows, &n, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "no test rows"));
    assert_int_equal(kith_fold_rows(&f, 3, 0, false, arena, &rows, &n, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "no training rows"));
    assert_int_equal(kith_folds_mod(1, 5, arena, &f, &err), KITH_DATA);
    double time[] = {5, 1, 4, 2, 3};
    assert_int_equal(kith_folds_time(time, 5, arena, &f, &err), KITH_OK);
    assert_int_equal(f.of[0], 0);
    assert_int_equal(f.of[2], -1);
    time[0] = NAN; /* without a time: trained on */
    assert_int_equal(kith_folds_time(time, 5, arena, &f, &err), KITH_OK);
    assert_true(f.of[0] == -1 && f.of[2] == 0);
    double bad[] = {1.5, 2};
    assert_int_equal(kith_folds_mod_of(bad, 2, 2, arena, &f, &err), KITH_DATA);
}

/* A column of zeros and ones that holds the outcome in `right` of 50 rows on either side alone ranks it with an AUC of right / 50. */
static void leaks_are_named(void **state) {
    (void)state;
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const struct {
        int right[3];
        const char *want;
    } cases[] = {
        {{40, 30, 25}, "!column c0 (AUC 0.800 alone) stands far above every other column (0.600): was it known before the outcome?\n"},
        {{40, 38, 25}, ""},
        {{37, 25, 25}, ""},
        {{48, 47, 25}, "!column c0 alone ranks the outcome with an AUC of 0.960: it may hold what is known only afterwards (--drop)\n"},
    };
    static const char *const names[] = {"c0", "c1", "c2"};
    static double y[100], column[3][100];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t o = 0; o < 6; o++) {
            kith_feature features[3] = {{0}};
            for (int i = 0; i < 100; i++) y[i] = i % 2;
            for (int j = 0; j < 3; j++) {
                int k = orders[o][j];
                for (int i = 0; i < 100; i++) column[k][i] = i / 2 < cases[c].right[k] ? y[i] : 1 - y[i];
                features[j] = (kith_feature){.name = names[k], .number = column[k]};
            }
            kith_frame frame = {100, 3, features};
            kith_buf warnings = {0};
            assert_int_equal(kith_frame_leaks(&frame, y, NULL, NULL, &warnings, &err), KITH_OK);
            kith_buf_putc(&warnings, 0);
            assert_string_equal(warnings.p, cases[c].want);
            kith_buf_free(&warnings);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(l2_is_the_exact_optimum),      cmocka_unit_test(elastic_net_is_the_exact_optimum),
        cmocka_unit_test(wide_designs_have_the_same_optimum), cmocka_unit_test(without_a_single_best_fit_there_is_none),
        cmocka_unit_test(uncalibrated_scores_are_log_odds), cmocka_unit_test(reasons_of_missing_values_add_up),
        cmocka_unit_test(posteriors_add),               cmocka_unit_test(missing_and_unseen_values_have_their_place),
        cmocka_unit_test(what_cannot_be_learned_is_refused), cmocka_unit_test(trees_are_the_same_for_any_threads),
        cmocka_unit_test(reasons_add_up_to_the_score),  cmocka_unit_test(monotone_constraints_hold),
        cmocka_unit_test(calibration_agrees_with_scikit_learn), cmocka_unit_test(folds_divide_the_rows),
        cmocka_unit_test(leaks_are_named)};
    return cmocka_run_group_tests(tests, start, stop);
}
