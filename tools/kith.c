/* kith: the front. Executes kith-FAMILY, which stands beside it or in PATH; finds the family of a verb that is named alone; sends
 * states to the family whose fold they hold.
 *
 *     kith segment where 'amount > 50' crm.csv     kith where ...     kith merge a.st b.st -o all.st     kith help where */
#include <kith/fold.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern const char *const kith_front_verbs[][2];

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

static int usage(FILE *to, int status) {
    fprintf(to, "usage: kith FAMILY VERB [options] [FILE...]\n       kith merge|finish|show|forget STATE...\n       kith shard FILE... -o shards.csv\n       kith why COL=VALUE... FILE...\n       kith help [FAMILY] VERB\n");
    const char *family = "";
    for (size_t i = 0; kith_front_verbs[i][0]; i++) {
        if (strcmp(family, kith_front_verbs[i][0]) != 0) fprintf(to, "\n  %-8s", family = kith_front_verbs[i][0]);
        fprintf(to, " %s", kith_front_verbs[i][1]);
        if (kith_front_verbs[i + 1][0] && strcmp(family, kith_front_verbs[i + 1][0]) == 0) fputc(',', to);
    }
    fprintf(to, "\n\nkith help VERB shows examples and options.\n");
    return status;
}

/* The one family that has a verb of this first word; NULL if none has or, with *many, if several have. */
static const char *family_of(const char *verb, bool *many) {
    const char *found = NULL;
    size_t n = strlen(verb);
    *many = false;
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
    if (many) fprintf(stderr, "kith: several families have a verb '%.40s'; name the family\n", verb);
    else if (nearest) fprintf(stderr, "kith: no verb '%.40s'; did you mean '%s'?\n", verb, nearest);
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

static int help(int argc, char **argv) {
    static char flag[] = "--help";
    bool many = false;
    if (argc < 3) return usage(stdout, KITH_OK);
    const char *family = NULL;
    for (size_t i = 0; i < FAMILIES; i++)
        if (strcmp(argv[2], families[i]) == 0) family = families[i];
    char **at = argv + (family ? 3 : 2);
    if (!family) family = family_of(argv[2], &many);
    if (!family) return no_verb(argv[2], many);
    char *args[8] = {argv[0]};
    size_t n = 1;
    for (; *at && n < 5; at++) args[n++] = *at;
    args[n] = flag;
    return run(family, args);
}

int main(int argc, char **argv) {
    if (argc < 2) return usage(stderr, KITH_USAGE);
    const char *word = argv[1];
    bool many = false;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return usage(stdout, KITH_OK);
    if (strcmp(word, "--version") == 0) return printf("kith %s\n", KITH_VERSION) < 0 ? KITH_SYSTEM : KITH_OK;
    if (strcmp(word, "help") == 0) return help(argc, argv);
    for (size_t i = 0; i < FAMILIES; i++)
        if (strcmp(word, families[i]) == 0) return run(word, argv + 1);
    for (size_t i = 0; i < STATE_VERBS; i++)
        if (strcmp(word, state_verbs[i]) == 0) return run_state_verb(argv);
    const char *family = family_of(word, &many);
    return family ? run(family, argv) : no_verb(word, many);
}
