/* Distances, and the nearest of many places on the globe: a hash grid of the unit sphere, see join.h. */
#include "join.h"

#include <math.h>
#include <stdlib.h>

static const double degree = 0.017453292519943295;

double kith_distance_km(double lat1, double lon1, double lat2, double lon2) {
    double a = sin((lat2 - lat1) * degree / 2), b = sin((lon2 - lon1) * degree / 2);
    double h = a * a + cos(lat1 * degree) * cos(lat2 * degree) * b * b;
    return 2 * KITH_EARTH_KM * asin(sqrt(h < 1 ? h : 1));
}

bool kith_parse_distance(const char *text, double *km) {
    kith_str s = kith_str_trim(kith_str_of(text));
    double unit = 1;
    static const struct {
        const char *name;
        double km;
    } units[] = {{"km", 1}, {"mi", 1.609344}, {"m", .001}};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(units[i].name);
        if (s.n <= n || memcmp(s.p + s.n - n, units[i].name, n) != 0) continue;
        s.n -= n;
        unit = units[i].km;
        break;
    }
    if (!kith_parse_double(kith_str_trim(s), km) || *km < 0) return false;
    *km *= unit;
    return true;
}

static void sphere(double lat, double lon, double at[3]) {
    at[0] = cos(lat * degree) * cos(lon * degree);
    at[1] = cos(lat * degree) * sin(lon * degree);
    at[2] = sin(lat * degree);
}

static uint64_t cell_of(const join_places *p, const double at[3], const int step[3], kith_key *key, char text[24]) {
    for (int i = 0; i < 3; i++) {
        int64_t v = (int64_t)floor(at[i] / p->chord) + step[i];
        memcpy(text + 8 * i, &v, 8);
    }
    return kith_key_of((kith_str){text, 24}, key);
}

int join_places_add(join_places *p, double lat, double lon, const join_row *row, uint32_t entry, kith_error *err) {
    if (p->n == UINT32_MAX - 1) return kith_fail(err, KITH_SYSTEM, "more than 4,000,000,000 places");
    if (p->n == p->room) {
        size_t room = p->room ? p->room * 2 : 256;
        join_place *wider = realloc(p->all, room * sizeof *wider);
        if (!wider) return kith_no_memory(err);
        p->all = wider;
        p->room = room;
    }
    double at[3];
    sphere(lat, lon, at);
    p->all[p->n] = (join_place){at[0], at[1], at[2], row, entry, 0, p->n};
    p->n++;
    return KITH_OK;
}

int join_places_build(join_places *p, double km, kith_error *err) {
    static const int here[3] = {0, 0, 0};
    double half = km / (2 * KITH_EARTH_KM);
    p->chord = half < 1.5707963267948966 ? 2 * sin(half) : 2;
    p->chord = p->chord * (1 + 1e-12) + 1e-12; /* what is exactly as far is near enough */
    p->first = calloc(p->n + 1, sizeof *p->first);
    if (!p->first) return kith_no_memory(err);
    KITH_TRY(kith_hashtable_init(&p->cells, err));
    for (size_t i = p->n; i-- > 0;) { /* from the last, so that chains run forward */
        double at[3] = {p->all[i].x, p->all[i].y, p->all[i].z};
        kith_key key;
        char text[24];
        uint64_t hash = cell_of(p, at, here, &key, text);
        uint32_t cell;
        KITH_TRY(kith_hashtable_put(&p->cells, &key, &hash, 1, &cell, err));
        p->all[i].next = p->first[cell];
        p->first[cell] = (uint32_t)i + 1;
    }
    return KITH_OK;
}

const join_row *join_places_nearest(const join_places *p, double lat, double lon, uint32_t entry, bool keyed, double *km) {
    double at[3], best = p->chord * p->chord;
    const join_place *found = NULL;
    sphere(lat, lon, at);
    for (int c = 0; c < 27 && p->n; c++) {
        const int step[3] = {c % 3 - 1, c / 3 % 3 - 1, c / 9 - 1};
        kith_key key;
        char text[24];
        uint64_t hash = cell_of(p, at, step, &key, text);
        uint32_t cell;
        kith_hashtable_find(&p->cells, &key, &hash, 1, &cell);
        if (cell == KITH_NO_ENTRY) continue;
        for (uint32_t i = p->first[cell]; i; i = p->all[i - 1].next) {
            const join_place *q = &p->all[i - 1];
            if (keyed && q->entry != entry) continue;
            double dx = q->x - at[0], dy = q->y - at[1], dz = q->z - at[2], d = dx * dx + dy * dy + dz * dz;
            if (d < best || (d == best && (!found || q->number < found->number))) best = d, found = q;
        }
    }
    if (!found) return NULL;
    double place[2];
    memcpy(place, found->row->text + found->row->n, sizeof place);
    *km = kith_distance_km(lat, lon, place[0], place[1]);
    return found->row;
}

void join_places_free(join_places *p) {
    free(p->all);
    free(p->first);
    kith_hashtable_free(&p->cells);
    *p = (join_places){0};
}
