/* The tolerant reader: bytes in, verdicts on records out. Here: opening, decoding, names; messy_next.c has the verdicts.
 *
 * Whatever needs a look ahead (is this the end of the table? does another one begin?) looks a fixed number of records ahead, never "what the
 * buffer happens to hold", so that a file and a pipe give the same rows. */
#include "messy_state.h"
#include <kith/stream.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next buffer of the reader becomes the text, with what was left of the old one in front of it. */
static int take_ahead(kith_messy *m, kith_error *err) {
    size_t rest = m->text.n - m->at, n;
    char *buffer;
    KITH_TRY(prefetch_take(m->reader, &buffer, &n, err));
    m->eof = !buffer || n < PREFETCH_BODY;
    if (!buffer) return KITH_OK;
    if (rest <= PREFETCH_HEAD && m->text.room == PREFETCH_HEAD + PREFETCH_BODY + 64) {
        char *old = m->text.p;
        memcpy(buffer + PREFETCH_HEAD - rest, old + m->at, rest);
        m->text.p = buffer;
        m->at = PREFETCH_HEAD - rest;
        m->text.n = PREFETCH_HEAD + n;
        memset(buffer + m->text.n, 0, 64);
        prefetch_give(m->reader, old);
        return KITH_OK;
    }
    /* A long record, or the text's first own buffer: the bytes are copied. */
    memmove(m->text.p, m->text.p + m->at, rest);
    m->text.n = rest;
    m->at = 0;
    kith_buf_put(&m->text, buffer + PREFETCH_HEAD, n);
    prefetch_give(m->reader, buffer);
    if (!kith_buf_reserve(&m->text, 64)) return kith_no_memory(err);
    memset(m->text.p + m->text.n, 0, 64);
    return KITH_OK;
}

/* From now on the input is read ahead, if a thread is to be had; the text moves into a buffer of that size. */
void messy_read_ahead(kith_messy *m) {
    size_t rest = m->text.n - m->at, room = PREFETCH_HEAD + PREFETCH_BODY + 64;
    if (m->reader || m->eof || rest > PREFETCH_BODY || m->encoding.encoding != KITH_UTF8 || m->layout.dialect.wrapped) return;
    char *own = malloc(room);
    if (!own) return;
    m->reader = prefetch_start(&m->in);
    if (!m->reader) {
        free(own);
        return;
    }
    memcpy(own, m->text.p + m->at, rest);
    memset(own + rest, 0, 64);
    kith_buf_free(&m->text);
    m->text = (kith_buf){.p = own, .n = rest, .room = room};
    m->at = 0;
}

/* Reads about `want` bytes more behind the text. */
int messy_fill(kith_messy *m, size_t want, kith_error *err) {
    if (m->reader && !m->eof) return take_ahead(m, err);
    if (m->at) {
        memmove(m->text.p, m->text.p + m->at, m->text.n - m->at);
        m->text.n -= m->at;
        m->at = 0;
    }
    size_t before = m->text.n;
    while (!m->eof && m->text.n - before < want) {
        bool direct = m->encoding.encoding == KITH_UTF8 && !m->layout.dialect.wrapped;
        kith_buf *to = direct ? &m->text : &m->raw;
        if (!kith_buf_reserve(to, want + 64)) return kith_no_memory(err);
        size_t got;
        KITH_TRY(input_read(&m->in, to->p + to->n, want, &got, err));
        to->n += got;
        m->eof = m->in.eof;
        if (direct) continue;
        kith_buf *decoded = m->layout.dialect.wrapped ? &m->inner : &m->text;
        size_t used = kith_encoding_decode(m->encoding.encoding, m->raw.p ? m->raw.p : "", m->raw.n, m->eof, decoded, &m->counts.bad_characters);
        memmove(m->raw.p, m->raw.p + used, m->raw.n - used);
        m->raw.n -= used;
        if (m->layout.dialect.wrapped) {
            used = kith_unwrap(m->inner.p ? m->inner.p : "", m->inner.n, m->eof, &m->text);
            memmove(m->inner.p, m->inner.p + used, m->inner.n - used);
            m->inner.n -= used;
        }
        if (decoded->failed || m->text.failed) return kith_no_memory(err);
    }
    /* The scanner reads whole vectors. */
    if (!kith_buf_reserve(&m->text, 64)) return kith_no_memory(err);
    memset(m->text.p + m->text.n, 0, 64);
    return KITH_OK;
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

static int put_names(kith_messy *m, kith_error *err) {
    const kith_dialect *d = &m->layout.dialect;
    size_t n = m->columns;
    m->name_ends = calloc(n ? n : 1, sizeof *m->name_ends);
    kith_buf *parts = calloc(n ? n : 1, sizeof *parts);
    if (!m->name_ends || !parts) {
        free(parts);
        return kith_no_memory(err);
    }
    size_t at = m->at;
    bool failed = false;
    for (size_t row = 0; row < m->layout.header_rows; row++) {
        kith_record *r = &m->record_;
        const char *p = m->text.p + at;
        size_t have = m->text.n - at;
        bool mended;
        kith_header_read(d, n, p, have, r, &mended);
        if (r->failed) {
            failed = true;
            break;
        }
        m->counts.mended += mended;
        /* A header that is one name short: a column of row numbers in front (R writes it so), or an empty last column. */
        size_t shift = r->n + 1 == n && m->layout.models[n - 1].empty < m->layout.models[n - 1].n ? 1 : 0;
        for (size_t i = 0; i < r->n && i + shift < n; i++) {
            kith_str text = kith_str_trim(kith_field_text(d, &r->fields[i], &m->scratch));
            if (!text.n) continue;
            kith_buf *part = &parts[i + shift];
            if (part->n) kith_buf_putc(part, ' ');
            kith_buf_str(part, text);
        }
        m->header.n = 0;
        kith_buf_put(&m->header, p, r->raw);
        at += r->bytes;
    }
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n) kith_buf_put(&m->names, parts[i].p, parts[i].n);
        else if (!m->layout.header_rows) kith_buf_printf(&m->names, "%zu", i + 1);
        m->name_ends[i] = m->names.n;
        failed |= parts[i].failed;
        kith_buf_free(&parts[i]);
    }
    free(parts);
    return failed || m->names.failed || m->scratch.failed ? kith_no_memory(err) : KITH_OK;
}

