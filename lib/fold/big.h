/* Private to lib/fold: natural numbers of up to BIG_MOST 32-bit digits, for the one rounding at the end of a sum. */
#ifndef KITH_FOLD_BIG_H
#define KITH_FOLD_BIG_H

#include <kith/sums.h>

enum { BIG_MOST = 176 };

typedef struct big {
    int n; /* digits in use; the top one is not 0; zero has none */
    uint32_t d[BIG_MOST];
} big;

void big_of(big *a, kith_u128 value);
void big_from(big *a, const uint32_t *digits, int n);
int big_compare(const big *a, const big *b);
void big_add(big *a, const big *b);
void big_subtract(big *a, const big *b); /* a ≥ b */
void big_scale(big *a, uint32_t factor);
void big_multiply(big *product, const big *a, const big *b); /* product is neither */
void big_shift_left(big *a, int bits);
int big_bits(const big *a);

/* num/den · 2^exponent, correctly rounded; den > 0. num is spoilt. */
double big_ratio(big *num, const big *den, int exponent);
/* the square root of the same */
double big_ratio_root(big *num, const big *den, int exponent);

#endif
