/* Any bytes as a file of rules: refused with its place, or run over rows of odd values, with sizes and overlaps. */
#include "fuzz.h"

#include <kith/rules.h>

#include <string.h>

static const char rows[] = "3,2026-09-30T12:00:00Z,Hello,48.85\n,,,\n-1e300,0001-01-01,\xff\xc3,-90\nn/a,9999-12-31T23:59:60,\xc3\xa9\xe2\x82\xac,180\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static const kith_str names[] = {{"a", 1}, {"t", 1}, {"s", 1}, {"lat", 3}};
    const char *path = fuzz_file(bytes, n);
    kith_arena *arena = kith_arena_new();
    kith_expr_scope scope = {.names = names, .n_names = 4, .has_until = true, .until_us = 1};
    kith_rules *rules = NULL;
    kith_regions *regions;
    kith_error err = {0};
    if (!arena) abort();
    if (kith_regions_read(arena, path, &regions, &err) == KITH_OK) {
        (void)kith_regions_find(regions, 48.85, 2.35);
        (void)kith_regions_find(regions, -90, 180);
        scope.regions = regions;
    }
    int status = kith_rules_read(arena, path, &scope, &rules, &err);
    if (status != KITH_OK) {
        if ((status != KITH_DATA && status != KITH_USAGE) || !err.text[0] || strlen(err.text) >= sizeof err.text) abort();
    } else {
        kith_tagger *tagger;
        kith_batch b = fuzz_batch(arena, rows, 4);
        const uint32_t *from, *held;
        kith_buf out = {0};
        if (kith_tagger_new(&tagger, rules, true, &err) != KITH_OK) abort();
        if (kith_tag(tagger, &b, &from, &held, &err) == KITH_OK)
            for (uint32_t i = 0; i < b.rows; i++)
                for (uint32_t k = from[i]; k < from[i + 1]; k++)
                    if (held[k] >= rules->n || (k > from[i] && held[k] <= held[k - 1])) abort();
        if (kith_rules_sizes(rules, &tagger, 1, &out, &err) == KITH_DEFECT || kith_rules_overlaps(rules, &tagger, 1, &out, &err) == KITH_DEFECT) abort();
        kith_buf_free(&out);
        kith_tagger_free(tagger);
        kith_exprs_free(rules->set);
    }
    kith_arena_free(arena);
    fuzz_done();
    return 0;
}
