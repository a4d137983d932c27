/* kith/network.h: who knows whom: an undirected network of people from an edge list, and who can reach whom in it. */
#ifndef KITH_NETWORK_H
#define KITH_NETWORK_H

#include <kith/hashtable.h>
#include <kith/table.h>

/* People are numbered in byte order of their ids. Neighbours of person i: to[first[i] … first[i+1]−1], ascending, with the ties' weights. */
typedef struct kith_network {
    uint32_t n;
    uint64_t n_ties; /* each counted once */
    kith_str *ids;
    uint64_t *first; /* n + 1 */
    uint32_t *to;
    double *weight;  /* in (0, 1]: the strength of a tie */
    uint64_t loops, repeated, unknown; /* edges left out: to oneself, given before (the stronger one counts), to people who are not in the list */
    kith_hashtable people;
    uint32_t *number; /* by entry of `people` */
    struct kith_tie {
        uint32_t a, b;
        double weight;
    } *ties;
    uint64_t room_ties;
} kith_network;

/* Edges one by one, then kith_network_finish. `weight` is any positive number, NAN where there is none. With `closed`, people who were not
 * added by kith_network_person are unknown, and their edges are left out. */
int kith_network_person(kith_network *net, kith_str id, uint32_t *entry, kith_error *err);
int kith_network_tie(kith_network *net, kith_str a, kith_str b, double weight, bool closed, kith_error *err);
/* Sorts, drops loops and repeats, and sets strengths: given weights are divided by the largest; without weights a tie's strength is
 * (1 + friends in common) / (1 + the smaller number of friends), the overlap of neighbourhoods (Onnela et al. 2007). KITH_SYSTEM. */
int kith_network_finish(kith_network *net, bool weighted, kith_error *err);
void kith_network_free(kith_network *net); /* zeros are fine */
uint32_t kith_network_find(const kith_network *net, kith_str id); /* KITH_NO_ENTRY: not there */

/* For each person the source best placed to reach them in at most `steps` steps: the largest product of tie strengths along a path, then the fewer
 * steps, then the lesser id. source[i] is KITH_NO_ENTRY where nobody can; a source reaches itself with strength 1. Arrays of n. */
int kith_network_reach(const kith_network *net, const bool *sources, int steps, uint32_t *source, int *taken, double *strength, kith_error *err);

/* Up to k of `candidates` that together reach the most `targets` within `steps` steps, chosen one after the other, each the one that adds most (ties:
 * the lesser number): at least 1 − 1/e of the best possible (Nemhauser, Wolsey & Fisher 1978), with lazy evaluation (Minoux 1978).
 * seeds and adds have room for k; *chosen is how many add anything. */
int kith_network_seeds(const kith_network *net, const bool *candidates, const bool *targets, int steps, size_t k, uint32_t *seeds, uint64_t *adds,
                       size_t *chosen, kith_error *err);

#endif
