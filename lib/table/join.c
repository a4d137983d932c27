/* Joining: the right side's rows lie in blocks as they go out, chained by key; the left side's batches look all their keys
 * up, fetch all first rows, then write. Past the memory both sides are parted by the hash of the key (Grace join: Kitsuregawa et
 * al. 1983), joined part by part, and put in the left rows' order again by merging. */
#include "join.h"

#include <kith/spill.h>

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>


typedef struct slice { /* as of: a key's rows in order of time */
    int64_t time;
    const join_row *row;
} slice;

typedef struct chain { /* a key's rows, beside it in the table */
    join_row *first, *last;
} chain;

typedef struct worker {
    kith_keys keys;
    kith_buf rows;       /* right: join_rows, padded to 8 bytes */
    size_t *at;          /* right: where each row's starts; SIZE_MAX: left out */
    double (*places)[2]; /* left */
    int64_t *times;      /* left */
    uint32_t room;
    kith_buf text;
} worker;

struct kith_joiner {
    kith_join_options o;
    worker *workers;
    kith_hashtable table;
    kith_hashtable wanted; /* the left side's keys, while `filter` */
    bool filter, gave_up;
    char **blocks;
    size_t n_blocks, room_blocks, slab, used; /* the last one's bytes, and those in use */
    uint64_t held;
    _Atomic unsigned char *hits; /* by entry with several rows: left rows that met it, 2 for more */
    size_t *from;                /* as of: by entry, into slices */
    slice *slices;
    join_places places;
    kith_spill *right_parts, *left_parts, *joined;
    unsigned part;
    uint64_t number; /* of left rows */
    kith_buf empty;  /* a left row without a match: delimiters */
    kith_buf wait;
    kith_join_counts counts;
};

int kith_joiner_new(kith_joiner **joiner, const kith_join_options *o, kith_error *err) {
    kith_joiner *j = *joiner = calloc(1, sizeof *j);
    if (!j) return kith_no_memory(err);
    j->o = *o;
    j->workers = calloc((size_t)o->workers, sizeof *j->workers);
    for (uint32_t i = 0; i < o->right.n + o->near; i++) kith_buf_putc(&j->empty, o->delimiter);
    if (!j->workers || j->empty.failed) return kith_no_memory(err);
    return kith_hashtable_init_beside(&j->table, sizeof(chain), err);
}

static inline chain *chain_of(const kith_joiner *j, uint32_t entry) { return kith_hashtable_beside(&j->table, entry); }

static void forget(kith_joiner *j) {
    for (size_t i = 0; i < j->n_blocks; i++) free(j->blocks[i]);
    j->n_blocks = 0;
    free((void *)j->hits);
    free(j->from);
    free(j->slices);
    j->hits = NULL;
    j->from = NULL;
    j->slices = NULL;
    j->held = 0;
    join_places_free(&j->places);
    kith_hashtable_free(&j->table);
}

void kith_joiner_free(kith_joiner *j) {
    if (!j) return;
    forget(j);
    kith_hashtable_free(&j->wanted);
    free(j->blocks);
    for (int i = 0; j->workers && i < j->o.workers; i++) {
        worker *w = &j->workers[i];
        kith_keys_free(&w->keys);
        kith_buf_free(&w->rows);
        kith_buf_free(&w->text);
        free(w->at);
        free(w->places);
        free(w->times);
    }
    free(j->workers);
    kith_spill_free(j->right_parts);
    kith_spill_free(j->left_parts);
    kith_spill_free(j->joined);
    kith_buf_free(&j->empty);
    kith_buf_free(&j->wait);
    free(j);
}

kith_join_counts kith_joiner_counts(const kith_joiner *j) { return j->counts; }

static unsigned part_of(uint64_t hash) { return (unsigned)(hash & (KITH_SPILL_PARTS - 1)); }

static int worker_room(worker *w, uint32_t rows, kith_error *err) {
    if (rows <= w->room) return KITH_OK;
    free(w->at);
    free(w->places);
    free(w->times);
    w->at = malloc(rows * sizeof *w->at);
    w->places = malloc(rows * sizeof *w->places);
    w->times = malloc(rows * sizeof *w->times);
    w->room = w->at && w->places && w->times ? rows : 0;
    return w->room ? KITH_OK : kith_no_memory(err);
}

