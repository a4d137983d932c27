/* Expressions: what each function gives, the logic of three values, faults with their place, and random conditions against a
 * slow evaluator that walks a tree for one row at a time and shares no code with the library. */
#include "unit.h"

#include <kith/expr.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"a", "b", "s", "e", "d", "t", "lat", "lon", "u", "odd name", "x", "x", "yes", "dur", "bad", "dec", "sci", "tiny"};
static const char *const values[] = {"3", "4.5", "Hello", "", "2026-09-30", "2026-09-30T23:30:15.5Z", "48.8566", "2.3522", "Ünïté", "o", "1", "2", "yes", "45m", "n/a", "0.0123456789012345678", "123456789012345678.9e-2", "1e-500"};
enum { COLUMNS = sizeof names / sizeof *names };

static bool one_row(const void *ctx, uint32_t column, const uint32_t *rows, size_t n, kith_str *out) {
    (void)ctx, (void)rows;
    for (size_t i = 0; i < n; i++) out[i] = kith_str_of(values[column]);
    return true;
}

static const kith_str *headers(const char *const *list, size_t n) {
    static kith_str made[32];
    for (size_t i = 0; i < n; i++) made[i] = kith_str_of(list[i]);
    return made;
}

/* The value of `text` over the one row, or "!" and the message, or "?" where the row is bad. */
static const char *result_of(const char *text, kith_expr_scope *scope, char *out, size_t room) {
    kith_arena *arena = kith_arena_new();
    kith_exprs *set;
    kith_error err = {0};
    size_t number;
    assert_int_equal(kith_exprs_new(arena, scope, &set, &err), KITH_OK);
    if (kith_exprs_add(set, kith_str_of(text), KITH_EXPR_COLUMN, &number, &err) != KITH_OK) {
        snprintf(out, room, "!%s", err.text);
    } else {
        kith_expr_work *work = kith_expr_work_new(set);
        kith_expr_rows rows = {NULL, one_row};
        kith_expr_values v;
        uint32_t row = 0;
        kith_buf buf = {0};
        size_t bad;
        kith_expr_begin(work, &rows);
        kith_expr_select(work, &row, 1);
        assert_int_equal(kith_expr_eval(work, number, &v, &err), KITH_OK);
        kith_expr_put(&v, 0, &buf);
        kith_expr_bad_rows(work, &bad);
        if (bad) snprintf(out, room, "?");
        else snprintf(out, room, "%.*s", (int)buf.n, buf.p ? buf.p : "");
        kith_buf_free(&buf);
        kith_expr_work_free(work);
    }
    kith_exprs_free(set);
    kith_arena_free(arena);
    return out;
}

