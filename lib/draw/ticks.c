/* Numbers and axes for people.
 *
 * Ticks stand at 1, 2 or 5 times a power of ten, the largest such step that gives at least about `want` of them (after
 * Heckbert 1990, "Nice numbers for graph labels"); on a time axis at steps of the calendar, on a logarithmic one at powers of
 * ten, with 2 and 5 between them where they are few. */
#include <kith/draw.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void put_grouped(kith_buf *out, const char *digits, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) kith_buf_putc(out, ',');
        kith_buf_putc(out, digits[i]);
    }
}

/* `decimals` digits after the point, thousands apart; trailing zeros kept or dropped. */
static void put_fixed(kith_buf *out, double value, int decimals, bool keep) {
    char text[400];
    int n = snprintf(text, sizeof text, "%.*f", decimals, fabs(value));
    if (n < 0 || (size_t)n >= sizeof text) return;
    char *point = strchr(text, '.');
    size_t whole = point ? (size_t)(point - text) : (size_t)n;
    if (point && !keep) {
        while (n && text[n - 1] == '0') n--;
        if (text[n - 1] == '.') n--;
    }
    bool zero = strspn(text, "0.") >= (size_t)n;
    if (value < 0 && !zero) kith_buf_putc(out, '-');
    put_grouped(out, text, whole);
    if ((size_t)n > whole) kith_buf_put(out, text + whole, (size_t)n - whole);
}

void kith_people_number(kith_buf *out, double value, int digits) {
    if (isnan(value)) return;
    if (isinf(value)) {
        kith_buf_puts(out, value < 0 ? "-∞" : "∞");
        return;
    }
    double size = fabs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e15)) {
        kith_buf_printf(out, "%.*g", digits, value);
    } else if (size >= 1e9) {
        put_fixed(out, value / 1e9, digits < 4 ? 2 : digits - 1, false);
        kith_buf_putc(out, 'G');
    } else if (size >= 1e7 && digits < 8) {
        put_fixed(out, value / 1e6, digits < 4 ? 1 : digits - 2, false);
        kith_buf_putc(out, 'M');
    } else {
        int power = size == 0 ? 0 : (int)floor(log10(size));
        int decimals = digits - 1 - power;
        put_fixed(out, value, decimals < 0 ? 0 : decimals > 12 ? 12 : decimals, false);
    }
}

static double nice_step(double span, size_t want) {
    double raw = span / (double)(want ? want : 1);
    double power = pow(10, floor(log10(raw)));
    double lead = raw / power;
    double nice = lead <= 1.0000001 ? 1 : lead <= 2.0000001 ? 2 : lead <= 5.0000001 ? 5 : 10;
    return nice * power;
}

static void add_tick(kith_ticks *ticks, double at, const char *text) {
    if (ticks->n == KITH_TICKS_MAX) return;
    ticks->at[ticks->n] = at;
    snprintf(ticks->text[ticks->n++], sizeof ticks->text[0], "%.23s", text);
}

static void tick_text(char *text, size_t room, double value, double step, double largest, kith_scale scale) {
    char bytes[256]; /* an exact number of at most 15 digits before its point and 12 behind */
    kith_buf out = {.p = bytes, .room = sizeof bytes};
    double unit = 1;
    const char *suffix = "";
    if (scale == KITH_PERCENT) unit = .01, suffix = "%";
    else if (largest >= 1e12) unit = 1e12, suffix = "T";
    else if (largest >= 1e9) unit = 1e9, suffix = "G";
    else if (largest >= 1e6) unit = 1e6, suffix = "M";
    if (largest >= 1e15 || (largest < 1e-4 && largest > 0 && scale != KITH_PERCENT)) {
        kith_buf_printf(&out, "%.3g", value);
    } else {
        double fine = step / unit;
        int decimals = fine >= 1 ? 0 : (int)fmin(12, ceil(-log10(fine) - 1e-9)); /* a step may be too small for any */
        put_fixed(&out, value / unit, decimals, true);
        kith_buf_puts(&out, suffix);
    }
    snprintf(text, room, "%.*s", (int)(out.n < room ? out.n : room - 1), out.p);
}

static void linear_ticks(kith_ticks *ticks, size_t want, kith_scale scale, bool widen) {
    double step = nice_step(ticks->high - ticks->low, want);
    while ((ticks->high - ticks->low) / step > KITH_TICKS_MAX - 3) step *= 2;
    double first = ceil(ticks->low / step - 1e-9), last = floor(ticks->high / step + 1e-9);
    if (widen) {
        first = floor(ticks->low / step + 1e-9);
        last = ceil(ticks->high / step - 1e-9);
        ticks->low = first * step;
        ticks->high = last * step;
    }
    double largest = fmax(fabs(first * step), fabs(last * step));
    for (double k = first; k <= last && ticks->n < KITH_TICKS_MAX; k++) {
        char text[24];
        tick_text(text, sizeof text, k * step, step, largest, scale);
        add_tick(ticks, k * step, text);
    }
}

