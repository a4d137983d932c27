/* Taste: pairs of person and item as a mergeable set, and the item-to-item weights that finish makes of it. */
#include <kith/taste.h>

#include <kith/hashtable.h>
#include <kith/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MOST = 20000, SLACK = 1 << 20 };

typedef struct pair {
    uint32_t person, item;
    int64_t count;
} pair;

typedef struct taste {
    kith_arena *arena;
    const char *id, *item, *method;
    double lambda, keep, buyers; /* buyers: nan: decided by the data */
    uint32_t c_id, c_item;
    kith_hashtable persons, items;
    pair *pairs;
    size_t n, room, settled;
} taste;

static void free_state(void *v) {
    taste *t = v;
    if (!t) return;
    kith_hashtable_free(&t->persons);
    kith_hashtable_free(&t->items);
    free(t->pairs);
    kith_arena_free(t->arena);
}

static const char *text(kith_arena *arena, const kith_params *params, const char *name, const char *otherwise) {
    const char *v = kith_params_get(params, name);
    if (!v[0]) v = otherwise;
    return kith_arena_copy(arena, v, strlen(v));
}

static int init(const kith_params *params, void **out, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    taste *t = arena ? kith_arena_zalloc(arena, sizeof *t) : NULL;
    *out = t;
    if (!t) {
        kith_arena_free(arena);
        return kith_no_memory(err);
    }
    t->arena = arena;
    t->id = text(arena, params, "id", "person_id");
    t->item = text(arena, params, "item", "product");
    t->method = text(arena, params, "method", "ease");
    t->lambda = kith_params_number(params, "lambda", 500);
    t->keep = kith_params_number(params, "keep", 100);
    t->buyers = kith_params_number(params, "buyers", NAN);
    int status = t->id && t->item && t->method ? kith_hashtable_init(&t->persons, err) : kith_no_memory(err);
    if (status == KITH_OK) status = kith_hashtable_init(&t->items, err);
    if (status == KITH_OK && !(t->lambda > 0 && t->lambda < 1e12))
        status = kith_fail(err, KITH_USAGE, "--lambda takes a positive number");
    if (status != KITH_OK) {
        free_state(t);
        *out = NULL;
    }
    return status;
}

static int bind(void *v, const kith_header *header, kith_error *err) {
    taste *t = v;
    KITH_TRY(kith_column(header, t->id, &t->c_id, err));
    return kith_column(header, t->item, &t->c_item, err);
}

static int by_pair(const void *a, const void *b) {
    const pair *p = a, *q = b;
    if (p->person != q->person) return p->person < q->person ? -1 : 1;
    return p->item < q->item ? -1 : p->item > q->item;
}

static void settle(taste *t) {
    if (t->settled == t->n) return;
    qsort(t->pairs, t->n, sizeof *t->pairs, by_pair);
    size_t k = 0;
    for (size_t i = 0; i < t->n;) {
        pair p = t->pairs[i++];
        for (; i < t->n && t->pairs[i].person == p.person && t->pairs[i].item == p.item; i++)
            p.count += t->pairs[i].count;
        if (p.count != 0) t->pairs[k++] = p;
    }
    t->n = t->settled = k;
}

static int reserve(taste *t, size_t more, kith_error *err) {
    if (t->n + more <= t->room) return KITH_OK;
    if (t->n > SLACK && t->n > 2 * t->settled) settle(t);
    if (t->n + more <= t->room) return KITH_OK;
    size_t room = t->room + t->room / 2 + more + 1024;
    pair *pairs = realloc(t->pairs, room * sizeof *pairs);
    if (!pairs) return kith_no_memory(err);
    t->pairs = pairs;
    t->room = room;
    return KITH_OK;
}

static int add(taste *t, kith_str person, kith_str item, int64_t count, kith_error *err) {
    kith_key keys[2];
    pair p = {.count = count};
    uint64_t h = kith_key_of(person, &keys[0]), g = kith_key_of(item, &keys[1]);
    KITH_TRY(reserve(t, 1, err));
    KITH_TRY(kith_hashtable_put(&t->persons, &keys[0], &h, 1, &p.person, err));
    KITH_TRY(kith_hashtable_put(&t->items, &keys[1], &g, 1, &p.item, err));
    t->pairs[t->n++] = p;
    return KITH_OK;
}

