/* Survival: the product-limit curve, the log-rank test, and Cox's regression. Sources at each function in the header. */
#include <kith/distributions.h>
#include <kith/stats.h>
#include <kith/survival.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void kith_kaplan_meier(kith_life *life, size_t n, double level) {
    double risk = 0, s = 1, greenwood = 0, z = kith_normal_quantile((1 + level) / 2);
    for (size_t i = 0; i < n; i++) risk += life[i].events + life[i].censored;
    for (size_t i = 0; i < n; i++) {
        kith_life *t = &life[i];
        t->at_risk = risk;
        if (t->events > 0) {
            s *= (risk - t->events) / risk;
            greenwood += t->events / (risk * (risk - t->events));
        }
        t->survival = s;
        if (s >= 1) t->low = t->high = 1;
        else if (s <= 0) t->low = t->high = NAN;
        else {
            double spread = z * sqrt(greenwood) / -log(s); /* of ln(−ln S) */
            t->low = pow(s, exp(spread));
            t->high = pow(s, exp(-spread));
        }
        risk -= t->events + t->censored;
    }
}

double kith_survival_quantile(const kith_life *life, size_t n, double q) {
    for (size_t i = 0; i < n; i++)
        if (life[i].events > 0 && life[i].survival <= q + 1e-12) return life[i].time;
    return INFINITY;
}

int kith_log_rank(const kith_life *const *life, const size_t *n, size_t groups, double *chi2, double *df, double *p, double *observed,
                  double *expected, kith_error *err) {
    *chi2 = *df = *p = NAN;
    double *room = calloc(4 * groups + groups * groups + 1, sizeof *room);
    size_t *at = calloc(groups + 1, sizeof *at), used = 0;
    if (!room || !at) {
        free(room);
        free(at);
        return kith_no_memory(err);
    }
    double *risk = room, *o = risk + groups, *e = o + groups, *u = e + groups, *v = u + groups;
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < n[g]; i++) risk[g] += life[g][i].events + life[g][i].censored;
    for (;;) {
        double time = INFINITY, d = 0, all = 0;
        for (size_t g = 0; g < groups; g++)
            if (at[g] < n[g] && life[g][at[g]].time < time) time = life[g][at[g]].time;
        if (isinf(time)) break;
        for (size_t g = 0; g < groups; g++) {
            all += risk[g];
            if (at[g] < n[g] && life[g][at[g]].time == time) d += life[g][at[g]].events;
        }
        for (size_t g = 0; g < groups && d > 0; g++) {
            bool here = at[g] < n[g] && life[g][at[g]].time == time;
            o[g] += here ? life[g][at[g]].events : 0;
            e[g] += d * risk[g] / all;
            double spread = all > 1 ? d * (all - d) / (all - 1) / (all * all) : 0;
            for (size_t h = 0; h < groups; h++) v[g * groups + h] += spread * risk[g] * ((g == h ? all : 0) - risk[h]);
        }
        for (size_t g = 0; g < groups; g++)
            if (at[g] < n[g] && life[g][at[g]].time == time) {
                risk[g] -= life[g][at[g]].events + life[g][at[g]].censored;
                at[g]++;
            }
    }
    /* The last group with a variance is left out: the deviations sum to 0. */
    size_t *keep = at;
    for (size_t g = 0; g < groups; g++)
        if (v[g * groups + g] > 0) keep[used++] = g;
    int status = KITH_OK;
    if (used > 1) {
        size_t k = used - 1;
        double *a = calloc(k * k + k, sizeof *a), *b = a ? a + k * k : NULL;
        if (!a) status = kith_no_memory(err);
        for (size_t i = 0; i < k && a; i++) {
            b[i] = u[i] = o[keep[i]] - e[keep[i]];
            for (size_t j = 0; j < k; j++) a[i * k + j] = v[keep[i] * groups + keep[j]];
        }
        if (a) status = kith_solve(k, a, b, err);
        if (status == KITH_OK) {
            *chi2 = 0;
            for (size_t i = 0; i < k; i++) *chi2 += u[i] * b[i];
            *df = (double)k;
            *p = kith_chi2_sf(*chi2, *df);
        }
        free(a);
    }
    if (observed) memcpy(observed, o, groups * sizeof *o);
    if (expected) memcpy(expected, e, groups * sizeof *e);
    free(room);
    free(at);
    return status;
}

/* ---- Cox ------------------------------------------------------------------------------------------------------- */

typedef struct cox {
    const double *time, *x; /* x centred and scaled, rows in descending time */
    const uint8_t *event;
    size_t rows, columns;
    kith_ties ties;
    double *s1, *s2, *d1, *d2; /* sums of w x and w x xᵀ over the risk set, and over the events of one time */
} cox;

