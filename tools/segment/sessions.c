/* kith segment sessions: visits from an event stream.
 *
 *     kith segment sessions --id client_id --ts timestamp --gap 30m clicks.csv | kith report table -g session_id -a n=count
 */
#include <kith/app.h>
#include <kith/sessions.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct said {
    const char *ts, *campaign, *page, *event, *conversion, *keep;
    int64_t gap_us, lateness_us;
    bool midnight, summary;
} said;

static const kith_option options[] = {
    {0, "ts", "COL", KITH_OPT_STRING, offsetof(said, ts), "when (default ts)", NULL, true, false},
    {0, "gap", "TIME", KITH_OPT_DURATION, offsetof(said, gap_us), "more than this between two events ends a visit (default 30m)", NULL, false, false},
    {0, "lateness", "TIME", KITH_OPT_DURATION, offsetof(said, lateness_us), "with states: how far behind the latest event others may come (default 0)", NULL, false, false},
    {0, "midnight", NULL, KITH_OPT_FLAG, offsetof(said, midnight), "a visit ends at midnight (in --tz)", NULL, false, false},
    {0, "campaign", "COL", KITH_OPT_STRING, offsetof(said, campaign), "another campaign begins another visit", NULL, true, false},
    {0, "summary", NULL, KITH_OPT_FLAG, offsetof(said, summary), "one row a visit: start, end, duration, pages, landing, exit, conversions", NULL, false, false},
    {0, "page", "COL", KITH_OPT_STRING, offsetof(said, page), "the column of landing and exit in a summary (default event, where there is one)", NULL, true, false},
    {0, "event", "COL", KITH_OPT_STRING, offsetof(said, event), "the column that --conversion looks at (default event)", NULL, true, false},
    {0, "conversion", "VALUE", KITH_OPT_STRING, offsetof(said, conversion), "the event that counts as a conversion in a summary", NULL, false, false},
    {0, "keep", "open|all", KITH_OPT_STRING, offsetof(said, keep), "what a state keeps: the rows of open sessions, for the next night (default), or all rows, for shards (default with --shard)", NULL, false, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"Events in order of person and time, each with its visit.", "person_id,ts,event\nb,2026-09-01T10:00:00Z,home\na,2026-09-01T10:40:00Z,cart\na,2026-09-01T10:00:00Z,home\na,2026-09-01T10:20:00Z,shoes\nb,2026-09-01T11:00:00Z,home\n",
     "kith segment sessions --gap 30m | cut -d , -f 1,2,3,5", "person_id,ts,event,session_n\na,2026-09-01T10:00:00Z,home,1\na,2026-09-01T10:20:00Z,shoes,1\na,2026-09-01T10:40:00Z,cart,1\nb,2026-09-01T10:00:00Z,home,1\nb,2026-09-01T11:00:00Z,home,2\n"},
    {"One row a visit.", "person_id,ts,event\na,2026-09-01T10:40:00Z,cart\na,2026-09-01T10:00:00Z,home\na,2026-09-01T10:20:00Z,shoes\n",
     "kith segment sessions --summary --conversion cart | cut -d , -f 1,3,6-", "person_id,session_n,session_duration,session_pages,session_landing,session_exit,session_conversions\na,1,2400,3,home,cart,1\n"},
    {0},
};

static void defaults(void *settings, kith_common *common) {
    (void)common;
    ((said *)settings)->gap_us = 30 * 60 * KITH_US_PER_SECOND;
}

/* Files can be read twice: first to see whether they are in order. */
static int in_order(kith_app *app, const kith_session_rules *rules, bool *sorted) {
    *sorted = false;
    for (size_t i = 0; i < app->n_files; i++) {
        struct stat st;
        if (stat(app->files[i], &st) != 0 || !S_ISREG(st.st_mode)) return KITH_OK;
    }
    if (!app->n_files) return KITH_OK;
    kith_source_options how;
    kith_source *source;
    kith_app_source_options(app, app->files, app->n_files, &how);
    how.on_error = KITH_ON_ERROR_SKIP; /* faults are told when the rows are read for good */
    how.hash = false;
    KITH_TRY(kith_source_open(&source, &how, &app->error));
    int status = kith_sessions_sorted(source, rules, sorted, &app->error);
    kith_source_close(source);
    return status;
}

