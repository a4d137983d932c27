/* What sessions leave to the next night or give to a merge, as a state: the rows held, by file and record or as open sessions, and how many
 * sessions each person has had closed. As records:
 *
 *     latest,ANY,MICROSECONDS,HEADER,ROWS HELD
 *     form,DELIMITER,HEADED
 *     p,PERSON,CLOSED,OPEN           in byte order
 *     piece,FILE,FROM,TO,ROWS        in order of file and record; pieces that follow one another are one
 *     rows,ROWS HELD                 last
 *
 * How a result is made of a state: session_fold.c. */
#include "session_night.h"

#include <kith/spill.h>

#include <stdlib.h>
#include <unistd.h>

void kith_session_night_free(void *state) {
    kith_session_night *n = state;
    if (!n) return;
    for (size_t i = 0; i < n->n_pieces; i++) {
        free(n->pieces[i].file);
        kith_buf_free(&n->pieces[i].rows);
    }
    free(n->pieces);
    kith_buf_free(&n->header);
    kith_buf_free(&n->held);
    kith_hashtable_free(&n->people);
    free(n->closed);
    free(n->open);
    kith_arena_free(n->arena);
    free(n);
}

int kith_session_night_init(const kith_params *params, void **state, kith_error *err) {
    kith_session_night *n = calloc(1, sizeof *n);
    if (!n) return kith_no_memory(err);
    n->arena = kith_arena_new();
    kith_params *copy = n->arena ? kith_arena_zalloc(n->arena, sizeof *copy) : NULL;
    int status = copy ? kith_hashtable_init(&n->people, err) : kith_no_memory(err);
    for (size_t i = 0; !status && i < params->n; i++) {
        copy->arena = n->arena;
        const char *name = kith_arena_copy(n->arena, params->items[i].name, strlen(params->items[i].name));
        const char *value = kith_arena_copy(n->arena, params->items[i].value, strlen(params->items[i].value));
        if (name && value) kith_params_set(copy, name, value);
        if (!name || !value || copy->failed) status = kith_no_memory(err);
    }
    kith_months_fill(&n->months);
    n->params = copy;
    n->all = strcmp(kith_params_get(params, "keep"), "all") == 0;
    if (status) kith_session_night_free(n);
    else *state = n;
    return status;
}

int kith_session_night_closed(kith_session_night *night, kith_str person, uint64_t **closed, kith_error *err) {
    kith_key key;
    uint32_t entry;
    uint64_t hash = kith_key_of(person, &key);
    KITH_TRY(kith_hashtable_put(&night->people, &key, &hash, 1, &entry, err));
    if (entry >= night->room) {
        size_t room = night->room ? night->room * 2 : 256;
        uint64_t *grown = realloc(night->closed, room * sizeof *grown);
        if (!grown) return kith_no_memory(err);
        memset(grown + night->room, 0, (room - night->room) * sizeof *grown);
        night->closed = grown;
        bool *wider = realloc(night->open, room * sizeof *wider);
        if (!wider) return kith_no_memory(err);
        memset(wider + night->room, 0, (room - night->room) * sizeof *wider);
        night->open = wider;
        night->room = room;
    }
    *closed = &night->closed[entry];
    return KITH_OK;
}

int kith_session_night_hold(kith_session_night *night, kith_str person, kith_error *err) {
    uint64_t *closed;
    KITH_TRY(kith_session_night_closed(night, person, &closed, err));
    night->open[closed - night->closed] = true;
    return KITH_OK;
}

void kith_session_night_form(kith_session_night *n, const kith_header *header) {
    if (n->delimiter) return;
    n->delimiter = header->delimiter;
    n->had = header->had;
    if (header->had) kith_buf_str(&n->header, header->raw);
}

/* ---- pieces ------------------------------------------------------------------------------------------------- */

/* Room for one more; its file's name is copied. */
static int add_piece(kith_session_night *n, kith_str file, uint64_t from, uint64_t to, kith_error *err) {
    if (n->n_pieces == n->room_pieces) {
        size_t room = n->room_pieces ? n->room_pieces * 2 : 16;
        kith_session_piece *grown = realloc(n->pieces, room * sizeof *grown);
        if (!grown) return kith_no_memory(err);
        n->pieces = grown;
        n->room_pieces = room;
    }
    char *name = malloc(file.n + 1);
    if (!name) return kith_no_memory(err);
    memcpy(name, file.p, file.n);
    name[file.n] = 0;
    n->pieces[n->n_pieces++] = (kith_session_piece){.file = name, .from = from, .to = to};
    return KITH_OK;
}

int kith_session_night_step(void *state, const kith_batch *b, kith_out *out, kith_error *err) {
    kith_session_night *n = state;
    const char *slash = strrchr(b->file_name, '/'), *name = slash ? slash + 1 : b->file_name;
    kith_session_piece *last = n->n_pieces ? &n->pieces[n->n_pieces - 1] : NULL;
    if (!last || last->to != b->first_record || strcmp(last->file, name) != 0) {
        KITH_TRY(add_piece(n, kith_str_of(name), b->first_record, b->first_record, err));
        last = &n->pieces[n->n_pieces - 1];
    }
    for (uint32_t row = 0; row < b->rows; row++) {
        bool used;
        KITH_TRY(kith_session_usable(&n->rules, &n->months, b, row, &used, out, err));
        if (!used) continue;
        kith_buf_str(&last->rows, kith_row(b, row));
        kith_buf_putc(&last->rows, '\n');
    }
    last->to += b->rows;
    return last->rows.failed ? kith_no_memory(err) : KITH_OK;
}

