/* kith/top.h: the most frequent values, exact while there are at most 65,536 different ones of 16 MiB together; past that
 * the answer is none at all, so that it depends on the values alone and merging stays exact. */
#ifndef KITH_TOP_H
#define KITH_TOP_H

#include <kith/hashtable.h>

enum { KITH_TOP_VALUES = 65536, KITH_TOP_BYTES = 16 << 20 };

typedef struct kith_top { /* zero is the empty state; free with kith_top_free */
    kith_hashtable table;
    uint64_t *counts; /* by entry */
    uint32_t room;
    uint64_t bytes; /* of the values */
    bool over;      /* there were too many */
} kith_top;

typedef struct kith_top_value {
    kith_str value; /* in the state */
    uint64_t count;
} kith_top_value;

void kith_top_free(kith_top *top);
int kith_top_add(kith_top *top, const kith_key *keys, const uint64_t *hashes, size_t n, kith_error *err);
int kith_top_merge(kith_top *into, const kith_top *other, kith_error *err);
uint64_t kith_top_count(const kith_top *top, kith_str value); /* 0 where it was not seen (or `over`) */

/* The most frequent first, equal counts in byte order: up to `most` into `values`; *n of them. None where `over`. */
int kith_top_list(const kith_top *top, kith_top_value *values, size_t most, size_t *n, kith_error *err);

int kith_top_save(const kith_top *top, kith_buf *out, kith_error *err); /* one field, in byte order of the values */
int kith_top_load(kith_top *top, kith_str text, kith_error *err);

#endif
