/* Private to lib/audience: a pass of k-means over a shard, which kmeans_fold.c takes and kmeans_step.c makes a model of; passes of a
 * mixture's EM (mixture_fold.c) begin and read their rows with it. */
#ifndef KITH_AUDIENCE_KMEANS_PASS_H
#define KITH_AUDIENCE_KMEANS_PASS_H

#include "kmeans_parallel.h"

#include <kith/sums.h>

typedef struct kept { /* a row of pass 0, or of a race */
    uint64_t key;
    const double *x; /* d, in the arena */
    size_t d;
} kept;

typedef struct pass {
    kith_arena *arena;
    size_t k, d, number; /* of the pass */
    bool z;
    int starts;
    uint64_t seed;
    kith_str *names;
    double *mean, *sd, *now, *before; /* of the model: scaling; k × d scaled centres, and those before (NULL: none) */
    bool mixture;             /* it begins a mixture: its model says so and keeps what the next pass needs */
    bool oversampled;
    size_t round;             /* of the race; KMEANS_ROUNDS + 1: the candidates are weighed; 0: neither */
    kith_points candidates;   /* scaled */
    uint64_t *weights;
    uint32_t *columns;
    uint64_t rows, left_out, changed;
    kith_moments *moments; /* d, in pass 0 */
    kept *sample;
    size_t n_sample, room;
    uint64_t *counts;        /* k */
    kith_sum *sums, *within; /* k × d of the values as they came; k of squared scaled distances */
    double *x, *scaled;      /* d each */
} pass;

void kmeans_prune(pass *s);                  /* the sample's least */
void kmeans_scale(pass *s, const double *x); /* into s->scaled */
int kmeans_by_key(const void *a, const void *b); /* of kept */
int kmeans_params(kith_params *p, const kith_selection *columns, size_t clusters, bool z, int starts, uint64_t seed, bool oversampled, const char *kind,
                  const kith_model *model, kith_error *err);
/* The values of a part of the model as one parameter; n of them. */
int kmeans_put_part(kith_params *p, const kith_model *m, const char *part, const char *name, size_t n, kith_error *err);
int kmeans_finish(void *v, char delimiter, kith_buf *out, kith_error *err);
/* Reads row i into `row` and s->x, and s->scaled where there is a scaling; *used: it has all its values. */
int kmeans_row(pass *s, const kith_batch *b, uint32_t i, kith_number *row, bool *used, kith_out *out, kith_error *err);
size_t kmeans_nearest(const pass *s, const double *centres, double *distance); /* of s->scaled */
double *kmeans_numbers(kith_arena *arena, const char *text, size_t n); /* with blanks between; NULL where it is otherwise */

#endif
