/* SVG: pieces, the pictures that are rows (bars, dots, funnels) and heat maps; svg_xy.c has those on two axes.
 *
 * Colours are CSS variables, so that light, dark and print share one drawing; each mark also has its colour as an attribute,
 * for viewers that know no variables. The six series colours stay apart without colour vision and fall on different greys;
 * lines also differ in their dashes, and marks are named where they stand wherever there is room.
 *
 * The width of text is estimated from the proportions of a common sans serif, those of the widest in common use (DejaVu Sans): there is no font
 * here to ask. */
#include <kith/draw.h>

#include "draw_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char kith_svg_style[] =
    "svg.kith{--ink:#1b1f24;--faint:#5b6570;--rule:#dfe3e8;--axis:#8b95a1;--paper:#fff;--k0:#0b4f8a;--k1:#c26a00;--k2:#2f9488;"
    "--k3:#8a2f55;--k4:#5f6875;--k5:#5fa3d6;font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif;"
    "font-size:13px}"
    ".kith text{fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}.kith .t{font-size:16px;font-weight:600}.kith .a{fill:var(--faint);font-size:12px}"
    ".kith .h{font-size:14px;font-weight:600}.kith .b{font-weight:600}.kith .v{font-variant-numeric:tabular-nums}.kith .g{stroke:var(--rule)}.kith .z{stroke:var(--axis)}"
    ".kith .s0{--c:var(--k0)}.kith .s1{--c:var(--k1)}.kith .s2{--c:var(--k2)}.kith .s3{--c:var(--k3)}.kith .s4{--c:var(--k4)}"
    ".kith .s5{--c:var(--k5)}.kith .f{fill:var(--c)}.kith .l{stroke:var(--c);fill:none}.kith .o{stroke:var(--paper)}"
    ".kith .lo,.kith .mid{fill:var(--ink);stroke:none}.kith .hi{fill:var(--paper);stroke:none}";

const char kith_svg_dark[] = "svg.kith{--ink:#e8eaed;--faint:#a7b0ba;--rule:#343b43;--axis:#77818c;--paper:#14171a;--k0:#7db4e6;--k1:#f0a34a;"
                             "--k2:#5cc4b6;--k3:#e08bb0;--k4:#a7b0ba;--k5:#c9e2f7}.kith .mid{fill:var(--paper)}";

static const char *const colours[KITH_SERIES_COLOURS] = {"#0b4f8a", "#c26a00", "#2f9488", "#8a2f55", "#5f6875", "#5fa3d6"};

double kith_svg_text_width(kith_str text, double size) {
    double width = 0;
    for (size_t at = 0, n; at < text.n; at += n) {
        uint32_t c = kith_utf8_next((kith_str){text.p + at, text.n - at}, &n);
        kith_str one = {text.p + at, n};
        if (c >= 0x300) width += kith_text_width(one) == 2 ? 1.05 : kith_text_width(one) ? .66 : 0;
        else if (c && strchr("ijlI.,:;'| ", (int)c)) width += .35;
        else if (c && strchr("mwMW%@", (int)c)) width += .97;
        else if (c >= 'A' && c <= 'Z') width += .74;
        else if (c && strchr("ftr()[]-", (int)c)) width += .42;
        else width += .635;
    }
    return width * size;
}

void kith_svg_number(kith_buf *out, double value) {
    char text[64];
    double rounded = round(value * 10) / 10;
    snprintf(text, sizeof text, "%.1f", rounded == 0 ? 0 : rounded);
    size_t n = strlen(text);
    if (n > 2 && text[n - 1] == '0') n -= 2;
    kith_buf_put(out, text, n);
}

static void attribute(kith_buf *out, const char *name, double value) {
    kith_buf_printf(out, " %s=\"", name);
    kith_svg_number(out, value);
    kith_buf_putc(out, '"');
}

void kith_svg_text(kith_buf *out, const char *class, double x, double y, const char *anchor, kith_str text) {
    kith_buf_puts(out, "<text");
    if (*class) kith_buf_printf(out, " class=\"%s\"", class);
    attribute(out, "x", x);
    attribute(out, "y", y);
    if (*anchor) kith_buf_printf(out, " text-anchor=\"%s\"", anchor);
    kith_buf_putc(out, '>');
    kith_html_escape(out, text);
    kith_buf_puts(out, "</text>\n");
}

