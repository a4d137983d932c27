/* kith/app.h: what every verb has in common: options, help, opening, threads, progress, endings, messages, exit status.
 *
 * To add a verb: write tools/FAMILY/VERB.c in the order of its neighbours (head comment, struct said, option table, examples, functions, descriptor
 * `const kith_verb kith_verb_FAMILY_VERB`), name it in CMakeLists.txt, write man/FAMILY-VERB.txt and tests/cli/FAMILY/VERB.sh.
 *
 *     static int run(kith_app *app) {
 *         struct said *said = app->said;
 *         kith_source *source;
 *         KITH_TRY(kith_app_source(app, &source));                 // opens the files, reads the header
 *         ... bind columns with kith_app_column(app, source, name, &col)
 *         kith_sink *sink;
 *         KITH_TRY(kith_app_sink(app, &sink));                     // -o or standard output
 *         ... kith_app_header(...)
 *         kith_scan scan = {.visit = visit, .ctx = &ctx, .sink = sink};
 *         return kith_app_scan(app, source, &scan);                // progress, rejects, the closing line
 *     }
 *
 * Errors go into app->error. Sources and sinks opened through the app are closed by it, with every check, when run returns. */
#ifndef KITH_APP_H
#define KITH_APP_H

#include <kith/fold.h>

/* ---- option tables ------------------------------------------------------------------------------------------ */

typedef enum kith_option_type {
    KITH_OPT_FLAG,     /* bool */
    KITH_OPT_STRING,   /* const char * */
    KITH_OPT_RESULT,   /* const char *: a file that the run writes (kith_app_side); its folder stays writable */
    KITH_OPT_LIST,     /* kith_list: repeatable strings */
    KITH_OPT_INT,      /* int64_t */
    KITH_OPT_DOUBLE,   /* double */
    KITH_OPT_SIZE,     /* uint64_t bytes */
    KITH_OPT_DURATION, /* int64_t microseconds */
    KITH_OPT_CHOICE,   /* int: the index among `choices`, separated by | */
} kith_option_type;

typedef struct kith_list {
    size_t n;
    const char **items;
} kith_list;

typedef struct kith_option {
    char letter;         /* 0: none */
    const char *name;    /* without the dashes */
    const char *arg;     /* the argument's name in the help; NULL for a flag */
    kith_option_type type;
    size_t offset;       /* in the verb's struct said */
    const char *help;    /* one line; the default in it */
    const char *choices; /* for KITH_OPT_CHOICE: a|b|c */
    bool column;         /* completes with the header's names */
    bool required;       /* strings and lists only */
} kith_option;

#define KITH_OPT_END {0, NULL, NULL, KITH_OPT_FLAG, 0, NULL, NULL, false, false}

/* Groups of the common options (DESIGN section 2) that a verb takes; -h --help --version -q -v always. */
enum {
    KITH_TAKES_INPUT = 1 << 0,   /* -d --delimiter --tsv --csv -n --no-headers -j --threads --progress --shard */
    KITH_TAKES_OUTPUT = 1 << 1,  /* -o -D --header --dry-run --spreadsheet-safe */
    KITH_TAKES_ERRORS = 1 << 2,  /* --on-error --rejects --max-rejects */
    KITH_TAKES_SELECT = 1 << 3,  /* -s --select */
    KITH_TAKES_DROP = 1 << 4,    /* --drop */
    KITH_TAKES_BY = 1 << 5,      /* -g --by */
    KITH_TAKES_KEY = 1 << 6,     /* -k --key */
    KITH_TAKES_EXPR = 1 << 7,    /* -e --expr */
    KITH_TAKES_ID = 1 << 8,      /* --id */
    KITH_TAKES_MODEL = 1 << 9,   /* -m --model */
    KITH_TAKES_MEMORY = 1 << 10, /* --memory */
    KITH_TAKES_SEED = 1 << 11,   /* --seed */
    KITH_TAKES_STATE = 1 << 12,  /* --state --save-state --shard-name --again */
    KITH_TAKES_TIME = 1 << 13,   /* --until --tz */
    KITH_TAKES_LINES = 1 << 14,  /* --line-buffered */
    KITH_TAKES_REPLACE = 1 << 15, /* --replace */
    KITH_TAKES_EXPLAIN = 1 << 16, /* --explain */
    KITH_TAKES_ZONE = 1 << 19,    /* --tz, where times are read and nothing is looked at up to a moment */
    KITH_TAKES_REJECTING = 1 << 20, /* with KITH_TAKES_ERRORS: --on-error is reject where nothing is said */
    KITH_TAKES_AGAIN = 1 << 17,   /* --again, where the operands are states */
    KITH_HANDS_OVER = 1 << 18,    /* kith_app_hand_over: keeps the right to run a program */
    KITH_TAKES_FILTER = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS, /* the usual ones of a row filter */
};

