/* Edit distances, q-grams and token sets.
 *
 * All work on code points in small fixed arrays on the stack (KITH_SIMILARITY_MAX each), with a plain path for ASCII.
 * Jaro marks matches in a 256-bit set per side; OSA keeps three rows and stops when a row is all above the limit. */
#include <kith/similarity.h>

#include <string.h>

#include "utf8.h"

enum { MAX = KITH_SIMILARITY_MAX };

static int decode(kith_str s, uint32_t *out) {
    const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;
    int n = 0;
    while (p < end && n < MAX) out[n++] = utf8_next(&p, end);
    return n;
}

double kith_jaro(kith_str sa, kith_str sb) {
    uint32_t a[MAX], b[MAX];
    bool taken_a[MAX] = {false}, taken_b[MAX] = {false};
    int na = decode(sa, a), nb = decode(sb, b);
    if (na == 0 && nb == 0) return 1;
    if (na == 0 || nb == 0) return 0;
    int range = (na > nb ? na : nb) / 2 - 1, common = 0, half = 0;
    if (range < 0) range = 0;
    for (int i = 0; i < na; i++) {
        int from = i > range ? i - range : 0, to = i + range < nb - 1 ? i + range : nb - 1;
        for (int j = from; j <= to; j++)
            if (!taken_b[j] && a[i] == b[j]) {
                taken_a[i] = taken_b[j] = true;
                common++;
                break;
            }
    }
    if (common == 0) return 0;
    for (int i = 0, j = 0; i < na; i++) {
        if (!taken_a[i]) continue;
        while (!taken_b[j]) j++;
        half += a[i] != b[j++];
    }
    double c = common;
    return (c / na + c / nb + (c - half / 2) / c) / 3; /* whole transpositions, as in Winkler's strcmp95 */
}

double kith_jaro_winkler(kith_str a, kith_str b) {
    double jaro = kith_jaro(a, b);
    uint32_t ca[MAX], cb[MAX];
    int na = decode((kith_str){a.p, a.n < 16 ? a.n : 16}, ca), nb = decode((kith_str){b.p, b.n < 16 ? b.n : 16}, cb);
    int prefix = 0;
    while (prefix < 4 && prefix < na && prefix < nb && ca[prefix] == cb[prefix]) prefix++;
    return jaro + .1 * prefix * (1 - jaro);
}

int kith_osa(kith_str sa, kith_str sb, int limit) {
    uint32_t a[MAX], b[MAX];
    int rows[3][MAX + 1];
    int na = decode(sa, a), nb = decode(sb, b);
    if (limit < 0) limit = MAX;
    if (na - nb > limit || nb - na > limit) return limit + 1;
    int *before = rows[0], *last = rows[1], *now = rows[2];
    for (int j = 0; j <= nb; j++) last[j] = j;
    for (int i = 1; i <= na; i++) {
        int least = now[0] = i;
        for (int j = 1; j <= nb; j++) {
            int v = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < v) v = last[j] + 1;
            if (now[j - 1] + 1 < v) v = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < v)
                v = before[j - 2] + 1;
            now[j] = v;
            if (v < least) least = v;
        }
        if (least > limit) return limit + 1;
        int *t = before;
        before = last;
        last = now;
        now = t;
    }
    return last[nb] > limit ? limit + 1 : last[nb];
}

static size_t tokens(kith_str s, kith_str *out, size_t room) {
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < room;) {
        while (i < s.n && s.p[i] == ' ') i++;
        size_t from = i;
        while (i < s.n && s.p[i] != ' ') i++;
        if (i == from) break;
        kith_str t = {s.p + from, i - from};
        bool seen = false;
        for (size_t k = 0; k < n && !seen; k++) seen = kith_str_equal(out[k], t);
        if (!seen) out[n++] = t;
    }
    return n;
}

double kith_token_jaccard(kith_str a, kith_str b) {
    kith_str ta[64], tb[64];
    size_t na = tokens(a, ta, 64), nb = tokens(b, tb, 64), common = 0;
    if (na + nb == 0) return 1;
    for (size_t i = 0; i < na; i++)
        for (size_t j = 0; j < nb; j++)
            if (kith_str_equal(ta[i], tb[j])) {
                common++;
                break;
            }
    return (double)common / (double)(na + nb - common);
}
