/* Sorting: collecting rows into chunks, ordering those in memory, and gathering. See kith/sort.h; what does not fit in memory
 * is in sort_runs.c. */
#include "sort.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GATHER_ROWS = KITH_SORT_BLOCK, GATHER_BLOCKS = KITH_SORT_AHEAD, LEAST_MEMORY = 16 << 20 };

int kith_sort_keys(const kith_header *header, const char *text, kith_arena *arena, kith_sort_key **keys, size_t *n, kith_error *err) {
    *keys = kith_arena_alloc(arena, SORT_KEYS * sizeof **keys);
    *n = 0;
    if (!*keys) return kith_no_memory(err);
    /* each piece between commas outside braces, brackets and slashes is a selection of its own */
    for (const char *p = text; *p;) {
        const char *start = p;
        for (int depth = 0; *p && (depth || *p != ','); p++) depth += *p == '{' || *p == '[' ? 1 : *p == '}' || *p == ']' ? -1 : 0;
        bool descending = *start == '-' && p - start > 1;
        char *piece = kith_arena_copy(arena, start + descending, (size_t)(p - start) - descending);
        if (!piece) return kith_no_memory(err);
        if (*p) p++;
        kith_selection s;
        uint32_t whole = descending ? kith_column_find(header, piece) : KITH_NO_COLUMN;
        if (whole != KITH_NO_COLUMN) s = (kith_selection){.n = 1, .columns = &whole};
        else KITH_TRY(kith_select(header, piece, false, arena, &s, err));
        for (uint32_t i = 0; i < s.n; i++) {
            if (*n == SORT_KEYS) return kith_fail(err, KITH_USAGE, "more than %d key columns", SORT_KEYS);
            (*keys)[(*n)++] = (kith_sort_key){s.columns[i], descending, false};
        }
    }
    return *n ? KITH_OK : kith_fail(err, KITH_USAGE, "no key column is named");
}

int kith_sorter_new(kith_sorter **sorter, const kith_sort_key *keys, size_t n, uint64_t memory, int threads, const kith_zone *zone,
                    const char *folder, kith_error *err) {
    kith_sorter *s = calloc(1, sizeof *s);
    *sorter = s;
    if (!s) return kith_no_memory(err);
    s->fd = -1;
    if (n == 0 || n > SORT_KEYS) return kith_fail(err, KITH_USAGE, "between 1 and %d key columns can be sorted by", SORT_KEYS);
    s->keys = malloc(n * sizeof *keys);
    s->stats = malloc(n * sizeof *s->stats);
    s->folder = strdup(folder ? folder : "");
    if (!s->keys || !s->stats || !s->folder) return kith_no_memory(err);
    memcpy(s->keys, keys, n * sizeof *keys);
    for (size_t k = 0; k < n; k++) sort_stats_clear(&s->stats[k], keys[k].bytes);
    s->n_keys = n;
    s->memory = memory < LEAST_MEMORY ? LEAST_MEMORY : memory;
    s->threads = threads;
    s->zone = zone;
    s->most = UINT64_MAX;
    return KITH_OK;
}

void kith_sorter_top(kith_sorter *s, uint64_t most) {
    s->most = most < (uint64_t)1 << 40 ? most : UINT64_MAX;
    s->limit = s->most < 1 << 10 ? 1 << 12 : 4 * s->most;
}

void kith_sort_chunk_free(kith_sort_chunk *c) {
    if (!c) return;
    free(c->bytes);
    free(c->cells);
    free(c->stats);
    free(c);
}

void sort_drop_chunks(kith_sorter *s) {
    for (size_t i = 0; i < s->n_chunks; i++) kith_sort_chunk_free(s->chunks[i]);
    s->n_chunks = 0;
    s->held = s->rows = 0;
}

void kith_sorter_free(kith_sorter *s) {
    if (!s) return;
    sort_drop_chunks(s);
    if (s->fd >= 0) close(s->fd);
    for (sort_bar *bar = s->bar, *before; bar; bar = before) {
        before = bar->before;
        free(bar);
    }
    free(s->chunks);
    free(s->keys);
    free(s->stats);
    free(s->folder);
    free(s->runs);
    free(s);
}

