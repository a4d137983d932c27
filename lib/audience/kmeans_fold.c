/* k-means over shards, one fold a pass.
 *
 *   pass 0 (no model yet): exact moments of every column, and the rows with the least keys ──► scaling, starts, centres
 *   pass i: every row to its nearest centre ──► exact sums, counts, squares, how many changed since the centres before
 *
 * With init parallel, between the two (k-means||, kmeans_parallel.c):
 *   five passes, each the 2k rows that win the race by their squared distance ──► candidates
 *   a pass that counts the rows nearest to each candidate ──► centres
 *
 * finish is the step: parameters in, the next model out. It stops by the rule of the single machine (fewer than one row
 * in 10,000 changed), begins from the same starts (on the same sample, ordered by value) and so ends in the same
 * centres to rounding: sums are exact here and in fixed point there. A centre that loses all its rows stays where it
 * is. */
#include "kmeans_pass.h"

#include <kith/stats.h>
#include <kith/sums.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void free_state(void *v) {
    pass *s = v;
    if (!s) return;
    free(s->sample);
    kith_arena_free(s->arena);
}

/* `n` numbers with blanks between; NULL where the text holds other things or another number of them. */
double *kmeans_numbers(kith_arena *arena, const char *text, size_t n) {
    double *v = kith_arena_alloc(arena, (n + 1) * sizeof *v);
    for (size_t i = 0; v && i < n; i++) {
        size_t length = strcspn(text, " ");
        if (!kith_parse_double((kith_str){text, length}, &v[i])) return NULL;
        text += length;
        if (*text == ' ')
            text++;
        else if (i + 1 < n)
            return NULL;
    }
    return *text ? NULL : v;
}

static int read_names(pass *s, const char *text, kith_error *err) {
    size_t n = 1;
    for (const char *p = text; *p; p++) n += *p == '\n';
    s->names = kith_arena_alloc(s->arena, n * sizeof *s->names);
    if (!s->names) return kith_no_memory(err);
    for (s->d = 0; *text;) {
        size_t length = strcspn(text, "\n");
        s->names[s->d].p = kith_arena_copy(s->arena, text, length);
        if (!s->names[s->d].p) return kith_no_memory(err);
        s->names[s->d++].n = length;
        text += length + (text[length] == '\n');
    }
    return s->d && s->d <= 10000 ? KITH_OK : kith_fail(err, KITH_USAGE, "--step needs the columns: -s");
}

static int allocate(pass *s, kith_error *err) {
    kith_arena *a = s->arena;
    size_t k = s->k, d = s->d;
    s->columns = kith_arena_alloc(a, d * sizeof *s->columns);
    s->moments = kith_arena_zalloc(a, d * sizeof *s->moments);
    s->counts = kith_arena_zalloc(a, k * sizeof *s->counts);
    s->sums = kith_arena_zalloc(a, k * d * sizeof *s->sums);
    s->within = kith_arena_zalloc(a, k * sizeof *s->within);
    s->x = kith_arena_alloc(a, 2 * d * sizeof *s->x);
    if (!s->columns || !s->moments || !s->counts || !s->sums || !s->within || !s->x) return kith_no_memory(err);
    s->scaled = s->x + d;
    return KITH_OK;
}

