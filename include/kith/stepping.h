/* kith/stepping.h: the run of a fit's verb under --step: a pass over a shard, or the step after it. */
#ifndef KITH_STEPPING_H
#define KITH_STEPPING_H

#include <kith/app.h>

typedef struct kith_stepping { /* what a run must know of a fold's state */
    bool (*converged)(const void *state);
    uint64_t (*left_out)(const void *state); /* rows that the first pass did not learn from; 0 of a later one */
    const char *why;                         /* "without an outcome" */
} kith_stepping;

/* With --save-state: what the operands and --state come to is saved, and nothing is written. Without: the next model is written, and the
 * status is KITH_NEGATIVE (exit 1) while `converged` says no; the first one's step says what was left out. Statuses as a verb's run. */
int kith_app_pass(kith_app *app, const kith_fold *fold, const kith_params *params, const kith_stepping *of);

/* --step's argument: `new` begins with the options that the verb was called with, each a parameter by its name (_ for -), and select, drop,
 * id, seed; a step's model of this kind goes on with those that it holds, and an option that says otherwise (neither what the model holds
 * nor the default) is refused. `whole` (ends in NULL) names options that need all rows at once: they are refused. Then as kith_app_pass. */
int kith_app_step(kith_app *app, const char *step, const char *kind, const kith_fold *fold, const char *const *whole, const kith_stepping *of);

#endif
