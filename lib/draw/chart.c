/* From a table to a chart: which columns play which part, and what kind of picture suits them.
 *
 * A table that a kith verb prints is known by its columns' names (the list `known` below); any other by what its columns
 * hold: time runs along x as a line, a word beside a number makes bars, with low and high dots with their intervals, a lone
 * number a histogram. What the user named always wins. */
#include <kith/draw.h>

#include "draw_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const kith_chart_names[KITH_CHART_KINDS] = {"auto", "histogram", "bars", "line", "step", "dots", "heat", "funnel"};

enum { GROUPS_MAX = 60, NONE = -1 };

typedef enum holds { HOLDS_NOTHING, HOLDS_NUMBER, HOLDS_TIME, HOLDS_TEXT } holds;

typedef struct roles { /* column indices, NONE where there is none */
    kith_chart_kind kind;
    int x, panel, by, low, high; /* panel: pictures apart, each with its own scale */
    int y[KITH_TICKS_MAX];
    size_t ys;
    int method;    /* of an experiment: the column that says which rows are effects */
    bool of_first; /* a value is shown as a share of its series' first one (cohorts) */
    size_t numbers; /* how many columns of numbers there were to choose from */
    const char *title; /* where the columns' names would say nothing; else NULL */
    const char *why;   /* how the kind was chosen */
} roles;

static const struct {
    kith_chart_kind kind;
    const char *needs[4], *x, *panel, *y, *by, *low, *high;
    bool of_first;
} known[] = {
    {KITH_CHART_FUNNEL, {"step", "persons", "share", NULL}, "step", NULL, "persons", NULL, NULL, NULL, false},
    {KITH_CHART_HEAT, {"cohort", "period", "persons", NULL}, "period", NULL, "persons", "cohort", NULL, NULL, true},
    {KITH_CHART_STEP, {"time", "at_risk", "survival", NULL}, "time", NULL, "survival", "group", "low", "high", false},
    {KITH_CHART_DOTS, {"metric", "arm", "method", "estimate"}, "arm", "metric", "estimate", "method", "low", "high", false},
    {KITH_CHART_LINE, {"curve", "x", "y", "low"}, "x", "curve", "y", NULL, "low", "high", false},
    {KITH_CHART_LINE, {"test", "effect", "n", "method"}, "effect", NULL, "n", "method", NULL, NULL, false},
    {KITH_CHART_BARS, {"channel", "model", "conversions", NULL}, "channel", NULL, "conversions", "model", NULL, NULL, false},
    {KITH_CHART_DOTS, {"promise", "promised", "gap", NULL}, "promise", NULL, "gap", "period", "low", "high", false},
    {KITH_CHART_FUNNEL, {"stage", "reached", "accounts", "conversion"}, "stage", NULL, "reached", NULL, NULL, NULL, false},
    {KITH_CHART_DOTS, {"measure", "value", "low", "high"}, "measure", NULL, "value", NULL, "low", "high", false},
};

/* A moment: ISO 8601, a month such as 2026-09, or (for a column called year) a year. */
static bool read_time(kith_str cell, bool year, double *value) {
    char text[16];
    int64_t us;
    bool is_date;
    if ((cell.n == 7 && cell.p[4] == '-') || (year && cell.n == 4)) {
        memcpy(text, cell.p, cell.n);
        memcpy(text + cell.n, cell.n == 7 ? "-01" : "-01-01", cell.n == 7 ? 3 : 6);
        cell = (kith_str){text, 10};
    }
    if (!kith_parse_time(cell, NULL, &us, &is_date)) return false;
    *value = (double)us;
    return true;
}

static bool is_year(const kith_grid *grid, size_t column) { return kith_str_equal_nocase(grid->names[column], KITH_STR("year")); }

static holds what_holds(const kith_grid *grid, size_t column) {
    bool number = true, time = true;
    size_t seen = 0;
    double value;
    for (size_t row = 0; row < grid->rows && (number || time); row++) {
        kith_str cell = kith_grid_cell(grid, row, column);
        if (!cell.n) continue;
        seen++;
        if (number && !kith_parse_double(cell, &value)) number = false;
        if (time && !read_time(cell, is_year(grid, column), &value)) time = false;
    }
    if (!seen) return HOLDS_NOTHING;
    return time ? HOLDS_TIME : number ? HOLDS_NUMBER : HOLDS_TEXT;
}

