/* A preload shim that makes the system fail as asked, to see what programs do about it.
 *
 *   KITH_FAULT=short        reads and writes give or take one to seven bytes at a time
 *   KITH_FAULT=eintr        every other read and write is interrupted first
 *   KITH_FAULT=read:N       the N-th read of data fails with EIO
 *   KITH_FAULT=write:N      the N-th write fails with EIO
 *   KITH_FAULT=nospace:N    the N-th write fails with ENOSPC
 *   KITH_FAULT=close:N      the N-th close of a file opened for writing fails with EIO
 *   KITH_FAULT=named        files without a name cannot be opened, as on some file systems
 *   KITH_FAULT=alloc:N      the N-th allocation of the main program fails, and every one after it
 *   KITH_FAULT=once:N       that allocation alone
 *   KITH_FAULT=count        says on standard error, at the end, how many allocations there were
 *   KITH_FAULT=escape       before the first write of data, tries what code that the data had taken over would try: reads and makes files that
 *                           nobody named, opens sockets, runs a program, signals the parent; says on standard error what worked */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static enum { OFF, SHORT, EINTRS, READ, WRITE, NOSPACE, CLOSE, ALLOC, NAMED, ESCAPE, ONCE, COUNT } kind;
static long at = 1;
static atomic_long reads, writes, closes, allocs, turns;
static bool ready;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t step, size_t n);

__attribute__((constructor)) static void start(void) {
    static const char *const names[] = {"", "short", "eintr", "read", "write", "nospace", "close", "alloc", "named", "escape", "once", "count"};
    const char *said = getenv("KITH_FAULT");
    for (int i = 1; said && i < 12; i++) {
        size_t n = strlen(names[i]);
        if (strncmp(said, names[i], n) != 0 || (said[n] && said[n] != ':')) continue;
        kind = i;
        if (said[n]) at = strtol(said + n + 1, NULL, 10);
    }
    ready = true;
}

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static bool data(int fd) { /* not the terminal, not what the loader reads */
    struct stat st;
    return ready && fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode));
}

static void escape(void) {
    char worked[200] = "";
    int fd;
#define WORKED(what) strcat(worked, " " what)
    if ((fd = open("../secret.csv", O_RDONLY)) >= 0) close(fd), WORKED("read");
    if ((fd = open("..", O_RDONLY | O_DIRECTORY)) >= 0) close(fd), WORKED("list");
    if ((fd = open("../secret.csv", O_WRONLY)) >= 0) close(fd), WORKED("write");
    if ((fd = open("../planted", O_WRONLY | O_CREAT, 0600)) >= 0) close(fd), WORKED("make");
    if (truncate("../secret.csv", 3) == 0) WORKED("truncate");
    if (rename("../secret.csv", "../renamed.csv") == 0) WORKED("rename");
    if (unlink("../secret.csv") == 0) WORKED("remove");
    if ((fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0) close(fd), WORKED("internet");
    if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0) close(fd), WORKED("socket");
    long version = syscall(444, NULL, 0, 1); /* Landlock's version */
    if (version >= 6 && kill(getppid(), 0) == 0) WORKED("signal");
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(9);
    }
    int status = 0;
    if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0) WORKED("run");
    char line[300];
    int n = snprintf(line, sizeof line, "escape: landlock %ld, seccomp %d, worked:%s\n", version, prctl(PR_GET_SECCOMP), worked);
    if (syscall(SYS_write, 2, line, (size_t)n) < 0) _exit(99);
}

ssize_t read(int fd, void *buf, size_t n) {
    ssize_t (*real)(int, void *, size_t) = (ssize_t(*)(int, void *, size_t))next("read");
    if (!data(fd)) return real(fd, buf, n);
    if (kind == EINTRS && atomic_fetch_add(&turns, 1) % 2 == 0) return errno = EINTR, -1;
    if (kind == READ && atomic_fetch_add(&reads, 1) + 1 == at) return errno = EIO, -1;
    if (kind == SHORT && n > 1) n = 1 + (size_t)(atomic_fetch_add(&turns, 1) % 7) % n;
    return real(fd, buf, n);
}

