/* The bands of rfm as a fold. What it keeps depends on the rows that it is given:
 *
 *   person rows ──► their three measures, one after the other (24 bytes a person)
 *   events      ──► the state of rfm; finish lets it write its people and takes their measures
 *
 * Which of both, the header says, so a state without rows is one of neither and a state of both is refused. The bands are
 * functions of the multiset of measures: shards and nights give the bytes of one run. */
#include <kith/rfm.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEITHER, VALUES, EVENTS };

typedef struct bands {
    kith_arena *arena;
    kith_params params;
    bool ts_said;
    int rows;             /* NEITHER … EVENTS */
    uint32_t columns[3];  /* of the measures */
    kith_rfm_fit fit;     /* VALUES; of the others the number of scores */
    uint64_t incomplete;  /* rows without all three measures */
    void *events;         /* EVENTS: a state of kith_rfm_fold */
} bands;

static const char *const measures[3] = {"rfm_recency", "rfm_frequency", "rfm_monetary"};

uint64_t kith_rfm_fit_incomplete(const void *state) { return ((const bands *)state)->incomplete; }

static void bands_free(void *state) {
    bands *s = state;
    if (!s) return;
    if (s->events) kith_rfm_fold.free(s->events);
    kith_rfm_fit_free(&s->fit);
    kith_arena_free(s->arena);
    free(s);
}

static int bands_init(const kith_params *params, void **state, kith_error *err) {
    double scores = kith_params_number(params, "scores", 5);
    if (!(scores >= 2 && scores <= 100 && scores == floor(scores))) return kith_fail(err, KITH_USAGE, "--scores takes a number from 2 to 100");
    bands *s = calloc(1, sizeof *s);
    if (!s || !(s->arena = kith_arena_new())) {
        free(s);
        return kith_no_memory(err);
    }
    s->fit.scores = (int)scores;
    s->params.arena = s->arena;
    s->ts_said = *kith_params_get(params, "ts") != 0;
    for (size_t i = 0; i < params->n; i++) kith_params_set(&s->params, params->items[i].name, params->items[i].value);
    int status = s->params.failed ? kith_no_memory(err) : kith_rfm_fold.init(&s->params, &s->events, err); /* the parameters are looked at here and now */
    if (status) bands_free(s);
    else *state = s;
    return status;
}

static int bands_bind(void *state, const kith_header *header, kith_error *err) {
    bands *s = state;
    bool events = kith_column_find(header, measures[0]) == KITH_NO_COLUMN && (s->ts_said || kith_column_find(header, "ts") != KITH_NO_COLUMN);
    s->rows = events ? EVENTS : VALUES;
    if (events) return kith_rfm_fold.bind(s->events, header, err);
    for (int k = 0; k < 3; k++) KITH_TRY(kith_column(header, measures[k], &s->columns[k], err));
    return KITH_OK;
}

static int bands_step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    bands *s = state;
    if (s->rows == EVENTS) return kith_rfm_fold.step(s->events, b, out, err);
    for (uint32_t row = 0; row < b->rows; row++) {
        double v[3];
        int missing = 0, bad = -1;
        for (int k = 0; k < 3; k++) {
            kith_cell_state cell = kith_cell_double(b, row, s->columns[k], &v[k]);
            missing += cell == KITH_CELL_MISSING;
            if (cell == KITH_CELL_BAD) bad = k;
        }
        if (bad >= 0) KITH_TRY(kith_bad_row(b, row, s->columns[bad], "not_a_number", "not a number", out, err));
        else if (missing) s->incomplete++, out->dropped++;
        else KITH_TRY(kith_rfm_fit_add(&s->fit, v, err));
    }
    return KITH_OK;
}

/* The k-th of the people's measures as they came: recency is held negated. */
static void values_at(const kith_rfm_fit *fit, size_t i, double v[3]) {
    for (int k = 0; k < 3; k++) v[k] = k == 0 ? 0 - fit->values[k][i] : fit->values[k][i];
}

static int bands_merge(void *a, void *b, kith_error *err) {
    bands *into = a, *from = b;
    if (from->rows == NEITHER) return KITH_OK;
    if (into->rows == NEITHER) { /* parameters are equal: everything may change places */
        bands held = *into;
        *into = *from;
        *from = held;
        return KITH_OK;
    }
    if (into->rows != from->rows) return kith_fail(err, KITH_DATA, "bands of person rows and bands of events: states of one kind of rows can be merged");
    into->incomplete += from->incomplete;
    if (into->rows == EVENTS) return kith_rfm_fold.merge(into->events, from->events, err);
    for (size_t i = 0; i < from->fit.n; i++) {
        double v[3];
        values_at(&from->fit, i, v);
        KITH_TRY(kith_rfm_fit_add(&into->fit, v, err));
    }
    return KITH_OK;
}

