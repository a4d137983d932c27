/* Numbers: strict reading, shortest writing, round trips of random doubles. */
#include "unit.h"

#include <kith/base.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reads_strictly(void **state) {
    (void)state;
    double v;
    static const char *const good[] = {"0", "-1", "+1.5", "1e3", ".5", "5.", "1E-3", "123456789012345678901234567890"};
    static const char *const bad[] = {"", "-", ".", "1e", "e5", "0x10", "inf", "nan", " 1", "1 ", "1,5", "1e999", "--1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) assert_true(kith_parse_double(kith_str_of(good[i]), &v));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(kith_parse_double(kith_str_of(bad[i]), &v));
    int64_t n;
    assert_true(kith_parse_int(KITH_STR("-9223372036854775808"), &n));
    assert_true(n == INT64_MIN);
    assert_false(kith_parse_int(KITH_STR("9223372036854775808"), &n));
    assert_false(kith_parse_int(KITH_STR("1.0"), &n));
    uint64_t count = 7;
    assert_false(kith_parse_count(KITH_STR("-1"), &count) || kith_parse_count(KITH_STR(""), &count) || kith_parse_count(KITH_STR("9223372036854775808"), &count));
    assert_true(count == 7);
    assert_true(kith_parse_count(KITH_STR("9223372036854775807"), &count) && count == INT64_MAX);
    assert_true(kith_parse_count(KITH_STR("0"), &count) && count == 0);
}

static void writes_the_shortest(void **state) {
    (void)state;
    static const struct {
        double v;
        const char *text;
    } cases[] = {{0.1, "0.1"}, {1.0 / 3, "0.3333333333333333"}, {1e15, "1e+15"}, {-0.0, "0"}, {123456, "123456"}, {1e-7, "1e-07"}};
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kith_format_double(cases[i].v, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void doubles_round_trip(void **state) {
    (void)state;
    kith_random r;
    kith_random_start(&r, 1, "test", 0);
    for (int i = 0; i < 200000; i++) {
        union {
            uint64_t bits;
            double v;
        } u = {kith_random_u64(&r)};
        if (u.v - u.v != 0) continue; /* nan, inf */
        char text[32];
        double back;
        size_t n = kith_format_double(u.v, text);
        assert_true(kith_parse_double((kith_str){text, n}, &back));
        assert_true(back == u.v);
    }
}

/* A number's digits alone: without sign, mark, exponent and the zeros around them. */
static void digits_of(const char *text, char *digits) {
    size_t n = 0;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (n || *text != '0')) digits[n++] = *text;
    while (n && digits[n - 1] == '0') n--;
    digits[n] = 0;
}

/* As few digits as lead back to the value, and of those the nearest to it: what printf gives at the first precision that strtod takes back.
 * (At powers of two the neighbour below is nearer; there another of as few digits may lead back.) */
static void digits_are_the_nearest(void **state) {
    (void)state;
    kith_random r;
    kith_random_start(&r, 3, "test", 0);
    for (int i = 0; i < 40000; i++) {
        union {
            uint64_t bits;
            double v;
        } u = {kith_random_u64(&r)};
        if (i % 2) u.v = ldexp((double)(1 + kith_random_below(&r, UINT64_C(1) << 53)), -(int)kith_random_below(&r, 70));
        if (!isfinite(u.v) || u.v == 0 || !(u.bits << 12)) continue;
        char ours[32], got[32], theirs[64], want[64];
        ours[kith_format_double(u.v, ours)] = 0;
        int precision = 0;
        do snprintf(theirs, sizeof theirs, "%.*e", precision, u.v);
        while (strtod(theirs, NULL) != u.v && precision++ < 17);
        digits_of(ours, got);
        digits_of(theirs, want);
        if (strcmp(got, want) != 0) print_message("%s is not %s\n", ours, theirs);
        assert_string_equal(got, want);
    }
}

static void two_decimals_as_printf(void **state) {
    (void)state;
    kith_random r;
    kith_random_start(&r, 2, "test", 0);
    static const double some[] = {0.0, -0.0, .005, -.005, .015, .025, .125, .375, -.625, 1.005, 2.675, 4503599627370497.5, 9007199254740993.0, 5e-324, 1e-300, 1e300, 99.995, 0.99499999999999999};
    enum { SOME = sizeof some / sizeof *some };
    kith_buf buf = {0};
    for (int i = 0; i < 300000; i++) {
        union {
            uint64_t bits;
            double v;
        } u = {kith_random_u64(&r)};
        double v = i < SOME ? some[i] : i % 3 == 0 ? u.v : i % 3 == 1 ? (kith_random_unit(&r) - .5) * 20 : (double)(int)kith_random_below(&r, 100000) / 800;
        char text[400];
        snprintf(text, sizeof text, "%+.2f", v);
        buf.n = 0;
        kith_buf_signed(&buf, v);
        kith_buf_putc(&buf, 0);
        assert_string_equal(buf.p, text);
    }
    kith_buf_free(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_strictly), cmocka_unit_test(writes_the_shortest),
                                       cmocka_unit_test(doubles_round_trip), cmocka_unit_test(digits_are_the_nearest),
                                       cmocka_unit_test(two_decimals_as_printf)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
