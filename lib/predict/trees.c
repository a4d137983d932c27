/* Boosted trees by histograms (Friedman 2001; the leaf-wise growth and the subtraction of histograms are those of Ke et
 * al. 2017, LightGBM).
 *
 *   gradients ──round──► one int64 a row: g in the high half, h in the low ──► one addition a row and feature
 *
 * Gradients and hessians are rounded to 15 bits (of the largest of this pass), packed into one integer and added in blocks
 * of 32,768 rows, after which the two halves are unpacked into 64-bit sums: neither half can run over, and integer
 * sums are the same in any order, so the trees are the same bytes for any number of threads. A split's histogram is built for the
 * smaller child only; the larger is the parent less the smaller.
 *
 * A number's missing values are tried on both sides. A category of up to 4 levels is split one against the rest, a larger
 * one by the order of its levels' gradient over hessian (Fisher 1958), smoothed, with a larger penalty, as frequent
 * levels only: rare ones follow noise. Monotone constraints: a split whose leaves would be in the wrong order is not
 * taken, and the children's values are bounded by the middle.
 *
 * Counts are the hessian's share of the leaf's rows; the rows are counted when a split is taken. */
#include "trees.h"

#include <kith/sums.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 32768, PARALLEL_FROM = 131072, ONE_AGAINST_REST = 4 };
static const double LEVEL_PENALTY = 10, LEVEL_SMOOTH = 10, LEVEL_ROWS = 100, HESSIAN_LEAST = 1e-3, HALF = 32767;

/* ---- histograms --------------------------------------------------------------------------------------------- */

static void add_block(const grower *t, size_t from, size_t to, int64_t *scratch, sums *hist) {
    const size_t n = t->b.n, total = t->b.total;
    const bin_feature *f = t->b.features;
    memset(scratch, 0, total * sizeof *scratch);
    for (size_t i = from; i < to; i++) {
        uint32_t row = t->order[i];
        const uint8_t *bin = t->b.bin + (size_t)row * n;
        int64_t gh = t->packed[row];
        for (size_t k = 0; k < n; k++) scratch[f[k].first + bin[k]] += gh;
    }
    for (size_t k = 0; k < total; k++) {
        int64_t h = (int64_t)(uint32_t)scratch[k];
        hist[k].h += h;
        hist[k].g += (scratch[k] - h) / 4294967296;
    }
}

static int add_block_task(void *ctx, int worker, size_t block, kith_error *err) {
    (void)err;
    grower *t = ctx;
    size_t from = t->building->from + block * BLOCK, to = from + BLOCK < t->building->to ? from + BLOCK : t->building->to;
    add_block(t, from, to, t->scratch + (size_t)worker * t->b.total, t->partial + (size_t)worker * t->b.total);
    return KITH_OK;
}

static int build(grower *t, leaf *l, kith_error *err) {
    size_t total = t->b.total, rows = l->to - l->from;
    memset(l->hist, 0, total * sizeof *l->hist);
    if (t->threads > 1 && rows >= PARALLEL_FROM) {
        memset(t->partial, 0, (size_t)t->threads * total * sizeof *t->partial);
        t->building = l;
        KITH_TRY(kith_parallel(t->threads, (rows + BLOCK - 1) / BLOCK, add_block_task, t, err));
        for (int w = 0; w < t->threads; w++)
            for (size_t k = 0; k < total; k++) {
                l->hist[k].g += t->partial[(size_t)w * total + k].g;
                l->hist[k].h += t->partial[(size_t)w * total + k].h;
            }
        return KITH_OK;
    }
    for (size_t from = l->from; from < l->to; from += BLOCK)
        add_block(t, from, from + BLOCK < l->to ? from + BLOCK : l->to, t->scratch, l->hist);
    return KITH_OK;
}

/* ---- splits ------------------------------------------------------------------------------------------------- */

static double bounded(double v, const leaf *l) { return v < l->lowest ? l->lowest : v > l->highest ? l->highest : v; }

/* Twice the loss that a leaf of these sums takes away when it gets value v. */
static double worth(double g, double h, double penalty, double v) { return -(2 * g * v + (h + penalty) * v * v); }

