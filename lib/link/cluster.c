/* Clusters: components of the edges at a low weight, then average linkage inside each.
 *
 * Connected components chain strangers: one wrong edge joins two persons. Here all pairs inside a component are
 * weighed, also those that no key brought together, and the two clusters with the highest mean weight are joined until
 * it falls below the threshold. A pair of records that share few fields says little, so it counts by the information
 * that its fields could have given. Components above the cap are split at rising weights first. Members are taken in
 * the order of their contents, so ties do not depend on the order of rows. */
#include "inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 160, WORKERS = 64 };

/* ---- edges -------------------------------------------------------------------------------------------------- */

typedef struct collecting {
    const kith_link_data *data;
    double least;
    link_scorer scorer;
    kith_link_memo *memo[WORKERS];
    struct {
        kith_link_edge *edge;
        size_t n, room;
    } part[WORKERS];
} collecting;

static int collect(void *ctx, int worker, uint32_t i, uint32_t j, int key) {
    collecting *c = ctx;
    (void)key;
    if (c->memo[worker] == NULL && (c->memo[worker] = kith_link_memo_new(c->data)) == NULL) return KITH_SYSTEM;
    uint64_t pattern = 0;
    double bits = link_score(c->data, c->memo[worker], &c->scorer, i, j, c->least, &pattern);
    if (!(bits >= c->least)) return KITH_OK;
    if (c->part[worker].n == c->part[worker].room) {
        size_t room = c->part[worker].room ? 2 * c->part[worker].room : 4096;
        kith_link_edge *more = realloc(c->part[worker].edge, room * sizeof *more);
        if (more == NULL) return KITH_SYSTEM;
        c->part[worker].edge = more;
        c->part[worker].room = room;
    }
    c->part[worker].edge[c->part[worker].n++] = (kith_link_edge){i, j, (float)bits, 0, pattern};
    return KITH_OK;
}

static int edge_order(const void *a, const void *b) {
    const kith_link_edge *x = a, *y = b;
    return x->i != y->i ? (x->i < y->i ? -1 : 1) : x->j < y->j ? -1 : x->j > y->j;
}

int kith_link_edges(const kith_link_data *data, double least, bool sorted, int threads, kith_link_edge **edges,
                    size_t *n, kith_link_pairs *pairs, kith_error *err) {
    collecting c = {.data = data, .least = least};
    link_scorer_make(data->model, &c.scorer);
    int status = kith_link_run_pairs(data, 1, threads < WORKERS ? threads : WORKERS, collect, &c, pairs, err);
    size_t total = 0;
    for (int w = 0; w < WORKERS; w++) total += c.part[w].n;
    *edges = status == KITH_OK ? malloc(sizeof **edges * (total + 1)) : NULL;
    *n = 0;
    for (int w = 0; w < WORKERS; w++) {
        if (*edges != NULL && c.part[w].n) memcpy(*edges + *n, c.part[w].edge, c.part[w].n * sizeof **edges);
        *n += c.part[w].n;
        free(c.part[w].edge);
        kith_link_memo_free(c.memo[w]);
    }
    if (*edges != NULL && sorted) qsort(*edges, total, sizeof **edges, edge_order);
    return status == KITH_SYSTEM || (status == KITH_OK && *edges == NULL) ? kith_no_memory(err) : status;
}

static int heavy_order(const void *a, const void *b) {
    const kith_link_edge *x = *(const kith_link_edge *const *)a, *y = *(const kith_link_edge *const *)b;
    return x->bits != y->bits ? (x->bits > y->bits ? -1 : 1) : edge_order(x, y);
}

int kith_link_one_to_one(const kith_link_data *data, kith_link_edge *edges, size_t *n, kith_error *err) {
    kith_link_edge **heavy = malloc(sizeof *heavy * (*n + 1));
    bool *taken = calloc((size_t)data->rows + 1, sizeof *taken);
    if (heavy == NULL || taken == NULL) {
        free(heavy), free(taken);
        return kith_no_memory(err);
    }
    for (size_t k = 0; k < *n; k++) heavy[k] = &edges[k];
    qsort(heavy, *n, sizeof *heavy, heavy_order);
    for (size_t k = 0; k < *n; k++) {
        kith_link_edge *e = heavy[k];
        e->pad = !taken[e->i] && !taken[e->j];
        if (e->pad) taken[e->i] = taken[e->j] = true;
    }
    size_t kept = 0;
    for (size_t k = 0; k < *n; k++)
        if (edges[k].pad) edges[kept++] = edges[k];
    *n = kept;
    free(heavy), free(taken);
    return KITH_OK;
}

