/* What fuzz targets share: bytes as a file that the library can open. */
#ifndef KITH_TESTS_FUZZ_H
#define KITH_TESTS_FUZZ_H

#include <kith/stream.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The input under a name; the file is written anew each time. */
static inline const char *fuzz_file(const uint8_t *bytes, size_t n) {
    static char path[64];
    if (!path[0]) {
        snprintf(path, sizeof path, "/tmp/kith-fuzz-%ld", (long)getpid());
    }
    FILE *f = fopen(path, "wb");
    if (!f || (n && fwrite(bytes, 1, n, f) != n) || fclose(f) != 0) abort();
    return path;
}

static inline void fuzz_done(void) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/kith-fuzz-%ld", (long)getpid());
    unlink(path);
}

#endif
