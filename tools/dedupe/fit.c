/* dedupe fit: learns from the records alone which of them are one person.
 *
 *     kith dedupe fit --id record_id people.csv > people.model && kith dedupe resolve -m people.model people.csv */
#include <kith/app.h>
#include <kith/link.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct said {
    const char *spec, *labels, *source;
    bool link_only, one_per_source, many;
    double pairs;
};

static const kith_option options[] = {
    {0, "spec", "FILE", KITH_OPT_STRING, offsetof(struct said, spec),
     "a link spec (part,name,value): fields, keys, rules; what it leaves out is found", NULL, false, false},
    {0, "labels", "FILE", KITH_OPT_STRING, offsetof(struct said, labels),
     "judged pairs (left_id,right_id,match) that EM takes as they are", NULL, false, false},
    {0, "link-only", NULL, KITH_OPT_FLAG, offsetof(struct said, link_only),
     "two files: links only across them, one to one", NULL, false, false},
    {0, "many", NULL, KITH_OPT_FLAG, offsetof(struct said, many),
     "with --link-only: a record may have several partners in the other file", NULL, false, false},
    {0, "one-per-source", NULL, KITH_OPT_FLAG, offsetof(struct said, one_per_source),
     "no person has two records in one source", NULL, false, false},
    {0, "source", "COL", KITH_OPT_STRING, offsetof(struct said, source),
     "the column of the sources (default: the file)", NULL, true, false},
    {0, "pairs", "N", KITH_OPT_DOUBLE, offsetof(struct said, pairs),
     "candidate pairs for each record at most (default: 60, in large files down to 10)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Learn a model from the records, and see what it compares",
     "id,name,born,city\n1,Ann Lee,1980-02-03,York\n2,Anne Lee,1980-02-03,York\n3,Bo Chan,1991-10-11,Hull\n4,Cy "
     "Dent,1975-07-30,Leeds\n",
     "kith dedupe fit --id id | grep ^field", "field,name,text\nfield,born,date\nfield,city,name\n"},
    {NULL, NULL, NULL, NULL},
};

static int keep(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)worker, (void)out;
    return kith_link_store_add(ctx, b, err);
}

static int look(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)ctx, (void)worker, (void)b, (void)out, (void)err;
    return KITH_OK;
}

/* The columns that may be compared: not the id, not the dropped, not what resolve adds. */
static int usable(kith_app *app, const kith_source *source, const kith_link_store *store, bool **use) {
    const struct said *said = app->said;
    kith_selection kept;
    uint32_t column, cols = store->header.n;
    *use = kith_arena_zalloc(app->arena, cols + 1);
    if (*use == NULL) return kith_no_memory(&app->error);
    for (uint32_t c = 0; c < cols; c++) (*use)[c] = app->common.drop == NULL;
    if (app->common.drop) {
        KITH_TRY(kith_select_drop(kith_source_header(source), app->common.drop, app->arena, &kept, &app->error));
        for (uint32_t i = 0; i < kept.n; i++) (*use)[kept.columns[i]] = true;
    }
    if (app->common.id) {
        KITH_TRY(kith_app_column(app, source, app->common.id, NULL, &column));
        (*use)[column] = false;
    }
    if (said->source) {
        KITH_TRY(kith_app_column(app, source, said->source, NULL, &column));
        (*use)[column] = false;
    }
    static const char *const not_these[] = {"person_id", "person_probability", "record_id"};
    for (uint32_t c = 0; c < cols; c++)
        for (int k = 0; k < 3; k++)
            if (kith_str_is(store->header.names[c], not_these[k])) (*use)[c] = false;
    return KITH_OK;
}

static int run(kith_app *app) {
    const struct said *said = app->said;
    kith_source *source;
    kith_sink *sink;
    kith_link_store store = {0};
    kith_link_data data = {0};
    kith_link_label *labels = NULL;
    size_t n_labels = 0;
    bool *use;
    kith_link_model *model = kith_arena_zalloc(app->arena, sizeof *model);
    if (model == NULL) return kith_no_memory(&app->error);
    if (said->link_only && app->n_files != 2) return kith_app_usage(app, "--link-only takes two files");
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(kith_app_sink(app, &sink));
    if (said->spec) KITH_TRY(kith_link_spec_read(said->spec, app->arena, model, &app->error));
    model->link_only |= said->link_only;
    model->one_per_source |= said->one_per_source || (said->link_only && !said->many);
    KITH_TRY(kith_link_model_id(model, app->common.id, &app->error));
    if (said->source && strlen(said->source) < sizeof model->source)
        memcpy(model->source, said->source, strlen(said->source) + 1);
    int status = kith_link_store_init(&store, kith_source_header(source), &app->error);
    kith_scan scan = {.visit = look, .commit = keep, .ctx = &store};
    if (status == KITH_OK) status = kith_app_scan(app, source, &scan);
    if (status == KITH_OK) status = usable(app, source, &store, &use);
    if (status == KITH_OK && model->n_fields == 0) status = kith_link_recognise(&store, use, model, &app->error);
    bool junk_said = model->n_junk > 0;
    if (status == KITH_OK)
        status = kith_link_data_build(&data, &store, model, !junk_said, kith_app_threads(app), &app->error);
    if (status == KITH_OK) status = kith_link_sources(&data, &store, model, &app->error);
    if (status == KITH_OK && said->labels)
        status = kith_link_labels_read(said->labels, &store, model, app->arena, &labels, &n_labels, &app->error);
    kith_link_fit_options o = {.threads = kith_app_threads(app),
                               .seed = app->common.seed,
                               .labels = labels,
                               .n_labels = n_labels,
                               .pairs_per_row = said->pairs};
    if (status == KITH_OK) status = kith_link_fit(&data, model, &o, &app->error);
    if (status == KITH_OK) {
        kith_app_say(
            app, "%u fields, %u keys; the keys reach an estimated %.1f %% of the matches; %u values set aside as junk",
            model->n_fields, model->n_keys, 100 * model->recall, model->n_junk);
        kith_model *out;
        status = kith_model_new(app->arena, "dedupe", 1, &out, &app->error);
        if (status == KITH_OK) status = kith_link_model_put(model, out, &app->error);
        if (status == KITH_OK) status = kith_model_write(out, sink, &app->error);
    }
    kith_link_data_free(&data);
    kith_link_store_free(&store);
    return status;
}

const kith_verb kith_verb_dedupe_fit = {
    .name = "fit",
    .brief = "learn from the records alone which of them are one person",
    .operands = "[FILE...]",
    .grain = "record → model",
    .takes =
        KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS | KITH_TAKES_ID | KITH_TAKES_DROP | KITH_TAKES_SEED,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = run,
};
