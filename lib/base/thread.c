/* Threads: a batch of tasks taken by index from one counter. Threads are started for the batch; batches are coarse
 * (blocks of a file, folds of a cross-validation), so starting costs nothing that shows. */
#define _GNU_SOURCE
#include <kith/base.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct batch {
    kith_task task;
    void *ctx;
    size_t n;
    atomic_size_t next;
    pthread_mutex_t lock; /* guards what follows */
    size_t failed_at;
    kith_error first;
} batch;

typedef struct worker {
    batch *batch;
    int number;
} worker;

static void *work(void *argument) {
    worker *me = argument;
    batch *b = me->batch;
    for (;;) {
        size_t i = atomic_fetch_add(&b->next, 1);
        if (i >= b->n) return NULL;
        kith_error err = {0};
        int status = b->task(b->ctx, me->number, i, &err);
        if (status == KITH_OK) continue;
        pthread_mutex_lock(&b->lock);
        if (i < b->failed_at) {
            b->failed_at = i;
            b->first = err;
            b->first.status = status;
        }
        pthread_mutex_unlock(&b->lock);
        atomic_store(&b->next, b->n); /* tasks before i have all been taken: the first error by index still wins */
    }
}

int kith_parallel(int threads, size_t n, kith_task task, void *ctx, kith_error *err) {
    enum { MOST = 256 };
    if (threads > MOST) threads = MOST;
    if ((size_t)threads > n) threads = (int)n;
    batch b = {.task = task, .ctx = ctx, .n = n, .lock = PTHREAD_MUTEX_INITIALIZER, .failed_at = SIZE_MAX};
    pthread_t ids[MOST];
    worker workers[MOST];
    int started = 0;
    for (int i = 1; i < threads; i++) {
        workers[i] = (worker){&b, i};
        if (pthread_create(&ids[started], NULL, work, &workers[i]) != 0) break; /* fewer workers do the same work */
        started++;
    }
    workers[0] = (worker){&b, 0};
    work(&workers[0]);
    for (int i = 0; i < started; i++) pthread_join(ids[i], NULL);
    pthread_mutex_destroy(&b.lock);
    if (b.failed_at == SIZE_MAX) return KITH_OK;
    if (err) *err = b.first;
    return b.first.status;
}

int kith_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
    return 1;
}