static int step(void *v, const kith_batch *b, kith_out *out, kith_error *err) {
    taste *t = v;
    for (uint32_t row = 0; row < b->rows; row++) {
        kith_str person = kith_text(b, row, t->c_id), item = kith_str_trim(kith_text(b, row, t->c_item));
        if (person.n && !person.p) return kith_no_memory(err);
        if (!person.n || !item.n) {
            KITH_TRY(kith_bad_row(b, row, person.n ? t->c_item : t->c_id, "missing", person.n ? "no item" : "no id",
                                  out, err));
            continue;
        }
        KITH_TRY(add(t, person, item, 1, err));
    }
    return KITH_OK;
}

static int add_all(taste *into, const taste *from, int64_t sign, kith_error *err) {
    for (size_t i = 0; i < from->n; i++)
        KITH_TRY(add(into, kith_hashtable_key(&from->persons, from->pairs[i].person),
                     kith_hashtable_key(&from->items, from->pairs[i].item), sign * from->pairs[i].count, err));
    return KITH_OK;
}

static int merge(void *into, void *from, kith_error *err) { return add_all(into, from, 1, err); }

static int subtract(void *from, void *what, kith_error *err) {
    taste *t = from;
    KITH_TRY(add_all(t, what, -1, err));
    settle(t);
    for (size_t i = 0; i < t->n; i++) {
        if (t->pairs[i].count < 0) return kith_fail(err, KITH_DATA, "rows to take out that are not in the state");
    }
    return KITH_OK;
}

/* Ranks by byte order of names: rank[entry]. To be freed. */
static int ranks(const kith_hashtable *table, uint32_t **rank, uint32_t **order, kith_error *err) {
    *rank = malloc(((size_t)table->n + 1) * sizeof **rank);
    *order = malloc(((size_t)table->n + 1) * sizeof **order);
    int status = *rank && *order ? kith_hashtable_order(table, *order, err) : kith_no_memory(err);
    for (uint32_t i = 0; status == KITH_OK && i < table->n; i++) (*rank)[(*order)[i]] = i;
    return status;
}

static int save(const void *v, kith_buf *out, kith_error *err) {
    taste *t = (taste *)v; /* settling changes the form, not the state */
    uint32_t *rank[2] = {NULL, NULL}, *order[2] = {NULL, NULL};
    settle(t);
    int status = ranks(&t->persons, &rank[0], &order[0], err);
    if (status == KITH_OK) status = ranks(&t->items, &rank[1], &order[1], err);
    pair *sorted = malloc((t->n + 1) * sizeof *sorted);
    if (status == KITH_OK && !sorted) status = kith_no_memory(err);
    if (status == KITH_OK) {
        for (size_t i = 0; i < t->n; i++)
            sorted[i] = (pair){rank[0][t->pairs[i].person], rank[1][t->pairs[i].item], t->pairs[i].count};
        qsort(sorted, t->n, sizeof *sorted, by_pair);
        kith_row_writer w = kith_row_begin(out, ',');
        for (size_t i = 0; i < t->n; i++) {
            if (i == 0 || sorted[i].person != sorted[i - 1].person) {
                kith_put_string(&w, "P");
                kith_put_text(&w, kith_hashtable_key(&t->persons, order[0][sorted[i].person]));
                kith_row_end(&w);
            }
            kith_put_string(&w, "I");
            kith_put_text(&w, kith_hashtable_key(&t->items, order[1][sorted[i].item]));
            kith_put_int(&w, sorted[i].count);
            kith_row_end(&w);
        }
        if (out->failed) status = kith_no_memory(err);
    }
    for (int i = 0; i < 2; i++) free(rank[i]), free(order[i]);
    free(sorted);
    return status;
}

static int load(void *v, kith_records *records, kith_error *err) {
    taste *t = v;
    kith_str f[4], person = {NULL, 0};
    size_t n;
    int64_t count;
    while (kith_records_next(records, f, 4, &n)) {
        if (n == 2 && kith_str_is(f[0], "P") && f[1].n) {
            person = (kith_str){kith_arena_copy(t->arena, f[1].p, f[1].n), f[1].n};
            if (!person.p) return kith_no_memory(err);
        } else if (n == 3 && person.n && kith_str_is(f[0], "I") && f[1].n && kith_parse_int(f[2], &count) &&
                   count > 0 && count < INT64_C(1) << 48) {
            KITH_TRY(add(t, person, f[1], count, err));
        } else {
            return kith_fail(err, KITH_DATA, "not a saved record of choices");
        }
    }
    return KITH_OK;
}

