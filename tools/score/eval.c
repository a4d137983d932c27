/* kith score eval: how good scores are, against what happened.
 *
 *     kith score apply -m lead.model later.csv | kith score eval --outcome bought --score lead_score */
#include <kith/app.h>
#include <kith/frame.h>
#include <kith/learned.h>
#include <kith/metrics.h>

#include <math.h>
#include <string.h>

struct said {
    const char *outcome, *score, *treatment, *treated, *positive, *at, *policy, *propensity, *predicted, *predicted_new;
    int64_t replicates;
};

static void defaults(void *data, kith_common *common) {
    (void)common;
    struct said *said = data;
    *said = (struct said){.replicates = 200};
}

#define AT(field) offsetof(struct said, field)
static const kith_option options[] = {
    {0, "outcome", "COL", KITH_OPT_STRING, AT(outcome), "what happened (default outcome)", NULL, true, false},
    {0, "positive", "V", KITH_OPT_STRING, AT(positive), "the outcome's value that counts as yes", NULL, false, false},
    {0, "score", "COL", KITH_OPT_STRING, AT(score), "the score (default lead_score; with --treatment uplift_score)", NULL, true, false},
    {0, "treatment", "COL", KITH_OPT_STRING, AT(treatment), "the arm of each person: the score is of an effect", NULL, true, false},
    {0, "treated", "V", KITH_OPT_STRING, AT(treated), "the arm that was treated (default 1, yes, true … or the later of two)", NULL, false, false},
    {0, "at", "LIST", KITH_OPT_STRING, AT(at), "shares of the people for lift, gain and uplift (default .1,.2,.3)", NULL, false, false},
    {0, "replicates", "N", KITH_OPT_INT, AT(replicates), "of the bootstrap (default 200)", NULL, false, false},
    {0, "policy", "COL", KITH_OPT_STRING, AT(policy), "instead: the probability that a new policy takes the logged action; what would its outcomes be?", NULL, true, false},
    {0, "propensity", "COL", KITH_OPT_STRING, AT(propensity), "policy: the probability with which the action was logged (default propensity)", NULL, true, false},
    {0, "predicted", "COL", KITH_OPT_STRING, AT(predicted), "policy: predicted outcome of the logged action, for a doubly robust estimate", NULL, true, false},
    {0, "predicted-new", "COL", KITH_OPT_STRING, AT(predicted_new), "policy: predicted outcome under the new policy", NULL, true, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"a score that ranks all but one pair", "lead_score,outcome\n.9,1\n.8,0\n.7,1\n.2,0\n", "kith score eval -q --at .5 | head -2",
     "measure,value,low,high\nauc,0.75,0.05704808782516102,1\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct run {
    kith_app *app;
    const struct said *said;
    kith_frame_reader *reader;
    size_t n;
    double at[32];
    size_t n_at;
} run;

static const char *or_default(const char *said, const char *otherwise) { return said ? said : otherwise; }

static int shares(run *r) {
    kith_str s = kith_str_of(or_default(r->said->at, ".1,.2,.3"));
    for (size_t from = 0, i = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] != ',') continue;
        if (r->n_at == 32 || !kith_parse_double(kith_str_trim((kith_str){s.p + from, i - from}), &r->at[r->n_at]) || !(r->at[r->n_at] > 0 && r->at[r->n_at] <= 1))
            return kith_app_usage(r->app, "--at takes up to 32 shares above 0 and at most 1, separated by commas");
        r->n_at++;
        from = i + 1;
    }
    return KITH_OK;
}

/* The columns asked for, read; those given as NULL are passed over. */
static int read_columns(run *r, const char *const *names, size_t n) {
    kith_app *app = r->app;
    kith_source *source;
    kith_selection columns;
    bool *is_feature;
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(kith_frame_wanted(kith_source_header(source), names[0], NULL, names, n, app->arena, &columns, &is_feature, &app->error));
    KITH_TRY(kith_frame_reader_new(&columns, &r->reader, &app->error));
    kith_scan scan = {.visit = kith_frame_visit, .commit = kith_frame_commit, .ctx = r->reader};
    KITH_TRY(kith_app_scan(app, source, &scan));
    r->n = kith_frame_rows(r->reader);
    return r->n ? KITH_OK : kith_fail(&app->error, KITH_DATA, "no rows to evaluate");
}

static int numbers(run *r, const char *name, const double **v) { return kith_frame_numbers(r->reader, kith_frame_find(r->reader, name), v, &r->app->error); }

/* The outcome as numbers: a yes/no column as 0 and 1, a column of numbers as it is where the effect of a treatment is asked. */
static int outcome(run *r, bool any_number, double **y) {
    kith_app *app = r->app;
    size_t j = kith_frame_find(r->reader, or_default(r->said->outcome, "outcome"));
    const double *v;
    const char *yes;
    if (!any_number || r->said->positive || kith_frame_kind(r->reader, j) != KITH_COLUMN_NUMBER)
        return kith_frame_outcome(r->reader, j, r->said->positive, app->arena, y, &yes, &app->error);
    KITH_TRY(kith_frame_numbers(r->reader, j, &v, &app->error));
    *y = kith_arena_alloc(app->arena, (r->n + 1) * sizeof **y);
    if (!*y) return kith_no_memory(&app->error);
    memcpy(*y, v, r->n * sizeof *v);
    return KITH_OK;
}