static void gives(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"1 + 2 * 3", "7"}, {"(1 + 2) * 3", "9"}, {"7 % 3", "1"}, {"-7 % 3", "2"}, {"1 / 0", ""}, {".1 + .2 == .3", "1"}, {"2.55 * 6", "15.3"}, {"1.1 / 10", "0.11"}, {"1 / 3", "0.3333333333333333"}, {"1 / 3 * 3 == 1", "1"}, {"-0.3 + 0.1", "-0.2"}, {"1e300 * 1e10", ""}, {"5e-324 * 1", "5e-324"}, {"a + b", "7.5"}, {"a < b", "1"}, {"-a", "-3"},
        {"a == 3", "1"}, {"a == 3.0", "1"}, {"3 == a", "1"}, {"2 < a", "1"}, {"a == \"3\"", "1"}, {"a == \"3.0\"", "0"}, {"\"3\" == a", "1"},
        {"s == 'Hello'", "1"}, {"s != 'Hello'", "0"}, {"s < 'I'", "1"}, {"'I' > s", "1"}, {"s =~ \"^H.l+o$\"", "1"}, {"s !~ /l{3}/", "1"}, {"s =~ /(?i)hELLO/", "1"},
        {"e == 1", ""}, {"e == 'x'", ""}, {"not (e == 1)", ""}, {"e == 1 and a == 4", "0"}, {"e == 1 or a == 3", "1"}, {"e == 1 and a == 3", ""},
        {"missing(e)", "1"}, {"missing(a)", "0"}, {"missing(e + 1)", "1"}, {"coalesce(e, s)", "Hello"}, {"coalesce(e, 5)", "5"}, {"coalesce(number(e), a)", "3"},
        {"a in (1, 2, 3)", "1"}, {"a not in (1, 2)", "1"}, {"s in (\"x\", \"Hello\")", "1"}, {"e in (1, 2)", ""}, {"a in (1, missing)", ""}, {"a in (3, missing)", "1"},
        {"s in ('1','2','3','4','5','6','7','8','9','Hello')", "1"}, {"s in ('1','2','3','4','5','6','7','8','9','hello')", "0"}, {"a in (b, 3)", "1"}, {"a in (x, b)", "0"},
        {"a between 1 and 3", "1"}, {"a not between 1 and 3", "0"}, {"a between 4 and e", "0"}, {"a between 1 and e", ""}, {"d between 2026-09-01 and 2026-09-30", "1"},
        {"t between 2026-09-01 and 2026-09-30", "1"}, {"t == 2026-09-30", "1"}, {"t > 2026-09-30", "0"}, {"t > 2026-09-30T00:00:00Z", "1"}, {"date(t)", "2026-09-30"},
        {"time(d)", "2026-09-30T00:00:00Z"}, {"date(t) + 1d", "2026-10-01"}, {"date(t) - 30d", "2026-08-31"}, {"time(t) + 30m", "2026-10-01T00:00:15.5Z"}, {"time(t) >= \"2026-09-30\"", "1"},
        {"2026-09-30 - 2026-09-01", "2505600"}, {"(2026-09-30 - 2026-09-01) / 1d", "29"}, {"dur > 30m", "1"}, {"(dur + 0s) * 2 == 90m", "1"}, {"dur + dur", "?"}, {"-(30m)", "-1800"}, {"number(90s)", "90"},
        {"days_between('2026-09-01', t)", "29"}, {"year(t)", "2026"}, {"quarter(t)", "3"}, {"month(t)", "9"}, {"day(t)", "30"}, {"weekday(t)", "3"}, {"hour(t)", "23"}, {"minute(t)", "30"},
        {"second(t)", "15"}, {"week('2027-01-01')", "53"}, {"week('2026-01-01')", "1"}, {"yearday('2024-12-31')", "366"}, {"days_between(t, now_until())", "15"}, {"now_until", "2026-10-15T12:00:00Z"},
        {"lower(s)", "hello"}, {"upper(u)", "ÜNÏTÉ"}, {"lower('ÀÉÎŸŁŻΑΩЖЯЁ')", "àéîÿłżαωжяё"}, {"upper('àéîÿłżαςжяё')", "ÀÉÎŸŁŻΑΣЖЯЁ"}, {"lower('ԱԲꙀႠ𐐀Ａ')", "աբꙁⴀ𐐨ａ"}, {"upper('աß𐐨ａꙁ')", "Աß𐐀ＡꙀ"}, {"len(u)", "5"}, {"len(s)", "5"}, {"trim('  x ')", "x"}, {"missing(trim('  '))", "1"},
        {"substr(u, 2, 3)", "nït"}, {"substr(s, -3)", "llo"}, {"substr(s, 4, 10)", "lo"}, {"substr(s, 9)", ""}, {"substr(u, 0, 2)", "Ü"}, {"replace(s, 'l', 'L')", "HeLLo"}, {"replace(s, '.', '-')", "Hello"},
        {"replace(s, /[aeiou]/, '<$0>')", "H<e>ll<o>"}, {"match(s, \"l+\")", "ll"}, {"match(s, \"H(.)(.)\", 2)", "l"}, {"match(s, 'z')", ""}, {"s + ' ' + u", "Hello Ünïté"}, {"s + e", "?"},
        {"s + ' ' + e", ""}, {"concat(s, e, u)", "HelloÜnïté"}, {"contains(s, 'ell')", "1"}, {"starts(s, 'He')", "1"}, {"ends(s, 'lo')", "1"}, {"ends(s, 'Lo')", "0"},
        {"if(a > 2, 'big', 'small')", "big"}, {"if(e > 2, 1, 0)", "0"}, {"if(a > 2, s, bad)", "Hello"}, {"min(a, b)", "3"}, {"max(a, b, 10)", "10"}, {"max(e, a)", "3"}, {"min(t, 2026-01-01)", "2026-01-01"},
        {"abs(-3)", "3"}, {"round(2.5)", "3"}, {"round(-2.5)", "-3"}, {"round(2.675, 2)", "2.68"}, {"round(1234, -2)", "1200"}, {"floor(-1.5)", "-2"}, {"ceil(1.2)", "2"}, {"log(exp(1))", "1"}, {"log(8, 2)", "3"},
        {"log(0)", ""}, {"sqrt(16)", "4"}, {"pow(2, 10)", "1024"}, {"number('1e3')", "1000"}, {"number(bad, -1)", "-1"}, {"number(bad, missing)", ""}, {"number(bad)", "?"}, {"bad > 1", "?"}, {"date(bad, missing)", ""},
        {"date(bad)", "?"}, {"bad", "n/a"}, {"a > 100 and bad > 1", "0"}, {"a > 1 or bad > 1", "1"}, {"bad < s", "?"}, {"bad == s", "0"}, {"text(1.50)", "1.5"}, {"text(a > 1)", "1"}, {"text(date(t)) == '2026-09-30'", "1"},
        {"{odd name}", "o"}, {"x", "1"}, {"{x[2]}", "2"}, {"{4}", ""}, {"yes", "yes"}, {"yes and true", "1"}, {"not yes", "0"}, {"yes == true", "1"}, {"a > 2 == true", "!"}, {"TRUE OR FALSE", "1"},
        {"near(lat, lon, 48.85, 2.35, 20 km)", "1"}, {"near(lat, lon, 51.5074, -0.1278, 300 km)", "0"}, {"near(lat, lon, 48.8566, 2.3522, 500 m)", "1"}, {"round(distance(lat, lon, 51.5074, -0.1278))", "344"},
        {"region(lat, lon)", "Paris"}, {"region(lat, lon, 'Paris')", "1"}, {"region(0, 0)", ""}, {"region(-17, 179.5)", "Fiji"}, {"region(-17, -179.5)", "Fiji"},
        {"hash(s) == hash('Hello')", "1"}, {"hash(s, 10) < 10", "1"}, {"missing(hash(e))", "1"}, {"12345678901234567 == '12345678901234567'", "!"}, {"\"a\\tb\" == 'a\tb'", "1"}, {"'it\\'s'", "it's"}, {"'it''s'", "it's"}, {"missing(\"\")", "1"}, {"\"a\"\"b\"", "a\"b"},
        /* times less times, dates as moments, and durations before and behind; 23:30:15.5 is 84615.5 s after midnight */
        {"time(t) - time(d)", "84615.5"}, {"time(t) - 2026-09-30", "84615.5"}, {"time(d) - 2026-09-29", "86400"}, {"date(d) + 90m", "2026-09-30T01:30:00Z"}, {"date(e) + 90m", ""},
        {"30m + time(d)", "2026-09-30T00:30:00Z"}, {"1d + 2026-09-30", "2026-10-01"}, {"2 * 30m", "3600"}, {"a * 30m", "5400"}, {"30m * a", "5400"}, {"bad > 30m", "?"}, {"bad + 1h", "?"},
        {"t == 2026-10-01T01:30:15.5+02:00", "1"}, {"t == 2026-10-01T01:30:15.5+0200", "1"}, {"t == 2026-09-30T18:30:15.5-05", "1"}, {"t == 2026-09-30T23:30:15.5-05:00", "0"},
        {"number(a > 2)", "1"}, {"number(a > 3)", "0"}, {"number(e > 2)", ""}, {"number(date(t))", "!"}, {"missing(e > 1)", "1"}, {"missing(a > 1)", "0"}, {"missing(time(e))", "1"}, {"missing(date(t))", "0"},
        {"coalesce(time(e), time(d))", "2026-09-30T00:00:00Z"}, {"coalesce(time(d), time(t))", "2026-09-30T00:00:00Z"}, {"coalesce(e > 1, a > 1)", "1"}, {"concat(missing, s)", "Hello"}, {"missing + 1", ""}, {"missing(coalesce(missing, e))", "1"},
        /* by bytes: H is 48, Ü is C3 9C */
        {"max(lower(s), upper(u))", "ÜNÏTÉ"}, {"min(lower(s), 'abc')", "abc"}, {"max(text(e), lower(s))", "hello"}, {"min(lower(s), text(e), 'world')", "hello"}, {"min(text(e), text(e))", ""}, {"min(true, false)", "!"},
        {"log10(1000)", "3"}, {"log10(0)", ""}, {"contains('aab', 'ab')", "1"}, {"contains('aab', 'ac')", "0"}, {"s =~ /l+/ and s !~ /x/ and s =~ /l+/", "1"},
        {"d in (2026-09-30, 2026-01-01, missing)", "1"}, {"d in (2026-10-01, 2026-09-29, missing)", ""}, {"d in (2026-10-01, 2026-09-29, 2027-01-01)", "0"}, {"date(e) in (2026-10-01, 2026-09-29)", ""}, {"s in ('x', missing)", ""}, {"dur in (2h, 45m, 1s)", "1"},
        /* Kelvin's sign and the long s have ASCII letters in the other case (Unicode 3.13) */
        {"lower('K')", "k"}, {"upper('ſ')", "S"},
        /* more digits than a double holds: the texts' digits decide; these two are one double */
        {"dec == 0.0123456789012345678", "1"}, {"dec == 0.0123456789012345679", "0"}, {"dec < 0.0123456789012345679", "1"}, {"dec == 1.23456789012345678e-2", "1"}, {"dec == .00123456789012345678e1", "1"},
        {"sci == 1234567890123456.789", "1"}, {"sci == 1234567890123456.788", "0"}, {"sci > 1234567890123456.788", "1"}, {"tiny < 0.0123456789012345678", "1"}, {"dec < 1e-500", "0"}, {"dec > 0.000000000000000000000000000000000000000000000000000000000000000000000001", "1"},
        {"region(65, 180)", "Edge"}, {"region(65, -180)", "Edge"}, {"region(65, 179)", "Edge"}, {"region(65, -179)", "Later"},
        {"s =~ \"\\w+\"", "1"}, {"1_000", "!"}, {".5 + 5.", "5.5"}, {"true and 1 == 1", "1"}, {"not not true", "1"}, {"1 - -1", "2"}, {"2 - 1 - 1", "0"}, {"8 / 4 / 2", "1"}, {"a / b > .6 and 6 / a / 2 == 1", "1"},
    };
    kith_arena *arena = kith_arena_new();
    kith_regions *regions;
    kith_error err;
    assert_int_equal(kith_regions_new(arena, &regions, &err), KITH_OK);
    assert_int_equal(kith_regions_circle(regions, kith_str_of("Paris"), 48.8566, 2.3522, 15, &err), KITH_OK);
    assert_int_equal(kith_regions_box(regions, kith_str_of("France"), 42, -5, 51, 8, &err), KITH_OK);
    assert_int_equal(kith_regions_box(regions, kith_str_of("Fiji"), -20, 177, -15, -178, &err), KITH_OK);
    assert_int_equal(kith_regions_box(regions, kith_str_of("Edge"), 60, 170, 70, 180, &err), KITH_OK); /* the meridian is of both, and the first has it */
    assert_int_equal(kith_regions_box(regions, kith_str_of("Later"), 60, -180, 70, -170, &err), KITH_OK);
    assert_int_equal(kith_regions_box(regions, kith_str_of("upside down"), 10, 0, 5, 1, &err), KITH_DATA);
    assert_int_equal(kith_regions_box(regions, kith_str_of("past the pole"), 10, 0, 91, 1, &err), KITH_DATA);
    kith_expr_scope scope = {.names = headers(names, COLUMNS), .n_names = COLUMNS, .has_until = true, .until_us = INT64_C(1792065600000000), .regions = regions};
    char out[1200];
    int wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        result_of(cases[i][0], &scope, out, sizeof out);
        bool fine = cases[i][1][0] == '!' ? out[0] == '!' : strcmp(out, cases[i][1]) == 0;
        if (!fine) print_error("%s: %s, not %s\n", cases[i][0], out, cases[i][1]), wrong++;
    }
    kith_arena_free(arena);
    assert_int_equal(wrong, 0);
}

