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
        {"a\033]0;title", 1}, {"a\033Pq", 1}, /* a string without an end takes all that follows */
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
                 {12400000, 3, "12.4M"}, {999.999, 3, "1,000"},      {-.00001, 2, "-1e-05"},   {1e20, 3, "1e+20"},
                 {INFINITY, 3, "∞"},    {-INFINITY, 3, "-∞"}};
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
    kith_ticks_make(&t, 20455 * day, 20484 * day, 2, KITH_TIME, false); /* 2 to 31 January 2026: no month begins; Mondays, a fortnight apart */
    assert_int_equal(t.n, 2);
    assert_string_equal(t.text[0], "5 Jan");
    assert_string_equal(t.text[1], "19 Jan");
    kith_ticks_make(&t, 97, 0, 5, KITH_LINEAR, true); /* the ends the wrong way round */
    assert_int_equal(t.n, 6);
    assert_true(t.low == 0 && t.high == 100);
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
    static const char *const unnamed[] = {",b", "b,", "b, ,b", " "};
    for (size_t i = 0; i < sizeof unnamed / sizeof *unnamed; i++)
        chart_of(arena, grid_of(&t, "a|b;x|1;y|q"), (kith_chart_spec){.x = KITH_STR("a"), .y = kith_str_of(unnamed[i])}, KITH_USAGE);
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

static void a_name_nearly_right_is_proposed(void **state) {
    (void)state;
    kith_arena *arena = kith_arena_new();
    table t;
    kith_chart chart;
    kith_error err = {0, ""};
    const kith_chart_spec spec = {.y = KITH_STR("amuont")};
    assert_int_equal(kith_chart_make(arena, grid_of(&t, "region|amount;N|1"), &spec, &chart, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "no column \"amuont\" (did you mean \"amount\"?)"));
    kith_arena_free(arena);
}

/* Where a column splits several measures, a series is one measure of one part, whatever order the rows come in. */
static void measures_by_parts_are_series_each(void **state) {
    (void)state;
    static const char *const names[] = {"N sent", "N read", "S sent", "S read"};
    static const double values[] = {1, 3, 2, 4, 5, 7, 6, 8};
    kith_arena *arena = kith_arena_new();
    table t;
    const kith_grid *grid = grid_of(&t, "day|region|sent|read;2026-01-01|N|1|2;2026-01-01|S|5|6;2026-01-02|N|3|4;2026-01-02|S|7|8");
    kith_chart chart = chart_of(arena, grid, (kith_chart_spec){.kind = KITH_CHART_LINE, .x = KITH_STR("day"), .y = KITH_STR("sent, read"), .by = KITH_STR("region")}, KITH_OK);
    assert_int_equal(chart.series, 4);
    assert_int_equal(chart.points, 8);
    for (size_t i = 0; i < 4; i++) assert_true(kith_str_is(chart.series_names[i], names[i]));
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(chart.point[i].series, i / 2);
        assert_true(chart.point[i].y == values[i]);
    }
    kith_arena_free(arena);
}

/* 70 groups, the first and the last of them twice: 60 are drawn, the first with both of its rows. */
static void too_many_groups_are_cut(void **state) {
    (void)state;
    enum { ALL = 70, DRAWN = 60 };
    kith_arena *arena = kith_arena_new();
    kith_str names[] = {KITH_STR("name"), KITH_STR("n")}, cells[2 * (ALL + 2)];
    for (size_t i = 0; i < ALL + 2; i++) {
        cells[2 * i] = kith_str_of(kith_arena_format(arena, "g%zu", i < ALL ? i : i == ALL ? 0 : ALL - 1));
        cells[2 * i + 1] = KITH_STR("1");
    }
    const kith_grid grid = {ALL + 2, 2, names, cells};
    kith_chart chart = chart_of(arena, &grid, (kith_chart_spec){.kind = KITH_CHART_BARS}, KITH_OK);
    assert_int_equal(chart.groups, DRAWN);
    assert_int_equal(chart.points, DRAWN + 1);
    assert_int_equal(chart.point[DRAWN].group, 0);
    for (size_t i = 0; i < DRAWN; i++) assert_true(kith_str_equal(chart.labels[i], cells[2 * i]));
    assert_int_equal(chart.left_out, 0);
    assert_true(kith_str_is(chart.note, "Only the first 60 of the groups are drawn."));
    kith_arena_free(arena);
}

