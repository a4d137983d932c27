/* kith/sums.h: exact sums, means and standard deviations of numbers read from text, whatever their order.
 *
 * A value below 10^18 in size with at most nine decimals is an integer in units of 10^-9 and adds into 128 bits (its
 * square into 256, only in kith_moments). Any other value is taken as its nearest double and added without error into a
 * wide fixed-point register that covers the doubles' whole range (Kulisch; Neal 2015, "Fast exact summation using small
 * and large superaccumulators"), made when the first such value comes. Total, mean and deviation round once, at the end.
 *
 * So the results depend on the values alone, not on their order, their batches or their threads. All states are plain
 * structs whose zero is the empty state; what they allocate belongs to the arena given, and lives as long as it does. */
#ifndef KITH_SUMS_H
#define KITH_SUMS_H

#include <kith/base.h>

__extension__ typedef __int128 kith_i128;
__extension__ typedef unsigned __int128 kith_u128;

/* A number as it was written: an exact decimal where it fits, else the nearest double. */
typedef struct kith_number {
    kith_i128 fixed; /* in 10^-9, where is_fixed */
    double real;     /* where not is_fixed */
    bool is_fixed;
} kith_number;

bool kith_number_parse_slow(kith_str text, kith_number *number);

/* Reads [+-] digits [. digits] [e[+-]digits], as kith_parse_double does; false where the text is no number. */
static inline bool kith_number_parse(kith_str text, kith_number *number) {
    static const uint64_t scale[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    const char *p = text.p, *end = text.p + text.n;
    bool minus = p < end && *p == '-';
    p += minus;
    const char *start = p;
    uint64_t m = 0;
    unsigned d;
    while (p < end && (d = (unsigned)(unsigned char)*p - '0') <= 9) m = m * 10 + d, p++;
    size_t digits = (size_t)(p - start), decimals = 0;
    if (p < end && *p == '.') {
        start = ++p;
        while (p < end && (d = (unsigned)(unsigned char)*p - '0') <= 9) m = m * 10 + d, p++;
        decimals = (size_t)(p - start);
        digits += decimals;
    }
    if (p == end && digits - 1 < 18 && decimals <= 9) {
        kith_i128 v = (kith_i128)((kith_u128)m * scale[decimals]);
        number->fixed = minus ? -v : v;
        number->is_fixed = true;
        return true;
    }
    return kith_number_parse_slow(text, number);
}

/* Digits with at most one point, up to 8 bytes, read as one word. False for anything else (signs, exponents, longer texts, the
 * first bytes of a block), which is kith_number_parse's business. `start`: nothing before it may be read. */
static inline bool kith_number_short(kith_str text, const char *start, kith_number *number) {
    static const uint32_t scale[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100};
    const uint64_t ones = UINT64_C(0x0101010101010101);
    if (text.n - 1 > 7 || text.p + text.n - 8 < start) return false;
    uint64_t v, before = text.n == 8 ? 0 : ~UINT64_C(0) >> (8 * text.n);
    v = kith_load_le(text.p + text.n - 8);
    v = (v & ~before) | (ones * '0' & before);
    uint64_t x = v ^ ones * '.', point = (x - ones) & ~x & ones << 7;
    unsigned decimals = 0;
    if (point) {
        unsigned at = (unsigned)__builtin_ctzll(point) & ~7u; /* the point's byte, in bits */
        if (at == 56) return false;
        uint64_t low = v & ((UINT64_C(1) << at) - 1), high = v & (~UINT64_C(0) << (at + 8));
        v = high | low << 8 | '0';
        decimals = 7 - at / 8;
    }
    if (((v & ones * 0xf0) | ((v + ones * 6) & ones * 0xf0) >> 4) != ones * 0x33) return false;
    v = (v & ones * 0x0f) * 2561 >> 8;
    v = (v & UINT64_C(0x00ff00ff00ff00ff)) * 6553601 >> 16;
    v = (v & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001) >> 32;
    number->fixed = (kith_i128)((uint64_t)v * scale[decimals]);
    number->is_fixed = true;
    return true;
}

/* A number from a finite double: the decimal with at most nine places that reads as this double where there is a short
 * one, else the double itself; so a column that went through an expression sums as its text would. */
kith_number kith_number_of(double value);

/* The nearest double. */
double kith_number_double(const kith_number *number);

/* −1, 0, 1 by value, exact between two decimals, by nearest doubles otherwise. */
int kith_number_compare(const kith_number *a, const kith_number *b);

/* ---- sums --------------------------------------------------------------------------------------------------- */

typedef struct kith_wide kith_wide; /* an exact register for doubles */

typedef struct kith_sum {
    kith_i128 fixed;
    uint64_t n;      /* values seen */
    kith_wide *wide; /* NULL until a value needs it */
} kith_sum;

bool kith_sum_add_real(kith_sum *sum, double value, kith_arena *arena);

/* Adds one number; false only when memory ran out. */
static inline bool kith_sum_add(kith_sum *sum, const kith_number *number, kith_arena *arena) {
    if (!number->is_fixed) return kith_sum_add_real(sum, number->real, arena);
    sum->fixed += number->fixed;
    sum->n++;
    return true;
}

bool kith_sum_merge(kith_sum *into, const kith_sum *other, kith_arena *arena); /* false when out of memory */
bool kith_sum_subtract(kith_sum *from, const kith_sum *other, kith_arena *arena); /* the inverse of merge */
double kith_sum_total(const kith_sum *sum); /* correctly rounded; 0 for no values */
double kith_sum_mean(const kith_sum *sum);  /* correctly rounded; nan for no values */
size_t kith_sum_format(const kith_sum *sum, char *text, size_t room); /* the total as text, exact where it is a decimal */

/* Appends the state as text of [0-9a-f:/ -] only, one CSV field, the same for equal states. Loading trusts nothing:
 * KITH_DATA where the text is no state. */
void kith_sum_save(const kith_sum *sum, kith_buf *out);
int kith_sum_load(kith_sum *sum, kith_str text, kith_arena *arena, kith_error *err);

/* ---- moments: sums with squares ----------------------------------------------------------------------------- */

typedef struct kith_moments {
    kith_sum sum;
    uint64_t square[4]; /* of the decimals, in 10^-18, least first */
    kith_wide *wide_square;
} kith_moments;

bool kith_moments_add(kith_moments *moments, const kith_number *number, kith_arena *arena);
bool kith_moments_add_times(kith_moments *moments, const kith_number *number, uint64_t times, kith_arena *arena); /* so many of it */
bool kith_moments_merge(kith_moments *into, const kith_moments *other, kith_arena *arena);
bool kith_moments_subtract(kith_moments *from, const kith_moments *other, kith_arena *arena); /* the inverse of merge */
double kith_moments_variance(const kith_moments *moments); /* divisor n − 1, correctly rounded; nan for n < 2 */
double kith_moments_sd(const kith_moments *moments);       /* correctly rounded; nan for n < 2 */
void kith_moments_save(const kith_moments *moments, kith_buf *out);
int kith_moments_load(kith_moments *moments, kith_str text, kith_arena *arena, kith_error *err);

#endif
