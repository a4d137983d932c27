/* Exact sums: see kith/sums.h. What was tried: Neumaier's compensated sum per group costs the same per value and is
 * neither exact nor free of order; long double is neither portable nor exact.
 *
 * Rounding once. A total is (X + W)/10^9 with X the decimals' sum and W 10^9 times the register, both integers at the
 * register's last bit; a variance is (n·S2 − S1²)/(n(n−1)) in the same way. The common case (money) ends in one double
 * division of two integers below 2^53, which is correctly rounded by itself. */
#include "big.h"
#include "token.h"
#include "wide.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const uint32_t billion = 1000000000;
static const double ten_to[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

/* ---- numbers ------------------------------------------------------------------------------------------------ */

/* The texts the fast way leaves: a plus sign, an exponent, many digits, or no number at all. */
bool kith_number_parse_slow(kith_str text, kith_number *number) {
    number->is_fixed = false;
    if (!kith_parse_double(text, &number->real)) return false;
    const char *p = text.p, *end = text.p + text.n;
    bool minus = *p == '-', point = false;
    if (*p == '-' || *p == '+') p++;
    /* the digits without the zeros before and after them, and the power of ten they are of */
    kith_u128 m = 0;
    long power = 0, zeros = 0;
    int digits = 0;
    for (; p < end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        if (point) power--;
        if (*p == '0') {
            zeros++;
            continue;
        }
        for (; zeros && digits; zeros--)
            if (++digits <= 28) m *= 10;
        zeros = 0;
        if (++digits <= 28) m = m * 10 + (unsigned)(*p - '0');
    }
    if (digits) power += zeros;
    if (p < end) {
        int64_t e;
        if (!kith_parse_int((kith_str){p + 1, (size_t)(end - p - 1)}, &e)) return true; /* beyond any decimal of ours */
        if (e > 100000 || e < -100000) e = e > 0 ? 100000 : -100000;
        power += (long)e;
    }
    if (digits > 27 || (digits && (power < -9 || digits + power > 18))) return true;
    for (; digits && power > -9; power--) m *= 10;
    number->fixed = minus ? -(kith_i128)m : (kith_i128)m;
    number->is_fixed = true;
    return true;
}

kith_number kith_number_of(double value) {
    static const int places[] = {0, 2, 4, 6, 9};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        double scaled = value * ten_to[places[i]];
        if (fabs(scaled) > 4503599627370496.0) break; /* 2^52 */
        double whole = rint(scaled);
        if (whole / ten_to[places[i]] == value)
            return (kith_number){.fixed = (kith_i128)(int64_t)whole * (int64_t)ten_to[9 - places[i]], .is_fixed = true};
    }
    if (fabs(value) < 1e18 && value == rint(value))
        return (kith_number){.fixed = (kith_i128)(int64_t)value * billion, .is_fixed = true};
    return (kith_number){.real = value};
}

static double ratio(kith_i128 fixed, uint64_t n) {
    kith_u128 size = fixed < 0 ? 0 - (kith_u128)fixed : (kith_u128)fixed;
    int places = 9;
    if (size >> 64 == 0) { /* shed decimals that are not there */
        uint64_t v = (uint64_t)size;
        static const struct {
            uint64_t by;
            int places;
        } steps[] = {{10000000, 7}, {100000, 5}, {1000, 3}, {100, 2}, {10, 1}};
        for (size_t i = 0; i < 5; i++)
            if (steps[i].places <= places && v % steps[i].by == 0) v /= steps[i].by, places -= steps[i].places;
        double below = ten_to[places] * (double)n;
        if (v <= UINT64_C(1) << 53 && n <= UINT64_C(1) << 53 && below <= 9007199254740992.0) {
            double q = (double)v / below;
            return fixed < 0 ? -q : q;
        }
    }
    big num, den;
    big_of(&num, size);
    big_of(&den, (kith_u128)billion * n);
    double q = big_ratio(&num, &den, 0);
    return fixed < 0 ? -q : q;
}

double kith_number_double(const kith_number *number) {
    return number->is_fixed ? ratio(number->fixed, 1) : number->real;
}

int kith_number_compare(const kith_number *a, const kith_number *b) {
    if (a->is_fixed && b->is_fixed) return (a->fixed > b->fixed) - (a->fixed < b->fixed);
    double x = kith_number_double(a), y = kith_number_double(b);
    return (x > y) - (x < y);
}

/* ---- sums --------------------------------------------------------------------------------------------------- */

static bool have(kith_wide **wide, enum wide_kind kind, kith_arena *arena) {
    if (!*wide) *wide = wide_new(kind, arena);
    return *wide != NULL;
}

bool kith_sum_add_real(kith_sum *sum, double value, kith_arena *arena) {
    if (!have(&sum->wide, WIDE_SUM, arena)) return false;
    wide_add(sum->wide, value, 1);
    sum->n++;
    return true;
}