ssize_t pread(int fd, void *buf, size_t n, off_t place) {
    ssize_t (*real)(int, void *, size_t, off_t) = (ssize_t(*)(int, void *, size_t, off_t))next("pread64");
    if (kind == EINTRS && atomic_fetch_add(&turns, 1) % 2 == 0) return errno = EINTR, -1;
    if (kind == READ && atomic_fetch_add(&reads, 1) + 1 == at) return errno = EIO, -1;
    if (kind == SHORT && n > 1) n = 1 + (size_t)(atomic_fetch_add(&turns, 1) % 7) % n;
    return real(fd, buf, n, place);
}

ssize_t pread64(int fd, void *buf, size_t n, off_t place) { return pread(fd, buf, n, place); }

ssize_t write(int fd, const void *buf, size_t n) {
    ssize_t (*real)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))next("write");
    if (fd == 2 || !data(fd)) return real(fd, buf, n);
    if (kind == ESCAPE && atomic_fetch_add(&turns, 1) == 0) escape();
    if (kind == EINTRS && atomic_fetch_add(&turns, 1) % 2 == 0) return errno = EINTR, -1;
    if ((kind == WRITE || kind == NOSPACE) && atomic_fetch_add(&writes, 1) + 1 >= at) return errno = kind == WRITE ? EIO : ENOSPC, -1;
    if (kind == SHORT && n > 1) n = 1 + (size_t)(atomic_fetch_add(&turns, 1) % 7) % n;
    return real(fd, buf, n);
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t place) {
    ssize_t (*real)(int, const void *, size_t, off_t) = (ssize_t(*)(int, const void *, size_t, off_t))next("pwrite64");
    if (kind == EINTRS && atomic_fetch_add(&turns, 1) % 2 == 0) return errno = EINTR, -1;
    if ((kind == WRITE || kind == NOSPACE) && atomic_fetch_add(&writes, 1) + 1 >= at) return errno = kind == WRITE ? EIO : ENOSPC, -1;
    if (kind == SHORT && n > 1) n = 1 + (size_t)(atomic_fetch_add(&turns, 1) % 7) % n;
    return real(fd, buf, n, place);
}

ssize_t pwrite64(int fd, const void *buf, size_t n, off_t place) { return pwrite(fd, buf, n, place); }

static int open_file(const char *path, int flags, va_list args) {
    int (*real)(const char *, int, mode_t) = (int (*)(const char *, int, mode_t))next("open64");
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
    if (kind == NAMED && (flags & O_TMPFILE) == O_TMPFILE) return errno = EOPNOTSUPP, -1;
    return real(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    int fd = open_file(path, flags, args);
    va_end(args);
    return fd;
}

int open64(const char *path, int flags, ...) { /* what programs with large files call */
    va_list args;
    va_start(args, flags);
    int fd = open_file(path, flags, args);
    va_end(args);
    return fd;
}

int close(int fd) {
    int (*real)(int) = (int (*)(int))next("close");
    int flags = fcntl(fd, F_GETFL);
    bool writing = ready && flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && data(fd);
    int status = real(fd);
    if (kind == CLOSE && writing && atomic_fetch_add(&closes, 1) + 1 == at) return errno = EIO, -1;
    return status;
}

__attribute__((noinline)) bool no_more(void); /* a place for a debugger to stop at */
bool no_more(void) {
    errno = ENOMEM;
    return true;
}

static bool no_memory(void) {
    if ((kind != ALLOC && kind != ONCE && kind != COUNT) || !ready) return false;
    long number = atomic_fetch_add(&allocs, 1) + 1;
    if (kind == COUNT || (kind == ONCE ? number != at : number < at)) return false;
    return no_more();
}

__attribute__((destructor)) static void end(void) {
    char line[60];
    if (kind != COUNT) return;
    int n = snprintf(line, sizeof line, "allocations: %ld\n", atomic_load(&allocs));
    if (syscall(SYS_write, 2, line, (size_t)n) < 0) _exit(99);
}

void *malloc(size_t n) { return no_memory() ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return no_memory() ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return no_memory() ? NULL : __libc_realloc(p, n); }
void *memalign(size_t step, size_t n) { return no_memory() ? NULL : __libc_memalign(step, n); }
void *aligned_alloc(size_t step, size_t n) { return memalign(step, n); }

int posix_memalign(void **p, size_t step, size_t n) {
    void *made = memalign(step, n);
    if (!made) return ENOMEM;
    *p = made;
    return 0;
}