/* Looks at one division of a leaf; true where it is the best so far. */
static bool consider(const grower *t, const leaf *l, split *s, sums low, double penalty, double whole, int monotone) {
    double gl = (double)low.g * t->unit_g, hl = (double)low.h * t->unit_h;
    double gr = (double)(l->all.g - low.g) * t->unit_g, hr = (double)(l->all.h - low.h) * t->unit_h;
    double a = -gl / (hl + penalty), b = -gr / (hr + penalty), gain;
    if (isinf(l->lowest) && isinf(l->highest) && monotone == 0) {
        gain = -gl * a - gr * b - whole;
    } else {
        a = bounded(a, l);
        b = bounded(b, l);
        if ((monotone > 0 && a > b) || (monotone < 0 && a < b)) return false;
        gain = worth(gl, hl, penalty, a) + worth(gr, hr, penalty, b) - whole;
    }
    if (!(gain > s->gain)) return false;
    s->gain = gain;
    s->low = low;
    s->low_value = a;
    s->high_value = b;
    return true;
}

static void split_number(const grower *t, const leaf *l, size_t k, double per_hessian, double whole, split *best) {
    const bin_feature *f = &t->b.features[k];
    const sums *hist = l->hist + f->first;
    const double rows = (double)(l->to - l->from), least = t->o->min_leaf;
    int monotone = t->o->monotone ? t->o->monotone[f->feature] : 0;
    bool has_missing = f->missing >= 0 && (hist[f->missing].h != 0 || hist[f->missing].g != 0);
    for (int side = 0; side <= (int)has_missing; side++) { /* missing values right, then left */
        sums low = side ? hist[f->missing] : (sums){0, 0};
        int last = f->values - 1 - (has_missing && side == 0 ? 0 : 1);
        for (int c = 0; c <= last; c++) {
            low.g += hist[c].g;
            low.h += hist[c].h;
            double count = (double)low.h * per_hessian;
            if (count < least || (double)low.h * t->unit_h < HESSIAN_LEAST) continue;
            if (rows - count < least || (double)(l->all.h - low.h) * t->unit_h < HESSIAN_LEAST) break;
            if (!consider(t, l, best, low, t->o->lambda, whole, monotone)) continue;
            best->k = k;
            best->cut = c;
            best->missing_left = side;
        }
    }
}

typedef struct ordered {
    double by;
    int bin;
} ordered;

static int by_ratio(const void *a, const void *b) {
    const ordered *x = a, *y = b;
    if (x->by != y->by) return x->by < y->by ? -1 : 1;
    return x->bin - y->bin;
}

static void split_levels(const grower *t, const leaf *l, size_t k, double per_hessian, double whole, split *best) {
    const bin_feature *f = &t->b.features[k];
    const sums *hist = l->hist + f->first;
    const double rows = (double)(l->to - l->from), least = t->o->min_leaf;
    bool one = f->bins <= ONE_AGAINST_REST;
    ordered list[256];
    int n = 0;
    for (int c = 0; c < f->bins; c++) {
        double count = (double)hist[c].h * per_hessian;
        if (one ? hist[c].h > 0 : count >= LEVEL_SMOOTH)
            list[n++] = (ordered){one ? c : (double)hist[c].g * t->unit_g / ((double)hist[c].h * t->unit_h + LEVEL_SMOOTH), c};
    }
    if (n < 2 && !(n == 1 && !one)) return;
    double penalty = t->o->lambda + (one ? 0 : LEVEL_PENALTY), base = whole, group = LEVEL_ROWS;
    if (!one) qsort(list, (size_t)n, sizeof *list, by_ratio);
    if (group > rows / 4) group = rows / 4;
    for (int side = 0; side < (one ? 1 : 2); side++) { /* taken from the low end, then from the high end */
        sums low = {0, 0};
        double since = 0;
        for (int i = 0; i < n; i++) {
            int c = list[side ? n - 1 - i : i].bin;
            if (one) low = (sums){0, 0};
            low.g += hist[c].g;
            low.h += hist[c].h;
            double count = (double)low.h * per_hessian;
            since += (double)hist[c].h * per_hessian;
            if (count < least || rows - count < least) continue;
            if (!one && (since < group || rows - count < group)) continue;
            if ((double)low.h * t->unit_h < HESSIAN_LEAST || (double)(l->all.h - low.h) * t->unit_h < HESSIAN_LEAST) continue;
            since = 0;
            if (!consider(t, l, best, low, penalty, base, 0)) continue;
            best->k = k;
            best->cut = -1;
            memset(best->left, 0, sizeof best->left);
            for (int j = one ? i : 0; j <= i; j++) best->left[list[side ? n - 1 - j : j].bin] = true;
        }
    }
}

