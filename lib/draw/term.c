/* Pictures for a terminal: the ones that are rows of text. Bars end in eighths of a character; without colour, series are
 * told apart by their names, which stand beside every mark, and heat by shades and the value itself. */
#include <kith/draw.h>

#include "draw_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t inks[KITH_SERIES_COLOURS] = {32, 172, 36, 132, 244, 75}; /* of the 256 colours of xterm */

void kith_paint(kith_buf *out, kith_paper paper, int ink) {
    if (!paper.color) return;
    if (ink == KITH_INK_NONE) kith_buf_puts(out, "\033[0m");
    else if (ink == KITH_INK_STRONG) kith_buf_puts(out, "\033[1m");
    else if (ink == KITH_INK_FAINT) kith_buf_puts(out, "\033[2m");
    else kith_buf_printf(out, "\033[38;5;%dm", inks[ink % KITH_SERIES_COLOURS]);
}

static void repeat(kith_buf *out, const char *piece, size_t n) {
    for (; n; n--) kith_buf_puts(out, piece);
}

static void end_line(kith_buf *out) {
    while (out->n && out->p[out->n - 1] == ' ') out->n--;
    kith_buf_putc(out, '\n');
}

static size_t widest(const kith_str *names, size_t n, size_t most) {
    size_t width = 0;
    for (size_t i = 0; i < n; i++) {
        size_t w = kith_text_width(names[i]);
        if (w > width) width = w;
    }
    return width < most ? width : most;
}

typedef struct label { /* a short text of our own */
    char text[96];
    size_t n, width, fraction; /* fraction: what stands from the point on */
} label;

static label label_of(const kith_buf *out) {
    label l = {{0}, out->n < sizeof l.text ? out->n : sizeof l.text - 1, 0, 0};
    if (l.n) memcpy(l.text, out->p, l.n);
    l.width = kith_text_width((kith_str){l.text, l.n});
    const char *point = strchr(l.text, '.');
    l.fraction = point ? l.n - (size_t)(point - l.text) : l.n && l.text[l.n - 1] == '%' ? 1 : 0;
    return l;
}

static label value_label(const kith_chart *chart, const kith_point *p) {
    char bytes[200]; /* a number for people */
    kith_buf out = {.p = bytes, .room = sizeof bytes};
    if (chart->kind == KITH_CHART_HEAT && chart->y_scale == KITH_PERCENT) kith_buf_printf(&out, "%.0f%%", p->y * 100);
    else kith_chart_value(&out, chart->y_scale, p->y);
    return label_of(&out);
}

static label ends_label(const kith_chart *chart, const kith_point *p) {
    char bytes[400]; /* two of them */
    kith_buf out = {.p = bytes, .room = sizeof bytes};
    if (isnan(p->low)) return label_of(&out);
    kith_buf_putc(&out, '[');
    kith_chart_value(&out, chart->y_scale, p->low);
    kith_buf_puts(&out, ", ");
    kith_chart_value(&out, chart->y_scale, p->high);
    kith_buf_putc(&out, ']');
    return label_of(&out);
}

/* Columns of a row picture: names, series, the picture, values (before and after the point), intervals. */
typedef struct layout {
    size_t name, series, picture, whole, fraction, ends;
    double low, high;
} layout;

static layout lay(const kith_chart *chart, size_t width) {
    layout l = {0};
    l.name = widest(chart->labels, chart->groups, width * 3 / 8 < 8 ? 8 : width * 3 / 8);
    if (chart->series > 1) l.series = widest(chart->series_names, chart->series, width / 5 < 6 ? 6 : width / 5);
    for (size_t i = 0; i < chart->points; i++) {
        label v = value_label(chart, &chart->point[i]);
        if (v.width - v.fraction > l.whole) l.whole = v.width - v.fraction;
        if (v.fraction > l.fraction) l.fraction = v.fraction;
        if (chart->intervals) v = ends_label(chart, &chart->point[i]);
        if (chart->intervals && v.width > l.ends) l.ends = v.width;
    }
    size_t taken = l.name + 2 + (l.series ? l.series + 2 : 0) + l.whole + l.fraction + 2;
    if (taken + l.ends + 2 + width / 4 > width) l.ends = 0; /* the picture shows them */
    if (l.ends) taken += l.ends + 2;
    l.picture = taken + 6 < width ? width - taken : 6;
    kith_chart_extent(chart, false, SIZE_MAX, &l.low, &l.high);
    return l;
}

