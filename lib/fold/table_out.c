/* The table's result, with totals and the wide form, and its state as records:
 *
 *   by,NAME,…                  the group columns
 *   file,NAME                  the files that first and last speak of, numbered from 0
 *   group,PART,…,CELL,…        a group's key and its cells
 *   value,SET,PART,…,TEXT      a distinct value of a group */
#include "table_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct finishing {
    table_state *s;
    uint32_t *order;      /* groups in byte order of their keys */
    kith_sum *totals;     /* of each output that is a share */
    uint64_t *distinct;   /* of each set and group */
    kith_arena *arena;
    char *all;            /* the record of the total */
    uint64_t *all_distinct;
} finishing;

static void put_ratio(kith_row_writer *w, const ratio_cell *r) {
    double a = kith_sum_total(&r->a.sum), b = kith_sum_total(&r->b.sum), n = (double)r->a.sum.n, ratio = a / b;
    kith_put_double(w, ratio);
    /* the variance of a ratio by linearisation (Cochran 1977, 6.4): the residuals a − ratio·b have mean zero */
    double sxx = kith_moments_variance(&r->a) * (n - 1) + a * a / n, syy = kith_moments_variance(&r->b) * (n - 1) + b * b / n;
    double residual = sxx - 2 * ratio * kith_sum_total(&r->ab) + ratio * ratio * syy;
    double half = 1.959963984540054 * sqrt(fmax(residual, 0) * n / (n - 1)) / fabs(b);
    kith_put_double(w, ratio - half);
    kith_put_double(w, ratio + half);
}

static void put_text(kith_row_writer *w, const text_cell *text) {
    if (text->set) kith_put_text(w, (kith_str){text->p ? text->p : "", text->n});
    else kith_put_missing(w);
}

static void put_output(finishing *f, const plan_output *out, uint32_t index, char *record, const uint64_t *distinct, kith_row_writer *w) {
    const plan_cell *c = &f->s->plan.cells[out->cell];
    void *at = record + c->offset;
    const kith_sum *sum = c->kind == CELL_MOMENTS ? &((kith_moments *)at)->sum : at;
    char text[512];
    switch (out->kind) {
    case AGG_COUNT: kith_put_int(w, (int64_t) * (uint64_t *)at); break;
    case AGG_SUM:
        kith_put_text(w, (kith_str){text, kith_sum_format(sum, text, sizeof text)});
        break;
    case AGG_MEAN: kith_put_double(w, kith_sum_mean(sum)); break;
    case AGG_SD: kith_put_double(w, kith_moments_sd(at)); break;
    case AGG_MIN:
    case AGG_MAX: put_text(w, &((extreme_cell *)at)->text); break;
    case AGG_QUANTILE: kith_put_double(w, kith_quantiles_at(at, out->p)); break;
    case AGG_DISTINCT: kith_put_int(w, (int64_t)distinct[c->set]); break;
    case AGG_FIRST:
    case AGG_LAST: put_text(w, &((placed_cell *)at)->text); break;
    case AGG_SHARE: {
        double part = c->kind == CELL_ROWS ? (double)*(uint64_t *)at : kith_sum_total(sum);
        kith_put_double(w, part / kith_sum_total(&f->totals[index]));
        break;
    }
    case AGG_WEIGHTED: kith_put_double(w, kith_sum_total(&((weighted_cell *)at)->products) / kith_sum_total(&((weighted_cell *)at)->weights)); break;
    case AGG_RATIO: put_ratio(w, at); break;
    }
}

static void put_names(const plan *p, const char *prefix, kith_row_writer *w) {
    for (uint32_t i = 0; i < p->n_outputs; i++) {
        static const char *const ends[] = {"", "_low", "_high"};
        for (int k = 0; k < (p->outputs[i].kind == AGG_RATIO ? 3 : 1); k++) {
            kith_buf name = {0};
            if (prefix && p->n_outputs == 1) kith_buf_printf(&name, "%s%s", prefix, ends[k]);
            else kith_buf_printf(&name, "%s%s%s%s", prefix ? prefix : "", prefix ? "_" : "", p->outputs[i].name, ends[k]);
            if (name.failed) w->buf->failed = true;
            else kith_put_name(w, (kith_str){name.p, name.n});
            kith_buf_free(&name);
        }
    }
}

