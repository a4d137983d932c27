/* Sessions as a fold: what a state binds to, and the result that is made of it, by the same cutting as a run over the rows. The state itself:
 * session_night.c. */
#include "session_night.h"

#include <stdlib.h>
#include <unistd.h>

static const char *param(const kith_session_night *n, const char *name) { return kith_params_get(n->params, name); }

static int optional(const kith_header *header, const char *name, uint32_t *column, kith_error *err) {
    *column = KITH_NO_COLUMN;
    return *name ? kith_column(header, name, column, err) : KITH_OK;
}

/* The rules that the parameters are, on these columns. */
static int rules_of(kith_session_night *n, const kith_header *header, kith_session_rules *r, kith_error *err) {
    bool usual = kith_column_find(header, "person_id") != KITH_NO_COLUMN || kith_column_find(header, "id") == KITH_NO_COLUMN;
    const char *id = param(n, "id"), *ts = param(n, "ts"), *page = param(n, "page"), *event = param(n, "event"), *until = param(n, "until"), *tz = param(n, "tz");
    *r = (kith_session_rules){.campaign = KITH_NO_COLUMN, .page = KITH_NO_COLUMN, .event = KITH_NO_COLUMN, .midnight = *param(n, "midnight"), .summary = *param(n, "summary"), .in = header->delimiter};
    if (!kith_parse_int(kith_str_of(param(n, "gap")), &r->gap_us) || r->gap_us < 0) return kith_fail(err, KITH_DATA, "sessions: parameter gap: no length of time");
    r->has_until = *until;
    if (*until && !kith_parse_int(kith_str_of(until), &r->until_us)) return kith_fail(err, KITH_DATA, "sessions: parameter until: not a number");
    if (*tz) KITH_TRY(kith_zone_find(n->arena, tz, &r->zone, err));
    if (*param(n, "conversion")) r->conversion = param(n, "conversion");
    KITH_TRY(kith_column(header, *id ? id : usual ? "person_id" : "id", &r->id, err));
    KITH_TRY(kith_column(header, *ts ? ts : "ts", &r->ts, err));
    KITH_TRY(optional(header, param(n, "campaign"), &r->campaign, err));
    if (*page || kith_column_find(header, "event") != KITH_NO_COLUMN) KITH_TRY(kith_column(header, *page ? page : "event", &r->page, err));
    if (r->conversion) KITH_TRY(kith_column(header, *event ? event : "event", &r->event, err));
    uint32_t at;
    for (size_t i = 0; i < 2 && !r->summary; i++) KITH_TRY(kith_new_column(header, kith_session_columns[i], false, &at, err));
    return KITH_OK;
}

static int night_bind(void *state, const kith_header *header, kith_error *err) {
    kith_session_night *n = state;
    kith_session_night_form(n, header);
    return rules_of(n, header, &n->rules, err);
}

/* The events of `source` as sessions. */
static int cut(kith_session_night *n, kith_session_night *closed, kith_source *source, char delimiter, kith_buf *out, kith_error *err) {
    kith_session_rules rules;
    kith_sessions *sessions = NULL;
    KITH_TRY(rules_of(n, kith_source_header(source), &rules, err));
    rules.out = delimiter;
    rules.memory = kith_memory_to_use();
    rules.threads = kith_source_threads(source);
    rules.folder = getenv("TMPDIR");
    rules.night = closed;
    rules.first_is_held = true;
    rules.whole = out;
    kith_sessions_header(kith_source_header(source), &rules, out);
    int status = kith_sessions_new(&sessions, &rules, false, rules.threads, NULL, err);
    kith_scan scan = {.visit = kith_sessions_visit, .commit = kith_sessions_commit, .ctx = sessions, .max_rejects = UINT64_MAX};
    if (!status) status = kith_source_scan(source, &scan, err);
    uint64_t rows, visits;
    if (!status) status = kith_sessions_finish(sessions, &rows, &visits, err);
    kith_sessions_free(sessions);
    return status;
}

/* A copy of what an open state knows of people, since cutting counts on. */
static int people_of(const kith_session_night *n, void **copy, kith_error *err) {
    kith_session_night *c;
    KITH_TRY(kith_session_night_init(n->params, copy, err));
    c = *copy;
    c->any = n->any;
    c->latest_us = n->latest_us;
    for (uint32_t i = 0; i < n->people.n; i++) {
        uint64_t *closed;
        KITH_TRY(kith_session_night_closed(c, kith_hashtable_key(&n->people, i), &closed, err));
        *closed = n->closed[i];
    }
    return KITH_OK;
}

static int night_finish(void *state, char delimiter, kith_buf *out, kith_error *err) {
    kith_session_night *n = state;
    const char *path = NULL;
    void *people = NULL;
    kith_source *source = NULL;
    if (!n->delimiter) return KITH_OK; /* no shard, not even its header */
    int fd = -1, status = n->all ? KITH_OK : people_of(n, &people, err);
    if (!status) status = kith_session_night_file(n, getenv("TMPDIR"), &fd, &path, err);
    if (!status) {
        const kith_source_options options = {.files = &path, .n_files = 1, .delimiter = n->delimiter, .no_header = !n->had, .empty_is_fine = true};
        status = kith_source_open(&source, &options, err);
    }
    if (!status && kith_source_header(source)->n) status = cut(n, people, source, delimiter, out, err);
    if (source) kith_source_close(source);
    if (fd >= 0) close(fd);
    kith_session_night_free(people);
    return status;
}

const kith_fold kith_session_fold = {
    .name = "segment.sessions", .version = 2, .init = kith_session_night_init, .bind = night_bind, .step = kith_session_night_step, .merge = kith_session_night_merge,
    .finish = night_finish, .save = kith_session_night_save, .load = kith_session_night_load, .free = kith_session_night_free,
};
