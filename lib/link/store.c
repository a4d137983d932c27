/* Rows as they came: a copy of every batch, so that fit and resolve can go over them again, also from a pipe. The bytes
 * are kept once; cells are found by the index that the scanner made. */
#include <kith/link.h>

#include <stdlib.h>
#include <string.h>

int kith_link_store_init(kith_link_store *store, const kith_header *header, kith_error *err) {
    *store = (kith_link_store){.arena = kith_arena_new(), .delimiter = header->delimiter};
    if (store->arena == NULL) return kith_no_memory(err);
    store->header = *header;
    store->header.names = kith_arena_alloc(store->arena, sizeof(kith_str) * (header->n + 1));
    if (store->header.names == NULL) return kith_no_memory(err);
    for (uint32_t c = 0; c < header->n; c++) {
        const char *copy = kith_arena_copy(store->arena, header->names[c].p, header->names[c].n);
        if (copy == NULL) return kith_no_memory(err);
        store->header.names[c] = (kith_str){copy, header->names[c].n};
    }
    const char *raw = kith_arena_copy(store->arena, header->raw.p, header->raw.n);
    if (raw == NULL) return kith_no_memory(err);
    store->header.raw.p = raw;
    return KITH_OK;
}

void kith_link_store_free(kith_link_store *store) {
    for (size_t i = 0; i < store->n_pieces; i++) {
        free(store->pieces[i].bytes);
        free(store->pieces[i].ends);
        free(store->pieces[i].starts);
    }
    free(store->pieces);
    kith_arena_free(store->arena);
    *store = (kith_link_store){0};
}

int kith_link_store_add(kith_link_store *store, const kith_batch *b, kith_error *err) {
    if (b->rows == 0) return KITH_OK;
    if ((uint64_t)store->rows + b->rows >= UINT32_MAX) return kith_fail(err, KITH_DATA, "more than 4 billion rows");
    if (store->n_pieces == store->room) {
        size_t room = store->room ? 2 * store->room : 64;
        kith_link_piece *more = realloc(store->pieces, room * sizeof *more);
        if (more == NULL) return kith_no_memory(err);
        store->pieces = more;
        store->room = room;
    }
    uint32_t from = kith_row_start(b, 0), to = b->ends[(size_t)b->rows * b->cols - 1];
    kith_link_piece p = {.rows = b->rows, .file = (uint32_t)b->file, .first = store->rows};
    size_t cells = (size_t)b->rows * b->cols;
    p.bytes = malloc((size_t)(to - from) + 1);
    p.ends = malloc(cells * sizeof *p.ends);
    p.starts = malloc(b->rows * sizeof *p.starts);
    if (p.bytes == NULL || p.ends == NULL || p.starts == NULL) {
        free(p.bytes);
        free(p.ends);
        free(p.starts);
        return kith_no_memory(err);
    }
    memcpy(p.bytes, b->bytes + from, to - from);
    for (size_t i = 0; i < cells; i++) p.ends[i] = b->ends[i] - from;
    for (uint32_t i = 0; i < b->rows; i++) p.starts[i] = kith_row_start(b, i) - from;
    store->pieces[store->n_pieces++] = p;
    store->rows += b->rows;
    return KITH_OK;
}

int kith_link_store_commit(void *store, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)worker, (void)out;
    return kith_link_store_add(store, b, err);
}

kith_str kith_link_cell(const kith_link_store *store, const kith_link_piece *p, uint32_t row, uint32_t col,
                        kith_arena *arena) {
    size_t at = (size_t)row * store->header.n + col;
    uint32_t start = col ? p->ends[at - 1] + 1 : p->starts[row];
    kith_str raw = {p->bytes + start, p->ends[at] - start};
    return raw.n && raw.p[0] == '"' ? kith_unquote(raw, arena) : raw;
}

kith_str kith_link_row(const kith_link_store *store, const kith_link_piece *p, uint32_t row) {
    size_t end = (size_t)row * store->header.n + store->header.n - 1;
    return (kith_str){p->bytes + p->starts[row], p->ends[end] - p->starts[row]};
}

const kith_link_piece *kith_link_piece_of(const kith_link_store *store, uint32_t row, uint32_t *within) {
    size_t lo = 0, hi = store->n_pieces;
    while (lo + 1 < hi) {
        size_t mid = (lo + hi) / 2;
        if (store->pieces[mid].first <= row)
            lo = mid;
        else
            hi = mid;
    }
    *within = row - (uint32_t)store->pieces[lo].first;
    return &store->pieces[lo];
}

int kith_link_store_add_cells(kith_link_store *store, const kith_str *cells, char delimiter, kith_error *err) {
    enum { ROWS = 4096 };
    uint32_t cols = store->header.n;
    kith_link_piece *p = store->n_pieces ? &store->pieces[store->n_pieces - 1] : NULL;
    kith_buf row = {0};
    uint32_t *ends = malloc(sizeof *ends * (cols + 1));
    if (ends == NULL) return kith_no_memory(err);
    kith_row_writer w = kith_row_begin(&row, store->delimiter);
    for (uint32_t c = 0; c < cols; c++) {
        kith_put_raw(&w, cells[c], delimiter);
        ends[c] = (uint32_t)row.n;
    }
    int status = row.failed ? kith_no_memory(err) : KITH_OK;
    if (status == KITH_OK &&
        (p == NULL || p->room == 0 || p->rows == ROWS || (uint64_t)p->n + row.n > UINT32_MAX / 2)) {
        if (store->n_pieces == store->room) {
            size_t room = store->room ? 2 * store->room : 64;
            kith_link_piece *more = realloc(store->pieces, room * sizeof *more);
            if (more)
                store->pieces = more, store->room = room;
            else
                status = kith_no_memory(err);
        }
        if (status == KITH_OK) {
            p = &store->pieces[store->n_pieces];
            *p = (kith_link_piece){.first = store->rows,
                                   .file = UINT32_MAX,
                                   .room = 1 << 16,
                                   .bytes = malloc(1 << 16),
                                   .ends = malloc(sizeof(uint32_t) * ROWS * (cols + 1)),
                                   .starts = malloc(sizeof(uint32_t) * ROWS)};
            store->n_pieces++;
            if (!p->bytes || !p->ends || !p->starts) status = kith_no_memory(err);
        }
    }
    if (status == KITH_OK && p->n + row.n + 1 > p->room) {
        size_t room = 2 * (p->room + row.n);
        char *more = realloc(p->bytes, room);
        if (more)
            p->bytes = more, p->room = room;
        else
            status = kith_no_memory(err);
    }
    if (status == KITH_OK && store->rows == UINT32_MAX - 1)
        status = kith_fail(err, KITH_DATA, "more than 4 billion rows");
    if (status == KITH_OK) {
        if (row.n) memcpy(p->bytes + p->n, row.p, row.n);
        p->starts[p->rows] = (uint32_t)p->n;
        for (uint32_t c = 0; c < cols; c++) p->ends[(size_t)p->rows * cols + c] = (uint32_t)p->n + ends[c];
        p->n += row.n + 1;
        p->rows++;
        store->rows++;
    }
    free(ends);
    kith_buf_free(&row);
    return status;
}
