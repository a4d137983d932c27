/* Sorting: natural order, stability, descending, missing last, and the same order in memory and through runs. */
#include "unit.h"

#include <kith/sort.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static kith_error err;

/* Rows of text (LF after each) as batches of `per` rows of `cols` fields. */
typedef struct table {
    kith_buf bytes;
    uint32_t *ends;
    uint32_t rows, cols;
} table;

static table table_of(const char *text, uint32_t cols) {
    table t = {.cols = cols};
    kith_buf_puts(&t.bytes, text);
    t.ends = malloc((strlen(text) + 1) * sizeof *t.ends);
    assert_non_null(t.ends);
    bool quoted = false;
    size_t n = 0;
    for (size_t i = 0; i < t.bytes.n; i++) {
        char c = t.bytes.p[i];
        if (c == '"') quoted = !quoted;
        if (quoted || (c != ',' && c != '\n')) continue;
        t.ends[n++] = (uint32_t)i;
    }
    assert_true(n % cols == 0);
    t.rows = (uint32_t)(n / cols);
    return t;
}

static void table_free(table *t) {
    kith_buf_free(&t->bytes);
    free(t->ends);
}

static int collect(void *ctx, const char *rows, size_t bytes, uint64_t n, kith_error *e) {
    (void)n, (void)e;
    kith_buf_put(ctx, rows, bytes);
    return KITH_OK;
}

static char *sorted(const char *text, uint32_t cols, const kith_sort_key *keys, size_t n, uint32_t per, uint64_t memory, uint64_t most, bool spills) {
    table t = table_of(text, cols);
    kith_sorter *s;
    kith_buf out = {0};
    assert_int_equal(kith_sorter_new(&s, keys, n, memory, 2, NULL, NULL, &err), KITH_OK);
    for (uint32_t row = 0; row < t.rows; row += per) {
        kith_batch b = {.bytes = t.bytes.p, .ends = t.ends + (size_t)row * cols, .cols = cols, .delimiter = ',', .file_name = "t"};
        b.rows = t.rows - row < per ? t.rows - row : per;
        b.begin = row ? t.ends[(size_t)row * cols - 1] + 1 : 0;
        kith_sort_chunk *c;
        assert_int_equal(kith_sorter_chunk(s, &b, &c, &err), KITH_OK);
        assert_int_equal(kith_sorter_add(s, c, &err), KITH_OK);
    }
    assert_int_equal(kith_sorter_finish(s, most, collect, &out, &err), KITH_OK);
    assert_true((kith_sorter_spilled(s) > 0) == spills);
    kith_sorter_free(s);
    table_free(&t);
    kith_buf_putc(&out, 0);
    assert_false(out.failed);
    return out.p;
}

static void sorts(const char *text, uint32_t cols, kith_sort_key a, const char *expected) {
    for (uint32_t per = 1; per < 9; per += 3) {
        char *got = sorted(text, cols, &a, 1, per, UINT64_MAX, UINT64_MAX, false);
        assert_string_equal(got, expected);
        free(got);
    }
}

static void natural_order(void **state) {
    (void)state;
    sorts("10\n9\n-1\n9.5\n1e1\n\"2\"\n", 1, (kith_sort_key){.column = 0, .descending = false}, "-1\n\"2\"\n9\n9.5\n10\n1e1\n");
    sorts("10\n9\n-1\n9.5\n2\n", 1, (kith_sort_key){.column = 0, .descending = true}, "10\n9.5\n9\n2\n-1\n");
    sorts("10\n9\n\"\"\n100\n", 1, (kith_sort_key){.column = 0, .descending = true}, "100\n10\n9\n\"\"\n");
    sorts("10\n9\nx\n100\n", 1, (kith_sort_key){.column = 0, .descending = false}, "10\n100\n9\nx\n");
    sorts("b,1\na,2\nb,3\na,4\nab,5\n,6\nB,7\n", 2, (kith_sort_key){.column = 0, .descending = false}, "B,7\na,2\na,4\nab,5\nb,1\nb,3\n,6\n");
    sorts("b,1\na,2\nb,3\na,4\nab,5\n,6\nB,7\n", 2, (kith_sort_key){.column = 0, .descending = true}, "b,1\nb,3\nab,5\na,2\na,4\nB,7\n,6\n");
    sorts("2026-01-02T00:00:00Z\n2026-01-02\n2026-01-01T23:00:00-05:00\n2026-01-01\n", 1, (kith_sort_key){.column = 0, .descending = false},
          "2026-01-01\n2026-01-02T00:00:00Z\n2026-01-02\n2026-01-01T23:00:00-05:00\n");
    sorts("2026-13-02\n2026-01-02\n2026-01-1\n", 1, (kith_sort_key){.column = 0, .descending = false}, "2026-01-02\n2026-01-1\n2026-13-02\n");
    sorts("\"a\"\"b\"\n\"a,b\"\n\"a\nb\"\n", 1, (kith_sort_key){.column = 0, .descending = false}, "\"a\nb\"\n\"a\"\"b\"\n\"a,b\"\n");
    sorts("12345678901234567890123\n9\n12345678901234567\n12345678901234566\n", 1, (kith_sort_key){.column = 0, .descending = false},
          "9\n12345678901234566\n12345678901234567\n12345678901234567890123\n");
    sorts("", 1, (kith_sort_key){.column = 0, .descending = false}, "");
}