/* ---- weights
 * ---------------------------------------------------------------------------------------------------------- */

/* The items kept, in byte order of their names: place[entry] or UINT32_MAX; buyers by place. */
typedef struct kept {
    size_t n, people;
    uint32_t *place, *order, *buyers;
} kept;

static int keep_items(taste *t, double *least, kept *k, kith_error *err) {
    uint32_t *rank = NULL;
    settle(t);
    int status = ranks(&t->items, &rank, &k->order, err);
    uint32_t *counts = calloc((size_t)t->items.n + 1, sizeof *counts);
    k->place = malloc(((size_t)t->items.n + 1) * sizeof *k->place);
    k->buyers = malloc(((size_t)t->items.n + 1) * sizeof *k->buyers);
    if (status == KITH_OK && (!counts || !k->place || !k->buyers)) status = kith_no_memory(err);
    size_t many = 0;
    for (size_t i = 0; status == KITH_OK && i < t->n; i++) counts[t->pairs[i].item]++;
    for (uint32_t i = 0; status == KITH_OK && i < t->items.n; i++) many += counts[i] >= 20;
    *least = isnan(t->buyers) ? many >= 50 ? 20 : 1 : t->buyers;
    for (uint32_t i = 0; status == KITH_OK && i < t->items.n; i++) {
        uint32_t e = k->order[i];
        bool in = counts[e] >= *least && counts[e] > 0;
        k->place[e] = in ? (uint32_t)k->n : UINT32_MAX;
        if (!in) continue;
        k->order[k->n] = e; /* never ahead of i */
        k->buyers[k->n++] = counts[e];
    }
    free(rank);
    free(counts);
    if (status == KITH_OK && k->n < 2)
        status = kith_fail(err, KITH_DATA, "fewer than two items with %g buyers", *least);
    if (status == KITH_OK && k->n > ITEMS_MOST)
        status = kith_fail(err, KITH_DATA,
                           "%zu items: more than %d would need %.0f GB; ask for more buyers an item (--buyers)", k->n,
                           ITEMS_MOST, (double)k->n * (double)k->n * 1.6e-8);
    return status;
}

static void co_occur(const taste *t, kept *k, double *g) {
    size_t n = k->n;
    uint32_t *mine = NULL;
    for (size_t from = 0, to; from < t->n; from = to) {
        size_t m = 0;
        for (to = from; to < t->n && t->pairs[to].person == t->pairs[from].person;) to++;
        uint32_t *more = realloc(mine, (to - from) * sizeof *mine);
        if (!more) break; /* checked by the caller through the diagonal */
        mine = more;
        for (size_t i = from; i < to; i++) {
            uint32_t place = k->place[t->pairs[i].item];
            if (place != UINT32_MAX) mine[m++] = place;
        }
        k->people += m > 0;
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < m; j++) g[(size_t)mine[i] * n + mine[j]] += 1;
        }
    }
    free(mine);
}

/* Weights by target: w[j*n + i] is item i's for target j. */
static int ease(double *g, size_t n, double lambda, kith_error *err) {
    for (size_t i = 0; i < n; i++) g[i * n + i] += lambda;
    KITH_TRY(kith_cholesky(n, g, err));
    KITH_TRY(kith_cholesky_invert(n, g, err));
    for (size_t j = 0; j < n; j++) { /* P is symmetric: row j is column j; B_ij = −P_ij / P_jj */
        double d = g[j * n + j];
        for (size_t i = 0; i < n; i++) g[j * n + i] = i == j ? 0 : -g[j * n + i] / d;
    }
    return KITH_OK;
}

static void cosines(double *g, size_t n, const uint32_t *buyers) {
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++)
            g[j * n + i] = i == j ? 0 : g[j * n + i] / sqrt((double)buyers[i] * (double)buyers[j]);
    }
}

typedef struct weight {
    double size, value;
    uint32_t item;
} weight;

static int by_weight(const void *a, const void *b) {
    const weight *p = a, *q = b;
    if (p->size != q->size) return p->size > q->size ? -1 : 1;
    return p->item < q->item ? -1 : p->item > q->item;
}

static int by_item(const void *a, const void *b) {
    const weight *p = a, *q = b;
    return p->item < q->item ? -1 : p->item > q->item;
}