static void names_the_place(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"region == 'x'", "!expression: there is no column 'region'; a text stands in quotes: \"region\"\n  region == 'x'\n  ^"},
        {"a > 1 and latt < 3", "!expression: there is no column 'latt'; did you mean 'lat'?\n  a > 1 and latt < 3\n            ^"},
        {"lowr(s)", "!expression: there is no function 'lowr'; did you mean 'lower'?\n  lowr(s)\n  ^"},
        {"lower(s) > 3", "!expression: this is a number, and the one before is a text\n  lower(s) > 3\n             ^"},
        {"a = 3", "!expression: '=' is written '=='\n  a = 3\n    ^"},
        {"a > ", "!expression: the expression ends where a value is expected\n  a > \n      ^"},
        {"(a > 1", "!expression: ')' is expected here\n  (a > 1\n        ^"},
        {"a > 1)", "!expression: this ) has no partner\n  a > 1)\n       ^"},
        {"1 < a < 3", "!expression: comparisons do not chain: join two with 'and'\n  1 < a < 3\n        ^"},
        {"len(s, 1)", "!expression: len takes 1 argument, not 2\n  len(s, 1)\n  ^"},
        {"s == 'x", "!expression: this quote has no partner\n  s == 'x\n       ^"},
        {"e == ''", "!expression: an empty text is a missing value, which equals nothing: write missing(…)\n  e == ''\n       ^"},
        {"date(t) > 'soon'", "!expression: this text is no date\n  date(t) > 'soon'\n            ^"},
        {"5x", "!expression: 'x' is no unit (us ms s m h d w; km mi)\n  5x\n   ^"},
        {"u == 'é' + 1", "!expression: a text is wanted here, and this is a number: write text(…)\n  u == 'é' + 1\n             ^"},
        {"a and", "!expression: the expression ends where a value is expected\n  a and\n       ^"},
        {"", "!expression: the expression ends where a value is expected\n  \n  ^"},
        {"1 + true", "!expression: a number is wanted here, and this is a truth value\n  1 + true\n      ^"},
        {"now_until()", "!expression: now_until is the moment of --until, which was not given\n  now_until()\n  ^"},
    };
    kith_expr_scope scope = {.names = headers(names, COLUMNS), .n_names = COLUMNS};
    char out[1200];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_string_equal(result_of(cases[i][0], &scope, out, sizeof out), cases[i][1]);
    assert_non_null(strstr(result_of("s =~ '('", &scope, out, sizeof out), "^"));
    char *deep = malloc(3001);
    memset(deep, '(', 3000);
    deep[3000] = 0;
    assert_non_null(strstr(result_of(deep, &scope, out, sizeof out), "nested too deeply"));
    free(deep);
}