static void put_values(finishing *f, char *record, const uint64_t *distinct, kith_row_writer *w) {
    for (uint32_t i = 0; i < f->s->plan.n_outputs; i++) put_output(f, &f->s->plan.outputs[i], i, record, distinct, w);
}

static size_t width_of(const plan *p) {
    size_t n = 0;
    for (uint32_t i = 0; i < p->n_outputs; i++) n += p->outputs[i].kind == AGG_RATIO ? 3 : 1;
    return n;
}

/* ---- what finishing needs first ----------------------------------------------------------------------------- */

static int count_distinct(finishing *f, kith_error *err) {
    table_state *s = f->s;
    const plan *p = &s->plan;
    f->distinct = kith_arena_zalloc(f->arena, ((size_t)s->groups.n * p->n_sets + 1) * sizeof *f->distinct);
    f->all_distinct = kith_arena_zalloc(f->arena, (p->n_sets + 1) * sizeof *f->all_distinct);
    if (!f->distinct || !f->all_distinct) return kith_no_memory(err);
    for (uint32_t i = 0; i < p->n_sets; i++) {
        const kith_hashtable *set = &s->sets[i];
        if (!p->n_groups) {
            if (s->groups.n) f->distinct[i] = set->n;
            f->all_distinct[i] = set->n;
            continue;
        }
        kith_hashtable all = {0};
        if (p->total) KITH_TRY(kith_hashtable_init(&all, err));
        for (uint32_t k = 0; k < set->n; k++) {
            kith_str text = kith_hashtable_key(set, k);
            uint32_t group, entry;
            memcpy(&group, text.p, sizeof group);
            f->distinct[(size_t)group * p->n_sets + i]++;
            if (!p->total) continue;
            kith_key key;
            uint64_t hash = kith_key_of((kith_str){text.p + 4, text.n - 4}, &key);
            int status = kith_hashtable_put(&all, &key, &hash, 1, &entry, err);
            if (status) {
                kith_hashtable_free(&all);
                return status;
            }
        }
        f->all_distinct[i] = all.n;
        if (p->total) kith_hashtable_free(&all);
    }
    return KITH_OK;
}

static int add_totals(finishing *f, kith_error *err) {
    table_state *s = f->s;
    const plan *p = &s->plan;
    f->totals = kith_arena_zalloc(f->arena, p->n_outputs * sizeof *f->totals);
    f->all = kith_arena_zalloc(f->arena, p->stride + 16);
    if (!f->totals || !f->all) return kith_no_memory(err);
    for (uint32_t i = 0; i < p->n_outputs; i++) {
        if (p->outputs[i].kind != AGG_SHARE) continue;
        const plan_cell *c = &p->cells[p->outputs[i].cell];
        for (uint32_t g = 0; g < s->groups.n; g++) {
            void *at = table_record(s, g) + c->offset;
            kith_number rows = {.fixed = 0, .is_fixed = true};
            if (c->kind == CELL_ROWS) rows.fixed = (kith_i128)*(uint64_t *)at * 1000000000;
            const kith_sum *sum = c->kind == CELL_MOMENTS ? &((kith_moments *)at)->sum : at;
            bool fine = c->kind == CELL_ROWS ? kith_sum_add(&f->totals[i], &rows, f->arena) : kith_sum_merge(&f->totals[i], sum, f->arena);
            if (!fine) return kith_no_memory(err);
        }
    }
    for (uint32_t g = 0; p->total && p->n_groups && g < s->groups.n; g++)
        for (uint32_t c = 0; c < p->n_cells; c++)
            if (!cell_merge(s, &p->cells[c], f->all, table_record(s, g), NULL)) return kith_no_memory(err);
    return KITH_OK;
}

