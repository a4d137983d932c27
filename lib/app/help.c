/* Help, examples as tests, lists for completions: all from the option tables. */
#include "private.h"

#include <kith/libraries.h>

#include <stdlib.h>
#include <string.h>

const char *app_verb_file(const kith_verb *verb, char *name, size_t room) {
    snprintf(name, room, "%s", verb->name);
    for (char *c = name; *c; c++)
        if (*c == ' ') *c = '_';
    return name;
}

/* A text from column `at` on, wrapped at the terminal's width under `indent`; as one line where there is none. */
static void wrapped(const char *text, int at, int indent, app_look look, FILE *to) {
    for (bool first = true; *text; first = false) {
        size_t n = strcspn(text, " ");
        int wide = 0;
        for (size_t i = 0; i < n; i++) wide += ((unsigned char)text[i] & 0xC0) != 0x80;
        if (!first && look.width && at + 1 + wide > look.width) {
            fprintf(to, "\n%*s", indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', to);
            at++;
        }
        fwrite(text, 1, n, to);
        at += wide;
        text += n + (text[n] == ' ');
    }
    fputc('\n', to);
}

static void heading(const char *text, app_look look, FILE *to) { fprintf(to, "\n%s%s%s\n", look.colour ? "\033[1m" : "", text, look.colour ? "\033[0m" : ""); }

static void print_option(const kith_option *o, app_look look, FILE *to) {
    char left[80];
    int n = o->letter ? snprintf(left, sizeof left, "  -%c, --%s", o->letter, o->name) : snprintf(left, sizeof left, "      --%s", o->name);
    if (o->arg) n += snprintf(left + n, sizeof left - (size_t)n, " %s", o->arg);
    int column = look.width && look.width < 64 ? 10 : 32; /* on a narrow terminal the words go below */
    if (n > column - 2) fprintf(to, "%s\n%*s", left, column, "");
    else fprintf(to, "%-*s", column, left);
    wrapped(o->help, column, column, look, to);
}

/* What it does, what it takes, examples, how it is called. */
static void put_head(const kith_app *app, app_look look, FILE *to) {
    const kith_verb *v = app->verb;
    char name[80], line[400];
    snprintf(name, sizeof name, "kith %s%s%s", app->private_->family, app->private_->family[0] ? " " : "", v->name);
    fprintf(to, "%s%s%s: ", look.colour ? "\033[1m" : "", name, look.colour ? "\033[0m" : "");
    wrapped(v->brief, (int)strlen(name) + 2, 2, look, to);
    if (v->grain) fprintf(to, "rows: %s\n", v->grain);
    for (const kith_example *e = v->examples; e && e->command; e++) {
        if (e == v->examples) heading("examples:", look, to);
        fprintf(to, "%s  # ", look.colour ? "\033[2m" : "");
        wrapped(e->say, 4, 4, look, to);
        fputs(look.colour ? "\033[0m" : "", to);
        for (const char *p = e->command; *p;) { /* indented line by line */
            size_t length = strcspn(p, "\n");
            fprintf(to, "  %.*s\n", (int)length, p);
            p += length + (p[length] == '\n');
        }
    }
    snprintf(line, sizeof line, "usage: %s [options] %s", name, v->operands ? v->operands : "");
    heading(line, look, to);
}

void app_short_help(const kith_app *app, FILE *to) { put_head(app, app_look_of(to), to); }

void app_help(const kith_app *app, FILE *to) {
    static const kith_option last[] = {{'h', "help", NULL, KITH_OPT_FLAG, 0, "this help", NULL, false, false},
                                       {0, "version", NULL, KITH_OPT_FLAG, 0, "the version of kith and of the libraries in use", NULL, false, false}};
    app_look look = app_look_of(to);
    app_option list[APP_OPTIONS];
    size_t n = app_options(app->verb, list, APP_OPTIONS);
    put_head(app, look, to);
    bool shared = false;
    for (size_t i = 0; i < n; i++) {
        if (i == 0) heading(list[i].common ? "options of many verbs:" : "options:", look, to);
        else if (list[i].common && !shared) heading("options of many verbs:", look, to);
        shared = list[i].common;
        print_option(list[i].option, look, to);
    }
    for (size_t i = 0; i < 2; i++) print_option(&last[i], look, to);
    fprintf(to, "\nexit status: ");
    app_exit_status(app->verb, to);
}

/* Where a column that a verb takes by default is not there: which option names another. */
void app_hint_at_option(kith_app *app) {
    static const char needle[] = "no column '";
    char *at = strstr(app->error.text, needle), name[80];
    const char *option = NULL;
    if (!at || strstr(app->error.text, "did you mean")) return;
    at += sizeof needle - 1;
    size_t n = strcspn(at, "'"), length = strlen(app->error.text);
    if (n >= sizeof name) return;
    memcpy(name, at, n);
    name[n] = 0;
    if (strcmp(name, "person_id") == 0 && (app->verb->takes & KITH_TAKES_ID) && !app->common.id_said) option = "id";
    for (const kith_option *o = app->verb->options; o && o->name && !option; o++)
        if (o->column && strcmp(o->name, name) == 0) option = name;
    if (option && length < sizeof app->error.text) snprintf(app->error.text + length, sizeof app->error.text - length, "; --%s names another", option);
}

void app_exit_status(const kith_verb *v, FILE *to) {
    fprintf(to, "0 done; ");
    if (v->negative) fprintf(to, "1 %s; ", v->negative);
    fprintf(to, "2 usage; 3 bad data; 4 the system; 5 a defect in kith.\n");
}

void app_family_help(const char *family, const kith_verb *const *verbs, FILE *to) {
    app_look look = app_look_of(to);
    fprintf(to, "usage: kith %s VERB [options] [FILE...]\n\n", family);
    for (size_t i = 0; verbs[i]; i++) {
        fprintf(to, "  %s%-14s%s ", look.colour ? "\033[1m" : "", verbs[i]->name, look.colour ? "\033[0m" : "");
        wrapped(verbs[i]->brief, 17, 17, look, to);
    }
    fprintf(to, "\nkith %s VERB --help shows examples and options.\n", family);
}

void app_list(const char *family, const kith_verb *const *verbs, FILE *to) {
    fprintf(to, "family,verb,option,letter,value,column,choices,arg,help\n");
    for (size_t i = 0; verbs[i]; i++) {
        app_option list[APP_OPTIONS];
        size_t n = app_options(verbs[i], list, APP_OPTIONS);
        fprintf(to, "%s,%s,,,,,,,\"%s\"\n", family, verbs[i]->name, verbs[i]->brief);
        for (size_t k = 0; k < n; k++) {
            const kith_option *o = list[k].option;
            fprintf(to, "%s,%s,%s,%.1s,%d,%d,%s,\"%s\",\"%s\"\n", family, verbs[i]->name, o->name, o->letter ? &o->letter : "", o->arg != NULL,
                    o->column, o->choices ? o->choices : "", o->arg ? o->arg : "", o->help);
        }
    }
}

void app_version(const char *program) {
    kith_library list[KITH_LIBRARIES_MOST];
    size_t n = kith_libraries(list);
    printf("%s %s\n", program, KITH_VERSION);
    for (size_t i = 0; i < n; i++) {
        char version[KITH_LIBRARY_VERSION] = "";
        list[i].version(version);
        printf("  %s %s\n", list[i].name, version);
    }
}

/* A shell script that runs every example and compares: the last line counts. */
void app_examples(const char *family, const kith_verb *const *verbs, FILE *to) {
    fprintf(to, "# Examples of kith%s%s, run by the tests.\nfailed=0 ran=0\n", family[0] ? "-" : "", family);
    for (size_t i = 0; verbs[i]; i++)
        for (const kith_example *e = verbs[i]->examples; e && e->command; e++) {
            fprintf(to, "cat >input <<'KITH_INPUT'\n%sKITH_INPUT\ncat >command <<'KITH_COMMAND'\n%s\nKITH_COMMAND\n", e->input ? e->input : "", e->command);
            fprintf(to, "cat >expected <<'KITH_OUTPUT'\n%sKITH_OUTPUT\n", e->output ? e->output : "");
            fprintf(to, "sh command <%s >got 2>errors; ran=$((ran+1))\n", e->input ? "input" : "/dev/null");
            fprintf(to, "cmp -s expected got || { failed=$((failed+1)); echo 'example fails: %s%s%s'; cat command; diff expected got; cat errors; }\n", family, family[0] ? " " : "",
                    verbs[i]->name);
        }
    fprintf(to, "echo \"$((ran-failed)) examples passed, $failed failed\"\n[ $failed = 0 ]\n");
}

static int columns_run(kith_app *app) {
    kith_source *source;
    KITH_TRY(kith_app_source(app, &source));
    const kith_header *header = kith_source_header(source);
    for (uint32_t i = 0; i < header->n; i++)
        if (header->names[i].n && !memchr(header->names[i].p, '\n', header->names[i].n)) printf("%.*s\n", KITH_STR_FMT(header->names[i]));
    return KITH_OK;
}

const kith_verb app_columns = {.name = "columns", .brief = "the names in a file's header, for completions", .operands = "FILE", .takes = KITH_TAKES_INPUT, .run = columns_run};