/* Without key columns all rows have the same key. */
static int keys_of(kith_joiner *j, worker *w, const kith_batch *b, const uint32_t *columns, kith_error *err) {
    static const uint32_t any = 0;
    if (j->o.n_keys) return kith_keys_of(&w->keys, b, columns, j->o.n_keys, err);
    KITH_TRY(kith_keys_of(&w->keys, b, &any, 1, err));
    for (uint32_t i = 0; i < b->rows; i++) w->keys.hashes[i] = kith_key_of((kith_str){"", 0}, &w->keys.keys[i]);
    return KITH_OK;
}

/* ---- what a row matches by besides its key ------------------------------------------------------------------ */

enum { LEAVE_OUT = -1, NO_MATCH = 0, MATCH = 1 };

typedef struct left_head { /* of a left row on disk: a row without a time has the key of all rows where there are no key columns */
    int64_t time, state;
} left_head;

static int degrees(const kith_batch *b, uint32_t row, uint32_t col, double most, double *v, kith_out *out, kith_error *err, int *state) {
    kith_cell_state s = kith_cell_double(b, row, col, v);
    *state = s == KITH_CELL_MISSING ? NO_MATCH : MATCH;
    if (s != KITH_CELL_BAD && (s == KITH_CELL_MISSING || fabs(*v) <= most)) return KITH_OK;
    *state = LEAVE_OUT;
    return kith_bad_row(b, row, col, "not_a_place", "no degrees of latitude or longitude", out, err);
}

/* Reads a row's time or place; *state says whether it can match. */
static int besides(const kith_join_options *o, const kith_batch *b, uint32_t row, bool left, int64_t *time, double place[2], kith_out *out,
                   kith_error *err, int *state) {
    *state = MATCH;
    *time = 0;
    if (o->as_of) {
        uint32_t col = left ? o->left_time : o->right_time;
        kith_cell_state s = kith_cell_time(b, row, col, o->zone, time);
        if (s == KITH_CELL_MISSING) *state = NO_MATCH;
        if (s == KITH_CELL_BAD) {
            *state = LEAVE_OUT;
            KITH_TRY(kith_bad_row(b, row, col, "not_a_time", "not a time", out, err));
        }
    }
    if (o->near && *state == MATCH) {
        const uint32_t *cols = left ? o->left_place : o->right_place;
        KITH_TRY(degrees(b, row, cols[0], 90, &place[0], out, err, state));
        if (*state == MATCH) KITH_TRY(degrees(b, row, cols[1], 360, &place[1], out, err, state));
    }
    return KITH_OK;
}

/* ---- the left side's keys, ahead ---------------------------------------------------------------------------- */

int kith_joiner_wanted_visit(void *ctx, int number, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_joiner *j = ctx;
    (void)out;
    return keys_of(j, &j->workers[number], b, j->o.left_key, err);
}

int kith_joiner_wanted_commit(void *ctx, int number, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_joiner *j = ctx;
    kith_keys *k = &j->workers[number].keys;
    (void)out;
    if (j->gave_up) return KITH_OK;
    if (!j->filter) KITH_TRY(kith_hashtable_init(&j->wanted, err));
    j->filter = true;
    KITH_TRY(kith_hashtable_put(&j->wanted, k->keys, k->hashes, b->rows, k->entries, err));
    if (kith_hashtable_size(&j->wanted) > j->o.memory / 8) kith_joiner_all(j);
    return KITH_OK;
}

void kith_joiner_all(kith_joiner *j) {
    kith_hashtable_free(&j->wanted);
    j->filter = false;
    j->gave_up = true;
}

/* ---- the right side ----------------------------------------------------------------------------------------- */