/* Partial log-likelihood with gradient and information, walking back in time so that the risk set only grows. */
static double likelihood(const cox *c, const double *beta, double *gradient, double *information) {
    size_t k = c->columns;
    double s0 = 0, value = 0;
    memset(c->s1, 0, k * sizeof(double));
    memset(c->s2, 0, k * k * sizeof(double));
    memset(gradient, 0, k * sizeof(double));
    memset(information, 0, k * k * sizeof(double));
    for (size_t from = 0, to; from < c->rows; from = to) {
        double d0 = 0;
        size_t deaths = 0;
        memset(c->d1, 0, k * sizeof(double));
        memset(c->d2, 0, k * k * sizeof(double));
        for (to = from; to < c->rows && c->time[to] == c->time[from]; to++) {
            const double *x = c->x + to * k;
            double eta = 0;
            for (size_t j = 0; j < k; j++) eta += beta[j] * x[j];
            double w = exp(eta);
            s0 += w;
            if (c->event[to]) {
                deaths++;
                d0 += w;
                value += eta;
            }
            for (size_t j = 0; j < k; j++) {
                c->s1[j] += w * x[j];
                if (c->event[to]) {
                    c->d1[j] += w * x[j];
                    gradient[j] += x[j];
                }
                for (size_t i = 0; i <= j; i++) {
                    c->s2[j * k + i] += w * x[j] * x[i];
                    if (c->event[to]) c->d2[j * k + i] += w * x[j] * x[i];
                }
            }
        }
        for (size_t m = 0; m < deaths; m++) {
            double share = c->ties == KITH_TIES_EFRON ? (double)m / (double)deaths : 0, z0 = s0 - share * d0;
            value -= log(z0);
            for (size_t j = 0; j < k; j++) {
                double zj = (c->s1[j] - share * c->d1[j]) / z0;
                gradient[j] -= zj;
                for (size_t i = 0; i <= j; i++)
                    information[j * k + i] += (c->s2[j * k + i] - share * c->d2[j * k + i]) / z0 - zj * (c->s1[i] - share * c->d1[i]) / z0;
            }
        }
    }
    for (size_t j = 0; j < k; j++)
        for (size_t i = 0; i < j; i++) information[i * k + j] = information[j * k + i];
    return value;
}

typedef struct ordered {
    double time;
    size_t row;
} ordered;

static int latest_first(const void *a, const void *b) {
    const ordered *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static int newton(const cox *c, double *beta, double *covariance, kith_cox *fit, double *room, kith_error *err) {
    size_t k = c->columns;
    double *g = room, *step = g + k, *next = step + k, *h = next + k;
    double value = likelihood(c, beta, g, h);
    fit->loglik_null = fit->loglik = value;
    for (fit->iterations = 0; fit->iterations < 60; fit->iterations++) {
        memcpy(step, g, k * sizeof *g);
        if (kith_cholesky(k, h, NULL) != KITH_OK) return kith_fail(err, KITH_DATA, "the covariates cannot be told apart (constant, or one follows from others)");
        kith_cholesky_solve(k, h, step);
        double gain = 0, scale = 1, fresh = NAN;
        for (size_t j = 0; j < k; j++) gain += g[j] * step[j];
        memcpy(covariance, h, k * k * sizeof *h);
        if (gain < 1e-18 * (1 + fabs(value))) {
            fit->converged = true;
            break;
        }
        for (int half = 0; half < 40; half++, scale /= 2) {
            for (size_t j = 0; j < k; j++) next[j] = beta[j] + scale * step[j];
            fresh = likelihood(c, next, g, h);
            if (isfinite(fresh) && fresh >= value - 1e-10 * fabs(value)) break;
        }
        double moved = 0;
        for (size_t j = 0; j < k; j++) moved = fmax(moved, fabs(next[j] - beta[j]));
        memcpy(beta, next, k * sizeof *beta);
        value = fresh;
        if (moved < 1e-13) fit->converged = true;
        for (size_t j = 0; j < k; j++)
            if (fabs(beta[j]) > 50) { /* deviations of x: it runs away */
                fit->loglik = value;
                return kith_cholesky_invert(k, covariance, err);
            }
        if (fit->converged) break;
    }
    fit->loglik = value;
    return kith_cholesky_invert(k, covariance, err);
}

int kith_cox_fit(const double *time, const uint8_t *event, const double *x, size_t rows, size_t columns, kith_ties ties, double *beta,
                 double *covariance, kith_cox *fit, kith_error *err) {
    *fit = (kith_cox){0};
    size_t k = columns, events = 0;
    for (size_t i = 0; i < rows; i++) events += event[i];
    if (!events) return kith_fail(err, KITH_DATA, "no event: nothing to fit");
    if (!k) return kith_fail(err, KITH_USAGE, "no covariate named");
    ordered *order = malloc(rows * sizeof *order);
    double *room = calloc(rows * (k + 1) + 2 * k + 2 * (k + k * k) + 3 * k + k * k, sizeof *room);
    uint8_t *happened = malloc(rows);
    int status = order && room && happened ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK) {
        double *t = room, *z = t + rows, *mean = z + rows * k, *sd = mean + k;
        cox c = {t, z, happened, rows, k, ties, sd + k, sd + 2 * k, sd + 2 * k + k * k, sd + 3 * k + k * k};
        for (size_t i = 0; i < rows; i++) order[i] = (ordered){time[i], i};
        qsort(order, rows, sizeof *order, latest_first);
        for (size_t j = 0; j < k; j++) {
            for (size_t i = 0; i < rows; i++) mean[j] += x[i * k + j] / (double)rows;
            for (size_t i = 0; i < rows; i++) sd[j] += (x[i * k + j] - mean[j]) * (x[i * k + j] - mean[j]) / (double)rows;
            sd[j] = sd[j] > 0 ? sqrt(sd[j]) : 1;
        }
        for (size_t i = 0; i < rows; i++) {
            t[i] = order[i].time;
            happened[i] = event[order[i].row];
            for (size_t j = 0; j < k; j++) z[i * k + j] = (x[order[i].row * k + j] - mean[j]) / sd[j];
        }
        memset(beta, 0, k * sizeof *beta);
        status = newton(&c, beta, covariance, fit, sd + 3 * k + 2 * k * k, err);
        for (size_t j = 0; j < k && status == KITH_OK; j++) {
            beta[j] /= sd[j];
            for (size_t i = 0; i < k; i++) covariance[j * k + i] /= sd[j] * sd[i];
        }
    }
    free(order);
    free(room);
    free(happened);
    return status;
}