static int find(const kith_grid *grid, const char *name) {
    size_t at = name ? kith_grid_find(grid, name) : SIZE_MAX;
    return at == SIZE_MAX ? NONE : (int)at;
}

static int named(const kith_grid *grid, kith_str name, int *column, kith_error *err) {
    if (!name.n) return KITH_OK;
    for (size_t c = 0; c < grid->columns; c++)
        if (kith_str_equal(grid->names[c], name)) {
            *column = (int)c;
            return KITH_OK;
        }
    const char **names = calloc(grid->columns + 1, sizeof *names);
    kith_arena *arena = kith_arena_new();
    const char *near = NULL;
    char *wanted = arena ? kith_arena_copy(arena, name.p, name.n) : NULL;
    if (names && wanted) {
        for (size_t c = 0; c < grid->columns; c++) {
            names[c] = kith_arena_copy(arena, grid->names[c].p, grid->names[c].n);
            if (!names[c]) names[c] = "";
        }
        near = kith_nearest_name(wanted, names, grid->columns);
    }
    int status = near ? kith_fail(err, KITH_DATA, "no column \"%s\" (did you mean \"%s\"?)", wanted, near)
                      : kith_fail(err, KITH_DATA, "no column \"%.*s\"", KITH_STR_FMT(name));
    free(names);
    kith_arena_free(arena);
    return status;
}

static size_t count_distinct(const kith_grid *grid, int column, size_t stop) {
    size_t n = 0;
    for (size_t row = 0; row < grid->rows && n < stop; row++) {
        size_t before = 0;
        while (before < row &&
               !kith_str_equal(kith_grid_cell(grid, before, (size_t)column), kith_grid_cell(grid, row, (size_t)column)))
            before++;
        n += before == row;
    }
    return n;
}

/* What a known table's picture is depends on how it was grouped. */
static void refine(const kith_grid *grid, roles *r) {
    int metric = find(grid, "metric"), period = find(grid, "period");
    if (find(grid, "curve") != NONE && r->panel == find(grid, "curve")) r->title = "how good the score is";
    if (r->kind == KITH_CHART_FUNNEL && r->x > 0) { /* a pipeline by groups: the share that reached each stage, a mark a group */
        r->kind = KITH_CHART_BARS;
        r->by = 0;
        if (find(grid, "conversion") == NONE) return;
        r->y[0] = find(grid, "conversion");
        r->low = find(grid, "low");
        r->high = find(grid, "high");
        if (r->low != NONE && r->high != NONE) r->kind = KITH_CHART_DOTS;
    } else if (r->panel != NONE && r->panel == metric) { /* an experiment; by segments: a mark a segment, in the arms' colours */
        r->method = r->by;
        if (metric > 0) r->by = r->x, r->x = 0;
    } else if (r->x != NONE && r->x == find(grid, "promise") && period != NONE && count_distinct(grid, period, 3) > 2) { /* a trend */
        r->kind = KITH_CHART_LINE;
        r->by = r->x;
        r->x = period;
        if (r->by > 0) r->panel = 0;
    }
}

static bool guess_known(const kith_grid *grid, roles *r) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        bool all = true;
        for (size_t k = 0; k < 4 && known[i].needs[k]; k++) all = all && find(grid, known[i].needs[k]) != NONE;
        if (!all) continue;
        *r = (roles){known[i].kind, find(grid, known[i].x), find(grid, known[i].panel), find(grid, known[i].by), find(grid, known[i].low),
                     find(grid, known[i].high), {find(grid, known[i].y)}, 1, NONE, known[i].of_first, 1, NULL, "a table known by its columns' names"};
        refine(grid, r);
        return true;
    }
    return false;
}

/* A number that names a thing measures nothing. */
static bool is_id(kith_str name) { return kith_str_equal_nocase(name, KITH_STR("id")) || (name.n > 3 && !memcmp(name.p + name.n - 3, "_id", 3)); }

