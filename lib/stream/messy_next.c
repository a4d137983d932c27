/* Verdicts on records: a row, mended or not; a reject; or no row of the table: a total, a footnote, a comment, a header again. */
#include "messy_state.h"

#include <stdlib.h>
#include <string.h>

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
        bool fits = r->n == m->columns && full == r->n && !kith_is_total_of(cell);
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
        KITH_TRY(messy_fill(m, PREFIX, err));
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
    if (m->fixer.failed || m->fixer.scratch.failed || m->fixer.record.failed) return kith_no_memory(err);
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

int messy_hash_rows(kith_messy *m, size_t from, uint64_t *hashes, size_t *n, kith_error *err) {
    for (*n = 0; *n < REPEAT; ++*n) {
        bool there;
        KITH_TRY(parse_ahead(m, from, &m->ahead, &there, err));
        if (!there || m->ahead.n != m->columns) break;
        hashes[*n] = hash_row(m, &m->ahead);
        from += m->ahead.bytes;
    }
    return KITH_OK;
}

bool messy_at_mark(const kith_messy *m) {
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
            KITH_TRY(messy_fill(m, PREFIX, err));
            continue;
        }
        if (messy_at_mark(m)) return kith_fail(err, KITH_DATA, "%s:%llu: the stage before failed: its output is not whole", m->in.name, (unsigned long long)m->line);
        if (!kith_record_parse(d, here(m), left(m), m->eof, 0, 0, r)) {
            if (r->failed) return kith_no_memory(err);
            if (left(m) < RUNAWAY || checked) {
                KITH_TRY(messy_fill(m, left(m) < PREFIX ? PREFIX : left(m), err));
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
            messy_step_over(m, r->bytes);
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
    if (!regular && m->columns > 1 && (here(m)[0] == '#' || kith_is_rule((kith_str){here(m), r->raw}))) {
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
            if (same) KITH_TRY(messy_hash_rows(m, r->bytes, hashes, &n, err));
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
