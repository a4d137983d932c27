/* Pictures on two axes for a terminal: lines, steps, dots over numbers or time, and histograms.
 *
 * Lines are drawn in braille, two by four dots a character, in a colour each. Where there is no colour and more than one
 * series, each is drawn with a letter of its own instead, at a character a point: that can be told apart, dots cannot. */
#include <kith/draw.h>

#include "draw_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WIDTH = 1000, FAINT = 255 };

typedef struct canvas {
    size_t width, height; /* in characters */
    uint8_t *dots;        /* braille dots of each */
    uint32_t *mark;       /* a character instead of them */
    uint8_t *ink;         /* series + 1 */
    bool braille;
} canvas;

static bool canvas_start(canvas *c, size_t width, size_t height, bool braille) {
    *c = (canvas){.width = width, .height = height, .braille = braille};
    c->dots = calloc(width * height, 1);
    c->mark = calloc(width * height, sizeof *c->mark);
    c->ink = calloc(width * height, 1);
    return c->dots && c->mark && c->ink;
}

static void canvas_free(canvas *c) {
    free(c->dots);
    free(c->mark);
    free(c->ink);
}

static void put_mark(canvas *c, double x, double y, uint32_t mark, size_t series) { /* x, y in 0 … 1 from the bottom left */
    size_t column = (size_t)lround(x * (double)(c->width - 1)), row = (size_t)lround((1 - y) * (double)(c->height - 1));
    c->mark[row * c->width + column] = mark;
    c->ink[row * c->width + column] = (uint8_t)(series % KITH_SERIES_COLOURS + 1);
}

