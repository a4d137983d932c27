/* Expressions: the functions, as one table. A signature names the types of the arguments: T text, N number, M moment
 * (time), D date, B truth, A anything; small letters may be left out, '+' repeats the last. What is chosen by the types of
 * the arguments has a maker of its own. */
#include "expr.h"

typedef struct function {
    const char *name, *signature;
    kith_expr_type type;
    kernel run;
    uint32_t mode;
    int (*make)(parser *p, const struct function *f, size_t at, operand *args, size_t n, operand *out);
} function;

static int make_if(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    (void)f, (void)at, (void)n;
    kith_expr_type type;
    KITH_TRY(expr_coerce(p, &a[0], KITH_EXPR_TRUTH));
    KITH_TRY(expr_unify(p, a + 1, 2, KITH_EXPR_COLUMN, &type));
    if (type == KITH_EXPR_COLUMN) type = a[1].node->kind == NODE_CONST && a[2].node->kind == NODE_CONST ? KITH_EXPR_TEXT : KITH_EXPR_COLUMN;
    node *args[] = {a[0].node, a[1].node, a[2].node};
    *out = (operand){.node = node_special(p->set, NODE_IF, type, args, 3), .type = type};
    return out->node ? KITH_OK : kith_no_memory(p->err);
}

static int make_coalesce(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    (void)f, (void)at;
    kith_expr_type type;
    KITH_TRY(expr_unify(p, a, n, KITH_EXPR_COLUMN, &type));
    node **args = kith_arena_alloc(p->set->arena, n * sizeof *args);
    if (!args) return kith_no_memory(p->err);
    for (size_t i = 0; i < n; i++) args[i] = a[i].node;
    *out = (operand){.node = node_special(p->set, NODE_COALESCE, type, args, n), .type = type};
    return out->node ? KITH_OK : kith_no_memory(p->err);
}

static int make_missing(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    (void)n;
    KITH_TRY(expr_coerce(p, &a[0], KITH_EXPR_COLUMN));
    node *args[] = {a[0].node};
    return expr_make(p, at, KITH_EXPR_TRUTH, f->run, a[0].type, NULL, args, 1, out);
}

static int make_least(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    kith_expr_type type;
    KITH_TRY(expr_unify(p, a, n, KITH_EXPR_NUMBER, &type));
    if (type == KITH_EXPR_TRUTH) return expr_fault(p, KITH_USAGE, at, "truth values have no order");
    node **args = kith_arena_alloc(p->set->arena, n * sizeof *args);
    if (!args) return kith_no_memory(p->err);
    for (size_t i = 0; i < n; i++) args[i] = a[i].node;
    return expr_make(p, at, type, f->run, f->mode | type, NULL, args, n, out);
}

static int make_text(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    (void)n;
    KITH_TRY(expr_coerce(p, &a[0], KITH_EXPR_COLUMN));
    if (a[0].type == KITH_EXPR_TEXT || a[0].type == KITH_EXPR_COLUMN) {
        *out = a[0];
        out->type = KITH_EXPR_TEXT;
        out->literal = false;
        return KITH_OK;
    }
    node *args[] = {a[0].node};
    return expr_make(p, at, KITH_EXPR_TEXT, f->run, a[0].type, NULL, args, 1, out);
}

/* number(x), number(x, otherwise): with a second argument a text that is no number is that. */
static int make_number(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    (void)f;
    KITH_TRY(expr_coerce(p, &a[0], KITH_EXPR_COLUMN));
    node *args[] = {a[0].node, NULL};
    switch (a[0].type) {
    case KITH_EXPR_NUMBER: *out = a[0]; return KITH_OK;
    case KITH_EXPR_TRUTH: case KITH_EXPR_DURATION: return expr_make(p, at, KITH_EXPR_NUMBER, k_number_of, a[0].type, NULL, args, 1, out);
    case KITH_EXPR_TEXT: case KITH_EXPR_COLUMN: break;
    default: return expr_fault(p, KITH_USAGE, a[0].from, "a %s is no number", kith_expr_type_name(a[0].type));
    }
    if (n < 2) return expr_make(p, a[0].from, KITH_EXPR_NUMBER, k_number, 0, NULL, args, 1, out);
    KITH_TRY(expr_coerce(p, &a[1], KITH_EXPR_NUMBER));
    args[1] = a[1].node;
    return expr_make(p, at, KITH_EXPR_NUMBER, k_number_or, 0, NULL, args, 2, out);
}

