/* Private to lib/fold: a profile's state. */
#ifndef KITH_FOLD_PROFILE_H
#define KITH_FOLD_PROFILE_H

#include <kith/distinct.h>
#include <kith/drift.h>
#include <kith/kind.h>
#include <kith/profile.h>
#include <kith/sums.h>
#include <kith/top.h>

/* Days 1800-01-01 to 2199-12-31, each counted: quantiles of times are exact to the day. */
enum { DAY_FIRST = -62091, DAYS = 146097 };

/* Everything about a column's values but their frequencies. */
typedef struct profile_sums {
    uint64_t values, integers, numbers, dates, times, truths;
    uint64_t shortest, longest, length; /* in characters */
    kith_moments moments;
    kith_number low, high; /* once numbers > 0 */
    kith_quantiles quantiles;
    int64_t time_low, time_high; /* microseconds */
    kith_sum time;               /* of days, for the mean */
    uint64_t *days;              /* the arena's; NULL: none */
    kith_buf text_low, text_high;
    uint64_t start_low, start_high; /* their first bytes */
    kith_hll hll;
    uint64_t sampled, kinds[KITH_KINDS]; /* of one value in 64 by its hash; of all while frequencies are whole */
} profile_sums;

typedef struct profile_column {
    kith_str name;
    uint64_t missing;
    kith_top top;
    profile_sums sums; /* in use once top.over */
} profile_column;

typedef struct profile {
    kith_arena *arena;
    size_t top;
    uint64_t rows;
    uint32_t n;
    profile_column *columns;
    kith_key *keys; /* a batch's, of one column */
    uint64_t *hashes;
    uint32_t room;
} profile;

/* Adds a value so many times; `whole` counts its kinds whatever its hash. */
int profile_add(profile_sums *s, kith_str text, uint64_t hash, uint64_t times, bool whole, kith_arena *arena, kith_error *err);
bool profile_number(kith_str text, kith_number *v); /* whether the text counts as a number */
void profile_sums_free(profile_sums *s);
/* The sums of all of a column's values, whether they are in `top` or not; made in `arena` where they must be. `room` takes them; the
 * caller frees it. */
int profile_sums_of(profile_column *c, kith_arena *arena, profile_sums *room, const profile_sums **sums, kith_error *err);
const char *profile_type(const profile_sums *s);
/* A column's cells in the result, from column to mean_length. */
int profile_put(const profile *p, profile_column *c, kith_row_writer *w, kith_error *err);
void profile_put_header(kith_row_writer *w);

#endif
