/* Levels: how alike two values of one kind are, and a pair's pattern.
 *
 * Most candidate pairs differ in most fields, so cheap bounds come first (letters held, lengths) and each thread keeps
 * a direct-mapped memo of value pairs for each field. Levels need no order: EM weighs each of them. */
#include "inside.h"

#include <kith/similarity.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MEMO = 1 << 14 };

struct kith_link_memo {
    uint64_t slot[KITH_LINK_FIELDS][MEMO]; /* 50 bits of the pair's hash, which is a bijection, and the level */
};

kith_link_memo *kith_link_memo_new(const kith_link_data *data) {
    (void)data;
    return calloc(1, sizeof(kith_link_memo));
}

void kith_link_memo_free(kith_link_memo *memo) { free(memo); }

static int popcount(uint64_t x) { return __builtin_popcountll(x); }

/* Upper bound of Jaro–Winkler from the letters that only one side holds. */
static bool may_reach(kith_str a, uint64_t la, kith_str b, uint64_t lb, double least) {
    double ca = (double)a.n - popcount(la & ~lb), cb = (double)b.n - popcount(lb & ~la);
    double c = ca < cb ? ca : cb;
    if (c <= 0) return false;
    double jaro = (c / (double)a.n + c / (double)b.n + 1) / 3;
    int prefix = a.p[0] == b.p[0] ? 4 : 0;
    return jaro + .1 * prefix * (1 - jaro) >= least;
}

static size_t squash(kith_str s, char *out, size_t room) {
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < room; i++)
        if (s.p[i] != ' ') out[n++] = s.p[i];
    return n;
}

static bool holds_word(kith_str a, kith_str b) { /* the shorter is a whole word, or the beginning, of the longer */
    if (a.n > b.n) {
        kith_str t = a;
        a = b;
        b = t;
    }
    if (a.n < 3 || a.n == b.n) return false;
    if (memcmp(a.p, b.p, a.n) == 0) return true;
    for (size_t i = 1; i + a.n <= b.n; i++)
        if (b.p[i - 1] == ' ' && memcmp(b.p + i, a.p, a.n) == 0 && (i + a.n == b.n || b.p[i + a.n] == ' ')) return true;
    return false;
}

static int level_name(const kith_link_values *v, uint32_t x, uint32_t y) {
    kith_str a = v->text[x], b = v->text[y];
    if (a.n >= 3 && b.n >= 3) {
        if (link_one_edit(a.p, a.n, b.p, b.n)) return 6;
        if (memchr(a.p, ' ', a.n) != NULL || memchr(b.p, ' ', b.n) != NULL) {
            char p[64], q[64];
            size_t n = squash(a, p, 64), m = squash(b, q, 64);
            if (n == m && memcmp(p, q, n) == 0) return 7;
            if (a.n == b.n && v->aux[x] == v->aux[y] && kith_token_jaccard(a, b) == 1) return 7;
        }
    }
    const uint16_t *ga = v->groups + 4 * (size_t)x, *gb = v->groups + 4 * (size_t)y;
    for (int i = 0; i < 4 && ga[i]; i++)
        for (int j = 0; j < 4 && gb[j]; j++)
            if (ga[i] == gb[j]) return 5;
    if (kith_initial_of(a, b)) return 3;
    if (may_reach(a, v->aux[x], b, v->aux[y], .8)) {
        double s = kith_jaro_winkler(a, b);
        if (s >= .9) return 4;
        if (holds_word(a, b)) return 4;
        if (s >= .8) return 2;
    }
    return holds_word(a, b) ? 4 : 1;
}

static double token_alike(kith_str a, kith_str b) {
    if (a.n >= 4 && b.n >= 4) {
        if (a.p[0] >= '0' && a.p[0] <= '9') return 0;
        if (link_one_edit(a.p, a.n, b.p, b.n)) return .9;
        if (a.n >= 5 && b.n >= 5 && a.p[0] == b.p[0] && may_reach(a, link_letters(a), b, link_letters(b), .9) &&
            kith_jaro_winkler(a, b) >= .92)
            return .8;
    }
    if ((a.n == 1 || b.n == 1) && kith_initial_of(a, b)) return .6;
    size_t n = a.n < b.n ? a.n : b.n; /* int for international */
    if (n >= 3 && a.n != b.n && memcmp(a.p, b.p, n) == 0 && (a.p[0] < '0' || a.p[0] > '9')) return .7;
    return 0;
}

