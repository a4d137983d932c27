/* kith/taste.h: what else a person would choose, from what everybody chose: EASE^R and item neighbours.
 *
 *   id, item ──► set of (person, item) ──► co-occurrence XᵀX (exact integers) ──► weights item → item ──► the ten best
 *
 * EASE^R (Steck 2019): B = −P/diag(P), P = (XᵀX + λI)⁻¹, no self-weight. Neighbours: cosines of item columns. Of each
 * target the weights largest in size are kept. The state is the set of pairs with how often each was seen: shards and
 * nights merge to the same bytes, and rows can be taken out again. */
#ifndef KITH_TASTE_H
#define KITH_TASTE_H

#include <kith/fold.h>
#include <kith/scorer.h>

/* Parameters: id, item (columns), method ease|knn, lambda, keep (weights a target; 0: all), buyers (fewest an item must
 * have; empty: 20, or 1 where fewer than 50 items have 20). */
extern const kith_fold kith_taste_fold;

/* The scorer adds NAME_1 … NAME_10: the items of highest score that the person does not have, by
 * kith_score_options.choices (id and item, columns as in the fit); the most chosen ones for a person without choices.
 */
extern const kith_scorer_kind kith_scorer_taste;

#endif
