/* dedupe eval: how good the persons are, against a truth.
 *
 *     kith dedupe resolve -m people.model people.csv | kith dedupe eval --truth true_id --min-f1 .9 */
#include <kith/app.h>
#include <kith/link.h>

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

struct said {
    const char *truth, *cluster, *links, *hand;
    double min_f1, threshold;
};

static const kith_option options[] = {
    {0, "truth", "COL", KITH_OPT_STRING, offsetof(struct said, truth), "the column that holds the true person", NULL,
     true, false},
    {0, "cluster", "COL", KITH_OPT_STRING, offsetof(struct said, cluster), "the column to judge (default: person_id)",
     NULL, true, false},
    {0, "links", "FILE", KITH_OPT_STRING, offsetof(struct said, links),
     "pairs of dedupe link to judge instead, over thresholds (with --id)", NULL, false, false},
    {0, "hand", "FILE", KITH_OPT_STRING, offsetof(struct said, hand),
     "with --links: judged pairs (left_id,right_id,match), a random few of them: precision and recall with intervals, "
     "without a truth",
     NULL, false, false},
    {0, "threshold", "BITS", KITH_OPT_DOUBLE, offsetof(struct said, threshold),
     "with --hand: the least weight of a link (default 0)", NULL, false, false},
    {0, "min-f1", "X", KITH_OPT_DOUBLE, offsetof(struct said, min_f1), "exit 1 if the pairwise F1 is below X", NULL,
     false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Judge persons against the truth", "id,who,person_id\n1,a,x\n2,a,x\n3,b,x\n4,b,y\n",
     "kith dedupe eval --truth who",
     "measure,precision,recall,f1\npairwise,0.3333333333333333,0.5,0.4\n"
     "bcubed,0.6666666666666667,0.75,0.7058823529411764\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct numbering { /* texts as numbers, in order of appearance */
    kith_arena *arena;
    kith_str *text;
    uint32_t *slot, mask, n;
} numbering;

typedef struct judging {
    uint32_t column[2], id, *value[2];
    kith_str *record; /* ids, where links are judged */
    kith_arena *arena;
    size_t rows, room;
    numbering names[2];
} judging;

static int number(numbering *t, kith_str s, uint32_t *value, kith_error *err) {
    if (2 * (uint64_t)t->n >= t->mask) {
        uint32_t size = t->mask ? 2 * (t->mask + 1) : 1024;
        kith_str *text = realloc(t->text, size * sizeof *text);
        if (text) t->text = text;
        uint32_t *slot = calloc(size, sizeof *slot);
        if (!text || !slot) {
            free(slot);
            return kith_no_memory(err);
        }
        free(t->slot);
        t->slot = slot;
        t->mask = size - 1;
        for (uint32_t i = 0; i < t->n; i++) {
            uint32_t at = (uint32_t)kith_hash(t->text[i].p, t->text[i].n, 0) & t->mask;
            while (slot[at]) at = (at + 1) & t->mask;
            slot[at] = i + 1;
        }
    }
    uint32_t at = (uint32_t)kith_hash(s.p, s.n, 0) & t->mask;
    for (; t->slot[at]; at = (at + 1) & t->mask)
        if (kith_str_equal(t->text[t->slot[at] - 1], s)) {
            *value = t->slot[at] - 1;
            return KITH_OK;
        }
    const char *copy = kith_arena_copy(t->arena, s.p, s.n);
    if (copy == NULL) return kith_no_memory(err);
    t->text[t->n] = (kith_str){copy, s.n};
    *value = t->n;
    t->slot[at] = ++t->n;
    return KITH_OK;
}

static int commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    judging *j = ctx;
    (void)worker, (void)out;
    for (uint32_t i = 0; i < b->rows; i++) {
        if (j->rows == j->room) {
            j->room = j->room ? 2 * j->room : 4096;
            kith_str *records = j->id == KITH_NO_COLUMN ? NULL : realloc(j->record, j->room * sizeof *records);
            if (j->id != KITH_NO_COLUMN && records == NULL) return kith_no_memory(err);
            j->record = records;
            for (int k = 0; k < 2; k++) {
                uint32_t *more = realloc(j->value[k], j->room * sizeof *more);
                if (more == NULL) return kith_no_memory(err);
                j->value[k] = more;
            }
        }
        if (j->id != KITH_NO_COLUMN) {
            kith_str s = kith_text(b, i, j->id);
            char *copy = kith_arena_copy(j->arena, s.p, s.n);
            if (copy == NULL) return kith_no_memory(err);
            j->record[j->rows] = (kith_str){copy, s.n};
        }
        for (int k = 0; k < 2; k++) {
            kith_str s = kith_text(b, i, j->column[k]);
            if (s.n == 0 && b->arena == NULL) return kith_no_memory(err);
            if (s.n)
                KITH_TRY(number(&j->names[k], s, &j->value[k][j->rows], err));
            else
                j->value[k][j->rows] = UINT32_MAX - (uint32_t)j->rows; /* nobody: a group of its own */
        }
        j->rows++;
    }
    return KITH_OK;
}

