/* What a fit over shards consists of, how it goes on after a pass, and the model that holds it between two passes. */
#include "steps.h"
#include "persist.h"

#include <kith/lead_model.h>
#include <kith/uplift_model.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const kith_step_kinds[] = {"lead-step", "uplift-step"};

const char *step_option(const stepped *s, const char *name) { return kith_params_get(&s->o, name); }

static double number(const stepped *s, const char *name, double otherwise) { return kith_params_number(&s->o, name, otherwise); }

static kith_learner learner_of(const stepped *s) { /* auto comes with a propensity, and is dr then */
    int found = KITH_LEARNER_DR;
    for (int k = 0; k < 4; k++)
        if (strcmp(step_option(s, "learner"), kith_learner_names[k]) == 0) found = k;
    return (kith_learner)found;
}

/* ---- the plan --------------------------------------------------------------------------------------------------- */

static task *add(stepped *s, task_kind kind, task_target target, int stage, int arm, int fold) {
    task *t = &s->tasks[s->n_tasks++];
    *t = (task){.kind = kind, .target = target, .stage = stage, .arm = arm, .fold = fold, .w0 = 1, .w1 = 1};
    if (stage + 1 > s->stages) s->stages = stage + 1;
    return t;
}

static void plan_uplift(stepped *s) {
    task_kind outcome = s->on_trees ? TASK_TREES : s->binary ? TASK_LOGISTIC : TASK_RIDGE, effect = s->on_trees ? TASK_TREES : TASK_RIDGE;
    s->stages = 1; /* the first looks at outcomes only */
    if (strcmp(step_option(s, "propensity"), "fit") == 0) add(s, TASK_LOGISTIC, TARGET_TREATED, 1, ANY, ANY);
    if (s->learner == KITH_LEARNER_S) add(s, outcome, TARGET_Y, 2, ANY, ANY)->interact = !s->on_trees;
    if (s->learner == KITH_LEARNER_T || s->learner == KITH_LEARNER_X)
        for (int arm = 0; arm < 2; arm++) add(s, outcome, TARGET_Y, 2, arm, ANY);
    if (s->learner == KITH_LEARNER_DR) {
        for (int f = 0; f < STEP_FOLDS; f++)
            for (int arm = 0; arm < 2; arm++) add(s, outcome, TARGET_Y, 2, arm, f);
        add(s, outcome, TARGET_Y, 2, 0, ANY);
        add(s, effect, TARGET_DR, 3, ANY, ANY);
    }
    for (int arm = 0; arm < 2 && s->learner == KITH_LEARNER_X; arm++) add(s, effect, TARGET_EFFECT, 3, arm, ANY);
    for (size_t k = 0; k < s->n_tasks; k++) {
        task *t = &s->tasks[k];
        t->squared = t->kind == TASK_RIDGE || (t->kind == TASK_TREES && (!s->binary || t->target >= TARGET_EFFECT));
    }
}

static void plan_lead(stepped *s) {
    const char *method = step_option(s, "method");
    task_kind kind = s->on_trees ? TASK_TREES : TASK_LOGISTIC;
    add(s, kind, TARGET_Y, 0, ANY, ANY)->posterior = strcmp(method, "logistic") == 0;
    const char *calibrate = step_option(s, "calibrate"); /* not said: where classes are weighted, their probabilities must be mended */
    if (strcmp(calibrate, "platt") != 0 && (*calibrate || !*step_option(s, "class_weight"))) return;
    for (int f = 0; f < STEP_FOLDS; f++) add(s, kind, TARGET_Y, 0, ANY, f);
    add(s, TASK_PLATT, TARGET_Y, 1, ANY, ANY);
}

static kith_tree_options tree_options(const stepped *s, double rows) {
    kith_tree_options o = {.trees = (int)kith_params_count(&s->o, "trees", 0, 1e6), .rate = number(s, "rate", 0), .leaves = (int)kith_params_count(&s->o, "leaves", 0, 1e6),
                           .min_leaf = (int)kith_params_count(&s->o, "min_leaf", 0, 1e9), .lambda = number(s, "lambda", -1)};
    if (o.trees < 1) o.trees = s->uplift ? 100 : 200;
    if (!(o.rate > 0)) o.rate = .05;
    if (o.leaves < 2) o.leaves = s->uplift || rows < 100000 ? 15 : 31;
    if (o.min_leaf < 1) o.min_leaf = s->uplift ? 200 : 20;
    if (!(o.lambda >= 0)) o.lambda = 5;
    return o;
}

