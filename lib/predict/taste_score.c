/* Taste on person rows: the ten items of highest score that the person does not have. Choices are read once into lists
 * by person; a row costs its items' weights and one look at every item. */
#include <kith/taste.h>

#include <kith/hashtable.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOP = 10 };

typedef struct choice {
    uint32_t person, item;
} choice;

typedef struct self {
    size_t n;
    kith_str *items;
    uint32_t *popular; /* TOP most chosen (fewer if there are fewer items) */
    size_t *from;      /* n + 1: weights of source item i are [from[i], from[i + 1]) */
    uint32_t *target;
    double *value;
    kith_hashtable names, persons; /* of items; of those with choices */
    size_t *first;                 /* persons + 1, into chosen */
    uint32_t *chosen;
    choice *pairs; /* while reading */
    size_t n_pairs, room;
    uint32_t c_id, c_item;
} self;

static int bad(const kith_model *m, const char *what, kith_error *err) {
    return kith_fail(err, KITH_DATA, "%s: %s", m->file ? m->file : "the model", what);
}

static bool next_weight(kith_str *cell, size_t n, size_t *item, double *value) {
    size_t end = 0, colon = 0;
    while (end < cell->n && cell->p[end] != ' ') end++;
    while (colon < end && cell->p[colon] != ':') colon++;
    int64_t at;
    if (colon == end || !kith_parse_int((kith_str){cell->p, colon}, &at) || at < 1 || (uint64_t)at > n) return false;
    if (!kith_parse_double((kith_str){cell->p + colon + 1, end - colon - 1}, value)) return false;
    *item = (size_t)at - 1;
    *cell = end < cell->n ? (kith_str){cell->p + end + 1, cell->n - end - 1} : (kith_str){cell->p + end, 0};
    return true;
}

static int read_weights(kith_scorer *s, const kith_model *m, self *me, kith_error *err) {
    size_t from, to, item, all = 0;
    double value;
    kith_model_part(m, "weights", &from, &to);
    if (to - from != me->n) return bad(m, "weights for other items than it names", err);
    me->from = kith_arena_zalloc(s->arena, (me->n + 2) * sizeof *me->from);
    if (!me->from) return kith_no_memory(err);
    for (size_t pass = 0; pass < 2; pass++) { /* counted by source item, then placed */
        for (size_t j = 0; j < me->n; j++) {
            for (kith_str cell = m->rows[from + j].value; cell.n;) {
                if (!next_weight(&cell, me->n, &item, &value))
                    return bad(m, "weights are not ITEM:WEIGHT with blanks between", err);
                if (pass == 0) {
                    me->from[item + 2]++;
                    all++;
                    continue;
                }
                size_t at = me->from[item + 1]++;
                me->target[at] = (uint32_t)j;
                me->value[at] = value;
            }
        }
        if (pass) break;
        for (size_t i = 2; i < me->n + 2; i++) me->from[i] += me->from[i - 1];
        me->target = kith_arena_alloc(s->arena, (all + 1) * sizeof *me->target);
        me->value = kith_arena_alloc(s->arena, (all + 1) * sizeof *me->value);
        if (!me->target || !me->value) return kith_no_memory(err);
    }
    return KITH_OK;
}

