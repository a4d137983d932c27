/* kith ingest mask: columns that say less: keyed pseudonyms, truncation, coarser dates, places and amounts.
 *
 *     kith ingest mask --pseudonym email,phone --key-file key --dates born=year --truncate postcode=2 \
 *         --groups born,postcode crm.csv > shared.csv */
#include <kith/app.h>
#include <kith/keys.h>
#include <kith/mask.h>

struct said {
    const char *pseudonym, *key_file, *domain, *groups, *report;
    bool fold_case;
    kith_list truncate, dates, places, amounts;
    int64_t least;
};

#define AT(field) offsetof(struct said, field)
static const kith_option options[] = {
    {0, "pseudonym", "SEL", KITH_OPT_STRING, AT(pseudonym), "replace these by keyed pseudonyms, the same for equal values", NULL, true, false},
    {0, "key-file", "FILE", KITH_OPT_STRING, AT(key_file), "the secret key of the pseudonyms", NULL, false, false},
    {0, "domain", "NAME", KITH_OPT_STRING, AT(domain), "pseudonyms of different domains do not join (default mask)", NULL, false, false},
    {0, "fold-case", NULL, KITH_OPT_FLAG, AT(fold_case), "Ann@X.org and ann@x.org get the same pseudonym", NULL, false, false},
    {0, "truncate", "SEL=N", KITH_OPT_LIST, AT(truncate), "keep the first N characters; -N: the last", NULL, false, false},
    {0, "dates", "SEL=PERIOD", KITH_OPT_LIST, AT(dates), "the start of the year, quarter, month, week, day or hour", NULL, false, false},
    {0, "places", "SEL=DEGREES", KITH_OPT_LIST, AT(places), "latitudes, longitudes to the nearest multiple (.1 is 11 km or less)", NULL, false, false},
    {0, "amounts", "SEL=STEP", KITH_OPT_LIST, AT(amounts), "numbers to the nearest multiple of STEP", NULL, false, false},
    {0, "groups", "SEL", KITH_OPT_STRING, AT(groups), "report the smallest group of rows that look alike in these columns", NULL, true, false},
    {0, "least", "K", KITH_OPT_INT, AT(least), "with --groups: exit 1 if a group has fewer than K rows (default 5, reported only)", NULL, false, false},
    {0, "report", "FILE", KITH_OPT_RESULT, AT(report), "write the report as CSV (default: said on standard error)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"coarser dates, places, amounts and postcodes", "born,lat,income,zip\n1980-05-17,48.8566,41250,75011\n",
     "kith ingest mask --dates born=year --places lat=.1 --amounts income=1000 --truncate zip=2", "born,lat,income,zip\n1980-01-01,48.9,41000,75\n"},
    {"pseudonyms that join across files", "email,n\nann@x.org,1\nbo@x.org,2\n,3\nann@x.org,4\n",
     "echo an example of a secret key > key && chmod 600 key && kith ingest mask --pseudonym email --key-file key | cut -c 1-8,33-",
     "email,n\n2b9871ca,1\n95b4df88,2\n,3\n2b9871ca,4\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct run {
    uint32_t cols;
    kith_mask *masks; /* by column */
    kith_selection kept, groups;
    char out;
    struct worker {
        kith_buf value, joined;
        kith_key *keys;
        uint64_t *hashes;
        size_t *ends;
        uint32_t rows, room;
    } *workers;
    kith_anonymity anonymity;
} run;

static int room_for(struct worker *w, uint32_t rows, kith_arena *arena, kith_error *err) {
    w->rows = 0;
    w->joined.n = 0;
    w->keys = kith_arena_alloc(arena, rows * sizeof *w->keys + 1);
    w->hashes = kith_arena_alloc(arena, rows * sizeof *w->hashes + 1);
    w->ends = kith_arena_alloc(arena, rows * sizeof *w->ends + 1);
    return w->keys && w->hashes && w->ends ? KITH_OK : kith_no_memory(err);
}

/* A cell's masked text; p is NULL where the row cannot be used. */
static int masked(const run *r, struct worker *w, const kith_batch *b, uint32_t row, uint32_t col, kith_str *text, kith_out *out, kith_error *err) {
    const kith_mask *m = &r->masks[col];
    *text = kith_text(b, row, col);
    if (!text->p && text->n) return kith_no_memory(err);
    if (m->kind == KITH_MASK_NONE || text->n == 0) return KITH_OK;
    w->value.n = 0;
    bool good = kith_mask_apply(m, *text, &w->value);
    if (w->value.failed) return kith_no_memory(err);
    *text = (kith_str){good ? w->value.p ? w->value.p : "" : NULL, w->value.n};
    if (good) return KITH_OK;
    return kith_bad_row(b, row, col, m->kind == KITH_MASK_DATE ? "not_a_date" : "not_a_number", m->kind == KITH_MASK_DATE ? "not a date" : "not a number", out, err);
}

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    run *r = ctx;
    struct worker *w = &r->workers[worker];
    KITH_TRY(room_for(w, b->rows, b->arena, err));
    kith_row_writer writer = kith_row_begin(&out->rows, r->out);
    for (uint32_t i = 0; i < b->rows; i++) {
        size_t start = out->rows.n;
        kith_str text = {"", 0};
        for (uint32_t j = 0; j < r->kept.n && text.p; j++) {
            uint32_t col = r->kept.columns[j];
            if (r->masks[col].kind == KITH_MASK_NONE) {
                kith_put_raw(&writer, kith_cell(b, i, col), b->delimiter);
                continue;
            }
            KITH_TRY(masked(r, w, b, i, col, &text, out, err));
            if (text.p) kith_put_text(&writer, text);
        }
        for (uint32_t j = 0; j < r->groups.n && text.p; j++) {
            KITH_TRY(masked(r, w, b, i, r->groups.columns[j], &text, out, err));
            if (text.p) kith_key_join(&w->joined, text, j == 0);
        }
        if (!text.p) { /* left out */
            out->rows.n = start;
            writer = kith_row_begin(&out->rows, r->out);
            w->joined.n = w->rows ? w->ends[w->rows - 1] : 0;
            continue;
        }
        kith_row_end(&writer);
        out->rows_out++;
        w->ends[w->rows++] = w->joined.n;
    }
    if (w->joined.failed) return kith_no_memory(err);
    for (uint32_t i = 0; i < w->rows && r->groups.n; i++) {
        size_t from = i ? w->ends[i - 1] : 0;
        w->hashes[i] = kith_key_of((kith_str){w->joined.p ? w->joined.p + from : "", w->ends[i] - from}, &w->keys[i]);
    }
    return KITH_OK;
}

