/* The dual of an allocation, smoothed, and its minimum.
 *
 *   D(π) = π·b + Σ over units of  T·log(1 + Σ exp(r/T)),   r = value − price of the option (+ what a floor adds)
 *
 * For one contact a unit the shares are a softmax with "nothing" among the choices. For k contacts each offer has its own
 * softmax, and a price of the unit's own, found by bisection, keeps the sum of the shares at k. Gradient and Hessian come from
 * one pass over the units, in chunks that are added in order. Newton with a projection on prices ≥ 0, at temperatures falling by
 * four, starts on a sample of the units: most of the way costs a few thousandths of a pass. */
#include "offer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 8192, CHUNK = 2048, CHUNKS_MOST = 128 };
static const double FAR = 24; /* shares below e^−24 are nothing */

int allocation_make(allocation *a, const kith_offer_problem *p, kith_arena *arena, kith_error *err) {
    *a = (allocation){.p = p, .units = p->unit ? p->units : p->people, .m = 1 + p->lines + p->groups, .step = 1};
    if (p->people > UINT32_MAX - 1 || p->options > UINT32_MAX - 1) return kith_fail(err, KITH_DATA, "more people or options than fit");
    for (size_t k = 0; k < p->options; k++)
        if (!(p->cost[k] >= 0) || isinf(p->cost[k])) return kith_fail(err, KITH_DATA, "option %zu: a cost must be a number from 0", k + 1);
    a->first = kith_arena_zalloc(arena, (a->units + 2) * sizeof *a->first);
    a->member = kith_arena_alloc(arena, (p->people + 1) * sizeof *a->member);
    a->rhs = kith_arena_zalloc(arena, a->m * sizeof *a->rhs);
    a->price = kith_arena_zalloc(arena, a->m * sizeof *a->price);
    a->option_price = kith_arena_alloc(arena, (p->options + 1) * sizeof *a->option_price);
    a->group_price = kith_arena_alloc(arena, (p->groups + 1) * sizeof *a->group_price);
    if (!a->first || !a->member || !a->rhs || !a->price || !a->option_price || !a->group_price) return kith_no_memory(err);
    for (size_t i = 0; i < p->people; i++) a->first[(p->unit ? p->unit[i] : i) + 1]++;
    for (size_t u = 0; u < a->units; u++) {
        size_t width = a->first[u + 1] * p->options;
        if (width > a->widest) a->widest = width;
        a->first[u + 1] += a->first[u];
    }
    for (size_t i = p->people; i-- > 0;) { /* backwards: members stay in the order of the file */
        size_t u = p->unit ? p->unit[i] : i;
        a->member[--a->first[u + 1]] = (uint32_t)i;
    }
    for (size_t u = 0; u < a->units; u++) a->first[u] = a->first[u + 1];
    a->first[a->units] = p->people;
    a->rhs[0] = p->budget;
    for (size_t k = 0; k < p->lines; k++) a->rhs[1 + k] = p->limit[k];
    for (size_t g = 0; g < p->groups; g++) a->rhs[1 + p->lines + g] = 1; /* floors are rounded down: less than one contact may be missing */
    double sum = 0, n = 0;
    for (size_t i = 0; i < p->people; i++) {
        double best = 0;
        for (size_t k = 0; k < p->options; k++) {
            double v = p->value[i * p->options + k];
            if (!isfinite(v)) return kith_fail(err, KITH_DATA, "a value is not finite");
            if (v > best) best = v;
        }
        if (best > 0) {
            sum += best;
            n++;
        }
    }
    a->scale = n > 0 ? sum / n : 1;
    size_t m2 = a->m * a->m;
    a->chunks = a->units / CHUNK + 1;
    if (a->chunks > CHUNKS_MOST) a->chunks = CHUNKS_MOST;
    a->value = kith_arena_alloc(arena, a->chunks * sizeof *a->value);
    a->gradient = kith_arena_alloc(arena, a->chunks * a->m * sizeof *a->gradient);
    a->hessian = kith_arena_alloc(arena, a->chunks * m2 * sizeof *a->hessian);
    return a->value && a->gradient && a->hessian ? KITH_OK : kith_no_memory(err);
}