static int split_key(finishing *f, uint32_t group, kith_str *parts, kith_error *err) {
    kith_str rest = kith_hashtable_key(&f->s->groups, group);
    for (uint32_t i = 0; i < f->s->plan.n_groups; i++) {
        parts[i] = (kith_str){"", 0};
        kith_key_split(&rest, &parts[i], f->arena);
        if (parts[i].n && !parts[i].p) return kith_no_memory(err);
    }
    return KITH_OK;
}

/* ---- the two forms ------------------------------------------------------------------------------------------ */

static int put_long(finishing *f, char delimiter, kith_buf *out, kith_error *err) {
    table_state *s = f->s;
    const plan *p = &s->plan;
    kith_row_writer w = kith_row_begin(out, delimiter);
    for (uint32_t i = 0; i < p->n_groups; i++) kith_put_name(&w, p->group_names[i]);
    put_names(p, NULL, &w);
    kith_row_end(&w);
    kith_str *parts = kith_arena_alloc(f->arena, (p->n_groups + 1) * sizeof *parts);
    if (!parts) return kith_no_memory(err);
    enum { AHEAD = 12 };
    for (uint32_t k = 0; k < s->groups.n; k++) {
        uint32_t g = f->order[k];
        if (k + AHEAD < s->groups.n) { /* they are far apart in this order */
            __builtin_prefetch(kith_hashtable_entry(&s->groups, f->order[k + AHEAD]));
            __builtin_prefetch(table_record(s, f->order[k + AHEAD]));
        }
        kith_row_writer row = kith_row_begin(out, delimiter);
        KITH_TRY(split_key(f, g, parts, err));
        for (uint32_t i = 0; i < p->n_groups; i++) kith_put_text(&row, parts[i]);
        put_values(f, table_record(s, g), f->distinct + (size_t)g * p->n_sets, &row);
        kith_row_end(&row);
    }
    if (!p->total || !p->n_groups) return KITH_OK;
    kith_row_writer row = kith_row_begin(out, delimiter);
    kith_put_string(&row, "total");
    for (uint32_t i = 1; i < p->n_groups; i++) kith_put_missing(&row);
    put_values(f, f->all, f->all_distinct, &row);
    kith_row_end(&row);
    return KITH_OK;
}

typedef struct wide_row {
    kith_str rest;   /* the key without the wide column */
    uint32_t value, group;
} wide_row;

static int by_rest(const void *a, const void *b) {
    const wide_row *x = a, *y = b;
    int order = kith_str_compare(x->rest, y->rest);
    return order ? order : (x->value > y->value) - (x->value < y->value);
}

static int by_text(const void *a, const void *b) { return kith_str_compare(*(const kith_str *)a, *(const kith_str *)b); }

