/* dedupe resolve: one person_id for every record.
 *
 *     kith dedupe resolve -m people.model tonight.csv --known yesterday.csv > today.csv */
#include <kith/linking.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct said {
    const char *known, *log, *counts, *over, *persons, *index;
    double threshold;
    bool edges;
};

static const kith_option options[] = {
    {0, "known", "FILE", KITH_OPT_STRING, offsetof(struct said, known),
     "an earlier output of resolve: its persons keep their ids, its records are in the output too", NULL, false, false},
    {0, "log", "FILE", KITH_OPT_RESULT, offsetof(struct said, log),
     "with --known: where splits and merges go (change,person_id,other_id,records)", NULL, false, false},
    {0, "threshold", "BITS", KITH_OPT_DOUBLE, offsetof(struct said, threshold),
     "join clusters down to this mean weight (default: the model's)", NULL, false, false},
    {0, "edges", NULL, KITH_OPT_FLAG, offsetof(struct said, edges), "the rows are links (left_id,right_id): their components, as id,component; a fold", NULL, false, false},
    {0, "counts", "FILE", KITH_OPT_STRING, offsetof(struct said, counts), "whole components of the records (dedupe link --scatter): what --save-counts wrote of all", NULL, false, false},
    {0, "over", "FILE", KITH_OPT_STRING, offsetof(struct said, over), "with --counts: the oversized blocks (column block)", NULL, false, false},
    {0, "index", "FILE", KITH_OPT_RESULT, offsetof(struct said, index), "with --counts: where each shard's rows stand in the result (part,offset,length)", NULL, false, false},
    {0, "persons", "FILE", KITH_OPT_STRING, offsetof(struct said, persons), "the rows of a shard, with what --counts found for them", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Find who is who, from nothing but the records",
     "id,name,born,mail\n1,Ann Lee,1980-02-03,ann.lee@x.org\n2,Anne Lee,1980-02-03,ann.lee@x.org\n3,Bo "
     "Chan,1991-10-11,bo@y.org\n4,Cy Dent,1975-07-30,cy.dent@z.org\n"
     "5,Bo Chan,1991-10-11,\n6,Dee Fox,1966-01-09,dee@w.org\n7,Eve Gray,1959-12-24,\n8,Flo Hart,1988-05-17,flo@v.org\n",
     "cat > people.csv; kith dedupe fit -q --id id people.csv > people.model; kith dedupe resolve -q -m people.model "
     "people.csv | cut -d, -f1,2,5",
     "id,name,person_id\n1,Ann Lee,81d9d818c162cf2d\n2,Anne Lee,81d9d818c162cf2d\n3,Bo Chan,9fbf6aef5486153b\n4,Cy "
     "Dent,884e7279edd62208\n5,Bo Chan,9fbf6aef5486153b\n6,Dee Fox,a3efbae7ec36ce5d\n7,Eve "
     "Gray,fc455beba2617621\n8,Flo Hart,c6a12fd77b65a7df\n"},
    {NULL, NULL, NULL, NULL},
};

static void defaults(void *said, kith_common *common) {
    (void)common;
    ((struct said *)said)->threshold = -1e9;
}

static kith_batch piece_batch(const kith_link_store *store, const kith_link_piece *piece) {
    return (kith_batch){.bytes = piece->bytes,
                        .ends = piece->ends,
                        .starts = piece->starts,
                        .rows = piece->rows,
                        .cols = store->header.n,
                        .delimiter = store->delimiter,
                        .quoted = true};
}

static int write_rows(kith_app *app, kith_sink *sink, const kith_link_store *store, char delimiter,
                      const kith_link_clusters *c, const kith_link_persons *p) {
    kith_buf buf = {0};
    uint32_t r = 0;
    int status = KITH_OK;
    for (size_t k = 0; k < store->n_pieces && status == KITH_OK; k++) {
        const kith_link_piece *piece = &store->pieces[k];
        kith_batch b = piece_batch(store, piece);
        kith_row_writer w = kith_row_begin(&buf, delimiter);
        for (uint32_t i = 0; i < piece->rows; i++, r++) {
            kith_put_row(&w, &b, i);
            kith_put_text(&w, p->id[r]);
            kith_put_double(&w, (double)((int64_t)(c->probability[r] * 1e6 + .5)) / 1e6);
            kith_row_end(&w);
        }
        status = kith_sink_buf(sink, &buf, &app->error);
    }
    kith_app_count(app, 0, r, 0, 0);
    kith_buf_free(&buf);
    return status;
}

static int write_log(kith_app *app, const char *path, const kith_link_persons *p) {
    kith_sink *sink;
    kith_buf buf = {0};
    KITH_TRY(kith_app_side(app, path, &sink));
    kith_buf_puts(&buf, "change,person_id,other_id,records\n");
    kith_row_writer w = kith_row_begin(&buf, ',');
    for (size_t i = 0; i < p->n_changes; i++) {
        kith_put_string(&w, p->change[i].what);
        kith_put_text(&w, p->change[i].person);
        kith_put_text(&w, p->change[i].other);
        kith_put_int(&w, p->change[i].records);
        kith_row_end(&w);
    }
    int status = kith_sink_buf(sink, &buf, &app->error);
    kith_buf_free(&buf);
    return status;
}

