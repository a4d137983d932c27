/* Sinks: standard output, or a file that appears under its name only when it is whole.
 *
 * The mark of failure: a standard output that carries rows and is no terminal ends, when the run failed, in a line that no complete
 * stream can end in, so that the next stage of a pipe knows. */
#define _GNU_SOURCE /* O_TMPFILE */
#include <kith/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct kith_sink {
    int fd;
    char *path, *temporary; /* NULL: standard output */
    pthread_mutex_t lock;
    size_t n;
    bool harmless; /* a terminal, and not drawn for one */
    bool guarded;  /* spreadsheets are kept from running what is written */
    char delimiter; /* then: between fields; 0: not known yet */
    bool special; /* a device or FIFO: written in place */
    bool expects;  /* to replace `before` and nothing newer */
    kith_file_id before;
    bool nameless; /* the file has no name yet, so that nothing is left of a run that is killed */
    char buffer[1 << 16];
};

/* ---- temporary names -------------------------------------------------------------------------------------------
 * NAME.000000.kith, NAME.000001.kith, …: the first that is free. Whoever writes one holds a lock on it, so one without was left by a run that
 * was killed, and goes. */

enum { NAMES = 4096, SWEPT = 8 };

static void number_name(kith_sink *s, int number) { snprintf(strrchr(s->temporary, '.') - 6, 12, "%06x.kith", (unsigned)number & 0xffffff); }

static bool same_file(const struct stat *a, const struct stat *b) { return a->st_dev == b->st_dev && a->st_ino == b->st_ino; }

/* Removes the file of the temporary name if nobody holds it. */
static bool sweep(const kith_sink *s) {
    struct stat held, named;
    int left = open(s->temporary, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); /* a run may write beside its result, not read */
    if (left < 0) return false;
    bool gone = flock(left, LOCK_EX | LOCK_NB) == 0 && fstat(left, &held) == 0 && stat(s->temporary, &named) == 0 && same_file(&held, &named) &&
                unlink(s->temporary) == 0;
    close(left);
    return gone;
}

static void sweep_all(kith_sink *s) {
    for (int number = 0; number < SWEPT; number++) {
        number_name(s, number);
        sweep(s);
    }
}

/* A file under a temporary name, for a file system without nameless ones; −1. */
static int make_named(kith_sink *s) {
    sweep_all(s);
    for (int number = 0; number < NAMES; number++) {
        struct stat made, named;
        number_name(s, number);
        int fd = open(s->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno == EEXIST) continue;
        if (fd < 0) return -1;
        bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; /* some file systems have no locks */
        if (locked && fstat(fd, &made) == 0 && stat(s->temporary, &named) == 0 && same_file(&made, &named)) return fd;
        close(fd); /* another run swept it before it was locked */
    }
    errno = EEXIST;
    return -1;
}

/* A file without a name gets the temporary one, a moment before it is renamed. */
static int give_name(kith_sink *s, kith_error *err) {
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", s->fd);
    sweep_all(s);
    for (int number = 0; number < NAMES; number++) {
        number_name(s, number);
        if (linkat(AT_FDCWD, self, AT_FDCWD, s->temporary, AT_SYMLINK_FOLLOW) == 0) {
            s->nameless = false;
            return KITH_OK;
        }
        if (errno != EEXIST) break;
    }
    return kith_fail(err, KITH_SYSTEM, "%s: cannot write in its folder: %s", s->path, strerror(errno));
}

static int sink_file(kith_sink *s, const char *path, kith_error *err) {
    struct stat st;
    s->path = strdup(path);
    if (!s->path) return kith_no_memory(err);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return kith_fail(err, KITH_SYSTEM, "%s: is a directory", path);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* nothing to rename over */
        s->special = true;
        s->fd = open(path, O_WRONLY | O_CLOEXEC);
        if (s->fd < 0) return kith_fail(err, KITH_SYSTEM, "%s: cannot write: %s", path, strerror(errno));
        return KITH_OK;
    }
    size_t n = strlen(path) + 32;
    s->temporary = malloc(n);
    if (!s->temporary) return kith_no_memory(err);
    snprintf(s->temporary, n, "%s", path);
    char *slash = strrchr(s->temporary, '/');
    if (slash) slash[slash == s->temporary] = 0; /* its folder */
    bool nameable = access("/proc/self/fd", F_OK) == 0; /* where a nameless file gets its name; not in every container */
    s->fd = nameable ? open(slash ? s->temporary : ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600) : -1;
    s->nameless = s->fd >= 0;
    snprintf(s->temporary, n, "%s.000000.kith", path);
    if (!s->nameless) s->fd = make_named(s);
    if (s->fd < 0) {
        int cause = errno;
        free(s->temporary);
        s->temporary = NULL;
        return kith_fail(err, KITH_SYSTEM, "%s: cannot write in its folder: %s", path, strerror(cause));
    }
    if (s->nameless) flock(s->fd, LOCK_EX | LOCK_NB);
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = stat(path, &st) == 0 ? st.st_mode & 0777 : 0666 & ~mask;
    if (fchmod(s->fd, mode) != 0) return kith_fail(err, KITH_SYSTEM, "%s: %s", path, strerror(errno));
    return KITH_OK;
}

