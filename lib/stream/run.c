/* The scan: blocks to batches on several threads, in one pass, each byte read once.
 *
 *   claim (a lock)      the next block's bytes: its place in a file, or the next bytes of a pipe
 *   scan (parallel)     the places of delimiters and line ends, from the state that the block most likely starts in
 *   chain (in order)    the state that it does start in, and the unfinished record of the block before (the carry); a wrong
 *                       guess or irregular text is scanned again; what follows the last line end is handed on
 *   rows (parallel)     places to rows of the header's number of fields; then visit
 *   commit (in order)   commit, rows and rejects out, the first error in input order
 *
 * Workers wait on a condition, they never spin. Tried and dropped: reading past the block's end for its last record (each
 * byte is then read up to twice, and a pipe cannot); counting quote parity first (a second pass over everything, and
 * wrong on quotes inside unquoted fields). */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct carry { /* the unfinished record at a block's end; touched by the holder of the chain's turn only */
    char *bytes;
    size_t n, room;
    uint32_t *places; /* from the record's start */
    size_t n_places, room_places;
    scan_state state;
    bool quoted, exact; /* a quote was seen in it; it needs its fields checked */
    uint64_t offset, line, record; /* of its start */
    uint64_t all_records;          /* of the files before and this one */
    bool cut;                      /* its file ended in an error; nothing more of it is of use */
} carry;

typedef struct run {
    kith_source *s;
    kith_scan *scan;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t moved;
    uint64_t chain_turn, commit_turn;
    bool stop;
    kith_error error;
    carry carry;
    kith_hasher *hasher;
} run;

typedef struct block {
    uint64_t number, at;
    size_t n, file;
    bool first, last;
    int fd;
    bool own_fd;
    uint64_t start, record, header_lines; /* where the file's rows start */
} block;

typedef struct worker {
    run *r;
    int number;
    char *buf; /* reserve for the carry, then the block, then 64 bytes that scanners may read */
    size_t reserve, room;
    uint32_t *places;
    size_t places_reserve, places_room;
    uint32_t *starts;
    size_t starts_room;
    kith_arena *arena;
    kith_out out;
    kith_error pending; /* found after the rows that the batch holds */
} worker;

enum { PAD = 64, RESERVE = 1 << 14, PLACES_RESERVE = 1 << 10 };

/* ---- claiming ----------------------------------------------------------------------------------------------- */

static int claim_bytes(kith_source *s, worker *w, block *b, kith_error *err) {
    if (s->in.seekable) {
        b->at = s->next_at;
        b->n = s->in.size - b->at < s->block ? (size_t)(s->in.size - b->at) : s->block;
        s->next_at += b->n;
        b->last = s->next_at == s->in.size;
        b->fd = s->in.fd;
        b->own_fd = s->options.n_files > 1; /* the source goes on to the next file before this block is read */
        if (b->own_fd && (b->fd = fcntl(s->in.fd, F_DUPFD_CLOEXEC, 3)) < 0)
            return kith_fail(err, KITH_SYSTEM, "%s: %s", s->in.name, strerror(errno));
        return KITH_OK;
    }
    b->fd = -1;
    b->at = s->next_at;
    char *to = w->buf + w->reserve;
    size_t have = s->ahead_n - s->ahead_at < s->block ? s->ahead_n - s->ahead_at : s->block, got = 0;
    if (have) memcpy(to, s->ahead + s->ahead_at, have);
    s->ahead_at += have;
    if (s->ahead_at == s->ahead_n) {
        free(s->ahead);
        s->ahead = NULL;
        s->ahead_n = s->ahead_at = 0;
    }
    if (have < s->block && !(s->in.partial && have)) {
        int status = input_read(&s->in, to + have, s->block - have, &got, err);
        if (status != KITH_OK && !have) return status; /* what was read before comes first; the next call tells of the failure again */
    }
    b->n = have + got;
    s->next_at += b->n;
    b->last = s->in.eof && !s->ahead;
    return KITH_OK;
}

