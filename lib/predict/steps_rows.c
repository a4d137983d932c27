/* A pass over shards: a batch's rows into sums of the tasks that are under way. */
#include "steps.h"
#include "persist.h"

#include <math.h>
#include <string.h>

size_t task_m(const stepped *s, const task *t) {
    return t->kind == TASK_PLATT ? 2 : (t->interact ? 2 * s->asked.width + 1 : s->asked.width) + 1;
}

size_t task_sums(const task *t) { return 1 + t->s.m + t->s.m * (t->s.m + 1) / 2; }

typedef struct usable { /* the batch's rows that are learned from */
    kith_frame frame;   /* of the features that the file has */
    kith_frame both;    /* and the treatment, for s on trees */
    size_t n, *row;     /* n: rows of the batch */
    double *y, *e, *t;  /* parallel to row; e: the propensity */
    uint8_t *arm;
    size_t *fold;
    double *treatment;  /* by row of the batch */
} usable;

static bool arm_of(const stepped *s, kith_str text, uint8_t *arm) {
    *arm = kith_str_is(text, s->treated);
    return text.n && (*arm || !s->other || kith_str_is(text, s->other));
}

/* Reads the rows; what has no outcome, or is of neither arm, is not there. */
static int read_rows(stepped *s, const kith_batch *b, usable *u, kith_out *out, kith_error *err) {
    kith_arena *a = b->arena;
    uint8_t *bad;
    size_t rows = (size_t)b->rows + 1;
    KITH_TRY(persist_batch_frame(&s->asked, b, s->columns, a, &u->frame, &bad, err));
    u->row = kith_arena_alloc(a, rows * sizeof *u->row);
    u->y = kith_arena_alloc(a, rows * sizeof *u->y);
    u->e = kith_arena_alloc(a, rows * sizeof *u->e);
    u->t = kith_arena_alloc(a, rows * sizeof *u->t);
    u->arm = kith_arena_zalloc(a, rows);
    u->fold = kith_arena_alloc(a, rows * sizeof *u->fold);
    u->treatment = kith_arena_zalloc(a, rows * sizeof *u->treatment);
    if (!u->row || !u->y || !u->e || !u->t || !u->arm || !u->fold || !u->treatment) return kith_no_memory(err);
    uint64_t seed = kith_params_count(&s->o, "seed", 1, 1e18);
    for (uint32_t i = 0; i < b->rows; i++) {
        kith_str outcome = kith_text(b, i, s->c_outcome);
        uint8_t arm = 0;
        double y = 0, e = .5;
        bool wrong = false;
        if (!outcome.n || (s->uplift && !arm_of(s, kith_text(b, i, s->c_treatment), &arm))) {
            out->dropped++;
            continue;
        }
        for (size_t j = 0; j < s->asked.n && !wrong; j++) {
            if (!bad[(size_t)i * s->asked.n + j]) continue;
            KITH_TRY(kith_bad_row(b, i, s->columns[j], s->asked.coded[j].is_time ? "not_a_date" : "not_a_number", s->asked.coded[j].is_time ? "not a date" : "not a number", out, err));
            wrong = true;
        }
        if (wrong) continue;
        if (s->yes) {
            y = kith_str_is(outcome, s->yes);
        } else if (!kith_parse_double(outcome, &y)) {
            KITH_TRY(kith_bad_row(b, i, s->c_outcome, "not_a_number", "not a number", out, err));
            continue;
        }
        if (s->c_propensity != KITH_NO_COLUMN && (!kith_parse_double(kith_text(b, i, s->c_propensity), &e) || !(e > 0) || !(e < 1))) {
            KITH_TRY(kith_bad_row(b, i, s->c_propensity, "not_a_propensity", "a propensity must lie strictly between 0 and 1", out, err));
            continue;
        }
        uint64_t key = b->first_record + i;
        if (s->c_key != KITH_NO_COLUMN) {
            kith_str id = kith_text(b, i, s->c_key);
            key = kith_hash(id.p, id.n, 0);
        }
        u->fold[u->n] = kith_inner_fold(&key, 0, seed, STEP_FOLDS);
        u->arm[u->n] = arm;
        u->treatment[i] = arm;
        u->t[u->n] = arm;
        u->y[u->n] = y;
        u->e[u->n] = e;
        u->row[u->n++] = i;
    }
    u->both = (kith_frame){u->frame.rows, u->frame.n + 1, kith_arena_alloc(a, (u->frame.n + 1) * sizeof *u->both.features)};
    if (!u->both.features) return kith_no_memory(err);
    if (u->frame.n) memcpy(u->both.features, u->frame.features, u->frame.n * sizeof *u->frame.features);
    u->both.features[u->frame.n] = (kith_feature){.name = "(treatment)", .number = u->treatment};
    return KITH_OK;
}

