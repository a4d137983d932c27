/* Bins: numbers by quantiles of the training rows (every value its own bin where there are few), levels as they are. */
#include "bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IN_BIN = 3 };

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* A cut between two neighbouring values that lies strictly below the second. */
static double between(double a, double b) {
    double middle = a / 2 + b / 2;
    return middle >= a && middle < b ? middle : a;
}

int bins_thresholds(const double *v, const uint64_t *count, size_t distinct, double *upper) {
    double all = 0, left = BINS_MOST, held = 0;
    for (size_t i = 0; i < distinct; i++) all += (double)count[i];
    bool many = distinct > BINS_MOST; /* frequent values get bins of their own, the rest share evenly */
    double share = many ? all / BINS_MOST : IN_BIN, rest = all;
    int cuts = 0;
    for (size_t i = 0; i < distinct && many; i++) {
        if ((double)count[i] < share) continue;
        rest -= (double)count[i];
        left--;
    }
    double even = !many ? IN_BIN : left >= 1 ? rest / left : share;
    for (size_t i = 0; i + 1 < distinct; i++) {
        bool big = many && (double)count[i] >= share, next_big = many && (double)count[i + 1] >= share;
        held += (double)count[i];
        if ((big || held >= even || (next_big && held >= even / 2)) && cuts < BINS_MOST - 1) {
            upper[cuts++] = between(v[i], v[i + 1]);
            held = 0;
        }
    }
    return cuts;
}

/* ---- counted values --------------------------------------------------------------------------------------------- */

static double coarse(double value, int dropped) {
    uint64_t bits;
    if (value == 0) return 0; /* −0 too */
    memcpy(&bits, &value, sizeof bits);
    bits = dropped < 52 ? bits >> dropped << dropped : bits >> 52 << 52;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

static bool place(value_counts *c, double value, uint64_t times) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    size_t at = kith_hash_mix(bits, 0) & (c->slots - 1);
    while (c->count[at] && c->value[at] != value) at = (at + 1) & (c->slots - 1);
    bool fresh = !c->count[at];
    c->value[at] = value;
    c->count[at] += times;
    c->n += fresh;
    return fresh;
}

static bool rebuild(value_counts *c, size_t slots, int dropped) {
    value_counts fresh = {.value = malloc(slots * sizeof *fresh.value), .count = calloc(slots, sizeof *fresh.count), .slots = slots, .dropped = dropped};
    if (!fresh.value || !fresh.count) {
        value_counts_free(&fresh);
        return false;
    }
    for (size_t i = 0; i < c->slots; i++)
        if (c->count[i]) place(&fresh, coarse(c->value[i], dropped), c->count[i]);
    value_counts_free(c);
    *c = fresh;
    return true;
}

bool value_counts_add(value_counts *c, double value, uint64_t times) {
    if (!times) return true;
    if (c->n * 2 >= c->slots && !rebuild(c, c->slots ? 2 * c->slots : 64, c->dropped)) return false;
    if (place(c, coarse(value, c->dropped), times))
        while (c->n > VALUES_MOST && c->dropped < 52)
            if (!rebuild(c, c->slots, c->dropped + 1)) return false;
    return true;
}

bool value_counts_merge(value_counts *into, const value_counts *from) {
    if (from->dropped > into->dropped && !rebuild(into, into->slots ? into->slots : 64, from->dropped)) return false;
    for (size_t i = 0; i < from->slots; i++)
        if (from->count[i] && !value_counts_add(into, from->value[i], from->count[i])) return false;
    return true;
}

typedef struct counted {
    double value;
    uint64_t count;
} counted;

bool value_counts_sorted(const value_counts *c, kith_arena *arena, double **value, uint64_t **count) {
    counted *list = malloc((c->n + 1) * sizeof *list);
    *value = kith_arena_alloc(arena, (c->n + 1) * sizeof **value);
    *count = kith_arena_alloc(arena, (c->n + 1) * sizeof **count);
    size_t n = 0;
    for (size_t i = 0; list && i < c->slots; i++)
        if (c->count[i]) list[n++] = (counted){c->value[i], c->count[i]};
    if (list && n) qsort(list, n, sizeof *list, by_value); /* the value comes first in it */
    for (size_t i = 0; list && *value && *count && i < n; i++) (*value)[i] = list[i].value, (*count)[i] = list[i].count;
    bool good = list && *value && *count;
    free(list);
    return good;
}

