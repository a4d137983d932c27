/* The fold behind `report attribution`: journeys are collected; models, orders and intervals are worked out at the finish. */
#include <kith/attribution.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MODELS_MOST = 32, ORDER_MOST = 4 };

typedef struct collector {
    const kith_params *params;
    kith_journeys *journeys;
    uint32_t path, conversions, value, nulls;
    kith_str separator;
    kith_attribution_spec specs[MODELS_MOST];
    kith_str names[MODELS_MOST];
    size_t n;
} collector;

static void free_(void *state) {
    collector *c = state;
    if (!c) return;
    kith_journeys_free(c->journeys);
    free(c);
}

static int init(const kith_params *params, void **state, kith_error *err) {
    collector *c = calloc(1, sizeof *c);
    if (!c) return kith_no_memory(err);
    *state = c;
    c->params = params;
    c->separator = kith_str_of(kith_params_get(params, "separator"));
    int status = KITH_OK;
    if (!c->separator.n) status = kith_fail(err, KITH_USAGE, "the separator of a path is not empty");
    const char *p = kith_params_get(params, "models");
    while (status == KITH_OK && *p) {
        size_t n = strcspn(p, ",");
        if (c->n == MODELS_MOST) status = kith_fail(err, KITH_USAGE, "at most %d models", MODELS_MOST);
        else status = kith_attribution_parse((kith_str){p, n}, &c->specs[c->n], err);
        if (status == KITH_OK) c->names[c->n++] = (kith_str){p, n};
        p += n + (p[n] == ',');
    }
    if (status == KITH_OK && !c->n) status = kith_fail(err, KITH_USAGE, "no model named");
    if (status == KITH_OK && !(c->journeys = kith_journeys_new())) status = kith_no_memory(err);
    if (status != KITH_OK) {
        free_(c);
        *state = NULL;
    }
    return status;
}

static int column(const collector *c, const kith_header *header, const char *name, uint32_t *found, kith_error *err) {
    const char *said = kith_params_get(c->params, name);
    *found = KITH_NO_COLUMN;
    if (*said == '?') { /* not said: if it is there */
        *found = kith_column_find(header, said + 1);
        return KITH_OK;
    }
    return *said ? kith_column(header, said, found, err) : KITH_OK;
}

static int bind(void *state, const kith_header *header, kith_error *err) {
    collector *c = state;
    KITH_TRY(column(c, header, "path", &c->path, err));
    KITH_TRY(column(c, header, "conversions", &c->conversions, err));
    KITH_TRY(column(c, header, "value", &c->value, err));
    return column(c, header, "nulls", &c->nulls, err);
}

static int step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    collector *c = state;
    uint32_t columns[3] = {c->conversions, c->value, c->nulls};
    for (uint32_t row = 0; row < b->rows; row++) {
        double v[3] = {0, 0, 0};
        int k = 0;
        for (; k < 3; k++)
            if (columns[k] != KITH_NO_COLUMN && kith_cell_double(b, row, columns[k], &v[k]) == KITH_CELL_BAD) break;
        if (k < 3) {
            KITH_TRY(kith_bad_row(b, row, columns[k], "not_a_number", "not a number", out, err));
            continue;
        }
        kith_str path = kith_text(b, row, c->path);
        if (path.n && !path.p) return kith_no_memory(err);
        kith_journey_fault fault = kith_journeys_add(c->journeys, path, c->separator, v[0], v[1], v[2]);
        if (fault == KITH_JOURNEY_FINE) continue;
        if (fault == KITH_JOURNEY_MEMORY) return kith_no_memory(err);
        uint32_t where = fault == KITH_JOURNEY_CONVERSIONS ? c->conversions : fault == KITH_JOURNEY_VALUE ? c->value : fault == KITH_JOURNEY_NULLS ? c->nulls : c->path;
        KITH_TRY(kith_bad_row(b, row, where, fault == KITH_JOURNEY_NO_CHANNEL ? "no_channel" : "out_of_range", kith_journey_words(fault), out, err));
    }
    return KITH_OK;
}

static int merge(void *into, void *from, kith_error *err) {
    collector *a = into, *b = from;
    if (kith_journeys_count(a->journeys) < kith_journeys_count(b->journeys)) { /* the larger one takes the smaller one in */
        kith_journeys *swap = a->journeys;
        a->journeys = b->journeys;
        b->journeys = swap;
    }
    return kith_journeys_merge(a->journeys, b->journeys, err);
}

static int subtract(void *from, void *what, kith_error *err) {
    return kith_journeys_subtract(((collector *)from)->journeys, ((collector *)what)->journeys, err);
}

static int save(const void *state, kith_buf *out, kith_error *err) { return kith_journeys_save(((const collector *)state)->journeys, out, err); }
static int load(void *state, kith_records *records, kith_error *err) { return kith_journeys_load(((collector *)state)->journeys, records, err); }

/* ---- the finish ------------------------------------------------------------------------------------------------ */

typedef struct credit {
    double *conversions, *value, *removal;
    kith_attribution_band band;
} credit;

