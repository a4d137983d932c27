/* dedupe link: pairs of records that may be one person, with their weights.
 *
 *     kith dedupe link -m people.model people.csv | kith table -g name_level -a 'n=count' */
#include <kith/linking.h>

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

struct said {
    double least;
    bool many;
    const char *counts, *over, *part, *components, *index;
    int64_t blocks, scatter;
};

static const kith_option options[] = {
    {0, "min", "BITS", KITH_OPT_DOUBLE, offsetof(struct said, least),
     "the least weight of a pair (default 0: as likely as not)", NULL, false, false},
    {0, "many", NULL, KITH_OPT_FLAG, offsetof(struct said, many),
     "all pairs, also where the model allows each record one partner", NULL, false, false},
    {0, "counts", "FILE", KITH_OPT_STRING, offsetof(struct said, counts), "some of the records: what dedupe fit --save-counts wrote of all", NULL, false, false},
    {0, "over", "FILE", KITH_OPT_STRING, offsetof(struct said, over), "with --counts: the oversized blocks (column block)", NULL, false, false},
    {0, "part", "P/N", KITH_OPT_STRING, offsetof(struct said, part), "only pairs of the P-th of N parts of the blocks (from 0)", NULL, false, false},
    {0, "blocks", "N", KITH_OPT_INT, offsetof(struct said, blocks), "instead of pairs: the blocks and their records, by N parts", NULL, false, false},
    {0, "scatter", "N", KITH_OPT_INT, offsetof(struct said, scatter), "instead of pairs: the records, by the parts that their blocks are in", NULL, false, false},
    {0, "components", "FILE", KITH_OPT_STRING, offsetof(struct said, components), "with --scatter: by their component (id,component of dedupe resolve --edges)", NULL, false, false},
    {0, "index", "FILE", KITH_OPT_RESULT, offsetof(struct said, index), "with --blocks, --scatter: where each part stands (part,offset,length)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"The pairs, and what agrees",
     "id,name,born,mail\n1,Ann Lee,1980-02-03,ann.lee@x.org\n2,Anne Lee,1980-02-03,ann.lee@x.org\n3,Bo "
     "Chan,1991-10-11,bo@y.org\n4,Cy Dent,1975-07-30,cy.dent@z.org\n"
     "5,Bo Chan,1991-10-11,\n6,Dee Fox,1966-01-09,dee@w.org\n7,Eve Gray,1959-12-24,\n8,Flo Hart,1988-05-17,flo@v.org\n",
     "cat > people.csv; kith dedupe fit -q --id id people.csv > people.model; kith dedupe link -q -m people.model "
     "people.csv | cut -d, -f1,2,5-",
     "left_id,right_id,name_level,born_level,mail_level\n1,2,same words or one edit,equal (rarest),equal "
     "(rarest)\n3,5,equal (rarest),equal (rarest),\n"},
    {NULL, NULL, NULL, NULL},
};

static void put_header(const kith_link_model *model, kith_row_writer *w) {
    static const char *const names[] = {"left_id", "right_id", "weight", "probability"};
    char name[128];
    for (int k = 0; k < 4; k++) kith_put_string(w, names[k]);
    for (uint32_t f = 0; f < model->n_fields; f++) {
        size_t n = 0;
        for (; model->field[f].name[n]; n++) name[n] = model->field[f].name[n];
        for (const char *s = "_level"; *s; s++) name[n++] = *s;
        kith_put_name(w, (kith_str){name, n});
    }
    kith_row_end(w);
}

static int write_pairs(kith_app *app, kith_sink *sink, const kith_link_model *model, const kith_link_naming *naming,
                       const kith_link_edge *e, size_t n) {
    kith_buf buf = {0};
    kith_row_writer w = kith_row_begin(&buf, kith_app_delimiter(app, NULL));
    int status = KITH_OK;
    if (app->common.header != 2) put_header(model, &w);
    for (size_t k = 0; k < n && status == KITH_OK; k++) {
        kith_put_text(&w, naming->record[e[k].i]);
        kith_put_text(&w, naming->record[e[k].j]);
        kith_put_double(&w, round(kith_link_weight(model, e[k].pattern) * 1e6) / 1e6);
        kith_put_double(&w, round(kith_link_probability(kith_link_weight(model, e[k].pattern)) * 1e6) / 1e6);
        for (uint32_t f = 0; f < model->n_fields; f++) {
            int level = kith_link_level(e[k].pattern, f);
            if (level)
                kith_put_string(&w, kith_link_level_name(model->field[f].kind, level));
            else
                kith_put_missing(&w);
        }
        kith_row_end(&w);
        if (buf.n > 1 << 18) status = kith_sink_buf(sink, &buf, &app->error);
    }
    if (status == KITH_OK) status = kith_sink_buf(sink, &buf, &app->error);
    kith_buf_free(&buf);
    return status;
}

