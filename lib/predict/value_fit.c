/* The maximum of a value model's likelihood: Newton on the logarithms of the parameters, from starts on the data's
 * scale.
 *
 * With many triples the way there goes over every k-th of them; the whole then takes two or three steps. A parameter
 * that runs off to 0 or infinity is named instead of being chased. */
#include <kith/value.h>

#include <kith/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = KITH_VALUE_MOST };

/* ---- the fit --------------------------------------------------------------------------------------------------------
 */

static const double edge = 16; /* |ln(p / start)| beyond this: the parameter has run off to 0 or infinity */

typedef struct objective {
    kith_value_method method;
    const kith_triple *t;
    size_t n;
    int threads;
    double start[MOST]; /* x is ln p − start: at the edge of the box the value is "outside" */
} objective;

static int minus_loglik(void *ctx, const double *x, double *value, double *gradient, double *hessian, kith_error *err) {
    objective *o = ctx;
    size_t n = kith_value_size(o->method);
    double p[MOST];
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(x[i]) <= edge)) {
            *value = INFINITY;
            return KITH_OK;
        }
        p[i] = exp(o->start[i] + x[i]);
    }
    KITH_TRY(kith_value_loglik(o->method, p, o->t, o->n, o->threads, value, gradient, hessian, err));
    *value = -*value;
    for (size_t i = 0; gradient && i < n; i++) gradient[i] = -gradient[i];
    for (size_t i = 0; hessian && i < n * n; i++) hessian[i] = -hessian[i];
    return KITH_OK;
}

/* Starts on the scale of the data: the rate of purchases for r/α, the length of watching for β. */
static int starts(kith_value_method method, const kith_triple *t, size_t n, double *start, kith_error *err) {
    double customers = 0, purchases = 0, watched = 0, spend = 0;
    for (size_t i = 0; i < n; i++) {
        customers += t[i].weight;
        purchases += t[i].weight * t[i].x;
        watched += t[i].weight * t[i].T;
        spend += t[i].weight * log(t[i].tx > 0 ? t[i].tx : 1);
    }
    if (!(customers > 0)) return kith_fail(err, KITH_DATA, "no customers to fit");
    if (method == KITH_VALUE_GAMMA) {
        /* E[m] = pγ/(q − 1): p = 2, q = 3, γ = the geometric mean */
        start[0] = log(2), start[1] = log(3), start[2] = spend / customers;
        return KITH_OK;
    }
    if (!(purchases > 0)) return kith_fail(err, KITH_DATA, "no customer bought again: there is nothing to fit");
    if (!(watched > 0)) return kith_fail(err, KITH_DATA, "every customer was watched for no time");
    double rate = purchases / watched, T = watched / customers;
    if (method == KITH_VALUE_BGBB) {
        for (int i = 0; i < 4; i++) start[i] = 0;
        start[3] = log(2);
        return KITH_OK;
    }
    start[0] = log(.6);
    start[1] = log(.6 / rate);
    start[2] = method == KITH_VALUE_PARETO ? log(.6) : 0;
    start[3] = method == KITH_VALUE_PARETO ? log(T) : log(2);
    return KITH_OK;
}

int kith_value_estimate(kith_value_method method, const kith_triple *t, size_t n, int threads, kith_value_fit *fit,
                        kith_error *err) {
    enum { THIN = 4096 };
    *fit = (kith_value_fit){.method = method, .triples = n, .bound = -1};
    objective o = {.method = method, .threads = threads};
    kith_running customers = {0, 0};
    for (size_t i = 0; i < n; i++) kith_running_add(&customers, t[i].weight);
    fit->customers = kith_running_value(&customers);
    KITH_TRY(starts(method, t, n, o.start, err));
    size_t size = kith_value_size(method);
    static const kith_minimum_options options = {.has_gradient = true, .has_hessian = true};
    double x[MOST] = {0}, covariance[MOST * MOST];
    kith_minimum m;
    if (n > 512) { /* near enough from every k-th triple: the whole then takes two or three steps */
        size_t step = n > 8 * THIN ? n / THIN : 8, few = 0;
        kith_triple *thin = malloc((n / step + 1) * sizeof *thin);
        if (!thin) return kith_no_memory(err);
        for (size_t i = 0; i < n; i += step) thin[few++] = t[i];
        o.t = thin, o.n = few;
        int status = kith_minimise(minus_loglik, &o, size, x, &options, &m, NULL, NULL, NULL);
        free(thin);
        for (size_t i = 0; i < size; i++) {
            if (status != KITH_OK || !m.converged || !(fabs(x[i]) < edge / 2)) memset(x, 0, sizeof x);
        }
    }
    o.t = t, o.n = n;
    KITH_TRY(kith_minimise(minus_loglik, &o, size, x, &options, &m, NULL, covariance, err));
    fit->loglik = -m.value;
    fit->iterations = m.iterations;
    fit->converged = m.converged && m.definite;
    for (size_t i = 0; i < size; i++) {
        fit->p[i] = exp(o.start[i] + x[i]);
        fit->se[i] = m.definite ? fit->p[i] * sqrt(covariance[i * size + i]) : NAN;
        for (size_t k = 0; k < size; k++) fit->covariance[i * size + k] = m.definite ? covariance[i * size + k] : NAN;
        if (fit->bound < 0 && (fabs(x[i]) > edge - 4 || (m.definite && covariance[i * size + i] > 1e4)))
            fit->bound = (int)i;
    }
    for (size_t i = 0; !fit->converged && fit->bound < 0 && i < size; i++) { /* the one that went farthest, if far */
        bool far = fabs(x[i]) > 6;
        for (size_t k = 0; far && k < size; k++) far = fabs(x[k]) <= fabs(x[i]);
        if (far) fit->bound = (int)i;
    }
    if (fit->bound >= 0) fit->converged = false;
    return KITH_OK;
}