/* The measures of the people whom rfm writes. */
static int people_of(const bands *s, kith_rfm_fit *fit, kith_arena *arena, kith_error *err) {
    kith_buf people = {0};
    int status = kith_rfm_fold.finish(s->events, ',', &people, err);
    kith_records records = {people.p, people.p + people.n, 1, ',', arena};
    kith_str field[4];
    size_t n;
    if (!status) kith_records_next(&records, field, 4, &n); /* the header */
    while (!status && kith_records_next(&records, field, 4, &n)) {
        double v[3] = {0};
        for (int k = 0; k < 3; k++) kith_parse_double(field[k + 1], &v[k]);
        status = kith_rfm_fit_add(fit, v, err);
    }
    kith_buf_free(&people);
    return status;
}

static int bands_finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    bands *s = state;
    kith_rfm_fit fit = {.scores = s->fit.scores};
    kith_arena *arena = kith_arena_new();
    kith_model *model;
    (void)delimiter; /* models use commas */
    int status = arena ? KITH_OK : kith_no_memory(err);
    if (!status && s->rows == EVENTS) status = people_of(s, &fit, arena, err);
    if (!status) status = kith_rfm_fit_model(s->rows == EVENTS ? &fit : &s->fit, arena, &model, err);
    if (!status) status = kith_model_text(model, out, err);
    kith_rfm_fit_free(&fit);
    kith_arena_free(arena);
    return status;
}

static void bands_threads(void *state, int threads) {
    kith_rfm_fold.threads(((bands *)state)->events, threads);
}

/* ---- saving: what rows, and behind it rfm's own form or a record a person, in order of the measures --------------- */

typedef struct triple {
    double v[3];
} triple;

static int by_values(const void *a, const void *b) {
    const triple *x = a, *y = b;
    for (int k = 0; k < 3; k++)
        if (x->v[k] != y->v[k]) return x->v[k] < y->v[k] ? -1 : 1;
    return 0;
}

static const char *const kinds[3] = {"none", "people", "events"};

static int bands_save(const void *state, kith_buf *out, kith_error *err) {
    const bands *s = state;
    kith_row_writer w = kith_row_begin(out, ',');
    kith_put_string(&w, "rows"), kith_put_string(&w, kinds[s->rows]), kith_put_int(&w, (int64_t)s->incomplete), kith_row_end(&w);
    if (s->rows == EVENTS) return kith_rfm_fold.save(s->events, out, err);
    size_t n = s->fit.n;
    triple *all = malloc((n + 1) * sizeof *all);
    if (!all) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) values_at(&s->fit, i, all[i].v);
    qsort(all, n, sizeof *all, by_values);
    for (size_t i = 0; i < n; i++) {
        kith_put_string(&w, "v");
        for (int k = 0; k < 3; k++) kith_put_double(&w, all[i].v[k]);
        kith_row_end(&w);
    }
    free(all);
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

static int bands_load(void *state, kith_records *records, kith_error *err) {
    bands *s = state;
    kith_str f[5];
    size_t n;
    int64_t incomplete;
    bool good = kith_records_next(records, f, 5, &n) && n == 3 && kith_str_is(f[0], "rows") && kith_parse_int(f[2], &incomplete) && incomplete >= 0;
    if (good) {
        s->incomplete = (uint64_t)incomplete;
        s->rows = kith_str_is(f[1], kinds[VALUES]) ? VALUES : kith_str_is(f[1], kinds[EVENTS]) ? EVENTS : NEITHER;
        good = s->rows != NEITHER || kith_str_is(f[1], kinds[NEITHER]);
    }
    if (good && s->rows == EVENTS) return kith_rfm_fold.load(s->events, records, err);
    while (good && kith_records_next(records, f, 5, &n)) {
        double v[3];
        good = s->rows == VALUES && n == 4 && kith_str_is(f[0], "v");
        for (int k = 0; k < 3 && good; k++) good = kith_parse_double(f[k + 1], &v[k]) && !isnan(v[k]);
        if (good) KITH_TRY(kith_rfm_fit_add(&s->fit, v, err));
    }
    return good ? KITH_OK : kith_fail(err, KITH_DATA, "state: line %llu: not a state of fit rfm", (unsigned long long)records->line);
}

const kith_fold kith_rfm_fit_fold = {
    .name = "segment.fit rfm", .version = 1, .model = true, .init = bands_init, .bind = bands_bind, .step = bands_step, .merge = bands_merge,
    .finish = bands_finish, .threads = bands_threads, .save = bands_save, .load = bands_load, .free = bands_free,
};