static int commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    run *r = ctx;
    struct worker *w = &r->workers[worker];
    (void)b, (void)out;
    return r->groups.n ? kith_anonymity_add(&r->anonymity, w->keys, w->hashes, w->rows, err) : KITH_OK;
}

/* One mask a column: of two, one would be lost. */
static int put(kith_app *app, const kith_header *header, uint32_t column, kith_mask m, run *r) {
    if (r->masks[column].kind != KITH_MASK_NONE)
        return kith_app_usage(app, "column %.*s is to be masked in two ways", KITH_STR_FMT(header->names[column]));
    r->masks[column] = m;
    return KITH_OK;
}

/* SEL=ARGUMENT for one kind of mask. */
static int bind_list(kith_app *app, const kith_header *header, const kith_list *list, kith_mask_kind kind, const char *option, run *r) {
    for (size_t i = 0; i < list->n; i++) {
        const char *text = list->items[i], *equal = strrchr(text, '=');
        kith_mask m = {.zone = app->common.zone};
        kith_selection s;
        if (!equal || !kith_mask_parse(kind, equal + 1, &m)) return kith_app_usage(app, "--%s: not a selection, = and what it takes", option);
        char *names = kith_arena_copy(app->arena, text, (size_t)(equal - text));
        if (!names) return kith_no_memory(&app->error);
        KITH_TRY(kith_select(header, names, false, app->arena, &s, &app->error));
        for (uint32_t k = 0; k < s.n; k++) KITH_TRY(put(app, header, s.columns[k], m, r));
    }
    return KITH_OK;
}

