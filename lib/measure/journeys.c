/* Distinct paths and what they count, as a mergeable state.
 *
 *   text ──► channel numbers (in order of appearance) ──► one entry per distinct path: conversions, value, nulls
 *
 * Sums are integers in units of 10⁻⁹, so that adding is exact and in any order the same. The view renames the channels in byte
 * order and sorts the paths by a hash of what they hold (equal hashes by content), so that what is computed from it is a
 * function of the data alone. Tried: sorting by content (five times the time of the radix sort by hash, for the same end). */
#include <kith/attribution.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS_MOST = 65535 };
#define UNITS 1e9
#define COUNT_MOST INT64_C(9000000000000000000)

enum { PENDING = 64 };

/* Paths repeat: the text of a path leads straight to its entry while at least one row in RECENT_WORTH finds it there. */
enum { RECENT_SLOTS = 32768, RECENT_BYTES = 160, RECENT_TRIAL = 8192, RECENT_WORTH = 8 };

typedef struct recent {
    uint64_t hash;
    uint32_t entry; /* + 1; 0: not yet known */
    uint32_t n, turn; /* its text's length; how many paths it has held */
    char *text; /* RECENT_BYTES of room in the arena */
} recent;

/* A channel's name: up to 16 bytes stand in the slot, so that most look-ups compare two words. */
typedef struct name_slot {
    uint64_t head, tail;
    uint32_t n, number; /* number + 1; 0: empty */
} name_slot;

typedef struct pending {
    uint64_t hash;
    size_t start, touches;
    int64_t conversions, nulls;
    __int128 value;
    recent *recent; /* that is told the entry, unless it went to another path since; NULL: none */
    uint32_t turn;
} pending;

typedef struct entry {
    uint64_t start; /* of its touches */
    uint32_t touches, hash;
    int64_t conversions, nulls;
    uint64_t value_low; /* value in 128 bits, two halves so that the entry packs */
    int64_t value_high;
} entry;

struct kith_journeys {
    kith_arena *arena; /* names */
    kith_str *names;
    size_t channels, names_room;
    name_slot *name_slot;
    size_t name_slots;
    recent *recent; /* NULL: not worth it, or not yet */
    size_t recent_asked, recent_found;
    uint16_t *touch;
    size_t touches, touches_room;
    entry *entries;
    size_t n, room;
    uint64_t *slot; /* low half of the hash, then entry + 1: most looks end here */
    size_t slots;
    struct pending *pending; /* rows whose slots are on their way to the cache */
    size_t n_pending, pending_touches, pending_room;
    uint16_t *pending_touch;
    int64_t all_conversions, all_nulls;
    uint16_t *scratch; /* the path being added */
    size_t scratch_room;
};

static __int128 value_of(const entry *e) { return (__int128)e->value_high << 64 | (__int128)e->value_low; }
static void set_value(entry *e, __int128 v) {
    e->value_low = (uint64_t)v;
    e->value_high = (int64_t)(v >> 64);
}

static void count(entry *e, int64_t conversions, __int128 value, int64_t nulls) {
    e->conversions += conversions;
    e->nulls += nulls;
    set_value(e, value_of(e) + value);
}

kith_journeys *kith_journeys_new(void) {
    kith_journeys *j = calloc(1, sizeof *j);
    if (!j) return NULL;
    j->arena = kith_arena_new();
    j->name_slots = j->slots = 64;
    j->name_slot = calloc(j->name_slots, sizeof *j->name_slot);
    j->slot = calloc(j->slots, sizeof *j->slot);
    j->recent = calloc(RECENT_SLOTS, sizeof *j->recent);
    j->pending = malloc(PENDING * sizeof *j->pending);
    if (j->arena && j->name_slot && j->slot && j->recent && j->pending) return j;
    kith_journeys_free(j);
    return NULL;
}

