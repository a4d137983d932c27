/* Scorers: any number of models over one stream. A row's bytes go through as they came; each model appends its cells to
 * the same record, so n models cost n times the scoring and one time the reading and writing. */
#include <kith/scorer.h>

#include <stdlib.h>
#include <string.h>

static int load_one(kith_arena *arena, const char *said, const kith_scorer_kind *const *kinds,
                    const kith_score_options *options, kith_scorer *s, kith_error *err) {
    const char *equals = strchr(said, '='), *slash = strchr(said, '/'), *path = said, *name = NULL;
    if (equals && equals != said && !(slash && slash < equals)) {
        name = kith_arena_copy(arena, said, (size_t)(equals - said));
        if (!name) return kith_no_memory(err);
        path = equals + 1;
    }
    kith_model *model;
    KITH_TRY(kith_model_read(arena, path, &model, err));
    kith_str kind = kith_model_kind(model);
    for (size_t i = 0; kinds[i]; i++) {
        if (!kith_str_is(kind, kinds[i]->kind)) continue;
        int version = kith_model_version(model);
        if (version < 1 || version > kinds[i]->version)
            return kith_fail(err, KITH_DATA, "%s: a %s model of version %d; this kith reads up to %d", path,
                             kinds[i]->kind, version, kinds[i]->version);
        *s = (kith_scorer){.kind = kinds[i], .name = name ? name : kinds[i]->prefix, .file = path, .arena = arena};
        KITH_TRY(kinds[i]->load(s, model, options, err));
        s->columns = kith_arena_alloc(arena, (s->n_needs ? s->n_needs : 1) * sizeof *s->columns);
        return s->columns ? KITH_OK : kith_no_memory(err);
    }
    char shape[32];
    return kith_fail(err, KITH_DATA, "%s: not a model that rows can be scored with (its kind is like %s)", path,
                     kith_shape(kind, shape));
}

int kith_scorers_load(kith_arena *arena, const char *const *said, size_t n, const kith_scorer_kind *const *kinds,
                      const kith_score_options *options, kith_scorers *scorers, kith_error *err) {
    *scorers = (kith_scorers){0};
    if (n == 0) return kith_fail(err, KITH_USAGE, "no model: -m FILE");
    scorers->items = kith_arena_zalloc(arena, n * sizeof *scorers->items);
    if (!scorers->items) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        kith_scorer *s = &scorers->items[i];
        scorers->n = i + 1;
        KITH_TRY(load_one(arena, said[i], kinds, options, s, err));
        scorers->n_added += s->n_adds;
    }
    scorers->added = kith_arena_alloc(arena, (scorers->n_added ? scorers->n_added : 1) * sizeof *scorers->added);
    if (!scorers->added) return kith_no_memory(err);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        kith_scorer *s = &scorers->items[i];
        for (size_t j = 0; j < s->n_adds; j++) {
            char *full = kith_arena_format(arena, "%s_%s", s->name, s->adds[j]);
            if (!full) return kith_no_memory(err);
            for (size_t e = 0; e < k; e++) {
                if (strcmp(scorers->added[e], full) == 0)
                    return kith_fail(err, KITH_DATA, "%s: column %s would be added twice; name one model: -m NAME=%s",
                                     s->file, full, s->file);
            }
            scorers->added[k++] = full;
        }
    }
    return KITH_OK;
}

int kith_scorers_bind(kith_scorers *scorers, const kith_header *header, size_t workers, kith_error *err) {
    for (size_t i = 0; i < scorers->n; i++) {
        kith_scorer *s = &scorers->items[i];
        for (size_t j = 0; j < s->n_needs; j++) {
            kith_error inner = {0};
            int status = kith_column(header, s->needs[j], &s->columns[j], &inner);
            if (status != KITH_OK) return kith_fail(err, status, "%s needs a column: %s", s->file, inner.text);
        }
        if (s->kind->bind) KITH_TRY(s->kind->bind(s, header, err));
    }
    if (workers == 0) workers = 1;
    scorers->workers = calloc(scorers->n * workers + 1, sizeof *scorers->workers);
    if (!scorers->workers) return kith_no_memory(err);
    scorers->n_workers = workers;
    for (size_t w = 0; w < workers; w++) {
        for (size_t i = 0; i < scorers->n; i++) {
            kith_scorer *s = &scorers->items[i];
            if (s->kind->work) KITH_TRY(s->kind->work(s, &scorers->workers[w * scorers->n + i], err));
        }
    }
    return KITH_OK;
}

