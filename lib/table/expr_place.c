/* Places: nearness, and named regions (boxes and circles).
 *
 * Distances on the sphere (near.c) are off by at most .6 % against an ellipsoid. A circle first looks at the latitude alone. Regions are scanned in their order behind a grid of one-degree cells
 * that says which of them touch a cell, so that thousands of regions cost what a few do. */
#include "expr.h"

#include <stdlib.h>

#define DEGREE (3.14159265358979323846 / 180)

static bool on_earth(double lat, double lon) { return lat >= -90 && lat <= 90 && lon >= -180 && lon <= 360; }

enum { ROWS = 180, COLS = 360 };

typedef struct region {
    kith_str name;
    bool circle;
    double south, west, north, east; /* of the circle: its box, west > east across the meridian */
    double lat, lon, km;
} region;

struct kith_regions {
    kith_arena *arena;
    region *items;
    size_t n, room;
    struct cell {
        uint32_t *items, n, room;
    } *cells; /* ROWS × COLS */
};

int kith_regions_new(kith_arena *arena, kith_regions **regions, kith_error *err) {
    kith_regions *r = kith_arena_zalloc(arena, sizeof *r);
    if (!r) return kith_no_memory(err);
    r->arena = arena;
    r->cells = kith_arena_zalloc(arena, (size_t)ROWS * COLS * sizeof *r->cells);
    if (!r->cells) return kith_no_memory(err);
    *regions = r;
    return KITH_OK;
}

static double wrapped(double lon) { return lon >= 180 ? lon - 360 : lon; }

static int clamp(double v, int most) { return v < 0 ? 0 : v >= most ? most - 1 : (int)v; }

static int put_in_cell(kith_regions *r, int row, int col, uint32_t item, kith_error *err) {
    struct cell *c = &r->cells[row * COLS + col];
    if (c->n && c->items[c->n - 1] == item) return KITH_OK;
    if (c->n == c->room) {
        uint32_t more = c->room ? c->room * 2 : 2, *grown = kith_arena_alloc(r->arena, more * sizeof *grown);
        if (!grown) return kith_no_memory(err);
        if (c->n) memcpy(grown, c->items, c->n * sizeof *grown);
        c->items = grown;
        c->room = more;
    }
    c->items[c->n++] = item;
    return KITH_OK;
}

static int add(kith_regions *r, region it, kith_error *err) {
    if (r->n == r->room) {
        size_t more = r->room ? r->room * 2 : 16;
        region *grown = kith_arena_alloc(r->arena, more * sizeof *grown);
        if (!grown) return kith_no_memory(err);
        if (r->n) memcpy(grown, r->items, r->n * sizeof *grown);
        r->items = grown;
        r->room = more;
    }
    char *name = kith_arena_copy(r->arena, it.name.p, it.name.n);
    if (!name) return kith_no_memory(err);
    it.name.p = name;
    uint32_t number = (uint32_t)r->n;
    r->items[r->n++] = it;
    double spans[2][2] = {{it.west, it.east}, {1, 0}};
    if (it.west > it.east) spans[0][1] = 180, spans[1][0] = -180, spans[1][1] = it.east;
    for (int s = 0; s < 2; s++) {
        if (spans[s][0] > spans[s][1]) continue;
        for (int row = clamp(it.south + 90, ROWS); row <= clamp(it.north + 90, ROWS); row++)
            for (int col = clamp(spans[s][0] + 180, COLS); col <= clamp(spans[s][1] + 180, COLS); col++)
                KITH_TRY(put_in_cell(r, row, col, number, err));
    }
    return KITH_OK;
}

int kith_regions_box(kith_regions *r, kith_str name, double south, double west, double north, double east, kith_error *err) {
    if (!on_earth(south, west) || !on_earth(north, east) || south > north)
        return kith_fail(err, KITH_DATA, "region: a box is south <= north in -90 … 90, west and east in -180 … 180");
    bool whole = east - west >= 360;
    west = whole ? -180 : west > 180 ? west - 360 : west;
    east = whole ? 180 : east > 180 ? east - 360 : east;
    return add(r, (region){.name = name, .south = south, .west = west, .north = north, .east = east}, err);
}