static int evaluate(run *r, kith_measure **list, size_t *n) {
    kith_app *app = r->app;
    const char *treatment = r->said->treatment, *score = or_default(r->said->score, treatment ? "uplift_score" : "lead_score"), *yes;
    const char *names[] = {or_default(r->said->outcome, "outcome"), score, treatment};
    const double *s;
    double *y, *arm = NULL;
    size_t kept = 0;
    KITH_TRY(shares(r));
    KITH_TRY(read_columns(r, names, 3));
    KITH_TRY(outcome(r, treatment != NULL, &y));
    KITH_TRY(numbers(r, score, &s));
    if (treatment) KITH_TRY(kith_frame_outcome(r->reader, kith_frame_find(r->reader, treatment), r->said->treated, app->arena, &arm, &yes, &app->error));
    double *values = kith_arena_alloc(app->arena, (r->n + 1) * sizeof *values);
    uint8_t *treated = kith_arena_alloc(app->arena, r->n + 1);
    if (!values || !treated) return kith_no_memory(&app->error);
    for (size_t i = 0; i < r->n; i++) {
        if (isnan(y[i]) || isnan(s[i]) || (arm && isnan(arm[i]))) continue;
        values[kept] = s[i];
        treated[kept] = arm ? arm[i] != 0 : 0;
        y[kept++] = y[i];
    }
    if (kept < r->n) kith_app_say(app, "%zu rows without a score or an outcome are left out", r->n - kept);
    kith_eval_options o = {.replicates = (int)r->said->replicates, .seed = (uint64_t)app->common.seed, .threads = kith_app_threads(app), .at = r->at, .n_at = r->n_at};
    return treatment ? kith_eval_uplift(values, y, treated, kept, &o, app->arena, list, n, &app->error)
                     : kith_eval_binary(values, y, kept, &o, app->arena, list, n, &app->error);
}

static int policy(run *r, kith_measure **list, size_t *n) {
    const struct said *said = r->said;
    const char *propensity = or_default(said->propensity, "propensity");
    const char *names[] = {or_default(said->outcome, "outcome"), propensity, said->policy, said->predicted, said->predicted_new};
    const double *p, *wanted, *predicted = NULL, *predicted_new = NULL;
    double *y;
    if (!said->predicted != !said->predicted_new) return kith_app_usage(r->app, "--predicted and --predicted-new go together");
    KITH_TRY(read_columns(r, names, 5));
    KITH_TRY(outcome(r, true, &y));
    KITH_TRY(numbers(r, propensity, &p));
    KITH_TRY(numbers(r, said->policy, &wanted));
    if (said->predicted) KITH_TRY(numbers(r, said->predicted, &predicted));
    if (said->predicted) KITH_TRY(numbers(r, said->predicted_new, &predicted_new));
    for (size_t i = 0; i < r->n; i++)
        if (isnan(y[i])) return kith_fail(&r->app->error, KITH_DATA, "row %zu: no outcome", i + 1);
    return kith_eval_policy(y, p, wanted, predicted, predicted_new, r->n, r->app->arena, list, n, &r->app->error);
}

static int write_measures(kith_app *app, const kith_measure *list, size_t n) {
    kith_sink *sink;
    kith_buf buf = {0};
    char delimiter = kith_app_delimiter(app, NULL);
    KITH_TRY(kith_app_sink(app, &sink));
    static const char *const names[] = {"measure", "value", "low", "high"};
    kith_row_writer w = kith_row_begin(&buf, delimiter);
    for (size_t k = 0; k < 4 && app->common.header != 2; k++) kith_put_name(&w, kith_str_of(names[k]));
    if (w.fields) kith_row_end(&w);
    for (size_t i = 0; i < n; i++) {
        w = kith_row_begin(&buf, delimiter);
        kith_put_string(&w, list[i].name);
        kith_put_double(&w, list[i].value);
        kith_put_double(&w, list[i].low);
        kith_put_double(&w, list[i].high);
        kith_row_end(&w);
    }
    int status = kith_sink_buf(sink, &buf, &app->error);
    kith_buf_free(&buf);
    return status;
}

static int eval(kith_app *app) {
    run r = {.app = app, .said = app->said};
    kith_measure *list;
    size_t n;
    if (r.said->replicates < 0 || r.said->replicates > 100000) return kith_app_usage(app, "--replicates takes 0 to 100000");
    int status = r.said->policy ? policy(&r, &list, &n) : evaluate(&r, &list, &n);
    kith_frame_reader_free(r.reader);
    return status == KITH_OK ? write_measures(app, list, n) : status;
}

const kith_verb kith_verb_score_eval = {
    .name = "eval",
    .brief = "how good scores are, against what happened",
    .operands = "[FILE...]",
    .grain = "scored person → measure",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_SEED,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = eval,
};
