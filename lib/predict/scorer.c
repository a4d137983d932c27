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

int kith_scorers_put(kith_scorers *scorers, int worker, const kith_batch *b, char delimiter, kith_out *out,
                     kith_error *err) {
    void **mine = scorers->workers + (size_t)worker * scorers->n;
    for (size_t i = 0; i < scorers->n; i++) {
        const kith_scorer *s = &scorers->items[i];
        if (s->kind->batch) KITH_TRY(s->kind->batch(s, mine[i], b, err));
    }
    for (uint32_t row = 0; row < b->rows; row++) {
        size_t start = out->rows.n;
        uint64_t unusable = out->bad + out->rejected;
        kith_row_writer w = kith_row_begin(&out->rows, delimiter);
        kith_put_row(&w, b, row);
        bool left_out = false;
        for (size_t i = 0; i < scorers->n && !left_out; i++) {
            const kith_scorer *s = &scorers->items[i];
            KITH_TRY(s->kind->put(s, mine[i], b, row, &w, out, err));
            left_out = out->bad + out->rejected != unusable;
        }
        if (left_out) {
            out->rows.n = start;
            continue;
        }
        kith_row_end(&w);
        out->rows_out++;
    }
    return KITH_OK;
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
