/* RFM from events, in one pass, as a fold.
 *
 *   event ──► hash table by batches ──► 16 bytes beside the person's key: exact sum, count, last day
 *                                   └─► distinct (person, transaction) pairs, unless every row is one
 *
 * Money adds as integers of 10^-9 into 64 bits; what does not fit (9.2 thousand million a person) and the rare value that is no
 * such decimal goes to a sum of its own (see kith/sums.h). Days are calendar days in the zone. States merge by adding person to
 * person, so shards and nights give the bytes of one pass. 1,000,000 people take 48 MB a thread while the rows are read.
 *
 * Tried and dropped: a kith_sum a person (32 bytes more each, nothing gained: its count is the person's own); the sums in an array by
 * the person's number (one cache miss more an event). */
#include <kith/hashtable.h>
#include <kith/moment.h>
#include <kith/rfm.h>
#include <kith/sums.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEP = 128, SCORES_MOST = 100, AHEAD = 12 };
enum { BY_ROW, BY_TS, BY_DAY, BY_COLUMN };

typedef struct person { /* 16 bytes, with the key 32: never across a cache line */
    int64_t money;      /* in 10^-9 */
    uint32_t n;
    uint32_t last; /* day_number; 0 before any */
} person;

typedef struct beside { /* sums of what does not fit */
    uint32_t person;
    kith_sum sum;
} beside;

typedef struct rfm {
    kith_arena *arena;
    const kith_zone *zone;
    kith_months months;
    const char *id_said, *ts_said, *amount_said, *transaction_column;
    char id_name[256]; /* as in the header */
    int by, scores, threads;
    bool has_until;
    int64_t until_us;
    uint32_t id, ts, amount, transaction; /* columns */
    kith_hashtable people;
    kith_hashtable pairs; /* person's number and transaction */
    beside *beside;
    size_t n_beside, room_beside;
    uint32_t *beside_at; /* by person: place in `beside` + 1; NULL or short until needed */
    size_t room_beside_at;
    bool any;
    int64_t latest_us; /* of all events */
    uint64_t later;    /* events past until */
} rfm;

static person *person_at(const rfm *s, uint32_t i) { return kith_hashtable_beside(&s->people, i); }
static uint32_t day_number(int32_t day) { return (uint32_t)day ^ UINT32_C(1) << 31; } /* from INT32_MIN on */
static int32_t last_day(const person *p) { return (int32_t)(p->last ^ UINT32_C(1) << 31); }

static void rfm_free(void *state) {
    rfm *s = state;
    if (!s) return;
    free(s->beside);
    free(s->beside_at);
    kith_hashtable_free(&s->people);
    kith_hashtable_free(&s->pairs);
    kith_arena_free(s->arena);
    free(s);
}

static int settle(rfm *s, const kith_params *params, kith_error *err) {
    const char *by = kith_params_get(params, "transaction"), *until = kith_params_get(params, "until"), *tz = kith_params_get(params, "tz");
    const char *names[3] = {kith_params_get(params, "id"), kith_params_get(params, "ts"), kith_params_get(params, "amount")};
    const char **places[3] = {&s->id_said, &s->ts_said, &s->amount_said};
    for (int i = 0; i < 3; i++)
        if (!(*places[i] = kith_arena_copy(s->arena, names[i], strlen(names[i])))) return kith_no_memory(err);
    double scores = kith_params_number(params, "scores", 5);
    if (!(scores >= 2 && scores <= SCORES_MOST && scores == floor(scores))) return kith_fail(err, KITH_USAGE, "--scores takes a number from 2 to %d", SCORES_MOST);
    s->scores = (int)scores;
    s->threads = 1;
    s->by = strcmp(by, "ts") == 0 ? BY_TS : strcmp(by, "day") == 0 ? BY_DAY : strncmp(by, "column:", 7) == 0 ? BY_COLUMN : BY_ROW;
    if (s->by == BY_COLUMN && !(s->transaction_column = kith_arena_copy(s->arena, by + 7, strlen(by + 7)))) return kith_no_memory(err);
    s->has_until = *until != 0;
    if (s->has_until && !kith_parse_int(kith_str_of(until), &s->until_us)) return kith_fail(err, KITH_DATA, "rfm: parameter until: not a number");
    if (*tz) KITH_TRY(kith_zone_find(s->arena, tz, &s->zone, err));
    kith_months_fill(&s->months);
    KITH_TRY(kith_hashtable_init_beside(&s->people, sizeof(person), err));
    return kith_hashtable_init(&s->pairs, err);
}

