/* Phones, postcodes, places: what depends on the country.
 *
 * The table holds, for each region, what E.164 needs (ITU country code, trunk prefix, prefix of international calls, lengths of national
 * numbers: ITU-T E.164 national numbering plans) and the form of its postcodes (UPU: 9 a digit, A a letter, ? either, others themselves). */
#include <kith/normalise.h>

#include <math.h>
#include <string.h>

typedef struct region {
    char code[3];
    const char *calling;  /* country code */
    const char *trunk;    /* dropped from national numbers; "" for none */
    const char *abroad;   /* what is dialled before a country code */
    unsigned char least, most; /* digits of a national number without trunk prefix */
    bool month_first;
    const char *postcode; /* forms, separated by a bar; NULL for none */
} region;

static const region regions[] = {
    {"US", "1", "1", "011", 10, 10, true, "99999|99999-9999"}, {"CA", "1", "1", "011", 10, 10, true, "A9A 9A9"},
    {"GB", "44", "0", "00", 9, 10, false, "A9 9AA|A99 9AA|AA9 9AA|AA99 9AA|A9A 9AA|AA9A 9AA"}, {"IE", "353", "0", "00", 7, 9, false, "A99 ????|A9A ????"},
    {"DE", "49", "0", "00", 5, 11, false, "99999"}, {"AT", "43", "0", "00", 4, 13, false, "9999"}, {"CH", "41", "0", "00", 9, 9, false, "9999"},
    {"FR", "33", "0", "00", 9, 9, false, "99999"}, {"BE", "32", "0", "00", 8, 9, false, "9999"}, {"NL", "31", "0", "00", 9, 9, false, "9999 AA"},
    {"LU", "352", "", "00", 4, 11, false, "9999"}, {"ES", "34", "", "00", 9, 9, false, "99999"}, {"PT", "351", "", "00", 9, 9, false, "9999-999|9999"},
    {"IT", "39", "", "00", 6, 11, false, "99999"}, {"GR", "30", "", "00", 10, 10, false, "999 99"}, {"DK", "45", "", "00", 8, 8, false, "9999"},
    {"SE", "46", "0", "00", 7, 9, false, "999 99"}, {"NO", "47", "", "00", 8, 8, false, "9999"}, {"FI", "358", "0", "00", 5, 12, false, "99999"},
    {"IS", "354", "", "00", 7, 9, false, "999"}, {"PL", "48", "", "00", 9, 9, false, "99-999"}, {"CZ", "420", "", "00", 9, 9, false, "999 99"},
    {"SK", "421", "0", "00", 9, 9, false, "999 99"}, {"HU", "36", "06", "00", 8, 9, false, "9999"}, {"RO", "40", "0", "00", 9, 9, false, "999999"},
    {"BG", "359", "0", "00", 7, 9, false, "9999"}, {"HR", "385", "0", "00", 8, 9, false, "99999"}, {"SI", "386", "0", "00", 8, 8, false, "9999"},
    {"RS", "381", "0", "00", 8, 9, false, "99999"}, {"EE", "372", "", "00", 7, 8, false, "99999"}, {"LV", "371", "", "00", 8, 8, false, "LV-9999"},
    {"LT", "370", "0", "00", 8, 8, false, "LT-99999|99999"}, {"UA", "380", "0", "00", 9, 9, false, "99999"}, {"RU", "7", "8", "810", 10, 10, false, "999999"},
    {"TR", "90", "0", "00", 10, 10, false, "99999"}, {"IL", "972", "0", "00", 8, 9, false, "9999999"}, {"AE", "971", "0", "00", 8, 9, false, NULL},
    {"SA", "966", "0", "00", 9, 9, false, "99999"}, {"EG", "20", "0", "00", 8, 10, false, "99999"}, {"MA", "212", "0", "00", 9, 9, false, "99999"},
    {"ZA", "27", "0", "00", 9, 9, false, "9999"}, {"NG", "234", "0", "009", 8, 10, false, "999999"}, {"KE", "254", "0", "000", 9, 9, false, "99999"},
    {"IN", "91", "0", "00", 10, 10, false, "999999"}, {"PK", "92", "0", "00", 9, 10, false, "99999"}, {"CN", "86", "0", "00", 10, 11, false, "999999"},
    {"JP", "81", "0", "010", 9, 10, false, "999-9999"}, {"KR", "82", "0", "00", 8, 10, false, "99999"}, {"SG", "65", "", "00", 8, 8, false, "999999"},
    {"HK", "852", "", "001", 8, 8, false, NULL}, {"TW", "886", "0", "002", 8, 9, false, "999|999-99|999-999"}, {"TH", "66", "0", "001", 8, 9, false, "99999"},
    {"MY", "60", "0", "00", 8, 10, false, "99999"}, {"ID", "62", "0", "00", 8, 12, false, "99999"}, {"PH", "63", "0", "00", 8, 10, true, "9999"},
    {"VN", "84", "0", "00", 9, 10, false, "999999"}, {"AU", "61", "0", "0011", 9, 9, false, "9999"}, {"NZ", "64", "0", "00", 8, 10, false, "9999"},
    {"BR", "55", "0", "00", 10, 11, false, "99999-999"}, {"AR", "54", "0", "00", 10, 11, false, "9999|A9999AAA"}, {"MX", "52", "", "00", 10, 10, false, "99999"},
    {"CL", "56", "", "00", 9, 9, false, "9999999"}, {"CO", "57", "", "00", 10, 10, false, "999999"}, {"PE", "51", "0", "00", 8, 9, false, "99999"},
};

