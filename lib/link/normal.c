/* The normal form of a field's value, by what the field holds: what comparisons and keys see of it. */
#include "inside.h"

#include <kith/similarity.h>

#include <math.h>
#include <string.h>

bool link_missing_word(kith_str s) {
    static const char *const words[] = {"na",      "n a",           "nan",       "null",      "none", "unknown",  "nil",
                                        "missing", "not available", "undefined", "not known", "tbd",  "none none"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (kith_str_is(s, words[i])) return true;
    return false;
}

bool link_number_of(kith_str s, double *value) {
    char text[64];
    size_t n = 0;
    s = kith_str_trim(s);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '$' || c >= 0x80 || (c == ' ' && n == 0)) continue; /* currency marks */
        if (c == ',' && i + 3 < s.n && n > 0) continue;              /* thousands */
        if (n >= sizeof text - 1) return false;
        text[n++] = c == ',' ? '.' : (char)c;
    }
    return kith_parse_double((kith_str){text, n}, value);
}

static void undo_entities(kith_str cell, kith_buf *out) { /* &#228; and &amp; as old exports have them */
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '&' && i + 3 < cell.n && cell.p[i + 1] == '#') {
            uint32_t c = 0;
            size_t k = i + 2;
            while (k < cell.n && k < i + 7 && cell.p[k] >= '0' && cell.p[k] <= '9')
                c = c * 10 + (uint32_t)(cell.p[k++] - '0');
            if (k < cell.n && cell.p[k] == ';' && c >= ' ' && c < 0x10000 && (c < 0xD800 || c > 0xDFFF)) {
                if (c < 0x80) kith_buf_putc(out, (char)c);
                else if (c < 0x800) kith_buf_putc(out, (char)(0xC0 | c >> 6));
                else kith_buf_putc(out, (char)(0xE0 | c >> 12)), kith_buf_putc(out, (char)(0x80 | (c >> 6 & 63)));
                if (c >= 0x80) kith_buf_putc(out, (char)(0x80 | (c & 63)));
                i = k;
                continue;
            }
        }
        kith_buf_putc(out, cell.p[i]);
        if (cell.n - i >= 5 && memcmp(cell.p + i, "&amp;", 5) == 0) i += 4;
    }
}

static void shorten_street(kith_buf *out, size_t from) { /* street → st, as the post does */
    static const char *const words[][2] = {
        {"street", "st"},      {"avenue", "ave"},  {"road", "rd"},      {"drive", "dr"},      {"lane", "ln"},
        {"boulevard", "blvd"}, {"court", "ct"},    {"place", "pl"},     {"square", "sq"},     {"terrace", "tce"},
        {"crescent", "cres"},  {"highway", "hwy"}, {"parkway", "pkwy"}, {"apartment", "apt"}, {"suite", "ste"},
        {"north", "n"},        {"south", "s"},     {"east", "e"},       {"west", "w"},        {"strasse", "str"},
        {"platz", "pl"}};
    size_t w = from;
    for (size_t i = from; i < out->n;) {
        size_t to = i;
        while (to < out->n && out->p[to] != ' ') to++;
        kith_str t = {out->p + i, to - i};
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
            if (kith_str_is(t, words[k][0])) {
                t = kith_str_of(words[k][1]);
                break;
            }
        if (w > from) out->p[w++] = ' ';
        memmove(out->p + w, t.p, t.n);
        w += t.n;
        i = to + 1;
    }
    out->n = w;
}

/* Takes the words of another column out: they are compared there. */
static void drop_words(kith_str other, kith_buf *scratch, kith_buf *out, size_t from) {
    scratch->n = 0;
    kith_fold_text(other, NULL, scratch);
    size_t w = from;
    for (size_t i = from; i < out->n && !scratch->failed;) {
        size_t to = i, n;
        while (to < out->n && out->p[to] != ' ') to++;
        n = to - i;
        bool found = false;
        for (size_t k = 0; k + n <= scratch->n && !found; k++)
            found = (k == 0 || scratch->p[k - 1] == ' ') && memcmp(scratch->p + k, out->p + i, n) == 0 &&
                    (k + n == scratch->n || scratch->p[k + n] == ' ');
        if (!found) {
            if (w > from) out->p[w++] = ' ';
            memmove(out->p + w, out->p + i, n);
            w += n;
        }
        i = to + 1;
    }
    out->n = w;
}

