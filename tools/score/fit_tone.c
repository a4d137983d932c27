/* kith score fit tone: positive, neutral or negative, learned from labelled texts, or by words and rules.
 *
 *     kith score fit tone --text text --outcome label labelled.csv > tone.model
 *     kith score apply -m tone.model posts.csv | kith report gap --promises promises.csv
 */
#include <kith/app.h>
#include <kith/lexicon.h>
#include <kith/notes.h>
#include <kith/tone.h>
#include <string.h>

typedef struct said {
    const char *text, *outcome, *brands, *cv, *cv_report;
    double c, balance;
} said;

static const kith_option options[] = {
    {0, "text", "COL", KITH_OPT_STRING, offsetof(said, text), "what people wrote (default text)", NULL, true, false},
    {0, "outcome", "COL", KITH_OPT_STRING, offsetof(said, outcome), "its label: positive, neutral, negative; without it the model is the word list alone and reads no rows", NULL, true, false},
    {0, "brands", "LIST", KITH_OPT_STRING, offsetof(said, brands), "names that are no feeling, such as united,apple", NULL, false, false},
    {0, "c", "X", KITH_OPT_DOUBLE, offsetof(said, c), "cost of an error (default .6)", NULL, false, false},
    {0, "balance", "X", KITH_OPT_DOUBLE, offsetof(said, balance), "from 0, classes as they are, to 1, all alike (default .45)", NULL, false, false},
    {0, "cv", "mod:K", KITH_OPT_STRING, offsetof(said, cv), "cross-validate, fold = row number mod K", NULL, false, false},
    {0, "cv-report", "FILE", KITH_OPT_RESULT, offsetof(said, cv_report), "where its figures go: fold,measure,value", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"The word list as a model.", "text\nI love it\nnot good at all\n", "kith score fit tone </dev/null >m.csv; kith score apply -m m.csv | cut -d, -f1,3; rm m.csv", "text,tone_label\nI love it,positive\nnot good at all,negative\n"},
    {0},
};

static void defaults(void *said_, kith_common *common) {
    (void)common;
    *(said *)said_ = (said){.text = "text", .brands = "", .c = .6, .balance = .45};
}

typedef struct gather {
    uint32_t text, outcome;
    kith_arena *arena;
    kith_buf texts, classes; /* kith_str; uint8_t */
} gather;

static int commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) { /* in the order of the rows */
    gather *g = ctx;
    (void)worker;
    for (uint32_t row = 0; row < b->rows; row++) {
        kith_str text = kith_text(b, row, g->text), label = kith_text(b, row, g->outcome);
        int class_ = kith_tone_class(label, .5);
        if (!label.n || !text.n) {
            out->dropped++; /* no label, or nothing written */
            continue;
        }
        if (class_ < 0) {
            KITH_TRY(kith_bad_row(b, row, g->outcome, "not_a_label", "neither positive, neutral nor negative", out, err));
            continue;
        }
        text.p = kith_arena_copy(g->arena, text.p, text.n);
        kith_buf_put(&g->texts, &text, sizeof text);
        kith_buf_putc(&g->classes, (char)class_);
        if (!text.p || g->texts.failed || g->classes.failed) return kith_no_memory(err);
    }
    return KITH_OK;
}

static int cross_validate(kith_app *app, const gather *g, const kith_tone_options *o, uint32_t folds) {
    const said *s = app->said;
    const kith_str *text = (const kith_str *)(const void *)g->texts.p;
    const uint8_t *class_ = (const uint8_t *)g->classes.p;
    size_t n = g->classes.n;
    uint32_t *fold = kith_arena_alloc(app->arena, (n + 1) * sizeof *fold);
    kith_sink *sink;
    kith_buf out = {0};
    kith_row_writer w = kith_row_begin(&out, ',');
    int status = KITH_OK;
    if (!fold) return kith_no_memory(&app->error);
    for (size_t i = 0; i < n; i++) fold[i] = (uint32_t)(i % folds);
    double seen[3][3] = {{0}};
    kith_put_string(&w, "fold"), kith_put_string(&w, "measure"), kith_put_string(&w, "value");
    kith_row_end(&w);
    for (uint32_t f = 0; f <= folds && status == KITH_OK; f++) { /* the last one: all folds together */
        double here[3][3] = {{0}}, right = 0, all = 0, f1 = 0;
        kith_model *model = NULL;
        kith_tone *tone = NULL;
        if (f < folds) status = kith_model_new(app->arena, "tone", 1, &model, &app->error);
        if (f < folds && status == KITH_OK) status = kith_tone_fit(text, class_, n, fold, f, o, model, &app->error);
        if (f < folds && status == KITH_OK) status = kith_tone_load(model, &tone, &app->error);
        for (size_t i = f; i < n && status == KITH_OK && f < folds; i += folds) {
            double score;
            int got;
            if (!kith_tone_of(tone, text[i], &score, &got)) status = kith_no_memory(&app->error);
            else here[class_[i]][got]++, seen[class_[i]][got]++;
        }
        kith_tone_free(tone);
        double (*table)[3] = f < folds ? here : seen;
        for (int k = 0; k < 3; k++) {
            double found = 0, called = 0;
            for (int j = 0; j < 3; j++) found += table[k][j], called += table[j][k], all += table[k][j];
            right += table[k][k];
            f1 += found + called > 0 ? 2 * table[k][k] / (found + called) / 3 : 0;
        }
        const char *const names[] = {"accuracy", "macro_f1"};
        double values[] = {all > 0 ? right / all : 0, f1};
        for (int k = 0; k < 2; k++) {
            if (f < folds) kith_put_int(&w, f);
            else kith_put_string(&w, "all");
            kith_put_string(&w, names[k]);
            kith_put_double(&w, values[k]);
            kith_row_end(&w);
        }
        if (f == folds) kith_app_say(app, "cross-validated: accuracy %.4f, macro-F1 %.4f", values[0], values[1]);
    }
    if (status == KITH_OK && s->cv_report) {
        status = kith_app_side(app, s->cv_report, &sink);
        if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    }
    kith_buf_free(&out);
    return status;
}