void tree_find_split(const grower *t, leaf *l) {
    double rows = (double)(l->to - l->from), g = (double)l->all.g * t->unit_g, h = (double)l->all.h * t->unit_h;
    l->best = (split){0};
    if (rows < 2.0 * t->o->min_leaf || l->all.h <= 0) return;
    double per_hessian = rows / (double)l->all.h, lambda = t->o->lambda;
    double whole = worth(g, h, lambda, bounded(-g / (h + lambda), l));
    l->best.gain = 1e-10;
    size_t none = t->b.n;
    l->best.k = none;
    for (size_t k = 0; k < t->b.n; k++) {
        if (t->b.features[k].is_level) split_levels(t, l, k, per_hessian, whole, &l->best);
        else split_number(t, l, k, per_hessian, whole, &l->best);
    }
    if (l->best.k == none) {
        l->best.gain = 0;
        return;
    }
    const bin_feature *f = &t->b.features[l->best.k];
    if (!f->is_level) {
        memset(l->best.left, 0, sizeof l->best.left);
        for (int c = 0; c <= l->best.cut; c++) l->best.left[c] = true;
        if (f->missing >= 0) l->best.left[f->missing] = l->best.missing_left;
    }
}

/* ---- growth ------------------------------------------------------------------------------------------------- */

static size_t partition(grower *t, const leaf *l) {
    const bool *left = l->best.left;
    size_t k = l->best.k, n = t->b.n, low = l->from, high = 0;
    for (size_t i = l->from; i < l->to; i++) {
        uint32_t row = t->order[i];
        bool goes = left[t->b.bin[(size_t)row * n + k]];
        t->order[low] = row; /* both written, one kept: no branch to mispredict */
        t->spare[high] = row;
        low += goes;
        high += !goes;
    }
    memcpy(t->order + low, t->spare, high * sizeof *t->order);
    return low;
}

int32_t tree_node(growing *w, double cover) {
    if (w->n == w->room) {
        size_t room = w->room ? 2 * w->room : 1024;
        kith_tree_node *nodes = realloc(w->nodes, room * sizeof *nodes);
        if (!nodes || room > INT32_MAX) {
            if (nodes) w->nodes = nodes;
            return -1;
        }
        w->nodes = nodes;
        w->room = room;
    }
    w->nodes[w->n] = (kith_tree_node){.feature = -1, .cover = cover};
    return (int32_t)w->n++;
}

int tree_divide(const grower *t, growing *w, const leaf *l, size_t low, size_t high, kith_error *err) {
    const split *s = &l->best;
    const bin_feature *f = &t->b.features[s->k];
    bool more_left = low >= high;
    int32_t left = tree_node(w, (double)low), right = tree_node(w, (double)high);
    if (left < 0 || right < 0) return kith_no_memory(err);
    kith_tree_node *node = &w->nodes[l->node];
    node->feature = f->feature;
    node->left = left;
    node->right = right;
    node->missing_left = f->missing >= 0 ? s->left[f->missing] : more_left;
    node->unseen_left = f->other >= 0 ? s->left[f->other] : more_left;
    if (!f->is_level) {
        node->threshold = s->cut < f->values - 1 ? f->upper[s->cut] : INFINITY;
        return KITH_OK;
    }
    uint32_t words = (uint32_t)(f->values + 31) / 32;
    if (w->n_sets + words > w->sets_room) {
        size_t room = 2 * w->sets_room + 64;
        uint32_t *sets = realloc(w->sets, room * sizeof *sets);
        if (!sets) return kith_no_memory(err);
        w->sets = sets;
        w->sets_room = room;
    }
    node->set = (uint32_t)w->n_sets;
    node->set_n = words;
    memset(w->sets + w->n_sets, 0, words * sizeof *w->sets);
    for (int c = 0; c < f->values; c++)
        if (s->left[c]) w->sets[w->n_sets + (size_t)c / 32] |= UINT32_C(1) << (c % 32);
    w->n_sets += words;
    return KITH_OK;
}