static int monotone(const stepped *s, const int8_t **sign, kith_error *err) {
    const char *said = step_option(s, "monotone");
    int8_t *of = kith_arena_zalloc(s->arena, s->e.n + 1);
    *sign = *said ? of : NULL;
    if (!of) return kith_no_memory(err);
    while (*said) {
        size_t n = strcspn(said, ","), j = 0;
        if (n < 3 || said[n - 2] != ':' || (said[n - 1] != '+' && said[n - 1] != '-'))
            return kith_fail(err, KITH_USAGE, "--monotone takes NAME:+ or NAME:-, separated by commas");
        while (j < s->e.n && !kith_str_is((kith_str){said, n - 2}, s->e.coded[j].name)) j++;
        if (j == s->e.n || s->e.coded[j].is_level) return kith_fail(err, KITH_DATA, "--monotone: %.*s is no column of numbers here", (int)(n - 2), said);
        of[j] = said[n - 1] == '+' ? 1 : -1;
        said += n + (said[n] == ',');
    }
    return KITH_OK;
}

/* Room for the tasks, once the plan and the encoding are known. */
static int make_tasks(stepped *s, kith_error *err) {
    for (size_t k = 0; k < s->n_tasks; k++) {
        task *t = &s->tasks[k];
        t->s.m = task_m(s, t);
        if (t->kind == TASK_TREES) continue;
        if (t->s.m > 8001) return kith_fail(err, KITH_DATA, "%zu encoded columns: at most 8000 can be fitted; leave columns of many levels out with --drop", t->s.m - 1);
        t->s.theta = kith_arena_zalloc(s->arena, t->s.m * sizeof *t->s.theta);
        t->s.step = kith_arena_zalloc(s->arena, t->s.m * sizeof *t->s.step);
        if (!t->s.theta || !t->s.step) return kith_no_memory(err);
    }
    return KITH_OK;
}

/* A task's forest, as soon as its rows are counted. */
static int make_trees(stepped *s, task *t, kith_error *err) {
    kith_tree_options o = tree_options(s, t->n);
    o.squared = t->squared;
    KITH_TRY(monotone(s, &o.monotone, err));
    if (o.trees > 100000 || o.leaves > 65536) return kith_fail(err, KITH_DATA, "the step's model is damaged");
    return tree_growth_new(s->arena, &o, &s->cuts, &t->trees, err);
}

int steps_plan(stepped *s, kith_error *err) {
    s->n_tasks = 0;
    if (s->uplift) plan_uplift(s);
    else plan_lead(s);
    return make_tasks(s, err);
}

/* ---- the step of a task ----------------------------------------------------------------------------------------- */

static double real(kith_i128 v) { return (double)v * 0x1p-56; }

/* Where the search is, what the pass summed up: the smooth part with the penalty, its gradient and Hessian. */
static void smooth_part(const stepped *s, const task *t, const double *theta, double *value, double *g, double *h) {
    size_t m = t->s.m;
    double c = t->kind == TASK_PLATT ? 1 : number(s, "c", 1), l1 = strcmp(step_option(s, "method"), "elastic") == 0 ? number(s, "l1_ratio", .5) : 0, l2 = t->kind == TASK_PLATT ? 0 : 1 - l1;
    if (t->target == TARGET_TREATED) c = 1;
    const kith_i128 *from = t->sums;
    *value = c * real(*from++);
    for (size_t k = 0; k < m; k++) g[k] = c * real(*from++);
    for (size_t i = 0; i < m; i++)
        for (size_t k = i; k < m; k++) h[i * m + k] = h[k * m + i] = c * real(*from++);
    for (size_t k = 0; k + 1 < m; k++) {
        *value += .5 * l2 * theta[k] * theta[k];
        g[k] += l2 * theta[k];
        h[k * m + k] += l2;
    }
}

