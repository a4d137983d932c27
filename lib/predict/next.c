/* The fold of `score fit next`: events in, contexts with their outcomes and the median time to each next action out. */
#include <kith/next.h>

#include "next_counts.h"

#include <kith/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct event {
    uint32_t person, action;
    int64_t ts, count; /* count: negative while taking out */
} event;

typedef struct next {
    kith_arena *arena;
    const char *id, *ts, *action;
    const kith_zone *zone;
    int64_t until, window; /* microseconds */
    size_t order;          /* 0: chosen */
    uint32_t c_id, c_ts, c_action;
    kith_hashtable persons, actions;
    event *events;
    size_t n, room;
} next;

static void free_state(void *v) {
    next *s = v;
    if (!s) return;
    kith_hashtable_free(&s->persons);
    kith_hashtable_free(&s->actions);
    free(s->events);
    kith_arena_free(s->arena);
}

static const char *text(kith_arena *arena, const kith_params *params, const char *name, const char *otherwise) {
    const char *v = kith_params_get(params, name);
    if (!v[0]) v = otherwise;
    return kith_arena_copy(arena, v, strlen(v));
}

static int init(const kith_params *params, void **out, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    next *s = arena ? kith_arena_zalloc(arena, sizeof *s) : NULL;
    *out = s;
    if (!s) {
        kith_arena_free(arena);
        return kith_no_memory(err);
    }
    s->arena = arena;
    s->id = text(arena, params, "id", "person_id");
    s->ts = text(arena, params, "ts", "ts");
    s->action = text(arena, params, "event", "event");
    const char *tz = text(arena, params, "tz", ""), *until = kith_params_get(params, "until");
    double days = kith_params_number(params, "window", 30), order = kith_params_number(params, "order", 0);
    int status = s->id && s->ts && s->action && tz ? KITH_OK : kith_no_memory(err);
    s->until = INT64_MAX;
    if (status == KITH_OK && until[0] && !kith_parse_int(kith_str_of(until), &s->until))
        status = kith_fail(err, KITH_DATA, "until is no moment");
    if (status == KITH_OK && !(days > 0 && days < 1e5))
        status = kith_fail(err, KITH_USAGE, "--window takes a duration of up to 100,000 days");
    if (status == KITH_OK && !(order >= 0 && order <= NEXT_ORDER_MOST))
        status = kith_fail(err, KITH_USAGE, "--order takes 1 to %d", NEXT_ORDER_MOST);
    if (status == KITH_OK) {
        s->window = (int64_t)(days * (double)KITH_US_PER_DAY);
        s->order = (size_t)order;
    }
    if (status == KITH_OK && tz[0]) status = kith_zone_find(arena, tz, &s->zone, err);
    if (status == KITH_OK) status = kith_hashtable_init(&s->persons, err);
    if (status == KITH_OK) status = kith_hashtable_init(&s->actions, err);
    if (status != KITH_OK) {
        free_state(s);
        *out = NULL;
    }
    return status;
}

static int bind(void *v, const kith_header *header, kith_error *err) {
    next *s = v;
    KITH_TRY(kith_column(header, s->id, &s->c_id, err));
    KITH_TRY(kith_column(header, s->ts, &s->c_ts, err));
    return kith_column(header, s->action, &s->c_action, err);
}

static int add(next *s, kith_str person, kith_str action, int64_t ts, int64_t count, kith_error *err) {
    if (s->n == s->room) {
        size_t room = s->room + s->room / 2 + 1024;
        event *more = realloc(s->events, room * sizeof *more);
        if (!more) return kith_no_memory(err);
        s->events = more;
        s->room = room;
    }
    kith_key keys[2];
    event e = {.ts = ts, .count = count};
    uint64_t h = kith_key_of(person, &keys[0]), g = kith_key_of(action, &keys[1]);
    KITH_TRY(kith_hashtable_put(&s->persons, &keys[0], &h, 1, &e.person, err));
    KITH_TRY(kith_hashtable_put(&s->actions, &keys[1], &g, 1, &e.action, err));
    if (s->actions.n > NEXT_ACTIONS_MOST)
        return kith_fail(err, KITH_DATA, "%s: more than %d different actions", s->action, NEXT_ACTIONS_MOST);
    s->events[s->n++] = e;
    return KITH_OK;
}

