/* Judging scored pairs: over thresholds where the truth is known; with a valid interval where a person has labelled a
 * few hundred.
 *
 * The interval is prediction-powered (Angelopoulos, Bates, Fannjiang, Jordan & Zrnic 2023): the mean of the model's
 * probabilities over all pairs, put right by the mean of label − probability over the labelled ones. It holds whatever
 * the model's faults, as long as the labelled pairs are a random sample of the pairs. Recall is a ratio of two such
 * means (delta method), among the pairs given: what no key brought together is not in it. */
#include "inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct table { /* from text to a number */
    uint32_t *slot, mask;
} table;

static bool table_new(table *t, size_t n) {
    uint32_t size = 1024;
    while (size < 2 * n + 2) size *= 2;
    t->slot = calloc(size, sizeof *t->slot);
    t->mask = size - 1;
    return t->slot != NULL;
}

static uint64_t pair_hash(kith_str a, kith_str b) { /* of either order */
    if (kith_str_compare(a, b) > 0) {
        kith_str t = a;
        a = b;
        b = t;
    }
    return kith_hash(b.p, b.n, kith_hash(a.p, a.n, 4));
}

static int columns(const kith_csv *csv, const char *const *names, uint32_t *column, int n, kith_error *err) {
    for (int k = 0; k < n; k++)
        if ((column[k] = kith_csv_column(csv, names[k])) == UINT32_MAX)
            return kith_fail(err, KITH_DATA, "%s: there is no column %s", csv->name, names[k]);
    return KITH_OK;
}

static int number_at(const kith_csv *csv, size_t i, uint32_t column, const char *name, double *v, kith_error *err) {
    if (kith_parse_double(kith_csv_cell(csv, i, column), v)) return KITH_OK;
    return kith_fail(err, KITH_DATA, "%s:%llu: %s: not a number", csv->name, (unsigned long long)csv->lines[i], name);
}

typedef struct judged {
    double weight;
    bool match;
} judged;

static int by_weight(const void *a, const void *b) {
    const judged *x = a, *y = b;
    return x->weight != y->weight ? (x->weight > y->weight ? -1 : 1) : (int)y->match - (int)x->match;
}

static int judge_rows(const kith_csv *csv, const uint32_t *column, const table *t, const kith_str *record,
                      const uint32_t *truth, judged *j, kith_error *err) {
    for (size_t i = 0; i < csv->rows; i++) {
        uint32_t row[2] = {UINT32_MAX, UINT32_MAX};
        for (int side = 0; side < 2; side++) {
            kith_str id = kith_csv_cell(csv, i, column[side]);
            for (uint32_t at = (uint32_t)kith_hash(id.p, id.n, 0) & t->mask; t->slot[at]; at = (at + 1) & t->mask)
                if (kith_str_equal(record[t->slot[at] - 1], id)) {
                    row[side] = t->slot[at] - 1;
                    break;
                }
            if (row[side] == UINT32_MAX)
                return kith_fail(err, KITH_DATA, "%s:%llu: an id that no record has (--id names their column)",
                                 csv->name, (unsigned long long)csv->lines[i]);
        }
        KITH_TRY(number_at(csv, i, column[2], "weight", &j[i].weight, err));
        j[i].match = truth[row[0]] == truth[row[1]];
    }
    return KITH_OK;
}

