/* A run from the first argument to the exit status: finding the verb, opening, scanning, and the checked ending. */
#include "private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- saying ------------------------------------------------------------------------------------------------- */

static bool colour_wanted(void) {
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(none && *none) && term && *term && strcmp(term, "dumb") != 0;
}

app_look app_look_of(FILE *to) {
    struct winsize size;
    int fd = fileno(to), width = 80;
    int64_t n;
    if (fd < 0 || !isatty(fd)) return (app_look){0, false};
    const char *columns = getenv("COLUMNS");
    if (columns && kith_parse_int(kith_str_of(columns), &n) && n >= 20 && n <= 10000) width = (int)n;
    else if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) width = size.ws_col;
    return (app_look){width, colour_wanted()};
}

static void say(const kith_app *app, const char *format, va_list args) {
    char line[1200];
    int n = vsnprintf(line, sizeof line, format, args);
    if (n < 0) return;
    bool failure = app->error.text[0] && strcmp(line, app->error.text) == 0, colour = app_look_of(stderr).colour; /* red for what ended the run, else faint */
    kith_harmless(line, strlen(line)); /* an expression's fault shows its place in further lines */
    fprintf(stderr, "%s%s%s:%s %s\n", app->private_ && app->private_->progress_shown ? "\r\033[K" : "", !colour ? "" : failure ? "\033[1;31m" : "\033[2m", app->program,
            colour ? "\033[0m" : "", line);
}

void kith_app_say(kith_app *app, const char *format, ...) {
    if (app->common.quiet) return;
    va_list args;
    va_start(args, format);
    say(app, format, args);
    va_end(args);
}

void kith_app_warn(kith_app *app, const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(app, format, args);
    va_end(args);
}

bool kith_app_verbose(const kith_app *app) { return app->common.verbose; }

int kith_app_usage(kith_app *app, const char *format, ...) {
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return kith_fail(&app->error, KITH_USAGE, "%s (see kith %s%s%s --help)", text, app->private_->family, app->private_->family[0] ? " " : "", app->verb->name);
}

int kith_app_width(const kith_app *app, int otherwise) {
    (void)app;
    const char *columns = getenv("COLUMNS");
    int64_t n;
    if (columns && kith_parse_int(kith_str_of(columns), &n) && n >= 20 && n <= 10000) return (int)n;
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
    return otherwise;
}

bool kith_app_terminal(const kith_app *app) { return !app->common.output && isatty(STDOUT_FILENO); }

bool kith_app_colour(const kith_app *app) { return colour_wanted() && kith_app_terminal(app); }

/* ---- opening ------------------------------------------------------------------------------------------------ */

int kith_app_threads(const kith_app *app) { return app->common.threads > 0 ? (int)app->common.threads : kith_cpu_count(); }

void kith_app_source_options(kith_app *app, const char *const *files, size_t n, kith_source_options *options) {
    const kith_common *c = &app->common;
    *options = (kith_source_options){.files = files, .n_files = n, .names = files == app->files ? app->private_->names : NULL,
                                     .delimiter = c->in_delimiter, .no_header = c->no_headers, .line_buffered = c->line_buffered, .max_size = c->max_size, .threads = kith_app_threads(app),
                                     .on_error = (kith_on_error)c->on_error, .hash = c->save_state != NULL || c->state.n > 0};
}

int kith_app_source_with(kith_app *app, const kith_source_options *options, kith_source **source) {
    struct kith_app_private *p = app->private_;
    *source = NULL;
    if (p->n_sources == APP_SOURCES) return kith_fail(&app->error, KITH_DEFECT, "too many sources");
    kith_source_options ranged = *options;
    bool reads_stdin = options->n_files == 0;
    if (p->range_file && p->n_sources == 0 && options->files == app->files && app->n_files) /* a verb that took an expression from the operands */
        return kith_app_usage(app, "--shard stands for the input; name no file");
    if (p->range_file && p->n_sources == 0 && (reads_stdin || (options->files == app->files && app->n_files == 0))) {
        ranged.files = &p->range_file;
        ranged.n_files = 1;
        ranged.range = &p->range;
        options = &ranged;
        reads_stdin = false;
    }
    if (reads_stdin && isatty(STDIN_FILENO)) {
        app_short_help(app, stderr);
        return kith_app_usage(app, "no file named, and standard input is a terminal");
    }
    KITH_TRY(kith_source_open(source, options, &app->error));
    pthread_mutex_lock(&p->lock);
    p->sources[p->n_sources++] = *source;
    pthread_mutex_unlock(&p->lock);
    return KITH_OK;
}

