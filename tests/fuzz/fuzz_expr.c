/* Any bytes as an expression: refused with its place, or evaluated over rows of odd values without harm. */
#include "fuzz.h"

#include <kith/expr.h>

#include <string.h>

static const char *const cells[][4] = {
    {"3", "2026-09-30T12:00:00Z", "Hello", "48.85"}, {"", "", "", ""}, {"-1e300", "0001-01-01", "\xff\xc3", "-90"}, {"n/a", "9999-12-31T23:59:60", "\xc3\xa9\xe2\x82\xac", "180"},
};

static bool fields(const void *ctx, uint32_t column, const uint32_t *rows, size_t n, kith_str *out) {
    (void)ctx;
    for (size_t i = 0; i < n; i++) out[i] = kith_str_of(cells[rows[i] % 4][column]);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static const kith_str names[] = {{"a", 1}, {"t", 1}, {"s", 1}, {"lat", 3}};
    kith_arena *arena = kith_arena_new();
    kith_expr_scope scope = {.names = names, .n_names = 4, .has_until = true, .until_us = 1};
    kith_exprs *set;
    kith_error err = {0};
    size_t number, n_bad;
    if (!arena || kith_exprs_new(arena, &scope, &set, &err) != KITH_OK) abort();
    int status = kith_exprs_add(set, (kith_str){(const char *)bytes, n}, KITH_EXPR_COLUMN, &number, &err);
    if (status != KITH_OK) {
        if ((status != KITH_USAGE && status != KITH_DATA) || !err.text[0] || strlen(err.text) >= sizeof err.text) abort();
    } else {
        kith_expr_work *work = kith_expr_work_new(set);
        kith_expr_rows rows = {NULL, fields};
        kith_expr_values values;
        uint32_t chunk[8] = {0, 1, 2, 3, 4, 5, 6, 7};
        kith_buf out = {0};
        if (!work) abort();
        kith_expr_begin(work, &rows);
        kith_expr_select(work, chunk, 8);
        if (kith_expr_eval(work, number, &values, &err) == KITH_OK)
            for (size_t i = 0; i < 8; i++) kith_expr_put(&values, i, &out);
        kith_expr_bad_rows(work, &n_bad);
        kith_buf_free(&out);
        kith_expr_work_free(work);
    }
    kith_exprs_free(set);
    kith_arena_free(arena);
    return 0;
}