static int search(stepped *s, task *t, kith_error *err) {
    size_t m = t->s.m;
    double *trial = kith_arena_alloc(s->arena, m * sizeof *trial), *g = kith_arena_alloc(s->arena, m * sizeof *g), *h = kith_arena_alloc(s->arena, m * m * sizeof *h), *work = kith_arena_alloc(s->arena, 4 * m * sizeof *work), value;
    if (!trial || !g || !h || !work) return kith_no_memory(err);
    if (t->posterior && !t->precision && !(t->precision = kith_arena_alloc(s->arena, m * m * sizeof *t->precision))) return kith_no_memory(err);
    bool moves = t->s.started && t->phase == PHASE_SEARCH;
    for (size_t k = 0; k < m; k++) trial[k] = moves ? t->s.theta[k] + t->s.length * t->s.step[k] : t->s.theta[k];
    smooth_part(s, t, trial, &value, g, h);
    if (t->posterior) memcpy(t->precision, h, m * m * sizeof *h);
    if (t->phase == PHASE_LAST) {
        t->phase = PHASE_DONE;
        return KITH_OK;
    }
    if (t->kind == TASK_RIDGE) { /* a square has its minimum one step away */
        if (!linear_solve(h, m, g, t->s.theta)) return kith_fail(err, KITH_DATA, "the columns repeat one another: no single best fit");
        t->s.iterations = 1;
        t->s.converged = true;
        t->phase = PHASE_DONE;
        return KITH_OK;
    }
    double l1 = strcmp(step_option(s, "method"), "elastic") == 0 ? number(s, "l1_ratio", .5) : 0, c = t->target == TARGET_TREATED ? 1 : number(s, "c", 1);
    linear_rules rules = {.l1 = t->kind == TASK_PLATT ? 0 : l1, .tolerance = 1e-11, .scale = t->kind == TASK_PLATT ? t->n : c * t->total};
    int halvings = t->s.halvings;
    KITH_TRY(linear_advance(&t->s, &rules, value, g, h, work, err));
    if (t->s.ended) t->phase = t->posterior && t->s.halvings > halvings ? PHASE_LAST : PHASE_DONE; /* stuck: the precision is where it was before */
    return KITH_OK;
}

/* After the rows are counted: weights of the classes, and where the fit starts. */
static int begin(stepped *s, task *t, kith_error *err) {
    const char *said = step_option(s, "class_weight");
    bool lead = !s->uplift && t->kind != TASK_PLATT;
    if (t->phase == PHASE_COUNT) {
        t->n = kith_sum_total(&t->pass_n);
        t->ones = kith_sum_total(&t->pass_ones);
        if (!(t->n > 0)) return kith_fail(err, KITH_DATA, "an arm has no people to learn from");
        if (lead && strcmp(said, "balanced") == 0 && t->ones > 0 && t->ones < t->n) {
            t->w1 = t->n / (2 * t->ones);
            t->w0 = t->n / (2 * (t->n - t->ones));
        } else if (lead && *said) {
            t->w1 = number(s, "class_weight", 1);
        }
        if (t->w1 != 1 || t->w0 != 1) {
            t->phase = PHASE_WEIGH;
            return KITH_OK;
        }
    }
    t->total = kith_sum_total(&t->pass_total);
    t->sum = kith_sum_total(&t->pass_sum);
    if (!t->squared && (!(t->sum > 0) || !(t->sum < t->total))) return kith_fail(err, KITH_DATA, "the outcome has one class only: nothing can be learned from it");
    t->phase = t->kind == TASK_TREES ? PHASE_GROW : PHASE_SEARCH;
    if (t->kind == TASK_TREES) {
        KITH_TRY(make_trees(s, t, err));
        t->trees->base = t->squared ? t->sum / t->total : log(t->sum / (t->total - t->sum));
    } else if (t->kind == TASK_LOGISTIC) {
        t->s.theta[t->s.m - 1] = log(t->sum / (t->total - t->sum));
    } else if (t->kind == TASK_PLATT) {
        t->s.theta[0] = 1;
    }
    return KITH_OK;
}

static int step_task(stepped *s, task *t, kith_error *err) {
    if (t->phase <= PHASE_WEIGH) return begin(s, t, err);
    if (t->phase != PHASE_GROW) return search(s, t, err);
    KITH_TRY(tree_growth_step(t->trees, err));
    if (t->trees->done) t->phase = PHASE_DONE;
    return KITH_OK;
}

/* ---- models ----------------------------------------------------------------------------------------------------- */

