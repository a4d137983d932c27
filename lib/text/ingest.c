/* Reading exports: opening, aligning columns, the loop over records, the account.
 *
 * Files are opened once to learn their columns and again to be read (standard input stays open), so that memory does not grow with their
 * number. A regular file without a schema passes through in blocks, its bytes untouched. */
#include "ingest_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(const kith_ingest *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(const kith_ingest *g, const char *format, ...) {
    char line[600];
    if (!g->o.note) return;
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    g->o.note(g->o.note_ctx, line);
}

static const char *base_name(const char *path) {
    if (strcmp(path, "-") == 0) return "stdin";
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* ---- columns ------------------------------------------------------------------------------------------------ */

static int add_column(kith_ingest *g, kith_str name, size_t rule, kith_error *err) {
    if (g->n == g->room) {
        size_t room = g->room ? 2 * g->room : 32;
        column *more = realloc(g->columns, room * sizeof *more);
        if (!more) return kith_no_memory(err);
        g->columns = more;
        g->room = room;
    }
    char *copy = kith_arena_copy(g->arena, name.p, name.n);
    if (!copy) return kith_no_memory(err);
    g->columns[g->n++] = (column){{copy, name.n}, rule, 0, false};
    return KITH_OK;
}

/* The first column of the file, not taken yet, that is called so. */
static uint32_t find_named(const kith_messy *m, kith_str name, const bool *taken, bool exact) {
    for (size_t i = 0; i < kith_messy_columns(m); i++) {
        kith_str have = kith_messy_name(m, i);
        if (!taken[i] && (exact ? kith_str_equal(have, name) : kith_str_equal_nocase(kith_str_trim(have), name))) return (uint32_t)i;
    }
    return UINT32_MAX;
}

static uint32_t find_rule(const kith_messy *m, const kith_schema_column *c, const bool *taken) {
    for (int exact = 1; exact >= 0; exact--) {
        uint32_t at = find_named(m, c->name, taken, exact);
        for (size_t i = 0; i < c->n_from && at == UINT32_MAX; i++) at = find_named(m, c->from[i], taken, exact);
        if (at != UINT32_MAX) return at;
    }
    return UINT32_MAX;
}

/* A file without a header under a schema: its columns are the schema's, in order, if they are as many. */
static bool by_position(const kith_ingest *g, const kith_messy *m) {
    return g->o.schema && !kith_messy_layout(m)->header_rows && kith_messy_columns(m) == g->o.schema->n;
}

/* Binds the file's columns to the output's, adding those that are new. */
static int align(kith_ingest *g, file *f, const kith_messy *m, kith_error *err) {
    size_t n = kith_messy_columns(m), rules = g->o.schema ? g->o.schema->n : 0;
    f->columns = n;
    f->had_header = kith_messy_layout(m)->header_rows > 0;
    g->some_header |= f->had_header;
    bool *taken = calloc(n ? n : 1, sizeof *taken);
    uint32_t *from = malloc((g->n + n + 1) * sizeof *from);
    int status = taken && from ? KITH_OK : kith_no_memory(err);
    size_t before = g->n;
    for (size_t k = 0; status == KITH_OK && k < before; k++) {
        if (g->columns[k].rule != SIZE_MAX && by_position(g, m)) from[k] = (uint32_t)g->columns[k].rule;
        else if (g->columns[k].rule != SIZE_MAX) from[k] = find_rule(m, &g->o.schema->columns[g->columns[k].rule], taken);
        else from[k] = UINT32_MAX;
        if (from[k] != UINT32_MAX) taken[from[k]] = true;
    }
    for (size_t k = rules; status == KITH_OK && k < before; k++) {
        from[k] = find_named(m, g->columns[k].name, taken, true);
        if (from[k] != UINT32_MAX) taken[from[k]] = true;
    }
    for (size_t i = 0; status == KITH_OK && i < n; i++) {
        if (taken[i]) continue;
        from[g->n] = (uint32_t)i;
        status = add_column(g, kith_messy_name(m, i), SIZE_MAX, err);
    }
    for (size_t k = 0; status == KITH_OK && k < g->n; k++) g->columns[k].seen += from[k] != UINT32_MAX;
    if (status == KITH_OK && g->o.strict && g->o.schema) {
        for (size_t k = 0; k < rules && status == KITH_OK; k++)
            if (from[k] == UINT32_MAX) status = kith_fail(err, KITH_DATA, "%s: no column \"%.*s\" (--strict)", f->path, KITH_STR_FMT(g->columns[k].name));
        if (status == KITH_OK && g->n > before)
            status = kith_fail(err, KITH_DATA, "%s: a column that the schema does not name: %.*s (--strict)", f->path, KITH_STR_FMT(g->columns[before].name));
    }
    if (status == KITH_OK) {
        f->from = kith_arena_alloc(g->arena, (g->n + 1) * sizeof *f->from);
        if (!f->from) status = kith_no_memory(err);
        else memcpy(f->from, from, g->n * sizeof *from);
    }
    free(taken);
    free(from);
    return status;
}

/* Files that all have source and record_id are what an earlier reading gave: they keep theirs, unless names were given. Any other column that is called
 * so is in the way of what is added. */
static int settle_source(kith_ingest *g, kith_error *err) {
    static const char *const names[] = {"source", "record_id"};
    column *of[2] = {NULL, NULL};
    if (!g->add_source) return KITH_OK;
    for (size_t k = g->n; k-- > 0;)
        for (int i = 0; i < 2; i++)
            if (kith_str_is(g->columns[k].name, names[i])) {
                of[i] = &g->columns[k];
                of[i]->replaced = g->o.replace;
            }
    if (!g->o.add_source && !g->o.replace && of[0] && of[1] && of[0]->seen == g->n_files && of[1]->seen == g->n_files) {
        g->add_source = false;
        return KITH_OK;
    }
    for (int i = 0; i < 2; i++)
        if (of[i] && !g->o.replace)
            return kith_fail(err, KITH_DATA, "there is a column '%s' already: --replace puts %s in its place; a schema gives it another name (column,from with a row such as own_%s,%s)",
                             names[i], i ? "the number of the record" : "the file's name", names[i], names[i]);
    return KITH_OK;
}

/* Columns that later files added are not in earlier ones. */
static int widen(kith_ingest *g, kith_error *err) {
    for (size_t i = 0; i < g->n_files; i++) {
        file *f = &g->files[i];
        uint32_t *from = kith_arena_alloc(g->arena, (g->n + 1) * sizeof *from);
        if (!from) return kith_no_memory(err);
        size_t bound = 0;
        for (size_t k = 0; k < g->n; k++) from[k] = UINT32_MAX;
        for (size_t k = 0; k < g->n && f->from && bound < f->columns; k++) {
            from[k] = f->from[k];
            bound += from[k] != UINT32_MAX;
        }
        f->from = from;
        f->straight = !g->o.schema && !g->add_source && f->columns == g->n;
        for (size_t k = 0; k < g->n && f->straight; k++) f->straight = from[k] == k;
    }
    return KITH_OK;
}

static int check_columns(kith_ingest *g, kith_error *err) {
    const kith_schema *s = g->o.schema;
    for (size_t k = 0; s && k < s->n; k++) {
        if (g->columns[k].seen) continue;
        const char **names = malloc((g->n + 1) * sizeof *names);
        if (!names) return kith_no_memory(err);
        size_t n = 0;
        for (size_t i = s->n; i < g->n; i++) names[n++] = g->columns[i].name.p;
        const char *near = kith_nearest_name(g->columns[k].name.p, names, n);
        free(names);
        if (s->columns[k].required)
            return kith_fail(err, KITH_DATA, "%s: no column \"%.*s\", which %s requires%s%s%s", g->files[0].path, KITH_STR_FMT(g->columns[k].name), s->name,
                             near ? " (did you mean " : "", near ? near : "", near ? "? name it in `from`)" : "");
        note(g, "no column \"%.*s\": it stays empty%s%s%s", KITH_STR_FMT(g->columns[k].name), near ? " (did you mean " : "", near ? near : "", near ? "? name it in `from`)" : "");
    }
    return KITH_OK;
}

int kith_ingest_open(kith_ingest **ingest, const char *const *files, size_t n, const kith_ingest_options *options, kith_error *err) {
    kith_ingest *g = calloc(1, sizeof *g);
    if (g) {
        g->o = *options;
        g->arena = kith_arena_new();
        g->files = calloc(n, sizeof *g->files);
        g->n_files = n;
        g->add_source = n > 1 || options->add_source;
    }
    int status = g && g->arena && g->files ? KITH_OK : kith_no_memory(err);
    const kith_schema *s = options->schema;
    if (status == KITH_OK && s) {
        status = kith_schema_cells_new(s, options->region, options->zone, &g->cells, err);
        g->unique = calloc(s->n, sizeof *g->unique);
        if (status == KITH_OK && !g->unique) status = kith_no_memory(err);
        for (size_t i = 0; i < s->n && status == KITH_OK; i++) status = add_column(g, s->columns[i].name, i, err);
    }
    for (size_t i = 0; i < n && status == KITH_OK; i++) {
        file *f = &g->files[i];
        f->path = files[i];
        f->source = i < options->n_sources ? options->sources[i] : base_name(files[i]);
        status = kith_messy_open(&f->messy, f->path, &options->messy, err);
        if (status == KITH_OK && options->strict && kith_messy_empty(f->messy))
            status = kith_fail(err, KITH_DATA, "%s: empty (--strict)", strcmp(f->path, "-") ? f->path : "standard input");
        if (status == KITH_OK) status = align(g, f, f->messy, err);
        if (status == KITH_OK && n > 1 && strcmp(f->path, "-") != 0) {
            kith_messy_close(f->messy);
            f->messy = NULL;
        }
    }
    if (status == KITH_OK) status = settle_source(g, err);
    if (status == KITH_OK) status = widen(g, err);
    if (status == KITH_OK) status = check_columns(g, err);
    if (status != KITH_OK) {
        kith_ingest_close(g);
        return status;
    }
    *ingest = g;
    return KITH_OK;
}

void kith_ingest_close(kith_ingest *g) {
    if (!g) return;
    for (size_t i = 0; g->files && i < g->n_files; i++) kith_messy_close(g->files[i].messy);
    for (size_t i = 0; g->unique && i < g->o.schema->n; i++) kith_seen_free(&g->unique[i]);
    kith_buf *bufs[] = {&g->out, &g->line, &g->cell, &g->scratch, &g->rejects};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) kith_buf_free(bufs[i]);
    kith_schema_cells_free(g->cells);
    kith_arena_free(g->arena);
    free(g->unique);
    free(g->columns);
    free(g->files);
    free(g);
}