static int step(void *v, const kith_batch *b, kith_out *out, kith_error *err) {
    next *s = v;
    for (uint32_t row = 0; row < b->rows; row++) {
        kith_str person = kith_text(b, row, s->c_id), action = kith_str_trim(kith_text(b, row, s->c_action));
        int64_t ts;
        if (!person.n || !action.n) {
            KITH_TRY(kith_bad_row(b, row, person.n ? s->c_action : s->c_id, "missing", person.n ? "no action" : "no id",
                                  out, err));
            continue;
        }
        if (kith_cell_time(b, row, s->c_ts, s->zone, &ts) != KITH_CELL_VALUE) {
            KITH_TRY(kith_bad_row(b, row, s->c_ts, "not_a_date", "not a date", out, err));
            continue;
        }
        if (!person.p || !action.p) return kith_no_memory(err);
        KITH_TRY(add(s, person, action, ts, 1, err));
    }
    return KITH_OK;
}

static int add_all(next *into, const next *from, int64_t sign, kith_error *err) {
    for (size_t i = 0; i < from->n; i++) {
        const event *e = &from->events[i];
        KITH_TRY(add(into, kith_hashtable_key(&from->persons, e->person), kith_hashtable_key(&from->actions, e->action),
                     e->ts, sign * e->count, err));
    }
    return KITH_OK;
}

static int merge(void *into, void *from, kith_error *err) { return add_all(into, from, 1, err); }

static int by_time(const void *a, const void *b) {
    const event *p = a, *q = b;
    if (p->person != q->person) return p->person < q->person ? -1 : 1;
    if (p->ts != q->ts) return p->ts < q->ts ? -1 : 1;
    return p->action < q->action ? -1 : p->action > q->action;
}

/* Events with persons and actions as ranks in byte order of their names, by person, time, action; equal ones added up.
 */
static int sorted(const next *s, event **events, size_t *n, uint32_t **persons, uint32_t **actions, kith_error *err) {
    uint32_t *rank[2] = {NULL, NULL};
    *persons = malloc(((size_t)s->persons.n + 1) * sizeof **persons);
    *actions = malloc(((size_t)s->actions.n + 1) * sizeof **actions);
    rank[0] = malloc(((size_t)s->persons.n + 1) * sizeof *rank[0]);
    rank[1] = malloc(((size_t)s->actions.n + 1) * sizeof *rank[1]);
    *events = malloc((s->n + 1) * sizeof **events);
    *n = 0;
    int status = *persons && *actions && rank[0] && rank[1] && *events ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK) status = kith_hashtable_order(&s->persons, *persons, err);
    if (status == KITH_OK) status = kith_hashtable_order(&s->actions, *actions, err);
    if (status == KITH_OK) {
        for (uint32_t i = 0; i < s->persons.n; i++) rank[0][(*persons)[i]] = i;
        for (uint32_t i = 0; i < s->actions.n; i++) rank[1][(*actions)[i]] = i;
        for (size_t i = 0; i < s->n; i++)
            (*events)[i] = (event){rank[0][s->events[i].person], rank[1][s->events[i].action], s->events[i].ts,
                                   s->events[i].count};
        if (s->n) qsort(*events, s->n, sizeof **events, by_time);
        for (size_t i = 0; i < s->n;) {
            event e = (*events)[i++];
            for (; i < s->n && by_time(&(*events)[i], &e) == 0; i++) e.count += (*events)[i].count;
            if (e.count != 0) (*events)[(*n)++] = e;
        }
    }
    free(rank[0]);
    free(rank[1]);
    return status;
}

static int subtract(void *from, void *what, kith_error *err) {
    event *events;
    size_t n;
    uint32_t *persons, *actions;
    KITH_TRY(add_all(from, what, -1, err));
    int status = sorted(from, &events, &n, &persons, &actions, err);
    for (size_t i = 0; status == KITH_OK && i < n; i++) {
        if (events[i].count < 0) status = kith_fail(err, KITH_DATA, "rows to take out that are not in the state");
    }
    free(events);
    free(persons);
    free(actions);
    return status;
}

