/* A forest of honest uplift trees (Athey & Imbens 2016; Wager & Athey 2018).
 *
 * Each tree draws half of the people, and of these one half for the structure and the other for the effects in the
 * leaves: an effect is never estimated on the people that suggested the split. Splits are by histograms of (people,
 * outcome) per bin and arm and maximise the spread of effects, Σ n·τ². A leaf whose estimating half lacks an arm takes
 * its parent's effect. A tree is a function of (seed, its number): trees grow in parallel and are put in order. */
#include "bins.h"

#include <kith/uplift.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct arm_sums {
    double n, y;
} arm_sums;

typedef struct grown {
    kith_tree_node *nodes;
    size_t n, room;
    uint32_t *sets;
    size_t n_sets, sets_room;
} grown;

typedef struct planting {
    const bins *b;
    const double *y, *weight;
    const uint64_t *packed; /* per row, for yes/no outcomes without weights: 1 in 16 bits each for control, its yes, treated, its yes */
    const uint8_t *treated;
    uint64_t seed;
    double least; /* people of either arm in a child */
    grown *trees;
} planting;

typedef struct cell { /* a node to be split: its people in both halves */
    size_t from[2], to[2];
    int32_t node;
    double effect;
} cell;

typedef struct tree_work {
    const planting *p;
    uint32_t *list[2], *spare; /* structure, effects */
    arm_sums *hist;            /* total bins × 2 arms */
    uint64_t *counts;          /* total bins, packed */
    grown *out;
} tree_work;

static void unpack(uint64_t v, arm_sums out[2]) {
    out[0] = (arm_sums){(double)(v & 65535), (double)(v >> 16 & 65535)};
    out[1] = (arm_sums){(double)(v >> 32 & 65535), (double)(v >> 48)};
}

static void tally(const planting *p, const uint32_t *list, size_t from, size_t to, arm_sums out[2]) {
    out[0] = out[1] = (arm_sums){0, 0};
    if (p->packed) {
        uint64_t sum = 0;
        for (size_t i = from; i < to; i++) sum += p->packed[list[i]];
        unpack(sum, out);
        return;
    }
    for (size_t i = from; i < to; i++) {
        double w = p->weight ? p->weight[list[i]] : 1;
        arm_sums *s = &out[p->treated[list[i]] != 0];
        s->n += w;
        s->y += w * p->y[list[i]];
    }
}

static double effect_of(const arm_sums s[2]) { return s[1].y / s[1].n - s[0].y / s[0].n; }

/* n·τ² of one side; negative where an arm is too small. */
static double spread(const arm_sums s[2], double least) {
    if (s[0].n < least || s[1].n < least) return -1;
    double tau = effect_of(s);
    return (s[0].n + s[1].n) * tau * tau;
}

typedef struct ordered {
    double by;
    int bin;
} ordered;

static int by_effect(const void *a, const void *b) {
    const ordered *x = a, *y = b;
    if (x->by != y->by) return x->by < y->by ? -1 : 1;
    return x->bin - y->bin;
}

typedef struct found {
    double gain;
    size_t k;
    int cut;
    bool left[256];
} found;

