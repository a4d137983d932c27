/* The inside of an ingest, shared by ingest.c and ingest_explain.c. Private to lib/text. */
#ifndef KITH_TEXT_INGEST_STATE_H
#define KITH_TEXT_INGEST_STATE_H

#include <kith/ingest.h>

enum { NOTED = 10, HABITS = 64 << 20, FLUSH = 1 << 18 };

typedef struct file {
    const char *path, *source;
    kith_messy *messy; /* open from the start only if it is standard input or the only file */
    uint32_t *from;    /* of each output column, the file's column; UINT32_MAX: not there */
    size_t columns;
    bool had_header, straight;
    uint64_t in, out, rejected, dropped;
} file;

typedef struct column {
    kith_str name;
    size_t rule; /* in the schema; SIZE_MAX: passes */
    size_t seen; /* files that have it */
    bool replaced; /* by what the reader knows: source or record_id */
} column;

struct kith_ingest {
    kith_ingest_options o;
    kith_arena *arena;
    file *files;
    size_t n_files;
    column *columns;
    size_t n, room;
    bool add_source, some_header;
    kith_schema_cells *cells;
    kith_seen *unique; /* of each rule */
    kith_buf out, line, cell, scratch, rejects;
    size_t noted;
    uint64_t mended, skipped;
    kith_sink *sink, *reject_sink;
};

/* Learns the habits of the file's columns from its first rows, and says where no value decided. */
int ingest_learn_habits(kith_ingest *g, file *f, kith_error *err);

#endif
