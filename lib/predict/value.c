/* Buy-till-you-die likelihoods with exact first and second derivatives.
 *
 * Every one of them is lnΣ of a few terms whose derivatives are elementary: with weights w_k = e^(t_k − ln Σ),
 *     gradient = Σ w_k t_k′,   Hessian = Σ w_k t_k″ + Σ w_k t_k′ t_k′ᵀ − gradient gradientᵀ.
 * Pareto/NBD is written as a term for "still alive" and an integral over the moment of leaving,
 *     L ∝ (α+T)^−(r+x) (β+T)^−s + s ∫ (α+τ)^−(r+x) (β+τ)^−(s+1) dτ over (t_x, T),
 * which is smooth and positive: Gauss–Legendre in ln(min(α, β) + τ), cut where the integrand has fallen by e^−45, meets
 * the hypergeometric form to 1e-13 and has no branch at α = β, no cancellation and no overflow (the form with ₂F₁
 * overflows at x = 176 in GSL).
 *
 * Terms in lnΓ, ψ, ψ′ depend on x alone; triples are sorted by x, so they are computed once a run of equal x.
 *
 * Tried and dropped: BFGS from GSL's multimin as the way there (some 60 evaluations against 8 to 12 for damped Newton;
 * it stays as the fall-back in lib/stats/optimise.c); numerical differences for the Hessian (8 digits of the standard
 * errors against 12, and 3 × the time). */
#include "gauss.h"
#include "value_terms.h"

#include <kith/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- names --------------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    size_t n;
    const char *parameters[KITH_VALUE_MOST];
} methods[KITH_VALUE_METHODS] = {
    {"bgnbd", 4, {"r", "alpha", "a", "b"}},           {"mbgnbd", 4, {"r", "alpha", "a", "b"}},
    {"paretonbd", 4, {"r", "alpha", "s", "beta"}},    {"nbd", 2, {"r", "alpha", NULL, NULL}},
    {"bgbb", 4, {"alpha", "beta", "gamma", "delta"}}, {"gammagamma", 3, {"p", "q", "gamma", NULL}},
};

const char *kith_value_name(kith_value_method method) { return methods[method].name; }
size_t kith_value_size(kith_value_method method) { return methods[method].n; }
const char *kith_value_parameter(kith_value_method method, size_t i) { return methods[method].parameters[i]; }

bool kith_value_find(const char *name, kith_value_method *method) {
    for (int m = 0; m < KITH_VALUE_METHODS; m++) {
        if (strcmp(methods[m].name, name) == 0) {
            *method = (kith_value_method)m;
            return true;
        }
    }
    return false;
}

/* ---- the multiset -------------------------------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b) {
    const kith_triple *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    if (p->tx != q->tx) return p->tx < q->tx ? -1 : 1;
    return p->T < q->T ? -1 : p->T > q->T;
}

size_t kith_triples_gather(kith_triple *t, size_t n) {
    if (n == 0) return 0;
    qsort(t, n, sizeof *t, compare);
    size_t k = 0;
    for (size_t i = 1; i < n; i++) {
        if (compare(&t[k], &t[i]) == 0)
            t[k].weight += t[i].weight;
        else
            t[++k] = t[i];
    }
    return k + 1;
}

const char *kith_triple_fault(kith_value_method method, const kith_triple *t) {
    if (!isfinite(t->x) || !isfinite(t->tx) || !isfinite(t->T) || !isfinite(t->weight)) return "a value is not finite";
    if (t->weight <= 0) return "the weight is not positive";
    if (t->x < 0) return "the number of purchases is negative";
    if (method == KITH_VALUE_GAMMA) {
        if (t->x == 0) return "no repeat purchase";
        return t->tx > 0 ? NULL : "the mean amount is not positive";
    }
    if (t->x != floor(t->x)) return "the number of purchases is not whole";
    if (t->x > 1e7) return "more than ten million purchases";
    if (t->tx < 0 || t->T < 0) return "a time is negative";
    if (t->tx > t->T) return "the last purchase lies after the end";
    if (t->x == 0 && t->tx != 0) return "no purchase but a time of the last one";
    if (method == KITH_VALUE_BGBB) {
        if (t->tx != floor(t->tx) || t->T != floor(t->T)) return "opportunities are not whole numbers";
        if (t->x > t->tx) return "more purchases than opportunities";
        if (t->T > 1e5) return "more than 100,000 opportunities";
    }
    return NULL;
}

/* ---- sums -----------------------------------------------------------------------------------------------------------
 */