void tree_means(growing *w, int32_t root) {
    for (size_t i = w->n; i-- > (size_t)root;) { /* children have higher numbers than their parents */
        kith_tree_node *node = &w->nodes[i];
        if (node->feature < 0) continue;
        const kith_tree_node *a = &w->nodes[node->left], *b = &w->nodes[node->right];
        node->value = (a->cover * a->value + b->cover * b->value) / node->cover;
    }
}

static int grow_tree(grower *t, growing *w, int32_t *root, kith_error *err) {
    size_t total = t->b.total;
    for (size_t i = 0; i < t->n; i++) t->order[i] = (uint32_t)i;
    leaf *first = &t->leaves[0];
    *first = (leaf){.from = 0, .to = t->n, .lowest = -INFINITY, .highest = INFINITY, .hist = t->pool};
    first->node = *root = tree_node(w, (double)t->n);
    if (first->node < 0) return kith_no_memory(err);
    for (size_t i = 0; i < t->n; i++) {
        int64_t h = (int64_t)(uint32_t)t->packed[i];
        first->all.h += h;
        first->all.g += (t->packed[i] - h) / 4294967296;
    }
    first->value = -(double)first->all.g * t->unit_g / ((double)first->all.h * t->unit_h + t->o->lambda);
    KITH_TRY(build(t, first, err));
    tree_find_split(t, first);
    for (t->n_leaves = 1; t->n_leaves < (size_t)t->o->leaves; t->n_leaves++) {
        leaf *l = NULL;
        for (size_t i = 0; i < t->n_leaves; i++)
            if (t->leaves[i].best.gain > 0 && (!l || t->leaves[i].best.gain > l->best.gain)) l = &t->leaves[i];
        if (!l) break;
        size_t middle = partition(t, l);
        if (middle == l->from || middle == l->to) { /* counts were the hessian's share: nothing lies on one side */
            l->best.gain = 0;
            t->n_leaves--;
            continue;
        }
        KITH_TRY(tree_divide(t, w, l, middle - l->from, l->to - middle, err));
        const kith_tree_node *node = &w->nodes[l->node];
        leaf *r = &t->leaves[t->n_leaves];
        int monotone = t->o->monotone ? t->o->monotone[node->feature] : 0;
        double halfway = (l->best.low_value + l->best.high_value) / 2;
        *r = (leaf){.from = middle, .to = l->to, .node = node->right, .lowest = l->lowest, .highest = l->highest,
                    .all = {l->all.g - l->best.low.g, l->all.h - l->best.low.h}, .value = l->best.high_value,
                    .hist = t->pool + t->n_leaves * total};
        l->all = l->best.low;
        l->value = l->best.low_value;
        l->to = middle;
        l->node = node->left;
        if (monotone > 0) l->highest = r->lowest = halfway;
        if (monotone < 0) l->lowest = r->highest = halfway;
        if (t->n_leaves + 1 == (size_t)t->o->leaves) {
            l->best.gain = r->best.gain = 0;
            t->n_leaves++;
            break;
        }
        leaf *small = l->to - l->from <= r->to - r->from ? l : r, *large = small == l ? r : l;
        sums *parent = l->hist;
        small->hist = t->pool + t->n_leaves * total;
        large->hist = parent;
        KITH_TRY(build(t, small, err));
        for (size_t k = 0; k < total; k++) {
            parent[k].g -= small->hist[k].g;
            parent[k].h -= small->hist[k].h;
        }
        tree_find_split(t, l);
        tree_find_split(t, r);
    }
    for (size_t i = 0; i < t->n_leaves; i++) {
        const leaf *l = &t->leaves[i];
        double v = t->o->rate * l->value;
        w->nodes[l->node].value = v;
        for (size_t k = l->from; k < l->to; k++) t->score[t->order[k]] += v;
    }
    tree_means(w, *root);
    return KITH_OK;
}

