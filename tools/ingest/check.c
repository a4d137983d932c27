/* kith ingest check: is this stream what it should be? Every rule's failures, an example, a verdict; status 1 when any fails.
 *
 *     kith ingest check --schema people.schema --ref account_id=accounts.csv:account_id --fresh ts=2d people.csv || mail -s 'bad load' ops */
#include <kith/app.h>
#include <kith/check.h>
#include <kith/notes.h>

#include <string.h>
#include <time.h>

struct said {
    const char *schema, *failing, *region;
    kith_list ref, fresh, ordered, sum, total;
    double tolerance;
    int64_t min_rows, max_rows;
};

static const kith_option options[] = {
    {0, "schema", "FILE", KITH_OPT_STRING, offsetof(struct said, schema), "what columns must be: column,type,from,required,unique,min,max,values,pattern,transform,role", NULL, false, false},
    {0, "ref", "COL=FILE:COL", KITH_OPT_LIST, offsetof(struct said, ref), "values of COL are in a column of FILE", NULL, false, false},
    {0, "fresh", "COL=AGE", KITH_OPT_LIST, offsetof(struct said, fresh), "the newest COL is at most AGE (2d, 36h) before --until (default: now)", NULL, false, false},
    {0, "ordered", "COL", KITH_OPT_LIST, offsetof(struct said, ordered), "rows come in order of COL, or of -COL downwards", NULL, true, false},
    {0, "sum", "COL=COL+COL", KITH_OPT_LIST, offsetof(struct said, sum), "in each row, a column is the sum of others", NULL, false, false},
    {0, "total", "COL=N|FILE:COL", KITH_OPT_LIST, offsetof(struct said, total), "the sum of COL is N, or that of another file's column", NULL, false, false},
    {0, "tolerance", "X", KITH_OPT_DOUBLE, offsetof(struct said, tolerance), "by how much sums may differ (default 0)", NULL, false, false},
    {0, "min-rows", "N", KITH_OPT_INT, offsetof(struct said, min_rows), "there are at least N rows", NULL, false, false},
    {0, "max-rows", "N", KITH_OPT_INT, offsetof(struct said, max_rows), "there are at most N rows", NULL, false, false},
    {0, "failing", "FILE", KITH_OPT_RESULT, offsetof(struct said, failing), "write each failing row in full, after line,rule,column", NULL, false, false},
    {0, "region", "CC", KITH_OPT_STRING, offsetof(struct said, region), "country of phones, postcodes and dates that do not say", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"a key that is there twice, and a sum that does not agree", "id,net,tax,gross\n1,10,2,12\n2,5,1,7\n2,1,0,1\n", "kith ingest check -k id --sum gross=net+tax; true",
     "rule,column,rows,failures,share,example,verdict\nrecords,,3,0,0,,ok\nkey,id,3,1,0.3333333333333333,2,fail\nsum,gross,3,1,0.3333333333333333,7,fail\n"},
    {"freshness against a date", "id,ts\n1,2026-09-27\n2,2026-09-28\n", "kith ingest check --fresh ts=2d --until 2026-09-29",
     "rule,column,rows,failures,share,example,verdict\nrecords,,2,0,0,,ok\nfresh,ts,2,0,0,,ok\n"},
    {NULL, NULL, NULL, NULL},
};

static void defaults(void *said_, kith_common *common) {
    struct said *said = said_;
    (void)common;
    said->min_rows = said->max_rows = -1;
}

/* The dialect of every other verb: the header line alone decides. */
static void by_header(const kith_app *app, kith_messy_options *o) {
    o->dialect = kith_dialect_rfc4180;
    o->wishes = (kith_dialect_wishes){.delimiter = app->common.in_delimiter != 0, .quote = true, .escape = true, .header = app->common.no_headers ? 0 : 1, .skip = 0};
    if (app->common.in_delimiter) o->dialect.delimiter[0] = app->common.in_delimiter;
    o->keep_tail = o->strict_records = true;
    o->max_size = app->common.max_size;
}

static int write_report(kith_app *app, kith_buf *report, uint64_t rows, bool failed) {
    kith_app_count(app, rows, rows, 0, 0);
    KITH_TRY(kith_app_table(app, report, ',', false));
    return failed ? KITH_NEGATIVE : KITH_OK;
}

static int check(kith_app *app) {
    const struct said *said = app->said;
    kith_schema schema = {0};
    kith_sink *failing = NULL;
    const char *const *files;
    size_t n;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    kith_check_options o = {.key = app->common.key, .refs = said->ref.items, .n_refs = said->ref.n, .fresh = said->fresh.items, .n_fresh = said->fresh.n,
                            .ordered = said->ordered.items, .n_ordered = said->ordered.n, .sums = said->sum.items, .n_sums = said->sum.n, .totals = said->total.items,
                            .n_totals = said->total.n, .tolerance = said->tolerance, .min_rows = said->min_rows, .max_rows = said->max_rows, .region = said->region,
                            .zone = app->common.zone, .now_us = app->common.has_until ? app->common.until_us : (int64_t)now.tv_sec * KITH_US_PER_SECOND};
    if (app->common.shard) return kith_app_usage(app, "rules look at whole files, not at shards");
    if (said->region && !kith_region_known(said->region)) return kith_app_usage(app, "--region takes the two letters of a country: %s is not known", said->region);
    by_header(app, &o.messy);
    KITH_TRY(kith_app_inputs(app, &files, &n));
    if (said->failing) KITH_TRY(kith_app_side(app, said->failing, &failing));
    if (said->schema) KITH_TRY(kith_schema_read(app->arena, said->schema, &schema, &app->error));
    o.schema = said->schema ? &schema : NULL;
    kith_buf report = {0};
    uint64_t rows = 0;
    bool failed = false;
    int status = kith_check_run(files, n, &o, &report, failing, &rows, &failed, &app->error);
    if (status == KITH_OK) status = write_report(app, &report, rows, failed);
    kith_buf_free(&report);
    kith_schema_free(&schema);
    return status;
}

const kith_verb kith_verb_ingest_check = {
    .name = "check",
    .brief = "rules over a stream: failures counted, with examples and a verdict each",
    .operands = "[FILE...]",
    .grain = "any rows → one row a rule",
    .takes = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_KEY | KITH_TAKES_TIME,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = check,
    .negative = "a rule failed",
};
