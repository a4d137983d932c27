/* kith/lookalike.h: people most like a seed audience: the calibrated propensity of belonging to it, each by a model that did not see them. */
#ifndef KITH_LOOKALIKE_H
#define KITH_LOOKALIKE_H

#include <kith/lead.h>

typedef struct kith_likeness {
    double *p;      /* per row of the frame: the propensity, of five models the one that was fitted without the row */
    double auc;     /* of p against membership */
    struct {
        double share, lift, low, high; /* among the best `share` of all rows, members over their share overall; 95 % interval (Wilson) */
        size_t people, members;
    } at[4]; /* 1 %, 5 %, 10 %, 20 % */
} kith_likeness;

/* `member` per row, 0 or 1. KITH_DATA where all or none, or fewer than ten, are members. In `arena`. */
int kith_lookalike(const kith_frame *frame, const double *member, const kith_lead_options *options, kith_arena *arena, kith_likeness *likeness,
                   kith_error *err);

#endif