static const region *find_region(const char *code) {
    for (size_t i = 0; code && i < sizeof regions / sizeof *regions; i++)
        if (kith_str_equal_nocase(kith_str_of(code), kith_str_of(regions[i].code))) return &regions[i];
    return NULL;
}

bool kith_region_known(const char *code) { return find_region(code) != NULL; }

bool kith_region_month_first(const char *code) {
    const region *r = find_region(code);
    return r && r->month_first;
}

/* ---- phones ------------------------------------------------------------------------------------------------- */

/* The ITU's country codes: one digit for zones 1 and 7, two for these, three for the others. */
static size_t calling_code(const char *d) {
    static const char two[] = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98";
    if (d[0] == '1' || d[0] == '7') return 1;
    char pair[3] = {d[0], d[1], 0};
    if (d[0] == '0') return 0;
    return strstr(two, pair) ? 2 : 3;
}

static const region *by_calling(const char *digits, size_t n) {
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) {
        size_t k = strlen(regions[i].calling);
        if (k <= n && !memcmp(digits, regions[i].calling, k) && k == calling_code(digits)) return &regions[i];
    }
    return NULL;
}

/* The digits of a number, without an extension. *plus: it begins with +. False for anything else. */
static bool dialled(kith_str s, char *digits, size_t room, size_t *n, bool *plus, size_t *trunk_at) {
    *n = 0;
    *plus = false;
    *trunk_at = SIZE_MAX;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c >= '0' && c <= '9') {
            if (*n + 1 >= room) return false;
            digits[(*n)++] = c;
        } else if (c == '+' && !*n) {
            *plus = true;
        } else if (c == '(' && i + 2 < s.n && s.p[i + 1] == '0' && s.p[i + 2] == ')' && *n) {
            *trunk_at = *n; /* +44 (0) 20 …: the trunk prefix for callers at home */
            i += 2;
        } else if ((c == 'x' || c == 'X' || c == '#' || c == 'e' || c == 'E') && *n >= 5) { /* extension */
            kith_str rest = {s.p + i, s.n - i};
            size_t k = 0;
            while (k < rest.n && !(rest.p[k] >= '0' && rest.p[k] <= '9')) k++;
            if (k == rest.n || rest.n - k > 6) return false;
            for (size_t j = k; j < rest.n; j++)
                if (rest.p[j] < '0' || rest.p[j] > '9') return false;
            break;
        } else if ((unsigned char)c == 0xC2 && i + 1 < s.n && (unsigned char)s.p[i + 1] == 0xA0) {
            i++;
        } else if ((unsigned char)c == 0xE2 && i + 2 < s.n && (unsigned char)s.p[i + 1] == 0x80) {
            i += 2; /* dashes and narrow blanks */
        } else if (!c || !strchr(" -./()[]\t", c)) {
            return false;
        }
    }
    digits[*n] = 0;
    return true;
}

/* +49 (0) 30 …, or +49 030 …: nobody dials a trunk prefix behind a country code, so it goes. False where another one stands behind it: no number. */
static bool without_trunk(const region *r, char *national, size_t *n) {
    size_t t = strlen(r->trunk);
    if (!t || r->trunk[0] != '0' || *n <= r->least || strncmp(national, r->trunk, t) != 0) return true;
    memmove(national, national + t, *n - t + 1);
    *n -= t;
    return strncmp(national, r->trunk, t) != 0;
}

