/* The exact register: 32-bit digits in 64-bit places from the least bit of the smallest double (or of its square) up to
 * 64 bits above the largest, so that 2^31 additions need no carrying and 2^63 no wider register (Kulisch 1966;
 * Neal 2015). Equal values have equal digits once carried, whatever was added in which order: saved states compare. */
#include "token.h"
#include "wide.h"

#include <math.h>
#include <string.h>

enum { SUM_PLACES = 70, SUM_LOW = -1074, SQUARE_PLACES = 136, SQUARE_LOW = -2148 };

struct kith_wide {
    int places, low;
    uint32_t pending; /* additions since the last carrying */
    int64_t d[];
};

kith_wide *wide_new(enum wide_kind kind, kith_arena *arena) {
    int places = kind == WIDE_SUM ? SUM_PLACES : SQUARE_PLACES;
    kith_wide *w = kith_arena_zalloc(arena, sizeof *w + (size_t)places * sizeof *w->d);
    if (!w) return NULL;
    w->places = places;
    w->low = kind == WIDE_SUM ? SUM_LOW : SQUARE_LOW;
    return w;
}

/* Leaves digits in [0, 2^32) below a signed top place. */
static void carry(kith_wide *w) {
    int64_t c = 0;
    for (int i = 0; i < w->places - 1; i++) {
        c += w->d[i];
        w->d[i] = (int64_t)(uint32_t)c;
        c >>= 32;
    }
    w->d[w->places - 1] += c;
    w->pending = 0;
}

static void add_bits(kith_wide *w, kith_u128 m, int exponent, bool minus) {
    if (++w->pending >= UINT32_C(1) << 30) carry(w);
    int at = exponent - w->low, place = at / 32, shift = at % 32;
    while (m) {
        uint64_t low = (uint64_t)(uint32_t)m << shift;
        m >>= 32;
        int64_t d = (int64_t)(low & UINT32_MAX), up = (int64_t)(low >> 32);
        w->d[place] += minus ? -d : d;
        w->d[place + 1] += minus ? -up : up;
        place++;
    }
}

static uint64_t split(double value, int *exponent) {
    union {
        double v;
        uint64_t bits;
    } u = {value};
    uint64_t m = u.bits & ((UINT64_C(1) << 52) - 1);
    int e = (int)(u.bits >> 52 & 2047);
    if (e) m |= UINT64_C(1) << 52;
    else e = 1;
    *exponent = e - 1075;
    return m;
}

void wide_add(kith_wide *w, double value, uint64_t times) {
    int e;
    uint64_t m = split(value, &e);
    add_bits(w, (kith_u128)m * times, e, value < 0);
}

void wide_add_square(kith_wide *w, double value, uint64_t times) {
    int e;
    uint64_t m = split(value, &e);
    for (int shift = 0; shift < 64; shift += 16) /* 106 bits leave room for 22 */
        if (times >> shift & 0xffff) add_bits(w, (kith_u128)m * m * (times >> shift & 0xffff), 2 * e + shift, false);
}

void wide_add_wide(kith_wide *w, const kith_wide *other, int sign) {
    if (w->pending + (uint64_t)other->pending + 2 >= UINT32_C(1) << 30) carry(w);
    for (int i = 0; i < w->places; i++) w->d[i] += sign * other->d[i];
    w->pending += other->pending + 2;
    if (w->pending >= UINT32_C(1) << 29) carry(w);
}

int wide_exponent(const kith_wide *w) { return w->low; }

static void canonical(const kith_wide *w, kith_wide *copy) {
    memcpy(copy, w, sizeof *w + (size_t)w->places * sizeof *w->d);
    carry(copy);
}


bool wide_big(const kith_wide *w, big *size) {
    union {
        kith_wide wide;
        unsigned char bytes[sizeof(kith_wide) + SQUARE_PLACES * sizeof(int64_t)];
    } copy;
    canonical(w, &copy.wide);
    bool minus = copy.wide.d[w->places - 1] < 0;
    if (minus) {
        for (int i = 0; i < w->places; i++) copy.wide.d[i] = -copy.wide.d[i];
        carry(&copy.wide);
    }
    uint32_t digits[SQUARE_PLACES + 1];
    for (int i = 0; i < w->places; i++) digits[i] = (uint32_t)copy.wide.d[i];
    digits[w->places] = (uint32_t)(copy.wide.d[w->places - 1] >> 32);
    big_from(size, digits, w->places + 1);
    return minus;
}

/* "-" and the digits that are not zero, last place first: 42:ff/40:1 */
void wide_save(const kith_wide *w, kith_buf *out) {
    big size;
    if (wide_big(w, &size)) kith_buf_putc(out, '-');
    bool any = false;
    for (int i = size.n - 1; i >= 0; i--) {
        if (!size.d[i]) continue;
        kith_buf_printf(out, "%s%x:%x", any ? "/" : "", (unsigned)i, (unsigned)size.d[i]);
        any = true;
    }
    if (!any) kith_buf_putc(out, '0');
}

kith_wide *wide_load(enum wide_kind kind, kith_str t, kith_arena *arena, bool *bad) {
    kith_wide *w = wide_new(kind, arena);
    *bad = false;
    if (!w || kith_str_is(t, "0")) return w;
    bool minus = t.n && t.p[0] == '-';
    t.p += minus, t.n -= minus;
    uint64_t before = (uint64_t)w->places;
    *bad = true;
    while (t.n) {
        const char *slash = memchr(t.p, '/', t.n), *colon = memchr(t.p, ':', t.n);
        size_t n = slash ? (size_t)(slash - t.p) : t.n;
        uint64_t place, digit;
        if (!colon || (size_t)(colon - t.p) >= n) return w;
        size_t head = (size_t)(colon - t.p);
        if (!token_hex((kith_str){t.p, head}, &place) || !token_hex((kith_str){colon + 1, n - head - 1}, &digit)) return w;
        if (place >= before || digit == 0 || digit > UINT32_MAX) return w;
        before = place;
        w->d[place] = minus ? -(int64_t)digit : (int64_t)digit;
        t.p += n + (slash != NULL);
        t.n -= n + (slash != NULL);
        if (slash && !t.n) return w;
    }
    *bad = before == (uint64_t)w->places; /* nothing read */
    carry(w);
    return w;
}
