/* kith/keys.h: the key columns of a batch as keys for a hash table. */
#ifndef KITH_KEYS_H
#define KITH_KEYS_H

#include <kith/hashtable.h>
#include <kith/table.h>

/* Of one batch, for one worker, reused from batch to batch; zero is empty. Long keys point into the batch or into `bytes`, and
 * live as long as those. */
typedef struct kith_keys {
    kith_key *keys;
    uint64_t *hashes;
    bool *missing; /* all key columns are empty */
    bool *gaps;    /* at least one is */
    uint32_t *entries; /* room for the caller's look-up */
    uint32_t room;
    kith_buf bytes;
    bool points; /* some keys point into `bytes` */
} kith_keys;

void kith_keys_free(kith_keys *k);

/* Fills keys, hashes, missing and gaps for every row. One column gives its text, several the texts joined (kith_key_join); none the
 * whole record in its plainest form (only quotes that are needed), so that equal records have equal keys. */
int kith_keys_of(kith_keys *k, const kith_batch *b, const uint32_t *columns, size_t n, kith_error *err);

#endif
