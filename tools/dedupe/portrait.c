/* dedupe portrait: one row a person: what is known of them, where it came from, and what they did.
 *
 *     kith dedupe resolve -m people.model people.csv | kith dedupe portrait > persons.csv */
#include <kith/app.h>
#include <kith/portrait.h>

#include <stddef.h>

struct said {
    kith_portrait_options o;
    kith_list rules;
    int survival;
};

#define AT(field) offsetof(struct said, o.field)
static const kith_option options[] = {
    {0, "source", "COL", KITH_OPT_STRING, AT(source), "where a row came from (default: source)", NULL, true, false},
    {0, "ts", "COL", KITH_OPT_STRING, AT(ts), "when an event was (default: ts)", NULL, true, false},
    {0, "amount", "COL", KITH_OPT_STRING, AT(amount), "what it was worth (default: amount)", NULL, true, false},
    {0, "channel", "COL", KITH_OPT_STRING, AT(channel), "through what (default: channel)", NULL, true, false},
    {0, "account", "COL", KITH_OPT_STRING, AT(account), "the company or household (default: account_id)", NULL, true,
     false},
    {0, "keep", "RULE", KITH_OPT_CHOICE, offsetof(struct said, survival),
     "which value survives: the most frequent (default), the newest, the longest, by source",
     "frequent|newest|longest|source", false, false},
    {0, "rule", "COL=RULE", KITH_OPT_LIST, offsetof(struct said, rules), "the same for one attribute; repeatable", NULL,
     false, false},
    {0, "sources", "A,B,…", KITH_OPT_STRING, AT(source_order), "sources, the most trusted first", NULL, false, false},
    {0, "newest-by", "COL", KITH_OPT_STRING, AT(newest_by), "the time of a row's values (default: ts, else updated)",
     NULL, true, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"The newest city, the trusted e-mail, and what was bought",
     "person_id,source,email,city,ts,amount\np1,crm,ann@x.org,York,2026-01-05,\np1,shop,ann@y.org,Leeds,2026-02-01,"
     "20\np1,shop,,,2026-02-15,30\n",
     "kith dedupe portrait --rule city=newest --rule email=source --sources crm,shop | cut -d, -f1-5,9-11,14-",
     "person_id,email,email_source,city,city_source,last_seen,events,amount,rfm_recency,rfm_frequency,rfm_monetary,"
     "value_x,value_tx,value_T,value_m\n"
     "p1,ann@x.org,crm,Leeds,shop,2026-02-15,3,50,0,2,50,1,2,2,30\n"},
    {NULL, NULL, NULL, NULL},
};

static int run(kith_app *app) {
    struct said *said = app->said;
    kith_source *source;
    kith_sink *sink;
    kith_link_store store = {0};
    kith_buf out = {0};
    uint64_t nobody = 0;
    kith_portrait_options o = said->o;
    o.person = app->common.id;
    o.survival = (kith_survival)said->survival;
    o.rules = said->rules.items;
    o.n_rules = said->rules.n;
    o.zone = app->common.zone;
    o.has_until = app->common.has_until;
    o.until_us = app->common.until_us;
    o.header = app->common.header != 2;
    o.delimiter = kith_app_delimiter(app, NULL);
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(kith_app_sink(app, &sink));
    int status = kith_link_store_init(&store, kith_source_header(source), &app->error);
    kith_scan scan = {.commit = kith_link_store_commit, .ctx = &store};
    if (status == KITH_OK) status = kith_app_scan(app, source, &scan);
    if (status == KITH_OK) status = kith_portrait(&store, &o, &out, &nobody, &app->error);
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    if (status == KITH_OK && nobody)
        kith_app_say(app, "%llu rows without a person left out", (unsigned long long)nobody);
    kith_buf_free(&out);
    kith_link_store_free(&store);
    return status;
}

const kith_verb kith_verb_dedupe_portrait = {
    .name = "portrait",
    .brief = "make one row a person: surviving values, where they came from, roll-ups of events",
    .operands = "[FILE...]",
    .grain = "record or event with person_id → person",
    .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS | KITH_TAKES_ID | KITH_TAKES_TIME,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = run,
};
