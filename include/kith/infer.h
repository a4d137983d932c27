/* kith/infer.h: a schema from data: the whole of `kith ingest schema` but for its options.
 *
 * A column has a type if at least 95 % of its values (of dates 90 %) are of it (what is left is what a night's `read --schema` will reject); names
 * of columns decide only where values cannot (phones, names of persons, postcodes). Rules are proposed where the data bear them out. */
#ifndef KITH_INFER_H
#define KITH_INFER_H

#include <kith/messy.h>
#include <kith/schema.h>
#include <kith/stream.h>

typedef struct kith_infer kith_infer;

/* For `n` columns of these names; `region` may be NULL. Free with kith_infer_free. */
int kith_infer_new(kith_infer **infer, const kith_str *names, size_t n, const char *region, kith_error *err);
void kith_infer_free(kith_infer *infer); /* NULL is fine */

/* One cell of the next row. */
int kith_infer_cell(kith_infer *infer, size_t column, kith_str text, kith_error *err);

/* column,type,from,required,unique,min,max,values,pattern,transform,role, one row a column. */
int kith_infer_finish(kith_infer *infer, kith_buf *out, kith_error *err);

#endif
