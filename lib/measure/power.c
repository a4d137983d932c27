/* Sample size by inverting power, never by a formula of its own: whatever the test is, the size is where its power is reached.
 *
 * Several looks: the drift that reaches the power under the bounds, against the drift of a single look, is the inflation of the
 * information (Jennison & Turnbull 2000, chapter 2); sizes are multiplied by it. */
#include <kith/distributions.h>
#include <kith/power.h>
#include <kith/stats.h>
#include <math.h>

enum { LOOKS_MOST = 50 };

static double two_tails(double shift, double z) { return kith_normal_sf(z - shift) + kith_normal_cdf(-z - shift); }

typedef struct drifting {
    const double *z;
    size_t looks;
    double goal, critical;
} drifting;

static double by_looks(double drift, void *ctx) {
    const drifting *d = ctx;
    return kith_group_power(d->looks, NULL, d->z, drift, NULL) - d->goal;
}
static double by_one(double drift, void *ctx) {
    const drifting *d = ctx;
    return two_tails(drift, d->critical) - d->goal;
}

/* By how much several looks multiply the size for this power; NaN where it cannot be found. */
static double inflation(const kith_power *p, double power) {
    double z[LOOKS_MOST], many, one;
    if (!p->looks) return 1;
    drifting d = {z, p->looks, power, kith_normal_quantile(1 - p->alpha / 2)};
    if (kith_group_bounds(p->bound, p->looks, NULL, p->alpha, z, NULL) != KITH_OK) return NAN;
    if (kith_root(by_looks, &d, 0, 40, &many, NULL) != KITH_OK || kith_root(by_one, &d, 0, 40, &one, NULL) != KITH_OK) return NAN;
    return many * many / (one * one);
}

/* Power of one look. */
static double single(const kith_power *p, double n) {
    double z = kith_normal_quantile(1 - p->alpha / 2), m = n * p->ratio, spread = sqrt(p->variance), p1 = p->baseline, p2 = p->target;
    switch (p->test) {
    case KITH_POWER_MEANS: {
        double df = n + m - 2, shift = p->effect / spread * sqrt(n * m / (n + m));
        if (!(df > 0)) return p->alpha;
        double t = kith_t_quantile(1 - p->alpha / 2, df);
        return 1 - kith_noncentral_t_cdf(t, df, shift) + kith_noncentral_t_cdf(-t, df, shift);
    }
    case KITH_POWER_COHEN: return two_tails((2 * asin(sqrt(p2)) - 2 * asin(sqrt(p1))) / spread * sqrt(n * m / (n + m)), z);
    case KITH_POWER_POOLED:
    case KITH_POWER_UNPOOLED: {
        double pool = (n * p1 + m * p2) / (n + m), v1 = p->variance * (p1 * (1 - p1) / n + p2 * (1 - p2) / m);
        double v0 = p->test == KITH_POWER_POOLED ? p->variance * pool * (1 - pool) * (1 / n + 1 / m) : v1;
        return kith_normal_cdf((fabs(p2 - p1) - z * sqrt(v0)) / sqrt(v1));
    }
    case KITH_POWER_RATIOS: return two_tails(p->effect / spread * sqrt(n * m / (n + m)), z);
    case KITH_POWER_SURVIVAL: return two_tails(p->effect * sqrt(p->event_share * n * m / (n + m)), z);
    }
    return NAN;
}

typedef struct search {
    kith_power p;
    double goal, n;
    bool shares;
} search;

static double missing_at_size(double log_n, void *ctx) {
    const search *s = ctx;
    double power = single(&s->p, exp(log_n));
    return isnan(power) ? -1 : power - s->goal;
}

static double missing_at_effect(double x, void *ctx) {
    search *s = ctx;
    if (s->shares) s->p.target = s->p.baseline + x * (1 - s->p.baseline);
    else s->p.effect = exp(x);
    double power = kith_power_at(&s->p, s->n);
    return isnan(power) ? -1 : power - s->goal;
}