void kith_app_source_done(kith_app *app, kith_source *source) {
    struct kith_app_private *p = app->private_;
    pthread_mutex_lock(&p->lock);
    size_t at = 0;
    while (at < p->n_sources && p->sources[at] != source) at++;
    if (at < p->n_sources) p->sources[at] = p->sources[--p->n_sources];
    pthread_mutex_unlock(&p->lock);
    kith_source_close(source);
}

int kith_app_inputs(kith_app *app, const char *const **files, size_t *n) {
    static const char *const standard_input[] = {"-"};
    *files = app->n_files ? app->files : standard_input;
    *n = app->n_files ? app->n_files : 1;
    if (app->n_files || !isatty(STDIN_FILENO)) return KITH_OK;
    app_short_help(app, stderr);
    return kith_app_usage(app, "no file named, and standard input is a terminal");
}

void kith_app_count(kith_app *app, uint64_t rows_in, uint64_t rows_out, uint64_t rejected, uint64_t dropped) {
    struct kith_app_private *p = app->private_;
    pthread_mutex_lock(&p->lock);
    p->rows_in += rows_in;
    p->rows_out += rows_out;
    p->rejected += rejected;
    p->dropped += dropped;
    pthread_mutex_unlock(&p->lock);
}

int kith_app_source_of(kith_app *app, const char *const *files, size_t n, kith_source **source) {
    kith_source_options options;
    kith_app_source_options(app, files, n, &options);
    return kith_app_source_with(app, &options, source);
}

int kith_app_source(kith_app *app, kith_source **source) { return kith_app_source_of(app, app->files, app->n_files, source); }

const char *app_replaced(const kith_app *app) {
    if (app->common.dry_run) return NULL;
    if (app->verb->takes & KITH_TAKES_STATE) return app->common.save_state;
    return app->verb->takes & KITH_TAKES_AGAIN ? app->common.output : NULL;
}

static int add_sink(kith_app *app, const char *path, size_t at, kith_sink **sink) {
    struct kith_app_private *p = app->private_;
    *sink = NULL;
    if (p->n_sinks == APP_SINKS) return kith_fail(&app->error, KITH_DEFECT, "too many sinks");
    for (size_t i = 0; path && i < p->n_sinks; i++) /* the one closed last would replace the other; devices take both */
        if (i != at && p->sink_paths[i] && strcmp(p->sink_paths[i], path) == 0 && strncmp(path, "/dev/", 5) != 0 && strcmp(path, "-") != 0)
            return kith_app_usage(app, "%s is named for two results", path);
    KITH_TRY(kith_sink_open(sink, app->common.dry_run ? "/dev/null" : path, &app->error));
    const char *state = app_replaced(app);
    if (path && state && strcmp(path, state) == 0) kith_sink_expect(*sink, &p->before);
    pthread_mutex_lock(&p->lock);
    p->sinks[at] = *sink;
    p->sink_paths[at] = path;
    if (at == p->n_sinks) p->n_sinks++;
    if (at == 0) app_clear_progress(app); /* rows may come to the same screen */
    pthread_mutex_unlock(&p->lock);
    return KITH_OK;
}

int kith_app_sink(kith_app *app, kith_sink **sink) {
    struct kith_app_private *p = app->private_;
    if (p->sinks[0]) {
        *sink = p->sinks[0];
        return KITH_OK;
    }
    KITH_TRY(add_sink(app, app->common.output, 0, sink));
    if (app->common.spreadsheet_safe) kith_sink_guard(*sink, app->common.out_delimiter);
    return KITH_OK;
}

int kith_app_side(kith_app *app, const char *path, kith_sink **sink) { return add_sink(app, path, app->private_->n_sinks, sink); }

char kith_app_delimiter(const kith_app *app, const kith_source *source) {
    if (app->common.out_delimiter) return app->common.out_delimiter;
    return source ? kith_source_header(source)->delimiter : ',';
}

int kith_app_column(kith_app *app, const kith_source *source, const char *said, const char *otherwise, uint32_t *column) {
    return kith_column(kith_source_header(source), said ? said : otherwise, column, &app->error);
}

