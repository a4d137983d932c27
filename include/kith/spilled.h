/* kith/spilled.h: a fold over more people than memory holds: states go to disk in parts by person, and each part is finished by itself. */
#ifndef KITH_SPILLED_H
#define KITH_SPILLED_H

#include <kith/fold.h>

typedef struct kith_spilled kith_spilled;

/* The part of a person: another one at each level, so that what was one part is parted anew. */
unsigned kith_fold_part(kith_str person, unsigned level);

/* For states of `fold` (which has `spill`) with these parameters, which outlive it. `memory`: bytes that states and finish may take, besides
 * some 30 MB of buffers, the 64th part of the rest where that is more after four levels of parts, and the rows of one person. `folder`: of the
 * temporary file (NULL: /tmp). */
int kith_spilled_new(kith_spilled **spilled, const kith_fold *fold, const kith_params *params, uint64_t memory, const char *folder, kith_error *err);
void kith_spilled_free(kith_spilled *s); /* NULL is fine */
void kith_spilled_share(kith_spilled *s, int states); /* so many states share the memory (1 until then) */
bool kith_spilled_any(const kith_spilled *s);         /* whether anything went to disk; else everything is in the states */
uint64_t kith_spilled_bytes(const kith_spilled *s);   /* written there so far */

/* Takes what the state holds to disk, if it is more than its share; and in any case. One call at a time. */
int kith_spilled_look(kith_spilled *s, void *state, kith_error *err);
int kith_spilled_take(kith_spilled *s, void *state, kith_error *err);

/* The rows of everything that was taken, without header, in byte order of their first field, as fold->finish writes them. */
typedef int (*kith_spilled_row)(void *ctx, kith_str row, kith_error *err);
int kith_spilled_give(kith_spilled *s, char delimiter, kith_spilled_row each, void *ctx, kith_error *err);

#endif
