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

typedef struct kith_cuts {
    size_t rows, n, total;
    bin_feature *features;
    uint8_t *bin; /* rows × n; NULL until filled */
} bins;

/* Features that are constant on these rows have no bins. */
int bins_make(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, kith_arena *arena,
              bins *out, kith_error *err);

/* Its two halves: which bins there are, learned on these rows; and which bin each of these rows is in. */
int bins_cut(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, kith_arena *arena,
             bins *out, kith_error *err);
int bins_fill(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, kith_arena *arena,
              bins *out, kith_error *err);

/* How often each value comes, in room for `VALUES_MOST` of them: past that the last bits of all are dropped, one after the other, as
 * many as must be; so what is held depends on the values alone, not on their order or on how parts were added up. */
enum { VALUES_MOST = 200000 };
typedef struct value_counts {
    double *value;
    uint64_t *count; /* 0: an empty place */
    size_t n, slots;
    int dropped; /* bits */
} value_counts;
bool value_counts_add(value_counts *c, double value, uint64_t times); /* false: out of memory */
bool value_counts_merge(value_counts *into, const value_counts *from);
/* In ascending order, in `arena` (n of them); false: out of memory. */
bool value_counts_sorted(const value_counts *c, kith_arena *arena, double **value, uint64_t **count);
void value_counts_free(value_counts *c);
/* At most BINS_MOST − 1 thresholds from counted values into `upper`; how many. */
int bins_thresholds(const double *value, const uint64_t *count, size_t n, double *upper);

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
