/* Distinct values: HyperLogLog. See kith/distinct.h. */
#include <kith/distinct.h>

#include <math.h>
#include <string.h>

enum { Q = 64 - KITH_HLL_BITS };

static bool have(kith_hll *hll, kith_arena *arena) {
    if (!hll->registers) hll->registers = kith_arena_zalloc(arena, KITH_HLL_REGISTERS);
    return hll->registers != NULL;
}

bool kith_hll_add(kith_hll *hll, const uint64_t *hashes, size_t n, kith_arena *arena) {
    if (n && !have(hll, arena)) return false;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = hashes[i]; /* the table's hash is quick; registers want every bit good (Stafford's mix 13) */
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        x ^= x >> 31;
        uint64_t rest = x << KITH_HLL_BITS;
        uint8_t rank = (uint8_t)(rest ? __builtin_clzll(rest) + 1 : Q + 1);
        uint8_t *r = &hll->registers[x >> Q];
        if (rank > *r) *r = rank;
    }
    return true;
}

bool kith_hll_merge(kith_hll *into, const kith_hll *other, kith_arena *arena) {
    if (!other->registers) return true;
    if (!have(into, arena)) return false;
    for (int i = 0; i < KITH_HLL_REGISTERS; i++)
        if (other->registers[i] > into->registers[i]) into->registers[i] = other->registers[i];
    return true;
}

static double sigma(double x) {
    if (x == 1) return (double)INFINITY;
    double y = 1, z = x, before;
    do {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    } while (z != before);
    return z;
}

static double tau(double x) {
    if (x == 0 || x == 1) return 0;
    double y = 1, z = 1 - x, before;
    do {
        x = sqrt(x);
        before = z;
        y *= .5;
        z -= (1 - x) * (1 - x) * y;
    } while (z != before);
    return z / 3;
}

double kith_hll_count(const kith_hll *hll) {
    if (!hll->registers) return 0;
    double m = KITH_HLL_REGISTERS;
    uint32_t count[Q + 2] = {0};
    for (int i = 0; i < KITH_HLL_REGISTERS; i++) count[hll->registers[i]]++;
    double z = m * tau(1 - count[Q + 1] / m);
    for (int k = Q; k >= 1; k--) z = .5 * (z + count[k]);
    z += m * sigma(count[0] / m);
    return .72134752044448170368 * m * m / z; /* 1 / (2 ln 2) */
}

/* Runs of equal registers: a letter for 0 … 51 (A-Z a-z) and, where longer than one, its length. */
void kith_hll_save(const kith_hll *hll, kith_buf *out) {
    if (!hll->registers) {
        kith_buf_putc(out, '-');
        return;
    }
    for (int i = 0, j; i < KITH_HLL_REGISTERS; i = j) {
        uint8_t v = hll->registers[i];
        for (j = i; j < KITH_HLL_REGISTERS && hll->registers[j] == v; j++) {}
        kith_buf_putc(out, (char)(v < 26 ? 'A' + v : 'a' + v - 26));
        if (j - i > 1) kith_buf_int(out, j - i);
    }
}

int kith_hll_load(kith_hll *hll, kith_str text, kith_arena *arena, kith_error *err) {
    hll->registers = NULL;
    if (kith_str_is(text, "-")) return KITH_OK;
    if (!have(hll, arena)) return kith_no_memory(err);
    size_t at = 0, i = 0;
    while (i < text.n) {
        char c = text.p[i++];
        int v = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : Q + 2;
        size_t run = 0, from = i;
        for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && run <= KITH_HLL_REGISTERS; i++) run = run * 10 + (size_t)(text.p[i] - '0');
        if (i == from) run = 1;
        if (v > Q + 1 || run == 0 || run > KITH_HLL_REGISTERS - at) return kith_fail(err, KITH_DATA, "not a saved count of distinct values");
        memset(hll->registers + at, v, run);
        at += run;
    }
    if (at != KITH_HLL_REGISTERS) return kith_fail(err, KITH_DATA, "not a saved count of distinct values");
    return KITH_OK;
}
