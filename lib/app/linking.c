/* The opening of the verbs that take a link model; kith/linking.h. */
#include <kith/linking.h>

int kith_app_linking(kith_app *app, bool passes, kith_link_model **model, kith_source **source) {
    *model = kith_arena_zalloc(app->arena, sizeof **model);
    if (!*model) return kith_no_memory(&app->error);
    if (app->common.model.n != 1) return kith_app_usage(app, "one model is needed: -m FILE, made by dedupe fit");
    KITH_TRY((passes ? kith_link_model_read_pass : kith_link_model_read)(app->common.model.items[0], app->arena, *model, &app->error));
    KITH_TRY(kith_link_model_names(*model, app->common.id, NULL, &app->error));
    return kith_app_source(app, source);
}
