/* The folds of `fit lead --step` and `fit uplift --step`: pass 0 surveys the columns, a later pass sums up what its tasks ask for. */
#include "steps.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void free_state(void *v) {
    stepped *s = v;
    if (!s) return;
    if (s->first) survey_free(&s->survey);
    for (size_t k = 0; k < s->n_tasks; k++) tree_growth_free(s->tasks[k].trees);
    kith_arena_free(s->arena);
}

/* Room for the sums of this pass. */
static int begin_pass(stepped *s, kith_error *err) {
    for (int arm = 0; arm < 2; arm++) s->arm[arm].low = INFINITY, s->arm[arm].high = -INFINITY;
    for (size_t k = 0; k < s->n_tasks; k++) {
        task *t = &s->tasks[k];
        if (t->stage != s->stage || t->phase == PHASE_DONE || t->phase <= PHASE_WEIGH) continue;
        if (t->phase == PHASE_GROW) {
            KITH_TRY(tree_growth_begin(t->trees, err));
        } else if (!(t->sums = kith_arena_zalloc(s->arena, task_sums(t) * sizeof *t->sums))) {
            return kith_no_memory(err);
        }
    }
    return KITH_OK;
}

static int init_state(const kith_params *params, bool uplift, void **out, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    stepped *s = arena ? kith_arena_zalloc(arena, sizeof *s) : NULL;
    *out = s;
    if (!s) {
        kith_arena_free(arena);
        return kith_no_memory(err);
    }
    s->arena = arena;
    s->uplift = uplift;
    s->c_outcome = s->c_treatment = s->c_propensity = s->c_key = KITH_NO_COLUMN;
    const char *text = kith_params_get(params, "model");
    s->first = !*text;
    s->o = (kith_params){.arena = arena};
    int status = KITH_OK;
    if (s->first) {
        s->survey.arena = arena;
        for (size_t i = 0; i < params->n; i++) kith_params_set(&s->o, params->items[i].name, params->items[i].value);
        s->survey.want_values = strcmp(step_option(s, uplift ? "base" : "method"), "trees") == 0;
        if (s->o.failed) status = kith_no_memory(err);
    } else {
        status = kith_model_of_text(arena, text, &s->model, err);
        if (status == KITH_OK) status = steps_load_model(s, err);
        if (status == KITH_OK) status = begin_pass(s, err);
    }
    if (status != KITH_OK) {
        free_state(s);
        *out = NULL;
    }
    return status;
}

static int init_lead(const kith_params *params, void **out, kith_error *err) { return init_state(params, false, out, err); }
static int init_uplift(const kith_params *params, void **out, kith_error *err) { return init_state(params, true, out, err); }

static const char *said_or(const stepped *s, const char *option, const char *otherwise) { return *step_option(s, option) ? step_option(s, option) : otherwise; }

static int bind(void *v, const kith_header *header, kith_error *err) {
    stepped *s = v;
    const char *id = *step_option(s, "id") ? step_option(s, "id") : NULL, *propensity = step_option(s, "propensity");
    if (!*propensity || strcmp(propensity, "fit") == 0) propensity = NULL;
    KITH_TRY(kith_column(header, said_or(s, "outcome", "outcome"), &s->c_outcome, err));
    if (s->uplift) KITH_TRY(kith_column(header, said_or(s, "treatment", "treatment"), &s->c_treatment, err));
    if (propensity) KITH_TRY(kith_column(header, propensity, &s->c_propensity, err));
    if (id) KITH_TRY(kith_column(header, id, &s->c_key, err));
    else s->c_key = kith_column_find(header, "person_id");
    if (s->first) {
        const char *special[] = {said_or(s, "outcome", "outcome"), id, s->uplift ? said_or(s, "treatment", "treatment") : NULL, propensity};
        const char *select = step_option(s, "select"), *drop = step_option(s, "drop");
        kith_selection columns;
        bool *is_feature;
        KITH_TRY(kith_frame_wanted(header, *select ? select : NULL, *drop ? drop : NULL, special, 4, s->arena, &columns, &is_feature, err));
        return survey_columns(&s->survey, &columns, is_feature, err);
    }
    s->columns = kith_arena_alloc(s->arena, (s->asked.n + 1) * sizeof *s->columns);
    if (!s->columns) return kith_no_memory(err);
    for (size_t j = 0; j < s->asked.n; j++) KITH_TRY(kith_column(header, s->asked.coded[j].name, &s->columns[j], err));
    return KITH_OK;
}