/* ---- habits ------------------------------------------------------------------------------------------------- */

typedef struct glance {
    kith_ingest *g;
    const file *f;
    kith_messy *m;
} glance;

static void see(void *ctx, const kith_field *fields, size_t n) {
    glance *l = ctx;
    const kith_schema *s = l->g->o.schema;
    for (size_t k = 0; k < s->n; k++)
        if (l->f->from[k] < n && kith_schema_needs_habits(&s->columns[k]))
            kith_schema_learn(l->g->cells, k, kith_messy_text(l->m, &fields[l->f->from[k]], &l->g->scratch));
}

int ingest_learn_habits(kith_ingest *g, file *f, kith_error *err) {
    const kith_schema *s = g->o.schema;
    bool needed = false;
    for (size_t k = 0; s && k < s->n; k++) needed |= f->from[k] != UINT32_MAX && kith_schema_needs_habits(&s->columns[k]);
    if (!needed) return KITH_OK;
    glance l = {g, f, f->messy};
    if (!g->o.two_pass) {
        KITH_TRY(kith_messy_glance(f->messy, HABITS, see, &l, err));
    } else {
        if (strcmp(f->path, "-") == 0) return kith_fail(err, KITH_USAGE, "--two-pass reads files twice: standard input cannot be");
        KITH_TRY(kith_messy_open(&l.m, f->path, &g->o.messy, err));
        int status = KITH_OK;
        for (bool end = false; status == KITH_OK && !end;) {
            kith_messy_row row;
            status = kith_messy_next(l.m, &row, &end, err);
            if (status == KITH_OK && !end && row.verdict == KITH_ROW) see(&l, row.fields, row.n);
        }
        kith_messy_close(l.m);
        KITH_TRY(status);
    }
    kith_schema_settle(g->cells);
    for (size_t k = 0; k < s->n; k++) {
        bool sure;
        kith_column_habits h;
        const char *what = kith_schema_decision(g->cells, k, &sure, &h);
        if (!*what || sure || f->from[k] == UINT32_MAX) continue;
        if (strcmp(what, "dmy") == 0 || strcmp(what, "mdy") == 0)
            note(g, "%s: %.*s: day or month first? no value decides: read as %s first (transform dmy or mdy says so)", f->path, KITH_STR_FMT(s->columns[k].name),
                 strcmp(what, "dmy") ? "month" : "day");
        else
            note(g, "%s: %.*s: 1.234 or 1,234: thousands or decimals? no value decides: read with a decimal %s (transform comma or point says so)", f->path,
                 KITH_STR_FMT(s->columns[k].name), what);
    }
    return KITH_OK;
}

