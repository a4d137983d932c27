/* The reader against three oracles: the table that was written, libcsv, and its own exact engine; for every scanner, small and odd blocks, one and
 * three threads, file and pipe. */
#define _GNU_SOURCE
#include "unit.h"

#include <kith/stream.h>

#include <csv.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/kith-reader-XXXXXX";
static char data_path[64], out_path[64];

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(data_path, sizeof data_path, "%s/data", folder);
    snprintf(out_path, sizeof out_path, "%s/out", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(data_path);
    unlink(out_path);
    return rmdir(folder);
}

/* Every cell as LENGTH:BYTES, every row ended by a semicolon. */
static int dump(void *ctx, int worker, const kith_batch *b, kith_out *out, kith_error *err) {
    (void)ctx, (void)worker, (void)err;
    for (uint32_t i = 0; i < b->rows; i++, out->rows_out++) {
        for (uint32_t j = 0; j < b->cols; j++) {
            kith_str text = kith_text(b, i, j);
            kith_buf_printf(&out->rows, "%zu:", text.n);
            kith_buf_str(&out->rows, text);
        }
        kith_buf_putc(&out->rows, ';');
    }
    return KITH_OK;
}

static void put_file(const char *path, const void *bytes, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    if (n) assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static kith_buf get_file(const char *path) {
    kith_buf buf = {0};
    kith_error err;
    assert_int_equal(kith_file_read(path, 1 << 30, &buf, &err), KITH_OK);
    return buf;
}

/* Reads `bytes` through a source; returns the status; the dump is in *result. */
static int read_all(const kith_buf *bytes, size_t block, int threads, bool pipe_in, kith_on_error answer, kith_buf *result, kith_error *err) {
    char name[64];
    const char *files[] = {data_path};
    int ends[2] = {-1, -1};
    if (pipe_in) {
        assert_int_equal(pipe(ends), 0);
        assert_true(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) >= 0);
        assert_int_equal(write(ends[1], bytes->p, bytes->n), (ssize_t)bytes->n);
        close(ends[1]);
        snprintf(name, sizeof name, "/proc/self/fd/%d", ends[0]);
        files[0] = name;
    } else {
        put_file(data_path, bytes->p, bytes->n);
    }
    kith_source_options options = {.files = files, .n_files = 1, .block = block, .threads = threads, .on_error = answer};
    kith_source *source;
    kith_sink *sink;
    int status = kith_source_open(&source, &options, err);
    if (pipe_in) close(ends[0]);
    if (status != KITH_OK) return status;
    assert_int_equal(kith_sink_open(&sink, out_path, err), KITH_OK);
    kith_scan scan = {.visit = dump, .sink = sink};
    status = kith_source_scan(source, &scan, err);
    kith_source_close(source);
    kith_error other;
    assert_int_equal(kith_sink_close(sink, &other), KITH_OK);
    *result = get_file(out_path);
    return status;
}

static void put_cell(kith_random *r, kith_buf *csv, kith_buf *want, char delimiter) {
    static const char alphabet[] = "ab,;\"\n\r x\t1";
    char cell[40];
    size_t n = kith_random_below(r, 4) ? kith_random_below(r, 7) : kith_random_below(r, 40);
    bool plain = kith_random_below(r, 3) > 0, quote = false;
    for (size_t i = 0; i < n; i++) cell[i] = plain ? (char)('a' + kith_random_below(r, 26)) : alphabet[kith_random_below(r, sizeof alphabet - 1)];
    for (size_t i = 0; i < n; i++) quote |= cell[i] == delimiter || cell[i] == '"' || cell[i] == '\n' || cell[i] == '\r';
    kith_buf_printf(want, "%zu:", n);
    kith_buf_put(want, cell, n);
    if (quote || kith_random_below(r, 5) == 0) {
        kith_buf_putc(csv, '"');
        for (size_t i = 0; i < n; i++) {
            if (cell[i] == '"') kith_buf_putc(csv, '"');
            kith_buf_putc(csv, cell[i]);
        }
        kith_buf_putc(csv, '"');
    } else {
        kith_buf_put(csv, cell, n);
    }
}

static const char *const scanners[] = {"", "avx2", "sse2", "portable", "exact"};

