/* A mixture of Gaussians over shards, one fold a pass.
 *
 *   kmeans: the passes of k-means (kmeans_fold.c), to its end
 *   hard:   each row counts for the centre that k-means' last pass gave it ──► first shares, means, covariances
 *   em:     an expectation over the rows ──► sums ──► the next parameters
 *
 * So it goes the way of one machine (mixture.c), step by step. A pass adds up doubles over CHUNK rows at most and these sums exactly, so that shards
 * merge in any order; they agree with one machine to rounding. */
#include "kmeans_pass.h"
#include "mixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 2048 };
typedef enum phase { KMEANS, HARD, EM } phase;

typedef struct state {
    pass *p; /* reads rows, and is the state of the phase kmeans */
    phase phase;
    kith_mixture f;
    double floor, last, gain;
    int iterations;
    size_t n_sums;
    kith_sum *sums;
    double *chunk, *work; /* n_sums; k + 2d */
} state;

static void free_state(void *v) {
    state *s = v;
    if (!s) return;
    if (s->p) kith_kmeans_fold.free(s->p);
    kith_mixture_free(&s->f);
    free(s->sums);
    free(s->chunk);
    free(s);
}

/* The parameters of the pass: means are the centres in the phase hard. */
static int read_model(state *s, const kith_params *params, kith_error *err) {
    pass *p = s->p;
    size_t k = p->k, d = p->d;
    if (!p->number || p->round || (s->phase == HARD && !p->before)) return kith_fail(err, KITH_DATA, "the model's phase is none of a mixture's");
    s->n_sums = mixture_sums(k, d);
    s->sums = calloc(s->n_sums, sizeof *s->sums);
    s->chunk = calloc(s->n_sums + k + 2 * d, sizeof *s->chunk);
    if (!s->sums || !s->chunk) return kith_no_memory(err);
    s->work = s->chunk + s->n_sums;
    KITH_TRY(mixture_alloc(&s->f, k, d, strcmp(kith_params_get(params, "covariance"), "diagonal") == 0, err));
    memcpy(s->f.means, p->now, k * d * sizeof *p->now);
    if (s->phase == HARD) return KITH_OK;
    double iterations = kith_params_number(params, "iterations", 0);
    if (!(iterations >= 0 && iterations < 1e6)) return kith_fail(err, KITH_DATA, "the model's iterations are no number of steps");
    s->iterations = (int)iterations;
    s->last = kith_params_number(params, "last", (double)NAN);
    s->gain = kith_params_number(params, "gain", (double)NAN);
    double *shares = kmeans_numbers(p->arena, kith_params_get(params, "share"), k), *all = kmeans_numbers(p->arena, kith_params_get(params, "spread"), k * d * d);
    if (!shares || !all) return kith_fail(err, KITH_DATA, "the model's shares and covariances do not fit its columns");
    memcpy(s->f.shares, shares, k * sizeof *shares);
    memcpy(s->f.covariances, all, k * d * d * sizeof *all);
    if (kith_mixture_prepare(&s->f, NULL) != KITH_OK) return kith_fail(err, KITH_DATA, "a covariance of the model is not positive definite");
    return KITH_OK;
}

static int init(const kith_params *params, void **out, kith_error *err) {
    state *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s) return kith_no_memory(err);
    const char *said = kith_params_get(params, "phase");
    s->phase = strcmp(said, "em") == 0 ? EM : strcmp(said, "hard") == 0 ? HARD : KMEANS;
    s->floor = kith_params_number(params, "floor", 0);
    int status = kith_kmeans_fold.init(params, (void **)&s->p, err);
    if (!status && s->phase != KMEANS) status = read_model(s, params, err);
    if (status) free_state(s);
    else *out = s;
    return status;
}

static int bind(void *v, const kith_header *header, kith_error *err) { return kith_kmeans_fold.bind(((state *)v)->p, header, err); }

