/* Uplift learners on one frame.
 *
 * All of them end in linear models or forests of the same encoding, so a fitted model predicts by encoding once. Every
 * learner but s and t keeps a model of the outcome without treatment besides, which the four groups need. The doubly
 * robust scores are cross-fitted in five folds by a hash of (seed, place), so that no row's nuisance saw the row. */
#include <kith/metrics.h>
#include <kith/uplift.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CROSS = 5 };

/* The rows a learner is fitted on, as places in `rows`. */
typedef struct job {
    const kith_frame *frame;
    const kith_uplift_options *o;
    const size_t *rows;
    size_t n;
    const double *y;
    const uint8_t *treated;
    bool binary;
    const kith_cuts *cuts; /* of all its rows */
    kith_arena *arena; /* the result's */
    kith_arena *own;
    kith_uplift *m;
} job;

static kith_tree_options boosted(const kith_uplift_options *o, bool squared) {
    kith_tree_options t = o->trees;
    if (t.trees < 1) t.trees = 100;
    if (!(t.rate > 0)) t.rate = .05;
    if (t.leaves < 2) t.leaves = 15;
    if (t.min_leaf < 1) t.min_leaf = 200;
    if (!(t.lambda > 0)) t.lambda = -1;
    t.squared = squared;
    t.threads = o->threads;
    t.monotone = NULL;
    return t;
}

/* A model of `target` on the rows picked (frame rows), into `linear` or `forest`. */
static int fit_one(job *j, const size_t *rows, size_t n, const double *target, bool binary, kith_linear *linear,
                   kith_forest *forest, kith_arena *arena, kith_error *err) {
    if (n == 0) return kith_fail(err, KITH_DATA, "an arm has no people to learn from");
    if (j->o->on_trees) {
        kith_tree_options t = boosted(j->o, !binary);
        if (!j->cuts) KITH_TRY(kith_cuts_fit(j->frame, &j->m->encoding, j->rows, j->n, j->own, &j->cuts, err));
        t.cuts = j->cuts;
        return kith_trees_fit(j->frame, &j->m->encoding, rows, n, target, NULL, &t, arena, forest, err);
    }
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    kith_design d;
    kith_linear_options o = {.c = j->o->c, .threads = j->o->threads};
    int status = kith_encode(&j->m->encoding, j->frame, rows, n, own, &d, err);
    if (status == KITH_OK)
        status = binary ? kith_logistic_fit(&d, target, NULL, &o, arena, linear, err)
                        : kith_ridge_fit(&d, target, NULL, &o, arena, linear, err);
    kith_arena_free(own);
    return status;
}

static int predict_one(const kith_uplift *m, const kith_linear *linear, const kith_forest *forest, bool binary,
                       const kith_frame *frame, const size_t *rows, size_t n, double *out, kith_error *err) {
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    int status;
    if (m->on_trees) {
        int32_t **map;
        status = kith_level_map(&m->encoding, frame, own, &map, err);
        if (status == KITH_OK) kith_trees_predict(forest, frame, map, rows, n, out);
    } else {
        kith_design d;
        status = kith_encode(&m->encoding, frame, rows, n, own, &d, err);
        if (status == KITH_OK) kith_linear_predict(linear, &d, out);
    }
    kith_arena_free(own);
    for (size_t i = 0; i < n && binary && status == KITH_OK; i++) out[i] = kith_logistic(out[i]);
    return status;
}

/* The rows of one arm that are in `in` (NULL: all), with their targets. */
static size_t pick(const job *j, int arm, const uint8_t *in, size_t *rows, double *target) {
    size_t n = 0;
    for (size_t i = 0; i < j->n; i++) {
        if (j->treated[j->rows[i]] != arm || (in && !in[i])) continue;
        rows[n] = j->rows[i];
        target[n++] = j->y[j->rows[i]];
    }
    return n;
}

static double propensity(const job *j, size_t row) { return j->o->propensity ? j->o->propensity[row] : j->m->share; }

/* ---- s ------------------------------------------------------------------------------------------------------ */

