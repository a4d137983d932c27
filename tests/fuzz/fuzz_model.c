/* Any bytes as a model or another small CSV file, and as records of a saved state. */
#include "fuzz.h"

#include <kith/fold.h>
#include <kith/scorer.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    kith_arena *arena = kith_arena_new();
    kith_error err;
    kith_model *model;
    kith_csv csv;
    if (!arena) abort();
    const char *path = fuzz_file(bytes, n);
    if (kith_csv_read(arena, path, &csv, &err) == KITH_OK)
        for (size_t i = 0; i < csv.rows; i++) (void)kith_csv_cell(&csv, i, csv.header.n - 1);
    if (kith_model_read(arena, path, &model, &err) == KITH_OK) {
        double value;
        (void)kith_model_number(model, "param", "r", &value, &err);
        (void)kith_model_version(model);
    }
    /* whatever scores rows must refuse it, or bind and be freed */
    kith_scorers scorers;
    kith_score_options options = {.horizon = NAN, .discount = NAN};
    (void)kith_scorers_load(arena, &path, 1, kith_scorer_kinds, &options, &scorers, &err);
    kith_scorers_free(&scorers);
    kith_records records = {.p = (const char *)bytes, .end = (const char *)bytes + n, .line = 1, .delimiter = ',', .arena = arena};
    kith_str fields[3];
    for (size_t got; kith_records_next(&records, fields, 3, &got);) {}
    kith_arena_free(arena);
    fuzz_done();
    return 0;
}
