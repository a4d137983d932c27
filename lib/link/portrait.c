/* Portraits. Rows are sorted by person (a counting sort over interned ids), then every person is written from its rows
 * alone.
 *
 * A value survives by its rule; ties fall to the next of: most frequent, newest, most trusted source, longest, least by
 * bytes. So the order of rows plays no part. Sums are exact. */
#include <kith/portrait.h>

#include <kith/sums.h>
#include <kith/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 64 };

typedef struct group { /* a column's values as numbers, for counts by source, by channel */
    kith_str *name;
    uint32_t n, room;
} group;

typedef struct event {
    int64_t us;
    bool timed, is_date, paid;
    kith_number amount;
} event;

typedef struct portraits {
    const kith_link_store *store;
    const kith_portrait_options *o;
    kith_arena *arena;
    uint32_t person, source, ts, amount, channel, account, newest, record;
    uint32_t *attribute, n_attributes;
    kith_survival *rule;
    kith_str *ids; /* of persons */
    uint32_t n_persons, *row, *start;
    event *events;
    int64_t *newness;
    group sources, channels;
    kith_str *trusted;
    uint32_t n_trusted;
    int64_t until;
    struct account {
        kith_str name;
        uint64_t persons, events;
        kith_sum amount;
    } * accounts;
    uint32_t n_accounts, *account_of; /* of each person; UINT32_MAX: none */
} portraits;

static kith_str cell(const portraits *p, uint32_t row, uint32_t col) {
    uint32_t within;
    if (col == KITH_NO_COLUMN) return (kith_str){"", 0};
    const kith_link_piece *piece = kith_link_piece_of(p->store, row, &within);
    return kith_link_cell(p->store, piece, within, col, p->arena);
}

/* ---- columns ------------------------------------------------------------------------------------------------ */

static int find(const portraits *p, const char *said, const char *otherwise, uint32_t *column, kith_error *err) {
    if (said) return kith_column(&p->store->header, said, column, err);
    *column = KITH_NO_COLUMN;
    for (uint32_t c = 0; c < p->store->header.n && *column == KITH_NO_COLUMN; c++)
        if (kith_str_is(p->store->header.names[c], otherwise)) *column = c;
    return KITH_OK;
}

static int rule_of(portraits *p, kith_error *err) {
    static const char *const names[] = {"frequent", "newest", "longest", "source"};
    for (uint32_t a = 0; a < p->n_attributes; a++) p->rule[a] = p->o->survival;
    for (size_t r = 0; r < p->o->n_rules; r++) {
        const char *text = p->o->rules[r], *equals = strrchr(text, '=');
        if (equals == NULL) return kith_fail(err, KITH_USAGE, "a rule is COLUMN=frequent|newest|longest|source");
        char *name = kith_arena_copy(p->arena, text, (size_t)(equals - text));
        uint32_t column, a = 0;
        int k = 0;
        if (name == NULL) return kith_no_memory(err);
        while (k < 4 && strcmp(names[k], equals + 1) != 0) k++;
        if (k == 4) return kith_fail(err, KITH_USAGE, "a rule is COLUMN=frequent|newest|longest|source");
        KITH_TRY(kith_column(&p->store->header, name, &column, err));
        while (a < p->n_attributes && p->attribute[a] != column) a++;
        if (a == p->n_attributes) return kith_fail(err, KITH_USAGE, "a rule for a column that is no attribute");
        p->rule[a] = (kith_survival)k;
    }
    return KITH_OK;
}

