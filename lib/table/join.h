/* Private to lib/table: the rows of a join's right side, and the index of places. */
#ifndef KITH_TABLE_JOIN_H
#define KITH_TABLE_JOIN_H

#include <kith/join.h>

/* A right row as it goes out: a delimiter and a field for each added column. */
typedef struct join_row {
    struct join_row *next; /* of the same key, in order */
    int64_t time;          /* as of */
    uint32_t n;
    char text[]; /* n bytes; with near, latitude and longitude behind them */
} join_row;

typedef struct join_place {
    double x, y, z;
    const join_row *row;
    uint32_t entry, next; /* next place of the same cell, one more than its number */
    uint64_t number;
} join_place;

/* Points on the unit sphere in cubes whose side is the chord of the distance asked for: what is near enough lies in
 * the 27 cubes around, poles and the date line included. */
typedef struct join_places {
    join_place *all;
    size_t n, room;
    kith_hashtable cells;
    uint32_t *first; /* by cell: one more than the number of a place */
    double chord;
} join_places;

int join_places_build(join_places *p, double km, kith_error *err); /* after all are added */
int join_places_add(join_places *p, double lat, double lon, const join_row *row, uint32_t entry, kith_error *err);
const join_row *join_places_nearest(const join_places *p, double lat, double lon, uint32_t entry, bool keyed, double *km);
void join_places_free(join_places *p);

#endif