static int put_wide(finishing *f, char delimiter, kith_buf *out, kith_error *err) {
    table_state *s = f->s;
    const plan *p = &s->plan;
    uint32_t wide = 0, n = s->groups.n, values = 0;
    while (wide < p->n_groups && !kith_str_is(p->group_names[wide], p->wide)) wide++;
    if (wide == p->n_groups) return kith_fail(err, KITH_DATA, "--wide: \"%s\" is none of the group columns", p->wide);
    wide_row *rows = kith_arena_alloc(f->arena, (n + 1) * sizeof *rows);
    kith_str *names = kith_arena_alloc(f->arena, (n + 1) * sizeof *names), *own = kith_arena_alloc(f->arena, (n + 1) * sizeof *own);
    kith_str *parts = kith_arena_alloc(f->arena, (p->n_groups + 1) * sizeof *parts);
    if (!rows || !names || !own || !parts) return kith_no_memory(err);
    kith_buf key = {0};
    for (uint32_t k = 0; k < n; k++) {
        KITH_TRY(split_key(f, k, parts, err));
        key.n = 0;
        for (uint32_t i = 0, first = 1; i < p->n_groups; i++)
            if (i != wide) kith_key_join(&key, parts[i], first), first = 0;
        char *copy = key.failed ? NULL : kith_arena_copy(f->arena, key.p ? key.p : "", key.n);
        char *value = kith_arena_copy(f->arena, parts[wide].p, parts[wide].n);
        if (!copy || !value) {
            kith_buf_free(&key);
            return kith_no_memory(err);
        }
        rows[k] = (wide_row){{copy, key.n}, 0, k};
        names[k] = own[k] = (kith_str){value, parts[wide].n};
    }
    kith_buf_free(&key);
    if (n) qsort(names, n, sizeof *names, by_text);
    for (uint32_t k = 0; k < n; k++)
        if (!k || !kith_str_equal(names[k], names[k - 1])) names[values++] = names[k];
    for (uint32_t k = 0; k < n; k++) {
        kith_str *at = bsearch(&own[k], names, values, sizeof *names, by_text);
        rows[k].value = at ? (uint32_t)(at - names) : 0;
    }
    if (n) qsort(rows, n, sizeof *rows, by_rest);
    kith_row_writer w = kith_row_begin(out, delimiter);
    for (uint32_t i = 0; i < p->n_groups; i++)
        if (i != wide) kith_put_name(&w, p->group_names[i]);
    for (uint32_t v = 0; v < values; v++) put_names(p, names[v].n ? names[v].p : "(missing)", &w);
    kith_row_end(&w);
    for (uint32_t k = 0; k < n;) {
        kith_row_writer row = kith_row_begin(out, delimiter);
        kith_str rest = rows[k].rest, part = {"", 0};
        for (uint32_t i = 0; i < p->n_groups; i++) {
            if (i == wide) continue;
            part = (kith_str){"", 0};
            kith_key_split(&rest, &part, f->arena);
            kith_put_text(&row, part);
        }
        uint32_t start = k;
        for (uint32_t v = 0; v < values; v++) {
            if (k < n && rows[k].value == v && kith_str_equal(rows[k].rest, rows[start].rest)) {
                put_values(f, table_record(s, rows[k].group), f->distinct + (size_t)rows[k].group * p->n_sets, &row);
                k++;
            } else {
                for (size_t i = 0; i < width_of(p); i++) kith_put_missing(&row);
            }
        }
        kith_row_end(&row);
    }
    return KITH_OK;
}

int table_finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    table_state *s = state;
    finishing f = {.s = s, .arena = kith_arena_new()};
    if (!f.arena) return kith_no_memory(err);
    int status = KITH_OK;
    if (!*s->plan.by && !s->groups.n) { /* no row at all: a table of one row of nothing */
        kith_key key;
        uint32_t entry;
        uint64_t hash = kith_key_of((kith_str){"", 0}, &key);
        status = kith_hashtable_put(&s->groups, &key, &hash, 1, &entry, err);
        if (!status && !table_make_room(s, 1)) status = kith_no_memory(err);
    }
    f.order = kith_arena_alloc(f.arena, ((size_t)s->groups.n + 1) * sizeof *f.order);
    if (!status && !f.order) status = kith_no_memory(err);
    if (!status) status = kith_hashtable_order(&s->groups, f.order, err);
    if (!status) status = count_distinct(&f, err);
    if (!status) status = add_totals(&f, err);
    if (!status) status = *s->plan.wide ? put_wide(&f, delimiter, out, err) : put_long(&f, delimiter, out, err);
    kith_arena_free(f.arena);
    if (!status && out->failed) status = kith_no_memory(err);
    return status;
}

/* ---- the state ---------------------------------------------------------------------------------------------- */

