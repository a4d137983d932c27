/* Encoding: a frame's typed columns into a design, as it was learned on the training rows.
 *
 * Numbers are z-scored with the mean and the standard deviation (divisor n) of the training rows; every level of a
 * category has a column. One-hot columns are never stored: a row keeps, per category, the index of the one that is 1,
 * so a design of 10 numbers and 10 categories takes 20 values a row however many levels there are, and the Gram matrix
 * of two categories is one addition a row instead of levels². */
#include "encode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t at(const size_t *rows, size_t i) { return rows ? rows[i] : i; }

typedef struct ranked {
    uint64_t count;
    size_t level;
} ranked;

static int by_count(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->level < y->level ? -1 : x->level > y->level;
}

static int by_level(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    return x->level < y->level ? -1 : x->level > y->level;
}

int encode_levels(const char *const *names, const uint64_t *counts, size_t n, double rows, kith_arena *arena, kith_coded *c, kith_error *err) {
    ranked *seen = kith_arena_alloc(arena, (n + 1) * sizeof *seen);
    if (!seen) return kith_no_memory(err);
    for (size_t l = 0; l < n; l++) seen[l] = (ranked){counts[l], l};
    qsort(seen, n, sizeof *seen, by_count);
    size_t kept = 0;
    while (kept < n && kept < KITH_LEVELS_MOST && seen[kept].count > 0) kept++;
    qsort(seen, kept, sizeof *seen, by_level);
    const char **levels = kith_arena_alloc(arena, (kept + 1) * sizeof *levels);
    c->share = kith_arena_alloc(arena, (kept + 1) * sizeof *c->share);
    if (!levels || !c->share) return kith_no_memory(err);
    for (size_t l = 0; l < kept; l++) {
        levels[l] = names[seen[l].level];
        c->share[l] = (double)seen[l].count / rows;
    }
    c->levels = levels;
    c->n_levels = kept;
    c->left_out = kept + c->has_missing < 2;
    return KITH_OK;
}

/* A category on these rows. */
static int code_levels(const kith_feature *f, const size_t *rows, size_t n, kith_arena *arena, kith_coded *c, kith_error *err) {
    uint64_t *counts = kith_arena_zalloc(arena, (f->n_levels + 1) * sizeof *counts);
    size_t missing = 0;
    if (!counts) return kith_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        int32_t l = f->level[at(rows, i)];
        if (l >= 0) counts[l]++;
        else missing++;
    }
    c->has_missing = missing > 0;
    c->missing_share = (double)missing / (double)n;
    return encode_levels(f->levels, counts, f->n_levels, (double)n, arena, c, err);
}

static void code_number(const kith_feature *f, const size_t *rows, size_t n, kith_coded *c) {
    double sum = 0, low = INFINITY, high = -INFINITY;
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        double v = f->number[at(rows, i)];
        if (isnan(v)) {
            c->has_missing = true;
            continue;
        }
        sum += v;
        low = v < low ? v : low;
        high = v > high ? v : high;
        known++;
    }
    c->mean = known ? sum / (double)known : 0;
    c->missing_share = (double)(n - known) / (double)n;
    double shift = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        double v = f->number[at(rows, i)];
        if (isnan(v)) continue;
        shift += v - c->mean;
        squares += (v - c->mean) * (v - c->mean);
    }
    if (known) { /* corrected two-pass: the mean to the last digit, then the squares about it */
        double correction = shift / (double)known;
        c->mean += correction;
        squares -= shift * correction;
        c->sd = sqrt(squares > 0 ? squares / (double)known : 0);
    }
    bool constant = known < 2 || low == high || !(c->sd > 0) || !isfinite(c->sd);
    if (constant) c->sd = 0;
    c->left_out = constant && !(c->has_missing && known > 0);
}

int kith_encoding_fit(const kith_frame *frame, const size_t *rows, size_t n, kith_arena *arena, kith_encoding *e,
                      kith_error *err) {
    if (n == 0) return kith_fail(err, KITH_DATA, "no rows to learn from");
    *e = (kith_encoding){.n = frame->n};
    e->coded = kith_arena_zalloc(arena, (frame->n + 1) * sizeof *e->coded);
    if (!e->coded) return kith_no_memory(err);
    for (size_t j = 0; j < frame->n; j++) {
        const kith_feature *f = &frame->features[j];
        kith_coded *c = &e->coded[j];
        c->name = f->name;
        c->is_level = f->is_level;
        c->is_time = f->is_time;
        if (f->is_level) KITH_TRY(code_levels(f, rows, n, arena, c, err));
        else code_number(f, rows, n, c);
        if (!c->left_out && !c->is_level && c->sd > 0) c->first = e->numbers++;
    }
    size_t next = e->numbers;
    for (size_t j = 0; j < frame->n; j++) {
        kith_coded *c = &e->coded[j];
        if (c->left_out) continue;
        if (c->is_level) {
            c->first = next;
            next += c->n_levels;
        }
        if (c->has_missing) c->missing = next++;
        if (c->is_level || c->has_missing) e->factors++;
    }
    e->width = next;
    return KITH_OK;
}