static int bind(portraits *p, kith_error *err) {
    const kith_portrait_options *o = p->o;
    const kith_header *h = &p->store->header;
    KITH_TRY(kith_column(h, o->person ? o->person : "person_id", &p->person, err));
    KITH_TRY(find(p, o->source, "source", &p->source, err));
    KITH_TRY(find(p, o->ts, "ts", &p->ts, err));
    KITH_TRY(find(p, o->amount, "amount", &p->amount, err));
    KITH_TRY(find(p, o->channel, "channel", &p->channel, err));
    KITH_TRY(find(p, o->account, "account_id", &p->account, err));
    KITH_TRY(find(p, NULL, "record_id", &p->record, err));
    KITH_TRY(find(p, o->newest_by, p->ts == KITH_NO_COLUMN ? "updated" : "ts", &p->newest, err));
    static const char *const of_events[] = {"event", "campaign", "product", "person_probability", "record_id"};
    p->attribute = kith_arena_alloc(p->arena, sizeof *p->attribute * (h->n + 1));
    p->rule = kith_arena_alloc(p->arena, sizeof *p->rule * (h->n + 1));
    if (!p->attribute || !p->rule) return kith_no_memory(err);
    for (uint32_t c = 0; c < h->n; c++) {
        bool other = c == p->person || c == p->source || c == p->ts || c == p->amount || c == p->channel;
        for (size_t k = 0; k < sizeof of_events / sizeof of_events[0] && !other; k++)
            other = kith_str_is(h->names[c], of_events[k]);
        if (!other) p->attribute[p->n_attributes++] = c;
    }
    const char *s = o->source_order;
    size_t most = 1;
    for (const char *q = s; q && *q; q++) most += *q == ',';
    p->trusted = kith_arena_alloc(p->arena, sizeof *p->trusted * (most + 1));
    if (!p->trusted) return kith_no_memory(err);
    for (; s && *s;) {
        size_t n = strcspn(s, ",");
        p->trusted[p->n_trusted++] = kith_str_trim((kith_str){s, n});
        s += n + (s[n] == ',');
    }
    return rule_of(p, err);
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

static int place_in(group *g, kith_arena *arena, kith_str s, kith_error *err) {
    uint32_t lo = 0, hi = g->n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        int c = kith_str_compare(g->name[mid], s);
        if (c == 0) return KITH_OK;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (g->n == g->room) {
        uint32_t room = g->room ? 2 * g->room : 64;
        kith_str *more = kith_arena_alloc(arena, room * sizeof *more);
        if (more == NULL) return kith_no_memory(err);
        if (g->n) memcpy(more, g->name, g->n * sizeof *more);
        g->name = more;
        g->room = room;
    }
    memmove(g->name + lo + 1, g->name + lo, (g->n - lo) * sizeof *g->name);
    g->name[lo] = s;
    if (g->n < GROUPS) g->n++; /* the first by name stay */
    return KITH_OK;
}

static int where(const portraits *p, uint32_t row, uint32_t col, const char *what, kith_str value, kith_error *err) {
    char shape[32];
    return kith_fail(err, KITH_DATA, "row %u: %.*s: not %s (like %s)", row + 1,
                     KITH_STR_FMT(p->store->header.names[col]), what, kith_shape(value, shape));
}

static int read_event(portraits *p, uint32_t row, kith_error *err) {
    event *e = &p->events[row];
    kith_str t = cell(p, row, p->ts), a = cell(p, row, p->amount), u = cell(p, row, p->newest);
    *e = (event){0};
    if (t.n) {
        if (!kith_parse_time(t, p->o->zone, &e->us, &e->is_date)) return where(p, row, p->ts, "a time", t, err);
        e->timed = true;
    }
    if (a.n) {
        if (!kith_number_parse(a, &e->amount)) return where(p, row, p->amount, "a number", a, err);
        e->paid = e->timed;
    }
    bool is_date;
    p->newness[row] = INT64_MIN;
    if (u.n && !kith_parse_time(u, p->o->zone, &p->newness[row], &is_date)) p->newness[row] = INT64_MIN;
    return KITH_OK;
}

typedef struct named {
    kith_str name;
    uint32_t row;
} named;

static int by_name(const void *a, const void *b) {
    const named *x = a, *y = b;
    int c = kith_str_compare(x->name, y->name);
    return c != 0 ? c : x->row < y->row ? -1 : x->row > y->row;
}

/* Rows that count, sorted by person and, within, by row. */
static int gather(portraits *p, uint64_t *nobody, kith_error *err) {
    uint32_t rows = p->store->rows, n = 0;
    named *names = malloc(sizeof *names * ((size_t)rows + 1));
    p->events = kith_arena_alloc(p->arena, sizeof *p->events * ((size_t)rows + 1));
    p->newness = kith_arena_alloc(p->arena, sizeof *p->newness * ((size_t)rows + 1));
    p->row = kith_arena_alloc(p->arena, sizeof *p->row * ((size_t)rows + 1));
    p->start = kith_arena_alloc(p->arena, sizeof *p->start * ((size_t)rows + 2));
    p->ids = kith_arena_alloc(p->arena, sizeof *p->ids * ((size_t)rows + 1));
    if (!names || !p->events || !p->newness || !p->row || !p->start || !p->ids) {
        free(names);
        return kith_no_memory(err);
    }
    int status = KITH_OK;
    p->until = p->o->has_until ? p->o->until_us : INT64_MIN;
    for (uint32_t r = 0; r < rows && status == KITH_OK; r++) {
        kith_str id = cell(p, r, p->person);
        status = read_event(p, r, err);
        if (status != KITH_OK) break;
        if (id.n == 0) {
            ++*nobody;
            continue;
        }
        if (p->events[r].timed && p->o->has_until && p->events[r].us > p->until) continue;
        if (p->events[r].timed && p->events[r].us > p->until) p->until = p->events[r].us;
        kith_str s = cell(p, r, p->source), c = cell(p, r, p->channel);
        if (s.n) status = place_in(&p->sources, p->arena, s, err);
        if (c.n && status == KITH_OK) status = place_in(&p->channels, p->arena, c, err);
        names[n++] = (named){id, r};
    }
    if (n) qsort(names, n, sizeof *names, by_name);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || !kith_str_equal(names[i].name, names[i - 1].name)) {
            p->ids[p->n_persons] = names[i].name;
            p->start[p->n_persons++] = i;
        }
        p->row[i] = names[i].row;
    }
    p->start[p->n_persons] = n;
    free(names);
    return status;
}

