/* Values over a person's rows: workers evaluate the arguments, the commits add them up by person in order. See kith/persons.h. */
#include <kith/persons.h>

#include <kith/hashtable.h>
#include <kith/sums.h>
#include <math.h>
#include <stdlib.h>

typedef struct spoken { /* one value of the set */
    kith_person_function function;
    kith_expr_type of;
    bool conditional;
    struct sum {
        uint64_t n;
        kith_sum sum;  /* SUM, MEAN */
        double number; /* LEAST, MOST of numbers */
        int64_t moment; /* of others */
    } *sums; /* by person */
    void *values; /* the same: double or int64_t */
} spoken;

typedef struct pending { /* of one batch, in its arena */
    size_t n; /* rows of a person */
    kith_key *keys;
    uint64_t *hashes;
    void **values; /* by spoken: double, int64_t or kith_str a row; missing where it does not count */
} pending;

struct kith_persons {
    kith_exprs *set;
    kith_arena *arena;
    uint32_t id;
    int n_workers;
    uint64_t memory;
    kith_expr_work **works;
    pending *pending;
    spoken *spoken;
    size_t n, room;
    kith_hashtable people, pairs; /* pairs: value of a distinct, for a person */
    kith_buf pair;
};

void kith_persons_free(kith_persons *p) {
    if (!p) return;
    for (int i = 0; p->works && i < p->n_workers; i++) kith_expr_work_free(p->works[i]);
    for (size_t i = 0; p->spoken && i < p->n; i++) {
        free(p->spoken[i].sums);
        free(p->spoken[i].values);
    }
    free(p->works);
    free(p->pending);
    free(p->spoken);
    kith_hashtable_free(&p->people);
    kith_hashtable_free(&p->pairs);
    kith_buf_free(&p->pair);
    kith_arena_free(p->arena);
    free(p);
}

int kith_persons_new(kith_persons **persons, kith_exprs *set, uint32_t id, int workers, uint64_t memory, kith_error *err) {
    kith_persons *p = *persons = calloc(1, sizeof *p);
    if (!p) return kith_no_memory(err);
    p->set = set;
    p->id = id;
    p->n_workers = workers;
    p->memory = memory;
    p->n = kith_exprs_persons(set);
    p->arena = kith_arena_new();
    p->works = calloc((size_t)workers, sizeof *p->works);
    p->pending = calloc((size_t)workers, sizeof *p->pending);
    p->spoken = calloc(p->n + 1, sizeof *p->spoken);
    if (!p->arena || !p->works || !p->pending || !p->spoken) return kith_no_memory(err);
    for (size_t i = 0; i < p->n; i++) p->spoken[i].function = kith_exprs_person(set, i, &p->spoken[i].of, &p->spoken[i].conditional);
    for (int i = 0; i < workers; i++)
        if (!(p->works[i] = kith_expr_work_new(set))) return kith_no_memory(err);
    KITH_TRY(kith_hashtable_init(&p->people, err));
    return kith_hashtable_init(&p->pairs, err);
}

static bool text_like(kith_expr_type t) { return t == KITH_EXPR_TEXT || t == KITH_EXPR_COLUMN; }
static size_t width_of(kith_expr_type t) { return text_like(t) ? sizeof(kith_str) : 8; }

/* The values of one chunk to where the batch's are, from row `first` on. */
static int evaluate(kith_expr_work *work, const spoken *s, size_t i, size_t first, size_t n, void *to, kith_error *err) {
    kith_expr_values v, c = {0};
    KITH_TRY(kith_expr_eval_person(work, i, 0, &v, err));
    if (s->conditional) KITH_TRY(kith_expr_eval_person(work, i, 1, &c, err));
    for (size_t k = 0; k < n; k++) {
        size_t at = v.constant ? 0 : k;
        bool counts = !s->conditional || c.truth[c.constant ? 0 : k] == 1;
        if (text_like(s->of)) ((kith_str *)to)[first + k] = counts ? v.text[at] : (kith_str){"", 0};
        else if (s->of == KITH_EXPR_NUMBER) ((double *)to)[first + k] = counts ? v.number[at] : (double)NAN;
        else if (s->of == KITH_EXPR_TRUTH) ((int64_t *)to)[first + k] = counts && v.truth[at] == 1 ? 1 : KITH_EXPR_NO_TIME;
        else ((int64_t *)to)[first + k] = counts ? v.time[at] : KITH_EXPR_NO_TIME;
    }
    return KITH_OK;
}