/* The frame with the treatment as its last feature. `value`: that feature's numbers, one per row of the frame. */
static int with_treatment(const kith_frame *frame, double *value, kith_arena *arena, kith_frame *out, kith_error *err) {
    *out = (kith_frame){frame->rows, frame->n + 1, kith_arena_alloc(arena, (frame->n + 1) * sizeof *out->features)};
    if (!out->features) return kith_no_memory(err);
    if (frame->n) memcpy(out->features, frame->features, frame->n * sizeof *frame->features);
    out->features[frame->n] = (kith_feature){.name = "(treatment)", .number = value};
    return KITH_OK;
}

static int fit_s(job *j, kith_error *err) {
    kith_uplift *m = j->m;
    double *target = kith_arena_alloc(j->own, j->n * sizeof *target), *by = kith_arena_alloc(j->own, j->n * sizeof *by);
    if (!target || !by) return kith_no_memory(err);
    for (size_t i = 0; i < j->n; i++) {
        target[i] = j->y[j->rows[i]];
        by[i] = j->treated[j->rows[i]];
    }
    if (j->o->on_trees) {
        double *t = kith_arena_alloc(j->own, (j->frame->rows + 1) * sizeof *t);
        kith_frame frame;
        if (!t) return kith_no_memory(err);
        for (size_t i = 0; i < j->frame->rows; i++) t[i] = j->treated[i];
        KITH_TRY(with_treatment(j->frame, t, j->own, &frame, err));
        KITH_TRY(kith_encoding_fit(&frame, j->rows, j->n, j->arena, &m->encoding, err));
        kith_tree_options o = boosted(j->o, !j->binary);
        return kith_trees_fit(&frame, &m->encoding, j->rows, j->n, target, NULL, &o, j->arena, &m->forest[0], err);
    }
    kith_design x, d;
    kith_linear_options o = {.c = j->o->c, .threads = j->o->threads};
    KITH_TRY(kith_encode(&m->encoding, j->frame, j->rows, j->n, j->own, &x, err));
    KITH_TRY(kith_design_interact(&x, by, j->own, &d, err));
    return j->binary ? kith_logistic_fit(&d, target, NULL, &o, j->arena, &m->linear[0], err)
                     : kith_ridge_fit(&d, target, NULL, &o, j->arena, &m->linear[0], err);
}

static int predict_s(const kith_uplift *m, const kith_frame *frame, const size_t *rows, size_t n, kith_arena *own,
                     double *with, double *without, kith_error *err) {
    for (int arm = 1; arm >= 0; arm--) {
        double *to = arm ? with : without;
        if (m->on_trees) {
            double *t = kith_arena_alloc(own, (frame->rows + 1) * sizeof *t);
            kith_frame both;
            int32_t **map;
            if (!t) return kith_no_memory(err);
            for (size_t i = 0; i < frame->rows; i++) t[i] = arm;
            KITH_TRY(with_treatment(frame, t, own, &both, err));
            KITH_TRY(kith_level_map(&m->encoding, &both, own, &map, err));
            kith_trees_predict(&m->forest[0], &both, map, rows, n, to);
        } else {
            kith_design x, d;
            double *by = kith_arena_alloc(own, (n + 1) * sizeof *by);
            if (!by) return kith_no_memory(err);
            for (size_t i = 0; i < n; i++) by[i] = arm;
            KITH_TRY(kith_encode(&m->encoding, frame, rows, n, own, &x, err));
            KITH_TRY(kith_design_interact(&x, by, own, &d, err));
            kith_linear_predict(&m->linear[0], &d, to);
        }
        for (size_t i = 0; i < n && m->binary; i++) to[i] = kith_logistic(to[i]);
    }
    return KITH_OK;
}

/* ---- t, x --------------------------------------------------------------------------------------------------- */

static int fit_arms(job *j, const uint8_t *in, kith_linear linear[2], kith_forest forest[2], kith_arena *arena,
                    kith_error *err) {
    size_t *rows = kith_arena_alloc(j->own, (j->n + 1) * sizeof *rows);
    double *target = kith_arena_alloc(j->own, (j->n + 1) * sizeof *target);
    if (!rows || !target) return kith_no_memory(err);
    for (int arm = 0; arm < 2; arm++) {
        size_t n = pick(j, arm, in, rows, target);
        KITH_TRY(fit_one(j, rows, n, target, j->binary, &linear[arm], &forest[arm], arena, err));
    }
    return KITH_OK;
}

