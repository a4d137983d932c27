/* kith/quantiles.h: quantiles of a multiset, exact while it is small, within .1 % when it is large.
 *
 * Up to KITH_QUANTILES_EXACT values are kept and give type 7 (Hyndman & Fan 1996), as R and NumPy do. From the next one
 * on values are counted in logarithmic bins that are at most .0977 % wide (1,024 to each doubling: the upper bits of the
 * double itself, so that no logarithm is taken); a bin answers with the shortest decimal in it, so that small integers
 * and round prices come out as they went in. In between ranks type 7 interpolates. Extremes stay exact.
 * The state depends on the multiset alone: merging is exact, whatever the order. (Tried: t-digest and KLL, whose results
 * depend on order; DDSketch's logarithm, whose last bit depends on the C library.) */
#ifndef KITH_QUANTILES_H
#define KITH_QUANTILES_H

#include <kith/base.h>

enum { KITH_QUANTILES_EXACT = 4096 };
#define KITH_QUANTILES_ERROR .000977 /* relative, of a value at a rank, past the exact range */

typedef struct kith_quantiles { /* zero is the empty state; what it allocates is the arena's */
    uint64_t n;
    double low, high; /* extremes, once n > 0 */
    void *cells;      /* values, then bins */
    uint32_t used, room;
    bool binned;
} kith_quantiles;

bool kith_quantiles_add_slow(kith_quantiles *q, double value, kith_arena *arena);

/* Adds a finite value; false only when memory ran out. */
static inline bool kith_quantiles_add(kith_quantiles *q, double value, kith_arena *arena) {
    return kith_quantiles_add_slow(q, value, arena);
}

bool kith_quantiles_add_times(kith_quantiles *q, double value, uint64_t times, kith_arena *arena); /* so many of it */
bool kith_quantiles_merge(kith_quantiles *into, const kith_quantiles *other, kith_arena *arena); /* false: no memory */

/* The p-quantile, 0 ≤ p ≤ 1; nan for no values. Sorts what it holds: not for two threads at once. */
double kith_quantiles_at(kith_quantiles *q, double p);

/* What is held, in order, each value (or its bin's, always so with `bins`) with its count: for histograms and drift.
 * *places is malloc'ed and the caller's to free, also after a failure. */
typedef struct kith_place {
    double value;
    uint64_t count;
} kith_place;
int kith_quantiles_list(const kith_quantiles *q, bool bins, kith_place **places, size_t *n, kith_error *err);

/* One field of blank-separated tokens, the same for equal multisets. Loading trusts nothing: KITH_DATA. */
void kith_quantiles_save(kith_quantiles *q, kith_buf *out);
int kith_quantiles_load(kith_quantiles *q, kith_str text, kith_arena *arena, kith_error *err);

#endif
