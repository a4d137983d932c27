/* Widths against wcwidth's readings, hostile text, ticks, charts and the escaping of SVG and HTML. */
#include "unit.h"

#include <kith/draw.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void widths_are_those_of_the_standard(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {
        {"", 0},          {"abc", 3},         {"Île-de-France", 13},
        {"e\xcc\x81t\xc3\xa9", 3}, /* a combining accent takes nothing */
        {"東京", 4},      {"ｱ", 1},           {"가", 2},
        {"😀", 2},        {"❤️", 2},          {"👩‍👩‍👧", 2},
        {"🇫🇷", 2},        {"👍🏽", 2},          {"\xff\xfe", 2},
        {"a\tb\nc", 5},   {"a\r\nb", 3},      {"\033[31mred\033[0m", 3},
        {"\033]0;title\007x", 1}, {"\033]8;;http://x\033\\link", 4}, {"\xc2\x9b" "31mred", 3},
        {"a\xe2\x80\xae" "b", 2}, {"\033", 0}, {"\033[31", 0}, {"\x07\x08\x7f", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(kith_text_width(kith_str_of(cases[i].text)), cases[i].width);
}

static void text_fills_its_width_exactly(void **state) {
    (void)state;
    static const char *const texts[] = {"", "short", "much too long for the room", "東京都千代田区", "\033[2Jcleared", "a\nb"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t width = 0; width < 20; width++)
            for (int align = 0; align < 3; align++)
                for (int ascii = 0; ascii < 2; ascii++) {
                    kith_buf out = {0};
                    kith_text_put(&out, kith_str_of(texts[i]), width, (kith_align)align, ascii);
                    assert_int_equal(kith_text_width((kith_str){out.p ? out.p : "", out.n}), width);
                    for (size_t k = 0; k < out.n; k++) assert_true((unsigned char)out.p[k] >= 0x20);
                    kith_buf_free(&out);
                }
}

