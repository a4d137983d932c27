/* Checking: every record against every rule, in one pass, in order.
 *
 * A rule is a column or two, a test, and a tally. Sets (unique, key, references) hold hashes of 128 bits; sums are exact. */
#include <kith/check.h>
#include <kith/sums.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { RULE_RECORDS, RULE_COLUMN, RULE_FAULT, RULE_UNIQUE, RULE_KEY, RULE_REF, RULE_FRESH, RULE_ORDERED, RULE_SUM, RULE_TOTAL, RULE_ROWS } kind;

typedef struct rule {
    kind kind;
    const char *name;
    kith_str column;   /* as it is shown */
    unsigned fault;    /* KITH_FAULT_… */
    size_t schema;     /* column of the schema; SIZE_MAX: none */
    uint32_t *at;      /* the columns of the file that it looks at */
    size_t n_at;
    uint64_t rows, failures;
    kith_buf example;
    bool has_example, failed;
    kith_seen seen;
    int64_t span_us, newest_us;
    bool any, descending;
    kith_buf last;
    double want;
    kith_sum sum;
} rule;

typedef struct checker {
    const kith_check_options *o;
    kith_arena *arena;
    rule *rules;
    size_t n, room;
    kith_schema_cells *cells;
    kith_messy *messy;
    uint32_t *schema_at; /* of each column of the schema */
    kith_buf *values;    /* the normal form of each column of the schema in this row */
    unsigned *faults;
    kith_buf scratch, joined, rows;
    kith_sink *failing;
    const char *file;
    uint64_t count;
} checker;

/* ---- making rules ------------------------------------------------------------------------------------------- */

static rule *add_rule(checker *k, kind what, const char *name, kith_str column) {
    if (k->n == k->room) {
        size_t room = k->room ? 2 * k->room : 32;
        rule *more = realloc(k->rules, room * sizeof *more);
        if (!more) return NULL;
        k->rules = more;
        k->room = room;
    }
    rule *r = &k->rules[k->n++];
    *r = (rule){.kind = what, .name = name, .column = column, .schema = SIZE_MAX};
    return r;
}

static uint32_t column_at(const kith_messy *m, kith_str name) {
    for (size_t i = 0; i < kith_messy_columns(m); i++)
        if (kith_str_equal(kith_messy_name(m, i), name)) return (uint32_t)i;
    int64_t number;
    if (kith_parse_int(name, &number) && number >= 1 && (uint64_t)number <= kith_messy_columns(m)) return (uint32_t)number - 1;
    return UINT32_MAX;
}

