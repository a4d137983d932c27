/* k-means over shards, one fold a pass.
 *
 *   pass 0 (no model yet): exact moments of every column, and the rows with the least keys ──► scaling, starts, centres
 *   pass i: every row to its nearest centre ──► exact sums, counts, squares, how many changed since the centres before
 *
 * finish is the step: parameters in, the next model out. It stops by the rule of the single machine (fewer than one row
 * in 10,000 changed), begins from the same starts (on the same sample, ordered by value) and so ends in the same
 * centres to rounding: sums are exact here and in fixed point there. A centre that loses all its rows stays where it
 * is. */
#include <kith/clusters.h>

#include <kith/stats.h>
#include <kith/sums.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct kept {
    uint64_t key;
    const double *x; /* d, in the arena */
    size_t d;
} kept;

typedef struct pass {
    kith_arena *arena;
    size_t k, d, number; /* of the pass */
    bool z;
    int starts;
    uint64_t seed;
    kith_str *names;
    double *mean, *sd, *now, *before; /* of the model: scaling; k × d scaled centres, and those before (NULL: none) */
    uint32_t *columns;
    uint64_t rows, left_out, changed;
    kith_moments *moments; /* d, in pass 0 */
    kept *sample;
    size_t n_sample, room;
    uint64_t *counts;        /* k */
    kith_sum *sums, *within; /* k × d of the values as they came; k of squared scaled distances */
    double *x, *scaled;      /* d each */
} pass;

static void free_state(void *v) {
    pass *s = v;
    if (!s) return;
    free(s->sample);
    kith_arena_free(s->arena);
}

