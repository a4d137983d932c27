/* Funnels: how many people take the steps in order.
 *
 * Every event that is a step is kept with its person (strict: every event). At the end each person's events are put in order of time, and
 * one pass holds for every step the latest start from which it was reached: a later start leaves more of the window, so it
 * is the only one that counts (dynamic programming over the steps, instead of trying every start). */
#include <kith/cohort.h>
#include <kith/hashtable.h>
#include <kith/quantiles.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP = 256, STEPS_MAX = 250, OTHER = 255 };
#define NEVER INT64_MIN

typedef struct funnel {
    kith_arena *arena;
    const char *id, *ts, *event;
    const kith_zone *zone;
    kith_str steps[STEPS_MAX];
    uint32_t n_steps;
    uint8_t code[STEPS_MAX]; /* of each step: the number of the first step of that name */
    bool strict;
    int64_t window, until;
    uint32_t at_id, at_ts, at_event;
    kith_hashtable persons;
    size_t n, room; /* events */
    uint32_t *who;
    int64_t *when;
    uint64_t *place; /* file << 52 | record << 8 | code */
    const char **files;
    uint32_t n_files, room_files;
} funnel;

static void funnel_free(void *state) {
    funnel *f = state;
    if (!f) return;
    kith_hashtable_free(&f->persons);
    free(f->who);
    free(f->when);
    free(f->place);
    free(f->files);
    kith_arena_free(f->arena);
    free(f);
}

static int read_steps(funnel *f, const char *text, kith_error *err) {
    for (const char *at = text;;) {
        size_t n = strcspn(at, ",");
        kith_str step = kith_str_trim((kith_str){at, n});
        if (!step.n) return kith_fail(err, KITH_USAGE, "--steps: a step has no name");
        if (f->n_steps == STEPS_MAX) return kith_fail(err, KITH_USAGE, "--steps: more than %d", STEPS_MAX);
        char *copy = kith_arena_copy(f->arena, step.p, step.n);
        if (!copy) return kith_no_memory(err);
        uint32_t k = f->n_steps++;
        f->steps[k] = (kith_str){copy, step.n};
        f->code[k] = (uint8_t)k;
        for (uint32_t i = 0; i < k; i++)
            if (f->code[k] == k && kith_str_equal(f->steps[i], f->steps[k])) f->code[k] = (uint8_t)i;
        if (!at[n]) return KITH_OK;
        at += n + 1;
    }
}

static int funnel_init(const kith_params *params, void **state, kith_error *err) {
    funnel *f = calloc(1, sizeof *f);
    if (!f) return kith_no_memory(err);
    const char *tz = kith_params_get(params, "tz"), *window = kith_params_get(params, "window"), *until = kith_params_get(params, "until");
    int status = (f->arena = kith_arena_new()) ? KITH_OK : kith_no_memory(err);
    f->window = *window ? (int64_t)strtoll(window, NULL, 10) : INT64_MAX;
    f->until = *until ? (int64_t)strtoll(until, NULL, 10) : INT64_MAX;
    f->strict = *kith_params_get(params, "strict") == '1';
    if (!status) f->id = kith_arena_format(f->arena, "%s", kith_params_get(params, "id"));
    if (!status) f->ts = kith_arena_format(f->arena, "%s", kith_params_get(params, "ts"));
    if (!status) f->event = kith_arena_format(f->arena, "%s", kith_params_get(params, "event"));
    if (!status && (!f->id || !f->ts || !f->event)) status = kith_no_memory(err);
    if (!status && *tz) status = kith_zone_find(f->arena, tz, &f->zone, err);
    if (!status) status = read_steps(f, kith_params_get(params, "steps"), err);
    if (!status) status = kith_hashtable_init(&f->persons, err);
    if (status) {
        funnel_free(f);
        return status;
    }
    *state = f;
    return KITH_OK;
}

static int funnel_bind(void *state, const kith_header *header, kith_error *err) {
    funnel *f = state;
    KITH_TRY(kith_column(header, f->id, &f->at_id, err));
    KITH_TRY(kith_column(header, f->ts, &f->at_ts, err));
    return kith_column(header, f->event, &f->at_event, err);
}

