/* The next action on person rows, from the path so far. */
#include <kith/next.h>

#include "next_counts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct self {
    size_t actions, order;
    kith_hashtable names;
    kith_str *action;
    next_counts counts;
    double *days; /* actions × actions, or NULL where too many; nan: never seen */
} self;

static int bad(const kith_model *m, const char *what, kith_error *err) {
    return kith_fail(err, KITH_DATA, "%s: %s", m->file ? m->file : "the model", what);
}

/* Takes the next word up to `mark` off the text; false at its end. */
static bool word(kith_str *text, char mark, kith_str *out) {
    if (!text->n) return false;
    size_t n = 0;
    while (n < text->n && text->p[n] != mark) n++;
    *out = (kith_str){text->p, n};
    *text = n < text->n ? (kith_str){text->p + n + 1, text->n - n - 1} : (kith_str){text->p + n, 0};
    return true;
}

static bool index_of(kith_str text, size_t least, size_t most, uint32_t *value) {
    int64_t v;
    if (!kith_parse_int(text, &v) || v < (int64_t)least || v > (int64_t)most) return false;
    *value = (uint32_t)v;
    return true;
}

static int read_contexts(const kith_model *m, self *me, kith_error *err) {
    size_t from, to;
    kith_model_part(m, "context", &from, &to);
    for (size_t i = from; i < to; i++) {
        kith_str name = m->rows[i].name, value = m->rows[i].value, part, left;
        uint32_t actions[NEXT_ORDER_MOST], outcome;
        size_t length = 0;
        double count;
        while (word(&name, ' ', &part)) {
            if (length == me->order || !index_of(part, 1, me->actions, &actions[length]))
                return bad(m, "a context is no list of actions", err);
            actions[length++]--;
        }
        while (word(&value, ' ', &part)) {
            if (!word(&part, ':', &left) || !index_of(left, 0, me->actions, &outcome) ||
                !kith_parse_double(part, &count) || !(count > 0 && count < 1e15))
                return bad(m, "a context's outcomes are not OUTCOME:COUNT with blanks between", err);
            KITH_TRY(kith_next_counts_add(&me->counts, actions, length, outcome, count, err));
        }
    }
    return kith_next_counts_seal(&me->counts, err);
}

static int read_days(kith_scorer *s, const kith_model *m, self *me, kith_error *err) {
    size_t from, to;
    if (me->actions > 2000) return KITH_OK;
    me->days = kith_arena_alloc(s->arena, me->actions * me->actions * sizeof *me->days);
    if (!me->days) return kith_no_memory(err);
    for (size_t i = 0; i < me->actions * me->actions; i++) me->days[i] = NAN;
    kith_model_part(m, "days", &from, &to);
    for (size_t i = from; i < to; i++) {
        kith_str name = m->rows[i].name, first, second;
        uint32_t a, b;
        if (!word(&name, ' ', &first) || !word(&name, ' ', &second) || !index_of(first, 1, me->actions, &a) ||
            !index_of(second, 1, me->actions, &b) ||
            !kith_parse_double(m->rows[i].value, &me->days[(a - 1) * me->actions + b - 1]))
            return bad(m, "days between two actions are no number", err);
    }
    return KITH_OK;
}