void kith_journeys_free(kith_journeys *j) {
    if (!j) return;
    kith_arena_free(j->arena);
    free(j->names);
    free(j->name_slot);
    free(j->touch);
    free(j->entries);
    free(j->slot);
    free(j->scratch);
    free(j->recent);
    free(j->pending);
    free(j->pending_touch);
    free(j);
}

size_t kith_journeys_count(const kith_journeys *j) { return j->n + j->n_pending; }

static bool reserve(void *array, size_t *room, size_t need, size_t size) {
    if (need <= *room) return true;
    size_t more = *room ? *room : 64;
    while (more < need) more += more / 2 + 32;
    void *fresh = realloc(*(void **)array, more * size);
    if (!fresh) return false;
    *(void **)array = fresh;
    *room = more;
    return true;
}

/* Two words that, with the length, tell names of up to 16 bytes apart; 0 and 0 for longer ones. */
static name_slot name_key(kith_str name) {
    name_slot key = {.n = (uint32_t)name.n};
    if (name.n > 16) return key;
    if (name.n >= 8) {
        memcpy(&key.head, name.p, 8);
        memcpy(&key.tail, name.p + name.n - 8, 8);
    } else if (name.n >= 4) {
        memcpy(&key.head, name.p, 4);
        memcpy(&key.tail, name.p + name.n - 4, 4);
    } else if (name.n) {
        key.head = (uint64_t)(unsigned char)name.p[0] << 16 | (uint64_t)(unsigned char)name.p[name.n / 2] << 8 | (unsigned char)name.p[name.n - 1];
    }
    return key;
}

static size_t name_place(const name_slot *key, kith_str name, size_t mask) {
    if (name.n > 16) return kith_hash(name.p, name.n, 1) & mask;
    return (size_t)(((key->head * UINT64_C(0x9e3779b97f4a7c15) ^ key->tail) * UINT64_C(0xd6e8feb86659fd93) ^ key->n) >> 32) & mask;
}

static bool names_grow(kith_journeys *j) {
    size_t wide = j->name_slots * 4;
    name_slot *fresh = calloc(wide, sizeof *fresh);
    if (!fresh) return false;
    for (size_t c = 0; c < j->channels; c++) {
        name_slot key = name_key(j->names[c]);
        size_t at = name_place(&key, j->names[c], wide - 1);
        while (fresh[at].number) at = (at + 1) & (wide - 1);
        key.number = (uint32_t)c + 1;
        fresh[at] = key;
    }
    free(j->name_slot);
    j->name_slot = fresh;
    j->name_slots = wide;
    return true;
}

/* The channel's number, given when first seen; −1 without memory, −2 past the most. */
static int channel_of(kith_journeys *j, kith_str name) {
    name_slot key = name_key(name);
    size_t mask = j->name_slots - 1, at = name_place(&key, name, mask);
    for (; j->name_slot[at].number; at = (at + 1) & mask) {
        const name_slot *s = &j->name_slot[at];
        if (s->head == key.head && s->tail == key.tail && s->n == key.n && (name.n <= 16 || kith_str_equal(j->names[s->number - 1], name)))
            return (int)s->number - 1;
    }
    if (j->channels == CHANNELS_MOST) return -2;
    char *copy = kith_arena_copy(j->arena, name.p, name.n);
    if (!copy || !reserve(&j->names, &j->names_room, j->channels + 1, sizeof *j->names)) return -1;
    j->names[j->channels] = (kith_str){copy, name.n};
    key.number = (uint32_t)++j->channels;
    j->name_slot[at] = key;
    if (j->channels * 2 > j->name_slots && !names_grow(j)) return -1;
    return (int)j->channels - 1;
}

