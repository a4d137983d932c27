/* Boosting over shards. A pass of a tree either finds the largest gradient and hessian, which the rounding's units are chosen by, or
 * sums up histograms of the nodes that are asked for: the root first, then the children of every leaf that leaf-wise growth may yet
 * divide (of the leaves that are open, as many of the best as leaves are still wanted; no other can be reached). Then growth is gone
 * through again from the root, with what is known by now, until it needs a node that was not counted yet or the tree is full. A
 * histogram is a sum of integers and a node's division follows from it and from what stands above it; so the trees are those of trees.c
 * to the byte, in as many passes as the tree is deep, and one.
 *
 * Tried and dropped: one pass a division (leaves − 1 of them a tree). */
#include "tree_step.h"
#include "persist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int tree_growth_new(kith_arena *arena, const kith_tree_options *o, const bins *cuts, tree_growth **growth, kith_error *err) {
    tree_growth *t = *growth = kith_arena_zalloc(arena, sizeof *t);
    if (!t) return kith_no_memory(err);
    t->o = *o;
    t->cuts = cuts;
    t->unit_g = t->unit_h = 1;
    t->arena = arena;
    t->root = kith_arena_zalloc(arena, ((size_t)o->trees + 1) * sizeof *t->root);
    return t->root ? KITH_OK : kith_no_memory(err);
}

void tree_growth_free(tree_growth *t) {
    if (!t) return;
    free(t->w.nodes);
    free(t->w.sets);
    t->w = (growing){0};
}

kith_forest tree_growth_forest(const tree_growth *t) {
    return (kith_forest){.base = t->base, .n_trees = t->n_trees, .n_nodes = t->w.n, .n_sets = t->w.n_sets, .root = t->root, .nodes = t->w.nodes, .sets = t->w.sets};
}

/* ---- a pass ----------------------------------------------------------------------------------------------------- */

static bool open_room(tree_growth *t) {
    if (t->n_open < t->room) return true;
    size_t room = 2 * t->room + 64;
    open_node *more = room < INT32_MAX ? kith_arena_alloc(t->arena, room * sizeof *more) : NULL;
    if (!more) return false;
    if (t->n_open) memcpy(more, t->open, t->n_open * sizeof *more);
    t->open = more;
    t->room = room;
    return true;
}

static int32_t ask(tree_growth *t, double lowest, double highest, double value) {
    if (!open_room(t)) return -1;
    t->open[t->n_open] = (open_node){.l = {.lowest = lowest, .highest = highest, .value = value}, .child = {-1, -1}};
    return (int32_t)t->n_open++;
}

int tree_growth_begin(tree_growth *t, kith_error *err) {
    t->most_g = t->most_h = 0;
    if (!t->scaled) return KITH_OK;
    size_t asked = 0;
    for (size_t i = 0; i < t->n_open; i++) asked += !t->open[i].known;
    t->hist = kith_arena_zalloc(t->arena, (asked * (t->cuts->total + 1) + 1) * sizeof *t->hist);
    t->rows = kith_arena_zalloc(t->arena, (asked + 1) * sizeof *t->rows);
    return t->hist && t->rows ? KITH_OK : kith_no_memory(err);
}

/* How many open nodes are known: they come first. */
static size_t known_of(const tree_growth *t) {
    size_t known = 0;
    while (known < t->n_open && t->open[known].known) known++;
    return known;
}

void tree_growth_rows(tree_growth *t, const bins *b, const double *score, const double *y, const double *weight) {
    size_t width = t->cuts->total + 1, known = known_of(t);
    for (size_t i = 0; i < b->rows; i++) {
        double g, h;
        int64_t gi, hi;
        const uint8_t *bin = b->bin + i * b->n;
        tree_gradient(t->o.squared, score[i], y[i], weight ? weight[i] : 1, &g, &h);
        if (!t->scaled) {
            t->most_g = fabs(g) > t->most_g ? fabs(g) : t->most_g;
            t->most_h = h > t->most_h ? h : t->most_h;
            continue;
        }
        int32_t at = 0;
        while (at >= 0 && t->open[at].known) {
            const open_node *node = &t->open[at];
            at = node->child[0] < 0 ? -1 : node->child[!node->l.best.left[bin[node->l.best.k]]];
        }
        if (at < 0) continue; /* in a leaf that nothing more is asked about */
        size_t place = (size_t)at - known;
        sums *hist = t->hist + place * width;
        tree_round(g, h, t->unit_g, t->unit_h, &gi, &hi);
        t->rows[place]++;
        hist[width - 1].g += gi;
        hist[width - 1].h += hi;
        for (size_t k = 0; k < b->n; k++) {
            sums *cell = &hist[t->cuts->features[k].first + bin[k]];
            cell->g += gi;
            cell->h += hi;
        }
    }
}

