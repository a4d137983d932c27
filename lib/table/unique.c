/* One row of each key.
 *
 * First: a table of the keys seen decides at once. Past the memory the table is frozen: rows whose key it holds are
 * dropped, all others go to parts on disk and are decided part by part at the end; they all stand behind the rows that
 * have gone out, so the order holds.
 * Last, newest: the table's entries hold the best row so far. Past the memory all of them, and every row after, go to the
 * parts. */
#include <kith/unique.h>

#include <kith/spill.h>

#include <stdlib.h>

typedef struct best {
    uint64_t number; /* of the row in the stream */
    int64_t time;
    char *row;       /* malloc'ed; NULL: none yet */
    uint32_t n, room;
} best;

struct kith_unique {
    kith_keep keep;
    uint64_t memory, held, number;
    kith_hashtable table;
    best *best; /* by entry; not for first */
    uint32_t room;
    const char *folder;
    kith_spill *parts, *kept; /* rows to decide; rows decided */
    bool frozen;
    unsigned part; /* being decided */
};

int kith_unique_new(kith_unique **unique, kith_keep keep, uint64_t memory, const char *folder, kith_error *err) {
    kith_unique *u = *unique = calloc(1, sizeof *u);
    if (!u) return kith_no_memory(err);
    u->keep = keep;
    u->memory = memory;
    u->folder = folder;
    return kith_hashtable_init(&u->table, err);
}

static void forget(kith_unique *u) {
    for (uint32_t i = 0; u->best && i < u->table.n; i++) free(u->best[i].row);
    free(u->best);
    u->best = NULL;
    u->room = 0;
    u->held = 0;
    kith_hashtable_free(&u->table);
}

void kith_unique_free(kith_unique *u) {
    if (!u) return;
    forget(u);
    kith_spill_free(u->parts);
    kith_spill_free(u->kept);
    free(u);
}

uint64_t kith_unique_spilled(const kith_unique *u) { return u->parts ? kith_spill_bytes(u->parts) : 0; }

static kith_str row_of(const best *b) { return (kith_str){b->row, b->n}; }

static unsigned part_of(uint64_t hash) { return (unsigned)(hash & (KITH_SPILL_PARTS - 1)); } /* the table uses the upper half */

static int keep_row(kith_unique *u, uint32_t entry, uint64_t number, int64_t time, kith_str row, kith_error *err) {
    best *b = &u->best[entry];
    if (row.n > UINT32_MAX - 16) return kith_fail(err, KITH_DATA, "a row of more than 4 GiB cannot be kept");
    if (!b->row || row.n > b->room) {
        uint32_t room = ((uint32_t)row.n + 15) / 16 * 16 + 8; /* what malloc would give anyway */
        char *fresh = malloc(room);
        if (!fresh) return kith_no_memory(err);
        free(b->row);
        u->held += room - b->room;
        b->row = fresh;
        b->room = room;
    }
    memcpy(b->row, row.p, row.n);
    b->number = number;
    b->time = time;
    b->n = (uint32_t)row.n;
    return KITH_OK;
}

static int best_room(kith_unique *u, uint32_t from, kith_error *err) {
    if (u->table.n > u->room) {
        uint32_t room = u->room ? u->room : 1024;
        while (room < u->table.n) room *= 2;
        best *wider = realloc(u->best, room * sizeof *wider);
        if (!wider) return kith_no_memory(err);
        u->best = wider;
        u->room = room;
    }
    for (uint32_t e = from; e < u->table.n; e++) u->best[e] = (best){.time = KITH_UNIQUE_LEAVE_OUT};
    u->held += (u->table.n - from) * (sizeof(best) + 32);
    return KITH_OK;
}

/* A row with its time for the parts: the key, then 8 bytes of time before the row. */
static int put_part(kith_unique *u, unsigned part, uint64_t number, kith_str key, int64_t time, kith_str row, kith_error *err) {
    kith_buf text = {0};
    kith_buf_put(&text, &time, sizeof time);
    kith_buf_str(&text, row);
    int status = text.failed ? kith_no_memory(err) : kith_spill_put(u->parts, part, number, key, (kith_str){text.p, text.n}, err);
    kith_buf_free(&text);
    return status;
}

static int freeze(kith_unique *u, kith_error *err) {
    u->frozen = true;
    KITH_TRY(kith_spill_new(&u->parts, u->folder, err));
    if (u->keep == KITH_KEEP_FIRST) return KITH_OK;
    for (uint32_t e = 0; e < u->table.n; e++) {
        if (!u->best[e].row) continue;
        kith_key key;
        uint64_t hash = kith_key_of(kith_hashtable_key(&u->table, e), &key);
        KITH_TRY(put_part(u, part_of(hash), u->best[e].number, kith_key_str(&key), u->best[e].time, row_of(&u->best[e]), err));
    }
    forget(u);
    return KITH_OK;
}

/* A key that is unlike any other, for a row whose key is missing. */
static uint64_t lone_key(uint64_t number, kith_key *key, char text[32]) {
    size_t n = kith_format_int((int64_t)number, text + 2);
    text[0] = 0, text[1] = 2; /* no joined key has a zero before a two, and no text that is one key starts like this */
    return kith_key_of((kith_str){text, n + 2}, key);
}