/* ---- survival ----------------------------------------------------------------------------------------------- */

typedef struct value {
    kith_str text;
    uint32_t count, row; /* row: its best witness: newest, most trusted */
    int64_t newest;
    uint32_t trust;
} value;

static uint32_t trust_of(const portraits *p, kith_str source) {
    for (uint32_t k = 0; k < p->n_trusted; k++)
        if (kith_str_equal(p->trusted[k], source)) return k;
    uint32_t k = 0;
    while (k < p->sources.n && !kith_str_equal(p->sources.name[k], source)) k++;
    return p->n_trusted + k;
}

static bool better(const value *a, const value *b, kith_survival rule) {
    if (rule == KITH_SURVIVE_NEWEST && a->newest != b->newest) return a->newest > b->newest;
    if (rule == KITH_SURVIVE_LONGEST && a->text.n != b->text.n) return a->text.n > b->text.n;
    if (rule == KITH_SURVIVE_SOURCE && a->trust != b->trust) return a->trust < b->trust;
    if (a->count != b->count) return a->count > b->count;
    if (a->newest != b->newest) return a->newest > b->newest;
    if (a->trust != b->trust) return a->trust < b->trust;
    if (a->text.n != b->text.n) return a->text.n > b->text.n;
    return kith_str_compare(a->text, b->text) < 0;
}

static int by_text(const void *a, const void *b) {
    const named *x = a, *y = b;
    return by_name(x, y);
}

/* Of two rows that nothing else tells apart, the one of the lesser source, then record. */
static bool earlier(const portraits *p, uint32_t a, uint32_t b) {
    int c = kith_str_compare(cell(p, a, p->source), cell(p, b, p->source));
    return (c != 0 ? c : kith_str_compare(cell(p, a, p->record), cell(p, b, p->record))) < 0;
}

