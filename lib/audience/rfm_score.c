/* Quantile scores with ties: thresholds from a radix sort of the values, the model that keeps them, and its scorer. */
#include <kith/rfm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t kith_rfm_key(double value) {
    if (value == 0) value = 0; /* one zero */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double value_of(uint64_t key) {
    uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* By 11 bits at a time from the least; digits that all values share are skipped. */
static void sort_keys(uint64_t *keys, uint64_t *spare, size_t n) {
    enum { BITS = 11, DIGITS = 6, SIZE = 1 << BITS };
    uint64_t *from = keys, *to = spare, all = ~UINT64_C(0), any = 0;
    for (size_t i = 0; i < n; i++) all &= keys[i], any |= keys[i];
    for (int d = 0; d < DIGITS; d++) {
        int shift = d * BITS;
        if (((any ^ all) >> shift & (SIZE - 1)) == 0) continue;
        size_t places[SIZE] = {0}, at = 0;
        for (size_t i = 0; i < n; i++) places[from[i] >> shift & (SIZE - 1)]++;
        for (size_t k = 0; k < SIZE; k++) {
            size_t here = places[k];
            places[k] = at;
            at += here;
        }
        for (size_t i = 0; i < n; i++) to[places[from[i] >> shift & (SIZE - 1)]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != keys && n) memcpy(keys, from, n * sizeof *keys);
}

void kith_rfm_thresholds(uint64_t *keys, uint64_t *spare, size_t n, int scores, double *thresholds) {
    sort_keys(keys, spare, n);
    for (int s = 1; s < scores; s++) {
        /* the least value with at least s·n/scores smaller ones */
        size_t at = n / (size_t)scores * (size_t)s + (n % (size_t)scores * (size_t)s + (size_t)scores - 1) / (size_t)scores;
        if (at > 0 && at < n && keys[at] == keys[at - 1]) { /* inside a run of ties: the next value */
            size_t lo = at, hi = n;
            while (lo < hi) {
                size_t mid = lo + (hi - lo) / 2;
                if (keys[mid] <= keys[at]) lo = mid + 1;
                else hi = mid;
            }
            at = lo;
        }
        thresholds[s - 1] = at < n ? value_of(keys[at]) : (double)INFINITY;
    }
}

int kith_rfm_score(const double *thresholds, int scores, double value) {
    int s = 1; /* they ascend: all are looked at, since where to stop cannot be foreseen */
    for (int k = 0; k < scores - 1; k++) s += thresholds[k] <= value;
    return s;
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

static const char *const measures[3] = {"rfm_recency", "rfm_frequency", "rfm_monetary"};

int kith_rfm_fit_add(kith_rfm_fit *fit, const double value[3], kith_error *err) {
    if (fit->n == fit->room) {
        size_t more = fit->room ? fit->room * 2 : 1024;
        for (int k = 0; k < 3; k++) {
            double *grown = realloc(fit->values[k], more * sizeof *grown);
            if (!grown) return kith_no_memory(err);
            fit->values[k] = grown;
        }
        fit->room = more;
    }
    for (int k = 0; k < 3; k++) fit->values[k][fit->n] = k == 0 ? 0 - value[k] : value[k]; /* fewer days are better */
    fit->n++;
    return KITH_OK;
}

void kith_rfm_fit_free(kith_rfm_fit *fit) {
    for (int k = 0; k < 3; k++) free(fit->values[k]);
    *fit = (kith_rfm_fit){0};
}

int kith_rfm_fit_model(kith_rfm_fit *fit, kith_arena *arena, kith_model **model, kith_error *err) {
    if (fit->n < (size_t)fit->scores) return kith_fail(err, KITH_DATA, "%zu rows are too few for %d scores", fit->n, fit->scores);
    KITH_TRY(kith_model_new(arena, "rfm", 1, model, err));
    uint64_t *keys = malloc(fit->n * sizeof *keys), *spare = malloc(fit->n * sizeof *spare);
    double thresholds[100];
    kith_model_put_int(*model, "param", "scores", fit->scores);
    for (int k = 0; k < 3 && keys && spare; k++) {
        for (size_t i = 0; i < fit->n; i++) keys[i] = kith_rfm_key(fit->values[k][i]);
        kith_rfm_thresholds(keys, spare, fit->n, fit->scores, thresholds);
        for (int s = 1; s < fit->scores; s++) { /* recency: at most so many days; the others: at least so much */
            if (isfinite(thresholds[s - 1])) kith_model_put_double(*model, measures[k], kith_arena_format(arena, "%d", s + 1), k == 0 ? 0 - thresholds[s - 1] : thresholds[s - 1]);
            else kith_model_put(*model, measures[k], kith_arena_format(arena, "%d", s + 1), "");
        }
    }
    bool fine = keys && spare;
    kith_model_put_int(*model, "fit", "rows", (int64_t)fit->n);
    free(keys);
    free(spare);
    return fine && !(*model)->failed ? KITH_OK : kith_no_memory(err);
}

typedef struct bands {
    int scores;
    double thresholds[3][100];
} bands;

static int rfm_load(kith_scorer *s, const kith_model *model, const kith_score_options *options, kith_error *err) {
    (void)options;
    double scores;
    KITH_TRY(kith_model_number(model, "param", "scores", &scores, err));
    if (!(scores >= 2 && scores <= 100 && scores == floor(scores))) return kith_fail(err, KITH_DATA, "%s: param,scores: not in 2 … 100", s->file);
    bands *b = kith_arena_zalloc(s->arena, sizeof *b);
    static const char *adds[3] = {"r", "f", "m"};
    s->needs = kith_arena_alloc(s->arena, 3 * sizeof *s->needs);
    s->adds = kith_arena_alloc(s->arena, 3 * sizeof *s->adds);
    if (!b || !s->needs || !s->adds) return kith_no_memory(err);
    b->scores = (int)scores;
    s->n_needs = s->n_adds = 3;
    for (int k = 0; k < 3; k++) {
        s->needs[k] = measures[k];
        s->adds[k] = adds[k];
        for (int i = 1; i < b->scores; i++) {
            char name[16];
            snprintf(name, sizeof name, "%d", i + 1);
            kith_str text = kith_model_get(model, measures[k], name);
            double v = (double)INFINITY;
            if (!text.p || (text.n && !kith_parse_double(text, &v))) return kith_fail(err, KITH_DATA, "%s: %s,%s: missing or no number", s->file, measures[k], name);
            if (k == 0 && isfinite(v)) v = 0 - v;
            b->thresholds[k][i - 1] = v;
            if (i > 1 && v < b->thresholds[k][i - 2]) return kith_fail(err, KITH_DATA, "%s: %s: thresholds out of order", s->file, measures[k]);
        }
    }
    s->self = b;
    return KITH_OK;
}

static int rfm_put(const kith_scorer *s, void *worker, const kith_batch *b, uint32_t row, kith_row_writer *w, kith_out *out, kith_error *err) {
    (void)worker;
    const bands *own = s->self;
    for (int k = 0; k < 3; k++) {
        double v;
        switch (kith_cell_double(b, row, s->columns[k], &v)) {
        case KITH_CELL_MISSING: kith_put_missing(w); break;
        case KITH_CELL_BAD: return kith_bad_row(b, row, s->columns[k], "not_a_number", "not a number", out, err);
        default: kith_put_int(w, kith_rfm_score(own->thresholds[k], own->scores, k == 0 ? 0 - v : v)); break;
        }
    }
    return KITH_OK;
}

const kith_scorer_kind kith_rfm_scorer = {.kind = "rfm", .version = 1, .prefix = "rfm", .load = rfm_load, .put = rfm_put};
