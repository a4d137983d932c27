/* The libraries in use: what the linker put side by side. */
#include <kith/libraries.h>

#include <string.h>

#ifdef __APPLE__
extern const kith_library start[] __asm("section$start$__DATA$kith_libraries");
extern const kith_library stop[] __asm("section$end$__DATA$kith_libraries");
#else
extern const kith_library start[] __asm("__start_kith_libraries") __attribute__((weak)); /* NULL where no library is used */
extern const kith_library stop[] __asm("__stop_kith_libraries") __attribute__((weak));
#endif

size_t kith_libraries(kith_library *list) {
    size_t n = 0;
    for (const kith_library *l = start; l && l < stop; l++) {
        size_t at = 0;
        while (at < n && strcmp(list[at].name, l->name) < 0) at++;
        if ((at < n && strcmp(list[at].name, l->name) == 0) || n == KITH_LIBRARIES_MOST) continue;
        memmove(list + at + 1, list + at, (n++ - at) * sizeof *list);
        list[at] = *l;
    }
    return n;
}