static int save(const void *v, kith_buf *out, kith_error *err) {
    const next *s = v;
    event *events;
    size_t n;
    uint32_t *persons, *actions;
    int status = sorted(s, &events, &n, &persons, &actions, err);
    kith_row_writer w = kith_row_begin(out, ',');
    for (size_t i = 0; status == KITH_OK && i < n; i++) {
        if (i == 0 || events[i].person != events[i - 1].person) {
            kith_put_string(&w, "P");
            kith_put_text(&w, kith_hashtable_key(&s->persons, persons[events[i].person]));
            kith_row_end(&w);
        }
        kith_put_string(&w, "E");
        kith_put_int(&w, events[i].ts);
        kith_put_text(&w, kith_hashtable_key(&s->actions, actions[events[i].action]));
        kith_put_int(&w, events[i].count);
        kith_row_end(&w);
    }
    free(events);
    free(persons);
    free(actions);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

static int load(void *v, kith_records *records, kith_error *err) {
    next *s = v;
    kith_str f[5], person = {NULL, 0};
    size_t n;
    int64_t ts, count;
    while (kith_records_next(records, f, 5, &n)) {
        if (n == 2 && kith_str_is(f[0], "P") && f[1].n) {
            person = (kith_str){kith_arena_copy(s->arena, f[1].p, f[1].n), f[1].n};
            if (!person.p) return kith_no_memory(err);
        } else if (n == 4 && person.n && kith_str_is(f[0], "E") && kith_parse_int(f[1], &ts) && ts > INT64_MIN / 4 &&
                   ts < INT64_MAX / 4 && f[2].n && kith_parse_int(f[3], &count) && count > 0 &&
                   count < INT64_C(1) << 32) {
            KITH_TRY(add(s, person, f[2], ts, count, err));
        } else {
            return kith_fail(err, KITH_DATA, "not a saved record of actions");
        }
    }
    return KITH_OK;
}

/* ---- finish
 * ------------------------------------------------------------------------------------------------------------- */

typedef struct gap {
    uint32_t from, to;
    int64_t us;
} gap;

typedef struct sequences { /* what finish works on */
    event *events;
    size_t n;
    int64_t until, window;
    size_t actions, order;
    size_t *steps; /* places in `events`, one for each action, repeated ones too */
    size_t n_steps;
} sequences;

/* The outcome of step i: an action + 1, 0 for none, UINT32_MAX while the window is open. */
static uint32_t outcome_of(const sequences *q, size_t i, int64_t *us) {
    const event *now = &q->events[q->steps[i]], *then = i + 1 < q->n_steps ? &q->events[q->steps[i + 1]] : NULL;
    bool follows = then && then->person == now->person;
    *us = follows ? then->ts - now->ts : 0;
    if (now->ts > q->until - q->window)
        return UINT32_MAX; /* so that early outcomes are not seen more often than late ones */
    return follows && *us <= q->window ? then->action + 1 : 0;
}

/* The path to step i, the last `most` actions, oldest first; returns its length. */
static size_t path_to(const sequences *q, size_t i, size_t most, uint32_t *path) {
    size_t length = 1;
    uint32_t person = q->events[q->steps[i]].person;
    while (length < most && length <= i && q->events[q->steps[i - length]].person == person) length++;
    for (size_t k = 0; k < length; k++) path[k] = q->events[q->steps[i + 1 + k - length]].action;
    return length;
}

static bool held_back(uint32_t person, const uint64_t *hash) { return hash[person] % 5 == 0; }

/* Counts of all steps, or with `hash` of those of persons not held back. */
static int count(const sequences *q, size_t order, const uint64_t *hash, next_counts *c, kith_error *err) {
    uint32_t path[NEXT_ORDER_MOST];
    int64_t us;
    KITH_TRY(kith_next_counts_init(c, err));
    for (size_t i = 0; i < q->n_steps; i++) {
        uint32_t outcome = outcome_of(q, i, &us);
        if (outcome == UINT32_MAX || (hash && held_back(q->events[q->steps[i]].person, hash))) continue;
        size_t length = path_to(q, i, order, path);
        for (size_t k = 0; k <= length; k++) KITH_TRY(kith_next_counts_add(c, path + length - k, k, outcome, 1, err));
    }
    return kith_next_counts_seal(c, err);
}

/* Log loss and accuracy on the persons held back, for every order to `most`; loss[0] is that of frequencies alone. */
static int judge(const sequences *q, size_t most, const uint64_t *hash, double *loss, double *right, double *n,
                 kith_error *err) {
    next_counts c;
    uint32_t path[NEXT_ORDER_MOST];
    int64_t us;
    kith_running sums[NEXT_ORDER_MOST + 1] = {{0, 0}};
    double *p = malloc((q->actions + 1) * sizeof *p);
    int status = count(q, most, hash, &c, err);
    if (status == KITH_OK && !p) status = kith_no_memory(err);
    *n = 0;
    for (size_t k = 0; k <= most; k++) right[k] = 0;
    for (size_t i = 0; status == KITH_OK && i < q->n_steps; i++) {
        uint32_t outcome = outcome_of(q, i, &us);
        if (outcome == UINT32_MAX || !held_back(q->events[q->steps[i]].person, hash)) continue;
        size_t length = path_to(q, i, most, path);
        (*n)++;
        for (size_t k = 0; k <= most; k++) {
            kith_next_predict(&c, path, length, k, q->actions, p);
            kith_running_add(&sums[k], -log(p[outcome]));
            size_t best = 0;
            for (size_t w = 1; w <= q->actions; w++) best = p[w] > p[best] ? w : best;
            right[k] += best == outcome;
        }
    }
    for (size_t k = 0; k <= most; k++) loss[k] = kith_running_value(&sums[k]) / *n, right[k] /= *n;
    free(p);
    kith_next_counts_free(&c);
    return status;
}

static int by_gap(const void *a, const void *b) {
    const gap *p = a, *q = b;
    if (p->from != q->from) return p->from < q->from ? -1 : 1;
    if (p->to != q->to) return p->to < q->to ? -1 : 1;
    return p->us < q->us ? -1 : p->us > q->us;
}

static void put(kith_row_writer *w, const char *part, const char *name, const char *value) {
    kith_put_string(w, part);
    kith_put_string(w, name);
    kith_put_string(w, value);
    kith_row_end(w);
}

static void put_number(kith_row_writer *w, const char *part, const char *name, double value) {
    char number[32];
    kith_format_double(value, number);
    put(w, part, name, number);
}

static int put_gaps(const sequences *q, kith_row_writer *w, kith_error *err) {
    gap *gaps = malloc((q->n_steps + 1) * sizeof *gaps);
    size_t n = 0;
    if (!gaps) return kith_no_memory(err);
    for (size_t i = 0; i < q->n_steps; i++) {
        gap g = {.from = q->events[q->steps[i]].action};
        uint32_t outcome = outcome_of(q, i, &g.us);
        if (outcome == UINT32_MAX || outcome == 0) continue;
        g.to = outcome - 1;
        gaps[n++] = g;
    }
    if (n) qsort(gaps, n, sizeof *gaps, by_gap);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && gaps[to].from == gaps[from].from && gaps[to].to == gaps[from].to;) to++;
        size_t m = to - from;
        double median =
            .5 * ((double)gaps[from + (m - 1) / 2].us + (double)gaps[from + m / 2].us) / (double)KITH_US_PER_DAY;
        char name[64];
        size_t length = kith_format_int((int64_t)gaps[from].from + 1, name);
        name[length++] = ' ';
        kith_format_int((int64_t)gaps[from].to + 1, name + length);
        put_number(w, "days", name, median);
    }
    free(gaps);
    return KITH_OK;
}

