/* Expressions: text to nodes. A lexer of one token, and recursive descent over
 *
 *   or:         and { "or" and }
 *   and:        not { "and" not }
 *   not:        "not" not | comparison
 *   comparison: sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=" | "=~" | "!~") sum
 *                   | ["not"] "in" "(" or { "," or } ")" | ["not"] "between" sum "and" sum ]
 *   sum:        product { ("+" | "-") product }
 *   product:    unary { ("*" | "/" | "%") unary }
 *   unary:      "-" unary | primary
 *   primary:    literal | column | "{" any name "}" | function "(" … ")" | "(" or ")"
 *
 * Types are found on the way up, so that a fault is told with its place before any row is read. A '/' where a value must
 * begin opens a regular expression; YYYY-MM-DD without blanks is a date; a number with a unit right behind it a duration. */
#include "expr.h"

#include <stdio.h>

enum { DEEPEST = 200, LONGEST = 1 << 16, CHAIN = 2000, ARGUMENTS = 10000 };

/* ---- faults --------------------------------------------------------------------------------------------------- */

static bool inside(unsigned char c) { return c >= 0x80 && c < 0xc0; } /* of a UTF-8 character */

int expr_fault(parser *p, int status, size_t at, const char *format, ...) {
    char message[400];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    kith_fail(p->err, status, "expression: %s", message);
    if (!p->err) return status;
    kith_str t = p->text;
    if (at > t.n) at = t.n;
    size_t from = at > 60 ? at - 60 : 0, to = t.n - at > 40 ? at + 40 : t.n, caret = 0;
    while (from && inside((unsigned char)t.p[from])) from--;
    while (to < t.n && inside((unsigned char)t.p[to])) to++;
    char *out = p->err->text, *end = out + sizeof p->err->text - 1;
    out += strlen(out);
    const char *lead = from ? "\n  …" : "\n  ";
    for (const char *c = lead; *c && out < end; c++) *out++ = *c;
    for (size_t i = from; i < to && out < end; i++) {
        unsigned char c = (unsigned char)t.p[i];
        *out++ = c < 0x20 || c == 0x7f ? ' ' : (char)c;
        caret += i < at && !inside(c);
    }
    for (const char *c = to < t.n ? "…\n  " : "\n  "; *c && out < end; c++) *out++ = *c;
    for (caret += from != 0; caret && out < end; caret--) *out++ = ' ';
    if (out < end) *out++ = '^';
    *out = 0;
    return status;
}

/* ---- lexer ---------------------------------------------------------------------------------------------------- */

static bool digit(char c) { return c >= '0' && c <= '9'; }
static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80; }

static char peek(const parser *p, size_t ahead) { return p->at + ahead < p->text.n ? p->text.p[p->at + ahead] : 0; }

/* A quoted text. \n, \t, \r, \\ and the quote are unescaped; other backslashes stay, so that "\d+" needs no doubling. */
static int lex_string(parser *p, char quote, bool regex) {
    kith_buf buf = {0};
    size_t start = p->at++;
    for (;; p->at++) {
        if (p->at >= p->text.n) {
            kith_buf_free(&buf);
            return expr_fault(p, KITH_USAGE, start, regex ? "this / has no partner" : "this quote has no partner");
        }
        char c = p->text.p[p->at];
        if (c == quote && !regex && p->at + 1 < p->text.n && p->text.p[p->at + 1] == quote) { /* doubled, as in SQL and CSV */
            kith_buf_putc(&buf, quote);
            p->at++;
            continue;
        }
        if (c == quote) break;
        if (c == '\\' && p->at + 1 < p->text.n) {
            char next = p->text.p[p->at + 1];
            char plain = next == quote ? quote : regex ? 0 : next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next == '\\' ? '\\' : 0;
            if (plain) {
                kith_buf_putc(&buf, plain);
                p->at++;
                continue;
            }
            if (regex) kith_buf_putc(&buf, c), c = next, p->at++; /* \\ and \/ stay together */
        }
        kith_buf_putc(&buf, c);
    }
    p->at++;
    p->word = (kith_str){kith_arena_copy(p->set->arena, buf.p, buf.n), buf.n};
    bool failed = buf.failed || !p->word.p;
    kith_buf_free(&buf);
    p->token = regex ? TOKEN_REGEX : TOKEN_STRING;
    return failed ? kith_no_memory(p->err) : KITH_OK;
}

