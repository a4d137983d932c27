/* Random streams: xoshiro256** (Blackman & Vigna 2021), its state filled by SplitMix64 from a hash of seed, purpose and
 * key, so that each choice is a function of those three and survives any resharding. */
#include <kith/base.h>

#include <math.h>
#include <string.h>

void kith_random_start(kith_random *r, uint64_t seed, const char *purpose, uint64_t key) {
    uint64_t x = kith_hash_mix(kith_hash(purpose, strlen(purpose), seed), key);
    for (int i = 0; i < 4; i++) {
        uint64_t z = (x += UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        r->s[i] = z ^ (z >> 31);
    }
}

static uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

uint64_t kith_random_u64(kith_random *r) {
    uint64_t *s = r->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double kith_random_unit(kith_random *r) { return (double)(kith_random_u64(r) >> 11) * 0x1p-53; }

uint64_t kith_random_below(kith_random *r, uint64_t n) {
    uint64_t least = -n % n; /* values below this would favour small results */
    for (;;) {
        uint64_t x = kith_random_u64(r);
        if (x >= least) return x % n;
    }
}

double kith_random_normal(kith_random *r) { /* Marsaglia's polar method, the second value dropped */
    for (;;) {
        double u = 2 * kith_random_unit(r) - 1, v = 2 * kith_random_unit(r) - 1, q = u * u + v * v;
        if (q > 0 && q < 1) return u * sqrt(-2 * log(q) / q);
    }
}