static int bind(kith_app *app, const kith_header *header, kith_secret *secret, run *r) {
    const struct said *said = app->said;
    r->cols = header->n;
    r->masks = kith_arena_zalloc(app->arena, (header->n + (size_t)1) * sizeof *r->masks);
    if (!r->masks) return kith_no_memory(&app->error);
    KITH_TRY(bind_list(app, header, &said->truncate, KITH_MASK_TRUNCATE, "truncate", r));
    KITH_TRY(bind_list(app, header, &said->dates, KITH_MASK_DATE, "dates", r));
    KITH_TRY(bind_list(app, header, &said->places, KITH_MASK_STEP, "places", r));
    KITH_TRY(bind_list(app, header, &said->amounts, KITH_MASK_STEP, "amounts", r));
    if (said->pseudonym) {
        kith_selection s;
        if (!said->key_file) return kith_app_usage(app, "--pseudonym needs --key-file: without a secret anyone could try all values");
        KITH_TRY(kith_secret_read(said->key_file, secret, &app->error));
        if (secret->weak) kith_app_warn(app, "%s", secret->weak);
        KITH_TRY(kith_select(header, said->pseudonym, false, app->arena, &s, &app->error));
        kith_mask m = {.kind = KITH_MASK_PSEUDONYM, .secret = secret, .domain = said->domain ? said->domain : "mask", .fold_case = said->fold_case};
        for (uint32_t k = 0; k < s.n; k++) KITH_TRY(put(app, header, s.columns[k], m, r));
    }
    if (said->groups) KITH_TRY(kith_select(header, said->groups, false, app->arena, &r->groups, &app->error));
    if (app->common.drop) return kith_select_drop(header, app->common.drop, app->arena, &r->kept, &app->error);
    return kith_select(header, ":", false, app->arena, &r->kept, &app->error);
}

static int report(kith_app *app, const run *r) {
    const struct said *said = app->said;
    uint64_t k = said->least ? (uint64_t)said->least : 5;
    kith_anonymity_result a = kith_anonymity_of(&r->anonymity, k);
    if (said->report) {
        kith_sink *side;
        kith_buf buf = {0};
        kith_buf_puts(&buf, "rows,groups,smallest,unique,k,rows_below_k\n");
        kith_buf_printf(&buf, "%llu,%llu,%llu,%llu,%llu,%llu\n", (unsigned long long)a.rows, (unsigned long long)a.groups, (unsigned long long)a.smallest,
                        (unsigned long long)a.unique, (unsigned long long)k, (unsigned long long)a.below);
        int status = kith_app_side(app, said->report, &side);
        if (status == KITH_OK) status = kith_sink_buf(side, &buf, &app->error);
        kith_buf_free(&buf);
        KITH_TRY(status);
    } else
        kith_app_say(app, "%llu rows in %llu groups that look alike; the smallest has %llu; %llu rows are alone in theirs, %llu in groups of fewer than %llu",
                     (unsigned long long)a.rows, (unsigned long long)a.groups, (unsigned long long)a.smallest, (unsigned long long)a.unique,
                     (unsigned long long)a.below, (unsigned long long)k);
    if (said->least && a.below)
        return kith_fail(&app->error, KITH_NEGATIVE, "%llu rows are in groups of fewer than %llu", (unsigned long long)a.below, (unsigned long long)k);
    return KITH_OK;
}

static int go(kith_app *app, kith_secret *secret, run *r) {
    kith_source *source;
    kith_sink *sink;
    const struct said *said = app->said;
    if (said->least < 0) return kith_app_usage(app, "--least takes a number of rows");
    if (!said->groups && (said->least || said->report)) return kith_app_usage(app, "--least and --report go with --groups");
    if (!said->pseudonym && !said->truncate.n && !said->dates.n && !said->places.n && !said->amounts.n && !said->groups && !app->common.drop)
        return kith_app_usage(app, "nothing to mask: name columns with --pseudonym, --truncate, --dates, --places, --amounts or --drop");
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(bind(app, kith_source_header(source), secret, r));
    r->out = kith_app_delimiter(app, source);
    r->workers = kith_arena_zalloc(app->arena, (size_t)kith_source_threads(source) * sizeof *r->workers);
    if (!r->workers) return kith_no_memory(&app->error);
    KITH_TRY(kith_app_sink(app, &sink));
    KITH_TRY(kith_app_header(app, sink, source, &r->kept, NULL, 0));
    kith_scan scan = {.visit = visit, .commit = commit, .ctx = r, .sink = sink};
    int status = kith_app_scan(app, source, &scan);
    for (int i = 0; i < kith_source_threads(source); i++) {
        kith_buf_free(&r->workers[i].value);
        kith_buf_free(&r->workers[i].joined);
    }
    return status == KITH_OK && r->groups.n ? report(app, r) : status;
}

static int mask(kith_app *app) {
    run r = {.cols = 0};
    kith_secret secret = {.n = 0};
    int status = go(app, &secret, &r);
    kith_secret_clear(&secret);
    kith_anonymity_free(&r.anonymity);
    return status;
}

const kith_verb kith_verb_ingest_mask = {
    .name = "mask",
    .brief = "columns that say less: keyed pseudonyms, truncation, coarser dates, places and amounts",
    .operands = "[FILE...]",
    .grain = "any rows → the same rows, masked",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_DROP | KITH_TAKES_ZONE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = mask,
    .negative = "with --least, a group of fewer than K rows",
};
