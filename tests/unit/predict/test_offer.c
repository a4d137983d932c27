/* Offers: against every plan of small problems, against the exact optimum of tied ones; draws against their propensities. */
#include "unit.h"

#include <kith/learned.h>
#include <kith/offer.h>
#include <math.h>
#include <string.h>

static kith_arena *arena;
static kith_error err;

enum { PEOPLE = 7, OPTIONS = 3 };
static double value[PEOPLE * OPTIONS];
static const double cost[OPTIONS] = {2, 1, .5};
static const int32_t offers[OPTIONS] = {0, 0, 1}, lines_of[OPTIONS] = {0, -1, 1};
static const double limit[] = {2, 3};

static double best_plan(int person, double budget, const double *left) {
    if (person == PEOPLE) return 0;
    double best = best_plan(person + 1, budget, left);
    for (int k = 0; k < OPTIONS; k++) {
        double rest[2] = {left[0], left[1]};
        if (cost[k] > budget || value[person * OPTIONS + k] <= KITH_NOT_OFFERED) continue;
        if (lines_of[k] >= 0 && --rest[lines_of[k]] < 0) continue;
        double v = value[person * OPTIONS + k] + best_plan(person + 1, budget - cost[k], rest);
        best = v > best ? v : best;
    }
    return best;
}

static void small_problems_are_near_the_best_plan(void **state) {
    (void)state;
    double sum = 0, sum_best = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        kith_random r;
        kith_random_start(&r, seed, "test", 0);
        for (int i = 0; i < PEOPLE * OPTIONS; i++) value[i] = kith_random_unit(&r) < .1 ? KITH_NOT_OFFERED : 10 * kith_random_unit(&r);
        kith_offer_problem p = {.people = PEOPLE, .options = OPTIONS, .value = value, .cost = cost, .offer = offers, .budget = 4, .lines = 2,
                                .limit = limit, .of = lines_of, .most_lines = 1, .contacts = 1, .seed = seed};
        kith_offer_plan plan;
        assert_int_equal(kith_offer_plan_make(&p, arena, &plan, &err), KITH_OK);
        double best = best_plan(0, 4, limit), used[2] = {0, 0};
        for (size_t i = 0; i < plan.n; i++) {
            if (i) assert_true(plan.contacts[i].person > plan.contacts[i - 1].person);
            if (lines_of[plan.contacts[i].option] >= 0) used[lines_of[plan.contacts[i].option]]++;
        }
        assert_true(plan.cost <= 4 && used[0] <= 2 && used[1] <= 3);
        assert_true(plan.value <= best + 1e-9 && best <= plan.bound + 1e-9);
        sum += plan.value;
        sum_best += best;
    }
    assert_true(sum > .95 * sum_best); /* seven people: one contact is a seventh of everything */
}

static void ties_are_shared_out_to_the_optimum(void **state) {
    /* 9,000 people, all alike: option 0 is worth 4 for 2, option 1 worth 3 for 1. Budget 12,000: 1·y + 2·x, x + y = 9,000, so x = 3,000 */
    (void)state;
    enum { N = 9000 };
    double *v = kith_arena_alloc(arena, 2 * N * sizeof *v);
    assert_non_null(v);
    for (int i = 0; i < N; i++) {
        v[2 * i] = 4;
        v[2 * i + 1] = 3;
    }
    static const double price[] = {2, 1};
    static const int32_t which[] = {0, 1};
    uint64_t *same = kith_arena_zalloc(arena, N * sizeof *same); /* keys that do not tell people apart either */
    assert_non_null(same);
    for (int k = 0; k < 3; k++) {
        kith_offer_problem p = {.people = N, .options = 2, .value = v, .cost = price, .offer = which, .budget = 12000, .contacts = 1, .seed = 1,
                                .threads = k == 1 ? 3 : 1, .key = k == 2 ? same : NULL};
        kith_offer_plan plan;
        assert_int_equal(kith_offer_plan_make(&p, arena, &plan, &err), KITH_OK);
        assert_true(plan.cost <= 12000);
        assert_true(plan.value >= 30000 * (1 - 1e-4) && plan.value <= 30000); /* 3,000·4 + 6,000·3 */
        assert_true(plan.bound >= 30000 - 1e-6 && plan.bound <= 30000 * (1 + 1e-4));
    }
}

