/* What expressions say of all rows of a person (kith/persons.h): the input is read once before. What cannot be read twice is copied first. */
#include "private.h"

#include <kith/persons.h>
#include <kith/spill.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The bytes of an input that is no plain file in an unlinked one; *name is what it can be opened by. */
static int copy_of(kith_app *app, const char *file, const char **name) {
    int from = strcmp(file, "-") == 0 ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC), to = -1;
    if (from < 0) return kith_fail(&app->error, KITH_SYSTEM, "%s: %s", file, strerror(errno));
    char *bytes = kith_arena_alloc(app->arena, 1 << 18);
    int status = bytes ? kith_temporary(getenv("TMPDIR"), &to, &app->error) : kith_no_memory(&app->error);
    uint64_t at = 0;
    for (ssize_t n = 1; !status && n; ) {
        n = read(from, bytes, 1 << 18);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) status = kith_fail(&app->error, KITH_SYSTEM, "%s: %s", file, strerror(errno));
        else status = kith_temporary_write(to, bytes, (size_t)n, at, &app->error);
        at += n < 0 ? 0 : (uint64_t)n;
    }
    if (from != STDIN_FILENO) close(from);
    if (!status && !(*name = kith_arena_format(app->arena, "/dev/fd/%d", to))) status = kith_no_memory(&app->error);
    return status; /* `to` stays open until the end of the run */
}

int kith_app_rereadable(kith_app *app) {
    const char *const *files;
    size_t n;
    if (app->common.shard) return kith_app_usage(app, "the rows of a person may lie in other shards: --id does not go with --shard here");
    KITH_TRY(kith_app_inputs(app, &files, &n));
    const char **again = kith_arena_alloc(app->arena, n * sizeof *again);
    if (!again) return kith_no_memory(&app->error);
    for (size_t i = 0; i < n; i++) {
        struct stat st;
        again[i] = files[i];
        bool plain = strcmp(files[i], "-") != 0 && (stat(files[i], &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)); /* a folder is the reader's to refuse */
        if (!plain) KITH_TRY(copy_of(app, files[i], &again[i]));
    }
    app->private_->names = files;
    app->files = again;
    app->n_files = n;
    return KITH_OK;
}

int kith_app_persons(kith_app *app, kith_exprs *set, uint32_t id, kith_persons **persons) {
    *persons = NULL;
    if (!kith_exprs_persons(set)) return KITH_OK;
    kith_source_options how;
    kith_source *source;
    kith_app_source_options(app, app->files, app->n_files, &how);
    if (how.on_error == KITH_ON_ERROR_REJECT) how.on_error = KITH_ON_ERROR_SKIP; /* told when the rows are read for good */
    how.line_buffered = how.hash = false;
    KITH_TRY(kith_source_open(&source, &how, &app->error));
    int status = kith_persons_new(persons, set, id, kith_source_threads(source), app->common.memory ? app->common.memory : kith_memory_to_use(), &app->error);
    kith_scan scan = {.visit = kith_persons_visit, .commit = kith_persons_commit, .ctx = *persons, .max_rejects = UINT64_MAX};
    if (!status) status = kith_source_scan(source, &scan, &app->error);
    if (!status) status = kith_persons_finish(*persons, &app->error);
    kith_source_close(source);
    return status;
}