static int step(void *v, const kith_batch *b, kith_out *out, kith_error *err) {
    stepped *s = v;
    if (!s->first) return steps_rows(s, b, out, err);
    const char *treated = step_option(s, "treated"), *control = step_option(s, "control");
    bool two = *treated && *control; /* of other arms nothing is learned */
    for (uint32_t i = 0; i < b->rows; i++) {
        bool learn = kith_cell(b, i, s->c_outcome).n && kith_text(b, i, s->c_outcome).n;
        if (learn && s->uplift) {
            kith_str arm = kith_text(b, i, s->c_treatment);
            learn = arm.n && (!two || kith_str_is(arm, treated) || kith_str_is(arm, control));
        }
        out->dropped += !learn;
        KITH_TRY(survey_row(&s->survey, b, i, learn, err));
    }
    return KITH_OK;
}

static bool merge_looked(looked *a, const looked *b, kith_arena *arena) {
    a->low = b->low < a->low ? b->low : a->low;
    a->high = b->high > a->high ? b->high : a->high;
    a->others += b->others;
    return kith_sum_merge(&a->n, &b->n, arena) && kith_sum_merge(&a->y, &b->y, arena) && kith_sum_merge(&a->w, &b->w, arena) && kith_sum_merge(&a->wy, &b->wy, arena);
}

static int merge(void *into, void *from, kith_error *err) {
    stepped *a = into, *b = from;
    if (a->first) return survey_merge(&a->survey, &b->survey, err);
    bool good = merge_looked(&a->arm[0], &b->arm[0], a->arena) && merge_looked(&a->arm[1], &b->arm[1], a->arena);
    a->rows += b->rows;
    for (size_t k = 0; k < a->n_tasks && good; k++) {
        task *t = &a->tasks[k], *u = &b->tasks[k];
        good = kith_sum_merge(&t->pass_n, &u->pass_n, a->arena) && kith_sum_merge(&t->pass_ones, &u->pass_ones, a->arena) &&
               kith_sum_merge(&t->pass_total, &u->pass_total, a->arena) && kith_sum_merge(&t->pass_sum, &u->pass_sum, a->arena);
        for (size_t i = 0; t->sums && u->sums && i < task_sums(t); i++)
            if (__builtin_add_overflow(t->sums[i], u->sums[i], &t->sums[i])) return kith_fail(err, KITH_DATA, "the sums of the fit run over");
        if (t->trees && t->phase == PHASE_GROW) tree_growth_merge(t->trees, u->trees);
    }
    return good ? KITH_OK : kith_no_memory(err);
}

/* ---- saved ------------------------------------------------------------------------------------------------------ */

static void put_sum(kith_row_writer *w, const kith_sum *sum, kith_buf *cell) {
    cell->n = 0;
    kith_sum_save(sum, cell);
    kith_put_text(w, (kith_str){cell->p, cell->n});
}

static int save(const void *v, kith_buf *out, kith_error *err) {
    const stepped *s = v;
    if (s->first) return survey_save(&s->survey, out, err);
    kith_row_writer w = kith_row_begin(out, ',');
    kith_buf cell = {0};
    char hex[40];
    kith_put_string(&w, "rows"), kith_put_int(&w, (int64_t)s->rows);
    kith_row_end(&w);
    for (int arm = 0; arm < 2 && s->uplift; arm++) {
        const looked *l = &s->arm[arm];
        bool any = l->low <= l->high;
        kith_put_string(&w, "arm"), kith_put_int(&w, arm), put_sum(&w, &l->n, &cell), put_sum(&w, &l->y, &cell), put_sum(&w, &l->w, &cell), put_sum(&w, &l->wy, &cell);
        kith_put_double(&w, any ? l->low : 0), kith_put_double(&w, any ? l->high : 0), kith_put_int(&w, (int64_t)l->others), kith_put_int(&w, any);
        kith_row_end(&w);
    }
    for (size_t k = 0; k < s->n_tasks; k++) {
        const task *t = &s->tasks[k];
        if (t->stage != s->stage || t->phase == PHASE_DONE) continue;
        kith_put_string(&w, "task"), kith_put_int(&w, (int64_t)k), put_sum(&w, &t->pass_n, &cell), put_sum(&w, &t->pass_ones, &cell), put_sum(&w, &t->pass_total, &cell), put_sum(&w, &t->pass_sum, &cell);
        kith_row_end(&w);
        for (size_t i = 0; t->sums && i < task_sums(t); i++) {
            snprintf(hex, sizeof hex, "%016llx%016llx", (unsigned long long)((kith_u128)t->sums[i] >> 64), (unsigned long long)t->sums[i]);
            kith_put_string(&w, "sum"), kith_put_string(&w, hex);
            kith_row_end(&w);
        }
        if (t->trees && t->phase == PHASE_GROW) tree_growth_save(t->trees, &w);
    }
    bool failed = cell.failed || out->failed;
    kith_buf_free(&cell);
    return failed ? kith_no_memory(err) : KITH_OK;
}

