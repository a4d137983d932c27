/* kith segment paths: the journey of each person, its conversions and their value: what attribution takes.
 *
 *     kith segment paths --conversion purchase --window 30d --per conversion events.csv \
 *       | kith report attribution --path path --conversions conversions --value value --nulls nulls --models last,markov1
 */
#include <kith/app.h>
#include <kith/paths.h>
#include <string.h>

typedef struct said {
    const char *ts, *channel, *event, *conversion, *amount, *separator, *direct;
    int64_t window_us;
    int per;
    bool times;
} said;

static const kith_option options[] = {
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "when (default ts)", NULL, true, false},
    {0, "channel", "COL", KITH_OPT_STRING, offsetof(said, channel), "through what (default channel); an event without one is no touch", NULL, true, false},
    {0, "event", "COL", KITH_OPT_STRING, offsetof(said, event), "what happened (default event)", NULL, true, false},
    {0, "conversion", "VALUE", KITH_OPT_STRING, offsetof(said, conversion), "the event that is a conversion", NULL, false, true},
    {0, "amount", "COL", KITH_OPT_STRING, offsetof(said, amount), "what a conversion is worth (default amount, where there is one)", NULL, true, false},
    {0, "window", "TIME", KITH_OPT_DURATION, offsetof(said, window_us), "touches no longer before the conversion than this (default all)", NULL, false, false},
    {0, "per", "WHAT", KITH_OPT_CHOICE, offsetof(said, per), "a row for each person or conversion (default person)", "person|conversion", false, false},
    {0, "separator", "TEXT", KITH_OPT_STRING, offsetof(said, separator), "between touches (default ' > ')", NULL, false, false},
    {0, "times", NULL, KITH_OPT_FLAG, offsetof(said, times), "add a column times: the seconds from touch to touch", NULL, false, false},
    {0, "direct", "CHANNEL", KITH_OPT_STRING, offsetof(said, direct), "add a column lastnondirect: the last touch that is not this channel", NULL, false, false},
    KITH_OPT_END,
};

#define INPUT "person_id,ts,channel,event,amount\na,2026-09-01,email,click,\na,2026-09-03,search,click,\na,2026-09-03T12:00:00Z,,purchase,20\na,2026-09-05,sms,click,\nb,2026-09-02,email,click,\n"
static const kith_example examples[] = {
    {"Two people, one of whom bought.", INPUT, "kith segment paths --conversion purchase", "person_id,path,conversions,value,nulls\na,email > search,1,20,0\nb,email,0,0,1\n"},
    {"One row a conversion; what came after it is a journey without one.", INPUT, "kith segment paths --conversion purchase --per conversion --window 2d",
     "person_id,path,conversions,value,nulls\na,search,1,20,0\na,sms,0,0,1\nb,email,0,0,1\n"},
    {0},
};

static void defaults(void *settings, kith_common *common) {
    (void)common;
    ((said *)settings)->window_us = -1;
}

static int run(kith_app *app) {
    const said *s = app->said;
    const kith_common *common = &app->common;
    kith_params params = {.arena = app->arena};
    if (s->separator && !*s->separator) return kith_app_usage(app, "--separator is not empty");
    if (s->window_us < -1) return kith_app_usage(app, "--window is no negative time");
    kith_params_set(&params, "id", common->id);
    kith_params_set(&params, "ts", s->ts);
    kith_params_set(&params, "channel", s->channel);
    kith_params_set(&params, "event", s->event);
    kith_params_set(&params, "amount", s->amount);
    kith_params_set(&params, "conversion", s->conversion);
    kith_params_set(&params, "window", s->window_us < 0 ? "" : kith_arena_format(app->arena, "%lld", (long long)s->window_us));
    kith_params_set(&params, "per", s->per ? "conversion" : "person");
    kith_params_set(&params, "until", common->has_until ? kith_arena_format(app->arena, "%lld", (long long)common->until_us) : "");
    kith_params_set(&params, "tz", common->tz);
    kith_params_set(&params, "separator", s->separator ? s->separator : " > ");
    kith_params_set(&params, "times", s->times ? "1" : "");
    kith_params_set(&params, "direct", s->direct);
    return kith_app_fold(app, &kith_paths_fold, &params);
}

const kith_verb kith_verb_segment_paths = {
    .name = "paths",
    .brief = "the journey of each person, its conversions and their value",
    .operands = "--conversion VALUE [FILE...]",
    .grain = "event → person (or conversion)",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_TIME | KITH_TAKES_STATE | KITH_TAKES_MEMORY,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_paths_fold,
};
