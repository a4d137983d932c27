/* Memory for large tables that are read at random: cleared, and on huge pages where the machine has them, since most of the
 * time of a random access into 32 MB on small pages is the walk through the page tables. */
#define _GNU_SOURCE
#include <kith/pages.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *kith_pages(size_t n) {
    void *p = NULL;
    if (n < KITH_PAGES_LARGE) return calloc(n ? n : 1, 1);
    if (posix_memalign(&p, KITH_PAGES_LARGE, n) != 0) return NULL;
#ifdef MADV_HUGEPAGE
    madvise(p, n / KITH_PAGES_LARGE * KITH_PAGES_LARGE, MADV_HUGEPAGE); /* advice: a refusal is fine */
#endif
    return memset(p, 0, n);
}
