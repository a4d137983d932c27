/* kith report table: any aggregates over any groups, exactly.
 *
 *     kith table -g region -a 'n=count,revenue=sum(amount),buyers=distinct(person_id)' shop.csv | kith view
 *     kith table -g region -a 'revenue=sum(amount)' --save-state mon.st mon.csv      # and on Tuesday: --state mon.st tue.csv
 */
#include <kith/aggregate.h>
#include <kith/app.h>

#include <string.h>

typedef struct said {
    kith_list aggregates;
    const char *wide;
    bool total;
} said;

static const kith_option options[] = {
    {'a', "aggregate", "NAME=AGG(COL),...", KITH_OPT_LIST, offsetof(said, aggregates),
     "count, sum, mean, sd, min, max, median, pNN, distinct, first, last, share, weighted(COL,WEIGHT), ratio(COL,COL) (default: count)", NULL, false, false},
    {0, "total", NULL, KITH_OPT_FLAG, offsetof(said, total), "a last row over all groups", NULL, false, false},
    {0, "wide", "COL", KITH_OPT_STRING, offsetof(said, wide), "the values of this group column become columns", NULL, true, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"How many rows, what sum and what mean, by region; a missing amount is in no sum.", "region,channel,amount\nN,web,0.1\nS,web,7\nN,shop,0.2\nS,shop,\n",
     "kith report table -g region -a 'n=count,revenue=sum(amount),mean=mean(amount)'", "region,n,revenue,mean\nN,2,0.3,0.15\nS,2,7,7\n"},
    {"One row for everything; people counted once.", "who,amount\nann,5\nbo,1\nann,9\n",
     "kith report table -a 'people=distinct(who),median=median(amount),most=max(amount)'", "people,median,most\n2,5,9\n"},
    {"Regions down, channels across.", "region,channel,amount\nN,web,0.1\nS,web,7\nN,shop,0.2\n",
     "kith report table -g region,channel -a 'sum(amount)' --wide channel", "region,shop,web\nN,0.2,0.1\nS,,7\n"},
    {"A ratio of sums with its 95 % interval.", "clicks,views\n3,20\n5,30\n8,50\n", "kith report table -a 'rate=ratio(clicks,views)'",
     "rate,rate_low,rate_high\n0.16,0.15321048559554365,0.16678951440445636\n"},
    {NULL, NULL, NULL, NULL},
};

static int run(kith_app *app) {
    const said *s = app->said;
    kith_params params = {.arena = app->arena};
    kith_buf text = {0};
    for (size_t i = 0; i < s->aggregates.n; i++) {
        if (i) kith_buf_putc(&text, ',');
        kith_buf_puts(&text, s->aggregates.items[i]);
    }
    kith_buf_putc(&text, 0);
    kith_params_set(&params, "by", app->common.by);
    kith_params_set(&params, "aggregates", text.failed ? NULL : kith_arena_copy(app->arena, text.p, text.n));
    kith_params_set(&params, "total", s->total ? "1" : "");
    kith_params_set(&params, "wide", s->wide);
    bool failed = text.failed || params.failed;
    kith_buf_free(&text);
    return failed ? kith_no_memory(&app->error) : kith_app_fold(app, &kith_table_fold, &params);
}

const kith_verb kith_verb_report_table = {
    .name = "table",
    .brief = "any aggregates over any groups",
    .operands = "[FILE...]",
    .grain = "row → group",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_BY | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
    .fold = &kith_table_fold,
};
