/* kith merge, finish, show, forget: states of any fold of the family, without the rows. The front finds the family by the state's own name. */
#include "private.h"

#include <kith/notes.h>

#include <string.h>

static void folds_of(kith_app *app, const kith_fold ***folds) {
    size_t n = 0, all = 0;
    while (app->verbs[all]) all++;
    *folds = kith_arena_zalloc(app->arena, (all + 1) * sizeof **folds);
    for (size_t i = 0; *folds && i < all; i++)
        if (app->verbs[i]->fold) (*folds)[n++] = app->verbs[i]->fold;
}

typedef struct said {
    const char *rows;
} said;

static const kith_option forget_options[] = {
    {0, "rows", "FILE", KITH_OPT_STRING, offsetof(said, rows), "the rows to take out again", NULL, false, true},
    KITH_OPT_END,
};

static int load_all(kith_app *app, kith_state **sum) {
    const kith_fold **folds;
    folds_of(app, &folds);
    if (!folds) return kith_no_memory(&app->error);
    if (!app->n_files) return kith_app_usage(app, "no state named");
    int status = KITH_OK;
    *sum = NULL;
    for (size_t i = 0; i < app->n_files && status == KITH_OK; i++) {
        kith_state *one = NULL;
        status = kith_state_load(app->files[i], folds, &one, &app->error);
        if (status == KITH_OK && !*sum) status = kith_state_new(one->fold, &one->params, sum, &app->error);
        if (status == KITH_OK) status = kith_state_merge(*sum, one, app->common.again, &app->error);
        kith_state_free(one);
    }
    if (status != KITH_OK) kith_state_free(*sum), *sum = NULL;
    return status;
}

static int merge_run(kith_app *app) {
    kith_state *sum;
    kith_sink *sink;
    KITH_TRY(load_all(app, &sum));
    int status = kith_app_sink(app, &sink);
    if (status == KITH_OK) status = kith_state_save(sum, sink, &app->error);
    kith_state_free(sum);
    return status;
}

static int finish_run(kith_app *app) {
    kith_state *sum;
    kith_buf out = {0};
    KITH_TRY(load_all(app, &sum));
    char delimiter = sum->fold->model ? ',' : kith_app_delimiter(app, NULL);
    if (sum->fold->threads) sum->fold->threads(sum->state, kith_app_threads(app));
    int status = sum->fold->finish(sum->state, delimiter, &out, &app->error);
    if (status == KITH_OK) status = kith_app_table(app, &out, delimiter, sum->fold->model);
    kith_buf_free(&out);
    kith_state_free(sum);
    return status;
}

static int step_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_state *state = ctx;
    (void)worker;
    return state->fold->step(state->state, b, out, err);
}

static int forget_run(kith_app *app) {
    said *s = app->said;
    kith_state *sum, *theirs = NULL;
    kith_source *source;
    kith_sink *sink;
    KITH_TRY(load_all(app, &sum));
    const kith_fold *fold = sum->fold;
    int status = kith_state_new(fold, &sum->params, &theirs, &app->error);
    if (status == KITH_OK && strcmp(kith_state_forgets(sum), "no") == 0) status = kith_state_subtract(sum, theirs, &app->error);
    kith_source_options options;
    kith_app_source_options(app, &s->rows, 1, &options);
    options.threads = 1;
    if (status == KITH_OK) status = kith_app_source_with(app, &options, &source);
    if (status == KITH_OK) status = fold->bind(theirs->state, kith_source_header(source), &app->error);
    kith_scan scan = {.visit = step_visit, .ctx = theirs};
    if (status == KITH_OK) status = kith_app_scan(app, source, &scan);
    if (status == KITH_OK) status = kith_state_subtract(sum, theirs, &app->error);
    if (status == KITH_OK) status = kith_app_sink(app, &sink);
    if (status == KITH_OK) status = kith_state_save(sum, sink, &app->error);
    kith_state_free(theirs);
    kith_state_free(sum);
    return status;
}