/* KITH_OK with b->number set; *more false when there is nothing left. An error belongs to block b->number. */
static int claim(worker *w, block *b, bool *more, kith_error *err) {
    kith_source *s = w->r->s;
    int status = KITH_OK;
    pthread_mutex_lock(&s->claim_lock);
    *more = s->file < s->options.n_files;
    *b = (block){.number = s->blocks, .fd = -1, .file = s->file};
    if (*more) {
        s->blocks++;
        if (!s->open) status = source_open_file(s, s->file, err);
        b->file = s->file;
        b->first = s->next_at == s->start;
        b->start = s->start;
        b->record = s->start_record;
        b->header_lines = s->header_lines;
        if (status == KITH_OK) status = claim_bytes(s, w, b, err);
        if (status != KITH_OK) {
            s->file = s->options.n_files;
        } else if (b->last) {
            if (s->options.n_files > 1 || !s->in.seekable) input_close(&s->in), s->open = false;
            s->file++;
        }
    }
    pthread_mutex_unlock(&s->claim_lock);
    return status;
}

/* ---- the chain ---------------------------------------------------------------------------------------------- */

static bool wait_turn(run *r, const uint64_t *turn, uint64_t number) {
    pthread_mutex_lock(&r->lock);
    while (*turn != number && !r->stop) pthread_cond_wait(&r->moved, &r->lock);
    bool go = !r->stop;
    pthread_mutex_unlock(&r->lock);
    return go;
}

static void pass_turn(run *r, uint64_t *turn) {
    pthread_mutex_lock(&r->lock);
    ++*turn;
    pthread_cond_broadcast(&r->moved);
    pthread_mutex_unlock(&r->lock);
}

static void stop_all(run *r, const kith_error *err, int status) {
    pthread_mutex_lock(&r->lock);
    if (!r->stop) {
        r->stop = true;
        r->error = *err;
        r->error.status = status;
    }
    pthread_cond_broadcast(&r->moved);
    pthread_mutex_unlock(&r->lock);
}

static int grow(void **p, size_t *room, size_t want, size_t size, kith_error *err) {
    if (want <= *room) return KITH_OK;
    size_t more = want + want / 4 + 64;
    void *q = realloc(*p, more * size);
    if (!q) return kith_no_memory(err);
    *p = q;
    *room = more;
    return KITH_OK;
}

static int too_long(const worker *w, const block *b, kith_error *err) {
    return kith_fail(err, KITH_DATA, "%s:%llu: a record longer than 2 GB", source_name(w->r->s, b->file), (unsigned long long)w->r->carry.line);
}

/* Room before the block for the carry, and before its places for the carry's. */
static int make_reserve(worker *w, const block *b, size_t n, size_t n_carry, size_t n_places_carry, kith_error *err) {
    if (n_carry + b->n + PAD > INT32_MAX) return too_long(w, b, err);
    if (n_carry > w->reserve) {
        size_t reserve = n_carry + n_carry / 2 > INT32_MAX - b->n - PAD - 1 ? n_carry : n_carry + n_carry / 2;
        char *buf = malloc(reserve + w->r->s->block + PAD);
        if (!buf) return kith_no_memory(err);
        memcpy(buf + reserve, w->buf + w->reserve, b->n);
        free(w->buf);
        for (size_t i = 0; i < n; i++) w->places[w->places_reserve + i] += (uint32_t)(reserve - w->reserve);
        w->buf = buf;
        w->reserve = reserve;
        w->room = reserve + w->r->s->block;
    }
    if (n_places_carry > w->places_reserve) {
        size_t reserve = n_places_carry * 2, room = reserve + w->r->s->block + SCAN_SPARE;
        uint32_t *places = malloc(room * sizeof *places);
        if (!places) return kith_no_memory(err);
        memcpy(places + reserve, w->places + w->places_reserve, n * sizeof *places);
        free(w->places);
        w->places = places;
        w->places_reserve = reserve;
        w->places_room = room;
    }
    return KITH_OK;
}