static int level_text(const kith_link_values *v, uint32_t x, uint32_t y) {
    const uint32_t *a = v->token + v->token_start[x], *b = v->token + v->token_start[y];
    uint32_t na = v->token_start[x + 1] - v->token_start[x], nb = v->token_start[y + 1] - v->token_start[y];
    bool ta[40] = {false}, tb[40] = {false};
    double sa = 0, sb = 0, common = 0;
    for (uint32_t i = 0; i < na; i++) sa += v->token_weight[a[i]];
    for (uint32_t j = 0; j < nb; j++) sb += v->token_weight[b[j]];
    for (uint32_t i = 0; i < na; i++)
        for (uint32_t j = 0; j < nb; j++)
            if (a[i] == b[j]) {
                ta[i] = tb[j] = true;
                common += v->token_weight[a[i]];
                break;
            }
    for (uint32_t i = 0; i < na; i++) {
        if (ta[i]) continue;
        double best = 0;
        uint32_t at = 0;
        for (uint32_t j = 0; j < nb; j++) {
            if (tb[j]) continue;
            double s = token_alike(v->token_text[a[i]], v->token_text[b[j]]);
            if (s > best) {
                best = s;
                at = j;
            }
        }
        if (best == 0) continue;
        double wa = v->token_weight[a[i]], wb = v->token_weight[b[at]];
        common += best * (wa < wb ? wa : wb);
        ta[i] = tb[at] = true;
    }
    double s = sa + sb > 0 ? 2 * common / (sa + sb) : 0;
    kith_str p = v->text[x], q = v->text[y];
    if (s < .96 && p.n < 128 && q.n < 128 && p.n + 4 > q.n && q.n + 4 > p.n) {
        char c[128], d[128];
        size_t n = squash(p, c, 128), m = squash(q, d, 128);
        if (n >= 6 && link_one_edit(c, n, d, m)) s = .97;
    }
    return s >= .96 ? 7 : s >= .85 ? 6 : s >= .7 ? 5 : s >= .55 ? 4 : s >= .4 ? 3 : s >= .2 ? 2 : 1;
}

static int level_email(const kith_link_values *v, uint32_t x, uint32_t y) {
    kith_str a = v->text[x], b = v->text[y];
    const uint64_t low = (UINT64_C(1) << 56) - 1;
    kith_str la = {a.p, (size_t)(v->aux[x] >> 56)}, lb = {b.p, (size_t)(v->aux[y] >> 56)};
    if (la.n > a.n) la.n = a.n;
    if (lb.n > b.n) lb.n = b.n;
    if (kith_str_equal(la, lb)) return 7;
    if (la.n == 0 || lb.n == 0) return 1;
    if (la.n >= 4 && lb.n >= 4 && link_one_edit(la.p, la.n, lb.p, lb.n)) return 6;
    size_t n = 0, m = 0; /* letters alone: robert25, robert_255 */
    char p[64], q[64];
    for (size_t i = 0; i < la.n && n < 64; i++)
        if (la.p[i] >= 'a' && la.p[i] <= 'z') p[n++] = la.p[i];
    for (size_t i = 0; i < lb.n && m < 64; i++)
        if (lb.p[i] >= 'a' && lb.p[i] <= 'z') q[m++] = lb.p[i];
    if (n >= 5 && n == m && memcmp(p, q, n) == 0) return 5;
    if (may_reach(la, v->aux[x] & low, lb, v->aux[y] & low, .8)) {
        double s = kith_jaro_winkler(la, lb);
        if (s >= .9) return 4;
        if (s >= .8) return 3;
    }
    return 1;
}

static int level_code(const kith_link_values *v, uint32_t x, uint32_t y);

/* Up to nine digits, four bits each, in aux: the last digit lowest; the length above. */
static int level_phone(const kith_link_values *v, uint32_t x, uint32_t y) {
    uint64_t a = v->aux[x], b = v->aux[y], low = (UINT64_C(1) << 40) - 1, d = (a ^ b) & low;
    if (a >> 40 != b >> 40 || d == 0) return level_code(v, x, y);
    int n = (int)(a >> 40), differ = 0;
    uint64_t any = (d | d >> 1 | d >> 2 | d >> 3) & UINT64_C(0x1111111111);
    differ = popcount(any);
    int tail = __builtin_ctzll(any) / 4, head = n - 1 - (63 - __builtin_clzll(any)) / 4;
    if (differ == 1) return 7;
    if (differ == 2) {
        int lo = 4 * tail, hi = 4 * (n - 1 - head);
        if (hi == lo + 4 && (a >> lo & 15) == (b >> hi & 15) && (a >> hi & 15) == (b >> lo & 15)) return 7;
        if (hi == lo + 4) return 4;
    }
    if (2 * head > n) return 6;
    if (2 * tail > n) return 5;
    return differ == 2 && n >= 7 ? 4 : 1;
}

