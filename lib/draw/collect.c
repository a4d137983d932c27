/* Rows of a scan into a grid. The rows wanted are copied in the commit, in order; the others are only counted, so that the
 * first lines of a large file cost no more than reading it. The last N rows are kept in a ring. */
#include <kith/draw.h>

#include <stdlib.h>
#include <string.h>

int kith_collect_begin(kith_collection *c, const kith_header *header, kith_error *err) {
    size_t columns = c->columns ? c->columns->n : header->n;
    kith_str *names = kith_arena_alloc(c->arena, (columns + 1) * sizeof *names);
    if (!names) return kith_no_memory(err);
    for (size_t i = 0; i < columns; i++) {
        kith_str name = c->columns ? c->columns->names[i] : header->names[i];
        char *copy = kith_arena_copy(c->arena, name.n ? name.p : "", name.n);
        if (!copy) return kith_no_memory(err);
        names[i] = (kith_str){copy, name.n};
    }
    c->grid = (kith_grid){0, columns, names, NULL};
    c->rows = 0;
    c->cells = NULL;
    c->room = 0;
    return KITH_OK;
}

static bool make_room(kith_collection *c, uint64_t rows) {
    if (rows <= c->room) return true;
    size_t room = c->room ? c->room * 2 : 64, columns = c->grid.columns;
    while (room < rows) room *= 2;
    if (columns && room > SIZE_MAX / 2 / sizeof *c->cells / columns) return false;
    kith_str *cells = kith_arena_alloc(c->arena, room * (columns + 1) * sizeof *cells);
    if (!cells) return false;
    if (c->room) memcpy(cells, c->cells, c->room * columns * sizeof *cells);
    c->cells = cells;
    c->room = room;
    return true;
}

int kith_collect_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_collection *c = ctx;
    size_t columns = c->grid.columns;
    (void)worker;
    (void)out;
    uint32_t from = 0;
    if (c->most && c->last && b->rows > c->most) from = b->rows - (uint32_t)c->most;
    c->rows += from;
    for (uint32_t row = from; row < b->rows; row++, c->rows++) {
        uint64_t at = c->rows;
        if (c->most && c->last) at %= c->most;
        else if (c->most && at >= c->most) {
            c->rows += b->rows - row;
            return KITH_OK;
        }
        if (!make_room(c, at + 1)) return kith_no_memory(err);
        for (size_t i = 0; i < columns; i++) {
            kith_str text = kith_text(b, row, c->columns ? c->columns->columns[i] : (uint32_t)i);
            char *copy = text.n && !text.p ? NULL : kith_arena_copy(c->arena, text.n ? text.p : "", text.n);
            if (!copy) return kith_no_memory(err);
            c->cells[at * columns + i] = (kith_str){copy, text.n};
        }
    }
    return KITH_OK;
}

static void reverse(kith_str *cells, size_t n) {
    for (size_t i = 0; i < n / 2; i++) {
        kith_str swap = cells[i];
        cells[i] = cells[n - 1 - i];
        cells[n - 1 - i] = swap;
    }
}

void kith_collect_end(kith_collection *c) {
    size_t rows = c->most && c->rows > c->most ? (size_t)c->most : (size_t)c->rows, columns = c->grid.columns;
    if (c->last && c->most && c->rows > c->most) { /* the ring, turned so that its oldest row comes first */
        size_t start = (size_t)(c->rows % c->most) * columns;
        reverse(c->cells, start);
        reverse(c->cells + start, rows * columns - start);
        reverse(c->cells, rows * columns);
    }
    c->grid.rows = rows;
    c->grid.cells = c->cells;
}
