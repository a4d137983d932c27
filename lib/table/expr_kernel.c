/* Expressions: the kernels for numbers, truths, times and comparisons. Each fills out[0 … n−1]. A missing value needs no
 * test of its own where not-a-number carries it along; results that are not finite become missing. */
#include "expr.h"

static double finite(double v) { return isfinite(v) ? v : (double)NAN; }

/* ---- from text ---------------------------------------------------------------------------------------------------- */

void k_number(work *w, const node *f, size_t n, vec out, const vec *a) {
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        double v = (double)NAN;
        if (s.n && !kith_parse_double(s, &v)) {
            v = (double)NAN;
            work_bad(w, i, f, KITH_EXPR_NUMBER, s);
        }
        out.num[i] = v;
    }
}

void k_number_or(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w, (void)f;
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        double v = (double)NAN;
        if (s.n && !kith_parse_double(s, &v)) v = AT(a[1], num, i);
        out.num[i] = v;
    }
}

static int64_t floor_day(int64_t us) {
    int64_t d = us / KITH_US_PER_DAY;
    return d - (us % KITH_US_PER_DAY < 0);
}

/* A day or a moment from a text, by `type`. A date names its day whatever the zone. */
static bool moment_of(const work *w, kith_expr_type type, kith_str s, int64_t *v) {
    bool is_date;
    const kith_zone *zone = w->set->scope->zone;
    if (!kith_parse_time(s, NULL, v, &is_date)) return false;
    if (is_date) {
        if (type == KITH_EXPR_DATE) *v = floor_day(*v);
        else *v = kith_zone_to_utc(zone, *v);
        return true;
    }
    if (zone) kith_parse_time(s, zone, v, NULL); /* a time without a zone is in the scope's */
    if (type == KITH_EXPR_DATE) *v = floor_day(kith_zone_to_local(zone, *v));
    return true;
}

static void moments(work *w, const node *f, size_t n, vec out, const vec *a, kith_expr_type type) {
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        int64_t v = KITH_EXPR_NO_TIME;
        if (s.n && !moment_of(w, type, s, &v)) {
            v = KITH_EXPR_NO_TIME;
            work_bad(w, i, f, type, s);
        }
        out.i64[i] = v;
    }
}

void k_time(work *w, const node *f, size_t n, vec out, const vec *a) { moments(w, f, n, out, a, KITH_EXPR_TIME); }
void k_date(work *w, const node *f, size_t n, vec out, const vec *a) { moments(w, f, n, out, a, KITH_EXPR_DATE); }

void k_time_or(work *w, const node *f, size_t n, vec out, const vec *a) {
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        int64_t v = KITH_EXPR_NO_TIME;
        if (s.n && !moment_of(w, (kith_expr_type)f->mode, s, &v)) v = AT(a[1], i64, i);
        out.i64[i] = v;
    }
}

static bool duration_of(kith_str s, int64_t *us) {
    char copy[64];
    if (s.n >= sizeof copy || memchr(s.p, 0, s.n)) return false;
    memcpy(copy, s.p, s.n);
    copy[s.n] = 0;
    return kith_parse_duration(copy, us);
}

void k_duration(work *w, const node *f, size_t n, vec out, const vec *a) {
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        int64_t v = KITH_EXPR_NO_TIME;
        if (s.n && !duration_of(s, &v)) {
            v = KITH_EXPR_NO_TIME;
            work_bad(w, i, f, KITH_EXPR_DURATION, s);
        }
        out.i64[i] = v;
    }
}

static int truth_of(kith_str s) {
    static const char *const words[2][6] = {{"0", "false", "no", "n", "f", "off"}, {"1", "true", "yes", "y", "t", "on"}};
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < 6; i++)
            if (kith_str_equal_nocase(s, kith_str_of(words[t][i]))) return t;
    return -1;
}

void k_truth(work *w, const node *f, size_t n, vec out, const vec *a) {
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        int v = s.n ? truth_of(s) : KITH_EXPR_UNKNOWN;
        if (v < 0) {
            v = KITH_EXPR_UNKNOWN;
            work_bad(w, i, f, KITH_EXPR_TRUTH, s);
        }
        out.tri[i] = (uint8_t)v;
    }
}

