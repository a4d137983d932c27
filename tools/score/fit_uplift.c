/* kith score fit uplift: a model of whom outreach changes, from an experiment.
 *
 *     kith score fit uplift --outcome visit --treatment treatment test.csv >uplift.model && kith score apply -m uplift.model people.csv */
#include <kith/app.h>
#include <kith/notes.h>
#include <kith/people.h>
#include <kith/stepping.h>
#include <kith/steps.h>
#include <kith/uplift_model.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AUTO = 5 };

struct said {
    const char *outcome, *positive, *treatment, *treated, *control, *cv, *cv_report, *propensity, *step;
    int learner, base;
    double c, rate, margin;
    int64_t trees, leaves, min_leaf, replicates;
};

static void defaults(void *data, kith_common *common) {
    (void)common;
    struct said *said = data;
    *said = (struct said){.learner = AUTO, .c = 1, .margin = -1, .replicates = 200};
}

#define AT(field) offsetof(struct said, field)
static const kith_option options[] = {
    {0, "outcome", "COL", KITH_OPT_STRING, AT(outcome), "what the treatment should change: yes/no or a number (default outcome)", NULL, true, false},
    {0, "positive", "V", KITH_OPT_STRING, AT(positive), "the outcome's value that counts as yes", NULL, false, false},
    {0, "treatment", "COL", KITH_OPT_STRING, AT(treatment), "the arm of each person (default treatment)", NULL, true, false},
    {0, "treated", "V", KITH_OPT_STRING, AT(treated), "the arm that was treated (default 1, yes, true … or the later of two)", NULL, false, false},
    {0, "control", "V", KITH_OPT_STRING, AT(control), "the arm that was not; people of other arms are left out", NULL, false, false},
    {0, "learner", "NAME", KITH_OPT_CHOICE, AT(learner), "how to learn (default auto: by inner cross-validation)", "s|t|x|dr|trees|auto", false, false},
    {0, "base", "NAME", KITH_OPT_CHOICE, AT(base), "what s, t, x and dr stand on (default logistic)", "logistic|trees", false, false},
    {0, "propensity", "COL", KITH_OPT_STRING, AT(propensity), "where treatment was not random: its probability, a column or fit; the learner is then dr", NULL, true, false},
    {0, "margin", "M", KITH_OPT_DOUBLE, AT(margin), "an effect smaller than this is none (default half the average effect)", NULL, false, false},
    {0, "c", "C", KITH_OPT_DOUBLE, AT(c), "logistic: weight of the data against the penalty (default 1)", NULL, false, false},
    {0, "trees", "N", KITH_OPT_INT, AT(trees), "how many trees (default 100 boosted, 200 honest)", NULL, false, false},
    {0, "rate", "R", KITH_OPT_DOUBLE, AT(rate), "boosted trees: share of each that is added (default .05)", NULL, false, false},
    {0, "leaves", "N", KITH_OPT_INT, AT(leaves), "boosted trees: leaves of each (default 15)", NULL, false, false},
    {0, "min-leaf", "N", KITH_OPT_INT, AT(min_leaf), "people in a leaf at least (default 200 boosted; of either arm, 10 to 100 honest)", NULL, false, false},
    {0, "cv", "FOLDS", KITH_OPT_STRING, AT(cv), "cross-validate: mod:K, mod:K:COL, group:COL or time:COL (default mod:5)", NULL, false, false},
    {0, "cv-report", "FILE", KITH_OPT_RESULT, AT(cv_report), "the folds' measures: fold,measure,value", NULL, false, false},
    {0, "step", "MODEL", KITH_OPT_STRING, AT(step), "one pass over a shard or the step after it; new: the first", NULL, false, false},
    {0, "replicates", "N", KITH_OPT_INT, AT(replicates), "of the bootstrap interval (default 200)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"an experiment of 400 people; the effect is known to be .5 for the young", NULL,
     "awk 'BEGIN { print \"age,treatment,outcome\"; for (i = 0; i < 400; i++) print i % 50 + 20 \",\" i % 2 \",\" (i % 2 && i % 50 < 25 && i % 4 < 3 || i % 7 == 0) + 0 }' | "
     "kith score fit uplift -q --learner t | head -4",
     "part,name,value\nmodel,kind,uplift\nmodel,version,1\nuplift,learner,t\n"},
    {0},
};