static int bind(kith_app *app, const kith_source *source, kith_session_rules *r) {
    const said *s = app->said;
    const kith_common *common = &app->common;
    const kith_header *header = kith_source_header(source);
    const char *id = common->id ? common->id : kith_column_find(header, "person_id") == KITH_NO_COLUMN && kith_column_find(header, "id") != KITH_NO_COLUMN ? "id" : "person_id";
    *r = (kith_session_rules){.campaign = KITH_NO_COLUMN, .page = KITH_NO_COLUMN, .event = KITH_NO_COLUMN, .conversion = s->conversion, .gap_us = s->gap_us,
                              .midnight = s->midnight, .zone = common->zone, .has_until = common->has_until, .until_us = common->until_us, .summary = s->summary,
                              .in = header->delimiter, .out = kith_app_delimiter(app, s->summary ? NULL : source), .memory = common->memory,
                              .threads = kith_app_threads(app), .folder = getenv("TMPDIR")};
    KITH_TRY(kith_app_column(app, source, id, NULL, &r->id));
    KITH_TRY(kith_app_column(app, source, s->ts, "ts", &r->ts));
    if (s->campaign) KITH_TRY(kith_app_column(app, source, s->campaign, NULL, &r->campaign));
    if (s->page || kith_column_find(header, "event") != KITH_NO_COLUMN) KITH_TRY(kith_app_column(app, source, s->page, "event", &r->page));
    if (s->conversion) KITH_TRY(kith_app_column(app, source, s->event, "event", &r->event));
    return KITH_OK;
}

static int write_header(kith_app *app, const kith_source *source, const kith_session_rules *r, kith_sink *sink) {
    const kith_header *header = kith_source_header(source);
    uint32_t at;
    for (size_t i = 0; i < 2 && !r->summary; i++) KITH_TRY(kith_new_column(header, kith_session_columns[i], false, &at, &app->error));
    if (!r->summary) return kith_app_header(app, sink, source, NULL, kith_session_columns, 2);
    kith_buf buf = {0}; /* a new table: commas, whatever the input has */
    if (app->common.header != 2) kith_sessions_header(header, r, &buf);
    int status = kith_sink_buf(sink, &buf, &app->error);
    kith_buf_free(&buf);
    return status;
}

/* ---- over several nights ------------------------------------------------------------------------------------ */

static const kith_fold *const folds[] = {&kith_session_fold, NULL};

/* Whether the state keeps all rows: as said, as the state that it begins with, or because this is a shard. */
static int keeps_all(kith_app *app, bool *all) {
    const said *s = app->said;
    const kith_common *common = &app->common;
    *all = s->keep ? strcmp(s->keep, "all") == 0 : common->shard != NULL;
    if (s->keep && !*all && strcmp(s->keep, "open") != 0) return kith_app_usage(app, "--keep takes open or all");
    if (s->keep || !common->state.n) return KITH_OK;
    kith_state *saved = NULL;
    KITH_TRY(kith_state_load(common->state.items[0], folds, &saved, &app->error));
    *all = strcmp(kith_params_get(&saved->params, "keep"), "all") == 0;
    kith_state_free(saved);
    return KITH_OK;
}

static kith_params params_of(kith_app *app, bool all) {
    const said *s = app->said;
    const kith_common *common = &app->common;
    kith_params params = {.arena = app->arena};
    kith_params_set(&params, "id", common->id);
    kith_params_set(&params, "ts", s->ts);
    kith_params_set(&params, "campaign", s->campaign);
    kith_params_set(&params, "midnight", s->midnight ? "1" : "");
    kith_params_set(&params, "tz", common->tz);
    kith_params_set(&params, "gap", kith_arena_format(app->arena, "%lld", (long long)s->gap_us));
    kith_params_set(&params, "summary", s->summary ? "1" : "");
    kith_params_set(&params, "page", s->page);
    kith_params_set(&params, "event", s->event);
    kith_params_set(&params, "conversion", s->conversion);
    kith_params_set(&params, "keep", all ? "all" : "");
    kith_params_set(&params, "until", all && common->has_until ? kith_arena_format(app->arena, "%lld", (long long)common->until_us) : "");
    return params;
}

/* The state that the night starts from: all of --state together. */
static int open_night(kith_app *app, const kith_params *params, kith_state **state) {
    const kith_common *common = &app->common;
    KITH_TRY(kith_state_new(&kith_session_fold, params, state, &app->error));
    int status = KITH_OK;
    for (size_t i = 0; i < common->state.n && !status; i++) {
        kith_state *saved = NULL;
        status = kith_state_load(common->state.items[i], folds, &saved, &app->error);
        if (!status) status = kith_state_merge(*state, saved, common->again, &app->error);
        kith_state_free(saved);
    }
    return status;
}

/* The rows that were held as a file of their own, first among the inputs. It has no name but that of *fd, which is to be closed. */
static int open_held(kith_app *app, kith_session_night *night, int *fd, kith_source **source) {
    size_t n = app->n_files || app->common.state.n ? app->n_files : 1, first = night->n_held > 0;
    const char **files = kith_arena_alloc(app->arena, (n + 1) * sizeof *files);
    if (!files) return kith_no_memory(&app->error);
    for (size_t i = 0; i < n; i++) files[first + i] = app->n_files ? app->files[i] : "-";
    if (first) KITH_TRY(kith_session_night_file(night, getenv("TMPDIR"), fd, &files[0], &app->error));
    if (!n && !first) return kith_fail(&app->error, KITH_DATA, "the state holds no rows, and no file is named");
    return kith_app_source_of(app, files, n + first, source);
}

