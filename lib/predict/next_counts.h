/* lib/predict/next_counts.h: contexts and their counts, shared by the fold and the scorer. Private to lib/predict. */
#ifndef KITH_LIB_PREDICT_NEXT_COUNTS_H
#define KITH_LIB_PREDICT_NEXT_COUNTS_H

#include <kith/hashtable.h>

enum { NEXT_ORDER_MOST = 5, NEXT_ACTIONS_MOST = 10000 };

typedef struct next_outcome {
    uint32_t context, outcome; /* outcome 0: none; else action + 1 */
    double count;
} next_outcome;

/* Contexts are keyed by their actions as 32-bit numbers, the oldest first; outcomes of context c are
 * outcomes[first[c] … first[c + 1]) once sealed. */
typedef struct next_counts {
    kith_hashtable contexts;
    next_outcome *outcomes;
    size_t n, room;
    size_t *first;
    double *total;
} next_counts;

int kith_next_counts_init(next_counts *c, kith_error *err);
void kith_next_counts_free(next_counts *c);
int kith_next_counts_add(next_counts *c, const uint32_t *actions, size_t length, uint32_t outcome, double count,
                         kith_error *err);
int kith_next_counts_seal(next_counts *c, kith_error *err); /* sorts, adds up, indexes */
/* Probabilities of the outcomes 0 … actions after a path's last `length` actions, by contexts of at most `order`. */
void kith_next_predict(const next_counts *c, const uint32_t *path, size_t length, size_t order, size_t actions,
                       double *p);

#endif
