/* Minimisers: GSL's multimin for the way there, Newton's method with Levenberg damping for the end and for the Hessian
 * that standard errors need. With an exact Hessian Newton does it all: eight to fifteen evaluations for a likelihood of
 * four log-parameters, where BFGS takes some fifty.
 *
 * Differences: gradient by central differences with one Richardson extrapolation (error h⁴), Hessian by central
 * differences of the gradient, symmetrised. */
#include "door.h"
#include <kith/stats.h>

#include <gsl/gsl_multimin.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct search {
    kith_objective f;
    void *ctx;
    size_t n;
    const kith_minimum_options *options;
    kith_minimum *result;
    double *scratch, *scratch2, *scratch3; /* n each: the point being looked at; two gradients */
    int status;
    kith_error *err;
} search;

static int call(search *s, const double *x, double *value, double *gradient, double *hessian) {
    if (s->status != KITH_OK) return s->status;
    s->result->evaluations++;
    s->status = s->f(s->ctx, x, value, gradient, hessian, s->err);
    return s->status;
}

static int value_at(search *s, const double *x, double *value) { return call(s, x, value, NULL, NULL); }

static int slope(search *s, double *x, size_t i, double h, double *d) {
    double keep = x[i], up, down;
    x[i] = keep + h;
    int status = value_at(s, x, &up);
    x[i] = keep - h;
    if (status == KITH_OK) status = value_at(s, x, &down);
    x[i] = keep;
    *d = status == KITH_OK ? (up - down) / (2 * h) : NAN;
    return status;
}

static int gradient_at(search *s, const double *x, double *value, double *gradient) {
    if (s->options->has_gradient) return call(s, x, value, gradient, NULL);
    double *p = s->scratch;
    memcpy(p, x, s->n * sizeof *p);
    if (value) KITH_TRY(value_at(s, x, value));
    for (size_t i = 0; i < s->n; i++) {
        double h = 1e-3 * fmax(1, fabs(p[i])), wide, narrow;
        KITH_TRY(slope(s, p, i, h, &wide));
        KITH_TRY(slope(s, p, i, h / 2, &narrow));
        gradient[i] = (4 * narrow - wide) / 3;
    }
    return KITH_OK;
}

static int hessian_at(search *s, const double *x, double *value, double *gradient, double *hessian) {
    if (s->options->has_hessian) return call(s, x, value, gradient, hessian);
    size_t n = s->n;
    KITH_TRY(gradient_at(s, x, value, gradient));
    double *point = malloc(n * sizeof *point);
    if (!point) return s->status = kith_no_memory(s->err);
    memcpy(point, x, n * sizeof *point);
    double ignored;
    for (size_t i = 0; i < n && s->status == KITH_OK; i++) {
        double h = (s->options->has_gradient ? 1e-5 : 1e-3) * fmax(1, fabs(x[i]));
        point[i] = x[i] + h;
        gradient_at(s, point, &ignored, s->scratch2);
        point[i] = x[i] - h;
        if (s->status == KITH_OK) gradient_at(s, point, &ignored, s->scratch3);
        point[i] = x[i];
        for (size_t j = 0; j < n; j++) hessian[i * n + j] = (s->scratch2[j] - s->scratch3[j]) / (2 * h);
    }
    free(point);
    if (s->status != KITH_OK) return s->status;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++)
            hessian[i * n + j] = hessian[j * n + i] = .5 * (hessian[i * n + j] + hessian[j * n + i]);
    }
    return KITH_OK;
}

/* ---- multimin ------------------------------------------------------------------------------------------------- */

static double multimin_f(const gsl_vector *x, void *params) {
    search *s = params;
    double v;
    return value_at(s, x->data, &v) == KITH_OK ? v : NAN;
}

static void multimin_fdf(const gsl_vector *x, void *params, double *value, gsl_vector *gradient) {
    search *s = params;
    if (gradient_at(s, x->data, value, gradient->data) != KITH_OK) *value = NAN;
}

static void multimin_df(const gsl_vector *x, void *params, gsl_vector *gradient) {
    double ignored;
    multimin_fdf(x, params, &ignored, gradient);
}

static void keep_better(search *s, double *x, const gsl_vector *found, double value) {
    if (s->status != KITH_OK || !isfinite(value) || value > s->result->value) return;
    for (size_t i = 0; i < s->n; i++) x[i] = gsl_vector_get(found, i);
    s->result->value = value;
}

