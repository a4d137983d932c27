/* Expressions: nodes are made once. Equal nodes are found by hash, and a call whose arguments are constants is computed
 * when it is made, by the kernel that would run over rows. */
#include "expr.h"

#include <stdlib.h>

int kith_exprs_new(kith_arena *arena, const kith_expr_scope *scope, kith_exprs **set, kith_error *err) {
    kith_exprs *s = kith_arena_zalloc(arena, sizeof *s);
    if (!s) return kith_no_memory(err);
    s->arena = arena;
    s->scope = scope;
    s->table_room = 256;
    s->table = kith_arena_zalloc(arena, s->table_room * sizeof *s->table);
    s->folding = work_bare(arena, s);
    if (!s->table || !s->folding) return kith_no_memory(err);
    *set = s;
    return KITH_OK;
}

void kith_exprs_free(kith_exprs *set) {
    if (!set) return;
    for (size_t i = 0; i < set->n_patterns; i++) kith_pattern_free(set->patterns[i].pattern);
    set->n_patterns = 0;
    kith_buf_free(&set->folding->buf);
    kith_buf_free(&set->folding->scratch);
    free(set->folding->bad);
    set->folding->bad = NULL;
}


kith_expr_type kith_exprs_type(const kith_exprs *set, size_t number) { return set->roots[number]->type; }

int kith_exprs_define(kith_exprs *set, kith_str name, size_t number, kith_error *err) {
    if (set->n_defined == set->room_defined) {
        size_t more = set->room_defined ? set->room_defined * 2 : 8;
        struct defined *grown = kith_arena_alloc(set->arena, more * sizeof *grown);
        if (!grown) return kith_no_memory(err);
        if (set->n_defined) memcpy(grown, set->defined, set->n_defined * sizeof *grown);
        set->defined = grown;
        set->room_defined = more;
    }
    char *copy = kith_arena_copy(set->arena, name.p, name.n);
    if (!copy) return kith_no_memory(err);
    set->defined[set->n_defined++] = (struct defined){{copy, name.n}, set->roots[number]};
    return KITH_OK;
}

static bool node_equal(const node *a, const node *b) {
    if (a->hash != b->hash || a->kind != b->kind || a->type != b->type || a->mode != b->mode || a->n_args != b->n_args ||
        a->column != b->column || a->run != b->run || a->aux != b->aux || a->matcher != b->matcher)
        return false;
    for (uint32_t i = 0; i < a->n_args; i++)
        if (a->args[i] != b->args[i]) return false;
    if (a->kind != NODE_CONST) return true;
    switch (a->type) {
    case KITH_EXPR_NUMBER: return memcmp(&a->value.num, &b->value.num, sizeof a->value.num) == 0;
    case KITH_EXPR_TRUTH: return a->value.tri == b->value.tri;
    case KITH_EXPR_TIME: case KITH_EXPR_DATE: case KITH_EXPR_DURATION: return a->value.i64 == b->value.i64;
    default: return kith_str_equal(a->value.str, b->value.str);
    }
}

static void node_rehash(kith_exprs *set) {
    size_t room = set->table_room * 4;
    node **table = kith_arena_zalloc(set->arena, room * sizeof *table);
    if (!table) return; /* longer chains do no harm */
    for (size_t i = 0; i < set->table_room; i++)
        for (node *n = set->table[i], *next; n; n = next) {
            next = n->next;
            n->next = table[n->hash & (room - 1)];
            table[n->hash & (room - 1)] = n;
        }
    set->table = table;
    set->table_room = room;
}

