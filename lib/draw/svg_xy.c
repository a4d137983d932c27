/* SVG on two axes: lines, steps, dots over numbers or time, histograms. */
#include <kith/draw.h>

#include "draw_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct axes {
    double left, right, top, bottom, x_low, x_high, y_low, y_high;
    kith_ticks x, y;
} axes;

static double at_x(const axes *a, const kith_chart *chart, double x) {
    return a->left + kith_scale_share(chart->x_scale, a->x_low, a->x_high, x) * (a->right - a->left);
}
static double at_y(const axes *a, const kith_chart *chart, double y) {
    return a->bottom - kith_scale_share(chart->y_scale, a->y_low, a->y_high, y) * (a->bottom - a->top);
}

static void put_point(kith_buf *out, char command, double x, double y) {
    kith_buf_putc(out, command);
    kith_svg_number(out, x);
    kith_buf_putc(out, ' ');
    kith_svg_number(out, y);
}

static void put_axes(kith_buf *out, const axes *a, const kith_chart *chart, double width) {
    for (size_t i = 0; i < a->y.n; i++) {
        double y = at_y(a, chart, a->y.at[i]);
        kith_svg_rule(out, a->y.at[i] == 0 ? "z" : "g", a->left, y, a->right, y);
        kith_svg_text(out, "a v", a->left - 6, y + 4, "end", kith_str_of(a->y.text[i]));
    }
    double last = -1e9;
    for (size_t i = 0; i < a->x.n; i++) {
        kith_str text = kith_str_of(a->x.text[i]);
        double x = at_x(a, chart, a->x.at[i]), half = kith_svg_text_width(text, 12) / 2;
        kith_svg_rule(out, "z", x, a->bottom, x, a->bottom + 4);
        if (x - half < last + 6) continue;
        bool over = x + half > width, under = x - half < 0;
        kith_svg_text(out, "a v", over ? width : under ? 0 : x, a->bottom + 18, over ? "end" : under ? "start" : "middle", text);
        last = x + half;
    }
    if (a->y_low != 0 || chart->y_scale == KITH_LOG) kith_svg_rule(out, "z", a->left, a->bottom, a->right, a->bottom);
}

static void band(kith_buf *out, const kith_chart *chart, const axes *a, size_t from, size_t to) {
    bool step = chart->kind == KITH_CHART_STEP;
    kith_buf_puts(out, "<path fill-opacity=\".14\"");
    kith_svg_series(out, "f", chart->point[from].series, true);
    kith_buf_puts(out, " d=\"");
    bool first = true;
    double before = 0;
    for (size_t i = from; i < to; i++) {
        const kith_point *p = &chart->point[i];
        if (isnan(p->low)) continue;
        double x = at_x(a, chart, p->x), y = at_y(a, chart, p->high);
        if (step && !first) put_point(out, 'L', x, before);
        put_point(out, first ? 'M' : 'L', x, y);
        before = y;
        first = false;
    }
    for (size_t i = to; i-- > from;) {
        const kith_point *p = &chart->point[i];
        if (isnan(p->low)) continue;
        double x = at_x(a, chart, p->x), y = at_y(a, chart, p->low);
        put_point(out, 'L', x, y);
        if (!step) continue;
        size_t k = i; /* the step below: back along the value before */
        while (k > from && isnan(chart->point[k - 1].low)) k--;
        if (k > from) put_point(out, 'L', x, at_y(a, chart, chart->point[k - 1].low));
    }
    kith_buf_puts(out, "Z\"/>\n");
}

static void line(kith_buf *out, const kith_chart *chart, const axes *a, size_t from, size_t to) {
    bool step = chart->kind == KITH_CHART_STEP;
    size_t series = chart->point[from].series;
    kith_buf_puts(out, "<path stroke-width=\"2\" stroke-linejoin=\"round\"");
    kith_svg_series(out, "l", series, false);
    kith_svg_dash(out, series);
    kith_buf_puts(out, " d=\"");
    double before = 0;
    if (step && chart->y_scale == KITH_PERCENT) {
        before = at_y(a, chart, 1);
        put_point(out, 'M', at_x(a, chart, fmin(a->x_low, chart->point[from].x)), before);
    }
    bool started = step && chart->y_scale == KITH_PERCENT;
    for (size_t i = from; i < to; i++) {
        double x = at_x(a, chart, chart->point[i].x), y = at_y(a, chart, chart->point[i].y);
        if (step && started) put_point(out, 'L', x, before);
        put_point(out, started ? 'L' : 'M', x, y);
        before = y;
        started = true;
    }
    kith_buf_puts(out, "\"/>\n");
    if (to - from > 1) return;
    kith_buf_puts(out, "<circle r=\"3.5\"");
    kith_svg_series(out, "f", series, true);
    kith_buf_puts(out, " cx=\"");
    kith_svg_number(out, at_x(a, chart, chart->point[from].x));
    kith_buf_puts(out, "\" cy=\"");
    kith_svg_number(out, at_y(a, chart, chart->point[from].y));
    kith_buf_puts(out, "\"/>\n");
}

static void scatter(kith_buf *out, const kith_chart *chart, const axes *a) {
    for (size_t i = 0; i < chart->points; i++) {
        const kith_point *p = &chart->point[i];
        double x = at_x(a, chart, p->x);
        if (!isnan(p->low)) {
            kith_buf_puts(out, "<path stroke-width=\"1.5\"");
            kith_svg_series(out, "l", p->series, false);
            kith_buf_puts(out, " d=\"");
            put_point(out, 'M', x, at_y(a, chart, p->low));
            put_point(out, 'L', x, at_y(a, chart, p->high));
            kith_buf_puts(out, "\"/>\n");
        }
        kith_svg_dot(out, x, at_y(a, chart, p->y), chart->points > 300 ? 2 : 3.5, p->series, chart->points > 300 ? " fill-opacity=\".6\"" : "");
    }
}

