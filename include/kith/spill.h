/* kith/spill.h: what does not fit in memory: temporary files, and records parted by hash into one of them, read again a part at a time.
 *
 * What does not fit in memory is written in parts, so that equal keys meet in the same part; each part is then small
 * enough to be worked on by itself. Records keep their order within a part. */
#ifndef KITH_SPILL_H
#define KITH_SPILL_H

#include <kith/base.h>

/* ---- temporary files ---------------------------------------------------------------------------------------- */

/* An unlinked file of mode 0600 in `folder` (NULL or "": /tmp), open for reading and writing; close it. KITH_SYSTEM where it cannot be made,
 * KITH_USAGE where the folder's name is too long. */
int kith_temporary(const char *folder, int *fd, kith_error *err);
/* All of the bytes at a place of such a file, whatever its position, which stays. KITH_SYSTEM, also for a file that ends before. */
int kith_temporary_write(int fd, const void *bytes, size_t n, uint64_t offset, kith_error *err);
int kith_temporary_read(int fd, void *bytes, size_t n, uint64_t offset, kith_error *err);

/* ---- parts -------------------------------------------------------------------------------------------------- */

enum { KITH_SPILL_PARTS = 64 };

typedef struct kith_spill kith_spill;

/* In a folder as kith_temporary takes it. To be freed also after a failure (NULL then, perhaps). */
int kith_spill_new(kith_spill **spill, const char *folder, kith_error *err);
void kith_spill_free(kith_spill *spill); /* NULL is fine */
uint64_t kith_spill_bytes(const kith_spill *spill); /* written to the file so far */

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