int kith_joiner_right_visit(void *ctx, int number, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_joiner *j = ctx;
    worker *w = &j->workers[number];
    const kith_join_options *o = &j->o;
    KITH_TRY(worker_room(w, b->rows, err));
    KITH_TRY(keys_of(j, w, b, o->right_key, err));
    w->rows.n = 0;
    if (j->filter) kith_hashtable_find(&j->wanted, w->keys.keys, w->keys.hashes, b->rows, w->keys.entries);
    else kith_buf_reserve(&w->rows, (size_t)b->rows * 48 + 64);
    for (uint32_t i = 0; i < b->rows; i++) {
        int64_t time;
        double place[2];
        int state = MATCH;
        w->at[i] = SIZE_MAX;
        if (w->keys.gaps[i] && o->n_keys) continue;
        KITH_TRY(besides(o, b, i, false, &time, place, out, err, &state));
        if (state != MATCH || (j->filter && w->keys.entries[i] == KITH_NO_ENTRY)) continue;
        size_t start = w->rows.n;
        join_row head = {.time = time};
        kith_buf_put(&w->rows, &head, offsetof(join_row, text));
        size_t text = w->rows.n;
        for (uint32_t c = 0; c < o->right.n; c++) {
            kith_buf_putc(&w->rows, o->delimiter);
            kith_str cell = kith_cell(b, i, o->right.columns[c]);
            if (b->delimiter == o->delimiter) kith_buf_str(&w->rows, cell);
            else {
                kith_row_writer writer = kith_row_begin(&w->rows, o->delimiter);
                kith_put_raw(&writer, cell, b->delimiter);
            }
        }
        if (w->rows.failed) return kith_no_memory(err);
        if (w->rows.n - text > UINT32_MAX) return kith_fail(err, KITH_DATA, "%s: a row of more than 4 GiB cannot be joined", b->file_name);
        head.n = (uint32_t)(w->rows.n - text);
        memcpy(w->rows.p + start, &head, offsetof(join_row, text));
        if (o->near) kith_buf_put(&w->rows, place, sizeof place);
        kith_buf_put(&w->rows, "\0\0\0\0\0\0\0", (8 - w->rows.n % 8) % 8);
        w->at[i] = start;
    }
    return w->rows.failed ? kith_no_memory(err) : KITH_OK;
}

static int add_row(kith_joiner *j, uint32_t entry, join_row *row, kith_error *err) {
    if (j->o.near) {
        double place[2];
        memcpy(place, row->text + row->n, sizeof place);
        KITH_TRY(join_places_add(&j->places, place[0], place[1], row, entry, err));
    }
    chain *c = chain_of(j, entry);
    if (c->first) c->last->next = row;
    else c->first = row;
    c->last = row;
    return KITH_OK;
}

/* Copies the rows to where they stay: slabs on large pages. NULL when out of memory. */
static char *settle_rows(kith_joiner *j, const kith_buf *rows) {
    enum { SLAB = 8 << 20 };
    size_t n = (rows->n + 7) / 8 * 8;
    if (!j->n_blocks || j->slab - j->used < n) {
        if (j->n_blocks == j->room_blocks) {
            size_t room = j->room_blocks ? j->room_blocks * 2 : 64;
            char **wider = realloc(j->blocks, room * sizeof *wider);
            if (!wider) return NULL;
            j->blocks = wider;
            j->room_blocks = room;
        }
        size_t slab = n > SLAB ? n : SLAB;
        char *fresh = kith_large_alloc(slab);
        if (!fresh) return NULL;
        j->blocks[j->n_blocks++] = fresh;
        j->slab = slab;
        j->used = 0;
    }
    char *to = j->blocks[j->n_blocks - 1] + j->used;
    if (rows->n) memcpy(to, rows->p, rows->n);
    j->used += n;
    j->held += n;
    return to;
}

static int put_right(kith_joiner *j, kith_str key, uint64_t hash, const join_row *row, kith_buf *text, kith_error *err) {
    text->n = 0;
    kith_buf_put(text, &row->time, sizeof row->time);
    kith_buf_put(text, row->text, row->n);
    if (text->failed) return kith_no_memory(err);
    return kith_spill_put(j->right_parts, part_of(hash), 0, key, (kith_str){text->p, text->n}, err);
}

/* The table is past the memory: all it holds goes to disk. */
static int part_right(kith_joiner *j, kith_error *err) {
    KITH_TRY(kith_spill_new(&j->right_parts, j->o.folder, err));
    kith_buf text = {0};
    int status = KITH_OK;
    for (uint32_t e = 0; e < j->table.n && status == KITH_OK; e++) {
        kith_key key;
        uint64_t hash = kith_key_of(kith_hashtable_key(&j->table, e), &key);
        for (const join_row *row = chain_of(j, e)->first; row && status == KITH_OK; row = row->next)
            status = put_right(j, kith_key_str(&key), hash, row, &text, err);
    }
    kith_buf_free(&text);
    forget(j);
    return status;
}

