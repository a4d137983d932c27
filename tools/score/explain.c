/* kith score explain: why a person has this score.
 *
 *     kith score explain -m lead.model --id person_id --who p17 people.csv */
#include <kith/app.h>
#include <kith/lead_model.h>

#include <string.h>

struct said {
    const char *who;
    int64_t most;
};

#define AT(field) offsetof(struct said, field)
static const kith_option options[] = {
    {0, "who", "ID", KITH_OPT_STRING, AT(who), "the person (default the first row)", NULL, false, false},
    {0, "most", "N", KITH_OPT_INT, AT(most), "the N largest reasons only (default all)", NULL, false, false},
    KITH_OPT_END,
};

#define MODEL "printf 'age,city,bought\\n30,Rome,no\\n41,Oslo,yes\\n35,Rome,no\\n52,Oslo,yes\\n47,Rome,yes\\n28,Oslo,no\\n' | kith score fit lead -q --outcome bought >lead.model; "
static const kith_example examples[] = {
    {"one person's reasons, largest first", "person_id,age,city\na,30,Rome\nb,50,Oslo\n", MODEL "kith score explain -q -m lead.model --who b | cut -d, -f1-3",
     "person_id,feature,value\nb,(average),\nb,age,50\nb,city,Oslo\nb,(score),\nb,(probability),\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct run {
    kith_app *app;
    const struct said *said;
    kith_lead lead;
    uint32_t id, *columns;
    char delimiter;
    bool done;
    kith_buf result;
} run;

static void put(run *r, kith_str id, const char *feature, const char *value, double part) {
    kith_row_writer w = kith_row_begin(&r->result, r->delimiter);
    kith_put_text(&w, id);
    kith_put_string(&w, feature);
    kith_put_string(&w, value);
    kith_put_double(&w, part);
    kith_row_end(&w);
}

/* In order of the batches, so that "the first row" is the first. */
static int commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)worker, (void)out;
    run *r = ctx;
    for (uint32_t i = 0; i < b->rows && !r->done; i++) {
        kith_str id = r->id == KITH_NO_COLUMN ? (kith_str){"", 0} : kith_text(b, i, r->id);
        if (r->said->who && !kith_str_is(id, r->said->who)) continue;
        kith_reason *reasons;
        double constant, raw, p;
        KITH_TRY(kith_lead_explain(&r->lead, b, r->columns, i, b->arena, &reasons, &constant, &raw, &p, err));
        size_t n = r->lead.encoding.n, most = r->said->most > 0 && (size_t)r->said->most < n ? (size_t)r->said->most : n;
        put(r, id, "(average)", "", constant);
        for (size_t j = 0; j < most; j++) put(r, id, reasons[j].feature, reasons[j].value, reasons[j].part);
        double rest = 0;
        for (size_t j = most; j < n; j++) rest += reasons[j].part;
        if (most < n) put(r, id, "(others)", "", rest);
        put(r, id, "(score)", "", raw);
        put(r, id, "(probability)", "", p);
        r->done = true;
    }
    return KITH_OK;
}

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)ctx, (void)worker, (void)b, (void)out, (void)err;
    return KITH_OK;
}

static int explain_person(run *r) {
    kith_app *app = r->app;
    kith_model *m;
    kith_source *source;
    if (app->common.model.n != 1) return kith_app_usage(app, "one model: -m FILE");
    KITH_TRY(kith_model_read(app->arena, app->common.model.items[0], &m, &app->error));
    if (!kith_str_is(kith_model_kind(m), "lead"))
        return kith_fail(&app->error, KITH_DATA, "%s: reasons are known for lead models only", app->common.model.items[0]);
    KITH_TRY(kith_lead_get(m, &r->lead, &app->error));
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *h = kith_source_header(source);
    r->columns = kith_arena_alloc(app->arena, (r->lead.encoding.n + 1) * sizeof *r->columns);
    if (!r->columns) return kith_no_memory(&app->error);
    for (size_t j = 0; j < r->lead.encoding.n; j++) KITH_TRY(kith_column(h, r->lead.encoding.coded[j].name, &r->columns[j], &app->error));
    r->id = app->common.id || r->said->who ? 0 : kith_column_find(h, "person_id");
    if (app->common.id || r->said->who) KITH_TRY(kith_app_column(app, source, app->common.id, "person_id", &r->id));
    kith_scan scan = {.visit = visit, .commit = commit, .ctx = r};
    r->delimiter = kith_app_delimiter(app, NULL);
    static const char *const names[] = {"person_id", "feature", "value", "part"};
    kith_row_writer w = kith_row_begin(&r->result, r->delimiter);
    for (size_t k = 0; k < 4 && app->common.header != 2; k++) kith_put_name(&w, kith_str_of(names[k]));
    if (w.fields) kith_row_end(&w);
    KITH_TRY(kith_app_scan(app, source, &scan));
    if (r->said->who && !r->done) return kith_fail(&app->error, KITH_DATA, "no row of the person asked for");
    kith_sink *sink;
    KITH_TRY(kith_app_sink(app, &sink));
    return kith_sink_buf(sink, &r->result, &app->error);
}

static int explain(kith_app *app) {
    run r = {.app = app, .said = app->said};
    int status = explain_person(&r);
    kith_buf_free(&r.result);
    return status;
}

const kith_verb kith_verb_score_explain = {
    .name = "explain",
    .brief = "why a person has this score",
    .operands = "[FILE...]",
    .grain = "person → reason",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_MODEL | KITH_TAKES_ID,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = explain,
};
