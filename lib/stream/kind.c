/* Kinds of cells, by eye: what tells a header from data, one delimiter from another, a total from a row.
 * Nothing is converted here; lib/text reads values. */
#include "messy.h"

#include <string.h>

static bool digit(char c) { return c >= '0' && c <= '9'; }
static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80; }

/* Skips a currency sign or code at s; returns its bytes. */
static size_t currency(kith_str s) {
    static const char *const signs[] = {"$",   "€",   "£",   "¥",   "₹",   "kr",  "zł",  "R$",  "Fr.", "USD", "EUR", "GBP", "CHF",
                                        "JPY", "CNY", "INR", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "Rs."};
    size_t most = 0;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (kith_str_starts(s, signs[i]) && strlen(signs[i]) > most) most = strlen(signs[i]);
    return most;
}

static bool is_number(kith_str s) {
    size_t i = 0, digits = 0;
    if (s.n > 40) return false;
    if (i < s.n && (s.p[i] == '(' || s.p[i] == '-' || s.p[i] == '+')) i++;
    i += currency((kith_str){s.p + i, s.n - i});
    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '-')) i++;
    for (; i < s.n; i++) {
        char c = s.p[i];
        if (digit(c)) {
            digits++;
        } else if (c == ',' || c == '.' || c == '\'' || c == ' ') {
            if (i + 1 < s.n && !digit(s.p[i + 1]) && c != ' ') return digits && i + 1 == s.n;
        } else if ((unsigned char)c == 0xC2 && i + 1 < s.n && (unsigned char)s.p[i + 1] == 0xA0) {
            i++; /* no-break space */
        } else {
            break;
        }
    }
    if (!digits) return false;
    kith_str rest = kith_str_trim((kith_str){s.p + i, s.n - i});
    if (rest.n && (rest.p[0] == 'e' || rest.p[0] == 'E')) {
        int64_t exponent;
        return kith_parse_int((kith_str){rest.p + 1, rest.n - 1}, &exponent);
    }
    if (rest.n && (rest.p[0] == '%' || rest.p[0] == ')' || rest.p[0] == '-')) return rest.n == 1;
    return !rest.n || currency(rest) == rest.n;
}

static size_t digits_at(kith_str s, size_t i) {
    size_t n = 0;
    while (i + n < s.n && digit(s.p[i + n])) n++;
    return n;
}

/* By its first three bytes, in English, German, French, Spanish and Italian. */
static bool month_name(kith_str s) {
    static const char months[][4] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mai", "m\xC3\xA4",
                                     "okt", "dez", "f\xC3\xA9", "d\xC3\xA9", "avr", "ao\xC3", "ene", "abr", "ago", "dic", "gen", "mag",
                                     "giu", "lug", "set", "ott"};
    if (s.n < 3 || s.n > 12) return false;
    char low[3];
    for (int i = 0; i < 3; i++) low[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    for (size_t i = 0; i < sizeof months / sizeof *months; i++)
        if (!memcmp(months[i], low, 3)) return true;
    return false;
}

static bool is_time(kith_str s) {
    size_t n = digits_at(s, 0), i = n;
    if (n < 1 || n > 2 || i >= s.n || s.p[i] != ':') return false;
    if (digits_at(s, i + 1) != 2) return false;
    i += 3;
    if (i < s.n && s.p[i] == ':') {
        if (digits_at(s, i + 1) != 2) return false;
        i += 3;
        if (i < s.n && (s.p[i] == '.' || s.p[i] == ',')) i += 1 + digits_at(s, i + 1);
    }
    kith_str rest = kith_str_trim((kith_str){s.p + i, s.n - i});
    if (!rest.n || kith_str_equal_nocase(rest, KITH_STR("am")) || kith_str_equal_nocase(rest, KITH_STR("pm")) || kith_str_is(rest, "Z"))
        return true;
    return (rest.p[0] == '+' || rest.p[0] == '-') && rest.n <= 6 && digits_at(rest, 1) >= 2;
}

