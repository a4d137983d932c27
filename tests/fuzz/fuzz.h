/* What fuzz targets share: bytes as a file that the library can open. */
#ifndef KITH_TESTS_FUZZ_H
#define KITH_TESTS_FUZZ_H

#include <kith/stream.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The path of the input: in TMPDIR, which had better be memory (run.sh). */
static inline const char *fuzz_path(void) {
    static char path[200];
    const char *folder = getenv("TMPDIR");
    if (!path[0]) snprintf(path, sizeof path, "%.150s/kith-fuzz-%ld", folder && *folder ? folder : "/tmp", (long)getpid());
    return path;
}

/* The input under a name; the file is written anew each time. */
static inline const char *fuzz_file(const uint8_t *bytes, size_t n) {
    FILE *f = fopen(fuzz_path(), "wb");
    if (!f || (n && fwrite(bytes, 1, n, f) != n) || fclose(f) != 0) abort();
    return fuzz_path();
}

static inline void fuzz_done(void) { unlink(fuzz_path()); }

/* A batch of plain text for what takes rows: `text` is whole lines of `columns` unquoted cells each. Owned by the arena. */
static inline kith_batch fuzz_batch(kith_arena *arena, const char *text, uint32_t columns) {
    kith_batch b = {.bytes = text, .cols = columns, .delimiter = ',', .line = 1, .file_name = "rows.csv", .arena = arena};
    size_t n = 0;
    for (const char *p = text; *p; p++) n += *p == ',' || *p == '\n';
    uint32_t *ends = kith_arena_alloc(arena, (n + 1) * sizeof *ends);
    if (!ends || n % columns) abort();
    n = 0;
    for (const char *p = text; *p; p++)
        if (*p == ',' || *p == '\n') ends[n++] = (uint32_t)(p - text);
    b.ends = ends;
    b.rows = (uint32_t)(n / columns);
    return b;
}

#endif
