/* Regular stretches, proved by the vectorised scanner: as many line ends as rows, one at each stride of `columns`, in text that is UTF-8 without
 * NUL. Whatever is not goes to the records one by one. */
#include "messy_state.h"

#include <string.h>

/* UTF-8 without NUL: most text is ASCII, 64 bytes of which are proved at a time. */
static bool plain_text(const char *p, size_t n) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        uint64_t w[8], any = 0, zero = 0;
        memcpy(w, p + i, 64);
        for (int k = 0; k < 8; k++) any |= w[k], zero |= w[k] - ones;
        if ((any | zero) & high) { /* something upper, or a byte that is 0 (or 0x80 and above) */
            if (any & high) return !memchr(p + i, 0, n - i) && kith_utf8_valid(p + i, n - i, false, NULL);
            return false;
        }
    }
    return !memchr(p + i, 0, n - i) && kith_utf8_valid(p + i, n - i, false, NULL);
}

static const char *find_bytes(const char *p, size_t n, const char *what, size_t length) {
    for (const char *at = p; (at = memchr(at, *what, n - (size_t)(at - p))) != NULL; at++) {
        if (n - (size_t)(at - p) < length) return NULL;
        if (!memcmp(at, what, length)) return at;
    }
    return NULL;
}

static bool blank_or_quote(const kith_dialect *d, char c) { return c == ' ' || c == '\t' || (unsigned char)c == d->quote || (unsigned char)c == d->escape; }

/* Whether the record at p … end may begin with the first column's name, as a header that comes again does, its columns in any order or quotes: then
 * the records one by one decide. Never false for one that does. */
static bool may_be_header(const kith_messy *m, const char *p, const char *end) {
    const kith_dialect *d = &m->layout.dialect;
    kith_str name = kith_messy_name(m, 0);
    while (name.n && blank_or_quote(d, name.p[0])) name.p++, name.n--;
    while (p < end && blank_or_quote(d, *p)) p++;
    for (; name.n && !blank_or_quote(d, name.p[0]); name.p++, name.n--, p++)
        if (p == end || *p != name.p[0]) return false;
    if (name.n || p == end || *p == '\n' || *p == '\r' || blank_or_quote(d, *p)) return true;
    return d->delimiter_n && *p == d->delimiter[0];
}

static bool looks_for_headers(const kith_messy *m) {
    return m->layout.header_rows && m->columns > 1 && !m->options.strict_records && kith_messy_name(m, 0).n;
}

/* By libcsv: what it takes is written anew. A header that comes again, or the mark, is left to the records one by one. */
static int other_block(kith_messy *m, const char *p, size_t n, kith_str *bytes, size_t *rows, const uint32_t **ends, kith_error *err) {
    size_t used;
    bool failed;
    const char *header = m->header.n && n > m->header.n ? find_bytes(p, n, m->header.p, m->header.n) : NULL;
    if (header) n = (size_t)(header - p);
    if (looks_for_headers(m)) {
        const char *line = p, *stop = p + n;
        while (line && line < stop && !may_be_header(m, line, stop)) {
            const char *end = memchr(line, '\n', (size_t)(stop - line));
            line = end ? end + 1 : NULL;
        }
        if (line && line < stop) n = (size_t)(line - p);
    }
    while (n && p[n - 1] != '\n') n--;
    if (!n || !plain_text(p, n)) return KITH_OK;
    m->rows.n = 0;
    *rows = libcsv_take(m->other, p, n, m->columns, &m->rows, m->places, &used, &failed);
    if (failed) return kith_no_memory(err);
    if (!*rows) return KITH_OK;
    m->byte += kith_encoding_bytes(m->encoding.encoding, p, used);
    m->line += messy_count_lines(&m->layout.dialect, p, used);
    m->record += *rows;
    m->counts.rows += *rows;
    m->was_blank = false;
    m->at += used;
    *bytes = (kith_str){m->rows.p, m->rows.n};
    if (ends) *ends = m->places;
    return KITH_OK;
}

