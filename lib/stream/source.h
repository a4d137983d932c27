/* The inside of a source: shared by source.c (opening, headers) and run.c (blocks, workers). Private to lib/stream. */
#ifndef KITH_STREAM_SOURCE_H
#define KITH_STREAM_SOURCE_H

#include <kith/stream.h>
#include "input.h"
#include "scan.h"

#include <pthread.h>
#include <stdatomic.h>

struct kith_source {
    kith_source_options options;
    kith_arena *arena;
    kith_header header;
    scan_engine engine;
    size_t block;
    int threads;
    struct source_file {
        uint64_t hash[2], rows, bytes;
    } *files;

    /* Claiming blocks: guarded by claim_lock. */
    pthread_mutex_t claim_lock;
    input in;           /* the file being read */
    size_t file;        /* its index; n_files when all are read */
    size_t first;       /* the file whose header counts: the first, but without headers the first that is not empty */
    bool open;
    uint64_t next_at;   /* seekable: where the next block starts */
    char *ahead;        /* sequential: what was read past the header */
    size_t ahead_n, ahead_at;
    uint64_t header_bytes, header_lines; /* of the file being read */
    uint64_t start, start_record;        /* where its rows start: behind the header, or at the range */
    uint64_t blocks;    /* claimed so far */

    atomic_uint_fast64_t bytes_read, rows;
    uint64_t bytes_total;
};

/* What messages call options.files[i]. */
static inline const char *source_name(const kith_source *s, size_t i) {
    return input_name((s->options.names ? s->options.names : s->options.files)[i]);
}

/* Opens options.files[i] into s->in and reads its header; leaves next_at or ahead behind it. */
int source_open_file(kith_source *s, size_t i, kith_error *err);

/* Sets a record aside (reject.c). `raw` lies in b->bytes. */
int source_reject(const kith_batch *b, kith_str raw, uint64_t line, const char *column, const char *code, kith_str value, kith_out *out,
                  kith_error *err);

#endif
