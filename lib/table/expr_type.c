/* Expressions: types. A bare column takes the type of what it meets; a literal text may still become a time, a date or a
 * duration; everything else is said outright (number(x), text(x), date(x) …), so that a mistake is found before the first
 * row. A comparison of a time with a date compares days. */
#include "expr.h"

static int fault_type(parser *p, const operand *o, kith_expr_type wanted) {
    if (o->regex) return expr_fault(p, KITH_USAGE, o->from, "a regular expression stands behind =~, !~ or in match and replace");
    if (o->type == KITH_EXPR_TEXT && wanted == KITH_EXPR_NUMBER)
        return expr_fault(p, KITH_USAGE, o->from, "a number is wanted here, and this is a text: write number(…)");
    if (wanted == KITH_EXPR_TEXT)
        return expr_fault(p, KITH_USAGE, o->from, "a text is wanted here, and this is a %s: write text(…)", kith_expr_type_name(o->type));
    return expr_fault(p, KITH_USAGE, o->from, "a %s is wanted here, and this is a %s", kith_expr_type_name(wanted), kith_expr_type_name(o->type));
}

int expr_make(parser *p, size_t at, kith_expr_type type, kernel run, uint32_t mode, const void *aux, node *const *args,
              size_t n, operand *out) {
    bool bad = false;
    size_t from = out->from, to = out->to;
    node *made = node_call(p->set, type, run, mode, aux, args, n, &bad);
    if (bad) return expr_fault(p, KITH_USAGE, at, "this text is no %s", kith_expr_type_name(type));
    if (!made) return kith_no_memory(p->err);
    *out = (operand){.node = made, .type = type, .from = from, .to = to};
    return KITH_OK;
}

static kernel conversion(kith_expr_type type) { /* from a text: a text itself has none */
    switch (type) {
    case KITH_EXPR_NUMBER: return k_number;
    case KITH_EXPR_TRUTH: return k_truth;
    case KITH_EXPR_TIME: return k_time;
    case KITH_EXPR_DATE: return k_date;
    default: return k_duration;
    }
}

int expr_coerce(parser *p, operand *o, kith_expr_type type) {
    if (o->regex) return fault_type(p, o, type);
    if (o->type == KITH_EXPR_MISSING) {
        if (type == KITH_EXPR_COLUMN) type = KITH_EXPR_TEXT;
        o->node = type == KITH_EXPR_TEXT     ? node_const_text(p->set, (kith_str){"", 0})
                  : type == KITH_EXPR_NUMBER ? node_const_number(p->set, (double)NAN)
                  : type == KITH_EXPR_TRUTH  ? node_const_truth(p->set, KITH_EXPR_UNKNOWN)
                                             : node_const_i64(p->set, type, KITH_EXPR_NO_TIME);
        o->type = type;
        return o->node ? KITH_OK : kith_no_memory(p->err);
    }
    if (o->type == type || type == KITH_EXPR_COLUMN) return KITH_OK;
    if (o->type == KITH_EXPR_COLUMN && type == KITH_EXPR_TEXT) {
        o->type = type; /* the node's bytes are its text */
        return KITH_OK;
    }
    bool open = o->type == KITH_EXPR_COLUMN || (o->literal && type != KITH_EXPR_NUMBER && type != KITH_EXPR_TRUTH);
    if (open) {
        node *args[] = {o->node};
        return expr_make(p, o->from, type, conversion(type), 0, NULL, args, 1, o);
    }
    node *args[] = {o->node};
    if (o->type == KITH_EXPR_TIME && type == KITH_EXPR_DATE) return expr_make(p, o->from, type, k_date_of_time, 0, p->set->scope->zone, args, 1, o);
    if (o->type == KITH_EXPR_DATE && type == KITH_EXPR_TIME) return expr_make(p, o->from, type, k_time_of_date, 0, p->set->scope->zone, args, 1, o);
    return fault_type(p, o, type);
}

