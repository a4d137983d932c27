/* Natural numbers: schoolbook arithmetic with Knuth's division (TAOCP 4.3.1, algorithm D), since numbers here have at
 * most some 150 digits of 32 bits and a handful in the common case. */
#include "big.h"

#include <math.h>
#include <string.h>

static void trim(big *a) {
    while (a->n && a->d[a->n - 1] == 0) a->n--;
}

void big_of(big *a, kith_u128 value) {
    for (a->n = 0; value; value >>= 32) a->d[a->n++] = (uint32_t)value;
}

void big_from(big *a, const uint32_t *digits, int n) {
    memcpy(a->d, digits, (size_t)n * sizeof *digits);
    a->n = n;
    trim(a);
}

int big_bits(const big *a) { return a->n ? a->n * 32 - __builtin_clz(a->d[a->n - 1]) : 0; }

int big_compare(const big *a, const big *b) {
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (int i = a->n - 1; i >= 0; i--)
        if (a->d[i] != b->d[i]) return a->d[i] < b->d[i] ? -1 : 1;
    return 0;
}

void big_add(big *a, const big *b) {
    uint64_t carry = 0;
    int i = 0;
    for (; i < b->n || carry; i++) {
        if (i >= a->n) a->d[i] = 0, a->n = i + 1;
        carry += (uint64_t)a->d[i] + (i < b->n ? b->d[i] : 0);
        a->d[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

void big_subtract(big *a, const big *b) {
    int64_t borrow = 0;
    for (int i = 0; i < a->n; i++) {
        int64_t v = (int64_t)a->d[i] - (i < b->n ? b->d[i] : 0) + borrow;
        a->d[i] = (uint32_t)v;
        borrow = v >> 32;
    }
    trim(a);
}

void big_scale(big *a, uint32_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < a->n; i++) {
        carry += (uint64_t)a->d[i] * factor;
        a->d[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) a->d[a->n++] = (uint32_t)carry;
    trim(a);
}

void big_multiply(big *product, const big *a, const big *b) {
    int n = a->n + b->n;
    memset(product->d, 0, (size_t)n * sizeof *product->d);
    for (int i = 0; i < a->n; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < b->n; j++) {
            carry += (uint64_t)a->d[i] * b->d[j] + product->d[i + j];
            product->d[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        product->d[i + b->n] = (uint32_t)carry;
    }
    product->n = n;
    trim(product);
}

void big_shift_left(big *a, int bits) {
    if (a->n == 0 || bits == 0) return;
    int whole = bits / 32, part = bits % 32;
    int n = a->n + whole + 1;
    for (int i = n - 1; i >= 0; i--) {
        uint64_t high = i - whole >= 0 && i - whole < a->n ? a->d[i - whole] : 0;
        uint64_t low = i - whole - 1 >= 0 && i - whole - 1 < a->n ? a->d[i - whole - 1] : 0;
        a->d[i] = (uint32_t)((high << 32 | low) << part >> 32);
    }
    a->n = n;
    trim(a);
}

/* q = floor(a / b); returns whether a remainder is left. a is spoilt; b > 0; q is neither. */
static bool divide(big *q, big *a, const big *b) {
    q->n = 0;
    if (big_compare(a, b) < 0) return a->n > 0;
    if (b->n == 1) {
        uint64_t rest = 0;
        for (int i = a->n - 1; i >= 0; i--) {
            rest = rest << 32 | a->d[i];
            q->d[i] = (uint32_t)(rest / b->d[0]);
            rest %= b->d[0];
        }
        q->n = a->n;
        trim(q);
        return rest != 0;
    }
    big v = *b;
    int shift = __builtin_clz(b->d[b->n - 1]);
    big_shift_left(&v, shift);
    int top = a->n;
    a->d[top] = 0;
    big_shift_left(a, shift);
    if (a->n == top) a->d[a->n++] = 0;
    int n = v.n, m = a->n - n - 1;
    for (int j = m; j >= 0; j--) {
        uint64_t two = (uint64_t)a->d[j + n] << 32 | a->d[j + n - 1];
        uint64_t guess = two / v.d[n - 1], rest = two % v.d[n - 1];
        while (guess >> 32 || guess * v.d[n - 2] > (rest << 32 | a->d[j + n - 2])) {
            guess--;
            rest += v.d[n - 1];
            if (rest >> 32) break;
        }
        int64_t borrow = 0;
        uint64_t carry = 0;
        for (int i = 0; i < n; i++) {
            carry += guess * v.d[i];
            int64_t t = (int64_t)a->d[i + j] + borrow - (int64_t)(uint32_t)carry;
            a->d[i + j] = (uint32_t)t;
            borrow = t >> 32;
            carry >>= 32;
        }
        int64_t t = (int64_t)a->d[j + n] + borrow - (int64_t)carry;
        a->d[j + n] = (uint32_t)t;
        if (t < 0) {
            guess--;
            uint64_t back = 0;
            for (int i = 0; i < n; i++) {
                back += (uint64_t)a->d[i + j] + v.d[i];
                a->d[i + j] = (uint32_t)back;
                back >>= 32;
            }
            a->d[j + n] += (uint32_t)back;
        }
        q->d[j] = (uint32_t)guess;
    }
    q->n = m + 1;
    trim(q);
    trim(a);
    return a->n > 0;
}

/* q·2^e with more below q where sticky, to the nearest double, ties to even, subnormals included. */
static double to_double(uint64_t q, bool sticky, int e) {
    if (q == 0) return 0;
    int lead = __builtin_clzll(q);
    q <<= lead;
    e -= lead;
    int keep = 53;
    if (e + 63 < -1022) keep = 53 - (-1022 - (e + 63));
    if (keep < 0) return 0;
    int drop = 64 - keep;
    uint64_t kept = drop == 64 ? 0 : q >> drop, rest = drop == 64 ? q : q & ((UINT64_C(1) << drop) - 1);
    uint64_t half = UINT64_C(1) << (drop - 1);
    if (rest > half || (rest == half && (sticky || (kept & 1)))) kept++;
    return ldexp((double)kept, e + drop);
}

/* The top `want` bits of q (at least) as 128 bits, with an even number of bits cut off; *cut says how many. */
static kith_u128 top(const big *q, int most, int *cut, bool *sticky) {
    int bits = big_bits(q), drop = bits > most ? bits - most : 0;
    drop += drop & 1;
    kith_u128 v = 0;
    for (int i = q->n - 1; i >= 0; i--) {
        int at = i * 32 - drop; /* where this digit's low bit goes */
        if (at >= 0) v |= (kith_u128)q->d[i] << at;
        else if (at > -32) {
            v |= q->d[i] >> -at;
            *sticky |= (q->d[i] & ((UINT32_C(1) << -at) - 1)) != 0;
        } else *sticky |= q->d[i] != 0;
    }
    *cut = drop;
    return v;
}

double big_ratio(big *num, const big *den, int exponent) {
    if (num->n == 0) return 0;
    int shift = 66 + big_bits(den) - big_bits(num);
    if (shift < 0) shift = 0;
    big_shift_left(num, shift);
    big q;
    bool sticky = divide(&q, num, den);
    int cut;
    kith_u128 v = top(&q, 64, &cut, &sticky);
    return to_double((uint64_t)v, sticky, exponent - shift + cut);
}

double big_ratio_root(big *num, const big *den, int exponent) {
    if (num->n == 0) return 0;
    int shift = 128 + big_bits(den) - big_bits(num);
    if (shift < 0) shift = 0;
    shift += (shift ^ exponent) & 1;
    big_shift_left(num, shift);
    big q;
    bool sticky = divide(&q, num, den);
    int cut;
    kith_u128 v = top(&q, 126, &cut, &sticky);
    uint64_t root = 0;
    for (int bit = 62; bit >= 0; bit--) {
        uint64_t tried = root | UINT64_C(1) << bit;
        if ((kith_u128)tried * tried <= v) root = tried;
    }
    sticky |= (kith_u128)root * root != v;
    return to_double(root, sticky, (exponent - shift + cut) / 2);
}
