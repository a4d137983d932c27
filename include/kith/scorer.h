/* kith/scorer.h: models that add columns to person rows: what `score apply` and `segment apply` run.
 *
 * To add a kind: write a kith_scorer_kind in your room (`load` reads the model and says which columns it needs and
 * adds; `put` writes a row's cells), declare it in your header, and name it in the one table in lib/app/scorers.c. Any
 * number of models score in one pass, on any number of threads; a model in memory is read-only after `load`. */
#ifndef KITH_SCORER_H
#define KITH_SCORER_H

#include <kith/fold.h>

/* What the command line says to models; a kind takes what concerns it. */
typedef struct kith_score_options {
    double horizon;  /* in the model's unit; nan: the model's own */
    double discount; /* per year; nan: the model's own */
    const char *choices; /* a file of past choices (taste); NULL: none */
} kith_score_options;

typedef struct kith_scorer kith_scorer;

typedef struct kith_scorer_kind {
    const char *kind;   /* what the model file says under model,kind */
    int version;        /* the newest version this build reads */
    const char *prefix; /* of the columns it adds, unless -m NAME=FILE: value, lead … */
    /* Fills s->self, s->needs and s->adds, all in s->arena or freed by `free`. Model files are not trusted: every
     * number is checked (KITH_DATA, with the file and the part). */
    int (*load)(kith_scorer *s, const kith_model *model, const kith_score_options *options, kith_error *err);
    /* Called once after s->columns are found, for what depends on the header; may be NULL. */
    int (*bind)(kith_scorer *s, const kith_header *header, kith_error *err);
    /* A worker's own memory (caches, batch results), released by `unwork`; both may be NULL. */
    int (*work)(const kith_scorer *s, void **worker, kith_error *err);
    void (*unwork)(const kith_scorer *s, void *worker);
    /* Called with every batch before its rows are put, for kinds that score by the batch; may be NULL. */
    int (*batch)(const kith_scorer *s, void *worker, const kith_batch *b, kith_error *err);
    /* Puts exactly s->n_adds cells for the row. A value that cannot be used: return kith_bad_row(…); when that is
     * KITH_OK
     * (--on-error skip, reject) the row is left out by the caller, whatever was put. Missing values are the kind's to
     * decide, and its manual page says how. */
    int (*put)(const kith_scorer *s, void *worker, const kith_batch *b, uint32_t row, kith_row_writer *w, kith_out *out,
               kith_error *err);
    void (*free)(kith_scorer *s); /* may be NULL */
} kith_scorer_kind;

struct kith_scorer {
    const kith_scorer_kind *kind;
    const char *name;  /* the prefix in use */
    const char *file;  /* of the model, for messages */
    kith_arena *arena; /* lives as long as the scorer */
    void *self;        /* the kind's model in memory */
    size_t n_needs;
    const char **needs; /* names of the input's columns */
    uint32_t *columns;  /* their places, by kith_scorers_bind; parallel to needs */
    size_t n_adds;
    const char **adds; /* names without the prefix: expected, alive, clv */
};

/* Several scorers, one pass. Owned by the caller; free with kith_scorers_free. */
typedef struct kith_scorers {
    size_t n;
    kith_scorer *items;
    size_t n_added;
    const char **added; /* full names in order: NAME_expected …; */
    void **workers;     /* n per worker */
    size_t n_workers;
    uint32_t *place; /* by added column: the input's column that it replaces, or KITH_NO_COLUMN; NULL: all are appended */
} kith_scorers;

/* Reads the models `said` ([NAME=]FILE each) and loads each by its kind from `kinds` (ends in NULL). KITH_DATA for a
 * kind or version that is not known, or where two models would add the same column. All memory in `arena`. */
int kith_scorers_load(kith_arena *arena, const char *const *said, size_t n, const kith_scorer_kind *const *kinds,
                      const kith_score_options *options, kith_scorers *scorers, kith_error *err);
/* Finds every needed column (KITH_DATA names the model and the nearest column) and makes memory for `workers` workers.
 */
int kith_scorers_bind(kith_scorers *scorers, const kith_header *header, size_t workers, kith_error *err);
/* Writes the batch's rows with the scores appended (the writer's delimiter `delimiter`). For a scan's visit. */
int kith_scorers_put(kith_scorers *scorers, int worker, const kith_batch *b, char delimiter, kith_out *out,
                     kith_error *err);
void kith_scorers_free(kith_scorers *scorers);

/* The one table of kinds (lib/app/scorers.c); ends in NULL. */
extern const kith_scorer_kind *const kith_scorer_kinds[];

#endif
