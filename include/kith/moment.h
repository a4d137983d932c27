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

/* Eight bytes as pairs of digits: byte k of the result is the number that bytes k and k + 1 write. False unless all of `digits` are
 * digits and the others are as in `marks`. */
static inline bool kith_digit_pairs(uint64_t v, uint64_t digits, uint64_t marks, uint64_t *pairs) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t high = ones * 0xf0 & digits, six = ones * 6 & digits, low = v & ones * 0x0f & digits;
    *pairs = low * 10 + (low >> 8);
    return (v & ~digits) == marks && ((v & high) | (((v & digits) + six) & high) >> 4) == (ones * 0x33 & digits);
}

/* As kith_parse_time. */
static inline bool kith_moment(const kith_months *months, kith_str s, const kith_zone *zone, int64_t *us, bool *is_date) {
    const uint64_t date = UINT64_C(0x00ffff00ffffffff), clock = UINT64_C(0xffff00ffff00ffff); /* the digits of 2026-09- and 12:34:56 */
    uint64_t a, b;
    if ((s.n == 20 || s.n == 19 || s.n == 10) && kith_digit_pairs(kith_load_le(s.p), date, UINT64_C(0x2d00002d00000000), &a)) {
        unsigned year = (unsigned)(a & 255) * 100 + (unsigned)(a >> 16 & 255) - 1900, month = (unsigned)(a >> 40 & 255) - 1;
        unsigned tens = (unsigned)(unsigned char)s.p[8] - '0', ones = (unsigned)(unsigned char)s.p[9] - '0', day = tens * 10 + ones - 1;
        if (tens < 10 && ones < 10 && year < 200 && month < 12 && day < months->length[year * 12 + month]) {
            int64_t seconds = (int64_t)(months->first[year * 12 + month] + (int32_t)day) * 86400;
            *is_date = s.n == 10;
            if (s.n > 10) {
                bool form = kith_digit_pairs(kith_load_le(s.p + 11), clock, UINT64_C(0x00003a00003a0000), &b) && (s.p[10] == 'T' || s.p[10] == ' ') &&
                            (s.n == 19 || s.p[19] == 'Z');
                unsigned h = (unsigned)(b & 255), m = (unsigned)(b >> 24 & 255), second = (unsigned)(b >> 48 & 255);
                if (!form || h > 23 || m > 59 || second > 59) return kith_parse_time(s, zone, us, is_date);
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
