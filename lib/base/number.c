/* Numbers as text, strictly: the one place where digits become values and values digits.
 *
 * Reading: up to 19 digits and a power of ten within 1e±22 are exact in two double operations (Clinger 1990); anything
 * else goes to strtod, which is correctly rounded, in the C locale that kith never leaves. Writing: the first of 15, 16,
 * 17 significant digits that reads back as the same double. */
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
    return slow_double(text, value);
}

size_t kith_format_int(int64_t value, char *text) {
    char digits[24];
    size_t n = 0, out = 0;
    uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do digits[n++] = (char)('0' + v % 10);
    while (v /= 10);
    if (value < 0) text[out++] = '-';
    while (n) text[out++] = digits[--n];
    text[out] = 0;
    return out;
}

size_t kith_format_double(double value, char *text) {
    if (!isfinite(value)) {
        text[0] = 0;
        return 0;
    }
    if (fabs(value) < 1e15 && value == (double)(int64_t)value)
        return kith_format_int((int64_t)value, text); /* minus zero is zero */
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    return (size_t)n;
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
