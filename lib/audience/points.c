/* Rows to points: workers parse a batch into its arena, the commits append in order. */
#include <kith/clusters.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 256 };

struct kith_points_reader {
    kith_arena *arena;
    size_t columns;
    uint32_t *at;
    kith_str *names;
    bool strict;
    double *x; /* n × columns; nan: missing */
    size_t n, room;
    bool *text; /* a column in which something was no number */
    struct pending {
        double *x;
        size_t n;
        bool *text;
    } pending[WORKERS];
};

int kith_points_reader_new(const kith_selection *columns, bool strict, kith_points_reader **reader, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    kith_points_reader *r = arena ? kith_arena_zalloc(arena, sizeof *r) : NULL;
    *reader = r;
    if (!r) {
        kith_arena_free(arena);
        return kith_no_memory(err);
    }
    *r = (kith_points_reader){.arena = arena, .columns = columns->n, .strict = strict};
    r->at = kith_arena_alloc(arena, (columns->n + 1) * sizeof *r->at);
    r->names = kith_arena_alloc(arena, (columns->n + 1) * sizeof *r->names);
    r->text = kith_arena_zalloc(arena, columns->n + 1);
    bool good = r->at && r->names && r->text;
    for (uint32_t j = 0; good && j < columns->n; j++) {
        r->at[j] = columns->columns[j];
        r->names[j] = (kith_str){kith_arena_copy(arena, columns->names[j].p, columns->names[j].n), columns->names[j].n};
        good = r->names[j].p != NULL;
    }
    if (good) return KITH_OK;
    kith_points_reader_free(r);
    *reader = NULL;
    return kith_no_memory(err);
}

void kith_points_reader_free(kith_points_reader *r) {
    if (!r) return;
    free(r->x);
    kith_arena_free(r->arena);
}

int kith_points_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_points_reader *r = ctx;
    struct pending *p = &r->pending[worker];
    size_t d = r->columns;
    p->n = 0;
    p->x = kith_arena_alloc(b->arena, ((size_t)b->rows * d + 1) * sizeof *p->x);
    p->text = kith_arena_zalloc(b->arena, d + 1);
    if (!p->x || !p->text) return kith_no_memory(err);
    for (uint32_t row = 0; row < b->rows; row++) {
        double *x = p->x + p->n * d;
        bool bad = false;
        for (size_t j = 0; j < d && !bad; j++) {
            kith_cell_state cell = kith_cell_double(b, row, r->at[j], &x[j]);
            if (cell == KITH_CELL_MISSING) x[j] = NAN;
            if (cell != KITH_CELL_BAD) continue;
            x[j] = NAN;
            p->text[j] = true;
            if (!r->strict) continue;
            KITH_TRY(kith_bad_row(b, row, r->at[j], "not_a_number", "not a number", out, err));
            bad = true;
        }
        if (!bad) p->n++;
    }
    return KITH_OK;
}

int kith_points_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)b, (void)out;
    kith_points_reader *r = ctx;
    const struct pending *p = &r->pending[worker];
    if (r->n + p->n > r->room) {
        size_t room = r->room + r->room / 2 + p->n + 1024;
        double *x = realloc(r->x, room * (r->columns ? r->columns : 1) * sizeof *x);
        if (!x) return kith_no_memory(err);
        r->x = x;
        r->room = room;
    }
    memcpy(r->x + r->n * r->columns, p->x, p->n * r->columns * sizeof *p->x);
    r->n += p->n;
    for (size_t j = 0; j < r->columns; j++) r->text[j] |= p->text[j];
    return KITH_OK;
}

int kith_points_take(kith_points_reader *r, bool z, kith_people *people, kith_error *err) {
    size_t d = 0, n = 0, all = r->columns;
    size_t *kept = kith_arena_alloc(r->arena, (all + 1) * sizeof *kept);
    if (!kept) return kith_no_memory(err);
    *people = (kith_people){.z = z};
    for (size_t j = 0; j < all; j++) {
        bool value = false; /* a column without any value says nothing and would leave every row out */
        for (size_t i = 0; i < r->n && !value; i++) value = !isnan(r->x[i * all + j]);
        if ((r->strict || !r->text[j]) && (value || r->strict)) kept[d++] = j;
    }
    if (!r->n) return kith_fail(err, KITH_DATA, "no people to cluster");
    if (!d) return kith_fail(err, KITH_DATA, "no column of numbers to cluster by");
    people->names = kith_arena_alloc(r->arena, d * sizeof *people->names);
    people->mean = kith_arena_alloc(r->arena, 2 * d * sizeof *people->mean);
    if (!people->names || !people->mean) return kith_no_memory(err);
    people->sd = people->mean + d;
    for (size_t j = 0; j < d; j++) people->names[j] = r->names[kept[j]];
    for (size_t i = 0; i < r->n; i++) { /* in place: the row written is never behind the row read */
        bool missing = false;
        for (size_t j = 0; j < d; j++) missing |= isnan(r->x[i * all + kept[j]]);
        if (missing) {
            people->left_out++;
            continue;
        }
        for (size_t j = 0; j < d; j++) r->x[n * d + j] = r->x[i * all + kept[j]];
        n++;
    }
    r->columns = d;
    r->n = n;
    people->points = (kith_points){n, d, r->x};
    if (!n) return kith_fail(err, KITH_DATA, "every row misses a value in one of the %zu columns", d);
    people->keys = kith_arena_alloc(r->arena, n * sizeof *people->keys);
    if (!people->keys) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) people->keys[i] = kith_kmeans_key(r->x + i * d, d);
    kith_points_scale(&people->points, z, people->mean, people->sd);
    return KITH_OK;
}