static int load(kith_scorer *s, const kith_model *m, const kith_score_options *o, kith_error *err) {
    (void)o;
    static const char *const adds[] = {"action", "probability", "any", "days"};
    self *me = s->self = kith_arena_zalloc(s->arena, sizeof *me);
    s->needs = kith_arena_alloc(s->arena, sizeof *s->needs);
    s->adds = kith_arena_alloc(s->arena, sizeof adds);
    if (!me || !s->needs || !s->adds) return kith_no_memory(err);
    memcpy(s->adds, adds, sizeof adds);
    s->n_adds = 4;
    kith_str path = kith_model_get(m, "column", "path");
    s->needs[0] = path.n ? kith_arena_copy(s->arena, path.p, path.n) : NULL;
    if (!s->needs[0]) return bad(m, "names no column", err);
    s->n_needs = 1;
    double order;
    KITH_TRY(kith_model_number(m, "fit", "order", &order, err));
    if (!(order >= 1 && order <= NEXT_ORDER_MOST)) return bad(m, "fit,order is out of range", err);
    me->order = (size_t)order;
    KITH_TRY(kith_hashtable_init(&me->names, err));
    KITH_TRY(kith_next_counts_init(&me->counts, err));
    size_t from, to;
    kith_model_part(m, "action", &from, &to);
    me->actions = to - from;
    if (!me->actions || me->actions > NEXT_ACTIONS_MOST) return bad(m, "names no actions", err);
    me->action = kith_arena_alloc(s->arena, me->actions * sizeof *me->action);
    if (!me->action) return kith_no_memory(err);
    for (size_t i = 0; i < me->actions; i++) {
        kith_key key;
        uint32_t entry;
        me->action[i] = m->rows[from + i].value;
        uint64_t hash = kith_key_of(me->action[i], &key);
        KITH_TRY(kith_hashtable_put(&me->names, &key, &hash, 1, &entry, err));
        if (entry != i) return bad(m, "names an action twice", err);
    }
    KITH_TRY(read_contexts(m, me, err));
    return read_days(s, m, me, err);
}

static void free_self(kith_scorer *s) {
    self *me = s->self;
    if (!me) return;
    kith_hashtable_free(&me->names);
    kith_next_counts_free(&me->counts);
}

static int work(const kith_scorer *s, void **worker, kith_error *err) {
    const self *me = s->self;
    *worker = malloc((me->actions + 1) * sizeof(double));
    return *worker ? KITH_OK : kith_no_memory(err);
}

static void unwork(const kith_scorer *s, void *worker) {
    (void)s;
    free(worker);
}

/* The last actions of a path, oldest first; an action that the model does not know ends the context. */
static size_t last_actions(const self *me, kith_str path, uint32_t *actions) {
    size_t length = 0;
    uint32_t back[NEXT_ORDER_MOST];
    while (path.n && length < me->order) {
        size_t at = path.n; /* where the last action starts */
        while (at > 0 && !(at >= 3 && memcmp(path.p + at - 3, " > ", 3) == 0)) at--;
        kith_key key;
        uint32_t entry;
        uint64_t hash = kith_key_of(kith_str_trim((kith_str){path.p + at, path.n - at}), &key);
        kith_hashtable_find(&me->names, &key, &hash, 1, &entry);
        if (entry == KITH_NO_ENTRY) break;
        back[length++] = entry;
        path.n = at >= 3 ? at - 3 : 0;
    }
    for (size_t i = 0; i < length; i++) actions[i] = back[length - 1 - i];
    return length;
}

static int put(const kith_scorer *s, void *worker, const kith_batch *b, uint32_t row, kith_row_writer *w, kith_out *out,
               kith_error *err) {
    (void)out;
    const self *me = s->self;
    double *p = worker;
    uint32_t path[NEXT_ORDER_MOST];
    kith_str text = kith_text(b, row, s->columns[0]);
    if (text.n && !text.p) return kith_no_memory(err);
    size_t length = last_actions(me, text, path), best = 1;
    kith_next_predict(&me->counts, path, length, me->order, me->actions, p);
    for (size_t a = 2; a <= me->actions; a++) best = p[a] > p[best] ? a : best;
    kith_put_text(w, me->action[best - 1]);
    kith_put_double(w, p[best]);
    kith_put_double(w, 1 - p[0]);
    kith_put_double(w, length && me->days ? me->days[path[length - 1] * me->actions + best - 1] : NAN);
    return KITH_OK;
}

const kith_scorer_kind kith_scorer_next = {
    .kind = "next",
    .version = 1,
    .prefix = "next",
    .load = load,
    .work = work,
    .unwork = unwork,
    .put = put,
    .free = free_self,
};
