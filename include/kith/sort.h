/* kith/sort.h: rows in order of some of their columns, stable, in memory or through a temporary file.
 *
 *   batches ──chunk (parallel)──► chunks ──add (in order)──► codes ──radix──► references ──gather──► whole rows
 *                                        └─ past the memory: sorted runs in one unlinked file ──merge──┘
 *
 * Natural order. A column all of whose values are numbers sorts by value, one of ISO dates and times by time, any other by
 * bytes; the type is that of the whole input, found on the way. Missing values come last, ascending or descending. Rows
 * that are equal keep their order. Rows come out as they came in, each with its line end.
 *
 * Codes. What the values of a column have in common is left out: a number is its distance from the least in units of the
 * last decimal in use, a text its characters' places among those seen at that position. Keys of a real export then fit
 * into one 64-bit word together, and radix sorting moves words, not rows. */
#ifndef KITH_SORT_H
#define KITH_SORT_H

#include <kith/table.h>

typedef struct kith_sort_key {
    uint32_t column;
    bool descending;
    bool bytes; /* by bytes, whatever the values look like */
} kith_sort_key;

/* The column of a key that is the row's moment (kith_sorter_chunk_at): bytes of its own before the row. */
#define KITH_SORT_MOMENT (UINT32_MAX - 1)

/* Reads "a,-b": columns as in kith_select, a leading minus for descending, into the arena. */
int kith_sort_keys(const kith_header *header, const char *text, kith_arena *arena, kith_sort_key **keys, size_t *n, kith_error *err);

typedef struct kith_sorter kith_sorter;
typedef struct kith_sort_chunk kith_sort_chunk;

/* `keys` are copied. `memory` bounds what is held (16 MiB at least); `folder` is for the temporary file (TMPDIR). */
int kith_sorter_new(kith_sorter **sorter, const kith_sort_key *keys, size_t n, uint64_t memory, int threads, const kith_zone *zone,
                    const char *folder, kith_error *err);
void kith_sorter_free(kith_sorter *sorter);

/* Only the first `most` rows will be asked for: rows that cannot be among them are let go of on the way. Before the first chunk. */
void kith_sorter_top(kith_sorter *sorter, uint64_t most);

/* Takes a batch's rows out; for many threads at once. */
int kith_sorter_chunk(const kith_sorter *sorter, const kith_batch *b, kith_sort_chunk **chunk, kith_error *err);
/* The same of a sorter whose last key is KITH_SORT_MOMENT, by `bytes`, and which gives blocks: takes the batch's rows `rows`, each with its
 * moment in microseconds (of the years that kith_moment reads). */
int kith_sorter_chunk_at(const kith_sorter *sorter, const kith_batch *b, const uint32_t *rows, const int64_t *us, uint32_t n, kith_sort_chunk **chunk, kith_error *err);
/* Adds chunks in the order of their batches; takes the chunk over, whatever it returns. */
int kith_sorter_add(kith_sorter *sorter, kith_sort_chunk *chunk, kith_error *err);

/* Gives the rows in order, many at a time, each with its LF; the first `most` of them. Once. */
typedef int (*kith_sort_emit)(void *ctx, const char *rows, size_t bytes, uint64_t n, kith_error *err);
int kith_sorter_finish(kith_sorter *sorter, uint64_t most, kith_sort_emit emit, void *ctx, kith_error *err);

int64_t kith_sort_moment(kith_str *row); /* takes the moment off a row that such a sorter gave */

/* Finishes with the rows one by one, without LF (one follows): `visit` takes KITH_SORT_BLOCK of them at most, several blocks at once in as
 * many threads, block < KITH_SORT_AHEAD; then `commit` sees these blocks in order. The rows live until it returns. */
enum { KITH_SORT_BLOCK = 1024, KITH_SORT_AHEAD = 64 };
typedef struct kith_sort_blocks {
    int (*visit)(void *ctx, size_t block, const kith_str *rows, size_t n, kith_error *err);
    int (*commit)(void *ctx, size_t block, kith_error *err);
} kith_sort_blocks;
int kith_sorter_finish_blocks(kith_sorter *sorter, const kith_sort_blocks *blocks, void *ctx, kith_error *err);

void kith_sort_chunk_free(kith_sort_chunk *chunk); /* one that was not added; NULL is fine */

uint64_t kith_sorter_spilled(const kith_sorter *sorter); /* bytes that went to the temporary file */

#endif