/* The surviving value of an attribute among rows; empty where all are missing. *witness is the row it came from. */
static kith_str survive(const portraits *p, uint32_t a, const uint32_t *rows, uint32_t n, named *room,
                        uint32_t *witness) {
    uint32_t m = 0;
    value best = {{"", 0}, 0, 0, 0, 0};
    for (uint32_t i = 0; i < n; i++) {
        kith_str s = cell(p, rows[i], p->attribute[a]);
        if (s.n) room[m++] = (named){s, rows[i]};
    }
    if (m > 1) qsort(room, m, sizeof *room, by_text);
    for (uint32_t i = 0; i < m;) {
        value v = {room[i].name, 0, room[i].row, INT64_MIN, UINT32_MAX};
        for (; i < m && kith_str_equal(room[i].name, v.text); i++) {
            uint32_t trust = trust_of(p, cell(p, room[i].row, p->source));
            int64_t newest = p->newness[room[i].row];
            bool first = v.count++ == 0;
            bool by_trust = p->rule[a] == KITH_SURVIVE_SOURCE;
            if (first || (by_trust ? trust < v.trust || (trust == v.trust && newest > v.newest)
                                   : newest > v.newest || (newest == v.newest && trust < v.trust)) ||
                (trust == v.trust && newest == v.newest && earlier(p, room[i].row, v.row))) {
                v.row = room[i].row;
                v.newest = newest;
                v.trust = trust;
            }
        }
        if (best.count == 0 || better(&v, &best, p->rule[a])) best = v;
    }
    *witness = best.row;
    return best.text;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

typedef struct history {
    uint64_t n, timed, days;
    int64_t first, last, first_day, last_day;
    bool dates;
    kith_sum amount, repeats;
} history;

typedef struct paid {
    int64_t day;
    uint32_t row;
} paid;

static int by_day(const void *a, const void *b) {
    const paid *x = a, *y = b;
    return x->day != y->day ? (x->day < y->day ? -1 : 1) : x->row < y->row ? -1 : x->row > y->row;
}

static int64_t day_of(const portraits *p, int64_t us) {
    if (p->o->zone) us = kith_zone_to_local(p->o->zone, us);
    return us >= 0 ? us / KITH_US_PER_DAY : -((-us + KITH_US_PER_DAY - 1) / KITH_US_PER_DAY);
}

static bool tell(const portraits *p, const uint32_t *rows, uint32_t n, paid *room, kith_arena *arena, history *h) {
    uint32_t m = 0;
    *h = (history){.dates = true};
    for (uint32_t i = 0; i < n; i++) {
        const event *e = &p->events[rows[i]];
        if (!e->timed) continue;
        if (h->timed == 0 || e->us < h->first) h->first = e->us;
        if (h->timed == 0 || e->us > h->last) h->last = e->us;
        h->timed++;
        h->dates = h->dates && e->is_date;
        if (!e->paid) continue;
        if (!kith_sum_add(&h->amount, &e->amount, arena)) return false;
        room[m++] = (paid){day_of(p, e->us), rows[i]};
    }
    h->n = m;
    if (m > 1) qsort(room, m, sizeof *room, by_day);
    for (uint32_t i = 0; i < m; i++) {
        h->days += i == 0 || room[i].day != room[i - 1].day;
        if (room[i].day != room[0].day && !kith_sum_add(&h->repeats, &p->events[room[i].row].amount, arena))
            return false;
    }
    if (m) {
        h->first_day = room[0].day;
        h->last_day = room[m - 1].day;
    }
    return true;
}

static void put_moment(const portraits *p, kith_row_writer *w, int64_t us, bool is_date, bool any) {
    char text[40];
    if (!any) {
        kith_put_missing(w);
        return;
    }
    size_t n = is_date ? kith_format_date(day_of(p, us), text) : kith_format_time(us, text);
    kith_put_text(w, (kith_str){text, n});
}

static void put_sum(kith_row_writer *w, const kith_sum *sum) { kith_put_double(w, kith_sum_total(sum)); }

static void put_counts(const portraits *p, kith_row_writer *w, const group *g, uint32_t column, const uint32_t *rows,
                       uint32_t n) {
    for (uint32_t k = 0; k < g->n; k++) {
        int64_t count = 0;
        for (uint32_t i = 0; i < n; i++) count += kith_str_equal(cell(p, rows[i], column), g->name[k]);
        kith_put_int(w, count);
    }
}

static void put_header(const portraits *p, kith_row_writer *w) {
    static const char *const rolled[] = {"records", "sources", "first_seen", "last_seen", "events", "amount"};
    static const char *const of_account[] = {"account_persons", "account_events", "account_amount"};
    static const char *const last[] = {"rfm_recency", "rfm_frequency", "rfm_monetary", "value_x",
                                       "value_tx",    "value_T",       "value_m"};
    char name[512];
    kith_put_string(w, "person_id");
    for (uint32_t a = 0; a < p->n_attributes; a++) {
        kith_str s = p->store->header.names[p->attribute[a]];
        kith_buf b = {0};
        kith_put_name(w, s);
        kith_buf_str(&b, s);
        kith_buf_puts(&b, "_source");
        kith_put_name(w, (kith_str){b.p, b.n});
        w->buf->failed |= b.failed;
        kith_buf_free(&b);
    }
    for (int k = 0; k < 6; k++) kith_put_string(w, rolled[k]);
    for (int k = 0; k < 2; k++) {
        const group *g = k ? &p->channels : &p->sources;
        for (uint32_t i = 0; i < g->n; i++) {
            size_t n = g->name[i].n < 480 ? g->name[i].n : 480;
            memcpy(name, k ? "channel_" : "source_", 8);
            memcpy(name + (k ? 8 : 7), g->name[i].p, n);
            kith_put_name(w, (kith_str){name, n + (k ? 8 : 7)});
        }
    }
    for (int k = 0; k < 3 && p->account != KITH_NO_COLUMN; k++) kith_put_string(w, of_account[k]);
    for (int k = 0; k < 7; k++) kith_put_string(w, last[k]);
    kith_row_end(w);
}

static void put_last(const portraits *p, kith_row_writer *w, const history *h) {
    int64_t until = p->until == INT64_MIN ? 0 : day_of(p, p->until);
    bool any = h->n > 0;
    if (any)
        kith_put_int(w, until - h->last_day);
    else
        kith_put_missing(w);
    kith_put_int(w, (int64_t)h->n);
    put_sum(w, &h->amount);
    if (!any) {
        for (int k = 0; k < 4; k++) kith_put_missing(w);
        return;
    }
    kith_put_int(w, (int64_t)h->days - 1);
    kith_put_double(w, (double)(h->last_day - h->first_day) / 7);
    kith_put_double(w, (double)(until - h->first_day) / 7);
    if (h->days > 1)
        kith_put_double(w, kith_sum_total(&h->repeats) / (double)(h->days - 1));
    else
        kith_put_missing(w);
}

/* Accounts: each person's is its surviving account_id; their sums are over all events of their persons. */
static int roll_accounts(portraits *p, named *room, paid *days, kith_error *err) {
    if (p->account == KITH_NO_COLUMN) return KITH_OK;
    uint32_t a = 0, witness, n = 0;
    while (a < p->n_attributes && p->attribute[a] != p->account) a++;
    if (a == p->n_attributes) return kith_fail(err, KITH_USAGE, "the account column cannot be one of the others");
    p->account_of = kith_arena_alloc(p->arena, sizeof *p->account_of * ((size_t)p->n_persons + 1));
    p->accounts = kith_arena_zalloc(p->arena, sizeof *p->accounts * ((size_t)p->n_persons + 1));
    named *names = malloc(sizeof *names * ((size_t)p->n_persons + 1));
    if (!p->account_of || !p->accounts || !names) {
        free(names);
        return kith_no_memory(err);
    }
    for (uint32_t i = 0; i < p->n_persons; i++) {
        kith_str s = survive(p, a, p->row + p->start[i], p->start[i + 1] - p->start[i], room, &witness);
        p->account_of[i] = UINT32_MAX;
        if (s.n) names[n++] = (named){s, i};
    }
    if (n) qsort(names, n, sizeof *names, by_name);
    int status = KITH_OK;
    for (uint32_t k = 0; k < n && status == KITH_OK; k++) {
        history h;
        uint32_t i = names[k].row;
        if (k == 0 || !kith_str_equal(names[k].name, names[k - 1].name))
            p->accounts[p->n_accounts++].name = names[k].name;
        struct account *account = &p->accounts[p->n_accounts - 1];
        p->account_of[i] = p->n_accounts - 1;
        if (!tell(p, p->row + p->start[i], p->start[i + 1] - p->start[i], days, p->arena, &h) ||
            !kith_sum_merge(&account->amount, &h.amount, p->arena))
            status = kith_no_memory(err);
        account->persons++;
        account->events += h.timed;
    }
    free(names);
    return status;
}

static int put_person(portraits *p, uint32_t i, named *room, paid *days, kith_row_writer *w, kith_error *err) {
    const uint32_t *rows = p->row + p->start[i];
    uint32_t n = p->start[i + 1] - p->start[i], sources = 0;
    history h;
    kith_put_text(w, p->ids[i]);
    for (uint32_t a = 0; a < p->n_attributes; a++) {
        uint32_t witness;
        kith_str s = survive(p, a, rows, n, room, &witness);
        kith_put_text(w, s);
        if (s.n == 0)
            kith_put_missing(w);
        else if (p->source != KITH_NO_COLUMN)
            kith_put_text(w, cell(p, witness, p->source));
        else if (p->record != KITH_NO_COLUMN)
            kith_put_text(w, cell(p, witness, p->record));
        else
            kith_put_int(w, (int64_t)witness + 1);
    }
    if (!tell(p, rows, n, days, p->arena, &h)) return kith_no_memory(err);
    for (uint32_t r = 0; r < n; r++) room[r] = (named){cell(p, rows[r], p->source), rows[r]};
    qsort(room, n, sizeof *room, by_name);
    for (uint32_t r = 0; r < n; r++) sources += room[r].name.n > 0 && (r == 0 || !kith_str_equal(room[r].name, room[r - 1].name));
    kith_put_int(w, n);
    kith_put_int(w, sources);
    put_moment(p, w, h.first, h.dates, h.timed > 0);
    put_moment(p, w, h.last, h.dates, h.timed > 0);
    kith_put_int(w, (int64_t)h.timed);
    put_sum(w, &h.amount);
    put_counts(p, w, &p->sources, p->source, rows, n);
    put_counts(p, w, &p->channels, p->channel, rows, n);
    if (p->account != KITH_NO_COLUMN) {
        struct account *account = p->account_of[i] == UINT32_MAX ? NULL : &p->accounts[p->account_of[i]];
        if (account == NULL) {
            for (int k = 0; k < 3; k++) kith_put_missing(w);
        } else {
            kith_put_int(w, (int64_t)account->persons);
            kith_put_int(w, (int64_t)account->events);
            put_sum(w, &account->amount);
        }
    }
    put_last(p, w, &h);
    kith_row_end(w);
    return KITH_OK;
}

int kith_portrait(const kith_link_store *store, const kith_portrait_options *options, kith_buf *out, uint64_t *nobody,
                  kith_error *err) {
    portraits p = {.store = store, .o = options, .arena = kith_arena_new()};
    if (p.arena == NULL) return kith_no_memory(err);
    named *room = malloc(sizeof *room * ((size_t)store->rows + 1));
    paid *days = malloc(sizeof *days * ((size_t)store->rows + 1));
    int status = room && days ? bind(&p, err) : kith_no_memory(err);
    *nobody = 0;
    if (status == KITH_OK) status = gather(&p, nobody, err);
    if (status == KITH_OK) status = roll_accounts(&p, room, days, err);
    kith_row_writer w = kith_row_begin(out, options->delimiter);
    if (status == KITH_OK && options->header) put_header(&p, &w);
    for (uint32_t i = 0; i < p.n_persons && status == KITH_OK; i++) status = put_person(&p, i, room, days, &w, err);
    if (status == KITH_OK && out->failed) status = kith_no_memory(err);
    free(room), free(days);
    kith_arena_free(p.arena);
    return status;
}
