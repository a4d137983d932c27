/* Byte strings: comparison, trimming, the shape of a value for messages, the nearest name for suggestions. */
#include <kith/base.h>

#include <stdlib.h>
#include <string.h>

kith_str kith_str_of(const char *terminated) {
    return (kith_str){terminated, terminated ? strlen(terminated) : 0};
}

bool kith_str_equal(kith_str a, kith_str b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }

bool kith_str_is(kith_str a, const char *terminated) { return kith_str_equal(a, kith_str_of(terminated)); }

bool kith_str_starts(kith_str a, const char *terminated) {
    size_t n = strlen(terminated);
    return a.n >= n && memcmp(a.p, terminated, n) == 0;
}

int kith_str_compare(kith_str a, kith_str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

bool kith_str_equal_nocase(kith_str a, kith_str b) {
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i])) return false;
    return true;
}

static bool blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

kith_str kith_str_trim(kith_str s) {
    while (s.n && blank(s.p[0])) s.p++, s.n--;
    while (s.n && blank(s.p[s.n - 1])) s.n--;
    return s;
}

static char *shown(kith_str value, char *shape) {
    size_t n = value.n < 24 ? value.n : 24;
    while (n && n < value.n && ((unsigned char)value.p[n] & 0xc0) == 0x80) n--;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        shape[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    memcpy(shape + n, n < value.n ? ".." : "", n < value.n ? 3 : 1);
    return shape;
}

char *kith_shape(kith_str value, char *shape) {
    size_t out = 0;
    if (getenv(KITH_SHOWN)) return shown(value, shape);
    for (size_t i = 0; i < value.n && out < 24; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (c >= 0x80 && c < 0xc0) continue; /* the inside of a character */
        if (c >= '0' && c <= '9') shape[out++] = '9';
        else if (c >= 'a' && c <= 'z') shape[out++] = 'a';
        else if (c >= 'A' && c <= 'Z') shape[out++] = 'A';
        else if (c >= 0x80) shape[out++] = 'x';
        else shape[out++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
        if (out == 24) {
            shape[out++] = '.';
            shape[out++] = '.';
        }
    }
    shape[out] = 0;
    return shape;
}

void kith_harmless(char *bytes, size_t n) {
    unsigned char *p = (unsigned char *)bytes;
    for (size_t i = 0; i < n; i++) {
        size_t bad = (p[i] < 0x20 && p[i] != '\n' && p[i] != '\t') || p[i] == 0x7f;
        if (p[i] == 0xc2 && i + 1 < n && p[i + 1] >= 0x80 && p[i + 1] <= 0x9f) bad = 2; /* U+0080 to U+009F */
        if (p[i] == 0xe2 && i + 2 < n && ((p[i + 1] == 0x80 && p[i + 2] >= 0xaa && p[i + 2] <= 0xae) || (p[i + 1] == 0x81 && p[i + 2] >= 0xa6 && p[i + 2] <= 0xa9)))
            bad = 3; /* U+202A to U+202E, U+2066 to U+2069 */
        memset(p + i, '?', bad);
        i += bad ? bad - 1 : 0;
    }
}

enum { NAME_MOST = 64 };

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each cost one. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb) {
    size_t row[3][NAME_MOST + 1];
    for (size_t j = 0; j <= nb; j++) row[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *now = row[i % 3], *up = row[(i + 2) % 3], *upup = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t best = up[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
            if (up[j] + 1 < best) best = up[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) &&
                upup[j - 2] + 1 < best)
                best = upup[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[na % 3][nb];
}

const char *kith_nearest_name(const char *name, const char *const *names, size_t n) {
    size_t length = strlen(name), best = SIZE_MAX;
    const char *nearest = NULL;
    if (length > NAME_MOST) return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t other = strlen(names[i]);
        if (other > NAME_MOST) continue;
        size_t d = distance(name, length, names[i], other);
        size_t most = (length > other ? length : other) / 3, least = length < other ? length : other;
        if (d && d >= least) continue; /* nothing in common: x is not meant by y */
        if (d <= (most ? most : 1) && d < best) best = d, nearest = names[i];
    }
    return nearest;
}