int kith_level_map(const kith_encoding *e, const kith_frame *frame, kith_arena *arena, int32_t ***map, kith_error *err) {
    if (frame->n != e->n) return kith_fail(err, KITH_DEFECT, "a frame of %zu features for %zu", frame->n, e->n);
    int32_t **m = kith_arena_zalloc(arena, (e->n + 1) * sizeof *m);
    if (!m) return kith_no_memory(err);
    for (size_t j = 0; j < e->n; j++) {
        const kith_feature *f = &frame->features[j];
        const kith_coded *c = &e->coded[j];
        if (!c->is_level) continue;
        if (!f->is_level) return kith_fail(err, KITH_DATA, "column %s: the model knows a category, not a number", c->name);
        m[j] = kith_arena_alloc(arena, (f->n_levels + 1) * sizeof **m);
        if (!m[j]) return kith_no_memory(err);
        for (size_t l = 0; l < f->n_levels; l++) {
            size_t low = 0, high = c->n_levels;
            m[j][l] = -2;
            while (low < high) {
                size_t mid = (low + high) / 2;
                int order = strcmp(c->levels[mid], f->levels[l]);
                if (order == 0) {
                    m[j][l] = (int32_t)mid;
                    break;
                }
                if (order < 0) low = mid + 1;
                else high = mid;
            }
        }
    }
    *map = m;
    return KITH_OK;
}

int kith_encode(const kith_encoding *e, const kith_frame *frame, const size_t *rows, size_t n, kith_arena *arena,
                kith_design *d, kith_error *err) {
    int32_t **map;
    KITH_TRY(kith_level_map(e, frame, arena, &map, err));
    *d = (kith_design){.rows = n, .width = e->width, .numbers = e->numbers, .factors = e->factors};
    d->number = kith_arena_alloc(arena, (n * d->numbers + 1) * sizeof *d->number);
    d->level = kith_arena_alloc(arena, (n * d->factors + 1) * sizeof *d->level);
    if (!d->number || !d->level) return kith_no_memory(err);
    size_t factor = 0, number = 0;
    for (size_t j = 0; j < e->n; j++) {
        const kith_coded *c = &e->coded[j];
        const kith_feature *f = &frame->features[j];
        if (c->left_out) continue;
        if (c->is_level) {
            for (size_t i = 0; i < n; i++) {
                int32_t l = f->level[at(rows, i)];
                if (l >= 0) l = map[j][l];
                d->level[i * d->factors + factor] = l >= 0                     ? (int32_t)c->first + l
                                                    : l == -1 && c->has_missing ? (int32_t)c->missing
                                                                                : -1;
            }
            factor++;
            continue;
        }
        for (size_t i = 0; i < n && c->sd > 0; i++) {
            double v = f->number[at(rows, i)];
            d->number[i * d->numbers + number] = isnan(v) ? 0 : (v - c->mean) / c->sd;
        }
        if (c->sd > 0) number++;
        if (!c->has_missing) continue;
        for (size_t i = 0; i < n; i++)
            d->level[i * d->factors + factor] = isnan(f->number[at(rows, i)]) ? (int32_t)c->missing : -1;
        factor++;
    }
    return KITH_OK;
}

void kith_encoded_name(const kith_encoding *e, size_t column, char *text, size_t room) {
    size_t n = 0;
    text[0] = 0;
    for (size_t j = 0; j < e->n; j++) {
        const kith_coded *c = &e->coded[j];
        const char *name = NULL, *equals = "", *level = "";
        if (c->left_out) continue;
        if (c->has_missing && column == c->missing) name = c->name, equals = "=";
        else if (c->is_level && column >= c->first && column < c->first + c->n_levels) name = c->name, equals = "=", level = c->levels[column - c->first];
        else if (!c->is_level && c->sd > 0 && column == c->first) name = c->name;
        int put = name && n < room ? snprintf(text + n, room - n, "%s%s%s", name, equals, level) : 0;
        n += put > 0 ? (size_t)put : 0; /* past `room`: cut */
    }
}

int kith_design_interact(const kith_design *x, const double *by, kith_arena *arena, kith_design *out, kith_error *err) {
    /* columns: [numbers, by, numbers × by | levels, levels × by]: still numbers first, levels ascending within a row */
    size_t numbers = 2 * x->numbers + 1, levels = x->width - x->numbers;
    *out = (kith_design){.rows = x->rows, .width = numbers + 2 * levels, .numbers = numbers, .factors = 2 * x->factors};
    out->number = kith_arena_alloc(arena, (x->rows * numbers + 1) * sizeof *out->number);
    out->level = kith_arena_alloc(arena, (x->rows * out->factors + 1) * sizeof *out->level);
    if (!out->number || !out->level) return kith_no_memory(err);
    int32_t shift = (int32_t)(numbers - x->numbers);
    for (size_t i = 0; i < x->rows; i++) {
        const double *from = x->number + i * x->numbers;
        double *to = out->number + i * numbers;
        for (size_t j = 0; j < x->numbers; j++) {
            to[j] = from[j];
            to[x->numbers + 1 + j] = from[j] * by[i];
        }
        to[x->numbers] = by[i];
        for (size_t f = 0; f < x->factors; f++) {
            int32_t l = x->level[i * x->factors + f];
            out->level[i * out->factors + f] = l < 0 ? -1 : l + shift;
            out->level[i * out->factors + x->factors + f] = l < 0 || by[i] == 0 ? -1 : l + shift + (int32_t)levels;
        }
    }
    return KITH_OK;
}
