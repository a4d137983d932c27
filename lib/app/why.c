/* kith why: from a contact, a score or a figure back to the rows and raw lines it rests on.
 *
 *     kith why person_id=7f3a contacts.csv scored.csv records.csv raw/crm.csv raw/shop.tsv -m lead.model
 *     kith why region=R05 channel=web revenue.csv orders.csv
 *
 * The rows that hold all the given values are the first step. Each row names others: by person_id, and by source and record_id. Rows of
 * the other files that bear those names are the next step, and so on until nothing is new. A journey's row holds every channel of its path, and
 * a contact names its row in the list of offers. Where a row names a record of a source, and
 * that source is among the files as it was exported, the record's own line in it is the last step. */
#include "private.h"

#include <kith/hashtable.h>
#include <kith/messy.h>

#include <stdlib.h>
#include <string.h>

typedef struct why_said {
    int64_t most;
} why_said;

typedef struct given {
    const char *column;
    kith_str value;
} given;

typedef struct tracing {
    kith_app *app;
    given *given;
    size_t n_given;
    kith_hashtable names; /* "person VALUE", "record SOURCE NUMBER" that rows seen so far bear */
    uint32_t old;         /* names known before this step */
    kith_hashtable shown; /* "FILE-INDEX:LINE" */
    kith_row_writer w;
    kith_buf out, name;
    int step;
    uint64_t rows, most;
    const char *file;
    size_t file_index;
    uint32_t person, source, record, path, offer;
    uint32_t *column; /* of each given one in this file; KITH_NO_COLUMN */
} tracing;

static int put(kith_hashtable *t, const kith_buf *name, uint32_t *entry, bool *fresh, kith_error *err) {
    kith_key key;
    uint32_t n = t->n;
    uint64_t hash = kith_key_of((kith_str){name->p, name->n}, &key);
    KITH_TRY(kith_hashtable_put(t, &key, &hash, 1, entry, err));
    *fresh = t->n > n;
    return name->failed ? kith_no_memory(err) : KITH_OK;
}

static bool known(const tracing *t, const kith_buf *name) {
    kith_key key;
    uint32_t entry;
    uint64_t hash = kith_key_of((kith_str){name->p, name->n}, &key);
    kith_hashtable_find(&t->names, &key, &hash, 1, &entry);
    return entry != KITH_NO_ENTRY && entry < t->old;
}

/* A source is called by its file's name, with or without folder and ending. */
static kith_str stem(kith_str name) {
    for (size_t i = name.n; i-- > 0;)
        if (name.p[i] == '/') {
            name = (kith_str){name.p + i + 1, name.n - i - 1};
            break;
        }
    for (size_t i = 1; i < name.n; i++)
        if (name.p[i] == '.') name.n = i;
    return name;
}

static void name_person(tracing *t, kith_str id) {
    t->name.n = 0;
    kith_buf_puts(&t->name, "person ");
    kith_buf_str(&t->name, id);
}

static void name_record(tracing *t, kith_str source, kith_str number) {
    t->name.n = 0;
    kith_buf_puts(&t->name, "record ");
    kith_buf_str(&t->name, stem(source));
    kith_buf_putc(&t->name, ' ');
    kith_buf_str(&t->name, number);
}

static void name_offer(tracing *t, kith_str offer) {
    t->name.n = 0;
    kith_buf_puts(&t->name, "offer ");
    kith_buf_str(&t->name, offer);
}

/* A journey's row rests on every channel of its path. */
static bool on_path(kith_str path, kith_str channel) {
    for (size_t from = 0; from <= path.n;) {
        size_t to = from;
        while (to < path.n && (to + 3 > path.n || memcmp(path.p + to, " > ", 3) != 0)) to++;
        if (kith_str_equal((kith_str){path.p + from, to - from}, channel)) return true;
        from = to + 3;
    }
    return false;
}

static bool holds(const tracing *t, const kith_batch *b, uint32_t row, size_t k) {
    if (t->column[k] != KITH_NO_COLUMN) return kith_str_equal(kith_text(b, row, t->column[k]), t->given[k].value);
    return strcmp(t->given[k].column, "channel") == 0 && t->path != KITH_NO_COLUMN && on_path(kith_text(b, row, t->path), t->given[k].value);
}