static void columns(kith_buf *out, const kith_chart *chart, const axes *a) {
    for (size_t i = 0; i < chart->points; i++) {
        const kith_point *p = &chart->point[i];
        if (p->y <= 0) continue;
        double left = at_x(a, chart, p->low), right = at_x(a, chart, p->high), top = at_y(a, chart, p->y);
        double gap = right - left > 6 ? .5 : 0;
        kith_buf_puts(out, "<rect");
        kith_svg_series(out, "f", 0, true);
        kith_buf_puts(out, " x=\"");
        kith_svg_number(out, left + gap);
        kith_buf_puts(out, "\" y=\"");
        kith_svg_number(out, fmin(top, a->bottom - 1));
        kith_buf_puts(out, "\" width=\"");
        kith_svg_number(out, fmax(right - left - 2 * gap, .5));
        kith_buf_puts(out, "\" height=\"");
        kith_svg_number(out, fmax(a->bottom - top, 1));
        kith_buf_puts(out, "\"/>\n");
    }
}

/* Names at the lines' right ends, moved apart where they would overlap. */
static void end_names(kith_buf *out, const kith_chart *chart, const axes *a, double width) {
    double y[8];
    size_t order[8], n = chart->series < 8 ? chart->series : 8;
    for (size_t s = 0; s < n; s++) {
        y[s] = a->top;
        for (size_t i = 0; i < chart->points; i++)
            if (chart->point[i].series == s) y[s] = at_y(a, chart, chart->point[i].y);
        order[s] = s;
        for (size_t k = s; k > 0 && y[order[k - 1]] > y[order[k]]; k--) {
            size_t swap = order[k];
            order[k] = order[k - 1];
            order[k - 1] = swap;
        }
    }
    for (size_t k = 1; k < n; k++) y[order[k]] = fmax(y[order[k]], y[order[k - 1]] + 16);
    if (n && y[order[n - 1]] > a->bottom) {
        y[order[n - 1]] = a->bottom;
        for (size_t k = n - 1; k > 0; k--) y[order[k - 1]] = fmin(y[order[k - 1]], y[order[k]] - 16);
    }
    for (size_t s = 0; s < n; s++) {
        kith_buf_puts(out, "<path stroke-width=\"2.5\"");
        kith_svg_series(out, "l", s, false);
        kith_svg_dash(out, s);
        kith_buf_puts(out, " d=\"");
        put_point(out, 'M', a->right + 6, y[s]);
        kith_buf_puts(out, "h14\"/>\n");
        kith_svg_text_fit(out, "", a->right + 26, y[s] + 4.5, "", chart->series_names[s], width - a->right - 26, 13);
    }
}

double kith_xy_svg(kith_buf *out, const kith_chart *chart, double width, double top) {
    axes a = {0};
    bool lines = chart->kind == KITH_CHART_LINE || chart->kind == KITH_CHART_STEP;
    bool ends = lines && chart->series > 1 && chart->series <= 8 && width >= 480;
    double names = 0, digits = 0;
    if (!ends) top = kith_svg_legend(out, chart, width, top);
    for (size_t s = 0; ends && s < chart->series; s++) names = fmax(names, fmin(kith_svg_text_width(chart->series_names[s], 13), width * .2));
    kith_chart_extent(chart, true, SIZE_MAX, &a.x_low, &a.x_high);
    kith_chart_extent(chart, false, SIZE_MAX, &a.y_low, &a.y_high);
    kith_ticks_make(&a.y, a.y_low, a.y_high, width < 480 ? 4 : 5, chart->y_scale, true);
    for (size_t i = 0; i < a.y.n; i++) digits = fmax(digits, kith_svg_text_width(kith_str_of(a.y.text[i]), 12));
    a.left = digits + 8;
    a.right = width - (ends ? names + 30 : 10);
    a.top = top + 24;
    a.bottom = a.top + (width < 480 ? 190 : 260);
    kith_ticks_make(&a.x, a.x_low, a.x_high, (size_t)((a.right - a.left) / 90) + 1, chart->x_scale, false);
    a.x_low = a.x.low;
    a.x_high = a.x.high;
    a.y_low = a.y.low;
    a.y_high = a.y.high;
    kith_svg_text_fit(out, "a", 0, top + 10, "", chart->y_name, width, 12);
    put_axes(out, &a, chart, width);
    if (chart->kind == KITH_CHART_HISTOGRAM) columns(out, chart, &a);
    else if (chart->kind == KITH_CHART_DOTS) scatter(out, chart, &a);
    for (int over = 0; lines && over < 2; over++) /* all bands first, the lines over them */
        for (size_t from = 0, to; from < chart->points; from = to) {
            for (to = from; to < chart->points && chart->point[to].series == chart->point[from].series;) to++;
            if (over) line(out, chart, &a, from, to);
            else if (chart->intervals) band(out, chart, &a, from, to);
        }
    if (ends) end_names(out, chart, &a, width);
    kith_svg_text_fit(out, "a", a.right, a.bottom + 36, "end", chart->x_name, a.right - a.left, 12);
    return a.bottom + 42;
}
