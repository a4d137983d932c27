/* Journeys as a fold. A touch is an event with a channel; a conversion is an event of the given value, and a touch too if it has a
 * channel. Both are kept as 32 bytes in the order they come; the result orders each person's by time, then by file name and
 * record, so it is the same whatever threads, shards and nights the events came through. Files of one name in several folders have
 * records of one number: their touches go on by what they hold (channel, a conversion behind a mere touch, amount), and two that are equal
 * in that are one as good as the other.
 *
 *   per conversion: the touches since the conversion before, none older than the window; what is left after the last one is a row
 *                   without conversion (nulls 1)
 *   per person:     the touches up to the last conversion that lie in the window of a conversion; of a person without one, those
 *                   in the window of the last touch (nulls 1)
 *
 * Rows without any touch have an empty path. Long because what a touch is, the step, the merge, the result, the saving and the disk know alike. */
#define _GNU_SOURCE /* memmem, qsort_r */
#include <kith/hashtable.h>
#include <kith/moment.h>
#include <kith/pages.h>
#include <kith/paths.h>
#include <kith/spill.h>
#include <kith/spilled.h>
#include <kith/sums.h>

#include <stdio.h>
#include <stdlib.h>

enum { STEP = 256, CHUNK = 1 << 16 };
#define NO_CHANNEL UINT32_MAX /* no int: clang refuses it in an enum */
#define FOREVER INT64_MAX

typedef struct touch {
    int64_t us;
    uint64_t record; /* in its file */
    uint32_t person, channel;
    uint32_t value; /* of a conversion: its amount's place + 1; 0: no conversion */
    uint32_t file;
} touch;

typedef struct paths {
    kith_arena *arena;
    const kith_zone *zone;
    kith_months months;
    const char *said[5], *conversion, *separator, *direct;
    char id_name[256];
    bool per_conversion, has_until, times;
    int64_t until_us, window_us;
    uint32_t columns[5]; /* id, ts, channel, event, amount */
    kith_hashtable people, channels, files;
    touch **chunks;
    size_t n, n_chunks, room_chunks;
    kith_number *values;
    size_t n_values, room_values;
} paths;

enum { ID, TS, CHANNEL, EVENT, AMOUNT };
static const char *const names[5] = {"id", "ts", "channel", "event", "amount"};

static void paths_free(void *state) {
    paths *s = state;
    if (!s) return;
    for (size_t i = 0; i < s->n_chunks; i++) free(s->chunks[i]);
    free(s->chunks);
    free(s->values);
    kith_hashtable_free(&s->people);
    kith_hashtable_free(&s->channels);
    kith_hashtable_free(&s->files);
    kith_arena_free(s->arena);
    free(s);
}

static int settle(paths *s, const kith_params *params, kith_error *err) {
    const char *until = kith_params_get(params, "until"), *tz = kith_params_get(params, "tz"), *window = kith_params_get(params, "window");
    const char *texts[3] = {kith_params_get(params, "conversion"), kith_params_get(params, "separator"), kith_params_get(params, "direct")};
    const char **places[3] = {&s->conversion, &s->separator, &s->direct};
    for (int i = 0; i < 5; i++) {
        const char *text = kith_params_get(params, names[i]);
        if (!(s->said[i] = kith_arena_copy(s->arena, text, strlen(text)))) return kith_no_memory(err);
    }
    for (int i = 0; i < 3; i++)
        if (!(*places[i] = kith_arena_copy(s->arena, texts[i], strlen(texts[i])))) return kith_no_memory(err);
    s->per_conversion = strcmp(kith_params_get(params, "per"), "conversion") == 0;
    s->times = strcmp(kith_params_get(params, "times"), "1") == 0;
    s->window_us = FOREVER;
    s->has_until = *until != 0;
    if (s->has_until && !kith_parse_int(kith_str_of(until), &s->until_us)) return kith_fail(err, KITH_DATA, "paths: parameter until: not a number");
    if (*window && (!kith_parse_int(kith_str_of(window), &s->window_us) || s->window_us < 0)) return kith_fail(err, KITH_USAGE, "--window is no negative time");
    if (*tz) KITH_TRY(kith_zone_find(s->arena, tz, &s->zone, err));
    kith_months_fill(&s->months);
    KITH_TRY(kith_hashtable_init(&s->people, err));
    KITH_TRY(kith_hashtable_init(&s->channels, err));
    return kith_hashtable_init(&s->files, err);
}

