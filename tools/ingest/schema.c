/* kith ingest schema: what the columns of an export are, as the schema that `read` and `check` take.
 *
 *     kith ingest schema crm.csv > crm.schema && $EDITOR crm.schema && kith ingest read --schema crm.schema crm.csv > people.csv */
#include <kith/app.h>
#include <kith/infer.h>
#include <kith/notes.h>

struct said {
    const char *region;
    int64_t rows;
};

static const kith_option options[] = {
    {0, "region", "CC", KITH_OPT_STRING, offsetof(struct said, region), "country of phones, postcodes and dates that do not say (GB, DE, US ...)", NULL, false, false},
    {0, "rows", "N", KITH_OPT_INT, offsetof(struct said, rows), "look at the first N rows only (default: all)", NULL, false, false},
    KITH_OPT_END,
};

static void defaults(void *said, kith_common *common) {
    (void)common;
    ((struct said *)said)->rows = INT64_MAX;
}

static const kith_example examples[] = {
    {"types, rules and what must be known to read the dates",
     "id;email;born;amount\n1;a@b.co;30/04/1980;7,50\n2;c@d.co;03/04/1981;1.200,00\n3;;01/12/1990;3,00\n", "kith ingest schema",
     "column,type,from,required,unique,min,max,values,pattern,transform,role\nid,integer,,yes,yes,,,,,,id\nemail,email,,,,,,,,,\nborn,date,,yes,,,,,,dmy,\namount,number,,yes,,,,,,comma,amount\n"},
    {NULL, NULL, NULL, NULL},
};

static int infer_all(kith_app *app, kith_messy *m, kith_infer *infer) {
    const struct said *said = app->said;
    kith_buf scratch = {0};
    int status = KITH_OK;
    uint64_t rows = 0;
    for (bool end = false; status == KITH_OK && !end && rows < (uint64_t)said->rows;) {
        kith_messy_row row;
        status = kith_messy_next(m, &row, &end, &app->error);
        if (status != KITH_OK || end || row.verdict != KITH_ROW) continue;
        rows++;
        for (size_t i = 0; i < row.n && status == KITH_OK; i++) status = kith_infer_cell(infer, i, kith_messy_text(m, &row.fields[i], &scratch), &app->error);
    }
    const kith_messy_counts *counts = kith_messy_count(m);
    kith_app_count(app, rows + counts->rejected + counts->dropped, 0, counts->rejected, counts->dropped);
    if (scratch.failed && status == KITH_OK) status = kith_no_memory(&app->error);
    kith_buf_free(&scratch);
    return status;
}

static int infer_file(kith_app *app, kith_messy *m) {
    const struct said *said = app->said;
    size_t n = kith_messy_columns(m);
    kith_infer *infer;
    kith_buf out = {0};
    kith_str *names = kith_arena_alloc(app->arena, (n + 1) * sizeof *names);
    if (!names) return kith_no_memory(&app->error);
    for (size_t i = 0; i < n; i++) names[i] = kith_messy_name(m, i);
    KITH_TRY(kith_infer_new(&infer, names, n, said->region, &app->error));
    int status = infer_all(app, m, infer);
    if (status == KITH_OK) status = kith_infer_finish(infer, &out, &app->error);
    kith_infer_free(infer);
    if (status == KITH_OK) status = kith_app_table(app, &out, ',', true);
    kith_buf_free(&out);
    return status;
}

static int schema(kith_app *app) {
    const struct said *said = app->said;
    const char *const *files;
    size_t n;
    kith_messy *m;
    kith_messy_options o = {.wishes = {.header = app->common.no_headers ? 0 : -1, .skip = -1, .delimiter = app->common.in_delimiter != 0},
                            .dialect = {.delimiter = {app->common.in_delimiter}, .delimiter_n = 1}, .max_size = app->common.max_size};
    if (said->rows < 0) return kith_app_usage(app, "--rows takes a number of rows");
    if (app->common.shard) return kith_app_usage(app, "a dialect is found from a whole file: cut what read gives into shards");
    if (said->region && !kith_region_known(said->region)) return kith_app_usage(app, "--region takes the two letters of a country: %s is not known", said->region);
    KITH_TRY(kith_app_inputs(app, &files, &n));
    if (n > 1) return kith_app_usage(app, "one file at a time: read aligns several");
    KITH_TRY(kith_messy_open(&m, files[0], &o, &app->error));
    int status = kith_messy_columns(m) ? infer_file(app, m) : kith_fail(&app->error, KITH_DATA, "%s: empty: no columns", files[0]);
    kith_messy_close(m);
    return status;
}

const kith_verb kith_verb_ingest_schema = {
    .name = "schema",
    .brief = "what the columns of an export are, as the schema that read and check take",
    .operands = "[FILE]",
    .grain = "any export → one row a column",
    .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = schema,
};