static void look_at(const tree_work *w, size_t k, const arm_sums all[2], double whole, found *best) {
    const bin_feature *f = &w->p->b->features[k];
    const arm_sums *hist = w->hist + 2 * f->first;
    const double least = w->p->least;
    ordered list[256];
    int n = 0;
    for (int c = 0; c < f->bins; c++) {
        const arm_sums *h = hist + 2 * c;
        if (f->is_level && h[0].n + h[1].n == 0) continue;
        double by = c;
        if (f->is_level) { /* shrunk towards the node's effect: 20 people of each arm */
            double tau = effect_of(all), base = all[0].y / all[0].n;
            by = (h[1].y + 20 * (base + tau)) / (h[1].n + 20) - (h[0].y + 20 * base) / (h[0].n + 20);
        }
        list[n++] = (ordered){by, c};
    }
    if (f->is_level) qsort(list, (size_t)n, sizeof *list, by_effect);
    arm_sums low[2] = {{0, 0}, {0, 0}};
    for (int i = 0; i + 1 < n; i++) {
        const arm_sums *h = hist + 2 * list[i].bin;
        for (int a = 0; a < 2; a++) {
            low[a].n += h[a].n;
            low[a].y += h[a].y;
        }
        if (low[0].n < least || low[1].n < least) continue;
        arm_sums high[2] = {{all[0].n - low[0].n, all[0].y - low[0].y}, {all[1].n - low[1].n, all[1].y - low[1].y}};
        if (high[0].n < least || high[1].n < least) break;
        double gain = spread(low, least) + spread(high, least) - whole;
        if (!(gain > best->gain)) continue;
        best->gain = gain;
        best->k = k;
        best->cut = list[i].bin;
        memset(best->left, 0, sizeof best->left);
        for (int j = 0; j <= i; j++) best->left[list[j].bin] = true;
    }
}

static int32_t add_node(grown *g, double value, double cover) {
    if (g->n == g->room) {
        size_t room = g->room ? 2 * g->room : 64;
        kith_tree_node *nodes = realloc(g->nodes, room * sizeof *nodes);
        if (!nodes) return -1;
        g->nodes = nodes;
        g->room = room;
    }
    g->nodes[g->n] = (kith_tree_node){.feature = -1, .value = value, .cover = cover};
    return (int32_t)g->n++;
}

static size_t part(tree_work *w, int half, const cell *c, const found *s) {
    uint32_t *list = w->list[half];
    size_t low = c->from[half], high = 0, n = w->p->b->n;
    for (size_t i = c->from[half]; i < c->to[half]; i++) {
        uint32_t row = list[i];
        bool goes = s->left[w->p->b->bin[(size_t)row * n + s->k]];
        list[low] = row; /* both written, one kept: no branch to mispredict */
        w->spare[high] = row;
        low += goes;
        high += !goes;
    }
    if (high) memcpy(list + low, w->spare, high * sizeof *list);
    return low;
}

