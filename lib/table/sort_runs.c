/* Sorting past the memory. A run is a sequence of [length of key][length of row][key][row], in order, in the sorter's one
 * unlinked file; its keys are encoded for memcmp with the types known then. Should a column's type fall later (a text among
 * numbers), earlier runs are read again and put in the new order, each of them fitting in memory as it did before. */
#include "sort.h"

#include <kith/spill.h>
#include <stdlib.h>
#include <string.h>

typedef struct tie {
    kith_str key;
    uint64_t ref;
} tie;

static int by_key(const void *a, const void *b) {
    const tie *x = a, *y = b;
    int c = kith_str_compare(x->key, y->key);
    return c ? c : x->ref < y->ref ? -1 : 1;
}

/* ---- runs --------------------------------------------------------------------------------------------------- */

static int emit_run(void *ctx, const char *rows, size_t bytes, uint64_t n, kith_error *err) {
    kith_sorter *s = ctx;
    (void)n;
    KITH_TRY(kith_temporary_write(s->fd, rows, bytes, s->spilled, err));
    s->spilled += bytes;
    return KITH_OK;
}

int sort_spill(kith_sorter *s, kith_error *err) {
    if (s->rows == 0) return KITH_OK;
    if (s->fd < 0) KITH_TRY(kith_temporary(s->folder, &s->fd, err));
    if (s->n_runs == s->room_runs) {
        size_t room = s->room_runs ? s->room_runs * 2 : 16;
        sort_run *wider = realloc(s->runs, room * sizeof *wider);
        if (!wider) return kith_no_memory(err);
        s->runs = wider;
        s->room_runs = room;
    }
    sort_ordering o;
    sort_run *r = &s->runs[s->n_runs];
    r->offset = s->spilled;
    r->rows = s->rows;
    int status = sort_order(s, &o, err);
    if (status == KITH_OK) status = sort_gather(&o, s->rows, true, &(sort_taker){.emit = emit_run, .ctx = s}, err);
    memcpy(r->types, o.types, sizeof r->types);
    sort_ordering_free(&o);
    r->bytes = s->spilled - r->offset;
    s->n_runs++;
    sort_drop_chunks(s);
    return status;
}

int sort_run_again(kith_sorter *s, sort_run *r, char delimiter, kith_error *err) {
    char *all = malloc(r->bytes ? r->bytes : 1);
    tie *ties = malloc(r->rows * sizeof *ties);
    kith_buf keys = {0}, out = {0}, scratch = {0};
    int status = all && ties ? kith_temporary_read(s->fd, all, r->bytes, r->offset, err) : kith_no_memory(err);
    size_t at = 0;
    for (uint64_t i = 0; status == KITH_OK && i < r->rows; i++) {
        uint32_t lengths[2];
        kith_str cells[SORT_KEYS];
        memcpy(lengths, all + at, 8);
        kith_str row = {all + at + 8 + lengths[0], lengths[1] - (size_t)1};
        size_t from = keys.n;
        sort_cells(row, delimiter, s->keys, s->n_keys, cells);
        size_t bad = sort_no_time(r->types, s->n_keys, cells, s->zone, &scratch);
        if (bad < s->n_keys) status = kith_fail(err, NOT_A_TIME + (int)bad, "not a time");
        sort_encode(s->keys, r->types, s->n_keys, cells, s->zone, &keys);
        ties[i] = (tie){{NULL, keys.n - from}, at};
        at += 8 + (size_t)lengths[0] + lengths[1];
    }
    if (status == KITH_OK && (keys.failed || scratch.failed)) status = kith_no_memory(err);
    if (status == KITH_OK) {
        const char *p = keys.p;
        for (uint64_t i = 0; i < r->rows; p += ties[i++].key.n) ties[i].key.p = p;
        qsort(ties, r->rows, sizeof *ties, by_key);
        r->offset = s->spilled;
        r->bytes = 0;
    }
    for (uint64_t i = 0; status == KITH_OK && i < r->rows; i++) {
        uint32_t lengths[2];
        memcpy(lengths, all + ties[i].ref, 8);
        const char *row = all + ties[i].ref + 8 + lengths[0];
        lengths[0] = (uint32_t)ties[i].key.n;
        kith_buf_put(&out, lengths, 8);
        kith_buf_str(&out, ties[i].key);
        kith_buf_put(&out, row, lengths[1]);
        if (out.failed) status = kith_no_memory(err);
        else if (out.n > 1 << 20 || i + 1 == r->rows) {
            status = emit_run(s, out.p, out.n, 0, err);
            r->bytes += out.n;
            out.n = 0;
        }
    }
    free(all);
    free(ties);
    kith_buf_free(&keys);
    kith_buf_free(&out);
    kith_buf_free(&scratch);
    return status;
}

/* ---- merging ------------------------------------------------------------------------------------------------ */