/* The node equal to `like`, made if there is none. */
static node *node_intern(kith_exprs *set, node *like) {
    uint64_t value = 0;
    if (like->kind == NODE_CONST) switch (like->type) {
        case KITH_EXPR_NUMBER: memcpy(&value, &like->value.num, sizeof value); break;
        case KITH_EXPR_TRUTH: value = like->value.tri; break;
        case KITH_EXPR_TIME: case KITH_EXPR_DATE: case KITH_EXPR_DURATION: value = (uint64_t)like->value.i64; break;
        default: value = kith_hash(like->value.str.p, like->value.str.n, 1); break;
        }
    uint64_t h = kith_hash_mix(value, (uint64_t)like->kind << 40 | (uint64_t)like->type << 32 | like->mode);
    h = kith_hash_mix(h, (uint64_t)like->column << 32 | like->matcher);
    h = kith_hash_mix(h, (uint64_t)(uintptr_t)like->run); /* addresses order nothing: they only find equals */
    h = kith_hash_mix(h, (uint64_t)(uintptr_t)like->aux);
    for (uint32_t i = 0; i < like->n_args; i++) h = kith_hash_mix(h, like->args[i]->id);
    like->hash = h;
    for (node *n = set->table[h & (set->table_room - 1)]; n; n = n->next)
        if (node_equal(n, like)) return n;
    if (set->n_nodes > set->table_room) node_rehash(set);
    node *made = kith_arena_alloc(set->arena, sizeof *made);
    if (!made || set->n_nodes >= UINT32_MAX) return NULL;
    *made = *like;
    if (like->n_args) {
        made->args = kith_arena_alloc(set->arena, like->n_args * sizeof *made->args);
        if (!made->args) return NULL;
        memcpy(made->args, like->args, like->n_args * sizeof *made->args);
        for (uint32_t i = 0; i < like->n_args; i++) made->args[i]->uses++;
    }
    made->id = (uint32_t)set->n_nodes++;
    made->uses = 0;
    made->next = set->table[h & (set->table_room - 1)];
    set->table[h & (set->table_room - 1)] = made;
    return made;
}

#define PLAIN .column = UINT32_MAX, .matcher = UINT32_MAX

node *node_const_text(kith_exprs *set, kith_str s) {
    return node_intern(set, &(node){.kind = NODE_CONST, .type = KITH_EXPR_TEXT, PLAIN, .value.str = s});
}
node *node_const_number(kith_exprs *set, double v) {
    return node_intern(set, &(node){.kind = NODE_CONST, .type = KITH_EXPR_NUMBER, PLAIN, .value.num = v});
}
node *node_const_i64(kith_exprs *set, kith_expr_type type, int64_t v) {
    return node_intern(set, &(node){.kind = NODE_CONST, .type = type, PLAIN, .value.i64 = v});
}
node *node_const_truth(kith_exprs *set, uint8_t tri) {
    return node_intern(set, &(node){.kind = NODE_CONST, .type = KITH_EXPR_TRUTH, PLAIN, .value.tri = tri});
}
node *node_column(kith_exprs *set, uint32_t column) {
    return node_intern(set, &(node){.kind = NODE_COLUMN, .type = KITH_EXPR_COLUMN, .column = column, .matcher = UINT32_MAX});
}

node *node_special(kith_exprs *set, node_kind kind, kith_expr_type type, node *const *args, size_t n) {
    node **copy = kith_arena_alloc(set->arena, n * sizeof *copy);
    if (!copy) return NULL;
    memcpy(copy, args, n * sizeof *copy);
    return node_intern(set, &(node){.kind = kind, .type = type, PLAIN, .args = copy, .n_args = (uint32_t)n});
}

static vec constant_of(const node *n) {
    vec v = {.any = (void *)(uintptr_t)&n->value, .mask = 0};
    return v;
}

static node *fold(kith_exprs *set, const node *like, bool *bad) {
    work *w = set->folding;
    vec args[8];
    union {
        double num;
        int64_t i64;
        kith_str str;
        uint8_t tri;
    } value;
    for (uint32_t i = 0; i < like->n_args; i++) args[i] = constant_of(like->args[i]);
    vec out = {.any = &value, .mask = 0};
    size_t before = w->n_bad;
    w->now = (selection){0};
    like->run(w, like, 1, out, args);
    if (w->status) return NULL;
    if (w->n_bad != before) {
        w->n_bad = before;
        *bad = true;
        return NULL;
    }
    switch (like->type) {
    case KITH_EXPR_NUMBER: return node_const_number(set, value.num);
    case KITH_EXPR_TRUTH: return node_const_truth(set, value.tri);
    case KITH_EXPR_TIME: case KITH_EXPR_DATE: case KITH_EXPR_DURATION: return node_const_i64(set, like->type, value.i64);
    default: return node_const_text(set, value.str);
    }
}