int kith_app_header(kith_app *app, kith_sink *sink, const kith_source *source, const kith_selection *kept, const char *const *added,
                    size_t n_added) {
    const kith_header *h = kith_source_header(source);
    if (app->common.header == 2 || (app->common.header == 1 && !h->had)) return KITH_OK;
    kith_buf buf = {0};
    char delimiter = kith_app_delimiter(app, source);
    kith_row_writer w = kith_row_begin(&buf, delimiter);
    uint32_t n = kept ? kept->n : h->n;
    for (uint32_t j = 0; j < n; j++) kith_put_name(&w, kept ? kept->names[j] : h->names[j]);
    for (size_t i = 0; i < n_added; i++) kith_put_name(&w, kith_str_of(added[i]));
    if (w.fields) kith_row_end(&w);
    int status = kith_sink_buf(sink, &buf, &app->error);
    kith_buf_free(&buf);
    return status;
}

/* ---- scanning ----------------------------------------------------------------------------------------------- */

static int open_rejects(kith_app *app, kith_scan *scan, double *percent) {
    struct kith_app_private *p = app->private_;
    const kith_common *c = &app->common;
    static const char head[] = "file,line,byte,column,code,value,raw\n";
    if (c->rejects && !p->rejects) {
        KITH_TRY(kith_app_side(app, c->rejects, &p->rejects));
        KITH_TRY(kith_sink_write(p->rejects, head, sizeof head - 1, &app->error));
    }
    if (!scan->rejects) scan->rejects = p->rejects;
    *percent = 100;
    if (!c->max_rejects) return KITH_OK;
    size_t n = strlen(c->max_rejects);
    double value;
    bool share = n && c->max_rejects[n - 1] == '%';
    if (!kith_parse_double((kith_str){c->max_rejects, n - share}, &value) || value < 0 || (share && value > 100))
        return kith_app_usage(app, "--max-rejects takes a number or a percentage such as 1%%");
    if (share) *percent = value;
    else scan->max_rejects = value < 1e18 ? (uint64_t)value : UINT64_MAX;
    if (!share && !scan->max_rejects) return kith_app_usage(app, "--max-rejects takes at least 1; --on-error stop allows none");
    return KITH_OK;
}

int kith_app_scan(kith_app *app, kith_source *source, kith_scan *scan) {
    struct kith_app_private *p = app->private_;
    double percent;
    KITH_TRY(open_rejects(app, scan, &percent));
    pthread_mutex_lock(&p->lock);
    p->scanning = source;
    pthread_mutex_unlock(&p->lock);
    int status = kith_source_scan(source, scan, &app->error);
    pthread_mutex_lock(&p->lock);
    p->scanning = NULL;
    p->rows_in += scan->total.rows_in;
    p->rows_out += scan->total.rows_out;
    p->rejected += scan->total.rejected;
    p->dropped += scan->total.dropped;
    p->bad += scan->total.bad;
    pthread_mutex_unlock(&p->lock);
    if (status == KITH_OK && percent < 100 && (double)scan->total.rejected > percent / 100 * (double)scan->total.rows_in)
        return kith_fail(&app->error, KITH_DATA, "%llu of %llu rows rejected, more than %s (--max-rejects)",
                         (unsigned long long)scan->total.rejected, (unsigned long long)scan->total.rows_in, app->common.max_rejects);
    return status;
}

/* ---- ending ------------------------------------------------------------------------------------------------- */

static void close_sources(kith_app *app) {
    struct kith_app_private *p = app->private_;
    pthread_mutex_lock(&p->lock);
    size_t n = p->n_sources;
    p->n_sources = 0;
    p->scanning = NULL;
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < n; i++) kith_source_close(p->sources[i]);
}

/* All sinks flushed before the first is renamed; then renamed. Any failure abandons the rest. */
static int close_sinks(kith_app *app, int status) {
    struct kith_app_private *p = app->private_;
    bool good = status == KITH_OK || status == KITH_NEGATIVE;
    if (good && !p->sinks[0] && !app->common.dry_run && (app->verb->takes & KITH_TAKES_OUTPUT)) {
        kith_sink *unused; /* a verb that wrote nothing has written an empty result */
        if (app->common.output && add_sink(app, app->common.output, 0, &unused) != KITH_OK) good = false, status = app->error.status;
    }
    for (size_t i = 0; good && i < p->n_sinks; i++)
        if (p->sinks[i]) {
            int s = kith_sink_flush(p->sinks[i], &app->error);
            if (s != KITH_OK) good = false, status = s;
        }
    pthread_mutex_lock(&p->lock);
    if (!good && status != KITH_CLOSED && !p->sinks[0] && !app->common.output && (app->verb->takes & KITH_TAKES_OUTPUT)) {
        kith_error ignored; /* nothing was written yet: the mark alone goes out */
        if (kith_sink_open(&p->sinks[0], NULL, &ignored) != KITH_OK) p->sinks[0] = NULL;
    }
    for (size_t i = 0; i < p->n_sinks; i++) {
        kith_sink *sink = p->sinks[i];
        p->sinks[i] = NULL;
        if (!sink) continue;
        if (!good) {
            if (status == KITH_CLOSED) kith_sink_abandon(sink, app->program, "closed");
            else kith_sink_abandon(sink, app->program, app->error.text);
            continue;
        }
        int s = kith_sink_close(sink, &app->error);
        if (s != KITH_OK) good = false, status = s;
    }
    p->n_sinks = 1;
    pthread_mutex_unlock(&p->lock);
    return status;
}