static int paths_init(const kith_params *params, void **state, kith_error *err) {
    paths *s = calloc(1, sizeof *s);
    if (!s || !(s->arena = kith_arena_new())) {
        free(s);
        return kith_no_memory(err);
    }
    int status = settle(s, params, err);
    if (status) paths_free(s);
    else *state = s;
    return status;
}

static int paths_bind(void *state, const kith_header *header, kith_error *err) {
    paths *s = state;
    bool other_id = kith_column_find(header, "person_id") == KITH_NO_COLUMN && kith_column_find(header, "id") != KITH_NO_COLUMN;
    static const char *const usual[5] = {"person_id", "ts", "channel", "event", "amount"};
    for (int i = 0; i < 5; i++) {
        const char *name = *s->said[i] ? s->said[i] : i == ID && other_id ? "id" : usual[i];
        s->columns[i] = KITH_NO_COLUMN;
        if (i == AMOUNT && !*s->said[i] && kith_column_find(header, name) == KITH_NO_COLUMN) continue; /* conversions without worth */
        KITH_TRY(kith_column(header, name, &s->columns[i], err));
    }
    kith_str name = header->names[s->columns[ID]];
    snprintf(s->id_name, sizeof s->id_name, "%.*s", KITH_STR_FMT(name));
    return KITH_OK;
}

/* ---- adding ------------------------------------------------------------------------------------------------- */

static touch *touch_at(const paths *s, size_t i) { return &s->chunks[i / CHUNK][i % CHUNK]; }

static int add_chunk(paths *s, kith_error *err) {
    if (s->n_chunks == s->room_chunks) {
        size_t room = s->room_chunks ? s->room_chunks * 2 : 16;
        touch **grown = realloc(s->chunks, room * sizeof *grown);
        if (!grown) return kith_no_memory(err);
        s->chunks = grown;
        s->room_chunks = room;
    }
    if (!(s->chunks[s->n_chunks] = malloc(CHUNK * sizeof **s->chunks))) return kith_no_memory(err);
    s->n_chunks++;
    return KITH_OK;
}

static int add_touch(paths *s, const touch *t, kith_error *err) {
    if (s->n == s->n_chunks * CHUNK) KITH_TRY(add_chunk(s, err));
    *touch_at(s, s->n++) = *t;
    return KITH_OK;
}

static int add_value(paths *s, const kith_number *v, uint32_t *place, kith_error *err) {
    if (s->n_values == s->room_values) {
        size_t room = s->room_values ? s->room_values * 2 : 64;
        kith_number *grown = room < UINT32_MAX ? realloc(s->values, room * sizeof *grown) : NULL;
        if (!grown) return kith_no_memory(err);
        s->values = grown;
        s->room_values = room;
    }
    s->values[s->n_values++] = *v;
    *place = (uint32_t)s->n_values;
    return KITH_OK;
}

static int entry_of(kith_hashtable *t, kith_str text, uint32_t *entry, kith_error *err) {
    kith_key key;
    uint64_t hash = kith_key_of(text, &key);
    return kith_hashtable_put(t, &key, &hash, 1, entry, err);
}

