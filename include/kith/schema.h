/* kith/schema.h: what columns must be, as a CSV file, and cells made so.
 *
 *     column,type,from,required,unique,min,max,values,pattern,transform,role
 *
 * type: text (the default) integer number money date datetime email phone name postcode place boolean. from: other names of the column,
 * separated by |. required, unique: yes or empty. min, max: by the type's own order; of texts, their length in characters. values: those
 * allowed, separated by |. pattern: a PCRE2 pattern that the whole value must match. transform: words separated by blanks or |, see
 * KITH_TRANSFORM_…. role: id, lat, lon, ts … as the well-known columns are called. All but `column` may be absent or empty. */
#ifndef KITH_SCHEMA_H
#define KITH_SCHEMA_H

#include <kith/normalise.h>
#include <kith/pattern.h>

enum {
    KITH_TRANSFORM_KEEP = 1,     /* keep: blanks at the ends stay */
    KITH_TRANSFORM_LOWER = 2,    /* lower */
    KITH_TRANSFORM_UPPER = 4,    /* upper */
    KITH_TRANSFORM_SQUEEZE = 8,  /* squeeze: runs of blanks become one */
    KITH_TRANSFORM_DIGITS = 16,  /* digits: nothing else stays */
    KITH_TRANSFORM_NAME = 32,    /* title: as names of persons */
    KITH_TRANSFORM_1904 = 64,    /* excel1904 */
    KITH_TRANSFORM_DMY = 128,    /* dmy: day first, whatever the values say */
    KITH_TRANSFORM_MDY = 256,    /* mdy */
    KITH_TRANSFORM_COMMA = 512,  /* comma: decimal commas */
    KITH_TRANSFORM_POINT = 1024, /* point */
};

typedef struct kith_schema_column {
    kith_str name;
    kith_type type;
    kith_str *from;
    size_t n_from;
    bool required, unique, has_min, has_max;
    double min, max;          /* numbers, or characters of a text */
    int64_t min_us, max_us;   /* dates and times */
    kith_str min_text, max_text, values_text, pattern_text, role;
    kith_str *values;
    size_t n_values;
    kith_pattern *pattern;
    unsigned transform;
} kith_schema_column;

typedef struct kith_schema {
    const char *name; /* of the file */
    size_t n;
    kith_schema_column *columns;
} kith_schema;

/* Reads a schema file. Memory is the arena's but for the patterns: kith_schema_free. KITH_DATA with file and line. */
int kith_schema_read(kith_arena *arena, const char *path, kith_schema *schema, kith_error *err);
void kith_schema_free(kith_schema *schema);

/* ---- cells -------------------------------------------------------------------------------------------------- */

/* Applies a schema to cells: one for each thread. */
typedef struct kith_schema_cells kith_schema_cells;

int kith_schema_cells_new(const kith_schema *schema, const char *region, const kith_zone *zone, kith_schema_cells **cells, kith_error *err);
void kith_schema_cells_free(kith_schema_cells *cells); /* NULL is fine */

/* Habits of the columns of one file: learn from its values, then settle. Settling again begins anew with the next file. */
void kith_schema_learn(kith_schema_cells *cells, size_t column, kith_str text);
void kith_schema_settle(kith_schema_cells *cells);
bool kith_schema_needs_habits(const kith_schema_column *column);
/* For --explain: what was decided for the column (dmy, mdy, comma, point, or "" where nothing had to be), and whether values decided it. */
const char *kith_schema_decision(const kith_schema_cells *cells, size_t column, bool *sure, kith_column_habits *habits);

/* The normal form of `text` in `out` (emptied first; empty for a missing value), and NULL; or why it is none: a word for programs (missing,
 * not_a_date, below_min, above_max, not_allowed, no_match, …). */
const char *kith_schema_cell(kith_schema_cells *cells, size_t column, kith_str text, kith_buf *out);

/* The same, but all of the rules that the value breaks (after MISSING or TYPE nothing else is tried). */
enum { KITH_FAULT_MISSING = 1, KITH_FAULT_TYPE = 2, KITH_FAULT_MIN = 4, KITH_FAULT_MAX = 8, KITH_FAULT_VALUES = 16, KITH_FAULT_PATTERN = 32 };
unsigned kith_schema_faults(kith_schema_cells *cells, size_t column, kith_str text, kith_buf *out);

const char *kith_reason_words(const char *code); /* "not a date" for not_a_date */

/* ---- sets of values (unique, references) -------------------------------------------------------------------- */

/* Remembers 128-bit hashes: 16 bytes a value at a load of half. The chance that two of n values are taken for one is n²/2¹²⁹. */
typedef struct kith_seen {
    uint64_t (*slots)[2];
    size_t n, room;
} kith_seen;

/* Adds the value; *known: it was there. False when out of memory. */
bool kith_seen_add(kith_seen *seen, kith_str value, bool *known);
bool kith_seen_has(const kith_seen *seen, kith_str value);
void kith_seen_free(kith_seen *seen);

#endif
