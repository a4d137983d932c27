/* kith/persons.h: the values that expressions take over all rows of a person, found by one reading before the rows are answered.
 *
 * Sums are exact, so the answers depend on the multiset of rows alone. Memory: for each person their key and 64 bytes a value; for
 * distinct_of() a key for each value of a person too. */
#ifndef KITH_PERSONS_H
#define KITH_PERSONS_H

#include <kith/expr.h>

typedef struct kith_persons kith_persons;

/* For the values that `set` speaks of, by the column `id`; past `memory` bytes the reading ends with KITH_SYSTEM. Free with kith_persons_free, after
 * the set's last work. */
int kith_persons_new(kith_persons **persons, kith_exprs *set, uint32_t id, int workers, uint64_t memory, kith_error *err);
void kith_persons_free(kith_persons *persons); /* NULL is fine */
/* For kith_scan, with the persons as ctx. Rows without a person say nothing of any. */
int kith_persons_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);
int kith_persons_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);
/* Hands the answers to the set. */
int kith_persons_finish(kith_persons *persons, kith_error *err);

#endif
