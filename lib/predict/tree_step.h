/* Inside lib/predict: boosted trees that grow pass by pass over shards, to the same forest as in memory. */
#ifndef KITH_PREDICT_TREE_STEP_H
#define KITH_PREDICT_TREE_STEP_H

#include "trees.h"

#include <kith/fold.h>

typedef struct open_node { /* a node of the tree that grows: a leaf, or one that may become a division */
    leaf l;                /* rows in from = 0 … to; best; bounds; value */
    bool known;            /* its rows were counted; until then it is asked for */
    int32_t child[2];      /* −1: not asked for yet */
} open_node;

typedef struct tree_growth {
    kith_tree_options o; /* all set */
    const bins *cuts;
    kith_arena *arena;
    growing w;           /* the finished trees' nodes; released by tree_growth_free */
    int32_t *root;
    size_t n_trees;
    double base, unit_g, unit_h;
    bool scaled, done;   /* scaled: the units of this tree are known */
    open_node *open;
    size_t n_open, room;
    /* of this pass: the largest, or per open node that is asked for its histogram (total bins, then the sums of all) and rows */
    double most_g, most_h;
    sums *hist;
    uint64_t *rows;
} tree_growth;

int tree_growth_new(kith_arena *arena, const kith_tree_options *o, const bins *cuts, tree_growth **growth, kith_error *err);
void tree_growth_free(tree_growth *t);
/* What was grown so far as a forest that shares its memory. */
kith_forest tree_growth_forest(const tree_growth *t);
/* Room for a pass over rows. */
int tree_growth_begin(tree_growth *t, kith_error *err);
/* Rows of a batch: their bins, their scores by the forest so far, y and weights (NULL: 1). */
void tree_growth_rows(tree_growth *t, const bins *b, const double *score, const double *y, const double *weight);
void tree_growth_merge(tree_growth *into, const tree_growth *from);
/* After the pass over all rows: the next. */
int tree_growth_step(tree_growth *t, kith_error *err);

void tree_growth_save(const tree_growth *t, kith_row_writer *w); /* of a pass, records */
bool tree_growth_load(tree_growth *t, const kith_str *f, size_t n);
int tree_growth_put(const tree_growth *t, const char *part, const kith_encoding *e, kith_model *m, kith_error *err); /* between passes */
int tree_growth_get(tree_growth *t, const char *part, const kith_encoding *e, const kith_model *m, kith_error *err);

#endif
