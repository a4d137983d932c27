/* kith segment fit kmeans: people in groups of the nearest centre, by columns of numbers.
 *
 *     kith segment fit kmeans --clusters 2:8 -s 'rfm_*' people.csv > groups.model
 *     kith segment apply -m groups.model people.csv > grouped.csv
 */
#include <kith/clusters.h>
#include <kith/fit_clusters.h>

static const kith_option options[] = {
    {0, "clusters", "N", KITH_OPT_STRING, offsetof(kith_clusters_said, clusters), "how many, or a range such as 2:8 to choose from", NULL, false, true},
    {0, "choose", "BY", KITH_OPT_CHOICE, offsetof(kith_clusters_said, choose), "how a range is decided (default: silhouette)", "silhouette|bic|gap", false, false},
    {0, "scale", "HOW", KITH_OPT_CHOICE, offsetof(kith_clusters_said, scale), "z-scores, or values as they are (default: z)", "z|none", false, false},
    {0, "starts", "N", KITH_OPT_INT, offsetof(kith_clusters_said, starts), "k-means++ starts, the best is kept (default: 10)", NULL, false, false},
    {0, "init", "HOW", KITH_OPT_CHOICE, offsetof(kith_clusters_said, init), "starts on a sample, or k-means|| over all rows (default: sample)", "sample|parallel", false, false},
    {0, "draws", "N", KITH_OPT_INT, offsetof(kith_clusters_said, draws), "resamples for each segment's stability; 0: none (default: 10)", NULL, false, false},
    {0, "step", "MODEL", KITH_OPT_STRING, offsetof(kith_clusters_said, step), "one pass over a shard or the step after it; new: the first", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Two groups by two columns; the larger is segment 1.",
     "person_id,visits,spend\n1,1,10\n2,2,12\n3,1,11\n4,20,300\n5,22,310\n",
     "kith segment fit kmeans --clusters 2 -s visits,spend --draws 0 | grep -E '^(size|words)'",
     "size,1,3\nsize,2,2\nwords,1,\"spend low (-0.8 sd), visits low (-0.8 sd)\"\nwords,2,\"spend high (+1.2 sd), visits high (+1.2 sd)\"\n"},
    {0},
};

static int run(kith_app *app) { return kith_app_fit_clusters(app, "kmeans"); }

const kith_verb kith_verb_segment_fit_kmeans = {
    .name = "fit kmeans",
    .brief = "people in groups of the nearest centre, by columns of numbers",
    .operands = "[FILE...]",
    .grain = "person → model",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_SELECT | KITH_TAKES_DROP | KITH_TAKES_ID | KITH_TAKES_SEED | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(kith_clusters_said),
    .defaults = kith_app_clusters_defaults,
    .run = run,
    .fold = &kith_kmeans_fold,
    .negative = "with --step, not converged yet",
};
