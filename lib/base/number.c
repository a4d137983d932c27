/* Numbers as text, strictly: the one place where digits become values and values digits.
 *
 * Reading: a mantissa of up to 53 bits and a power of ten within 1e±22 are exact in two double operations (Clinger 1990);
 * up to 19 digits go through one or two 64 × 64 bit products (Lemire 2021, "Number parsing at a gigabyte per second");
 * what is left (more digits, subnormal or overflowing values) goes to strtod, which is correctly rounded, in the C locale
 * that kith never leaves. Writing: the shortest digits that read back as the same double, the nearest to it of those
 * (Giulietti 2020, "The Schubfach way to render doubles"), laid out as %.17g lays them out. Dropped: printf with 15, 16, 17
 * digits until one reads back (12 × the time; it wrote most of the CPU that scoring took). */
#include "powers.h"

#include <kith/base.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool kith_parse_int(kith_str text, int64_t *value) {
    size_t i = 0;
    bool minus = text.n && text.p[0] == '-';
    if (text.n && (text.p[0] == '-' || text.p[0] == '+')) i++;
    if (i == text.n) return false;
    uint64_t v = 0;
    for (; i < text.n; i++) {
        unsigned d = (unsigned)(unsigned char)text.p[i] - '0';
        if (d > 9 || v > (UINT64_MAX - d) / 10) return false;
        v = v * 10 + d;
    }
    if (v > (uint64_t)INT64_MAX + minus) return false;
    *value = minus ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool kith_parse_count(kith_str text, uint64_t *value) {
    int64_t v;
    if (!kith_parse_int(text, &v) || v < 0) return false;
    *value = (uint64_t)v;
    return true;
}

static const double power_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool slow_double(kith_str text, double *value) {
    char small[128], *copy = text.n < sizeof small ? small : malloc(text.n + 1);
    if (!copy) return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    double v = strtod(copy, NULL);
    if (copy != small) free(copy);
    if (!isfinite(v)) return false;
    *value = v;
    return true;
}

__extension__ typedef unsigned __int128 u128;

/* mantissa · 10^scale, mantissa > 0 exact; false where the quick way cannot tell (subnormals, overflow, rare ties). */
static bool nearest_double(uint64_t mantissa, long scale, double *value) {
    enum { BITS = 52 };
    if (scale < -290 || scale > 288) return false;
    int zeros = __builtin_clzll(mantissa);
    const uint64_t *power = powers_of_five[scale - POWERS_FIRST];
    uint64_t w = mantissa << zeros, mask = UINT64_MAX >> (BITS + 3);
    u128 product = (u128)w * power[0];
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if ((high & mask) == mask) {
        uint64_t more = (uint64_t)((u128)w * power[1] >> 64);
        low += more;
        if (more > low) high++;
        if (low == UINT64_MAX && (scale < -27 || scale > 55)) return false;
    }
    int top = (int)(high >> 63), shift = top + 64 - BITS - 3;
    uint64_t m = high >> shift;
    long exponent = ((217706 * scale) >> 16) + 63 + top - zeros + 1023;
    if (exponent <= 0) return false;
    if (low <= 1 && scale >= -4 && scale <= 23 && (m & 3) == 1 && m << shift == high) m &= ~UINT64_C(1); /* a tie, to even */
    m = (m + (m & 1)) >> 1;
    if (m >= UINT64_C(2) << BITS) m = UINT64_C(1) << BITS, exponent++;
    if (exponent >= 2047) return false;
    uint64_t bits = (m & ~(UINT64_C(1) << BITS)) | (uint64_t)exponent << BITS;
    memcpy(value, &bits, sizeof bits);
    return true;
}

bool kith_parse_double(kith_str text, double *value) {
    const char *p = text.p, *end = text.p + text.n;
    bool minus = p < end && *p == '-', exact = true;
    if (p < end && (*p == '-' || *p == '+')) p++;
    uint64_t mantissa = 0;
    int digits = 0, seen = 0;
    long scale = 0;
    for (; p < end && (unsigned)(*p - '0') <= 9; p++, seen++) {
        if (digits < 19) mantissa = mantissa * 10 + (unsigned)(*p - '0'), digits += mantissa != 0;
        else exact = false;
    }
    if (p < end && *p == '.') {
        p++;
        for (; p < end && (unsigned)(*p - '0') <= 9; p++, seen++) {
            if (digits < 19) mantissa = mantissa * 10 + (unsigned)(*p - '0'), digits += mantissa != 0, scale--;
            else exact = false;
        }
    }
    if (!seen) return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        bool down = p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+')) p++;
        if (p == end) return false;
        long e = 0;
        for (; p < end && (unsigned)(*p - '0') <= 9; p++)
            if (e < 100000) e = e * 10 + (*p - '0');
        scale += down ? -e : e;
    }
    if (p != end) return false;
    if (exact && mantissa <= UINT64_C(1) << 53 && scale >= -22 && scale <= 22) {
        double v = (double)mantissa;
        v = scale < 0 ? v / power_of_ten[-scale] : v * power_of_ten[scale];
        *value = minus ? -v : v;
        return true;
    }
    if (exact && mantissa == 0) {
        *value = minus ? -0.0 : 0.0;
        return true;
    }
    if (exact && nearest_double(mantissa, scale, value)) {
        if (minus) *value = -*value;
        return true;
    }
    return slow_double(text, value);
}