enum { MOST = KITH_VALUE_MOST, CHUNK = 2048 };
typedef value_term term;

typedef struct moments { /* Σ weight × (value, gradient, Hessian's upper triangle) */
    double value, gradient[MOST], hessian[MOST][MOST];
} moments;

typedef struct job {
    kith_value_method method;
    const double *p;
    const kith_triple *t;
    size_t n;
    bool derivatives;
    moments *chunks;
} job;

/* Adds weight × (ln(e^u + e^v) with derivatives); q is the share of v. */
static void add_two(moments *s, double weight, size_t n, const term *u, const term *v, double q, bool derivatives) {
    double high = u->value > v->value ? u->value : v->value;
    s->value += weight * (high + log1p(exp(-fabs(u->value - v->value))));
    if (!derivatives) return;
    double o = 1 - q;
    for (size_t i = 0; i < n; i++) {
        s->gradient[i] += weight * (o * u->d[i] + q * v->d[i]);
        for (size_t j = i; j < n; j++)
            s->hessian[i][j] +=
                weight * (o * u->dd[i][j] + q * v->dd[i][j] + o * q * (v->d[i] - u->d[i]) * (v->d[j] - u->d[j]));
    }
}

static void add_one(moments *s, double weight, size_t n, const term *u, bool derivatives) {
    s->value += weight * u->value;
    for (size_t i = 0; derivatives && i < n; i++) {
        s->gradient[i] += weight * u->d[i];
        for (size_t j = i; j < n; j++) s->hessian[i][j] += weight * u->dd[i][j];
    }
}

/* ln Γ(z + n) − ln Γ(z) with two derivatives in z. */
typedef struct rise {
    double value, d, dd;
} rise;

static rise rise_of(double z, double n, bool derivatives) {
    rise r = {kith_lpoch(z, n), 0, 0};
    if (derivatives && n > 0) {
        if (n <= 24) {
            for (double k = 0; k < n; k++) {
                r.d += 1 / (z + k);
                r.dd -= 1 / ((z + k) * (z + k));
            }
        } else {
            r.d = kith_digamma(z + n) - kith_digamma(z);
            r.dd = kith_trigamma(z + n) - kith_trigamma(z);
        }
    }
    return r;
}

/* r alpha of every NBD-like model: ln Γ(r+x)/Γ(r) + r ln α. */
static void nbd_head(moments *s, double weight, double r, double alpha, double log_alpha, const rise *rx,
                     bool derivatives) {
    s->value += weight * (rx->value + r * log_alpha);
    if (!derivatives) return;
    s->gradient[0] += weight * (rx->d + log_alpha);
    s->gradient[1] += weight * (r / alpha);
    s->hessian[0][0] += weight * rx->dd;
    s->hessian[0][1] += weight / alpha;
    s->hessian[1][1] -= weight * r / (alpha * alpha);
}

/* −n ln(alpha + t) as a term in (r, alpha). */
static void power_term(term *u, double n, double alpha, double t) {
    double i = 1 / (alpha + t), l = log(alpha + t);
    u->value = -n * l;
    u->d[0] = -l;
    u->d[1] = -n * i;
    u->dd[0][1] = -i;
    u->dd[1][1] = n * i * i;
}

/* BG/NBD (shift 0) and MBG/NBD (shift 1: one more chance to leave, before the first repeat). */
static void sum_bg(const job *j, size_t from, size_t to, double shift, moments *s) {
    double r = j->p[0], alpha = j->p[1], a = j->p[2], b = j->p[3], la = log(a), lalpha = log(alpha);
    double now = -1, lbx = 0;
    rise rx = {0}, bx = {0}, abx = {0};
    term u = {0}, v = {0};
    bool d = j->derivatives;
    v.d[2] = 1 / a;
    v.dd[2][2] = -1 / (a * a);
    for (size_t i = from; i < to; i++) {
        const kith_triple *t = &j->t[i];
        double x = t->x, w = t->weight;
        if (x != now) {
            now = x;
            rx = rise_of(r, x, d);
            bx = rise_of(b, x + shift, d);
            abx = rise_of(a + b, x + shift, d);
            double last = b + x + shift - 1;
            if (x + shift > 0) {
                lbx = log(last);
                v.d[3] = -1 / last;
                v.dd[3][3] = 1 / (last * last);
            }
        }
        nbd_head(s, w, r, alpha, lalpha, &rx, d);
        s->value += w * (bx.value - abx.value);
        if (d) {
            s->gradient[2] -= w * abx.d;
            s->gradient[3] += w * (bx.d - abx.d);
            s->hessian[2][2] -= w * abx.dd;
            s->hessian[2][3] -= w * abx.dd;
            s->hessian[3][3] += w * (bx.dd - abx.dd);
        }
        power_term(&u, r + x, alpha, t->T);
        if (x + shift == 0) { /* BG/NBD: nobody leaves before the first repeat */
            add_one(s, w, 2, &u, d);
            continue;
        }
        power_term(&v, r + x, alpha, t->tx);
        v.value += la - lbx;
        add_two(s, w, 4, &u, &v, 1 / (1 + exp(u.value - v.value)), d);
    }
}

