/* kith/expr.h: the expression language of where, derive, rules and filters (kith-expressions(7) is its reference page).
 *
 * A set of expressions is compiled against the columns of a stream: names are looked up and types are found before the
 * first row, and what several expressions have in common is computed once. Evaluation is over blocks: each operation
 * fills an array for up to KITH_EXPR_CHUNK rows, `and` and `or` look at their right side only for the rows that the left
 * one left open, and fields are fetched for those rows alone.
 *
 * Values. Missing is: for text the empty string, for numbers not-a-number, for times, dates and durations
 * KITH_EXPR_NO_TIME, for truths KITH_EXPR_UNKNOWN. Arithmetic that has no finite result is missing. Logic is SQL's. */
#ifndef KITH_EXPR_H
#define KITH_EXPR_H

#include <kith/table.h>

typedef enum kith_expr_type {
    KITH_EXPR_COLUMN,   /* a bare column: text until it is used as something */
    KITH_EXPR_TEXT,     /* bytes, UTF-8 */
    KITH_EXPR_NUMBER,   /* double */
    KITH_EXPR_TRUTH,    /* 0, 1 or KITH_EXPR_UNKNOWN */
    KITH_EXPR_TIME,     /* microseconds since 1970 UTC */
    KITH_EXPR_DATE,     /* days since 1970, in the scope's zone */
    KITH_EXPR_DURATION, /* microseconds */
    KITH_EXPR_MISSING,  /* the literal `missing` */
} kith_expr_type;

enum { KITH_EXPR_CHUNK = 1024 };
#define KITH_EXPR_UNKNOWN 2
#define KITH_EXPR_NO_TIME INT64_MIN

/* Places with names: boxes and circles, for the function region(). Owned by the arena. */
typedef struct kith_regions kith_regions;

int kith_regions_new(kith_arena *arena, kith_regions **regions, kith_error *err);
/* A box; where west > east it crosses the 180th meridian. KITH_DATA when latitudes or longitudes are out of range. */
int kith_regions_box(kith_regions *regions, kith_str name, double south, double west, double north, double east,
                     kith_error *err);
int kith_regions_circle(kith_regions *regions, kith_str name, double lat, double lon, double km, kith_error *err);
/* Reads them from a CSV: name (or region), then lat, lon, radius (km, or with a unit: 500 m, 3 mi) for a circle, or south, west,
 * north, east for a box. KITH_DATA with file and line where a row is neither. */
int kith_regions_read(kith_arena *arena, const char *path, kith_regions **regions, kith_error *err);
/* The first region that holds the point, in the order they were added; an empty string for none. */
kith_str kith_regions_find(const kith_regions *regions, double lat, double lon);

/* What names mean. All of it must outlive the set. */
typedef struct kith_expr_scope {
    const kith_str *names; /* the columns */
    size_t n_names;
    const kith_zone *zone;    /* NULL: UTC */
    bool has_until;
    int64_t until_us;            /* now_until() */
    const kith_regions *regions; /* region(); NULL: none were given */
    const uint32_t *person;      /* the column of the person's id, for count_if() and its like; NULL: none */
} kith_expr_scope;

typedef struct kith_exprs kith_exprs;

/* An empty set, owned by `arena`. KITH_SYSTEM when out of memory. */
int kith_exprs_new(kith_arena *arena, const kith_expr_scope *scope, kith_exprs **set, kith_error *err);
void kith_exprs_free(kith_exprs *set); /* its patterns; works must be gone. NULL is fine */

/* Compiles `text` and gives it the next number, from 0. `as` is KITH_EXPR_TRUTH for a condition, else KITH_EXPR_COLUMN
 * for any type. A fault is KITH_USAGE (a column that is not there: KITH_DATA) with a second and third line in the
 * message: the text and a caret under the place. */
int kith_exprs_add(kith_exprs *set, kith_str text, kith_expr_type as, size_t *number, kith_error *err);

/* Later expressions of the set see expression `number` under `name`, before any column of that name. */
int kith_exprs_define(kith_exprs *set, kith_str name, size_t number, kith_error *err);

/* The type that expression `number` (one that kith_exprs_add gave) has found; KITH_EXPR_COLUMN for a bare column. */
kith_expr_type kith_exprs_type(const kith_exprs *set, size_t number);

/* For "NAME = EXPRESSION": splits at the first single '='. The name may stand in braces. False where it is no such text. */
bool kith_expr_assignment(kith_str text, kith_str *name, kith_str *expression);

/* Where fields come from. `fields` stores in out[i] the value of `column` in row rows[i], unquoted, for i < n (n is at
 * most KITH_EXPR_CHUNK); the bytes stay until the batch ends. A field that is not there is empty. False: out of memory. */
typedef struct kith_expr_rows {
    const void *ctx;
    bool (*fields)(const void *ctx, uint32_t column, const uint32_t *rows, size_t n, kith_str *out);
} kith_expr_rows;

