/* Who the rows are (source and record), who they were (known persons), and which pairs a person has judged. */
#include "inside.h"

#include <kith/table.h>

#include <stdlib.h>
#include <string.h>

static kith_str base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return kith_str_of(slash ? slash + 1 : path);
}

static uint32_t column_or(const kith_header *header, const char *said, const char *otherwise, int *status,
                          kith_error *err) {
    uint32_t column = KITH_NO_COLUMN;
    if (said[0])
        *status = kith_column(header, said, &column, err);
    else
        for (uint32_t c = 0; c < header->n; c++)
            if (kith_str_is(header->names[c], otherwise)) return c;
    return column;
}

static int name_rows(kith_link_naming *g, const kith_link_store *store, const kith_link_model *model,
                     const char *const *files, size_t n_files, kith_arena *arena, kith_error *err) {
    int status = KITH_OK;
    uint32_t id = column_or(&store->header, model->id, "record_id", &status, err);
    if (status != KITH_OK) return status;
    uint32_t source = column_or(&store->header, model->source, "source", &status, err);
    if (status != KITH_OK) return status;
    uint64_t number = 0;
    uint32_t file = UINT32_MAX, r = 0;
    for (size_t p = 0; p < store->n_pieces; p++) {
        const kith_link_piece *piece = &store->pieces[p];
        if (piece->file != file) number = p ? 0 : store->before;
        file = piece->file;
        for (uint32_t i = 0; i < piece->rows; i++, r++) {
            g->source[r] = source != KITH_NO_COLUMN        ? kith_link_cell(store, piece, i, source, arena)
                           : n_files > 1 && file < n_files ? base_name(files[file])
                                                           : (kith_str){"", 0};
            if (id != KITH_NO_COLUMN) {
                g->record[r] = kith_link_cell(store, piece, i, id, arena);
            } else {
                char *text = kith_arena_format(arena, "%012llu", (unsigned long long)++number);
                if (text == NULL) return kith_no_memory(err);
                g->record[r] = (kith_str){text, 12};
            }
        }
    }
    return KITH_OK;
}

/* ---- known persons ------------------------------------------------------------------------------------------ */

typedef struct knowing {
    kith_link_store *store;
    kith_link_naming *naming;
    kith_arena *arena;
    uint32_t *map; /* of each of the store's columns: the known file's, or KITH_NO_COLUMN */
    uint32_t person, id, source;
    uint32_t *slot, mask; /* (source, record) of tonight's rows */
    uint32_t tonight;
    kith_str *persons; /* of the added rows */
    size_t n, room;
} knowing;

static uint64_t name_hash(kith_str source, kith_str record) {
    return kith_hash(record.p, record.n, kith_hash(source.p, source.n, 0));
}

static int copy(kith_arena *arena, kith_str *s, kith_error *err) {
    char *p = kith_arena_copy(arena, s->p, s->n);
    if (p == NULL) return kith_no_memory(err);
    s->p = p;
    return KITH_OK;
}

static int know(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    knowing *k = ctx;
    (void)worker, (void)out;
    uint32_t cols = k->store->header.n;
    kith_str *cells = kith_arena_alloc(b->arena, sizeof *cells * (cols + 1));
    if (cells == NULL) return kith_no_memory(err);
    for (uint32_t i = 0; i < b->rows; i++) {
        kith_str person = kith_text(b, i, k->person);
        KITH_TRY(copy(k->arena, &person, err));
        if (k->slot != NULL) {
            kith_str record = kith_text(b, i, k->id),
                     source = k->source != KITH_NO_COLUMN ? kith_text(b, i, k->source) : (kith_str){"", 0};
            uint32_t at = (uint32_t)name_hash(source, record) & k->mask, row = UINT32_MAX;
            for (; k->slot[at]; at = (at + 1) & k->mask)
                if (kith_str_equal(k->naming->record[k->slot[at] - 1], record) &&
                    kith_str_equal(k->naming->source[k->slot[at] - 1], source)) {
                    row = k->slot[at] - 1;
                    break;
                }
            if (row != UINT32_MAX) {
                k->naming->known[row] = person;
                continue;
            }
        }
        for (uint32_t c = 0; c < cols; c++)
            cells[c] = k->map[c] == KITH_NO_COLUMN ? (kith_str){"", 0} : kith_cell(b, i, k->map[c]);
        KITH_TRY(kith_link_store_add_cells(k->store, cells, b->delimiter, err));
        if (k->n == k->room) {
            k->room = k->room ? 2 * k->room : 1024;
            kith_str *more = realloc(k->persons, k->room * sizeof *more);
            if (more == NULL) return kith_no_memory(err);
            k->persons = more;
        }
        k->persons[k->n++] = person;
    }
    return KITH_OK;
}

