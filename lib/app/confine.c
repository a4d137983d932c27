/* A run gives up, before it sees a byte of data, what it will not need: whatever the data make of it, it then reads only files that the command
 * line names, writes only where its results and temporary files go, reaches no network, runs no program and traces no process.
 *
 * Files: Landlock (Linux 5.13 and later). What is granted is worked out from the parsed command line alone: each operand and each option's text,
 * also behind NAME=, COL= and ID@ and before :COL, is readable where it is a file; the folder of each KITH_OPT_RESULT and TMPDIR take new files.
 * Rights belong to the file found now, so one that is put in its place during the run is refused.
 * The rest: seccomp, as a list of calls refused with EPERM. A list of calls allowed was dropped: it breaks with every new C library.
 * Where the kernel has neither, or has been told so, nothing is said and nothing changes. Sanitizers and coverage counters open files and trace
 * threads at the end of a run; built with them, a run keeps its rights. KITH_CONFINE=no does the same. */
#define _GNU_SOURCE
#include "private.h"

#include <stdlib.h>
#include <string.h>

#if defined(__linux__) && !defined(KITH_UNCONFINED)

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- files -------------------------------------------------------------------------------------------------- */

/* Landlock's own header is younger than what some systems build with; its numbers are the same on all processors. */
enum { CALL_CREATE = 444, CALL_ADD = 445, CALL_RESTRICT = 446, RULE_PATH = 1, ASK_VERSION = 1 };
enum {
    EXECUTE = 1 << 0, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3, REMOVE_FILE = 1 << 5, MAKE_REG = 1 << 8,
    FIRST_RIGHTS = (1 << 13) - 1, /* version 1 */
    REFER = 1 << 13,              /* 2: to other folders */
    TRUNCATE = 1 << 14,           /* 3 */
    TCP = 3,                      /* 4: bind and connect */
    SCOPES = 3,                   /* 6: abstract sockets, signals */
};

struct ruleset { /* linux/landlock.h: struct landlock_ruleset_attr */
    uint64_t files, network, scopes;
};

struct rule { /* struct landlock_path_beneath_attr */
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

typedef struct rights {
    int ruleset;
    uint64_t handled;
} rights;

/* Of the folder or file that is there; others are as refused as before. */
static void grant(const rights *r, const char *path, uint64_t file, uint64_t folder) {
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return;
    if (fstat(fd, &st) == 0) {
        struct rule rule = {(S_ISDIR(st.st_mode) ? folder : file) & r->handled, fd};
        if (rule.allowed) syscall(CALL_ADD, r->ruleset, RULE_PATH, &rule, 0U); /* a pipe under /dev/fd takes no rule and needs none */
    }
    close(fd);
}

static void grant_reading(const rights *r, const char *path) { grant(r, path, READ_FILE, READ_DIR); }

/* A text of the command line: FILE, NAME=FILE, COL=FILE:COL, ID@FILE. */
static void grant_named(const rights *r, const char *text) {
    char part[4096];
    for (const char *from = text; from; from = strpbrk(from, "=@"), from += from != NULL) {
        size_t n = strlen(from);
        if (!n || n >= sizeof part) continue;
        grant_reading(r, from);
        const char *colon = strrchr(from, ':');
        if (!colon || colon == from) continue;
        memcpy(part, from, (size_t)(colon - from));
        part[colon - from] = 0;
        grant_reading(r, part);
    }
}

/* A result: the file itself where it is written in place, else its folder, for the temporary name and the renaming. */
static void grant_result(const rights *r, const char *path) {
    struct stat st;
    char folder[4096];
    size_t n = strlen(path);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        grant(r, path, WRITE_FILE | TRUNCATE, 0);
        return;
    }
    if (n + 1 >= sizeof folder) return;
    memcpy(folder, path, n + 1);
    char *slash = strrchr(folder, '/');
    if (slash) slash[slash == folder] = 0;
    grant(r, slash ? folder : ".", 0, WRITE_FILE | MAKE_REG | REMOVE_FILE | TRUNCATE | READ_DIR); /* listed for what killed runs left */
}

static void grant_option(const rights *r, const kith_app *app, const app_option *o) {
    const char *field = (o->common ? (const char *)&app->common : (const char *)app->said) + o->option->offset;
    kith_option_type type = o->option->type;
    if (type == KITH_OPT_LIST) {
        const kith_list *list = (const void *)field;
        for (size_t i = 0; i < list->n; i++) grant_named(r, list->items[i]);
    } else if (type == KITH_OPT_STRING || type == KITH_OPT_RESULT) {
        const char *text = *(const char *const *)(const void *)field;
        if (text && type == KITH_OPT_STRING) grant_named(r, text);
        else if (text) grant_result(r, text);
    }
}

