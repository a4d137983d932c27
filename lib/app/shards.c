/* Shards: ranges of files, cut by the record and aware of quotes, for tasks on other cores or machines. The file stays where it is; a task
 * opens its range with --shard ID@shards.csv.
 *
 *     id,path,offset,length,rows,header,xxh3,line,record
 *
 * A cut falls at the end of a block's last whole record, so cutting is one pass of the reader. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct cutting {
    kith_app *app;
    kith_source *source;
    kith_sink *sink;
    kith_hasher *hasher;
    uint64_t size, id;
    uint64_t offset, length, rows, line, record; /* of the shard being filled */
    size_t file;
    bool open;
} cutting;

/* What stands in the column xxh3. */
static void end_hash(kith_hasher *hasher, char hex[33]) {
    uint64_t hash[2];
    kith_hasher_end(hasher, hash);
    snprintf(hex, 33, "%016llx%016llx", (unsigned long long)hash[1], (unsigned long long)hash[0]);
}

static int put_shard(cutting *c, kith_error *err) {
    if (!c->open || !c->length) return KITH_OK;
    kith_buf buf = {0};
    char hex[33];
    end_hash(c->hasher, hex);
    kith_row_writer w = kith_row_begin(&buf, ',');
    kith_put_int(&w, (int64_t)c->id++);
    kith_put_string(&w, c->app->files[c->file]);
    kith_put_int(&w, (int64_t)c->offset);
    kith_put_int(&w, (int64_t)c->length);
    kith_put_int(&w, (int64_t)c->rows);
    kith_put_text(&w, kith_source_header(c->source)->raw);
    kith_put_string(&w, hex);
    kith_put_int(&w, (int64_t)c->line);
    kith_put_int(&w, (int64_t)c->record);
    kith_row_end(&w);
    int status = kith_sink_buf(c->sink, &buf, err);
    kith_buf_free(&buf);
    c->open = false;
    return status;
}

static int add_block(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    cutting *c = ctx;
    (void)worker, (void)out;
    if (c->open && (c->file != b->file || c->length >= c->size)) KITH_TRY(put_shard(c, err));
    if (!c->open) {
        c->open = true;
        c->file = b->file;
        c->offset = b->offset;
        c->line = b->line;
        c->record = b->first_record;
        c->length = c->rows = 0;
    }
    const char *from = b->bytes + b->begin, *to = b->bytes + b->ends[(size_t)b->rows * b->cols - 1];
    to += to[0] == '\r'; /* to the line end, which a CR may stand before */
    uint64_t end = b->offset + (uint64_t)(to - from), bytes = kith_source_file_bytes(c->source, b->file);
    if (end < bytes) to++, end++; /* a last record may have none */
    kith_hasher_add(c->hasher, from, (size_t)(end - b->offset));
    c->length = end - c->offset;
    c->rows += b->rows;
    return KITH_OK;
}

int app_shard_run(kith_app *app) {
    cutting c = {.app = app, .size = *(uint64_t *)app->said};
    if (!c.size) c.size = 64 << 20;
    if (!app->n_files) return kith_app_usage(app, "name the files to cut; a stream has no places");
    KITH_TRY(kith_app_source(app, &c.source));
    KITH_TRY(kith_app_sink(app, &c.sink));
    static const char head[] = "id,path,offset,length,rows,header,xxh3,line,record\n";
    KITH_TRY(kith_sink_write(c.sink, head, sizeof head - 1, &app->error));
    c.hasher = kith_hasher_new();
    if (!c.hasher) return kith_no_memory(&app->error);
    kith_scan scan = {.commit = add_block, .ctx = &c};
    int status = kith_app_scan(app, c.source, &scan);
    for (size_t i = 0; i < app->n_files && status == KITH_OK; i++)
        if (!kith_source_file_bytes(c.source, i))
            status = kith_fail(&app->error, KITH_DATA, "%s: is compressed or no file; only plain files have places to cut at", app->files[i]);
    if (status == KITH_OK) status = put_shard(&c, &app->error);
    kith_hasher_free(c.hasher);
    return status;
}