/* The best of all plans whose floors hold in whole contacts, rounded down, by enumeration. */
typedef struct floored {
    const kith_offer_problem *p;
    double left, limit[2], value, best;
    size_t in_group[3], n;
} floored;

static void best_floored(floored *f, size_t person) {
    const kith_offer_problem *p = f->p;
    if (person == p->people) {
        for (size_t g = 0; g < p->groups; g++)
            if ((double)f->in_group[g] < floor(p->floor[g] * (double)f->n)) return;
        if (f->value > f->best) f->best = f->value;
        return;
    }
    best_floored(f, person + 1);
    for (size_t k = 0; k < p->options; k++) {
        double v = p->value[person * p->options + k], none = 1, *limit_of = p->of[k] >= 0 ? &f->limit[p->of[k]] : &none;
        if (p->cost[k] > f->left || v <= KITH_NOT_OFFERED || *limit_of < 1) continue;
        *f = (floored){p, f->left - p->cost[k], {f->limit[0], f->limit[1]}, f->value + v, f->best, {f->in_group[0], f->in_group[1], f->in_group[2]}, f->n + 1};
        if (p->of[k] >= 0) f->limit[p->of[k]]--;
        f->in_group[p->group[person]]++;
        best_floored(f, person + 1);
        if (p->of[k] >= 0) f->limit[p->of[k]]++;
        f->in_group[p->group[person]]--;
        f->left += p->cost[k];
        f->value -= v;
        f->n--;
    }
}

static void floors_hold_in_small_problems(void **state) {
    (void)state;
    double sum = 0, sum_best = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        kith_random r;
        kith_random_start(&r, seed, "floors", 0);
        double floors[3], left = 1;
        int32_t group[PEOPLE];
        for (int i = 0; i < PEOPLE * OPTIONS; i++) value[i] = kith_random_unit(&r) < .3 ? KITH_NOT_OFFERED : 10 * kith_random_unit(&r) - 1;
        for (int i = 0; i < PEOPLE; i++) group[i] = (int32_t)kith_random_below(&r, 3);
        for (int g = 0; g < 3; g++) left -= floors[g] = .8 * left * kith_random_unit(&r);
        kith_offer_problem p = {.people = PEOPLE, .options = OPTIONS, .value = value, .cost = cost, .offer = offers, .lines = 2, .limit = limit, .of = lines_of,
                                .budget = 1 + (double)kith_random_below(&r, 8), .most_lines = 1, .contacts = 1, .seed = seed, .group = group, .groups = 3, .floor = floors};
        kith_offer_plan plan;
        assert_int_equal(kith_offer_plan_make(&p, arena, &plan, &err), KITH_OK);
        size_t in_group[3] = {0}, used[2] = {0};
        for (size_t i = 0; i < plan.n; i++) {
            if (i) assert_true(plan.contacts[i].person > plan.contacts[i - 1].person);
            in_group[group[plan.contacts[i].person]]++;
            if (lines_of[plan.contacts[i].option] >= 0) used[lines_of[plan.contacts[i].option]]++;
        }
        for (int g = 0; g < 3; g++) assert_true((double)in_group[g] >= floor(floors[g] * (double)plan.n));
        assert_true(plan.cost <= p.budget && (double)used[0] <= limit[0] && (double)used[1] <= limit[1]);
        floored f = {.p = &p, .left = p.budget, .limit = {limit[0], limit[1]}};
        best_floored(&f, 0);
        assert_true(plan.value <= f.best + 1e-9 && f.best <= plan.bound + 1e-9);
        sum += plan.value;
        sum_best += f.best;
    }
    assert_true(sum > .95 * sum_best);
}