static void sink_free(kith_sink *s) {
    pthread_mutex_destroy(&s->lock);
    free(s->path);
    free(s->temporary);
    free(s);
}

int kith_sink_open(kith_sink **sink, const char *path, kith_error *err) {
    kith_sink *s = malloc(sizeof *s);
    *sink = NULL;
    if (!s) return kith_no_memory(err);
    memset(s, 0, offsetof(kith_sink, buffer));
    s->fd = STDOUT_FILENO;
    pthread_mutex_init(&s->lock, NULL);
    s->harmless = isatty(STDOUT_FILENO);
    if (path && strcmp(path, "-") != 0) {
        int status = sink_file(s, path, err);
        s->harmless = status == KITH_OK && s->special && isatty(s->fd);
        if (status != KITH_OK) {
            if (s->temporary && s->fd >= 0) {
                if (!s->nameless) unlink(s->temporary);
                close(s->fd);
            }
            sink_free(s);
            return status;
        }
    }
    *sink = s;
    return KITH_OK;
}

static const char *sink_name(const kith_sink *s) { return s->path ? s->path : "standard output"; }

static int write_all(kith_sink *s, const char *bytes, size_t n, kith_error *err) {
    while (n && s->harmless) { /* what data hold must not steer a terminal */
        char part[4096];
        size_t some = n < sizeof part ? n : sizeof part;
        while (some < n && some > sizeof part - 4 && ((unsigned char)bytes[some] & 0xc0) == 0x80) some--; /* whole characters */
        memcpy(part, bytes, some);
        kith_harmless(part, some);
        s->harmless = false;
        int status = write_all(s, part, some, err);
        s->harmless = true;
        KITH_TRY(status);
        bytes += some;
        n -= some;
    }
    while (n) {
        ssize_t w = write(s->fd, bytes, n);
        if (w < 0) {
            if (errno == EINTR) continue;
            if (errno == EPIPE) return kith_fail(err, KITH_CLOSED, "%s: its reader went away", sink_name(s));
            return kith_fail(err, KITH_SYSTEM, "%s: cannot write: %s", sink_name(s), strerror(errno));
        }
        bytes += w;
        n -= (size_t)w;
    }
    return KITH_OK;
}

static int flush_locked(kith_sink *s, kith_error *err) {
    size_t n = s->n;
    s->n = 0;
    return n ? write_all(s, s->buffer, n, err) : KITH_OK;
}

void kith_sink_drawn(kith_sink *s) { s->harmless = false; }

void kith_sink_guard(kith_sink *s, char delimiter) {
    s->guarded = true;
    s->delimiter = delimiter;
}

static int write_plain(kith_sink *s, const void *bytes, size_t n, kith_error *err);

static int write_guarded(kith_sink *s, kith_str records, kith_error *err) {
    kith_buf safe = {0};
    pthread_mutex_lock(&s->lock);
    if (!s->delimiter) {
        const char *nl = memchr(records.p, '\n', records.n);
        s->delimiter = kith_delimiter_of((kith_str){records.p, nl ? (size_t)(nl - records.p) : records.n});
    }
    char delimiter = s->delimiter;
    pthread_mutex_unlock(&s->lock);
    kith_spreadsheet_guard(records, delimiter, &safe);
    int status = safe.failed ? kith_no_memory(err) : write_plain(s, safe.p, safe.n, err);
    kith_buf_free(&safe);
    return status;
}

int kith_sink_write(kith_sink *s, const void *bytes, size_t n, kith_error *err) {
    if (!n) return KITH_OK;
    return s->guarded ? write_guarded(s, (kith_str){bytes, n}, err) : write_plain(s, bytes, n, err);
}

