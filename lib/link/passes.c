/* The fit as a fold: one state a pass and shard, merged, then a step (dedupe fit --step).
 *
 *   rows      the rows whose contents hash least, a million at most ──► fields
 *   values    those rows and, for every field, each value with its count ──► junk, buckets, keys, u; the census
 *   patterns  patterns of the candidate pairs with their counts ──► EM, new keys; and once more: EM, the model
 *
 * A pattern pass needs all records of a block in one place: a task takes a part of the blocks (--part) from all files, or
 * from a file of the records that fall into that part (dedupe link --scatter). All that is added up are whole numbers,
 * so the model is that of a single run to the byte as long as the rows kept are all the rows; beyond, fields, junk, keys
 * and the random pairs come from the million rows kept. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

enum { F = KITH_LINK_FIELDS, ROWS, VALUES, PATTERNS };

typedef struct kept {
    uint64_t hash;
    kith_str row; /* as a record with commas, in the state's arena */
} kept;

typedef struct counted {
    uint64_t pattern, count;
} counted;

typedef struct passing {
    kith_arena *arena;
    int pass;
    size_t limit;
    kith_link_model model; /* values: the fields */
    bool bound;
    kith_link_store store; /* rows not taken in yet */
    kith_str header;       /* as a record with commas; p NULL: not known yet */
    uint32_t columns;
    uint64_t rows;
    kept *sample;
    size_t n_sample, room;
    kith_link_values values[F];
    link_intern interned[F];
    counted *pattern; /* in order */
    size_t n_patterns;
} passing;

static void free_state(void *v) {
    passing *s = v;
    if (!s) return;
    if (s->bound) kith_link_store_free(&s->store);
    for (uint32_t f = 0; f < F; f++) free(s->values[f].text), free(s->values[f].hash), free(s->values[f].count), free(s->interned[f].slot);
    free(s->sample), free(s->pattern);
    kith_arena_free(s->arena);
    free(s);
}

static int init(const kith_params *params, void **out, kith_error *err) {
    passing *s = calloc(1, sizeof *s);
    *out = s;
    if (!s || !(s->arena = kith_arena_new())) return kith_no_memory(err);
    const char *pass = kith_params_get(params, "pass"), *fields = kith_params_get(params, "fields");
    double limit = kith_params_number(params, "sample", 1e6);
    s->pass = strcmp(pass, "rows") == 0 ? ROWS : strcmp(pass, "values") == 0 ? VALUES : strcmp(pass, "patterns") == 0 ? PATTERNS : 0;
    if (!s->pass || !(limit >= 1 && limit <= 1e9)) return kith_fail(err, KITH_USAGE, "a pass is rows, values or patterns, of a sample of 1 to 1e9 rows");
    s->limit = (size_t)limit;
    for (uint32_t f = 0; f < F; f++) s->values[f].n = 1;
    return s->pass == VALUES ? kith_link_fields_parse(kith_str_of(fields), s->arena, &s->model, err) : KITH_OK;
}

/* ---- taking rows in ------------------------------------------------------------------------------------------ */

static int set_header(passing *s, kith_str header, uint32_t columns, kith_error *err) {
    if (s->header.p) return kith_str_equal(s->header, header) ? KITH_OK : kith_fail(err, KITH_DATA, "the shards differ in their columns");
    s->header = (kith_str){kith_arena_copy(s->arena, header.p, header.n), header.n};
    s->columns = columns;
    return s->header.p ? KITH_OK : kith_no_memory(err);
}

static int bind(void *v, const kith_header *h, kith_error *err) {
    passing *s = v;
    kith_buf row = {0};
    kith_row_writer w = kith_row_begin(&row, ',');
    for (uint32_t c = 0; c < h->n; c++) kith_put_text(&w, h->names[c]);
    int status = row.failed ? kith_no_memory(err) : set_header(s, (kith_str){row.p, row.n}, h->n, err);
    kith_buf_free(&row);
    for (uint32_t f = 0; f < s->model.n_fields && status == KITH_OK; f++)
        for (uint32_t c = 0, at; c < s->model.field[f].n_columns && status == KITH_OK; c++) status = kith_column(h, s->model.field[f].column[c], &at, err);
    if (status == KITH_OK) status = kith_link_store_init(&s->store, h, err);
    s->bound = status == KITH_OK;
    return status;
}

