/* kith ingest profile: what each column holds, and what has changed since.
 *
 *     kith ingest profile --save-state march.st march.csv ; kith ingest profile --against march.st april.csv | kith report view */
#include <kith/app.h>
#include <kith/profile.h>

struct said {
    int64_t top;
    const char *against;
};

static const kith_option options[] = {
    {0, "top", "N", KITH_OPT_INT, offsetof(struct said, top), "how many frequent values to show (default 5)", NULL, false, false},
    {0, "against", "BASE", KITH_OPT_STRING, offsetof(struct said, against), "a saved profile or a file: adds psi,ks,ks_p,drift", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"three columns", "id,amount,when\na,10,2026-01-01\nb,2.5,2026-01-03\nc,,2026-01-02\n",
     "kith ingest profile | kith segment where -s column,type,missing,distinct,min,max,mean,p50",
     "column,type,missing,distinct,min,max,mean,p50\nid,text,0,3,a,c,,\namount,number,1,2,2.5,10,6.25,6.25\n"
     "when,date,0,3,2026-01-01,2026-01-03,2026-01-02,2026-01-02\n"},
    {NULL, NULL, NULL, NULL},
};

static void defaults(void *said, kith_common *common) {
    (void)common;
    ((struct said *)said)->top = 5;
}

/* The base's state: saved, or folded from a file as this run's own would be. */
static int base_state(kith_app *app, const char *path, const kith_params *params, kith_state **base) {
    const kith_fold *const folds[] = {&kith_profile_fold, NULL};
    char name[64];
    kith_error none;
    if (kith_state_peek(path, name, &none) == KITH_OK) return kith_state_load(path, folds, base, &app->error);
    KITH_TRY(kith_state_new(&kith_profile_fold, params, base, &app->error));
    return kith_app_fold_files(app, *base, &path, 1);
}

static int against(kith_app *app, const char *path, const kith_params *params) {
    kith_state *base = NULL, *now = NULL;
    kith_sink *sink;
    kith_buf out = {0};
    size_t moved = 0;
    int status = base_state(app, path, params, &base);
    if (status == KITH_OK) status = kith_app_fold_state(app, &kith_profile_fold, params, &now);
    if (status == KITH_OK) status = kith_app_sink(app, &sink);
    if (status == KITH_OK) status = kith_profile_drift(base->state, now->state, kith_app_delimiter(app, NULL), &out, &moved, &app->error);
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    if (status == KITH_OK && moved) kith_app_say(app, "%zu columns have moved, are new or are gone", moved);
    kith_buf_free(&out);
    kith_state_free(base);
    kith_state_free(now);
    return status;
}

static int run(kith_app *app) {
    const struct said *said = app->said;
    kith_params params = {.arena = app->arena};
    kith_params_set_double(&params, "top", (double)said->top);
    if (said->against) return against(app, said->against, &params);
    return kith_app_fold(app, &kith_profile_fold, &params);
}

const kith_verb kith_verb_ingest_profile = {
    .name = "profile",
    .brief = "what each column holds: type, missing, distinct, range, quantiles, frequent values, personal data; and drift",
    .operands = "[FILE...]",
    .grain = "any rows → one row per column",
    .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_profile_fold,
};
