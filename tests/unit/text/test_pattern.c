/* Patterns: Unicode and bytes, groups, replacement, hostile patterns that must give up. */
#include "unit.h"

#include <kith/pattern.h>
#include <stdlib.h>
#include <string.h>

static bool found(const char *pattern, unsigned flags, const char *subject) {
    kith_error err;
    kith_pattern *p;
    assert_int_equal(kith_pattern_new(kith_str_of(pattern), flags, &p, &err), KITH_OK);
    kith_matcher *m = kith_matcher_new(p);
    assert_non_null(m);
    bool yes;
    assert_int_equal(kith_match(m, kith_str_of(subject), 0, &yes, &err), KITH_OK);
    kith_matcher_free(m);
    kith_pattern_free(p);
    return yes;
}

static void matches(void **state) {
    (void)state;
    assert_true(found("cart.*abandoned|refund", 0, "a cart was abandoned"));
    assert_false(found("cart.*abandoned|refund", 0, "a cart"));
    assert_true(found("", 0, ""));
    assert_true(found("^$", 0, ""));
    assert_true(found("ÉTÉ", KITH_PATTERN_CASELESS, "un été"));
    assert_true(found("^\\w+$", 0, "Müller"));
    assert_true(found("^.$", 0, "é"));
    assert_false(found("^.$", 0, "\xE9"));  /* not UTF-8: matched by nothing */
    assert_true(found("b", 0, "\xE9" "b"));
    assert_true(found("a|ab", KITH_PATTERN_WHOLE, "ab"));
    assert_false(found("a", KITH_PATTERN_WHOLE, "ab"));
    assert_false(found("a", KITH_PATTERN_WHOLE, "a\n"));
    assert_true(found("a.c", KITH_PATTERN_LITERAL, "xa.c"));
    assert_false(found("a.c", KITH_PATTERN_LITERAL, "abc"));
    assert_true(found("^é?a", 0, "a")); /* an ASCII subject, a pattern that is not */
    assert_true(found("\\x{263A}|x", 0, "x"));
}

static void refuses_what_is_no_pattern(void **state) {
    (void)state;
    kith_error err;
    kith_pattern *p = NULL;
    assert_int_equal(kith_pattern_new(KITH_STR("a(b"), 0, &p, &err), KITH_USAGE);
    assert_non_null(strstr(err.text, "at character 4"));
    char nested[1200];
    memset(nested, '(', 600);
    memset(nested + 600, ')', 600);
    assert_int_equal(kith_pattern_new((kith_str){nested, sizeof nested}, 0, &p, &err), KITH_USAGE);
}

static void a_hostile_pattern_gives_up(void **state) {
    (void)state;
    static const char *const hostile[] = {"^(a+)+$", "^(a|aa)+$", "^((a?){30}){30}b", "(.*)*x(.*)*y"};
    char field[4001];
    memset(field, 'a', sizeof field - 1);
    field[sizeof field - 1] = '!';
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        kith_error err;
        kith_pattern *p;
        assert_int_equal(kith_pattern_new(kith_str_of(hostile[i]), 0, &p, &err), KITH_OK);
        kith_matcher *m = kith_matcher_new(p);
        bool yes = true;
        int status = kith_match(m, (kith_str){field, sizeof field}, 0, &yes, &err);
        assert_true(status == KITH_DATA || (status == KITH_OK && !yes));
        kith_matcher_free(m);
        kith_pattern_free(p);
    }
}

static void groups_are_parts_of_the_subject(void **state) {
    (void)state;
    kith_error err;
    kith_pattern *p;
    assert_int_equal(kith_pattern_new(KITH_STR("(\\d+)-(x)?(\\w)"), 0, &p, &err), KITH_OK);
    assert_int_equal(kith_pattern_groups(p), 3);
    kith_matcher *m = kith_matcher_new(p);
    bool yes;
    assert_int_equal(kith_match(m, KITH_STR("no 12-é"), 0, &yes, &err), KITH_OK);
    assert_true(yes);
    assert_true(kith_str_is(kith_match_group(m, 0), "12-é"));
    assert_true(kith_str_is(kith_match_group(m, 1), "12"));
    assert_null(kith_match_group(m, 2).p);
    assert_true(kith_str_is(kith_match_group(m, 3), "é"));
    assert_null(kith_match_group(m, 4).p);
    assert_int_equal(kith_match(m, KITH_STR("1-a 2-b"), 1, &yes, &err), KITH_OK);
    assert_true(kith_str_is(kith_match_group(m, 1), "2"));
    kith_matcher_free(m);
    kith_pattern_free(p);
}

static void replaces(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *with, *subject, *want;
    } cases[] = {
        {"a", "b", "banana", "bbnbnb"},     {"(\\w+) (\\w+)", "$2 ${1}!", "ada lovelace", "lovelace ada!"},
        {"", "-", "éa", "-é-a-"},           {"x*", "-", "axb", "-a--b-"},
        {"$", "$$", "a", "a$"},             {"z", "y", "", ""},
        {"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", "$10$1${10}0$9", "abcdefghij", "jaj0i"}, /* two digits, not more */
        {"(a)|(b)", "[$1$2]", "ab", "[a][b]"}, {"a", "$x${", "a", "$x${"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kith_error err;
        kith_pattern *p;
        assert_int_equal(kith_pattern_new(kith_str_of(cases[i].pattern), 0, &p, &err), KITH_OK);
        kith_matcher *m = kith_matcher_new(p);
        kith_buf out = {0};
        assert_int_equal(kith_match_replace(m, kith_str_of(cases[i].subject), kith_str_of(cases[i].with), &out, &err), KITH_OK);
        kith_buf_putc(&out, 0);
        assert_string_equal(out.p, cases[i].want);
        kith_buf_free(&out);
        kith_matcher_free(m);
        kith_pattern_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(matches), cmocka_unit_test(refuses_what_is_no_pattern),
                                       cmocka_unit_test(a_hostile_pattern_gives_up),
                                       cmocka_unit_test(groups_are_parts_of_the_subject), cmocka_unit_test(replaces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