#define WITHOUT "of other arms, or without arm or outcome,"
#define NOTE(r, ...) KITH_NOTE(&(r)->notes, __VA_ARGS__)

typedef struct run {
    kith_app *app;
    kith_buf notes;
    const struct said *said;
    kith_frame_reader *reader;
    kith_frame frame;
    bool *is_feature;
    double *y;
    uint8_t *treated;
    size_t *rows, n;
    kith_uplift_options options;
    bool choose;
} run;

static const char *or_default(const char *said, const char *otherwise) { return said ? said : otherwise; }

static int read_people(run *r) {
    kith_app *app = r->app;
    const char *propensity = r->said->propensity && strcmp(r->said->propensity, "fit") != 0 ? r->said->propensity : NULL;
    const char *special[] = {or_default(r->said->outcome, "outcome"), or_default(r->said->treatment, "treatment"), propensity};
    KITH_TRY(kith_app_people(app, r->said->cv, special, 3, &r->reader, &r->is_feature));
    return kith_frame_features(r->reader, r->is_feature, app->arena, &r->frame, &r->notes, &app->error);
}

/* The outcome: numbers as they are, unless --positive or words say yes/no. */
static int outcome(run *r) {
    kith_app *app = r->app;
    size_t j = kith_frame_find(r->reader, or_default(r->said->outcome, "outcome"));
    const double *numbers;
    const char *yes;
    if (r->said->positive || kith_frame_kind(r->reader, j) != KITH_COLUMN_NUMBER)
        return kith_frame_outcome(r->reader, j, r->said->positive, app->arena, &r->y, &yes, &app->error);
    KITH_TRY(kith_frame_numbers(r->reader, j, &numbers, &app->error));
    r->y = kith_arena_alloc(app->arena, (r->frame.rows + 1) * sizeof *r->y);
    if (!r->y) return kith_no_memory(&app->error);
    memcpy(r->y, numbers, r->frame.rows * sizeof *r->y);
    return KITH_OK;
}

static int arms(run *r) {
    kith_app *app = r->app;
    const char *name = or_default(r->said->treatment, "treatment"), *yes = r->said->treated;
    kith_feature f;
    size_t j = kith_frame_find(r->reader, name), seen = 0, left_out = 0, control = SIZE_MAX, treated = SIZE_MAX;
    KITH_TRY(kith_frame_feature(r->reader, j, true, app->arena, &f, &app->error));
    for (size_t l = 0; l < f.n_levels; l++, seen++) {
        if (r->said->control && strcmp(f.levels[l], r->said->control) == 0) control = l;
        if (yes && strcmp(f.levels[l], yes) == 0) treated = l;
    }
    if (r->said->control && control == SIZE_MAX) return kith_fail(&app->error, KITH_DATA, "column %s: the value said to be the control does not occur", name);
    if (yes && treated == SIZE_MAX) return kith_fail(&app->error, KITH_DATA, "column %s: the value said to be the treated one does not occur", name);
    if (seen < 2) return kith_fail(&app->error, KITH_DATA, "column %s: %s: uplift needs people with the treatment and people without", name,
                                   seen == 1 && strcmp(f.levels[0], "0") == 0 ? "no one was treated" : "a treatment without controls");
    if (seen > 2 && (control == SIZE_MAX || treated == SIZE_MAX))
        return kith_fail(&app->error, KITH_DATA, "column %s has %zu arms: say which to compare with --treated and --control", name, seen);
    double *one;
    if (treated == SIZE_MAX && control != SIZE_MAX) treated = 1 - control;
    if (treated == SIZE_MAX) KITH_TRY(kith_frame_outcome(r->reader, j, NULL, app->arena, &one, &yes, &app->error));
    for (size_t l = 0; treated == SIZE_MAX && l < f.n_levels; l++)
        if (strcmp(f.levels[l], yes) == 0) treated = l;
    r->treated = kith_arena_zalloc(app->arena, r->frame.rows + 1);
    r->rows = kith_arena_alloc(app->arena, (r->frame.rows + 1) * sizeof *r->rows);
    if (!r->treated || !r->rows) return kith_no_memory(&app->error);
    for (size_t i = 0; i < r->frame.rows; i++) {
        int32_t l = f.level[i];
        r->treated[i] = l >= 0 && (size_t)l == treated;
        bool use = l >= 0 && !isnan(r->y[i]) && (r->treated[i] || control == SIZE_MAX || (size_t)l == control);
        if (use) r->rows[r->n++] = i;
        else left_out++;
    }
    if (left_out) NOTE(r, "%zu rows " WITHOUT " are left out", left_out);
    kith_app_count(app, 0, 0, 0, left_out);
    if (app->common.show_values) NOTE(r, "treated: %s", f.levels[treated]);
    return KITH_OK;
}

