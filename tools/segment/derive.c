/* kith segment derive: adds columns that expressions compute.
 *
 *     kith segment derive -e 'value = quantity * price' -e 'big = value > 100' orders.csv | kith segment rfm --amount value
 */
#include <kith/app.h>
#include <kith/persons.h>
#include <string.h>

typedef struct said {
    const char *regions;
} said;

static const kith_option options[] = {
    {0, "regions", "FILE", KITH_OPT_STRING, offsetof(said, regions), "places for region(): name and lat,lon,radius or south,west,north,east", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"What a row is worth, and whether that is much; a later expression sees the names of earlier ones.", "item,quantity,price\npen,3,1.50\nbook,,20\n",
     "kith segment derive -e 'value = quantity * price' -e 'big = value > 4'", "item,quantity,price,value,big\npen,3,1.50,4.5,1\nbook,,20,,\n"},
    {"Dates and texts; --replace puts the result in the place of a column.", "name,ts\n ana ,2026-09-30T23:30:00Z\n",
     "kith segment derive --replace -e 'name = upper(trim(name))' -e 'day = date(ts)' -e 'weekday = weekday(ts)' --tz Europe/Paris", "name,ts,day,weekday\nANA,2026-09-30T23:30:00Z,2026-10-01,4\n"},
    {"How far each event lies behind the person's last, and what they have spent in all.", "person_id,ts,amount\na,2026-09-01,10\nb,2026-09-03,7\na,2026-09-05,5.5\n",
     "kith segment derive --id person_id -e 'age = days_between(ts, latest(ts))' -e 'spent = sum_of(amount)'", "person_id,ts,amount,age,spent\na,2026-09-01,10,4,15.5\nb,2026-09-03,7,0,7\na,2026-09-05,5.5,0,15.5\n"},
    {0},
};

typedef struct columns {
    size_t n;           /* expressions */
    uint32_t *replaced; /* by expression: the column in whose place it stands, or KITH_NO_COLUMN */
    int *in_place;      /* by column: the expression that replaces it, or -1; NULL if none is replaced */
    const char **added;
    size_t n_added;
    char delimiter;
    kith_expr_work **works;
} columns;

static void put_value(const kith_expr_values *values, size_t i, kith_row_writer *w, kith_buf *text) {
    text->n = 0;
    kith_expr_put(values, i, text);
    kith_put_text(w, (kith_str){text->p, text->n});
}

static int put_rows(const columns *c, const kith_batch *b, uint32_t first, size_t n, const kith_expr_values *values, kith_expr_work *work,
                    size_t *next, kith_buf *text, kith_out *out, kith_error *err) {
    kith_row_writer w = kith_row_begin(&out->rows, c->delimiter);
    for (size_t i = 0; i < n; i++) {
        uint32_t row = first + (uint32_t)i;
        size_t before = *next;
        KITH_TRY(kith_expr_answer_bad(work, b, row + 1, next, out, err));
        if (*next != before) continue; /* this one is bad */
        if (!c->in_place) kith_put_row(&w, b, row);
        else
            for (uint32_t j = 0; j < b->cols; j++) {
                if (c->in_place[j] < 0) kith_put_raw(&w, kith_cell(b, row, j), b->delimiter);
                else put_value(&values[c->in_place[j]], i, &w, text);
            }
        for (size_t k = 0; k < c->n; k++)
            if (c->replaced[k] == KITH_NO_COLUMN) put_value(&values[k], i, &w, text);
        kith_row_end(&w);
        out->rows_out++;
    }
    return text->failed ? kith_no_memory(err) : KITH_OK;
}

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    const columns *c = ctx;
    kith_expr_work *work = c->works[worker];
    kith_expr_rows rows = kith_expr_rows_of(b);
    kith_expr_values *values = kith_arena_alloc(b->arena, c->n * sizeof *values);
    uint32_t chunk[KITH_EXPR_CHUNK];
    kith_buf text = {0};
    size_t next = 0;
    int status = values ? KITH_OK : kith_no_memory(err);
    kith_expr_begin(work, &rows);
    for (uint32_t first = 0; first < b->rows && !status; first += KITH_EXPR_CHUNK) {
        size_t n = b->rows - first < KITH_EXPR_CHUNK ? b->rows - first : KITH_EXPR_CHUNK;
        for (size_t i = 0; i < n; i++) chunk[i] = first + (uint32_t)i;
        kith_expr_select(work, chunk, n);
        for (size_t k = 0; k < c->n && !status; k++) status = kith_expr_eval(work, k, &values[k], err);
        if (!status) status = put_rows(c, b, first, n, values, work, &next, &text, out, err);
    }
    kith_buf_free(&text);
    return status;
}

