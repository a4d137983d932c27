/* Private to lib/table/expr*.c: the compiled form of expressions.
 *
 * A set is a graph of nodes, each made once (equal nodes are found by hash), so that what expressions have in common is
 * computed once per selection of rows. A node's kernel fills an array of n values from the arrays of its arguments;
 * and, or, if and coalesce choose the rows that their arguments see. Constants are folded when they are made.
 *
 *   text ──lex, parse, type──► nodes (expr_parse.c, expr_func.c) ──► kernels over chunks (expr_eval.c, expr_kernel.c, expr_text.c)
 */
#ifndef KITH_LIB_TABLE_EXPR_H
#define KITH_LIB_TABLE_EXPR_H

#include <kith/expr.h>
#include <kith/pattern.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct node node;
typedef struct kith_expr_work work;

/* An array of values, or one for all rows: value i is at i & mask. */
typedef struct vec {
    union {
        void *any;
        double *num;
        int64_t *i64;
        kith_str *str;
        uint8_t *tri;
    };
    size_t mask;
} vec;
#define AT(v, field, i) ((v).field[(i) & (v).mask])

/* Fills out[0 … n−1]; out is always an array. */
typedef void (*kernel)(work *w, const node *f, size_t n, vec out, const vec *args);

typedef enum node_kind { NODE_CONST, NODE_COLUMN, NODE_CALL, NODE_AND, NODE_OR, NODE_IF, NODE_COALESCE } node_kind;

struct node {
    node_kind kind;
    kith_expr_type type;
    uint32_t mode;    /* a variant of the kernel */
    uint32_t n_args;
    uint32_t id;      /* index of its slot */
    uint32_t column;  /* NODE_COLUMN, and conversions of one (for messages); else UINT32_MAX */
    uint32_t uses;    /* parents and roots: more than one keeps the result for them */
    uint32_t matcher; /* index of its pattern among the set's; UINT32_MAX for none */
    uint64_t hash;
    kernel run;
    node **args;
    const void *aux;
    union {
        double num;
        int64_t i64;
        kith_str str;
        uint8_t tri;
    } value; /* NODE_CONST */
    node *next;
};

typedef enum compare { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE } compare;

typedef struct pattern_entry {
    kith_str text;
    kith_pattern *pattern;
    struct literals *literals; /* one of which every match holds; NULL: none known */
} pattern_entry;

struct kith_exprs {
    kith_arena *arena;
    const kith_expr_scope *scope;
    node **table;
    size_t n_nodes, table_room;
    node **roots;
    size_t n_roots, room_roots;
    struct defined {
        kith_str name;
        node *value;
    } *defined;
    size_t n_defined, room_defined;
    pattern_entry *patterns;
    size_t n_patterns, room_patterns;
    work *folding; /* a work of its own, for constants */
    struct person_node {
        node *node; /* its arguments: the id's column, the value, and maybe a condition */
        kith_person_function function;
        const void *values; /* by entry of people */
    } *persons;
    size_t n_persons, room_persons;
    const struct kith_hashtable *people;
};

typedef struct selection {
    const uint32_t *rows;
    size_t n;
    uint64_t id;
} selection;

/* The values of a node, held in a buffer of their own (temp) or in the node's slot, until given back. */
typedef struct result {
    vec v;
    void *temp;
    struct slot *slot;
} result;

struct kith_expr_work {
    const kith_exprs *set;
    kith_arena *arena; /* texts of this batch */
    const kith_expr_rows *rows;
    selection now; /* the rows of the kernel that runs */
    uint64_t next_selection;
    struct slot {
        uint64_t selection;
        void *values;
        uint32_t held; /* by users of the values: until then they must not be computed for other rows */
    } *slots;
    size_t n_slots;
    void **pool; /* free buffers of BUFFER bytes */
    size_t n_pool, room_pool;
    void **all; /* every buffer ever made */
    size_t n_all, room_all;
    kith_matcher **matchers;
    size_t n_matchers;
    kith_expr_bad *bad;
    size_t n_bad, room_bad;
    bool bad_sorted;
    kith_buf buf, scratch;
    kith_error *err; /* first failure of a kernel */
    int status;
    selection chosen; /* by kith_expr_select */
    struct result *answers; /* what callers of kith_expr_eval look at */
    size_t n_answers, room_answers;
};

enum { BUFFER = KITH_EXPR_CHUNK * 16 };

/* ---- expr_node.c: making nodes ------------------------------------------------------------------------------- */

node *node_const_text(kith_exprs *set, kith_str s);
node *node_const_number(kith_exprs *set, double v);
node *node_const_i64(kith_exprs *set, kith_expr_type type, int64_t v);
node *node_const_truth(kith_exprs *set, uint8_t tri);
node *node_column(kith_exprs *set, uint32_t column);
/* NULL when out of memory, or when a constant argument is not of the type wanted (then *bad is set). */
node *node_call(kith_exprs *set, kith_expr_type type, kernel run, uint32_t mode, const void *aux, node *const *args,
                size_t n, bool *bad);