/* Reads one row; *used tells whether there is something to keep; the person is left to the caller. */
static int read_event(paths *s, const kith_batch *b, uint32_t row, touch *t, kith_str *id, bool *used, kith_out *out, kith_error *err) {
    bool is_date;
    kith_str ts = kith_text(b, row, s->columns[TS]), channel = kith_text(b, row, s->columns[CHANNEL]), event = kith_text(b, row, s->columns[EVENT]);
    *id = kith_text(b, row, s->columns[ID]);
    *used = false;
    if ((id->n && !id->p) || (ts.n && !ts.p) || (channel.n && !channel.p) || (event.n && !event.p)) return kith_no_memory(err);
    if (!id->n) return kith_bad_row(b, row, s->columns[ID], "no_person", "an event without a person", out, err);
    if (!ts.n || !kith_moment(&s->months, ts, s->zone, &t->us, &is_date)) return kith_bad_row(b, row, s->columns[TS], "not_a_time", "not a time", out, err);
    bool converts = kith_str_is(event, s->conversion);
    kith_number v = {.is_fixed = true};
    if (converts && s->columns[AMOUNT] != KITH_NO_COLUMN) {
        kith_str amount = kith_text(b, row, s->columns[AMOUNT]);
        if (amount.n && !amount.p) return kith_no_memory(err);
        if (amount.n && !kith_number_parse(amount, &v)) return kith_bad_row(b, row, s->columns[AMOUNT], "not_a_number", "not a number", out, err);
    }
    if (channel.n && memmem(channel.p, channel.n, s->separator, strlen(s->separator)))
        return kith_bad_row(b, row, s->columns[CHANNEL], "holds_separator", "holds the separator of paths (--separator)", out, err);
    if ((s->has_until && t->us > s->until_us) || (!channel.n && !converts)) {
        out->dropped += s->has_until && t->us > s->until_us;
        return KITH_OK;
    }
    t->record = b->first_record + row;
    t->channel = NO_CHANNEL;
    t->value = 0;
    if (channel.n) KITH_TRY(entry_of(&s->channels, channel, &t->channel, err));
    if (converts) KITH_TRY(add_value(s, &v, &t->value, err));
    *used = true;
    return KITH_OK;
}

static int paths_step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    paths *s = state;
    touch held[STEP];
    kith_key keys[STEP];
    uint64_t hashes[STEP];
    uint32_t people[STEP], file;
    size_t n = 0;
    const char *slash = strrchr(b->file_name, '/');
    KITH_TRY(entry_of(&s->files, kith_str_of(slash ? slash + 1 : b->file_name), &file, err));
    for (uint32_t row = 0; row <= b->rows; row++) {
        if (n == STEP || (row == b->rows && n)) {
            KITH_TRY(kith_hashtable_put(&s->people, keys, hashes, n, people, err));
            for (size_t i = 0; i < n; i++) {
                held[i].person = people[i];
                KITH_TRY(add_touch(s, &held[i], err));
            }
            n = 0;
        }
        if (row == b->rows) break;
        kith_str id;
        bool used;
        held[n].file = file;
        KITH_TRY(read_event(s, b, row, &held[n], &id, &used, out, err));
        if (!used) continue;
        hashes[n] = kith_key_of(id, &keys[n]);
        n++;
    }
    return KITH_OK;
}

/* ---- merging ------------------------------------------------------------------------------------------------ */

static int map_of(kith_hashtable *into, const kith_hashtable *from, uint32_t **map, kith_error *err) {
    if (!(*map = malloc(((size_t)from->n + 1) * sizeof **map))) return kith_no_memory(err);
    for (uint32_t first = 0; first < from->n; first += STEP) {
        uint32_t n = from->n - first < STEP ? from->n - first : STEP;
        kith_key keys[STEP];
        uint64_t hashes[STEP];
        for (uint32_t i = 0; i < n; i++) hashes[i] = kith_key_of(kith_hashtable_key(from, first + i), &keys[i]);
        KITH_TRY(kith_hashtable_put(into, keys, hashes, n, *map + first, err));
    }
    return KITH_OK;
}