static void guess_columns(const kith_grid *grid, roles *r) {
    int text[2] = {NONE, NONE}, time = NONE, number[3] = {NONE, NONE, NONE};
    int low = find(grid, "low"), high = find(grid, "high");
    size_t texts = 0, numbers = 0;
    for (size_t c = 0; c < grid->columns; c++) {
        if ((int)c == low || (int)c == high) continue;
        holds h = what_holds(grid, c);
        if (h == HOLDS_TIME && time == NONE) time = (int)c;
        else if (h == HOLDS_TEXT && texts < 2) text[texts++] = (int)c;
        else if (h == HOLDS_NUMBER && !is_id(grid->names[c]) && numbers++ < 3) number[numbers - 1] = (int)c;
    }
    *r = (roles){KITH_CHART_AUTO, NONE, NONE, NONE, low, high, {NONE}, 0, NONE, false, 0, NULL, "no column of numbers"};
    r->numbers = numbers;
    bool interval = low != NONE && high != NONE;
    if (!interval) r->low = r->high = NONE;
    if (time != NONE && numbers) {
        r->kind = KITH_CHART_LINE;
        r->why = "a time beside a number";
        r->x = time;
        r->y[r->ys++] = number[0];
        if (texts && count_distinct(grid, text[0], 9) < 9) r->by = text[0];
    } else if (texts && numbers) {
        r->kind = interval ? KITH_CHART_DOTS : KITH_CHART_BARS;
        r->why = interval ? "a word beside a number with low and high" : "a word beside a number";
        r->x = text[0];
        r->y[r->ys++] = number[0];
        if (texts == 2 && count_distinct(grid, text[0], grid->rows) < grid->rows && count_distinct(grid, text[1], 9) < 9)
            r->by = text[1];
    } else if (numbers >= 2) {
        r->kind = KITH_CHART_LINE;
        r->why = "two numbers: a line where the first never falls, else dots";
        r->x = number[0];
        r->y[r->ys++] = number[1];
        double last = -INFINITY, value;
        for (size_t row = 0; row < grid->rows; row++)
            if (kith_parse_double(kith_grid_cell(grid, row, (size_t)r->x), &value)) {
                if (value < last) r->kind = KITH_CHART_DOTS;
                last = value;
            }
    } else if (numbers) {
        r->kind = KITH_CHART_HISTOGRAM;
        r->why = "a lone number";
        r->y[r->ys++] = number[0];
    }
}

bool kith_chart_fits(const kith_grid *grid) {
    roles r;
    if (grid->rows < 2 || !grid->columns) return false;
    if (guess_known(grid, &r)) return true;
    if (grid->rows > 20000) return false;
    guess_columns(grid, &r);
    if (r.kind == KITH_CHART_AUTO || (r.kind == KITH_CHART_HISTOGRAM && grid->rows < 8)) return false;
    if (find(grid, "part") == 0 && find(grid, "name") == 1 && find(grid, "value") == 2) return false; /* a model */
    if (r.kind == KITH_CHART_BARS && r.by == NONE && r.numbers > 2) return false; /* several measures of the same things: the table says more */
    return r.kind != KITH_CHART_BARS || count_distinct(grid, r.x, GROUPS_MAX + 1) <= GROUPS_MAX;
}

