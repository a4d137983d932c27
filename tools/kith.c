/* kith: the front. Executes kith-FAMILY, which stands beside it or in PATH; finds the family of a verb that is named alone; sends
 * states to the family whose fold they hold.
 *
 *     kith segment where 'amount > 50' crm.csv     kith where ...     kith merge a.st b.st -o all.st     kith help where */
#include <kith/fold.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern const char *const kith_front_verbs[][2];
extern const char *const kith_front_pages[][2]; /* name, line: the texts of the manual */

static const char *const families[] = {"ingest", "dedupe", "segment", "score", "report"};
static const char *const state_verbs[] = {"merge", "finish", "show", "forget", "shard", "why"};
enum { FAMILIES = sizeof families / sizeof *families, STATE_VERBS = sizeof state_verbs / sizeof *state_verbs };

static int run(const char *family, char **argv) {
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 64);
    char *slash = NULL;
    if (n > 0) {
        path[n] = 0;
        slash = strrchr(path, '/');
    }
    if (slash) {
        snprintf(slash + 1, sizeof path - (size_t)(slash + 1 - path), "kith-%s", family);
        execv(path, argv);
    }
    char name[64];
    snprintf(name, sizeof name, "kith-%s", family);
    execvp(name, argv);
    fprintf(stderr, "kith: cannot run kith-%s: %s\n", family, strerror(errno));
    return KITH_SYSTEM;
}

/* The columns of a terminal, or of COLUMNS, within what can be read; elsewhere 100. */
static int width_of(FILE *to) {
    const char *columns = getenv("COLUMNS");
    long width = columns ? strtol(columns, NULL, 10) : 0;
    struct winsize size;
    if (!columns && isatty(fileno(to)) && ioctl(fileno(to), TIOCGWINSZ, &size) == 0) width = size.ws_col;
    return width >= 40 && width <= 200 ? (int)width : 100;
}

static int usage(FILE *to, int status) {
    fprintf(to, "usage: kith FAMILY VERB [options] [FILE...]\n       kith merge|finish|show|forget STATE...\n       kith shard FILE... -o shards.csv\n       kith why COL=VALUE... FILE...\n       kith help [FAMILY] VERB, kith help TOPIC\n");
    const char *family = "";
    int at = 0, width = width_of(to);
    for (size_t i = 0; kith_front_verbs[i][0]; i++) {
        const char *verb = kith_front_verbs[i][1];
        if (strcmp(family, kith_front_verbs[i][0]) != 0) at = fprintf(to, "\n  %-8s", family = kith_front_verbs[i][0]) - 1;
        if (at > 10 && at + (int)strlen(verb) + 2 > width) at = fprintf(to, "\n  %-8s", "") - 1;
        at += fprintf(to, " %s", verb);
        if (kith_front_verbs[i + 1][0] && strcmp(family, kith_front_verbs[i + 1][0]) == 0) at += fprintf(to, ",");
    }
    fprintf(to, "\n\nkith help VERB shows examples, options and the page of the manual; the topics are schema, state, model, expressions, methods, cookbook.\n");
    return status;
}

/* The one family that has a verb of this first word, or of it and the second (NULL: there is none); NULL if none has or, with *many, if
 * several have. */
static const char *family_of(const char *verb, const char *second, bool *many) {
    const char *found = NULL;
    size_t n = strlen(verb);
    *many = false;
    for (size_t i = 0; second && kith_front_verbs[i][0]; i++) {
        const char *name = kith_front_verbs[i][1];
        if (strncmp(name, verb, n) == 0 && name[n] == ' ' && strcmp(name + n + 1, second) == 0) return kith_front_verbs[i][0];
    }
    for (size_t i = 0; kith_front_verbs[i][0]; i++) {
        const char *name = kith_front_verbs[i][1];
        if (strncmp(name, verb, n) != 0 || (name[n] != 0 && name[n] != ' ')) continue;
        if (found && strcmp(found, kith_front_verbs[i][0]) != 0) *many = true;
        found = kith_front_verbs[i][0];
    }
    return *many ? NULL : found;
}

