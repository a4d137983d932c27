/* Reading ahead. Two buffers go round: one is filled while the other is looked at. The thread waits for data with a timeout, so that a stage
 * behind us that goes away does not leave us waiting for one before us that is silent. */
#include "prefetch.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

enum { BUFFERS = 3, PATIENCE_MS = 100 };

struct prefetch {
    input *in;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char *ready[BUFFERS], *idle[BUFFERS];
    size_t ready_n[BUFFERS], n_ready, n_idle;
    bool stop, over;
    int status;
    kith_error error;
};

/* Fills a buffer, or less at the end; *more: there may be more. */
static int fill(prefetch *p, char *buffer, size_t *n, bool *more) {
    char *body = buffer + PREFETCH_HEAD;
    *n = 0;
    *more = true;
    while (*n < PREFETCH_BODY) {
        struct pollfd fd = {.fd = p->in->fd, .events = POLLIN};
        while (!p->in->seekable && poll(&fd, 1, PATIENCE_MS) == 0) {
            pthread_mutex_lock(&p->lock);
            bool stop = p->stop;
            pthread_mutex_unlock(&p->lock);
            if (stop) return KITH_OK;
        }
        size_t got;
        int status = input_read(p->in, body + *n, PREFETCH_BODY - *n, &got, &p->error);
        if (status != KITH_OK) return status;
        if (!got) {
            *more = false;
            return KITH_OK;
        }
        *n += got;
    }
    return KITH_OK;
}

static void *run(void *ctx) {
    prefetch *p = ctx;
    pthread_mutex_lock(&p->lock);
    for (bool more = true; more && !p->stop;) {
        if (!p->n_idle) {
            pthread_cond_wait(&p->changed, &p->lock);
            continue;
        }
        char *buffer = p->idle[--p->n_idle];
        size_t n;
        pthread_mutex_unlock(&p->lock);
        int status = fill(p, buffer, &n, &more);
        pthread_mutex_lock(&p->lock);
        p->ready[p->n_ready] = buffer;
        p->ready_n[p->n_ready++] = n;
        p->status = status;
        if (status != KITH_OK) more = false;
        p->over = !more;
        pthread_cond_broadcast(&p->changed);
    }
    p->over = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

prefetch *prefetch_start(input *in) {
    prefetch *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->in = in;
    for (int i = 0; i < BUFFERS - 1; i++) {
        p->idle[i] = malloc(PREFETCH_HEAD + PREFETCH_BODY + 64);
        if (!p->idle[i]) break;
        p->n_idle++;
    }
    in->partial = true;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    if (p->n_idle == BUFFERS - 1 && pthread_create(&p->thread, NULL, run, p) == 0) return p;
    in->partial = false;
    while (p->n_idle) free(p->idle[--p->n_idle]);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    free(p);
    return NULL;
}

int prefetch_take(prefetch *p, char **buffer, size_t *n, kith_error *err) {
    pthread_mutex_lock(&p->lock);
    while (!p->n_ready && !p->over) pthread_cond_wait(&p->changed, &p->lock);
    int status = KITH_OK;
    *buffer = NULL;
    *n = 0;
    if (p->n_ready <= 1 && p->over && p->status != KITH_OK) status = kith_fail(err, p->status, "%s", p->error.text); /* what it read before stays its own */
    else if (p->n_ready) {
        *buffer = p->ready[0];
        *n = p->ready_n[0];
        for (size_t i = 1; i < p->n_ready; i++) p->ready[i - 1] = p->ready[i], p->ready_n[i - 1] = p->ready_n[i];
        p->n_ready--;
    }
    pthread_mutex_unlock(&p->lock);
    return status;
}

void prefetch_give(prefetch *p, char *buffer) {
    pthread_mutex_lock(&p->lock);
    p->idle[p->n_idle++] = buffer;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void prefetch_stop(prefetch *p) {
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    while (p->n_idle) free(p->idle[--p->n_idle]);
    while (p->n_ready) free(p->ready[--p->n_ready]);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    free(p);
}