bool kith_normal_phone(kith_str text, const char *code, kith_buf *out) {
    char digits[32];
    size_t n, trunk_at;
    bool plus;
    kith_str s = kith_str_trim(text);
    if (s.n > 4 && kith_str_equal_nocase((kith_str){s.p, 4}, KITH_STR("tel:"))) s = (kith_str){s.p + 4, s.n - 4};
    if (!dialled(s, digits, sizeof digits, &n, &plus, &trunk_at) || n < 3) return false;
    const region *home = find_region(code);
    const char *d = digits;
    if (!plus) { /* 00 49 …, or as the home region dials abroad */
        const char *abroad = home ? home->abroad : "00";
        size_t k = strlen(abroad);
        if (n > k + 6 && !strncmp(d, abroad, k)) plus = true, d += k, n -= k;
        else if (n > 8 && !strncmp(d, "00", 2)) plus = true, d += 2, n -= 2;
    }
    char national[40];
    const region *r = home;
    if (plus) {
        size_t k = calling_code(d);
        if (!k || n <= k) return false;
        r = by_calling(d, n);
        memcpy(national, d + k, n - k + 1);
        size_t rest = n - k;
        if (r) {
            if (!without_trunk(r, national, &rest)) return false;
            if (rest < r->least || rest > r->most) return false;
        }
        if (k + rest > 15 || k + rest < 7) return false;
        kith_buf_putc(out, '+');
        kith_buf_put(out, d, k);
        kith_buf_put(out, national, rest);
        return true;
    }
    if (!r) return false;
    memcpy(national, d, n + 1);
    size_t t = strlen(r->trunk);
    if (t && n > r->least && !strncmp(national, r->trunk, t) && (r->trunk[0] == '0' || n - t == r->least)) {
        memmove(national, national + t, n - t + 1);
        n -= t;
        if (r->trunk[0] == '0' && !strncmp(national, r->trunk, t)) return false;
    }
    size_t k = strlen(r->calling);
    if (n > r->most && !strncmp(national, r->calling, k) && n - k >= r->least && n - k <= r->most) { /* 4930…: the plus was lost */
        memmove(national, national + k, n - k + 1);
        n -= k;
        if (!without_trunk(r, national, &n)) return false;
    }
    if (n < r->least || n > r->most || n + k > 15) return false;
    if (!strcmp(r->calling, "1") && (national[0] < '2' || national[3] < '2')) return false; /* North America: area and exchange begin with 2 … 9 */
    kith_buf_putc(out, '+');
    kith_buf_puts(out, r->calling);
    kith_buf_put(out, national, n);
    return true;
}

/* ---- postcodes ---------------------------------------------------------------------------------------------- */

/* Whether letters and digits `bare` fill the form; then the form's text is appended. */
static bool fill_form(const char *form, size_t form_n, kith_str bare, kith_buf *out) {
    size_t at = 0, start = out->n;
    for (size_t i = 0; i < form_n; i++) {
        char f = form[i], c = at < bare.n ? bare.p[at] : 0;
        if (f == ' ' || f == '-') {
            kith_buf_putc(out, f);
            continue;
        }
        bool digit = c >= '0' && c <= '9', letter = c >= 'A' && c <= 'Z';
        bool fixed = f == 'L' || f == 'V' || f == 'T'; /* LV-, LT- */
        if (fixed && c != f) {
            kith_buf_putc(out, f);
            continue;
        }
        if (!(fixed || (f == '9' && digit) || (f == 'A' && letter) || (f == '?' && (digit || letter)))) {
            out->n = start;
            return false;
        }
        kith_buf_putc(out, c);
        at++;
    }
    if (at == bare.n) return true;
    out->n = start;
    return false;
}

bool kith_normal_postcode(kith_str text, const char *code, kith_buf *out) {
    char bare[24];
    size_t n = 0;
    kith_str s = kith_str_trim(text);
    const region *r = find_region(code);
    if (!s.n || s.n > 20) return false;
    if (r && s.n > 3 && kith_str_equal_nocase((kith_str){s.p, 2}, kith_str_of(r->code)) && s.p[2] == '-' && (!r->postcode || r->postcode[0] != 'L'))
        s = (kith_str){s.p + 3, s.n - 3}; /* D-…, written DE-… */
    if (s.n > 2 && s.p[s.n - 2] == '.' && s.p[s.n - 1] == '0') s.n -= 2; /* a spreadsheet's 2139.0 */
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 32) : s.p[i];
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) bare[n++] = c;
        else if (c != ' ' && c != '-') return false;
    }
    if (!n) return false;
    if (!r || !r->postcode) {
        kith_buf upper = {0};
        kith_put_squeezed(s, &upper);
        kith_put_upper((kith_str){upper.p ? upper.p : "", upper.n}, out);
        out->failed |= upper.failed;
        kith_buf_free(&upper);
        return true;
    }
    for (const char *form = r->postcode; *form;) {
        size_t form_n = strcspn(form, "|");
        if (fill_form(form, form_n, (kith_str){bare, n}, out)) return true;
        form += form_n + (form[form_n] == '|');
    }
    /* 2139 of 02139: one form, all digits, one or two short. */
    size_t digits = strspn(r->postcode, "9");
    bool only = (!r->postcode[digits] || r->postcode[digits] == '|') && digits == 5;
    for (size_t i = 0; i < n && only; i++) only = bare[i] >= '0' && bare[i] <= '9';
    if (!only || n >= digits || digits - n > (!strcmp(r->code, "US") ? 2 : 1)) return false;
    for (size_t i = n; i < digits; i++) kith_buf_putc(out, '0');
    kith_buf_put(out, bare, n);
    return true;
}