static int settle(const kith_grid *grid, const kith_chart_spec *spec, roles *r, kith_error *err) {
    bool own = spec->x.n || spec->y.n || spec->by.n || spec->kind != KITH_CHART_AUTO;
    if (!guess_known(grid, r) || (spec->kind != KITH_CHART_AUTO && spec->kind != r->kind)) guess_columns(grid, r);
    if (own && (spec->x.n || spec->y.n) && !spec->by.n) r->by = NONE;
    if (own && spec->y.n) r->low = r->high = NONE, r->of_first = false;
    if (spec->x.n) r->panel = r->method = NONE, r->title = NULL;
    KITH_TRY(named(grid, spec->x, &r->x, err));
    KITH_TRY(named(grid, spec->by, &r->by, err));
    KITH_TRY(named(grid, spec->low, &r->low, err));
    KITH_TRY(named(grid, spec->high, &r->high, err));
    if (spec->y.n) {
        r->ys = 0;
        for (size_t start = 0; start <= spec->y.n;) {
            const char *comma = memchr(spec->y.p + start, ',', spec->y.n - start);
            size_t end = comma ? (size_t)(comma - spec->y.p) : spec->y.n;
            if (r->ys == KITH_TICKS_MAX) return kith_fail(err, KITH_USAGE, "--y: at most %d columns", KITH_TICKS_MAX);
            kith_str name = kith_str_trim((kith_str){spec->y.p + start, end - start});
            if (!name.n) return kith_fail(err, KITH_USAGE, "--y: a comma without a column's name beside it");
            KITH_TRY(named(grid, name, &r->y[r->ys], err));
            r->ys++;
            start = end + 1;
        }
    }
    if (spec->kind != KITH_CHART_AUTO) r->kind = spec->kind, r->why = "--kind";
    else if (spec->x.n || spec->y.n || spec->by.n) r->why = "from the columns that were named";
    if (r->kind == KITH_CHART_HISTOGRAM && !spec->y.n && spec->x.n) r->y[0] = r->x, r->ys = 1;
    if (r->kind == KITH_CHART_AUTO) {
        if (!r->ys) return kith_fail(err, KITH_DATA, "no column of numbers to draw");
        r->kind = r->x == NONE ? KITH_CHART_HISTOGRAM : what_holds(grid, (size_t)r->x) == HOLDS_TEXT ? KITH_CHART_BARS : KITH_CHART_LINE;
    }
    if (!r->ys) return kith_fail(err, KITH_DATA, "no column of numbers to draw");
    if (r->kind != KITH_CHART_HISTOGRAM && r->x == NONE) return kith_fail(err, KITH_DATA, "no column for the x axis: name one with --x");
    if (r->kind == KITH_CHART_HEAT && r->by == NONE)
        return kith_fail(err, KITH_DATA, "a heat map needs a column of rows: name one with --by");
    if (r->low == NONE || r->high == NONE) r->low = r->high = NONE;
    return KITH_OK;
}

/* Distinct names in order of appearance. */
typedef struct names {
    kith_str *name;
    uint32_t *slot;
    size_t n, slots;
} names;

static bool names_start(names *set, kith_arena *arena, size_t most) {
    for (set->slots = 16; set->slots < most * 2; set->slots *= 2) {}
    set->n = 0;
    set->slot = kith_arena_zalloc(arena, set->slots * sizeof *set->slot);
    set->name = kith_arena_alloc(arena, (most + 1) * sizeof *set->name);
    return set->slot && set->name;
}

static size_t names_put(names *set, kith_arena *arena, kith_str name) {
    size_t at = kith_hash(name.p ? name.p : "", name.n, 0) & (set->slots - 1);
    for (; set->slot[at]; at = (at + 1) & (set->slots - 1))
        if (kith_str_equal(set->name[set->slot[at] - 1], name)) return set->slot[at] - 1;
    char *copy = kith_arena_copy(arena, name.p ? name.p : "", name.n);
    if (!copy) return SIZE_MAX;
    set->name[set->n] = (kith_str){copy, name.n};
    set->slot[at] = (uint32_t)++set->n;
    return set->n - 1;
}

