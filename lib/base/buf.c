/* Growing bytes with a sticky failure, so that a writer of many pieces checks once. */
#include <kith/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kith_buf_free(kith_buf *buf) {
    free(buf->p);
    *buf = (kith_buf){0};
}

bool kith_buf_reserve(kith_buf *buf, size_t more) {
    if (buf->room - buf->n >= more) return !buf->failed;
    if (buf->failed || more > SIZE_MAX / 4 || buf->n > SIZE_MAX / 4) {
        buf->failed = true;
        return false;
    }
    size_t room = buf->room ? buf->room : 256;
    while (room - buf->n < more) room += room / 2;
    char *p = realloc(buf->p, room);
    if (!p) {
        buf->failed = true;
        return false;
    }
    buf->p = p;
    buf->room = room;
    return true;
}

void kith_buf_put(kith_buf *buf, const void *bytes, size_t n) {
    if (n && !bytes) buf->failed = true; /* what was to be put could not be had */
    if (!n || !kith_buf_reserve(buf, n) || !bytes) return;
    memcpy(buf->p + buf->n, bytes, n);
    buf->n += n;
}

void kith_buf_puts(kith_buf *buf, const char *terminated) { kith_buf_put(buf, terminated, strlen(terminated)); }

void kith_buf_putc(kith_buf *buf, char c) {
    if (kith_buf_reserve(buf, 1)) buf->p[buf->n++] = c;
}

void kith_buf_str(kith_buf *buf, kith_str s) { kith_buf_put(buf, s.p, s.n); }

void kith_buf_printf(kith_buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) buf->failed = true;
    else if (kith_buf_reserve(buf, (size_t)n + 1)) {
        vsnprintf(buf->p + buf->n, (size_t)n + 1, format, again);
        buf->n += (size_t)n;
    }
    va_end(again);
}

void kith_buf_double(kith_buf *buf, double value) {
    if (kith_buf_reserve(buf, 32)) buf->n += kith_format_double(value, buf->p + buf->n);
}

void kith_buf_signed(kith_buf *buf, double value) {
    union {
        double v;
        uint64_t bits;
    } u = {value};
    int shift = 1075 - (int)(u.bits >> 52 & 2047); /* value = whole / 2^shift */
    uint64_t whole = (u.bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52, cents = 0;
    if (shift <= 0 || shift == 1075) { /* 2^53 and more, infinite, none; zero and the least of all */
        kith_buf_printf(buf, "%+.2f", value);
        return;
    }
    if (shift < 63) { /* else below half a hundredth */
        uint64_t all = whole * 100, rest = all & ((UINT64_C(1) << shift) - 1), half = UINT64_C(1) << (shift - 1);
        cents = all >> shift;
        cents += rest > half || (rest == half && cents & 1);
    }
    char text[32], *p = text;
    *p++ = u.bits >> 63 ? '-' : '+';
    p += kith_format_int((int64_t)(cents / 100), p);
    *p++ = '.';
    *p++ = (char)('0' + cents / 10 % 10);
    *p++ = (char)('0' + cents % 10);
    kith_buf_put(buf, text, (size_t)(p - text));
}

void kith_buf_int(kith_buf *buf, int64_t value) {
    if (kith_buf_reserve(buf, 32)) buf->n += kith_format_int(value, buf->p + buf->n);
}
