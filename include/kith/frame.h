/* kith/frame.h: from rows of text to a frame of typed columns.
 *
 * A column is a number if every value in it is one, a date (days since 1970-01-01) if every value is one, else a
 * category. Texts are interned per batch on the workers and merged in the order of the batches, so the frame does not
 * depend on threads or blocks. Memory: 12 bytes a value, and the distinct texts. */
#ifndef KITH_FRAME_H
#define KITH_FRAME_H

#include <kith/lead.h>
#include <kith/table.h>

enum { KITH_DISTINCT_MOST = 100000 }; /* distinct texts kept of one column */

typedef struct kith_frame_reader kith_frame_reader;

/* A reader of the given columns of a source (names are copied). Free with kith_frame_reader_free. */
int kith_frame_reader_new(const kith_selection *columns, kith_frame_reader **reader, kith_error *err);
void kith_frame_reader_free(kith_frame_reader *reader);

/* For kith_scan: ctx is the reader. */
int kith_frame_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);
int kith_frame_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);

typedef enum kith_column_kind {
    KITH_COLUMN_NUMBER,
    KITH_COLUMN_TIME,
    KITH_COLUMN_LEVEL,
    KITH_COLUMN_TEXT, /* more than KITH_DISTINCT_MOST distinct texts that are not all numbers or dates */
    KITH_COLUMN_EMPTY,
} kith_column_kind;

/* What was read: of column `j` (in the selection's order) its kind and, as a feature, its values. `as_level` makes a
 * category of numbers too (KITH_DATA where too many distinct). Everything belongs to the reader but what is in `arena`.
 * A text column gives no values. */
size_t kith_frame_rows(const kith_frame_reader *reader);
kith_column_kind kith_frame_kind(const kith_frame_reader *reader, size_t j);
size_t kith_frame_distinct(const kith_frame_reader *reader, size_t j); /* 0: more than were kept */
int kith_frame_feature(const kith_frame_reader *reader, size_t j, bool as_level, kith_arena *arena, kith_feature *feature,
                       kith_error *err);

#endif
