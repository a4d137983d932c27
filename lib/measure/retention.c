/* Retention: people by the period of their first event (the cohort), and who of them came again how many periods later, with
 * the money they brought. The state holds, for each person and calendar period with an event, the exact sum of amounts. */
#include <kith/cohort.h>
#include <kith/hashtable.h>
#include <kith/sums.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP = 256, CHUNK = 4096 };
typedef enum period { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR, PERIODS } period;
static const char *const period_names[PERIODS] = {"day", "week", "month", "quarter", "year"};

typedef struct retention {
    kith_arena *arena;
    const char *id, *ts, *amount;
    const kith_zone *zone;
    period period;
    int64_t until;
    uint32_t at_id, at_ts, at_amount;
    bool has_amount; /* some input had the column */
    kith_hashtable persons, cells; /* cells: person (4 bytes), period (4 bytes) */
    kith_sum **sums;               /* of the cells, CHUNK a piece */
    uint32_t n_chunks;
} retention;

static void retention_free(void *state) {
    retention *r = state;
    if (!r) return;
    kith_hashtable_free(&r->persons);
    kith_hashtable_free(&r->cells);
    for (uint32_t i = 0; i < r->n_chunks; i++) free(r->sums[i]);
    free(r->sums);
    kith_arena_free(r->arena);
    free(r);
}

static int retention_init(const kith_params *params, void **state, kith_error *err) {
    retention *r = calloc(1, sizeof *r);
    if (!r) return kith_no_memory(err);
    const char *tz = kith_params_get(params, "tz"), *until = kith_params_get(params, "until"), *name = kith_params_get(params, "period");
    int status = (r->arena = kith_arena_new()) ? KITH_OK : kith_no_memory(err);
    while (r->period < PERIODS && strcmp(period_names[r->period], name)) r->period++;
    if (!status && r->period == PERIODS) status = kith_fail(err, KITH_USAGE, "--period is day, week, month, quarter or year");
    r->until = *until ? (int64_t)strtoll(until, NULL, 10) : INT64_MAX;
    r->at_amount = KITH_NO_COLUMN;
    if (!status) r->id = kith_arena_format(r->arena, "%s", kith_params_get(params, "id"));
    if (!status) r->ts = kith_arena_format(r->arena, "%s", kith_params_get(params, "ts"));
    if (!status) r->amount = kith_arena_format(r->arena, "%s", kith_params_get(params, "amount"));
    if (!status && (!r->id || !r->ts || !r->amount)) status = kith_no_memory(err);
    if (!status && *tz) status = kith_zone_find(r->arena, tz, &r->zone, err);
    if (!status) status = kith_hashtable_init(&r->persons, err);
    if (!status) status = kith_hashtable_init(&r->cells, err);
    if (status) {
        retention_free(r);
        return status;
    }
    *state = r;
    return KITH_OK;
}