static int write_scores(kith_app *app, const kith_link_scores *s) {
    kith_sink *sink;
    kith_buf buf = {0};
    KITH_TRY(kith_app_sink(app, &sink));
    kith_row_writer w = kith_row_begin(&buf, kith_app_delimiter(app, NULL));
    static const char *const names[] = {"measure", "precision", "recall", "f1"};
    if (app->common.header != 2) {
        for (int k = 0; k < 4; k++) kith_put_string(&w, names[k]);
        kith_row_end(&w);
    }
    for (int k = 0; k < 2; k++) {
        kith_put_string(&w, k ? "bcubed" : "pairwise");
        for (int v = 0; v < 3; v++) kith_put_double(&w, k ? s->bcubed[v] : s->pairwise[v]);
        kith_row_end(&w);
    }
    int status = kith_sink_buf(sink, &buf, &app->error);
    kith_buf_free(&buf);
    return status;
}

static int hand(kith_app *app) {
    const struct said *said = app->said;
    kith_sink *sink;
    kith_buf buf = {0};
    KITH_TRY(kith_app_sink(app, &sink));
    int status = kith_link_judge_hand(said->links, said->hand, said->threshold, kith_app_delimiter(app, NULL),
                                      app->common.header != 2, &buf, &app->error);
    if (status == KITH_OK) status = kith_sink_buf(sink, &buf, &app->error);
    kith_buf_free(&buf);
    return status;
}

static int links(kith_app *app, const judging *j, double *f1) {
    const struct said *said = app->said;
    kith_sink *sink;
    kith_buf buf = {0};
    KITH_TRY(kith_app_sink(app, &sink));
    int status = kith_link_judge_links(said->links, j->record, j->value[1], j->rows, kith_app_delimiter(app, NULL),
                                       app->common.header != 2, &buf, f1, &app->error);
    if (status == KITH_OK) status = kith_sink_buf(sink, &buf, &app->error);
    kith_buf_free(&buf);
    return status;
}

static int run(kith_app *app) {
    const struct said *said = app->said;
    kith_source *source;
    kith_link_scores scores = {0};
    judging j = {.names = {{.arena = app->arena}, {.arena = app->arena}}, .arena = app->arena, .id = KITH_NO_COLUMN};
    if (said->hand && !said->links) return kith_app_usage(app, "--hand judges --links");
    if (said->hand) return app->n_files ? kith_app_usage(app, "--hand takes no records") : hand(app);
    if (!said->truth) return kith_app_usage(app, "--truth names the column of the true person");
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(kith_app_column(app, source, said->truth, NULL, &j.column[1]));
    j.column[0] = j.column[1];
    if (said->links)
        KITH_TRY(kith_app_column(app, source, app->common.id, "record_id", &j.id));
    else
        KITH_TRY(kith_app_column(app, source, said->cluster, "person_id", &j.column[0]));
    kith_scan scan = {.commit = commit, .ctx = &j};
    double f1 = 0;
    int status = kith_app_scan(app, source, &scan);
    if (status == KITH_OK && said->links)
        status = links(app, &j, &f1);
    else if (status == KITH_OK) {
        status = kith_link_evaluate(j.value[0], j.value[1], j.rows, &scores, &app->error);
        f1 = scores.pairwise[2];
        if (status == KITH_OK) status = write_scores(app, &scores);
    }
    for (int k = 0; k < 2; k++) free(j.value[k]), free(j.names[k].text), free(j.names[k].slot);
    free(j.record);
    if (status == KITH_OK && said->min_f1 > 0 && !(f1 >= said->min_f1))
        return kith_fail(&app->error, KITH_NEGATIVE, "the pairwise F1 is below %g", said->min_f1);
    return status;
}

const kith_verb kith_verb_dedupe_eval = {
    .name = "eval",
    .brief = "judge persons against a truth",
    .operands = "[FILE...]",
    .grain = "record with person_id → measures",
    .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS | KITH_TAKES_ID,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = run,
    .negative = "with --min-f1, an F1 below it",
};
