/* kith/uplift_model.h: uplift models as files and as scorers, and their cross-validation. */
#ifndef KITH_UPLIFT_MODEL_H
#define KITH_UPLIFT_MODEL_H

#include <kith/metrics.h>
#include <kith/scorer.h>
#include <kith/uplift.h>

/* The model as rows, with the margin that parts the four groups. */
int kith_uplift_put(kith_model *m, const kith_uplift *model, double margin, kith_error *err);
int kith_uplift_get(const kith_model *m, kith_uplift *model, double *margin, kith_error *err);

/* Adds uplift_score (the effect of the treatment) and uplift_group (persuadable, sure, lost, do-not-disturb). */
extern const kith_scorer_kind kith_uplift_scorer;

extern const char *const kith_learner_names[]; /* s t x dr trees */

/* The learners that `auto` chooses among; the first is the one to beat. (The forest is not among them: on Hillstrom it
 * took as long as the others together and was never chosen.) */
enum { KITH_CANDIDATES = 3, KITH_INNER_FOLDS = 3 };
void kith_uplift_candidates(kith_uplift_candidate candidates[KITH_CANDIDATES]);

/* Measures of a fold: of the model, of a response model (who would act anyway), of random scores. */
enum { KITH_UPLIFT_MEASURES = 9 };
extern const char *const kith_uplift_measures[KITH_UPLIFT_MEASURES];

/* Fits on each fold's training rows and measures on its test rows. With `choose`, each fold chooses its own learner on its own
 * training rows. `rows` (n of them) take part. result: folds × KITH_UPLIFT_MEASURES (NaN for a fold with too few people in an arm); held_out: per frame row, the effect
 * predicted by the fold that did not see it (NaN where none did). */
int kith_uplift_crossval(const kith_frame *frame, const size_t *rows, size_t n, const double *y, const uint8_t *treated,
                         const kith_folds *folds, const kith_uplift_options *options, bool choose, double *result,
                         double *held_out, kith_error *err);

#endif