void kith_svg_text_fit(kith_buf *out, const char *class, double x, double y, const char *anchor, kith_str text, double width, double size) {
    if (kith_svg_text_width(text, size) <= width) {
        kith_svg_text(out, class, x, y, anchor, text);
        return;
    }
    size_t end = 0, n = 0;
    while (end < text.n) {
        kith_utf8_next((kith_str){text.p + end, text.n - end}, &n);
        if (kith_svg_text_width((kith_str){text.p, end + n}, size) + size * .8 > width) break;
        end += n;
    }
    kith_buf cut = {0};
    kith_buf_put(&cut, text.p, end);
    kith_buf_puts(&cut, "…");
    if (cut.failed) out->failed = true;
    else kith_svg_text(out, class, x, y, anchor, (kith_str){cut.p, cut.n});
    kith_buf_free(&cut);
}

void kith_svg_series(kith_buf *out, const char *class, size_t series, bool fill) {
    size_t k = series % KITH_SERIES_COLOURS;
    kith_buf_printf(out, " class=\"%s s%zu\" %s=\"%s\"%s", class, k, fill ? "fill" : "stroke", colours[k], fill ? "" : " fill=\"none\"");
}

void kith_svg_rule(kith_buf *out, const char *class, double x1, double y1, double x2, double y2) {
    kith_buf_printf(out, "<line class=\"%s\" stroke=\"%s\"", class, *class == 'g' ? "#dfe3e8" : "#8b95a1");
    attribute(out, "x1", x1);
    attribute(out, "y1", y1);
    attribute(out, "x2", x2);
    attribute(out, "y2", y2);
    kith_buf_puts(out, "/>\n");
}

static void rectangle(kith_buf *out, double x, double y, double width, double height, size_t series) {
    kith_buf_puts(out, "<rect");
    attribute(out, "x", x);
    attribute(out, "y", y);
    attribute(out, "width", width);
    attribute(out, "height", height);
    kith_svg_series(out, "f", series, true);
    kith_buf_puts(out, "/>\n");
}

void kith_svg_dot(kith_buf *out, double x, double y, double r, size_t series, const char *more) {
    double d = r * 1.3;
    kith_buf_puts(out, "<path");
    kith_svg_series(out, "f o", series, true);
    kith_buf_printf(out, "%s d=\"M", more);
    kith_svg_number(out, series % 4 == 0 ? x - r : series % 4 == 1 ? x - r * .9 : x);
    kith_buf_putc(out, ' ');
    kith_svg_number(out, series % 4 == 0 ? y : series % 4 == 1 ? y - r * .9 : y - d);
    static const char *const forms[] = {"a%.1f %.1f 0 1 0 %.1f 0a%.1f %.1f 0 1 0 -%.1f 0Z", "h%.1fv%.1fh-%.1fZ", "l%.1f %.1fl-%.1f %.1fl-%.1f -%.1fZ",
                                        "l%.1f %.1fh-%.1fZ"};
    switch (series % 4) {
    case 0: kith_buf_printf(out, forms[0], r, r, 2 * r, r, r, 2 * r); break;
    case 1: kith_buf_printf(out, forms[1], r * 1.8, r * 1.8, r * 1.8); break;
    case 2: kith_buf_printf(out, forms[2], d, d, d, d, d, d); break;
    default: kith_buf_printf(out, forms[3], d, d * 1.8, 2 * d); break;
    }
    kith_buf_puts(out, "\"/>\n");
}

static bool named_apart(const kith_chart *chart);

double kith_svg_legend(kith_buf *out, const kith_chart *chart, double width, double y) {
    if (chart->series < 2 || named_apart(chart)) return y;
    double x = 0, row = y + 12;
    for (size_t s = 0; s < chart->series && s < 24; s++) {
        double take = fmin(kith_svg_text_width(chart->series_names[s], 13), width - 24) + 40;
        if (x > 0 && x + take > width) {
            x = 0;
            row += 20;
        }
        if (chart->kind == KITH_CHART_LINE || chart->kind == KITH_CHART_STEP) {
            kith_buf_puts(out, "<path stroke-width=\"2.5\"");
            kith_svg_series(out, "l", s, false);
            kith_svg_dash(out, s);
            kith_buf_puts(out, " d=\"M");
            kith_svg_number(out, x);
            kith_buf_putc(out, ' ');
            kith_svg_number(out, row - 4);
            kith_buf_puts(out, "h16\"/>\n");
        } else if (chart->kind == KITH_CHART_DOTS) {
            kith_svg_dot(out, x + 6, row - 4.5, 5, s, "");
        } else {
            rectangle(out, x, row - 10, 12, 12, s);
        }
        kith_svg_text_fit(out, "", x + 20, row, "", chart->series_names[s], width - 24, 13);
        x += take;
    }
    return row + 14;
}

