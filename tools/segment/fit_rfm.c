/* kith segment fit rfm: the bands of recency, frequency and monetary value, to score later people by the same measure.
 *
 *     kith segment fit rfm --until 2026-06-30 events.csv > rfm.model
 *     kith segment rfm --until 2026-09-30 events.csv | kith where -s '!rfm_r,!rfm_f,!rfm_m' | kith segment apply -m rfm.model
 */
#include <kith/app.h>
#include <kith/rfm.h>
#include <string.h>

typedef struct said {
    const char *ts, *amount, *transaction;
    int64_t scores;
} said;

static const kith_option options[] = {
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "of events: when (default ts)", NULL, true, false},
    {0, "amount", "COL", KITH_OPT_STRING, offsetof(said, amount), "of events: worth what (default amount)", NULL, true, false},
    {0, "transaction", "WHAT", KITH_OPT_STRING, offsetof(said, transaction), "of events: what frequency counts: row, ts, day or a column (default row)", NULL, false, false},
    {0, "scores", "N", KITH_OPT_INT, offsetof(said, scores), "scores from 1 to N (default 5)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Bands from person rows; a person of recency 10 or less has the better score.", "person_id,rfm_recency,rfm_frequency,rfm_monetary\na,10,2,10\nb,0,1,2.5\nc,40,5,99\nd,20,1,1\n",
     "kith segment fit rfm --scores 2 | grep rfm_", "rfm_recency,2,10\nrfm_frequency,2,2\nrfm_monetary,2,10\n"},
    {0},
};

static void defaults(void *settings, kith_common *common) {
    (void)common;
    ((said *)settings)->scores = 5;
}

static const char *const measures[3] = {"rfm_recency", "rfm_frequency", "rfm_monetary"};

typedef struct fitting {
    kith_rfm_fit fit;
    uint32_t columns[3];
    uint64_t incomplete;
    void **states; /* of events: one a worker */
} fitting;

/* In the order of the rows: commit is called for one batch after the other. */
static int commit_people(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    fitting *f = ctx;
    (void)worker;
    for (uint32_t row = 0; row < b->rows; row++) {
        double v[3];
        int missing = 0, bad = -1;
        for (int k = 0; k < 3; k++) {
            kith_cell_state state = kith_cell_double(b, row, f->columns[k], &v[k]);
            missing += state == KITH_CELL_MISSING;
            if (state == KITH_CELL_BAD) bad = k;
        }
        if (bad >= 0) KITH_TRY(kith_bad_row(b, row, f->columns[bad], "not_a_number", "not a number", out, err));
        else if (missing) f->incomplete++, out->dropped++;
        else KITH_TRY(kith_rfm_fit_add(&f->fit, v, err));
    }
    return KITH_OK;
}

static int visit_events(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    const fitting *f = ctx;
    return kith_rfm_fold.step(f->states[worker], b, out, err);
}

static int no_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)ctx, (void)worker, (void)b, (void)out, (void)err;
    return KITH_OK;
}

/* Events go through the fold of rfm; its rows are the people. */
static int people_of_events(kith_app *app, kith_source *source, fitting *f) {
    const said *s = app->said;
    const kith_common *common = &app->common;
    kith_error *err = &app->error;
    kith_params params = {.arena = app->arena};
    const char *by = s->transaction ? s->transaction : "row";
    if (strcmp(by, "row") != 0 && strcmp(by, "ts") != 0 && strcmp(by, "day") != 0) by = kith_arena_format(app->arena, "column:%s", by);
    kith_params_set(&params, "id", common->id);
    kith_params_set(&params, "ts", s->ts);
    kith_params_set(&params, "amount", s->amount);
    kith_params_set(&params, "transaction", by);
    kith_params_set(&params, "until", common->has_until ? kith_arena_format(app->arena, "%lld", (long long)common->until_us) : "");
    kith_params_set(&params, "tz", common->tz);
    int workers = kith_source_threads(source), status = KITH_OK;
    f->states = kith_arena_zalloc(app->arena, (size_t)workers * sizeof *f->states);
    if (!f->states || params.failed) return kith_no_memory(err);
    for (int i = 0; i < workers && !status; i++) {
        status = kith_rfm_fold.init(&params, &f->states[i], err);
        if (!status) status = kith_rfm_fold.bind(f->states[i], kith_source_header(source), err);
    }
    kith_scan scan = {.visit = visit_events, .ctx = f};
    if (!status) status = kith_app_scan(app, source, &scan);
    for (int i = 1; i < workers && !status; i++) status = kith_rfm_fold.merge(f->states[0], f->states[i], err);
    kith_buf people = {0};
    if (!status) status = kith_rfm_fold.finish(f->states[0], ',', &people, err);
    if (!status && people.failed) status = kith_no_memory(err);
    kith_records records = {people.p, people.p + people.n, 1, ',', app->arena};
    kith_str field[4];
    size_t n;
    if (!status) kith_records_next(&records, field, 4, &n); /* the header */
    while (!status && kith_records_next(&records, field, 4, &n)) {
        double v[3] = {0};
        for (int k = 0; k < 3; k++) kith_parse_double(field[k + 1], &v[k]);
        status = kith_rfm_fit_add(&f->fit, v, err);
    }
    kith_buf_free(&people);
    for (int i = 0; i < workers; i++)
        if (f->states[i]) kith_rfm_fold.free(f->states[i]);
    return status;
}

static int run(kith_app *app) {
    const said *s = app->said;
    kith_source *source;
    kith_sink *sink;
    kith_model *model;
    fitting f = {.fit.scores = (int)s->scores};
    if (s->scores < 2 || s->scores > 100) return kith_app_usage(app, "--scores takes a number from 2 to 100");
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    int status = KITH_OK;
    if (kith_column_find(header, measures[0]) == KITH_NO_COLUMN && (s->ts || kith_column_find(header, "ts") != KITH_NO_COLUMN)) status = people_of_events(app, source, &f);
    else {
        for (int k = 0; k < 3 && !status; k++) status = kith_column(header, measures[k], &f.columns[k], &app->error);
        kith_scan scan = {.visit = no_visit, .commit = commit_people, .ctx = &f};
        if (!status) status = kith_app_scan(app, source, &scan);
        if (!status && f.incomplete) kith_app_say(app, "%llu rows without all three measures left out", (unsigned long long)f.incomplete);
    }
    if (!status) status = kith_rfm_fit_model(&f.fit, app->arena, &model, &app->error);
    kith_rfm_fit_free(&f.fit);
    if (!status) status = kith_app_sink(app, &sink);
    return status ? status : kith_model_write(model, sink, &app->error);
}

const kith_verb kith_verb_segment_fit_rfm = {
    .name = "fit rfm",
    .brief = "the bands of recency, frequency and monetary value",
    .operands = "[FILE...]",
    .grain = "person (or event) → model",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_TIME,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
};
