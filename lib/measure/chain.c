/* Absorbing Markov chains over journeys, and removal effects without simulation.
 *
 * The chain is the empirical one, so nothing about the whole has to be solved: visits to a state are counted, not inferred.
 * Let v be the visits per journey, h the chance (or value) of a conversion from a state on, N = (I − P)⁻¹. Taking channel c
 * away ends every journey at its first entry into S, the states whose last touch is c. What is lost is Σ_j e_j h_j over j in
 * S, with e the distribution of that first entry. Two ways lead there:
 *
 *   few states   visits to S come only from first entries: v_S = N_SSᵀ e. One inverse serves all channels; each costs a small
 *                system of its own. I − P is an M-matrix with dominant diagonal: elimination needs no pivots.
 *   many states  the loss d = h − h_c obeys d = P_c d + (flow into S) h: nothing is subtracted, so small effects keep their
 *                digits. Gauss–Seidel from zero rises monotonically to it. With t ≥ 0 such that (I − P) t ≥ ½, the norm of
 *                N is at most 2 max t, so that the residual bounds the error.
 *
 * Tried: ChannelAttribution's simulation (its figure for a rare channel varies from 0 to twice the truth between seeds);
 * a dense solve per channel (12 × the factorisation); sparse LU (the graph is a de Bruijn graph and fills in). */
#include "chain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DENSE_STATES = 400, DENSE_MOST = 3000, SWEEPS = 20000 };

int kith_chain_init(kith_chain *chain, int order, size_t channels, size_t planes, kith_error *err) {
    *chain = (kith_chain){.order = order, .channels = channels, .planes = planes, .modulus = 1};
    for (int i = 0; i < order; i++) {
        if (chain->modulus > UINT64_MAX / (channels + 1) / (channels + 1))
            return kith_fail(err, KITH_DATA, "a Markov chain of order %d over %zu channels has too many states", order, channels);
        if (i + 1 < order) chain->modulus *= channels + 1;
    }
    chain->slots = chain->state_slots = 64;
    chain->slot = calloc(chain->slots, sizeof *chain->slot);
    chain->state_slot = calloc(chain->state_slots, sizeof *chain->state_slot);
    chain->states_room = chain->edges_room = 16;
    chain->code = malloc(16 * sizeof *chain->code);
    chain->last = malloc(16 * sizeof *chain->last);
    chain->visits = calloc(16 * planes, sizeof(double));
    chain->converted = calloc(16 * planes, sizeof(double));
    chain->value = calloc(16 * planes, sizeof(double));
    chain->null = calloc(16 * planes, sizeof(double));
    chain->from = malloc(16 * sizeof *chain->from);
    chain->to = malloc(16 * sizeof *chain->to);
    chain->weight = calloc(16 * planes, sizeof(double));
    if (!chain->slot || !chain->state_slot || !chain->code || !chain->last || !chain->visits || !chain->converted || !chain->value ||
        !chain->null || !chain->from || !chain->to || !chain->weight)
        return kith_no_memory(err);
    chain->states = 1;
    chain->code[0] = 0;
    chain->last[0] = (uint16_t)channels;
    return KITH_OK;
}

void kith_chain_free(kith_chain *chain) {
    free(chain->slot);
    free(chain->state_slot);
    free(chain->code);
    free(chain->last);
    free(chain->visits);
    free(chain->converted);
    free(chain->value);
    free(chain->null);
    free(chain->from);
    free(chain->to);
    free(chain->weight);
    *chain = (kith_chain){0};
}

static uint64_t scatter(uint64_t key) {
    key *= UINT64_C(0x9E3779B97F4A7C15);
    return key ^ key >> 32;
}

static bool grow(void *array, size_t from, size_t to, size_t size) {
    char *more = realloc(*(void **)array, to * size);
    if (!more) return false;
    memset(more + from * size, 0, (to - from) * size);
    *(void **)array = more;
    return true;
}

