/* kith/explain.h: why a row has its score, for models that are no sum of parts: by scoring the row again with something left out of it.
 *
 *   uplift   a column's part: the score less what it would be with the column unknown
 *   tone     a word's: less what it would be without the word
 *   next     a step's: the probability less what it would be had the step not been
 *   value    what silence for T alone is worth; then what x purchases add (the last one just now), how long ago it was, and the own spend
 *
 * Parts that do not add up to the score are made to by a row of what they do together. */
#ifndef KITH_EXPLAIN_H
#define KITH_EXPLAIN_H

#include <kith/lead_model.h>
#include <kith/scorer.h>

/* Whether models of this kind can be explained so. */
bool kith_explains(kith_str kind);
/* The reasons of a row of the batch by the only scorer of `scorers` (loaded and bound): largest part first (value: in the order above), in
 * `arena`; *together is what is missing to *score (value: 0). KITH_DATA where the row has no score. */
int kith_explain(kith_scorers *scorers, const kith_batch *b, uint32_t row, kith_arena *arena, kith_reason **reasons, size_t *n,
                 double *together, double *score, kith_error *err);

#endif
