/* Reasons by leaving out; what the header says. The rows to be scored again are written as a small batch of their own, so every kind of
 * model scores them by the code that scores files. */
#include <kith/explain.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES_MOST = 400, COLUMNS, PIECES, CHAIN };
enum { X, TX, T_, M_ };

bool kith_explains(kith_str kind) {
    return kith_str_is(kind, "uplift") || kith_str_is(kind, "tone") || kith_str_is(kind, "next") || kith_str_is(kind, "value");
}

typedef struct variants { /* rows to score: each the row with some cells changed */
    const kith_batch *b;
    uint32_t row;
    kith_arena *arena;
    kith_buf bytes, ends, starts;
    uint32_t rows;
} variants;

typedef struct change {
    uint32_t column;
    kith_str text;
} change;

static void add_row(variants *v, const change *changes, size_t n) {
    uint32_t start = (uint32_t)v->bytes.n;
    kith_row_writer w = kith_row_begin(&v->bytes, ',');
    kith_buf_put(&v->starts, &start, sizeof start);
    for (uint32_t j = 0; j < v->b->cols; j++) {
        kith_str text = kith_text(v->b, v->row, j);
        for (size_t k = 0; k < n; k++)
            if (changes[k].column == j) text = changes[k].text;
        kith_put_text(&w, text);
        if (j + 1 == v->b->cols) kith_row_end(&w);
        uint32_t end = (uint32_t)v->bytes.n - (j + 1 == v->b->cols);
        kith_buf_put(&v->ends, &end, sizeof end);
    }
    v->rows++;
}

/* Scores the rows: column `at` of those added, NaN where it is empty. */
static int score_rows(variants *v, kith_scorers *scorers, size_t at, double *score, kith_error *err) {
    if (v->bytes.failed || v->ends.failed || v->starts.failed) return kith_no_memory(err);
    kith_batch b = *v->b;
    kith_out out = {0};
    b.bytes = v->bytes.p;
    b.ends = (const uint32_t *)(const void *)v->ends.p;
    b.starts = (const uint32_t *)(const void *)v->starts.p;
    b.rows = v->rows;
    b.delimiter = ',';
    b.quoted = true;
    b.begin = 0;
    b.arena = v->arena;
    int status = kith_scorers_put(scorers, 0, &b, ',', &out, err);
    kith_records r = {.p = out.rows.p, .end = out.rows.p + out.rows.n, .line = 1, .delimiter = ',', .arena = v->arena};
    size_t n, room = b.cols + scorers->n_added + 1, i = 0;
    kith_str *field = kith_arena_alloc(v->arena, room * sizeof *field);
    if (status == KITH_OK && !field) status = kith_no_memory(err);
    for (; status == KITH_OK && i < v->rows && kith_records_next(&r, field, room, &n); i++) {
        kith_str cell = field[n - scorers->n_added + at];
        if (!cell.n || !kith_parse_double(cell, &score[i])) score[i] = NAN;
    }
    if (status == KITH_OK && i < v->rows) status = kith_fail(err, KITH_DATA, "the row cannot be scored");
    kith_buf_free(&out.rows);
    kith_buf_free(&out.rejects);
    free(out.reject_places);
    return status;
}

static int reason(kith_reason *r, kith_arena *arena, const char *feature, kith_str value, kith_error *err) {
    *r = (kith_reason){.feature = feature, .value = kith_arena_copy(arena, value.p, value.n)};
    return r->value ? KITH_OK : kith_no_memory(err);
}

/* The pieces of a text and the text without each. */
static int add_pieces(variants *v, uint32_t column, const char *name, const char *separator, kith_reason *list, size_t *n, kith_error *err) {
    kith_str text = kith_text(v->b, v->row, column);
    size_t gap = strlen(separator);
    for (size_t from = 0; from < text.n && *n < PIECES_MOST;) {
        size_t to = from;
        while (to < text.n && (to + gap > text.n || memcmp(text.p + to, separator, gap) != 0)) to++;
        if (to > from) {
            bool last = to == text.n;
            size_t before = last && from >= gap ? from - gap : from, after = last ? to : to + gap;
            char *rest = kith_arena_alloc(v->arena, text.n + 1);
            if (!rest) return kith_no_memory(err);
            memcpy(rest, text.p, before);
            memcpy(rest + before, text.p + after, text.n - after);
            KITH_TRY(reason(&list[(*n)++], v->arena, name, (kith_str){text.p + from, to - from}, err));
            add_row(v, &(change){column, {rest, before + text.n - after}}, 1);
        }
        from = to + gap;
    }
    return KITH_OK;
}