static int step(void *v, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)out;
    return kith_link_store_add(&((passing *)v)->store, b, err);
}

static int by_hash(const void *a, const void *b) {
    const kept *x = a, *y = b;
    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : kith_str_compare(x->row, y->row);
}

static void prune(passing *s) {
    if (s->n_sample) qsort(s->sample, s->n_sample, sizeof *s->sample, by_hash);
    if (s->n_sample > s->limit) s->n_sample = s->limit;
}

static int keep(passing *s, kith_str row, kith_error *err) {
    if (s->n_sample == s->room) {
        if (s->n_sample >= 2 * s->limit) prune(s);
        size_t room = s->n_sample == s->room ? (s->room ? 2 * s->room : 1024) : s->room;
        kept *more = realloc(s->sample, room * sizeof *more);
        if (!more) return kith_no_memory(err);
        s->sample = more;
        s->room = room;
    }
    kept k = {kith_hash(row.p, row.n, 1), {kith_arena_copy(s->arena, row.p, row.n), row.n}};
    if (!k.row.p) return kith_no_memory(err);
    s->sample[s->n_sample++] = k;
    return KITH_OK;
}

static int count_value(passing *s, uint32_t f, kith_str text, uint64_t by, kith_error *err) {
    uint32_t id = link_intern_text(&s->values[f], &s->interned[f], s->arena, text);
    if (!id) return kith_no_memory(err);
    uint64_t n = s->values[f].count[id] + by;
    s->values[f].count[id] = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
    return KITH_OK;
}

/* The rows of the store into the sample and the counts. */
static int settle(passing *s, kith_error *err) {
    if (!s->bound || !s->store.rows || s->pass == PATTERNS) return KITH_OK;
    kith_buf row = {0};
    kith_arena *cells = kith_arena_new();
    int status = cells ? KITH_OK : kith_no_memory(err);
    for (size_t p = 0; p < s->store.n_pieces && status == KITH_OK; p++) {
        for (uint32_t i = 0; i < s->store.pieces[p].rows && status == KITH_OK; i++) {
            row.n = 0;
            kith_row_writer w = kith_row_begin(&row, ',');
            for (uint32_t c = 0; c < s->columns; c++) kith_put_text(&w, kith_link_cell(&s->store, &s->store.pieces[p], i, c, cells));
            status = row.failed ? kith_no_memory(err) : keep(s, (kith_str){row.p, row.n}, err);
        }
        kith_arena_reset(cells);
    }
    s->rows += s->store.rows;
    kith_link_data data = {0};
    if (status == KITH_OK && s->pass == VALUES) status = link_data_intern(&data, &s->store, &s->model, 1, err);
    for (uint32_t f = 0; f < s->model.n_fields && status == KITH_OK && s->pass == VALUES; f++)
        for (uint32_t id = 1; id < data.values[f].n && status == KITH_OK; id++) status = count_value(s, f, data.values[f].text[id], data.values[f].count[id], err);
    kith_link_data_free(&data);
    kith_link_store_free(&s->store);
    s->bound = false;
    kith_arena_free(cells);
    kith_buf_free(&row);
    return status;
}

/* ---- merging, saving ----------------------------------------------------------------------------------------- */

static int merge_patterns(passing *into, const passing *from, kith_error *err) {
    size_t n = 0, i = 0, j = 0;
    counted *all = malloc(sizeof *all * (into->n_patterns + from->n_patterns + 1));
    if (!all) return kith_no_memory(err);
    while (i < into->n_patterns || j < from->n_patterns) {
        const counted *a = i < into->n_patterns ? &into->pattern[i] : NULL, *b = j < from->n_patterns ? &from->pattern[j] : NULL;
        counted *to = &all[n++];
        *to = a && (!b || a->pattern <= b->pattern) ? *a : *b;
        if (a && b && a->pattern == b->pattern) to->count = a->count + b->count;
        i += a && to->pattern == a->pattern;
        j += b && to->pattern == b->pattern;
    }
    free(into->pattern);
    into->pattern = all;
    into->n_patterns = n;
    return KITH_OK;
}

