/* Looking more than once: mixtures that are valid at any time, and bounds for a planned number of looks.
 *
 * Group-sequential bounds: the sum S_k of independent normal increments is followed as a density over the part that has not
 * crossed yet, g_k(s) = ∫ g_{k−1}(u) φ((s − u − drift Δt)/√Δt)/√Δt du, on Gauss–Legendre panels no wider than one increment's
 * deviation: the integrand is entire, so that the rule is exact to rounding. Trapezes on the same grid lose 1e-5. */
#include <kith/distributions.h>
#include <kith/experiment.h>
#include <kith/stats.h>
#include <math.h>
#include <stdlib.h>

kith_effect kith_msprt(double difference, double v, double tau, double level) {
    if (!(v > 0) || !(tau > 0)) return (kith_effect){difference, NAN, NAN, NAN, NAN, NAN};
    double t2 = tau * tau, log_ratio = .5 * log(v / (v + t2)) + t2 * difference * difference / (2 * v * (v + t2));
    double half = sqrt(2 * v * (v + t2) / t2 * (.5 * log((v + t2) / v) - log(1 - level)));
    return (kith_effect){difference, difference - half, difference + half, exp(log_ratio), fmin(1, exp(-log_ratio)), NAN};
}

static double narrowest(double r, void *ctx) { /* zero of the derivative of (r + 1)/r · (ln(1 + r) − 2 ln α) in r = nρ² */
    return r - (log1p(r) - 2 * log(*(double *)ctx));
}

double kith_sequence_rho(double n, double alpha) {
    double r;
    if (!(n > 0) || !(alpha > 0 && alpha < 1) || kith_root(narrowest, &alpha, 1e-12, 1e6, &r, NULL) != KITH_OK) return NAN;
    return sqrt(r / n);
}

/* ---- bounds ---------------------------------------------------------------------------------------------------- */

enum { LOOKS_MOST = 50, NODES = 12, PANELS_MOST = 256 };

typedef struct front { /* the density of S at the last look, where it has not crossed */
    double node[NODES], weight[NODES];
    double *s, *g, *next_s, *next_g; /* PANELS_MOST × NODES, g times the rule's weight */
    size_t n;
    double drift, time;
} front;

static bool front_open(front *f, double drift) {
    *f = (front){.drift = drift};
    f->s = malloc(4 * (size_t)PANELS_MOST * NODES * sizeof(double));
    if (!f->s || kith_gauss_legendre(NODES, f->node, f->weight, NULL) != KITH_OK) return false;
    f->g = f->s + PANELS_MOST * NODES;
    f->next_s = f->g + PANELS_MOST * NODES;
    f->next_g = f->next_s + PANELS_MOST * NODES;
    f->n = 1;
    f->s[0] = 0;
    f->g[0] = 1;
    return true;
}

static void front_close(front *f) { free(f->s < f->next_s ? f->s : f->next_s); }

/* The chance to cross |z| = bound for the first time at information t. */
static double crossing(const front *f, double t, double bound) {
    double sd = sqrt(t - f->time), edge = bound * sqrt(t), mean = f->drift * (t - f->time), p = 0;
    for (size_t i = 0; i < f->n; i++)
        p += f->g[i] * (kith_normal_sf((edge - f->s[i] - mean) / sd) + kith_normal_cdf((-edge - f->s[i] - mean) / sd));
    return p;
}

static void advance(front *f, double t, double bound) {
    double sd = sqrt(t - f->time), edge = bound * sqrt(t), mean = f->drift * (t - f->time);
    double reach = 10 * sqrt(t) + fabs(f->drift) * t; /* beyond it nothing is left */
    if (edge > reach) edge = reach;
    size_t panels = (size_t)ceil(2 * edge / sd) + 1, n = 0;
    if (panels > PANELS_MOST) panels = PANELS_MOST;
    double half = edge / (double)panels;
    for (size_t k = 0; k < panels; k++)
        for (int i = 0; i < NODES; i++, n++) {
            double s = -edge + (2 * (double)k + 1) * half + half * f->node[i], g = 0;
            for (size_t j = 0; j < f->n; j++) {
                double z = (s - f->s[j] - mean) / sd;
                if (fabs(z) < 38) g += f->g[j] * kith_normal_pdf(z);
            }
            f->next_s[n] = s;
            f->next_g[n] = g / sd * half * f->weight[i];
        }
    double *swap = f->s;
    f->s = f->next_s;
    f->next_s = swap;
    swap = f->g;
    f->g = f->next_g;
    f->next_g = swap;
    f->n = n;
    f->time = t;
}

