/* Time zones, against moments known from the rules' history and, across two centuries, the C library's own reading of the
 * same files. */
#define _GNU_SOURCE
#include "unit.h"

#include <kith/base.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static kith_arena *arena;

static const kith_zone *zone_of(const char *name) {
    const kith_zone *z;
    kith_error err;
    if (kith_zone_find(arena, name, &z, &err) != KITH_OK) fail_msg("%s", err.text);
    return z;
}

static void knows_moments(void **state) {
    (void)state;
    static const struct {
        const char *zone, *local, *utc;
    } cases[] = {
        {"Europe/Paris", "2026-01-15T12:00:00", "2026-01-15T11:00:00Z"}, {"Europe/Paris", "2026-07-15T12:00:00", "2026-07-15T10:00:00Z"},
        {"Europe/Paris", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"}, /* twice: the earlier */
        {"Europe/Paris", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"}, /* never: as if not set forward */
        {"Europe/Paris", "2099-07-15T12:00:00", "2099-07-15T10:00:00Z"}, {"Europe/Paris", "2900-07-15T12:00:00", "2900-07-15T10:00:00Z"},
        {"America/New_York", "1999-12-31T23:00:00", "2000-01-01T04:00:00Z"}, {"Asia/Kolkata", "2026-01-01T00:00:00", "2025-12-31T18:30:00Z"},
        {"Australia/Sydney", "2050-01-01T00:00:00", "2049-12-31T13:00:00Z"}, {"+02:00", "2026-01-01T00:00:00", "2025-12-31T22:00:00Z"}, {"UTC", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t us;
        char text[40];
        assert_true(kith_parse_time(kith_str_of(cases[i].local), zone_of(cases[i].zone), &us, NULL));
        kith_format_time(us, text);
        assert_string_equal(text, cases[i].utc);
    }
}

static void agrees_with_libc(void **state) {
    (void)state;
    static const char *const zones[] = {"Europe/Paris", "America/New_York", "America/Sao_Paulo", "Asia/Tehran", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "Europe/Dublin", "Asia/Tokyo"};
    kith_random r;
    kith_random_start(&r, 3, "zones", 0);
    for (size_t k = 0; k < sizeof zones / sizeof *zones; k++) {
        const kith_zone *z = zone_of(zones[k]);
        setenv("TZ", zones[k], 1);
        tzset();
        for (int i = 0; i < 20000; i++) {
            int64_t s = (int64_t)kith_random_below(&r, UINT64_C(7000000000)) - INT64_C(2000000000); /* 1906 to 2128 */
            time_t t = (time_t)s;
            struct tm tm;
            localtime_r(&t, &tm);
            int64_t local = kith_zone_to_local(z, s * KITH_US_PER_SECOND);
            if (local - s * KITH_US_PER_SECOND != (int64_t)tm.tm_gmtoff * KITH_US_PER_SECOND) fail_msg("%s at %lld", zones[k], (long long)s);
            int64_t back = kith_zone_to_utc(z, local);
            assert_true(back <= s * KITH_US_PER_SECOND && kith_zone_to_local(z, back) == local);
        }
    }
}

static void refuses(void **state) {
    (void)state;
    static const char *const names[] = {"Europe/Pariss", "../../../etc/passwd", "/etc/passwd", "Europe/../../../../etc/passwd", "Europe", "", ".", "Europe//Paris", "Europe/", "tzdata.zi", "+99:00", "a b", "zone.tab"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const kith_zone *z;
        kith_error err;
        assert_int_not_equal(kith_zone_find(arena, names[i], &z, &err), KITH_OK);
    }
}

int main(void) {
    if (access("/usr/share/zoneinfo/Europe/Paris", R_OK) != 0) return 77;
    arena = kith_arena_new();
    const struct CMUnitTest tests[] = {cmocka_unit_test(knows_moments), cmocka_unit_test(agrees_with_libc), cmocka_unit_test(refuses)};
    int status = cmocka_run_group_tests(tests, NULL, NULL);
    kith_arena_free(arena);
    return status;
}