typedef struct kith_common {
    const char *delimiter, *output_delimiter, *output, *rejects, *max_rejects, *select, *drop, *by, *key, *id, *tz, *until;
    const char *save_state, *shard_name, *shard;
    bool spreadsheet_safe, show_values;
    bool tsv, csv, no_headers, line_buffered, replace, quiet, verbose, progress, explain, dry_run, again;
    int header;   /* 0 always, 1 as-is, 2 never */
    int on_error; /* kith_on_error */
    int64_t threads, seed;
    uint64_t max_size; /* 0: the input's own bound */
    uint64_t memory; /* bytes; the default is half of what the machine has free */
    kith_list expr, model, state;
    /* worked out from the text above */
    char in_delimiter, out_delimiter; /* 0: not said */
    bool on_error_said, id_said;
    const kith_zone *zone;
    bool has_until;
    int64_t until_us; /* the last microsecond that counts: a date includes its whole day */
} kith_common;

/* ---- verbs -------------------------------------------------------------------------------------------------- */

/* An example: printed in the manual, run by the tests. The command is run by sh with `input` on standard input (NULL: none) and must
 * print exactly `output`. */
typedef struct kith_example {
    const char *say;
    const char *input;
    const char *command;
    const char *output;
} kith_example;

typedef struct kith_app kith_app;

typedef struct kith_verb {
    const char *name;     /* "where", "fit lead" */
    const char *brief;    /* one sentence, lower case, no full stop */
    const char *operands; /* "[FILE...]", "EXPR [FILE...]" */
    const char *grain;    /* what rows it takes and gives: "event → person" */
    unsigned takes;       /* KITH_TAKES_… */
    const kith_option *options;
    const kith_example *examples; /* ends with an empty one */
    size_t said_size;
    void (*defaults)(void *said, kith_common *common); /* may be NULL: all zero */
    int (*names)(kith_app *app, kith_list *files); /* may be NULL; files that a file of the command line names: others cannot be opened later */
    int (*run)(kith_app *app);
    const kith_fold *fold; /* the fold that its states hold; NULL: none */
    const char *negative;  /* what exit status 1 says; NULL: the verb has no such answer */
} kith_verb;

struct kith_app {
    const char *program; /* kith-segment */
    const kith_verb *verb;
    const kith_verb *const *verbs; /* of the family */
    void *said;
    kith_common common;
    const char **files; /* the operands */
    size_t n_files;
    kith_arena *arena;  /* the run's */
    kith_error error;
    struct kith_app_private *private_;
};

/* ---- opening and running ------------------------------------------------------------------------------------ */

/* The operands (or standard input) as one source, with the common options. */
int kith_app_source(kith_app *app, kith_source **source);
/* The same for given files; several sources may be open one after the other or together. */
int kith_app_source_of(kith_app *app, const char *const *files, size_t n, kith_source **source);
/* With changes to the options that the app would use: fill from kith_app_source_options, change, then open. */
void kith_app_source_options(kith_app *app, const char *const *files, size_t n, kith_source_options *options);
int kith_app_source_with(kith_app *app, const kith_source_options *options, kith_source **source);
/* Closes a source before the run ends, where a verb reads any number of inputs one after the other. */
void kith_app_source_done(kith_app *app, kith_source *source);
/* The result's sink: -o or standard output. With --dry-run, a sink that takes nothing. */
int kith_app_sink(kith_app *app, kith_sink **sink);
/* A side file (renamed only if the whole run succeeds); its option is a KITH_OPT_RESULT. */
int kith_app_side(kith_app *app, const char *path, kith_sink **sink);
/* For verbs that read with a reader of their own: the operands, or "-" for standard input (refused where that is a terminal); the counts
 * for the closing line. */
