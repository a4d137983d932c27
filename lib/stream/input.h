/* One input as bytes: a file, a pipe, gzip or zstd, known by its first bytes. Private to lib/stream. */
#ifndef KITH_STREAM_INPUT_H
#define KITH_STREAM_INPUT_H

#include <kith/base.h>

typedef struct input {
    const char *name; /* for messages */
    int fd;
    bool own;          /* close it */
    bool seekable;     /* plain regular file: blocks may be read by place */
    bool partial;      /* input_read gives what there is rather than filling */
    uint64_t size;     /* if seekable */
    uint64_t raw_read; /* bytes taken from the file */
    uint64_t given;    /* decompressed bytes given */
    uint64_t most;     /* of those, where compressed; 0: 1 GiB, and past that 250 times raw_read */
    struct decoder *decoder;
    char *head; /* the first bytes, read to know the kind */
    size_t head_n, head_at;
    bool eof;
    int failed;   /* the status of a failure that is owed, or was told of, and its words */
    bool damaged; /* what was unpacked before may be wrong already: told of at once */
    kith_error failure;
} input;

const char *input_name(const char *path); /* "-" is standard input */
int input_open(input *in, const char *path, uint64_t most, kith_error *err);
void input_close(input *in);
/* The next bytes, decompressed; *got < want at the end, before a failure to read or a cut, which the next call and all behind it tell of, or, if partial,
 * whenever some are there. The end is known by in->eof, or by *got == 0. */
int input_read(input *in, char *bytes, size_t want, size_t *got, kith_error *err);
/* Bytes at a place of a seekable input; a file that has become shorter is an error. */
int input_pread(input *in, char *bytes, size_t n, uint64_t at, kith_error *err);

#endif
