/* kith/check.h: rules over a stream of records, each with its failures counted and a verdict: the whole of `kith ingest check` but for its
 * options.
 *
 * Rules: records (as many fields as the header), and by the schema column, type, required, unique, min, max, values, pattern; key (several
 * columns together unique), ref (values that are in a column of another file), fresh (the newest moment is near enough), ordered (each row not
 * before the one above), sum (in each row, one column is the sum of others), total (a column's sum), rows (how many there are). */
#ifndef KITH_CHECK_H
#define KITH_CHECK_H

#include <kith/messy.h>
#include <kith/schema.h>
#include <kith/stream.h>

typedef struct kith_check_options {
    kith_messy_options messy;
    const kith_schema *schema;       /* may be NULL */
    const char *const *refs;         /* COL=FILE:COL */
    size_t n_refs;
    const char *key;                 /* columns, separated by commas; may be NULL */
    const char *const *fresh;        /* COL=DURATION */
    size_t n_fresh;
    int64_t now_us;                  /* what fresh is measured against */
    const char *const *ordered;      /* COL or -COL, numbers and ISO dates by value, else bytes */
    size_t n_ordered;
    const char *const *sums;         /* COL=COL+COL… */
    size_t n_sums;
    const char *const *totals;       /* COL=NUMBER or COL=FILE:COL */
    size_t n_totals;
    double tolerance;                /* of sums and totals, in their own unit */
    int64_t min_rows, max_rows;      /* −1: no such rule */
    const char *region;
    const kith_zone *zone;
} kith_check_options;

/* Reads the files, one after the other, and appends rule,column,rows,failures,share,example,verdict to `out`, in the order of the schema,
 * then of the options. `failing` (may be NULL) receives line,rule,column and the row for each failure. *failed: whether any
 * verdict is fail. */
int kith_check_run(const char *const *files, size_t n, const kith_check_options *options, kith_buf *out, kith_sink *failing, uint64_t *rows, bool *failed, kith_error *err);

#endif
