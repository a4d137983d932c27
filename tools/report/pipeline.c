/* kith report pipeline: where leads stand and how far they came, by group, person and account.
 *
 *     kith pipeline --stage stage --stages 'new,contacted,meeting,offer,won' -g sector,region --value deal --target 'won=.1' leads.csv | kith view
 */
#include <kith/app.h>
#include <kith/cohort.h>

typedef struct said {
    const char *stage, *stages, *account, *value, *ts, *target;
} said;

static const kith_option options[] = {
    {0, "stage", "COL", KITH_OPT_STRING, offsetof(said, stage), "the stage a row speaks of (default stage)", NULL, true, false},
    {0, "stages", "A,B,...", KITH_OPT_STRING, offsetof(said, stages), "the stages in order (default: by falling number of people)", NULL, false, false},
    {0, "account", "COL", KITH_OPT_STRING, offsetof(said, account), "the company or household (default account_id, if there is one)", NULL, true, false},
    {0, "value", "COL", KITH_OPT_STRING, offsetof(said, value), "what a lead is worth, summed where it stands", NULL, true, false},
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "when a lead entered the stage (default ts, if there is one)", NULL, true, false},
    {0, "target", "STAGE=SHARE,...", KITH_OPT_STRING, offsetof(said, target), "the share of leads that should reach a stage: yes, no, or open as the interval says", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Three leads; two came as far as a meeting, one of them was won.", "person_id,account_id,stage,deal\n1,A,new,10\n2,A,meeting,20\n3,B,won,5\n",
     "kith report pipeline --stage stage --stages new,meeting,won --value deal | cut -d, -f1-4,7-9",
     "stage,persons,accounts,conversion,value,reached,from_previous\nnew,1,0,1,10,3,\nmeeting,1,1,0.6666666666666666,20,2,0.6666666666666666\nwon,1,1,0.3333333333333333,5,1,0.5\n"},
    {NULL, NULL, NULL, NULL},
};

static int run(kith_app *app) {
    const said *s = app->said;
    const kith_common *c = &app->common;
    kith_params params = {.arena = app->arena};
    kith_params_set(&params, "stage", s->stage ? s->stage : "stage");
    kith_params_set(&params, "stages", s->stages);
    kith_params_set(&params, "by", c->by);
    kith_params_set(&params, "id", c->id_said ? c->id : NULL);
    kith_params_set(&params, "account", s->account);
    kith_params_set(&params, "value", s->value);
    kith_params_set(&params, "ts", s->ts);
    kith_params_set(&params, "target", s->target);
    kith_params_set(&params, "tz", c->tz);
    return params.failed ? kith_no_memory(&app->error) : kith_app_fold(app, &kith_pipeline_fold, &params);
}

const kith_verb kith_verb_report_pipeline = {
    .name = "pipeline",
    .brief = "where leads stand and how far they came, by group, person and account",
    .operands = "[FILE...]",
    .grain = "lead (one row or more) → stage",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_BY | KITH_TAKES_ID | KITH_TAKES_ZONE | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
    .fold = &kith_pipeline_fold,
};
