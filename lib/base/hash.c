/* The one door to xxHash (BSD-2, Debian's libxxhash-dev): XXH3, the same value on every machine. */
#include <kith/base.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

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
