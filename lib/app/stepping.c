/* Fits over shards, a pass at a time; kith/stepping.h. */
#include <kith/notes.h>
#include <kith/stepping.h>

#include <stdio.h>
#include <string.h>

int kith_app_pass(kith_app *app, const kith_fold *fold, const kith_params *params, const kith_stepping *of) {
    kith_state *state = NULL;
    kith_buf out = {0};
    int status = kith_app_fold_state(app, fold, params, &state);
    bool shard = app->common.save_state != NULL;
    if (status == KITH_OK && !shard) status = fold->finish(state->state, ',', &out, &app->error);
    if (status == KITH_OK && !shard) status = kith_app_table(app, &out, ',', true);
    bool more = status == KITH_OK && !shard && !of->converged(state->state);
    uint64_t left_out = status == KITH_OK && !shard ? of->left_out(state->state) : 0;
    if (left_out) kith_app_say(app, "%llu rows %s are left out", (unsigned long long)left_out, of->why);
    kith_buf_free(&out);
    kith_state_free(state);
    return more ? KITH_NEGATIVE : status;
}

static bool among(const char *name, const char *const *list) {
    while (*list && strcmp(*list, name) != 0) list++;
    return *list != NULL;
}

/* An option's value as text; "" where it was not said. */
static void set_option(kith_params *p, const kith_option *o, const void *said) {
    char name[64];
    const char *at = (const char *)said + o->offset;
    snprintf(name, sizeof name, "%s", o->name);
    for (char *c = name; *c; c++) *c = *c == '-' ? '_' : *c;
    if (o->type == KITH_OPT_STRING) kith_params_set(p, name, *(const char *const *)(const void *)at);
    if (o->type == KITH_OPT_INT) kith_params_set_double(p, name, (double)*(const int64_t *)(const void *)at);
    if (o->type == KITH_OPT_DOUBLE) kith_params_set_double(p, name, *(const double *)(const void *)at);
    if (o->type != KITH_OPT_CHOICE) return;
    const char *choice = o->choices;
    for (int k = *(const int *)(const void *)at; k > 0 && *choice; k--) choice += strcspn(choice, "|") + (choice[strcspn(choice, "|")] == '|');
    kith_params_set(p, name, kith_arena_format(p->arena, "%.*s", (int)strcspn(choice, "|"), choice));
}

static int take_options(kith_app *app, const char *const *whole, kith_params *said, kith_params *plain) {
    const kith_verb *verb = app->verb;
    kith_common common = {.seed = 1};
    void *defaults = kith_arena_zalloc(app->arena, verb->said_size + 1);
    if (!defaults) return kith_no_memory(&app->error);
    if (verb->defaults) verb->defaults(defaults, &common);
    for (const kith_option *o = verb->options; o->name; o++) {
        if (among(o->name, whole)) { /* flags and texts */
            size_t size = o->type == KITH_OPT_FLAG ? sizeof(bool) : sizeof(const char *);
            if (memcmp((const char *)app->said + o->offset, (const char *)defaults + o->offset, size) != 0)
                return kith_app_usage(app, "--%s needs all rows at once; --step sees a shard", o->name);
            continue;
        }
        if (strcmp(o->name, "step") == 0) continue;
        set_option(said, o, app->said);
        set_option(plain, o, defaults);
    }
    const kith_common *const of[] = {&app->common, &common};
    for (int k = 0; k < 2; k++) {
        kith_params *p = k ? plain : said;
        kith_params_set(p, "select", of[k]->select);
        kith_params_set(p, "drop", of[k]->drop);
        kith_params_set(p, "id", of[k]->id);
        kith_params_set_double(p, "seed", (double)of[k]->seed);
        if (p->failed) return kith_no_memory(&app->error);
    }
    return KITH_OK;
}

int kith_app_step(kith_app *app, const char *step, const char *kind, const kith_fold *fold, const char *const *whole, const kith_stepping *of) {
    kith_params params = {.arena = app->arena}, said = {.arena = app->arena}, plain = {.arena = app->arena};
    KITH_TRY(take_options(app, whole, &said, &plain));
    if (strcmp(step, "new") == 0) return kith_app_pass(app, fold, &said, of);
    kith_model *model;
    kith_buf text = {0};
    KITH_TRY(kith_model_read(app->arena, step, &model, &app->error));
    if (!kith_str_is(kith_model_kind(model), kind))
        return kith_fail(&app->error, KITH_DATA, "%s: --step takes new, or the model of a step that has not converged (of kind %s)", step, kind);
    for (size_t i = 0; i < said.n; i++) {
        const char *name = said.items[i].name, *value = said.items[i].value;
        if (kith_str_is(kith_model_get(model, "option", name), value) || strcmp(value, kith_params_get(&plain, name)) == 0) continue;
        char option[64];
        snprintf(option, sizeof option, "%s", name);
        for (char *c = option; *c; c++) *c = *c == '_' ? '-' : *c;
        return kith_app_usage(app, "--%s is not what %s began with", option, step);
    }
    int status = kith_model_text(model, &text, &app->error);
    kith_buf_putc(&text, 0);
    if (status == KITH_OK && text.failed) status = kith_no_memory(&app->error);
    if (status == KITH_OK) kith_params_set(&params, "model", text.p);
    kith_buf_free(&text);
    if (status == KITH_OK && params.failed) status = kith_no_memory(&app->error);
    return status == KITH_OK ? kith_app_pass(app, fold, &params, of) : status;
}