node *node_special(kith_exprs *set, node_kind kind, kith_expr_type type, node *const *args, size_t n);
/* The same with a pattern that each work has a matcher for. */
int node_pattern(kith_exprs *set, kith_str text, unsigned flags, uint32_t *index, kith_error *err);
node *node_match(kith_exprs *set, kith_expr_type type, kernel run, uint32_t mode, uint32_t pattern, node *const *args,
                 size_t n);

/* ---- parsing -------------------------------------------------------------------------------------------------- */

enum token {
    TOKEN_END = 256, TOKEN_NAME, TOKEN_BRACED, TOKEN_STRING, TOKEN_REGEX, TOKEN_NUMBER, TOKEN_DURATION, TOKEN_DATE, TOKEN_TIME,
    TOKEN_EQ, TOKEN_NE, TOKEN_LE, TOKEN_GE, TOKEN_MATCHES, TOKEN_DIFFERS,
    TOKEN_AND, TOKEN_OR, TOKEN_NOT, TOKEN_IN, TOKEN_BETWEEN, TOKEN_TRUE, TOKEN_FALSE, TOKEN_MISSING,
};

/* What the parser holds of a part of the text. */
typedef struct operand {
    node *node; /* NULL where type is KITH_EXPR_MISSING or a regex */
    kith_expr_type type;
    size_t from, to; /* its place in the text */
    bool literal;    /* a literal text, which may still become a time, date or duration */
    bool regex;      /* /…/ : text holds it */
    kith_str text;
} operand;

typedef struct parser {
    kith_exprs *set;
    kith_str text;
    size_t at, start, end; /* the next byte to lex; the token at hand */
    int token;
    kith_str word;  /* of a name, string, regex */
    double number;
    int64_t moment; /* durations, dates, times */
    int depth;
    bool value_before; /* the token before ended a value, so that '/' divides */
    bool metres;       /* 500 m is a distance here */
    kith_error *err;
} parser;

