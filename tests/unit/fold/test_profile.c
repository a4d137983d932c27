/* Profiles: the laws of the fold on random tables, past and below 65,536 values; saved states damaged at random. */
#include "unit.h"

#include <kith/profile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static kith_arena *arena;
static kith_error err;
enum { COLS = 5 };

static void *fresh(void) {
    kith_params params = {.arena = arena};
    kith_params_set(&params, "top", "3");
    void *state;
    assert_int_equal(kith_profile_fold.init(&params, &state, &err), KITH_OK);
    return state;
}

static void bind(void *state) {
    static kith_str names[COLS] = {{"id", 2}, {"amount", 6}, {"few", 3}, {"ts", 2}, {"e-mail", 6}};
    kith_header header = {.n = COLS, .names = names, .delimiter = ','};
    assert_int_equal(kith_profile_fold.bind(state, &header, &err), KITH_OK);
}

/* `n` rows from `first` on, the same rows whatever the cut. */
static void step(void *state, uint32_t first, uint32_t n) {
    kith_buf text = {0};
    uint32_t *ends = malloc((n * COLS + 1) * sizeof *ends), *e = ends;
    assert_non_null(ends);
    for (uint32_t i = first; i < first + n; i++) {
        kith_random r;
        kith_random_start(&r, 1, "profile", i);
        kith_buf_printf(&text, "id%u", i);
        *e++ = (uint32_t)text.n;
        kith_buf_putc(&text, ',');
        switch (kith_random_below(&r, 50)) {
        case 0: break;
        case 1: kith_buf_puts(&text, "none"); break;
        case 2: kith_buf_printf(&text, "%.17g", kith_random_normal(&r) * 1e-12); break;
        default: kith_buf_printf(&text, "%d.%02d", (int)kith_random_below(&r, 2000) - 1000, (int)kith_random_below(&r, 100));
        }
        *e++ = (uint32_t)text.n;
        kith_buf_printf(&text, ",%s", kith_random_below(&r, 3) ? "yes" : "no");
        *e++ = (uint32_t)text.n;
        kith_buf_printf(&text, ",20%02d-%02d-%02d", (int)kith_random_below(&r, 30), 1 + (int)kith_random_below(&r, 12), 1 + (int)kith_random_below(&r, 28));
        if (i % 9 == 0) kith_buf_puts(&text, "T12:30:00Z");
        *e++ = (uint32_t)text.n;
        kith_buf_printf(&text, ",\"a%d@x\xc3\xa9.org\"\n", (int)kith_random_below(&r, 100000));
        *e++ = (uint32_t)text.n - 1;
    }
    kith_batch b = {.bytes = text.p ? text.p : "", .ends = ends, .rows = n, .cols = COLS, .delimiter = ',', .quoted = true, .arena = arena, .file_name = "t"};
    kith_out out = {.rows_out = 0};
    assert_int_equal(kith_profile_fold.step(state, &b, &out, &err), KITH_OK);
    kith_buf_free(&text);
    free(ends);
}

static char *text_of(void *state, bool saved) {
    kith_buf out = {0};
    assert_int_equal(saved ? kith_profile_fold.save(state, &out, &err) : kith_profile_fold.finish(state, ',', &out, &err), KITH_OK);
    kith_buf_putc(&out, 0);
    assert_false(out.failed);
    return out.p;
}

static void same(void *a, void *b) {
    for (int saved = 0; saved < 2; saved++) {
        char *x = text_of(a, saved), *y = text_of(b, saved);
        assert_string_equal(x, y);
        free(x);
        free(y);
    }
}

static int load(const char *text, void **state) {
    kith_records records = {.p = text, .end = text + strlen(text), .line = 1, .delimiter = ',', .arena = arena};
    *state = fresh();
    return kith_profile_fold.load(*state, &records, &err);
}