static int read_known(knowing *k, const char *path, const kith_link_model *model, kith_error *err) {
    kith_source *source = NULL;
    kith_source_options o = {.files = &path, .n_files = 1, .threads = 1};
    KITH_TRY(kith_source_open(&source, &o, err));
    const kith_header *header = kith_source_header(source);
    int status = kith_column(header, "person_id", &k->person, err);
    k->map = kith_arena_alloc(k->arena, sizeof *k->map * (k->store->header.n + 1));
    if (status == KITH_OK && k->map == NULL) status = kith_no_memory(err);
    for (uint32_t c = 0; c < k->store->header.n && status == KITH_OK; c++) {
        k->map[c] = KITH_NO_COLUMN;
        for (uint32_t d = 0; d < header->n; d++)
            if (kith_str_equal(header->names[d], k->store->header.names[c])) {
                k->map[c] = d;
                break;
            }
    }
    if (status == KITH_OK) k->id = column_or(header, model->id, "record_id", &status, err);
    if (status == KITH_OK) k->source = column_or(header, model->source, "source", &status, err);
    if (status == KITH_OK && k->id != KITH_NO_COLUMN) {
        uint32_t size = 1024;
        while (size < 2 * (uint64_t)k->tonight + 2) size *= 2;
        k->mask = size - 1;
        k->slot = calloc(size, sizeof *k->slot);
        if (k->slot == NULL) status = kith_no_memory(err);
        for (uint32_t r = 0; status == KITH_OK && r < k->tonight; r++) {
            uint32_t at = (uint32_t)name_hash(k->naming->source[r], k->naming->record[r]) & k->mask;
            while (k->slot[at]) at = (at + 1) & k->mask;
            k->slot[at] = r + 1;
        }
    }
    kith_scan scan = {.commit = know, .ctx = k};
    if (status == KITH_OK) status = kith_source_scan(source, &scan, err);
    kith_source_close(source);
    free(k->slot);
    return status;
}

int kith_link_naming_of(kith_link_naming *g, kith_link_store *store, const kith_link_model *model,
                        const char *const *files, size_t n_files, const char *known_path, kith_arena *arena,
                        kith_error *err) {
    size_t rows = store->rows;
    g->source = kith_arena_zalloc(arena, sizeof(kith_str) * (rows + 1));
    g->record = kith_arena_zalloc(arena, sizeof(kith_str) * (rows + 1));
    g->known = NULL;
    if (!g->source || !g->record) return kith_no_memory(err);
    KITH_TRY(name_rows(g, store, model, files, n_files, arena, err));
    if (known_path == NULL) return KITH_OK;
    g->known = kith_arena_zalloc(arena, sizeof(kith_str) * (rows + 1));
    if (!g->known) return kith_no_memory(err);
    knowing k = {.store = store, .naming = g, .arena = arena, .tonight = (uint32_t)rows};
    int status = read_known(&k, known_path, model, err);
    if (status == KITH_OK && k.n) {
        kith_link_naming all = {kith_arena_zalloc(arena, sizeof(kith_str) * (store->rows + 1)),
                                kith_arena_zalloc(arena, sizeof(kith_str) * (store->rows + 1)),
                                kith_arena_zalloc(arena, sizeof(kith_str) * (store->rows + 1))};
        if (!all.source || !all.record || !all.known)
            status = kith_no_memory(err);
        else {
            memcpy(all.known, g->known, rows * sizeof(kith_str));
            memcpy(all.known + rows, k.persons, k.n * sizeof(kith_str));
            *g = all;
            status = name_rows(g, store, model, files, n_files, arena, err);
        }
    }
    free(k.persons);
    return status;
}

/* ---- sources ------------------------------------------------------------------------------------------------ */