/* YYYY-MM-DD, with a time behind a T: a date or a moment. *found: there is one; what looks like one and is none is a fault, not a difference. */
static int lex_date(parser *p, bool *found) {
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? !digit(peek(p, i)) : peek(p, i) != '-') return KITH_OK;
    size_t n = 10;
    if (peek(p, n) == 'T' && digit(peek(p, n + 1))) {
        for (n++; digit(peek(p, n)) || peek(p, n) == ':' || peek(p, n) == '.'; n++) {}
        if (peek(p, n) == 'Z') n++;
        else if ((peek(p, n) == '+' || peek(p, n) == '-') && digit(peek(p, n + 1)) && digit(peek(p, n + 2))) {
            n += 3;
            if (peek(p, n) == ':' && digit(peek(p, n + 1)) && digit(peek(p, n + 2))) n += 3;
            else if (digit(peek(p, n)) && digit(peek(p, n + 1))) n += 2;
        }
    }
    if (letter(peek(p, n)) || digit(peek(p, n))) return KITH_OK;
    bool is_date;
    if (!kith_parse_time((kith_str){p->text.p + p->at, n}, n == 10 ? NULL : p->set->scope->zone, &p->moment, &is_date))
        return expr_fault(p, KITH_USAGE, p->start, "the calendar has no such %s", n == 10 ? "day" : "moment");
    p->token = is_date ? TOKEN_DATE : TOKEN_TIME;
    if (is_date) p->moment /= KITH_US_PER_DAY; /* exact: midnight */
    p->at += n;
    *found = true;
    return KITH_OK;
}

static int lex_number(parser *p) {
    size_t n = 0;
    while (digit(peek(p, n))) n++;
    if (peek(p, n) == '.')
        for (n++; digit(peek(p, n));) n++;
    if ((peek(p, n) | 32) == 'e') {
        size_t m = n + 1;
        if (peek(p, m) == '+' || peek(p, m) == '-') m++;
        if (digit(peek(p, m)))
            for (n = m; digit(peek(p, n));) n++;
    }
    kith_str text = {p->text.p + p->at, n};
    if (!kith_parse_double(text, &p->number)) return expr_fault(p, KITH_USAGE, p->start, "this number is out of range");
    p->token = TOKEN_NUMBER;
    p->word = text;
    size_t gap = 0, unit = 0;
    while (peek(p, n + gap) == ' ') gap++;
    while (letter(peek(p, n + gap + unit)) || digit(peek(p, n + gap + unit))) unit++;
    kith_str u = {p->text.p + p->at + n + gap, unit};
    double km = kith_str_is(u, "km") ? 1 : kith_str_is(u, "mi") ? 1.609344 : kith_str_is(u, "m") && p->metres ? .001 : 0;
    if (km > 0) { /* a distance is a number of kilometres */
        p->number *= km;
        p->at += n + gap + unit;
        return KITH_OK;
    }
    if (unit && !gap) {
        char copy[64];
        if (n + unit < sizeof copy) {
            memcpy(copy, text.p, n + unit);
            copy[n + unit] = 0;
            if (kith_parse_duration(copy, &p->moment)) {
                p->token = TOKEN_DURATION;
                p->at += n + unit;
                return KITH_OK;
            }
        }
        return expr_fault(p, KITH_USAGE, p->at + n, "'%.*s' is no unit (us ms s m h d w; km mi)", KITH_STR_FMT(u));
    }
    p->at += n;
    return KITH_OK;
}

