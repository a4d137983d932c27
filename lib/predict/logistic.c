/* Logistic regression and ridge to the exact optimum.
 *
 *   penalty(w) + c·Σ wᵢ·loss(yᵢ, b + xᵢ'w)        penalty = r·|w|₁ + (1−r)/2·|w|², the intercept b free
 *
 * One pass over the rows gives loss, gradient and Hessian; dense numbers × dense numbers are a small triangle, levels are
 * single additions (see encode.c), so a pass over 33,000 rows × 63 columns takes some milliseconds and Newton needs six
 * or seven of them. With an absolute penalty each Newton step solves its quadratic model by coordinate descent on the
 * Hessian, which never looks at the rows again (proximal Newton: Lee, Sun & Saunders 2014; Friedman, Hastie & Tibshirani
 * 2010 for the coordinate step).
 *
 * Sums: rows are cut into chunks by their number alone, chunks are added in order: the same bytes for any threads.
 *
 * Tried and dropped: L-BFGS to the same 1e-9 needs several hundred passes on one-hot columns of very unequal counts. */
#include "linear_step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIRECT_MOST = 1500, WIDTH_MOST = 8000, CHUNK = 4096, CHUNKS_MOST = 32 };

double kith_logistic(double eta) {
    if (eta >= 0) return 1 / (1 + exp(-eta));
    double e = exp(eta);
    return e / (1 + e);
}

double kith_log_loss(double eta, double y) { return (eta > 0 ? eta : 0) - y * eta + log1p(exp(-fabs(eta))); }

/* ---- one pass ----------------------------------------------------------------------------------------------- */

typedef struct problem {
    const kith_design *x;
    const double *y, *weight;
    double c, l1, l2, tolerance;
    const double *prior_mean, *prior_precision;
    bool squared;
    int threads;
    size_t m;      /* width + 1: the intercept is the last */
    size_t chunks;
    double *loss;     /* chunks */
    double *gradient; /* chunks × m */
    double *hessian;  /* chunks × m², upper triangles */
    bool want_hessian;
    const double *theta;
} problem;

static void add_row(const problem *p, size_t i, double g, double h, double *gradient, double *hessian) {
    const kith_design *x = p->x;
    size_t m = p->m, d = x->numbers;
    const double *number = x->number + i * d;
    const int32_t *level = x->level + i * x->factors;
    for (size_t a = 0; a < d; a++) gradient[a] += g * number[a];
    for (size_t f = 0; f < x->factors; f++)
        if (level[f] >= 0) gradient[level[f]] += g;
    gradient[m - 1] += g;
    if (!hessian) return;
    for (size_t a = 0; a < d; a++) {
        double *row = hessian + a * m, ha = h * number[a];
        for (size_t b = a; b < d; b++) row[b] += ha * number[b];
        for (size_t f = 0; f < x->factors; f++)
            if (level[f] >= 0) row[level[f]] += ha;
        row[m - 1] += ha;
    }
    for (size_t f = 0; f < x->factors; f++) {
        if (level[f] < 0) continue;
        double *row = hessian + (size_t)level[f] * m;
        for (size_t k = f; k < x->factors; k++)
            if (level[k] >= 0) row[level[k]] += h;
        row[m - 1] += h;
    }
    hessian[m * m - 1] += h;
}

static double linear(const kith_design *x, const double *theta, size_t i) {
    const double *number = x->number + i * x->numbers;
    const int32_t *level = x->level + i * x->factors;
    double eta = theta[x->width];
    for (size_t a = 0; a < x->numbers; a++) eta += number[a] * theta[a];
    for (size_t f = 0; f < x->factors; f++)
        if (level[f] >= 0) eta += theta[level[f]];
    return eta;
}

