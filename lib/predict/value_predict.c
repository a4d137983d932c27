/* What a fitted model says about a customer: alive or not, purchases to come, their discounted worth, spend.
 *
 * Expected purchases of BG/NBD and MBG/NBD given alive are E over p ~ Beta(a, b′) of (1 − (1 + p z′)^−n)/p with n = r +
 * x, z′ = t/(α + T), which has no singularity at a = 1. With ε = a − 1, z = t/(α + T + t), C = a + b′ − 1: C (1 −
 * (1−z)^ε)/ε − (1−z)^ε Σ_{k≥1} (C−n)_k (1+ε)_{k−1} / ((C+1)_{k−1} k!) z^k, Euler's bounded form of the papers' ₂F₁ with
 * the pole at C = 0 and the limit at ε = 0 divided out. Where that series would alternate, is long or runs over (a and b run
 * off together where customers hardly differ in their dropout), the expectation itself is integrated (tanh-sinh on the
 * logit of p). */
#include "gauss.h"
#include "value_terms.h"

#include <kith/stats.h>
#include <math.h>

/* (1 − e^−εl)/ε, continuous at ε = 0. */
static double fallen(double eps, double l) { return fabs(eps * l) < 1e-300 ? l : -expm1(-eps * l) / eps; }

static double beta_integral(double n, double a, double b, double z) {
    double lb = kith_lbeta(a, b), last = NAN;
    bool narrow = a > 100 && b > 100; /* a peak that even steps would miss: they go by its place and width */
    double peak = narrow ? log(a / b) : 0, width = narrow ? sqrt(1 / a + 1 / b) : 1;
    for (double h = .125; h > .001; h /= 2) {
        double sum = 0;
        for (double v = -9; v <= 9; v += h) {
            double y = peak + width * 1.5707963267948966 * sinh(v), lp = y > 0 ? -log1p(exp(-y)) : y - log1p(exp(y)), lq = lp - y;
            double p = exp(lp), gain = p < 1e-200 ? n * z : -expm1(-n * log1p(p * z)) / p;
            sum += gain * exp(a * lp + b * lq - lb) * width * 1.5707963267948966 * cosh(v);
        }
        sum *= h;
        if (fabs(sum - last) <= 1e-13 * fabs(sum)) return sum;
        last = sum;
    }
    return last;
}

static double bg_alive(double n, double a, double b, double scale, double t) {
    double z = t / (scale + t), eps = a - 1, c = a + b - 1;
    double l = log1p(t / scale);
    if (z > .95 || c - n < -6 || eps * l > 300) return beta_integral(n, a, b, t / scale); /* 300: the sum grows by (1 − z)^−ε */
    double term = (c - n) * z, sum = term;
    for (int k = 2; k < 4000; k++) {
        double ratio = (c - n + k - 1) / (c + k - 1) * ((eps + k - 1) / k) * z;
        term *= ratio;
        sum += term;
        if (fabs(term) <= 1e-17 * fabs(sum) * (1 - z) || term == 0) return c * fallen(eps, l) - exp(-eps * l) * sum;
    }
    return beta_integral(n, a, b, t / scale);
}

/* BG/BB: Σ_{k=1..t} e^(−rate k) P(alive at n + k | alive at n) · E[p]. */
static double bgbb_alive(const double *p, double x, double n, double t, double rate) {
    double chance = (p[0] + x) / (p[0] + p[1] + n), alive = 1, sum = 0, worth = 1, fall = exp(-rate);
    for (double k = 1; k <= floor(t) && k <= 1e6; k++) {
        alive *= (p[3] + n + k - 1) / (p[2] + p[3] + n + k - 1);
        worth *= fall;
        sum += alive * worth;
    }
    return chance * sum;
}

