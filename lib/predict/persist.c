/* Models as rows part,name,value, and batches as frames for them. */
#include "persist.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int broken(const kith_model *m, const char *part, kith_error *err) {
    return kith_fail(err, KITH_DATA, "%s: the model's part %s is incomplete or damaged", m->file ? m->file : "model", part);
}

/* ---- encodings ---------------------------------------------------------------------------------------------- */

void persist_put_encoding(kith_model *m, const kith_encoding *e) {
    for (size_t j = 0; j < e->n; j++) {
        const kith_coded *c = &e->coded[j];
        kith_model_put(m, "column", c->name, c->left_out ? "constant" : c->is_level ? "level" : c->is_time ? "date" : "number");
        if (c->left_out) continue;
        if (!c->is_level) {
            kith_model_put_double(m, "mean", c->name, c->mean);
            kith_model_put_double(m, "sd", c->name, c->sd);
        }
        for (size_t l = 0; l < c->n_levels; l++) {
            kith_model_put(m, "level", c->name, c->levels[l]);
            kith_model_put_double(m, "share", c->name, c->share[l]);
        }
        if (c->has_missing) kith_model_put_double(m, "missing", c->name, c->missing_share);
    }
}

/* The rows that follow a column row, up to the next one. */
static int get_column(const kith_model *m, size_t from, size_t to, kith_coded *c, kith_error *err) {
    const char **levels = kith_arena_alloc(m->arena, (to - from + 1) * sizeof *levels);
    c->share = kith_arena_alloc(m->arena, (to - from + 1) * sizeof *c->share);
    if (!levels || !c->share) return kith_no_memory(err);
    c->levels = levels;
    for (size_t i = from; i < to; i++) {
        const struct kith_model_row *r = &m->rows[i];
        double v = NAN;
        if (kith_str_is(r->part, "level")) {
            char *copy = kith_arena_copy(m->arena, r->value.p, r->value.n);
            if (!copy) return kith_no_memory(err);
            if (c->n_levels >= KITH_LEVELS_MOST || (c->n_levels && strcmp(levels[c->n_levels - 1], copy) >= 0))
                return broken(m, "level", err);
            levels[c->n_levels++] = copy;
            continue;
        }
        bool mean = kith_str_is(r->part, "mean"), sd = kith_str_is(r->part, "sd"), share = kith_str_is(r->part, "share");
        bool missing = kith_str_is(r->part, "missing");
        if (!mean && !sd && !share && !missing) break;
        if (!kith_parse_double(r->value, &v) || !isfinite(v)) return broken(m, "column", err);
        if (mean) c->mean = v;
        if (sd) c->sd = v;
        if (share && c->n_levels == 0) return broken(m, "share", err);
        if (share) c->share[c->n_levels - 1] = v;
        if (missing) {
            c->has_missing = true;
            c->missing_share = v;
        }
    }
    return KITH_OK;
}

int persist_get_encoding(const kith_model *m, kith_encoding *e, kith_error *err) {
    *e = (kith_encoding){0};
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < m->n; i++) {
        if (!kith_str_is(m->rows[i].part, "column")) continue;
        if (first == SIZE_MAX) first = i;
        e->n += !kith_str_is(m->rows[i].value, "constant"); /* said for the reader; takes no part */
    }
    if (e->n == 0) return broken(m, "column", err);
    e->coded = kith_arena_zalloc(m->arena, e->n * sizeof *e->coded);
    if (!e->coded) return kith_no_memory(err);
    size_t j = 0;
    for (size_t i = first; i < m->n && j < e->n; i++) {
        if (!kith_str_is(m->rows[i].part, "column") || kith_str_is(m->rows[i].value, "constant")) continue;
        kith_coded *c = &e->coded[j++];
        c->name = kith_arena_copy(m->arena, m->rows[i].name.p, m->rows[i].name.n);
        if (!c->name) return kith_no_memory(err);
        kith_str kind = m->rows[i].value;
        c->is_level = kith_str_is(kind, "level");
        c->is_time = kith_str_is(kind, "date");
        if (!c->is_level && !c->is_time && !kith_str_is(kind, "number")) return broken(m, "column", err);
        KITH_TRY(get_column(m, i + 1, m->n, c, err));
        if (!c->is_level && c->sd > 0) c->first = e->numbers++;
        if (c->sd < 0 || (!c->is_level && !(c->sd > 0) && !c->has_missing)) return broken(m, "sd", err);
    }
    size_t next = e->numbers;
    for (j = 0; j < e->n; j++) { /* as kith_encoding_fit lays the columns out */
        kith_coded *c = &e->coded[j];
        if (c->is_level) {
            c->first = next;
            next += c->n_levels;
        }
        if (c->has_missing) c->missing = next++;
        if (c->is_level || c->has_missing) e->factors++;
    }
    e->width = next;
    return KITH_OK;
}

