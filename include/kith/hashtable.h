/* kith/hashtable.h: keys to dense numbers, made for tables far larger than the caches.
 *
 *   key (16 bytes, short keys inside) ──hash──► slot (8 bytes: high half of the hash, entry's number) ──► entry's key
 *
 * Entries are numbered 0, 1, 2 … in the order they came; what belongs to an entry lives in arrays of the caller's by that
 * number, or, 16 or 48 bytes of it, beside the key: then finding the key has fetched it too. Keys are looked up in batches, each key in three steps some keys apart: its slot is prefetched, its candidate's key is prefetched, the
 * comparison; so that the misses overlap. Slots are in the order of their hashes: growing is one sweep and merging
 * goes by ranges of the hash. 1,000,000 keys of up to 15 bytes take 32 MB.
 * Results never depend on the hash: whatever leaves a program is put in an order of keys or of rows first. */
#ifndef KITH_HASHTABLE_H
#define KITH_HASHTABLE_H

#include <kith/base.h>
#include <string.h>

/* ---- keys --------------------------------------------------------------------------------------------------- */

/* Up to 15 bytes are inside, the length in the top byte of hi; a longer key is pointed at (lo), hi = 255, a part of its
 * hash, its length. */
typedef struct kith_key {
    uint64_t lo, hi;
} kith_key;

uint64_t kith_key_long(kith_str text, kith_key *key); /* for kith_key_of */

static inline uint64_t kith_key_mix(uint64_t a, uint64_t b) {
    __extension__ unsigned __int128 m = (unsigned __int128)(a ^ UINT64_C(0xa0761d6478bd642f)) * (b ^ UINT64_C(0xe7037ed1a0b428db));
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* The key of a text of less than 4 GiB, and its hash. A long key points at the text. */
static inline uint64_t kith_key_of(kith_str text, kith_key *key) {
    size_t n = text.n;
    const char *p = text.p;
    if (n > 15) return kith_key_long(text, key);
    uint64_t lo = 0, hi = 0;
    if (n >= 8) {
        memcpy(&lo, p, 8);
        if (n > 8) {
            memcpy(&hi, p + n - 8, 8);
            hi >>= 8 * (16 - n);
        }
    } else if (n >= 4) {
        uint32_t a, b;
        memcpy(&a, p, 4);
        memcpy(&b, p + n - 4, 4);
        lo = a | (uint64_t)b << (8 * (n - 4));
    } else if (n) {
        lo = (unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << (8 * (n / 2)) |
             (uint64_t)(unsigned char)p[n - 1] << (8 * (n - 1));
    }
    hi |= (uint64_t)n << 56;
    key->lo = lo;
    key->hi = hi;
    return kith_key_mix(lo, hi * UINT64_C(0x9e3779b97f4a7c15) + (hi >> 32));
}

/* The key's bytes: in the key itself or where it points. */
static inline kith_str kith_key_str(const kith_key *key) {
    if (key->hi >> 56 != 255) return (kith_str){(const char *)key, (size_t)(key->hi >> 56)};
    const char *p;
    memcpy(&p, &key->lo, sizeof p);
    return (kith_str){p, (size_t)(uint32_t)key->hi};
}

/* Several texts as one that sorts as the texts do one after the other, and differs where they differ: a zero byte between
 * two, 00 and 01 inside written 01 01 and 01 02. Appends to `buf`. */
void kith_key_join(kith_buf *buf, kith_str part, bool first);
/* Takes the first part off again, unescaped into `arena` where it must be; false at the end. */
bool kith_key_split(kith_str *rest, kith_str *part, kith_arena *arena);

/* ---- tables ------------------------------------------------------------------------------------------------- */

#define KITH_NO_ENTRY UINT32_MAX

typedef struct kith_hashtable {
    uint64_t *slots;
    char **chunks;     /* 4096 entries each: the key and what is beside it */
    uint32_t n;        /* entries */
    uint32_t bits, n_chunks, room_chunks;
    uint32_t entry_bits; /* an entry takes 1 << entry_bits bytes */
    kith_arena *arena; /* long keys' bytes */
    size_t bytes;      /* held, but for the arena's */
} kith_hashtable;

int kith_hashtable_init(kith_hashtable *t, kith_error *err); /* KITH_SYSTEM when out of memory */
/* The same with `beside` bytes (0, 16 or 48) kept beside each key; zero when the entry is made. */
int kith_hashtable_init_beside(kith_hashtable *t, size_t beside, kith_error *err);
void kith_hashtable_free(kith_hashtable *t);                 /* a table of zeros is fine */
size_t kith_hashtable_size(const kith_hashtable *t);         /* bytes held */

/* The hash's slot is on its way to the cache: for those who have something else to do before they put or find. */
static inline void kith_hashtable_prefetch(const kith_hashtable *t, uint64_t hash) { __builtin_prefetch(&t->slots[hash >> (64 - t->bits)]); }

/* The entry of each key, made where there is none; new ones are numbered on from t->n in order. */
int kith_hashtable_put(kith_hashtable *t, const kith_key *keys, const uint64_t *hashes, size_t n, uint32_t *entries, kith_error *err);
/* The entry of each key, or KITH_NO_ENTRY. Safe for many threads at once while nobody puts. */
void kith_hashtable_find(const kith_hashtable *t, const kith_key *keys, const uint64_t *hashes, size_t n, uint32_t *entries);

static inline kith_key *kith_hashtable_entry(const kith_hashtable *t, uint32_t entry) {
    return (kith_key *)(void *)(t->chunks[entry >> 12] + ((size_t)(entry & 4095) << t->entry_bits));
}

static inline kith_str kith_hashtable_key(const kith_hashtable *t, uint32_t entry) { return kith_key_str(kith_hashtable_entry(t, entry)); }

/* What is kept beside the entry's key: it stays where it is as long as the table lives. */
static inline void *kith_hashtable_beside(const kith_hashtable *t, uint32_t entry) { return kith_hashtable_entry(t, entry) + 1; }

/* Entries in byte order of their keys; `order` has room for t->n. */
int kith_hashtable_order(const kith_hashtable *t, uint32_t *order, kith_error *err);

#endif