bool kith_sum_merge(kith_sum *into, const kith_sum *other, kith_arena *arena) {
    if (other->wide) {
        if (!have(&into->wide, WIDE_SUM, arena)) return false;
        wide_add_wide(into->wide, other->wide, 1);
    }
    into->fixed += other->fixed;
    into->n += other->n;
    return true;
}

bool kith_sum_subtract(kith_sum *from, const kith_sum *other, kith_arena *arena) {
    if (other->wide) {
        if (!have(&from->wide, WIDE_SUM, arena)) return false;
        wide_add_wide(from->wide, other->wide, -1);
    }
    from->fixed -= other->fixed;
    from->n -= other->n;
    return true;
}

/* 10^9 times the sum, at the register's last bit; true where negative. */
static bool scaled(const kith_sum *sum, big *size) {
    bool minus = wide_big(sum->wide, size), fixed_minus = sum->fixed < 0;
    big_scale(size, billion);
    big decimals;
    big_of(&decimals, fixed_minus ? 0 - (kith_u128)sum->fixed : (kith_u128)sum->fixed);
    big_shift_left(&decimals, -wide_exponent(sum->wide));
    if (minus == fixed_minus) {
        big_add(size, &decimals);
        return minus;
    }
    if (big_compare(size, &decimals) >= 0) {
        big_subtract(size, &decimals);
        return minus;
    }
    big_subtract(&decimals, size);
    *size = decimals;
    return fixed_minus;
}

static double over(const kith_sum *sum, uint64_t n) {
    if (!sum->wide) return ratio(sum->fixed, n);
    big num, den;
    bool minus = scaled(sum, &num);
    big_of(&den, (kith_u128)billion * n);
    double q = big_ratio(&num, &den, wide_exponent(sum->wide));
    return minus ? -q : q;
}

double kith_sum_total(const kith_sum *sum) { return over(sum, 1); }
double kith_sum_mean(const kith_sum *sum) { return sum->n ? over(sum, sum->n) : (double)NAN; }

size_t kith_sum_format(const kith_sum *sum, char *text, size_t room) {
    return room < 32 ? 0 : kith_format_double(kith_sum_total(sum), text);
}

void kith_sum_save(const kith_sum *sum, kith_buf *out) {
    token_put_u64(out, sum->n);
    kith_buf_putc(out, ' ');
    token_put_i128(out, sum->fixed);
    if (sum->wide) {
        kith_buf_putc(out, ' ');
        wide_save(sum->wide, out);
    }
}

static int not_a_state(kith_error *err, const char *what) { return kith_fail(err, KITH_DATA, "not a saved %s", what); }

int kith_sum_load(kith_sum *sum, kith_str text, kith_arena *arena, kith_error *err) {
    kith_str t;
    bool bad;
    *sum = (kith_sum){0};
    if (!token_u64(&text, &sum->n) || !token_i128(&text, &sum->fixed)) return not_a_state(err, "sum");
    if (token_end(text)) return KITH_OK;
    if (!token_next(&text, &t) || !token_end(text)) return not_a_state(err, "sum");
    sum->wide = wide_load(WIDE_SUM, t, arena, &bad);
    if (!sum->wide) return kith_no_memory(err);
    return bad ? not_a_state(err, "sum") : KITH_OK;
}

/* ---- moments ------------------------------------------------------------------------------------------------ */

static void add_256(uint64_t to[4], const uint64_t v[4]) {
    kith_u128 c = 0;
    for (int i = 0; i < 4; i++) {
        c += (kith_u128)to[i] + v[i];
        to[i] = (uint64_t)c;
        c >>= 64;
    }
}

/* v = size² */
static void square_of(kith_u128 size, uint64_t v[4]) {
    uint64_t low = (uint64_t)size, high = (uint64_t)(size >> 64);
    kith_u128 ll = (kith_u128)low * low;
    v[0] = (uint64_t)ll, v[1] = (uint64_t)(ll >> 64), v[2] = v[3] = 0;
    if (!high) return;
    kith_u128 lh = (kith_u128)low * high, hh = (kith_u128)high * high;
    uint64_t twice[4] = {0, (uint64_t)(lh << 1), (uint64_t)(lh >> 63), (uint64_t)(lh >> 127)};
    uint64_t top[4] = {0, 0, (uint64_t)hh, (uint64_t)(hh >> 64)};
    add_256(v, twice);
    add_256(v, top);
}