static int rfm_init(const kith_params *params, void **state, kith_error *err) {
    rfm *s = calloc(1, sizeof *s);
    if (!s || !(s->arena = kith_arena_new())) {
        free(s);
        return kith_no_memory(err);
    }
    int status = settle(s, params, err);
    if (status) rfm_free(s);
    else *state = s;
    return status;
}

static int rfm_bind(void *state, const kith_header *header, kith_error *err) {
    rfm *s = state;
    const char *id = *s->id_said ? s->id_said : kith_column_find(header, "person_id") != KITH_NO_COLUMN || kith_column_find(header, "id") == KITH_NO_COLUMN ? "person_id" : "id";
    KITH_TRY(kith_column(header, id, &s->id, err));
    KITH_TRY(kith_column(header, *s->ts_said ? s->ts_said : "ts", &s->ts, err));
    KITH_TRY(kith_column(header, *s->amount_said ? s->amount_said : "amount", &s->amount, err));
    if (s->by == BY_COLUMN) KITH_TRY(kith_column(header, s->transaction_column, &s->transaction, err));
    kith_str name = header->names[s->id];
    snprintf(s->id_name, sizeof s->id_name, "%.*s", KITH_STR_FMT(name));
    return KITH_OK;
}

/* ---- adding ------------------------------------------------------------------------------------------------- */

/* The sum for what does not fit person `i`'s own, made if there is none. */
static kith_sum *beside_of(rfm *s, uint32_t i, kith_error *err) {
    if (i >= s->room_beside_at) {
        size_t room = (size_t)s->people.n * 2;
        uint32_t *grown = realloc(s->beside_at, room * sizeof *grown);
        if (!grown) return kith_no_memory(err), NULL;
        memset(grown + s->room_beside_at, 0, (room - s->room_beside_at) * sizeof *grown);
        s->beside_at = grown;
        s->room_beside_at = room;
    }
    if (s->beside_at[i]) return &s->beside[s->beside_at[i] - 1].sum;
    if (s->n_beside == s->room_beside) {
        size_t room = s->room_beside ? s->room_beside * 2 : 16;
        beside *grown = realloc(s->beside, room * sizeof *grown);
        if (!grown) return kith_no_memory(err), NULL;
        s->beside = grown;
        s->room_beside = room;
    }
    s->beside[s->n_beside++] = (beside){.person = i};
    s->beside_at[i] = (uint32_t)s->n_beside;
    return &s->beside[s->n_beside - 1].sum;
}

/* Adds decimals to the person's money, or past 64 bits to the sum beside it. */
static int add_money(rfm *s, uint32_t i, kith_i128 money, kith_error *err) {
    person *p = person_at(s, i);
    int64_t both;
    if (money == (int64_t)money && !__builtin_add_overflow(p->money, (int64_t)money, &both)) {
        p->money = both;
        return KITH_OK;
    }
    kith_sum *sum = beside_of(s, i, err);
    if (!sum) return KITH_SYSTEM;
    sum->fixed += money;
    return KITH_OK;
}

/* Counts the pairs that are new. */
static int add_pairs(rfm *s, const kith_key *keys, const uint64_t *hashes, const uint32_t *whose, size_t n, kith_error *err) {
    uint32_t entries[STEP], before = s->pairs.n;
    KITH_TRY(kith_hashtable_put(&s->pairs, keys, hashes, n, entries, err));
    for (size_t i = 0; i < n; i++)
        if (entries[i] >= before) {
            person_at(s, whose[i])->n++;
            before = entries[i] + 1; /* numbered in order: the same new one again is below */
        }
    return KITH_OK;
}