static int add_chunk(state *s, kith_error *err) {
    for (size_t i = 0; i < s->n_sums; i++)
        if (s->chunk[i] != 0 && !kith_sum_add_real(&s->sums[i], s->chunk[i], s->p->arena)) return kith_no_memory(err);
    memset(s->chunk, 0, s->n_sums * sizeof *s->chunk);
    return KITH_OK;
}

static int step(void *v, const kith_batch *b, kith_out *out, kith_error *err) {
    state *s = v;
    pass *p = s->p;
    if (s->phase == KMEANS) return kith_kmeans_fold.step(p, b, out, err);
    kith_number *row = kith_arena_alloc(b->arena, p->d * sizeof *row);
    size_t held = 0;
    if (!row) return kith_no_memory(err);
    for (uint32_t i = 0; i < b->rows; i++) {
        bool used;
        double ignored;
        KITH_TRY(kmeans_row(p, b, i, row, &used, out, err));
        if (!used) continue;
        if (s->phase == HARD) mixture_add_hard(&s->f, p->scaled, kmeans_nearest(p, p->before, &ignored), s->chunk);
        else mixture_add(&s->f, p->scaled, s->chunk, s->work);
        if (++held % CHUNK == 0) KITH_TRY(add_chunk(s, err));
    }
    return add_chunk(s, err);
}

static int merge(void *into, void *from, kith_error *err) {
    state *a = into, *b = from;
    if (a->phase == KMEANS) return kith_kmeans_fold.merge(a->p, b->p, err);
    a->p->rows += b->p->rows, a->p->left_out += b->p->left_out;
    for (size_t i = 0; i < a->n_sums; i++)
        if (!kith_sum_merge(&a->sums[i], &b->sums[i], a->p->arena)) return kith_no_memory(err);
    return KITH_OK;
}

static int save(const void *v, kith_buf *out, kith_error *err) {
    const state *s = v;
    if (s->phase == KMEANS) return kith_kmeans_fold.save(s->p, out, err);
    kith_row_writer w = kith_row_begin(out, ',');
    kith_put_string(&w, "R"), kith_put_int(&w, (int64_t)s->p->rows), kith_put_int(&w, (int64_t)s->p->left_out);
    kith_row_end(&w);
    kith_buf cell = {0};
    for (size_t i = 0; i < s->n_sums; i++) {
        cell.n = 0;
        kith_sum_save(&s->sums[i], &cell);
        kith_put_string(&w, "E"), kith_put_text(&w, (kith_str){cell.p, cell.n});
        kith_row_end(&w);
    }
    bool failed = cell.failed || out->failed;
    kith_buf_free(&cell);
    return failed ? kith_no_memory(err) : KITH_OK;
}

static int load(void *v, kith_records *records, kith_error *err) {
    state *s = v;
    kith_str f[3];
    size_t n, sums = 0;
    bool counted = false;
    if (s->phase == KMEANS) return kith_kmeans_fold.load(s->p, records, err);
    while (kith_records_next(records, f, 3, &n)) {
        int64_t rows, left_out;
        if (n == 3 && !counted && kith_str_is(f[0], "R") && kith_parse_int(f[1], &rows) && kith_parse_int(f[2], &left_out) && rows >= 0 && left_out >= 0) {
            counted = true;
            s->p->rows = (uint64_t)rows;
            s->p->left_out = (uint64_t)left_out;
        } else if (n == 2 && counted && sums < s->n_sums && kith_str_is(f[0], "E")) {
            KITH_TRY(kith_sum_load(&s->sums[sums++], f[1], s->p->arena, err));
        } else return kith_fail(err, KITH_DATA, "not a saved pass of a mixture");
    }
    return counted && sums == s->n_sums ? KITH_OK : kith_fail(err, KITH_DATA, "not a saved pass of a mixture");
}

/* ---- the step ----------------------------------------------------------------------------------------------- */

static double likelihood(const state *s) { return kith_sum_total(&s->sums[0]); }