static bool of_shares(const kith_power *p) {
    return p->test == KITH_POWER_COHEN || p->test == KITH_POWER_POOLED || p->test == KITH_POWER_UNPOOLED;
}

static int check(const kith_power *p, kith_error *err) {
    if (!(p->alpha > 0 && p->alpha < 1)) return kith_fail(err, KITH_USAGE, "alpha lies between 0 and 1");
    if (!(p->ratio > 0)) return kith_fail(err, KITH_USAGE, "the ratio of the arms is positive");
    if (!(p->variance > 0 && p->variance <= 1)) return kith_fail(err, KITH_USAGE, "the covariate's correlation lies between -1 and 1");
    if (of_shares(p) && !(p->baseline > 0 && p->baseline < 1)) return kith_fail(err, KITH_USAGE, "the baseline share lies between 0 and 1");
    if (p->test == KITH_POWER_SURVIVAL && !(p->event_share > 0 && p->event_share <= 1))
        return kith_fail(err, KITH_USAGE, "the share of events lies between 0 and 1");
    if (p->looks > LOOKS_MOST) return kith_fail(err, KITH_USAGE, "at most %d looks", LOOKS_MOST);
    return KITH_OK;
}

double kith_power_at(const kith_power *p, double n) {
    if (check(p, NULL) != KITH_OK || !(n > 0)) return NAN;
    if (!p->looks) return single(p, n);
    double z[LOOKS_MOST], critical = kith_normal_quantile(1 - p->alpha / 2), one = single(p, n), drift;
    drifting d = {z, p->looks, one, critical};
    if (one <= p->alpha * (1 + 1e-9)) return p->alpha;
    if (one >= 1 - 1e-12) return 1;
    if (kith_group_bounds(p->bound, p->looks, NULL, p->alpha, z, NULL) != KITH_OK || kith_root(by_one, &d, 0, 40, &drift, NULL) != KITH_OK) return NAN;
    return kith_group_power(p->looks, NULL, z, drift, NULL);
}

int kith_power_size(const kith_power *p, double power, double *n, kith_error *err) {
    KITH_TRY(check(p, err));
    if (!(power > p->alpha && power < 1)) return kith_fail(err, KITH_USAGE, "power lies between alpha and 1");
    if (of_shares(p) ? p->target == p->baseline || !(p->target >= 0 && p->target <= 1) : p->effect == 0 || !isfinite(p->effect))
        return kith_fail(err, KITH_USAGE, of_shares(p) ? "the target is another share, between 0 and 1" : "the effect is not 0");
    search s = {.p = *p, .goal = power};
    double low = log(1 + 1 / p->ratio) - 6, high = log(1e18), root;
    if (p->test == KITH_POWER_MEANS) low = log((2 + 1e-6) / (1 + p->ratio));
    if (missing_at_size(low, &s) >= 0) root = low;
    else KITH_TRY(kith_root(missing_at_size, &s, low, high, &root, err));
    double f = inflation(p, power);
    if (isnan(f)) return kith_fail(err, KITH_USAGE, "no bounds for these looks");
    *n = exp(root) * f;
    return KITH_OK;
}

int kith_power_effect(const kith_power *p, double power, double n, double *effect, kith_error *err) {
    KITH_TRY(check(p, err));
    if (!(power > p->alpha && power < 1)) return kith_fail(err, KITH_USAGE, "power lies between alpha and 1");
    if (!(n > 0)) return kith_fail(err, KITH_USAGE, "the size is positive");
    search s = {.p = *p, .goal = power, .n = n, .shares = of_shares(p)};
    double root;
    if (kith_root(missing_at_effect, &s, s.shares ? 1e-12 : log(1e-9), s.shares ? 1 - 1e-9 : log(1e6), &root, NULL) != KITH_OK)
        return kith_fail(err, KITH_USAGE, "no effect is large enough for this size");
    *effect = s.shares ? p->baseline + root * (1 - p->baseline) : exp(root);
    return KITH_OK;
}