static void params_of(kith_app *app, kith_params *p) {
    const said *s = app->said;
    kith_params_set(p, "text", s->text);
    kith_params_set(p, "outcome", s->outcome);
    kith_params_set_double(p, "c", s->c);
    kith_params_set_double(p, "balance", s->balance);
    kith_params_set(p, "brands", s->brands);
    kith_params_set_double(p, "seed", (double)app->common.seed);
}

static int validate(kith_app *app, const kith_tone_options *o) {
    const said *s = app->said;
    int64_t folds = 0;
    kith_source *source;
    gather g = {.arena = app->arena};
    if (strncmp(s->cv, "mod:", 4) != 0 || !kith_parse_int(kith_str_of(s->cv + 4), &folds) || folds < 2 || folds > 1000)
        return kith_app_usage(app, "--cv takes mod:K, K from 2 to 1000");
    if (app->common.state.n || app->common.save_state) return kith_app_usage(app, "--cv needs the rows in their order; a state holds texts without it");
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(kith_app_column(app, source, s->text, NULL, &g.text));
    KITH_TRY(kith_app_column(app, source, s->outcome, NULL, &g.outcome));
    kith_scan scan = {.commit = commit, .ctx = &g};
    int status = kith_app_scan(app, source, &scan);
    if (status == KITH_OK) status = cross_validate(app, &g, o, (uint32_t)folds);
    kith_state *state = NULL; /* the fit itself is the fold's, over the rows that were read */
    kith_sink *sink;
    kith_buf out = {0};
    kith_params p = {.arena = app->arena};
    params_of(app, &p);
    if (status == KITH_OK) status = kith_state_new(&kith_tone_fold, &p, &state, &app->error);
    for (size_t i = 0; i < g.classes.n && status == KITH_OK; i++)
        status = kith_tone_add(state->state, ((const kith_str *)(const void *)g.texts.p)[i], (uint8_t)g.classes.p[i], &app->error);
    if (status == KITH_OK) status = kith_app_sink(app, &sink);
    if (status == KITH_OK) status = kith_tone_fold.finish(state->state, ',', &out, &app->error);
    if (status == KITH_OK) status = kith_sink_buf(sink, &out, &app->error);
    kith_buf_free(&out);
    kith_state_free(state);
    kith_buf_free(&g.texts);
    kith_buf_free(&g.classes);
    return status;
}

static int run(kith_app *app) {
    const said *s = app->said;
    kith_tone_options o = {s->c, s->balance, s->brands, (uint64_t)app->common.seed};
    kith_params p = {.arena = app->arena};
    kith_model *model;
    if (!(s->c > 0) || s->balance < 0 || s->balance > 1) return kith_app_usage(app, "--c is positive, --balance between 0 and 1");
    if (s->outcome && s->cv) return validate(app, &o);
    if (s->outcome) {
        params_of(app, &p);
        return p.failed ? kith_no_memory(&app->error) : kith_app_fold(app, &kith_tone_fold, &p);
    }
    if (app->common.state.n || app->common.save_state) return kith_app_usage(app, "the word list alone reads no rows, and has no state: --outcome learns from labels");
    KITH_TRY(kith_model_new(app->arena, "tone", 1, &model, &app->error));
    kith_model_put(model, "column", "text", s->text);
    kith_tone_lexicon_model(&o, model);
    return kith_app_write_model(app, model);
}

const kith_verb kith_verb_score_fit_tone = {
    .name = "fit tone",
    .brief = "positive, neutral or negative: learned from labelled texts, or by words and rules",
    .operands = "[FILE...]",
    .grain = "text → model",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_SEED | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_tone_fold,
};
