/* Networks in compressed rows. Nothing depends on the order of the edges: people are numbered by their ids, ties sorted. */
#include <kith/network.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

int kith_network_person(kith_network *net, kith_str id, uint32_t *entry, kith_error *err) {
    kith_key key;
    if (!net->people.slots) KITH_TRY(kith_hashtable_init(&net->people, err));
    uint64_t hash = kith_key_of(id, &key);
    return kith_hashtable_put(&net->people, &key, &hash, 1, entry, err);
}

static uint32_t entry_of(const kith_network *net, kith_str id) {
    kith_key key;
    uint32_t entry = KITH_NO_ENTRY;
    uint64_t hash = kith_key_of(id, &key);
    if (net->people.slots) kith_hashtable_find(&net->people, &key, &hash, 1, &entry);
    return entry;
}

int kith_network_tie(kith_network *net, kith_str a, kith_str b, double weight, bool closed, kith_error *err) {
    uint32_t from = KITH_NO_ENTRY, to = KITH_NO_ENTRY;
    if (closed) {
        from = entry_of(net, a);
        to = entry_of(net, b);
        if (from == KITH_NO_ENTRY || to == KITH_NO_ENTRY) {
            net->unknown++;
            return KITH_OK;
        }
    } else {
        KITH_TRY(kith_network_person(net, a, &from, err));
        KITH_TRY(kith_network_person(net, b, &to, err));
    }
    if (from == to) {
        net->loops++;
        return KITH_OK;
    }
    if (net->n_ties == net->room_ties) {
        uint64_t room = net->room_ties ? 2 * net->room_ties : 1024;
        struct kith_tie *more = realloc(net->ties, room * sizeof *more);
        if (!more) return kith_no_memory(err);
        net->ties = more;
        net->room_ties = room;
    }
    net->ties[net->n_ties++] = (struct kith_tie){from, to, weight};
    return KITH_OK;
}

static int by_ends(const void *a, const void *b) {
    const struct kith_tie *x = a, *y = b;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    if (x->b != y->b) return x->b < y->b ? -1 : 1;
    return (x->weight < y->weight) - (x->weight > y->weight); /* the stronger first */
}

static int number_people(kith_network *net, kith_error *err) {
    net->n = net->people.n;
    uint32_t *order = malloc(((size_t)net->n + 1) * sizeof *order);
    net->number = malloc(((size_t)net->n + 1) * sizeof *net->number);
    net->ids = malloc(((size_t)net->n + 1) * sizeof *net->ids);
    int status = order && net->number && net->ids ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK && net->n) status = kith_hashtable_order(&net->people, order, err);
    for (uint32_t i = 0; status == KITH_OK && i < net->n; i++) {
        net->number[order[i]] = i;
        net->ids[i] = kith_hashtable_key(&net->people, order[i]);
    }
    free(order);
    return status;
}

static void settle_ties(kith_network *net) {
    for (uint64_t t = 0; t < net->n_ties; t++) {
        uint32_t a = net->number[net->ties[t].a], b = net->number[net->ties[t].b];
        net->ties[t].a = a < b ? a : b;
        net->ties[t].b = a < b ? b : a;
    }
    if (net->n_ties) qsort(net->ties, net->n_ties, sizeof *net->ties, by_ends);
    uint64_t kept = 0;
    for (uint64_t t = 0; t < net->n_ties; t++) {
        if (kept && net->ties[kept - 1].a == net->ties[t].a && net->ties[kept - 1].b == net->ties[t].b) net->repeated++;
        else net->ties[kept++] = net->ties[t];
    }
    net->n_ties = kept;
}

static uint64_t common(const kith_network *net, uint32_t a, uint32_t b) {
    uint64_t n = 0, i = net->first[a], j = net->first[b];
    while (i < net->first[a + 1] && j < net->first[b + 1]) {
        if (net->to[i] == net->to[j]) n++, i++, j++;
        else if (net->to[i] < net->to[j]) i++;
        else j++;
    }
    return n;
}

static void set_strengths(kith_network *net, bool weighted) {
    double largest = 0;
    for (uint64_t t = 0; t < net->n_ties; t++)
        if (net->ties[t].weight > largest) largest = net->ties[t].weight;
    for (uint32_t a = 0; a < net->n; a++)
        for (uint64_t i = net->first[a]; i < net->first[a + 1]; i++) {
            uint32_t b = net->to[i];
            if (weighted && largest > 0) {
                net->weight[i] = net->weight[i] > 0 ? net->weight[i] / largest : 0;
                continue;
            }
            uint64_t da = net->first[a + 1] - net->first[a], db = net->first[b + 1] - net->first[b];
            net->weight[i] = (1 + (double)common(net, a, b)) / (1 + (double)(da < db ? da : db));
        }
}

int kith_network_finish(kith_network *net, bool weighted, kith_error *err) {
    KITH_TRY(number_people(net, err));
    settle_ties(net);
    net->first = calloc((size_t)net->n + 2, sizeof *net->first);
    net->to = malloc((2 * net->n_ties + 1) * sizeof *net->to);
    net->weight = malloc((2 * net->n_ties + 1) * sizeof *net->weight);
    uint64_t *at = malloc(((size_t)net->n + 1) * sizeof *at);
    if (!net->first || !net->to || !net->weight || !at) {
        free(at);
        return kith_no_memory(err);
    }
    for (uint64_t t = 0; t < net->n_ties; t++) net->first[net->ties[t].a + 1]++, net->first[net->ties[t].b + 1]++;
    for (uint32_t i = 0; i < net->n; i++) net->first[i + 1] += net->first[i];
    memcpy(at, net->first, (size_t)net->n * sizeof *at);
    /* Ties in order of (a, b): the lower neighbours of each person come first when b's side is filled in a pass of its own. */
    for (uint64_t t = 0; t < net->n_ties; t++) {
        uint64_t i = at[net->ties[t].b]++;
        net->to[i] = net->ties[t].a;
        net->weight[i] = net->ties[t].weight;
    }
    for (uint64_t t = 0; t < net->n_ties; t++) {
        uint64_t i = at[net->ties[t].a]++;
        net->to[i] = net->ties[t].b;
        net->weight[i] = net->ties[t].weight;
    }
    free(at);
    set_strengths(net, weighted);
    return KITH_OK;
}

