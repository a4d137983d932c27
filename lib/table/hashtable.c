/* Hash table: see kith/hashtable.h. Linear probing over slots of 8 bytes at a load of at most ¾; the place of a hash is its
 * top bits, so a slot's own half of the hash is enough to place it again. */
#include <kith/hashtable.h>

#include <stdlib.h>

enum { CHUNK_BITS = 12, CHUNK = 1 << CHUNK_BITS, FIRST_BITS = 8, BATCH = 64 };

uint64_t kith_key_long(kith_str text, kith_key *key) {
    uint64_t h = kith_hash(text.p, text.n, 0);
    memcpy(&key->lo, &text.p, sizeof text.p);
    key->hi = UINT64_C(255) << 56 | (h & 0xffffff) << 32 | (uint32_t)text.n;
    return h;
}

static bool same(const kith_key *a, const kith_key *b) {
    if (a->hi != b->hi) return false;
    if (a->lo == b->lo) return true;
    if (a->hi >> 56 != 255) return false;
    kith_str x = kith_key_str(a), y = kith_key_str(b);
    return memcmp(x.p, y.p, x.n) == 0;
}

void kith_key_join(kith_buf *buf, kith_str part, bool first) {
    if (!first) kith_buf_putc(buf, 0);
    size_t from = 0;
    for (size_t i = 0; i < part.n; i++) {
        if ((unsigned char)part.p[i] > 1) continue;
        kith_buf_put(buf, part.p + from, i - from);
        kith_buf_putc(buf, 1);
        kith_buf_putc(buf, (char)(part.p[i] + 1));
        from = i + 1;
    }
    kith_buf_put(buf, part.p + from, part.n - from);
}

bool kith_key_split(kith_str *rest, kith_str *part, kith_arena *arena) {
    if (!rest->p) return false;
    const char *zero = memchr(rest->p, 0, rest->n);
    *part = (kith_str){rest->p, zero ? (size_t)(zero - rest->p) : rest->n};
    *rest = zero ? (kith_str){zero + 1, rest->n - part->n - 1} : (kith_str){NULL, 0};
    if (!memchr(part->p, 1, part->n)) return true;
    char *copy = kith_arena_alloc(arena, part->n);
    size_t n = 0;
    for (size_t i = 0; copy && i < part->n; i++) {
        if (part->p[i] == 1 && i + 1 < part->n) i++, copy[n++] = (char)(part->p[i] - 1);
        else copy[n++] = part->p[i];
    }
    *part = (kith_str){copy, copy ? n : part->n}; /* p NULL and n > 0: no memory */
    return true;
}

int kith_hashtable_init(kith_hashtable *t, kith_error *err) {
    *t = (kith_hashtable){.bits = FIRST_BITS};
    t->slots = calloc((size_t)1 << t->bits, sizeof *t->slots);
    t->bytes = ((size_t)1 << t->bits) * sizeof *t->slots;
    return t->slots ? KITH_OK : kith_no_memory(err);
}

void kith_hashtable_free(kith_hashtable *t) {
    for (uint32_t i = 0; i < t->n_chunks; i++) free(t->chunks[i]);
    free(t->chunks);
    free(t->slots);
    kith_arena_free(t->arena);
    *t = (kith_hashtable){0};
}

size_t kith_hashtable_size(const kith_hashtable *t) { return t->bytes + (t->arena ? kith_arena_size(t->arena) : 0); }

static size_t place_of(uint64_t tag, uint32_t bits) { return (size_t)(tag >> (32 - bits)); }

static int grow(kith_hashtable *t, kith_error *err) {
    if (t->bits == 32) return kith_fail(err, KITH_SYSTEM, "more than 3,000,000,000 distinct keys");
    uint32_t bits = t->bits + 1;
    size_t n = (size_t)1 << t->bits, mask = n * 2 - 1;
    uint64_t *slots = calloc(n * 2, sizeof *slots);
    if (!slots) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        if (!t->slots[i]) continue;
        size_t at = place_of(t->slots[i] >> 32, bits);
        while (slots[at]) at = (at + 1) & mask;
        slots[at] = t->slots[i];
    }
    free(t->slots);
    t->slots = slots;
    t->bits = bits;
    t->bytes += n * sizeof *slots;
    return KITH_OK;
}

static int new_chunk(kith_hashtable *t, kith_error *err) {
    if (t->n_chunks == t->room_chunks) {
        uint32_t room = t->room_chunks ? t->room_chunks * 2 : 16;
        kith_key **wider = realloc(t->chunks, room * sizeof *wider);
        if (!wider) return kith_no_memory(err);
        t->chunks = wider;
        t->room_chunks = room;
    }
    kith_key *chunk = malloc(CHUNK * sizeof *chunk);
    if (!chunk) return kith_no_memory(err);
    t->chunks[t->n_chunks++] = chunk;
    t->bytes += CHUNK * sizeof *chunk;
    return KITH_OK;
}

static const kith_key *key_at(const kith_hashtable *t, uint32_t entry) {
    return &t->chunks[entry >> CHUNK_BITS][entry & (CHUNK - 1)];
}

