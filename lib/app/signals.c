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

static void progress(kith_app *app, bool again) {
    struct kith_app_private *p = app->private_;
    char line[200];
    pthread_mutex_lock(&p->lock);
    uint64_t rows = p->scanning ? kith_source_rows(p->scanning) : p->rows_in;
    uint64_t bytes = p->scanning ? kith_source_bytes_read(p->scanning) : 0, all = p->scanning ? kith_source_bytes_total(p->scanning) : 0;
    pthread_mutex_unlock(&p->lock);
    double s = seconds_since(&p->started), rate = s > 0 ? (double)bytes / s : 0;
    int n = snprintf(line, sizeof line, "%s%s %s: %llu rows, %.0f MB", again ? "\r" : "", app->program, app->verb->name, (unsigned long long)rows,
                     (double)bytes / 1e6);
    if (all && bytes && bytes <= all)
        n += snprintf(line + n, sizeof line - (size_t)n, " of %.0f (%.0f %%), %.0f MB/s, %.0f s left", (double)all / 1e6,
                      100 * (double)bytes / (double)all, rate / 1e6, rate > 0 ? (double)(all - bytes) / rate : 0);
    else if (!bytes) n = snprintf(line, sizeof line, "%s%s %s: %llu rows read, working, %.0f s", again ? "\r" : "", app->program, app->verb->name, (unsigned long long)rows, s);
    else n += snprintf(line + n, sizeof line - (size_t)n, ", %.0f MB/s, %.0f s", rate / 1e6, s);
    if (again) n += snprintf(line + n, sizeof line - (size_t)n, "\033[K");
    else line[n++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)n) < 0) return;
    if (again) p->progress_shown = true;
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
    bool showing = p->progress_wanted || (!app->common.quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO));
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
    if (p->progress_shown && write(STDERR_FILENO, "\r\033[K", 4) < 0) return;
}
