/* Reading the reference data beside the source tree, where it is there: small CSV files without quotes. */
#ifndef KITH_TESTS_PEER_H
#define KITH_TESTS_PEER_H

#include <kith/base.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef KITH_SOURCE_DIR
#define KITH_SOURCE_DIR "."
#endif

typedef struct peer_table {
    char *bytes;
    size_t rows, cols; /* rows without the header */
    kith_str *cells;   /* (rows + 1) × cols, the header first */
} peer_table;

/* False (and nothing to free) where the file is not there. KITH_SOURCE names the source tree. */
static inline bool peer_read(const char *path, char delimiter, peer_table *t) {
    char name[1024];
    const char *root = getenv("KITH_SOURCE");
    snprintf(name, sizeof name, "%s/../shared/data/%s", root ? root : KITH_SOURCE_DIR, path);
    *t = (peer_table){0};
    FILE *f = fopen(name, "rb");
    if (!f) return false;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    t->bytes = malloc((size_t)n + 1);
    if (!t->bytes || fread(t->bytes, 1, (size_t)n, f) != (size_t)n) abort();
    fclose(f);
    t->cols = 1;
    for (long i = 0; i < n && t->bytes[i] != '\n'; i++) t->cols += t->bytes[i] == delimiter;
    size_t lines = 0;
    for (long i = 0; i < n; i++) lines += t->bytes[i] == '\n';
    if (n && t->bytes[n - 1] != '\n') lines++;
    t->cells = calloc(lines * t->cols, sizeof *t->cells);
    const char *p = t->bytes, *end = t->bytes + n;
    for (size_t i = 0; i < lines; i++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop) stop = end;
        const char *last = stop > p && stop[-1] == '\r' ? stop - 1 : stop;
        for (size_t j = 0; j < t->cols && p <= last; j++) {
            const char *to = memchr(p, delimiter, (size_t)(last - p));
            if (!to) to = last;
            t->cells[i * t->cols + j] = (kith_str){p, (size_t)(to - p)};
            p = to + 1;
        }
        p = stop + 1;
    }
    t->rows = lines - 1;
    return true;
}

static inline void peer_free(peer_table *t) {
    free(t->bytes);
    free(t->cells);
}

static inline kith_str peer_cell(const peer_table *t, size_t row, const char *name) {
    for (size_t j = 0; j < t->cols; j++)
        if (kith_str_is(t->cells[j], name)) return t->cells[(row + 1) * t->cols + j];
    fprintf(stderr, "no column %s\n", name);
    abort();
}

static inline double peer_number(const peer_table *t, size_t row, const char *name) {
    double v = 0;
    kith_str cell = peer_cell(t, row, name);
    if (!kith_parse_double(cell, &v)) abort();
    return v;
}

#endif