/* Equal parts of a set are made once, however many parts there are. */
static void many_parts(void **state) {
    (void)state;
    kith_buf text = {0};
    for (int k = 0; k < 1500; k++) kith_buf_printf(&text, "%s%d", k ? "," : "a + 1 in (0 * a + ", k + 1000);
    kith_buf_puts(&text, ", a + 1)");
    kith_arena *arena = kith_arena_new();
    kith_expr_scope scope = {.names = headers(names, COLUMNS), .n_names = COLUMNS};
    kith_exprs *set;
    kith_error err = {0};
    size_t first, second;
    assert_int_equal(kith_exprs_new(arena, &scope, &set, &err), KITH_OK);
    assert_int_equal(kith_exprs_add(set, (kith_str){text.p, text.n}, KITH_EXPR_TRUTH, &first, &err), KITH_OK);
    assert_int_equal(kith_exprs_add(set, (kith_str){text.p, text.n}, KITH_EXPR_TRUTH, &second, &err), KITH_OK);
    kith_expr_work *work = kith_expr_work_new(set);
    kith_expr_rows rows = {NULL, one_row};
    uint32_t row = 0;
    kith_expr_values v, w;
    kith_expr_begin(work, &rows);
    kith_expr_select(work, &row, 1);
    assert_int_equal(kith_expr_eval(work, first, &v, &err), KITH_OK);
    assert_int_equal(kith_expr_eval(work, second, &w, &err), KITH_OK);
    assert_true(v.truth[0] == 1 && v.truth == w.truth);
    kith_expr_work_free(work);
    kith_exprs_free(set);
    kith_arena_free(arena);
    kith_buf_free(&text);
}

