/* Radix sort of (code, reference) records: one parallel scatter by the top bits into buckets that fit the caches, then each
 * bucket by itself: by bytes from the least where few bits are left, by merging where many are. Stable. */
#include "sort.h"

#include <stdlib.h>
#include <string.h>

enum { TOP_BITS = 11, SLICES = 32, SMALL = 48, LSD_BITS = 48 };

typedef struct job {
    uint64_t *records, *scratch;
    size_t n;
    int words;
    uint32_t bits, shift, buckets;
    size_t *counts; /* slices × buckets: then where each slice puts its records */
    size_t *bounds;
} job;

static inline uint32_t digit(const uint64_t *r, int words, uint32_t shift, uint32_t mask) {
    if (mask == 0) return 0;
    if (words == 1) return (uint32_t)(r[0] >> shift) & mask;
    if (shift >= 64) return (uint32_t)(r[0] >> (shift - 64)) & mask;
    uint64_t low = r[1] >> shift;
    if (shift) low |= r[0] << (64 - shift);
    return (uint32_t)low & mask;
}

static void slice(const job *j, size_t i, size_t *from, size_t *to) {
    *from = j->n * i / SLICES;
    *to = j->n * (i + 1) / SLICES;
}

static int count(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker, (void)err;
    job *j = ctx;
    size_t from, to, stride = (size_t)j->words + 1, *counts = j->counts + index * j->buckets;
    slice(j, index, &from, &to);
    for (size_t i = from; i < to; i++) counts[digit(j->records + i * stride, j->words, j->shift, j->buckets - 1)]++;
    return KITH_OK;
}

static int scatter(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker, (void)err;
    job *j = ctx;
    size_t from, to, stride = (size_t)j->words + 1, *place = j->counts + index * j->buckets;
    slice(j, index, &from, &to);
    for (size_t i = from; i < to; i++) {
        const uint64_t *r = j->records + i * stride;
        uint64_t *w = j->scratch + stride * place[digit(r, j->words, j->shift, j->buckets - 1)]++;
        for (size_t k = 0; k < stride; k++) w[k] = r[k];
    }
    return KITH_OK;
}

static inline bool less(const uint64_t *a, const uint64_t *b, int words) {
    return words == 1 || a[0] != b[0] ? a[0] < b[0] : a[1] < b[1];
}

static inline void insertion(uint64_t *r, size_t n, int words) {
    size_t stride = (size_t)words + 1;
    for (size_t i = 1; i < n; i++) {
        uint64_t x[3];
        memcpy(x, r + i * stride, stride * sizeof *r);
        size_t k = i;
        for (; k && less(x, r + (k - 1) * stride, words); k--) memcpy(r + k * stride, r + (k - 1) * stride, stride * sizeof *r);
        memcpy(r + k * stride, x, stride * sizeof *r);
    }
}

/* Sorts r; t is scratch. */
static void merge_sort(uint64_t *r, uint64_t *t, size_t n, int words) {
    size_t stride = (size_t)words + 1;
    if (n <= SMALL) {
        insertion(r, n, words);
        return;
    }
    size_t half = n / 2;
    merge_sort(r, t, half, words);
    merge_sort(r + half * stride, t + half * stride, n - half, words);
    if (!less(r + half * stride, r + (half - 1) * stride, words)) return;
    memcpy(t, r, half * stride * sizeof *r);
    const uint64_t *a = t, *a_end = t + half * stride, *b = r + half * stride, *b_end = r + n * stride;
    for (uint64_t *to = r; a < a_end && to != b; to += stride) {
        const uint64_t **from = b < b_end && less(b, a, words) ? &b : &a;
        memcpy(to, *from, stride * sizeof *r);
        *from += stride;
    }
}

/* Sorts r by its low `bits`, a byte at a time; the result ends up in r. */
static void least_first(uint64_t *r, uint64_t *t, size_t n, int words, uint32_t bits) {
    size_t stride = (size_t)words + 1;
    uint64_t *from = r, *to = t;
    for (uint32_t shift = 0; shift < bits; shift += 8) {
        uint32_t width = bits - shift < 8 ? bits - shift : 8, mask = (1u << width) - 1;
        size_t counts[256] = {0}, place[256], sum = 0;
        for (size_t i = 0; i < n; i++) counts[digit(from + i * stride, words, shift, mask)]++;
        if (counts[digit(from, words, shift, mask)] == n) continue;
        for (int i = 0; i < 256; i++) place[i] = sum, sum += counts[i];
        for (size_t i = 0; i < n; i++) {
            const uint64_t *x = from + i * stride;
            uint64_t *w = to + stride * place[digit(x, words, shift, mask)]++;
            for (size_t k = 0; k < stride; k++) w[k] = x[k];
        }
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != r) memcpy(r, from, n * stride * sizeof *r);
}

static int bucket(void *ctx, int worker, size_t index, kith_error *err) {
    (void)worker, (void)err;
    job *j = ctx;
    size_t from = j->bounds[index], n = j->bounds[index + 1] - from, stride = (size_t)j->words + 1;
    uint64_t *r = j->scratch + from * stride, *t = j->records + from * stride;
    if (n > SMALL && j->shift <= LSD_BITS) least_first(r, t, n, j->words, j->shift);
    else if (n > 1) merge_sort(r, t, n, j->words);
    memcpy(t, r, n * stride * sizeof *r);
    return KITH_OK;
}

int sort_radix(uint64_t *records, uint64_t *scratch, size_t n, int words, uint32_t bits, int threads, size_t **bounds, size_t *n_bounds,
               kith_error *err) {
    uint32_t top = bits < TOP_BITS ? bits : TOP_BITS;
    if (n < 4096) top = 0;
    job j = {.records = records, .scratch = scratch, .n = n, .words = words, .bits = bits, .shift = bits - top, .buckets = 1u << top};
    j.counts = calloc((size_t)SLICES * j.buckets, sizeof *j.counts);
    *bounds = j.bounds = malloc((j.buckets + (size_t)1) * sizeof *j.bounds);
    *n_bounds = j.buckets;
    if (!j.counts || !j.bounds) {
        free(j.counts);
        return kith_no_memory(err);
    }
    int status = kith_parallel(threads, SLICES, count, &j, err);
    size_t sum = 0;
    for (uint32_t b = 0; b < j.buckets; b++) {
        j.bounds[b] = sum;
        for (size_t s = 0; s < SLICES; s++) {
            size_t c = j.counts[s * j.buckets + b];
            j.counts[s * j.buckets + b] = sum;
            sum += c;
        }
    }
    j.bounds[j.buckets] = sum;
    if (status == KITH_OK) status = kith_parallel(threads, SLICES, scatter, &j, err);
    if (status == KITH_OK) status = kith_parallel(threads, j.buckets, bucket, &j, err);
    free(j.counts);
    return status;
}