/* date(x), time(x), and with a second argument for texts that are none. */
static int make_moment(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    *out = (operand){.from = at, .to = a[0].to};
    if (n < 2 || (a[0].type != KITH_EXPR_TEXT && a[0].type != KITH_EXPR_COLUMN)) {
        if (a[0].type == KITH_EXPR_TEXT) a[0].type = KITH_EXPR_COLUMN; /* said outright: computed texts too */
        KITH_TRY(expr_coerce(p, &a[0], f->type));
        out->node = a[0].node;
        out->type = f->type;
        return KITH_OK;
    }
    KITH_TRY(expr_coerce(p, &a[1], f->type));
    node *args[] = {a[0].node, a[1].node};
    return expr_make(p, at, f->type, k_time_or, f->type, p->set->scope->zone, args, 2, out);
}

static int make_replace(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    (void)f, (void)n;
    KITH_TRY(expr_coerce(p, &a[0], KITH_EXPR_TEXT));
    KITH_TRY(expr_coerce(p, &a[2], KITH_EXPR_TEXT));
    if (a[1].regex) {
        uint32_t pattern;
        kith_error inner;
        int status = node_pattern(p->set, a[1].text, 0, &pattern, &inner);
        if (status) return expr_fault(p, status, a[1].from, "%s", inner.text);
        node *args[] = {a[0].node, a[2].node};
        *out = (operand){.node = node_match(p->set, KITH_EXPR_TEXT, k_replace_regex, 0, pattern, args, 2), .type = KITH_EXPR_TEXT};
        return out->node ? KITH_OK : kith_no_memory(p->err);
    }
    KITH_TRY(expr_coerce(p, &a[1], KITH_EXPR_TEXT));
    node *args[] = {a[0].node, a[1].node, a[2].node};
    return expr_make(p, at, KITH_EXPR_TEXT, k_replace, 0, NULL, args, 3, out);
}

static int make_match(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    (void)f, (void)at;
    KITH_TRY(expr_coerce(p, &a[0], KITH_EXPR_TEXT));
    if (!a[1].regex && !a[1].literal) return expr_fault(p, KITH_USAGE, a[1].from, "a regular expression is written out, as \"…\" or /…/");
    uint32_t pattern;
    kith_error inner;
    int status = node_pattern(p->set, a[1].text, 0, &pattern, &inner);
    if (status) return expr_fault(p, status, a[1].from, "%s", inner.text);
    size_t groups = kith_pattern_groups(p->set->patterns[pattern].pattern), group = groups ? 1 : 0;
    if (n > 2) {
        double v = -1;
        if (a[2].type == KITH_EXPR_NUMBER && a[2].node->kind == NODE_CONST) v = a[2].node->value.num;
        if (!(v >= 0 && v <= (double)groups && v == floor(v))) return expr_fault(p, KITH_USAGE, a[2].from, "the pattern has the groups 0 to %zu", groups);
        group = (size_t)v;
    }
    node *args[] = {a[0].node};
    *out = (operand){.node = node_match(p->set, KITH_EXPR_TEXT, k_match, (uint32_t)group, pattern, args, 1), .type = KITH_EXPR_TEXT};
    return out->node ? KITH_OK : kith_no_memory(p->err);
}

static int make_until(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    (void)f, (void)a, (void)n;
    if (!p->set->scope->has_until) return expr_fault(p, KITH_USAGE, at, "now_until is the moment of --until, which was not given");
    *out = (operand){.node = node_const_i64(p->set, KITH_EXPR_TIME, p->set->scope->until_us), .type = KITH_EXPR_TIME};
    return out->node ? KITH_OK : kith_no_memory(p->err);
}

static int make_region(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) {
    if (!p->set->scope->regions) return expr_fault(p, KITH_USAGE, at, "region() needs the regions of --regions FILE");
    KITH_TRY(expr_coerce(p, &a[0], KITH_EXPR_NUMBER));
    KITH_TRY(expr_coerce(p, &a[1], KITH_EXPR_NUMBER));
    node *args[] = {a[0].node, a[1].node};
    if (n == 2) return expr_make(p, at, KITH_EXPR_TEXT, f->run, 0, p->set->scope->regions, args, 2, out);
    operand found = {0};
    KITH_TRY(expr_make(p, at, KITH_EXPR_TEXT, f->run, 0, p->set->scope->regions, args, 2, &found));
    return expr_binary(p, TOKEN_EQ, at, &found, &a[2], out);
}