/* Splits the cell where that is worth it: 1 with the two children, 0 for a leaf, −1 without memory. */
static int split_cell(tree_work *w, const cell *c, cell children[2]) {
    const planting *p = w->p;
    const bins *b = p->b;
    arm_sums all[2];
    tally(p, w->list[0], c->from[0], c->to[0], all);
    double whole = spread(all, 2 * p->least);
    if (whole < 0) return 0;
    memset(w->hist, 0, 2 * b->total * sizeof *w->hist);
    if (p->packed) { /* one addition a row and feature */
        memset(w->counts, 0, b->total * sizeof *w->counts);
        for (size_t i = c->from[0]; i < c->to[0]; i++) {
            uint32_t row = w->list[0][i];
            const uint8_t *bin = b->bin + (size_t)row * b->n;
            uint64_t v = p->packed[row];
            for (size_t k = 0; k < b->n; k++) w->counts[b->features[k].first + bin[k]] += v;
        }
        for (size_t k = 0; k < b->total; k++) unpack(w->counts[k], &w->hist[2 * k]);
    }
    for (size_t i = c->from[0]; i < c->to[0] && !p->packed; i++) {
        uint32_t row = w->list[0][i];
        const uint8_t *bin = b->bin + (size_t)row * b->n;
        int arm = p->treated[row] != 0;
        double v = p->weight ? p->weight[row] : 1, vy = v * p->y[row];
        for (size_t k = 0; k < b->n; k++) {
            arm_sums *h = &w->hist[2 * (b->features[k].first + bin[k]) + (size_t)arm];
            h->n += v;
            h->y += vy;
        }
    }
    found best = {.gain = 1e-12 * whole};
    best.k = b->n;
    for (size_t k = 0; k < b->n; k++) look_at(w, k, all, whole, &best);
    if (best.k == b->n) return 0;
    size_t middle[2] = {part(w, 0, c, &best), part(w, 1, c, &best)};
    for (int side = 0; side < 2; side++) {
        cell *child = &children[side];
        arm_sums s[2];
        for (int half = 0; half < 2; half++) {
            child->from[half] = side ? middle[half] : c->from[half];
            child->to[half] = side ? c->to[half] : middle[half];
        }
        tally(p, w->list[1], child->from[1], child->to[1], s);
        child->effect = s[0].n > 0 && s[1].n > 0 ? effect_of(s) : c->effect;
        child->node = add_node(w->out, child->effect, (double)(child->to[1] - child->from[1]));
        if (child->node < 0) return -1;
    }
    const bin_feature *f = &b->features[best.k];
    kith_tree_node *node = &w->out->nodes[c->node];
    bool more_left = middle[0] - c->from[0] >= c->to[0] - middle[0];
    node->feature = f->feature;
    node->left = children[0].node;
    node->right = children[1].node;
    node->missing_left = f->missing >= 0 ? best.left[f->missing] : more_left;
    node->unseen_left = f->other >= 0 ? best.left[f->other] : more_left;
    if (!f->is_level) {
        node->threshold = best.cut < f->values - 1 ? f->upper[best.cut] : INFINITY;
        return 1;
    }
    uint32_t words = (uint32_t)(f->values + 31) / 32;
    grown *g = w->out;
    if (g->n_sets + words > g->sets_room) {
        size_t room = 2 * g->sets_room + 16;
        uint32_t *sets = realloc(g->sets, room * sizeof *sets);
        if (!sets) return -1;
        g->sets = sets;
        g->sets_room = room;
    }
    node->set = (uint32_t)g->n_sets;
    node->set_n = words;
    memset(g->sets + g->n_sets, 0, words * sizeof *g->sets);
    for (int v = 0; v < f->values; v++)
        if (best.left[v]) g->sets[g->n_sets + (size_t)v / 32] |= UINT32_C(1) << (v % 32);
    g->n_sets += words;
    return 1;
}

static int grow(tree_work *w, size_t counts[2], kith_error *err) {
    enum { DEEPEST = 64 };
    cell stack[2 * DEEPEST], children[2];
    size_t depth = 1;
    arm_sums all[2];
    stack[0] = (cell){.to = {counts[0], counts[1]}};
    tally(w->p, w->list[1], 0, counts[1], all);
    stack[0].effect = all[0].n > 0 && all[1].n > 0 ? effect_of(all) : 0;
    stack[0].node = add_node(w->out, stack[0].effect, (double)counts[1]);
    if (stack[0].node < 0) return kith_no_memory(err);
    while (depth > 0) {
        cell c = stack[--depth];
        if (depth + 2 > 2 * DEEPEST) continue;
        int did = split_cell(w, &c, children);
        if (did < 0) return kith_no_memory(err);
        if (did == 0) continue;
        stack[depth++] = children[1];
        stack[depth++] = children[0];
    }
    return KITH_OK;
}

enum { MOST_PACKED = 65535 }; /* people of each half whose counts fit */

static int plant(void *ctx, int worker, size_t tree, kith_error *err) {
    (void)worker;
    planting *p = ctx;
    size_t n = p->b->rows, counts[2] = {0, 0};
    kith_random r;
    kith_random_start(&r, p->seed, "uplift-tree", tree);
    uint32_t *memory = malloc((3 * n + 3) * sizeof *memory);
    arm_sums *hist = malloc((2 * p->b->total + 1) * sizeof *hist);
    uint64_t *packed_counts = malloc((p->b->total + 1) * sizeof *packed_counts);
    tree_work w = {.p = p, .hist = hist, .counts = packed_counts, .out = &p->trees[tree]};
    int status = memory && hist && packed_counts ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK) {
        w.list[0] = memory;
        w.list[1] = memory + n;
        w.spare = memory + 2 * n;
        uint64_t bits = 0;
        for (size_t i = 0; i < n; i++, bits >>= 2) {
            if (i % 32 == 0) bits = kith_random_u64(&r);
            int half = bits >> 1 & 1;
            w.list[half][counts[half]] = (uint32_t)i;
            counts[half] += (bits & 1) && (!p->packed || counts[half] < MOST_PACKED);
        }
        status = grow(&w, counts, err);
    }
    free(memory);
    free(hist);
    free(packed_counts);
    return status;
}

