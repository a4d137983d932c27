/* Time zones: UTC, fixed offsets, and names read from the system's zone files (TZif, RFC 9636).
 *
 * A named zone becomes one ascending table of the moments at which its offset changes: those of the file, then those that
 * the POSIX rule in the file's footer gives for 400 years behind the last; the Gregorian calendar repeats after 400 years
 * to the weekday, so later moments are looked up a multiple of that earlier. An index by spans of 2^41 µs (25 days) leads
 * to the entry, so that a lookup is a step or two and the table stays constant for all threads. Leap seconds are left out,
 * as in POSIX time. A name may not leave the zone folder: its parts are letters, digits, '+', '-', '_' alone. */
#include <kith/base.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/usr/share/zoneinfo/"
enum { LARGEST_FILE = 1 << 18, SPAN_BITS = 41, YEARS = 400 };
#define CYCLE_US (INT64_C(146097) * KITH_US_PER_DAY) /* 400 years */

typedef struct change {
    int64_t from_us; /* UTC */
    int64_t east_us; /* the offset from then on */
} change;

struct kith_zone {
    size_t n;
    change *changes; /* changes[0] holds from the beginning of time */
    int64_t index_from;
    size_t n_index;
    uint32_t *index; /* the entry in force when the span begins */
    bool repeats;    /* the last 400 years of the table go on forever */
};

/* ---- lookups -------------------------------------------------------------------------------------------------- */

static int64_t east_at(const kith_zone *z, int64_t us) {
    if (z->n == 1) return z->changes[0].east_us;
    int64_t last = z->changes[z->n - 1].from_us;
    if (z->repeats && us > last) us -= ((us - last - 1) / CYCLE_US + 1) * CYCLE_US;
    size_t at = 0;
    if (us >= z->index_from) {
        uint64_t span = (uint64_t)(us - z->index_from) >> SPAN_BITS;
        at = z->index[span < z->n_index ? span : z->n_index - 1];
    }
    while (at + 1 < z->n && z->changes[at + 1].from_us <= us) at++;
    return z->changes[at].east_us;
}

int64_t kith_zone_to_local(const kith_zone *zone, int64_t utc_us) {
    int64_t local;
    if (!zone || __builtin_add_overflow(utc_us, east_at(zone, utc_us), &local)) return utc_us;
    return local;
}

/* Where the clock was set back, the earlier of the two; where it was set forward, as if it had not been. */
int64_t kith_zone_to_utc(const kith_zone *zone, int64_t local_us) {
    if (!zone || local_us < INT64_MIN + 2 * KITH_US_PER_DAY || local_us > INT64_MAX - 2 * KITH_US_PER_DAY) return local_us;
    int64_t before = east_at(zone, local_us - KITH_US_PER_DAY), after = east_at(zone, local_us + KITH_US_PER_DAY);
    if (before == after) return local_us - before;
    int64_t a = local_us - before, b = local_us - after;
    bool a_holds = east_at(zone, a) == before, b_holds = east_at(zone, b) == after;
    if (a_holds && b_holds) return a < b ? a : b;
    return b_holds ? b : a;
}

/* ---- the POSIX rule --------------------------------------------------------------------------------------------- */

typedef struct rule_day {
    char kind; /* M: day d of week w of month m; J: day 1 … 365 without leap days; 0: day 0 … 365 */
    int m, w, d;
    int64_t at_s; /* local seconds into the day; may be negative or past it */
} rule_day;

typedef struct rule {
    int64_t standard_s, summer_s; /* east of UTC */
    bool summer;
    rule_day start, end;
} rule;

static bool read_number(const char **p, int most, int *v) {
    if (**p < '0' || **p > '9') return false;
    for (*v = 0; **p >= '0' && **p <= '9'; ++*p)
        if ((*v = *v * 10 + (**p - '0')) > most) return false;
    return true;
}