int kith_link_judge_links(const char *path, const kith_str *record, const uint32_t *truth, size_t rows, char delimiter,
                          bool header, kith_buf *out, double *best, kith_error *err) {
    static const char *const names[] = {"left_id", "right_id", "weight"}, *const heads[] = {"threshold", "pairs",
                                                                                            "precision", "recall",
                                                                                            "f1"};
    kith_arena *arena = kith_arena_new();
    kith_csv csv;
    uint32_t column[3];
    table t = {0};
    judged *j = NULL;
    kith_link_scores s;
    *best = 0;
    int status = arena ? kith_csv_read(arena, path, &csv, err) : kith_no_memory(err);
    if (status == KITH_OK) status = columns(&csv, names, column, 3, err);
    if (status == KITH_OK && (!table_new(&t, rows) || (j = malloc(sizeof *j * (csv.rows + 1))) == NULL))
        status = kith_no_memory(err);
    if (status == KITH_OK) status = kith_link_evaluate(truth, truth, rows, &s, err);
    for (size_t r = 0; r < rows && status == KITH_OK; r++) {
        uint32_t at = (uint32_t)kith_hash(record[r].p, record[r].n, 0) & t.mask;
        while (t.slot[at]) at = (at + 1) & t.mask;
        t.slot[at] = (uint32_t)r + 1;
    }
    if (status == KITH_OK) status = judge_rows(&csv, column, &t, record, truth, j, err);
    if (status == KITH_OK) {
        kith_row_writer w = kith_row_begin(out, delimiter);
        for (int k = 0; k < 5 && header; k++) kith_put_string(&w, heads[k]);
        if (header) kith_row_end(&w);
        if (csv.rows) qsort(j, csv.rows, sizeof *j, by_weight);
        double matches = 0;
        for (size_t i = 0; i < csv.rows; i++) {
            matches += j[i].match;
            double floor_ = floor(j[i].weight); /* a row for each whole number of bits that has pairs */
            if (i + 1 < csv.rows && floor(j[i + 1].weight) >= floor_) continue;
            double pairs = (double)(i + 1), precision = matches / pairs,
                   recall = s.truth_pairs > 0 ? matches / s.truth_pairs : NAN;
            double f1 = 2 * matches / (pairs + s.truth_pairs);
            kith_put_double(&w, floor_);
            kith_put_double(&w, pairs);
            kith_put_double(&w, precision);
            kith_put_double(&w, recall);
            kith_put_double(&w, f1);
            kith_row_end(&w);
            if (f1 > *best) *best = f1;
        }
    }
    free(t.slot), free(j);
    kith_arena_free(arena);
    return status;
}

/* ---- prediction-powered ------------------------------------------------------------------------------------- */

typedef struct mean {
    double n, sum, squares;
} mean;

static void add(mean *m, double x) {
    m->n++;
    m->sum += x;
    m->squares += x * x;
}

static double variance_of_mean(const mean *m) {
    return m->n > 1 ? fmax(m->squares - m->sum * m->sum / m->n, 0) / (m->n - 1) / m->n : 0;
}

void kith_link_powered(const double *probability, const bool *above, const int8_t *label, size_t n, double precision[3],
                       double recall[3]) {
    const double z = 1.959963984540054;
    mean all = {0}, put_right = {0}, top = {0}, top_right = {0}, every = {0}, every_right = {0};
    for (size_t i = 0; i < n; i++) {
        double p = probability[i], in = above[i];
        if (above[i]) {
            add(&all, p);
            if (label[i] >= 0) add(&put_right, label[i] - p);
        }
        add(&top, p * in);
        add(&every, p);
        if (label[i] >= 0) {
            add(&top_right, (label[i] - p) * in);
            add(&every_right, label[i] - p);
        }
    }
    for (int k = 0; k < 3; k++) precision[k] = recall[k] = NAN;
    if (put_right.n >= 2) {
        double value = all.sum / all.n + put_right.sum / put_right.n,
               half = z * sqrt(variance_of_mean(&all) + variance_of_mean(&put_right));
        precision[0] = value;
        precision[1] = fmax(value - half, 0);
        precision[2] = fmin(value + half, 1);
    }
    if (every_right.n >= 2) {
        double above_matches = top.sum / top.n + top_right.sum / top_right.n,
               matches = every.sum / every.n + every_right.sum / every_right.n;
        if (matches <= 0) return;
        double ratio = above_matches / matches;
        mean a = {0}, b = {0};
        for (size_t i = 0; i < n; i++) {
            double in = above[i] ? 1 - ratio : -ratio;
            add(&a, probability[i] * in);
            if (label[i] >= 0) add(&b, (label[i] - probability[i]) * in);
        }
        double half = z * sqrt(variance_of_mean(&a) + variance_of_mean(&b)) / matches;
        recall[0] = ratio;
        recall[1] = fmax(ratio - half, 0);
        recall[2] = fmin(ratio + half, 1);
    }
}