/* The rows of a batch. */
kith_expr_rows kith_expr_rows_of(const kith_batch *b);

/* A row that cannot be used: a text that is not of the type that the expression needs. */
typedef struct kith_expr_bad {
    uint32_t row;
    uint32_t column; /* UINT32_MAX: not a bare column */
    kith_expr_type wanted;
    kith_str value; /* for its shape */
} kith_expr_bad;

/* What one thread needs to evaluate a set. Free with kith_expr_work_free. NULL when out of memory. */
typedef struct kith_expr_work kith_expr_work;
kith_expr_work *kith_expr_work_new(const kith_exprs *set);
void kith_expr_work_free(kith_expr_work *work); /* NULL is fine */

/* Starts a batch: forgets the texts and bad rows of the one before. `rows` must stay until the batch ends. */
void kith_expr_begin(kith_expr_work *work, const kith_expr_rows *rows);

/* The rows among rows[0 … n−1] (ascending; NULL: 0 … n−1) for which condition `number` is true and that are not bad:
 * stored in `passed` (room for n; may be `rows`), their count in *n_passed. KITH_SYSTEM when out of memory. */
int kith_expr_pass(kith_expr_work *work, size_t number, const uint32_t *rows, size_t n, uint32_t *passed,
                   size_t *n_passed, kith_error *err);

/* The values of an expression. Value i is at [i], or at [0] for all rows where `constant`. */
typedef struct kith_expr_values {
    kith_expr_type type; /* KITH_EXPR_COLUMN: a bare column, in text */
    bool constant;
    const kith_str *text;
    const double *number;
    const int64_t *time;   /* times, dates, durations */
    const uint8_t *truth;
} kith_expr_values;

/* The rows that the next kith_expr_eval are for: rows[0 … n−1], n ≤ KITH_EXPR_CHUNK, which must stay. Ends the arrays given before. */
void kith_expr_select(kith_expr_work *work, const uint32_t *rows, size_t n);

/* Evaluates expression `number` for the rows selected. The arrays stay until the next kith_expr_select, the texts until the
 * batch ends. What expressions have in common is computed once. */
int kith_expr_eval(kith_expr_work *work, size_t number, kith_expr_values *values, kith_error *err);

/* Writes value i as the streams hold it: nothing for missing, 1 or 0, shortest numbers, ISO dates and times, durations
 * in seconds. A text as it is, unquoted. */
void kith_expr_put(const kith_expr_values *values, size_t i, kith_buf *buf);

/* The bad rows met since kith_expr_begin: one entry per row (its first fault), by ascending row. */
const kith_expr_bad *kith_expr_bad_rows(kith_expr_work *work, size_t *n);

/* Answers the batch's bad rows from *next on (see kith_bad_row) up to, and without, row `before`; KITH_DATA under
 * --on-error stop. A verb that writes rows calls it before each row it writes and, with UINT32_MAX, at the end, so that
 * rows and refusals come in order. *next starts at 0. */
int kith_expr_answer_bad(kith_expr_work *work, const kith_batch *b, uint32_t before, size_t *next, kith_out *out, kith_error *err);

/* ---- a person's rows: count_if(condition), sum_of(x), latest(ts) … ---- */

typedef enum kith_person_function { KITH_PERSON_COUNT, KITH_PERSON_SUM, KITH_PERSON_MEAN, KITH_PERSON_LEAST, KITH_PERSON_MOST, KITH_PERSON_DISTINCT } kith_person_function;

/* How many such values the set's expressions speak of; without any, nothing has to be read before. */
size_t kith_exprs_persons(const kith_exprs *set);
/* What the i-th is: of arguments of the type *of (COUNT: a truth; DISTINCT: text), and of all rows or of those for which its second part holds. */
kith_person_function kith_exprs_person(const kith_exprs *set, size_t i, kith_expr_type *of, bool *conditional);
/* kith_expr_eval of an argument of the i-th: part 0, and where it is conditional the truth 1. */
int kith_expr_eval_person(kith_expr_work *work, size_t i, size_t part, kith_expr_values *values, kith_error *err);
/* The answers: for each the values by entry of `people`: double for numbers, else int64_t. All must outlive the set's works; until it is called they
 * are missing. */
struct kith_hashtable;
void kith_exprs_answer_persons(kith_exprs *set, const struct kith_hashtable *people, const void *const *values);

/* What the type is called in messages: "number", "date" … */
const char *kith_expr_type_name(kith_expr_type type);

/* For dispatch over many conditions: the conjuncts of condition `number` of the form column == "text" or column in
 * ("text", …) that decide it. Stores up to `room` columns; returns how many there are. With kith_expr_key_texts the texts
 * of the i-th: the condition cannot be true for a row whose field is none of them. */
size_t kith_expr_keys(const kith_exprs *set, size_t number, uint32_t *columns, size_t room);
const kith_str *kith_expr_key_texts(const kith_exprs *set, size_t number, size_t i, size_t *n);

#endif
