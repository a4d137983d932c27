/* The inside of an app; private to lib/app. */
#ifndef KITH_APP_PRIVATE_H
#define KITH_APP_PRIVATE_H

#include <kith/app.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

enum { APP_SINKS = 16, APP_SOURCES = 16, APP_OPTIONS = 128 };

struct kith_app_private {
    pthread_mutex_t lock; /* guards the lists, for the thread that answers signals */
    kith_sink *sinks[APP_SINKS]; /* [0] is the result */
    const char *sink_paths[APP_SINKS]; /* NULL: standard output, or nothing there */
    size_t n_sinks;
    kith_source *sources[APP_SOURCES];
    size_t n_sources;
    kith_source *scanning; /* for progress */
    kith_sink *rejects;
    struct timespec started;
    pthread_t signals;
    bool answering, progress_shown, progress_wanted, version_wanted;
    bool asked; /* an option was given that says what is computed */
    uint64_t rows_in, rows_out, rejected, dropped, bad;
    const char *family; /* "" for the verbs of kith itself */
    char **argv;
    kith_file_id before; /* what stood under --save-state, or -o of merge and forget, when the run began */
    kith_range range; /* of --shard */
    const char *range_file;
    size_t range_files;
    const char *const *names; /* what app->files are called, where copies stand for them; NULL: as they are */
};

/* options.c */
typedef struct app_option { /* one option, the verb's own or a common one */
    const kith_option *option;
    bool common;
    unsigned group; /* KITH_TAKES_…, 0: always */
} app_option;
size_t app_options(const kith_verb *verb, app_option *list, size_t room); /* in the order of the help */
int app_parse(kith_app *app, int argc, char **argv, bool *help); /* *help: --help or --version was asked for (version_wanted) */
int app_settle(kith_app *app); /* the common options' texts into values */

/* A stream of text for a person: its width in columns where it is a terminal (else 0), and whether it takes colour (NO_COLOR and
 * TERM=dumb say no). */
typedef struct app_look {
    int width;
    bool colour;
} app_look;
app_look app_look_of(FILE *to); /* app.c */

/* help.c */
void app_help(const kith_app *app, FILE *to);
void app_hint_at_option(kith_app *app); /* to the message of a column that is not there */
void app_short_help(const kith_app *app, FILE *to); /* without the options */
void app_family_help(const char *family, const kith_verb *const *verbs, FILE *to);
void app_exit_status(const kith_verb *verb, FILE *to); /* one line */
void app_examples(const char *family, const kith_verb *const *verbs, FILE *to);
void app_list(const char *family, const kith_verb *const *verbs, FILE *to);
void app_version(const char *program);
extern const kith_verb app_columns; /* a file's header, a name a line: what completions ask */
const char *app_verb_file(const kith_verb *verb, char *name, size_t room); /* "fit lead" → fit_lead */

/* manual.c */
void app_man(const char *family, const kith_verb *verb, FILE *to);
void app_family_man(const char *family, const kith_verb *const *verbs, FILE *to);

/* signals.c */
int app_signals_start(kith_app *app);
void app_signals_stop(kith_app *app);
void app_clear_progress(const kith_app *app); /* takes the line of progress off the screen */

/* confine.c: gives up what the run will not need; `more` names files that may be read besides those of the command line. Before any thread. */
void app_confine(const kith_app *app, const kith_list *more);

/* app.c */
const char *app_replaced(const kith_app *app); /* the state file that the run will put another in the place of, or NULL */
int app_run_verb(kith_app *app, int argc, char **argv);
void app_cut_header(const kith_app *app, kith_buf *out); /* takes the first record off a table under --header never */

/* shards.c: cutting files into shards, and opening one */
int app_shard_run(kith_app *app);
int app_shard_open(kith_app *app);

/* why.c */
int app_why_run(kith_app *app);
void app_why_defaults(void *said, kith_common *common);

/* states.c: merge, finish, show, forget over the family's folds */
extern const kith_verb *const app_state_verbs[]; /* ends in NULL; of no family: "" */
int app_state_command(kith_app *app, int argc, char **argv, bool *handled);

#endif
