/* Private to lib/table: what sort.c (collecting, spilling), sort_codes.c (keys) and sort_radix.c (ordering) share. */
#ifndef KITH_TABLE_SORT_H
#define KITH_TABLE_SORT_H

#include <kith/sort.h>
#include <string.h>

__extension__ typedef __int128 sort_i128;
__extension__ typedef unsigned __int128 sort_u128;

enum { SORT_PLACES = 64, SORT_KEYS = 64 };

/* What is known of a key column's values. */
typedef struct sort_stats {
    uint64_t values, missing;
    bool number, fixed, time; /* all values so far are: numbers; small decimals; looking like times */
    bool moment;              /* the moments of kith_sorter_chunk_at: low, high and unit are of these */
    sort_i128 low, high;      /* in 10^-9, where fixed */
    uint32_t unit;            /* the largest power of ten (up to 10^9) that divides all of them, where fixed */
    uint32_t shortest, longest;
    uint8_t seen[SORT_PLACES][256]; /* bytes seen at a place */
} sort_stats;

typedef enum sort_type { SORT_TEXT, SORT_NUMBER, SORT_TIME } sort_type;

struct kith_sort_chunk {
    char *bytes; /* of each row: length (4 bytes), the row (its moment first, where it has one), LF */
    size_t n;
    uint32_t rows;
    uint32_t *cells; /* rows × keys × (offset of the cell in bytes, length); NULL: found by a walk over the row */
    sort_stats *stats;
    char delimiter;
};

/* How a key column becomes bits, from most to least significant. */
typedef struct sort_code {
    sort_type type;
    bool descending, has_missing, exact;
    enum { BY_PLACES, BY_FIXED, BY_DOUBLE, BY_TIME, BY_MOMENT } how;
    sort_i128 low;       /* BY_FIXED, BY_MOMENT: the least value, */
    uint64_t unit;       /* and what one step of the code is */
    uint32_t from, to;   /* BY_PLACES: the places taken */
    uint32_t bits;       /* in all, with the bit for missing */
    uint64_t radix[SORT_PLACES];
    uint16_t place[SORT_PLACES][256];
} sort_code;

typedef struct sort_codes {
    size_t n; /* keys that take part; later ones did not fit */
    bool exact; /* equal codes are equal keys */
    uint32_t bits;
    sort_code key[];
} sort_codes;

void sort_stats_clear(sort_stats *s, bool bytes); /* bytes: a text, whatever the values look like */
void sort_stats_take(sort_stats *s, kith_str cell, kith_buf *scratch); /* the raw cell; scratch for quoted ones */
void sort_stats_merge(sort_stats *into, const sort_stats *from);
void sort_stats_moment(sort_stats *s, int64_t us);
enum { SORT_MOMENT_BYTES = 8 };
void sort_put_moment(char *p, int64_t us); /* that many bytes, which memcmp puts in order */
sort_type sort_type_of(const sort_stats *s);

/* Codes of at most 128 bits for all keys together; malloc'ed. */
sort_codes *sort_codes_new(const sort_stats *stats, const kith_sort_key *keys, size_t n);
/* The row's code, in the low codes->bits bits; false where a value of a time column is none. */
bool sort_code_of(const sort_codes *codes, const kith_str *cells, const kith_zone *zone, kith_buf *scratch, sort_u128 *code);

/* The first of n keys of type SORT_TIME whose value only looks like a time; n: none. */
size_t sort_no_time(const sort_type *types, size_t n, const kith_str *cells, const kith_zone *zone, kith_buf *scratch);
enum { NOT_A_TIME = 100 }; /* and the number of the key: a status within the sorter, for which that key becomes a text and all is ordered again */

/* A key that memcmp puts in order, appended to `out`. Of types that sort_no_time has nothing against. */
void sort_encode(const kith_sort_key *keys, const sort_type *types, size_t n, const kith_str *cells, const kith_zone *zone, kith_buf *out);
/* The raw cells of the key columns of a row. */
void sort_cells(kith_str row, char delimiter, const kith_sort_key *keys, size_t n, kith_str *cells);
kith_str sort_text(kith_str cell, kith_buf *scratch); /* unquoted */

