/* What a saved state may not say, past its checksum: loaders refuse counts that do not add up, names twice, numbers out of range. */
#include "unit.h"

#include <kith/attribution.h>
#include <kith/cohort.h>
#include <kith/experiment.h>
#include <kith/fold.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const kith_fold *const folds[] = {&kith_experiment_fold, &kith_attribution_fold, &kith_pipeline_fold, NULL};

/* Loads a state of this head and body under a checksum that is right. */
static int load(const char *head, const char *body, kith_state **state, kith_error *err) {
    char path[] = "/tmp/kith-states-XXXXXX";
    kith_buf text = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    kith_buf_printf(&text, "kith-state,1\n%sshard,a,0123456789abcdef0123456789abcdef\nbegin\n%s", head, body);
    kith_buf_printf(&text, "end,%zu,%016llx\n", text.n, (unsigned long long)kith_hash(text.p, text.n, 0));
    assert_int_equal(write(fd, text.p, text.n), text.n);
    close(fd);
    kith_buf_free(&text);
    int status = kith_state_load(path, folds, state, err);
    unlink(path);
    return status;
}

static void refused(const char *head, const char *body, const char *why) {
    kith_state *state = NULL;
    kith_error err = {0};
    int status = load(head, body, &state, &err);
    if (status != KITH_DATA || !strstr(err.text, why)) fail_msg("status %d, '%s', not '%s': %s", status, err.text, why, body);
    kith_state_free(state);
}

/* Saved again, a state is the same bytes, and finishes. */
static void taken(const char *head, const char *body) {
    kith_state *state = NULL;
    kith_error err = {0};
    kith_buf out = {0};
    if (load(head, body, &state, &err) != KITH_OK) fail_msg("%s: %s", err.text, body);
    assert_int_equal(state->fold->save(state->state, &out, &err), KITH_OK);
    assert_int_equal(out.n, strlen(body));
    assert_memory_equal(out.p, body, out.n);
    out.n = 0;
    assert_int_equal(state->fold->finish(state->state, ',', &out, &err), KITH_OK);
    kith_buf_free(&out);
    kith_state_free(state);
}

#define TRIAL "fold,report.experiment,1\nparam,by,\nparam,arm,treatment\nparam,metrics,outcome\nparam,control,\nparam,covariate,\nparam,shares,\nparam,tau,0\nparam,level,0.95\n" \
              "param,planned,0\nparam,looks,0\nparam,look,0\nparam,bound,0\n"
#define REST ",0 0 0 0 . 0 0,0 0 0 0 . 0 0,0 0," /* nothing with a covariate */
#define FIVE "0 0 1 5af1d78b58c40000 . 1 5000000000" /* one value, 5 */

static void experiments(void **state) {
    (void)state;
    taken(TRIAL, "by\nratio,0\ncell,1,0\ntally,0 0," FIVE REST "5:1\n");
    taken(TRIAL, "by\nratio,0\ncell,1,0\ntally,0 0," FIVE REST "many\n");
    refused(TRIAL, "by\nratio,0\ncell,1,0\ntally,x 0," FIVE REST "5:1\n", "a tally without its counts");
    refused(TRIAL, "by\nratio,0\ncell,1,0\ntally,2 1," FIVE REST "5:1\n", "a tally without its counts"); /* more ones than zeros and ones */
    refused(TRIAL, "by\nratio,0\ncell,1,0\ntally,," FIVE REST "5:1\n", "a tally without its counts");
    refused(TRIAL, "by\nratio,0\ncell,1,0\ntally,0 0," FIVE REST "5:2\n", "does not add up");
    refused(TRIAL, "by\nratio,0\ncell,1,0\ntally,0 0," FIVE REST "5:1 7:1\n", "does not add up");
    refused(TRIAL, "by\nratio,0\ncell,1,0\ntally,0 2," FIVE REST "5:1\n", "does not add up");
    for (const char *const *v = (const char *const[]){"5", "five:1", "5:0", "5:-1", "5:1e16", "5:x", NULL}; *v; v++) {
        char body[256];
        snprintf(body, sizeof body, "by\nratio,0\ncell,1,0\ntally,0 0," FIVE REST "%s\n", *v);
        refused(TRIAL, body, "a tally with a value that is none");
    }
    refused(TRIAL, "by\nratio,0\ncell,0,0\ntally,0 0," FIVE REST "5:1\n", "a cell without rows");
    refused(TRIAL, "by\nratio,0\ncell,1,0\ntally,0 0," FIVE REST "5:1\ncell,1,0\n", "a cell twice");
    refused(TRIAL, "by\nratio,0\ncell,1,0\n", "a cell without its tallies");
    refused(TRIAL, "by\nratio,0\ncell,1,0\ncell,1,1\n", "a record that belongs nowhere");
    refused(TRIAL, "cell,1,0\n", "a record that belongs nowhere");
}

