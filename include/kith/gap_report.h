/* kith/gap_report.h: promises with their patterns, mentions gathered per promise, period and segment, and the table of gaps. */
#ifndef KITH_GAP_REPORT_H
#define KITH_GAP_REPORT_H

#include <kith/gap.h>
#include <kith/pattern.h>
#include <kith/stream.h>

typedef struct kith_promise {
    kith_str name;
    kith_pattern *pattern;
    kith_matcher *matcher;
    double promised; /* NaN: not said */
} kith_promise;

typedef struct kith_promises {
    kith_promise *items;
    size_t n;
} kith_promises;

/* Reads the CSV promise,pattern,promised; patterns match in any case. KITH_DATA (with the line) for a promise without a name or
 * pattern, a pattern that is none, a promised value that is no number. Arrays in `arena`; free the patterns with kith_promises_free. */
int kith_promises_read(kith_arena *arena, const char *path, kith_promises *promises, kith_error *err);
void kith_promises_free(kith_promises *promises);

typedef struct kith_mention {
    size_t promise;
    kith_str period, text;
    const kith_str *by; /* segment */
    int class_;         /* 0 … 2 */
    int label;          /* 0, 1 (wanted), −1: none */
    double tone, reach;
} kith_mention;

typedef struct kith_gap_table kith_gap_table;

int kith_gap_table_new(size_t n_by, kith_gap_table **table, kith_error *err);
void kith_gap_table_free(kith_gap_table *table);
int kith_gap_table_add(kith_gap_table *table, const kith_mention *mention, kith_error *err);
/* A fully labelled mention of a reference, whose cells are promise × segment. */
int kith_gap_table_refer(kith_gap_table *table, const kith_mention *mention, kith_error *err);

typedef struct kith_gap_plan {
    const kith_promises *promises;
    const kith_str *by; /* names of the segment's columns */
    kith_gap_belief belief;
    double level;
    bool examples;
    const char *basis; /* where the rates of error come from: labels, reference or elsewhere */
} kith_gap_plan;

/* Writes SEL,promise,period,mentions,promised,lived,gap,low,high,lived_low,lived_high,tone,reach,labels,example,basis; the
 * greatest gap (promised less lived) first, then promises nobody speaks of. low and high are the gap's. */
int kith_gap_table_report(kith_gap_table *table, const kith_gap_plan *plan, char delimiter, kith_buf *out, kith_error *err);

/* Appends the text with handles, e-mail addresses, links and long numbers masked, on one line, at most 160 bytes or so. */
void kith_gap_example(kith_str text, kith_buf *out);

#endif
