/* The step of k-means over shards: a merged pass in, the next model out; and the parameters of the pass that follows it. */
#include "kmeans_pass.h"

#include <kith/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the step
 * --------------------------------------------------------------------------------------------------------------- */

/* Scaling and centres from pass 0. */
static int begin(pass *s, double *centres, kith_error *err) {
    kith_kmeans_options o = {.clusters = s->k, .starts = s->starts, .seed = s->seed, .threads = kith_cpu_count()};
    kith_kmeans fit;
    size_t n, d = s->d, most = kith_kmeans_sample(s->k);
    kmeans_prune(s);
    n = s->rows > 2 * most ? most : s->n_sample; /* as the single machine takes them */
    if (s->n_sample) qsort(s->sample, s->n_sample, sizeof *s->sample, kmeans_by_key);
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
    if (s->oversampled) { /* the row with the least key is the first candidate */
        if (s->n_sample) kmeans_scale(s, s->sample[0].x);
        free(x);
        s->candidates = (kith_points){1, d, s->scaled};
        return KITH_OK;
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

/* The candidates so far with those that won this pass's race. */
static int add_winners(pass *s, kith_error *err) {
    kmeans_prune(s);
    size_t d = s->d, n = s->candidates.n;
    double *x = kith_arena_alloc(s->arena, (n + s->n_sample) * d * sizeof *x);
    if (!x) return kith_no_memory(err);
    memcpy(x, s->candidates.x, n * d * sizeof *x);
    for (size_t i = 0; i < s->n_sample; i++, n++) {
        kmeans_scale(s, s->sample[i].x);
        memcpy(x + n * d, s->scaled, d * sizeof *x);
    }
    s->candidates = (kith_points){n, d, x};
    return KITH_OK;
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
        for (size_t f = 0; f < 3; f++) kith_put_string(w, s->mixture && i == 1 && f == 2 ? "mixture" : head[i][f]);
        kith_row_end(w);
    }
    put(w, "fit", KITH_STR("rows"), (double)s->rows);
    put(w, "fit", KITH_STR("left_out"), (double)s->left_out);
    kith_put_string(w, "fit"), kith_put_string(w, "scale"), kith_put_string(w, s->z ? "z" : "none");
    kith_row_end(w);
    put(w, "fit", KITH_STR("clusters"), (double)s->k);
    put(w, "fit", KITH_STR("pass"), (double)s->number + 1);
    bool starting = s->oversampled && (s->number == 0 || (s->round && s->round <= KMEANS_ROUNDS)); /* the next is a race, or the weighing */
    put(w, "fit", KITH_STR("round"), starting ? (double)s->round + 1 : 0);
    if (s->number && !s->round) put(w, "fit", KITH_STR("inertia"), inertia), put(w, "fit", KITH_STR("changed"), (double)s->changed);
    put(w, "fit", KITH_STR("converged"), converged && !s->mixture);
    if (s->mixture) { /* a mixture takes the clusters as certain next */
        kith_put_string(w, "fit"), kith_put_string(w, "phase"), kith_put_string(w, converged ? "hard" : "kmeans");
        kith_row_end(w);
        converged = false;
    }
    for (size_t j = 0; j < s->d; j++) {
        size_t n = kith_format_int((int64_t)j + 1, name);
        kith_put_string(w, "column"), kith_put_text(w, (kith_str){name, n}), kith_put_text(w, s->names[j]);
        kith_row_end(w);
    }
    for (size_t j = 0; j < s->d; j++) put(w, "mean", s->names[j], s->mean[j]);
    for (size_t j = 0; j < s->d; j++) put(w, "sd", s->names[j], s->z ? s->sd[j] : 1);
    for (size_t c = 0; c < s->k; c++) order[c] = (place){s->counts[c], c};
    if (converged) qsort(order, s->k, sizeof *order, by_size);
    for (size_t c = 0; starting && c < s->candidates.n; c++)
        for (size_t j = 0; j < s->d; j++) {
            char *candidate = kith_arena_format(s->arena, "%zu:%.*s", c + 1, KITH_STR_FMT(s->names[j]));
            if (candidate) put(w, "candidate", kith_str_of(candidate), s->candidates.x[c * s->d + j]);
            else w->buf->failed = true;
        }
    if (starting) return;
    for (size_t pass_ = 0; s->number && !s->round && pass_ < 3; pass_++) {
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
    if (s->number && !s->round) put_centres(s, w, "previous", s->now, order, false);
}

int kmeans_finish(void *v, char delimiter, kith_buf *out, kith_error *err) {
    pass *s = v;
    if (!s->rows) return kith_fail(err, KITH_DATA, "no people to cluster");
    double *centres = malloc((s->k * s->d + s->k) * sizeof *centres), *within = centres + s->k * s->d, inertia = 0;
    place *order = malloc(s->k * sizeof *order);
    int status = centres && order ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK && s->number == 0)
        status = begin(s, centres, err);
    else if (status == KITH_OK && s->round)
        status = s->round <= KMEANS_ROUNDS ? add_winners(s, err) : kmeans_weighted(&s->candidates, s->weights, s->k, s->starts, s->seed, centres, err);
    else if (status == KITH_OK)
        inertia = move(s, centres, within);
    bool converged = kith_kmeans_converged(s);
    kith_row_writer w = kith_row_begin(out, delimiter);
    if (status == KITH_OK) put_model(s, centres, within, inertia, converged, &w, order);
    if (status == KITH_OK && out->failed) status = kith_no_memory(err);
    free(centres);
    free(order);
    return status;
}

bool kith_kmeans_converged(const void *state) {
    const pass *s = state;
    return s->number > 0 && !s->round && s->changed <= s->rows / 10000;
}

uint64_t kith_kmeans_left_out(const void *state) {
    const pass *s = state;
    return s->number ? 0 : s->left_out;
}


int kmeans_put_part(kith_params *p, const kith_model *m, const char *part, const char *name, size_t n,
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

int kith_kmeans_params(kith_params *p, const kith_selection *columns, size_t clusters, bool z, int starts, uint64_t seed, bool oversampled,
                       const kith_model *model, kith_error *err) {
    return kmeans_params(p, columns, clusters, z, starts, seed, oversampled, "kmeans", model, err);
}

int kmeans_params(kith_params *p, const kith_selection *columns, size_t clusters, bool z, int starts, uint64_t seed, bool oversampled, const char *kind,
                  const kith_model *model, kith_error *err) {
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
    kith_params_set(p, "init", oversampled ? "parallel" : "");
    kith_params_set(p, "kind", kind);
    if (!model) return KITH_OK;
    if (!kith_str_is(kith_model_kind(model), kind))
        return kith_fail(err, KITH_DATA, "%s: not a model of %s", model->file, strcmp(kind, "kmeans") == 0 ? "k-means" : "a mixture");
    KITH_TRY(kith_model_number(model, "fit", "clusters", &number, err));
    if (number != (double)clusters) return kith_fail(err, KITH_USAGE, "%s: has %g clusters", model->file, number);
    KITH_TRY(kith_model_number(model, "fit", "pass", &number, err));
    kith_params_set_double(p, "pass", number);
    KITH_TRY(kmeans_put_part(p, model, "mean", "mean", d, err));
    KITH_TRY(kmeans_put_part(p, model, "sd", "sd", d, err));
    KITH_TRY(kith_model_number(model, "fit", "round", &number, err));
    if (number > 0) {
        kith_model_part(model, "candidate", &from, &to);
        kith_params_set_double(p, "round", number);
        kith_params_set_double(p, "candidates", (double)((to - from) / (d ? d : 1)));
        return kmeans_put_part(p, model, "candidate", "candidate", (to - from) / (d ? d : 1) * d, err);
    }
    KITH_TRY(kmeans_put_part(p, model, "scaled", "centre", clusters * d, err));
    kith_model_part(model, "previous", &from, &to);
    return to > from ? kmeans_put_part(p, model, "previous", "previous", clusters * d, err) : KITH_OK;
}
