/* Expressions: evaluation. A chunk of up to 1024 rows goes through the nodes; each fills an array for the selected rows.
 *
 * `and` and `or` give their next part only the rows that the parts before left open; `if` and `coalesce` likewise. Nodes
 * with more than one user keep their array for as long as the selection stays the same (selections are numbered). Arrays
 * are 16 KB buffers from a pool, so a chunk's work stays in the second-level cache. */
#include "expr.h"

#include <stdlib.h>

work *work_bare(kith_arena *arena, const kith_exprs *set) {
    work *w = kith_arena_zalloc(arena, sizeof *w);
    if (!w) return NULL;
    w->set = set;
    w->arena = arena;
    return w;
}

void kith_expr_work_free(kith_expr_work *w) {
    if (!w) return;
    for (size_t i = 0; i < w->n_all; i++) free(w->all[i]);
    for (size_t i = 0; i < w->n_matchers; i++) kith_matcher_free(w->matchers[i]);
    kith_arena_free(w->arena);
    kith_buf_free(&w->buf);
    kith_buf_free(&w->scratch);
    free(w->matchers);
    free(w->slots);
    free(w->pool);
    free(w->all);
    free(w->answers);
    free(w->bad);
    free(w);
}

kith_expr_work *kith_expr_work_new(const kith_exprs *set) {
    work *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->set = set;
    w->arena = kith_arena_new();
    w->n_slots = set->n_nodes;
    w->slots = calloc(w->n_slots ? w->n_slots : 1, sizeof *w->slots);
    w->matchers = calloc(set->n_patterns ? set->n_patterns : 1, sizeof *w->matchers);
    bool fine = w->arena && w->slots && w->matchers;
    for (size_t i = 0; fine && i < set->n_patterns; i++) {
        w->matchers[i] = kith_matcher_new(set->patterns[i].pattern);
        w->n_matchers = i + 1;
        fine = w->matchers[i] != NULL;
    }
    if (fine) return w;
    kith_expr_work_free(w);
    return NULL;
}

/* ---- buffers --------------------------------------------------------------------------------------------------- */

static bool grow(void ***list, size_t n, size_t *room) {
    if (n < *room) return true;
    size_t more = *room ? *room * 2 : 32;
    void **grown = realloc(*list, more * sizeof *grown);
    if (!grown) return false;
    *list = grown;
    *room = more;
    return true;
}

static void *buffer_take(work *w) {
    if (w->n_pool) return w->pool[--w->n_pool];
    void *fresh = NULL;
    if (!grow(&w->all, w->n_all, &w->room_all) || posix_memalign(&fresh, 64, BUFFER) != 0) return NULL;
    w->all[w->n_all++] = fresh;
    if (!grow(&w->pool, w->n_all, &w->room_pool)) return NULL; /* room to give every buffer back */
    return fresh;
}

static void buffer_give(work *w, void *buffer) { w->pool[w->n_pool++] = buffer; }

static void value_give(work *w, const result *v) {
    if (v->temp) buffer_give(w, v->temp);
    if (v->slot) v->slot->held--;
}

void kith_expr_begin(kith_expr_work *w, const kith_expr_rows *rows) {
    kith_arena_reset(w->arena);
    w->rows = rows;
    while (w->n_answers) value_give(w, &w->answers[--w->n_answers]);
    for (size_t i = 0; i < w->n_slots; i++) w->slots[i].held = 0; /* after a failure */
    w->n_bad = 0;
    w->bad_sorted = true;
    w->status = 0;
    w->next_selection++; /* what was kept for the batch before is stale */
}

/* ---- failures and bad rows ------------------------------------------------------------------------------------- */

void work_failed(work *w, int status, const char *message) {
    if (w->status) return;
    w->status = status;
    kith_fail(w->err, status, "%s", message);
}

void work_bad(work *w, size_t i, const node *f, kith_expr_type wanted, kith_str text) {
    if (w->n_bad == w->room_bad) {
        size_t more = w->room_bad ? w->room_bad * 2 : 16;
        kith_expr_bad *grown = realloc(w->bad, more * sizeof *grown);
        if (!grown) {
            work_failed(w, KITH_SYSTEM, "out of memory");
            return;
        }
        w->bad = grown;
        w->room_bad = more;
    }
    uint32_t row = w->now.rows ? w->now.rows[i] : (uint32_t)i;
    const node *of = f->n_args ? f->args[0] : f;
    w->bad[w->n_bad++] = (kith_expr_bad){row, of->kind == NODE_COLUMN ? of->column : UINT32_MAX, wanted, text};
    w->bad_sorted = false;
}

