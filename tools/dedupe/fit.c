/* dedupe fit: learns from the records alone which of them are one person.
 *
 *     kith dedupe fit --id record_id people.csv > people.model && kith dedupe resolve -m people.model people.csv */
#include <kith/app.h>
#include <kith/link.h>
#include <kith/notes.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct said {
    const char *spec, *labels, *source, *step, *part, *counts, *over, *save_counts, *rows;
    int64_t sample;
    bool link_only, one_per_source, many;
    double pairs;
};

static const kith_option options[] = {
    {0, "spec", "FILE", KITH_OPT_STRING, offsetof(struct said, spec), "a link spec (part,name,value): fields, keys, rules; what it leaves out is found", NULL, false, false},
    {0, "labels", "FILE", KITH_OPT_STRING, offsetof(struct said, labels), "judged pairs (left_id,right_id,match) that EM takes as they are", NULL, false, false},
    {0, "link-only", NULL, KITH_OPT_FLAG, offsetof(struct said, link_only), "two files: links only across them, one to one", NULL, false, false},
    {0, "many", NULL, KITH_OPT_FLAG, offsetof(struct said, many), "with --link-only: a record may have several partners in the other file", NULL, false, false},
    {0, "one-per-source", NULL, KITH_OPT_FLAG, offsetof(struct said, one_per_source), "no person has two records in one source", NULL, false, false},
    {0, "source", "COL", KITH_OPT_STRING, offsetof(struct said, source), "the column of the sources (default: the file)", NULL, true, false},
    {0, "pairs", "N", KITH_OPT_DOUBLE, offsetof(struct said, pairs), "candidate pairs for each record at most (default: 60, in large files down to 10)", NULL, false, false},
    {0, "step", "MODEL", KITH_OPT_STRING, offsetof(struct said, step), "one pass over a shard (--save-state), or the step after it (--state); new: the first", NULL, false, false},
    {0, "part", "P/N", KITH_OPT_STRING, offsetof(struct said, part), "a pattern pass: only the P-th of N parts of the blocks (from 0)", NULL, false, false},
    {0, "counts", "FILE", KITH_OPT_STRING, offsetof(struct said, counts), "a pattern pass over some of the records: what --save-counts wrote of all", NULL, false, false},
    {0, "over", "FILE", KITH_OPT_STRING, offsetof(struct said, over), "with --counts: the oversized blocks (column block, of dedupe link --blocks)", NULL, false, false},
    {0, "save-counts", "FILE", KITH_OPT_RESULT, offsetof(struct said, save_counts), "the step after the values: where the counts of all records go", NULL, false, false},
    {0, "rows", "STATE", KITH_OPT_STRING, offsetof(struct said, rows), "the step after the first patterns: the values' state, for its rows", NULL, false, false},
    {0, "sample", "N", KITH_OPT_INT, offsetof(struct said, sample), "with --step: rows that a state keeps at most (default 1000000)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Learn a model from the records, and see what it compares",
     "id,name,born,city\n1,Ann Lee,1980-02-03,York\n2,Anne Lee,1980-02-03,York\n3,Bo Chan,1991-10-11,Hull\n4,Cy "
     "Dent,1975-07-30,Leeds\n",
     "kith dedupe fit --id id | grep ^field", "field,name,text\nfield,born,date\nfield,city,name\n"},
    {NULL, NULL, NULL, NULL},
};

/* The columns that may be compared: not the id, not the dropped, not what resolve adds. */
static int usable(kith_app *app, const kith_link_store *store, bool **use) {
    const struct said *said = app->said;
    const kith_header *header = &store->header;
    kith_selection kept;
    uint32_t column, cols = store->header.n;
    *use = kith_arena_zalloc(app->arena, cols + 1);
    if (*use == NULL) return kith_no_memory(&app->error);
    for (uint32_t c = 0; c < cols; c++) (*use)[c] = app->common.drop == NULL;
    if (app->common.drop) {
        KITH_TRY(kith_select_drop(header, app->common.drop, app->arena, &kept, &app->error));
        for (uint32_t i = 0; i < kept.n; i++) (*use)[kept.columns[i]] = true;
    }
    if (app->common.id) {
        KITH_TRY(kith_column(header, app->common.id, &column, &app->error));
        (*use)[column] = false;
    }
    if (said->source) {
        KITH_TRY(kith_column(header, said->source, &column, &app->error));
        (*use)[column] = false;
    }
    static const char *const not_these[] = {"person_id", "person_probability", "record_id"};
    for (uint32_t c = 0; c < cols; c++)
        for (int k = 0; k < 3; k++)
            if (kith_str_is(store->header.names[c], not_these[k])) (*use)[c] = false;
    return KITH_OK;
}