void tree_growth_merge(tree_growth *a, const tree_growth *b) {
    a->most_g = b->most_g > a->most_g ? b->most_g : a->most_g;
    a->most_h = b->most_h > a->most_h ? b->most_h : a->most_h;
    if (!a->scaled) return;
    size_t known = known_of(a), asked = a->n_open - known, width = a->cuts->total + 1;
    for (size_t i = 0; i < asked; i++) a->rows[i] += b->rows[i];
    for (size_t i = 0; i < asked * width; i++) a->hist[i].g += b->hist[i].g, a->hist[i].h += b->hist[i].h;
}

void tree_growth_save(const tree_growth *t, kith_row_writer *w) {
    if (!t->scaled) {
        kith_put_string(w, "most"), kith_put_double(w, t->most_g), kith_put_double(w, t->most_h);
        kith_row_end(w);
        return;
    }
    size_t known = known_of(t), asked = t->n_open - known, width = t->cuts->total + 1;
    for (size_t i = 0; i < asked; i++) {
        kith_put_string(w, "node"), kith_put_int(w, (int64_t)i), kith_put_int(w, (int64_t)t->rows[i]);
        kith_row_end(w);
        for (size_t k = 0; k < width; k++) {
            const sums *s = &t->hist[i * width + k];
            if (!s->g && !s->h) continue;
            kith_put_string(w, "bin"), kith_put_int(w, (int64_t)i), kith_put_int(w, (int64_t)k), kith_put_int(w, s->g), kith_put_int(w, s->h);
            kith_row_end(w);
        }
    }
}

bool tree_growth_load(tree_growth *t, const kith_str *f, size_t n) {
    int64_t i, k, g, h;
    if (n == 3 && !t->scaled && kith_str_is(f[0], "most"))
        return kith_parse_double(f[1], &t->most_g) && kith_parse_double(f[2], &t->most_h) && isfinite(t->most_g) && isfinite(t->most_h) && t->most_g >= 0 && t->most_h >= 0;
    if (!t->scaled || n < 3 || !kith_parse_int(f[1], &i) || i < 0 || !kith_parse_int(f[2], &k) || k < 0) return false;
    size_t known = known_of(t), asked = t->n_open - known, width = t->cuts->total + 1;
    const int64_t most = INT64_C(1) << 60; /* sums of what is smaller do not run over */
    if ((size_t)i >= asked) return false;
    if (n == 3 && kith_str_is(f[0], "node") && k < most) {
        t->rows[i] = (uint64_t)k;
        return true;
    }
    if (n != 5 || !kith_str_is(f[0], "bin") || (size_t)k >= width || !kith_parse_int(f[3], &g) || !kith_parse_int(f[4], &h)) return false;
    if (g > most || g < -most || h < 0 || h > most) return false;
    t->hist[(size_t)i * width + (size_t)k] = (sums){g, h};
    return true;
}

/* ---- growth ----------------------------------------------------------------------------------------------------- */

typedef struct walking { /* growth, gone through again */
    int32_t *node; /* by leaf: its open node */
    double *gain;
    size_t n;
    struct {
        int32_t node;
        size_t leaf; /* that was divided */
    } *taken;
    size_t n_taken;
} walking;