static int lex_word(parser *p) {
    static const struct {
        const char *word;
        int token;
    } keywords[] = {{"and", TOKEN_AND}, {"or", TOKEN_OR}, {"not", TOKEN_NOT}, {"in", TOKEN_IN}, {"between", TOKEN_BETWEEN}, {"true", TOKEN_TRUE}, {"false", TOKEN_FALSE}};
    while (letter(peek(p, 0)) || digit(peek(p, 0)) || (peek(p, 0) == '.' && letter(peek(p, 1)))) p->at++;
    p->word = (kith_str){p->text.p + p->start, p->at - p->start};
    p->token = TOKEN_NAME;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (kith_str_equal_nocase(p->word, kith_str_of(keywords[i].word))) p->token = keywords[i].token;
    if (p->token == TOKEN_NAME && kith_str_is(p->word, "missing")) {
        size_t gap = 0;
        while (peek(p, gap) == ' ') gap++;
        if (peek(p, gap) != '(') p->token = TOKEN_MISSING;
    }
    return KITH_OK;
}

static int next_token(parser *p) {
    p->end = p->at;
    while (p->at < p->text.n && (p->text.p[p->at] == ' ' || (p->text.p[p->at] >= '\t' && p->text.p[p->at] <= '\r'))) p->at++;
    p->start = p->at;
    bool before = p->value_before;
    p->value_before = false;
    if (p->at >= p->text.n) {
        p->token = TOKEN_END;
        return KITH_OK;
    }
    char c = peek(p, 0), d = peek(p, 1);
    if (digit(c) || (c == '.' && digit(d))) {
        p->value_before = true;
        bool is_date = false;
        if (digit(c)) KITH_TRY(lex_date(p, &is_date));
        return is_date ? KITH_OK : lex_number(p);
    }
    if (letter(c)) {
        KITH_TRY(lex_word(p));
        p->value_before = p->token == TOKEN_NAME || p->token >= TOKEN_TRUE;
        return KITH_OK;
    }
    if (c == '"' || c == '\'') {
        p->value_before = true;
        return lex_string(p, c, false);
    }
    if (c == '/' && !before) {
        p->value_before = true;
        return lex_string(p, c, true);
    }
    if (c == '{') {
        const char *close = memchr(p->text.p + p->at, '}', p->text.n - p->at);
        if (!close) return expr_fault(p, KITH_USAGE, p->at, "this { has no partner");
        p->word = (kith_str){p->text.p + p->at + 1, (size_t)(close - p->text.p) - p->at - 1};
        p->at = (size_t)(close - p->text.p) + 1;
        p->token = TOKEN_BRACED;
        p->value_before = true;
        return KITH_OK;
    }
    static const struct {
        char a, b;
        int token;
    } pairs[] = {{'=', '=', TOKEN_EQ}, {'!', '=', TOKEN_NE}, {'<', '=', TOKEN_LE}, {'>', '=', TOKEN_GE}, {'=', '~', TOKEN_MATCHES}, {'!', '~', TOKEN_DIFFERS}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (c == pairs[i].a && d == pairs[i].b) {
            p->token = pairs[i].token;
            p->at += 2;
            return KITH_OK;
        }
    if (c == '<' && d == '>') return expr_fault(p, KITH_USAGE, p->at, "'<>' is written '!='");
    if (c == '&') return expr_fault(p, KITH_USAGE, p->at, "'&' is written 'and'");
    if (c == '|') return expr_fault(p, KITH_USAGE, p->at, "'|' is written 'or'");
    if (c == '=') return expr_fault(p, KITH_USAGE, p->at, "'=' is written '=='");
    if (c == '!') return expr_fault(p, KITH_USAGE, p->at, "'!' is written 'not'");
    if (!c || !strchr("<>+-*/%(),", c)) return expr_fault(p, KITH_USAGE, p->at, "this character has no meaning here");
    p->token = (unsigned char)c;
    p->at++;
    p->value_before = c == ')';
    return KITH_OK;
}

/* ---- parser --------------------------------------------------------------------------------------------------- */

static int parse_or(parser *p, operand *out);

static int column_named(parser *p, kith_str name, size_t at, operand *out) {
    for (size_t i = p->set->n_defined; i--;)
        if (kith_str_equal(p->set->defined[i].name, name)) {
            *out = (operand){.node = p->set->defined[i].value, .type = p->set->defined[i].value->type};
            return KITH_OK;
        }
    const kith_expr_scope *scope = p->set->scope;
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < scope->n_names && found == SIZE_MAX; i++)
        if (kith_str_equal(name, scope->names[i])) found = i;
    if (found == SIZE_MAX && name.n > 3 && name.p[name.n - 1] == ']') { /* name[2]: the second of that name */
        const char *open = memchr(name.p, '[', name.n);
        int64_t which;
        if (open && kith_parse_int((kith_str){open + 1, (size_t)(name.p + name.n - 1 - (open + 1))}, &which))
            for (size_t i = 0; i < scope->n_names && found == SIZE_MAX; i++)
                if (kith_str_equal((kith_str){name.p, (size_t)(open - name.p)}, scope->names[i]) && --which == 0) found = i;
    }
    if (found == SIZE_MAX) {
        int64_t which;
        if (kith_parse_int(name, &which) && which >= 1 && (uint64_t)which <= scope->n_names) found = (size_t)which - 1;
    }
    if (found == SIZE_MAX) {
        char *copy = kith_arena_copy(p->set->arena, name.p, name.n);
        const char **all = kith_arena_alloc(p->set->arena, (scope->n_names + 1) * sizeof *all);
        if (!copy || !all) return kith_no_memory(p->err);
        for (size_t i = 0; i < scope->n_names; i++)
            if (!(all[i] = kith_arena_copy(p->set->arena, scope->names[i].p, scope->names[i].n))) return kith_no_memory(p->err);
        const char *near = kith_nearest_name(copy, all, scope->n_names);
        if (near) return expr_fault(p, KITH_DATA, at, "there is no column '%.*s'; did you mean '%s'?", KITH_STR_FMT(name), near);
        return expr_fault(p, KITH_DATA, at, "there is no column '%.*s'; a text stands in quotes: \"%.*s\"", KITH_STR_FMT(name), KITH_STR_FMT(name));
    }
    out->node = node_column(p->set, (uint32_t)found);
    out->type = KITH_EXPR_COLUMN;
    return out->node ? KITH_OK : kith_no_memory(p->err);
}