static int write_model(kith_app *app, const kith_link_model *model) {
    kith_model *out;
    KITH_TRY(kith_model_new(app->arena, "dedupe", 1, &out, &app->error));
    KITH_TRY(kith_link_model_put(model, out, &app->error));
    return kith_app_write_model(app, out);
}

static int prepare(kith_app *app, kith_link_model *model) {
    const struct said *said = app->said;
    if (said->spec) KITH_TRY(kith_link_spec_read(said->spec, app->arena, model, &app->error));
    model->link_only |= said->link_only;
    model->one_per_source |= said->one_per_source || (said->link_only && !said->many);
    return kith_link_model_names(model, app->common.id, said->source, &app->error);
}

/* ---- passes ------------------------------------------------------------------------------------------------- */

/* The patterns of the rows named, into a state of their own. */
static int count_pairs(kith_app *app, const kith_params *params, kith_link_model *model, kith_state **state) {
    const struct said *said = app->said;
    kith_link_census *census;
    uint32_t part, parts;
    KITH_TRY(kith_link_part_parse(said->part, &part, &parts, &app->error));
    if (parts && !app->common.shard_name && !said->counts) app->common.shard_name = kith_arena_format(app->arena, "part %u of %u", part, parts);
    kith_link_fit_options o = {.threads = kith_app_threads(app), .seed = app->common.seed};
    KITH_TRY(kith_link_census_open(said->counts, said->over, model, &census, &app->error));
    int status = kith_state_new(&kith_link_fold, params, state, &app->error);
    if (status == KITH_OK) status = kith_app_fold_files(app, *state, app->files, app->n_files);
    if (status == KITH_OK)
        status = kith_link_pass_count((*state)->state, model, census, part, parts, &o, &app->error);
    kith_link_census_free(census);
    return status;
}

static int pass_state(kith_app *app, kith_link_model *model, int pass, kith_state **state) {
    static const char *const names[] = {"rows", "values", "patterns", "patterns"};
    const struct said *said = app->said;
    kith_params p = {.arena = app->arena};
    kith_buf text = {0};
    int status = KITH_OK;
    *state = NULL;
    kith_params_set(&p, "pass", names[pass]);
    kith_params_set_double(&p, "sample", said->sample ? (double)said->sample : 1e6);
    if (pass) status = kith_link_fields_put(model, &text, &app->error);
    if (status == KITH_OK && pass > 1) { /* what the pairs depend on: the file itself */
        text.n = 0;
        status = kith_file_read(said->step, 1 << 30, &text, &app->error);
        uint64_t hash = kith_hash(text.p, text.n, 0);
        text.n = 0;
        kith_buf_printf(&text, "%016llx", (unsigned long long)hash);
    }
    if (status == KITH_OK && pass) kith_params_set(&p, pass > 1 ? "model" : "fields", kith_arena_copy(app->arena, text.p, text.n));
    kith_buf_free(&text);
    if (status != KITH_OK) return status;
    if (pass < 2 || (app->common.state.n && !app->n_files)) return kith_app_fold_state(app, &kith_link_fold, &p, state);
    if (app->common.state.n) return kith_app_usage(app, "the patterns of files are counted without --state; kith merge adds states up");
    status = count_pairs(app, &p, model, state);
    kith_sink *sink;
    if (status == KITH_OK && app->common.save_state) {
        status = kith_app_side(app, app->common.save_state, &sink);
        if (status == KITH_OK) status = kith_state_save(*state, sink, &app->error);
    }
    return status;
}

static int save_counts(kith_app *app, const kith_link_census *census, const kith_link_model *model) {
    const struct said *said = app->said;
    kith_buf out = {0};
    kith_sink *sink;
    if (!said->save_counts) return KITH_OK;
    int status = kith_link_census_put(census, model, &out, &app->error);
    if (status == KITH_OK) status = kith_app_side(app, said->save_counts, &sink);
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    kith_buf_free(&out);
    return status;
}

