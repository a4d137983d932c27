/* Inside lib/predict: a frame's training rows as bytes, at most 255 bins a feature, for learners by histograms. */
#ifndef KITH_PREDICT_BINS_H
#define KITH_PREDICT_BINS_H

#include <kith/lead.h>

enum { BINS_MOST = 254 };

typedef struct bin_feature {
    int32_t feature;  /* of the frame */
    bool is_level;
    int values;       /* bins of values: numbers in ascending order, levels as in the encoding */
    int other;        /* the bin of levels that the encoding does not know; −1: none */
    int missing;      /* −1: none */
    int bins;         /* all of them */
    double *upper;    /* numbers: values−1 thresholds; bin k holds what is ≤ upper[k] and not in one before */
    size_t first;     /* of its bins among all features' */
} bin_feature;

typedef struct bins {
    size_t rows, n, total;
    bin_feature *features;
    uint8_t *bin; /* rows × n */
} bins;

/* Features that are constant on these rows have no bins. */
int bins_make(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, kith_arena *arena,
              bins *out, kith_error *err);

/* Which way a value goes at a node. */
static inline bool node_left(const kith_forest *forest, const kith_tree_node *node, const kith_feature *f,
                             const int32_t *map, size_t row) {
    if (map) {
        int32_t l = f->level[row];
        if (l >= 0) l = map[l];
        if (l == -1) return node->missing_left;
        if (l < 0) return node->unseen_left;
        return (uint32_t)l / 32 < node->set_n && (forest->sets[node->set + (uint32_t)l / 32] >> ((uint32_t)l % 32) & 1);
    }
    double v = f->number[row];
    return v != v ? node->missing_left : v <= node->threshold;
}

#endif