/* What the root's and the leaves' divisions give their children, as grow_tree does. */
static int ask_children(tree_growth *t, int32_t at, kith_error *err) {
    const leaf l = t->open[at].l;
    const split *s = &l.best;
    int monotone = t->o.monotone ? t->o.monotone[t->cuts->features[s->k].feature] : 0;
    double halfway = (s->low_value + s->high_value) / 2;
    int32_t low = ask(t, monotone < 0 ? halfway : l.lowest, monotone > 0 ? halfway : l.highest, s->low_value);
    int32_t high = ask(t, monotone > 0 ? halfway : l.lowest, monotone < 0 ? halfway : l.highest, s->high_value);
    if (low < 0 || high < 0) return kith_no_memory(err);
    t->open[at].child[0] = low;
    t->open[at].child[1] = high;
    return KITH_OK;
}

/* The tree is whole: its nodes in the order of growth. */
static int write_tree(tree_growth *t, const walking *k, grower *g, kith_error *err) {
    int32_t *node = malloc((k->n_taken + 2) * sizeof *node);
    if (!node) return kith_no_memory(err);
    int status = KITH_OK;
    size_t n = 1;
    int32_t root = node[0] = tree_node(&t->w, (double)t->open[0].l.to);
    if (root < 0) status = kith_no_memory(err);
    for (size_t i = 0; i < k->n_taken && status == KITH_OK; i++) {
        const open_node *o = &t->open[k->taken[i].node];
        leaf l = o->l;
        l.node = node[k->taken[i].leaf];
        status = tree_divide(g, &t->w, &l, t->open[o->child[0]].l.to, t->open[o->child[1]].l.to, err);
        if (status != KITH_OK) break;
        node[k->taken[i].leaf] = t->w.nodes[l.node].left;
        node[n++] = t->w.nodes[l.node].right;
    }
    for (size_t i = 0; i < k->n && status == KITH_OK; i++) t->w.nodes[node[i]].value = t->o.rate * t->open[k->node[i]].l.value;
    if (status == KITH_OK) tree_means(&t->w, root);
    if (status == KITH_OK) t->root[t->n_trees++] = root;
    free(node);
    return status;
}

/* Asks for the children of the leaves that may yet be divided: of those open, the best `left`. */
static int ask_more(tree_growth *t, const walking *k, size_t left, kith_error *err) {
    for (size_t i = 0; i < k->n; i++) {
        size_t better = 0;
        if (!(k->gain[i] > 0) || t->open[k->node[i]].child[0] >= 0) continue;
        for (size_t j = 0; j < k->n; j++) better += k->gain[j] > k->gain[i] || (k->gain[j] == k->gain[i] && j < i);
        if (better < left) KITH_TRY(ask_children(t, k->node[i], err));
    }
    return KITH_OK;
}

static int walk(tree_growth *t, walking *k, grower *g, kith_error *err) {
    size_t leaves = (size_t)t->o.leaves;
    k->n = 1;
    k->node[0] = 0;
    k->gain[0] = t->open[0].l.best.gain;
    while (k->n < leaves) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < k->n; i++)
            if (k->gain[i] > 0 && (best == SIZE_MAX || k->gain[i] > k->gain[best])) best = i;
        if (best == SIZE_MAX) break;
        const open_node *o = &t->open[k->node[best]];
        if (o->child[0] < 0) return ask_more(t, k, leaves - k->n, err);
        const leaf *low = &t->open[o->child[0]].l, *high = &t->open[o->child[1]].l;
        if (low->to == 0 || high->to == 0) { /* counts were the hessian's share: nothing lies on one side */
            k->gain[best] = 0;
            continue;
        }
        k->taken[k->n_taken].node = k->node[best];
        k->taken[k->n_taken++].leaf = best;
        k->node[k->n] = o->child[1];
        k->gain[k->n] = high->best.gain;
        k->gain[best] = low->best.gain;
        k->node[best] = o->child[0];
        k->n++;
    }
    if (k->n == 1) { /* no split is worth taking, nor will one be */
        t->done = true;
        return KITH_OK;
    }
    KITH_TRY(write_tree(t, k, g, err));
    t->done = t->n_trees == (size_t)t->o.trees;
    t->scaled = false;
    t->n_open = 0;
    return KITH_OK;
}

