/* kith/apply.h: the run of `score apply` and `segment apply`: rows in, the same rows with every model's columns out. */
#ifndef KITH_APPLY_H
#define KITH_APPLY_H

#include <kith/app.h>
#include <kith/scorer.h>

/* Loads the models of -m, binds their columns, writes the header and scans. Statuses as a verb's run. */
int kith_app_apply(kith_app *app, const kith_score_options *options);

#endif
