/* kith/value.h: what each customer will buy and is worth: buy-till-you-die models and spend.
 *
 *   events ──► (x, t_x, T, m) a person ──► distinct triples with counts ──► likelihood ──► parameters, standard errors
 *                                     └──► P(alive), expected purchases, lifetime value, tracking, holdout
 *
 * x repeat purchases, the last at t_x, watched until T after the first purchase; m the mean of the repeat purchases'
 * amounts. The state of a fit is the multiset of triples: sums go over them in sorted order, so that the same people in
 * any order, shards or threads give the same bytes.
 *
 * Sources: Schmittlein, Morrison & Colombo 1987 (Pareto/NBD); Fader, Hardie & Lee 2005 (BG/NBD; Gamma-Gamma);
 * Batislam, Denizel & Filiztekin 2007 and Wagner & Hoppe 2008 (MBG/NBD); Ehrenberg 1959 (NBD); Fader, Hardie & Shang
 * 2010 (BG/BB). Log-likelihoods leave out the term T^x/x!, as those papers' tables do. */
#ifndef KITH_VALUE_H
#define KITH_VALUE_H

#include <kith/base.h>

typedef enum kith_value_method {
    KITH_VALUE_BGNBD,  /* r alpha a b */
    KITH_VALUE_MBGNBD, /* r alpha a b */
    KITH_VALUE_PARETO, /* r alpha s beta */
    KITH_VALUE_NBD,    /* r alpha */
    KITH_VALUE_BGBB,   /* alpha beta gamma delta; T counts opportunities, t_x the last one used */
    KITH_VALUE_GAMMA,  /* p q gamma: spend (Gamma-Gamma) */
    KITH_VALUE_METHODS,
} kith_value_method;

enum { KITH_VALUE_MOST = 4 }; /* parameters of the largest method */

/* The method's name (bgnbd mbgnbd paretonbd nbd bgbb gammagamma), its number of parameters and their names. */
const char *kith_value_name(kith_value_method method);
bool kith_value_find(const char *name, kith_value_method *method);
size_t kith_value_size(kith_value_method method);
const char *kith_value_parameter(kith_value_method method, size_t i);

/* ---- the data: a multiset ------------------------------------------------------------------------------------- */

/* One kind of customer and how many there are (weight; a count, though any positive number will do). For Gamma-Gamma tx
 * holds m, T is 0. */
typedef struct kith_triple {
    double x, tx, T, weight;
} kith_triple;

/* Sorts by (x, tx, T) and adds up equal ones, in place; returns how many are left. Weights of counts stay exact. */
size_t kith_triples_gather(kith_triple *t, size_t n);

/* What is wrong with a triple for this method ("x is negative", "the last purchase lies after the end" …), or NULL. */
const char *kith_triple_fault(kith_value_method method, const kith_triple *t);

/* ---- fits ------------------------------------------------------------------------------------------------------- */

typedef struct kith_value_fit {
    kith_value_method method;
    double p[KITH_VALUE_MOST];                            /* parameters in the order of kith_value_parameter */
    double se[KITH_VALUE_MOST];                           /* standard errors; nan where the Hessian is not definite */
    double covariance[KITH_VALUE_MOST * KITH_VALUE_MOST]; /* of ln p; rows of kith_value_size(method) */
    double loglik;
    double customers; /* Σ weight */
    size_t triples;
    int iterations;
    bool converged;
    int bound; /* the first parameter that ran off to 0 or infinity, or −1 */
} kith_value_fit;

/* Maximum likelihood over gathered, faultless triples (for Gamma-Gamma: x > 0 and m > 0 only). Newton on the
 * logarithms of the parameters with exact derivatives, first on a thinned sample where there are many triples. The sums
 * run over fixed chunks in order: any number of threads gives the same bytes. KITH_DATA where nothing can be fitted (no
 * customers, no repeat purchase); where the likelihood has no interior maximum, converged is false and bound says which
 * parameter runs off. */
int kith_value_estimate(kith_value_method method, const kith_triple *t, size_t n, int threads, kith_value_fit *fit,
                        kith_error *err);

/* The log-likelihood of given parameters, and where not NULL gradient and Hessian with respect to ln p. */
int kith_value_loglik(kith_value_method method, const double *p, const kith_triple *t, size_t n, int threads,
                      double *loglik, double *gradient, double *hessian, kith_error *err);

/* ---- predictions --------------------------------------------------------------------------------------------------
 */

/* P(alive at T | x, tx, T); 1 for NBD. */
double kith_value_alive(const kith_value_fit *fit, double x, double tx, double T);

/* Expected purchases in (T, T + t] of a customer with x purchases who is alive at T; times kith_value_alive it is the
 * expectation given the history, and with x = tx = T = 0 that of a new customer. For BG/BB t is rounded down. Every t ≥
 * 0, also where a parameter of dropout is 1 or below; infinity never, nan only for arguments that are not finite. */
double kith_value_expected_alive(const kith_value_fit *fit, double x, double T, double t);
double kith_value_expected(const kith_value_fit *fit, double x, double tx, double T, double t);

/* The same with a purchase at T + u worth e^(−rate u) (for BG/BB, (1 + rate)⁻ᵘ is e^(−rate u) too): ∫ e^(−rate u)
 * dE(u). */
double kith_value_discounted_alive(const kith_value_fit *fit, double x, double T, double t, double rate);

/* E[mean spend | x, m] by Gamma-Gamma; x = 0 gives the population's mean; nan where that mean is infinite (q ≤ 1). */
double kith_value_spend(const kith_value_fit *gamma, double x, double m);

/* Gradients of ln P(alive) and of ln E[spend] with respect to the logarithms of the parameters (delta method). */
void kith_value_alive_gradient(const kith_value_fit *fit, double x, double tx, double T, double *gradient);
void kith_value_spend_gradient(const kith_value_fit *gamma, double x, double m, double *gradient);

#endif
