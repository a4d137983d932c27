/* Connected components of edges, as a fold: a spanning forest of what was seen, which merges as a state.
 *
 * A state holds each record that an edge names and the edge that leads towards the least of its component; edges that
 * close a circle are forgotten. So a state is as large as the records in it, however many edges there were, and forests
 * merge by being read as edges (union by least index, path halving). Ids are compared by length, then by bytes: whole
 * numbers stand in their order. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

typedef struct forest {
    kith_arena *arena;
    kith_str *id;
    uint32_t *parent, *slot;
    uint32_t n, room, mask, column[2];
    const char *left, *right;
} forest;

static void free_state(void *v) {
    forest *s = v;
    if (!s) return;
    free(s->id), free(s->parent), free(s->slot);
    kith_arena_free(s->arena);
    free(s);
}

static int init(const kith_params *params, void **out, kith_error *err) {
    forest *s = calloc(1, sizeof *s);
    *out = s;
    if (!s || !(s->arena = kith_arena_new())) return kith_no_memory(err);
    const char *names[2] = {kith_params_get(params, "left"), kith_params_get(params, "right")};
    s->left = kith_arena_copy(s->arena, names[0], strlen(names[0]));
    s->right = kith_arena_copy(s->arena, names[1], strlen(names[1]));
    return s->left && s->right ? KITH_OK : kith_no_memory(err);
}

static int bind(void *v, const kith_header *h, kith_error *err) {
    forest *s = v;
    KITH_TRY(kith_column(h, s->left[0] ? s->left : "left_id", &s->column[0], err));
    return kith_column(h, s->right[0] ? s->right : "right_id", &s->column[1], err);
}

static int grow(forest *s, kith_error *err) {
    if (s->n >= UINT32_MAX / 4) return kith_fail(err, KITH_DATA, "more than a billion records in one forest");
    uint32_t room = s->room ? 2 * s->room : 1024;
    kith_str *id = realloc(s->id, room * sizeof *id);
    if (id) s->id = id;
    uint32_t *parent = realloc(s->parent, room * sizeof *parent);
    if (parent) s->parent = parent;
    uint32_t *slot = calloc(2 * (size_t)room, sizeof *slot);
    if (!id || !parent || !slot) {
        free(slot);
        return kith_no_memory(err);
    }
    uint32_t mask = 2 * room - 1;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t at = (uint32_t)kith_hash(id[i].p, id[i].n, 12) & mask;
        while (slot[at]) at = (at + 1) & mask;
        slot[at] = i + 1;
    }
    free(s->slot);
    s->slot = slot, s->mask = mask, s->room = room;
    return KITH_OK;
}

static int node(forest *s, kith_str id, uint32_t *out, kith_error *err) {
    if (s->n == s->room) KITH_TRY(grow(s, err));
    uint32_t at = (uint32_t)kith_hash(id.p, id.n, 12) & s->mask;
    for (; s->slot[at]; at = (at + 1) & s->mask)
        if (kith_str_equal(s->id[s->slot[at] - 1], id)) return *out = s->slot[at] - 1, KITH_OK;
    char *copy = kith_arena_copy(s->arena, id.p, id.n);
    if (!copy) return kith_no_memory(err);
    s->id[s->n] = (kith_str){copy, id.n};
    s->parent[s->n] = s->n;
    s->slot[at] = s->n + 1;
    *out = s->n++;
    return KITH_OK;
}

static uint32_t root(forest *s, uint32_t i) {
    while (s->parent[i] != i) i = s->parent[i] = s->parent[s->parent[i]];
    return i;
}

static int edge(forest *s, kith_str a, kith_str b, kith_error *err) {
    uint32_t i, j;
    KITH_TRY(node(s, a, &i, err));
    KITH_TRY(node(s, b, &j, err));
    i = root(s, i), j = root(s, j);
    if (i < j) s->parent[j] = i;
    else s->parent[i] = j;
    return KITH_OK;
}

static int step(void *v, const kith_batch *b, kith_out *out, kith_error *err) {
    forest *s = v;
    for (uint32_t i = 0; i < b->rows; i++) {
        kith_str left = kith_text(b, i, s->column[0]), right = kith_text(b, i, s->column[1]);
        if (left.n && right.n) KITH_TRY(edge(s, left, right, err));
        else KITH_TRY(kith_bad_row(b, i, s->column[left.n ? 1 : 0], "missing", "no id", out, err)); /* no record that links others */
    }
    return KITH_OK;
}

static int merge(void *a, void *b, kith_error *err) {
    forest *into = a, *from = b;
    for (uint32_t i = 0; i < from->n; i++) KITH_TRY(edge(into, from->id[from->parent[i]], from->id[i], err));
    return KITH_OK;
}

static int save(const void *v, kith_buf *out, kith_error *err) {
    forest *s = (forest *)(uintptr_t)v; /* paths grow shorter; the forest stays */
    kith_row_writer w = kith_row_begin(out, ',');
    for (uint32_t i = 0; i < s->n; i++) {
        kith_put_string(&w, "edge");
        kith_put_text(&w, s->id[root(s, i)]);
        kith_put_text(&w, s->id[i]);
        kith_row_end(&w);
    }
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

static int load(void *v, kith_records *r, kith_error *err) {
    kith_str f[3];
    size_t n;
    while (kith_records_next(r, f, 3, &n)) {
        if (n != 3 || !kith_str_is(f[0], "edge")) return kith_fail(err, KITH_DATA, "not an edge of a forest");
        KITH_TRY(edge(v, f[1], f[2], err));
    }
    return KITH_OK;
}

typedef struct ordered {
    uint64_t head; /* the first eight bytes, for most comparisons */
    uint32_t length, node;
    const kith_str *id;
} ordered;

static int by_id(const void *a, const void *b) {
    const ordered *x = a, *y = b;
    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    if (x->head != y->head) return x->head < y->head ? -1 : 1;
    return kith_str_compare(*x->id, *y->id);
}

static int finish(void *v, char delimiter, kith_buf *out, kith_error *err) {
    forest *s = v;
    ordered *o = malloc(sizeof *o * ((size_t)s->n + 1));
    uint32_t *least = malloc(sizeof *least * ((size_t)s->n + 1));
    if (!o || !least) {
        free(o), free(least);
        return kith_no_memory(err);
    }
    for (uint32_t i = 0; i < s->n; i++) {
        o[i] = (ordered){.length = (uint32_t)s->id[i].n, .node = i, .id = &s->id[i]};
        for (size_t k = 0; k < 8; k++) o[i].head = o[i].head << 8 | (k < s->id[i].n ? (unsigned char)s->id[i].p[k] : 0);
        least[i] = UINT32_MAX;
    }
    if (s->n) qsort(o, s->n, sizeof *o, by_id);
    kith_row_writer w = kith_row_begin(out, delimiter);
    kith_put_string(&w, "id"), kith_put_string(&w, "component"), kith_row_end(&w);
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t *to = &least[root(s, o[i].node)];
        if (*to == UINT32_MAX) *to = o[i].node;
        kith_put_text(&w, *o[i].id);
        kith_put_text(&w, s->id[*to]);
        kith_row_end(&w);
    }
    free(o), free(least);
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

const kith_fold kith_link_forest_fold = {.name = "dedupe.resolve", .version = 1, .init = init, .bind = bind, .step = step, .merge = merge, .finish = finish, .save = save, .load = load, .free = free_state};