static int init(const kith_params *params, void **out, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    pass *s = arena ? kith_arena_zalloc(arena, sizeof *s) : NULL;
    *out = s;
    if (!s) {
        kith_arena_free(arena);
        return kith_no_memory(err);
    }
    s->arena = arena;
    double k = kith_params_number(params, "clusters", 0), number = kith_params_number(params, "pass", 0);
    double starts = kith_params_number(params, "starts", 10);
    s->z = strcmp(kith_params_get(params, "scale"), "none") != 0;
    int status = k >= 1 && k <= 10000 && number >= 0 && number < 1e6 && starts >= 1 && starts <= 10000
                     ? read_names(s, kith_params_get(params, "columns"), err)
                     : kith_fail(err, KITH_USAGE, "--clusters takes a number of clusters with --step");
    if (status == KITH_OK) s->k = (size_t)k, s->number = (size_t)number, s->starts = (int)starts, s->seed = kith_params_count(params, "seed", 1, 1e18);
    s->mixture = strcmp(kith_params_get(params, "kind"), "mixture") == 0;
    s->oversampled = strcmp(kith_params_get(params, "init"), "parallel") == 0;
    double round = kith_params_number(params, "round", 0), n_candidates = kith_params_number(params, "candidates", 0);
    if (status == KITH_OK && !(round >= 0 && round <= KMEANS_ROUNDS + 1 && n_candidates >= 0 && n_candidates <= 1e6 && (round == 0 || n_candidates >= 1)))
        status = kith_fail(err, KITH_DATA, "the model's candidates are none");
    s->round = status == KITH_OK ? (size_t)round : 0;
    if (status == KITH_OK && s->round) {
        s->candidates = (kith_points){(size_t)n_candidates, s->d, kmeans_numbers(arena, kith_params_get(params, "candidate"), (size_t)n_candidates * s->d)};
        s->mean = kmeans_numbers(arena, kith_params_get(params, "mean"), s->d);
        s->sd = kmeans_numbers(arena, kith_params_get(params, "sd"), s->d);
        s->weights = kith_arena_zalloc(arena, ((size_t)n_candidates + 1) * sizeof *s->weights);
        if (!s->candidates.x || !s->mean || !s->sd || !s->weights) status = kith_fail(err, KITH_DATA, "the model's candidates do not fit its columns");
    } else if (status == KITH_OK && s->number > 0) {
        const char *before = kith_params_get(params, "previous");
        s->mean = kmeans_numbers(arena, kith_params_get(params, "mean"), s->d);
        s->sd = kmeans_numbers(arena, kith_params_get(params, "sd"), s->d);
        s->now = kmeans_numbers(arena, kith_params_get(params, "centre"), s->k * s->d);
        s->before = before[0] ? kmeans_numbers(arena, before, s->k * s->d) : NULL;
        if (!s->mean || !s->sd || !s->now || (before[0] && !s->before))
            status = kith_fail(err, KITH_DATA, "the model's centres do not fit its columns");
    }
    if (status == KITH_OK) status = allocate(s, err);
    if (status != KITH_OK) {
        free_state(s);
        *out = NULL;
    }
    return status;
}

static int bind(void *v, const kith_header *header, kith_error *err) {
    pass *s = v;
    for (size_t j = 0; j < s->d; j++) KITH_TRY(kith_column(header, s->names[j].p, &s->columns[j], err));
    return KITH_OK;
}

/* ---- pass 0: the rows with the least keys
 * ----------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b) {
    const kept *p = a, *q = b;
    for (size_t j = 0; j < p->d; j++) {
        if (p->x[j] != q->x[j]) return p->x[j] < q->x[j] ? -1 : 1;
    }
    return 0;
}

int kmeans_by_key(const void *a, const void *b) {
    const kept *p = a, *q = b;
    if (p->key != q->key) return p->key < q->key ? -1 : 1;
    return by_value(a, b);
}

static size_t most_kept(const pass *s) { return s->round ? kmeans_round_most(s->k) : 2 * kith_kmeans_sample(s->k); }

void kmeans_prune(pass *s) {
    if (s->n_sample <= most_kept(s) && !s->round) return;
    if (s->n_sample) qsort(s->sample, s->n_sample, sizeof *s->sample, kmeans_by_key);
    size_t n = 0;
    for (size_t i = 0; i < s->n_sample && n < most_kept(s); i++) /* in a race rows of equal values are one */
        if (!s->round || !n || kmeans_by_key(&s->sample[n - 1], &s->sample[i]) != 0) s->sample[n++] = s->sample[i];
    s->n_sample = n;
}

/* The squared distance of the scaled row to the nearest candidate. */
static double nearest_candidate(const pass *s, size_t *at) {
    double least = INFINITY;
    for (size_t c = 0; c < s->candidates.n; c++) {
        double v = 0;
        for (size_t j = 0; j < s->d; j++) v += (s->scaled[j] - s->candidates.x[c * s->d + j]) * (s->scaled[j] - s->candidates.x[c * s->d + j]);
        if (v < least) least = v, *at = c;
    }
    return least;
}

void kmeans_scale(pass *s, const double *x) {
    for (size_t j = 0; j < s->d; j++) s->scaled[j] = s->z ? (x[j] - s->mean[j]) / s->sd[j] : x[j];
}