static int compile(kith_app *app, const kith_header *header, kith_exprs *set, columns *c) {
    kith_error *err = &app->error;
    for (size_t k = 0; k < c->n; k++) {
        kith_str name, text;
        size_t number;
        if (!kith_expr_assignment(kith_str_of(app->common.expr.items[k]), &name, &text))
            return kith_app_usage(app, "-e takes NAME = EXPRESSION");
        char *copy = kith_arena_copy(app->arena, name.p, name.n);
        if (!copy) return kith_no_memory(err);
        KITH_TRY(kith_new_column(header, copy, app->common.replace, &c->replaced[k], err));
        for (size_t i = 0; i < c->n_added; i++)
            if (strcmp(c->added[i], copy) == 0) return kith_app_usage(app, "-e: '%s' is made twice", copy);
        KITH_TRY(kith_exprs_add(set, text, KITH_EXPR_COLUMN, &number, err));
        KITH_TRY(kith_exprs_define(set, name, number, err));
        if (c->replaced[k] == KITH_NO_COLUMN) {
            c->added[c->n_added++] = copy;
            continue;
        }
        if (!c->in_place) {
            if (!(c->in_place = kith_arena_alloc(app->arena, header->n * sizeof *c->in_place))) return kith_no_memory(err);
            for (uint32_t j = 0; j < header->n; j++) c->in_place[j] = -1;
        }
        c->in_place[c->replaced[k]] = (int)k;
    }
    return KITH_OK;
}

static int run(kith_app *app) {
    const said *s = app->said;
    const kith_common *common = &app->common;
    kith_error *err = &app->error;
    kith_source *source;
    kith_sink *sink = NULL;
    if (!common->expr.n) return kith_app_usage(app, "nothing to derive: -e 'NAME = EXPRESSION'");
    if (common->id) KITH_TRY(kith_app_rereadable(app));
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    kith_regions *regions = NULL;
    if (s->regions) KITH_TRY(kith_regions_read(app->arena, s->regions, &regions, err));
    uint32_t id = KITH_NO_COLUMN;
    kith_persons *persons = NULL;
    if (common->id) KITH_TRY(kith_app_column(app, source, common->id, NULL, &id));
    kith_expr_scope scope = {header->names, header->n, common->zone, common->has_until, common->until_us, regions, common->id ? &id : NULL};
    kith_exprs *set;
    int workers = kith_source_threads(source);
    columns c = {.n = common->expr.n, .delimiter = kith_app_delimiter(app, source)};
    c.replaced = kith_arena_alloc(app->arena, c.n * sizeof *c.replaced);
    c.added = kith_arena_alloc(app->arena, c.n * sizeof *c.added);
    c.works = kith_arena_zalloc(app->arena, (size_t)workers * sizeof *c.works);
    if (!c.replaced || !c.added || !c.works) return kith_no_memory(err);
    KITH_TRY(kith_exprs_new(app->arena, &scope, &set, err));
    int status = compile(app, header, set, &c);
    if (!status && common->id) status = kith_app_persons(app, set, id, &persons);
    for (int i = 0; i < workers && !status; i++)
        if (!(c.works[i] = kith_expr_work_new(set))) status = kith_no_memory(err);
    if (!status) status = kith_app_sink(app, &sink);
    if (!status) status = kith_app_header(app, sink, source, NULL, c.added, c.n_added);
    kith_scan scan = {.visit = visit, .ctx = &c, .sink = sink};
    if (!status) status = kith_app_scan(app, source, &scan);
    for (int i = 0; i < workers; i++) kith_expr_work_free(c.works[i]);
    kith_persons_free(persons);
    kith_exprs_free(set);
    return status;
}

const kith_verb kith_verb_segment_derive = {
    .name = "derive",
    .brief = "add columns that expressions compute",
    .operands = "-e 'NAME = EXPR' [FILE...]",
    .grain = "row → row",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_EXPR | KITH_TAKES_TIME | KITH_TAKES_LINES | KITH_TAKES_REPLACE | KITH_TAKES_ID | KITH_TAKES_MEMORY,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
};