static bool shares(kith_str name) {
    static const char *const known_shares[] = {"share", "from_previous", "conversion", "survival", "rate", "promised", "lived",
                                               "low", "high", "gap"};
    for (size_t i = 0; i < sizeof known_shares / sizeof *known_shares; i++)
        if (kith_str_is(name, known_shares[i])) return true;
    return name.n > 5 && !memcmp(name.p + name.n - 5, "_rate", 5);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The histogram's bins: on round edges, as wide as Freedman & Diaconis ask, a bin a value for few whole numbers. */
static int make_bins(kith_arena *arena, double *value, size_t n, const kith_chart_spec *spec, kith_chart *chart, kith_error *err) {
    bool log = spec->log_x;
    qsort(value, n, sizeof *value, by_value);
    if (log)
        for (size_t i = 0; i < n; i++) value[i] = log10(value[i]);
    double low = value[0], high = value[n - 1], spread = high - low, step;
    bool whole = !log;
    for (size_t i = 0; i < n && whole; i++) whole = value[i] == floor(value[i]);
    double iqr = value[(size_t)(.75 * (double)(n - 1))] - value[(size_t)(.25 * (double)(n - 1))];
    double ideal = 2 * iqr / cbrt((double)n);
    size_t want = spec->bins;
    if (!want) {
        want = ideal > 0 && spread / ideal < 60 ? (size_t)ceil(spread / ideal) : ideal > 0 ? 60 : (size_t)ceil(sqrt((double)n));
        want = want < 1 ? 1 : want > 60 ? 60 : want;
    }
    if (want > 1000) want = 1000;
    if (spread == 0) {
        step = whole ? 1 : fabs(low) > 0 ? fabs(low) / 10 : 1;
    } else {
        step = spread / (double)want;
        double power = pow(10, floor(log10(step))), lead = step / power;
        if (!spec->bins) step = (lead <= 1.2 ? 1 : lead <= 2.2 ? 2 : lead <= 2.6 ? 2.5 : lead <= 5.5 ? 5 : 10) * power;
        if (whole && step < 1) step = 1;
    }
    double first = spec->bins && spread > 0 ? low : floor(low / step + 1e-9) * step;
    size_t bins = spec->bins && spread > 0 ? want : (size_t)floor((high - first) / step + 1e-9) + 1;
    if (bins > 1200) bins = 1200;
    kith_point *point = kith_arena_zalloc(arena, bins * sizeof *point);
    if (!point) return kith_no_memory(err);
    for (size_t i = 0; i < bins; i++) {
        double a = first + (double)i * step, b = first + (double)(i + 1) * step;
        double shift = whole && step == 1 ? .5 : 0;
        point[i] = (kith_point){0, 0, 0, 0, 0, log ? pow(10, a) : a - shift, log ? pow(10, b) : b - shift};
        point[i].x = point[i].low;
    }
    for (size_t i = 0; i < n; i++) {
        double place = floor((value[i] - first) / step + 1e-9);
        size_t bin = place < 0 ? 0 : place >= (double)bins ? bins - 1 : (size_t)place;
        point[bin].y++;
    }
    chart->point = point;
    chart->points = bins;
    return KITH_OK;
}

typedef struct reading { /* what is read row by row */
    const kith_grid *grid;
    const roles *r;
    holds x_holds;
    bool category;
    names labels, series, panels;
    const char *effects; /* of an experiment: only the rows of this method are drawn, or of both where "" */
    kith_point *point;
    size_t n, left_out, cut;
} reading;

static bool read_cell(const reading *in, size_t row, int column, double *value) {
    *value = NAN;
    return column != NONE && kith_parse_double(kith_grid_cell(in->grid, row, (size_t)column), value);
}

static bool is_effect(const reading *in, size_t row) {
    kith_str method = kith_grid_cell(in->grid, row, (size_t)in->r->method);
    return *in->effects ? kith_str_is(method, in->effects) : kith_str_is(method, "difference") || kith_str_is(method, "cuped");
}

static int read_row(reading *in, kith_arena *arena, const kith_chart_spec *spec, size_t row, kith_error *err) {
    const roles *r = in->r;
    if (in->effects && !is_effect(in, row)) return KITH_OK;
    for (size_t k = 0; k < r->ys; k++) {
        kith_point p = {0, 0, 0, 0, NAN, NAN, NAN};
        kith_str x = r->x == NONE ? (kith_str){"", 0} : kith_grid_cell(in->grid, row, (size_t)r->x);
        bool usable = read_cell(in, row, r->y[k], &p.y) && (!spec->log_y || p.y > 0);
        if (usable && !in->category) {
            usable = in->x_holds == HOLDS_TIME ? x.n && read_time(x, is_year(in->grid, (size_t)r->x), &p.x) : kith_parse_double(x, &p.x);
            if (usable && spec->log_x && p.x <= 0) usable = false;
        }
        if (!usable) {
            in->left_out++;
            continue;
        }
        if (read_cell(in, row, r->low, &p.low) && read_cell(in, row, r->high, &p.high) && !(p.low <= p.high)) p.low = p.high = NAN;
        if (r->method != NONE && (isnan(p.low) || isnan(p.high))) continue; /* a test without an effect's interval */
        if (isnan(p.low) || isnan(p.high) || (spec->log_y && p.low <= 0)) p.low = p.high = NAN;
        kith_str series = r->by != NONE ? kith_grid_cell(in->grid, row, (size_t)r->by) : in->grid->names[r->y[k]];
        char *joined = NULL;
        if (r->by != NONE && r->ys > 1) {
            joined = kith_arena_format(arena, "%.*s %.*s", KITH_STR_FMT(series), KITH_STR_FMT(in->grid->names[r->y[k]]));
            if (!joined) return kith_no_memory(err);
            series = kith_str_of(joined);
        }
        p.series = names_put(&in->series, arena, series.n ? series : KITH_STR("(none)"));
        if (in->category) {
            if (!x.n) x = KITH_STR("(none)");
            size_t before = in->labels.n;
            if (before == GROUPS_MAX && in->r->kind != KITH_CHART_HEAT) {
                names probe = in->labels;
                size_t at = kith_hash(x.p ? x.p : "", x.n, 0) & (probe.slots - 1);
                bool there = false;
                for (; probe.slot[at]; at = (at + 1) & (probe.slots - 1))
                    if (kith_str_equal(probe.name[probe.slot[at] - 1], x)) there = true;
                if (!there) {
                    in->cut++;
                    continue;
                }
            }
            p.group = names_put(&in->labels, arena, x);
        }
        if (r->panel != NONE) p.panel = names_put(&in->panels, arena, kith_grid_cell(in->grid, row, (size_t)r->panel));
        if (p.series == SIZE_MAX || p.group == SIZE_MAX || p.panel == SIZE_MAX) return kith_no_memory(err);
        in->point[in->n++] = p;
    }
    return KITH_OK;
}

static int by_x(const void *a, const void *b) {
    const kith_point *p = a, *q = b;
    if (p->panel != q->panel) return p->panel < q->panel ? -1 : 1;
    if (p->series != q->series) return p->series < q->series ? -1 : 1;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return p->group < q->group ? -1 : p->group > q->group; /* group holds the row's number here */
}

/* Cohorts: each value as a share of its row's value in the first column. */
static int share_of_first(kith_arena *arena, kith_point *point, size_t n, size_t series, kith_error *err) {
    double *first = kith_arena_zalloc(arena, (series + 1) * sizeof *first);
    if (!first) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++)
        if (point[i].group == 0) first[point[i].series] = point[i].y;
    for (size_t i = 0; i < n; i++) point[i].y = first[point[i].series] > 0 ? point[i].y / first[point[i].series] : 0;
    return KITH_OK;
}

