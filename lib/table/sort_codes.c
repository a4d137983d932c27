/* Sort keys as few bits: see kith/sort.h. A code is exact where two rows with equal codes have equal keys; else ties are
 * broken by the encoded keys. Tried: 8-byte prefixes (a third of the rows of an export tie on customer_id, ts). */
#include "sort.h"

#include <stdlib.h>
#include <string.h>

/* A decimal of at most 18 digits with at most 9 places, in 10^-9. lib/table stands below the exact sums of lib/fold and
 * needs only this; longer numbers are ordered by their nearest doubles. */
static bool small_decimal(kith_str t, sort_i128 *value) {
    static const uint64_t scale[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    const char *p = t.p, *end = t.p + t.n;
    bool minus = p < end && *p == '-';
    p += minus;
    const char *start = p;
    uint64_t m = 0;
    unsigned d;
    while (p < end && (d = (unsigned)(unsigned char)*p - '0') <= 9) m = m * 10 + d, p++;
    size_t digits = (size_t)(p - start), places = 0;
    if (p < end && *p == '.') {
        start = ++p;
        while (p < end && (d = (unsigned)(unsigned char)*p - '0') <= 9) m = m * 10 + d, p++;
        places = (size_t)(p - start);
        digits += places;
    }
    if (p != end || digits - 1 >= 18 || places > 9) return false;
    sort_i128 v = (sort_i128)((sort_u128)m * scale[places]);
    *value = minus ? -v : v;
    return true;
}

static bool divides(uint32_t unit, sort_i128 v) {
    return v == (int64_t)v ? (int64_t)v % unit == 0 : v % unit == 0;
}

kith_str sort_text(kith_str cell, kith_buf *scratch) {
    if (cell.n < 2 || cell.p[0] != '"') return cell;
    kith_str inside = {cell.p + 1, cell.n - 2};
    if (!memchr(inside.p, '"', inside.n)) return inside;
    scratch->n = 0;
    for (size_t i = 0; i < inside.n; i++) {
        kith_buf_putc(scratch, inside.p[i]);
        if (inside.p[i] == '"') i++;
    }
    return (kith_str){scratch->p, scratch->n};
}

void sort_stats_clear(sort_stats *s, bool bytes) {
    memset(s, 0, sizeof *s);
    s->number = s->fixed = s->time = !bytes;
    s->low = (sort_i128)1 << 100;
    s->high = -s->low;
    s->unit = 1000000000;
    s->shortest = UINT32_MAX;
}

static bool like_time(kith_str t) {
    return t.n >= 10 && (unsigned)(t.p[0] - '0') <= 9 && t.p[4] == '-' && t.p[7] == '-';
}

void sort_stats_take(sort_stats *s, kith_str cell, kith_buf *scratch) {
    kith_str t = sort_text(cell, scratch);
    if (t.n == 0) {
        s->missing++;
        return;
    }
    s->values++;
    if (t.n < s->shortest) s->shortest = (uint32_t)t.n;
    if (t.n > s->longest) s->longest = (uint32_t)t.n;
    size_t n = t.n < SORT_PLACES ? t.n : SORT_PLACES;
    for (size_t i = 0; i < n; i++) s->seen[i][(unsigned char)t.p[i]] = 1;
    if (s->time && !like_time(t)) s->time = false;
    if (!s->number) return;
    sort_i128 v;
    if (small_decimal(t, &v)) {
        if (v < s->low) s->low = v;
        if (v > s->high) s->high = v;
        while (!divides(s->unit, v)) s->unit /= 10;
        return;
    }
    double real;
    s->fixed = false;
    s->number = kith_parse_double(t, &real);
}

void sort_stats_merge(sort_stats *into, const sort_stats *from) {
    into->values += from->values;
    into->missing += from->missing;
    into->number &= from->number;
    into->fixed &= from->fixed;
    into->time &= from->time;
    into->moment |= from->moment;
    if (from->low < into->low) into->low = from->low;
    if (from->high > into->high) into->high = from->high;
    if (from->unit < into->unit) into->unit = from->unit;
    if (from->shortest < into->shortest) into->shortest = from->shortest;
    if (from->longest > into->longest) into->longest = from->longest;
    for (size_t i = 0; i < sizeof into->seen; i++) ((uint8_t *)into->seen)[i] |= ((const uint8_t *)from->seen)[i];
}

/* ---- moments: the most significant byte first, the sign turned ----------------------------------------------- */

void sort_put_moment(char *p, int64_t us) {
    uint64_t v = __builtin_bswap64((uint64_t)us ^ UINT64_C(1) << 63);
    memcpy(p, &v, sizeof v);
}

static int64_t moment_at(const char *p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return (int64_t)(__builtin_bswap64(v) ^ UINT64_C(1) << 63);
}

int64_t kith_sort_moment(kith_str *row) {
    int64_t us = moment_at(row->p);
    *row = (kith_str){row->p + SORT_MOMENT_BYTES, row->n - SORT_MOMENT_BYTES};
    return us;
}

void sort_stats_moment(sort_stats *s, int64_t us) {
    s->moment = true;
    s->values++;
    if (us < s->low) s->low = us;
    if (us > s->high) s->high = us;
    while (us % s->unit) s->unit /= 10;
}

static bool only(const sort_stats *s, uint32_t place, const char *set) {
    for (int c = 0; c < 256; c++)
        if (s->seen[place][c] && (c == 0 || !strchr(set, c))) return false;
    return true;
}

/* Times of one form and one zone sort as their bytes do. */
static bool uniform_times(const sort_stats *s) {
    if (s->shortest != s->longest || s->longest > 32) return false;
    for (uint32_t i = 0; i < s->longest; i++) {
        const char *set = i == 4 || i == 7 ? "-" : i == 13 || i == 16 ? ":" : i == 19 ? ".Z" : "0123456789";
        if (i == 10) {
            if (!only(s, i, "T") && !only(s, i, " ")) return false;
        } else if (i == 19 || (i > 19 && i == s->longest - 1)) {
            if (!only(s, i, i == 19 ? "." : "0123456789") && !only(s, i, "Z")) return false;
        } else if (!only(s, i, set)) return false;
    }
    return true;
}

sort_type sort_type_of(const sort_stats *s) {
    if (s->values == 0) return SORT_TEXT;
    if (s->number) return SORT_NUMBER;
    return s->time && !uniform_times(s) ? SORT_TIME : SORT_TEXT;
}

static uint32_t bits_for(uint64_t top) { return top ? 64 - (uint32_t)__builtin_clzll(top) : 0; }

/* The places from `from` on whose codes fit `room` bits together. */
static void places(sort_code *c, const sort_stats *s, uint32_t room) {
    uint32_t used = 0, longest = s->longest < SORT_PLACES ? s->longest : SORT_PLACES;
    c->from = 0;
    for (c->to = 0; c->to < longest; c->to++) {
        uint32_t p = c->to;
        uint16_t next = s->shortest <= p; /* 0 stands for values that have ended */
        for (int b = 0; b < 256; b++)
            if (s->seen[p][b]) c->place[p][b] = next++;
        c->radix[p] = next ? next : 1;
        uint32_t bits = bits_for(c->radix[p] - 1);
        if (used + bits > room) break;
        used += bits;
    }
    c->bits = used;
    c->exact = c->to >= s->longest;
}

sort_codes *sort_codes_new(const sort_stats *stats, const kith_sort_key *keys, size_t n) {
    sort_codes *codes = calloc(1, sizeof *codes + n * sizeof *codes->key);
    if (!codes) return NULL;
    codes->exact = true;
    uint32_t room = 128;
    for (size_t k = 0; k < n && codes->exact; k++) {
        sort_code *c = &codes->key[k];
        const sort_stats *s = &stats[k];
        c->type = sort_type_of(s);
        c->descending = keys[k].descending;
        c->has_missing = s->missing > 0;
        c->exact = true;
        if (room < 1u + c->has_missing) {
            codes->exact = false;
            break;
        }
        room -= c->has_missing;
        if (s->moment) {
            c->how = BY_MOMENT;
            c->low = s->low;
            c->unit = s->unit;
            c->bits = bits_for((uint64_t)((s->high - s->low) / s->unit));
        } else if (c->type == SORT_NUMBER && s->fixed && (s->high - s->low) / s->unit <= INT64_MAX) {
            c->how = BY_FIXED;
            c->low = s->low;
            c->unit = s->unit;
            c->bits = bits_for((uint64_t)((s->high - s->low) / s->unit));
        } else if (c->type != SORT_TEXT) {
            c->how = c->type == SORT_TIME ? BY_TIME : BY_DOUBLE;
            c->bits = 64;
            c->exact = c->type == SORT_TIME;
        }
        if (c->how != BY_PLACES && c->bits > room) { /* does not fit: ties are broken by the encoded keys */
            codes->exact = false;
            break;
        }
        if (c->how == BY_PLACES) places(c, s, room);
        room -= c->bits;
        c->bits += c->has_missing;
        codes->bits += c->bits;
        codes->exact = c->exact;
        codes->n = k + 1;
    }
    return codes;
}

static uint64_t ordered_double(double v) {
    if (v == 0) v = 0;
    uint64_t u;
    memcpy(&u, &v, sizeof u);
    return u >> 63 ? ~u : u | UINT64_C(1) << 63;
}

bool sort_code_of(const sort_codes *codes, const kith_str *cells, const kith_zone *zone, kith_buf *scratch, sort_u128 *code) {
    sort_u128 all = 0;
    for (size_t k = 0; k < codes->n; k++) {
        const sort_code *c = &codes->key[k];
        kith_str t = sort_text(cells[k], scratch);
        sort_u128 v = 0;
        uint32_t bits = c->bits - c->has_missing;
        sort_u128 mask = bits == 128 ? ~(sort_u128)0 : (((sort_u128)1 << bits) - 1);
        if (t.n == 0) {
            all = (bits == 127 ? 0 : all << (bits + 1)) | (sort_u128)1 << bits;
            continue;
        }
        switch (c->how) {
        case BY_FIXED: {
            sort_i128 x = c->low;
            small_decimal(t, &x);
            x -= c->low;
            uint64_t d = (uint64_t)x;
            if (x != (sort_i128)d) v = (sort_u128)x / c->unit;
            else v = c->unit == 1000000000 ? d / 1000000000 : c->unit == 10000000 ? d / 10000000 : d / c->unit;
            break;
        }
        case BY_MOMENT: {
            uint64_t d = (uint64_t)moment_at(cells[k].p) - (uint64_t)c->low;
            v = c->unit == 1000000 ? d / 1000000 : d / c->unit;
            break;
        }
        case BY_DOUBLE: {
            double x = 0;
            kith_parse_double(t, &x);
            v = ordered_double(x);
            break;
        }
        case BY_TIME: {
            int64_t us;
            if (!kith_parse_time(t, zone, &us, NULL)) return false;
            v = (uint64_t)us ^ UINT64_C(1) << 63;
            break;
        }
        case BY_PLACES: {
            uint64_t word = 0; /* as many places as fit one word before the wide shift */
            uint32_t used = 0;
            for (uint32_t p = c->from; p < c->to; p++) {
                uint32_t b = bits_for(c->radix[p] - 1);
                if (b == 0) continue;
                if (used + b > 56) v = v << used | word, word = 0, used = 0;
                word = word << b | (p < t.n ? c->place[p][(unsigned char)t.p[p]] : 0);
                used += b;
            }
            v = v << used | word;
            break;
        }
        }
        if (c->descending) v = ~v & mask;
        if (c->bits >= 128) all = v;
        else all = all << c->bits | v;
    }
    *code = all;
    return true;
}

size_t sort_no_time(const sort_type *types, size_t n, const kith_str *cells, const kith_zone *zone, kith_buf *scratch) {
    int64_t us;
    for (size_t k = 0; k < n; k++) {
        if (types[k] != SORT_TIME) continue;
        kith_str t = sort_text(cells[k], scratch);
        if (t.n && !kith_parse_time(t, zone, &us, NULL)) return k;
    }
    return n;
}

void sort_cells(kith_str row, char delimiter, const kith_sort_key *keys, size_t n, kith_str *cells) {
    uint32_t last = 0;
    const char *p = row.p, *end = row.p + row.n;
    for (size_t k = 0; k < n; k++) {
        cells[k] = (kith_str){row.p, 0};
        if (keys[k].column == KITH_SORT_MOMENT) cells[k].n = SORT_MOMENT_BYTES, p += SORT_MOMENT_BYTES;
        else if (keys[k].column > last) last = keys[k].column;
    }
    for (uint32_t col = 0; col <= last && p <= end; col++) {
        const char *start = p;
        if (p < end && *p == '"') {
            for (p++; p < end; p++) {
                if (*p != '"') continue;
                if (p + 1 < end && p[1] == '"') p++;
                else break;
            }
        }
        const char *stop = p < end ? memchr(p, delimiter, (size_t)(end - p)) : NULL;
        p = stop ? stop : end;
        for (size_t k = 0; k < n; k++)
            if (keys[k].column == col) cells[k] = (kith_str){start, (size_t)(p - start)};
        p++;
    }
}

static void put_word(kith_buf *out, uint64_t v) {
    unsigned char b[8];
    for (int i = 0; i < 8; i++) b[i] = (unsigned char)(v >> (56 - 8 * i));
    kith_buf_put(out, b, 8);
}

void sort_encode(const kith_sort_key *keys, const sort_type *types, size_t n, const kith_str *cells, const kith_zone *zone, kith_buf *out) {
    kith_buf scratch = {0};
    for (size_t k = 0; k < n; k++) {
        kith_str t = sort_text(cells[k], &scratch);
        kith_buf_putc(out, t.n == 0);
        size_t from = out->n;
        double real = 0;
        int64_t us = 0;
        if (t.n == 0) continue;
        if (types[k] == SORT_NUMBER) { /* the double orders; the decimal parts those that round to the same one */
            sort_i128 v = 0;
            kith_parse_double(t, &real);
            if (!small_decimal(t, &v) && real > -1e18 && real < 1e18) /* 1e1 is 10 */
                v = real > -1e9 && real < 1e9 ? (sort_i128)(real * 1e9 + (real < 0 ? -.5 : .5)) : (sort_i128)real * 1000000000;
            put_word(out, ordered_double(real));
            put_word(out, (uint64_t)(v >> 64) ^ UINT64_C(1) << 63);
            put_word(out, (uint64_t)v);
        } else if (types[k] == SORT_TIME) {
            kith_parse_time(t, zone, &us, NULL);
            put_word(out, (uint64_t)us ^ UINT64_C(1) << 63);
        } else {
            for (size_t i = 0; i < t.n; i++) {
                kith_buf_putc(out, t.p[i]);
                if (t.p[i] == 0) kith_buf_putc(out, (char)0xff);
            }
            kith_buf_put(out, "\0", 2);
        }
        if (keys[k].descending && !out->failed)
            for (size_t i = from; i < out->n; i++) out->p[i] = (char)~out->p[i];
    }
    out->failed |= scratch.failed;
    kith_buf_free(&scratch);
}