/* ---- linear models ------------------------------------------------------------------------------------------ */

/* The design column that a printed column of an interacted model is made from; see kith_design_interact. */
static void column_name(const kith_encoding *e, bool interacted, size_t k, char *text, size_t room) {
    size_t d = e->numbers, levels = e->width - d;
    if (!interacted) {
        kith_encoded_name(e, k, text, room);
        return;
    }
    char name[200];
    bool crossed = (k > d && k < 2 * d + 1) || k >= 2 * d + 1 + levels;
    size_t column = k < d ? k : k == d ? SIZE_MAX : k < 2 * d + 1 ? k - d - 1 : (k - 2 * d - 1) % (levels ? levels : 1) + d;
    kith_encoded_name(e, column, name, sizeof name);
    if (k == d) snprintf(text, room, "(treatment)");
    else snprintf(text, room, "%s%s", crossed ? "(treatment) x " : "", name);
}

void persist_put_linear(kith_model *m, const char *part, const kith_encoding *e, bool interacted, const kith_linear *fit) {
    char name[300];
    for (size_t k = 0; k < fit->width; k++) {
        column_name(e, interacted, k, name, sizeof name);
        kith_model_put_double(m, part, name, fit->weight[k]);
    }
    kith_model_put_double(m, part, "(intercept)", fit->intercept);
}

int persist_get_linear(const kith_model *m, const char *part, size_t width, kith_linear *fit, kith_error *err) {
    size_t from, to;
    *fit = (kith_linear){.width = width, .converged = true};
    kith_model_part(m, part, &from, &to);
    if (to - from != width + 1 || !kith_str_is(m->rows[to - 1].name, "(intercept)")) return broken(m, part, err);
    fit->weight = kith_arena_alloc(m->arena, (width + 1) * sizeof *fit->weight);
    if (!fit->weight) return kith_no_memory(err);
    for (size_t k = 0; k <= width; k++)
        if (!kith_parse_double(m->rows[from + k].value, &fit->weight[k]) || !isfinite(fit->weight[k])) return broken(m, part, err);
    fit->intercept = fit->weight[width];
    return KITH_OK;
}

/* ---- forests ------------------------------------------------------------------------------------------------ */

/* PART_tree,TREE,root   then, node by node,
 * PART_split,FEATURE,"node left right cut missing unseen cover value"   with set words in hexadecimal in place of the cut
 * PART_leaf,,"node cover value" */
void persist_put_forest(kith_model *m, const char *part, const kith_encoding *e, const kith_forest *f) {
    kith_buf name = {0}, text = {0};
    kith_buf_printf(&name, "%s_tree", part);
    kith_buf_putc(&name, 0);
    kith_model_put_double(m, name.failed ? "" : name.p, "base", f->base);
    kith_model_put_int(m, name.failed ? "" : name.p, "nodes", (int64_t)f->n_nodes);
    for (size_t t = 0; t < f->n_trees; t++) {
        text.n = 0;
        kith_buf_int(&text, (int64_t)t);
        kith_buf_putc(&text, 0);
        if (!text.failed && !name.failed) kith_model_put_int(m, name.p, text.p, f->root[t]);
    }
    for (size_t i = 0; i < f->n_nodes; i++) {
        const kith_tree_node *n = &f->nodes[i];
        text.n = name.n = 0;
        kith_buf_printf(&name, "%s_%s", part, n->feature < 0 ? "leaf" : "split");
        kith_buf_putc(&name, 0);
        kith_buf_int(&text, (int64_t)i);
        if (n->feature >= 0) {
            kith_buf_printf(&text, " %d %d ", (int)n->left, (int)n->right);
            if (e->coded[n->feature].is_level) {
                kith_buf_putc(&text, 'x');
                for (uint32_t w = 0; w < n->set_n; w++) kith_buf_printf(&text, "%08x", (unsigned)f->sets[n->set + w]);
            } else if (isinf(n->threshold)) {
                kith_buf_puts(&text, "known");
            } else {
                kith_buf_double(&text, n->threshold);
            }
            kith_buf_printf(&text, " %s %s", n->missing_left ? "left" : "right", n->unseen_left ? "left" : "right");
        }
        kith_buf_putc(&text, ' ');
        kith_buf_double(&text, n->cover);
        kith_buf_putc(&text, ' ');
        kith_buf_double(&text, n->value);
        if (text.failed || name.failed) break;
        kith_model_put_str(m, name.p, kith_str_of(n->feature < 0 ? "" : e->coded[n->feature].name), (kith_str){text.p, text.n});
    }
    m->failed = m->failed || name.failed || text.failed;
    kith_buf_free(&name);
    kith_buf_free(&text);
}