/* By row, keeping the first fault of each; a merge sort from below is stable and needs no comparison callback. */
const kith_expr_bad *kith_expr_bad_rows(kith_expr_work *w, size_t *n) {
    if (!w->bad_sorted && w->n_bad > 1) {
        kith_expr_bad *other = malloc(w->n_bad * sizeof *other), *from = w->bad, *to = other;
        if (!other) {
            *n = w->n_bad; /* unsorted, still complete */
            return w->bad;
        }
        for (size_t width = 1; width < w->n_bad; width *= 2) {
            for (size_t lo = 0; lo < w->n_bad; lo += 2 * width) {
                size_t mid = lo + width < w->n_bad ? lo + width : w->n_bad, hi = mid + width < w->n_bad ? mid + width : w->n_bad;
                for (size_t i = lo, j = mid, k = lo; k < hi; k++) to[k] = i < mid && (j == hi || from[i].row <= from[j].row) ? from[i++] : from[j++];
            }
            kith_expr_bad *swap = from;
            from = to;
            to = swap;
        }
        if (from != w->bad) memcpy(w->bad, from, w->n_bad * sizeof *from);
        free(other);
        size_t kept = 1;
        for (size_t i = 1; i < w->n_bad; i++)
            if (w->bad[i].row != w->bad[kept - 1].row) w->bad[kept++] = w->bad[i];
        w->n_bad = kept;
    }
    w->bad_sorted = true;
    *n = w->n_bad;
    return w->bad;
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static size_t width_of(kith_expr_type type) {
    return type == KITH_EXPR_TRUTH ? 1 : type == KITH_EXPR_TEXT || type == KITH_EXPR_COLUMN ? 16 : 8;
}

static bool missing_at(const vec *v, kith_expr_type type, size_t i) {
    switch (type) {
    case KITH_EXPR_NUMBER: return isnan(AT(*v, num, i));
    case KITH_EXPR_TRUTH: return AT(*v, tri, i) == KITH_EXPR_UNKNOWN;
    case KITH_EXPR_TIME: case KITH_EXPR_DATE: case KITH_EXPR_DURATION: return AT(*v, i64, i) == KITH_EXPR_NO_TIME;
    default: return AT(*v, str, i).n == 0;
    }
}

static int eval(work *w, const node *f, const selection *s, result *out);

/* The rows of `s` at places[0 … n−1] as a selection of their own, in `buffer`. */
static selection narrowed(work *w, const selection *s, const uint32_t *places, size_t n, uint32_t *buffer) {
    if (n == s->n) return *s; /* the same rows: what nodes keep stays good */
    for (size_t i = 0; i < n; i++) buffer[i] = s->rows[places[i]];
    return (selection){buffer, n, ++w->next_selection};
}

/* The part of a chain that settles a row: for `and` FALSE, for `or` TRUE. */
static int eval_logic(work *w, const node *f, const selection *s, uint8_t *out) {
    uint8_t settles = f->kind == NODE_OR;
    result first;
    KITH_TRY(eval(w, f->args[0], s, &first));
    for (size_t i = 0; i < s->n; i++) out[i] = AT(first.v, tri, i);
    value_give(w, &first);
    uint32_t *places = buffer_take(w), *rows = buffer_take(w);
    if (!places || !rows) return KITH_SYSTEM;
    size_t open = s->n;
    for (size_t i = 0; i < s->n; i++) places[i] = (uint32_t)i;
    selection sub = *s;
    for (uint32_t part = 1; part < f->n_args; part++) {
        size_t n = 0;
        for (size_t k = 0; k < open; k++) {
            uint32_t at = places[k];
            places[n] = at;
            n += out[at] != settles;
        }
        if (!n) break;
        if (n != open) sub = narrowed(w, s, places, n, rows);
        open = n;
        result v;
        KITH_TRY(eval(w, f->args[part], &sub, &v));
        for (size_t k = 0; k < n; k++) {
            uint8_t *o = &out[places[k]], b = AT(v.v, tri, k);
            *o = b == settles || *o == settles ? settles : (*o == KITH_EXPR_UNKNOWN || b == KITH_EXPR_UNKNOWN) ? KITH_EXPR_UNKNOWN : !settles;
        }
        value_give(w, &v);
    }
    buffer_give(w, rows);
    buffer_give(w, places);
    return KITH_OK;
}

/* Evaluates `f` for the rows of `s` at `places` and stores the values there. */
static int eval_into(work *w, const node *f, const selection *s, const uint32_t *places, size_t n, uint32_t *rows, char *out, size_t width) {
    if (!n) return KITH_OK;
    selection sub = narrowed(w, s, places, n, rows);
    result v;
    KITH_TRY(eval(w, f, &sub, &v));
    for (size_t k = 0; k < n; k++) memcpy(out + places[k] * width, (const char *)v.v.any + (k & v.v.mask) * width, width);
    value_give(w, &v);
    return KITH_OK;
}

static int eval_if(work *w, const node *f, const selection *s, char *out) {
    result c;
    KITH_TRY(eval(w, f->args[0], s, &c));
    uint32_t *places = buffer_take(w), *rows = buffer_take(w);
    if (!places || !rows) return KITH_SYSTEM;
    for (int side = 1; side <= 2; side++) { /* an unknown condition takes the second, as in SQL's CASE */
        size_t n = 0;
        for (size_t i = 0; i < s->n; i++)
            if ((AT(c.v, tri, i) == 1) == (side == 1)) places[n++] = (uint32_t)i;
        KITH_TRY(eval_into(w, f->args[side], s, places, n, rows, out, width_of(f->type)));
    }
    buffer_give(w, rows);
    buffer_give(w, places);
    value_give(w, &c);
    return KITH_OK;
}

static int eval_coalesce(work *w, const node *f, const selection *s, char *out) {
    uint32_t *places = buffer_take(w), *rows = buffer_take(w);
    if (!places || !rows) return KITH_SYSTEM;
    size_t n = s->n;
    for (size_t i = 0; i < n; i++) places[i] = (uint32_t)i;
    vec so_far = {.any = out, .mask = SIZE_MAX};
    for (uint32_t part = 0; part < f->n_args && n; part++) {
        KITH_TRY(eval_into(w, f->args[part], s, places, n, rows, out, width_of(f->type)));
        size_t open = 0;
        for (size_t k = 0; k < n; k++)
            if (missing_at(&so_far, f->type, places[k])) places[open++] = places[k];
        n = open;
    }
    buffer_give(w, rows);
    buffer_give(w, places);
    return KITH_OK;
}

static int eval_call(work *w, const node *f, const selection *s, void *buffer) {
    result few[4], *args = few;
    vec few_vecs[4], *vecs = few_vecs;
    if (f->n_args > 4) { /* long lists are rare: min(a, b, c, …) */
        args = malloc(f->n_args * sizeof *args);
        vecs = malloc(f->n_args * sizeof *vecs);
    }
    int status = args && vecs ? KITH_OK : KITH_SYSTEM;
    uint32_t done = 0;
    for (; done < f->n_args && !status; done++) {
        status = eval(w, f->args[done], s, &args[done]);
        if (!status) vecs[done] = args[done].v;
    }
    if (!status) {
        w->now = *s;
        f->run(w, f, s->n, (vec){.any = buffer, .mask = SIZE_MAX}, vecs);
        for (uint32_t i = 0; i < done; i++) value_give(w, &args[i]);
        status = w->status;
    }
    if (args != few) free(args);
    if (vecs != few_vecs) free(vecs);
    return status;
}

static int eval(work *w, const node *f, const selection *s, result *out) {
    *out = (result){0};
    if (f->kind == NODE_CONST) {
        out->v = (vec){.any = (void *)(uintptr_t)&f->value, .mask = 0};
        return KITH_OK;
    }
    struct slot *slot = f->uses > 1 ? &w->slots[f->id] : NULL;
    if (slot && slot->held && slot->selection != s->id) slot = NULL; /* someone above us still looks at it */
    void *buffer = slot && slot->values ? slot->values : buffer_take(w);
    if (!buffer) return KITH_SYSTEM;
    out->v = (vec){.any = buffer, .mask = SIZE_MAX};
    if (!slot) out->temp = buffer;
    else {
        bool there = slot->values && slot->selection == s->id;
        slot->values = buffer;
        slot->held++;
        out->slot = slot;
        if (there) return KITH_OK;
        slot->selection = 0; /* until it is whole */
    }
    int status = KITH_OK;
    switch (f->kind) {
    case NODE_COLUMN: status = w->rows->fields(w->rows->ctx, f->column, s->rows, s->n, buffer) ? KITH_OK : KITH_SYSTEM; break;
    case NODE_AND: case NODE_OR: status = eval_logic(w, f, s, buffer); break;
    case NODE_IF: status = eval_if(w, f, s, buffer); break;
    case NODE_COALESCE: status = eval_coalesce(w, f, s, buffer); break;
    default: status = eval_call(w, f, s, buffer); break;
    }
    if (slot) slot->selection = s->id;
    return status;
}

static int failure(work *w, int status, kith_error *err) {
    if (w->status) return w->status; /* its message is there */
    return status == KITH_SYSTEM ? kith_no_memory(err) : status;
}

/* ---- the doors ---------------------------------------------------------------------------------------------------- */

int kith_expr_pass(kith_expr_work *w, size_t number, const uint32_t *rows, size_t n, uint32_t *passed, size_t *n_passed,
                   kith_error *err) {
    uint32_t all[KITH_EXPR_CHUNK];
    const node *f = w->set->roots[number];
    size_t found = 0, bad_before = w->n_bad;
    w->err = err;
    for (size_t first = 0; first < n; first += KITH_EXPR_CHUNK) {
        size_t m = n - first < KITH_EXPR_CHUNK ? n - first : KITH_EXPR_CHUNK;
        if (rows) memcpy(all, rows + first, m * sizeof *all); /* `passed` may be `rows` */
        else
            for (size_t i = 0; i < m; i++) all[i] = (uint32_t)(first + i);
        selection s = {all, m, ++w->next_selection};
        result v;
        int status = eval(w, f, &s, &v);
        if (status) return failure(w, status, err);
        for (size_t i = 0; i < m; i++) {
            passed[found] = all[i];
            found += AT(v.v, tri, i) == 1;
        }
        value_give(w, &v);
    }
    if (w->n_bad != bad_before) { /* bad rows do not pass */
        size_t n_bad, kept = 0, k = 0;
        const kith_expr_bad *bad = kith_expr_bad_rows(w, &n_bad);
        for (size_t i = 0; i < found; i++) {
            while (k < n_bad && bad[k].row < passed[i]) k++;
            if (k < n_bad && bad[k].row == passed[i]) continue;
            passed[kept++] = passed[i];
        }
        found = kept;
    }
    *n_passed = found;
    return KITH_OK;
}

void kith_expr_select(kith_expr_work *w, const uint32_t *rows, size_t n) {
    while (w->n_answers) value_give(w, &w->answers[--w->n_answers]);
    w->chosen = (selection){rows, n, ++w->next_selection};
}

int kith_expr_eval(kith_expr_work *w, size_t number, kith_expr_values *values, kith_error *err) { return expr_eval_node(w, w->set->roots[number], values, err); }

int expr_eval_node(work *w, const node *f, kith_expr_values *values, kith_error *err) {
    w->err = err;
    result v;
    if (w->n_answers == w->room_answers) {
        size_t more = w->room_answers ? w->room_answers * 2 : 16;
        result *grown = realloc(w->answers, more * sizeof *grown);
        if (!grown) return kith_no_memory(err);
        w->answers = grown;
        w->room_answers = more;
    }
    int status = eval(w, f, &w->chosen, &v);
    if (status) return failure(w, status, err);
    w->answers[w->n_answers++] = v;
    *values = (kith_expr_values){.type = f->type, .constant = v.v.mask == 0, .text = v.v.any, .number = v.v.any, .time = v.v.any, .truth = v.v.any};
    return KITH_OK;
}

void kith_expr_put(const kith_expr_values *v, size_t i, kith_buf *buf) {
    if (v->constant) i = 0;
    char text[40];
    switch (v->type) {
    case KITH_EXPR_NUMBER: kith_buf_double(buf, v->number[i]); break;
    case KITH_EXPR_TRUTH:
        if (v->truth[i] != KITH_EXPR_UNKNOWN) kith_buf_putc(buf, (char)('0' + v->truth[i]));
        break;
    case KITH_EXPR_TIME:
        if (v->time[i] != KITH_EXPR_NO_TIME) kith_buf_put(buf, text, kith_format_time(v->time[i], text));
        break;
    case KITH_EXPR_DATE:
        if (v->time[i] != KITH_EXPR_NO_TIME) kith_buf_put(buf, text, kith_format_date(v->time[i], text));
        break;
    case KITH_EXPR_DURATION:
        if (v->time[i] != KITH_EXPR_NO_TIME) {
            int64_t us = v->time[i];
            if (us % KITH_US_PER_SECOND == 0) kith_buf_int(buf, us / KITH_US_PER_SECOND);
            else kith_buf_double(buf, (double)us / 1e6);
        }
        break;
    default: kith_buf_str(buf, v->text[i]); break;
    }
}
