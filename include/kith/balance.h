/* kith/balance.h: how alike the arms of an experiment are, column by column. */
#ifndef KITH_BALANCE_H
#define KITH_BALANCE_H

#include <kith/assign.h>
#include <kith/table.h>

/* Counts of each column's values by arm. A column whose values are all numbers is compared by means, another by its levels' shares. */
typedef struct kith_balance kith_balance;

int kith_balance_new(size_t columns, size_t arms, kith_balance **balance, kith_error *err);
void kith_balance_free(kith_balance *balance); /* NULL is fine */
/* The number of a value among its column's, for kith_balance_count. */
int kith_balance_level(kith_balance *balance, size_t column, kith_str text, uint32_t *level, kith_error *err);
void kith_balance_count(kith_balance *balance, size_t column, uint32_t level, size_t arm);
/* The largest difference from the control in pooled standard deviations (Austin 2009, standardised differences); 0 without columns. */
double kith_balance_worst(const kith_balance *balance, const kith_arms *arms);
/* CSV column,level,arm,n,share,mean,difference; of a column's levels the first 200 in byte order. */
int kith_balance_write(const kith_balance *balance, const kith_arms *arms, const kith_str *names, kith_sink *sink, kith_error *err);

#endif
