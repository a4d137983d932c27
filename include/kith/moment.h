/* kith/moment.h: moments read fast. The form that exports write, YYYY-MM-DD[T| ]HH:MM:SS[Z], is read eight bytes at a time;
 * anything else goes to kith_parse_time, which says what a time is. Both give the same on whatever either reads. */
#ifndef KITH_MOMENT_H
#define KITH_MOMENT_H

#include <kith/base.h>
#include <string.h>

/* Days from 1970 to the first of each month of 1900 … 2099, by 12 × (year − 1900) + month − 1; and the months' lengths. */
typedef struct kith_months {
    int32_t first[200 * 12];
    uint8_t length[200 * 12];
} kith_months;

void kith_months_fill(kith_months *months);

/* Two digits at p as a number, or a number above 99. */
static inline unsigned kith_two_digits(const char *p) {
    unsigned a = (unsigned)(unsigned char)p[0] - '0', b = (unsigned)(unsigned char)p[1] - '0';
    return a > 9 || b > 9 ? 1000 : a * 10 + b;
}

/* As kith_parse_time. */
static inline bool kith_moment(const kith_months *months, kith_str s, const kith_zone *zone, int64_t *us, bool *is_date) {
    const char *p = s.p;
    if ((s.n == 10 || s.n == 19 || s.n == 20) && p[4] == '-' && p[7] == '-') {
        unsigned year = kith_two_digits(p) * 100 + kith_two_digits(p + 2) - 1900, month = kith_two_digits(p + 5) - 1, day = kith_two_digits(p + 8) - 1;
        if (year < 200 && month < 12 && day < months->length[year * 12 + month]) {
            int64_t seconds = (int64_t)(months->first[year * 12 + month] + (int32_t)day) * 86400;
            *is_date = s.n == 10;
            if (s.n > 10) {
                unsigned h = kith_two_digits(p + 11), m = kith_two_digits(p + 14), second = kith_two_digits(p + 17);
                bool form = (p[10] == 'T' || p[10] == ' ') && p[13] == ':' && p[16] == ':' && h < 24 && m < 60 && second < 60 && (s.n == 19 || p[19] == 'Z');
                if (!form) return kith_parse_time(s, zone, us, is_date);
                seconds += h * 3600 + m * 60 + second;
            }
            *us = seconds * KITH_US_PER_SECOND;
            if (zone && s.n < 20) *us = kith_zone_to_utc(zone, *us);
            return true;
        }
    }
    return kith_parse_time(s, zone, us, is_date);
}

/* The calendar day in the zone. */
static inline int64_t kith_moment_day(const kith_zone *zone, int64_t us) {
    if (zone) us = kith_zone_to_local(zone, us);
    int64_t d = us / KITH_US_PER_DAY;
    return d - (us % KITH_US_PER_DAY < 0);
}

#endif