/* `n` numbers with blanks between; NULL where the text holds other things or another number of them. */
static double *numbers(kith_arena *arena, const char *text, size_t n) {
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
    double starts = kith_params_number(params, "starts", 10), seed = kith_params_number(params, "seed", 1);
    s->z = strcmp(kith_params_get(params, "scale"), "none") != 0;
    int status = k >= 1 && k <= 10000 && number >= 0 && number < 1e6 && starts >= 1 && starts <= 10000
                     ? read_names(s, kith_params_get(params, "columns"), err)
                     : kith_fail(err, KITH_USAGE, "--clusters takes a number of clusters with --step");
    s->k = (size_t)k, s->number = (size_t)number, s->starts = (int)starts, s->seed = (uint64_t)seed;
    if (status == KITH_OK && s->number > 0) {
        const char *before = kith_params_get(params, "previous");
        s->mean = numbers(arena, kith_params_get(params, "mean"), s->d);
        s->sd = numbers(arena, kith_params_get(params, "sd"), s->d);
        s->now = numbers(arena, kith_params_get(params, "centre"), s->k * s->d);
        s->before = before[0] ? numbers(arena, before, s->k * s->d) : NULL;
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

static int by_key(const void *a, const void *b) {
    const kept *p = a, *q = b;
    if (p->key != q->key) return p->key < q->key ? -1 : 1;
    return by_value(a, b);
}

static size_t most_kept(const pass *s) { return 2 * kith_kmeans_sample(s->k); }

static void prune(pass *s) {
    if (s->n_sample <= most_kept(s)) return;
    qsort(s->sample, s->n_sample, sizeof *s->sample, by_key);
    s->n_sample = most_kept(s);
}

static int keep(pass *s, const double *x, kith_error *err) {
    if (s->n_sample >= 4 * most_kept(s)) prune(s);
    uint64_t key = kith_kmeans_key(x, s->d);
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

static size_t nearest(const pass *s, const double *centres, double *distance) {
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

static int step(void *v, const kith_batch *b, kith_out *out, kith_error *err) {
    pass *s = v;
    kith_number *row = kith_arena_alloc(b->arena, s->d * sizeof *row);
    if (!row) return kith_no_memory(err);
    for (uint32_t i = 0; i < b->rows; i++) {
        bool missing = false, bad = false;
        for (size_t j = 0; j < s->d && !bad; j++) {
            kith_str text = kith_text(b, i, s->columns[j]);
            missing |= text.n == 0;
            if (text.n == 0) continue;
            if (text.p && kith_number_parse(text, &row[j]) && kith_parse_double(text, &s->x[j])) continue;
            KITH_TRY(kith_bad_row(b, i, s->columns[j], "not_a_number", "not a number", out, err));
            bad = true;
        }
        if (bad) continue;
        if (missing) {
            s->left_out++;
            continue;
        }
        s->rows++;
        if (s->number == 0) {
            for (size_t j = 0; j < s->d; j++) {
                if (!kith_moments_add(&s->moments[j], &row[j], s->arena)) return kith_no_memory(err);
            }
            KITH_TRY(keep(s, s->x, err));
            continue;
        }
        double distance, ignored;
        for (size_t j = 0; j < s->d; j++) s->scaled[j] = s->z ? (s->x[j] - s->mean[j]) / s->sd[j] : s->x[j];
        size_t at = nearest(s, s->now, &distance);
        s->changed += !s->before || nearest(s, s->before, &ignored) != at;
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
    prune(s);
    if (s->n_sample) qsort(s->sample, s->n_sample, sizeof *s->sample, by_key);
    for (size_t j = 0; s->number == 0 && j < s->d; j++) {
        cell.n = 0;
        kith_moments_save(&s->moments[j], &cell);
        kith_put_string(&w, "M");
        kith_put_text(&w, (kith_str){cell.p, cell.n});
        kith_row_end(&w);
    }
    for (size_t i = 0; s->number == 0 && i < s->n_sample; i++) {
        kith_put_string(&w, "S");
        for (size_t j = 0; j < s->d; j++) kith_put_double(&w, s->sample[i].x[j]);
        kith_row_end(&w);
    }
    for (size_t i = 0; s->number > 0 && i < s->k * (s->d + 1); i++) {
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

static bool whole(kith_str text, uint64_t *value) {
    int64_t v;
    if (!kith_parse_int(text, &v) || v < 0) return false;
    *value = (uint64_t)v;
    return true;
}

static int load(void *v, kith_records *records, kith_error *err) {
    pass *s = v;
    size_t n, columns = 0, cells = 0;
    kith_str *f = kith_arena_alloc(s->arena, (s->d + 4) * sizeof *f);
    if (!f) return kith_no_memory(err);
    while (kith_records_next(records, f, s->d + 4, &n)) {
        bool good = n > 0;
        if (good && n == 4 && kith_str_is(f[0], "R")) {
            good = whole(f[1], &s->rows) && whole(f[2], &s->left_out) && whole(f[3], &s->changed);
        } else if (good && s->number == 0 && n == 2 && kith_str_is(f[0], "M") && columns < s->d) {
            KITH_TRY(kith_moments_load(&s->moments[columns++], f[1], s->arena, err));
        } else if (good && s->number == 0 && n == s->d + 1 && kith_str_is(f[0], "S")) {
            for (size_t j = 0; good && j < s->d; j++) good = kith_parse_double(f[j + 1], &s->x[j]);
            if (good) KITH_TRY(keep(s, s->x, err));
        } else if (good && s->number > 0 && n == 3 && kith_str_is(f[0], "C") && cells < s->k * (s->d + 1)) {
            size_t c = cells / (s->d + 1), j = cells % (s->d + 1);
            good = whole(f[1], &s->counts[c]);
            if (good) KITH_TRY(kith_sum_load(j ? &s->sums[c * s->d + j - 1] : &s->within[c], f[2], s->arena, err));
            cells++;
        } else {
            good = false;
        }
        if (!good) return kith_fail(err, KITH_DATA, "not a saved pass of k-means");
    }
    return KITH_OK;
}

/* ---- the step
 * --------------------------------------------------------------------------------------------------------------- */

/* Scaling and centres from pass 0. */
static int begin(pass *s, double *centres, kith_error *err) {
    kith_kmeans_options o = {.clusters = s->k, .starts = s->starts, .seed = s->seed, .threads = kith_cpu_count()};
    kith_kmeans fit;
    size_t n, d = s->d, most = kith_kmeans_sample(s->k);
    prune(s);
    n = s->rows > 2 * most ? most : s->n_sample; /* as the single machine takes them */
    if (s->n_sample) qsort(s->sample, s->n_sample, sizeof *s->sample, by_key);
    s->mean = kith_arena_alloc(s->arena, 2 * d * sizeof *s->mean);
    double *x = malloc((n * d + 1) * sizeof *x);
    if (!s->mean || !x) {
        free(x);
        return kith_no_memory(err);
    }
    s->sd = s->mean + d;
    for (size_t j = 0; j < d; j++) {
        double m = kith_sum_mean(&s->moments[j].sum), rows = (double)s->rows;
        s->mean[j] = m;
        s->sd[j] = s->rows > 1 ? sqrt(kith_moments_variance(&s->moments[j]) * ((rows - 1) / rows)) : 0;
        if (!(s->sd[j] > 1e-14 * fabs(m))) s->sd[j] = 1;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++)
            x[i * d + j] = s->z ? (s->sample[i].x[j] - s->mean[j]) / s->sd[j] : s->sample[i].x[j];
    }
    kith_points p = {n, d, x};
    int status = kith_kmeans_fit(&p, &o, &fit, NULL, err);
    if (status == KITH_OK) memcpy(centres, fit.centres, s->k * d * sizeof *centres);
    if (status == KITH_OK) kith_kmeans_free(&fit);
    free(x);
    return status;
}

/* New centres and the squares about them: Σ|x − new|² = Σ|x − old|² − n |new − old|². */
static double move(const pass *s, double *centres, double *within) {
    kith_running inertia = {0, 0};
    for (size_t c = 0; c < s->k; c++) {
        double n = (double)s->counts[c], shift = 0;
        for (size_t j = 0; j < s->d; j++) {
            double m = kith_sum_mean(&s->sums[c * s->d + j]), old = s->now[c * s->d + j];
            double now = s->counts[c] ? s->z ? (m - s->mean[j]) / s->sd[j] : m : old;
            centres[c * s->d + j] = now;
            shift += (now - old) * (now - old);
        }
        within[c] = fmax(0, kith_sum_total(&s->within[c]) - n * shift);
        kith_running_add(&inertia, within[c]);
    }
    return kith_running_value(&inertia);
}

typedef struct place {
    uint64_t size;
    size_t at;
} place;

static int by_size(const void *a, const void *b) {
    const place *p = a, *q = b;
    if (p->size != q->size) return p->size > q->size ? -1 : 1;
    return p->at < q->at ? -1 : 1;
}

static void put(kith_row_writer *w, const char *part, kith_str name, double value) {
    kith_put_string(w, part);
    kith_put_text(w, name);
    kith_put_double(w, value);
    kith_row_end(w);
}

static void put_centres(const pass *s, kith_row_writer *w, const char *part, const double *centres, const place *order,
                        bool own) {
    for (size_t c = 0; c < s->k; c++) {
        for (size_t j = 0; j < s->d; j++) {
            const double v = centres[order[c].at * s->d + j];
            char *name = kith_arena_format(s->arena, "%zu:%.*s", c + 1, KITH_STR_FMT(s->names[j]));
            if (!name)
                w->buf->failed = true;
            else
                put(w, part, kith_str_of(name), own && s->z ? s->mean[j] + v * s->sd[j] : v);
        }
    }
}

static void put_model(const pass *s, const double *centres, const double *within, double inertia, bool converged,
                      kith_row_writer *w, place *order) {
    char name[32];
    static const char *const head[][3] = {
        {"part", "name", "value"}, {"model", "kind", "kmeans"}, {"model", "version", "1"}};
    for (size_t i = 0; i < 3; i++) {
        for (size_t f = 0; f < 3; f++) kith_put_string(w, head[i][f]);
        kith_row_end(w);
    }
    put(w, "fit", KITH_STR("rows"), (double)s->rows);
    put(w, "fit", KITH_STR("left_out"), (double)s->left_out);
    kith_put_string(w, "fit"), kith_put_string(w, "scale"), kith_put_string(w, s->z ? "z" : "none");
    kith_row_end(w);
    put(w, "fit", KITH_STR("clusters"), (double)s->k);
    put(w, "fit", KITH_STR("pass"), (double)s->number + 1);
    if (s->number) put(w, "fit", KITH_STR("inertia"), inertia), put(w, "fit", KITH_STR("changed"), (double)s->changed);
    put(w, "fit", KITH_STR("converged"), converged);
    for (size_t j = 0; j < s->d; j++) {
        size_t n = kith_format_int((int64_t)j + 1, name);
        kith_put_string(w, "column"), kith_put_text(w, (kith_str){name, n}), kith_put_text(w, s->names[j]);
        kith_row_end(w);
    }
    for (size_t j = 0; j < s->d; j++) put(w, "mean", s->names[j], s->mean[j]);
    for (size_t j = 0; j < s->d; j++) put(w, "sd", s->names[j], s->z ? s->sd[j] : 1);
    for (size_t c = 0; c < s->k; c++) order[c] = (place){s->counts[c], c};
    if (converged) qsort(order, s->k, sizeof *order, by_size);
    for (size_t pass_ = 0; s->number && pass_ < 3; pass_++) {
        for (size_t c = 0; c < s->k; c++) {
            size_t n = kith_format_int((int64_t)c + 1, name);
            double size = (double)s->counts[order[c].at];
            put(w,
                pass_ == 0   ? "size"
                : pass_ == 1 ? "share"
                             : "within",
                (kith_str){name, n},
                pass_ == 0   ? size
                : pass_ == 1 ? size / (double)s->rows
                             : within[order[c].at]);
        }
    }
    put_centres(s, w, "centre", centres, order, true);
    if (converged) return;
    put_centres(s, w, "scaled", centres, order, false); /* what the next pass measures by, to the last digit */
    if (s->number) put_centres(s, w, "previous", s->now, order, false);
}

static int finish(void *v, char delimiter, kith_buf *out, kith_error *err) {
    pass *s = v;
    if (!s->rows) return kith_fail(err, KITH_DATA, "no people to cluster");
    double *centres = malloc((s->k * s->d + s->k) * sizeof *centres), *within = centres + s->k * s->d, inertia = 0;
    place *order = malloc(s->k * sizeof *order);
    int status = centres && order ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK && s->number == 0)
        status = begin(s, centres, err);
    else if (status == KITH_OK)
        inertia = move(s, centres, within);
    bool converged = s->number > 0 && s->changed <= s->rows / 10000;
    kith_row_writer w = kith_row_begin(out, delimiter);
    if (status == KITH_OK) put_model(s, centres, within, inertia, converged, &w, order);
    if (status == KITH_OK && out->failed) status = kith_no_memory(err);
    free(centres);
    free(order);
    return status;
}

bool kith_kmeans_converged(const void *state) {
    const pass *s = state;
    return s->number > 0 && s->changed <= s->rows / 10000;
}

const kith_fold kith_kmeans_fold = {
    .name = "segment.fit kmeans",
    .version = 1,
    .init = init,
    .bind = bind,
    .step = step,
    .merge = merge,
    .finish = finish,
    .save = save,
    .load = load,
    .free = free_state,
};

static int put_part(kith_params *p, const kith_model *m, const char *part, const char *name, size_t n,
                    kith_error *err) {
    size_t from, to;
    kith_buf text = {0};
    kith_model_part(m, part, &from, &to);
    if (to - from != n)
        return kith_fail(err, KITH_DATA, "%s: %zu values of %s where %zu belong", m->file, to - from, part, n);
    for (size_t i = from; i < to; i++) {
        if (i > from) kith_buf_putc(&text, ' ');
        kith_buf_str(&text, m->rows[i].value);
    }
    kith_buf_putc(&text, 0);
    if (!text.failed) kith_params_set(p, name, text.p);
    bool failed = text.failed || p->failed;
    kith_buf_free(&text);
    return failed ? kith_no_memory(err) : KITH_OK;
}

int kith_kmeans_params(kith_params *p, const kith_selection *columns, size_t clusters, bool z, int starts,
                       uint64_t seed, const kith_model *model, kith_error *err) {
    kith_buf names = {0};
    double number;
    size_t from, to, d = columns ? columns->n : 0;
    if (model) kith_model_part(model, "column", &from, &to), d = to - from;
    for (size_t j = 0; j < d; j++) {
        if (j) kith_buf_putc(&names, '\n');
        kith_buf_str(&names, model ? model->rows[from + j].value : columns->names[j]);
    }
    kith_buf_putc(&names, 0);
    if (!names.failed) kith_params_set(p, "columns", names.p);
    bool failed = names.failed;
    kith_buf_free(&names);
    if (failed) return kith_no_memory(err);
    kith_params_set_double(p, "clusters", (double)clusters);
    kith_params_set(p, "scale", z ? "z" : "none");
    kith_params_set_double(p, "starts", starts);
    kith_params_set_double(p, "seed", (double)seed);
    if (!model) return KITH_OK;
    if (!kith_str_is(kith_model_kind(model), "kmeans"))
        return kith_fail(err, KITH_DATA, "%s: not a model of k-means", model->file);
    KITH_TRY(kith_model_number(model, "fit", "clusters", &number, err));
    if (number != (double)clusters) return kith_fail(err, KITH_USAGE, "%s: has %g clusters", model->file, number);
    KITH_TRY(kith_model_number(model, "fit", "pass", &number, err));
    kith_params_set_double(p, "pass", number);
    KITH_TRY(put_part(p, model, "mean", "mean", d, err));
    KITH_TRY(put_part(p, model, "sd", "sd", d, err));
    KITH_TRY(put_part(p, model, "scaled", "centre", clusters * d, err));
    kith_model_part(model, "previous", &from, &to);
    return to > from ? put_part(p, model, "previous", "previous", clusters * d, err) : KITH_OK;
}
