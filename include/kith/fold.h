/* kith/fold.h: folds, their saved states, and models.
 *
 * A fold takes rows into a state that can be saved, merged and carried on: init, bind, step, merge, finish, save, load, and where
 * it can, subtract. Its laws (tests/cli/trust/laws.sh checks them over the verbs): merging with an empty state changes nothing, merge is
 * associative and, unless `ordered`, commutative; fold(a ++ b) = merge(fold a, fold b) to the byte of what finish writes;
 * load(save s) = s. */
#ifndef KITH_FOLD_H
#define KITH_FOLD_H

#include <kith/table.h>

/* ---- parameters --------------------------------------------------------------------------------------------- */

/* What was asked of a fold, as text: saved in the state, compared when states meet, enough to finish from a state alone. */
typedef struct kith_params {
    kith_arena *arena;
    size_t n, room;
    struct kith_param {
        const char *name, *value;
    } *items;
    bool failed; /* out of memory; checked by whoever uses the parameters */
} kith_params;

void kith_params_set(kith_params *params, const char *name, const char *value); /* NULL value: "" */
void kith_params_set_double(kith_params *params, const char *name, double value);
const char *kith_params_get(const kith_params *params, const char *name); /* "" if not set */
double kith_params_number(const kith_params *params, const char *name, double otherwise);
uint64_t kith_params_count(const kith_params *params, const char *name, uint64_t otherwise, double most); /* otherwise too where it is not in 0 … most */

/* ---- folds -------------------------------------------------------------------------------------------------- */

/* How the saved form holds people one after the other, each a record that begins with `head` and those up to the next such: a fold that
 * cannot take single rows out again (it keeps who was first or last, or an order) can take out whole people. */
typedef struct kith_fold_people {
    const char *head;
    unsigned key;     /* fields after `head` that name the person; 0: all of them. The others must agree */
    unsigned ignored; /* fields of the records behind it that say where a row stood, a bit each from 1 << 0 */
    unsigned latest;  /* 0, or the field of the first record that holds the latest time seen, which counts unless the parameter until is set */
} kith_fold_people;

struct kith_spill;

/* How a state goes to disk and comes back, for a fold that writes its rows in byte order of their first field, the person, and each
 * person's rows from that person's alone. */
typedef struct kith_fold_spill {
    size_t needs;                      /* finish takes so many times of what is held */
    size_t (*held)(const void *state); /* bytes, roughly */
    /* Everything into the spill, each record keyed by its person, in the part kith_fold_part(person, level); the state is empty then, but bound. */
    int (*out)(void *state, struct kith_spill *spill, unsigned level, kith_error *err);
    /* One record again. */
    int (*in)(void *state, kith_str person, kith_str text, kith_error *err);
} kith_fold_spill;

typedef struct kith_fold {
    const char *name; /* FAMILY.VERB, such as report.table */
    int version;      /* of the saved form */
    bool ordered;     /* merges by the names of the shards */
    bool model;       /* the result is a model, which is read by the names of its columns: its header is always written */
    /* A new empty state for these parameters (KITH_USAGE if they are wrong). */
    int (*init)(const kith_params *params, void **state, kith_error *err);
    /* Finds the columns; called once per state before its first step. */
    int (*bind)(void *state, const kith_header *header, kith_error *err);
    int (*step)(void *state, const kith_batch *b, kith_out *out, kith_error *err);
    /* Adds `from` into `into`; `from` is left for free() only. */
    int (*merge)(void *into, void *from, kith_error *err);
    /* Takes `what` (a state over rows that are in `from`) out again; NULL where the fold cannot (people: or only whole people). KITH_USAGE
     * where these parameters cannot. */
    int (*subtract)(void *from, void *what, kith_error *err);
    const kith_fold_people *people;
    /* Writes the result as CSV with its header; `delimiter` is the output's. The state is not changed. */
    int (*finish)(void *state, char delimiter, kith_buf *out, kith_error *err);
    /* Up to so many threads may work for finish (one without it); NULL where finish is one thread's. The bytes are the same. */
    void (*threads)(void *state, int threads);
    /* The state as CSV records (commas), and back; load is given the records that save wrote and trusts nothing. */
    int (*save)(const void *state, kith_buf *out, kith_error *err);
    int (*load)(void *state, kith_records *records, kith_error *err);
    const kith_fold_spill *spill; /* NULL: it stays in memory */
    void (*free)(void *state);
} kith_fold;