int tree_growth_step(tree_growth *t, kith_error *err) {
    if (!t->scaled) {
        tree_units(t->most_g, t->most_h, &t->unit_g, &t->unit_h);
        t->scaled = true;
        t->n_open = 0;
        return ask(t, -INFINITY, INFINITY, 0) == 0 ? KITH_OK : kith_no_memory(err);
    }
    grower g = {.o = &t->o, .b = *t->cuts, .unit_g = t->unit_g, .unit_h = t->unit_h};
    size_t known = known_of(t), width = t->cuts->total + 1;
    for (size_t i = known; i < t->n_open; i++) {
        open_node *o = &t->open[i];
        o->l.hist = t->hist + (i - known) * width;
        o->l.all = o->l.hist[width - 1];
        o->l.from = 0;
        o->l.to = t->rows[i - known];
        o->known = true;
        if (i == 0) o->l.value = -(double)o->l.all.g * t->unit_g / ((double)o->l.all.h * t->unit_h + t->o.lambda);
        tree_find_split(&g, &o->l);
    }
    size_t leaves = (size_t)t->o.leaves + 1;
    walking k = {.node = malloc(leaves * sizeof *k.node), .gain = malloc(leaves * sizeof *k.gain), .taken = malloc(leaves * sizeof *k.taken)};
    int status = k.node && k.gain && k.taken ? walk(t, &k, &g, err) : kith_no_memory(err);
    free(k.node);
    free(k.gain);
    free(k.taken);
    return status;
}

/* ---- between passes --------------------------------------------------------------------------------------------- */

static void put_bound(kith_buf *text, double v) {
    kith_buf_putc(text, ' ');
    if (isinf(v)) kith_buf_putc(text, '.');
    else kith_buf_double(text, v);
}

int tree_growth_put(const tree_growth *t, const char *part, const kith_encoding *e, kith_model *m, kith_error *err) {
    kith_forest forest = tree_growth_forest(t);
    kith_buf text = {0};
    char *open = kith_arena_format(m->arena, "%s_open", part), *growth = kith_arena_format(m->arena, "%s_growth", part);
    if (!open || !growth) return kith_no_memory(err);
    persist_put_forest(m, part, e, &forest);
    kith_model_put_int(m, growth, "scaled", t->scaled);
    kith_model_put_int(m, growth, "done", t->done);
    kith_model_put_double(m, growth, "unit_g", t->unit_g);
    kith_model_put_double(m, growth, "unit_h", t->unit_h);
    for (size_t i = 0; i < t->n_open; i++) {
        const open_node *o = &t->open[i];
        const split *s = &o->l.best;
        text.n = 0;
        kith_buf_printf(&text, "%d %zu %d %d %zu %d %d %lld %lld", o->known, o->l.to, (int)o->child[0], (int)o->child[1], s->k, s->cut, s->missing_left, (long long)s->low.g, (long long)s->low.h);
        const double v[] = {o->l.value, s->gain, s->low_value, s->high_value, o->l.lowest, o->l.highest};
        for (size_t k = 0; k < 6; k++) put_bound(&text, v[k]);
        kith_buf_puts(&text, " x");
        for (size_t k = 0; k < 256; k += 4) kith_buf_putc(&text, "0123456789abcdef"[s->left[k] | s->left[k + 1] << 1 | s->left[k + 2] << 2 | s->left[k + 3] << 3]);
        if (!text.failed) kith_model_put_str(m, open, KITH_STR("node"), (kith_str){text.p, text.n});
    }
    bool failed = text.failed || m->failed;
    kith_buf_free(&text);
    return failed ? kith_no_memory(err) : KITH_OK;
}

