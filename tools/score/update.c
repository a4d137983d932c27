/* kith score update: folds outcomes back into what is known, so that tomorrow's message is better than today's.
 *
 *     kith ingest join -k person_id contacts.csv outcomes.csv | kith score update -m offers.learned >tomorrow.learned */
#include <kith/app.h>
#include <kith/frame.h>
#include <kith/lead_model.h>
#include <kith/learned.h>
#include <kith/notes.h>

#include <string.h>

struct said {
    const char *outcome, *positive, *offer, *channel, *value;
};

#define AT(field) offsetof(struct said, field)
static const kith_option options[] = {
    {0, "outcome", "COL", KITH_OPT_STRING, AT(outcome), "what came of it: worth for offers (empty counts as 0), yes/no for lead models (default outcome)", NULL, true, false},
    {0, "positive", "V", KITH_OPT_STRING, AT(positive), "lead: the outcome's value that counts as yes (default the model's)", NULL, false, false},
    {0, "offer", "COL", KITH_OPT_STRING, AT(offer), "offers: the column of offers (default offer)", NULL, true, false},
    {0, "channel", "COL", KITH_OPT_STRING, AT(channel), "offers: of channels (default channel)", NULL, true, false},
    {0, "value", "COL", KITH_OPT_STRING, AT(value), "offers: of what was predicted (default value)", NULL, true, false},
    KITH_OPT_END,
};

#define CONTACTS "offer,channel,value,outcome\nvoucher,mail,10,0\nvoucher,mail,10,30\nhello,sms,5,\n"
static const kith_example examples[] = {
    {"what two vouchers and a message taught", CONTACTS, "kith score update -q | grep -E 'contacts|outcomes'",
     "offer,contacts,1\noffer,outcomes,0\noffer,contacts,2\noffer,outcomes,30\n"},
    {"posteriors add: one night after the other", CONTACTS, "kith score update -q >a; printf 'offer,channel,value,outcome\\nhello,sms,5,5\\n' | kith score update -q -m a | grep contacts",
     "offer,contacts,2\noffer,contacts,2\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct run {
    kith_app *app;
    const struct said *said;
    kith_learned learned;
    uint32_t offer, channel, value, outcome;
    kith_frame_reader *reader;
} run;

/* Contacts with outcomes, in their order: sums of doubles are the same for any threads. */
static int commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)worker;
    run *r = ctx;
    for (uint32_t i = 0; i < b->rows; i++) {
        double predicted, outcome = 0;
        kith_str offer = kith_text(b, i, r->offer), channel = r->channel == KITH_NO_COLUMN ? (kith_str){"", 0} : kith_text(b, i, r->channel);
        if (offer.n == 0) continue; /* a row for who drew nothing */
        if (kith_cell_double(b, i, r->value, &predicted) != KITH_CELL_VALUE) {
            KITH_TRY(kith_bad_row(b, i, r->value, "not_a_number", "not a number", out, err));
            continue;
        }
        if (kith_cell_double(b, i, r->outcome, &outcome) == KITH_CELL_BAD) {
            KITH_TRY(kith_bad_row(b, i, r->outcome, "not_a_number", "not a number", out, err));
            continue;
        }
        KITH_TRY(kith_learned_add(&r->learned, offer, channel, predicted, outcome, err));
    }
    return KITH_OK;
}

static int update_offers(run *r, const kith_model *before, kith_model **after) {
    kith_app *app = r->app;
    kith_source *source;
    r->learned.arena = app->arena;
    if (before) KITH_TRY(kith_learned_get(before, &r->learned, &app->error));
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(kith_app_column(app, source, r->said->offer, "offer", &r->offer));
    r->channel = kith_column_find(kith_source_header(source), "channel");
    if (r->said->channel) KITH_TRY(kith_app_column(app, source, r->said->channel, "channel", &r->channel));
    KITH_TRY(kith_app_column(app, source, r->said->value, "value", &r->value));
    KITH_TRY(kith_app_column(app, source, r->said->outcome, "outcome", &r->outcome));
    kith_scan scan = {.commit = commit, .ctx = r};
    KITH_TRY(kith_app_scan(app, source, &scan));
    KITH_TRY(kith_model_new(app->arena, "offers", 1, after, &app->error));
    return kith_learned_put(*after, &r->learned, &app->error);
}