static int read_items(kith_scorer *s, const kith_model *m, self *me, kith_error *err) {
    size_t from, to;
    kith_model_part(m, "item", &from, &to);
    me->n = to - from;
    if (me->n < 2 || me->n > 1000000) return bad(m, "names no items", err);
    me->items = kith_arena_alloc(s->arena, me->n * sizeof *me->items);
    me->popular = kith_arena_alloc(s->arena, TOP * sizeof *me->popular);
    double *buyers = kith_arena_alloc(s->arena, me->n * sizeof *buyers);
    if (!me->items || !me->popular || !buyers) return kith_no_memory(err);
    KITH_TRY(kith_hashtable_init(&me->names, err));
    for (size_t i = 0; i < me->n; i++) {
        kith_key key;
        uint32_t entry;
        me->items[i] = m->rows[from + i].value;
        uint64_t hash = kith_key_of(me->items[i], &key);
        KITH_TRY(kith_hashtable_put(&me->names, &key, &hash, 1, &entry, err));
        if (entry != i) return bad(m, "names an item twice", err);
    }
    kith_model_part(m, "buyers", &from, &to);
    if (to - from != me->n) return bad(m, "buyers of other items than it names", err);
    for (size_t i = 0; i < me->n; i++) {
        if (!kith_parse_double(m->rows[from + i].value, &buyers[i])) return bad(m, "buyers are no numbers", err);
    }
    for (size_t k = 0; k < TOP && k < me->n; k++) {
        size_t best = 0;
        for (size_t i = 1; i < me->n; i++) {
            if (buyers[i] > buyers[best]) best = i;
        }
        me->popular[k] = (uint32_t)best;
        buyers[best] = -1;
    }
    return read_weights(s, m, me, err);
}

static int take_choices(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)worker, (void)out;
    self *me = ctx;
    for (uint32_t row = 0; row < b->rows; row++) {
        kith_key keys[2];
        kith_str person = kith_text(b, row, me->c_id), item = kith_str_trim(kith_text(b, row, me->c_item));
        if (!person.n || !person.p || !item.n) continue;
        choice c;
        uint64_t h = kith_key_of(person, &keys[0]), g = kith_key_of(item, &keys[1]);
        kith_hashtable_find(&me->names, &keys[1], &g, 1, &c.item);
        if (c.item == KITH_NO_ENTRY) continue; /* an item that the fit left out says nothing */
        KITH_TRY(kith_hashtable_put(&me->persons, &keys[0], &h, 1, &c.person, err));
        if (me->n_pairs == me->room) {
            size_t room = me->room + me->room / 2 + 4096;
            choice *more = realloc(me->pairs, room * sizeof *more);
            if (!more) return kith_no_memory(err);
            me->pairs = more;
            me->room = room;
        }
        me->pairs[me->n_pairs++] = c;
    }
    return KITH_OK;
}

static int by_choice(const void *a, const void *b) {
    const choice *p = a, *q = b;
    if (p->person != q->person) return p->person < q->person ? -1 : 1;
    return p->item < q->item ? -1 : p->item > q->item;
}

static int read_choices(kith_scorer *s, const char *path, const char *id, const char *item, self *me, kith_error *err) {
    kith_source *source;
    kith_source_options options = {.files = &path, .n_files = 1, .threads = 1};
    KITH_TRY(kith_source_open(&source, &options, err));
    int status = kith_column(kith_source_header(source), id, &me->c_id, err);
    if (status == KITH_OK) status = kith_column(kith_source_header(source), item, &me->c_item, err);
    kith_scan scan = {.visit = take_choices, .ctx = me, .max_rejects = UINT64_MAX};
    if (status == KITH_OK) status = kith_source_scan(source, &scan, err);
    kith_source_close(source);
    if (status != KITH_OK) return status;
    if (me->n_pairs) qsort(me->pairs, me->n_pairs, sizeof *me->pairs, by_choice);
    size_t n = 0;
    for (size_t i = 0; i < me->n_pairs; i++) { /* an item chosen twice counts once */
        if (i == 0 || by_choice(&me->pairs[i - 1], &me->pairs[i]) != 0) me->pairs[n++] = me->pairs[i];
    }
    me->n_pairs = n;
    me->first = kith_arena_zalloc(s->arena, ((size_t)me->persons.n + 2) * sizeof *me->first);
    me->chosen = kith_arena_alloc(s->arena, (me->n_pairs + 1) * sizeof *me->chosen);
    if (!me->first || !me->chosen) return kith_no_memory(err);
    for (size_t i = 0; i < me->n_pairs; i++) me->first[me->pairs[i].person + 2]++;
    for (size_t i = 2; i < (size_t)me->persons.n + 2; i++) me->first[i] += me->first[i - 1];
    for (size_t i = 0; i < me->n_pairs; i++) me->chosen[me->first[me->pairs[i].person + 1]++] = me->pairs[i].item;
    free(me->pairs);
    me->pairs = NULL;
    return KITH_OK;
}

