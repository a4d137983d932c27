/* kith segment lookalike: the people who are most like a seed audience and not in it.
 *
 *     kith segment lookalike --audience vips.csv --top 5000 people.csv > like_them.csv */
#include <kith/app.h>
#include <kith/frame.h>
#include <kith/hashtable.h>
#include <kith/lookalike.h>
#include <kith/metrics.h>
#include <stdlib.h>

struct said {
    const char *audience, *member, *report;
    int64_t top;
    int method;
};

static const kith_option options[] = {
    {0, "audience", "FILE", KITH_OPT_STRING, offsetof(struct said, audience), "the ids of the audience (its id column, or the first)", NULL, false, false},
    {0, "member", "COL", KITH_OPT_STRING, offsetof(struct said, member), "instead: a yes/no column that says who is in it", NULL, true, false},
    {0, "top", "N", KITH_OPT_INT, offsetof(struct said, top), "only the N most alike, 0: none (default: everybody outside the audience)", NULL, false, false},
    {0, "method", "NAME", KITH_OPT_CHOICE, offsetof(struct said, method), "logistic or trees (default logistic)", "logistic|trees", false, false},
    {0, "report", "FILE", KITH_OPT_RESULT, offsetof(struct said, report), "the expected lift with its interval: share,people,members,lift,low,high", NULL, false, false},
    KITH_OPT_END,
};

static void defaults(void *said, kith_common *common) {
    (void)common;
    ((struct said *)said)->top = INT64_MAX;
}

static const kith_example examples[] = {
    {"The three people who are most like those in the audience.",
     NULL, "{ echo person_id,age,city; awk 'BEGIN { for (i = 1; i <= 200; i++) printf \"p%d,%d,%s\\n\", i, 20 + i % 50, i % 2 ? \"Nice\" : \"Lyon\" }'; } > people.csv\n"
     "{ echo person_id; awk -F, 'NR > 1 && $2 > 60 && NR % 3 { print $1 }' people.csv; } > vips.csv\n"
     "kith segment lookalike -q --audience vips.csv --top 3 people.csv | cut -d, -f1,2,5", "person_id,age,lookalike_rank\np149,69,1\np47,67,2\np197,67,3\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct task {
    kith_app *app;
    struct said *said;
    kith_frame_reader *reader;
    kith_hashtable audience;
    uint32_t id;
    char delimiter;
    kith_buf rows; /* as they go out, without line ends */
    size_t *at;
    double *member;
    size_t n, room;
} task;

static int keep_rows(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    task *t = ctx;
    KITH_TRY(kith_frame_commit(t->reader, worker, b, out, err));
    while (t->n + b->rows + 1 > t->room) {
        size_t room = t->room ? 2 * t->room : 4096;
        size_t *at = realloc(t->at, room * sizeof *at);
        if (at) t->at = at;
        double *member = at ? realloc(t->member, room * sizeof *member) : NULL;
        if (!member) return kith_no_memory(err);
        t->member = member;
        t->room = room;
    }
    kith_row_writer w = kith_row_begin(&t->rows, t->delimiter);
    for (uint32_t i = 0; i < b->rows; i++) {
        t->at[t->n] = t->rows.n;
        w.fields = 0;
        kith_put_row(&w, b, i);
        uint32_t entry = KITH_NO_ENTRY;
        if (t->said->audience) {
            kith_key key;
            uint64_t hash = kith_key_of(kith_text(b, i, t->id), &key);
            kith_hashtable_find(&t->audience, &key, &hash, 1, &entry);
        }
        t->member[t->n++] = entry != KITH_NO_ENTRY;
    }
    t->at[t->n] = t->rows.n;
    return t->rows.failed ? kith_no_memory(err) : KITH_OK;
}

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    return kith_frame_visit(((task *)ctx)->reader, worker, b, out, err);
}

static int read_audience(task *t, const char *id) {
    kith_csv csv;
    kith_error *err = &t->app->error;
    KITH_TRY(kith_hashtable_init(&t->audience, err));
    if (!t->said->audience) return KITH_OK;
    KITH_TRY(kith_csv_read(t->app->arena, t->said->audience, &csv, err));
    uint32_t column = kith_csv_column(&csv, id), entry;
    for (size_t i = 0; i < csv.rows; i++) {
        kith_key key;
        uint64_t hash = kith_key_of(kith_csv_cell(&csv, i, column == UINT32_MAX ? 0 : column), &key);
        KITH_TRY(kith_hashtable_put(&t->audience, &key, &hash, 1, &entry, err));
    }
    return KITH_OK;
}

static int put_report(task *t, const kith_likeness *l) {
    kith_sink *sink;
    kith_buf out = {0};
    KITH_TRY(kith_app_side(t->app, t->said->report, &sink));
    kith_buf_puts(&out, "share,people,members,lift,low,high\n");
    kith_row_writer w = kith_row_begin(&out, ',');
    for (size_t k = 0; k < 4; k++) {
        const double values[] = {l->at[k].share, (double)l->at[k].people, (double)l->at[k].members, l->at[k].lift, l->at[k].low, l->at[k].high};
        for (size_t j = 0; j < 6; j++) kith_put_double(&w, values[j]);
        kith_row_end(&w);
    }
    int status = kith_sink_buf(sink, &out, &t->app->error);
    kith_buf_free(&out);
    return status;
}

