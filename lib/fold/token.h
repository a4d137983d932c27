/* Private to lib/fold: states as blank-separated tokens in one field, written and read with bounds. */
#ifndef KITH_FOLD_TOKEN_H
#define KITH_FOLD_TOKEN_H

#include <kith/base.h>
#include <kith/sums.h>

bool token_next(kith_str *rest, kith_str *token); /* false at the end */
bool token_u64(kith_str *rest, uint64_t *value);
bool token_i64(kith_str *rest, int64_t *value);
bool token_i128(kith_str *rest, kith_i128 *value);
bool token_double(kith_str *rest, double *value);
bool token_end(kith_str rest);
void token_put_i128(kith_buf *out, kith_i128 value);
void token_put_u64(kith_buf *out, uint64_t value);
void token_put_hex(kith_buf *out, uint64_t value);
bool token_hex(kith_str text, uint64_t *value); /* 1 to 16 lower-case digits, no leading zero */

/* A value's bytes as one token: letters, digits and a few marks as themselves, others %xx; "%" alone is empty. */
void token_put_bytes(kith_buf *out, kith_str bytes);
/* Unescapes into `out` (cleared first); false where it is no such token. */
bool token_bytes(kith_str token, kith_buf *out);

#endif
