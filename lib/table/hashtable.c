/* Hash table: see kith/hashtable.h. Linear probing over slots of 8 bytes at a load of at most ¾; the place of a hash is its
 * top bits, so a slot's own half of the hash is enough to place it again. */
#define _GNU_SOURCE /* qsort_r */
#include <kith/hashtable.h>
#include <kith/pages.h>

#include <stdlib.h>

/* The first 32 chunks are pieces of their own, then 32 at a time are one piece of 2 MB or more. */
enum { CHUNK_BITS = 12, CHUNK = 1 << CHUNK_BITS, TOGETHER = 32, FIRST_BITS = 8, AHEAD = 32, CACHED_BITS = 12 };

uint64_t kith_key_long(kith_str text, kith_key *key) {
    uint64_t h = kith_hash(text.p, text.n, 0);
    memcpy(&key->lo, &text.p, sizeof text.p);
    key->hi = UINT64_C(255) << 56 | (h & 0xffffff) << 32 | (uint32_t)text.n;
    return h;
}

static inline bool same(const kith_key *a, const kith_key *b) {
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
    if (part.n > from) kith_buf_put(buf, part.p + from, part.n - from);
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

int kith_hashtable_init(kith_hashtable *t, kith_error *err) { return kith_hashtable_init_beside(t, 0, err); }

int kith_hashtable_init_beside(kith_hashtable *t, size_t beside, kith_error *err) {
    *t = (kith_hashtable){.bits = FIRST_BITS, .entry_bits = beside == 0 ? 4 : beside <= 16 ? 5 : 6};
    t->slots = calloc((size_t)1 << t->bits, sizeof *t->slots);
    t->bytes = ((size_t)1 << t->bits) * sizeof *t->slots;
    return t->slots ? KITH_OK : kith_no_memory(err);
}

void kith_hashtable_free(kith_hashtable *t) {
    for (uint32_t i = 0; i < t->n_chunks; i++)
        if (i < TOGETHER || i % TOGETHER == 0) free(t->chunks[i]);
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
    uint64_t *slots = kith_pages(n * 2 * sizeof *slots);
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
    uint32_t n = t->n_chunks < TOGETHER ? 1 : TOGETHER;
    if (t->n_chunks + n > t->room_chunks) {
        uint32_t room = t->room_chunks ? t->room_chunks * 2 : TOGETHER;
        char **wider = realloc(t->chunks, room * sizeof *wider);
        if (!wider) return kith_no_memory(err);
        t->chunks = wider;
        t->room_chunks = room;
    }
    size_t size = (size_t)CHUNK << t->entry_bits;
    char *chunk = n == 1 ? calloc(1, size) : kith_pages(n * size);
    if (!chunk) return kith_no_memory(err);
    for (uint32_t i = 0; i < n; i++) t->chunks[t->n_chunks++] = chunk + i * size;
    t->bytes += n * size;
    return KITH_OK;
}

/* The slot of the key, or the free one where it belongs. */
static inline size_t probe(const kith_hashtable *t, const kith_key *key, uint64_t tag) {
    size_t mask = ((size_t)1 << t->bits) - 1, at = place_of(tag, t->bits);
    for (;; at = (at + 1) & mask) {
        uint64_t s = t->slots[at];
        if (!s || (s >> 32 == tag && same(kith_hashtable_entry(t, (uint32_t)s - 1), key))) return at;
    }
}

/* A first look without the keys: the number of an entry with this half of the hash, its key on its way to the cache. */
static inline uint32_t candidate(const kith_hashtable *t, uint64_t tag) {
    size_t mask = ((size_t)1 << t->bits) - 1, at = place_of(tag, t->bits);
    for (;; at = (at + 1) & mask) {
        uint64_t s = t->slots[at];
        if (!s) return KITH_NO_ENTRY;
        if (s >> 32 != tag) continue;
        __builtin_prefetch(kith_hashtable_entry(t, (uint32_t)s - 1));
        return (uint32_t)s - 1;
    }
}

static int insert(kith_hashtable *t, size_t at, const kith_key *key, uint64_t tag, kith_error *err) {
    if (t->n >> CHUNK_BITS == t->n_chunks) KITH_TRY(new_chunk(t, err));
    kith_key *cell = kith_hashtable_entry(t, t->n);
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

int kith_hashtable_put(kith_hashtable *t, const kith_key *k, const uint64_t *h, size_t n, uint32_t *e, kith_error *err) {
    size_t ahead = t->bits <= CACHED_BITS ? 0 : AHEAD; /* in a small table there is nothing to wait for */
    for (size_t i = 0; ahead && i < ahead && i < n; i++) kith_hashtable_prefetch(t, h[i]);
    for (size_t i = 0; i < n + ahead; i++) {
        if (ahead && i + ahead < n) kith_hashtable_prefetch(t, h[i + ahead]);
        if (ahead && i < n) e[i] = candidate(t, h[i] >> 32);
        if (i < ahead) continue;
        size_t at, now = i - ahead;
        if (ahead && e[now] != KITH_NO_ENTRY && same(kith_hashtable_entry(t, e[now]), &k[now])) continue;
        if (t->n + (uint64_t)1 > ((uint64_t)3 << t->bits) / 4) KITH_TRY(grow(t, err));
        at = probe(t, &k[now], h[now] >> 32);
        if (!t->slots[at]) KITH_TRY(insert(t, at, &k[now], h[now] >> 32, err));
        e[now] = (uint32_t)t->slots[at] - 1;
    }
    return KITH_OK;
}

void kith_hashtable_find(const kith_hashtable *t, const kith_key *k, const uint64_t *h, size_t n, uint32_t *e) {
    for (size_t i = 0; i < AHEAD && i < n; i++) kith_hashtable_prefetch(t, h[i]);
    for (size_t i = 0; i < n + AHEAD; i++) {
        if (i + AHEAD < n) kith_hashtable_prefetch(t, h[i + AHEAD]);
        if (i < n) e[i] = candidate(t, h[i] >> 32);
        if (i < AHEAD) continue;
        size_t now = i - AHEAD;
        if (e[now] == KITH_NO_ENTRY || same(kith_hashtable_entry(t, e[now]), &k[now])) continue;
        uint64_t s = t->slots[probe(t, &k[now], h[now] >> 32)];
        e[now] = s ? (uint32_t)s - 1 : KITH_NO_ENTRY;
    }
}

typedef struct sorted {
    uint64_t prefix; /* the first eight bytes */
    uint32_t entry;
} sorted;

static int by_bytes(const void *a, const void *b, void *ctx) {
    const sorted *x = a, *y = b;
    int c = kith_str_compare(kith_hashtable_key(ctx, x->entry), kith_hashtable_key(ctx, y->entry));
    return c ? c : (x->entry > y->entry) - (x->entry < y->entry);
}

/* By the prefixes, 11 bits at a time from the least. Only bits in which keys differ take part, moved together first: ids
 * such as C0001042 differ in four bits of each digit. */
static void sort_prefixes(sorted *from, sorted *to, size_t n, sorted **result) {
    enum { BITS = 11, SIZE = 1 << BITS };
    uint64_t differ = 0;
    for (size_t i = 1; i < n; i++) differ |= from[i].prefix ^ from[0].prefix;
    unsigned char bit[64];
    unsigned bits = 0;
    for (unsigned k = 0; k < 64; k++)
        if (differ >> k & 1) bit[bits++] = (unsigned char)k;
    for (unsigned shift = 0; shift < bits; shift += BITS) {
        size_t places[SIZE] = {0}, at = 0;
        unsigned many = bits - shift < BITS ? bits - shift : BITS;
        /* the digit's bits lie in few runs: each run is one shift and mask */
        struct {
            unsigned from, to;
            uint64_t mask;
        } runs[BITS];
        unsigned n_runs = 0;
        for (unsigned k = 0; k < many; k++) {
            unsigned b = bit[shift + k];
            if (n_runs && runs[n_runs - 1].from + (k - runs[n_runs - 1].to) == b) runs[n_runs - 1].mask = runs[n_runs - 1].mask << 1 | 1;
            else {
                runs[n_runs].from = b;
                runs[n_runs].to = k;
                runs[n_runs++].mask = 1;
            }
        }
#define DIGIT(i) \
    size_t digit = 0; \
    for (unsigned r = 0; r < n_runs; r++) digit |= (size_t)((from[i].prefix >> runs[r].from & runs[r].mask) << runs[r].to)
        for (size_t i = 0; i < n; i++) {
            DIGIT(i);
            places[digit]++;
        }
        for (size_t k = 0; k < SIZE; k++) {
            size_t here = places[k];
            places[k] = at;
            at += here;
        }
        for (size_t i = 0; i < n; i++) {
            DIGIT(i);
            to[places[digit]++] = from[i];
        }
#undef DIGIT
        sorted *swap = from;
        from = to;
        to = swap;
    }
    *result = from;
}

int kith_hashtable_order(const kith_hashtable *t, uint32_t *order, kith_error *err) {
    size_t n = t->n;
    sorted *all = malloc((n ? n : 1) * 2 * sizeof *all), *result;
    if (!all) return kith_no_memory(err);
    for (uint32_t i = 0; i < n; i++) {
        kith_str key = kith_hashtable_key(t, i);
        uint64_t prefix = 0;
        if (key.n >= 8) {
            memcpy(&prefix, key.p, 8);
            prefix = __builtin_bswap64(prefix);
        } else
            for (size_t k = 0; k < 8; k++) prefix = prefix << 8 | (k < key.n ? (unsigned char)key.p[k] : 0);
        all[i] = (sorted){prefix, i};
    }
    sort_prefixes(all, all + n, n, &result);
    for (size_t i = 0; i < n;) { /* equal so far: longer keys, and short ones that end in zero bytes */
        size_t k = i + 1;
        while (k < n && result[k].prefix == result[i].prefix) k++;
        if (k - i > 1) qsort_r(result + i, k - i, sizeof *result, by_bytes, (void *)(uintptr_t)t);
        i = k;
    }
    for (size_t i = 0; i < n; i++) order[i] = result[i].entry;
    free(all);
    return KITH_OK;
}