static int need_column(checker *k, const kith_messy *m, const char *file, kith_str name, uint32_t *at, kith_error *err) {
    *at = column_at(m, name);
    if (*at != UINT32_MAX) return KITH_OK;
    size_t n = kith_messy_columns(m);
    const char **names = kith_arena_alloc(k->arena, (n + 1) * sizeof *names);
    char *said = kith_arena_copy(k->arena, name.p, name.n);
    for (size_t i = 0; names && i < n; i++) {
        kith_str s = kith_messy_name(m, i);
        names[i] = kith_arena_copy(k->arena, s.p, s.n);
        if (!names[i]) return kith_no_memory(err);
    }
    if (!names || !said) return kith_no_memory(err);
    const char *near = kith_nearest_name(said, names, n);
    return kith_fail(err, KITH_DATA, "%s: no column \"%s\"%s%s%s", file, said, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

/* Columns in a list, separated by `mark`. */
static int need_columns(checker *k, rule *r, kith_str list, char mark, kith_error *err) {
    size_t most = 1;
    for (size_t i = 0; i < list.n; i++) most += list.p[i] == mark;
    r->at = kith_arena_alloc(k->arena, most * sizeof *r->at);
    if (!r->at) return kith_no_memory(err);
    for (size_t start = 0, i = 0; i <= list.n; i++) {
        if (i < list.n && list.p[i] != mark) continue;
        KITH_TRY(need_column(k, k->messy, k->file, kith_str_trim((kith_str){list.p + start, i - start}), &r->at[r->n_at++], err));
        start = i + 1;
    }
    return KITH_OK;
}

static int schema_rules(checker *k, kith_error *err) {
    const kith_schema *s = k->o->schema;
    if (!s) return KITH_OK;
    static const struct {
        unsigned fault;
        const char *name;
    } kinds[] = {{KITH_FAULT_TYPE, "type"}, {KITH_FAULT_MISSING, "required"}, {KITH_FAULT_MIN, "min"}, {KITH_FAULT_MAX, "max"}, {KITH_FAULT_VALUES, "values"}, {KITH_FAULT_PATTERN, "pattern"}};
    KITH_TRY(kith_schema_cells_new(s, k->o->region, k->o->zone, &k->cells, err));
    k->schema_at = kith_arena_alloc(k->arena, s->n * sizeof *k->schema_at);
    k->values = kith_arena_zalloc(k->arena, s->n * sizeof *k->values);
    k->faults = kith_arena_zalloc(k->arena, s->n * sizeof *k->faults);
    if (!k->schema_at || !k->values || !k->faults) return kith_no_memory(err);
    for (size_t i = 0; i < s->n; i++) {
        const kith_schema_column *c = &s->columns[i];
        k->schema_at[i] = column_at(k->messy, c->name);
        for (size_t j = 0; j < c->n_from && k->schema_at[i] == UINT32_MAX; j++) k->schema_at[i] = column_at(k->messy, c->from[j]);
        if (k->schema_at[i] == UINT32_MAX) { /* not there: required or not, the file is not what the schema says */
            rule *r = add_rule(k, RULE_COLUMN, "column", c->name);
            if (!r) return kith_no_memory(err);
            r->failures = 1;
            r->failed = true;
            continue;
        }
        for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++) {
            bool wanted = kinds[j].fault == KITH_FAULT_TYPE ? c->type != KITH_TYPE_TEXT : kinds[j].fault == KITH_FAULT_MISSING ? c->required
                          : kinds[j].fault == KITH_FAULT_MIN ? c->has_min : kinds[j].fault == KITH_FAULT_MAX ? c->has_max
                          : kinds[j].fault == KITH_FAULT_VALUES ? c->n_values > 0 : c->pattern != NULL;
            rule *r = wanted ? add_rule(k, RULE_FAULT, kinds[j].name, c->name) : NULL;
            if (wanted && !r) return kith_no_memory(err);
            if (r) r->fault = kinds[j].fault, r->schema = i;
            if (j == 1 && c->unique) {
                if (!(r = add_rule(k, RULE_UNIQUE, "unique", c->name))) return kith_no_memory(err);
                r->schema = i;
            }
        }
    }
    return KITH_OK;
}

/* COL=… cut at the first equals sign. */
static bool cut(const char *text, kith_str *left, const char **right) {
    const char *mark = strchr(text, '=');
    if (!mark || mark == text || !mark[1]) return false;
    *left = kith_str_trim((kith_str){text, (size_t)(mark - text)});
    *right = mark + 1;
    return true;
}

/* FILE:COL cut at the last colon. */
static char *cut_file(checker *k, const char *text, const char **column) {
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !colon[1]) return NULL;
    *column = colon + 1;
    return kith_arena_copy(k->arena, text, (size_t)(colon - text));
}

/* Each value of a column of another file. */
static int each_value(checker *k, const char *path, const char *column, int (*take)(void *ctx, kith_str value, kith_error *err), void *ctx, kith_error *err) {
    kith_messy *m;
    uint32_t at;
    kith_buf scratch = {0};
    KITH_TRY(kith_messy_open(&m, path, &k->o->messy, err));
    int status = need_column(k, m, path, kith_str_of(column), &at, err);
    for (bool end = false; status == KITH_OK && !end;) {
        kith_messy_row row;
        status = kith_messy_next(m, &row, &end, err);
        if (status == KITH_OK && !end && row.verdict == KITH_REJECT)
            status = kith_fail(err, KITH_DATA, "%s:%llu: %s", path, (unsigned long long)row.line, kith_reason_words(row.code));
        if (status == KITH_OK && !end && row.verdict == KITH_ROW) status = take(ctx, kith_str_trim(kith_messy_text(m, &row.fields[at], &scratch)), err);
    }
    if (status == KITH_OK && scratch.failed) status = kith_no_memory(err);
    kith_buf_free(&scratch);
    kith_messy_close(m);
    return status;
}

static int take_known(void *ctx, kith_str value, kith_error *err) {
    bool known;
    return !value.n || kith_seen_add(ctx, value, &known) ? KITH_OK : kith_no_memory(err);
}