int kith_link_sources(kith_link_data *data, const kith_link_store *store, const kith_link_model *model,
                      kith_error *err) {
    int status = KITH_OK;
    if (!model->link_only && !model->one_per_source) return KITH_OK;
    uint32_t column = KITH_NO_COLUMN, r = 0;
    if (!model->link_only || model->source[0])
        column = column_or(&store->header, model->source, "source", &status, err);
    for (uint32_t c = 0; c < store->header.n; c++) /* records that came from shards bring theirs along */
        if (kith_str_is(store->header.names[c], "kith_source")) column = c, status = KITH_OK;
    if (status != KITH_OK) return status;
    data->source = kith_arena_zalloc(data->arena, sizeof *data->source * ((size_t)data->rows + 1));
    kith_arena *cells = kith_arena_new();
    kith_str *seen = kith_arena_alloc(data->arena, sizeof *seen * UINT16_MAX);
    uint16_t n = 0;
    if (!data->source || !cells || !seen) status = kith_no_memory(err);
    for (size_t p = 0; p < store->n_pieces && status == KITH_OK; p++)
        for (uint32_t i = 0; i < store->pieces[p].rows && status == KITH_OK; i++, r++) {
            if (column == KITH_NO_COLUMN) {
                data->source[r] = (uint16_t)(store->pieces[p].file < UINT16_MAX ? store->pieces[p].file : UINT16_MAX);
                continue;
            }
            kith_str s = kith_link_cell(store, &store->pieces[p], i, column, cells);
            uint16_t k = 0;
            while (k < n && !kith_str_equal(seen[k], s)) k++;
            if (k == n) {
                if (n == 1024)
                    status = kith_fail(err, KITH_DATA, "the source column has more than 1,024 different values");
                else if ((status = copy(data->arena, &s, err)) == KITH_OK)
                    seen[n++] = s;
            }
            data->source[r] = k;
        }
    kith_arena_free(cells);
    return status;
}

/* ---- labels ------------------------------------------------------------------------------------------------- */

int kith_link_labels_read(const char *path, const kith_link_store *store, const kith_link_model *model,
                          kith_arena *arena, kith_link_label **labels, size_t *n, kith_error *err) {
    kith_csv csv;
    kith_link_naming g = {0};
    KITH_TRY(kith_csv_read(arena, path, &csv, err));
    uint32_t left, right, match;
    KITH_TRY(kith_column(&csv.header, "left_id", &left, err));
    KITH_TRY(kith_column(&csv.header, "right_id", &right, err));
    KITH_TRY(kith_column(&csv.header, "match", &match, err));
    g.source = kith_arena_zalloc(arena, sizeof(kith_str) * ((size_t)store->rows + 1));
    g.record = kith_arena_zalloc(arena, sizeof(kith_str) * ((size_t)store->rows + 1));
    *labels = kith_arena_zalloc(arena, sizeof **labels * (csv.rows + 1));
    *n = 0;
    if (!g.source || !g.record || !*labels) return kith_no_memory(err);
    KITH_TRY(name_rows(&g, store, model, NULL, 0, arena, err));
    uint32_t size = 1024;
    while (size < 2 * (uint64_t)store->rows + 2) size *= 2;
    uint32_t *slot = calloc(size, sizeof *slot);
    if (slot == NULL) return kith_no_memory(err);
    for (uint32_t r = 0; r < store->rows; r++) {
        uint32_t at = (uint32_t)kith_hash(g.record[r].p, g.record[r].n, 9) & (size - 1);
        while (slot[at]) at = (at + 1) & (size - 1);
        slot[at] = r + 1;
    }
    int status = KITH_OK;
    for (size_t i = 0; i < csv.rows && status == KITH_OK; i++) {
        uint32_t row[2] = {UINT32_MAX, UINT32_MAX};
        for (int side = 0; side < 2; side++) {
            kith_str id = kith_csv_cell(&csv, i, side ? right : left);
            for (uint32_t at = (uint32_t)kith_hash(id.p, id.n, 9) & (size - 1); slot[at]; at = (at + 1) & (size - 1))
                if (kith_str_equal(g.record[slot[at] - 1], id)) {
                    row[side] = slot[at] - 1;
                    break;
                }
        }
        kith_str said = kith_csv_cell(&csv, i, match);
        bool yes = kith_str_is(said, "1"), no = kith_str_is(said, "0");
        if (!yes && !no)
            status =
                kith_fail(err, KITH_DATA, "%s:%llu: match: not 1 or 0", csv.name, (unsigned long long)csv.lines[i]);
        else if (row[0] == UINT32_MAX || row[1] == UINT32_MAX)
            status = kith_fail(err, KITH_DATA, "%s:%llu: an id that no record has (--id names their column)", csv.name,
                               (unsigned long long)csv.lines[i]);
        else if (row[0] != row[1])
            (*labels)[(*n)++] = (kith_link_label){row[0], row[1], yes};
    }
    free(slot);
    return status;
}
