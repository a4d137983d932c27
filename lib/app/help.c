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

static void print_option(const kith_option *o, FILE *to) {
    char left[80];
    int n = o->letter ? snprintf(left, sizeof left, "  -%c, --%s", o->letter, o->name) : snprintf(left, sizeof left, "      --%s", o->name);
    if (o->arg) snprintf(left + n, sizeof left - (size_t)n, " %s", o->arg);
    if (strlen(left) > 30) fprintf(to, "%s\n%32s%s\n", left, "", o->help);
    else fprintf(to, "%-32s%s\n", left, o->help);
}

void app_help(const kith_app *app, FILE *to) {
    const kith_verb *v = app->verb;
    app_option list[APP_OPTIONS];
    size_t n = app_options(v, list, APP_OPTIONS);
    char name[80];
    snprintf(name, sizeof name, "kith %s%s%s", app->private_->family, app->private_->family[0] ? " " : "", v->name);
    fprintf(to, "%s: %s\n", name, v->brief);
    if (v->grain) fprintf(to, "rows: %s\n", v->grain);
    for (const kith_example *e = v->examples; e && e->command; e++) {
        if (e == v->examples) fprintf(to, "\nexamples:\n");
        fprintf(to, "  # %s\n", e->say);
        for (const char *p = e->command; *p;) { /* indented line by line */
            size_t length = strcspn(p, "\n");
            fprintf(to, "  %.*s\n", (int)length, p);
            p += length + (p[length] == '\n');
        }
    }
    fprintf(to, "\nusage: %s [options] %s\n\n", name, v->operands ? v->operands : "");
    for (size_t i = 0; i < n; i++) print_option(list[i].option, to);
    fprintf(to, "  -h, --help                    this help\n      --version                 the version of kith and of the libraries in use\n");
    fprintf(to, "\nexit status: ");
    app_exit_status(v, to);
}

void app_exit_status(const kith_verb *v, FILE *to) {
    fprintf(to, "0 done; ");
    if (v->negative) fprintf(to, "1 %s; ", v->negative);
    fprintf(to, "2 usage; 3 bad data; 4 the system; 5 a defect in kith.\n");
}

void app_family_help(const char *family, const kith_verb *const *verbs, FILE *to) {
    fprintf(to, "usage: kith %s VERB [options] [FILE...]\n\n", family);
    for (size_t i = 0; verbs[i]; i++) fprintf(to, "  %-14s %s\n", verbs[i]->name, verbs[i]->brief);
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
