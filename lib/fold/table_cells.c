/* What a group keeps for an aggregate: adding, merging, saving, loading. */
#include "table_plan.h"

#include <stdlib.h>
#include <string.h>

static bool text_set(text_cell *cell, kith_str text, kith_arena *arena) {
    if (text.n > UINT32_MAX / 2) return false;
    if (text.n > cell->room) {
        uint32_t room = (uint32_t)(text.n < 16 ? 16 : text.n + text.n / 2);
        cell->p = kith_arena_alloc(arena, room);
        if (!cell->p) return false;
        cell->room = room;
    }
    if (text.n) memcpy(cell->p, text.p, text.n);
    cell->n = (uint32_t)text.n;
    cell->set = true;
    return true;
}

static kith_str text_of(const text_cell *cell) { return (kith_str){cell->p ? cell->p : "", cell->n}; }

/* Numbers by value come before texts by bytes; equal numbers by their bytes, so that the result is one text. */
static int extreme_compare(const extreme_cell *a, const extreme_cell *b) {
    if (a->is_number != b->is_number) return a->is_number ? -1 : 1;
    int order = a->is_number ? kith_number_compare(&a->number, &b->number) : 0;
    return order ? order : kith_str_compare(text_of(&a->text), text_of(&b->text));
}

static bool extreme_take(extreme_cell *cell, const extreme_cell *other, bool most, kith_arena *arena) {
    if (cell->text.set) {
        int order = extreme_compare(other, cell);
        if (most ? order <= 0 : order >= 0) return true;
    }
    cell->number = other->number;
    cell->is_number = other->is_number;
    return text_set(&cell->text, text_of(&other->text), arena);
}

bool extreme_offer(extreme_cell *cell, kith_str text, bool most, kith_arena *arena) {
    extreme_cell other = {.text = {(char *)(uintptr_t)text.p, (uint32_t)text.n, 0, true}};
    other.is_number = kith_number_parse(text, &other.number);
    return extreme_take(cell, &other, most, arena);
}

bool placed_offer(table_state *s, placed_cell *cell, uint32_t file, uint64_t record, kith_str text, bool last) {
    if (cell->text.set) {
        int order = file == cell->file ? 0 : strcmp(s->files[file], s->files[cell->file]);
        if (!order) order = (record > cell->record) - (record < cell->record);
        if (last ? order <= 0 : order >= 0) return true;
    }
    cell->file = file;
    cell->record = record;
    return text_set(&cell->text, text, s->arena);
}

bool cell_merge(table_state *s, const plan_cell *c, char *into, const char *from, const uint32_t *files) {
    char *a = into + c->offset;
    const char *b = from + c->offset;
    switch (c->kind) {
    case CELL_ROWS:
    case CELL_PRESENT: *(uint64_t *)(void *)a += *(const uint64_t *)(const void *)b; return true;
    case CELL_SUM: return kith_sum_merge((kith_sum *)(void *)a, (const kith_sum *)(const void *)b, s->arena);
    case CELL_MOMENTS: return kith_moments_merge((kith_moments *)(void *)a, (const kith_moments *)(const void *)b, s->arena);
    case CELL_LEAST:
    case CELL_MOST: {
        const extreme_cell *other = (const extreme_cell *)(const void *)b;
        return !other->text.set || extreme_take((extreme_cell *)(void *)a, other, c->kind == CELL_MOST, s->arena);
    }
    case CELL_QUANTILES: return kith_quantiles_merge((kith_quantiles *)(void *)a, (const kith_quantiles *)(const void *)b, s->arena);
    case CELL_FIRST:
    case CELL_LAST: {
        const placed_cell *other = (const placed_cell *)(const void *)b;
        return !other->text.set || placed_offer(s, (placed_cell *)(void *)a, files ? files[other->file] : other->file, other->record,
                                                text_of(&other->text), c->kind == CELL_LAST);
    }
    case CELL_WEIGHTED: {
        weighted_cell *w = (weighted_cell *)(void *)a;
        const weighted_cell *other = (const weighted_cell *)(const void *)b;
        return kith_sum_merge(&w->products, &other->products, s->arena) && kith_sum_merge(&w->weights, &other->weights, s->arena);
    }
    case CELL_RATIO: {
        ratio_cell *r = (ratio_cell *)(void *)a;
        const ratio_cell *other = (const ratio_cell *)(const void *)b;
        return kith_moments_merge(&r->a, &other->a, s->arena) && kith_moments_merge(&r->b, &other->b, s->arena) &&
               kith_sum_merge(&r->ab, &other->ab, s->arena);
    }
    case CELL_DISTINCT: break;
    }
    return true;
}

