/* The run of a folding verb: rows into states, states merged and saved, the result written. */
#include "private.h"

#include <kith/notes.h>
#include <kith/spilled.h>
#include <stdlib.h>
#include <string.h>

typedef struct folding {
    const kith_fold *fold;
    kith_spilled *spilled; /* NULL: everything stays in memory */
    void **states; /* one a worker */
} folding;

static int fold_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    folding *f = ctx;
    return f->fold->step(f->states[worker], b, out, err);
}

/* Batch after batch: what a worker holds goes to disk when it is more than the worker's share. */
static int fold_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    const folding *f = ctx;
    (void)b, (void)out;
    return kith_spilled_look(f->spilled, f->states[worker], err);
}

static const char *shard_name(kith_app *app, const char *path) {
    if (app->common.shard_name) return app->common.shard_name;
    if (app->common.shard) return app->common.shard;
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "standard input" : slash ? slash + 1 : path;
}

static int fold_files(kith_app *app, kith_state *into, const char *const *files, size_t n_files, kith_spilled *spilled) {
    const kith_fold *fold = into->fold;
    kith_source *source;
    KITH_TRY(kith_app_source_of(app, files, n_files, &source));
    int workers = kith_source_threads(source), status = KITH_OK;
    folding f = {fold, spilled, kith_arena_zalloc(app->arena, (size_t)workers * sizeof *f.states)};
    if (!f.states) return kith_no_memory(&app->error);
    for (int i = 0; i < workers && status == KITH_OK; i++) {
        status = fold->init(&into->params, &f.states[i], &app->error);
        if (status == KITH_OK) status = fold->bind(f.states[i], kith_source_header(source), &app->error);
    }
    kith_scan scan = {.visit = fold_visit, .commit = spilled ? fold_commit : NULL, .ctx = &f};
    if (spilled) kith_spilled_share(spilled, workers);
    if (status == KITH_OK) status = kith_app_scan(app, source, &scan);
    for (int i = 0; i < workers; i++) {
        if (status == KITH_OK && spilled && kith_spilled_any(spilled)) status = kith_spilled_take(spilled, f.states[i], &app->error);
        if (status == KITH_OK) status = fold->merge(into->state, f.states[i], &app->error);
        if (f.states[i]) fold->free(f.states[i]);
    }
    for (size_t i = 0; status == KITH_OK && (app->common.save_state || app->common.state.n) && i < (n_files ? n_files : 1); i++) { /* the identities of what was folded */
        uint64_t hash[2];
        kith_source_file_hash(source, i, hash);
        if (kith_source_file_rows(source, i)) /* an empty shard carries no identity */
            status = kith_state_add_shard(into, shard_name(app, n_files ? files[i] : "-"), hash, &app->error);
    }
    return status;
}

int kith_app_fold_files(kith_app *app, kith_state *into, const char *const *files, size_t n_files) {
    return fold_files(app, into, files, n_files, NULL);
}

int kith_app_fold_state(kith_app *app, const kith_fold *fold, const kith_params *params, kith_state **made) {
    const kith_fold *const folds[] = {fold, NULL};
    *made = NULL;
    int status = KITH_OK;
    if (app->common.state.n && !app->private_->asked) { /* nothing was asked: what the state was asked */
        KITH_TRY(kith_state_load(app->common.state.items[0], folds, made, &app->error));
        params = &(*made)->params;
    } else KITH_TRY(kith_state_new(fold, params, made, &app->error));
    kith_state *state = *made;
    for (size_t i = app->private_->asked ? 0 : 1; i < app->common.state.n && status == KITH_OK; i++) {
        kith_state *saved = NULL;
        status = kith_state_load(app->common.state.items[i], folds, &saved, &app->error);
        if (status == KITH_OK) status = kith_state_merge(state, saved, app->common.again, &app->error);
        kith_state_free(saved);
    }
    if (status == KITH_OK && (app->n_files || !app->common.state.n)) {
        kith_state *fresh = NULL;
        status = kith_state_new(fold, params, &fresh, &app->error);
        if (status == KITH_OK) status = kith_app_fold_files(app, fresh, app->files, app->n_files);
        if (status == KITH_OK) status = kith_state_merge(state, fresh, app->common.again, &app->error);
        kith_state_free(fresh);
    }
    kith_sink *sink;
    if (status == KITH_OK && app->common.save_state) {
        status = kith_app_side(app, app->common.save_state, &sink);
        if (status == KITH_OK) status = kith_state_save(state, sink, &app->error);
    }
    return status;
}

