/* Private to lib/audience: the state of sessions (session_night.c) and the fold over it (session_fold.c). */
#ifndef KITH_AUDIENCE_SESSION_NIGHT_H
#define KITH_AUDIENCE_SESSION_NIGHT_H

#include <kith/sessions.h>

int kith_session_night_init(const kith_params *params, void **state, kith_error *err);
int kith_session_night_step(void *state, const kith_batch *b, kith_out *out, kith_error *err);
int kith_session_night_merge(void *into, void *from, kith_error *err);
int kith_session_night_save(const void *state, kith_buf *out, kith_error *err);
int kith_session_night_load(void *state, kith_records *records, kith_error *err);
void kith_session_night_free(void *state);

#endif