int kith_app_inputs(kith_app *app, const char *const **files, size_t *n);
/* For verbs whose expressions may speak of all rows of a person (kith/persons.h), where --id names the person: before the source is opened, the
 * operands become files that can be read twice (KITH_USAGE with --shard); once the expressions are compiled, the reading before. *persons: NULL where
 * no expression does; else to be freed with kith_persons_free after the works. */
int kith_app_rereadable(kith_app *app);
struct kith_exprs;
struct kith_persons;
int kith_app_persons(kith_app *app, struct kith_exprs *set, uint32_t id, struct kith_persons **persons);
void kith_app_count(kith_app *app, uint64_t rows_in, uint64_t rows_out, uint64_t rejected, uint64_t dropped);
/* kith_source_scan with progress, --rejects and the counts for the closing line. */
int kith_app_scan(kith_app *app, kith_source *source, kith_scan *scan);
int kith_app_threads(const kith_app *app);

/* A column by the name said, or its default. `option` is for the message ("--id"). */
int kith_app_column(kith_app *app, const kith_source *source, const char *said, const char *otherwise, uint32_t *column);
/* The output's delimiter: -D, else the source's where rows pass through (source may be NULL: a new table, a comma). */
char kith_app_delimiter(const kith_app *app, const kith_source *source);
/* The header of the output by --header: the source's columns (those of `kept`; NULL: all), then `added` names. */
int kith_app_header(kith_app *app, kith_sink *sink, const kith_source *source, const kith_selection *kept,
                    const char *const *added, size_t n_added);
/* Runs a fold over the operands with --state, --save-state and the closing: the whole run() of a folding verb. */
int kith_app_fold(kith_app *app, const kith_fold *fold, const kith_params *params);
/* Its parts, for a verb that does something else with the state: what --state and the operands come to, saved by --save-state; the
 * result of a state written; and given files folded into a state. The state is the caller's to free, also after a failure (NULL then, perhaps). */
int kith_app_fold_state(kith_app *app, const kith_fold *fold, const kith_params *params, kith_state **state);
int kith_app_fold_result(kith_app *app, kith_state *state);
int kith_app_fold_files(kith_app *app, kith_state *into, const char *const *files, size_t n_files);

/* What --shard ID@FILE names: the shard's number (0 without), its file, how many records stand before it there, and how many
 * files the shards are of (the operands without). */
typedef struct kith_app_shard {
    uint64_t id, before;
    const char *path;
    size_t files;
} kith_app_shard;
void kith_app_shard_of(const kith_app *app, kith_app_shard *shard);

/* A line on standard error, "program: …", unless --quiet. `kith_app_warn` even then. No personal data. */
void kith_app_say(kith_app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
void kith_app_warn(kith_app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool kith_app_verbose(const kith_app *app);
/* Whether the result goes to a terminal; how wide to draw: COLUMNS, else the terminal's width, else `otherwise`; and whether colours are taken. */
bool kith_app_terminal(const kith_app *app);
int kith_app_width(const kith_app *app, int otherwise);
bool kith_app_colour(const kith_app *app);

/* Usage errors of a verb's own: KITH_USAGE into app->error, with a hint at --help. */
int kith_app_usage(kith_app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hands the command line over to the program kith-FAMILY-VERB beside this one: for verbs whose libraries load too slowly for the others. */
int kith_app_hand_over(kith_app *app);

int kith_app_main(const char *family, const kith_verb *const *verbs, int argc, char **argv);

#endif