bool cell_subtract(table_state *s, const plan_cell *c, char *from, const char *what, bool *less) {
    char *a = from + c->offset;
    const char *b = what + c->offset;
    switch (c->kind) {
    case CELL_ROWS:
    case CELL_PRESENT: {
        uint64_t *n = (uint64_t *)(void *)a, m = *(const uint64_t *)(const void *)b;
        *less = *less || m > *n;
        *n -= m;
        return true;
    }
    case CELL_SUM: {
        kith_sum *sum = (kith_sum *)(void *)a;
        const kith_sum *other = (const kith_sum *)(const void *)b;
        *less = *less || other->n > sum->n;
        return kith_sum_subtract(sum, other, s->arena);
    }
    case CELL_MOMENTS: {
        kith_moments *m = (kith_moments *)(void *)a;
        const kith_moments *other = (const kith_moments *)(const void *)b;
        *less = *less || other->sum.n > m->sum.n;
        return kith_moments_subtract(m, other, s->arena);
    }
    case CELL_WEIGHTED: {
        weighted_cell *w = (weighted_cell *)(void *)a;
        const weighted_cell *other = (const weighted_cell *)(const void *)b;
        *less = *less || other->weights.n > w->weights.n;
        return kith_sum_subtract(&w->products, &other->products, s->arena) && kith_sum_subtract(&w->weights, &other->weights, s->arena);
    }
    case CELL_RATIO: {
        ratio_cell *r = (ratio_cell *)(void *)a;
        const ratio_cell *other = (const ratio_cell *)(const void *)b;
        *less = *less || other->ab.n > r->ab.n;
        return kith_moments_subtract(&r->a, &other->a, s->arena) && kith_moments_subtract(&r->b, &other->b, s->arena) &&
               kith_sum_subtract(&r->ab, &other->ab, s->arena);
    }
    default: return true; /* plan_subtracts leaves no other */
    }
}

void cell_save(const plan_cell *c, const char *record, kith_row_writer *w, kith_buf *scratch) {
    char *at = (char *)(uintptr_t)record + c->offset;
    scratch->n = 0;
    switch (c->kind) {
    case CELL_ROWS:
    case CELL_PRESENT: kith_buf_int(scratch, (int64_t) * (uint64_t *)(void *)at); break;
    case CELL_SUM: kith_sum_save((kith_sum *)(void *)at, scratch); break;
    case CELL_MOMENTS: kith_moments_save((kith_moments *)(void *)at, scratch); break;
    case CELL_LEAST:
    case CELL_MOST: {
        const extreme_cell *e = (const extreme_cell *)(const void *)at;
        if (e->text.set) {
            kith_buf_putc(scratch, '=');
            kith_buf_str(scratch, text_of(&e->text));
        }
        break;
    }
    case CELL_QUANTILES: kith_quantiles_save((kith_quantiles *)(void *)at, scratch); break;
    case CELL_FIRST:
    case CELL_LAST: {
        const placed_cell *p = (const placed_cell *)(const void *)at;
        if (p->text.set) {
            kith_buf_int(scratch, p->file);
            kith_buf_putc(scratch, ':');
            kith_buf_int(scratch, (int64_t)p->record);
            kith_buf_putc(scratch, ':');
            kith_buf_str(scratch, text_of(&p->text));
        }
        break;
    }
    case CELL_WEIGHTED: {
        const weighted_cell *x = (const weighted_cell *)(const void *)at;
        kith_sum_save(&x->products, scratch);
        kith_buf_putc(scratch, '|');
        kith_sum_save(&x->weights, scratch);
        break;
    }
    case CELL_RATIO: {
        const ratio_cell *x = (const ratio_cell *)(const void *)at;
        kith_moments_save(&x->a, scratch);
        kith_buf_putc(scratch, '|');
        kith_moments_save(&x->b, scratch);
        kith_buf_putc(scratch, '|');
        kith_sum_save(&x->ab, scratch);
        break;
    }
    case CELL_DISTINCT: break;
    }
    kith_put_text(w, (kith_str){scratch->p ? scratch->p : "", scratch->n});
}