static int settle(run *r) {
    const struct said *said = r->said;
    kith_app *app = r->app;
    kith_uplift_options *o = &r->options;
    if (!(said->c > 0) || said->trees < 0 || said->trees > 100000 || said->leaves < 0 || said->leaves > 65536 || said->min_leaf < 0 || said->replicates < 0 || said->replicates > 100000)
        return kith_app_usage(app, "--c must be above 0, --trees, --leaves, --min-leaf and --replicates positive numbers");
    if (!(said->rate >= 0 && said->rate <= 1)) return kith_app_usage(app, "--rate must be above 0 and at most 1");
    if (said->treated && said->control && strcmp(said->treated, said->control) == 0) return kith_app_usage(app, "--treated and --control name the same arm");
    r->choose = said->learner == AUTO && !said->propensity;
    *o = (kith_uplift_options){.learner = said->learner == AUTO ? KITH_LEARNER_DR : (kith_learner)said->learner, .on_trees = said->base == 1,
                               .c = said->c, .key = kith_frame_key(r->reader), .seed = (uint64_t)app->common.seed, .threads = kith_app_threads(app)};
    o->trees = (kith_tree_options){.trees = (int)said->trees, .rate = said->rate, .leaves = (int)said->leaves, .min_leaf = (int)said->min_leaf};
    double *p = kith_arena_alloc(app->arena, (r->frame.rows + 1) * sizeof *p), auc;
    if (!p) return kith_no_memory(&app->error);
    if (said->propensity && strcmp(said->propensity, "fit") != 0)
        return kith_frame_numbers(r->reader, kith_frame_find(r->reader, said->propensity), &o->propensity, &app->error);
    KITH_TRY(kith_propensity_fit(&r->frame, r->rows, r->n, r->treated, p, &auc, &app->error));
    if (said->propensity) o->propensity = p;
    else if (auc > .6)
        NOTE(r, "!the columns tell who was treated (AUC %.2f): that was no coin; --propensity fit, or a column, corrects for it", auc);
    return KITH_OK;
}

/* The learner by inner cross-validation of all rows; what was compared goes into the model. */
static int choose(run *r, kith_model *m) {
    kith_uplift_candidate c[KITH_CANDIDATES];
    size_t best;
    kith_uplift_candidates(c);
    KITH_TRY(kith_uplift_choose(&r->frame, r->rows, r->n, r->y, r->treated, &r->options, KITH_INNER_FOLDS, c, KITH_CANDIDATES, &best, &r->app->error));
    for (size_t k = 0; k < KITH_CANDIDATES; k++) {
        char name[32] = "";
        strncat(name, kith_learner_names[c[k].learner], sizeof name - 1);
        if (c[k].on_trees) strncat(name, " on trees", sizeof name - 1 - strlen(name));
        kith_model_put_double(m, "candidate", name, c[k].qini);
    }
    r->options.learner = c[best].learner;
    r->options.on_trees = c[best].on_trees;
    NOTE(r, "learner %s%s, by inner cross-validation", kith_learner_names[c[best].learner], c[best].on_trees ? " on trees" : "");
    return KITH_OK;
}