static int put_weights(const taste *t, const kept *k, const double *g, kith_row_writer *w, kith_error *err) {
    size_t n = k->n, most = t->keep >= 1 && t->keep < (double)n ? (size_t)t->keep : n;
    weight *row = malloc(n * sizeof *row);
    kith_buf cell = {0};
    for (size_t j = 0; row && j < n; j++) {
        size_t m = 0;
        for (size_t i = 0; i < n; i++) {
            double v = round(g[j * n + i] * 1e7) / 1e7; /* seven decimals: 1e-7 of a score moves nobody */
            if (v != 0) row[m++] = (weight){fabs(v), v, (uint32_t)i};
        }
        qsort(row, m, sizeof *row, by_weight);
        if (m > most) m = most;
        qsort(row, m, sizeof *row, by_item);
        cell.n = 0;
        for (size_t i = 0; i < m; i++) {
            if (i) kith_buf_putc(&cell, ' ');
            kith_buf_int(&cell, (int64_t)row[i].item + 1);
            kith_buf_putc(&cell, ':');
            kith_buf_double(&cell, row[i].value);
        }
        kith_put_string(w, "weights");
        kith_put_int(w, (int64_t)j + 1);
        kith_put_text(w, (kith_str){cell.p, cell.n});
        kith_row_end(w);
    }
    bool failed = !row || cell.failed;
    free(row);
    kith_buf_free(&cell);
    return failed ? kith_no_memory(err) : KITH_OK;
}

static void put(kith_row_writer *w, const char *part, const char *name, const char *value) {
    kith_put_string(w, part);
    kith_put_string(w, name);
    kith_put_string(w, value);
    kith_row_end(w);
}

static void put_number(kith_row_writer *w, const char *part, const char *name, double value) {
    char number[32];
    kith_format_double(value, number);
    put(w, part, name, number);
}

static int finish(void *v, char delimiter, kith_buf *out, kith_error *err) {
    taste *t = v;
    kept k = {0};
    double least, *g = NULL;
    int status = keep_items(t, &least, &k, err);
    size_t n = k.n;
    if (status == KITH_OK && !(g = calloc(n * n, sizeof *g))) status = kith_no_memory(err);
    if (status == KITH_OK) {
        co_occur(t, &k, g);
        for (size_t i = 0; i < n && status == KITH_OK; i++) {
            if (g[i * n + i] != (double)k.buyers[i]) status = kith_no_memory(err);
        }
    }
    bool neighbours = strcmp(t->method, "knn") == 0;
    if (status == KITH_OK && neighbours)
        cosines(g, n, k.buyers);
    else if (status == KITH_OK)
        status = ease(g, n, t->lambda, err);
    if (status == KITH_OK) {
        kith_row_writer w = kith_row_begin(out, delimiter);
        put(&w, "part", "name", "value");
        put(&w, "model", "kind", "taste");
        put(&w, "model", "version", "1");
        put(&w, "fit", "method", t->method);
        if (!neighbours) put_number(&w, "fit", "lambda", t->lambda);
        put_number(&w, "fit", "keep", t->keep);
        put_number(&w, "fit", "buyers", least);
        put_number(&w, "fit", "rows", (double)k.people);
        put_number(&w, "fit", "items", (double)n);
        put(&w, "column", "id", t->id);
        put(&w, "column", "item", t->item);
        for (size_t pass = 0; pass < 2; pass++) {
            for (size_t j = 0; j < n; j++) {
                kith_put_string(&w, pass ? "buyers" : "item");
                kith_put_int(&w, (int64_t)j + 1);
                if (pass)
                    kith_put_int(&w, k.buyers[j]);
                else
                    kith_put_text(&w, kith_hashtable_key(&t->items, k.order[j]));
                kith_row_end(&w);
            }
        }
        status = put_weights(t, &k, g, &w, err);
        if (status == KITH_OK && out->failed) status = kith_no_memory(err);
    }
    free(g);
    free(k.place);
    free(k.order);
    free(k.buyers);
    return status;
}

const kith_fold kith_taste_fold = {
    .name = "score.fit taste",
    .version = 1,
    .model = true,
    .init = init,
    .bind = bind,
    .step = step,
    .merge = merge,
    .subtract = subtract,
    .finish = finish,
    .save = save,
    .load = load,
    .free = free_state,
};