size_t kith_format_int(int64_t value, char *text) {
    static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
                                "49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697"
                                "9899";
    char digits[24], *p = digits + sizeof digits;
    uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (; v >= 100; v /= 100) memcpy(p -= 2, pairs + 2 * (v % 100), 2);
    if (v >= 10) memcpy(p -= 2, pairs + 2 * v, 2);
    else *--p = (char)('0' + v);
    if (value < 0) *--p = '-';
    size_t n = (size_t)(digits + sizeof digits - p);
    memcpy(text, p, n);
    text[n] = 0;
    return n;
}

/* ⌊g · c / 2^128⌋ with the lowest bit set if anything was cut off. */
static uint64_t round_to_odd(const uint64_t g[2], uint64_t c) {
    u128 low = (u128)g[1] * c, high = (u128)g[0] * c;
    uint64_t a = (uint64_t)high + (uint64_t)(low >> 64), b = (uint64_t)(high >> 64) + (a < (uint64_t)high);
    return b | (a > 1);
}

/* The shortest digits of a positive finite double, the nearest of those: value = digits · 10^*scale. */
static uint64_t shortest_digits(double value, int *scale) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1), exponent = bits >> 52;
    uint64_t c = exponent ? fraction | UINT64_C(1) << 52 : fraction;
    int q = (exponent ? (int)exponent : 1) - 1075;
    bool closer = fraction == 0 && exponent > 1, odd = c & 1;
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22, h = q + ((-k * 1741647) >> 19) + 1;
    const uint64_t *cut = powers_of_five[-k - POWERS_FIRST];
    const uint64_t g[2] = {cut[0], cut[1] + (-k < POWERS_UP_FIRST || -k > POWERS_EXACT_LAST)}; /* rounded up; the low half never overflows */
    uint64_t lower = round_to_odd(g, (4 * c - 2 + closer) << h) + odd, v = round_to_odd(g, 4 * c << h);
    uint64_t upper = round_to_odd(g, (4 * c + 2) << h) - odd, s = v / 4;
    *scale = k + 1;
    if (s >= 10) {
        uint64_t ten = s / 10;
        bool down = lower <= 40 * ten, up = 40 * ten + 40 <= upper;
        if (down != up) return ten + up;
    }
    *scale = k;
    bool down = lower <= 4 * s, up = 4 * s + 4 <= upper;
    if (down != up) return s + up;
    uint64_t middle = 4 * s + 2;
    return s + (v > middle || (v == middle && (s & 1)));
}

size_t kith_format_double(double value, char *text) {
    if (!isfinite(value)) {
        text[0] = 0;
        return 0;
    }
    if (fabs(value) < 1e15 && value == (double)(int64_t)value)
        return kith_format_int((int64_t)value, text); /* minus zero is zero */
    char digits[24], *out = text;
    int scale;
    uint64_t d = shortest_digits(fabs(value), &scale);
    for (; d % 10 == 0; d /= 10) scale++;
    int n = (int)kith_format_int((int64_t)d, digits), point = n + scale; /* 0.d₁d₂… · 10^point */
    if (value < 0) *out++ = '-';
    if (point < -3 || point > (n > 15 ? n : 15)) { /* as %.17g: an exponent below −4 or past the digits */
        *out++ = digits[0];
        if (n > 1) {
            *out++ = '.';
            memcpy(out, digits + 1, (size_t)n - 1);
            out += n - 1;
        }
        int e = point - 1;
        *out++ = 'e';
        *out++ = e < 0 ? '-' : '+';
        if (e < 0) e = -e;
        if (e >= 100) *out++ = (char)('0' + e / 100);
        *out++ = (char)('0' + e / 10 % 10);
        *out++ = (char)('0' + e % 10);
    } else if (point <= 0) {
        *out++ = '0';
        *out++ = '.';
        for (int i = point; i < 0; i++) *out++ = '0';
        memcpy(out, digits, (size_t)n);
        out += n;
    } else {
        int whole = point < n ? point : n;
        memcpy(out, digits, (size_t)whole);
        out += whole;
        for (int i = n; i < point; i++) *out++ = '0';
        if (point < n) {
            *out++ = '.';
            memcpy(out, digits + point, (size_t)(n - point));
            out += n - point;
        }
    }
    *out = 0;
    return (size_t)(out - text);
}

bool kith_parse_size(const char *text, uint64_t *bytes) {
    size_t n = strlen(text);
    int shift = 0;
    if (n && (text[n - 1] == 'B' || text[n - 1] == 'b')) n--;
    if (n) switch (text[n - 1]) {
        case 'k': case 'K': shift = 10; break;
        case 'm': case 'M': shift = 20; break;
        case 'g': case 'G': shift = 30; break;
        case 't': case 'T': shift = 40; break;
        default: break;
        }
    if (shift) n--;
    double v;
    if (!kith_parse_double((kith_str){text, n}, &v) || v < 0 || v * (double)(UINT64_C(1) << shift) > 9e18) return false;
    *bytes = (uint64_t)(v * (double)(UINT64_C(1) << shift));
    return true;
}