int kith_link_judge_hand(const char *links, const char *hand, double threshold, char delimiter, bool header,
                         kith_buf *out, kith_error *err) {
    static const char *const names[] = {"left_id", "right_id", "weight"},
                             *const judged_names[] = {"left_id", "right_id", "match"},
                             *const heads[] = {"measure", "value", "low", "high"};
    kith_arena *arena = kith_arena_new();
    kith_csv csv, labels;
    uint32_t column[3], judge[3];
    table t = {0};
    double *probability = NULL;
    bool *above = NULL;
    int8_t *label = NULL;
    int status = arena ? kith_csv_read(arena, links, &csv, err) : kith_no_memory(err);
    if (status == KITH_OK) status = kith_csv_read(arena, hand, &labels, err);
    if (status == KITH_OK) status = columns(&csv, names, column, 3, err);
    if (status == KITH_OK) status = columns(&labels, judged_names, judge, 3, err);
    if (status == KITH_OK) {
        probability = malloc(sizeof *probability * (csv.rows + 1));
        above = malloc(sizeof *above * (csv.rows + 1));
        label = malloc(csv.rows + 1);
        if (!probability || !above || !label || !table_new(&t, csv.rows)) status = kith_no_memory(err);
    }
    for (size_t i = 0; i < csv.rows && status == KITH_OK; i++) {
        double w;
        status = number_at(&csv, i, column[2], "weight", &w, err);
        if (status != KITH_OK) break;
        probability[i] = kith_link_probability(w);
        above[i] = w >= threshold;
        label[i] = -1;
        uint32_t at =
            (uint32_t)pair_hash(kith_csv_cell(&csv, i, column[0]), kith_csv_cell(&csv, i, column[1])) & t.mask;
        while (t.slot[at]) at = (at + 1) & t.mask;
        t.slot[at] = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < labels.rows && status == KITH_OK; i++) {
        kith_str a = kith_csv_cell(&labels, i, judge[0]), b = kith_csv_cell(&labels, i, judge[1]),
                 m = kith_csv_cell(&labels, i, judge[2]);
        bool found = false;
        for (uint32_t at = (uint32_t)pair_hash(a, b) & t.mask; t.slot[at] && !found; at = (at + 1) & t.mask) {
            size_t k = t.slot[at] - 1;
            kith_str x = kith_csv_cell(&csv, k, column[0]), y = kith_csv_cell(&csv, k, column[1]);
            if (!(kith_str_equal(a, x) && kith_str_equal(b, y)) && !(kith_str_equal(a, y) && kith_str_equal(b, x)))
                continue;
            if (!kith_str_is(m, "1") && !kith_str_is(m, "0"))
                status = kith_fail(err, KITH_DATA, "%s:%llu: match: not 1 or 0", labels.name,
                                   (unsigned long long)labels.lines[i]);
            else
                label[k] = kith_str_is(m, "1");
            found = true;
        }
        if (!found && status == KITH_OK)
            status = kith_fail(err, KITH_DATA, "%s:%llu: a pair that is not among the links", labels.name,
                               (unsigned long long)labels.lines[i]);
    }
    if (status == KITH_OK) {
        double value[2][3];
        kith_link_powered(probability, above, label, csv.rows, value[0], value[1]);
        kith_row_writer w = kith_row_begin(out, delimiter);
        for (int k = 0; k < 4 && header; k++) kith_put_string(&w, heads[k]);
        if (header) kith_row_end(&w);
        for (int k = 0; k < 2; k++) {
            kith_put_string(&w, k ? "recall" : "precision");
            for (int v = 0; v < 3; v++) kith_put_double(&w, value[k][v]);
            kith_row_end(&w);
        }
    }
    free(t.slot), free(probability), free(above), free(label);
    kith_arena_free(arena);
    return status;
}
