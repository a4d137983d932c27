/* kith score offer: whom to contact with which offer through which channel, within a budget.
 *
 *     kith score apply -m uplift.model people.csv | kith score offer --offers offers.csv --budget 50000 >contacts.csv */
#include <kith/app.h>
#include <kith/learned.h>
#include <kith/offer_people.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct said {
    const char *offers, *account, *consent, *suppress, *floor, *history, *learned;
    double budget, explore, least;
    int64_t contacts, per_account, every;
    kith_list limits;
    bool none;
};

static void defaults(void *data, kith_common *common) {
    (void)common;
    struct said *said = data;
    *said = (struct said){.budget = INFINITY, .least = .01, .contacts = 1, .per_account = 1};
}

#define AT(field) offsetof(struct said, field)
static const kith_option options[] = {
    {0, "offers", "FILE", KITH_OPT_STRING, AT(offers), "the offers: offer,channel,value,cost,capacity,when", NULL, false, true},
    {0, "budget", "B", KITH_OPT_DOUBLE, AT(budget), "what all contacts may cost (default no limit)", NULL, false, false},
    {0, "limit", "WHAT=N", KITH_OPT_LIST, AT(limits), "at most N contacts with offer:NAME or channel:NAME", NULL, false, false},
    {0, "contacts", "N", KITH_OPT_INT, AT(contacts), "contacts of a person at most, each with another offer (default 1)", NULL, false, false},
    {0, "account", "COL", KITH_OPT_STRING, AT(account), "household or account (default account_id if it is there; an empty name for none)", NULL, true, false},
    {0, "per-account", "N", KITH_OPT_INT, AT(per_account), "contacts of an account at most (default 1)", NULL, false, false},
    {0, "consent", "COL", KITH_OPT_STRING, AT(consent), "who said no in this column is left out (default consent if it is there)", NULL, true, false},
    {0, "suppress", "FILE", KITH_OPT_STRING, AT(suppress), "ids that are left out: the file's person_id, or its first column", NULL, false, false},
    {0, "history", "FILE", KITH_OPT_STRING, AT(history), "earlier contacts: person_id,ts; for --every", NULL, false, false},
    {0, "every", "TIME", KITH_OPT_DURATION, AT(every), "who was contacted within this time before --until is left out", NULL, false, false},
    {0, "floor", "COL:S", KITH_OPT_STRING, AT(floor), "every group of COL gets at least S times its share of the people (S up to 1)", NULL, false, false},
    {0, "learned", "FILE", KITH_OPT_STRING, AT(learned), "what outcomes say about the offers' values, by kith score update", NULL, false, false},
    {0, "explore", "T", KITH_OPT_DOUBLE, AT(explore), "draw by softmax of the worth at this temperature, in units of value", NULL, false, false},
    {0, "least", "P", KITH_OPT_DOUBLE, AT(least), "explore: the part of each draw that is uniform (default .01)", NULL, false, false},
    {0, "none", NULL, KITH_OPT_FLAG, AT(none), "explore: also a row for who drew nothing, offer empty", NULL, false, false},
    KITH_OPT_END,
};

