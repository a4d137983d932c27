/* kith/fit_clusters.h: what `segment fit kmeans` and `segment fit mixture` share: what the user said, and the run. */
#ifndef KITH_FIT_CLUSTERS_H
#define KITH_FIT_CLUSTERS_H

#include <kith/app.h>

typedef struct kith_clusters_said {
    const char *clusters;
    int choose, scale, covariance, init;
    int64_t starts, draws;
    double floor;
    const char *step;
} kith_clusters_said;

/* For the descriptor's defaults: ten starts, ten draws. */
void kith_app_clusters_defaults(void *said, kith_common *common);
/* Reads the columns of -s (else all of numbers but ids and --drop's), fits, writes the model. `kind`: kmeans, mixture. Statuses as a
 * verb's run. */
int kith_app_fit_clusters(kith_app *app, const char *kind);

#endif
