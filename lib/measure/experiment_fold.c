/* The fold behind `report experiment`: one tally per segment, arm and metric; every method at the finish.
 *
 * Cells are keyed by the segment's cells and the arm, joined so that they sort as the cells do; groups come out in that order. */
#include "tally.h"

#include <kith/hashtable.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { METRICS_MOST = 64 };

typedef struct metric {
    kith_str name;
    uint32_t y, x; /* x: the covariate or the denominator */
    bool ratio;
} metric;

typedef struct trial {
    const kith_params *params;
    kith_arena *arena;
    metric metrics[METRICS_MOST];
    size_t n_metrics;
    kith_str *by; /* names of the segment's columns, in the arena */
    uint32_t *by_columns;
    size_t n_by;
    bool bound;
    uint32_t arm;
    kith_hashtable cells;
    uint64_t *rows;     /* a cell */
    kith_tally *tallies; /* cells × metrics */
    size_t room;
    kith_buf key;
} trial;

static void free_(void *state) {
    trial *t = state;
    if (!t) return;
    for (size_t i = 0; i < t->cells.n * t->n_metrics; i++) kith_tally_free(&t->tallies[i]);
    kith_hashtable_free(&t->cells);
    kith_arena_free(t->arena);
    free(t->rows);
    free(t->tallies);
    kith_buf_free(&t->key);
    free(t);
}

static int init(const kith_params *params, void **state, kith_error *err) {
    trial *t = calloc(1, sizeof *t);
    if (!t) return kith_no_memory(err);
    *state = t;
    t->params = params;
    t->arena = kith_arena_new();
    int status = t->arena ? kith_hashtable_init(&t->cells, err) : kith_no_memory(err);
    for (const char *p = kith_params_get(params, "metrics"); status == KITH_OK && *p;) {
        size_t n = strcspn(p, "\n");
        if (t->n_metrics == METRICS_MOST) status = kith_fail(err, KITH_USAGE, "at most %d metrics", METRICS_MOST);
        else t->metrics[t->n_metrics++] = (metric){.name = {p, n}};
        p += n + (p[n] == '\n');
    }
    if (status == KITH_OK && !t->n_metrics) status = kith_fail(err, KITH_USAGE, "no metric named");
    if (status != KITH_OK) {
        free_(t);
        *state = NULL;
    }
    return status;
}

static int bind_metric(trial *t, const kith_header *header, metric *m, kith_error *err) {
    char *name = kith_arena_copy(t->arena, m->name.p, m->name.n), *slash = name ? strrchr(name, '/') : NULL;
    const char *covariate = kith_params_get(t->params, "covariate");
    if (!name) return kith_no_memory(err);
    m->x = KITH_NO_COLUMN;
    m->ratio = slash && kith_column_find(header, name) == KITH_NO_COLUMN;
    if (m->ratio) {
        *slash = 0;
        KITH_TRY(kith_column(header, slash + 1, &m->x, err));
    } else if (*covariate)
        KITH_TRY(kith_column(header, covariate, &m->x, err));
    return kith_column(header, name, &m->y, err);
}

static int bind(void *state, const kith_header *header, kith_error *err) {
    trial *t = state;
    const char *by = kith_params_get(t->params, "by");
    KITH_TRY(kith_column(header, kith_params_get(t->params, "arm"), &t->arm, err));
    for (size_t i = 0; i < t->n_metrics; i++) KITH_TRY(bind_metric(t, header, &t->metrics[i], err));
    if (*by) {
        kith_selection s;
        KITH_TRY(kith_select(header, by, false, t->arena, &s, err));
        t->n_by = s.n;
        t->by_columns = s.columns;
        t->by = kith_arena_alloc(t->arena, (s.n + 1) * sizeof *t->by);
        if (!t->by) return kith_no_memory(err);
        for (size_t i = 0; i < s.n; i++) {
            t->by[i].p = kith_arena_copy(t->arena, s.names[i].p, s.names[i].n);
            t->by[i].n = s.names[i].n;
            if (!t->by[i].p) return kith_no_memory(err);
        }
    }
    t->bound = true;
    return KITH_OK;
}