static int keep_tail(run *r, const worker *w, const uint32_t *places, size_t n, uint32_t from, uint32_t to, kith_error *err) {
    carry *c = &r->carry;
    KITH_TRY(grow((void **)&c->bytes, &c->room, to - from + 1, 1, err));
    KITH_TRY(grow((void **)&c->places, &c->room_places, n + 1, sizeof *c->places, err));
    memmove(c->bytes, w->buf + from, to - from);
    c->n = to - from;
    for (size_t i = 0; i < n; i++) c->places[i] = places[i] - from;
    c->n_places = n;
    return KITH_OK;
}

/* A block without a record's end goes behind the carry as it is: joining them block by block would copy a long record once for each of its blocks. */
static int lengthen_carry(const worker *w, const block *b, const scan_result *res, bool exact, kith_error *err) {
    carry *c = &w->r->carry;
    const uint32_t *places = w->places + w->places_reserve;
    if (c->n + b->n + PAD > INT32_MAX) return too_long(w, b, err);
    KITH_TRY(grow((void **)&c->bytes, &c->room, c->n + b->n, 1, err));
    KITH_TRY(grow((void **)&c->places, &c->room_places, c->n_places + res->n, sizeof *c->places, err));
    memcpy(c->bytes + c->n, w->buf + w->reserve, b->n);
    for (size_t i = 0; i < res->n; i++) c->places[c->n_places + i] = places[i] - (uint32_t)w->reserve + (uint32_t)c->n;
    c->n += b->n;
    c->n_places += res->n;
    c->state = res->end;
    c->quoted |= res->quoted;
    c->exact |= exact;
    return KITH_OK;
}

static bool is_mark(const char *p, size_t n) { return n >= sizeof KITH_MARK - 1 && memcmp(p, KITH_MARK, sizeof KITH_MARK - 1) == 0; }

static int mark_met(const char *name, const char *p, size_t n, kith_error *err) {
    size_t head = sizeof KITH_MARK - 1, most = n - head > 300 ? 300 : n - head;
    for (size_t i = 0; i < most; i++)
        if (p[head + i] == '\n') most = i;
    return kith_fail(err, KITH_DATA, "%s: ends in the mark of a failed stage before this one: %.*s", name, (int)most, p + head);
}

/* The file ends inside a quoted field: the mark of failure, or a quote that is never closed. */
static int open_end(const carry *c, const char *name, const char *p, size_t n, kith_error *err) {
    const char *line = p;
    for (const char *q = p; (q = memchr(q, '\n', n - (size_t)(q - p)));) line = ++q;
    if (is_mark(line, n - (size_t)(line - p))) return mark_met(name, line, n - (size_t)(line - p), err);
    return kith_fail(err, KITH_DATA, "%s:%llu: a quote in this record is never closed", name, (unsigned long long)c->line);
}

/* With the chain's turn: settles how the block starts, joins the carry to it and hands the next one on. Fills `batch` up to its rows:
 * places[*from … *from+*n) belong to `*whole_records` whole records. */
