/* Masking: see kith/mask.h. A pseudonym is not a hash that anyone could compute for all telephone numbers in an hour: without the key it
 * says nothing, with it the same person stays the same in every file. */
#include <kith/mask.h>
#include <kith/normalise.h>

#include <stdlib.h>
#include <string.h>

bool kith_mask_parse(kith_mask_kind kind, const char *text, kith_mask *mask) {
    static const char *const units[] = {"year", "quarter", "month", "week", "day", "hour"};
    kith_number step;
    mask->kind = kind;
    switch (kind) {
    case KITH_MASK_TRUNCATE: return kith_parse_int(kith_str_of(text), &mask->characters) && mask->characters > -1000000 && mask->characters < 1000000;
    case KITH_MASK_DATE:
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strcmp(units[i], text) == 0) return mask->unit = units[i][0], true;
        return false;
    default: /* KITH_MASK_STEP; the others take nothing */
        if (!kith_number_parse(kith_str_of(text), &step) || !step.is_fixed || step.fixed <= 0) return false;
        mask->step = step.fixed;
        return true;
    }
}

static void pseudonym(const kith_mask *m, kith_str text, kith_buf *out) {
    unsigned char hash[32];
    static const char hex[] = "0123456789abcdef";
    kith_buf lower = {0};
    if (m->fold_case) {
        kith_put_lower(kith_str_trim(text), &lower);
        out->failed |= lower.failed;
        text = (kith_str){lower.p ? lower.p : "", lower.n};
    }
    kith_secret_hash(m->secret, m->domain, text, hash);
    for (int i = 0; i < 16; i++) kith_buf_put(out, (char[2]){hex[hash[i] >> 4], hex[hash[i] & 15]}, 2);
    kith_buf_free(&lower);
}

static bool continues(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

static void truncate_text(int64_t characters, kith_str t, kith_buf *out) {
    size_t i;
    if (characters >= 0) {
        for (i = 0; i < t.n; i++)
            if (!continues(t.p[i]) && characters-- == 0) break;
        kith_buf_put(out, t.p, i);
        return;
    }
    for (i = t.n; i > 0 && characters < 0; i--)
        if (!continues(t.p[i - 1])) characters++;
    kith_buf_put(out, t.p + i, t.n - i);
}

static bool coarse_date(const kith_mask *m, kith_str t, kith_buf *out) {
    int64_t us, year;
    int month, day;
    bool is_date;
    char text[40];
    if (!kith_parse_time(t, m->zone, &us, &is_date)) return false;
    us = kith_zone_to_local(m->zone, us);
    int64_t days = us / KITH_US_PER_DAY - (us % KITH_US_PER_DAY < 0);
    kith_civil_from_days(days, &year, &month, &day);
    switch (m->unit) {
    case 'y': days = kith_days_from_civil(year, 1, 1); break;
    case 'q': days = kith_days_from_civil(year, (month - 1) / 3 * 3 + 1, 1); break;
    case 'm': days = kith_days_from_civil(year, month, 1); break;
    case 'w': days -= ((days + 3) % 7 + 7) % 7; break; /* 1970-01-01 was a Thursday */
    case 'h': {
        int64_t hour = (us - days * KITH_US_PER_DAY) / (3600 * KITH_US_PER_SECOND);
        size_t n = kith_format_time(kith_zone_to_utc(m->zone, days * KITH_US_PER_DAY + hour * 3600 * KITH_US_PER_SECOND), text);
        kith_buf_put(out, text, n);
        return true;
    }
    default: break;
    }
    kith_buf_put(out, text, kith_format_date(days, text));
    return true;
}

static bool stepped(const kith_mask *m, kith_str t, kith_buf *out) {
    kith_number v;
    if (!kith_number_parse(t, &v)) return false;
    if (!v.is_fixed) return false;
    kith_i128 half = m->step / 2, size = v.fixed < 0 ? -v.fixed : v.fixed, times = size / m->step, rest = size % m->step;
    if (rest > half || (rest == half && m->step % 2 == 0)) times++;
    size = times * m->step;
    char text[48];
    size_t n = sizeof text;
    kith_i128 whole = size / 1000000000;
    int64_t part = (int64_t)(size % 1000000000);
    int places = 9;
    while (places && part % 10 == 0) part /= 10, places--;
    for (int i = 0; i < places; i++, part /= 10) text[--n] = (char)('0' + part % 10);
    if (places) text[--n] = '.';
    do text[--n] = (char)('0' + (int)(whole % 10));
    while (whole /= 10);
    if (v.fixed < 0 && size) text[--n] = '-';
    kith_buf_put(out, text + n, sizeof text - n);
    return true;
}

bool kith_mask_apply(const kith_mask *m, kith_str text, kith_buf *out) {
    switch (m->kind) {
    case KITH_MASK_PSEUDONYM: pseudonym(m, text, out); return true;
    case KITH_MASK_TRUNCATE: truncate_text(m->characters, text, out); return true;
    case KITH_MASK_DATE: return coarse_date(m, text, out);
    default: return stepped(m, text, out);
    }
}

/* ---- k-anonymity -------------------------------------------------------------------------------------------- */

void kith_anonymity_free(kith_anonymity *a) {
    kith_hashtable_free(&a->table);
    free(a->counts);
    *a = (kith_anonymity){0};
}

int kith_anonymity_add(kith_anonymity *a, const kith_key *keys, const uint64_t *hashes, size_t n, kith_error *err) {
    enum { BATCH = 256 };
    uint32_t entries[BATCH];
    if (!a->table.slots) KITH_TRY(kith_hashtable_init(&a->table, err));
    for (size_t from = 0; from < n; from += BATCH) {
        size_t m = n - from < BATCH ? n - from : BATCH;
        KITH_TRY(kith_hashtable_put(&a->table, keys + from, hashes + from, m, entries, err));
        if (a->table.n > a->room) {
            uint32_t room = a->room ? a->room * 2 : 1024;
            while (room < a->table.n) room *= 2;
            uint64_t *wider = realloc(a->counts, room * sizeof *wider);
            if (!wider) return kith_no_memory(err);
            memset(wider + a->room, 0, (room - a->room) * sizeof *wider);
            a->counts = wider;
            a->room = room;
        }
        for (size_t i = 0; i < m; i++) a->counts[entries[i]]++;
    }
    return KITH_OK;
}

kith_anonymity_result kith_anonymity_of(const kith_anonymity *a, uint64_t k) {
    kith_anonymity_result r = {.groups = a->table.n};
    for (uint32_t e = 0; e < a->table.n; e++) {
        uint64_t n = a->counts[e];
        r.rows += n;
        if (e == 0 || n < r.smallest) r.smallest = n;
        r.unique += n == 1;
        if (n < k) r.below += n;
    }
    return r;
}
