/* Two arms, one outcome: effects from counts and moments. Sources are named at each function in the header.
 *
 * Invariants: an effect is arm minus control; a p-value is NaN, never 0 or 1, where nothing varies, so that "no outcome at all"
 * does not look like evidence. */
#include <kith/distributions.h>
#include <kith/drift.h>
#include <kith/experiment.h>
#include <kith/stats.h>
#include <math.h>

static double critical(double level) { return kith_normal_quantile((1 + level) / 2); }
static double both_tails(double z) { return isnan(z) ? NAN : 2 * kith_normal_sf(fabs(z)); }
static double score(double difference, double se) { return se > 0 ? difference / se : NAN; }

void kith_sample_ratio(const double *counts, const double *shares, size_t n, double *chi2, double *p) {
    double total = 0, whole = 0;
    for (size_t i = 0; i < n; i++) {
        total += counts[i];
        whole += shares ? shares[i] : 1;
    }
    *chi2 = n > 1 && total > 0 ? 0 : NAN;
    for (size_t i = 0; i < n; i++) {
        double expected = total * (shares ? shares[i] : 1) / whole;
        *chi2 += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    *p = n > 1 && isfinite(*chi2) ? kith_chi2_sf(*chi2, (double)n - 1) : NAN;
}

/* ---- shares ---------------------------------------------------------------------------------------------------- */

kith_effect kith_shares_difference(kith_shares s, double level) {
    double pa = s.a / s.n, pb = s.b / s.m, pool = (s.a + s.b) / (s.n + s.m), d = pb - pa;
    double z = score(d, sqrt(pool * (1 - pool) * (1 / s.n + 1 / s.m)));
    double half = critical(level) * sqrt(pa * (1 - pa) / s.n + pb * (1 - pb) / s.m);
    return (kith_effect){d, d - half, d + half, z, both_tails(z), NAN};
}

void kith_wilson(double successes, double n, double level, double *low, double *high) {
    if (!(n > 0)) {
        *low = *high = NAN;
        return;
    }
    double z = critical(level), p = successes / n, z2 = z * z;
    double mid = (p + z2 / (2 * n)) / (1 + z2 / n), half = z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    *low = successes <= 0 ? 0 : mid - half;
    *high = successes >= n ? 1 : mid + half;
}

kith_effect kith_shares_newcombe(kith_shares s, double level) {
    kith_effect e = kith_shares_difference(s, level);
    double pa = s.a / s.n, pb = s.b / s.m, la, ua, lb, ub;
    kith_wilson(s.a, s.n, level, &la, &ua);
    kith_wilson(s.b, s.m, level, &lb, &ub);
    e.low = e.estimate - sqrt((pb - lb) * (pb - lb) + (ua - pa) * (ua - pa));
    e.high = e.estimate + sqrt((ub - pb) * (ub - pb) + (pa - la) * (pa - la));
    return e;
}

typedef struct inversion {
    const kith_shares *s;
    double z;
} inversion;

/* Maximises the binomial likelihood under pb − pa = delta by the root of its derivative in pa; the score z with N/(N − 1). */
static double score_z(const kith_shares *s, double delta) {
    double low = delta < 0 ? -delta : 0, high = delta > 0 ? 1 - delta : 1;
    double lo = low, hi = high;
    for (int i = 0; i < 200; i++) { /* the derivative falls in pa: bisection to the last bit */
        double p = (lo + hi) / 2, q = p + delta;
        if (p == lo || p == hi) break;
        double slope = (s->a > 0 ? s->a / p : 0) - (s->n > s->a ? (s->n - s->a) / (1 - p) : 0) + (s->b > 0 ? s->b / q : 0) -
                       (s->m > s->b ? (s->m - s->b) / (1 - q) : 0);
        if (slope > 0) lo = p;
        else hi = p;
    }
    double p = (lo + hi) / 2, q = p + delta, n = s->n + s->m;
    double v = (p * (1 - p) / s->n + q * (1 - q) / s->m) * n / (n - 1), d = s->b / s->m - s->a / s->n - delta;
    if (v <= 0) return d == 0 ? 0 : copysign(INFINITY, d);
    return d / sqrt(v);
}

static double inverted(double delta, void *ctx) {
    inversion *i = ctx;
    double z = score_z(i->s, delta);
    return (z > 1e6 ? 1e6 : z < -1e6 ? -1e6 : z) - i->z;
}

kith_effect kith_shares_score(kith_shares s, double level) {
    kith_effect e = {s.b / s.m - s.a / s.n, -1, 1, NAN, NAN, NAN};
    if (!(s.n > 0 && s.m > 0)) return (kith_effect){NAN, NAN, NAN, NAN, NAN, NAN};
    double z = critical(level);
    inversion up = {&s, z}, down = {&s, -z};
    if (e.estimate > -1) (void)kith_root(inverted, &up, -1, e.estimate, &e.low, NULL);
    if (e.estimate < 1) (void)kith_root(inverted, &down, e.estimate, 1, &e.high, NULL);
    if (s.a + s.b > 0 && s.a + s.b < s.n + s.m) e.statistic = score_z(&s, 0);
    e.p = both_tails(e.statistic);
    return e;
}

kith_effect kith_shares_lift(kith_shares s, double level) {
    double pa = s.a / s.n, pb = s.b / s.m;
    if (!(pa > 0)) return (kith_effect){NAN, NAN, NAN, NAN, NAN, NAN};
    double r = pb / pa, se = sqrt(pb * (1 - pb) / s.m / (pa * pa) + r * r * pa * (1 - pa) / s.n / (pa * pa));
    double z = score(r - 1, se), half = critical(level) * se;
    return (kith_effect){r - 1, r - 1 - half, r - 1 + half, z, both_tails(z), NAN};
}

kith_effect kith_shares_unpooled(kith_shares s, double level) {
    kith_effect e = kith_shares_difference(s, level);
    double pa = s.a / s.n, pb = s.b / s.m;
    e.statistic = score(e.estimate, sqrt(pa * (1 - pa) / s.n + pb * (1 - pb) / s.m));
    e.p = both_tails(e.statistic);
    return e;
}

kith_effect kith_shares_katz(kith_shares s, double level) {
    if (!(s.a > 0 && s.b > 0)) return (kith_effect){NAN, NAN, NAN, NAN, NAN, NAN};
    double r = s.b / s.m / (s.a / s.n), se = sqrt(1 / s.a - 1 / s.n + 1 / s.b - 1 / s.m), f = exp(critical(level) * se), z = score(log(r), se);
    return (kith_effect){r - 1, r / f - 1, r * f - 1, z, both_tails(z), NAN};
}

kith_effect kith_shares_chi2(kith_shares s, kith_chi2_kind kind) {
    double n = s.n + s.m, yes = s.a + s.b, no = n - yes, x = 0;
    kith_effect e = {s.b / s.m - s.a / s.n, NAN, NAN, NAN, NAN, 1};
    if (!(s.n > 0 && s.m > 0 && yes > 0 && no > 0)) return e;
    double seen[4] = {s.a, s.n - s.a, s.b, s.m - s.b}, expected[4] = {s.n * yes / n, s.n * no / n, s.m * yes / n, s.m * no / n};
    for (int i = 0; i < 4; i++) {
        double d = fabs(seen[i] - expected[i]);
        if (kind == KITH_CHI2_YATES) d = fmax(0, d - .5);
        if (kind == KITH_CHI2_G) x += seen[i] > 0 ? 2 * seen[i] * log(seen[i] / expected[i]) : 0;
        else x += d * d / expected[i];
    }
    e.statistic = x;
    e.p = kith_chi2_sf(x, 1);
    return e;
}

/* ---- Fisher ---------------------------------------------------------------------------------------------------- */

typedef struct table2 {
    double low, high, k;  /* support of the arm's successes; the one seen */
    double g, b, n;       /* successes, failures, arm's size */
    double tail;          /* for the interval: which probability to reach */
    bool upper;
} table2;

/* Weight of k + 1 over that of k at odds ratio 1. */
static double climb(const table2 *t, double k) { return (t->g - k) * (t->n - k) / ((k + 1) * (t->b - t->n + k + 1)); }

/* P(X ≥ k) (upper) or P(X ≤ k) at odds ratio e^theta, by sums from k outwards over the sum of all. */
static double tail_at(double theta, void *ctx) {
    table2 *t = ctx;
    double odds = exp(theta), mode, tail = 0, all = 0, w = 1;
    mode = t->low;
    { /* the mode of the noncentral law: where the climb passes 1 */
        double lo = t->low, hi = t->high;
        while (hi - lo > .5) {
            double mid = floor((lo + hi) / 2);
            if (climb(t, mid) * odds > 1) lo = mid + 1;
            else hi = mid;
        }
        mode = lo;
    }
    for (double k = mode; k <= t->high; k++) {
        all += w;
        if (t->upper ? k >= t->k : k <= t->k) tail += w;
        w *= climb(t, k) * odds;
        if (w < 1e-300 || (w < 1e-18 * all && (t->upper ? k >= t->k : true))) break;
    }
    w = 1;
    for (double k = mode - 1; k >= t->low; k--) {
        w /= climb(t, k) * odds;
        all += w;
        if (t->upper ? k >= t->k : k <= t->k) tail += w;
        if (w < 1e-300 || (w < 1e-18 * all && (t->upper ? true : k <= t->k))) break;
    }
    return tail / all - t->tail;
}

kith_effect kith_shares_fisher(kith_shares s, double level) {
    kith_effect e = {NAN, NAN, NAN, NAN, NAN, NAN};
    double g = s.a + s.b, bad = s.n + s.m - g;
    if (!(s.n > 0 && s.m > 0)) return e;
    double da = s.a * (s.m - s.b), db = s.b * (s.n - s.a);
    e.estimate = e.statistic = da > 0 ? db / da : db > 0 ? INFINITY : NAN;
    if (g == 0 || bad == 0) return e;
    table2 t = {fmax(0, s.m - bad), fmin(g, s.m), s.b, g, bad, s.m, 0, false};
    /* Weights relative to the table seen: no likelier means at most 1. */
    double all = 0, rare = 0, w = 1;
    for (double k = s.b; k <= t.high; k++) {
        all += w;
        if (w <= 1 + 1e-7) rare += w;
        w *= climb(&t, k);
        if (w < 1e-20 * all) break;
    }
    w = 1;
    for (double k = s.b - 1; k >= t.low; k--) {
        w /= climb(&t, k);
        all += w;
        if (w <= 1 + 1e-7) rare += w;
        if (w < 1e-20 * all) break;
    }
    e.p = rare / all;
    t.tail = (1 - level) / 2;
    double root;
    t.upper = true;
    e.low = s.b > t.low && kith_root(tail_at, &t, -60, 60, &root, NULL) == KITH_OK ? exp(root) : 0;
    t.upper = false;
    e.high = s.b < t.high && kith_root(tail_at, &t, -60, 60, &root, NULL) == KITH_OK ? exp(root) : INFINITY;
    return e;
}

/* ---- means ----------------------------------------------------------------------------------------------------- */

kith_effect kith_welch(kith_arm_mean a, kith_arm_mean b, double level) {
    double va = a.variance / a.n, vb = b.variance / b.n, v = va + vb, d = b.mean - a.mean;
    double df = v * v / (va * va / (a.n - 1) + vb * vb / (b.n - 1)), t = score(d, sqrt(v));
    double half = isfinite(df) && df > 0 ? kith_t_quantile((1 + level) / 2, df) * sqrt(v) : NAN;
    return (kith_effect){d, d - half, d + half, t, isnan(t) ? NAN : 2 * kith_t_sf(fabs(t), df), df};
}

kith_effect kith_mean_difference(kith_arm_mean a, kith_arm_mean b, double level) {
    double se = sqrt(a.variance / a.n + b.variance / b.n), d = b.mean - a.mean, z = score(d, se), half = critical(level) * se;
    return (kith_effect){d, d - half, d + half, z, both_tails(z), NAN};
}

kith_effect kith_mean_lift(kith_arm_mean a, kith_arm_mean b, double level) {
    if (a.mean == 0) return (kith_effect){NAN, NAN, NAN, NAN, NAN, NAN};
    double r = b.mean / a.mean, se = sqrt(b.variance / b.n + r * r * a.variance / a.n) / fabs(a.mean), z = score(r - 1, se);
    return (kith_effect){r - 1, r - 1 - critical(level) * se, r - 1 + critical(level) * se, z, both_tails(z), NAN};
}

kith_effect kith_cuped(kith_arm_pair a, kith_arm_pair b, double level, double *theta, double *reduction) {
    double n = a.n + b.n, dx = b.mean_x - a.mean_x, dy = b.mean_y - a.mean_y, between = a.n * b.n / n;
    double sxx = (a.n - 1) * a.var_x + (b.n - 1) * b.var_x + between * dx * dx;
    double sxy = (a.n - 1) * a.cov + (b.n - 1) * b.cov + between * dx * dy;
    double syy = (a.n - 1) * a.var_y + (b.n - 1) * b.var_y + between * dy * dy, t = sxx > 0 ? sxy / sxx : 0;
    double va = (a.var_y - 2 * t * a.cov + t * t * a.var_x) / a.n, vb = (b.var_y - 2 * t * b.cov + t * t * b.var_x) / b.n;
    double d = dy - t * dx, se = sqrt(va + vb), z = score(d, se), half = critical(level) * se;
    if (theta) *theta = t;
    if (reduction) *reduction = sxx > 0 && syy > 0 ? sxy * sxy / (sxx * syy) : NAN;
    return (kith_effect){d, d - half, d + half, z, both_tails(z), NAN};
}

kith_effect kith_ratio_difference(kith_arm_pair a, kith_arm_pair b, double level) {
    double ra = a.mean_y / a.mean_x, rb = b.mean_y / b.mean_x;
    double va = (a.var_y - 2 * ra * a.cov + ra * ra * a.var_x) / (a.mean_x * a.mean_x * a.n);
    double vb = (b.var_y - 2 * rb * b.cov + rb * rb * b.var_x) / (b.mean_x * b.mean_x * b.n);
    double d = rb - ra, se = sqrt(va + vb), z = score(d, se), half = critical(level) * se;
    return (kith_effect){d, d - half, d + half, z, both_tails(z), NAN};
}

kith_effect kith_mann_whitney(const double *count_a, const double *count_b, size_t n) {
    double na = 0, nb = 0, u = 0, ties = 0, below = 0; /* below: of the control */
    for (size_t i = 0; i < n; i++) {
        double t = count_a[i] + count_b[i];
        u += count_b[i] * (below + count_a[i] / 2);
        below += count_a[i];
        na += count_a[i];
        nb += count_b[i];
        ties += t * t * t - t;
    }
    double all = na + nb, mid = na * nb / 2;
    double sd = sqrt(na * nb / 12 * ((all + 1) - ties / (all * (all - 1))));
    double far = fabs(u - mid) - .5, z = sd > 0 ? (far > 0 ? far : 0) / sd : NAN;
    return (kith_effect){na > 0 && nb > 0 ? u / (na * nb) : NAN, NAN, NAN, u, isnan(z) ? NAN : fmin(1, 2 * kith_normal_sf(z)), NAN};
}

/* P(D+ ≥ d) of one sample of n, exactly (Birnbaum & Tingey 1951), in logarithms. */
static double smirnov(double n, double d) {
    double sum = 0;
    for (double j = 0; j <= floor(n * (1 - d)); j++) {
        double left = 1 - d - j / n;
        if (left <= 0) continue;
        sum += exp(-log(n + 1) - kith_lbeta(j + 1, n - j + 1) + (j - 1) * log(d + j / n) + (n - j) * log(left));
    }
    return d * sum;
}

kith_effect kith_kolmogorov_smirnov(const double *count_a, const double *count_b, size_t n) {
    double na = 0, nb = 0, a = 0, b = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        na += count_a[i];
        nb += count_b[i];
    }
    if (!(na > 0 && nb > 0)) return (kith_effect){NAN, NAN, NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < n; i++) {
        a += count_a[i] / na;
        b += count_b[i] / nb;
        most = fmax(most, fabs(a - b));
    }
    double size = rint(na * nb / (na + nb)), x = most * sqrt(size);
    /* In the tail both sides add up; the paths that cross both count from x² = 2.2 down (as in Simard & L'Ecuyer 2011). */
    double p = x > 1.2 && size < 1e7 ? 2 * smirnov(size, most) - (x * x < 2.2 ? 2 * exp(-8 * x * x) : 0) : kith_kolmogorov_sf(x);
    return (kith_effect){most, NAN, NAN, most, fmin(1, p), NAN};
}

