/* The mergeable state of one arm and metric: exact sums, and the distinct values while they are few. */
#include "tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t slot_of(double value, size_t slots) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits *= UINT64_C(0x9E3779B97F4A7C15);
    return (bits ^ bits >> 29) & (slots - 1);
}

static void give_up(kith_tally_values *v) {
    free(v->value);
    free(v->count);
    *v = (kith_tally_values){.many = true};
}

static bool count_value(kith_tally_values *v, double value, uint64_t times) {
    if (v->many) return true;
    if (value == 0) value = 0; /* −0 */
    if (v->n * 2 >= v->slots) {
        kith_tally_values wide = {.slots = v->slots ? v->slots * 4 : 16};
        wide.value = calloc(wide.slots, sizeof *wide.value);
        wide.count = calloc(wide.slots, sizeof *wide.count);
        if (!wide.value || !wide.count) {
            free(wide.value);
            free(wide.count);
            return false;
        }
        for (size_t i = 0; i < v->slots; i++)
            if (v->count[i]) {
                size_t at = slot_of(v->value[i], wide.slots);
                while (wide.count[at]) at = (at + 1) & (wide.slots - 1);
                wide.value[at] = v->value[i];
                wide.count[at] = v->count[i];
                wide.n++;
            }
        free(v->value);
        free(v->count);
        *v = wide;
    }
    size_t at = slot_of(value, v->slots);
    while (v->count[at] && v->value[at] != value) at = (at + 1) & (v->slots - 1);
    if (!v->count[at]) {
        if (v->n == TALLY_VALUES_MOST) {
            give_up(v);
            return true;
        }
        v->value[at] = value;
        v->n++;
    }
    v->count[at] += times;
    return true;
}

bool kith_tally_add(kith_tally *t, const kith_number *y, const kith_number *x, kith_arena *arena) {
    double v = kith_number_double(y);
    t->ones += v == 1;
    t->binary += v == 0 || v == 1;
    if (!kith_moments_add(&t->y, y, arena) || !count_value(&t->values, v, 1)) return false;
    if (!x) return true;
    kith_number product = {.real = v * kith_number_double(x)};
    return kith_moments_add(&t->pair_y, y, arena) && kith_moments_add(&t->pair_x, x, arena) && kith_sum_add(&t->pair_xy, &product, arena);
}

bool kith_tally_merge(kith_tally *into, const kith_tally *from, kith_arena *arena) {
    into->ones += from->ones;
    into->binary += from->binary;
    if (!kith_moments_merge(&into->y, &from->y, arena) || !kith_moments_merge(&into->pair_y, &from->pair_y, arena) ||
        !kith_moments_merge(&into->pair_x, &from->pair_x, arena) || !kith_sum_merge(&into->pair_xy, &from->pair_xy, arena))
        return false;
    if (from->values.many && !into->values.many) give_up(&into->values);
    for (size_t i = 0; i < from->values.slots; i++)
        if (from->values.count[i] && !count_value(&into->values, from->values.value[i], from->values.count[i])) return false;
    return true;
}

bool kith_tally_subtract(kith_tally *from, const kith_tally *what, kith_arena *arena, bool *gave_up, bool *less) {
    *gave_up = *gave_up || from->values.many || what->values.many;
    *less = *less || what->y.sum.n > from->y.sum.n || what->ones > from->ones || what->binary > from->binary;
    if (*gave_up || *less) return true;
    from->ones -= what->ones;
    from->binary -= what->binary;
    if (!kith_moments_subtract(&from->y, &what->y, arena) || !kith_moments_subtract(&from->pair_y, &what->pair_y, arena) ||
        !kith_moments_subtract(&from->pair_x, &what->pair_x, arena) || !kith_sum_subtract(&from->pair_xy, &what->pair_xy, arena))
        return false;
    kith_tally_values left = {0}; /* built anew: what has no count left leaves no place in a table of open addressing */
    for (size_t i = 0; i < from->values.slots; i++) {
        double v = from->values.value[i];
        uint64_t n = from->values.count[i], m = 0;
        if (!n) continue;
        for (size_t at = what->values.slots ? slot_of(v, what->values.slots) : 0; what->values.slots && what->values.count[at]; at = (at + 1) & (what->values.slots - 1))
            if (what->values.value[at] == v) {
                m = what->values.count[at];
                break;
            }
        *less = *less || m > n;
        if (n > m && !count_value(&left, v, n - m)) return false;
    }
    free(from->values.value);
    free(from->values.count);
    from->values = left;
    return true;
}

void kith_tally_free(kith_tally *t) {
    free(t->values.value);
    free(t->values.count);
    t->values = (kith_tally_values){0};
}

kith_arm_mean kith_tally_mean(const kith_tally *t) {
    return (kith_arm_mean){(double)t->y.sum.n, kith_sum_mean(&t->y.sum), kith_moments_variance(&t->y)};
}

kith_arm_pair kith_tally_pair(const kith_tally *t) {
    double n = (double)t->pair_y.sum.n, my = kith_sum_mean(&t->pair_y.sum), mx = kith_sum_mean(&t->pair_x.sum);
    return (kith_arm_pair){n, my, mx, kith_moments_variance(&t->pair_y), kith_moments_variance(&t->pair_x),
                           n > 1 ? (kith_sum_total(&t->pair_xy) - n * mx * my) / (n - 1) : NAN};
}

bool kith_tally_binary(const kith_tally *t) { return t->binary == t->y.sum.n; }