static bool read_seconds(const char **p, int64_t *s) { /* [+-]h[h[h]][:mm[:ss]] */
    int h, m = 0, sec = 0, sign = **p == '-' ? -1 : 1;
    if (**p == '-' || **p == '+') ++*p;
    if (!read_number(p, 167, &h)) return false;
    if (**p == ':' && (++*p, !read_number(p, 59, &m))) return false;
    if (**p == ':' && (++*p, !read_number(p, 59, &sec))) return false;
    *s = sign * (int64_t)(h * 3600 + m * 60 + sec);
    return true;
}

static bool skip_name(const char **p) {
    const char *start = *p;
    if (**p == '<') {
        const char *close = strchr(*p, '>');
        if (!close) return false;
        *p = close + 1;
        return true;
    }
    while ((**p | 32) >= 'a' && (**p | 32) <= 'z') ++*p;
    return *p - start >= 3;
}

static bool read_day(const char **p, rule_day *d) {
    if (**p != ',') return false;
    ++*p;
    d->kind = **p;
    if (d->kind == 'M') {
        ++*p;
        if (!read_number(p, 12, &d->m) || *(*p)++ != '.' || !read_number(p, 5, &d->w) || *(*p)++ != '.' || !read_number(p, 6, &d->d)) return false;
        if (d->m < 1 || d->w < 1) return false;
    } else {
        if (d->kind == 'J') ++*p;
        else d->kind = '0';
        if (!read_number(p, 365, &d->d) || (d->kind == 'J' && d->d < 1)) return false;
    }
    d->at_s = 7200;
    if (**p == '/' && (++*p, !read_seconds(p, &d->at_s))) return false;
    return true;
}

static bool read_rule(const char *p, rule *r) {
    *r = (rule){0};
    if (!skip_name(&p) || !read_seconds(&p, &r->standard_s)) return false;
    r->standard_s = -r->standard_s; /* POSIX counts west */
    if (!*p) return true;
    r->summer = true;
    if (!skip_name(&p)) return false;
    r->summer_s = r->standard_s + 3600;
    if (*p != ',') {
        if (!read_seconds(&p, &r->summer_s)) return false;
        r->summer_s = -r->summer_s;
    }
    return read_day(&p, &r->start) && read_day(&p, &r->end) && !*p;
}