static bool rehash(uint32_t **table, size_t *slots, size_t items, const uint64_t *code, const uint32_t *from, const uint32_t *to,
                   const uint16_t *last, size_t channels) {
    if (items * 2 < *slots) return true;
    size_t wide = *slots * 4;
    uint32_t *fresh = calloc(wide, sizeof *fresh);
    if (!fresh) return false;
    for (size_t i = 0; i < items; i++) {
        uint64_t key = from ? from[i] * (uint64_t)channels + last[to[i]] : code[i];
        size_t at = scatter(key) & (wide - 1);
        while (fresh[at]) at = (at + 1) & (wide - 1);
        fresh[at] = (uint32_t)i + 1;
    }
    free(*table);
    *table = fresh;
    *slots = wide;
    return true;
}

static int64_t state_of(kith_chain *chain, uint64_t code, uint16_t touch) {
    size_t at = scatter(code) & (chain->state_slots - 1);
    for (; chain->state_slot[at]; at = (at + 1) & (chain->state_slots - 1))
        if (chain->code[chain->state_slot[at] - 1] == code) return chain->state_slot[at] - 1;
    size_t s = chain->states, room = chain->states_room, planes = chain->planes;
    if (s == UINT32_MAX - 1) return -1;
    if (s == room) {
        size_t more = room * 2;
        if (!grow(&chain->code, room, more, sizeof *chain->code) || !grow(&chain->last, room, more, sizeof *chain->last) ||
            !grow(&chain->visits, room * planes, more * planes, sizeof(double)) ||
            !grow(&chain->converted, room * planes, more * planes, sizeof(double)) ||
            !grow(&chain->value, room * planes, more * planes, sizeof(double)) ||
            !grow(&chain->null, room * planes, more * planes, sizeof(double)))
            return -1;
        chain->states_room = more;
    }
    chain->code[s] = code;
    chain->last[s] = touch;
    chain->states++;
    chain->state_slot[at] = (uint32_t)s + 1;
    if (!rehash(&chain->state_slot, &chain->state_slots, chain->states, chain->code, NULL, NULL, NULL, 0)) return -1;
    return (int64_t)s;
}

int64_t kith_chain_step(kith_chain *chain, uint32_t state, uint16_t touch) {
    uint64_t key = state * (uint64_t)chain->channels + touch;
    size_t at = scatter(key) & (chain->slots - 1);
    for (; chain->slot[at]; at = (at + 1) & (chain->slots - 1)) {
        uint32_t e = chain->slot[at] - 1;
        if (chain->from[e] == state && chain->last[chain->to[e]] == touch) return e;
    }
    if (chain->order == 0) return -1; /* one state, no edges: the caller does not step */
    uint64_t digits = chain->channels + 1;
    int64_t next = state_of(chain, chain->code[state] % chain->modulus * digits + touch + 1, touch);
    if (next < 0) return -1;
    size_t e = chain->edges, room = chain->edges_room;
    if (e == UINT32_MAX - 1) return -1;
    if (e == room) {
        size_t more = room * 2;
        if (!grow(&chain->from, room, more, sizeof *chain->from) || !grow(&chain->to, room, more, sizeof *chain->to) ||
            !grow(&chain->weight, room * chain->planes, more * chain->planes, sizeof(double)))
            return -1;
        chain->edges_room = more;
    }
    chain->from[e] = state;
    chain->to[e] = (uint32_t)next;
    chain->edges++;
    chain->slot[at] = (uint32_t)e + 1;
    if (!rehash(&chain->slot, &chain->slots, chain->edges, NULL, chain->from, chain->to, chain->last, chain->channels)) return -1;
    return (int64_t)e;
}

int kith_chain_count(kith_chain *chain, const kith_paths *paths, kith_error *err) {
    for (size_t i = 0; i < paths->n; i++) {
        double w = paths->conversions[i] + paths->nulls[i];
        if (!(w > 0)) continue;
        uint32_t s = 0;
        chain->visits[0] += w;
        for (uint64_t j = paths->start[i]; j < paths->start[i + 1]; j++) {
            int64_t e = kith_chain_step(chain, s, paths->touch[j]);
            if (e < 0) return kith_no_memory(err);
            chain->weight[e] += w;
            s = chain->to[e];
            chain->visits[s] += w;
        }
        chain->converted[s] += paths->conversions[i];
        chain->value[s] += paths->value[i];
        chain->null[s] += paths->nulls[i];
    }
    return KITH_OK;
}