/* ---- boosting ----------------------------------------------------------------------------------------------- */

void tree_gradient(bool squared, double score, double y, double w, double *g, double *h) {
    if (squared) {
        *g = w * (score - y);
        *h = w;
    } else {
        double p = kith_logistic(score);
        *g = w * (p - y);
        *h = w * p * (1 - p);
    }
}

void tree_units(double most_g, double most_h, double *unit_g, double *unit_h) {
    *unit_g = most_g > 0 ? most_g / HALF : 1;
    *unit_h = most_h > 0 ? most_h / HALF : 1;
}

void tree_round(double g, double h, double unit_g, double unit_h, int64_t *gi, int64_t *hi) {
    double rounded = nearbyint(h * (1 / unit_h));
    *hi = h > 0 && rounded < 1 ? 1 : (int64_t)rounded; /* a row that counts is never nothing */
    *gi = (int64_t)nearbyint(g * (1 / unit_g));
}

static void gradients(grower *t, const double *y, const double *weight) {
    double most_g = 0, most_h = 0;
    for (size_t i = 0; i < t->n; i++) {
        tree_gradient(t->o->squared, t->score[i], y[i], weight ? weight[i] : 1, &t->g[i], &t->h[i]);
        most_g = fabs(t->g[i]) > most_g ? fabs(t->g[i]) : most_g;
        most_h = t->h[i] > most_h ? t->h[i] : most_h;
    }
    tree_units(most_g, most_h, &t->unit_g, &t->unit_h);
    for (size_t i = 0; i < t->n; i++) {
        int64_t g, h;
        tree_round(t->g[i], t->h[i], t->unit_g, t->unit_h, &g, &h);
        t->packed[i] = g * 4294967296 + h;
    }
}

static int allocate(grower *t, kith_arena *arena, kith_error *err) {
    size_t n = t->n, total = t->b.total + 1, workers = (size_t)t->threads, leaves = (size_t)t->o->leaves;
    t->order = kith_arena_alloc(arena, n * sizeof *t->order);
    t->spare = kith_arena_alloc(arena, n * sizeof *t->spare);
    t->packed = kith_arena_alloc(arena, n * sizeof *t->packed);
    t->score = kith_arena_alloc(arena, n * sizeof *t->score);
    t->g = kith_arena_alloc(arena, n * sizeof *t->g);
    t->h = kith_arena_alloc(arena, n * sizeof *t->h);
    t->scratch = kith_arena_alloc(arena, workers * total * sizeof *t->scratch);
    t->partial = kith_arena_alloc(arena, workers * total * sizeof *t->partial);
    t->leaves = kith_arena_alloc(arena, (leaves + 1) * sizeof *t->leaves);
    t->pool = kith_arena_alloc(arena, (leaves + 1) * total * sizeof *t->pool);
    bool good = t->order && t->spare && t->packed && t->score && t->g && t->h && t->scratch && t->partial && t->leaves &&
                t->pool;
    return good ? KITH_OK : kith_no_memory(err);
}

static int boost(grower *t, growing *w, const double *y, const double *weight, kith_forest *forest, kith_arena *arena,
                 kith_error *err) {
    kith_sum weights = {0}, outcomes = {0}; /* exact: a fit over shards starts from the same base */
    bool good = true;
    for (size_t i = 0; i < t->n && good; i++) {
        double v = weight ? weight[i] : 1;
        good = kith_sum_add_real(&weights, v, arena) && kith_sum_add_real(&outcomes, v * y[i], arena);
    }
    if (!good) return kith_no_memory(err);
    double total = kith_sum_total(&weights), sum = kith_sum_total(&outcomes);
    if (!t->o->squared && (!(sum > 0) || !(sum < total)))
        return kith_fail(err, KITH_DATA, "the outcome has one class only: nothing can be learned from it");
    forest->base = t->o->squared ? sum / total : log(sum / (total - sum));
    for (size_t i = 0; i < t->n; i++) t->score[i] = forest->base;
    forest->root = kith_arena_alloc(arena, ((size_t)t->o->trees + 1) * sizeof *forest->root);
    if (!forest->root) return kith_no_memory(err);
    for (int tree = 0; tree < t->o->trees; tree++) {
        gradients(t, y, weight);
        KITH_TRY(grow_tree(t, w, &forest->root[forest->n_trees], err));
        forest->n_trees++;
        if (t->n_leaves == 1) { /* no split is worth taking, nor will one be: scores stay as they are */
            w->n--;
            forest->n_trees--;
            break;
        }
    }
    forest->n_nodes = w->n;
    forest->n_sets = w->n_sets;
    forest->nodes = kith_arena_alloc(arena, (w->n + 1) * sizeof *forest->nodes);
    forest->sets = kith_arena_alloc(arena, (w->n_sets + 1) * sizeof *forest->sets);
    if (!forest->nodes || !forest->sets) return kith_no_memory(err);
    if (w->n) memcpy(forest->nodes, w->nodes, w->n * sizeof *w->nodes);
    if (w->n_sets) memcpy(forest->sets, w->sets, w->n_sets * sizeof *w->sets);
    return KITH_OK;
}