static void confine_files(const kith_app *app, const kith_list *more) {
    long version = syscall(CALL_CREATE, NULL, 0, ASK_VERSION);
    if (version < 1) return;
    rights r = {.handled = FIRST_RIGHTS | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0)};
    struct ruleset all = {r.handled, version >= 4 ? TCP : 0, version >= 6 ? SCOPES : 0};
    r.ruleset = (int)syscall(CALL_CREATE, &all, version >= 6 ? 24 : version >= 4 ? 16 : 8, 0U);
    if (r.ruleset < 0) return;
    app_option list[APP_OPTIONS];
    size_t n = app_options(app->verb, list, APP_OPTIONS);
    for (size_t i = 0; i < n; i++) grant_option(&r, app, &list[i]);
    for (size_t i = 0; i < app->n_files; i++) grant_named(&r, app->files[i]);
    for (size_t i = 0; i < more->n; i++) grant_reading(&r, more->items[i]);
    if (app->private_->range_file) grant_reading(&r, app->private_->range_file);
    if (app->common.dry_run) grant(&r, "/dev/null", WRITE_FILE | TRUNCATE, 0);
    grant(&r, "/usr/share/zoneinfo", 0, READ_FILE); /* a state may name a zone */
    const char *folder = getenv("TMPDIR");
    grant(&r, folder && *folder ? folder : "/tmp", 0, WRITE_FILE | READ_FILE | MAKE_REG | REMOVE_FILE | TRUNCATE);
    syscall(CALL_RESTRICT, r.ruleset, 0U);
    close(r.ruleset);
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#if defined(MACHINE) && defined(__NR_seccomp)

static const int refused[] = {
    __NR_execve, __NR_execveat, __NR_socket, __NR_socketpair, __NR_connect, __NR_bind, __NR_listen, __NR_accept, __NR_accept4, __NR_ptrace,
    __NR_process_vm_readv, __NR_process_vm_writev, __NR_mount, __NR_umount2, __NR_chroot, __NR_pivot_root, __NR_unshare, __NR_setns,
    __NR_kexec_load, __NR_init_module, __NR_finit_module, __NR_delete_module, __NR_bpf, __NR_perf_event_open, __NR_userfaultfd, __NR_keyctl,
    __NR_add_key, __NR_request_key, __NR_personality, __NR_reboot, __NR_swapon, __NR_swapoff, __NR_sethostname, __NR_setdomainname, __NR_acct,
    __NR_settimeofday, __NR_clock_settime, __NR_adjtimex, __NR_open_by_handle_at, __NR_mknodat, __NR_setuid, __NR_setgid,
    425, 426, 427, /* io_uring_setup, _enter, _register: they would pass by this list */
    428, 429, 430, 431, 432, 433, 438, 442, /* open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, pidfd_getfd, mount_setattr */
};

static void confine_calls(void) {
    enum { N = sizeof refused / sizeof *refused };
    struct sock_filter filter[N + 8];
    unsigned short n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 0, N + 3); /* another processor's calls */
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, N + 1, 0); /* x32 */
    for (unsigned i = 0; i < N; i++)
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)refused[i], (unsigned char)(N - i), 0);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog program = {n, filter};
    /* all threads, should a library have started some; no slower processor for it */
    syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

#else
static void confine_calls(void) {}
#endif

/* ---- both --------------------------------------------------------------------------------------------------- */

/* Built in by compilers for sanitizers and coverage; absent otherwise. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern void __msan_init(void) __attribute__((weak));
extern void __gcov_init(void *) __attribute__((weak));
extern void __llvm_profile_initialize_file(void) __attribute__((weak));

static bool watched_over(void) {
    const char *said = getenv("KITH_CONFINE");
    return __asan_init || __tsan_init || __msan_init || __gcov_init || __llvm_profile_initialize_file || (said && strcmp(said, "no") == 0);
}

void app_confine(const kith_app *app, const kith_list *more) {
    if (watched_over() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return;
    confine_files(app, more);
    confine_calls();
}

#else

void app_confine(const kith_app *app, const kith_list *more) { (void)app, (void)more; }

#endif