/* A set's values in byte order within their groups, the groups in byte order of their keys. */
static int value_order(finishing *f, const kith_hashtable *set, uint32_t *order, kith_error *err) {
    uint32_t groups = f->s->groups.n;
    KITH_TRY(kith_hashtable_order(set, order, err)); /* by the groups' numbers: their values in order, but not they */
    if (!f->s->plan.n_groups) return KITH_OK;
    uint32_t *rank = calloc((size_t)groups + 1, sizeof *rank), *start = calloc((size_t)groups + 1, sizeof *start);
    uint32_t *sorted = malloc(((size_t)set->n + 1) * sizeof *sorted);
    int status = rank && start && sorted ? KITH_OK : kith_no_memory(err);
    for (uint32_t k = 0; !status && k < groups; k++) rank[f->order[k]] = k;
    for (int pass = 0; !status && pass < 2; pass++) {
        for (uint32_t k = 0; k < set->n; k++) {
            uint32_t group;
            memcpy(&group, kith_hashtable_key(set, order[k]).p, sizeof group);
            if (pass) sorted[start[rank[group]]++] = order[k];
            else start[rank[group] + 1]++;
        }
        for (uint32_t k = 0; !pass && k < groups; k++) start[k + 1] += start[k];
    }
    if (!status && set->n) memcpy(order, sorted, (size_t)set->n * sizeof *order);
    free(rank);
    free(start);
    free(sorted);
    return status;
}

int table_save(const void *state, kith_buf *out, kith_error *err) {
    table_state *s = (table_state *)(uintptr_t)state;
    const plan *p = &s->plan;
    finishing f = {.s = s, .arena = kith_arena_new()};
    kith_buf scratch = {0};
    kith_str *parts = f.arena ? kith_arena_alloc(f.arena, (p->n_groups + 1) * sizeof *parts) : NULL;
    f.order = parts ? kith_arena_alloc(f.arena, ((size_t)s->groups.n + 1) * sizeof *f.order) : NULL;
    int status = f.order ? kith_hashtable_order(&s->groups, f.order, err) : kith_no_memory(err);
    kith_row_writer by = kith_row_begin(out, ',');
    kith_put_string(&by, s->bound ? "by" : "unbound");
    for (uint32_t i = 0; i < p->n_groups; i++) kith_put_text(&by, p->group_names[i]);
    kith_row_end(&by);
    for (uint32_t i = 0; i < s->n_files; i++) {
        kith_row_writer w = kith_row_begin(out, ',');
        kith_put_string(&w, "file");
        kith_put_string(&w, s->files[i]);
        kith_row_end(&w);
    }
    for (uint32_t k = 0; !status && k < s->groups.n; k++) {
        kith_row_writer w = kith_row_begin(out, ',');
        kith_put_string(&w, "group");
        status = split_key(&f, f.order[k], parts, err);
        for (uint32_t i = 0; !status && i < p->n_groups; i++) kith_put_text(&w, parts[i]);
        for (uint32_t c = 0; !status && c < p->n_cells; c++) cell_save(&p->cells[c], table_record(s, f.order[k]), &w, &scratch);
        kith_row_end(&w);
    }
    for (uint32_t i = 0; !status && i < p->n_sets; i++) {
        const kith_hashtable *set = &s->sets[i];
        uint32_t *order = malloc(((size_t)set->n + 1) * sizeof *order);
        status = order ? value_order(&f, set, order, err) : kith_no_memory(err);
        for (uint32_t k = 0; !status && k < set->n; k++) {
            kith_str text = kith_hashtable_key(set, order[k]);
            if (p->n_groups) {
                uint32_t group;
                memcpy(&group, text.p, sizeof group);
                text = (kith_str){text.p + 4, text.n - 4};
                status = split_key(&f, group, parts, err);
            }
            kith_row_writer w = kith_row_begin(out, ',');
            kith_put_string(&w, "value");
            kith_put_int(&w, i);
            for (uint32_t g = 0; !status && g < p->n_groups; g++) kith_put_text(&w, parts[g]);
            kith_put_text(&w, text);
            kith_row_end(&w);
        }
        free(order);
    }
    if (!status && (out->failed || scratch.failed)) status = kith_no_memory(err);
    kith_buf_free(&scratch);
    kith_arena_free(f.arena);
    return status;
}

static int group_of(table_state *s, const kith_str *parts, kith_buf *joined, uint32_t *group, kith_error *err) {
    joined->n = 0;
    for (uint32_t i = 0; i < s->plan.n_groups; i++) kith_key_join(joined, parts[i], i == 0);
    if (joined->failed) return kith_no_memory(err);
    kith_key key;
    uint64_t hash = kith_key_of((kith_str){joined->p ? joined->p : "", joined->n}, &key);
    KITH_TRY(kith_hashtable_put(&s->groups, &key, &hash, 1, group, err));
    return table_make_room(s, s->groups.n) ? KITH_OK : kith_no_memory(err);
}

