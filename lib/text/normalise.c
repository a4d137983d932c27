/* Text, names, truth and e-mail addresses. */
#include <kith/normalise.h>
#include "utf8.h"

#include <string.h>

static const char *const type_names[KITH_TYPES] = {"text",  "integer", "number", "money",    "date",  "datetime",
                                                   "email", "phone",   "name",   "postcode", "place", "boolean"};

const char *kith_type_name(kith_type type) { return type_names[type]; }

bool kith_type_find(kith_str name, kith_type *type) {
    for (int t = 0; t < KITH_TYPES; t++)
        if (kith_str_is(name, type_names[t])) {
            *type = (kith_type)t;
            return true;
        }
    return false;
}

/* ---- letters ------------------------------------------------------------------------------------------------ */

static void put_code(kith_buf *out, uint32_t c) {
    if (c < 0x80) {
        kith_buf_putc(out, (char)c);
    } else if (c < 0x800) {
        kith_buf_putc(out, (char)(0xC0 | c >> 6));
        kith_buf_putc(out, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        kith_buf_putc(out, (char)(0xE0 | c >> 12));
        kith_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        kith_buf_putc(out, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x110000) {
        kith_buf_putc(out, (char)(0xF0 | c >> 18));
        kith_buf_putc(out, (char)(0x80 | (c >> 12 & 0x3F)));
        kith_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        kith_buf_putc(out, (char)(0x80 | (c & 0x3F)));
    } else {
        kith_buf_putc(out, (char)(c - 0x110000)); /* a byte that is no UTF-8, as it was */
    }
}

static bool is_blank(uint32_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || (c >= 0x2000 && c <= 0x200B) || c == 0x202F || c == 0x3000 || c == 0xFEFF;
}

static bool is_letter(uint32_t c) { return kith_code_lower(c) != c || kith_code_upper(c) != c || (c >= 0xC0 && c != 0xD7 && c != 0xF7 && c < 0x110000); }

static void map_text(kith_str text, uint32_t (*map)(uint32_t), kith_buf *out) {
    const unsigned char *p = (const unsigned char *)text.p, *end = p + text.n;
    while (text.n && p < end) put_code(out, map(utf8_next(&p, end)));
}

void kith_put_lower(kith_str text, kith_buf *out) { map_text(text, kith_code_lower, out); }
void kith_put_upper(kith_str text, kith_buf *out) { map_text(text, kith_code_upper, out); }

void kith_put_squeezed(kith_str text, kith_buf *out) {
    const unsigned char *p = (const unsigned char *)text.p, *end = p + text.n;
    size_t start = out->n;
    bool blank = false;
    while (text.n && p < end) {
        uint32_t c = utf8_next(&p, end);
        if (is_blank(c)) {
            blank = out->n > start;
            continue;
        }
        if (blank) kith_buf_putc(out, ' ');
        blank = false;
        put_code(out, c);
    }
}

/* ---- names -------------------------------------------------------------------------------------------------- */

static bool word_in(kith_str word, const char *const *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (kith_str_equal_nocase(word, kith_str_of(list[i]))) return true;
    return false;
}

static const char *const particles[] = {"van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "do", "du", "la", "le", "bin", "bint",
                                        "al", "el", "ter", "ten", "zu", "zur", "y", "e", "af", "av", "op", "'t"};
static const char *const suffixes[] = {"jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "phd", "ph.d.", "md", "m.d.", "dds", "esq", "esq."};

/* One word of a name that was all of one case. */
static void put_word(kith_str word, bool first, kith_buf *out) {
    if (!first && word_in(word, particles, sizeof particles / sizeof *particles)) {
        kith_put_lower(word, out);
        return;
    }
    if (!first && word_in(word, suffixes, 4)) { /* Jr. */
        kith_buf_putc(out, (char)(word.p[0] >= 'a' ? word.p[0] - 32 : word.p[0]));
        kith_put_lower((kith_str){word.p + 1, word.n - 1}, out);
        return;
    }
    if (!first && word_in(word, suffixes + 4, 3)) {
        kith_put_upper(word, out);
        return;
    }
    const unsigned char *p = (const unsigned char *)word.p, *end = p + word.n;
    bool start = true;
    size_t letters = 0;
    uint32_t before = 0;
    while (p < end) {
        uint32_t c = utf8_next(&p, end);
        put_code(out, start ? kith_code_upper(c) : kith_code_lower(c));
        letters++;
        bool mc = letters == 2 && (before == 'M' || before == 'm') && (c == 'c' || c == 'C') && end - p >= 3;
        bool mark = c == '-' || c == '.' || ((c == '\'' || c == 0x2019) && letters == 2 && (kith_code_lower(before) == 'o' || kith_code_lower(before) == 'd' || kith_code_lower(before) == 'l'));
        start = mc || mark || !is_letter(c);
        if ((c == '\'' || c == 0x2019) && !mark) start = false;
        before = c;
    }
}

bool kith_normal_name(kith_str text, kith_buf *out) {
    kith_buf clean = {0};
    kith_put_squeezed(text, &clean);
    kith_str s = {clean.p ? clean.p : "", clean.n};
    /* Doe, Jane → Jane Doe; but Jane Doe, PhD. */
    kith_str family = s, given = {NULL, 0};
    const char *comma = s.n ? memchr(s.p, ',', s.n) : NULL;
    if (comma && !memchr(comma + 1, ',', (size_t)(s.p + s.n - comma - 1))) {
        kith_str before = kith_str_trim((kith_str){s.p, (size_t)(comma - s.p)});
        kith_str after = kith_str_trim((kith_str){comma + 1, (size_t)(s.p + s.n - comma - 1)});
        if (before.n && after.n && !word_in(after, suffixes, sizeof suffixes / sizeof *suffixes)) family = before, given = after;
    }
    bool upper = false, lower = false;
    const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;
    size_t letters = 0;
    bool odd = false; /* digits: no person is called so, it is left as it is */
    while (p < end) {
        uint32_t c = utf8_next(&p, end);
        odd |= c == '@' || (c >= '0' && c <= '9');
        letters += is_letter(c);
        upper |= kith_code_lower(c) != c;
        lower |= kith_code_upper(c) != c;
    }
    bool fix = upper != lower && letters > 1 && !odd, good = letters > 0 && !clean.failed;
    kith_str parts[2] = {given, family};
    bool first = true;
    for (int i = 0; i < 2 && good; i++) {
        for (size_t at = 0; at < parts[i].n;) {
            size_t n = 0;
            while (at + n < parts[i].n && parts[i].p[at + n] != ' ') n++;
            kith_str word = {parts[i].p + at, n};
            if (!first) kith_buf_putc(out, ' ');
            if (fix) put_word(word, first, out);
            else kith_buf_str(out, word);
            first = false;
            at += n + 1;
        }
    }
    if (clean.failed) out->failed = true;
    kith_buf_free(&clean);
    return good;
}

/* ---- truth -------------------------------------------------------------------------------------------------- */

bool kith_normal_boolean(kith_str text, kith_buf *out) {
    static const char *const yes[] = {"1", "true", "t", "yes", "y", "on", "x", "ja", "j", "wahr", "oui", "o", "vrai", "si", "sí", "sì", "s", "verdadero", "vero", "✓", "✔", "1.0"};
    static const char *const no[] = {"0", "false", "f", "no", "n", "off", "nein", "falsch", "non", "faux", "falso", "nee", "-", "✗", "✘", "0.0"};
    kith_str s = kith_str_trim(text);
    bool is_yes = word_in(s, yes, sizeof yes / sizeof *yes), is_no = word_in(s, no, sizeof no / sizeof *no);
    if (!is_yes && !is_no) return false;
    kith_buf_putc(out, is_yes ? '1' : '0');
    return true;
}

/* ---- e-mail ------------------------------------------------------------------------------------------------- */

static bool atom_char(unsigned char c) { /* atext of RFC 5322, and UTF-8 of RFC 6531 */
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("!#$%&'*+/=?^_`{|}~-", c));
}

static bool valid_local(kith_str s) {
    if (!s.n || s.n > 64) return false;
    if (s.p[0] == '"') { /* quoted */
        if (s.n < 3 || s.p[s.n - 1] != '"') return false;
        for (size_t i = 1; i + 1 < s.n; i++) {
            if (s.p[i] == '\\') i++;
            else if (s.p[i] == '"' || (unsigned char)s.p[i] < 0x20) return false;
            if (i + 1 >= s.n) return false;
        }
        return true;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.') {
            if (i == 0 || i + 1 == s.n || s.p[i + 1] == '.') return false;
        } else if (!atom_char((unsigned char)s.p[i])) {
            return false;
        }
    }
    return true;
}

static bool valid_domain(kith_str s) {
    if (s.n < 3 || s.n > 253) return false;
    size_t labels = 0, start = 0;
    bool letters = false;
    for (size_t i = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] != '.') {
            unsigned char c = (unsigned char)s.p[i];
            bool digit = c >= '0' && c <= '9', letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
            if (!digit && !letter && c != '-') return false;
            letters |= letter;
            continue;
        }
        size_t n = i - start;
        if (!n || n > 63 || s.p[start] == '-' || s.p[i - 1] == '-') return false;
        labels++;
        if (i == s.n && (n < 2 || !letters)) return false; /* a top level of one letter, or of digits */
        if (i < s.n) letters = false;
        start = i + 1;
    }
    return labels >= 2;
}

bool kith_normal_email(kith_str text, kith_buf *out) {
    kith_str s = kith_str_trim(text);
    if (s.n && s.p[s.n - 1] == '>') { /* Ada <ada@example.org> */
        for (size_t i = s.n - 1; i-- > 0;)
            if (s.p[i] == '<') {
                s = kith_str_trim((kith_str){s.p + i + 1, s.n - i - 2});
                break;
            }
    }
    if (s.n > 7 && kith_str_equal_nocase((kith_str){s.p, 7}, KITH_STR("mailto:"))) s = (kith_str){s.p + 7, s.n - 7};
    while (s.n && (s.p[s.n - 1] == ';' || s.p[s.n - 1] == ',')) s.n--;
    s = kith_str_trim(s);
    if (s.n > 254) return false;
    size_t at = s.n;
    while (at > 0 && s.p[at - 1] != '@') at--;
    if (at < 2) return false;
    kith_str local = {s.p, at - 1}, domain = {s.p + at, s.n - at};
    if (!valid_local(local) || !valid_domain(domain)) return false;
    if (local.p[0] == '"') kith_buf_str(out, local);
    else kith_put_lower(local, out);
    kith_buf_putc(out, '@');
    kith_put_lower(domain, out);
    return true;
}
