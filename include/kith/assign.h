/* kith/assign.h: who gets what in an experiment: arms by a keyed hash of the person, so that a person has the same arm in every run and
 * nobody without the key can foresee it. */
#ifndef KITH_ASSIGN_H
#define KITH_ASSIGN_H

#include <kith/secret.h>
#include <kith/stream.h>

enum { KITH_ARMS = 64 };

typedef struct kith_arms {
    size_t n;
    struct {
        const char *name; /* in the arena given */
        double share;
        int treatment; /* 0: control (the arm of that name, else the first); the others 1, 2, … in order */
    } arm[KITH_ARMS];
} kith_arms;

/* 'control=.5,treated=.5': names and shares that add up to at most one (the rest of the people get no arm). Names without shares
 * ('control,treated') get equal ones. KITH_USAGE where it is malformed. */
int kith_arms_parse(kith_arena *arena, const char *text, kith_arms *arms, kith_error *err);

/* The arm whose part of [0, 1) holds u: its index, or -1 where the shares leave u out. */
int kith_arm_of(const kith_arms *arms, double u);

/* Stratified: `n` people with their numbers u and their strata (any numbers); arm[i] is set for those where it is -2 on entry. Within a
 * stratum the people in order of u are cut by the shares, with the rounding decided by the stratum's own keyed number: shares are
 * exact to one person. Equal (stratum, u) are one person. KITH_SYSTEM out of memory. */
int kith_arms_stratify(const kith_arms *arms, size_t n, const double *u, const uint64_t *stratum, uint64_t seed, int *arm, kith_error *err);

#endif
