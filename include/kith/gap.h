/* kith/gap.h: what was promised against how people speak of it: rates of a class of mentions, put right for the classifier's errors.
 *
 * A cell is a promise in a period and segment. Each of its mentions was put into a class (negative, neutral, positive) by some
 * classifier; some mentions carry a hand label. Counting classes is biased (Forman 2008). Here every class gets the rate of the
 * wanted label found among labelled mentions of that class, and each cell an error of its own on top, whose spread between cells is
 * estimated: from the cells' labels and from reference cells of other brands. With fewer than ten labels of its own a brand is one
 * draw more from the spread between brands, known only from the few that the reference has: Student's t with their number. The estimate with labels is prediction-powered
 * inference (Angelopoulos et al. 2023) with the rectifier shrunk between cells (Fay & Herriot 1979). */
#ifndef KITH_GAP_H
#define KITH_GAP_H

#include <kith/base.h>

enum { KITH_GAP_CLASSES = 3 }; /* negative, neutral, positive */

typedef struct kith_gap_cell {
    double mentions[KITH_GAP_CLASSES]; /* by predicted class */
    double labelled[KITH_GAP_CLASSES]; /* of them with a label */
    double wanted[KITH_GAP_CLASSES];   /* of the labelled: with the wanted label */
    bool reference;                    /* another brand's: informs, is not reported */
    size_t brand;                      /* of a reference: which, from 0 */
    double rate, low, high;            /* filled: the wanted label's rate among these mentions */
} kith_gap_cell;

/* What to believe without any label: each class's rate, and the standard deviation between cells of a cell's own error. */
typedef struct kith_gap_belief {
    double rate[KITH_GAP_CLASSES], spread;
} kith_gap_belief;

/* Of the word list's classes (kith/lexicon.h), for the label positive (negative = false) or negative. */
kith_gap_belief kith_gap_lexicon_belief(bool negative);
/* Of any other classifier of the same labels: classes taken at their word for 60 %. */
kith_gap_belief kith_gap_default_belief(bool negative);

/* Fills rate, low, high of the cells that are no reference; NaN where there is no mention. The target is the rate among the cell's
 * mentions themselves (a finite population: with all labelled the interval is a point). */
int kith_gap_rates(kith_gap_cell *cells, size_t n, const kith_gap_belief *belief, double level, kith_error *err);

#endif