/* Keeps the rows that have a person and are not bad. */
static int narrow(const kith_persons *p, pending *w, kith_expr_work *work, const kith_batch *b, kith_out *out, kith_error *err) {
    size_t n_bad, next = 0, k = 0;
    KITH_TRY(kith_expr_answer_bad(work, b, UINT32_MAX, &next, out, err));
    const kith_expr_bad *bad = kith_expr_bad_rows(work, &n_bad);
    for (uint32_t row = 0; row < b->rows; row++) {
        while (k < n_bad && bad[k].row < row) k++;
        kith_str id = kith_text(b, row, p->id);
        if (id.n && !id.p) return kith_no_memory(err);
        if (!id.n || (k < n_bad && bad[k].row == row)) continue;
        w->hashes[w->n] = kith_key_of(id, &w->keys[w->n]);
        for (size_t i = 0; i < p->n; i++) {
            size_t width = width_of(p->spoken[i].of);
            char *values = w->values[i];
            if (w->n != row) memcpy(values + w->n * width, values + row * width, width);
        }
        w->n++;
    }
    return KITH_OK;
}

int kith_persons_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_persons *p = ctx;
    pending *w = &p->pending[worker];
    kith_expr_work *work = p->works[worker];
    kith_expr_rows rows = kith_expr_rows_of(b);
    uint32_t chunk[KITH_EXPR_CHUNK];
    *w = (pending){.keys = kith_arena_alloc(b->arena, (b->rows + (size_t)1) * sizeof *w->keys), .hashes = kith_arena_alloc(b->arena, (b->rows + (size_t)1) * sizeof *w->hashes),
                   .values = kith_arena_alloc(b->arena, (p->n + 1) * sizeof *w->values)};
    if (!w->keys || !w->hashes || !w->values) return kith_no_memory(err);
    for (size_t i = 0; i < p->n; i++)
        if (!(w->values[i] = kith_arena_alloc(b->arena, (b->rows + (size_t)1) * width_of(p->spoken[i].of)))) return kith_no_memory(err);
    kith_expr_begin(work, &rows);
    for (uint32_t first = 0; first < b->rows; first += KITH_EXPR_CHUNK) {
        size_t n = b->rows - first < KITH_EXPR_CHUNK ? b->rows - first : KITH_EXPR_CHUNK;
        for (size_t i = 0; i < n; i++) chunk[i] = first + (uint32_t)i;
        kith_expr_select(work, chunk, n);
        for (size_t i = 0; i < p->n; i++) KITH_TRY(evaluate(work, &p->spoken[i], i, first, n, w->values[i], err));
    }
    return narrow(p, w, work, b, out, err);
}

/* ---- adding up ---------------------------------------------------------------------------------------------- */

static int make_room(kith_persons *p, kith_error *err) {
    if (p->people.n <= p->room) return KITH_OK;
    size_t room = p->room ? p->room * 2 : 4096;
    while (room < p->people.n) room *= 2;
    for (size_t i = 0; i < p->n; i++) {
        struct sum *grown = realloc(p->spoken[i].sums, room * sizeof *grown);
        if (!grown) return kith_no_memory(err);
        memset(grown + p->room, 0, (room - p->room) * sizeof *grown);
        p->spoken[i].sums = grown;
    }
    p->room = room;
    return KITH_OK;
}

static int distinct(kith_persons *p, size_t i, uint32_t person, kith_str value, struct sum *s, kith_error *err) {
    uint32_t head[2] = {(uint32_t)i, person}, entry, before = p->pairs.n;
    kith_key key;
    p->pair.n = 0;
    kith_buf_put(&p->pair, head, sizeof head);
    kith_buf_str(&p->pair, value);
    if (p->pair.failed) return kith_no_memory(err);
    uint64_t hash = kith_key_of((kith_str){p->pair.p, p->pair.n}, &key);
    KITH_TRY(kith_hashtable_put(&p->pairs, &key, &hash, 1, &entry, err));
    s->n += p->pairs.n > before;
    return KITH_OK;
}

