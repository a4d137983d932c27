/* kith/lead.h: who will act: frames of typed columns, their encoding, logistic models and boosted trees, with reasons.
 *
 * A frame holds people as typed columns. An encoding, learned on some of its rows, turns it into a design: z-scored
 * numbers and one-hot levels, the one kept dense, the other as indices. Models are fitted on designs (logistic, ridge)
 * or on the frame itself (trees, which take levels and missing values as they are). Everything here is arrays in,
 * results out; files are the verbs' business. Whatever is returned lives in the arena that was given.
 *
 * Determinism: sums run over chunks cut by the row number alone and merged in order, or over integers; so results are
 * the same bytes for any number of threads. */
#ifndef KITH_LEAD_H
#define KITH_LEAD_H

#include <kith/base.h>

/* ---- frames ------------------------------------------------------------------------------------------------- */

typedef struct kith_feature {
    const char *name;
    bool is_level;             /* a category; else a number */
    bool is_time;              /* a number that was read from dates: days since 1970-01-01 */
    double *number;            /* numbers: one a row, NaN where missing */
    int32_t *level;            /* levels: index into `levels`, −1 where missing, −2 where of no level known here */
    const char *const *levels; /* in byte order */
    size_t n_levels;
} kith_feature;

typedef struct kith_frame {
    size_t rows, n; /* people; features */
    kith_feature *features;
} kith_frame;

/* ---- encoding ----------------------------------------------------------------------------------------------- */

enum { KITH_LEVELS_MOST = 250 }; /* of a category with more levels the most frequent are kept; the others count as unseen */

typedef struct kith_coded { /* how one feature is encoded */
    const char *name;
    bool is_level, is_time;
    bool left_out;             /* constant on the training rows: it takes no part */
    bool has_missing;          /* missing values were seen: they have a column of their own */
    double mean, sd;           /* numbers: over the training values, sd with divisor n */
    const char *const *levels; /* levels: those seen in training, in byte order */
    size_t n_levels;
    double *share;             /* levels: of the training rows */
    double missing_share;
    size_t first;              /* its first column: numbers one; levels one each */
    size_t missing;            /* the column that is 1 where the value is missing, if has_missing */
} kith_coded;

typedef struct kith_encoding {
    size_t n;       /* features */
    size_t numbers; /* dense columns, which come first */
    size_t factors; /* one-hot groups */
    size_t width;   /* all columns */
    kith_coded *coded;
} kith_encoding;

/* Encoded rows: `numbers` dense columns, then one-hot groups kept as the index of the column that is 1 (−1: none). */
typedef struct kith_design {
    size_t rows, width, numbers, factors;
    double *number; /* rows × numbers */
    int32_t *level; /* rows × factors; ascending within a row */
} kith_design;

/* Learns the encoding on `n` of the frame's rows (rows NULL: all). Numbers are z-scored with the training rows' mean and
 * standard deviation (divisor n), a missing number counts as the mean and sets its own column; every level is one-hot;
 * a missing level is a level; an unseen level sets nothing. Names are shared with the frame. */
int kith_encoding_fit(const kith_frame *frame, const size_t *rows, size_t n, kith_arena *arena, kith_encoding *encoding,
                      kith_error *err);

/* Encodes `n` rows of a frame whose features are those of the encoding, in its order (levels are matched by text). */
int kith_encode(const kith_encoding *encoding, const kith_frame *frame, const size_t *rows, size_t n, kith_arena *arena,
                kith_design *design, kith_error *err);

/* The name of an encoded column, such as job=admin. or age, into `text` (at most `room` bytes, terminated). */
void kith_encoded_name(const kith_encoding *encoding, size_t column, char *text, size_t room);

/* The design with every column once more, multiplied by `by` (one value a row, 0 or 1), and `by` itself as a number:
 * [x, by, by·x]. For learners with interactions. */
int kith_design_interact(const kith_design *x, const double *by, kith_arena *arena, kith_design *out, kith_error *err);

/* ---- logistic and ridge ------------------------------------------------------------------------------------- */

typedef struct kith_linear_options {
    double c;         /* weight of the data against the penalty (default 1 where 0) */
    double l1_ratio;  /* 0: ½|w|²; r: r·|w|₁ + (1−r)/2·|w|² */
    int threads;      /* default 1 where 0 */
    bool posterior;   /* keep the precision at the optimum */
    double tolerance; /* of the optimality conditions, relative to the weight of the data; 0: 1e-11 */
    const double *start; /* NULL, or width + 1 values (intercept last) to start from: a neighbour on the path */
    const double *prior_mean;      /* NULL, or width + 1 values (intercept last): with `prior_precision`, a Gaussian */
    const double *prior_precision; /* prior in place of the penalty; (width+1)² values */
} kith_linear_options;

