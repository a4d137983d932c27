/* Errors are one line of text and a status; see kith/base.h. */
#include <kith/base.h>

#include <stdio.h>

int kith_fail(kith_error *err, int status, const char *format, ...) {
    if (!err) return status;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    for (char *p = err->text; *p; p++) /* one line, and nothing that a terminal would obey */
        if ((unsigned char)*p < 0x20 || *p == 0x7f) *p = '?';
    err->status = status;
    return status;
}

int kith_no_memory(kith_error *err) { return kith_fail(err, KITH_SYSTEM, "out of memory"); }