static size_t words_of(kith_str s, kith_str *out, size_t most) {
    size_t n = 0, i = 0;
    while (i < s.n && n < most) {
        while (i < s.n && s.p[i] == ' ') i++;
        size_t from = i;
        while (i < s.n && s.p[i] != ' ') i++;
        if (i > from) out[n++] = (kith_str){s.p + from, i - from};
    }
    return i < s.n ? most + 1 : n;
}

static bool set_of(kith_str s, const kith_coded *c, kith_forest *f, kith_tree_node *n) {
    n->set = (uint32_t)f->n_sets;
    n->set_n = (uint32_t)((s.n - 1) / 8);
    if ((s.n - 1) % 8 != 0 || n->set_n > (c->n_levels + 31) / 32) return false;
    for (uint32_t w = 0; w < n->set_n; w++) {
        uint32_t bits = 0;
        for (int k = 0; k < 8; k++) {
            char d = s.p[1 + 8 * w + (size_t)k];
            int v = d >= '0' && d <= '9' ? d - '0' : d >= 'a' && d <= 'f' ? d - 'a' + 10 : -1;
            if (v < 0) return false;
            bits = bits << 4 | (uint32_t)v;
        }
        f->sets[f->n_sets++] = bits;
    }
    return true;
}

static bool split_of(kith_str text, const kith_encoding *e, int32_t feature, kith_forest *f, kith_tree_node *n) {
    kith_str w[8];
    int64_t left, right;
    const kith_coded *c = &e->coded[feature];
    if (words_of(text, w, 8) != 8) return false;
    n->feature = feature;
    if (!kith_parse_int(w[1], &left) || !kith_parse_int(w[2], &right)) return false;
    if (left <= (int64_t)f->n_nodes || right <= (int64_t)f->n_nodes || left > INT32_MAX || right > INT32_MAX) return false;
    n->left = (int32_t)left;
    n->right = (int32_t)right;
    n->missing_left = kith_str_is(w[4], "left");
    n->unseen_left = kith_str_is(w[5], "left");
    if (c->is_level) {
        if (w[3].p[0] != 'x' || !set_of(w[3], c, f, n)) return false;
    } else if (kith_str_is(w[3], "known")) {
        n->threshold = INFINITY;
    } else if (!kith_parse_double(w[3], &n->threshold)) {
        return false;
    }
    return kith_parse_double(w[6], &n->cover) && kith_parse_double(w[7], &n->value);
}

static int32_t feature_of(const kith_encoding *e, kith_str name) {
    for (size_t j = 0; j < e->n; j++)
        if (kith_str_is(name, e->coded[j].name)) return (int32_t)j;
    return -1;
}

