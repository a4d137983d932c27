/* libcsv with its defaults put right: it would trim blanks around unquoted fields, hide empty lines, forgive a quote that stays open and any text behind one
 * that closed. Here it is strict in all of them, and what it refuses goes to the tolerant tokenizer.
 *
 * It is fed line by line, since its callbacks do not say where they are: a record has ended exactly when a line brought a row. */
#include "libcsv.h"
#include <kith/libraries.h>
#include <kith/stream.h>

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void version(char *text) { snprintf(text, KITH_LIBRARY_VERSION, "%d.%d.%d", CSV_MAJOR, CSV_MINOR, CSV_RELEASE); } /* it does not tell at run time */
KITH_LIBRARY(libcsv, "libcsv", version)

struct libcsv {
    struct csv_parser parser;
    const kith_dialect *dialect;
    kith_buf *out;
    kith_row_writer row;
    uint32_t *ends;
    size_t fields, columns, start; /* of the record; what it may have; where its text begins in out */
    bool ended;
};

bool libcsv_knows(const kith_dialect *d) {
    return d->delimiter_n == 1 && !d->runs && d->quote >= 0 && d->escape < 0 && !(d->lines & KITH_LINE_CR) && d->delimiter[0] != d->quote &&
           d->delimiter[0] != '\n' && d->delimiter[0] != '\r';
}

static int no_blank(unsigned char c) {
    (void)c;
    return 0;
}

static void on_field(void *text, size_t n, void *ctx) {
    libcsv *l = ctx;
    if (l->fields < l->columns) {
        kith_put_text(&l->row, (kith_str){text ? text : "", n});
        l->ends[l->fields] = (uint32_t)l->out->n;
    }
    l->fields++;
}

static void on_record(int terminator, void *ctx) {
    (void)terminator;
    ((libcsv *)ctx)->ended = true;
}

libcsv *libcsv_new(const kith_dialect *d) {
    libcsv *l = calloc(1, sizeof *l);
    if (!l || csv_init(&l->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
        free(l);
        return NULL;
    }
    csv_set_delim(&l->parser, (unsigned char)d->delimiter[0]);
    csv_set_quote(&l->parser, (unsigned char)d->quote);
    csv_set_space_func(&l->parser, no_blank);
    l->dialect = d;
    return l;
}

void libcsv_free(libcsv *l) {
    if (!l) return;
    csv_free(&l->parser);
    free(l);
}

/* Between records again, whatever was read of one. */
static bool reset(libcsv *l) {
    const kith_dialect *d = l->dialect;
    csv_free(&l->parser);
    if (csv_init(&l->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) return false;
    csv_set_delim(&l->parser, (unsigned char)d->delimiter[0]);
    csv_set_quote(&l->parser, (unsigned char)d->quote);
    csv_set_space_func(&l->parser, no_blank);
    return true;
}

/* One record from p: its bytes, or 0 where it is not regular or not whole. */
static size_t take_one(libcsv *l, const char *p, size_t n, bool *failed) {
    l->fields = 0;
    l->ended = false;
    l->start = l->out->n;
    l->row = kith_row_begin(l->out, l->dialect->delimiter[0]);
    for (size_t at = 0; at < n;) {
        const char *lf = memchr(p + at, '\n', n - at);
        if (!lf) break;
        size_t line = (size_t)(lf - p) - at + 1, text = line - 1;
        bool cr = text && p[at + text - 1] == '\r';
        if (!at && text - cr == 0) break; /* an empty line */
        /* The line without its end first: a CR before the LF is part of the end only if the record ends here. */
        size_t used = csv_parse(&l->parser, p + at, line, on_field, on_record, l);
        *failed |= csv_error(&l->parser) == CSV_ENOMEM;
        if (used != line) break;
        at += line;
        if (!l->ended) continue;
        /* libcsv takes CR for a line end too: CR LF gave the record and an empty one, a CR elsewhere is for the tolerant tokenizer. */
        if (l->fields != l->columns || memchr(p + at - line, '\r', text - cr)) break;
        return at;
    }
    l->out->n = l->start;
    return 0;
}

size_t libcsv_take(libcsv *l, const char *p, size_t n, size_t columns, kith_buf *out, uint32_t *ends, size_t *used, bool *failed) {
    size_t rows = 0;
    l->out = out;
    l->columns = columns;
    *used = 0;
    *failed = false;
    while (*used < n) {
        l->ends = ends + rows * columns;
        size_t bytes = take_one(l, p + *used, n - *used, failed);
        if (!bytes || *failed) {
            *failed |= !reset(l);
            break;
        }
        kith_row_end(&l->row);
        *used += bytes;
        rows++;
    }
    *failed |= out->failed;
    return rows;
}
