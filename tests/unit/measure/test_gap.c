/* Gaps: intervals cover on simulated brands, with and without labels; labels narrow them; the edges. */
#include "unit.h"

#include <kith/gap.h>
#include <kith/gap_report.h>
#include <kith/lexicon.h>
#include <math.h>
#include <string.h>

enum { CELLS = 24, REFERENCES = 40, N = 150 };

/* A market of brands: class rates .1 .15 .6, plus an error of the brand (sd .06) and of the cell (sd .03). */
static double simulate(kith_random *r, kith_gap_cell *cells, double *truth, size_t n_labels, bool reference) {
    static const double rate[3] = {.1, .15, .6}, mix[3] = {.25, .45, .3};
    memset(cells, 0, (CELLS + REFERENCES) * sizeof *cells);
    double own = .06 * kith_random_normal(r), brand[4];
    for (int b = 0; b < 4; b++) brand[b] = .06 * kith_random_normal(r);
    for (int i = 0; i < CELLS + REFERENCES; i++) {
        kith_gap_cell *c = &cells[i];
        double error = (i < CELLS ? own : brand[(i - CELLS) % 4]) + .03 * kith_random_normal(r), yes = 0;
        c->reference = i >= CELLS;
        c->brand = c->reference ? (size_t)(i - CELLS) % 4 : 0;
        if (c->reference && !reference) continue;
        for (int m = 0; m < N; m++) {
            double u = kith_random_unit(r);
            int k = u < mix[0] ? 0 : u < mix[0] + mix[1] ? 1 : 2;
            bool wanted = kith_random_unit(r) < rate[k] + error;
            bool labelled = c->reference || (size_t)m < n_labels;
            c->mentions[k]++;
            yes += wanted;
            c->labelled[k] += labelled;
            c->wanted[k] += labelled && wanted;
        }
        if (i < CELLS) truth[i] = yes / N;
    }
    return 0;
}

static void covers(void **state) {
    (void)state;
    kith_random r;
    kith_random_start(&r, 2, "gap", 0);
    kith_gap_belief belief = kith_gap_default_belief(false);
    static kith_gap_cell cells[CELLS + REFERENCES];
    double truth[CELLS], width[3] = {0};
    int hit[3] = {0}, runs = 100;
    for (int run = 0; run < runs; run++)
        for (int mode = 0; mode < 3; mode++) { /* labels alone; reference alone; both */
            simulate(&r, cells, truth, mode == 1 ? 0 : 8, mode > 0);
            assert_int_equal(kith_gap_rates(cells, mode ? CELLS + REFERENCES : CELLS, &belief, .9, NULL), KITH_OK);
            for (int i = 0; i < CELLS; i++) {
                hit[mode] += cells[i].low <= truth[i] && truth[i] <= cells[i].high;
                width[mode] += cells[i].high - cells[i].low;
                assert_true(cells[i].low <= cells[i].rate && cells[i].rate <= cells[i].high && cells[i].low >= 0 && cells[i].high <= 1);
            }
        }
    for (int mode = 0; mode < 3; mode++) assert_true(hit[mode] >= .85 * runs * CELLS);
    assert_true(width[2] < .8 * width[1]);
}

static void edges(void **state) {
    (void)state;
    kith_gap_belief belief = kith_gap_lexicon_belief(false);
    kith_gap_cell cells[3] = {{.mentions = {1, 2, 3}, .labelled = {1, 2, 3}, .wanted = {0, 1, 3}}, {.rate = 0}, {.mentions = {0, 0, 1}}};
    assert_int_equal(kith_gap_rates(cells, 3, &belief, .9, NULL), KITH_OK);
    assert_true(cells[0].rate == 4. / 6 && cells[0].low == cells[0].rate && cells[0].high == cells[0].rate);
    assert_true(isnan(cells[1].rate) && cells[2].low >= 0 && cells[2].high <= 1);
    assert_int_equal(kith_gap_rates(cells, 0, &belief, .9, NULL), KITH_OK);
}