static int save_night(kith_app *app, kith_state *state, const kith_source *source, const kith_session_rules *rules) {
    kith_session_night *night = state->state;
    kith_sink *sink;
    if (!app->common.save_state) return KITH_OK;
    kith_session_night_form(night, kith_source_header(source));
    size_t n = app->n_files || app->common.state.n ? app->n_files : 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t hash[2];
        size_t at = i + rules->first_is_held;
        const char *file = app->n_files ? app->files[i] : "-", *slash = strrchr(file, '/');
        if (!kith_source_file_rows(source, at)) continue;
        kith_source_file_hash(source, at, hash);
        const char *name = app->common.shard_name ? app->common.shard_name : strcmp(file, "-") == 0 ? "standard input" : slash ? slash + 1 : file;
        KITH_TRY(kith_state_add_shard(state, name, hash, &app->error));
    }
    KITH_TRY(kith_app_side(app, app->common.save_state, &sink));
    return kith_state_save(state, sink, &app->error);
}

/* ---- the run ------------------------------------------------------------------------------------------------- */

static int cut(kith_app *app, kith_source *source, kith_session_rules *rules, bool sorted) {
    kith_sink *sink;
    kith_sessions *sessions = NULL;
    KITH_TRY(kith_app_sink(app, &sink));
    KITH_TRY(write_header(app, source, rules, sink));
    int status = kith_sessions_new(&sessions, rules, sorted, kith_source_threads(source), sink, &app->error);
    kith_scan scan = {.visit = kith_sessions_visit, .commit = kith_sessions_commit, .ctx = sessions, .sink = sink};
    if (!status) status = kith_app_scan(app, source, &scan);
    uint64_t rows, n;
    if (!status) status = kith_sessions_finish(sessions, &rows, &n, &app->error);
    if (!status && kith_app_verbose(app)) kith_app_say(app, "%llu events, %llu sessions%s", (unsigned long long)rows, (unsigned long long)n, sorted ? " (the input was in order)" : "");
    if (!status && kith_sessions_late(sessions)) kith_app_say(app, "%llu late events left out", (unsigned long long)kith_sessions_late(sessions));
    if (!status && rules->hold) kith_app_say(app, "%llu rows of open sessions wait in the state", (unsigned long long)rules->night->n_held);
    kith_sessions_free(sessions);
    return status;
}

/* A night: the rows held and the new ones; what is closed is written, the rest waits. */
static int night(kith_app *app, const kith_params *params) {
    kith_source *source;
    kith_session_rules rules;
    kith_state *state = NULL;
    int fd = -1, status = open_night(app, params, &state);
    kith_session_night *n = state ? state->state : NULL;
    bool held = n && n->n_held;
    if (!status) status = open_held(app, n, &fd, &source);
    if (!status) status = bind(app, source, &rules);
    if (!status) {
        rules.night = n;
        rules.hold = app->common.save_state != NULL;
        rules.lateness_us = ((const said *)app->said)->lateness_us;
        rules.first_is_held = held;
        rules.reject_late = app->common.on_error == KITH_ON_ERROR_REJECT;
        status = cut(app, source, &rules, false);
    }
    if (!status) status = save_night(app, state, source, &rules);
    if (fd >= 0) close(fd);
    kith_state_free(state);
    return status;
}

static int run(kith_app *app) {
    const said *s = app->said;
    kith_source *source;
    kith_session_rules rules;
    bool sorted = false, all = false;
    if (s->lateness_us < 0) return kith_app_usage(app, "--lateness is no negative time");
    if (s->gap_us < 0) return kith_app_usage(app, "--gap is no negative time");
    if (s->conversion && !s->summary) return kith_app_usage(app, "--conversion is counted in a --summary");
    if (app->common.state.n || app->common.save_state) {
        KITH_TRY(keeps_all(app, &all));
        kith_params params = params_of(app, all);
        return all ? kith_app_fold(app, &kith_session_fold, &params) : night(app, &params);
    }
    KITH_TRY(kith_app_source(app, &source));
    KITH_TRY(bind(app, source, &rules));
    KITH_TRY(in_order(app, &rules, &sorted));
    return cut(app, source, &rules, sorted);
}

const kith_verb kith_verb_segment_sessions = {
    .name = "sessions",
    .brief = "visits from an event stream",
    .operands = "[FILE...]",
    .grain = "event → event (with --summary: visit)",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_ID | KITH_TAKES_TIME | KITH_TAKES_MEMORY | KITH_TAKES_STATE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(said),
    .defaults = defaults,
    .run = run,
    .fold = &kith_session_fold,
};