/* Tables in, the same tables out. */
static void regular_text_gives_the_table_back(void **state) {
    (void)state;
    for (uint64_t round = 0; round < 250; round++) {
        kith_random r;
        kith_random_start(&r, 7, "reader", round);
        char delimiter = ",;\t|"[kith_random_below(&r, 4)];
        uint32_t cols = 2 + (uint32_t)kith_random_below(&r, 5), rows = (uint32_t)kith_random_below(&r, 60);
        kith_buf csv = {0}, want = {0}, got = {0};
        for (uint32_t j = 0; j < cols; j++) kith_buf_printf(&csv, "%sc%u", j ? (char[]){delimiter, 0} : "", j);
        kith_buf_putc(&csv, '\n');
        bool crlf = kith_random_below(&r, 3) == 0;
        for (uint32_t i = 0; i < rows; i++) {
            for (uint32_t j = 0; j < cols; j++) {
                if (j) kith_buf_putc(&csv, delimiter);
                put_cell(&r, &csv, &want, delimiter);
            }
            if (i + 1 < rows || kith_random_below(&r, 2)) kith_buf_puts(&csv, crlf ? "\r\n" : "\n");
            kith_buf_putc(&want, ';');
        }
        for (size_t k = 0; k < sizeof scanners / sizeof *scanners; k++) {
            setenv("KITH_SCANNER", scanners[k], 1);
            kith_error err;
            size_t block = 16 + kith_random_below(&r, 300);
            int status = read_all(&csv, block, 1 + (int)kith_random_below(&r, 3), kith_random_below(&r, 2), KITH_ON_ERROR_STOP, &got, &err);
            if (status != KITH_OK) fail_msg("round %d scanner %zu: %s", (int)round, k, err.text);
            assert_int_equal(got.n, want.n);
            assert_memory_equal(got.p ? got.p : "", want.p ? want.p : "", want.n);
            kith_buf_free(&got);
        }
        kith_buf_free(&csv);
        kith_buf_free(&want);
    }
}

/* Any bytes at all: every engine, block size, thread count and kind of input gives the same rows, rejects and status. */
static void any_bytes_give_the_same_everywhere(void **state) {
    (void)state;
    static const char alphabet[] = "a,\"\n\r,\"\nb";
    for (uint64_t round = 0; round < 300; round++) {
        kith_random r;
        kith_random_start(&r, 8, "reader", round);
        kith_buf csv = {0}, first = {0};
        kith_buf_puts(&csv, "h,i,j\n");
        size_t n = kith_random_below(&r, 700);
        for (size_t i = 0; i < n; i++) kith_buf_putc(&csv, alphabet[kith_random_below(&r, sizeof alphabet - 1)]);
        int expected = -1;
        kith_error expected_error = {0};
        kith_on_error answer = kith_random_below(&r, 2) ? KITH_ON_ERROR_SKIP : KITH_ON_ERROR_STOP;
        for (size_t k = 0; k < 12; k++) {
            setenv("KITH_SCANNER", scanners[4 - k % 5], 1);
            kith_error err = {0};
            kith_buf got = {0};
            size_t block = k == 0 ? 1 << 20 : 16 + kith_random_below(&r, 200);
            int status = read_all(&csv, block, k == 0 ? 1 : 1 + (int)(k % 3), false, answer, &got, &err);
            if (k == 0) {
                expected = status, first = got, expected_error = err;
                continue;
            }
            if (status != expected) fail_msg("round %d: status %d, not %d (%s / %s)", (int)round, status, expected, err.text, expected_error.text);
            assert_string_equal(err.text, expected_error.text);
            assert_int_equal(got.n, first.n);
            assert_memory_equal(got.p ? got.p : "", first.p ? first.p : "", first.n);
            kith_buf_free(&got);
        }
        kith_buf_free(&first);
        kith_buf_free(&csv);
    }
}

typedef struct libcsv_dump {
    kith_buf out;
    size_t fields, rows;
} libcsv_dump;

static void on_field(void *bytes, size_t n, void *ctx) {
    libcsv_dump *d = ctx;
    d->fields++;
    if (!d->rows) return; /* the header */
    kith_buf_printf(&d->out, "%zu:", n);
    kith_buf_put(&d->out, bytes, n);
}

