/* HyperLogLog and most frequent values: the laws, the error, hostile states. */
#include "unit.h"

#include <kith/distinct.h>
#include <kith/top.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static kith_arena *arena;
static kith_error err;

static uint64_t key_of(char *text, size_t room, uint64_t i, kith_key *key) {
    int n = snprintf(text, room, i % 7 ? "C%06llu" : "a longer value, %llu of them", (unsigned long long)i);
    return kith_key_of((kith_str){text, (size_t)n}, key);
}

static void hll_counts_within_its_error(void **state) {
    (void)state;
    double worst = 0;
    kith_hll hll = {0};
    assert_true(kith_hll_count(&hll) == 0);
    uint64_t next = 100;
    for (uint64_t i = 0; i < 2000000; i++) {
        char text[64];
        kith_key key;
        uint64_t h = key_of(text, sizeof text, i, &key);
        assert_true(kith_hll_add(&hll, &h, 1, arena));
        if (i + 1 != next) continue;
        double off = fabs(kith_hll_count(&hll) / (double)next - 1);
        if (off > worst) worst = off;
        next = next * 3 / 2;
    }
    assert_true(worst < 3 * KITH_HLL_ERROR);
}

/* Registers that hold all that a hash of 64 bits can give (50 bits behind the register's 14, and one), as letters 'y' and 'z'. Ertl's (2017)
 * estimate with C of m registers full: m² / (2 ln 2) over m tau(1 - C/m) 2^-50 + the sum of C_k 2^-k, where tau(x) is the third of
 * 1 - x - the sum over k > 0 of (1 - x^(2^-k))² 2^-k. */
static void full_registers(void **state) {
    (void)state;
    static const int full[] = {1, 4096, 8192, 16383, 16384};
    for (size_t i = 0; i < sizeof full / sizeof *full; i++) {
        kith_buf text = {0};
        kith_hll hll;
        int c = full[i], m = KITH_HLL_REGISTERS;
        kith_buf_printf(&text, "z%d", c);
        if (c < m) kith_buf_printf(&text, "y%d", m - c);
        assert_int_equal(kith_hll_load(&hll, (kith_str){text.p, text.n}, arena, &err), KITH_OK);
        double x = 1 - (double)c / m, tau = 1 - x;
        for (int k = 1; k < 60 && x > 0; k++) tau -= pow(1 - pow(x, pow(2, -k)), 2) * pow(2, -k);
        double want = (double)m * m / (2 * log(2)) / (((x > 0 ? tau / 3 : 0) * m + (m - c)) * pow(2, -50));
        double got = kith_hll_count(&hll);
        assert_true(c == m ? isinf(got) : fabs(got / want - 1) < 1e-12);
        kith_buf_free(&text);
    }
    kith_hll none = {0}, back;
    kith_buf text = {0};
    kith_hll_save(&none, &text);
    assert_int_equal(kith_hll_load(&back, (kith_str){text.p, text.n}, arena, &err), KITH_OK);
    assert_true(kith_hll_count(&back) == 0 && text.n == 1);
    kith_buf_free(&text);
}

static void both_keep_the_laws(void **state) {
    (void)state;
    kith_random r;
    kith_random_start(&r, 7, "distinct", 0);
    for (int round = 0; round < 40; round++) {
        kith_hll h[2] = {{0}}, h_all = {0}, h_both = {0}, h_back;
        kith_top t[2] = {{.over = false}}, t_all = {.over = false}, t_both = {.over = false}, t_back = {.over = false};
        for (int p = 0; p < 2; p++)
            for (uint64_t i = kith_random_below(&r, 300); i > 0; i--) {
                char text[64];
                kith_key key;
                uint64_t hash = key_of(text, sizeof text, kith_random_below(&r, 100), &key);
                assert_true(kith_hll_add(&h[p], &hash, 1, arena) && kith_hll_add(&h_all, &hash, 1, arena));
                assert_int_equal(kith_top_add(&t[p], &key, &hash, 1, &err), KITH_OK);
                assert_int_equal(kith_top_add(&t_all, &key, &hash, 1, &err), KITH_OK);
            }
        for (int p = 1; p >= 0; p--) {
            assert_true(kith_hll_merge(&h_both, &h[p], arena));
            assert_int_equal(kith_top_merge(&t_both, &t[p], &err), KITH_OK);
        }
        kith_buf x[2] = {{0}}, y[2] = {{0}};
        kith_hll_save(&h_all, &x[0]);
        kith_hll_save(&h_both, &y[0]);
        assert_int_equal(kith_top_save(&t_all, &x[1], &err), KITH_OK);
        assert_int_equal(kith_top_save(&t_both, &y[1], &err), KITH_OK);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(x[i].n, y[i].n);
            assert_memory_equal(x[i].p, y[i].p, x[i].n);
            y[i].n = 0;
        }
        assert_int_equal(kith_hll_load(&h_back, (kith_str){x[0].p, x[0].n}, arena, &err), KITH_OK);
        assert_int_equal(kith_top_load(&t_back, (kith_str){x[1].p, x[1].n}, &err), KITH_OK);
        kith_hll_save(&h_back, &y[0]);
        assert_int_equal(kith_top_save(&t_back, &y[1], &err), KITH_OK);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(x[i].n, y[i].n);
            assert_memory_equal(x[i].p, y[i].p, x[i].n);
            kith_buf_free(&x[i]);
            kith_buf_free(&y[i]);
        }
        for (int p = 0; p < 2; p++) kith_top_free(&t[p]);
        kith_top_free(&t_all), kith_top_free(&t_both), kith_top_free(&t_back);
    }
}