int kith_messy_block(kith_messy *m, kith_str *bytes, size_t *rows, const uint32_t **ends, kith_error *err) {
    *rows = 0;
    *bytes = (kith_str){"", 0};
    if ((!m->vector && !m->other) || m->preamble_left || m->other_table) return KITH_OK;
    if (!m->reader && m->options.window == 0) messy_read_ahead(m);
    if (left(m) < m->window + m->tail && !m->eof) KITH_TRY(messy_fill(m, 4 * PREFIX, err));
    size_t have = left(m), n = have;
    if (have <= m->tail) return KITH_OK; /* the end of the file is looked at closely */
    n -= m->tail;
    if (n > m->window) n = m->window;
    const char *p = here(m);
    if (messy_at_mark(m)) return KITH_OK;
    if (m->other) return other_block(m, p, n, bytes, rows, ends, err);
    char delimiter = m->layout.dialect.delimiter_n ? m->layout.dialect.delimiter[0] : '\n';
    scan_result s = m->engine(p, n, delimiter, SCAN_START, 0, m->places);
    size_t cols = m->columns, whole = 0, full = s.n / cols;
    if (s.irregular) return KITH_OK;
    const uint32_t *places = m->places;
    /* As many line ends as rows, one at each stride: then none lies inside of a row, and no row needs a look of its own. */
    uint64_t behind = 0;
    for (size_t i = full * cols; i < s.n; i++) behind += p[places[i]] == '\n';
    bool counted = s.records - behind == full;
    for (size_t i = 0; i < full && counted; i++) counted = p[places[i * cols + cols - 1]] == '\n';
    uint64_t mine = 0, theirs = 0;
    size_t header_n = m->header.n;
    if (header_n >= 8) memcpy(&theirs, m->header.p, 8);
    bool cr = false;
    uint32_t start = 0;
    bool headers = looks_for_headers(m);
    kith_str name = headers ? kith_messy_name(m, 0) : (kith_str){"", 0};
    for (; whole < full; whole++) {
        const uint32_t *row = places + whole * cols;
        uint32_t last = row[cols - 1];
        if (p[last] != '\n') break;
        bool early = false; /* a line end inside of the row: the row is short */
        for (size_t i = 0; !counted && i + 1 < cols; i++) early |= p[row[i]] == '\n';
        if (early) break;
        memcpy(&mine, p + start, 8);
        if (mine == theirs && header_n >= 8 && last - start >= header_n && !memcmp(p + start, m->header.p, header_n)) break;
        if (headers && (p[start] == name.p[0] || blank_or_quote(&m->layout.dialect, p[start])) && may_be_header(m, p + start, p + last)) break;
        if (p[start] == '"' && p[start + 1] == '!' && last - start > 14 && !memcmp(p + start, "\"!kith failed: ", 15)) break;
        cr |= last > start && p[last - 1] == '\r';
        start = last + 1;
    }
    if (!whole || !plain_text(p, start)) return KITH_OK;
    m->byte += kith_encoding_bytes(m->encoding.encoding, p, start);
    m->line += s.quoted ? s.lines - messy_count_lines(&m->layout.dialect, p + start, n - start) : whole;
    m->record += whole;
    m->counts.rows += whole;
    m->was_blank = false;
    m->at += start;
    *rows = whole;
    *bytes = (kith_str){p, start};
    if (ends) *ends = places;
    if (cr) { /* LF goes out: the rows without their CR, and the places with them */
        m->rows.n = 0;
        if (!kith_buf_reserve(&m->rows, start)) return kith_no_memory(err);
        uint32_t from = 0;
        for (size_t i = 0; i < whole; i++) {
            uint32_t *row = m->places + i * cols, last = row[cols - 1], to = last;
            if (last > from && p[last - 1] == '\r') to--;
            uint32_t shift = from - (uint32_t)m->rows.n;
            kith_buf_put(&m->rows, p + from, to - from);
            kith_buf_putc(&m->rows, '\n');
            for (size_t k = 0; k + 1 < cols; k++) row[k] -= shift;
            row[cols - 1] = (uint32_t)m->rows.n - 1;
            from = last + 1;
        }
        *bytes = (kith_str){m->rows.p, m->rows.n};
    }
    return KITH_OK;
}