static void sum_nbd(const job *j, size_t from, size_t to, moments *s) {
    double r = j->p[0], alpha = j->p[1], lalpha = log(alpha), now = -1;
    rise rx = {0};
    term u = {0};
    for (size_t i = from; i < to; i++) {
        const kith_triple *t = &j->t[i];
        if (t->x != now) rx = rise_of(r, now = t->x, j->derivatives);
        nbd_head(s, t->weight, r, alpha, lalpha, &rx, j->derivatives);
        power_term(&u, r + now, alpha, t->T);
        add_one(s, t->weight, 2, &u, j->derivatives);
    }
}

/* How far the integrand (times the Jacobian) falls, in logarithms, over the first `length` of ln(min(α, β) + τ). */
static double fall_of(double alpha, double s, double beta, double n, double tx, double length) {
    if (alpha < beta) return (n - 1) * length + (s + 1) * log1p((alpha + tx) * expm1(length) / (beta + tx));
    return s * length + n * log1p((beta + tx) * expm1(length) / (alpha + tx));
}

/* ln s∫ with its derivatives in (r, α, s, β); −infinity for an empty interval. */
static void pareto_integral(const double *p, double x, double tx, double T, bool derivatives, term *v) {
    static const struct {
        size_t half;
        const double *x, *w;
    } sets[4] = {
        {4, gauss_x8, gauss_w8}, {6, gauss_x12, gauss_w12}, {12, gauss_x24, gauss_w24}, {24, gauss_x48, gauss_w48}};
    double alpha = p[1], sp = p[2], beta = p[3], n = p[0] + x, low = alpha < beta ? alpha : beta;
    *v = (term){.value = -INFINITY};
    double start = log(low + tx), length = log1p((T - tx) / (low + tx));
    if (!(length > 0)) return;
    double drop = fall_of(alpha, sp, beta, n, tx, length);
    if (drop > 50) { /* bisect to where e^−45 … e^−50 is left: what lies beyond is below the last digit */
        double near = 0, far = length;
        for (int k = 0; k < 60 && !(drop >= 45 && drop <= 50); k++) {
            length = .5 * (near + far);
            drop = fall_of(alpha, sp, beta, n, tx, length);
            if (drop > 50)
                far = length;
            else
                near = length;
        }
    }
    /* for n points the error is about (drop/4)^2n/(2n)! and ρ^−2n, with π the distance of the singularity: 1e-13 at */
    drop = fabs(drop);
    int set = drop < 4 && length < 1.9 ? 0 : drop < 11 && length < 3.8 ? 1 : drop < 36 && length < 6 ? 2 : 3;
    /* a panel spans at most 6 in the logarithm: the nearest singularity is π away */
    size_t panels = (size_t)(length / 6) + 1;
    double half = .5 * length / (double)panels, top = 0, sum = 0;
    double e1[4] = {0}, e2[4][4] = {{0}};
    for (size_t panel = 0; panel < panels; panel++) {
        double mid = start + half * (double)(2 * panel + 1);
        for (size_t k = 0; k < 2 * sets[set].half; k++) {
            double l = mid + half * (k & 1 ? sets[set].x[k / 2] : -sets[set].x[k / 2]), base = exp(l), a_tau, b_tau, la,
                   lb;
            if (alpha < beta) {
                a_tau = base, la = l;
                b_tau = base + (beta - alpha), lb = log(b_tau);
            } else {
                b_tau = base, lb = l;
                a_tau = base + (alpha - beta), la = log(a_tau);
            }
            double phi = -n * la - (sp + 1) * lb + l;
            if (panel == 0 && k == 0) top = phi;
            double w = exp(phi - top) * sets[set].w[k / 2];
            sum += w;
            if (!derivatives) continue;
            double ia = 1 / a_tau, ib = 1 / b_tau, g[4] = {-la, -n * ia, -lb, -(sp + 1) * ib};
            for (int c = 0; c < 4; c++) {
                double wg = w * g[c];
                e1[c] += wg;
                for (int d = c; d < 4; d++) e2[c][d] += wg * g[d];
            }
            e2[0][1] -= w * ia;
            e2[1][1] += w * n * ia * ia;
            e2[2][3] -= w * ib;
            e2[3][3] += w * (sp + 1) * ib * ib;
        }
    }
    v->value = log(sp) + top + log(sum * half);
    if (!derivatives) return;
    for (int c = 0; c < 4; c++) v->d[c] = e1[c] / sum;
    for (int c = 0; c < 4; c++) {
        for (int d = c; d < 4; d++) v->dd[c][d] = e2[c][d] / sum - v->d[c] * v->d[d];
    }
    v->d[2] += 1 / sp;
    v->dd[2][2] -= 1 / (sp * sp);
}