static int make_person(parser *p, const function *f, size_t at, operand *a, size_t n, operand *out) { return expr_person(p, f->name, f->type, at, a, n, out); }

#define K(kernel) kernel, 0, NULL
#define PERSON NULL, 0, make_person
static const function functions[] = {
    {"abs", "N", KITH_EXPR_NUMBER, k_math, MATH_ABS, NULL},
    {"ceil", "N", KITH_EXPR_NUMBER, k_math, MATH_CEIL, NULL},
    {"coalesce", "AA+", KITH_EXPR_COLUMN, NULL, 0, make_coalesce},
    {"concat", "T+", KITH_EXPR_TEXT, k_concat, 1, NULL},
    {"contains", "TT", KITH_EXPR_TRUTH, k_contains, 0, NULL},
    {"count_if", "B", KITH_EXPR_NUMBER, PERSON},
    {"date", "Aa", KITH_EXPR_DATE, NULL, 0, make_moment},
    {"day", "D", KITH_EXPR_NUMBER, k_calendar, PART_DAY, NULL},
    {"days_between", "DD", KITH_EXPR_NUMBER, K(k_days_between)},
    {"distance", "NNNN", KITH_EXPR_NUMBER, K(k_distance)},
    {"distinct_of", "Tb", KITH_EXPR_NUMBER, PERSON},
    {"earliest", "Mb", KITH_EXPR_TIME, PERSON},
    {"ends", "TT", KITH_EXPR_TRUTH, k_contains, 2, NULL},
    {"exp", "N", KITH_EXPR_NUMBER, k_math, MATH_EXP, NULL},
    {"floor", "N", KITH_EXPR_NUMBER, k_math, MATH_FLOOR, NULL},
    {"hash", "Tn", KITH_EXPR_NUMBER, K(k_hash)},
    {"hour", "M", KITH_EXPR_NUMBER, k_hour, 0, NULL},
    {"if", "BAA", KITH_EXPR_COLUMN, NULL, 0, make_if},
    {"latest", "Mb", KITH_EXPR_TIME, PERSON},
    {"len", "T", KITH_EXPR_NUMBER, K(k_len)},
    {"log", "Nn", KITH_EXPR_NUMBER, k_math, MATH_LOG, NULL},
    {"log10", "N", KITH_EXPR_NUMBER, k_math, MATH_LOG10, NULL},
    {"lower", "T", KITH_EXPR_TEXT, k_case, 0, NULL},
    {"match", "TAa", KITH_EXPR_TEXT, NULL, 0, make_match},
    {"max", "A+", KITH_EXPR_COLUMN, k_least, 16, make_least},
    {"max_of", "Ab", KITH_EXPR_COLUMN, PERSON},
    {"mean_of", "Nb", KITH_EXPR_NUMBER, PERSON},
    {"min", "A+", KITH_EXPR_COLUMN, k_least, 0, make_least},
    {"min_of", "Ab", KITH_EXPR_COLUMN, PERSON},
    {"minute", "M", KITH_EXPR_NUMBER, k_hour, 1, NULL},
    {"missing", "A", KITH_EXPR_TRUTH, k_missing, 0, make_missing},
    {"month", "D", KITH_EXPR_NUMBER, k_calendar, PART_MONTH, NULL},
    {"near", "NNNNN", KITH_EXPR_TRUTH, K(k_near)},
    {"now_until", "", KITH_EXPR_TIME, NULL, 0, make_until},
    {"number", "Aa", KITH_EXPR_NUMBER, NULL, 0, make_number},
    {"pow", "NN", KITH_EXPR_NUMBER, k_math, MATH_POW, NULL},
    {"quarter", "D", KITH_EXPR_NUMBER, k_calendar, PART_QUARTER, NULL},
    {"region", "NNt", KITH_EXPR_TEXT, k_region, 0, make_region},
    {"replace", "TAT", KITH_EXPR_TEXT, NULL, 0, make_replace},
    {"round", "Nn", KITH_EXPR_NUMBER, K(k_round)},
    {"second", "M", KITH_EXPR_NUMBER, k_hour, 2, NULL},
    {"sqrt", "N", KITH_EXPR_NUMBER, k_math, MATH_SQRT, NULL},
    {"starts", "TT", KITH_EXPR_TRUTH, k_contains, 1, NULL},
    {"substr", "TNn", KITH_EXPR_TEXT, K(k_substr)},
    {"sum_of", "Nb", KITH_EXPR_NUMBER, PERSON},
    {"text", "A", KITH_EXPR_TEXT, k_text_of, 0, make_text},
    {"time", "Aa", KITH_EXPR_TIME, NULL, 0, make_moment},
    {"trim", "T", KITH_EXPR_TEXT, K(k_trim)},
    {"upper", "T", KITH_EXPR_TEXT, k_case, 1, NULL},
    {"week", "D", KITH_EXPR_NUMBER, k_calendar, PART_WEEK, NULL},
    {"weekday", "D", KITH_EXPR_NUMBER, k_calendar, PART_WEEKDAY, NULL},
    {"year", "D", KITH_EXPR_NUMBER, k_calendar, PART_YEAR, NULL},
    {"yearday", "D", KITH_EXPR_NUMBER, k_calendar, PART_YEARDAY, NULL},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

static int no_function(parser *p, kith_str name, size_t at) {
    const char *names[FUNCTIONS];
    for (size_t i = 0; i < FUNCTIONS; i++) names[i] = functions[i].name;
    char *copy = kith_arena_copy(p->set->arena, name.p, name.n);
    const char *near = copy ? kith_nearest_name(copy, names, FUNCTIONS) : NULL;
    if (near) return expr_fault(p, KITH_USAGE, at, "there is no function '%.*s'; did you mean '%s'?", KITH_STR_FMT(name), near);
    return expr_fault(p, KITH_USAGE, at, "there is no function '%.*s' (kith-expressions(7) lists them)", KITH_STR_FMT(name));
}

/* The argument as the signature's letter wants it: functions of truths and of anything have makers, and do this themselves. */
static int coerce_by(parser *p, char sign, operand *o) {
    switch (sign | 32) {
    case 't': return expr_coerce(p, o, KITH_EXPR_TEXT);
    case 'n': return expr_coerce(p, o, KITH_EXPR_NUMBER);
    case 'm': return expr_coerce(p, o, KITH_EXPR_TIME);
    default: return expr_coerce(p, o, KITH_EXPR_DATE);
    }
}

int expr_call(parser *p, kith_str name, size_t at, operand *args, size_t n, operand *out) {
    const function *f = NULL;
    for (size_t i = 0; i < FUNCTIONS && !f; i++)
        if (kith_str_equal_nocase(name, kith_str_of(functions[i].name))) f = &functions[i];
    if (!f) return no_function(p, name, at);
    size_t least = 0, most = 0;
    for (const char *s = f->signature; *s; s++) {
        if (*s == '+') most = SIZE_MAX;
        else {
            most++;
            least += *s < 'a';
        }
    }
    if (n < least || n > most) {
        if (least == most) return expr_fault(p, KITH_USAGE, at, "%s takes %zu argument%s, not %zu", f->name, least, least == 1 ? "" : "s", n);
        if (most == SIZE_MAX) return expr_fault(p, KITH_USAGE, at, "%s takes at least %zu argument%s, not %zu", f->name, least, least == 1 ? "" : "s", n);
        return expr_fault(p, KITH_USAGE, at, "%s takes %zu to %zu arguments, not %zu", f->name, least, most, n);
    }
    out->from = at;
    if (f->make) {
        KITH_TRY(f->make(p, f, at, args, n, out));
        out->literal = false;
        return KITH_OK;
    }
    node **nodes = kith_arena_alloc(p->set->arena, (n ? n : 1) * sizeof *nodes);
    if (!nodes) return kith_no_memory(p->err);
    const char *sign = f->signature;
    for (size_t i = 0; i < n; i++) {
        KITH_TRY(coerce_by(p, *sign, &args[i]));
        nodes[i] = args[i].node;
        if (sign[1] && sign[1] != '+') sign++;
    }
    out->literal = out->regex = false;
    return expr_make(p, at, f->type, f->run, f->mode, p->set->scope->zone, nodes, n, out);
}