static void characters_of_every_length(void **state) {
    (void)state;
    static const struct {
        uint32_t code;
        const char *bytes;
    } cases[] = {{0x24, "$"}, {0x7f, "\x7f"}, {0x80, "\xc2\x80"}, {0x7ff, "\xdf\xbf"}, {0x800, "\xe0\xa0\x80"}, {0xffff, "\xef\xbf\xbf"}, {0x10000, "\xf0\x90\x80\x80"}, {0x1f600, "😀"}, {0x10ffff, "\xf4\x8f\xbf\xbf"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kith_buf out = {0};
        size_t n;
        kith_utf8_put(&out, cases[i].code);
        kith_buf_putc(&out, 0);
        assert_string_equal(out.p, cases[i].bytes);
        assert_int_equal(kith_utf8_next(kith_str_of(cases[i].bytes), &n), cases[i].code);
        assert_int_equal(n, strlen(cases[i].bytes));
        kith_buf_free(&out);
    }
}

static void numbers_for_people(void **state) {
    (void)state;
    static const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {{0, 4, "0"},          {1234567, 15, "1,234,567"}, {-1234.5, 6, "-1,234.5"}, {.012345, 3, "0.0123"},
                 {12400000, 3, "12.4M"}, {999.999, 3, "1,000"},      {-.00001, 2, "-1e-05"},   {1e20, 3, "1e+20"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kith_buf out = {0};
        kith_people_number(&out, cases[i].value, cases[i].digits);
        kith_buf_putc(&out, 0);
        assert_string_equal(out.p, cases[i].text);
        kith_buf_free(&out);
    }
}

static void ticks_are_round_and_inside(void **state) {
    (void)state;
    kith_ticks t;
    kith_ticks_make(&t, 0, 97, 5, KITH_LINEAR, true);
    assert_int_equal(t.n, 6);
    assert_string_equal(t.text[5], "100");
    kith_ticks_make(&t, .001, 5000, 5, KITH_LOG, true);
    assert_true(t.low == .001 && t.high == 10000);
    double day = (double)KITH_US_PER_DAY;
    kith_ticks_make(&t, 20454 * day, 20800 * day, 6, KITH_TIME, false); /* 2026-01-01 to 2026-12-13 */
    assert_string_equal(t.text[0], "Jan 2026");
    assert_string_equal(t.text[1], "Mar 2026");
    kith_ticks_make(&t, 5, 5, 5, KITH_LINEAR, true);
    assert_true(t.low < 5 && t.high > 5 && t.n >= 2);
    static const double odd[][2] = {{-1e308, 1e308}, {NAN, 1}, {0, 0}, {1e-300, 2e-300}, {-5, -4}, {1e15, 1e15 + 1}, {0, INFINITY}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (int scale = KITH_LINEAR; scale <= KITH_PERCENT; scale++) {
            if (scale == KITH_TIME && fabs(odd[i][1]) > 1e17) continue;
            kith_ticks_make(&t, odd[i][0], odd[i][1], 6, (kith_scale)scale, true);
            assert_true(t.n <= KITH_TICKS_MAX && t.low < t.high);
            for (size_t k = 0; k < t.n; k++) assert_true(t.at[k] >= t.low - fabs(t.low) * 1e-6 - 1e-300 && t.at[k] <= t.high + fabs(t.high) * 1e-6 + 1e-300);
        }
}

typedef struct table {
    kith_str names[8], cells[512];
    kith_grid grid;
} table;

/* Cells separated by | and rows by ; — the first row holds the names. */
static const kith_grid *grid_of(table *t, const char *text) {
    size_t columns = 0, cells = 0, row = 0, start = 0;
    for (size_t i = 0;; i++) {
        char c = text[i];
        if (c != '|' && c != ';' && c) continue;
        kith_str cell = {text + start, i - start};
        if (row == 0) t->names[columns++] = cell;
        else t->cells[cells++] = cell;
        start = i + 1;
        if (c == ';') row++;
        if (!c) break;
    }
    t->grid = (kith_grid){row, columns, t->names, t->cells};
    return &t->grid;
}

static kith_chart chart_of(kith_arena *arena, const kith_grid *grid, kith_chart_spec spec, int want) {
    kith_chart chart;
    kith_error err = {0, ""};
    assert_int_equal(kith_chart_make(arena, grid, &spec, &chart, &err), want);
    return chart;
}

static void tables_choose_their_picture(void **state) {
    (void)state;
    static const struct {
        const char *text;
        kith_chart_kind kind;
        size_t points, series;
    } cases[] = {
        {"step|persons|share|from_previous;a|10|1|;b|5|.5|.5", KITH_CHART_FUNNEL, 2, 1},
        {"cohort|period|persons|amount;2026-01|0|9|1;2026-01|1|3|1;2026-02|0|8|1", KITH_CHART_HEAT, 3, 2},
        {"group|time|at_risk|events|survival|low|high;a|1|9|1|.9|.8|1;b|1|9|1|.9|.8|1", KITH_CHART_STEP, 2, 2},
        {"region|n;N|1;S|2", KITH_CHART_BARS, 2, 1},
        {"day|n;2026-01-01|1;2026-01-02|2", KITH_CHART_LINE, 2, 1},
        {"arm|estimate|low|high;a|1|0|2;b|2|1|3", KITH_CHART_DOTS, 2, 1},
        {"amount;1;2;2;3;9", KITH_CHART_HISTOGRAM, 9, 1},
    };
    kith_arena *arena = kith_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        table t;
        kith_chart chart = chart_of(arena, grid_of(&t, cases[i].text), (kith_chart_spec){0}, KITH_OK);
        assert_int_equal(chart.kind, cases[i].kind);
        assert_int_equal(chart.points, cases[i].points);
        assert_int_equal(chart.series, cases[i].series);
    }
    kith_arena_free(arena);
}

static void what_cannot_be_drawn_is_said(void **state) {
    (void)state;
    kith_arena *arena = kith_arena_new();
    table t;
    chart_of(arena, grid_of(&t, "a|b"), (kith_chart_spec){0}, KITH_DATA);
    chart_of(arena, grid_of(&t, "a|b;x|y"), (kith_chart_spec){0}, KITH_DATA);
    chart_of(arena, grid_of(&t, "a|b;x|1"), (kith_chart_spec){.y = KITH_STR("c")}, KITH_DATA);
    chart_of(arena, grid_of(&t, "a|b;x|-1"), (kith_chart_spec){.log_y = true}, KITH_DATA);
    kith_chart chart = chart_of(arena, grid_of(&t, "a|b;x|1;y|;z|3"), (kith_chart_spec){0}, KITH_OK);
    assert_int_equal(chart.left_out, 1);
    kith_arena_free(arena);
}

static bool holds(const kith_buf *out, const char *text) {
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= out->n; i++)
        if (!memcmp(out->p + i, text, n)) return true;
    return false;
}

/* Shares in a heat map's narrow cells are whole percents, in bars they keep a place; what is no share stays a number. */
static void values_are_written_by_their_scale(void **state) {
    (void)state;
    static const struct {
        const char *text, *has, *not;
    } cases[] = {
        {"cohort|period|share;a|0|1;a|1|.456;b|0|1;b|1|.3", ">46%<", "45.6%"},
        {"cohort|period|persons;a|0|90;a|1|45.6;b|0|80;b|1|.3", ">45.6<", "%<"},
        {"region|share;N|.456;S|.3", "45.6%", ">46%<"},
    };
    kith_arena *arena = kith_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        table t;
        kith_chart_spec spec = {.y = i < 2 ? kith_str_of(i ? "persons" : "share") : KITH_STR("share"), .kind = i < 2 ? KITH_CHART_HEAT : KITH_CHART_BARS};
        if (i < 2) spec.x = KITH_STR("period"), spec.by = KITH_STR("cohort");
        kith_chart chart = chart_of(arena, grid_of(&t, cases[i].text), spec, KITH_OK);
        assert_int_equal(chart.y_scale == KITH_PERCENT, i != 1);
        kith_buf out = {0};
        kith_chart_svg(&out, &chart, 600, "c", true);
        assert_true(holds(&out, cases[i].has));
        assert_false(holds(&out, cases[i].not));
        kith_buf_free(&out);
    }
    kith_arena_free(arena);
}