int kith_joiner_right_commit(void *ctx, int number, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_joiner *j = ctx;
    worker *w = &j->workers[number];
    (void)out;
    j->counts.right_rows += b->rows;
    uint64_t held = j->held + kith_hashtable_size(&j->table) + j->places.room * sizeof(join_place);
    if (!j->right_parts && held + w->rows.n > j->o.memory) {
        if (j->o.near) return kith_fail(err, KITH_SYSTEM, "the places take more than --memory allows");
        KITH_TRY(part_right(j, err));
    }
    if (j->right_parts) {
        for (uint32_t i = 0; i < b->rows; i++)
            if (w->at[i] != SIZE_MAX)
                KITH_TRY(put_right(j, kith_key_str(&w->keys.keys[i]), w->keys.hashes[i], (const join_row *)(const void *)(w->rows.p + w->at[i]), &w->text, err));
        return KITH_OK;
    }
    /* rows that are left out leave no entry: only the others' keys go in, packed to the front */
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->rows; i++) {
        if (w->at[i] == SIZE_MAX) continue;
        w->keys.keys[n] = w->keys.keys[i];
        w->keys.hashes[n] = w->keys.hashes[i];
        w->at[n++] = w->at[i];
    }
    KITH_TRY(kith_hashtable_put(&j->table, w->keys.keys, w->keys.hashes, n, w->keys.entries, err));
    char *block = settle_rows(j, &w->rows);
    if (!block) return kith_no_memory(err);
    for (uint32_t i = 0; i < n; i++) KITH_TRY(add_row(j, w->keys.entries[i], (join_row *)(void *)(block + w->at[i]), err));
    return KITH_OK;
}

static int by_time(const void *a, const void *b) {
    const slice *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return 0;
}

static void sort_slices(slice *s, slice *t, size_t n) { /* stable: merge sort */
    if (n < 2) return;
    size_t half = n / 2, i = 0, k = half, to = 0;
    sort_slices(s, t, half);
    sort_slices(s + half, t, n - half);
    if (by_time(&s[half - 1], &s[half]) <= 0) return;
    memcpy(t, s, half * sizeof *s);
    while (i < half && k < n) {
        if (by_time(&t[i], &s[k]) <= 0) s[to++] = t[i++];
        else s[to++] = s[k++];
    }
    while (i < half) s[to++] = t[i++];
}

/* After all rows of the table (or of a part) are in. */
static int settle(kith_joiner *j, kith_error *err) {
    j->hits = calloc(j->table.n + 1, sizeof *j->hits);
    if (!j->hits) return kith_no_memory(err);
    size_t rows = 0, most = 0;
    j->counts.right_keys += j->table.n;
    for (uint32_t e = 0; e < j->table.n; e++) j->counts.right_repeated += chain_of(j, e)->first != chain_of(j, e)->last;
    if (j->o.near) return join_places_build(&j->places, j->o.distance, err);
    if (!j->o.as_of) return KITH_OK;
    j->from = malloc((j->table.n + (size_t)1) * sizeof *j->from);
    if (!j->from) return kith_no_memory(err);
    for (uint32_t e = 0; e < j->table.n; e++) {
        j->from[e] = rows;
        for (const join_row *r = chain_of(j, e)->first; r; r = r->next) rows++;
        if (rows - j->from[e] > most) most = rows - j->from[e];
    }
    j->from[j->table.n] = rows;
    j->slices = malloc((rows + 1) * sizeof *j->slices);
    slice *scratch = malloc((most + 1) * sizeof *scratch);
    if (!j->slices || !scratch) {
        free(scratch);
        return kith_no_memory(err);
    }
    for (uint32_t e = 0; e < j->table.n; e++) {
        size_t k = j->from[e];
        for (const join_row *r = chain_of(j, e)->first; r; r = r->next) j->slices[k++] = (slice){r->time, r};
        sort_slices(j->slices + j->from[e], scratch, k - j->from[e]);
    }
    free(scratch);
    return KITH_OK;
}

int kith_joiner_built(kith_joiner *j, kith_error *err) {
    if (!j->right_parts) return settle(j, err);
    KITH_TRY(kith_spill_new(&j->left_parts, j->o.folder, err));
    return kith_spill_new(&j->joined, j->o.folder, err);
}

/* ---- the left side ------------------------------------------------------------------------------------------ */

static const join_row *as_of(const kith_joiner *j, uint32_t entry, int64_t time) {
    size_t low = j->from[entry], high = j->from[entry + 1];
    while (low < high) { /* the first that is later */
        size_t middle = low + (high - low) / 2;
        if (j->slices[middle].time <= time) low = middle + 1;
        else high = middle;
    }
    if (low == j->from[entry]) return NULL;
    const slice *s = &j->slices[low - 1];
    return j->o.within != INT64_MAX && time - s->time > j->o.within ? NULL : s->row;
}

