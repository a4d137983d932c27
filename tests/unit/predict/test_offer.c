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
    for (int threads = 1; threads <= 3; threads += 2) {
        kith_offer_problem p = {.people = N, .options = 2, .value = v, .cost = price, .offer = which, .budget = 12000, .contacts = 1, .seed = 1, .threads = threads};
        kith_offer_plan plan;
        assert_int_equal(kith_offer_plan_make(&p, arena, &plan, &err), KITH_OK);
        assert_true(plan.cost <= 12000);
        assert_true(plan.value >= 30000 * (1 - 1e-4) && plan.value <= 30000); /* 3,000·4 + 6,000·3 */
        assert_true(plan.bound >= 30000 - 1e-6 && plan.bound <= 30000 * (1 + 1e-4));
    }
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
    assert_true(plan.value <= plan.bound && plan.value > plan.bound * .999);
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
                                       cmocka_unit_test(floors_and_accounts_hold), cmocka_unit_test(draws_follow_their_propensities),
                                       cmocka_unit_test(no_people_and_no_limits), cmocka_unit_test(policies_are_weighed)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kith_arena_free(arena);
    return failed;
}
