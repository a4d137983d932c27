/* What a night of sessions leaves to the next, as a state file: the head (latest moment, header line), a record for each
 * person's closed sessions, in byte order, and the rows of the open ones, each as one text. */
#include <kith/sessions.h>

#include <stdlib.h>

static void night_free(void *state) {
    kith_session_night *n = state;
    if (!n) return;
    kith_buf_free(&n->header);
    kith_buf_free(&n->held);
    kith_hashtable_free(&n->people);
    free(n->closed);
    free(n);
}

static int night_init(const kith_params *params, void **state, kith_error *err) {
    (void)params;
    kith_session_night *n = calloc(1, sizeof *n);
    if (!n) return kith_no_memory(err);
    int status = kith_hashtable_init(&n->people, err);
    if (status) night_free(n);
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
        night->room = room;
    }
    *closed = &night->closed[entry];
    return KITH_OK;
}

static int night_merge(void *a, void *b, kith_error *err) {
    kith_session_night *into = a, *from = b;
    if (from->header.n && into->header.n && !kith_str_equal((kith_str){from->header.p, from->header.n}, (kith_str){into->header.p, into->header.n}))
        return kith_fail(err, KITH_DATA, "the states hold rows with different headers");
    if (!into->header.n) kith_buf_put(&into->header, from->header.p, from->header.n);
    kith_buf_put(&into->held, from->held.p, from->held.n);
    into->n_held += from->n_held;
    if (from->any && (!into->any || from->latest_us > into->latest_us)) into->latest_us = from->latest_us;
    into->any = into->any || from->any;
    for (uint32_t i = 0; i < from->people.n; i++) {
        uint64_t *closed;
        KITH_TRY(kith_session_night_closed(into, kith_hashtable_key(&from->people, i), &closed, err));
        *closed += from->closed[i];
    }
    return into->header.failed || into->held.failed ? kith_no_memory(err) : KITH_OK;
}

static int night_save(const void *state, kith_buf *out, kith_error *err) {
    const kith_session_night *n = state;
    kith_row_writer w = kith_row_begin(out, ',');
    uint32_t *order = malloc(((size_t)n->people.n + 1) * sizeof *order);
    int status = order ? kith_hashtable_order(&n->people, order, err) : kith_no_memory(err);
    kith_put_string(&w, "latest"), kith_put_int(&w, n->any), kith_put_int(&w, n->any ? n->latest_us : 0);
    kith_put_text(&w, (kith_str){n->header.p, n->header.n}), kith_put_int(&w, (int64_t)n->n_held);
    kith_row_end(&w);
    for (uint32_t i = 0; i < n->people.n && !status; i++) {
        if (!n->closed[order[i]]) continue;
        kith_put_string(&w, "p"), kith_put_text(&w, kith_hashtable_key(&n->people, order[i])), kith_put_int(&w, (int64_t)n->closed[order[i]]);
        kith_row_end(&w);
    }
    free(order);
    kith_put_string(&w, "rows"), kith_put_text(&w, (kith_str){n->held.p, n->held.n});
    kith_row_end(&w);
    return !status && out->failed ? kith_no_memory(err) : status;
}

static int night_load(void *state, kith_records *records, kith_error *err) {
    kith_session_night *night = state;
    kith_str f[5];
    size_t n;
    bool headed = false, rows = false;
    while (kith_records_next(records, f, 5, &n)) {
        int64_t any, held, count;
        uint64_t *closed;
        bool fine = false;
        if (n == 5 && !headed && kith_str_is(f[0], "latest") && kith_parse_int(f[1], &any) && kith_parse_int(f[2], &night->latest_us) && kith_parse_int(f[4], &held) && held >= 0) {
            fine = headed = true;
            night->any = any != 0;
            night->n_held = (uint64_t)held;
            kith_buf_str(&night->header, f[3]);
            int64_t limit = INT64_C(4000000) * KITH_US_PER_DAY; /* years before −9,000 and past 12,000 are no moments */
            fine = night->latest_us > -limit && night->latest_us < limit;
        } else if (n == 3 && headed && kith_str_is(f[0], "p") && f[1].n && f[1].n < UINT32_MAX / 2 && kith_parse_int(f[2], &count) && count > 0) {
            KITH_TRY(kith_session_night_closed(night, f[1], &closed, err));
            fine = *closed == 0;
            *closed = (uint64_t)count;
        } else if (n == 2 && headed && !rows && kith_str_is(f[0], "rows")) {
            fine = rows = true;
            kith_buf_str(&night->held, f[1]);
        }
        if (!fine) return kith_fail(err, KITH_DATA, "state: line %llu: not a state of sessions", (unsigned long long)records->line);
    }
    if (night->header.failed || night->held.failed) return kith_no_memory(err);
    return headed && rows ? KITH_OK : kith_fail(err, KITH_DATA, "state: not a state of sessions");
}

const kith_fold kith_session_fold = {
    .name = "segment.sessions", .version = 1, .init = night_init, .merge = night_merge, .save = night_save, .load = night_load, .free = night_free,
};