uint64_t kith_sorter_spilled(const kith_sorter *s) { return s->spilled; }

/* ---- chunks ------------------------------------------------------------------------------------------------- */

/* Cuts a chunk down to the rows that can be among the first ones; its stats stay those of all its rows. */
static int keep_top(const kith_sorter *s, kith_sort_chunk **chunk, kith_error *err) {
    kith_sort_chunk *kept;
    sort_bar *bar;
    KITH_TRY(sort_top(s, chunk, 1, (*chunk)->stats, 1, &kept, &bar, err));
    free(bar); /* of this batch alone */
    if (!kept) return KITH_OK;
    kept->stats = (*chunk)->stats;
    (*chunk)->stats = NULL;
    kith_sort_chunk_free(*chunk);
    *chunk = kept;
    return KITH_OK;
}

int kith_sorter_chunk(const kith_sorter *s, const kith_batch *b, kith_sort_chunk **chunk, kith_error *err) {
    kith_sort_chunk *c = *chunk = calloc(1, sizeof *c);
    if (!c) return kith_no_memory(err);
    size_t bytes = 0;
    for (uint32_t i = 0; i < b->rows; i++) bytes += kith_row(b, i).n + 5;
    if (bytes > UINT32_MAX) return kith_fail(err, KITH_DATA, "%s: a block of more than 4 GiB cannot be sorted", b->file_name);
    c->bytes = malloc(bytes ? bytes : 1);
    c->cells = malloc((b->rows * s->n_keys + 1) * 2 * sizeof *c->cells);
    c->stats = malloc(s->n_keys * sizeof *c->stats);
    if (!c->bytes || !c->cells || !c->stats) return kith_no_memory(err);
    c->delimiter = b->delimiter;
    for (size_t k = 0; k < s->n_keys; k++) sort_stats_clear(&c->stats[k], s->keys[k].bytes);
    kith_buf scratch = {0};
    uint32_t *cell = c->cells;
    const sort_bar *bar = s->bar;
    for (uint32_t i = 0; i < b->rows; i++) {
        kith_str row = kith_row(b, i);
        uint32_t n = (uint32_t)row.n;
        if (bar && sort_beyond(bar, kith_cell(b, i, s->keys[0].column), s->keys[0].descending, s->zone, &scratch)) {
            for (size_t k = 0; k < s->n_keys; k++) sort_stats_take(&c->stats[k], kith_cell(b, i, s->keys[k].column), &scratch);
            continue;
        }
        c->rows++;
        memcpy(c->bytes + c->n, &n, 4);
        memcpy(c->bytes + c->n + 4, row.p, row.n);
        c->bytes[c->n + 4 + row.n] = '\n';
        for (size_t k = 0; k < s->n_keys; k++) {
            kith_str t = kith_cell(b, i, s->keys[k].column);
            *cell++ = (uint32_t)(c->n + 4 + (size_t)(t.p - row.p));
            *cell++ = (uint32_t)t.n;
            sort_stats_take(&c->stats[k], t, &scratch);
        }
        c->n += row.n + 5;
    }
    bool failed = scratch.failed;
    kith_buf_free(&scratch);
    if (failed) return kith_no_memory(err);
    if (c->n < bytes / 2) { /* most rows were left out */
        char *fewer = realloc(c->bytes, c->n + 1);
        uint32_t *cells = realloc(c->cells, (c->rows * s->n_keys + 1) * 2 * sizeof *cells);
        if (fewer) c->bytes = fewer;
        if (cells) c->cells = cells;
    }
    return s->most == UINT64_MAX ? KITH_OK : keep_top(s, chunk, err);
}