int kith_unique_add(kith_unique *u, const kith_batch *b, kith_keys *k, const int64_t *times, bool same_missing, kith_row_writer *out,
                    uint64_t *kept, kith_error *err) {
    bool first = u->keep == KITH_KEEP_FIRST;
    uint64_t number = u->number;
    u->number += b->rows;
    *kept = 0;
    if (!u->frozen && u->held + kith_hashtable_size(&u->table) > u->memory) KITH_TRY(freeze(u, err));
    if (!u->frozen) {
        uint32_t next = u->table.n;
        KITH_TRY(kith_hashtable_put(&u->table, k->keys, k->hashes, b->rows, k->entries, err));
        if (!first) KITH_TRY(best_room(u, next, err));
        for (uint32_t i = 0; i < b->rows; i++) {
            bool fresh = k->entries[i] == next, lone = k->missing[i] && !same_missing;
            next += fresh;
            if (!first && i + 16 < b->rows) { /* the row that may have to give way, on its way to the cache */
                __builtin_prefetch(&u->best[k->entries[i + 16]]);
                const best *soon = &u->best[k->entries[i + 8]];
                if (soon->row) __builtin_prefetch(soon->row), __builtin_prefetch(soon->row + 64);
            }
            if (times && times[i] == KITH_UNIQUE_LEAVE_OUT) continue;
            if (first) {
                if (!fresh && !lone) continue;
                kith_put_row(out, b, i);
                kith_row_end(out);
                ++*kept;
            } else if (lone) {
                kith_key key;
                char text[32];
                uint32_t e, before = u->table.n;
                uint64_t hash = lone_key(number + i, &key, text);
                KITH_TRY(kith_hashtable_put(&u->table, &key, &hash, 1, &e, err));
                KITH_TRY(best_room(u, before, err));
                KITH_TRY(keep_row(u, e, number + i, 0, kith_row(b, i), err));
            } else if (times ? times[i] >= u->best[k->entries[i]].time : true)
                KITH_TRY(keep_row(u, k->entries[i], number + i, times ? times[i] : 0, kith_row(b, i), err));
        }
        return KITH_OK;
    }
    if (first) kith_hashtable_find(&u->table, k->keys, k->hashes, b->rows, k->entries);
    for (uint32_t i = 0; i < b->rows; i++) {
        kith_key key = k->keys[i];
        uint64_t hash = k->hashes[i];
        char text[32];
        if (times && times[i] == KITH_UNIQUE_LEAVE_OUT) continue;
        if (k->missing[i] && !same_missing) hash = lone_key(number + i, &key, text);
        else if (first && k->entries[i] != KITH_NO_ENTRY) continue;
        KITH_TRY(put_part(u, part_of(hash), number + i, kith_key_str(&key), times ? times[i] : 0, kith_row(b, i), err));
    }
    return KITH_OK;
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

static int decide(void *ctx, uint64_t number, kith_str text, kith_str value, kith_error *err) {
    kith_unique *u = ctx;
    kith_key key;
    uint64_t hash = kith_key_of(text, &key);
    uint32_t e, before = u->table.n;
    int64_t time;
    memcpy(&time, value.p, sizeof time);
    kith_str row = {value.p + sizeof time, value.n - sizeof time};
    KITH_TRY(kith_hashtable_put(&u->table, &key, &hash, 1, &e, err));
    if (u->keep == KITH_KEEP_FIRST)
        return e == before ? kith_spill_put(u->kept, u->part, number, (kith_str){"", 0}, row, err) : KITH_OK;
    KITH_TRY(best_room(u, before, err));
    return time >= u->best[e].time ? keep_row(u, e, number, time, row, err) : KITH_OK;
}

static int by_number(const void *a, const void *b) {
    const best *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

typedef struct giving {
    kith_unique_emit emit;
    void *ctx;
} giving;

static int give(void *ctx, uint64_t number, kith_str key, kith_str row, kith_error *err) {
    giving *g = ctx;
    (void)number, (void)key;
    return g->emit(g->ctx, row, err);
}

int kith_unique_finish(kith_unique *u, kith_unique_emit emit, void *ctx, kith_error *err) {
    if (!u->frozen) {
        if (u->best) qsort(u->best, u->table.n, sizeof *u->best, by_number);
        for (uint32_t e = 0; u->best && e < u->table.n; e++)
            if (u->best[e].row) KITH_TRY(emit(ctx, row_of(&u->best[e]), err)); /* a missing key's entry has none */
        return KITH_OK;
    }
    KITH_TRY(kith_spill_new(&u->kept, u->folder, err));
    for (u->part = 0; u->part < KITH_SPILL_PARTS; u->part++) {
        forget(u);
        KITH_TRY(kith_hashtable_init(&u->table, err));
        KITH_TRY(kith_spill_read(u->parts, u->part, decide, u, err));
        if (!u->best) continue;
        qsort(u->best, u->table.n, sizeof *u->best, by_number);
        for (uint32_t e = 0; e < u->table.n; e++)
            KITH_TRY(kith_spill_put(u->kept, u->part, u->best[e].number, (kith_str){"", 0}, row_of(&u->best[e]), err));
    }
    forget(u);
    giving g = {emit, ctx};
    return kith_spill_merge(u->kept, give, &g, err);
}
