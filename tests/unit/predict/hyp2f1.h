/* The hypergeometric function, for the papers' form of the Pareto/NBD likelihood, which lib/predict does without. */
#ifndef KITH_TESTS_PREDICT_HYP2F1_H
#define KITH_TESTS_PREDICT_HYP2F1_H

#include <kith/stats.h>
#include <math.h>

#define HALF_PI 1.57079632679489661923
#define LN2 0.69314718055994530942

/* ln(e^a + e^b), ln(e^a − e^b) for a ≥ b (nan otherwise); −infinity stands for nothing. */
static inline double log_add(double a, double b) {
    if (a < b) {
        double t = a;
        a = b;
        b = t;
    }
    if (b == -INFINITY) return a;
    return a + log1p(exp(b - a));
}

static inline double log_sub(double a, double b) {
    if (b == -INFINITY) return a;
    if (!(a >= b)) return NAN;
    double d = b - a; /* ln(1 − e^d) without cancellation on either side (Mächler 2012) */
    return a + (d > -LN2 ? log(-expm1(d)) : log1p(-exp(d)));
}

/* ₂F₁ = ∫ t^(b−1) (1−t)^(c−b−1) (1−zt)^(−a) dt / B(b, c−b) over (0, 1), for 0 < b < c, by the trapezoid rule in v with
 * t/(1−t) = exp(π/2 sinh v) (tanh-sinh, Takahasi & Mori 1974), in logarithms. */
static inline double euler_integral(double a, double b, double c, double z) {
    double lbeta = kith_lbeta(b, c - b);
    double last = NAN;
    for (double h = .25; h > .25 / 64; h /= 2) {
        double most = -INFINITY, sum = 0;
        for (double v = -12; v <= 12; v += h) {
            double y = HALF_PI * sinh(v);
            double lt = y > 0 ? -log1p(exp(-y)) : y - log1p(exp(y));  /* ln t */
            double lu = y > 0 ? -y - log1p(exp(-y)) : -log1p(exp(y)); /* ln(1 − t) */
            double u = exp(lu);
            double term = b * lt + (c - b) * lu - a * log((1 - z) + z * u) + log(HALF_PI * cosh(v));
            if (term > most) {
                sum = sum * exp(most - term) + 1;
                most = term;
            } else {
                sum += exp(term - most);
            }
        }
        double now = most + log(sum) + log(h) - lbeta;
        if (fabs(now - last) <= 1e-14 * (1 + fabs(now))) return now;
        last = now;
    }
    return last;
}

/* The series, its sum rescaled before it overflows; false where `most` terms do not end it. */
static inline bool series(double a, double b, double c, double z, int most, double *value) {
    double t = 1, sum = 1, scale = 0;
    for (int k = 0; k < most; k++) {
        t *= (a + k) / (c + k) * ((b + k) / (k + 1.0)) * z;
        sum += t;
        if (sum > 1e280) {
            scale += log(sum);
            t /= sum;
            sum = 1;
        }
        double ratio =
            (a + k + 1) / (c + k + 1) * ((b + k + 1) / (k + 2.0)) * z; /* later ones lie between this and z */
        if (ratio < z) ratio = z;
        if (t == 0 || (ratio < 1 && t * ratio / (1 - ratio) < 1e-17 * sum)) {
            *value = scale + log(sum);
            return true;
        }
    }
    return false;
}

/* ln ₂F₁(a, b; c; z) for a, b ≥ 0, c > 0, 0 ≤ z < 1 (every term is positive, so nothing cancels): the series where it is short, Euler's
 * integral otherwise; nan outside. gsl_sf_hyperg_2F1 returns inf with status 0 at (176.6, 1.6; 177.6; .99) and its like; this does not. */
static inline double log_hyp2f1(double a, double b, double c, double z) {
    if (!(a >= 0 && b >= 0 && c > 0 && z >= 0 && z < 1 && isfinite(a + b + c))) return NAN;
    double low = a < b ? a : b, high = a < b ? b : a, v;
    if (series(a, b, c, z, 2000, &v)) return v;
    if (low > 0 && low < c) return euler_integral(high, low, c, z);
    if (c - a > 0 && c - b > 0) return (c - a - b) * log1p(-z) + euler_integral(c - a, c - b, c, z); /* Euler's transformation */
    return series(a, b, c, z, 20000000, &v) ? v : NAN;
}

#endif