/* The model's posterior is the prior; the new rows' likelihood is added to it (the mode, and the curvature there). */
static int update_lead(run *r, const kith_model *before, kith_model **after) {
    kith_app *app = r->app;
    kith_lead lead;
    kith_source *source;
    kith_selection columns = {0};
    KITH_TRY(kith_lead_get(before, &lead, &app->error));
    if (!lead.linear.precision)
        return kith_fail(&app->error, KITH_DATA, "%s: holds no posterior to add to: only logistic models of up to 250 encoded columns do; fit anew", before->file);
    size_t n = lead.encoding.n;
    kith_str outcome = kith_model_get(before, "lead", "outcome"), yes = kith_model_get(before, "lead", "positive");
    const char *name = r->said->outcome ? r->said->outcome : kith_arena_copy(app->arena, outcome.p, outcome.n);
    const char *positive = r->said->positive ? r->said->positive : kith_arena_copy(app->arena, yes.p, yes.n);
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *h = kith_source_header(source);
    columns.columns = kith_arena_alloc(app->arena, (n + 1) * sizeof *columns.columns);
    columns.names = kith_arena_alloc(app->arena, (n + 1) * sizeof *columns.names);
    if (!name || !positive || !columns.columns || !columns.names) return kith_no_memory(&app->error);
    for (columns.n = 0; columns.n <= n; columns.n++) {
        const char *want = columns.n < n ? lead.encoding.coded[columns.n].name : name;
        KITH_TRY(kith_column(h, want, &columns.columns[columns.n], &app->error));
        columns.names[columns.n] = kith_str_of(want);
    }
    KITH_TRY(kith_frame_reader_new(&columns, &r->reader, &app->error));
    kith_scan scan = {.visit = kith_frame_visit, .commit = kith_frame_commit, .ctx = r->reader};
    KITH_TRY(kith_app_scan(app, source, &scan));
    kith_frame frame = {.rows = kith_frame_rows(r->reader), .n = n, .features = kith_arena_alloc(app->arena, (n + 1) * sizeof *frame.features)};
    kith_feature y; /* one class is no fault here: a night without a yes teaches too */
    if (!frame.features) return kith_no_memory(&app->error);
    if (frame.rows == 0) return kith_fail(&app->error, KITH_DATA, "no rows to learn from");
    KITH_TRY(kith_frame_feature(r->reader, n, true, app->arena, &y, &app->error));
    for (size_t j = 0; j < n; j++) {
        KITH_TRY(kith_frame_feature(r->reader, j, lead.encoding.coded[j].is_level, app->arena, &frame.features[j], &app->error));
        if (frame.features[j].is_level != lead.encoding.coded[j].is_level)
            return kith_fail(&app->error, KITH_DATA, "column %s: not all values are numbers, as they were when the model was fitted", frame.features[j].name);
    }
    size_t *rows = kith_arena_alloc(app->arena, (frame.rows + 1) * sizeof *rows), used_rows = 0;
    double *target = kith_arena_alloc(app->arena, (frame.rows + 1) * sizeof *target), ones = 0, seen;
    double *mean = kith_arena_alloc(app->arena, (lead.linear.width + 2) * sizeof *mean);
    if (!rows || !target || !mean) return kith_no_memory(&app->error);
    for (size_t i = 0; i < frame.rows; i++) {
        if (y.level[i] < 0) continue;
        target[used_rows] = strcmp(y.levels[y.level[i]], positive) == 0;
        ones += target[used_rows];
        rows[used_rows++] = i;
    }
    memcpy(mean, lead.linear.weight, lead.linear.width * sizeof *mean);
    mean[lead.linear.width] = lead.linear.intercept;
    kith_design d;
    kith_linear fitted;
    kith_linear_options o = {.c = 1, .threads = kith_app_threads(app), .posterior = true, .prior_mean = mean, .prior_precision = lead.linear.precision};
    KITH_TRY(kith_encode(&lead.encoding, &frame, rows, used_rows, app->arena, &d, &app->error));
    KITH_TRY(kith_logistic_fit(&d, target, NULL, &o, app->arena, &fitted, &app->error));
    lead.linear = fitted;
    KITH_TRY(kith_model_number(before, "fit", "rows", &seen, &app->error));
    lead.rate = (lead.rate * seen + ones) / (seen + (double)used_rows);
    KITH_TRY(kith_model_new(app->arena, "lead", 1, after, &app->error));
    KITH_TRY(kith_lead_put(*after, &lead, "logistic", name, positive, &app->error));
    kith_model_put_int(*after, "fit", "rows", (int64_t)seen + (int64_t)used_rows);
    kith_model_put_int(*after, "fit", "converged", fitted.converged);
    kith_app_say(app, "%zu rows added to the %.0f before", used_rows, seen);
    return KITH_OK;
}

static int update(kith_app *app) {
    run r = {.app = app, .said = app->said};
    kith_model *before = NULL, *after = NULL;
    if (app->common.model.n > 1) return kith_app_usage(app, "one model: -m FILE");
    if (app->common.model.n) KITH_TRY(kith_model_read(app->arena, app->common.model.items[0], &before, &app->error));
    bool lead = before && kith_str_is(kith_model_kind(before), "lead");
    if (before && !lead && !kith_str_is(kith_model_kind(before), "offers"))
        return kith_fail(&app->error, KITH_DATA, "%s: outcomes can be folded into lead models and into what is learned about offers", app->common.model.items[0]);
    int status = lead ? update_lead(&r, before, &after) : update_offers(&r, before, &after);
    kith_frame_reader_free(r.reader);
    KITH_TRY(status);
    return kith_app_write_model(app, after);
}

const kith_verb kith_verb_score_update = {
    .name = "update",
    .brief = "folds outcomes back into a lead model, or into what is known of offers",
    .operands = "[FILE...]",
    .grain = "contact or person with outcome → model",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_MODEL,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = update,
};