static int gather(const planting *p, size_t trees, kith_arena *arena, kith_forest *forest, kith_error *err) {
    size_t nodes = 0, sets = 0;
    for (size_t t = 0; t < trees; t++) {
        nodes += p->trees[t].n;
        sets += p->trees[t].n_sets;
    }
    forest->root = kith_arena_alloc(arena, (trees + 1) * sizeof *forest->root);
    forest->nodes = kith_arena_alloc(arena, (nodes + 1) * sizeof *forest->nodes);
    forest->sets = kith_arena_alloc(arena, (sets + 1) * sizeof *forest->sets);
    if (!forest->root || !forest->nodes || !forest->sets) return kith_no_memory(err);
    for (size_t t = 0; t < trees; t++) {
        const grown *g = &p->trees[t];
        int32_t shift = (int32_t)forest->n_nodes;
        forest->root[forest->n_trees++] = shift;
        for (size_t i = 0; i < g->n; i++) {
            kith_tree_node node = g->nodes[i];
            node.left += shift;
            node.right += shift;
            node.set += (uint32_t)forest->n_sets;
            node.value /= (double)trees; /* the forest's score is the mean of its trees */
            forest->nodes[forest->n_nodes++] = node;
        }
        if (g->n_sets) memcpy(forest->sets + forest->n_sets, g->sets, g->n_sets * sizeof *g->sets);
        forest->n_sets += g->n_sets;
    }
    return KITH_OK;
}

int kith_uplift_forest(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n,
                       const double *y, const uint8_t *treated, const double *weight, int trees, int min_arm,
                       uint64_t seed, int threads, kith_arena *arena, kith_forest *forest, kith_error *err) {
    *forest = (kith_forest){0};
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    double mean = 1; /* of the weights: the least is in people */
    if (weight) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += weight[i];
        mean = sum / (double)n;
    }
    double least = min_arm > 0 ? min_arm : fmax(10, fmin(100, (double)n / 200));
    bins b;
    planting p = {.b = &b, .y = y, .weight = weight, .treated = treated, .seed = seed, .least = least * mean};
    int status = bins_make(frame, encoding, rows, n, own, &b, err);
    bool yes_no = !weight && n <= 4 * (size_t)MOST_PACKED;
    for (size_t i = 0; i < n && yes_no; i++) yes_no = y[i] == 0 || y[i] == 1;
    uint64_t *packed = yes_no && status == KITH_OK ? kith_arena_alloc(own, (n + 1) * sizeof *packed) : NULL;
    for (size_t i = 0; i < n && packed; i++) packed[i] = (UINT64_C(1) | (uint64_t)(y[i] == 1) << 16) << (treated[i] ? 32 : 0);
    p.packed = packed;
    p.trees = calloc((size_t)trees + 1, sizeof *p.trees);
    if (status == KITH_OK && !p.trees) status = kith_no_memory(err);
    if (status == KITH_OK) status = kith_parallel(threads > 0 ? threads : 1, (size_t)trees, plant, &p, err);
    if (status == KITH_OK) status = gather(&p, (size_t)trees, arena, forest, err);
    for (int t = 0; p.trees && t < trees; t++) {
        free(p.trees[t].nodes);
        free(p.trees[t].sets);
    }
    free(p.trees);
    kith_arena_free(own);
    return status;
}
