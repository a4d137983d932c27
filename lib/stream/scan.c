/* The engines of the structural scanner; see scan.h. The idea of masks and prefix-xor: Langdale & Lemire 2019 ("Parsing
 * gigabytes of JSON per second"). Regularity is proved in the same pass, which is what makes guessing at block starts safe. */
#include "scan.h"

#include <stdlib.h>
#include <string.h>

static inline uint64_t xor_by_shifts(uint64_t m) {
    m ^= m << 1;
    m ^= m << 2;
    m ^= m << 4;
    m ^= m << 8;
    m ^= m << 16;
    return m ^ (m << 32);
}

/* Portable: eight bytes in a word; equal bytes become zero bytes, whose high bits are gathered by one multiplication. */
static inline uint64_t mask_of_8(const char *p, uint64_t c) {
    const uint64_t low7 = UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t w;
    memcpy(&w, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    w ^= c;
    uint64_t zero = ~(((w & low7) + low7) | w | low7); /* 0x80 exactly where a byte was equal */
    return ((zero >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static inline uint64_t mask_of_64(const char *p, char byte) {
    uint64_t c = (uint64_t)(unsigned char)byte * UINT64_C(0x0101010101010101), mask = 0;
    for (int i = 0; i < 8; i++) mask |= mask_of_8(p + 8 * i, c) << (8 * i);
    return mask;
}

#define SCAN_NAME scan_portable
#define SCAN_TARGET
#define SCAN_VECTORS const char *loaded = p
#define SCAN_MASK(c) mask_of_64(loaded, (c))
#define SCAN_XOR(m) xor_by_shifts(m)
#include "scan_loop.h"

#if defined(__x86_64__)
#include <immintrin.h>

/* 64 bytes to a register, masks without a movemask, and the places as the compressed bytes 0 … 63, sixteen at a time. Measured
 * on a gigabyte of nine columns (`report table -a n=count`): user time half, CPU time two thirds of the AVX2 engine's. */
static const _Alignas(64) uint8_t numbers_64[64] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
};
#define SCAN_NAME scan_avx512
#define SCAN_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,pclmul,popcnt,bmi,bmi2")))
#define SCAN_VECTORS __m512i loaded = _mm512_loadu_si512((const void *)p)
#define SCAN_MASK(c) _cvtmask64_u64(_mm512_cmpeq_epi8_mask(loaded, _mm512_set1_epi8(c)))
#define SCAN_XOR(m)                                                                                                    \
    ((uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)(m)), _mm_set1_epi8((char)0xff), 0)))
#define SCAN_16TH(k, v) _mm512_storeu_si512(out + 16 * (k), _mm512_add_epi32(_mm512_cvtepu8_epi32(v), _mm512_set1_epi32((int)here)))
#define SCAN_PUT                                                                                                       \
    __m512i packed = _mm512_maskz_compress_epi8(_cvtu64_mask64(ends), _mm512_load_si512(numbers_64));                                       \
    SCAN_16TH(0, _mm512_castsi512_si128(packed));                                                                      \
    if (__builtin_expect(count > 16, 0)) {                                                                             \
        SCAN_16TH(1, _mm512_extracti32x4_epi32(packed, 1));                                                            \
        if (count > 32) {                                                                                              \
            SCAN_16TH(2, _mm512_extracti32x4_epi32(packed, 2));                                                        \
            if (count > 48) SCAN_16TH(3, _mm512_extracti32x4_epi32(packed, 3));                                        \
        }                                                                                                              \
    }
#include "scan_loop.h"

#define SCAN_NAME scan_avx2
#define SCAN_TARGET __attribute__((target("avx2,pclmul,popcnt,bmi,sse4.1")))
#define SCAN_VECTORS                                                                                                   \
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p),                                                \
            high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32))
#define SCAN_MASK(c)                                                                                                   \
    ((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, _mm256_set1_epi8(c))) |                           \
     (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, _mm256_set1_epi8(c))) << 32)
#define SCAN_XOR(m)                                                                                                    \
    ((uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)(m)), _mm_set1_epi8((char)0xff), 0)))
#include "scan_loop.h"