/* Writes "expression: MESSAGE", the text, and a caret under byte `at`. Returns `status`. */
int expr_fault(parser *p, int status, size_t at, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Turns the operand into one of `type` (COLUMN: as it is, a bare column as text). */
int expr_coerce(parser *p, operand *o, kith_expr_type type);
/* Brings operands to one type: `otherwise` where all are bare columns. */
int expr_unify(parser *p, operand *o, size_t n, kith_expr_type otherwise, kith_expr_type *type);
int expr_call(parser *p, kith_str name, size_t at, operand *args, size_t n, operand *out);
int expr_binary(parser *p, int token, size_t at, operand *left, operand *right, operand *out);
int expr_in(parser *p, size_t at, operand *left, operand *items, size_t n, operand *out);
int expr_matches(parser *p, size_t at, operand *left, operand *right, bool negated, operand *out);
int expr_person(parser *p, const char *name, kith_expr_type type, size_t at, operand *args, size_t n, operand *out);
int expr_not(parser *p, operand *o, operand *out);
int expr_negate(parser *p, size_t at, operand *o, operand *out);
int expr_make(parser *p, size_t at, kith_expr_type type, kernel run, uint32_t mode, const void *aux, node *const *args,
              size_t n, operand *out);

/* ---- expr_literal.c ------------------------------------------------------------------------------------------- */

typedef struct literals literals;
literals *literals_of(kith_arena *arena, kith_str pattern); /* NULL where none are certain */
bool literals_in(const literals *l, kith_str s);           /* false: the pattern cannot match */

/* ---- kernels -------------------------------------------------------------------------------------------------- */

void work_bad(work *w, size_t i, const node *f, kith_expr_type wanted, kith_str text);
void work_failed(work *w, int status, const char *message);
int expr_eval_node(work *w, const node *f, kith_expr_values *values, kith_error *err); /* kith_expr_eval of a node */
work *work_bare(kith_arena *arena, const kith_exprs *set);

void k_number(work *w, const node *f, size_t n, vec out, const vec *a);
void k_number_or(work *w, const node *f, size_t n, vec out, const vec *a);
void k_time(work *w, const node *f, size_t n, vec out, const vec *a);
void k_date(work *w, const node *f, size_t n, vec out, const vec *a);
void k_time_or(work *w, const node *f, size_t n, vec out, const vec *a);
void k_duration(work *w, const node *f, size_t n, vec out, const vec *a);
void k_truth(work *w, const node *f, size_t n, vec out, const vec *a);
void k_date_of_time(work *w, const node *f, size_t n, vec out, const vec *a);
void k_time_of_date(work *w, const node *f, size_t n, vec out, const vec *a);
void k_text_of(work *w, const node *f, size_t n, vec out, const vec *a); /* mode: the type it is of */
void k_number_of(work *w, const node *f, size_t n, vec out, const vec *a); /* mode: truth or duration */
void k_not(work *w, const node *f, size_t n, vec out, const vec *a);
void k_missing(work *w, const node *f, size_t n, vec out, const vec *a); /* mode: the type it is of */
void k_compare_number(work *w, const node *f, size_t n, vec out, const vec *a);
void k_compare_i64(work *w, const node *f, size_t n, vec out, const vec *a);
void k_compare_text(work *w, const node *f, size_t n, vec out, const vec *a);
void k_compare_truth(work *w, const node *f, size_t n, vec out, const vec *a);
void k_compare_any(work *w, const node *f, size_t n, vec out, const vec *a); /* two bare columns */
void k_compare_decimal(work *w, const node *f, size_t n, vec out, const vec *a); /* number, number, text, text */
void k_add(work *w, const node *f, size_t n, vec out, const vec *a);
void k_subtract(work *w, const node *f, size_t n, vec out, const vec *a);
void k_multiply(work *w, const node *f, size_t n, vec out, const vec *a);
void k_divide(work *w, const node *f, size_t n, vec out, const vec *a);
void k_modulo(work *w, const node *f, size_t n, vec out, const vec *a);
void k_negate(work *w, const node *f, size_t n, vec out, const vec *a);
void k_i64_add(work *w, const node *f, size_t n, vec out, const vec *a);
void k_i64_subtract(work *w, const node *f, size_t n, vec out, const vec *a);
void k_date_shift(work *w, const node *f, size_t n, vec out, const vec *a); /* mode 1: back */
void k_scale(work *w, const node *f, size_t n, vec out, const vec *a);      /* duration × number; mode 1: ÷ */
void k_ratio(work *w, const node *f, size_t n, vec out, const vec *a);
void k_least(work *w, const node *f, size_t n, vec out, const vec *a);      /* mode: type, + 16 for the greatest */
void k_math(work *w, const node *f, size_t n, vec out, const vec *a);       /* mode: which */
void k_round(work *w, const node *f, size_t n, vec out, const vec *a);
void k_calendar(work *w, const node *f, size_t n, vec out, const vec *a);   /* mode: which part */
void k_hour(work *w, const node *f, size_t n, vec out, const vec *a);       /* mode: 0 hour, 1 minute, 2 second */
void k_days_between(work *w, const node *f, size_t n, vec out, const vec *a);
void k_in_text(work *w, const node *f, size_t n, vec out, const vec *a);    /* aux: text_set */
void k_in_number(work *w, const node *f, size_t n, vec out, const vec *a);  /* aux: number_set */
void k_in_i64(work *w, const node *f, size_t n, vec out, const vec *a);

void k_case(work *w, const node *f, size_t n, vec out, const vec *a); /* mode 0 lower, 1 upper */
void k_trim(work *w, const node *f, size_t n, vec out, const vec *a);
void k_len(work *w, const node *f, size_t n, vec out, const vec *a);
void k_substr(work *w, const node *f, size_t n, vec out, const vec *a);
void k_replace(work *w, const node *f, size_t n, vec out, const vec *a);
void k_replace_regex(work *w, const node *f, size_t n, vec out, const vec *a);
void k_matches(work *w, const node *f, size_t n, vec out, const vec *a); /* mode 1: negated */
void k_match(work *w, const node *f, size_t n, vec out, const vec *a);   /* mode: the group */
void k_concat(work *w, const node *f, size_t n, vec out, const vec *a);  /* mode 0: missing if one is; 1: leaves missing out */
void k_contains(work *w, const node *f, size_t n, vec out, const vec *a); /* mode 0 contains, 1 starts, 2 ends */
void k_hash(work *w, const node *f, size_t n, vec out, const vec *a);
void k_near(work *w, const node *f, size_t n, vec out, const vec *a);
void k_distance(work *w, const node *f, size_t n, vec out, const vec *a);
void k_person(work *w, const node *f, size_t n, vec out, const vec *a);     /* mode: kith_person_function */
void k_region(work *w, const node *f, size_t n, vec out, const vec *a);

/* The constants of an `in`: open addressing by hash for texts; sorted for the others. */
typedef struct text_set {
    size_t n, mask;
    bool with_missing;
    const kith_str *items;
    const uint32_t *places; /* 0: empty, else index + 1 */
} text_set;
typedef struct value_set {
    size_t n;
    bool with_missing;
    const double *num;
    const int64_t *i64;
} value_set;

enum { MATH_ABS, MATH_FLOOR, MATH_CEIL, MATH_LOG, MATH_LOG10, MATH_EXP, MATH_SQRT, MATH_POW };
enum { PART_YEAR, PART_QUARTER, PART_MONTH, PART_WEEK, PART_DAY, PART_WEEKDAY, PART_YEARDAY };

#endif