static int number_in(kith_app *app, const kith_csv *csv, size_t row, const char *name, uint64_t *value) {
    int64_t v;
    if (!kith_parse_int(kith_csv_cell(csv, row, kith_csv_column(csv, name)), &v) || v < 0)
        return kith_fail(&app->error, KITH_DATA, "%s:%llu: %s: not a number", csv->name, (unsigned long long)csv->lines[row], name);
    *value = (uint64_t)v;
    return KITH_OK;
}

/* That the shard's bytes are those that were cut, by their hash. A file that cannot be opened or is too short is told of by who reads it. */
static int same_bytes(kith_app *app, const kith_range *range, const char *path, kith_str hash) {
    enum { PIECE = 1 << 20 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), status = KITH_OK; /* a pipe is no place to wait at */
    if (fd < 0) return KITH_OK;
    kith_hasher *hasher = kith_hasher_new();
    char *piece = malloc(PIECE), hex[33];
    if (!hasher || !piece) status = kith_no_memory(&app->error);
    uint64_t done = 0;
    while (status == KITH_OK && done < range->length) {
        uint64_t rest = range->length - done;
        ssize_t n = pread(fd, piece, rest < PIECE ? (size_t)rest : PIECE, (off_t)(range->offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        kith_hasher_add(hasher, piece, (size_t)n);
        done += (uint64_t)n;
    }
    if (status == KITH_OK && done == range->length) {
        end_hash(hasher, hex);
        if (!kith_str_equal(hash, kith_str_of(hex)))
            status = kith_fail(&app->error, KITH_DATA, "%s: the bytes of shard %s have changed since it was cut: cut the file again (kith shard)", path, app->common.shard);
    }
    kith_hasher_free(hasher);
    free(piece);
    close(fd);
    return status;
}

int app_shard_open(kith_app *app) {
    struct kith_app_private *p = app->private_;
    const char *at = strchr(app->common.shard, '@');
    kith_csv csv;
    if (!at || at == app->common.shard || !at[1]) return kith_app_usage(app, "--shard takes ID@FILE");
    if (app->n_files && strcmp(app->verb->name, "where") != 0) return kith_app_usage(app, "--shard stands for the input; name no file");
    KITH_TRY(kith_csv_read(app->arena, at + 1, &csv, &app->error));
    kith_str id = {app->common.shard, (size_t)(at - app->common.shard)};
    uint32_t paths = kith_csv_column(&csv, "path");
    for (size_t i = 0; i < csv.rows; i++) /* those of one file stand together */
        p->range_files += i == 0 || !kith_str_equal(kith_csv_cell(&csv, i, paths), kith_csv_cell(&csv, i - 1, paths));
    for (size_t i = 0; i < csv.rows; i++) {
        if (!kith_str_equal(kith_csv_cell(&csv, i, kith_csv_column(&csv, "id")), id)) continue;
        KITH_TRY(number_in(app, &csv, i, "offset", &p->range.offset));
        KITH_TRY(number_in(app, &csv, i, "length", &p->range.length));
        KITH_TRY(number_in(app, &csv, i, "line", &p->range.line));
        KITH_TRY(number_in(app, &csv, i, "record", &p->range.record));
        if (!p->range.line) p->range.line = 1;
        p->range.header = kith_csv_cell(&csv, i, kith_csv_column(&csv, "header"));
        kith_str path = kith_csv_cell(&csv, i, kith_csv_column(&csv, "path"));
        p->range_file = kith_arena_copy(app->arena, path.p, path.n);
        if (!p->range_file) return kith_no_memory(&app->error);
        kith_str hash = kith_csv_cell(&csv, i, kith_csv_column(&csv, "xxh3"));
        return hash.n ? same_bytes(app, &p->range, p->range_file, hash) : KITH_OK; /* ranges of one's own have none */
    }
    return kith_fail(&app->error, KITH_DATA, "%s: has no shard '%.*s'", csv.name, KITH_STR_FMT(id));
}

void kith_app_shard_of(const kith_app *app, kith_app_shard *shard) {
    const struct kith_app_private *p = app->private_;
    int64_t id = 0;
    const char *at = app->common.shard ? strchr(app->common.shard, '@') : NULL;
    if (at) kith_parse_int((kith_str){app->common.shard, (size_t)(at - app->common.shard)}, &id);
    *shard = (kith_app_shard){.id = at && id > 0 ? (uint64_t)id : 0, .before = at ? p->range.record : 0, .path = at ? p->range_file : NULL, .files = at ? p->range_files : app->n_files};
}
