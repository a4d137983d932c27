/* Only the first rows of an order are wanted: a chunk keeps those that can still be among them.
 *
 * What a column's values are (numbers, times, texts) is known at the end of the input only. So the rows kept are the first ones
 * under each order that can still come out: as it looks so far, and as texts; for k columns that look like numbers or times
 * 2^k orders, up to eight. Each batch is cut down by the thread that read it, what they leave whenever it has doubled, so that about 2^k+1
 * times the rows asked for are held.
 *
 * The last row kept under an order is a bar: a later row that is past it by its first key is not even copied. Tried: without bars (sorting
 * each batch under each order takes two to four times as long as sorting all rows once). */
#include "sort.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_OPEN = 3 };

static int by_number(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The columns whose values look like numbers or times; more than MOST_OPEN: too many orders. */
static size_t open_columns(const kith_sorter *s, const sort_stats *stats, size_t *open) {
    size_t n = 0;
    for (size_t k = 0; k < s->n_keys; k++)
        if (stats[k].values && !stats[k].moment && (stats[k].number || stats[k].time) && n++ < MOST_OPEN) open[n - 1] = k;
    return n;
}

/* The first rows under one order, appended to `refs`: bit i of `order` says that open column i is text, else what it looks like. */
static int first_rows(const kith_sorter *s, kith_sort_chunk **chunks, size_t n, const sort_stats *stats, const size_t *open, size_t n_open, unsigned order,
                      int threads, uint64_t *refs, size_t *n_refs, kith_error *err) {
    kith_sorter part = {.keys = s->keys, .n_keys = s->n_keys, .threads = threads, .zone = s->zone, .chunks = chunks, .n_chunks = n, .fd = -1};
    sort_ordering o = {.s = &part};
    part.stats = malloc(s->n_keys * sizeof *stats);
    int status = part.stats ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK) memcpy(part.stats, stats, s->n_keys * sizeof *stats);
    for (size_t i = 0; i < n_open && status == KITH_OK; i++) {
        sort_stats *k = &part.stats[open[i]];
        if (order >> i & 1) k->number = k->fixed = k->time = false;
        else if (!k->number) k->shortest = 0; /* times of any form */
    }
    for (size_t i = 0; i < n; i++) part.rows += chunks[i]->rows; /* at least s->most */
    if (status == KITH_OK) status = sort_order(&part, &o, err);
    for (size_t i = 0, stride = (size_t)o.words + 1; i < s->most && status == KITH_OK; i++) refs[(*n_refs)++] = o.records[i * stride + stride - 1];
    sort_ordering_free(&o);
    free(part.stats);
    return status;
}

bool sort_beyond(const sort_bar *bar, kith_str cell, bool descending, const kith_zone *zone, kith_buf *scratch) {
    kith_str t = sort_text(cell, scratch);
    double v;
    int64_t us;
    if (t.n == 0) return true;
    if (bar->type == SORT_NUMBER && kith_parse_double(t, &v) && (descending ? v >= bar->number : v <= bar->number)) return false;
    if (bar->type == SORT_TIME && kith_parse_time(t, zone, &us, NULL) && (descending ? us >= bar->us : us <= bar->us)) return false;
    int c = kith_str_compare(t, bar->text);
    return descending ? c < 0 : c > 0;
}

/* The bar of the last row wanted as the first key looks, and of the last one as it is text; NULL where one of them is missing. */
static sort_bar *bar_of(const kith_sorter *s, kith_sort_chunk **chunks, const sort_stats *stats, uint64_t looks, uint64_t text) {
    kith_buf scratch = {0};
    kith_str cells[SORT_KEYS];
    sort_cells(sort_row(chunks, text), chunks[0]->delimiter, s->keys, s->n_keys, cells);
    kith_str t = sort_text(cells[0], &scratch);
    sort_bar *bar = t.n ? malloc(sizeof *bar + t.n) : NULL;
    if (bar) {
        memcpy(bar->bytes, t.p, t.n);
        *bar = (sort_bar){.text = {bar->bytes, t.n}, .type = SORT_TEXT};
        sort_cells(sort_row(chunks, looks), chunks[0]->delimiter, s->keys, s->n_keys, cells);
        t = sort_text(cells[0], &scratch);
        if (stats->number) bar->type = SORT_NUMBER;
        else if (stats->time) bar->type = SORT_TIME;
        if ((bar->type == SORT_NUMBER && !kith_parse_double(t, &bar->number)) || (bar->type == SORT_TIME && !kith_parse_time(t, s->zone, &bar->us, NULL))) {
            free(bar);
            bar = NULL;
        }
    }
    kith_buf_free(&scratch);
    return bar;
}

int sort_top(const kith_sorter *s, kith_sort_chunk **chunks, size_t n, const sort_stats *stats, int threads, kith_sort_chunk **kept, sort_bar **bar,
             kith_error *err) {
    size_t open[MOST_OPEN], n_open = open_columns(s, stats, open), rows = 0, n_refs = 0, bytes = 0;
    *kept = NULL;
    *bar = NULL;
    for (size_t i = 0; i < n; i++) rows += chunks[i]->rows;
    if (n_open > MOST_OPEN || rows >> n_open <= s->most) return KITH_OK;
    uint64_t *refs = malloc(((size_t)s->most << n_open) * sizeof *refs);
    int status = refs ? KITH_OK : kith_no_memory(err);
    for (unsigned order = 0; order < 1u << n_open && status == KITH_OK; order++)
        status = first_rows(s, chunks, n, stats, open, n_open, order, threads, refs, &n_refs, err);
    if (status == KITH_OK) *bar = bar_of(s, chunks, stats, refs[s->most - 1], refs[n_open && open[0] == 0 ? 2 * s->most - 1 : s->most - 1]);
    kith_sort_chunk *c = status == KITH_OK ? calloc(1, sizeof *c) : NULL;
    if (status == KITH_OK && !c) status = kith_no_memory(err);
    if (status == KITH_OK) {
        size_t last = 0;
        qsort(refs, n_refs, sizeof *refs, by_number); /* the order that they came in, each once */
        for (size_t i = 0; i < n_refs; i++)
            if (!i || refs[i] != refs[last]) refs[i ? ++last : 0] = refs[i];
        n_refs = last + 1;
        for (size_t i = 0; i < n_refs; i++) bytes += sort_row(chunks, refs[i]).n + 5;
        if (bytes > UINT32_MAX) { /* more than a chunk holds: all rows stay */
            free(refs);
            free(c);
            return KITH_OK;
        }
        c->delimiter = chunks[0]->delimiter;
        if (!(c->bytes = malloc(bytes))) status = kith_no_memory(err);
    }
    for (size_t i = 0; i < n_refs && status == KITH_OK; i++, c->rows++) {
        kith_str row = sort_row(chunks, refs[i]);
        memcpy(c->bytes + c->n, row.p - 4, row.n + 5); /* its length before it, its line end behind it */
        c->n += row.n + 5;
    }
    free(refs);
    if (status == KITH_OK) *kept = c;
    else kith_sort_chunk_free(c);
    return status;
}
