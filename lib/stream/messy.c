/* The tolerant reader: bytes in, verdicts on records out.
 *
 * Whatever needs a look ahead (is this the end of the table? does another one begin?) looks a fixed number of records ahead, never "what the
 * buffer happens to hold", so that a file and a pipe give the same rows. */
#include <kith/messy.h>
#include <kith/stream.h>
#include "input.h"
#include "messy.h"
#include "prefetch.h"
#include "scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX = 1 << 20, WINDOW = 1 << 18, AHEAD = 12, RUNAWAY = 1 << 20, TAIL = 1 << 16, REPEAT = 3 };

struct kith_messy {
    input in;
    bool open, eof, zero;
    prefetch *reader; /* reads ahead once blocks are asked for; then the input is its own */
    kith_messy_options options;
    kith_encoding_guess encoding;
    kith_layout layout;
    kith_buf raw;  /* not decoded yet */
    kith_buf inner; /* decoded, not unwrapped yet */
    kith_buf text; /* decoded; `at` is where the next record starts */
    size_t at;
    uint64_t line, byte, record;
    bool was_blank;   /* the record before was an empty line */
    bool other_table; /* inside of a table that is not wanted */
    uint64_t first_rows[REPEAT]; /* hashes of the first rows: a table that begins again with the same rows is a copy */
    size_t columns;
    kith_buf names;     /* their bytes */
    size_t *name_ends;
    kith_buf header;    /* the last header row's bytes, to know it again */
    uint64_t preamble_left; /* dropped records to be told of before the first row */
    kith_fixer fixer;
    kith_record record_, ahead;
    kith_buf scratch, one;
    kith_buf rows; /* rows of a block without their CR */
    uint32_t *places, *ends;
    size_t ends_room;
    scan_engine engine;
    bool vector; /* the dialect is one the scanner knows */
    size_t window, tail; /* bytes the scanner takes together; bytes at the end of a file that it leaves */
    kith_messy_counts counts;
};

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
static void read_ahead(kith_messy *m) {
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
static int fill(kith_messy *m, size_t want, kith_error *err) {
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
        m->eof = got < want;
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

static const char *here(const kith_messy *m) { return m->text.p + m->at; }
static size_t left(const kith_messy *m) { return m->text.n - m->at; }

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
        if (!kith_record_parse(d, p, have, true, 0, 0, r)) break;
        if (r->n != n || r->stray || r->open) { /* the header itself may be broken */
            kith_repair how = kith_record_mend(&m->fixer, d, m->layout.models, n, p, have, m->eof);
            size_t empties = 0;
            if (r->open || r->lines > 1) kith_record_parse(d, p, have, true, KITH_RECORD_LINE, 0, r);
            for (size_t i = 0; i < r->n; i++) empties += !r->fields[i].n;
            if (r->n > n && r->n - n <= empties) { /* empty names too many: the first ones go */
                size_t gone = r->n - n, k = 0;
                for (size_t i = 0; i < r->n; i++)
                    if (r->fields[i].n || !gone) r->fields[k++] = r->fields[i];
                    else gone--;
                r->n = k;
                m->counts.mended++;
            } else if (r->n != n && how == REPAIR_NONE) {
                m->counts.mended++;
            } else if (r->n != n) { /* a quote that is a character? */
                for (int i = 0; i < 16; i++) {
                    kith_record_parse(d, p, have, true, KITH_RECORD_LINE, UINT64_C(1) << i, &m->ahead);
                    if (m->ahead.n == n && !m->ahead.open) {
                        kith_record swap = *r;
                        *r = m->ahead;
                        m->ahead = swap;
                        m->counts.mended++;
                        break;
                    }
                }
            }
        }
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

static uint64_t count_lines(const kith_dialect *d, const char *p, size_t n) {
    uint64_t lines = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n') lines++;
        else if (p[i] == '\r' && d->lines & KITH_LINE_CR && (i + 1 == n || p[i + 1] != '\n')) lines++;
    }
    return lines;
}

/* Moves over n bytes that were dealt with. */
static void step_over(kith_messy *m, size_t n) {
    m->line += count_lines(&m->layout.dialect, here(m), n);
    m->byte += kith_encoding_bytes(m->encoding.encoding, here(m), n);
    m->at += n;
}

static int hash_rows(kith_messy *m, size_t from, uint64_t *hashes, size_t *n, kith_error *err);

static int find_out(kith_messy *m, kith_error *err) {
    size_t got = 0;
    if (!kith_buf_reserve(&m->raw, PREFIX + 64)) return kith_no_memory(err);
    KITH_TRY(input_read(&m->in, m->raw.p, PREFIX, &got, err));
    m->raw.n = got;
    m->eof = got < PREFIX;
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
    m->columns = m->layout.columns;
    m->line = 1;
    m->byte = m->encoding.bom;
    m->preamble_left = m->layout.skip_records;
    step_over(m, m->layout.skip_bytes);
    KITH_TRY(put_names(m, err));
    step_over(m, m->layout.header_bytes);
    size_t hashed = 0;
    if (m->layout.header_rows && m->columns > 1) KITH_TRY(hash_rows(m, 0, m->first_rows, &hashed, err));
    const kith_dialect *d = &m->layout.dialect;
    m->vector = d->delimiter_n <= 1 && !d->runs && d->quote == '"' && d->escape < 0 && !(d->lines & KITH_LINE_CR) && m->columns > 0 &&
                !m->options.twice;
    if (m->vector) {
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

/* ---- looking ahead ------------------------------------------------------------------------------------------ */

static size_t filled(const kith_record *r, const kith_field **first) {
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (kith_str_trim((kith_str){r->fields[i].p, r->fields[i].n}).n) {
            if (!n && first) *first = &r->fields[i];
            n++;
        }
    return n;
}

/* What a record can be behind the last row: a total, a footnote, nothing at all; NULL if it may be a row. */
static const char *tail_kind(kith_messy *m, const kith_record *r, bool behind_blank) {
    const kith_field *first = NULL;
    size_t full = filled(r, &first);
    if (r->blank) return "blank";
    if (!full) return "empty";
    kith_str cell = kith_str_trim(kith_field_text(&m->layout.dialect, first, &m->scratch));
    if (kith_is_total(cell) && m->columns > 1) {
        bool fits = r->n == m->columns && full == r->n;
        size_t column = (size_t)(first - r->fields);
        if (fits && column < m->columns && kith_model_strict(&m->layout.models[column]) && !kith_model_fit(&m->layout.models[column], cell, false))
            fits = false;
        if (!fits) return "total";
    }
    if (m->columns < 2) return NULL;
    if (cell.n && cell.p[0] == '#') return r->n == m->columns ? NULL : "comment";
    kith_kind kind = kith_kind_of(cell);
    if (r->n == m->columns && full > 1) return NULL;
    if (kith_is_footnote(cell) && (r->n != m->columns || full == 1)) return "footnote";
    if (full > 1 || first != &r->fields[0]) return NULL;
    if (behind_blank && kind >= KIND_WORD) return "footnote";
    if (kind == KIND_TEXT && !kith_model_fit(&m->layout.models[0], cell, first->flags & KITH_FIELD_QUOTED)) return "footnote";
    return NULL;
}

/* Makes sure that the record at offset `from` (relative to here) can be parsed whole, or the input ends. */
static int parse_ahead(kith_messy *m, size_t from, kith_record *r, bool *there, kith_error *err) {
    for (;;) {
        *there = false;
        if (from >= left(m) && m->eof) return KITH_OK;
        if (from < left(m) && kith_record_parse(&m->layout.dialect, here(m) + from, left(m) - from, m->eof, 0, 0, r)) {
            *there = true;
            return KITH_OK;
        }
        if (r->failed) return kith_no_memory(err);
        if (m->eof || left(m) - from > 4 * RUNAWAY) return KITH_OK;
        KITH_TRY(fill(m, PREFIX, err));
    }
}

/* Whether nothing but totals, footnotes and blank lines follows from here to the end. */
static int at_tail(kith_messy *m, bool *tail, kith_error *err) {
    size_t from = 0;
    bool blank = m->was_blank, there;
    *tail = false;
    for (int i = 0; i < AHEAD; i++) {
        KITH_TRY(parse_ahead(m, from, &m->ahead, &there, err));
        if (!there) {
            *tail = m->eof && from >= left(m);
            return KITH_OK;
        }
        if (!tail_kind(m, &m->ahead, blank)) return KITH_OK;
        blank |= m->ahead.blank;
        from += m->ahead.bytes;
    }
    return KITH_OK;
}

/* How many of the record's cells are names of columns. */
static size_t names_shared(kith_messy *m, const kith_record *r) {
    size_t shared = 0;
    for (size_t i = 0; i < r->n; i++) {
        kith_str text = kith_str_trim(kith_field_text(&m->layout.dialect, &r->fields[i], &m->scratch));
        for (size_t c = 0; text.n && c < m->columns; c++)
            if (kith_str_equal(text, kith_messy_name(m, c))) {
                shared++;
                break;
            }
    }
    return shared;
}

static bool first_is_name(kith_messy *m, const kith_record *r) {
    return kith_str_equal(kith_str_trim(kith_field_text(&m->layout.dialect, &r->fields[0], &m->scratch)), kith_messy_name(m, 0));
}

/* Whether record r, at `here`, is the header of another table: names only, and rows of its length behind it. */
static int begins_table(kith_messy *m, const kith_record *r, bool *begins, kith_error *err) {
    *begins = false;
    size_t n = r->n, bytes = r->bytes;
    if (n < 2 || r->stray || r->open || !m->layout.header_rows || filled(r, NULL) != n) return KITH_OK;
    bool again = names_shared(m, r) * 5 >= (n > m->columns ? n : m->columns) * 4;
    if (!again && n == m->columns) return KITH_OK;
    for (size_t i = 0; i < n && !again; i++) {
        kith_kind kind = kith_kind_of(kith_field_text(&m->layout.dialect, &r->fields[i], &m->scratch));
        if (kith_kind_typed(kind) || r->fields[i].n > 48) return KITH_OK;
    }
    size_t alike = 0;
    for (int i = 0; i < 3; i++) {
        bool there;
        KITH_TRY(parse_ahead(m, bytes, &m->ahead, &there, err));
        if (!there || (m->ahead.n != n && !m->ahead.blank)) break;
        alike += !m->ahead.blank;
        bytes += m->ahead.bytes;
    }
    *begins = alike >= (again ? 1 : m->was_blank ? 1 : 2);
    return KITH_OK;
}

/* ---- records ------------------------------------------------------------------------------------------------ */

static void set_row(kith_messy *m, kith_messy_row *row, kith_verdict verdict, const kith_record *r, const char *code) {
    *row = (kith_messy_row){verdict, r->fields, r->n, {here(m), r->raw}, false, code, SIZE_MAX, m->line, m->byte, ++m->record};
    m->counts.nul += memchr(row->raw.p, 0, row->raw.n) != NULL;
    if (verdict == KITH_ROW && !kith_utf8_valid(row->raw.p, row->raw.n, false, NULL)) {
        row->code = code ? code : "not_utf8";
        m->counts.mended += !code;
    }
    m->line += r->lines;
    m->byte += kith_encoding_bytes(m->encoding.encoding, here(m), r->bytes);
    m->at += r->bytes;
    m->was_blank = false;
    if (verdict == KITH_ROW) m->counts.rows++;
    if (verdict == KITH_REJECT) m->counts.rejected++;
    if (verdict == KITH_DROP) {
        m->counts.dropped++;
        uint64_t *kind = !strcmp(code, "total") ? &m->counts.totals : !strcmp(code, "footnote") ? &m->counts.footnotes
                         : !strcmp(code, "comment") ? &m->counts.comments : !strcmp(code, "repeated_header") ? &m->counts.repeated
                         : !strcmp(code, "other_table") ? &m->counts.other_tables : &m->counts.empty;
        ++*kind;
    }
}

/* Empty values for last columns that were left out. */
static bool pad(kith_messy *m, kith_record *r) {
    static const char nothing[1] = "";
    if (r->room < m->columns) {
        kith_field *more = realloc(r->fields, m->columns * sizeof *more);
        if (!more) return false;
        r->fields = more;
        r->room = m->columns;
    }
    while (r->n < m->columns) r->fields[r->n++] = (kith_field){nothing, 0, 0};
    return true;
}

static const char *why_rejected(const kith_record *r, size_t columns) {
    return r->open ? "unclosed_quote" : r->n < columns ? "too_few_fields" : r->n > columns ? "too_many_fields" : "stray_quote";
}

static int mend(kith_messy *m, const kith_record *r, size_t have, bool final, kith_messy_row *row, kith_error *err) {
    bool open = r->open;
    kith_repair how = kith_record_mend(&m->fixer, &m->layout.dialect, m->layout.models, m->columns, here(m), have, final);
    kith_record *best = &m->fixer.best;
    if (m->fixer.scratch.failed || m->fixer.raw.failed || best->failed) return kith_no_memory(err);
    if (how == REPAIR_UNSURE) {
        const char *code = why_rejected(best, m->columns);
        set_row(m, row, KITH_REJECT, best, open && best->n <= m->columns ? "unclosed_quote" : code);
        return KITH_OK;
    }
    if (!pad(m, best)) return kith_no_memory(err);
    m->counts.mended += how != REPAIR_NONE;
    set_row(m, row, KITH_ROW, best, how == REPAIR_NONE ? NULL : kith_repair_name(how));
    return KITH_OK;
}

/* A quote that opened and does not close within a megabyte: the first line is mended alone if the lines behind it are rows. */
static bool ran_away(kith_messy *m) {
    kith_repair how = kith_record_mend(&m->fixer, &m->layout.dialect, m->layout.models, m->columns, here(m), RUNAWAY, false);
    if (how != REPAIR_QUOTE || m->fixer.best.lines > 1) return false;
    size_t at = m->fixer.best.bytes;
    for (int i = 0; i < 3; i++) {
        if (!kith_record_parse(&m->layout.dialect, here(m) + at, RUNAWAY - at, false, 0, 0, &m->ahead)) return false;
        if (m->ahead.n != m->columns || m->ahead.stray) return false;
        at += m->ahead.bytes;
    }
    return true;
}

static bool is_header_again(const kith_messy *m, const kith_record *r) {
    return m->header.n && r->raw == m->header.n && !memcmp(here(m), m->header.p, r->raw);
}

static uint64_t hash_row(kith_messy *m, const kith_record *r) {
    uint64_t hash = r->n;
    for (size_t i = 0; i < r->n; i++) {
        kith_str text = kith_field_text(&m->layout.dialect, &r->fields[i], &m->scratch);
        hash = kith_hash_mix(hash, kith_hash(text.p, text.n, 0));
    }
    return hash;
}

/* The hashes of up to REPEAT rows from offset `from`; how many there are. */
static int hash_rows(kith_messy *m, size_t from, uint64_t *hashes, size_t *n, kith_error *err) {
    for (*n = 0; *n < REPEAT; ++*n) {
        bool there;
        KITH_TRY(parse_ahead(m, from, &m->ahead, &there, err));
        if (!there || m->ahead.n != m->columns) break;
        hashes[*n] = hash_row(m, &m->ahead);
        from += m->ahead.bytes;
    }
    return KITH_OK;
}

static bool is_mark(const kith_messy *m) {
    static const char mark[] = "\"!kith failed: ";
    return left(m) >= sizeof mark - 1 && !memcmp(here(m), mark, sizeof mark - 1);
}

int kith_messy_next(kith_messy *m, kith_messy_row *row, bool *end, kith_error *err) {
    const kith_dialect *d = &m->layout.dialect;
    kith_record *r = &m->record_;
    *end = false;
    if (m->preamble_left) { /* told of first, one by one, so that the account adds up */
        m->preamble_left--;
        m->counts.dropped++;
        m->counts.preamble++;
        *row = (kith_messy_row){.verdict = KITH_DROP, .raw = {"", 0}, .code = "preamble", .column = SIZE_MAX, .line = 1};
        return KITH_OK;
    }
    for (bool checked = false;;) {
        if (!left(m)) {
            if (m->eof) {
                *end = true;
                return KITH_OK;
            }
            KITH_TRY(fill(m, PREFIX, err));
            continue;
        }
        if (is_mark(m)) return kith_fail(err, KITH_DATA, "%s:%llu: the stage before failed: its output is not whole", m->in.name, (unsigned long long)m->line);
        if (!kith_record_parse(d, here(m), left(m), m->eof, 0, 0, r)) {
            if (r->failed) return kith_no_memory(err);
            if (left(m) < RUNAWAY || checked) {
                KITH_TRY(fill(m, left(m) < PREFIX ? PREFIX : left(m), err));
                continue;
            }
            checked = true;
            if (!ran_away(m)) continue;
            m->counts.mended++;
            set_row(m, row, KITH_ROW, &m->fixer.best, kith_repair_name(REPAIR_QUOTE));
            return KITH_OK;
        }
        if (r->blank && m->columns != 1) { /* no record */
            m->counts.blank++;
            step_over(m, r->bytes);
            m->was_blank = true;
            continue;
        }
        break;
    }
    if (m->other_table) {
        set_row(m, row, KITH_DROP, r, "other_table");
        return KITH_OK;
    }
    bool regular = r->n == m->columns && !r->stray && !r->open;
    if (m->options.strict_records && !regular) {
        /* Quotes inside an unquoted field are ordinary; text behind a closing quote is not. */
        bool quoted = r->open;
        for (size_t i = 0; i < r->n; i++) quoted |= (r->fields[i].flags & (KITH_FIELD_QUOTED | KITH_FIELD_STRAY)) == (KITH_FIELD_QUOTED | KITH_FIELD_STRAY);
        if (r->n == m->columns && !quoted) set_row(m, row, KITH_ROW, r, NULL);
        else set_row(m, row, KITH_REJECT, r, why_rejected(r, m->columns));
        return KITH_OK;
    }
    if (here(m)[0] == '#' && !regular && m->columns > 1) {
        set_row(m, row, KITH_DROP, r, "comment");
        return KITH_OK;
    }
    /* A regular row whose first field is filled can only be a total. */
    bool row_like = regular && m->columns > 1 && r->fields[0].n && !kith_is_total((kith_str){r->fields[0].p, r->fields[0].n});
    const char *tail = m->options.keep_tail || (row_like && r->fields[1].n) ? NULL : tail_kind(m, r, m->was_blank);
    if (tail && (!regular || m->columns > 1)) {
        bool whole = false;
        KITH_TRY(at_tail(m, &whole, err));
        kith_record_parse(d, here(m), left(m), m->eof, 0, 0, r); /* the text may have moved */
        if (whole) {
            set_row(m, row, KITH_DROP, r, tail);
            return KITH_OK;
        }
    }
    if (!m->options.strict_records && (!regular || is_header_again(m, r) || (m->layout.header_rows && m->columns > 1 && first_is_name(m, r) && names_shared(m, r) == m->columns))) {
        bool begins = false;
        KITH_TRY(begins_table(m, r, &begins, err));
        kith_record_parse(d, here(m), left(m), m->eof, 0, 0, r);
        if (begins) {
            m->counts.tables++;
            /* The same names again, in the same order: files put behind one another. Else another table. */
            bool same = r->n == m->columns && names_shared(m, r) == m->columns;
            uint64_t hashes[REPEAT];
            size_t n = 0;
            if (same) KITH_TRY(hash_rows(m, r->bytes, hashes, &n, err));
            kith_record_parse(d, here(m), left(m), m->eof, 0, 0, r);
            m->other_table = !same || (n == REPEAT && !memcmp(hashes, m->first_rows, sizeof hashes));
            set_row(m, row, KITH_DROP, r, m->other_table ? "other_table" : "repeated_header");
            return KITH_OK;
        }
    }
    if (regular) {
        set_row(m, row, KITH_ROW, r, NULL);
        row->plain = m->vector && !row->code && !memchr(row->raw.p, '\r', row->raw.n);
        for (size_t i = 0; i < r->n && row->plain; i++) { /* blanks around quotes are no RFC 4180 */
            const kith_field *f = &r->fields[i];
            if (!(f->flags & KITH_FIELD_QUOTED)) continue;
            const char *before = f->p - 1, *after = f->p + f->n + 1, *stop = row->raw.p + row->raw.n;
            row->plain = (before == row->raw.p || before[-1] != ' ') && (after >= stop || *after != ' ');
        }
        return KITH_OK;
    }
    return mend(m, r, left(m), m->eof, row, err);
}

int kith_messy_glance(kith_messy *m, uint64_t most, void (*see)(void *ctx, const kith_field *fields, size_t n), void *ctx, kith_error *err) {
    for (size_t from = 0; from < most;) {
        bool there;
        KITH_TRY(parse_ahead(m, from, &m->ahead, &there, err));
        if (!there) return KITH_OK;
        if (m->ahead.n == m->columns && !m->ahead.stray && !m->ahead.open) see(ctx, m->ahead.fields, m->ahead.n);
        from += m->ahead.bytes;
    }
    return KITH_OK;
}

/* ---- regular stretches -------------------------------------------------------------------------------------- */

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

int kith_messy_block(kith_messy *m, kith_str *bytes, size_t *rows, const uint32_t **ends, kith_error *err) {
    *rows = 0;
    *bytes = (kith_str){"", 0};
    if (!m->vector || m->preamble_left || m->other_table) return KITH_OK;
    if (!m->reader && m->options.window == 0) read_ahead(m);
    if (left(m) < m->window + m->tail && !m->eof) KITH_TRY(fill(m, 4 * PREFIX, err));
    size_t have = left(m), n = have;
    if (have <= m->tail) return KITH_OK; /* the end of the file is looked at closely */
    n -= m->tail;
    if (n > m->window) n = m->window;
    const char *p = here(m);
    if (is_mark(m)) return KITH_OK;
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
    for (; whole < full; whole++) {
        const uint32_t *row = places + whole * cols;
        uint32_t last = row[cols - 1];
        if (p[last] != '\n') break;
        bool early = false; /* a line end inside of the row: the row is short */
        for (size_t i = 0; !counted && i + 1 < cols; i++) early |= p[row[i]] == '\n';
        if (early) break;
        memcpy(&mine, p + start, 8);
        if (mine == theirs && header_n >= 8 && last - start >= header_n && !memcmp(p + start, m->header.p, header_n)) break;
        if (p[start] == '"' && p[start + 1] == '!' && last - start > 14 && !memcmp(p + start, "\"!kith failed: ", 15)) break;
        cr |= last > start && p[last - 1] == '\r';
        start = last + 1;
    }
    if (!whole || !plain_text(p, start)) return KITH_OK;
    m->byte += kith_encoding_bytes(m->encoding.encoding, p, start);
    m->line += s.quoted ? s.lines - count_lines(&m->layout.dialect, p + start, n - start) : whole;
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
