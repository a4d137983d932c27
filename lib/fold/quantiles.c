/* Quantiles: see kith/quantiles.h. Bins are an open-addressing table of (bin, count) that doubles at ¾; the bin of a
 * value is its sign, exponent and ten bits of its mantissa, made into an integer that orders as the values do. */
#include <kith/quantiles.h>

#include "token.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CUT = 42 }; /* 52 − 10: bits of the mantissa that a bin leaves out */

typedef struct bin {
    uint64_t count; /* 0: free */
    int64_t key;
} bin;

static uint64_t bits_of(double v) {
    uint64_t u;
    memcpy(&u, &v, sizeof u);
    return u;
}

static int64_t key_of(double v) {
    if (v == 0) return 0;
    int64_t k = (int64_t)((bits_of(v) & INT64_MAX) >> CUT) + 1;
    return v < 0 ? -k : k;
}

static double edge(uint64_t size) {
    double v;
    memcpy(&v, &size, sizeof v);
    return v;
}

/* The shortest decimal within a bin; where several are as short the nearest to the middle. */
static double value_of(int64_t key) {
    if (key == 0) return 0;
    uint64_t k = (uint64_t)(key < 0 ? -key : key) - 1;
    double low = edge(k << CUT), high = edge(((k + 1) << CUT) - 1), middle = edge((k << CUT) + (UINT64_C(1) << (CUT - 1)));
    double found = middle;
    for (int digits = 1; digits <= 6; digits++) {
        char text[40];
        double v;
        snprintf(text, sizeof text, "%.*e", digits - 1, middle);
        v = strtod(text, NULL);
        if (v < low || v > high) { /* the middle rounds out of the bin; an edge may round into it */
            snprintf(text, sizeof text, "%.*e", digits - 1, low);
            v = strtod(text, NULL);
        }
        if (v < low || v > high) {
            snprintf(text, sizeof text, "%.*e", digits - 1, high);
            v = strtod(text, NULL);
        }
        if (v >= low && v <= high) {
            found = v;
            break;
        }
    }
    return key < 0 ? -found : found;
}