/* ---- components --------------------------------------------------------------------------------------------- */

static uint32_t find(uint32_t *parent, uint32_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

static void unite(uint32_t *parent, uint32_t i, uint32_t j) {
    i = find(parent, i);
    j = find(parent, j);
    if (i < j)
        parent[j] = i;
    else if (j < i)
        parent[i] = j;
}

typedef struct clustering {
    const kith_link_data *data;
    double information[KITH_LINK_FIELDS]; /* bits that a field gives on average about a match */
    double enough;
    link_scorer scorer;
    uint32_t *member; /* rows, by component, in order of contents */
    size_t *start;    /* of each component */
    size_t n;
    kith_link_memo *memo[WORKERS];
    kith_link_clusters *out;
} clustering;

static double informed(const clustering *c, uint64_t pattern) {
    double bits = 0;
    for (uint32_t f = 0; f < c->data->model->n_fields; f++)
        if (kith_link_level(pattern, f)) bits += c->information[f];
    return bits < c->enough ? bits / c->enough : 1;
}

/* Joins the members row[0 … n−1]. Weights are kept as sums over pairs: weight × information, information. */
static int link_component(clustering *c, kith_link_memo *memo, const uint32_t *row, uint32_t n) {
    const kith_link_data *data = c->data;
    const kith_link_model *model = data->model;
    if (n == 1) return KITH_OK;
    double *sum = malloc(sizeof *sum * n * n * 2);
    uint32_t *label = malloc(sizeof *label * n);
    if (sum == NULL || label == NULL) {
        free(sum);
        free(label);
        return KITH_SYSTEM;
    }
    double *info = sum + (size_t)n * n;
    float *first = malloc(sizeof *first * n * n); /* single pairs, for the probabilities */
    if (first == NULL) {
        free(sum);
        free(label);
        return KITH_SYSTEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        label[i] = i;
        for (uint32_t j = i + 1; j < n; j++) {
            uint64_t g = kith_link_pattern(data, memo, row[i], row[j]);
            double w = link_scorer_weight(&c->scorer, model, g), a = informed(c, g) + 1e-3;
            bool apart = model->one_per_source && data->source && data->source[row[i]] == data->source[row[j]];
            first[(size_t)i * n + j] = first[(size_t)j * n + i] = (float)w;
            w = w >= LINK_RULED ? 1e6 : w <= -LINK_RULED || apart ? -1e9 : w > 20 ? 20 : w < -20 ? -20 : w;
            if (w < -1e8 || w > 1e5) a = 1;
            sum[(size_t)i * n + j] = sum[(size_t)j * n + i] = w * a;
            info[(size_t)i * n + j] = info[(size_t)j * n + i] = a;
        }
    }
    bool *gone = calloc(n, sizeof *gone);
    int status = gone ? KITH_OK : KITH_SYSTEM;
    while (status == KITH_OK) {
        double best = model->threshold;
        uint32_t bi = n, bj = n;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = i + 1; !gone[i] && j < n; j++) {
                if (gone[j]) continue;
                double mean = sum[(size_t)i * n + j] / info[(size_t)i * n + j];
                if (mean > best || (mean == best && bi == n)) {
                    best = mean;
                    bi = i;
                    bj = j;
                }
            }
        if (bi == n) break;
        gone[bj] = true;
        for (uint32_t k = 0; k < n; k++) {
            if (label[k] == bj) label[k] = bi;
            if (gone[k] || k == bi) continue;
            sum[(size_t)bi * n + k] = sum[(size_t)k * n + bi] += sum[(size_t)bj * n + k];
            info[(size_t)bi * n + k] = info[(size_t)k * n + bi] += info[(size_t)bj * n + k];
        }
    }
    for (uint32_t i = 0; i < n && status == KITH_OK; i++) {
        uint32_t least = UINT32_MAX;
        double best = -100;
        for (uint32_t j = 0; j < n; j++) {
            if (label[j] != label[i]) continue;
            if (row[j] < least) least = row[j];
            if (j != i && first[(size_t)i * n + j] > best) best = first[(size_t)i * n + j];
        }
        c->out->cluster[row[i]] = least;
        c->out->probability[row[i]] = best == -100 ? 1 : (float)kith_link_probability(best);
    }
    free(sum), free(label), free(first), free(gone);
    return status;
}

