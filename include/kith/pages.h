/* kith/pages.h: memory for large tables that are read at random. */
#ifndef KITH_PAGES_H
#define KITH_PAGES_H

#include <stddef.h>

#define KITH_PAGES_LARGE ((size_t)2 << 20)

/* `n` cleared bytes; from 2 MB on aligned to 2 MB and on huge pages where there are some. NULL when out of memory. The caller
 * frees them with free(). */
void *kith_pages(size_t n);

#endif