static const kith_frame *frame_of(const stepped *s, const usable *u) { return s->e.n > s->asked.n ? &u->both : &u->frame; }

/* A task's model at these rows of the batch. */
static int predict(const stepped *s, const task *t, const usable *u, const size_t *rows, size_t n, bool probability, kith_arena *a, double *out, kith_error *err) {
    if (t->kind == TASK_TREES) {
        kith_forest f = tree_growth_forest(t->trees);
        int32_t **map;
        KITH_TRY(kith_level_map(&s->e, frame_of(s, u), a, &map, err));
        kith_trees_predict(&f, frame_of(s, u), map, rows, n, out);
    } else {
        kith_design d;
        kith_linear fit = {.width = t->s.m - 1, .weight = t->s.theta, .intercept = t->s.theta[t->s.m - 1]};
        KITH_TRY(kith_encode(&s->asked, &u->frame, rows, n, a, &d, err));
        kith_linear_predict(&fit, &d, out);
    }
    for (size_t i = 0; i < n && probability; i++) out[i] = kith_logistic(out[i]);
    return KITH_OK;
}

static const task *find(const stepped *s, int stage, int arm, int fold) {
    for (size_t k = 0; k < s->n_tasks; k++)
        if (s->tasks[k].stage == stage && s->tasks[k].arm == arm && s->tasks[k].fold == fold && s->tasks[k].target == TARGET_Y) return &s->tasks[k];
    return NULL;
}

/* What the models of the stage before say about every usable row: by the arm's model, or by those that did not see the row's fold. */
static int said_before(const stepped *s, int arm, bool crossed, bool probability, const usable *u, kith_arena *a, double *out, kith_error *err) {
    size_t *rows = kith_arena_alloc(a, (u->n + 1) * sizeof *rows), *place = kith_arena_alloc(a, (u->n + 1) * sizeof *place);
    double *part = kith_arena_alloc(a, (u->n + 1) * sizeof *part);
    if (!rows || !place || !part) return kith_no_memory(err);
    for (int f = crossed ? 0 : ANY; f < (crossed ? STEP_FOLDS : 0); f++) {
        const task *t = NULL;
        for (int stage = s->stage - 1; stage >= 0 && !t; stage--) t = find(s, stage, arm, f);
        size_t n = 0;
        for (size_t i = 0; i < u->n; i++) {
            if (crossed && u->fold[i] != (size_t)f) continue;
            place[n] = i;
            rows[n++] = u->row[i];
        }
        if (!t) return kith_fail(err, KITH_DEFECT, "a model of the stage before is missing");
        KITH_TRY(predict(s, t, u, rows, n, probability, a, part, err));
        for (size_t i = 0; i < n; i++) out[place[i]] = part[i];
    }
    return KITH_OK;
}

