/* From prices to a plan that keeps every limit.
 *
 * At the prices most units have one choice that is better than all others: it is taken. The others are indifferent (often
 * thousands, where values are tied): they are walked in the order of their keys, each adds its smoothed shares to a running
 * target per option, and takes the option that lags furthest behind its target and still fits. The totals stay within one
 * contact of the smoothed optimum's, and at equal worth no value is lost. Then groups that are a contact short of their floor are served,
 * and what is left of the budget goes to those who come next at the prices. A floor is a share of all contacts in whole contacts, rounded
 * down: were it rounded up, a group of one person would need a contact in a plan of any size, and many such groups would leave no plan. */
#include "offer.h"

#include <kith/metrics.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LOWEST = 2e-5, SURE = 1e-9;

typedef struct planning {
    allocation a;
    kith_offer_plan *plan;
    size_t room;
    double spent, *used;       /* used: lines */
    size_t *in_group, total;   /* contacts */
    uint8_t *taken;            /* units: contacts they have */
    uint8_t *closed;           /* options that cannot serve a floor */
    offer_item *items;
    uint32_t *loose;           /* units to be settled */
    size_t n_loose;
} planning;

static bool fits(const planning *p, uint32_t option) {
    const kith_offer_problem *o = p->a.p;
    if (p->spent + o->cost[option] > o->budget * (1 + 1e-12)) return false;
    for (size_t l = 0; l < o->most_lines; l++) {
        int32_t line = o->of[option * o->most_lines + l];
        if (line >= 0 && p->used[line] + 1 > o->limit[line]) return false;
    }
    return true;
}

static void count(planning *p, uint32_t person, uint32_t option, double by) {
    const kith_offer_problem *o = p->a.p;
    p->spent += by * o->cost[option];
    for (size_t l = 0; l < o->most_lines; l++) {
        int32_t line = o->of[option * o->most_lines + l];
        if (line >= 0) p->used[line] += by;
    }
    if (o->groups && o->group[person] >= 0) p->in_group[o->group[person]] += (size_t)(long)by;
    p->total += (size_t)(long)by;
    p->plan->value += by * o->value[(size_t)person * o->options + option];
}

static int take(planning *p, size_t unit, uint32_t person, uint32_t option, double propensity, kith_error *err) {
    kith_offer_plan *plan = p->plan;
    if (plan->n == p->room) return kith_fail(err, KITH_DEFECT, "more contacts than units allow");
    plan->contacts[plan->n++] = (kith_contact){person, option, propensity};
    p->taken[unit]++;
    count(p, person, option, 1);
    return KITH_OK;
}

static bool has_offer(const planning *p, size_t since, uint32_t person, int32_t offer) {
    for (size_t i = since; i < p->plan->n; i++)
        if (p->plan->contacts[i].person == person && p->a.p->offer[p->plan->contacts[i].option] == offer) return true;
    return false;
}

static int make(planning *p, const kith_offer_problem *o, kith_arena *arena, kith_offer_plan *plan, kith_error *err) {
    *plan = (kith_offer_plan){0};
    *p = (planning){.plan = plan};
    KITH_TRY(allocation_make(&p->a, o, arena, err));
    p->room = p->a.units * (size_t)(o->contacts > 1 ? o->contacts : 1);
    plan->contacts = kith_arena_alloc(arena, (p->room + 1) * sizeof *plan->contacts);
    p->used = kith_arena_zalloc(arena, (o->lines + 1) * sizeof *p->used);
    p->in_group = kith_arena_zalloc(arena, (o->groups + 1) * sizeof *p->in_group);
    p->taken = kith_arena_zalloc(arena, p->a.units + 1);
    p->closed = kith_arena_zalloc(arena, o->options + 1);
    p->items = kith_arena_alloc(arena, (p->a.widest + 1) * sizeof *p->items);
    p->loose = kith_arena_alloc(arena, (p->a.units + 1) * sizeof *p->loose);
    bool good = plan->contacts && p->used && p->in_group && p->taken && p->closed && p->items && p->loose;
    return good ? KITH_OK : kith_no_memory(err);
}