static int fit_x(job *j, kith_error *err) {
    kith_uplift *m = j->m;
    kith_linear linear[2] = {{0}};
    kith_forest forest[2] = {{0}};
    KITH_TRY(fit_arms(j, NULL, linear, forest, j->arena, err));
    m->untreated = linear[0];
    m->untreated_forest = forest[0];
    size_t *rows = kith_arena_alloc(j->own, (j->n + 1) * sizeof *rows);
    double *target = kith_arena_alloc(j->own, (j->n + 1) * sizeof *target);
    double *other = kith_arena_alloc(j->own, (j->n + 1) * sizeof *other);
    if (!rows || !target || !other) return kith_no_memory(err);
    for (int arm = 0; arm < 2; arm++) { /* each arm's outcomes against what the other arm's model expects */
        size_t n = pick(j, arm, NULL, rows, target);
        KITH_TRY(predict_one(m, &linear[1 - arm], &forest[1 - arm], j->binary, j->frame, rows, n, other, err));
        for (size_t i = 0; i < n; i++) target[i] = arm ? target[i] - other[i] : other[i] - target[i];
        KITH_TRY(fit_one(j, rows, n, target, false, &m->linear[arm], &m->forest[arm], j->arena, err));
    }
    return KITH_OK;
}

/* ---- dr ----------------------------------------------------------------------------------------------------- */

static int fit_untreated(job *j, kith_error *err) {
    size_t *rows = kith_arena_alloc(j->own, (j->n + 1) * sizeof *rows);
    double *target = kith_arena_alloc(j->own, (j->n + 1) * sizeof *target);
    if (!rows || !target) return kith_no_memory(err);
    size_t n = pick(j, 0, NULL, rows, target);
    return fit_one(j, rows, n, target, j->binary, &j->m->untreated, &j->m->untreated_forest, j->arena, err);
}

static int fit_dr(job *j, kith_error *err) {
    kith_uplift *m = j->m;
    double *score = kith_arena_alloc(j->own, (j->n + 1) * sizeof *score);
    double *at[2] = {kith_arena_alloc(j->own, (j->n + 1) * sizeof *score), kith_arena_alloc(j->own, (j->n + 1) * sizeof *score)};
    size_t *rows = kith_arena_alloc(j->own, (j->n + 1) * sizeof *rows), *place = kith_arena_alloc(j->own, (j->n + 1) * sizeof *place);
    uint8_t *fold = kith_arena_alloc(j->own, j->n + 1), *in = kith_arena_alloc(j->own, j->n + 1);
    if (!score || !at[0] || !at[1] || !rows || !place || !fold || !in) return kith_no_memory(err);
    for (size_t i = 0; i < j->n; i++) fold[i] = (uint8_t)kith_inner_fold(j->o->key, j->rows[i], j->o->seed, CROSS);
    for (int f = 0; f < CROSS; f++) {
        size_t n = 0;
        for (size_t i = 0; i < j->n; i++) {
            in[i] = fold[i] != f;
            if (in[i]) continue;
            place[n] = i;
            rows[n++] = j->rows[i];
        }
        if (n == 0) continue;
        kith_linear linear[2] = {{0}};
        kith_forest forest[2] = {{0}};
        KITH_TRY(fit_arms(j, in, linear, forest, j->own, err));
        for (int arm = 0; arm < 2; arm++)
            KITH_TRY(predict_one(m, &linear[arm], &forest[arm], j->binary, j->frame, rows, n, at[arm], err));
        for (size_t k = 0; k < n; k++) {
            double e = propensity(j, rows[k]), y = j->y[rows[k]], effect = at[1][k] - at[0][k];
            score[place[k]] = j->treated[rows[k]] ? effect + (y - at[1][k]) / e : effect - (y - at[0][k]) / (1 - e);
        }
    }
    KITH_TRY(fit_one(j, j->rows, j->n, score, false, &m->linear[0], &m->forest[0], j->arena, err));
    return fit_untreated(j, err);
}