/* The entry of these touches with this hash, made if need be; NULL without memory. */
static entry *entry_at(kith_journeys *j, uint64_t hash, const uint16_t *touch, size_t n) {
    size_t mask = j->slots - 1, at = hash & mask;
    for (; j->slot[at]; at = (at + 1) & mask) {
        if ((uint32_t)(j->slot[at] >> 32) != (uint32_t)hash) continue;
        entry *e = &j->entries[(uint32_t)j->slot[at] - 1];
        if (e->hash == (uint32_t)(hash >> 32) && e->touches == n && memcmp(j->touch + e->start, touch, n * sizeof *touch) == 0) return e;
    }
    if (j->n >= UINT32_MAX - 1 || n > UINT32_MAX) return NULL;
    if (!reserve(&j->touch, &j->touches_room, j->touches + n, sizeof *j->touch) ||
        !reserve(&j->entries, &j->room, j->n + 1, sizeof *j->entries))
        return NULL;
    if (j->n * 4 >= j->slots * 3) {
        size_t wide = j->slots * 2;
        uint64_t *fresh = calloc(wide, sizeof *fresh);
        if (!fresh) return NULL;
        for (size_t i = 0; i < j->slots; i++) {
            if (!j->slot[i]) continue;
            at = (j->slot[i] >> 32) & (wide - 1);
            while (fresh[at]) at = (at + 1) & (wide - 1);
            fresh[at] = j->slot[i];
        }
        free(j->slot);
        j->slot = fresh;
        j->slots = wide;
        for (at = hash & (wide - 1); fresh[at];) at = (at + 1) & (wide - 1);
    }
    memcpy(j->touch + j->touches, touch, n * sizeof *touch);
    j->entries[j->n] = (entry){.start = j->touches, .touches = (uint32_t)n, .hash = (uint32_t)(hash >> 32)};
    j->touches += n;
    j->slot[at] = (hash & UINT32_MAX) << 32 | ++j->n;
    return &j->entries[j->n - 1];
}

static uint64_t path_hash(const uint16_t *touch, size_t n) { return kith_hash(touch, n * sizeof *touch, 2); }

static entry *entry_of(kith_journeys *j, const uint16_t *touch, size_t n) { return entry_at(j, path_hash(touch, n), touch, n); }

/* Adds the rows that wait: first all their entries are asked for, then their touches, then they are compared, so that the misses
 * overlap. (One row after the other: twice the time at a million paths.) */
static bool flush(const kith_journeys *waiting) {
    kith_journeys *j = (kith_journeys *)(uintptr_t)waiting; /* what it holds does not change, only where */
    size_t n = j->n_pending;
    for (size_t i = 0; i < n; i++) {
        uint64_t slot = j->slot[j->pending[i].hash & (j->slots - 1)];
        if (slot) __builtin_prefetch(&j->entries[(uint32_t)slot - 1]);
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t slot = j->slot[j->pending[i].hash & (j->slots - 1)];
        if (slot) __builtin_prefetch(j->touch + j->entries[(uint32_t)slot - 1].start);
    }
    for (size_t i = 0; i < n; i++) {
        const pending *p = &j->pending[i];
        entry *e = entry_at(j, p->hash, j->pending_touch + p->start, p->touches);
        if (!e) return false;
        count(e, p->conversions, p->value, p->nulls);
        if (p->recent && p->recent->turn == p->turn) p->recent->entry = (uint32_t)(e - j->entries) + 1;
    }
    j->n_pending = j->pending_touches = 0;
    return true;
}

static kith_journey_fault count_of(double v, int64_t *units, kith_journey_fault fault) {
    if (!(v >= 0) || v > 9e9) return fault;
    *units = llrint(v * UNITS);
    return KITH_JOURNEY_FINE;
}

