/* Where the table lies in a text: what stands before it, its header rows, its columns.
 *
 * A header is told from data by contrast: in a column whose values are numbers or dates, or all of one shape, a header is neither.
 * Where nothing contrasts (all columns are text), the first row is taken for a header if it looks like names: filled, short, no figures. */
#include "messy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 1000, MOST_HEADER = 5, MOST_PREAMBLE = 60 };

/* A record of the sample: where it stands, and what is needed of it before the models are there. */
typedef struct seen {
    size_t at, bytes, lines, n, filled; /* filled: fields that are not empty */
    bool blank, comment, odd;
} seen;

typedef struct sample {
    const char *p;
    size_t n;
    bool final;
    seen *rows;
    size_t n_rows;
} sample;

static int read_sample(sample *s, const kith_dialect *d, kith_record *r, kith_error *err) {
    size_t room = 64;
    s->rows = malloc(room * sizeof *s->rows);
    if (!s->rows) return kith_no_memory(err);
    for (size_t at = 0; at < s->n && s->n_rows < MOST_ROWS;) {
        if (!kith_record_parse(d, s->p + at, s->n - at, s->final, 0, 0, r)) {
            if (r->failed) return kith_no_memory(err);
            break;
        }
        if ((r->stray || r->open) && r->lines > 1) { /* a stray quote ran away: its line alone */
            if (!kith_record_parse(d, s->p + at, s->n - at, true, KITH_RECORD_LINE, 0, r)) break;
            r->stray++;
        }
        if (s->n_rows == room) {
            seen *more = realloc(s->rows, 2 * room * sizeof *more);
            if (!more) return kith_no_memory(err);
            s->rows = more;
            room *= 2;
        }
        seen *row = &s->rows[s->n_rows++];
        *row = (seen){at, r->bytes, r->lines, r->n, 0, r->blank, s->p[at] == '#', r->stray || r->open};
        for (size_t i = 0; i < r->n; i++) row->filled += kith_str_trim((kith_str){r->fields[i].p, r->fields[i].n}).n > 0;
        at += r->bytes;
    }
    return KITH_OK;
}

/* Whether the row can be a row of the table: not a line before it. */
static bool in_table(const seen *row, size_t columns) {
    if (row->blank || !row->filled) return false;
    if (row->comment && row->n != columns) return false;
    if (row->n == columns) return columns < 3 || row->filled >= 2;
    return false;
}

/* The first record of the table: what stands before it has another number of fields, or one filled field in a row of many. */
static size_t find_start(const sample *s, size_t columns) {
    size_t i = 0;
    while (i < s->n_rows && i < MOST_PREAMBLE && !in_table(&s->rows[i], columns)) i++;
    if (i == s->n_rows || i == MOST_PREAMBLE) { /* no such row: the first that is not blank */
        for (i = 0; i < s->n_rows && s->rows[i].blank && columns > 1; i++) continue;
        return i < s->n_rows ? i : 0;
    }
    /* A header row that is one field short or long, right before rows of the right length, is a header with a fault. */
    if (i == 1 && s->rows[0].n + 1 >= columns && s->rows[0].n <= columns + 1 && columns > 2 && s->rows[0].filled + 1 >= columns) return 0;
    if (columns == 1) i = 0;
    return i;
}

static void learn(kith_layout *l, const sample *s, size_t from, kith_record *r, kith_buf *scratch) {
    memset(l->models, 0, (l->columns ? l->columns : 1) * sizeof *l->models);
    l->regular = 0;
    for (size_t i = from; i < s->n_rows; i++) {
        const seen *row = &s->rows[i];
        if (row->blank || row->odd || row->n != l->columns) continue;
        if (!kith_record_parse(&l->dialect, s->p + row->at, row->bytes, true, 0, 0, r)) continue;
        if (kith_is_total((kith_str){r->fields[0].p, r->fields[0].n})) continue;
        l->regular++;
        for (size_t c = 0; c < l->columns; c++)
            kith_model_learn(&l->models[c], kith_field_text(&l->dialect, &r->fields[c], scratch), r->fields[c].flags & KITH_FIELD_QUOTED);
    }
}