typedef struct corner {
    double x, y;
} corner;

/* The corners of the next path that begins with `start`, after *at; *at moves behind it. */
static size_t corners_of(const char **at, const char *start, corner *out, size_t most) {
    size_t n = 0;
    const char *path = strstr(*at, start), *d = path ? strstr(path, " d=\"") : NULL;
    if (!d) return 0;
    for (d += 4; *d == 'M' || *d == 'L'; n++) {
        char *end;
        assert_true(n < most);
        out[n].x = strtod(d + 1, &end);
        out[n].y = strtod(end, &end);
        d = end;
    }
    *at = d;
    return n;
}

/* A survival curve stays level between its events, its band too, and begins where all are there. One of the intervals is missing. */
static void steps_are_level_between_events(void **state) {
    (void)state;
    kith_arena *arena = kith_arena_new();
    table t;
    const kith_grid *grid = grid_of(&t, "time|at_risk|events|survival|low|high;1|9|1|.9|.8|1;2|8|1|.8||;4|7|2|.5|.3|.7;8|4|1|.4|.2|.6");
    kith_chart chart = chart_of(arena, grid, (kith_chart_spec){0}, KITH_OK);
    assert_int_equal(chart.kind, KITH_CHART_STEP);
    kith_buf out = {0};
    kith_chart_svg(&out, &chart, 600, "c", true);
    kith_buf_putc(&out, 0);
    const char *at = out.p;
    corner c[32];
    size_t n = corners_of(&at, "<path fill-opacity", c, 32);
    assert_int_equal(n, 10); /* three intervals: a corner at the first on each edge, two at each of the others */
    assert_int_equal(*at, 'Z');
    for (size_t i = 0; i < n; i++) {
        const corner *next = &c[(i + 1) % n];
        assert_true(c[i].x == next->x || c[i].y == next->y);
    }
    double low[2] = {c[n - 1].y, c[5].y}, high[2] = {c[0].y, c[4].y}; /* .8 and .2; 1 and .6 */
    assert_float_equal((low[0] - high[0]) / (low[1] - high[0]), .2 / .8, .002);
    assert_float_equal((high[1] - high[0]) / (low[1] - high[0]), .4 / .8, .002);
    n = corners_of(&at, "<path stroke-width=\"2\" ", c, 32);
    assert_int_equal(n, 9); /* the start, and two for each event */
    static const double survival[] = {1, 1, .9, .9, .8, .8, .5, .5, .4};
    for (size_t i = 0; i < n; i++) {
        if (i) assert_true(c[i].x == c[i - 1].x || c[i].y == c[i - 1].y);
        assert_float_equal((c[i].y - high[0]) / (low[1] - high[0]), (1 - survival[i]) / .8, .002);
    }
    kith_buf_free(&out);
    kith_arena_free(arena);
}

static void dots_stand_on_their_intervals(void **state) {
    (void)state;
    kith_arena *arena = kith_arena_new();
    table t;
    kith_chart chart = chart_of(arena, grid_of(&t, "x|y|low|high;3|2|1|3;1|5|4|6;2|3||"), (kith_chart_spec){0}, KITH_OK);
    assert_int_equal(chart.kind, KITH_CHART_DOTS);
    kith_buf out = {0};
    kith_chart_svg(&out, &chart, 600, "c", true);
    kith_buf_putc(&out, 0);
    const char *at = out.p;
    corner c[2][8];
    for (size_t i = 0; i < 2; i++) { /* both two units long, upright */
        assert_int_equal(corners_of(&at, "<path stroke-width=\"1.5\"", c[i], 8), 2);
        assert_true(c[i][0].x == c[i][1].x);
    }
    assert_true(c[0][0].x < c[1][0].x); /* sorted by x */
    assert_float_equal(c[0][0].y - c[0][1].y, c[1][0].y - c[1][1].y, .3);
    assert_float_equal(c[1][0].y - c[0][0].y, 1.5 * (c[0][0].y - c[0][1].y), .3); /* from 4 down to 1 */
    assert_int_equal(corners_of(&at, "<path stroke-width=\"1.5\"", c[0], 8), 0);
    kith_buf_free(&out);
    kith_arena_free(arena);
}