static void splits_assignments(void **state) {
    (void)state;
    kith_str name, text;
    assert_true(kith_expr_assignment(kith_str_of(" total = a == b"), &name, &text));
    assert_true(kith_str_is(name, "total") && kith_str_is(text, " a == b"));
    assert_true(kith_expr_assignment(kith_str_of("{odd name}=1"), &name, &text));
    assert_true(kith_str_is(name, "odd name") && kith_str_is(text, "1"));
    assert_false(kith_expr_assignment(kith_str_of("a == b"), &name, &text));
    assert_false(kith_expr_assignment(kith_str_of("= b"), &name, &text));
    assert_false(kith_expr_assignment(kith_str_of("a =~ 'b'"), &name, &text));
}

/* ---- random conditions against a slow evaluator ------------------------------------------------------------------- */

enum { ROWS = 3000, FIELDS = 4 };
static char cells[ROWS][FIELDS][40];

static bool table(const void *ctx, uint32_t column, const uint32_t *rows, size_t n, kith_str *out) {
    (void)ctx;
    for (size_t i = 0; i < n; i++) out[i] = kith_str_of(cells[rows[i]][column]);
    return true;
}

/* A number tree: kind '#': constant, 'c': column, + - * or 'i': if. A truth tree: 'c' compare, '&', '|', '!', 'm' missing, 'n' in. */
typedef struct tree {
    char kind;
    int column, op;
    double k;
    struct tree *l, *r, *o;
} tree;