static int finish(kith_arena *arena, reading *in, const kith_chart_spec *spec, kith_chart *chart, kith_error *err) {
    const roles *r = in->r;
    bool all_shares = true;
    for (size_t k = 0; k < r->ys; k++) all_shares = all_shares && shares(in->grid->names[r->y[k]]);
    for (size_t i = 0; i < in->n && all_shares; i++) all_shares = fabs(in->point[i].y) <= 1.0000001;
    if (all_shares && !spec->log_y && r->kind != KITH_CHART_HISTOGRAM) chart->y_scale = KITH_PERCENT;
    if (r->of_first) {
        KITH_TRY(share_of_first(arena, in->point, in->n, in->series.n, err));
        chart->y_scale = KITH_PERCENT;
        chart->y_name = KITH_STR("share of the cohort");
    }
    if (!in->category) {
        for (size_t i = 0; i < in->n; i++) in->point[i].group = i;
        qsort(in->point, in->n, sizeof *in->point, by_x);
        for (size_t i = 0; i < in->n; i++) in->point[i].group = 0;
    }
    for (size_t i = 0; i < in->n; i++) chart->intervals = chart->intervals || !isnan(in->point[i].low);
    chart->labels = in->labels.name;
    chart->panels = r->panel == NONE ? 0 : in->panels.n;
    chart->panel_names = in->panels.name;
    chart->groups = in->labels.n;
    chart->series_names = in->series.name;
    chart->series = in->series.n;
    chart->point = in->point;
    chart->points = in->n;
    if (r->kind == KITH_CHART_HISTOGRAM) {
        double *value = kith_arena_alloc(arena, in->n * sizeof *value);
        if (!value) return kith_no_memory(err);
        for (size_t i = 0; i < in->n; i++) value[i] = in->point[i].y;
        KITH_TRY(make_bins(arena, value, in->n, spec, chart, err));
        chart->x_name = in->grid->names[r->y[0]];
        chart->y_name = KITH_STR("rows");
        chart->series = 1;
        chart->groups = 0;
    }
    return KITH_OK;
}

static bool own(kith_arena *arena, kith_str *s) {
    char *copy = kith_arena_copy(arena, s->n ? s->p : "", s->n);
    if (copy) s->p = copy;
    return copy != NULL;
}