static void put_numbers(kith_model *m, const char *part, const char *name, const double *v, size_t n) {
    kith_buf text = {0};
    for (size_t k = 0; k < n; k++) {
        if (k) kith_buf_putc(&text, ' ');
        kith_buf_double(&text, v[k]);
    }
    m->failed |= text.failed;
    kith_model_put_str(m, part, kith_str_of(name), (kith_str){text.n ? text.p : "", text.n});
    kith_buf_free(&text);
}

static bool get_numbers(const kith_model *m, const char *part, const char *name, double *v, size_t n) {
    kith_str text = kith_model_get(m, part, name);
    size_t at = 0;
    for (size_t k = 0; k < n; k++) {
        size_t from = at;
        while (at < text.n && text.p[at] != ' ') at++;
        if (!kith_parse_double((kith_str){text.p + from, at - from}, &v[k]) || !isfinite(v[k])) return false;
        at += at < text.n;
    }
    return at == text.n;
}

static int put_task(const stepped *s, const task *t, const char *part, kith_model *m, kith_error *err) {
    const double head[] = {t->phase, t->n, t->ones, t->total, t->sum, t->w0, t->w1, t->s.started, t->s.ended, t->s.converged, t->s.iterations, t->s.halvings, t->s.length, t->s.slope, t->s.value, t->s.violation};
    put_numbers(m, part, "at", head, sizeof head / sizeof *head);
    if (t->trees) return tree_growth_put(t->trees, part, &s->e, m, err);
    if (t->kind == TASK_TREES || t->phase <= PHASE_WEIGH) return KITH_OK;
    put_numbers(m, part, "theta", t->s.theta, t->s.m);
    put_numbers(m, part, "step", t->s.step, t->s.m);
    if (t->posterior && t->precision && t->phase == PHASE_DONE) put_numbers(m, part, "precision", t->precision, t->s.m * t->s.m);
    return KITH_OK;
}

static int get_task(stepped *s, task *t, const char *part, kith_error *err) {
    double v[16];
    if (!get_numbers(s->model, part, "at", v, 16) || !(v[0] >= 0) || v[0] > PHASE_DONE) return kith_fail(err, KITH_DATA, "the step's model lacks %s, or it is damaged", part);
    t->phase = (task_phase)(int)v[0];
    t->n = v[1], t->ones = v[2], t->total = v[3], t->sum = v[4], t->w0 = v[5], t->w1 = v[6];
    t->s.started = v[7] != 0, t->s.ended = v[8] != 0, t->s.converged = v[9] != 0;
    t->s.iterations = (int)fmin(fmax(v[10], 0), 1000), t->s.halvings = (int)fmin(fmax(v[11], 0), 1000);
    t->s.length = v[12], t->s.slope = v[13], t->s.value = v[14], t->s.violation = v[15];
    bool good = (t->phase == PHASE_GROW) <= (t->kind == TASK_TREES) && (t->kind != TASK_TREES || t->phase <= PHASE_WEIGH || t->phase >= PHASE_GROW);
    if (good && t->kind == TASK_TREES && t->phase >= PHASE_GROW) {
        KITH_TRY(make_trees(s, t, err));
        return tree_growth_get(t->trees, part, &s->e, s->model, err);
    }
    if (good && t->kind != TASK_TREES && t->phase > PHASE_WEIGH) good = get_numbers(s->model, part, "theta", t->s.theta, t->s.m) && get_numbers(s->model, part, "step", t->s.step, t->s.m);
    if (good && t->posterior && t->phase == PHASE_DONE) {
        t->precision = kith_arena_alloc(s->arena, t->s.m * t->s.m * sizeof *t->precision);
        if (!t->precision) return kith_no_memory(err);
        good = get_numbers(s->model, part, "precision", t->precision, t->s.m * t->s.m);
    }
    return good ? KITH_OK : kith_fail(err, KITH_DATA, "the step's model lacks %s, or it is damaged", part);
}

static void put_cuts(const stepped *s, kith_model *m) {
    char name[96];
    for (size_t k = 0; k < s->cuts.n; k++) {
        const bin_feature *f = &s->cuts.features[k];
        snprintf(name, sizeof name, "%d %d %d %d", (int)f->feature, f->values, f->missing, f->other);
        put_numbers(m, "cut", name, f->upper, !f->is_level && f->values ? (size_t)f->values - 1 : 0);
    }
}