/* ---- between types ------------------------------------------------------------------------------------------------ */

void k_date_of_time(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)f;
    for (size_t i = 0; i < n; i++) {
        int64_t v = AT(a[0], i64, i);
        out.i64[i] = v == KITH_EXPR_NO_TIME ? v : floor_day(kith_zone_to_local(w->set->scope->zone, v));
    }
}

void k_time_of_date(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)f;
    for (size_t i = 0; i < n; i++) {
        int64_t v = AT(a[0], i64, i), us = KITH_EXPR_NO_TIME;
        if (v != KITH_EXPR_NO_TIME && !__builtin_mul_overflow(v, KITH_US_PER_DAY, &us)) us = kith_zone_to_utc(w->set->scope->zone, us);
        else us = KITH_EXPR_NO_TIME;
        out.i64[i] = us;
    }
}

void k_text_of(work *w, const node *f, size_t n, vec out, const vec *a) {
    kith_expr_values v = {.type = (kith_expr_type)f->mode, .text = a[0].any, .number = a[0].any, .time = a[0].any, .truth = a[0].any};
    for (size_t i = 0; i < n; i++) {
        w->buf.n = 0;
        kith_expr_put(&v, i & a[0].mask, &w->buf);
        const char *p = w->buf.n ? kith_arena_copy(w->arena, w->buf.p, w->buf.n) : "";
        if (!p || w->buf.failed) {
            work_failed(w, KITH_SYSTEM, "out of memory");
            return;
        }
        out.str[i] = (kith_str){p, w->buf.n};
    }
}

void k_number_of(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        if (f->mode == KITH_EXPR_TRUTH) {
            uint8_t t = AT(a[0], tri, i);
            out.num[i] = t == KITH_EXPR_UNKNOWN ? (double)NAN : t;
        } else {
            int64_t us = AT(a[0], i64, i);
            out.num[i] = us == KITH_EXPR_NO_TIME ? (double)NAN : (double)us / 1e6;
        }
    }
}

void k_not(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w, (void)f;
    for (size_t i = 0; i < n; i++) {
        uint8_t t = AT(a[0], tri, i);
        out.tri[i] = t == KITH_EXPR_UNKNOWN ? t : !t;
    }
}

void k_missing(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) switch ((kith_expr_type)f->mode) {
        case KITH_EXPR_NUMBER: out.tri[i] = isnan(AT(a[0], num, i)); break;
        case KITH_EXPR_TRUTH: out.tri[i] = AT(a[0], tri, i) == KITH_EXPR_UNKNOWN; break;
        case KITH_EXPR_TIME: case KITH_EXPR_DATE: case KITH_EXPR_DURATION: out.tri[i] = AT(a[0], i64, i) == KITH_EXPR_NO_TIME; break;
        default: out.tri[i] = AT(a[0], str, i).n == 0; break;
        }
}

/* ---- comparisons -------------------------------------------------------------------------------------------------- */

#define UNKNOWN KITH_EXPR_UNKNOWN
#define EACH(test, is_missing)                                                                                         \
    for (size_t i = 0; i < n; i++) out.tri[i] = (is_missing) ? UNKNOWN : (test);                                       \
    break

void k_compare_number(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    const double *x = a[0].num;
    if (a[0].mask && !a[1].mask) { /* the usual case, without the masks */
        double k = a[1].num[0];
        bool no = isnan(k);
        switch ((compare)f->mode) {
        case CMP_EQ: EACH(x[i] == k, no || isnan(x[i]));
        case CMP_NE: EACH(x[i] != k, no || isnan(x[i]));
        case CMP_LT: EACH(x[i] < k, no || isnan(x[i]));
        case CMP_LE: EACH(x[i] <= k, no || isnan(x[i]));
        case CMP_GT: EACH(x[i] > k, no || isnan(x[i]));
        default: EACH(x[i] >= k, no || isnan(x[i]));
        }
        return;
    }
#define X AT(a[0], num, i)
#define Y AT(a[1], num, i)
    switch ((compare)f->mode) {
    case CMP_EQ: EACH(X == Y, isnan(X) || isnan(Y));
    case CMP_NE: EACH(X != Y, isnan(X) || isnan(Y));
    case CMP_LT: EACH(X < Y, isnan(X) || isnan(Y));
    case CMP_LE: EACH(X <= Y, isnan(X) || isnan(Y));
    case CMP_GT: EACH(X > Y, isnan(X) || isnan(Y));
    default: EACH(X >= Y, isnan(X) || isnan(Y));
    }
#undef X
#undef Y
}

