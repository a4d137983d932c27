/* kith/profile.h: what a table holds, column by column, as a fold; and how far one profile has moved from another. */
#ifndef KITH_PROFILE_H
#define KITH_PROFILE_H

#include <kith/fold.h>

/* Parameters: "top" (how many frequent values, default 5). Finishes as
 * column,type,rows,missing,distinct,min,max,mean,sd,p25,p50,p75,top,kind,invalid,distinct_error,shortest,longest,mean_length
 *
 * A column is counted value by value while it has at most 65,536 different ones (16 MiB), everything else following from those
 * counts; past that each value goes into the sums, bins and registers. Both ways give the same state for the same values. */
extern const kith_fold kith_profile_fold;

/* The same table with psi,ks,ks_p,drift behind it: how `now` has moved from `base` (both states of the fold above).
 * Numbers: PSI over the base's tenths and Kolmogorov–Smirnov; others: PSI over the base's 20 most frequent values and the
 * rest; missing values are a cell of their own in both. drift is stable, shifted (PSI ≥ .1), moved (≥ .25), new, gone, or empty where
 * there are too many values to compare. *moved counts columns that moved, are new or gone. */
int kith_profile_drift(void *base, void *now, char delimiter, kith_buf *out, size_t *moved, kith_error *err);

#endif