int persist_get_forest(const kith_model *m, const char *part, const kith_encoding *e, kith_forest *f, kith_error *err) {
    *f = (kith_forest){0};
    char *tree = kith_arena_format(m->arena, "%s_tree", part), *split = kith_arena_format(m->arena, "%s_split", part);
    char *leaf = kith_arena_format(m->arena, "%s_leaf", part);
    if (!tree || !split || !leaf) return kith_no_memory(err);
    size_t from, to;
    double nodes;
    kith_model_part(m, tree, &from, &to);
    KITH_TRY(kith_model_number(m, tree, "base", &f->base, err));
    KITH_TRY(kith_model_number(m, tree, "nodes", &nodes, err));
    if (to - from < 2 || !(nodes >= 0) || nodes > (double)(m->n - to)) return broken(m, tree, err);
    f->root = kith_arena_alloc(m->arena, (to - from) * sizeof *f->root);
    f->nodes = kith_arena_zalloc(m->arena, ((size_t)nodes + 1) * sizeof *f->nodes);
    f->sets = kith_arena_alloc(m->arena, ((size_t)nodes * (KITH_LEVELS_MOST / 32 + 1) + 1) * sizeof *f->sets);
    if (!f->root || !f->nodes || !f->sets) return kith_no_memory(err);
    for (size_t i = from + 2; i < to; i++) {
        int64_t root;
        if (!kith_parse_int(m->rows[i].value, &root) || root < 0 || (double)root >= nodes) return broken(m, tree, err);
        f->root[f->n_trees++] = (int32_t)root;
    }
    for (size_t i = to; i < m->n && (double)f->n_nodes < nodes; i++) {
        kith_tree_node *n = &f->nodes[f->n_nodes];
        if (kith_str_is(m->rows[i].part, leaf)) {
            kith_str w[3];
            n->feature = -1;
            if (words_of(m->rows[i].value, w, 3) != 3 || !kith_parse_double(w[1], &n->cover) || !kith_parse_double(w[2], &n->value))
                return broken(m, leaf, err);
        } else {
            int32_t feature = kith_str_is(m->rows[i].part, split) ? feature_of(e, m->rows[i].name) : -1;
            if (feature < 0 || !split_of(m->rows[i].value, e, feature, f, n)) return broken(m, split, err);
        }
        f->n_nodes++;
    }
    if ((double)f->n_nodes < nodes) return broken(m, split, err);
    for (size_t i = 0; i < f->n_nodes; i++) /* children come behind their parent: no cycles, and inside */
        if (f->nodes[i].feature >= 0 && ((size_t)f->nodes[i].left >= f->n_nodes || (size_t)f->nodes[i].right >= f->n_nodes))
            return broken(m, split, err);
    return KITH_OK;
}

/* ---- batches ------------------------------------------------------------------------------------------------ */

static int32_t level_of(const kith_coded *c, kith_str s) {
    size_t low = 0, high = c->n_levels;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = kith_str_compare(kith_str_of(c->levels[mid]), s);
        if (order == 0) return (int32_t)mid;
        if (order < 0) low = mid + 1;
        else high = mid;
    }
    return -2;
}

int persist_batch_frame(const kith_encoding *e, const kith_batch *b, const uint32_t *columns, kith_arena *arena,
                        kith_frame *frame, uint8_t **bad, kith_error *err) {
    *frame = (kith_frame){b->rows, e->n, kith_arena_zalloc(arena, (e->n + 1) * sizeof *frame->features)};
    if (bad) *bad = kith_arena_zalloc(arena, (size_t)b->rows * e->n + 1);
    if (!frame->features || (bad && !*bad)) return kith_no_memory(err);
    for (size_t j = 0; j < e->n; j++) {
        const kith_coded *c = &e->coded[j];
        kith_feature *f = &frame->features[j];
        *f = (kith_feature){.name = c->name, .is_level = c->is_level, .is_time = c->is_time, .levels = c->levels, .n_levels = c->n_levels};
        if (c->is_level) f->level = kith_arena_alloc(arena, ((size_t)b->rows + 1) * sizeof *f->level);
        else f->number = kith_arena_alloc(arena, ((size_t)b->rows + 1) * sizeof *f->number);
        if (!f->level && !f->number) return kith_no_memory(err);
        for (uint32_t i = 0; i < b->rows; i++) {
            if (c->is_level) {
                kith_str s = kith_text(b, i, columns[j]);
                if (s.n && !s.p) return kith_no_memory(err);
                f->level[i] = s.n ? level_of(c, s) : -1;
                continue;
            }
            double v = NAN;
            int64_t us;
            kith_cell_state state;
            if (c->is_time) {
                state = kith_cell_time(b, i, columns[j], NULL, &us);
                v = (double)us / (double)KITH_US_PER_DAY;
            } else {
                state = kith_cell_double(b, i, columns[j], &v);
            }
            f->number[i] = state == KITH_CELL_VALUE ? v : NAN;
            if (state == KITH_CELL_BAD && bad) (*bad)[(size_t)i * e->n + j] = 1;
        }
    }
    return KITH_OK;
}