static uint32_t place_of(int64_t key, uint32_t room) {
    return (uint32_t)(((uint64_t)key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (room - 1);
}

static bool bin_add(kith_quantiles *q, int64_t key, uint64_t count, kith_arena *arena) {
    bin *bins = q->cells;
    uint32_t i = place_of(key, q->room);
    while (bins[i].count && bins[i].key != key) i = (i + 1) & (q->room - 1);
    if (bins[i].count) {
        bins[i].count += count;
        return true;
    }
    bins[i] = (bin){count, key};
    if (++q->used * UINT64_C(4) <= q->room * UINT64_C(3)) return true;
    uint32_t room = q->room * 2;
    bin *wider = kith_arena_zalloc(arena, room * sizeof *wider);
    if (!wider) return false;
    for (uint32_t k = 0; k < q->room; k++) {
        if (!bins[k].count) continue;
        uint32_t to = place_of(bins[k].key, room);
        while (wider[to].count) to = (to + 1) & (room - 1);
        wider[to] = bins[k];
    }
    q->cells = wider;
    q->room = room;
    return true;
}

static bool to_bins(kith_quantiles *q, kith_arena *arena) {
    enum { FIRST = 1024 };
    const double *values = q->cells;
    uint32_t n = q->used;
    bin *bins = kith_arena_zalloc(arena, FIRST * sizeof *bins);
    if (!bins) return false;
    q->cells = bins;
    q->used = 0;
    q->room = FIRST;
    q->binned = true;
    for (uint32_t i = 0; i < n; i++)
        if (!bin_add(q, key_of(values[i]), 1, arena)) return false;
    return true;
}

bool kith_quantiles_add_slow(kith_quantiles *q, double value, kith_arena *arena) {
    if (value == 0) value = 0; /* minus zero is zero */
    if (q->n == 0 || value < q->low) q->low = value;
    if (q->n == 0 || value > q->high) q->high = value;
    if (!q->binned && q->n == KITH_QUANTILES_EXACT && !to_bins(q, arena)) return false;
    if (q->binned) {
        q->n++;
        return bin_add(q, key_of(value), 1, arena);
    }
    if (q->used == q->room) {
        uint32_t room = q->room ? q->room * 2 : 8;
        double *wider = kith_arena_alloc(arena, room * sizeof *wider);
        if (!wider) return false;
        if (q->used) memcpy(wider, q->cells, q->used * sizeof *wider);
        q->cells = wider;
        q->room = room;
    }
    ((double *)q->cells)[q->used++] = value;
    q->n++;
    return true;
}

bool kith_quantiles_add_times(kith_quantiles *q, double value, uint64_t times, kith_arena *arena) {
    if (times == 0) return true;
    if (!q->binned && q->n + times > KITH_QUANTILES_EXACT && !to_bins(q, arena)) return false;
    if (!q->binned) {
        for (; times; times--)
            if (!kith_quantiles_add_slow(q, value, arena)) return false;
        return true;
    }
    if (value == 0) value = 0;
    if (q->n == 0 || value < q->low) q->low = value;
    if (q->n == 0 || value > q->high) q->high = value;
    q->n += times;
    return bin_add(q, key_of(value), times, arena);
}

bool kith_quantiles_merge(kith_quantiles *into, const kith_quantiles *other, kith_arena *arena) {
    if (other->n == 0) return true;
    if (!other->binned) {
        const double *values = other->cells;
        for (uint32_t i = 0; i < other->used; i++)
            if (!kith_quantiles_add_slow(into, values[i], arena)) return false;
        return true;
    }
    if (!into->binned && !to_bins(into, arena)) return false;
    if (into->n == 0 || other->low < into->low) into->low = other->low;
    if (into->n == 0 || other->high > into->high) into->high = other->high;
    const bin *bins = other->cells;
    for (uint32_t i = 0; i < other->room; i++)
        if (bins[i].count && !bin_add(into, bins[i].key, bins[i].count, arena)) return false;
    into->n += other->n;
    return true;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int by_key(const void *a, const void *b) {
    const bin *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* Bins in order at the front of a copy of the table; NULL when out of memory. */
static bin *ordered(const kith_quantiles *q) {
    bin *copy = malloc((q->used ? q->used : 1) * sizeof *copy);
    if (!copy) return NULL;
    const bin *bins = q->cells;
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->room; i++)
        if (bins[i].count) copy[n++] = bins[i];
    qsort(copy, n, sizeof *copy, by_key);
    return copy;
}

static double clamp(const kith_quantiles *q, double v) { return v < q->low ? q->low : v > q->high ? q->high : v; }

/* The value of rank k (0-based) among bins in order. */
static double ranked(const kith_quantiles *q, const bin *bins, uint64_t k) {
    if (k == 0) return q->low;
    if (k >= q->n - 1) return q->high;
    uint64_t seen = bins->count; /* the counts add up to n */
    while (k >= seen) seen += (++bins)->count;
    return clamp(q, value_of(bins->key));
}

double kith_quantiles_at(kith_quantiles *q, double p) {
    if (q->n == 0) return (double)NAN;
    double at = p * (double)(q->n - 1), whole = floor(at);
    if (whole < 0) whole = 0;
    uint64_t k = (uint64_t)whole;
    if (k >= q->n - 1) return q->high;
    double a, b;
    if (!q->binned) {
        double *values = q->cells;
        qsort(values, q->used, sizeof *values, by_value);
        a = values[k];
        b = values[k + 1];
    } else {
        bin *bins = ordered(q);
        if (!bins) return (double)NAN;
        a = ranked(q, bins, k);
        b = ranked(q, bins, k + 1);
        free(bins);
    }
    double share = at - whole;
    return share == 0 || a == b ? a : clamp(q, a + (b - a) * share);
}

int kith_quantiles_list(const kith_quantiles *q, bool bins, kith_place **places, size_t *n, kith_error *err) {
    kith_place *out = malloc((q->used ? q->used : 1) * sizeof *out);
    *n = 0;
    *places = out;
    if (!out) return kith_no_memory(err);
    if (q->binned) {
        bin *cells = ordered(q);
        if (!cells) return kith_no_memory(err);
        for (uint32_t i = 0; i < q->used; i++) out[(*n)++] = (kith_place){value_of(cells[i].key), cells[i].count};
        free(cells);
        return KITH_OK;
    }
    if (q->used) memcpy(out, q->cells, q->used * sizeof(double)); /* for a sort that leaves the state alone */
    double *values = (double *)(void *)out;
    qsort(values, q->used, sizeof *values, by_value);
    double *copy = malloc((q->used ? q->used : 1) * sizeof *copy);
    if (!copy) return kith_no_memory(err);
    for (uint32_t i = 0; i < q->used; i++) copy[i] = bins ? value_of(key_of(values[i])) : values[i];
    for (uint32_t i = 0; i < q->used; i++) {
        if (*n && out[*n - 1].value == copy[i]) out[*n - 1].count++;
        else out[(*n)++] = (kith_place){copy[i], 1};
    }
    free(copy);
    return KITH_OK;
}

void kith_quantiles_save(kith_quantiles *q, kith_buf *out) {
    kith_buf_puts(out, q->binned ? "b " : "v ");
    token_put_u64(out, q->n);
    if (q->n == 0) return;
    if (!q->binned) {
        double *values = q->cells;
        qsort(values, q->used, sizeof *values, by_value);
        for (uint32_t i = 0; i < q->used; i++) {
            kith_buf_putc(out, ' ');
            kith_buf_double(out, values[i]);
        }
        return;
    }
    kith_buf_putc(out, ' ');
    kith_buf_double(out, q->low);
    kith_buf_putc(out, ' ');
    kith_buf_double(out, q->high);
    bin *bins = ordered(q);
    if (!bins) {
        out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < q->used; i++) kith_buf_printf(out, " %lld %llu", (long long)bins[i].key, (unsigned long long)bins[i].count);
    free(bins);
}

static int not_a_state(kith_error *err) { return kith_fail(err, KITH_DATA, "not saved quantiles"); }

int kith_quantiles_load(kith_quantiles *q, kith_str text, kith_arena *arena, kith_error *err) {
    kith_str kind;
    uint64_t n;
    *q = (kith_quantiles){0};
    if (!token_next(&text, &kind) || kind.n != 1 || !token_u64(&text, &n)) return not_a_state(err);
    if (kind.p[0] == 'v') {
        if (n > KITH_QUANTILES_EXACT) return not_a_state(err);
        for (uint64_t i = 0; i < n; i++) {
            double v;
            if (!token_double(&text, &v)) return not_a_state(err);
            if (!kith_quantiles_add_slow(q, v, arena)) return kith_no_memory(err);
        }
        return token_end(text) ? KITH_OK : not_a_state(err);
    }
    double low, high;
    if (kind.p[0] != 'b' || n <= KITH_QUANTILES_EXACT || !token_double(&text, &low) || !token_double(&text, &high))
        return not_a_state(err);
    if (!to_bins(q, arena)) return kith_no_memory(err);
    int64_t before = INT64_MIN, key, last = 0;
    const int64_t most = (int64_t)(bits_of(1.7976931348623157e308) >> CUT) + 1;
    while (!token_end(text)) {
        uint64_t count;
        if (!token_i64(&text, &key) || !token_u64(&text, &count)) return not_a_state(err);
        if (key <= before || key > most || key < -most || count == 0 || count > n - q->n) return not_a_state(err);
        if (before == INT64_MIN && key != key_of(low)) return not_a_state(err);
        if (!bin_add(q, key, count, arena)) return kith_no_memory(err);
        q->n += count;
        before = last = key;
    }
    if (q->n != n || last != key_of(high) || low > high) return not_a_state(err);
    q->low = low;
    q->high = high;
    return KITH_OK;
}