/* ---- several at once ------------------------------------------------------------------------------------------- */

static size_t ranked(const double *p, size_t n, uint32_t *order) { /* ascending, stable, without NaN: merge by insertion in runs */
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(p[i])) order[m++] = (uint32_t)i;
    for (size_t gap = m / 2; gap; gap /= 2) /* Shell sort; ties by place */
        for (size_t i = gap; i < m; i++) {
            uint32_t v = order[i];
            size_t j = i;
            for (; j >= gap; j -= gap) {
                uint32_t w = order[j - gap];
                if (p[w] < p[v] || (p[w] == p[v] && w < v)) break;
                order[j] = w;
            }
            order[j] = v;
        }
    return m;
}

void kith_holm(double *p, size_t n, uint32_t *scratch) {
    size_t m = ranked(p, n, scratch);
    double most = 0;
    for (size_t k = 0; k < m; k++) {
        double v = p[scratch[k]] * (double)(m - k);
        most = v > most ? v : most;
        p[scratch[k]] = most < 1 ? most : 1;
    }
}

void kith_benjamini_hochberg(double *p, size_t n, uint32_t *scratch) {
    size_t m = ranked(p, n, scratch);
    double least = 1;
    for (size_t k = m; k-- > 0;) {
        double v = p[scratch[k]] * (double)m / (double)(k + 1);
        least = v < least ? v : least;
        p[scratch[k]] = least;
    }
}