static int paths_merge(void *a, void *b, kith_error *err) {
    paths *into = a, *from = b;
    uint32_t *people = NULL, *channels = NULL, *files = NULL, first_value = (uint32_t)into->n_values;
    if (!*into->id_name) memcpy(into->id_name, from->id_name, sizeof into->id_name);
    if (!into->people.n) { /* the usual first merge: what is there changes places */
        paths held = *into;
        into->people = from->people, into->channels = from->channels, into->files = from->files;
        into->chunks = from->chunks, into->n = from->n, into->n_chunks = from->n_chunks, into->room_chunks = from->room_chunks;
        into->values = from->values, into->n_values = from->n_values, into->room_values = from->room_values;
        from->people = held.people, from->channels = held.channels, from->files = held.files;
        from->chunks = held.chunks, from->n = held.n, from->n_chunks = held.n_chunks, from->room_chunks = held.room_chunks;
        from->values = held.values, from->n_values = held.n_values, from->room_values = held.room_values;
        return KITH_OK;
    }
    int status = map_of(&into->people, &from->people, &people, err);
    if (!status) status = map_of(&into->channels, &from->channels, &channels, err);
    if (!status) status = map_of(&into->files, &from->files, &files, err);
    uint32_t place;
    for (size_t i = 0; i < from->n_values && !status; i++) status = add_value(into, &from->values[i], &place, err);
    for (size_t i = 0; i < from->n && !status; i++) {
        touch t = *touch_at(from, i);
        t.person = people[t.person];
        t.file = files[t.file];
        if (t.channel != NO_CHANNEL) t.channel = channels[t.channel];
        if (t.value) t.value += first_value;
        status = add_touch(into, &t, err);
        if ((i + 1) % CHUNK == 0) { /* given back as it goes, so that both are never there whole */
            free(from->chunks[i / CHUNK]);
            from->chunks[i / CHUNK] = NULL;
        }
    }
    free(people);
    free(channels);
    free(files);
    return status;
}

/* ---- the result --------------------------------------------------------------------------------------------- */

typedef struct grouped {
    touch *touches; /* by person; each person's in order */
    size_t *from;   /* by person: where they begin; people.n + 1 */
    uint32_t *order, *file_rank, *channel_rank, *channels; /* the last: by rank, the entry */
} grouped;

static void grouped_free(grouped *g) {
    free(g->touches);
    free(g->from);
    free(g->order);
    free(g->file_rank);
    free(g->channel_rank);
    free(g->channels);
}

static int compare(const touch *a, const touch *b, const kith_number *values) {
    if (a->us != b->us) return a->us < b->us ? -1 : 1;
    if (a->file != b->file) return a->file < b->file ? -1 : 1;
    if (a->record != b->record) return a->record < b->record ? -1 : 1;
    if (a->channel != b->channel) return a->channel + 1 < b->channel + 1 ? -1 : 1; /* without a channel first */
    if (!a->value || !b->value) return (a->value > 0) - (b->value > 0);
    const kith_number *x = &values[a->value - 1], *y = &values[b->value - 1];
    int order = kith_number_compare(x, y);
    return order ? order : (int)y->is_fixed - (int)x->is_fixed;
}

static int by_time(const void *a, const void *b, void *values) { return compare(a, b, values); }

static int ranks(const kith_hashtable *of, uint32_t **order, uint32_t **rank, kith_error *err) {
    *order = malloc(((size_t)of->n + 1) * sizeof **order);
    *rank = malloc(((size_t)of->n + 1) * sizeof **rank);
    if (!*order || !*rank) return kith_no_memory(err);
    KITH_TRY(kith_hashtable_order(of, *order, err));
    for (uint32_t i = 0; i < of->n; i++) (*rank)[(*order)[i]] = i;
    return KITH_OK;
}

