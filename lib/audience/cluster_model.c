/* Cluster models: fitting with a choice of the number, the model's rows, and the scorers that read them back. Centres
 * and covariances stand in the columns' own units; the scaling (mean, sd) says how distances are measured. */
#include "mixture.h"

#include <kith/stats.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK = 2000, STABLE = 1000, GAP_SETS = 10, TRIES_MOST = 64 };

/* ---- writing
 * ---------------------------------------------------------------------------------------------------------- */

static void put_named(kith_model *m, const char *part, size_t segment, const kith_str *a, const kith_str *b,
                      double value) {
    char *name = b   ? kith_arena_format(m->arena, "%zu:%.*s:%.*s", segment, KITH_STR_FMT(*a), KITH_STR_FMT(*b))
                 : a ? kith_arena_format(m->arena, "%zu:%.*s", segment, KITH_STR_FMT(*a))
                     : kith_arena_format(m->arena, "%zu", segment);
    if (!name)
        m->failed = true;
    else
        kith_model_put_double(m, part, name, value);
}

static void put_columns(const kith_people *p, kith_model *m) {
    for (size_t j = 0; j < p->points.d; j++) {
        char name[32];
        size_t n = kith_format_int((int64_t)j + 1, name);
        kith_model_put_str(m, "column", (kith_str){name, n}, p->names[j]);
    }
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t j = 0; j < p->points.d; j++) {
            char text[32];
            double v = pass ? (p->z ? p->sd[j] : 1) : p->mean[j];
            kith_model_put_str(m, pass ? "sd" : "mean", p->names[j], (kith_str){text, kith_format_double(v, text)});
        }
    }
}

/* A centre in the columns' own units. */
static double own(const kith_people *p, size_t j, double scaled) {
    return p->z ? p->mean[j] + scaled * p->sd[j] : scaled;
}

static int put_words(const kith_people *p, const double *centres, size_t k, kith_model *m, kith_error *err) {
    size_t d = p->points.d;
    double *centre = kith_arena_alloc(m->arena, d * sizeof *centre);
    kith_buf words = {0};
    for (size_t c = 0; centre && c < k; c++) {
        for (size_t j = 0; j < d; j++) centre[j] = own(p, j, centres[c * d + j]);
        words.n = 0;
        kith_cluster_words(centre, d, p->names, p->mean, p->sd, &words);
        char name[32];
        size_t n = kith_format_int((int64_t)c + 1, name);
        if (!words.failed) kith_model_put_str(m, "words", (kith_str){name, n}, (kith_str){words.p, words.n});
    }
    bool failed = words.failed || !centre;
    kith_buf_free(&words);
    return failed ? kith_no_memory(err) : KITH_OK;
}

static int put_kmeans(const kith_people *p, const kith_kmeans *fit, const uint32_t *labels,
                      const kith_cluster_options *o, kith_model *m, kith_error *err) {
    size_t k = fit->k, d = fit->d;
    kith_kmeans_options ko = {.clusters = k, .starts = 3, .seed = o->seed, .threads = o->threads};
    double *firm = kith_arena_zalloc(m->arena, k * sizeof *firm), index = NAN;
    if (!firm) return kith_no_memory(err);
    if (o->draws) KITH_TRY(kith_stability(&p->points, fit, &ko, o->draws, STABLE, firm, &index, err));
    double silhouette;
    KITH_TRY(kith_silhouette(&p->points, labels, k, LOOK, o->seed, &silhouette, err));
    kith_model_put_double(m, "fit", "inertia", fit->inertia);
    kith_model_put_double(m, "fit", "silhouette", silhouette);
    kith_model_put_double(m, "fit", "bic", kith_kmeans_bic(fit, p->points.n));
    if (o->draws) kith_model_put_double(m, "fit", "rand_index", index);
    kith_model_put_int(m, "fit", "iterations", fit->iterations);
    kith_model_put_double(m, "fit", "best_share", fit->best_share);
    kith_model_put_int(m, "fit", "converged", fit->converged);
    put_columns(p, m);
    for (size_t c = 0; c < k; c++) put_named(m, "size", c + 1, NULL, NULL, (double)fit->sizes[c]);
    for (size_t c = 0; c < k; c++)
        put_named(m, "share", c + 1, NULL, NULL, (double)fit->sizes[c] / (double)p->points.n);
    for (size_t c = 0; c < k; c++) {
        for (size_t j = 0; j < d; j++)
            put_named(m, "centre", c + 1, &p->names[j], NULL, own(p, j, fit->centres[c * d + j]));
    }
    for (size_t c = 0; c < k; c++) put_named(m, "within", c + 1, NULL, NULL, fit->within[c]);
    for (size_t c = 0; o->draws && c < k; c++) put_named(m, "stability", c + 1, NULL, NULL, firm[c]);
    return put_words(p, fit->centres, k, m, err);
}