static bool get_open(tree_growth *t, kith_str text, size_t all) {
    kith_str w[17];
    size_t n = 0;
    for (size_t i = 0; i < text.n && n < 17; n++) {
        size_t from = i;
        while (i < text.n && text.p[i] != ' ') i++;
        w[n] = (kith_str){text.p + from, i - from};
        i += i < text.n;
    }
    if (n != 16 || !open_room(t)) return false;
    int64_t v[9];
    double d[6];
    for (size_t k = 0; k < 9; k++)
        if (!kith_parse_int(w[k], &v[k])) return false;
    for (size_t k = 0; k < 6; k++)
        if (k >= 4 && kith_str_is(w[9 + k], ".")) d[k] = k == 4 ? -INFINITY : INFINITY;
        else if (!kith_parse_double(w[9 + k], &d[k])) return false;
    int64_t here = (int64_t)t->n_open;
    bool leafless = v[2] == -1 && v[3] == -1, good = v[1] >= 0 && v[4] >= 0 && v[5] >= -1 && v[5] < 256 && v[7] > -(INT64_C(1) << 60) && v[7] < INT64_C(1) << 60 && v[8] >= 0;
    if (!good || (size_t)v[4] > t->cuts->n || (!leafless && ((size_t)v[4] >= t->cuts->n || v[2] <= here || v[3] <= here || (size_t)v[2] >= all || (size_t)v[3] >= all))) return false;
    open_node *o = &t->open[t->n_open++];
    *o = (open_node){.l = {.to = (size_t)v[1], .value = d[0], .lowest = d[4], .highest = d[5],
                           .best = {.gain = d[1], .k = (size_t)v[4], .cut = (int)v[5], .missing_left = v[6] != 0, .low = {v[7], v[8]}, .low_value = d[2], .high_value = d[3]}},
                     .known = v[0] != 0, .child = {(int32_t)v[2], (int32_t)v[3]}};
    if (w[15].n != 65 || w[15].p[0] != 'x') return false;
    for (size_t k = 0; k < 64; k++) {
        char c = w[15].p[1 + k];
        int bits = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (bits < 0) return false;
        for (size_t b = 0; b < 4; b++) o->l.best.left[4 * k + b] = bits >> b & 1;
    }
    return !o->known || here == 0 || t->open[here - 1].known;
}

int tree_growth_get(tree_growth *t, const char *part, const kith_encoding *e, const kith_model *m, kith_error *err) {
    char *open = kith_arena_format(m->arena, "%s_open", part), *growth = kith_arena_format(m->arena, "%s_growth", part);
    kith_forest f;
    double scaled, done;
    size_t from, to;
    if (!open || !growth) return kith_no_memory(err);
    KITH_TRY(persist_get_forest(m, part, e, &f, err));
    KITH_TRY(kith_model_number(m, growth, "scaled", &scaled, err));
    KITH_TRY(kith_model_number(m, growth, "done", &done, err));
    KITH_TRY(kith_model_number(m, growth, "unit_g", &t->unit_g, err));
    KITH_TRY(kith_model_number(m, growth, "unit_h", &t->unit_h, err));
    t->scaled = scaled != 0;
    t->done = done != 0;
    t->base = f.base;
    if (f.n_trees > (size_t)t->o.trees || !(t->unit_g > 0) || !(t->unit_h > 0)) return kith_fail(err, KITH_DATA, "the model's part %s is damaged", growth);
    if (f.n_trees) memcpy(t->root, f.root, f.n_trees * sizeof *f.root);
    t->n_trees = f.n_trees;
    t->w = (growing){.nodes = malloc((f.n_nodes + 1) * sizeof *f.nodes), .n = f.n_nodes, .room = f.n_nodes + 1,
                     .sets = malloc((f.n_sets + 1) * sizeof *f.sets), .n_sets = f.n_sets, .sets_room = f.n_sets + 1};
    if (!t->w.nodes || !t->w.sets) return kith_no_memory(err);
    if (f.n_nodes) memcpy(t->w.nodes, f.nodes, f.n_nodes * sizeof *f.nodes);
    if (f.n_sets) memcpy(t->w.sets, f.sets, f.n_sets * sizeof *f.sets);
    kith_model_part(m, open, &from, &to);
    t->n_open = 0;
    for (size_t i = from; i < to; i++)
        if (!get_open(t, m->rows[i].value, to - from)) return kith_fail(err, KITH_DATA, "the model's part %s is damaged", open);
    return t->scaled && !t->n_open && !t->done ? kith_fail(err, KITH_DATA, "the model's part %s is missing", open) : KITH_OK;
}
