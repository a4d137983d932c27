/* Folds for cross-validation: by row, by a column's value, by group, by time. */
#include <kith/lead.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int make(size_t rows, size_t k, kith_arena *arena, kith_folds *folds, kith_error *err) {
    if (rows < 2) return kith_fail(err, KITH_DATA, "%zu rows: too few to divide into folds", rows);
    folds->n = k;
    folds->of = kith_arena_alloc(arena, rows * sizeof *folds->of);
    return folds->of ? KITH_OK : kith_no_memory(err);
}

int kith_folds_mod(size_t rows, size_t k, kith_arena *arena, kith_folds *folds, kith_error *err) {
    KITH_TRY(make(rows, k, arena, folds, err));
    for (size_t i = 0; i < rows; i++) folds->of[i] = (int32_t)(i % k);
    return KITH_OK;
}

int kith_folds_mod_of(const double *value, size_t rows, size_t k, kith_arena *arena, kith_folds *folds,
                      kith_error *err) {
    KITH_TRY(make(rows, k, arena, folds, err));
    for (size_t i = 0; i < rows; i++) {
        if (isnan(value[i]) || value[i] != floor(value[i]) || fabs(value[i]) > 9007199254740992.0)
            return kith_fail(err, KITH_DATA, "row %zu: the folds' column holds no integer", i + 1);
        int64_t left = (int64_t)value[i] % (int64_t)k;
        folds->of[i] = (int32_t)(left < 0 ? left + (int64_t)k : left);
    }
    return KITH_OK;
}

int kith_folds_group(const uint64_t *key, size_t rows, size_t k, uint64_t seed, kith_arena *arena, kith_folds *folds,
                     kith_error *err) {
    KITH_TRY(make(rows, k, arena, folds, err));
    for (size_t i = 0; i < rows; i++) {
        kith_random r;
        kith_random_start(&r, seed, "folds", key[i]);
        folds->of[i] = (int32_t)kith_random_below(&r, k);
    }
    return KITH_OK;
}

typedef struct moment {
    double time;
    size_t row;
} moment;

static int by_time(const void *a, const void *b) {
    const moment *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

int kith_folds_time(const double *time, size_t rows, kith_arena *arena, kith_folds *folds, kith_error *err) {
    KITH_TRY(make(rows, 1, arena, folds, err));
    moment *order = malloc(rows * sizeof *order);
    if (!order) return kith_no_memory(err);
    size_t dated = 0;
    for (size_t i = 0; i < rows; i++) {
        folds->of[i] = -1;
        if (!isnan(time[i])) order[dated++] = (moment){time[i], i};
    }
    qsort(order, dated, sizeof *order, by_time);
    for (size_t i = (size_t)floor(.8 * (double)dated); i < dated; i++) folds->of[order[i].row] = 0;
    free(order);
    return dated >= 2 ? KITH_OK : kith_fail(err, KITH_DATA, "fewer than two rows have a time to split by");
}

int kith_fold_rows(const kith_folds *folds, size_t rows, size_t fold, bool in_test, kith_arena *arena, size_t **out,
                   size_t *n, kith_error *err) {
    size_t *list = kith_arena_alloc(arena, (rows + 1) * sizeof *list), found = 0;
    if (!list) return kith_no_memory(err);
    for (size_t i = 0; i < rows; i++)
        if ((folds->of[i] == (int32_t)fold) == in_test) list[found++] = i;
    if (found == 0)
        return kith_fail(err, KITH_DATA, "fold %zu has no %s rows", fold, in_test ? "test" : "training");
    *out = list;
    *n = found;
    return KITH_OK;
}