/* Up to STEP events of a batch. Money is what fits 64 bits; the rare other amount is read again from its text. */
typedef struct events {
    size_t n;
    kith_key keys[STEP];
    uint64_t hashes[STEP];
    uint32_t whose[STEP];
    int32_t days[STEP];
    int64_t us[STEP], money[STEP];
    kith_str other[STEP], transactions[STEP];
} events;

static uint64_t pair_key(uint32_t whose, const void *bytes, size_t n, char *room, kith_key *key) {
    memcpy(room, &whose, sizeof whose);
    memcpy(room + sizeof whose, bytes, n);
    return kith_key_of((kith_str){room, sizeof whose + n}, key);
}

static int add_transactions(rfm *s, const events *e, kith_arena *arena, kith_error *err) {
    kith_key keys[STEP];
    uint64_t hashes[STEP];
    uint32_t who[STEP];
    size_t m = 0;
    for (size_t i = 0; i < e->n; i++) {
        char small[16], *room = small;
        const void *bytes = s->by == BY_DAY ? (const void *)&e->days[i] : (const void *)&e->us[i];
        size_t size = s->by == BY_DAY ? sizeof e->days[i] : sizeof e->us[i];
        if (s->by == BY_COLUMN) {
            bytes = e->transactions[i].p;
            size = e->transactions[i].n;
            if (!size) continue; /* no transaction is named: none is counted, as by SQL's count(distinct) */
            if (size + sizeof *who > sizeof small && !(room = kith_arena_alloc(arena, size + sizeof *who))) return kith_no_memory(err);
        }
        hashes[m] = pair_key(e->whose[i], bytes, size, room, &keys[m]);
        who[m++] = e->whose[i];
    }
    return add_pairs(s, keys, hashes, who, m, err);
}

static int add_other(rfm *s, const events *e, size_t i, kith_error *err) {
    kith_number v;
    if (!kith_number_parse(e->other[i], &v)) return KITH_OK; /* looked at before */
    if (v.is_fixed) KITH_TRY(add_money(s, e->whose[i], v.fixed, err));
    else {
        kith_sum *sum = beside_of(s, e->whose[i], err);
        if (!sum) return KITH_SYSTEM;
        if (!kith_sum_add_real(sum, v.real, s->arena)) return kith_no_memory(err);
    }
    return KITH_OK;
}

static int add_events(rfm *s, events *e, kith_arena *arena, kith_error *err) {
    KITH_TRY(kith_hashtable_put(&s->people, e->keys, e->hashes, e->n, e->whose, err));
    for (size_t i = 0; i < e->n; i++) {
        person *p = person_at(s, e->whose[i]);
        uint32_t day = day_number(e->days[i]);
        if (day > p->last) p->last = day;
        p->n += s->by == BY_ROW;
        KITH_TRY(add_money(s, e->whose[i], e->money[i], err));
        if (e->other[i].n) KITH_TRY(add_other(s, e, i, err));
    }
    if (s->by != BY_ROW) KITH_TRY(add_transactions(s, e, arena, err));
    e->n = 0;
    return KITH_OK;
}