/* A shard's rows with the persons that were found for those that have company; the others are persons of their own. */
static int join_persons(kith_app *app, kith_source *source, kith_link_store *store, const kith_link_model *model) {
    const struct said *said = app->said;
    static const char *const added[] = {"person_id", "person_probability"}, *const names[] = {"kith_row", "person_id", "person_probability"};
    kith_app_shard shard;
    kith_sink *sink;
    kith_link_naming naming = {0};
    kith_link_persons own;
    kith_str *found[2];
    uint32_t unused, r = 0;
    for (int k = 0; k < 2; k++) KITH_TRY(kith_new_column(kith_source_header(source), added[k], false, &unused, &app->error));
    KITH_TRY(kith_app_sink(app, &sink));
    kith_scan scan = {.commit = kith_link_store_commit, .ctx = store};
    KITH_TRY(kith_app_scan(app, source, &scan));
    kith_app_shard_of(app, &shard);
    const char *files[] = {shard.path, shard.path};
    store->before = shard.before;
    KITH_TRY(kith_link_naming_of(&naming, store, model, shard.path ? files : app->files, shard.path ? (shard.files > 1 ? 2 : 1) : app->n_files, NULL, app->arena, &app->error));
    KITH_TRY(kith_link_by_row(said->persons, names, 2, shard.id << 32, store->rows, app->arena, found, &app->error));
    kith_link_clusters alone = {.rows = store->rows, .cluster = kith_arena_alloc(app->arena, sizeof(uint32_t) * ((size_t)store->rows + 1))};
    if (!alone.cluster) return kith_no_memory(&app->error);
    for (uint32_t i = 0; i < store->rows; i++) alone.cluster[i] = i;
    KITH_TRY(kith_link_name_persons(&alone, naming.source, naming.record, NULL, app->arena, &own, &app->error));
    KITH_TRY(kith_app_header(app, sink, source, NULL, added, 2));
    kith_buf buf = {0};
    int status = KITH_OK;
    for (size_t k = 0; k < store->n_pieces && status == KITH_OK; k++) {
        kith_batch b = piece_batch(store, &store->pieces[k]);
        kith_row_writer w = kith_row_begin(&buf, kith_app_delimiter(app, source));
        for (uint32_t i = 0; i < b.rows; i++, r++) {
            kith_put_row(&w, &b, i);
            kith_put_text(&w, found[0][r].n ? found[0][r] : own.id[r]);
            kith_put_text(&w, found[0][r].n ? found[1][r] : (kith_str){"1", 1});
            kith_row_end(&w);
        }
        status = kith_sink_buf(sink, &buf, &app->error);
    }
    kith_app_count(app, 0, r, 0, 0);
    kith_buf_free(&buf);
    return status;
}

/* Persons of scattered records: by the numbers of their rows, which stand shard by shard. */
static int write_found(kith_app *app, kith_sink *sink, const kith_link_store *store, const kith_link_clusters *c, const kith_link_persons *p) {
    const struct said *said = app->said;
    static const char *const names[] = {"kith_row", "person_id", "person_probability"};
    kith_link_parts parts = {0};
    kith_sink *index = NULL;
    uint32_t column, r = 0;
    int64_t row, top = 0;
    KITH_TRY(kith_column(&store->header, names[0], &column, &app->error));
    for (int pass = 0; pass < 2; pass++, r = 0) {
        if (pass) KITH_TRY(kith_link_parts_new(&parts, (uint32_t)top + 1, &app->error));
        for (size_t k = 0; k < store->n_pieces; k++)
            for (uint32_t i = 0; i < store->pieces[k].rows; i++, r++) {
                if (!kith_parse_int(kith_link_cell(store, &store->pieces[k], i, column, app->arena), &row) || row < 0 || row >> 32 > 1000000)
                    return kith_fail(&app->error, KITH_DATA, "kith_row: not the number of a row");
                if (row >> 32 > top) top = row >> 32;
                if (!pass) continue;
                kith_row_writer w = kith_row_begin(&parts.part[row >> 32], ',');
                kith_put_int(&w, row);
                kith_put_text(&w, p->id[r]);
                kith_put_double(&w, (double)((int64_t)(c->probability[r] * 1e6 + .5)) / 1e6);
                kith_row_end(&w);
            }
    }
    kith_buf_puts(&parts.header, "kith_row,person_id,person_probability\n");
    int status = said->index ? kith_app_side(app, said->index, &index) : KITH_OK;
    if (status == KITH_OK) status = kith_link_parts_write(&parts, sink, index, &app->error);
    kith_link_parts_free(&parts);
    return status;
}