/* ---- solving -------------------------------------------------------------------------------------------------- */

typedef struct rows {     /* P without the start, by rows; state s is row s − 1 */
    uint32_t n, *first, *to; /* first: n + 1 */
    double *p;
    double *reward[2]; /* per visit: conversions, value */
    uint16_t *last;
    uint32_t *enter; /* entries from the start */
    double *share;
    size_t entries;
} rows;

static int make_rows(const kith_chain *chain, kith_arena *arena, rows *r, kith_error *err) {
    uint32_t n = (uint32_t)chain->states - 1;
    *r = (rows){.n = n};
    r->first = kith_arena_zalloc(arena, (n + 2) * sizeof *r->first);
    r->to = kith_arena_alloc(arena, (chain->edges + 1) * sizeof *r->to);
    r->p = kith_arena_alloc(arena, (chain->edges + 1) * sizeof *r->p);
    r->enter = kith_arena_alloc(arena, (chain->channels + 1) * sizeof *r->enter);
    r->share = kith_arena_alloc(arena, (chain->channels + 1) * sizeof *r->share);
    for (int k = 0; k < 2; k++) r->reward[k] = kith_arena_alloc(arena, (n + 1) * sizeof(double));
    if (!r->first || !r->to || !r->p || !r->enter || !r->share || !r->reward[0] || !r->reward[1]) return kith_no_memory(err);
    r->last = chain->last + 1;
    for (size_t e = 0; e < chain->edges; e++)
        if (chain->from[e]) r->first[chain->from[e] + 1]++;
    for (uint32_t s = 0; s <= n; s++) r->first[s + 1] += r->first[s];
    for (size_t e = 0; e < chain->edges; e++) { /* r->first[s] becomes the end of row s − 1, the start of row s */
        double p = chain->weight[e] / chain->visits[chain->from[e]];
        if (chain->from[e]) {
            uint32_t at = r->first[chain->from[e]]++;
            r->to[at] = chain->to[e] - 1;
            r->p[at] = p;
        } else {
            r->enter[r->entries] = chain->to[e] - 1;
            r->share[r->entries++] = p;
        }
    }
    for (uint32_t s = 0; s < n; s++) {
        r->reward[0][s] = chain->converted[s + 1] / chain->visits[s + 1];
        r->reward[1][s] = chain->value[s + 1] / chain->visits[s + 1];
    }
    return KITH_OK;
}

/* (I − P)⁻¹ in place by Gauss–Jordan without pivots; n × n, by rows. False where the chain never ends. */
static bool inverse(double *a, size_t n) {
    for (size_t k = 0; k < n; k++) {
        double *rk = a + k * n, pivot = rk[k];
        if (!(pivot > 0)) return false;
        rk[k] = 1;
        for (size_t j = 0; j < n; j++) rk[j] /= pivot;
        for (size_t i = 0; i < n; i++) {
            if (i == k) continue;
            double *ri = a + i * n, f = ri[k];
            if (f == 0) continue;
            ri[k] = 0;
            for (size_t j = 0; j < n; j++) ri[j] -= f * rk[j];
        }
    }
    return true;
}

/* Solves the m × m system a x = b in place with partial pivoting. */
static bool solve_small(double *a, double *b, size_t m) {
    for (size_t k = 0; k < m; k++) {
        size_t best = k;
        for (size_t i = k + 1; i < m; i++)
            if (fabs(a[i * m + k]) > fabs(a[best * m + k])) best = i;
        if (a[best * m + k] == 0) return false;
        if (best != k) {
            for (size_t j = k; j < m; j++) {
                double t = a[k * m + j];
                a[k * m + j] = a[best * m + j];
                a[best * m + j] = t;
            }
            double t = b[k];
            b[k] = b[best];
            b[best] = t;
        }
        for (size_t i = k + 1; i < m; i++) {
            double f = a[i * m + k] / a[k * m + k];
            if (f == 0) continue;
            for (size_t j = k + 1; j < m; j++) a[i * m + j] -= f * a[k * m + j];
            b[i] -= f * b[k];
        }
    }
    for (size_t k = m; k-- > 0;) {
        for (size_t j = k + 1; j < m; j++) b[k] -= a[k * m + j] * b[j];
        b[k] /= a[k * m + k];
    }
    return true;
}

