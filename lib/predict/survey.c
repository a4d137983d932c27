/* Pass 0 of a fit over shards. What kith_frame_reader, kith_encoding_fit and kith_cuts_fit learn from rows in memory is learned here from
 * counts: of texts, of values, of missing ones; and from exact moments. */
#include "encode.h"
#include "survey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int survey_columns(survey *s, const kith_selection *columns, const bool *is_feature, kith_error *err) {
    s->n = columns->n;
    s->columns = kith_arena_zalloc(s->arena, (s->n + 1) * sizeof *s->columns);
    s->place = kith_arena_zalloc(s->arena, (s->n + 1) * sizeof *s->place);
    if (!s->columns || !s->place) return kith_no_memory(err);
    for (size_t j = 0; j < s->n; j++) {
        survey_column *c = &s->columns[j];
        c->name = kith_arena_copy(s->arena, columns->names[j].p, columns->names[j].n);
        c->feature = is_feature[j];
        c->low = INFINITY;
        c->high = -INFINITY;
        if (columns->columns) s->place[j] = columns->columns[j];
        if (!c->name) return kith_no_memory(err);
        KITH_TRY(kith_hashtable_init(&c->texts, err));
    }
    s->bound = true;
    return KITH_OK;
}

void survey_free(survey *s) {
    for (size_t j = 0; j < s->n && s->columns; j++) {
        kith_hashtable_free(&s->columns[j].texts);
        free(s->columns[j].used);
        value_counts_free(&s->columns[j].values);
    }
}

static void drop(survey_column *c) {
    kith_hashtable_free(&c->texts);
    free(c->used);
    c->texts = (kith_hashtable){0};
    c->used = NULL;
    c->room = 0;
    c->dropped = true;
}

static int add_text(survey_column *c, kith_str text, uint64_t used, kith_error *err) {
    kith_key key;
    uint32_t entry, before = c->texts.n;
    if (c->dropped) return KITH_OK;
    uint64_t hash = kith_key_of(text, &key);
    KITH_TRY(kith_hashtable_put(&c->texts, &key, &hash, 1, &entry, err));
    if (c->texts.n > KITH_DISTINCT_MOST) {
        drop(c);
        return KITH_OK;
    }
    if (entry >= c->room) {
        size_t room = 2 * c->room + 64;
        uint64_t *more = realloc(c->used, room * sizeof *more);
        if (!more) return kith_no_memory(err);
        c->used = more;
        c->room = room;
    }
    c->used[entry] = (entry == before ? 0 : c->used[entry]) + used;
    return KITH_OK;
}

int survey_row(survey *s, const kith_batch *b, uint32_t row, bool learn, kith_error *err) {
    s->rows++;
    s->learned += learn;
    for (size_t j = 0; j < s->n; j++) {
        survey_column *c = &s->columns[j];
        kith_str text = kith_text(b, row, s->place[j]);
        if (!text.n) {
            c->missing += learn;
            continue;
        }
        if (!text.p) return kith_no_memory(err);
        kith_number number = {0};
        double v = NAN;
        int64_t us;
        bool is_date;
        if (kith_parse_double(text, &v)) {
            c->numbers++;
            if (!kith_number_parse(text, &number)) number = kith_number_of(v);
        } else if (kith_parse_time(text, NULL, &us, &is_date)) {
            c->times++;
            v = (double)us / (double)KITH_US_PER_DAY;
            number.real = v;
        } else {
            c->others++;
            v = NAN;
        }
        KITH_TRY(add_text(c, text, learn, err));
        if (isnan(v) || !learn) continue;
        c->known++;
        c->low = v < c->low ? v : c->low;
        c->high = v > c->high ? v : c->high;
        if (!kith_moments_add(&c->moments, &number, s->arena)) return kith_no_memory(err);
        if (s->want_values && c->feature && !value_counts_add(&c->values, v, 1)) return kith_no_memory(err);
    }
    return KITH_OK;
}