static int load(kith_scorer *s, const kith_model *m, const kith_score_options *o, kith_error *err) {
    static const char *const names[TOP] = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"};
    self *me = s->self = kith_arena_zalloc(s->arena, sizeof *me);
    s->needs = kith_arena_alloc(s->arena, sizeof *s->needs);
    s->adds = kith_arena_alloc(s->arena, TOP * sizeof *s->adds);
    if (!me || !s->needs || !s->adds) return kith_no_memory(err);
    kith_str id = kith_model_get(m, "column", "id"), item = kith_model_get(m, "column", "item");
    if (!id.n || !item.n) return bad(m, "names no columns", err);
    if (!o->choices)
        return kith_fail(err, KITH_USAGE, "%s: a taste model needs what people have chosen: --choices FILE", m->file);
    char *id_name = kith_arena_copy(s->arena, id.p, id.n), *item_name = kith_arena_copy(s->arena, item.p, item.n);
    if (!id_name || !item_name) return kith_no_memory(err);
    s->needs[0] = id_name;
    s->n_needs = 1;
    s->n_adds = TOP;
    for (size_t i = 0; i < TOP; i++) s->adds[i] = names[i];
    KITH_TRY(kith_hashtable_init(&me->persons, err));
    KITH_TRY(read_items(s, m, me, err));
    return read_choices(s, o->choices, id_name, item_name, me, err);
}

static void free_self(kith_scorer *s) {
    self *me = s->self;
    if (!me) return;
    kith_hashtable_free(&me->names);
    kith_hashtable_free(&me->persons);
    free(me->pairs);
}

static int work(const kith_scorer *s, void **worker, kith_error *err) {
    const self *me = s->self;
    *worker = malloc(me->n * sizeof(double));
    return *worker ? KITH_OK : kith_no_memory(err);
}

static void unwork(const kith_scorer *s, void *worker) {
    (void)s;
    free(worker);
}

static int put(const kith_scorer *s, void *worker, const kith_batch *b, uint32_t row, kith_row_writer *w, kith_out *out,
               kith_error *err) {
    (void)out, (void)err;
    const self *me = s->self;
    double *score = worker, best[TOP];
    uint32_t person = KITH_NO_ENTRY, at[TOP];
    kith_str id = kith_text(b, row, s->columns[0]);
    size_t found = 0;
    if (id.n && id.p) {
        kith_key key;
        uint64_t hash = kith_key_of(id, &key);
        kith_hashtable_find(&me->persons, &key, &hash, 1, &person);
    }
    if (person == KITH_NO_ENTRY) {
        for (; found < TOP && found < me->n; found++) at[found] = me->popular[found];
    } else {
        memset(score, 0, me->n * sizeof *score);
        size_t from = me->first[person], to = me->first[person + 1];
        for (size_t i = from; i < to; i++) {
            uint32_t item = me->chosen[i];
            for (size_t k = me->from[item]; k < me->from[item + 1]; k++) score[me->target[k]] += me->value[k];
        }
        for (size_t i = from; i < to; i++) score[me->chosen[i]] = -INFINITY;
        for (uint32_t j = 0; j < me->n; j++) {
            if (!(score[j] > -INFINITY) || (found == TOP && !(score[j] > best[TOP - 1]))) continue;
            size_t k = found < TOP ? found++ : TOP - 1;
            for (; k > 0 && best[k - 1] < score[j]; k--) best[k] = best[k - 1], at[k] = at[k - 1];
            best[k] = score[j], at[k] = j;
        }
    }
    for (size_t k = 0; k < TOP; k++) {
        if (k < found)
            kith_put_text(w, me->items[at[k]]);
        else
            kith_put_missing(w);
    }
    return KITH_OK;
}

const kith_scorer_kind kith_scorer_taste = {
    .kind = "taste",
    .version = 1,
    .prefix = "taste",
    .load = load,
    .work = work,
    .unwork = unwork,
    .put = put,
    .free = free_self,
};