static void log_ticks(kith_ticks *ticks, size_t want, bool widen) {
    int first = (int)floor(log10(ticks->low) + 1e-9), last = (int)ceil(log10(ticks->high) - 1e-9);
    if (last <= first) last = first + 1;
    if (widen) {
        ticks->low = pow(10, first);
        ticks->high = pow(10, last);
    }
    int decades = last - first, stride = decades > (int)want ? (decades + (int)want - 1) / (int)(want ? want : 1) : 1;
    while (decades / stride > KITH_TICKS_MAX - 2) stride++;
    static const double between[] = {1, 2, 5};
    size_t parts = decades * 3 <= (int)want ? 3 : 1;
    for (int power = first; power <= last; power += stride)
        for (size_t i = 0; i < parts; i++) {
            double at = between[i] * pow(10, power);
            if (at < ticks->low * (1 - 1e-9) || at > ticks->high * (1 + 1e-9)) continue;
            char bytes[256];
            kith_buf out = {.p = bytes, .room = sizeof bytes};
            if (power >= -4 && power < 9) kith_people_number(&out, at, 3);
            else kith_buf_printf(&out, "1e%d", power);
            char text[24];
            snprintf(text, sizeof text, "%.*s", (int)(out.n < 23 ? out.n : 23), out.p);
            add_tick(ticks, at, text);
        }
}

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static void month_ticks(kith_ticks *ticks, int64_t step) {
    int64_t year;
    int month, day;
    int64_t start = (int64_t)floor(ticks->low / (double)KITH_US_PER_DAY);
    kith_civil_from_days(start, &year, &month, &day);
    int64_t index = year * 12 + month - 1;
    if (index % step) index += step - (index % step + step) % step;
    for (int tries = 0; tries < 1000 && ticks->n < KITH_TICKS_MAX; tries++, index += step) {
        int64_t y = index >= 0 ? index / 12 : (index - 11) / 12;
        double at = (double)kith_days_from_civil(y, (int)(index - y * 12) + 1, 1) * (double)KITH_US_PER_DAY;
        if (at < ticks->low) continue;
        if (at > ticks->high) break;
        char text[40];
        if (step % 12 == 0) snprintf(text, sizeof text, "%lld", (long long)y);
        else snprintf(text, sizeof text, "%s %lld", months[index - y * 12], (long long)y);
        add_tick(ticks, at, text);
    }
}

static void time_ticks(kith_ticks *ticks, size_t want) {
    static const int64_t steps[] = {1,    2,    5,     10,    15,    30,    60,    120,    300,    600,    900,     1800,
                                    3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600};
    static const int64_t month_steps[] = {1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 12000};
    double seconds = (ticks->high - ticks->low) / (double)KITH_US_PER_SECOND, least = seconds / (double)(want ? want : 1);
    size_t i = 0;
    while (i < sizeof steps / sizeof *steps && (double)steps[i] < least) i++;
    if (i == sizeof steps / sizeof *steps) {
        size_t k = 0;
        while (k + 1 < sizeof month_steps / sizeof *month_steps && (double)month_steps[k] * 2.63e6 < least) k++;
        month_ticks(ticks, month_steps[k]);
        if (ticks->n) return;
        i--;
    }
    double step = (double)steps[i] * (double)KITH_US_PER_SECOND;
    double offset = steps[i] >= 604800 ? 4 * (double)KITH_US_PER_DAY : 0; /* weeks begin on a Monday */
    for (double k = ceil((ticks->low - offset) / step - 1e-9); ticks->n < KITH_TICKS_MAX; k++) {
        double at = k * step + offset;
        if (at > ticks->high) break;
        int64_t us = (int64_t)at, days = us >= 0 ? us / KITH_US_PER_DAY : -((KITH_US_PER_DAY - 1 - us) / KITH_US_PER_DAY), year;
        int month, day;
        kith_civil_from_days(days, &year, &month, &day);
        int64_t clock = (us - days * KITH_US_PER_DAY) / KITH_US_PER_SECOND;
        char text[64];
        if (steps[i] >= 86400) snprintf(text, sizeof text, "%d %s", day, months[month - 1]);
        else if (steps[i] >= 60) snprintf(text, sizeof text, "%02d:%02d", (int)(clock / 3600), (int)(clock / 60 % 60));
        else snprintf(text, sizeof text, "%02d:%02d:%02d", (int)(clock / 3600), (int)(clock / 60 % 60), (int)(clock % 60));
        add_tick(ticks, at, text);
    }
}

void kith_ticks_make(kith_ticks *ticks, double low, double high, size_t want, kith_scale scale, bool widen) {
    *ticks = (kith_ticks){.low = low, .high = high};
    if (!isfinite(low) || !isfinite(high)) ticks->low = 0, ticks->high = 1;
    if (ticks->low > ticks->high) {
        double swap = ticks->low;
        ticks->low = ticks->high;
        ticks->high = swap;
    }
    if (ticks->high - ticks->low <= 1e-12 * fmax(fabs(ticks->low), fabs(ticks->high)) || ticks->low == ticks->high) {
        double half = scale == KITH_TIME ? 12 * 3600e6 : ticks->low == 0 ? .5 : fabs(ticks->low) * .5;
        if (scale == KITH_LOG && ticks->low > 0) ticks->low /= 2, ticks->high *= 2;
        else ticks->low -= half, ticks->high += half;
    }
    if (scale == KITH_TIME && ticks->high - ticks->low < 1e6) ticks->high = ticks->low + 1e6;
    if (want < 2) want = 2;
    if (want > KITH_TICKS_MAX - 4) want = KITH_TICKS_MAX - 4;
    if (ticks->high - ticks->low > DBL_MAX) { /* the span itself overflows */
        ticks->low /= 4;
        ticks->high /= 4;
    }
    if (scale == KITH_LOG && ticks->low > 0) log_ticks(ticks, want, widen);
    else if (scale == KITH_TIME && fmax(fabs(ticks->low), fabs(ticks->high)) < 9e18) time_ticks(ticks, want); /* microseconds of no calendar are numbers */
    else linear_ticks(ticks, want, scale == KITH_TIME ? KITH_LINEAR : scale, widen);
}