static int dense(const kith_chain *chain, const rows *r, kith_arena *arena, double *lost[2], kith_error *err) {
    size_t n = r->n, C = chain->channels;
    double *a = kith_arena_zalloc(arena, n * n * sizeof *a);
    double *h[2] = {kith_arena_zalloc(arena, n * sizeof(double)), kith_arena_zalloc(arena, n * sizeof(double))};
    size_t *set = kith_arena_alloc(arena, n * sizeof *set);
    if (!a || !h[0] || !h[1] || !set) return kith_no_memory(err);
    for (size_t s = 0; s < n; s++) {
        a[s * n + s] = 1;
        for (uint32_t e = r->first[s]; e < r->first[s + 1]; e++) a[s * n + r->to[e]] -= r->p[e];
    }
    if (!inverse(a, n)) return kith_fail(err, KITH_DATA, "journeys that never end");
    for (size_t s = 0; s < n; s++)
        for (size_t j = 0; j < n; j++)
            for (int k = 0; k < 2; k++) h[k][s] += a[s * n + j] * r->reward[k][j];
    size_t most = 0;
    for (size_t c = 0; c < C; c++) {
        size_t m = 0;
        for (size_t s = 0; s < n; s++) m += r->last[s] == c;
        if (m > most) most = m;
    }
    double *small = kith_arena_alloc(arena, (most * most + most + 1) * sizeof *small);
    if (!small) return kith_no_memory(err);
    for (size_t c = 0; c < C; c++) {
        size_t m = 0;
        for (size_t s = 0; s < n; s++)
            if (r->last[s] == c) set[m++] = s;
        double *b = small + m * m;
        for (size_t i = 0; i < m; i++) {
            b[i] = chain->visits[set[i] + 1] / chain->visits[0];
            for (size_t j = 0; j < m; j++) small[i * m + j] = a[set[j] * n + set[i]];
        }
        if (!solve_small(small, b, m)) return kith_fail(err, KITH_DATA, "journeys that never end");
        lost[0][c] = lost[1][c] = 0;
        for (size_t i = 0; i < m; i++)
            for (int k = 0; k < 2; k++) lost[k][c] += b[i] * h[k][set[i]];
    }
    return KITH_OK;
}

/* x = b + P x over the states whose last touch is not `without`, for `sides` right-hand sides kept side by side; from the
 * x given, until the residual of each side is within its goal, or within the rounding of x. False if that is not reached. */
static bool gauss_seidel(const rows *r, size_t without, int sides, const double *b, double *x, const double goal[2]) {
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double residual[2] = {0, 0}, most[2] = {0, 0};
        for (uint32_t s = r->n; s-- > 0;) {
            if (r->last[s] == without) continue;
            double sum[2] = {b[s * 2], b[s * 2 + 1]}, stay = 0;
            for (uint32_t e = r->first[s]; e < r->first[s + 1]; e++) {
                uint32_t to = r->to[e];
                if (to == s)
                    stay = r->p[e];
                else if (r->last[to] != without) {
                    sum[0] += r->p[e] * x[to * 2];
                    sum[1] += r->p[e] * x[to * 2 + 1];
                }
            }
            for (int k = 0; k < sides; k++) {
                double fresh = sum[k] / (1 - stay), change = fabs(fresh - x[s * 2 + k]) * (1 - stay);
                if (change > residual[k]) residual[k] = change;
                if (fresh > most[k]) most[k] = fresh;
                x[s * 2 + k] = fresh;
            }
        }
        bool done = true;
        for (int k = 0; k < sides; k++) done &= residual[k] <= goal[k] || residual[k] <= 4 * 0x1p-53 * most[k];
        if (done) return true;
    }
    return false;
}