/* ---- fit and predict ---------------------------------------------------------------------------------------- */

static int fit_forest(job *j, kith_error *err) {
    double *y = kith_arena_alloc(j->own, (j->n + 1) * sizeof *y), *w = NULL;
    uint8_t *t = kith_arena_alloc(j->own, j->n + 1);
    if (j->o->propensity) w = kith_arena_alloc(j->own, (j->n + 1) * sizeof *w);
    if (!y || !t || (j->o->propensity && !w)) return kith_no_memory(err);
    for (size_t i = 0; i < j->n; i++) {
        size_t row = j->rows[i];
        y[i] = j->y[row];
        t[i] = j->treated[row];
        if (w) w[i] = t[i] ? 1 / propensity(j, row) : 1 / (1 - propensity(j, row));
    }
    int trees = j->o->trees.trees > 0 ? j->o->trees.trees : 200, least = j->o->trees.min_leaf > 0 ? j->o->trees.min_leaf : 0;
    KITH_TRY(kith_uplift_forest(j->frame, &j->m->encoding, j->rows, j->n, y, t, w, trees, least, j->o->seed, j->o->threads,
                                j->arena, &j->m->forest[0], err));
    j->m->on_trees = false; /* the outcome without treatment is linear */
    kith_uplift_options o = *j->o;
    o.on_trees = false;
    j->o = &o;
    return fit_untreated(j, err);
}

/* Counts per arm, the average effect, and what cannot be. */
static int look(job *j, kith_error *err) {
    double n[2] = {0}, sum[2] = {0}, w[2] = {0}, weighted[2] = {0};
    bool differs[2] = {false, false};
    double first[2] = {NAN, NAN};
    j->binary = true;
    for (size_t i = 0; i < j->n; i++) {
        size_t row = j->rows[i];
        int arm = j->treated[row] != 0;
        double y = j->y[row], e = j->o->propensity ? j->o->propensity[row] : .5;
        if (!(e > 0) || !(e < 1)) return kith_fail(err, KITH_DATA, "row %zu: a propensity must lie strictly between 0 and 1", row + 1);
        j->binary = j->binary && (y == 0 || y == 1);
        if (isnan(first[arm])) first[arm] = y;
        differs[arm] = differs[arm] || y != first[arm];
        double v = arm ? 1 / e : 1 / (1 - e);
        n[arm]++;
        sum[arm] += y;
        w[arm] += v;
        weighted[arm] += v * y;
    }
    if (n[1] == 0) return kith_fail(err, KITH_DATA, "no one was treated: uplift needs people with the treatment and people without");
    if (n[0] == 0) return kith_fail(err, KITH_DATA, "a treatment without controls: uplift needs people with the treatment and people without");
    for (int arm = 0; arm < 2; arm++)
        if (!differs[arm])
            return kith_fail(err, KITH_DATA, "the outcome is the same for everyone %s: nothing can be learned from it",
                             arm ? "treated" : "in control");
    j->m->share = n[1] / (double)j->n;
    j->m->control = weighted[0] / w[0];
    j->m->effect = weighted[1] / w[1] - j->m->control;
    j->m->binary = j->binary;
    return KITH_OK;
}

int kith_uplift_fit(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const uint8_t *treated,
                    const kith_uplift_options *o, kith_arena *arena, kith_uplift *m, kith_error *err) {
    *m = (kith_uplift){.learner = o->learner, .on_trees = o->on_trees};
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    int status = KITH_OK;
    if (!rows) {
        size_t *all = kith_arena_alloc(own, (frame->rows + 1) * sizeof *all);
        if (!all) status = kith_no_memory(err);
        for (size_t i = 0; all && i < frame->rows; i++) all[i] = i;
        rows = all;
        n = frame->rows;
    }
    job j = {.frame = frame, .o = o, .rows = rows, .n = n, .y = y, .treated = treated, .arena = arena, .own = own, .m = m};
    if (status == KITH_OK) status = look(&j, err);
    if (status == KITH_OK) status = kith_encoding_fit(frame, rows, n, arena, &m->encoding, err);
    if (status == KITH_OK && m->encoding.width == 0)
        status = kith_fail(err, KITH_DATA, "every feature is constant: nothing tells people apart");
    if (status == KITH_OK) switch (o->learner) {
        case KITH_LEARNER_S: status = fit_s(&j, err); break;
        case KITH_LEARNER_T: status = fit_arms(&j, NULL, m->linear, m->forest, arena, err); break;
        case KITH_LEARNER_X: status = fit_x(&j, err); break;
        case KITH_LEARNER_DR: status = fit_dr(&j, err); break;
        case KITH_LEARNER_TREES: status = fit_forest(&j, err); break;
        }
    kith_arena_free(own);
    return status;
}

