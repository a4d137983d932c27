/* kith segment apply: every person with the segment that each model puts them in.
 *
 *     kith segment apply -m groups.model people.csv > grouped.csv
 */
#include <kith/apply.h>
#include <math.h>

static const kith_option options[] = {KITH_OPT_END};

static const kith_example examples[] = {
    {"Groups learned from some people, given to others; a missing value leaves its column out of the distance.",
     "person_id,visits,spend\n8,2,\n9,21,290\n",
     "printf 'visits,spend\\n1,10\\n2,12\\n1,11\\n20,300\\n22,310\\n' | kith segment fit kmeans --clusters 2 --draws 0 > two.model; "
     "kith segment apply -m two.model | cut -d, -f1-4; rm two.model",
     "person_id,visits,spend,kmeans_segment\n8,2,,1\n9,21,290,2\n"},
    {0},
};

static int run(kith_app *app) { return kith_app_apply(app, &(kith_score_options){.horizon = NAN, .discount = NAN}); }

const kith_verb kith_verb_segment_apply = {
    .name = "apply",
    .brief = "every person with the segment that each model puts them in",
    .operands = "[FILE...]",
    .grain = "person → person",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_MODEL | KITH_TAKES_LINES | KITH_TAKES_REPLACE,
    .options = options,
    .examples = examples,
    .run = run,
};
