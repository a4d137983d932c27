/* Person rows into a frame, as every fit of people begins; kith/people.h. */
#include <kith/people.h>

int kith_app_people(kith_app *app, const char *cv, const char *const *special, size_t n, kith_frame_reader **reader, bool **is_feature) {
    kith_source *source;
    kith_selection columns;
    const char *names[KITH_PEOPLE_SPECIAL + 2], *id = app->common.id;
    *reader = NULL;
    if (n > KITH_PEOPLE_SPECIAL) return kith_fail(&app->error, KITH_DEFECT, "too many columns by name");
    for (size_t i = 0; i < n; i++) names[i] = special[i];
    KITH_TRY(kith_folds_column(cv, app->arena, &names[n], &app->error));
    names[n + 1] = id;
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    KITH_TRY(kith_frame_wanted(header, app->common.select, app->common.drop, names, n + 2, app->arena, &columns, is_feature, &app->error));
    KITH_TRY(kith_frame_reader_new(&columns, reader, &app->error));
    kith_frame_keys(*reader, kith_column_find(header, id ? id : "person_id"));
    kith_scan scan = {.visit = kith_frame_visit, .commit = kith_frame_commit, .ctx = *reader};
    return kith_app_scan(app, source, &scan);
}
