/* kith segment rfm: recency, frequency and monetary value of each person, from events, with quantile scores.
 *
 *     kith segment rfm --id customer_id --until 2026-09-30 events.csv | kith where 'rfm_r >= 4 and rfm_m >= 4' > best.csv
 */
#include <kith/app.h>
#include <kith/rfm.h>
#include <string.h>

typedef struct said {
    const char *ts, *amount, *transaction;
    int64_t scores;
} said;

static const kith_option options[] = {
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "when (default ts)", NULL, true, false},
    {0, "amount", "COL", KITH_OPT_STRING, offsetof(said, amount), "worth what (default amount); a missing one adds nothing", NULL, true, false},
    {0, "transaction", "WHAT", KITH_OPT_STRING, offsetof(said, transaction), "what frequency counts: row, ts, day or a column's distinct values (default row)", NULL, false, false},
    {0, "scores", "N", KITH_OPT_INT, offsetof(said, scores), "scores from 1 to N (default 5)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Each person's recency in days to the last of September, purchases and money, and scores from 1 to 2.",
     "person_id,ts,amount\na,2026-09-01,10\nb,2026-09-30T12:00:00Z,2.5\na,2026-09-20,\n", "kith segment rfm --until 2026-09-30 --scores 2",
     "person_id,rfm_recency,rfm_frequency,rfm_monetary,rfm_r,rfm_f,rfm_m\na,10,2,10,1,2,2\nb,0,1,2.5,2,1,1\n"},
    {"Days with a purchase, not rows.", "who,at,worth\na,2026-09-01T08:00:00Z,1\na,2026-09-01T20:00:00Z,2\n",
     "kith segment rfm --id who --ts at --amount worth --transaction day", "who,rfm_recency,rfm_frequency,rfm_monetary,rfm_r,rfm_f,rfm_m\na,0,1,3,1,1,1\n"},
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
    const char *transaction = s->transaction ? s->transaction : "row";
    if (strcmp(transaction, "row") != 0 && strcmp(transaction, "ts") != 0 && strcmp(transaction, "day") != 0)
        transaction = kith_arena_format(app->arena, "column:%s", transaction);
    kith_params_set(&params, "id", common->id);
    kith_params_set(&params, "ts", s->ts);
    kith_params_set(&params, "amount", s->amount);
    kith_params_set(&params, "transaction", transaction);
    kith_params_set(&params, "until", common->has_until ? kith_arena_format(app->arena, "%lld", (long long)common->until_us) : "");
    kith_params_set(&params, "tz", common->tz);
    kith_params_set_double(&params, "scores", (double)s->scores);
    return kith_app_fold(app, &kith_rfm_fold, &params);
}

const kith_verb kith_verb_segment_rfm = {
    .name = "rfm",
    .brief = "recency, frequency and monetary value of each person, with quantile scores",
    .operands = "[FILE...]",
    .grain = "event → person",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_TIME | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_rfm_fold,
};
