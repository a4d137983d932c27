/* kith/lead_model.h: lead models as files and as scorers, and their cross-validation. */
#ifndef KITH_LEAD_MODEL_H
#define KITH_LEAD_MODEL_H

#include <kith/lead.h>
#include <kith/metrics.h>
#include <kith/scorer.h>

/* The model as rows; `method`, `outcome`, `positive` are for the reader. */
int kith_lead_put(kith_model *m, const kith_lead *lead, const char *method, const char *outcome, const char *positive,
                  kith_error *err);
/* Back, everything in the model's arena; checked, as model files are not trusted. */
int kith_lead_get(const kith_model *m, kith_lead *lead, kith_error *err);

/* Adds lead_score (a probability) and lead_reason (the three parts that weigh most, in log-odds against an average person). */
extern const kith_scorer_kind kith_lead_scorer;

/* Measures of one fold: what they are called and what they are. */
enum { KITH_LEAD_MEASURES = 8 };
extern const char *const kith_lead_measures[KITH_LEAD_MEASURES]; /* auc average_precision logloss brier ece lift10 objective rows */

/* Fits on each fold's training rows and measures on its test rows, folds in parallel. `use[row]` false: the row takes no
 * part. result: folds × KITH_LEAD_MEASURES (NaN where there is none; all of a fold whose training rows are of one class). */
int kith_lead_crossval(const kith_frame *frame, const bool *use, const double *y, const kith_folds *folds,
                       const kith_lead_options *options, int threads, double *result, kith_error *err);

/* One person's reasons, for `score explain`: rows name,value,part for the row of a batch. */
typedef struct kith_reason {
    const char *feature;
    const char *value; /* as text; empty where missing */
    double part;
} kith_reason;
/* The reasons of row `row`, largest first, in the arena; *constant and *raw such that they add up, *p calibrated. */
int kith_lead_explain(const kith_lead *lead, const kith_batch *b, const uint32_t *columns, uint32_t row, kith_arena *arena,
                      kith_reason **reasons, double *constant, double *raw, double *p, kith_error *err);

#endif