static void a_floor_that_capacity_holds_down_holds_the_others_down(void **state) {
    /* Group 1 can have option 0 only, five times at most; its floor is a tenth. floor(n / 10) <= 5 as long as n <= 59: all 5 and 54 of the 180
     * others, who are all alike, so that prices do not tell them apart. With a person of no group among the others nothing changes. */
    (void)state;
    enum { N = 200, OF_GROUP = 20 };
    static double v[N * 2];
    static int32_t group[N];
    static const double no_cost[] = {0, 0}, five[] = {5}, tenth[] = {0, .1};
    static const int32_t which[] = {0, 1}, line[] = {0, -1};
    for (int threads = 1; threads <= 3; threads += 2) {
        for (int i = 0; i < N; i++) {
            group[i] = i < OF_GROUP ? 1 : i < N - 10 ? 0 : -1;
            v[2 * i] = group[i] == 1 ? 3 : KITH_NOT_OFFERED;
            v[2 * i + 1] = group[i] == 1 ? KITH_NOT_OFFERED : 1;
        }
        kith_offer_problem p = {.people = N, .options = 2, .value = v, .cost = no_cost, .offer = which, .budget = INFINITY, .lines = 1, .limit = five, .of = line,
                                .most_lines = 1, .contacts = 1, .seed = 1, .group = group, .groups = 2, .floor = tenth, .threads = threads};
        kith_offer_plan plan;
        assert_int_equal(kith_offer_plan_make(&p, arena, &plan, &err), KITH_OK);
        assert_int_equal(plan.n, 59);
        assert_true(plan.value == 5 * 3 + 54 && plan.bound >= plan.value - 1e-9);
        /* before rounding to whole contacts n / 10 - 1 <= 5; prices are those of the smoothed dual, off by at most T log 2 a person */
        assert_true(plan.bound <= 5 * 3 + (5 + 1) / .1 - 5 + N * 2e-5 * (OF_GROUP * 3 + N - OF_GROUP) / N * log(2));
    }
}

static void groups_too_many_for_the_contacts_leave_a_plan(void **state) {
    /* 100 people, each a group of their own with a floor of .8/100, and 10 contacts: .08 of a contact each, so no floor asks for one */
    (void)state;
    enum { N = 100 };
    static double v[N], floors[N];
    static int32_t group[N];
    static const double one[] = {1};
    static const int32_t which[] = {0};
    for (int i = 0; i < N; i++) {
        v[i] = i + 1;
        group[i] = i;
        floors[i] = .8 / N;
    }
    kith_offer_problem p = {.people = N, .options = 1, .value = v, .cost = one, .offer = which, .budget = 10, .contacts = 1, .seed = 1, .group = group,
                            .groups = N, .floor = floors};
    kith_offer_plan plan;
    assert_int_equal(kith_offer_plan_make(&p, arena, &plan, &err), KITH_OK);
    assert_int_equal(plan.n, 10);
    assert_true(plan.value == 10 * (91 + 100) / 2.0); /* the 10 best */
}

static void floors_and_accounts_hold(void **state) {
    (void)state;
    enum { N = 3000 };
    double *v = kith_arena_alloc(arena, N * sizeof *v);
    int32_t *group = kith_arena_alloc(arena, N * sizeof *group);
    uint32_t *unit = kith_arena_alloc(arena, N * sizeof *unit);
    assert_true(v && group && unit);
    kith_random r;
    kith_random_start(&r, 1, "test", 0);
    for (int i = 0; i < N; i++) {
        group[i] = i % 3 == 0;
        v[i] = kith_random_unit(&r) + (group[i] ? 0 : 1); /* group 1 would get nothing */
        unit[i] = (uint32_t)i / 2;
    }
    static const double one[] = {1}, floors[] = {0, .25};
    static const int32_t which[] = {0};
    kith_offer_problem p = {.people = N, .options = 1, .value = v, .cost = one, .offer = which, .budget = 400, .contacts = 1, .seed = 1,
                            .group = group, .groups = 2, .floor = floors, .unit = unit, .units = N / 2};
    kith_offer_plan plan;
    assert_int_equal(kith_offer_plan_make(&p, arena, &plan, &err), KITH_OK);
    double of_group = 0;
    for (size_t i = 0; i < plan.n; i++) {
        of_group += group[plan.contacts[i].person];
        if (i) assert_true(unit[plan.contacts[i].person] != unit[plan.contacts[i - 1].person]);
    }
    assert_int_equal(plan.n, 400);
    assert_true(of_group >= .25 * 400);
    assert_true(plan.value <= plan.bound && plan.value > plan.bound - 2); /* floors are rounded down: the bound is without one contact of group 1 */
}