void kith_svg_dash(kith_buf *out, size_t series) {
    static const char *const dashes[] = {"", "7 3", "2 3", "10 3 2 3", "4 2", "1 4"};
    const char *dash = dashes[series % 6];
    if (*dash) kith_buf_printf(out, " stroke-dasharray=\"%s\"", dash);
}

static void value_text(kith_buf *text, const kith_chart *chart, const kith_point *p) {
    text->n = 0;
    if (chart->kind == KITH_CHART_HEAT && chart->y_scale == KITH_PERCENT) kith_buf_printf(text, "%.0f%%", p->y * 100);
    else kith_chart_value(text, chart->y_scale, p->y);
    if (chart->kind == KITH_CHART_FUNNEL && chart->point[0].y > 0 && p != chart->point) {
        kith_buf_puts(text, " · ");
        kith_chart_value(text, KITH_PERCENT, p->y / chart->point[0].y);
    }
}

/* Whether colours would have to come again, so that marks are named where they stand. */
static bool named_apart(const kith_chart *chart) { return chart->groups && chart->kind != KITH_CHART_HEAT && chart->series > KITH_SERIES_COLOURS; }

static double widest_label(const kith_str *names, size_t n, double most) {
    double width = 0;
    for (size_t i = 0; i < n; i++) width = fmax(width, kith_svg_text_width(names[i], 13));
    return fmin(width, most);
}

typedef struct frame { /* of a picture of rows */
    double width, label, left, right, low, high;
    bool above; /* labels stand above their bars: a narrow page, or marks that are named themselves */
    bool apart; /* more series than colours: each mark has its series' name beside it, and all are of one colour */
} frame;

static double place(const frame *f, const kith_chart *chart, double value) {
    return f->left + kith_scale_share(chart->y_scale, f->low, f->high, value) * (f->right - f->left);
}

static void bar_mark(kith_buf *out, const kith_chart *chart, const frame *f, const kith_point *p, double y, double height, kith_buf *text) {
    double base = chart->y_scale == KITH_LOG ? f->left : place(f, chart, 0), end = place(f, chart, p->y);
    rectangle(out, fmin(base, end), y, fmax(fabs(end - base), p->y != 0 ? 1 : 0), height, f->apart ? 0 : p->series);
    value_text(text, chart, p);
    kith_svg_text(out, "v", fmax(end, base) + 6, y + height / 2 + 4.5, "", (kith_str){text->p, text->n});
}

static void dot_mark(kith_buf *out, const kith_chart *chart, const frame *f, const kith_point *p, double y) {
    if (!isnan(p->low)) {
        kith_buf_puts(out, "<path stroke-width=\"2\"");
        kith_svg_series(out, "l", f->apart ? 0 : p->series, false);
        kith_buf_puts(out, " d=\"M");
        kith_svg_number(out, place(f, chart, p->low));
        kith_buf_puts(out, " ");
        kith_svg_number(out, y);
        kith_buf_puts(out, "H");
        kith_svg_number(out, place(f, chart, p->high));
        kith_buf_puts(out, "\"/>\n");
    }
    kith_svg_dot(out, place(f, chart, p->y), y, 4.5, f->apart ? 0 : p->series, "");
}

/* The axis goes below the marks in the file's order, so that marks lie over it. */
static void insert(kith_buf *out, size_t at, kith_buf *piece) {
    if (piece->n && kith_buf_reserve(out, piece->n)) {
        memmove(out->p + at + piece->n, out->p + at, out->n - at);
        memcpy(out->p + at, piece->p, piece->n);
        out->n += piece->n;
    }
    if (piece->failed) out->failed = true;
    kith_buf_free(piece);
}