/* ---- records ------------------------------------------------------------------------------------------------ */

static int flush(kith_ingest *g, bool all, kith_error *err) {
    if (g->out.failed || g->rejects.failed) return kith_no_memory(err);
    if (g->out.n && (all || g->out.n >= FLUSH)) KITH_TRY(kith_sink_buf(g->sink, &g->out, err));
    if (g->rejects.n && g->reject_sink) KITH_TRY(kith_sink_buf(g->reject_sink, &g->rejects, err));
    return KITH_OK;
}

static int reject(kith_ingest *g, file *f, const kith_messy_row *row, kith_str column_name, const char *code, kith_str value, kith_error *err) {
    char shape[32];
    if (g->o.skip && !g->o.strict) {
        f->dropped++;
        g->skipped++;
        return KITH_OK;
    }
    f->rejected++;
    if (g->o.strict || g->o.stop) {
        char like[48] = "";
        if (value.n) snprintf(like, sizeof like, " (like %s)", kith_shape(value, shape));
        return kith_fail(err, KITH_DATA, "%s:%llu: %.*s%s%s%s%s", f->path, (unsigned long long)row->line, KITH_STR_FMT(column_name), column_name.n ? ": " : "", kith_reason_words(code),
                         like, g->o.strict ? " (--strict)" : "");
    }
    if (g->reject_sink) {
        kith_row_writer w = kith_row_begin(&g->rejects, ',');
        kith_put_string(&w, f->path);
        kith_put_int(&w, (int64_t)row->line);
        kith_put_int(&w, (int64_t)row->byte);
        kith_put_text(&w, column_name);
        kith_put_string(&w, code);
        kith_put_text(&w, value);
        kith_put_text(&w, row->raw);
        kith_row_end(&w);
    } else if (g->noted++ < NOTED) {
        if (value.n)
            note(g, "%s:%llu: %.*s%s%s (like %s): rejected", f->path, (unsigned long long)row->line, KITH_STR_FMT(column_name), column_name.n ? ": " : "", kith_reason_words(code),
                 kith_shape(value, shape));
        else
            note(g, "%s:%llu: %.*s%s%s: rejected", f->path, (unsigned long long)row->line, KITH_STR_FMT(column_name), column_name.n ? ": " : "", kith_reason_words(code));
    }
    uint64_t all = 0;
    for (size_t i = 0; i < g->n_files; i++) all += g->files[i].rejected;
    if (all > g->o.max_rejects)
        return kith_fail(err, KITH_DATA, "%s:%llu: more than %llu rows rejected (--max-rejects)", f->path, (unsigned long long)row->line, (unsigned long long)g->o.max_rejects);
    return KITH_OK;
}