static int cluster_task(void *ctx, int worker, size_t index, kith_error *err) {
    clustering *c = ctx;
    if (c->memo[worker] == NULL && (c->memo[worker] = kith_link_memo_new(c->data)) == NULL) return kith_no_memory(err);
    size_t from = index * 256, to = from + 256 < c->n ? from + 256 : c->n;
    for (size_t k = from; k < to; k++)
        if (link_component(c, c->memo[worker], c->member + c->start[k], (uint32_t)(c->start[k + 1] - c->start[k])) !=
            KITH_OK)
            return kith_no_memory(err);
    return KITH_OK;
}

/* Components by edges of at least the model's floor; those above MOST are cut again at rising weights. */
static int components(const kith_link_data *data, const kith_link_edge *edges, size_t n, uint32_t *parent,
                      kith_error *err) {
    uint32_t *size = malloc(sizeof *size * ((size_t)data->rows + 1));
    uint8_t *settled = calloc((size_t)data->rows + 1, 1);
    if (size == NULL || settled == NULL) {
        free(size);
        free(settled);
        return kith_no_memory(err);
    }
    for (double level = -1000;; level = level < -999 ? 0 : level + 2) {
        for (uint32_t i = 0; i < data->rows; i++)
            if (!settled[i]) parent[i] = i;
        for (size_t e = 0; e < n; e++)
            if (edges[e].bits >= level && !settled[edges[e].i] && !settled[edges[e].j])
                unite(parent, edges[e].i, edges[e].j);
        memset(size, 0, sizeof *size * ((size_t)data->rows + 1));
        for (uint32_t i = 0; i < data->rows; i++) size[find(parent, i)]++;
        bool over = false;
        for (uint32_t i = 0; i < data->rows; i++) {
            uint32_t k = size[find(parent, i)];
            if (k <= MOST || level > 60)
                settled[i] = 1;
            else
                over = true;
        }
        if (!over) break;
    }
    free(size);
    free(settled);
    return KITH_OK;
}

int kith_link_cluster(const kith_link_data *data, const kith_link_edge *edges, size_t n, int threads,
                      kith_link_clusters *out, kith_error *err) {
    const kith_link_model *model = data->model;
    clustering c = {.data = data, .out = out};
    uint32_t rows = data->rows;
    *out = (kith_link_clusters){.rows = rows,
                                .cluster = malloc(sizeof(uint32_t) * ((size_t)rows + 1)),
                                .probability = malloc(sizeof(float) * ((size_t)rows + 1))};
    uint32_t *parent = malloc(sizeof *parent * ((size_t)rows + 1));
    size_t *at = calloc((size_t)rows + 2, sizeof *at);
    c.member = malloc(sizeof *c.member * ((size_t)rows + 1));
    c.start = malloc(sizeof *c.start * ((size_t)rows + 2));
    int status =
        out->cluster && out->probability && parent && at && c.member && c.start ? KITH_OK : kith_no_memory(err);
    if (status == KITH_OK) status = components(data, edges, n, parent, err);
    if (status == KITH_OK) {
        for (uint32_t f = 0; f < model->n_fields; f++)
            for (int l = 1; l < KITH_LINK_LEVELS; l++)
                if (model->field[f].m[l] > 0)
                    c.information[f] +=
                        model->field[f].m[l] * log2(model->field[f].m[l] / (model->field[f].u[l] + 1e-300));
        c.enough = -log2(model->prior + 1e-300);
        link_scorer_make(model, &c.scorer);
        for (uint32_t i = 0; i < rows; i++) {
            at[find(parent, i) + 1]++;
            out->cluster[i] = i;
            out->probability[i] = 1;
        }
        for (uint32_t i = 0; i < rows; i++) {
            if (at[i + 1]) c.start[c.n++] = at[i];
            at[i + 1] += at[i];
        }
        for (uint32_t i = 0; i < rows; i++) { /* by component and, within, by contents */
            uint32_t row = data->order[i];
            c.member[at[find(parent, row)]++] = row;
        }
        c.start[c.n] = rows;
        status = kith_parallel(threads < WORKERS ? threads : WORKERS, (c.n + 255) / 256, cluster_task, &c, err);
    }
    for (uint32_t i = 0; i < rows && status == KITH_OK; i++) out->n += out->cluster[i] == i;
    for (int w = 0; w < WORKERS; w++) kith_link_memo_free(c.memo[w]);
    free(parent), free(at), free(c.member), free(c.start);
    if (status != KITH_OK) kith_link_clusters_free(out);
    return status;
}

void kith_link_clusters_free(kith_link_clusters *clusters) {
    free(clusters->cluster);
    free(clusters->probability);
    *clusters = (kith_link_clusters){0};
}