static int piece_order(const void *a, const void *b) {
    const kith_session_piece *x = a, *y = b;
    int c = strcmp(x->file, y->file);
    if (c) return c;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->to != y->to) return x->to < y->to ? -1 : 1;
    return kith_str_compare((kith_str){x->rows.p, x->rows.n}, (kith_str){y->rows.p, y->rows.n});
}

static void order_pieces(const kith_session_night *n) {
    if (n->n_pieces) qsort(n->pieces, n->n_pieces, sizeof *n->pieces, piece_order);
}

static int put_all(int fd, const kith_buf *rows, uint64_t *at, kith_error *err) {
    *at += rows->n;
    return kith_temporary_write(fd, rows->p, rows->n, *at - rows->n, err);
}

int kith_session_night_file(kith_session_night *n, const char *folder, int *fd, const char **path, kith_error *err) {
    uint64_t at = 0;
    KITH_TRY(kith_temporary(folder, fd, err));
    if (!(*path = kith_arena_format(n->arena, "/dev/fd/%d", *fd))) return kith_no_memory(err);
    if (n->had) KITH_TRY(put_all(*fd, &n->header, &at, err));
    if (n->had) KITH_TRY(kith_temporary_write(*fd, "\n", 1, at++, err));
    KITH_TRY(put_all(*fd, &n->held, &at, err));
    order_pieces(n);
    for (size_t i = 0; i < n->n_pieces; i++) KITH_TRY(put_all(*fd, &n->pieces[i].rows, &at, err));
    return KITH_OK;
}

/* ---- merging ------------------------------------------------------------------------------------------------ */

int kith_session_night_merge(void *a, void *b, kith_error *err) {
    kith_session_night *into = a, *from = b;
    if (from->delimiter && into->delimiter && (from->delimiter != into->delimiter || from->had != into->had || !kith_str_equal((kith_str){from->header.p, from->header.n}, (kith_str){into->header.p, into->header.n})))
        return kith_fail(err, KITH_DATA, "the states hold rows with different headers");
    if (!into->delimiter && from->delimiter) {
        into->delimiter = from->delimiter;
        into->had = from->had;
        kith_buf_put(&into->header, from->header.p, from->header.n);
    }
    for (uint32_t i = 0; i < from->people.n; i++) {
        uint64_t *closed, theirs = from->closed[i];
        if (!theirs && !from->open[i]) continue;
        KITH_TRY(kith_session_night_closed(into, kith_hashtable_key(&from->people, i), &closed, err));
        size_t at = (size_t)(closed - into->closed);
        if ((theirs && (into->closed[at] || into->open[at])) || (into->closed[at] && from->open[i]))
            return kith_fail(err, KITH_DATA, "a person whose sessions are closed in one state has events in the other: cut the shards by person, or save them with --keep all");
        *closed += theirs;
        into->open[at] |= from->open[i];
    }
    kith_buf_put(&into->held, from->held.p, from->held.n);
    into->n_held += from->n_held;
    if (from->any && (!into->any || from->latest_us > into->latest_us)) into->latest_us = from->latest_us;
    into->any = into->any || from->any;
    for (size_t i = 0; i < from->n_pieces; i++) { /* they move */
        KITH_TRY(add_piece(into, kith_str_of(from->pieces[i].file), from->pieces[i].from, from->pieces[i].to, err));
        kith_buf *rows = &into->pieces[into->n_pieces - 1].rows;
        *rows = from->pieces[i].rows;
        from->pieces[i].rows = (kith_buf){0};
    }
    return into->header.failed || into->held.failed ? kith_no_memory(err) : KITH_OK;
}

/* ---- saving ------------------------------------------------------------------------------------------------- */

static void save_pieces(const kith_session_night *n, kith_row_writer *w) {
    order_pieces(n);
    kith_buf rows = {0};
    for (size_t i = 0, j; i < n->n_pieces; i = j) {
        const kith_session_piece *p = n->pieces;
        rows.n = 0;
        kith_buf_put(&rows, p[i].rows.p, p[i].rows.n);
        for (j = i + 1; j < n->n_pieces && p[j].from == p[j - 1].to && strcmp(p[j].file, p[i].file) == 0; j++) kith_buf_put(&rows, p[j].rows.p, p[j].rows.n);
        if (p[j - 1].to == p[i].from) continue;
        kith_put_string(w, "piece"), kith_put_string(w, p[i].file), kith_put_int(w, (int64_t)p[i].from), kith_put_int(w, (int64_t)p[j - 1].to);
        kith_put_text(w, (kith_str){rows.p, rows.n});
        kith_row_end(w);
        w->buf->failed |= rows.failed;
    }
    kith_buf_free(&rows);
}

