/* Options: one table a verb, one table of the common ones; both are parsed, printed and completed from here. */
#include "private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(field) offsetof(kith_common, field)

static const struct {
    unsigned group;
    kith_option option;
} common_options[] = {
    {KITH_TAKES_ID, {0, "id", "COL", KITH_OPT_STRING, AT(id), "the column that identifies (default: person_id, else id)", NULL, true, false}},
    {KITH_TAKES_SELECT, {'s', "select", "SEL", KITH_OPT_STRING, AT(select), "columns to take: names, numbers, a:d, *_at, /regex/, !x", NULL, true, false}},
    {KITH_TAKES_DROP, {0, "drop", "SEL", KITH_OPT_STRING, AT(drop), "columns to leave out", NULL, true, false}},
    {KITH_TAKES_KEY, {'k', "key", "SEL", KITH_OPT_STRING, AT(key), "key columns", NULL, true, false}},
    {KITH_TAKES_BY, {'g', "by", "SEL", KITH_OPT_STRING, AT(by), "group by these columns", NULL, true, false}},
    {KITH_TAKES_EXPR, {'e', "expr", "EXPR", KITH_OPT_LIST, AT(expr), "an expression; repeatable", NULL, false, false}},
    {KITH_TAKES_MODEL, {'m', "model", "[NAME=]FILE", KITH_OPT_LIST, AT(model), "a model; repeatable; NAME prefixes the columns it adds", NULL, false, false}},
    {KITH_TAKES_TIME, {0, "until", "TIME", KITH_OPT_STRING, AT(until), "look up to this moment; a date includes its day (default: the latest time seen)", NULL, false, false}},
    {KITH_TAKES_TIME | KITH_TAKES_ZONE, {0, "tz", "ZONE", KITH_OPT_STRING, AT(tz), "the zone of times without one (default UTC)", NULL, false, false}},
    {KITH_TAKES_SEED, {0, "seed", "N", KITH_OPT_INT, AT(seed), "seed of every random choice (default 1)", NULL, false, false}},
    {KITH_TAKES_STATE, {0, "state", "FILE", KITH_OPT_LIST, AT(state), "start from a saved state; repeatable", NULL, false, false}},
    {KITH_TAKES_STATE, {0, "save-state", "FILE", KITH_OPT_RESULT, AT(save_state), "save the state, to merge or carry on", NULL, false, false}},
    {KITH_TAKES_STATE, {0, "shard-name", "NAME", KITH_OPT_STRING, AT(shard_name), "the name of this input in the state (default: the file's)", NULL, false, false}},
    {KITH_TAKES_STATE | KITH_TAKES_AGAIN, {0, "again", NULL, KITH_OPT_FLAG, AT(again), "ignore a state whose inputs are counted already", NULL, false, false}},
    {KITH_TAKES_REJECTING, {0, "on-error", "ANSWER", KITH_OPT_CHOICE, AT(on_error), "rows that cannot be used: stop, skip or reject (default reject)", "stop|skip|reject", false, false}},
    {KITH_TAKES_ERRORS, {0, "on-error", "ANSWER", KITH_OPT_CHOICE, AT(on_error), "rows that cannot be used: stop, skip or reject (default stop)", "stop|skip|reject", false, false}},
    {KITH_TAKES_ERRORS, {0, "rejects", "FILE", KITH_OPT_RESULT, AT(rejects), "where rejected rows go: file,line,byte,column,code,value,raw; --on-error is reject then", NULL, false, false}},
    {KITH_TAKES_ERRORS, {0, "max-rejects", "N|P%", KITH_OPT_STRING, AT(max_rejects), "give up past so many rejected rows; --on-error is reject then", NULL, false, false}},
    {KITH_TAKES_LINES, {0, "line-buffered", NULL, KITH_OPT_FLAG, AT(line_buffered), "answer each row at once", NULL, false, false}},
    {KITH_TAKES_REPLACE, {0, "replace", NULL, KITH_OPT_FLAG, AT(replace), "a column that exists may be replaced", NULL, false, false}},
    {KITH_TAKES_INPUT, {'d', "delimiter", "C", KITH_OPT_STRING, AT(delimiter), "input delimiter: a character, or tab, blank, comma, semicolon, pipe", NULL, false, false}},
    {KITH_TAKES_INPUT, {0, "tsv", NULL, KITH_OPT_FLAG, AT(tsv), "input delimiter is a tab", NULL, false, false}},
    {KITH_TAKES_INPUT, {0, "csv", NULL, KITH_OPT_FLAG, AT(csv), "input delimiter is a comma", NULL, false, false}},
    {KITH_TAKES_INPUT, {'n', "no-headers", NULL, KITH_OPT_FLAG, AT(no_headers), "the input has no header: columns are called 1, 2, 3 ...", NULL, false, false}},
    {KITH_TAKES_OUTPUT, {'D', "output-delimiter", "C", KITH_OPT_STRING, AT(output_delimiter), "output delimiter", NULL, false, false}},
    {KITH_TAKES_OUTPUT, {0, "header", "WHEN", KITH_OPT_CHOICE, AT(header), "the header on output: always, as-is or never (default always)", "always|as-is|never", false, false}},
    {KITH_TAKES_OUTPUT, {0, "spreadsheet-safe", NULL, KITH_OPT_FLAG, AT(spreadsheet_safe), "an apostrophe before fields that a spreadsheet would run as formulas", NULL, false, false}},
    {KITH_TAKES_OUTPUT, {'o', "output", "FILE", KITH_OPT_RESULT, AT(output), "write to FILE, which appears when it is complete", NULL, false, false}},
    {KITH_TAKES_INPUT, {0, "shard", "ID@FILE", KITH_OPT_STRING, AT(shard), "read only this shard, as kith shard cut it", NULL, false, false}},
    {KITH_TAKES_INPUT, {0, "max-size", "SIZE", KITH_OPT_SIZE, AT(max_size), "compressed input: bytes at most when unpacked (default: 250 times its size, and 1G in any case)", NULL, false, false}},
    {KITH_TAKES_INPUT, {'j', "threads", "N", KITH_OPT_INT, AT(threads), "threads (default: all cores)", NULL, false, false}},
    {KITH_TAKES_MEMORY, {0, "memory", "SIZE", KITH_OPT_SIZE, AT(memory), "memory before spilling to disk (default: half of what is free)", NULL, false, false}},
    {KITH_TAKES_EXPLAIN, {0, "explain", NULL, KITH_OPT_FLAG, AT(explain), "print what was decided for you, as CSV", NULL, false, false}},
    {KITH_TAKES_OUTPUT, {0, "dry-run", NULL, KITH_OPT_FLAG, AT(dry_run), "do everything but write", NULL, false, false}},
    {KITH_TAKES_INPUT, {0, "progress", NULL, KITH_OPT_FLAG, AT(progress), "show progress even where standard error is no terminal", NULL, false, false}},
    {0, {0, "show-values", NULL, KITH_OPT_FLAG, AT(show_values), "messages show the beginning of a value that is refused, not its kind", NULL, false, false}},
    {0, {'q', "quiet", NULL, KITH_OPT_FLAG, AT(quiet), "no remarks on standard error", NULL, false, false}},
    {0, {'v', "verbose", NULL, KITH_OPT_FLAG, AT(verbose), "say what was done: rows in, out, rejected, seconds", NULL, false, false}},
};

