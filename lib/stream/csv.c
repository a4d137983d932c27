/* Small files whole: models, schemas, rules, offers, saved states. */
#include <kith/stream.h>
#include "input.h"

#include <stdlib.h>
#include <string.h>

int kith_file_read(const char *path, uint64_t most, kith_buf *buf, kith_error *err) {
    input in;
    KITH_TRY(input_open(&in, path, 0, err));
    int status = KITH_OK;
    for (uint64_t at = 0; status == KITH_OK;) {
        size_t want = 1 << 16, got = 0;
        if (in.seekable && in.size - at < want) want = (size_t)(in.size - at);
        if (!kith_buf_reserve(buf, want + 1)) status = kith_no_memory(err);
        else if (in.seekable) status = input_pread(&in, buf->p + buf->n, want, at, err), got = want;
        else status = input_read(&in, buf->p + buf->n, want, &got, err);
        if (status != KITH_OK || !got) break;
        buf->n += got;
        at += got;
        if (at > most) status = kith_fail(err, KITH_DATA, "%s: larger than %llu bytes", in.name, (unsigned long long)most);
    }
    input_close(&in);
    return status;
}

bool kith_records_next(kith_records *r, kith_str *fields, size_t room, size_t *n) {
    *n = 0;
    if (r->p >= r->end) return false;
    for (;;) {
        const char *p = r->p, *stop;
        if (p < r->end && *p == '"') { /* to the closing quote */
            for (stop = p + 1; stop < r->end; stop++) {
                r->line += *stop == '\n';
                if (*stop != '"') continue;
                if (stop + 1 < r->end && stop[1] == '"') stop++;
                else break;
            }
            if (stop < r->end) stop++;
            while (stop < r->end && *stop != r->delimiter && *stop != '\n') stop++;
        } else {
            for (stop = p; stop < r->end && *stop != r->delimiter && *stop != '\n';) stop++;
        }
        bool last = stop == r->end || *stop == '\n';
        const char *end = last && stop > p && stop[-1] == '\r' ? stop - 1 : stop;
        if (*n < room) fields[*n] = kith_unquote((kith_str){p, (size_t)(end - p)}, r->arena);
        ++*n;
        r->p = stop < r->end ? stop + 1 : stop;
        if (last) break;
    }
    r->line++;
    return true;
}

/* A last record that is the mark of failure: the file comes from a stage that failed. */
static bool ends_in_mark(const kith_buf *buf) {
    size_t at = buf->n;
    while (at && buf->p[at - 1] != '\n') at--;
    return buf->n - at >= sizeof KITH_MARK - 1 && memcmp(buf->p + at, KITH_MARK, sizeof KITH_MARK - 1) == 0;
}

static int parse(kith_arena *arena, kith_csv *csv, const char *bytes, size_t n, kith_error *err) {
    size_t bom = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, lines = 1;
    const char *nl = memchr(bytes, '\n', n);
    kith_records r = {.p = bytes + bom, .end = bytes + n, .line = 1, .arena = arena};
    r.delimiter = csv->header.delimiter = kith_delimiter_of((kith_str){bytes + bom, nl ? (size_t)(nl - bytes) - bom : n - bom});
    for (const char *p = bytes; (p = memchr(p, '\n', (size_t)(bytes + n - p))); p++) lines++;
    kith_records count = r;
    size_t fields = 0;
    if (!kith_records_next(&count, NULL, 0, &fields)) return kith_fail(err, KITH_DATA, "%s: is empty, without even a header line", csv->name);
    csv->header.n = (uint32_t)fields;
    csv->header.had = true;
    csv->header.names = kith_arena_alloc(arena, fields * sizeof *csv->header.names);
    csv->lines = kith_arena_alloc(arena, lines * sizeof *csv->lines);
    csv->cells = kith_arena_alloc(arena, lines * fields * sizeof *csv->cells);
    if (!csv->header.names || !csv->cells || !csv->lines) return kith_no_memory(err);
    kith_records_next(&r, csv->header.names, fields, &fields);
    for (uint64_t line = r.line; ; line = r.line) {
        kith_str *row = csv->cells + csv->rows * csv->header.n;
        if (!kith_records_next(&r, row, csv->header.n, &fields)) break;
        if (fields == 1 && !row[0].n && csv->header.n > 1) continue; /* an empty line */
        if (fields != csv->header.n)
            return kith_fail(err, KITH_DATA, "%s:%llu: %zu fields where the header has %u", csv->name, (unsigned long long)line, fields, csv->header.n);
        for (uint32_t j = 0; j < csv->header.n; j++)
            if (row[j].n && !row[j].p) return kith_no_memory(err);
        csv->lines[csv->rows++] = line;
    }
    return KITH_OK;
}

int kith_csv_read(kith_arena *arena, const char *path, kith_csv *csv, kith_error *err) {
    *csv = (kith_csv){.name = input_name(path)};
    kith_buf buf = {0};
    int status = kith_file_read(path, UINT64_C(1) << 32, &buf, err);
    if (status == KITH_OK && ends_in_mark(&buf))
        status = kith_fail(err, KITH_DATA, "%s: ends in the mark of a failed stage before this one", csv->name);
    char *bytes = status == KITH_OK ? kith_arena_copy(arena, buf.p, buf.n) : NULL;
    if (status == KITH_OK) status = bytes ? parse(arena, csv, bytes, buf.n, err) : kith_no_memory(err);
    kith_buf_free(&buf);
    return status;
}

kith_str kith_csv_cell(const kith_csv *csv, size_t row, uint32_t col) {
    return col < csv->header.n ? csv->cells[row * csv->header.n + col] : (kith_str){"", 0};
}

uint32_t kith_csv_column(const kith_csv *csv, const char *name) {
    for (uint32_t j = 0; j < csv->header.n; j++)
        if (kith_str_is(csv->header.names[j], name)) return j;
    return UINT32_MAX;
}