static int predict(const kith_uplift *m, const kith_frame *frame, const size_t *rows, size_t n, kith_arena *own,
                   double *effect, double *without, kith_error *err) {
    double *other = kith_arena_alloc(own, (n + 1) * sizeof *other);
    if (!other) return kith_no_memory(err);
    switch (m->learner) {
    case KITH_LEARNER_S:
        KITH_TRY(predict_s(m, frame, rows, n, own, effect, other, err));
        break;
    case KITH_LEARNER_T:
        KITH_TRY(predict_one(m, &m->linear[0], &m->forest[0], m->binary, frame, rows, n, other, err));
        KITH_TRY(predict_one(m, &m->linear[1], &m->forest[1], m->binary, frame, rows, n, effect, err));
        break;
    case KITH_LEARNER_X: /* the share of the treated weighs the effects learned from the controls */
        KITH_TRY(predict_one(m, &m->linear[0], &m->forest[0], false, frame, rows, n, other, err));
        KITH_TRY(predict_one(m, &m->linear[1], &m->forest[1], false, frame, rows, n, effect, err));
        for (size_t i = 0; i < n; i++) effect[i] = m->share * other[i] + (1 - m->share) * effect[i];
        break;
    case KITH_LEARNER_DR:
        KITH_TRY(predict_one(m, &m->linear[0], &m->forest[0], false, frame, rows, n, effect, err));
        break;
    case KITH_LEARNER_TREES: {
        int32_t **map;
        KITH_TRY(kith_level_map(&m->encoding, frame, own, &map, err));
        kith_trees_predict(&m->forest[0], frame, map, rows, n, effect);
        break;
    }
    }
    if (m->learner == KITH_LEARNER_S || m->learner == KITH_LEARNER_T) {
        for (size_t i = 0; i < n; i++) effect[i] -= other[i];
        if (without) memcpy(without, other, n * sizeof *other);
    } else if (without) {
        KITH_TRY(predict_one(m, &m->untreated, &m->untreated_forest, m->binary, frame, rows, n, without, err));
    }
    return KITH_OK;
}

int kith_uplift_predict(const kith_uplift *m, const kith_frame *frame, const size_t *rows, size_t n, double *effect,
                        double *without, kith_error *err) {
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    int status = predict(m, frame, rows, n, own, effect, without, err);
    kith_arena_free(own);
    return status;
}

const char *kith_uplift_group(double effect, double without, double margin, double control) {
    if (effect > margin) return "persuadable";
    if (effect < -margin) return "do-not-disturb";
    return without >= control ? "sure" : "lost";
}

int kith_propensity_fit(const kith_frame *frame, const size_t *rows, size_t n, const uint8_t *treated, double *p, double *auc,
                        kith_error *err) {
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    double *t = kith_arena_alloc(own, (n + 1) * sizeof *t), *seen = kith_arena_alloc(own, (n + 1) * sizeof *seen);
    kith_encoding e;
    kith_design d;
    kith_linear fit;
    int status = t && seen ? kith_encoding_fit(frame, rows, n, own, &e, err) : kith_no_memory(err);
    for (size_t i = 0; i < n && t; i++) t[i] = treated[rows ? rows[i] : i] != 0;
    if (status == KITH_OK) status = kith_encode(&e, frame, rows, n, own, &d, err);
    if (status == KITH_OK) status = kith_logistic_fit(&d, t, NULL, NULL, own, &fit, err);
    if (status == KITH_OK) {
        kith_linear_predict(&fit, &d, seen);
        status = kith_auc(seen, t, n, auc, err);
    }
    if (status == KITH_OK) status = kith_encode(&e, frame, NULL, frame->rows, own, &d, err);
    if (status == KITH_OK) kith_linear_predict(&fit, &d, p);
    for (size_t i = 0; i < frame->rows && status == KITH_OK; i++) {
        double v = kith_logistic(p[i]);
        p[i] = v < .01 ? .01 : v > .99 ? .99 : v;
    }
    kith_arena_free(own);
    return status;
}