static int show(tracing *t, uint64_t line, const char *because, kith_str row, bool *fresh, kith_error *err) {
    uint32_t entry;
    t->name.n = 0;
    kith_buf_printf(&t->name, "%zu:%llu", t->file_index, (unsigned long long)line);
    KITH_TRY(put(&t->shown, &t->name, &entry, fresh, err));
    if (!*fresh) return KITH_OK;
    if (++t->rows > t->most) return kith_fail(err, KITH_DATA, "more than %llu rows; --most N shows more", (unsigned long long)t->most);
    kith_put_int(&t->w, t->step);
    kith_put_string(&t->w, t->file);
    kith_put_int(&t->w, (int64_t)line);
    kith_put_string(&t->w, because);
    kith_put_text(&t->w, row);
    kith_row_end(&t->w);
    return KITH_OK;
}

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    tracing *t = ctx;
    (void)worker, (void)out;
    for (uint32_t i = 0; i < b->rows; i++) {
        const char *because = NULL;
        bool fresh, all = t->step == 0;
        for (size_t k = 0; all && k < t->n_given; k++) all = holds(t, b, i, k);
        if (t->step == 0) because = all ? "asked for" : NULL;
        kith_str person = t->person != KITH_NO_COLUMN ? kith_text(b, i, t->person) : (kith_str){"", 0};
        bool has_record = t->source != KITH_NO_COLUMN && t->record != KITH_NO_COLUMN;
        if (t->step > 0 && person.n) {
            name_person(t, person);
            if (known(t, &t->name)) because = "the same person_id";
        }
        if (t->step > 0 && has_record && !because) {
            name_record(t, kith_text(b, i, t->source), kith_text(b, i, t->record));
            if (known(t, &t->name)) because = "the same source and record_id";
        }
        kith_str offer = t->offer != KITH_NO_COLUMN ? kith_text(b, i, t->offer) : (kith_str){"", 0};
        if (t->step > 0 && offer.n && !because && t->person == KITH_NO_COLUMN && !has_record) { /* the list of offers */
            name_offer(t, offer);
            if (known(t, &t->name)) because = "the offer";
        }
        if (!because) continue;
        uint32_t entry;
        KITH_TRY(show(t, kith_row_line(b, i), because, kith_row(b, i), &fresh, err));
        if (person.n) {
            name_person(t, person);
            KITH_TRY(put(&t->names, &t->name, &entry, &fresh, err));
        }
        if (offer.n && person.n) {
            name_offer(t, offer);
            KITH_TRY(put(&t->names, &t->name, &entry, &fresh, err));
        }
        if (has_record) {
            name_record(t, kith_text(b, i, t->source), kith_text(b, i, t->record));
            KITH_TRY(put(&t->names, &t->name, &entry, &fresh, err));
        }
    }
    return KITH_OK;
}

/* The file is one of our own streams: its header says so. */
static int trace_stream(tracing *t, const kith_header *h, kith_source *source) {
    t->person = kith_column_find(h, t->app->common.id ? t->app->common.id : "person_id");
    t->source = kith_column_find(h, "source");
    t->record = kith_column_find(h, "record_id");
    t->path = kith_column_find(h, "path");
    t->offer = kith_column_find(h, "offer");
    for (size_t k = 0; k < t->n_given; k++) t->column[k] = kith_column_find(h, t->given[k].column);
    kith_scan scan = {.visit = visit, .ctx = t};
    return kith_source_scan(source, &scan, &t->app->error);
}

/* The file is an export as it came: its records by their numbers. */
static int trace_raw(tracing *t, const char *path) {
    kith_messy_options options = {.wishes = {.header = -1, .skip = -1}};
    kith_messy *messy;
    kith_error *err = &t->app->error;
    KITH_TRY(kith_messy_open(&messy, path, &options, err));
    int status = KITH_OK;
    for (bool end = false; status == KITH_OK;) {
        kith_messy_row row;
        char number[32];
        bool fresh;
        status = kith_messy_next(messy, &row, &end, err);
        if (status != KITH_OK || end) break;
        size_t n = kith_format_int((int64_t)row.record, number);
        name_record(t, kith_str_of(path), (kith_str){number, n});
        if (row.verdict != KITH_DROP && known(t, &t->name)) status = show(t, row.line, "the record as it came", row.raw, &fresh, err);
    }
    kith_messy_close(messy);
    return status;
}

