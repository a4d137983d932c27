/* kith/ingest.h: exports in, one clean stream out: the whole of `kith ingest read` but for its options.
 *
 * Files of any dialect and shape are read one after the other, their columns aligned by name (and by a schema's `from`), their cells made
 * normal by the schema; every record is accounted for: rows in = rows out + rejected + dropped. */
#ifndef KITH_INGEST_H
#define KITH_INGEST_H

#include <kith/messy.h>
#include <kith/schema.h>
#include <kith/stream.h>

typedef struct kith_ingest_options {
    kith_messy_options messy;
    const kith_schema *schema; /* NULL: columns as they are */
    const char *region;        /* of phones, postcodes, dates that could be either; may be NULL */
    const kith_zone *zone;
    const char *const *sources; /* names for the column `source`; fewer than files, or NULL: the files' own names */
    size_t n_sources;
    bool add_source;           /* also for one file */
    bool replace;              /* in the place of columns that are called so */
    bool stop, skip;           /* at the first row that cannot be used; or drop such rows */
    bool strict;               /* any repair, reject, drop or empty input is KITH_DATA */
    bool two_pass;             /* habits are learnt from whole files, not from their first 64 MB */
    char delimiter;            /* of the output */
    int header;                /* 0 always, 1 as it is, 2 never */
    uint64_t max_rejects;      /* KITH_DATA beyond; UINT64_MAX: no limit */
    double max_share;          /* of the rows; 1: no limit; looked at when all is read */
    void (*note)(void *ctx, const char *line); /* remarks for people, without line end */
    void *note_ctx;
} kith_ingest_options;

typedef struct kith_ingest kith_ingest;

typedef struct kith_ingest_totals {
    uint64_t rows_in, rows_out, rejected, dropped, mended;
} kith_ingest_totals;

/* Opens all files, finds their dialects and columns. The strings and the schema must outlive it. A required column that is in no file is
 * KITH_DATA. Free with kith_ingest_close. */
int kith_ingest_open(kith_ingest **ingest, const char *const *files, size_t n, const kith_ingest_options *options, kith_error *err);
void kith_ingest_close(kith_ingest *ingest);

/* Reads everything. `rejects` may be NULL: then the first ten places are notes. */
int kith_ingest_run(kith_ingest *ingest, kith_sink *sink, kith_sink *rejects, kith_error *err);

/* file,finding,value,why of every file; learns habits, so it cannot be followed by a run. */
int kith_ingest_explain(kith_ingest *ingest, kith_buf *out, kith_error *err);
/* file,rows_in,rows_out,rejected,dropped of every file, after a run. */
void kith_ingest_account(const kith_ingest *ingest, kith_buf *out);
kith_ingest_totals kith_ingest_total(const kith_ingest *ingest);

#endif
