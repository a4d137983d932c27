/* Decoding UTF-8 inside lib/text: forgiving, one malformed byte is one code point above the Unicode range. */
#ifndef KITH_TEXT_UTF8_H
#define KITH_TEXT_UTF8_H

#include <stdint.h>

static inline uint32_t utf8_next(const unsigned char **p, const unsigned char *end) {
    const unsigned char *s = *p;
    uint32_t c = s[0];
    int more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : -1;
    if (more == 0) {
        *p = s + 1;
        return c;
    }
    if (more > 0 && end - s > more) {
        uint32_t v = c & (0x3Fu >> more);
        int i = 1;
        for (; i <= more && (s[i] & 0xC0) == 0x80; i++) v = v << 6 | (s[i] & 0x3F);
        if (i > more &&
            v >= (more == 1   ? 0x80u
                  : more == 2 ? 0x800u
                              : 0x10000u) &&
            v <= 0x10FFFF && (v < 0xD800 || v > 0xDFFF)) {
            *p = s + more + 1;
            return v;
        }
    }
    *p = s + 1;
    return 0x110000 + c;
}

#endif