static int pass_chunk(void *ctx, int worker, size_t chunk, kith_error *err) {
    (void)worker, (void)err;
    problem *p = ctx;
    size_t from = p->x->rows * chunk / p->chunks, to = p->x->rows * (chunk + 1) / p->chunks, m = p->m;
    double loss = 0, *gradient = p->gradient + chunk * m, *hessian = p->want_hessian ? p->hessian + chunk * m * m : NULL;
    memset(gradient, 0, m * sizeof *gradient);
    if (hessian) memset(hessian, 0, m * m * sizeof *hessian);
    for (size_t i = from; i < to; i++) {
        double eta = linear(p->x, p->theta, i), w = p->weight ? p->weight[i] : 1, g, h;
        if (p->squared) {
            g = eta - p->y[i];
            h = 1;
            loss += w * .5 * g * g;
        } else {
            double e = exp(-fabs(eta)), q = e / (1 + e); /* the smaller of the two probabilities */
            loss += w * ((eta > 0 ? eta : 0) - p->y[i] * eta + log1p(e));
            g = (eta >= 0 ? 1 - q : q) - p->y[i];
            h = q * (1 - q);
        }
        add_row(p, i, w * g, w * h, gradient, hessian);
    }
    p->loss[chunk] = loss;
    return KITH_OK;
}

/* The smooth part of the objective at theta, with its gradient and Hessian (full square) if asked for. */
static int evaluate(problem *p, const double *theta, double *gradient, double *hessian, double *value, kith_error *err) {
    size_t m = p->m;
    p->theta = theta;
    p->want_hessian = hessian != NULL;
    KITH_TRY(kith_parallel(p->threads, p->chunks, pass_chunk, p, err));
    double loss = 0;
    for (size_t k = 0; k < p->chunks; k++) loss += p->loss[k];
    double total = p->c * loss;
    memset(gradient, 0, m * sizeof *gradient);
    for (size_t k = 0; k < p->chunks; k++)
        for (size_t a = 0; a < m; a++) gradient[a] += p->gradient[k * m + a];
    for (size_t a = 0; a < m; a++) gradient[a] *= p->c;
    if (hessian) {
        for (size_t a = 0; a < m; a++)
            for (size_t b = a; b < m; b++) {
                double sum = 0;
                for (size_t k = 0; k < p->chunks; k++) sum += p->hessian[(k * m + a) * m + b];
                hessian[a * m + b] = hessian[b * m + a] = p->c * sum;
            }
    }
    if (p->prior_precision) {
        for (size_t a = 0; a < m; a++) {
            double pull = 0;
            for (size_t b = 0; b < m; b++) pull += p->prior_precision[a * m + b] * (theta[b] - p->prior_mean[b]);
            total += .5 * (theta[a] - p->prior_mean[a]) * pull;
            gradient[a] += pull;
            for (size_t b = 0; b < m && hessian; b++) hessian[a * m + b] += p->prior_precision[a * m + b];
        }
    } else {
        for (size_t a = 0; a + 1 < m; a++) {
            total += .5 * p->l2 * theta[a] * theta[a];
            gradient[a] += p->l2 * theta[a];
            if (hessian) hessian[a * m + a] += p->l2;
        }
    }
    *value = total;
    return KITH_OK;
}

static double absolute_part(const problem *p, const double *theta) {
    double sum = 0;
    for (size_t a = 0; p->l1 > 0 && a + 1 < p->m; a++) sum += fabs(theta[a]);
    return p->l1 * sum;
}