/* The touches of a path into scratch. */
static kith_journey_fault cut(kith_journeys *j, kith_str path, kith_str separator, size_t *touches) {
    const char *p = path.p, *end = path.p + path.n;
    *touches = 0;
    for (bool more = true; more; ++*touches) {
        const char *stop = p;
        for (;; stop++) {
            stop = (size_t)(end - stop) >= separator.n ? memchr(stop, separator.p[0], (size_t)(end - stop) - separator.n + 1) : NULL;
            if (!stop || memcmp(stop, separator.p, separator.n) == 0) break;
        }
        more = stop != NULL;
        kith_str name = kith_str_trim((kith_str){p, (size_t)((more ? stop : end) - p)});
        if (name.n == 0) return KITH_JOURNEY_NO_CHANNEL;
        if (!reserve(&j->scratch, &j->scratch_room, *touches + 1, sizeof *j->scratch)) return KITH_JOURNEY_MEMORY;
        int channel = channel_of(j, name);
        if (channel < 0) return channel == -2 ? KITH_JOURNEY_CHANNELS : KITH_JOURNEY_MEMORY;
        j->scratch[*touches] = (uint16_t)channel;
        if (more) p = stop + separator.n;
    }
    return KITH_JOURNEY_FINE;
}

/* The place of a path's text among the recent ones (found says whether its entry is known), taken over from another path if
 * need be; NULL where that is not worth it. */
static recent *recent_of(kith_journeys *j, kith_str path, bool *found) {
    *found = false;
    if (!j->recent || path.n > RECENT_BYTES) return NULL;
    if (++j->recent_asked == RECENT_TRIAL) {
        if (j->recent_found * RECENT_WORTH < j->recent_asked) {
            if (!flush(j)) return NULL;
            free(j->recent);
            j->recent = NULL;
            return NULL;
        }
        j->recent_asked = j->recent_found = 0;
    }
    uint64_t hash = kith_hash(path.p, path.n, 1);
    recent *r = &j->recent[hash % RECENT_SLOTS];
    if (r->text && r->hash == hash && r->n == path.n && memcmp(r->text, path.p, path.n) == 0) {
        *found = r->entry != 0;
        j->recent_found += *found;
        return r;
    }
    if (!r->text && !(r->text = kith_arena_alloc(j->arena, RECENT_BYTES))) return NULL;
    memcpy(r->text, path.p, path.n);
    *r = (recent){hash, 0, (uint32_t)path.n, r->turn + 1, r->text};
    return r;
}

kith_journey_fault kith_journeys_add(kith_journeys *j, kith_str path, kith_str separator, double conversions, double value,
                                     double nulls) {
    int64_t c, z;
    size_t n = 0;
    if (count_of(conversions, &c, KITH_JOURNEY_CONVERSIONS) != KITH_JOURNEY_FINE) return KITH_JOURNEY_CONVERSIONS;
    if (count_of(nulls, &z, KITH_JOURNEY_NULLS) != KITH_JOURNEY_FINE) return KITH_JOURNEY_NULLS;
    if (!(value >= 0) || value > 1e15) return KITH_JOURNEY_VALUE;
    long double units = (long double)value * 1e9L;
    __int128 v = value < 9e9 ? (__int128)llrintl(units) : (__int128)rintl(units); /* a conversion to 128 bits is a slow call */
    if (j->all_conversions > COUNT_MOST - c) return KITH_JOURNEY_CONVERSIONS;
    if (j->all_nulls > COUNT_MOST - z) return KITH_JOURNEY_NULLS;
    bool known;
    recent *r = recent_of(j, path, &known);
    if (known) {
        count(&j->entries[r->entry - 1], c, v, z);
        j->all_conversions += c;
        j->all_nulls += z;
        return KITH_JOURNEY_FINE;
    }
    kith_journey_fault fault = cut(j, path, separator, &n);
    if (fault != KITH_JOURNEY_FINE || (c == 0 && z == 0 && v == 0)) return fault;
    if (!reserve(&j->pending_touch, &j->pending_room, j->pending_touches + n, sizeof *j->pending_touch)) return KITH_JOURNEY_MEMORY;
    j->all_conversions += c;
    j->all_nulls += z;
    uint64_t hash = path_hash(j->scratch, n);
    memcpy(j->pending_touch + j->pending_touches, j->scratch, n * sizeof *j->scratch);
    j->pending[j->n_pending++] = (pending){hash, j->pending_touches, n, c, z, v, r, r ? r->turn : 0};
    j->pending_touches += n;
    __builtin_prefetch(&j->slot[hash & (j->slots - 1)]);
    return j->n_pending < PENDING || flush(j) ? KITH_JOURNEY_FINE : KITH_JOURNEY_MEMORY;
}