static int run_simplex(search *s, double *x, int most) {
    gsl_multimin_fminimizer *m = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, s->n);
    gsl_vector *step = gsl_vector_alloc(s->n);
    gsl_multimin_function f = {multimin_f, s->n, s};
    gsl_vector_view start = gsl_vector_view_array(x, s->n);
    if (!m || !step) {
        s->status = kith_no_memory(s->err);
    } else {
        gsl_vector_set_all(step, .5);
        int status = gsl_multimin_fminimizer_set(m, &f, &start.vector, step);
        for (int k = 0; k < most && status == 0 && s->status == KITH_OK; k++) {
            status = gsl_multimin_fminimizer_iterate(m);
            s->result->iterations++;
            if (status == 0 && gsl_multimin_fminimizer_size(m) < 1e-4) break;
        }
        keep_better(s, x, m->x, m->fval);
    }
    if (m) gsl_multimin_fminimizer_free(m);
    gsl_vector_free(step);
    return s->status;
}

static int run_bfgs(search *s, double *x, int most) {
    gsl_multimin_fdfminimizer *m = gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, s->n);
    gsl_multimin_function_fdf f = {multimin_f, multimin_df, multimin_fdf, s->n, s};
    gsl_vector_view start = gsl_vector_view_array(x, s->n);
    if (!m) {
        s->status = kith_no_memory(s->err);
    } else {
        int status = gsl_multimin_fdfminimizer_set(m, &f, &start.vector, .1, .1);
        for (int k = 0; k < most && status == 0 && s->status == KITH_OK; k++) {
            status = gsl_multimin_fdfminimizer_iterate(m);
            s->result->iterations++;
            double g = 0;
            for (size_t i = 0; i < s->n; i++) g = fmax(g, fabs(gsl_vector_get(m->gradient, i)));
            if (!isfinite(m->f) || g < 1e-4 * (1 + fabs(m->f))) break;
        }
        keep_better(s, x, m->x, m->f);
    }
    if (m) gsl_multimin_fdfminimizer_free(m);
    return s->status;
}

/* ---- Newton --------------------------------------------------------------------------------------------------- */

/* step = −(H + λ D)⁻¹ g; false where the sum is not positive definite. */
static bool damped_step(size_t n, const double *hessian, double lambda, const double *gradient, double *factor,
                        double *step) {
    for (size_t i = 0; i < n * n; i++) {
        if (!isfinite(hessian[i])) return false;
    }
    memcpy(factor, hessian, n * n * sizeof *factor);
    for (size_t i = 0; i < n; i++) {
        factor[i * n + i] += lambda * fmax(1e-8, fabs(hessian[i * n + i]));
        step[i] = -gradient[i];
    }
    if (kith_cholesky(n, factor, NULL) != KITH_OK) return false;
    kith_cholesky_solve(n, factor, step);
    return true;
}

/* From x on. At the end gradient and Hessian (in `work`: 3 n, then n × n) are those at x. With an exact Hessian a trial
 * is looked at with its derivatives at once, since it is nearly always taken: half the evaluations. */
static int newton(search *s, double *x, int most, double *work) {
    size_t n = s->n;
    double *gradient = work, *step = work + n, *next = work + 2 * n, *hessian = work + 3 * n, *factor = hessian + n * n;
    double *trial_gradient = factor + n * n, *trial_hessian = trial_gradient + n;
    double tolerance = s->options->tolerance > 0 ? s->options->tolerance : 1e-13;
    double limit = s->options->max_step > 0 ? s->options->max_step : 2, lambda = 0;
    bool exact = s->options->has_hessian;
    int polished = 0; /* full steps taken where the decrement was below the tolerance already */
    kith_minimum *m = s->result;
    KITH_TRY(hessian_at(s, x, &m->value, gradient, hessian));
    for (int k = 0; k < most; k++) {
        m->iterations++;
        bool last = false, moved = false;
        if (damped_step(n, hessian, 0, gradient, factor, step)) {
            double d = 0;
            for (size_t i = 0; i < n; i++) d -= .5 * step[i] * gradient[i];
            m->decrement = d;
            last = d <= tolerance * (1 + fabs(m->value));
            if (last && (polished == 3 || (polished && d <= 1e-4 * tolerance * (1 + fabs(m->value))))) {
                m->converged = true;
                return KITH_OK;
            }
        }
        for (int attempt = 0; attempt < 60 && !moved; attempt++) {
            if (last || damped_step(n, hessian, lambda, gradient, factor, step)) {
                double longest = 0, v;
                for (size_t i = 0; i < n; i++) longest = fmax(longest, fabs(step[i]));
                double shrink = longest > limit ? limit / longest : 1;
                for (size_t i = 0; i < n; i++) next[i] = x[i] + shrink * step[i];
                if (exact)
                    KITH_TRY(hessian_at(s, next, &v, trial_gradient, trial_hessian));
                else
                    KITH_TRY(value_at(s, next, &v));
                /* the last full steps square the digits left; the value itself can no longer tell, so the gradient does */
                moved = isfinite(v) && (last ? v <= m->value + 1e-12 * (1 + fabs(m->value)) : v < m->value);
                if (moved) {
                    memcpy(x, next, n * sizeof *x);
                    m->value = v;
                    lambda = lambda > 1e-6 ? lambda / 10 : 0;
                    if (exact) {
                        memcpy(gradient, trial_gradient, n * sizeof *x);
                        memcpy(hessian, trial_hessian, n * n * sizeof *x);
                    } else {
                        KITH_TRY(hessian_at(s, x, &m->value, gradient, hessian));
                    }
                }
            }
            if (last && !moved) {
                m->converged = true;
                return KITH_OK;
            }
            polished += last;
            lambda = moved ? lambda : lambda == 0 ? 1e-3 : lambda * 4;
            if (lambda > 1e16) break;
        }
        if (!moved) { /* nothing is lower as far as doubles can tell */
            m->converged = m->decrement > 0 && m->decrement <= 1e-10 * (1 + fabs(m->value));
            return KITH_OK;
        }
    }
    return KITH_OK;
}

