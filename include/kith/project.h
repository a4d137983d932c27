/* kith/project.h: rows of a batch, or some of their columns, written as they came. */
#ifndef KITH_PROJECT_H
#define KITH_PROJECT_H

#include <kith/table.h>

/* Which columns to write, as runs of neighbours. */
typedef struct kith_projection kith_projection;

/* For all columns (`kept` NULL) or those of a selection, from `in` to `out` delimited rows. Owned by the arena; constant, so threads
 * may share it. KITH_SYSTEM when out of memory. */
int kith_projection_new(kith_arena *arena, uint32_t cols, const kith_selection *kept, char in, char out,
                        kith_projection **projection, kith_error *err);

/* Appends rows[0 … n−1] of the batch, each with its line end, to `buf`, whose `failed` tells a lack of memory. */
void kith_project(const kith_projection *projection, const kith_batch *b, const uint32_t *rows, size_t n, kith_buf *buf);

/* Whole regular rows (LF behind each, also the last perhaps) with another delimiter, appended to `buf`. KITH_SYSTEM when out of memory. */
int kith_rows_convert(kith_str rows, char from, char to, kith_buf *buf, kith_error *err);

#endif
