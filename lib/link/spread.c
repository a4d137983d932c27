/* Records to the tasks that will compare them: by the parts of the blocks that they fall into, or of their component.
 *
 *   blocks     KEY:HASH,records of every block of these rows ──► added up per part: which are oversized
 *   scatter    a record goes once to each part that holds one of its blocks (oversized ones hold no pair)
 *   component  a record that has one goes to the part of its component
 *
 * What travels is the record's number, its source and name, and the columns that the model compares. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

int kith_link_parts_new(kith_link_parts *p, uint32_t n, kith_error *err) {
    *p = (kith_link_parts){.n = n, .part = calloc((size_t)n + 1, sizeof *p->part)};
    return p->part ? KITH_OK : kith_no_memory(err);
}

void kith_link_parts_free(kith_link_parts *p) {
    for (uint32_t i = 0; p->part && i < p->n; i++) kith_buf_free(&p->part[i]);
    kith_buf_free(&p->header);
    free(p->part);
}

int kith_link_parts_write(kith_link_parts *p, kith_sink *sink, kith_sink *index, kith_error *err) {
    kith_buf list = {0};
    uint64_t at = p->header.n;
    kith_buf_puts(&list, "part,offset,length\n");
    int status = p->header.failed ? kith_no_memory(err) : kith_sink_buf(sink, &p->header, err);
    for (uint32_t i = 0; i < p->n && status == KITH_OK; i++) {
        size_t n = p->part[i].n;
        if (n) kith_buf_printf(&list, "%u,%llu,%zu\n", i, (unsigned long long)at, n);
        at += n;
        status = p->part[i].failed ? kith_no_memory(err) : kith_sink_buf(sink, &p->part[i], err);
    }
    if (status == KITH_OK && index) status = kith_sink_buf(index, &list, err);
    kith_buf_free(&list);
    return status;
}

int kith_link_spread_blocks(const kith_link_data *data, kith_link_parts *parts, kith_error *err) {
    uint32_t *hash = NULL, slots, start[KITH_LINK_KEYS + 1];
    KITH_TRY(link_key_hashes(data, &hash, &slots, start, err));
    uint64_t *entry = malloc(sizeof *entry * ((size_t)data->rows * slots + 1)), *sorted = malloc(sizeof *sorted * ((size_t)data->rows * slots + 1));
    int status = entry && sorted ? KITH_OK : kith_no_memory(err);
    kith_buf_puts(&parts->header, "block,records\n");
    for (uint32_t k = 0; k < data->model->n_keys && status == KITH_OK; k++) {
        size_t n = 0;
        for (uint32_t s = start[k]; s < start[k + 1]; s++)
            for (uint32_t i = 0; i < data->rows; i++)
                if (hash[(size_t)i * slots + s]) entry[n++] = (uint64_t)hash[(size_t)i * slots + s] << 32;
        link_radix_sort(entry, sorted, n);
        for (size_t i = 0, j; i < n; i = j) {
            for (j = i; j < n && sorted[j] == sorted[i];) j++;
            uint32_t h = (uint32_t)(sorted[i] >> 32);
            kith_buf_printf(&parts->part[link_part((int)k, h, parts->n)], "%u:%u,%zu\n", k, h, j - i);
        }
    }
    free(hash), free(entry), free(sorted);
    return status;
}

/* The distinct columns that the fields read. */
static uint32_t compared(const kith_link_data *data, const kith_link_store *store, uint32_t *column) {
    uint32_t n = 0;
    for (uint32_t c = 0; c < store->header.n; c++)
        for (uint32_t f = 0; f < data->model->n_fields; f++) {
            const kith_link_field *field = &data->model->field[f];
            bool in = false;
            for (uint32_t k = 0; k < field->n_columns && field->kind != KITH_LINK_SWAP; k++) in |= kith_str_is(store->header.names[c], field->column[k]);
            if (!in) continue;
            column[n++] = c;
            break;
        }
    return n;
}