/* Whether effects differ from person to person beyond the folds' noise and the bootstrap's. */
static int verdict(run *r, kith_model *m, const double *result, size_t folds, const double *held_out) {
    kith_app *app = r->app;
    double sum = 0, squares = 0, k = 0;
    for (size_t f = 0; f < folds; f++) {
        double q = result[f * KITH_UPLIFT_MEASURES];
        if (isnan(q)) continue;
        sum += q, squares += q * q, k++;
    }
    double *score = kith_arena_alloc(app->arena, (r->n + 1) * sizeof *score), *y = kith_arena_alloc(app->arena, (r->n + 1) * sizeof *y);
    uint8_t *t = kith_arena_alloc(app->arena, r->n + 1);
    size_t n = 0, measures;
    if (!score || !y || !t) return kith_no_memory(&app->error);
    if (k == 0) return NOTE(r, "!too few people to say whether effects differ"), kith_model_put(m, "cv", "heterogeneity", "unknown"), KITH_OK;
    for (size_t i = 0; i < r->n; i++) {
        if (isnan(held_out[r->rows[i]])) continue;
        score[n] = held_out[r->rows[i]];
        y[n] = r->y[r->rows[i]], t[n++] = r->treated[r->rows[i]];
    }
    kith_eval_options o = {.replicates = (int)r->said->replicates, .seed = (uint64_t)app->common.seed, .threads = kith_app_threads(app)};
    kith_measure *list;
    KITH_TRY(kith_eval_uplift(score, y, t, n, &o, app->arena, &list, &measures, &app->error));
    double mean = sum / k, se = k > 1 ? sqrt(fmax(0, squares - sum * sum / k) / (k - 1) / k) : 0;
    static const double student[] = {6.31, 2.92, 2.35, 2.13, 2.02, 1.94, 1.89, 1.86, 1.83}; /* one-sided 5 %, 1 … 9 degrees */
    double needed = (k < 2 ? 0 : k <= 10 ? student[(int)k - 2] : 1.75) * se;
    bool found = mean > needed && !(list[0].low <= 0);
    kith_model_put_double(m, "cv", "qini_held_out", list[0].value);
    kith_model_put_double(m, "cv", "qini_low", list[0].low);
    kith_model_put_double(m, "cv", "qini_high", list[0].high);
    kith_model_put(m, "cv", "heterogeneity", found ? "detected" : "none");
    NOTE(r, "qini %.4f held out [%.4f, %.4f]", list[0].value, list[0].low, list[0].high);
    if (!found) NOTE(r, "!no detectable heterogeneity: no learner tells whom the treatment changes better than chance; treat everyone or no one, by the average effect");
    return KITH_OK;
}