typedef struct adding {
    kith_sum sum;
    kith_arena *arena;
} adding;

static int take_sum(void *ctx, kith_str value, kith_error *err) {
    adding *a = ctx;
    kith_number v;
    return !value.n || !kith_number_parse(value, &v) || kith_sum_add(&a->sum, &v, a->arena) ? KITH_OK : kith_no_memory(err);
}

static int ref_rule(checker *k, const char *said, kith_error *err) {
    kith_str left;
    const char *right, *column;
    char *path = cut(said, &left, &right) ? cut_file(k, right, &column) : NULL;
    if (!path) return kith_fail(err, KITH_USAGE, "--ref takes COL=FILE:COL");
    rule *r = add_rule(k, RULE_REF, "ref", left);
    if (!r) return kith_no_memory(err);
    KITH_TRY(need_columns(k, r, left, '\0', err));
    return each_value(k, path, column, take_known, &r->seen, err);
}

static int fresh_rule(checker *k, const char *said, kith_error *err) {
    kith_str left;
    const char *right;
    int64_t span;
    if (!cut(said, &left, &right) || !kith_parse_duration(right, &span)) return kith_fail(err, KITH_USAGE, "--fresh takes COL=DURATION, such as ts=2d");
    rule *r = add_rule(k, RULE_FRESH, "fresh", left);
    if (!r) return kith_no_memory(err);
    r->span_us = span;
    return need_columns(k, r, left, '\0', err);
}

static int sum_rule(checker *k, const char *said, kith_error *err) {
    kith_str left;
    const char *right;
    if (!cut(said, &left, &right)) return kith_fail(err, KITH_USAGE, "--sum takes COL=COL+COL...");
    rule *r = add_rule(k, RULE_SUM, "sum", left);
    char *all = kith_arena_format(k->arena, "%.*s+%s", KITH_STR_FMT(left), right);
    if (!r || !all) return kith_no_memory(err);
    return need_columns(k, r, kith_str_of(all), '+', err);
}

static int total_rule(checker *k, const char *said, kith_error *err) {
    kith_str left;
    const char *right, *column;
    if (!cut(said, &left, &right)) return kith_fail(err, KITH_USAGE, "--total takes COL=NUMBER or COL=FILE:COL");
    rule *r = add_rule(k, RULE_TOTAL, "total", left);
    if (!r) return kith_no_memory(err);
    KITH_TRY(need_columns(k, r, left, '\0', err));
    if (kith_parse_double(kith_str_trim(kith_str_of(right)), &r->want)) return KITH_OK;
    char *path = cut_file(k, right, &column);
    if (!path) return kith_fail(err, KITH_USAGE, "--total takes COL=NUMBER or COL=FILE:COL");
    adding other = {.arena = k->arena};
    int status = each_value(k, path, column, take_sum, &other, err);
    r->want = kith_sum_total(&other.sum);
    return status;
}

static int make_rules(checker *k, kith_error *err) {
    const kith_check_options *o = k->o;
    rule *r = add_rule(k, RULE_RECORDS, "records", (kith_str){"", 0});
    if (!r) return kith_no_memory(err);
    KITH_TRY(schema_rules(k, err));
    if (o->key) {
        if (!(r = add_rule(k, RULE_KEY, "key", kith_str_of(o->key)))) return kith_no_memory(err);
        KITH_TRY(need_columns(k, r, r->column, ',', err));
    }
    for (size_t i = 0; i < o->n_refs; i++) KITH_TRY(ref_rule(k, o->refs[i], err));
    for (size_t i = 0; i < o->n_fresh; i++) KITH_TRY(fresh_rule(k, o->fresh[i], err));
    for (size_t i = 0; i < o->n_ordered; i++) {
        kith_str name = kith_str_of(o->ordered[i]);
        bool descending = name.n > 1 && name.p[0] == '-';
        if (descending) name = (kith_str){name.p + 1, name.n - 1};
        if (!(r = add_rule(k, RULE_ORDERED, "ordered", name))) return kith_no_memory(err);
        r->descending = descending;
        KITH_TRY(need_columns(k, r, name, '\0', err));
    }
    for (size_t i = 0; i < o->n_sums; i++) KITH_TRY(sum_rule(k, o->sums[i], err));
    for (size_t i = 0; i < o->n_totals; i++) KITH_TRY(total_rule(k, o->totals[i], err));
    if ((o->min_rows >= 0 || o->max_rows >= 0) && !add_rule(k, RULE_ROWS, "rows", (kith_str){"", 0})) return kith_no_memory(err);
    return KITH_OK;
}

