/* Inside lib/predict: encodings, linear models and forests as rows of a model file, and back.
 *
 *   column,age,number          mean,age,40.02   sd,age,10.4   missing,age,0.01
 *   column,job,level           level,job,admin.   share,job,0.25 …
 *   weight,age,0.31            weight,job=admin.,0.12 …        weight,(intercept),−2.1
 *   tree,0,0                   split,age,0 1 4 nan left left 1000 −2.1 … see put_forest
 *
 * A model file is not trusted: what is read is checked against what the encoding allows. */
#ifndef KITH_PREDICT_PERSIST_H
#define KITH_PREDICT_PERSIST_H

#include <kith/fold.h>
#include <kith/lead.h>

void persist_put_encoding(kith_model *m, const kith_encoding *e);
int persist_get_encoding(const kith_model *m, kith_encoding *e, kith_error *err);

/* `part` tells several of them apart in one file. `interacted`: the columns are [x, treatment, treatment × x]. */
void persist_put_linear(kith_model *m, const char *part, const kith_encoding *e, bool interacted, const kith_linear *fit);
int persist_get_linear(const kith_model *m, const char *part, size_t width, kith_linear *fit, kith_error *err);

void persist_put_forest(kith_model *m, const char *part, const kith_encoding *e, const kith_forest *f);
int persist_get_forest(const kith_model *m, const char *part, const kith_encoding *e, kith_forest *f, kith_error *err);

/* A feature from a batch: numbers are parsed, levels looked up in the encoding. `bad` (rows × features, may be NULL) notes
 * values that are no number or date. All in the arena. */
int persist_batch_frame(const kith_encoding *e, const kith_batch *b, const uint32_t *columns, kith_arena *arena,
                        kith_frame *frame, uint8_t **bad, kith_error *err);

#endif
