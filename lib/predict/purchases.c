/* Person-days: a table of persons and one array of (person, day, count, amount), sorted by counting when it has
 * doubled.
 *
 * Amounts are integers of 10⁻⁹ in 128 bits, so that sums are exact in any order. Sorting goes by person in one counting
 * pass and by day inside each person; a comparison sort of all records took four times as long at 5 M. */
#include <kith/purchases.h>

#include <kith/hashtable.h>
#include <kith/sums.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct day {
    uint32_t person;
    int32_t day;
    int64_t count; /* may be negative while subtracting */
    kith_i128 amount;
} day;

struct kith_purchases {
    kith_hashtable persons;
    day *days;
    size_t n, room, sorted; /* the first `sorted` are in order and distinct */
    bool has_amounts;
};

int kith_purchases_new(kith_purchases **p, kith_error *err) {
    *p = calloc(1, sizeof **p);
    if (!*p) return kith_no_memory(err);
    int status = kith_hashtable_init(&(*p)->persons, err);
    if (status != KITH_OK) {
        free(*p);
        *p = NULL;
    }
    return status;
}

void kith_purchases_free(kith_purchases *p) {
    if (!p) return;
    kith_hashtable_free(&p->persons);
    free(p->days);
    free(p);
}

static int by_day(const void *a, const void *b) {
    const day *p = a, *q = b;
    return p->day < q->day ? -1 : p->day > q->day;
}

/* Sorts by person and day, adds up equal ones, drops what has come to nothing. */
static int settle(kith_purchases *p, kith_error *err) {
    if (p->sorted == p->n) return KITH_OK;
    size_t persons = p->persons.n;
    size_t *at = calloc(persons + 2, sizeof *at);
    day *sorted = malloc((p->n + 1) * sizeof *sorted);
    if (!at || !sorted) {
        free(at);
        free(sorted);
        return kith_no_memory(err);
    }
    for (size_t i = 0; i < p->n; i++) at[p->days[i].person + 2]++;
    for (size_t i = 2; i < persons + 2; i++) at[i] += at[i - 1];
    for (size_t i = 0; i < p->n; i++) sorted[at[p->days[i].person + 1]++] = p->days[i];
    size_t k = 0;
    for (size_t person = 0; person < persons; person++) {
        size_t from = at[person], to = at[person + 1];
        bool ordered = true;
        for (size_t i = from + 1; i < to && ordered; i++) ordered = sorted[i - 1].day <= sorted[i].day;
        if (!ordered) qsort(sorted + from, to - from, sizeof *sorted, by_day);
        for (size_t i = from; i < to;) {
            day d = sorted[i++];
            for (; i < to && sorted[i].day == d.day; i++) d.count += sorted[i].count, d.amount += sorted[i].amount;
            if (d.count != 0 || d.amount != 0) sorted[k++] = d;
        }
    }
    free(at);
    free(p->days);
    p->days = sorted;
    p->room = p->n + 1;
    p->n = p->sorted = k;
    return KITH_OK;
}

static int reserve(kith_purchases *p, size_t more, kith_error *err) {
    if (p->n + more <= p->room) return KITH_OK;
    if (p->n > (1 << 20) && p->n > 2 * p->sorted) KITH_TRY(settle(p, err));
    if (p->n + more <= p->room) return KITH_OK;
    size_t room = p->room + p->room / 2 + more + 1024;
    day *days = realloc(p->days, room * sizeof *days);
    if (!days) return kith_no_memory(err);
    p->days = days;
    p->room = room;
    return KITH_OK;
}

