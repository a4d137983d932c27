/* kith ingest read: any real export in, a clean stream out, and an account of every row.
 *
 *     kith ingest read --schema people.schema crm.csv web.csv shop.csv.gz | kith dedupe resolve -m people.model */
#include <kith/app.h>
#include <kith/ingest.h>

#include <string.h>

struct said {
    const char *schema, *account, *encoding, *separator, *quote, *escape, *repair, *region;
    int64_t header_rows, skip;
    bool strict, two_pass, keep_tail, source_said;
    kith_list source;
};

static const kith_option options[] = {
    {0, "schema", "FILE", KITH_OPT_STRING, offsetof(struct said, schema), "what columns are called and must be: column,type,from,required,unique,min,max,values,pattern,transform,role", NULL, false, false},
    {0, "account", "FILE", KITH_OPT_RESULT, offsetof(struct said, account), "write file,rows_in,rows_out,rejected,dropped", NULL, false, false},
    {0, "strict", NULL, KITH_OPT_FLAG, offsetof(struct said, strict), "any repair, reject, drop or empty input ends with status 3", NULL, false, false},
    {0, "region", "CC", KITH_OPT_STRING, offsetof(struct said, region), "country of phones, postcodes and dates that do not say (GB, DE, US ...)", NULL, false, false},
    {0, "source", "NAME", KITH_OPT_LIST, offsetof(struct said, source), "add source and record_id; one name for each file, in order (default for several files: their names)", NULL, false, false},
    {0, "two-pass", NULL, KITH_OPT_FLAG, offsetof(struct said, two_pass), "decide on day and month order and decimal marks from whole files, not from their first 64 MB", NULL, false, false},
    {0, "encoding", "NAME", KITH_OPT_STRING, offsetof(struct said, encoding), "of the input (default: found): utf-8, utf-16le, windows-1252, iso-8859-1 ...", NULL, false, false},
    {0, "separator", "TEXT", KITH_OPT_STRING, offsetof(struct said, separator), "delimiter of up to 7 bytes, or blanks for runs of them (default: found)", NULL, false, false},
    {0, "quote", "C", KITH_OPT_STRING, offsetof(struct said, quote), "quote character, or none (default: found)", NULL, false, false},
    {0, "escape", "C", KITH_OPT_STRING, offsetof(struct said, escape), "what stands before a quote inside quotes, or doubled (default: found)", NULL, false, false},
    {0, "header-rows", "N", KITH_OPT_INT, offsetof(struct said, header_rows), "rows of names on top (default: found)", NULL, false, false},
    {0, "skip", "N", KITH_OPT_INT, offsetof(struct said, skip), "records before the table (default: found)", NULL, false, false},
    {0, "keep-tail", NULL, KITH_OPT_FLAG, offsetof(struct said, keep_tail), "totals and footnotes are rows like others", NULL, false, false},
    {0, "repair", "WHAT", KITH_OPT_STRING, offsetof(struct said, repair), "double-utf8: text that was encoded twice", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"a German export with a title and a total", "Umsatz Mai\n\nid;name;betrag\n1;Anna;1.234,56\n2;Bo;7,50\nSumme;;1.242,06\n", "kith ingest read 2>/dev/null",
     "id,name,betrag\n1,Anna,\"1.234,56\"\n2,Bo,\"7,50\"\n"},
    {"a row with an empty field too many, among rows that are alike",
     "day,code,n\n01/05/2026,AB-1,1\n02/05/2026,AB-2,2\n03/05/2026,AB-3,3\n04/05/2026,AB-4,4\n05/05/2026,AB-5,5\n06/05/2026,AB-6,6\n07/05/2026,AB-7,7\n08/05/2026,AB-8,8\n09/05/2026,,AB-9,9\n",
     "kith ingest read -q | tail -n 1", "09/05/2026,AB-9,9\n"},
    {NULL, NULL, NULL, NULL},
};

static void defaults(void *said_, kith_common *common) {
    struct said *said = said_;
    said->header_rows = said->skip = -1;
    common->on_error = KITH_ON_ERROR_REJECT;
}

static void remark(void *ctx, const char *line) { kith_app_say(ctx, "%s", line); }

static int one_byte(kith_app *app, const char *option, const char *text, const char *none, int *byte) {
    *byte = -1;
    if (strcmp(text, none) == 0) return KITH_OK;
    if (strcmp(text, "\\0") == 0) *byte = 0;
    else if (strlen(text) == 1) *byte = (unsigned char)*text;
    else return kith_app_usage(app, "%s takes one character, or %s", option, none);
    return KITH_OK;
}

