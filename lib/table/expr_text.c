/* Expressions: the kernels for texts. Positions and lengths are in characters (code points); a byte that is no UTF-8
 * counts as one. Texts that are made live in the batch's arena; parts of a field stay where they are. */
#include "expr.h"

static size_t step(kith_str s, size_t at) { /* bytes of the character at `at` */
    unsigned char c = (unsigned char)s.p[at];
    size_t n = c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;
    if (n > s.n - at) return 1;
    for (size_t k = 1; k < n; k++)
        if (((unsigned char)s.p[at + k] & 0xc0) != 0x80) return 1;
    return n;
}

static bool ascii(kith_str s) {
    unsigned char all = 0;
    for (size_t i = 0; i < s.n; i++) all |= (unsigned char)s.p[i];
    return all < 0x80;
}

static size_t characters(kith_str s) {
    if (ascii(s)) return s.n;
    size_t n = 0;
    for (size_t at = 0; at < s.n; at += step(s, at)) n++;
    return n;
}

static size_t offset_of(kith_str s, size_t character) { /* where the character (from 0) starts; s.n past the end */
    size_t at = 0;
    while (at < s.n && character) at += step(s, at), character--;
    return at;
}

/* What is in w->buf, as a text of this batch. */
static kith_str keep(work *w) {
    if (!w->buf.failed && w->buf.n == 0) return (kith_str){"", 0};
    char *p = w->buf.failed ? NULL : kith_arena_copy(w->arena, w->buf.p, w->buf.n);
    if (p) return (kith_str){p, w->buf.n};
    work_failed(w, KITH_SYSTEM, "out of memory");
    return (kith_str){"", 0};
}

/* ---- case ---------------------------------------------------------------------------------------------------------- */

static void put_code(kith_buf *buf, uint32_t code) {
    if (code < 0x80) {
        kith_buf_putc(buf, (char)code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char heads[] = {0, 0xc0, 0xe0, 0xf0};
    kith_buf_putc(buf, (char)(heads[more] | code >> 6 * more));
    while (more--) kith_buf_putc(buf, (char)(0x80 | (code >> 6 * more & 63)));
}

static void put_case(kith_buf *buf, kith_str s, bool upper) {
    for (size_t at = 0, n; at < s.n; at += n) {
        unsigned char c = (unsigned char)s.p[at];
        n = step(s, at);
        if (c < 0x80) {
            bool change = upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
            kith_buf_putc(buf, (char)(change ? c ^ 32 : c));
            continue;
        }
        if (n == 1) { /* no UTF-8 */
            kith_buf_putc(buf, (char)c);
            continue;
        }
        uint32_t code = c & (0x7fu >> n);
        for (size_t k = 1; k < n; k++) code = code << 6 | ((unsigned char)s.p[at + k] & 63);
        put_code(buf, upper ? kith_code_upper(code) : kith_code_lower(code));
    }
}

void k_case(work *w, const node *f, size_t n, vec out, const vec *a) {
    for (size_t i = 0; i < n; i++) {
        w->buf.n = 0;
        put_case(&w->buf, AT(a[0], str, i), f->mode);
        out.str[i] = keep(w);
    }
}

/* ---- parts --------------------------------------------------------------------------------------------------------- */

void k_trim(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w, (void)f;
    for (size_t i = 0; i < n; i++) out.str[i] = kith_str_trim(AT(a[0], str, i));
}

void k_len(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w, (void)f;
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        out.num[i] = s.n ? (double)characters(s) : (double)NAN;
    }
}

/* From character `from` (1 is the first, −1 the last), `n` characters or all. */
void k_substr(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        double from = AT(a[1], num, i), count = f->n_args > 2 ? AT(a[2], num, i) : 1e18;
        out.str[i] = (kith_str){"", 0};
        if (!s.n || isnan(from) || isnan(count)) continue;
        double all = (double)characters(s), start = trunc(from) < 0 ? all + trunc(from) : trunc(from) - 1, end = start + trunc(count);
        if (start < 0) start = 0; /* as in SQL: what lies before the text is cut off */
        if (end > all) end = all;
        if (end <= start) continue;
        size_t b = offset_of(s, (size_t)start);
        kith_str rest = {s.p + b, s.n - b};
        out.str[i] = (kith_str){rest.p, end == all ? rest.n : offset_of(rest, (size_t)(end - start))};
    }
}