static void two_keys_and_the_first_rows(void **state) {
    (void)state;
    static const kith_sort_key keys[] = {{1, false, false}, {0, true, false}};
    char *got = sorted("1,b\n2,a\n10,b\n3,a\n2,a\n", 2, keys, 2, 2, UINT64_MAX, 4, false);
    assert_string_equal(got, "3,a\n2,a\n2,a\n10,b\n");
    free(got);
}

/* Long texts that agree for more places than a code has, with many ties. */
static void ties_beyond_the_code(void **state) {
    (void)state;
    kith_buf in = {0};
    static const char prefix[] = "a prefix that is longer than all of the sixty-four places that a code looks at, ends";
    for (int i = 0; i < 5000; i++) kith_buf_printf(&in, "\"%s %d\",%d\n", prefix, (i * 7919) % 1000, i);
    kith_buf_putc(&in, 0);
    static const kith_sort_key keys[] = {{0, true, false}};
    char *got = sorted(in.p, 2, keys, 1, 100, UINT64_MAX, UINT64_MAX, false);
    char before[128] = "";
    int last = -1;
    for (char *line = strtok(got, "\n"); line; line = strtok(NULL, "\n")) {
        char *comma = strrchr(line, ',');
        int row = (int)strtol(comma + 1, NULL, 10);
        *comma = 0;
        int c = before[0] ? strcmp(before, line) : 1;
        assert_true(c > 0 || (c == 0 && last < row));
        snprintf(before, sizeof before, "%s", line);
        last = row;
    }
    free(got);
    kith_buf_free(&in);
}

/* Every kind of column, in memory and through runs: the same bytes; also when a text comes last among numbers. */
static void runs_merge_to_the_same(void **state) {
    (void)state;
    kith_random r;
    kith_random_start(&r, 1, "sort", 0);
    for (int kind = 0; kind < 5; kind++) {
        kith_buf in = {0};
        enum { N = 60000 };
        for (int i = 0; i < N; i++) {
            int v = (int)kith_random_below(&r, 5000);
            switch (kind) {
            case 0: kith_buf_printf(&in, "%d.%02d", v - 2500, v % 100); break;
            case 1: kith_buf_printf(&in, "C%05d", v); break;
            case 2: kith_buf_printf(&in, "%d", v); break; /* numbers, until the last row */
            case 3: kith_buf_printf(&in, "2026-01-%02dT%02d:00:00%s", 1 + v % 28, v % 24, v % 2 ? "Z" : "+02:00"); break;
            default: kith_buf_printf(&in, "%.9g", kith_random_normal(&r) * 1e12); break;
            }
            kith_buf_printf(&in, ",%d,%0250d\n", i % 17, i);
        }
        if (kind == 2) kith_buf_puts(&in, "none,0,x\n");
        kith_buf_putc(&in, 0);
        static const kith_sort_key keys[] = {{0, false, false}, {1, true, false}};
        char *whole = sorted(in.p, 3, keys, 2, 5000, UINT64_MAX, UINT64_MAX, false);
        char *parts = sorted(in.p, 3, keys, 2, 3000, 0, UINT64_MAX, true);
        assert_int_equal(strlen(whole), in.n - 1);
        assert_string_equal(whole, parts);
        free(whole);
        free(parts);
        kith_buf_free(&in);
    }
}

/* A value of a time's looks that is none (month 13) makes its column text, by bytes, wherever it stands: as a later key, in a run whose times
 * were all of one form, and beside another column of times, which stays one. */