/* What is sure at the prices; units with a doubt go to the loose ones. */
static int take_sure(planning *p, kith_error *err) {
    for (size_t u = 0; u < p->a.units; u++) {
        size_t n = allocation_items(&p->a, u, p->items);
        if (n == 0) continue;
        allocation_shares(&p->a, p->items, n);
        bool doubt = false;
        for (size_t i = 0; i < n; i++) {
            const offer_item *x = &p->items[i];
            bool sure = x->p > 1 - SURE;
            if (sure && fits(p, x->option)) KITH_TRY(take(p, u, x->person, x->option, 1, err));
            else doubt = doubt || x->p > SURE;
        }
        if (doubt) p->loose[p->n_loose++] = (uint32_t)u;
    }
    return KITH_OK;
}

typedef struct turn {
    uint64_t key;
    uint32_t unit;
} turn;

static int by_key(const void *a, const void *b) {
    const turn *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static uint64_t unit_key(const planning *p, size_t unit) {
    uint32_t person = p->a.member[p->a.first[unit]];
    return kith_hash_mix(p->a.p->seed, p->a.p->key ? p->a.p->key[person] : person);
}

/* Error diffusion over the loose units. */
static int take_loose(planning *p, kith_error *err) {
    const kith_offer_problem *o = p->a.p;
    double *lag = calloc(o->options + 1, sizeof *lag); /* target less taken, per option; last: nothing */
    turn *order = malloc((p->n_loose + 1) * sizeof *order);
    int status = lag && order ? KITH_OK : kith_no_memory(err);
    for (size_t i = 0; i < p->n_loose && status == KITH_OK; i++) order[i] = (turn){unit_key(p, p->loose[i]), p->loose[i]};
    if (status == KITH_OK) qsort(order, p->n_loose, sizeof *order, by_key);
    for (size_t i = 0; i < p->n_loose && status == KITH_OK; i++) {
        size_t u = order[i].unit, n = allocation_items(&p->a, u, p->items), since = p->plan->n;
        allocation_shares(&p->a, p->items, n);
        double nothing = o->contacts > 1 ? o->contacts : 1;
        for (size_t k = 0; k < n; k++) {
            nothing -= p->items[k].p;
            if (p->items[k].p <= 1 - SURE) lag[p->items[k].option] += p->items[k].p;
        }
        lag[o->options] += nothing > 0 ? nothing : 0;
        while (p->taken[u] < (o->contacts > 1 ? o->contacts : 1)) {
            size_t best = n;
            double most = nothing > SURE ? lag[o->options] : -INFINITY;
            for (size_t k = 0; k < n; k++) {
                const offer_item *x = &p->items[k];
                if (x->p <= SURE || x->p > 1 - SURE || lag[x->option] <= most || !fits(p, x->option)) continue;
                if (has_offer(p, since, x->person, o->offer[x->option])) continue;
                most = lag[x->option];
                best = k;
            }
            if (best == n) {
                lag[o->options] -= nothing > SURE;
                break;
            }
            lag[p->items[best].option] -= 1;
            status = take(p, u, p->items[best].person, p->items[best].option, 1, err);
            if (status != KITH_OK) break;
        }
    }
    free(lag);
    free(order);
    return status;
}

/* ---- floors ------------------------------------------------------------------------------------------------- */

/* What a floor asks of a group when there are `total` contacts: whole ones, rounded down. */
static size_t asked(const planning *p, size_t g, size_t total) { return (size_t)floor(p->a.p->floor[g] * (double)total + 1e-9); }

/* A group (but for `except`) that has less than its floor when there are `total` contacts; the number of groups: none. */
static size_t short_one(const planning *p, size_t except, size_t total) {
    size_t g = 0, groups = p->a.p->groups;
    while (g < groups && (g == except || p->in_group[g] >= asked(p, g, total))) g++;
    return g;
}

static double worth_of(const planning *p, uint32_t person, uint32_t option) {
    return p->a.p->value[(size_t)person * p->a.p->options + option] - p->a.option_price[option];
}

static void drop(planning *p, size_t at) {
    kith_contact c = p->plan->contacts[at];
    count(p, c.person, c.option, -1);
    p->taken[p->a.p->unit ? p->a.p->unit[c.person] : c.person]--;
    p->plan->contacts[at] = p->plan->contacts[--p->plan->n];
}

/* A contact of `given` counts in a limit that one of `wanted` would exceed. */
static bool makes_room(const planning *p, uint32_t given, uint32_t wanted) {
    const kith_offer_problem *o = p->a.p;
    if (o->cost[given] > 0 && p->spent + o->cost[wanted] > o->budget * (1 + 1e-12)) return true;
    for (size_t l = 0; l < o->most_lines; l++) {
        int32_t line = o->of[wanted * o->most_lines + l];
        if (line < 0 || p->used[line] + 1 <= o->limit[line]) continue;
        for (size_t k = 0; k < o->most_lines; k++)
            if (o->of[given * o->most_lines + k] == line) return true;
    }
    return false;
}

/* The contact of least worth outside of group g whose group keeps its floor of `total` contacts without it; for an option, of those that
 * make room for it (UINT32_MAX: any). SIZE_MAX: none. */
static size_t least_worth(const planning *p, size_t g, uint32_t wanted, size_t total) {
    const kith_offer_problem *o = p->a.p;
    size_t least = SIZE_MAX;
    double worth = INFINITY;
    for (size_t c = 0; c < p->plan->n; c++) {
        const kith_contact *x = &p->plan->contacts[c];
        int32_t h = o->group[x->person];
        if (h == (int32_t)g || (h >= 0 && p->in_group[h] - 1 < asked(p, (size_t)h, total))) continue;
        if (wanted != UINT32_MAX && !makes_room(p, x->option, wanted)) continue;
        double v = worth_of(p, x->person, x->option);
        if (least != SIZE_MAX && v >= worth) continue;
        worth = v;
        least = c;
    }
    return least;
}

/* The best of group g who has nothing, of the options that are not closed. False: no one. */
static bool best_without(const planning *p, size_t g, uint32_t *person, uint32_t *option) {
    const kith_offer_problem *o = p->a.p;
    double best = -INFINITY;
    for (uint32_t i = 0; i < o->people; i++) {
        if (o->group[i] != (int32_t)g || p->taken[o->unit ? o->unit[i] : i]) continue;
        for (uint32_t k = 0; k < o->options; k++) {
            if (p->closed[k] || o->value[(size_t)i * o->options + k] <= KITH_NOT_OFFERED || worth_of(p, i, k) <= best) continue;
            best = worth_of(p, i, k);
            *person = i;
            *option = k;
        }
    }
    return best > -INFINITY;
}

/* One contact more for group g, in place of those of least worth elsewhere if it must be. False: it cannot get one. */
static bool serve(planning *p, size_t g, uint32_t *person, uint32_t *option) {
    memset(p->closed, 0, p->a.p->options);
    while (best_without(p, g, person, option)) {
        size_t least = 0;
        while (!fits(p, *option) && (least = least_worth(p, g, *option, p->total)) != SIZE_MAX) drop(p, least);
        if (least != SIZE_MAX) return true;
        p->closed[*option] = 1; /* what holds it up are contacts of the group itself, or of others at their floor */
    }
    return false;
}

/* Groups that rounding left short. Where a group can get no more, there are fewer contacts elsewhere until its floor holds. */
static int serve_floors(planning *p, kith_error *err) {
    const kith_offer_problem *o = p->a.p;
    size_t g, serves = 1000 + 2 * o->groups; /* groups could go on taking from each other; without, contacts only become fewer */
    while ((g = short_one(p, o->groups, p->total)) < o->groups) {
        uint32_t person, option;
        if (serves > 0 && serve(p, g, &person, &option)) {
            serves--;
            KITH_TRY(take(p, o->unit ? o->unit[person] : person, person, option, 1, err));
            continue;
        }
        if (p->in_group[g] >= asked(p, g, p->total)) continue; /* room that was made for it in vain was enough */
        size_t least = least_worth(p, g, UINT32_MAX, p->total - 1);
        for (size_t c = 0; c < p->plan->n && least == SIZE_MAX; c++)
            if (o->group[p->plan->contacts[c].person] != (int32_t)g) least = c;
        drop(p, least);
    }
    return KITH_OK;
}

/* What is left goes to those next at the prices, as long as every floor holds. */
static int fill(planning *p, kith_error *err) {
    const kith_offer_problem *o = p->a.p;
    size_t units = p->a.units, n = 0;
    double *worth = malloc((units + 1) * sizeof *worth);
    uint32_t *who = malloc((units + 1) * sizeof *who), *order = malloc((units + 1) * sizeof *order);
    int status = worth && who && order ? KITH_OK : kith_no_memory(err);
    double kept = p->a.temperature;
    p->a.temperature = 40 * kept; /* a wider net: what is a little below nothing too */
    for (size_t u = 0; u < units && status == KITH_OK; u++) {
        if (p->taken[u]) continue;
        size_t m = allocation_items(&p->a, u, p->items);
        double best = -INFINITY;
        for (size_t k = 0; k < m; k++)
            if (o->value[(size_t)p->items[k].person * o->options + p->items[k].option] > 0 && p->items[k].r > best) best = p->items[k].r;
        if (!isfinite(best)) continue;
        worth[n] = best;
        who[n++] = (uint32_t)u;
    }
    if (status == KITH_OK) status = kith_order_down(worth, n, false, order, err);
    for (size_t i = 0; i < n && status == KITH_OK; i++) {
        size_t u = who[order[i]], m = allocation_items(&p->a, u, p->items), best = SIZE_MAX;
        for (size_t k = 0; k < m; k++) {
            const offer_item *x = &p->items[k];
            if (!(o->value[(size_t)x->person * o->options + x->option] > 0) || !fits(p, x->option)) continue;
            if (o->groups && short_one(p, o->group[x->person] >= 0 ? (size_t)o->group[x->person] : o->groups, p->total + 1) < o->groups) continue;
            if (best == SIZE_MAX || x->r > p->items[best].r) best = k;
        }
        if (best != SIZE_MAX) status = take(p, u, p->items[best].person, p->items[best].option, 1, err);
    }
    p->a.temperature = kept;
    free(worth);
    free(who);
    free(order);
    return status;
}

static int by_person(const void *a, const void *b) {
    const kith_contact *x = a, *y = b;
    if (x->person != y->person) return x->person < y->person ? -1 : 1;
    return x->option < y->option ? -1 : x->option > y->option;
}

static int finish(planning *p, kith_arena *arena, kith_error *err) {
    kith_offer_plan *plan = p->plan;
    (void)arena, (void)err;
    qsort(plan->contacts, plan->n, sizeof *plan->contacts, by_person);
    plan->value = plan->cost = 0;
    for (size_t i = 0; i < plan->n; i++) {
        if (plan->contacts[i].option == UINT32_MAX) continue;
        plan->value += p->a.p->value[(size_t)plan->contacts[i].person * p->a.p->options + plan->contacts[i].option];
        plan->cost += p->a.p->cost[plan->contacts[i].option];
    }
    plan->price = p->a.price;
    plan->prices = p->a.m;
    plan->passes = p->a.passes;
    return KITH_OK;
}

int kith_offer_plan_make(const kith_offer_problem *o, kith_arena *arena, kith_offer_plan *plan, kith_error *err) {
    planning p;
    KITH_TRY(make(&p, o, arena, plan, err));
    KITH_TRY(allocation_solve(&p.a, LOWEST, arena, err));
    KITH_TRY(allocation_bound(&p.a, &plan->bound, err));
    allocation_prices(&p.a);
    KITH_TRY(take_sure(&p, err));
    KITH_TRY(take_loose(&p, err));
    KITH_TRY(serve_floors(&p, err));
    for (int pass = 0; pass < 10; pass++) { /* a contact of one group lets others have more */
        size_t before = plan->n;
        KITH_TRY(fill(&p, err));
        if (!o->groups || plan->n == before) break;
    }
    return finish(&p, arena, err);
}

/* ---- exploration -------------------------------------------------------------------------------------------- */

/* One draw. What no longer fits is taken out first; the shares of the rest are what is drawn from, and logged. */
static int draw(planning *p, const kith_explore *e, size_t unit, kith_error *err) {
    const kith_offer_problem *o = p->a.p;
    double most = 0, sum, T = e->temperature, limit = -36 * T;
    size_t n = 0;
    for (size_t i = p->a.first[unit]; i < p->a.first[unit + 1]; i++) {
        uint32_t person = p->a.member[i];
        double add = o->groups == 0 ? 0 : p->a.group_price[o->group[person] >= 0 ? (size_t)o->group[person] : o->groups];
        for (uint32_t k = 0; k < o->options; k++) {
            double v = o->value[(size_t)person * o->options + k];
            if (v <= KITH_NOT_OFFERED || !fits(p, k)) continue;
            p->items[n++] = (offer_item){person, k, v - p->a.option_price[k] + add, 0};
        }
    }
    for (size_t k = 0; k < n; k++) most = p->items[k].r > most ? p->items[k].r : most;
    sum = exp(-most / T);
    for (size_t k = 0; k < n; k++) {
        double d = p->items[k].r - most;
        p->items[k].p = d > limit ? exp(d / T) : 0;
        sum += p->items[k].p;
    }
    double uniform = e->least / (double)(n + 1), at, reached = 0, none = (1 - e->least) * exp(-most / T) / sum + uniform;
    kith_random r;
    kith_random_start(&r, o->seed, "explore", unit_key(p, unit));
    at = kith_random_unit(&r);
    for (size_t k = 0; k < n; k++) {
        double share = (1 - e->least) * p->items[k].p / sum + uniform;
        reached += share;
        if (at < reached) return take(p, unit, p->items[k].person, p->items[k].option, share, err);
    }
    if (!e->log_none || p->a.first[unit + 1] - p->a.first[unit] != 1) return KITH_OK;
    p->plan->contacts[p->plan->n++] = (kith_contact){p->a.member[p->a.first[unit]], UINT32_MAX, none};
    return KITH_OK;
}

int kith_offer_explore(const kith_offer_problem *o, const kith_explore *e, kith_arena *arena, kith_offer_plan *plan,
                       kith_error *err) {
    planning p;
    if (!(e->temperature > 0) || !(e->least >= 0 && e->least <= 1))
        return kith_fail(err, KITH_USAGE, "exploring takes a temperature above 0 and a floor from 0 to 1");
    if (o->contacts > 1) return kith_fail(err, KITH_USAGE, "exploring draws one contact a person");
    KITH_TRY(make(&p, o, arena, plan, err));
    KITH_TRY(allocation_solve(&p.a, e->temperature / p.a.scale, arena, err));
    KITH_TRY(allocation_bound(&p.a, &plan->bound, err));
    allocation_prices(&p.a);
    turn *order = kith_arena_alloc(arena, (p.a.units + 1) * sizeof *order);
    if (!order) return kith_no_memory(err);
    for (size_t u = 0; u < p.a.units; u++) order[u] = (turn){unit_key(&p, u), (uint32_t)u};
    qsort(order, p.a.units, sizeof *order, by_key);
    for (size_t u = 0; u < p.a.units; u++) KITH_TRY(draw(&p, e, order[u].unit, err));
    return finish(&p, arena, err);
}