static int keep(pass *s, const double *x, kith_error *err) {
    if (s->n_sample >= 4 * most_kept(s)) kmeans_prune(s);
    uint64_t key = kith_kmeans_key(x, s->d);
    if (s->round) {
        size_t at = 0;
        kmeans_scale(s, x);
        key = kmeans_race(key, s->seed, s->round, nearest_candidate(s, &at));
        if (key == UINT64_MAX) return KITH_OK;
    }
    if (s->n_sample == s->room) {
        size_t room = s->room + s->room / 2 + 1024;
        kept *more = realloc(s->sample, room * sizeof *more);
        if (!more) return kith_no_memory(err);
        s->sample = more;
        s->room = room;
    }
    double *copy = (double *)(void *)kith_arena_copy(s->arena, x, s->d * sizeof *x);
    if (!copy) return kith_no_memory(err);
    s->sample[s->n_sample++] = (kept){key, copy, s->d};
    return KITH_OK;
}

/* ---- pass i
 * ------------------------------------------------------------------------------------------------------------- */

size_t kmeans_nearest(const pass *s, const double *centres, double *distance) {
    size_t at = 0;
    *distance = INFINITY;
    for (size_t c = 0; c < s->k; c++) {
        double v = 0;
        for (size_t j = 0; j < s->d; j++)
            v += (s->scaled[j] - centres[c * s->d + j]) * (s->scaled[j] - centres[c * s->d + j]);
        if (v < *distance) *distance = v, at = c;
    }
    return at;
}

int kmeans_row(pass *s, const kith_batch *b, uint32_t i, kith_number *row, bool *used, kith_out *out, kith_error *err) {
    bool missing = false;
    *used = false;
    for (size_t j = 0; j < s->d; j++) {
        kith_str text = kith_text(b, i, s->columns[j]);
        missing |= text.n == 0;
        if (text.n == 0) continue;
        if (text.p && kith_number_parse(text, &row[j]) && kith_parse_double(text, &s->x[j])) continue;
        return kith_bad_row(b, i, s->columns[j], "not_a_number", "not a number", out, err);
    }
    s->left_out += missing;
    out->dropped += missing;
    s->rows += !missing;
    *used = !missing;
    if (*used && s->mean) kmeans_scale(s, s->x);
    return KITH_OK;
}

static int step(void *v, const kith_batch *b, kith_out *out, kith_error *err) {
    pass *s = v;
    kith_number *row = kith_arena_alloc(b->arena, s->d * sizeof *row);
    if (!row) return kith_no_memory(err);
    for (uint32_t i = 0; i < b->rows; i++) {
        bool used;
        KITH_TRY(kmeans_row(s, b, i, row, &used, out, err));
        if (!used) continue;
        if (s->number == 0) {
            for (size_t j = 0; j < s->d; j++) {
                if (!kith_moments_add(&s->moments[j], &row[j], s->arena)) return kith_no_memory(err);
            }
            KITH_TRY(keep(s, s->x, err));
            continue;
        }
        if (s->round && s->round <= KMEANS_ROUNDS) {
            KITH_TRY(keep(s, s->x, err));
            continue;
        }
        double distance, ignored;
        if (s->round) {
            size_t nearby = 0;
            nearest_candidate(s, &nearby);
            s->weights[nearby]++;
            continue;
        }
        size_t at = kmeans_nearest(s, s->now, &distance);
        s->changed += !s->before || kmeans_nearest(s, s->before, &ignored) != at;
        s->counts[at]++;
        bool good = kith_sum_add_real(&s->within[at], distance, s->arena);
        for (size_t j = 0; good && j < s->d; j++) good = kith_sum_add(&s->sums[at * s->d + j], &row[j], s->arena);
        if (!good) return kith_no_memory(err);
    }
    return KITH_OK;
}

static int merge(void *into, void *from, kith_error *err) {
    pass *a = into, *b = from;
    a->rows += b->rows, a->left_out += b->left_out, a->changed += b->changed;
    bool good = true;
    for (size_t j = 0; good && j < a->d; j++) good = kith_moments_merge(&a->moments[j], &b->moments[j], a->arena);
    for (size_t c = 0; good && c < a->k; c++) {
        a->counts[c] += b->counts[c];
        good = kith_sum_merge(&a->within[c], &b->within[c], a->arena);
    }
    for (size_t i = 0; good && i < a->k * a->d; i++) good = kith_sum_merge(&a->sums[i], &b->sums[i], a->arena);
    for (size_t c = 0; c < a->candidates.n; c++) a->weights[c] += b->weights[c];
    for (size_t i = 0; good && i < b->n_sample; i++) KITH_TRY(keep(a, b->sample[i].x, err));
    return good ? KITH_OK : kith_no_memory(err);
}

/* ---- saved
 * ---------------------------------------------------------------------------------------------------------------- */