static bool is_date(kith_str s) {
    if (s.n < 6 || s.n > 40) return false;
    size_t groups[3], at = 0;
    char mark = 0;
    int named = 0;
    for (int g = 0; g < 3; g++) {
        size_t n = digits_at(s, at);
        if (!n) {
            while (at + n < s.n && letter(s.p[at + n])) n++;
            if (g == 2 || !month_name((kith_str){s.p + at, n})) return false;
            named++;
            groups[g] = 0;
        } else {
            if (n > 4 || n == 3) return false;
            groups[g] = n;
        }
        at += n;
        if (g == 2) break;
        if (at >= s.n) return false;
        char c = s.p[at];
        if (c != '-' && c != '/' && c != '.' && !((c == ' ' || c == ',') && (named || g == 0))) return false;
        if (!mark) mark = c;
        if (c != mark && !named) return false;
        at++;
        while (at < s.n && s.p[at] == ' ') at++;
    }
    if (named > 1) return false;
    bool year_first = groups[0] == 4, year_last = groups[2] == 4 || groups[2] == 2;
    if (!year_first && !year_last) return false;
    if (year_first && (groups[1] > 2 || groups[2] > 2)) return false;
    if (!year_first && (groups[0] > 2 || groups[1] > 2)) return false;
    if (at == s.n) return true;
    if (s.p[at] == 'T' || s.p[at] == ' ' || s.p[at] == ',') at++;
    return is_time(kith_str_trim((kith_str){s.p + at, s.n - at}));
}

kith_kind kith_kind_of(kith_str cell) {
    kith_str s = kith_str_trim(cell);
    if (!s.n) return KIND_EMPTY;
    size_t blanks = 0, digits = 0, letters = 0, ats = 0, others = 0;
    for (size_t i = 0; i < s.n && i < 256; i++) {
        char c = s.p[i];
        blanks += c == ' ' || c == '\n' || c == '\t';
        digits += digit(c);
        letters += letter(c);
        ats += c == '@';
        others += c == '"' || c == '\'';
    }
    if (digits) {
        if (is_date(s)) return KIND_DATE;
        if (is_time(s)) return KIND_TIME;
        if (is_number(s)) return KIND_NUMBER;
    }
    if (!blanks && ats == 1 && letters && memchr(s.p, '.', s.n) && s.p[0] != '@' && s.p[s.n - 1] != '@') return KIND_EMAIL;
    if (!blanks && (kith_str_starts(s, "www.") || kith_str_starts(s, "http://") || kith_str_starts(s, "https://"))) return KIND_URL;
    if (blanks || others) return KIND_TEXT;
    if (letters && !digits) return KIND_WORD;
    return KIND_CODE;
}

bool kith_is_total(kith_str cell) {
    static const char *const words[] = {"total", "totals", "grand total", "sub total", "subtotal", "sum", "summe", "gesamt", "gesamtsumme",
                                        "insgesamt", "somme", "totaux", "total général", "totaal", "totale", "suma", "soma", "razem",
                                        "всего", "итого", "合计", "总计", "合計", "總計"};
    kith_str s = kith_str_trim(cell);
    if (!s.n || s.n > 40 || !(strchr("tTgGsSiIrR*", s.p[0]) || (unsigned char)s.p[0] >= 0x80)) return false;
    if (s.n && s.p[s.n - 1] == ':') s = kith_str_trim((kith_str){s.p, s.n - 1});
    if (s.n >= 3 && s.p[0] == '*' && s.p[s.n - 1] == '*') s = (kith_str){s.p + 1, s.n - 2};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (kith_str_equal_nocase(s, kith_str_of(words[i]))) return true;
    return kith_is_total_of(s);
}

bool kith_is_total_of(kith_str cell) {
    kith_str s = kith_str_trim(cell);
    return s.n > 6 && kith_str_equal_nocase((kith_str){s.p, 6}, KITH_STR("total:"));
}

bool kith_is_rule(kith_str line) {
    size_t marks = 0;
    for (size_t i = 0; i < line.n; i++) {
        if (!line.p[i] || !strchr("-=+| \t", line.p[i])) return false;
        marks += line.p[i] == '-' || line.p[i] == '=';
    }
    return marks >= 3;
}

bool kith_is_footnote(kith_str cell) {
    static const char *const words[] = {"source", "note", "notes", "quelle", "hinweis", "fuente", "fonte", "nb", "n.b", "disclaimer",
                                        "generated", "exported", "copyright", "legend", "end of report", "confidential", "stand"};
    kith_str s = kith_str_trim(cell);
    if (!s.n) return false;
    if (s.p[0] == '*' || kith_str_starts(s, "†") || kith_str_starts(s, "(1)") || kith_str_starts(s, "©") || kith_str_starts(s, "--"))
        return true;
    if (s.n > 4 && s.p[0] == '(' && s.p[1] >= '0' && s.p[1] <= '9' && s.p[s.n - 1] == ')') return true; /* (2 rows) */
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if (s.n >= n && kith_str_equal_nocase((kith_str){s.p, n}, kith_str_of(words[i])) && (s.n == n || !letter(s.p[n]))) return true;
    }
    return false;
}