static int64_t rule_day_of(const rule_day *r, int64_t year) { /* days since 1970 */
    int64_t first = kith_days_from_civil(year, 1, 1);
    bool leap = kith_days_from_civil(year + 1, 1, 1) - first == 366;
    if (r->kind == 'J') return first + r->d - 1 + (leap && r->d >= 60);
    if (r->kind == '0') return first + r->d;
    int64_t month = kith_days_from_civil(year, r->m, 1);
    int64_t next = r->m == 12 ? kith_days_from_civil(year + 1, 1, 1) : kith_days_from_civil(year, r->m + 1, 1);
    int64_t weekday = ((month + 4) % 7 + 7) % 7; /* Sunday is 0 */
    int64_t day = month + (r->d - weekday + 7) % 7 + (r->w - 1) * 7;
    while (day >= next) day -= 7;
    return day;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static int64_t big_endian(const unsigned char *p, int n) {
    uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0; /* signed */
    for (int i = 0; i < n; i++) v = v << 8 | p[i];
    return (int64_t)v;
}

typedef struct table {
    kith_arena *arena;
    change *items;
    size_t n, room;
} table;

static bool put(table *t, int64_t from_us, int64_t east_us) {
    if (t->n && t->items[t->n - 1].from_us >= from_us) return true; /* only ascending ones: a file may hold more before 1900 */
    if (t->n && t->items[t->n - 1].east_us == east_us) return true; /* a new name alone */
    if (t->n == t->room) {
        size_t more = t->room ? t->room * 2 : 256;
        change *grown = kith_arena_alloc(t->arena, more * sizeof *grown);
        if (!grown) return false;
        if (t->n) memcpy(grown, t->items, t->n * sizeof *grown);
        t->items = grown;
        t->room = more;
    }
    t->items[t->n++] = (change){from_us, east_us};
    return true;
}

static bool extend(table *t, const rule *r) {
    int64_t year, last = t->items[t->n - 1].from_us;
    int month, day;
    if (t->n == 1) last = kith_days_from_civil(1970, 1, 1) * KITH_US_PER_DAY;
    kith_civil_from_days(last / KITH_US_PER_DAY, &year, &month, &day);
    if (!r->summer) return put(t, last + 1, r->standard_s * KITH_US_PER_SECOND);
    for (int64_t y = year; y <= year + YEARS + 1; y++) {
        int64_t start = rule_day_of(&r->start, y) * 86400 + r->start.at_s - r->standard_s;
        int64_t end = rule_day_of(&r->end, y) * 86400 + r->end.at_s - r->summer_s;
        int64_t first = start < end ? start : end, second = start < end ? end : start;
        int64_t first_east = start < end ? r->summer_s : r->standard_s, second_east = start < end ? r->standard_s : r->summer_s;
        if (!put(t, first * KITH_US_PER_SECOND, first_east * KITH_US_PER_SECOND)) return false;
        if (!put(t, second * KITH_US_PER_SECOND, second_east * KITH_US_PER_SECOND)) return false;
    }
    return true;
}

/* The size of a TZif data block, from its header's six counts; false where the file is too short for it. */
static bool block_size(const unsigned char *p, size_t room, int width, uint32_t counts[6], size_t *size) {
    if (room < 44 || memcmp(p, "TZif", 4) != 0) return false;
    for (int i = 0; i < 6; i++) {
        counts[i] = (uint32_t)p[20 + 4 * i] << 24 | (uint32_t)p[21 + 4 * i] << 16 | (uint32_t)p[22 + 4 * i] << 8 | p[23 + 4 * i];
        if (counts[i] > LARGEST_FILE) return false;
    }
    size_t times = counts[3], types = counts[4], chars = counts[5], leaps = counts[2];
    *size = times * (size_t)width + times + types * 6 + chars + leaps * ((size_t)width + 4) + counts[1] + counts[0];
    return types > 0 && *size <= room - 44;
}

static bool read_file(const unsigned char *p, size_t n, table *t, bool *repeats) {
    uint32_t counts[6];
    size_t size;
    int width = 4;
    if (!block_size(p, n, width, counts, &size)) return false;
    if (p[4] >= '2') { /* the second block has 64-bit times and the footer */
        p += 44 + size;
        n -= 44 + size;
        width = 8;
        if (!block_size(p, n, width, counts, &size)) return false;
    }
    const unsigned char *times = p + 44, *kinds = times + (size_t)counts[3] * (size_t)width, *types = kinds + counts[3];
    if (!put(t, INT64_MIN, big_endian(types, 4) * KITH_US_PER_SECOND)) return false;
    for (uint32_t i = 0; i < counts[3]; i++) {
        if (kinds[i] >= counts[4]) return false;
        int64_t at = big_endian(times + (size_t)i * (size_t)width, width);
        if (at < -INT64_C(62135596800) || at > INT64_C(253402300800)) continue; /* years 1 to 9999 */
        if (!put(t, at * KITH_US_PER_SECOND, big_endian(types + 6 * (size_t)kinds[i], 4) * KITH_US_PER_SECOND)) return false;
    }
    for (size_t i = 0; i < t->n; i++)
        if (t->items[i].east_us > 26 * 3600 * KITH_US_PER_SECOND || t->items[i].east_us < -26 * 3600 * KITH_US_PER_SECOND) return false;
    if (width == 8 && n > 44 + size && p[44 + size] == '\n') {
        const char *footer = (const char *)p + 44 + size + 1;
        const char *end = memchr(footer, '\n', n - 44 - size - 1);
        char copy[128];
        rule r;
        if (end && end > footer && (size_t)(end - footer) < sizeof copy) {
            memcpy(copy, footer, (size_t)(end - footer));
            copy[end - footer] = 0;
            if (!read_rule(copy, &r)) return false;
            *repeats = r.summer;
            return extend(t, &r);
        }
    }
    return true;
}

static bool name_fits(const char *name) {
    size_t n = strlen(name);
    if (!n || n > 100 || name[0] == '/') return false;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' || c == '/';
        if (!fine || (c == '/' && (i + 1 == n || name[i + 1] == '/'))) return false;
    }
    return true;
}