/* From merged values to keys and u, and from patterns to what they teach: both with the rows kept. */
static int learn_pass(kith_app *app, kith_link_model *model, kith_state *rows, kith_state *patterns) {
    const struct said *said = app->said;
    kith_link_store store = {0};
    kith_link_data junk = {0}, data = {0};
    kith_link_census *census = NULL;
    kith_link_patterns p = {0};
    int pass = model->fitting.pass, status = pass < 3 ? kith_link_pass_store(rows->state, &store, &app->error) : KITH_OK;
    bool junk_said = model->n_junk > 0;
    kith_link_fit_options o = {.threads = kith_app_threads(app), .seed = app->common.seed, .pairs_per_row = said->pairs};
    if (status == KITH_OK && pass == 1 && !junk_said) status = kith_link_data_build(&junk, &store, model, true, o.threads, &app->error);
    if (status == KITH_OK && pass < 3) status = kith_link_pass_census(rows->state, model, pass == 1 && !junk_said, &census, &app->error);
    if (status == KITH_OK && pass < 3) status = kith_link_data_build_some(&data, &store, model, census, o.threads, &app->error);
    if (status == KITH_OK && pass < 3) status = kith_link_sources(&data, &store, model, &app->error);
    if (status == KITH_OK && pass == 1) status = kith_link_fit_begin(&data, model, &o, &app->error);
    if (status == KITH_OK && pass == 1) status = save_counts(app, census, model);
    if (status == KITH_OK && pass > 1) status = kith_link_pass_patterns(patterns->state, &p, &app->error);
    if (status == KITH_OK && pass > 1) {
        p.all = model->rows * (model->rows - 1) / 2;
        status = kith_link_fit_more(&data, model, &p, &app->error);
    }
    if (status == KITH_OK) status = write_model(app, model);
    kith_link_patterns_free(&p);
    kith_link_data_free(&data);
    kith_link_data_free(&junk);
    kith_link_census_free(census);
    kith_link_store_free(&store);
    return status;
}

static int fields_step(kith_app *app, kith_link_model *model, kith_state *rows) {
    kith_link_store store;
    bool *use;
    int status = kith_link_pass_store(rows->state, &store, &app->error);
    if (status == KITH_OK) status = usable(app, &store, &use);
    if (status == KITH_OK && model->n_fields == 0) status = kith_link_recognise(&store, use, model, &app->error);
    model->fitting.pass = 1;
    if (status == KITH_OK) status = write_model(app, model);
    kith_link_store_free(&store);
    return status;
}

/* A pass over one shard (--save-state), or the step over merged ones: exit 1 while the model is not whole. */
static int step_pass(kith_app *app, kith_link_model *model) {
    const struct said *said = app->said;
    static const kith_fold *const folds[] = {&kith_link_fold, NULL};
    bool first = strcmp(said->step, "new") == 0;
    kith_state *state = NULL, *rows = NULL;
    if (said->labels || said->link_only) return kith_app_usage(app, "--labels and --link-only need all records at once: fit without --step");
    if (first) KITH_TRY(prepare(app, model));
    else KITH_TRY(kith_link_model_read_pass(said->step, app->arena, model, &app->error));
    int pass = first ? 0 : model->fitting.pass, status;
    bool whole = !first && pass == 0; /* only its records are counted */
    if (model->link_only) return kith_app_usage(app, "a model of --link-only needs all records at once");
    if (pass == 2 && !said->rows && !app->common.save_state) return kith_app_usage(app, "this step needs the rows: --rows with the values' state");
    status = pass_state(app, model, whole ? 1 : pass, &state);
    if (status == KITH_OK && !app->common.save_state) {
        if (pass == 2) status = kith_state_load(said->rows, folds, &rows, &app->error);
        if (status == KITH_OK && whole) {
            kith_link_census *census;
            status = kith_link_pass_census(state->state, model, false, &census, &app->error);
            if (status == KITH_OK) status = save_counts(app, census, model);
            if (status == KITH_OK) status = write_model(app, model);
            kith_link_census_free(census);
        } else if (status == KITH_OK)
            status = first ? fields_step(app, model, state) : learn_pass(app, model, pass == 1 ? state : rows, state);
        if (status == KITH_OK && model->fitting.pass) status = KITH_NEGATIVE;
    }
    kith_state_free(state);
    kith_state_free(rows);
    return status;
}

static int run(kith_app *app) {
    const struct said *said = app->said;
    kith_source *source;
    kith_link_store store = {0};
    kith_link_data data = {0};
    kith_link_label *labels = NULL;
    size_t n_labels = 0;
    bool *use;
    kith_sink *sink;
    kith_link_model *model = kith_arena_zalloc(app->arena, sizeof *model);
    if (model == NULL) return kith_no_memory(&app->error);
    if (said->link_only && app->n_files != 2) return kith_app_usage(app, "--link-only takes two files");
    if (said->step) return step_pass(app, model);
    if (app->common.state.n || app->common.save_state || said->part || said->counts || said->over || said->save_counts || said->rows || said->sample)
        return kith_app_usage(app, "states, parts and counts go with --step");
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(kith_app_sink(app, &sink));
    KITH_TRY(prepare(app, model));
    int status = kith_link_store_init(&store, kith_source_header(source), &app->error);
    kith_scan scan = {.commit = kith_link_store_commit, .ctx = &store};
    if (status == KITH_OK) status = kith_app_scan(app, source, &scan);
    if (status == KITH_OK) status = usable(app, &store, &use);
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
        status = write_model(app, model);
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
        KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS | KITH_TAKES_ID | KITH_TAKES_DROP | KITH_TAKES_SEED |
        KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = run,
    .fold = &kith_link_fold,
};