int expr_unify(parser *p, operand *o, size_t n, kith_expr_type otherwise, kith_expr_type *type) {
    kith_expr_type t = KITH_EXPR_COLUMN;
    size_t first = 0;
    for (int pass = 0; pass < 2 && t == KITH_EXPR_COLUMN; pass++) /* a literal text decides last: it may be a date */
        for (size_t i = 0; i < n; i++) {
            if (o[i].regex) return fault_type(p, &o[i], KITH_EXPR_TEXT);
            if (o[i].type == KITH_EXPR_COLUMN || o[i].type == KITH_EXPR_MISSING || (o[i].literal && pass == 0)) continue;
            if (t == KITH_EXPR_COLUMN) t = o[i].type, first = i;
            else if (t != o[i].type) {
                bool days = (t == KITH_EXPR_TIME && o[i].type == KITH_EXPR_DATE) || (t == KITH_EXPR_DATE && o[i].type == KITH_EXPR_TIME);
                if (!days)
                    return expr_fault(p, KITH_USAGE, o[i].from, "this is a %s, and the one before is a %s", kith_expr_type_name(o[i].type), kith_expr_type_name(o[first].type));
                t = KITH_EXPR_DATE;
            }
        }
    if (t == KITH_EXPR_COLUMN) t = otherwise;
    for (size_t i = 0; i < n && t == KITH_EXPR_TIME; i++) { /* "2026-09-30" beside a time is a date, as without quotes */
        int64_t us;
        bool is_date;
        if (o[i].literal && kith_parse_time(o[i].text, NULL, &us, &is_date) && is_date) t = KITH_EXPR_DATE;
    }
    for (size_t i = 0; i < n; i++) {
        if (o[i].literal && (t == KITH_EXPR_NUMBER || t == KITH_EXPR_TRUTH))
            return expr_fault(p, KITH_USAGE, o[i].from, "this is a text, and a %s is wanted here", kith_expr_type_name(t));
        KITH_TRY(expr_coerce(p, &o[i], t));
    }
    *type = t;
    return KITH_OK;
}

static int compare_operands(parser *p, compare mode, size_t at, operand *left, operand *right, operand *out) {
    operand o[2] = {*left, *right};
    for (int i = 0; i < 2; i++) {
        if (o[i].type == KITH_EXPR_MISSING && !o[i].regex)
            return expr_fault(p, KITH_USAGE, o[i].from, "nothing equals a missing value: write missing(…)");
        if (o[i].literal && o[i].text.n == 0)
            return expr_fault(p, KITH_USAGE, o[i].from, "an empty text is a missing value, which equals nothing: write missing(…)");
    }
    if (o[0].type == KITH_EXPR_COLUMN && o[1].type == KITH_EXPR_COLUMN) {
        node *args[] = {o[0].node, o[1].node};
        return expr_make(p, at, KITH_EXPR_TRUTH, k_compare_any, mode, p->set->scope->zone, args, 2, out);
    }
    /* A column against a number with more digits than a double holds is compared digit by digit. */
    if (o[0].type == KITH_EXPR_NUMBER && o[1].type == KITH_EXPR_COLUMN) {
        operand swap = o[0];
        static const compare turned[] = {CMP_EQ, CMP_NE, CMP_GT, CMP_GE, CMP_LT, CMP_LE};
        o[0] = o[1];
        o[1] = swap;
        mode = turned[mode];
    }
    node *plain = o[0].node;
    bool decimal = o[0].type == KITH_EXPR_COLUMN && o[1].type == KITH_EXPR_NUMBER && o[1].text.n;
    kith_str digits = o[1].text;
    kith_expr_type type;
    KITH_TRY(expr_unify(p, o, 2, KITH_EXPR_TEXT, &type));
    if (decimal) {
        node *args[] = {o[0].node, o[1].node, plain, node_const_text(p->set, digits)};
        if (!args[3]) return kith_no_memory(p->err);
        return expr_make(p, at, KITH_EXPR_TRUTH, digits.n > 15 ? k_compare_decimal : k_compare_number, mode, NULL, args, digits.n > 15 ? 4 : 2, out);
    }
    if (type == KITH_EXPR_TEXT && o[0].node->kind == NODE_CONST) { /* the constant to the right */
        static const compare turned[] = {CMP_EQ, CMP_NE, CMP_GT, CMP_GE, CMP_LT, CMP_LE};
        operand swap = o[0];
        o[0] = o[1];
        o[1] = swap;
        mode = turned[mode];
    }
    node *args[] = {o[0].node, o[1].node};
    kernel run = type == KITH_EXPR_NUMBER ? k_compare_number : type == KITH_EXPR_TEXT ? k_compare_text : type == KITH_EXPR_TRUTH ? k_compare_truth : k_compare_i64;
    if (type == KITH_EXPR_TRUTH && mode > CMP_NE) return expr_fault(p, KITH_USAGE, at, "truth values have no order");
    return expr_make(p, at, KITH_EXPR_TRUTH, run, mode, NULL, args, 2, out);
}