static int cross_validate(run *r, kith_model *m) {
    kith_app *app = r->app;
    kith_folds folds;
    const char *cv = or_default(r->said->cv, "mod:5");
    KITH_TRY(kith_frame_folds(r->reader, cv, (uint64_t)app->common.seed, app->arena, &folds, &app->error));
    double *result = kith_arena_alloc(app->arena, folds.n * KITH_UPLIFT_MEASURES * sizeof *result);
    double *held_out = kith_arena_alloc(app->arena, (r->frame.rows + 1) * sizeof *held_out);
    if (!result || !held_out) return kith_no_memory(&app->error);
    KITH_TRY(kith_uplift_crossval(&r->frame, r->rows, r->n, r->y, r->treated, &folds, &r->options, r->choose && r->said->cv, result, held_out, &app->error));
    kith_buf report = {0};
    kith_buf_puts(&report, "fold,measure,value\n");
    kith_model_put(m, "cv", "folds", cv);
    for (size_t k = 0; k < KITH_UPLIFT_MEASURES; k++) {
        double sum = 0, n = 0;
        for (size_t f = 0; f < folds.n; f++) {
            double v = result[f * KITH_UPLIFT_MEASURES + k];
            if (isnan(v)) continue;
            sum += v;
            n++;
            kith_buf_printf(&report, "%zu,%s,", f, kith_uplift_measures[k]);
            kith_buf_double(&report, v);
            kith_buf_putc(&report, '\n');
        }
        if (n > 0) kith_model_put_double(m, "cv", kith_uplift_measures[k], sum / n);
        if (n > 0 && k < 8) NOTE(r, "%s %.4f over %.0f folds", kith_uplift_measures[k], sum / n, n);
    }
    KITH_TRY(kith_app_report(app, r->said->cv_report, &report));
    return verdict(r, m, result, folds.n, held_out);
}

static int fit(run *r) {
    kith_app *app = r->app;
    kith_model *m, *learned;
    kith_uplift model;
    KITH_TRY(outcome(r));
    KITH_TRY(arms(r));
    KITH_TRY(settle(r));
    KITH_TRY(kith_model_new(app->arena, "uplift", 1, &m, &app->error));
    KITH_TRY(kith_model_new(app->arena, "uplift", 1, &learned, &app->error)); /* what was found out on the way */
    if (r->choose) KITH_TRY(choose(r, learned));
    KITH_TRY(kith_uplift_fit(&r->frame, r->rows, r->n, r->y, r->treated, &r->options, app->arena, &model, &app->error));
    double margin = r->said->margin >= 0 ? r->said->margin : fabs(model.effect) / 2;
    KITH_TRY(kith_uplift_put(m, &model, margin, &app->error));
    kith_model_put_int(m, "fit", "rows", (int64_t)r->n);
    KITH_TRY(cross_validate(r, learned));
    for (size_t i = 2; i < learned->n; i++) kith_model_put_str(m, learned->rows[i].part.p, learned->rows[i].name, learned->rows[i].value);
    return learned->failed ? kith_no_memory(&app->error) : kith_app_model(app, m, &r->notes);
}

static int step(kith_app *app, const struct said *said) {
    static const char *const whole[] = {"cv", "cv-report", NULL};
    if (said->learner == KITH_LEARNER_TREES || (said->learner == AUTO && !said->propensity && strcmp(said->step, "new") == 0))
        return kith_app_usage(app, "--step takes --learner s, t, x or dr: a choice and the honest forest need all rows at once");
    return kith_app_step(app, said->step, kith_step_kinds[KITH_STEP_UPLIFT], &kith_uplift_fold, whole,
                         &(kith_stepping){kith_steps_converged, kith_steps_left_out, WITHOUT});
}

static int fit_uplift(kith_app *app) {
    run r = {.app = app, .said = app->said};
    if (r.said->step) return step(app, r.said);
    if (app->common.state.n || app->common.save_state) return kith_app_usage(app, "--state and --save-state go with --step");
    int status = read_people(&r);
    if (status == KITH_OK) status = fit(&r);
    kith_frame_reader_free(r.reader);
    kith_buf_free(&r.notes);
    return status;
}

const kith_verb kith_verb_score_fit_uplift = {
    .name = "fit uplift",
    .brief = "a model of whom outreach changes, from an experiment",
    .operands = "[FILE...]",
    .grain = "person → model",
    .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS | KITH_TAKES_SELECT | KITH_TAKES_DROP | KITH_TAKES_ID | KITH_TAKES_SEED | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = fit_uplift,
    .fold = &kith_uplift_fold,
    .negative = "with --step, not converged yet",
};