/* Reads one row to the end of the events, if it is one to count. */
static int read_event(rfm *s, const kith_batch *b, uint32_t row, events *e, kith_out *out, kith_error *err) {
    bool is_date;
    size_t i = e->n;
    int64_t us;
    kith_str id = kith_text(b, row, s->id), ts = kith_text(b, row, s->ts), amount = kith_text(b, row, s->amount);
    kith_number v = {0};
    if ((id.n && !id.p) || (ts.n && !ts.p) || (amount.n && !amount.p)) return kith_no_memory(err);
    if (!id.n) return kith_bad_row(b, row, s->id, "no_person", "an event without a person", out, err);
    if (!ts.n || !kith_moment(&s->months, ts, s->zone, &us, &is_date)) return kith_bad_row(b, row, s->ts, "not_a_time", "not a time", out, err);
    if (amount.n && !kith_number_short(amount, b->bytes, &v) && !kith_number_parse(amount, &v)) return kith_bad_row(b, row, s->amount, "not_a_number", "not a number", out, err);
    if (s->has_until && us > s->until_us) {
        s->later++;
        out->dropped++;
        return KITH_OK;
    }
    if (s->by == BY_COLUMN) {
        e->transactions[i] = kith_text(b, row, s->transaction);
        if (e->transactions[i].n && !e->transactions[i].p) return kith_no_memory(err);
    }
    bool fits = !amount.n || (v.is_fixed && v.fixed == (int64_t)v.fixed);
    e->money[i] = fits && amount.n ? (int64_t)v.fixed : 0;
    e->other[i] = fits ? (kith_str){NULL, 0} : amount;
    e->us[i] = us;
    e->days[i] = (int32_t)kith_moment_day(s->zone, us);
    e->hashes[i] = kith_key_of(id, &e->keys[i]);
    kith_hashtable_prefetch(&s->people, e->hashes[i]);
    e->n++;
    if (!s->any || us > s->latest_us) s->latest_us = us;
    s->any = true;
    return KITH_OK;
}

static int rfm_step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    rfm *s = state;
    events e;
    e.n = 0;
    for (uint32_t row = 0; row < b->rows; row++) {
        KITH_TRY(read_event(s, b, row, &e, out, err));
        if (e.n == STEP) KITH_TRY(add_events(s, &e, b->arena, err));
    }
    return e.n ? add_events(s, &e, b->arena, err) : KITH_OK;
}

/* ---- merging ------------------------------------------------------------------------------------------------ */

static int merge_people(rfm *into, const rfm *from, uint32_t *map, kith_error *err) {
    for (uint32_t first = 0; first < from->people.n; first += STEP) {
        uint32_t n = from->people.n - first < STEP ? from->people.n - first : STEP;
        kith_key keys[STEP];
        uint64_t hashes[STEP];
        for (uint32_t i = 0; i < n; i++) hashes[i] = kith_key_of(kith_hashtable_key(&from->people, first + i), &keys[i]);
        KITH_TRY(kith_hashtable_put(&into->people, keys, hashes, n, map + first, err));
        for (uint32_t i = 0; i < n; i++) {
            person *p = person_at(into, map[first + i]);
            const person *q = person_at(from, first + i);
            KITH_TRY(add_money(into, map[first + i], q->money, err));
            if (q->last > p->last) p->last = q->last;
            if (into->by == BY_ROW) p->n += q->n;
        }
    }
    return KITH_OK;
}

static int merge_pairs(rfm *into, const rfm *from, const uint32_t *map, kith_arena *arena, kith_error *err) {
    for (uint32_t first = 0; first < from->pairs.n; first += STEP) {
        uint32_t n = from->pairs.n - first < STEP ? from->pairs.n - first : STEP, whose[STEP];
        kith_key keys[STEP];
        uint64_t hashes[STEP];
        for (uint32_t i = 0; i < n; i++) {
            kith_str pair = kith_hashtable_key(&from->pairs, first + i);
            uint32_t theirs;
            char small[16], *room = small;
            memcpy(&theirs, pair.p, sizeof theirs);
            if (pair.n > sizeof small && !(room = kith_arena_alloc(arena, pair.n))) return kith_no_memory(err);
            whose[i] = map[theirs];
            hashes[i] = pair_key(whose[i], pair.p + sizeof theirs, pair.n - sizeof theirs, room, &keys[i]);
        }
        KITH_TRY(add_pairs(into, keys, hashes, whose, n, err));
        kith_arena_reset(arena);
    }
    return KITH_OK;
}