/* KITH_NEGATIVE where the sweeps did not reach the bound. */
static int sweeps(const kith_chain *chain, const rows *r, kith_arena *arena, double *lost[2], kith_error *err) {
    size_t n = r->n, C = chain->channels;
    double *b = kith_arena_alloc(arena, 2 * n * sizeof *b), *h = kith_arena_zalloc(arena, 2 * n * sizeof *h);
    double *x = kith_arena_zalloc(arena, 2 * n * sizeof *x);
    if (!b || !h || !x) return kith_no_memory(err);
    double goal[2] = {.01, .01}, norm = 0, scale[2] = {0, 0};
    for (size_t i = 0; i < 2 * n; i++) b[i] = 1;
    gauss_seidel(r, SIZE_MAX, 1, b, x, goal); /* steps left: (I − P) t ≥ 1 − residual… */
    for (uint32_t s = 0; s < n; s++) {
        double rest = x[s * 2];
        for (uint32_t e = r->first[s]; e < r->first[s + 1]; e++) rest -= r->p[e] * x[r->to[e] * 2];
        if (!(rest >= .5)) return KITH_NEGATIVE; /* … checked, not trusted */
        if (2 * x[s * 2] > norm) norm = 2 * x[s * 2];
    }
    for (size_t s = 0; s < n; s++) {
        b[s * 2] = r->reward[0][s];
        b[s * 2 + 1] = r->reward[1][s];
    }
    scale[0] = scale[1] = 0;
    for (size_t s = 0; s < n; s++) {
        scale[0] += chain->converted[s + 1] / chain->visits[0];
        scale[1] += chain->value[s + 1] / chain->visits[0];
    }
    for (int k = 0; k < 2; k++) goal[k] = 1e-13 * scale[k] / norm;
    memset(h, 0, 2 * n * sizeof *h);
    if (!gauss_seidel(r, SIZE_MAX, 2, b, h, goal)) return KITH_NEGATIVE;
    for (size_t c = 0; c < C; c++) {
        for (size_t s = 0; s < n; s++) {
            b[s * 2] = b[s * 2 + 1] = x[s * 2] = x[s * 2 + 1] = 0;
            if (r->last[s] == c) continue;
            for (uint32_t e = r->first[s]; e < r->first[s + 1]; e++)
                if (r->last[r->to[e]] == c)
                    for (int k = 0; k < 2; k++) b[s * 2 + k] += r->p[e] * h[r->to[e] * 2 + k];
        }
        if (!gauss_seidel(r, c, 2, b, x, goal)) return KITH_NEGATIVE;
        lost[0][c] = lost[1][c] = 0;
        for (size_t i = 0; i < r->entries; i++)
            for (int k = 0; k < 2; k++)
                lost[k][c] += r->share[i] * (r->last[r->enter[i]] == c ? h : x)[r->enter[i] * 2 + k];
    }
    return KITH_OK;
}

int kith_chain_removal(const kith_chain *chain, double *of_conversions, double *of_value, kith_error *err) {
    kith_arena *arena = kith_arena_new();
    if (!arena) return kith_no_memory(err);
    rows r;
    double *lost[2] = {of_conversions, of_value};
    int status = make_rows(chain, arena, &r, err);
    if (status == KITH_OK) {
        status = r.n <= DENSE_STATES ? dense(chain, &r, arena, lost, err) : sweeps(chain, &r, arena, lost, err);
        if (status == KITH_NEGATIVE)
            status = r.n <= DENSE_MOST ? dense(chain, &r, arena, lost, err)
                                       : kith_fail(err, KITH_DATA, "journeys too long for a chain of %u states: take a lower order",
                                                   (unsigned)r.n);
    }
    if (status == KITH_OK) {
        double total[2] = {0, 0};
        for (size_t s = 1; s < chain->states; s++) {
            total[0] += chain->converted[s] / chain->visits[0];
            total[1] += chain->value[s] / chain->visits[0];
        }
        for (int k = 0; k < 2; k++)
            for (size_t c = 0; c < chain->channels; c++) lost[k][c] = total[k] > 0 ? lost[k][c] / total[k] : 0;
    }
    kith_arena_free(arena);
    return status;
}
