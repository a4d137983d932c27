/* The one door to igraph (GPL-2+). Its errors become ours; its random numbers are seeded here. */
#include <kith/communities.h>
#include <kith/libraries.h>

#include <igraph/igraph.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void version(char *text) {
    const char *said = "";
    igraph_version(&said, NULL, NULL, NULL);
    snprintf(text, KITH_LIBRARY_VERSION, "%s", said);
}
KITH_LIBRARY(igraph, "igraph", version)

static void quiet(const char *reason, const char *file, int line, igraph_error_t code) { (void)reason, (void)file, (void)line, (void)code; }

typedef struct group {
    uint32_t size, least, label;
} group;

static int by_size(const void *a, const void *b) {
    const group *x = a, *y = b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return (x->least > y->least) - (x->least < y->least);
}

/* Labels that depend on the groups alone. */
static int renumber(uint32_t n, const igraph_vector_int_t *membership, uint32_t groups, uint32_t *community, kith_error *err) {
    group *g = calloc((size_t)groups + 1, sizeof *g);
    uint32_t *place = malloc(((size_t)groups + 1) * sizeof *place);
    if (!g || !place) {
        free(g);
        free(place);
        return kith_no_memory(err);
    }
    for (uint32_t k = 0; k < groups; k++) g[k] = (group){0, UINT32_MAX, k};
    for (uint32_t i = 0; i < n; i++) {
        group *mine = &g[VECTOR(*membership)[i]];
        if (!mine->size++) mine->least = i;
    }
    qsort(g, groups, sizeof *g, by_size);
    for (uint32_t k = 0; k < groups; k++) place[g[k].label] = k + 1;
    for (uint32_t i = 0; i < n; i++) community[i] = place[VECTOR(*membership)[i]];
    free(g);
    free(place);
    return KITH_OK;
}

static igraph_error_t detect(const igraph_t *graph, const igraph_vector_t *weights, double resolution, igraph_vector_int_t *membership,
                             igraph_integer_t *groups, igraph_real_t *quality) {
    igraph_vector_t strength;
    double total = igraph_vector_sum(weights);
    igraph_error_t e = igraph_vector_init(&strength, 0);
    if (e) return e;
    e = igraph_strength(graph, &strength, igraph_vss_all(), IGRAPH_ALL, IGRAPH_LOOPS, weights);
    /* until nothing moves: a negative number of iterations; where there is no tie at all igraph would never end */
    if (!e) e = igraph_community_leiden(graph, weights, &strength, total > 0 ? resolution / (2 * total) : 0, .01, false, total > 0 ? -1 : 1, membership, groups, quality);
    igraph_vector_destroy(&strength);
    return e;
}

/* PageRank of the weighted ties (Page & Brin 1998), who knows nobody jumping anywhere: the solution of y = 1 + d·Σ w·y/s over the neighbours,
 * divided by its sum, by Gauss and Seidel in the order of the people. igraph's own adds with as many threads as there are, in any order. */
static int rank_people(const kith_network *net, double *rank, kith_error *err) {
    enum { ROUNDS = 500 };
    const double damping = .85, enough = 1e-15;
    double *strength = calloc(net->n, sizeof *strength), total = 0;
    if (!strength) return kith_no_memory(err);
    for (uint32_t i = 0; i < net->n; i++) {
        for (uint64_t k = net->first[i]; k < net->first[i + 1]; k++) strength[i] += net->weight[k];
        rank[i] = 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        double change = 0;
        total = 0;
        for (uint32_t i = 0; i < net->n; i++) {
            double sum = 0;
            for (uint64_t k = net->first[i]; k < net->first[i + 1]; k++) sum += net->weight[k] * rank[net->to[k]] / strength[net->to[k]];
            double value = 1 + damping * sum;
            change += value > rank[i] ? value - rank[i] : rank[i] - value;
            total += rank[i] = value;
        }
        if (change <= enough * total) break;
    }
    for (uint32_t i = 0; i < net->n; i++) rank[i] /= total;
    free(strength);
    return KITH_OK;
}

int kith_communities(const kith_network *net, double resolution, uint64_t seed, uint32_t *community, double *influence, uint32_t *n_communities,
                     double *modularity, kith_error *err) {
    igraph_t graph;
    igraph_vector_int_t edges, membership;
    igraph_vector_t weights;
    igraph_integer_t groups = 0;
    igraph_real_t quality = 0;
    *n_communities = 0;
    *modularity = 0;
    if (!net->n) return KITH_OK;
    igraph_set_error_handler(quiet);
    igraph_rng_seed(igraph_rng_default(), (igraph_uint_t)seed);
    if (igraph_vector_int_init(&edges, (igraph_integer_t)(2 * net->n_ties)) || igraph_vector_init(&weights, (igraph_integer_t)net->n_ties) ||
        igraph_vector_int_init(&membership, 0))
        return kith_no_memory(err);
    uint64_t t = 0;
    for (uint32_t i = 0; i < net->n; i++)
        for (uint64_t k = net->first[i]; k < net->first[i + 1]; k++)
            if (net->to[k] > i) {
                VECTOR(edges)[2 * t] = i;
                VECTOR(edges)[2 * t + 1] = net->to[k];
                VECTOR(weights)[t++] = net->weight[k];
            }
    igraph_error_t e = igraph_create(&graph, &edges, net->n, false);
    int status = e ? kith_fail(err, KITH_SYSTEM, "the network does not fit into memory") : KITH_OK;
    if (status == KITH_OK) {
        e = detect(&graph, &weights, resolution, &membership, &groups, &quality);
        if (e) status = kith_fail(err, e == IGRAPH_ENOMEM ? KITH_SYSTEM : KITH_DEFECT, "igraph: %s", igraph_strerror(e));
        if (status == KITH_OK) status = renumber(net->n, &membership, (uint32_t)groups, community, err);
        if (status == KITH_OK) status = rank_people(net, influence, err);
        if (status == KITH_OK && net->n_ties) e = igraph_modularity(&graph, &membership, &weights, resolution, false, &quality);
        igraph_destroy(&graph);
    }
    *n_communities = (uint32_t)groups;
    *modularity = net->n_ties ? quality : 0;
    igraph_vector_int_destroy(&edges);
    igraph_vector_int_destroy(&membership);
    igraph_vector_destroy(&weights);
    return status;
}
