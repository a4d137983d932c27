/* kith/assignment.h: a run of `segment assign` over rows: who is left out and why, the arms of the rest, and how alike the arms are. */
#ifndef KITH_ASSIGNMENT_H
#define KITH_ASSIGNMENT_H

#include <kith/assign.h>
#include <kith/table.h>

typedef struct kith_assign_options {
    const char *id, *key_file, *arms;       /* needed */
    const char *strata, *balance;           /* selections, or NULL */
    const char *experiment, *layer;         /* names; NULL: none */
    const char *exclude, *known;            /* files; NULL: none */
    double holdout;                         /* share that no experiment touches */
    char delimiter;                         /* of the output */
} kith_assign_options;

typedef struct kith_assignment kith_assignment;

/* Reads the key and the files, finds the columns. The strings must outlive it. Errors as usual. Free with kith_assignment_free. */
int kith_assignment_new(kith_arena *arena, const kith_assign_options *options, const kith_header *header, kith_assignment **a, kith_error *err);
void kith_assignment_free(kith_assignment *a); /* NULL is fine */
const char *kith_assignment_warning(const kith_assignment *a); /* about the key; NULL: none */
const kith_arms *kith_assignment_arms(const kith_assignment *a);

/* For kith_scan.commit: writes each row with its arm at once or, stratified, keeps rows until all are there (memory: the input's size). */
int kith_assignment_commit(void *a, int worker, const kith_batch *b, kith_out *out, kith_error *err);
/* After the scan: what was kept goes out. */
int kith_assignment_finish(kith_assignment *a, kith_sink *sink, kith_error *err);

uint64_t kith_assignment_count(const kith_assignment *a, size_t arm); /* rows of an arm */
/* The largest difference of a column between an arm and the control, in pooled standard deviations. */
double kith_assignment_worst(const kith_assignment *a);
/* column,level,arm,n,share,mean,difference: numbers by their mean, other columns by the share of each level;
 * difference from the control in pooled standard deviations (Austin 2009). */
int kith_assignment_balance(const kith_assignment *a, kith_sink *sink, kith_error *err);

#endif
