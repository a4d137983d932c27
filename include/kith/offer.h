/* kith/offer.h: whom to contact with what: people × options under a budget, capacities, frequency and fairness floors.
 *
 *   maximise Σ value·x   where   Σ cost·x ≤ budget,  Σ x ≤ capacity of each line,  contacts of a unit ≤ its number,
 *                                contacts of a group ≥ its floor's share of all contacts
 *
 * by prices: at prices for the constraints every unit takes what is worth most to it, and the prices are the minimum of the
 * dual, found by Newton on its smoothing at a falling temperature (on a sample first). The dual at any prices bounds
 * what any plan can be worth, so the distance to the optimum is printed. People who are indifferent at the prices are
 * shared out by error diffusion towards the smoothed shares: without that, ties lose whole percents.
 * Sources: Agarwal et al. 2012; Basu et al. 2020 (ECLIPSE); Nesterov 2005 (smoothing). */
#ifndef KITH_OFFER_H
#define KITH_OFFER_H

#include <kith/base.h>

#define KITH_NOT_OFFERED (-1e300) /* the value of an option that a person cannot have */

typedef struct kith_offer_problem {
    size_t people, options;
    const double *value;   /* people × options; KITH_NOT_OFFERED */
    const double *cost;    /* options, ≥ 0 */
    const int32_t *offer;  /* options: which offer it carries; a person gets each offer at most once */
    double budget;         /* INFINITY: none */
    size_t lines;          /* further limits on the number of contacts */
    const double *limit;   /* lines */
    const int32_t *of;     /* options × most_lines: the lines an option counts in, −1 for none */
    size_t most_lines;
    const uint32_t *unit;  /* people: the household or account; NULL: each their own. Units are 0 … units−1 */
    size_t units;
    int contacts;          /* of a unit at most */
    const int32_t *group;  /* people, for floors; NULL: none */
    size_t groups;
    const double *floor;   /* groups: least share of all contacts, in whole contacts rounded down; summing to at most 1. A plan keeps them, draws on average */
    const uint64_t *key;   /* people: a hash of the id, for order among equals and draws */
    uint64_t seed;
    int threads;
} kith_offer_problem;

typedef struct kith_contact {
    uint32_t person, option;
    double propensity; /* the probability with which this choice was made; 1 without exploration */
} kith_contact;

typedef struct kith_offer_plan {
    kith_contact *contacts; /* by person, then option */
    size_t n;
    double value, cost;
    double bound;          /* no plan is worth more */
    double *price;         /* budget, lines, groups */
    size_t prices;
    int passes;            /* over all people */
} kith_offer_plan;

/* The plan. KITH_DATA for values that are not finite or negative costs. In the arena. */
int kith_offer_plan_make(const kith_offer_problem *problem, kith_arena *arena, kith_offer_plan *plan, kith_error *err);

typedef struct kith_explore {
    double temperature; /* in units of value */
    double least;       /* share of the draw that is uniform over what is possible */
    bool log_none;      /* also give a contact with option UINT32_MAX for each unit of one person that drew nothing */
} kith_explore;

/* The same by draws: prices as for the softmax at this temperature, then unit after unit in the order of their keys. What the
 * budget and the lines still allow is settled before each draw, so the logged probability is exactly the one drawn from.
 * One contact per unit. */
int kith_offer_explore(const kith_offer_problem *problem, const kith_explore *explore, kith_arena *arena,
                       kith_offer_plan *plan, kith_error *err);

#endif