/* The form of a saved count: a letter a run, its length where longer than one; what does not fill the registers exactly is refused. */
static void counts_are_saved_by_runs(void **state) {
    (void)state;
    enum { ALL = KITH_HLL_REGISTERS };
    static const struct {
        int at, n, value;
        const char *want; /* with what is left of the registers behind it */
    } cases[] = {{0, 0, 0, "A%d"}, {5, 1, 1, "A5BA%d"}, {5, 2, 25, "A5Z2A%d"}, {1, 1, 26, "AaA%d"}, {1, 12, 27, "Ab12A%d"}, {0, 1, 3, "DA%d"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        static uint8_t registers[ALL];
        kith_hll hll = {registers}, back;
        memset(registers, 0, sizeof registers);
        memset(registers + cases[c].at, cases[c].value, (size_t)cases[c].n);
        char want[64];
        snprintf(want, sizeof want, cases[c].want, ALL - cases[c].at - cases[c].n);
        kith_buf saved = {0};
        kith_hll_save(&hll, &saved);
        assert_int_equal(saved.n, strlen(want));
        assert_memory_equal(saved.p, want, saved.n);
        assert_int_equal(kith_hll_load(&back, (kith_str){saved.p, saved.n}, arena, &err), KITH_OK);
        assert_memory_equal(back.registers, registers, sizeof registers);
        saved.p[saved.n - 1] ^= 1; /* one too many or too few */
        assert_int_equal(kith_hll_load(&back, (kith_str){saved.p, saved.n}, arena, &err), KITH_DATA);
        kith_buf_free(&saved);
    }
    kith_hll none = {0}, back;
    assert_int_equal(kith_hll_load(&back, KITH_STR("A0"), arena, &err), KITH_DATA);
    assert_int_equal(kith_hll_load(&back, KITH_STR("?"), arena, &err), KITH_DATA);
    assert_int_equal(kith_hll_load(&none, KITH_STR("-"), arena, &err), KITH_OK);
    assert_true(!none.registers && kith_hll_count(&none) == 0);
}

static void top_is_exact_or_empty(void **state) {
    (void)state;
    kith_top top = {.over = false};
    kith_top_value best[3];
    size_t n;
    for (uint64_t i = 0; i < KITH_TOP_VALUES + 1; i++) {
        char text[64];
        kith_key key;
        uint64_t hash = key_of(text, sizeof text, i, &key);
        if (i == KITH_TOP_VALUES) {
            assert_int_equal(kith_top_list(&top, best, 3, &n, &err), KITH_OK);
            assert_true(n == 3 && best[0].count == 3 && kith_str_is(best[0].value, "C000005") && best[1].count == 1 &&
                        kith_str_is(best[1].value, "C000001"));
            assert_true(kith_top_count(&top, KITH_STR("C000005")) == 3);
        }
        for (int k = i == 5 ? 3 : 1; k > 0; k--) assert_int_equal(kith_top_add(&top, &key, &hash, 1, &err), KITH_OK);
    }
    assert_true(top.over);
    assert_int_equal(kith_top_list(&top, best, 3, &n, &err), KITH_OK);
    assert_true(n == 0);
    kith_top_free(&top);
}

static void refuses_hostile_states(void **state) {
    (void)state;
    static const char *const tops[] = {"", "1 a", "1 a 0", "1 a -1", "2 a 1 a 1", "1 a 1 b", "1 %g0 1", "1 %4 1", "x", "oven", "0 "};
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) {
        kith_top t;
        if (kith_top_load(&t, kith_str_of(tops[i]), &err) != KITH_DATA) fail_msg("loaded: %s", tops[i]);
        kith_top_free(&t);
    }
    static const char *const hlls[] = {"", "A", "A16385", "A99999999999999999999999", "A16383", "A0", "*16384", "A16384A"};
    for (size_t i = 0; i < sizeof hlls / sizeof *hlls; i++) {
        kith_hll h;
        if (kith_hll_load(&h, kith_str_of(hlls[i]), arena, &err) != KITH_DATA) fail_msg("loaded: %s", hlls[i]);
    }
}

int main(void) {
    arena = kith_arena_new();
    const struct CMUnitTest tests[] = {cmocka_unit_test(hll_counts_within_its_error), cmocka_unit_test(full_registers), cmocka_unit_test(both_keep_the_laws),
                                       cmocka_unit_test(counts_are_saved_by_runs),
                                       cmocka_unit_test(top_is_exact_or_empty), cmocka_unit_test(refuses_hostile_states)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kith_arena_free(arena);
    return failed;
}