static void nothing_from_data_reaches_the_page_as_markup(void **state) {
    (void)state;
    kith_arena *arena = kith_arena_new();
    table t;
    static const char *const kinds[] = {"<script>x</script>|n;<img src=x onerror=y>|1;\"'&\033[2J|2",
                                        "day|<b>;2026-01-01|1;2026-01-02|2", "step|persons|share;<i>|3|1;</svg>|1|.3"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const kith_grid *grid = grid_of(&t, kinds[i]);
        kith_chart chart = chart_of(arena, grid, (kith_chart_spec){.title = KITH_STR("</title><script>")}, KITH_OK);
        kith_section section = {KITH_STR("<script>"), KITH_STR("a & b"), grid, &chart, 3, KITH_STR("<i>")};
        kith_provenance source = {KITH_STR("<x>"), KITH_STR("]]>\x01")};
        kith_page page = {KITH_STR("</style><script>"), KITH_STR("\"><script>"), {0}, 1, 1, &section, &source};
        kith_buf out = {0};
        kith_page_html(&out, &page);
        assert_false(out.failed);
        static const char *const never[] = {"<script", "<img", "<b>", "<i>", "</i>", "<x>", "\033", "\x01", "javascript"};
        for (size_t k = 0; k < sizeof never / sizeof *never; k++) assert_false(holds(&out, never[k]));
        assert_true(holds(&out, "default-src 'none'"));
        kith_buf_free(&out);
    }
    kith_arena_free(arena);
}

