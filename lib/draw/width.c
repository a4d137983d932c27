/* How wide text is on a terminal, and text made safe for one.
 *
 * A character is taken with the width of its first code point; what joins it (combining marks, joiners, variation
 * selectors, skin tones, the second of two regional indicators) adds nothing, except the emoji presentation selector, which
 * makes two columns of one. Terminals differ in the corners of emoji; the common reading is taken.
 *
 * Escape sequences are recognised as in ECMA-48: CSI to its final byte, OSC, DCS, APC, PM and SOS to ST or BEL, and two-byte
 * escapes; the C1 forms of them as well. What is left of a sequence that never ends is dropped with it. */
#include <kith/draw.h>

#include "width_ranges.h"

static bool within(uint32_t code, const uint32_t (*ranges)[2], size_t n) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (code > ranges[mid][1]) low = mid + 1;
        else high = mid;
    }
    return low < n && code >= ranges[low][0];
}

static int code_width(uint32_t code) {
    if (code < 0x300) return 1;
    if (within(code, zero_ranges, sizeof zero_ranges / sizeof *zero_ranges)) return 0;
    return within(code, wide_ranges, sizeof wide_ranges / sizeof *wide_ranges) ? 2 : 1;
}

uint32_t kith_utf8_next(kith_str text, size_t *n) {
    const unsigned char *p = (const unsigned char *)text.p;
    *n = 1;
    if (p[0] < 0x80) return p[0];
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || text.n < length) return 0xfffd;
    uint32_t code = p[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0xfffd;
        code = code << 6 | (p[i] & 0x3f);
    }
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return 0xfffd;
    *n = length;
    return code;
}

void kith_utf8_put(kith_buf *out, uint32_t code) {
    if (code < 0x80) {
        kith_buf_putc(out, (char)code);
    } else if (code < 0x800) {
        kith_buf_putc(out, (char)(0xc0 | code >> 6));
        kith_buf_putc(out, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        kith_buf_putc(out, (char)(0xe0 | code >> 12));
        kith_buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
        kith_buf_putc(out, (char)(0x80 | (code & 0x3f)));
    } else {
        kith_buf_putc(out, (char)(0xf0 | code >> 18));
        kith_buf_putc(out, (char)(0x80 | (code >> 12 & 0x3f)));
        kith_buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
        kith_buf_putc(out, (char)(0x80 | (code & 0x3f)));
    }
}

/* Bytes of the escape sequence that starts at the text's first character, whose code is given; 0 where none does. */
static size_t escape_length(kith_str text, uint32_t code, size_t n) {
    uint32_t kind;
    size_t at = n;
    if (code == 0x1b) {
        if (at >= text.n) return at;
        kind = (unsigned char)text.p[at++];
        if (kind >= 0x20 && kind <= 0x2f) { /* escape with intermediate bytes, such as a choice of character set */
            while (at < text.n && (unsigned char)text.p[at] >= 0x20 && (unsigned char)text.p[at] <= 0x2f) at++;
            return at < text.n ? at + 1 : at;
        }
        if (kind < 0x20 || kind > 0x7e) return n;
    } else if (code >= 0x80 && code < 0xa0) {
        kind = code - 0x40;
    } else {
        return 0;
    }
    if (kind == '[') {
        while (at < text.n && (unsigned char)text.p[at] >= 0x20 && (unsigned char)text.p[at] <= 0x3f) at++;
        return at < text.n && (unsigned char)text.p[at] >= 0x40 && (unsigned char)text.p[at] <= 0x7e ? at + 1 : at;
    }
    if (kind == ']' || kind == 'P' || kind == '_' || kind == '^' || kind == 'X') {
        while (at < text.n) {
            size_t step;
            uint32_t c = kith_utf8_next((kith_str){text.p + at, text.n - at}, &step);
            at += step;
            if (c == 7 || c == 0x9c) return at;
            if (c == 0x1b && at < text.n && text.p[at] == '\\') return at + 1;
        }
        return at;
    }
    return at;
}

static bool is_direction(uint32_t code) {
    return code == 0x200e || code == 0x200f || code == 0x61c || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* One character at a time, with all that joins it. */
typedef struct character {
    size_t start, end; /* bytes of the text */
    uint32_t first;    /* what to show for it: its first code point, ' ' or U+FFFD */
    bool as_is;        /* the bytes themselves may be shown */
    size_t width;
} character;

/* The next visible character at or after *at; false at the end. */
static bool next_character(kith_str text, size_t *at, character *c) {
    while (*at < text.n) {
        size_t n;
        kith_str rest = {text.p + *at, text.n - *at};
        uint32_t code = kith_utf8_next(rest, &n);
        size_t escape = escape_length(rest, code, n);
        if (escape || is_direction(code) || (code < 0x20 && code != '\n' && code != '\t' && code != '\r') || code == 0x7f) {
            *at += escape ? escape : n;
            continue;
        }
        *c = (character){.start = *at, .end = *at + n, .first = code, .as_is = true, .width = (size_t)code_width(code)};
        *at += n;
        if (code < 0x20) {
            if (code == '\r' && *at < text.n && text.p[*at] == '\n') c->end = ++*at;
            *c = (character){.start = c->start, .end = *at, .first = ' ', .width = 1};
            return true;
        }
        if (code == 0xfffd && n == 1) c->as_is = false;
        bool joined = false, flag = code >= 0x1f1e6 && code <= 0x1f1ff;
        while (code >= 0x20 && *at < text.n) {
            uint32_t next = kith_utf8_next((kith_str){text.p + *at, text.n - *at}, &n);
            if (next < 0x300 || is_direction(next)) break;
            bool tone = next >= 0x1f3fb && next <= 0x1f3ff && c->width == 2;
            bool second = flag && next >= 0x1f1e6 && next <= 0x1f1ff;
            if (code_width(next) != 0 && !joined && !tone && !second) break;
            if (next == 0xfe0f || second) c->width = 2;
            joined = next == 0x200d && c->width == 2;
            flag = false;
            *at += n;
            c->end = *at;
        }
        return true;
    }
    return false;
}

size_t kith_text_width(kith_str text) {
    size_t width = 0, at = 0;
    character c;
    while (next_character(text, &at, &c)) width += c.width;
    return width;
}

static void put_character(kith_buf *out, kith_str text, const character *c) {
    if (c->as_is) kith_buf_put(out, text.p + c->start, c->end - c->start);
    else kith_utf8_put(out, c->first);
}

void kith_text_clean(kith_buf *out, kith_str text) {
    size_t at = 0;
    character c;
    while (next_character(text, &at, &c)) put_character(out, text, &c);
}

static void put_blanks(kith_buf *out, size_t n) {
    for (; n; n--) kith_buf_putc(out, ' ');
}

void kith_text_put(kith_buf *out, kith_str text, size_t width, kith_align align, bool ascii) {
    size_t whole = kith_text_width(text), at = 0, used = 0;
    size_t mark = ascii ? (width >= 4 ? 2 : 0) : (width >= 1 ? 1 : 0);
    size_t room = whole <= width ? width : width - mark;
    size_t left = whole >= width ? 0 : align == KITH_RIGHT ? width - whole : align == KITH_CENTRE ? (width - whole) / 2 : 0;
    put_blanks(out, left);
    used = left;
    character c;
    while (next_character(text, &at, &c)) {
        if (used + c.width > room) break;
        put_character(out, text, &c);
        used += c.width;
    }
    if (whole > width) {
        put_blanks(out, room - used);
        kith_buf_puts(out, mark == 0 ? "" : ascii ? ".." : "…");
        used = width;
    }
    if (used < width) put_blanks(out, width - used);
}