/* After this `file` and `channel` are ranks by name. */
static int group(const paths *s, grouped *g, kith_error *err) {
    size_t people = s->people.n;
    g->touches = malloc((s->n + 1) * sizeof *g->touches);
    g->from = calloc(people + 2, sizeof *g->from);
    g->order = malloc((people + 1) * sizeof *g->order);
    uint32_t *files = NULL;
    int status = g->touches && g->from && g->order ? KITH_OK : kith_no_memory(err);
    if (!status) status = kith_hashtable_order(&s->people, g->order, err);
    if (!status) status = ranks(&s->files, &files, &g->file_rank, err);
    if (!status) status = ranks(&s->channels, &g->channels, &g->channel_rank, err);
    free(files);
    if (status) return status;
    for (size_t i = 0; i < s->n; i++) g->from[touch_at(s, i)->person + 2]++;
    for (size_t i = 2; i < people + 2; i++) g->from[i] += g->from[i - 1];
    for (size_t i = 0; i < s->n; i++) {
        touch t = *touch_at(s, i);
        t.file = g->file_rank[t.file];
        if (t.channel != NO_CHANNEL) t.channel = g->channel_rank[t.channel];
        g->touches[g->from[t.person + 1]++] = t;
    }
    for (size_t p = 0; p < people; p++) {
        touch *t = g->touches + g->from[p];
        size_t n = g->from[p + 1] - g->from[p];
        bool sorted = true;
        for (size_t i = 1; i < n && sorted; i++) sorted = compare(&t[i - 1], &t[i], s->values) <= 0;
        if (!sorted) qsort_r(t, n, sizeof *t, by_time, s->values);
    }
    return KITH_OK;
}

typedef struct writing {
    const paths *s;
    const uint32_t *channels; /* by rank */
    kith_arena *arena; /* sums */
    kith_buf *out, path, times;
    char delimiter;
    kith_str id;
} writing;

/* One row: the touches of t[0 … n−1] that are marked in `keep` (NULL: all). */
static int put_path(writing *w, const touch *t, size_t n, const bool *keep, uint64_t conversions, const kith_sum *value, bool null) {
    const paths *s = w->s;
    const touch *last = NULL;
    kith_str non_direct = {"", 0};
    w->path.n = w->times.n = 0;
    for (size_t i = 0; i < n; i++) {
        if (t[i].channel == NO_CHANNEL || (keep && !keep[i])) continue;
        kith_str channel = kith_hashtable_key(&s->channels, w->channels[t[i].channel]);
        if (last) {
            kith_buf_puts(&w->path, s->separator);
            if (w->times.n) kith_buf_puts(&w->times, s->separator);
            kith_buf_double(&w->times, (double)(t[i].us - last->us) / 1e6);
        }
        kith_buf_str(&w->path, channel);
        last = &t[i];
        if (!kith_str_is(channel, s->direct) || !non_direct.n) non_direct = channel;
    }
    char text[512];
    kith_row_writer row = kith_row_begin(w->out, w->delimiter);
    kith_put_text(&row, w->id);
    kith_put_text(&row, (kith_str){w->path.p, w->path.n});
    kith_put_int(&row, (int64_t)conversions);
    kith_put_text(&row, (kith_str){text, kith_sum_format(value, text, sizeof text)});
    kith_put_int(&row, null);
    if (s->times) kith_put_text(&row, (kith_str){w->times.p, w->times.n});
    if (*s->direct) kith_put_text(&row, non_direct);
    kith_row_end(&row);
    return w->path.failed || w->times.failed || w->out->failed ? KITH_SYSTEM : KITH_OK;
}

static bool within(const paths *s, int64_t touch_us, int64_t end_us) {
    return s->window_us == FOREVER || end_us - touch_us <= s->window_us; /* years 0 to 9999: no overflow */
}

static int put_conversions(writing *w, const touch *t, size_t n, kith_error *err) {
    const paths *s = w->s;
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        if (!t[i].value) continue;
        while (from < i && !within(s, t[from].us, t[i].us)) from++;
        kith_sum sum = {0};
        if (!kith_sum_add(&sum, &s->values[t[i].value - 1], w->arena)) return kith_no_memory(err);
        if (put_path(w, t + from, i + 1 - from, NULL, 1, &sum, false)) return kith_no_memory(err);
        from = i + 1;
    }
    if (from == n) return KITH_OK;
    while (!within(s, t[from].us, t[n - 1].us)) from++;
    return put_path(w, t + from, n - from, NULL, 0, &(kith_sum){0}, true) ? kith_no_memory(err) : KITH_OK;
}

