/* Regular expressions: PCRE2's defaults put right once.
 *
 * - JIT always, with a stack of our own (32 KB to 1 MB): the default takes the thread's. Where JIT's stack runs out the
 *   interpreter, whose memory is on the heap and bounded, tries again.
 * - Bounds: 5 M steps, depth 20,000, 64 MB of heap. PCRE2's own defaults are 10 M steps and 20 GB.
 * - Two forms: UTF with Unicode properties, and bytes for ASCII subjects. On ASCII both say the same: the byte form is
 *   only made from patterns that are ASCII themselves, since é? would there make one byte optional.
 * - PCRE2_MATCH_INVALID_UTF: a field that is not UTF-8 is searched around its bad bytes, instead of an error. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <kith/libraries.h>
#include <kith/pattern.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void version(char *text) {
    char full[64] = ""; /* "10.42 2022-12-11" */
    pcre2_config(PCRE2_CONFIG_VERSION, full);
    snprintf(text, KITH_LIBRARY_VERSION, "%.*s", (int)strcspn(full, " "), full);
}
KITH_LIBRARY(pcre2, "PCRE2", version)

enum { MATCH_LIMIT = 5000000, DEPTH_LIMIT = 20000, HEAP_LIMIT_KB = 65536, NEST_LIMIT = 200, PATTERN_MAX = 65536 };

struct kith_pattern {
    pcre2_code *utf;
    pcre2_code *bytes; /* NULL where only the UTF form is right */
    uint32_t groups;
};

struct kith_matcher {
    const kith_pattern *pattern;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    const char *subject;
    int found; /* pairs set by the last match */
};

static bool is_ascii(const char *p, size_t n) {
    uint64_t seen = 0;
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        seen |= word;
    }
    for (; n; p++, n--) seen |= (uint64_t)(unsigned char)*p;
    return !(seen & UINT64_C(0x8080808080808080));
}

static int compile(kith_str text, uint32_t options, pcre2_code **code, kith_error *err) {
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (!context) return kith_no_memory(err);
    pcre2_set_parens_nest_limit(context, NEST_LIMIT);
    pcre2_set_max_pattern_length(context, PATTERN_MAX);
    int number = 0;
    PCRE2_SIZE offset = 0;
    *code = pcre2_compile((PCRE2_SPTR)(text.p ? text.p : ""), text.n, options, &number, &offset, context);
    pcre2_compile_context_free(context);
    if (!*code) {
        char why[160];
        if (number == PCRE2_ERROR_NOMEMORY || number == PCRE2_ERROR_HEAP_FAILED) return kith_no_memory(err);
        if (pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof why) < 0) why[0] = 0;
        return kith_fail(err, KITH_USAGE, "not a pattern: %s at character %zu", why, (size_t)offset + 1);
    }
    /* Without JIT (a processor it does not know) the interpreter is right, only slower. */
    if (pcre2_jit_compile(*code, PCRE2_JIT_COMPLETE) == PCRE2_ERROR_NOMEMORY) {
        pcre2_code_free(*code);
        *code = NULL;
        return kith_no_memory(err);
    }
    return KITH_OK;
}

int kith_pattern_new(kith_str text, unsigned flags, kith_pattern **pattern, kith_error *err) {
    uint32_t options = 0;
    if (flags & KITH_PATTERN_CASELESS) options |= PCRE2_CASELESS;
    if (flags & KITH_PATTERN_WHOLE) options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    if (flags & KITH_PATTERN_LITERAL) options |= PCRE2_LITERAL;
    uint32_t unicode = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
    if (!(flags & KITH_PATTERN_LITERAL)) unicode |= PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
    kith_pattern *made = calloc(1, sizeof *made);
    if (!made) return kith_no_memory(err);
    int status = compile(text, options | unicode, &made->utf, err);
    if (status != KITH_OK) {
        free(made);
        return status;
    }
    pcre2_pattern_info(made->utf, PCRE2_INFO_CAPTURECOUNT, &made->groups);
    kith_error ignored;
    if (is_ascii(text.p, text.n) && compile(text, options, &made->bytes, &ignored) == KITH_SYSTEM) {
        kith_pattern_free(made);
        return kith_no_memory(err);
    }
    *pattern = made;
    return KITH_OK;
}

void kith_pattern_free(kith_pattern *pattern) {
    if (!pattern) return;
    pcre2_code_free(pattern->utf);
    pcre2_code_free(pattern->bytes);
    free(pattern);
}

size_t kith_pattern_groups(const kith_pattern *pattern) { return pattern->groups; }

