/* Private to lib/fold: an exact register for doubles and for their squares. */
#ifndef KITH_FOLD_WIDE_H
#define KITH_FOLD_WIDE_H

#include "big.h"

enum wide_kind { WIDE_SUM, WIDE_SQUARE };

kith_wide *wide_new(enum wide_kind kind, kith_arena *arena); /* zero; NULL when out of memory */
void wide_add(kith_wide *wide, double value, uint64_t times); /* WIDE_SUM; a finite value */
void wide_add_square(kith_wide *wide, double value, uint64_t times); /* WIDE_SQUARE */
void wide_add_wide(kith_wide *wide, const kith_wide *other, int sign); /* of the same kind */
int wide_exponent(const kith_wide *wide);                    /* of its last bit */
bool wide_big(const kith_wide *wide, big *size);             /* |value| in units of that bit; true where negative */
void wide_save(const kith_wide *wide, kith_buf *out);        /* one token */
kith_wide *wide_load(enum wide_kind kind, kith_str token, kith_arena *arena, bool *bad);

#endif