int kith_session_night_save(const void *state, kith_buf *out, kith_error *err) {
    const kith_session_night *n = state;
    kith_row_writer w = kith_row_begin(out, ',');
    uint32_t *order = malloc(((size_t)n->people.n + 1) * sizeof *order);
    int status = order ? kith_hashtable_order(&n->people, order, err) : kith_no_memory(err);
    kith_put_string(&w, "latest"), kith_put_int(&w, n->any), kith_put_int(&w, n->any ? n->latest_us : 0);
    kith_put_text(&w, (kith_str){n->header.p, n->header.n}), kith_put_int(&w, (int64_t)n->n_held);
    kith_row_end(&w);
    kith_put_string(&w, "form"), kith_put_text(&w, (kith_str){&n->delimiter, n->delimiter != 0}), kith_put_int(&w, n->had);
    kith_row_end(&w);
    for (uint32_t i = 0; i < n->people.n && !status; i++) {
        uint32_t at = order[i];
        if (!n->closed[at] && !n->open[at]) continue;
        kith_put_string(&w, "p"), kith_put_text(&w, kith_hashtable_key(&n->people, at)), kith_put_int(&w, (int64_t)n->closed[at]), kith_put_int(&w, n->open[at]);
        kith_row_end(&w);
    }
    free(order);
    save_pieces(n, &w);
    kith_put_string(&w, "rows"), kith_put_text(&w, (kith_str){n->held.p, n->held.n});
    kith_row_end(&w);
    return !status && out->failed ? kith_no_memory(err) : status;
}

static int load_person(kith_session_night *night, const kith_str *f, bool *fine, kith_error *err) {
    int64_t count, open;
    uint64_t *closed;
    if (!f[1].n || f[1].n >= UINT32_MAX / 2 || !kith_parse_int(f[2], &count) || count < 0 || !kith_parse_int(f[3], &open) || (open != 0 && open != 1) || count + open == 0) return KITH_OK;
    KITH_TRY(kith_session_night_closed(night, f[1], &closed, err));
    size_t at = (size_t)(closed - night->closed);
    *fine = !night->closed[at] && !night->open[at];
    *closed = (uint64_t)count;
    night->open[at] = open == 1;
    return KITH_OK;
}

static int load_piece(kith_session_night *night, const kith_str *f, bool *fine, kith_error *err) {
    int64_t from, to;
    if (!night->all || !kith_parse_int(f[2], &from) || !kith_parse_int(f[3], &to) || from < 0 || to <= from || memchr(f[1].p, 0, f[1].n)) return KITH_OK;
    if (f[4].n && f[4].p[f[4].n - 1] != '\n') return KITH_OK;
    KITH_TRY(add_piece(night, f[1], (uint64_t)from, (uint64_t)to, err));
    kith_buf *rows = &night->pieces[night->n_pieces - 1].rows;
    kith_buf_str(rows, f[4]);
    *fine = !rows->failed;
    return rows->failed ? kith_no_memory(err) : KITH_OK;
}

int kith_session_night_load(void *state, kith_records *records, kith_error *err) {
    kith_session_night *night = state;
    kith_str f[5];
    size_t n;
    bool headed = false, rows = false;
    while (kith_records_next(records, f, 5, &n)) {
        int64_t any, held, had;
        bool fine = false;
        if (n == 5 && !headed && kith_str_is(f[0], "latest") && kith_parse_int(f[1], &any) && kith_parse_int(f[2], &night->latest_us) && kith_parse_int(f[4], &held) && held >= 0) {
            headed = true;
            night->any = any != 0;
            night->n_held = (uint64_t)held;
            kith_buf_str(&night->header, f[3]);
            int64_t limit = INT64_C(4000000) * KITH_US_PER_DAY; /* years before −9,000 and past 12,000 are no moments */
            fine = night->latest_us > -limit && night->latest_us < limit;
        } else if (n == 3 && headed && !night->delimiter && kith_str_is(f[0], "form") && f[1].n <= 1 && kith_parse_int(f[2], &had)) {
            night->delimiter = f[1].n ? f[1].p[0] : 0;
            night->had = had == 1;
            fine = had == 0 || (had == 1 && night->delimiter);
        } else if (n == 4 && headed && kith_str_is(f[0], "p")) {
            KITH_TRY(load_person(night, f, &fine, err));
        } else if (n == 5 && headed && !rows && kith_str_is(f[0], "piece")) {
            KITH_TRY(load_piece(night, f, &fine, err));
        } else if (n == 2 && headed && !rows && kith_str_is(f[0], "rows")) {
            fine = rows = true;
            kith_buf_str(&night->held, f[1]);
        }
        if (!fine) return kith_fail(err, KITH_DATA, "state: line %llu: not a state of sessions", (unsigned long long)records->line);
    }
    if (night->header.failed || night->held.failed) return kith_no_memory(err);
    return headed && rows ? KITH_OK : kith_fail(err, KITH_DATA, "state: not a state of sessions");
}
