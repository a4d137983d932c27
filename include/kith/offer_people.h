/* kith/offer_people.h: offer lists and people as the problem that kith/offer.h solves. */
#ifndef KITH_OFFER_PEOPLE_H
#define KITH_OFFER_PEOPLE_H

#include <kith/fold.h>
#include <kith/offer.h>

/* An offer list: CSV offer,channel,value,cost,capacity,when. value and when are expressions over the person's columns. */
typedef struct kith_offer_list {
    size_t n;
    const char **offer, **channel;
    kith_str *value, *when; /* when: empty for always */
    double *cost, *capacity; /* INFINITY where empty */
    double *factor;          /* what outcomes say about the value (1 without --learned) */
    const char *file;
    uint64_t *line;
} kith_offer_list;

/* KITH_DATA with file and line: no offer column, a cost or capacity that is no number from 0, no offers, a line that repeats
 * offer and channel with the same condition. */
int kith_offer_list_read(kith_arena *arena, const char *path, kith_offer_list *list, kith_error *err);

/* Which columns of the people's stream matter; NULL or "": none. */
typedef struct kith_offer_columns {
    const char *id, *account, *consent, *floor;
    const kith_zone *zone;
    bool has_until;
    int64_t until_us;
} kith_offer_columns;

typedef struct kith_offer_people kith_offer_people;

int kith_offer_people_new(const kith_offer_list *list, const kith_header *header, const kith_offer_columns *columns,
                          int workers, kith_offer_people **people, kith_error *err);
void kith_offer_people_free(kith_offer_people *people); /* NULL is fine */
/* Those who are not to be contacted, by id, before the scan. `why` is for the counts. */
int kith_offer_people_leave_out(kith_offer_people *people, kith_str id, kith_error *err);

/* For kith_scan: ctx is the people. A repeated id is KITH_DATA, with its place. */
int kith_offer_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);
int kith_offer_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);

typedef struct kith_offer_counts {
    size_t people, no_consent, suppressed, nothing; /* nothing: no offer is for them */
} kith_offer_counts;
kith_offer_counts kith_offer_people_counts(const kith_offer_people *people);

/* The problem: values, keys, accounts as units, groups of the floor column. Limits and floors are the caller's to add.
 * Belongs to the people. `groups` gives the floor column's values. */
int kith_offer_people_problem(kith_offer_people *people, kith_offer_problem *problem, const kith_str **groups, kith_error *err);
kith_str kith_offer_person(const kith_offer_people *people, uint32_t person);

#endif
