/* Inside lib/predict: a fit over shards as it stands between two passes. */
#ifndef KITH_PREDICT_STEPS_H
#define KITH_PREDICT_STEPS_H

#include "linear_step.h"
#include "survey.h"
#include "tree_step.h"

#include <kith/steps.h>
#include <kith/uplift.h>

typedef enum task_kind { TASK_LOGISTIC, TASK_RIDGE, TASK_TREES, TASK_PLATT } task_kind;
typedef enum task_target { TARGET_Y, TARGET_TREATED, TARGET_EFFECT, TARGET_DR } task_target;
typedef enum task_phase { PHASE_COUNT, PHASE_WEIGH, PHASE_SEARCH, PHASE_LAST, PHASE_GROW, PHASE_DONE } task_phase;
enum { ANY = -1, STEP_FOLDS = 5, TASKS_MOST = 16 };

typedef struct task {
    task_kind kind;
    task_target target;
    int stage, arm, fold; /* rows of one arm (ANY: both); rows outside one inner fold (ANY: all) */
    bool squared, interact, posterior;
    task_phase phase;
    double n, ones, total, sum, w0, w1; /* rows and those of target 1; weighted: the sums of weights and of weighted targets */
    linear_search s;
    double *precision;
    tree_growth *trees;
    /* of this pass */
    kith_sum pass_n, pass_ones, pass_total, pass_sum;
    kith_i128 *sums; /* loss, m of the gradient, the Hessian's upper triangle by rows */
} task;

typedef struct looked { /* per arm, exact: rows, outcomes, weights by the propensity and weighted outcomes */
    kith_sum n, y, w, wy;
    double low, high;
    uint64_t others; /* outcomes that are neither 0 nor 1 */
} looked;

typedef struct stepped {
    kith_arena *arena;
    bool uplift, first, bound, finished, converged;
    kith_params o; /* the options */
    survey survey; /* pass 0 */
    /* later passes */
    kith_model *model;
    kith_encoding e;    /* s on trees: with the treatment as its last feature */
    kith_encoding asked; /* without */
    bins cuts;
    int pass, stage, stages;
    bool binary;
    double share, control, effect;
    const char *outcome, *yes, *treatment, *treated, *other, *propensity; /* yes: NULL where outcomes are numbers; other: the control, NULL: all others */
    task tasks[TASKS_MOST];
    size_t n_tasks;
    looked arm[2];
    uint64_t rows;
    uint32_t *columns, c_outcome, c_treatment, c_propensity, c_key;
    kith_learner learner;
    bool on_trees;
} stepped;

/* steps_plan.c: what a fit consists of, and a step's model. */
int steps_plan(stepped *s, kith_error *err);
int steps_begin(stepped *s, kith_model **model, kith_error *err);    /* after pass 0 */
int steps_next(stepped *s, kith_model **model, kith_error *err);     /* after a later pass: the tasks have stepped */
int steps_load_model(stepped *s, kith_error *err);
const char *step_option(const stepped *s, const char *name);
/* steps_rows.c: a batch's rows into the tasks of the stage. */
int steps_rows(stepped *s, const kith_batch *b, kith_out *out, kith_error *err);
/* The design's width and one. */
size_t task_m(const stepped *s, const task *t);
size_t task_sums(const task *t);

#endif