/* ---- choosing ----------------------------------------------------------------------------------------------- */

typedef struct choosing {
    const kith_frame *frame;
    const size_t *rows;
    size_t n, folds, n_candidates;
    const double *y;
    const uint8_t *treated;
    const kith_uplift_options *o;
    const kith_uplift_candidate *candidates;
    double *qini; /* folds × candidates */
} choosing;

static int choose_task(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker;
    choosing *c = ctx;
    size_t fold = index / c->n_candidates, n[2] = {0, 0};
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    size_t *rows[2] = {kith_arena_alloc(own, (c->n + 1) * sizeof **rows), kith_arena_alloc(own, (c->n + 1) * sizeof **rows)};
    double *effect = kith_arena_alloc(own, (c->n + 1) * sizeof *effect), *y = kith_arena_alloc(own, (c->n + 1) * sizeof *y);
    uint8_t *t = kith_arena_alloc(own, c->n + 1);
    int status = rows[0] && rows[1] && effect && y && t ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; i < c->n && status == KITH_OK; i++) {
        bool test = kith_hash_mix(c->o->seed + 1, i) % c->folds == fold;
        if (test) {
            y[n[1]] = c->y[c->rows[i]];
            t[n[1]] = c->treated[c->rows[i]];
        }
        rows[test][n[test]++] = c->rows[i];
    }
    kith_uplift_options o = *c->o;
    o.learner = c->candidates[index % c->n_candidates].learner;
    o.on_trees = c->candidates[index % c->n_candidates].on_trees;
    o.threads = 1;
    kith_uplift m;
    if (status == KITH_OK) status = kith_uplift_fit(c->frame, rows[0], n[0], c->y, c->treated, &o, own, &m, err);
    if (status == KITH_OK) status = kith_uplift_predict(&m, c->frame, rows[1], n[1], effect, NULL, err);
    if (status == KITH_OK) status = kith_qini(effect, y, t, n[1], &c->qini[index], err);
    kith_arena_free(own);
    if (status == KITH_DATA) c->qini[index] = NAN; /* too few people in a fold: nothing is known of this learner */
    return status == KITH_DATA ? KITH_OK : status;
}

int kith_uplift_choose(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const uint8_t *treated,
                       const kith_uplift_options *options, size_t folds, kith_uplift_candidate *candidates,
                       size_t n_candidates, size_t *best, kith_error *err) {
    choosing c = {.frame = frame, .rows = rows, .n = n, .folds = folds, .n_candidates = n_candidates, .y = y,
                  .treated = treated, .o = options, .candidates = candidates};
    c.qini = malloc((folds * n_candidates + 1) * sizeof *c.qini);
    if (!c.qini) return kith_no_memory(err);
    int status = kith_parallel(options->threads, folds * n_candidates, choose_task, &c, err);
    *best = 0;
    double lead = 0, k = (double)folds;
    for (size_t j = 0; j < n_candidates && status == KITH_OK; j++) {
        double sum = 0, squares = 0, own = 0;
        for (size_t f = 0; f < folds; f++) {
            double q = c.qini[f * n_candidates + j], d = j ? q - c.qini[f * n_candidates] : q;
            own += q;
            sum += d;
            squares += d * d;
        }
        double variance = (squares - sum * sum / k) / (k - 1);
        candidates[j].qini = own / k;
        candidates[j].se = sqrt((variance > 0 ? variance : 0) / k);
        if (j && sum / k > candidates[j].se && sum / k > lead) {
            lead = sum / k;
            *best = j;
        }
    }
    free(c.qini);
    return status;
}
