/* Time zones: UTC and fixed offsets. */
#include <kith/base.h>

#include <string.h>

struct kith_zone {
    int64_t east_us;
};

int kith_zone_find(kith_arena *arena, const char *name, const kith_zone **zone, kith_error *err) {
    *zone = NULL;
    if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0) return KITH_OK;
    int64_t at;
    char probe[64] = "1970-01-01T00:00:00";
    if ((name[0] == '+' || name[0] == '-') && strlen(name) < 8) {
        strcat(probe, name);
        if (kith_parse_time(kith_str_of(probe), NULL, &at, NULL)) {
            kith_zone *z = kith_arena_alloc(arena, sizeof *z);
            if (!z) return kith_no_memory(err);
            z->east_us = -at;
            *zone = z;
            return KITH_OK;
        }
    }
    return kith_fail(err, KITH_USAGE, "--tz: unknown zone '%s'", name);
}

int64_t kith_zone_to_utc(const kith_zone *zone, int64_t local_us) { return zone ? local_us - zone->east_us : local_us; }
int64_t kith_zone_to_local(const kith_zone *zone, int64_t utc_us) { return zone ? utc_us + zone->east_us : utc_us; }