/* ---- states ------------------------------------------------------------------------------------------------- */

typedef struct kith_shard {
    const char *name;
    uint64_t hash[2]; /* of the shard's bytes */
} kith_shard;

/* A state with what it is a state of. Owned by whoever made it; free with kith_state_free. */
typedef struct kith_state {
    const kith_fold *fold;
    kith_params params;
    kith_shard *shards; /* sorted by name and hash, in params.arena */
    size_t n_shards;
    void *state;
} kith_state;

/* Makes an empty one; `params` are copied. */
int kith_state_new(const kith_fold *fold, const kith_params *params, kith_state **state, kith_error *err);
void kith_state_free(kith_state *state);
int kith_state_add_shard(kith_state *state, const char *name, const uint64_t hash[2], kith_error *err);
/* Refuses (KITH_DATA) states of another fold, version or parameters, and shards that are in both; with `again`, a state all of whose
 * shards are in `into` already is ignored instead. */
int kith_state_merge(kith_state *into, kith_state *from, bool again, kith_error *err);
/* KITH_USAGE where the fold or its parameters cannot; KITH_DATA for rows that are not in the state, or not all of a person's where only
 * whole people can be taken out. */
int kith_state_subtract(kith_state *from, kith_state *what, kith_error *err);
/* Whether rows, or whole people, can be taken out: "rows", "people" or "no". */
const char *kith_state_forgets(const kith_state *state);
int kith_state_save(const kith_state *state, kith_sink *sink, kith_error *err);
/* `folds` ends in NULL: the folds that may be met. Bytes are checked by a checksum and parsed with bounds. */
int kith_state_load(const char *path, const kith_fold *const *folds, kith_state **state, kith_error *err);
/* The fold's name in the state file `path`, into `name` (64 bytes). */
int kith_state_peek(const char *path, char *name, kith_error *err);

/* ---- models ------------------------------------------------------------------------------------------------- */

/* CSV part,name,value. The first rows are model,kind,KIND and model,version,N. Numbers round-trip exactly. In `arena`. */
typedef struct kith_model {
    kith_arena *arena;
    const char *file; /* where it was read from, for messages; or NULL */
    size_t n, room;
    struct kith_model_row {
        kith_str part, name, value;
    } *rows;
    bool failed; /* out of memory while putting */
} kith_model;

int kith_model_new(kith_arena *arena, const char *kind, int version, kith_model **model, kith_error *err);
void kith_model_put(kith_model *m, const char *part, const char *name, const char *value);
void kith_model_put_str(kith_model *m, const char *part, kith_str name, kith_str value);
void kith_model_put_double(kith_model *m, const char *part, const char *name, double value);
void kith_model_put_int(kith_model *m, const char *part, const char *name, int64_t value);
/* The model as it is written, and back (KITH_DATA where it is none). */
int kith_model_text(const kith_model *m, kith_buf *out, kith_error *err);
int kith_model_of_text(kith_arena *arena, const char *text, kith_model **model, kith_error *err);
int kith_model_read(kith_arena *arena, const char *path, kith_model **model, kith_error *err);
kith_str kith_model_kind(const kith_model *m);
int kith_model_version(const kith_model *m);
/* The first value under (part, name); p is NULL if there is none. */
kith_str kith_model_get(const kith_model *m, const char *part, const char *name);
/* The same as a number; KITH_DATA with the model's file in the message if missing or no number. */
int kith_model_number(const kith_model *m, const char *part, const char *name, double *value, kith_error *err);
/* Rows [*from, *to) hold the first run of consecutive rows of that part; empty if none. */
void kith_model_part(const kith_model *m, const char *part, size_t *from, size_t *to);

#endif