const char *kith_journey_words(kith_journey_fault fault) {
    static const char *const words[] = {"fine",
                                        "a path without a channel",
                                        "more than 65,535 channels",
                                        "conversions must be 0 or more, and below 9e9",
                                        "a value must be 0 or more, and below 1e15",
                                        "nulls must be 0 or more, and below 9e9",
                                        "out of memory"};
    return words[fault];
}

/* Adds (sign 1) or takes away (−1) all entries of `from`. */
static int combine(kith_journeys *into, const kith_journeys *from, int sign, kith_error *err) {
    if (!flush(into) || !flush(from)) return kith_no_memory(err);
    if (sign > 0 && (into->all_conversions > COUNT_MOST - from->all_conversions || into->all_nulls > COUNT_MOST - from->all_nulls))
        return kith_fail(err, KITH_DATA, "more than 9e9 journeys");
    for (size_t i = 0; i < from->n; i++) {
        const entry *f = &from->entries[i];
        if (!reserve(&into->scratch, &into->scratch_room, f->touches, sizeof *into->scratch)) return kith_no_memory(err);
        for (uint32_t t = 0; t < f->touches; t++) {
            int channel = channel_of(into, from->names[from->touch[f->start + t]]);
            if (channel < 0)
                return channel == -2 ? kith_fail(err, KITH_DATA, "%s", kith_journey_words(KITH_JOURNEY_CHANNELS)) : kith_no_memory(err);
            into->scratch[t] = (uint16_t)channel;
        }
        entry *e = entry_of(into, into->scratch, f->touches);
        if (!e) return kith_no_memory(err);
        if (sign < 0 && (e->conversions < f->conversions || e->nulls < f->nulls || value_of(e) < value_of(f)))
            return kith_fail(err, KITH_DATA, "these journeys are not all in the state");
        e->conversions += sign * f->conversions;
        e->nulls += sign * f->nulls;
        set_value(e, value_of(e) + sign * value_of(f));
    }
    into->all_conversions += sign * from->all_conversions;
    into->all_nulls += sign * from->all_nulls;
    return KITH_OK;
}

int kith_journeys_merge(kith_journeys *into, const kith_journeys *from, kith_error *err) {
    return combine(into, from, 1, err);
}

int kith_journeys_subtract(kith_journeys *from, const kith_journeys *what, kith_error *err) { return combine(from, what, -1, err); }

/* ---- the view -------------------------------------------------------------------------------------------------- */

typedef struct ranked {
    uint64_t hash;
    uint32_t at;
} ranked;

static bool counts(const entry *e) { return e->conversions || e->nulls || e->value_low || e->value_high; }

typedef struct named {
    kith_str name;
    uint16_t number;
} named;

static int by_name(const void *a, const void *b) { return kith_str_compare(((const named *)a)->name, ((const named *)b)->name); }

/* Byte-wise radix sort by hash, least significant digits first. */
static void sort_ranked(ranked *a, ranked *spare, size_t n) {
    for (int digit = 0; digit < 8; digit++) {
        size_t count[257] = {0};
        for (size_t i = 0; i < n; i++) count[(a[i].hash >> (8 * digit) & 255) + 1]++;
        for (int k = 0; k < 256; k++) count[k + 1] += count[k];
        for (size_t i = 0; i < n; i++) spare[count[a[i].hash >> (8 * digit) & 255]++] = a[i];
        ranked *t = a;
        a = spare;
        spare = t;
    }
}

