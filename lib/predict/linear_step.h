/* Inside lib/predict: Newton's method one evaluation at a time, so that a fit may stop between any two of them: in a model file, while
 * the next pass runs over the shards. */
#ifndef KITH_PREDICT_LINEAR_STEP_H
#define KITH_PREDICT_LINEAR_STEP_H

#include <kith/lead.h>

typedef struct linear_rules {
    double l1;        /* the absolute penalty */
    double tolerance; /* of the optimality conditions, times `scale`, the weight of the data */
    double scale;
} linear_rules;

typedef struct linear_search { /* wanted next: the smooth part at theta + length·step (at theta until started) */
    size_t m;
    double *theta, *step; /* m each */
    double length, slope, value, violation;
    int iterations, halvings;
    bool started, ended, converged;
} linear_search;

/* Takes the smooth part's value, gradient and Hessian (m × m, spoilt) where it was wanted; `work` holds 4·m. */
int linear_advance(linear_search *s, const linear_rules *rules, double smooth, const double *gradient, double *hessian, double *work, kith_error *err);

/* The loss, its gradient and its Hessian (upper triangle) at theta over these rows, without penalty. Sets, does not add. */
int linear_add(const kith_design *x, const double *y, const double *weight, bool squared, const double *theta, double *loss,
               double *gradient, double *hessian);

/* Solves H s = −g (spoils H); false where H is not positive definite. */
bool linear_solve(double *hessian, size_t m, const double *gradient, double *step);

#endif
