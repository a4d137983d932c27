/* One record from its bytes, by any dialect: the tolerant engine's tokenizer.
 *
 * A machine of two states, inside of quotes or not; fields are slices of the input. It never fails: what no rule covers is
 * counted in `stray` and `open`, and lib/stream/repair.c decides what to think of it, by asking for other ways to read. */
#include <kith/dialect.h>
#include <stdlib.h>
#include <string.h>

const kith_dialect kith_dialect_rfc4180 = {
    .delimiter = {','}, .delimiter_n = 1, .quote = '"', .escape = -1, .lines = KITH_LINE_LF | KITH_LINE_CRLF};

void kith_record_free(kith_record *record) {
    free(record->fields);
    *record = (kith_record){0};
}

static void add_field(kith_record *r, const char *p, size_t n, unsigned flags) {
    if (r->n == r->room) {
        size_t room = r->room ? 2 * r->room : 32;
        kith_field *more = realloc(r->fields, room * sizeof *more);
        if (!more) {
            r->failed = r->starved = true;
            return;
        }
        r->fields = more;
        r->room = room;
    }
    r->fields[r->n++] = (kith_field){p, n, flags};
}

/* The bytes of the line end at p (0: none), by the dialect's set. -1 where a CR ends the bytes and its LF may follow. */
static int line_end(unsigned lines, const char *p, const char *end, bool final) {
    if (*p == '\n') return lines & (KITH_LINE_LF | KITH_LINE_CRLF) ? 1 : 0;
    if (*p != '\r') return 0;
    if (p + 1 == end) return final ? 1 : -1;
    if (p[1] == '\n') return lines & (KITH_LINE_LF | KITH_LINE_CRLF) ? 2 : lines & KITH_LINE_CR ? 1 : 0;
    return lines & KITH_LINE_CR ? 1 : 0;
}

/* The bytes of the delimiter at p, 0 if there is none. */
static size_t delimiter_at(const kith_dialect *d, const char *p, const char *end) {
    if (p >= end || !d->delimiter_n) return 0;
    if (d->runs) {
        size_t n = 0;
        while (p + n < end && (p[n] == ' ' || p[n] == '\t')) n++;
        return n;
    }
    if (*p != d->delimiter[0] || (size_t)(end - p) < d->delimiter_n) return 0;
    return d->delimiter_n == 1 || !memcmp(p, d->delimiter, d->delimiter_n) ? d->delimiter_n : 0;
}

/* Where the parse of a record stands. */
typedef struct cursor {
    const kith_dialect *d;
    const char *p, *const begin, *const end;
    const bool final;
    const unsigned ways;
    const uint64_t literal;
    size_t opening; /* quotes that opened a field, or could have */
    kith_record *r;
    bool stop[256]; /* bytes at which an unquoted field may end or be odd */
} cursor;

typedef enum step { FIELD, /* a field was added, p stands behind it */ SPLIT, /* and the next one begins right there */ MORE } step;

static void set_stops(cursor *c) {
    memset(c->stop, 0, sizeof c->stop);
    c->stop['\n'] = c->stop['\r'] = true;
    if (c->d->delimiter_n) c->stop[(unsigned char)c->d->delimiter[0]] = true;
    if (c->d->runs) c->stop[' '] = c->stop['\t'] = true;
    if (c->d->quote >= 0) c->stop[c->d->quote] = true;
}

static bool is_quote(const cursor *c, const char *p) { return p < c->end && (unsigned char)*p == c->d->quote && c->d->quote >= 0; }

/* Whether a field, a record or the input ends at p. */
static bool ends_at(const cursor *c, const char *p) {
    return p == c->end || delimiter_at(c->d, p, c->end) || line_end(c->d->lines, p, c->end, true) > 0;
}

/* An unquoted field from `start`; p is behind what is known to belong to it. */
static step plain_field(cursor *c, const char *start, unsigned flags) {
    const kith_dialect *d = c->d;
    for (;; c->p++) {
        while (c->p < c->end && !c->stop[(unsigned char)*c->p]) c->p++;
        if (c->p == c->end) {
            if (!c->final) return MORE;
            break;
        }
        if (*c->p == '\n' || *c->p == '\r') {
            int n = line_end(d->lines, c->p, c->end, c->final);
            if (n < 0) return MORE;
            if (n) break;
        }
        if (d->delimiter_n > 1 && !d->runs && (size_t)(c->end - c->p) < d->delimiter_n && !c->final) return MORE;
        if (delimiter_at(d, c->p, c->end)) break;
        if (!is_quote(c, c->p)) continue;
        c->r->stray++;
        if (c->ways & KITH_RECORD_SPLIT && c->p > start) {
            add_field(c->r, start, (size_t)(c->p - start), flags);
            return SPLIT;
        }
        flags |= KITH_FIELD_STRAY;
    }
    add_field(c->r, start, (size_t)(c->p - start), flags);
    return FIELD;
}