/* The cell of a key, made if need be. */
static int cell_of(trial *t, kith_str text, uint32_t *cell, kith_error *err) {
    kith_key key;
    uint64_t hash = kith_key_of(text, &key);
    KITH_TRY(kith_hashtable_put(&t->cells, &key, &hash, 1, cell, err));
    if (t->cells.n > t->room) {
        size_t more = t->room ? t->room * 2 : 8;
        uint64_t *rows = realloc(t->rows, more * sizeof *rows);
        if (rows) t->rows = rows;
        kith_tally *tallies = realloc(t->tallies, more * t->n_metrics * sizeof *tallies);
        if (tallies) t->tallies = tallies;
        if (!rows || !tallies) {
            t->cells.n--;
            return kith_no_memory(err);
        }
        memset(rows + t->room, 0, (more - t->room) * sizeof *rows);
        memset(tallies + t->room * t->n_metrics, 0, (more - t->room) * t->n_metrics * sizeof *tallies);
        t->room = more;
    }
    return KITH_OK;
}

typedef enum reading { READ, MISSING, BAD } reading;

static reading read_number(const kith_batch *b, uint32_t row, uint32_t col, kith_number *number) {
    kith_str text = kith_text(b, row, col);
    if (!text.n) return MISSING;
    if (kith_number_parse(text, number)) return READ;
    static const char *const words[] = {"false", "true", "no", "yes", "f", "t"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (kith_str_equal_nocase(text, kith_str_of(words[i]))) {
            *number = kith_number_of(i % 2 ? 1 : 0);
            return READ;
        }
    return BAD;
}

static int step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    trial *t = state;
    kith_number y[METRICS_MOST], x[METRICS_MOST];
    for (uint32_t row = 0; row < b->rows; row++) {
        reading ry[METRICS_MOST], rx[METRICS_MOST];
        uint32_t bad = KITH_NO_COLUMN, cell;
        for (size_t m = 0; m < t->n_metrics && bad == KITH_NO_COLUMN; m++) {
            ry[m] = read_number(b, row, t->metrics[m].y, &y[m]);
            rx[m] = t->metrics[m].x == KITH_NO_COLUMN ? MISSING : read_number(b, row, t->metrics[m].x, &x[m]);
            if (ry[m] == BAD) bad = t->metrics[m].y;
            else if (rx[m] == BAD) bad = t->metrics[m].x;
        }
        kith_str arm = kith_text(b, row, t->arm);
        if (bad != KITH_NO_COLUMN || !arm.n) {
            KITH_TRY(bad != KITH_NO_COLUMN ? kith_bad_row(b, row, bad, "not_a_number", "neither a number nor a truth value", out, err)
                                           : kith_bad_row(b, row, t->arm, "no_arm", "no arm", out, err));
            continue;
        }
        t->key.n = 0;
        for (size_t i = 0; i < t->n_by; i++) kith_key_join(&t->key, kith_text(b, row, t->by_columns[i]), i == 0);
        kith_key_join(&t->key, arm, t->n_by == 0);
        if (t->key.failed) return kith_no_memory(err);
        KITH_TRY(cell_of(t, (kith_str){t->key.p, t->key.n}, &cell, err));
        t->rows[cell]++;
        for (size_t m = 0; m < t->n_metrics; m++)
            if (ry[m] == READ && !(t->metrics[m].ratio && rx[m] != READ) &&
                !kith_tally_add(&t->tallies[cell * t->n_metrics + m], &y[m], rx[m] == READ ? &x[m] : NULL, t->arena))
                return kith_no_memory(err);
    }
    return KITH_OK;
}

static int take_names(trial *into, const trial *from, kith_error *err) {
    if (into->bound || !from->bound) return KITH_OK;
    into->by = kith_arena_alloc(into->arena, (from->n_by + 1) * sizeof *into->by);
    if (!into->by) return kith_no_memory(err);
    for (size_t i = 0; i < from->n_by; i++) {
        into->by[i] = (kith_str){kith_arena_copy(into->arena, from->by[i].p, from->by[i].n), from->by[i].n};
        if (!into->by[i].p) return kith_no_memory(err);
    }
    into->n_by = from->n_by;
    for (size_t m = 0; m < into->n_metrics; m++) into->metrics[m].ratio = from->metrics[m].ratio;
    into->bound = true;
    return KITH_OK;
}

static int merge(void *into_, void *from_, kith_error *err) {
    trial *into = into_, *from = from_;
    KITH_TRY(take_names(into, from, err));
    for (uint32_t c = 0; c < from->cells.n; c++) {
        uint32_t cell;
        KITH_TRY(cell_of(into, kith_hashtable_key(&from->cells, c), &cell, err));
        into->rows[cell] += from->rows[c];
        for (size_t m = 0; m < into->n_metrics; m++)
            if (!kith_tally_merge(&into->tallies[cell * into->n_metrics + m], &from->tallies[c * into->n_metrics + m], into->arena))
                return kith_no_memory(err);
    }
    return KITH_OK;
}