static bool wanted(const kith_link_data *data, const uint32_t *hash, const uint32_t *start, uint32_t parts, double share, uint8_t *to) {
    bool any = false;
    memset(to, 0, parts);
    for (uint32_t k = 0; k < data->model->n_keys; k++)
        for (uint32_t s = start[k]; s < start[k + 1]; s++)
            if (hash[s] && link_sampled(hash[s], share) && !(data->census && link_census_is_over(data->census, (int)k, hash[s]))) {
                to[link_part((int)k, hash[s], parts)] = 1;
                any = true;
            }
    return any;
}

int kith_link_spread_rows(const kith_link_data *data, const kith_link_store *store, const kith_link_naming *naming, uint64_t first, const kith_str *component, double share,
                          kith_link_parts *parts, kith_error *err) {
    static const char *const added[] = {"kith_row", "kith_source", "kith_record"};
    uint32_t *hash = NULL, slots = 0, start[KITH_LINK_KEYS + 1], column[3 * KITH_LINK_FIELDS], r = 0;
    uint32_t n = compared(data, store, column);
    kith_row_writer h = kith_row_begin(&parts->header, ',');
    for (int k = 0; k < 3; k++) kith_put_string(&h, added[k]);
    for (uint32_t c = 0; c < n; c++) kith_put_name(&h, store->header.names[column[c]]);
    kith_row_end(&h);
    int status = component ? KITH_OK : link_key_hashes(data, &hash, &slots, start, err);
    uint8_t *to = calloc((size_t)parts->n + 1, 1);
    kith_arena *cells = kith_arena_new();
    kith_buf row = {0};
    if (status == KITH_OK && (!to || !cells)) status = kith_no_memory(err);
    for (size_t p = 0; p < store->n_pieces && status == KITH_OK; p++) {
        for (uint32_t i = 0; i < store->pieces[p].rows; i++, r++) {
            if (component && !component[r].n) continue;
            if (!component && !wanted(data, hash + (size_t)r * slots, start, parts->n, share, to)) continue;
            row.n = 0;
            kith_row_writer w = kith_row_begin(&row, ',');
            kith_put_int(&w, (int64_t)(first + r));
            kith_put_text(&w, naming->source[r]);
            kith_put_text(&w, naming->record[r]);
            for (uint32_t c = 0; c < n; c++) kith_put_text(&w, kith_link_cell(store, &store->pieces[p], i, column[c], cells));
            kith_row_end(&w);
            uint32_t from = component ? (uint32_t)(kith_hash(component[r].p, component[r].n, 13) % parts->n) : 0;
            for (uint32_t k = from; k < (component ? from + 1 : parts->n); k++)
                if (component || to[k]) kith_buf_put(&parts->part[k], row.p, row.n);
        }
        kith_arena_reset(cells);
    }
    if (row.failed) status = kith_no_memory(err);
    free(hash), free(to);
    kith_arena_free(cells);
    kith_buf_free(&row);
    return status;
}

/* ---- numbers of rows ------------------------------------------------------------------------------------------ */

int kith_link_by_row(const char *path, const char *const *names, int n, uint64_t first, uint32_t rows, kith_arena *arena, kith_str **out, kith_error *err) {
    kith_csv csv;
    KITH_TRY(kith_csv_read(arena, path, &csv, err));
    uint32_t column[4], key = kith_csv_column(&csv, names[0]);
    for (int k = 0; k <= n && k < 4; k++)
        if ((column[k] = kith_csv_column(&csv, names[k])) == UINT32_MAX) return kith_fail(err, KITH_DATA, "%s: there is no column %s", csv.name, names[k]);
    for (int k = 0; k < n; k++)
        if (!(out[k] = kith_arena_zalloc(arena, sizeof **out * ((size_t)rows + 1)))) return kith_no_memory(err);
    for (size_t i = 0; i < csv.rows; i++) {
        int64_t row;
        if (!kith_parse_int(kith_csv_cell(&csv, i, key), &row) || (uint64_t)row < first || (uint64_t)row - first >= rows)
            return kith_fail(err, KITH_DATA, "%s:%llu: %s: not the number of a row of this shard", csv.name, (unsigned long long)csv.lines[i], names[0]);
        for (int k = 0; k < n; k++) out[k][(uint64_t)row - first] = kith_csv_cell(&csv, i, column[k + 1]);
    }
    return KITH_OK;
}