typedef struct kith_linear {
    size_t width;
    double *weight; /* width */
    double intercept;
    double objective; /* penalty + c·Σ weight·loss; for ridge the loss is ½ residual² */
    int iterations;
    bool converged;
    double *precision; /* (width+1)², intercept last, if asked for; else NULL */
} kith_linear;

/* The exact optimum of penalty(w) + c·Σ wᵢ·log loss, the intercept unpenalised: Newton with Cholesky (conjugate
 * gradients past 1,500 columns) for l1_ratio 0; otherwise proximal Newton with coordinate descent on the Hessian
 * (Lee, Sun & Saunders 2014), both with a line search, until the optimality conditions hold to 1e-9 of the gradient's
 * scale. y is in [0, 1]; weight may be NULL. KITH_DATA where y is all 0 or all 1 or the columns are too many. */
int kith_logistic_fit(const kith_design *x, const double *y, const double *weight, const kith_linear_options *options,
                      kith_arena *arena, kith_linear *fit, kith_error *err);

/* Ridge: the exact minimum of ½|w|² + c/2·Σ wᵢ(y − b − x'w)², by one Cholesky factorisation. */
int kith_ridge_fit(const kith_design *x, const double *y, const double *weight, const kith_linear_options *options,
                   kith_arena *arena, kith_linear *fit, kith_error *err);

/* x'w + b per row into `out`. */
void kith_linear_predict(const kith_linear *fit, const kith_design *x, double *out);

double kith_logistic(double eta);                /* 1 ÷ (1 + e^−eta) without overflow */
double kith_log_loss(double eta, double outcome); /* −y·log p − (1−y)·log(1−p) at p = logistic(eta), without overflow */

/* ---- boosted trees ------------------------------------------------------------------------------------------ */

typedef struct kith_cuts kith_cuts; /* where numbers are cut into bins, and which levels have one */

/* The cuts that suit `n` of the frame's rows (NULL: all), for several forests on parts of them. In `arena`. */
int kith_cuts_fit(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, kith_arena *arena,
                  const kith_cuts **cuts, kith_error *err);

typedef struct kith_tree_options { /* 0 (λ: below 0) stands for the default */
    int trees;     /* 200 */
    double rate;   /* .05 */
    int leaves;    /* 15 below 100,000 rows, else 31 */
    int min_leaf;  /* rows in a leaf at least: 20 */
    double lambda; /* penalty on leaf values: 5 */
    bool squared;  /* squared loss; else log loss of y in {0, 1} */
    const int8_t *monotone; /* NULL, or per feature −1, 0, +1 */
    const kith_cuts *cuts;  /* NULL: those that suit the rows of the fit */
    int threads;
} kith_tree_options;

typedef struct kith_tree_node {
    int32_t feature;    /* −1: a leaf */
    int32_t left, right; /* nodes of the forest */
    bool missing_left;  /* where a missing value goes */
    bool unseen_left;   /* where an unseen level goes: with the more people */
    double threshold;   /* numbers: left if value ≤ threshold */
    uint32_t set, set_n; /* levels: the bits of those of the encoding that go left, set_n words at forest.sets */
    double value;       /* the mean of the leaves below, weighted as in training; a leaf's own value */
    double cover;       /* training rows */
} kith_tree_node;

typedef struct kith_forest {
    double base; /* where every score starts */
    size_t n_trees, n_nodes, n_sets;
    int32_t *root; /* n_trees */
    kith_tree_node *nodes;
    uint32_t *sets;
} kith_forest;

/* Gradient boosting by histograms (Friedman 2001; Ke et al. 2017): at most 255 bins a feature, best leaf first; missing
 * values go where they help; a category's levels are ordered by gradient over hessian (Fisher 1958). Gradients are
 * rounded to 15 bits before each pass, so that histograms are sums of integers: the same trees for any threads.
 * `encoding` gives names and levels. weight may be NULL. KITH_DATA for one class only. */
int kith_trees_fit(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, const double *y,
                   const double *weight, const kith_tree_options *options, kith_arena *arena, kith_forest *forest,
                   kith_error *err);

/* The raw score of each row into `out`. `map` turns a feature's level into the encoding's (kith_level_map). */
void kith_trees_predict(const kith_forest *forest, const kith_frame *frame, int32_t *const *map, const size_t *rows,
                        size_t n, double *out);

/* Adds each feature's part of one row's raw score to `parts` (one per feature): along each tree's path, the change of
 * the mean from node to child belongs to the feature that was asked. The parts and the trees' root means add up to the
 * score. Returns that constant. */
double kith_trees_reasons(const kith_forest *forest, const kith_frame *frame, int32_t *const *map, size_t row,
                          double *parts);

/* Per feature of the encoding: frame level → encoding level (−2 unseen); NULL for numbers. */
int kith_level_map(const kith_encoding *encoding, const kith_frame *frame, kith_arena *arena, int32_t ***map,
                   kith_error *err);

/* ---- calibration -------------------------------------------------------------------------------------------- */

