/* kith/join.h: rows of one stream with those of another.
 *
 *   right ──build──► table: key → rows ──┐
 *   left  ──probe (parallel)─────────────┴──► left row, right row          past the memory: both sides by parts on disk
 *
 * Keys are texts, equal byte for byte after unquoting; a key with a missing part matches nothing. Results are in the order of the left
 * rows, the matches of one in the order of the right rows. */
#ifndef KITH_JOIN_H
#define KITH_JOIN_H

#include <kith/keys.h>

typedef enum kith_join_kind { KITH_JOIN_INNER, KITH_JOIN_LEFT, KITH_JOIN_ANTI } kith_join_kind;

typedef struct kith_join_options {
    kith_join_kind kind;
    const uint32_t *left_key, *right_key;
    size_t n_keys;
    kith_selection right; /* the columns that are added */
    char delimiter;       /* of the output */
    /* As of: the latest right row of the key that is not later than the left row's time, of equal times the last. */
    bool as_of;
    uint32_t left_time, right_time;
    int64_t within; /* microseconds it may lie back; INT64_MAX: any */
    const kith_zone *zone;
    /* Near: the right row (of the key, if there is one) nearest on the globe, within `distance` kilometres; the first of
     * equally near ones. Adds the distance as a last field. */
    bool near;
    uint32_t left_place[2], right_place[2]; /* latitude, longitude in degrees */
    double distance;
    uint64_t memory;
    const char *folder;
    int workers;
} kith_join_options;

typedef struct kith_joiner kith_joiner;

int kith_joiner_new(kith_joiner **joiner, const kith_join_options *options, kith_error *err); /* options are copied */
void kith_joiner_free(kith_joiner *joiner); /* NULL is fine */

/* Before the right side, where the left one can be read twice and is much the smaller: a scan's visit and commit over the left side. Right rows whose key
 * it does not have are then not held. Past an eighth of the memory the keys are let go of, and all rows are held as ever; so also by _all. */
int kith_joiner_wanted_visit(void *joiner, int worker, const kith_batch *b, kith_out *out, kith_error *err);
int kith_joiner_wanted_commit(void *joiner, int worker, const kith_batch *b, kith_out *out, kith_error *err);
void kith_joiner_all(kith_joiner *joiner);

/* The right side: a scan's visit and commit with the joiner as its ctx; then _built. */
int kith_joiner_right_visit(void *joiner, int worker, const kith_batch *b, kith_out *out, kith_error *err);
int kith_joiner_right_commit(void *joiner, int worker, const kith_batch *b, kith_out *out, kith_error *err);
int kith_joiner_built(kith_joiner *joiner, kith_error *err);

/* The left side: the same, with the joined rows in out->rows; what had to wait on disk comes from _finish. */
int kith_joiner_left_visit(void *joiner, int worker, const kith_batch *b, kith_out *out, kith_error *err);
int kith_joiner_left_commit(void *joiner, int worker, const kith_batch *b, kith_out *out, kith_error *err);
typedef int (*kith_join_emit)(void *ctx, kith_str rows, kith_error *err); /* whole rows with their line ends */
int kith_joiner_finish(kith_joiner *joiner, kith_join_emit emit, void *ctx, kith_error *err);

typedef struct kith_join_counts {
    uint64_t right_rows, right_keys, right_repeated, both_repeated; /* keys that several rows have: right; on both sides */
    uint64_t spilled; /* bytes */
} kith_join_counts;
kith_join_counts kith_joiner_counts(const kith_joiner *joiner);

#endif