static void on_row(int c, void *ctx) {
    libcsv_dump *d = ctx;
    (void)c;
    if (d->rows++) kith_buf_putc(&d->out, ';');
}

static int never(unsigned char c) {
    (void)c;
    return 0;
}
static int only_lf(unsigned char c) { return c == '\n'; }

/* On every regular input libcsv, told to trim nothing, gives the same rows. */
static void libcsv_agrees_on_regular_text(void **state) {
    (void)state;
    unsetenv("KITH_SCANNER");
    for (uint64_t round = 0; round < 200; round++) {
        kith_random r;
        kith_random_start(&r, 9, "reader", round);
        kith_buf csv = {0}, ignored = {0}, got = {0};
        kith_buf_puts(&csv, "h,i,j\n");
        size_t rows = 1 + kith_random_below(&r, 50);
        for (size_t i = 0; i < rows; i++)
            for (int j = 0; j < 3; j++) {
                put_cell(&r, &csv, &ignored, ',');
                kith_buf_putc(&csv, j < 2 ? ',' : '\n');
            }
        libcsv_dump d = {0};
        struct csv_parser parser;
        assert_int_equal(csv_init(&parser, CSV_STRICT | CSV_REPALL_NL | CSV_STRICT_FINI), 0);
        csv_set_space_func(&parser, never);
        csv_set_term_func(&parser, only_lf);
        assert_int_equal(csv_parse(&parser, csv.p, csv.n, on_field, on_row, &d), csv.n);
        csv_fini(&parser, on_field, on_row, &d);
        csv_free(&parser);
        kith_error err;
        assert_int_equal(read_all(&csv, 16 + kith_random_below(&r, 400), 2, true, KITH_ON_ERROR_STOP, &got, &err), KITH_OK);
        assert_int_equal(got.n, d.out.n);
        assert_memory_equal(got.p, d.out.p, got.n);
        kith_buf_free(&d.out);
        kith_buf_free(&got);
        kith_buf_free(&csv);
        kith_buf_free(&ignored);
    }
}

static void faults_have_their_place(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int status;
        const char *says;
    } cases[] = {
        {"", KITH_DATA, "is empty"},
        {"a,b\n1,2\n3\n", KITH_DATA, ":3: 1 field where the header has 2"},
        {"a,b\n1,2\n\n3,4\n", KITH_DATA, ":3: an empty line"},
        {"a,b\n1,\"x\n\ny\n", KITH_DATA, ":2: a quote in this record is never closed"},
        {"a,b\n1,\"x\"y\n", KITH_DATA, ":2: a quote is followed by text"},
        {"a,b\n1,2\n\"!kith failed: kith-x: no", KITH_DATA, "mark of a failed stage"},
        {"\"!kith failed: kith-x: no", KITH_DATA, "mark of a failed stage"},
        {"a,b\n\"!kith failed: kith-x: no\na,b\n\"1\",2\n", KITH_DATA, ""},
        {"a,b\r1,2\r3,4\r", KITH_DATA, "CR alone"},
        {"\xff\xfe"
         "a\0,\0",
         KITH_DATA, "UTF-16"},
        {"\xef\xbb\xbf"
         "a,b\n1,2",
         KITH_OK, ""},
        {"a,b", KITH_OK, ""},
        {"a\n\nx\n", KITH_OK, ""},
        {"a,b\n1,5\" pipe\n", KITH_OK, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kith_buf csv = {0}, got = {0};
        kith_error err = {0};
        kith_buf_puts(&csv, cases[i].text);
        int status = read_all(&csv, 16, 2, false, KITH_ON_ERROR_STOP, &got, &err);
        if (status != cases[i].status) fail_msg("case %zu: status %d (%s)", i, status, err.text);
        if (!strstr(err.text, cases[i].says)) fail_msg("case %zu: says %s", i, err.text);
        kith_buf_free(&got);
        kith_buf_free(&csv);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regular_text_gives_the_table_back),
        cmocka_unit_test(any_bytes_give_the_same_everywhere),
        cmocka_unit_test(libcsv_agrees_on_regular_text),
        cmocka_unit_test(faults_have_their_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
