/* kith/table.h: columns by name, selections, typed reading of cells, and distances between places. */
#ifndef KITH_TABLE_H
#define KITH_TABLE_H

#include <kith/stream.h>

#define KITH_NO_COLUMN UINT32_MAX

/* The column called `name` (or, if there is none of that name, with that 1-based number; name[2] for the second of that
 * name). KITH_DATA if there is none: the message names the nearest column, and the verb that makes a well-known one. */
int kith_column(const kith_header *header, const char *name, uint32_t *column, kith_error *err);
/* The same without an error: KITH_NO_COLUMN. */
uint32_t kith_column_find(const kith_header *header, const char *name);

/* Columns in the order wanted, with the names they take. Owned by the arena. */
typedef struct kith_selection {
    uint32_t n;
    uint32_t *columns;
    kith_str *names;
} kith_selection;

/* SEL: comma-separated names first, 1-based numbers, ranges a:d (open at either end), globs *_at, /regex/, name[2], new=old
 * renames (only where `renames`), !x leaves x out (of all, if it comes first). {any name} for names with commas or marks.
 * KITH_DATA for a column that is not there, KITH_USAGE for a malformed selection. */
int kith_select(const kith_header *header, const char *selection, bool renames, kith_arena *arena, kith_selection *out,
                kith_error *err);
/* All columns but those of `drop`. */
int kith_select_drop(const kith_header *header, const char *drop, kith_arena *arena, kith_selection *out, kith_error *err);

/* Cells as values. KITH_CELL_MISSING for an empty one, KITH_CELL_BAD for text that is none. */
typedef enum kith_cell_state { KITH_CELL_VALUE, KITH_CELL_MISSING, KITH_CELL_BAD } kith_cell_state;

kith_cell_state kith_cell_double(const kith_batch *b, uint32_t row, uint32_t col, double *value);
kith_cell_state kith_cell_time(const kith_batch *b, uint32_t row, uint32_t col, const kith_zone *zone, int64_t *us);

/* Kilometres between two places in degrees, along a great circle of the sphere of the IUGG mean radius (haversine). */
#define KITH_EARTH_KM 6371.0088
double kith_distance_km(double lat1, double lon1, double lat2, double lon2);
/* "5km", "300 m", "2.5mi", a bare number of kilometres; false for other texts and below 0. */
bool kith_parse_distance(const char *text, double *km);

/* Refuses a name that the header has already, unless `replace`; then *column is where it stands (else KITH_NO_COLUMN). */
int kith_new_column(const kith_header *header, const char *name, bool replace, uint32_t *column, kith_error *err);

#endif