static int rfm_merge(void *a, void *b, kith_error *err) {
    rfm *into = a, *from = b;
    if (!*into->id_name) memcpy(into->id_name, from->id_name, sizeof into->id_name);
    into->later += from->later;
    if (!from->any) return KITH_OK;
    if (!into->any || from->latest_us > into->latest_us) into->latest_us = from->latest_us;
    into->any = true;
    if (!into->people.n) { /* the usual first merge: take everything */
        rfm held = *into;
        into->people = from->people;
        into->pairs = from->pairs;
        from->people = held.people;
        from->pairs = held.pairs;
        for (size_t i = 0; i < from->n_beside; i++) {
            kith_sum *sum = beside_of(into, from->beside[i].person, err);
            if (!sum) return KITH_SYSTEM;
            if (!kith_sum_merge(sum, &from->beside[i].sum, into->arena)) return kith_no_memory(err);
        }
        return KITH_OK;
    }
    uint32_t *map = malloc((size_t)from->people.n * sizeof *map + 1);
    kith_arena *arena = kith_arena_new();
    int status = map && arena ? merge_people(into, from, map, err) : kith_no_memory(err);
    if (!status && into->by != BY_ROW) status = merge_pairs(into, from, map, arena, err);
    for (size_t i = 0; i < from->n_beside && !status; i++) {
        kith_sum *sum = beside_of(into, map[from->beside[i].person], err);
        if (!sum) status = KITH_SYSTEM;
        else if (!kith_sum_merge(sum, &from->beside[i].sum, into->arena)) status = kith_no_memory(err);
    }
    free(map);
    kith_arena_free(arena);
    return status;
}

/* ---- the result --------------------------------------------------------------------------------------------- */

/* Person i's sum; true where it holds more than decimals. */
static bool sum_of(const rfm *s, uint32_t i, kith_sum *sum) {
    *sum = (kith_sum){.fixed = person_at(s, i)->money, .n = 1};
    if (i >= s->room_beside_at || !s->beside_at[i]) return false;
    const kith_sum *more = &s->beside[s->beside_at[i] - 1].sum;
    sum->fixed += more->fixed;
    if (!more->wide) return false;
    sum->n = more->n;
    sum->wide = more->wide;
    return true;
}

/* An exact sum of decimals as text: whole and up to nine places. */
static size_t put_money(kith_i128 v, char *text, size_t room, const kith_sum *sum, bool wide) {
    kith_u128 size = v < 0 ? -(kith_u128)v : (kith_u128)v;
    if (wide || size >= (kith_u128)1000000000 * UINT64_C(1000000000000000000)) return kith_sum_format(sum, text, room);
    uint64_t whole = (uint64_t)(size / 1000000000), part = (uint64_t)(size % 1000000000);
    size_t n = 0;
    if (v < 0) text[n++] = '-';
    n += kith_format_int((int64_t)whole, text + n);
    if (!part) return n;
    text[n++] = '.';
    for (uint64_t unit = 100000000; part; unit /= 10) text[n++] = (char)('0' + part / unit), part %= unit;
    return n;
}

typedef struct scored {
    const rfm *s;
    double thresholds[3][SCORES_MOST];
    int64_t until_day;
    uint32_t *order;
    size_t slice;   /* people in each piece of the output */
    kith_buf *rows; /* of each piece */
    char delimiter;
} scored;

static double measure(const rfm *s, const scored *r, uint32_t i, int k) {
    const person *p = person_at(s, i);
    if (k == 0) return (double)(last_day(p) - r->until_day);
    if (k == 1) return p->n;
    kith_sum sum;
    kith_i128 exact = INT64_C(1) << 53;
    if (!sum_of(s, i, &sum) && sum.fixed < exact && sum.fixed > -exact) return (double)(int64_t)sum.fixed / 1e9; /* rounds once */
    return kith_sum_total(&sum);
}