static uint8_t decide(uint32_t mode, int c) {
    switch ((compare)mode) {
    case CMP_EQ: return c == 0;
    case CMP_NE: return c != 0;
    case CMP_LT: return c < 0;
    case CMP_LE: return c <= 0;
    case CMP_GT: return c > 0;
    default: return c >= 0;
    }
}

void k_compare_i64(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        int64_t x = AT(a[0], i64, i), y = AT(a[1], i64, i);
        out.tri[i] = x == KITH_EXPR_NO_TIME || y == KITH_EXPR_NO_TIME ? UNKNOWN : decide(f->mode, (x > y) - (x < y));
    }
}

void k_compare_text(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    if (f->mode <= CMP_NE && a[0].mask && !a[1].mask) {
        kith_str k = a[1].str[0];
        if (k.n) {
            uint8_t same = f->mode == CMP_EQ;
            char last = k.p[k.n - 1]; /* the end differs more often than the beginning */
            for (size_t i = 0; i < n; i++) {
                kith_str s = a[0].str[i];
                bool equal = s.n == k.n && s.p[k.n - 1] == last && memcmp(s.p, k.p, k.n) == 0;
                out.tri[i] = s.n == 0 ? UNKNOWN : equal == same;
            }
            return;
        }
    }
    for (size_t i = 0; i < n; i++) {
        kith_str x = AT(a[0], str, i), y = AT(a[1], str, i);
        out.tri[i] = !x.n || !y.n ? UNKNOWN : decide(f->mode, f->mode <= CMP_NE ? !kith_str_equal(x, y) : kith_str_compare(x, y));
    }
}

void k_compare_truth(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        uint8_t x = AT(a[0], tri, i), y = AT(a[1], tri, i);
        out.tri[i] = x == UNKNOWN || y == UNKNOWN ? UNKNOWN : (x == y) == (f->mode == CMP_EQ);
    }
}

/* The digits of a decimal text without sign, leading and trailing zeros, and where its point stands. */
typedef struct decimal {
    bool minus;
    long point;
    size_t n;
    char digits[64];
} decimal;

static bool decimal_of(kith_str s, decimal *d) {
    *d = (decimal){0};
    size_t i = 0;
    bool after = false;
    if (i < s.n && (s.p[i] == '-' || s.p[i] == '+')) d->minus = s.p[i++] == '-';
    for (; i < s.n && (s.p[i] | 32) != 'e'; i++) {
        if (s.p[i] == '.') {
            after = true;
            continue;
        }
        if (s.p[i] == '0' && !d->n) {
            d->point -= after;
            continue;
        }
        if (d->n == sizeof d->digits) return false;
        d->digits[d->n++] = s.p[i];
        d->point += !after;
    }
    if (i < s.n) {
        int64_t e;
        if (!kith_parse_int((kith_str){s.p + i + 1, s.n - i - 1}, &e) || e > 400 || e < -400) return false;
        d->point += (long)e;
    }
    while (d->n && d->digits[d->n - 1] == '0') d->n--;
    if (!d->n) d->point = 0, d->minus = false;
    return true;
}

/* Two numbers whose doubles are equal, by their digits. */
static int decimal_compare(kith_str a, kith_str b) {
    decimal x, y;
    if (!decimal_of(a, &x) || !decimal_of(b, &y)) return 0;
    int sign = x.minus ? -1 : 1, c = (x.point > y.point) - (x.point < y.point);
    if (!c) c = kith_str_compare((kith_str){x.digits, x.n}, (kith_str){y.digits, y.n});
    return sign * ((c > 0) - (c < 0));
}

