/* The aggregates' text into a plan: NAME=AGG(COL,…), separated by commas. Several outputs share a cell: mean(x) and sum(x)
 * keep one sum, and where sd(x) is asked too, its moments serve all three. */
#include "table_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    aggregate_kind kind;
    int least, most; /* arguments */
    double p;
} aggregates[] = {
    {"count", AGG_COUNT, 0, 1, 0},       {"sum", AGG_SUM, 1, 1, 0},     {"mean", AGG_MEAN, 1, 1, 0},
    {"sd", AGG_SD, 1, 1, 0},             {"min", AGG_MIN, 1, 1, 0},     {"max", AGG_MAX, 1, 1, 0},
    {"median", AGG_QUANTILE, 1, 1, .5},  {"distinct", AGG_DISTINCT, 1, 1, 0}, {"first", AGG_FIRST, 1, 1, 0},
    {"last", AGG_LAST, 1, 1, 0},         {"share", AGG_SHARE, 0, 1, 0}, {"weighted", AGG_WEIGHTED, 2, 2, 0},
    {"ratio", AGG_RATIO, 2, 2, 0},
};
enum { AGGREGATES = sizeof aggregates / sizeof *aggregates };

static int column_of(plan *p, kith_str name, bool number, kith_arena *arena, uint32_t *column, kith_error *err) {
    if (!name.n) return kith_fail(err, KITH_USAGE, "an aggregate's column has no name");
    for (*column = 0; *column < p->n_columns; ++*column)
        if (kith_str_is(name, p->columns[*column].name)) break;
    if (*column == p->n_columns) {
        if (p->n_columns == PLAN_MAX) return kith_fail(err, KITH_USAGE, "more than %d columns in aggregates", PLAN_MAX);
        const char *copy = kith_arena_copy(arena, name.p, name.n);
        if (!copy) return kith_no_memory(err);
        p->columns[p->n_columns++] = (plan_column){copy, false, 0};
    }
    if (number) p->columns[*column].number = true;
    return KITH_OK;
}

static int cell_of(plan *p, cell_kind kind, uint32_t a, uint32_t b, uint32_t *cell, kith_error *err) {
    for (*cell = 0; *cell < p->n_cells; ++*cell) {
        const plan_cell *c = &p->cells[*cell];
        if (c->a != a || c->b != b) continue;
        if (c->kind == kind || (kind == CELL_SUM && c->kind == CELL_MOMENTS)) return KITH_OK;
        if (kind == CELL_MOMENTS && c->kind == CELL_SUM) {
            p->cells[*cell].kind = CELL_MOMENTS;
            return KITH_OK;
        }
    }
    if (p->n_cells == PLAN_MAX) return kith_fail(err, KITH_USAGE, "more than %d aggregates", PLAN_MAX);
    p->cells[p->n_cells++] = (plan_cell){kind, a, b, kind == CELL_DISTINCT ? p->n_sets++ : 0, 0};
    return KITH_OK;
}

static bool percentile(kith_str name, double *p) {
    if (name.n < 2 || name.p[0] != 'p' || name.p[1] < '0' || name.p[1] > '9') return false;
    return kith_parse_double((kith_str){name.p + 1, name.n - 1}, p) && *p >= 0 && *p <= 100;
}

static int unknown(kith_str word, kith_error *err) {
    const char *names[AGGREGATES];
    char text[64];
    for (size_t i = 0; i < AGGREGATES; i++) names[i] = aggregates[i].name;
    snprintf(text, sizeof text, "%.*s", (int)(word.n < 60 ? word.n : 60), word.p);
    const char *near = kith_nearest_name(text, names, AGGREGATES);
    if (near) return kith_fail(err, KITH_USAGE, "unknown aggregate \"%s\" (did you mean \"%s\"?)", text, near);
    return kith_fail(err, KITH_USAGE, "unknown aggregate \"%s\": count, sum, mean, sd, min, max, median, pNN, distinct, first, last, share, weighted or ratio", text);
}

