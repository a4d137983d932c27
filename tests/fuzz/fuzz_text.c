/* Any text as a number, a time, a duration, a zone, a size, a selection: nothing crashes, and what is read back is the same. */
#include "fuzz.h"

#include <kith/table.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    kith_arena *arena = kith_arena_new();
    kith_str text = {(const char *)bytes, n};
    char out[64], *terminated = arena ? kith_arena_copy(arena, bytes, n) : NULL;
    double value, again;
    int64_t whole, us, back;
    uint64_t size;
    kith_error err;
    const kith_zone *zone;
    if (!terminated) abort();
    if (kith_parse_double(text, &value)) {
        size_t length = kith_format_double(value, out);
        if (!kith_parse_double((kith_str){out, length}, &again) || again != value) abort();
    }
    (void)kith_parse_int(text, &whole);
    if (kith_parse_time(text, NULL, &us, NULL)) {
        size_t length = kith_format_time(us, out);
        if (!kith_parse_time((kith_str){out, length}, NULL, &back, NULL) || back != us) abort();
    }
    (void)kith_parse_duration(terminated, &us);
    (void)kith_parse_size(terminated, &size);
    if (kith_zone_find(arena, terminated, &zone, &err) == KITH_OK && zone) (void)kith_zone_to_local(zone, 0);
    kith_str names[] = {KITH_STR("id"), KITH_STR("a b"), KITH_STR("amount"), KITH_STR("id")};
    kith_header header = {.n = 4, .names = names, .delimiter = ','};
    kith_selection selection;
    (void)kith_select(&header, terminated, true, arena, &selection, &err);
    (void)kith_shape(text, out);
    kith_arena_free(arena);
    return 0;
}
