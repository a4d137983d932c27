/* One row of each key.
 *
 * First: a table of the keys seen decides at once. Past the memory the table is frozen: rows whose key it holds are
 * dropped, all others go to parts on disk and are decided part by part at the end; they all stand behind the rows that
 * have gone out, so the order holds.
 * Last, newest: the best row of each key so far lies in a log, which grows at its end only; when more than half of it has been outdone,
 * what still counts moves together. So the log is in the order of the input, and nothing is written at random but the place of the
 * row, beside its key. Past the memory all of it, and every row after, goes to the parts. Tried: each row in a piece of its own (two and a half
 * times as long: the rows lie all over the memory, and have to be put in order at the end). */
#include <kith/unique.h>

#include <kith/spill.h>

#include <stdlib.h>

typedef struct entry { /* of the log: 8 bytes aligned, one behind the other */
    uint64_t number;   /* of the row in the stream */
    uint32_t key, n;   /* its key's number; the row's bytes */
    char row[];
} entry;

typedef struct best { /* beside the key */
    entry *row;       /* NULL: none yet */
    int64_t time;
} best;

typedef struct slab {
    char *bytes;
    size_t used, room;
} slab;

enum { SLAB = 4 << 20 };

struct kith_unique {
    kith_keep keep;
    uint64_t memory, held, number;
    kith_hashtable table;
    slab *log;
    size_t n_log, room_log;
    uint64_t logged, live; /* rows of the log, and those that still count */
    char *spare;   /* slabs to use again, each with the next one's place at its start: malloc would not, they are aligned */
    const char *folder;
    kith_spill *parts, *kept; /* rows to decide; rows decided */
    bool frozen;
    unsigned part; /* being decided */
};

static int start_table(kith_unique *u, kith_error *err) {
    return kith_hashtable_init_beside(&u->table, u->keep == KITH_KEEP_FIRST ? 0 : sizeof(best), err);
}

int kith_unique_new(kith_unique **unique, kith_keep keep, uint64_t memory, const char *folder, kith_error *err) {
    kith_unique *u = *unique = calloc(1, sizeof *u);
    if (!u) return kith_no_memory(err);
    u->keep = keep;
    u->memory = memory;
    u->folder = folder;
    return start_table(u, err);
}

static void forget(kith_unique *u) {
    for (size_t i = 0; i < u->n_log; i++) free(u->log[i].bytes);
    for (char *next; u->spare; u->spare = next) {
        memcpy(&next, u->spare, sizeof next);
        free(u->spare);
    }
    u->n_log = 0;
    u->held = u->logged = u->live = 0;
    kith_hashtable_free(&u->table);
}

void kith_unique_free(kith_unique *u) {
    if (!u) return;
    forget(u);
    free(u->log);
    kith_spill_free(u->parts);
    kith_spill_free(u->kept);
    free(u);
}


static unsigned part_of(uint64_t hash) { return (unsigned)(hash & (KITH_SPILL_PARTS - 1)); } /* the table uses the upper half */

/* ---- the log ------------------------------------------------------------------------------------------------ */

static best *best_of(const kith_unique *u, uint32_t key) { return kith_hashtable_beside(&u->table, key); }
static size_t size_of(uint32_t n) { return (sizeof(entry) + n + 7) / 8 * 8; }

/* Room for so many bytes at the end of a list of slabs. NULL when out of memory. */
static char *slab_room(kith_unique *u, slab **list, size_t *n, size_t *room, size_t size) {
    if (*n && (*list)[*n - 1].room - (*list)[*n - 1].used >= size) return (*list)[*n - 1].bytes + (*list)[*n - 1].used;
    if (*n == *room) {
        size_t more = *room ? *room * 2 : 16;
        slab *wider = realloc(*list, more * sizeof *wider);
        if (!wider) return NULL;
        *list = wider;
        *room = more;
    }
    slab fresh = {.room = size > SLAB ? size : SLAB};
    if (size <= SLAB && u->spare) {
        fresh.bytes = u->spare;
        memcpy(&u->spare, fresh.bytes, sizeof u->spare);
    } else if (!(fresh.bytes = kith_large_alloc(fresh.room))) return NULL;
    (*list)[(*n)++] = fresh;
    return fresh.bytes;
}

/* Moves what still counts together, in its order. */
static int compact(kith_unique *u, kith_error *err) {
    slab *log = NULL;
    size_t n = 0, room = 0;
    uint64_t held = 0;
    int status = KITH_OK;
    for (size_t i = 0; i < u->n_log; i++) {
        slab *from = &u->log[i];
        size_t soon = 0;
        for (size_t at = 0, count = 0; at < from->used && status == KITH_OK; count++) {
            for (; soon < from->used && soon < at + 2048; soon += size_of(((entry *)(void *)(from->bytes + soon))->n))
                __builtin_prefetch(best_of(u, ((entry *)(void *)(from->bytes + soon))->key), 1);
            entry *e = (entry *)(void *)(from->bytes + at);
            size_t size = size_of(e->n);
            at += size;
            best *b = best_of(u, e->key);
            if (b->row != e) continue;
            char *to = slab_room(u, &log, &n, &room, size);
            if (!to) {
                status = kith_no_memory(err);
                break;
            }
            memcpy(to, e, size);
            log[n - 1].used += size;
            held += size;
            b->row = (entry *)(void *)to;
        }
        if (status != KITH_OK) break;
        if (from->room == SLAB) {
            memcpy(from->bytes, &u->spare, sizeof u->spare);
            u->spare = from->bytes;
        } else free(from->bytes);
        from->bytes = NULL;
        from->used = 0;
    }
    if (status != KITH_OK) { /* nothing of it is of use any more, but all of it has an owner */
        for (size_t i = 0; i < n; i++) free(log[i].bytes);
        free(log);
        return status;
    }
    free(u->log);
    u->log = log;
    u->n_log = n;
    u->room_log = room;
    u->held = held;
    u->logged = u->live;
    return KITH_OK;
}