static int write_plain(kith_sink *s, const void *bytes, size_t n, kith_error *err) {
    int status = KITH_OK;
    pthread_mutex_lock(&s->lock);
    if (n > sizeof s->buffer - s->n) status = flush_locked(s, err);
    if (status == KITH_OK && n >= sizeof s->buffer) {
        status = write_all(s, bytes, n, err);
    } else if (status == KITH_OK) {
        memcpy(s->buffer + s->n, bytes, n);
        s->n += n;
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

int kith_sink_buf(kith_sink *s, kith_buf *buf, kith_error *err) {
    if (buf->failed) return kith_no_memory(err);
    int status = kith_sink_write(s, buf->p, buf->n, err);
    buf->n = 0;
    return status;
}

int kith_sink_flush(kith_sink *s, kith_error *err) {
    pthread_mutex_lock(&s->lock);
    int status = flush_locked(s, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}


static void remove_temporary(kith_sink *s) {
    if (s->temporary && !s->nameless) unlink(s->temporary);
}

/* ---- one of two runs -------------------------------------------------------------------------------------------- */

void kith_file_identify(const char *path, kith_file_id *id) {
    struct stat st;
    *id = (kith_file_id){0};
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) return;
    *id = (kith_file_id){true, (uint64_t)st.st_dev, (uint64_t)st.st_ino, (uint64_t)st.st_size,
                         (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
}

/* The folder of the sink's file, opened; its last name in *name. −1 where it cannot be. */
static int open_folder(const kith_sink *s, const char **name) {
    const char *slash = strrchr(s->path, '/');
    *name = slash ? slash + 1 : s->path;
    if (!slash) return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *folder = strndup(s->path, slash == s->path ? 1 : (size_t)(slash - s->path));
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(folder);
    return fd;
}

void kith_sink_expect(kith_sink *s, const kith_file_id *id) {
    if (!s->temporary) return;
    s->expects = true;
    s->before = *id;
}

static int take_place(kith_sink *s, kith_error *err) {
    const char *name;
    kith_file_id now;
    int folder = s->expects ? open_folder(s, &name) : -1, status = KITH_OK;
    while (folder >= 0 && flock(folder, LOCK_EX) != 0 && errno == EINTR) {} /* where folders have no locks, looking alone must do */
    if (s->expects) kith_file_identify(s->path, &now);
    if (s->expects && (now.there != s->before.there || now.device != s->before.device || now.inode != s->before.inode ||
                       now.size != s->before.size || now.changed_ns != s->before.changed_ns))
        status = kith_fail(err, KITH_SYSTEM, "%s: %s since this run began; that one is kept: run this again", s->path,
                           now.there ? "another run has written it" : "it was removed");
    else if (rename(s->temporary, s->path) != 0)
        status = kith_fail(err, KITH_SYSTEM, "%s: cannot rename: %s", s->path, strerror(errno));
    if (folder >= 0) close(folder);
    return status;
}

int kith_sink_close(kith_sink *s, kith_error *err) {
    int status = kith_sink_flush(s, err);
    if (s->path) {
        if (status == KITH_OK && s->temporary && fsync(s->fd) != 0 && errno != EINVAL && errno != EROFS)
            status = kith_fail(err, KITH_SYSTEM, "%s: cannot write: %s", s->path, strerror(errno));
        if (status == KITH_OK && s->nameless) status = give_name(s, err);
        int kept = s->temporary ? dup(s->fd) : -1;
        if (close(s->fd) != 0 && status == KITH_OK)
            status = kith_fail(err, KITH_SYSTEM, "%s: cannot write: %s", s->path, strerror(errno));
        if (status == KITH_OK && s->temporary) status = take_place(s, err);
        if (status != KITH_OK) remove_temporary(s);
        if (kept >= 0) close(kept); /* with it goes the lock */
    } else if (status == KITH_OK) {
        int copy = dup(s->fd); /* errors that show only at close (network file systems, quotas) */
        if (copy >= 0 && close(copy) != 0 && errno != EINTR)
            status = kith_fail(err, KITH_SYSTEM, "standard output: cannot write: %s", strerror(errno));
    }
    sink_free(s);
    return status;
}

static void put_mark(kith_sink *s, const char *program, const char *message) {
    if (s->path || isatty(s->fd)) return;
    char line[1400];
    size_t n = 0;
    const char *const parts[] = {KITH_MARK, program, ": ", message};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const char *c = parts[i]; *c && *c != '\n' && n < sizeof line - 2; c++) { /* one line: what follows shows a place */
            if (i && *c == '"') line[n++] = '"';
            line[n++] = *c;
        }
    for (size_t at = 0; at < n;) {
        ssize_t w = write(s->fd, line + at, n - at);
        if (w < 0 && errno == EINTR) continue;
        if (w <= 0) return;
        at += (size_t)w;
    }
}

void kith_sink_abandon(kith_sink *s, const char *program, const char *message) {
    if (!s) return;
    kith_error ignored;
    if (!s->path && flush_locked(s, &ignored) == KITH_OK) put_mark(s, program, message);
    remove_temporary(s);
    if (s->path) close(s->fd);
    sink_free(s);
}

void kith_sink_interrupt(kith_sink *s, const char *program, const char *message) {
    struct timespec until;
    kith_error ignored;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2; /* a write that hangs on a stuck reader holds the lock: then no mark can be put */
    if (pthread_mutex_timedlock(&s->lock, &until) == 0) {
        if (!s->path && flush_locked(s, &ignored) == KITH_OK) put_mark(s, program, message);
    }
    remove_temporary(s);
}
