/* The run of `segment fit kmeans` and `segment fit mixture`: columns, reading, fitting, writing. */
#include <kith/clusters.h>
#include <kith/fit_clusters.h>
#include <kith/notes.h>
#include <kith/stepping.h>

#include <string.h>

void kith_app_clusters_defaults(void *v, kith_common *common) {
    (void)common;
    kith_clusters_said *s = v;
    s->starts = s->draws = 10;
}

/* The columns: -s; else all but the id's and --drop's (columns of text among them are left out once they show it). */
static int clusters_columns(kith_app *app, const kith_source *source, kith_selection *columns) {
    const kith_header *h = kith_source_header(source);
    const kith_common *c = &app->common;
    if (c->select && c->drop) return kith_app_usage(app, "--select and --drop together: write --select '...,!name'");
    if (c->select) return kith_select(h, c->select, false, app->arena, columns, &app->error);
    if (c->drop)
        KITH_TRY(kith_select_drop(h, c->drop, app->arena, columns, &app->error));
    else
        KITH_TRY(kith_select(h, ":", false, app->arena, columns, &app->error));
    uint32_t id = KITH_NO_COLUMN, n = 0;
    if (c->id) KITH_TRY(kith_column(h, c->id, &id, &app->error));
    for (uint32_t j = 0; j < columns->n; j++) {
        kith_str name = columns->names[j];
        bool is_id = columns->columns[j] == id || kith_str_equal_nocase(name, KITH_STR("id")) ||
                     (name.n > 3 && kith_str_equal_nocase((kith_str){name.p + name.n - 3, 3}, KITH_STR("_id")));
        if (is_id) continue;
        columns->columns[n] = columns->columns[j];
        columns->names[n++] = name;
    }
    columns->n = n;
    return KITH_OK;
}

#define WITHOUT "with a missing value"

static int clusters_fit(kith_app *app, kith_source *source, kith_points_reader *reader, const kith_cluster_options *o,
                        const char *kind) {
    const kith_clusters_said *s = app->said;
    kith_people people;
    kith_model *model;
    kith_scan scan = {.visit = kith_points_visit, .commit = kith_points_commit, .ctx = reader};
    KITH_TRY(kith_app_scan(app, source, &scan));
    KITH_TRY(kith_points_take(reader, s->scale == 0, &people, &app->error));
    if (people.left_out) kith_app_say(app, "%zu rows " WITHOUT " are left out", people.left_out);
    kith_app_count(app, 0, 0, 0, people.left_out);
    KITH_TRY(kith_model_new(app->arena, kind, 1, &model, &app->error));
    KITH_TRY(kith_cluster_model(&people, o, model, &app->error));
    return kith_app_write_model(app, model);
}

/* A pass over one shard (--save-state), or the step over merged ones: exit 1 while not converged. */
static int step_pass(kith_app *app, const kith_cluster_options *o) {
    const kith_clusters_said *s = app->said;
    kith_params p = {.arena = app->arena};
    kith_model *model = NULL;
    kith_selection columns = {0};
    if (o->low != o->high) return kith_app_usage(app, "--step takes one number of clusters");
    if (strcmp(s->step, "new") != 0) {
        KITH_TRY(kith_model_read(app->arena, s->step, &model, &app->error));
    } else { /* names as they are said: every shard, and the step without any, must mean the same */
        const char *names = app->common.select ? app->common.select : "";
        if (!*names || strpbrk(names, ":*/!{="))
            return kith_app_usage(app, "--step new needs the columns by name: -s a,b,c");
        size_t n = 1;
        for (const char *c = names; *c; c++) n += *c == ',';
        columns.names = kith_arena_alloc(app->arena, n * sizeof *columns.names);
        if (!columns.names) return kith_no_memory(&app->error);
        for (; *names; names += strcspn(names, ",") + (names[strcspn(names, ",")] == ','))
            columns.names[columns.n++] = (kith_str){names, strcspn(names, ",")};
    }
    if (o->mixture) {
        KITH_TRY(kith_mixture_params(&p, &columns, o->low, s->scale == 0, o->starts, o->seed, o->diagonal, o->floor, model, &app->error));
        return kith_app_pass(app, &kith_mixture_fold, &p, &(kith_stepping){kith_mixture_converged, kith_mixture_left_out, WITHOUT});
    }
    KITH_TRY(kith_kmeans_params(&p, &columns, o->low, s->scale == 0, o->starts, o->seed, o->oversampled, model, &app->error));
    return kith_app_pass(app, &kith_kmeans_fold, &p, &(kith_stepping){kith_kmeans_converged, kith_kmeans_left_out, WITHOUT});
}

int kith_app_fit_clusters(kith_app *app, const char *kind) {
    const kith_clusters_said *s = app->said;
    kith_cluster_options o = {.choose = s->choose,
                              .mixture = strcmp(kind, "mixture") == 0,
                              .diagonal = s->covariance == 1,
                              .floor = s->floor,
                              .oversampled = s->init == 1,
                              .starts = (int)s->starts,
                              .draws = (int)s->draws,
                              .seed = (uint64_t)app->common.seed,
                              .threads = kith_app_threads(app)};
    const char *colon = strchr(s->clusters, ':');
    int64_t low, high;
    kith_str first = colon ? (kith_str){s->clusters, (size_t)(colon - s->clusters)} : kith_str_of(s->clusters);
    if (!kith_parse_int(first, &low) || !kith_parse_int(colon ? kith_str_of(colon + 1) : first, &high) || low < 1 ||
        high < low || high > 10000)
        return kith_app_usage(app, "--clusters takes a number, or a range such as 2:8");
    if (s->starts < 1 || s->starts > 10000 || s->draws < 0 || s->draws > 10000)
        return kith_app_usage(app, "--starts takes 1 to 10000, --draws 0 to 10000");
    if (!(s->floor >= 0 && s->floor < 1e6)) return kith_app_usage(app, "--floor takes a number from 0");
    o.low = (size_t)low, o.high = (size_t)high;
    if (s->step) return step_pass(app, &o);
    if (app->common.state.n || app->common.save_state)
        return kith_app_usage(app, "--state and --save-state go with --step");
    kith_source *source;
    kith_selection columns;
    kith_points_reader *reader;
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(clusters_columns(app, source, &columns));
    KITH_TRY(kith_points_reader_new(&columns, app->common.select != NULL, &reader, &app->error));
    int status = clusters_fit(app, source, reader, &o, kind);
    kith_points_reader_free(reader);
    return status;
}