/* Rows that wait for a pattern pass: copied behind the others. */
static int merge_store(passing *into, passing *from, kith_error *err) {
    if (!from->bound || !from->store.rows) return KITH_OK;
    if (!into->bound) {
        KITH_TRY(kith_link_store_init(&into->store, &from->store.header, err));
        into->bound = true;
    }
    for (size_t p = 0; p < from->store.n_pieces; p++) {
        const kith_link_piece *piece = &from->store.pieces[p];
        kith_batch b = {.bytes = piece->bytes, .ends = piece->ends, .starts = piece->starts, .rows = piece->rows, .cols = from->store.header.n, .delimiter = from->store.delimiter, .quoted = true};
        KITH_TRY(kith_link_store_add(&into->store, &b, err));
    }
    return KITH_OK;
}

static int merge(void *a, void *b, kith_error *err) {
    passing *into = a, *from = b;
    KITH_TRY(settle(into, err));
    KITH_TRY(settle(from, err));
    if (from->header.p && from->pass != PATTERNS) KITH_TRY(set_header(into, from->header, from->columns, err));
    into->rows += from->rows;
    for (size_t i = 0; i < from->n_sample; i++) KITH_TRY(keep(into, from->sample[i].row, err));
    for (uint32_t f = 0; f < F; f++)
        for (uint32_t id = 1; id < from->values[f].n; id++) KITH_TRY(count_value(into, f, from->values[f].text[id], from->values[f].count[id], err));
    KITH_TRY(merge_patterns(into, from, err));
    return merge_store(into, from, err);
}

typedef struct ordered {
    kith_str text;
    uint32_t count;
} ordered;

static int by_text(const void *a, const void *b) { return kith_str_compare(((const ordered *)a)->text, ((const ordered *)b)->text); }

static int save_values(const passing *s, uint32_t f, kith_row_writer *w, kith_error *err) {
    const kith_link_values *v = &s->values[f];
    ordered *o = malloc(sizeof *o * v->n);
    if (!o) return kith_no_memory(err);
    for (uint32_t id = 1; id < v->n; id++) o[id - 1] = (ordered){v->text[id], v->count[id]};
    qsort(o, v->n - 1, sizeof *o, by_text);
    for (uint32_t i = 0; i + 1 < v->n; i++) {
        kith_put_string(w, "value");
        kith_put_int(w, f);
        kith_put_text(w, o[i].text);
        kith_put_int(w, o[i].count);
        kith_row_end(w);
    }
    free(o);
    return KITH_OK;
}

