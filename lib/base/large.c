/* Large tables on large pages, where the kernel grants them (transparent huge pages by madvise): look-ups all over a table of tens of
 * megabytes then miss the caches but not the page tables. Measured on the join of 10 M rows with 1 M keys: 2.3 CPU s before, 2.0 after. */
#define _DEFAULT_SOURCE
#include <kith/base.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *kith_large_alloc(size_t n) {
    enum { PAGE = 2 << 20 };
    if (n < 2 * (size_t)PAGE) return malloc(n ? n : 1);
    if (n > SIZE_MAX - PAGE) return NULL;
    void *p = NULL;
    if (posix_memalign(&p, PAGE, (n + PAGE - 1) / PAGE * PAGE) != 0) return NULL;
#ifdef MADV_HUGEPAGE
    madvise(p, (n + PAGE - 1) / PAGE * PAGE, MADV_HUGEPAGE); /* a wish: nothing depends on it */
#endif
    return p;
}

uint64_t kith_memory_to_use(void) {
    long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size / 2 : UINT64_C(1) << 30;
}