static int get_cuts(stepped *s, kith_error *err) {
    size_t from, to;
    kith_model_part(s->model, "cut", &from, &to);
    s->cuts = (bins){.features = kith_arena_zalloc(s->arena, (to - from + 1) * sizeof *s->cuts.features)};
    if (!s->cuts.features) return kith_no_memory(err);
    for (size_t i = from; i < to; i++) {
        double v[4];
        bin_feature *f = &s->cuts.features[s->cuts.n++];
        kith_model one = {.arena = s->arena, .n = 1, .rows = &(struct kith_model_row){KITH_STR("cut"), KITH_STR("v"), s->model->rows[i].name}};
        bool good = get_numbers(&one, "cut", "v", v, 4) && v[0] >= 0 && v[0] < (double)s->e.n && v[1] >= 0 && v[1] <= BINS_MOST;
        *f = (bin_feature){.first = s->cuts.total};
        if (good) {
            f->feature = (int32_t)v[0];
            f->is_level = s->e.coded[f->feature].is_level;
            f->values = (int)v[1];
            f->bins = f->values;
            f->other = v[3] >= 0 ? f->bins++ : -1;
            f->missing = v[2] >= 0 ? f->bins++ : -1;
            size_t n = !f->is_level && f->values ? (size_t)f->values - 1 : 0;
            f->upper = kith_arena_alloc(s->arena, (n + 1) * sizeof *f->upper);
            if (!f->upper) return kith_no_memory(err);
            one.rows[0].value = s->model->rows[i].value;
            good = f->bins >= 2 && get_numbers(&one, "cut", "v", f->upper, n) && (!f->is_level || f->values == (int)s->e.coded[f->feature].n_levels);
            s->cuts.total += (size_t)f->bins;
        }
        if (!good) return kith_fail(err, KITH_DATA, "the step's model's part cut is damaged");
    }
    return KITH_OK;
}

/* The encoding without the treatment, which is no column of the file. */
static int ask_columns(stepped *s, kith_error *err) {
    kith_encoding *a = &s->asked;
    *a = s->e;
    if (!s->e.n || strcmp(s->e.coded[s->e.n - 1].name, "(treatment)") != 0) return KITH_OK;
    *a = (kith_encoding){.n = s->e.n - 1, .coded = (kith_coded *)(void *)kith_arena_copy(s->arena, s->e.coded, s->e.n * sizeof *s->e.coded)};
    if (!a->coded) return kith_no_memory(err);
    for (size_t j = 0; j < a->n; j++)
        if (!a->coded[j].is_level && a->coded[j].sd > 0) a->coded[j].first = a->numbers++;
    a->width = a->numbers;
    for (size_t j = 0; j < a->n; j++) {
        kith_coded *c = &a->coded[j];
        if (c->is_level) c->first = a->width, a->width += c->n_levels;
        if (c->has_missing) c->missing = a->width++;
        a->factors += c->is_level || c->has_missing;
    }
    return KITH_OK;
}

static const char *text_of(const stepped *s, const char *part, const char *name) {
    kith_str v = kith_model_get(s->model, part, name);
    return v.n ? kith_arena_copy(s->arena, v.p, v.n) : NULL;
}

int steps_load_model(stepped *s, kith_error *err) {
    double v[5];
    size_t from, to;
    int kind = s->uplift ? KITH_STEP_UPLIFT : KITH_STEP_LEAD;
    if (!kith_str_is(kith_model_kind(s->model), kith_step_kinds[kind]) || kith_model_version(s->model) != 1)
        return kith_fail(err, KITH_DATA, "--step takes a model that a step wrote, one that has not converged yet (its kind is %s)", kith_step_kinds[kind]);
    kith_model_part(s->model, "option", &from, &to);
    s->o = (kith_params){.arena = s->arena};
    for (size_t i = from; i < to; i++) {
        char *name = kith_arena_copy(s->arena, s->model->rows[i].name.p, s->model->rows[i].name.n), *value = kith_arena_copy(s->arena, s->model->rows[i].value.p, s->model->rows[i].value.n);
        if (!name || !value) return kith_no_memory(err);
        kith_params_set(&s->o, name, value);
    }
    if (!get_numbers(s->model, "fit", "at", v, 5) || v[0] < 1 || v[0] > 1e9 || v[1] < 0 || v[1] > 8) return kith_fail(err, KITH_DATA, "the step's model lacks fit,at, or it is damaged");
    s->pass = (int)v[0], s->stage = (int)v[1], s->binary = v[2] != 0, s->share = v[3], s->on_trees = v[4] != 0;
    s->outcome = text_of(s, "said", "outcome"), s->yes = text_of(s, "said", "yes"), s->treatment = text_of(s, "said", "treatment");
    s->treated = text_of(s, "said", "treated"), s->other = text_of(s, "said", "control");
    s->propensity = *step_option(s, "propensity") ? step_option(s, "propensity") : NULL;
    if (!s->outcome || (s->uplift && (!s->treatment || !s->treated))) return kith_fail(err, KITH_DATA, "the step's model does not say what is learned");
    s->learner = learner_of(s);
    KITH_TRY(persist_get_encoding(s->model, &s->e, err));
    KITH_TRY(ask_columns(s, err));
    KITH_TRY(get_cuts(s, err));
    KITH_TRY(steps_plan(s, err));
    for (size_t k = 0; k < s->n_tasks; k++) {
        char part[32];
        snprintf(part, sizeof part, "task%zu", k);
        if (s->tasks[k].stage <= s->stage) KITH_TRY(get_task(s, &s->tasks[k], part, err));
    }
    return KITH_OK;
}