static kith_random rnd;
static kith_arena *forest;

static tree *number_tree(int depth);
static tree *truth_tree(int depth);

static tree *grown(char kind) {
    tree *t = kith_arena_zalloc(forest, sizeof *t);
    t->kind = kind;
    return t;
}

static tree *number_tree(int depth) {
    uint64_t pick = kith_random_below(&rnd, depth <= 0 ? 2 : 6);
    tree *t;
    if (pick == 0) {
        t = grown('#');
        t->k = (double)kith_random_below(&rnd, 9);
    } else if (pick == 1) {
        t = grown('c');
        t->column = (int)kith_random_below(&rnd, 3);
    } else if (pick == 5) {
        t = grown('i');
        t->o = truth_tree(depth - 1);
        t->l = number_tree(depth - 1);
        t->r = number_tree(depth - 1);
    } else {
        t = grown("+-*"[pick - 2]);
        t->l = number_tree(depth - 1);
        t->r = number_tree(depth - 1);
    }
    return t;
}

static tree *truth_tree(int depth) {
    uint64_t pick = kith_random_below(&rnd, depth <= 0 ? 2 : 8);
    tree *t;
    if (pick <= 1) {
        t = grown(pick ? 's' : 'c');
        t->op = (int)kith_random_below(&rnd, 6);
        t->l = number_tree(depth - 1);
        t->r = number_tree(depth - 1);
        if (t->l->kind == 'c' && t->r->kind == 'c') t->r = grown('#'); /* two bare columns have rules of their own */
        t->k = (double)kith_random_below(&rnd, 4);
    } else if (pick == 2) {
        t = grown('!');
        t->l = truth_tree(depth - 1);
    } else if (pick == 3) {
        t = grown('m');
        t->l = number_tree(depth - 1);
    } else if (pick == 4) {
        t = grown('n');
        t->l = number_tree(depth - 1);
        t->k = (double)kith_random_below(&rnd, 9);
    } else {
        t = grown(pick & 1 ? '&' : '|');
        t->l = truth_tree(depth - 1);
        t->r = truth_tree(depth - 1);
    }
    return t;
}

static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};

static void write_tree(const tree *t, kith_buf *b) {
    switch (t->kind) {
    case '#': kith_buf_double(b, t->k); break;
    case 'i':
        kith_buf_puts(b, "if(");
        write_tree(t->o, b);
        kith_buf_puts(b, ", number(");
        write_tree(t->l, b);
        kith_buf_puts(b, "), number(");
        write_tree(t->r, b);
        kith_buf_puts(b, "))");
        break;
    case 's': kith_buf_printf(b, "word %s \"w%d\"", ops[t->op], (int)t->k); break;
    case '!': kith_buf_puts(b, "not "), write_tree(t->l, b); break;
    case 'm': kith_buf_puts(b, "missing("), write_tree(t->l, b), kith_buf_puts(b, ")"); break;
    case 'n': write_tree(t->l, b), kith_buf_printf(b, " in (1, %g, 20)", t->k); break;
    default:
        if (!t->l) { /* a column */
            kith_buf_printf(b, "n%d", t->column);
            break;
        }
        kith_buf_puts(b, "(");
        write_tree(t->l, b);
        kith_buf_printf(b, " %s ", t->kind == 'c' ? ops[t->op] : t->kind == '&' ? "and" : t->kind == '|' ? "or" : (char[2]){t->kind, 0});
        write_tree(t->r, b);
        kith_buf_puts(b, ")");
    }
}

typedef struct slow {
    bool missing;
    double v;
} slow;

static slow slow_truth(const tree *t, int row);

static slow slow_number(const tree *t, int row) {
    if (t->kind == '#') return (slow){false, t->k};
    if (t->kind == 'c') {
        const char *text = cells[row][t->column];
        return *text ? (slow){false, strtod(text, NULL)} : (slow){true, 0};
    }
    if (t->kind == 'i') {
        slow c = slow_truth(t->o, row);
        return slow_number(!c.missing && c.v == 1 ? t->l : t->r, row);
    }
    slow l = slow_number(t->l, row), r = slow_number(t->r, row);
    if (l.missing || r.missing) return (slow){true, 0};
    double v = t->kind == '+' ? l.v + r.v : t->kind == '-' ? l.v - r.v : l.v * r.v;
    return isfinite(v) ? (slow){false, v} : (slow){true, 0};
}

