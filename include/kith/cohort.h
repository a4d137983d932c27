/* kith/cohort.h: the folds behind `kith report funnel`, `retention` and `pipeline`: what people did, step by step and period by
 * period. All merge exactly: any threads, shards and nights give the same bytes. Times of equal value are put in the order of the
 * files' names and the rows in them. */
#ifndef KITH_COHORT_H
#define KITH_COHORT_H

#include <kith/fold.h>

/* Parameters: id, ts, event (columns), steps (names separated by commas), strict ("1": no other event in between), window
 * (microseconds from the first step, "": none), tz, until (microseconds, "": none). State: 20 bytes an event that is a step (strict: any
 * event) and 32 a person. */
extern const kith_fold kith_funnel_fold;

/* Parameters: id, ts, amount ("": the column "amount", if there is one), period (day, week, month, quarter, year), tz, until. State: 64 bytes a person and
 * period with an event. */
extern const kith_fold kith_retention_fold;

/* Parameters: stage, stages ("": by falling number of people), by, id, account ("" none), value ("" none), ts ("" none), target (a share, ""
 * none), tz. State: 100 bytes a person (of a group) and stage. */
extern const kith_fold kith_pipeline_fold;

#endif
