/* kith dedupe rows: one row of each key, or of each equal record.
 *
 *     kith dedupe rows -k email --keep newest --ts updated crm.csv | kith dedupe fit > people.model */
#include <kith/app.h>
#include <kith/project.h>
#include <kith/sort.h>
#include <kith/unique.h>

#include <stdlib.h>

struct said {
    int keep;
    bool same_missing;
    const char *ts;
};

static const kith_option options[] = {
    {0, "keep", "WHICH", KITH_OPT_CHOICE, offsetof(struct said, keep), "which row of a key stays (default first)", "first|last|newest", false, false},
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(struct said, ts), "the time for --keep newest (default ts)", NULL, true, false},
    {0, "same-missing", NULL, KITH_OPT_FLAG, offsetof(struct said, same_missing), "rows without a key are duplicates of each other too", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"equal records", "id,name\n1,Ann\n2,Bo\n1,Ann\n", "kith dedupe rows", "id,name\n1,Ann\n2,Bo\n"},
    {"the newest row of each address; rows without one all stay", "email,ts\na@x.org,2026-01-01\n,2026-01-02\na@x.org,2026-03-01\n,2026-01-02\n",
     "kith dedupe rows -k email --keep newest", "email,ts\n,2026-01-02\na@x.org,2026-03-01\n,2026-01-02\n"},
    {NULL, NULL, NULL, NULL},
};

typedef struct run {
    const struct said *said;
    const kith_zone *zone;
    kith_unique *unique;
    kith_selection key;
    uint32_t ts;
    struct worker {
        kith_keys keys;
        int64_t *times;
        uint32_t room;
    } *workers;
    kith_sink *sink;
    char in, out;
    kith_buf buf;
    uint64_t kept, missing;
} run;

static int times_of(const run *r, struct worker *w, const kith_batch *b, kith_out *out, kith_error *err) {
    if (b->rows > w->room) {
        free(w->times);
        w->times = malloc(b->rows * sizeof *w->times);
        w->room = w->times ? b->rows : 0;
        if (!w->times) return kith_no_memory(err);
    }
    for (uint32_t i = 0; i < b->rows; i++) {
        kith_cell_state state = kith_cell_time(b, i, r->ts, r->zone, &w->times[i]);
        if (state == KITH_CELL_VALUE) continue;
        w->times[i] = state == KITH_CELL_MISSING ? INT64_MIN + 1 : KITH_UNIQUE_LEAVE_OUT; /* older than any */
        if (state == KITH_CELL_BAD) KITH_TRY(kith_bad_row(b, i, r->ts, "not_a_time", "not a time", out, err));
    }
    return KITH_OK;
}

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    run *r = ctx;
    struct worker *w = &r->workers[worker];
    KITH_TRY(kith_keys_of(&w->keys, b, r->key.columns, r->key.n, err));
    return r->ts == KITH_NO_COLUMN ? KITH_OK : times_of(r, w, b, out, err);
}

static int commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    run *r = ctx;
    struct worker *w = &r->workers[worker];
    kith_row_writer writer = kith_row_begin(&out->rows, r->out);
    uint64_t kept;
    for (uint32_t i = 0; i < b->rows; i++) r->missing += w->keys.missing[i];
    KITH_TRY(kith_unique_add(r->unique, b, &w->keys, r->ts == KITH_NO_COLUMN ? NULL : w->times, r->said->same_missing, &writer, &kept, err));
    r->kept += kept;
    out->rows_out += kept;
    return KITH_OK;
}

static int emit(void *ctx, kith_str row, kith_error *err) {
    run *r = ctx;
    r->kept++;
    if (r->in == r->out) {
        kith_buf_str(&r->buf, row);
        kith_buf_putc(&r->buf, '\n');
    } else KITH_TRY(kith_rows_convert(row, r->in, r->out, &r->buf, err));
    return r->buf.n > 1 << 18 ? kith_sink_buf(r->sink, &r->buf, err) : KITH_OK;
}

static int go(kith_app *app, run *r, kith_source *source) {
    kith_scan scan = {.visit = visit, .commit = commit, .ctx = r, .sink = r->sink};
    KITH_TRY(kith_unique_new(&r->unique, (kith_keep)r->said->keep, app->common.memory, getenv("TMPDIR"), &app->error));
    KITH_TRY(kith_app_scan(app, source, &scan));
    KITH_TRY(kith_unique_finish(r->unique, emit, r, &app->error));
    KITH_TRY(kith_sink_buf(r->sink, &r->buf, &app->error));
    const uint64_t usable = scan.total.rows_in - scan.total.rejected - scan.total.bad;
    kith_app_count(app, 0, r->kept - scan.total.rows_out, 0, usable - r->kept); /* some were counted as they went out */
    if (r->missing && r->key.n && !r->said->same_missing)
        kith_app_say(app, "%llu rows without a key stay as they are (--same-missing makes them one)", (unsigned long long)r->missing);
    if (kith_app_verbose(app))
        kith_app_say(app, "%llu rows of %llu stay", (unsigned long long)r->kept, (unsigned long long)scan.total.rows_in);
    return KITH_OK;
}

static int rows(kith_app *app) {
    kith_source *source;
    run r = {.said = app->said, .zone = app->common.zone, .ts = KITH_NO_COLUMN};
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    if (app->common.key) KITH_TRY(kith_select(header, app->common.key, false, app->arena, &r.key, &app->error));
    if (r.said->keep == KITH_KEEP_NEWEST) KITH_TRY(kith_app_column(app, source, r.said->ts, "ts", &r.ts));
    KITH_TRY(kith_app_sink(app, &r.sink));
    KITH_TRY(kith_app_header(app, r.sink, source, NULL, NULL, 0));
    r.in = header->delimiter;
    r.out = kith_app_delimiter(app, source);
    int threads = kith_source_threads(source);
    r.workers = kith_arena_zalloc(app->arena, (size_t)threads * sizeof *r.workers);
    if (!r.workers) return kith_no_memory(&app->error);
    int status = go(app, &r, source);
    for (int i = 0; i < threads; i++) {
        kith_keys_free(&r.workers[i].keys);
        free(r.workers[i].times);
    }
    kith_unique_free(r.unique);
    kith_buf_free(&r.buf);
    return status;
}

const kith_verb kith_verb_dedupe_rows = {
    .name = "rows",
    .brief = "one row of each key, or of each equal record",
    .operands = "[FILE...]",
    .grain = "any rows → some of the same rows",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_KEY | KITH_TAKES_MEMORY | KITH_TAKES_ZONE | KITH_TAKES_LINES,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = rows,
};