/* What was said about the dialect. */
static int dialect(kith_app *app, const struct said *said, kith_messy_options *o) {
    o->wishes.header = app->common.no_headers ? 0 : (int)said->header_rows;
    o->wishes.skip = said->skip;
    o->keep_tail = said->keep_tail;
    o->max_size = app->common.max_size;
    if (said->encoding) {
        o->encoding_said = true;
        if (!kith_encoding_find(said->encoding, &o->encoding)) return kith_app_usage(app, "no such encoding: %s", said->encoding);
    }
    if (said->repair) {
        if (strcmp(said->repair, "double-utf8") != 0) return kith_app_usage(app, "--repair takes double-utf8");
        o->twice = true;
    }
    size_t n = said->separator ? strlen(said->separator) : 0;
    if (n > 7 || (said->separator && !n)) return kith_app_usage(app, "--separator takes 1 to 7 bytes");
    o->wishes.delimiter = n || app->common.in_delimiter;
    o->dialect.runs = n && strcmp(said->separator, "blanks") == 0;
    o->dialect.delimiter_n = n && !o->dialect.runs ? n : 1;
    if (n) memcpy(o->dialect.delimiter, o->dialect.runs ? " " : said->separator, o->dialect.delimiter_n);
    else o->dialect.delimiter[0] = app->common.in_delimiter;
    o->wishes.quote = said->quote != NULL;
    o->wishes.escape = said->escape != NULL;
    if (said->quote) KITH_TRY(one_byte(app, "--quote", said->quote, "none", &o->dialect.quote));
    return said->escape ? one_byte(app, "--escape", said->escape, "doubled", &o->dialect.escape) : KITH_OK;
}

static int limits(kith_app *app, kith_ingest_options *o) {
    const char *text = app->common.max_rejects;
    o->stop = app->common.on_error == KITH_ON_ERROR_STOP;
    o->skip = app->common.on_error == KITH_ON_ERROR_SKIP;
    o->max_rejects = UINT64_MAX;
    o->max_share = 1;
    if (!text) return KITH_OK;
    size_t n = strlen(text);
    double value;
    bool share = n && text[n - 1] == '%';
    if (!kith_parse_double((kith_str){text, n - share}, &value) || value < 0 || (share && value > 100))
        return kith_app_usage(app, "--max-rejects takes a number or a percentage such as 1%%");
    if (share) o->max_share = value / 100;
    else o->max_rejects = value < 1e18 ? (uint64_t)value : UINT64_MAX;
    if (!share && !o->max_rejects) return kith_app_usage(app, "--max-rejects takes at least 1; --on-error stop allows none");
    return KITH_OK;
}

static int write_all(kith_app *app, kith_ingest *ingest, const struct said *said, kith_sink *sink) {
    kith_sink *rejects = NULL, *account = NULL;
    if (app->common.rejects) KITH_TRY(kith_app_side(app, app->common.rejects, &rejects));
    if (said->account) KITH_TRY(kith_app_side(app, said->account, &account));
    int status = kith_ingest_run(ingest, sink, rejects, &app->error);
    kith_ingest_totals t = kith_ingest_total(ingest);
    kith_app_count(app, t.rows_in, t.rows_out, t.rejected, t.dropped);
    KITH_TRY(status);
    kith_buf text = {0};
    if (account) kith_ingest_account(ingest, &text);
    if (account) status = kith_sink_buf(account, &text, &app->error);
    kith_buf_free(&text);
    return status;
}

static int explain(kith_app *app, kith_ingest *ingest, kith_sink *sink) {
    kith_buf text = {0};
    int status = kith_ingest_explain(ingest, &text, &app->error);
    if (status == KITH_OK) status = kith_sink_buf(sink, &text, &app->error);
    kith_buf_free(&text);
    return status;
}

static int read_exports(kith_app *app) {
    const struct said *said = app->said;
    kith_schema schema = {0};
    kith_ingest *ingest;
    kith_sink *sink;
    kith_ingest_options o = {.region = said->region, .zone = app->common.zone, .sources = said->source.items, .n_sources = said->source.n,
                             .add_source = said->source.n > 0, .replace = app->common.replace, .strict = said->strict, .two_pass = said->two_pass, .header = app->common.header,
                             .delimiter = kith_app_delimiter(app, NULL), .note = remark, .note_ctx = app};
    const char *const *files;
    size_t n;
    if (said->region && !kith_region_known(said->region)) return kith_app_usage(app, "--region takes the two letters of a country: %s is not known", said->region);
    if (app->common.shard) return kith_app_usage(app, "a dialect is found from a whole file: cut what read gives into shards");
    KITH_TRY(dialect(app, said, &o.messy));
    KITH_TRY(limits(app, &o));
    KITH_TRY(kith_app_inputs(app, &files, &n));
    if (said->schema) KITH_TRY(kith_schema_read(app->arena, said->schema, &schema, &app->error));
    o.schema = said->schema ? &schema : NULL;
    int status = kith_ingest_open(&ingest, files, n, &o, &app->error);
    if (status == KITH_OK) {
        status = kith_app_sink(app, &sink);
        if (status == KITH_OK) status = app->common.explain ? explain(app, ingest, sink) : write_all(app, ingest, said, sink);
        kith_ingest_close(ingest);
    }
    kith_schema_free(&schema);
    return status;
}

const kith_verb kith_verb_ingest_read = {
    .name = "read",
    .brief = "any real export in, a clean stream out, and an account of every row",
    .operands = "[FILE...]",
    .grain = "any export → records",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_REJECTING | KITH_TAKES_EXPLAIN | KITH_TAKES_ZONE | KITH_TAKES_REPLACE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .defaults = defaults,
    .run = read_exports,
};
