/* Dates as exports write them, for comparison: the parts matter, not the moment. */
#include <kith/similarity.h>

#include <string.h>

static int month_of(const char *p, size_t n) {
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (n < 3) return 0;
    for (int m = 0; m < 12; m++)
        if ((p[0] | 32) == names[3 * m] && (p[1] | 32) == names[3 * m + 1] && (p[2] | 32) == names[3 * m + 2])
            return m + 1;
    return 0;
}

static bool settle(int64_t y, int64_t m, int64_t d, int *year, int *month, int *day) {
    if (y < 1000 || y > 2999 || m < 1 || m > 12 || !kith_civil_valid(y, (int)m, (int)d)) return false;
    *year = (int)y;
    *month = (int)m;
    *day = (int)d;
    return true;
}

bool kith_loose_date(kith_str s, bool day_first, int *year, int *month, int *day) {
    int64_t part[3] = {0, 0, 0};
    size_t width[3] = {0, 0, 0};
    int n = 0, named = 0;
    s = kith_str_trim(s);
    for (size_t i = 0; i < s.n && n < 3;) {
        char c = s.p[i];
        if (c >= '0' && c <= '9') {
            size_t from = i;
            while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && i - from < 9) part[n] = part[n] * 10 + (s.p[i++] - '0');
            width[n++] = i - from;
        } else if ((c | 32) >= 'a' && (c | 32) <= 'z') {
            size_t from = i;
            while (i < s.n && (s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z') i++;
            if (n == 1 && i - from == 1 && c == 'T') break; /* 20260930T12 */
            int m = month_of(s.p + from, i - from);
            if (m == 0 || named != 0) return false;
            named = n + 1;
            part[n] = m;
            width[n++] = 3;
        } else if (c == '-' || c == '/' || c == '.' || c == ' ' || c == ',') {
            i++;
        } else {
            return false;
        }
        if (n == 1 && width[0] == 8 && (i == s.n || s.p[i] == 'T' || s.p[i] == ' '))
            return settle(part[0] / 10000, part[0] / 100 % 100, part[0] % 100, year, month, day);
    }
    if (n != 3) return false;
    if (named == 2)
        return width[0] == 4 ? settle(part[0], part[1], part[2], year, month, day)
                             : settle(part[2], part[1], part[0], year, month, day);
    if (named == 1) return settle(part[2], part[0], part[1], year, month, day);
    if (named == 3) return false;
    if (width[0] == 4) return width[1] <= 2 && width[2] <= 2 && settle(part[0], part[1], part[2], year, month, day);
    if (width[0] > 2 || width[1] > 2) return false;
    if (width[2] == 2)
        part[2] += part[2] < 30 ? 2000 : 1900;
    else if (width[2] != 4)
        return false;
    if (part[0] > 12) day_first = true;
    if (part[1] > 12) day_first = false;
    return day_first ? settle(part[2], part[1], part[0], year, month, day)
                     : settle(part[2], part[0], part[1], year, month, day);
}
