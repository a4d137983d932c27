/* The inside of the tolerant reader, shared by messy.c (opening, reading), messy_next.c (records, one by one) and messy_block.c (regular stretches).
 * Private to lib/stream. */
#ifndef KITH_STREAM_MESSY_STATE_H
#define KITH_STREAM_MESSY_STATE_H

#include <kith/messy.h>
#include "input.h"
#include "libcsv.h"
#include "messy.h"
#include "prefetch.h"
#include "scan.h"

enum { PREFIX = 1 << 20, WINDOW = 1 << 18, AHEAD = 12, RUNAWAY = 1 << 20, TAIL = 1 << 16, REPEAT = 3 };

struct kith_messy {
    input in;
    bool open, eof, zero;
    prefetch *reader; /* reads ahead once blocks are asked for; then the input is its own */
    kith_messy_options options;
    kith_encoding_guess encoding;
    kith_layout layout;
    kith_buf raw;  /* not decoded yet */
    kith_buf inner; /* decoded, not unwrapped yet */
    kith_buf text; /* decoded; `at` is where the next record starts */
    size_t at;
    uint64_t line, byte, record;
    bool was_blank;   /* the record before was an empty line */
    bool other_table; /* inside of a table that is not wanted */
    uint64_t first_rows[REPEAT]; /* hashes of the first rows: a table that begins again with the same rows is a copy */
    size_t columns;
    kith_buf names;     /* their bytes */
    size_t *name_ends;
    kith_buf header;    /* the last header row's bytes, to know it again */
    uint64_t preamble_left; /* dropped records to be told of before the first row */
    kith_fixer fixer;
    kith_record record_, ahead;
    kith_buf scratch, one;
    kith_buf rows; /* rows of a block without their CR */
    uint32_t *places, *ends;
    size_t ends_room;
    scan_engine engine;
    libcsv *other; /* the engine for dialects that the scanner does not know but libcsv does; NULL: none */
    bool vector; /* the dialect is one the scanner knows */
    size_t window, tail; /* bytes the scanner takes together; bytes at the end of a file that it leaves */
    kith_messy_counts counts;
};

/* Reads about `want` bytes more behind the text, which may move. */
int messy_fill(kith_messy *m, size_t want, kith_error *err);
/* From now on the input is read ahead, if a thread is to be had. */
void messy_read_ahead(kith_messy *m);
uint64_t messy_count_lines(const kith_dialect *d, const char *p, size_t n);
void messy_step_over(kith_messy *m, size_t n); /* moves over n bytes that were dealt with */
/* The hashes of up to REPEAT rows from offset `from`; how many there are. */
int messy_hash_rows(kith_messy *m, size_t from, uint64_t *hashes, size_t *n, kith_error *err);
bool messy_at_mark(const kith_messy *m); /* the mark of failure */

static inline const char *here(const kith_messy *m) { return m->text.p + m->at; }
static inline size_t left(const kith_messy *m) { return m->text.n - m->at; }

#endif
