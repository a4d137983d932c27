/* The table of model kinds that rows can be scored with; `score apply` and `segment apply` know all of them. */
#include <kith/scorer.h>

const kith_scorer_kind *const kith_scorer_kinds[] = {
    NULL,
};