void allocation_prices(allocation *a) {
    const kith_offer_problem *p = a->p;
    for (size_t k = 0; k < p->options; k++) {
        double price = a->price[0] * p->cost[k];
        for (size_t l = 0; l < p->most_lines; l++) {
            int32_t line = p->of[k * p->most_lines + l];
            if (line >= 0) price += a->price[1 + line];
        }
        a->option_price[k] = price;
    }
    double all = 0;
    for (size_t g = 0; g < p->groups; g++) all += a->price[1 + p->lines + g] * p->floor[g];
    for (size_t g = 0; g < p->groups; g++) a->group_price[g] = a->price[1 + p->lines + g] - all;
    a->group_price[p->groups] = -all; /* people of no group */
}

size_t allocation_items(const allocation *a, size_t unit, offer_item *items) {
    const kith_offer_problem *p = a->p;
    size_t n = 0, options = p->options;
    double least = -FAR * a->temperature, most = -INFINITY;
    for (size_t i = a->first[unit]; i < a->first[unit + 1]; i++) {
        uint32_t person = a->member[i];
        const double *v = p->value + (size_t)person * options;
        double add = p->groups == 0 ? 0 : a->group_price[p->group[person] >= 0 ? (size_t)p->group[person] : p->groups];
        for (size_t k = 0; k < options; k++) {
            double r = v[k] - a->option_price[k];
            most = r + add > most ? r + add : most;
        }
        if (!(most > least)) continue; /* what is far below nothing has no share … */
        double limit = p->contacts <= 1 && most + least > least ? most + least : least; /* … nor what is far below the best */
        for (size_t k = 0; k < options; k++) {
            double r = v[k] - a->option_price[k] + add;
            if (r > limit || (r == limit && a->temperature == 0)) items[n++] = (offer_item){person, (uint32_t)k, r, 0};
        }
    }
    return n;
}

static double one_share(double T, offer_item *items, size_t n) {
    double most = 0, sum;
    for (size_t i = 0; i < n; i++) most = items[i].r > most ? items[i].r : most;
    sum = most > FAR * T ? 0 : exp(-most / T);
    for (size_t i = 0; i < n; i++) {
        double d = (items[i].r - most) / T;
        items[i].p = d > -FAR ? (d == 0 ? 1 : exp(d)) : 0;
        sum += items[i].p;
    }
    for (size_t i = 0; i < n; i++) items[i].p /= sum;
    return most + T * log(sum);
}

/* The shares of several contacts with the unit's own price; items of one person and offer stand together. */
static double many_shares(const allocation *a, offer_item *items, size_t n, double own) {
    const double T = a->temperature;
    double total = 0;
    for (size_t i = 0, j; i < n; i = j) {
        double most = 0;
        for (j = i; j < n && items[j].person == items[i].person && a->p->offer[items[j].option] == a->p->offer[items[i].option]; j++)
            if (items[j].r - own > most) most = items[j].r - own;
        double sum = exp(-most / T);
        for (size_t k = i; k < j; k++) {
            items[k].p = exp((items[k].r - own - most) / T);
            sum += items[k].p;
        }
        for (size_t k = i; k < j; k++) items[k].p /= sum;
        total += most + T * log(sum);
    }
    return total;
}

static int by_offer(const offer_item *a, const offer_item *b, const int32_t *offer) {
    if (a->person != b->person) return a->person < b->person ? -1 : 1;
    if (offer[a->option] != offer[b->option]) return offer[a->option] < offer[b->option] ? -1 : 1;
    return a->option < b->option ? -1 : a->option > b->option;
}

static void sort_items(offer_item *items, size_t n, const int32_t *offer) { /* few: insertion */
    for (size_t i = 1; i < n; i++) {
        offer_item x = items[i];
        size_t j = i;
        for (; j > 0 && by_offer(&items[j - 1], &x, offer) > 0; j--) items[j] = items[j - 1];
        items[j] = x;
    }
}

double allocation_shares(const allocation *a, offer_item *items, size_t n) {
    if (n == 0) return 0;
    if (a->p->contacts <= 1) return one_share(a->temperature, items, n);
    sort_items(items, n, a->p->offer);
    double total = many_shares(a, items, n, 0), sum = 0, most = 0, k = a->p->contacts;
    for (size_t i = 0; i < n; i++) {
        sum += items[i].p;
        most = items[i].r > most ? items[i].r : most;
    }
    if (sum <= k) return total;
    double low = 0, high = most + FAR * a->temperature;
    for (int step = 0; step < 60; step++) {
        double middle = (low + high) / 2;
        many_shares(a, items, n, middle);
        sum = 0;
        for (size_t i = 0; i < n; i++) sum += items[i].p;
        if (sum > k) low = middle;
        else high = middle;
    }
    return high * k + many_shares(a, items, n, high);
}