/* Tasks 0 to 2: the thresholds of a measure. Task 3: the order of the people. */
static int prepare(void *ctx, int worker, size_t task, kith_error *err) {
    scored *r = ctx;
    const rfm *s = r->s;
    size_t n = s->people.n;
    (void)worker;
    if (task == 3) return kith_hashtable_order(&s->people, r->order, err);
    uint64_t *keys = malloc(n * sizeof *keys), *spare = malloc(n * sizeof *spare);
    int status = keys && spare ? KITH_OK : kith_no_memory(err);
    for (uint32_t i = 0; i < n && !status; i++) keys[i] = kith_rfm_key(measure(s, r, i, (int)task));
    if (!status) kith_rfm_thresholds(keys, spare, n, s->scores, r->thresholds[task]);
    free(keys);
    free(spare);
    return status;
}

static int write_people(void *ctx, int worker, size_t piece, kith_error *err) {
    scored *r = ctx;
    const rfm *s = r->s;
    kith_buf *out = &r->rows[piece];
    size_t from = piece * r->slice, to = from + r->slice < s->people.n ? from + r->slice : s->people.n;
    (void)worker;
    kith_row_writer w = kith_row_begin(out, r->delimiter);
    for (size_t k = from; k < to; k++) {
        uint32_t i = r->order[k];
        char text[512];
        if (k + AHEAD < to) __builtin_prefetch(person_at(s, r->order[k + AHEAD])); /* they are far apart in this order */
        kith_put_text(&w, kith_hashtable_key(&s->people, i));
        if (!kith_buf_reserve(out, 128)) return kith_no_memory(err);
        kith_put_int(&w, r->until_day - last_day(person_at(s, i)));
        kith_put_int(&w, person_at(s, i)->n);
        kith_sum sum;
        bool wide = sum_of(s, i, &sum);
        kith_put_text(&w, (kith_str){text, put_money(sum.fixed, text, sizeof text, &sum, wide)});
        for (int m = 0; m < 3; m++) kith_put_int(&w, kith_rfm_score(r->thresholds[m], s->scores, measure(s, r, i, m)));
        kith_row_end(&w);
    }
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

static int rfm_finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    rfm *s = state;
    kith_row_writer w = kith_row_begin(out, delimiter);
    static const char *const names[] = {"rfm_recency", "rfm_frequency", "rfm_monetary", "rfm_r", "rfm_f", "rfm_m"};
    kith_put_name(&w, kith_str_of(*s->id_name ? s->id_name : *s->id_said ? s->id_said : "person_id"));
    for (int i = 0; i < 6; i++) kith_put_string(&w, names[i]);
    kith_row_end(&w);
    size_t n = s->people.n;
    if (!n) return out->failed ? kith_no_memory(err) : KITH_OK;
    scored r = {.s = s, .until_day = kith_moment_day(s->zone, s->has_until ? s->until_us : s->latest_us), .slice = 1 << 16, .delimiter = delimiter};
    size_t pieces = (n + r.slice - 1) / r.slice;
    r.order = malloc(n * sizeof *r.order);
    r.rows = calloc(pieces, sizeof *r.rows);
    int status = r.order && r.rows ? kith_parallel(s->threads, 4, prepare, &r, err) : kith_no_memory(err);
    if (!status) status = kith_parallel(s->threads, pieces, write_people, &r, err);
    for (size_t i = 0; i < pieces && r.rows; i++) {
        if (!status) kith_buf_put(out, r.rows[i].p, r.rows[i].n);
        kith_buf_free(&r.rows[i]);
    }
    free(r.order);
    free(r.rows);
    return status || !out->failed ? status : kith_no_memory(err);
}

static void rfm_threads(void *state, int threads) { ((rfm *)state)->threads = threads; }
/* ---- saving: one record a person, in byte order of the ids, then their transactions -------------------------- */

