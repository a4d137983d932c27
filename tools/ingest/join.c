/* kith ingest join: rows of one file with those of another, by key, by time or by place.
 *
 *     kith ingest join -k customer_id events.csv customers.csv | kith report table -g country -a 'n=count' */
#include <kith/app.h>
#include <kith/join.h>

#include <stdlib.h>
#include <sys/stat.h>

struct said {
    bool left, anti;
    const char *suffix, *add, *as_of, *near, *lat, *lon;
    int64_t within;
};

#define AT(field) offsetof(struct said, field)
static const kith_option options[] = {
    {0, "left", NULL, KITH_OPT_FLAG, AT(left), "keep left rows without a match, with missing values", NULL, false, false},
    {0, "anti", NULL, KITH_OPT_FLAG, AT(anti), "only the left rows without a match", NULL, false, false},
    {0, "add", "SEL", KITH_OPT_STRING, AT(add), "the right columns to add (default: all but its key)", NULL, false, false},
    {0, "suffix", "TEXT", KITH_OPT_STRING, AT(suffix), "what a right name gets that the left side has too (default _right)", NULL, false, false},
    {0, "as-of", "COL[=COL]", KITH_OPT_STRING, AT(as_of), "match the latest right row that is not later than the left row", NULL, true, false},
    {0, "within", "DURATION", KITH_OPT_DURATION, AT(within), "with --as-of, how far back at most (default: any)", NULL, false, false},
    {0, "near", "DISTANCE", KITH_OPT_STRING, AT(near), "match the nearest right row within 5km, 300m, 2mi; adds join_distance in km", NULL, false, false},
    {0, "lat", "COL[=COL]", KITH_OPT_STRING, AT(lat), "latitude, with --near (default lat)", NULL, true, false},
    {0, "lon", "COL[=COL]", KITH_OPT_STRING, AT(lon), "longitude, with --near (default lon)", NULL, true, false},
    KITH_OPT_END,
};

static const kith_example examples[] = {
    {"each order with its customer's country", "id,country\n1,FR\n2,DE\n",
     "printf 'order,id\\n7,2\\n8,1\\n9,3\\n' > orders.csv && kith ingest join -k id orders.csv -", "order,id,country\n7,2,DE\n8,1,FR\n"},
    {"orders of unknown customers", "id,country\n1,FR\n2,DE\n",
     "printf 'order,id\\n7,2\\n8,1\\n9,3\\n' > orders.csv && kith ingest join -k id --anti orders.csv -", "order,id\n9,3\n"},
    {"the price at the time", "ts,price\n2026-01-01,10\n2026-02-01,12\n",
     "printf 'ts,n\\n2026-01-15,3\\n2026-02-01,1\\n' > sales.csv && kith ingest join --as-of ts sales.csv -",
     "ts,n,ts_right,price\n2026-01-15,3,2026-01-01,10\n2026-02-01,1,2026-02-01,12\n"},
    {NULL, NULL, NULL, NULL},
};

/* "a=b" or "a": the column of the left and of the right source. */
static int pair(kith_app *app, kith_source *const sources[2], const char *text, size_t n, uint32_t columns[2]) {
    const char *equal = memchr(text, '=', n);
    for (int side = 0; side < 2; side++) {
        const char *from = side && equal ? equal + 1 : text;
        size_t length = side || !equal ? n - (size_t)(from - text) : (size_t)(equal - text);
        char *name = kith_arena_copy(app->arena, from, length);
        if (!name) return kith_no_memory(&app->error);
        KITH_TRY(kith_app_column(app, sources[side], name, NULL, &columns[side]));
    }
    return KITH_OK;
}

static int bind_keys(kith_app *app, kith_source *const sources[2], kith_join_options *o) {
    const char *text = app->common.key ? app->common.key : "";
    size_t most = strlen(text) / 2 + 1;
    uint32_t *left = kith_arena_alloc(app->arena, most * sizeof *left), *right = kith_arena_alloc(app->arena, most * sizeof *right);
    if (!left || !right) return kith_no_memory(&app->error);
    for (const char *p = text; *p; p += *p == ',') {
        size_t n = strcspn(p, ",");
        uint32_t columns[2];
        if (n == 0) return kith_app_usage(app, "-k: an empty name");
        KITH_TRY(pair(app, sources, p, n, columns));
        left[o->n_keys] = columns[0];
        right[o->n_keys++] = columns[1];
        p += n;
    }
    o->left_key = left;
    o->right_key = right;
    return KITH_OK;
}