static int put_person(writing *w, const touch *t, size_t n, bool *keep, kith_error *err) {
    const paths *s = w->s;
    size_t last = n;
    uint64_t conversions = 0;
    kith_sum sum = {0};
    for (size_t i = 0; i < n; i++)
        if (t[i].value) {
            last = i;
            conversions++;
            if (!kith_sum_add(&sum, &s->values[t[i].value - 1], w->arena)) return kith_no_memory(err);
        }
    int64_t end = t[n - 1].us;
    for (size_t i = n; i--;) { /* from behind, `end` is the next conversion */
        if (t[i].value) end = t[i].us;
        keep[i] = (last == n || i <= last) && within(s, t[i].us, end);
    }
    return put_path(w, t, n, keep, conversions, &sum, last == n) ? kith_no_memory(err) : KITH_OK;
}

static int paths_finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    const paths *s = state;
    grouped g = {0};
    writing w = {.s = s, .arena = kith_arena_new(), .out = out, .delimiter = delimiter};
    kith_row_writer row = kith_row_begin(out, delimiter);
    static const char *const heads[] = {"path", "conversions", "value", "nulls"};
    kith_put_name(&row, kith_str_of(*s->id_name ? s->id_name : *s->said[ID] ? s->said[ID] : "person_id"));
    for (int i = 0; i < 4; i++) kith_put_string(&row, heads[i]);
    if (s->times) kith_put_string(&row, "times");
    if (*s->direct) kith_put_string(&row, "lastnondirect");
    kith_row_end(&row);
    size_t longest = 0;
    int status = w.arena ? group(s, &g, err) : kith_no_memory(err);
    w.channels = g.channels;
    for (size_t p = 0; p < s->people.n && !status; p++) longest = g.from[p + 1] - g.from[p] > longest ? g.from[p + 1] - g.from[p] : longest;
    bool *keep = malloc(longest + 1);
    if (!status && !keep) status = kith_no_memory(err);
    for (size_t k = 0; k < s->people.n && !status; k++) {
        uint32_t p = g.order[k];
        size_t n = g.from[p + 1] - g.from[p];
        w.id = kith_hashtable_key(&s->people, p);
        if (!n) continue;
        status = s->per_conversion ? put_conversions(&w, g.touches + g.from[p], n, err) : put_person(&w, g.touches + g.from[p], n, keep, err);
        kith_arena_reset(w.arena);
    }
    free(keep);
    grouped_free(&g);
    kith_arena_free(w.arena);
    kith_buf_free(&w.path);
    kith_buf_free(&w.times);
    if (!status && out->failed) status = kith_no_memory(err);
    return status;
}

/* ---- saving: files and channels by name, then each person's touches in order ---------------------------------- */

static int save_names(const kith_hashtable *t, const char *kind, kith_row_writer *w, kith_error *err) {
    uint32_t *order = malloc(((size_t)t->n + 1) * sizeof *order);
    int status = order ? kith_hashtable_order(t, order, err) : kith_no_memory(err);
    for (uint32_t i = 0; i < t->n && !status; i++) kith_put_string(w, kind), kith_put_text(w, kith_hashtable_key(t, order[i])), kith_row_end(w);
    free(order);
    return status;
}

