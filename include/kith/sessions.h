/* kith/sessions.h: visits from events: the rows in order of person and time, cut where a visit ends. */
#ifndef KITH_SESSIONS_H
#define KITH_SESSIONS_H

#include <kith/table.h>

typedef struct kith_session_rules {
    uint32_t id, ts;
    uint32_t campaign; /* a new session where it changes to another value; KITH_NO_COLUMN: not looked at */
    uint32_t page;     /* landing and exit page; KITH_NO_COLUMN: none */
    uint32_t event;    /* for conversions */
    const char *conversion; /* the event that is one, or NULL */
    int64_t gap_us;    /* longer between two events: a new session */
    bool midnight;     /* none goes over midnight in the zone */
    const kith_zone *zone;
    bool has_until;
    int64_t until_us;  /* later events are dropped */
    bool summary;      /* one row a session instead of the events */
    char in, out;      /* delimiters */
    uint64_t memory;
    int threads;
    const char *folder; /* for the temporary file */
} kith_session_rules;

/* Events in, by batches; rows out, to the sink: those of the input (or one a session) in byte order of the id, then time, then
 * position, with session_id and session_n. Two ways: `sorted` input streams through in the memory of its batches; other input is
 * sorted first, past `memory` through a temporary file. Both write the same bytes. */
typedef struct kith_sessions kith_sessions;

/* `workers` visit at a time. Owned by the caller: kith_sessions_free. */
int kith_sessions_new(kith_sessions **s, const kith_session_rules *rules, bool sorted, int workers, kith_sink *sink, kith_error *err);
void kith_sessions_free(kith_sessions *s); /* NULL is fine */
/* The scan's visit and commit, with the sessions as ctx. */
int kith_sessions_visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);
int kith_sessions_commit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err);
/* After the scan: sorts if it must, and writes what is left. *rows and *sessions are their counts. */
int kith_sessions_finish(kith_sessions *s, uint64_t *rows, uint64_t *sessions, kith_error *err);

/* Whether the rows of the source are in that order already; reads until they are not. Rows that cannot be used do not count. */
int kith_sessions_sorted(kith_source *source, const kith_session_rules *rules, bool *sorted, kith_error *err);

/* The names of the columns that a summary has, behind the id; ends in NULL. */
extern const char *const kith_session_columns[];

#endif