/* One item: NAME=AGG(COL,COL). */
static int add_item(plan *p, kith_str item, kith_arena *arena, kith_error *err) {
    kith_str name = {NULL, 0}, body = kith_str_trim(item), args[2] = {{NULL, 0}, {NULL, 0}};
    const char *open = body.n ? memchr(body.p, '(', body.n) : NULL, *equal = body.n ? memchr(body.p, '=', body.n) : NULL;
    if (equal && (!open || equal < open)) {
        name = kith_str_trim((kith_str){body.p, (size_t)(equal - body.p)});
        body = kith_str_trim((kith_str){equal + 1, (size_t)(body.p + body.n - equal - 1)});
        if (!name.n) return kith_fail(err, KITH_USAGE, "an aggregate has no name before its =");
    }
    kith_str word = kith_str_trim((kith_str){body.p, open ? (size_t)(open - body.p) : body.n});
    int n = 0;
    bool star = open && kith_str_is(kith_str_trim((kith_str){open, (size_t)(body.p + body.n - open)}), "(*)"); /* count(*), as in SQL: rows */
    if (star && !kith_str_is(word, "count")) return kith_fail(err, KITH_USAGE, "the aggregate %.*s takes a column, not *", KITH_STR_FMT(word));
    if (open && !star) {
        if (body.p[body.n - 1] != ')') return kith_fail(err, KITH_USAGE, "the aggregate %.*s has no closing bracket", KITH_STR_FMT(word));
        const char *at = open + 1, *end = body.p + body.n - 1;
        while (at < end || n) {
            bool braces = at < end && *at == '{'; /* {a name, with marks} */
            const char *stop = braces ? memchr(at, '}', (size_t)(end - at)) : memchr(at, ',', (size_t)(end - at));
            if (braces && !stop) return kith_fail(err, KITH_USAGE, "the aggregate %.*s has no closing brace", KITH_STR_FMT(word));
            if (!stop) stop = end;
            if (n == 2) return kith_fail(err, KITH_USAGE, "the aggregate %.*s takes fewer columns", KITH_STR_FMT(word));
            args[n++] = braces ? (kith_str){at + 1, (size_t)(stop - at - 1)} : kith_str_trim((kith_str){at, (size_t)(stop - at)});
            if (braces) stop++;
            while (stop < end && *stop == ' ') stop++;
            if (stop >= end) break;
            if (*stop != ',') return kith_fail(err, KITH_USAGE, "the aggregate %.*s is malformed", KITH_STR_FMT(word));
            at = stop + 1;
            while (at < end && *at == ' ') at++;
        }
    }
    double quantile = 0;
    size_t k = 0;
    while (k < AGGREGATES && !kith_str_is(word, aggregates[k].name)) k++;
    bool is_percentile = k == AGGREGATES && percentile(word, &quantile);
    if (k == AGGREGATES && !is_percentile) return unknown(word, err);
    aggregate_kind kind = is_percentile ? AGG_QUANTILE : aggregates[k].kind;
    int least = is_percentile ? 1 : aggregates[k].least, most = is_percentile ? 1 : aggregates[k].most;
    if (n < least || n > most)
        return kith_fail(err, KITH_USAGE, "the aggregate %.*s takes %s column%s", KITH_STR_FMT(word), most == 2 ? "two" : least ? "one" : "at most one", most == 2 ? "s" : "");
    static const cell_kind cells[] = {CELL_PRESENT, CELL_SUM,  CELL_SUM,      CELL_MOMENTS, CELL_LEAST,    CELL_MOST, CELL_QUANTILES,
                                      CELL_DISTINCT, CELL_FIRST, CELL_LAST, CELL_SUM,     CELL_WEIGHTED, CELL_RATIO};
    static const bool numbers[] = {false, true, true, true, false, false, true, false, false, false, true, true, true};
    uint32_t a = 0, b = 0;
    if (n > 0) KITH_TRY(column_of(p, args[0], numbers[kind], arena, &a, err));
    if (n > 1) KITH_TRY(column_of(p, args[1], true, arena, &b, err));
    if (p->n_outputs == PLAN_MAX) return kith_fail(err, KITH_USAGE, "more than %d aggregates", PLAN_MAX);
    plan_output *out = &p->outputs[p->n_outputs++];
    *out = (plan_output){.kind = kind, .p = is_percentile ? quantile / 100 : k < AGGREGATES ? aggregates[k].p : 0};
    KITH_TRY(cell_of(p, n ? cells[kind] : CELL_ROWS, a, b, &out->cell, err));
    if (name.n) out->name = kith_arena_copy(arena, name.p, name.n);
    else if (n) out->name = kith_arena_format(arena, "%.*s_%.*s", KITH_STR_FMT(word), KITH_STR_FMT(args[0]));
    else out->name = kith_arena_copy(arena, word.p, word.n);
    return out->name ? KITH_OK : kith_no_memory(err);
}

