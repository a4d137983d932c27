/* The fast reader of times against the general one: every day of some years, every second of a day, mutations of both. */
#include "unit.h"

#include <kith/moment.h>
#include <stdio.h>
#include <string.h>

static kith_months months;

static void agree(const char *text, size_t n) {
    int64_t a = 0, b = 0;
    bool date_a = false, date_b = false;
    char room[40] = {0};
    memcpy(room, text, n);
    kith_str s = {room, n};
    bool one = kith_moment(&months, s, NULL, &a, &date_a), two = kith_parse_time(s, NULL, &b, &date_b);
    if (one != two || (one && (a != b || date_a != date_b))) fail_msg("read differently: %s", room);
}

static void reads_days_and_seconds(void **state) {
    (void)state;
    char text[64];
    static const int years[] = {1899, 1900, 1969, 1970, 2000, 2023, 2024, 2099, 2100};
    for (size_t y = 0; y < sizeof years / sizeof *years; y++)
        for (int m = 0; m <= 13; m++)
            for (int d = 0; d <= 32; d++) agree(text, (size_t)snprintf(text, sizeof text, "%04d-%02d-%02d", years[y], m, d));
    for (int h = 0; h <= 25; h++)
        for (int m = 0; m <= 61; m++)
            for (int s = 0; s <= 61; s++) agree(text, (size_t)snprintf(text, sizeof text, "2026-02-28%c%02d:%02d:%02d%s", s & 1 ? 'T' : ' ', h, m, s, s & 2 ? "Z" : ""));
    kith_str known = KITH_STR("2026-09-30T12:34:56Z");
    int64_t us;
    bool date;
    assert_true(kith_moment(&months, known, NULL, &us, &date) && !date && us == INT64_C(1790771696) * KITH_US_PER_SECOND);
}

static void reads_offsets(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int minutes; /* east of UTC; 9999: refused */
    } cases[] = {{"+00:00", 0}, {"-00:00", 0}, {"+00:30", 30}, {"-00:45", -45}, {"+05:45", 345}, {"-11:00", -660}, {"+23:59", 1439}, {"+2", 9999},
                 {"+24:00", 9999}, {"+10:60", 9999}, {"+1x:00", 9999}, {"+10:00x", 9999}};
    int64_t noon, us;
    assert_true(kith_parse_time(KITH_STR("2026-03-01T12:00:00Z"), NULL, &noon, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[40];
        int n = snprintf(text, sizeof text, "2026-03-01T12:00:00%s", cases[i].text);
        bool good = kith_parse_time((kith_str){text, (size_t)n}, NULL, &us, NULL);
        if (good != (cases[i].minutes != 9999)) fail_msg("%s", text);
        if (good) assert_int_equal(us, noon - cases[i].minutes * INT64_C(60) * KITH_US_PER_SECOND);
    }
    assert_true(kith_parse_time(KITH_STR("2026-03-01"), NULL, &us, NULL) && us == noon - KITH_US_PER_DAY / 2);
    assert_false(kith_parse_time(KITH_STR("2026-03-00"), NULL, &us, NULL));
}

static void agrees_on_what_is_no_time(void **state) {
    (void)state;
    kith_random r;
    kith_random_start(&r, 4, "moment", 0);
    for (int i = 0; i < 300000; i++) {
        char text[40] = "2026-09-30T12:34:56Z";
        for (uint64_t k = kith_random_below(&r, 3) + 1; k; k--)
            text[kith_random_below(&r, 20)] = kith_random_below(&r, 4) ? "0123456789-:TZ /;.,"[kith_random_below(&r, 19)] : (char)kith_random_u64(&r);
        static const size_t lengths[] = {10, 19, 20, 9, 18, 16};
        agree(text, lengths[kith_random_below(&r, 6)]);
    }
}

int main(void) {
    kith_months_fill(&months);
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_days_and_seconds), cmocka_unit_test(reads_offsets),
                                       cmocka_unit_test(agrees_on_what_is_no_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