static int keep_row(kith_unique *u, uint32_t key, uint64_t number, int64_t time, kith_str row, kith_error *err) {
    enum { SLACK = 1 << 16 };
    if (row.n > UINT32_MAX - 64) return kith_fail(err, KITH_DATA, "a row of more than 4 GiB cannot be kept");
    if (u->logged > 2 * u->live + SLACK) KITH_TRY(compact(u, err));
    size_t size = size_of((uint32_t)row.n);
    entry *e = (entry *)(void *)slab_room(u, &u->log, &u->n_log, &u->room_log, size);
    if (!e) return kith_no_memory(err);
    u->log[u->n_log - 1].used += size;
    *e = (entry){.number = number, .key = key, .n = (uint32_t)row.n};
    memcpy(e->row, row.p, row.n);
    best *b = best_of(u, key);
    u->live += !b->row; /* the row before is not looked at: it lies far away */
    u->logged++;
    *b = (best){e, time};
    u->held += size;
    return KITH_OK;
}

static bool better(const kith_unique *u, uint32_t key, int64_t time) {
    const best *b = best_of(u, key);
    return !b->row || time >= b->time;
}

/* Gives the rows that count, in the order of the input. */
typedef int (*take_row)(kith_unique *u, void *ctx, const entry *e, kith_error *err);
static int each_row(kith_unique *u, take_row take, void *ctx, kith_error *err) {
    for (size_t i = 0; i < u->n_log; i++)
        for (size_t at = 0; at < u->log[i].used;) {
            const entry *e = (const entry *)(const void *)(u->log[i].bytes + at);
            at += size_of(e->n);
            if (best_of(u, e->key)->row == e) KITH_TRY(take(u, ctx, e, err));
        }
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

static int part_row(kith_unique *u, void *ctx, const entry *e, kith_error *err) {
    kith_key key;
    uint64_t hash = kith_key_of(kith_hashtable_key(&u->table, e->key), &key);
    (void)ctx;
    return put_part(u, part_of(hash), e->number, kith_key_str(&key), best_of(u, e->key)->time, (kith_str){e->row, e->n}, err);
}

static int freeze(kith_unique *u, kith_error *err) {
    if (u->logged > u->live + u->live / 4) {
        KITH_TRY(compact(u, err));
        if (u->held + kith_hashtable_size(&u->table) <= u->memory) return KITH_OK;
    }
    u->frozen = true;
    KITH_TRY(kith_spill_new(&u->parts, u->folder, err));
    if (u->keep == KITH_KEEP_FIRST) return KITH_OK;
    KITH_TRY(each_row(u, part_row, NULL, err));
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
        enum { STRIP = 256 }; /* what a strip's look-ups have fetched is still in the nearest cache */
        uint32_t next = u->table.n;
        for (uint32_t i = 0; i < b->rows; i++) {
            if (i % STRIP == 0) {
                next = u->table.n;
                KITH_TRY(kith_hashtable_put(&u->table, k->keys + i, k->hashes + i, b->rows - i < STRIP ? b->rows - i : STRIP, k->entries + i, err));
            }
            bool fresh = k->entries[i] == next, lone = k->missing[i] && !same_missing;
            next += fresh;
            if (times && times[i] == KITH_UNIQUE_LEAVE_OUT) continue;
            if (first) {
                if (!fresh && !lone) continue;
                kith_put_row(out, b, i);
                kith_row_end(out);
                ++*kept;
            } else if (lone) {
                kith_key key;
                char text[32];
                uint32_t e;
                uint64_t hash = lone_key(number + i, &key, text);
                KITH_TRY(kith_hashtable_put(&u->table, &key, &hash, 1, &e, err));
                KITH_TRY(keep_row(u, e, number + i, 0, kith_row(b, i), err));
            } else if (!times || better(u, k->entries[i], times[i]))
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
    return better(u, e, time) ? keep_row(u, e, number, time, row, err) : KITH_OK;
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

static int give_row(kith_unique *u, void *ctx, const entry *e, kith_error *err) {
    (void)u;
    return give(ctx, e->number, (kith_str){"", 0}, (kith_str){e->row, e->n}, err);
}

static int decided_row(kith_unique *u, void *ctx, const entry *e, kith_error *err) {
    (void)ctx;
    return kith_spill_put(u->kept, u->part, e->number, (kith_str){"", 0}, (kith_str){e->row, e->n}, err);
}

int kith_unique_finish(kith_unique *u, kith_unique_emit emit, void *ctx, kith_error *err) {
    giving g = {emit, ctx};
    if (!u->frozen) return each_row(u, give_row, &g, err);
    KITH_TRY(kith_spill_new(&u->kept, u->folder, err));
    for (u->part = 0; u->part < KITH_SPILL_PARTS; u->part++) {
        forget(u);
        KITH_TRY(start_table(u, err));
        KITH_TRY(kith_spill_read(u->parts, u->part, decide, u, err));
        KITH_TRY(each_row(u, decided_row, NULL, err));
    }
    forget(u);
    return kith_spill_merge(u->kept, give, &g, err);
}
