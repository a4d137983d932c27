/* Reading ahead in a thread, so that a file is read while what came before is scanned. Private to lib/stream. */
#ifndef KITH_STREAM_PREFETCH_H
#define KITH_STREAM_PREFETCH_H

#include "input.h"

typedef struct prefetch prefetch;

enum { PREFETCH_HEAD = 1 << 20, PREFETCH_BODY = 1 << 22 }; /* a buffer: room in front for what is left of the one before, and what was read */

/* Starts reading `in`, which is the thread's from now on. NULL where no thread or memory is to be had: read by yourself. */
prefetch *prefetch_start(input *in);
/* The next buffer: PREFETCH_HEAD free bytes, then *n bytes read (fewer than PREFETCH_BODY only at the end), then 64 free ones. It is the caller's until it
 * is given back. */
int prefetch_take(prefetch *p, char **buffer, size_t *n, kith_error *err);
void prefetch_give(prefetch *p, char *buffer);
void prefetch_stop(prefetch *p); /* frees; buffers that were not given back stay the caller's */

#endif