/* One panel of bars or dots; returns the height reached. */
static double panel_rows(kith_buf *out, const kith_chart *chart, frame f, double y, size_t panel) {
    kith_buf text = {0}, axis = {0};
    kith_ticks ticks;
    bool dots = chart->kind == KITH_CHART_DOTS;
    kith_chart_extent(chart, false, panel, &f.low, &f.high);
    if (dots) {
        kith_ticks_make(&ticks, f.low, f.high, (size_t)((f.right - f.left) / 90) + 1, chart->y_scale, true);
        f.low = ticks.low;
        f.high = ticks.high;
    }
    if (panel != SIZE_MAX) {
        kith_svg_text_fit(out, "h", 0, y + 14, "", chart->panel_names[panel], f.width, 14);
        y += 26;
    }
    double start = y, mark = !dots && chart->series > 1 ? 16 : 20, gap = chart->series > 1 ? 12 : 8;
    size_t axis_at = out->n;
    for (size_t g = 0; g < chart->groups; g++) {
        bool any = false;
        for (size_t i = 0; i < chart->points && !any; i++) any = chart->point[i].group == g && (panel == SIZE_MAX || chart->point[i].panel == panel);
        if (!any) continue;
        if (f.above) {
            kith_svg_text_fit(out, f.apart ? "b" : "", 0, y + 13, "", chart->labels[g], f.width, 13);
            y += 19;
        }
        double first = y;
        for (size_t i = 0; i < chart->points; i++) {
            if (chart->point[i].group != g || (panel != SIZE_MAX && chart->point[i].panel != panel)) continue;
            if (dots) dot_mark(out, chart, &f, &chart->point[i], y + mark / 2);
            else bar_mark(out, chart, &f, &chart->point[i], y, mark - 2, &text);
            if (f.apart) kith_svg_text_fit(out, "a", f.left - 10, y + mark / 2 + 4, "end", chart->series_names[chart->point[i].series], f.label, 12);
            y += mark;
        }
        if (!f.above) kith_svg_text_fit(out, "", f.left - 12, (first + y - 2) / 2 + 4.5, "end", chart->labels[g], f.label, 13);
        y += gap;
    }
    if (dots) {
        for (size_t i = 0; i < ticks.n; i++) {
            double x = place(&f, chart, ticks.at[i]);
            kith_svg_rule(&axis, ticks.at[i] == 0 ? "z" : "g", x, start - 4, x, y);
            kith_svg_text(&axis, "a", x, y + 16, i == 0 && f.above ? "start" : x > f.width - 16 ? "end" : "middle", kith_str_of(ticks.text[i]));
        }
    } else if (!f.above || f.apart || f.low < 0) {
        double x = chart->y_scale == KITH_LOG ? f.left : place(&f, chart, 0);
        kith_svg_rule(&axis, "z", x, start - 4, x, y - gap + 4);
    }
    insert(out, axis_at, &axis);
    if (text.failed) out->failed = true;
    kith_buf_free(&text);
    return dots ? y + (panel == SIZE_MAX ? 24 : 34) : y;
}

/* Rows of bars or dots, panel by panel; returns the height reached. */
static double rows(kith_buf *out, const kith_chart *chart, double width, double top) {
    kith_buf text = {0};
    double value_width = 0;
    bool dots = chart->kind == KITH_CHART_DOTS;
    for (size_t i = 0; i < chart->points && !dots; i++) {
        value_text(&text, chart, &chart->point[i]);
        value_width = fmax(value_width, kith_svg_text_width((kith_str){text.p, text.n}, 13) + 8);
    }
    if (text.failed) out->failed = true;
    kith_buf_free(&text);
    frame f = {.width = width, .above = width < 480};
    f.apart = named_apart(chart);
    f.label = f.apart ? widest_label(chart->series_names, chart->series, width * .3) : widest_label(chart->labels, chart->groups, width * .34);
    f.left = f.above && !f.apart ? 4 : f.label + 12;
    f.above |= f.apart;
    f.right = width - (dots ? 8 : value_width);
    double y = kith_svg_legend(out, chart, width, top);
    if (!chart->panels) return panel_rows(out, chart, f, y, SIZE_MAX);
    for (size_t panel = 0; panel < chart->panels; panel++) y = panel_rows(out, chart, f, y, panel);
    return y;
}

