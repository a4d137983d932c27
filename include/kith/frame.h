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

/* Keeps a key of each row besides, a hash of its value in the source's column `id` (KITH_NO_COLUMN: no keys, and NULL): folds that go
 * by it fall alike however the rows are divided into files. */
void kith_frame_keys(kith_frame_reader *reader, uint32_t id);
const uint64_t *kith_frame_key(const kith_frame_reader *reader);

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
size_t kith_frame_columns(const kith_frame_reader *reader);
const char *kith_frame_name(const kith_frame_reader *reader, size_t j);
kith_column_kind kith_frame_kind(const kith_frame_reader *reader, size_t j);
size_t kith_frame_distinct(const kith_frame_reader *reader, size_t j); /* 0: more than were kept */
int kith_frame_feature(const kith_frame_reader *reader, size_t j, bool as_level, kith_arena *arena, kith_feature *feature,
                       kith_error *err);

/* ---- what a fit takes from a file --------------------------------------------------------------------------- */

/* The columns a fit reads: the features (-s, or all but --drop) and the special ones by name (NULLs are passed over), each
 * once, in the header's order. is_feature is parallel to columns->columns; special columns are no features. KITH_DATA
 * for a column that is not there. */
int kith_frame_wanted(const kith_header *header, const char *select, const char *drop, const char *const *special,
                      size_t n_special, kith_arena *arena, kith_selection *columns, bool **is_feature, kith_error *err);

/* The place of a column among those read; SIZE_MAX: not there. */
size_t kith_frame_find(const kith_frame_reader *reader, const char *name);

/* The features as a frame. Left out, each with a line in `notes`: person_id, record_id, account_id, empty columns, free
 * text, and columns that hold another value for everyone and are called an id. KITH_DATA without rows, or where nothing is left. */
int kith_frame_features(const kith_frame_reader *reader, const bool *is_feature, kith_arena *arena, kith_frame *frame,
                        kith_buf *notes, kith_error *err);

/* Why such a column among so many rows is no feature, or NULL. */
const char *kith_frame_no_feature(const char *name, kith_column_kind kind, size_t distinct, size_t rows);
/* Which of a yes/no column's levels (those that occur, in byte order) is yes, by the rule of kith_frame_outcome. */
int kith_frame_positive(const char *name, const char *const *levels, size_t n, const char *positive, size_t *found, kith_error *err);

/* A yes/no column as 0 and 1 (NaN where missing). Which value is yes: `positive` if said, else 1 of 0 and 1, else
 * yes, true, y, t, won of two values, else the later of two in byte order; told in *yes. KITH_DATA for one class only, or
 * for more than two values without `positive`, or a `positive` that does not occur. */
int kith_frame_outcome(const kith_frame_reader *reader, size_t j, const char *positive, kith_arena *arena, double **y,
                       const char **yes, kith_error *err);
/* A column of numbers; NULL and KITH_DATA for another kind. */
int kith_frame_numbers(const kith_frame_reader *reader, size_t j, const double **numbers, kith_error *err);

/* Folds as --cv says them: mod:K, mod:K:COL, group:COL, time:COL (KITH_USAGE for anything else). */
int kith_frame_folds(const kith_frame_reader *reader, const char *said, uint64_t seed, kith_arena *arena,
                     kith_folds *folds, kith_error *err);
/* The column that --cv names, in the arena, or NULL. */
int kith_folds_column(const char *said, kith_arena *arena, const char **column, kith_error *err);

/* Warnings, a line each with ! in front, about columns that may hold what is known only after the outcome: one that ranks it almost
 * perfectly alone, one that stands far above all others, dates that lie behind the rows' own (`time`, a date per row called `time_name`; NULL: not known). */
int kith_frame_leaks(const kith_frame *frame, const double *y, const double *time, const char *time_name,
                     kith_buf *warnings, kith_error *err);

#endif