static int save(const void *v, kith_buf *out, kith_error *err) {
    passing *s = (passing *)(uintptr_t)v; /* taking the rows in changes nothing of what it holds */
    KITH_TRY(settle(s, err));
    prune(s);
    kith_row_writer w = kith_row_begin(out, ',');
    kith_put_string(&w, "rows");
    kith_put_int(&w, (int64_t)s->rows);
    kith_row_end(&w);
    if (s->header.p && s->pass != PATTERNS) kith_buf_printf(out, "header,%.*s\n", (int)s->header.n, s->header.p);
    for (size_t i = 0; i < s->n_sample; i++) {
        kith_buf_puts(out, "row,");
        kith_buf_put(out, s->sample[i].row.p, s->sample[i].row.n);
        kith_buf_puts(out, "\n");
    }
    w = kith_row_begin(out, ',');
    for (uint32_t f = 0; f < s->model.n_fields; f++) KITH_TRY(save_values(s, f, &w, err));
    for (size_t i = 0; i < s->n_patterns; i++) {
        kith_put_string(&w, "pattern");
        kith_put_int(&w, (int64_t)s->pattern[i].pattern);
        kith_put_int(&w, (int64_t)s->pattern[i].count);
        kith_row_end(&w);
    }
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

static int load_row(passing *s, const kith_str *f, size_t n, kith_buf *row, kith_error *err) {
    row->n = 0;
    kith_row_writer w = kith_row_begin(row, ',');
    for (size_t c = 1; c < n; c++) kith_put_text(&w, f[c]);
    if (row->failed) return kith_no_memory(err);
    kith_str text = {row->p, row->n};
    if (kith_str_is(f[0], "header")) return set_header(s, text, (uint32_t)(n - 1), err);
    if (!s->header.p || n - 1 != s->columns) return kith_fail(err, KITH_DATA, "a row of the state has other columns than its header");
    return keep(s, text, err);
}

static int load(void *v, kith_records *r, kith_error *err) {
    passing *s = v;
    enum { MOST = 4096 };
    kith_buf row = {0};
    kith_str *f = malloc(sizeof *f * MOST);
    size_t n, room = 0;
    int status = f ? KITH_OK : kith_no_memory(err);
    while (status == KITH_OK && kith_records_next(r, f, MOST, &n)) {
        int64_t a, b;
        if (n > MOST) status = kith_fail(err, KITH_DATA, "more than 4,095 columns");
        else if (n == 2 && kith_str_is(f[0], "rows") && kith_parse_int(f[1], &a) && a >= 0) s->rows = (uint64_t)a;
        else if (n >= 2 && s->pass != PATTERNS && (kith_str_is(f[0], "header") || kith_str_is(f[0], "row"))) status = load_row(s, f, n, &row, err);
        else if (n == 4 && s->pass == VALUES && kith_str_is(f[0], "value") && kith_parse_int(f[1], &a) && a >= 0 && a < s->model.n_fields && f[2].n && kith_parse_int(f[3], &b) && b > 0)
            status = count_value(s, (uint32_t)a, f[2], (uint64_t)b, err);
        else if (n == 3 && s->pass == PATTERNS && kith_str_is(f[0], "pattern") && kith_parse_int(f[1], &a) && kith_parse_int(f[2], &b) && b > 0) {
            if (s->n_patterns && (uint64_t)a <= s->pattern[s->n_patterns - 1].pattern) status = kith_fail(err, KITH_DATA, "patterns out of order");
            if (status == KITH_OK && s->n_patterns == room) {
                room = room ? 2 * room : 1024;
                counted *more = realloc(s->pattern, room * sizeof *more);
                if (more) s->pattern = more;
                else status = kith_no_memory(err);
            }
            if (status == KITH_OK) s->pattern[s->n_patterns++] = (counted){(uint64_t)a, (uint64_t)b};
        } else status = kith_fail(err, KITH_DATA, "not a record of this state");
    }
    free(f);
    kith_buf_free(&row);
    return status;
}

static int finish(void *v, char delimiter, kith_buf *out, kith_error *err) {
    passing *s = v;
    KITH_TRY(settle(s, err));
    prune(s);
    uint64_t pairs = 0;
    for (size_t i = 0; i < s->n_patterns; i++) pairs += s->pattern[i].count;
    kith_row_writer w = kith_row_begin(out, delimiter);
    struct { const char *part, *name; uint64_t value; } row[] = {{"part", "name", 0}, {"rows", "all", s->rows}, {"rows", "kept", s->n_sample}, {"pairs", "compared", pairs}, {"pairs", "patterns", s->n_patterns}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        kith_put_string(&w, row[i].part), kith_put_string(&w, row[i].name);
        if (i) kith_put_int(&w, (int64_t)row[i].value);
        else kith_put_string(&w, "value");
        kith_row_end(&w);
    }
    for (uint32_t f = 0; f < s->model.n_fields; f++)
        kith_put_string(&w, "values"), kith_put_string(&w, s->model.field[f].name), kith_put_int(&w, s->values[f].n - 1), kith_row_end(&w);
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

const kith_fold kith_link_fold = {.name = "dedupe.fit", .version = 1, .init = init, .bind = bind, .step = step, .merge = merge, .finish = finish, .save = save, .load = load, .free = free_state};

/* ---- the steps' view ------------------------------------------------------------------------------------------ */

int kith_link_pass_store(void *v, kith_link_store *store, kith_error *err) {
    passing *s = v;
    *store = (kith_link_store){0};
    KITH_TRY(settle(s, err));
    prune(s);
    if (!s->header.p) return kith_fail(err, KITH_DATA, "the state holds no rows");
    kith_arena *arena = kith_arena_new();
    kith_str *cell = malloc(sizeof *cell * (s->columns + 1));
    size_t *end = malloc(sizeof *end * (s->columns + 1)), n;
    kith_buf row = {0};
    int status = arena && cell && end ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; i <= s->n_sample && status == KITH_OK; i++) {
        kith_str text = i ? s->sample[i - 1].row : s->header;
        kith_records r = {.p = text.p, .end = text.p + text.n, .line = 1, .delimiter = ',', .arena = arena};
        bool any = kith_records_next(&r, cell, s->columns, &n);
        for (uint32_t c = any ? (uint32_t)n : 0; c < s->columns; c++) cell[c] = (kith_str){"", 0}; /* one empty field */
        if (i == 0) {
            kith_header h = {.names = cell, .n = s->columns, .delimiter = ',', .raw = text};
            status = kith_link_store_init(store, &h, err);
            continue;
        }
        row.n = 0;
        for (uint32_t c = 0; c < s->columns; c++) {
            kith_row_writer w = kith_row_begin(&row, ',');
            kith_put_text(&w, cell[c]);
            end[c] = row.n;
        }
        if (row.failed) status = kith_no_memory(err);
        for (uint32_t c = 0; c < s->columns && status == KITH_OK; c++) cell[c] = (kith_str){row.p + (c ? end[c - 1] : 0), end[c] - (c ? end[c - 1] : 0)};
        if (status == KITH_OK) status = kith_link_store_add_cells(store, cell, ',', err);
        if (i % 4096 == 0) kith_arena_reset(arena);
    }
    free(cell), free(end);
    kith_buf_free(&row);
    kith_arena_free(arena);
    return status;
}

int kith_link_pass_census(void *v, kith_link_model *model, bool shares, kith_link_census **census, kith_error *err) {
    passing *s = v;
    *census = NULL;
    if (s->pass != VALUES) return kith_fail(err, KITH_DATA, "the state holds no values: it is of another pass");
    KITH_TRY(settle(s, err));
    KITH_TRY(link_census_new(model, (double)s->rows, census, err));
    for (uint32_t f = 0; f < s->model.n_fields; f++)
        for (uint32_t id = 1; id < s->values[f].n; id++) KITH_TRY(link_census_add(*census, model, f, s->values[f].text[id], s->values[f].count[id], err));
    for (uint32_t f = 0; f < model->n_fields && shares; f++) {
        double top = link_census_top(*census, f);
        if (model->field[f].kind != KITH_LINK_SWAP && s->rows) link_choose_shares(&model->field[f], top > 2 ? top : 2, (double)s->rows);
    }
    return KITH_OK;
}

int kith_link_pass_count(void *v, kith_link_model *model, const kith_link_census *census, uint32_t part, uint32_t parts, const kith_link_fit_options *o, kith_error *err) {
    passing *s = v;
    if (!s->bound || !s->store.rows) return KITH_OK;
    kith_link_data data = {0};
    kith_link_patterns p = {0};
    int status = census ? kith_link_data_build_some(&data, &s->store, model, census, o->threads, err) : kith_link_data_build(&data, &s->store, model, false, o->threads, err);
    data.part = part, data.parts = parts;
    if (status == KITH_OK) status = kith_link_sources(&data, &s->store, model, err);
    if (status == KITH_OK) status = kith_link_fit_count(&data, model, o, &p, err);
    free(s->pattern);
    s->pattern = status == KITH_OK ? malloc(sizeof *s->pattern * (p.n + 1)) : NULL;
    if (status == KITH_OK && !s->pattern) status = kith_no_memory(err);
    s->n_patterns = 0;
    for (size_t i = 0; i < p.n && status == KITH_OK; i++) s->pattern[s->n_patterns++] = (counted){p.pattern[i], (uint64_t)p.count[i]};
    kith_link_patterns_free(&p);
    kith_link_data_free(&data);
    s->rows = s->store.rows;
    kith_link_store_free(&s->store);
    s->bound = false;
    return status;
}

int kith_link_pass_patterns(const void *v, kith_link_patterns *p, kith_error *err) {
    const passing *s = v;
    *p = (kith_link_patterns){.n = s->n_patterns,
                              .pattern = malloc(sizeof *p->pattern * (s->n_patterns + 1)),
                              .count = malloc(sizeof *p->count * (s->n_patterns + 1)),
                              .known = malloc(s->n_patterns + 1)};
    if (!p->pattern || !p->count || !p->known) return kith_no_memory(err);
    for (size_t i = 0; i < s->n_patterns; i++) {
        p->pattern[i] = s->pattern[i].pattern;
        p->count[i] = (double)s->pattern[i].count;
        p->known[i] = -1;
    }
    return KITH_OK;
}