int survey_merge(survey *a, const survey *b, kith_error *err) {
    if (!b->bound) return KITH_OK;
    if (!a->bound) {
        kith_selection names = {.n = (uint32_t)b->n, .names = kith_arena_alloc(a->arena, (b->n + 1) * sizeof *names.names)};
        bool *feature = kith_arena_alloc(a->arena, b->n + 1);
        if (!names.names || !feature) return kith_no_memory(err);
        for (size_t j = 0; j < b->n; j++) names.names[j] = kith_str_of(b->columns[j].name), feature[j] = b->columns[j].feature;
        KITH_TRY(survey_columns(a, &names, feature, err));
    }
    for (size_t j = 0; j < a->n || j < b->n; j++)
        if (j >= a->n || j >= b->n || strcmp(a->columns[j].name, b->columns[j].name) != 0 || a->columns[j].feature != b->columns[j].feature)
            return kith_fail(err, KITH_DATA, "the states are of other columns: %s and %s", j < a->n ? a->columns[j].name : "none",
                             j < b->n ? b->columns[j].name : "none");
    a->rows += b->rows;
    a->learned += b->learned;
    for (size_t j = 0; j < a->n; j++) {
        survey_column *c = &a->columns[j];
        const survey_column *d = &b->columns[j];
        c->numbers += d->numbers, c->times += d->times, c->others += d->others;
        c->missing += d->missing, c->known += d->known;
        c->low = d->low < c->low ? d->low : c->low;
        c->high = d->high > c->high ? d->high : c->high;
        if (d->dropped && !c->dropped) drop(c);
        for (uint32_t t = 0; t < d->texts.n; t++) KITH_TRY(add_text(c, kith_hashtable_key(&d->texts, t), d->used[t], err));
        if (!kith_moments_merge(&c->moments, &d->moments, a->arena) || !value_counts_merge(&c->values, &d->values)) return kith_no_memory(err);
    }
    return KITH_OK;
}

/* ---- saved ------------------------------------------------------------------------------------------------------ */

int survey_save(const survey *s, kith_buf *out, kith_error *err) {
    kith_row_writer w = kith_row_begin(out, ',');
    kith_buf cell = {0};
    int status = KITH_OK;
    if (!s->bound) return KITH_OK;
    kith_put_string(&w, "survey"), kith_put_int(&w, (int64_t)s->rows), kith_put_int(&w, (int64_t)s->learned), kith_put_int(&w, (int64_t)s->n);
    kith_row_end(&w);
    for (size_t j = 0; j < s->n && status == KITH_OK; j++) {
        const survey_column *c = &s->columns[j];
        const int64_t counts[] = {c->feature, c->dropped, (int64_t)c->numbers, (int64_t)c->times, (int64_t)c->others, (int64_t)c->missing, (int64_t)c->known};
        kith_put_string(&w, "column"), kith_put_string(&w, c->name);
        for (size_t k = 0; k < 7; k++) kith_put_int(&w, counts[k]);
        kith_put_double(&w, c->known ? c->low : 0), kith_put_double(&w, c->known ? c->high : 0);
        cell.n = 0;
        kith_moments_save(&c->moments, &cell);
        kith_put_text(&w, (kith_str){cell.p, cell.n});
        kith_put_int(&w, c->values.dropped);
        kith_row_end(&w);
        uint32_t *order = malloc(((size_t)c->texts.n + 1) * sizeof *order);
        status = order ? KITH_OK : kith_no_memory(err);
        if (order && c->texts.n) status = kith_hashtable_order(&c->texts, order, err);
        for (uint32_t t = 0; t < c->texts.n && status == KITH_OK; t++) {
            kith_put_string(&w, "text"), kith_put_text(&w, kith_hashtable_key(&c->texts, order[t])), kith_put_int(&w, (int64_t)c->used[order[t]]);
            kith_row_end(&w);
        }
        free(order);
        double *value;
        uint64_t *count;
        if (status == KITH_OK && !value_counts_sorted(&c->values, s->arena, &value, &count)) status = kith_no_memory(err);
        for (size_t i = 0; i < c->values.n && status == KITH_OK; i++) {
            kith_put_string(&w, "value"), kith_put_double(&w, value[i]), kith_put_int(&w, (int64_t)count[i]);
            kith_row_end(&w);
        }
    }
    bool failed = cell.failed || out->failed;
    kith_buf_free(&cell);
    return status == KITH_OK && failed ? kith_no_memory(err) : status;
}

