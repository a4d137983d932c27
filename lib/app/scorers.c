/* The table of model kinds that rows can be scored with, and the pass that `score apply` and `segment apply` are. */
#include <kith/apply.h>
#include <kith/clusters.h>
#include <kith/lead_model.h>
#include <kith/next.h>
#include <kith/purchases.h>
#include <kith/rfm.h>
#include <kith/taste.h>
#include <kith/tone.h>
#include <kith/uplift_model.h>

const kith_scorer_kind *const kith_scorer_kinds[] = {
    &kith_lead_scorer,
    &kith_scorer_kmeans,
    &kith_scorer_mixture,
    &kith_rfm_scorer,
    &kith_scorer_next,
    &kith_scorer_taste,
    &kith_tone_scorer,
    &kith_scorer_value,
    &kith_uplift_scorer,
    NULL,
};

typedef struct pass {
    kith_scorers scorers;
    char delimiter;
} pass;

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    pass *p = ctx;
    return kith_scorers_put(&p->scorers, worker, b, p->delimiter, out, err);
}

static int score(kith_app *app, pass *p) {
    kith_source *source;
    kith_sink *sink;
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    size_t fresh = 0, n = p->scorers.n_added;
    const char **appended = kith_arena_alloc(app->arena, (n + 1) * sizeof *appended);
    uint32_t *place = kith_arena_alloc(app->arena, (n + 1) * sizeof *place);
    if (!appended || !place) return kith_no_memory(&app->error);
    for (size_t i = 0; i < n; i++) {
        KITH_TRY(kith_new_column(header, p->scorers.added[i], app->common.replace, &place[i], &app->error));
        if (place[i] == KITH_NO_COLUMN) appended[fresh++] = p->scorers.added[i];
    }
    if (fresh < n) p->scorers.place = place;
    KITH_TRY(kith_scorers_bind(&p->scorers, header, (size_t)kith_source_threads(source), &app->error));
    p->delimiter = kith_app_delimiter(app, source);
    KITH_TRY(kith_app_sink(app, &sink));
    KITH_TRY(kith_app_header(app, sink, source, NULL, appended, fresh));
    kith_scan scan = {.visit = visit, .ctx = p, .sink = sink};
    return kith_app_scan(app, source, &scan);
}

int kith_app_apply(kith_app *app, const kith_score_options *options) {
    pass p = {.delimiter = ','};
    if (app->common.model.n == 0) return kith_app_usage(app, "no model: -m FILE");
    int status = kith_scorers_load(app->arena, app->common.model.items, app->common.model.n, kith_scorer_kinds, options,
                                   &p.scorers, &app->error);
    if (status == KITH_OK) status = score(app, &p);
    kith_scorers_free(&p.scorers);
    return status;
}