static int no_verb(const char *verb, bool many) {
    const char *names[256];
    size_t n = 0;
    for (size_t i = 0; kith_front_verbs[i][0] && n < 200; i++) names[n++] = kith_front_verbs[i][1];
    for (size_t i = 0; i < FAMILIES; i++) names[n++] = families[i];
    const char *nearest = kith_nearest_name(verb, names, n);
    if (many) {
        fprintf(stderr, "kith: several families have a verb '%.40s':", verb);
        size_t length = strlen(verb), said = 0;
        for (size_t i = 0; kith_front_verbs[i][0]; i++)
            if (strncmp(kith_front_verbs[i][1], verb, length) == 0 && (!kith_front_verbs[i][1][length] || kith_front_verbs[i][1][length] == ' '))
                fprintf(stderr, "%s kith %s %s", said++ ? "," : "", kith_front_verbs[i][0], kith_front_verbs[i][1]);
        fprintf(stderr, "\n");
    }
    if (many) return KITH_USAGE;
    if (nearest) fprintf(stderr, "kith: no verb '%.40s'; did you mean '%s'?\n", verb, nearest);
    else fprintf(stderr, "kith: no family or verb '%.40s' (see kith --help)\n", verb);
    return KITH_USAGE;
}

/* merge, finish, show, forget: to the family whose fold the first state holds; a model goes to any. */
static int run_state_verb(char **argv) { /* argv[1] is the verb */
    char name[64] = "";
    kith_error err;
    bool states = strcmp(argv[1], "shard") != 0 && strcmp(argv[1], "why") != 0;
    for (char **a = argv + 1; states && *a; a++) {
        if (**a == '-' && (strcmp(*a, "-o") == 0 || strcmp(*a, "--rows") == 0) && a[1]) a++;
        else if (**a != '-' && kith_state_peek(*a, name, &err) == KITH_OK) break;
    }
    char *dot = strchr(name, '.');
    if (dot) *dot = 0;
    for (size_t i = 0; i < FAMILIES; i++)
        if (strcmp(families[i], name) == 0) return run(families[i], argv);
    return run("ingest", argv);
}

/* ---- version ------------------------------------------------------------------------------------------------ */