typedef struct reader {
    kith_buf buf;
    size_t at; /* of the record at hand in buf */
    uint64_t offset, left;
    kith_str key, row;
} reader;

/* Puts the next record at hand; *end where there is none. */
static int reader_next(kith_sorter *s, reader *r, size_t room, bool *end, kith_error *err) {
    for (;;) {
        size_t have = r->buf.n - r->at, need = 8;
        if (have >= 8) {
            uint32_t lengths[2];
            memcpy(lengths, r->buf.p + r->at, 8);
            need = 8 + (size_t)lengths[0] + lengths[1];
            if (have >= need) {
                const char *p = r->buf.p + r->at + 8;
                r->key = (kith_str){p, lengths[0]};
                r->row = (kith_str){p + lengths[0], lengths[1]};
                r->at += need;
                return KITH_OK;
            }
        }
        *end = r->left == 0 && have == 0;
        if (*end) return KITH_OK;
        if (have) memmove(r->buf.p, r->buf.p + r->at, have);
        r->buf.n = have;
        r->at = 0;
        if (need < room) need = room;
        uint64_t more = need - have < r->left ? need - have : r->left;
        if (more == 0) return kith_fail(err, KITH_SYSTEM, "the temporary file: cut short");
        if (!kith_buf_reserve(&r->buf, more)) return kith_no_memory(err);
        KITH_TRY(kith_temporary_read(s->fd, r->buf.p + have, more, r->offset, err));
        r->buf.n += more;
        r->offset += more;
        r->left -= more;
    }
}

static bool before(const reader *readers, size_t a, size_t b) {
    int c = kith_str_compare(readers[a].key, readers[b].key);
    return c ? c < 0 : a < b;
}

static void sift(const reader *readers, size_t *heap, size_t n, size_t i) {
    size_t x = heap[i];
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && before(readers, heap[child + 1], heap[child])) child++;
        if (!before(readers, heap[child], x)) break;
        heap[i] = heap[child];
    }
    heap[i] = x;
}

/* What is merged, to its taker: as bytes, or as rows whose lengths were noted. */
static int give(const sort_taker *to, kith_buf *out, kith_buf *lengths, uint64_t n, kith_error *err) {
    if (to->emit) return to->emit(to->ctx, out->p, out->n, n, err);
    const char *p = out->p;
    kith_str rows[256];
    for (uint64_t done = 0, take; done < n; done += take) {
        take = n - done < 256 ? n - done : 256;
        for (uint64_t i = 0; i < take; i++) {
            uint32_t length;
            memcpy(&length, lengths->p + (done + i) * sizeof length, sizeof length);
            rows[i] = (kith_str){p, length - (size_t)1};
            p += length;
        }
        KITH_TRY(to->blocks->visit(to->ctx, 0, rows, take, err));
        KITH_TRY(to->blocks->commit(to->ctx, 0, err));
    }
    lengths->n = 0;
    return KITH_OK;
}

int sort_merge(kith_sorter *s, uint64_t most, const sort_taker *to, kith_error *err) {
    reader *readers = calloc(s->n_runs, sizeof *readers);
    size_t *heap = malloc(s->n_runs * sizeof *heap), n = 0, room = s->memory / (s->n_runs + 1);
    kith_buf out = {0}, sizes = {0};
    uint64_t rows = 0, given = 0;
    int status = readers && heap ? KITH_OK : kith_no_memory(err);
    if (room > 4 << 20) room = 4 << 20;
    if (room < 32 << 10) room = 32 << 10;
    for (size_t i = 0; status == KITH_OK && i < s->n_runs; i++) {
        bool end = false;
        readers[i] = (reader){.offset = s->runs[i].offset, .left = s->runs[i].bytes};
        status = reader_next(s, &readers[i], room, &end, err);
        if (!end) heap[n++] = i;
    }
    for (size_t i = n; status == KITH_OK && i-- > 0;) sift(readers, heap, n, i);
    while (status == KITH_OK && n && given < most) {
        reader *r = &readers[heap[0]];
        kith_buf_str(&out, r->row);
        uint32_t length = (uint32_t)r->row.n;
        if (!to->emit) kith_buf_put(&sizes, &length, sizeof length);
        rows++, given++;
        bool end = false;
        status = reader_next(s, r, room, &end, err);
        if (end) heap[0] = heap[--n];
        if (n) sift(readers, heap, n, 0);
        if (status == KITH_OK && (out.failed || sizes.failed)) status = kith_no_memory(err);
        if (status == KITH_OK && (out.n > 1 << 20 || n == 0 || given == most)) {
            status = give(to, &out, &sizes, rows, err);
            out.n = rows = 0;
        }
    }
    for (size_t i = 0; readers && i < s->n_runs; i++) kith_buf_free(&readers[i].buf);
    free(readers);
    free(heap);
    kith_buf_free(&out);
    kith_buf_free(&sizes);
    return status;
}