int kith_minimise(kith_objective f, void *ctx, size_t n, double *x, const kith_minimum_options *options,
                  kith_minimum *result, double *hessian, double *covariance, kith_error *err) {
    static const kith_minimum_options none = {0};
    if (!options) options = &none;
    *result = (kith_minimum){0};
    if (n == 0) return kith_fail(err, KITH_DEFECT, "nothing to minimise");
    double *work = malloc((7 * n + 3 * n * n) * sizeof *work);
    if (!work) return kith_no_memory(err);
    double *newton_work = work + 3 * n;
    search s = {f, ctx, n, options, result, work, work + n, work + 2 * n, KITH_OK, err};
    int most = options->max_iterations > 0 ? options->max_iterations : 500;
    int status = value_at(&s, x, &result->value);
    if (status == KITH_OK && !isfinite(result->value))
        status = kith_fail(err, KITH_DATA, "the function to minimise has no value at its start");
    if (status == KITH_OK && options->simplex_first) status = run_simplex(&s, x, most);
    if (status == KITH_OK && !options->has_hessian) status = run_bfgs(&s, x, most);
    if (status == KITH_OK) status = newton(&s, x, most, newton_work);
    if (status == KITH_OK && !result->converged && options->has_hessian) { /* Newton stuck: another way, then again */
        status = run_bfgs(&s, x, most);
        if (status == KITH_OK) status = newton(&s, x, most, newton_work);
    }
    if (status == KITH_OK) { /* the Hessian at the end stands where newton left it */
        double *h = newton_work + 3 * n, *inverse = h + n * n;
        memcpy(inverse, h, n * n * sizeof *h);
        result->definite = kith_cholesky(n, inverse, NULL) == KITH_OK;
        if (hessian) memcpy(hessian, h, n * n * sizeof *h);
        if (covariance && result->definite) {
            status = kith_cholesky_invert(n, inverse, err);
            memcpy(covariance, inverse, n * n * sizeof *h);
        } else if (covariance) {
            for (size_t i = 0; i < n * n; i++) covariance[i] = NAN;
        }
        /* where no lower point was found the decrement at the end decides */
        if (!result->converged && result->definite && result->decrement <= 1e-9 * (1 + fabs(result->value)))
            result->converged = true;
    }
    free(work);
    return status;
}

/* ---- roots ------------------------------------------------------------------------------------------------------ */

typedef struct root_call {
    double (*f)(double, void *);
    void *ctx;
} root_call;

static double root_f(double x, void *params) {
    root_call *c = params;
    return c->f(x, c->ctx);
}

int kith_root(double (*f)(double x, void *ctx), void *ctx, double low, double high, double *root, kith_error *err) {
    root_call c = {f, ctx};
    double at_low = f(low, ctx), at_high = f(high, ctx);
    if (at_low == 0 || at_high == 0) {
        *root = at_low == 0 ? low : high;
        return KITH_OK;
    }
    if (!isfinite(at_low) || !isfinite(at_high) || (at_low < 0) == (at_high < 0))
        return kith_fail(err, KITH_DATA, "no root between the bounds");
    double state[64]; /* the method's, without an allocation: callers take a failure for an answer */
    gsl_root_fsolver solver = {.type = gsl_root_fsolver_brent, .state = state}, *s = &solver;
    if (solver.type->size > sizeof state) return kith_fail(err, KITH_DEFECT, "the root search has outgrown its room");
    memset(state, 0, sizeof state);
    gsl_function g = {root_f, &c};
    int status = gsl_root_fsolver_set(s, &g, low, high);
    for (int k = 0; k < 200 && status == 0; k++) {
        status = gsl_root_fsolver_iterate(s);
        double a = gsl_root_fsolver_x_lower(s), b = gsl_root_fsolver_x_upper(s);
        if (b - a <= 1e-15 * fmax(fabs(a), fabs(b))) break;
    }
    *root = gsl_root_fsolver_root(s);
    return isfinite(*root) ? KITH_OK : kith_fail(err, KITH_DATA, "the root search failed");
}
