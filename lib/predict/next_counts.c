/* Counts of outcomes by context, and Witten and Bell's back-off over them. */
#include "next_counts.h"

#include <stdlib.h>

int kith_next_counts_init(next_counts *c, kith_error *err) {
    *c = (next_counts){0};
    return kith_hashtable_init(&c->contexts, err);
}

void kith_next_counts_free(next_counts *c) {
    kith_hashtable_free(&c->contexts);
    free(c->outcomes);
    free(c->first);
    free(c->total);
}

static kith_str bytes_of(const uint32_t *actions, size_t length) {
    return (kith_str){(const char *)actions, length * sizeof *actions};
}

int kith_next_counts_add(next_counts *c, const uint32_t *actions, size_t length, uint32_t outcome, double count,
                         kith_error *err) {
    if (c->n == c->room) {
        size_t room = c->room + c->room / 2 + 1024;
        next_outcome *more = realloc(c->outcomes, room * sizeof *more);
        if (!more) return kith_no_memory(err);
        c->outcomes = more;
        c->room = room;
    }
    kith_key key;
    next_outcome o = {.outcome = outcome, .count = count};
    uint64_t hash = kith_key_of(bytes_of(actions, length), &key);
    KITH_TRY(kith_hashtable_put(&c->contexts, &key, &hash, 1, &o.context, err));
    c->outcomes[c->n++] = o;
    return KITH_OK;
}

static int by_context(const void *a, const void *b) {
    const next_outcome *p = a, *q = b;
    if (p->context != q->context) return p->context < q->context ? -1 : 1;
    return p->outcome < q->outcome ? -1 : p->outcome > q->outcome;
}

int kith_next_counts_seal(next_counts *c, kith_error *err) {
    size_t k = 0, contexts = c->contexts.n;
    if (c->n) qsort(c->outcomes, c->n, sizeof *c->outcomes, by_context);
    for (size_t i = 0; i < c->n;) {
        next_outcome o = c->outcomes[i++];
        for (; i < c->n && by_context(&c->outcomes[i], &o) == 0; i++) o.count += c->outcomes[i].count;
        c->outcomes[k++] = o;
    }
    c->n = k;
    free(c->first);
    free(c->total);
    c->first = calloc(contexts + 2, sizeof *c->first);
    c->total = calloc(contexts + 1, sizeof *c->total);
    if (!c->first || !c->total) return kith_no_memory(err);
    for (size_t i = 0; i < k; i++)
        c->first[c->outcomes[i].context + 1]++, c->total[c->outcomes[i].context] += c->outcomes[i].count;
    for (size_t i = 0; i < contexts; i++) c->first[i + 1] += c->first[i];
    return KITH_OK;
}

void kith_next_predict(const next_counts *c, const uint32_t *path, size_t length, size_t order, size_t actions,
                       double *p) {
    for (size_t w = 0; w <= actions; w++) p[w] = 1 / (double)(actions + 1);
    for (size_t k = 0; k <= order && k <= length; k++) {
        kith_key key;
        uint32_t context;
        uint64_t hash = kith_key_of(bytes_of(path + length - k, k), &key);
        kith_hashtable_find(&c->contexts, &key, &hash, 1, &context);
        if (context == KITH_NO_ENTRY) return; /* nor is a longer one known */
        size_t from = c->first[context], to = c->first[context + 1];
        double different = (double)(to - from), all = c->total[context] + different;
        for (size_t w = 0; w <= actions; w++) p[w] *= different / all;
        for (size_t i = from; i < to; i++) p[c->outcomes[i].outcome] += c->outcomes[i].count / all;
    }
}
