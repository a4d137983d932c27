/* Most frequent values: counts beside a hash table, given up as a whole once there are too many. */
#include <kith/top.h>

#include "token.h"

#include <stdlib.h>

void kith_top_free(kith_top *top) {
    kith_hashtable_free(&top->table);
    free(top->counts);
    *top = (kith_top){0};
}

static void give_up(kith_top *top) {
    kith_top_free(top);
    top->over = true;
}

static int room_for(kith_top *top, uint32_t n, kith_error *err) {
    if (n <= top->room) return KITH_OK;
    uint32_t room = top->room ? top->room : 256;
    while (room < n) room *= 2;
    uint64_t *wider = realloc(top->counts, room * sizeof *wider);
    if (!wider) return kith_no_memory(err);
    memset(wider + top->room, 0, (room - top->room) * sizeof *wider);
    top->counts = wider;
    top->room = room;
    return KITH_OK;
}

/* One batch; `times` NULL counts each key once. */
static int add(kith_top *top, const kith_key *keys, const uint64_t *hashes, const uint64_t *times, size_t n, kith_error *err) {
    enum { BATCH = 256 };
    uint32_t entries[BATCH];
    if (!top->over && !top->table.slots && n) KITH_TRY(kith_hashtable_init(&top->table, err));
    for (size_t from = 0; from < n && !top->over; from += BATCH) {
        size_t m = n - from < BATCH ? n - from : BATCH;
        uint32_t before = top->table.n;
        KITH_TRY(kith_hashtable_put(&top->table, keys + from, hashes + from, m, entries, err));
        KITH_TRY(room_for(top, top->table.n, err));
        for (size_t i = 0; i < m; i++) top->counts[entries[i]] += times ? times[from + i] : 1;
        for (uint32_t e = before; e < top->table.n; e++) top->bytes += kith_hashtable_key(&top->table, e).n;
        if (top->table.n > KITH_TOP_VALUES || top->bytes > KITH_TOP_BYTES) give_up(top);
    }
    return KITH_OK;
}

int kith_top_add(kith_top *top, const kith_key *keys, const uint64_t *hashes, size_t n, kith_error *err) {
    return add(top, keys, hashes, NULL, n, err);
}

int kith_top_merge(kith_top *into, const kith_top *other, kith_error *err) {
    if (other->over) give_up(into);
    for (uint32_t i = 0; i < other->table.n && !into->over; i++) {
        kith_key key;
        uint64_t hash = kith_key_of(kith_hashtable_key(&other->table, i), &key);
        KITH_TRY(add(into, &key, &hash, &other->counts[i], 1, err));
    }
    return KITH_OK;
}

uint64_t kith_top_count(const kith_top *top, kith_str value) {
    if (!top->table.slots) return 0;
    kith_key key;
    uint64_t hash = kith_key_of(value, &key);
    uint32_t entry;
    kith_hashtable_find(&top->table, &key, &hash, 1, &entry);
    return entry == KITH_NO_ENTRY ? 0 : top->counts[entry];
}

static int by_count(const void *a, const void *b) {
    const kith_top_value *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return kith_str_compare(x->value, y->value);
}

int kith_top_list(const kith_top *top, kith_top_value *values, size_t most, size_t *n, kith_error *err) {
    *n = 0;
    if (top->table.n == 0) return KITH_OK;
    kith_top_value *all = malloc(top->table.n * sizeof *all);
    if (!all) return kith_no_memory(err);
    for (uint32_t i = 0; i < top->table.n; i++) all[i] = (kith_top_value){kith_hashtable_key(&top->table, i), top->counts[i]};
    qsort(all, top->table.n, sizeof *all, by_count);
    *n = top->table.n < most ? top->table.n : most;
    memcpy(values, all, *n * sizeof *all);
    free(all);
    return KITH_OK;
}

int kith_top_save(const kith_top *top, kith_buf *out, kith_error *err) {
    if (top->over) {
        kith_buf_puts(out, "over");
        return KITH_OK;
    }
    uint32_t *order = malloc((top->table.n ? top->table.n : 1) * sizeof *order);
    if (!order) return kith_no_memory(err);
    int status = kith_hashtable_order(&top->table, order, err);
    token_put_u64(out, top->table.n);
    for (uint32_t i = 0; status == KITH_OK && i < top->table.n; i++) {
        kith_buf_putc(out, ' ');
        token_put_bytes(out, kith_hashtable_key(&top->table, order[i]));
        kith_buf_putc(out, ' ');
        token_put_u64(out, top->counts[order[i]]);
    }
    free(order);
    if (status == KITH_OK && out->failed) return kith_no_memory(err);
    return status;
}

int kith_top_load(kith_top *top, kith_str text, kith_error *err) {
    *top = (kith_top){0};
    if (kith_str_is(text, "over")) {
        top->over = true;
        return KITH_OK;
    }
    uint64_t n, count;
    kith_str t;
    kith_buf value = {0};
    bool good = token_u64(&text, &n);
    int status = KITH_OK;
    while (good && status == KITH_OK && !token_end(text)) {
        uint32_t before = top->table.n;
        kith_key key;
        good = token_next(&text, &t) && token_bytes(t, &value) && token_u64(&text, &count) && count > 0;
        if (!good) break;
        uint64_t hash = kith_key_of((kith_str){value.p, value.n}, &key);
        status = add(top, &key, &hash, &count, 1, err);
        good = top->table.n == before + 1;
    }
    kith_buf_free(&value);
    if (status == KITH_OK && (!good || top->table.n != n)) status = kith_fail(err, KITH_DATA, "not saved frequencies");
    return status;
}