/* The unit's part of the dual itself: the best contacts it may have. */
static double best_of(const allocation *a, offer_item *items, size_t n) {
    double total = 0;
    if (a->p->contacts <= 1) {
        for (size_t i = 0; i < n; i++) total = items[i].r > total ? items[i].r : total;
        return total;
    }
    sort_items(items, n, a->p->offer);
    size_t kept = 0;
    for (size_t i = 0, j; i < n; i = j) { /* the best channel of each offer */
        double most = 0;
        for (j = i; j < n && items[j].person == items[i].person && a->p->offer[items[j].option] == a->p->offer[items[i].option]; j++)
            most = items[j].r > most ? items[j].r : most;
        items[kept++].r = most;
    }
    for (int k = 0; k < a->p->contacts; k++) {
        size_t best = 0;
        for (size_t i = 1; i < kept; i++)
            if (items[i].r > items[best].r) best = i;
        if (kept == 0 || items[best].r <= 0) break;
        total += items[best].r;
        items[best].r = 0;
    }
    return total;
}

/* The constraints an item counts in, with their coefficients. */
static size_t coefficients(const allocation *a, const offer_item *item, uint32_t *at, double *by) {
    const kith_offer_problem *p = a->p;
    size_t n = 0;
    if (isfinite(p->budget)) {
        at[n] = 0;
        by[n++] = p->cost[item->option];
    }
    for (size_t l = 0; l < p->most_lines; l++) {
        int32_t line = p->of[item->option * p->most_lines + l];
        if (line < 0) continue;
        at[n] = (uint32_t)(1 + line);
        by[n++] = 1;
    }
    for (size_t g = 0; g < p->groups; g++) {
        at[n] = (uint32_t)(1 + p->lines + g);
        by[n++] = p->floor[g] - (p->group[item->person] == (int32_t)g);
    }
    return n;
}

typedef struct scratch {
    offer_item *items;
    uint32_t *at;
    double *by, *mean;
    uint32_t *touched;
} scratch;

/* Adds a unit's gradient and Hessian: Σ p·a, and Σ p·a·a' − (Σ p·a)(Σ p·a)' over T. */
static void add_unit(const allocation *a, scratch *s, size_t n, double *gradient, double *hessian) {
    const size_t m = a->m;
    bool split = a->p->contacts <= 1;
    size_t touched = 0;
    double most = 0;
    for (size_t i = 0; i < n; i++) most = s->items[i].p > most ? s->items[i].p : most;
    bool sure = most > 1 - 1e-13 && a->p->contacts <= 1;
    for (size_t i = 0; i < n; i++) {
        double share = s->items[i].p;
        if (share < 1e-12) continue;
        size_t c = coefficients(a, &s->items[i], s->at, s->by);
        for (size_t x = 0; x < c; x++) gradient[s->at[x]] -= share * s->by[x];
        if (!hessian || sure) continue;
        double curve = (split ? share : share * (1 - share)) / a->temperature;
        for (size_t x = 0; x < c; x++) {
            double *row = hessian + s->at[x] * m;
            for (size_t y = 0; y < c; y++) row[s->at[y]] += curve * s->by[x] * s->by[y];
            if (!split) continue;
            if (s->mean[s->at[x]] == 0) s->touched[touched++] = s->at[x];
            s->mean[s->at[x]] += share * s->by[x];
        }
    }
    for (size_t x = 0; x < touched; x++)
        for (size_t y = 0; y < touched; y++)
            hessian[s->touched[x] * m + s->touched[y]] -= s->mean[s->touched[x]] * s->mean[s->touched[y]] / a->temperature;
    for (size_t x = 0; x < touched; x++) s->mean[s->touched[x]] = 0;
}