typedef struct place {
    double value, count[2];
} place;

static int by_value(const void *a, const void *b) {
    double x = ((const place *)a)->value, y = ((const place *)b)->value;
    return (x > y) - (x < y);
}

bool kith_tally_ranks(const kith_tally *control, const kith_tally *arm, kith_effect *effect, kith_effect *ks) {
    *effect = *ks = (kith_effect){NAN, NAN, NAN, NAN, NAN, NAN};
    const kith_tally_values *v[2] = {&control->values, &arm->values};
    if (v[0]->many || v[1]->many || !v[0]->n || !v[1]->n) return true;
    size_t n = 0, m = 0;
    place *places = malloc((v[0]->n + v[1]->n) * sizeof *places);
    double *counts = malloc(2 * (v[0]->n + v[1]->n) * sizeof *counts);
    if (!places || !counts) {
        free(places);
        free(counts);
        return false;
    }
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < v[k]->slots; i++)
            if (v[k]->count[i]) {
                places[n] = (place){v[k]->value[i], {0, 0}};
                places[n++].count[k] = (double)v[k]->count[i];
            }
    qsort(places, n, sizeof *places, by_value);
    double *a = counts, *b = counts + n;
    for (size_t i = 0; i < n; i++) {
        if (i && places[i].value == places[i - 1].value) m--;
        else a[m] = b[m] = 0;
        a[m] += places[i].count[0];
        b[m++] += places[i].count[1];
    }
    *effect = kith_mann_whitney(a, b, m);
    *ks = kith_kolmogorov_smirnov(a, b, m);
    free(places);
    free(counts);
    return true;
}

/* ---- saving ---------------------------------------------------------------------------------------------------- */

static void put(kith_row_writer *w, kith_buf *scratch) {
    kith_put_text(w, (kith_str){scratch->p, scratch->n});
    if (scratch->failed) w->buf->failed = true;
    scratch->n = 0;
}

static int compare_doubles(const void *a, const void *b) { return by_value(a, b); }

void kith_tally_save(const kith_tally *t, kith_row_writer *w, kith_buf *scratch) {
    kith_buf_printf(scratch, "%llu %llu", (unsigned long long)t->ones, (unsigned long long)t->binary);
    put(w, scratch);
    kith_moments_save(&t->y, scratch);
    put(w, scratch);
    kith_moments_save(&t->pair_y, scratch);
    put(w, scratch);
    kith_moments_save(&t->pair_x, scratch);
    put(w, scratch);
    kith_sum_save(&t->pair_xy, scratch);
    put(w, scratch);
    if (t->values.many) kith_buf_puts(scratch, "many");
    else { /* by value: equal states save equally */
        place *sorted = malloc((t->values.n + 1) * sizeof *sorted);
        size_t n = 0;
        if (!sorted) w->buf->failed = true;
        for (size_t i = 0; sorted && i < t->values.slots; i++)
            if (t->values.count[i]) sorted[n++] = (place){t->values.value[i], {(double)t->values.count[i], 0}};
        if (n) qsort(sorted, n, sizeof *sorted, compare_doubles);
        for (size_t i = 0; i < n; i++) {
            if (i) kith_buf_putc(scratch, ' ');
            kith_buf_double(scratch, sorted[i].value);
            kith_buf_putc(scratch, ':');
            kith_buf_double(scratch, sorted[i].count[0]);
        }
        free(sorted);
    }
    put(w, scratch);
}

static bool token(kith_str *rest, char stop, kith_str *part) {
    if (!rest->n) return false;
    const char *end = memchr(rest->p, stop, rest->n);
    part->p = rest->p;
    part->n = end ? (size_t)(end - rest->p) : rest->n;
    size_t used = part->n + (end != NULL);
    rest->p += used;
    rest->n -= used;
    return true;
}

int kith_tally_load(kith_tally *t, const kith_str f[6], kith_arena *arena, kith_error *err) {
    kith_str rest = f[0], a, b;
    int64_t ones, binary;
    if (!token(&rest, ' ', &a) || !kith_parse_int(a, &ones) || !kith_parse_int(rest, &binary) || ones < 0 || binary < ones)
        return kith_fail(err, KITH_DATA, "a tally without its counts");
    t->ones = (uint64_t)ones;
    t->binary = (uint64_t)binary;
    KITH_TRY(kith_moments_load(&t->y, f[1], arena, err));
    KITH_TRY(kith_moments_load(&t->pair_y, f[2], arena, err));
    KITH_TRY(kith_moments_load(&t->pair_x, f[3], arena, err));
    KITH_TRY(kith_sum_load(&t->pair_xy, f[4], arena, err));
    rest = f[5];
    if (kith_str_is(rest, "many")) {
        t->values.many = true;
        return KITH_OK;
    }
    double all = 0;
    while (token(&rest, ' ', &a)) {
        double value, count;
        if (!token(&a, ':', &b) || !kith_parse_double(b, &value) || !kith_parse_double(a, &count) || !(count >= 1) || count > 9e15)
            return kith_fail(err, KITH_DATA, "a tally with a value that is none");
        if (!count_value(&t->values, value, (uint64_t)count)) return kith_no_memory(err);
        all += count;
    }
    if (all != (double)t->y.sum.n || t->binary > t->y.sum.n || t->pair_x.sum.n > t->y.sum.n)
        return kith_fail(err, KITH_DATA, "a tally that does not add up");
    return KITH_OK;
}
