/* kith/mix_report.h: periods gathered from rows, and everything that `report mix` says about them. */
#ifndef KITH_MIX_REPORT_H
#define KITH_MIX_REPORT_H

#include <kith/mix.h>
#include <kith/stream.h>

/* Rows of outcome, channels, controls. Zero-initialise; free with kith_mix_table_free. */
typedef struct kith_mix_table {
    size_t rows, room, wide, dated; /* dated: rows that had a date */
    double *values;
    int64_t *us;
} kith_mix_table;

bool kith_mix_table_add(kith_mix_table *table, const double *values, size_t wide, int64_t us, bool dated); /* false: memory */
void kith_mix_table_free(kith_mix_table *table);

typedef struct kith_mix_plan {
    size_t channels, controls;
    const kith_str *channel_names, *control_names;
    kith_adstock adstock;
    kith_saturation saturation;
    size_t lags, season;
    double season_length, ridge, budget; /* budget 0: what is spent now */
    bool trend, intercept;
    const char *fix, *prior, *bounds; /* as the options say; NULL or empty: none */
    uint64_t seed;
} kith_mix_plan;

/* Puts the rows in order of their dates (where all have one), fits, and writes part,name,value. Trend is 0, 1, 2 …; seasons turn with
 * the day of the year (365.25 days) where there are dates, else with the row. KITH_USAGE for options that name no channel. */
int kith_mix_table_report(kith_mix_table *table, const kith_mix_plan *plan, kith_arena *arena, char delimiter, kith_buf *out,
                          kith_error *err);

#endif