static int trace_file(tracing *t, size_t i) {
    kith_source *source;
    kith_source_options options;
    kith_error unused;
    t->file = t->app->files[i];
    t->file_index = i;
    kith_app_source_options(t->app, &t->app->files[i], 1, &options);
    options.threads = 1;
    bool stream = kith_source_open(&source, &options, &unused) == KITH_OK;
    if (stream) {
        const kith_header *h = kith_source_header(source);
        stream = kith_column_find(h, "person_id") != KITH_NO_COLUMN || kith_column_find(h, "record_id") != KITH_NO_COLUMN;
        for (size_t k = 0; k < t->n_given; k++) {
            stream |= kith_column_find(h, t->given[k].column) != KITH_NO_COLUMN;
            stream |= strcmp(t->given[k].column, "channel") == 0 && kith_column_find(h, "path") != KITH_NO_COLUMN;
        }
        stream |= kith_column_find(h, "offer") != KITH_NO_COLUMN && kith_column_find(h, "cost") != KITH_NO_COLUMN;
        int status = stream ? trace_stream(t, h, source) : KITH_OK;
        kith_source_close(source);
        if (stream) return status;
    }
    return t->step > 0 ? trace_raw(t, t->file) : KITH_OK;
}

static int show_models(tracing *t) {
    for (size_t i = 0; i < t->app->common.model.n; i++) {
        kith_model *m;
        KITH_TRY(kith_model_read(t->app->arena, t->app->common.model.items[i], &m, &t->app->error));
        for (size_t k = 0; k < m->n; k++) {
            if (!kith_str_is(m->rows[k].part, "model") && !kith_str_is(m->rows[k].part, "fit")) continue;
            kith_put_int(&t->w, t->step);
            kith_put_string(&t->w, t->app->common.model.items[i]);
            kith_put_missing(&t->w);
            char *because = kith_arena_format(t->app->arena, "the model: %.*s %.*s", KITH_STR_FMT(m->rows[k].part), KITH_STR_FMT(m->rows[k].name));
            if (!because) return kith_no_memory(&t->app->error);
            kith_put_string(&t->w, because);
            kith_put_text(&t->w, m->rows[k].value);
            kith_row_end(&t->w);
        }
    }
    return KITH_OK;
}

/* COL=VALUE come first; the rest are files. */
static int take_given(tracing *t) {
    kith_app *app = t->app;
    size_t n = 0;
    while (n < app->n_files && strchr(app->files[n], '=')) n++;
    if (!n || n == app->n_files) return kith_app_usage(app, "why takes COL=VALUE, then files");
    t->given = kith_arena_alloc(app->arena, n * sizeof *t->given);
    t->column = kith_arena_alloc(app->arena, n * sizeof *t->column);
    if (!t->given || !t->column) return kith_no_memory(&app->error);
    for (size_t i = 0; i < n; i++) {
        const char *eq = strchr(app->files[i], '=');
        t->given[i].column = kith_arena_copy(app->arena, app->files[i], (size_t)(eq - app->files[i]));
        t->given[i].value = kith_str_of(eq + 1);
        if (!t->given[i].column) return kith_no_memory(&app->error);
    }
    t->n_given = n;
    app->files += n;
    app->n_files -= n;
    return KITH_OK;
}

static int trace(tracing *t) {
    kith_sink *sink;
    kith_error *err = &t->app->error;
    KITH_TRY(take_given(t));
    KITH_TRY(kith_hashtable_init(&t->names, err));
    KITH_TRY(kith_hashtable_init(&t->shown, err));
    KITH_TRY(kith_app_sink(t->app, &sink));
    kith_buf_puts(&t->out, "step,file,line,because,row\n");
    t->w = kith_row_begin(&t->out, ',');
    for (;; t->step++) {
        uint64_t before = t->rows;
        for (size_t i = 0; i < t->app->n_files; i++) KITH_TRY(trace_file(t, i));
        if (t->step == 0 && !t->rows) return kith_fail(err, KITH_NEGATIVE, "no row of the files holds what was asked for");
        if (t->step > 0 && t->rows == before && t->names.n == t->old) break;
        t->old = t->names.n;
    }
    KITH_TRY(show_models(t));
    return kith_sink_buf(sink, &t->out, err);
}

void app_why_defaults(void *said, kith_common *common) {
    (void)common;
    ((why_said *)said)->most = 10000;
}

int app_why_run(kith_app *app) {
    tracing t = {.app = app, .most = (uint64_t)((why_said *)app->said)->most};
    if (((why_said *)app->said)->most < 1) return kith_app_usage(app, "--most takes a positive number");
    int status = trace(&t);
    kith_hashtable_free(&t.names);
    kith_hashtable_free(&t.shown);
    kith_buf_free(&t.out);
    kith_buf_free(&t.name);
    return status;
}