static int add(kith_persons *p, size_t i, const uint32_t *people, const pending *w, size_t first, size_t n, kith_error *err) {
    const spoken *k = &p->spoken[i];
    bool greatest = k->function == KITH_PERSON_MOST;
    for (size_t r = 0; r < n; r++) {
        struct sum *s = &k->sums[people[r]];
        if (text_like(k->of)) {
            kith_str value = ((const kith_str *)w->values[i])[first + r];
            if (value.n) KITH_TRY(distinct(p, i, people[r], value, s, err));
        } else if (k->of == KITH_EXPR_NUMBER) {
            double v = ((const double *)w->values[i])[first + r];
            if (isnan(v)) continue;
            if (!s->n || (greatest ? v > s->number : v < s->number)) s->number = v;
            kith_number number = kith_number_of(v);
            if (k->function <= KITH_PERSON_MEAN && !kith_sum_add(&s->sum, &number, p->arena)) return kith_no_memory(err);
            s->n++;
        } else {
            int64_t v = ((const int64_t *)w->values[i])[first + r];
            if (v == KITH_EXPR_NO_TIME) continue;
            if (!s->n || (greatest ? v > s->moment : v < s->moment)) s->moment = v;
            s->n++;
        }
    }
    return KITH_OK;
}

int kith_persons_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_persons *p = ctx;
    const pending *w = &p->pending[worker];
    enum { STEP = 512 };
    uint32_t people[STEP];
    (void)b, (void)out;
    for (size_t first = 0; first < w->n; first += STEP) {
        size_t n = w->n - first < STEP ? w->n - first : STEP;
        KITH_TRY(kith_hashtable_put(&p->people, w->keys + first, w->hashes + first, n, people, err));
        KITH_TRY(make_room(p, err));
        for (size_t i = 0; i < p->n; i++) KITH_TRY(add(p, i, people, w, first, n, err));
    }
    uint64_t held = kith_hashtable_size(&p->people) + kith_hashtable_size(&p->pairs) + p->room * p->n * sizeof(struct sum) + kith_arena_size(p->arena);
    if (held > p->memory)
        return kith_fail(err, KITH_SYSTEM, "the %lu persons met so far need more than --memory allows for what is asked of all their rows; part the file by person", (unsigned long)p->people.n);
    return KITH_OK;
}

int kith_persons_finish(kith_persons *p, kith_error *err) {
    const void **values = kith_arena_alloc(p->arena, (p->n + 1) * sizeof *values);
    if (!values) return kith_no_memory(err);
    for (size_t i = 0; i < p->n; i++) {
        spoken *k = &p->spoken[i];
        bool counts = k->function == KITH_PERSON_COUNT || k->function == KITH_PERSON_DISTINCT, number = counts || k->of == KITH_EXPR_NUMBER;
        double *reals = malloc((p->people.n + (size_t)1) * sizeof *reals);
        int64_t *moments = (int64_t *)(void *)reals;
        if (!reals) return kith_no_memory(err);
        values[i] = k->values = reals;
        for (uint32_t at = 0; at < p->people.n; at++) {
            const struct sum *s = &k->sums[at];
            if (counts) reals[at] = (double)s->n;
            else if (!number) moments[at] = s->n ? s->moment : KITH_EXPR_NO_TIME;
            else if (k->function == KITH_PERSON_SUM) reals[at] = kith_sum_total(&s->sum);
            else reals[at] = !s->n ? (double)NAN : k->function == KITH_PERSON_MEAN ? kith_sum_mean(&s->sum) : s->number;
        }
        free(k->sums);
        k->sums = NULL;
    }
    kith_hashtable_free(&p->pairs);
    p->pairs = (kith_hashtable){0};
    kith_exprs_answer_persons(p->set, &p->people, values);
    return KITH_OK;
}
