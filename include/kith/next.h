/* kith/next.h: the likely next action and when: Markov contexts with back-off.
 *
 *   id, ts, event ──► sequences ──► counts of (last actions → next action, or none within the window) ──► probabilities
 *
 * Of each event the outcome is the person's next action if it comes within the window, "none" if the window passed
 * without one, and nothing is counted while the window is still open at the end of the data. A context of the last k
 * actions backs off to shorter ones by Witten & Bell's weights (1991): P_k(w) = (c(w) + d P_{k−1}(w)) / (n + d), n the
 * context's count, d its different outcomes; at the bottom every outcome is alike. The state is the multiset of events.
 */
#ifndef KITH_NEXT_H
#define KITH_NEXT_H

#include <kith/fold.h>
#include <kith/scorer.h>

/* Parameters: id, ts, event (columns), tz, until (microseconds; empty: the last event), window (days), order (1 to 5;
 * empty: the one with the least log loss on the fifth of the persons that a hash holds back). */
extern const kith_fold kith_next_fold;

/* The scorer needs `path` (actions in order, separated by " > ", as kith segment paths writes them) and adds
 * NAME_action, NAME_probability (of that action within the window), NAME_any (of any), NAME_days (median days to it).
 */
extern const kith_scorer_kind kith_scorer_next;

#endif
