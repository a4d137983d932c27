/* The thread that answers signals and shows progress. TERM, INT and HUP end the run: standard output gets the mark of failure, temporary
 * files go, and the process dies of that signal. USR1 prints one line of progress. */
#define _GNU_SOURCE
#include "private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static double seconds_since(const struct timespec *from) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) + (double)(now.tv_nsec - from->tv_nsec) / 1e9;
}

static void put_left(char *text, size_t room, double seconds) {
    if (seconds < 100) snprintf(text, room, "%.0f s", seconds);
    else if (seconds < 6000) snprintf(text, room, "%.0f min", seconds / 60);
    else snprintf(text, room, "%.1f h", seconds / 3600);
}

/* One line: on a screen (again: over the one before, no longer than the screen is wide), or for SIGUSR1. */
static void progress(kith_app *app, bool again) {
    struct kith_app_private *p = app->private_;
    char line[240], left[32], spent[32];
    pthread_mutex_lock(&p->lock); /* until it is written: rows that begin now clear it first */
    unsigned long long rows = p->scanning ? kith_source_rows(p->scanning) : p->rows_in;
    uint64_t bytes = p->scanning ? kith_source_bytes_read(p->scanning) : 0, all = p->scanning ? kith_source_bytes_total(p->scanning) : 0;
    double s = seconds_since(&p->started), rate = s > 0 ? (double)bytes / s : 0;
    put_left(spent, sizeof spent, s);
    put_left(left, sizeof left, rate > 0 ? (double)(all - bytes) / rate : 0);
    int start = again, width = again ? app_look_of(stderr).width : 0;
    if (again) line[0] = '\r';
    int n = start + snprintf(line + start, sizeof line - 8, "%s %s: %llu rows", app->program, app->verb->name, rows);
    if (!bytes) n += snprintf(line + n, sizeof line - (size_t)n, " read, working, %s", spent);
    else if (all && bytes <= all)
        n += snprintf(line + n, sizeof line - (size_t)n, ", %.0f MB of %.0f (%.0f %%), %.0f MB/s, %s left", (double)bytes / 1e6, (double)all / 1e6,
                      100 * (double)bytes / (double)all, rate / 1e6, left);
    else n += snprintf(line + n, sizeof line - (size_t)n, ", %.0f MB, %.0f MB/s, %s", (double)bytes / 1e6, rate / 1e6, spent);
    if (width && n > width) n = width;
    n += snprintf(line + n, sizeof line - (size_t)n, again ? "\033[K" : "\n");
    bool seen = !(again && p->sinks[0] && isatty(STDOUT_FILENO) && !app->common.output) && write(STDERR_FILENO, line, (size_t)n) > 0;
    if (again && seen) p->progress_shown = true;
    pthread_mutex_unlock(&p->lock);
}

void app_clear_progress(const kith_app *app) {
    ssize_t n = app->private_->progress_shown ? write(STDERR_FILENO, "\r\033[K", 4) : 0;
    (void)n;
}

static void die(kith_app *app, int number) {
    struct kith_app_private *p = app->private_;
    char message[64];
    snprintf(message, sizeof message, "ended by SIG%s", sigabbrev_np(number));
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->n_sinks; i++)
        if (p->sinks[i]) kith_sink_interrupt(p->sinks[i], app->program, message);
    signal(number, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    kill(getpid(), number);
    for (;;) pause();
}

static void watched(sigset_t *set) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction now;
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(set, numbers[i]);
    }
    sigaddset(set, SIGUSR2); /* our own: the run is over */
}

static void *answer(void *argument) {
    kith_app *app = argument;
    struct kith_app_private *p = app->private_;
    sigset_t set;
    watched(&set);
    bool showing = p->progress_wanted || (!app->common.quiet && isatty(STDERR_FILENO));
    for (;;) {
        struct timespec half = {0, 500000000};
        int number = showing ? sigtimedwait(&set, NULL, &half) : sigwaitinfo(&set, NULL);
        if (number == SIGUSR2) return NULL;
        if (number == SIGUSR1) progress(app, false);
        else if (number > 0) die(app, number);
        else if (errno == EAGAIN && (p->progress_wanted || seconds_since(&p->started) > 2)) progress(app, true);
    }
}

int app_signals_start(kith_app *app) {
    sigset_t set;
    signal(SIGPIPE, SIG_IGN);
    watched(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (pthread_create(&app->private_->signals, NULL, answer, app) != 0) {
        pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* without it, signals end the process at once */
        return KITH_OK;
    }
    app->private_->answering = true;
    return KITH_OK;
}

void app_signals_stop(kith_app *app) {
    struct kith_app_private *p = app->private_;
    if (!p->answering) return;
    pthread_kill(p->signals, SIGUSR2);
    pthread_join(p->signals, NULL);
    p->answering = false;
    app_clear_progress(app);
}