/* The main kind of a column's filled values, or KIND_TEXT. */
static kith_kind main_kind(const kith_model *m) {
    uint32_t full = m->n - m->kinds[KIND_EMPTY];
    for (int k = KIND_NUMBER; k <= KIND_URL; k++)
        if (full && m->kinds[k] * 5 >= full * 4) return (kith_kind)k;
    return KIND_TEXT;
}

static bool is_year(kith_str s) {
    int64_t year;
    return s.n == 4 && kith_parse_int(s, &year) && year >= 1800 && year <= 2200;
}

/* What stands for a missing value says nothing. */
static bool no_value(kith_str s) {
    static const char *const words[] = {"n/a", "na", "null", "none", "nan", "-", "--", "?", "unknown", "\\N"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (kith_str_equal_nocase(s, kith_str_of(words[i]))) return true;
    return false;
}

/* What row `at` says about being a header, against the models of the rows behind it: columns for, columns against. */
static void contrast(const kith_layout *l, const sample *s, size_t at, kith_record *r, kith_buf *scratch, size_t *for_it, size_t *against,
                     bool *like_names) {
    *for_it = *against = 0;
    *like_names = true;
    size_t years = 0, texts = 0;
    if (!kith_record_parse(&l->dialect, s->p + s->rows[at].at, s->rows[at].bytes, true, 0, 0, r)) return;
    for (size_t c = 0; c < r->n; c++) {
        kith_str text = kith_str_trim(kith_field_text(&l->dialect, &r->fields[c], scratch));
        kith_kind kind = kith_kind_of(text);
        if (kind == KIND_EMPTY) {
            *like_names &= r->n > 1 && c + 1 == r->n;
            continue;
        }
        if (at > 0 && no_value(text)) continue;
        years += is_year(text);
        texts += kind >= KIND_CODE;
        if (kith_kind_typed(kind) || text.n > 64) *like_names = false;
        if (c >= l->columns || !l->models[c].n) continue;
        const kith_model *m = &l->models[c];
        kith_kind usual = main_kind(m);
        if (usual != KIND_TEXT) {
            /* A word that is a quantity nowhere else, such as n/a, is no proof, but it is one column of several. */
            if (kind == usual) ++*against;
            else if (!kith_kind_typed(kind)) ++*for_it;
        } else if (kith_model_strict(m)) {
            if (kith_model_fit(m, text, r->fields[c].flags & KITH_FIELD_QUOTED) == 2) {
                if (kind == KIND_CODE) ++*against;
            } else if (m->kinds[KIND_CODE] * 2 > m->n) {
                ++*for_it;
            }
        }
    }
    /* country,2019,2020,2021: years over other figures are names. */
    if (years >= 2 && years == *against && texts) {
        bool values_are_years = true;
        for (size_t c = 0; c < l->columns && c < r->n && values_are_years; c++) {
            kith_str text = kith_str_trim(kith_field_text(&l->dialect, &r->fields[c], scratch));
            if (is_year(text)) values_are_years = l->models[c].n_exact == 1 && kith_model_fit(&l->models[c], KITH_STR("2000"), false) == 2;
        }
        if (!values_are_years) {
            *for_it += years;
            *against = 0;
            *like_names = true;
        }
    }
}

static bool same_row(const kith_layout *l, const sample *s, size_t a, size_t b) {
    kith_record x = {0}, y = {0};
    bool same = kith_record_parse(&l->dialect, s->p + s->rows[a].at, s->rows[a].bytes, true, 0, 0, &x) &&
                kith_record_parse(&l->dialect, s->p + s->rows[b].at, s->rows[b].bytes, true, 0, 0, &y) && x.n == y.n && x.n > 1;
    for (size_t i = 0; same && i < x.n; i++) same = kith_str_equal((kith_str){x.fields[i].p, x.fields[i].n}, (kith_str){y.fields[i].p, y.fields[i].n});
    kith_record_free(&x);
    kith_record_free(&y);
    return same;
}

/* The number of header rows from row `start`. */
static size_t find_header(kith_layout *l, const sample *s, size_t start, kith_record *r, kith_buf *scratch) {
    size_t rows = 0, for_it = 0, against = 0;
    bool like_names = false;
    learn(l, s, start + 1, r, scratch);
    contrast(l, s, start, r, scratch, &for_it, &against, &like_names);
    /* Further header rows hide in the models: learn from behind them when deciding on the first. */
    if (l->regular > 4) {
        learn(l, s, start + (l->regular > 8 ? 5 : 2), r, scratch);
        contrast(l, s, start, r, scratch, &for_it, &against, &like_names);
    }
    bool header = for_it > against || (for_it == against && like_names && against == 0) || (for_it == against && for_it && like_names);
    snprintf(l->why_header, sizeof l->why_header, "%zu columns where the first row is unlike the others, %zu where it is like them%s", for_it, against,
             for_it == against ? like_names ? ", and it reads like names" : ", and it reads like values" : "");
    if (!header) {
        learn(l, s, start, r, scratch);
        return 0;
    }
    for (rows = 1; rows < MOST_HEADER && start + rows + 1 < s->n_rows; rows++) {
        const seen *row = &s->rows[start + rows];
        if (row->blank || row->n != s->rows[start].n) break;
        if (same_row(l, s, start, start + rows)) continue;
        learn(l, s, start + rows + 1, r, scratch);
        if (l->regular < 4) break;
        contrast(l, s, start + rows, r, scratch, &for_it, &against, &like_names);
        if (for_it < 2 || against || for_it * 2 < l->columns) break;
    }
    learn(l, s, start + rows, r, scratch);
    return rows;
}

/* A file in which every line is one quoted field: its inner text is the table. */
static int try_wrapped(const char *p, size_t n, bool final, const kith_dialect_wishes *wishes, kith_layout *layout, bool *wrapped, kith_error *err) {
    *wrapped = false;
    if (!n || p[0] != '"') return KITH_OK;
    size_t sample_n = n < 65536 ? n : 65536, lines = 0;
    kith_dialect outer = kith_dialect_rfc4180;
    outer.lines |= KITH_LINE_CR;
    kith_record r = {0};
    bool fits = true;
    for (size_t at = 0; at < sample_n && fits && lines < 50;) {
        if (!kith_record_parse(&outer, p + at, sample_n - at, final && sample_n == n, 0, 0, &r)) break;
        at += r.bytes;
        if (r.blank) continue;
        lines++;
        fits = r.n == 1 && r.fields[0].flags & KITH_FIELD_QUOTED && !r.stray && !r.open;
    }
    kith_record_free(&r);
    if (!fits || lines < 2) return KITH_OK;
    kith_buf inner = {0};
    kith_unwrap(p, sample_n, final && sample_n == n, &inner);
    if (inner.failed) {
        kith_buf_free(&inner);
        return kith_no_memory(err);
    }
    kith_layout inside;
    int status = kith_layout_detect(inner.p ? inner.p : "", inner.n, final && sample_n == n, wishes, &inside, err);
    if (status == KITH_OK && inside.columns > 1 && !inside.dialect.wrapped && inside.dialect.delimiter_n && inside.dialect.delimiter[0] != ' ' &&
        inside.dialect.delimiter[0] != ':' && inside.regular * 10 >= (inside.sampled - inside.header_rows) * 9) {
        *layout = inside;
        layout->dialect.wrapped = true;
        *wrapped = true;
    } else if (status == KITH_OK) {
        kith_layout_free(&inside);
    }
    kith_buf_free(&inner);
    return status;
}

/* As told, the table starts behind so many records: what stands before it says nothing about it (another table, perhaps). */
static int behind(const sample *s, const kith_dialect_wishes *wishes, kith_layout *layout, kith_error *err) {
    size_t skip = (size_t)wishes->skip, lines = 0, records = 0;
    while (skip + 1 < s->n_rows && s->rows[skip].blank) skip++; /* an empty line is no record */
    size_t at = s->rows[skip].at;
    kith_dialect_wishes rest = *wishes;
    rest.skip = 0;
    for (size_t i = 0; i < skip; i++) {
        lines += s->rows[i].lines;
        records += s->rows[i].filled > 0;
    }
    KITH_TRY(kith_layout_detect(s->p + at, s->n - at, s->final, &rest, layout, err));
    layout->skip_bytes += at;
    layout->skip_lines += lines;
    layout->skip_records += records;
    return KITH_OK;
}

int kith_layout_detect(const char *p, size_t n, bool final, const kith_dialect_wishes *wishes, kith_layout *layout, kith_error *err) {
    *layout = (kith_layout){0};
    if (!wishes->delimiter && !wishes->quote) {
        bool wrapped;
        KITH_TRY(try_wrapped(p, n, final, wishes, layout, &wrapped, err));
        if (wrapped) return KITH_OK;
    }
    kith_record r = {0};
    kith_buf scratch = {0};
    sample s = {p, n, final, NULL, 0};
    /* sep=; in the first line is Excel's own note. */
    kith_dialect said = kith_dialect_rfc4180;
    kith_dialect_wishes own = *wishes;
    size_t noted = 0;
    if (n > 5 && !memcmp(p, "sep=", 4) && !wishes->delimiter && (p[5] == '\n' || p[5] == '\r')) {
        said.delimiter[0] = p[4];
        own.delimiter = true;
        if (own.dialect) {
            said.quote = own.quote ? own.dialect->quote : said.quote;
            said.escape = own.escape ? own.dialect->escape : said.escape;
        }
        own.dialect = &said;
        noted = p[5] == '\r' && n > 6 && p[6] == '\n' ? 7 : 6;
    }
    kith_dialect_detect(p + noted, n - noted, final, &own, layout, &r);
    snprintf(layout->why_delimiter, sizeof layout->why_delimiter, "%s", noted ? "the file says so (sep=)" : wishes->delimiter ? "as told" :
             layout->columns < 2 ? "no delimiter gives rows of equal length" : "rows of equal length, cells that look like values");
    int status = r.starved ? kith_no_memory(err) : read_sample(&s, &layout->dialect, &r, err);
    if (status == KITH_OK && wishes->skip > 0 && (size_t)wishes->skip < s.n_rows) {
        status = behind(&s, wishes, layout, err);
        free(s.rows);
        kith_record_free(&r);
        kith_buf_free(&scratch);
        return status;
    }
    if (status == KITH_OK) {
        size_t start = wishes->skip >= 0 ? (size_t)wishes->skip : find_start(&s, layout->columns);
        if (noted && start < 1) start = 1;
        if (start > s.n_rows) start = s.n_rows;
        if (wishes->skip >= 0 && start < s.n_rows) layout->columns = layout->columns ? layout->columns : s.rows[start].n;
        if (!layout->columns) layout->columns = start < s.n_rows ? s.rows[start].n : 0;
        layout->models = calloc(layout->columns ? layout->columns : 1, sizeof *layout->models);
        if (!layout->models) status = kith_no_memory(err);
        if (status == KITH_OK && start < s.n_rows) {
            layout->skip_bytes = s.rows[start].at;
            for (size_t i = 0; i < start; i++) {
                layout->skip_lines += s.rows[i].lines;
                layout->skip_records += s.rows[i].filled > 0;
            }
            if (wishes->header >= 0) {
                layout->header_rows = (size_t)wishes->header < s.n_rows - start ? (size_t)wishes->header : s.n_rows - start;
                learn(layout, &s, start + layout->header_rows, &r, &scratch);
                snprintf(layout->why_header, sizeof layout->why_header, "as told");
            } else {
                layout->header_rows = find_header(layout, &s, start, &r, &scratch);
                /* Data from the first row on, and right above a line of names that is broken: that is the header. */
                const seen *above = start ? &s.rows[start - 1] : NULL;
                bool mended;
                if (!layout->header_rows && above && !above->blank && !above->comment && wishes->skip < 0 &&
                    kith_header_read(&layout->dialect, layout->columns, p + above->at, above->bytes, &r, &mended)) {
                    layout->header_rows = 1;
                    layout->skip_bytes = above->at;
                    layout->skip_lines -= above->lines;
                    layout->skip_records -= above->filled > 0;
                    start--;
                    snprintf(layout->why_header, sizeof layout->why_header, "a broken line of names right above rows that are all data");
                }
            }
            for (size_t i = 0; i < layout->header_rows; i++) layout->header_bytes += s.rows[start + i].bytes;
        }
        layout->sampled = s.n_rows - (start < s.n_rows ? start : s.n_rows);
    }
    if (status == KITH_OK && (scratch.failed || r.starved)) status = kith_no_memory(err);
    free(s.rows);
    kith_record_free(&r);
    kith_buf_free(&scratch);
    if (status != KITH_OK) kith_layout_free(layout);
    return status;
}

void kith_layout_free(kith_layout *layout) {
    free(layout->models);
    layout->models = NULL;
}
