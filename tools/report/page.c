/* kith report page: one self-contained page of HTML from any number of tables.
 *
 *     kith page --title 'Autumn campaign' 'Who came=funnel.csv' 'What it earned=experiment.csv' -o campaign.html
 *     kith report experiment --arm treatment --metric outcome outcomes.csv | kith report page -o campaign.html
 */
#include <kith/app.h>
#include <kith/draw.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct said {
    const char *title, *intro, *spec, *language;
    kith_list sources;
    int64_t rows;
    kith_csv sections; /* --spec, read */
} said;

static const kith_option options[] = {
    {0, "title", "TEXT", KITH_OPT_STRING, offsetof(said, title), "the page's title (default: Report)", NULL, false, false},
    {0, "intro", "TEXT", KITH_OPT_STRING, offsetof(said, intro), "a paragraph below it", NULL, false, false},
    {0, "spec", "FILE", KITH_OPT_STRING, offsetof(said, spec), "sections as CSV: file,heading,text,kind,x,y,by,low,high,log", NULL, false, false},
    {0, "provenance", "NAME=TEXT", KITH_OPT_LIST, offsetof(said, sources), "a line at the foot, such as a command that made a table; repeatable", NULL, false, false},
    {0, "rows", "N", KITH_OPT_INT, offsetof(said, rows), "rows shown of a table (default 1000); pictures take them all", NULL, false, false},
    {0, "language", "TAG", KITH_OPT_STRING, offsetof(said, language), "the language of titles and texts (default en)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"A table becomes a page with its picture; nothing in it can run or fetch.", "region,revenue\nNorth,20\nSouth,<b>\n",
     "kith report page --title Regions | grep -c -e '<script' -e '<b>' -e 'src='", "0\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct making {
    kith_app *app;
    kith_section *section;
    size_t n;
    kith_provenance *line;
    size_t lines;
} making;

static bool put_line(making *m, kith_str name, const char *value) {
    if (value) m->line[m->lines++] = (kith_provenance){name, kith_str_of(value)};
    return value != NULL;
}

/* "who_came.csv" → "who came" */
static kith_str heading_of(kith_app *app, const char *file) {
    const char *slash = strrchr(file, '/');
    if (!strcmp(file, "-")) return (kith_str){"", 0};
    char *name = kith_arena_copy(app->arena, slash ? slash + 1 : file, strlen(slash ? slash + 1 : file));
    if (!name) return (kith_str){"", 0};
    char *dot = strchr(name + 1, '.');
    if (*name && dot) *dot = 0;
    for (char *p = name; *p; p++)
        if (*p == '_') *p = ' ';
    return kith_str_of(name);
}

/* Reads one table, draws it, and says where it came from. */
static int add_section(making *m, const char *file, kith_str heading, kith_str text, const kith_chart_spec *spec, bool picture) {
    kith_app *app = m->app;
    const said *s = app->said;
    kith_source_options o;
    kith_source *source;
    kith_app_source_options(app, &file, 1, &o);
    o.hash = true;
    KITH_TRY(kith_app_source_with(app, &o, &source));
    kith_collection c = {.arena = app->arena};
    KITH_TRY(kith_collect_begin(&c, kith_source_header(source), &app->error));
    kith_scan scan = {.commit = kith_collect_commit, .ctx = &c};
    KITH_TRY(kith_app_scan(app, source, &scan));
    kith_collect_end(&c);
    kith_grid *grid = kith_arena_alloc(app->arena, sizeof *grid);
    kith_chart *chart = kith_arena_zalloc(app->arena, sizeof *chart);
    if (!grid || !chart) return kith_no_memory(&app->error);
    *grid = c.grid;
    bool asked = spec->kind != KITH_CHART_AUTO || spec->x.n || spec->y.n;
    if (picture && (asked || kith_chart_fits(grid))) {
        int status = kith_chart_make(app->arena, grid, spec, chart, &app->error);
        if (status && (asked || status != KITH_DATA)) return status;
        if (status) chart = NULL;
    } else {
        chart = NULL;
    }
    uint64_t hash[2], more = 0;
    kith_source_file_hash(source, 0, hash);
    kith_str caveat = kith_grid_caveat(grid);
    if (grid->rows > (uint64_t)s->rows) {
        more = grid->rows - (uint64_t)s->rows;
        grid->rows = (size_t)s->rows;
    }
    m->section[m->n++] = (kith_section){heading, text, grid, chart, more, caveat};
    unsigned long long bytes = kith_source_bytes_read(source);
    kith_app_source_done(app, source);
    const char *slash = strrchr(file, '/');
    return put_line(m, KITH_STR("Input"), kith_arena_format(app->arena, "%s: %llu rows, %llu bytes, XXH3 %016llx%016llx",
                                                             !strcmp(file, "-") ? "standard input" : slash ? slash + 1 : file, (unsigned long long)c.rows, bytes,
                                                             (unsigned long long)hash[1], (unsigned long long)hash[0]))
               ? KITH_OK
               : kith_no_memory(&app->error);
}

/* An operand: FILE or HEADING=FILE. */
static int add_operand(making *m, const char *operand) {
    kith_chart_spec spec = {0};
    const char *equal = strcmp(operand, "-") && access(operand, F_OK) ? strrchr(operand, '=') : NULL;
    if (!equal) return add_section(m, operand, heading_of(m->app, operand), (kith_str){"", 0}, &spec, true);
    return add_section(m, equal + 1, (kith_str){operand, (size_t)(equal - operand)}, (kith_str){"", 0}, &spec, true);
}

static int add_specified(making *m, const kith_csv *csv, size_t row) {
    static const char *const names[] = {"file", "heading", "text", "kind", "x", "y", "by", "low", "high", "log"};
    kith_str said_[10];
    for (size_t i = 0; i < 10; i++) said_[i] = kith_csv_cell(csv, row, kith_csv_column(csv, names[i]));
    kith_error *err = &m->app->error;
    kith_chart_spec spec = {.x = said_[4], .y = said_[5], .by = said_[6], .low = said_[7], .high = said_[8]};
    bool picture = !kith_str_is(said_[3], "table");
    size_t kind = 0;
    while (kind < KITH_CHART_KINDS && !kith_str_is(said_[3], kith_chart_names[kind])) kind++;
    if (said_[3].n && picture && kind == KITH_CHART_KINDS)
        return kith_fail(err, KITH_DATA, "%s:%llu: kind: not a picture (table, " KITH_CHART_CHOICES ")", csv->name, (unsigned long long)csv->lines[row]);
    if (said_[3].n && picture) spec.kind = (kith_chart_kind)kind;
    for (size_t i = 0; i < said_[9].n; i++) {
        spec.log_x |= said_[9].p[i] == 'x';
        spec.log_y |= said_[9].p[i] == 'y';
    }
    const char *file = kith_arena_copy(m->app->arena, said_[0].n ? said_[0].p : "", said_[0].n);
    if (!file) return kith_no_memory(err);
    if (!*file) return kith_fail(err, KITH_DATA, "%s:%llu: file: missing", csv->name, (unsigned long long)csv->lines[row]);
    return add_section(m, file, said_[1].n ? said_[1] : heading_of(m->app, file), said_[2], &spec, picture);
}

/* When it was made: SOURCE_DATE_EPOCH where a build must be reproducible, else the clock. */
static const char *made_at(kith_app *app) {
    const char *fixed = getenv("SOURCE_DATE_EPOCH");
    int64_t seconds;
    if (!fixed || !kith_parse_int(kith_str_of(fixed), &seconds) || seconds < 0 || seconds > INT64_C(1) << 40) seconds = (int64_t)time(NULL);
    char text[64];
    kith_format_time(seconds * KITH_US_PER_SECOND, text);
    return kith_arena_copy(app->arena, text, strlen(text));
}

/* Reads --spec, which names the tables. */
static int names(kith_app *app, kith_list *files) {
    said *s = app->said;
    if (!s->spec) return KITH_OK;
    KITH_TRY(kith_csv_read(app->arena, s->spec, &s->sections, &app->error));
    uint32_t column = kith_csv_column(&s->sections, "file");
    if (column == UINT32_MAX) return kith_fail(&app->error, KITH_DATA, "%s: no column \"file\"", s->sections.name);
    files->items = kith_arena_alloc(app->arena, (s->sections.rows + 1) * sizeof *files->items);
    for (size_t i = 0; files->items && i < s->sections.rows; i++) {
        kith_str file = kith_csv_cell(&s->sections, i, column);
        char *name = kith_arena_copy(app->arena, file.n ? file.p : "", file.n);
        if (!name) return kith_no_memory(&app->error);
        files->items[files->n++] = name;
    }
    return files->items ? KITH_OK : kith_no_memory(&app->error);
}

static int run(kith_app *app) {
    const said *s = app->said;
    const kith_csv csv = s->sections;
    kith_sink *sink;
    if (s->rows < 0) return kith_app_usage(app, "--rows is a count");
    size_t inputs = app->n_files + csv.rows, most = inputs ? inputs : 1;
    making m = {.app = app, .section = kith_arena_alloc(app->arena, most * sizeof *m.section),
                .line = kith_arena_alloc(app->arena, (most + s->sources.n + 4) * sizeof *m.line)};
    if (!m.section || !m.line) return kith_no_memory(&app->error);
    for (size_t i = 0; i < csv.rows; i++) KITH_TRY(add_specified(&m, &csv, i));
    for (size_t i = 0; i < app->n_files; i++) KITH_TRY(add_operand(&m, app->files[i]));
    if (!inputs) KITH_TRY(add_operand(&m, "-"));
    for (size_t i = 0; i < s->sources.n; i++) {
        const char *item = s->sources.items[i], *equal = strchr(item, '=');
        put_line(&m, equal ? (kith_str){item, (size_t)(equal - item)} : KITH_STR("Note"), equal ? equal + 1 : item);
    }
    if (!put_line(&m, KITH_STR("Made"), made_at(app))) return kith_no_memory(&app->error);
    put_line(&m, KITH_STR("With"), "kith " KITH_VERSION);
    kith_page page = {.title = kith_str_of(s->title ? s->title : ""), .intro = kith_str_of(s->intro ? s->intro : ""),
                      .language = kith_str_of(s->language ? s->language : ""), .sections = m.n, .sources = m.lines, .section = m.section, .source = m.line};
    kith_buf out = {0};
    kith_page_html(&out, &page);
    int status = kith_app_sink(app, &sink);
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    kith_buf_free(&out);
    return status;
}

static void defaults(void *said_, kith_common *common) {
    (void)common;
    ((said *)said_)->rows = 1000;
}

const kith_verb kith_verb_report_page = {
    .name = "page",
    .brief = "one self-contained page of HTML from any number of tables",
    .operands = "[[HEADING=]FILE...]",
    .grain = "row → page",
    .takes = KITH_TAKES_FILTER,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .names = names,
    .run = run,
};