static int paths_save(const void *state, kith_buf *out, kith_error *err) {
    const paths *s = state;
    grouped g = {0};
    kith_row_writer w = kith_row_begin(out, ',');
    kith_put_string(&w, "id"), kith_put_string(&w, s->id_name), kith_row_end(&w);
    int status = group(s, &g, err);
    if (!status) status = save_names(&s->files, "f", &w, err);
    if (!status) status = save_names(&s->channels, "c", &w, err);
    for (size_t k = 0; k < s->people.n && !status; k++) {
        uint32_t p = g.order[k];
        kith_put_string(&w, "p"), kith_put_text(&w, kith_hashtable_key(&s->people, p)), kith_row_end(&w);
        for (size_t i = g.from[p]; i < g.from[p + 1]; i++) {
            const touch *t = &g.touches[i];
            char text[64];
            kith_put_string(&w, "t"), kith_put_int(&w, t->us), kith_put_int(&w, t->file), kith_put_int(&w, (int64_t)t->record);
            if (t->channel == NO_CHANNEL) kith_put_missing(&w);
            else kith_put_int(&w, t->channel);
            if (t->value) {
                const kith_number *v = &s->values[t->value - 1];
                kith_sum one = {.fixed = v->fixed, .n = 1};
                if (v->is_fixed) kith_put_text(&w, (kith_str){text, kith_sum_format(&one, text, sizeof text)});
                else kith_put_text(&w, (kith_str){text, kith_format_double(v->real, text)});
            } else kith_put_missing(&w);
            kith_row_end(&w);
        }
    }
    grouped_free(&g);
    return !status && out->failed ? kith_no_memory(err) : status;
}

static int load_record(paths *s, const kith_str *f, size_t n, uint32_t *person, kith_error *err) {
    uint32_t entry;
    if (n == 2 && kith_str_is(f[0], "id") && f[1].n < sizeof s->id_name) {
        snprintf(s->id_name, sizeof s->id_name, "%.*s", KITH_STR_FMT(f[1]));
        return KITH_OK;
    }
    if (n == 2 && f[1].n && f[1].n < UINT32_MAX / 2 && f[0].n == 1 && strchr("fcp", f[0].p[0])) {
        kith_hashtable *t = f[0].p[0] == 'f' ? &s->files : f[0].p[0] == 'c' ? &s->channels : &s->people;
        uint32_t before = t->n;
        KITH_TRY(entry_of(t, f[1], &entry, err));
        if (t == &s->people) *person = entry;
        return entry == before ? KITH_OK : KITH_NEGATIVE; /* twice */
    }
    int64_t us, file, record, channel = 0;
    if (n != 6 || !kith_str_is(f[0], "t") || *person == UINT32_MAX || !kith_parse_int(f[1], &us) || !kith_parse_int(f[2], &file) || !kith_parse_int(f[3], &record)) return KITH_NEGATIVE;
    if (file < 0 || file >= s->files.n || record < 0 || (f[4].n && (!kith_parse_int(f[4], &channel) || channel < 0 || channel >= s->channels.n))) return KITH_NEGATIVE;
    if (us < -INT64_C(400000) * KITH_US_PER_DAY * 20 || us > INT64_C(400000) * KITH_US_PER_DAY * 20) return KITH_NEGATIVE;
    touch t = {.us = us, .record = (uint64_t)record, .person = *person, .channel = f[4].n ? (uint32_t)channel : NO_CHANNEL, .file = (uint32_t)file};
    kith_number v;
    if (f[5].n) {
        if (!kith_number_parse(f[5], &v)) return KITH_NEGATIVE;
        KITH_TRY(add_value(s, &v, &t.value, err));
    } else if (!f[4].n) return KITH_NEGATIVE;
    return add_touch(s, &t, err);
}

static int paths_load(void *state, kith_records *records, kith_error *err) {
    kith_str f[6];
    size_t n;
    uint32_t person = UINT32_MAX;
    while (kith_records_next(records, f, 6, &n)) {
        int status = load_record(state, f, n, &person, err);
        if (status == KITH_NEGATIVE) return kith_fail(err, KITH_DATA, "state: line %llu: not a state of paths", (unsigned long long)records->line);
        if (status) return status;
    }
    return KITH_OK;
}

/* ---- past memory: a record a touch, with the names of its channel and file; kith/spilled.h --------------------- */