static bool more_room(funnel *f, size_t more) {
    if (f->room - f->n >= more) return true;
    size_t room = f->room ? f->room + f->room / 2 : 4096;
    while (room - f->n < more) room *= 2;
    uint32_t *who = realloc(f->who, room * sizeof *who);
    if (who) f->who = who;
    int64_t *when = realloc(f->when, room * sizeof *when);
    if (when) f->when = when;
    uint64_t *place = realloc(f->place, room * sizeof *place);
    if (place) f->place = place;
    if (!who || !when || !place) return false;
    f->room = room;
    return true;
}

static int file_number(funnel *f, const char *name, uint32_t *number, kith_error *err) {
    const char *slash = strrchr(name, '/');
    if (slash) name = slash + 1;
    for (*number = 0; *number < f->n_files; ++*number)
        if (!strcmp(f->files[*number], name)) return KITH_OK;
    if (f->n_files == 4096) return kith_fail(err, KITH_DATA, "events of more than 4096 files in one state");
    if (f->n_files == f->room_files) {
        uint32_t room = f->room_files ? f->room_files * 2 : 8;
        const char **files = realloc(f->files, room * sizeof *files);
        if (!files) return kith_no_memory(err);
        f->files = files;
        f->room_files = room;
    }
    const char *copy = kith_arena_copy(f->arena, name, strlen(name));
    if (!copy) return kith_no_memory(err);
    f->files[f->n_files++] = copy;
    return KITH_OK;
}

static int funnel_step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    funnel *f = state;
    uint32_t file;
    KITH_TRY(file_number(f, b->file_name ? b->file_name : "-", &file, err));
    kith_key keys[STRIP];
    uint64_t hashes[STRIP];
    for (uint32_t row = 0; row < b->rows;) {
        uint32_t n = 0;
        if (!more_room(f, STRIP)) return kith_no_memory(err);
        for (; row < b->rows && n < STRIP; row++) {
            kith_str event = kith_text(b, row, f->at_event), id = kith_text(b, row, f->at_id);
            if ((event.n && !event.p) || (id.n && !id.p)) return kith_no_memory(err);
            uint32_t code = 0;
            while (code < f->n_steps && !kith_str_equal(event, f->steps[code])) code++;
            if (code == f->n_steps && !f->strict) continue;
            int64_t us;
            if (!id.n) {
                KITH_TRY(kith_bad_row(b, row, f->at_id, "missing", "missing", out, err));
                continue;
            }
            if (kith_cell_time(b, row, f->at_ts, f->zone, &us) != KITH_CELL_VALUE) {
                KITH_TRY(kith_bad_row(b, row, f->at_ts, "not_a_time", "not a date or time", out, err));
                continue;
            }
            if (us > f->until) continue;
            hashes[n] = kith_key_of(id, &keys[n]);
            f->when[f->n + n] = us;
            f->place[f->n + n] = (uint64_t)file << 52 | (b->first_record + row) << 8 | (code == f->n_steps ? OTHER : code);
            n++;
        }
        KITH_TRY(kith_hashtable_put(&f->persons, keys, hashes, n, f->who + f->n, err));
        f->n += n;
    }
    return KITH_OK;
}

static int put_person(funnel *f, kith_str id, uint32_t *entry, kith_error *err) {
    kith_key key;
    uint64_t hash = kith_key_of(id, &key);
    return kith_hashtable_put(&f->persons, &key, &hash, 1, entry, err);
}

static int funnel_merge(void *a, void *b_, kith_error *err) {
    funnel *into = a, *from = b_;
    uint32_t *files = malloc((from->n_files + 1) * sizeof *files), *who = malloc(((size_t)from->persons.n + 1) * sizeof *who);
    int status = files && who && more_room(into, from->n + 1) ? KITH_OK : kith_no_memory(err);
    for (uint32_t i = 0; !status && i < from->n_files; i++) status = file_number(into, from->files[i], &files[i], err);
    for (uint32_t i = 0; !status && i < from->persons.n; i++) status = put_person(into, kith_hashtable_key(&from->persons, i), &who[i], err);
    for (size_t i = 0; !status && i < from->n; i++) {
        into->who[into->n] = who[from->who[i]];
        into->when[into->n] = from->when[i];
        into->place[into->n++] = (uint64_t)files[from->place[i] >> 52] << 52 | (from->place[i] & ((UINT64_C(1) << 52) - 1));
    }
    free(files);
    free(who);
    return status;
}

