/* kith score fit lead: a model of who will act, from people whose outcome is known.
 *
 *     kith dedupe portrait past.csv | kith score fit lead --outcome bought --method trees >lead.model */
#include <kith/app.h>
#include <kith/lead_model.h>
#include <kith/notes.h>
#include <kith/people.h>
#include <kith/stepping.h>
#include <kith/steps.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOGISTIC, ELASTIC, TREES };

struct said {
    const char *outcome, *positive, *cv, *cv_report, *monotone, *class_weight, *step;
    int method, calibrate;
    double c, l1_ratio, rate, lambda;
    int64_t trees, leaves, min_leaf;
    bool path;
};

static void defaults(void *data, kith_common *common) {
    (void)common;
    struct said *said = data;
    *said = (struct said){.c = 1, .l1_ratio = .5, .rate = .05, .lambda = -1, .trees = 200, .calibrate = 3};
}

#define AT(field) offsetof(struct said, field)
static const kith_option options[] = {
    {0, "outcome", "COL", KITH_OPT_STRING, AT(outcome), "the yes/no column to learn (default outcome)", NULL, true, false},
    {0, "positive", "V", KITH_OPT_STRING, AT(positive), "the outcome's value that counts as yes (default 1, yes, true … or the later of two)", NULL, false, false},
    {0, "method", "NAME", KITH_OPT_CHOICE, AT(method), "how to learn (default logistic)", "logistic|elastic|trees", false, false},
    {0, "c", "C", KITH_OPT_DOUBLE, AT(c), "logistic, elastic: weight of the data against the penalty (default 1)", NULL, false, false},
    {0, "l1-ratio", "R", KITH_OPT_DOUBLE, AT(l1_ratio), "elastic: the absolute part of the penalty (default .5)", NULL, false, false},
    {0, "path", NULL, KITH_OPT_FLAG, AT(path), "logistic, elastic: C by five inner folds, among 16 from .001 to 100", NULL, false, false},
    {0, "trees", "N", KITH_OPT_INT, AT(trees), "trees: how many (default 200)", NULL, false, false},
    {0, "rate", "R", KITH_OPT_DOUBLE, AT(rate), "trees: share of each that is added (default .05)", NULL, false, false},
    {0, "leaves", "N", KITH_OPT_INT, AT(leaves), "trees: leaves of each (default 15; from 100,000 rows 31)", NULL, false, false},
    {0, "min-leaf", "N", KITH_OPT_INT, AT(min_leaf), "trees: rows in a leaf at least (default 20)", NULL, false, false},
    {0, "lambda", "L", KITH_OPT_DOUBLE, AT(lambda), "trees: penalty on leaf values (default 5)", NULL, false, false},
    {0, "monotone", "LIST", KITH_OPT_STRING, AT(monotone), "trees: columns whose rise may only raise or lower the score: age:+,price:-", NULL, false, false},
    {0, "class-weight", "W", KITH_OPT_STRING, AT(class_weight), "weight of the yes rows, or balanced (default 1)", NULL, false, false},
    {0, "calibrate", "HOW", KITH_OPT_CHOICE, AT(calibrate), "probabilities from held-out scores (default none; with --class-weight platt)", "none|platt|isotonic", false, false},
    {0, "cv", "FOLDS", KITH_OPT_STRING, AT(cv), "cross-validate: mod:K, mod:K:COL, group:COL or time:COL (default time:TS where a date is known)", NULL, false, false},
    {0, "cv-report", "FILE", KITH_OPT_RESULT, AT(cv_report), "the folds' measures: fold,measure,value", NULL, false, false},
    {0, "step", "MODEL", KITH_OPT_STRING, AT(step), "one pass over a shard or the step after it; new: the first", NULL, false, false},
    KITH_OPT_END,
};

#define PEOPLE "age,city,bought\n30,Rome,no\n41,Oslo,yes\n35,Rome,no\n52,Oslo,yes\n47,Rome,yes\n28,Oslo,no\n33,Oslo,yes\n39,Rome,no\n"
static const kith_example examples[] = {
    {"who buys? the first rows of the model", PEOPLE, "kith score fit lead -q --outcome bought | head -4",
     "part,name,value\nmodel,kind,lead\nmodel,version,1\nlead,method,logistic\n"},
    {"the exact optimum of four folds", PEOPLE, "kith score fit lead -q --outcome bought --cv mod:2 --cv-report r.csv >m && grep -c objective r.csv", "2\n"},
    {NULL, NULL, NULL, NULL},
};