/* What a task learns, per usable row. */
static int targets(const stepped *s, const task *t, const usable *u, kith_arena *a, double *target, kith_error *err) {
    double *at[2] = {kith_arena_alloc(a, (u->n + 1) * sizeof **at), kith_arena_alloc(a, (u->n + 1) * sizeof **at)};
    if (!at[0] || !at[1]) return kith_no_memory(err);
    switch (t->target) {
    case TARGET_Y: memcpy(target, u->y, u->n * sizeof *target); break;
    case TARGET_TREATED: memcpy(target, u->t, u->n * sizeof *target); break;
    case TARGET_EFFECT:
        KITH_TRY(said_before(s, 1 - t->arm, false, s->binary, u, a, at[0], err));
        for (size_t i = 0; i < u->n; i++) target[i] = t->arm ? u->y[i] - at[0][i] : at[0][i] - u->y[i];
        break;
    case TARGET_DR:
        for (int arm = 0; arm < 2; arm++) KITH_TRY(said_before(s, arm, true, s->binary, u, a, at[arm], err));
        for (size_t i = 0; i < u->n; i++) {
            double e = s->propensity ? u->e[i] : s->share, effect = at[1][i] - at[0][i];
            target[i] = u->arm[i] ? effect + (u->y[i] - at[1][i]) / e : effect - (u->y[i] - at[0][i]) / (1 - e);
        }
        break;
    }
    return KITH_OK;
}

static bool add_fixed(kith_i128 *sum, double v) {
    return fabs(v) < 0x1p69 && !__builtin_add_overflow(*sum, (kith_i128)nearbyint(v * 0x1p56), sum);
}

static int add_linear(const stepped *s, task *t, const usable *u, const size_t *rows, size_t n, const double *y, const double *w, const double *raw, kith_arena *a, kith_error *err) {
    size_t m = t->s.m;
    kith_design d, x;
    int32_t no_level = -1; /* of no factor */
    double loss, *theta = kith_arena_alloc(a, m * sizeof *theta), *g = kith_arena_alloc(a, m * sizeof *g), *h = kith_arena_alloc(a, m * m * sizeof *h);
    if (!theta || !g || !h) return kith_no_memory(err);
    for (size_t k = 0; k < m; k++) theta[k] = t->s.started && t->phase == PHASE_SEARCH ? t->s.theta[k] + t->s.length * t->s.step[k] : t->s.theta[k];
    if (t->kind == TASK_PLATT) {
        d = (kith_design){.rows = n, .width = 1, .numbers = 1, .number = (double *)raw, .level = &no_level};
    } else {
        KITH_TRY(kith_encode(&s->asked, &u->frame, rows, n, a, &d, err));
        if (t->interact) {
            double *by = kith_arena_alloc(a, (n + 1) * sizeof *by);
            if (!by) return kith_no_memory(err);
            for (size_t i = 0; i < n; i++) by[i] = u->treatment[rows[i]];
            x = d;
            KITH_TRY(kith_design_interact(&x, by, a, &d, err));
        }
    }
    linear_add(&d, y, w, t->squared, theta, &loss, g, h);
    kith_i128 *to = t->sums;
    bool good = add_fixed(to++, loss);
    for (size_t k = 0; k < m; k++) good = good && add_fixed(to++, g[k]);
    for (size_t i = 0; i < m; i++)
        for (size_t k = i; k < m; k++) good = good && add_fixed(to++, h[i * m + k]);
    return good ? KITH_OK : kith_fail(err, KITH_DATA, "the sums of the fit run over");
}