static int level_code(const kith_link_values *v, uint32_t x, uint32_t y) {
    kith_str a = v->text[x], b = v->text[y];
    size_t n = a.n < b.n ? a.n : b.n, head = 0, tail = 0;
    if (n >= 3 && link_one_edit(a.p, a.n, b.p, b.n)) return 7;
    while (head < n && a.p[head] == b.p[head]) head++;
    while (tail < n - head && a.p[a.n - 1 - tail] == b.p[b.n - 1 - tail]) tail++;
    if (n >= 6 && head + tail + 2 >= (a.n > b.n ? a.n : b.n)) return 4;
    if (n >= 3 && 2 * head > n) return 6;
    if (n >= 6 && 2 * tail > n) return 5;
    if (n >= 7 && popcount(v->aux[x] ^ v->aux[y]) <= 2 && kith_osa(a, b, 2) <= 2) return 4;
    return n >= 3 && 2 * head == n ? 3 : 1;
}

/* One digit of yyyymmdd differs, or two neighbours stand the other way round. */
static bool one_digit(int ya, int yb, int ma, int mb, int da, int db) {
    int a[8] = {ya / 1000, ya / 100 % 10, ya / 10 % 10, ya % 10, ma / 10, ma % 10, da / 10, da % 10};
    int b[8] = {yb / 1000, yb / 100 % 10, yb / 10 % 10, yb % 10, mb / 10, mb % 10, db / 10, db % 10};
    int n = 0, last = 0;
    for (int i = 0; i < 8; i++)
        if (a[i] != b[i]) {
            n++;
            last = i;
        }
    return n == 1 || (n == 2 && a[last - 1] == b[last] && a[last] == b[last - 1]);
}

static int level_date(const kith_link_values *v, uint32_t x, uint32_t y) {
    uint64_t a = v->aux[x], b = v->aux[y];
    if (a == 0 || b == 0) return link_one_edit(v->text[x].p, v->text[x].n, v->text[y].p, v->text[y].n) ? 7 : 1;
    int ya = (int)(a >> 16 & 0xFFFF), yb = (int)(b >> 16 & 0xFFFF), ma = (int)(a >> 8 & 255), mb = (int)(b >> 8 & 255);
    int da = (int)(a >> 1 & 127), db = (int)(b >> 1 & 127);
    if ((a | b) & 1) return ya == yb ? 3 : abs(ya - yb) <= 1 ? 2 : 1;
    if (ya == yb && ma == db && da == mb) return 7;
    if (one_digit(ya, yb, ma, mb, da, db)) return 7;
    int64_t apart = llabs(kith_days_from_civil(ya, ma, da) - kith_days_from_civil(yb, mb, db));
    if (apart <= 5) return 6;
    if (ma == mb && da == db) return 4;
    if (apart <= 31) return 5;
    if (ya == yb) return ma == mb || da == db ? 4 : 3;
    return apart <= 730 || (ma == mb && abs(ya - yb) <= 10) ? 2 : 1;
}

static int level_number(const kith_link_values *v, uint32_t x, uint32_t y) {
    double a = v->real[2 * (size_t)x], b = v->real[2 * (size_t)y];
    double most = fabs(a) > fabs(b) ? fabs(a) : fabs(b), d = most > 0 ? fabs(a - b) / most : 0;
    if (d <= .001) return 7;
    if (d <= .01) return 6;
    if (d <= .03) return 5;
    kith_str s = v->text[x], t = v->text[y];
    if (s.n >= 4 && t.n >= 4 && link_one_edit(s.p, s.n, t.p, t.n)) return 2;
    return d <= .1 ? 4 : d <= .3 ? 3 : 1;
}