int kith_regions_circle(kith_regions *r, kith_str name, double lat, double lon, double km, kith_error *err) {
    if (!on_earth(lat, lon) || !(km >= 0) || !isfinite(km))
        return kith_fail(err, KITH_DATA, "region: a circle is a latitude in -90 … 90, a longitude in -180 … 180 and a radius in km");
    double angle = km / KITH_EARTH_KM / DEGREE * (1 + 1e-9) + 1e-9, south = lat - angle, north = lat + angle, west = -180, east = 180;
    lon = wrapped(lon);
    if (south > -90 && north < 90) {
        double wide = asin(fmin(1, sin(angle * DEGREE) / cos(lat * DEGREE))) / DEGREE * (1 + 1e-9) + 1e-9;
        west = lon - wide;
        east = lon + wide;
        if (west < -180) west += 360;
        if (east > 180) east -= 360;
    }
    if (south < -90) south = -90;
    if (north > 90) north = 90;
    return add(r, (region){.name = name, .circle = true, .south = south, .west = west, .north = north, .east = east, .lat = lat, .lon = lon, .km = km}, err);
}

static bool holds(const region *it, double lat, double lon) {
    if (lat < it->south || lat > it->north) return false;
    bool within = it->west <= it->east ? lon >= it->west && lon <= it->east : lon >= it->west || lon <= it->east;
    if (!within && !(lon == -180 && it->east == 180) && !(lon == -180 && it->west <= 180 && it->east >= 180)) return false;
    return !it->circle || kith_distance_km(lat, lon, it->lat, it->lon) <= it->km;
}

kith_str kith_regions_find(const kith_regions *r, double lat, double lon) {
    if (!on_earth(lat, lon)) return (kith_str){"", 0};
    lon = wrapped(lon);
    const struct cell *c = &r->cells[clamp(lat + 90, ROWS) * COLS + clamp(lon + 180, COLS)];
    const struct cell *edge = lon == -180 ? &r->cells[clamp(lat + 90, ROWS) * COLS + COLS - 1] : NULL; /* 180 and −180 are one */
    size_t best = SIZE_MAX;
    for (uint32_t i = 0; i < c->n && best == SIZE_MAX; i++)
        if (holds(&r->items[c->items[i]], lat, lon)) best = c->items[i];
    for (uint32_t i = 0; edge && i < edge->n && edge->items[i] < best; i++)
        if (holds(&r->items[edge->items[i]], lat, lon)) best = edge->items[i];
    return best == SIZE_MAX ? (kith_str){"", 0} : r->items[best].name;
}

void k_near(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w, (void)f;
    for (size_t i = 0; i < n; i++) {
        double lat = AT(a[0], num, i), lon = AT(a[1], num, i), lat0 = AT(a[2], num, i), lon0 = AT(a[3], num, i), km = AT(a[4], num, i);
        if (!on_earth(lat, lon) || !on_earth(lat0, lon0) || isnan(km)) out.tri[i] = KITH_EXPR_UNKNOWN;
        else if (fabs(lat - lat0) * DEGREE * KITH_EARTH_KM > km * (1 + 1e-9)) out.tri[i] = 0;
        else out.tri[i] = kith_distance_km(lat, lon, lat0, lon0) <= km;
    }
}

void k_distance(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w, (void)f;
    for (size_t i = 0; i < n; i++) {
        double lat = AT(a[0], num, i), lon = AT(a[1], num, i), lat0 = AT(a[2], num, i), lon0 = AT(a[3], num, i);
        out.num[i] = on_earth(lat, lon) && on_earth(lat0, lon0) ? kith_distance_km(lat, lon, lat0, lon0) : (double)NAN;
    }
}

void k_region(work *w, const node *f, size_t n, vec out, const vec *a) {
    (void)w;
    for (size_t i = 0; i < n; i++) out.str[i] = kith_regions_find(f->aux, AT(a[0], num, i), AT(a[1], num, i));
}
