/* What a picture shows, in a sentence: for those who hear the page, and for those who skim it. */
#include <kith/draw.h>

#include "draw_internal.h"

#include <math.h>

double kith_scale_share(kith_scale scale, double low, double high, double value) {
    double share = scale == KITH_LOG ? (log(value) - log(low)) / (log(high) - log(low)) : (value - low) / (high - low);
    return !(share > 0) ? 0 : share > 1 ? 1 : share;
}

void kith_chart_value(kith_buf *out, kith_scale scale, double value) {
    if (scale != KITH_PERCENT) {
        kith_people_number(out, value, value != floor(value) ? 4 : 15);
        return;
    }
    kith_buf_printf(out, "%.*f%%", fabs(value) < .0095 && value != 0 ? 2 : 1, value * 100);
}

void kith_chart_extent(const kith_chart *chart, bool along_x, size_t panel, double *low, double *high) {
    *low = INFINITY;
    *high = -INFINITY;
    kith_scale scale = along_x ? chart->x_scale : chart->y_scale;
    for (size_t i = 0; i < chart->points; i++) {
        const kith_point *p = &chart->point[i];
        if (panel != SIZE_MAX && p->panel != panel) continue;
        double value = along_x ? p->x : p->y;
        bool ends = along_x ? chart->kind == KITH_CHART_HISTOGRAM : chart->intervals && !isnan(p->low);
        *low = fmin(*low, ends ? fmin(value, p->low) : value);
        *high = fmax(*high, ends ? fmax(value, p->high) : value);
    }
    bool base = !along_x && (chart->kind == KITH_CHART_BARS || chart->kind == KITH_CHART_HISTOGRAM || chart->kind == KITH_CHART_FUNNEL ||
                             chart->kind == KITH_CHART_STEP);
    bool near = !along_x && *low > 0 && *low < *high * .4; /* a line that falls to a third of its height shows its base */
    if ((base || near) && scale != KITH_LOG) {
        *low = fmin(*low, 0);
        *high = fmax(*high, 0);
    }
    if (chart->kind == KITH_CHART_STEP && !along_x && scale == KITH_PERCENT) *high = fmax(*high, 1);
}

kith_chart kith_chart_panel(const kith_chart *chart, size_t panel) {
    kith_chart part = *chart;
    size_t from = 0, to;
    while (from < chart->points && chart->point[from].panel != panel) from++;
    for (to = from; to < chart->points && chart->point[to].panel == panel;) to++;
    part.point = chart->point + from;
    part.points = to - from;
    part.panels = 0;
    part.panel_names = NULL;
    return part;
}

/* A name amid other words: where it runs from right to left, a mark keeps what follows from being drawn into it. */
static void put_name(kith_buf *out, kith_str name) {
    bool right = false;
    kith_buf_str(out, name);
    for (size_t at = 0, n; at < name.n && !right; at += n) {
        uint32_t c = kith_utf8_next((kith_str){name.p + at, name.n - at}, &n);
        right = (c >= 0x590 && c < 0x900) || (c >= 0xfb1d && c < 0xfe00) || (c >= 0xfe70 && c < 0xff00) || (c >= 0x10800 && c < 0x11000);
    }
    if (right) kith_utf8_put(out, 0x200e);
}

/* Only in pictures of one panel: several have no extremes in common. */
static void name_of(kith_buf *out, const kith_chart *chart, const kith_point *p) {
    if (chart->groups) put_name(out, chart->labels[p->group]);
    if (chart->series > 1) {
        if (chart->groups) kith_buf_puts(out, ", ");
        put_name(out, chart->series_names[p->series]);
    }
}

static void extremes(kith_buf *out, const kith_chart *chart) {
    const kith_point *least = chart->point, *most = chart->point;
    for (size_t i = 0; i < chart->points; i++) {
        if (chart->point[i].y < least->y) least = &chart->point[i];
        if (chart->point[i].y > most->y) most = &chart->point[i];
    }
    kith_buf_puts(out, "Highest: ");
    name_of(out, chart, most);
    kith_buf_puts(out, " (");
    kith_chart_value(out, chart->y_scale, most->y);
    kith_buf_puts(out, "); lowest: ");
    name_of(out, chart, least);
    kith_buf_puts(out, " (");
    kith_chart_value(out, chart->y_scale, least->y);
    kith_buf_puts(out, ").");
}

static void funnel(kith_buf *out, const kith_chart *chart) {
    const kith_point *p = chart->point;
    size_t worst = 0;
    for (size_t i = 1; i < chart->points; i++)
        if (p[i - 1].y > 0 && (!worst || p[i].y / p[i - 1].y < p[worst].y / p[worst - 1].y)) worst = i;
    kith_chart_value(out, chart->y_scale, p[chart->points - 1].y);
    kith_buf_puts(out, " of ");
    kith_chart_value(out, chart->y_scale, p[0].y);
    if (p[0].y > 0) {
        kith_buf_puts(out, " (");
        kith_chart_value(out, KITH_PERCENT, p[chart->points - 1].y / p[0].y);
        kith_buf_putc(out, ')');
    }
    kith_buf_puts(out, " reach the last step.");
    if (!worst) return;
    kith_buf_puts(out, " The largest loss lies between ");
    put_name(out, chart->labels[p[worst - 1].group]);
    kith_buf_puts(out, " and ");
    put_name(out, chart->labels[p[worst].group]);
    kith_buf_puts(out, ": ");
    kith_chart_value(out, KITH_PERCENT, p[worst].y / p[worst - 1].y);
    kith_buf_puts(out, " go on.");
}