static void closing_line(kith_app *app) {
    struct kith_app_private *p = app->private_;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double s = (double)(now.tv_sec - p->started.tv_sec) + (double)(now.tv_nsec - p->started.tv_nsec) / 1e9;
    if (app->common.verbose || (p->progress_shown && !app->common.quiet)) /* after long work before a person's eyes, too */
        kith_app_warn(app, "%s: %llu rows in, %llu out, %llu rejected, %llu dropped, %.3f s", app->verb->name, (unsigned long long)p->rows_in,
                      (unsigned long long)p->rows_out, (unsigned long long)p->rejected, (unsigned long long)(p->dropped + p->bad), s);
    else if (p->bad) kith_app_say(app, "%llu rows left out (--on-error skip)", (unsigned long long)p->bad);
    else if (p->rejected && !app->common.rejects) kith_app_say(app, "%llu rows rejected; --rejects FILE keeps them", (unsigned long long)p->rejected);
}

int app_run_verb(kith_app *app, int argc, char **argv) {
    struct kith_app_private *p = app->private_;
    const kith_verb *verb = app->verb;
    bool help = false;
    app->said = kith_arena_zalloc(app->arena, verb->said_size + 1);
    if (!app->said) return kith_no_memory(&app->error);
    app->common.seed = 1;
    if (verb->defaults) verb->defaults(app->said, &app->common);
    int status = app_parse(app, argc, argv, &help);
    if (help) {
        if (p->version_wanted) app_version(app->program);
        else app_help(app, stdout);
        return fflush(stdout) == 0 && !ferror(stdout) ? KITH_OK : kith_fail(&app->error, KITH_SYSTEM, "standard output: cannot write");
    }
    if (status == KITH_OK) status = app_settle(app);
    if (status == KITH_OK && app->common.shard) status = app_shard_open(app);
    if (status == KITH_OK && app_replaced(app)) kith_file_identify(app_replaced(app), &p->before);
    if (status != KITH_OK) { /* a wrong call in a pipe: the next stage must not take silence for an empty result */
        signal(SIGPIPE, SIG_IGN);
        p->n_sinks = 1;
        return close_sinks(app, status);
    }
    p->n_sinks = 1;
    p->progress_wanted = app->common.progress;
    kith_list named = {0};
    status = verb->names ? verb->names(app, &named) : KITH_OK;
    if (status == KITH_OK && !(verb->takes & KITH_HANDS_OVER)) app_confine(app, &named);
    KITH_TRY(app_signals_start(app));
    if (status == KITH_OK) status = verb->run(app);
    if (status == KITH_DATA) app_hint_at_option(app);
    status = close_sinks(app, status);
    app_signals_stop(app);
    if (status == KITH_OK || status == KITH_NEGATIVE) closing_line(app);
    close_sources(app);
    return status;
}

int kith_app_hand_over(kith_app *app) {
    char file[64], path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 160);
    sigset_t none;
    if (n < 0) n = 0;
    path[n] = 0;
    char *slash = strrchr(path, '/');
    char *name = slash ? slash + 1 : path;
    snprintf(name, 160, "%s-%s", app->program, app_verb_file(app->verb, file, sizeof file));
    app_signals_stop(app);
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (slash) execv(path, app->private_->argv);
    execvp(name, app->private_->argv);
    return kith_fail(&app->error, KITH_SYSTEM, "cannot run %s: %s", name, strerror(errno));
}

/* ---- main --------------------------------------------------------------------------------------------------- */

/* The verb that argv names, by its one or two words; *used is how many. */
static const kith_verb *find_verb(const kith_verb *const *verbs, int argc, char **argv, int *used) {
    for (size_t i = 0; verbs[i]; i++) {
        const char *blank = strchr(verbs[i]->name, ' ');
        size_t first = blank ? (size_t)(blank - verbs[i]->name) : strlen(verbs[i]->name);
        if (strlen(argv[0]) != first || strncmp(argv[0], verbs[i]->name, first) != 0) continue;
        if (blank && (argc < 2 || strcmp(argv[1], blank + 1) != 0)) continue;
        *used = blank ? 2 : 1;
        return verbs[i];
    }
    return NULL;
}