static int retention_bind(void *state, const kith_header *header, kith_error *err) {
    retention *r = state;
    KITH_TRY(kith_column(header, r->id, &r->at_id, err));
    KITH_TRY(kith_column(header, r->ts, &r->at_ts, err));
    r->at_amount = kith_column_find(header, "amount");
    if (*r->amount) KITH_TRY(kith_column(header, r->amount, &r->at_amount, err));
    r->has_amount = r->has_amount || r->at_amount != KITH_NO_COLUMN;
    return KITH_OK;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* The number of the calendar period of a moment. */
static int64_t period_of(const retention *r, int64_t us) {
    int64_t day = floor_div(r->zone ? kith_zone_to_local(r->zone, us) : us, KITH_US_PER_DAY), year;
    int month, of_month;
    if (r->period == PERIOD_DAY) return day;
    if (r->period == PERIOD_WEEK) return floor_div(day + 3, 7); /* from Monday; 1970-01-01 was a Thursday */
    kith_civil_from_days(day, &year, &month, &of_month);
    return r->period == PERIOD_MONTH ? year * 12 + month - 1 : r->period == PERIOD_QUARTER ? year * 4 + (month - 1) / 3 : year;
}

static void put_period(const retention *r, int64_t p, kith_row_writer *w) {
    char text[64];
    if (r->period == PERIOD_DAY) kith_format_date(p, text);
    else if (r->period == PERIOD_WEEK) kith_format_date(p * 7 - 3, text);
    else if (r->period == PERIOD_MONTH) snprintf(text, sizeof text, "%04lld-%02d", (long long)floor_div(p, 12), (int)(p - floor_div(p, 12) * 12) + 1);
    else if (r->period == PERIOD_QUARTER) snprintf(text, sizeof text, "%04lld-Q%d", (long long)floor_div(p, 4), (int)(p - floor_div(p, 4) * 4) + 1);
    else snprintf(text, sizeof text, "%04lld", (long long)p);
    kith_put_string(w, text);
}

static kith_sum *cell_sum(retention *r, uint32_t entry) {
    while (entry / CHUNK >= r->n_chunks) {
        kith_sum **sums = realloc(r->sums, (r->n_chunks + 1) * sizeof *sums);
        if (!sums) return NULL;
        r->sums = sums;
        if (!(r->sums[r->n_chunks] = calloc(CHUNK, sizeof(kith_sum)))) return NULL;
        r->n_chunks++;
    }
    return &r->sums[entry / CHUNK][entry % CHUNK];
}

static void cell_key(uint32_t person, int64_t p, char bytes[8]) {
    int32_t small = (int32_t)p;
    memcpy(bytes, &person, 4);
    memcpy(bytes + 4, &small, 4);
}

static void cell_parts(const retention *r, uint32_t entry, uint32_t *person, int32_t *p) {
    kith_str key = kith_hashtable_key(&r->cells, entry);
    memcpy(person, key.p, 4);
    memcpy(p, key.p + 4, 4);
}

static int retention_step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    retention *r = state;
    kith_key keys[STRIP];
    uint64_t hashes[STRIP];
    uint32_t entries[STRIP];
    int64_t periods[STRIP];
    kith_number amounts[STRIP];
    bool has[STRIP];
    for (uint32_t row = 0; row < b->rows;) {
        uint32_t n = 0;
        for (; row < b->rows && n < STRIP; row++) {
            kith_str id = kith_text(b, row, r->at_id), amount = {NULL, 0};
            int64_t us;
            if (id.n && !id.p) return kith_no_memory(err);
            if (!id.n) {
                KITH_TRY(kith_bad_row(b, row, r->at_id, "missing", "missing", out, err));
                continue;
            }
            if (kith_cell_time(b, row, r->at_ts, r->zone, &us) != KITH_CELL_VALUE) {
                KITH_TRY(kith_bad_row(b, row, r->at_ts, "not_a_time", "not a date or time", out, err));
                continue;
            }
            if (r->at_amount != KITH_NO_COLUMN) amount = kith_text(b, row, r->at_amount);
            has[n] = amount.n > 0;
            if (amount.n && (!amount.p || !kith_number_parse(amount, &amounts[n]))) {
                KITH_TRY(kith_bad_row(b, row, r->at_amount, "not_a_number", "not a number", out, err));
                continue;
            }
            if (us > r->until) continue;
            periods[n] = period_of(r, us);
            hashes[n] = kith_key_of(id, &keys[n]);
            n++;
        }
        KITH_TRY(kith_hashtable_put(&r->persons, keys, hashes, n, entries, err));
        char bytes[STRIP][8];
        for (uint32_t i = 0; i < n; i++) {
            cell_key(entries[i], periods[i], bytes[i]);
            hashes[i] = kith_key_of((kith_str){bytes[i], 8}, &keys[i]);
        }
        KITH_TRY(kith_hashtable_put(&r->cells, keys, hashes, n, entries, err));
        for (uint32_t i = 0; i < n; i++) {
            kith_sum *sum = cell_sum(r, entries[i]);
            if (!sum || (has[i] && !kith_sum_add(sum, &amounts[i], r->arena))) return kith_no_memory(err);
        }
    }
    return KITH_OK;
}

