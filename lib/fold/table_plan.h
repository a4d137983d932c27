/* What the files of the table fold share: the plan made from the aggregates' text, and the groups' cells.
 *
 *   outputs  n=count  revenue=sum(amount)  mean(amount)        what is printed
 *   cells    ROWS     SUM(amount)  ◄────────┘                  what is kept for a group: one record of `stride` bytes
 */
#ifndef KITH_TABLE_PLAN_H
#define KITH_TABLE_PLAN_H

#include <kith/aggregate.h>
#include <kith/hashtable.h>
#include <kith/quantiles.h>
#include <kith/sums.h>

typedef enum cell_kind {
    CELL_ROWS,
    CELL_PRESENT,
    CELL_SUM,
    CELL_MOMENTS,
    CELL_LEAST,
    CELL_MOST,
    CELL_QUANTILES,
    CELL_DISTINCT,
    CELL_FIRST,
    CELL_LAST,
    CELL_WEIGHTED,
    CELL_RATIO,
} cell_kind;

typedef struct plan_cell {
    cell_kind kind;
    uint32_t a, b;  /* columns of the plan */
    uint32_t set;   /* of CELL_DISTINCT: which table of values */
    size_t offset;  /* in a group's record */
} plan_cell;

typedef enum aggregate_kind {
    AGG_COUNT,
    AGG_SUM,
    AGG_MEAN,
    AGG_SD,
    AGG_MIN,
    AGG_MAX,
    AGG_QUANTILE,
    AGG_DISTINCT,
    AGG_FIRST,
    AGG_LAST,
    AGG_SHARE,
    AGG_WEIGHTED,
    AGG_RATIO,
} aggregate_kind;

typedef struct plan_output {
    const char *name;
    aggregate_kind kind;
    uint32_t cell;
    double p; /* of a quantile */
} plan_output;

typedef struct plan_column {
    const char *name;
    bool number;  /* must hold numbers: anything else makes a bad row */
    uint32_t at;  /* in the input */
} plan_column;

enum { PLAN_MAX = 256 };

typedef struct plan {
    const char *by, *wide; /* "" where not asked */
    bool total;
    uint32_t n_columns, n_cells, n_outputs, n_sets;
    plan_column columns[PLAN_MAX];
    plan_cell cells[PLAN_MAX];
    plan_output outputs[PLAN_MAX];
    size_t stride;
    uint32_t n_groups; /* group columns, once bound */
    kith_str *group_names;
    uint32_t *group_at;
} plan;

/* Reads the parameters; names live in `arena`. KITH_USAGE, with the nearest aggregate, where they are wrong. */
/* Whether every aggregate can give rows back (counts and exact sums can); else *not (may be NULL) is the name of one that cannot. */
bool plan_subtracts(const plan *p, const char **not);
int plan_make(plan *p, const kith_params *params, kith_arena *arena, kith_error *err);

/* ---- cells ---- */

typedef struct text_cell { /* a value kept as text, in the state's arena */
    char *p;
    uint32_t n, room;
    bool set;
} text_cell;

typedef struct extreme_cell {
    kith_number number;
    bool is_number;
    text_cell text;
} extreme_cell;

typedef struct placed_cell { /* of first and last: the value and where it stood */
    uint64_t record;
    uint32_t file; /* of the state's files */
    text_cell text;
} placed_cell;

typedef struct weighted_cell {
    kith_sum products, weights;
} weighted_cell;

typedef struct ratio_cell {
    kith_moments a, b;
    kith_sum ab;
} ratio_cell;

typedef struct table_state {
    plan plan;
    bool bound;
    kith_arena *arena;
    kith_hashtable groups;
    char **chunks; /* records of RECORDS groups each */
    uint32_t n_chunks, room_chunks;
    kith_hashtable *sets; /* of each CELL_DISTINCT: the group's number (4 bytes, if there are groups) and the value */
    const char **files;
    uint32_t n_files, room_files;
    struct table_scratch *scratch;
} table_state;

enum { RECORDS = 1024 };

static inline char *table_record(const table_state *s, uint32_t group) {
    return s->chunks[group / RECORDS] + (size_t)(group % RECORDS) * s->plan.stride;
}

/* Room for the records of groups up to `n`. */
bool table_make_room(table_state *s, uint32_t n);
/* The number of a file's name in the state; UINT32_MAX when out of memory. */
uint32_t table_file(table_state *s, const char *name);

bool extreme_offer(extreme_cell *cell, kith_str text, bool most, kith_arena *arena);
bool placed_offer(table_state *s, placed_cell *cell, uint32_t file, uint64_t record, kith_str text, bool last);
/* Adds a cell of another state; `files` maps its files to ours. Distinct cells are the sets' business. */
bool cell_merge(table_state *s, const plan_cell *c, char *into, const char *from, const uint32_t *files);
/* Takes a cell of another state out; false: out of memory. *less: there were fewer rows than are taken out. */
bool cell_subtract(table_state *s, const plan_cell *c, char *from, const char *what, bool *less);
void cell_save(const plan_cell *c, const char *record, kith_row_writer *w, kith_buf *scratch);
int cell_load(table_state *s, const plan_cell *c, char *record, kith_str text, kith_error *err);

int table_finish(void *state, char delimiter, kith_buf *out, kith_error *err);
int table_save(const void *state, kith_buf *out, kith_error *err);
int table_load(void *state, kith_records *records, kith_error *err);

#endif
