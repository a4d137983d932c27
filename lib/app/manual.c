/* Manual pages in mdoc from the option tables. @PROSE@ and @SEE@ stand where man/make.sh puts the prose and the pages that it names. */
#include "private.h"

#include <string.h>

static void text(const char *s, FILE *to) { /* a dot or quote at a line's start, and backslashes, are commands in mdoc */
    bool start = true;
    for (const char *p = s; *p; p++) {
        if (start && (*p == '.' || *p == '\'')) fputs("\\&", to);
        if (*p == '\\') fputs("\\e", to);
        else if (*p == '-') fputs("\\-", to);
        else fputc(*p, to);
        start = *p == '\n';
    }
}

/* The page's name, kith-FAMILY-VERB, with the verb's blanks as dashes; in capitals for the title. */
static void page_name(const char *family, const char *verb, bool capitals, FILE *to) {
    char name[120];
    snprintf(name, sizeof name, "kith%s%s%s%s", family[0] ? "-" : "", family, verb[0] ? "-" : "", verb);
    for (char *c = name; *c; c++) fputc(*c == ' ' || *c == '_' ? '-' : capitals && *c >= 'a' && *c <= 'z' ? *c - ('a' - 'A') : *c, to);
}

static void head(const char *family, const char *verb, const char *brief, FILE *to) {
    fprintf(to, ".Dd November 21, 2026\n.Dt ");
    page_name(family, verb, true, to);
    fprintf(to, " 1\n.Os kith\n.Sh NAME\n.Nm ");
    page_name(family, verb, false, to);
    fprintf(to, "\n.Nd %s\n.Sh SYNOPSIS\n", brief);
}

static void argument(const kith_option *o, FILE *to) {
    if (o->arg) fprintf(to, " Ar \"%s\"", o->arg);
}

/* Whether the operands' text says that the option must be given: "-e 'NAME = EXPR' [FILE...]". */
static bool demanded(const kith_verb *v, const kith_option *o) {
    char name[80];
    if (o->required) return true;
    if (!v->operands || v->operands[0] != '-') return false;
    if (o->letter && v->operands[1] == o->letter) return true;
    snprintf(name, sizeof name, "--%s ", o->name);
    return strncmp(v->operands, name, strlen(name)) == 0;
}

static void synopsis(const char *family, const kith_verb *v, const app_option *list, size_t n, FILE *to) {
    fprintf(to, ".Nm kith %s%s%s\n", family, family[0] ? " " : "", v->name);
    for (size_t i = 0; i < n; i++) {
        const kith_option *o = list[i].option;
        fprintf(to, demanded(v, o) ? ".Fl " : ".Op Fl ");
        if (o->letter) fprintf(to, "%c", o->letter);
        else fprintf(to, "-%s", o->name);
        argument(o, to);
        fprintf(to, "\n");
    }
    for (const char *p = v->operands ? v->operands : ""; *p;) { /* [LEFT] RIGHT, word by word */
        size_t length = strcspn(p, " "), wide = length;
        bool optional = *p == '[' && p[length - 1] == ']', operand = *p == '[' || (*p >= 'A' && *p <= 'Z' && v->operands[0] != '-');
        if (optional) wide -= 2;
        bool dots = wide > 3 && strncmp(p + optional + wide - 3, "...", 3) == 0;
        if (operand) fprintf(to, "%s%.*s%s\n", optional ? ".Op Ar " : ".Ar ", (int)(dots ? wide - 3 : wide), p + optional, dots ? " ..." : "");
        p += length + (p[length] == ' ');
    }
}

static void option(const kith_option *o, FILE *to) {
    fprintf(to, ".It ");
    if (o->letter) {
        fprintf(to, "Fl %c", o->letter);
        argument(o, to);
        fprintf(to, " , ");
    }
    fprintf(to, "Fl -%s", o->name);
    argument(o, to);
    fprintf(to, "\n");
    text(o->help, to);
    size_t length = strlen(o->help);
    fprintf(to, "%s\n", length && o->help[length - 1] == '.' ? "" : ".");
}

static void example(const kith_example *e, FILE *to) {
    size_t length = strlen(e->say);
    text(e->say, to);
    fprintf(to, "%s\n", length && e->say[length - 1] == '.' ? "" : ":");
    fprintf(to, ".Bd -literal -offset indent\n");
    if (e->input) text(e->input, to);
    fprintf(to, "$ ");
    text(e->command, to);
    fprintf(to, "\n");
    if (e->output) text(e->output, to);
    fprintf(to, ".Ed\n");
}

void app_man(const char *family, const kith_verb *v, FILE *to) {
    app_option list[APP_OPTIONS];
    size_t n = app_options(v, list, APP_OPTIONS);
    head(family, v->name, v->brief, to);
    synopsis(family, v, list, n, to);
    fprintf(to, ".Sh DESCRIPTION\n@PROSE@\n");
    if (v->grain) {
        fprintf(to, ".Sh ROWS\n");
        text(v->grain, to);
        fprintf(to, ".\n");
    }
    for (int common = 0; common < 2; common++) {
        size_t of = 0;
        for (size_t i = 0; i < n; i++) of += list[i].common == (bool)common;
        if (!of) continue;
        fprintf(to, common ? ".Ss Options that verbs share\n.Bl -tag -width Ds\n" : ".Sh OPTIONS\n.Bl -tag -width Ds\n");
        for (size_t i = 0; i < n; i++)
            if (list[i].common == (bool)common) option(list[i].option, to);
        if (common) fprintf(to, ".It Fl h , Fl -help\nThe short help, examples first.\n.It Fl -version\nThe version of kith and of the libraries in use.\n");
        fprintf(to, ".El\n");
    }
    fprintf(to, ".Sh EXIT STATUS\n");
    app_exit_status(v, to);
    for (const kith_example *e = v->examples; e && e->command; e++) {
        if (e == v->examples) fprintf(to, ".Sh EXAMPLES\n");
        else fprintf(to, ".Pp\n");
        example(e, to);
    }
    fprintf(to, ".Sh SEE ALSO\n@SEE@\n");
}

void app_family_man(const char *family, const kith_verb *const *verbs, FILE *to) {
    head(family, "", "@BRIEF@", to);
    fprintf(to, ".Nm kith %s\n.Ar verb\n.Op Ar options\n.Op Ar FILE ...\n.Sh DESCRIPTION\n@PROSE@\n.Sh VERBS\n", family);
    fprintf(to, "Under each verb: what it does, and the grain of the rows that it takes and gives.\n.Bl -tag -width Ds\n");
    for (size_t i = 0; verbs[i]; i++) {
        fprintf(to, ".It Xr ");
        page_name(family, verbs[i]->name, false, to);
        fprintf(to, " 1\n");
        text(verbs[i]->brief, to);
        fprintf(to, ".\n");
        if (verbs[i]->grain) {
            fprintf(to, ".br\n");
            text(verbs[i]->grain, to);
            fprintf(to, ".\n");
        }
    }
    fprintf(to, ".El\n.Sh EXIT STATUS\n0 done; 1 a documented negative answer; 2 usage; 3 bad data; 4 the system; 5 a defect in kith.\n.Sh SEE ALSO\n@SEE@\n");
}
