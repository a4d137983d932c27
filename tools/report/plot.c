/* kith report plot: any table as a picture, in the terminal or as SVG.
 *
 *     kith table -g region -a 'revenue=sum(amount)' shop.csv | kith plot
 *     kith funnel --id client_id --ts timestamp --event event --steps 'cart,payment_done' e.csv | kith plot -o funnel.svg
 */
#include <kith/app.h>
#include <kith/draw.h>
#include <kith/notes.h>

#include <stdlib.h>
#include <string.h>

typedef struct said {
    int kind;
    const char *x, *y, *low, *high, *title, *note, *log;
    int64_t bins, width;
    bool svg, ascii;
} said;

static const kith_option options[] = {
    {0, "kind", "KIND", KITH_OPT_CHOICE, offsetof(said, kind), "auto, histogram, bars, line, step, dots, heat or funnel (default auto: from the table)",
     KITH_CHART_CHOICES, false, false},
    {0, "x", "COL", KITH_OPT_STRING, offsetof(said, x), "along the x axis, or the names of bars and dots", NULL, true, false},
    {0, "y", "COL,...", KITH_OPT_STRING, offsetof(said, y), "the values; several columns are several series", NULL, true, false},
    {0, "low", "COL", KITH_OPT_STRING, offsetof(said, low), "the lower ends of intervals", NULL, true, false},
    {0, "high", "COL", KITH_OPT_STRING, offsetof(said, high), "the upper ends", NULL, true, false},
    {0, "log", "AXES", KITH_OPT_STRING, offsetof(said, log), "logarithmic axes: x, y or xy", NULL, false, false},
    {0, "bins", "N", KITH_OPT_INT, offsetof(said, bins), "bins of a histogram (default: by Freedman and Diaconis)", NULL, false, false},
    {0, "title", "TEXT", KITH_OPT_STRING, offsetof(said, title), "a title (default: made of the columns' names)", NULL, false, false},
    {0, "note", "TEXT", KITH_OPT_STRING, offsetof(said, note), "a line below", NULL, false, false},
    {0, "svg", NULL, KITH_OPT_FLAG, offsetof(said, svg), "SVG instead of text (also where -o ends in .svg)", NULL, false, false},
    {0, "width", "N", KITH_OPT_INT, offsetof(said, width), "columns of text (default: the terminal's, or 80), or units of SVG (default 760)", NULL, false, false},
    {0, "ascii", NULL, KITH_OPT_FLAG, offsetof(said, ascii), "draw with ASCII only (also with TERM=dumb)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Bars, where a word stands beside a number.", "region,revenue\nNorth,20\nSouth,5\n", "kith report plot --ascii --width 40",
     "revenue by region\nNorth  #############################  20\nSouth  #######                         5\n"},
    {"A funnel is known by its columns.", "step,persons,share,from_previous\ncart,200,1,\npaid,50,0.25,0.25\n", "kith report plot --ascii --width 60",
     "persons by step\ncart  ###############################  200  100.0%\npaid  ########                          50   25.0%  v 25.0%\n"},
    {NULL, NULL, NULL, NULL},
};

static kith_str str(const char *s) { return kith_str_of(s ? s : ""); }

/* Finds the columns named; where those are all that a picture needs, only they are kept of a large table. */
static int narrow(kith_app *app, const said *s, const kith_header *header, kith_selection *chosen, const kith_selection **columns) {
    const char *parts[] = {s->x, s->y, app->common.by, s->low, s->high};
    bool *wanted = kith_arena_zalloc(app->arena, header->n + 1);
    chosen->columns = kith_arena_alloc(app->arena, (header->n + 1) * sizeof *chosen->columns);
    chosen->names = kith_arena_alloc(app->arena, (header->n + 1) * sizeof *chosen->names);
    if (!wanted || !chosen->columns || !chosen->names) return kith_no_memory(&app->error);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        for (const char *at = parts[i]; at && *at;) {
            size_t n = i == 1 ? strcspn(at, ",") : strlen(at);
            kith_str name = kith_str_trim((kith_str){at, n});
            const char *copy = kith_arena_copy(app->arena, name.p, name.n);
            uint32_t column;
            if (!copy) return kith_no_memory(&app->error);
            KITH_TRY(kith_column(header, copy, &column, &app->error));
            wanted[column] = true;
            at += n + (at[n] == ',');
        }
    }
    chosen->n = 0;
    for (uint32_t c = 0; c < header->n; c++) {
        if (!wanted[c]) continue;
        chosen->columns[chosen->n] = c;
        chosen->names[chosen->n++] = header->names[c];
    }
    *columns = s->y && (s->x || s->kind == KITH_CHART_HISTOGRAM) ? chosen : NULL;
    return KITH_OK;
}