static int work_out(collector *c, const kith_paths *paths, const kith_str *names, kith_arena *arena, credit *credits, kith_error *err) {
    const char *direct = kith_params_get(c->params, "direct");
    double asked = kith_params_number(c->params, "bootstrap", 0), level = kith_params_number(c->params, "level", .95);
    size_t replicates = asked >= 2 && asked <= 100000 ? (size_t)asked : 0, channels = paths->channels;
    for (size_t m = 0; m < c->n; m++) {
        kith_attribution_spec spec = c->specs[m];
        for (size_t k = 0; k < channels; k++)
            if (kith_str_is(names[k], direct)) spec.direct = (int)k;
        if (spec.model == KITH_ATTRIBUTION_MARKOV_CHOSEN) {
            spec.model = KITH_ATTRIBUTION_MARKOV;
            KITH_TRY(kith_attribution_order(paths, ORDER_MOST, &spec.order, NULL, err));
            const char *name = kith_arena_format(arena, "markov%d", spec.order);
            if (!name) return kith_no_memory(err);
            c->names[m] = kith_str_of(name);
        }
        double *room = kith_arena_zalloc(arena, (7 * channels + 1) * sizeof *room);
        if (!room) return kith_no_memory(err);
        credits[m] = (credit){room, room + channels, room + 2 * channels,
                              {room + 3 * channels, room + 4 * channels, room + 5 * channels, room + 6 * channels}};
        KITH_TRY(kith_attribution_credit(paths, &spec, credits[m].conversions, credits[m].value, credits[m].removal, err));
        if (replicates && channels)
            KITH_TRY(kith_attribution_bootstrap(paths, &spec, replicates, level > 0 && level < 1 ? level : .95,
                                                kith_params_count(c->params, "seed", 1, 1e18), kith_cpu_count(), &credits[m].band, err));
    }
    return KITH_OK;
}

static void put_long(const collector *c, size_t channels, const kith_str *names, const credit *credits, kith_row_writer *w) {
    bool band = kith_params_number(c->params, "bootstrap", 0) > 0;
    static const char *const heads[] = {"channel", "model", "conversions", "value", "removal", "conversions_low", "conversions_high", "value_low", "value_high"};
    for (size_t i = 0; i < (band ? 9u : 5u); i++) kith_put_string(w, heads[i]);
    kith_row_end(w);
    for (size_t m = 0; m < c->n; m++)
        for (size_t k = 0; k < channels; k++) {
            const credit *r = &credits[m];
            kith_put_text(w, names[k]);
            kith_put_text(w, c->names[m]);
            kith_put_double(w, r->conversions[k]);
            kith_put_double(w, r->value[k]);
            kith_put_double(w, r->removal[k]);
            if (band) {
                kith_put_double(w, r->band.conversions_low[k]);
                kith_put_double(w, r->band.conversions_high[k]);
                kith_put_double(w, r->band.value_low[k]);
                kith_put_double(w, r->band.value_high[k]);
            }
            kith_row_end(w);
        }
}

static int put_wide(const collector *c, size_t channels, const kith_str *names, const credit *credits, kith_arena *arena, kith_row_writer *w, kith_error *err) {
    kith_put_string(w, "channel");
    for (size_t m = 0; m < c->n; m++)
        for (int v = 0; v < 2; v++) {
            char *head = kith_arena_format(arena, "%.*s_%s", KITH_STR_FMT(c->names[m]), v ? "value" : "conversions");
            if (!head) return kith_no_memory(err);
            kith_put_string(w, head);
        }
    kith_row_end(w);
    for (size_t k = 0; k < channels; k++) {
        kith_put_text(w, names[k]);
        for (size_t m = 0; m < c->n; m++) {
            kith_put_double(w, credits[m].conversions[k]);
            kith_put_double(w, credits[m].value[k]);
        }
        kith_row_end(w);
    }
    return KITH_OK;
}

static int finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    collector copy = *(collector *)state, *c = &copy; /* chosen orders rename models, in the copy only */
    credit credits[MODELS_MOST];
    kith_paths paths;
    const kith_str *names;
    kith_arena *arena = kith_arena_new();
    if (!arena) return kith_no_memory(err);
    int status = kith_journeys_view(c->journeys, arena, &paths, &names, err);
    if (status == KITH_OK) status = work_out(c, &paths, names, arena, credits, err);
    if (status == KITH_OK) {
        kith_row_writer w = kith_row_begin(out, delimiter);
        if (*kith_params_get(c->params, "wide")) status = put_wide(c, paths.channels, names, credits, arena, &w, err);
        else put_long(c, paths.channels, names, credits, &w);
    }
    kith_arena_free(arena);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

const kith_fold kith_attribution_fold = {
    .name = "report.attribution",
    .version = 1,
    .init = init,
    .bind = bind,
    .step = step,
    .merge = merge,
    .subtract = subtract,
    .finish = finish,
    .save = save,
    .load = load,
    .free = free_,
};