int kith_journeys_view(const kith_journeys *j, kith_arena *arena, kith_paths *paths, const kith_str **names, kith_error *err) {
    size_t n = 0, touches = 0, channels = 0;
    if (!flush(j)) return kith_no_memory(err);
    uint16_t *rank = kith_arena_zalloc(arena, (j->channels + 1) * sizeof *rank);
    named *sorted = kith_arena_alloc(arena, (j->channels + 1) * sizeof *sorted);
    kith_str *shown = kith_arena_alloc(arena, (j->channels + 1) * sizeof *shown);
    if (!rank || !sorted || !shown) return kith_no_memory(err);
    for (size_t i = 0; i < j->n; i++) {
        const entry *e = &j->entries[i];
        if (!counts(e)) continue;
        n++;
        touches += e->touches;
        for (uint32_t t = 0; t < e->touches; t++) rank[j->touch[e->start + t]] = 1;
    }
    for (size_t c = 0; c < j->channels; c++)
        if (rank[c]) sorted[channels++] = (named){j->names[c], (uint16_t)c};
    if (channels) qsort(sorted, channels, sizeof *sorted, by_name);
    for (size_t c = 0; c < channels; c++) {
        rank[sorted[c].number] = (uint16_t)c;
        shown[c] = sorted[c].name;
    }
    uint64_t *start = kith_arena_alloc(arena, (n + 1) * sizeof *start);
    uint16_t *touch = kith_arena_alloc(arena, (touches + 1) * sizeof *touch);
    double *numbers = kith_arena_alloc(arena, (3 * n + 1) * sizeof *numbers);
    ranked *order = malloc((n + 1) * sizeof *order), *spare = malloc((n + 1) * sizeof *spare);
    uint16_t *first = malloc((touches + 1) * sizeof *first);
    if (!start || !touch || !numbers || !order || !spare || !first) {
        free(order);
        free(spare);
        free(first);
        return kith_no_memory(err);
    }
    size_t m = 0, at = 0;
    for (size_t i = 0; i < j->n; i++) {
        const entry *e = &j->entries[i];
        if (!counts(e)) continue;
        for (uint32_t t = 0; t < e->touches; t++) first[t] = rank[j->touch[e->start + t]];
        order[m++] = (ranked){kith_hash(first, e->touches * sizeof *first, 3), (uint32_t)i};
    }
    sort_ranked(order, spare, n);
    free(spare);
    free(first);
    for (m = 0; m < n; m++) {
        /* Two different paths with one 64-bit hash: by length, then by content. */
        for (size_t k = m; k > 0 && order[k].hash == order[k - 1].hash; k--) {
            const entry *a = &j->entries[order[k - 1].at], *b = &j->entries[order[k].at];
            int less = (b->touches > a->touches) - (b->touches < a->touches);
            for (uint32_t t = 0; less == 0 && t < a->touches; t++) less = (int)rank[j->touch[b->start + t]] - (int)rank[j->touch[a->start + t]];
            if (less >= 0) break;
            ranked swap = order[k];
            order[k] = order[k - 1];
            order[k - 1] = swap;
        }
    }
    for (m = 0; m < n; m++) {
        if (m + 16 < n) __builtin_prefetch(&j->entries[order[m + 16].at]);
        if (m + 8 < n) __builtin_prefetch(j->touch + j->entries[order[m + 8].at].start);
        const entry *e = &j->entries[order[m].at];
        start[m] = at;
        for (uint32_t t = 0; t < e->touches; t++) touch[at++] = rank[j->touch[e->start + t]];
        numbers[m] = (double)e->conversions / UNITS;
        numbers[n + m] = e->value_high == 0 && e->value_low < UINT64_C(1) << 53 ? (double)e->value_low / UNITS : (double)((long double)value_of(e) / 1e9L);
        numbers[2 * n + m] = (double)e->nulls / UNITS;
    }
    start[n] = at;
    free(order);
    *paths = (kith_paths){n, channels, start, touch, numbers, numbers + n, numbers + 2 * n};
    *names = shown;
    return KITH_OK;
}