static int pass_chunk(void *ctx, int worker, size_t chunk, kith_error *err) {
    (void)worker;
    allocation *a = ctx;
    size_t m = a->m, sampled = (a->units + a->step - 1) / a->step;
    size_t from = sampled * chunk / a->chunks, to = sampled * (chunk + 1) / a->chunks;
    size_t most = 1 + a->p->most_lines + a->p->groups;
    scratch s = {.items = malloc((a->widest + 1) * sizeof *s.items), .at = malloc(most * sizeof *s.at), .by = malloc(most * sizeof *s.by),
                 .mean = calloc(m, sizeof *s.mean), .touched = malloc((a->widest + 1) * most * sizeof *s.touched)};
    int status = s.items && s.at && s.by && s.mean && s.touched ? KITH_OK : kith_no_memory(err);
    double sum = 0, *gradient = a->gradient + chunk * m, *hessian = a->want_hessian ? a->hessian + chunk * m * m : NULL;
    memset(gradient, 0, m * sizeof *gradient);
    if (hessian) memset(hessian, 0, m * m * sizeof *hessian);
    for (size_t u = from; u < to && status == KITH_OK; u++) {
        size_t n = allocation_items(a, u * a->step, s.items);
        if (n == 0) continue;
        if (a->temperature == 0) {
            sum += best_of(a, s.items, n);
        } else {
            sum += allocation_shares(a, s.items, n);
            add_unit(a, &s, n, gradient, hessian);
        }
    }
    a->value[chunk] = sum;
    free(s.items);
    free(s.at);
    free(s.by);
    free(s.mean);
    free(s.touched);
    return status;
}

static int evaluate(allocation *a, double *value, double *gradient, double *hessian, kith_error *err) {
    size_t m = a->m, sampled = (a->units + a->step - 1) / a->step;
    double part = a->units ? (double)sampled / (double)a->units : 1;
    a->want_hessian = hessian != NULL;
    allocation_prices(a);
    KITH_TRY(kith_parallel(a->p->threads > 0 ? a->p->threads : 1, a->chunks, pass_chunk, a, err));
    if (a->step == 1) a->passes++;
    *value = 0;
    for (size_t k = 0; k < m; k++) {
        bool bound = isfinite(a->rhs[k]);
        if (bound) *value += a->price[k] * a->rhs[k] * part;
        gradient[k] = bound ? a->rhs[k] * part : 0;
    }
    for (size_t c = 0; c < a->chunks; c++) {
        *value += a->value[c];
        for (size_t k = 0; k < m; k++) gradient[k] += isfinite(a->rhs[k]) ? a->gradient[c * m + k] : 0;
    }
    if (!hessian) return KITH_OK;
    memset(hessian, 0, m * m * sizeof *hessian);
    for (size_t c = 0; c < a->chunks; c++)
        for (size_t k = 0; k < m * m; k++) hessian[k] += a->hessian[c * m * m + k];
    return KITH_OK;
}

int allocation_bound(allocation *a, double *bound, kith_error *err) {
    double kept = a->temperature, *gradient = malloc(a->m * sizeof *gradient);
    if (!gradient) return kith_no_memory(err);
    a->temperature = 0;
    a->step = 1;
    int status = evaluate(a, bound, gradient, NULL, err);
    a->temperature = kept;
    free(gradient);
    return status;
}

/* Solves (H + ridge) d = −g over the free prices; the others do not move. */
static void newton_step(const allocation *a, const double *h, const double *g, const bool *free_, double *d, double *work) {
    size_t m = a->m;
    for (size_t ridge = 0;; ridge++) {
        bool good = true;
        for (size_t i = 0; i < m * m; i++) work[i] = h[i];
        for (size_t i = 0; i < m; i++) {
            double add = 1e-9 * h[i * m + i] + 1e-14 / (a->scale + 1e-300);
            for (size_t k = 0; k < ridge; k++) add *= 100;
            work[i * m + i] += add;
        }
        for (size_t j = 0; j < m && good; j++) {
            if (!free_[j]) continue;
            double sum = work[j * m + j];
            for (size_t k = 0; k < j; k++)
                if (free_[k]) sum -= work[j * m + k] * work[j * m + k];
            if (!(sum > 0)) {
                good = false;
                break;
            }
            work[j * m + j] = sqrt(sum);
            for (size_t i = j + 1; i < m; i++) {
                if (!free_[i]) continue;
                double t = work[i * m + j];
                for (size_t k = 0; k < j; k++)
                    if (free_[k]) t -= work[i * m + k] * work[j * m + k];
                work[i * m + j] = t / work[j * m + j];
            }
        }
        if (!good && ridge < 8) continue;
        for (size_t i = 0; i < m; i++) {
            d[i] = 0;
            if (!free_[i]) continue;
            double sum = -g[i];
            for (size_t k = 0; k < i; k++)
                if (free_[k]) sum -= work[i * m + k] * d[k];
            d[i] = sum / work[i * m + i];
        }
        for (size_t i = m; i-- > 0;) {
            if (!free_[i]) continue;
            double sum = d[i];
            for (size_t k = i + 1; k < m; k++)
                if (free_[k]) sum -= work[k * m + i] * d[k];
            d[i] = sum / work[i * m + i];
        }
        return;
    }
}