static double spent(kith_bound kind, double alpha, double t) {
    if (kind == KITH_BOUND_SPEND_POCOCK) return alpha * log1p((exp(1) - 1) * t);
    return 4 * kith_normal_sf(-kith_normal_quantile(alpha / 4) / sqrt(t));
}

typedef struct search {
    kith_bound kind;
    size_t looks;
    const double *times;
    double alpha, t, goal;
    front *f;
    double *z;
} search;

static void shape(const search *s, double c) {
    for (size_t k = 0; k < s->looks; k++) s->z[k] = s->kind == KITH_BOUND_OBRIEN_FLEMING ? c / sqrt(s->times[k]) : c;
}

static double over_all(double c, void *ctx) {
    search *s = ctx;
    shape(s, c);
    return kith_group_power(s->looks, s->times, s->z, 0, NULL) - s->alpha;
}

static double at_look(double z, void *ctx) {
    search *s = ctx;
    return crossing(s->f, s->t, z) - s->goal;
}

int kith_group_bounds(kith_bound kind, size_t looks, const double *times, double alpha, double *z, kith_error *err) {
    double even[LOOKS_MOST];
    if (looks < 1 || looks > LOOKS_MOST) return kith_fail(err, KITH_USAGE, "looks go from 1 to %d", LOOKS_MOST);
    if (!(alpha > 0 && alpha < 1)) return kith_fail(err, KITH_USAGE, "alpha lies between 0 and 1");
    for (size_t k = 0; k < looks; k++) even[k] = (double)(k + 1) / (double)looks;
    if (!times) times = even;
    for (size_t k = 0; k < looks; k++)
        if (!(times[k] > (k ? times[k - 1] : 0)) || times[k] > 1) return kith_fail(err, KITH_USAGE, "information times must rise from above 0 to 1");
    search s = {.kind = kind, .looks = looks, .times = times, .alpha = alpha, .z = z};
    if (kind == KITH_BOUND_OBRIEN_FLEMING || kind == KITH_BOUND_POCOCK) {
        double c;
        KITH_TRY(kith_root(over_all, &s, .01, 12, &c, err));
        shape(&s, c);
        return KITH_OK;
    }
    front f;
    int status = front_open(&f, 0) ? KITH_OK : kith_no_memory(err);
    s.f = &f;
    for (size_t k = 0; k < looks && status == KITH_OK; k++) {
        s.t = times[k];
        s.goal = spent(kind, alpha, times[k]) - (k ? spent(kind, alpha, times[k - 1]) : 0);
        z[k] = 37;
        if (crossing(&f, s.t, 37) < s.goal) status = kith_root(at_look, &s, 0, 37, &z[k], err);
        if (status == KITH_OK && k + 1 < looks) advance(&f, times[k], z[k]);
    }
    front_close(&f);
    return status;
}

double kith_group_power(size_t looks, const double *times, const double *z, double drift, double *by) {
    front f;
    double even[LOOKS_MOST], p = 0;
    if (looks > LOOKS_MOST || !front_open(&f, drift)) return NAN;
    for (size_t k = 0; k < looks; k++) even[k] = (double)(k + 1) / (double)looks;
    if (!times) times = even;
    for (size_t k = 0; k < looks; k++) {
        p += crossing(&f, times[k], z[k]);
        if (by) by[k] = p;
        if (k + 1 < looks) advance(&f, times[k], z[k]);
    }
    front_close(&f);
    return p;
}

/* ---- Bayes ----------------------------------------------------------------------------------------------------- */

enum { BETA_NODES = 16, BETA_PANELS = 64 };

typedef struct posterior { /* a Beta law on a grid: x, and mass at x summing to 1 */
    double a, b, mean, sd;
    double x[BETA_NODES * BETA_PANELS], mass[BETA_NODES * BETA_PANELS], step[BETA_NODES * BETA_PANELS];
} posterior;

