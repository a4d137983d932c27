/* What the files of lib/draw share. */
#ifndef KITH_DRAW_INTERNAL_H
#define KITH_DRAW_INTERNAL_H

#include <kith/draw.h>

typedef enum kith_ink {
    KITH_INK_NONE = -1,
    KITH_INK_STRONG = -2,
    KITH_INK_FAINT = -3,
    /* 0 … : the colour of that series */
} kith_ink;

/* Switches a terminal's colour where the paper has colours. */
void kith_paint(kith_buf *out, kith_paper paper, int ink);

#define KITH_SERIES_COLOURS 6

/* The share of [low, high] at which a value stands on a scale, in 0 … 1, cut off at the ends. */
double kith_scale_share(kith_scale scale, double low, double high, double value);

/* A value as a chart prints it beside a mark. */
void kith_chart_value(kith_buf *out, kith_scale scale, double value);

/* A number's text rounded to six significant digits (or as it is); the length of the part before the point. */
size_t kith_grid_number(kith_buf *out, kith_str cell, bool exact);

/* Writes the chart's summary. */
int kith_chart_summarise(kith_arena *arena, kith_chart *chart, kith_error *err);

/* The title: the one given, or one made of the names of the columns. */
void kith_chart_title(kith_buf *out, const kith_chart *chart);

/* The extent of a chart's values (of one panel, or of all with SIZE_MAX), with the intervals and, where the kind stands on a
 * base, zero. */
void kith_chart_extent(const kith_chart *chart, bool along_x, size_t panel, double *low, double *high);

/* One panel of a picture on two axes as a chart of its own (its points stand together). */
kith_chart kith_chart_panel(const kith_chart *chart, size_t panel);

/* The pictures that hang on two axes. */
void kith_xy_text(kith_buf *out, const kith_chart *chart, kith_paper paper);
double kith_xy_svg(kith_buf *out, const kith_chart *chart, double width, double top); /* the height reached */

/* Pieces of SVG. */
double kith_svg_text_width(kith_str text, double size);
void kith_svg_text(kith_buf *out, const char *class, double x, double y, const char *anchor, kith_str text);
void kith_svg_number(kith_buf *out, double value);
/* The text cut with … to a width. */
void kith_svg_text_fit(kith_buf *out, const char *class, double x, double y, const char *anchor, kith_str text, double width,
                       double size);
extern const char kith_svg_style[]; /* rules for the classes; the page has them too */
extern const char kith_svg_dark[];  /* what changes in the dark */
void kith_svg_rule(kith_buf *out, const char *class, double x1, double y1, double x2, double y2); /* class g: grid, z: axis */
void kith_svg_series(kith_buf *out, const char *class, size_t series, bool fill); /* the attributes of a series' colour */
/* A mark at a point: a form for each of four series, so that they can be told apart in grey too. `more`: further attributes. */
void kith_svg_dot(kith_buf *out, double x, double y, double r, size_t series, const char *more);
void kith_svg_dash(kith_buf *out, size_t series);
double kith_svg_legend(kith_buf *out, const kith_chart *chart, double width, double y); /* the height reached */

#endif
