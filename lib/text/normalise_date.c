/* Dates and times as exports hold them. What a value alone cannot tell (30/09 or 09/30) is the column's habit. */
#include <kith/normalise.h>

#include <string.h>

static bool digit(char c) { return c >= '0' && c <= '9'; }

static char low(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

typedef struct civil {
    int64_t year;
    int month, day;
    int64_t time_us; /* of the day; a moment with a zone is already UTC: then `moment` */
    bool timed, moment;
    int64_t us;
    bool either; /* day and month could change places */
} civil;

/* Months in English, German, French, Spanish, Italian, Dutch and Portuguese, by their first letters. */
static int month_of(kith_str s) {
    static const struct {
        const char *start;
        int month;
    } months[] = {{"jan", 1},  {"ene", 1},  {"gen", 1},  {"feb", 2},   {"fév", 2},  {"fev", 2}, {"mar", 3},  {"mär", 3},  {"maa", 3}, {"mrt", 3},
                  {"mrz", 3},  {"apr", 4},  {"avr", 4},  {"abr", 4},   {"may", 5},  {"mai", 5}, {"mag", 5},  {"mei", 5},  {"jun", 6}, {"juin", 6},
                  {"giu", 6},  {"jul", 7},  {"juil", 7}, {"lug", 7},   {"aug", 8},  {"aoû", 8}, {"aou", 8},  {"ago", 8},  {"sep", 9}, {"set", 9},
                  {"oct", 10}, {"okt", 10}, {"ott", 10}, {"out", 10},  {"nov", 11}, {"dec", 12}, {"dez", 12}, {"déc", 12}, {"dic", 12}};
    for (size_t i = 0; i < sizeof months / sizeof *months; i++) {
        size_t n = strlen(months[i].start), k = 0;
        if (s.n < n || s.n > 12) continue;
        while (k < n && low(s.p[k]) == months[i].start[k]) k++;
        if (k == n) return months[i].month;
    }
    return 0;
}

static int64_t figures(kith_str s) {
    int64_t v = 0;
    for (size_t i = 0; i < s.n; i++) v = v * 10 + (s.p[i] - '0');
    return v;
}

/* A time of day: 9:05, 09:05:07.5, 9:05 pm, 09.05 Uhr, with a zone behind. */
static bool read_time(kith_str s, civil *c) {
    s = kith_str_trim(s);
    int64_t part[3] = {0, 0, 0};
    size_t i = 0, n = 0, k = 0;
    for (k = 0; k < 3; k++) {
        n = 0;
        while (i + n < s.n && digit(s.p[i + n])) n++;
        if (!n || n > 2 || (k && n != 2)) return false;
        part[k] = figures((kith_str){s.p + i, n});
        i += n;
        if (i >= s.n || s.p[i] != ':' || k == 2) break;
        i++;
    }
    if (k < 1) return false;
    int64_t fraction = 0;
    if (k == 2 && i < s.n && (s.p[i] == '.' || s.p[i] == ',')) {
        int64_t unit = 100000;
        for (i++; i < s.n && digit(s.p[i]); i++, unit /= 10) fraction += unit * (s.p[i] - '0');
    }
    kith_str rest = kith_str_trim((kith_str){s.p + i, s.n - i});
    bool pm = kith_str_equal_nocase(rest, KITH_STR("pm")) || kith_str_equal_nocase(rest, KITH_STR("p.m."));
    bool am = kith_str_equal_nocase(rest, KITH_STR("am")) || kith_str_equal_nocase(rest, KITH_STR("a.m."));
    if (pm || am) {
        if (part[0] < 1 || part[0] > 12) return false;
        part[0] = part[0] % 12 + (pm ? 12 : 0);
        rest.n = 0;
    }
    if (kith_str_equal_nocase(rest, KITH_STR("uhr")) || kith_str_equal_nocase(rest, KITH_STR("h"))) rest.n = 0;
    if (part[0] > 24 || part[1] > 59 || part[2] > 60 || (part[0] == 24 && (part[1] || part[2]))) return false;
    c->timed = true;
    c->time_us = (part[0] * 3600 + part[1] * 60 + (part[2] > 59 ? 59 : part[2])) * KITH_US_PER_SECOND + fraction;
    if (!rest.n) return true;
    if (kith_str_is(rest, "Z") || kith_str_is(rest, "UTC") || kith_str_is(rest, "GMT")) {
        c->moment = true;
        return true;
    }
    if ((rest.p[0] != '+' && rest.p[0] != '-') || rest.n < 3 || rest.n > 6) return false;
    int64_t hours, minutes = 0;
    kith_str zone = {rest.p + 1, rest.n - 1};
    if (!kith_parse_int((kith_str){zone.p, 2}, &hours)) return false;
    if (zone.n > 2) {
        size_t at = zone.p[2] == ':' ? 3 : 2;
        if (zone.n != at + 2 || !kith_parse_int((kith_str){zone.p + at, 2}, &minutes)) return false;
    }
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return false;
    int64_t shift = (hours * 3600 + minutes * 60) * KITH_US_PER_SECOND;
    c->time_us -= rest.p[0] == '-' ? -shift : shift;
    c->moment = true;
    return true;
}

static int64_t full_year(kith_str s) {
    int64_t y = figures(s);
    return s.n > 2 ? y : y >= 69 ? 1900 + y : 2000 + y;
}

/* An Excel serial: days since 1899-12-30 (behind the phantom day), or 1904-01-01. */
static bool read_serial(kith_str s, bool from1904, civil *c) {
    double serial;
    if (!kith_parse_double(s, &serial) || serial < 1 || serial >= 2958466) return false; /* 9999-12-31 */
    int64_t days = (int64_t)serial;
    double part = serial - (double)days;
    if (!from1904 && days == 60) return false;
    int64_t base = from1904 ? kith_days_from_civil(1904, 1, 1) : kith_days_from_civil(1899, 12, days < 60 ? 31 : 30);
    kith_civil_from_days(base + days, &c->year, &c->month, &c->day);
    int64_t seconds = (int64_t)(part * 86400 + .5);
    c->time_us = seconds * KITH_US_PER_SECOND;
    c->timed = seconds > 0;
    return true;
}

static bool valid(civil *c) { return c->year >= 1 && c->year <= 9999 && kith_civil_valid(c->year, c->month, c->day); }

static kith_str skip_weekday(kith_str s) { /* Mon, 30 Sep 2026 */
    size_t n = 0;
    while (n < s.n && !digit(s.p[n]) && s.p[n] != ' ' && s.p[n] != ',') n++;
    if (n >= 2 && n < s.n && !month_of((kith_str){s.p, n}) && (s.p[n] == ',' || s.p[n] == ' ')) return kith_str_trim((kith_str){s.p + n + 1, s.n - n - 1});
    return s;
}

static bool read_civil(kith_str text, const kith_date_habits *h, civil *c) {
    *c = (civil){0};
    kith_str s = kith_str_trim(text);
    if (!s.n || s.n > 64) return false;
    if (!digit(s.p[0])) s = skip_weekday(s);
    if (!s.n) return false;
    kith_str part[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    int named = -1, k = 0;
    size_t i = 0;
    char mark = 0;
    for (; k < 3 && i < s.n; k++) {
        size_t n = 0;
        while (i + n < s.n && digit(s.p[i + n])) n++;
        if (!n) {
            while (i + n < s.n && !digit(s.p[i + n]) && !strchr(" .,-/", s.p[i + n])) n++;
            if (!n || named >= 0) return false;
            named = k;
        }
        part[k] = (kith_str){s.p + i, n};
        i += n;
        if (named < 0 && k == 0 && n > 4 && (i == s.n || s.p[i] == '.' || s.p[i] == 'T' || s.p[i] == ' ')) break; /* one number */
        if (named != k && k < 2 && i + 2 <= s.n && (!memcmp(s.p + i, "st", 2) || !memcmp(s.p + i, "nd", 2) || !memcmp(s.p + i, "rd", 2) || !memcmp(s.p + i, "th", 2)))
            i += 2;
        if (k == 2) continue;
        if (i >= s.n) break;
        char here = s.p[i];
        if (!strchr("-/. ,", here)) break;
        if (!mark) mark = here;
        if (named < 0 && here != mark && k == 1 && strchr("-/.", mark)) break;
        while (i < s.n && strchr("-/. ,", s.p[i])) i++;
    }
    if (k < 3 && named >= 0) return false;
    if (k == 0 && part[0].n >= 1) { /* one number: 20260930, or a serial */
        if (part[0].n == 8) {
            c->year = figures((kith_str){part[0].p, 4});
            c->month = (int)figures((kith_str){part[0].p + 4, 2});
            c->day = (int)figures((kith_str){part[0].p + 6, 2});
            if (valid(c) && c->year >= 1000) {
                kith_str rest = {s.p + i, s.n - i};
                if (rest.n && rest.p[0] == 'T') rest = (kith_str){rest.p + 1, rest.n - 1};
                return !rest.n || read_time(rest, c);
            }
        }
        if (part[0].n == 10 && i == s.n) { /* seconds since 1970, milliseconds below */
            c->us = figures(part[0]) * KITH_US_PER_SECOND;
            return c->moment = c->timed = true;
        }
        if (part[0].n == 13 && i == s.n) {
            c->us = figures(part[0]) * 1000;
            return c->moment = c->timed = true;
        }
        return !h->no_serial && read_serial(s, h->excel1904, c) && valid(c);
    }
    if (k < 3) return !h->no_serial && read_serial(s, h->excel1904, c) && valid(c);
    for (int j = 0; j < 3; j++)
        if (j != named && part[j].n > 4) return false;
    if (named >= 0) {
        c->month = month_of(part[named]);
        if (!c->month || named == 2) return false;
        kith_str a = part[named == 0 ? 1 : 0], b = part[2];
        bool year_first = a.n == 4;
        c->year = full_year(year_first ? a : b);
        if ((year_first ? b : a).n > 2 || (!year_first && b.n != 2 && b.n != 4)) return false;
        c->day = (int)figures(year_first ? b : a);
    } else if (part[0].n == 4) {
        c->year = figures(part[0]);
        c->month = (int)figures(part[1]);
        c->day = (int)figures(part[2]);
        if (part[1].n > 2 || part[2].n > 2) return false;
    } else {
        if (part[0].n > 2 || part[1].n > 2 || (part[2].n != 2 && part[2].n != 4)) return false;
        int64_t a = figures(part[0]), b = figures(part[1]);
        c->year = full_year(part[2]);
        bool dmy = b >= 1 && b <= 12 && kith_civil_valid(c->year, (int)b, (int)a), mdy = a >= 1 && a <= 12 && kith_civil_valid(c->year, (int)a, (int)b);
        c->either = dmy && mdy && a != b;
        if (h->order == KITH_ORDER_DMY) mdy = false;
        if (h->order == KITH_ORDER_MDY) dmy = false;
        if (!dmy && !mdy) return false;
        if (dmy && mdy && a != b) return false;
        c->day = (int)(dmy ? a : b);
        c->month = (int)(dmy ? b : a);
    }
    if (!valid(c)) return false;
    kith_str rest = {s.p + i, s.n - i};
    if (!kith_str_trim(rest).n) return true;
    if (rest.p[0] == 'T' || rest.p[0] == ',') rest = (kith_str){rest.p + 1, rest.n - 1};
    return read_time(rest, c);
}

/* What is ISO 8601 already: 2026-09-30, and behind it T12:00:00Z. */
static bool is_iso(kith_str s, size_t n) {
    static const char date[] = "9999-99-99T99:99:99Z";
    if (s.n != n) return false;
    for (size_t i = 0; i < n; i++)
        if (date[i] == '9' ? !digit(s.p[i]) : s.p[i] != date[i]) return false;
    int month = (s.p[5] - '0') * 10 + s.p[6] - '0', day = (s.p[8] - '0') * 10 + s.p[9] - '0';
    if (month < 1 || month > 12 || day < 1 || day > 28) return false; /* the others take the long way */
    return n == 10 ? s.p[0] != '0' : s.p[0] != '0' && s.p[11] < '2' && s.p[14] < '6' && s.p[17] < '6';
}

bool kith_normal_date(kith_str text, const kith_date_habits *habits, kith_buf *out) {
    civil c;
    kith_str s = kith_str_trim(text);
    if (is_iso(s, 10)) {
        kith_buf_str(out, s);
        return true;
    }
    if (!read_civil(text, habits, &c) || !c.year) return false;
    char iso[32];
    kith_buf_put(out, iso, kith_format_date(kith_days_from_civil(c.year, c.month, c.day), iso));
    return true;
}

bool kith_normal_datetime(kith_str text, const kith_date_habits *habits, kith_buf *out) {
    civil c;
    kith_str s = kith_str_trim(text);
    if (is_iso(s, 20)) {
        kith_buf_str(out, s);
        return true;
    }
    if (!read_civil(text, habits, &c)) return false;
    int64_t us = c.us;
    if (!c.year) us = c.us;
    else us = kith_days_from_civil(c.year, c.month, c.day) * KITH_US_PER_DAY + c.time_us;
    if (!c.moment) us = kith_zone_to_utc(habits->zone, us);
    char iso[40];
    kith_buf_put(out, iso, kith_format_time(us, iso));
    return true;
}

void kith_habits_learn_date(kith_column_habits *h, kith_str text) {
    kith_str s = kith_str_trim(text);
    if (is_iso(s, 10) || is_iso(s, 20)) { /* says nothing of day and month */
        h->values++;
        return;
    }
    kith_date_habits dmy = {.order = KITH_ORDER_DMY, .no_serial = true}, mdy = {.order = KITH_ORDER_MDY, .no_serial = true};
    civil a, b;
    bool as_dmy = read_civil(text, &dmy, &a), as_mdy = read_civil(text, &mdy, &b);
    if (!as_dmy && !as_mdy) return;
    h->values++;
    if (as_dmy && as_mdy) {
        h->either += a.either;
        h->dotted += a.either && memchr(text.p, '.', text.n);
    } else if (as_dmy) {
        h->day_first++;
    } else {
        h->month_first++;
    }
}

kith_date_order kith_habits_order(const kith_column_habits *h, const char *region, bool *sure) {
    if (sure) *sure = h->day_first || h->month_first || !h->either;
    if (h->day_first || h->month_first) return h->day_first >= h->month_first ? KITH_ORDER_DMY : KITH_ORDER_MDY;
    if (h->dotted == h->either) return KITH_ORDER_DMY; /* points are only written day first */
    return region && kith_region_month_first(region) ? KITH_ORDER_MDY : KITH_ORDER_DMY;
}