/* The value, its point under those of the others, and its interval where there is room. */
static void put_value(kith_buf *out, const layout *l, const kith_chart *chart, const kith_point *p, kith_paper paper) {
    label v = value_label(chart, p);
    repeat(out, " ", 2 + l->whole - (v.width - v.fraction));
    kith_buf_put(out, v.text, v.n);
    repeat(out, " ", l->fraction - v.fraction);
    if (!l->ends) return;
    v = ends_label(chart, p);
    kith_buf_puts(out, "  ");
    kith_paint(out, paper, KITH_INK_FAINT);
    kith_text_put(out, (kith_str){v.text, v.n}, l->ends, KITH_RIGHT, paper.ascii);
    kith_paint(out, paper, KITH_INK_NONE);
}

/* A bar from the base to the value over `cells` cells. Where it begins inside a cell, the nearest of an eighth, a half and the whole; of two the
 * smaller. */
static void put_bar(kith_buf *out, const layout *l, const kith_chart *chart, double value, kith_paper paper) {
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    double base = chart->y_scale == KITH_LOG ? 0 : kith_scale_share(KITH_LINEAR, l->low, l->high, 0);
    double end = kith_scale_share(chart->y_scale, l->low, l->high, value), cells = (double)l->picture;
    double from = fmin(base, end) * cells, to = fmax(base, end) * cells;
    if (to - from < .125 && value != 0) to = from + .125;
    for (size_t i = 0; i < l->picture; i++) {
        double a = fmax(from, (double)i), b = fmin(to, (double)i + 1), cover = b - a;
        if (cover <= 0) kith_buf_putc(out, ' ');
        else if (paper.ascii) kith_buf_putc(out, cover >= .5 || (cover > 0 && i == (size_t)from && to - from < 1) ? '#' : ' ');
        else if (a > (double)i) kith_buf_puts(out, cover > .75 ? "█" : cover > .25 ? "▐" : "▕");
        else kith_buf_puts(out, eighths[(int)ceil(cover * 8 - 1e-9)]);
    }
}

/* A dot on its interval; the zero line behind it. */
static void put_dot(kith_buf *out, const layout *l, const kith_chart *chart, const kith_point *p, kith_paper paper, int ink) {
    double cells = (double)l->picture - 1;
    long zero = l->low < 0 && l->high > 0 ? lround(kith_scale_share(KITH_LINEAR, l->low, l->high, 0) * cells) : -1;
    long at = lround(kith_scale_share(chart->y_scale, l->low, l->high, p->y) * cells), from = at, to = at;
    if (!isnan(p->low)) {
        from = lround(kith_scale_share(chart->y_scale, l->low, l->high, p->low) * cells);
        to = lround(kith_scale_share(chart->y_scale, l->low, l->high, p->high) * cells);
    }
    bool painted = false;
    for (long i = 0; i < (long)l->picture; i++) {
        bool inside = i >= from && i <= to;
        if (inside && !painted) kith_paint(out, paper, ink);
        if (!inside && painted) kith_paint(out, paper, KITH_INK_NONE);
        painted = inside;
        if (i == at) kith_buf_puts(out, paper.ascii ? "o" : "●");
        else if (inside && i == from) kith_buf_puts(out, paper.ascii ? "|" : "├");
        else if (inside && i == to) kith_buf_puts(out, paper.ascii ? "|" : "┤");
        else if (inside) kith_buf_puts(out, paper.ascii ? "-" : "─");
        else if (i == zero) kith_buf_puts(out, paper.ascii ? ":" : "┊");
        else kith_buf_putc(out, ' ');
    }
    if (painted) kith_paint(out, paper, KITH_INK_NONE);
}

/* The axis below dots, with its ticks. */
static void put_axis(kith_buf *out, const layout *l, const kith_chart *chart, size_t margin, kith_paper paper) {
    kith_ticks ticks;
    kith_ticks_make(&ticks, l->low, l->high, l->picture / 12 + 2, chart->y_scale, false);
    char *line = malloc(l->picture + 32), *marks = malloc(l->picture + 32);
    if (!line || !marks) {
        out->failed = true;
        free(line);
        free(marks);
        return;
    }
    memset(line, ' ', l->picture + 32);
    memset(marks, 0, l->picture + 32);
    size_t free_from = 0;
    for (size_t i = 0; i < ticks.n; i++) {
        size_t at = (size_t)lround(kith_scale_share(chart->y_scale, l->low, l->high, ticks.at[i]) * ((double)l->picture - 1));
        size_t n = strlen(ticks.text[i]), start = at >= n / 2 ? at - n / 2 : 0;
        if (start + n > l->picture) start = l->picture > n ? l->picture - n : 0;
        if (start < free_from) continue;
        memcpy(line + start, ticks.text[i], n);
        marks[at] = 1;
        free_from = start + n + 2;
    }
    kith_paint(out, paper, KITH_INK_FAINT);
    repeat(out, " ", margin);
    for (size_t i = 0; i < l->picture; i++) kith_buf_puts(out, paper.ascii ? (marks[i] ? "+" : "-") : marks[i] ? "┴" : "─");
    end_line(out);
    repeat(out, " ", margin);
    kith_buf_put(out, line, l->picture);
    end_line(out);
    kith_paint(out, paper, KITH_INK_NONE);
    free(line);
    free(marks);
}