int kith_sorter_chunk_at(const kith_sorter *s, const kith_batch *b, const uint32_t *rows, const int64_t *us, uint32_t n, kith_sort_chunk **chunk, kith_error *err) {
    kith_sort_chunk *c = *chunk = calloc(1, sizeof *c);
    if (!c) return kith_no_memory(err);
    enum { BEFORE = 4 + SORT_MOMENT_BYTES };
    size_t bytes = 0, last = s->n_keys - 1;
    for (uint32_t i = 0; i < n; i++) bytes += kith_row(b, rows[i]).n + BEFORE + 1;
    if (bytes > UINT32_MAX) return kith_fail(err, KITH_DATA, "%s: a block of more than 4 GiB cannot be sorted", b->file_name);
    c->bytes = malloc(bytes ? bytes : 1);
    c->stats = malloc(s->n_keys * sizeof *c->stats);
    if (!c->bytes || !c->stats) return kith_no_memory(err);
    c->delimiter = b->delimiter;
    c->rows = n;
    c->n = bytes;
    for (size_t k = 0; k < s->n_keys; k++) sort_stats_clear(&c->stats[k], s->keys[k].bytes);
    kith_buf scratch = {0};
    char *p = c->bytes;
    for (uint32_t i = 0; i < n; i++) {
        kith_str row = kith_row(b, rows[i]);
        uint32_t length = (uint32_t)row.n + BEFORE - 4;
        memcpy(p, &length, 4);
        sort_put_moment(p + 4, us[i]);
        memcpy(p + BEFORE, row.p, row.n);
        p += BEFORE + row.n;
        *p++ = '\n';
        for (size_t k = 0; k < last; k++) sort_stats_take(&c->stats[k], kith_cell(b, rows[i], s->keys[k].column), &scratch);
        sort_stats_moment(&c->stats[last], us[i]);
    }
    bool failed = scratch.failed;
    kith_buf_free(&scratch);
    return failed ? kith_no_memory(err) : KITH_OK;
}

static uint64_t cost(const kith_sorter *s, const kith_sort_chunk *c) {
    return c->n + c->rows * (uint64_t)(c->cells ? 8 * s->n_keys + 48 : 48) + 64;
}

/* What is held becomes one chunk of the rows that can be among the first ones. */
static int drop_beyond(kith_sorter *s, kith_error *err) {
    kith_sort_chunk *kept;
    sort_bar *bar;
    KITH_TRY(sort_top(s, s->chunks, s->n_chunks, s->stats, s->threads, &kept, &bar, err));
    if (bar) {
        bar->before = s->bar;
        s->bar = bar;
    }
    if (kept) {
        sort_drop_chunks(s);
        s->chunks[s->n_chunks++] = kept;
        s->held = cost(s, kept);
        s->rows = kept->rows;
    }
    if (s->limit < 2 * s->rows) s->limit = 2 * s->rows;
    return KITH_OK;
}

int kith_sorter_add(kith_sorter *s, kith_sort_chunk *c, kith_error *err) {
    int status = KITH_OK;
    if (s->rows && s->held + cost(s, c) > s->memory) status = sort_spill(s, err);
    if (status == KITH_OK && s->n_chunks == s->room_chunks) {
        size_t room = s->room_chunks ? s->room_chunks * 2 : 64;
        kith_sort_chunk **wider = realloc(s->chunks, room * sizeof *wider);
        if (wider) s->chunks = wider, s->room_chunks = room;
        else status = kith_no_memory(err);
    }
    for (size_t k = 0; k < s->n_keys && status == KITH_OK; k++) sort_stats_merge(&s->stats[k], &c->stats[k]); /* of the rows left out, too */
    if (status != KITH_OK || c->rows == 0) {
        kith_sort_chunk_free(c);
        return status;
    }
    free(c->stats);
    c->stats = NULL;
    s->chunks[s->n_chunks++] = c;
    s->held += cost(s, c);
    s->rows += c->rows;
    return s->most != UINT64_MAX && s->rows > s->limit ? drop_beyond(s, err) : KITH_OK;
}

/* ---- ordering what is in memory ----------------------------------------------------------------------------- */