#define PATHS "fold,report.attribution,1\nparam,path,path\nparam,conversions,conversions\nparam,value,?value\nparam,nulls,?nulls\nparam,separator, > \nparam,direct,direct\n" \
              "param,models,first\nparam,wide,\nparam,bootstrap,0\nparam,level,0.95\nparam,seed,1\n"

static void paths(void **state) {
    (void)state;
    taken(PATHS, "channel,a\nchannel,b\npath,0 1,1000000000,0,0\npath,1,2000000000,0,0\n");
    refused(PATHS, "channel,a\nchannel,a\n", "a channel twice");
    refused(PATHS, "channel,a\nchannel,\n", "a channel twice, empty");
    refused(PATHS, "channel,a\npath,0 1,1,0,0\n", "a touch that is no channel");
    refused(PATHS, "channel,a\npath,0  0,1,0,0\n", "a touch that is no channel");
    refused(PATHS, "channel,a\npath,-1,1,0,0\n", "a touch that is no channel");
    refused(PATHS, "channel,a\npath,,1,0,0\n", "a touch that is no channel");
    refused(PATHS, "channel,a\npath,0,1,0,0\npath,0,2,0,0\n", "a path twice");
    refused(PATHS, "channel,a\npath,0,1,0,0\nchannel,b\n", "neither a channel nor a path");
    refused(PATHS, "channel,a\npath,0,-1,0,0\n", "neither a channel nor a path");
    refused(PATHS, "channel,a\npath,0,9000000000000000001,0,0\n", "neither a channel nor a path");
    refused(PATHS, "channel,a\npath,0,9000000000000000000,0,0\npath,0 0,1,0,0\n", "more than 9e9 journeys");
}

#define STAGES "fold,report.pipeline,1\nparam,stage,stage\nparam,stages,\nparam,by,\nparam,id,\nparam,account,\nparam,value,\nparam,ts,\nparam,target,\nparam,tz,\n"

static void pipelines(void **state) {
    (void)state;
    taken(STAGES, "by\nhas,0,0\nlead,1\nseen,new,9223372036854775807,0 0\nseen,won,9223372036854775807,0 0\nlead,2\nseen,new,9223372036854775807,0 0\n");
    refused(STAGES, "", "the state of the pipeline is damaged");
    refused(STAGES, "has,0,0\n", "the state of the pipeline is damaged");
    refused(STAGES, "by\nseen,new,9223372036854775807,0 0\n", "the state of the pipeline is damaged"); /* nobody's */
    refused(STAGES, "by\nlead,1\nseen,new,soon,0 0\n", "the state of the pipeline is damaged");
    refused(STAGES, "by\nlead,1\nseen,new,5,0 0\nseen,new,6,0 0\n", "the state of the pipeline is damaged"); /* twice */
    refused(STAGES, "by\nlead\n", "the state of the pipeline is damaged");
}

/* Parameters that no option lets through. */
static void parameters(void **state) {
    (void)state;
    static const char *const names[] = {"id", "ts", "amount", "period", "until", "tz"}, *const fine[] = {"id", "ts", "", "month", "", ""};
    for (int bad = 0; bad < 2; bad++) {
        kith_error err;
        kith_state *made = NULL;
        kith_params p = {.arena = kith_arena_new()};
        for (int k = 0; k < 6; k++) kith_params_set(&p, names[k], bad && k == 3 ? "fortnight" : fine[k]);
        assert_int_equal(kith_state_new(&kith_retention_fold, &p, &made, &err), bad ? KITH_USAGE : KITH_OK);
        if (bad) assert_non_null(strstr(err.text, "--period is day, week, month, quarter or year"));
        kith_state_free(made);
        kith_arena_free(p.arena);
    }
}

/* Two states that hold what one may not. */
static void sums(void **unused) {
    (void)unused;
    kith_state *a = NULL, *b = NULL;
    kith_error err;
    assert_int_equal(load(PATHS, "channel,a\npath,0,5000000000000000000,0,0\n", &a, &err), KITH_OK);
    assert_int_equal(load(PATHS, "channel,a\npath,0,4000000000000000001,0,0\n", &b, &err), KITH_OK);
    assert_int_equal(a->fold->merge(a->state, b->state, &err), KITH_DATA);
    assert_non_null(strstr(err.text, "more than 9e9 journeys"));
    kith_state_free(a);
    kith_state_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(experiments), cmocka_unit_test(paths), cmocka_unit_test(pipelines), cmocka_unit_test(parameters), cmocka_unit_test(sums)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
