/* kith/kind.h: which kind of personal data a column seems to hold: from its values, and where values say little, its name. */
#ifndef KITH_KIND_H
#define KITH_KIND_H

#include <kith/base.h>

typedef enum kith_kind {
    KITH_KIND_EMAIL,
    KITH_KIND_PHONE,
    KITH_KIND_PHONE_ABROAD, /* with its + or 00: needs no name to agree */
    KITH_KIND_CARD, /* payment cards: 13 to 19 digits that pass Luhn's check (ISO/IEC 7812-1) */
    KITH_KIND_IBAN, /* ISO 13616: remainder 1 by 97 (ISO 7064) */
    KITH_KIND_IP,
    KITH_KIND_ADDRESS,
    KITH_KIND_NAME,
    KITH_KIND_BIRTH,
    KITH_KINDS,
} kith_kind;

/* Bits (1 << kind) of the kinds that one value may be of. Names, birthdays and plain phone numbers look like much else: those
 * count only where the column's name agrees. */
unsigned kith_kinds_of(kith_str value);
/* Bits of the kinds that a column's name suggests. */
unsigned kith_kinds_hinted(kith_str column);
/* The kind of a column from how many of `n` values may be of each kind; NULL for none: four fifths must agree. */
const char *kith_kind_decide(const uint64_t counts[KITH_KINDS], uint64_t n, unsigned hinted);

bool kith_luhn(kith_str digits);  /* digits only */
bool kith_iban_valid(kith_str text); /* blanks allowed, letters in either case */

#endif