/* The model between two passes. */
static int put_step(stepped *s, kith_model **model, kith_error *err) {
    kith_model *m;
    KITH_TRY(kith_model_new(s->arena, kith_step_kinds[s->uplift ? KITH_STEP_UPLIFT : KITH_STEP_LEAD], 1, model, err));
    m = *model;
    kith_model_put_int(m, "fit", "pass", s->pass);
    kith_model_put_int(m, "fit", "converged", 0);
    const double at[] = {s->pass, s->stage, s->binary, s->share, s->on_trees};
    put_numbers(m, "fit", "at", at, 5);
    for (size_t i = 0; i < s->o.n; i++) kith_model_put(m, "option", s->o.items[i].name, s->o.items[i].value);
    const char *const said[][2] = {{"outcome", s->outcome}, {"yes", s->yes}, {"treatment", s->treatment}, {"treated", s->treated}, {"control", s->other}};
    for (size_t i = 0; i < 5; i++)
        if (said[i][1]) kith_model_put(m, "said", said[i][0], said[i][1]);
    persist_put_encoding(m, &s->e);
    put_cuts(s, m);
    for (size_t k = 0; k < s->n_tasks; k++) {
        char part[32];
        snprintf(part, sizeof part, "task%zu", k);
        if (s->tasks[k].stage <= s->stage) KITH_TRY(put_task(s, &s->tasks[k], part, m, err));
    }
    return m->failed ? kith_no_memory(err) : KITH_OK;
}

static void take(const task *t, kith_linear *l, kith_forest *f) {
    if (t->trees) *f = tree_growth_forest(t->trees);
    else *l = (kith_linear){.width = t->s.m - 1, .weight = t->s.theta, .intercept = t->s.theta[t->s.m - 1], .objective = t->s.value, .iterations = t->s.iterations, .converged = t->s.converged, .precision = t->precision};
}

static int put_lead(stepped *s, kith_model **model, kith_error *err) {
    const task *t = &s->tasks[0], *platt = s->n_tasks > 1 ? &s->tasks[s->n_tasks - 1] : NULL;
    kith_lead lead = {.on_trees = s->on_trees, .encoding = s->e, .calibration = {.slope = 1}, .rate = t->ones / t->n};
    take(t, &lead.linear, &lead.forest);
    if (lead.linear.width > 250) lead.linear.precision = NULL;
    if (platt) lead.calibration = (kith_calibration){.method = KITH_CALIBRATION_PLATT, .slope = platt->s.theta[0], .intercept = platt->s.theta[1]};
    KITH_TRY(kith_model_new(s->arena, "lead", 1, model, err));
    KITH_TRY(kith_lead_put(*model, &lead, step_option(s, "method"), s->outcome, s->yes, err));
    kith_model_put_int(*model, "fit", "rows", (int64_t)t->n);
    if (!lead.on_trees) {
        kith_model_put_double(*model, "fit", "objective", lead.linear.objective);
        kith_model_put_int(*model, "fit", "iterations", lead.linear.iterations);
    }
    return KITH_OK;
}