int cluster_put_mixture(const kith_people *p, const kith_mixture *fit, kith_model *m, kith_error *err) {
    size_t k = fit->k, d = fit->d;
    kith_model_put(m, "fit", "covariance", fit->diagonal ? "diagonal" : "full");
    kith_model_put_double(m, "fit", "loglik", fit->loglik);
    kith_model_put_double(m, "fit", "mean_loglik", fit->loglik / (double)p->points.n);
    kith_model_put_double(m, "fit", "bic", fit->bic);
    kith_model_put_int(m, "fit", "parameters", (int64_t)fit->parameters);
    kith_model_put_int(m, "fit", "iterations", fit->iterations);
    kith_model_put_int(m, "fit", "converged", fit->converged);
    put_columns(p, m);
    for (size_t c = 0; c < k; c++) put_named(m, "share", c + 1, NULL, NULL, fit->shares[c]);
    for (size_t c = 0; c < k; c++) {
        for (size_t j = 0; j < d; j++)
            put_named(m, "centre", c + 1, &p->names[j], NULL, own(p, j, fit->means[c * d + j]));
    }
    for (size_t c = 0; c < k; c++) {
        for (size_t i = 0; i < d; i++) {
            for (size_t j = 0; j <= i; j++) {
                if (fit->diagonal && i != j) continue;
                double scale = p->z ? p->sd[i] * p->sd[j] : 1;
                put_named(m, "covariance", c + 1, &p->names[i], &p->names[j],
                          fit->covariances[(c * d + i) * d + j] * scale);
            }
        }
    }
    return put_words(p, fit->means, k, m, err);
}

/* ---- choosing
 * --------------------------------------------------------------------------------------------------------- */

static void labels_of(const kith_mixture *f, const kith_points *p, uint32_t *labels, double *work) {
    for (size_t i = 0; i < p->n; i++) {
        double *logs = work, *v = work + f->k;
        kith_mixture_logs(f, p->x + i * p->d, logs, v);
        size_t best = 0;
        for (size_t c = 1; c < f->k; c++) {
            if (logs[c] > logs[best]) best = c;
        }
        labels[i] = (uint32_t)best;
    }
}

/* The criterion of k clusters, greater is better (bic's sign turned); for the gap also its error. */
static int criterion(const kith_people *p, const kith_cluster_options *o, size_t k, uint32_t *labels, double *value,
                     double *error, kith_error *err) {
    kith_kmeans_options ko = {
        .clusters = k, .starts = o->starts, .seed = o->seed, .threads = o->threads, .keys = p->keys};
    *error = 0;
    if (o->choose == 2) return kith_gap(&p->points, &ko, GAP_SETS, LOOK, value, error, err);
    if (!o->mixture) {
        kith_kmeans fit;
        KITH_TRY(kith_kmeans_fit(&p->points, &ko, &fit, labels, err));
        int status = KITH_OK;
        if (o->choose == 1) *value = -kith_kmeans_bic(&fit, p->points.n);
        else status = kith_silhouette(&p->points, labels, k, LOOK, o->seed, value, err);
        kith_kmeans_free(&fit);
        return status;
    }
    kith_mixture_options mo = {.tolerance = 1e-6,
                               .clusters = k,
                               .diagonal = o->diagonal,
                               .floor = o->floor,
                               .starts = o->starts,
                               .seed = o->seed,
                               .threads = o->threads,
                               .keys = p->keys};
    kith_mixture fit;
    KITH_TRY(kith_mixture_fit(&p->points, &mo, &fit, NULL, err));
    double *work = malloc((k + 2 * p->points.d) * sizeof *work);
    int status = work ? KITH_OK : kith_no_memory(err);
    if (work && o->choose == 0) {
        labels_of(&fit, &p->points, labels, work);
        status = kith_silhouette(&p->points, labels, k, LOOK, o->seed, value, err);
    } else {
        *value = -fit.bic;
    }
    free(work);
    kith_mixture_free(&fit);
    return status;
}