static void put_panel_name(kith_buf *out, const kith_chart *chart, kith_paper paper, size_t panel) {
    if (panel) kith_buf_putc(out, '\n');
    kith_paint(out, paper, KITH_INK_STRONG);
    kith_text_put(out, chart->panel_names[panel], paper.width, KITH_LEFT, paper.ascii);
    kith_paint(out, paper, KITH_INK_NONE);
    end_line(out);
}

/* The rows of one panel, and its axis. */
static void panel_rows(kith_buf *out, const kith_chart *chart, kith_paper paper, layout l, size_t panel) {
    kith_chart_extent(chart, false, panel, &l.low, &l.high);
    if (chart->kind == KITH_CHART_DOTS && l.high <= l.low) l.low -= .5, l.high += .5;
    if (panel != SIZE_MAX) put_panel_name(out, chart, paper, panel);
    for (size_t g = 0; g < chart->groups; g++) {
        bool named = false;
        for (size_t i = 0; i < chart->points; i++) {
            const kith_point *p = &chart->point[i];
            if (p->group != g || (panel != SIZE_MAX && p->panel != panel)) continue;
            kith_text_put(out, named ? (kith_str){"", 0} : chart->labels[g], l.name, KITH_LEFT, paper.ascii);
            named = true;
            kith_buf_puts(out, "  ");
            int ink = (int)(p->series % KITH_SERIES_COLOURS);
            if (l.series) {
                kith_text_put(out, chart->series_names[p->series], l.series, KITH_LEFT, paper.ascii);
                kith_buf_puts(out, "  ");
            }
            if (chart->kind == KITH_CHART_DOTS) {
                put_dot(out, &l, chart, p, paper, ink);
            } else {
                kith_paint(out, paper, ink);
                put_bar(out, &l, chart, p->y, paper);
                kith_paint(out, paper, KITH_INK_NONE);
            }
            put_value(out, &l, chart, p, paper);
            end_line(out);
        }
    }
    if (chart->kind == KITH_CHART_DOTS) put_axis(out, &l, chart, l.name + 2 + (l.series ? l.series + 2 : 0), paper);
}

static void rows_picture(kith_buf *out, const kith_chart *chart, kith_paper paper) {
    layout l = lay(chart, paper.width);
    if (!chart->panels) panel_rows(out, chart, paper, l, SIZE_MAX);
    for (size_t panel = 0; panel < chart->panels; panel++) panel_rows(out, chart, paper, l, panel);
}

static void funnel(kith_buf *out, const kith_chart *chart, kith_paper paper) {
    bool steps = paper.width >= 56; /* room for the share of the step before */
    layout l = lay(chart, paper.width - (steps ? 18 : 8));
    double first = chart->point[0].y;
    for (size_t i = 0; i < chart->points; i++) {
        const kith_point *p = &chart->point[i];
        kith_text_put(out, chart->labels[p->group], l.name, KITH_LEFT, paper.ascii);
        kith_buf_puts(out, "  ");
        kith_paint(out, paper, 0);
        put_bar(out, &l, chart, p->y, paper);
        kith_paint(out, paper, KITH_INK_NONE);
        put_value(out, &l, chart, p, paper);
        if (first > 0) kith_buf_printf(out, "  %5.1f%%", p->y / first * 100);
        if (steps && i && chart->point[i - 1].y > 0)
            kith_buf_printf(out, "  %s%5.1f%%", paper.ascii ? "v" : "▼", p->y / chart->point[i - 1].y * 100);
        end_line(out);
    }
}

