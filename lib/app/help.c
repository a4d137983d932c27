/* Help, manual pages, examples as tests, lists for completions: all from the option tables. */
#include "private.h"

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
    fprintf(to, "kith %s %s: %s\n", app->private_->family, v->name, v->brief);
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
    fprintf(to, "\nusage: kith %s %s [options] %s\n\n", app->private_->family, v->name, v->operands ? v->operands : "");
    for (size_t i = 0; i < n; i++) print_option(list[i].option, to);
    fprintf(to, "  -h, --help                    this help\n      --version                 the version of kith\n");
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

void app_version(const char *program) { printf("%s %s\n", program, KITH_VERSION); }

/* ---- manual pages -------------------------------------------------------------------------------------------- */

static void mdoc_text(const char *text, FILE *to) { /* a dot or quote at a line's start, and backslashes, are commands in mdoc */
    bool start = true;
    for (const char *p = text; *p; p++) {
        if (start && (*p == '.' || *p == '\'')) fputs("\\&", to);
        if (*p == '\\') fputs("\\e", to);
        else if (*p == '-') fputs("\\-", to);
        else fputc(*p, to);
        start = *p == '\n';
    }
}

void app_man(const char *family, const kith_verb *v, FILE *to) {
    app_option list[APP_OPTIONS];
    size_t n = app_options(v, list, APP_OPTIONS);
    char title[128], file[64];
    snprintf(title, sizeof title, "kith-%s-%s", family, app_verb_file(v, file, sizeof file));
    for (char *c = title; *c; c++)
        if (*c == '_') *c = '-';
    fprintf(to, ".Dd November 21, 2026\n.Dt %s 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n.Sh SYNOPSIS\n.Nm kith %s %s\n", title, title, v->brief, family, v->name);
    for (size_t i = 0; i < n; i++) {
        const kith_option *o = list[i].option;
        fprintf(to, ".Op Fl ");
        if (o->letter) fprintf(to, "%c", o->letter);
        else fprintf(to, "-%s", o->name);
        if (o->arg) fprintf(to, " Ar \"%s\"", o->arg);
        fprintf(to, "\n");
    }
    if (v->operands) fprintf(to, ".Ar %s\n", v->operands);
    fprintf(to, ".Sh DESCRIPTION\n@PROSE@\n");
    if (v->grain) fprintf(to, ".Pp\nRows: %s.\n", v->grain);
    fprintf(to, ".Pp\nThe options are:\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < n; i++) {
        const kith_option *o = list[i].option;
        fprintf(to, ".It ");
        if (o->letter) fprintf(to, "Fl %c%s%s%s , ", o->letter, o->arg ? " Ar \"" : "", o->arg ? o->arg : "", o->arg ? "\"" : "");
        fprintf(to, "Fl -%s%s%s%s\n", o->name, o->arg ? " Ar \"" : "", o->arg ? o->arg : "", o->arg ? "\"" : "");
        mdoc_text(o->help, to);
        fprintf(to, ".\n");
    }
    fprintf(to, ".El\n.Sh EXIT STATUS\n0 done; 1 a documented negative answer; 2 usage; 3 bad data; 4 the system; 5 a defect in kith.\n");
    for (const kith_example *e = v->examples; e && e->command; e++) {
        if (e == v->examples) fprintf(to, ".Sh EXAMPLES\n");
        if (e != v->examples) fprintf(to, ".Pp\n");
        mdoc_text(e->say, to);
        fprintf(to, ":\n.Bd -literal -offset indent\n");
        if (e->input) mdoc_text(e->input, to);
        fprintf(to, "$ ");
        mdoc_text(e->command, to);
        fprintf(to, "\n");
        if (e->output) mdoc_text(e->output, to);
        fprintf(to, ".Ed\n");
    }
    fprintf(to, ".Sh SEE ALSO\n.Xr kith 1\n");
}

/* A shell script that runs every example and compares: the last line counts. */
void app_examples(const char *family, const kith_verb *const *verbs, FILE *to) {
    fprintf(to, "# Examples of kith-%s, run by the tests.\nfailed=0 ran=0\n", family);
    for (size_t i = 0; verbs[i]; i++)
        for (const kith_example *e = verbs[i]->examples; e && e->command; e++) {
            fprintf(to, "cat >input <<'KITH_INPUT'\n%sKITH_INPUT\ncat >command <<'KITH_COMMAND'\n%s\nKITH_COMMAND\n", e->input ? e->input : "", e->command);
            fprintf(to, "cat >expected <<'KITH_OUTPUT'\n%sKITH_OUTPUT\n", e->output ? e->output : "");
            fprintf(to, "sh command <%s >got 2>errors; ran=$((ran+1))\n", e->input ? "input" : "/dev/null");
            fprintf(to, "cmp -s expected got || { failed=$((failed+1)); echo 'example fails: %s %s'; cat command; diff expected got; cat errors; }\n", family,
                    verbs[i]->name);
        }
    fprintf(to, "echo \"$((ran-failed)) examples passed, $failed failed\"\n[ $failed = 0 ]\n");
}