#define WITHOUT "without an outcome"
#define NOTE(r, ...) KITH_NOTE(&(r)->notes, __VA_ARGS__)

typedef struct run {
    kith_app *app;
    kith_buf notes;
    const struct said *said;
    kith_frame_reader *reader;
    kith_frame frame;
    bool *use, *is_feature;
    double *y;
    const char *cv, *time, *positive;
    kith_folds folds;
    double *folded; /* folds × measures */
    kith_lead_options options;
} run;

/* The column that dates the rows: ts, or the only column of dates that is no birthday. */
static const char *time_column(const run *r) {
    size_t found = SIZE_MAX;
    for (size_t j = 0; j < kith_frame_columns(r->reader); j++) {
        const char *name = kith_frame_name(r->reader, j);
        if (kith_frame_kind(r->reader, j) != KITH_COLUMN_TIME) continue;
        if (strcmp(name, "ts") == 0) return name;
        if (!r->is_feature[j] || strstr(name, "birth") || strstr(name, "born") || strstr(name, "dob")) continue;
        if (found != SIZE_MAX) return NULL;
        found = j;
    }
    return found == SIZE_MAX ? NULL : kith_frame_name(r->reader, found);
}

static int read_people(run *r) {
    kith_app *app = r->app;
    const char *outcome = r->said->outcome ? r->said->outcome : "outcome";
    KITH_TRY(kith_app_people(app, r->said->cv, &outcome, 1, &r->reader, &r->is_feature));
    r->time = time_column(r);
    r->cv = r->said->cv;
    if (!r->cv && r->time) {
        r->cv = kith_arena_format(app->arena, "time:%s", r->time);
        if (!r->cv) return kith_no_memory(&app->error);
        NOTE(r, "tested on the last fifth of the rows by %s; it is no feature (--cv says otherwise)", r->time);
        r->is_feature[kith_frame_find(r->reader, r->time)] = false;
    }
    KITH_TRY(kith_frame_outcome(r->reader, kith_frame_find(r->reader, outcome), r->said->positive, app->arena, &r->y,
                                &r->positive, &app->error));
    KITH_TRY(kith_frame_features(r->reader, r->is_feature, app->arena, &r->frame, &r->notes, &app->error));
    return KITH_OK;
}

/* Which rows have an outcome; and what may leak. */
static int look(run *r) {
    kith_app *app = r->app;
    const double *time = NULL;
    size_t missing = 0;
    r->use = kith_arena_alloc(app->arena, r->frame.rows + 1);
    if (!r->use) return kith_no_memory(&app->error);
    for (size_t i = 0; i < r->frame.rows; i++) {
        r->use[i] = !isnan(r->y[i]);
        missing += !r->use[i];
    }
    if (missing) NOTE(r, "%zu rows " WITHOUT " are left out", missing);
    kith_app_count(app, 0, 0, 0, missing);
    if (r->time) KITH_TRY(kith_frame_numbers(r->reader, kith_frame_find(r->reader, r->time), &time, &app->error));
    KITH_TRY(kith_frame_leaks(&r->frame, r->y, time, r->time, &r->notes, &app->error));
    return KITH_OK;
}

