/* kith/libraries.h: which outside libraries a program is linked with, in the versions that it runs with.
 *
 * Each file that includes an outside library's header says so once, at its door:
 *
 *     static void version(char *text) { snprintf(text, KITH_LIBRARY_VERSION, "%s", gsl_version); }
 *     KITH_LIBRARY(gsl, "GSL", version)
 *
 * The entries of the files that a program is made of stand side by side in a section of it: nothing runs at start-up, nothing is loaded that the program
 * does not use, and no room needs to know the others. */
#ifndef KITH_LIBRARIES_H
#define KITH_LIBRARIES_H

#include <stddef.h>

enum { KITH_LIBRARY_VERSION = 32, KITH_LIBRARIES_MOST = 16 };

typedef struct kith_library {
    const char *name;
    void (*version)(char *text); /* into KITH_LIBRARY_VERSION bytes */
} kith_library;

#ifdef __APPLE__
#define KITH_LIBRARY_SECTION "__DATA,kith_libraries"
#else
#define KITH_LIBRARY_SECTION "kith_libraries"
#endif
#define KITH_LIBRARY(symbol, called, print) \
    static const kith_library kith_library_##symbol __attribute__((used, aligned(8), section(KITH_LIBRARY_SECTION))) = {called, print};

/* Fills `list` (room for KITH_LIBRARIES_MOST) by name, each library once; returns how many. */
size_t kith_libraries(kith_library *list);

#endif
