/* kith segment rules: tags each row with the named segment, or all segments, whose condition holds.
 *
 *     kith segment rfm events.csv | kith segment rules --rules cells.csv --sizes sizes.csv > tagged.csv
 */
#include <kith/app.h>
#include <kith/persons.h>
#include <kith/rules.h>
#include <string.h>

typedef struct said {
    const char *rules, *regions, *sizes, *overlaps, *separator;
    bool all;
} said;

static const kith_option options[] = {
    {0, "rules", "FILE", KITH_OPT_STRING, offsetof(said, rules), "the segments: CSV segment,priority,when,label", NULL, false, true},
    {0, "all", NULL, KITH_OPT_FLAG, offsetof(said, all), "all segments that hold, not the first by priority", NULL, false, false},
    {0, "separator", "TEXT", KITH_OPT_STRING, offsetof(said, separator), "between segments with --all (default |)", NULL, false, false},
    {0, "sizes", "FILE", KITH_OPT_RESULT, offsetof(said, sizes), "write the size of each: segment,label,priority,rows,share,first,only", NULL, false, false},
    {0, "overlaps", "FILE", KITH_OPT_RESULT, offsetof(said, overlaps), "write what pairs share: segment,other,rows,share_of_segment,share_of_other,jaccard", NULL, false, false},
    {0, "regions", "FILE", KITH_OPT_STRING, offsetof(said, regions), "places for region(): name and lat,lon,radius or south,west,north,east", NULL, false, false},
    KITH_OPT_END,
};

#define RULES "printf 'segment,priority,when,label\\nbig,2,amount > 50,Big spenders\\nparis,1,\"city == \"\"Paris\"\"\",In Paris\\n' >rules.csv; "
static const kith_example examples[] = {
    {"The first by priority.", "person_id,city,amount\n1,Paris,60\n2,Lyon,70\n3,Lyon,\n", RULES "kith segment rules --rules rules.csv",
     "person_id,city,amount,segment,segment_label\n1,Paris,60,paris,In Paris\n2,Lyon,70,big,Big spenders\n3,Lyon,,,\n"},
    {"All that hold, and the size of each.", "person_id,city,amount\n1,Paris,60\n2,Lyon,70\n3,Lyon,\n", RULES "kith segment rules --rules rules.csv --all --sizes sizes.csv | cut -d , -f 1,4; cat sizes.csv",
     "person_id,segment\n1,paris|big\n2,big\n3,\nsegment,label,priority,rows,share,first,only\nparis,In Paris,1,1,0.3333333333333333,1,0\nbig,Big spenders,2,2,0.6666666666666666,1,1\n"},
    {0},
};

typedef struct tagging {
    const said *said;
    const kith_rules *rules;
    kith_tagger **taggers; /* one a worker */
    char delimiter;
} tagging;

static void put_joined(const tagging *t, const kith_str *texts, const uint32_t *rules, size_t n, kith_row_writer *w, kith_buf *text) {
    text->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (i) kith_buf_puts(text, t->said->separator ? t->said->separator : "|");
        kith_buf_str(text, texts[rules[i]]);
    }
    kith_put_text(w, (kith_str){text->p, text->n});
}

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    const tagging *t = ctx;
    kith_tagger *tagger = t->taggers[worker];
    const uint32_t *from, *rules;
    size_t next = 0;
    kith_buf text = {0};
    int status = kith_tag(tagger, b, &from, &rules, err);
    kith_row_writer w = kith_row_begin(&out->rows, t->delimiter);
    for (uint32_t row = 0; row < b->rows && !status; row++) {
        size_t before = next, n;
        status = kith_expr_answer_bad(kith_tagger_work(tagger), b, row + 1, &next, out, err);
        if (status || next != before) continue;
        n = from[row + 1] - from[row];
        if (n > 1 && !t->said->all) n = 1;
        kith_put_row(&w, b, row);
        put_joined(t, t->rules->segment, rules + from[row], n, &w, &text);
        if (t->rules->has_label) put_joined(t, t->rules->label, rules + from[row], n, &w, &text);
        kith_row_end(&w);
        out->rows_out++;
    }
    if (!status && text.failed) status = kith_no_memory(err);
    kith_buf_free(&text);
    return status;
}

static int write_counts(kith_app *app, const tagging *t, size_t workers) {
    kith_sink *sink = NULL;
    kith_buf buf = {0};
    int status = KITH_OK;
    if (t->said->sizes) {
        status = kith_rules_sizes(t->rules, t->taggers, workers, &buf, &app->error);
        if (!status) status = kith_app_side(app, t->said->sizes, &sink);
        if (!status) status = kith_sink_buf(sink, &buf, &app->error);
    }
    if (!status && t->said->overlaps) {
        status = kith_rules_overlaps(t->rules, t->taggers, workers, &buf, &app->error);
        if (!status) status = kith_app_side(app, t->said->overlaps, &sink);
        if (!status) status = kith_sink_buf(sink, &buf, &app->error);
    }
    kith_buf_free(&buf);
    return status;
}

static int run(kith_app *app) {
    const said *s = app->said;
    const kith_common *common = &app->common;
    kith_error *err = &app->error;
    kith_source *source;
    kith_sink *sink = NULL;
    kith_rules *rules;
    if (common->id) KITH_TRY(kith_app_rereadable(app));
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    kith_regions *regions = NULL;
    if (s->regions) KITH_TRY(kith_regions_read(app->arena, s->regions, &regions, err));
    uint32_t id = KITH_NO_COLUMN;
    kith_persons *persons = NULL;
    if (common->id) KITH_TRY(kith_app_column(app, source, common->id, NULL, &id));
    kith_expr_scope scope = {header->names, header->n, common->zone, common->has_until, common->until_us, regions, common->id ? &id : NULL};
    KITH_TRY(kith_rules_read(app->arena, s->rules, &scope, &rules, err));
    if (common->id) KITH_TRY(kith_app_persons(app, rules->set, id, &persons));
    static const char *const added[] = {"segment", "segment_label"};
    size_t n_added = rules->has_label ? 2 : 1;
    int workers = kith_source_threads(source), status = KITH_OK;
    tagging t = {s, rules, kith_arena_zalloc(app->arena, (size_t)workers * sizeof *t.taggers), kith_app_delimiter(app, source)};
    if (!t.taggers) status = kith_no_memory(err);
    uint32_t at;
    for (size_t i = 0; i < n_added && !status; i++) status = kith_new_column(header, added[i], false, &at, err);
    for (int i = 0; i < workers && !status; i++) status = kith_tagger_new(&t.taggers[i], rules, s->overlaps != NULL, err);
    if (!status) status = kith_app_sink(app, &sink);
    if (!status) status = kith_app_header(app, sink, source, NULL, added, n_added);
    kith_scan scan = {.visit = visit, .ctx = &t, .sink = sink};
    if (!status) status = kith_app_scan(app, source, &scan);
    if (!status) status = write_counts(app, &t, (size_t)workers);
    for (int i = 0; t.taggers && i < workers; i++) kith_tagger_free(t.taggers[i]);
    kith_persons_free(persons);
    kith_exprs_free(rules->set);
    return status;
}

const kith_verb kith_verb_segment_rules = {
    .name = "rules",
    .brief = "tag each row with the named segments whose condition holds",
    .operands = "--rules FILE [FILE...]",
    .grain = "row → row",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_TIME | KITH_TAKES_LINES | KITH_TAKES_ID | KITH_TAKES_MEMORY,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .run = run,
};
