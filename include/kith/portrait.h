/* kith/portrait.h: one row a person from records and events that carry a person_id.
 *
 *   rows ─► by person ─► attributes: the surviving value and where it came from
 *                    └─► events: first and last seen, counts by source and channel, sums; RFM; the summaries that value
 * models take */
#ifndef KITH_PORTRAIT_H
#define KITH_PORTRAIT_H

#include <kith/link.h>

typedef enum kith_survival {
    KITH_SURVIVE_FREQUENT,
    KITH_SURVIVE_NEWEST,
    KITH_SURVIVE_LONGEST,
    KITH_SURVIVE_SOURCE
} kith_survival;

typedef struct kith_portrait_options {
    const char *person, *source, *ts, *amount, *channel,
        *account;           /* columns; NULL: the well-known name, if it is there */
    const char *newest_by;  /* the column of records' times; NULL: ts, else updated */
    kith_survival survival; /* of attributes without a rule of their own */
    size_t n_rules;
    const char *const *rules; /* COLUMN=frequent|newest|longest|source */
    const char *source_order; /* sources, the most trusted first, separated by commas; NULL: by name */
    const kith_zone *zone;
    bool has_until;
    int64_t until_us; /* rows later than this do not count; without it, the latest time seen */
    bool header;
    char delimiter;
} kith_portrait_options;

/* Appends the portraits in byte order of the ids, one row each: person_id; each attribute with ATTRIBUTE_source;
 * records, sources, first_seen, last_seen, events, amount; source_S and channel_C counts for the sources and channels
 * seen (the 64 first by name); account_persons, account_events, account_amount where there is an account column;
 * rfm_recency, rfm_frequency, rfm_monetary; value_x, value_tx, value_T, value_m (unit week, transaction day). An event
 * is a row with a time; a transaction is one with an amount, too. Rows without a person are left out and counted in
 * *nobody. KITH_DATA: a column that is not there, a time or an amount that is none. */
int kith_portrait(const kith_link_store *store, const kith_portrait_options *options, kith_buf *out, uint64_t *nobody,
                  kith_error *err);

#endif
