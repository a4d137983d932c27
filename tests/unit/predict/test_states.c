/* What states of models may not say, and rows that are taken out of them. */
#include "unit.h"

#include <kith/lead_model.h>
#include <kith/next.h>
#include <kith/purchases.h>
#include <kith/steps.h>

#include <stdio.h>
#include <string.h>

/* A state of this fold with these parameters, name and value in turn. */
static int new_state(const kith_fold *fold, kith_arena *arena, const char *const *params, kith_state **state, kith_error *err) {
    kith_params p = {.arena = arena};
    for (; *params; params += 2) kith_params_set(&p, params[0], params[1]);
    return kith_state_new(fold, &p, state, err);
}

static void refused(const kith_fold *fold, const char *const *params, int wanted, const char *why) {
    kith_arena *arena = kith_arena_new();
    kith_state *state = NULL;
    kith_error err = {0};
    int status = new_state(fold, arena, params, &state, &err);
    if (status != wanted || strcmp(err.text, why) != 0) fail_msg("status %d, '%s', not '%s'", status, err.text, why);
    assert_null(state);
    kith_arena_free(arena);
}

#define PARAMS(...) (const char *const[]){__VA_ARGS__, NULL}

/* Parameters that no option lets through. */
static void parameters(void **state) {
    (void)state;
    refused(&kith_value_fold, PARAMS("method", "lognormal"), KITH_USAGE, "no such method of value");
    refused(&kith_value_fold, PARAMS("method", "bgnbd", "until", "2026-01-01"), KITH_DATA, "until is no day");
    refused(&kith_summary_fold, PARAMS("until", "1.5"), KITH_DATA, "until is no day");
    refused(&kith_next_fold, PARAMS("until", "soon"), KITH_DATA, "until is no moment");
    refused(&kith_next_fold, PARAMS("order", "6"), KITH_USAGE, "--order takes 1 to 5");
    refused(&kith_next_fold, PARAMS("order", "-1"), KITH_USAGE, "--order takes 1 to 5");
}

/* A step goes on from a model of its own kind and version. */
static void steps(void **state) {
    (void)state;
    static const char why[] = "--step takes a model that a step wrote, one that has not converged yet (its kind is %s)";
    char lead[128], uplift[128];
    snprintf(lead, sizeof lead, why, "lead-step");
    snprintf(uplift, sizeof uplift, why, "uplift-step");
    refused(&kith_lead_fold, PARAMS("model", "part,name,value\nmodel,kind,lead\nmodel,version,1\n"), KITH_DATA, lead);
    refused(&kith_lead_fold, PARAMS("model", "part,name,value\nmodel,kind,uplift-step\nmodel,version,1\n"), KITH_DATA, lead);
    refused(&kith_lead_fold, PARAMS("model", "part,name,value\nmodel,kind,lead-step\nmodel,version,2\n"), KITH_DATA, lead);
    refused(&kith_uplift_fold, PARAMS("model", "part,name,value\nmodel,kind,lead-step\nmodel,version,1\n"), KITH_DATA, uplift);
}

static void load(kith_state *s, kith_arena *arena, const char *body) {
    kith_error err = {0};
    char *copy = kith_arena_copy(arena, body, strlen(body));
    assert_non_null(copy);
    kith_records records = {.p = copy, .end = copy + strlen(copy), .line = 1, .delimiter = ',', .arena = arena};
    if (s->fold->load(s->state, &records, &err) != KITH_OK) fail_msg("%s: %s", err.text, body);
}

/* Of `all` the rows of `some`: what is left as it is saved, or NULL where they are not all in it. */
static void taken_out(const kith_fold *fold, const char *const *params, const char *all, const char *some, const char *left) {
    kith_arena *arena = kith_arena_new();
    kith_state *a = NULL, *b = NULL;
    kith_error err = {0};
    kith_buf out = {0};
    assert_int_equal(new_state(fold, arena, params, &a, &err), KITH_OK);
    assert_int_equal(new_state(fold, arena, params, &b, &err), KITH_OK);
    load(a, arena, all);
    load(b, arena, some);
    int status = kith_state_subtract(a, b, &err);
    if (left) {
        if (status != KITH_OK) fail_msg("%s", err.text);
        assert_int_equal(fold->save(a->state, &out, &err), KITH_OK);
        if (out.n != strlen(left) || (out.n && memcmp(out.p, left, out.n) != 0)) fail_msg("%.*s is not %s", (int)out.n, out.p, left);
    } else {
        assert_int_equal(status, KITH_DATA);
        assert_string_equal(err.text, "rows to take out that are not in the state");
    }
    kith_buf_free(&out);
    kith_state_free(a);
    kith_state_free(b);
    kith_arena_free(arena);
}

static void histories_taken_out(void **state) {
    (void)state;
    const char *const *p = PARAMS("from", "summaries", "method", "bgnbd", "spend", "gammagamma");
    static const char all[] = "T,0,0,6,5\nT,1,2,6,3\nT,2,4,6,1\nM,1,20,0,3\nM,2,35,0,1\n";
    taken_out(&kith_value_fold, p, all, "T,1,2,6,1\nM,1,20,0,1\n", "T,0,0,6,5\nT,1,2,6,2\nT,2,4,6,1\nM,1,20,0,2\nM,2,35,0,1\n");
    taken_out(&kith_value_fold, p, all, "T,2,4,6,1\nM,2,35,0,1\n", "T,0,0,6,5\nT,1,2,6,3\nM,1,20,0,3\n"); /* the last of its kind */
    taken_out(&kith_value_fold, p, all, all, "");
    taken_out(&kith_value_fold, p, all, "T,1,3,6,1\n", NULL);
    taken_out(&kith_value_fold, p, all, "T,2,4,6,2\n", NULL);
    taken_out(&kith_value_fold, p, all, "M,1,21,0,1\n", NULL);
}

static void purchases_taken_out(void **state) {
    (void)state;
    const char *const *p = PARAMS("from", "events", "method", "bgnbd");
    static const char all[] = "A,1\nP,a\nD,100,1,5\nD,107,2,12\nP,b\nD,100,1,3\n";
    taken_out(&kith_value_fold, p, all, "A,1\nP,b\nD,100,1,3\n", "A,1\nP,a\nD,100,1,5\nD,107,2,12\n");
    taken_out(&kith_value_fold, p, all, "A,1\nP,c\nD,100,1,3\n", NULL);
    taken_out(&kith_value_fold, p, all, "A,1\nP,b\nD,101,1,3\n", NULL);
    taken_out(&kith_value_fold, p, all, "A,1\nP,a\nD,107,1,13\n", NULL); /* more money than there is */
    taken_out(&kith_value_fold, p, all, "A,1\nP,a\nD,107,3,12\n", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(parameters), cmocka_unit_test(steps), cmocka_unit_test(histories_taken_out),
                                       cmocka_unit_test(purchases_taken_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