static int rfm_save(const void *state, kith_buf *out, kith_error *err) {
    const rfm *s = state;
    kith_row_writer w = kith_row_begin(out, ',');
    size_t n = s->people.n;
    uint32_t *order = malloc((n + 1) * sizeof *order), *number = malloc((n + 1) * sizeof *number);
    int status = order && number ? kith_hashtable_order(&s->people, order, err) : kith_no_memory(err);
    kith_put_string(&w, "events"), kith_put_string(&w, s->id_name), kith_put_int(&w, s->any), kith_put_int(&w, s->any ? s->latest_us : 0), kith_put_int(&w, (int64_t)s->later);
    kith_row_end(&w);
    kith_buf text = {0};
    for (uint32_t k = 0; k < n && !status; k++) {
        const person *p = person_at(s, order[k]);
        kith_sum sum;
        sum_of(s, order[k], &sum);
        text.n = 0;
        kith_sum_save(&sum, &text);
        kith_put_string(&w, "p"), kith_put_text(&w, kith_hashtable_key(&s->people, order[k])), kith_put_int(&w, p->n), kith_put_int(&w, last_day(p));
        kith_put_text(&w, (kith_str){text.p, text.n});
        kith_row_end(&w);
        number[order[k]] = k;
    }
    kith_buf_free(&text);
    uint32_t *pairs = malloc(((size_t)s->pairs.n + 1) * sizeof *pairs);
    if (!status) status = pairs ? KITH_OK : kith_no_memory(err);
    /* in order of person and transaction: rename each pair to the person's place, then order the table of those */
    kith_hashtable sorted = {0};
    if (!status && s->pairs.n) status = kith_hashtable_init(&sorted, err);
    for (uint32_t i = 0; i < s->pairs.n && !status; i++) {
        kith_str pair = kith_hashtable_key(&s->pairs, i);
        uint32_t whose, entry;
        memcpy(&whose, pair.p, sizeof whose);
        uint32_t place = __builtin_bswap32(number[whose]);
        text.n = 0;
        kith_buf_put(&text, &place, sizeof place);
        kith_buf_put(&text, pair.p + sizeof whose, pair.n - sizeof whose);
        kith_key key;
        if (text.failed) status = kith_no_memory(err);
        uint64_t hash = status ? 0 : kith_key_of((kith_str){text.p, text.n}, &key);
        if (!status) status = kith_hashtable_put(&sorted, &key, &hash, 1, &entry, err);
    }
    if (!status && s->pairs.n) status = kith_hashtable_order(&sorted, pairs, err);
    for (uint32_t i = 0; i < s->pairs.n && !status; i++) {
        kith_str pair = kith_hashtable_key(&sorted, pairs[i]);
        uint32_t place;
        memcpy(&place, pair.p, sizeof place);
        kith_put_string(&w, "t"), kith_put_int(&w, __builtin_bswap32(place));
        if (s->by == BY_COLUMN) kith_put_text(&w, (kith_str){pair.p + sizeof place, pair.n - sizeof place});
        else {
            int32_t day;
            int64_t us;
            if (s->by == BY_DAY) memcpy(&day, pair.p + sizeof place, sizeof day), us = day;
            else memcpy(&us, pair.p + sizeof place, sizeof us);
            kith_put_int(&w, us);
        }
        kith_row_end(&w);
    }
    kith_hashtable_free(&sorted);
    kith_buf_free(&text);
    free(order);
    free(number);
    free(pairs);
    if (!status && out->failed) status = kith_no_memory(err);
    return status;
}

static int broken(kith_error *err, uint64_t line) { return kith_fail(err, KITH_DATA, "state: line %llu: not an rfm state", (unsigned long long)line); }