uint64_t messy_count_lines(const kith_dialect *d, const char *p, size_t n) {
    uint64_t lines = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n') lines++;
        else if (p[i] == '\r' && d->lines & KITH_LINE_CR && (i + 1 == n || p[i + 1] != '\n')) lines++;
    }
    return lines;
}

void messy_step_over(kith_messy *m, size_t n) {
    m->line += messy_count_lines(&m->layout.dialect, here(m), n);
    m->byte += kith_encoding_bytes(m->encoding.encoding, here(m), n);
    m->at += n;
}

/* How many values of the first 64 KB are UTF-8 that was encoded twice, if more of them are than are not. */
static uint64_t looks_twice(kith_messy *m) {
    const char *p = m->text.p, *end = p + (m->text.n < 65536 ? m->text.n : 65536), *start = p;
    uint64_t yes = 0, no = 0;
    for (; p < end; p++) {
        bool stop = *p == '\n' || *p == '\r' || *p == '"' || (m->layout.dialect.delimiter_n && *p == m->layout.dialect.delimiter[0]);
        if (!stop) continue;
        bool upper = false;
        for (const char *c = start; c < p && !upper; c++) upper = (unsigned char)*c >= 0x80;
        m->one.n = 0;
        if (upper && kith_utf8_twice((kith_str){start, (size_t)(p - start)}, &m->one)) yes++;
        else if (upper) no++;
        start = p + 1;
    }
    return yes > no ? yes : 0;
}

static int find_out(kith_messy *m, kith_error *err) {
    size_t got = 0;
    if (!kith_buf_reserve(&m->raw, PREFIX + 64)) return kith_no_memory(err);
    KITH_TRY(input_read(&m->in, m->raw.p, PREFIX, &got, err));
    m->raw.n = got;
    m->eof = m->in.eof;
    m->zero = got == 0;
    m->encoding = m->options.encoding_said ? (kith_encoding_guess){m->options.encoding, 0, "as told", false}
                                           : kith_encoding_detect(m->raw.p, m->raw.n);
    if (m->options.encoding_said) m->encoding.bom = kith_encoding_detect(m->raw.p, m->raw.n < 4 ? m->raw.n : 4).bom;
    size_t used = m->encoding.bom < got ? m->encoding.bom : got;
    used += kith_encoding_decode(m->encoding.encoding, m->raw.p + used, m->raw.n - used, m->eof, &m->text, &m->counts.bad_characters);
    memmove(m->raw.p, m->raw.p + used, m->raw.n - used);
    m->raw.n -= used;
    if (m->text.failed || !kith_buf_reserve(&m->text, 64)) return kith_no_memory(err);
    kith_dialect_wishes wishes = m->options.wishes;
    kith_dialect by_header = *wishes.dialect;
    if (m->options.strict_records && !wishes.delimiter) {
        size_t n = 0;
        while (n < m->text.n && m->text.p[n] != '\n' && m->text.p[n] != '\r') n++;
        if (n + 1 < m->text.n && m->text.p[n] == '\r' && m->text.p[n + 1] != '\n')
            return kith_fail(err, KITH_DATA, "%s:1: lines that end in CR alone: kith ingest read understands them", m->in.name);
        by_header.delimiter[0] = kith_delimiter_of((kith_str){m->text.p, n});
        by_header.delimiter_n = 1;
        wishes.dialect = &by_header;
        wishes.delimiter = true;
    }
    KITH_TRY(kith_layout_detect(m->text.p, m->text.n, m->eof, &wishes, &m->layout, err));
    if (m->options.strict_records) m->layout.dialect.lines = KITH_LINE_LF | KITH_LINE_CRLF;
    if (m->layout.dialect.wrapped) {
        kith_buf inner = m->text;
        m->text = (kith_buf){0};
        used = kith_unwrap(inner.p, inner.n, m->eof, &m->text);
        kith_buf_put(&m->inner, inner.p + used, inner.n - used);
        kith_buf_free(&inner);
        if (m->inner.failed || m->text.failed || !kith_buf_reserve(&m->text, 64)) return kith_no_memory(err);
    }
    memset(m->text.p + m->text.n, 0, 64);
    m->counts.looks_twice = looks_twice(m);
    m->columns = m->layout.columns;
    m->line = 1;
    m->byte = m->encoding.bom;
    m->preamble_left = m->layout.skip_records;
    messy_step_over(m, m->layout.skip_bytes);
    KITH_TRY(put_names(m, err));
    messy_step_over(m, m->layout.header_bytes);
    size_t hashed = 0;
    if (m->layout.header_rows && m->columns > 1) KITH_TRY(messy_hash_rows(m, 0, m->first_rows, &hashed, err));
    const kith_dialect *d = &m->layout.dialect;
    m->vector = d->delimiter_n <= 1 && !d->runs && d->quote == '"' && d->escape < 0 && !(d->lines & KITH_LINE_CR) && m->columns > 0 &&
                !m->options.twice;
    bool other = !m->vector && libcsv_knows(d) && m->columns > 1 && !m->options.twice && !m->options.strict_records;
    if (other && !(m->other = libcsv_new(&m->layout.dialect))) return kith_no_memory(err);
    if (m->vector || other) {
        m->engine = scan_vector();
        m->places = malloc((m->window + 64) * sizeof *m->places);
        if (!m->places) return kith_no_memory(err);
    }
    return KITH_OK;
}