/* How far the optimality conditions are from holding: the largest (sub)gradient. */
static double violation(const problem *p, const double *theta, const double *gradient) {
    double most = fabs(gradient[p->m - 1]);
    for (size_t a = 0; a + 1 < p->m; a++) {
        double g = gradient[a], v;
        if (p->l1 == 0) v = fabs(g);
        else if (theta[a] != 0) v = fabs(g + (theta[a] > 0 ? p->l1 : -p->l1));
        else v = fabs(g) > p->l1 ? fabs(g) - p->l1 : 0;
        most = v > most ? v : most;
    }
    return most;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

/* Solves A s = −g for a symmetric positive definite A (destroyed: its lower triangle becomes the factor). False where A
 * is not positive definite. */
static bool cholesky_step(double *a, size_t m, const double *g, double *s) {
    for (size_t j = 0; j < m; j++) {
        double *rj = a + j * m, d = rj[j];
        for (size_t k = 0; k < j; k++) d -= rj[k] * rj[k];
        if (!(d > 0) || !isfinite(d)) return false;
        rj[j] = sqrt(d);
        for (size_t i = j + 1; i < m; i++) {
            double *ri = a + i * m, sum = ri[j];
            for (size_t k = 0; k < j; k++) sum -= ri[k] * rj[k];
            ri[j] = sum / rj[j];
        }
    }
    for (size_t i = 0; i < m; i++) {
        double sum = -g[i];
        for (size_t k = 0; k < i; k++) sum -= a[i * m + k] * s[k];
        s[i] = sum / a[i * m + i];
    }
    for (size_t i = m; i-- > 0;) {
        double sum = s[i];
        for (size_t k = i + 1; k < m; k++) sum -= a[k * m + i] * s[k];
        s[i] = sum / a[i * m + i];
    }
    return true;
}

/* The same by conjugate gradients with the diagonal as preconditioner; `work` holds 3·m. */
static void gradient_step(const double *a, size_t m, const double *g, double *s, double *work) {
    double *r = work, *d = work + m, *q = work + 2 * m, rz = 0, first;
    for (size_t i = 0; i < m; i++) {
        s[i] = 0;
        r[i] = -g[i];
        d[i] = r[i] / a[i * m + i];
        rz += r[i] * d[i];
    }
    first = rz;
    for (size_t step = 0; step < 10 * m && rz > 1e-24 * first; step++) {
        double dq = 0;
        for (size_t i = 0; i < m; i++) {
            double sum = 0;
            for (size_t k = 0; k < m; k++) sum += a[i * m + k] * d[k];
            q[i] = sum;
            dq += d[i] * sum;
        }
        if (!(dq > 0)) return;
        double alpha = rz / dq, next = 0;
        for (size_t i = 0; i < m; i++) {
            s[i] += alpha * d[i];
            r[i] -= alpha * q[i];
            next += r[i] * r[i] / a[i * m + i];
        }
        for (size_t i = 0; i < m; i++) d[i] = r[i] / a[i * m + i] + next / rz * d[i];
        rz = next;
    }
}

/* Minimises g's + ½s'As + l1·|theta + s|₁ over s by cyclic coordinate descent; `as` holds A·s. */
static void coordinate_step(const problem *p, const double *a, const double *g, const double *theta, double *s,
                            double *as) {
    size_t m = p->m;
    memset(s, 0, m * sizeof *s);
    memset(as, 0, m * sizeof *as);
    for (int sweep = 0; sweep < 2000; sweep++) {
        double most = 0, scale = 0;
        for (size_t j = 0; j < m; j++) {
            double curve = a[j * m + j], slope = g[j] + as[j], now = theta[j] + s[j], to;
            if (!(curve > 0)) continue;
            if (j + 1 == m) {
                to = now - slope / curve;
            } else {
                double z = curve * now - slope;
                to = z > p->l1 ? (z - p->l1) / curve : z < -p->l1 ? (z + p->l1) / curve : 0;
            }
            double change = to - now;
            if (change == 0) continue;
            s[j] = to - theta[j];
            for (size_t k = 0; k < m; k++) as[k] += change * a[j * m + k];
            double moved = fabs(change) * sqrt(curve);
            most = moved > most ? moved : most;
            double size = fabs(s[j]) * sqrt(curve);
            scale = size > scale ? size : scale;
        }
        if (most <= 1e-13 + 1e-10 * scale) return;
    }
}

/* ---- fits --------------------------------------------------------------------------------------------------- */

static int prepare(problem *p, const kith_design *x, const double *y, const double *weight,
                   const kith_linear_options *o, kith_arena *arena, kith_error *err) {
    static const kith_linear_options plain;
    if (!o) o = &plain;
    *p = (problem){.x = x, .y = y, .weight = weight, .c = o->c > 0 ? o->c : 1, .l1 = o->l1_ratio, .l2 = 1 - o->l1_ratio, .tolerance = o->tolerance > 0 ? o->tolerance : 1e-11,
                   .prior_mean = o->prior_mean, .prior_precision = o->prior_precision,
                   .threads = o->threads > 0 ? o->threads : 1, .m = x->width + 1};
    if (p->prior_precision) p->l1 = p->l2 = 0;
    if (x->rows == 0) return kith_fail(err, KITH_DATA, "no rows to learn from");
    if (x->width > WIDTH_MOST)
        return kith_fail(err, KITH_DATA, "%zu encoded columns: at most %d can be fitted; leave columns of many levels out with --drop",
                         x->width, WIDTH_MOST);
    size_t m2 = p->m * p->m, most = m2 > 0 ? (size_t)8000000 / m2 : 1;
    p->chunks = x->rows / CHUNK + 1;
    if (p->chunks > CHUNKS_MOST) p->chunks = CHUNKS_MOST;
    if (p->chunks > most) p->chunks = most > 0 ? most : 1;
    p->loss = kith_arena_alloc(arena, p->chunks * sizeof *p->loss);
    p->gradient = kith_arena_alloc(arena, p->chunks * p->m * sizeof *p->gradient);
    p->hessian = kith_arena_alloc(arena, p->chunks * m2 * sizeof *p->hessian);
    if (!p->loss || !p->gradient || !p->hessian) return kith_no_memory(err);
    return KITH_OK;
}

typedef struct workspace {
    double *theta, *trial, *gradient, *step, *hessian, *work;
} workspace;

static int make_workspace(workspace *w, size_t m, kith_arena *arena, kith_error *err) {
    double *all = kith_arena_zalloc(arena, (8 * m + m * m) * sizeof *all);
    if (!all) return kith_no_memory(err);
    *w = (workspace){all, all + m, all + 2 * m, all + 3 * m, all + 8 * m, all + 4 * m};
    return KITH_OK;
}

static int finish(problem *p, workspace *w, double objective, const kith_linear_options *o, kith_arena *result,
                  kith_linear *fit, kith_error *err) {
    size_t m = p->m;
    fit->width = m - 1;
    fit->objective = objective;
    fit->weight = kith_arena_alloc(result, m * sizeof *fit->weight);
    if (!fit->weight) return kith_no_memory(err);
    memcpy(fit->weight, w->theta, m * sizeof *fit->weight);
    fit->intercept = w->theta[m - 1];
    if (!o || !o->posterior) return KITH_OK;
    double value;
    fit->precision = kith_arena_alloc(result, m * m * sizeof *fit->precision);
    if (!fit->precision) return kith_no_memory(err);
    return evaluate(p, w->theta, w->gradient, fit->precision, &value, err);
}

int linear_advance(linear_search *s, const linear_rules *rules, double smooth, const double *gradient, double *hessian, double *work, kith_error *err) {
    const problem q = {.l1 = rules->l1, .m = s->m}, *p = &q;
    size_t m = s->m;
    double *trial = work, there;
    for (size_t a = 0; a < m; a++) trial[a] = s->started ? s->theta[a] + s->length * s->step[a] : s->theta[a];
    there = smooth + absolute_part(p, trial);
    double off = violation(p, trial, gradient);
    bool better = !s->started || there <= s->value + 1e-4 * s->length * s->slope;
    if (!better && fabs(there - s->value) <= 1e-13 * fabs(s->value) && off < s->violation)
        better = true; /* the objective's last digits are noise now: the gradient decides */
    if (!better) {
        s->length /= 2;
        s->ended = ++s->halvings == 50; /* nothing is gained any more: at the optimum to the last digit, or stuck */
        if (s->ended) s->converged = s->violation <= 1e-7 * rules->scale;
        return KITH_OK;
    }
    s->iterations += s->started;
    s->started = true;
    memcpy(s->theta, trial, m * sizeof *trial);
    s->value = there;
    s->violation = off;
    s->ended = s->iterations >= 100;
    if (!s->ended && off <= rules->tolerance * rules->scale + 1e-13) s->ended = s->converged = true;
    if (s->ended) return KITH_OK;
    if (p->l1 > 0) {
        coordinate_step(p, hessian, gradient, s->theta, s->step, work + m);
    } else if (m > DIRECT_MOST) {
        gradient_step(hessian, m, gradient, s->step, work + m);
    } else if (!cholesky_step(hessian, m, gradient, s->step)) {
        return kith_fail(err, KITH_DATA, "the fit has no finite optimum: the columns separate the classes or repeat one another; lower --c");
    }
    double descent = absolute_part(p, s->theta);
    s->slope = 0;
    for (size_t a = 0; a < m; a++) {
        s->slope += gradient[a] * s->step[a];
        trial[a] = s->theta[a] + s->step[a];
    }
    s->slope += absolute_part(p, trial) - descent;
    s->length = 1;
    s->halvings = 0;
    return KITH_OK;
}

static int newton(problem *p, workspace *w, double scale, double *objective, kith_linear *fit, kith_error *err) {
    size_t m = p->m;
    linear_search s = {.m = m, .theta = w->theta, .step = w->step};
    linear_rules rules = {.l1 = p->l1, .tolerance = p->tolerance, .scale = scale};
    while (!s.ended) {
        double smooth;
        for (size_t a = 0; a < m; a++) w->trial[a] = s.started ? s.theta[a] + s.length * s.step[a] : s.theta[a];
        KITH_TRY(evaluate(p, w->trial, w->gradient, w->hessian, &smooth, err));
        KITH_TRY(linear_advance(&s, &rules, smooth, w->gradient, w->hessian, w->work, err));
    }
    fit->iterations = s.iterations;
    fit->converged = s.converged;
    *objective = s.value;
    return KITH_OK;
}

int linear_add(const kith_design *x, const double *y, const double *weight, bool squared, const double *theta, double *loss,
               double *gradient, double *hessian) {
    problem p = {.x = x, .y = y, .weight = weight, .squared = squared, .m = x->width + 1, .chunks = 1, .loss = loss,
                 .gradient = gradient, .hessian = hessian, .want_hessian = true, .theta = theta};
    return pass_chunk(&p, 0, 0, NULL);
}

bool linear_solve(double *hessian, size_t m, const double *gradient, double *step) { return cholesky_step(hessian, m, gradient, step); }

int kith_logistic_fit(const kith_design *x, const double *y, const double *weight, const kith_linear_options *options,
                      kith_arena *arena, kith_linear *fit, kith_error *err) {
    *fit = (kith_linear){0};
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    problem p;
    workspace w;
    double total = 0, ones = 0, objective = 0;
    int status = prepare(&p, x, y, weight, options, own, err);
    if (status == KITH_OK) status = make_workspace(&w, x->width + 1, own, err);
    if (status == KITH_OK) {
        for (size_t i = 0; i < x->rows; i++) {
            double v = weight ? weight[i] : 1;
            total += v;
            ones += v * y[i];
        }
        if (!p.prior_precision && (!(ones > 0) || !(ones < total))) /* with a prior, a night without a yes teaches too */
            status = kith_fail(err, KITH_DATA, "the outcome has one class only: nothing can be learned from it");
    }
    if (status == KITH_OK) {
        if (p.prior_mean) memcpy(w.theta, p.prior_mean, p.m * sizeof *w.theta);
        else if (options && options->start) memcpy(w.theta, options->start, p.m * sizeof *w.theta);
        else w.theta[p.m - 1] = log(ones / (total - ones));
        status = newton(&p, &w, p.c * total, &objective, fit, err);
    }
    if (status == KITH_OK) status = finish(&p, &w, objective, options, arena, fit, err);
    kith_arena_free(own);
    return status;
}

int kith_ridge_fit(const kith_design *x, const double *y, const double *weight, const kith_linear_options *options,
                   kith_arena *arena, kith_linear *fit, kith_error *err) {
    *fit = (kith_linear){.converged = true, .iterations = 1};
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    problem p;
    workspace w;
    double objective = 0;
    int status = prepare(&p, x, y, weight, options, own, err);
    p.squared = true;
    if (status == KITH_OK && p.l1 > 0) status = kith_fail(err, KITH_DEFECT, "ridge takes no absolute penalty");
    if (status == KITH_OK) status = make_workspace(&w, x->width + 1, own, err);
    if (status == KITH_OK) status = evaluate(&p, w.theta, w.gradient, w.hessian, &objective, err);
    if (status == KITH_OK && !cholesky_step(w.hessian, p.m, w.gradient, w.theta))
        status = kith_fail(err, KITH_DATA, "the columns repeat one another: no single best fit");
    if (status == KITH_OK) status = evaluate(&p, w.theta, w.gradient, NULL, &objective, err);
    if (status == KITH_OK) status = finish(&p, &w, objective, options, arena, fit, err);
    kith_arena_free(own);
    return status;
}

void kith_linear_predict(const kith_linear *fit, const kith_design *x, double *out) {
    for (size_t i = 0; i < x->rows; i++) {
        const double *number = x->number + i * x->numbers;
        const int32_t *level = x->level + i * x->factors;
        double eta = fit->intercept;
        for (size_t a = 0; a < x->numbers; a++) eta += number[a] * fit->weight[a];
        for (size_t f = 0; f < x->factors; f++)
            if (level[f] >= 0) eta += fit->weight[level[f]];
        out[i] = eta;
    }
}
