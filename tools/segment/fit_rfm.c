/* kith segment fit rfm: the bands of recency, frequency and monetary value, to score later people by the same measure.
 *
 *     kith segment fit rfm --until 2026-06-30 events.csv > rfm.model
 *     kith segment rfm --until 2026-09-30 events.csv | kith where -s '!rfm_r,!rfm_f,!rfm_m' | kith segment apply -m rfm.model
 */
#include <kith/app.h>
#include <kith/rfm.h>
#include <string.h>

typedef struct said {
    const char *ts, *amount, *transaction;
    int64_t scores;
} said;

static const kith_option options[] = {
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "of events: when (default ts)", NULL, true, false},
    {0, "amount", "COL", KITH_OPT_STRING, offsetof(said, amount), "of events: worth what (default amount)", NULL, true, false},
    {0, "transaction", "WHAT", KITH_OPT_STRING, offsetof(said, transaction), "of events: what frequency counts: row, ts, day or a column (default row)", NULL, false, false},
    {0, "scores", "N", KITH_OPT_INT, offsetof(said, scores), "scores from 1 to N (default 5)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Bands from person rows; a person of recency 10 or less has the better score.", "person_id,rfm_recency,rfm_frequency,rfm_monetary\na,10,2,10\nb,0,1,2.5\nc,40,5,99\nd,20,1,1\n",
     "kith segment fit rfm --scores 2 | grep rfm_", "rfm_recency,2,10\nrfm_frequency,2,2\nrfm_monetary,2,10\n"},
    {0},
};

static void defaults(void *settings, kith_common *common) {
    (void)common;
    ((said *)settings)->scores = 5;
}

static int run(kith_app *app) {
    const said *s = app->said;
    const kith_common *common = &app->common;
    kith_params params = {.arena = app->arena};
    kith_state *state = NULL;
    const char *by = s->transaction ? s->transaction : "row";
    if (s->scores < 2 || s->scores > 100) return kith_app_usage(app, "--scores takes a number from 2 to 100");
    if (strcmp(by, "row") != 0 && strcmp(by, "ts") != 0 && strcmp(by, "day") != 0) by = kith_arena_format(app->arena, "column:%s", by);
    kith_params_set(&params, "id", common->id);
    kith_params_set(&params, "ts", s->ts);
    kith_params_set(&params, "amount", s->amount);
    kith_params_set(&params, "transaction", by);
    kith_params_set(&params, "until", common->has_until ? kith_arena_format(app->arena, "%lld", (long long)common->until_us) : "");
    kith_params_set(&params, "tz", common->tz);
    kith_params_set_double(&params, "scores", (double)s->scores);
    int status = kith_app_fold_state(app, &kith_rfm_fit_fold, &params, &state);
    uint64_t incomplete = status ? 0 : kith_rfm_fit_incomplete(state->state);
    if (incomplete) kith_app_say(app, "%llu rows without all three measures left out", (unsigned long long)incomplete);
    if (!status) status = kith_app_fold_result(app, state);
    kith_state_free(state);
    return status;
}

const kith_verb kith_verb_segment_fit_rfm = {
    .name = "fit rfm",
    .brief = "the bands of recency, frequency and monetary value",
    .operands = "[FILE...]",
    .grain = "person (or event) → model",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_TIME | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_rfm_fit_fold,
};
