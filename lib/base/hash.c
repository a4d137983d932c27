/* The one door to xxHash (BSD-2, Debian's libxxhash-dev): XXH3, the same value on every machine. */
#include <kith/base.h>
#include <kith/libraries.h>

#define XXH_INLINE_ALL
#ifndef NDEBUG
#define XXH_NO_INLINE_HINTS 1 /* unoptimised builds cannot inline what it demands */
#endif
#include <xxhash.h>

#include <stdio.h>
#include <stdlib.h>

static void version(char *text) { snprintf(text, KITH_LIBRARY_VERSION, "%u.%u.%u", XXH_VERSION_MAJOR, XXH_VERSION_MINOR, XXH_VERSION_RELEASE); }
KITH_LIBRARY(xxhash, "xxHash", version)

uint64_t kith_hash(const void *bytes, size_t n, uint64_t seed) {
    return XXH3_64bits_withSeed(n ? bytes : "", n, seed);
}

void kith_hash128(const void *bytes, size_t n, uint64_t seed, uint64_t out[2]) {
    XXH128_hash_t h = XXH3_128bits_withSeed(n ? bytes : "", n, seed);
    out[0] = h.low64;
    out[1] = h.high64;
}

uint64_t kith_hash_mix(uint64_t a, uint64_t b) {
    uint64_t x = a ^ (b + UINT64_C(0x9e3779b97f4a7c15) + (a << 6) + (a >> 2));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

struct kith_hasher {
    XXH3_state_t *state;
};

kith_hasher *kith_hasher_new(void) {
    kith_hasher *h = malloc(sizeof *h);
    if (!h) return NULL;
    h->state = XXH3_createState();
    if (!h->state) {
        free(h);
        return NULL;
    }
    XXH3_128bits_reset(h->state);
    return h;
}

void kith_hasher_add(kith_hasher *hasher, const void *bytes, size_t n) {
    if (n) XXH3_128bits_update(hasher->state, bytes, n);
}

void kith_hasher_end(kith_hasher *hasher, uint64_t out[2]) {
    XXH128_hash_t h = XXH3_128bits_digest(hasher->state);
    out[0] = h.low64;
    out[1] = h.high64;
    XXH3_128bits_reset(hasher->state);
}

void kith_hasher_free(kith_hasher *hasher) {
    if (!hasher) return;
    XXH3_freeState(hasher->state);
    free(hasher);
}
