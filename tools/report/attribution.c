/* kith report attribution: which channel earned the conversions, by rules of thumb, Shapley and exact Markov chains.
 *
 *     kith segment paths --id person_id --ts ts --channel channel --event event --conversion buy events.csv | kith report attribution
 */
#include <kith/app.h>
#include <kith/attribution.h>
#include <string.h>

typedef struct said {
    const char *path, *conversions, *value, *nulls, *separator, *direct, *models;
    int64_t bootstrap;
    double level;
    bool wide;
} said;

static const kith_option options[] = {
    {0, "path", "COL", KITH_OPT_STRING, offsetof(said, path), "the touches in their order (default path)", NULL, true, false},
    {0, "conversions", "COL", KITH_OPT_STRING, offsetof(said, conversions), "how often the path ended in a conversion (default conversions)", NULL, true, false},
    {0, "value", "COL", KITH_OPT_STRING, offsetof(said, value), "what they were worth in all (default value, if there)", NULL, true, false},
    {0, "nulls", "COL", KITH_OPT_STRING, offsetof(said, nulls), "how often it ended without (default nulls, if there)", NULL, true, false},
    {0, "separator", "TEXT", KITH_OPT_STRING, offsetof(said, separator), "between two touches (default ' > ')", NULL, false, false},
    {0, "direct", "CHANNEL", KITH_OPT_STRING, offsetof(said, direct), "the channel that lastnondirect passes over (default direct)", NULL, false, false},
    {0, "models", "LIST", KITH_OPT_STRING, offsetof(said, models), "first last lastnondirect linear position decay:H shapley markov1 ... markov9; markov chooses the order (default first,last,linear,position,decay:7,shapley,markov)", NULL, false, false},
    {0, "bootstrap", "N", KITH_OPT_INT, offsetof(said, bootstrap), "intervals from so many resamplings of the journeys (default 0: none)", NULL, false, false},
    {0, "level", "P", KITH_OPT_DOUBLE, offsetof(said, level), "of the intervals (default .95)", NULL, false, false},
    {0, "wide", NULL, KITH_OPT_FLAG, offsetof(said, wide), "a row per channel, two columns per model", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Three journeys, four models: each hands out both conversions.", "path,conversions,value,nulls\nad > mail,1,10,0\nmail,1,5,1\n",
     "kith report attribution --models first,last,linear,markov1",
     "channel,model,conversions,value,removal\nad,first,1,10,\nmail,first,1,5,\nad,last,0,0,\nmail,last,2,15,\nad,linear,0.5,5,\nmail,linear,1.5,10,\n"
     "ad,markov1,0.5,3.75,0.3333333333333333\nmail,markov1,1.5,11.25,1\n"},
    {"Side by side.", "path,conversions\na > b,2\nb,1\n", "kith report attribution --models first,shapley --wide",
     "channel,first_conversions,first_value,shapley_conversions,shapley_value\na,2,0,1,0\nb,1,0,2,0\n"},
    {0},
};

static void defaults(void *said_, kith_common *common) {
    said *s = said_;
    (void)common;
    *s = (said){.separator = " > ", .direct = "direct", .models = "first,last,linear,position,decay:7,shapley,markov", .level = .95};
}

static int run(kith_app *app) {
    said *s = app->said;
    if (s->bootstrap < 0 || s->bootstrap == 1 || s->bootstrap > 100000) return kith_app_usage(app, "--bootstrap takes 2 to 100000 resamplings");
    if (!(s->level > 0 && s->level < 1)) return kith_app_usage(app, "--level lies between 0 and 1");
    kith_params params = {.arena = app->arena};
    kith_params_set(&params, "path", s->path ? s->path : "path");
    kith_params_set(&params, "conversions", s->conversions ? s->conversions : "conversions");
    kith_params_set(&params, "value", s->value ? s->value : "?value");
    kith_params_set(&params, "nulls", s->nulls ? s->nulls : "?nulls");
    kith_params_set(&params, "separator", s->separator);
    kith_params_set(&params, "direct", s->direct);
    kith_params_set(&params, "models", s->models);
    kith_params_set(&params, "wide", s->wide ? "yes" : "");
    kith_params_set_double(&params, "bootstrap", (double)s->bootstrap);
    kith_params_set_double(&params, "level", s->level);
    kith_params_set_double(&params, "seed", (double)app->common.seed);
    return kith_app_fold(app, &kith_attribution_fold, &params);
}

const kith_verb kith_verb_report_attribution = {
    .name = "attribution",
    .brief = "which channel earned the conversions",
    .operands = "[FILE...]",
    .grain = "journey → channel",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_STATE | KITH_TAKES_SEED,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_attribution_fold,
};