static int save(const void *v, kith_buf *out, kith_error *err) {
    pass *s = (pass *)v; /* pruning changes the form, not the state */
    kith_row_writer w = kith_row_begin(out, ',');
    kith_put_string(&w, "R");
    kith_put_int(&w, (int64_t)s->rows);
    kith_put_int(&w, (int64_t)s->left_out);
    kith_put_int(&w, (int64_t)s->changed);
    kith_row_end(&w);
    kith_buf cell = {0};
    kmeans_prune(s);
    if (s->n_sample) qsort(s->sample, s->n_sample, sizeof *s->sample, kmeans_by_key);
    for (size_t j = 0; s->number == 0 && j < s->d; j++) {
        cell.n = 0;
        kith_moments_save(&s->moments[j], &cell);
        kith_put_string(&w, "M");
        kith_put_text(&w, (kith_str){cell.p, cell.n});
        kith_row_end(&w);
    }
    for (size_t c = 0; s->round > KMEANS_ROUNDS && c < s->candidates.n; c++) {
        kith_put_string(&w, "W"), kith_put_int(&w, (int64_t)s->weights[c]);
        kith_row_end(&w);
    }
    for (size_t i = 0; i < s->n_sample; i++) {
        kith_put_string(&w, "S");
        for (size_t j = 0; j < s->d; j++) kith_put_double(&w, s->sample[i].x[j]);
        kith_row_end(&w);
    }
    for (size_t i = 0; s->number > 0 && !s->round && i < s->k * (s->d + 1); i++) {
        size_t c = i / (s->d + 1), j = i % (s->d + 1);
        cell.n = 0;
        kith_sum_save(j ? &s->sums[c * s->d + j - 1] : &s->within[c], &cell);
        kith_put_string(&w, "C");
        kith_put_int(&w, (int64_t)s->counts[c]);
        kith_put_text(&w, (kith_str){cell.p, cell.n});
        kith_row_end(&w);
    }
    bool failed = cell.failed || out->failed;
    kith_buf_free(&cell);
    return failed ? kith_no_memory(err) : KITH_OK;
}

static int load(void *v, kith_records *records, kith_error *err) {
    pass *s = v;
    size_t n, columns = 0, cells = 0, weighed = 0;
    kith_str *f = kith_arena_alloc(s->arena, (s->d + 4) * sizeof *f);
    if (!f) return kith_no_memory(err);
    while (kith_records_next(records, f, s->d + 4, &n)) {
        bool good = n > 0;
        if (good && n == 4 && kith_str_is(f[0], "R")) {
            good = kith_parse_count(f[1], &s->rows) && kith_parse_count(f[2], &s->left_out) && kith_parse_count(f[3], &s->changed);
        } else if (good && s->number == 0 && n == 2 && kith_str_is(f[0], "M") && columns < s->d) {
            KITH_TRY(kith_moments_load(&s->moments[columns++], f[1], s->arena, err));
        } else if (good && s->round > KMEANS_ROUNDS && n == 2 && kith_str_is(f[0], "W") && weighed < s->candidates.n) {
            good = kith_parse_count(f[1], &s->weights[weighed++]);
        } else if (good && (s->number == 0 || (s->round && s->round <= KMEANS_ROUNDS)) && n == s->d + 1 && kith_str_is(f[0], "S")) {
            for (size_t j = 0; good && j < s->d; j++) good = kith_parse_double(f[j + 1], &s->x[j]);
            if (good) KITH_TRY(keep(s, s->x, err));
        } else if (good && s->number > 0 && !s->round && n == 3 && kith_str_is(f[0], "C") && cells < s->k * (s->d + 1)) {
            size_t c = cells / (s->d + 1), j = cells % (s->d + 1);
            good = kith_parse_count(f[1], &s->counts[c]);
            if (good) KITH_TRY(kith_sum_load(j ? &s->sums[c * s->d + j - 1] : &s->within[c], f[2], s->arena, err));
            cells++;
        } else {
            good = false;
        }
        if (!good) return kith_fail(err, KITH_DATA, "not a saved pass of k-means");
    }
    return KITH_OK;
}

const kith_fold kith_kmeans_fold = {
    .name = "segment.fit kmeans",
    .version = 1,
    .model = true,
    .init = init,
    .bind = bind,
    .step = step,
    .merge = merge,
    .finish = kmeans_finish,
    .save = save,
    .load = load,
    .free = free_state,
};