static const char *line_at(const char *text, size_t line) {
    while (line-- && (text = strchr(text, '\n'))) text++;
    assert_non_null(text);
    return text;
}

/* Asserts what a line of a picture holds behind its axis, `n` characters of it. */
static void drawn(const char *line, size_t n, char want) {
    line += strcspn(line, "|+\n");
    assert_true(*line == '|' || *line == '+');
    for (size_t i = 1; i <= n; i++) assert_int_equal(line[i], want);
}

/* On 40 columns of ASCII ten lines make a picture; "100%" or "10", a blank and the axis stand before it, a column stays free. */
static void lines_of_text_hold_the_curve(void **state) {
    (void)state;
    kith_arena *arena = kith_arena_new();
    table t;
    kith_buf out = {0};
    kith_chart chart = chart_of(arena, grid_of(&t, "x|y|low|high;0|5|0|10;1|5|0|10;3|5|0|10"), (kith_chart_spec){.title = KITH_STR("t")}, KITH_OK);
    kith_chart_text(&out, &chart, (kith_paper){40, true, false});
    kith_buf_putc(&out, 0);
    const size_t plain = 40 - 4 - 1, share = 40 - 6 - 1;
    drawn(line_at(out.p, 1), plain, '.');
    drawn(line_at(out.p, 1 + 5), plain, '*');
    drawn(line_at(out.p, 1 + 9), plain, '.');
    out.n = 0;
    /* a falls from all to half at the end, b to half in the middle and to none at the end: b has its first step where a has none */
    const kith_grid *grid = grid_of(&t, "group|time|at_risk|survival;a|0|2|1;a|10|2|.5;b|5|2|.5;b|10|1|0");
    chart = chart_of(arena, grid, (kith_chart_spec){.title = KITH_STR("t")}, KITH_OK);
    kith_chart_text(&out, &chart, (kith_paper){40, true, false});
    kith_buf_putc(&out, 0);
    const char *top = line_at(out.p, 1);
    drawn(top, share / 2 + 1, 'b');
    top += strcspn(top, "+");
    for (size_t i = share / 2 + 2; i <= share; i++) assert_int_equal(top[i], 'a');
    for (size_t row = 2; row < 6; row++) {
        const char *line = line_at(out.p, row);
        line += strcspn(line, "|+");
        assert_int_equal(line[share / 2 + 1], 'b'); /* down from all to half */
        assert_int_equal(line[share], 'a');
    }
    for (size_t row = 6; row <= 10; row++) {
        const char *line = line_at(out.p, row);
        line += strcspn(line, "|+");
        for (size_t i = 1; i < share; i++) assert_int_equal(line[i] == 'b', row == 6 && i > share / 2);
        assert_int_equal(line[share], 'b');
    }
    kith_buf_free(&out);
    kith_arena_free(arena);
}

