/* Whether bytes are well-formed markup that data could not have widened: every tag is one of ours and closed in order, attributes are
 * quoted, references are whole, text is UTF-8 without controls, and nothing in it can run or fetch. */
#ifndef KITH_TESTS_FUZZ_MARKUP_H
#define KITH_TESTS_FUZZ_MARKUP_H

#include <kith/messy.h>

#include <ctype.h>
#include <string.h>

enum { MARKUP_DEPTH = 64, MARKUP_NAME = 24 };

typedef struct markup {
    const char *p, *end;
    char open[MARKUP_DEPTH][MARKUP_NAME];
    size_t depth;
    bool html, root;
    const char *fault; /* the first one, or NULL */
} markup;

static inline bool markup_is(const char *name, const char *list) { /* list: " a b c " */
    char padded[MARKUP_NAME + 3];
    snprintf(padded, sizeof padded, " %s ", name);
    return strstr(list, padded) != NULL;
}

static inline bool markup_no(markup *m, const char *why) {
    if (!m->fault) m->fault = why;
    return false;
}

static inline bool markup_name(markup *m, char *name) {
    size_t n = 0;
    while (m->p < m->end && (isalnum((unsigned char)*m->p) || *m->p == '-' || *m->p == ':') && n + 1 < MARKUP_NAME) name[n++] = *m->p++;
    name[n] = 0;
    return n ? true : markup_no(m, "a name is missing or too long");
}

static inline bool markup_reference(markup *m) {
    const char *p = ++m->p;
    while (p < m->end && (isalnum((unsigned char)*p) || *p == '#') && p - m->p < 12) p++;
    if (p == m->p || p == m->end || *p != ';') return markup_no(m, "a bare ampersand");
    m->p = p + 1;
    return true;
}

static inline bool markup_attribute(markup *m) {
    char name[MARKUP_NAME];
    if (!markup_name(m, name)) return false;
    if (strncmp(name, "on", 2) == 0) return markup_no(m, "an attribute that runs");
    if (m->p == m->end || *m->p != '=') return m->html ? true : markup_no(m, "an attribute without a value");
    if (++m->p == m->end || *m->p != '"') return markup_no(m, "an attribute without quotes");
    const char *value = ++m->p;
    while (m->p < m->end && *m->p != '"') {
        if (*m->p == '<') return markup_no(m, "< in an attribute");
        if (*m->p != '&') m->p++;
        else if (!markup_reference(m)) return false;
    }
    if (m->p == m->end) return markup_no(m, "an attribute without an end");
    if (markup_is(name, " href src xlink:href action data ") && *value != '#') return markup_no(m, "a link that leaves the page");
    m->p++;
    return true;
}

static inline bool markup_tag(markup *m) {
    static const char ours[] = " html head meta title style body header nav ul ol li span a main section h1 h2 p figure figcaption details summary table "
                               "thead tbody tr th td data footer dl dt dd svg desc g path rect line circle text tspan polyline polygon defs clipPath use "
                               "linearGradient stop ellipse pattern ",
                      empty[] = " meta ";
    char name[MARKUP_NAME];
    bool closing = ++m->p < m->end && *m->p == '/';
    m->p += closing;
    if (!markup_name(m, name)) return false;
    if (!markup_is(name, ours)) return markup_no(m, "an element that is not ours");
    if (closing) {
        if (!m->depth || strcmp(m->open[m->depth - 1], name) != 0) return markup_no(m, "closed out of order");
        if (m->p == m->end || *m->p++ != '>') return markup_no(m, "a closing tag without an end");
        m->depth--;
        return true;
    }
    if (!m->depth && m->root) return markup_no(m, "two roots");
    m->root = true;
    for (;;) {
        while (m->p < m->end && isspace((unsigned char)*m->p)) m->p++;
        if (m->p == m->end) return markup_no(m, "a tag without an end");
        if (*m->p == '>') break;
        if (*m->p == '/') {
            if (++m->p == m->end || *m->p++ != '>') return markup_no(m, "a stray slash");
            return true;
        }
        if (!markup_attribute(m)) return false;
    }
    m->p++;
    if (m->html && markup_is(name, empty)) return true;
    if (m->depth == MARKUP_DEPTH) return markup_no(m, "nested too deep");
    memcpy(m->open[m->depth++], name, sizeof name);
    if (m->html && strcmp(name, "style") == 0) { /* its text is no markup */
        while (m->p < m->end && *m->p != '<') m->p++;
    }
    return true;
}

/* NULL where all is well, else what is wrong. */
static inline const char *markup_fault(kith_str text, bool html) {
    markup m = {.p = text.p, .end = text.p + text.n, .html = html};
    static const char doctype[] = "<!DOCTYPE html>";
    if (!kith_utf8_valid(text.p, text.n, false, NULL)) return "not UTF-8";
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) return "a control";
    }
    if (html && (text.n < sizeof doctype - 1 || strncmp(text.p, doctype, sizeof doctype - 1) != 0)) return "no document type";
    if (html) m.p += sizeof doctype - 1;
    if (!html && text.n > 5 && strncmp(text.p, "<?xml", 5) == 0) {
        const char *end = strstr(text.p, "?>");
        if (!end) return "an open declaration";
        m.p = end + 2;
    }
    while (m.p < m.end && !m.fault) {
        if (*m.p == '<') markup_tag(&m);
        else if (*m.p == '&') markup_reference(&m);
        else if (!m.depth && !isspace((unsigned char)*m.p)) return "text outside of the root";
        else m.p++;
    }
    if (m.fault) return m.fault;
    return m.depth ? "not closed" : m.root ? NULL : "nothing";
}

#endif