/* Arms and segments without rows are none: those behind them move up. */
static int drop_empty(trial *t, kith_error *err) {
    kith_hashtable kept;
    uint32_t n = 0, entry;
    int status = kith_hashtable_init(&kept, err);
    for (uint32_t c = 0; status == KITH_OK && c < t->cells.n; c++) {
        kith_tally *from = &t->tallies[c * t->n_metrics], *to = &t->tallies[n * t->n_metrics];
        if (!t->rows[c]) {
            for (size_t m = 0; m < t->n_metrics; m++) kith_tally_free(&from[m]);
            memset(from, 0, t->n_metrics * sizeof *from);
            continue;
        }
        kith_key key;
        uint64_t hash = kith_key_of(kith_hashtable_key(&t->cells, c), &key);
        status = kith_hashtable_put(&kept, &key, &hash, 1, &entry, err);
        if (status != KITH_OK || n++ == c) continue;
        t->rows[n - 1] = t->rows[c];
        memcpy(to, from, t->n_metrics * sizeof *from);
        memset(from, 0, t->n_metrics * sizeof *from);
        t->rows[c] = 0;
    }
    if (status != KITH_OK) return kith_hashtable_free(&kept), status;
    kith_hashtable_free(&t->cells);
    t->cells = kept;
    return KITH_OK;
}

static int subtract(void *from_, void *what_, kith_error *err) {
    trial *from = from_, *what = what_;
    bool gave_up = false, less = false;
    for (uint32_t c = 0; c < what->cells.n && !less; c++) {
        uint32_t cell, before = from->cells.n;
        KITH_TRY(cell_of(from, kith_hashtable_key(&what->cells, c), &cell, err));
        less = from->cells.n > before || what->rows[c] > from->rows[cell];
        if (less) break;
        from->rows[cell] -= what->rows[c];
        for (size_t m = 0; m < from->n_metrics; m++)
            if (!kith_tally_subtract(&from->tallies[cell * from->n_metrics + m], &what->tallies[c * what->n_metrics + m], from->arena, &gave_up, &less))
                return kith_no_memory(err);
    }
    if (gave_up) return kith_fail(err, KITH_DATA, "report.experiment: a metric with more than 65536 different values keeps none of them, and its ranks cannot be taken out again");
    if (less) return kith_fail(err, KITH_DATA, "rows to take out that are not in the state");
    return drop_empty(from, err);
}