/* Writes a left row's results: `left` is the row as it goes out. Returns how many. */
static uint64_t join_one(kith_joiner *j, kith_str left, uint32_t entry, int state, int64_t time, const double place[2], kith_buf *out) {
    const kith_join_options *o = &j->o;
    const join_row *match = NULL;
    double km = 0;
    bool one = o->as_of || o->near;
    if (state == LEAVE_OUT) return 0;
    if (state == MATCH && (entry != KITH_NO_ENTRY || (o->near && o->n_keys == 0))) { /* without rows on the right there is no entry, keys or not */
        if (o->near) match = join_places_nearest(&j->places, place[0], place[1], entry, o->n_keys > 0, &km);
        else if (o->as_of) match = as_of(j, entry, time);
        else match = chain_of(j, entry)->first;
    }
    if (!match) {
        if (o->kind == KITH_JOIN_INNER) return 0;
        kith_buf_str(out, left);
        if (o->kind == KITH_JOIN_LEFT) kith_buf_put(out, j->empty.p, j->empty.n);
        kith_buf_putc(out, '\n');
        return 1;
    }
    if (o->kind == KITH_JOIN_ANTI) return 0;
    if (!one && match->next && atomic_load_explicit(&j->hits[entry], memory_order_relaxed) < 2)
        atomic_fetch_add_explicit(&j->hits[entry], 1, memory_order_relaxed); /* may pass 2 by the number of threads */
    uint64_t n = 0;
    for (const join_row *row = match; row; row = one ? NULL : row->next, n++) {
        size_t need = left.n + row->n + 40;
        if (out->room - out->n < need && !kith_buf_reserve(out, need)) return n;
        memcpy(out->p + out->n, left.p, left.n);
        memcpy(out->p + out->n + left.n, row->text, row->n);
        out->n += left.n + row->n;
        if (o->near) {
            kith_buf_putc(out, o->delimiter);
            kith_buf_double(out, round(km * 1e6) / 1e6);
        }
        out->p[out->n++] = '\n';
    }
    return n;
}

int kith_joiner_left_visit(void *ctx, int number, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_joiner *j = ctx;
    const kith_join_options *o = &j->o;
    worker *w = &j->workers[number];
    KITH_TRY(worker_room(w, b->rows, err));
    KITH_TRY(keys_of(j, w, b, o->left_key, err));
    uint32_t *entries = w->keys.entries;
    bool plain = !o->as_of && !o->near, same = b->delimiter == o->delimiter;
    enum { AHEAD = 16, STRIP = 256 }; /* what a strip's look-ups have fetched is still in the nearest cache */
    for (uint32_t i = 0, found = 0; i < b->rows; i++) {
        if (i + AHEAD >= found && found < b->rows && !j->right_parts) {
            uint32_t n = b->rows - found < STRIP ? b->rows - found : STRIP;
            kith_hashtable_find(&j->table, w->keys.keys + found, w->keys.hashes + found, n, entries + found);
            found += n;
        }
        int state = MATCH;
        int64_t time = 0;
        double place[2] = {0, 0};
        if (!plain) KITH_TRY(besides(o, b, i, true, &time, place, out, err, &state));
        if (state == MATCH && o->n_keys && w->keys.gaps[i]) state = NO_MATCH;
        if (j->right_parts) { /* joined at the end */
            w->times[i] = time;
            w->at[i] = state == MATCH ? MATCH : state == NO_MATCH ? NO_MATCH : SIZE_MAX;
            continue;
        }
        if (plain && i + AHEAD < b->rows && entries[i + AHEAD] != KITH_NO_ENTRY) {
            const char *p = (const char *)chain_of(j, entries[i + AHEAD])->first;
            __builtin_prefetch(p);
            __builtin_prefetch(p + 63);
        }
        kith_str left = kith_row(b, i);
        if (!same) {
            w->text.n = 0;
            kith_row_writer writer = kith_row_begin(&w->text, o->delimiter);
            kith_put_row(&writer, b, i);
            left = (kith_str){w->text.p, w->text.n};
        }
        out->rows_out += join_one(j, left, entries[i], state, time, place, &out->rows);
    }
    return out->rows.failed || w->text.failed ? kith_no_memory(err) : KITH_OK;
}

