/* Numbers as people write them: separators of thousands, decimal commas, currencies, brackets for minus. */
#include <kith/normalise.h>

#include <string.h>

static bool digit(char c) { return c >= '0' && c <= '9'; }

/* The bytes of a thousands separator that is never a decimal mark, at s[i]: blank, no-break blanks, apostrophes. */
static size_t plain_separator(kith_str s, size_t i) {
    static const char *const marks[] = {" ", "'", "_", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89", "\xE2\x80\x99"};
    for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
        size_t n = strlen(marks[k]);
        if (s.n - i >= n && !memcmp(s.p + i, marks[k], n)) return n;
    }
    return 0;
}

typedef struct parts {
    char digits[48]; /* of the whole part */
    size_t n, fraction_n;
    kith_str fraction;
    bool negative, open; /* open: one mark before three digits, which `decimal` decided */
    char mark;           /* what the decimal mark was, 0 if there was none */
} parts;

/* Digits with marks, no sign. */
static bool read_parts(kith_str s, char decimal, parts *out) {
    size_t commas = 0, points = 0, last_mark = SIZE_MAX;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ',') commas++, last_mark = i;
        if (s.p[i] == '.') points++, last_mark = i;
    }
    char mark = 0; /* the decimal mark of this value */
    if (commas && points) mark = s.p[last_mark];
    else if (commas + points == 1) {
        size_t behind = s.n - last_mark - 1;
        bool grouped = behind == 3 && last_mark >= 1 && last_mark <= 3 && s.p[0] != '0';
        for (size_t i = 0; grouped && i < s.n; i++) grouped = i == last_mark || digit(s.p[i]);
        out->open = grouped;
        if (!grouped) mark = s.p[last_mark];
        else if (decimal == s.p[last_mark]) mark = decimal;
        else if (!decimal && s.p[last_mark] == '.') mark = '.';
    }
    if (decimal && mark && mark != decimal) return false;
    if ((mark == ',' && commas > 1) || (mark == '.' && points > 1)) return false;
    char group = mark == ',' ? '.' : mark == '.' ? ',' : commas ? ',' : '.';
    out->mark = mark;
    size_t end = mark ? last_mark : s.n, run = 0, groups = 0;
    out->n = 0;
    for (size_t i = 0; i < end;) {
        if (digit(s.p[i])) {
            if (out->n == sizeof out->digits) return false;
            out->digits[out->n++] = s.p[i++];
            run++;
            continue;
        }
        size_t n = s.p[i] == group ? 1 : plain_separator(s, i);
        if (!n || !run || (groups ? run != 3 && run != 2 : run > 3)) return false; /* two digits: the Indian 12,34,567 */
        groups++;
        run = 0;
        i += n;
    }
    if (groups && run != 3) return false;
    out->fraction = mark ? (kith_str){s.p + last_mark + 1, s.n - last_mark - 1} : (kith_str){"", 0};
    for (size_t i = 0; i < out->fraction.n; i++)
        if (!digit(out->fraction.p[i])) return false;
    return out->n || out->fraction.n;
}

static void put_parts(const parts *v, bool whole, kith_buf *out) {
    size_t skip = 0;
    while (skip + 1 < v->n && v->digits[skip] == '0') skip++;
    bool zero = true;
    for (size_t i = 0; i < v->n; i++) zero &= v->digits[i] == '0';
    for (size_t i = 0; i < v->fraction.n; i++) zero &= v->fraction.p[i] == '0';
    if (v->negative && !zero) kith_buf_putc(out, '-');
    if (v->n) kith_buf_put(out, v->digits + skip, v->n - skip);
    else kith_buf_putc(out, '0');
    if (!whole && v->fraction.n) {
        kith_buf_putc(out, '.');
        kith_buf_str(out, v->fraction);
    }
}

/* Takes a sign off the front: plus, minus, the typographic minus. */
static kith_str take_sign(kith_str s, bool *negative) {
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
        *negative ^= s.p[0] == '-';
        return kith_str_trim((kith_str){s.p + 1, s.n - 1});
    }
    if (kith_str_starts(s, "\xE2\x88\x92")) {
        *negative = !*negative;
        return kith_str_trim((kith_str){s.p + 3, s.n - 3});
    }
    return s;
}

