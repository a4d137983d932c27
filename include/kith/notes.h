/* kith/notes.h: what a fit has to say, said once its model is written. */
#ifndef KITH_NOTES_H
#define KITH_NOTES_H

#include <kith/app.h>

/* A line of the notes; one that begins with ! is a warning, which --quiet does not silence. */
#define KITH_NOTE(notes, ...) (kith_buf_printf((notes), __VA_ARGS__), kith_buf_putc((notes), '\n'))

/* Writes the model to the verb's output, with every check, and then says the notes, so that a run that fails says one thing
 * only: what failed. */
int kith_app_model(kith_app *app, const kith_model *model, kith_buf *notes);

#endif