static void cells_of(const kith_sorter *s, const kith_sort_chunk *c, size_t row, size_t offset, kith_str *cells) {
    if (!c->cells) {
        uint32_t n;
        memcpy(&n, c->bytes + offset, 4);
        sort_cells((kith_str){c->bytes + offset + 4, n}, c->delimiter, s->keys, s->n_keys, cells);
        return;
    }
    const uint32_t *at = c->cells + row * s->n_keys * 2;
    for (size_t k = 0; k < s->n_keys; k++) cells[k] = (kith_str){c->bytes + at[2 * k], at[2 * k + 1]};
}

static kith_str row_of(const kith_sorter *s, uint64_t ref) { return sort_row(s->chunks, ref); }

static int code_chunk(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker;
    sort_ordering *o = ctx;
    const kith_sort_chunk *c = o->s->chunks[index];
    uint64_t *r = o->records + o->base[index] * ((size_t)o->words + 1);
    kith_str cells[SORT_KEYS];
    kith_buf scratch = {0};
    size_t offset = 0, n_keys = o->s->n_keys, bad = n_keys;
    bool later = false; /* times that have no place in the codes */
    for (size_t k = o->codes->n; k < n_keys; k++) later |= o->types[k] == SORT_TIME;
    for (uint32_t i = 0; i < c->rows && bad == n_keys; i++) {
        sort_u128 code;
        uint32_t n;
        cells_of(o->s, c, i, offset, cells);
        if (!sort_code_of(o->codes, cells, o->s->zone, &scratch, &code) || later) bad = sort_no_time(o->types, n_keys, cells, o->s->zone, &scratch);
        if (o->words == 2) *r++ = (uint64_t)(code >> 64);
        *r++ = (uint64_t)code;
        *r++ = (uint64_t)index << 32 | offset;
        memcpy(&n, c->bytes + offset, 4);
        offset += n + (size_t)5;
    }
    bool failed = scratch.failed;
    kith_buf_free(&scratch);
    if (failed) return kith_no_memory(err);
    return bad == n_keys ? KITH_OK : kith_fail(err, NOT_A_TIME + (int)bad, "not a time");
}

typedef struct tie {
    kith_str key;
    uint64_t ref;
} tie;

static int by_key(const void *a, const void *b) {
    const tie *x = a, *y = b;
    int c = kith_str_compare(x->key, y->key);
    return c ? c : x->ref < y->ref ? -1 : 1;
}

static void encode_ref(const sort_ordering *o, uint64_t ref, kith_buf *out) {
    kith_str cells[SORT_KEYS];
    sort_cells(row_of(o->s, ref), o->s->chunks[ref >> 32]->delimiter, o->s->keys, o->s->n_keys, cells);
    sort_encode(o->s->keys, o->types, o->s->n_keys, cells, o->s->zone, out);
}

static bool same_code(const uint64_t *a, const uint64_t *b, int words) { return a[0] == b[0] && (words == 1 || a[1] == b[1]); }

/* Breaks the ties of inexact codes between two bounds. */
static int break_ties(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker;
    sort_ordering *o = ctx;
    size_t stride = (size_t)o->words + 1, end = o->bounds[index + 1];
    for (size_t i = o->bounds[index], j; i < end; i = j) {
        uint64_t *r = o->records;
        for (j = i + 1; j < end && same_code(r + i * stride, r + j * stride, o->words); j++) {}
        if (j - i < 2) continue;
        kith_buf keys = {0};
        tie *ties = malloc((j - i) * sizeof *ties);
        for (size_t k = i; ties && k < j; k++) {
            size_t from = keys.n;
            ties[k - i].ref = r[k * stride + stride - 1];
            encode_ref(o, ties[k - i].ref, &keys);
            ties[k - i].key.n = keys.n - from;
        }
        bool failed = !ties || keys.failed;
        if (!failed) {
            const char *p = keys.p;
            for (size_t k = 0; k < j - i; p += ties[k++].key.n) ties[k].key.p = p;
            qsort(ties, j - i, sizeof *ties, by_key);
            for (size_t k = i; k < j; k++) r[k * stride + stride - 1] = ties[k - i].ref;
        }
        free(ties);
        kith_buf_free(&keys);
        if (failed) return kith_no_memory(err);
    }
    return KITH_OK;
}

