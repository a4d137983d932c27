/* kith/aggregate.h: the fold behind `kith report table`: any aggregates over any groups, mergeable, with a saved state.
 *
 * Parameters (kith_params):
 *   by          a column selection; empty: one group of all rows
 *   aggregates  NAME=AGG(COL,…),… : count, count(c), sum, mean, sd, min, max, median, pNN, distinct, first, last, share (of rows),
 *               share(c) (of the sum), weighted(c,w) (mean), ratio(a,b) (ratio of sums, with NAME_low and NAME_high at 95 %
 *               by linearisation); NAME= may be left out: the default is AGG_COL
 *   total       "1": a last row over all groups, called "total"
 *   wide        a group column whose values become columns
 *
 * Results depend on the multiset of rows alone: sums are exact and round once, quantiles are those of kith/quantiles.h, min and
 * max put numbers by value before texts by bytes; first and last follow the names of the files and the places of the rows in
 * them, whatever the order of reading. Groups come out in byte order of their keys. */
#ifndef KITH_AGGREGATE_H
#define KITH_AGGREGATE_H

#include <kith/fold.h>

extern const kith_fold kith_table_fold; /* report.table */

#endif
