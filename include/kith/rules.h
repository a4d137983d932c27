/* kith/rules.h: named segments from a file of conditions, also thousands of them. */
#ifndef KITH_RULES_H
#define KITH_RULES_H

#include <kith/expr.h>

/* A rules file: CSV segment,when and, where wanted, priority and label. Rules are numbered in order of priority (the least
 * first; a missing one last), then of the file. */
typedef struct kith_rules {
    size_t n;
    kith_str *segment, *label, *priority; /* label and priority empty where the file has none */
    bool has_label;
    kith_exprs *set; /* expression i is rule i's condition */
    struct kith_rules_index *index;
} kith_rules;

/* Reads and compiles against the scope; a fault names file and line. Arena-owned; then kith_exprs_free(rules->set). */
int kith_rules_read(kith_arena *arena, const char *path, const kith_expr_scope *scope, kith_rules **rules, kith_error *err);

/* One thread's working memory and counts. */
typedef struct kith_tagger kith_tagger;
int kith_tagger_new(kith_tagger **tagger, const kith_rules *rules, bool overlaps, kith_error *err);
void kith_tagger_free(kith_tagger *tagger); /* NULL is fine */

/* The rules that hold for each row of the batch: those of row i are rules[from[i]] … rules[from[i + 1] − 1], ascending. The arrays
 * live in the batch's arena. Bad rows have none; they are in kith_expr_bad_rows(kith_tagger_work(…)). Counts rows that are not bad. */
int kith_tag(kith_tagger *tagger, const kith_batch *b, const uint32_t **from, const uint32_t **rules, kith_error *err);
kith_expr_work *kith_tagger_work(kith_tagger *tagger);

/* Sizes over all taggers: segment,label,priority,rows,share,first,only ('first': no rule before it holds; 'only': none besides). */
int kith_rules_sizes(const kith_rules *rules, kith_tagger *const *taggers, size_t n, kith_buf *out, kith_error *err);
/* Overlaps: segment,other,rows,share_of_segment,share_of_other,jaccard for each pair that shares a row. */
int kith_rules_overlaps(const kith_rules *rules, kith_tagger *const *taggers, size_t n, kith_buf *out, kith_error *err);

#endif