/* Those outside the audience, the most alike first. */
static int put_people(task *t, kith_sink *sink, const kith_likeness *l) {
    kith_app *app = t->app;
    uint32_t *order = kith_arena_alloc(app->arena, (t->n + 1) * sizeof *order);
    kith_buf out = {0};
    int status = order ? kith_order_down(l->p, t->n, false, order, &app->error) : kith_no_memory(&app->error);
    int64_t rank = 0;
    for (size_t i = 0; i < t->n && status == KITH_OK; i++) {
        size_t row = order[i];
        if (t->member[row] > 0) continue;
        if (rank == t->said->top) break;
        kith_buf_put(&out, t->rows.p + t->at[row], t->at[row + 1] - t->at[row]);
        kith_row_writer w = kith_row_begin(&out, t->delimiter);
        w.fields = 1;
        kith_put_double(&w, l->p[row]);
        kith_put_int(&w, ++rank);
        kith_row_end(&w);
        if (out.n > 1 << 16) status = kith_sink_buf(sink, &out, &app->error);
    }
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    kith_app_count(app, 0, (uint64_t)rank, 0, t->n - (uint64_t)rank);
    kith_buf_free(&out);
    return status;
}

static int work(task *t) {
    kith_app *app = t->app;
    struct said *s = t->said;
    kith_source *source;
    kith_sink *sink;
    kith_selection columns;
    kith_frame frame;
    kith_likeness likeness;
    bool *is_feature;
    kith_buf notes = {0};
    const char *yes, *added[] = {"lookalike_score", "lookalike_rank"};
    uint32_t unused;
    if (!s->audience == !s->member) return kith_app_usage(app, "name the audience by --audience or by --member");
    if (s->top < 0) return kith_app_usage(app, "--top takes a number of people");
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *h = kith_source_header(source);
    for (int i = 0; i < 2; i++) KITH_TRY(kith_new_column(h, added[i], false, &unused, &app->error));
    const char *id = app->common.id ? app->common.id : kith_column_find(h, "person_id") != KITH_NO_COLUMN ? "person_id" : "id";
    if (s->audience) KITH_TRY(kith_column(h, id, &t->id, &app->error));
    KITH_TRY(read_audience(t, id));
    const char *special[] = {s->audience ? id : NULL, s->member};
    KITH_TRY(kith_frame_wanted(h, app->common.select, app->common.drop, special, 2, app->arena, &columns, &is_feature, &app->error));
    KITH_TRY(kith_frame_reader_new(&columns, &t->reader, &app->error));
    KITH_TRY(kith_app_sink(app, &sink));
    t->delimiter = kith_app_delimiter(app, source);
    KITH_TRY(kith_app_header(app, sink, source, NULL, added, 2));
    kith_scan scan = {.visit = visit, .commit = keep_rows, .ctx = t};
    KITH_TRY(kith_app_scan(app, source, &scan));
    if (s->member) {
        double *y;
        KITH_TRY(kith_frame_outcome(t->reader, kith_frame_find(t->reader, s->member), NULL, app->arena, &y, &yes, &app->error));
        for (size_t i = 0; i < t->n; i++) t->member[i] = y[i] > 0;
    }
    int status = kith_frame_features(t->reader, is_feature, app->arena, &frame, &notes, &app->error);
    kith_buf_free(&notes);
    KITH_TRY(status);
    kith_lead_options o = {.on_trees = s->method == 1, .seed = (uint64_t)app->common.seed, .threads = kith_app_threads(app), .calibration = KITH_CALIBRATION_PLATT};
    KITH_TRY(kith_lookalike(&frame, t->member, &o, app->arena, &likeness, &app->error));
    KITH_TRY(put_people(t, sink, &likeness));
    kith_app_say(app, "AUC %.4f; among the most alike 5 %% the audience is %.2f times as frequent as overall (95 %% interval %.2f to %.2f)", likeness.auc,
                 likeness.at[1].lift, likeness.at[1].low, likeness.at[1].high);
    return s->report ? put_report(t, &likeness) : KITH_OK;
}

static int run(kith_app *app) {
    task t = {.app = app, .said = app->said};
    int status = work(&t);
    kith_frame_reader_free(t.reader);
    kith_hashtable_free(&t.audience);
    kith_buf_free(&t.rows);
    free(t.at);
    free(t.member);
    return status;
}

const kith_verb kith_verb_segment_lookalike = {
    .name = "lookalike",
    .brief = "the people most like a seed audience, with the expected lift",
    .operands = "[FILE...]",
    .grain = "person → person",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_SELECT | KITH_TAKES_DROP | KITH_TAKES_SEED,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = run,
};
