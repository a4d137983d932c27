/* kith/uplift.h: whom outreach changes: learners of the difference that a treatment makes to a person.
 *
 *   learner   how                                                             source
 *   s         one model of the outcome, with treatment × feature interactions Künzel et al. 2019
 *   t         one model per arm                                               same
 *   x         effects imputed across the arms, regressed, weighed by the propensity   same
 *   dr        doubly robust scores from cross-fitted models, regressed        Kennedy 2020
 *   trees     a forest of honest uplift trees                                 Athey & Imbens 2016; Rzepakowski & Jaroszewicz 2012
 *
 * s, t, x and dr stand on linear models (logistic for yes/no outcomes, ridge for numbers) or on boosted trees. */
#ifndef KITH_UPLIFT_H
#define KITH_UPLIFT_H

#include <kith/lead.h>

typedef enum kith_learner { KITH_LEARNER_S, KITH_LEARNER_T, KITH_LEARNER_X, KITH_LEARNER_DR, KITH_LEARNER_TREES } kith_learner;

typedef struct kith_uplift_options {
    kith_learner learner;
    bool on_trees;             /* the base: boosted trees; else linear */
    double c;                  /* linear: weight of the data against the penalty, default 1 */
    kith_tree_options trees;   /* boosted base; 0: 100 trees × .05, 15 leaves of 200 people at least; forest: 200 trees */
    const double *propensity;  /* per row of the frame, in (0, 1): P(treated); NULL: the share of the treated */
    const uint64_t *key;       /* per row of the frame, for cross-fitting; NULL: the row's number */
    uint64_t seed;
    int threads;
} kith_uplift_options;

typedef struct kith_uplift {
    kith_learner learner;
    bool on_trees, binary;
    kith_encoding encoding;
    double share;           /* treated, of the training rows */
    double control;         /* the outcome's mean without treatment */
    double effect;          /* the average effect */
    kith_linear linear[2];  /* s: one, of [x, t, t·x] · t: control, treated · x: effects from controls, from treated · dr: one */
    kith_linear untreated;  /* x, dr, trees: the outcome without treatment */
    kith_forest forest[2];  /* the same on trees; s has the treatment as a last feature; trees: the forest */
    kith_forest untreated_forest;
} kith_uplift;

/* Fits on `n` of the frame's rows (NULL: all); y and treated are per row of the frame. KITH_DATA: a treatment without
 * controls (or none treated), an outcome with one class in an arm, propensities outside (0, 1). */
int kith_uplift_fit(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const uint8_t *treated,
                    const kith_uplift_options *options, kith_arena *arena, kith_uplift *model, kith_error *err);

/* The effect of treatment on each row, and (if not NULL) the outcome expected without it. */
int kith_uplift_predict(const kith_uplift *model, const kith_frame *frame, const size_t *rows, size_t n, double *effect,
                        double *without, kith_error *err);

/* The forest of honest uplift trees alone: structure from one half of each tree's subsample, effects from the other. */
int kith_uplift_forest(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n,
                       const double *y, const uint8_t *treated, const double *weight, int trees, int min_arm,
                       uint64_t seed, int threads, kith_arena *arena, kith_forest *forest, kith_error *err);

/* P(treated) of every row by a logistic model of `n` of the frame's rows, clipped to [.01, .99], into `propensity`; and how well it
 * ranks (an AUC near .5 where treatment was random). */
int kith_propensity_fit(const kith_frame *frame, const size_t *rows, size_t n, const uint8_t *treated, double *propensity, double *auc,
                        kith_error *err);

/* persuadable, sure, lost, do-not-disturb: by the effect against ±margin, and the outcome without treatment against the
 * average without treatment. */
const char *kith_uplift_group(double effect, double without, double margin, double control);

/* ---- choosing a learner ------------------------------------------------------------------------------------- */

typedef struct kith_uplift_candidate {
    kith_learner learner;
    bool on_trees;
    double qini;       /* mean over the folds */
    double se;         /* of the difference to the first candidate's, paired by fold; for the first: of its own mean */
} kith_uplift_candidate;

/* Cross-validates candidates in `folds` folds of the rows (by a hash of seed and place) and returns the index of the one
 * to take: the best, if it is better than the first (the linear S-learner) by more than one paired standard error; else
 * the first. */
int kith_uplift_choose(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const uint8_t *treated,
                       const kith_uplift_options *options, size_t folds, kith_uplift_candidate *candidates,
                       size_t n_candidates, size_t *best, kith_error *err);

#endif
