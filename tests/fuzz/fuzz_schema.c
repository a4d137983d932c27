/* Any bytes as a schema: refused with its place, or applied to odd cells, where a reason is given exactly when nothing is made of them. */
#include "fuzz.h"

#include <kith/schema.h>

#include <string.h>

static const char *const odd[] = {"", " ", "0", "-1e308", "1.234,56 €", "31/12/1999", "2026-02-30", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "a@b.c", "+44 20 7946 0958",
                                  "\xff\xfe", "\xc3\xa9t\xc3\xa9", "SW1A 1AA", "yes", "48.85", "9999-12-31T23:59:60Z", "n/a", "O'Brien  Jos\xc3\xa9"};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    const char *path = fuzz_file(bytes, n);
    kith_arena *arena = kith_arena_new();
    kith_schema schema;
    kith_error err = {0};
    if (!arena) abort();
    int status = kith_schema_read(arena, path, &schema, &err);
    if (status != KITH_OK) {
        if (status != KITH_DATA || !err.text[0]) abort();
    } else {
        kith_schema_cells *cells = NULL;
        kith_buf out = {0};
        if (kith_schema_cells_new(&schema, "GB", NULL, &cells, &err) != KITH_OK) abort();
        for (size_t c = 0; c < schema.n; c++)
            for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) kith_schema_learn(cells, c, kith_str_of(odd[i]));
        kith_schema_settle(cells);
        for (size_t c = 0; c < schema.n; c++) {
            bool sure;
            kith_column_habits habits;
            if (!kith_schema_decision(cells, c, &sure, &habits)) abort();
            for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
                const char *code = kith_schema_cell(cells, c, kith_str_of(odd[i]), &out);
                if (code && !kith_reason_words(code)) abort();
                unsigned faults = kith_schema_faults(cells, c, kith_str_of(odd[i]), &out);
                if ((code != NULL) != (faults != 0)) abort();
            }
        }
        kith_buf_free(&out);
        kith_schema_cells_free(cells);
        kith_schema_free(&schema);
    }
    kith_arena_free(arena);
    fuzz_done();
    return 0;
}