double kith_value_expected_alive(const kith_value_fit *fit, double x, double T, double t) {
    const double *p = fit->p;
    if (!isfinite(x + T + t)) return NAN;
    if (!(t > 0)) return 0;
    double n = p[0] + x, scale = p[1] + T;
    switch (fit->method) {
    case KITH_VALUE_BGNBD:
        return bg_alive(n, p[2], p[3] + x, scale, t);
    case KITH_VALUE_MBGNBD:
        return bg_alive(n, p[2], p[3] + x + 1, scale, t);
    case KITH_VALUE_PARETO:
        return n * ((p[3] + T) / scale) * fallen(p[2] - 1, log1p(t / (p[3] + T)));
    case KITH_VALUE_NBD:
        return n / scale * t;
    case KITH_VALUE_BGBB:
        return bgbb_alive(p, x, T, t, 0);
    case KITH_VALUE_GAMMA:
    case KITH_VALUE_METHODS:
        break;
    }
    return NAN;
}

double kith_value_alive(const kith_value_fit *fit, double x, double tx, double T) {
    if (!isfinite(x + tx + T)) return NAN;
    if (fit->method == KITH_VALUE_BGBB) {
        double loglik, alive;
        kith_value_bgbb(fit->p, x, tx, T, &loglik, NULL, &alive, NULL);
        return fmin(1, exp(alive - loglik));
    }
    value_term u, v;
    kith_value_terms(fit->method, fit->p, x, tx, T, false, &u, &v);
    return 1 / (1 + exp(v.value - u.value));
}

double kith_value_expected(const kith_value_fit *fit, double x, double tx, double T, double t) {
    return kith_value_alive(fit, x, tx, T) * kith_value_expected_alive(fit, x, T, t);
}

/* e^(−rate t) E(t) + rate ∫ e^(−rate u) E(u) du: E is smooth and concave. */
double kith_value_discounted_alive(const kith_value_fit *fit, double x, double T, double t, double rate) {
    if (!isfinite(x + T + t + rate)) return NAN;
    if (!(t > 0)) return 0;
    if (fit->method == KITH_VALUE_BGBB) return bgbb_alive(fit->p, x, T, t, rate);
    double end = kith_value_expected_alive(fit, x, T, t);
    if (rate == 0) return end;
    double sum = 0, from = 0, panels = ceil(t * fabs(rate) / 8); /* an e^−8 fall in each panel at most */
    if (panels > 64) panels = 64, t = fmin(t, 64 * 8 / fabs(rate));
    double half = .5 * t / panels;
    for (double k = 0; k < panels; k++, from += 2 * half) {
        for (int i = 0; i < 12; i++) {
            double u = from + half * (1 + (i & 1 ? gauss_x12[i / 2] : -gauss_x12[i / 2]));
            sum += gauss_w12[i / 2] * exp(-rate * u) * kith_value_expected_alive(fit, x, T, u);
        }
    }
    return exp(-rate * t) * end + rate * half * sum;
}

double kith_value_spend(const kith_value_fit *gamma, double x, double m) {
    double p = gamma->p[0], q = gamma->p[1], g = gamma->p[2];
    if (!(p * x + q > 1)) return NAN;
    return x > 0 ? p * (g + m * x) / (p * x + q - 1) : p * g / (q - 1);
}

void kith_value_alive_gradient(const kith_value_fit *fit, double x, double tx, double T, double *gradient) {
    size_t n = kith_value_size(fit->method);
    if (fit->method == KITH_VALUE_BGBB) {
        double loglik, alive, g[4], ga[4];
        kith_value_bgbb(fit->p, x, tx, T, &loglik, g, &alive, ga);
        for (size_t i = 0; i < n; i++) gradient[i] = fit->p[i] * (ga[i] - g[i]);
        return;
    }
    value_term u, v;
    kith_value_terms(fit->method, fit->p, x, tx, T, true, &u, &v);
    double gone = v.value == -INFINITY ? 0 : 1 / (1 + exp(u.value - v.value));
    for (size_t i = 0; i < n; i++) gradient[i] = gone > 0 ? fit->p[i] * gone * (u.d[i] - v.d[i]) : 0;
}

void kith_value_spend_gradient(const kith_value_fit *gamma, double x, double m, double *gradient) {
    double p = gamma->p[0], q = gamma->p[1], g = gamma->p[2], n = p * x + q - 1;
    gradient[0] = 1 - p * x / n;
    gradient[1] = -q / n;
    gradient[2] = g / (g + m * x);
}