node *node_call(kith_exprs *set, kith_expr_type type, kernel run, uint32_t mode, const void *aux, node *const *args,
                size_t n, bool *bad) {
    node **copy = kith_arena_alloc(set->arena, (n ? n : 1) * sizeof *copy);
    if (!copy) return NULL;
    if (n) memcpy(copy, args, n * sizeof *copy);
    node like = {.kind = NODE_CALL, .type = type, .mode = mode, PLAIN, .run = run, .aux = aux, .args = copy, .n_args = (uint32_t)n};
    bool constant = n <= 8;
    for (size_t i = 0; i < n; i++) constant = constant && args[i]->kind == NODE_CONST;
    if (constant) return fold(set, &like, bad);
    return node_intern(set, &like);
}

int node_pattern(kith_exprs *set, kith_str text, unsigned flags, uint32_t *index, kith_error *err) {
    for (size_t i = 0; i < set->n_patterns; i++)
        if (kith_str_equal(set->patterns[i].text, text)) {
            *index = (uint32_t)i;
            return KITH_OK;
        }
    if (set->n_patterns == set->room_patterns) {
        size_t more = set->room_patterns ? set->room_patterns * 2 : 4;
        pattern_entry *grown = kith_arena_alloc(set->arena, more * sizeof *grown);
        if (!grown) return kith_no_memory(err);
        if (set->n_patterns) memcpy(grown, set->patterns, set->n_patterns * sizeof *grown);
        set->patterns = grown;
        set->room_patterns = more;
    }
    kith_pattern *pattern;
    KITH_TRY(kith_pattern_new(text, flags, &pattern, err));
    *index = (uint32_t)set->n_patterns;
    set->patterns[set->n_patterns++] = (pattern_entry){text, pattern, literals_of(set->arena, text)};
    return KITH_OK;
}

node *node_match(kith_exprs *set, kith_expr_type type, kernel run, uint32_t mode, uint32_t pattern, node *const *args,
                 size_t n) {
    node **copy = kith_arena_alloc(set->arena, n * sizeof *copy);
    if (!copy) return NULL;
    memcpy(copy, args, n * sizeof *copy);
    return node_intern(set, &(node){.kind = NODE_CALL, .type = type, .mode = mode, .column = UINT32_MAX, .matcher = pattern,
                                    .run = run, .args = copy, .n_args = (uint32_t)n});
}

/* ---- keys ------------------------------------------------------------------------------------------------------ */

/* column == "text" (either way round) or column in ("text", …). */
static bool is_key(const node *n, uint32_t *column) {
    if (n->kind != NODE_CALL || !n->n_args || n->args[0]->kind != NODE_COLUMN) return false;
    *column = n->args[0]->column;
    if (n->run == k_compare_text) return n->mode == CMP_EQ && n->args[1]->kind == NODE_CONST;
    return n->run == k_in_text;
}

static const node *key_at(const kith_exprs *set, size_t number, size_t want, size_t *count) {
    const node *root = set->roots[number];
    const node *const *parts = (const node *const *)root->args;
    size_t n = root->n_args, found = 0;
    if (root->kind != NODE_AND) parts = (const node *const *)&set->roots[number], n = 1;
    const node *hit = NULL;
    for (size_t i = 0; i < n; i++) {
        uint32_t column;
        if (is_key(parts[i], &column) && found++ == want) hit = parts[i];
    }
    if (count) *count = found;
    return hit;
}

size_t kith_expr_keys(const kith_exprs *set, size_t number, uint32_t *columns, size_t room) {
    size_t n;
    key_at(set, number, SIZE_MAX, &n);
    for (size_t i = 0; i < n && i < room; i++) is_key(key_at(set, number, i, NULL), &columns[i]);
    return n;
}

const kith_str *kith_expr_key_texts(const kith_exprs *set, size_t number, size_t i, size_t *n) {
    const node *key = key_at(set, number, i, NULL);
    if (key->run == k_in_text) {
        const text_set *items = key->aux;
        *n = items->n;
        return items->items;
    }
    *n = 1;
    return &key->args[1]->value.str;
}

const char *kith_expr_type_name(kith_expr_type type) {
    static const char *const names[] = {"column", "text", "number", "truth value", "time", "date", "duration", "missing value"};
    return names[type];
}