/* A row through the schema into the output; or set aside. */
static int put_row(kith_ingest *g, file *f, const kith_messy_row *row, kith_error *err) {
    size_t start = g->out.n;
    kith_row_writer w = kith_row_begin(&g->out, g->o.delimiter);
    kith_str column_name = {"", 0}, value = {"", 0};
    const char *code = NULL;
    for (size_t k = 0; k < g->n && !code; k++) {
        uint32_t from = f->from[k];
        if (g->columns[k].replaced) continue;
        kith_str text = from == UINT32_MAX ? (kith_str){"", 0} : kith_messy_text(f->messy, &row->fields[from], &g->scratch);
        size_t rule = g->columns[k].rule;
        if (rule == SIZE_MAX) {
            kith_put_text(&w, text);
            continue;
        }
        if (from == UINT32_MAX && !g->o.schema->columns[rule].required) {
            kith_put_missing(&w);
            continue;
        }
        code = kith_schema_cell(g->cells, rule, text, &g->cell);
        kith_str made = {g->cell.p ? g->cell.p : "", g->cell.n};
        if (code) column_name = g->columns[k].name, value = text;
        else kith_put_text(&w, made);
    }
    /* Uniqueness last: a row that is rejected for another reason does not take its value away from a later one. */
    for (size_t k = 0; g->o.schema && k < g->o.schema->n && !code; k++) {
        if (!g->o.schema->columns[k].unique || f->from[k] == UINT32_MAX) continue;
        bool known = false;
        kith_str text = kith_messy_text(f->messy, &row->fields[f->from[k]], &g->scratch);
        kith_schema_cell(g->cells, k, text, &g->cell);
        kith_str made = {g->cell.p ? g->cell.p : "", g->cell.n};
        if (made.n && !kith_seen_add(&g->unique[k], made, &known)) return kith_no_memory(err);
        if (known) code = "duplicate", column_name = g->columns[k].name, value = text;
    }
    if (g->cell.failed || g->scratch.failed) return kith_no_memory(err);
    if (code) {
        g->out.n = start;
        return reject(g, f, row, column_name, code, value, err);
    }
    if (g->add_source) {
        kith_put_string(&w, f->source);
        kith_put_int(&w, (int64_t)row->record);
    }
    kith_row_end(&w);
    f->out++;
    return KITH_OK;
}

