/* Rows that cannot be used: stop with their place, leave them out, or set them aside as
 * file,line,byte,column,code,value,raw. */
#include "source.h"

#include <stdlib.h>
#include <string.h>

uint64_t kith_row_line(const kith_batch *b, uint32_t row) {
    const char *p = b->bytes + b->begin, *end = b->bytes + kith_row_start(b, row);
    uint64_t line = b->line;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) p++, line++;
    return line;
}

/* One record into out->rejects, with its place for the order. */
int source_reject(const kith_batch *b, kith_str raw, uint64_t line, const char *column, const char *code, kith_str value, kith_out *out,
                  kith_error *err) {
    uint64_t offset = b->offset + (uint64_t)(raw.p - (b->bytes + b->begin));
    if (out->n_rejects == out->room_rejects) {
        size_t room = out->room_rejects ? 2 * out->room_rejects : 16;
        void *more = realloc(out->reject_places, room * sizeof *out->reject_places);
        if (!more) return kith_no_memory(err);
        out->reject_places = more;
        out->room_rejects = room;
    }
    kith_row_writer w = kith_row_begin(&out->rejects, ',');
    kith_put_string(&w, b->file_name);
    kith_put_int(&w, (int64_t)line);
    kith_put_int(&w, (int64_t)offset);
    kith_put_string(&w, column);
    kith_put_string(&w, code);
    kith_put_text(&w, value);
    kith_put_text(&w, raw);
    kith_row_end(&w);
    out->reject_places[out->n_rejects].offset = offset;
    out->reject_places[out->n_rejects++].end = out->rejects.n;
    out->rejected++;
    return out->rejects.failed ? kith_no_memory(err) : KITH_OK;
}

int kith_bad_row(const kith_batch *b, uint32_t row, uint32_t col, const char *code, const char *what, kith_out *out, kith_error *err) {
    const kith_source *s = out->source;
    kith_on_error answer = s ? s->options.on_error : KITH_ON_ERROR_STOP;
    if (answer == KITH_ON_ERROR_SKIP) {
        out->bad++;
        return KITH_OK;
    }
    uint64_t line = kith_row_line(b, row);
    kith_str name = s && col < s->header.n ? s->header.names[col] : (kith_str){"", 0};
    kith_str value = col < b->cols ? kith_text(b, row, col) : (kith_str){"", 0};
    if (answer == KITH_ON_ERROR_REJECT) {
        char *column = kith_arena_copy(b->arena, name.p, name.n);
        if (!column || (value.n && !value.p)) return kith_no_memory(err);
        return source_reject(b, kith_row(b, row), line, column, code, value, out, err);
    }
    char shape[32];
    if (col == UINT32_MAX) return kith_fail(err, KITH_DATA, "%s:%llu: %s", b->file_name, (unsigned long long)line, what);
    if (!value.n) return kith_fail(err, KITH_DATA, "%s:%llu: %.*s: %s (it is empty)", b->file_name, (unsigned long long)line, KITH_STR_FMT(name), what);
    return kith_fail(err, KITH_DATA, "%s:%llu: %.*s: %s (like %s)", b->file_name, (unsigned long long)line, KITH_STR_FMT(name), what,
                     value.p ? kith_shape(value, shape) : "");
}
