/* Moments: microseconds since 1970 in the proleptic Gregorian calendar. The day arithmetic counts in eras of 400 years
 * that begin in March, so that the leap day is the last of its year. */
#include <kith/base.h>

#include <stdio.h>
#include <string.h>

int64_t kith_days_from_civil(int64_t year, int month, int day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void kith_civil_from_days(int64_t days, int64_t *year, int *month, int *day) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

bool kith_civil_valid(int64_t year, int month, int day) {
    static const char length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < -9999 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= length[month - 1] + (month == 2 && leap);
}

/* Exactly `n` digits at *p, which moves past them; −1 where there are not. */
static int digits(const char **p, const char *end, int n) {
    if (end - *p < n) return -1;
    int v = 0;
    for (int i = 0; i < n; i++) {
        unsigned d = (unsigned)(unsigned char)(*p)[i] - '0';
        if (d > 9) return -1;
        v = v * 10 + (int)d;
    }
    *p += n;
    return v;
}

bool kith_parse_time(kith_str text, const kith_zone *zone, int64_t *us, bool *is_date) {
    const char *p = text.p, *end = text.p + text.n;
    int year = digits(&p, end, 4);
    if (year < 0) return false;
    bool dashes = p < end && *p == '-';
    if (dashes) p++;
    int month = digits(&p, end, 2);
    if (month < 0 || (dashes && (p == end || *p++ != '-'))) return false;
    int day = digits(&p, end, 2);
    if (!kith_civil_valid(year, month, day)) return false;
    int64_t moment = kith_days_from_civil(year, month, day) * KITH_US_PER_DAY;
    if (is_date) *is_date = p == end;
    if (p == end) {
        *us = zone ? kith_zone_to_utc(zone, moment) : moment;
        return true;
    }
    if (*p != 'T' && *p != 't' && *p != ' ') return false;
    p++;
    int hour = digits(&p, end, 2), minute, second = 0;
    bool colons = p < end && *p == ':';
    if (colons) p++;
    minute = digits(&p, end, 2);
    if (hour < 0 || hour > 24 || minute < 0 || minute > 59) return false;
    int64_t fraction = 0;
    if (p < end && (colons ? *p == ':' : (*p >= '0' && *p <= '9'))) {
        if (colons) p++;
        second = digits(&p, end, 2);
        if (second < 0 || second > 60) return false;
        if (p < end && (*p == '.' || *p == ',')) {
            p++;
            int64_t unit = KITH_US_PER_SECOND;
            int n = 0;
            for (; p < end && *p >= '0' && *p <= '9'; p++, n++) fraction += (*p - '0') * (unit /= 10);
            if (!n) return false;
        }
    }
    if (hour == 24 && (minute || second || fraction)) return false;
    moment += ((hour * INT64_C(60) + minute) * 60 + second) * KITH_US_PER_SECOND + fraction;
    if (p < end && *p == ' ' && end - p > 1) p++; /* "12:00:00 +02:00" */
    if (p == end) {
        *us = zone ? kith_zone_to_utc(zone, moment) : moment;
        return true;
    }
    if (*p == 'Z' || *p == 'z') {
        *us = moment;
        return p + 1 == end;
    }
    if (*p != '+' && *p != '-') return false;
    int sign = *p++ == '-' ? -1 : 1, zh = digits(&p, end, 2), zm = 0;
    if (zh < 0 || zh > 23) return false;
    if (p < end) {
        if (*p == ':') p++;
        zm = digits(&p, end, 2);
        if (zm < 0 || zm > 59 || p != end) return false;
    }
    *us = moment - sign * (zh * 60 + zm) * 60 * KITH_US_PER_SECOND;
    return true;
}

size_t kith_format_date(int64_t days, char *text) {
    int64_t year;
    int month, day;
    kith_civil_from_days(days, &year, &month, &day);
    return (size_t)snprintf(text, 32, "%04d-%02d-%02d", (int)year, month, day);
}

size_t kith_format_time(int64_t us, char *text) {
    int64_t days = us / KITH_US_PER_DAY, rest = us % KITH_US_PER_DAY;
    if (rest < 0) rest += KITH_US_PER_DAY, days--;
    size_t n = kith_format_date(days, text);
    int64_t second = rest / KITH_US_PER_SECOND, micro = rest % KITH_US_PER_SECOND;
    n += (size_t)snprintf(text + n, 32 - n, "T%02d:%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60),
                          (int)(second % 60));
    if (micro) {
        n += (size_t)snprintf(text + n, 32 - n, ".%06d", (int)micro);
        while (text[n - 1] == '0') n--;
    }
    text[n++] = 'Z';
    text[n] = 0;
    return n;
}

bool kith_parse_duration(const char *text, int64_t *us) {
    static const struct {
        const char *unit;
        double us;
    } units[] = {{"", 1e6}, {"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"m", 6e7}, {"min", 6e7}, {"h", 3.6e9}, {"d", 8.64e10}, {"w", 6.048e11}};
    size_t n = strlen(text), digits_end = n;
    while (digits_end && ((text[digits_end - 1] | 32) >= 'a' && (text[digits_end - 1] | 32) <= 'z')) digits_end--;
    size_t number_end = digits_end;
    while (number_end && text[number_end - 1] == ' ') number_end--;
    double v;
    if (!kith_parse_double((kith_str){text, number_end}, &v)) return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(text + digits_end, units[i].unit) == 0) {
            v *= units[i].us;
            if (v > 9e18 || v < -9e18) return false;
            *us = (int64_t)(v < 0 ? v - .5 : v + .5);
            return true;
        }
    return false;
}