/* The names of six series take several lines, none of them wider than the paper, none left out. */
static void legends_go_on_in_the_next_line(void **state) {
    (void)state;
    kith_arena *arena = kith_arena_new();
    table t;
    const kith_grid *grid = grid_of(&t, "x|alpha|bravo|charlie|delta|echo|foxtrot;1|1|2|3|4|5|6;2|6|5|4|3|2|1");
    kith_chart chart = chart_of(arena, grid, (kith_chart_spec){.x = KITH_STR("x"), .y = KITH_STR("alpha,bravo,charlie,delta,echo,foxtrot")}, KITH_OK);
    for (size_t width = 30; width <= 120; width += 10) {
        kith_buf out = {0};
        size_t lines = 0, longest = 0;
        kith_chart_text(&out, &chart, (kith_paper){width, true, false});
        kith_buf_putc(&out, 0);
        const char *legend = strstr(out.p, "a alpha");
        assert_non_null(legend);
        static const char *const entries[] = {"a alpha", "b bravo", "c charlie", "d delta", "e echo", "f foxtrot"};
        for (size_t i = 0; i < 6; i++) assert_non_null(strstr(legend, entries[i]));
        for (const char *line = out.p; *line; line = line_at(line, 1)) {
            size_t n = strcspn(line, "\n");
            if (n > longest) longest = n;
            lines += line + n > legend; /* nothing comes after the legend */
        }
        assert_true(longest <= width);
        assert_int_equal(lines == 1, width >= 60); /* 33 letters of names, 12 for the marks, 10 between, 3 before them: 58 */
        kith_buf_free(&out);
    }
    kith_arena_free(arena);
}

/* What a heat map leaves out to the right it counts. */
static void heat_maps_count_what_they_leave_out(void **state) {
    (void)state;
    kith_arena *arena = kith_arena_new();
    table t;
    const kith_grid *grid = grid_of(&t, "team|month|n;x|m1|1000;x|m2|2;x|m3|3;x|m4|4;x|m5|5;x|m6|6;x|m7|7;x|m8|8");
    kith_chart chart = chart_of(arena, grid, (kith_chart_spec){.kind = KITH_CHART_HEAT, .x = KITH_STR("month"), .y = KITH_STR("n"), .by = KITH_STR("team")}, KITH_OK);
    bool one = false;
    for (size_t width = 24; width <= 80; width++)
        for (int ascii = 0; ascii < 2; ascii++) {
            kith_buf out = {0}, want = {0};
            size_t shown = 0;
            kith_chart_text(&out, &chart, (kith_paper){width, ascii, false});
            static const char *const months[] = {" m1", " m2", " m3", " m4", " m5", " m6", " m7", " m8"};
            for (; shown < 8 && holds(&out, months[shown]); shown++) {}
            kith_buf_printf(&want, "\n%s %zu more column%s to the right\n", ascii ? ".." : "…", 8 - shown, shown == 7 ? "" : "s");
            kith_buf_putc(&want, 0);
            assert_true(shown > 0);
            assert_int_equal(holds(&out, want.p), shown < 8);
            assert_int_equal(holds(&out, "to the right"), shown < 8);
            one = one || shown == 7;
            kith_buf_free(&out);
            kith_buf_free(&want);
        }
    assert_true(one);
    kith_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_are_those_of_the_standard),  cmocka_unit_test(text_fills_its_width_exactly),
        cmocka_unit_test(characters_of_every_length), cmocka_unit_test(numbers_for_people),                cmocka_unit_test(ticks_are_round_and_inside),
        cmocka_unit_test(tables_choose_their_picture),       cmocka_unit_test(what_cannot_be_drawn_is_said),
        cmocka_unit_test(nothing_from_data_reaches_the_page_as_markup), cmocka_unit_test(values_are_written_by_their_scale), cmocka_unit_test(pictures_keep_to_their_paper),
        cmocka_unit_test(bars_begin_where_nothing_is),       cmocka_unit_test(wide_tables_say_what_they_leave_out),
        cmocka_unit_test(a_name_nearly_right_is_proposed),   cmocka_unit_test(measures_by_parts_are_series_each), cmocka_unit_test(too_many_groups_are_cut),
        cmocka_unit_test(steps_are_level_between_events),    cmocka_unit_test(dots_stand_on_their_intervals), cmocka_unit_test(lines_of_text_hold_the_curve),
        cmocka_unit_test(legends_go_on_in_the_next_line),    cmocka_unit_test(heat_maps_count_what_they_leave_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