static int put_uplift(stepped *s, kith_model **model, kith_error *err) {
    kith_uplift u = {.learner = s->learner, .on_trees = s->on_trees, .binary = s->binary, .encoding = s->e, .share = s->share};
    u.control = kith_sum_total(&s->arm[0].wy) / kith_sum_total(&s->arm[0].w);
    u.effect = kith_sum_total(&s->arm[1].wy) / kith_sum_total(&s->arm[1].w) - u.control;
    for (size_t k = 0; k < s->n_tasks; k++) {
        const task *t = &s->tasks[k];
        if (t->fold != ANY || t->target == TARGET_TREATED) continue;
        bool effect = t->target >= TARGET_EFFECT || s->learner <= KITH_LEARNER_T;
        int at = t->arm == ANY ? 0 : t->arm;
        if (effect) take(t, &u.linear[at], &u.forest[at]);
        else if (t->arm == 0) take(t, &u.untreated, &u.untreated_forest);
    }
    double margin = number(s, "margin", -1);
    KITH_TRY(kith_model_new(s->arena, "uplift", 1, model, err));
    KITH_TRY(kith_uplift_put(*model, &u, margin >= 0 ? margin : fabs(u.effect) / 2, err));
    kith_model_put_int(*model, "fit", "rows", (int64_t)s->rows);
    return KITH_OK;
}

/* What the outcomes are, after the pass that looks at them. */
static int settle_outcome(stepped *s, kith_error *err) {
    const looked *a = s->arm;
    double n[2] = {kith_sum_total(&a[0].n), kith_sum_total(&a[1].n)};
    if (!(n[1] > 0) || !(n[0] > 0))
        return kith_fail(err, KITH_DATA, "%s: uplift needs people with the treatment and people without", n[1] > 0 ? "a treatment without controls" : "no one was treated");
    for (int arm = 0; arm < 2; arm++)
        if (!(a[arm].low < a[arm].high)) return kith_fail(err, KITH_DATA, "the outcome is the same for everyone %s: nothing can be learned from it", arm ? "treated" : "in control");
    s->binary = !a[0].others && !a[1].others;
    s->share = n[1] / (n[0] + n[1]);
    kith_coded *last = &s->e.coded[s->e.n - 1];
    if (strcmp(last->name, "(treatment)") == 0) last->mean = s->share, last->sd = sqrt(s->share * (1 - s->share));
    return steps_plan(s, err);
}

int steps_next(stepped *s, kith_model **model, kith_error *err) {
    if (s->uplift && s->stage == 0) KITH_TRY(settle_outcome(s, err));
    bool done = true;
    for (size_t k = 0; k < s->n_tasks; k++) {
        task *t = &s->tasks[k];
        if (t->stage != s->stage || t->phase == PHASE_DONE) continue;
        KITH_TRY(step_task(s, t, err));
        done &= t->phase == PHASE_DONE;
    }
    s->pass++;
    bool any = !done;
    while (!any && s->stage < s->stages) { /* the next stage that has tasks */
        s->stage++;
        for (size_t k = 0; k < s->n_tasks; k++) any |= s->tasks[k].stage == s->stage;
    }
    s->converged = !any;
    if (!s->converged) return put_step(s, model, err);
    KITH_TRY(s->uplift ? put_uplift(s, model, err) : put_lead(s, model, err));
    kith_model_put_int(*model, "fit", "passes", s->pass);
    bool converged = true;
    for (size_t k = 0; k < s->n_tasks; k++) converged &= s->tasks[k].kind == TASK_TREES || s->tasks[k].s.converged;
    kith_model_put_int(*model, "fit", "converged", converged);
    return (*model)->failed ? kith_no_memory(err) : KITH_OK;
}

/* ---- after pass 0 ----------------------------------------------------------------------------------------------- */

/* The column that dates the rows, which is no feature: ts, or the only column of dates that is no birthday. */
static const char *dated(const survey *v) {
    const char *found = NULL;
    for (size_t j = 0; j < v->n; j++) {
        const survey_column *c = &v->columns[j];
        if (survey_kind(c) != KITH_COLUMN_TIME) continue;
        if (strcmp(c->name, "ts") == 0) return c->name;
        if (!c->feature || strstr(c->name, "birth") || strstr(c->name, "born") || strstr(c->name, "dob")) continue;
        if (found) return NULL;
        found = c->name;
    }
    return found;
}

