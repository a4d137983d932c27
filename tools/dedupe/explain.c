/* dedupe explain: why two records are, or are not, one person: the waterfall of their match weight.
 *
 *     kith dedupe explain -m people.model --left 17 --right 42 people.csv */
#include <kith/linking.h>

#include <math.h>
#include <stddef.h>
#include <string.h>

struct said {
    const char *left, *right;
    bool picture;
};

static const kith_option options[] = {
    {0, "left", "ID", KITH_OPT_STRING, offsetof(struct said, left), "the id of one record", NULL, false, true},
    {0, "right", "ID", KITH_OPT_STRING, offsetof(struct said, right), "the id of the other", NULL, false, true},
    {0, "picture", NULL, KITH_OPT_FLAG, offsetof(struct said, picture),
     "draw it (default on a terminal) instead of the table", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Why are 1 and 2 one person?",
     "id,name,born,mail\n1,Ann Lee,1980-02-03,ann.lee@x.org\n2,Anne Lee,1980-02-03,ann.lee@x.org\n3,Bo "
     "Chan,1991-10-11,bo@y.org\n4,Cy Dent,1975-07-30,cy.dent@z.org\n"
     "5,Bo Chan,1991-10-11,\n6,Dee Fox,1966-01-09,dee@w.org\n7,Eve Gray,1959-12-24,\n8,Flo Hart,1988-05-17,flo@v.org\n",
     "cat > people.csv; kith dedupe fit -q --id id people.csv > people.model; kith dedupe explain -q -m people.model "
     "--left 1 --right 2 people.csv | cut -d, -f1-4",
     "field,left,right,level\n(before),,,the share of matches among all pairs\nname,Ann Lee,Anne Lee,same words or one "
     "edit\nborn,1980-02-03,1980-02-03,equal (rarest)\nmail,ann.lee@x.org,ann.lee@x.org,equal (rarest)\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct step {
    const char *field, *level;
    kith_str left, right;
    double bits, total;
} step;

static int row_of(kith_app *app, const kith_link_store *store, const kith_link_naming *naming, const char *option, const char *id,
                  uint32_t *row) {
    for (*row = 0; *row < store->rows; ++*row)
        if (kith_str_is(naming->record[*row], id)) return KITH_OK;
    return kith_fail(
        &app->error, KITH_DATA,
        "no record has the id of %s (--id names the ids' column; without it they are record_id or row numbers)", option);
}

/* A field's text in a row: its column, or its columns with a blank between them. A text of NULL: out of memory. */
static kith_str text_of(kith_app *app, const kith_link_store *store, const kith_link_field *field, uint32_t row) {
    uint32_t within, n = field->kind == KITH_LINK_TEXT || field->kind == KITH_LINK_ADDRESS ? 1 : field->n_columns;
    const kith_link_piece *piece = kith_link_piece_of(store, row, &within);
    kith_buf b = {0};
    for (uint32_t k = 0; k < n; k++) {
        uint32_t c = kith_column_find(&store->header, field->column[k]);
        if (k) kith_buf_putc(&b, ' ');
        if (c != KITH_NO_COLUMN) kith_buf_str(&b, kith_link_cell(store, piece, within, c, app->arena));
    }
    kith_str s = {b.failed ? NULL : kith_arena_copy(app->arena, b.p ? b.p : "", b.n), b.n};
    kith_buf_free(&b);
    return s;
}

static void put_table(kith_app *app, kith_buf *buf, const step *s, uint32_t n) {
    static const char *const names[] = {"field", "left", "right", "level", "bits", "total"};
    kith_row_writer w = kith_row_begin(buf, kith_app_delimiter(app, NULL));
    if (app->common.header != 2) {
        for (int k = 0; k < 6; k++) kith_put_string(&w, names[k]);
        kith_row_end(&w);
    }
    for (uint32_t k = 0; k < n; k++) {
        kith_put_string(&w, s[k].field);
        kith_put_text(&w, s[k].left);
        kith_put_text(&w, s[k].right);
        kith_put_string(&w, s[k].level);
        kith_put_double(&w, round(s[k].bits * 1e4) / 1e4);
        kith_put_double(&w, round(s[k].total * 1e4) / 1e4);
        kith_row_end(&w);
    }
}

/* Each step a bar from the total before it to the total after it, on one scale. */
static void put_picture(kith_buf *buf, const step *s, uint32_t n, int width) {
    double low = 0, high = 0;
    size_t name = 5;
    for (uint32_t k = 0; k < n; k++) {
        low = s[k].total < low ? s[k].total : low;
        high = s[k].total > high ? s[k].total : high;
        size_t m = strlen(s[k].field);
        name = m > name ? m : name;
    }
    if (name > 20) name = 20;
    int room = width - (int)name - 34;
    if (room < 20) room = 20;
    double unit = (room - 1) / (high - low > 0 ? high - low : 1), before = 0;
    for (uint32_t k = 0; k < n; k++) {
        double from = before < s[k].total ? before : s[k].total, to = before < s[k].total ? s[k].total : before;
        int a = (int)((from - low) * unit + .5), b = (int)((to - low) * unit + .5), zero = (int)(-low * unit + .5);
        kith_buf_printf(buf, "%-*.*s %8.2f %8.2f ", (int)name, (int)name, s[k].field, s[k].bits, s[k].total);
        for (int c = 0; c < room; c++)
            kith_buf_puts(buf, c >= a && c < (b > a ? b : a + 1) ? (s[k].total < before ? "\u2592" : "\u2588")
                               : c == zero                       ? "\u2502"
                                                                 : " ");
        kith_buf_printf(buf, " %s\n", s[k].level);
        before = s[k].total;
    }
    kith_buf_printf(buf, "probability %.6g\n", kith_link_probability(s[n - 1].total));
}

static int explain(kith_app *app, kith_source *source, kith_link_store *store, kith_link_data *data,
                   kith_link_model *model) {
    const struct said *said = app->said;
    kith_sink *sink;
    kith_link_naming naming = {0};
    step steps[KITH_LINK_FIELDS + 2];
    double bits[KITH_LINK_FIELDS + 1];
    uint32_t i, j, n = 0;
    KITH_TRY(kith_app_sink(app, &sink));
    kith_scan scan = {.commit = kith_link_store_commit, .ctx = store};
    KITH_TRY(kith_app_scan(app, source, &scan));
    KITH_TRY(kith_link_naming_of(&naming, store, model, app->files, app->n_files, NULL, app->arena, &app->error));
    KITH_TRY(row_of(app, store, &naming, "--left", said->left, &i));
    KITH_TRY(row_of(app, store, &naming, "--right", said->right, &j));
    KITH_TRY(kith_link_data_build(data, store, model, false, kith_app_threads(app), &app->error));
    kith_link_memo *memo = kith_link_memo_new(data);
    if (memo == NULL) return kith_no_memory(&app->error);
    uint64_t pattern = kith_link_pattern(data, memo, i, j);
    kith_link_memo_free(memo);
    double total = kith_link_waterfall(model, pattern, bits), so_far = bits[0];
    steps[n++] = (step){"(before)", "the share of matches among all pairs", {"", 0}, {"", 0}, bits[0], bits[0]};
    for (uint32_t f = 0; f < model->n_fields; f++) {
        const kith_link_field *field = &model->field[f];
        so_far += bits[1 + f];
        steps[n] = (step){field->name, kith_link_level_name(field->kind, kith_link_level(pattern, f)),
                          {"", 0},     {"", 0},
                          bits[1 + f], so_far};
        if (field->kind != KITH_LINK_SWAP) {
            steps[n].left = text_of(app, store, field, i);
            steps[n].right = text_of(app, store, field, j);
            if (!steps[n].left.p || !steps[n].right.p) return kith_no_memory(&app->error);
        }
        if (kith_link_level(pattern, f) == 0 && steps[n].left.n && steps[n].right.n)
            steps[n].level = "told by another field";
        n++;
    }
    int ruled = kith_link_ruled(model, pattern);
    if (ruled)
        steps[n++] =
            (step){"(rule)", ruled > 0 ? "must" : "cannot", {"", 0}, {"", 0}, ruled * 1000. - total, ruled * 1000.};
    kith_buf buf = {0};
    if (said->picture || kith_app_terminal(app))
        put_picture(&buf, steps, n, kith_app_width(app, 100));
    else
        put_table(app, &buf, steps, n);
    int status = kith_sink_buf(sink, &buf, &app->error);
    kith_buf_free(&buf);
    return status;
}

static int run(kith_app *app) {
    kith_source *source;
    kith_link_store store = {0};
    kith_link_data data = {0};
    kith_link_model *model;
    KITH_TRY(kith_app_linking(app, false, &model, &source));
    int status = kith_link_store_init(&store, kith_source_header(source), &app->error);
    if (status == KITH_OK) status = explain(app, source, &store, &data, model);
    kith_link_data_free(&data);
    kith_link_store_free(&store);
    return status;
}

const kith_verb kith_verb_dedupe_explain = {
    .name = "explain",
    .brief = "show why two records are, or are not, one person",
    .operands = "[FILE...]",
    .grain = "two records → steps of their weight",
    .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS | KITH_TAKES_ID | KITH_TAKES_MODEL,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = run,
};
