/* What a column comes to: its type, its figures, its drift. */
#include "profile.h"

#include <math.h>
#include <stdlib.h>

/* Nineteen of twenty values make a type; the others are counted as invalid. */
const char *profile_type(const profile_sums *s) {
    double most = .95 * (double)s->values;
    if (s->values == 0) return "text";
    if ((double)s->integers >= most) return "integer";
    if ((double)s->numbers >= most) return "number";
    if ((double)s->dates >= most) return "date";
    if ((double)(s->dates + s->times) >= most) return "datetime";
    if ((double)s->truths >= most) return "boolean";
    return "text";
}

void profile_put_header(kith_row_writer *w) {
    static const char *const names[] = {"column", "type", "rows", "missing", "distinct", "min", "max", "mean", "sd", "p25", "p50", "p75", "top",
                                        "kind", "invalid", "distinct_error", "shortest", "longest", "mean_length"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) kith_put_string(w, names[i]);
}

static void put_time(kith_row_writer *w, int64_t us, bool date) {
    char text[40];
    int64_t day = us / KITH_US_PER_DAY - (us % KITH_US_PER_DAY < 0);
    if (date) kith_format_date(day, text);
    else kith_format_time(us, text);
    kith_put_string(w, text);
}

static void put_times(const profile_sums *s, bool date, kith_row_writer *w) {
    put_time(w, s->time_low, date);
    put_time(w, s->time_high, date);
    kith_i128 n = (kith_i128)s->time.n, mean = s->time.fixed / n;
    if (s->time.fixed % n < 0) mean--;
    put_time(w, (int64_t)mean / KITH_US_PER_SECOND * KITH_US_PER_SECOND, date);
    kith_put_missing(w);
    for (int q = 1; q <= 3; q++) { /* the day that holds the rank (type 1) */
        double at = ceil(q / 4. * (double)s->time.n);
        uint64_t rank = at < 1 ? 1 : (uint64_t)at, seen = 0;
        int d = 0;
        while (d < DAYS - 1 && (seen += s->days[d]) < rank) d++;
        put_time(w, (d + (int64_t)DAY_FIRST) * KITH_US_PER_DAY, true);
    }
}