static int expect(parser *p, int token, const char *what) {
    if (p->token != token) return expr_fault(p, KITH_USAGE, p->start, "%s is expected here", what);
    return next_token(p);
}

/* "(" has been read: operands up to ")". */
static int parse_list(parser *p, operand **items, size_t *n) {
    size_t room = 0;
    *items = NULL;
    *n = 0;
    if (p->token != ')') {
        for (;;) {
            if (*n == room) {
                size_t more = room ? room * 2 : 4;
                operand *grown = more <= ARGUMENTS * 2 ? kith_arena_alloc(p->set->arena, more * sizeof *grown) : NULL;
                if (!grown) return kith_no_memory(p->err);
                if (*n) memcpy(grown, *items, *n * sizeof *grown);
                *items = grown;
                room = more;
            }
            if (*n == ARGUMENTS) return expr_fault(p, KITH_USAGE, p->start, "more than %d items; join with a file instead", ARGUMENTS);
            KITH_TRY(parse_or(p, &(*items)[(*n)++]));
            if (p->token != ',') break;
            KITH_TRY(next_token(p));
        }
    }
    return expect(p, ')', "')' or ','");
}

static int parse_primary(parser *p, operand *out) {
    size_t at = p->start;
    *out = (operand){.from = at};
    switch (p->token) {
    case TOKEN_NUMBER: *out = (operand){.node = node_const_number(p->set, p->number), .type = KITH_EXPR_NUMBER, .text = p->word}; break;
    case TOKEN_STRING:
        *out = (operand){.node = node_const_text(p->set, p->word), .type = KITH_EXPR_TEXT, .literal = true, .text = p->word};
        break;
    case TOKEN_REGEX: *out = (operand){.type = KITH_EXPR_MISSING, .regex = true, .text = p->word}; break;
    case TOKEN_DURATION: *out = (operand){.node = node_const_i64(p->set, KITH_EXPR_DURATION, p->moment), .type = KITH_EXPR_DURATION}; break;
    case TOKEN_DATE: *out = (operand){.node = node_const_i64(p->set, KITH_EXPR_DATE, p->moment), .type = KITH_EXPR_DATE}; break;
    case TOKEN_TIME: *out = (operand){.node = node_const_i64(p->set, KITH_EXPR_TIME, p->moment), .type = KITH_EXPR_TIME}; break;
    case TOKEN_TRUE:
    case TOKEN_FALSE: *out = (operand){.node = node_const_truth(p->set, p->token == TOKEN_TRUE), .type = KITH_EXPR_TRUTH}; break;
    case TOKEN_MISSING: *out = (operand){.type = KITH_EXPR_MISSING}; break;
    case TOKEN_BRACED: KITH_TRY(column_named(p, p->word, at, out)); break;
    case TOKEN_NAME: {
        kith_str name = p->word;
        KITH_TRY(next_token(p));
        if (p->token == '(') {
            bool was = p->metres;
            p->metres = kith_str_is(name, "near");
            operand *args;
            size_t n;
            KITH_TRY(next_token(p));
            KITH_TRY(parse_list(p, &args, &n));
            p->metres = was;
            KITH_TRY(expr_call(p, name, at, args, n, out));
        } else if (kith_str_is(name, "now_until")) {
            KITH_TRY(expr_call(p, name, at, NULL, 0, out));
        } else KITH_TRY(column_named(p, name, at, out));
        out->from = at;
        out->to = p->end;
        return KITH_OK;
    }
    case '(':
        KITH_TRY(next_token(p));
        KITH_TRY(parse_or(p, out));
        KITH_TRY(expect(p, ')', "')'"));
        out->from = at;
        out->to = p->end;
        return KITH_OK;
    case TOKEN_END: return expr_fault(p, KITH_USAGE, at, "the expression ends where a value is expected");
    default: return expr_fault(p, KITH_USAGE, at, "a value is expected here");
    }
    if (!out->node && out->type != KITH_EXPR_MISSING) return kith_no_memory(p->err);
    KITH_TRY(next_token(p));
    out->from = at;
    out->to = p->end;
    return KITH_OK;
}