bool kith_moments_add_times(kith_moments *m, const kith_number *number, uint64_t times, kith_arena *arena) {
    if (times == 0) return true;
    if (!number->is_fixed) {
        if (!have(&m->wide_square, WIDE_SQUARE, arena) || !have(&m->sum.wide, WIDE_SUM, arena)) return false;
        wide_add_square(m->wide_square, number->real, times);
        wide_add(m->sum.wide, number->real, times);
        m->sum.n += times;
        return true;
    }
    uint64_t v[4];
    square_of(number->fixed < 0 ? 0 - (kith_u128)number->fixed : (kith_u128)number->fixed, v);
    if (times > 1) {
        kith_u128 carry = 0;
        for (int i = 0; i < 4; i++) {
            carry += (kith_u128)v[i] * times;
            v[i] = (uint64_t)carry;
            carry >>= 64;
        }
    }
    add_256(m->square, v);
    m->sum.fixed += number->fixed * (kith_i128)times;
    m->sum.n += times;
    return true;
}

bool kith_moments_add(kith_moments *m, const kith_number *number, kith_arena *arena) {
    return kith_moments_add_times(m, number, 1, arena);
}

bool kith_moments_merge(kith_moments *into, const kith_moments *other, kith_arena *arena) {
    if (other->wide_square) {
        if (!have(&into->wide_square, WIDE_SQUARE, arena)) return false;
        wide_add_wide(into->wide_square, other->wide_square, 1);
    }
    add_256(into->square, other->square);
    return kith_sum_merge(&into->sum, &other->sum, arena);
}

bool kith_moments_subtract(kith_moments *from, const kith_moments *other, kith_arena *arena) {
    if (other->wide_square) {
        if (!have(&from->wide_square, WIDE_SQUARE, arena)) return false;
        wide_add_wide(from->wide_square, other->wide_square, -1);
    }
    uint64_t minus[4], borrow = 1; /* two's complement, then added */
    for (int i = 0; i < 4; i++) {
        minus[i] = ~other->square[i] + borrow;
        borrow = borrow && !minus[i];
    }
    add_256(from->square, minus);
    return kith_sum_subtract(&from->sum, &other->sum, arena);
}

/* num/den·2^e = the variance. */
static int variance(const kith_moments *m, big *num, big *den) {
    uint64_t n = m->sum.n;
    big one, s1, s2;
    uint32_t digits[8];
    for (int i = 0; i < 8; i++) digits[i] = (uint32_t)(m->square[i / 2] >> (i % 2 * 32));
    big_from(&s2, digits, 8);
    int exponent = 0;
    if (m->sum.wide) {
        scaled(&m->sum, &s1);
        exponent = 2 * wide_exponent(m->sum.wide);
        big_shift_left(&s2, -exponent);
        if (m->wide_square) {
            big wide;
            wide_big(m->wide_square, &wide);
            big_scale(&wide, billion);
            big_scale(&wide, billion);
            big_add(&s2, &wide);
        }
    } else big_of(&s1, m->sum.fixed < 0 ? 0 - (kith_u128)m->sum.fixed : (kith_u128)m->sum.fixed);
    big_of(&one, n);
    big_multiply(num, &s2, &one);
    big_multiply(&s2, &s1, &s1);
    if (big_compare(num, &s2) < 0) big_of(num, 0); /* only a state that was made up can come here */
    else big_subtract(num, &s2);
    big_of(&one, (kith_u128)n * (n - 1));
    big scale;
    big_of(&scale, (kith_u128)billion * billion);
    big_multiply(den, &one, &scale);
    return exponent;
}

double kith_moments_variance(const kith_moments *m) {
    if (m->sum.n < 2) return (double)NAN;
    big num, den;
    int exponent = variance(m, &num, &den);
    return big_ratio(&num, &den, exponent);
}

double kith_moments_sd(const kith_moments *m) {
    if (m->sum.n < 2) return (double)NAN;
    big num, den;
    int exponent = variance(m, &num, &den);
    return big_ratio_root(&num, &den, exponent);
}

void kith_moments_save(const kith_moments *m, kith_buf *out) {
    for (int i = 3; i >= 0; i--) {
        token_put_hex(out, m->square[i]);
        kith_buf_putc(out, ' ');
    }
    if (m->wide_square) wide_save(m->wide_square, out);
    else kith_buf_putc(out, '.');
    kith_buf_putc(out, ' ');
    kith_sum_save(&m->sum, out);
}

int kith_moments_load(kith_moments *m, kith_str text, kith_arena *arena, kith_error *err) {
    kith_str t;
    bool bad;
    *m = (kith_moments){0};
    for (int i = 3; i >= 0; i--)
        if (!token_next(&text, &t) || !token_hex(t, &m->square[i])) return not_a_state(err, "deviation");
    if (!token_next(&text, &t)) return not_a_state(err, "deviation");
    if (!kith_str_is(t, ".")) {
        m->wide_square = wide_load(WIDE_SQUARE, t, arena, &bad);
        if (!m->wide_square) return kith_no_memory(err);
        if (bad) return not_a_state(err, "deviation");
    }
    KITH_TRY(kith_sum_load(&m->sum, text, arena, err));
    return m->wide_square && !m->sum.wide ? not_a_state(err, "deviation") : KITH_OK;
}