static int add_task(stepped *s, task *t, const usable *u, const kith_batch *b, kith_error *err) {
    kith_arena *a = b->arena;
    size_t n = 0, *rows = kith_arena_alloc(a, (u->n + 1) * sizeof *rows);
    double *all = kith_arena_alloc(a, (u->n + 1) * sizeof *all), *y = kith_arena_alloc(a, (u->n + 1) * sizeof *y), *w = kith_arena_alloc(a, (u->n + 1) * sizeof *w);
    double *raw = kith_arena_alloc(a, (u->n + 1) * sizeof *raw), *score = kith_arena_alloc(a, (u->n + 1) * sizeof *score);
    if (!rows || !all || !y || !w || !raw || !score) return kith_no_memory(err);
    KITH_TRY(targets(s, t, u, a, all, err));
    if (t->kind == TASK_PLATT) KITH_TRY(said_before(s, ANY, true, false, u, a, raw, err));
    for (size_t i = 0; i < u->n; i++) {
        if ((t->arm != ANY && u->arm[i] != t->arm) || (t->fold != ANY && u->fold[i] == (size_t)t->fold)) continue;
        raw[n] = raw[i];
        y[n] = all[i];
        w[n] = y[n] > 0 ? t->w1 : t->w0;
        rows[n++] = u->row[i];
    }
    bool good = true, weighted = t->w0 != 1 || t->w1 != 1;
    if (t->phase <= PHASE_WEIGH) {
        for (size_t i = 0; i < n && good; i++) {
            good = kith_sum_add_real(&t->pass_n, 1, s->arena) && kith_sum_add_real(&t->pass_ones, y[i] > 0, s->arena);
            good = good && kith_sum_add_real(&t->pass_total, w[i], s->arena) && kith_sum_add_real(&t->pass_sum, w[i] * y[i], s->arena);
        }
        return good ? KITH_OK : kith_no_memory(err);
    }
    for (size_t i = 0; i < n && t->kind == TASK_PLATT; i++) { /* Platt's targets */
        double yes = (t->ones + 1) / (t->ones + 2), no = 1 / (t->n - t->ones + 2);
        y[i] = no + y[i] * (yes - no);
    }
    if (t->phase != PHASE_GROW) return n ? add_linear(s, t, u, rows, n, y, weighted ? w : NULL, raw, a, err) : KITH_OK;
    bins filled = s->cuts;
    kith_forest f = tree_growth_forest(t->trees);
    int32_t **map;
    KITH_TRY(bins_fill(frame_of(s, u), &s->e, rows, n, a, &filled, err));
    KITH_TRY(kith_level_map(&s->e, frame_of(s, u), a, &map, err));
    kith_trees_predict(&f, frame_of(s, u), map, rows, n, score);
    tree_growth_rows(t->trees, &filled, score, y, weighted ? w : NULL);
    return KITH_OK;
}

/* Outcomes by arm, and by the propensity as soon as it is known. */
static int look(stepped *s, usable *u, const kith_batch *b, kith_error *err) {
    const task *p = NULL;
    for (size_t k = 0; k < s->n_tasks; k++)
        if (s->tasks[k].target == TARGET_TREATED && s->tasks[k].phase == PHASE_DONE) p = &s->tasks[k];
    if (p) KITH_TRY(predict(s, p, u, u->row, u->n, true, b->arena, u->e, err));
    bool good = true;
    for (size_t i = 0; i < u->n && good; i++) {
        looked *l = &s->arm[u->arm[i]];
        double y = u->y[i], e = u->e[i];
        if (p) u->e[i] = e = e < .01 ? .01 : e > .99 ? .99 : e;
        double v = u->arm[i] ? 1 / e : 1 / (1 - e);
        l->low = y < l->low ? y : l->low;
        l->high = y > l->high ? y : l->high;
        l->others += y != 0 && y != 1;
        good = kith_sum_add_real(&l->n, 1, s->arena) && kith_sum_add_real(&l->y, y, s->arena) && kith_sum_add_real(&l->w, v, s->arena) && kith_sum_add_real(&l->wy, v * y, s->arena);
    }
    return good ? KITH_OK : kith_no_memory(err);
}

int steps_rows(stepped *s, const kith_batch *b, kith_out *out, kith_error *err) {
    usable u = {0};
    KITH_TRY(read_rows(s, b, &u, out, err));
    s->rows += u.n;
    if (s->uplift) KITH_TRY(look(s, &u, b, err));
    for (size_t k = 0; k < s->n_tasks; k++)
        if (s->tasks[k].stage == s->stage && s->tasks[k].phase != PHASE_DONE) KITH_TRY(add_task(s, &s->tasks[k], &u, b, err));
    return KITH_OK;
}