void k_compare_decimal(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        double x = AT(a[0], num, i), y = AT(a[1], num, i);
        int c = (x > y) - (x < y);
        if (!c) c = decimal_compare(AT(a[2], str, i), AT(a[3], str, i));
        out.tri[i] = isnan(x) || isnan(y) ? UNKNOWN : decide(f->mode, c);
    }
}

/* Two bare columns: as numbers if both are, else as times if both are; else equal or not by their bytes, and without an
 * order that could be meant. */
void k_compare_any(work *w, const node *f, size_t n, vec out, const vec *a) {
    for (size_t i = 0; i < n; i++) {
        kith_str x = AT(a[0], str, i), y = AT(a[1], str, i);
        double u, v;
        int64_t s, t;
        if (!x.n || !y.n) out.tri[i] = UNKNOWN;
        else if (kith_str_equal(x, y)) out.tri[i] = decide(f->mode, 0);
        else if (kith_parse_double(x, &u) && kith_parse_double(y, &v)) {
            int c = (u > v) - (u < v);
            out.tri[i] = decide(f->mode, c ? c : decimal_compare(x, y));
        } else if (moment_of(w, KITH_EXPR_TIME, x, &s) && moment_of(w, KITH_EXPR_TIME, y, &t)) out.tri[i] = decide(f->mode, (s > t) - (s < t));
        else if (f->mode <= CMP_NE) out.tri[i] = decide(f->mode, 1);
        else {
            out.tri[i] = UNKNOWN;
            work_bad(w, i, f, KITH_EXPR_NUMBER, kith_parse_double(x, &u) ? y : x);
        }
    }
}

/* ---- arithmetic ---------------------------------------------------------------------------------------------------- */

/* The decimal that arithmetic on decimals meant: a result within two units in the last place of one with at most nine places is
 * that one, so that .1 + .2 == .3 and 2.55 * 6 is 15.3. */
static double as_decimal(double v) {
    double size = fabs(v), scale = size < 4e6 ? 1e9 : size < 4e9 ? 1e6 : 1e2;
    if (!(size < 4e13)) return isfinite(v) ? v : (double)NAN;
    double near = nearbyint(v * scale) / scale;
    return fabs(near - v) <= size * 0x1p-51 ? near : v;
}

#define ARITHMETIC(name, expression)                                                                                   \
    void name(work *w, const node *f, size_t n, vec out, const vec *a) {                                               \
        (void)w, (void)f;                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                                               \
            double x = AT(a[0], num, i), y = AT(a[1], num, i);                                                         \
            out.num[i] = as_decimal(expression);                                                                       \
        }                                                                                                              \
    }

ARITHMETIC(k_add, x + y)
ARITHMETIC(k_subtract, x - y)
ARITHMETIC(k_multiply, x *y)
ARITHMETIC(k_divide, x / y)
ARITHMETIC(k_modulo, x - y * floor(x / y)) /* the sign of the divisor, as days of a week want it */

void k_negate(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w, (void)f;
    for (size_t i = 0; i < n; i++) out.num[i] = -AT(a[0], num, i);
}

void k_i64_add(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w, (void)f;
    for (size_t i = 0; i < n; i++) {
        int64_t x = AT(a[0], i64, i), y = AT(a[1], i64, i), z;
        bool no = x == KITH_EXPR_NO_TIME || y == KITH_EXPR_NO_TIME || __builtin_add_overflow(x, y, &z);
        out.i64[i] = no ? KITH_EXPR_NO_TIME : z;
    }
}

/* mode 1: dates, whose difference is a duration of whole days. */
void k_i64_subtract(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        int64_t x = AT(a[0], i64, i), y = AT(a[1], i64, i), z;
        bool no = x == KITH_EXPR_NO_TIME || y == KITH_EXPR_NO_TIME || __builtin_sub_overflow(x, y, &z) ||
                  (f->mode && __builtin_mul_overflow(z, KITH_US_PER_DAY, &z));
        out.i64[i] = no ? KITH_EXPR_NO_TIME : z;
    }
}