/* ---- the result --------------------------------------------------------------------------------------------- */

typedef struct moment {
    int64_t when;
    uint64_t place; /* with the file's rank instead of its number */
} moment;

static int by_time(const void *a, const void *b) {
    const moment *x = a, *y = b;
    if (x->when != y->when) return x->when < y->when ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* Each person's events, one person after the other (start[person] … start[person + 1]), in order of time. */
static int order_events(const funnel *f, moment **events, size_t **starts, kith_error *err) {
    size_t *start = calloc((size_t)f->persons.n + 2, sizeof *start);
    moment *m = malloc((f->n + 1) * sizeof *m);
    uint64_t *rank = calloc((size_t)f->n_files + 1, sizeof *rank);
    *events = m;
    *starts = start;
    if (!start || !m || !rank) {
        free(rank);
        return kith_no_memory(err);
    }
    for (uint32_t i = 0; i < f->n_files; i++)
        for (uint32_t k = 0; k < f->n_files; k++) rank[i] += strcmp(f->files[k], f->files[i]) < 0;
    for (size_t i = 0; i < f->n; i++) start[f->who[i] + 2]++;
    for (uint32_t p = 0; p + 1 < f->persons.n; p++) start[p + 2] += start[p + 1];
    for (size_t i = 0; i < f->n; i++)
        m[start[f->who[i] + 1]++] = (moment){f->when[i], rank[f->place[i] >> 52] << 52 | (f->place[i] & ((UINT64_C(1) << 52) - 1))};
    for (uint32_t p = 0; p < f->persons.n; p++) qsort(m + start[p], start[p + 1] - start[p], sizeof *m, by_time);
    free(rank);
    return KITH_OK;
}

/* How far a person comes; took[k] gets the time from the start to the first reaching of step k. */
static uint32_t walk(const funnel *f, const moment *m, size_t n, int64_t *took) {
    int64_t start[STEPS_MAX], last[STEPS_MAX];
    uint32_t reached = 0;
    for (uint32_t k = 0; k < f->n_steps; k++) start[k] = NEVER;
    for (size_t i = 0; i < n; i++) {
        uint32_t code = (uint32_t)(m[i].place & 255);
        if (f->strict) memcpy(last, start, f->n_steps * sizeof *start);
        for (uint32_t k = f->n_steps; k-- > 0;) {
            int64_t from = k == 0 ? m[i].when : f->strict ? last[k - 1] : start[k - 1];
            bool fits = f->code[k] == code && from != NEVER && (f->window == INT64_MAX || m[i].when - from <= f->window);
            if (!fits) {
                if (f->strict) start[k] = NEVER;
                continue;
            }
            start[k] = from;
            if (k + 1 > reached) {
                reached = k + 1;
                took[k] = m[i].when - from;
            }
        }
    }
    return reached;
}

static int funnel_finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    funnel *f = state;
    moment *m = NULL;
    size_t *start = NULL;
    uint64_t count[STEPS_MAX] = {0};
    kith_quantiles took[STEPS_MAX];
    kith_arena *arena = kith_arena_new();
    memset(took, 0, sizeof took);
    int status = arena ? order_events(f, &m, &start, err) : kith_no_memory(err);
    for (uint32_t p = 0; !status && p < f->persons.n; p++) {
        int64_t time[STEPS_MAX];
        uint32_t reached = walk(f, m + start[p], start[p + 1] - start[p], time);
        for (uint32_t k = 0; k < reached; k++) {
            count[k]++;
            if (!kith_quantiles_add(&took[k], (double)time[k] / 1e6, arena)) status = kith_no_memory(err);
        }
    }
    kith_buf_printf(out, "step%cpersons%cshare%cfrom_previous%cmedian_seconds\n", delimiter, delimiter, delimiter, delimiter);
    for (uint32_t k = 0; !status && k < f->n_steps; k++) {
        kith_row_writer w = kith_row_begin(out, delimiter);
        kith_put_text(&w, f->steps[k]);
        kith_put_int(&w, (int64_t)count[k]);
        kith_put_double(&w, (double)count[k] / (double)count[0]);
        kith_put_double(&w, k ? (double)count[k] / (double)count[k - 1] : NAN);
        kith_put_double(&w, kith_quantiles_at(&took[k], .5));
        kith_row_end(&w);
    }
    free(m);
    free(start);
    kith_arena_free(arena);
    if (!status && out->failed) status = kith_no_memory(err);
    return status;
}