/* ---- testing a row ------------------------------------------------------------------------------------------ */

static void fail_row(checker *k, rule *r, const kith_messy_row *row, kith_str value) {
    r->failures++;
    r->failed = true;
    if (!r->has_example) {
        r->has_example = true;
        kith_buf_put(&r->example, value.p, value.n > 200 ? 200 : value.n);
    }
    if (!k->failing) return;
    kith_row_writer w = kith_row_begin(&k->rows, ',');
    kith_put_int(&w, (int64_t)row->line);
    kith_put_string(&w, r->name);
    kith_put_text(&w, r->column);
    for (size_t i = 0; i < row->n; i++) kith_put_text(&w, kith_messy_text(k->messy, &row->fields[i], &k->scratch));
    kith_row_end(&w);
}

static kith_str cell(checker *k, const kith_messy_row *row, uint32_t at) {
    return kith_str_trim(kith_messy_text(k->messy, &row->fields[at], &k->scratch));
}

/* Numbers and ISO times by value, else bytes. */
static int compare(kith_str a, kith_str b) {
    double x, y;
    int64_t s, t;
    if (kith_parse_double(a, &x) && kith_parse_double(b, &y)) return (x > y) - (x < y);
    if (kith_parse_time(a, NULL, &s, NULL) && kith_parse_time(b, NULL, &t, NULL)) return (s > t) - (s < t);
    return kith_str_compare(a, b);
}

static int test_set(checker *k, rule *r, const kith_messy_row *row, kith_str value, kith_error *err) {
    bool known = false;
    r->rows++;
    if (!kith_seen_add(&r->seen, value, &known)) return kith_no_memory(err);
    if (known) fail_row(k, r, row, value);
    return KITH_OK;
}

/* Exact in decimals: .1 + .2 is .3. */
static int test_sum(checker *k, rule *r, const kith_messy_row *row, kith_error *err) {
    kith_sum rest = {0};
    r->rows++;
    for (size_t i = 0; i < r->n_at; i++) {
        kith_str text = cell(k, row, r->at[i]);
        kith_number v;
        if (!text.n) continue;
        if (!kith_number_parse(text, &v)) {
            fail_row(k, r, row, text);
            return KITH_OK;
        }
        if (i && v.is_fixed) v.fixed = -v.fixed;
        else if (i) v.real = -v.real;
        if (!kith_sum_add(&rest, &v, k->arena)) return kith_no_memory(err);
    }
    if (!(fabs(kith_sum_total(&rest)) <= k->o->tolerance)) fail_row(k, r, row, cell(k, row, r->at[0]));
    return KITH_OK;
}