/* A stretch of regular rows: as it is where delimiters agree, else field by field. */
static int put_block(kith_ingest *g, file *f, kith_str bytes, size_t rows, const uint32_t *ends, kith_error *err) {
    f->in += rows;
    f->out += rows;
    char in = kith_messy_delimiter(f->messy);
    if (in == g->o.delimiter) {
        KITH_TRY(flush(g, true, err));
        return kith_sink_write(g->sink, bytes.p, bytes.n, err);
    }
    uint32_t start = 0;
    for (size_t i = 0; i < rows; i++) {
        kith_row_writer w = kith_row_begin(&g->out, g->o.delimiter);
        for (size_t k = 0; k < f->columns; k++) {
            uint32_t end = ends[i * f->columns + k];
            kith_str raw = {bytes.p + start, end - start};
            bool quoted = raw.n > 1 && raw.p[0] == '"'; /* quoted anew, only where it must be, as records one by one are */
            kith_field field = {raw.p + quoted, raw.n - 2 * quoted, quoted ? KITH_FIELD_QUOTED | KITH_FIELD_ESCAPED : 0};
            kith_put_text(&w, quoted ? kith_field_text(&kith_dialect_rfc4180, &field, &g->scratch) : raw);
            start = end + 1;
        }
        kith_row_end(&w);
    }
    return flush(g, false, err);
}