static bool load_column(survey_column *c, kith_str *f) {
    uint64_t feature, dropped, bits;
    bool good = kith_parse_count(f[2], &feature) && kith_parse_count(f[3], &dropped) && kith_parse_count(f[4], &c->numbers) && kith_parse_count(f[5], &c->times) &&
                kith_parse_count(f[6], &c->others) && kith_parse_count(f[7], &c->missing) && kith_parse_count(f[8], &c->known) && kith_parse_double(f[9], &c->low) &&
                kith_parse_double(f[10], &c->high) && kith_parse_count(f[12], &bits) && bits <= 52;
    if (!good) return false;
    c->feature = feature != 0;
    c->values.dropped = (int)bits;
    if (!c->known) c->low = INFINITY, c->high = -INFINITY;
    if (dropped) drop(c);
    return true;
}

int survey_load(survey *s, kith_records *records, kith_error *err) {
    kith_str f[13];
    size_t n, at = 0;
    uint64_t count;
    double v;
    while (kith_records_next(records, f, 13, &n)) {
        bool good = false;
        survey_column *c = at ? &s->columns[at - 1] : NULL;
        if (n == 4 && !s->bound && kith_str_is(f[0], "survey") && kith_parse_count(f[3], &count) && count <= 100000) {
            kith_selection names = {.n = (uint32_t)count, .names = kith_arena_zalloc(s->arena, (count + 1) * sizeof *names.names)};
            bool *feature = kith_arena_zalloc(s->arena, count + 1);
            if (!names.names || !feature) return kith_no_memory(err);
            for (size_t j = 0; j < count; j++) names.names[j] = KITH_STR("");
            KITH_TRY(survey_columns(s, &names, feature, err));
            good = kith_parse_count(f[1], &s->rows) && kith_parse_count(f[2], &s->learned);
        } else if (n == 13 && s->bound && at < s->n && kith_str_is(f[0], "column")) {
            c = &s->columns[at++];
            c->name = kith_arena_copy(s->arena, f[1].p, f[1].n);
            if (!c->name) return kith_no_memory(err);
            good = load_column(c, f);
            if (good) KITH_TRY(kith_moments_load(&c->moments, f[11], s->arena, err));
        } else if (n == 3 && c && kith_str_is(f[0], "text") && f[1].n && f[1].n < UINT32_MAX / 2 && kith_parse_count(f[2], &count)) {
            KITH_TRY(add_text(c, f[1], count, err));
            good = true;
        } else if (n == 3 && c && kith_str_is(f[0], "value") && kith_parse_double(f[1], &v) && kith_parse_count(f[2], &count)) {
            good = value_counts_add(&c->values, v, count);
        }
        if (!good) return kith_fail(err, KITH_DATA, "line %llu: not a survey of columns", (unsigned long long)records->line);
    }
    return !s->bound || at == s->n ? KITH_OK : kith_fail(err, KITH_DATA, "the survey of columns is cut short");
}

/* ---- what it tells ---------------------------------------------------------------------------------------------- */

size_t survey_find(const survey *s, const char *name) {
    for (size_t j = 0; j < s->n; j++)
        if (strcmp(s->columns[j].name, name) == 0) return j;
    return SIZE_MAX;
}

kith_column_kind survey_kind(const survey_column *c) {
    if (c->numbers + c->times + c->others == 0) return KITH_COLUMN_EMPTY;
    if (c->times + c->others == 0) return KITH_COLUMN_NUMBER;
    if (c->numbers + c->others == 0) return KITH_COLUMN_TIME;
    return c->dropped ? KITH_COLUMN_TEXT : KITH_COLUMN_LEVEL;
}

int survey_levels(const survey *s, const survey_column *c, const char *const **levels, uint64_t **used, size_t *n, kith_error *err) {
    if (c->dropped)
        return kith_fail(err, KITH_DATA, "column %s: more than %d different values are no categories", c->name, KITH_DISTINCT_MOST);
    *n = c->texts.n;
    uint32_t *order = malloc((*n + 1) * sizeof *order);
    const char **names = kith_arena_alloc(s->arena, (*n + 1) * sizeof *names);
    uint64_t *counts = kith_arena_alloc(s->arena, (*n + 1) * sizeof *counts);
    int status = order && names && counts ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK && *n) status = kith_hashtable_order(&c->texts, order, err);
    for (size_t i = 0; i < *n && status == KITH_OK; i++) {
        kith_str text = kith_hashtable_key(&c->texts, order[i]);
        names[i] = kith_arena_copy(s->arena, text.p, text.n);
        counts[i] = c->used[order[i]];
        if (!names[i]) status = kith_no_memory(err);
    }
    free(order);
    *levels = names;
    if (used) *used = counts;
    return status;
}