void app_cut_header(const kith_app *app, kith_buf *out) {
    if (app->common.header != 2 || !out->n) return;
    size_t n = 0;
    for (bool quoted = false; n < out->n && (quoted || out->p[n] != '\n'); n++) quoted ^= out->p[n] == '"';
    if (n < out->n) n++;
    memmove(out->p, out->p + n, out->n - n);
    out->n -= n;
}

/* The rows of a fold's result, without its header, for the closing line. */
static void count_result(kith_app *app, const kith_buf *out) {
    uint64_t records = 0;
    bool quoted = false;
    for (size_t i = 0; i < out->n; i++) {
        quoted ^= out->p[i] == '"';
        records += out->p[i] == '\n' && !quoted;
    }
    if (records) kith_app_count(app, 0, records - 1, 0, 0);
}

int kith_app_fold_result(kith_app *app, kith_state *state) {
    const kith_fold *fold = state->fold;
    kith_sink *sink;
    kith_buf out = {0};
    char delimiter = fold->model ? ',' : kith_app_delimiter(app, NULL);
    KITH_TRY(kith_app_sink(app, &sink));
    if (fold->threads) fold->threads(state->state, kith_app_threads(app));
    int status = fold->finish(state->state, delimiter, &out, &app->error);
    if (status == KITH_DATA && app->common.save_state) { /* a shard may hold too little for a result; its state is what was wanted */
        kith_app_warn(app, "no result yet: %s; the state is saved", app->error.text);
        status = KITH_OK;
        out.n = 0;
    }
    if (status == KITH_OK) count_result(app, &out);
    if (status == KITH_OK) status = kith_app_table(app, &out, delimiter, fold->model);
    kith_buf_free(&out);
    return status;
}

typedef struct giving {
    kith_app *app;
    kith_sink *sink;
    kith_buf out;
} giving;

enum { WRITE_AT = 1 << 18 };

static int give_row(void *ctx, kith_str row, kith_error *err) {
    giving *g = ctx;
    kith_buf_str(&g->out, row);
    kith_app_count(g->app, 0, 1, 0, 0);
    return g->out.n >= WRITE_AT || g->out.failed ? kith_sink_buf(g->sink, &g->out, err) : KITH_OK;
}

/* The result of what went to disk: the header of the state that is left, and the rows of the parts. */
static int spilled_result(kith_app *app, kith_state *state, kith_spilled *spilled) {
    giving g = {.app = app};
    char delimiter = kith_app_delimiter(app, NULL);
    KITH_TRY(kith_app_sink(app, &g.sink));
    int status = state->fold->finish(state->state, delimiter, &g.out, &app->error);
    if (status == KITH_OK) app_cut_header(app, &g.out);
    if (status == KITH_OK) status = kith_spilled_give(spilled, delimiter, give_row, &g, &app->error);
    if (status == KITH_OK) status = kith_sink_buf(g.sink, &g.out, &app->error);
    kith_buf_free(&g.out);
    if (status == KITH_OK && kith_app_verbose(app)) kith_app_say(app, "%llu bytes went through a temporary file", (unsigned long long)kith_spilled_bytes(spilled));
    return status;
}

/* With --memory, where no state is asked for: what does not fit goes to disk. */
static int fold_within(kith_app *app, const kith_fold *fold, const kith_params *params) {
    kith_state *state = NULL;
    kith_spilled *spilled = NULL;
    int status = kith_state_new(fold, params, &state, &app->error);
    if (status == KITH_OK) status = kith_spilled_new(&spilled, fold, &state->params, app->common.memory, getenv("TMPDIR"), &app->error);
    if (status == KITH_OK) status = fold_files(app, state, app->files, app->n_files, spilled);
    if (status == KITH_OK) status = kith_spilled_any(spilled) ? spilled_result(app, state, spilled) : kith_app_fold_result(app, state);
    kith_spilled_free(spilled);
    kith_state_free(state);
    return status;
}

int kith_app_fold(kith_app *app, const kith_fold *fold, const kith_params *params) {
    if (fold->spill && (app->verb->takes & KITH_TAKES_MEMORY) && !app->common.save_state && !app->common.state.n) return fold_within(app, fold, params);
    kith_state *state = NULL;
    int status = kith_app_fold_state(app, fold, params, &state);
    if (status == KITH_OK) status = kith_app_fold_result(app, state);
    kith_state_free(state);
    return status;
}