static bool is_moment(kith_expr_type t) { return t == KITH_EXPR_TIME || t == KITH_EXPR_DATE; }

static int whole_days(const operand *o) {
    return o->node->kind == NODE_CONST && o->node->value.i64 != KITH_EXPR_NO_TIME && o->node->value.i64 % KITH_US_PER_DAY == 0;
}

/* time ± duration, time − time, and their mixtures with bare columns. */
static int moments(parser *p, int token, size_t at, operand *l, operand *r, operand *out) {
    if (token == '-' && (is_moment(l->type) || is_moment(r->type)) && r->type != KITH_EXPR_DURATION) {
        operand o[2] = {*l, *r};
        kith_expr_type type;
        if (o[0].type == KITH_EXPR_TIME || o[1].type == KITH_EXPR_TIME) {
            KITH_TRY(expr_coerce(p, &o[0], KITH_EXPR_TIME));
            KITH_TRY(expr_coerce(p, &o[1], KITH_EXPR_TIME));
            type = KITH_EXPR_TIME;
        } else KITH_TRY(expr_unify(p, o, 2, KITH_EXPR_DATE, &type));
        node *args[] = {o[0].node, o[1].node};
        return expr_make(p, at, KITH_EXPR_DURATION, k_i64_subtract, type == KITH_EXPR_DATE, NULL, args, 2, out);
    }
    if (token == '+' && l->type == KITH_EXPR_DURATION && is_moment(r->type)) {
        operand *swap = l;
        l = r;
        r = swap;
    }
    if (is_moment(l->type)) {
        if (r->type != KITH_EXPR_DURATION) return fault_type(p, r, KITH_EXPR_DURATION);
        if (l->type == KITH_EXPR_DATE && whole_days(r)) {
            node *args[] = {l->node, r->node};
            return expr_make(p, at, KITH_EXPR_DATE, k_date_shift, token == '-', NULL, args, 2, out);
        }
        KITH_TRY(expr_coerce(p, l, KITH_EXPR_TIME));
        node *args[] = {l->node, r->node};
        return expr_make(p, at, KITH_EXPR_TIME, token == '+' ? k_i64_add : k_i64_subtract, 0, NULL, args, 2, out);
    }
    /* durations; a bare column beside a duration is a duration */
    operand *column = l->type == KITH_EXPR_COLUMN ? l : r->type == KITH_EXPR_COLUMN ? r : NULL;
    if (column) KITH_TRY(expr_coerce(p, column, KITH_EXPR_DURATION));
    if (l->type != KITH_EXPR_DURATION) return fault_type(p, l, KITH_EXPR_DURATION);
    if (r->type != KITH_EXPR_DURATION) return fault_type(p, r, KITH_EXPR_DURATION);
    node *args[] = {l->node, r->node};
    return expr_make(p, at, KITH_EXPR_DURATION, token == '+' ? k_i64_add : k_i64_subtract, 0, NULL, args, 2, out);
}

static int scaled(parser *p, int token, size_t at, operand *l, operand *r, operand *out) {
    if (token == '/' && r->type == KITH_EXPR_DURATION) {
        KITH_TRY(expr_coerce(p, l, KITH_EXPR_DURATION));
        node *args[] = {l->node, r->node};
        return expr_make(p, at, KITH_EXPR_NUMBER, k_ratio, 0, NULL, args, 2, out);
    }
    if (token == '%') return fault_type(p, l->type == KITH_EXPR_DURATION ? l : r, KITH_EXPR_NUMBER);
    if (r->type == KITH_EXPR_DURATION) {
        operand *swap = l;
        l = r;
        r = swap;
    }
    KITH_TRY(expr_coerce(p, r, KITH_EXPR_NUMBER));
    node *args[] = {l->node, r->node};
    return expr_make(p, at, KITH_EXPR_DURATION, k_scale, token == '/', NULL, args, 2, out);
}

