/* Uplift models as files, as scorers, and their cross-validation beside the two baselines. */
#include "persist.h"

#include <kith/uplift_model.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const kith_learner_names[] = {"s", "t", "x", "dr", "trees"};

/* ---- files -------------------------------------------------------------------------------------------------- */

/* Which parts a learner has, linear or boosted. */
static void put_part(kith_model *m, const kith_uplift *u, const char *name, const kith_linear *l, const kith_forest *f) {
    bool interacted = u->learner == KITH_LEARNER_S;
    if (u->on_trees) persist_put_forest(m, name, &u->encoding, f);
    else persist_put_linear(m, name, &u->encoding, interacted, l);
}

static int get_part(const kith_model *m, const kith_uplift *u, const char *name, kith_linear *l, kith_forest *f, kith_error *err) {
    if (u->on_trees) return persist_get_forest(m, name, &u->encoding, f, err);
    size_t width = u->encoding.width;
    return persist_get_linear(m, name, u->learner == KITH_LEARNER_S ? 2 * width + 1 : width, l, err);
}

int kith_uplift_put(kith_model *m, const kith_uplift *u, double margin, kith_error *err) {
    kith_model_put(m, "uplift", "learner", kith_learner_names[u->learner]);
    kith_model_put(m, "uplift", "base", u->on_trees ? "trees" : "linear");
    kith_model_put_int(m, "uplift", "binary", u->binary);
    kith_model_put_double(m, "uplift", "treated_share", u->share);
    kith_model_put_double(m, "uplift", "control_mean", u->control);
    kith_model_put_double(m, "uplift", "average_effect", u->effect);
    kith_model_put_double(m, "uplift", "margin", margin);
    persist_put_encoding(m, &u->encoding);
    switch (u->learner) {
    case KITH_LEARNER_S: put_part(m, u, "outcome", &u->linear[0], &u->forest[0]); break;
    case KITH_LEARNER_T:
        put_part(m, u, "control", &u->linear[0], &u->forest[0]);
        put_part(m, u, "treated", &u->linear[1], &u->forest[1]);
        break;
    case KITH_LEARNER_X:
        put_part(m, u, "effect_control", &u->linear[0], &u->forest[0]);
        put_part(m, u, "effect_treated", &u->linear[1], &u->forest[1]);
        break;
    case KITH_LEARNER_DR: put_part(m, u, "effect", &u->linear[0], &u->forest[0]); break;
    case KITH_LEARNER_TREES: persist_put_forest(m, "effect", &u->encoding, &u->forest[0]); break;
    }
    if (u->learner >= KITH_LEARNER_X) put_part(m, u, "untreated", &u->untreated, &u->untreated_forest);
    return m->failed ? kith_no_memory(err) : KITH_OK;
}

int kith_uplift_get(const kith_model *m, kith_uplift *u, double *margin, kith_error *err) {
    *u = (kith_uplift){0};
    kith_str learner = kith_model_get(m, "uplift", "learner");
    int found = -1;
    double binary;
    for (int k = 0; k < 5; k++)
        if (kith_str_is(learner, kith_learner_names[k])) found = k;
    if (found < 0) return kith_fail(err, KITH_DATA, "%s: not a learner that this kith knows", m->file ? m->file : "model");
    u->learner = (kith_learner)found;
    u->on_trees = kith_str_is(kith_model_get(m, "uplift", "base"), "trees") && u->learner != KITH_LEARNER_TREES;
    KITH_TRY(kith_model_number(m, "uplift", "binary", &binary, err));
    u->binary = binary != 0;
    KITH_TRY(kith_model_number(m, "uplift", "treated_share", &u->share, err));
    KITH_TRY(kith_model_number(m, "uplift", "control_mean", &u->control, err));
    KITH_TRY(kith_model_number(m, "uplift", "average_effect", &u->effect, err));
    KITH_TRY(kith_model_number(m, "uplift", "margin", margin, err));
    KITH_TRY(persist_get_encoding(m, &u->encoding, err));
    if (u->learner == KITH_LEARNER_S && u->on_trees && strcmp(u->encoding.coded[u->encoding.n - 1].name, "(treatment)") != 0)
        return kith_fail(err, KITH_DATA, "%s: the model's treatment is missing", m->file ? m->file : "model");
    switch (u->learner) {
    case KITH_LEARNER_S: KITH_TRY(get_part(m, u, "outcome", &u->linear[0], &u->forest[0], err)); break;
    case KITH_LEARNER_T:
        KITH_TRY(get_part(m, u, "control", &u->linear[0], &u->forest[0], err));
        KITH_TRY(get_part(m, u, "treated", &u->linear[1], &u->forest[1], err));
        break;
    case KITH_LEARNER_X:
        KITH_TRY(get_part(m, u, "effect_control", &u->linear[0], &u->forest[0], err));
        KITH_TRY(get_part(m, u, "effect_treated", &u->linear[1], &u->forest[1], err));
        break;
    case KITH_LEARNER_DR: KITH_TRY(get_part(m, u, "effect", &u->linear[0], &u->forest[0], err)); break;
    case KITH_LEARNER_TREES: KITH_TRY(persist_get_forest(m, "effect", &u->encoding, &u->forest[0], err)); break;
    }
    return u->learner >= KITH_LEARNER_X ? get_part(m, u, "untreated", &u->untreated, &u->untreated_forest, err) : KITH_OK;
}