void kith_network_free(kith_network *net) {
    kith_hashtable_free(&net->people);
    free(net->number);
    free(net->ids);
    free(net->first);
    free(net->to);
    free(net->weight);
    free(net->ties);
    *net = (kith_network){0};
}

uint32_t kith_network_find(const kith_network *net, kith_str id) {
    uint32_t entry = entry_of(net, id);
    return entry == KITH_NO_ENTRY ? entry : net->number[entry];
}

int kith_network_reach(const kith_network *net, const bool *sources, int steps, uint32_t *source, int *taken, double *strength, kith_error *err) {
    double *now = malloc(((size_t)net->n + 1) * sizeof *now);
    uint32_t *whose = malloc(((size_t)net->n + 1) * sizeof *whose);
    if (!now || !whose) {
        free(now);
        free(whose);
        return kith_no_memory(err);
    }
    for (uint32_t i = 0; i < net->n; i++) {
        source[i] = sources[i] ? i : KITH_NO_ENTRY;
        strength[i] = sources[i];
        taken[i] = 0;
    }
    for (int step = 1; step <= steps; step++) { /* the best with at most `step` ties, from the best with one less */
        memcpy(now, strength, net->n * sizeof *now);
        memcpy(whose, source, net->n * sizeof *whose);
        bool moved = false;
        for (uint32_t i = 0; i < net->n; i++)
            for (uint64_t k = net->first[i]; k < net->first[i + 1]; k++) {
                uint32_t j = net->to[k];
                if (whose[j] == KITH_NO_ENTRY) continue;
                double s = now[j] * net->weight[k];
                bool better = s > strength[i] || (s == strength[i] && s > 0 && taken[i] == step && whose[j] < source[i]);
                if (!better) continue;
                strength[i] = s;
                source[i] = whose[j];
                taken[i] = step;
                moved = true;
            }
        if (!moved) break;
    }
    free(now);
    free(whose);
    return KITH_OK;
}

typedef struct reacher { /* breadth-first search with marks that need no clearing */
    const kith_network *net;
    const bool *targets;
    bool *covered;
    uint32_t *queue, *mark, turn;
    int steps;
} reacher;

static uint64_t gain(reacher *r, uint32_t seed, bool take) {
    uint64_t n = 0, head = 0, tail = 0, level_end;
    r->mark[seed] = ++r->turn;
    r->queue[tail++] = seed;
    for (int step = 0; head < tail; step++) {
        for (level_end = tail; head < level_end; head++) {
            uint32_t i = r->queue[head];
            if (r->targets[i] && !r->covered[i]) {
                n++;
                if (take) r->covered[i] = true;
            }
            if (step == r->steps) continue;
            for (uint64_t k = r->net->first[i]; k < r->net->first[i + 1]; k++)
                if (r->mark[r->net->to[k]] != r->turn) r->mark[r->net->to[k]] = r->turn, r->queue[tail++] = r->net->to[k];
        }
    }
    return n;
}

typedef struct bid {
    uint64_t adds;
    uint32_t who;
    size_t round; /* in which adds was worked out */
} bid;

static bool before(bid a, bid b) { return a.adds != b.adds ? a.adds > b.adds : a.who < b.who; }

static void sift(bid *heap, size_t n, size_t i) {
    for (;;) {
        size_t best = i;
        for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < n; c++)
            if (before(heap[c], heap[best])) best = c;
        if (best == i) return;
        bid b = heap[i];
        heap[i] = heap[best];
        heap[best] = b;
        i = best;
    }
}

int kith_network_seeds(const kith_network *net, const bool *candidates, const bool *targets, int steps, size_t k, uint32_t *seeds, uint64_t *adds,
                       size_t *chosen, kith_error *err) {
    size_t n = (size_t)net->n + 1, m = 0;
    reacher r = {.net = net, .targets = targets, .steps = steps};
    r.covered = calloc(n, 1);
    r.queue = malloc(n * sizeof *r.queue);
    r.mark = calloc(n, sizeof *r.mark);
    bid *heap = malloc(n * sizeof *heap);
    int status = r.covered && r.queue && r.mark && heap ? KITH_OK : kith_no_memory(err);
    *chosen = 0;
    for (uint32_t i = 0; status == KITH_OK && i < net->n; i++)
        if (candidates[i]) heap[m++] = (bid){gain(&r, i, false), i, 0};
    for (size_t i = m / 2; i-- > 0;) sift(heap, m, i);
    while (status == KITH_OK && *chosen < k && m && heap[0].adds) {
        if (heap[0].round == *chosen) { /* no other can add more: gains only shrink */
            seeds[*chosen] = heap[0].who;
            adds[(*chosen)++] = gain(&r, heap[0].who, true);
            heap[0] = heap[--m];
        } else {
            heap[0].adds = gain(&r, heap[0].who, false);
            heap[0].round = *chosen;
        }
        sift(heap, m, 0);
    }
    free(r.covered);
    free(r.queue);
    free(r.mark);
    free(heap);
    return status;
}