/* `program --version`, started: where its lines come from; NULL where there is none. */
static FILE *ask_version(const char *program, pid_t *child) {
    static char flag[] = "--version";
    char *args[] = {flag, flag, NULL};
    int pipes[2];
    *child = -1;
    if (pipe(pipes) != 0) return NULL;
    *child = fork();
    if (*child == 0) {
        dup2(pipes[1], STDOUT_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        if (!freopen("/dev/null", "w", stderr)) close(STDERR_FILENO); /* there may be no such file */
        _exit(run(program, args));
    }
    close(pipes[1]);
    FILE *from = fdopen(pipes[0], "r");
    if (!from) close(pipes[0]);
    return from;
}

/* The lines behind the first one, each once, into `lines` (in order of the alphabet). */
static void add_libraries(FILE *from, pid_t child, char lines[][64], size_t room, size_t *n) {
    char line[64];
    while (from && fgets(line, sizeof line, from)) {
        size_t at = 0;
        while (at < *n && strcmp(lines[at], line) < 0) at++;
        if (strncmp(line, "  ", 2) != 0 || *n == room || (at < *n && strcmp(lines[at], line) == 0)) continue;
        memmove(lines + at + 1, lines + at, ((*n)++ - at) * sizeof *lines);
        memcpy(lines[at], line, sizeof *lines);
    }
    if (from) fclose(from);
    if (child > 0)
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
}

static int version(void) {
    char lines[32][64];
    size_t n = 0;
    /* between them these two use every library (tests/cli/trust/manual.sh looks): asking all programs takes five times as long */
    static const char *const programs[] = {"segment", "segment-community"};
    FILE *from[2];
    pid_t child[2];
    for (size_t i = 0; i < 2; i++) from[i] = ask_version(programs[i], &child[i]);
    for (size_t i = 0; i < 2; i++) add_libraries(from[i], child[i], lines, 31, &n);
    printf("kith %s\n", KITH_VERSION);
    for (size_t i = 0; i < n; i++) fputs(lines[i], stdout);
    return KITH_OK;
}

/* ---- help --------------------------------------------------------------------------------------------------- */

/* One word of a paragraph, on a new line where the line is full. Continuation bytes of UTF-8 take no column. */
static void put_word(const char *word, size_t n, int indent, int *at, int width) {
    int wide = 0;
    for (size_t i = 0; i < n; i++) wide += ((unsigned char)word[i] & 0xC0) != 0x80;
    if (*at > indent && *at + 1 + wide > width) {
        putchar('\n');
        *at = 0;
    }
    if (*at == 0) *at = printf("%*s", indent, "");
    else if (*at > indent) putchar(' '), ++*at;
    fwrite(word, 1, n, stdout);
    *at += wide;
}

/* The text of a page of the manual, wrapped; see man/make.sh for its form. False if there is none of that name. */
static bool show_page(const char *name, bool titled) {
    int at = 0, indent = 0, width = width_of(stdout);
    bool blank = true;
    size_t line = 0;
    for (size_t i = 0; kith_front_pages[i][0]; i++) {
        if (strcmp(kith_front_pages[i][0], name) != 0) continue;
        const char *text = kith_front_pages[i][1];
        bool heading = *text == '#', literal = strncmp(text, "    ", 4) == 0, item = strncmp(text, "- ", 2) == 0;
        if (line++ == 0 && titled) at = printf("%s:", name);
        if (at && (heading || literal || item || !*text)) putchar('\n'), at = 0;
        if (heading) {
            if (!blank) putchar('\n');
            text += strspn(text, "# ");
            for (bool high = kith_front_pages[i][1][1] != '#'; *text; text++) putchar(high ? toupper((unsigned char)*text) : *text);
            putchar('\n');
        } else if (literal || !*text) puts(text);
        if (heading || literal || !*text) {
            indent = 0;
            blank = heading || !*kith_front_pages[i][1];
            continue;
        }
        blank = false;
        if (item) at = indent = printf("- "), text += 2;
        while (*text) {
            size_t n = strcspn(text, " ");
            if (n) put_word(text, n, indent, &at, width);
            text += n + (text[n] == ' ');
        }
    }
    if (at) putchar('\n');
    return line > 0;
}

/* A verb's or a family's help, and then the text of its page. */
static int help_with_page(const char *family, char **args, const char *page) {
    int status = 0;
    pid_t child = fork();
    if (child < 0) return fprintf(stderr, "kith: cannot start a process: %s\n", strerror(errno)), KITH_SYSTEM;
    if (child == 0) _exit(run(family, args));
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (!WIFEXITED(status)) return KITH_SYSTEM;
    if (WEXITSTATUS(status) != KITH_OK) return WEXITSTATUS(status);
    putchar('\n');
    show_page(page, false);
    return KITH_OK;
}

static int help(int argc, char **argv) {
    static char flag[] = "--help";
    static const char *const topics[] = {"schema", "state", "model", "expressions", "methods", "cookbook"};
    bool many = false;
    char page[160];
    if (argc < 3) return usage(stdout, KITH_OK);
    for (size_t i = 0; i < sizeof topics / sizeof *topics && argc == 3; i++) {
        snprintf(page, sizeof page, "kith-%s", topics[i]);
        if (strcmp(argv[2], topics[i]) != 0 && strcmp(argv[2], page) != 0) continue;
        if (family_of(topics[i], NULL, &many)) printf("(The verb of that name: kith help %s %s.)\n\n", family_of(topics[i], NULL, &many), topics[i]);
        return show_page(page, true) ? KITH_OK : KITH_DEFECT;
    }
    if (strcmp(argv[2], "kith") == 0) return show_page("kith", true) ? KITH_OK : KITH_DEFECT;
    char *args[8] = {argv[0]};
    size_t n = 1;
    for (size_t i = 0; i < STATE_VERBS; i++)
        if (strcmp(argv[2], state_verbs[i]) == 0) {
            args[n++] = argv[2];
            args[n] = flag;
            return help_with_page("ingest", args, argv[2]);
        }
    const char *family = NULL;
    for (size_t i = 0; i < FAMILIES; i++)
        if (strcmp(argv[2], families[i]) == 0) family = families[i];
    char **at = argv + (family ? 3 : 2);
    if (!family) family = family_of(argv[2], argv[3], &many);
    if (!family) return no_verb(argv[2], many);
    size_t length = (size_t)snprintf(page, sizeof page, "%s", family);
    for (; *at && n < 5; at++) {
        args[n++] = *at;
        if (length < sizeof page) length += (size_t)snprintf(page + length, sizeof page - length, "-%s", *at);
    }
    args[n] = flag;
    return help_with_page(family, args, page);
}

/* What was told on standard output has arrived. */
static int told(int status) {
    if (status != KITH_OK || (fflush(stdout) == 0 && !ferror(stdout))) return status;
    return fprintf(stderr, "kith: standard output: cannot write: %s\n", strerror(errno)), KITH_SYSTEM;
}

int main(int argc, char **argv) {
    if (argc < 2) return usage(stderr, KITH_USAGE);
    const char *word = argv[1];
    bool many = false;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return told(usage(stdout, KITH_OK));
    if (strcmp(word, "--version") == 0) return told(version());
    if (strcmp(word, "help") == 0) return told(help(argc, argv));
    for (size_t i = 0; i < FAMILIES; i++)
        if (strcmp(word, families[i]) == 0) return run(word, argv + 1);
    for (size_t i = 0; i < STATE_VERBS; i++)
        if (strcmp(word, state_verbs[i]) == 0) return run_state_verb(argv);
    const char *family = family_of(word, argv[2], &many);
    return family ? run(family, argv) : no_verb(word, many);
}