void kith_value_terms(kith_value_method method, const double *p, double x, double tx, double T, bool derivatives,
                      value_term *u, value_term *v) {
    *u = (term){0};
    *v = (term){.value = -INFINITY};
    power_term(u, p[0] + x, p[1], T);
    if (method == KITH_VALUE_PARETO) {
        double s = p[2], l = log(p[3] + T), ib = 1 / (p[3] + T);
        u->value -= s * l;
        u->d[2] = -l;
        u->d[3] = -s * ib;
        u->dd[2][3] = -ib;
        u->dd[3][3] = s * ib * ib;
        pareto_integral(p, x, tx, T, derivatives, v);
    } else if (method != KITH_VALUE_NBD) {
        double last = p[3] + x + (method == KITH_VALUE_MBGNBD ? 0 : -1);
        if (method == KITH_VALUE_BGNBD && x == 0) return;
        power_term(v, p[0] + x, p[1], tx);
        v->value += log(p[2]) - log(last);
        v->d[2] = 1 / p[2];
        v->dd[2][2] = -1 / (p[2] * p[2]);
        v->d[3] = -1 / last;
        v->dd[3][3] = 1 / (last * last);
    }
}

static void sum_pareto(const job *j, size_t from, size_t to, moments *s) {
    double r = j->p[0], alpha = j->p[1], sp = j->p[2], beta = j->p[3], lalpha = log(alpha), lbeta = log(beta), now = -1;
    rise rx = {0};
    bool d = j->derivatives;
    for (size_t i = from; i < to; i++) {
        const kith_triple *t = &j->t[i];
        double w = t->weight;
        if (t->x != now) rx = rise_of(r, now = t->x, d);
        nbd_head(s, w, r, alpha, lalpha, &rx, d);
        s->value += w * sp * lbeta;
        if (d) {
            s->gradient[2] += w * lbeta;
            s->gradient[3] += w * sp / beta;
            s->hessian[2][3] += w / beta;
            s->hessian[3][3] -= w * sp / (beta * beta);
        }
        term u, v;
        kith_value_terms(KITH_VALUE_PARETO, j->p, now, t->tx, t->T, d, &u, &v);
        if (v.value == -INFINITY)
            add_one(s, w, 4, &u, d);
        else
            add_two(s, w, 4, &u, &v, 1 / (1 + exp(u.value - v.value)), d);
    }
}

/* BG/BB: one term for alive at n, and one for each moment of leaving after t_x. The terms for i and i + 1 differ by a
 * ratio, and their derivatives by 1/z steps of ψ and ψ′. */
