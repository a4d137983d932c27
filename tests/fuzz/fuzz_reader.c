/* Any bytes through the reader: no crash, and the same rows from every engine, block size and number of threads. */
#include "fuzz.h"

#include <string.h>

static int visit(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)ctx, (void)worker, (void)err;
    for (uint32_t i = 0; i < b->rows; i++)
        for (uint32_t j = 0; j < b->cols; j++) {
            kith_str text = kith_text(b, i, j);
            kith_buf_printf(&out->rows, "%zu:", text.n);
            kith_buf_str(&out->rows, text);
        }
    return KITH_OK;
}

static int sum(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    uint64_t *hash = ctx;
    (void)worker, (void)b, (void)err;
    for (size_t i = 0; i < out->rows.n; i++) *hash = kith_hash_mix(*hash, (unsigned char)out->rows.p[i]);
    out->rows.n = 0;
    return KITH_OK;
}

static int run(const char *path, size_t block, int threads, kith_on_error answer, uint64_t *hash, char *text) {
    kith_error err = {0};
    kith_source *source;
    kith_source_options options = {.files = &path, .n_files = 1, .block = block, .threads = threads, .on_error = answer};
    *hash = 7;
    int status = kith_source_open(&source, &options, &err);
    if (status == KITH_OK) {
        kith_scan scan = {.visit = visit, .commit = sum, .ctx = hash};
        status = kith_source_scan(source, &scan, &err);
        kith_source_close(source);
    }
    memcpy(text, err.text, sizeof err.text);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    const char *path = fuzz_file(bytes, n);
    for (int answer = 0; answer < 3; answer++) {
        uint64_t one, two, three;
        char a[1000], b[1000], c[1000];
        int first = run(path, 1 << 20, 1, (kith_on_error)answer, &one, a);
        int second = run(path, 16 + n % 97, 3, (kith_on_error)answer, &two, b);
        setenv("KITH_SCANNER", "exact", 1);
        int third = run(path, 64, 1, (kith_on_error)answer, &three, c);
        unsetenv("KITH_SCANNER");
        if (strstr(a, " are damaged") || strstr(b, " are damaged") || strstr(c, " are damaged")) { /* what comes out before depends on how much is unpacked at once */
            if (!first || !second || !third) abort();
            continue;
        }
        if (first != second || first != third || one != two || one != three || strcmp(a, b) != 0 || strcmp(a, c) != 0) abort();
    }
    fuzz_done();
    return 0;
}