static void keeps_the_laws(void **unused) {
    (void)unused;
    static const uint32_t cuts[][3] = {{0, 0, 0}, {10, 0, 5}, {3000, 2000, 1}, {70000, 100, 300}, {40000, 40000, 40000}};
    for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
        void *part[3], *all = fresh(), *left = fresh(), *right = fresh(), *back;
        uint32_t first = 0;
        bind(all);
        for (int p = 0; p < 3; p++) {
            part[p] = fresh();
            bind(part[p]);
            for (uint32_t done = 0; done < cuts[c][p]; done += 700) step(part[p], first + done, cuts[c][p] - done < 700 ? cuts[c][p] - done : 700);
            first += cuts[c][p];
        }
        for (uint32_t done = 0; done < first; done += 1000) step(all, done, first - done < 1000 ? first - done : 1000);
        for (int p = 0; p < 3; p++) assert_int_equal(kith_profile_fold.merge(left, part[p], &err), KITH_OK);
        for (int p = 2; p >= 0; p--) assert_int_equal(kith_profile_fold.merge(right, part[p], &err), KITH_OK);
        same(all, left);
        same(all, right);
        char *saved = text_of(all, true);
        assert_int_equal(load(saved, &back), KITH_OK);
        same(all, back);
        void *empty = fresh();
        assert_int_equal(kith_profile_fold.merge(back, empty, &err), KITH_OK);
        same(all, back);
        kith_profile_fold.free(empty);
        for (int p = 0; p < 3; p++) kith_profile_fold.free(part[p]);
        kith_profile_fold.free(all), kith_profile_fold.free(left), kith_profile_fold.free(right), kith_profile_fold.free(back);
        free(saved);
        kith_arena_reset(arena);
    }
}

/* Whatever the bytes: refused, or a state that can be finished. */
static void reads_damaged_states(void **unused) {
    (void)unused;
    void *state = fresh(), *small = fresh();
    bind(state), bind(small);
    for (uint32_t i = 0; i < 66000; i += 1000) step(state, i, 1000);
    step(small, 0, 50);
    char *texts[2] = {text_of(state, true), text_of(small, true)};
    kith_random r;
    kith_random_start(&r, 2, "damage", 0);
    for (int i = 0; i < 4000; i++) {
        const char *text = texts[i % 40 != 0]; /* mostly the small one */
        size_t n = strlen(text);
        char *damaged = malloc(n + 1);
        assert_non_null(damaged);
        memcpy(damaged, text, n + 1);
        for (uint64_t k = kith_random_below(&r, 4); k < 4; k++) damaged[kith_random_below(&r, n)] = ",\n\"0179 -:/abv%"[kith_random_below(&r, 14)];
        if (i % 3 == 0) damaged[kith_random_below(&r, n)] = 0;
        void *back;
        if (load(damaged, &back) == KITH_OK) free(text_of(back, false));
        kith_profile_fold.free(back);
        free(damaged);
        kith_arena_reset(arena);
    }
    free(texts[0]), free(texts[1]);
    kith_profile_fold.free(state), kith_profile_fold.free(small);
}

/* A column of nothing but dates, of which none has a day: what is divided by their number must not be believed. */
static void refuses_dates_without_days(void **unused) {
    (void)unused;
    void *state = fresh(), *back;
    bind(state);
    for (uint32_t i = 0; i < 66000; i += 1000) step(state, i, 1000);
    char *text = text_of(state, true);
    kith_profile_fold.free(state);
    char *sums = strstr(text, "\nsums,66000 0 0 0 0 "), *distinct = strstr(text, "\ndistinct,"); /* of the first column: values integers numbers dates times */
    assert_true(sums && distinct && sums < distinct);
    kith_buf made = {0};
    kith_buf_put(&made, text, (size_t)(sums - text));
    kith_buf_puts(&made, "\nsums,66000 0 0 66000 0 ");
    sums += strlen("\nsums,66000 0 0 0 0 ");
    kith_buf_put(&made, sums, (size_t)(distinct - sums));
    kith_buf_puts(&made, "\ntime,0 0 0 0\ndays,");
    kith_buf_puts(&made, distinct);
    kith_buf_putc(&made, 0);
    assert_int_equal(load(made.p, &back), KITH_DATA);
    kith_profile_fold.free(back);
    kith_buf_free(&made);
    free(text);
}

static void merges_one_table(void **unused) {
    (void)unused;
    void *state = fresh(), *other = fresh();
    bind(state);
    static kith_str names[COLS] = {{"id", 2}, {"amount", 6}, {"few", 3}, {"when", 4}, {"e-mail", 6}};
    kith_header header = {.n = COLS, .names = names, .delimiter = ','};
    assert_int_equal(kith_profile_fold.bind(other, &header, &err), KITH_OK);
    assert_int_equal(kith_profile_fold.merge(state, other, &err), KITH_DATA);
    assert_string_equal(err.text, "the profiles are of different tables: column 4 is ts and when");
    kith_profile_fold.free(state), kith_profile_fold.free(other);
}

int main(void) {
    arena = kith_arena_new();
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_the_laws), cmocka_unit_test(reads_damaged_states), cmocka_unit_test(refuses_dates_without_days), cmocka_unit_test(merges_one_table)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kith_arena_free(arena);
    return failed;
}
