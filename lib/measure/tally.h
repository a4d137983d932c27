/* tally.h: what an experiment keeps of one arm and metric; private to lib/measure. */
#ifndef KITH_MEASURE_TALLY_H
#define KITH_MEASURE_TALLY_H

#include <kith/experiment.h>
#include <kith/sums.h>

enum { TALLY_VALUES_MOST = 65536 };

/* Distinct values with counts, for ranks; given up past TALLY_VALUES_MOST, which is a function of the multiset alone. */
typedef struct kith_tally_values {
    double *value;
    uint64_t *count;
    size_t n, slots;
    bool many;
} kith_tally_values;

typedef struct kith_tally {
    kith_moments y;           /* all values */
    uint64_t ones, binary;    /* values that are 1; that are 0 or 1 */
    kith_moments pair_y, pair_x; /* where the second number is there too */
    kith_sum pair_xy;         /* products, rounded, then added exactly */
    kith_tally_values values;
} kith_tally;

bool kith_tally_add(kith_tally *t, const kith_number *y, const kith_number *x, kith_arena *arena); /* x may be NULL; false: memory */
bool kith_tally_merge(kith_tally *into, const kith_tally *from, kith_arena *arena);
/* The inverse; *gave_up: the values could not be told any more, so ranks cannot be taken out; *less: there were fewer. */
bool kith_tally_subtract(kith_tally *from, const kith_tally *what, kith_arena *arena, bool *gave_up, bool *less);
void kith_tally_free(kith_tally *t);
kith_arm_mean kith_tally_mean(const kith_tally *t);
kith_arm_pair kith_tally_pair(const kith_tally *t);
bool kith_tally_binary(const kith_tally *t);
/* Mann–Whitney and Kolmogorov–Smirnov of two tallies; NaN where either gave its values up. False: memory. */
bool kith_tally_ranks(const kith_tally *control, const kith_tally *arm, kith_effect *effect, kith_effect *ks);
/* Fields of one record, and back from it (6 fields). */
void kith_tally_save(const kith_tally *t, kith_row_writer *w, kith_buf *scratch);
int kith_tally_load(kith_tally *t, const kith_str fields[6], kith_arena *arena, kith_error *err);

/* ---- from tallies to rows -------------------------------------------------------------------------------------- */

typedef struct kith_trial_cell {
    kith_str *by, arm; /* the segment's values */
    uint64_t rows;
    const kith_tally *tallies; /* one a metric */
} kith_trial_cell;

typedef struct kith_trial_table {
    const kith_params *params;
    const kith_trial_cell *cells; /* sorted by segment, then arm */
    size_t n;
    const kith_str *by;
    size_t n_by;
    const char *const *metrics;
    const bool *ratios;
    size_t n_metrics;
    kith_arena *arena;
} kith_trial_table;

/* Writes the whole result of `report experiment`. */
int kith_trial_report(const kith_trial_table *table, char delimiter, kith_buf *out, kith_error *err);

#endif
