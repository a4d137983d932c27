/* Records out: quoting only what must be, untouched fields as they came. */
#include <kith/stream.h>

#include <string.h>

kith_str kith_unquote(kith_str raw, kith_arena *arena) {
    if (raw.n < 2 || raw.p[0] != '"' || raw.p[raw.n - 1] != '"') return raw;
    kith_str inner = {raw.p + 1, raw.n - 2};
    const char *q = inner.n ? memchr(inner.p, '"', inner.n) : NULL;
    if (!q) return inner;
    char *copy = kith_arena_alloc(arena, inner.n);
    if (!copy) return (kith_str){NULL, inner.n};
    size_t out = 0;
    for (size_t i = 0; i < inner.n; i++) {
        copy[out++] = inner.p[i];
        if (inner.p[i] == '"' && i + 1 < inner.n && inner.p[i + 1] == '"') i++;
    }
    return (kith_str){copy, out};
}

kith_row_writer kith_row_begin(kith_buf *buf, char delimiter) {
    return (kith_row_writer){.buf = buf, .delimiter = delimiter, .start = buf->n};
}

static void separate(kith_row_writer *w) {
    if (w->fields++) kith_buf_putc(w->buf, w->delimiter);
}

static void put_quoted(kith_buf *buf, kith_str text) {
    kith_buf_putc(buf, '"');
    for (;;) {
        const char *q = text.n ? memchr(text.p, '"', text.n) : NULL;
        if (!q) break;
        size_t n = (size_t)(q - text.p) + 1;
        kith_buf_put(buf, text.p, n);
        kith_buf_putc(buf, '"');
        text.p += n;
        text.n -= n;
    }
    kith_buf_str(buf, text);
    kith_buf_putc(buf, '"');
}

void kith_put_text(kith_row_writer *w, kith_str text) {
    separate(w);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == w->delimiter || c == '"' || c == '\n' || c == '\r') {
            put_quoted(w->buf, text);
            return;
        }
    }
    kith_buf_str(w->buf, text);
}

void kith_put_name(kith_row_writer *w, kith_str name) {
    for (size_t i = 0; i < name.n; i++)
        if (strchr("\t,;|", name.p[i]) && name.p[i]) {
            separate(w);
            put_quoted(w->buf, name);
            return;
        }
    kith_put_text(w, name);
}

void kith_put_string(kith_row_writer *w, const char *terminated) { kith_put_text(w, kith_str_of(terminated)); }

void kith_put_double(kith_row_writer *w, double value) {
    char text[32];
    size_t n = kith_format_double(value, text);
    kith_put_text(w, (kith_str){text, n});
}

void kith_put_int(kith_row_writer *w, int64_t value) {
    separate(w);
    kith_buf_int(w->buf, value);
}

void kith_put_missing(kith_row_writer *w) { separate(w); }

void kith_put_raw(kith_row_writer *w, kith_str raw, char delimiter_in) {
    if (delimiter_in == w->delimiter || (raw.n && raw.p[0] == '"') || !memchr(raw.n ? raw.p : "", w->delimiter, raw.n)) {
        separate(w);
        kith_buf_str(w->buf, raw);
        return;
    }
    kith_put_text(w, raw);
}

void kith_put_row(kith_row_writer *w, const kith_batch *b, uint32_t row) {
    if (b->delimiter == w->delimiter) {
        separate(w);
        kith_buf_str(w->buf, kith_row(b, row));
        w->fields += b->cols - 1;
        return;
    }
    for (uint32_t j = 0; j < b->cols; j++) kith_put_raw(w, kith_cell(b, row, j), b->delimiter);
}

void kith_row_end(kith_row_writer *w) {
    if (w->fields <= 1 && w->buf->n == w->start) kith_buf_puts(w->buf, "\"\"");
    kith_buf_putc(w->buf, '\n');
    w->fields = 0;
    w->start = w->buf->n;
}
