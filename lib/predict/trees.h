/* Inside lib/predict: how boosted trees grow, for those that grow in memory (trees.c) and those that grow pass by pass (tree_step.c). */
#ifndef KITH_PREDICT_TREES_H
#define KITH_PREDICT_TREES_H

#include "bins.h"

typedef struct sums {
    int64_t g, h;
} sums;

typedef struct split {
    double gain; /* ≤ 0: none */
    size_t k;    /* feature of the bins */
    bool left[256]; /* by bin */
    int cut;     /* numbers: the last value bin that goes left; −1 for levels */
    bool missing_left;
    sums low;    /* of the left child */
    double low_value, high_value;
} split;

typedef struct leaf {
    size_t from, to; /* in order[] */
    int32_t node;
    sums all;
    double lowest, highest; /* bounds of its value, by monotone constraints above */
    double value;
    sums *hist;
    split best;
} leaf;

typedef struct grower {
    const kith_tree_options *o;
    bins b;
    size_t n;
    uint32_t *order, *spare;
    int64_t *packed;      /* per row */
    double *score, *g, *h;
    double unit_g, unit_h; /* of the rounding */
    int64_t *scratch;     /* workers × total: packed sums of a block */
    sums *partial;        /* workers × total */
    leaf *leaves;
    sums *pool;           /* leaves × total */
    size_t n_leaves;
    int threads;
    const leaf *building;
    const kith_tree_node *nodes;
} grower;

typedef struct growing { /* the forest while it grows */
    kith_tree_node *nodes;
    size_t n, room;
    uint32_t *sets;
    size_t n_sets, sets_room;
} growing;

/* The best division of a leaf by its histogram, sums, number of rows and bounds; gain 0 where none is worth taking. */
void tree_find_split(const grower *t, leaf *l);
/* A node without children; −1: out of memory. */
int32_t tree_node(growing *w, double cover);
/* The leaf's node becomes a division of `low` and `high` rows by the leaf's best split; its children are new nodes. */
int tree_divide(const grower *t, growing *w, const leaf *l, size_t low, size_t high, kith_error *err);
/* What stands in for a tree's inner nodes: the mean of the leaves below. `root` is the tree's; it is the last. */
void tree_means(growing *w, int32_t root);
/* A row's gradient and hessian at a score. */
void tree_gradient(bool squared, double score, double y, double weight, double *g, double *h);
/* The rounding's units from the largest, and a row's rounded gradient and hessian. */
void tree_units(double most_g, double most_h, double *unit_g, double *unit_h);
void tree_round(double g, double h, double unit_g, double unit_h, int64_t *gi, int64_t *hi);

#endif