static int parse_unary(parser *p, operand *out) {
    if (p->token != '-') return parse_primary(p, out);
    size_t at = p->start;
    if (++p->depth > DEEPEST) return expr_fault(p, KITH_USAGE, at, "nested too deeply");
    operand inner;
    KITH_TRY(next_token(p));
    KITH_TRY(parse_unary(p, &inner));
    p->depth--;
    KITH_TRY(expr_negate(p, at, &inner, out));
    out->from = at;
    out->to = inner.to;
    return KITH_OK;
}

/* left { operator right }, left to right. */
static int parse_chain(parser *p, operand *out, const char *operators, int (*part)(parser *, operand *)) {
    KITH_TRY(part(p, out));
    for (int n = 0; p->token < 128 && p->token && strchr(operators, p->token); n++) {
        int token = p->token;
        size_t at = p->start;
        if (n == CHAIN) return expr_fault(p, KITH_USAGE, at, "too long: split it");
        operand left = *out, right;
        KITH_TRY(next_token(p));
        KITH_TRY(part(p, &right));
        KITH_TRY(expr_binary(p, token, at, &left, &right, out));
        out->from = left.from;
        out->to = right.to;
    }
    return KITH_OK;
}

static int parse_product(parser *p, operand *out) { return parse_chain(p, out, "*/%", parse_unary); }
static int parse_sum(parser *p, operand *out) { return parse_chain(p, out, "+-", parse_product); }