/* Silhouette and BIC: the best. Gap: the least k within one error of the next (Tibshirani, Walther & Hastie 2001). */
static int choose(const kith_people *p, const kith_cluster_options *o, uint32_t *labels, kith_model *m, size_t *chosen,
                  kith_error *err) {
    static const char *const names[] = {"silhouette", "bic", "gap"};
    double value[TRIES_MOST], error[TRIES_MOST];
    size_t best = 0, tries = o->high - o->low + 1;
    kith_model_put(m, "fit", "chosen_by", names[o->choose]);
    for (size_t t = 0; t < tries; t++) {
        KITH_TRY(criterion(p, o, o->low + t, labels, &value[t], &error[t], err));
        put_named(m, "choice", o->low + t, NULL, NULL, o->choose == 1 ? -value[t] : value[t]);
        if (value[t] > value[best] || isnan(value[best])) best = t;
    }
    for (size_t t = 0; o->choose == 2 && t + 1 < tries; t++) {
        if (value[t] >= value[t + 1] - error[t + 1]) {
            best = t;
            break;
        }
    }
    *chosen = o->low + best;
    return KITH_OK;
}

int kith_cluster_model(const kith_people *p, const kith_cluster_options *o, kith_model *m, kith_error *err) {
    size_t k = o->low;
    if (o->low < 1 || o->high < o->low || o->high - o->low >= TRIES_MOST)
        return kith_fail(err, KITH_USAGE, "--clusters takes a number, or a range such as 2:8 of at most %d numbers",
                         TRIES_MOST);
    if (o->mixture && o->choose == 2) return kith_fail(err, KITH_USAGE, "--choose gap is for k-means");
    if (p->points.n < o->high)
        return kith_fail(err, KITH_DATA, "fewer people (%zu) than clusters (%zu)", p->points.n, o->high);
    uint32_t *labels = malloc(p->points.n * sizeof *labels);
    int status = labels ? KITH_OK : kith_no_memory(err);
    kith_model_put_int(m, "fit", "rows", (int64_t)p->points.n);
    kith_model_put_int(m, "fit", "left_out", (int64_t)p->left_out);
    kith_model_put(m, "fit", "scale", p->z ? "z" : "none");
    if (status == KITH_OK && o->high > o->low) status = choose(p, o, labels, m, &k, err);
    kith_model_put_int(m, "fit", "clusters", (int64_t)k);
    if (status == KITH_OK && o->mixture) {
        kith_mixture_options mo = {.clusters = k,
                                   .diagonal = o->diagonal,
                                   .floor = o->floor,
                                   .starts = o->starts,
                                   .seed = o->seed,
                                   .threads = o->threads,
                                   .keys = p->keys};
        kith_mixture fit;
        size_t column;
        status = kith_mixture_fit(&p->points, &mo, &fit, &column, err);
        if (status == KITH_DATA && column < p->points.d) {
            char *why = kith_arena_copy(m->arena, err ? err->text : "", err ? strlen(err->text) : 0);
            kith_fail(err, KITH_DATA, "%.*s: %s", KITH_STR_FMT(p->names[column]), why ? why : "");
        }
        if (status == KITH_OK) status = cluster_put_mixture(p, &fit, m, err);
        if (status == KITH_OK) kith_mixture_free(&fit);
    } else if (status == KITH_OK) {
        kith_kmeans_options ko = {
            .clusters = k, .starts = o->starts, .seed = o->seed, .threads = o->threads, .keys = p->keys, .oversampled = o->oversampled};
        kith_kmeans fit;
        status = kith_kmeans_fit(&p->points, &ko, &fit, labels, err);
        if (status == KITH_OK) {
            status = put_kmeans(p, &fit, labels, o, m, err);
            kith_kmeans_free(&fit);
        }
    }
    free(labels);
    return status == KITH_OK && m->failed ? kith_no_memory(err) : status;
}

/* ---- scorers
 * ---------------------------------------------------------------------------------------------------------- */

typedef struct self {
    size_t k, d;
    double *centres, *sd; /* own units */
    kith_mixture mixture; /* own units; its memory is the arena's */
} self;