static int load_record(table_state *s, const kith_str *fields, size_t n, kith_buf *joined, kith_error *err) {
    plan *p = &s->plan;
    uint32_t group;
    if (kith_str_is(fields[0], "file") && n == 2) {
        const char *name = kith_arena_copy(s->arena, fields[1].p, fields[1].n);
        uint32_t before = s->n_files, at = name ? table_file(s, name) : UINT32_MAX;
        if (at == UINT32_MAX) return kith_no_memory(err);
        return at == before ? KITH_OK : kith_fail(err, KITH_DATA, "the state of the table is damaged");
    }
    if (kith_str_is(fields[0], "group") && n == 1 + p->n_groups + p->n_cells) {
        uint32_t before = s->groups.n;
        KITH_TRY(group_of(s, fields + 1, joined, &group, err));
        if (group != before) return kith_fail(err, KITH_DATA, "the state of the table has a group twice");
        for (uint32_t c = 0; c < p->n_cells; c++)
            KITH_TRY(cell_load(s, &p->cells[c], table_record(s, group), fields[1 + p->n_groups + c], err));
        return KITH_OK;
    }
    int64_t set;
    if (kith_str_is(fields[0], "value") && n == 3 + p->n_groups && kith_parse_int(fields[1], &set) && set >= 0 && set < p->n_sets) {
        uint32_t before = s->groups.n, entry;
        KITH_TRY(group_of(s, fields + 2, joined, &group, err));
        if (group >= before || s->groups.n != before) return kith_fail(err, KITH_DATA, "the state of the table is damaged");
        joined->n = 0;
        if (p->n_groups) kith_buf_put(joined, &group, sizeof group);
        kith_buf_str(joined, fields[2 + p->n_groups]);
        if (joined->failed) return kith_no_memory(err);
        kith_key key;
        uint64_t hash = kith_key_of((kith_str){joined->p ? joined->p : "", joined->n}, &key);
        return kith_hashtable_put(&s->sets[set], &key, &hash, 1, &entry, err);
    }
    return kith_fail(err, KITH_DATA, "the state of the table is damaged");
}

int table_load(void *state, kith_records *records, kith_error *err) {
    table_state *s = state;
    enum { ROOM = 2 * PLAN_MAX + 512 };
    kith_str *fields = kith_arena_alloc(s->arena, ROOM * sizeof *fields);
    size_t n;
    if (!fields) return kith_no_memory(err);
    if (!kith_records_next(records, fields, ROOM, &n) || n > ROOM || !n) return kith_fail(err, KITH_DATA, "the state of the table is damaged");
    if (!kith_str_is(fields[0], "by") && !kith_str_is(fields[0], "unbound")) return kith_fail(err, KITH_DATA, "the state of the table is damaged");
    s->bound = kith_str_is(fields[0], "by");
    s->plan.n_groups = (uint32_t)n - 1;
    if (s->plan.n_groups && !*s->plan.by) return kith_fail(err, KITH_DATA, "the state of the table is damaged");
    s->plan.group_names = kith_arena_alloc(s->arena, n * sizeof *s->plan.group_names);
    if (!s->plan.group_names) return kith_no_memory(err);
    for (size_t i = 1; i < n; i++) {
        char *copy = kith_arena_copy(s->arena, fields[i].p, fields[i].n);
        if (!copy) return kith_no_memory(err);
        s->plan.group_names[i - 1] = (kith_str){copy, fields[i].n};
    }
    kith_buf joined = {0};
    int status = KITH_OK;
    while (!status && kith_records_next(records, fields, ROOM, &n))
        status = n && n <= ROOM ? load_record(s, fields, n, &joined, err) : kith_fail(err, KITH_DATA, "the state of the table is damaged");
    kith_buf_free(&joined);
    return status;
}
