/* kith/steps.h: fits of leads and of uplift over shards, one fold a pass.
 *
 *   pass 0 (parameters: the options)   what the columns hold ──► a step's model: options, encoding, cuts
 *   pass i (parameter: that model)     sums of gradients and Hessians, or histograms ──► the next one
 *   …                                  until every part has converged ──► the model that `fit` writes
 *
 * A fit is a list of tasks in stages: those of a stage take part in every pass together; a stage begins when the one before has ended.
 * lead: the model, and with Platt calibration five inner ones beside it, then the calibration. uplift: what the outcome is; the
 * propensity, if it is fitted; the learner's models of the outcome; the models of the effect that stand on them (x, dr).
 *
 * Sums of a batch are rounded to a fixed point (2^-56) and added as integers, so states merge exactly, in any order; two divisions of
 * the same rows into batches differ in the last bits, and the fits by less than 1e-9. Trees are the same to the byte. */
#ifndef KITH_STEPS_H
#define KITH_STEPS_H

#include <kith/fold.h>

/* Parameters of pass 0: one an option of the verb, by its name with _ for - (outcome, positive, method, c, l1_ratio, …; learner, base,
 * treatment, …), and select, drop, id, seed. Of a later pass: `model`, the step's model as text. */
extern const kith_fold kith_lead_fold, kith_uplift_fold;

enum { KITH_STEP_LEAD, KITH_STEP_UPLIFT };
/* The kind of a step's model: lead-step, uplift-step. */
extern const char *const kith_step_kinds[];
/* After finish: the model is whole. */
bool kith_steps_converged(const void *state);
/* Rows without an outcome (or an arm that is compared) in the first pass; 0 of a later one. */
uint64_t kith_steps_left_out(const void *state);

#endif