void k_date_shift(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        int64_t x = AT(a[0], i64, i), y = AT(a[1], i64, i);
        bool no = x == KITH_EXPR_NO_TIME || y == KITH_EXPR_NO_TIME;
        out.i64[i] = no ? KITH_EXPR_NO_TIME : f->mode ? x - y / KITH_US_PER_DAY : x + y / KITH_US_PER_DAY;
    }
}

static int64_t rounded(double v) { return v > -9e18 && v < 9e18 ? (int64_t)nearbyint(v) : KITH_EXPR_NO_TIME; }

void k_scale(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        int64_t x = AT(a[0], i64, i);
        double y = AT(a[1], num, i);
        out.i64[i] = x == KITH_EXPR_NO_TIME ? x : rounded(f->mode ? (double)x / y : (double)x * y); /* not-a-number falls through */
    }
}

void k_ratio(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w, (void)f;
    for (size_t i = 0; i < n; i++) {
        int64_t x = AT(a[0], i64, i), y = AT(a[1], i64, i);
        out.num[i] = x == KITH_EXPR_NO_TIME || y == KITH_EXPR_NO_TIME ? (double)NAN : finite((double)x / (double)y);
    }
}

/* The least or greatest of what is not missing. */
void k_least(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    bool greatest = f->mode & 16;
    kith_expr_type type = (kith_expr_type)(f->mode & 15);
    for (size_t i = 0; i < n; i++) {
        if (type == KITH_EXPR_NUMBER) {
            double best = AT(a[0], num, i);
            for (uint32_t k = 1; k < f->n_args; k++) {
                double v = AT(a[k], num, i);
                if (isnan(best) || (greatest ? v > best : v < best)) best = v;
            }
            out.num[i] = best;
        } else if (type == KITH_EXPR_TEXT) {
            kith_str best = AT(a[0], str, i);
            for (uint32_t k = 1; k < f->n_args; k++) {
                kith_str v = AT(a[k], str, i);
                int c = kith_str_compare(v, best);
                if (v.n && (!best.n || (greatest ? c > 0 : c < 0))) best = v;
            }
            out.str[i] = best;
        } else {
            int64_t best = AT(a[0], i64, i);
            for (uint32_t k = 1; k < f->n_args; k++) {
                int64_t v = AT(a[k], i64, i);
                if (v != KITH_EXPR_NO_TIME && (best == KITH_EXPR_NO_TIME || (greatest ? v > best : v < best))) best = v;
            }
            out.i64[i] = best;
        }
    }
}

void k_math(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        double x = AT(a[0], num, i), y;
        switch (f->mode) {
        case MATH_ABS: y = fabs(x); break;
        case MATH_FLOOR: y = floor(x); break;
        case MATH_CEIL: y = ceil(x); break;
        case MATH_LOG: y = f->n_args > 1 ? log(x) / log(AT(a[1], num, i)) : log(x); break;
        case MATH_LOG10: y = log10(x); break;
        case MATH_EXP: y = exp(x); break;
        case MATH_SQRT: y = sqrt(x); break;
        default: y = pow(x, AT(a[1], num, i)); break;
        }
        out.num[i] = finite(y);
    }
}

/* Half away from zero, as people round; decided on the shortest decimal that the double stands for, so that
 * round(2.675, 2) is 2.68. */
static double round_to(double x, double digits) {
    if (isnan(x) || isnan(digits) || digits != floor(digits) || digits < -300 || digits > 300) return (double)NAN;
    double p = pow(10, fabs(digits)), v = digits < 0 ? x / p : x * p;
    if (!isfinite(v) || fabs(v) >= 0x1p52) return x;
    double r = round(v), half = fabs(v - trunc(v));
    if (fabs(half - .5) < 1e-9 * fmax(1, fabs(v)) * .001) r = trunc(v) + (x < 0 ? -1 : 1);
    return digits < 0 ? r * p : r / p;
}

void k_round(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) out.num[i] = finite(round_to(AT(a[0], num, i), f->n_args > 1 ? AT(a[1], num, i) : 0));
}

/* ---- calendar ------------------------------------------------------------------------------------------------------- */

static int weekday_of(int64_t days) { return (int)(((days + 3) % 7 + 7) % 7) + 1; } /* 1970-01-01 was a Thursday; Monday is 1 */