static int resolve(kith_app *app, kith_source *source, kith_link_store *store, kith_link_data *data,
                   kith_link_model *model, const kith_link_census *census) {
    const struct said *said = app->said;
    static const char *const added[] = {"person_id", "person_probability"};
    kith_sink *sink;
    kith_link_edge *edges = NULL;
    kith_link_clusters clusters = {0};
    kith_link_persons persons;
    kith_link_pairs pairs;
    kith_link_naming naming = {0};
    size_t n = 0;
    uint32_t unused;
    for (int k = 0; k < 2 && !said->known; k++)
        KITH_TRY(kith_new_column(kith_source_header(source), added[k], false, &unused, &app->error));
    KITH_TRY(kith_app_sink(app, &sink));
    kith_scan scan = {.commit = kith_link_store_commit, .ctx = store};
    KITH_TRY(kith_app_scan(app, source, &scan));
    KITH_TRY(
        kith_link_naming_of(&naming, store, model, app->files, app->n_files, said->known, app->arena, &app->error));
    if (census) KITH_TRY(kith_link_data_build_some(data, store, model, census, kith_app_threads(app), &app->error));
    else KITH_TRY(kith_link_data_build(data, store, model, false, kith_app_threads(app), &app->error));
    KITH_TRY(kith_link_sources(data, store, model, &app->error));
    int status =
        kith_link_edges(data, model->threshold - 3, false, kith_app_threads(app), &edges, &n, &pairs, &app->error);
    if (status == KITH_OK) status = kith_link_cluster(data, edges, n, kith_app_threads(app), &clusters, &app->error);
    free(edges);
    if (status == KITH_OK)
        status = kith_link_name_persons(&clusters, naming.source, naming.record, naming.known, app->arena, &persons,
                                        &app->error);
    if (status == KITH_OK && said->log) status = write_log(app, said->log, &persons);
    if (census) {
        if (status == KITH_OK) status = write_found(app, sink, store, &clusters, &persons);
        kith_link_clusters_free(&clusters);
        return status;
    }
    if (status == KITH_OK) status = kith_app_header(app, sink, source, NULL, added, 2);
    if (status == KITH_OK) status = write_rows(app, sink, store, kith_app_delimiter(app, source), &clusters, &persons);
    if (status == KITH_OK) {
        if (naming.known)
            kith_app_say(app, "%u records, %u persons: %zu known, %zu new; %zu splits and merges", clusters.rows,
                         clusters.n, persons.kept, persons.born, persons.n_changes);
        else
            kith_app_say(
                app, "%u records, %u persons; %llu pairs compared, %zu of them likely enough to be weighed together",
                clusters.rows, clusters.n, (unsigned long long)pairs.candidates, n);
    }
    if (status == KITH_OK && pairs.alone)
        kith_app_say(app, "%llu records stand in blocks of more than 100 alone, which are not paired: each is a person of its own; compare more columns, or merge records that are all the same (kith dedupe rows) before",
                     (unsigned long long)pairs.alone);
    kith_link_clusters_free(&clusters);
    return status;
}

static int run(kith_app *app) {
    const struct said *said = app->said;
    kith_source *source;
    kith_link_store store = {0};
    kith_link_data data = {0};
    kith_link_model *model;
    kith_link_census *census = NULL;
    if (said->edges) {
        kith_params columns = {.arena = app->arena};
        if (app->common.model.n || said->known || said->log || said->counts || said->over || said->index || said->persons || said->threshold > -1e8)
            return kith_app_usage(app, "--edges takes links alone");
        return kith_app_fold(app, &kith_link_forest_fold, &columns);
    }
    if (app->common.state.n || app->common.save_state) return kith_app_usage(app, "states go with --edges");
    if (said->known && (said->counts || said->persons)) return kith_app_usage(app, "--known needs all records at once");
    if (said->log && !said->known) return kith_app_usage(app, "--log tells what happened to --known persons");
    KITH_TRY(kith_app_linking(app, false, &model, &source));
    if (said->threshold > -1e8) model->threshold = said->threshold;
    if (said->counts) { /* records that were scattered bring their names along */
        memcpy(model->id, "kith_record", 12);
        memcpy(model->source, "kith_source", 12);
    }
    KITH_TRY(kith_link_census_open(said->counts, said->over, model, &census, &app->error));
    int status = kith_link_store_init(&store, kith_source_header(source), &app->error);
    if (status == KITH_OK) status = said->persons ? join_persons(app, source, &store, model) : resolve(app, source, &store, &data, model, census);
    kith_link_census_free(census);
    kith_link_data_free(&data);
    kith_link_store_free(&store);
    return status;
}

const kith_verb kith_verb_dedupe_resolve = {
    .name = "resolve",
    .brief = "give every record the id of its person",
    .operands = "[FILE...]",
    .grain = "record → record with person_id",
    .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS | KITH_TAKES_ID | KITH_TAKES_MODEL | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_link_forest_fold,
};