static void posterior_make(posterior *p, double successes, double n) {
    double node[BETA_NODES], weight[BETA_NODES], sum = 0;
    p->a = successes + 1;
    p->b = n - successes + 1;
    double all = p->a + p->b;
    p->mean = p->a / all;
    p->sd = sqrt(p->a * p->b / (all * all * (all + 1)));
    double low = fmax(0, p->mean - 12 * p->sd), high = fmin(1, p->mean + (p->a < 50 ? 40 : 12) * p->sd);
    if (p->b < 50) low = fmax(0, p->mean - 40 * p->sd);
    (void)kith_gauss_legendre(BETA_NODES, node, weight, NULL);
    double half = (high - low) / BETA_PANELS / 2;
    for (int k = 0, at = 0; k < BETA_PANELS; k++)
        for (int i = 0; i < BETA_NODES; i++, at++) {
            p->x[at] = low + (2 * k + 1) * half + half * node[i];
            p->step[at] = half * weight[i];
            p->mass[at] = p->step[at] * exp(kith_beta_log_pdf(p->x[at], p->a, p->b));
            sum += p->mass[at];
        }
    for (int at = 0; at < BETA_NODES * BETA_PANELS; at++) p->mass[at] /= sum;
}

typedef struct pair {
    posterior control, arm;
    double goal;
} pair;

static double below_difference(double d, void *ctx) { /* P(arm − control ≤ d) − goal */
    const pair *s = ctx;
    double p = 0;
    for (int i = 0; i < BETA_NODES * BETA_PANELS; i++) p += s->control.mass[i] * kith_beta_cdf(s->control.x[i] + d, s->arm.a, s->arm.b);
    return p - s->goal;
}

kith_bayes kith_bayes_shares(kith_shares s, double level) {
    kith_bayes r = {NAN, NAN, NAN, NAN, NAN, KITH_SYSTEM};
    pair *t = malloc(sizeof *t);
    if (!t) return r;
    posterior_make(&t->control, s.a, s.n);
    posterior_make(&t->arm, s.b, s.m);
    r.estimate = t->arm.mean - t->control.mean;
    r.better = r.loss = 0;
    for (int i = 0; i < BETA_NODES * BETA_PANELS; i++) {
        r.better += t->control.mass[i] * kith_beta_sf(t->control.x[i], t->arm.a, t->arm.b);
        /* E max(control − arm, 0) = ∫ P(control > x) P(arm ≤ x) dx; below the control's grid P(control > x) = 1 */
        r.loss += t->control.step[i] * kith_beta_sf(t->control.x[i], t->control.a, t->control.b) * kith_beta_cdf(t->control.x[i], t->arm.a, t->arm.b);
    }
    double low = t->control.x[0] - (t->control.x[1] - t->control.x[0]);
    for (int i = 0; i < BETA_NODES * BETA_PANELS && t->arm.x[i] < low; i++)
        r.loss += t->arm.step[i] * kith_beta_cdf(t->arm.x[i], t->arm.a, t->arm.b);
    if (t->arm.x[BETA_NODES * BETA_PANELS - 1] < low) r.loss += low - t->arm.x[BETA_NODES * BETA_PANELS - 1];
    t->goal = (1 - level) / 2;
    r.status = kith_root(below_difference, t, -1, 1, &r.low, NULL);
    t->goal = (1 + level) / 2;
    if (r.status == KITH_OK) r.status = kith_root(below_difference, t, -1, 1, &r.high, NULL);
    free(t);
    return r;
}

void kith_bayes_best(const double *successes, const double *n, size_t k, double *best) {
    posterior *p = malloc(sizeof *p);
    for (size_t i = 0; i < k; i++) {
        best[i] = p ? 0 : NAN;
        if (!p) continue;
        posterior_make(p, successes[i], n[i]);
        for (int at = 0; at < BETA_NODES * BETA_PANELS; at++) {
            double m = p->mass[at];
            for (size_t j = 0; j < k && m > 0; j++)
                if (j != i) m *= kith_beta_cdf(p->x[at], successes[j] + 1, n[j] - successes[j] + 1);
            best[i] += m;
        }
    }
    free(p);
}
