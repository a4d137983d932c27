/* Names near a wrong one: the slips of fingers are found, and a name that shares nothing is no suggestion. */
#include "unit.h"

#include <kith/base.h>

static const char *const names[] = {"amount", "region", "ts", "x", "R", "spend"};

static const char *near(const char *name) { return kith_nearest_name(name, names, sizeof names / sizeof *names); }

static void slips_are_found(void **state) {
    (void)state;
    assert_string_equal(near("amout"), "amount");
    assert_string_equal(near("amuont"), "amount");
    assert_string_equal(near("Region"), "region");
    assert_string_equal(near("tss"), "ts");
    assert_string_equal(near("r"), "R");
    assert_string_equal(near("psend"), "spend"); /* of five letters one slip: neighbours that changed places are one, wherever they stand */
    assert_string_equal(near("spned"), "spend");
    assert_string_equal(near("spedn"), "spend");
    assert_null(near("psedn"));
    assert_null(near("sdenp")); /* no neighbours */
}

static void strangers_are_none(void **state) {
    (void)state;
    assert_null(near("y"));
    assert_null(near("7"));
    assert_null(near(""));
    assert_null(near("ab"));
    assert_null(near("quarter"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(slips_are_found), cmocka_unit_test(strangers_are_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
