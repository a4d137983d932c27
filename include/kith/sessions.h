/* kith/sessions.h: visits from events: the rows in order of person and time, cut where a visit ends. */
#ifndef KITH_SESSIONS_H
#define KITH_SESSIONS_H

#include <kith/fold.h>
#include <kith/hashtable.h>
#include <kith/moment.h>

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
    kith_buf *whole;    /* what comes out goes here; NULL: to the sink */
    struct kith_session_night *night; /* what nights before left; NULL: this is all there is */
    bool hold;          /* sessions that later events may still join are kept in `night`, not written */
    int64_t lateness_us; /* how much earlier than the latest event an event of another night may be */
    bool first_is_held; /* file 0 of the source is what `night` held */
    bool reject_late;   /* late events go to --rejects; else they are only counted */
} kith_session_rules;

/* Rows of one file, in their order: records from … to−1 of it, those that can be used. */
typedef struct kith_session_piece {
    char *file; /* its base name; malloc'ed */
    uint64_t from, to;
    kith_buf rows; /* with their line ends */
} kith_session_piece;

/* The state of `kith segment sessions`, of one of two kinds (parameter keep).
 *
 * open: what one night leaves to the next: the rows of sessions that are open, how many sessions each person has had closed, and the
 * latest moment. A session is closed when its last event and the gap lie before the latest moment less the lateness; an event before
 * that moment is late. So nights give together what one run over all of them gives, but for the order of the rows. Two such states merge where
 * no person has closed sessions in one and anything in the other (shards by person); else KITH_DATA.
 *
 * all: a fold over every event, for shards cut anywhere: the rows themselves, by file and record, so that the result is one run's to the
 * byte. Memory: the rows. */
typedef struct kith_session_night {
    kith_arena *arena;
    const kith_params *params; /* a copy */
    bool all;
    kith_buf header;       /* the rows' header line */
    char delimiter;
    bool had;              /* the header line was there */
    kith_buf held;         /* open: records with their line ends */
    uint64_t n_held;
    bool any;
    int64_t latest_us;
    kith_hashtable people;
    uint64_t *closed;      /* by entry of people */
    bool *open;            /* the same: some rows are held */
    size_t room;
    kith_session_piece *pieces; /* all */
    size_t n_pieces, room_pieces;
    kith_session_rules rules; /* all: bound */
    kith_months months;
} kith_session_night;

extern const kith_fold kith_session_fold;
int kith_session_night_closed(kith_session_night *night, kith_str person, uint64_t **closed, kith_error *err);
int kith_session_night_hold(kith_session_night *night, kith_str person, kith_error *err); /* rows of this known person are held */
/* The state's rows with their header as a file to be read as any, without a name but *path (in the state's arena); close *fd (−1: none). */
int kith_session_night_file(kith_session_night *night, const char *folder, int *fd, const char **path, kith_error *err);
/* Takes the form of the rows from their header, once. */
void kith_session_night_form(kith_session_night *night, const kith_header *header);
/* Whether a row's person and time can be used and the row is not after rules->until_us; else as kith_bad_row says. */
int kith_session_usable(const kith_session_rules *rules, const kith_months *months, const kith_batch *b, uint32_t row, bool *used, kith_out *out, kith_error *err);
/* The header of what comes out, appended. */
void kith_sessions_header(const kith_header *header, const kith_session_rules *rules, kith_buf *out);

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
uint64_t kith_sessions_late(const kith_sessions *s); /* events left out as late */

/* Whether the rows of the source are in that order already; reads until they are not. Rows that cannot be used do not count. */
int kith_sessions_sorted(kith_source *source, const kith_session_rules *rules, bool *sorted, kith_error *err);

/* The names of the columns that a summary has, behind the id; ends in NULL. */
extern const char *const kith_session_columns[];

#endif