static int save(const void *state, kith_buf *out, kith_error *err) {
    const trial *t = state; /* its arena takes unescaped keys */
    kith_buf scratch = {0};
    uint32_t *order = malloc((t->cells.n + 1) * sizeof *order);
    int status = order ? kith_hashtable_order(&t->cells, order, err) : kith_no_memory(err);
    kith_row_writer w = kith_row_begin(out, ',');
    if (t->bound) {
        kith_put_string(&w, "by");
        for (size_t i = 0; i < t->n_by; i++) kith_put_text(&w, t->by[i]);
        kith_row_end(&w);
        kith_put_string(&w, "ratio");
        for (size_t m = 0; m < t->n_metrics; m++) kith_put_int(&w, t->metrics[m].ratio);
        kith_row_end(&w);
    }
    for (uint32_t i = 0; status == KITH_OK && i < t->cells.n; i++) {
        uint32_t c = order[i];
        kith_put_string(&w, "cell");
        kith_put_int(&w, (int64_t)t->rows[c]);
        kith_str rest = kith_hashtable_key(&t->cells, c), part;
        while (kith_key_split(&rest, &part, t->arena)) kith_put_text(&w, part);
        kith_row_end(&w);
        for (size_t m = 0; m < t->n_metrics; m++) {
            kith_put_string(&w, "tally");
            kith_tally_save(&t->tallies[c * t->n_metrics + m], &w, &scratch);
            kith_row_end(&w);
        }
    }
    free(order);
    out->failed |= scratch.failed;
    kith_buf_free(&scratch);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

static int load(void *state, kith_records *records, kith_error *err) {
    trial *t = state;
    kith_str f[METRICS_MOST + 8];
    size_t n, left = 0;
    uint32_t cell = 0;
    while (kith_records_next(records, f, sizeof f / sizeof *f, &n)) {
        if (kith_str_is(f[0], "by") && !t->bound && n <= METRICS_MOST) {
            t->n_by = n - 1;
            t->by = kith_arena_alloc(t->arena, n * sizeof *t->by);
            if (!t->by) return kith_no_memory(err);
            for (size_t i = 1; i < n; i++) {
                t->by[i - 1] = (kith_str){kith_arena_copy(t->arena, f[i].p, f[i].n), f[i].n};
                if (!t->by[i - 1].p) return kith_no_memory(err);
            }
            t->bound = true;
        } else if (kith_str_is(f[0], "ratio") && n == t->n_metrics + 1) {
            for (size_t m = 0; m < t->n_metrics; m++) t->metrics[m].ratio = kith_str_is(f[m + 1], "1");
        } else if (kith_str_is(f[0], "cell") && t->bound && n == t->n_by + 3 && n <= sizeof f / sizeof *f && !left) {
            int64_t rows;
            uint32_t before = t->cells.n;
            if (!kith_parse_int(f[1], &rows) || rows < 1) return kith_fail(err, KITH_DATA, "a cell without rows");
            t->key.n = 0;
            for (size_t i = 2; i < n; i++) kith_key_join(&t->key, f[i], i == 2);
            if (t->key.failed) return kith_no_memory(err);
            KITH_TRY(cell_of(t, (kith_str){t->key.p, t->key.n}, &cell, err));
            if (t->cells.n == before) return kith_fail(err, KITH_DATA, "a cell twice");
            t->rows[cell] = (uint64_t)rows;
            left = t->n_metrics;
        } else if (kith_str_is(f[0], "tally") && n == 7 && left) {
            KITH_TRY(kith_tally_load(&t->tallies[cell * t->n_metrics + (t->n_metrics - left)], f + 1, t->arena, err));
            left--;
        } else
            return kith_fail(err, KITH_DATA, "a record that belongs nowhere");
    }
    return left ? kith_fail(err, KITH_DATA, "a cell without its tallies") : KITH_OK;
}

/* ---- the finish ------------------------------------------------------------------------------------------------ */

static int finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    trial *t = state;
    kith_arena *arena = kith_arena_new();
    uint32_t *order = malloc((t->cells.n + 1) * sizeof *order);
    kith_trial_cell *cells = calloc(t->cells.n + 1, sizeof *cells);
    const char **metrics = calloc(t->n_metrics, sizeof *metrics);
    bool *ratios = calloc(t->n_metrics, sizeof *ratios);
    int status = arena && order && cells && metrics && ratios ? kith_hashtable_order(&t->cells, order, err) : kith_no_memory(err);
    for (uint32_t i = 0; status == KITH_OK && i < t->cells.n; i++) {
        kith_trial_cell *c = &cells[i];
        kith_str rest = kith_hashtable_key(&t->cells, order[i]);
        /* A key inside the table lives there; a split part may be unescaped into the arena. */
        *c = (kith_trial_cell){.rows = t->rows[order[i]], .tallies = t->tallies + order[i] * t->n_metrics};
        c->by = kith_arena_alloc(arena, (t->n_by + 1) * sizeof *c->by);
        if (!c->by) status = kith_no_memory(err);
        for (size_t k = 0; status == KITH_OK && k <= t->n_by; k++)
            if (!kith_key_split(&rest, k < t->n_by ? &c->by[k] : &c->arm, arena)) status = kith_no_memory(err);
    }
    for (size_t m = 0; status == KITH_OK && m < t->n_metrics; m++) {
        ratios[m] = t->metrics[m].ratio;
        if (!(metrics[m] = kith_arena_copy(arena, t->metrics[m].name.p, t->metrics[m].name.n))) status = kith_no_memory(err);
    }
    kith_trial_table table = {t->params, cells, t->cells.n, t->by, t->n_by, metrics, ratios, t->n_metrics, arena};
    if (status == KITH_OK) status = kith_trial_report(&table, delimiter, out, err);
    free(ratios);
    free(metrics);
    free(cells);
    free(order);
    kith_arena_free(arena);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

const kith_fold kith_experiment_fold = {
    .name = "report.experiment",
    .version = 1,
    .init = init,
    .bind = bind,
    .step = step,
    .merge = merge,
    .subtract = subtract,
    .finish = finish,
    .save = save,
    .load = load,
    .free = free_,
};