/* ---- scoring ------------------------------------------------------------------------------------------------ */

typedef struct known {
    kith_uplift model;
    kith_encoding asked; /* without the treatment, which is no column of the file */
    double margin;
} known;

typedef struct scoring {
    uint8_t *bad;
    double *effect, *without;
} scoring;

static int load(kith_scorer *s, const kith_model *model, const kith_score_options *options, kith_error *err) {
    (void)options;
    static const char *adds[] = {"score", "group"};
    known *k = kith_arena_alloc(s->arena, sizeof *k);
    if (!k) return kith_no_memory(err);
    KITH_TRY(kith_uplift_get(model, &k->model, &k->margin, err));
    k->asked = k->model.encoding;
    if (k->model.learner == KITH_LEARNER_S && k->model.on_trees) k->asked.n--;
    s->self = k;
    s->n_needs = k->asked.n;
    s->needs = kith_arena_alloc(s->arena, (s->n_needs + 1) * sizeof *s->needs);
    if (!s->needs) return kith_no_memory(err);
    for (size_t j = 0; j < s->n_needs; j++) s->needs[j] = k->asked.coded[j].name;
    s->n_adds = 2;
    s->adds = adds;
    return KITH_OK;
}

static int work(const kith_scorer *s, void **worker, kith_error *err) {
    (void)s;
    *worker = calloc(1, sizeof(scoring));
    return *worker ? KITH_OK : kith_no_memory(err);
}

static void unwork(const kith_scorer *s, void *worker) {
    (void)s;
    free(worker);
}

static int batch(const kith_scorer *s, void *worker, const kith_batch *b, kith_error *err) {
    const known *k = s->self;
    scoring *w = worker;
    kith_frame frame;
    KITH_TRY(persist_batch_frame(&k->asked, b, s->columns, b->arena, &frame, &w->bad, err));
    w->effect = kith_arena_alloc(b->arena, ((size_t)b->rows + 1) * sizeof *w->effect);
    w->without = kith_arena_alloc(b->arena, ((size_t)b->rows + 1) * sizeof *w->without);
    if (!w->effect || !w->without) return kith_no_memory(err);
    return kith_uplift_predict(&k->model, &frame, NULL, b->rows, w->effect, w->without, err);
}

static int put(const kith_scorer *s, void *worker, const kith_batch *b, uint32_t row, kith_row_writer *out_row, kith_out *out,
               kith_error *err) {
    const known *k = s->self;
    const scoring *w = worker;
    for (size_t j = 0; j < k->asked.n; j++) {
        if (!w->bad[(size_t)row * k->asked.n + j]) continue;
        bool time = k->asked.coded[j].is_time;
        return kith_bad_row(b, row, s->columns[j], time ? "not_a_date" : "not_a_number", time ? "not a date" : "not a number", out, err);
    }
    kith_put_double(out_row, w->effect[row]);
    kith_put_string(out_row, kith_uplift_group(w->effect[row], w->without[row], k->margin, k->model.control));
    return KITH_OK;
}

const kith_scorer_kind kith_uplift_scorer = {.kind = "uplift", .version = 1, .prefix = "uplift", .load = load, .work = work,
                                             .unwork = unwork, .batch = batch, .put = put};

/* ---- cross-validation --------------------------------------------------------------------------------------- */

const char *const kith_uplift_measures[KITH_UPLIFT_MEASURES] = {
    "qini", "auuc", "uplift10", "uplift30", "qini_response", "uplift30_response", "qini_random", "ate", "rows"};

void kith_uplift_candidates(kith_uplift_candidate c[KITH_CANDIDATES]) {
    c[0] = (kith_uplift_candidate){.learner = KITH_LEARNER_S};
    c[1] = (kith_uplift_candidate){.learner = KITH_LEARNER_DR};
    c[2] = (kith_uplift_candidate){.learner = KITH_LEARNER_S, .on_trees = true};
}

typedef struct crossing {
    const kith_frame *frame;
    const size_t *rows;
    size_t n;
    const double *y;
    const uint8_t *treated;
    const kith_folds *folds;
    const kith_uplift_options *o;
    bool choose;
    double *result, *held_out;
} crossing;

