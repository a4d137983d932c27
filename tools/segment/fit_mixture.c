/* kith segment fit mixture: people in groups that overlap: a mixture of Gaussians, with each one's probability.
 *
 *     kith segment fit mixture --clusters 2:8 --choose bic -s recency,spend people.csv > groups.model
 *     kith segment apply -m groups.model people.csv > grouped.csv
 */
#include <kith/clusters.h>
#include <kith/fit_clusters.h>

static const kith_option options[] = {
    {0, "clusters", "N", KITH_OPT_STRING, offsetof(kith_clusters_said, clusters), "how many, or a range such as 2:8 to choose from", NULL, false, true},
    {0, "covariance", "FORM", KITH_OPT_CHOICE, offsetof(kith_clusters_said, covariance), "of each group (default: full)", "full|diagonal", false, false},
    {0, "choose", "BY", KITH_OPT_CHOICE, offsetof(kith_clusters_said, choose), "how a range is decided (default: bic)", "silhouette|bic", false, false},
    {0, "floor", "V", KITH_OPT_DOUBLE, offsetof(kith_clusters_said, floor), "added to every variance, in scaled units (default: 0)", NULL, false, false},
    {0, "scale", "HOW", KITH_OPT_CHOICE, offsetof(kith_clusters_said, scale), "z-scores, or values as they are (default: z)", "z|none", false, false},
    {0, "starts", "N", KITH_OPT_INT, offsetof(kith_clusters_said, starts), "starts of the k-means it begins with (default: 10)", NULL, false, false},
    {0, "step", "MODEL", KITH_OPT_STRING, offsetof(kith_clusters_said, step), "one pass over a shard or the step after it; new: the first", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Two groups by one column; their shares.",
     "spend\n1\n2\n3\n2\n1\n2\n3\n50\n55\n60\n52\n57\n",
     "kith segment fit mixture --clusters 2 -s spend | grep -E '^(fit,converged|share)' | cut -c1-13",
     "fit,converged\nshare,1,0.583\nshare,2,0.416\n"},
    {0},
};

static void defaults(void *said, kith_common *common) {
    kith_app_clusters_defaults(said, common);
    ((kith_clusters_said *)said)->choose = 1;
}

static int run(kith_app *app) { return kith_app_fit_clusters(app, "mixture"); }

const kith_verb kith_verb_segment_fit_mixture = {
    .name = "fit mixture",
    .brief = "people in groups that overlap: a mixture of Gaussians",
    .operands = "[FILE...]",
    .grain = "person → model",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_SELECT | KITH_TAKES_DROP | KITH_TAKES_ID | KITH_TAKES_SEED | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(kith_clusters_said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_mixture_fold,
    .negative = "with --step, not converged yet",
};