static bool taken(const kith_verb *verb, const char *name, char letter) {
    for (const kith_option *o = verb->options; o && o->name; o++)
        if (strcmp(o->name, name) == 0 || (letter && o->letter == letter)) return true;
    return false;
}

size_t app_options(const kith_verb *verb, app_option *list, size_t room) {
    size_t n = 0;
    for (const kith_option *o = verb->options; o && o->name && n < room; o++) list[n++] = (app_option){o, false, 0};
    for (size_t i = 0; i < sizeof common_options / sizeof *common_options && n < room; i++) {
        const kith_option *o = &common_options[i].option;
        unsigned group = common_options[i].group;
        bool another = n > 0 && strcmp(list[n - 1].option->name, o->name) == 0; /* its other default came first */
        if ((group == 0 || (verb->takes & group)) && !taken(verb, o->name, 0) && !another) list[n++] = (app_option){o, true, group};
    }
    return n;
}

static int choice_of(const char *choices, const char *text) {
    size_t n = strlen(text);
    int index = 0;
    for (const char *p = choices;; index++) {
        const char *bar = strchr(p, '|');
        size_t length = bar ? (size_t)(bar - p) : strlen(p);
        if (length == n && memcmp(p, text, n) == 0) return index;
        if (!bar) return -1;
        p = bar + 1;
    }
}

/* Options of these groups say how a verb reads and writes, not what it computes. */
enum { HOW = KITH_TAKES_INPUT | KITH_TAKES_OUTPUT | KITH_TAKES_ERRORS | KITH_TAKES_MEMORY | KITH_TAKES_STATE | KITH_TAKES_LINES | KITH_TAKES_EXPLAIN | KITH_TAKES_REJECTING };