/* ---- the sorter --------------------------------------------------------------------------------------------- */

typedef struct sort_run {
    uint64_t offset, bytes, rows;
    sort_type types[SORT_KEYS];
} sort_run;

/* What the first key of a row must not be past to be among the rows wanted. */
typedef struct sort_bar {
    struct sort_bar *before; /* the ones it took the place of: someone may still look at them */
    kith_str text;           /* as text */
    sort_type type;          /* as what it looked like: a number, a time or nothing else than a text */
    double number;
    int64_t us;
    char bytes[];
} sort_bar;

struct kith_sorter {
    kith_sort_key *keys;
    size_t n_keys;
    uint64_t memory, held, rows, spilled;
    uint64_t most, limit; /* rows wanted; rows held at which what cannot be among them is left out */
    sort_bar *_Atomic bar;
    int threads, fd;
    const kith_zone *zone;
    char *folder;
    kith_sort_chunk **chunks;
    size_t n_chunks, room_chunks;
    sort_stats *stats;
    sort_run *runs;
    size_t n_runs, room_runs;
};

/* The rows in memory as references in order. */
typedef struct sort_ordering {
    kith_sorter *s;
    sort_codes *codes;
    sort_type types[SORT_KEYS];
    uint64_t *records, *scratch; /* words of code, then chunk << 32 | offset of the row's length */
    size_t *base;                /* first record of each chunk */
    int words;
    size_t *bounds, n_bounds;
} sort_ordering;

int sort_order(kith_sorter *s, sort_ordering *o, kith_error *err); /* free `o` whatever it returns */
void sort_ordering_free(sort_ordering *o);
/* Who takes the rows in order: their bytes, or the rows one by one in blocks. */
typedef struct sort_taker {
    kith_sort_emit emit;
    const kith_sort_blocks *blocks; /* where emit is NULL */
    void *ctx;
} sort_taker;

/* Gives the first `n` of the ordered rows; with `keys` in the form of a run. */
int sort_gather(const sort_ordering *o, size_t n, bool keys, const sort_taker *to, kith_error *err);
void sort_drop_chunks(kith_sorter *s);

static inline kith_str sort_row(kith_sort_chunk *const *chunks, uint64_t ref) {
    const char *p = chunks[ref >> 32]->bytes + (uint32_t)ref;
    uint32_t n;
    memcpy(&n, p, 4);
    return (kith_str){p + 4, n};
}

/* The rows of `chunks`, in the order they came, that can still be among the first s->most of all, as one new chunk without stats; `stats` are of
 * at least these rows. NULL: they are few already. `bar` is for later rows, or NULL. */
int sort_top(const kith_sorter *s, kith_sort_chunk **chunks, size_t n, const sort_stats *stats, int threads, kith_sort_chunk **kept, sort_bar **bar,
             kith_error *err);
/* A row with this first key that comes later than the bar's is not among the rows wanted. */
bool sort_beyond(const sort_bar *bar, kith_str cell, bool descending, const kith_zone *zone, kith_buf *scratch);

int sort_spill(kith_sorter *s, kith_error *err); /* the rows in memory become a run */
/* Reads a run back into memory and sorts it anew: its keys were of other types than r->types. NOT_A_TIME and the run as it was. */
int sort_run_again(kith_sorter *s, sort_run *r, char delimiter, kith_error *err);
int sort_merge(kith_sorter *s, uint64_t most, const sort_taker *to, kith_error *err);

/* Records of `words` words of code (most significant first) and a reference; sorted stably by code into `records`, with
 * `scratch` as large; `bits` of code in use. Parallel. `bounds` gives *n_bounds + 1 places between which equal codes stay
 * together (malloc'ed). */
int sort_radix(uint64_t *records, uint64_t *scratch, size_t n, int words, uint32_t bits, int threads, size_t **bounds, size_t *n_bounds,
               kith_error *err);

#endif