/* The cells that models wrote for a row, as one record in `cells`, each to its place: over the column it replaces, or behind the row. */
static int put_places(const kith_scorers *scorers, const kith_batch *b, uint32_t row, const kith_buf *cells, kith_row_writer *w,
                      kith_error *err) {
    kith_str *cell = kith_arena_alloc(b->arena, (scorers->n_added + 1) * sizeof *cell);
    if (!cell || cells->failed) return kith_no_memory(err);
    size_t at = 0;
    for (size_t k = 0; k < scorers->n_added; k++, at++) {
        cell[k].p = cells->p + at;
        for (bool quoted = false; at < cells->n && (quoted || cells->p[at] != w->delimiter); at++) quoted ^= cells->p[at] == '"';
        cell[k].n = (size_t)(cells->p + at - cell[k].p);
    }
    for (uint32_t j = 0; j < b->cols; j++) {
        size_t k = 0;
        while (k < scorers->n_added && scorers->place[k] != j) k++;
        if (k < scorers->n_added) kith_put_raw(w, cell[k], w->delimiter);
        else kith_put_raw(w, kith_cell(b, row, j), b->delimiter);
    }
    for (size_t k = 0; k < scorers->n_added; k++)
        if (scorers->place[k] == KITH_NO_COLUMN) kith_put_raw(w, cell[k], w->delimiter);
    return KITH_OK;
}

int kith_scorers_put(kith_scorers *scorers, int worker, const kith_batch *b, char delimiter, kith_out *out,
                     kith_error *err) {
    void **mine = scorers->workers + (size_t)worker * scorers->n;
    kith_buf cells = {0};
    int status = KITH_OK;
    for (size_t i = 0; i < scorers->n; i++) {
        const kith_scorer *s = &scorers->items[i];
        if (s->kind->batch) KITH_TRY(s->kind->batch(s, mine[i], b, err));
    }
    for (uint32_t row = 0; row < b->rows && status == KITH_OK; row++) {
        size_t start = out->rows.n;
        uint64_t unusable = out->bad + out->rejected;
        kith_row_writer w = kith_row_begin(&out->rows, delimiter), aside = kith_row_begin(&cells, delimiter);
        if (!scorers->place) kith_put_row(&w, b, row);
        bool left_out = false;
        for (size_t i = 0; i < scorers->n && !left_out && status == KITH_OK; i++) {
            const kith_scorer *s = &scorers->items[i];
            status = s->kind->put(s, mine[i], b, row, scorers->place ? &aside : &w, out, err);
            left_out = out->bad + out->rejected != unusable;
        }
        if (left_out || status != KITH_OK) {
            out->rows.n = start;
            cells.n = 0;
            continue;
        }
        if (scorers->place) status = put_places(scorers, b, row, &cells, &w, err);
        cells.n = 0;
        kith_row_end(&w);
        out->rows_out++;
    }
    kith_buf_free(&cells);
    return status;
}

void kith_scorers_free(kith_scorers *scorers) {
    for (size_t w = 0; w < scorers->n_workers; w++) {
        for (size_t i = 0; i < scorers->n; i++) {
            const kith_scorer *s = &scorers->items[i];
            void *memory = scorers->workers[w * scorers->n + i];
            if (s->kind->unwork && memory) s->kind->unwork(s, memory);
        }
    }
    free(scorers->workers);
    for (size_t i = 0; i < scorers->n; i++) {
        kith_scorer *s = &scorers->items[i];
        if (s->kind && s->kind->free) s->kind->free(s);
    }
    *scorers = (kith_scorers){0};
}