/* The slot of the key, or the free one where it belongs. */
static size_t probe(const kith_hashtable *t, const kith_key *key, uint64_t tag) {
    size_t mask = ((size_t)1 << t->bits) - 1, at = place_of(tag, t->bits);
    for (;; at = (at + 1) & mask) {
        uint64_t s = t->slots[at];
        if (!s || (s >> 32 == tag && same(key_at(t, (uint32_t)s - 1), key))) return at;
    }
}

/* A first look without the keys: the number of an entry with this half of the hash, its key on its way to the cache. */
static uint32_t candidate(const kith_hashtable *t, uint64_t tag) {
    size_t mask = ((size_t)1 << t->bits) - 1, at = place_of(tag, t->bits);
    for (;; at = (at + 1) & mask) {
        uint64_t s = t->slots[at];
        if (!s) return KITH_NO_ENTRY;
        if (s >> 32 != tag) continue;
        __builtin_prefetch(key_at(t, (uint32_t)s - 1));
        return (uint32_t)s - 1;
    }
}

static int insert(kith_hashtable *t, size_t at, const kith_key *key, uint64_t tag, kith_error *err) {
    if (t->n >> CHUNK_BITS == t->n_chunks) KITH_TRY(new_chunk(t, err));
    kith_key *cell = &t->chunks[t->n >> CHUNK_BITS][t->n & (CHUNK - 1)];
    *cell = *key;
    if (key->hi >> 56 == 255) {
        if (!t->arena && !(t->arena = kith_arena_new())) return kith_no_memory(err);
        kith_str text = kith_key_str(key);
        char *copy = kith_arena_copy(t->arena, text.p, text.n);
        if (!copy) return kith_no_memory(err);
        memcpy(&cell->lo, &copy, sizeof copy);
    }
    t->slots[at] = tag << 32 | (t->n + 1);
    t->n++;
    return KITH_OK;
}

int kith_hashtable_put(kith_hashtable *t, const kith_key *keys, const uint64_t *hashes, size_t n, uint32_t *entries, kith_error *err) {
    for (size_t from = 0; from < n; from += BATCH) {
        size_t m = n - from < BATCH ? n - from : BATCH;
        while (t->n + m > ((size_t)3 << t->bits) / 4) KITH_TRY(grow(t, err));
        const kith_key *k = keys + from;
        const uint64_t *h = hashes + from;
        uint32_t *e = entries + from;
        for (size_t i = 0; i < m; i++) __builtin_prefetch(&t->slots[place_of(h[i] >> 32, t->bits)]);
        for (size_t i = 0; i < m; i++) e[i] = candidate(t, h[i] >> 32);
        for (size_t i = 0; i < m; i++) {
            if (e[i] != KITH_NO_ENTRY && same(key_at(t, e[i]), &k[i])) continue;
            size_t at = probe(t, &k[i], h[i] >> 32);
            if (!t->slots[at]) KITH_TRY(insert(t, at, &k[i], h[i] >> 32, err));
            e[i] = (uint32_t)t->slots[at] - 1;
        }
    }
    return KITH_OK;
}

void kith_hashtable_find(const kith_hashtable *t, const kith_key *keys, const uint64_t *hashes, size_t n, uint32_t *entries) {
    for (size_t from = 0; from < n; from += BATCH) {
        size_t m = n - from < BATCH ? n - from : BATCH;
        const kith_key *k = keys + from;
        const uint64_t *h = hashes + from;
        uint32_t *e = entries + from;
        for (size_t i = 0; i < m; i++) __builtin_prefetch(&t->slots[place_of(h[i] >> 32, t->bits)]);
        for (size_t i = 0; i < m; i++) e[i] = candidate(t, h[i] >> 32);
        for (size_t i = 0; i < m; i++) {
            if (e[i] == KITH_NO_ENTRY || same(key_at(t, e[i]), &k[i])) continue;
            uint64_t s = t->slots[probe(t, &k[i], h[i] >> 32)];
            e[i] = s ? (uint32_t)s - 1 : KITH_NO_ENTRY;
        }
    }
}

typedef struct sorted {
    uint64_t prefix;
    uint32_t entry, length;
    const char *p;
} sorted;

static int by_bytes(const void *a, const void *b) {
    const sorted *x = a, *y = b;
    if (x->prefix != y->prefix) return x->prefix < y->prefix ? -1 : 1;
    return kith_str_compare((kith_str){x->p, x->length}, (kith_str){y->p, y->length});
}

int kith_hashtable_order(const kith_hashtable *t, uint32_t *order, kith_error *err) {
    sorted *all = malloc((t->n ? t->n : 1) * sizeof *all);
    if (!all) return kith_no_memory(err);
    for (uint32_t i = 0; i < t->n; i++) {
        kith_str key = kith_hashtable_key(t, i);
        uint64_t prefix = 0;
        for (size_t k = 0; k < 8; k++) prefix = prefix << 8 | (k < key.n ? (unsigned char)key.p[k] : 0);
        all[i] = (sorted){prefix, i, (uint32_t)key.n, key.p};
    }
    qsort(all, t->n, sizeof *all, by_bytes);
    for (uint32_t i = 0; i < t->n; i++) order[i] = all[i].entry;
    free(all);
    return KITH_OK;
}
