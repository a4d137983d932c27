/* Bins: numbers by quantiles of the training rows (every value its own bin where there are few), levels as they are. */
#include "bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 200000, IN_BIN = 3 };

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* A cut between two neighbouring values that lies strictly below the second. */
static double between(double a, double b) {
    double middle = a / 2 + b / 2;
    return middle >= a && middle < b ? middle : a;
}

/* Thresholds from the sorted values: frequent values get bins of their own, the rest share evenly. */
static int cut(const double *v, size_t n, double *upper) {
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) distinct += i == 0 || v[i] != v[i - 1];
    double share = distinct <= BINS_MOST ? IN_BIN : (double)n / BINS_MOST, rest = (double)n, left = BINS_MOST;
    int cuts = 0;
    if (distinct > BINS_MOST) {
        for (size_t i = 0, j; i < n; i = j) {
            for (j = i + 1; j < n && v[j] == v[i];) j++;
            if ((double)(j - i) >= share) {
                rest -= (double)(j - i);
                left--;
            }
        }
    }
    double even = distinct <= BINS_MOST ? IN_BIN : left >= 1 ? rest / left : share, held = 0;
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && v[j] == v[i];) j++;
        if (j == n) break;
        size_t k = j + 1;
        while (k < n && v[k] == v[j]) k++;
        bool big = distinct > BINS_MOST && (double)(j - i) >= share;
        bool next_big = distinct > BINS_MOST && (double)(k - j) >= share;
        held += (double)(j - i);
        if ((big || held >= even || (next_big && held >= even / 2)) && cuts < BINS_MOST - 1) {
            upper[cuts++] = between(v[i], v[j]);
            held = 0;
        }
    }
    return cuts;
}

static int cut_number(const kith_feature *f, const size_t *rows, size_t n, kith_arena *arena, bin_feature *b,
                      kith_error *err) {
    size_t step = n / SAMPLE + 1, known = 0;
    double *v = malloc((n / step + 1) * sizeof *v);
    b->upper = kith_arena_alloc(arena, BINS_MOST * sizeof *b->upper);
    if (!v || !b->upper) {
        free(v);
        return kith_no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        double x = f->number[rows ? rows[i] : i];
        if (isnan(x)) b->missing = 0;
        else if (i % step == 0) v[known++] = x;
    }
    qsort(v, known, sizeof *v, by_value);
    b->values = known ? cut(v, known, b->upper) + 1 : 0;
    free(v);
    return KITH_OK;
}

int bins_make(const kith_frame *frame, const kith_encoding *encoding, const size_t *rows, size_t n, kith_arena *arena,
              bins *out, kith_error *err) {
    *out = (bins){.rows = n};
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
            out->bin[i * out->n + k] = (uint8_t)bin;
        }
    }
    return KITH_OK;
}