/* The amount of a row in 10⁻⁹; otherwise a word and a sentence about what is wrong. */
static const char *amount_of(kith_str text, kith_i128 *amount, const char **what) {
    kith_number number;
    if (text.n == 0) return *what = "the amount is missing (no purchase? leave such rows out first)", "missing";
    if (!kith_number_parse(text, &number)) return *what = "not a number", "not_a_number";
    if (!number.is_fixed) {
        if (!(fabs(number.real) < 1e18)) return *what = "too large an amount", "too_large";
        /* whole part and rest apart: a double has no more than nine decimals above 2²⁴ */
        double whole = trunc(number.real);
        number.fixed = (kith_i128)whole * 1000000000 + (kith_i128)llrint((number.real - whole) * 1e9);
    }
    if (number.fixed < 0) return *what = "a negative amount (take refunds out, or net them, first)", "negative";
    *amount = number.fixed;
    return NULL;
}

int kith_purchases_step(kith_purchases *p, const kith_batch *b, uint32_t id, uint32_t ts, uint32_t amount,
                        const kith_zone *zone, kith_out *out, kith_error *err) {
    enum { SOME = 256 };
    kith_key keys[SOME];
    uint64_t hashes[SOME];
    uint32_t entries[SOME];
    KITH_TRY(reserve(p, b->rows, err));
    p->has_amounts |= amount != KITH_NO_COLUMN;
    for (uint32_t row = 0; row < b->rows;) {
        size_t n = 0, start = p->n;
        for (; row < b->rows && n < SOME; row++) {
            kith_str person = kith_text(b, row, id);
            if (!person.p && person.n) return kith_no_memory(err);
            if (person.n == 0) {
                KITH_TRY(kith_bad_row(b, row, id, "missing", "no id", out, err));
                continue;
            }
            int64_t us;
            kith_cell_state state = kith_cell_time(b, row, ts, zone, &us);
            if (state != KITH_CELL_VALUE) {
                KITH_TRY(kith_bad_row(b, row, ts, state == KITH_CELL_MISSING ? "missing" : "not_a_date",
                                      state == KITH_CELL_MISSING ? "no date" : "not a date", out, err));
                continue;
            }
            day d = {.count = 1};
            if (amount != KITH_NO_COLUMN) {
                const char *what, *code = amount_of(kith_text(b, row, amount), &d.amount, &what);
                if (code) {
                    KITH_TRY(kith_bad_row(b, row, amount, code, what, out, err));
                    continue;
                }
            }
            if (zone) us = kith_zone_to_local(zone, us);
            int64_t number = us >= 0 ? us / KITH_US_PER_DAY : -((-us + KITH_US_PER_DAY - 1) / KITH_US_PER_DAY);
            d.day = (int32_t)number; /* 64 bits of microseconds are 1.1e8 days each way */
            p->days[start + n] = d;
            hashes[n] = kith_key_of(person, &keys[n]);
            n++;
        }
        KITH_TRY(kith_hashtable_put(&p->persons, keys, hashes, n, entries, err));
        for (size_t i = 0; i < n; i++) p->days[start + i].person = entries[i];
        p->n += n;
    }
    return KITH_OK;
}

static int add_all(kith_purchases *into, const kith_purchases *from, int64_t sign, kith_error *err) {
    uint32_t *entries = malloc((from->persons.n + 1) * sizeof *entries);
    int status = entries ? reserve(into, from->n, err) : kith_no_memory(err);
    for (uint32_t i = 0; status == KITH_OK && i < from->persons.n; i++) {
        kith_key key;
        uint64_t hash = kith_key_of(kith_hashtable_key(&from->persons, i), &key);
        status = kith_hashtable_put(&into->persons, &key, &hash, 1, &entries[i], err);
    }
    for (size_t i = 0; status == KITH_OK && i < from->n; i++) {
        day d = from->days[i];
        d.person = entries[d.person];
        d.count *= sign;
        d.amount *= sign;
        into->days[into->n++] = d;
    }
    free(entries);
    into->has_amounts |= from->has_amounts;
    return status;
}

int kith_purchases_merge(kith_purchases *into, const kith_purchases *from, kith_error *err) {
    return add_all(into, from, 1, err);
}