static int draw(kith_app *app, const said *s, const kith_chart *chart, kith_buf *out) {
    const char *output = app->common.output, *term = getenv("TERM");
    size_t n = output ? strlen(output) : 0;
    if (s->svg || (n > 4 && !strcmp(output + n - 4, ".svg"))) {
        kith_chart_svg(out, chart, s->width ? (double)s->width : 760, "chart", true);
        return KITH_OK;
    }
    int width = s->width ? (int)s->width : output ? 80 : kith_app_width(app, 80);
    kith_chart_text(out, chart, (kith_paper){(size_t)width, s->ascii || (term && !strcmp(term, "dumb")), kith_app_colour(app)});
    return KITH_OK;
}

/* Which columns play which part: those that were named, or those found. */
static int explain(kith_app *app, const said *s, const kith_chart *chart) {
    static const char found[] = "found";
    const char *series = kith_arena_format(app->arena, "%zu", chart->series), *out = kith_arena_format(app->arena, "%zu", chart->left_out);
    const char *panels = kith_arena_format(app->arena, "%zu", chart->panels);
    if (!series || !out || !panels) return kith_no_memory(&app->error);
    const kith_decision decisions[] = {
        {"kind", kith_str_of(kith_chart_names[chart->kind]), chart->why},
        {chart->x_name.n ? "x" : NULL, chart->x_name, s->x ? "--x" : found},
        {chart->y_name.n ? "y" : NULL, chart->y_name, s->y ? "--y" : found},
        {chart->by_name.n ? "by" : NULL, chart->by_name, app->common.by ? "--by" : found},
        {"series", kith_str_of(series), "in colours, or named where they stand"},
        {chart->panels ? "panels" : NULL, kith_str_of(panels), "pictures with a scale of their own"},
        {"intervals", kith_str_of(chart->intervals ? "yes" : "no"), chart->intervals ? "low and high" : "no columns low and high"},
        {"left_out", kith_str_of(out), "values without a usable number"},
    };
    return kith_app_decisions(app, decisions, sizeof decisions / sizeof *decisions);
}

static int run(kith_app *app) {
    const said *s = app->said;
    kith_source *source;
    kith_sink *sink;
    kith_selection chosen;
    kith_collection c = {.arena = app->arena};
    if (s->bins < 0 || s->width < 0 || s->width > 10000) return kith_app_usage(app, "--bins and --width are counts, up to 10000");
    if (s->log && strspn(s->log, "xy") != strlen(s->log)) return kith_app_usage(app, "--log takes x, y or xy");
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    KITH_TRY(narrow(app, s, header, &chosen, &c.columns));
    KITH_TRY(kith_collect_begin(&c, header, &app->error));
    kith_scan scan = {.commit = kith_collect_commit, .ctx = &c};
    KITH_TRY(kith_app_scan(app, source, &scan));
    kith_collect_end(&c);
    kith_chart_spec spec = {.kind = (kith_chart_kind)s->kind, .title = str(s->title), .note = str(s->note), .x = str(s->x), .y = str(s->y),
                            .by = str(app->common.by), .low = str(s->low), .high = str(s->high), .log_x = s->log && strchr(s->log, 'x'),
                            .log_y = s->log && strchr(s->log, 'y'), .bins = (size_t)s->bins};
    kith_chart chart;
    kith_buf out = {0};
    KITH_TRY(kith_chart_make(app->arena, &c.grid, &spec, &chart, &app->error));
    if (app->common.explain) return explain(app, s, &chart);
    int status = draw(app, s, &chart, &out);
    if (status == KITH_OK) status = kith_app_sink(app, &sink);
    if (status == KITH_OK) kith_sink_drawn(sink);
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    kith_buf_free(&out);
    return status;
}

const kith_verb kith_verb_report_plot = {
    .name = "plot",
    .brief = "any table as a picture, in the terminal or as SVG",
    .operands = "[FILE...]",
    .grain = "row → picture",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_BY | KITH_TAKES_EXPLAIN,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
};