void link_normalise(const kith_link_field *f, const kith_str *cells, kith_buf *scratch, kith_buf *out) {
    size_t from = out->n;
    int y, m, d;
    double v, w;
    kith_str cell = kith_str_trim(cells[0]);
    if (cell.n == 0) return;
    switch (f->kind) {
    case KITH_LINK_GEO:
        if (!link_number_of(cell, &v) || !link_number_of(cells[1], &w) || fabs(v) > 90 || fabs(w) > 360 || (v == 0 && w == 0))
            return;
        kith_buf_printf(out, "%.5f,%.5f", v, w);
        return;
    case KITH_LINK_DATE:
        scratch->n = 0;
        kith_buf_str(scratch, cell);
        for (uint32_t c = 1; c < f->n_columns; c++) {
            kith_buf_putc(scratch, '-');
            kith_buf_str(scratch, kith_str_trim(cells[c]));
        }
        if (!scratch->failed && kith_loose_date((kith_str){scratch->p, scratch->n}, f->day_first, &y, &m, &d))
            kith_buf_printf(out, "%04d%02d%02d", y, m, d);
        else {
            kith_fold_text((kith_str){scratch->p, scratch->n}, NULL, out);
            if (!out->failed && link_missing_word((kith_str){out->p + from, out->n - from})) out->n = from;
        }
        return;
    case KITH_LINK_PHONE: {
        for (size_t i = 0; i < cell.n; i++)
            if (cell.p[i] >= '0' && cell.p[i] <= '9') kith_buf_putc(out, cell.p[i]);
        if (!out->failed && out->n - from > 9) { /* without country and trunk codes */
            memmove(out->p + from, out->p + out->n - 9, 9);
            out->n = from + 9;
        }
        if (!out->failed && out->n - from < 4) out->n = from;
        bool same = out->n > from;
        for (size_t i = from + 1; i < out->n && same; i++) same = out->p[i] == out->p[from];
        if (same) out->n = from; /* 000000000 */
        return;
    }
    case KITH_LINK_NUMBER:
        if (link_number_of(cell, &v)) kith_buf_double(out, v);
        return;
    case KITH_LINK_EMAIL:
        kith_fold_text(cell, "@._-+", out);
        break;
    case KITH_LINK_CODE:
        kith_fold_text(cell, NULL, out);
        if (!out->failed && link_missing_word((kith_str){out->p + from, out->n - from})) out->n = from;
        for (size_t i = from, k = from; i <= out->n; i++) {
            if (i == out->n) {
                out->n = k;
                break;
            }
            if (out->p[i] != ' ') out->p[k++] = out->p[i];
        }
        return;
    case KITH_LINK_TEXT:
    case KITH_LINK_LIST:
        if (memchr(cell.p, '&', cell.n) != NULL) {
            scratch->n = 0;
            undo_entities(cell, scratch);
            if (scratch->failed) return;
            cell = (kith_str){scratch->p, scratch->n};
        }
        kith_fold_text(cell, NULL, out);
        break;
    case KITH_LINK_CATEGORY:
        if (link_number_of(cell, &v))
            kith_buf_double(out, v); /* 1999.0 is 1999 */
        else
            kith_fold_text(cell, NULL, out);
        break;
    default:
        kith_fold_text(cell, NULL, out);
        break;
    }
    if (out->failed) return;
    if (f->kind == KITH_LINK_ADDRESS || f->kind == KITH_LINK_TEXT) shorten_street(out, from);
    if (f->kind == KITH_LINK_TEXT || f->kind == KITH_LINK_ADDRESS)
        for (uint32_t c = 1; c < f->n_columns; c++) drop_words(cells[c], scratch, out, from);
    if (link_missing_word((kith_str){out->p + from, out->n - from})) out->n = from;
}
