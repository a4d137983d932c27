/* chain.h: the states and edges that journeys of one order pass through; private to lib/measure. */
#ifndef KITH_MEASURE_CHAIN_H
#define KITH_MEASURE_CHAIN_H

#include <kith/attribution.h>

/* A chain of order k: a state is the last k touches (fewer at a journey's start; state 0 is the start itself). Edge e leads
 * from state from[e] to state to[e]; weight[e] counts the journeys along it. Weights come in `planes` (1, or one per fold):
 * element i of plane p is at [i * planes + p]. */
typedef struct kith_chain {
    int order;
    size_t channels, planes;
    size_t states, edges, states_room, edges_room, slots; /* slots: a power of two, edges by (state, touch) */
    uint64_t *code;                                       /* of each state: its touches + 1 as digits */
    uint16_t *last;                                       /* last touch of each state; channels for the start */
    double *visits, *converted, *value, *null;            /* states × planes */
    uint32_t *from, *to;
    double *weight; /* edges × planes */
    uint32_t *slot; /* edge + 1, 0 free */
    uint32_t *state_slot;
    size_t state_slots;
    uint64_t modulus; /* (channels + 1)^(order − 1) */
} kith_chain;

/* Order ≥ 0 (0: one state for all). KITH_DATA where codes pass 64 bits. Free with kith_chain_free (also after failure). */
int kith_chain_init(kith_chain *chain, int order, size_t channels, size_t planes, kith_error *err);
void kith_chain_free(kith_chain *chain);

/* The edge from `state` by `touch`, made if need be (memory may move); −1 without memory. */
int64_t kith_chain_step(kith_chain *chain, uint32_t state, uint16_t touch);

/* Counts all paths into plane 0 (planes = 1). */
int kith_chain_count(kith_chain *chain, const kith_paths *paths, kith_error *err);

/* For every channel the share of conversions, and of value, lost when entering a state that ends in it is the end:
 * arrays of channels numbers. Exact up to rounding: by one inverse while there are few states, else by Gauss–Seidel with a
 * proven bound on the error (≤ 1e-12 of the total), else by one inverse again. */
int kith_chain_removal(const kith_chain *chain, double *of_conversions, double *of_value, kith_error *err);

#endif
