/* Private to lib/audience: the oversampled start of k-means (kmeans_parallel.c), for rows in memory and for passes over shards. */
#ifndef KITH_AUDIENCE_KMEANS_PARALLEL_H
#define KITH_AUDIENCE_KMEANS_PARALLEL_H

#include <kith/clusters.h>

enum { KMEANS_ROUNDS = 5 };
size_t kmeans_round_most(size_t clusters); /* candidates a round */

/* A row's place in a round's race, from its key (kith_kmeans_key of the values as they came) and its squared distance to the candidates so far:
 * the least go through. UINT64_MAX: it lies on a candidate. */
uint64_t kmeans_race(uint64_t key, uint64_t seed, size_t round, double distance2);

/* Centres (k × d) from candidates and how many rows are nearest to each: the best of several weighted k-means++ starts with Lloyd's
 * iteration. KITH_DATA for fewer candidates of weight than k. */
int kmeans_weighted(const kith_points *candidates, const uint64_t *weights, size_t k, int starts, uint64_t seed, double *centres, kith_error *err);

/* The whole start over rows in memory; `keys` of the values as they came, or NULL: of the points. */
int kmeans_oversampled(const kith_points *p, const uint64_t *keys, size_t k, int starts, uint64_t seed, double *centres, kith_error *err);

#endif