static int load_person(rfm *s, const kith_str *f, size_t n, uint64_t line, kith_error *err) {
    kith_key key;
    uint32_t entry, before = s->people.n;
    int64_t count, last;
    kith_sum sum = {0};
    if (n != 5 || !f[1].n || f[1].n > UINT32_MAX / 2 || !kith_parse_int(f[2], &count) || !kith_parse_int(f[3], &last) || count < 0 || count > UINT32_MAX || last < INT32_MIN || last > INT32_MAX)
        return broken(err, line);
    KITH_TRY(kith_sum_load(&sum, f[4], s->arena, err));
    uint64_t hash = kith_key_of(f[1], &key);
    KITH_TRY(kith_hashtable_put(&s->people, &key, &hash, 1, &entry, err));
    if (entry != before) return broken(err, line); /* twice */
    person *p = person_at(s, entry);
    p->n = s->by == BY_ROW ? (uint32_t)count : 0;
    p->last = day_number((int32_t)last);
    if (!sum.wide) return add_money(s, entry, sum.fixed, err);
    kith_sum *other = beside_of(s, entry, err);
    if (!other) return KITH_SYSTEM;
    *other = sum;
    return KITH_OK;
}

static int load_pair(rfm *s, const kith_str *f, size_t n, uint64_t line, kith_arena *arena, kith_error *err) {
    int64_t place, value = 0;
    if (n != 3 || s->by == BY_ROW || !kith_parse_int(f[1], &place) || place < 0 || place >= s->people.n) return broken(err, line);
    if (s->by != BY_COLUMN && !kith_parse_int(f[2], &value)) return broken(err, line);
    if (s->by == BY_DAY && (value < INT32_MIN || value > INT32_MAX)) return broken(err, line);
    if (s->by == BY_COLUMN && (!f[2].n || f[2].n > UINT32_MAX / 2)) return broken(err, line);
    uint32_t whose = (uint32_t)place;
    int32_t day = (int32_t)value;
    const void *bytes = s->by == BY_DAY ? (const void *)&day : s->by == BY_TS ? (const void *)&value : (const void *)f[2].p;
    size_t size = s->by == BY_DAY ? sizeof day : s->by == BY_TS ? sizeof value : f[2].n;
    char *room = kith_arena_alloc(arena, size + sizeof whose);
    kith_key key;
    if (!room) return kith_no_memory(err);
    uint64_t hash = pair_key(whose, bytes, size, room, &key);
    KITH_TRY(add_pairs(s, &key, &hash, &whose, 1, err));
    kith_arena_reset(arena);
    return KITH_OK;
}

static int rfm_load(void *state, kith_records *records, kith_error *err) {
    rfm *s = state;
    kith_str f[6];
    size_t n;
    kith_arena *arena = kith_arena_new();
    int status = arena ? KITH_OK : kith_no_memory(err);
    bool headed = false;
    while (!status && kith_records_next(records, f, 6, &n)) {
        uint64_t line = records->line;
        if (n == 5 && kith_str_is(f[0], "events") && !headed) {
            int64_t any, later;
            headed = true;
            if (f[1].n >= sizeof s->id_name || !kith_parse_int(f[2], &any) || !kith_parse_int(f[3], &s->latest_us) || !kith_parse_int(f[4], &later) || later < 0) status = broken(err, line);
            else {
                snprintf(s->id_name, sizeof s->id_name, "%.*s", KITH_STR_FMT(f[1]));
                s->any = any != 0;
                s->later = (uint64_t)later;
            }
        } else if (n && headed && kith_str_is(f[0], "p")) status = load_person(s, f, n, line, err);
        else if (n && headed && kith_str_is(f[0], "t")) status = load_pair(s, f, n, line, arena, err);
        else status = broken(err, line);
    }
    if (!status && (!headed || (!s->any && s->people.n))) status = broken(err, records->line);
    kith_arena_free(arena);
    return status;
}

const kith_fold kith_rfm_fold = {
    .people = &(const kith_fold_people){.head = "p", .key = 1, .latest = 3}, .name = "segment.rfm", .version = 1, .init = rfm_init, .bind = rfm_bind, .step = rfm_step, .merge = rfm_merge,
    .finish = rfm_finish, .threads = rfm_threads, .save = rfm_save, .load = rfm_load, .free = rfm_free,
};