static int show_model(kith_app *app) {
    kith_model *model;
    kith_buf out = {0};
    KITH_TRY(kith_model_read(app->arena, app->files[0], &model, &app->error));
    int status = kith_model_text(model, &out, &app->error);
    if (status == KITH_OK) status = kith_app_table(app, &out, ',', false);
    kith_buf_free(&out);
    return status;
}

/* What a state holds, for a person: the same part,name,value as models. */
static int show_run(kith_app *app) {
    kith_state *sum;
    kith_buf out = {0};
    char name[64];
    kith_error none;
    if (app->n_files == 1 && kith_state_peek(app->files[0], name, &none) == KITH_DATA) return show_model(app);
    KITH_TRY(load_all(app, &sum));
    kith_row_writer w = kith_row_begin(&out, ',');
    kith_buf_puts(&out, "part,name,value\n");
    w.start = out.n;
    kith_put_string(&w, "state"), kith_put_string(&w, "fold"), kith_put_string(&w, sum->fold->name), kith_row_end(&w);
    kith_put_string(&w, "state"), kith_put_string(&w, "version"), kith_put_int(&w, sum->fold->version), kith_row_end(&w);
    kith_put_string(&w, "state"), kith_put_string(&w, "forgets"), kith_put_string(&w, kith_state_forgets(sum)), kith_row_end(&w);
    for (size_t i = 0; i < sum->params.n; i++)
        kith_put_string(&w, "param"), kith_put_string(&w, sum->params.items[i].name), kith_put_string(&w, sum->params.items[i].value), kith_row_end(&w);
    for (size_t i = 0; i < sum->n_shards; i++) {
        char hash[40];
        snprintf(hash, sizeof hash, "%016llx%016llx", (unsigned long long)sum->shards[i].hash[1], (unsigned long long)sum->shards[i].hash[0]);
        kith_put_string(&w, "shard"), kith_put_string(&w, sum->shards[i].name), kith_put_string(&w, hash), kith_row_end(&w);
    }
    int status = kith_app_table(app, &out, ',', false);
    kith_buf_free(&out);
    kith_state_free(sum);
    return status;
}

typedef struct shard_said {
    uint64_t size;
} shard_said;