static int by_value(const void *a, const void *b) {
    const kith_place *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* Type 7 from values and their counts: exact, however many rows. */
static double counted_quantile(const kith_place *places, size_t n, uint64_t total, double p) {
    double at = p * (double)(total - 1), whole = floor(at);
    uint64_t rank = (uint64_t)whole, seen = 0;
    size_t i = 0;
    while (i < n && (seen += places[i].count) <= rank) i++;
    double low = places[i].value, high = rank + 1 < seen || i + 1 == n ? low : places[i + 1].value;
    return low + (high - low) * (at - whole);
}

static int put_counted_quartiles(const kith_top *top, kith_row_writer *w, kith_error *err) {
    kith_place *places = malloc((top->table.n + (size_t)1) * sizeof *places);
    if (!places) return kith_no_memory(err);
    size_t n = 0;
    uint64_t total = 0;
    for (uint32_t e = 0; e < top->table.n; e++) {
        kith_number v;
        if (!profile_number(kith_hashtable_key(&top->table, e), &v)) continue;
        places[n++] = (kith_place){kith_number_double(&v), top->counts[e]};
        total += top->counts[e];
    }
    qsort(places, n, sizeof *places, by_value);
    for (int q = 1; q <= 3; q++) kith_put_double(w, counted_quantile(places, n, total, q / 4.));
    free(places);
    return KITH_OK;
}

static int put_numbers(const profile_column *c, profile_sums *s, kith_row_writer *w, kith_error *err) {
    kith_put_double(w, kith_number_double(&s->low));
    kith_put_double(w, kith_number_double(&s->high));
    kith_put_double(w, kith_sum_mean(&s->moments.sum));
    kith_put_double(w, kith_moments_sd(&s->moments));
    if (!c->top.over) return put_counted_quartiles(&c->top, w, err);
    for (int q = 1; q <= 3; q++) kith_put_double(w, kith_quantiles_at(&s->quantiles, q / 4.));
    return KITH_OK;
}

/* value:count|value:count, values that occur once left out where there are more of them than that. */
static int put_top(const profile *p, const profile_column *c, kith_row_writer *w, kith_error *err) {
    kith_top_value values[1000];
    size_t n;
    kith_buf text = {0};
    KITH_TRY(kith_top_list(&c->top, values, p->top, &n, err));
    for (size_t i = 0; i < n; i++) {
        if (values[i].count == 1 && c->top.table.n > p->top) break;
        if (i) kith_buf_putc(&text, '|');
        kith_buf_str(&text, values[i].value);
        kith_buf_putc(&text, ':');
        kith_buf_int(&text, (int64_t)values[i].count);
    }
    kith_put_text(w, (kith_str){text.p ? text.p : "", text.n});
    bool failed = text.failed;
    kith_buf_free(&text);
    return failed ? kith_no_memory(err) : KITH_OK;
}

static void put_uint(kith_row_writer *w, uint64_t v) { kith_put_int(w, (int64_t)v); }

static int put_column(const profile *p, profile_column *c, profile_sums *s, kith_row_writer *w, kith_error *err) {
    const char *type = profile_type(s);
    bool number = type[0] == 'i' || type[0] == 'n', date = type[0] == 'd', truth = type[0] == 'b';
    kith_put_text(w, c->name);
    kith_put_string(w, type);
    put_uint(w, p->rows);
    put_uint(w, c->missing);
    put_uint(w, c->top.over ? (uint64_t)llround(kith_hll_count(&s->hll)) : c->top.table.n);
    if (number) KITH_TRY(put_numbers(c, s, w, err));
    else if (date) put_times(s, type[4] == 0, w);
    else {
        kith_put_text(w, (kith_str){s->text_low.p ? s->text_low.p : "", s->text_low.n});
        kith_put_text(w, (kith_str){s->text_high.p ? s->text_high.p : "", s->text_high.n});
        for (int i = 0; i < 5; i++) kith_put_missing(w);
    }
    KITH_TRY(put_top(p, c, w, err));
    const char *kind = kith_kind_decide(s->kinds, s->sampled, kith_kinds_hinted(c->name));
    kith_put_string(w, kind ? kind : "");
    put_uint(w, number ? s->values - (type[0] == 'i' ? s->integers : s->numbers) : date ? s->values - s->dates - s->times : truth ? s->values - s->truths : 0);
    kith_put_double(w, c->top.over ? KITH_HLL_ERROR : 0);
    if (s->values == 0) {
        for (int i = 0; i < 3; i++) kith_put_missing(w);
        return KITH_OK;
    }
    put_uint(w, s->shortest);
    put_uint(w, s->longest);
    kith_put_double(w, (double)s->length / (double)s->values);
    return KITH_OK;
}

int profile_put(const profile *p, profile_column *c, kith_row_writer *w, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    profile_sums room = {0};
    const profile_sums *s;
    int status = arena ? profile_sums_of(c, arena, &room, &s, err) : kith_no_memory(err);
    if (status == KITH_OK) status = put_column(p, c, (profile_sums *)(uintptr_t)s, w, err);
    profile_sums_free(&room);
    kith_arena_free(arena);
    return status;
}

/* ---- drift -------------------------------------------------------------------------------------------------- */

enum { CELLS = 20 };

typedef struct moved {
    double psi, ks, p;
} moved;

/* Two distributions with their missing values as a cell more: the index is the sum over all cells. */
static double with_missing(double psi, const profile_column *a, const profile_column *b, uint64_t n_a, uint64_t n_b) {
    const uint64_t base[2] = {a->missing, n_a}, now[2] = {b->missing, n_b};
    double more = kith_psi(base, now, 2);
    return isnan(more) ? psi : isnan(psi) ? more : psi + more;
}

static int numbers_moved(profile_sums *a, profile_sums *b, moved *m, kith_error *err) {
    KITH_TRY(kith_psi_numbers(&a->quantiles, &b->quantiles, &m->psi, err));
    return kith_ks_two(&a->quantiles, &b->quantiles, &m->ks, &m->p, err);
}

static int values_moved(const profile_column *a, const profile_column *b, uint64_t n_a, uint64_t n_b, moved *m, kith_error *err) {
    kith_top_value values[CELLS];
    uint64_t base[CELLS + 1], now[CELLS + 1];
    size_t n;
    if (a->top.over || b->top.over) return KITH_OK;
    KITH_TRY(kith_top_list(&a->top, values, CELLS, &n, err));
    base[n] = n_a;
    now[n] = n_b;
    for (size_t i = 0; i < n; i++) {
        base[i] = values[i].count;
        now[i] = kith_top_count(&b->top, values[i].value);
        base[n] -= base[i];
        now[n] -= now[i];
    }
    m->psi = kith_psi(base, now, n + 1);
    return KITH_OK;
}

/* Days to months: the index is about the shape over the year, not about single days. */
static int times_moved(const profile_sums *a, const profile_sums *b, double *psi, kith_error *err) {
    enum { SPAN = 30 };
    static const size_t n = DAYS / SPAN + 1;
    uint64_t *cells = calloc(2 * n, sizeof *cells);
    if (!cells) return kith_no_memory(err);
    size_t used = 0;
    for (int d = 0; d < DAYS; d++) cells[d / SPAN] += a->days[d], cells[n + (size_t)d / SPAN] += b->days[d];
    for (size_t i = 0; i < n; i++) {
        if (!cells[i] && !cells[n + i]) continue;
        cells[used] = cells[i];
        cells[n + used++] = cells[n + i];
    }
    *psi = kith_psi(cells, cells + n, used);
    free(cells);
    return KITH_OK;
}

static int put_drift(profile_column *a, profile_column *b, kith_row_writer *w, size_t *count, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    profile_sums room[2] = {{0}};
    const profile_sums *x = NULL, *y = NULL;
    moved m = {(double)NAN, (double)NAN, (double)NAN};
    int status = arena ? profile_sums_of(a, arena, &room[0], &x, err) : kith_no_memory(err);
    if (status == KITH_OK) status = profile_sums_of(b, arena, &room[1], &y, err);
    if (status == KITH_OK) {
        const char *s = profile_type(x), *t = profile_type(y);
        bool numbers = (s[0] == 'i' || s[0] == 'n') && (t[0] == 'i' || t[0] == 'n');
        if (numbers) status = numbers_moved((profile_sums *)(uintptr_t)x, (profile_sums *)(uintptr_t)y, &m, err);
        else if (s[0] == 'd' && t[0] == 'd') status = times_moved(x, y, &m.psi, err);
        else status = values_moved(a, b, x->values, y->values, &m, err);
        bool known = !isnan(m.psi) || a->missing || b->missing;
        if (status == KITH_OK && known) m.psi = with_missing(m.psi, a, b, x->values, y->values);
    }
    kith_put_double(w, m.psi);
    kith_put_double(w, m.ks);
    kith_put_double(w, m.p);
    kith_put_string(w, isnan(m.psi) ? "" : m.psi >= .25 ? "moved" : m.psi >= .1 ? "shifted" : "stable");
    *count += m.psi >= .25;
    profile_sums_free(&room[0]);
    profile_sums_free(&room[1]);
    kith_arena_free(arena);
    return status;
}

static profile_column *column_of(profile *p, kith_str name) {
    for (uint32_t i = 0; i < p->n; i++)
        if (kith_str_equal(p->columns[i].name, name)) return &p->columns[i];
    return NULL;
}

static void put_verdict(kith_row_writer *w, const char *verdict, size_t *count) {
    for (int i = 0; i < 3; i++) kith_put_missing(w);
    kith_put_string(w, verdict);
    ++*count;
}

int kith_profile_drift(void *base_state, void *now_state, char delimiter, kith_buf *out, size_t *count, kith_error *err) {
    profile *base = base_state, *now = now_state;
    kith_row_writer w = kith_row_begin(out, delimiter);
    static const char *const more[] = {"psi", "ks", "ks_p", "drift"};
    *count = 0;
    profile_put_header(&w);
    for (int i = 0; i < 4; i++) kith_put_string(&w, more[i]);
    kith_row_end(&w);
    for (uint32_t i = 0; i < now->n; i++) {
        profile_column *before = column_of(base, now->columns[i].name);
        KITH_TRY(profile_put(now, &now->columns[i], &w, err));
        if (before) KITH_TRY(put_drift(before, &now->columns[i], &w, count, err));
        else put_verdict(&w, "new", count);
        kith_row_end(&w);
    }
    for (uint32_t i = 0; i < base->n; i++) {
        if (column_of(now, base->columns[i].name)) continue;
        kith_put_text(&w, base->columns[i].name);
        for (int k = 1; k < 19; k++) kith_put_missing(&w);
        put_verdict(&w, "gone", count);
        kith_row_end(&w);
    }
    return out->failed ? kith_no_memory(err) : KITH_OK;
}
