/* kith score apply: every row with the scores of any number of models, in one pass.
 *
 *     kith score apply -m lead.model -m value.model -m vip=uplift.model people.csv > scored.csv
 */
#include <kith/apply.h>
#include <math.h>

typedef struct said {
    double horizon, discount;
    const char *choices;
} said;

static const kith_option options[] = {
    {0, "horizon", "UNITS", KITH_OPT_DOUBLE, offsetof(said, horizon), "value: how far ahead, in the model's unit (default: 39)", NULL, false, false},
    {0, "discount", "RATE", KITH_OPT_DOUBLE, offsetof(said, discount), "value: discount rate per year (default: .1)", NULL, false, false},
    {0, "choices", "FILE", KITH_OPT_STRING, offsetof(said, choices), "taste: what people have chosen so far, a row each", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Expected purchases in the next 39 weeks by a model of purchases without dropout: (r + x)/(alpha + T) times 39.",
     "person_id,value_x,value_tx,value_T\n7,2,30,37\n9,0,0,37\n",
     "printf 'part,name,value\\nmodel,kind,value\\nmodel,version,1\\nfit,method,nbd\\nfit,unit,week\\nparam,r,0.5\\nparam,alpha,13\\ncolumn,x,value_x\\ncolumn,tx,value_tx\\ncolumn,T,value_T\\n' > nbd.model; "
     "kith score apply -m nbd.model --horizon 39 | cut -d, -f1-6; rm nbd.model",
     "person_id,value_x,value_tx,value_T,value_expected,value_alive\n7,2,30,37,1.9500000000000002,1\n9,0,0,37,0.39,1\n"},
    {0},
};

static void defaults(void *v, kith_common *common) {
    (void)common;
    said *s = v;
    s->horizon = s->discount = NAN;
}

static int run(kith_app *app) {
    const said *s = app->said;
    return kith_app_apply(app, &(kith_score_options){.horizon = s->horizon, .discount = s->discount, .choices = s->choices});
}

const kith_verb kith_verb_score_apply = {
    .name = "apply",
    .brief = "every row with the scores of any number of models, in one pass",
    .operands = "[FILE...]",
    .grain = "person → person",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_MODEL | KITH_TAKES_LINES | KITH_TAKES_REPLACE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
};