int kith_purchases_subtract(kith_purchases *from, const kith_purchases *what, kith_error *err) {
    bool amounts = from->has_amounts;
    KITH_TRY(add_all(from, what, -1, err));
    from->has_amounts = amounts;
    KITH_TRY(settle(from, err));
    for (size_t i = 0; i < from->n; i++) {
        if (from->days[i].count <= 0 || from->days[i].amount < 0)
            return kith_fail(err, KITH_DATA, "rows to take out that are not in the state");
    }
    return KITH_OK;
}

/* ---- saved ----------------------------------------------------------------------------------------------------------
 */

/* For each person in byte order its days; `starts` (persons + 1) by entry. Both to be freed. */
static int ordered(kith_purchases *p, uint32_t **order, size_t **starts, kith_error *err) {
    KITH_TRY(settle(p, err));
    *order = malloc((p->persons.n + 1) * sizeof **order);
    *starts = calloc((size_t)p->persons.n + 2, sizeof **starts);
    int status = *order && *starts ? kith_hashtable_order(&p->persons, *order, err) : kith_no_memory(err);
    for (size_t i = 0; status == KITH_OK && i < p->n; i++) (*starts)[p->days[i].person + 1]++;
    for (size_t i = 0; status == KITH_OK && i < p->persons.n; i++) (*starts)[i + 1] += (*starts)[i];
    if (status != KITH_OK) {
        free(*order);
        free(*starts);
        *order = NULL;
        *starts = NULL;
    }
    return status;
}