static double heat(kith_buf *out, const kith_chart *chart, double width, double top) {
    kith_buf text = {0};
    double label = widest_label(chart->series_names, chart->series, width * .3), left = label + 10, low, high;
    double cell = fmin((width - left) / (double)chart->groups, 84), height = 26, y = top + 20;
    kith_chart_extent(chart, false, SIZE_MAX, &low, &high);
    double longest = 0, names = 0;
    for (size_t i = 0; i < chart->points; i++) {
        value_text(&text, chart, &chart->point[i]);
        longest = fmax(longest, kith_svg_text_width((kith_str){text.p, text.n}, 12));
    }
    for (size_t g = 0; g < chart->groups; g++) names = fmax(names, kith_svg_text_width(chart->labels[g], 12));
    size_t every = (size_t)ceil((names + 6) / cell);
    for (size_t g = 0; g < chart->groups; g += every ? every : 1)
        kith_svg_text(out, "a", left + ((double)g + .5) * cell, top + 12, "middle", chart->labels[g]);
    for (size_t s = 0; s < chart->series; s++)
        kith_svg_text_fit(out, "", label, y + (double)s * height + 17, "end", chart->series_names[s], label, 13);
    for (size_t i = 0; i < chart->points; i++) {
        const kith_point *p = &chart->point[i];
        double share = kith_scale_share(chart->y_scale, low, high, p->y), depth = .06 + .94 * share;
        double x = left + (double)p->group * cell, row = y + (double)p->series * height;
        kith_buf_puts(out, "<rect");
        attribute(out, "x", x + .5);
        attribute(out, "y", row + .5);
        attribute(out, "width", cell - 1);
        attribute(out, "height", height - 1);
        kith_svg_series(out, "f", 0, true);
        kith_buf_printf(out, " fill-opacity=\"%.2f\"/>\n", depth);
        if (longest + 4 > cell) continue;
        value_text(&text, chart, p);
        kith_buf_printf(out, "<text class=\"v %s\" font-size=\"12\" fill=\"%s\" text-anchor=\"middle\"", depth < .55 ? "lo" : depth < .72 ? "mid" : "hi",
                        depth < .72 ? "#1b1f24" : "#fff");
        attribute(out, "x", x + cell / 2);
        attribute(out, "y", row + 17);
        kith_buf_putc(out, '>');
        kith_buf_put(out, text.p, text.n);
        kith_buf_puts(out, "</text>\n");
    }
    if (text.failed) out->failed = true;
    kith_buf_free(&text);
    return y + (double)chart->series * height + 4;
}

/* Pictures on axes of their own: two beside each other where there is room. */
static double panels(kith_buf *out, const kith_chart *chart, double width, double y) {
    bool beside = width >= 640;
    double each = beside ? (width - 24) / 2 : width, reached = y;
    for (size_t panel = 0; panel < chart->panels; panel++) {
        kith_chart part = kith_chart_panel(chart, panel);
        bool right = beside && panel % 2;
        if (!right) y = reached + (panel ? 12 : 0);
        kith_buf_puts(out, "<g transform=\"translate(");
        kith_svg_number(out, right ? each + 24 : 0);
        kith_buf_puts(out, " 0)\">\n");
        kith_svg_text_fit(out, "h", 0, y + 14, "", chart->panel_names[panel], each, 14);
        reached = fmax(reached, kith_xy_svg(out, &part, each, y + 24));
        kith_buf_puts(out, "</g>\n");
    }
    return reached;
}

void kith_chart_svg(kith_buf *out, const kith_chart *chart, double width, const char *id, bool alone) {
    kith_buf body = {0}, title = {0};
    double margin = alone ? 16 : 0, inner = width - 2 * margin, y = alone ? 12 : 4;
    if (inner < 200) inner = 200;
    kith_chart_title(&title, chart);
    if (alone) {
        kith_svg_text_fit(&body, "t", 0, y + 14, "", (kith_str){title.p, title.n}, inner, 16);
        y += 34;
    }
    if (chart->kind == KITH_CHART_HEAT) y = heat(&body, chart, inner, y);
    else if (chart->groups) y = rows(&body, chart, inner, y);
    else if (chart->panels) y = panels(&body, chart, inner, y);
    else y = kith_xy_svg(&body, chart, inner, y);
    if (alone && chart->note.n) {
        kith_svg_text_fit(&body, "a", 0, y + 14, "", chart->note, inner, 12);
        y += 20;
    }
    double height = ceil(y + margin);
    kith_buf_puts(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"kith\" role=\"img\"");
    kith_buf_printf(out, " aria-labelledby=\"%s-t %s-d\" width=\"%.0f\" height=\"%.0f\" viewBox=\"", id, id, inner + 2 * margin, height);
    kith_svg_number(out, -margin);
    kith_buf_printf(out, " 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"13\">\n<title id=\"%s-t\">", inner + 2 * margin, height, id);
    kith_html_escape(out, (kith_str){title.p ? title.p : "", title.n});
    kith_buf_printf(out, "</title>\n<desc id=\"%s-d\">", id);
    kith_html_escape(out, chart->summary);
    kith_buf_puts(out, "</desc>\n");
    if (alone) {
        kith_buf_printf(out, "<style>%s@media (prefers-color-scheme:dark){%s}</style>\n<rect x=\"%.0f\" width=\"100%%\" height=\"100%%\" fill=\"#fff\" "
                             "class=\"page\"/><style>.kith .page{fill:var(--paper)}</style>\n",
                        kith_svg_style, kith_svg_dark, -margin);
    }
    kith_buf_put(out, body.p, body.n);
    kith_buf_puts(out, "</svg>\n");
    if (body.failed || title.failed) out->failed = true;
    kith_buf_free(&body);
    kith_buf_free(&title);
}