void sort_ordering_free(sort_ordering *o) {
    free(o->codes);
    free(o->records);
    free(o->scratch);
    free(o->base);
    free(o->bounds);
}

static int order_once(sort_ordering *o, kith_error *err) {
    kith_sorter *s = o->s;
    size_t stride, n = 0;
    for (size_t k = 0; k < s->n_keys; k++) o->types[k] = sort_type_of(&s->stats[k]);
    o->codes = sort_codes_new(s->stats, s->keys, s->n_keys);
    o->base = malloc((s->n_chunks + 1) * sizeof *o->base);
    if (!o->codes || !o->base) return kith_no_memory(err);
    o->words = o->codes->bits > 64 ? 2 : 1;
    stride = (size_t)o->words + 1;
    for (size_t i = 0; i < s->n_chunks; i++) o->base[i] = n, n += s->chunks[i]->rows;
    o->records = kith_large_alloc((n + 1) * stride * sizeof *o->records);
    o->scratch = kith_large_alloc((n + 1) * stride * sizeof *o->scratch);
    if (!o->records || !o->scratch) return kith_no_memory(err);
    KITH_TRY(kith_parallel(s->threads, s->n_chunks, code_chunk, o, err));
    KITH_TRY(sort_radix(o->records, o->scratch, n, o->words, o->codes->bits, s->threads, &o->bounds, &o->n_bounds, err));
    free(o->scratch);
    o->scratch = NULL;
    return o->codes->exact ? KITH_OK : kith_parallel(s->threads, o->n_bounds, break_ties, o, err);
}

/* The references of all rows in memory, in order. */
int sort_order(kith_sorter *s, sort_ordering *o, kith_error *err) {
    for (;;) {
        *o = (sort_ordering){.s = s};
        int status = order_once(o, err);
        if (status < NOT_A_TIME) return status;
        sort_ordering_free(o); /* something only looks like a time: that column is text */
        s->stats[status - NOT_A_TIME].time = false;
    }
}

/* ---- gathering ---------------------------------------------------------------------------------------------- */

typedef struct gather {
    const sort_ordering *o;
    size_t from, to; /* records */
    bool keys;       /* the form of a run */
    const sort_taker *taker;
    kith_buf blocks[GATHER_BLOCKS];
} gather;

static void fetch_ahead(const sort_ordering *o, const uint64_t *ref, size_t i, size_t to, size_t stride) {
    enum { AHEAD = 24 };
    if (i + AHEAD >= to) return;
    uint64_t r = ref[(i + AHEAD) * stride];
    const char *p = o->s->chunks[r >> 32]->bytes + (uint32_t)r;
    __builtin_prefetch(p);
    __builtin_prefetch(p + 64);
}

static int gather_block(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker;
    gather *g = ctx;
    const sort_ordering *o = g->o;
    size_t stride = (size_t)o->words + 1, from = g->from + index * GATHER_ROWS, to = from + GATHER_ROWS;
    if (to > g->to) to = g->to;
    const uint64_t *ref = o->records + stride - 1;
    kith_buf *buf = &g->blocks[index];
    buf->n = 0;
    if (!g->taker->emit) {
        if (!kith_buf_reserve(buf, GATHER_ROWS * sizeof(kith_str))) return kith_no_memory(err);
        kith_str *rows = (kith_str *)(void *)buf->p;
        for (size_t i = from; i < to; i++) {
            fetch_ahead(o, ref, i, to, stride);
            rows[i - from] = row_of(o->s, ref[i * stride]);
        }
        return g->taker->blocks->visit(g->taker->ctx, index, rows, to - from, err);
    }
    for (size_t i = from; i < to; i++) {
        fetch_ahead(o, ref, i, to, stride);
        kith_str row = row_of(o->s, ref[i * stride]);
        if (!g->keys) {
            kith_buf_put(buf, row.p, row.n + 1);
            continue;
        }
        size_t head = buf->n;
        kith_buf_put(buf, "\0\0\0\0\0\0\0\0", 8);
        size_t start = buf->n;
        encode_ref(o, ref[i * stride], buf);
        if (buf->failed) break;
        uint32_t lengths[2] = {(uint32_t)(buf->n - start), (uint32_t)row.n + 1};
        memcpy(buf->p + head, lengths, 8);
        kith_buf_put(buf, row.p, row.n + 1);
    }
    return buf->failed ? kith_no_memory(err) : KITH_OK;
}