static int put_key(kith_hashtable *table, kith_str text, uint32_t *entry, kith_error *err) {
    kith_key key;
    uint64_t hash = kith_key_of(text, &key);
    return kith_hashtable_put(table, &key, &hash, 1, entry, err);
}

static int retention_merge(void *a, void *b, kith_error *err) {
    retention *into = a, *from = b;
    uint32_t *who = malloc(((size_t)from->persons.n + 1) * sizeof *who), entry, person;
    into->has_amount = into->has_amount || from->has_amount;
    int status = who ? KITH_OK : kith_no_memory(err);
    for (uint32_t i = 0; !status && i < from->persons.n; i++) status = put_key(&into->persons, kith_hashtable_key(&from->persons, i), &who[i], err);
    for (uint32_t i = 0; !status && i < from->cells.n; i++) {
        char bytes[8];
        int32_t p;
        cell_parts(from, i, &person, &p);
        cell_key(who[person], p, bytes);
        status = put_key(&into->cells, (kith_str){bytes, 8}, &entry, err);
        kith_sum *sum = status ? NULL : cell_sum(into, entry);
        if (!status && (!sum || !kith_sum_merge(sum, cell_sum(from, i), into->arena))) status = kith_no_memory(err);
    }
    free(who);
    return status;
}

/* ---- the result --------------------------------------------------------------------------------------------- */

typedef struct cohort_cell {
    uint64_t persons;
    kith_sum amount;
} cohort_cell;

static int retention_finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    retention *r = state;
    int32_t *first = malloc(((size_t)r->persons.n + 1) * sizeof *first), p, least = INT32_MAX, most = INT32_MIN;
    uint32_t person;
    kith_buf_printf(out, "cohort%cperiod%cpersons%camount%cshare\n", delimiter, delimiter, delimiter, delimiter);
    for (uint32_t i = 0; first && i < r->persons.n; i++) first[i] = INT32_MAX;
    for (uint32_t i = 0; first && i < r->cells.n; i++) {
        cell_parts(r, i, &person, &p);
        if (p < first[person]) first[person] = p;
        if (p < least) least = p;
        if (p > most) most = p;
    }
    int64_t span = r->cells.n ? (int64_t)most - least + 1 : 0;
    kith_arena *arena = kith_arena_new();
    int status = first && arena ? KITH_OK : kith_no_memory(err);
    if (!status && span > 20000)
        status = kith_fail(err, KITH_DATA, "the events span %lld %ss: too many cohorts; take a longer --period, or look at the times", (long long)span, period_names[r->period]);
    /* cohorts that have people, and their rows of cells */
    cohort_cell **rows = status ? NULL : kith_arena_zalloc(arena, ((size_t)span + 1) * sizeof *rows);
    if (!status && !rows) status = kith_no_memory(err);
    for (uint32_t i = 0; !status && i < r->cells.n; i++) {
        cell_parts(r, i, &person, &p);
        int32_t cohort = first[person] - least;
        if (!rows[cohort] && !(rows[cohort] = kith_arena_zalloc(arena, (size_t)(span - cohort) * sizeof **rows))) status = kith_no_memory(err);
        if (status) break;
        cohort_cell *cell = &rows[cohort][p - first[person]];
        cell->persons++;
        if (!kith_sum_merge(&cell->amount, cell_sum(r, i), arena)) status = kith_no_memory(err);
    }
    for (int64_t c = 0; !status && c < span; c++)
        for (int64_t k = 0; rows[c] && k < span - c; k++) {
            char text[512];
            kith_row_writer w = kith_row_begin(out, delimiter);
            put_period(r, least + c, &w);
            kith_put_int(&w, k);
            kith_put_int(&w, (int64_t)rows[c][k].persons);
            if (r->has_amount) kith_put_text(&w, (kith_str){text, kith_sum_format(&rows[c][k].amount, text, sizeof text)});
            else kith_put_missing(&w);
            kith_put_double(&w, (double)rows[c][k].persons / (double)rows[c][0].persons);
            kith_row_end(&w);
        }
    free(first);
    kith_arena_free(arena);
    if (!status && out->failed) status = kith_no_memory(err);
    return status;
}