typedef struct packed {
    int64_t us;
    uint64_t record;
    kith_i128 fixed;
    double real;
    uint32_t channel, file; /* lengths of the names behind; NO_CHANNEL */
    uint8_t converts, is_fixed;
} packed;

static size_t paths_held(const void *state) {
    const paths *s = state;
    return s->n * sizeof(touch) + s->n_values * sizeof *s->values + kith_hashtable_size(&s->people) + kith_hashtable_size(&s->channels);
}

static int touch_out(const paths *s, const touch *t, kith_spill *spill, unsigned level, kith_buf *text, kith_error *err) {
    kith_str id = kith_hashtable_key(&s->people, t->person), file = kith_hashtable_key(&s->files, t->file), channel = {"", 0};
    packed p;
    memset(&p, 0, sizeof p);
    p.us = t->us, p.record = t->record, p.file = (uint32_t)file.n, p.channel = NO_CHANNEL;
    if (t->channel != NO_CHANNEL) channel = kith_hashtable_key(&s->channels, t->channel), p.channel = (uint32_t)channel.n;
    if (t->value) {
        const kith_number *v = &s->values[t->value - 1];
        p.converts = 1, p.is_fixed = v->is_fixed;
        if (v->is_fixed) p.fixed = v->fixed;
        else p.real = v->real;
    }
    text->n = 0;
    kith_buf_put(text, &p, sizeof p);
    kith_buf_str(text, channel);
    kith_buf_str(text, file);
    return text->failed ? kith_no_memory(err) : kith_spill_put(spill, kith_fold_part(id, level), 0, id, (kith_str){text->p, text->n}, err);
}

static int paths_out(void *state, kith_spill *spill, unsigned level, kith_error *err) {
    paths *s = state;
    kith_buf text = {0};
    int status = KITH_OK;
    for (size_t i = 0; i < s->n && !status; i++) status = touch_out(s, touch_at(s, i), spill, level, &text, err);
    kith_buf_free(&text);
    for (size_t i = 0; i < s->n_chunks; i++) free(s->chunks[i]);
    free(s->values);
    kith_hashtable_free(&s->people);
    kith_hashtable_free(&s->channels);
    s->n = s->n_chunks = s->n_values = s->room_values = 0;
    s->values = NULL;
    s->people = s->channels = (kith_hashtable){0};
    if (!status) status = kith_hashtable_init(&s->people, err);
    return status ? status : kith_hashtable_init(&s->channels, err);
}

static int paths_in(void *state, kith_str person, kith_str text, kith_error *err) {
    paths *s = state;
    packed p;
    memcpy(&p, text.p, sizeof p);
    touch t = {.us = p.us, .record = p.record, .channel = NO_CHANNEL};
    kith_str channel = {text.p + sizeof p, p.channel == NO_CHANNEL ? 0 : p.channel}, file = {channel.p + channel.n, p.file};
    kith_number v = {.is_fixed = p.is_fixed};
    if (p.is_fixed) v.fixed = p.fixed;
    else v.real = p.real;
    KITH_TRY(entry_of(&s->people, person, &t.person, err));
    KITH_TRY(entry_of(&s->files, file, &t.file, err));
    if (p.channel != NO_CHANNEL) KITH_TRY(entry_of(&s->channels, channel, &t.channel, err));
    if (p.converts) KITH_TRY(add_value(s, &v, &t.value, err));
    return add_touch(s, &t, err);
}

const kith_fold kith_paths_fold = {
    .people = &(const kith_fold_people){.head = "p", .ignored = 1 << 2 | 1 << 3 | 1 << 4},
    .name = "segment.paths", .version = 1, .init = paths_init, .bind = paths_bind, .step = paths_step, .merge = paths_merge,
    .finish = paths_finish, .save = paths_save, .load = paths_load, .free = paths_free,
    .spill = &(const kith_fold_spill){.needs = 3, .held = paths_held, .out = paths_out, .in = paths_in},
};