/* ---- saving ---------------------------------------------------------------------------------------------------- */

static void put_units(kith_buf *out, __int128 v) {
    char text[48], *p = text + sizeof text;
    do *--p = (char)('0' + (int)(v % 10));
    while (v /= 10);
    kith_buf_put(out, p, (size_t)(text + sizeof text - p));
}

static bool get_units(kith_str text, __int128 most, __int128 *v) {
    *v = 0;
    if (text.n == 0 || text.n > 38) return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        *v = *v * 10 + (text.p[i] - '0');
        if (*v > most) return false;
    }
    return true;
}

int kith_journeys_save(const kith_journeys *j, kith_buf *out, kith_error *err) {
    if (!flush(j)) return kith_no_memory(err);
    for (size_t c = 0; c < j->channels; c++) {
        kith_row_writer w = kith_row_begin(out, ',');
        kith_put_string(&w, "channel");
        kith_put_text(&w, j->names[c]);
        kith_row_end(&w);
    }
    for (size_t i = 0; i < j->n; i++) {
        const entry *e = &j->entries[i];
        if (!counts(e)) continue;
        kith_buf_puts(out, "path,");
        for (uint32_t t = 0; t < e->touches; t++) {
            if (t) kith_buf_putc(out, ' ');
            kith_buf_int(out, j->touch[e->start + t]);
        }
        kith_buf_putc(out, ',');
        put_units(out, e->conversions);
        kith_buf_putc(out, ',');
        put_units(out, value_of(e));
        kith_buf_putc(out, ',');
        put_units(out, e->nulls);
        kith_buf_putc(out, '\n');
    }
    return out->failed ? kith_no_memory(err) : KITH_OK;
}

int kith_journeys_load(kith_journeys *j, kith_records *records, kith_error *err) {
    kith_str f[5];
    size_t n, channels = 0;
    while (kith_records_next(records, f, 5, &n)) {
        __int128 c, v, z;
        if (n == 2 && kith_str_is(f[0], "channel") && j->n == 0) {
            int number = f[1].n ? channel_of(j, f[1]) : -2;
            if (number == -1) return kith_no_memory(err);
            if (number != (int)channels) return kith_fail(err, KITH_DATA, "a channel twice, empty, or too many");
            channels++;
            continue;
        }
        if (n != 5 || !kith_str_is(f[0], "path") || !get_units(f[2], COUNT_MOST, &c) ||
            !get_units(f[3], (__int128)1 << 120, &v) || !get_units(f[4], COUNT_MOST, &z))
            return kith_fail(err, KITH_DATA, "neither a channel nor a path");
        size_t touches = 0;
        for (size_t at = 0; at <= f[1].n;) {
            size_t to = at;
            int64_t touch;
            while (to < f[1].n && f[1].p[to] != ' ') to++;
            if (!kith_parse_int((kith_str){f[1].p + at, to - at}, &touch) || touch < 0 || (size_t)touch >= channels)
                return kith_fail(err, KITH_DATA, "a path with a touch that is no channel");
            if (!reserve(&j->scratch, &j->scratch_room, touches + 1, sizeof *j->scratch)) return kith_no_memory(err);
            j->scratch[touches++] = (uint16_t)touch;
            at = to + 1;
        }
        size_t before = j->n;
        entry *e = entry_of(j, j->scratch, touches);
        if (!e) return kith_no_memory(err);
        if (j->n == before) return kith_fail(err, KITH_DATA, "a path twice");
        if (j->all_conversions > COUNT_MOST - (int64_t)c || j->all_nulls > COUNT_MOST - (int64_t)z) return kith_fail(err, KITH_DATA, "more than 9e9 journeys");
        j->all_conversions += (int64_t)c;
        j->all_nulls += (int64_t)z;
        e->conversions = (int64_t)c;
        e->nulls = (int64_t)z;
        set_value(e, v);
    }
    return KITH_OK;
}
