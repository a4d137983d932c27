/* How good clusters are, against a truth: pairwise and B-cubed, from the sizes of cells of the two partitions. */
#include "inside.h"

#include <math.h>
#include <stdlib.h>

typedef struct cell {
    uint32_t found, truth;
} cell;

static int by_found(const void *a, const void *b) {
    const cell *x = a, *y = b;
    return x->found != y->found ? (x->found < y->found ? -1 : 1) : x->truth < y->truth ? -1 : x->truth > y->truth;
}

static int by_truth(const void *a, const void *b) {
    const cell *x = a, *y = b;
    return x->truth != y->truth ? (x->truth < y->truth ? -1 : 1) : x->found < y->found ? -1 : x->found > y->found;
}

static void finish(double p[3]) {
    p[2] = p[0] + p[1] > 0 ? 2 * p[0] * p[1] / (p[0] + p[1]) : isnan(p[0]) || isnan(p[1]) ? NAN : 0;
}

/* Runs over groups of one side: pairs within, common pairs, and the sum over rows of the cell's share of its group. */
static void run(const cell *c, size_t rows, bool found, double *pairs, double *common, double *cubed) {
    *pairs = *common = *cubed = 0;
    for (size_t i = 0; i < rows;) {
        size_t j = i;
        double squares = 0;
        while (j < rows && (found ? c[j].found == c[i].found : c[j].truth == c[i].truth)) {
            size_t k = j;
            while (k < rows && c[k].found == c[j].found && c[k].truth == c[j].truth) k++;
            double n = (double)(k - j);
            squares += n * n;
            *common += n * (n - 1) / 2;
            j = k;
        }
        double n = (double)(j - i);
        *pairs += n * (n - 1) / 2;
        *cubed += squares / n;
        i = j;
    }
}

int kith_link_evaluate(const uint32_t *found, const uint32_t *truth, size_t rows, kith_link_scores *s,
                       kith_error *err) {
    cell *c = malloc(sizeof *c * (rows + 1));
    if (c == NULL) return kith_no_memory(err);
    double precise, recalled;
    for (size_t i = 0; i < rows; i++) c[i] = (cell){found[i], truth[i]};
    qsort(c, rows, sizeof *c, by_found);
    run(c, rows, true, &s->found_pairs, &s->common_pairs, &precise);
    qsort(c, rows, sizeof *c, by_truth);
    run(c, rows, false, &s->truth_pairs, &s->common_pairs, &recalled);
    free(c);
    s->pairwise[0] = s->found_pairs > 0 ? s->common_pairs / s->found_pairs : NAN;
    s->pairwise[1] = s->truth_pairs > 0 ? s->common_pairs / s->truth_pairs : NAN;
    s->bcubed[0] = rows ? precise / (double)rows : NAN;
    s->bcubed[1] = rows ? recalled / (double)rows : NAN;
    finish(s->pairwise);
    finish(s->bcubed);
    return KITH_OK;
}