static const kith_option shard_options[] = {
    {0, "size", "SIZE", KITH_OPT_SIZE, offsetof(shard_said, size), "bytes a shard, about (default 64M)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_option why_options[] = {
    {0, "most", "N", KITH_OPT_INT, 0, "give up past so many rows (default 10000)", NULL, false, false},
    KITH_OPT_END,
};

#define EVENTS "cat > events.csv; head -n 3 events.csv > mon.csv; (head -n 1 events.csv; tail -n 2 events.csv) > tue.csv\n"
#define FOLD "kith table -q -g region -a 'n=count,sum=sum(amount)' --save-state "
static const char days[] = "region,amount\nR01,10\nR02,5\nR01,.5\nR02,7\n";

static const kith_example merge_examples[] = {
    {"Two days, counted apart, as one:", days, EVENTS FOLD "mon.st mon.csv > mon.txt\n" FOLD "tue.st tue.csv > tue.txt\nkith merge mon.st tue.st -o all.st; kith finish all.st",
     "region,n,sum\nR01,2,10.5\nR02,2,12\n"},
    {0},
};
static const kith_example finish_examples[] = {
    {"The table again, from its state alone:", days, "cat > events.csv\n" FOLD "all.st events.csv > now.csv; kith finish all.st", "region,n,sum\nR01,2,10.5\nR02,2,12\n"},
    {0},
};
static const kith_example show_examples[] = {
    {"What a state is a state of, and which inputs are in it:", days, "cat > events.csv\n" FOLD "all.st events.csv > now.csv; kith show all.st",
     "part,name,value\nstate,fold,report.table\nstate,version,2\nstate,forgets,rows\nparam,by,region\nparam,aggregates,\"n=count,sum=sum(amount)\"\nparam,total,\nparam,wide,\nshard,events.csv,c336fce113280c5158b502a2f7456a38\n"},
    {0},
};
static const kith_example forget_examples[] = {
    {"A person who asked to be forgotten leaves the sums too:", "person_id,ts,amount\np1,2026-01-05,10\np2,2026-01-06,7\np1,2026-02-01,20\n",
     "cat > orders.csv\nkith score summary -q --save-state all.st orders.csv > now.csv\nkith where 'person_id == \"p2\"' orders.csv > theirs.csv\n"
     "kith forget --rows theirs.csv all.st -o without.st; kith finish without.st",
     "person_id,value_x,value_tx,value_T,value_m\np1,1,3.857142857142857,3.857142857142857,20\n"},
    {0},
};
static const kith_example shard_examples[] = {
    {"Where the shards are (this small file is one), and a filter over the first:", days, "cat > events.csv\nkith shard -q events.csv -o shards.csv; cut -d, -f1-5 shards.csv; kith where --shard 0@shards.csv 'amount > 6'",
     "id,path,offset,length,rows\n0,events.csv,14,26,4\nregion,amount\nR01,10\nR02,7\n"},
    {0},
};
static const kith_example why_examples[] = {
    {"From a figure back to the rows that it rests on:", days, "cat > events.csv\nkith table -q -g region -a 'sum=sum(amount)' events.csv > sums.csv; kith why -q region=R01 sums.csv events.csv",
     "step,file,line,because,row\n0,sums.csv,2,asked for,\"R01,10.5\"\n0,events.csv,2,asked for,\"R01,10\"\n0,events.csv,4,asked for,\"R01,.5\"\n"},
    {0},
};

static const kith_verb merge = {.name = "merge", .brief = "saved states of the same fold as one", .operands = "STATE...", .grain = "states → state", .takes = KITH_TAKES_OUTPUT | KITH_TAKES_AGAIN, .examples = merge_examples, .run = merge_run};
static const kith_verb finish = {.name = "finish", .brief = "the result that saved states hold", .operands = "STATE...", .grain = "states → the rows that the verb would have given", .takes = KITH_TAKES_OUTPUT | KITH_TAKES_AGAIN, .examples = finish_examples, .run = finish_run};
static const kith_verb show = {.name = "show", .brief = "what a saved state or a model holds", .operands = "FILE...", .grain = "state or model → part,name,value", .takes = KITH_TAKES_OUTPUT | KITH_TAKES_AGAIN, .examples = show_examples, .run = show_run};
static const kith_verb forget = {.name = "forget", .brief = "rows taken out of a saved state again", .operands = "STATE...", .grain = "states and rows → state", .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_AGAIN, .options = forget_options, .examples = forget_examples, .said_size = sizeof(said), .run = forget_run};
static const kith_verb shard = {.name = "shard", .brief = "files cut into shards by the record, without copying them", .operands = "FILE...", .grain = "any rows → one row a shard", .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT, .options = shard_options, .examples = shard_examples, .said_size = sizeof(shard_said), .run = app_shard_run};
static const kith_verb why = {.name = "why", .brief = "the rows and raw lines that a contact, a score or a figure rests on", .operands = "COL=VALUE... FILE...", .grain = "any rows → the rows behind some of them", .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_MODEL | KITH_TAKES_ID, .options = why_options, .examples = why_examples, .said_size = 16, .defaults = app_why_defaults, .run = app_why_run, .negative = "no row holds what was asked for"};

const kith_verb *const app_state_verbs[] = {&merge, &finish, &show, &forget, &shard, &why, NULL};

int app_state_command(kith_app *app, int argc, char **argv, bool *handled) {
    *handled = false;
    for (size_t i = 0; app_state_verbs[i] && argc > 0; i++)
        if (strcmp(app_state_verbs[i]->name, argv[0]) == 0) {
            *handled = true;
            app->verb = app_state_verbs[i];
            app->private_->family = "";
            return app_run_verb(app, argc - 1, argv + 1);
        }
    return KITH_OK;
}