/* Newton at one temperature until the constraints that have a price are met to `precision` of their right-hand side. */
static int settle(allocation *a, double precision, double most_cost, double *memory, bool *free_, kith_error *err) {
    size_t m = a->m;
    double *g = memory, *next = memory + m, *d = memory + 2 * m, *from = memory + 3 * m, *h = memory + 4 * m, *work = h + m * m;
    double value, there;
    size_t sampled = (a->units + a->step - 1) / a->step;
    double part = a->units ? (double)sampled / (double)a->units : 1;
    KITH_TRY(evaluate(a, &value, g, h, err));
    for (int step = 0; step < 60; step++) {
        double worst = 0;
        for (size_t k = 0; k < m; k++) {
            free_[k] = isfinite(a->rhs[k]) && !(a->price[k] <= 0 && g[k] >= 0);
            if (!free_[k]) continue;
            double size = k > a->p->lines ? (double)sampled : a->rhs[k] * part;
            double off = fabs(g[k]) / (size > 1e-300 ? size : 1);
            worst = off > worst ? off : worst;
        }
        if (worst <= precision) return KITH_OK;
        newton_step(a, h, g, free_, d, work);
        double longest = 0; /* in values: no price moves an option by more than 200 temperatures */
        for (size_t k = 0; k < m; k++) {
            double moves = fabs(d[k]) * (k == 0 ? most_cost : 1);
            longest = moves > longest ? moves : longest;
        }
        double length = longest > 200 * a->temperature ? 200 * a->temperature / longest : 1;
        memcpy(from, a->price, m * sizeof *from);
        bool better = false;
        for (int halving = 0; halving < 30 && !better; halving++, length /= halving < 3 ? 2 : 4) {
            double slope = 0;
            for (size_t k = 0; k < m; k++) {
                a->price[k] = from[k] + length * d[k];
                if (a->price[k] < 0) a->price[k] = 0;
                slope += g[k] * (a->price[k] - from[k]);
            }
            KITH_TRY(evaluate(a, &there, next, h, err));
            better = there <= value + 1e-4 * slope + 1e-14 * fabs(value);
        }
        if (!better) {
            memcpy(a->price, from, m * sizeof *from);
            return KITH_OK;
        }
        double gained = value - there;
        value = there;
        memcpy(g, next, m * sizeof *g);
        if (gained <= 1e-13 * fabs(value) && step > 3) return KITH_OK;
    }
    return KITH_OK;
}

int allocation_solve(allocation *a, double lowest, kith_arena *arena, kith_error *err) {
    size_t m = a->m, n = 0;
    double most_cost = 0;
    for (size_t k = 0; k < a->p->options; k++) most_cost = a->p->cost[k] > most_cost ? a->p->cost[k] : most_cost;
    for (size_t k = 0; k < m; k++) n += isfinite(a->rhs[k]);
    double *memory = kith_arena_alloc(arena, (4 * m + 2 * m * m) * sizeof *memory);
    bool *free_ = kith_arena_alloc(arena, m * sizeof *free_);
    if (!memory || !free_) return kith_no_memory(err);
    a->temperature = lowest * a->scale;
    if (n == 0 || a->units == 0) return KITH_OK;
    size_t step = a->units / SAMPLE;
    double start = .5;
    if (step > 1) {
        a->step = step;
        for (double t = start; t > 2e-3 && t > lowest; t /= 4) {
            a->temperature = t * a->scale;
            KITH_TRY(settle(a, 1e-3, most_cost, memory, free_, err));
        }
        start = .01; /* the sample's prices are off by its noise */
    }
    a->step = 1;
    for (double t = start > lowest ? start : lowest;; t /= 5) {
        bool last = t <= lowest * 1.5;
        a->temperature = (last ? lowest : t) * a->scale;
        KITH_TRY(settle(a, last ? 1e-6 : 1e-3, most_cost, memory, free_, err));
        if (last) return KITH_OK;
    }
}