static int yes_of(stepped *s, const char *name, const char *positive, const char **yes, kith_error *err) {
    const char *const *levels;
    size_t n, found, j = survey_find(&s->survey, name);
    if (j == SIZE_MAX) return kith_fail(err, KITH_DATA, "no column %s", name);
    KITH_TRY(survey_levels(&s->survey, &s->survey.columns[j], &levels, NULL, &n, err));
    KITH_TRY(kith_frame_positive(name, levels, n, *positive ? positive : NULL, &found, err));
    *yes = levels[found];
    return KITH_OK;
}

static int arms(stepped *s, kith_error *err) {
    const char *const *levels, *control = step_option(s, "control"), *treated = step_option(s, "treated");
    size_t n, j = survey_find(&s->survey, s->treatment), c = SIZE_MAX, t = SIZE_MAX;
    if (j == SIZE_MAX) return kith_fail(err, KITH_DATA, "no column %s", s->treatment);
    KITH_TRY(survey_levels(&s->survey, &s->survey.columns[j], &levels, NULL, &n, err));
    for (size_t l = 0; l < n; l++) {
        if (*control && strcmp(levels[l], control) == 0) c = l;
        if (*treated && strcmp(levels[l], treated) == 0) t = l;
    }
    if ((*control && c == SIZE_MAX) || (*treated && t == SIZE_MAX))
        return kith_fail(err, KITH_DATA, "column %s: the value said to be the %s does not occur", s->treatment, *control && c == SIZE_MAX ? "control" : "treated one");
    if (n < 2) return kith_fail(err, KITH_DATA, "column %s: uplift needs people with the treatment and people without", s->treatment);
    if (n > 2 && (c == SIZE_MAX || t == SIZE_MAX)) return kith_fail(err, KITH_DATA, "column %s has %zu arms: say which to compare with --treated and --control", s->treatment, n);
    if (t == SIZE_MAX && c != SIZE_MAX) t = 1 - c;
    if (t == SIZE_MAX) return yes_of(s, s->treatment, "", &s->treated, err);
    s->treated = levels[t];
    s->other = c == SIZE_MAX ? NULL : levels[c];
    return KITH_OK;
}

int steps_begin(stepped *s, kith_model **model, kith_error *err) {
    kith_buf notes = {0};
    const survey *v = &s->survey;
    s->outcome = *step_option(s, "outcome") ? step_option(s, "outcome") : "outcome";
    if (!v->rows) return kith_fail(err, KITH_DATA, "no rows to learn from");
    if (s->uplift) {
        s->treatment = *step_option(s, "treatment") ? step_option(s, "treatment") : "treatment";
        s->learner = learner_of(s);
        KITH_TRY(arms(s, err));
        s->on_trees = strcmp(step_option(s, "base"), "trees") == 0;
    } else {
        s->on_trees = strcmp(step_option(s, "method"), "trees") == 0;
    }
    size_t j = survey_find(v, s->outcome);
    if (j == SIZE_MAX) return kith_fail(err, KITH_DATA, "no column %s", s->outcome);
    if (!s->uplift || *step_option(s, "positive") || survey_kind(&v->columns[j]) != KITH_COLUMN_NUMBER)
        KITH_TRY(yes_of(s, s->outcome, step_option(s, "positive"), &s->yes, err));
    int status = survey_encoding(v, s->uplift ? NULL : dated(v), &s->e, &notes, err);
    if (status == KITH_OK && s->on_trees && s->uplift && s->learner == KITH_LEARNER_S) {
        kith_coded *c = &s->e.coded[s->e.n++];
        *c = (kith_coded){.name = "(treatment)", .mean = .5, .sd = .5}; /* until the arms are counted */
    }
    if (status == KITH_OK && s->on_trees) status = survey_cuts(v, &s->e, &s->cuts, err);
    s->pass = 1;
    if (status == KITH_OK) status = ask_columns(s, err); /* the widths are found when the model is read again */
    if (status == KITH_OK) status = s->uplift ? KITH_OK : steps_plan(s, err);
    if (status == KITH_OK) status = put_step(s, model, err);
    for (char *line = notes.n ? notes.p : NULL, *end; status == KITH_OK && line && line < notes.p + notes.n; line = end + 1) {
        end = memchr(line, '\n', (size_t)(notes.p + notes.n - line));
        if (!end) break;
        kith_model_put_str(*model, "note", KITH_STR("left out"), (kith_str){line, (size_t)(end - line)});
    }
    kith_buf_free(&notes);
    return status;
}