static int no_verb(kith_app *app, int argc, char **argv) {
    const char *names[128];
    size_t n = 0;
    char kinds[400] = "";
    for (size_t i = 0; app->verbs[i] && n < 128; i++) {
        const char *name = app->verbs[i]->name, *blank = strchr(name, ' ');
        names[n++] = name;
        if (blank && strlen(argv[0]) == (size_t)(blank - name) && strncmp(argv[0], name, (size_t)(blank - name)) == 0)
            snprintf(kinds + strlen(kinds), sizeof kinds - strlen(kinds), "%s%s", kinds[0] ? ", " : "", blank + 1);
    }
    if (kinds[0]) return kith_fail(&app->error, KITH_USAGE, "%s what? one of: %s", argv[0], kinds);
    (void)argc;
    const char *nearest = kith_nearest_name(argv[0], names, n);
    if (nearest) return kith_fail(&app->error, KITH_USAGE, "no verb '%.40s'; did you mean '%s'?", argv[0], nearest);
    return kith_fail(&app->error, KITH_USAGE, "no verb '%.40s' (see kith %s --help)", argv[0], app->private_->family);
}

static int dispatch(kith_app *app, const char *family, int argc, char **argv) {
    const kith_verb *const *verbs = app->verbs;
    bool handled = false;
    int used = 0;
    if (argc < 1) {
        app_family_help(family, verbs, stderr);
        return KITH_USAGE;
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) return app_family_help(family, verbs, stdout), KITH_OK;
    if (strcmp(argv[0], "--version") == 0) return app_version(app->program), KITH_OK;
    if (strcmp(argv[0], "--columns") == 0) { /* for completions */
        app->verb = &app_columns;
        return app_run_verb(app, argc - 1, argv + 1);
    }
    if (argc >= 2 && strcmp(argv[1], "kith") == 0) family = "", verbs = app_state_verbs; /* --list kith: the verbs of kith itself */
    if (strcmp(argv[0], "--list") == 0) return app_list(family, verbs, stdout), KITH_OK;
    if (strcmp(argv[0], "--examples") == 0) return app_examples(family, verbs, stdout), KITH_OK;
    if (strcmp(argv[0], "--man") == 0) {
        int skip = family[0] ? 1 : 2;
        if (argc <= skip) return app_family_man(family, verbs, stdout), KITH_OK;
        app->verb = find_verb(verbs, argc - skip, argv + skip, &used);
        if (!app->verb) return no_verb(app, argc - skip, argv + skip);
        return app_man(family, app->verb, stdout), KITH_OK;
    }
    app->verb = find_verb(verbs, argc, argv, &used);
    if (!app->verb) {
        int status = app_state_command(app, argc, argv, &handled);
        return handled ? status : no_verb(app, argc, argv);
    }
    return app_run_verb(app, argc - used, argv + used);
}

int kith_app_main(const char *family, const kith_verb *const *verbs, int argc, char **argv) {
    char program[64];
    struct kith_app_private hidden = {.lock = PTHREAD_MUTEX_INITIALIZER, .family = family, .argv = argv};
    kith_app app = {.program = program, .verbs = verbs, .private_ = &hidden, .arena = kith_arena_new()};
    snprintf(program, sizeof program, "kith-%s", family);
    clock_gettime(CLOCK_MONOTONIC, &hidden.started);
    int status = app.arena ? dispatch(&app, family, argc - 1, argv + 1) : kith_no_memory(&app.error);
    if (status == KITH_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = errno == EPIPE ? KITH_CLOSED : kith_fail(&app.error, KITH_SYSTEM, "standard output: cannot write: %s", strerror(errno));
    if (status != KITH_OK && status != KITH_NEGATIVE && status != KITH_CLOSED && app.error.text[0]) kith_app_warn(&app, "%s", app.error.text);
    if (status == KITH_NEGATIVE && app.error.text[0]) kith_app_say(&app, "%s", app.error.text);
    kith_arena_free(app.arena);
    if (status == KITH_CLOSED) { /* the reader went away: quietly, as by SIGPIPE */
        sigset_t set;
        signal(SIGPIPE, SIG_DFL);
        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        raise(SIGPIPE);
    }
    return status;
}