static int monotone_of(run *r) {
    int8_t *sign = kith_arena_zalloc(r->app->arena, r->frame.n + 1);
    char *copy = kith_arena_copy(r->app->arena, r->said->monotone, strlen(r->said->monotone)), *save = NULL;
    if (!sign || !copy) return kith_no_memory(&r->app->error);
    for (char *item = strtok_r(copy, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
        char *colon = strrchr(item, ':');
        if (!colon || (strcmp(colon, ":+") != 0 && strcmp(colon, ":-") != 0))
            return kith_app_usage(r->app, "--monotone takes NAME:+ or NAME:-, separated by commas");
        *colon = 0;
        size_t j = 0;
        while (j < r->frame.n && strcmp(r->frame.features[j].name, item) != 0) j++;
        if (j == r->frame.n || r->frame.features[j].is_level)
            return kith_fail(&r->app->error, KITH_DATA, "--monotone: %s is no column of numbers here", item);
        sign[j] = colon[1] == '+' ? 1 : -1;
    }
    r->options.trees.monotone = sign;
    return KITH_OK;
}

static int settle(run *r) {
    const struct said *said = r->said;
    kith_app *app = r->app;
    kith_lead_options *o = &r->options;
    if (!(said->c > 0) || !(said->l1_ratio >= 0 && said->l1_ratio <= 1) || !(said->rate > 0 && said->rate <= 1))
        return kith_app_usage(app, "--c must be above 0, --l1-ratio from 0 to 1, --rate above 0 and at most 1");
    if (said->trees < 1 || said->trees > 100000 || said->leaves < 0 || said->leaves == 1 || said->leaves > 65536 || said->min_leaf < 0)
        return kith_app_usage(app, "--trees takes 1 to 100000, --leaves 2 to 65536, --min-leaf a positive number");
    *o = (kith_lead_options){.on_trees = said->method == TREES, .seed = (uint64_t)app->common.seed, .threads = kith_app_threads(app)};
    o->linear = (kith_linear_options){.c = said->c, .l1_ratio = said->method == ELASTIC ? said->l1_ratio : 0, .posterior = said->method == LOGISTIC};
    o->trees = (kith_tree_options){.trees = (int)said->trees, .rate = said->rate, .leaves = (int)said->leaves,
                                   .min_leaf = (int)said->min_leaf, .lambda = said->lambda};
    if (said->class_weight && strcmp(said->class_weight, "balanced") == 0) o->class_weight = -1;
    else if (said->class_weight && (!kith_parse_double(kith_str_of(said->class_weight), &o->class_weight) || !(o->class_weight > 0)))
        return kith_app_usage(app, "--class-weight takes balanced or a number above 0");
    o->calibration = said->calibrate == 3 ? said->class_weight ? KITH_CALIBRATION_PLATT : KITH_CALIBRATION_NONE : said->calibrate;
    return KITH_OK;
}

/* C by the held-out log loss along the path, which goes into the model. */
static int choose_c(run *r, const size_t *rows, size_t n, kith_model *m) {
    double c[16], loss[16];
    size_t best;
    for (int k = 0; k < 16; k++) c[k] = pow(10, -3 + k / 3.0);
    KITH_TRY(kith_lead_path(&r->frame, rows, n, r->y, &r->options, c, 16, loss, &best, &r->app->error));
    for (int k = 0; k < 16; k++) {
        char name[32];
        kith_format_double(c[k], name);
        kith_model_put_double(m, "path", name, loss[k]);
    }
    r->options.linear.c = c[best];
    kith_model_put_double(m, "lead", "c", c[best]);
    NOTE(r, "C %.4g, by the held-out log loss", c[best]);
    return KITH_OK;
}

static int cross_validate(run *r, kith_model *m) {
    kith_app *app = r->app;
    KITH_TRY(kith_frame_folds(r->reader, r->cv, (uint64_t)app->common.seed, app->arena, &r->folds, &app->error));
    r->folded = kith_arena_alloc(app->arena, r->folds.n * KITH_LEAD_MEASURES * sizeof *r->folded);
    if (!r->folded) return kith_no_memory(&app->error);
    KITH_TRY(kith_lead_crossval(&r->frame, r->use, r->y, &r->folds, &r->options, kith_app_threads(app), r->folded, &app->error));
    kith_buf report = {0};
    kith_buf_puts(&report, "fold,measure,value\n");
    kith_model_put(m, "cv", "folds", r->cv);
    for (size_t k = 0; k < KITH_LEAD_MEASURES; k++) {
        double sum = 0, n = 0;
        for (size_t f = 0; f < r->folds.n; f++) {
            double v = r->folded[f * KITH_LEAD_MEASURES + k];
            if (isnan(v)) continue;
            sum += v;
            n++;
        }
        if (n > 0) kith_model_put_double(m, "cv", kith_lead_measures[k], sum / n);
        if (n > 0 && k < 6 && k != 4) NOTE(r, "%s %.4f over %.0f fold%s", kith_lead_measures[k], sum / n, n, n == 1 ? "" : "s");
    }
    for (size_t f = 0; f < r->folds.n; f++)
        for (size_t k = 0; k < KITH_LEAD_MEASURES; k++) {
            if (isnan(r->folded[f * KITH_LEAD_MEASURES + k])) continue;
            kith_buf_printf(&report, "%zu,%s,", f, kith_lead_measures[k]);
            kith_buf_double(&report, r->folded[f * KITH_LEAD_MEASURES + k]);
            kith_buf_putc(&report, '\n');
        }
    return kith_app_report(app, r->said->cv_report, &report);
}

static int fit(run *r) {
    static const char *const methods[] = {"logistic", "elastic", "trees"};
    kith_app *app = r->app;
    kith_model *m;
    kith_lead lead;
    KITH_TRY(look(r));
    if (r->said->cv_report && !r->cv) return kith_app_usage(app, "--cv-report needs --cv");
    if (r->said->monotone) KITH_TRY(monotone_of(r));
    r->options.key = kith_frame_key(r->reader);
    KITH_TRY(kith_model_new(app->arena, "lead", 1, &m, &app->error));
    size_t *rows = kith_arena_alloc(app->arena, (r->frame.rows + 1) * sizeof *rows), n = 0;
    if (!rows) return kith_no_memory(&app->error);
    for (size_t i = 0; i < r->frame.rows; i++)
        if (r->use[i]) rows[n++] = i;
    kith_model *path;
    KITH_TRY(kith_model_new(app->arena, "lead", 1, &path, &app->error));
    if (r->said->path && r->said->method != TREES) KITH_TRY(choose_c(r, rows, n, path));
    KITH_TRY(kith_lead_fit(&r->frame, rows, n, r->y, &r->options, app->arena, &lead, &app->error));
    if (lead.linear.width > 250) lead.linear.precision = NULL; /* a posterior of 30,000 rows is no longer a file to read */
    KITH_TRY(kith_lead_put(m, &lead, methods[r->said->method], r->said->outcome ? r->said->outcome : "outcome", r->positive, &app->error));
    for (size_t j = 0; j < lead.encoding.n; j++)
        if (lead.encoding.coded[j].left_out) NOTE(r, "column %s is left out: constant", lead.encoding.coded[j].name);
    for (size_t i = 2; i < path->n; i++) kith_model_put_str(m, path->rows[i].part.p, path->rows[i].name, path->rows[i].value);
    kith_model_put_int(m, "fit", "rows", (int64_t)n);
    if (!lead.on_trees) {
        kith_model_put_double(m, "fit", "objective", lead.linear.objective);
        kith_model_put_int(m, "fit", "iterations", lead.linear.iterations);
        kith_model_put_int(m, "fit", "converged", lead.linear.converged);
        if (!lead.linear.converged) NOTE(r, "!the fit did not converge in %d steps", lead.linear.iterations);
    }
    double *p = kith_arena_alloc(app->arena, (n + 1) * sizeof *p), *y = kith_arena_alloc(app->arena, (n + 1) * sizeof *y), auc;
    if (!p || !y) return kith_no_memory(&app->error);
    for (size_t i = 0; i < n; i++) y[i] = r->y[rows[i]];
    KITH_TRY(kith_lead_predict(&lead, &r->frame, rows, n, p, NULL, &app->error));
    KITH_TRY(kith_auc(p, y, n, &auc, &app->error));
    kith_model_put_double(m, "fit", "auc", auc);
    if (auc == 1) NOTE(r, "!the columns separate the classes perfectly: a column may hold what is known only afterwards, or there are too few rows");
    if (r->cv) KITH_TRY(cross_validate(r, m));
    return kith_app_model(app, m, &r->notes);
}

static int fit_lead(kith_app *app) {
    run r = {.app = app, .said = app->said};
    if (app->common.state.n + (app->common.save_state != NULL) && !r.said->step) return kith_app_usage(app, "--state and --save-state go with --step");
    KITH_TRY(settle(&r));
    static const char *const whole[] = {"cv", "cv-report", "path", NULL};
    if (r.said->step && r.said->calibrate == KITH_CALIBRATION_ISOTONIC) return kith_app_usage(app, "--calibrate isotonic needs all scores at once; with --step take platt");
    if (r.said->step) return kith_app_step(app, r.said->step, kith_step_kinds[KITH_STEP_LEAD], &kith_lead_fold, whole, &(kith_stepping){kith_steps_converged, kith_steps_left_out, WITHOUT});
    int status = read_people(&r);
    if (status == KITH_OK) status = fit(&r);
    kith_frame_reader_free(r.reader);
    kith_buf_free(&r.notes);
    return status;
}

const kith_verb kith_verb_score_fit_lead = {
    .name = "fit lead",
    .brief = "a model of who will act, from people whose outcome is known",
    .operands = "[FILE...]",
    .grain = "person → model",
    .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS | KITH_TAKES_SELECT | KITH_TAKES_DROP | KITH_TAKES_ID | KITH_TAKES_SEED | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = fit_lead,
    .fold = &kith_lead_fold,
    .negative = "with --step, not converged yet",
};