static bool fixed_of(kith_str text, kith_i128 *value) {
    kith_u128 v = 0;
    if (text.n != 32) return false;
    for (size_t i = 0; i < 32; i++) {
        char c = text.p[i];
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (d < 0) return false;
        v = v << 4 | (unsigned)d;
    }
    *value = (kith_i128)v;
    return true;
}

static int load_looked(looked *l, const kith_str *f, kith_arena *arena, bool *good, kith_error *err) {
    kith_sum *const to[] = {&l->n, &l->y, &l->w, &l->wy};
    uint64_t any;
    for (size_t k = 0; k < 4; k++) KITH_TRY(kith_sum_load(to[k], f[2 + k], arena, err));
    *good = kith_parse_double(f[6], &l->low) && kith_parse_double(f[7], &l->high) && kith_parse_count(f[8], &l->others) && kith_parse_count(f[9], &any);
    if (*good && !any) l->low = INFINITY, l->high = -INFINITY;
    return KITH_OK;
}

static int load(void *v, kith_records *records, kith_error *err) {
    stepped *s = v;
    if (s->first) return survey_load(&s->survey, records, err);
    kith_str f[10];
    size_t n, at = 0;
    uint64_t which;
    task *t = NULL;
    while (kith_records_next(records, f, 10, &n)) {
        bool good = false;
        if (n == 2 && kith_str_is(f[0], "rows")) {
            good = kith_parse_count(f[1], &s->rows);
        } else if (n == 10 && kith_str_is(f[0], "arm") && kith_parse_count(f[1], &which) && which < 2) {
            KITH_TRY(load_looked(&s->arm[which], f, s->arena, &good, err));
        } else if (n == 6 && kith_str_is(f[0], "task") && kith_parse_count(f[1], &which) && which < s->n_tasks && s->tasks[which].stage == s->stage) {
            t = &s->tasks[which];
            kith_sum *const to[] = {&t->pass_n, &t->pass_ones, &t->pass_total, &t->pass_sum};
            for (size_t k = 0; k < 4; k++) KITH_TRY(kith_sum_load(to[k], f[2 + k], s->arena, err));
            at = 0;
            good = true;
        } else if (n == 2 && t && t->sums && kith_str_is(f[0], "sum") && at < task_sums(t)) {
            good = fixed_of(f[1], &t->sums[at++]);
        } else if (t && t->trees && t->phase == PHASE_GROW) {
            good = tree_growth_load(t->trees, f, n);
        }
        if (!good) return kith_fail(err, KITH_DATA, "line %llu: not a saved pass of a fit", (unsigned long long)records->line);
    }
    return KITH_OK;
}

static int finish(void *v, char delimiter, kith_buf *out, kith_error *err) {
    stepped *s = v;
    kith_model *model;
    (void)delimiter; /* models have commas */
    if (s->finished) return kith_fail(err, KITH_DEFECT, "a step taken twice");
    s->finished = true;
    if (!s->first && !s->rows) return kith_fail(err, KITH_DATA, "no rows to learn from");
    KITH_TRY(s->first ? steps_begin(s, &model, err) : steps_next(s, &model, err));
    return kith_model_text(model, out, err);
}

bool kith_steps_converged(const void *state) { return ((const stepped *)state)->converged; }

uint64_t kith_steps_left_out(const void *state) {
    const stepped *s = state;
    return s->first ? s->survey.rows - s->survey.learned : 0;
}

const kith_fold kith_lead_fold = {
    .name = "score.fit lead", .version = 1, .model = true, .init = init_lead, .bind = bind, .step = step, .merge = merge, .finish = finish, .save = save, .load = load, .free = free_state,
};

const kith_fold kith_uplift_fold = {
    .name = "score.fit uplift", .version = 1, .model = true, .init = init_uplift, .bind = bind, .step = step, .merge = merge, .finish = finish, .save = save, .load = load, .free = free_state,
};