static void sum_bgbb(const job *j, size_t from, size_t to, moments *s) {
    double al = j->p[0], be = j->p[1], ga = j->p[2], de = j->p[3];
    bool dv = j->derivatives;
    for (size_t i = from; i < to; i++) {
        const kith_triple *t = &j->t[i];
        double x = t->x, n = t->T, w = t->weight, last = t->tx;
        /* e^t = B(α+x, β+k−x)/B(α, β) · B(γ+g, δ+k)/B(γ, δ), with k = n, g = 0 or k = t_x … n−1, g = 1 */
        rise ax = rise_of(al, x, dv);
        double top = -INFINITY, sum = 0, e1[4] = {0}, e2[4][4] = {{0}};
        rise bk = rise_of(be, last - x, dv), abk = rise_of(al + be, last, dv), dk = rise_of(de, last, dv);
        rise gdk = rise_of(ga + de, last + 1, dv); /* with g = 1; for g = 0 one step less */
        for (double k = last; k <= n; k++) {
            bool alive = k == n;
            double value = ax.value + bk.value - abk.value + dk.value;
            rise gd = gdk;
            if (alive) {
                double z = ga + de + k;
                gd.value -= log(z);
                gd.d -= 1 / z;
                gd.dd += 1 / (z * z);
            }
            value += (alive ? 0 : log(ga)) - gd.value;
            double e;
            if (value > top) {
                double fall = exp(top - value);
                sum *= fall;
                for (int c = 0; dv && c < 4; c++) {
                    e1[c] *= fall;
                    for (int d = c; d < 4; d++) e2[c][d] *= fall;
                }
                top = value;
                e = 1;
            } else {
                e = exp(value - top);
            }
            sum += e;
            if (dv) {
                double g[4] = {ax.d - abk.d, bk.d - abk.d, (alive ? 0 : 1 / ga) - gd.d, dk.d - gd.d};
                for (int c = 0; c < 4; c++) {
                    e1[c] += e * g[c];
                    for (int d = c; d < 4; d++) e2[c][d] += e * g[c] * g[d];
                }
                e2[0][0] += e * (ax.dd - abk.dd);
                e2[0][1] -= e * abk.dd;
                e2[1][1] += e * (bk.dd - abk.dd);
                e2[2][2] += e * ((alive ? 0 : -1 / (ga * ga)) - gd.dd);
                e2[2][3] -= e * gd.dd;
                e2[3][3] += e * (dk.dd - gd.dd);
            }
            double zb = be + k - x, zab = al + be + k, zd = de + k, zgd = ga + de + k + 1;
            bk.value += log(zb), abk.value += log(zab), dk.value += log(zd), gdk.value += log(zgd);
            if (!dv) continue;
            bk.d += 1 / zb, abk.d += 1 / zab, dk.d += 1 / zd, gdk.d += 1 / zgd;
            bk.dd -= 1 / (zb * zb), abk.dd -= 1 / (zab * zab), dk.dd -= 1 / (zd * zd), gdk.dd -= 1 / (zgd * zgd);
        }
        s->value += w * (top + log(sum));
        for (int c = 0; dv && c < 4; c++) {
            s->gradient[c] += w * e1[c] / sum;
            for (int d = c; d < 4; d++) s->hessian[c][d] += w * (e2[c][d] / sum - e1[c] * e1[d] / (sum * sum));
        }
    }
}

void kith_value_bgbb(const double *p, double x, double tx, double n, double *loglik, double *gradient, double *alive,
                     double *alive_gradient) {
    kith_triple t = {x, tx, n, 1};
    moments s = {0};
    job j = {.method = KITH_VALUE_BGBB, .p = p, .t = &t, .n = 1, .derivatives = gradient != NULL};
    sum_bgbb(&j, 0, 1, &s);
    *loglik = s.value;
    rise ax = rise_of(p[0], x, true), bx = rise_of(p[1], n - x, true), ab = rise_of(p[0] + p[1], n, true);
    rise d = rise_of(p[3], n, true), gd = rise_of(p[2] + p[3], n, true);
    *alive = ax.value + bx.value - ab.value + d.value - gd.value;
    for (int i = 0; gradient && i < 4; i++) gradient[i] = s.gradient[i];
    if (!alive_gradient) return;
    alive_gradient[0] = ax.d - ab.d;
    alive_gradient[1] = bx.d - ab.d;
    alive_gradient[2] = -gd.d;
    alive_gradient[3] = d.d - gd.d;
}

/* Gamma-Gamma over (x, m): −ln m − ln B(px, q) + q ln γ + px ln(xm) − (px + q) ln(γ + xm). */
static void sum_gamma(const job *j, size_t from, size_t to, moments *s) {
    double p = j->p[0], q = j->p[1], ga = j->p[2], lga = log(ga), now = -1;
    double lb = 0, d_px = 0, d_q = 0, t_px = 0, t_pxq = 0, t_q = kith_trigamma(q), psi_q = kith_digamma(q);
    for (size_t i = from; i < to; i++) {
        const kith_triple *t = &j->t[i];
        double x = t->x, w = t->weight, z = x * t->tx, iz = 1 / (ga + z), lz = log(z), lgz = log(ga + z);
        if (x != now) {
            now = x;
            lb = kith_lbeta(p * x, q);
            if (j->derivatives) {
                double psi_pxq = kith_digamma(p * x + q);
                d_px = kith_digamma(p * x) - psi_pxq;
                d_q = psi_q - psi_pxq;
                t_px = kith_trigamma(p * x);
                t_pxq = kith_trigamma(p * x + q);
            }
        }
        double n = p * x + q;
        s->value += w * (-log(t->tx) - lb + q * (lga - lgz) + p * x * (lz - lgz));
        if (!j->derivatives) continue;
        s->gradient[0] += w * x * (lz - lgz - d_px);
        s->gradient[1] += w * (lga - lgz - d_q);
        s->gradient[2] += w * (q / ga - n * iz);
        s->hessian[0][0] -= w * x * x * (t_px - t_pxq);
        s->hessian[0][1] += w * x * t_pxq;
        s->hessian[0][2] -= w * x * iz;
        s->hessian[1][1] += w * (t_pxq - t_q);
        s->hessian[1][2] += w * (1 / ga - iz);
        s->hessian[2][2] += w * (n * iz * iz - q / (ga * ga));
    }
}