int expr_binary(parser *p, int token, size_t at, operand *left, operand *right, operand *out) {
    operand l = *left, r = *right;
    out->from = left->from;
    out->to = right->to;
    switch (token) {
    case TOKEN_EQ: return compare_operands(p, CMP_EQ, at, &l, &r, out);
    case TOKEN_NE: return compare_operands(p, CMP_NE, at, &l, &r, out);
    case TOKEN_LE: return compare_operands(p, CMP_LE, at, &l, &r, out);
    case TOKEN_GE: return compare_operands(p, CMP_GE, at, &l, &r, out);
    case '<': return compare_operands(p, CMP_LT, at, &l, &r, out);
    case '>': return compare_operands(p, CMP_GT, at, &l, &r, out);
    default: break;
    }
    bool duration = l.type == KITH_EXPR_DURATION || r.type == KITH_EXPR_DURATION;
    if (token == '+' || token == '-') {
        if (duration || is_moment(l.type) || is_moment(r.type)) return moments(p, token, at, &l, &r, out);
        if (token == '+' && (l.type == KITH_EXPR_TEXT || r.type == KITH_EXPR_TEXT)) {
            KITH_TRY(expr_coerce(p, &l, KITH_EXPR_TEXT));
            KITH_TRY(expr_coerce(p, &r, KITH_EXPR_TEXT));
            node *args[] = {l.node, r.node};
            return expr_make(p, at, KITH_EXPR_TEXT, k_concat, 0, NULL, args, 2, out);
        }
    } else if (duration) return scaled(p, token, at, &l, &r, out);
    KITH_TRY(expr_coerce(p, &l, KITH_EXPR_NUMBER));
    KITH_TRY(expr_coerce(p, &r, KITH_EXPR_NUMBER));
    node *args[] = {l.node, r.node};
    kernel run = token == '+' ? k_add : token == '-' ? k_subtract : token == '*' ? k_multiply : token == '/' ? k_divide : k_modulo;
    return expr_make(p, at, KITH_EXPR_NUMBER, run, 0, NULL, args, 2, out);
}

int expr_not(parser *p, operand *o, operand *out) {
    KITH_TRY(expr_coerce(p, o, KITH_EXPR_TRUTH));
    node *args[] = {o->node};
    return expr_make(p, o->from, KITH_EXPR_TRUTH, k_not, 0, NULL, args, 1, out);
}

int expr_negate(parser *p, size_t at, operand *o, operand *out) {
    node *args[1];
    if (o->type == KITH_EXPR_DURATION) {
        args[0] = o->node;
        node *zero = node_const_i64(p->set, KITH_EXPR_DURATION, 0);
        if (!zero) return kith_no_memory(p->err);
        node *both[] = {zero, o->node};
        return expr_make(p, at, KITH_EXPR_DURATION, k_i64_subtract, 0, NULL, both, 2, out);
    }
    KITH_TRY(expr_coerce(p, o, KITH_EXPR_NUMBER));
    args[0] = o->node;
    return expr_make(p, at, KITH_EXPR_NUMBER, k_negate, 0, NULL, args, 1, out);
}

int expr_matches(parser *p, size_t at, operand *left, operand *right, bool negated, operand *out) {
    (void)at;
    if (!right->regex && !right->literal)
        return expr_fault(p, KITH_USAGE, right->from, "a regular expression is written out, as \"…\" or /…/");
    KITH_TRY(expr_coerce(p, left, KITH_EXPR_TEXT));
    uint32_t pattern;
    kith_error inner;
    int status = node_pattern(p->set, right->text, 0, &pattern, &inner);
    if (status) return expr_fault(p, status, right->from, "%s", inner.text);
    node *args[] = {left->node};
    out->node = node_match(p->set, KITH_EXPR_TRUTH, k_matches, negated, pattern, args, 1);
    out->type = KITH_EXPR_TRUTH;
    out->literal = out->regex = false;
    return out->node ? KITH_OK : kith_no_memory(p->err);
}

/* ---- in ---------------------------------------------------------------------------------------------------------- */