/* Contexts in order of their length and actions; of more than one action only those seen twice. */
static int put_contexts(const next_counts *c, kith_row_writer *w, kith_error *err) {
    uint32_t *order = malloc(((size_t)c->contexts.n + 1) * sizeof *order);
    kith_buf name = {0}, cell = {0};
    int status = order ? kith_hashtable_order(&c->contexts, order, err) : kith_no_memory(err);
    for (size_t length = 0; status == KITH_OK && length <= NEXT_ORDER_MOST; length++) {
        for (uint32_t i = 0; i < c->contexts.n; i++) {
            uint32_t actions[NEXT_ORDER_MOST];
            kith_str key = kith_hashtable_key(&c->contexts, order[i]);
            if (key.n != length * sizeof *actions || (length > 1 && c->total[order[i]] < 2)) continue;
            memcpy(actions, key.p, key.n);
            name.n = cell.n = 0;
            for (size_t k = 0; k < length; k++) {
                if (k) kith_buf_putc(&name, ' ');
                kith_buf_int(&name, (int64_t)actions[k] + 1);
            }
            for (size_t o = c->first[order[i]]; o < c->first[order[i] + 1]; o++) {
                if (o > c->first[order[i]]) kith_buf_putc(&cell, ' ');
                kith_buf_int(&cell, c->outcomes[o].outcome);
                kith_buf_putc(&cell, ':');
                kith_buf_double(&cell, c->outcomes[o].count);
            }
            kith_put_string(w, "context");
            kith_put_text(w, (kith_str){name.p ? name.p : "", name.n});
            kith_put_text(w, (kith_str){cell.p, cell.n});
            kith_row_end(w);
        }
    }
    if (status == KITH_OK && (name.failed || cell.failed)) status = kith_no_memory(err);
    free(order);
    kith_buf_free(&name);
    kith_buf_free(&cell);
    return status;
}

