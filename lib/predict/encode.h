/* Inside lib/predict: the coded form of a category, from how often each of its levels comes: in rows of memory or counted over shards. */
#ifndef KITH_PREDICT_ENCODE_H
#define KITH_PREDICT_ENCODE_H

#include <kith/lead.h>

/* The most frequent KITH_LEVELS_MOST of the levels that came at all, of `n` in byte order with their counts among `rows` rows, in byte order again;
 * equally frequent ones by their bytes. c->has_missing is set before. The names are not copied; the rest is in the arena. KITH_SYSTEM: out of memory. */
int encode_levels(const char *const *names, const uint64_t *counts, size_t n, double rows, kith_arena *arena, kith_coded *c, kith_error *err);

#endif