void value_counts_free(value_counts *c) {
    free(c->value);
    free(c->count);
    *c = (value_counts){0};
}

/* ---- bins ------------------------------------------------------------------------------------------------------- */

static int cut_number(const kith_feature *f, const size_t *rows, size_t n, kith_arena *arena, bin_feature *b,
                      kith_error *err) {
    value_counts counts = {0};
    kith_arena *own = kith_arena_new();
    double *v;
    uint64_t *times;
    bool good = own != NULL;
    b->upper = kith_arena_alloc(arena, BINS_MOST * sizeof *b->upper);
    for (size_t i = 0; i < n && good; i++) {
        double x = f->number[rows ? rows[i] : i];
        if (isnan(x)) b->missing = 0;
        else good = value_counts_add(&counts, x, 1);
    }
    good = good && b->upper && value_counts_sorted(&counts, own, &v, &times);
    if (good) b->values = counts.n ? bins_thresholds(v, times, counts.n, b->upper) + 1 : 0;
    value_counts_free(&counts);
    kith_arena_free(own);
    return good ? KITH_OK : kith_no_memory(err);
}

int bins_cut(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, kith_arena *arena,
             bins *out, kith_error *err) {
    *out = (bins){0};
    int32_t **map;
    KITH_TRY(kith_level_map(encoding, frame, arena, &map, err));
    out->features = kith_arena_zalloc(arena, (frame->n + 1) * sizeof *out->features);
    if (!out->features) return kith_no_memory(err);
    for (size_t j = 0; j < frame->n; j++) {
        const kith_feature *f = &frame->features[j];
        const kith_coded *c = &encoding->coded[j];
        bin_feature *b = &out->features[out->n];
        if (c->left_out) continue;
        *b = (bin_feature){.feature = (int32_t)j, .is_level = f->is_level, .missing = -1, .other = -1, .first = out->total};
        if (f->is_level) {
            b->values = (int)c->n_levels;
            for (size_t i = 0; i < n; i++) {
                int32_t l = f->level[rows ? rows[i] : i];
                if (l >= 0) l = map[j][l];
                if (l == -1) b->missing = 0;
                if (l == -2) b->other = 0;
            }
        } else {
            KITH_TRY(cut_number(f, rows, n, arena, b, err));
        }
        b->bins = b->values;
        if (b->other == 0) b->other = b->bins++;
        if (b->missing == 0) b->missing = b->bins++;
        if (b->bins < 2) continue;
        out->total += (size_t)b->bins;
        out->n++;
    }
    return KITH_OK;
}

int bins_fill(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, kith_arena *arena,
              bins *out, kith_error *err) {
    int32_t **map;
    KITH_TRY(kith_level_map(encoding, frame, arena, &map, err));
    out->rows = n;
    out->bin = kith_arena_alloc(arena, n * out->n + 1);
    if (!out->bin) return kith_no_memory(err);
    for (size_t k = 0; k < out->n; k++) {
        const bin_feature *b = &out->features[k];
        const kith_feature *f = &frame->features[b->feature];
        for (size_t i = 0; i < n; i++) {
            size_t row = rows ? rows[i] : i;
            int bin;
            if (b->is_level) {
                int32_t l = f->level[row];
                if (l >= 0) l = map[b->feature][l];
                bin = l >= 0 ? l : l == -1 ? b->missing : b->other;
            } else if (isnan(f->number[row])) {
                bin = b->missing;
            } else {
                int low = 0, high = b->values - 1; /* the first cut that the value does not exceed */
                double v = f->number[row];
                while (low < high) {
                    int mid = (low + high) / 2;
                    if (v <= b->upper[mid]) high = mid;
                    else low = mid + 1;
                }
                bin = low;
            }
            out->bin[i * out->n + k] = (uint8_t)(bin < 0 ? 0 : bin); /* what the rows that were cut on did not hold */
        }
    }
    return KITH_OK;
}

int bins_make(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, kith_arena *arena,
              bins *out, kith_error *err) {
    KITH_TRY(bins_cut(frame, encoding, rows, n, arena, out, err));
    return bins_fill(frame, encoding, rows, n, arena, out, err);
}

int kith_cuts_fit(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, kith_arena *arena,
                  const kith_cuts **cuts, kith_error *err) {
    bins *b = kith_arena_alloc(arena, sizeof *b);
    *cuts = b;
    return b ? bins_cut(frame, encoding, rows, n, arena, b, err) : kith_no_memory(err);
}