/* ---- places ------------------------------------------------------------------------------------------------- */

/* One coordinate: decimal, or degrees, minutes, seconds with signs or blanks between; a letter N S E W O (west in Latin languages is O too: refused). */
static bool read_angle(kith_str s, double *value, char *axis) {
    s = kith_str_trim(s);
    double sign = 1, part[3] = {0, 0, 0};
    int n = 0;
    *axis = 0;
    for (int side = 0; side < 2 && s.n; side++) {
        char c = s.p[side ? s.n - 1 : 0];
        char up = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        if (!strchr("NSEW", up) || *axis) continue;
        *axis = up == 'N' || up == 'S' ? 'a' : 'o';
        if (up == 'S' || up == 'W') sign = -1;
        s = kith_str_trim(side ? (kith_str){s.p, s.n - 1} : (kith_str){s.p + 1, s.n - 1});
    }
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
        if (s.p[0] == '-') sign = -sign;
        s = (kith_str){s.p + 1, s.n - 1};
    }
    for (size_t i = 0; i < s.n;) {
        size_t k = 0;
        while (i + k < s.n && ((s.p[i + k] >= '0' && s.p[i + k] <= '9') || s.p[i + k] == '.')) k++;
        if (k) {
            if (n == 3 || !kith_parse_double((kith_str){s.p + i, k}, &part[n])) return false;
            n++;
            i += k;
            continue;
        }
        static const char *const marks[] = {"\xC2\xB0", "\xE2\x80\xB2", "\xE2\x80\xB3", "\xE2\x80\x99", "\xE2\x80\x9D", "\xC2\xBA", "''", "'", "\"", " ", ":", "d", "m", "s"};
        size_t used = 0;
        for (size_t j = 0; j < sizeof marks / sizeof *marks && !used; j++)
            if (kith_str_starts((kith_str){s.p + i, s.n - i}, marks[j])) used = strlen(marks[j]);
        if (!used || !n) return false;
        i += used;
    }
    if (!n || part[1] >= 60 || part[2] >= 60) return false;
    if ((n > 1 && part[0] != floor(part[0])) || (n > 2 && part[1] != floor(part[1]))) return false;
    *value = sign * (part[0] + part[1] / 60 + part[2] / 3600);
    return true;
}

static void put_degrees(double v, kith_buf *out) { /* eight decimals are a millimetre */
    v = nearbyint(v * 1e8) / 1e8;
    kith_buf_double(out, v);
}

bool kith_normal_place(kith_str text, char axis, kith_buf *out) {
    kith_str s = kith_str_trim(text);
    double a, b;
    char axis_a, axis_b;
    kith_buf pointed = {0};
    size_t commas = 0;
    for (size_t i = 0; i < s.n; i++) commas += s.p[i] == ',';
    bool good = false;
    if (read_angle(s, &a, &axis_a)) {
        if (!axis) axis = axis_a;
        good = (!axis_a || axis == axis_a) && fabs(a) <= (axis == 'a' ? 90 : 180);
        if (good) put_degrees(a, out);
        return good;
    }
    const char *cut = commas ? memchr(s.p, ',', s.n) : s.n ? memchr(s.p, ';', s.n) : NULL;
    if (commas == 1 && axis && cut) { /* 48,8566: a decimal comma */
        kith_buf_put(&pointed, s.p, s.n);
        if (!pointed.failed) pointed.p[cut - s.p] = '.';
        good = !pointed.failed && read_angle((kith_str){pointed.p, pointed.n}, &a, &axis_a) && (!axis_a || axis == axis_a) && fabs(a) <= (axis == 'a' ? 90 : 180);
        if (good) put_degrees(a, out);
    } else if (!axis && cut) {
        kith_str left = {s.p, (size_t)(cut - s.p)}, right = {cut + 1, (size_t)(s.p + s.n - cut - 1)};
        if (read_angle(left, &a, &axis_a) && read_angle(right, &b, &axis_b)) {
            if (axis_a == 'o' || axis_b == 'a') { /* longitude first, and said so */
                double swap = a;
                a = b;
                b = swap;
                good = axis_a != 'a' && axis_b != 'o';
            } else {
                good = true;
            }
            good = good && fabs(a) <= 90 && fabs(b) <= 180;
            if (good) {
                put_degrees(a, out);
                kith_buf_putc(out, ',');
                put_degrees(b, out);
            }
        }
    }
    kith_buf_free(&pointed);
    return good;
}