static int code_levels(const survey *s, const survey_column *c, kith_coded *coded, kith_error *err) {
    const char *const *names;
    uint64_t *used;
    size_t n;
    KITH_TRY(survey_levels(s, c, &names, &used, &n, err));
    return encode_levels(names, used, n, (double)s->learned, s->arena, coded, err);
}

static void code_number(const survey_column *c, kith_coded *coded) {
    double n = (double)c->known;
    coded->mean = c->known ? kith_sum_mean(&c->moments.sum) : 0;
    coded->sd = c->known > 1 ? sqrt(kith_moments_variance(&c->moments) * ((n - 1) / n)) : 0;
    bool constant = c->known < 2 || c->low == c->high || !(coded->sd > 0) || !isfinite(coded->sd);
    if (constant) coded->sd = 0;
    coded->left_out = constant && !(coded->has_missing && c->known > 0);
}

int survey_encoding(const survey *s, const char *without, kith_encoding *e, kith_buf *notes, kith_error *err) {
    if (!s->learned) return kith_fail(err, KITH_DATA, "no rows to learn from");
    *e = (kith_encoding){.coded = kith_arena_zalloc(s->arena, (s->n + 2) * sizeof *e->coded)};
    if (!e->coded) return kith_no_memory(err);
    for (size_t j = 0; j < s->n; j++) {
        const survey_column *c = &s->columns[j];
        if (!c->feature || (without && strcmp(c->name, without) == 0)) continue;
        kith_column_kind kind = survey_kind(c);
        const char *why = kith_frame_no_feature(c->name, kind, c->dropped ? 0 : c->texts.n, s->rows);
        kith_coded *coded = &e->coded[e->n];
        *coded = (kith_coded){.name = c->name, .is_level = kind == KITH_COLUMN_LEVEL, .is_time = kind == KITH_COLUMN_TIME,
                              .has_missing = c->missing > 0, .missing_share = (double)c->missing / (double)s->learned};
        if (!why && coded->is_level) KITH_TRY(code_levels(s, c, coded, err));
        else if (!why) code_number(c, coded);
        if (why || coded->left_out) kith_buf_printf(notes, "column %s is left out: %s\n", c->name, why ? why : "constant");
        else e->n++;
    }
    if (!e->n) return kith_fail(err, KITH_DATA, "no column is left to learn from");
    return KITH_OK;
}

int survey_cuts(const survey *s, const kith_encoding *e, bins *cuts, kith_error *err) {
    *cuts = (bins){.features = kith_arena_zalloc(s->arena, (e->n + 1) * sizeof *cuts->features)};
    if (!cuts->features) return kith_no_memory(err);
    for (size_t j = 0; j < e->n; j++) {
        const kith_coded *coded = &e->coded[j];
        bin_feature *f = &cuts->features[cuts->n];
        *f = (bin_feature){.feature = (int32_t)j, .is_level = coded->is_level, .missing = coded->has_missing ? 0 : -1, .other = -1, .first = cuts->total};
        size_t at = survey_find(s, coded->name);
        if (coded->is_level) {
            const survey_column *c = &s->columns[at];
            size_t seen = 0;
            for (uint32_t t = 0; t < c->texts.n; t++) seen += c->used[t] > 0;
            f->values = (int)coded->n_levels;
            if (seen > coded->n_levels) f->other = 0;
        } else {
            double own[2] = {0, 1}, *value = own;
            uint64_t *count;
            f->upper = kith_arena_alloc(s->arena, BINS_MOST * sizeof *f->upper);
            if (!f->upper) return kith_no_memory(err);
            if (at == SIZE_MAX) { /* the treatment, which is no column: 0 and 1 */
                f->upper[0] = .5;
                f->values = 2;
            } else {
                const survey_column *c = &s->columns[at];
                if (!value_counts_sorted(&c->values, s->arena, &value, &count)) return kith_no_memory(err);
                f->values = c->values.n ? bins_thresholds(value, count, c->values.n, f->upper) + 1 : 0;
            }
        }
        f->bins = f->values;
        if (f->other == 0) f->other = f->bins++;
        if (f->missing == 0) f->missing = f->bins++;
        if (f->bins < 2) continue;
        cuts->total += (size_t)f->bins;
        cuts->n++;
    }
    return KITH_OK;
}
