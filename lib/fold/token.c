/* Tokens of saved states: see token.h. Everything here reads hostile text: no length or number is believed. */
#include "token.h"

#include <string.h>

bool token_next(kith_str *rest, kith_str *token) {
    if (rest->n == 0) return false;
    const char *blank = memchr(rest->p, ' ', rest->n);
    size_t n = blank ? (size_t)(blank - rest->p) : rest->n;
    *token = (kith_str){rest->p, n};
    size_t skip = n + (blank != NULL);
    rest->p += skip;
    rest->n -= skip;
    return n > 0 && (!blank || rest->n > 0); /* no blank at the end */
}

bool token_end(kith_str rest) { return rest.n == 0; }

bool token_u64(kith_str *rest, uint64_t *value) {
    kith_str t;
    if (!token_next(rest, &t) || t.n > 20) return false;
    uint64_t v = 0;
    for (size_t i = 0; i < t.n; i++) {
        unsigned d = (unsigned)(unsigned char)t.p[i] - '0';
        if (d > 9 || v > (UINT64_MAX - d) / 10) return false;
        v = v * 10 + d;
    }
    *value = v;
    return true;
}

bool token_i64(kith_str *rest, int64_t *value) {
    kith_str t;
    return token_next(rest, &t) && kith_parse_int(t, value);
}

bool token_i128(kith_str *rest, kith_i128 *value) {
    kith_str t;
    if (!token_next(rest, &t)) return false;
    size_t i = t.p[0] == '-';
    if (t.n - i < 1 || t.n - i > 38) return false; /* 38 digits stay below 2^127 */
    kith_i128 v = 0;
    for (; i < t.n; i++) {
        unsigned d = (unsigned)(unsigned char)t.p[i] - '0';
        if (d > 9) return false;
        v = v * 10 + d;
    }
    *value = t.p[0] == '-' ? -v : v;
    return true;
}

bool token_double(kith_str *rest, double *value) {
    kith_str t;
    return token_next(rest, &t) && kith_parse_double(t, value);
}

void token_put_u64(kith_buf *out, uint64_t value) { kith_buf_printf(out, "%llu", (unsigned long long)value); }

void token_put_i128(kith_buf *out, kith_i128 value) {
    char digits[40];
    size_t n = sizeof digits;
    kith_u128 v = value < 0 ? 0 - (kith_u128)value : (kith_u128)value;
    do digits[--n] = (char)('0' + (int)(v % 10));
    while (v /= 10);
    if (value < 0) digits[--n] = '-';
    kith_buf_put(out, digits + n, sizeof digits - n);
}

void token_put_hex(kith_buf *out, uint64_t value) { kith_buf_printf(out, "%llx", (unsigned long long)value); }

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool token_hex(kith_str text, uint64_t *value) {
    if (text.n < 1 || text.n > 16 || (text.n > 1 && text.p[0] == '0')) return false;
    uint64_t v = 0;
    for (size_t i = 0; i < text.n; i++) {
        int d = hex_digit(text.p[i]);
        if (d < 0) return false;
        v = v << 4 | (unsigned)d;
    }
    *value = v;
    return true;
}

static bool plain(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80 || c == '.' ||
           c == '-' || c == '_' || c == '@' || c == '+';
}

void token_put_bytes(kith_buf *out, kith_str bytes) {
    static const char hex[] = "0123456789abcdef";
    if (bytes.n == 0) kith_buf_putc(out, '%');
    size_t from = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.p[i];
        if (plain(c)) continue;
        kith_buf_put(out, bytes.p + from, i - from);
        kith_buf_put(out, (char[3]){'%', hex[c >> 4], hex[c & 15]}, 3);
        from = i + 1;
    }
    kith_buf_put(out, bytes.p + from, bytes.n - from);
}

bool token_bytes(kith_str token, kith_buf *out) {
    out->n = 0;
    if (token.n == 1 && token.p[0] == '%') return true;
    for (size_t i = 0; i < token.n; i++) {
        if (token.p[i] != '%') {
            kith_buf_putc(out, token.p[i]);
            continue;
        }
        if (token.n - i < 3) return false;
        int a = hex_digit(token.p[i + 1]), b = hex_digit(token.p[i + 2]);
        if (a < 0 || b < 0) return false;
        kith_buf_putc(out, (char)(a << 4 | b));
        i += 2;
    }
    return !out->failed;
}