static int read_zone(kith_arena *arena, const char *name, kith_zone **zone, kith_error *err) {
    char path[160];
    snprintf(path, sizeof path, FOLDER "%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0) {
        if (errno == ENOENT && access(FOLDER, F_OK) != 0)
            return kith_fail(err, KITH_SYSTEM, "--tz: zone '%s': this machine has no zone files (" FOLDER "; the package tzdata)", name);
        return kith_fail(err, KITH_USAGE, "--tz: unknown zone '%s'", name);
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 44 || st.st_size > LARGEST_FILE) {
        close(fd);
        return kith_fail(err, KITH_USAGE, "--tz: unknown zone '%s'", name);
    }
    size_t size = (size_t)st.st_size, got = 0;
    unsigned char *bytes = kith_arena_alloc(arena, size);
    for (ssize_t r = 1; bytes && got < size && r > 0; got += r > 0 ? (size_t)r : 0) r = read(fd, bytes + got, size - got);
    close(fd);
    kith_zone *z = kith_arena_zalloc(arena, sizeof *z);
    table t = {.arena = arena};
    if (!bytes || !z) return kith_no_memory(err);
    if (got != size || !read_file(bytes, size, &t, &z->repeats)) return kith_fail(err, KITH_SYSTEM, "--tz: zone '%s': its file is broken", name);
    z->changes = t.items;
    z->n = t.n;
    if (z->n > 1) {
        z->index_from = z->changes[1].from_us;
        z->n_index = (size_t)((uint64_t)(z->changes[z->n - 1].from_us - z->index_from) >> SPAN_BITS) + 1;
        z->index = kith_arena_alloc(arena, z->n_index * sizeof *z->index);
        if (!z->index) return kith_no_memory(err);
        size_t at = 1;
        for (size_t i = 0; i < z->n_index; i++) {
            int64_t begins = z->index_from + (int64_t)((uint64_t)i << SPAN_BITS);
            while (at + 1 < z->n && z->changes[at + 1].from_us <= begins) at++;
            z->index[i] = (uint32_t)at;
        }
    }
    *zone = z;
    return KITH_OK;
}

int kith_zone_find(kith_arena *arena, const char *name, const kith_zone **zone, kith_error *err) {
    *zone = NULL;
    if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0) return KITH_OK;
    if ((name[0] == '+' || name[0] == '-') && strlen(name) < 8) {
        char probe[64];
        int64_t at;
        snprintf(probe, sizeof probe, "1970-01-01T00:00:00%s", name);
        kith_zone *z = kith_arena_zalloc(arena, sizeof *z);
        change *only = kith_arena_alloc(arena, sizeof *only);
        if (!z || !only) return kith_no_memory(err);
        if (kith_parse_time(kith_str_of(probe), NULL, &at, NULL)) {
            *only = (change){INT64_MIN, -at};
            z->changes = only;
            z->n = 1;
            *zone = z;
            return KITH_OK;
        }
    } else if (name_fits(name)) {
        kith_zone *z;
        KITH_TRY(read_zone(arena, name, &z, err));
        *zone = z;
        return KITH_OK;
    }
    return kith_fail(err, KITH_USAGE, "--tz: unknown zone '%s'", name);
}