static int take_record(kith_ingest *g, file *f, const kith_messy_row *row, kith_error *err) {
    f->in++;
    if (row->code && g->o.strict && row->verdict != KITH_REJECT)
        return kith_fail(err, KITH_DATA, "%s:%llu: %s (--strict)", f->path, (unsigned long long)row->line,
                         row->verdict == KITH_DROP ? row->code : kith_reason_words(row->code));
    if (row->verdict == KITH_REJECT) return reject(g, f, row, (kith_str){"", 0}, row->code, (kith_str){"", 0}, err);
    if (row->verdict == KITH_DROP) {
        f->dropped++;
        return KITH_OK;
    }
    if (f->straight && row->plain && kith_messy_delimiter(f->messy) == g->o.delimiter) {
        kith_buf_str(&g->out, row->raw);
        kith_buf_putc(&g->out, '\n');
        f->out++;
    } else {
        KITH_TRY(put_row(g, f, row, err));
    }
    return flush(g, false, err);
}

static void tell(const kith_ingest *g, const file *f) {
    const kith_messy_counts *c = kith_messy_count(f->messy);
    kith_encoding_guess e = kith_messy_encoding(f->messy);
    if (e.doubtful) note(g, "%s: the encoding is not certain: read as %s (--encoding names another)", f->path, kith_encoding_name(e.encoding));
    if (c->bad_characters) note(g, "%s: %llu characters are not %s: U+FFFD", f->path, (unsigned long long)c->bad_characters, kith_encoding_name(e.encoding));
    if (c->nul) note(g, "%s: %llu records hold NUL bytes: kept", f->path, (unsigned long long)c->nul);
    if (c->mended) note(g, "%s: %llu records mended", f->path, (unsigned long long)c->mended);
    if (c->looks_twice && !g->o.messy.twice) note(g, "%s: %llu values of its first 64 KB look like UTF-8 encoded twice (--repair double-utf8 undoes it)", f->path, (unsigned long long)c->looks_twice);
    if (c->twice) note(g, "%s: %llu values were UTF-8 encoded twice: repaired", f->path, (unsigned long long)c->twice);
    uint64_t by_kind = c->preamble + c->comments + c->totals + c->footnotes + c->empty + c->repeated + c->other_tables;
    if (by_kind)
        note(g, "%s: %llu records dropped: %llu before the table, %llu comments, %llu totals, %llu footnotes, %llu empty at the end, %llu repeated headers, %llu of other tables", f->path,
             (unsigned long long)by_kind, (unsigned long long)c->preamble, (unsigned long long)c->comments, (unsigned long long)c->totals, (unsigned long long)c->footnotes,
             (unsigned long long)c->empty, (unsigned long long)c->repeated, (unsigned long long)c->other_tables);
}

static int strict_about(const kith_ingest *g, const file *f, kith_error *err) {
    const kith_messy_counts *c = kith_messy_count(f->messy);
    if (!g->o.strict) return KITH_OK;
    if (c->mended) return kith_fail(err, KITH_DATA, "%s: the header had to be mended (--strict)", f->path);
    if (c->nul) return kith_fail(err, KITH_DATA, "%s: a record holds NUL bytes (--strict)", f->path);
    if (c->bad_characters) return kith_fail(err, KITH_DATA, "%s: a character is not %s (--strict)", f->path, kith_encoding_name(kith_messy_encoding(f->messy).encoding));
    return KITH_OK;
}