static int set(kith_app *app, const app_option *o, const char *spelled, const char *text) {
    if (!o->common || (o->group & ~(unsigned)HOW & ~(unsigned)KITH_TAKES_AGAIN)) app->private_->asked = true;
    char *base = o->common ? (char *)&app->common : (char *)app->said;
    void *field = base + o->option->offset;
    switch (o->option->type) {
    case KITH_OPT_FLAG: *(bool *)field = true; return KITH_OK;
    case KITH_OPT_STRING:
    case KITH_OPT_RESULT: *(const char **)field = text; return KITH_OK;
    case KITH_OPT_LIST: {
        kith_list *list = field;
        const char **items = kith_arena_alloc(app->arena, (list->n + 1) * sizeof *items);
        if (!items) return kith_no_memory(&app->error);
        if (list->n) memcpy(items, list->items, list->n * sizeof *items);
        items[list->n++] = text;
        list->items = items;
        return KITH_OK;
    }
    case KITH_OPT_INT:
        if (kith_parse_int(kith_str_of(text), (int64_t *)field)) return KITH_OK;
        return kith_app_usage(app, "%s takes a whole number", spelled);
    case KITH_OPT_DOUBLE:
        if (kith_parse_double(kith_str_of(text), (double *)field)) return KITH_OK;
        return kith_app_usage(app, "%s takes a number", spelled);
    case KITH_OPT_SIZE:
        if (kith_parse_size(text, (uint64_t *)field)) return KITH_OK;
        return kith_app_usage(app, "%s takes a size such as 64M or 2G", spelled);
    case KITH_OPT_DURATION:
        if (kith_parse_duration(text, (int64_t *)field)) return KITH_OK;
        return kith_app_usage(app, "%s takes a duration such as 30m, 36h or 7d", spelled);
    case KITH_OPT_CHOICE: {
        int index = choice_of(o->option->choices, text);
        if (index >= 0) {
            *(int *)field = index;
            if (o->common && o->option->offset == AT(on_error)) app->common.on_error_said = true;
            return KITH_OK;
        }
        return kith_app_usage(app, "%s takes one of %s", spelled, o->option->choices);
    }
    }
    return kith_fail(&app->error, KITH_DEFECT, "option %s has no type", spelled);
}

static int unknown(kith_app *app, const char *spelled, const app_option *list, size_t n) {
    const char *names[APP_OPTIONS + 2];
    for (size_t i = 0; i < n; i++) names[i] = list[i].option->name;
    names[n] = "help";
    names[n + 1] = "version";
    const char *nearest = strncmp(spelled, "--", 2) == 0 ? kith_nearest_name(spelled + 2, names, n + 2) : NULL;
    if (nearest) return kith_app_usage(app, "no option %s; did you mean --%s?", spelled, nearest);
    return kith_app_usage(app, "no option %s", spelled);
}

static int parse_long(kith_app *app, const char *arg, char **argv, int argc, int *i, const app_option *list, size_t n, bool *help) {
    const char *eq = strchr(arg, '=');
    size_t length = eq ? (size_t)(eq - arg) : strlen(arg);
    char spelled[80];
    if (length >= sizeof spelled) return kith_app_usage(app, "no option %.40s...", arg);
    memcpy(spelled, arg, length);
    spelled[length] = 0;
    if (strcmp(spelled, "--help") == 0 || strcmp(spelled, "--version") == 0) {
        app->private_->version_wanted = spelled[2] == 'v';
        *help = true;
        return KITH_OK;
    }
    for (size_t k = 0; k < n; k++) {
        const kith_option *o = list[k].option;
        if (strcmp(o->name, spelled + 2) != 0) continue;
        if (!o->arg) return eq ? kith_app_usage(app, "%s takes no value", spelled) : set(app, &list[k], spelled, NULL);
        if (!eq && *i + 1 >= argc) return kith_app_usage(app, "%s needs a value: %s", spelled, o->arg);
        return set(app, &list[k], spelled, eq ? eq + 1 : argv[++*i]);
    }
    return unknown(app, spelled, list, n);
}

static int parse_short(kith_app *app, const char *arg, char **argv, int argc, int *i, const app_option *list, size_t n, bool *help) {
    for (const char *c = arg + 1; *c; c++) {
        char spelled[3] = {'-', *c, 0};
        const app_option *found = NULL;
        for (size_t k = 0; k < n && !found; k++)
            if (list[k].option->letter == *c) found = &list[k];
        if (!found && *c == 'h') {
            *help = true;
            return KITH_OK;
        }
        if (!found) return unknown(app, spelled, list, n);
        if (!found->option->arg) {
            KITH_TRY(set(app, found, spelled, NULL));
            continue;
        }
        if (!c[1] && *i + 1 >= argc) return kith_app_usage(app, "%s needs a value: %s", spelled, found->option->arg);
        return set(app, found, spelled, c[1] ? c + 1 : argv[++*i]);
    }
    return KITH_OK;
}