static int read_columns(kith_scorer *s, const kith_model *m, self *me, kith_error *err) {
    double k;
    size_t from, to;
    KITH_TRY(kith_model_number(m, "fit", "clusters", &k, err));
    kith_model_part(m, "column", &from, &to);
    if (!(k >= 1 && k <= 10000 && k == floor(k)))
        return kith_fail(err, KITH_DATA, "%s: fit,clusters is no number of clusters", m->file);
    if (to == from || to - from > 10000) return kith_fail(err, KITH_DATA, "%s: names no columns", m->file);
    me->k = (size_t)k;
    me->d = s->n_needs = to - from;
    s->needs = kith_arena_alloc(s->arena, me->d * sizeof *s->needs);
    me->sd = kith_arena_alloc(s->arena, me->d * sizeof *me->sd);
    me->centres = kith_arena_alloc(s->arena, me->k * me->d * sizeof *me->centres);
    s->adds = kith_arena_alloc(s->arena, 2 * sizeof *s->adds);
    if (!s->needs || !me->sd || !me->centres || !s->adds) return kith_no_memory(err);
    for (size_t j = 0; j < me->d; j++) {
        kith_str name = m->rows[from + j].value;
        s->needs[j] = kith_arena_copy(s->arena, name.p, name.n);
        if (!s->needs[j]) return kith_no_memory(err);
        KITH_TRY(kith_model_number(m, "sd", s->needs[j], &me->sd[j], err));
        if (!(me->sd[j] > 0)) return kith_fail(err, KITH_DATA, "%s: sd,%s is not positive", m->file, s->needs[j]);
    }
    /* centres come in the order they were written: by segment, then by column */
    kith_model_part(m, "centre", &from, &to);
    if (to - from != me->k * me->d)
        return kith_fail(err, KITH_DATA, "%s: %zu centres' values where %zu belong", m->file, to - from, me->k * me->d);
    for (size_t i = 0; i < me->k * me->d; i++) {
        char *name = kith_arena_format(s->arena, "%zu:%s", i / me->d + 1, s->needs[i % me->d]);
        if (!name) return kith_no_memory(err);
        if (!kith_str_is(m->rows[from + i].name, name) || !kith_parse_double(m->rows[from + i].value, &me->centres[i]))
            return kith_fail(err, KITH_DATA, "%s: centre,%s is missing, out of order or no number", m->file, name);
    }
    s->n_adds = 2;
    s->adds[0] = "segment";
    return KITH_OK;
}

static int load_kmeans(kith_scorer *s, const kith_model *m, const kith_score_options *o, kith_error *err) {
    (void)o;
    self *me = s->self = kith_arena_zalloc(s->arena, sizeof *me);
    if (!me) return kith_no_memory(err);
    KITH_TRY(read_columns(s, m, me, err));
    s->adds[1] = "distance";
    return KITH_OK;
}

static int load_mixture(kith_scorer *s, const kith_model *m, const kith_score_options *o, kith_error *err) {
    (void)o;
    self *me = s->self = kith_arena_zalloc(s->arena, sizeof *me);
    if (!me) return kith_no_memory(err);
    KITH_TRY(read_columns(s, m, me, err));
    s->adds[1] = "probability";
    size_t k = me->k, d = me->d, from, to, at;
    double *memory = kith_arena_zalloc(s->arena, (2 * k + 2 * k * d * d) * sizeof *memory);
    if (!memory) return kith_no_memory(err);
    me->mixture = (kith_mixture){.k = k,
                                 .d = d,
                                 .means = me->centres,
                                 .shares = memory,
                                 .constants = memory + k,
                                 .covariances = memory + 2 * k,
                                 .factors = memory + 2 * k + k * d * d};
    me->mixture.diagonal = kith_str_is(kith_model_get(m, "fit", "covariance"), "diagonal");
    for (size_t c = 0; c < k; c++) {
        char name[32];
        kith_format_int((int64_t)c + 1, name);
        KITH_TRY(kith_model_number(m, "share", name, &memory[c], err));
        if (!(memory[c] > 0 && memory[c] <= 1))
            return kith_fail(err, KITH_DATA, "%s: share,%s is no share", m->file, name);
    }
    kith_model_part(m, "covariance", &from, &to);
    at = from;
    for (size_t c = 0; c < k; c++) {
        for (size_t i = 0; i < d; i++) {
            for (size_t j = me->mixture.diagonal ? i : 0; j <= i; j++, at++) {
                double v;
                if (at >= to || !kith_parse_double(m->rows[at].value, &v))
                    return kith_fail(err, KITH_DATA, "%s: covariances are missing or no numbers", m->file);
                me->mixture.covariances[(c * d + i) * d + j] = me->mixture.covariances[(c * d + j) * d + i] = v;
            }
        }
    }
    if (kith_mixture_prepare(&me->mixture, err) != KITH_OK)
        return kith_fail(err, KITH_DATA, "%s: a covariance is not positive definite", m->file);
    return KITH_OK;
}

static int work(const kith_scorer *s, void **worker, kith_error *err) {
    const self *me = s->self;
    *worker = calloc(me->k + 4 * me->d + me->d * me->d, sizeof(double));
    return *worker ? KITH_OK : kith_no_memory(err);
}