static int read_file(kith_ingest *g, file *f, kith_error *err) {
    if (!f->messy) {
        KITH_TRY(kith_messy_open(&f->messy, f->path, &g->o.messy, err));
        if (kith_messy_columns(f->messy) != f->columns) return kith_fail(err, KITH_DATA, "%s: changed while it was read", f->path);
    }
    KITH_TRY(strict_about(g, f, err));
    KITH_TRY(ingest_learn_habits(g, f, err));
    for (;;) {
        if (f->straight) {
            kith_str bytes;
            size_t rows;
            const uint32_t *ends;
            KITH_TRY(kith_messy_block(f->messy, &bytes, &rows, &ends, err));
            if (rows) {
                KITH_TRY(put_block(g, f, bytes, rows, ends, err));
                continue;
            }
        }
        /* One record by itself, or, where the scanner finds nothing, a run of them before it is asked again. */
        for (int i = 0; i < 256; i++) {
            kith_messy_row row;
            bool end;
            KITH_TRY(kith_messy_next(f->messy, &row, &end, err));
            if (end) {
                KITH_TRY(strict_about(g, f, err));
                tell(g, f);
                g->mended += kith_messy_count(f->messy)->mended;
                kith_messy_close(f->messy);
                f->messy = NULL;
                return flush(g, true, err);
            }
            KITH_TRY(take_record(g, f, &row, err));
        }
    }
}

static void put_header(kith_ingest *g) {
    if (!g->n || g->o.header == 2 || (g->o.header == 1 && !g->some_header)) return;
    kith_row_writer w = kith_row_begin(&g->out, g->o.delimiter);
    for (size_t k = 0; k < g->n; k++)
        if (!g->columns[k].replaced) kith_put_name(&w, g->columns[k].name);
    if (g->add_source) {
        kith_put_string(&w, "source");
        kith_put_string(&w, "record_id");
    }
    kith_row_end(&w);
}

int kith_ingest_run(kith_ingest *g, kith_sink *sink, kith_sink *rejects, kith_error *err) {
    g->sink = sink;
    g->reject_sink = rejects;
    if (rejects) kith_buf_puts(&g->rejects, "file,line,byte,column,code,value,raw\n");
    put_header(g);
    int status = KITH_OK;
    for (size_t i = 0; i < g->n_files && status == KITH_OK; i++) status = read_file(g, &g->files[i], err);
    if (status == KITH_OK) status = flush(g, true, err);
    if (status == KITH_OK && g->skipped) note(g, "%llu rows left out (--on-error skip)", (unsigned long long)g->skipped);
    if (status == KITH_OK && !rejects && g->noted > NOTED) note(g, "%zu more rows rejected (--rejects FILE keeps them all)", g->noted - NOTED);
    kith_ingest_totals t = kith_ingest_total(g);
    if (status == KITH_OK && t.rows_in && (double)t.rejected > g->o.max_share * (double)t.rows_in)
        return kith_fail(err, KITH_DATA, "%llu of %llu rows rejected, more than %g%% (--max-rejects)", (unsigned long long)t.rejected, (unsigned long long)t.rows_in, 100 * g->o.max_share);
    return status;
}

void kith_ingest_account(const kith_ingest *g, kith_buf *out) {
    kith_buf_puts(out, "file,rows_in,rows_out,rejected,dropped\n");
    for (size_t i = 0; i < g->n_files; i++) {
        const file *f = &g->files[i];
        kith_row_writer w = kith_row_begin(out, ',');
        kith_put_string(&w, f->path);
        kith_put_int(&w, (int64_t)f->in);
        kith_put_int(&w, (int64_t)f->out);
        kith_put_int(&w, (int64_t)f->rejected);
        kith_put_int(&w, (int64_t)f->dropped);
        kith_row_end(&w);
    }
}

kith_ingest_totals kith_ingest_total(const kith_ingest *g) {
    kith_ingest_totals t = {.mended = g->mended};
    for (size_t i = 0; i < g->n_files; i++) {
        t.rows_in += g->files[i].in;
        t.rows_out += g->files[i].out;
        t.rejected += g->files[i].rejected;
        t.dropped += g->files[i].dropped;
    }
    return t;
}