int app_parse(kith_app *app, int argc, char **argv, bool *help) {
    app_option list[APP_OPTIONS];
    size_t n = app_options(app->verb, list, APP_OPTIONS);
    app->files = kith_arena_alloc(app->arena, ((size_t)argc + 1) * sizeof *app->files);
    if (!app->files) return kith_no_memory(&app->error);
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        if (only_operands || arg[0] != '-' || !arg[1]) app->files[app->n_files++] = arg;
        else if (strcmp(arg, "--") == 0) only_operands = true;
        else if (arg[1] == '-') KITH_TRY(parse_long(app, arg, argv, argc, &i, list, n, help));
        else KITH_TRY(parse_short(app, arg, argv, argc, &i, list, n, help));
        if (*help) return KITH_OK;
    }
    for (size_t k = 0; k < n; k++) {
        const kith_option *o = list[k].option;
        if (!o->required || (app->common.state.n && !app->private_->asked)) continue; /* the state says what was asked */
        char *field = (list[k].common ? (char *)&app->common : (char *)app->said) + o->offset;
        bool given = o->type == KITH_OPT_LIST ? ((kith_list *)(void *)field)->n > 0 : *(const char **)(void *)field != NULL;
        if (!given) return kith_app_usage(app, "--%s %s is needed", o->name, o->arg);
    }
    return KITH_OK;
}

static int delimiter_of(kith_app *app, const char *option, const char *text, char *delimiter) {
    static const struct {
        const char *name;
        char c;
    } names[] = {{"tab", '\t'}, {"\\t", '\t'}, {"blank", ' '}, {"space", ' '}, {"comma", ','}, {"semicolon", ';'}, {"pipe", '|'}, {"colon", ':'}};
    if (!text) return KITH_OK;
    *delimiter = text[0];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i].name) == 0) {
            *delimiter = names[i].c;
            return KITH_OK;
        }
    if (text[0] && !text[1] && text[0] != '"' && text[0] != '\n' && text[0] != '\r') return KITH_OK;
    return kith_app_usage(app, "%s takes one character (no quote, no line end), or tab, blank, comma, semicolon, pipe", option);
}

int app_settle(kith_app *app) {
    kith_common *c = &app->common;
    KITH_TRY(delimiter_of(app, "--delimiter", c->delimiter, &c->in_delimiter));
    KITH_TRY(delimiter_of(app, "--output-delimiter", c->output_delimiter, &c->out_delimiter));
    if (c->tsv + c->csv + (c->delimiter != NULL) > 1) return kith_app_usage(app, "--delimiter, --tsv and --csv exclude each other");
    if (c->header == 1 && c->no_headers) c->header = 2; /* as-is: the input has none */
    if (c->tsv) c->in_delimiter = '\t';
    if (c->csv) c->in_delimiter = ',';
    if (c->threads < 0 || c->threads > 64) return kith_app_usage(app, "--threads takes 1 to 64");
    const char *threads = getenv("KITH_THREADS");
    if (!c->threads && threads && *threads && (!kith_parse_int(kith_str_of(threads), &c->threads) || c->threads < 1 || c->threads > 64))
        return kith_app_usage(app, "KITH_THREADS takes 1 to 64");
    if ((c->rejects || c->max_rejects) && !c->on_error_said) c->on_error = KITH_ON_ERROR_REJECT;
    if ((c->rejects || c->max_rejects) && c->on_error != KITH_ON_ERROR_REJECT)
        return kith_app_usage(app, "--%s goes with --on-error reject", c->rejects ? "rejects" : "max-rejects");
    if (!c->memory) c->memory = kith_memory_to_use();
    if (c->show_values && setenv(KITH_SHOWN, "1", 1) != 0) return kith_no_memory(&app->error);
    if (c->tz) KITH_TRY(kith_zone_find(app->arena, c->tz, &c->zone, &app->error));
    if (c->until) {
        bool is_date = false;
        if (!kith_parse_time(kith_str_of(c->until), c->zone, &c->until_us, &is_date))
            return kith_app_usage(app, "--until takes a date or a time such as 2026-09-30 or 2026-09-30T12:00:00Z");
        c->has_until = true;
        if (is_date) c->until_us += KITH_US_PER_DAY - 1;
    }
    return KITH_OK;
}
