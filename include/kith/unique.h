/* kith/unique.h: one row of each key, in the order of the rows that stay; in memory or, past it, by parts on disk. */
#ifndef KITH_UNIQUE_H
#define KITH_UNIQUE_H

#include <kith/keys.h>

typedef enum kith_keep { KITH_KEEP_FIRST, KITH_KEEP_LAST, KITH_KEEP_NEWEST } kith_keep;

typedef struct kith_unique kith_unique;

#define KITH_UNIQUE_LEAVE_OUT INT64_MIN /* the time of a row that is to be left out */

int kith_unique_new(kith_unique **unique, kith_keep keep, uint64_t memory, const char *folder, kith_error *err);
void kith_unique_free(kith_unique *unique); /* NULL is fine */

/* Takes a batch's rows, in the order of the batches. `times` (KEEP_NEWEST) are microseconds by row; of equal times the later
 * row is the newer. Rows with `same_missing` false and a missing key are unlike any other. With KEEP_FIRST, rows that are known
 * to stay go into `out` at once (a writer's buffer with the delimiter wanted); *kept counts them. */
int kith_unique_add(kith_unique *unique, const kith_batch *b, kith_keys *keys, const int64_t *times, bool same_missing,
                    kith_row_writer *out, uint64_t *kept, kith_error *err);

/* Gives the other rows that stay, without line end, in order. Once. */
typedef int (*kith_unique_emit)(void *ctx, kith_str row, kith_error *err);
int kith_unique_finish(kith_unique *unique, kith_unique_emit emit, void *ctx, kith_error *err);

#endif