typedef struct kith_calibration { /* from a raw score (log-odds) to a probability */
    enum { KITH_CALIBRATION_NONE, KITH_CALIBRATION_PLATT, KITH_CALIBRATION_ISOTONIC } method;
    double slope, intercept; /* Platt: logistic(intercept + slope·score) */
    size_t n;                /* isotonic: knots, linear between, constant outside */
    double *x, *y;
} kith_calibration;

/* Platt 1999 with his targets (n₊+1)/(n₊+2) and 1/(n₋+2); isotonic by pool-adjacent-violators, ties pooled first.
 * y in {0, 1}; weight may be NULL. */
int kith_calibration_fit(int method, const double *score, const double *y, const double *weight, size_t n,
                         kith_arena *arena, kith_calibration *calibration, kith_error *err);
double kith_calibrate(const kith_calibration *calibration, double score);

/* ---- cross-validation --------------------------------------------------------------------------------------- */

/* Folds: of[i] is row i's test fold, 0 … n−1, or −1 for a row that is only ever trained on. */
typedef struct kith_folds {
    size_t n;
    int32_t *of;
} kith_folds;

int kith_folds_mod(size_t rows, size_t k, kith_arena *arena, kith_folds *folds, kith_error *err);
/* By an integer column's value mod k; KITH_DATA where a value is no integer. */
int kith_folds_mod_of(const double *value, size_t rows, size_t k, kith_arena *arena, kith_folds *folds, kith_error *err);
/* Rows of one group stay together: group keys hashed with the seed into k folds. */
int kith_folds_group(const uint64_t *key, size_t rows, size_t k, uint64_t seed, kith_arena *arena, kith_folds *folds,
                     kith_error *err);
/* One fold: in order of time (ties by row), the first floor(.8 n) of the rows with a time are trained on, the rest tested;
 * rows without one are only ever trained on. */
int kith_folds_time(const double *time, size_t rows, kith_arena *arena, kith_folds *folds, kith_error *err);
/* The rows of a fold: `test` where in_test, else its training rows; ascending. */
int kith_fold_rows(const kith_folds *folds, size_t rows, size_t fold, bool in_test, kith_arena *arena, size_t **out,
                   size_t *n, kith_error *err);

/* ---- lead models -------------------------------------------------------------------------------------------- */

typedef struct kith_lead { /* a fitted model of one yes/no outcome */
    bool on_trees;
    kith_encoding encoding;
    kith_linear linear;
    kith_forest forest;
    kith_calibration calibration; /* of the raw score, in log-odds */
    double rate;                  /* of the outcome among the training rows */
} kith_lead;

typedef struct kith_lead_options {
    bool on_trees;
    kith_linear_options linear;
    kith_tree_options trees;
    int calibration;     /* KITH_CALIBRATION_…, on scores of five inner folds that did not see the row */
    double class_weight; /* of the positive rows: 0 for 1, below 0 for balanced */
    const uint64_t *key; /* per row of the frame: inner folds go by it and the seed; NULL: by the row's number */
    uint64_t seed;
    int threads;
} kith_lead_options;

/* The fold, 0 to folds − 1, of the row with this number and these keys (NULL: none). */
size_t kith_inner_fold(const uint64_t *key, size_t row, uint64_t seed, size_t folds);
/* Fits on `n` of the frame's rows (NULL: all); y is per row of the frame, in {0, 1}. */
int kith_lead_fit(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const kith_lead_options *options,
                  kith_arena *arena, kith_lead *lead, kith_error *err);
/* The path: fits at every C of `c` (ascending, n_c of them), each from its neighbour's optimum, on five inner folds; the
 * mean held-out log loss of each into `loss`, the index of the least into *best. Linear models only. */
int kith_lead_path(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const kith_lead_options *options,
                   const double *c, size_t n_c, double *loss, size_t *best, kith_error *err);
/* The raw scores, if not NULL, and the calibrated probabilities of `n` rows. */
int kith_lead_predict(const kith_lead *lead, const kith_frame *frame, const size_t *rows, size_t n, double *raw,
                      double *p, kith_error *err);
/* Each feature's part of the row's raw score, against an average person: parts[features], which with the returned
 * constant add up to the raw score. `map` as kith_level_map gives it. */
double kith_lead_reasons(const kith_lead *lead, const kith_frame *frame, int32_t *const *map, size_t row, double *parts);
/* The most important parts as text, such as "job=student +0.41; age -0.2", into `out`. */
void kith_reasons_text(const kith_encoding *encoding, const kith_frame *frame, size_t row, const double *parts,
                       size_t most, kith_buf *out);

/* ---- leakage ------------------------------------------------------------------------------------------------ */

/* How well one feature alone ranks the outcome: the AUC (≥ .5) of its value, a level standing for the outcome's rate in
 * the other half of the rows; missing is a value of its own. */
int kith_feature_auc(const kith_feature *feature, const double *y, size_t rows, kith_arena *arena, double *auc,
                     kith_error *err);

#endif