static int damaged(kith_error *err) { return kith_fail(err, KITH_DATA, "the state of the table is damaged"); }

/* Cuts text at the next `mark`; false where there is none. */
static bool cut(kith_str *rest, char mark, kith_str *part) {
    const char *at = rest->n ? memchr(rest->p, mark, rest->n) : NULL;
    if (!at) return false;
    *part = (kith_str){rest->p, (size_t)(at - rest->p)};
    *rest = (kith_str){at + 1, rest->n - part->n - 1};
    return true;
}

static int load_count(uint64_t *count, kith_str text, kith_error *err) {
    int64_t value;
    if (!kith_parse_int(text, &value) || value < 0 || value > INT64_C(1) << 60) return damaged(err);
    *count = (uint64_t)value;
    return KITH_OK;
}

int cell_load(table_state *s, const plan_cell *c, char *record, kith_str text, kith_error *err) {
    char *at = record + c->offset;
    kith_str part;
    switch (c->kind) {
    case CELL_ROWS:
    case CELL_PRESENT: return load_count((uint64_t *)(void *)at, text, err);
    case CELL_SUM: return kith_sum_load((kith_sum *)(void *)at, text, s->arena, err);
    case CELL_MOMENTS: return kith_moments_load((kith_moments *)(void *)at, text, s->arena, err);
    case CELL_LEAST:
    case CELL_MOST:
        if (!text.n) return KITH_OK;
        if (text.p[0] != '=') return damaged(err);
        return extreme_offer((extreme_cell *)(void *)at, (kith_str){text.p + 1, text.n - 1}, c->kind == CELL_MOST, s->arena) ? KITH_OK : kith_no_memory(err);
    case CELL_QUANTILES: return kith_quantiles_load((kith_quantiles *)(void *)at, text, s->arena, err);
    case CELL_FIRST:
    case CELL_LAST: {
        placed_cell *p = (placed_cell *)(void *)at;
        uint64_t file;
        if (!text.n) return KITH_OK;
        if (!cut(&text, ':', &part)) return damaged(err);
        KITH_TRY(load_count(&file, part, err));
        if (file >= s->n_files || !cut(&text, ':', &part)) return damaged(err);
        KITH_TRY(load_count(&p->record, part, err));
        p->file = (uint32_t)file;
        return text_set(&p->text, text, s->arena) ? KITH_OK : kith_no_memory(err);
    }
    case CELL_WEIGHTED: {
        weighted_cell *x = (weighted_cell *)(void *)at;
        if (!cut(&text, '|', &part)) return damaged(err);
        KITH_TRY(kith_sum_load(&x->products, part, s->arena, err));
        return kith_sum_load(&x->weights, text, s->arena, err);
    }
    case CELL_RATIO: {
        ratio_cell *x = (ratio_cell *)(void *)at;
        if (!cut(&text, '|', &part)) return damaged(err);
        KITH_TRY(kith_moments_load(&x->a, part, s->arena, err));
        if (!cut(&text, '|', &part)) return damaged(err);
        KITH_TRY(kith_moments_load(&x->b, part, s->arena, err));
        return kith_sum_load(&x->ab, text, s->arena, err);
    }
    case CELL_DISTINCT: break;
    }
    return KITH_OK;
}