static int level_geo(const kith_link_values *v, uint32_t x, uint32_t y) {
    const double *a = v->real + 2 * (size_t)x, *b = v->real + 2 * (size_t)y;
    double lat = fabs(a[0] - b[0]);
    if (lat > 5) return 1;
    double km = kith_distance_km(a[0], a[1], b[0], b[1]);
    return km <= .3 ? 7 : km <= 1 ? 6 : km <= 4 ? 5 : km <= 15 ? 4 : km <= 60 ? 3 : km <= 300 ? 2 : 1;
}

static int level_of(kith_link_kind kind, const kith_link_values *v, uint32_t x, uint32_t y) {
    switch (kind) {
    case KITH_LINK_NAME:
        return level_name(v, x, y);
    case KITH_LINK_TEXT:
    case KITH_LINK_ADDRESS:
    case KITH_LINK_LIST:
        return level_text(v, x, y);
    case KITH_LINK_EMAIL:
        return level_email(v, x, y);
    case KITH_LINK_CODE:
        return level_code(v, x, y);
    case KITH_LINK_NUMBER:
        return level_number(v, x, y);
    case KITH_LINK_GEO:
        return level_geo(v, x, y);
    default: /* a name that the fit took for idle (email_level) */
        return 1;
    }
}

static uint64_t swap_level(const kith_link_data *data, uint32_t f, const uint32_t *a, const uint32_t *b) {
    const kith_link_field *field = &data->model->field[f];
    const uint32_t *cross = data->values[f].cross;
    uint32_t p = field->swap[0], q = field->swap[1];
    if (!a[p] || !a[q] || !b[p] || !b[q]) return 0;
    if (a[p] == b[p] || a[q] == b[q]) return 1;
    const kith_link_values *vp = &data->values[p], *vq = &data->values[q];
    bool one = cross[a[p]] == b[q], two = cross[b[p]] == a[q];
    if (one && two) return 7;
    if (!one && !two) return 1;
    kith_str s = one ? vq->text[a[q]] : vp->text[a[p]], t = one ? vp->text[b[p]] : vq->text[b[q]];
    return link_one_edit(s.p, s.n, t.p, t.n) || kith_initial_of(s, t) ? 6 : 1;
}

static uint64_t equal_level(const kith_link_field *field, const kith_link_values *v, uint32_t x) {
    return field->kind == KITH_LINK_DATE && (v->aux[x] & 1) ? 3 : (uint64_t)(KITH_LINK_EQUAL + v->bucket[x]);
}

static uint64_t unequal_level(const kith_link_data *data, kith_link_memo *memo, uint32_t f, uint32_t x, uint32_t y) {
    kith_link_kind kind = data->model->field[f].kind;
    const kith_link_values *v = &data->values[f];
    if (kind == KITH_LINK_CATEGORY) return 1;
    if (x > y) {
        uint32_t t = x;
        x = y;
        y = t;
    }
    if (kind == KITH_LINK_DATE) return (uint64_t)level_date(v, x, y);
    if (kind == KITH_LINK_PHONE) return (uint64_t)level_phone(v, x, y);
    uint64_t h = ((uint64_t)x << 32 | y) * UINT64_C(0x9E3779B97F4A7C15), tag = (h & ((UINT64_C(1) << 50) - 1)) << 4;
    uint64_t *slot = &memo->slot[f][h >> 50];
    if ((*slot & ~UINT64_C(15)) == tag && *slot) return *slot & 15;
    bool turned = v->hash[x] > v->hash[y]; /* the same level for any order of rows */
    uint64_t level = (uint64_t)level_of(kind, v, turned ? y : x, turned ? x : y);
    *slot = tag | level;
    return level;
}

/* Alike e-mail addresses of people of one name: the name is what is alike, and it has been counted. */
static uint64_t email_level(const kith_link_data *data, kith_link_memo *memo, uint32_t f, const uint32_t *a,
                            const uint32_t *b) {
    uint64_t level = unequal_level(data, memo, f, a[f], b[f]);
    if (level < 3 || level > 5) return level;
    const kith_link_model *model = data->model;
    int agree = 0;
    for (uint32_t k = 0; k < model->n_fields; k++)
        if (model->field[k].in_email && a[k] && b[k]) {
            uint64_t name = a[k] == b[k] ? 8 : unequal_level(data, memo, k, a[k], b[k]);
            agree += model->field[k].kind == KITH_LINK_TEXT ? (name > 2) + (name > 5)
                                                            : name > 1; /* a whole name: some words, or all */
        }
    return agree >= (level == 5 ? 2 : 1) ? 0 : level;
}