static void no_time_makes_its_column_text(void **state) {
    (void)state;
    static const kith_sort_key keys[] = {{0, false, false}, {1, false, false}}, descending[] = {{0, true, false}};
    char *got = sorted("1e-20,2026-13-02\n1e-20,2026-02-01T00:00:00Z\n1e-20,2025-01-01\n", 2, keys, 2, 5, UINT64_MAX, UINT64_MAX, false);
    assert_string_equal(got, "1e-20,2025-01-01\n1e-20,2026-02-01T00:00:00Z\n1e-20,2026-13-02\n");
    free(got);
    /* The first column: 00:00 UTC, 23:30 UTC of the day before. */
    got = sorted("2026-01-02T00:00:00Z,2026-13-02\n2026-01-02T01:30:00+02:00,2026-02-01T00:00:00Z\n", 2, keys, 2, 5, UINT64_MAX, UINT64_MAX, false);
    assert_string_equal(got, "2026-01-02T01:30:00+02:00,2026-02-01T00:00:00Z\n2026-01-02T00:00:00Z,2026-13-02\n");
    free(got);
    for (int way = 0; way < 2; way++) {
        kith_buf in = {0};
        enum { N = 60000 };
        for (int i = 0; i < N; i++) {
            if (i == 7) kith_buf_puts(&in, "2026-13-02"); /* the first run's dates are all of one form, and sort as texts anyway */
            else if (i < N - 5) kith_buf_printf(&in, "2026-%02d-%02d", 1 + i % 12, 1 + i / 12 % 28);
            else kith_buf_printf(&in, "2026-01-02T0%d:00:00+02:00", i % 10);
            kith_buf_printf(&in, ",%0300d\n", i);
        }
        kith_buf_putc(&in, 0);
        got = sorted(in.p, 2, way ? descending : keys, 1, 3000, 0, UINT64_MAX, true);
        char before[64] = "";
        size_t rows = 0;
        for (char *line = strtok(got, "\n"); line; line = strtok(NULL, "\n"), rows++) {
            line[strcspn(line, ",")] = 0;
            int c = before[0] ? strcmp(before, line) : 0;
            assert_true(way ? c >= 0 : c <= 0);
            snprintf(before, sizeof before, "%s", line);
        }
        assert_int_equal(rows, N);
        free(got);
        kith_buf_free(&in);
    }
}

/* Keys that need more than 128 bits together: what has no place in the code orders ties. Ten columns of three letters need 5 bits a letter
 * (26 letters and none), 150 bits; a missing value in the last is last. */
static void keys_past_the_code(void **state) {
    (void)state;
    enum { COLUMNS = 12, N = 3000 };
    kith_buf in = {0};
    kith_random r;
    kith_random_start(&r, 5, "keys", 0);
    kith_sort_key keys[COLUMNS];
    for (uint32_t c = 0; c < COLUMNS; c++) keys[c] = (kith_sort_key){c, false, false};
    for (int i = 0; i < N; i++)
        for (int c = 0; c < COLUMNS; c++) {
            bool whole = i < 52; /* every letter at every place, so that each takes its bits */
            int letter = whole ? i % 26 : (int)kith_random_below(&r, c < 9 ? 2 : 26);
            if (!whole && c > 8 && letter < 4) letter = -1;
            for (int k = 0; k < 3 && letter >= 0; k++) kith_buf_putc(&in, (char)('a' + letter));
            kith_buf_putc(&in, c + 1 < COLUMNS ? ',' : '\n');
        }
    kith_buf_putc(&in, 0);
    char *got = sorted(in.p, COLUMNS, keys, COLUMNS, 500, UINT64_MAX, UINT64_MAX, false);
    char before[128] = "", now[128];
    size_t rows = 0;
    for (char *line = strtok(got, "\n"); line; line = strtok(NULL, "\n"), rows++) {
        size_t n = 0; /* fields behind each other with the least byte after them, what is missing as the greatest: the bytes' order is the rows' */
        for (const char *p = line; *p; p++) {
            if (*p == ',' && (p == line || p[-1] == ',')) now[n++] = '~';
            now[n++] = *p == ',' ? 1 : *p;
        }
        if (line[strlen(line) - 1] == ',') now[n++] = '~';
        now[n] = 0;
        assert_true(strcmp(before, now) <= 0);
        memcpy(before, now, n + 1);
    }
    assert_int_equal(rows, N);
    free(got);
    kith_buf_free(&in);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(natural_order), cmocka_unit_test(two_keys_and_the_first_rows),
                                       cmocka_unit_test(ties_beyond_the_code), cmocka_unit_test(runs_merge_to_the_same),
                                       cmocka_unit_test(no_time_makes_its_column_text), cmocka_unit_test(keys_past_the_code)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