int kith_joiner_left_commit(void *ctx, int number, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_joiner *j = ctx;
    worker *w = &j->workers[number];
    (void)out;
    uint64_t first = j->number;
    j->number += b->rows;
    if (!j->right_parts) return KITH_OK;
    for (uint32_t i = 0; i < b->rows; i++) {
        if (w->at[i] == SIZE_MAX || (w->at[i] == NO_MATCH && j->o.kind == KITH_JOIN_INNER)) continue;
        kith_str key = w->at[i] == MATCH ? kith_key_str(&w->keys.keys[i]) : (kith_str){"", 0};
        unsigned part = w->at[i] == MATCH ? part_of(w->keys.hashes[i]) : (unsigned)(first + i) % KITH_SPILL_PARTS;
        w->text.n = 0;
        left_head head = {w->times[i], w->at[i] == MATCH ? MATCH : NO_MATCH};
        kith_buf_put(&w->text, &head, sizeof head);
        kith_row_writer writer = kith_row_begin(&w->text, j->o.delimiter);
        kith_put_row(&writer, b, i);
        if (w->text.failed) return kith_no_memory(err);
        KITH_TRY(kith_spill_put(j->left_parts, part, first + i, key, (kith_str){w->text.p, w->text.n}, err));
    }
    return KITH_OK;
}

/* ---- the parts ---------------------------------------------------------------------------------------------- */

static int part_right_row(void *ctx, uint64_t number, kith_str text, kith_str value, kith_error *err) {
    kith_joiner *j = ctx;
    (void)number;
    kith_key key;
    uint64_t hash = kith_key_of(text, &key);
    uint32_t entry;
    join_row head = {.n = (uint32_t)(value.n - sizeof head.time)};
    memcpy(&head.time, value.p, sizeof head.time);
    kith_buf row = {0};
    kith_buf_put(&row, &head, offsetof(join_row, text));
    kith_buf_put(&row, value.p + sizeof head.time, head.n);
    int status = row.failed ? kith_no_memory(err) : kith_hashtable_put(&j->table, &key, &hash, 1, &entry, err);
    char *at = status == KITH_OK ? settle_rows(j, &row) : NULL;
    if (status == KITH_OK && !at) status = kith_no_memory(err);
    if (status == KITH_OK) status = add_row(j, entry, (join_row *)(void *)at, err);
    kith_buf_free(&row);
    return status;
}

static int part_left_row(void *ctx, uint64_t number, kith_str text, kith_str value, kith_error *err) {
    kith_joiner *j = ctx;
    kith_key key;
    uint64_t hash = kith_key_of(text, &key);
    uint32_t entry;
    left_head head;
    memcpy(&head, value.p, sizeof head);
    kith_hashtable_find(&j->table, &key, &hash, 1, &entry);
    j->wait.n = 0;
    join_one(j, (kith_str){value.p + sizeof head, value.n - sizeof head}, entry, (int)head.state, head.time, NULL, &j->wait);
    if (j->wait.failed) return kith_no_memory(err);
    return j->wait.n ? kith_spill_put(j->joined, j->part, number, (kith_str){"", 0}, (kith_str){j->wait.p, j->wait.n}, err) : KITH_OK;
}

static void count_hits(kith_joiner *j) {
    for (uint32_t e = 0; j->hits && e < j->table.n; e++) j->counts.both_repeated += j->hits[e] >= 2;
}

typedef struct giving {
    kith_join_emit emit;
    void *ctx;
} giving;

static int give(void *ctx, uint64_t number, kith_str key, kith_str rows, kith_error *err) {
    giving *g = ctx;
    (void)number, (void)key;
    return g->emit(g->ctx, rows, err);
}

int kith_joiner_finish(kith_joiner *j, kith_join_emit emit, void *ctx, kith_error *err) {
    if (!j->right_parts) {
        count_hits(j);
        return KITH_OK;
    }
    for (j->part = 0; j->part < KITH_SPILL_PARTS; j->part++) {
        forget(j);
        KITH_TRY(kith_hashtable_init_beside(&j->table, sizeof(chain), err));
        KITH_TRY(kith_spill_read(j->right_parts, j->part, part_right_row, j, err));
        KITH_TRY(settle(j, err));
        KITH_TRY(kith_spill_read(j->left_parts, j->part, part_left_row, j, err));
        count_hits(j);
    }
    forget(j);
    j->counts.spilled = kith_spill_bytes(j->right_parts) + kith_spill_bytes(j->left_parts) + kith_spill_bytes(j->joined);
    giving g = {emit, ctx};
    return kith_spill_merge(j->joined, give, &g, err);
}