static size_t cell_size(cell_kind kind) {
    static const size_t sizes[] = {
        [CELL_ROWS] = sizeof(uint64_t),     [CELL_PRESENT] = sizeof(uint64_t),        [CELL_DISTINCT] = sizeof(uint64_t),
        [CELL_SUM] = sizeof(kith_sum),      [CELL_MOMENTS] = sizeof(kith_moments),    [CELL_LEAST] = sizeof(extreme_cell),
        [CELL_MOST] = sizeof(extreme_cell), [CELL_QUANTILES] = sizeof(kith_quantiles), [CELL_FIRST] = sizeof(placed_cell),
        [CELL_LAST] = sizeof(placed_cell),  [CELL_WEIGHTED] = sizeof(weighted_cell),  [CELL_RATIO] = sizeof(ratio_cell),
    };
    return sizes[kind];
}

bool plan_subtracts(const plan *p, const char **not) {
    for (uint32_t i = 0; i < p->n_outputs; i++) {
        cell_kind kind = p->cells[p->outputs[i].cell].kind;
        bool can = kind == CELL_ROWS || kind == CELL_PRESENT || kind == CELL_SUM || kind == CELL_MOMENTS || kind == CELL_WEIGHTED || kind == CELL_RATIO;
        if (!can && not) *not = p->outputs[i].name;
        if (!can) return false;
    }
    return true;
}

int plan_make(plan *p, const kith_params *params, kith_arena *arena, kith_error *err) {
    memset(p, 0, sizeof *p);
    const char *by = kith_params_get(params, "by"), *wide = kith_params_get(params, "wide"), *text = kith_params_get(params, "aggregates");
    p->by = kith_arena_copy(arena, by, strlen(by));
    p->wide = kith_arena_copy(arena, wide, strlen(wide));
    p->total = *kith_params_get(params, "total") == '1';
    if (!p->by || !p->wide) return kith_no_memory(err);
    if (*p->wide && !*p->by) return kith_fail(err, KITH_USAGE, "--wide needs groups: name them with -g");
    for (const char *at = text; *at;) {
        const char *end = at;
        for (int depth = 0; *end && (*end != ',' || depth > 0); end++) {
            if (*end == '(' || *end == '{') depth++;
            if (*end == ')' || *end == '}') depth--;
        }
        KITH_TRY(add_item(p, (kith_str){at, (size_t)(end - at)}, arena, err));
        at = *end ? end + 1 : end;
    }
    if (!p->n_outputs) KITH_TRY(add_item(p, KITH_STR("count"), arena, err));
    uint32_t rows;
    if (*p->by && p->n_cells < PLAN_MAX && plan_subtracts(p, NULL)) KITH_TRY(cell_of(p, CELL_ROWS, 0, 0, &rows, err)); /* whether a group has rows left */
    for (uint32_t i = 0; i < p->n_outputs; i++)
        for (uint32_t k = 0; k < i; k++)
            if (!strcmp(p->outputs[i].name, p->outputs[k].name))
                return kith_fail(err, KITH_USAGE, "two aggregates are called \"%s\"", p->outputs[i].name);
    for (uint32_t i = 0; i < p->n_cells; i++) {
        p->cells[i].offset = p->stride;
        p->stride += (cell_size(p->cells[i].kind) + 15) / 16 * 16;
    }
    return KITH_OK;
}