typedef struct spread {
    const double *e, *se;
    size_t n, used;
} spread;

static double common_mean(const spread *s, double tau2, double *weight) {
    double sum = 0, w = 0;
    for (size_t i = 0; i < s->n; i++)
        if (!isnan(s->e[i]) && s->se[i] > 0) {
            w += 1 / (s->se[i] * s->se[i] + tau2);
            sum += s->e[i] / (s->se[i] * s->se[i] + tau2);
        }
    *weight = w;
    return sum / w;
}

static double excess(double tau2, void *ctx) { /* generalised Q less its degrees of freedom */
    const spread *s = ctx;
    double w, mean = common_mean(s, tau2, &w), q = 0;
    for (size_t i = 0; i < s->n; i++)
        if (!isnan(s->e[i]) && s->se[i] > 0) q += (s->e[i] - mean) * (s->e[i] - mean) / (s->se[i] * s->se[i] + tau2);
    return q - ((double)s->used - 1);
}

double kith_shrink(const double *estimate, const double *se, size_t n, double level, double *shrunk, double *half) {
    spread s = {estimate, se, n, 0};
    double tau2 = 0, w, most = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(estimate[i]) && se[i] > 0) {
            s.used++;
            most = fmax(most, estimate[i] * estimate[i] + se[i] * se[i]);
        }
    if (s.used > 1 && excess(0, &s) > 0) (void)kith_root(excess, &s, 0, 16 * most * (double)s.used, &tau2, NULL);
    double mean = s.used ? common_mean(&s, tau2, &w) : NAN, z = critical(level);
    for (size_t i = 0; i < n; i++) {
        shrunk[i] = half[i] = NAN;
        if (isnan(estimate[i]) || !(se[i] > 0)) continue;
        double v = se[i] * se[i], keep = tau2 / (tau2 + v); /* the segment's own weight */
        shrunk[i] = keep * estimate[i] + (1 - keep) * mean;
        half[i] = z * sqrt(keep * v + (1 - keep) * (1 - keep) / w);
    }
    return tau2;
}
