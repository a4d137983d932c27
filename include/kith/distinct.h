/* kith/distinct.h: how many different values there are, nearly, in 16 KB. Exactly: a hash table of them (kith/hashtable.h). */
#ifndef KITH_DISTINCT_H
#define KITH_DISTINCT_H

#include <kith/base.h>

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
