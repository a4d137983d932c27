/* lib/predict/value_terms.h: what the fit and the predictions of value models share. Private to lib/predict. */
#ifndef KITH_LIB_PREDICT_VALUE_TERMS_H
#define KITH_LIB_PREDICT_VALUE_TERMS_H

#include <kith/value.h>

/* A term of ln Σ e^t: its value, first derivatives and second ones (upper triangle) in the parameters. */
typedef struct value_term {
    double value, d[KITH_VALUE_MOST], dd[KITH_VALUE_MOST][KITH_VALUE_MOST];
} value_term;

/* The terms of one history that depend on being alive at T (u) or having left before (v; value −infinity: cannot have),
 * without what they share. For BG/NBD, MBG/NBD, Pareto/NBD, NBD. */
void kith_value_terms(kith_value_method method, const double *p, double x, double tx, double T, bool derivatives,
                      value_term *u, value_term *v);

/* ln L of one BG/BB history and its gradient (may be NULL), and ln of its part that is alive at n with gradient. */
void kith_value_bgbb(const double *p, double x, double tx, double n, double *loglik, double *gradient, double *alive,
                     double *alive_gradient);

#endif