int kith_messy_open(kith_messy **messy, const char *path, const kith_messy_options *options, kith_error *err) {
    kith_messy *m = calloc(1, sizeof *m);
    if (!m) return kith_no_memory(err);
    m->options = *options;
    if (!m->options.wishes.dialect) m->options.wishes.dialect = &m->options.dialect;
    m->window = options->window ? options->window : WINDOW;
    m->tail = options->window ? options->window / 4 : TAIL;
    int status = input_open(&m->in, path, options->max_size, err);
    m->open = status == KITH_OK;
    if (status == KITH_OK) status = find_out(m, err);
    if (status != KITH_OK) {
        kith_messy_close(m);
        return status;
    }
    *messy = m;
    return KITH_OK;
}

void kith_messy_close(kith_messy *m) {
    if (!m) return;
    prefetch_stop(m->reader);
    if (m->open) input_close(&m->in);
    kith_layout_free(&m->layout);
    kith_buf *bufs[] = {&m->raw, &m->inner, &m->text, &m->names, &m->header, &m->scratch, &m->one, &m->rows};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) kith_buf_free(bufs[i]);
    libcsv_free(m->other);
    kith_fixer_free(&m->fixer);
    kith_record_free(&m->record_);
    kith_record_free(&m->ahead);
    free(m->name_ends);
    free(m->places);
    free(m->ends);
    free(m);
}

const kith_layout *kith_messy_layout(const kith_messy *m) { return &m->layout; }
kith_encoding_guess kith_messy_encoding(const kith_messy *m) { return m->encoding; }
size_t kith_messy_columns(const kith_messy *m) { return m->columns; }
char kith_messy_delimiter(const kith_messy *m) { return m->layout.dialect.delimiter_n ? m->layout.dialect.delimiter[0] : 0; }
bool kith_messy_empty(const kith_messy *m) { return m->zero; }
const kith_messy_counts *kith_messy_count(const kith_messy *m) { return &m->counts; }

kith_str kith_messy_name(const kith_messy *m, size_t column) {
    size_t from = column ? m->name_ends[column - 1] : 0;
    return (kith_str){m->names.p ? m->names.p + from : "", m->name_ends[column] - from};
}

kith_str kith_messy_text(kith_messy *m, const kith_field *field, kith_buf *scratch) {
    kith_str text = kith_field_text(&m->layout.dialect, field, scratch);
    size_t bad;
    if (!kith_utf8_valid(text.p, text.n, false, &bad)) {
        /* A few bytes of another encoding in a file of UTF-8: they are Windows-1252 where nothing is known. */
        m->one.n = 0;
        for (size_t at = 0; at < text.n;) {
            if (kith_utf8_valid(text.p + at, text.n - at, false, &bad)) bad = text.n - at;
            kith_buf_put(&m->one, text.p + at, bad);
            at += bad;
            if (at < text.n) kith_encoding_decode(KITH_CP1252, text.p + at++, 1, true, &m->one, &m->counts.bad_characters);
        }
        scratch->n = 0;
        kith_buf_put(scratch, m->one.p, m->one.n);
        return (kith_str){scratch->p, scratch->n};
    }
    if (m->options.twice) {
        m->one.n = 0;
        if (kith_utf8_twice(text, &m->one)) {
            m->counts.twice++;
            scratch->n = 0;
            kith_buf_put(scratch, m->one.p, m->one.n);
            return (kith_str){scratch->p, scratch->n};
        }
    }
    return text;
}