static void put_dot(canvas *c, double x, double y, size_t series) {
    static const uint8_t bit[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    size_t column = (size_t)lround(x * (double)(c->width * 2 - 1)), row = (size_t)lround((1 - y) * (double)(c->height * 4 - 1));
    size_t cell = row / 4 * c->width + column / 2;
    c->dots[cell] |= bit[row % 4][column % 2];
    c->ink[cell] = (uint8_t)(series % KITH_SERIES_COLOURS + 1);
}

static void put_faint(canvas *c, double x, double y) {
    if (c->braille) put_dot(c, x, y, 0);
    else put_mark(c, x, y, '.', 0);
    size_t column = (size_t)lround(x * (double)(c->width - 1)), row = (size_t)lround((1 - y) * (double)(c->height - 1));
    if (c->braille) column = (size_t)lround(x * (double)(c->width * 2 - 1)) / 2, row = (size_t)lround((1 - y) * (double)(c->height * 4 - 1)) / 4;
    c->ink[row * c->width + column] = FAINT;
}

static void put_line(canvas *c, double x0, double y0, double x1, double y1, size_t series, uint32_t letter) {
    double fine = c->braille ? 4 : 1;
    double steps = ceil(fmax(fabs(x1 - x0) * (double)c->width * fmin(fine, 2), fabs(y1 - y0) * (double)c->height * fine)) + 1;
    for (double i = 0; i <= steps; i++) {
        double x = x0 + (x1 - x0) * i / steps, y = y0 + (y1 - y0) * i / steps;
        if (c->braille) put_dot(c, x, y, series);
        else put_mark(c, x, y, letter, series);
    }
}

typedef struct axes {
    double x_low, x_high, y_low, y_high;
    kith_ticks x, y;
    size_t margin, width, height;
} axes;

static void make_axes(axes *a, const kith_chart *chart, kith_paper paper) {
    a->height = paper.width >= 120 ? 20 : paper.width >= 60 ? 14 : 10;
    kith_chart_extent(chart, true, SIZE_MAX, &a->x_low, &a->x_high);
    kith_chart_extent(chart, false, SIZE_MAX, &a->y_low, &a->y_high);
    kith_ticks_make(&a->y, a->y_low, a->y_high, a->height / 4 + 1, chart->y_scale, true);
    a->y_low = a->y.low;
    a->y_high = a->y.high;
    size_t widest = 0;
    for (size_t i = 0; i < a->y.n; i++)
        if (strlen(a->y.text[i]) > widest) widest = strlen(a->y.text[i]);
    a->margin = widest + 2;
    size_t width = paper.width > MAX_WIDTH ? MAX_WIDTH : paper.width;
    a->width = width > a->margin + 10 ? width - a->margin - 1 : 10;
    kith_ticks_make(&a->x, a->x_low, a->x_high, a->width / 12 + 1, chart->x_scale, false);
    a->x_low = a->x.low;
    a->x_high = a->x.high;
}

static double share_x(const axes *a, const kith_chart *chart, double x) { return kith_scale_share(chart->x_scale, a->x_low, a->x_high, x); }
static double share_y(const axes *a, const kith_chart *chart, double y) { return kith_scale_share(chart->y_scale, a->y_low, a->y_high, y); }

/* The ends of the intervals of a single line, dotted, behind it. */
static void draw_band(canvas *c, const axes *a, const kith_chart *chart) {
    for (size_t i = 1; i < chart->points; i++) {
        const kith_point *p = &chart->point[i], *before = p - 1;
        if (isnan(p->low) || isnan(before->low)) continue;
        double x0 = share_x(a, chart, before->x), x1 = share_x(a, chart, p->x);
        for (int high = 0; high < 2; high++) {
            double y0 = share_y(a, chart, high ? before->high : before->low), y1 = share_y(a, chart, high ? p->high : p->low);
            for (size_t k = (size_t)ceil(x0 * (double)c->width); (double)k <= x1 * (double)c->width; k++) { /* one dot a character */
                double x = fmin((double)k / (double)c->width, 1), t = x1 > x0 ? (x - x0) / (x1 - x0) : 0;
                put_faint(c, x, chart->kind == KITH_CHART_STEP ? y0 : y0 + (y1 - y0) * fmin(fmax(t, 0), 1));
            }
        }
    }
}

static void draw_points(canvas *c, const axes *a, const kith_chart *chart, bool letters) {
    for (size_t i = 0; i < chart->points; i++) {
        const kith_point *p = &chart->point[i], *before = i && p[-1].series == p->series ? p - 1 : NULL;
        double x = share_x(a, chart, p->x), y = share_y(a, chart, p->y);
        uint32_t letter = letters ? (uint32_t)('a' + p->series % 26) : '*';
        if (chart->kind == KITH_CHART_DOTS) {
            if (!isnan(p->low)) put_line(c, x, share_y(a, chart, p->low), x, share_y(a, chart, p->high), p->series, '|');
            put_mark(c, x, y, letters ? letter : c->braille ? 0x25cf : 'o', p->series);
            continue;
        }
        if (!before) {
            bool whole = chart->kind == KITH_CHART_STEP && chart->y_scale == KITH_PERCENT && p->y <= 1; /* all are there before the first step */
            if (whole) put_line(c, 0, share_y(a, chart, 1), x, share_y(a, chart, 1), p->series, letter);
            put_line(c, x, whole ? share_y(a, chart, 1) : y, x, y, p->series, letter);
            continue;
        }
        double x0 = share_x(a, chart, before->x), y0 = share_y(a, chart, before->y);
        if (chart->kind == KITH_CHART_STEP) {
            put_line(c, x0, y0, x, y0, p->series, letter);
            put_line(c, x, y0, x, y, p->series, letter);
        } else {
            put_line(c, x0, y0, x, y, p->series, letter);
        }
    }
}

static void put_y_label(kith_buf *out, const axes *a, const kith_chart *chart, size_t row, kith_paper paper) {
    const char *text = "";
    for (size_t i = 0; i < a->y.n; i++)
        if ((size_t)lround((1 - share_y(a, chart, a->y.at[i])) * (double)(a->height - 1)) == row) text = a->y.text[i];
    kith_paint(out, paper, KITH_INK_FAINT);
    kith_text_put(out, kith_str_of(text), a->margin - 2, KITH_RIGHT, paper.ascii);
    kith_buf_puts(out, paper.ascii ? (*text ? " +" : " |") : *text ? " ┤" : " │");
    kith_paint(out, paper, KITH_INK_NONE);
}

static void put_canvas(kith_buf *out, const canvas *c, const axes *a, const kith_chart *chart, kith_paper paper) {
    for (size_t row = 0; row < c->height; row++) {
        put_y_label(out, a, chart, row, paper);
        int ink = 0;
        for (size_t i = row * c->width; i < (row + 1) * c->width; i++) {
            if (c->ink[i] != ink) {
                kith_paint(out, paper, c->ink[i] == FAINT ? KITH_INK_FAINT : c->ink[i] ? c->ink[i] - 1 : KITH_INK_NONE);
                ink = c->ink[i];
            }
            kith_utf8_put(out, c->mark[i] ? c->mark[i] : c->dots[i] ? 0x2800u + c->dots[i] : ' ');
        }
        if (ink) kith_paint(out, paper, KITH_INK_NONE);
        while (out->n && out->p[out->n - 1] == ' ') out->n--;
        kith_buf_putc(out, '\n');
    }
}

static void put_x_axis(kith_buf *out, const axes *a, const kith_chart *chart, kith_paper paper) {
    char line[MAX_WIDTH + 32], marks[MAX_WIDTH + 32];
    size_t width = a->width, from = 0, last = 0;
    memset(line, ' ', sizeof line);
    memset(marks, 0, sizeof marks);
    for (size_t i = 0; i < a->x.n; i++) {
        size_t at = (size_t)lround(share_x(a, chart, a->x.at[i]) * (double)(width - 1)), n = strlen(a->x.text[i]);
        size_t start = at >= n / 2 ? at - n / 2 : 0;
        if (start + n > width) start = width > n ? width - n : 0;
        marks[at] = 1;
        if (start < from) continue;
        memcpy(line + start, a->x.text[i], n);
        last = start + n;
        from = last + 2;
    }
    kith_paint(out, paper, KITH_INK_FAINT);
    for (size_t i = 1; i < a->margin; i++) kith_buf_putc(out, ' ');
    kith_buf_puts(out, paper.ascii ? "+" : "└");
    for (size_t i = 0; i < width; i++) kith_buf_puts(out, paper.ascii ? (marks[i] ? "+" : "-") : marks[i] ? "┬" : "─");
    kith_buf_putc(out, '\n');
    for (size_t i = 0; i < a->margin; i++) kith_buf_putc(out, ' ');
    kith_buf_put(out, line, last);
    kith_paint(out, paper, KITH_INK_NONE);
    kith_buf_putc(out, '\n');
}

static void put_legend(kith_buf *out, const kith_chart *chart, bool letters, size_t margin, kith_paper paper) {
    if (chart->series < 2) return;
    size_t used = margin;
    for (size_t i = 0; i < margin; i++) kith_buf_putc(out, ' ');
    for (size_t s = 0; s < chart->series; s++) {
        size_t width = kith_text_width(chart->series_names[s]);
        if (width > paper.width - margin - 4) width = paper.width - margin - 4;
        if (used > margin && used + width + 4 > paper.width) {
            while (out->n && out->p[out->n - 1] == ' ') out->n--;
            kith_buf_putc(out, '\n');
            for (size_t i = 0; i < margin; i++) kith_buf_putc(out, ' ');
            used = margin;
        }
        kith_paint(out, paper, (int)(s % KITH_SERIES_COLOURS));
        if (letters) kith_buf_putc(out, (char)('a' + s % 26));
        else kith_buf_puts(out, paper.ascii ? "*" : "━");
        kith_paint(out, paper, KITH_INK_NONE);
        kith_buf_putc(out, ' ');
        kith_text_put(out, chart->series_names[s], width, KITH_LEFT, paper.ascii);
        kith_buf_puts(out, "  ");
        used += width + 4;
    }
    while (out->n && out->p[out->n - 1] == ' ') out->n--;
    kith_buf_putc(out, '\n');
}

/* A histogram's columns, each as high as an eighth of a character tells. */
static void columns(kith_buf *out, const kith_chart *chart, const axes *a, kith_paper paper) {
    static const char *const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    for (size_t row = 0; row < a->height; row++) {
        put_y_label(out, a, chart, row, paper);
        kith_paint(out, paper, 0);
        for (size_t i = 0; i < a->width; i++) {
            double centre = ((double)i + .5) / (double)a->width, y = 0;
            for (size_t k = 0; k < chart->points; k++)
                if (centre >= share_x(a, chart, chart->point[k].low) && centre < share_x(a, chart, chart->point[k].high)) y = chart->point[k].y;
            double level = share_y(a, chart, y) * (double)(a->height - 1) - (double)(a->height - 1 - row) + .5;
            if (row + 1 == a->height && y > 0 && level < .125) level = .125;
            int part = level <= 0 ? 0 : level >= 1 ? 8 : (int)ceil(level * 8);
            if (paper.ascii) kith_buf_putc(out, part >= 4 || (part && row + 1 == a->height) ? '#' : ' ');
            else kith_buf_puts(out, eighths[part]);
        }
        kith_paint(out, paper, KITH_INK_NONE);
        while (out->n && out->p[out->n - 1] == ' ') out->n--;
        kith_buf_putc(out, '\n');
    }
}

void kith_xy_text(kith_buf *out, const kith_chart *chart, kith_paper paper) {
    axes a;
    canvas c;
    make_axes(&a, chart, paper);
    bool letters = chart->series > 1 && (!paper.color || chart->series > KITH_SERIES_COLOURS);
    if (chart->kind == KITH_CHART_HISTOGRAM) {
        columns(out, chart, &a, paper);
    } else if (canvas_start(&c, a.width, a.height, !paper.ascii && !letters)) {
        if (chart->intervals && chart->series == 1 && chart->kind != KITH_CHART_DOTS) draw_band(&c, &a, chart);
        draw_points(&c, &a, chart, letters);
        put_canvas(out, &c, &a, chart, paper);
        canvas_free(&c);
    } else {
        canvas_free(&c);
        out->failed = true;
        return;
    }
    put_x_axis(out, &a, chart, paper);
    put_legend(out, chart, letters, a.margin, paper);
}
