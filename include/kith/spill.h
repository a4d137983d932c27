/* kith/spill.h: records parted by hash into one unlinked temporary file, and read again a part at a time.
 *
 * What does not fit in memory is written in parts, so that equal keys meet in the same part; each part is then small
 * enough to be worked on by itself. Records keep their order within a part. */
#ifndef KITH_SPILL_H
#define KITH_SPILL_H

#include <kith/base.h>

enum { KITH_SPILL_PARTS = 64 };

typedef struct kith_spill kith_spill;

int kith_spill_new(kith_spill **spill, const char *folder, kith_error *err);
void kith_spill_free(kith_spill *spill); /* NULL is fine */
uint64_t kith_spill_bytes(const kith_spill *spill);

/* A record: a number of the caller's (its position), a key and a text, each below 4 GiB. */
int kith_spill_put(kith_spill *spill, unsigned part, uint64_t number, kith_str key, kith_str text, kith_error *err);

/* Calls `each` for the part's records in order; the texts live until it returns. */
typedef int (*kith_spill_each)(void *ctx, uint64_t number, kith_str key, kith_str text, kith_error *err);
int kith_spill_read(kith_spill *spill, unsigned part, kith_spill_each each, void *ctx, kith_error *err);

/* All parts together in order of their numbers, which must rise within each part. */
int kith_spill_merge(kith_spill *spill, kith_spill_each each, void *ctx, kith_error *err);
/* The same in byte order of the keys, which must not fall within each part. */
int kith_spill_merge_keys(kith_spill *spill, kith_spill_each each, void *ctx, kith_error *err);

#endif