/* ---- the state: file,NAME · person,ID · event,WHEN,FILE,RECORD,CODE of the person before ---------------------- */

static int funnel_save(const void *state, kith_buf *out, kith_error *err) {
    const funnel *f = state;
    moment *m = NULL;
    size_t *start = NULL;
    uint32_t *order = malloc(((size_t)f->persons.n + 1) * sizeof *order), *sorted = malloc((f->n_files + 1) * sizeof *sorted);
    int status = order && sorted ? kith_hashtable_order(&f->persons, order, err) : kith_no_memory(err);
    if (!status) status = order_events(f, &m, &start, err);
    for (uint32_t i = 0; !status && i < f->n_files; i++) { /* in order of their names: events then hold ranks */
        uint32_t rank = 0;
        for (uint32_t k = 0; k < f->n_files; k++) rank += strcmp(f->files[k], f->files[i]) < 0;
        sorted[rank] = i;
    }
    for (uint32_t i = 0; !status && i < f->n_files; i++) {
        kith_row_writer w = kith_row_begin(out, ',');
        kith_put_string(&w, "file");
        kith_put_string(&w, f->files[sorted[i]]);
        kith_row_end(&w);
    }
    for (uint32_t k = 0; !status && k < f->persons.n; k++) {
        uint32_t p = order[k];
        kith_row_writer w = kith_row_begin(out, ',');
        kith_put_string(&w, "person");
        kith_put_text(&w, kith_hashtable_key(&f->persons, p));
        kith_row_end(&w);
        for (size_t i = start[p]; i < start[p + 1]; i++)
            kith_buf_printf(out, "event,%lld,%llu,%llu,%u\n", (long long)m[i].when, (unsigned long long)(m[i].place >> 52),
                            (unsigned long long)(m[i].place >> 8 & ((UINT64_C(1) << 44) - 1)), (unsigned)(m[i].place & 255));
    }
    free(order);
    free(sorted);
    free(m);
    free(start);
    if (!status && out->failed) status = kith_no_memory(err);
    return status;
}

static int funnel_load(void *state, kith_records *records, kith_error *err) {
    funnel *f = state;
    kith_str fields[5];
    size_t n;
    uint32_t person = UINT32_MAX, number;
    while (kith_records_next(records, fields, 5, &n)) {
        int64_t when, file, record, code;
        if (n == 2 && kith_str_is(fields[0], "file")) {
            const char *name = kith_arena_copy(f->arena, fields[1].p, fields[1].n);
            uint32_t before = f->n_files;
            if (!name) return kith_no_memory(err);
            KITH_TRY(file_number(f, name, &number, err));
            if (number != before) return kith_fail(err, KITH_DATA, "the state of the funnel is damaged");
        } else if (n == 2 && kith_str_is(fields[0], "person")) {
            KITH_TRY(put_person(f, fields[1], &person, err));
        } else if (n == 5 && kith_str_is(fields[0], "event") && person != UINT32_MAX && kith_parse_int(fields[1], &when) &&
                   kith_parse_int(fields[2], &file) && kith_parse_int(fields[3], &record) && kith_parse_int(fields[4], &code) && file >= 0 &&
                   file < f->n_files && record >= 0 && record < INT64_C(1) << 44 && (code == OTHER || (code >= 0 && code < f->n_steps)) && when != NEVER) {
            if (!more_room(f, 1)) return kith_no_memory(err);
            f->who[f->n] = person;
            f->when[f->n] = when;
            f->place[f->n++] = (uint64_t)file << 52 | (uint64_t)record << 8 | (uint64_t)code;
        } else {
            return kith_fail(err, KITH_DATA, "the state of the funnel is damaged");
        }
    }
    return KITH_OK;
}

const kith_fold kith_funnel_fold = {
    .people = &(const kith_fold_people){.head = "person", .ignored = 1 << 2 | 1 << 3},
    .name = "report.funnel",
    .version = 1,
    .init = funnel_init,
    .bind = funnel_bind,
    .step = funnel_step,
    .merge = funnel_merge,
    .finish = funnel_finish,
    .save = funnel_save,
    .load = funnel_load,
    .free = funnel_free,
};
