/* kith/purchases.h: from events to persons: who bought on which days, for how much; and the folds on it.
 *
 *   id, ts, amount ──► person-days (count, exact amount) ──► x, t_x, T, m a person ──► `score summary`, `score fit
 * value`
 *
 * The state is the multiset of person-days: any order, shards and nights give the same bytes; rows can be taken out
 * again. Memory: 32 bytes a person-day and some 40 a person. */
#ifndef KITH_PURCHASES_H
#define KITH_PURCHASES_H

#include <kith/fold.h>
#include <kith/scorer.h>
#include <kith/value.h>

typedef struct kith_purchases kith_purchases;

int kith_purchases_new(kith_purchases **p, kith_error *err); /* free with kith_purchases_free */
void kith_purchases_free(kith_purchases *p);

/* Adds a batch. Columns id and ts; amount may be KITH_NO_COLUMN. Rows without id, without a date, with an amount that
 * is missing, negative, no number or 10^18 and more are kith_bad_row. More than nine decimals are rounded to nine. Days
 * are calendar days in `zone`. */
int kith_purchases_step(kith_purchases *p, const kith_batch *b, uint32_t id, uint32_t ts, uint32_t amount,
                        const kith_zone *zone, kith_out *out, kith_error *err);
int kith_purchases_merge(kith_purchases *into, const kith_purchases *from, kith_error *err);
/* KITH_DATA where `what` holds person-days that `from` does not. */
int kith_purchases_subtract(kith_purchases *from, const kith_purchases *what, kith_error *err);
/* Records P,id and D,day,count,amount (the amount in 10⁻⁹), persons in byte order. Load trusts nothing. */
int kith_purchases_save(const kith_purchases *p, kith_buf *out, kith_error *err);
int kith_purchases_load(kith_purchases *p, kith_records *records, kith_error *err);

/* How days become histories. */
typedef struct kith_purchase_plan {
    int64_t until;      /* the last day that counts; INT64_MIN: the latest seen */
    double unit;        /* days: 7, 1 */
    bool rows;          /* every row is a purchase (else every day with one) */
    bool opportunities; /* BG/BB: x counts units with a purchase, t_x and T are whole units */
} kith_purchase_plan;

/* One person's history up to `until`, and what came after. */
typedef struct kith_history {
    kith_str id;
    kith_triple t;              /* x, t_x, T; weight 1 */
    double m;                   /* nan where x = 0 or without amounts */
    int64_t first;              /* day of the first purchase */
    double later, later_amount; /* purchases after `until`, and their amounts */
} kith_history;

/* Calls `take` for every person whose first purchase is not after until, in byte order of the ids. *until gets the day
 * used. */
int kith_purchases_histories(kith_purchases *p, const kith_purchase_plan *plan, int64_t *until,
                             int (*take)(void *ctx, const kith_history *h, kith_error *err), void *ctx,
                             kith_error *err);
/* Purchases by day since `first` of those persons, repeats only, into counts[0 … n−1] (the caller's, cleared); and the
 * number of first purchases by day into firsts. */
int kith_purchases_days(kith_purchases *p, const kith_purchase_plan *plan, int64_t first, size_t n, double *repeats,
                        double *firsts, kith_error *err);
/* The first and last day seen; false where there are none. */
bool kith_purchases_span(const kith_purchases *p, int64_t *first, int64_t *last);

/* The parameters of the folds below (NULL: the default name). Times: a date's whole day counts. */
void kith_value_params_events(kith_params *p, const char *id, const char *ts, const char *amount, const char *unit,
                              const char *transaction);
void kith_value_params_summaries(kith_params *p, const char *x, const char *tx, const char *T, const char *m,
                                 const char *weight, const char *unit);
void kith_value_params_time(kith_params *p, const char *tz, const kith_zone *zone, bool has_until, int64_t until_us);

/* The folds of `score summary` and `score fit value` (which further takes the parameters method and spend). */
extern const kith_fold kith_summary_fold, kith_value_fold;

/* The scorer of value models: adds NAME_expected, NAME_alive, NAME_clv, NAME_low, NAME_high. */
extern const kith_scorer_kind kith_scorer_value;

#endif
