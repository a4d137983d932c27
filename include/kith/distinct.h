/* kith/distinct.h: how many different values there are: exactly (a set), or nearly in 16 KB (HyperLogLog). */
#ifndef KITH_DISTINCT_H
#define KITH_DISTINCT_H

#include <kith/hashtable.h>

/* ---- exact -------------------------------------------------------------------------------------------------- */

/* A set of texts; zero is the empty set. For distinct values by group, put group and value joined (kith_key_join) into one
 * set and count the new ones: a set for each of many groups would be mostly empty room. */
typedef struct kith_distinct {
    kith_hashtable table;
} kith_distinct;

void kith_distinct_free(kith_distinct *set);
/* Adds a batch of keys; *added (may be NULL) is how many were new. */
int kith_distinct_add(kith_distinct *set, const kith_key *keys, const uint64_t *hashes, size_t n, size_t *added, kith_error *err);
int kith_distinct_merge(kith_distinct *into, const kith_distinct *other, kith_error *err);
uint64_t kith_distinct_count(const kith_distinct *set);
/* The members in byte order as blank-separated tokens, one field; loading trusts nothing (KITH_DATA). */
int kith_distinct_save(const kith_distinct *set, kith_buf *out, kith_error *err);
int kith_distinct_load(kith_distinct *set, kith_str text, kith_error *err);

/* ---- nearly ------------------------------------------------------------------------------------------------- */

/* HyperLogLog (Flajolet et al. 2007) with 2^14 registers and Ertl's estimator (2017, "New cardinality estimation
 * algorithms for HyperLogLog sketches"), which needs no table of corrections: standard error .0081 at every size.
 * A function of the set; merging takes the greater registers. */
enum { KITH_HLL_BITS = 14, KITH_HLL_REGISTERS = 1 << KITH_HLL_BITS };
#define KITH_HLL_ERROR .0081

typedef struct kith_hll {
    uint8_t *registers; /* the arena's; NULL: empty */
} kith_hll;

/* Adds values by their hashes (of kith_key_of); false when out of memory. */
bool kith_hll_add(kith_hll *hll, const uint64_t *hashes, size_t n, kith_arena *arena);
bool kith_hll_merge(kith_hll *into, const kith_hll *other, kith_arena *arena);
double kith_hll_count(const kith_hll *hll);
void kith_hll_save(const kith_hll *hll, kith_buf *out); /* one token */
int kith_hll_load(kith_hll *hll, kith_str text, kith_arena *arena, kith_error *err);

#endif