static void pictures_keep_to_their_paper(void **state) {
    (void)state;
    static const char *const texts[] = {"region|channel|n;North|email|10;North|social|-3;South and further|email|7;South and further|social|12",
                                        "step|persons|share;first of them|1000|1;second|10|.01",
                                        "cohort|period|persons;2026-01|0|9;2026-01|1|3;2026-02|0|8",
                                        "arm|estimate|low|high;a|1|-1|3;b|2|1|3",
                                        "day|n;2026-01-01|1;2026-01-02|2;2026-02-02|5", "amount;1;2;2;3;9"};
    kith_arena *arena = kith_arena_new();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        table t;
        kith_chart chart = chart_of(arena, grid_of(&t, texts[i]), (kith_chart_spec){0}, KITH_OK);
        for (size_t width = 40; width <= 200; width += 32)
            for (int ascii = 0; ascii < 2; ascii++) {
                kith_buf out = {0};
                kith_chart_text(&out, &chart, (kith_paper){width, ascii, !ascii});
                for (size_t from = 0, at = 0; at < out.n; at++) {
                    if (ascii) assert_true((unsigned char)out.p[at] < 0x80);
                    if (out.p[at] != '\n') continue;
                    assert_true(kith_text_width((kith_str){out.p + from, at - from}) <= width);
                    from = at + 1;
                }
                kith_buf_free(&out);
            }
    }
    kith_arena_free(arena);
}

/* Bars from nothing to -9 and 23 over P cells: the base lies at 9/32 P, so that the right one covers some of the cell there. */
static void bars_begin_where_nothing_is(void **state) {
    (void)state;
    static const struct {
        size_t cells;
        const char *left, *right; /* in the base's cell */
    } cases[] = {{75, "▏", "█"}, {72, "▎", "▐"}, {73, "▋", "▐"}, {70, "▊", "▐"}, {88, "▊", "▕"}, {67, "▉", "▕"}, {64, "", ""}, {96, "", ""}};
    kith_arena *arena = kith_arena_new();
    table t;
    kith_chart chart = chart_of(arena, grid_of(&t, "x|y;a|-9;b|23"), (kith_chart_spec){0}, KITH_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t base = cases[i].cells * 9 / 32;
        kith_buf out = {0}, want = {0};
        kith_chart_text(&out, &chart, (kith_paper){cases[i].cells + 7, false, false}); /* the name, the value and the room between take 7 */
        kith_buf_puts(&want, "\na  ");
        for (size_t k = 0; k < base; k++) kith_buf_puts(&want, "█");
        kith_buf_puts(&want, cases[i].left);
        for (size_t k = base + (*cases[i].left != 0); k < cases[i].cells; k++) kith_buf_putc(&want, ' ');
        kith_buf_puts(&want, "  -9\nb  ");
        for (size_t k = 0; k < base; k++) kith_buf_putc(&want, ' ');
        kith_buf_puts(&want, cases[i].right);
        for (size_t k = base + (*cases[i].right != 0); k < cases[i].cells; k++) kith_buf_puts(&want, "█");
        kith_buf_puts(&want, "  23\n");
        kith_buf_putc(&want, 0);
        assert_true(holds(&out, want.p));
        kith_buf_free(&out);
        kith_buf_free(&want);
    }
    kith_arena_free(arena);
}

static void wide_tables_say_what_they_leave_out(void **state) {
    (void)state;
    table t;
    const kith_grid *grid = grid_of(&t, "name|a number|comment;Ann|1234.5678901|a long remark that goes on;Bo|2|short");
    kith_buf out = {0};
    kith_grid_text(&out, grid, (kith_paper){40, true, false}, (kith_grid_look){0});
    kith_buf_putc(&out, 0);
    assert_string_equal(out.p, "name  a number  comment\n----  --------  ------------------------\nAnn    1234.57  a long remark that goe..\nBo        2     short\n");
    out.n = 0;
    kith_grid_text(&out, grid, (kith_paper){20, true, false}, (kith_grid_look){.more = 5});
    assert_true(holds(&out, ".. 5 more rows\n"));
    assert_true(holds(&out, "1 more column"));
    kith_buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_are_those_of_the_standard),  cmocka_unit_test(text_fills_its_width_exactly),
        cmocka_unit_test(characters_of_every_length), cmocka_unit_test(numbers_for_people),                cmocka_unit_test(ticks_are_round_and_inside),
        cmocka_unit_test(tables_choose_their_picture),       cmocka_unit_test(what_cannot_be_drawn_is_said),
        cmocka_unit_test(nothing_from_data_reaches_the_page_as_markup), cmocka_unit_test(values_are_written_by_their_scale), cmocka_unit_test(pictures_keep_to_their_paper),
        cmocka_unit_test(bars_begin_where_nothing_is),       cmocka_unit_test(wide_tables_say_what_they_leave_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
