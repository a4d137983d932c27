/* kith ingest sort: rows in order of some columns, each as it came.
 *
 *     kith ingest sort -k customer_id,-ts events.csv | kith dedupe rows -k customer_id      # each person's latest event */
#include <kith/app.h>
#include <kith/project.h>
#include <kith/sort.h>

#include <stdlib.h>

struct said {
    int64_t top;
};

static const kith_option options[] = {
    {0, "top", "N", KITH_OPT_INT, offsetof(struct said, top), "only the first N rows, 0: none (default: all)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"numbers by value, missing ones last", "name,amount\na,10\nb,9\nc,\nd,9.5\n", "kith ingest sort -k amount",
     "name,amount\nb,9\nd,9.5\na,10\nc,\n"},
    {"the two largest", "name,amount\na,10\nb,9\nc,\nd,9.5\n", "kith ingest sort -k -amount --top 2", "name,amount\na,10\nd,9.5\n"},
    {NULL, NULL, NULL, NULL},
};

static void defaults(void *said, kith_common *common) {
    (void)common;
    ((struct said *)said)->top = INT64_MAX;
}

typedef struct run {
    kith_app *app;
    kith_sorter *sorter;
    kith_sort_chunk **chunks; /* one a worker, from its visit to its commit */
    kith_sink *sink;
    char in, out;
    uint64_t rows;
} run;

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    run *r = ctx;
    (void)out;
    return kith_sorter_chunk(r->sorter, b, &r->chunks[worker], err);
}

static int commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    run *r = ctx;
    (void)b, (void)out;
    kith_sort_chunk *chunk = r->chunks[worker];
    r->chunks[worker] = NULL;
    return kith_sorter_add(r->sorter, chunk, err);
}

static int emit(void *ctx, const char *rows, size_t bytes, uint64_t n, kith_error *err) {
    run *r = ctx;
    r->rows += n;
    if (r->in == r->out) return kith_sink_write(r->sink, rows, bytes, err);
    kith_buf buf = {0};
    int status = kith_rows_convert((kith_str){rows, bytes}, r->in, r->out, &buf, err);
    if (status == KITH_OK) status = kith_sink_buf(r->sink, &buf, err);
    kith_buf_free(&buf);
    return status;
}

static int sort(kith_app *app) {
    const struct said *said = app->said;
    kith_source *source;
    kith_sort_key *keys;
    size_t n;
    run r = {.app = app};
    if (!app->common.key) return kith_app_usage(app, "-k names the columns to sort by");
    if (said->top < 0) return kith_app_usage(app, "--top takes a number of rows");
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    KITH_TRY(kith_sort_keys(header, app->common.key, app->arena, &keys, &n, &app->error));
    KITH_TRY(kith_app_sink(app, &r.sink));
    KITH_TRY(kith_app_header(app, r.sink, source, NULL, NULL, 0));
    r.in = header->delimiter;
    r.out = kith_app_delimiter(app, source);
    r.chunks = kith_arena_zalloc(app->arena, (size_t)kith_source_threads(source) * sizeof *r.chunks);
    if (!r.chunks) return kith_no_memory(&app->error);
    int status = kith_sorter_new(&r.sorter, keys, n, app->common.memory, kith_app_threads(app), NULL, getenv("TMPDIR"), &app->error);
    if (status == KITH_OK && said->top < INT64_MAX) kith_sorter_top(r.sorter, said->top ? (uint64_t)said->top : 1);
    kith_scan scan = {.visit = visit, .commit = commit, .ctx = &r};
    if (status == KITH_OK) status = kith_app_scan(app, source, &scan);
    if (status == KITH_OK)
        status = kith_sorter_finish(r.sorter, (uint64_t)said->top, emit, &r, &app->error);
    kith_app_count(app, 0, r.rows, 0, scan.total.rows_in - scan.total.rejected - scan.total.bad - r.rows); /* --top leaves the others */
    if (status == KITH_OK && kith_app_verbose(app) && kith_sorter_spilled(r.sorter))
        kith_app_say(app, "%llu bytes went through a temporary file", (unsigned long long)kith_sorter_spilled(r.sorter));
    for (int i = 0; i < kith_source_threads(source); i++) kith_sort_chunk_free(r.chunks[i]);
    kith_sorter_free(r.sorter);
    return status;
}

const kith_verb kith_verb_ingest_sort = {
    .name = "sort",
    .brief = "rows in order of some columns, by value, stable, whatever the size",
    .operands = "[FILE...]",
    .grain = "any rows → the same rows",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_KEY | KITH_TAKES_MEMORY,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = sort,
};