#define SCAN_NAME scan_sse2
#define SCAN_TARGET
#define SCAN_VECTORS                                                                                                   \
    __m128i v0 = _mm_loadu_si128((const __m128i *)(const void *)p),                                                    \
            v1 = _mm_loadu_si128((const __m128i *)(const void *)(p + 16)),                                             \
            v2 = _mm_loadu_si128((const __m128i *)(const void *)(p + 32)),                                             \
            v3 = _mm_loadu_si128((const __m128i *)(const void *)(p + 48))
#define SCAN_16(v, c) (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)))
#define SCAN_MASK(c) (SCAN_16(v0, c) | SCAN_16(v1, c) << 16 | SCAN_16(v2, c) << 32 | SCAN_16(v3, c) << 48)
#define SCAN_XOR(m) xor_by_shifts(m)
#include "scan_loop.h"

#elif defined(__aarch64__)
#include <arm_neon.h>

static inline uint64_t neon_mask(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d) {
    const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t s = vpaddq_u8(vpaddq_u8(vandq_u8(a, bit), vandq_u8(b, bit)), vpaddq_u8(vandq_u8(c, bit), vandq_u8(d, bit)));
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(s, s)), 0);
}
#define SCAN_NAME scan_neon
#define SCAN_TARGET
#define SCAN_VECTORS                                                                                                   \
    uint8x16_t v0 = vld1q_u8((const uint8_t *)p), v1 = vld1q_u8((const uint8_t *)p + 16),                              \
               v2 = vld1q_u8((const uint8_t *)p + 32), v3 = vld1q_u8((const uint8_t *)p + 48)
#define SCAN_EQ(v, c) vceqq_u8(v, vdupq_n_u8((uint8_t)(c)))
#define SCAN_MASK(c) neon_mask(SCAN_EQ(v0, c), SCAN_EQ(v1, c), SCAN_EQ(v2, c), SCAN_EQ(v3, c))
#define SCAN_XOR(m) xor_by_shifts(m)
#include "scan_loop.h"
#endif

/* A byte at a time. Text behind a closing quote is noted and then read as unquoted. */
scan_result scan_exact(const char *bytes, size_t n, char delimiter, scan_state start, uint32_t base, uint32_t *places) {
    scan_result r = {.end = start, .bad = UINT32_MAX, .quoted = start >= SCAN_INSIDE};
    for (size_t i = 0; i < n; i++) {
        char c = bytes[i];
        r.lines += c == '\n';
        if (r.end == SCAN_INSIDE) {
            if (c == '"') r.end = SCAN_CLOSED;
            continue;
        }
        if (c == '"' && r.end == SCAN_CLOSED) {
            r.end = SCAN_INSIDE; /* a doubled quote */
            continue;
        }
        if (c == '"' && r.end == SCAN_START) {
            r.end = SCAN_INSIDE;
            r.quoted = true;
            continue;
        }
        if (r.end == SCAN_CLOSED_CR && c != '\n' && r.bad == UINT32_MAX) r.bad = base + (uint32_t)i;
        if (c == delimiter || c == '\n') {
            places[r.n++] = base + (uint32_t)i;
            r.records += c == '\n';
            r.end = SCAN_START;
            continue;
        }
        if (r.end == SCAN_CLOSED) {
            if (c == '\r') {
                r.end = SCAN_CLOSED_CR;
                continue;
            }
            if (r.bad == UINT32_MAX) r.bad = base + (uint32_t)i;
        }
        r.end = SCAN_MID;
    }
    return r;
}

scan_engine scan_vector(void) {
    const char *want = getenv("KITH_SCANNER");
    if (want && strcmp(want, "exact") == 0) return scan_exact;
    if (want && strcmp(want, "portable") == 0) return scan_portable;
#if defined(__x86_64__)
    if ((want && strcmp(want, "sse2") == 0) || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("pclmul")) return scan_sse2;
    bool wide = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
    return wide && !(want && strcmp(want, "avx2") == 0) ? scan_avx512 : scan_avx2;
#elif defined(__aarch64__)
    return scan_neon;
#else
    return scan_portable;
#endif
}

scan_state scan_guess(const char *bytes, size_t n, char delimiter) {
    const char *q = memchr(bytes, '"', n);
    if (!q || q == bytes) return SCAN_START;
    if (q[-1] == delimiter || q[-1] == '\n') return SCAN_START;
    if (q + 1 < bytes + n && (q[1] == delimiter || q[1] == '\n' || q[1] == '\r')) return SCAN_INSIDE;
    return SCAN_START;
}
