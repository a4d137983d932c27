/* Inside lib/predict: the smoothed dual of an allocation. */
#ifndef KITH_PREDICT_OFFER_H
#define KITH_PREDICT_OFFER_H

#include <kith/offer.h>

/* The problem with people in the order of their units, and its constraints: 0 the budget, then lines, then floors. */
typedef struct allocation {
    const kith_offer_problem *p;
    size_t units, m;      /* constraints */
    size_t *first;        /* units + 1: into member */
    uint32_t *member;     /* people by unit */
    size_t widest;        /* members × options of the largest unit */
    double *rhs;          /* m */
    double *price;        /* m */
    double scale;         /* a typical value */
    size_t step;          /* every step-th unit only (the sample); the right-hand sides shrink with it */
    double temperature;   /* 0: the dual itself */
    double *option_price; /* options */
    double *group_price;  /* groups + 1: what belonging to the group adds */
    size_t chunks;
    double *value;        /* chunks */
    double *gradient;     /* chunks × m */
    double *hessian;      /* chunks × m² */
    bool want_hessian;
    int passes;
} allocation;

int allocation_make(allocation *a, const kith_offer_problem *p, kith_arena *arena, kith_error *err);
/* Minimises the smoothed dual down to `lowest` (relative to the scale), from a sample to all; prices stay in a->price. */
int allocation_solve(allocation *a, double lowest, kith_arena *arena, kith_error *err);
/* The dual (temperature 0) at the prices: the bound. */
int allocation_bound(allocation *a, double *bound, kith_error *err);
void allocation_prices(allocation *a); /* per option and group, from a->price */

typedef struct offer_item { /* one possible contact of a unit */
    uint32_t person, option;
    double r, p; /* worth at the prices; share at the temperature */
} offer_item;

/* A unit's possible contacts with their worth at the prices; returns how many. `room` holds a->widest. */
size_t allocation_items(const allocation *a, size_t unit, offer_item *items);
/* Their shares at the temperature. Returns the unit's part of the smoothed dual. */
double allocation_shares(const allocation *a, offer_item *items, size_t n);

#endif