int kith_purchases_save(const kith_purchases *p, kith_buf *out, kith_error *err) {
    uint32_t *order;
    size_t *starts;
    KITH_TRY(ordered((kith_purchases *)p, &order, &starts, err)); /* settling changes the form, not the state */
    kith_row_writer w = kith_row_begin(out, ',');
    kith_put_string(&w, "A");
    kith_put_int(&w, p->has_amounts);
    kith_row_end(&w);
    for (uint32_t i = 0; i < p->persons.n; i++) {
        size_t from = starts[order[i]], to = starts[order[i] + 1];
        if (from == to) continue;
        kith_put_string(&w, "P");
        kith_put_text(&w, kith_hashtable_key(&p->persons, order[i]));
        kith_row_end(&w);
        for (size_t d = from; d < to; d++) {
            char text[64];
            kith_sum sum = {.fixed = p->days[d].amount};
            kith_put_string(&w, "D");
            kith_put_int(&w, p->days[d].day);
            kith_put_int(&w, p->days[d].count);
            kith_put_text(&w, (kith_str){text, kith_sum_format(&sum, text, sizeof text)});
            kith_row_end(&w);
        }
    }
    free(order);
    free(starts);
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

int kith_purchases_load(kith_purchases *p, kith_records *records, kith_error *err) {
    kith_str f[5];
    size_t n;
    bool person = false;
    uint32_t entry = 0;
    while (kith_records_next(records, f, 5, &n)) {
        int64_t number, count;
        day d = {0};
        const char *what;
        if (n == 2 && kith_str_is(f[0], "A") && kith_parse_int(f[1], &number) && (number == 0 || number == 1)) {
            p->has_amounts = number == 1;
        } else if (n == 2 && kith_str_is(f[0], "P") && f[1].n > 0 && f[1].n < UINT32_MAX) {
            kith_key key;
            uint64_t hash = kith_key_of(f[1], &key);
            KITH_TRY(kith_hashtable_put(&p->persons, &key, &hash, 1, &entry, err));
            person = true;
        } else if (n == 4 && person && kith_str_is(f[0], "D") && kith_parse_int(f[1], &number) &&
                   number >= INT32_MIN / 2 && number <= INT32_MAX / 2 && kith_parse_int(f[2], &count) && count > 0 &&
                   count < INT64_C(1) << 48 && !amount_of(f[3], &d.amount, &what)) {
            KITH_TRY(reserve(p, 1, err));
            d.person = entry, d.day = (int32_t)number, d.count = count;
            p->days[p->n++] = d;
        } else {
            return kith_fail(err, KITH_DATA, "not a saved record of purchases");
        }
    }
    return KITH_OK;
}

/* ---- histories ------------------------------------------------------------------------------------------------------
 */

bool kith_purchases_span(const kith_purchases *p, int64_t *first, int64_t *last) {
    *first = INT64_MAX, *last = INT64_MIN;
    for (size_t i = 0; i < p->n; i++) {
        if (p->days[i].day < *first) *first = p->days[i].day;
        if (p->days[i].day > *last) *last = p->days[i].day;
    }
    return p->n > 0;
}

static double money(kith_i128 fixed) {
    kith_number number = {.fixed = fixed, .is_fixed = true};
    return kith_number_double(&number);
}

static kith_history history_of(const day *d, size_t n, const kith_purchase_plan *plan, int64_t until, bool amounts) {
    kith_history h = {.first = d[0].day, .m = NAN, .t = {.weight = 1}};
    kith_i128 repeats = 0, later = 0;
    double x = 0, last = 0, period = 0;
    for (size_t i = 0; i < n; i++) {
        double count = plan->rows ? (double)d[i].count : 1, since = (double)(d[i].day - d[0].day);
        if (d[i].day > until) {
            h.later += count;
            later += d[i].amount;
            continue;
        }
        if (plan->opportunities) {
            double in = floor(since / plan->unit);
            if (in > period) x++, period = in;
            if (in > 0) repeats += d[i].amount;
            continue;
        }
        if (i == 0) { /* with rows as purchases all but one of the first day are repeats, at that day's mean */
            x = count - 1;
            if (count > 1) repeats = d[0].amount - d[0].amount / (kith_i128)d[0].count;
            continue;
        }
        x += count;
        last = since;
        repeats += d[i].amount;
    }
    h.t.x = x;
    h.t.tx = plan->opportunities ? period : last / plan->unit;
    h.t.T = (double)(until - d[0].day) / plan->unit;
    if (plan->opportunities) h.t.T = floor(h.t.T);
    if (amounts && x > 0) h.m = money(repeats) / x;
    h.later_amount = money(later);
    return h;
}

int kith_purchases_histories(kith_purchases *p, const kith_purchase_plan *plan, int64_t *until,
                             int (*take)(void *ctx, const kith_history *h, kith_error *err), void *ctx,
                             kith_error *err) {
    uint32_t *order;
    size_t *starts;
    int64_t first;
    KITH_TRY(ordered(p, &order, &starts, err));
    *until = plan->until;
    if (*until == INT64_MIN) kith_purchases_span(p, &first, until);
    int status = KITH_OK;
    for (uint32_t i = 0; i < p->persons.n && status == KITH_OK; i++) {
        size_t from = starts[order[i]], to = starts[order[i] + 1];
        if (from == to || p->days[from].day > *until) continue;
        kith_history h = history_of(p->days + from, to - from, plan, *until, p->has_amounts);
        h.id = kith_hashtable_key(&p->persons, order[i]);
        status = take(ctx, &h, err);
    }
    free(order);
    free(starts);
    return status;
}

int kith_purchases_days(kith_purchases *p, const kith_purchase_plan *plan, int64_t first, size_t n, double *repeats,
                        double *firsts, kith_error *err) {
    KITH_TRY(settle(p, err));
    int64_t until = plan->until, ignored;
    if (until == INT64_MIN) kith_purchases_span(p, &ignored, &until);
    bool in = false;
    for (size_t i = 0; i < p->n; i++) {
        const day *d = &p->days[i];
        bool begins = i == 0 || p->days[i - 1].person != d->person;
        if (begins) in = d->day <= until;
        int64_t at = d->day - first;
        if (!in || at < 0 || (uint64_t)at >= n) continue;
        double count = plan->rows ? (double)d->count : 1;
        if (begins) firsts[at]++, count--;
        repeats[at] += count;
    }
    return KITH_OK;
}