static int put_model(const next *s, sequences *q, const uint32_t *names, const uint64_t *hash, size_t persons,
                     char delimiter, kith_buf *out, kith_error *err) {
    double loss[NEXT_ORDER_MOST + 1], right[NEXT_ORDER_MOST + 1], held;
    size_t most = s->order ? s->order : 4, order = most;
    int64_t us;
    double counted = 0;
    for (size_t i = 0; i < q->n_steps; i++) counted += outcome_of(q, i, &us) != UINT32_MAX;
    if (counted == 0)
        return kith_fail(err, KITH_DATA, "no action whose window of %g days has passed: a shorter --window",
                         (double)q->window / (double)KITH_US_PER_DAY);
    KITH_TRY(judge(q, most, hash, loss, right, &held, err));
    for (size_t k = 1; !s->order && held > 0 && k <= most; k++) {
        if (k == 1 || loss[k] < loss[order]) order = k;
    }
    kith_row_writer w = kith_row_begin(out, delimiter);
    put(&w, "part", "name", "value");
    put(&w, "model", "kind", "next");
    put(&w, "model", "version", "1");
    put_number(&w, "fit", "rows", (double)persons);
    put_number(&w, "fit", "actions", (double)q->actions);
    put_number(&w, "fit", "transitions", counted);
    put_number(&w, "fit", "window_days", (double)q->window / (double)KITH_US_PER_DAY);
    put_number(&w, "fit", "order", (double)order);
    put_number(&w, "fit", "held_back", held);
    for (size_t k = 0; k <= most && held > 0; k++) {
        char name[8];
        kith_format_int((int64_t)k, name);
        put_number(&w, "logloss", name, loss[k]);
        put_number(&w, "accuracy", name, right[k]);
    }
    put(&w, "column", "path", "path");
    for (size_t a = 0; a < q->actions; a++) {
        kith_put_string(&w, "action");
        kith_put_int(&w, (int64_t)a + 1);
        kith_put_text(&w, kith_hashtable_key(&s->actions, names[a]));
        kith_row_end(&w);
    }
    KITH_TRY(put_gaps(q, &w, err));
    next_counts c;
    int status = count(q, order, NULL, &c, err);
    if (status == KITH_OK) status = put_contexts(&c, &w, err);
    kith_next_counts_free(&c);
    return status == KITH_OK && out->failed ? kith_no_memory(err) : status;
}

static int finish(void *v, char delimiter, kith_buf *out, kith_error *err) {
    next *s = v;
    sequences q = {.until = s->until, .window = s->window};
    uint32_t *persons = NULL, *actions = NULL;
    uint64_t *hash = NULL;
    int status = sorted(s, &q.events, &q.n, &persons, &actions, err);
    size_t all = 0, people = 0, last_seen = 0;
    int64_t last = INT64_MIN;
    for (size_t i = 0; status == KITH_OK && i < q.n; i++) all += (size_t)q.events[i].count;
    q.steps = malloc((all + 1) * sizeof *q.steps);
    hash = malloc(((size_t)s->persons.n + 1) * sizeof *hash);
    if (status == KITH_OK && (!q.steps || !hash)) status = kith_no_memory(err);
    for (uint32_t i = 0; status == KITH_OK && i < s->persons.n; i++) {
        kith_str name = kith_hashtable_key(&s->persons, persons[i]);
        hash[i] = kith_hash(name.p, name.n, 7);
    }
    for (size_t i = 0; status == KITH_OK && i < q.n; i++) {
        if (q.events[i].ts > s->until) continue;
        if (q.events[i].ts > last) last = q.events[i].ts;
        if (!people || q.events[i].person != last_seen) people++, last_seen = q.events[i].person;
        for (int64_t k = 0; k < q.events[i].count; k++) q.steps[q.n_steps++] = i;
    }
    if (s->until == INT64_MAX) q.until = last;
    q.actions = s->actions.n;
    if (status == KITH_OK && !q.n_steps) status = kith_fail(err, KITH_DATA, "no actions");
    if (status == KITH_OK) status = put_model(s, &q, actions, hash, people, delimiter, out, err);
    free(q.events);
    free(q.steps);
    free(persons);
    free(actions);
    free(hash);
    return status;
}

const kith_fold kith_next_fold = {
    .name = "score.fit next",
    .version = 1,
    .model = true,
    .init = init,
    .bind = bind,
    .step = step,
    .merge = merge,
    .subtract = subtract,
    .finish = finish,
    .save = save,
    .load = load,
    .free = free_state,
};