static int sum_chunk(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker, (void)err;
    job *j = ctx;
    size_t from = index * CHUNK, to = from + CHUNK < j->n ? from + CHUNK : j->n;
    moments *s = &j->chunks[index];
    switch (j->method) {
    case KITH_VALUE_BGNBD:
        sum_bg(j, from, to, 0, s);
        break;
    case KITH_VALUE_MBGNBD:
        sum_bg(j, from, to, 1, s);
        break;
    case KITH_VALUE_PARETO:
        sum_pareto(j, from, to, s);
        break;
    case KITH_VALUE_NBD:
        sum_nbd(j, from, to, s);
        break;
    case KITH_VALUE_BGBB:
        sum_bgbb(j, from, to, s);
        break;
    case KITH_VALUE_GAMMA:
        sum_gamma(j, from, to, s);
        break;
    case KITH_VALUE_METHODS:
        break;
    }
    return KITH_OK;
}

/* Σ over the triples, then from derivatives in p to those in ln p. */
typedef struct problem {
    kith_value_method method;
    const kith_triple *t;
    size_t n;
    int threads;
    moments *chunks; /* room for all of them */
} problem;

static int problem_open(problem *q, kith_value_method method, const kith_triple *t, size_t n, int threads,
                        kith_error *err) {
    q->method = method, q->t = t, q->n = n, q->threads = threads;
    q->chunks = malloc((n / CHUNK + 1) * sizeof *q->chunks);
    return q->chunks ? KITH_OK : kith_no_memory(err);
}

static int total(problem *q, const double *p, double *loglik, double *gradient, double *hessian, kith_error *err) {
    size_t chunks = (q->n + CHUNK - 1) / CHUNK, n = kith_value_size(q->method);
    memset(q->chunks, 0, chunks * sizeof *q->chunks);
    job j = {
        .method = q->method, .p = p, .t = q->t, .n = q->n, .derivatives = gradient || hessian, .chunks = q->chunks};
    if (chunks == 1)
        KITH_TRY(sum_chunk(&j, 0, 0, err));
    else
        KITH_TRY(kith_parallel(q->threads, chunks, sum_chunk, &j, err));
    kith_running value = {0, 0}, g[MOST] = {{0, 0}}, h[MOST][MOST] = {{{0, 0}}};
    for (size_t c = 0; c < chunks; c++) {
        kith_running_add(&value, q->chunks[c].value);
        for (size_t i = 0; j.derivatives && i < n; i++) {
            kith_running_add(&g[i], q->chunks[c].gradient[i]);
            for (size_t k = i; k < n; k++) kith_running_add(&h[i][k], q->chunks[c].hessian[i][k]);
        }
    }
    *loglik = kith_running_value(&value);
    for (size_t i = 0; j.derivatives && i < n; i++) {
        double slope = p[i] * kith_running_value(&g[i]);
        if (gradient) gradient[i] = slope;
        for (size_t k = i; hessian && k < n; k++)
            hessian[i * n + k] = hessian[k * n + i] = p[i] * p[k] * kith_running_value(&h[i][k]) + (i == k ? slope : 0);
    }
    return KITH_OK;
}

int kith_value_loglik(kith_value_method method, const double *p, const kith_triple *t, size_t n, int threads,
                      double *loglik, double *gradient, double *hessian, kith_error *err) {
    problem q;
    int status = problem_open(&q, method, t, n, threads, err);
    if (status == KITH_OK) status = total(&q, p, loglik, gradient, hessian, err);
    free(q.chunks);
    return status;
}