double link_score(const kith_link_data *data, kith_link_memo *memo, const link_scorer *s, uint32_t i, uint32_t j,
                  double least, uint64_t *pattern) {
    const uint32_t *a = data->ids + (size_t)i * data->stride, *b = data->ids + (size_t)j * data->stride;
    const kith_link_model *model = data->model;
    double bound = s->start;
    uint32_t open = 0; /* fields whose level is to be found */
    uint64_t g = 0;
    for (uint32_t f = 0; f < model->n_fields; f++) {
        const kith_link_field *field = &model->field[f];
        if (field->kind == KITH_LINK_SWAP) {
            uint64_t level = swap_level(data, f, a, b);
            if (level >= 6) {
                for (int k = 0; k < 2; k++) {
                    uint32_t p = field->swap[k];
                    bound -= open >> p & 1 ? s->best[p] : s->ratio[p][g >> 4 * p & 15];
                    open &= ~(UINT32_C(1) << p);
                    g &= ~(UINT64_C(15) << 4 * p);
                }
            }
            g |= level << 4 * f;
            bound += s->ratio[f][level];
            continue;
        }
        if (!a[f] || !b[f] || field->kind == KITH_LINK_IGNORE) continue;
        if (a[f] == b[f]) {
            uint64_t level = equal_level(field, &data->values[f], a[f]);
            g |= level << 4 * f;
            bound += s->ratio[f][level];
        } else {
            open |= UINT32_C(1) << f;
            bound += s->best[f];
        }
    }
    bool ruled = model->n_rules > 0;
    if (bound < least && !ruled) return bound;
    for (uint32_t k = 0; k < model->n_fields; k++)
        if (open >> k & 1) {
            uint32_t x = a[k] < b[k] ? a[k] : b[k], y = a[k] < b[k] ? b[k] : a[k];
            if (model->field[k].kind == KITH_LINK_DATE || model->field[k].kind == KITH_LINK_PHONE) {
                __builtin_prefetch(&data->values[k].aux[x]);
                __builtin_prefetch(&data->values[k].aux[y]);
            } else if (model->field[k].kind != KITH_LINK_CATEGORY) {
                __builtin_prefetch(&memo->slot[k][((uint64_t)x << 32 | y) * UINT64_C(0x9E3779B97F4A7C15) >> 50]);
            }
        }
    for (uint32_t k = 0; k < model->n_fields && open; k++) {
        uint32_t f = s->turn[k];
        if (!(open >> f & 1)) continue;
        if (bound < least && !ruled) return bound;
        open &= ~(UINT32_C(1) << f);
        uint64_t level = model->field[f].kind == KITH_LINK_EMAIL ? email_level(data, memo, f, a, b)
                                                                 : unequal_level(data, memo, f, a[f], b[f]);
        g |= level << 4 * f;
        bound += s->ratio[f][level] - s->best[f];
    }
    if (bound < least && !ruled) return bound;
    *pattern = g;
    return link_scorer_weight(s, model, g);
}

uint64_t kith_link_pattern(const kith_link_data *data, kith_link_memo *memo, uint32_t i, uint32_t j) {
    const uint32_t *a = data->ids + (size_t)i * data->stride, *b = data->ids + (size_t)j * data->stride;
    const kith_link_model *model = data->model;
    uint64_t pattern = 0;
    uint32_t skip = 0;
    for (uint32_t f = model->n_fields; f-- > 0;) { /* swaps stand behind the names that they are about */
        const kith_link_field *field = &model->field[f];
        uint64_t level;
        if (field->kind == KITH_LINK_SWAP) {
            level = swap_level(data, f, a, b);
            if (level >= 6) skip |= UINT32_C(1) << field->swap[0] | UINT32_C(1) << field->swap[1]; /* told once, here */
        } else if (!a[f] || !b[f] || field->kind == KITH_LINK_IGNORE || skip >> f & 1) {
            level = 0;
        } else {
            level = a[f] == b[f]                     ? equal_level(field, &data->values[f], a[f])
                    : field->kind == KITH_LINK_EMAIL ? email_level(data, memo, f, a, b)
                                                     : unequal_level(data, memo, f, a[f], b[f]);
        }
        pattern |= level << 4 * f;
    }
    return pattern;
}