static const text_set *make_text_set(kith_arena *arena, const operand *items, size_t n) {
    text_set *s = kith_arena_zalloc(arena, sizeof *s);
    size_t room = 4;
    while (room < n * 2) room *= 2;
    kith_str *texts = kith_arena_alloc(arena, (n ? n : 1) * sizeof *texts);
    uint32_t *places = kith_arena_zalloc(arena, room * sizeof *places);
    if (!s || !texts || !places) return NULL;
    s->mask = room - 1;
    for (size_t i = 0; i < n; i++) {
        kith_str t = items[i].node->value.str;
        if (!t.n) {
            s->with_missing = true;
            continue;
        }
        size_t at = (size_t)kith_hash(t.p, t.n, 0) & s->mask;
        while (places[at] && !kith_str_equal(texts[places[at] - 1], t)) at = (at + 1) & s->mask;
        if (places[at]) continue;
        texts[s->n++] = t;
        places[at] = (uint32_t)s->n;
    }
    s->items = texts;
    s->places = places;
    return s;
}

static const value_set *make_value_set(kith_arena *arena, const operand *items, size_t n, bool number) {
    value_set *s = kith_arena_zalloc(arena, sizeof *s);
    double *num = kith_arena_alloc(arena, (n ? n : 1) * sizeof *num);
    int64_t *i64 = kith_arena_alloc(arena, (n ? n : 1) * sizeof *i64);
    if (!s || !num || !i64) return NULL;
    for (size_t i = 0; i < n; i++) { /* insertion keeps them sorted; lists are short, and compiled once */
        const node *c = items[i].node;
        if (number ? isnan(c->value.num) : c->value.i64 == KITH_EXPR_NO_TIME) {
            s->with_missing = true;
            continue;
        }
        size_t at = s->n++;
        if (number) {
            for (; at && num[at - 1] > c->value.num; at--) num[at] = num[at - 1];
            num[at] = c->value.num;
        } else {
            for (; at && i64[at - 1] > c->value.i64; at--) i64[at] = i64[at - 1];
            i64[at] = c->value.i64;
        }
    }
    s->num = num;
    s->i64 = i64;
    return s;
}

int expr_in(parser *p, size_t at, operand *left, operand *items, size_t n, operand *out) {
    if (!n) return expr_fault(p, KITH_USAGE, at, "the list is empty");
    kith_arena *arena = p->set->arena;
    operand *all = kith_arena_alloc(arena, (n + 1) * sizeof *all);
    if (!all) return kith_no_memory(p->err);
    all[0] = *left;
    memcpy(all + 1, items, n * sizeof *all);
    kith_expr_type type;
    KITH_TRY(expr_unify(p, all, n + 1, KITH_EXPR_TEXT, &type));
    bool constant = type != KITH_EXPR_TRUTH;
    for (size_t i = 1; i <= n; i++) constant = constant && all[i].node->kind == NODE_CONST;
    node *args[] = {all[0].node};
    if (constant) {
        const void *set = type == KITH_EXPR_TEXT ? (const void *)make_text_set(arena, all + 1, n) : (const void *)make_value_set(arena, all + 1, n, type == KITH_EXPR_NUMBER);
        if (!set) return kith_no_memory(p->err);
        return expr_make(p, at, KITH_EXPR_TRUTH, type == KITH_EXPR_TEXT ? k_in_text : type == KITH_EXPR_NUMBER ? k_in_number : k_in_i64, 0, set, args, 1, out);
    }
    node **each = kith_arena_alloc(arena, n * sizeof *each);
    if (!each) return kith_no_memory(p->err);
    for (size_t i = 0; i < n; i++) {
        operand one = {0};
        node *pair[] = {all[0].node, all[i + 1].node};
        kernel run = type == KITH_EXPR_NUMBER ? k_compare_number : type == KITH_EXPR_TEXT ? k_compare_text : type == KITH_EXPR_TRUTH ? k_compare_truth : k_compare_i64;
        KITH_TRY(expr_make(p, at, KITH_EXPR_TRUTH, run, CMP_EQ, NULL, pair, 2, &one));
        each[i] = one.node;
    }
    *out = (operand){.node = node_special(p->set, NODE_OR, KITH_EXPR_TRUTH, each, n), .type = KITH_EXPR_TRUTH};
    return out->node ? KITH_OK : kith_no_memory(p->err);
}
