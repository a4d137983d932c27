/* kith segment where: the rows for which an expression is true.
 *
 *     kith where 'region == "R05" and amount > 50' -s person_id,amount events.csv > chosen.csv
 */
#include <kith/app.h>
#include <kith/persons.h>
#include <kith/project.h>
#include <string.h>
#include <unistd.h>

typedef struct said {
    const char *regions;
} said;

static const kith_option options[] = {
    {0, "regions", "FILE", KITH_OPT_STRING, offsetof(said, regions), "places for region(): name and lat,lon,radius or south,west,north,east", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"People of one region who spent more than 50.", "person_id,region,amount\n1,R05,60\n2,R05,\n3,R07,99\n", "kith segment where 'region == \"R05\" and amount > 50'",
     "person_id,region,amount\n1,R05,60\n"},
    {"Two columns, one renamed; a missing amount is unknown, and an unknown passes no row.", "person_id,region,amount\n1,R05,60\n2,R05,\n",
     "kith segment where 'not amount > 100' -s 'who=person_id,amount'", "who,amount\n1,60\n"},
    {"A regular expression, a list and a date.", "person_id,note,ts\n1,cart left,2026-09-30T10:00:00Z\n2,refund,2026-10-02\n",
     "kith segment where 'note =~ \"cart|refund\" and ts <= 2026-09-30'", "person_id,note,ts\n1,cart left,2026-09-30T10:00:00Z\n"},
    {"Everything of those who bought twice.", "person_id,event,amount\na,buy,10\nb,buy,70\na,visit,\na,buy,5\nb,visit,\n",
     "kith segment where --id person_id 'count_if(event == \"buy\") >= 2 and sum_of(amount) < 50'", "person_id,event,amount\na,buy,10\na,visit,\na,buy,5\n"},
    {0},
};

typedef struct filter {
    size_t conditions;
    kith_expr_work **works; /* one a worker */
    const kith_projection *projection;
} filter;

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    const filter *f = ctx;
    kith_expr_work *work = f->works[worker];
    kith_expr_rows rows = kith_expr_rows_of(b);
    uint32_t *passed = kith_arena_alloc(b->arena, (b->rows + 1) * sizeof *passed);
    size_t n = b->rows, next = 0, from = 0, bad;
    uint64_t before = out->rejected + out->bad;
    if (!passed) return kith_no_memory(err);
    for (uint32_t i = 0; i < b->rows; i++) passed[i] = i;
    if (work) kith_expr_begin(work, &rows);
    for (size_t i = 0; i < f->conditions; i++) KITH_TRY(kith_expr_pass(work, i, passed, n, passed, &n, err));
    if (work && (kith_expr_bad_rows(work, &bad), bad))
        for (; from < n; from++) { /* rows and refusals in their order */
            KITH_TRY(kith_expr_answer_bad(work, b, passed[from], &next, out, err));
            kith_project(f->projection, b, passed + from, 1, &out->rows);
        }
    kith_project(f->projection, b, passed + from, n - from, &out->rows);
    out->rows_out += n;
    int status = work ? kith_expr_answer_bad(work, b, UINT32_MAX, &next, out, err) : KITH_OK;
    out->dropped += b->rows - n - (out->rejected + out->bad - before); /* those that do not pass */
    return status;
}

static bool is_operator(const char *word) {
    static const char *const operators[] = {"=", "==", "!=", "<", "<=", ">", ">=", "+", "*", "/", "=~", "!~", "and", "or", "not", "in", "between"};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strcmp(word, operators[i]) == 0) return true;
    return false;
}

/* Takes the expression out of the operands: the first that is neither - nor a file. *loose: it goes on in the next, for want of quotes. */
static const char *expression_operand(kith_app *app, bool *loose) {
    *loose = false;
    for (size_t i = 0; i < app->n_files; i++) {
        if (strcmp(app->files[i], "-") == 0 || access(app->files[i], F_OK) == 0) continue;
        const char *text = app->files[i];
        memmove(app->files + i, app->files + i + 1, (app->n_files - i - 1) * sizeof *app->files);
        app->n_files--;
        *loose = i < app->n_files ? is_operator(app->files[i]) : false;
        return text;
    }
    return NULL;
}

static int run(kith_app *app) {
    const said *s = app->said;
    kith_common *common = &app->common;
    kith_error *err = &app->error;
    bool loose = false;
    const char *operand = common->expr.n ? NULL : expression_operand(app, &loose);
    kith_source *source;
    kith_sink *sink = NULL;
    if (loose) return kith_app_usage(app, "an expression is one word to the shell: quote it whole, as in kith where 'amount > 50' FILE");
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
    size_t number;
    KITH_TRY(kith_exprs_new(app->arena, &scope, &set, err));
    filter f = {.conditions = common->expr.n + (operand != NULL)};
    int status = operand ? kith_exprs_add(set, kith_str_of(operand), KITH_EXPR_TRUTH, &number, err) : KITH_OK;
    for (size_t i = 0; i < common->expr.n && !status; i++) status = kith_exprs_add(set, kith_str_of(common->expr.items[i]), KITH_EXPR_TRUTH, &number, err);
    if (!status && common->id) status = kith_app_persons(app, set, id, &persons);
    kith_selection kept, *chosen = common->select || common->drop ? &kept : NULL;
    if (!status && common->select && common->drop) status = kith_app_usage(app, "--select and --drop together: write --select '...,!name'");
    else if (!status && common->select) status = kith_select(header, common->select, true, app->arena, &kept, err);
    else if (!status && common->drop) status = kith_select_drop(header, common->drop, app->arena, &kept, err);
    kith_projection *projection = NULL;
    if (!status) status = kith_projection_new(app->arena, header->n, chosen, header->delimiter, kith_app_delimiter(app, source), &projection, err);
    f.projection = projection;
    int workers = kith_source_threads(source);
    f.works = kith_arena_zalloc(app->arena, (size_t)workers * sizeof *f.works);
    if (!status && !f.works) status = kith_no_memory(err);
    for (int i = 0; i < workers && f.conditions && !status; i++)
        if (!(f.works[i] = kith_expr_work_new(set))) status = kith_no_memory(err);
    if (!status) status = kith_app_sink(app, &sink);
    if (!status) status = kith_app_header(app, sink, source, chosen, NULL, 0);
    kith_scan scan = {.visit = visit, .ctx = &f, .sink = sink};
    if (!status) status = kith_app_scan(app, source, &scan);
    for (int i = 0; f.works && i < workers; i++) kith_expr_work_free(f.works[i]);
    kith_persons_free(persons);
    kith_exprs_free(set);
    return status;
}

const kith_verb kith_verb_segment_where = {
    .name = "where",
    .brief = "the rows for which an expression is true",
    .operands = "[EXPR] [FILE...]",
    .grain = "row → row",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_SELECT | KITH_TAKES_DROP | KITH_TAKES_EXPR | KITH_TAKES_TIME | KITH_TAKES_LINES | KITH_TAKES_ID | KITH_TAKES_MEMORY,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
};