int kith_chart_make(kith_arena *arena, const kith_grid *grid, const kith_chart_spec *spec, kith_chart *chart, kith_error *err) {
    roles r;
    *chart = (kith_chart){0};
    if (!grid->rows) return kith_fail(err, KITH_DATA, "no row to draw");
    KITH_TRY(settle(grid, spec, &r, err));
    size_t most = grid->rows * r.ys;
    reading in = {.grid = grid, .r = &r, .x_holds = r.x == NONE ? HOLDS_NOTHING : what_holds(grid, (size_t)r.x)};
    in.category = r.kind == KITH_CHART_BARS || r.kind == KITH_CHART_HEAT || r.kind == KITH_CHART_FUNNEL ||
                  (r.kind != KITH_CHART_HISTOGRAM && (in.x_holds == HOLDS_TEXT || in.x_holds == HOLDS_NOTHING));
    if (r.kind == KITH_CHART_HISTOGRAM) in.r = &r, r.x = NONE, r.by = NONE;
    if (in.category && (r.kind == KITH_CHART_LINE || r.kind == KITH_CHART_STEP))
        return kith_fail(err, KITH_DATA, "column \"%.*s\" holds neither numbers nor times for the x axis of a %s", KITH_STR_FMT(grid->names[r.x]),
                         kith_chart_names[r.kind]);
    in.point = kith_arena_alloc(arena, most * sizeof *in.point);
    for (size_t row = 0; r.method != NONE && row < grid->rows; row++) {
        kith_str method = kith_grid_cell(grid, row, (size_t)r.method);
        bool difference = kith_str_is(method, "difference"), cuped = kith_str_is(method, "cuped");
        if (difference && !in.effects) in.effects = "difference";
        if (cuped) in.effects = "cuped";
    }
    if (in.effects && r.by == r.method) in.effects = "";
    if (!in.point || !names_start(&in.labels, arena, most) || !names_start(&in.panels, arena, most) || !names_start(&in.series, arena, most)) return kith_no_memory(err);
    kith_chart_spec say = *spec;
    if (r.kind == KITH_CHART_HISTOGRAM) say.log_y = spec->log_x || spec->log_y; /* only positive values have a place */
    if (r.kind == KITH_CHART_HISTOGRAM) in.category = true;
    for (size_t row = 0; row < grid->rows; row++) KITH_TRY(read_row(&in, arena, &say, row, err));
    if (r.kind == KITH_CHART_HISTOGRAM) in.category = false, say.log_x = say.log_y, say.log_y = false;
    if (!in.n)
        return kith_fail(err, KITH_DATA, spec->log_x || spec->log_y ? "no positive number to draw on a logarithmic axis" : "no number to draw");
    chart->kind = r.kind;
    chart->why = r.why;
    chart->title = spec->title.n || !r.title ? spec->title : kith_str_of(r.title);
    chart->x_name = r.x == NONE ? (kith_str){"", 0} : grid->names[r.x];
    chart->by_name = r.by == NONE ? (kith_str){"", 0} : grid->names[r.by];
    chart->y_name = r.ys == 1 ? grid->names[r.y[0]] : (kith_str){"", 0};
    if (r.title) chart->x_name = chart->y_name = (kith_str){"", 0};
    chart->left_out = in.left_out;
    chart->x_scale = spec->log_x || say.log_x ? KITH_LOG : in.x_holds == HOLDS_TIME && !in.category ? KITH_TIME : KITH_LINEAR;
    chart->y_scale = say.log_y ? KITH_LOG : KITH_LINEAR;
    KITH_TRY(finish(arena, &in, &say, chart, err));
    kith_buf note = {0};
    kith_buf_str(&note, spec->note);
    if (in.left_out) kith_buf_printf(&note, "%s%zu value%s without a usable number left out.", note.n ? " " : "", in.left_out, in.left_out == 1 ? "" : "s");
    if (in.cut) kith_buf_printf(&note, "%sOnly the first %d of the groups are drawn.", note.n ? " " : "", GROUPS_MAX);
    chart->note = (kith_str){note.n ? kith_arena_copy(arena, note.p, note.n) : "", note.n};
    bool failed = note.failed || !chart->note.p;
    kith_buf_free(&note);
    if (failed || !own(arena, &chart->title) || !own(arena, &chart->x_name) || !own(arena, &chart->y_name) || !own(arena, &chart->by_name))
        return kith_no_memory(err);
    return kith_chart_summarise(arena, chart, err);
}
