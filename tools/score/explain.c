/* kith score explain: why a person has this score.
 *
 *     kith score explain -m lead.model --id person_id --who p17 people.csv */
#include <kith/app.h>
#include <kith/explain.h>

#include <math.h>
#include <string.h>

struct said {
    const char *who;
    int64_t most;
    double horizon, discount;
};

static void defaults(void *data, kith_common *common) {
    (void)common;
    *(struct said *)data = (struct said){.most = INT64_MAX, .horizon = NAN, .discount = NAN};
}

#define AT(field) offsetof(struct said, field)
static const kith_option options[] = {
    {0, "who", "ID", KITH_OPT_STRING, AT(who), "the person (default the first row)", NULL, false, false},
    {0, "most", "N", KITH_OPT_INT, AT(most), "the N largest reasons only, 0: none by itself (default all)", NULL, false, false},
    {0, "horizon", "UNITS", KITH_OPT_DOUBLE, AT(horizon), "value: how far ahead, in the model's unit (default 39)", NULL, false, false},
    {0, "discount", "RATE", KITH_OPT_DOUBLE, AT(discount), "value: discount rate per year (default .1)", NULL, false, false},
    KITH_OPT_END,
};

#define MODEL "printf 'age,city,bought\\n30,Rome,no\\n41,Oslo,yes\\n35,Rome,no\\n52,Oslo,yes\\n47,Rome,yes\\n28,Oslo,no\\n' | kith score fit lead -q --outcome bought >lead.model; "
static const kith_example examples[] = {
    {"one person's reasons, largest first", "person_id,age,city\na,30,Rome\nb,50,Oslo\n", MODEL "kith score explain -q -m lead.model --who b | cut -d, -f1-3",
     "person_id,feature,value\nb,(average),\nb,age,50\nb,city,Oslo\nb,(score),\nb,(probability),\n"},
    {"what a customer's history is worth: silence alone, then purchases, how long ago, and the own spend", "person_id,value_x,value_tx,value_T\n7,2,30,37\n",
     "printf 'part,name,value\\nmodel,kind,value\\nmodel,version,1\\nfit,method,nbd\\nfit,unit,week\\nparam,r,0.5\\nparam,alpha,2\\ncolumn,x,value_x\\ncolumn,tx,value_tx\\ncolumn,T,value_T\\n' >nbd.model; kith score explain -m nbd.model",
     "person_id,feature,value,part\n7,value_T,37,0.5\n7,value_x,2,2\n7,value_tx,30,0\n7,(score),,2.5\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct run {
    kith_app *app;
    const struct said *said;
    bool is_lead;
    kith_lead lead;
    kith_scorers scorers; /* other kinds */
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
        double constant, raw, p = NAN;
        size_t n = r->lead.encoding.n;
        if (r->is_lead) KITH_TRY(kith_lead_explain(&r->lead, b, r->columns, i, b->arena, &reasons, &constant, &raw, &p, err));
        else KITH_TRY(kith_explain(&r->scorers, b, i, b->arena, &reasons, &n, &constant, &raw, err));
        size_t most = r->said->most < (int64_t)n ? (size_t)r->said->most : n;
        if (r->is_lead || constant != 0) put(r, id, r->is_lead ? "(average)" : "(together)", "", constant);
        for (size_t j = 0; j < most; j++) put(r, id, reasons[j].feature, reasons[j].value, reasons[j].part);
        double rest = 0;
        for (size_t j = most; j < n; j++) rest += reasons[j].part;
        if (most < n) put(r, id, "(others)", "", rest);
        put(r, id, "(score)", "", raw);
        if (r->is_lead) put(r, id, "(probability)", "", p);
        r->done = true;
    }
    return KITH_OK;
}

static int explain_person(run *r) {
    kith_app *app = r->app;
    kith_model *m;
    kith_source *source;
    if (app->common.model.n != 1) return kith_app_usage(app, "one model: -m FILE");
    if (r->said->most < 0) return kith_app_usage(app, "--most takes a number of reasons");
    KITH_TRY(kith_model_read(app->arena, app->common.model.items[0], &m, &app->error));
    r->is_lead = kith_str_is(kith_model_kind(m), "lead");
    if (!r->is_lead && !kith_explains(kith_model_kind(m)))
        return kith_fail(&app->error, KITH_DATA, "%s: reasons are known for models of leads, uplift, value, tone and the next action", app->common.model.items[0]);
    const kith_score_options o = {.horizon = r->said->horizon, .discount = r->said->discount};
    if (r->is_lead) KITH_TRY(kith_lead_get(m, &r->lead, &app->error));
    else KITH_TRY(kith_scorers_load(app->arena, app->common.model.items, 1, kith_scorer_kinds, &o, &r->scorers, &app->error));
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *h = kith_source_header(source);
    if (!r->is_lead) KITH_TRY(kith_scorers_bind(&r->scorers, h, 1, &app->error));
    r->columns = kith_arena_alloc(app->arena, (r->lead.encoding.n + 1) * sizeof *r->columns);
    if (!r->columns) return kith_no_memory(&app->error);
    for (size_t j = 0; j < r->lead.encoding.n; j++) KITH_TRY(kith_column(h, r->lead.encoding.coded[j].name, &r->columns[j], &app->error));
    r->id = app->common.id || r->said->who ? 0 : kith_column_find(h, "person_id");
    if (app->common.id || r->said->who) KITH_TRY(kith_app_column(app, source, app->common.id, "person_id", &r->id));
    kith_scan scan = {.commit = commit, .ctx = r};
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
    kith_scorers_free(&r.scorers);
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
    .defaults = defaults,
    .run = explain,
};