static void unwork(const kith_scorer *s, void *worker) {
    (void)s;
    free(worker);
}

/* Reads the row's values; *known counts those that are there (nan elsewhere); *bad: the row is left out. */
static int values(const kith_scorer *s, const kith_batch *b, uint32_t row, double *x, size_t *known, bool *bad,
                  kith_out *out, kith_error *err) {
    *known = 0;
    *bad = false;
    for (size_t j = 0; j < s->n_needs; j++) {
        kith_cell_state cell = kith_cell_double(b, row, s->columns[j], &x[j]);
        if (cell == KITH_CELL_BAD) {
            *bad = true;
            return kith_bad_row(b, row, s->columns[j], "not_a_number", "not a number", out, err);
        }
        if (cell == KITH_CELL_MISSING)
            x[j] = NAN;
        else
            (*known)++;
    }
    return KITH_OK;
}

static int put_kmeans_row(const kith_scorer *s, void *worker, const kith_batch *b, uint32_t row, kith_row_writer *w,
                          kith_out *out, kith_error *err) {
    const self *me = s->self;
    double *x = worker, best = INFINITY;
    size_t known, at = 0, d = me->d;
    bool bad;
    KITH_TRY(values(s, b, row, x, &known, &bad, out, err));
    if (bad) return KITH_OK;
    if (known == 0) {
        kith_put_missing(w);
        kith_put_missing(w);
        return KITH_OK;
    }
    for (size_t c = 0; c < me->k; c++) {
        double v = 0;
        for (size_t j = 0; j < d; j++) {
            double e = (x[j] - me->centres[c * d + j]) / me->sd[j];
            if (known == d || !isnan(e)) v += e * e;
        }
        if (v < best) best = v, at = c;
    }
    kith_put_int(w, (int64_t)at + 1);
    kith_put_double(w, sqrt(best * (double)d / (double)known));
    return KITH_OK;
}

/* ln of share × marginal density of the values that are there. */
static double marginal(const kith_mixture *f, size_t c, const double *x, size_t known, double *a, double *v) {
    size_t d = f->d, n = 0, at[64];
    if (known > 64) return NAN;
    for (size_t j = 0; j < d; j++) {
        if (!isnan(x[j])) at[n++] = j;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) a[i * n + j] = f->covariances[(c * d + at[i]) * d + at[j]];
        v[i] = x[at[i]] - f->means[c * d + at[i]];
    }
    if (kith_cholesky(n, a, NULL) != KITH_OK) return NAN;
    double q = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) v[i] -= a[i * n + j] * v[j];
        v[i] /= a[i * n + i];
        q += v[i] * v[i];
    }
    return log(f->shares[c]) - .5 * (q + kith_cholesky_log_det(n, a) + (double)n * 1.8378770664093454836);
}

static int put_mixture_row(const kith_scorer *s, void *worker, const kith_batch *b, uint32_t row, kith_row_writer *w,
                           kith_out *out, kith_error *err) {
    const self *me = s->self;
    double *x = worker, *v = x + me->d, *logs = v + me->d, *a = logs + me->k, total;
    size_t known, at = 0;
    bool bad;
    KITH_TRY(values(s, b, row, x, &known, &bad, out, err));
    if (bad) return KITH_OK;
    if (known == me->d) {
        total = kith_mixture_logs(&me->mixture, x, logs, v);
    } else {
        for (size_t c = 0; c < me->k; c++) logs[c] = known ? marginal(&me->mixture, c, x, known, a, v) : NAN;
        total = kith_log_sum(logs, me->k);
    }
    for (size_t c = 1; c < me->k; c++) {
        if (logs[c] > logs[at]) at = c;
    }
    if (!known || !isfinite(logs[at])) {
        kith_put_missing(w);
        kith_put_missing(w);
        return KITH_OK;
    }
    kith_put_int(w, (int64_t)at + 1);
    kith_put_double(w, exp(logs[at] - total));
    return KITH_OK;
}

const kith_scorer_kind kith_scorer_kmeans = {
    .kind = "kmeans",
    .version = 1,
    .prefix = "kmeans",
    .load = load_kmeans,
    .work = work,
    .unwork = unwork,
    .put = put_kmeans_row,
};

const kith_scorer_kind kith_scorer_mixture = {
    .kind = "mixture",
    .version = 1,
    .prefix = "mixture",
    .load = load_mixture,
    .work = work,
    .unwork = unwork,
    .put = put_mixture_row,
};