static int test_rule(checker *k, rule *r, const kith_messy_row *row, kith_error *err) {
    kith_str value = {"", 0};
    if (r->n_at == 1) value = cell(k, row, r->at[0]);
    switch (r->kind) {
    case RULE_RECORDS: r->rows++; break;
    case RULE_FAULT: {
        bool missing = !k->values[r->schema].n && !(k->faults[r->schema] & KITH_FAULT_TYPE);
        if (missing && r->fault != KITH_FAULT_MISSING) break;
        if (k->faults[r->schema] & KITH_FAULT_TYPE && r->fault != KITH_FAULT_TYPE && r->fault != KITH_FAULT_MISSING) break;
        r->rows++;
        if (k->faults[r->schema] & r->fault) fail_row(k, r, row, cell(k, row, k->schema_at[r->schema]));
        break;
    }
    case RULE_UNIQUE: {
        const kith_buf *v = &k->values[r->schema];
        value = v->n ? (kith_str){v->p, v->n} : cell(k, row, k->schema_at[r->schema]);
        if (value.n) return test_set(k, r, row, value, err);
        break;
    }
    case RULE_KEY:
        k->joined.n = 0;
        for (size_t i = 0; i < r->n_at; i++) {
            value = cell(k, row, r->at[i]);
            kith_buf_str(&k->joined, value);
            kith_buf_putc(&k->joined, i + 1 < r->n_at ? ',' : 0);
        }
        return test_set(k, r, row, (kith_str){k->joined.p, k->joined.n ? k->joined.n - 1 : 0}, err);
    case RULE_REF:
        if (!value.n) break;
        r->rows++;
        if (!kith_seen_has(&r->seen, value)) fail_row(k, r, row, value);
        break;
    case RULE_FRESH: {
        int64_t us;
        if (!value.n) break;
        r->rows++;
        if (!kith_parse_time(value, k->o->zone, &us, NULL)) fail_row(k, r, row, value);
        else if (!r->any || us > r->newest_us) r->newest_us = us, r->any = true;
        break;
    }
    case RULE_ORDERED: {
        if (!value.n) break;
        kith_str before = {r->last.p ? r->last.p : "", r->last.n};
        int order = r->any ? compare(before, value) : 0;
        r->rows++;
        if (r->descending ? order < 0 : order > 0) fail_row(k, r, row, value);
        r->any = true;
        r->last.n = 0;
        kith_buf_str(&r->last, cell(k, row, r->at[0]));
        break;
    }
    case RULE_SUM: return test_sum(k, r, row, err);
    case RULE_TOTAL: {
        kith_number v;
        if (!value.n) break;
        r->rows++;
        if (!kith_number_parse(value, &v)) fail_row(k, r, row, value);
        else if (!kith_sum_add(&r->sum, &v, k->arena)) return kith_no_memory(err);
        break;
    }
    default: break;
    }
    return KITH_OK;
}

static int test_row(checker *k, const kith_messy_row *row, kith_error *err) {
    k->count++;
    for (size_t i = 0; k->o->schema && i < k->o->schema->n; i++) {
        if (k->schema_at[i] == UINT32_MAX) continue;
        k->faults[i] = kith_schema_faults(k->cells, i, kith_messy_text(k->messy, &row->fields[k->schema_at[i]], &k->scratch), &k->values[i]);
        if (k->values[i].failed) return kith_no_memory(err);
    }
    for (size_t i = 0; i < k->n; i++) KITH_TRY(test_rule(k, &k->rules[i], row, err));
    if (k->scratch.failed || k->joined.failed || k->rows.failed) return kith_no_memory(err);
    return k->failing && k->rows.n > 65536 ? kith_sink_buf(k->failing, &k->rows, err) : KITH_OK;
}

/* ---- the run ------------------------------------------------------------------------------------------------ */

static void see(void *ctx, const kith_field *fields, size_t n) {
    checker *k = ctx;
    for (size_t i = 0; i < k->o->schema->n; i++)
        if (k->schema_at[i] < n && kith_schema_needs_habits(&k->o->schema->columns[i])) kith_schema_learn(k->cells, i, kith_messy_text(k->messy, &fields[k->schema_at[i]], &k->scratch));
}

static int check_file(checker *k, kith_error *err) {
    if (k->o->schema) {
        KITH_TRY(kith_messy_glance(k->messy, 64 << 20, see, k, err));
        kith_schema_settle(k->cells);
    }
    for (;;) {
        kith_messy_row row;
        bool end;
        KITH_TRY(kith_messy_next(k->messy, &row, &end, err));
        if (end) return KITH_OK;
        if (row.verdict == KITH_ROW && !row.code) {
            KITH_TRY(test_row(k, &row, err));
        } else if (row.verdict == KITH_REJECT && strcmp(row.code, "unclosed_quote") == 0) {
            return kith_fail(err, KITH_DATA, "%s:%llu: %s", k->file, (unsigned long long)row.line, kith_reason_words(row.code));
        } else if (row.verdict != KITH_DROP) { /* mended or not, it is not as it should be */
            k->count++;
            rule *r = &k->rules[0];
            r->rows++;
            fail_row(k, r, &row, kith_str_of(row.code));
        }
    }
}

static void settle(checker *k, rule *r) {
    char text[64];
    if (r->kind == RULE_FRESH && !r->failed) {
        bool stale = !r->any || k->o->now_us - r->newest_us > r->span_us;
        r->failed = stale;
        r->failures = stale ? r->rows : 0;
        if (r->any && stale) kith_buf_put(&r->example, text, kith_format_time(r->newest_us, text));
    }
    if (r->kind == RULE_TOTAL) {
        double sum = kith_sum_total(&r->sum);
        if (!(fabs(sum - r->want) <= k->o->tolerance)) {
            r->failed = true;
            r->failures += !r->failures;
            r->example.n = 0;
            kith_buf_double(&r->example, sum);
        }
    }
    if (r->kind == RULE_ROWS) {
        int64_t n = (int64_t)k->count;
        r->rows = k->count;
        r->failed = (k->o->min_rows >= 0 && n < k->o->min_rows) || (k->o->max_rows >= 0 && n > k->o->max_rows);
        r->failures = r->failed;
        if (r->failed) kith_buf_int(&r->example, n);
    }
}