static void draws_follow_their_propensities(void **state) {
    /* a loose budget: each person's draw depends on nothing else, so over many seeds options come as often as is logged */
    (void)state;
    static const double v[] = {3, 2, 1}, price[] = {1, 1, 1};
    static const int32_t which[] = {0, 1, 2};
    double seen[4] = {0}, logged[4] = {0};
    enum { DRAWS = 20000 };
    for (uint64_t seed = 1; seed <= DRAWS; seed++) {
        kith_offer_problem p = {.people = 1, .options = 3, .value = v, .cost = price, .offer = which, .budget = INFINITY, .contacts = 1, .seed = seed};
        kith_explore e = {.temperature = 1, .least = .1, .log_none = true};
        kith_offer_plan plan;
        kith_arena *own = kith_arena_new();
        assert_non_null(own);
        assert_int_equal(kith_offer_explore(&p, &e, own, &plan, &err), KITH_OK);
        assert_int_equal(plan.n, 1);
        uint32_t k = plan.contacts[0].option == UINT32_MAX ? 3 : plan.contacts[0].option;
        seen[k]++;
        logged[k] = plan.contacts[0].propensity;
        kith_arena_free(own);
    }
    double all = exp(3) + exp(2) + exp(1) + 1;
    for (int k = 0; k < 4; k++) {
        double share = .9 * exp(3 - k) / all + .1 / 4;
        assert_true(fabs(logged[k] - share) < 1e-12);
        assert_true(fabs(seen[k] / DRAWS - share) < 4 * sqrt(share / DRAWS));
    }
}

static void draws_need_a_temperature_a_share_and_one_contact(void **state) {
    (void)state;
    static const double v[] = {3}, price[] = {1};
    static const int32_t which[] = {0};
    static const kith_explore wrong[] = {{.temperature = 0, .least = .1}, {.temperature = -1, .least = .1}, {.temperature = NAN, .least = .1},
                                         {.temperature = 1, .least = -.1}, {.temperature = 1, .least = 1.1}, {.temperature = 1, .least = NAN}};
    kith_offer_problem p = {.people = 1, .options = 1, .value = v, .cost = price, .offer = which, .budget = INFINITY, .contacts = 1};
    kith_offer_plan plan;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_int_equal(kith_offer_explore(&p, &wrong[i], arena, &plan, &err), KITH_USAGE);
    p.contacts = 2;
    assert_int_equal(kith_offer_explore(&p, &(kith_explore){.temperature = 1}, arena, &plan, &err), KITH_USAGE);
}

static void no_people_and_no_limits(void **state) {
    (void)state;
    static const double v[] = {3, -1}, price[] = {1};
    static const int32_t which[] = {0};
    kith_offer_problem p = {.people = 0, .options = 1, .value = v, .cost = price, .offer = which, .budget = 5, .contacts = 1};
    kith_offer_plan plan;
    assert_int_equal(kith_offer_plan_make(&p, arena, &plan, &err), KITH_OK);
    assert_int_equal(plan.n, 0);
    p.people = 2;
    p.budget = INFINITY;
    assert_int_equal(kith_offer_plan_make(&p, arena, &plan, &err), KITH_OK);
    assert_true(plan.n == 1 && plan.value == 3 && plan.bound == 3);
    static const double bad[] = {-1};
    p.cost = bad;
    assert_int_equal(kith_offer_plan_make(&p, arena, &plan, &err), KITH_DATA);
}

static void policies_are_weighed(void **state) {
    (void)state;
    static const double y[] = {1, 0, 1, 1}, p[] = {.5, .5, .25, .75}, w[] = {1, 0, 1, 0}, q[] = {.5, .5, .5, .5};
    kith_measure *m;
    size_t n;
    assert_int_equal(kith_eval_policy(y, p, w, q, q, 4, arena, &m, &n, &err), KITH_OK);
    assert_true(fabs(m[0].value - .75) < 1e-12 && fabs(m[1].value - 1.5) < 1e-12 && fabs(m[2].value - 1) < 1e-12);
    assert_true(fabs(m[3].value - (.5 + (2 * .5 + 4 * .5) / 4)) < 1e-12);
    assert_true(fabs(m[4].value - 36.0 / 20) < 1e-12);
}

int main(void) {
    arena = kith_arena_new();
    if (!arena) return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(small_problems_are_near_the_best_plan), cmocka_unit_test(ties_are_shared_out_to_the_optimum),
                                       cmocka_unit_test(floors_hold_in_small_problems), cmocka_unit_test(a_floor_that_capacity_holds_down_holds_the_others_down),
                                       cmocka_unit_test(groups_too_many_for_the_contacts_leave_a_plan), cmocka_unit_test(floors_and_accounts_hold),
                                       cmocka_unit_test(draws_follow_their_propensities), cmocka_unit_test(draws_need_a_temperature_a_share_and_one_contact),
                                       cmocka_unit_test(no_people_and_no_limits), cmocka_unit_test(policies_are_weighed)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kith_arena_free(arena);
    return failed;
}
