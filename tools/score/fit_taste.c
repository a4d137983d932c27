/* kith score fit taste: what else a person would choose, from what everybody chose.
 *
 *     kith score fit taste --item product events.csv > taste.model
 *     kith score apply -m taste.model --choices events.csv people.csv > offers.csv
 */
#include <kith/app.h>
#include <kith/taste.h>
#include <math.h>

typedef struct said {
    const char *item;
    int method;
    double lambda;
    int64_t keep, buyers;
} said;

static const kith_option options[] = {
    {0, "item", "COL", KITH_OPT_STRING, offsetof(said, item), "what was chosen (default: product)", NULL, true, false},
    {0, "method", "NAME", KITH_OPT_CHOICE, offsetof(said, method), "EASE^R, or the neighbours of an item (default: ease)", "ease|knn", false, false},
    {0, "lambda", "L", KITH_OPT_DOUBLE, offsetof(said, lambda), "ease: ridge penalty (default: 500)", NULL, false, false},
    {0, "keep", "N", KITH_OPT_INT, offsetof(said, keep), "weights kept for each item, the largest; 0: all (default: 100)", NULL, false, false},
    {0, "buyers", "N", KITH_OPT_INT, offsetof(said, buyers), "persons an item must have (default: 20; 1 where fewer than 50 items have 20)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Who has tea wants milk: the first item offered to each.",
     "person_id\n4\n9\n",
     "printf 'person_id,product\\n1,tea\\n1,milk\\n2,tea\\n2,milk\\n3,nuts\\n3,beer\\n4,tea\\n5,tea\\n' > c.csv; "
     "kith score fit taste --lambda 1 c.csv > t.model; kith score apply -m t.model --choices c.csv | cut -d, -f1,2; rm c.csv t.model",
     "person_id,taste_1\n4,milk\n9,tea\n"},
    {0},
};

static void defaults(void *v, kith_common *common) {
    (void)common;
    said *s = v;
    s->lambda = 500;
    s->keep = 100;
    s->buyers = -1;
}

static int run(kith_app *app) {
    const said *s = app->said;
    kith_params p = {.arena = app->arena};
    if (!(s->lambda > 0)) return kith_app_usage(app, "--lambda takes a positive number");
    if (s->keep < 0) return kith_app_usage(app, "--keep takes a number from 0");
    kith_params_set(&p, "id", app->common.id);
    kith_params_set(&p, "item", s->item);
    kith_params_set(&p, "method", s->method ? "knn" : "ease");
    kith_params_set_double(&p, "lambda", s->lambda);
    kith_params_set_double(&p, "keep", (double)s->keep);
    if (s->buyers >= 0) kith_params_set_double(&p, "buyers", (double)s->buyers);
    return kith_app_fold(app, &kith_taste_fold, &p);
}

const kith_verb kith_verb_score_fit_taste = {
    .name = "fit taste",
    .brief = "what else a person would choose, from what everybody chose",
    .operands = "[FILE...]",
    .grain = "event → model",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_taste_fold,
};
