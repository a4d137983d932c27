/* libcsv behind one door: regular records of dialects that the vectorised scanner does not know. Private to lib/stream. */
#ifndef KITH_STREAM_LIBCSV_H
#define KITH_STREAM_LIBCSV_H

#include <kith/dialect.h>

typedef struct libcsv libcsv;

/* Whether libcsv can read the dialect: one-byte delimiter and quote, quotes doubled, lines that end in LF or CR LF. */
bool libcsv_knows(const kith_dialect *d);
libcsv *libcsv_new(const kith_dialect *d); /* NULL when out of memory; free with libcsv_free */
void libcsv_free(libcsv *l);               /* NULL is fine */

/* Takes records from p … n while they are regular (strictly quoted, `columns` fields, not empty, whole within n) and appends each to `out` as
 * RFC 4180 by the dialect's delimiter with LF; the place behind each field goes to `ends` (room for n + columns). *used: the bytes
 * taken. Returns the records. *failed: out of memory. */
size_t libcsv_take(libcsv *l, const char *p, size_t n, size_t columns, kith_buf *out, uint32_t *ends, size_t *used, bool *failed);

#endif