static double part_of(int64_t days, uint32_t part) {
    int64_t year;
    int month, day;
    kith_civil_from_days(days, &year, &month, &day);
    switch (part) {
    case PART_YEAR: return (double)year;
    case PART_QUARTER: return (month + 2) / 3;
    case PART_MONTH: return month;
    case PART_DAY: return day;
    case PART_WEEKDAY: return weekday_of(days);
    case PART_YEARDAY: return (double)(days - kith_days_from_civil(year, 1, 1) + 1);
    default: { /* ISO 8601: the week belongs to the year of its Thursday */
        int64_t thursday = days - weekday_of(days) + 4;
        kith_civil_from_days(thursday, &year, &month, &day);
        return (double)((thursday - kith_days_from_civil(year, 1, 1)) / 7 + 1);
    }
    }
}

void k_calendar(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        int64_t d = AT(a[0], i64, i);
        out.num[i] = d == KITH_EXPR_NO_TIME ? (double)NAN : part_of(d, f->mode);
    }
}

void k_hour(work *w, const node *f, size_t n, vec out, const vec *a) {
    static const int64_t unit[] = {3600 * KITH_US_PER_SECOND, 60 * KITH_US_PER_SECOND, KITH_US_PER_SECOND};
    static const int64_t most[] = {24, 60, 60};
    for (size_t i = 0; i < n; i++) {
        int64_t t = AT(a[0], i64, i);
        double v = (double)NAN;
        if (t != KITH_EXPR_NO_TIME) {
            int64_t local = kith_zone_to_local(w->set->scope->zone, t), of_day = local - floor_day(local) * KITH_US_PER_DAY;
            v = (double)(of_day / unit[f->mode] % most[f->mode]);
        }
        out.num[i] = v;
    }
}

void k_days_between(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w, (void)f;
    for (size_t i = 0; i < n; i++) {
        int64_t x = AT(a[0], i64, i), y = AT(a[1], i64, i);
        out.num[i] = x == KITH_EXPR_NO_TIME || y == KITH_EXPR_NO_TIME ? (double)NAN : (double)y - (double)x;
    }
}

/* ---- in -------------------------------------------------------------------------------------------------------------- */

void k_in_text(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    const text_set *s = f->aux;
    uint8_t absent = s->with_missing ? UNKNOWN : 0;
    for (size_t i = 0; i < n; i++) {
        kith_str t = AT(a[0], str, i);
        uint8_t found = absent;
        if (!t.n) found = UNKNOWN;
        else if (s->n <= 8) {
            for (size_t k = 0; k < s->n; k++)
                if (s->items[k].n == t.n && memcmp(s->items[k].p, t.p, t.n) == 0) found = 1;
        } else
            for (size_t at = (size_t)kith_hash(t.p, t.n, 0) & s->mask; s->places[at]; at = (at + 1) & s->mask)
                if (kith_str_equal(s->items[s->places[at] - 1], t)) {
                    found = 1;
                    break;
                }
        out.tri[i] = found;
    }
}

#define IN_SORTED(name, field, type, is_missing)                                                                       \
    void name(work *w, const node *f, size_t n, vec out, const vec *a) {                                               \
        (void)w;                                                                                                       \
        const value_set *s = f->aux;                                                                                   \
        for (size_t i = 0; i < n; i++) {                                                                               \
            type v = AT(a[0], field, i);                                                                               \
            size_t lo = 0, hi = s->n;                                                                                  \
            while (lo < hi) {                                                                                          \
                size_t mid = lo + (hi - lo) / 2;                                                                       \
                if (s->field[mid] < v) lo = mid + 1;                                                                   \
                else hi = mid;                                                                                         \
            }                                                                                                          \
            bool found = lo < s->n && s->field[lo] == v;                                                               \
            out.tri[i] = (is_missing) ? UNKNOWN : found ? 1 : s->with_missing ? UNKNOWN : 0;                           \
        }                                                                                                              \
    }
IN_SORTED(k_in_number, num, double, isnan(v))
IN_SORTED(k_in_i64, i64, int64_t, v == KITH_EXPR_NO_TIME)
