/* kith/curve.h: how good a score is, as curves: ROC, precision and recall, gain, lift, calibration, Qini; with bands. */
#ifndef KITH_CURVE_H
#define KITH_CURVE_H

#include <kith/fold.h>

typedef enum kith_curve_kind {
    KITH_CURVE_ROC,         /* x false positive rate, y true positive rate */
    KITH_CURVE_PR,          /* x recall, y precision */
    KITH_CURVE_GAIN,        /* x share of people taken by score, y share of all positives among them */
    KITH_CURVE_LIFT,        /* the same x, y rate among them over the rate of all */
    KITH_CURVE_CALIBRATION, /* bins of equal counts: x mean score, y rate */
    KITH_CURVE_QINI,        /* x share taken, y (Yt − Yc·Nt/Nc) over all people: outcomes gained (Radcliffe 2007) */
} kith_curve_kind;

/* People with one score: [treated][outcome]; untreated where there is no treatment. */
typedef struct kith_scored {
    double score, count[2][2];
} kith_scored;

typedef struct kith_curve_point {
    double x, y, low, high;
} kith_curve_point;

/* A curve from distinct scores in descending order, thinned to about `points` points evenly spaced in people (ends kept; never cut
 * inside a tie). Bands: Wilson's interval of the share at each point; Qini: normal, of the two arms' counts. `out` has room for
 * points + 2; *n_out is what was written (0: a class or an arm is not there). */
void kith_curve(kith_curve_kind kind, const kith_scored *scored, size_t n, size_t points, double level, kith_curve_point *out, size_t *n_out);

/* report.curve: parameters score, outcome, treatment (or empty), kinds (separated by commas), points, level. */
extern const kith_fold kith_curve_fold;

#endif