static void lines(kith_buf *out, const kith_chart *chart) {
    for (size_t panel = 0; panel < chart->panels; panel++) { /* each with a scale of its own */
        kith_buf_puts(out, panel ? ", " : "");
        put_name(out, chart->panel_names[panel]);
        if (panel + 1 == chart->panels) kith_buf_putc(out, '.');
    }
    if (chart->panels) return;
    for (size_t s = 0; s < chart->series && s < 6; s++) {
        const kith_point *first = NULL, *last = NULL;
        for (size_t i = 0; i < chart->points; i++) {
            if (chart->point[i].series != s) continue;
            if (!first) first = &chart->point[i];
            last = &chart->point[i];
        }
        if (!first) continue;
        if (s) kith_buf_putc(out, ' ');
        put_name(out, chart->series_names[s]);
        kith_buf_puts(out, ": from ");
        kith_chart_value(out, chart->y_scale, first->y);
        kith_buf_puts(out, " to ");
        kith_chart_value(out, chart->y_scale, last->y);
        kith_buf_putc(out, '.');
    }
}

static void dots(kith_buf *out, const kith_chart *chart) {
    size_t above = 0, below = 0, all = 0;
    for (size_t i = 0; i < chart->points; i++) {
        if (isnan(chart->point[i].low)) continue;
        all++;
        above += chart->point[i].low > 0;
        below += chart->point[i].high < 0;
    }
    double low, high;
    kith_chart_extent(chart, false, SIZE_MAX, &low, &high);
    if (all && low < 0) kith_buf_printf(out, "Of %zu intervals %zu lie%s wholly above zero, %zu wholly below.%s", all, above, above == 1 ? "s" : "", below, chart->panels ? "" : " ");
    if (chart->panels) return; /* other scales cannot be compared */
    if (chart->groups) extremes(out, chart);
    else lines(out, chart);
}

static void histogram(kith_buf *out, const kith_chart *chart) {
    double total = 0, run = 0;
    const kith_point *most = chart->point, *middle = chart->point;
    for (size_t i = 0; i < chart->points; i++) {
        total += chart->point[i].y;
        if (chart->point[i].y > most->y) most = &chart->point[i];
    }
    for (size_t i = 0; i < chart->points; i++) {
        run += chart->point[i].y;
        middle = &chart->point[i];
        if (run * 2 >= total) break;
    }
    kith_people_number(out, total, 15);
    kith_buf_puts(out, " values, most of them between ");
    kith_people_number(out, most->low, 4);
    kith_buf_puts(out, " and ");
    kith_people_number(out, most->high, 4);
    kith_buf_puts(out, " (");
    kith_people_number(out, most->y, 15);
    kith_buf_puts(out, "); half lie below ");
    kith_people_number(out, middle->high, 4);
    kith_buf_putc(out, '.');
}

int kith_chart_summarise(kith_arena *arena, kith_chart *chart, kith_error *err) {
    kith_buf out = {0};
    if (chart->kind == KITH_CHART_FUNNEL) funnel(&out, chart);
    else if (chart->kind == KITH_CHART_LINE || chart->kind == KITH_CHART_STEP) lines(&out, chart);
    else if (chart->kind == KITH_CHART_DOTS) dots(&out, chart);
    else if (chart->kind == KITH_CHART_HISTOGRAM) histogram(&out, chart);
    else extremes(&out, chart);
    char *text = out.failed ? NULL : kith_arena_copy(arena, out.p ? out.p : "", out.n);
    chart->summary = (kith_str){text, text ? out.n : 0};
    kith_buf_free(&out);
    return text ? KITH_OK : kith_no_memory(err);
}

void kith_chart_title(kith_buf *out, const kith_chart *chart) {
    if (chart->title.n) {
        kith_buf_str(out, chart->title);
        return;
    }
    if (chart->kind == KITH_CHART_HISTOGRAM) {
        kith_buf_puts(out, "Distribution of ");
        kith_buf_str(out, chart->x_name);
        return;
    }
    bool several = !chart->y_name.n;
    for (size_t s = 0; several && s < chart->series && s < 4; s++) {
        if (s) kith_buf_puts(out, ", ");
        kith_buf_str(out, chart->series_names[s]);
    }
    kith_buf_str(out, chart->y_name);
    if (chart->x_name.n) {
        kith_buf_puts(out, " by ");
        kith_buf_str(out, chart->x_name);
    }
    if (chart->by_name.n && chart->series > 1) {
        kith_buf_puts(out, " and ");
        kith_buf_str(out, chart->by_name);
    }
}