/* The right columns that are added, under names that the left side does not have. */
static int bind_added(kith_app *app, kith_source *const sources[2], kith_join_options *o, const char ***names) {
    const struct said *said = app->said;
    const kith_header *left = kith_source_header(sources[0]), *right = kith_source_header(sources[1]);
    const char *suffix = said->suffix ? said->suffix : "_right";
    if (said->add) KITH_TRY(kith_select(right, said->add, true, app->arena, &o->right, &app->error));
    else KITH_TRY(kith_select(right, ":", false, app->arena, &o->right, &app->error));
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->right.n; i++) {
        bool key = false;
        for (size_t k = 0; k < o->n_keys && !said->add; k++) key |= o->right.columns[i] == o->right_key[k];
        o->right.columns[n] = o->right.columns[i];
        o->right.names[n] = o->right.names[i];
        n += !key;
    }
    o->right.n = n;
    *names = kith_arena_alloc(app->arena, (n + 1) * sizeof **names);
    if (!*names) return kith_no_memory(&app->error);
    for (uint32_t i = 0; i < n; i++) {
        char *name = kith_arena_copy(app->arena, o->right.names[i].p, o->right.names[i].n);
        while (name && *suffix) {
            bool taken = false;
            for (uint32_t c = 0; c < left->n; c++) taken |= kith_str_is(left->names[c], name);
            for (uint32_t c = 0; c < i; c++) taken |= strcmp((*names)[c], name) == 0;
            if (!taken) break;
            name = kith_arena_format(app->arena, "%s%s", name, suffix);
        }
        if (!name) return kith_no_memory(&app->error);
        (*names)[i] = name;
    }
    if (o->near) (*names)[n] = "join_distance";
    return KITH_OK;
}

static int bind(kith_app *app, kith_source *const sources[2], kith_join_options *o) {
    const struct said *said = app->said;
    uint32_t c[2];
    KITH_TRY(bind_keys(app, sources, o));
    if (said->as_of) {
        KITH_TRY(pair(app, sources, said->as_of, strlen(said->as_of), c));
        o->as_of = true;
        o->left_time = c[0], o->right_time = c[1];
    }
    if (said->near) {
        const char *names[2] = {said->lat ? said->lat : "lat", said->lon ? said->lon : "lon"};
        o->near = true;
        if (!kith_parse_distance(said->near, &o->distance)) return kith_app_usage(app, "--near takes a distance such as 5km or 300m");
        for (int i = 0; i < 2; i++) {
            KITH_TRY(pair(app, sources, names[i], strlen(names[i]), c));
            o->left_place[i] = c[0], o->right_place[i] = c[1];
        }
    }
    return KITH_OK;
}

static int emit(void *sink, kith_str rows, kith_error *err) { return kith_sink_write(sink, rows.p, rows.n, err); }

/* Where the left side is a file of a tenth of the right one's size at most (or of 16 MB, where that is a pipe), its keys are read first, so that only right rows that it asks for are
 * held. Whatever is wrong with it is said when it is its turn. */
static void read_keys(kith_app *app, const char *const files[2], kith_source *const sources[2], kith_joiner *joiner) {
    struct stat left, right;
    if (strcmp(files[0], "-") == 0 || stat(files[0], &left) != 0 || !S_ISREG(left.st_mode)) return;
    bool known = strcmp(files[1], "-") != 0 && stat(files[1], &right) == 0 && S_ISREG(right.st_mode);
    if (left.st_size > (known ? right.st_size / 10 : 1 << 24)) return;
    kith_source *source;
    kith_error ignored;
    kith_source_options o = {.files = files, .n_files = 1, .delimiter = kith_source_header(sources[0])->delimiter, .no_header = app->common.no_headers,
                             .max_size = app->common.max_size, .threads = kith_source_threads(sources[0]), .on_error = KITH_ON_ERROR_SKIP};
    if (kith_source_open(&source, &o, &ignored) != KITH_OK) return;
    kith_scan scan = {.visit = kith_joiner_wanted_visit, .commit = kith_joiner_wanted_commit, .ctx = joiner};
    if (kith_source_scan(source, &scan, &ignored) != KITH_OK) kith_joiner_all(joiner);
    kith_source_close(source);
}

