/* Inside lib/predict: pass 0 of a fit over shards: what the columns hold, so that the encoding and the trees' cuts can be learned without
 * the rows. Everything is counted or summed exactly: the same for any division of the rows. */
#ifndef KITH_PREDICT_SURVEY_H
#define KITH_PREDICT_SURVEY_H

#include "bins.h"

#include <kith/frame.h>
#include <kith/hashtable.h>
#include <kith/sums.h>

typedef struct survey_column {
    char *name;
    bool feature, dropped;           /* dropped: more than KITH_DISTINCT_MOST texts */
    uint64_t numbers, times, others; /* of all rows */
    kith_hashtable texts;            /* of all rows, until dropped */
    uint64_t *used;                  /* by text: in how many of the rows that are learned from */
    size_t room;
    uint64_t missing, known;         /* of the rows that are learned from; known: numbers or dates */
    kith_moments moments;
    double low, high;
    value_counts values;             /* if wanted */
} survey_column;

typedef struct survey {
    kith_arena *arena;
    bool bound, want_values;
    size_t n;
    survey_column *columns;
    uint32_t *place; /* in the header */
    uint64_t rows, learned;
} survey;

/* The columns of these names (copied); `values`: for trees. Released by survey_free; the memory of `s` itself is the caller's. */
int survey_columns(survey *s, const kith_selection *columns, const bool *is_feature, kith_error *err);
/* A row; `learn`: it has what a row needs to be learned from. */
int survey_row(survey *s, const kith_batch *b, uint32_t row, bool learn, kith_error *err);
int survey_merge(survey *into, const survey *from, kith_error *err);
int survey_save(const survey *s, kith_buf *out, kith_error *err);
int survey_load(survey *s, kith_records *records, kith_error *err);
void survey_free(survey *s);

/* The column's place, or SIZE_MAX. */
size_t survey_find(const survey *s, const char *name);
kith_column_kind survey_kind(const survey_column *c);
/* Its distinct texts in byte order, in the survey's arena; KITH_DATA where too many. `used` (may be NULL) parallel to them. */
int survey_levels(const survey *s, const survey_column *c, const char *const **levels, uint64_t **used, size_t *n, kith_error *err);
/* How the columns that are features are encoded, as kith_encoding_fit does on the rows; and the cuts, as kith_cuts_fit. `without` (may
 * be NULL): a column that is none after all. What is left out goes into `notes`, a line each. All in the survey's arena. */
int survey_encoding(const survey *s, const char *without, kith_encoding *e, kith_buf *notes, kith_error *err);
int survey_cuts(const survey *s, const kith_encoding *e, bins *cuts, kith_error *err);

#endif