static void report(checker *k, kith_buf *out, bool *failed) {
    kith_buf_puts(out, "rule,column,rows,failures,share,example,verdict\n");
    for (size_t i = 0; i < k->n; i++) {
        rule *r = &k->rules[i];
        settle(k, r);
        kith_row_writer w = kith_row_begin(out, ',');
        kith_put_string(&w, r->name);
        kith_put_text(&w, r->column);
        kith_put_int(&w, (int64_t)r->rows);
        kith_put_int(&w, (int64_t)r->failures);
        kith_put_double(&w, r->rows ? (double)r->failures / (double)r->rows : r->failures ? 1 : 0);
        kith_put_text(&w, (kith_str){r->example.p ? r->example.p : "", r->example.n});
        kith_put_string(&w, r->failed ? "fail" : "ok");
        kith_row_end(&w);
        *failed |= r->failed;
        out->failed |= r->example.failed;
    }
}

int kith_check_run(const char *const *files, size_t n, const kith_check_options *options, kith_buf *out, kith_sink *failing, uint64_t *rows, bool *failed, kith_error *err) {
    checker k = {.o = options, .arena = kith_arena_new(), .failing = failing};
    int status = k.arena ? KITH_OK : kith_no_memory(err);
    *failed = false;
    kith_buf header = {0};
    for (size_t i = 0; i < n && status == KITH_OK; i++) {
        k.file = files[i];
        status = kith_messy_open(&k.messy, files[i], &options->messy, err);
        if (status != KITH_OK) break;
        if (kith_messy_empty(k.messy)) status = kith_fail(err, KITH_DATA, "%s: empty: not even a header", files[i]);
        kith_buf mine = {0}; /* all files have the same columns */
        for (size_t c = 0; c < kith_messy_columns(k.messy); c++) {
            kith_buf_str(&mine, kith_messy_name(k.messy, c));
            kith_buf_putc(&mine, '\n');
        }
        if (status == KITH_OK && mine.failed) status = kith_no_memory(err);
        if (status == KITH_OK && i && (mine.n != header.n || memcmp(mine.p, header.p, mine.n))) status = kith_fail(err, KITH_DATA, "%s: its columns are not those of %s", files[i], files[0]);
        if (i == 0) {
            header = mine;
            if (status == KITH_OK) status = make_rules(&k, err);
            if (status == KITH_OK && failing) {
                kith_row_writer w = kith_row_begin(&k.rows, ',');
                kith_put_string(&w, "line");
                kith_put_string(&w, "rule");
                kith_put_string(&w, "column");
                for (size_t c = 0; c < kith_messy_columns(k.messy); c++) kith_put_name(&w, kith_messy_name(k.messy, c));
                kith_row_end(&w);
            }
        } else {
            kith_buf_free(&mine);
        }
        if (status == KITH_OK) status = check_file(&k, err);
        kith_messy_close(k.messy);
        k.messy = NULL;
    }
    if (status == KITH_OK) report(&k, out, failed);
    if (status == KITH_OK && out->failed) status = kith_no_memory(err);
    if (status == KITH_OK && failing) status = kith_sink_buf(failing, &k.rows, err);
    *rows = k.count;
    kith_messy_close(k.messy);
    for (size_t i = 0; i < k.n; i++) {
        kith_buf_free(&k.rules[i].example);
        kith_buf_free(&k.rules[i].last);
        kith_seen_free(&k.rules[i].seen);
    }
    for (size_t i = 0; k.values && i < options->schema->n; i++) kith_buf_free(&k.values[i]);
    kith_schema_cells_free(k.cells);
    kith_buf *bufs[] = {&header, &k.scratch, &k.joined, &k.rows};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) kith_buf_free(bufs[i]);
    free(k.rules);
    kith_arena_free(k.arena);
    return status;
}
