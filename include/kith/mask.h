/* kith/mask.h: values that say less: keyed pseudonyms, truncation, coarser dates, places and amounts; and how small the smallest
 * group is that still looks alike. */
#ifndef KITH_MASK_H
#define KITH_MASK_H

#include <kith/hashtable.h>
#include <kith/secret.h>
#include <kith/sums.h>

typedef enum kith_mask_kind { KITH_MASK_NONE, KITH_MASK_PSEUDONYM, KITH_MASK_TRUNCATE, KITH_MASK_DATE, KITH_MASK_STEP } kith_mask_kind;

typedef struct kith_mask {
    kith_mask_kind kind;
    const kith_secret *secret; /* PSEUDONYM: 128 bits of HMAC-SHA-256 as 32 hexadecimal digits, */
    const char *domain;        /* of the trimmed text in lower case where fold_case; the same for equal texts of one domain */
    bool fold_case;
    int64_t characters; /* TRUNCATE: the first so many, or, negative, the last */
    char unit;          /* DATE: y q m w d h, the start of the period (weeks from Monday) */
    const kith_zone *zone;
    kith_i128 step;     /* STEP: the nearest multiple, in 10^-9, halves away from zero; exact */
} kith_mask;

/* Reads what masks of TRUNCATE, DATE and STEP take: "4" and "-4", "month", "0.1". False where it is none. */
bool kith_mask_parse(kith_mask_kind kind, const char *text, kith_mask *mask);

/* Appends the masked value (not KITH_MASK_NONE, which has none) of a text that is not empty; false where it is no date, no number (nothing is appended then). */
bool kith_mask_apply(const kith_mask *mask, kith_str text, kith_buf *out);

/* k-anonymity (Sweeney 2002): rows counted by what they look like. Zero is empty. */
typedef struct kith_anonymity {
    kith_hashtable table;
    uint64_t *counts;
    uint32_t room;
} kith_anonymity;

int kith_anonymity_add(kith_anonymity *a, const kith_key *keys, const uint64_t *hashes, size_t n, kith_error *err);
void kith_anonymity_free(kith_anonymity *a);

typedef struct kith_anonymity_result {
    uint64_t rows, groups, smallest, unique, below; /* rows alone in their group; rows in groups of fewer than k */
} kith_anonymity_result;
kith_anonymity_result kith_anonymity_of(const kith_anonymity *a, uint64_t k);

#endif