/* A quoted field; p is behind its opening quote. */
static step quoted_field(cursor *c) {
    const kith_dialect *d = c->d;
    const char *const start = c->p;
    unsigned flags = KITH_FIELD_QUOTED;
    while (c->p < c->end) {
        unsigned char b = (unsigned char)*c->p;
        if (d->escape >= 0 && b == d->escape) {
            if (c->p + 1 == c->end && !c->final) return MORE;
            if (c->p + 1 < c->end && ((unsigned char)c->p[1] == d->quote || (unsigned char)c->p[1] == d->escape)) {
                flags |= KITH_FIELD_ESCAPED;
                c->p += 2;
                continue;
            }
        }
        if (b != d->quote) {
            int n = b == '\n' || b == '\r' ? line_end(d->lines, c->p, c->end, c->final) : 0;
            if (n < 0) return MORE;
            if (n && c->ways & KITH_RECORD_LINE) break;
            if (n) c->r->lines++;
            c->p += n ? n : 1;
            continue;
        }
        const char *next = c->p + 1;
        if (next == c->end && !c->final) return MORE;
        if (d->escape < 0 && is_quote(c, next) && !(c->ways & KITH_RECORD_BARE)) {
            flags |= KITH_FIELD_ESCAPED;
            c->p += 2;
            continue;
        }
        if (next < c->end && *next == '\r' && line_end(d->lines, next, c->end, c->final) < 0) return MORE;
        const char *after = next;
        if (!ends_at(c, next) && !d->runs) /* blanks between a closing quote and the delimiter: "b" ,c */
            while (after < c->end && *after == ' ') after++;
        if (after == c->end && !c->final) return MORE;
        if (ends_at(c, after)) {
            add_field(c->r, start, (size_t)(c->p - start), flags);
            c->p = after;
            return FIELD;
        }
        c->r->stray++;
        if (c->ways & KITH_RECORD_SPLIT && c->p > start) {
            add_field(c->r, start, (size_t)(c->p - start), flags);
            c->p = next;
            return SPLIT;
        }
        flags |= KITH_FIELD_STRAY;
        c->p = next;
    }
    if (c->p == c->end && !c->final) return MORE;
    c->r->open = true;
    add_field(c->r, start, (size_t)(c->p - start), flags);
    return FIELD;
}

/* Whether blanks at p lead to a quoted field that ends well: a, "b" */
static const char *quote_behind_blanks(const cursor *c) {
    const char *q = c->p;
    if (c->d->quote < 0 || c->d->runs || !c->d->delimiter_n || c->d->delimiter[0] == ' ') return NULL;
    while (q < c->end && *q == ' ') q++;
    if (q == c->p || !is_quote(c, q)) return NULL;
    const char *close = memchr(q + 1, c->d->quote, (size_t)(c->end - q - 1));
    return close && ends_at(c, close + 1) ? q : NULL;
}

static step next_field(cursor *c) {
    const char *quote = is_quote(c, c->p) ? c->p : quote_behind_blanks(c);
    if (!quote) return plain_field(c, c->p, 0);
    size_t i = c->opening++;
    if (i < 64 && c->literal >> i & 1) {
        const char *start = c->p;
        c->r->stray++;
        c->p = quote + 1;
        return plain_field(c, start, KITH_FIELD_STRAY);
    }
    c->p = quote + 1;
    return quoted_field(c);
}

bool kith_record_parse(const kith_dialect *d, const char *p, size_t n, bool final, unsigned ways, uint64_t literal,
                       kith_record *r) {
    cursor c = {d, p, p, p + n, final, ways, literal, 0, r, {0}};
    set_stops(&c);
    r->n = r->bytes = r->raw = r->stray = 0;
    r->lines = 1;
    r->open = r->blank = r->failed = false;
    if (!n && !final) return false;
    if (d->runs) c.p += delimiter_at(d, c.p, c.end); /* leading blanks are an indent */
    for (;;) {
        step s = next_field(&c);
        if (s == MORE) return false;
        if (s == SPLIT) continue;
        size_t skip = delimiter_at(d, c.p, c.end);
        if (d->runs && skip) { /* trailing blanks end nothing */
            if (c.p + skip == c.end && !final) return false;
            if (c.p + skip == c.end || line_end(d->lines, c.p + skip, c.end, true) > 0) {
                c.p += skip;
                skip = 0;
            }
        }
        if (!skip) break;
        c.p += skip;
    }
    r->raw = (size_t)(c.p - p);
    if (c.p < c.end) c.p += line_end(d->lines, c.p, c.end, true);
    r->bytes = (size_t)(c.p - p);
    r->blank = r->raw == 0;
    return !r->failed;
}

kith_str kith_field_text(const kith_dialect *d, const kith_field *field, kith_buf *scratch) {
    /* Framed by blanks, values are padded to the column's width. */
    if (!(field->flags & KITH_FIELD_QUOTED) && d->delimiter_n == 3 && d->delimiter[0] == ' ' && d->delimiter[2] == ' ')
        return kith_str_trim((kith_str){field->p, field->n});
    if (!(field->flags & KITH_FIELD_ESCAPED)) return (kith_str){field->p, field->n};
    scratch->n = 0;
    for (size_t i = 0; i < field->n; i++) {
        unsigned char c = (unsigned char)field->p[i];
        if (i + 1 < field->n) {
            unsigned char next = (unsigned char)field->p[i + 1];
            if (d->escape >= 0 ? c == d->escape && (next == d->quote || next == d->escape) : c == d->quote && next == d->quote) {
                c = next;
                i++;
            }
        }
        kith_buf_putc(scratch, (char)c);
    }
    return scratch->failed ? (kith_str){field->p, field->n} : (kith_str){scratch->p ? scratch->p : "", scratch->n};
}
