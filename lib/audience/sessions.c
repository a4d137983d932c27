/* Sessions. An event opens a new one when it is the person's first, when more than the gap has passed since the one before,
 * and where asked at midnight or when its campaign is another. A session's id is a hash of the person and its first moment,
 * so that it is the same in every run.
 *
 *   sorted:   batch ──visit: all but the batch's first person, whose beginning may lie in the batch before──► out
 *                  └─commit, in order: that person's rows, with what was open──► sink
 *   other:    batch ──visit: rows with their moments──► sorter ──blocks of rows in order──► the same two steps ──► sink
 *
 * Over several nights the open sessions' rows are input again (session_night.c keeps them), and a session's rows wait until it
 * is known whether it is closed. The sorter keeps each row's moment, so that it is read once and ISO forms of any kind may be mixed. */
#include <kith/hashtable.h>
#include <kith/moment.h>
#include <kith/project.h>
#include <kith/sessions.h>
#include <kith/sort.h>

#include <stdlib.h>

const char *const kith_session_columns[] = {"session_id",    "session_n",       "session_start", "session_end", "session_duration",
                                            "session_pages", "session_landing", "session_exit",  "session_conversions", NULL};

/* What is known of the person and session at hand. */
typedef struct open_session {
    bool any;
    kith_buf id, raw_id; /* the person, unquoted and as it came */
    int64_t start_us, last_us;
    uint64_t hash, n, events, conversions;
    kith_buf campaign, landing, exit;
} open_session;

typedef struct event {
    kith_str row, id, raw_id, campaign, page;
    int64_t us;
    bool converts;
} event;

/* One batch, or one block of sorted rows. */
typedef struct worker {
    open_session open; /* of the batch's last person */
    event *events;     /* of the batch's first person: for commit */
    size_t n_first, n_all, room;
    uint64_t rows, sessions, late;
    int64_t latest_us;
    bool any; /* latest_us is one */
    kith_sort_chunk *chunk;
    kith_buf out;       /* of a block */
    kith_arena *arena;  /* of a block: unquoted texts */
} worker;

struct kith_sessions {
    kith_session_rules rules;
    bool sorted;
    kith_months months;
    worker *workers;
    int n_workers;
    open_session open;
    kith_sorter *sorter;
    kith_sink *sink;
    kith_buf out;
    worker *blocks; /* KITH_SORT_AHEAD, of the rows that were sorted */
    uint64_t rows, sessions;
    kith_buf waiting, raw; /* over nights: what the open session would write, and its rows as they came */
    uint64_t n_raw;
    int64_t closed_before_us;
};

/* ---- cutting ------------------------------------------------------------------------------------------------ */

static void set(kith_buf *buf, kith_str s) {
    buf->n = 0;
    kith_buf_str(buf, s);
}