bool kith_mixture_converged(const void *v) {
    const state *s = v;
    double last = s->last, gain = s->gain;
    return s->phase == EM && s->p->rows && mixture_settled(likelihood(s) / (double)s->p->rows, s->iterations, 1e-9, &last, &gain);
}

uint64_t kith_mixture_left_out(const void *v) {
    const state *s = v;
    return s->phase == KMEANS ? kith_kmeans_left_out(s->p) : 0;
}

static int unbounded(kith_error *err) {
    return kith_fail(err, KITH_DATA, "the likelihood is unbounded: a component shrinks onto a few rows or a line; ask for fewer clusters, leave dependent columns out, or give a floor");
}

/* The next parameters, in s->f. */
static int improve(state *s, kith_error *err) {
    pass *p = s->p;
    size_t k = p->k, d = p->d;
    double *sums = malloc((s->n_sums + d + d * d + d) * sizeof *sums), *variance = sums + s->n_sums;
    if (!sums) return kith_no_memory(err);
    for (size_t i = 0; i < s->n_sums; i++) sums[i] = kith_sum_total(&s->sums[i]);
    for (size_t j = 0; j < d; j++) variance[j] = p->z ? 1 : p->sd[j] * p->sd[j];
    mixture_maximise(&s->f, sums, (double)p->rows, s->floor);
    int status = KITH_OK;
    bool shrunk = mixture_shrunk(&s->f, variance, variance + d, err, &status);
    if (!status && (shrunk || kith_mixture_prepare(&s->f, NULL) != KITH_OK)) status = unbounded(err);
    free(sums);
    (void)k;
    return status;
}