static int go(kith_app *app, kith_source *const sources[2], kith_sink *sink, kith_joiner *joiner) {
    kith_scan right = {.visit = kith_joiner_right_visit, .commit = kith_joiner_right_commit, .ctx = joiner};
    kith_scan left = {.visit = kith_joiner_left_visit, .commit = kith_joiner_left_commit, .ctx = joiner, .sink = sink};
    KITH_TRY(kith_app_scan(app, sources[1], &right));
    KITH_TRY(kith_joiner_built(joiner, &app->error));
    KITH_TRY(kith_app_scan(app, sources[0], &left));
    KITH_TRY(kith_joiner_finish(joiner, emit, sink, &app->error));
    kith_join_counts c = kith_joiner_counts(joiner);
    if (c.both_repeated)
        kith_app_say(app, "%llu keys have several rows on both sides: each left row comes out with each right row", (unsigned long long)c.both_repeated);
    if (kith_app_verbose(app))
        kith_app_say(app, "right: %llu rows, %llu keys, %llu of them repeated; %llu bytes went through temporary files",
                     (unsigned long long)c.right_rows, (unsigned long long)c.right_keys, (unsigned long long)c.right_repeated,
                     (unsigned long long)c.spilled);
    return KITH_OK;
}

static int join(kith_app *app) {
    const struct said *said = app->said;
    kith_source *sources[2];
    kith_sink *sink;
    const char **names;
    if (app->n_files < 1 || app->n_files > 2) return kith_app_usage(app, "two files are joined: LEFT (or standard input) and RIGHT");
    if (said->left && said->anti) return kith_app_usage(app, "--left and --anti exclude each other");
    if (said->as_of && said->near) return kith_app_usage(app, "--as-of and --near exclude each other");
    if (!app->common.key && !said->as_of && !said->near) return kith_app_usage(app, "-k names the key (or --as-of, --near)");
    const char *files[2] = {app->n_files == 2 ? app->files[0] : "-", app->files[app->n_files - 1]};
    if (strcmp(files[0], "-") == 0 && strcmp(files[1], "-") == 0) return kith_app_usage(app, "only one side can be standard input");
    for (int side = 0; side < 2; side++) KITH_TRY(kith_app_source_of(app, &files[side], 1, &sources[side]));
    kith_join_options o = {.kind = said->left ? KITH_JOIN_LEFT : said->anti ? KITH_JOIN_ANTI : KITH_JOIN_INNER,
                           .delimiter = kith_app_delimiter(app, sources[0]), .within = said->within ? said->within : INT64_MAX,
                           .zone = app->common.zone, .memory = app->common.memory, .folder = getenv("TMPDIR")};
    KITH_TRY(bind(app, sources, &o));
    KITH_TRY(bind_added(app, sources, &o, &names));
    o.workers = kith_source_threads(sources[0]) > kith_source_threads(sources[1]) ? kith_source_threads(sources[0]) : kith_source_threads(sources[1]);
    KITH_TRY(kith_app_sink(app, &sink));
    KITH_TRY(kith_app_header(app, sink, sources[0], NULL, names, said->anti ? 0 : o.right.n + o.near));
    kith_joiner *joiner;
    int status = kith_joiner_new(&joiner, &o, &app->error);
    if (status == KITH_OK && o.n_keys && !app->common.shard) read_keys(app, files, sources, joiner);
    if (status == KITH_OK) status = go(app, sources, sink, joiner);
    kith_joiner_free(joiner);
    return status;
}

const kith_verb kith_verb_ingest_join = {
    .name = "join",
    .brief = "rows of one file with those of another, by key, time or place",
    .operands = "[LEFT] RIGHT",
    .grain = "any rows → the same rows, wider",
    .takes = KITH_TAKES_FILTER | KITH_TAKES_KEY | KITH_TAKES_MEMORY | KITH_TAKES_ZONE,
    .options = options,
    .examples = examples,
    .said_size = sizeof(struct said),
    .run = join,
};