#define OFFERS "printf 'offer,channel,value,cost,capacity,when\\nvoucher,mail,score * 100,2,1,\\nhello,sms,score * 20,.5,,age < 40\\n' >offers.csv; "
static const kith_example examples[] = {
    {"one voucher, and messages for the young", "person_id,score,age\na,.9,30\nb,.8,50\nc,.5,25\nd,.4,60\n",
     OFFERS "kith score offer -q --offers offers.csv --budget 10",
     "person_id,offer,channel,value,cost,propensity\na,hello,sms,18,0.5,1\nb,voucher,mail,80,2,1\nc,hello,sms,10,0.5,1\n"},
    {"no one who said no", "person_id,score,age,consent\na,.9,30,no\nb,.8,50,yes\n", OFFERS "kith score offer -q --offers offers.csv --budget 10",
     "person_id,offer,channel,value,cost,propensity\nb,voucher,mail,80,2,1\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct run {
    kith_app *app;
    const struct said *said;
    kith_offer_list list;
    kith_offer_people *people;
    kith_offer_problem problem;
    bool accounts;
} run;

/* Ids of a file: who is suppressed, or was contacted of late. */
static int leave_out(run *r, const char *path, bool dated) {
    kith_app *app = r->app;
    kith_csv csv;
    KITH_TRY(kith_csv_read(app->arena, path, &csv, &app->error));
    uint32_t id = kith_csv_column(&csv, app->common.id ? app->common.id : "person_id"), ts = kith_csv_column(&csv, "ts");
    if (id == UINT32_MAX) id = 0;
    if (csv.header.n == 0) return KITH_OK;
    if (dated && ts == UINT32_MAX) return kith_fail(&app->error, KITH_DATA, "%s: no column ts", path);
    int64_t *when = kith_arena_alloc(app->arena, (csv.rows + 1) * sizeof *when), latest = INT64_MIN;
    if (!when) return kith_no_memory(&app->error);
    for (size_t i = 0; i < csv.rows && dated; i++) {
        bool date;
        if (!kith_parse_time(kith_csv_cell(&csv, i, ts), app->common.zone, &when[i], &date))
            return kith_fail(&app->error, KITH_DATA, "%s:%llu: ts: not a time", path, (unsigned long long)csv.lines[i]);
        if (when[i] > latest) latest = when[i];
    }
    if (app->common.has_until) latest = app->common.until_us;
    for (size_t i = 0; i < csv.rows; i++)
        if (!dated || (when[i] <= latest && when[i] > latest - r->said->every))
            KITH_TRY(kith_offer_people_leave_out(r->people, kith_csv_cell(&csv, i, id), &app->error));
    return KITH_OK;
}

static const char *if_there(const kith_header *h, const char *said, const char *otherwise) {
    return said ? said : kith_column_find(h, otherwise) != KITH_NO_COLUMN ? otherwise : NULL;
}

static int read_people(run *r) {
    kith_app *app = r->app;
    const struct said *said = r->said;
    kith_source *source;
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *h = kith_source_header(source);
    const char *floor = NULL;
    if (said->floor) {
        const char *colon = strrchr(said->floor, ':');
        if (!colon || colon == said->floor) return kith_app_usage(app, "--floor takes a column and a share, as region:.8");
        floor = kith_arena_copy(app->arena, said->floor, (size_t)(colon - said->floor));
        if (!floor) return kith_no_memory(&app->error);
    }
    kith_offer_columns columns = {.id = app->common.id ? app->common.id : "person_id", .account = if_there(h, said->account, "account_id"),
                                  .consent = if_there(h, said->consent, "consent"), .floor = floor, .zone = app->common.zone,
                                  .has_until = app->common.has_until, .until_us = app->common.until_us};
    r->accounts = columns.account && *columns.account;
    KITH_TRY(kith_offer_people_new(&r->list, h, &columns, kith_source_threads(source), &r->people, &app->error));
    if (said->suppress) KITH_TRY(leave_out(r, said->suppress, false));
    if (said->history) KITH_TRY(leave_out(r, said->history, true));
    kith_scan scan = {.visit = kith_offer_visit, .commit = kith_offer_commit, .ctx = r->people};
    KITH_TRY(kith_app_scan(app, source, &scan));
    return KITH_OK;
}

/* What was done, once it is written. */
static void report(run *r, const kith_offer_plan *made) {
    kith_app *app = r->app;
    kith_offer_counts c = kith_offer_people_counts(r->people);
    size_t drawn = made->n;
    for (size_t i = 0; i < made->n; i++) drawn -= made->contacts[i].option == UINT32_MAX;
    double short_of = made->bound > 0 ? 100 * (made->bound - made->value) / made->bound : 0;
    kith_app_say(app, "%zu people: %zu without consent, %zu suppressed or contacted of late, %zu for whom no offer is worth anything", c.people, c.no_consent,
                 c.suppressed, c.nothing);
    kith_app_say(app, "%zu contacts worth %.10g for %.10g; no plan is worth more than %.10g (%.4f %%)", drawn, made->value, made->cost, made->bound, short_of);
    if (made->price[0] > 0) kith_app_say(app, "one more unit of budget is worth %.6g", made->price[0]);
}

/* Capacities of the lines of the list, then --limit. */
static int add_limits(run *r) {
    kith_app *app = r->app;
    kith_offer_problem *o = &r->problem;
    size_t n = r->list.n, extra = r->said->limits.n, most = 1 + extra;
    double *limit = kith_arena_alloc(app->arena, (n + extra) * sizeof *limit);
    int32_t *of = kith_arena_alloc(app->arena, n * most * sizeof *of);
    if (!limit || !of) return kith_no_memory(&app->error);
    for (size_t k = 0; k < n * most; k++) of[k] = -1;
    for (size_t k = 0; k < n; k++) {
        if (isinf(r->list.capacity[k])) continue;
        of[k * most] = (int32_t)o->lines;
        limit[o->lines++] = floor(r->list.capacity[k]);
    }
    for (size_t e = 0; e < extra; e++) {
        const char *item = r->said->limits.items[e], *equals = strrchr(item, '=');
        bool offer = strncmp(item, "offer:", 6) == 0, channel = strncmp(item, "channel:", 8) == 0, found = false;
        double v;
        if (!equals || (!offer && !channel) || !kith_parse_double(kith_str_of(equals + 1), &v) || !(v >= 0))
            return kith_app_usage(app, "--limit takes offer:NAME=N or channel:NAME=N");
        kith_str name = {item + (offer ? 6 : 8), (size_t)(equals - item) - (offer ? 6 : 8)};
        for (size_t k = 0; k < n; k++) {
            if (!kith_str_is(name, offer ? r->list.offer[k] : r->list.channel[k])) continue;
            of[k * most + 1 + e] = (int32_t)o->lines;
            found = true;
        }
        if (!found) return kith_fail(&app->error, KITH_DATA, "--limit: no such %s in %s", offer ? "offer" : "channel", r->list.file);
        limit[o->lines++] = floor(v);
    }
    o->limit = limit;
    o->of = of;
    o->most_lines = most;
    return KITH_OK;
}

static int add_floors(run *r) {
    kith_app *app = r->app;
    kith_offer_problem *o = &r->problem;
    double share, *floors = kith_arena_zalloc(app->arena, (o->groups + 1) * sizeof *floors);
    if (!floors) return kith_no_memory(&app->error);
    if (!kith_parse_double(kith_str_of(strrchr(r->said->floor, ':') + 1), &share) || !(share > 0 && share <= 1))
        return kith_app_usage(app, "--floor: the share is above 0 and at most 1");
    for (size_t i = 0; i < o->people; i++)
        if (o->group[i] >= 0) floors[o->group[i]] += share / (double)o->people;
    o->floor = floors;
    return KITH_OK;
}

static int settle(run *r) {
    kith_app *app = r->app;
    const struct said *said = r->said;
    const kith_str *groups;
    KITH_TRY(kith_offer_people_problem(r->people, &r->problem, &groups, &app->error));
    kith_offer_problem *o = &r->problem;
    o->budget = said->budget;
    o->seed = (uint64_t)app->common.seed;
    o->threads = kith_app_threads(app);
    o->contacts = (int)(r->accounts ? said->per_account : said->contacts);
    if (r->accounts && said->per_account > 1) { /* one contact a person: all offers count as one */
        int32_t *same = kith_arena_zalloc(app->arena, r->list.n * sizeof *same);
        if (!same) return kith_no_memory(&app->error);
        o->offer = same;
    }
    KITH_TRY(add_limits(r));
    return said->floor ? add_floors(r) : KITH_OK;
}

static int write_plan(run *r, const kith_offer_plan *plan) {
    kith_app *app = r->app;
    kith_sink *sink;
    kith_buf buf = {0};
    KITH_TRY(kith_app_sink(app, &sink));
    char delimiter = kith_app_delimiter(app, NULL);
    static const char *const names[] = {"person_id", "offer", "channel", "value", "cost", "propensity"};
    kith_row_writer w = kith_row_begin(&buf, delimiter);
    for (size_t k = 0; k < 6; k++) kith_put_name(&w, kith_str_of(names[k]));
    if (app->common.header != 2) kith_row_end(&w);
    else buf.n = 0;
    int status = KITH_OK;
    for (size_t i = 0; i < plan->n && status == KITH_OK; i++) {
        const kith_contact *c = &plan->contacts[i];
        bool none = c->option == UINT32_MAX;
        w = kith_row_begin(&buf, delimiter);
        kith_put_text(&w, kith_offer_person(r->people, c->person));
        kith_put_string(&w, none ? "" : r->list.offer[c->option]);
        kith_put_string(&w, none ? "" : r->list.channel[c->option]);
        kith_put_double(&w, none ? 0 : r->problem.value[(size_t)c->person * r->problem.options + c->option]);
        kith_put_double(&w, none ? 0 : r->list.cost[c->option]);
        kith_put_double(&w, c->propensity);
        kith_row_end(&w);
        if (buf.n > 1 << 18) status = kith_sink_buf(sink, &buf, &app->error);
    }
    if (status == KITH_OK) status = kith_sink_buf(sink, &buf, &app->error);
    if (status == KITH_OK) status = kith_sink_flush(sink, &app->error);
    kith_buf_free(&buf);
    return status;
}

static int plan(run *r) {
    kith_app *app = r->app;
    kith_offer_plan made;
    KITH_TRY(read_people(r));
    KITH_TRY(settle(r));
    if (r->said->explore > 0) {
        kith_explore e = {.temperature = r->said->explore, .least = r->said->least, .log_none = r->said->none};
        KITH_TRY(kith_offer_explore(&r->problem, &e, app->arena, &made, &app->error));
    } else {
        KITH_TRY(kith_offer_plan_make(&r->problem, app->arena, &made, &app->error));
    }
    KITH_TRY(write_plan(r, &made));
    report(r, &made);
    return KITH_OK;
}

static int offer(kith_app *app) {
    run r = {.app = app, .said = app->said};
    const struct said *said = app->said;
    if (!(said->budget >= 0)) return kith_app_usage(app, "--budget is a number from 0");
    if (said->contacts < 1 || said->contacts > 100 || said->per_account < 1 || said->per_account > 100) return kith_app_usage(app, "--contacts and --per-account take 1 to 100");
    if (said->explore < 0 || said->least < 0 || said->least > 1) return kith_app_usage(app, "--explore is a temperature above 0, --least a share");
    if (said->explore > 0 && (said->contacts > 1 || said->per_account > 1)) return kith_app_usage(app, "--explore draws one contact for each person or account");
    if (!said->history != !said->every) return kith_app_usage(app, "--history and --every go together");
    KITH_TRY(kith_offer_list_read(app->arena, said->offers, &r.list, &app->error));
    if (said->learned)
        KITH_TRY(kith_learned_factors(app->arena, said->learned, r.list.offer, r.list.channel, r.list.n, r.list.factor, &app->error));
    int status = plan(&r);
    kith_offer_people_free(r.people);
    return status;
}

const kith_verb kith_verb_score_offer = {
    .name = "offer",
    .brief = "whom to contact with which offer through which channel, within a budget",
    .operands = "[FILE...]",
    .grain = "person → contact",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_SEED | KITH_TAKES_TIME,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = offer,
};