static slow slow_truth(const tree *t, int row) {
    slow l, r;
    int c;
    switch (t->kind) {
    case 's': {
        char word[12];
        snprintf(word, sizeof word, "w%d", (int)t->k);
        const char *text = cells[row][3];
        if (!*text) return (slow){true, 0};
        c = strcmp(text, word);
        break;
    }
    case 'c':
        l = slow_number(t->l, row), r = slow_number(t->r, row);
        if (l.missing || r.missing) return (slow){true, 0};
        c = (l.v > r.v) - (l.v < r.v);
        break;
    case '!':
        l = slow_truth(t->l, row);
        return l.missing ? l : (slow){false, !(l.v == 1)};
    case 'm': return (slow){false, slow_number(t->l, row).missing};
    case 'n':
        l = slow_number(t->l, row);
        return l.missing ? l : (slow){false, l.v == 1 || l.v == t->k || l.v == 20};
    default: {
        l = slow_truth(t->l, row), r = slow_truth(t->r, row);
        double settles = t->kind == '|';
        if ((!l.missing && l.v == settles) || (!r.missing && r.v == settles)) return (slow){false, settles};
        return l.missing || r.missing ? (slow){true, 0} : (slow){false, !(settles == 1)};
    }
    }
    bool answer = t->op == 0 ? c == 0 : t->op == 1 ? c != 0 : t->op == 2 ? c < 0 : t->op == 3 ? c <= 0 : t->op == 4 ? c > 0 : c >= 0;
    return (slow){false, answer};
}

static void agrees_with_the_slow_one(void **state) {
    (void)state;
    static const char *const header[] = {"n0", "n1", "n2", "word"};
    kith_random_start(&rnd, 7, "test-expr", 0);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < 3; j++)
            if (kith_random_below(&rnd, 5)) snprintf(cells[i][j], sizeof cells[i][j], "%d%s", (int)kith_random_below(&rnd, 9), kith_random_below(&rnd, 2) ? ".50" : "");
        if (kith_random_below(&rnd, 5)) snprintf(cells[i][3], sizeof cells[i][3], "w%d", (int)kith_random_below(&rnd, 4));
    }
    kith_expr_scope scope = {.names = headers(header, FIELDS), .n_names = FIELDS};
    for (int round = 0; round < 300; round++) {
        forest = kith_arena_new();
        kith_arena *arena = kith_arena_new();
        kith_exprs *set;
        kith_error err = {0};
        tree *trees[3];
        assert_int_equal(kith_exprs_new(arena, &scope, &set, &err), KITH_OK);
        for (int e = 0; e < 3; e++) {
            kith_buf text = {0};
            size_t number;
            trees[e] = truth_tree(5);
            write_tree(trees[e], &text);
            if (kith_exprs_add(set, (kith_str){text.p, text.n}, KITH_EXPR_TRUTH, &number, &err) != KITH_OK) fail_msg("%s", err.text);
            assert_int_equal(number, e);
            kith_buf_free(&text);
        }
        kith_expr_work *work = kith_expr_work_new(set);
        kith_expr_rows rows = {NULL, table};
        kith_expr_begin(work, &rows);
        static uint32_t passed[ROWS], chunk[KITH_EXPR_CHUNK];
        for (int e = 0; e < 3; e++) {
            size_t n, at = 0;
            assert_int_equal(kith_expr_pass(work, (size_t)e, NULL, ROWS, passed, &n, &err), KITH_OK);
            for (int i = 0; i < ROWS; i++) {
                slow want = slow_truth(trees[e], i);
                bool passes = !want.missing && want.v == 1, did = at < n && passed[at] == (uint32_t)i;
                if (passes != did) {
                    kith_buf text = {0};
                    write_tree(trees[e], &text);
                    fail_msg("row %d (%s, %s, %s, %s) of %.*s", i, cells[i][0], cells[i][1], cells[i][2], cells[i][3], (int)text.n, text.p);
                }
                at += did;
            }
        }
        for (uint32_t i = 0; i < KITH_EXPR_CHUNK; i++) chunk[i] = i * 2 + 100;
        kith_expr_select(work, chunk, KITH_EXPR_CHUNK);
        for (int e = 0; e < 3; e++) { /* and all three values, together */
            kith_expr_values v;
            assert_int_equal(kith_expr_eval(work, (size_t)e, &v, &err), KITH_OK);
            for (uint32_t i = 0; i < KITH_EXPR_CHUNK; i++) {
                slow want = slow_truth(trees[e], (int)chunk[i]);
                assert_int_equal(v.truth[v.constant ? 0 : i], want.missing ? KITH_EXPR_UNKNOWN : want.v == 1);
            }
        }
        kith_expr_work_free(work);
        kith_exprs_free(set);
        kith_arena_free(arena);
        kith_arena_free(forest);
    }
}

