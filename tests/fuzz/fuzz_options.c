/* Any bytes as a command line (arguments end at a zero byte or line end): parsed by a table with every type of option and all the common
 * ones, or refused as a usage error that says why. */
#include "../../lib/app/private.h"
#include "fuzz.h"

#include <string.h>

typedef struct said {
    bool flag;
    const char *text, *needed;
    kith_list list;
    int64_t whole, wait;
    double number;
    uint64_t size;
    int choice;
} said;

static const kith_option options[] = {
    {'f', "flag", NULL, KITH_OPT_FLAG, offsetof(said, flag), "a flag", NULL, false, false},
    {'t', "text", "TEXT", KITH_OPT_STRING, offsetof(said, text), "a text", NULL, false, false},
    {'N', "needed", "TEXT", KITH_OPT_STRING, offsetof(said, needed), "what must be given", NULL, false, true},
    {'l', "list", "TEXT", KITH_OPT_LIST, offsetof(said, list), "texts", NULL, true, false},
    {'w', "whole", "N", KITH_OPT_INT, offsetof(said, whole), "a whole number", NULL, false, false},
    {0, "number", "X", KITH_OPT_DOUBLE, offsetof(said, number), "a number", NULL, false, false},
    {0, "size", "SIZE", KITH_OPT_SIZE, offsetof(said, size), "a size", NULL, false, false},
    {0, "wait", "TIME", KITH_OPT_DURATION, offsetof(said, wait), "a duration", NULL, false, false},
    {'c', "choice", "WHICH", KITH_OPT_CHOICE, offsetof(said, choice), "a choice", "one|two|three", false, false},
    KITH_OPT_END,
};

static const kith_verb verb = {.name = "try", .brief = "tries", .operands = "[FILE...]", .takes = UINT32_MAX, .options = options, .said_size = sizeof(said)};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    enum { ARGUMENTS = 64 };
    static const kith_verb *const verbs[] = {&verb, NULL};
    struct kith_app_private inside = {.family = "fuzz"};
    char *argv[ARGUMENTS + 1] = {0};
    int argc = 0;
    kith_app app = {.program = "kith-fuzz", .verb = &verb, .verbs = verbs, .private_ = &inside, .arena = kith_arena_new()};
    char *text = app.arena ? kith_arena_copy(app.arena, bytes, n) : NULL;
    if (!text || !(app.said = kith_arena_zalloc(app.arena, sizeof(said)))) abort();
    for (size_t i = 0, start = 0; i <= n && argc < ARGUMENTS; i++)
        if (i == n || !text[i] || text[i] == '\n') {
            text[i] = 0;
            argv[argc++] = text + start;
            start = i + 1;
        }
    bool help = false;
    int status = app_parse(&app, argc, argv, &help);
    if (status == KITH_OK && !help) status = app_settle(&app);
    if (status != KITH_OK && !(status == KITH_USAGE && app.error.text[0] && strlen(app.error.text) < sizeof app.error.text)) abort();
    if (status == KITH_OK && !help) {
        const said *s = app.said;
        if (!s->needed || s->choice < 0 || s->choice > 2 || app.common.header > 2 || app.common.on_error > 2 || app.common.threads < 0 || app.common.threads > 64) abort();
        for (size_t i = 0; i < s->list.n; i++)
            if (!s->list.items[i]) abort();
        for (size_t i = 0; i < app.n_files; i++)
            if (!app.files[i]) abort();
    }
    kith_arena_free(app.arena);
    return 0;
}