kith_matcher *kith_matcher_new(const kith_pattern *pattern) {
    kith_matcher *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->pattern = pattern;
    m->data = pcre2_match_data_create(pattern->groups + 1, NULL);
    m->context = pcre2_match_context_create(NULL);
    m->stack = pcre2_jit_stack_create(32 * 1024, 1024 * 1024, NULL);
    if (!m->data || !m->context || !m->stack) {
        kith_matcher_free(m);
        return NULL;
    }
    pcre2_set_match_limit(m->context, MATCH_LIMIT);
    pcre2_set_depth_limit(m->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(m->context, HEAP_LIMIT_KB);
    pcre2_jit_stack_assign(m->context, NULL, m->stack);
    return m;
}

void kith_matcher_free(kith_matcher *matcher) {
    if (!matcher) return;
    pcre2_match_data_free(matcher->data);
    pcre2_match_context_free(matcher->context);
    pcre2_jit_stack_free(matcher->stack);
    free(matcher);
}

static int match_with(kith_matcher *m, kith_str subject, size_t from, uint32_t options, bool *matched, kith_error *err) {
    static const char none[1] = "";
    const char *p = subject.p ? subject.p : none;
    const kith_pattern *pattern = m->pattern;
    const pcre2_code *code = pattern->bytes && is_ascii(p, subject.n) ? pattern->bytes : pattern->utf;
    m->subject = p;
    m->found = 0;
    *matched = false;
    if (from > subject.n) return KITH_OK;
    int got = pcre2_match(code, (PCRE2_SPTR)p, subject.n, from, options, m->data, m->context);
    if (got == PCRE2_ERROR_JIT_STACKLIMIT)
        got = pcre2_match(code, (PCRE2_SPTR)p, subject.n, from, options | PCRE2_NO_JIT, m->data, m->context);
    if (got > 0) {
        m->found = got;
        *matched = true;
        return KITH_OK;
    }
    if (got == PCRE2_ERROR_NOMATCH) return KITH_OK;
    /* A start inside of a character of the UTF form: nothing begins there. */
    if (got == PCRE2_ERROR_BADUTFOFFSET) return KITH_OK;
    if (got == PCRE2_ERROR_NOMEMORY) return kith_no_memory(err);
    return kith_fail(err, KITH_DATA, "the pattern gave up on a value of %zu bytes (%s)", subject.n,
                     got == PCRE2_ERROR_MATCHLIMIT ? "too many steps" : "too much memory");
}

int kith_match(kith_matcher *matcher, kith_str subject, size_t from, bool *matched, kith_error *err) {
    return match_with(matcher, subject, from, 0, matched, err);
}

kith_str kith_match_group(const kith_matcher *matcher, size_t group) {
    if (matcher->found <= 0 || group >= (size_t)matcher->found) return (kith_str){NULL, 0};
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(matcher->data);
    PCRE2_SIZE start = at[2 * group], end = at[2 * group + 1];
    if (start == PCRE2_UNSET || end < start) return (kith_str){NULL, 0};
    return (kith_str){matcher->subject + start, end - start};
}

/* The template `with`, filled from the last match. */
static void put_template(const kith_matcher *m, kith_str with, kith_buf *out) {
    for (size_t i = 0; i < with.n; i++) {
        char c = with.p[i];
        size_t j = i + 1;
        if (c != '$' || j >= with.n) {
            kith_buf_putc(out, c);
            continue;
        }
        bool braces = with.p[j] == '{';
        if (braces) j++;
        size_t digits = 0, group = 0;
        while (j < with.n && digits < 2 && with.p[j] >= '0' && with.p[j] <= '9') {
            group = group * 10 + (size_t)(with.p[j++] - '0');
            digits++;
        }
        if (digits && (!braces || (j < with.n && with.p[j] == '}'))) {
            kith_str s = kith_match_group(m, group);
            if (s.p) kith_buf_str(out, s);
            i = braces ? j : j - 1;
        } else {
            kith_buf_putc(out, '$');
            if (with.p[i + 1] == '$') i++;
        }
    }
}

int kith_match_replace(kith_matcher *matcher, kith_str subject, kith_str with, kith_buf *out, kith_error *err) {
    size_t from = 0, copied = 0;
    uint32_t options = 0;
    while (from <= subject.n) {
        bool matched;
        KITH_TRY(match_with(matcher, subject, from, options, &matched, err));
        if (!matched) {
            if (!options || from >= subject.n) break;
            /* After an empty match nothing longer began here: one character on. */
            from++;
            while (from < subject.n && ((unsigned char)subject.p[from] & 0xC0) == 0x80) from++;
            options = 0;
            continue;
        }
        const PCRE2_SIZE *at = pcre2_get_ovector_pointer(matcher->data);
        size_t start = at[0], end = at[1];
        if (end < start || start < copied) break; /* \K inside a lookaround: leave the rest alone */
        kith_buf_put(out, subject.p + copied, start - copied);
        put_template(matcher, with, out);
        copied = from = end;
        options = end == start ? PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED : 0;
    }
    if (copied < subject.n) kith_buf_put(out, subject.p + copied, subject.n - copied);
    return out->failed ? kith_no_memory(err) : KITH_OK;
}