static int measure(const crossing *c, const size_t *train, size_t a, const size_t *test, size_t b, size_t fold, kith_arena *own,
                   kith_error *err) {
    double *effect = kith_arena_alloc(own, (b + 1) * sizeof *effect), *y = kith_arena_alloc(own, (b + 1) * sizeof *y);
    double *other = kith_arena_alloc(own, (b + 1) * sizeof *other), *target = kith_arena_alloc(own, (a + 1) * sizeof *target);
    uint8_t *t = kith_arena_alloc(own, b + 1);
    if (!effect || !y || !other || !target || !t) return kith_no_memory(err);
    double *r = c->result + fold * KITH_UPLIFT_MEASURES;
    kith_uplift_options o = *c->o;
    kith_uplift model;
    o.threads = 1;
    if (c->choose) {
        kith_uplift_candidate candidates[KITH_CANDIDATES];
        size_t best;
        kith_uplift_candidates(candidates);
        KITH_TRY(kith_uplift_choose(c->frame, train, a, c->y, c->treated, &o, KITH_INNER_FOLDS, candidates, KITH_CANDIDATES, &best, err));
        o.learner = candidates[best].learner;
        o.on_trees = candidates[best].on_trees;
    }
    KITH_TRY(kith_uplift_fit(c->frame, train, a, c->y, c->treated, &o, own, &model, err));
    KITH_TRY(kith_uplift_predict(&model, c->frame, test, b, effect, NULL, err));
    double nt = 0, yt = 0, yc = 0;
    for (size_t i = 0; i < b; i++) {
        y[i] = c->y[test[i]];
        t[i] = c->treated[test[i]];
        c->held_out[test[i]] = effect[i];
        nt += t[i];
        yt += t[i] ? y[i] : 0;
        yc += t[i] ? 0 : y[i];
    }
    static const double at[] = {.1, .3};
    kith_eval_options eval = {.at = at, .n_at = 2};
    kith_measure *m;
    size_t measures;
    KITH_TRY(kith_eval_uplift(effect, y, t, b, &eval, own, &m, &measures, err));
    for (size_t i = 0; i < measures; i++)
        for (int k = 0; k < 4; k++)
            if (strcmp(m[i].name, kith_uplift_measures[k]) == 0) r[k] = m[i].value;
    /* the response baseline: a linear model of the outcome, treated or not */
    kith_encoding e;
    kith_design d;
    kith_linear fit;
    for (size_t i = 0; i < a; i++) target[i] = c->y[train[i]];
    KITH_TRY(kith_encoding_fit(c->frame, train, a, own, &e, err));
    KITH_TRY(kith_encode(&e, c->frame, train, a, own, &d, err));
    KITH_TRY(model.binary ? kith_logistic_fit(&d, target, NULL, NULL, own, &fit, err) : kith_ridge_fit(&d, target, NULL, NULL, own, &fit, err));
    KITH_TRY(kith_encode(&e, c->frame, test, b, own, &d, err));
    kith_linear_predict(&fit, &d, other);
    KITH_TRY(kith_qini(other, y, t, b, &r[4], err));
    KITH_TRY(kith_uplift_at(other, y, t, b, .3, &r[5], err));
    for (size_t i = 0; i < b; i++) {
        kith_random random;
        kith_random_start(&random, c->o->seed, "random-baseline", test[i]);
        other[i] = kith_random_unit(&random);
    }
    KITH_TRY(kith_qini(other, y, t, b, &r[6], err));
    r[7] = yt / nt - yc / ((double)b - nt);
    r[8] = (double)b;
    return KITH_OK;
}

static int cross(void *ctx, int worker, size_t fold, kith_error *err) {
    (void)worker;
    const crossing *c = ctx;
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    size_t *train = kith_arena_alloc(own, (c->n + 1) * sizeof *train), *test = kith_arena_alloc(own, (c->n + 1) * sizeof *test);
    size_t a = 0, b = 0;
    int status = train && test ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; i < c->n && status == KITH_OK; i++) {
        if (c->folds->of[c->rows[i]] == (int32_t)fold) test[b++] = c->rows[i];
        else train[a++] = c->rows[i];
    }
    for (int k = 0; k < KITH_UPLIFT_MEASURES; k++) c->result[fold * KITH_UPLIFT_MEASURES + (size_t)k] = NAN;
    if (status == KITH_OK && b > 0) status = measure(c, train, a, test, b, fold, own, err);
    kith_arena_free(own);
    return status == KITH_DATA ? KITH_OK : status; /* too few people in a fold: it has nothing to say */
}

int kith_uplift_crossval(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const uint8_t *treated,
                         const kith_folds *folds, const kith_uplift_options *options, bool choose, double *result,
                         double *held_out, kith_error *err) {
    for (size_t i = 0; i < frame->rows; i++) held_out[i] = NAN;
    crossing c = {frame, rows, n, y, treated, folds, options, choose, result, held_out};
    return kith_parallel(options->threads, folds->n, cross, &c, err);
}
