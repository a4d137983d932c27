/* Expressions over batches: fields by column, the answers to bad rows, and the regions' file. */
#include "expr.h"

static bool fields(const void *ctx, uint32_t column, const uint32_t *rows, size_t n, kith_str *out) {
    const kith_batch *b = ctx;
    const uint32_t *ends = b->ends;
    size_t cols = b->cols;
    if (column || !b->starts) {
        const char *bytes = b->bytes;
        for (size_t i = 0; i < n; i++) {
            size_t at = rows[i] * cols + column;
            uint32_t start = at ? ends[at - 1] + 1 : b->begin;
            if (!column) start = kith_row_start(b, rows[i]);
            out[i] = (kith_str){bytes + start, ends[at] - start};
        }
    } else
        for (size_t i = 0; i < n; i++) out[i] = kith_cell(b, rows[i], column);
    if (!b->quoted) return true;
    for (size_t i = 0; i < n; i++)
        if (out[i].n && out[i].p[0] == '"') {
            out[i] = kith_unquote(out[i], b->arena);
            if (!out[i].p) return false;
        }
    return true;
}

kith_expr_rows kith_expr_rows_of(const kith_batch *b) { return (kith_expr_rows){b, fields}; }

int kith_expr_answer_bad(kith_expr_work *w, const kith_batch *b, uint32_t before, size_t *next, kith_out *out, kith_error *err) {
    static const struct {
        const char *code, *what;
    } words[] = {
        [KITH_EXPR_COLUMN] = {"not_comparable", "not comparable"}, [KITH_EXPR_TEXT] = {"too_hard", "too hard for the pattern"},
        [KITH_EXPR_NUMBER] = {"not_a_number", "not a number"},     [KITH_EXPR_TRUTH] = {"not_a_truth_value", "not a truth value"},
        [KITH_EXPR_TIME] = {"not_a_time", "not a time"},           [KITH_EXPR_DATE] = {"not_a_date", "not a date"},
        [KITH_EXPR_DURATION] = {"not_a_duration", "not a duration"},
    };
    size_t n;
    const kith_expr_bad *bad = kith_expr_bad_rows(w, &n);
    for (; *next < n && bad[*next].row < before; ++*next) {
        const kith_expr_bad *one = &bad[*next];
        if (one->column == UINT32_MAX) {
            char what[80], shape[32];
            snprintf(what, sizeof what, "a computed value is %s (like %s)", words[one->wanted].what, kith_shape(one->value, shape));
            KITH_TRY(kith_bad_row(b, one->row, UINT32_MAX, words[one->wanted].code, what, out, err));
        } else KITH_TRY(kith_bad_row(b, one->row, one->column, words[one->wanted].code, words[one->wanted].what, out, err));
    }
    return KITH_OK;
}

/* ---- regions ----------------------------------------------------------------------------------------------------- */

static bool kilometres(kith_str text, double *km) {
    static const struct {
        const char *unit;
        double km;
    } units[] = {{"km", 1}, {"mi", 1.609344}, {"m", .001}, {"", 1}}, *u = units;
    while (text.n < strlen(u->unit) || memcmp(text.p + text.n - strlen(u->unit), u->unit, strlen(u->unit)) != 0) u++; /* the last is behind every text */
    if (!kith_parse_double(kith_str_trim((kith_str){text.p, text.n - strlen(u->unit)}), km)) return false;
    *km *= u->km;
    return true;
}

int kith_regions_read(kith_arena *arena, const char *path, kith_regions **regions, kith_error *err) {
    kith_csv csv;
    KITH_TRY(kith_csv_read(arena, path, &csv, err));
    KITH_TRY(kith_regions_new(arena, regions, err));
    uint32_t name = kith_csv_column(&csv, "name");
    if (name == UINT32_MAX) name = kith_csv_column(&csv, "region");
    static const char *const names[] = {"lat", "lon", "radius", "south", "west", "north", "east"};
    uint32_t at[7];
    for (int i = 0; i < 7; i++) at[i] = kith_csv_column(&csv, names[i]);
    bool circles = at[0] != UINT32_MAX && at[1] != UINT32_MAX && at[2] != UINT32_MAX;
    bool boxes = at[3] != UINT32_MAX && at[4] != UINT32_MAX && at[5] != UINT32_MAX && at[6] != UINT32_MAX;
    if (name == UINT32_MAX || (!circles && !boxes))
        return kith_fail(err, KITH_DATA, "%s: regions have the columns name and lat,lon,radius, or name and south,west,north,east", path);
    for (size_t i = 0; i < csv.rows; i++) {
        double v[7];
        bool there[7];
        for (int k = 0; k < 7; k++) {
            kith_str cell = kith_str_trim(kith_csv_cell(&csv, i, at[k]));
            there[k] = cell.n && (k == 2 ? kilometres(cell, &v[k]) : kith_parse_double(cell, &v[k]));
        }
        kith_str called = kith_csv_cell(&csv, i, name);
        kith_error inner;
        int status = KITH_DATA;
        kith_fail(&inner, status, "neither a circle (lat, lon, radius) nor a box (south, west, north, east) with a name");
        if (called.n && there[0] && there[1] && there[2]) status = kith_regions_circle(*regions, called, v[0], v[1], v[2], &inner);
        else if (called.n && there[3] && there[4] && there[5] && there[6]) status = kith_regions_box(*regions, called, v[3], v[4], v[5], v[6], &inner);
        if (status) return kith_fail(err, status, "%s:%llu: %s", path, (unsigned long long)csv.lines[i], inner.text);
    }
    return KITH_OK;
}