/* What the next pass begins with, to the last digit. */
static int put_going(const state *s, kith_model *m, kith_error *err) {
    const pass *p = s->p;
    size_t d = p->d;
    bool em = s->phase == EM;
    kith_model_put(m, "fit", "scale", p->z ? "z" : "none");
    kith_model_put_int(m, "fit", "clusters", (int64_t)p->k);
    kith_model_put_int(m, "fit", "pass", (int64_t)p->number + 1);
    kith_model_put_int(m, "fit", "round", 0);
    kith_model_put_int(m, "fit", "converged", 0);
    kith_model_put(m, "fit", "phase", "em");
    kith_model_put_int(m, "fit", "iterations", em ? s->iterations + 1 : 0);
    double last = s->last, gain = s->gain;
    if (em) mixture_settled(likelihood(s) / (double)p->rows, s->iterations, 1e-9, &last, &gain);
    if (em && isfinite(last)) kith_model_put_double(m, "fit", "last", last);
    if (em && isfinite(gain)) kith_model_put_double(m, "fit", "gain", gain);
    for (size_t j = 0; j < d; j++) {
        char name[32];
        kith_model_put_str(m, "column", (kith_str){name, kith_format_int((int64_t)j + 1, name)}, p->names[j]);
    }
    const struct {
        const char *part;
        const double *values;
        size_t n;
    } parts[] = {{"mean", p->mean, d}, {"sd", p->sd, d}, {"scaled", s->f.means, p->k * d}, {"weight", s->f.shares, p->k}, {"spread", s->f.covariances, p->k * d * d}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (size_t j = 0; j < parts[i].n; j++) {
            char name[32], value[40];
            kith_str place = i < 2 ? p->names[j] : (kith_str){name, kith_format_int((int64_t)j + 1, name)};
            kith_model_put_str(m, parts[i].part, place, (kith_str){value, kith_format_double(parts[i].values[j], value)});
        }
    return m->failed ? kith_no_memory(err) : KITH_OK;
}

static int put_final(state *s, kith_model *m, kith_error *err) {
    pass *p = s->p;
    double *spare = kith_arena_alloc(m->arena, (p->d * p->d + p->d) * sizeof *spare), n = (double)p->rows;
    kith_people people = {.points = {(size_t)p->rows, p->d, NULL}, .names = p->names, .mean = p->mean, .sd = p->sd, .z = p->z};
    if (!spare) return kith_no_memory(err);
    s->f.loglik = likelihood(s);
    s->f.iterations = s->iterations;
    s->f.converged = true;
    s->f.bic = -2 * s->f.loglik + (double)s->f.parameters * log(n);
    mixture_sort(&s->f, spare);
    kith_model_put(m, "fit", "scale", p->z ? "z" : "none");
    kith_model_put_int(m, "fit", "clusters", (int64_t)p->k);
    return cluster_put_mixture(&people, &s->f, m, err);
}

static int finish(void *v, char delimiter, kith_buf *out, kith_error *err) {
    state *s = v;
    pass *p = s->p;
    if (s->phase == KMEANS) return kith_kmeans_fold.finish(p, delimiter, out, err);
    if (!p->rows) return kith_fail(err, KITH_DATA, "no people to cluster");
    if (p->rows <= p->k * (p->d + 1)) return kith_fail(err, KITH_DATA, "too few people (%llu) for %zu cluster%s of %zu column%s", (unsigned long long)p->rows, p->k, p->k == 1 ? "" : "s", p->d, p->d == 1 ? "" : "s");
    kith_arena *arena = kith_arena_new();
    kith_model *m;
    int status = arena ? kith_model_new(arena, "mixture", 1, &m, err) : kith_no_memory(err);
    if (!status) {
        kith_model_put_int(m, "fit", "rows", (int64_t)p->rows);
        kith_model_put_int(m, "fit", "left_out", (int64_t)p->left_out);
        if (kith_mixture_converged(s)) status = put_final(s, m, err);
        else {
            status = improve(s, err);
            if (!status) status = put_going(s, m, err);
        }
    }
    kith_row_writer w = kith_row_begin(out, delimiter);
    if (!status) {
        kith_put_string(&w, "part"), kith_put_string(&w, "name"), kith_put_string(&w, "value");
        kith_row_end(&w);
    }
    for (size_t i = 0; !status && i < m->n; i++) {
        kith_put_text(&w, m->rows[i].part), kith_put_text(&w, m->rows[i].name), kith_put_text(&w, m->rows[i].value);
        kith_row_end(&w);
    }
    if (!status && (m->failed || out->failed)) status = kith_no_memory(err);
    kith_arena_free(arena);
    return status;
}

const kith_fold kith_mixture_fold = {
    .name = "segment.fit mixture", .version = 1, .model = true, .init = init, .bind = bind, .step = step, .merge = merge, .finish = finish, .save = save, .load = load, .free = free_state,
};

int kith_mixture_params(kith_params *p, const kith_selection *columns, size_t clusters, bool z, int starts, uint64_t seed, bool diagonal, double floor,
                        const kith_model *model, kith_error *err) {
    KITH_TRY(kmeans_params(p, columns, clusters, z, starts, seed, false, "mixture", model, err));
    kith_params_set(p, "covariance", diagonal ? "diagonal" : "full");
    kith_params_set_double(p, "floor", floor);
    if (!model) return KITH_OK;
    kith_str said = kith_model_get(model, "fit", "phase");
    char *name = kith_arena_copy(p->arena, said.p ? said.p : "", said.n);
    size_t from, to;
    if (!name) return kith_no_memory(err);
    kith_params_set(p, "phase", name);
    if (strcmp(name, "em") != 0) return KITH_OK;
    static const char *const numbers[] = {"iterations", "last", "gain"};
    for (int i = 0; i < 3; i++) {
        double value;
        if (!kith_model_get(model, "fit", numbers[i]).p) continue;
        KITH_TRY(kith_model_number(model, "fit", numbers[i], &value, err));
        kith_params_set_double(p, numbers[i], value);
    }
    kith_model_part(model, "column", &from, &to);
    size_t d = to - from;
    KITH_TRY(kmeans_put_part(p, model, "weight", "share", clusters, err));
    return kmeans_put_part(p, model, "spread", "spread", clusters * d * d, err);
}