static int parse_between(parser *p, size_t at, operand *left, operand *out) {
    operand o[3] = {*left}, low, high;
    kith_expr_type type;
    KITH_TRY(parse_sum(p, &o[1]));
    KITH_TRY(expect(p, TOKEN_AND, "'and'"));
    KITH_TRY(parse_sum(p, &o[2]));
    KITH_TRY(expr_unify(p, o, 3, KITH_EXPR_NUMBER, &type));
    KITH_TRY(expr_binary(p, TOKEN_GE, at, &o[0], &o[1], &low));
    KITH_TRY(expr_binary(p, TOKEN_LE, at, &o[0], &o[2], &high));
    node *both[] = {low.node, high.node};
    *out = (operand){.node = node_special(p->set, NODE_AND, KITH_EXPR_TRUTH, both, 2), .type = KITH_EXPR_TRUTH};
    return out->node ? KITH_OK : kith_no_memory(p->err);
}

static int parse_comparison(parser *p, operand *out) {
    KITH_TRY(parse_sum(p, out));
    operand left = *out, right;
    size_t at = p->start;
    int token = p->token;
    bool negated = false;
    if (token == TOKEN_NOT) { /* not in, not between */
        KITH_TRY(next_token(p));
        token = p->token;
        negated = true;
        if (token != TOKEN_IN && token != TOKEN_BETWEEN) return expr_fault(p, KITH_USAGE, p->start, "'in' or 'between' is expected here");
    }
    switch (token) {
    case TOKEN_EQ: case TOKEN_NE: case TOKEN_LE: case TOKEN_GE: case '<': case '>':
        KITH_TRY(next_token(p));
        KITH_TRY(parse_sum(p, &right));
        KITH_TRY(expr_binary(p, token, at, &left, &right, out));
        break;
    case TOKEN_MATCHES: case TOKEN_DIFFERS:
        KITH_TRY(next_token(p));
        KITH_TRY(parse_sum(p, &right));
        KITH_TRY(expr_matches(p, at, &left, &right, token == TOKEN_DIFFERS, out));
        break;
    case TOKEN_IN: {
        operand *items;
        size_t n;
        KITH_TRY(next_token(p));
        KITH_TRY(expect(p, '(', "'('"));
        KITH_TRY(parse_list(p, &items, &n));
        KITH_TRY(expr_in(p, at, &left, items, n, out));
        break;
    }
    case TOKEN_BETWEEN:
        KITH_TRY(next_token(p));
        KITH_TRY(parse_between(p, at, &left, out));
        break;
    case TOKEN_NAME: /* as SQL has them */
        if (kith_str_equal_nocase(p->word, KITH_STR("like"))) return expr_fault(p, KITH_USAGE, p->start, "'like' is written =~, with a regular expression");
        if (kith_str_equal_nocase(p->word, KITH_STR("is"))) return expr_fault(p, KITH_USAGE, p->start, "'x is null' is written missing(x)");
        return KITH_OK;
    default: return KITH_OK;
    }
    if (negated) {
        operand positive = *out;
        KITH_TRY(expr_not(p, &positive, out));
    }
    out->from = left.from;
    out->to = p->end;
    switch (p->token) {
    case TOKEN_EQ: case TOKEN_NE: case TOKEN_LE: case TOKEN_GE: case '<': case '>': case TOKEN_MATCHES: case TOKEN_DIFFERS:
        return expr_fault(p, KITH_USAGE, p->start, "comparisons do not chain: join two with 'and'");
    default: return KITH_OK;
    }
}

static int parse_not(parser *p, operand *out) {
    if (p->token != TOKEN_NOT) return parse_comparison(p, out);
    size_t at = p->start;
    if (++p->depth > DEEPEST) return expr_fault(p, KITH_USAGE, at, "nested too deeply");
    operand inner;
    KITH_TRY(next_token(p));
    KITH_TRY(parse_not(p, &inner));
    p->depth--;
    KITH_TRY(expr_not(p, &inner, out));
    out->from = at;
    out->to = inner.to;
    return KITH_OK;
}

