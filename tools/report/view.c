/* kith report view: an aligned look at a stream, as wide as the terminal.
 *
 *     kith table -g region -a 'n=count,revenue=sum(amount)' shop.csv | kith view
 */
#include <kith/app.h>
#include <kith/draw.h>

#include <stdlib.h>
#include <string.h>

typedef struct said {
    int64_t rows, tail, width;
    bool exact, numbers, tall, ascii;
} said;

static const kith_option options[] = {
    {0, "rows", "N", KITH_OPT_INT, offsetof(said, rows), "at most so many rows (default 50; 0: all)", NULL, false, false},
    {0, "tail", "N", KITH_OPT_INT, offsetof(said, tail), "the last N rows instead", NULL, false, false},
    {0, "width", "N", KITH_OPT_INT, offsetof(said, width), "columns of the paper (default: the terminal's; none for a file or pipe)", NULL, false, false},
    {0, "exact", NULL, KITH_OPT_FLAG, offsetof(said, exact), "numbers as they are, not rounded to six digits", NULL, false, false},
    {0, "numbers", NULL, KITH_OPT_FLAG, offsetof(said, numbers), "number the rows", NULL, false, false},
    {0, "tall", NULL, KITH_OPT_FLAG, offsetof(said, tall), "a line a field, for wide rows", NULL, false, false},
    {0, "ascii", NULL, KITH_OPT_FLAG, offsetof(said, ascii), "draw with ASCII only (also with TERM=dumb)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Numbers stand under each other by their points.", "region,n,mean\nNorth,2,0.15\nSouth,12,7\n", "kith report view --ascii",
     "region   n  mean\n------  --  ----\nNorth    2  0.15\nSouth   12  7\n"},
    {"The first row, and how many there are beyond.", "a,b\n1,x\n2,y\n3,z\n", "kith report view --rows 1 --ascii", "a  b\n-  -\n1  x\n.. 2 more rows\n"},
    {"A line a field.", "name,city\nAnn,Lyon\n", "kith report view --tall --ascii", "row 1\n  name  Ann\n  city  Lyon\n"},
    {NULL, NULL, NULL, NULL},
};

static void put_tall(kith_buf *out, const kith_grid *grid, uint64_t first, kith_paper paper) {
    size_t names = 0;
    for (size_t c = 0; c < grid->columns; c++) {
        size_t width = kith_text_width(grid->names[c]);
        if (width > names && width <= 30) names = width;
    }
    for (size_t r = 0; r < grid->rows; r++) {
        kith_buf_printf(out, "row %llu\n", (unsigned long long)(first + r));
        for (size_t c = 0; c < grid->columns; c++) {
            kith_str cell = kith_grid_cell(grid, r, c);
            size_t room = paper.width > names + 12 ? paper.width - names - 4 : 8, width = kith_text_width(cell);
            kith_buf_puts(out, "  ");
            kith_text_put(out, grid->names[c], names, KITH_LEFT, paper.ascii);
            if (width) kith_buf_puts(out, "  ");
            kith_text_put(out, cell, width < room ? width : room, KITH_LEFT, paper.ascii);
            while (out->n && out->p[out->n - 1] == ' ') out->n--;
            kith_buf_putc(out, '\n');
        }
    }
}

static int run(kith_app *app) {
    const said *s = app->said;
    const char *term = getenv("TERM");
    kith_source *source;
    kith_sink *sink;
    kith_selection chosen;
    if (s->rows < 0 || s->tail < 0 || s->width < 0) return kith_app_usage(app, "--rows, --tail and --width are counts");
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    kith_collection c = {.arena = app->arena, .most = (uint64_t)(s->tail ? s->tail : s->rows), .last = s->tail > 0};
    if (app->common.select) KITH_TRY(kith_select(header, app->common.select, true, app->arena, &chosen, &app->error));
    else if (app->common.drop) KITH_TRY(kith_select_drop(header, app->common.drop, app->arena, &chosen, &app->error));
    if (app->common.select || app->common.drop) c.columns = &chosen;
    KITH_TRY(kith_collect_begin(&c, header, &app->error));
    kith_scan scan = {.commit = kith_collect_commit, .ctx = &c};
    KITH_TRY(kith_app_scan(app, source, &scan));
    kith_collect_end(&c);
    int width = s->width ? (int)(s->width < 100000 ? s->width : 100000) : app->common.output ? 100000 : kith_app_width(app, 100000);
    kith_paper paper = {(size_t)width, s->ascii || (term && !strcmp(term, "dumb")), kith_app_colour(app)};
    uint64_t more = c.rows - c.grid.rows, first = s->tail ? more + 1 : 1;
    kith_buf out = {0};
    if (s->tall) put_tall(&out, &c.grid, first, paper);
    else kith_grid_text(&out, &c.grid, paper, (kith_grid_look){s->exact, s->numbers ? first : 0, s->tail ? 0 : more});
    int status = kith_app_sink(app, &sink);
    if (status == KITH_OK) kith_sink_drawn(sink);
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    kith_buf_free(&out);
    return status;
}

static void defaults(void *said_, kith_common *common) {
    (void)common;
    ((said *)said_)->rows = 50;
}

const kith_verb kith_verb_report_view = {
    .name = "view",
    .brief = "an aligned look at a stream, as wide as the terminal",
    .operands = "[FILE...]",
    .grain = "row → picture",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_SELECT | KITH_TAKES_DROP,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
};
