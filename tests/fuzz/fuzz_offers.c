/* Any bytes as an offer list, or as what outcomes taught: refused with its place, or a problem whose plan keeps within its bounds. */
#include "fuzz.h"

#include <kith/learned.h>
#include <kith/offer_people.h>

#include <math.h>
#include <string.h>

static const char rows[] = "p1,3,2026-09-30,Hello,yes\np2,,,,no\np3,-1e300,0001-01-01,\xff\xc3,yes\np4,1e9,9999-12-31,x,\np5,2.5,2026-01-01,Hello,yes\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    kith_str names[] = {KITH_STR("id"), KITH_STR("a"), KITH_STR("t"), KITH_STR("s"), KITH_STR("consent")};
    kith_header header = {.n = 5, .names = names, .delimiter = ','};
    const char *path = fuzz_file(bytes, n);
    kith_arena *arena = kith_arena_new();
    kith_offer_list list;
    kith_error err = {0};
    if (!arena) abort();
    int status = kith_offer_list_read(arena, path, &list, &err);
    if (status != KITH_OK && (status != KITH_DATA || !err.text[0])) abort();
    if (status == KITH_OK && list.n < 64) {
        kith_offer_columns columns = {.id = "id", .consent = "consent", .has_until = true, .until_us = 1};
        kith_offer_people *people = NULL;
        kith_offer_problem problem = {0};
        kith_offer_plan plan;
        const kith_str *groups;
        kith_out out = {0};
        kith_batch b = fuzz_batch(arena, rows, 5);
        (void)kith_learned_factors(arena, path, list.offer, list.channel, list.n, list.factor, &err);
        status = kith_offer_people_new(&list, &header, &columns, 1, &people, &err);
        if (status == KITH_OK) status = kith_offer_visit(people, 0, &b, &out, &err);
        if (status == KITH_OK) status = kith_offer_commit(people, 0, &b, &out, &err);
        if (status == KITH_OK) status = kith_offer_people_problem(people, &problem, &groups, &err);
        if (status == KITH_OK) {
            problem.budget = 10;
            problem.contacts = 2;
            problem.threads = 1;
            status = kith_offer_plan_make(&problem, arena, &plan, &err);
            double cost = 0;
            for (size_t i = 0; status == KITH_OK && i < plan.n; i++) {
                if (plan.contacts[i].person >= problem.people || plan.contacts[i].option >= problem.options) abort();
                if (problem.value[plan.contacts[i].person * problem.options + plan.contacts[i].option] <= KITH_NOT_OFFERED) abort();
                cost += problem.cost[plan.contacts[i].option];
            }
            if (status == KITH_OK && cost > 10 * (1 + 1e-9)) abort();
        }
        if (status == KITH_DEFECT || (status != KITH_OK && !err.text[0])) abort();
        kith_offer_people_free(people);
        kith_buf_free(&out.rows);
        kith_buf_free(&out.rejects);
        free(out.reject_places);
    }
    kith_arena_free(arena);
    fuzz_done();
    return 0;
}