/* One node for the whole chain, so that a long one is no deep one. */
static int parse_logic(parser *p, operand *out, int token, node_kind kind, int (*part)(parser *, operand *)) {
    KITH_TRY(part(p, out));
    if (p->token != token) return KITH_OK;
    size_t n = 0, room = 0, from = out->from;
    node **args = NULL;
    operand item = *out;
    for (;;) {
        KITH_TRY(expr_coerce(p, &item, KITH_EXPR_TRUTH));
        if (n == room) {
            size_t more = room ? room * 2 : 4;
            node **grown = kith_arena_alloc(p->set->arena, more * sizeof *grown);
            if (!grown) return kith_no_memory(p->err);
            if (n) memcpy(grown, args, n * sizeof *grown);
            args = grown;
            room = more;
        }
        args[n++] = item.node;
        if (p->token != token) break;
        KITH_TRY(next_token(p));
        KITH_TRY(part(p, &item));
    }
    *out = (operand){.node = node_special(p->set, kind, KITH_EXPR_TRUTH, args, n), .type = KITH_EXPR_TRUTH, .from = from, .to = p->end};
    return out->node ? KITH_OK : kith_no_memory(p->err);
}

static int parse_and(parser *p, operand *out) { return parse_logic(p, out, TOKEN_AND, NODE_AND, parse_not); }

static int parse_or(parser *p, operand *out) {
    if (++p->depth > DEEPEST) return expr_fault(p, KITH_USAGE, p->start, "nested too deeply");
    KITH_TRY(parse_logic(p, out, TOKEN_OR, NODE_OR, parse_and));
    p->depth--;
    return KITH_OK;
}

int kith_exprs_add(kith_exprs *set, kith_str text, kith_expr_type as, size_t *number, kith_error *err) {
    if (text.n > LONGEST) return kith_fail(err, KITH_USAGE, "expression: longer than %d bytes", LONGEST);
    if (set->n_roots == set->room_roots) {
        size_t more = set->room_roots ? set->room_roots * 2 : 8;
        node **grown = kith_arena_alloc(set->arena, more * sizeof *grown);
        if (!grown) return kith_no_memory(err);
        if (set->n_roots) memcpy(grown, set->roots, set->n_roots * sizeof *grown);
        set->roots = grown;
        set->room_roots = more;
    }
    char *copy = kith_arena_copy(set->arena, text.p, text.n);
    if (!copy) return kith_no_memory(err);
    parser p = {.set = set, .text = {copy, text.n}, .err = err};
    operand o;
    KITH_TRY(next_token(&p));
    KITH_TRY(parse_or(&p, &o));
    if (p.token != TOKEN_END) return expr_fault(&p, KITH_USAGE, p.start, p.token == ')' ? "this ) has no partner" : "an operator or the end is expected here");
    KITH_TRY(expr_coerce(&p, &o, as));
    o.node->uses++;
    *number = set->n_roots;
    set->roots[set->n_roots++] = o.node;
    return KITH_OK;
}

bool kith_expr_assignment(kith_str text, kith_str *name, kith_str *expression) {
    text = kith_str_trim(text);
    size_t at = 0;
    if (text.n && text.p[0] == '{') {
        const char *close = memchr(text.p, '}', text.n);
        if (!close) return false;
        at = (size_t)(close - text.p) + 1;
        *name = (kith_str){text.p + 1, at - 2};
        while (at < text.n && text.p[at] == ' ') at++;
    } else {
        while (at < text.n && (letter(text.p[at]) || digit(text.p[at]) || text.p[at] == '.' || text.p[at] == '-')) at++;
        *name = (kith_str){text.p, at};
        while (at < text.n && text.p[at] == ' ') at++;
    }
    if (!name->n || at >= text.n || text.p[at] != '=' || (at + 1 < text.n && (text.p[at + 1] == '=' || text.p[at + 1] == '~'))) return false;
    *expression = (kith_str){text.p + at + 1, text.n - at - 1};
    return true;
}