/* Three cells of the brand with `labels` labels in all, ten each of references that disagree; cells of `brands` other brands. */
static void label(kith_gap_cell *cells, int labels, size_t brands) {
    memset(cells, 0, 9 * sizeof *cells);
    for (int i = 0; i < 3; i++) cells[i].mentions[i] = 40;
    for (int l = 0; l < labels; l++) {
        cells[l % 3].labelled[l % 3]++;
        cells[l % 3].wanted[l % 3] += l % 2;
    }
    for (size_t i = 3; i < 9; i++) {
        cells[i] = (kith_gap_cell){.reference = true, .brand = i % brands, .mentions = {10, 10, 10}, .labelled = {10, 10, 10}};
        for (int k = 0; k < 3; k++) cells[i].wanted[k] = (double)((i * 3 + (size_t)k * 2) % 10);
    }
}

/* With ten labels in three cells a brand speaks for itself: of others only the class rates are taken, however many brands they are. Below
 * that their number says how well a brand's own error is known. */
static void ten_labels_are_enough(void **state) {
    (void)state;
    kith_gap_belief belief = kith_gap_lexicon_belief(false);
    for (int labels = 0; labels <= 12; labels++) {
        kith_gap_cell one[9], many[9];
        label(one, labels, 1);
        label(many, labels, 6);
        assert_int_equal(kith_gap_rates(one, 9, &belief, .9, NULL), KITH_OK);
        assert_int_equal(kith_gap_rates(many, 9, &belief, .9, NULL), KITH_OK);
        for (int i = 0; i < 3; i++) {
            assert_true(one[i].rate == many[i].rate);
            if (labels >= 10) assert_true(one[i].low == many[i].low && one[i].high == many[i].high);
            else assert_true(one[i].high - one[i].low > many[i].high - many[i].low);
        }
    }
}

static void words_and_rules(void **state) {
    (void)state;
    const kith_str brands[] = {KITH_STR("United"), KITH_STR("best")};
    kith_lexicon *l;
    assert_int_equal(kith_lexicon_new(brands, 2, &l, NULL), KITH_OK);
#define TONE(text) kith_lexicon_tone(l, KITH_STR(text))
    assert_true(TONE("") == 0 && TONE("the table") == 0 && TONE("flew united") == 0 && TONE("Best Buy") == 0 && TONE("@greatguy http://love.it/good") == 0);
    assert_true(TONE("I love it") > .3 && TONE("I hate it") < -.3 && TONE("this is not good") < 0 && TONE("I don't like this at all") < 0);
    assert_true(TONE("very good") > TONE("good") && TONE("slightly good") < TONE("good") && TONE("it is GOOD now") > TONE("it is good now"));
    assert_true(TONE("good!!") > TONE("good") && TONE("sooo goooood") > 0 && TONE("ok :(") < 0 && TONE("\xF0\x9F\x98\x8D") > .3);
    assert_true(TONE("great screen but terrible battery") < 0 && TONE("stopped working, disappointed") < -.3);
    assert_true(TONE("\xff\xfe good") > 0);
    kith_lexicon_free(l);
    assert_int_equal(kith_tone_class(KITH_STR("Positive"), .3), 2);
    assert_int_equal(kith_tone_class(KITH_STR("-0.5"), .3), 0);
    assert_int_equal(kith_tone_class(KITH_STR("0.1"), .3), 1);
    assert_int_equal(kith_tone_class(KITH_STR("what"), .3), -1);
    kith_buf b = {0};
    kith_gap_example(KITH_STR("call 0612345678 or mail a@b.c\nsee https://x.y/z  @me"), &b);
    kith_buf_putc(&b, 0);
    assert_string_equal(b.p, "call [number] or mail @... see [link] @...");
    kith_buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(covers), cmocka_unit_test(edges), cmocka_unit_test(ten_labels_are_enough),
                                       cmocka_unit_test(words_and_rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