static void put_hash(kith_row_writer *w, uint64_t hash) {
    char text[16];
    for (int i = 0; i < 16; i++) text[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
    kith_put_raw(w, (kith_str){text, 16}, w->delimiter);
}

static void put_time(kith_row_writer *w, int64_t us) {
    char text[40];
    kith_put_raw(w, (kith_str){text, kith_format_time(us, text)}, w->delimiter);
}

/* The summary of the session that ends. */
static void close_session(const kith_session_rules *r, const open_session *o, kith_buf *out) {
    if (!o->any || !r->summary) return;
    kith_row_writer w = kith_row_begin(out, r->out);
    kith_put_raw(&w, (kith_str){o->raw_id.p, o->raw_id.n}, r->in);
    put_hash(&w, o->hash);
    kith_put_int(&w, (int64_t)o->n);
    put_time(&w, o->start_us);
    put_time(&w, o->last_us);
    kith_put_double(&w, (double)(o->last_us - o->start_us) / 1e6);
    kith_put_int(&w, (int64_t)o->events);
    kith_put_text(&w, (kith_str){o->landing.p, o->landing.n});
    kith_put_text(&w, (kith_str){o->exit.p, o->exit.n});
    kith_put_int(&w, (int64_t)o->conversions);
    kith_row_end(&w);
}

/* Whether the next event in order opens a session; *same: of the same person. */
static bool opens(const kith_session_rules *r, const open_session *o, const event *e, bool *same) {
    *same = o->any && o->id.n == e->id.n && memcmp(o->id.p, e->id.p, e->id.n) == 0;
    if (!*same || e->us - o->last_us > r->gap_us) return true;
    if (r->midnight && kith_moment_day(r->zone, e->us) != kith_moment_day(r->zone, o->last_us)) return true;
    return r->campaign != KITH_NO_COLUMN && e->campaign.n && !kith_str_equal(e->campaign, (kith_str){o->campaign.p, o->campaign.n});
}

/* Takes the event in; `before`: how many sessions a new person has had. */
static void take(const kith_session_rules *r, open_session *o, const event *e, bool fresh, bool same, uint64_t before) {
    if (fresh) {
        bool together = same && e->us == o->start_us; /* two that begin in one moment */
        if (!same) {
            set(&o->id, e->id);
            if (r->summary) set(&o->raw_id, e->raw_id);
            o->n = before;
        }
        o->any = true;
        o->n++;
        o->start_us = e->us;
        o->hash = kith_hash(e->id.p, e->id.n, (uint64_t)e->us);
        if (together) o->hash = kith_hash_mix(o->hash, o->n);
        o->events = o->conversions = 0;
        o->campaign.n = 0;
        if (r->summary) set(&o->landing, e->page);
    }
    o->last_us = e->us;
    o->events++;
    o->conversions += e->converts;
    if (r->campaign != KITH_NO_COLUMN && (fresh || e->campaign.n)) set(&o->campaign, e->campaign);
    if (r->summary) set(&o->exit, e->page);
}

static void put_event(const kith_session_rules *r, const open_session *o, const event *e, kith_buf *out) {
    if (r->in != r->out) { /* through the writer, which quotes anew */
        kith_error ignored;
        size_t before = out->n;
        if (kith_rows_convert(e->row, r->in, r->out, out, &ignored) != KITH_OK) out->failed = true;
        if (out->n > before && out->p[out->n - 1] == '\n') out->n--;
    } else kith_buf_str(out, e->row);
    if (!kith_buf_reserve(out, 64)) return;
    char *p = out->p + out->n;
    *p++ = r->out;
    for (int i = 0; i < 16; i++) *p++ = "0123456789abcdef"[o->hash >> (60 - 4 * i) & 15];
    *p++ = r->out;
    p += kith_format_int((int64_t)o->n, p);
    *p++ = '\n';
    out->n = (size_t)(p - out->p);
}

static bool open_failed(const open_session *o) {
    return o->id.failed || o->raw_id.failed || o->campaign.failed || o->landing.failed || o->exit.failed;
}

static void open_free(open_session *o) {
    kith_buf_free(&o->id), kith_buf_free(&o->raw_id), kith_buf_free(&o->campaign), kith_buf_free(&o->landing), kith_buf_free(&o->exit);
}

static int give(kith_sessions *s, kith_buf *buf, kith_error *err) {
    kith_buf *whole = s->rules.whole;
    if (!whole) return kith_sink_buf(s->sink, buf, err);
    kith_buf_put(whole, buf->p, buf->n);
    whole->failed |= buf->failed;
    buf->n = 0;
    return whole->failed ? kith_no_memory(err) : KITH_OK;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

typedef enum reading { USED, LEFT_OUT, BAD } reading;

/* Reads an event's person and time; *status where the run must stop. */
static reading read_key(const kith_session_rules *r, const kith_months *months, const kith_batch *b, uint32_t row, event *e, bool quiet,
                        kith_out *out, int *status, kith_error *err) {
    bool is_date;
    kith_str ts = kith_text(b, row, r->ts);
    e->id = kith_text(b, row, r->id);
    *status = KITH_OK;
    if ((e->id.n && !e->id.p) || (ts.n && !ts.p)) {
        *status = kith_no_memory(err);
        return BAD;
    }
    bool timed = ts.n && kith_moment(months, ts, r->zone, &e->us, &is_date);
    if (!e->id.n || !timed) {
        if (quiet) return BAD;
        *status = !e->id.n ? kith_bad_row(b, row, r->id, "no_person", "an event without a person", out, err) : kith_bad_row(b, row, r->ts, "not_a_time", "not a time", out, err);
        return BAD;
    }
    return r->has_until && e->us > r->until_us ? LEFT_OUT : USED;
}

int kith_session_usable(const kith_session_rules *r, const kith_months *months, const kith_batch *b, uint32_t row, bool *used, kith_out *out, kith_error *err) {
    event e;
    int status;
    reading how = read_key(r, months, b, row, &e, false, out, &status, err);
    *used = how == USED;
    out->dropped += how == LEFT_OUT;
    return status;
}

static int read_rest(const kith_session_rules *r, const kith_batch *b, uint32_t row, event *e, kith_error *err) {
    e->row = kith_row(b, row);
    if (r->campaign != KITH_NO_COLUMN) e->campaign = kith_text(b, row, r->campaign);
    if (!r->summary) return KITH_OK;
    e->raw_id = kith_cell(b, row, r->id);
    if (r->page != KITH_NO_COLUMN) e->page = kith_text(b, row, r->page);
    kith_str happened = r->conversion ? kith_text(b, row, r->event) : (kith_str){"", 0};
    e->converts = r->conversion && kith_str_is(happened, r->conversion);
    return (e->campaign.n && !e->campaign.p) || (e->page.n && !e->page.p) || (happened.n && !happened.p) ? kith_no_memory(err) : KITH_OK;
}

/* ---- sorted input ------------------------------------------------------------------------------------------- */

static void count_and_put(const kith_session_rules *r, open_session *o, const event *e, uint64_t *rows, uint64_t *sessions, kith_buf *out) {
    bool same, fresh = opens(r, o, e, &same);
    if (fresh) close_session(r, o, out);
    take(r, o, e, fresh, same, 0);
    *sessions += fresh;
    *rows += 1;
    if (!r->summary) put_event(r, o, e, out);
}

static void begin_cutting(worker *w) {
    w->n_first = w->n_all = 0;
    w->open.any = false;
    w->open.n = w->open.events = 0;
    w->rows = w->sessions = 0;
}

/* The next event of a batch: the first person's are kept for commit (of more nights than one: all are), others cut at once. */
static int cut_event(const kith_session_rules *r, worker *w, const event *e, kith_buf *out, kith_error *err) {
    bool first = w->n_first == w->n_all && (r->night || !w->n_first || kith_str_equal(e->id, w->events[0].id));
    w->n_all++;
    if (!first) {
        count_and_put(r, &w->open, e, &w->rows, &w->sessions, out);
        return KITH_OK;
    }
    if (w->n_first == w->room) {
        size_t room = w->room ? w->room * 4 : 64;
        event *more = realloc(w->events, room * sizeof *more);
        if (!more) return kith_no_memory(err);
        w->events = more;
        w->room = room;
    }
    w->events[w->n_first++] = *e;
    return KITH_OK;
}

static int visit_sorted(kith_sessions *s, worker *w, const kith_batch *b, kith_out *out, kith_error *err) {
    const kith_session_rules *r = &s->rules;
    event e = {0};
    begin_cutting(w);
    for (uint32_t row = 0; row < b->rows; row++) {
        int status;
        reading how = read_key(r, &s->months, b, row, &e, false, out, &status, err);
        if (status) return status;
        out->dropped += how == LEFT_OUT;
        if (how != USED) continue;
        KITH_TRY(read_rest(r, b, row, &e, err));
        KITH_TRY(cut_event(r, w, &e, &out->rows, err));
    }
    return KITH_OK;
}

static int commit_sorted(kith_sessions *s, worker *w, kith_error *err) {
    for (size_t i = 0; i < w->n_first; i++) count_and_put(&s->rules, &s->open, &w->events[i], &s->rows, &s->sessions, &s->out);
    if (w->open.any) { /* someone else follows: the session that was open is over */
        close_session(&s->rules, &s->open, &s->out);
        open_session swap = s->open;
        s->open = w->open;
        w->open = swap;
    }
    s->rows += w->rows;
    s->sessions += w->sessions;
    if (open_failed(&s->open) || open_failed(&w->open)) return kith_no_memory(err);
    return give(s, &s->out, err); /* before what the visit wrote */
}

/* ---- other input -------------------------------------------------------------------------------------------- */

static int visit_other(kith_sessions *s, worker *w, const kith_batch *b, kith_out *out, kith_error *err) {
    uint32_t *rows = kith_arena_alloc(b->arena, (b->rows + (size_t)1) * sizeof *rows), n = 0;
    int64_t *us = kith_arena_alloc(b->arena, (b->rows + (size_t)1) * sizeof *us);
    if (!rows || !us) return kith_no_memory(err);
    const kith_session_night *night = s->rules.night;
    bool judged = night && night->any && !(s->rules.first_is_held && b->file == 0);
    for (uint32_t row = 0; row < b->rows; row++) {
        event e;
        int status;
        reading how = read_key(&s->rules, &s->months, b, row, &e, false, out, &status, err);
        if (status) return status;
        out->dropped += how == LEFT_OUT;
        if (how != USED) continue;
        if (judged && e.us < night->latest_us - s->rules.lateness_us) {
            w->late++;
            if (s->rules.reject_late) KITH_TRY(kith_bad_row(b, row, s->rules.ts, "late", "later than --lateness allows", out, err));
            else out->dropped++;
            continue;
        }
        if (!w->any || e.us > w->latest_us) w->latest_us = e.us;
        w->any = true;
        rows[n] = row;
        us[n++] = e.us;
    }
    w->n_all = n;
    return kith_sorter_chunk_at(s->sorter, b, rows, us, n, &w->chunk, err);
}

/* The cells of a sorted row that its session needs; raw cells are found by one walk over the row. */
static int cells_of(const kith_sessions *s, event *e, kith_arena *arena, kith_error *err) {
    const kith_session_rules *r = &s->rules;
    const char *p = e->row.p, *end = p + e->row.n;
    kith_str happened = {"", 0};
    uint32_t last = r->id;
    if (r->campaign != KITH_NO_COLUMN && r->campaign > last) last = r->campaign;
    if (r->summary && r->page != KITH_NO_COLUMN && r->page > last) last = r->page;
    if (r->conversion && r->event > last) last = r->event;
    for (uint32_t col = 0; col <= last && p <= end; col++) {
        const char *start = p;
        if (p < end && *p == '"') {
            p++;
            while (p < end && (p = memchr(p, '"', (size_t)(end - p))) && p + 1 < end && p[1] == '"') p += 2;
            p = p ? p + 1 : end;
        }
        const char *stop = p < end ? memchr(p, r->in, (size_t)(end - p)) : NULL;
        p = stop ? stop : end;
        kith_str cell = {start, (size_t)(p - start)};
        if (col == r->id || col == r->campaign || col == r->page || (r->conversion && col == r->event)) {
            kith_str text = kith_unquote(cell, arena);
            if (text.n && !text.p) return kith_no_memory(err);
            if (col == r->id) e->id = text, e->raw_id = cell;
            if (col == r->campaign) e->campaign = text;
            if (col == r->page) e->page = text;
            if (r->conversion && col == r->event) happened = text;
        }
        p++;
    }
    e->converts = r->conversion && kith_str_is(happened, r->conversion);
    return KITH_OK;
}

/* Over nights: the session that was open ends. It is written, or its rows wait for the next night. */
static int end_waiting(kith_sessions *s, kith_error *err) {
    const open_session *o = &s->open;
    kith_session_night *night = s->rules.night;
    if (!o->any) return KITH_OK;
    if (s->rules.hold && o->last_us + s->rules.gap_us >= s->closed_before_us) {
        kith_buf_put(&night->held, s->raw.p, s->raw.n);
        night->n_held += s->n_raw;
        KITH_TRY(kith_session_night_hold(night, (kith_str){o->id.p, o->id.n}, err));
    } else {
        uint64_t *closed;
        kith_buf_put(&s->out, s->waiting.p, s->waiting.n);
        close_session(&s->rules, o, &s->out);
        KITH_TRY(kith_session_night_closed(night, (kith_str){o->id.p, o->id.n}, &closed, err));
        *closed = o->n;
    }
    bool failed = s->waiting.failed || s->raw.failed || night->held.failed;
    s->waiting.n = s->raw.n = s->n_raw = 0;
    return failed ? kith_no_memory(err) : KITH_OK;
}

static int take_waiting(kith_sessions *s, const event *e, kith_error *err) {
    bool same, fresh = opens(&s->rules, &s->open, e, &same);
    uint64_t *closed, before = 0;
    if (fresh) KITH_TRY(end_waiting(s, err));
    if (!same) {
        KITH_TRY(kith_session_night_closed(s->rules.night, e->id, &closed, err));
        before = *closed;
    }
    take(&s->rules, &s->open, e, fresh, same, before);
    s->sessions += fresh;
    s->rows++;
    s->n_raw++;
    kith_buf_str(&s->raw, e->row);
    kith_buf_putc(&s->raw, '\n');
    if (!s->rules.summary) put_event(&s->rules, &s->open, e, &s->waiting);
    return KITH_OK;
}

static int visit_block(void *ctx, size_t block, const kith_str *rows, size_t n, kith_error *err) {
    kith_sessions *s = ctx;
    worker *w = &s->blocks[block];
    begin_cutting(w);
    for (size_t i = 0; i < n; i++) {
        if (i + 8 < n) __builtin_prefetch(rows[i + 8].p), __builtin_prefetch(rows[i + 8].p + 64);
        event e = {.row = rows[i]};
        e.us = kith_sort_moment(&e.row);
        KITH_TRY(cells_of(s, &e, w->arena, err));
        KITH_TRY(cut_event(&s->rules, w, &e, &w->out, err));
    }
    return w->out.failed ? kith_no_memory(err) : KITH_OK;
}

static int commit_block(void *ctx, size_t block, kith_error *err) {
    kith_sessions *s = ctx;
    worker *w = &s->blocks[block];
    for (size_t i = 0; s->rules.night && i < w->n_first; i++) KITH_TRY(take_waiting(s, &w->events[i], err));
    if (s->rules.night) w->n_first = 0;
    KITH_TRY(commit_sorted(s, w, err));
    kith_arena_reset(w->arena);
    return give(s, &w->out, err);
}

/* ---- the doors ---------------------------------------------------------------------------------------------- */

int kith_sessions_new(kith_sessions **sessions, const kith_session_rules *rules, bool sorted, int workers, kith_sink *sink, kith_error *err) {
    kith_sessions *s = *sessions = calloc(1, sizeof *s);
    if (!s) return kith_no_memory(err);
    s->rules = *rules;
    s->sorted = sorted;
    s->sink = sink;
    s->n_workers = workers;
    s->workers = calloc((size_t)workers, sizeof *s->workers);
    if (!s->workers) return kith_no_memory(err);
    kith_months_fill(&s->months);
    if (sorted) return KITH_OK;
    s->blocks = calloc(KITH_SORT_AHEAD, sizeof *s->blocks);
    for (size_t i = 0; s->blocks && i < KITH_SORT_AHEAD; i++)
        if (!(s->blocks[i].arena = kith_arena_new())) return kith_no_memory(err);
    if (!s->blocks) return kith_no_memory(err);
    const kith_sort_key keys[] = {{rules->id, false, true}, {KITH_SORT_MOMENT, false, true}};
    return kith_sorter_new(&s->sorter, keys, 2, rules->memory, rules->threads, NULL, rules->folder, err);
}

static void worker_free(worker *w) {
    open_free(&w->open);
    kith_sort_chunk_free(w->chunk);
    free(w->events);
    kith_buf_free(&w->out);
    kith_arena_free(w->arena);
}

void kith_sessions_free(kith_sessions *s) {
    if (!s) return;
    for (int i = 0; s->workers && i < s->n_workers; i++) worker_free(&s->workers[i]);
    for (size_t i = 0; s->blocks && i < KITH_SORT_AHEAD; i++) worker_free(&s->blocks[i]);
    free(s->workers);
    free(s->blocks);
    open_free(&s->open);
    kith_sorter_free(s->sorter);
    kith_buf_free(&s->out);
    kith_buf_free(&s->waiting);
    kith_buf_free(&s->raw);
    free(s);
}

int kith_sessions_visit(void *ctx, int worker_number, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_sessions *s = ctx;
    worker *w = &s->workers[worker_number];
    return s->sorted ? visit_sorted(s, w, b, out, err) : visit_other(s, w, b, out, err);
}

int kith_sessions_commit(void *ctx, int worker_number, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_sessions *s = ctx;
    worker *w = &s->workers[worker_number];
    (void)b;
    out->rows_out += s->rules.summary ? 0 : w->n_all;
    if (s->sorted) return commit_sorted(s, w, err);
    kith_sort_chunk *chunk = w->chunk;
    w->chunk = NULL;
    return kith_sorter_add(s->sorter, chunk, err);
}

int kith_sessions_finish(kith_sessions *s, uint64_t *rows, uint64_t *sessions, kith_error *err) {
    kith_session_night *night = s->rules.night;
    for (int i = 0; night && i < s->n_workers; i++) {
        const worker *w = &s->workers[i];
        if (w->any && (!night->any || w->latest_us > night->latest_us)) night->latest_us = w->latest_us;
        night->any = night->any || w->any;
    }
    if (night) {
        s->closed_before_us = night->latest_us - s->rules.lateness_us;
        night->held.n = night->n_held = 0; /* it was input; what is open now comes in its place */
        if (night->open) memset(night->open, 0, night->room * sizeof *night->open);
    }
    if (!s->sorted) KITH_TRY(kith_sorter_finish_blocks(s->sorter, &(kith_sort_blocks){visit_block, commit_block}, s, err));
    if (night) KITH_TRY(end_waiting(s, err));
    else close_session(&s->rules, &s->open, &s->out);
    *rows = s->rows;
    *sessions = s->sessions;
    return give(s, &s->out, err);
}

void kith_sessions_header(const kith_header *header, const kith_session_rules *rules, kith_buf *out) {
    kith_row_writer w = kith_row_begin(out, rules->out);
    if (rules->summary) kith_put_name(&w, header->names[rules->id]);
    for (uint32_t i = 0; i < header->n && !rules->summary; i++) kith_put_name(&w, header->names[i]);
    for (size_t i = 0; kith_session_columns[i] && (rules->summary || i < 2); i++) kith_put_string(&w, kith_session_columns[i]);
    kith_row_end(&w);
}

uint64_t kith_sessions_late(const kith_sessions *s) {
    uint64_t n = 0;
    for (int i = 0; i < s->n_workers; i++) n += s->workers[i].late;
    return n;
}

/* ---- is it sorted? ------------------------------------------------------------------------------------------- */

typedef struct check {
    const kith_session_rules *rules;
    kith_months months;
    kith_buf last_id; /* of the batch before */
    int64_t last_us;
    bool any, broken;
} check;

typedef struct checked {
    kith_str id;
    int64_t us;
} checked;

static bool before(const checked *a, const checked *b) {
    int c = kith_str_compare(a->id, b->id);
    return c < 0 || (c == 0 && a->us <= b->us);
}

static int check_visit(void *ctx, int worker_number, const kith_batch *b, kith_out *out, kith_error *err) {
    const check *c = ctx;
    (void)worker_number;
    checked last = {0};
    for (uint32_t row = 0, n = 0; row < b->rows; row++) {
        event e;
        int status;
        if (read_key(c->rules, &c->months, b, row, &e, true, out, &status, err) != USED) {
            if (status) return status;
            continue;
        }
        checked now = {e.id, e.us};
        if (n++ && !before(&last, &now)) return KITH_NEGATIVE;
        last = now;
    }
    return KITH_OK;
}

static int check_commit(void *ctx, int worker_number, const kith_batch *b, kith_out *out, kith_error *err) {
    check *c = ctx;
    (void)worker_number;
    checked first = {0}, last = {0};
    bool any = false;
    for (int turn = 0; turn < 2; turn++) /* the first row that counts, then the last */
        for (uint32_t i = 0; i < b->rows; i++) {
            event e;
            int status;
            uint32_t row = turn ? b->rows - 1 - i : i;
            reading how = read_key(c->rules, &c->months, b, row, &e, true, out, &status, err);
            if (status) return status;
            if (how != USED) continue;
            if (turn) last = (checked){e.id, e.us};
            else first = (checked){e.id, e.us};
            any = true;
            break;
        }
    if (!any) return KITH_OK;
    checked held = {{c->last_id.p, c->last_id.n}, c->last_us};
    if (c->any && !before(&held, &first)) return KITH_NEGATIVE;
    set(&c->last_id, last.id);
    c->last_us = last.us;
    c->any = true;
    return c->last_id.failed ? kith_no_memory(err) : KITH_OK;
}

int kith_sessions_sorted(kith_source *source, const kith_session_rules *rules, bool *sorted, kith_error *err) {
    check *c = calloc(1, sizeof *c);
    if (!c) return kith_no_memory(err);
    c->rules = rules;
    kith_months_fill(&c->months);
    kith_scan scan = {.visit = check_visit, .commit = check_commit, .ctx = c, .max_rejects = UINT64_MAX};
    int status = kith_source_scan(source, &scan, err);
    *sorted = status == KITH_OK;
    kith_buf_free(&c->last_id);
    free(c);
    return status == KITH_NEGATIVE ? KITH_OK : status;
}
