/* Private to lib/audience: the parts of EM that one machine (mixture.c) and a pass over a shard (mixture_fold.c) share. */
#ifndef KITH_AUDIENCE_MIXTURE_H
#define KITH_AUDIENCE_MIXTURE_H

#include <kith/clusters.h>

/* Sums of a pass: the ln-likelihood, then per component its weight, d sums and d × d products (lower half; diagonal alone where it is) of
 * what x is away from the old mean. */
static inline size_t mixture_sums(size_t k, size_t d) { return 1 + k * (1 + d + d * d); }

int mixture_alloc(kith_mixture *f, size_t k, size_t d, bool diagonal, kith_error *err);
void mixture_add(const kith_mixture *f, const double *x, double *sums, double *work); /* an expectation; work: k + 2d */
void mixture_add_hard(const kith_mixture *f, const double *x, size_t component, double *sums); /* as certain */
void mixture_maximise(kith_mixture *f, const double *sums, double n, double floor);
/* A component has shrunk onto fewer directions than d, by the data's variances (d). work: d × d + d. */
bool mixture_shrunk(const kith_mixture *f, const double *variance, double *work, kith_error *err, int *status);
/* Whether EM ends at this mean log-likelihood; else *last and *gain go on (nan at first). */
bool mixture_settled(double mean, int iterations, double tolerance, double *last, double *gain);
void mixture_sort(kith_mixture *f, double *spare); /* by falling share; spare: d × d */
/* The rows of a model behind fit,clusters (cluster_model.c). */
int cluster_put_mixture(const kith_people *p, const kith_mixture *fit, kith_model *m, kith_error *err);

#endif