int kith_trees_fit(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, const double *y,
                   const double *weight, const kith_tree_options *options, kith_arena *arena, kith_forest *forest,
                   kith_error *err) {
    *forest = (kith_forest){0};
    if (n == 0) return kith_fail(err, KITH_DATA, "no rows to learn from");
    if (n > UINT32_MAX) return kith_fail(err, KITH_DATA, "more than 4,294,967,295 rows");
    kith_tree_options o = *options;
    if (o.leaves < 2) o.leaves = n < 100000 ? 15 : 31;
    if (o.min_leaf < 1) o.min_leaf = 20;
    if (o.trees < 1) o.trees = 200;
    if (!(o.rate > 0)) o.rate = .05;
    if (!(o.lambda >= 0)) o.lambda = 5;
    kith_arena *own = kith_arena_new();
    if (!own) return kith_no_memory(err);
    grower t = {.o = &o, .n = n, .threads = o.threads > 0 ? o.threads : 1};
    growing w = {0};
    int status = KITH_OK;
    if (o.cuts) t.b = *o.cuts;
    else status = bins_cut(frame, encoding, rows, n, own, &t.b, err);
    if (status == KITH_OK) status = bins_fill(frame, encoding, rows, n, own, &t.b, err);
    if (status == KITH_OK) status = allocate(&t, own, err);
    if (status == KITH_OK) status = boost(&t, &w, y, weight, forest, arena, err);
    free(w.nodes);
    free(w.sets);
    kith_arena_free(own);
    return status;
}

/* ---- use ---------------------------------------------------------------------------------------------------- */

void kith_trees_predict(const kith_forest *forest, const kith_frame *frame, int32_t *const *map, const size_t *rows,
                        size_t n, double *out) {
    enum { TOGETHER = 1024 }; /* rows that go down one tree after the other, while its nodes are near */
    for (size_t from = 0; from < n; from += TOGETHER) {
        size_t to = from + TOGETHER < n ? from + TOGETHER : n;
        for (size_t i = from; i < to; i++) out[i] = forest->base;
        for (size_t t = 0; t < forest->n_trees; t++) {
            const kith_tree_node *root = &forest->nodes[forest->root[t]];
            for (size_t i = from; i < to; i++) {
                size_t row = rows ? rows[i] : i;
                const kith_tree_node *node = root;
                while (node->feature >= 0) {
                    bool left = node_left(forest, node, &frame->features[node->feature], map[node->feature], row);
                    node = &forest->nodes[left ? node->left : node->right];
                }
                out[i] += node->value;
            }
        }
    }
}

double kith_trees_reasons(const kith_forest *forest, const kith_frame *frame, int32_t *const *map, size_t row,
                          double *parts) {
    double constant = forest->base;
    for (size_t t = 0; t < forest->n_trees; t++) {
        const kith_tree_node *node = &forest->nodes[forest->root[t]];
        constant += node->value;
        while (node->feature >= 0) {
            bool left = node_left(forest, node, &frame->features[node->feature], map[node->feature], row);
            const kith_tree_node *child = &forest->nodes[left ? node->left : node->right];
            parts[node->feature] += child->value - node->value;
            node = child;
        }
    }
    return constant;
}