static int by_part(const void *a, const void *b) {
    double x = fabs(((const kith_reason *)a)->part), y = fabs(((const kith_reason *)b)->part);
    return x > y ? -1 : x < y;
}

static int explain(variants *v, kith_scorers *scorers, kith_reason **reasons, size_t *n, double *together, double *score, kith_error *err) {
    const kith_scorer *s = &scorers->items[0];
    const char *kind = s->kind->kind;
    int how = strcmp(kind, "value") == 0 ? CHAIN : strcmp(kind, "uplift") == 0 ? COLUMNS : PIECES;
    kith_reason *list = kith_arena_alloc(v->arena, (s->n_needs + PIECES_MOST + 4) * sizeof *list);
    double *scored = kith_arena_alloc(v->arena, (s->n_needs + PIECES_MOST + 4) * sizeof *scored);
    const uint32_t *at = s->columns;
    if (!list || !scored) return kith_no_memory(err);
    *n = 0;
    add_row(v, NULL, 0);
    if (how == COLUMNS)
        for (size_t j = 0; j < s->n_needs; j++) {
            kith_str value = kith_text(v->b, v->row, at[j]);
            if (!value.n) continue; /* unknown as it is */
            KITH_TRY(reason(&list[(*n)++], v->arena, s->needs[j], value, err));
            add_row(v, &(change){at[j], {"", 0}}, 1);
        }
    if (how == PIECES) KITH_TRY(add_pieces(v, at[0], s->needs[0], strcmp(kind, "tone") == 0 ? " " : " > ", list, n, err));
    if (how == CHAIN) { /* one thing after the other becomes what it is */
        kith_str last = kith_text(v->b, v->row, at[T_]), x = kith_text(v->b, v->row, at[X]);
        double bought;
        bool none = !kith_parse_double(x, &bought) || bought == 0;
        const change silent[] = {{at[X], {"0", 1}}, {at[TX], {"0", 1}}, {s->n_needs > M_ ? at[M_] : KITH_NO_COLUMN, {"", 0}}};
        const change recent[] = {{at[TX], none ? (kith_str){"0", 1} : last}, silent[2]};
        static const int order[] = {T_, X, TX, M_};
        for (size_t k = 0; k < 4 && k < s->n_needs; k++) KITH_TRY(reason(&list[(*n)++], v->arena, s->needs[order[k]], kith_text(v->b, v->row, at[order[k]]), err));
        add_row(v, silent, 3);
        add_row(v, recent, 2);
        add_row(v, silent + 2, 1);
        if (s->n_needs > M_) add_row(v, NULL, 0);
    }
    size_t column = strcmp(kind, "next") == 0 ? 1 : how == CHAIN && s->n_needs > M_ ? 2 : 0; /* next: probability; value: clv */
    KITH_TRY(score_rows(v, scorers, column, scored, err));
    *score = scored[0];
    if (isnan(*score)) return kith_fail(err, KITH_DATA, "the row has no score to explain: a value that the model needs is missing");
    *together = *score;
    for (size_t i = 0; i < *n; i++) {
        double other = isnan(scored[i + 1]) ? 0 : scored[i + 1];
        list[i].part = how == CHAIN ? other - (i && !isnan(scored[i]) ? scored[i] : 0) : *score - other;
        *together -= list[i].part;
    }
    if (how == CHAIN) *together = 0;
    else qsort(list, *n, sizeof *list, by_part);
    *reasons = list;
    return KITH_OK;
}

int kith_explain(kith_scorers *scorers, const kith_batch *b, uint32_t row, kith_arena *arena, kith_reason **reasons, size_t *n,
                 double *together, double *score, kith_error *err) {
    variants v = {.b = b, .row = row, .arena = arena};
    int status = explain(&v, scorers, reasons, n, together, score, err);
    kith_buf_free(&v.bytes);
    kith_buf_free(&v.ends);
    kith_buf_free(&v.starts);
    return status;
}