static void heat(kith_buf *out, const kith_chart *chart, kith_paper paper) {
    static const char *const shades[2][5] = {{" ", ".", ":", "+", "#"}, {" ", "░", "▒", "▓", "█"}};
    static const uint8_t blues[8] = {17, 18, 24, 25, 31, 38, 74, 117};
    size_t name = widest(chart->series_names, chart->series, paper.width / 3), cell = 0, columns = chart->groups;
    double low, high;
    kith_chart_extent(chart, false, SIZE_MAX, &low, &high);
    for (size_t i = 0; i < chart->points; i++) {
        label v = value_label(chart, &chart->point[i]);
        if (v.width > cell) cell = v.width;
    }
    for (size_t g = 0; g < chart->groups; g++) {
        size_t w = kith_text_width(chart->labels[g]);
        if (w > cell && w <= 8) cell = w;
    }
    cell += paper.color ? 2 : 3;
    size_t fits = paper.width > name + 2 ? (paper.width - name - 2) / cell : 1;
    if (fits < 1) fits = 1;
    if (columns > fits) columns = fits;
    const kith_point **at = calloc(chart->series * columns + 1, sizeof *at);
    if (!at) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < chart->points; i++)
        if (chart->point[i].group < columns) at[chart->point[i].series * columns + chart->point[i].group] = &chart->point[i];
    repeat(out, " ", name + 2);
    kith_paint(out, paper, KITH_INK_FAINT);
    for (size_t g = 0; g < columns; g++) {
        kith_text_put(out, chart->labels[g], cell - 1, KITH_RIGHT, paper.ascii);
        kith_buf_putc(out, ' ');
    }
    kith_paint(out, paper, KITH_INK_NONE);
    end_line(out);
    for (size_t s = 0; s < chart->series; s++) {
        kith_text_put(out, chart->series_names[s], name, KITH_LEFT, paper.ascii);
        kith_buf_puts(out, "  ");
        for (size_t g = 0; g < columns; g++) {
            const kith_point *p = at[s * columns + g];
            if (!p) {
                repeat(out, " ", cell);
                continue;
            }
            double share = kith_scale_share(chart->y_scale, low, high, p->y);
            label v = value_label(chart, p);
            if (paper.color) {
                int step = (int)(share * 7.999);
                kith_buf_printf(out, "\033[48;5;%d;38;5;%dm", blues[step], step >= 4 ? 16 : 231);
                kith_text_put(out, (kith_str){v.text, v.n}, cell - 1, KITH_RIGHT, paper.ascii);
                kith_buf_puts(out, " \033[0m");
            } else {
                kith_text_put(out, (kith_str){v.text, v.n}, cell - 2, KITH_RIGHT, paper.ascii);
                kith_buf_puts(out, shades[!paper.ascii][(int)(share * 4.999)]);
                kith_buf_putc(out, ' ');
            }
        }
        end_line(out);
    }
    if (columns < chart->groups)
        kith_buf_printf(out, "%s%zu more column%s to the right\n", paper.ascii ? ".. " : "… ", chart->groups - columns, chart->groups - columns == 1 ? "" : "s");
    free(at);
}

static void put_wrapped(kith_buf *out, kith_str text, kith_paper paper) {
    kith_buf clean = {0};
    kith_text_clean(&clean, text);
    kith_paint(out, paper, KITH_INK_FAINT);
    size_t used = 0;
    for (size_t at = 0; at < clean.n;) {
        size_t end = at;
        while (end < clean.n && clean.p[end] != ' ') end++;
        kith_str word = {clean.p + at, end - at};
        size_t width = kith_text_width(word);
        if (used && used + 1 + width > paper.width) {
            kith_buf_putc(out, '\n');
            used = 0;
        } else if (used) {
            kith_buf_putc(out, ' ');
            used++;
        }
        kith_buf_str(out, word);
        used += width;
        at = end;
        while (at < clean.n && clean.p[at] == ' ') at++;
    }
    kith_paint(out, paper, KITH_INK_NONE);
    if (used) kith_buf_putc(out, '\n');
    if (clean.failed) out->failed = true;
    kith_buf_free(&clean);
}

/* "revenue by region and channel" where nobody gave a title. */
static void put_title(kith_buf *out, const kith_chart *chart, kith_paper paper) {
    kith_buf title = {0};
    kith_chart_title(&title, chart);
    if (title.failed) out->failed = true;
    if (title.n) {
        kith_paint(out, paper, KITH_INK_STRONG);
        kith_text_put(out, (kith_str){title.p, title.n}, paper.width, KITH_LEFT, paper.ascii);
        kith_paint(out, paper, KITH_INK_NONE);
        end_line(out);
    }
    kith_buf_free(&title);
}

void kith_chart_text(kith_buf *out, const kith_chart *chart, kith_paper paper) {
    if (!paper.width) paper.width = 80;
    if (paper.width < 24) paper.width = 24;
    put_title(out, chart, paper);
    if (!chart->points) return;
    if (chart->kind == KITH_CHART_FUNNEL) funnel(out, chart, paper);
    else if (chart->kind == KITH_CHART_HEAT) heat(out, chart, paper);
    else if (chart->groups) rows_picture(out, chart, paper);
    else if (!chart->panels) kith_xy_text(out, chart, paper);
    for (size_t panel = 0; !chart->groups && panel < chart->panels; panel++) {
        kith_chart part = kith_chart_panel(chart, panel);
        put_panel_name(out, chart, paper, panel);
        kith_xy_text(out, &part, paper);
    }
    put_wrapped(out, chart->note, paper);
}