static void finds_keys(void **state) {
    (void)state;
    kith_arena *arena = kith_arena_new();
    kith_exprs *set;
    kith_expr_scope scope = {.names = headers(names, COLUMNS), .n_names = COLUMNS};
    kith_error err = {0};
    size_t number, n;
    uint32_t columns[4];
    assert_int_equal(kith_exprs_new(arena, &scope, &set, &err), KITH_OK);
    assert_int_equal(kith_exprs_add(set, kith_str_of("s == 'x' and a > 3 and u in ('k', 'l')"), KITH_EXPR_TRUTH, &number, &err), KITH_OK);
    assert_int_equal(kith_expr_keys(set, number, columns, 4), 2);
    assert_int_equal(columns[0], 2);
    assert_int_equal(columns[1], 8);
    const kith_str *texts = kith_expr_key_texts(set, number, 1, &n);
    assert_int_equal(n, 2);
    assert_true(kith_str_is(texts[1], "l"));
    kith_exprs_free(set);
    kith_arena_free(arena);
}

/* The literals of a pattern may only ever spare work: random patterns and texts, with and without them. A pattern in a
 * group of its own gives none. */
static void literals_spare_no_match(void **state) {
    (void)state;
    static const char *const parts[] = {"abcd", "bcda", "a", "b", ".", ".*", "a?", "abcd*", "abcde{0,2}", "[ab]", "[^]a]", "(abcd|b)", "(?:abcd)?", "\\w", "\\|", "^", "$", "cabd+", "|", "abca", "\\x61bcd", "[[:alpha:]bcda]", "[[:digit:]|abcd]", "\\d*", "\\141bcd"};
    kith_arena *arena = kith_arena_new();
    kith_random r;
    kith_random_start(&r, 5, "literals", 0);
    for (int i = 0; i < 400; i++) {
        char pattern[200] = "", text[800];
        for (int k = (int)kith_random_below(&r, 5) + 1; k > 0; k--) strcat(pattern, parts[kith_random_below(&r, sizeof parts / sizeof *parts)]);
        snprintf(text, sizeof text, "word =~ \"%s\"", pattern);
        static const char *const header[] = {"word"};
        kith_expr_scope scope = {.names = headers(header, 1), .n_names = 1};
        kith_exprs *set;
        kith_error err = {0};
        size_t number, n[2];
        assert_int_equal(kith_exprs_new(arena, &scope, &set, &err), KITH_OK);
        assert_int_equal(kith_exprs_add(set, kith_str_of(text), KITH_EXPR_TRUTH, &number, &err), KITH_OK);
        snprintf(text, sizeof text, "match(word, \"(?:%s)\", 0) != 'none' or word =~ \"^(?=.)(?:%s)\" or word =~ \"(?s)^.*?(?:%s)\"", pattern, pattern, pattern);
        assert_int_equal(kith_exprs_add(set, kith_str_of(text), KITH_EXPR_TRUTH, &number, &err), KITH_OK);
        for (int k = 0; k < 600; k++) {
            size_t m = kith_random_below(&r, 38) + 1;
            for (size_t j = 0; j < m; j++) cells[k][0][j] = (char)('a' + kith_random_below(&r, 5));
            cells[k][0][m] = 0;
        }
        kith_expr_work *work = kith_expr_work_new(set);
        kith_expr_rows rows = {NULL, table};
        static uint32_t passed[2][600];
        kith_expr_begin(work, &rows);
        for (size_t e = 0; e < 2; e++) assert_int_equal(kith_expr_pass(work, e, NULL, 600, passed[e], &n[e], &err), KITH_OK);
        if (n[0] != n[1]) fail_msg("%s", pattern);
        assert_memory_equal(passed[0], passed[1], n[0] * sizeof **passed);
        kith_expr_work_free(work);
        kith_exprs_free(set);
    }
    kith_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gives), cmocka_unit_test(names_the_place), cmocka_unit_test(many_parts), cmocka_unit_test(splits_assignments),
                                       cmocka_unit_test(agrees_with_the_slow_one), cmocka_unit_test(finds_keys), cmocka_unit_test(literals_spare_no_match)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