/* Gives the first `n` of the ordered rows to `to`. */
int sort_gather(const sort_ordering *o, size_t n, bool keys, const sort_taker *to, kith_error *err) {
    gather g = {.o = o, .keys = keys, .taker = to};
    int status = KITH_OK;
    for (size_t from = 0; from < n && status == KITH_OK; from = g.to) {
        g.from = from;
        g.to = n - from < (size_t)GATHER_ROWS * GATHER_BLOCKS ? n : from + (size_t)GATHER_ROWS * GATHER_BLOCKS;
        size_t blocks = (g.to - from + GATHER_ROWS - 1) / GATHER_ROWS;
        status = kith_parallel(o->s->threads, blocks, gather_block, &g, err);
        for (size_t i = 0; i < blocks && status == KITH_OK; i++) {
            size_t first = from + i * GATHER_ROWS, last = first + GATHER_ROWS < g.to ? first + GATHER_ROWS : g.to;
            status = to->emit ? to->emit(to->ctx, g.blocks[i].p, g.blocks[i].n, last - first, err) : to->blocks->commit(to->ctx, i, err);
        }
    }
    for (size_t i = 0; i < GATHER_BLOCKS; i++) kith_buf_free(&g.blocks[i]);
    return status;
}

/* Every run in the order of the types that the whole input's columns have. */
static int same_types(kith_sorter *s, char delimiter, kith_error *err) {
    sort_type types[SORT_KEYS];
    for (size_t i = 0; i < s->n_runs; i++) {
        for (size_t k = 0; k < s->n_keys; k++) types[k] = sort_type_of(&s->stats[k]);
        sort_run *r = &s->runs[i];
        if (!memcmp(r->types, types, s->n_keys * sizeof *types)) continue;
        memcpy(r->types, types, s->n_keys * sizeof *types);
        int status = sort_run_again(s, r, delimiter, err);
        if (status >= NOT_A_TIME) {
            s->stats[status - NOT_A_TIME].time = false;
            i = SIZE_MAX; /* from the first run on */
        } else if (status) return status;
    }
    return KITH_OK;
}

static int finish(kith_sorter *s, uint64_t most, const sort_taker *to, kith_error *err) {
    if (s->n_runs == 0) {
        sort_ordering o;
        int status = sort_order(s, &o, err);
        if (status == KITH_OK) status = sort_gather(&o, most < s->rows ? most : s->rows, false, to, err);
        sort_ordering_free(&o);
        sort_drop_chunks(s);
        return status;
    }
    char delimiter = s->n_chunks ? s->chunks[0]->delimiter : ',';
    KITH_TRY(sort_spill(s, err));
    KITH_TRY(same_types(s, delimiter, err));
    return sort_merge(s, most, to, err);
}

int kith_sorter_finish(kith_sorter *s, uint64_t most, kith_sort_emit emit, void *ctx, kith_error *err) {
    return finish(s, most, &(sort_taker){.emit = emit, .ctx = ctx}, err);
}

int kith_sorter_finish_blocks(kith_sorter *s, const kith_sort_blocks *blocks, void *ctx, kith_error *err) {
    return finish(s, UINT64_MAX, &(sort_taker){.blocks = blocks, .ctx = ctx}, err);
}