/* --blocks and --scatter: what a task passes on to those that compare. */
static int spread(kith_app *app, kith_link_store *store, kith_link_data *data, const kith_link_model *model) {
    const struct said *said = app->said;
    static const char *const names[] = {"id", "component"};
    kith_app_shard shard;
    kith_link_naming naming = {0};
    kith_link_parts parts;
    kith_sink *sink, *index = NULL;
    kith_str *component = NULL;
    int64_t n = said->blocks ? said->blocks : said->scatter;
    if (n < 1 || n > 1000000 || (said->blocks && said->scatter)) return kith_app_usage(app, "--blocks or --scatter takes a number of parts");
    if (model->link_only) return kith_app_usage(app, "a model of --link-only needs all records at once");
    kith_app_shard_of(app, &shard);
    const char *files[] = {shard.path, shard.path};
    store->before = shard.before;
    if (shard.path) KITH_TRY(kith_link_naming_of(&naming, store, model, files, shard.files > 1 ? 2 : 1, NULL, app->arena, &app->error));
    else KITH_TRY(kith_link_naming_of(&naming, store, model, app->files, app->n_files, NULL, app->arena, &app->error));
    if (said->components) KITH_TRY(kith_link_by_row(said->components, names, 1, shard.id << 32, store->rows, app->arena, &component, &app->error));
    KITH_TRY(kith_app_sink(app, &sink));
    if (said->index) KITH_TRY(kith_app_side(app, said->index, &index));
    int status = kith_link_parts_new(&parts, (uint32_t)n, &app->error);
    double share = model->fitting.pass > 1 ? model->fitting.share : 1;
    if (status == KITH_OK) status = said->blocks ? kith_link_spread_blocks(data, &parts, &app->error) : kith_link_spread_rows(data, store, &naming, shard.id << 32, component, share, &parts, &app->error);
    if (status == KITH_OK) status = kith_link_parts_write(&parts, sink, index, &app->error);
    kith_link_parts_free(&parts);
    return status;
}

static int link_rows(kith_app *app, kith_source *source, kith_link_store *store, kith_link_data *data,
                     kith_link_model *model, const kith_link_census *census) {
    const struct said *said = app->said;
    kith_sink *sink;
    kith_link_edge *edges = NULL;
    kith_link_pairs pairs;
    kith_link_naming naming = {0};
    size_t n = 0;
    kith_scan scan = {.commit = kith_link_store_commit, .ctx = store};
    KITH_TRY(kith_app_scan(app, source, &scan));
    if (census) KITH_TRY(kith_link_data_build_some(data, store, model, census, kith_app_threads(app), &app->error));
    else KITH_TRY(kith_link_data_build(data, store, model, false, kith_app_threads(app), &app->error));
    if (said->blocks || said->scatter) return spread(app, store, data, model);
    KITH_TRY(kith_app_sink(app, &sink));
    KITH_TRY(kith_link_naming_of(&naming, store, model, app->files, app->n_files, NULL, app->arena, &app->error));
    KITH_TRY(kith_link_sources(data, store, model, &app->error));
    KITH_TRY(kith_link_part_parse(said->part, &data->part, &data->parts, &app->error));
    int status = kith_link_edges(data, said->least, true, kith_app_threads(app), &edges, &n, &pairs, &app->error);
    if (status == KITH_OK && model->link_only && model->one_per_source && !said->many)
        status = kith_link_one_to_one(data, edges, &n, &app->error);
    if (status == KITH_OK) status = write_pairs(app, sink, model, &naming, edges, n);
    if (status == KITH_OK)
        kith_app_say(app, "%llu pairs compared, %zu of at least %g bits", (unsigned long long)pairs.candidates, n,
                     said->least);
    if (status == KITH_OK && pairs.alone)
        kith_app_say(app, "%llu records stand in blocks of more than 100 alone, which are not paired", (unsigned long long)pairs.alone);
    free(edges);
    return status;
}

static int run(kith_app *app) {
    const struct said *said = app->said;
    bool passes = said->blocks || said->scatter;
    kith_link_census *census = NULL;
    kith_source *source;
    kith_link_store store = {0};
    kith_link_data data = {0};
    kith_link_model *model;
    if (!passes && (said->components || said->index)) return kith_app_usage(app, "--components and --index go with --scatter");
    KITH_TRY(kith_app_linking(app, passes, &model, &source));
    KITH_TRY(kith_link_census_open(said->counts, said->over, model, &census, &app->error));
    int status = kith_link_store_init(&store, kith_source_header(source), &app->error);
    if (status == KITH_OK) status = link_rows(app, source, &store, &data, model, census);
    kith_link_census_free(census);
    kith_link_data_free(&data);
    kith_link_store_free(&store);
    return status;
}

const kith_verb kith_verb_dedupe_link = {
    .name = "link",
    .brief = "list the pairs of records that may be one person, with their weights",
    .operands = "[FILE...]",
    .grain = "record → pair",
    .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS | KITH_TAKES_ID | KITH_TAKES_MODEL,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = run,
};