static int chain(worker *w, const block *b, scan_result res, scan_state guess, kith_batch *batch, uint32_t **from, size_t *n, uint64_t *whole_records,
                 bool *exact, kith_error *err) {
    run *r = w->r;
    kith_source *s = r->s;
    carry *c = &r->carry;
    if (b->first) {
        c->n = c->n_places = 0;
        c->state = SCAN_START;
        c->quoted = c->exact = false;
        c->offset = b->start;
        c->line = 1 + b->header_lines;
        c->record = b->record;
        if (r->hasher) kith_hasher_add(r->hasher, s->header.raw.p, s->header.raw.n);
    }
    char *bytes = w->buf + w->reserve;
    if (r->hasher) kith_hasher_add(r->hasher, bytes, b->n);
    bool right = guess == c->state || (guess == SCAN_START && c->state == SCAN_MID && b->n && bytes[0] != '"');
    uint32_t *places = w->places + w->places_reserve;
    if (!right && b->n) res = s->engine(bytes, b->n, s->header.delimiter, c->state, (uint32_t)w->reserve, places);
    bool odd = false;
    if (res.irregular && b->n) {
        res = scan_exact(bytes, b->n, s->header.delimiter, c->state, (uint32_t)w->reserve, places);
        odd = true;
    }
    if (!b->n) res = (scan_result){.end = c->state, .bad = UINT32_MAX};
    odd |= s->engine == scan_exact;
    if (c->n && !res.records && !b->last && b->n) { /* the inside of a long record */
        *from = places;
        *n = *whole_records = 0;
        *exact = false;
        return lengthen_carry(w, b, &res, odd, err);
    }
    KITH_TRY(make_reserve(w, b, res.n, c->n, c->n_places, err));
    bytes = w->buf + w->reserve;
    uint32_t start = (uint32_t)(w->reserve - c->n), end = (uint32_t)(w->reserve + b->n);
    if (c->n) memcpy(w->buf + start, c->bytes, c->n);
    *from = w->places + w->places_reserve - c->n_places;
    for (size_t i = 0; i < c->n_places; i++) (*from)[i] = c->places[i] + start;
    size_t all = c->n_places + res.n, whole = all;
    uint64_t records = res.records, lines = res.lines;
    batch->quoted = c->quoted | res.quoted;
    *exact = c->exact | odd;
    batch->begin = start;
    batch->offset = c->offset;
    batch->line = c->line;
    batch->first_record = c->record;
    batch->first_row = c->all_records;
    if (!records) whole = 0;
    else while (w->buf[(*from)[whole - 1]] != '\n') whole--;
    uint32_t tail = whole ? (*from)[whole - 1] + 1 : start;
    c->state = res.end;
    int status = KITH_OK;
    if (b->last && tail < end) { /* a last record without a line end */
        if (res.end == SCAN_INSIDE) {
            uint64_t inner = 0; /* the line on which the open record starts */
            for (const char *q = w->buf + start; q < w->buf + tail; q++) inner += *q == '\n';
            c->line += inner;
            w->pending.status = open_end(c, source_name(s, b->file), w->buf + tail, end - tail, &w->pending);
        } else {
            w->buf[end] = '\n';
            (*from)[all++] = end;
            whole = all;
            records++;
        }
        tail = end;
    }
    if (!b->last) status = keep_tail(r, w, *from + whole, all - whole, tail, end, err);
    uint64_t inner = 0;
    for (const char *q = w->buf + tail; q < w->buf + end && (q = memchr(q, '\n', (size_t)(w->buf + end - q))); q++) inner++;
    uint64_t before = 0; /* line ends of the carry lie inside its quotes and were not counted in res.lines */
    for (const char *q = w->buf + start; q < bytes && (q = memchr(q, '\n', (size_t)(bytes - q))); q++) before++;
    c->line += lines + before - inner;
    c->offset += tail - start;
    c->record += records;
    c->all_records += records;
    c->quoted = batch->quoted && tail < end;
    c->exact = *exact && tail < end;
    *n = whole;
    *whole_records = records;
    s->files[b->file].rows = c->record - s->start_record;
    if (b->last && r->hasher) kith_hasher_end(r->hasher, s->files[b->file].hash);
    return status;
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

/* The ends of a regular block's rows stand in place; only a CR before the LF asks for a starts array. False: not regular. As many line ends
 * as rows, one at the last place of each: then the other places are delimiters. */
static bool regular_rows(kith_batch *batch, const uint32_t *ends, size_t n, uint64_t records, bool *carriage, bool *marked) {
    size_t cols = batch->cols, rows = n / cols;
    const char *bytes = batch->bytes;
    if (rows * cols != n || rows != records) return false;
    unsigned cr = 0, lf = 1;
    ends += cols - 1;
    for (size_t i = 0; i < rows; i++) {
        const char *e = bytes + ends[i * cols];
        lf &= e[0] == '\n';
        cr |= e[-1] == '\r';
    }
    if (!lf) return false;
    batch->rows = (uint32_t)rows;
    *carriage = cr;
    for (size_t i = 0, at = batch->begin; batch->quoted && i < rows; at = ends[i++ * cols] + 1)
        if (bytes[at] == '"' && bytes[at + 1] == '!') *marked |= is_mark(bytes + at, ends[i * cols] - at);
    return true;
}

/* A quoted field whose quotes are as they should be: one at each end, doubled inside. */
static bool well_quoted(kith_str raw) {
    if (!raw.n || raw.p[0] != '"') return true;
    if (raw.n < 2 || raw.p[raw.n - 1] != '"') return false;
    for (size_t i = 1; i + 1 < raw.n; i++)
        if (raw.p[i] == '"') {
            if (i + 2 < raw.n && raw.p[i + 1] == '"') i++;
            else return false;
        }
    return true;
}

/* A record that is not one: under `stop` the batch ends before it and the error waits for its turn. */
static int refuse(worker *w, kith_batch *batch, uint32_t start, uint32_t end, const char *code, const char *what, bool *halt, kith_error *err) {
    kith_source *s = w->r->s;
    if (s->options.on_error == KITH_ON_ERROR_SKIP) {
        w->out.bad++;
        return KITH_OK;
    }
    uint64_t line = batch->line;
    for (const char *q = batch->bytes + batch->begin; q < batch->bytes + start && (q = memchr(q, '\n', (size_t)(batch->bytes + start - q))); q++) line++;
    if (s->options.on_error == KITH_ON_ERROR_REJECT)
        return source_reject(batch, (kith_str){batch->bytes + start, end - start}, line, "", code, (kith_str){"", 0}, &w->out, err);
    w->pending.status = kith_fail(&w->pending, KITH_DATA, "%s:%llu: %s", batch->file_name, (unsigned long long)line, what);
    *halt = true;
    return KITH_OK;
}

/* Row by row: counts fields, checks quotes, drops what was refused. The ends move to the front in place. */
static int irregular_rows(worker *w, kith_batch *batch, uint32_t *ends, size_t n, bool exact, kith_error *err) {
    const char *bytes = batch->bytes;
    uint32_t cols = batch->cols, rows = 0, start = batch->begin;
    size_t out = 0;
    bool halt = false;
    KITH_TRY(grow((void **)&w->starts, &w->starts_room, n + 1, sizeof *w->starts, err));
    for (size_t i = 0; i < n && !halt;) {
        size_t j = i;
        while (bytes[ends[j]] != '\n') j++;
        uint32_t end = ends[j], next = end + 1;
        size_t fields = j - i + 1;
        bool quotes = true;
        if (end > start && bytes[end - 1] == '\r') end--;
        if (exact)
            for (size_t k = i, from = start; k <= j && quotes; from = ends[k++] + 1)
                quotes = well_quoted((kith_str){bytes + from, (k == j ? end : ends[k]) - from});
        char what[160];
        if (is_mark(bytes + start, end - start)) {
            w->pending.status = mark_met(batch->file_name, bytes + start, end - start, &w->pending);
            halt = true;
        } else if (!quotes) {
            KITH_TRY(refuse(w, batch, start, end, "stray_quote", "a quote is followed by text; kith ingest read mends such files", &halt, err));
        } else if (fields != cols) {
            kith_error text;
            if (end == start) kith_fail(&text, 0, "an empty line where %u fields were expected", cols);
            else kith_fail(&text, 0, "%zu field%s where the header has %u", fields, fields == 1 ? "" : "s", cols);
            memcpy(what, text.text, sizeof what - 1);
            what[sizeof what - 1] = 0;
            KITH_TRY(refuse(w, batch, start, end, fields < cols ? "few_fields" : "many_fields", what, &halt, err));
        } else {
            w->starts[rows++] = start;
            for (size_t k = i; k < j; k++) ends[out++] = ends[k];
            ends[out++] = end;
        }
        start = next;
        i = j + 1;
    }
    batch->rows = rows;
    batch->starts = w->starts;
    return KITH_OK;
}

static int rows_of(worker *w, kith_batch *batch, uint32_t *ends, size_t n, uint64_t records, bool exact, kith_error *err) {
    bool carriage = false, marked = false;
    batch->ends = ends;
    if (!n || !batch->cols) return KITH_OK;
    if (exact || !regular_rows(batch, ends, n, records, &carriage, &marked) || marked) return irregular_rows(w, batch, ends, n, exact, err);
    if (!carriage) return KITH_OK;
    KITH_TRY(grow((void **)&w->starts, &w->starts_room, batch->rows, sizeof *w->starts, err));
    uint32_t last = batch->cols - 1, start = batch->begin;
    for (uint32_t i = 0; i < batch->rows; i++) {
        uint32_t *e = &ends[(size_t)i * batch->cols + last];
        w->starts[i] = start;
        start = *e + 1;
        if (*e > w->starts[i] && batch->bytes[*e - 1] == '\r') --*e;
    }
    batch->starts = w->starts;
    return KITH_OK;
}

/* ---- commit ------------------------------------------------------------------------------------------------- */

static int by_offset(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (x[0] > y[0]) - (x[0] < y[0]);
}

static int put_rejects(run *r, kith_out *out, kith_error *err) {
    if (out->rejects.failed) return kith_no_memory(err);
    size_t n = out->n_rejects;
    if (!n || !r->scan->rejects) return KITH_OK;
    uint64_t *order = malloc(n * 3 * sizeof *order); /* offset, from, to */
    if (!order) return kith_no_memory(err);
    for (size_t i = 0, from = 0; i < n; from = out->reject_places[i++].end) {
        order[3 * i] = out->reject_places[i].offset;
        order[3 * i + 1] = from;
        order[3 * i + 2] = out->reject_places[i].end;
    }
    qsort(order, n, 3 * sizeof *order, by_offset);
    int status = KITH_OK;
    for (size_t i = 0; i < n && status == KITH_OK; i++)
        status = kith_sink_write(r->scan->rejects, out->rejects.p + order[3 * i + 1], (size_t)(order[3 * i + 2] - order[3 * i + 1]), err);
    free(order);
    return status;
}

static int commit(worker *w, const kith_batch *batch, bool visited, kith_error *err) {
    run *r = w->r;
    kith_scan *scan = r->scan;
    kith_out *out = &w->out;
    if (scan->commit && batch->rows && visited) KITH_TRY(scan->commit(scan->ctx, w->number, batch, out, err));
    if (out->rows.failed) return kith_no_memory(err);
    if (scan->sink && out->rows.n) {
        KITH_TRY(kith_sink_buf(scan->sink, &out->rows, err));
        if (r->s->options.line_buffered) KITH_TRY(kith_sink_flush(scan->sink, err));
    }
    KITH_TRY(put_rejects(r, out, err));
    scan->total.rows_out += out->rows_out;
    scan->total.rejected += out->rejected;
    scan->total.dropped += out->dropped;
    scan->total.bad += out->bad;
    if (scan->total.rejected > scan->max_rejects)
        return kith_fail(err, KITH_DATA, "%s: more than %llu rows rejected (--max-rejects)", batch->file_name,
                         (unsigned long long)scan->max_rejects);
    return KITH_OK;
}

/* ---- workers ------------------------------------------------------------------------------------------------ */

static int one_block(worker *w, const block *b, kith_error *err, kith_batch *batch) {
    run *r = w->r;
    kith_source *s = r->s;
    scan_state guess = SCAN_START;
    char *bytes = w->buf + w->reserve;
    int status = KITH_OK;
    if (b->fd >= 0) {
        input in = {.name = source_name(s, b->file), .fd = b->fd};
        status = input_pread(&in, bytes, b->n, b->at, err);
        if (b->own_fd) close(b->fd);
    }
    memset(bytes + b->n, 0, PAD);
    scan_result res = {.bad = UINT32_MAX};
    if (status == KITH_OK && b->n) {
        if (!b->first) guess = scan_guess(bytes, b->n < 4096 ? b->n : 4096, s->header.delimiter);
        res = s->engine(bytes, b->n, s->header.delimiter, guess, (uint32_t)w->reserve, w->places + w->places_reserve);
    }
    uint32_t *from = NULL;
    size_t n = 0;
    uint64_t records = 0;
    bool exact = false;
    if (!wait_turn(r, &r->chain_turn, b->number)) return KITH_OK;
    if (status == KITH_OK) status = chain(w, b, res, guess, batch, &from, &n, &records, &exact, err);
    pass_turn(r, &r->chain_turn);
    atomic_fetch_add(&s->bytes_read, b->n);
    KITH_TRY(status);
    batch->bytes = w->buf;
    batch->cols = s->header.n;
    batch->delimiter = s->header.delimiter;
    batch->number = b->number;
    batch->file = b->file;
    batch->file_name = source_name(s, b->file);
    batch->arena = w->arena;
    KITH_TRY(rows_of(w, batch, from, n, records, exact, err));
    atomic_fetch_add(&s->rows, batch->rows + w->out.rejected + w->out.bad); /* with the records refused so far; a visit refuses rows of the batch */
    return batch->rows && r->scan->visit ? r->scan->visit(r->scan->ctx, w->number, batch, &w->out, err) : KITH_OK;
}

static int worker_loop(worker *w) {
    run *r = w->r;
    for (;;) {
        block b;
        bool more;
        kith_error err = {0};
        kith_batch batch = {0};
        int status = claim(w, &b, &more, &err);
        if (!more) return KITH_OK;
        kith_arena_reset(w->arena);
        w->out.rows.n = w->out.rejects.n = w->out.n_rejects = 0;
        w->out.rows_out = w->out.rejected = w->out.dropped = w->out.bad = 0;
        w->pending = (kith_error){0};
        batch.file_name = b.file < r->s->options.n_files ? source_name(r->s, b.file) : "";
        if (status == KITH_OK) status = one_block(w, &b, &err, &batch);
        if (!wait_turn(r, &r->commit_turn, b.number)) return KITH_OK;
        kith_error late = {0};
        int committed = commit(w, &batch, status == KITH_OK, status == KITH_OK ? &err : &late); /* rows before an error still go out */
        if (status == KITH_OK) status = committed;
        if (status == KITH_OK && w->pending.status != KITH_OK) err = w->pending, status = w->pending.status;
        if (status != KITH_OK) {
            stop_all(r, &err, status);
            return KITH_OK;
        }
        pass_turn(r, &r->commit_turn);
    }
}

static int start_worker(void *ctx, int number, size_t index, kith_error *err) {
    run *r = ctx;
    (void)number;
    size_t room = r->s->block;
    worker w = {.r = r, .number = (int)index, .reserve = RESERVE, .places_reserve = PLACES_RESERVE};
    w.out.source = r->s;
    w.room = w.reserve + room;
    w.places_room = w.places_reserve + room + SCAN_SPARE;
    w.buf = malloc(w.room + PAD);
    w.places = malloc(w.places_room * sizeof *w.places);
    w.arena = kith_arena_new();
    int status = w.buf && w.places && w.arena ? worker_loop(&w) : kith_no_memory(err);
    if (status != KITH_OK) stop_all(r, err, status);
    free(w.buf);
    free(w.places);
    free(w.starts);
    kith_arena_free(w.arena);
    kith_buf_free(&w.out.rows);
    kith_buf_free(&w.out.rejects);
    free(w.out.reject_places);
    return KITH_OK;
}

int kith_source_scan(kith_source *s, kith_scan *scan, kith_error *err) {
    run r = {.s = s, .scan = scan, .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    if (s->options.hash && !(r.hasher = kith_hasher_new())) return kith_no_memory(err);
    memset(&scan->total, 0, sizeof scan->total);
    if (!scan->max_rejects) scan->max_rejects = UINT64_MAX;
    int threads = s->threads;
    uint64_t left = s->in.seekable && s->options.n_files == 1 ? (s->in.size - s->next_at) / s->block + 1 : UINT64_MAX;
    if ((uint64_t)threads > left) threads = (int)left; /* ten rows need no threads */
    kith_parallel(threads, (size_t)threads, start_worker, &r, err);
    int status = r.stop ? r.error.status : KITH_OK;
    if (status != KITH_OK && err) *err = r.error;
    scan->total.rows_in = kith_source_rows(s);
    free(r.carry.bytes);
    free(r.carry.places);
    kith_hasher_free(r.hasher);
    pthread_mutex_destroy(&r.lock);
    pthread_cond_destroy(&r.moved);
    return status;
}