/* ---- the state: amount,1 · person,ID · period,NUMBER,SUM of the person before -------------------------------------------- */

static int by_person(const void *a, const void *b) {
    const int64_t *x = a, *y = b; /* rank, period, entry */
    if (x[0] != y[0]) return x[0] < y[0] ? -1 : 1;
    return (x[1] > y[1]) - (x[1] < y[1]);
}

static int retention_save(const void *state, kith_buf *out, kith_error *err) {
    retention *r = (retention *)(uintptr_t)state;
    uint32_t *order = malloc(((size_t)r->persons.n + 1) * sizeof *order), *rank = malloc(((size_t)r->persons.n + 1) * sizeof *rank), person;
    int64_t (*cells)[3] = malloc(((size_t)r->cells.n + 1) * sizeof *cells);
    kith_buf text = {0};
    int status = order && rank && cells ? kith_hashtable_order(&r->persons, order, err) : kith_no_memory(err);
    for (uint32_t i = 0; !status && i < r->persons.n; i++) rank[order[i]] = i;
    for (uint32_t i = 0; !status && i < r->cells.n; i++) {
        int32_t p;
        cell_parts(r, i, &person, &p);
        cells[i][0] = rank[person];
        cells[i][1] = p;
        cells[i][2] = i;
    }
    if (r->has_amount) kith_buf_puts(out, "amount,1\n");
    if (!status && r->cells.n) qsort(cells, r->cells.n, sizeof *cells, by_person);
    for (uint32_t i = 0; !status && i < r->cells.n; i++) {
        kith_row_writer w = kith_row_begin(out, ',');
        if (!i || cells[i][0] != cells[i - 1][0]) {
            kith_put_string(&w, "person");
            kith_put_text(&w, kith_hashtable_key(&r->persons, order[cells[i][0]]));
            kith_row_end(&w);
            w = kith_row_begin(out, ',');
        }
        text.n = 0;
        kith_sum_save(cell_sum(r, (uint32_t)cells[i][2]), &text);
        kith_put_string(&w, "period");
        kith_put_int(&w, cells[i][1]);
        kith_put_text(&w, (kith_str){text.p, text.n});
        kith_row_end(&w);
    }
    if (!status && (out->failed || text.failed)) status = kith_no_memory(err);
    kith_buf_free(&text);
    free(order);
    free(rank);
    free(cells);
    return status;
}

static int retention_load(void *state, kith_records *records, kith_error *err) {
    retention *r = state;
    kith_str fields[3];
    size_t n;
    uint32_t person = UINT32_MAX, entry;
    while (kith_records_next(records, fields, 3, &n)) {
        int64_t p;
        if (n == 2 && kith_str_is(fields[0], "amount")) {
            r->has_amount = true;
        } else if (n == 2 && kith_str_is(fields[0], "person")) {
            KITH_TRY(put_key(&r->persons, fields[1], &person, err));
        } else if (n == 3 && kith_str_is(fields[0], "period") && person != UINT32_MAX && kith_parse_int(fields[1], &p) && p >= INT32_MIN / 2 && p <= INT32_MAX / 2) {
            char bytes[8];
            uint32_t before = r->cells.n;
            cell_key(person, p, bytes);
            KITH_TRY(put_key(&r->cells, (kith_str){bytes, 8}, &entry, err));
            kith_sum *sum = cell_sum(r, entry);
            if (!sum) return kith_no_memory(err);
            if (entry != before) return kith_fail(err, KITH_DATA, "the state of the cohorts is damaged");
            KITH_TRY(kith_sum_load(sum, fields[2], r->arena, err));
        } else {
            return kith_fail(err, KITH_DATA, "the state of the cohorts is damaged");
        }
    }
    return KITH_OK;
}

const kith_fold kith_retention_fold = {
    .people = &(const kith_fold_people){.head = "person"},
    .name = "report.retention",
    .version = 1,
    .init = retention_init,
    .bind = retention_bind,
    .step = retention_step,
    .merge = retention_merge,
    .finish = retention_finish,
    .save = retention_save,
    .load = retention_load,
    .free = retention_free,
};