static size_t find(kith_str s, kith_str what, size_t from) {
    if (what.n > s.n) return SIZE_MAX;
    for (size_t at = from; at + what.n <= s.n;) {
        const char *p = memchr(s.p + at, what.p[0], s.n - what.n - at + 1);
        if (!p) return SIZE_MAX;
        at = (size_t)(p - s.p);
        if (memcmp(p, what.p, what.n) == 0) return at;
        at++;
    }
    return SIZE_MAX;
}

void k_contains(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i), t = AT(a[1], str, i);
        bool found = s.n >= t.n && t.n;
        if (found) found = f->mode == 0 ? find(s, t, 0) != SIZE_MAX : memcmp(f->mode == 1 ? s.p : s.p + s.n - t.n, t.p, t.n) == 0;
        out.tri[i] = !s.n || !t.n ? KITH_EXPR_UNKNOWN : found;
    }
}

void k_replace(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)f;
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i), what = AT(a[1], str, i), with = AT(a[2], str, i);
        size_t at = s.n && what.n ? find(s, what, 0) : SIZE_MAX, last = 0;
        out.str[i] = s;
        if (at == SIZE_MAX) continue;
        w->buf.n = 0;
        for (; at != SIZE_MAX; at = find(s, what, last)) {
            kith_buf_put(&w->buf, s.p + last, at - last);
            kith_buf_str(&w->buf, with);
            last = at + what.n;
        }
        kith_buf_put(&w->buf, s.p + last, s.n - last);
        out.str[i] = keep(w);
    }
}

void k_concat(work *w, const node *f, size_t n, vec out, const vec *a) {
    for (size_t i = 0; i < n; i++) {
        bool missing = false;
        w->buf.n = 0;
        for (uint32_t k = 0; k < f->n_args; k++) {
            kith_str s = AT(a[k], str, i);
            missing = missing || !s.n;
            kith_buf_str(&w->buf, s);
        }
        if (missing && f->mode == 0) w->buf.n = 0;
        out.str[i] = keep(w);
    }
}

/* ---- patterns ------------------------------------------------------------------------------------------------------ */

/* A text on which the pattern passes its bounds is a bad row, not "no match". */
static void too_hard(work *w, size_t i, const node *f, kith_str s, int status, const kith_error *err) {
    if (status == KITH_DATA) work_bad(w, i, f, KITH_EXPR_TEXT, s);
    else work_failed(w, status, err->text);
}

void k_matches(work *w, const node *f, size_t n, vec out, const vec *a) {
    kith_matcher *m = w->matchers[f->matcher];
    const literals *needed = w->set->patterns[f->matcher].literals;
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        if (!s.n) {
            out.tri[i] = KITH_EXPR_UNKNOWN;
            continue;
        }
        bool matched = false;
        if (needed && !literals_in(needed, s)) {
            out.tri[i] = f->mode == 1;
            continue;
        }
        kith_error err;
        int status = kith_match(m, s, 0, &matched, &err);
        if (status) too_hard(w, i, f, s, status, &err);
        out.tri[i] = matched != (f->mode == 1);
    }
}

void k_match(work *w, const node *f, size_t n, vec out, const vec *a) {
    kith_matcher *m = w->matchers[f->matcher];
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        bool matched = false;
        kith_error err;
        int status = s.n ? kith_match(m, s, 0, &matched, &err) : KITH_OK;
        if (status) too_hard(w, i, f, s, status, &err);
        out.str[i] = matched ? kith_match_group(m, f->mode) : (kith_str){"", 0};
        if (!out.str[i].p) out.str[i] = (kith_str){"", 0};
    }
}

void k_replace_regex(work *w, const node *f, size_t n, vec out, const vec *a) {
    kith_matcher *m = w->matchers[f->matcher];
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        out.str[i] = s;
        if (!s.n) continue;
        kith_error err;
        w->buf.n = 0;
        int status = kith_match_replace(m, s, AT(a[1], str, i), &w->buf, &err);
        if (status) too_hard(w, i, f, s, status, &err);
        else out.str[i] = keep(w);
    }
}

/* ---- hash ---------------------------------------------------------------------------------------------------------- */

/* The upper 53 bits of XXH3, a whole number that a double holds; with a second argument, one of 0 … n−1. */
void k_hash(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) {
        kith_str s = AT(a[0], str, i);
        uint64_t h = kith_hash(s.p, s.n, 0) >> 11;
        double of = f->n_args > 1 ? AT(a[1], num, i) : 0x1p53;
        bool fine = s.n && of >= 1 && of <= 0x1p53 && of == floor(of);
        out.num[i] = fine ? (double)(h % (uint64_t)of) : (double)NAN;
    }
}