bool kith_normal_number(kith_str text, char decimal, kith_buf *out) {
    parts v = {.negative = false};
    kith_str s = take_sign(kith_str_trim(text), &v.negative);
    if (!s.n) return false;
    /* Exponents are the writer's own numbers: read strictly. */
    if (memchr(s.p, 'e', s.n) || memchr(s.p, 'E', s.n)) {
        double value;
        if (!kith_parse_double(s, &value)) return false;
        kith_buf_double(out, v.negative ? -value : value);
        return true;
    }
    if (!read_parts(s, decimal, &v)) return false;
    put_parts(&v, false, out);
    return true;
}

bool kith_normal_integer(kith_str text, char decimal, kith_buf *out) {
    parts v = {.negative = false};
    kith_str s = take_sign(kith_str_trim(text), &v.negative);
    if (!s.n || !read_parts(s, decimal, &v)) return false;
    if (v.open && !decimal && v.mark) return false; /* 1.234: one or a thousand? */
    for (size_t i = 0; i < v.fraction.n; i++)
        if (v.fraction.p[i] != '0') return false;
    put_parts(&v, true, out);
    return true;
}

/* Without one currency sign or code at the front or the back. */
static kith_str take_currency(kith_str s) {
    static const char *const signs[] = {"US$", "A$", "C$", "R$", "$", "€", "£", "¥", "₹", "₽", "₺", "₩", "₪", "₫", "฿", "zł", "Kč", "kr.", "kr", "Fr.", "Rs.",
                                        "Rs", "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK",
                                        "HUF", "RON", "BGN", "TRY", "BRL", "MXN", "ZAR", "RUB", "UAH", "SGD", "HKD", "KRW", "ILS", ",-", ".-", ",–"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i]);
        if (s.n <= n) continue;
        if (kith_str_equal_nocase((kith_str){s.p, n}, kith_str_of(signs[i]))) return kith_str_trim((kith_str){s.p + n, s.n - n});
        if (kith_str_equal_nocase((kith_str){s.p + s.n - n, n}, kith_str_of(signs[i]))) return kith_str_trim((kith_str){s.p, s.n - n});
    }
    return s;
}

static kith_str trim_wide(kith_str s) { /* also the no-break blank before a sign */
    s = kith_str_trim(s);
    while (s.n >= 2 && !memcmp(s.p, "\xC2\xA0", 2)) s = (kith_str){s.p + 2, s.n - 2};
    while (s.n >= 2 && !memcmp(s.p + s.n - 2, "\xC2\xA0", 2)) s = (kith_str){s.p, s.n - 2};
    while (s.n >= 3 && !memcmp(s.p + s.n - 3, "\xE2\x80\xAF", 3)) s = (kith_str){s.p, s.n - 3};
    return s;
}

/* The bare digits and marks of an amount. */
static kith_str bare_amount(kith_str text, bool *negative) {
    kith_str s = trim_wide(text);
    if (s.n && digit(s.p[0]) && digit(s.p[s.n - 1])) return s;
    if (s.n > 2 && s.p[0] == '(' && s.p[s.n - 1] == ')') {
        *negative = true;
        s = trim_wide((kith_str){s.p + 1, s.n - 2});
    }
    s = take_sign(s, negative);
    s = trim_wide(take_currency(s));
    s = trim_wide(take_currency(s)); /* US$ 12 USD */
    s = take_sign(s, negative);
    if (s.n > 1 && s.p[s.n - 1] == '-') {
        *negative = !*negative;
        s = trim_wide((kith_str){s.p, s.n - 1});
    }
    return s;
}

bool kith_normal_money(kith_str text, char decimal, kith_buf *out) {
    parts v = {.negative = false};
    kith_str s = bare_amount(text, &v.negative);
    if (!s.n || !read_parts(s, decimal, &v)) return false;
    put_parts(&v, false, out);
    return true;
}

void kith_habits_learn_number(kith_column_habits *h, kith_str text) {
    bool negative = false;
    parts v = {.negative = false};
    kith_str s = bare_amount(text, &negative);
    if (!s.n || !read_parts(s, 0, &v)) return;
    h->values++;
    if (v.open) h->open++;
    else if (v.mark == ',') h->decimal_comma++;
    else if (v.mark == '.') h->decimal_point++;
    else if (memchr(s.p, ',', s.n)) h->decimal_point++; /* 1,234,567 */
    else if (memchr(s.p, '.', s.n)) h->decimal_comma++;
}

char kith_habits_decimal(const kith_column_habits *h, bool *sure) {
    if (sure) *sure = h->decimal_comma || h->decimal_point || !h->open;
    return h->decimal_comma > h->decimal_point ? ',' : '.';
}
